/* The console's port in process: every question, every refusal, and the end with questions open. */
#include "shared/log.h"
#include "tests/support/facts.h"
#include "tests/support/running.h"

#include <poll.h>

struct desk {
    struct kit *kit;
    struct running running;
    struct api *api;
};

static void desk_open(struct desk *d, struct kit *k, const char *const flags[])
{
    struct err e;
    d->kit = k;
    running_start(&d->running, k, flags);
    d->api = service_api_open(d->running.service, &e);
    assert_non_null(d->api);
}

static void desk_close(struct desk *d)
{
    service_api_close(d->api);
    assert_int_equal(running_stop(&d->running), 0);
}

static bool readable(struct api *a, int timeout)
{
    struct pollfd p = {.fd = a->ops->fd(a), .events = POLLIN};
    return poll(&p, 1, timeout) == 1;
}

/* Nothing more to take. A wake-up may come after what it tells of was taken, once for each mailbox. */
static void assert_quiet(struct api *a)
{
    for (int i = 0; i < 2 && readable(a, 0); i++) {
        assert_null(a->ops->take(a));
        (void)a->ops->position(a);
    }
    assert_false(readable(a, 0));
}

/* One reply; waits only on the port's descriptor. */
static struct api_reply *next_reply(struct api *a)
{
    struct api_reply *r;
    while ((r = a->ops->take(a)) == NULL) {
        (void)a->ops->position(a);
        assert_true(readable(a, 30000));
    }
    return r;
}

static struct api_request request(enum api_op op, const char *query)
{
    struct api_request q = {.op = op, .tag = 41, .if_version = -1};
    snprintf(q.query, sizeof q.query, "%s", query);
    return q;
}

/* Asks and wants this status; the body must contain the text. Returns the position. */
static int64_t expect(struct desk *d, const struct api_request *q, int status, const char *part)
{
    assert_true(d->api->ops->submit(d->api, q));
    struct api_reply *r = next_reply(d->api);
    if (r->status != status || strstr(r->body, part) == NULL)
        fail_msg("%d %s", r->status, r->body);
    assert_int_equal(r->op, q->op);
    assert_int_equal(r->tag, q->tag);
    assert_int_equal(strlen(r->body), r->len);
    int64_t position = r->position;
    api_reply_free(r);
    return position;
}

static struct api_request command(struct ulid id, const char *word, const char *body)
{
    struct api_request q = request(API_COMMAND, "");
    ulid_format_order(id, q.order_id);
    snprintf(q.command, sizeof q.command, "%s", word);
    snprintf(q.body, sizeof q.body, "%s", body);
    snprintf(q.actor, sizeof q.actor, "ann");
    return q;
}

/* A database with one order. */
static struct ulid prepare(struct kit *k)
{
    kit_open(k);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    kit_close(k);
    return id;
}

static void api__each_question__is_answered(void **state)
{
    struct desk d;
    struct ulid id = prepare(*state);
    desk_open(&d, *state, NULL);
    struct api_request q = request(API_LIST, "status=received&limit=5");
    assert_int_equal(expect(&d, &q, 200, "\"customerId\":\"CUST-1\""), 1);
    q = request(API_COUNT, "customerId=CUST-1");
    assert_int_equal(expect(&d, &q, 200, "{\"count\":1,\"more\":false}"), 1);
    q = request(API_EVENTS, "after=0");
    expect(&d, &q, 200, "\"nextAfter\":1");
    q = request(API_EVENTS, "after=0&upto=1&limit=5");
    expect(&d, &q, 200, "\"nextAfter\":1");
    q = request(API_STATS, "");
    assert_int_equal(expect(&d, &q, 200, "\"received\":{\"count\":1"), 1);
    q = request(API_STATUS, "");
    expect(&d, &q, 200, "\"service\":\"order-service\"");
    log_line(LOG_WARN, "a line of the log");
    q = request(API_LOGS, "limit=10");
    expect(&d, &q, 200, "a line of the log");
    q = request(API_ORDER, "");
    ulid_format_order(id, q.order_id);
    expect(&d, &q, 200, "\"version\":1");
    ulid_format_uuid(id, q.order_id);
    expect(&d, &q, 200, "\"version\":1");
    q.op = API_TIMELINE;
    expect(&d, &q, 200, "\"wms.order.received\"");
    const char *why;
    assert_true(d.api->ops->connected(d.api, &why));
    assert_string_equal(d.api->ops->url(d.api), service_url(d.running.service));
    desk_close(&d);
}

static void api__command__changes_and_moves_the_position(void **state)
{
    struct desk d;
    struct ulid id = prepare(*state);
    desk_open(&d, *state, NULL);
    assert_int_equal(d.api->ops->position(d.api), 1);
    assert_quiet(d.api);
    struct api_request q = command(id, "validate", "");
    q.if_version = 1;
    expect(&d, &q, 200, "\"status\":\"validated\"");
    assert_int_equal(d.api->ops->position(d.api), 2);
    assert_quiet(d.api);
    q = command(id, "assign-wave", "{\"waveId\":\"W-9\"}");
    assert_true(d.api->ops->submit(d.api, &q));
    while (d.api->ops->position(d.api) != 3) /* told of every commit, through the descriptor */
        assert_true(readable(d.api, 30000));
    struct api_reply *r = next_reply(d.api);
    assert_int_equal(r->status, 200);
    api_reply_free(r);
    q = request(API_TIMELINE, "");
    ulid_format_order(id, q.order_id);
    expect(&d, &q, 200, "\"actor\":\"ann\"");
    desk_close(&d);
}

static void api__what_cannot_be__is_refused_as_over_http(void **state)
{
    struct desk d;
    struct ulid id = prepare(*state);
    desk_open(&d, *state, NULL);
    struct api_request q = request(API_LIST, "wibble=1");
    expect(&d, &q, 400, "\"code\":\"INVALID_PARAMETER\"");
    q = request(API_LIST, "filter=status:wibble");
    expect(&d, &q, 400, "\"position\":7");
    q = request(API_LIST, "q=%zz");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = request(API_LIST, "cursor=AAAA");
    expect(&d, &q, 400, "INVALID_CURSOR");
    q = request(API_COUNT, "limit=1");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = request(API_EVENTS, "limit=0");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = request(API_EVENTS, "upto=0");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = request(API_LOGS, "after=%");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = request(API_ORDER, "");
    expect(&d, &q, 404, "ORDER_NOT_FOUND");
    ulid_format_order(ulid_new(), q.order_id);
    expect(&d, &q, 404, "ORDER_NOT_FOUND");
    q.op = API_TIMELINE;
    expect(&d, &q, 404, "ORDER_NOT_FOUND");
    q = request(API_OPS, "");
    expect(&d, &q, 404, "NOT_FOUND");
    q = command(id, "wibble", "");
    expect(&d, &q, 404, "ORDER_NOT_FOUND");
    q = command(ulid_new(), "validate", "");
    expect(&d, &q, 404, "ORDER_NOT_FOUND");
    q = command(id, "complete", "");
    expect(&d, &q, 409, "\"allowedActions\":[");
    q = command(id, "cancel", "{}");
    expect(&d, &q, 400, "/reason");
    q = command(id, "validate", "");
    q.if_version = 7;
    expect(&d, &q, 412, "VERSION_MISMATCH");
    desk_close(&d);
}

static void api__read_only__refuses_every_command(void **state)
{
    struct desk d;
    struct ulid id = prepare(*state);
    desk_open(&d, *state, (const char *const[]){"--read-only", NULL});
    struct api_request q = command(id, "validate", "");
    expect(&d, &q, 403, "READ_ONLY");
    q = request(API_LIST, "");
    expect(&d, &q, 200, "\"status\":\"received\"");
    desk_close(&d);
}

/* ---- dead letters and the relay ---- */

static struct api_request change(enum api_op op, const char *letter)
{
    struct api_request q = request(op, "");
    snprintf(q.letter, sizeof q.letter, "%s", letter);
    snprintf(q.actor, sizeof q.actor, "ann");
    return q;
}

/* An order with two letters: one that can be applied by now (letter 2), and one that never can (letter 1). */
static struct ulid prepare_letters(struct kit *k)
{
    char text[ORDER_ID_LEN + 1];
    kit_open(k);
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_VALIDATED);
    ulid_format_order(id, text);
    facts_tell(k->store, "garbage \xff", 1, false);
    facts_tell_order(k->store, text, "wms.packing.task-completed", "", 2, true);
    kit_do(k, kit_command(COMMAND_ASSIGN_WAVE, id));
    kit_do(k, kit_command(COMMAND_START_PICKING, id));
    kit_close(k);
    return id;
}

static void letters__tried_and_deleted__as_over_http(void **state)
{
    struct desk d;
    struct ulid id = prepare_letters(*state);
    desk_open(&d, *state, NULL);
    struct api_request q = request(API_DEAD_LETTERS, "limit=1");
    expect(&d, &q, 200, "\"nextCursor\":\"2\"");
    q = request(API_DEAD_LETTERS, "");
    expect(&d, &q, 200, "\"code\":\"UNREADABLE\"");
    q = request(API_DEAD_LETTERS, "limit=0");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = change(API_DEAD_REPLAY, "1");
    expect(&d, &q, 422, "DEAD_LETTER_REFUSED");
    q = change(API_DEAD_REPLAY, "2");
    expect(&d, &q, 200, "{\"result\":\"applied\"}");
    expect(&d, &q, 404, "DEAD_LETTER_NOT_FOUND");
    q = request(API_ORDER, "");
    ulid_format_order(id, q.order_id);
    expect(&d, &q, 200, "\"status\":\"packed\"");
    q = request(API_DEAD_REPLAY_ALL, "code=UNREADABLE");
    expect(&d, &q, 200, "{\"applied\":0,\"parked\":0,\"late\":0,\"refused\":1,\"more\":false}");
    q = request(API_DEAD_REPLAY_ALL, "code=WIBBLE");
    expect(&d, &q, 400, "INVALID_PARAMETER");
    q = change(API_DEAD_DROP, "x");
    expect(&d, &q, 404, "DEAD_LETTER_NOT_FOUND");
    q = change(API_DEAD_DROP, "1");
    expect(&d, &q, 204, "");
    q = request(API_DEAD_LETTERS, "");
    expect(&d, &q, 200, "{\"data\":[],\"nextCursor\":null}");
    desk_close(&d);
}

static void letters__read_only__are_shown_and_stay(void **state)
{
    struct desk d;
    prepare_letters(*state);
    desk_open(&d, *state, (const char *const[]){"--read-only", NULL});
    struct api_request q = request(API_DEAD_LETTERS, "");
    expect(&d, &q, 200, "\"code\":\"UNREADABLE\"");
    for (int op = API_DEAD_REPLAY; op < API_OPS; op++) {
        q = change((enum api_op)op, "2");
        expect(&d, &q, 403, "READ_ONLY");
    }
    desk_close(&d);
}

static void skip__relay_that_is_not_parked__is_refused(void **state)
{
    struct desk d;
    prepare(*state);
    desk_open(&d, *state, NULL);
    struct api_request q = request(API_RELAY_SKIP, "");
    snprintf(q.body, sizeof q.body, "{\"position\":1,\"reason\":\"why\"}");
    expect(&d, &q, 409, "RELAY_NOT_PARKED");
    snprintf(q.body, sizeof q.body, "{\"position\":1}");
    expect(&d, &q, 400, "/reason");
    desk_close(&d);
}

/* Many are open, and the descriptor stays readable while one reply waits: who takes one a turn gets them all. */
static void api__many_open__each_is_answered_once(void **state)
{
    struct desk d;
    bool seen[64] = {false};
    struct ulid id = prepare(*state);
    desk_open(&d, *state, NULL);
    for (uint64_t i = 0; i < 64; i++) {
        struct api_request q =
            i % 4 == 3 ? command(id, "validate", "") : request(i % 4 == 0 ? API_LIST : API_STATUS, "");
        q.tag = i;
        assert_true(d.api->ops->submit(d.api, &q));
    }
    struct api_request q = request(API_STATUS, "");
    assert_false(d.api->ops->submit(d.api, &q)); /* too many are open */
    for (int i = 0; i < 64; i++) {
        struct api_reply *r;
        do {
            assert_true(readable(d.api, 30000));
            r = d.api->ops->take(d.api);
            (void)d.api->ops->position(d.api);
        } while (r == NULL);
        assert_int_equal(r->status, 200);
        assert_false(seen[r->tag]);
        seen[r->tag] = true;
        api_reply_free(r);
    }
    assert_null(d.api->ops->take(d.api));
    assert_quiet(d.api);
    assert_true(d.api->ops->submit(d.api, &q));
    desk_close(&d);
}

static void api__closed_with_requests_open__loses_no_change(void **state)
{
    struct kit *k = *state;
    struct ulid id = prepare(k);
    for (int round = 0; round < 8; round++) {
        struct desk d;
        desk_open(&d, k, NULL);
        for (int i = 0; i < 10; i++) {
            struct api_request q =
                i % 2 == 0 ? command(id, round % 2 ? "release-hold" : "hold", "{\"type\":\"payment\"}")
                           : request(i % 3 ? API_LIST : API_STATS, "");
            assert_true(d.api->ops->submit(d.api, &q));
        }
        desk_close(&d);
    }
    kit_open(k);
    assert_int_equal(kit_must_get(k, id).version, 9);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FOLDER_TEST(api__each_question__is_answered),
        KIT_FOLDER_TEST(api__command__changes_and_moves_the_position),
        KIT_FOLDER_TEST(api__what_cannot_be__is_refused_as_over_http),
        KIT_FOLDER_TEST(api__read_only__refuses_every_command),
        KIT_FOLDER_TEST(letters__tried_and_deleted__as_over_http),
        KIT_FOLDER_TEST(letters__read_only__are_shown_and_stay),
        KIT_FOLDER_TEST(skip__relay_that_is_not_parked__is_refused),
        KIT_FOLDER_TEST(api__many_open__each_is_answered_once),
        KIT_FOLDER_TEST(api__closed_with_requests_open__loses_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
