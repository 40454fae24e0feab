/* Nothing is done to an order that is not on screen, was not seen as it is, or was not meant. */
#include "tests/support/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct console c;

static void start(int rows, int cols)
{
    console_start(&c, rows, cols, NULL);
}

static void stop(void)
{
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

/* The end of the id in the selected row. */
static void selected(char id[16])
{
    const char *at = strstr(pty_text(&c.pty), "▸");

    assert_non_null(at);
    at = strstr(at, "…");
    assert_non_null(at);
    snprintf(id, 16, "%.8s", at + strlen("…"));
}

static bool shows_behind(const char *text, const char *behind)
{
    const char *at = strstr(pty_text(&c.pty), behind);

    return at && strstr(at, text);
}

/* The whole id, as no row of a list shows it, stands somewhere below the dialog's title. */
static bool dialog_is_about(const char *title, const char *id)
{
    const char *at = strstr(pty_text(&c.pty), title);

    while (at && (at = strstr(at, id)) != NULL && (at[-1] & 0x80))
        at++;
    return at != NULL;
}

/* ---- the marks */

static void mark_all__command_before_all_are_marked__is_refused(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "*v");
    pty_press(&c.pty, "u*a");
    pty_press(&c.pty, "u*y");
    pty_press(&c.pty, "M");
    assert_true(pty_shows(&c.pty, "validate: the orders are still being marked"));
    assert_true(pty_shows(&c.pty, "actions: the orders are still being marked"));
    assert_true(pty_shows(&c.pty, "copy: the orders are still being marked"));
    assert_false(pty_shows(&c.pty, "is validated now"));
    stop();
}

static void mark_all__while_the_list_is_read__marks_what_will_match(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "/status:received\r*");
    assert_true(pty_shows(&c.pty, "all that match are marked"));
    pty_press(&c.pty, "v");
    assert_true(pty_shows(&c.pty, "can be validated"));
    stop();
}

static void mark_all__where_the_list_is_not__is_refused(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "R*");
    assert_true(pty_shows(&c.pty, "nothing was marked"));
    stop();
}

/* ---- what is not on screen */

static void command__on_a_screen_without_orders__is_refused(void **state)
{
    static const char *const screens[] = {"?", "H", "D", "e", "L", "M"};

    (void)state;
    start(24, 100);
    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        pty_press(&c.pty, screens[i]);
        pty_press(&c.pty, ":hold payment x\r");
        assert_true(pty_shows(&c.pty, "there is no order to choose on this screen"));
        pty_press(&c.pty, ":cancel why\r");
        assert_false(pty_shows(&c.pty, "Cancel an order"));
        pty_press(&c.pty, "o");
        assert_true(pty_shows(&c.pty, " Orders "));
    }
    pty_press(&c.pty, "M");
    assert_false(pty_shows(&c.pty, "(version"));
    stop();
}

static void command__on_the_radar_without_a_row__is_refused(void **state)
{
    const struct console_options two = {.orders = 2}; /* none of them stuck */

    (void)state;
    start(24, 100);
    pty_press(&c.pty, "R:hold payment x\r"); /* before its tables are there */
    assert_true(pty_shows(&c.pty, "no order is selected"));
    assert_false(pty_shows(&c.pty, "(version"));
    stop();
    console_start(&c, 24, 100, &two);
    pty_press(&c.pty, "R\t");
    assert_true(pty_shows(&c.pty, "Every order moves as usual."));
    pty_press(&c.pty, ":hold payment x\r");
    assert_true(pty_shows(&c.pty, "no order is selected"));
    assert_false(pty_shows(&c.pty, "(version"));
    stop();
}

/* ---- one order stays that order */

static void command__rows_of_the_filter_before__is_refused(void **state)
{
    char id[16], other[16];

    (void)state;
    start(24, 100);
    selected(id);
    pty_press(&c.pty, "/status:received\ra"); /* which it is not, and its row is on screen yet */
    assert_true(pty_shows(&c.pty, "the orders of this filter are not read yet"));
    assert_false(shows_behind("is validated", id)); /* no dialog */
    selected(other);
    assert_string_not_equal(id, other);
    pty_press(&c.pty, "a");
    assert_true(shows_behind("is received", other));
    stop();
}

static void order__list_asked_anew_meanwhile__stays_that_order(void **state)
{
    char id[16], other[16];

    (void)state;
    start(24, 120); /* beside the list it is shown all the time */
    selected(id);
    pty_press(&c.pty, "/status:received\r\r");
    assert_true(shows_behind(id, "─ Order ─"));
    pty_press(&c.pty, "\033");
    selected(other);
    assert_string_not_equal(id, other);
    stop();
}

/* ---- as it was seen */

static void command__line_stalled__carries_the_version_on_screen(void **state)
{
    (void)state;
    start(50, 200);
    for (int i = 0; i < 60; i++) { /* frames that nobody reads */
        pty_type(&c.pty, "\014");
        pty_taken(&c.pty);
    }
    console_happen(&c, "v");
    for (int i = 0; i < 2000; i++) { /* the change is read meanwhile */
        pty_type(&c.pty, "k");
        pty_taken(&c.pty);
    }
    pty_type(&c.pty, ":hold payment x\r");
    pty_idle(&c.pty);
    assert_true(pty_shows(&c.pty, "hold was not done: the order has changed"));
    stop();
}

static void command__row_that_was_never_drawn__is_refused(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "\006\006:hold payment x\r");
    assert_true(pty_shows(&c.pty, "was not on screen yet"));
    pty_press(&c.pty, ":hold payment x\r");
    assert_false(pty_shows(&c.pty, "was not on screen yet"));
    stop();
}

/* ---- meant */

static void delete__started_by_y__is_confirmed_by_another_key(void **state)
{
    const struct console_options o = {.letters = 3};
    char folder[] = "/tmp/orderdeck-keys-XXXXXX", path[100];
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/orderdeck", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/orderdeck/keys", folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("delete = y\n", f);
    fclose(f);
    setenv("XDG_CONFIG_HOME", folder, 1);
    console_start(&c, 24, 100, &o);
    unsetenv("XDG_CONFIG_HOME");
    unlink(path);
    snprintf(path, sizeof(path), "%s/orderdeck", folder);
    rmdir(path);
    rmdir(folder);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "yy");
    assert_true(pty_shows(&c.pty, "Delete it for good?  Y yes"));
    pty_press(&c.pty, "Y");
    assert_true(pty_shows(&c.pty, "is deleted"));
    stop();
}

static void bulk__number_pasted__is_not_taken(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, " ");
    pty_press(&c.pty, ":hold payment x\r");
    assert_true(pty_shows(&c.pty, "1  can be held"));
    pty_press(&c.pty, "\033[200~1\033[201~");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "not sent: type 1"));
    pty_press(&c.pty, "1\r");
    assert_true(pty_shows(&c.pty, "hold: 1 of 1 are held"));
    pty_press(&c.pty, "\033");
    stop();
}

static void menu__command_by_enter__asks_for_its_order(void **state)
{
    char id[16];

    (void)state;
    start(24, 100);
    pty_press(&c.pty, "/status:received\r");
    selected(id);
    pty_press(&c.pty, "a\r");
    assert_true(pty_shows(&c.pty, "Do it to this order?  y yes"));
    assert_true(dialog_is_about(" validate ─", id));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "validate: nothing was done"));
    pty_press(&c.pty, "a\ry");
    assert_true(pty_shows(&c.pty, "is validated now"));
    stop();
}

static void menu__nothing_typed_for_a_command__asks_too(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, ":hold payment x\r");
    assert_true(pty_shows(&c.pty, "(version 3)"));
    pty_press(&c.pty, "ajj\r"); /* release hold */
    assert_true(pty_shows(&c.pty, "which hold; all of them when left out"));
    pty_press(&c.pty, "\r\r");
    assert_true(pty_shows(&c.pty, "on hold, validated, version 3"));
    assert_true(pty_shows(&c.pty, "Do it to this order?"));
    pty_press(&c.pty, "y");
    assert_true(pty_shows(&c.pty, "(version 4)"));
    stop();
}

static void palette__command_chosen_not_typed__is_filled_in_and_asks(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, ":hold payment x\r");
    assert_true(pty_shows(&c.pty, "(version 3)"));
    pty_press(&c.pty, ":");
    for (int i = 0; i < 20 && !pty_shows(&c.pty, "▸ release-hold"); i++)
        pty_press(&c.pty, "\033[B");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "Tab completes")); /* open still */
    assert_true(pty_shows(&c.pty, " :release-hold"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "Do it to this order?"));
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, ":rel\r");
    assert_true(pty_shows(&c.pty, "Do it to this order?"));
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, ":release-hold\r"); /* by hand, and whole */
    assert_true(pty_shows(&c.pty, "(version 4)"));
    stop();
}

static void palette__command_typed_before__asks(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, ":hold payment the bank\r");
    assert_true(pty_shows(&c.pty, "(version 3)"));
    pty_press(&c.pty, "j");
    pty_press(&c.pty, ":\033[A\r");
    assert_true(pty_shows(&c.pty, "Do it to this order?"));
    assert_true(pty_shows(&c.pty, "type: payment"));
    assert_true(pty_shows(&c.pty, "reason: the bank"));
    pty_press(&c.pty, "n");
    assert_true(pty_shows(&c.pty, "hold: nothing was done"));
    stop();
}

static void arguments__narrow__say_of_which_order_and_command(void **state)
{
    static const int sizes[][2] = {{24, 80}, {12, 40}, {5, 20}};
    char id[16], text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start(sizes[i][0], sizes[i][1]);
        selected(id);
        pty_press(&c.pty, "ajj\r");
        snprintf(text, sizeof(text), "…%s hold", id);
        assert_true(pty_shows(&c.pty, text));
        stop();
    }
}

static void question__narrow__says_of_which_order_and_command(void **state)
{
    static const int sizes[][2] = {{12, 40}, {5, 20}};
    char id[16], text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start(sizes[i][0], sizes[i][1]);
        pty_press(&c.pty, "/status:received\r");
        selected(id);
        pty_press(&c.pty, "a\r");
        snprintf(text, sizeof(text), "…%s validate", id);
        assert_true(pty_shows(&c.pty, text));
        assert_true(pty_shows(&c.pty, "Sure?"));
        stop();
    }
}

/* ---- what is not shown is not acted on */

static void range__on_the_radar__marks_no_rows_of_the_list_behind(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "R");
    pty_press(&c.pty, "Vjj");
    assert_true(pty_shows(&c.pty, "nothing was marked: a range is marked on the orders' screen"));
    pty_press(&c.pty, "V");
    pty_press(&c.pty, "o");
    assert_false(pty_shows(&c.pty, "marked  "));
    stop();
}

static void mark__on_the_radar__is_seen_there_and_said(void **state)
{
    char id[16], text[80];

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "Rj");
    selected(id);
    pty_press(&c.pty, " ");
    snprintf(text, sizeof(text), "%s is marked, 1 in all", id);
    assert_true(pty_shows(&c.pty, text));
    assert_true(pty_shows(&c.pty, "◆▸"));
    pty_press(&c.pty, " ");
    assert_false(pty_shows(&c.pty, "◆▸"));
    stop();
}

static void json__where_no_order_is_shown__opens_none(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "L:json\r");
    assert_true(pty_shows(&c.pty, "there is no order to choose on this screen"));
    assert_false(pty_shows(&c.pty, "─ JSON ─"));
    pty_press(&c.pty, "o/customer:nobody\r");
    pty_press(&c.pty, "J\r");
    assert_false(pty_shows(&c.pty, "─ JSON ─"));
    assert_false(pty_shows(&c.pty, "─ Order ─"));
    stop();
}

static void copy__names_its_order_and_dims_what_is_not_to_be_had(void **state)
{
    char id[16], text[80];

    (void)state;
    start(24, 80);
    selected(id);
    pty_press(&c.pty, "y");
    snprintf(text, sizeof(text), "Copy of …%s", id);
    assert_true(pty_shows(&c.pty, text));
    assert_true(pty_shows(&c.pty, "repeating the last action: none yet"));
    pty_press(&c.pty, "r");
    assert_true(pty_shows(&c.pty, "not copied: curl repeating the last action"));
    pty_press(&c.pty, " /customer:nobody\r");
    pty_press(&c.pty, "y");
    assert_true(pty_shows(&c.pty, "the ids of all that are marked"));
    assert_true(pty_shows(&c.pty, "the order as JSON: no order is selected"));
    pty_press(&c.pty, "j");
    assert_true(pty_shows(&c.pty, "not copied: the order as JSON: no order is selected"));
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range__on_the_radar__marks_no_rows_of_the_list_behind),
        cmocka_unit_test(mark__on_the_radar__is_seen_there_and_said),
        cmocka_unit_test(json__where_no_order_is_shown__opens_none),
        cmocka_unit_test(copy__names_its_order_and_dims_what_is_not_to_be_had),
        cmocka_unit_test(mark_all__command_before_all_are_marked__is_refused),
        cmocka_unit_test(mark_all__while_the_list_is_read__marks_what_will_match),
        cmocka_unit_test(mark_all__where_the_list_is_not__is_refused),
        cmocka_unit_test(command__on_a_screen_without_orders__is_refused),
        cmocka_unit_test(command__on_the_radar_without_a_row__is_refused),
        cmocka_unit_test(command__rows_of_the_filter_before__is_refused),
        cmocka_unit_test(order__list_asked_anew_meanwhile__stays_that_order),
        cmocka_unit_test(command__line_stalled__carries_the_version_on_screen),
        cmocka_unit_test(command__row_that_was_never_drawn__is_refused),
        cmocka_unit_test(delete__started_by_y__is_confirmed_by_another_key),
        cmocka_unit_test(bulk__number_pasted__is_not_taken),
        cmocka_unit_test(menu__command_by_enter__asks_for_its_order),
        cmocka_unit_test(menu__nothing_typed_for_a_command__asks_too),
        cmocka_unit_test(palette__command_chosen_not_typed__is_filled_in_and_asks),
        cmocka_unit_test(palette__command_typed_before__asks),
        cmocka_unit_test(arguments__narrow__say_of_which_order_and_command),
        cmocka_unit_test(question__narrow__says_of_which_order_and_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
