/* What is asked when: questions that fail, that are replaced, that find the port full. Time stands in a variable. */
#include "tui/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000000)
#define START (1000 * S)

/* ---- a port that holds what is asked */

static struct {
    struct api base;
    struct api_request open[64];
    size_t n, most;
    bool full;
    struct api_reply *reply; /* the next to be taken */
    int64_t position;
    unsigned log;
    int listened; /* calls of position() */
} port;

static bool submit(struct api *api, const struct api_request *q)
{
    (void)api;
    if (port.full)
        return false;
    assert_in_range(port.n, 0, 63);
    port.open[port.n++] = *q;
    port.most = port.n > port.most ? port.n : port.most;
    return true;
}

static struct api_reply *take(struct api *api)
{
    struct api_reply *r = port.reply;

    (void)api;
    port.reply = NULL;
    return r;
}

static int fd(struct api *api)
{
    (void)api;
    return -1;
}

static int64_t position(struct api *api)
{
    (void)api;
    port.listened++;
    return port.position;
}

static unsigned log_of(struct api *api)
{
    (void)api;
    return port.log;
}

static bool connected(struct api *api, const char **ret_why)
{
    (void)api;
    *ret_why = "";
    return true;
}

static const char *url(struct api *api)
{
    (void)api;
    return "";
}

static const struct api_ops ops = {submit, take, fd, position, log_of, connected, url};

/* ---- the console around it */

static struct ui *ui;

static int setup(void **state)
{
    (void)state;
    memset(&port, 0, sizeof(port));
    port.base.ops = &ops;
    ui = calloc(1, sizeof(*ui));
    assert_non_null(ui);
    ui->api = &port.base;
    ui->now_ns = START;
    ui->end = -1;
    ui->screen = &screen_board;
    list_init(&ui->list);
    detail_clear(&ui->detail);
    assert_true(feed_init(&ui->feed));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    list_release(&ui->list);
    feed_release(&ui->feed);
    detail_clear(&ui->detail);
    json_free(ui->status);
    free(ui);
    return 0;
}

static size_t open_of(enum api_op op)
{
    size_t n = 0;

    for (size_t i = 0; i < port.n; i++)
        n += port.open[i].op == op;
    return n;
}

/* Answers the oldest open question of its kind, and lets the console go on. */
static void answer(enum api_op op, int status, const char *body)
{
    size_t i = 0;

    while (i < port.n && port.open[i].op != op)
        i++;
    assert_in_range(i, 0, port.n - 1);
    port.reply = calloc(1, sizeof(*port.reply));
    port.reply->op = op;
    port.reply->tag = port.open[i].tag;
    port.reply->status = status;
    port.reply->body = strdup(body);
    port.reply->len = strlen(body);
    memmove(port.open + i, port.open + i + 1, (--port.n - i) * sizeof(port.open[0]));
    ask_receive(ui);
    ask_send(ui);
}

#define TIMEOUT "{\"code\":\"QUERY_TIMEOUT\",\"detail\":\"the query took too long\"}"
#define NOTHING "{\"data\":[],\"nextCursor\":null}"

/* ---- */

static void question__that_fails__is_asked_again_later_and_later(void **state)
{
    static const int64_t waits[] = {1, 2, 4, 8, 10, 10};

    (void)state;
    ui_filter(ui, "status:packed");
    ask_send(ui);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        answer(API_LIST, 503, TIMEOUT);
        assert_int_equal(open_of(API_LIST), 0);
        assert_string_equal(ui->asks[ASK_LIST].why, "the query took too long");
        ui->now_ns += waits[i] * S - 1;
        ask_send(ui);
        assert_int_equal(open_of(API_LIST), 0);
        ui->now_ns++;
        ask_send(ui);
        assert_int_equal(open_of(API_LIST), 1);
    }
    answer(API_LIST, 200, NOTHING);
    assert_true(ui->list.loaded);
    assert_string_equal(ui->asks[ASK_LIST].why, "");
    ask_want(ui, ASK_LIST);
    ui->now_ns += S;
    ask_send(ui);
    answer(API_LIST, 503, TIMEOUT);
    assert_int_equal(ui->asks[ASK_LIST].retry_ns, ui->now_ns + S); /* as at first */
}

static void question__of_each_kind_that_fails__is_wanted_again(void **state)
{
    static const struct {
        enum ask ask;
        enum api_op op;
    } rows[] = {{ASK_LIST, API_LIST},
                {ASK_COUNT, API_COUNT},
                {ASK_ORDER, API_ORDER},
                {ASK_TIMELINE, API_TIMELINE},
                {ASK_LETTERS, API_DEAD_LETTERS}};

    (void)state;
    snprintf(ui->list.filter, sizeof(ui->list.filter), "late:yes");
    snprintf(ui->list.selected, sizeof(ui->list.selected), "ORD-1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_want(ui, rows[i].ask);
        ask_send(ui);
        answer(rows[i].op, 0, "connection lost");
        assert_int_equal(open_of(rows[i].op), 0);
        assert_true(ask_idle(ui));
        ui->now_ns += S;
        ask_send(ui);
        assert_int_equal(open_of(rows[i].op), 1);
        answer(rows[i].op, 400, "{\"detail\":\"it is wrong\"}"); /* and would be again */
        assert_false(ui->asks[rows[i].ask].wanted);
    }
}

static void question__that_failed_and_is_another_one_now__is_asked_at_once(void **state)
{
    (void)state;
    ui_filter(ui, "status:packed");
    ask_send(ui);
    answer(API_LIST, 503, TIMEOUT);
    ui_filter(ui, "status:shipped");
    assert_string_equal(ui->asks[ASK_LIST].why, "");
    ask_send(ui);
    assert_int_equal(open_of(API_LIST), 1);
    answer(API_LIST, 503, TIMEOUT);
    ui->now_ns += S / 20;
    ask_retry(ui); /* the service is back */
    ask_send(ui);
    assert_int_equal(open_of(API_LIST), 1);
}

static void filter__typed_faster_than_answered__is_one_question_and_then_the_newest(void **state)
{
    char filter[40];

    (void)state;
    for (int i = 0; i < 32; i++) {
        snprintf(filter, sizeof(filter), "customer:C%d", i);
        ui_filter(ui, filter);
        ask_send(ui);
    }
    assert_int_equal(open_of(API_LIST), 1);
    assert_int_equal(open_of(API_COUNT), 1);
    assert_false(ask_idle(ui));
    answer(API_LIST, 200, NOTHING);
    assert_false(ui->list.loaded); /* that was the first filter's */
    assert_int_equal(open_of(API_LIST), 1);
    assert_non_null(strstr(port.open[port.n - 1].query, "C31"));
    answer(API_LIST, 200, NOTHING);
    assert_true(ui->list.loaded);
    assert_int_equal(open_of(API_LIST), 0);
    answer(API_COUNT, 200, "{\"count\":7,\"more\":false}");
    assert_int_equal(ui->count, -1);
    answer(API_COUNT, 200, "{\"count\":8,\"more\":false}");
    assert_int_equal(ui->count, 8);
}

static void port__full__is_tried_again_after_a_while(void **state)
{
    (void)state;
    port.full = true;
    for (int i = 0; i < ASK_COUNT_OF; i++)
        ask_want(ui, (enum ask)i);
    ask_send(ui);
    assert_int_equal(port.n, 0);
    assert_true(ask_deadline(ui) >= ui->now_ns + S / 20);
    ask_send(ui); /* a turn for another reason */
    assert_true(ask_deadline(ui) >= ui->now_ns + S / 20);
    port.full = false;
    ui->now_ns = ask_deadline(ui);
    ask_send(ui);
    assert_true(port.n > 0);
    assert_int_equal(open_of(API_STATS), 1);
}

static void port__with_every_question_open__has_room_for_commands(void **state)
{
    (void)state;
    snprintf(ui->list.selected, sizeof(ui->list.selected), "ORD-1");
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < ASK_COUNT_OF; i++) {
            ask_drop(ui, (enum ask)i);
            ask_want(ui, (enum ask)i);
        }
        ask_send(ui);
    }
    assert_true(port.most <= ASK_COUNT_OF);
    assert_true(port.most + COMMANDS_OPEN + BULK_OPEN + 1 <= 64);
}

static void dialogs__another_log_answers__those_about_orders_close(void **state)
{
    static const struct overlay *const asks[] = {&over_actions, &over_args, &over_cancel, &over_confirm,
                                                 &over_copy};
    (void)state;
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        ui->over = asks[i];
        anew_begin(ui);
        assert_null(ui->over);
    }
    ui->over = &over_filter; /* is about none */
    anew_begin(ui);
    assert_ptr_equal(ui->over, &over_filter);
    ui->over = &over_bulk;
    ui->bulk.phase = BULK_ASK;
    anew_begin(ui);
    assert_null(ui->over);
    assert_int_equal(ui->bulk.phase, BULK_NONE);
}

static void question__that_does_not_fit__says_so(void **state)
{
    (void)state;
    memset(ui->list.filter, '\'', 400);
    ask_want(ui, ASK_COUNT);
    ask_send(ui);
    assert_int_equal(port.n, 0);
    assert_string_equal(ui->asks[ASK_COUNT].why, "the question is longer than 1023 bytes");
    *ui->list.filter = 0;
    *ui->asks[ASK_COUNT].why = 0;
    ask_want(ui, ASK_COUNT);  /* there is nothing to count */
    ask_want(ui, ASK_LETTER); /* none is chosen */
    ask_want(ui, ASK_ORDER);
    ask_want(ui, ASK_MARKS);
    ask_send(ui);
    assert_int_equal(port.n, 0);
    for (int i = 0; i < ASK_COUNT_OF; i++) {
        assert_string_equal(ui->asks[i].why, "");
        assert_false(ui->asks[i].wanted);
    }
}

/* ---- the pace of rounds */

#define STATS "{\"statuses\":{}}"

static void commit(void)
{
    port.position++;
    ask_receive(ui);
    ask_send(ui);
}

static void changes__without_end__are_looked_at_once_a_round(void **state)
{
    const int64_t round = PACE_SHARE * 2000000; /* of 2 ms */

    (void)state;
    commit();
    assert_int_equal(open_of(API_STATS), 1); /* after a rest at once */
    answer(API_STATS, 200, STATS);
    ui->now_ns += PACE_LEAST_NS - 1;
    ui->spent_ns += 2000000;
    commit();
    assert_int_equal(open_of(API_STATS), 0);
    ui->now_ns++;
    commit();
    assert_int_equal(open_of(API_STATS), 1);
    answer(API_STATS, 200, STATS);
    ui->now_ns += PACE_LEAST_NS;
    commit();
    assert_int_equal(open_of(API_STATS), 0); /* what it cost counts now */
    assert_int_equal(ask_deadline(ui), START + PACE_LEAST_NS + round);
    ui->now_ns = ask_deadline(ui);
    ask_send(ui);
    assert_int_equal(open_of(API_STATS), 1);
}

static void change__noted_for_the_next_round__need_not_be_told_again(void **state)
{
    int listened;

    (void)state;
    commit();
    answer(API_STATS, 200, STATS);
    commit();
    listened = port.listened;
    for (int i = 0; i < 1000; i++)
        commit();
    assert_int_equal(port.listened, listened);
    assert_false(ask_idle(ui));
    ui->now_ns = ask_deadline(ui);
    ask_receive(ui);
    ask_send(ui);
    assert_int_equal(port.listened, listened + 1);
    assert_int_equal(ui->position, port.position);
    assert_int_equal(open_of(API_STATS), 1);
}

/* Of a round: position() tells of the next move, and each move wakes. */
static void expect_one_look(void)
{
    int listened = port.listened;

    for (int i = 0; i < 1000; i++)
        commit();
    assert_int_equal(port.listened, listened + 1);
    assert_int_equal(ask_deadline(ui), ui->now_ns + PACE_LEAST_NS);
}

static void changes__while_answers_stay_out__are_looked_at_once_a_round(void **state)
{
    (void)state;
    commit();
    commit(); /* the events too are asked for */
    for (int round = 1; round <= 3; round++) {
        ui->now_ns = START + round * PACE_LEAST_NS;
        expect_one_look();
        assert_int_equal(open_of(API_STATS), 1);
    }
    answer(API_STATS, 200, STATS);
    assert_int_equal(open_of(API_STATS), 1); /* at once, for what has changed since it was asked */
}

static void changes__while_questions_wait_for_their_next_try__are_looked_at_once_a_round(void **state)
{
    (void)state;
    commit();
    commit();
    while (port.n > 0)
        answer(port.open[0].op, 503, TIMEOUT);
    for (int round = 1; round <= 3; round++) {
        ui->now_ns = START + round * PACE_LEAST_NS;
        expect_one_look();
    }
    assert_int_equal(port.n, 0);
}

/* What is asked for in the middle of a round may be answered before the next change: nothing is wanted then. */
static void change__after_the_answers_of_its_round__is_looked_at_in_the_next(void **state)
{
    (void)state;
    ask_want(ui, ASK_DUE); /* a key began the round */
    ask_send(ui);
    commit();
    answer(API_LIST, 200, NOTHING); /* of the radar */
    answer(API_LIST, 200, NOTHING);
    answer(API_STATS, 200, STATS);
    answer(API_EVENTS, 200, NOTHING);
    answer(API_STATUS, 200, "{}");
    assert_int_equal(port.n, 0);
    commit();
    assert_false(ask_idle(ui));
    assert_int_equal(ask_deadline(ui), START + PACE_LEAST_NS);
    ui->now_ns = START + PACE_LEAST_NS;
    ask_receive(ui);
    ask_send(ui);
    assert_int_equal(ui->position, port.position);
    assert_int_equal(open_of(API_STATS), 1);
}

/* A restored database, or another service at the same address: none of the old events is one of the new log. */
static void log__another_one_with_fewer_events__is_shown_from_its_own_begin(void **state)
{
    (void)state;
    port.position = 9;
    commit();
    while (port.n > 0) /* also what is older */
        answer(port.open[0].op, 200, port.open[0].op == API_STATS ? STATS : NOTHING);
    assert_true(ui->feed.begun);
    assert_int_equal(ui->feed.high, 10);
    ui->now_ns += S;
    list_point(&ui->list, &(struct order){.id = "ORD-1", .version = 1});
    *window_add(&ui->list.now) = ui->list.current; /* it is in the list, which is as it was */
    port.position = 3;
    port.log++;
    commit();
    assert_int_equal(ui->feed.high, 4);
    assert_int_equal(open_of(API_ORDER), 1);
    answer(API_ORDER, 404, "{\"detail\":\"there is no such order\"}");
    assert_true(ui->detail.missing);
}

/* ---- what the status calls sent */

#define EVENT(position, sent)                                         \
    "{\"kind\":\"event\",\"position\":" #position ",\"sentAt\":" sent \
    ",\"event\":{\"type\":\"wms.order.received\","                    \
    "\"subject\":\"ORD-1\",\"time\":\"2026-11-22T14:00:00.000Z\",\"data\":{\"status\":\"received\"}}}"
#define STATUS                                                                                               \
    "{\"database\":{\"kind\":\"sqlite\"},\"kafka\":{\"state\":\"ready\",\"status\":\"UP\",\"light\":\"ok\"," \
    "\"backlog\":0,\"oldestUnsent\":null}}"

static int timelines_asked(const char *timeline)
{
    int n = 0;

    snprintf(ui->list.selected, sizeof(ui->list.selected), "ORD-1");
    snprintf(ui->detail.id, sizeof(ui->detail.id), "ORD-1");
    ask_want(ui, ASK_TIMELINE);
    ask_send(ui);
    answer(API_TIMELINE, 200, timeline);
    for (int i = 0; i < 50; i++) {
        ui->now_ns += 5 * S;
        ask_want(ui, ASK_STATUS);
        ask_send(ui);
        answer(API_STATUS, 200, STATUS);
        if (open_of(API_TIMELINE) == 0)
            continue;
        n++;
        answer(API_TIMELINE, 200, timeline);
    }
    return n;
}

static void event__set_aside__is_not_asked_for_without_end(void **state)
{
    (void)state;
    assert_in_range(timelines_asked("{\"data\":[" EVENT(1, "null") "]}"), 1, 5);
    /* what comes after it was sent: it never will be */
    assert_int_equal(
        timelines_asked("{\"data\":[" EVENT(1, "null") "," EVENT(2, "\"2026-11-22T14:00:01.000Z\"") "]}"), 0);
    assert_in_range(timelines_asked("{\"data\":[" EVENT(1, "null") "," EVENT(
                        2, "\"2026-11-22T14:00:01.000Z\"") "," EVENT(3, "null") "]}"),
                    1, 5);
}

/* By its positions it could be the same log; the answer that tells of it is to a question about the one before. */
static void log__another_one_with_more_events__is_shown_from_its_own_begin(void **state)
{
    (void)state;
    port.position = 9;
    commit();
    while (port.n > 0)
        answer(port.open[0].op, 200, port.open[0].op == API_STATS ? STATS : NOTHING);
    ui->now_ns += S;
    commit();
    assert_int_equal(open_of(API_EVENTS), 1);
    assert_true(marks_add(&ui->marks, &(struct order){.id = "ORD-1", .version = 1}));
    port.log++;
    port.position = 40;
    answer(API_EVENTS, 200, "{\"data\":[" EVENT(11, "null") "],\"nextAfter\":11}");
    assert_int_equal(ui->feed.n, 0);
    assert_int_equal(ui->marks.n, 0);
    assert_false(ui->stats.loaded);
    assert_int_equal(ui->position, 40);
    assert_int_equal(ui->feed.high, 40);
    answer(API_LIST, 200, NOTHING); /* of the log before: it is asked for again */
    assert_false(ui->list.loaded);
    assert_int_equal(open_of(API_LIST), 1);
    answer(API_LIST, 200, NOTHING);
    assert_true(ui->list.loaded);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(question__that_fails__is_asked_again_later_and_later),
        TEST(question__of_each_kind_that_fails__is_wanted_again),
        TEST(question__that_failed_and_is_another_one_now__is_asked_at_once),
        TEST(filter__typed_faster_than_answered__is_one_question_and_then_the_newest),
        TEST(port__full__is_tried_again_after_a_while),
        TEST(port__with_every_question_open__has_room_for_commands),
        TEST(dialogs__another_log_answers__those_about_orders_close),
        TEST(question__that_does_not_fit__says_so),
        TEST(changes__without_end__are_looked_at_once_a_round),
        TEST(change__noted_for_the_next_round__need_not_be_told_again),
        TEST(changes__while_answers_stay_out__are_looked_at_once_a_round),
        TEST(changes__while_questions_wait_for_their_next_try__are_looked_at_once_a_round),
        TEST(log__another_one_with_fewer_events__is_shown_from_its_own_begin),
        TEST(log__another_one_with_more_events__is_shown_from_its_own_begin),
        TEST(change__after_the_answers_of_its_round__is_looked_at_in_the_next),
        TEST(event__set_aside__is_not_asked_for_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
