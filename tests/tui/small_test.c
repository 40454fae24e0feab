/* Small terminals: what has no room is marked as cut, said elsewhere or shorter, and every dialog stays usable. */
#include "tests/support/console.h"
#include "tui/fmt.h"
#include "tui/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct console c;

static void small__each_dialog__says_what_it_wants(void **state)
{
    static const struct {
        int rows, cols;
        const char *keys, *shows, *leaves;
    } rows[] = {
        {5, 20, "c", "reason? Esc leaves", "\033"},
        {5, 20, "c", "269.70 USD", "\033"},
        {5, 20, "cx\r", "Sure? y yes Enter No", "\033"},
        {5, 20, "/late:", "▴ a value is …", "\033"},
        {5, 20, "/late:", "/late:", "\033"},
        {5, 20, "s", "longest in status↓", "\033"},
        {5, 20, "skk", "  last changed     ↑", "\033"},
        {5, 20, "0", "5  urgent        ↓", "\033"},
        {5, 20, "a", "assign wave", "\033"},
        {5, 20, "y", "Esc leaves", "\033"},
        {5, 20, "q", "stop it", "\033"},
        {5, 20, " c", "1 can be cancelled", "\033\033"},
        {10, 40, "ajjj", " not while validated ", "\033"},
        {10, 40, "y", "curl that reads the order ", "\033"},
        {10, 40, " c", "Enter goes on, Esc leaves", "\033\033"},
        {10, 40, "?", "validate the selected\n", "\033"},
        {10, 40, "e", "…TJMN4C5N", "\033"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (i == 0 || rows[i].rows != rows[i - 1].rows)
            console_start(&c, rows[i].rows, rows[i].cols, NULL);
        for (const char *p = rows[i].keys; *p; p++)
            pty_press(&c.pty, (char[]){*p, 0});
        if (!pty_shows(&c.pty, rows[i].shows))
            fail_msg("'%s' at %dx%d does not show '%s' but\n%s", rows[i].keys, rows[i].cols, rows[i].rows,
                     rows[i].shows, pty_text(&c.pty));
        for (const char *p = rows[i].leaves; *p; p++)
            pty_press(&c.pty, (char[]){*p, 0});
        if (i + 1 == sizeof(rows) / sizeof(rows[0]) || rows[i].rows != rows[i + 1].rows)
            console_stop(&c);
    }
}

static void funnel__many_orders__has_every_status_or_a_mark(void **state)
{
    (void)state;
    console_start(&c, 24, 80, &(struct console_options){.orders = 2500});
    assert_int_equal(pty_row(&c.pty, " ✗ "), 1);
    console_stop(&c);
    console_start(&c, 10, 40, &(struct console_options){.orders = 2500});
    assert_true(pty_shows(&c.pty, "…\n"));
    console_stop(&c);
}

static void messages__longer_than_the_terminal__are_shown_whole(void **state)
{
    (void)state;
    console_start(&c, 10, 40, NULL);
    pty_press(&c.pty, "V");
    pty_press(&c.pty, "M");
    assert_true(pty_shows(&c.pty, "to its other end, then V\n"));
    assert_true(pty_shows(&c.pty, "marks it; Esc leaves\n"));
    console_stop(&c);
}

/* It says its whole fact where it is said, and gives the rows back. */
static void message__longer_than_its_line__takes_the_rows_above(void **state)
{
    static const struct {
        int rows, cols;
        const char *first, *last;
    } sizes[] = {{24, 60, ": go to its other end, then V\n", "   marks it; Esc leaves\n"},
                 {10, 40, " · a range from …", "   other end, then V marks it; Esc\n   leaves\n"}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const char *after;
        char *before;

        console_start(&c, sizes[i].rows, sizes[i].cols, NULL);
        before = strdup(pty_text(&c.pty));
        pty_press(&c.pty, "V");
        if (!pty_shows(&c.pty, sizes[i].first) || !pty_shows(&c.pty, sizes[i].last))
            fail_msg("the message is not whole:\n%s", pty_text(&c.pty));
        pty_press(&c.pty, "\033");
        after = pty_text(&c.pty);
        assert_non_null(strstr(after, "no range"));
        assert_memory_equal(after, before, (size_t)(strstr(after, " · no range") - after));
        free(before);
        console_stop(&c);
    }
}

static void short__counts__have_four_columns(void **state)
{
    static const struct {
        int64_t n;
        const char *text;
    } rows[] = {{0, "0"},          {999, "999"},        {1000, "1.0k"},      {9199, "9.1k"},
                {10000, "10k"},    {141999, "141k"},    {999999, "999k"},    {1000000, "1.0M"},
                {19999999, "19M"}, {999999999, "999M"}, {1000000000, "1.0G"}};
    char text[FMT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(fmt_short(rows[i].n, text), rows[i].text);
}

/* An amount that is cut would be another one. */
static void money__wider_than_its_column__says_about_how_much(void **state)
{
    static const struct {
        int64_t minor;
        const char *code;
        int columns;
        const char *text;
    } rows[] = {{12997, "USD", 12, "129.97 USD"},   {9999999, "USD", 12, "99999.99 USD"},
                {123456750, "USD", 12, "1.2M USD"}, {123456750, "USD", 14, "1234567.50 USD"},
                {1234567, "JPY", 10, "1.2M JPY"},   {INT64_C(999999999999999), "BHD", 15, "999G BHD"}};
    char text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(
            order_money_in((struct money){rows[i].minor, currency_find(rows[i].code)}, rows[i].columns, text),
            rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small__each_dialog__says_what_it_wants),
        cmocka_unit_test(funnel__many_orders__has_every_status_or_a_mark),
        cmocka_unit_test(messages__longer_than_the_terminal__are_shown_whole),
        cmocka_unit_test(message__longer_than_its_line__takes_the_rows_above),
        cmocka_unit_test(short__counts__have_four_columns),
        cmocka_unit_test(money__wider_than_its_column__says_about_how_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
