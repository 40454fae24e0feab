/* The radar as a person sees and uses it, against a fake service. */
#include "tests/support/console.h"
#include "tui/radar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct console c;

static void radar__of_each_size__looks_as_stored(void **state)
{
    static const struct {
        int rows, cols;
        const char *name;
    } sizes[] = {{24, 80, "radar_80x24"},
                 {40, 120, "radar_120x40"},
                 {60, 200, "radar_200x60"},
                 {12, 40, "radar_40x12"},
                 {5, 20, "radar_20x5"}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        console_start(&c, sizes[i].rows, sizes[i].cols, NULL);
        pty_press(&c.pty, "R");
        pty_golden(&c.pty, sizes[i].name);
        console_stop(&c);
    }
}

static void radar__hostile__stays_in_its_columns(void **state)
{
    (void)state;
    console_start(&c, 24, 80, &(struct console_options){.hostile = true});
    pty_press(&c.pty, "R");
    pty_golden(&c.pty, "hostile_radar");
    console_stop(&c);
}

/* The id in the row with the mark. */
static void marked(char out[16])
{
    const char *text = pty_text(&c.pty), *at = strstr(text, "▸");

    *out = 0;
    if (at && (at = strstr(at, "…")) != NULL)
        snprintf(out, 16, "%.8s", at + 3);
}

static void radar__selection__is_what_commands_are_for(void **state)
{
    char id[16], text[80];

    (void)state;
    console_start(&c, 24, 80, NULL);
    pty_press(&c.pty, "R");
    pty_press(&c.pty, "j");
    marked(id);
    pty_press(&c.pty, "c");
    snprintf(text, sizeof(text), "%s ", id); /* its whole id is in the dialog */
    assert_true(pty_shows(&c.pty, "Cancel an order"));
    assert_non_null(strstr(strstr(pty_text(&c.pty), "Cancel an order"), id));
    pty_press(&c.pty, "too late\ry");
    snprintf(text, sizeof(text), "…%s is cancelled", id);
    pty_wait(&c.pty, text);
    console_stop(&c);
}

static void radar__enter__opens_the_order_and_back(void **state)
{
    char id[16], text[80];

    (void)state;
    console_start(&c, 24, 80, NULL);
    pty_press(&c.pty, "R");
    pty_press(&c.pty, "\tj");                                                     /* the stuck ones */
    for (const char *at = pty_text(&c.pty); (at = strstr(at, "▸")) != NULL; at++) /* the last mark */
        snprintf(id, sizeof(id), "%.8s", strstr(at, "…") + 3);
    pty_press(&c.pty, "\r");
    snprintf(text, sizeof(text), "%s ─", id);
    assert_true(pty_shows(&c.pty, "─ Order ─"));
    assert_true(pty_shows(&c.pty, text));
    pty_press(&c.pty, "\033");
    assert_true(pty_shows(&c.pty, "most urgent first"));
    console_stop(&c);
}

static void radar__late_by_more_than_ten_hours__is_shown_to_the_minute(void **state)
{
    (void)state;
    console_start(&c, 24, 80, &(struct console_options){.orders = 600});
    pty_press(&c.pty, "R");
    assert_true(pty_shows(&c.pty, " -18h54  "));
    console_stop(&c);
}

static void radar__more_late_orders_than_rows__figures_are_of_those_to_come(void **state)
{
    (void)state;
    console_start(&c, 24, 80, &(struct console_options){.orders = 1600});
    pty_press(&c.pty, "R");
    assert_true(pty_shows(&c.pty, "late 493   in 15 m 4   in 1 h 15   today 97   stuck 100+   "));
    assert_true(pty_shows(&c.pty, "─ 200+ ──"));
    assert_true(pty_shows(&c.pty, "─ 100+ ──"));
    console_stop(&c);
}

static void radar__no_orders__says_so(void **state)
{
    (void)state;
    console_start(&c, 24, 80, &(struct console_options){.none = true});
    pty_press(&c.pty, "R");
    assert_true(pty_shows(&c.pty, "No order is open."));
    assert_true(pty_shows(&c.pty, "Every order moves as usual."));
    pty_press(&c.pty, "jk\tv\r");
    assert_true(pty_shows(&c.pty, "no order is selected"));
    console_stop(&c);
}

static void radar__selected_order_goes__none_is_selected_until_a_key(void **state)
{
    char id[16], text[80];

    (void)state;
    console_start(&c, 24, 80, NULL);
    pty_press(&c.pty, "R");
    marked(id);
    snprintf(text, sizeof(text), "%s is gone from here", id);
    console_happen(&c, "x");
    pty_wait(&c.pty, text);
    pty_press(&c.pty, "c");
    assert_false(pty_shows(&c.pty, "Cancel an order"));
    assert_true(pty_shows(&c.pty, "no order is selected"));
    pty_press(&c.pty, "v\r");
    assert_false(pty_shows(&c.pty, "─ Order ─"));
    pty_press(&c.pty, "j"); /* the one that has taken its place */
    assert_false(pty_shows(&c.pty, "is gone from here"));
    assert_int_equal(pty_row(&c.pty, "▸"), 5);
    marked(id);
    pty_press(&c.pty, "c");
    assert_non_null(strstr(strstr(pty_text(&c.pty), "Cancel an order"), id));
    pty_press(&c.pty, "\033");
    console_stop(&c);
}

static void radar__nothing_read_yet__shows_no_figures_and_later_the_old_rows(void **state)
{
    char id[16];

    (void)state;
    console_start(&c, 24, 80, NULL);
    console_happen(&c, "w");
    pty_type(&c.pty, "R");
    pty_wait(&c.pty, "in 1 h –");
    assert_true(pty_shows(&c.pty, "in 15 m –"));
    assert_true(pty_shows(&c.pty, "today –"));
    assert_true(pty_shows(&c.pty, "stuck –"));
    assert_true(pty_shows(&c.pty, "─ reading ─"));
    console_happen(&c, "w");
    pty_wait_not(&c.pty, "–");
    pty_wait_not(&c.pty, "reading");
    marked(id);
    assert_true(*id);
    pty_press(&c.pty, "o");
    console_happen(&c, "w");
    pty_type(&c.pty, "R");
    pty_wait(&c.pty, "in 1 h 5");
    assert_true(pty_shows(&c.pty, "─ reading ─"));
    assert_true(pty_shows(&c.pty, id));
    console_happen(&c, "d");
    pty_wait(&c.pty, "─ not connected ─");
    console_happen(&c, "uw");
    pty_wait_not(&c.pty, "─ reading ─");
    console_stop(&c);
}

/* ---- the model */

static struct radar radar;
static struct stats stats;

static struct json_doc *orders(const char *status, const int minutes[], int n)
{
    struct buf b = BUF_INIT(1 << 20);
    struct json_fault fault;

    buf_adds(&b, "{\"data\":[");
    for (int i = 0; i < n; i++)
        buf_addf(
            &b,
            "%s{\"orderId\":\"%s-%d\",\"status\":\"%s\",\"statusSince\":\"2026-11-22T%02d:%02d:00.000Z\"}",
            i ? "," : "", status, i, status, minutes[i] / 60, minutes[i] % 60);
    buf_addf(&b, "],\"nextCursor\":%s}", n == RADAR_STUCK_EACH ? "\"x\"" : "null");
    struct json_doc *doc = json_parse(b.data, b.len, &fault);
    assert_non_null(doc);
    buf_release(&b);
    return doc;
}

static void stuck__of_several_statuses__most_overdue_first(void **state)
{
    static const int received[] = {0, 90}, packed[] = {60};
    const int64_t noon = INT64_C(1795348800000); /* 2026-11-22T12:00:00Z */
    struct buf query = BUF_INIT(1000);
    struct json_doc *doc;

    (void)state;
    for (int s = 0; s < STATUS_COUNT; s++)
        stats.usual[s] = -1;
    assert_false(radar_stuck_begin(&radar, &stats));
    stats.usual[STATUS_RECEIVED] = 10 * 60000 + 1;
    stats.usual[STATUS_PACKED] = 600 * 60000;
    stats.usual[STATUS_COMPLETED] = 5; /* is not open */
    assert_true(radar_stuck_begin(&radar, &stats));
    radar_stuck_query(&radar, &stats, &query);
    assert_non_null(strstr(query.data, "status%3Areceived%20age%3E601s"));
    buf_release(&query);
    doc = orders("received", received, 2);
    assert_false(radar_stuck_take(&radar, &stats, doc, noon));
    json_free(doc);
    doc = orders("packed", packed, 1);
    assert_true(radar_stuck_take(&radar, &stats, doc, noon));
    json_free(doc);
    assert_int_equal(radar.n_stuck, 3);
    assert_string_equal(radar.stuck[0].order.id, "received-0"); /* 710 minutes beyond */
    assert_string_equal(radar.stuck[1].order.id, "received-1");
    assert_string_equal(radar.stuck[2].order.id, "packed-0"); /* 60 minutes beyond */
    assert_int_equal(radar.stuck_of[STATUS_RECEIVED], 2);
    assert_false(radar.stuck_more[STATUS_RECEIVED]);
}

static void stuck__read_anew__shows_what_was_read_until_all_is_here(void **state)
{
    const int64_t noon = INT64_C(1795348800000);
    int many[RADAR_STUCK_EACH];
    struct json_doc *doc;

    (void)state;
    for (int i = 0; i < RADAR_STUCK_EACH; i++)
        many[i] = i;
    for (int s = 0; s < STATUS_COUNT; s++)
        stats.usual[s] = s == STATUS_RECEIVED ? 60000 : -1;
    assert_true(radar_stuck_begin(&radar, &stats));
    doc = orders("received", many, RADAR_STUCK_EACH);
    assert_true(radar_stuck_take(&radar, &stats, doc, noon));
    assert_true(radar.stuck_more[STATUS_RECEIVED]);
    assert_true(radar_stuck_begin(&radar, &stats)); /* again */
    assert_int_equal(radar.n_stuck, RADAR_STUCK_EACH);
    assert_true(radar.stuck_more[STATUS_RECEIVED]);
    assert_true(radar_stuck_more(&radar));
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radar__of_each_size__looks_as_stored),
        cmocka_unit_test(radar__hostile__stays_in_its_columns),
        cmocka_unit_test(radar__selection__is_what_commands_are_for),
        cmocka_unit_test(radar__enter__opens_the_order_and_back),
        cmocka_unit_test(radar__late_by_more_than_ten_hours__is_shown_to_the_minute),
        cmocka_unit_test(radar__more_late_orders_than_rows__figures_are_of_those_to_come),
        cmocka_unit_test(radar__no_orders__says_so),
        cmocka_unit_test(radar__selected_order_goes__none_is_selected_until_a_key),
        cmocka_unit_test(radar__nothing_read_yet__shows_no_figures_and_later_the_old_rows),
        cmocka_unit_test(stuck__of_several_statuses__most_overdue_first),
        cmocka_unit_test(stuck__read_anew__shows_what_was_read_until_all_is_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
