/* Finding: saved views, the filter line, the palette, what was typed before, the mouse. */
#include "shared/buf.h"
#include "tests/support/console.h"
#include "tui/choice.h"
#include "tui/history.h"
#include "tui/views.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct console c;
static char home[64];

static int setup(void **state)
{
    char themes[300];

    (void)state;
    snprintf(home, sizeof(home), "/tmp/orderdeck-find-XXXXXX");
    assert_non_null(mkdtemp(home));
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", home, 1);
    snprintf(themes, sizeof(themes), "%s/themes", getenv("ORDERDECK_SOURCE_DIR"));
    setenv("ORDERDECK_THEMES", themes, 1);
    return 0;
}

static int teardown(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", home);
    return system(command);
}

static void start(int rows, int cols)
{
    const struct console_options o = {.home = home};

    console_start(&c, rows, cols, &o);
}

static const char *path_of(const char *name)
{
    static char path[200];

    snprintf(path, sizeof(path), "%s/%s", home, name);
    return path;
}

#define VIEWS_FILE ".config/orderdeck/views"

static void write_views(const char *text)
{
    FILE *f;

    mkdir(path_of(".config"), 0700);
    mkdir(path_of(".config/orderdeck"), 0700);
    f = fopen(path_of(VIEWS_FILE), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *read_all(const char *name)
{
    static char text[65536];
    FILE *f = fopen(path_of(name), "r");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

    text[n] = 0;
    if (f)
        fclose(f);
    return text;
}

/* ---- views */

static void views__that_come_with_the_program__are_right(void **state)
{
    struct buf text = BUF_INIT(8192);
    struct views usual, read;
    struct err err;

    (void)state;
    views_init(&usual);
    for (int i = 0; i < VIEWS; i++) {
        const struct view *v = &usual.rows[i];

        assert_true(*v->name);
        buf_addf(&text, "%d = %s | %s | %s\n", i + 1, v->name, v->sort, v->filter);
    }
    memset(&read, 0, sizeof(read));
    if (!views_read(&read, text.data, &err))
        fail_msg("%s", err.message);
    for (int i = 0; i < VIEWS; i++)
        assert_string_equal(read.rows[i].filter, usual.rows[i].filter);
    buf_release(&text);
}

static void views__of_the_same_filter__are_told_apart_in_the_menu(void **state)
{
    (void)state;
    write_views("2 = first | -createdAt | late:yes\n5 = second | -createdAt | late:yes\n");
    start(24, 80);
    pty_press(&c.pty, "2");
    assert_true(pty_shows(&c.pty, "2 first"));
    pty_type(&c.pty, ":views\r");
    pty_idle(&c.pty);
    pty_press(&c.pty, "\r"); /* the one that is shown is marked */
    assert_true(pty_shows(&c.pty, "2 first"));
    console_stop(&c);
    unlink(path_of(VIEWS_FILE));
}

/* ---- files that are none */

static void file__that_nobody_writes__holds_nothing_up(void **state)
{
    char keys[300];

    (void)state;
    mkdir(path_of(".config"), 0700);
    mkdir(path_of(".config/orderdeck"), 0700);
    mkdir(path_of(".config/orderdeck/themes"), 0700);
    assert_int_equal(mkfifo(path_of(".config/orderdeck/keys"), 0600), 0);
    assert_int_equal(mkfifo(path_of(".config/orderdeck/themes/pipe.theme"), 0600), 0);
    start(24, 160);
    assert_true(pty_shows(&c.pty, "it is no file"));
    pty_press(&c.pty, ":theme pipe");
    assert_true(pty_shows(&c.pty, "it is no file"));
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, "\r\033");
    snprintf(keys, sizeof(keys), ":theme %s\r", path_of(".config/orderdeck/keys"));
    pty_press(&c.pty, keys);
    assert_true(pty_shows(&c.pty, "it is no file"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
    unlink(path_of(".config/orderdeck/keys"));
    unlink(path_of(".config/orderdeck/themes/pipe.theme"));
}

static void filter__not_answered__shows_no_rows_and_takes_no_command(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "f");
    pty_type(&c.pty, "/status:cancelled\r");
    pty_wait(&c.pty, "not read: the query took too long");
    assert_true(pty_row(&c.pty, "CUST-") > pty_row(&c.pty, " Events ")); /* none above it */
    pty_type(&c.pty, "v");
    pty_wait(&c.pty, "the orders of this filter are not read yet");
    console_happen(&c, "h");
    pty_wait_not(&c.pty, "not read:");
    pty_idle(&c.pty);
    assert_true(pty_row(&c.pty, "CUST-") < pty_row(&c.pty, " Events "));
    console_stop(&c);
}

static void views__wrong_line__is_named(void **state)
{
    static const char *const wrong[] = {"late\n",
                                        "0 = a | createdAt |\n",
                                        "10 = a | createdAt |\n",
                                        "3 = a | createdAt\n",
                                        "3 = | createdAt |\n",
                                        "3 = a | wibble |\n",
                                        "3 = a | createdAt | status:wibble\n",
                                        "3 = a name that is much longer than there is room | createdAt |\n"};
    struct views v;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[200];

        snprintf(text, sizeof(text), "# mine\n\n%s", wrong[i]);
        views_init(&v);
        assert_false(views_read(&v, text, &err));
        assert_non_null(strstr(err.message, "line 3 of the views"));
    }
    views_init(&v);
    assert_true(views_read(&v, " 3 =  a | -createdAt | sku:\"a|b\"  \r\n4=\n", &err));
    assert_string_equal(v.rows[2].filter, "sku:\"a|b\"");
    assert_string_equal(v.rows[3].name, "");
}

static void view__by_its_number__is_shown_and_named(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "2");
    assert_true(pty_shows(&c.pty, "Orders ─ 2 late  late:yes  most urgent"));
    pty_press(&c.pty, "H3"); /* from another screen */
    assert_true(pty_shows(&c.pty, "Orders ─ 3 received  status:received  oldest first"));
    pty_press(&c.pty, "s\033[B\r");
    assert_false(pty_shows(&c.pty, "3 received"));
    pty_press(&c.pty, "1");
    assert_true(pty_shows(&c.pty, "Orders ─ 1 all  newest first"));
    pty_press(&c.pty, "0");
    assert_true(pty_shows(&c.pty, "▸ 1  all"));
    pty_golden(&c.pty, "dialog_views");
    pty_press(&c.pty, "\033[B\r");
    assert_true(pty_shows(&c.pty, "2 late"));
    console_stop(&c);
}

static void view__filter_longer_than_its_row__is_below_the_list(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "0");
    pty_press(&c.pty, "\033[B\033[B\033[B");
    pty_golden(&c.pty, "dialog_views_80x24");
    assert_true(pty_shows(
        &c.pty, "│ status:received,validated,wave_assigned,picking,consolidated,packed,shipped  │"));
    pty_resize(&c.pty, 12, 40);
    pty_wait(&c.pty, "│ ned,picking,consolidated,packed,ship │\n│ ped ");
    pty_resize(&c.pty, 24, 140);
    pty_wait(&c.pty, "hold:* status:received,validated,wave_assigned,picking,consolidated,packed,shipped  │");
    assert_false(pty_shows(&c.pty, "│ hold:*")); /* all have room */
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void view__longest_filter_and_name__leave_room_for_each_other(void **state)
{
    char views[400];

    (void)state;
    snprintf(views, sizeof(views),
             "2 = a name as long as names may be | createdAt | customer:C-%0150d,C-%055d\n", 7, 7);
    write_views(views);
    start(12, 40);
    pty_press(&c.pty, "0\033[B");
    assert_true(pty_shows(&c.pty, "│ ▸ 2  a name as lon… customer:C-00… "));
    assert_true(pty_shows(&c.pty, "│ 000000000000000000000000000000000000 │\n"));
    assert_true(pty_shows(&c.pty, "│ 00000000000000000000000000000000000… │\n"));
    pty_press(&c.pty, "\033[B\033[B"); /* one longer word takes nothing from the others */
    pty_wait(&c.pty, "│ hold:*  ");
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void view__saved__is_there_again(void **state)
{
    struct stat st;

    (void)state;
    write_views("# mine\n3 = old | createdAt | late:yes\n\n4 =\n# end");
    start(24, 100);
    pty_press(&c.pty, "4");
    assert_true(pty_shows(&c.pty, "there is no view 4"));
    pty_press(&c.pty, "/status:cancelled late:no\r");
    pty_press(&c.pty, ":view save 3 late cancels\r");
    assert_true(pty_shows(&c.pty, "view 3 is 'late cancels' now: the orders, "));
    assert_true(pty_shows(&c.pty, "3 late cancels  status:cancelled late:no"));
    console_stop(&c);
    assert_string_equal(read_all(VIEWS_FILE),
                        "# mine\n3 = late cancels | -createdAt | status:cancelled late:no\n\n4 =\n# end\n");
    assert_int_equal(stat(path_of(VIEWS_FILE), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    start(24, 100);
    pty_press(&c.pty, "3");
    assert_true(pty_shows(&c.pty, "3 late cancels  status:cancelled late:no"));
    console_stop(&c);
}

static void view__file_with_a_fault__is_said_and_left_alone(void **state)
{
    static const char wrong[] = "2 = mine | createdAt |\n3 = broken\n";

    (void)state;
    write_views(wrong);
    start(24, 120);
    assert_true(pty_shows(&c.pty, "views as they come: line 2 of the views"));
    pty_press(&c.pty, "2");
    assert_true(pty_shows(&c.pty, "2 late"));
    pty_press(&c.pty, ":view save 5 mine\r");
    assert_true(pty_shows(&c.pty, "view 5 was not saved: line 2 of the views"));
    console_stop(&c);
    assert_string_equal(read_all(VIEWS_FILE), wrong);
}

static void view__without_a_home__is_said(void **state)
{
    (void)state;
    console_start(&c, 24, 100, NULL);
    pty_press(&c.pty, ":view save 5 mine\r");
    assert_true(pty_shows(&c.pty, "view 5 was not saved: there is no home"));
    console_stop(&c);
}

/* ---- the filter line */

static void filter__tab__completes_and_goes_round(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "/st\t");
    assert_true(pty_shows(&c.pty, " filter status:"));
    pty_press(&c.pty, "vali\t");
    assert_true(pty_shows(&c.pty, " filter status:validated"));
    assert_true(pty_shows(&c.pty, "match"));
    pty_press(&c.pty, ",rec\t late\t");
    assert_true(pty_shows(&c.pty, " filter status:validated,received late:"));
    pty_press(&c.pty, "\t");
    assert_true(pty_shows(&c.pty, " filter status:validated,received late:yes"));
    pty_press(&c.pty, "\t");
    assert_true(pty_shows(&c.pty, " filter status:validated,received late:no"));
    pty_press(&c.pty, "\033[Z");
    assert_true(pty_shows(&c.pty, " filter status:validated,received late:yes"));
    pty_golden(&c.pty, "filter_choices");
    pty_press(&c.pty, " -pri\tsame\t\r");
    assert_true(pty_shows(&c.pty, "status:validated,received late:yes -priority:same_day  newest"));
    console_stop(&c);
}

static void filter__typed_before__comes_back_also_in_the_next_run(void **state)
{
    struct stat st;

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/late:yes\r");
    pty_press(&c.pty, "/\025status:packed\r");
    pty_press(&c.pty, "/\025late:yes\r");
    pty_press(&c.pty, "/\025sku:X\033[A");
    assert_true(pty_shows(&c.pty, " filter late:yes"));
    pty_press(&c.pty, "\033[A");
    assert_true(pty_shows(&c.pty, " filter status:packed"));
    pty_press(&c.pty, "\033[A\033[B\033[B");
    assert_true(pty_shows(&c.pty, " filter sku:X"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
    assert_string_equal(read_all(".local/state/orderdeck/history-filters"), "status:packed\nlate:yes\n");
    assert_int_equal(stat(path_of(".local/state/orderdeck/history-filters"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    start(24, 80);
    pty_press(&c.pty, "/\033[A\033[A");
    assert_true(pty_shows(&c.pty, " filter status:packed"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

/* ---- the palette */

static void palette__letters_in_order__find_the_command(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, ":hlth");
    assert_true(pty_shows(&c.pty, "▸ health"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, " Health "));
    pty_press(&c.pty, "o:sort urg"); /* in what is said about it */
    assert_true(pty_shows(&c.pty, "▸ promisedDeliveryAt"));
    pty_golden(&c.pty, "palette_sort");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "most urgent"));
    pty_press(&c.pty, ":the\tlig\t");
    assert_true(pty_shows(&c.pty, ":theme light"));
    pty_press(&c.pty, "\r");
    pty_press(&c.pty, "H");
    assert_true(pty_shows(&c.pty, "theme light"));
    pty_press(&c.pty, "o:filter la\tyes\r");
    assert_true(pty_shows(&c.pty, "Orders ─ late:yes"));
    console_stop(&c);
}

static void palette__order_command_by_some_letters__is_not_run_at_once(void **state)
{
    (void)state;
    start(24, 100);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, ":vldt\r");
    assert_true(pty_shows(&c.pty, " :validate"));
    assert_false(pty_shows(&c.pty, "is validated now"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "Do it to this order?"));
    pty_press(&c.pty, "y");
    assert_true(pty_shows(&c.pty, "is validated now"));
    pty_press(&c.pty, ":\r"); /* nothing was asked for */
    assert_false(pty_shows(&c.pty, "does not accept"));
    console_stop(&c);
}

static void palette__wrong_arguments__are_said_before_enter_and_not_taken(void **state)
{
    static const char *const lines[][2] = {
        {"theme nonsense", "there is no theme 'nonsense'"},
        {"sort zz", "there is no sort 'zz'"},
        {"filter status:wibble", "'wibble' is no status"},
        {"view 12", "a view is a number from 1 to 9"},
        {"view save 3", "the name of a view has 1 to 31 bytes"},
        {"ship 1Z4", "ship needs carrier: who carries it"},
        {"wibble", "there is no command 'wibble'"},
    };

    (void)state;
    start(24, 100);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[80];

        pty_press(&c.pty, ":");
        pty_press(&c.pty, lines[i][0]);
        assert_true(pty_shows(&c.pty, lines[i][1]));
        pty_press(&c.pty, "\r");
        snprintf(text, sizeof(text), ":%s", lines[i][0]);
        assert_true(pty_shows(&c.pty, text));
        assert_true(pty_shows(&c.pty, lines[i][1]));
        pty_press(&c.pty, "\033");
    }
    console_stop(&c);
}

static void palette__typed_before__comes_back_without_what_was_told_to_an_order(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, ":sort -totalAmount\r");
    pty_press(&c.pty, ":hold payment the card of Mrs Example was declined\r");
    pty_press(&c.pty, ":\033[A");
    assert_true(pty_shows(&c.pty, ":hold payment the card of"));
    pty_press(&c.pty, "\033[A");
    assert_true(pty_shows(&c.pty, ":sort -totalAmount"));
    pty_press(&c.pty, "\033[B\033[B");
    assert_false(pty_shows(&c.pty, ":hold"));
    pty_press(&c.pty, "\033[B");
    assert_true(pty_shows(&c.pty, "▸ cancel") || pty_shows(&c.pty, "▸ assign-wave"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
    assert_string_equal(read_all(".local/state/orderdeck/history-commands"), "sort -totalAmount\n");
}

static void history__of_two_consoles__is_put_together_and_bounded(void **state)
{
    static struct history a, b;
    char line[20];

    (void)state;
    history_load(&a, "history-test");
    history_load(&b, "history-test");
    history_add(&a, "one", true);
    history_add(&b, "two", true);
    history_add(&b, "secret", false);
    history_save(&a);
    history_save(&b);
    assert_string_equal(read_all(".local/state/orderdeck/history-test"), "one\ntwo\n");
    for (int i = 0; i < 300; i++) {
        snprintf(line, sizeof(line), "line %d", i);
        history_add(&a, line, true);
    }
    assert_int_equal(a.n, HISTORY);
    history_save(&a);
    history_release(&b);
    history_load(&b, "history-test");
    assert_int_equal(b.n, HISTORY);
    assert_string_equal(b.lines[HISTORY - 1].text, "line 299");
    history_release(&a);
    history_release(&b);
}

static void choice__better_fit__is_worth_more(void **state)
{
    uint64_t hit;

    (void)state;
    assert_int_equal(choice_score("xyz", "mark-packed", &hit), 0);
    assert_int_equal(choice_score("", "mark-packed", &hit), 1);
    assert_true(choice_score("mp", "mark-packed", &hit) > 1);
    assert_int_equal(hit, 1u | 1u << 5);
    assert_true(choice_score("mp", "mark-packed", &hit) > choice_score("mp", "complete", &hit));
    assert_true(choice_score("pack", "mark-packed", &hit) > choice_score("pack", "p-a-c-k", &hit));
    assert_true(choice_score("HEAL", "health", &hit) > 0);
    assert_true(choice_score("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a",
                             &hit) == 0);
}

/* ---- the mouse */

static bool sent(const char *bytes)
{
    return memmem(c.pty.tail, c.pty.tail_n, bytes, strlen(bytes)) != NULL;
}

static void press_at(int row, int col, int button)
{
    char bytes[80];

    snprintf(bytes, sizeof(bytes), "\033[<%d;%d;%dM\033[<%d;%d;%dm", button, col + 1, row + 1, button,
             col + 1, row + 1);
    pty_press(&c.pty, bytes);
}

static void mouse__off_until_asked_for__and_off_at_the_end(void **state)
{
    int row;

    (void)state;
    start(24, 80);
    assert_false(sent("\033[?1000h"));
    row = pty_row(&c.pty, "▸");
    press_at(row + 2, 10, 0); /* nobody asked for it */
    assert_int_equal(pty_row(&c.pty, "▸"), row);
    pty_press(&c.pty, "m");
    assert_true(sent("\033[?1006h"));
    press_at(row + 2, 10, 0);
    assert_int_equal(pty_row(&c.pty, "▸"), row + 2);
    c.pty.tail_n = 0;
    pty_press(&c.pty, "m");
    assert_true(sent("\033[?1006l") && sent("\033[?1000l"));
    pty_press(&c.pty, "m");
    c.pty.tail_n = 0;
    console_stop(&c);
    assert_true(sent("\033[?1000l"));
}

static void mouse__crash__is_off(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "m");
    c.pty.tail_n = 0;
    kill(c.pty.pid, SIGSEGV);
    assert_int_equal(pty_end(&c.pty), 128 + SIGSEGV);
    assert_true(sent("\033[?1006l") && sent("\033[?1000l"));
    close(c.control);
    pty_release(&c.pty);
}

static bool marked_at(int row, int from)
{
    for (int col = from; col < from + 4; col++)
        if (pty_cell(&c.pty, row, col).chars[0] == 0x25b8) /* ▸ */
            return true;
    return false;
}

static void mouse__wheel_and_click__scroll_select_and_filter(void **state)
{
    char *before;
    int row;

    (void)state;
    start(40, 120);
    pty_press(&c.pty, "m");
    row = pty_row(&c.pty, "▸");
    before = strdup(pty_text(&c.pty));
    press_at(row + 3, 5, 65);
    assert_int_equal(pty_row(&c.pty, "▸"), -1); /* scrolled out of sight */
    press_at(row + 3, 5, 64);
    assert_string_equal(pty_text(&c.pty), before);
    free(before);
    press_at(row + 4, 5, 0);
    assert_int_equal(pty_row(&c.pty, "▸"), row + 4);
    press_at(1, 3, 0); /* the first status of the funnel */
    assert_true(pty_shows(&c.pty, "Orders ─ status:received"));
    press_at(2, 3, 0);
    assert_false(pty_shows(&c.pty, "Orders ─ status:received"));
    press_at(pty_row(&c.pty, " Events ") + 1, 5, 65);
    assert_true(pty_shows(&c.pty, "Events ─ held"));
    row = pty_row(&c.pty, "▸") + 2;
    press_at(row, 5, 0);
    assert_int_equal(pty_row(&c.pty, "▸"), row);
    press_at(row, 100, 0); /* the pane beside */
    press_at(row, 5, 0);   /* the keys are the list's again */
    assert_true(pty_shows(&c.pty, " Events "));
    press_at(row, 5, 0); /* once more on the selected one */
    assert_false(pty_shows(&c.pty, " Events "));
    pty_press(&c.pty, "?");
    press_at(10, 10, 65);
    assert_false(pty_shows(&c.pty, "where an order is"));
    press_at(10, 10, 64);
    assert_true(pty_shows(&c.pty, "where an order is"));
    pty_press(&c.pty, "\033");
    press_at(500, 500, 0);
    press_at(500, 500, 65);
    console_stop(&c);
}

static void mouse__radar__gives_keys_selects_moves_and_opens(void **state)
{
    int row;

    (void)state;
    start(40, 120); /* both tables side by side, the second one from column 61 */
    pty_press(&c.pty, "mR");
    row = pty_row(&c.pty, "▸");
    press_at(row + 2, 10, 0);
    assert_true(marked_at(row + 2, 0));
    press_at(row + 2, 10, 65);
    assert_true(marked_at(row + 5, 0));
    press_at(row + 2, 10, 64);
    assert_true(marked_at(row + 2, 0));
    press_at(row + 1, 80, 0); /* of the other table, which has the keys then */
    assert_true(marked_at(row + 1, 60));
    pty_press(&c.pty, "k");
    assert_true(marked_at(row, 60));
    assert_true(marked_at(row + 2, 0));
    press_at(row - 2, 10, 0); /* the title of the first */
    pty_press(&c.pty, "j");
    assert_true(marked_at(row + 3, 0));
    press_at(row, 80, 0); /* the selected row of the one without the keys */
    assert_true(pty_shows(&c.pty, "most urgent first"));
    press_at(row, 80, 0); /* and once more */
    assert_true(pty_shows(&c.pty, "─ Order ─"));
    console_stop(&c);
}

static void mouse__dead_letters_and_health__scroll_select_and_open(void **state)
{
    const struct console_options o = {.kafka = true, .letters = 40};
    int row;

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "mD");
    row = pty_row(&c.pty, "▸");
    press_at(row + 4, 10, 0);
    assert_int_equal(pty_row(&c.pty, "▸"), row + 4);
    press_at(row, 10, 65);
    assert_int_equal(pty_row(&c.pty, "▸"), row + 7);
    press_at(row - 1, 10, 0); /* the heads are no rows */
    assert_int_equal(pty_row(&c.pty, "▸"), row + 7);
    press_at(row + 7, 10, 0);
    assert_true(pty_shows(&c.pty, "Dead letter ─"));
    pty_press(&c.pty, "H");
    assert_true(pty_shows(&c.pty, "console: "));
    press_at(10, 10, 65);
    assert_false(pty_shows(&c.pty, "console: "));
    press_at(10, 10, 64);
    assert_true(pty_shows(&c.pty, "console: "));
    console_stop(&c);
}

/* Clicks where the bottom line has that text. */
static void press_key(const char *text)
{
    const char *line = pty_text(&c.pty), *at;

    for (int row = 0; row < 23; row++)
        line = strchr(line, '\n') + 1;
    at = strstr(line, text);
    assert_non_null(at);
    press_at(23, (int)(at - line), 0);
}

static void mouse__keys_of_the_bottom_line__work_and_ask_before_they_change_anything(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "m/status:received\r");
    press_key("validate");
    assert_true(pty_shows(&c.pty, "Do it to this order?"));
    pty_press(&c.pty, "n");
    press_key("sort");
    assert_true(pty_shows(&c.pty, "most urgent"));
    pty_press(&c.pty, "\033");
    press_key("view");
    assert_true(pty_shows(&c.pty, "on the way"));
    pty_press(&c.pty, "\033");
    press_key("help");
    assert_true(pty_shows(&c.pty, "where an order is selected"));
    pty_wait(&c.pty, "R radar"); /* what was said before has gone */
    press_at(22, 12, 0);         /* the radar, among the screens in the line above */
    assert_true(pty_shows(&c.pty, "most urgent first"));
    press_at(22, 2, 0);
    assert_true(pty_shows(&c.pty, "─ Orders ─"));
    console_stop(&c);
}

static void mouse__dialog__wants_keys(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "m/status:received\r");
    pty_press(&c.pty, "c");
    for (int row = 0; row < 24; row++) {
        press_at(row, 30, 0);
        press_at(row, 30, 65);
    }
    assert_true(pty_shows(&c.pty, "a reason is needed"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void mouse__suspended__is_off_meanwhile_and_on_again(void **state)
{
    const struct console_options o = {.attached = true};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "m");
    c.pty.tail_n = 0;
    pty_stop(&c.pty, "\032");
    assert_true(sent("\033[?1000l"));
    c.pty.tail_n = 0;
    kill(c.pty.pid, SIGCONT);
    pty_wait(&c.pty, "Orders");
    pty_idle(&c.pty);
    assert_true(sent("\033[?1000h"));
    console_stop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(views__of_the_same_filter__are_told_apart_in_the_menu, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(file__that_nobody_writes__holds_nothing_up, setup, teardown),
        cmocka_unit_test_setup_teardown(filter__not_answered__shows_no_rows_and_takes_no_command, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(views__that_come_with_the_program__are_right, setup, teardown),
        cmocka_unit_test_setup_teardown(views__wrong_line__is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(view__by_its_number__is_shown_and_named, setup, teardown),
        cmocka_unit_test_setup_teardown(view__filter_longer_than_its_row__is_below_the_list, setup, teardown),
        cmocka_unit_test_setup_teardown(view__longest_filter_and_name__leave_room_for_each_other, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(view__saved__is_there_again, setup, teardown),
        cmocka_unit_test_setup_teardown(view__file_with_a_fault__is_said_and_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(view__without_a_home__is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(filter__tab__completes_and_goes_round, setup, teardown),
        cmocka_unit_test_setup_teardown(filter__typed_before__comes_back_also_in_the_next_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(palette__letters_in_order__find_the_command, setup, teardown),
        cmocka_unit_test_setup_teardown(palette__order_command_by_some_letters__is_not_run_at_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(palette__wrong_arguments__are_said_before_enter_and_not_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(palette__typed_before__comes_back_without_what_was_told_to_an_order,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(history__of_two_consoles__is_put_together_and_bounded, setup,
                                        teardown),
        cmocka_unit_test(choice__better_fit__is_worth_more),
        cmocka_unit_test_setup_teardown(mouse__off_until_asked_for__and_off_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(mouse__crash__is_off, setup, teardown),
        cmocka_unit_test_setup_teardown(mouse__wheel_and_click__scroll_select_and_filter, setup, teardown),
        cmocka_unit_test_setup_teardown(mouse__radar__gives_keys_selects_moves_and_opens, setup, teardown),
        cmocka_unit_test_setup_teardown(mouse__dead_letters_and_health__scroll_select_and_open, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            mouse__keys_of_the_bottom_line__work_and_ask_before_they_change_anything, setup, teardown),
        cmocka_unit_test_setup_teardown(mouse__dialog__wants_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(mouse__suspended__is_off_meanwhile_and_on_again, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
