/* The console as a person sees and uses it, against a fake service. */
#include "shared/digest.h"
#include "tests/support/console.h"
#include "tui/console.h"
#include "tui/marks.h"
#include "tui/ui.h"

#include <poll.h>
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

/* ---- pictures */

static void board__of_each_size__looks_as_stored(void **state)
{
    static const struct {
        int rows, cols;
        const char *name;
    } sizes[] = {{40, 120, "board_120x40"},
                 {24, 80, "board_80x24"},
                 {12, 40, "board_40x12"},
                 {5, 20, "board_20x5"},
                 {60, 200, "board_200x60"}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start(sizes[i].rows, sizes[i].cols);
        pty_golden(&c.pty, sizes[i].name);
        console_stop(&c);
    }
}

static void screens__of_each_kind__look_as_stored(void **state)
{
    static const struct {
        const char *keys, *name;
    } screens[] = {{"\r", "order"}, {"J", "json"}, {"?", "help"},
                   {"H", "health"}, {"L", "log"},  {"e", "events"}};

    (void)state;
    start(24, 80);
    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        pty_press(&c.pty, screens[i].keys);
        pty_golden(&c.pty, screens[i].name);
        pty_press(&c.pty, "\033");
        pty_press(&c.pty, "o");
    }
    console_stop(&c);
}

static void dialogs__of_each_kind__look_as_stored(void **state)
{
    static const struct {
        const char *keys, *name;
    } dialogs[] = {{"q", "dialog_quit"},
                   {"s", "dialog_sort"},
                   {"c", "dialog_cancel"},
                   {":", "palette"},
                   {"/status:recei age>", "filter_fault"}};

    (void)state;
    start(24, 80);
    for (size_t i = 0; i < sizeof(dialogs) / sizeof(dialogs[0]); i++) {
        pty_press(&c.pty, dialogs[i].keys);
        pty_golden(&c.pty, dialogs[i].name);
        pty_press(&c.pty, "\033");
    }
    console_stop(&c);
}

static void board__without_orders__says_how_to_make_one(void **state)
{
    const struct console_options o = {.none = true};

    (void)state;
    console_start(&c, 24, 80, &o);
    assert_true(pty_shows(&c.pty, "no orders yet"));
    pty_press(&c.pty, "v");
    assert_true(pty_shows(&c.pty, "no order is selected"));
    pty_press(&c.pty, "jjkkGg\r\033");
    console_stop(&c);
}

static void header__in_production__says_so_in_red(void **state)
{
    const struct console_options o = {.environment = "prod", .read_only = true};
    VTermScreenCell cell;
    const char *line;
    int col;

    (void)state;
    console_start(&c, 24, 120, &o);
    line = pty_text(&c.pty);
    assert_non_null(strstr(line, "PROD"));
    assert_non_null(strstr(line, "READ-ONLY"));
    col = (int)(strstr(line, "PROD") - line);
    cell = pty_cell(&c.pty, 0, col);
    vterm_state_convert_color_to_rgb(vterm_obtain_state(c.pty.vt), &cell.bg);
    assert_true(cell.bg.rgb.red > 150 && cell.bg.rgb.green < 80);
    console_stop(&c);
}

/* ---- the list */

static void list__new_order__appears_at_the_top(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "n");
    pty_wait(&c.pty, "301");
    pty_idle(&c.pty);
    assert_true(pty_shows(&c.pty, "0s"));
    console_stop(&c);
}

/* The id in the selected row. */
static const char *selected(void)
{
    static char id[16];
    const char *text = pty_text(&c.pty), *at = strstr(text, "▸");

    id[0] = 0;
    if (at) {
        at = strstr(at, "…");
        snprintf(id, sizeof(id), "%.8s", at + 3);
    }
    return id;
}

static void list__after_a_key__does_not_move_under_the_hand(void **state)
{
    char id[16];
    int row;

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "jj");
    snprintf(id, sizeof(id), "%s", selected());
    row = pty_row(&c.pty, "▸");
    console_happen(&c, "nn");
    pty_wait(&c.pty, "2 new");
    assert_string_equal(selected(), id);
    assert_int_equal(pty_row(&c.pty, "▸"), row);
    console_happen(&c,
                   "b"); /* more than a screen; three seconds later it settles, and the row is where it was */
    pty_wait(&c.pty, "42 new");
    for (int i = 0; i < 40; i++)
        pty_pump(&c.pty, 100);
    assert_string_equal(selected(), id);
    assert_int_equal(pty_row(&c.pty, "▸"), row);
    assert_true(pty_shows(&c.pty, "42 new"));
    pty_press(&c.pty, "g");
    assert_false(pty_shows(&c.pty, " new "));
    console_stop(&c);
}

static void list__selection__stays_with_its_order_while_others_come(void **state)
{
    char id[16];

    (void)state;
    start(24, 80);
    snprintf(id, sizeof(id), "%s", selected());
    console_happen(&c, "n");
    pty_wait(&c.pty, "301");
    pty_idle(&c.pty);
    assert_string_equal(selected(), id);
    console_happen(&c, "b");
    pty_wait(&c.pty, "341");
    pty_idle(&c.pty);
    assert_string_equal(selected(), ""); /* out of sight */
    pty_press(&c.pty, "v");
    assert_true(pty_shows(&c.pty, "is out of sight: choose one with the arrow keys\n"));
    console_stop(&c);
}

static void validate__selected_row_slid_away__does_nothing_though_the_order_is_beside(void **state)
{
    (void)state;
    start(40, 120);
    console_happen(&c, "b");
    pty_wait(&c.pty, "340");
    pty_idle(&c.pty);
    assert_false(pty_shows(&c.pty, "▸"));
    pty_press(&c.pty, "v");
    assert_true(pty_shows(&c.pty, "is out of sight: choose one with the arrow keys"));
    pty_press(&c.pty, "c");
    assert_false(pty_shows(&c.pty, "Cancel an order"));
    pty_press(&c.pty, "j");
    assert_true(pty_shows(&c.pty, "▸"));
    pty_press(&c.pty, "c");
    assert_true(pty_shows(&c.pty, "Cancel an order"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void list__cut_off_by_new_orders__counts_them_all(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "jjj");
    for (int i = 1; i <= 30; i++) {
        char text[20];

        console_happen(&c, "b");
        snprintf(text, sizeof(text), i * 40 + 300 < 1000 ? "  %d ──" : "  1 %03d ──", (i * 40 + 300) % 1000);
        pty_wait(&c.pty, text);
    }
    pty_wait(&c.pty, " 1 200 new ↑  1 500 ──");
    assert_true(pty_row(&c.pty, "▸") > 0);
    pty_press(&c.pty, "g");
    pty_wait_not(&c.pty, " new ");
    console_stop(&c);
}

static void list__end__is_the_oldest_of_the_whole_query(void **state)
{
    const struct console_options o = {.orders = 3000};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "G");
    assert_true(pty_shows(&c.pty, "▸ …ZMMZ5QSV"));
    pty_golden(&c.pty, "board_end");
    pty_press(&c.pty, "k");
    assert_int_equal(pty_row(&c.pty, "▸"), pty_row(&c.pty, "…ZMMZ5QSV") - 1);
    pty_press(&c.pty, "g");
    assert_false(pty_shows(&c.pty, "…ZMMZ5QSV"));
    console_stop(&c);
}

static void list__scrolled_far__reads_on_and_back(void **state)
{
    const struct console_options o = {.orders = 3000};
    char first[16], far[16];

    (void)state;
    console_start(&c, 24, 80, &o);
    snprintf(first, sizeof(first), "%s", selected());
    for (int i = 0; i < 120; i++)
        pty_press(&c.pty, "\006");
    snprintf(far, sizeof(far), "%s", selected());
    assert_string_not_equal(first, far);
    for (int i = 0; i < 40; i++)
        pty_press(&c.pty, "\002");
    for (int i = 0; i < 40; i++)
        pty_press(&c.pty, "\006");
    assert_string_equal(selected(), far);
    for (int i = 0; i < 120; i++)
        pty_press(&c.pty, "\002");
    assert_string_equal(selected(), first);
    pty_press(&c.pty, "G");
    pty_press(&c.pty, "g");
    assert_string_equal(selected(), first);
    console_stop(&c);
}

static int times(const char *text)
{
    int n = 0;

    for (const char *at = pty_text(&c.pty); (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

static void order__long_texts__are_read_to_their_ends(void **state)
{
    const struct console_options o = {.wordy = true};

    (void)state;
    console_start(&c, 50, 80, &o);
    pty_press(&c.pty, "cthe customer has called twice now and wants neither this order nor the next, \
which is the end of it: goodbye\ry");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "all waits for the call"));
    assert_true(times("there: the end") >= 5); /* reason, in the ladder too, and products */
    console_stop(&c);
}

static void order__long_customer__leaves_its_state_to_be_seen(void **state)
{
    (void)state;
    console_start(&c, 40, 120, &(struct console_options){.wordy = true});
    assert_true(pty_shows(&c.pty, "│ same day  ◔ validated  v2\n"));
    assert_true(pty_shows(&c.pty, "◔ validated‖ ")); /* on hold: behind the longest word */
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "there: the end\n same day  ◔ validated  v2\n"));
    pty_press(&c.pty, "e");
    assert_true(pty_shows(&c.pty, "  a text that is much lon…  "));
    pty_press(&c.pty, "o");
    pty_resize(&c.pty, 24, 80);
    pty_wait(&c.pty, "◔ validated ‖ ");
    console_stop(&c);
}

/* The README's picture: no column goes for the sake of another's comfort. */
static void list__of_118_columns__has_totals(void **state)
{
    (void)state;
    start(29, 118);
    assert_true(pty_shows(&c.pty, "CUSTOMER    PRIO      STATUS              TOTAL   AGE   DUE │"));
    console_stop(&c);
}

static void filter__typed__is_applied_and_dropped(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:cancelled");
    assert_true(pty_shows(&c.pty, "match"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "status:cancelled"));
    assert_true(pty_shows(&c.pty, "of 300"));
    assert_true(pty_shows(&c.pty, "✗ cancelled"));
    pty_press(&c.pty, "\033");
    assert_false(pty_shows(&c.pty, "status:cancelled"));
    pty_press(&c.pty, "/customer:nobody\r");
    assert_true(pty_shows(&c.pty, "no order matches"));
    pty_press(&c.pty, "/\025status:received\033"); /* Esc brings back what was there */
    assert_true(pty_shows(&c.pty, "customer:nobody"));
    console_stop(&c);
}

static void filter__with_a_fault__shows_it_under_its_character(void **state)
{
    int fault_row, fault_col;
    const char *text, *at, *line;

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/late:yes status:wibble");
    fault_row = pty_row(&c.pty, "▴");
    text = pty_text(&c.pty);
    at = strstr(text, "▴");
    assert_non_null(at);
    for (line = at; line > text && line[-1] != '\n'; line--)
        continue;
    fault_col = (int)(at - line);
    assert_int_equal(fault_row, 23);
    assert_int_equal(pty_cell(&c.pty, 22, fault_col).chars[0], 'w');
    pty_press(&c.pty, "\r"); /* Enter does not take it */
    assert_true(pty_shows(&c.pty, "▴"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void filter__too_long__stays_open_and_says_so(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/");
    for (int i = 0; i < 13; i++)
        pty_press(&c.pty, "-sku:ABCDEFGHIJKL ");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, " filter "));
    assert_true(pty_shows(&c.pty, "at most 220 bytes"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void bar__narrow__keeps_help_and_the_order_of_keys(void **state)
{
    (void)state;
    start(24, 46);
    assert_true(pty_shows(&c.pty, "c cancel  / filter  ? help"));
    pty_press(&c.pty, "J");
    assert_true(pty_shows(&c.pty, "more "));
    console_stop(&c);
}

static void bar__of_each_screen__offers_what_does_something_there(void **state)
{
    static const struct {
        const char *keys;
        bool pane, open, list;
    } screens[] = {{"o", true, true, true},     {"R", true, true, false},   {"o\r", false, true, false},
                   {"oJ", false, false, false}, {"e", false, false, false}, {"H", false, false, false},
                   {"L", false, false, false},  {"M", false, false, false}, {"?", false, false, false}};

    (void)state;
    start(24, 120);
    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        const char *text, *bar;
        char *before;

        for (const char *k = screens[i].keys; *k; k++)
            pty_press(&c.pty, (char[]){*k, 0});
        text = pty_text(&c.pty);
        bar = strstr(text, "? help");
        while (bar && bar > text && bar[-1] != '\n')
            bar--;
        assert_non_null(bar);
        assert_int_equal(strstr(bar, "Tab pane") != NULL, screens[i].pane);
        assert_int_equal(strstr(bar, "Enter open") != NULL, screens[i].open);
        assert_int_equal(strstr(bar, "s sort") != NULL, screens[i].list);
        assert_int_equal(strstr(bar, "/ filter") != NULL, screens[i].list);
        assert_int_equal(strstr(bar, "1-9 view") != NULL, screens[i].list);
        assert_int_equal(strstr(bar, "q quit") != NULL, screens[i].list); /* the others: "q back" */
        before = strdup(text);
        if (!screens[i].pane)
            pty_press(&c.pty, "\t");
        if (!screens[i].open)
            pty_press(&c.pty, "\r");
        assert_string_equal(pty_text(&c.pty), before);
        free(before);
    }
    console_stop(&c);
}

/* What is typed is shown whole; where it is long, what it does stands below. */
static void help__narrow__shows_each_key_whole(void **state)
{
    (void)state;
    start(100, 40);
    pty_press(&c.pty, "?");
    assert_true(pty_shows(&c.pty, "\n 1 2 3 4 5 6 7 8 9\n             the saved view"));
    assert_true(pty_shows(&c.pty, "\n v           validate the selected"));
    pty_press(&c.pty, "G");
    assert_true(pty_shows(&c.pty, "\n customer:CUST-0*\n             with such a beginning\n"));
    console_stop(&c);
    start(100, 80);
    pty_press(&c.pty, "?");
    assert_true(pty_shows(&c.pty, "\n -late:yes           everything but that"));
    console_stop(&c);
}

static void funnel__enter_on_a_status__filters(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "\033[Z");
    pty_press(&c.pty, "l");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "status:validated"));
    pty_press(&c.pty, "\r");
    assert_false(pty_shows(&c.pty, "status:validated"));
    console_stop(&c);
}

static void sort__chosen__changes_the_list(void **state)
{
    char first[16];

    (void)state;
    start(24, 80);
    snprintf(first, sizeof(first), "%s", selected());
    pty_press(&c.pty, "sj\r");
    assert_true(pty_shows(&c.pty, "oldest first"));
    pty_press(&c.pty, "g");
    assert_string_not_equal(selected(), first);
    console_stop(&c);
}

/* ---- the events on the whole screen */

static void events__of_some_types__are_shown_alone(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "e");
    pty_press(&c.pty, "fcanc\t");
    assert_true(pty_shows(&c.pty, " types cancelled"));
    pty_press(&c.pty, "wibble\r");
    assert_true(pty_shows(&c.pty, "no type of events is called so"));
    pty_golden(&c.pty, "events_fault");
    for (int i = 0; i < 7; i++)
        pty_press(&c.pty, "\177");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "─ Events ─ cancelled  live ─"));
    pty_golden(&c.pty, "events_cancelled");
    console_happen(&c, "n"); /* is none of them */
    pty_wait(&c.pty, "29↑");
    assert_false(pty_shows(&c.pty, "○ received "));
    pty_press(&c.pty, "\033");
    assert_true(pty_shows(&c.pty, "─ Events ─ live ─"));
    assert_true(pty_shows(&c.pty, "○ received "));
    pty_press(&c.pty, "\033");
    assert_true(pty_shows(&c.pty, "Orders"));
    console_stop(&c);
}

static void events__of_the_selected_order__are_shown_alone(void **state)
{
    char id[16], text[80];

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "jjj");
    snprintf(id, sizeof(id), "%s", selected());
    pty_press(&c.pty, "e");
    pty_press(&c.pty, "t");
    snprintf(text, sizeof(text), "─ Events ─ …%s  live ─", id);
    assert_true(pty_shows(&c.pty, text));
    assert_true(times(id) >= 2);
    pty_press(&c.pty, "t");
    assert_true(pty_shows(&c.pty, "─ Events ─ live ─"));
    console_stop(&c);
}

static void events__scrolled_back__go_on_into_the_log(void **state)
{
    const struct console_options o = {.orders = 3000};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "e");
    for (int i = 0; i < 90; i++)
        pty_press(&c.pty, "\006");
    assert_true(pty_shows(&c.pty, "─ held ─"));
    console_happen(&c, "nnn");
    pty_wait(&c.pty, "3 new ↑");
    pty_press(&c.pty, "g");
    assert_true(pty_shows(&c.pty, "─ live ─"));
    assert_false(pty_shows(&c.pty, "new ↑"));
    assert_true(pty_shows(&c.pty, "14:03:22.118  ○ received"));
    console_stop(&c);
}

/* ---- the log */

static void log__line_longer_than_the_screen__is_shown_whole(void **state)
{
    static const struct {
        int rows, cols;
        const char *name;
    } sizes[] = {{24, 80, "log_long_80x24"}, {40, 120, "log_long_120x40"}, {16, 30, "log_long_30x16"}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        console_start(&c, sizes[i].rows, sizes[i].cols, &(struct console_options){.wordy = true});
        pty_press(&c.pty, "L");
        pty_golden(&c.pty, sizes[i].name);
        console_stop(&c);
    }
}

/* What came stands above, in as many rows as it takes. */
static void log__scrolled_among_long_lines__stays_where_it_is(void **state)
{
    (void)state;
    console_start(&c, 16, 24, &(struct console_options){.wordy = true});
    console_happen(&c, "b");
    pty_wait(&c.pty, "▲");
    pty_press(&c.pty, "L");
    pty_wait(&c.pty, "line 339");
    pty_press(&c.pty, "jjjjj");
    assert_true(pty_shows(&c.pty, "line 337"));
    assert_false(pty_shows(&c.pty, "line 338"));
    console_happen(&c, "nn");
    pty_wait(&c.pty, "2 new");
    assert_true(pty_shows(&c.pty, "line 337"));
    assert_false(pty_shows(&c.pty, "line 338"));
    console_stop(&c);
}

static void log__scrolled__stays_where_it_is_while_lines_come(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "b");
    pty_wait(&c.pty, "340");
    pty_press(&c.pty, "L");
    pty_wait(&c.pty, "line 339");
    pty_press(&c.pty, "jjjjj");
    assert_true(pty_shows(&c.pty, "line 334"));
    assert_false(pty_shows(&c.pty, "line 335"));
    console_happen(&c, "nn");
    pty_wait(&c.pty, "2 new ↑");
    assert_true(pty_shows(&c.pty, "line 334"));
    assert_false(pty_shows(&c.pty, "line 335"));
    pty_press(&c.pty, "g");
    assert_true(pty_shows(&c.pty, "line 341"));
    assert_false(pty_shows(&c.pty, "new ↑"));
    pty_press(&c.pty, "ff"); /* warn, error */
    console_stop(&c);
}

static void log__scrolled_and_more_lines_than_are_kept__stays_full_and_says_so(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "b");
    pty_wait(&c.pty, "340");
    pty_press(&c.pty, "L");
    pty_wait(&c.pty, "line 339");
    pty_press(&c.pty, "jjjjj");
    console_happen(&c, "bbbbbb");
    pty_wait(&c.pty, "older lines are gone");
    assert_true(pty_shows(&c.pty, "200+ new ↑"));
    assert_true(pty_shows(&c.pty, "line 380")); /* 200 lines are kept: 380 to 579 */
    pty_press(&c.pty, "k");                     /* one line, not back from far below */
    assert_false(pty_shows(&c.pty, "line 380"));
    assert_true(pty_shows(&c.pty, "line 381"));
    assert_false(pty_shows(&c.pty, "older lines are gone"));
    console_stop(&c);
}

/* ---- scrolled panes */

static void panes__terminal_grows_while_scrolled_down__are_full(void **state)
{
    static const struct {
        const char *keys, *first;
    } panes[] = {{"?", "where an order is"}, {"H", "console: "}, {"J", "orderId"}, {"\r", "Ada Example"}};

    (void)state;
    for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++) {
        start(10, 80);
        pty_press(&c.pty, panes[i].keys);
        pty_press(&c.pty, "G");
        assert_false(pty_shows(&c.pty, " more ↓"));
        pty_resize(&c.pty, 100, 80); /* room for all */
        pty_wait(&c.pty, panes[i].first);
        console_stop(&c);
    }
}

/* ---- actions */

static void validate__selected_order__is_done_and_said(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "v");
    assert_true(pty_shows(&c.pty, "is validated now (version 2)"));
    pty_press(&c.pty, "v");
    assert_true(pty_shows(&c.pty, "does not accept that"));
    console_stop(&c);
}

static void validate__order_changed_meanwhile__does_nothing_and_says_so(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:received\r");
    console_happen(&c, "n");
    pty_wait(&c.pty, "1 new");
    pty_idle(&c.pty);
    pty_press(&c.pty, "g");
    console_happen(&c, "v"); /* the change and the key race: the version on screen decides */
    pty_type(&c.pty, "v");
    pty_idle(&c.pty);
    console_stop(&c);
}

static void cancel__order_changed_meanwhile__does_nothing_and_says_what_it_is_now(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "n");
    pty_wait(&c.pty, "301");
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "g");
    pty_press(&c.pty, "cno stock");
    console_happen(&c, "v");
    pty_wait(&c.pty, "it has changed: validated now");
    pty_press(&c.pty, "\ry");
    assert_true(pty_shows(&c.pty, "cancel was not done: the order has changed, it is validated now"));
    console_stop(&c);
}

static void cancel__with_reason_and_yes__is_done(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "c");
    assert_true(pty_shows(&c.pty, "Cancel an order"));
    assert_true(pty_shows(&c.pty, "a reason is needed"));
    pty_press(&c.pty, "customer called\r");
    assert_true(pty_shows(&c.pty, "Cancel this order?"));
    pty_press(&c.pty, "y");
    assert_true(pty_shows(&c.pty, "is cancelled now"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "customer called"));
    assert_true(pty_shows(&c.pty, "ops@host"));
    console_stop(&c);
}

static void cancel__enter_alone_or_the_starting_key__never_cancels(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "c\r\r\r\r");
    assert_true(pty_shows(&c.pty, "a reason is needed"));
    pty_press(&c.pty, "cccc\r");
    assert_true(pty_shows(&c.pty, "Cancel this order?"));
    pty_press(&c.pty, "c");
    assert_true(pty_shows(&c.pty, "Cancel this order?"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "was not cancelled"));
    assert_false(pty_shows(&c.pty, "✗ cancelled"));
    pty_press(&c.pty, "c   \r\rwhy\r\033");
    assert_true(pty_shows(&c.pty, "was not cancelled (2 times)"));
    console_stop(&c);
}

static void cancel__dialog_open__the_list_waits(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "c");
    console_happen(&c, "nn");
    pty_wait(&c.pty, "2 new");
    pty_press(&c.pty, "\033");
    pty_wait_not(&c.pty, "2 new");
    console_stop(&c);
}

static void pasted_text__is_never_keys(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "\033[200~cqy\rv:\033[201~");
    assert_true(pty_shows(&c.pty, "pasted text is not taken as keys"));
    assert_false(pty_shows(&c.pty, "Cancel an order"));
    pty_press(&c.pty, "/");
    pty_press(&c.pty, "\033[200~status:packed\r\033[201~");
    assert_true(pty_shows(&c.pty, "filter status:packed"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void palette__runs_commands_by_name(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, ":suspend\r");
    assert_true(pty_shows(&c.pty, "not suspended"));
    pty_press(&c.pty, ":mess\r");
    assert_true(pty_shows(&c.pty, "Messages"));
    assert_true(pty_shows(&c.pty, "not suspended"));
    pty_press(&c.pty, "\033");
    pty_press(&c.pty, ":filter status:packed\r");
    assert_true(pty_shows(&c.pty, "status:packed"));
    pty_press(&c.pty, ":sort -totalAmount\r");
    assert_true(pty_shows(&c.pty, "largest total"));
    console_stop(&c);
}

/* Starts with a key file of these lines. */
static void start_with_keys(const char *lines)
{
    char folder[] = "/tmp/orderdeck-keys-XXXXXX", path[100];
    FILE *f;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/orderdeck", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/orderdeck/keys", folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(lines, f);
    fclose(f);
    setenv("XDG_CONFIG_HOME", folder, 1);
    start(24, 80);
    unsetenv("XDG_CONFIG_HOME");
    unlink(path);
    snprintf(path, sizeof(path), "%s/orderdeck", folder);
    rmdir(path);
    rmdir(folder);
}

/* The keys of the selected order alone keep their places when they are refused. */
static void bar__keys_that_would_do_nothing__are_left_out(void **state)
{
    (void)state;
    console_start(&c, 24, 120, &(struct console_options){.none = true});
    assert_true(pty_shows(&c.pty, " v validate  c cancel  / filter "));
    assert_true(pty_shows(&c.pty, "Tab pane"));
    assert_false(pty_shows(&c.pty, "Enter open"));
    pty_press(&c.pty, "\033[Z"); /* to the funnel, where Enter filters */
    assert_true(pty_shows(&c.pty, "Enter open"));
    pty_press(&c.pty, "R");
    assert_false(pty_shows(&c.pty, "Enter open"));
    pty_press(&c.pty, "e");
    assert_true(pty_shows(&c.pty, " f types  ? help"));
    pty_press(&c.pty, "o");
    console_happen(&c, "n");
    pty_wait(&c.pty, "Enter open");
    pty_press(&c.pty, "R");
    assert_true(pty_shows(&c.pty, "Enter open"));
    pty_press(&c.pty, "e");
    assert_true(pty_shows(&c.pty, " f types  t this order  ? help"));
    pty_press(&c.pty, "o");
    pty_resize(&c.pty, 7, 120); /* the list alone */
    pty_press(&c.pty, "\014");
    assert_true(pty_shows(&c.pty, "? help"));
    assert_false(pty_shows(&c.pty, "Tab pane"));
    console_stop(&c);
}

static void key_file__changes_keys_and_a_wrong_one_is_said(void **state)
{
    (void)state;
    start_with_keys("validate = X\n");
    assert_true(pty_shows(&c.pty, "X validate"));
    console_stop(&c);
    start_with_keys("validate = s\nhelp = /\n");
    assert_true(pty_shows(&c.pty, "is wanted by"));
    console_stop(&c);
}

static void quit__asks_and_can_stop_or_stay(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "\003");
    assert_true(pty_shows(&c.pty, "Leave the console?"));
    pty_press(&c.pty, "\r");
    assert_false(pty_shows(&c.pty, "Leave the console?"));
    pty_press(&c.pty, "\032");
    assert_true(pty_shows(&c.pty, "not suspended"));
    pty_press(&c.pty, "q");
    pty_type(&c.pty, "s");
    assert_int_equal(pty_end(&c.pty), 10 + UI_STOP);
    assert_false(pty_shows(&c.pty, "Orders")); /* the screen before is back */
    close(c.control);
    pty_release(&c.pty);
}

static void connection__lost__is_said_in_the_header(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "d");
    pty_wait(&c.pty, "not connected");
    console_happen(&c, "u");
    pty_wait_not(&c.pty, "not connected");
    console_stop(&c);
}

static void connection__without_a_stream__is_said_to_be_polled(void **state)
{
    (void)state;
    start(24, 80);
    assert_false(pty_shows(&c.pty, "polled"));
    console_happen(&c, "o");
    pty_wait(&c.pty, " polled ");
    pty_wait(&c.pty, "asked each second: there is no event stream");
    console_happen(&c, "do"); /* and lost: that alone counts */
    pty_wait(&c.pty, "not connected");
    pty_wait_not(&c.pty, "polled");
    console_happen(&c, "u");
    pty_wait_not(&c.pty, "not connected");
    assert_false(pty_shows(&c.pty, "polled"));
    console_stop(&c);
}

/* ---- the line */

static void frame__is_one_write_in_synchronised_output(void **state)
{
    const char *bytes;
    size_t writes;

    (void)state;
    start(40, 120);
    writes = c.pty.writes;
    c.pty.tail_n = 0;
    pty_press(&c.pty, "j");
    pty_pump(&c.pty, 0);
    assert_true(c.pty.writes - writes <= 4); /* the key's frame, the detail's, a mark */
    c.pty.tail[c.pty.tail_n < sizeof(c.pty.tail) ? c.pty.tail_n : sizeof(c.pty.tail) - 1] = 0;
    for (bytes = c.pty.tail; strncmp(bytes, "\033]7791;", 7) == 0; bytes = strchr(bytes, '\a') + 1)
        assert_non_null(strchr(bytes, '\a')); /* the mark of an earlier tick */
    assert_true(strncmp(bytes, "\033[?2026h", 8) == 0);
    assert_non_null(strstr(bytes, "\033[?2026l"));
    assert_null(strstr(bytes, "\033[2J"));
    console_stop(&c);
}

static void idle__console__writes_nothing_more(void **state)
{
    size_t bytes;

    (void)state;
    start(40, 120);
    while (pty_pump(&c.pty, 1500))
        continue;
    bytes = c.pty.bytes;
    pty_pump(&c.pty, 1200);
    assert_int_equal(c.pty.bytes, bytes);
    console_stop(&c);
}

static void stalled_line__frames_are_skipped_and_the_end_is_right(void **state)
{
    (void)state;
    start(50, 200);
    for (int i = 0; i < 400; i++) /* nothing is read meanwhile */
        pty_type(&c.pty, i % 2 ? "o" : "e");
    pty_type(&c.pty, "\014");
    pty_idle(&c.pty);
    assert_true(pty_shows(&c.pty, "Orders"));
    pty_golden(&c.pty, "board_200x50");
    console_stop(&c);
}

/* ---- other terminals */

static void terminal__without_utf8__gets_ascii(void **state)
{
    const char *text;

    (void)state;
    setenv("PTY_LC_ALL", "C", 1);
    start(24, 80);
    unsetenv("PTY_LC_ALL");
    for (text = pty_text(&c.pty); *text; text++)
        assert_true((unsigned char)*text < 0x80);
    pty_golden(&c.pty, "board_ascii");
    console_stop(&c);
}

static void terminal__without_colours__shows_the_selection(void **state)
{
    int row;

    (void)state;
    setenv("PTY_NO_COLOR", "1", 1);
    start(24, 80);
    unsetenv("PTY_NO_COLOR");
    row = pty_row(&c.pty, "▸");
    assert_true(row > 0);
    assert_true(pty_cell(&c.pty, row, 5).attrs.reverse);
    for (int col = 0; col < 80; col++) {
        VTermScreenCell cell = pty_cell(&c.pty, row, col);

        assert_true(VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
    }
    console_stop(&c);
}

static void terminal__unknown_or_plain__works(void **state)
{
    static const char *const terms[] = {"nonsense-terminal", "vt100", "linux", "tmux-256color", "screen",
                                        "xterm-direct",      ""};
    static const char *const used[] = {"xterm-256color", "", "", "", "", "", "xterm-256color"};
    char text[60];

    (void)state;
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        setenv("PTY_TERM", terms[i], 1);
        start(24, 80);
        unsetenv("PTY_TERM");
        assert_true(pty_shows(&c.pty, "Orders"));
        pty_press(&c.pty, "\033[B");
        pty_press(&c.pty, "\033OB");
        assert_true(pty_shows(&c.pty, strcmp(terms[i], "linux") == 0 ? " > ~" : "▸"));
        pty_press(&c.pty, "H");
        snprintf(text, sizeof(text), "%s, 80x24", *used[i] ? used[i] : terms[i]);
        assert_true(pty_shows(&c.pty, text));
        console_stop(&c);
    }
}

static void cursor__rests_on_the_selected_row(void **state)
{
    int row, col;

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "jjj");
    pty_cursor(&c.pty, &row, &col);
    assert_int_equal(row, pty_row(&c.pty, "▸"));
    console_stop(&c);
}

static void cancel__reason_too_long__is_said_and_not_cut(void **state)
{
    char text[700];

    (void)state;
    start(24, 80);
    snprintf(text, sizeof(text), "\033[200~%0600d\033[201~", 7);
    pty_press(&c.pty, "cso it is: ");
    pty_press(&c.pty, text);
    assert_true(pty_shows(&c.pty, "that is too long, and was not taken"));
    assert_true(pty_shows(&c.pty, "not taken: it has 600 bytes, and there is room for 469"));
    assert_false(pty_shows(&c.pty, "0000000000"));
    pty_press(&c.pty, "\033[200~no stock\033[201~");
    assert_false(pty_shows(&c.pty, "too long, and"));
    assert_true(pty_shows(&c.pty, "so it is: no stock"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void cancel__started_by_y__is_confirmed_by_another_key(void **state)
{
    (void)state;
    start_with_keys("copy = K\ncancel = y\n");
    pty_press(&c.pty, "ywhy\ry");
    assert_true(pty_shows(&c.pty, "Cancel this order?  Y yes"));
    pty_press(&c.pty, "y");
    assert_true(pty_shows(&c.pty, "Cancel this order?  Y yes"));
    pty_press(&c.pty, "Y");
    assert_true(pty_shows(&c.pty, "is cancelled now"));
    console_stop(&c);
}

static void actions__menu__has_every_command_and_says_why_not(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "a");
    pty_golden(&c.pty, "actions");
    assert_true(pty_shows(&c.pty, "not while validated"));
    pty_press(&c.pty, "G\r"); /* release hold */
    assert_true(pty_shows(&c.pty, "release hold: it is not on hold"));
    pty_press(&c.pty, "gjj\r"); /* hold */
    assert_true(pty_shows(&c.pty, "what kind of hold"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "needed: what kind of hold"));
    pty_press(&c.pty, "payment\r");
    pty_golden(&c.pty, "arguments");
    pty_press(&c.pty, "the bank asks\r");
    assert_true(pty_shows(&c.pty, "is validated now (version 3)"));
    pty_press(&c.pty, "a");
    assert_true(pty_shows(&c.pty, "not while validated and on hold"));
    pty_press(&c.pty, "\r\033"); /* the first one that is accepted: cancel, which asks */
    assert_true(pty_shows(&c.pty, "was not cancelled"));
    pty_press(&c.pty, ":assign-wave W-1\r");
    assert_true(pty_shows(&c.pty, "is on hold, validated and does not accept that"));
    pty_press(&c.pty, ":release-hold\r");
    assert_true(pty_shows(&c.pty, "is validated now (version 4)"));
    pty_press(&c.pty, ":assign-wave\r");
    assert_true(pty_shows(&c.pty, "assign wave needs wave"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void actions__order_changed_meanwhile__nothing_is_done(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "n");
    pty_wait(&c.pty, "301");
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "ga");
    assert_true(pty_shows(&c.pty, "is received"));
    console_happen(&c, "v");
    pty_wait(&c.pty, "it has changed: validated now");
    pty_press(&c.pty, "\ry");
    assert_true(pty_shows(&c.pty, "validate was not done: the order has changed, it is validated now"));
    console_stop(&c);
}

/* ---- marks */

static void mark__space__marks_and_moves_on(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "  ");
    assert_true(pty_shows(&c.pty, "2 marked  300"));
    assert_int_equal(pty_row(&c.pty, "◆  …"), 4);
    assert_int_equal(pty_row(&c.pty, " ▸ …"), 6);
    pty_golden(&c.pty, "marks");
    pty_press(&c.pty, "k "); /* the second one not any more */
    assert_true(pty_shows(&c.pty, "1 marked  300"));
    console_happen(&c, "n");
    pty_wait(&c.pty, "1 marked  1 new");
    pty_press(&c.pty, "sj\r"); /* other rows, the same marks */
    assert_true(pty_shows(&c.pty, "1 marked  "));
    assert_false(pty_shows(&c.pty, "◆"));
    pty_press(&c.pty, "sk\r");
    assert_true(pty_shows(&c.pty, "◆"));
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "\033"); /* the marks go before the filter */
    assert_true(pty_shows(&c.pty, "no longer marked: 1"));
    assert_true(pty_shows(&c.pty, "status:received"));
    pty_press(&c.pty, "\033");
    assert_false(pty_shows(&c.pty, "status:received"));
    pty_press(&c.pty, "u");
    assert_true(pty_shows(&c.pty, "nothing is marked"));
    console_stop(&c);
}

static void mark__range__from_where_it_began_to_here(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "jjVj");
    assert_true(pty_shows(&c.pty, "◇  …"));
    assert_true(pty_shows(&c.pty, "◇▸ …"));
    pty_press(&c.pty, "\033"); /* not this one */
    assert_false(pty_shows(&c.pty, "◇"));
    pty_press(&c.pty, "Vjjj");
    console_happen(&c, "b"); /* what comes meanwhile is not in it */
    pty_wait(&c.pty, "40 new");
    pty_press(&c.pty, "V");
    assert_true(pty_shows(&c.pty, "4 marked  40 new"));
    assert_true(pty_shows(&c.pty, "4 more marked"));
    console_stop(&c);
}

static void mark__all_that_match__asks_beyond_what_is_read(void **state)
{
    const struct console_options o = {.orders = 3000};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "/-status:cancelled\r");
    pty_press(&c.pty, "*");
    assert_true(pty_shows(&c.pty, "2 903 marked"));
    assert_true(pty_shows(&c.pty, "all that match are marked: 2 903, 2 903 of them now"));
    pty_press(&c.pty, "\006\006\006\006");
    assert_true(pty_shows(&c.pty, "◆▸ …"));
    console_stop(&c);
}

static void mark__many__has_an_end(void **state)
{
    struct marks m = {.n = 0};
    struct order o = {.version = 7};

    (void)state;
    for (int i = 0; i < MARKS_MAX + 5; i++) {
        snprintf(o.id, sizeof(o.id), "ORD-%d", i);
        assert_int_equal(marks_add(&m, &o), i < MARKS_MAX);
    }
    o.version = 8;
    snprintf(o.id, sizeof(o.id), "ORD-%d", 77);
    assert_true(marks_add(&m, &o));
    assert_int_equal(marks_find(&m, "ORD-77")->version, 7); /* as it was seen first */
    for (int i = 0; i < MARKS_MAX; i += 2) {
        snprintf(o.id, sizeof(o.id), "ORD-%d", i);
        if (i < 100)
            marks_remove(&m, o.id);
        assert_int_equal(marks_find(&m, o.id) == NULL, i < 100);
    }
    assert_int_equal(m.n, MARKS_MAX - 50);
    assert_string_equal(m.rows[0].id, "ORD-1");
    marks_release(&m);
}

/* ---- many at once */

static void bulk__cancel__asks_for_reason_and_number(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "VjjjjjjjjjV");
    pty_press(&c.pty, "c");
    assert_true(pty_shows(&c.pty, "8  can be cancelled"));
    assert_true(pty_shows(&c.pty, "1  cannot: shipped"));
    assert_true(pty_shows(&c.pty, "1  cannot: completed"));
    pty_golden(&c.pty, "bulk_ask");
    pty_press(&c.pty, "\r\r\r\r");
    assert_true(pty_shows(&c.pty, "not sent: reason is needed"));
    pty_press(&c.pty, "8\r");
    assert_true(pty_shows(&c.pty, "not sent: reason is needed"));
    pty_press(&c.pty, "\033[Arecall of the lot\r");
    pty_press(&c.pty, "\0258");
    pty_press(&c.pty, "\177"
                      "10\r");
    assert_true(pty_shows(&c.pty, "not sent: type 8"));
    assert_false(pty_shows(&c.pty, "✗ cancelled"));
    pty_press(&c.pty, "\0258\r");
    assert_true(pty_shows(&c.pty, "cancel: 8 of 10 are cancelled"));
    pty_golden(&c.pty, "bulk_results");
    pty_press(&c.pty, "\033");
    assert_true(pty_shows(&c.pty, "✗ cancelled"));
    assert_false(pty_shows(&c.pty, " marked"));
    pty_press(&c.pty, "g\r");
    assert_true(pty_shows(&c.pty, "recall of the lot"));
    console_stop(&c);
}

static void bulk__changed_since__is_said_and_left_alone(void **state)
{
    (void)state;
    start(40, 120);
    console_happen(&c, "n");
    pty_wait(&c.pty, "301");
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "g   ");
    console_happen(&c, "v");
    pty_press(&c.pty, "v");
    pty_wait(&c.pty, "2  can be validated");
    assert_true(pty_shows(&c.pty, "1  changed since they were marked: left alone"));
    pty_press(&c.pty, "2\r");
    pty_wait(&c.pty, "validate: 2 of 3 are validated");
    assert_true(pty_shows(&c.pty, "not sent: it has changed since it was marked, it is validated now"));
    pty_golden(&c.pty, "bulk_changed");
    pty_press(&c.pty, "m");
    assert_true(pty_shows(&c.pty, "marked again, as they are now: 1"));
    assert_true(pty_shows(&c.pty, "1 marked"));
    pty_press(&c.pty, ":hold payment the bank\r");
    assert_true(pty_shows(&c.pty, "1  can be held"));
    pty_press(&c.pty, "1\r");
    assert_true(pty_shows(&c.pty, "hold: 1 of 1 are held"));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void bulk__changed_between_look_and_send__is_not_done(void **state)
{
    (void)state;
    start(24, 80);
    console_happen(&c, "n");
    pty_wait(&c.pty, "301");
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "g  ");
    pty_press(&c.pty, "c");
    assert_true(pty_shows(&c.pty, "2  can be cancelled"));
    console_happen(&c, "v");
    pty_press(&c.pty, "why not\r2\r");
    pty_wait(&c.pty, "cancel: 1 of 2 are cancelled");
    assert_true(pty_shows(&c.pty, "cancel was not done: the order has changed"));
    pty_press(&c.pty, "m");
    assert_true(pty_shows(&c.pty, "1 marked"));
    console_stop(&c);
}

static void bulk__more_than_the_port_takes__are_all_served(void **state)
{
    const struct console_options o = {.orders = 3000, .port = 12};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "/status:received\r");
    pty_press(&c.pty, "*");
    pty_press(&c.pty, ":assign-wave W-7\r");
    assert_true(pty_shows(&c.pty, "cannot: received"));
    assert_true(pty_shows(&c.pty, "there is nothing to send"));
    pty_press(&c.pty, "\r\033");
    pty_press(&c.pty, "a");
    assert_true(pty_shows(&c.pty, "none of them accepted that"));
    assert_true(pty_shows(&c.pty, "▸ validate            259 of 259"));
    pty_press(&c.pty, "\r");
    pty_press(&c.pty, "259\r");
    pty_wait(&c.pty, "validate: 259 of 259 are validated");
    pty_press(&c.pty, "\006\006jG\r");
    pty_wait(&c.pty, "no order matches");
    console_stop(&c);
}

/* ---- copies */

/* The text of the last OSC 52 that came, decoded; the terminal's clipboard. */
static const char *clipboard(void)
{
    static char text[20000];
    char bytes[sizeof(c.pty.tail) + 1], *at = NULL, *end;
    size_t n = 0;

    memcpy(bytes, c.pty.tail, c.pty.tail_n);
    bytes[c.pty.tail_n] = 0;
    for (char *next = bytes; (next = strstr(next, "\033]52;c;")) != NULL;)
        at = next += 7;
    assert_non_null(at);
    end = strchr(at, '\a');
    assert_non_null(end);
    *end = 0;
    for (char *p = at; *p; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p == '=' ? 0 : *p;
    assert_true(base64url_decode(at, (uint8_t *)text, sizeof(text) - 1, &n));
    text[n] = 0;
    return text;
}

static void copy__each_choice__is_given_to_the_terminal(void **state)
{
    size_t writes;

    (void)state;
    start(24, 80);
    pty_press(&c.pty, "y");
    pty_golden(&c.pty, "copy");
    pty_press(&c.pty, "r");
    assert_true(pty_shows(&c.pty, "repeating the last action: none yet"));
    writes = c.pty.writes;
    pty_press(&c.pty, "yi");
    assert_string_equal(clipboard(), "ORD-01M9A7C2K4000000W4TJMN4C5N");
    assert_true(c.pty.writes - writes <= 4); /* in the frame's write */
    assert_true(pty_shows(&c.pty, "clipboard: the id, 30 bytes"));
    pty_press(&c.pty, "yj");
    assert_int_equal(strncmp(clipboard(), "{\"orderId\":\"ORD-01M9A7C2K4000000W4TJMN4C5N\",", 44), 0);
    pty_press(&c.pty, "yc");
    assert_string_equal(clipboard(),
                        "curl -sS 'http://127.0.0.1:8001/api/v1/orders/ORD-01M9A7C2K4000000W4TJMN4C5N'");
    pty_press(&c.pty, "cit's \"off\"\ry");
    pty_press(&c.pty, "yr");
    assert_string_equal(
        clipboard(),
        "curl -sS -X POST -H 'If-Match: \"2\"' -H 'X-Actor: ops@host' -H 'Content-Type: application/json'"
        " --data-raw '{\"reason\":\"it'\\''s \\\"off\\\"\"}'"
        " 'http://127.0.0.1:8001/api/v1/orders/ORD-01M9A7C2K4000000W4TJMN4C5N/cancel'");
    pty_press(&c.pty, " yi"); /* marked: all that are */
    assert_string_equal(clipboard(), "ORD-01M9A7C2K4000000W4TJMN4C5N\n");
    console_stop(&c);
}

static void order__wide_terminal__keeps_its_lines_together(void **state)
{
    (void)state;
    start(60, 200);
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "89.90\n"));
    for (int row = pty_row(&c.pty, "─ Order ─") + 1; row < 58; row++)
        for (int col = 115; col < 200; col++) {
            uint32_t text = pty_cell(&c.pty, row, col).chars[0];

            assert_true(text == 0 || text == ' ');
        }
    console_stop(&c);
}

static void validate__not_connected__says_that_it_waits(void **state)
{
    (void)state;
    start(24, 80);
    pty_press(&c.pty, "/status:received\r");
    console_happen(&c, "wd");
    pty_wait(&c.pty, "not connected");
    pty_type(&c.pty, "v");
    pty_wait(&c.pty, "validate waits for the connection");
    console_happen(&c, "uw");
    pty_wait(&c.pty, "is validated now");
    console_stop(&c);
}

/* Log lines of one moment, one letter each. */
static struct json_doc *log_of(const char *letters)
{
    struct buf b = BUF_INIT(10000);
    struct json_fault fault;
    struct json_doc *doc;

    buf_adds(&b, "{\"data\":[");
    for (const char *p = letters; *p; p++)
        buf_addf(&b, "%s{\"time\":\"2026-11-22T14:03:22.118Z\",\"msg\":\"%c\"}", p > letters ? "," : "", *p);
    buf_adds(&b, "]}");
    doc = json_parse(b.data, b.len, &fault);
    assert_non_null(doc);
    buf_release(&b);
    return doc;
}

static void log__equal_lines_of_one_moment__are_counted_each(void **state)
{
    static const struct {
        const char *shown, *coming;
        size_t above;
    } rows[] = {{"ab", "ab", 0},   {"ab", "abb", 1}, {"aa", "aaa", 1}, {"xaa", "aaa", 1}, {"xyab", "abab", 2},
                {"abc", "bcc", 1}, {"ab", "cd", 2},  {"", "ab", 2},    {"ab", "", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *shown = log_of(rows[i].shown), *coming = log_of(rows[i].coming);

        assert_int_equal(log_above(shown, coming), rows[i].above);
        json_free(shown);
        json_free(coming);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(board__of_each_size__looks_as_stored),
        cmocka_unit_test(screens__of_each_kind__look_as_stored),
        cmocka_unit_test(dialogs__of_each_kind__look_as_stored),
        cmocka_unit_test(board__without_orders__says_how_to_make_one),
        cmocka_unit_test(header__in_production__says_so_in_red),
        cmocka_unit_test(list__new_order__appears_at_the_top),
        cmocka_unit_test(list__after_a_key__does_not_move_under_the_hand),
        cmocka_unit_test(list__selection__stays_with_its_order_while_others_come),
        cmocka_unit_test(validate__selected_row_slid_away__does_nothing_though_the_order_is_beside),
        cmocka_unit_test(list__cut_off_by_new_orders__counts_them_all),
        cmocka_unit_test(list__end__is_the_oldest_of_the_whole_query),
        cmocka_unit_test(list__scrolled_far__reads_on_and_back),
        cmocka_unit_test(order__long_texts__are_read_to_their_ends),
        cmocka_unit_test(order__long_customer__leaves_its_state_to_be_seen),
        cmocka_unit_test(list__of_118_columns__has_totals),
        cmocka_unit_test(filter__typed__is_applied_and_dropped),
        cmocka_unit_test(filter__with_a_fault__shows_it_under_its_character),
        cmocka_unit_test(filter__too_long__stays_open_and_says_so),
        cmocka_unit_test(bar__narrow__keeps_help_and_the_order_of_keys),
        cmocka_unit_test(bar__of_each_screen__offers_what_does_something_there),
        cmocka_unit_test(help__narrow__shows_each_key_whole),
        cmocka_unit_test(funnel__enter_on_a_status__filters),
        cmocka_unit_test(sort__chosen__changes_the_list),
        cmocka_unit_test(log__line_longer_than_the_screen__is_shown_whole),
        cmocka_unit_test(log__scrolled_among_long_lines__stays_where_it_is),
        cmocka_unit_test(log__scrolled__stays_where_it_is_while_lines_come),
        cmocka_unit_test(log__scrolled_and_more_lines_than_are_kept__stays_full_and_says_so),
        cmocka_unit_test(panes__terminal_grows_while_scrolled_down__are_full),
        cmocka_unit_test(events__of_some_types__are_shown_alone),
        cmocka_unit_test(events__of_the_selected_order__are_shown_alone),
        cmocka_unit_test(events__scrolled_back__go_on_into_the_log),
        cmocka_unit_test(validate__selected_order__is_done_and_said),
        cmocka_unit_test(validate__order_changed_meanwhile__does_nothing_and_says_so),
        cmocka_unit_test(cancel__order_changed_meanwhile__does_nothing_and_says_what_it_is_now),
        cmocka_unit_test(cancel__with_reason_and_yes__is_done),
        cmocka_unit_test(cancel__enter_alone_or_the_starting_key__never_cancels),
        cmocka_unit_test(cancel__dialog_open__the_list_waits),
        cmocka_unit_test(pasted_text__is_never_keys),
        cmocka_unit_test(palette__runs_commands_by_name),
        cmocka_unit_test(bar__keys_that_would_do_nothing__are_left_out),
        cmocka_unit_test(key_file__changes_keys_and_a_wrong_one_is_said),
        cmocka_unit_test(quit__asks_and_can_stop_or_stay),
        cmocka_unit_test(connection__lost__is_said_in_the_header),
        cmocka_unit_test(connection__without_a_stream__is_said_to_be_polled),
        cmocka_unit_test(frame__is_one_write_in_synchronised_output),
        cmocka_unit_test(idle__console__writes_nothing_more),
        cmocka_unit_test(stalled_line__frames_are_skipped_and_the_end_is_right),
        cmocka_unit_test(terminal__without_utf8__gets_ascii),
        cmocka_unit_test(terminal__without_colours__shows_the_selection),
        cmocka_unit_test(terminal__unknown_or_plain__works),
        cmocka_unit_test(order__wide_terminal__keeps_its_lines_together),
        cmocka_unit_test(validate__not_connected__says_that_it_waits),
        cmocka_unit_test(log__equal_lines_of_one_moment__are_counted_each),
        cmocka_unit_test(cursor__rests_on_the_selected_row),
        cmocka_unit_test(cancel__reason_too_long__is_said_and_not_cut),
        cmocka_unit_test(cancel__started_by_y__is_confirmed_by_another_key),
        cmocka_unit_test(actions__menu__has_every_command_and_says_why_not),
        cmocka_unit_test(actions__order_changed_meanwhile__nothing_is_done),
        cmocka_unit_test(mark__space__marks_and_moves_on),
        cmocka_unit_test(mark__range__from_where_it_began_to_here),
        cmocka_unit_test(mark__all_that_match__asks_beyond_what_is_read),
        cmocka_unit_test(mark__many__has_an_end),
        cmocka_unit_test(copy__each_choice__is_given_to_the_terminal),
        cmocka_unit_test(bulk__cancel__asks_for_reason_and_number),
        cmocka_unit_test(bulk__changed_since__is_said_and_left_alone),
        cmocka_unit_test(bulk__changed_between_look_and_send__is_not_done),
        cmocka_unit_test(bulk__more_than_the_port_takes__are_all_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
