/* Changes: from a body to the settled answer, and the same answer again, byte for byte. */
#include "service/write/change.h"
#include "tests/support/store_kit.h"

static struct change_request request_of(const char *body, const char *key)
{
    struct change_request q = {.body = body,
                               .body_len = strlen(body),
                               .origin = {.actor = "ann", .caller = "shop"},
                               .instance = "/api/v1/orders",
                               .request_id = "r-1",
                               .if_version = -1,
                               .now = KIT_NOW,
                               .timezone = "UTC"};
    if (key != NULL) {
        q.claim = (struct claim){.wanted = true, .now = KIT_NOW};
        digest_sha256(key, strlen(key), q.claim.key);
        digest_sha256(body, strlen(body), q.claim.request);
    }
    return q;
}

static struct job *settled(struct kit *k, struct job *j)
{
    struct unit *u = &j->unit;
    struct err e;
    assert_true(k->store->ops->apply(k->store, &u, 1, &e));
    return j;
}

static struct answer end(struct job *j, int64_t now)
{
    struct answer a;
    assert_true(change_answer(j, now, &a));
    change_free(j);
    return a;
}

static struct answer create(struct kit *k, const struct change_request *q, int64_t now)
{
    struct answer refusal;
    struct job *j = change_create(q, &refusal);
    return j != NULL ? end(settled(k, j), now) : refusal;
}

static struct answer command(struct kit *k, enum order_command kind, struct ulid id,
                             const struct change_request *q)
{
    struct answer refusal;
    struct job *j = change_command(kind, id, q, &refusal);
    return j != NULL ? end(settled(k, j), KIT_NOW) : refusal;
}

static void assert_same(const struct answer *a, const struct answer *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->code, b->code);
    assert_string_equal(a->etag, b->etag);
    assert_string_equal(a->location, b->location);
    assert_int_equal(a->body.len, b->body.len);
    assert_memory_equal(a->body.data, b->body.data, a->body.len);
}

static struct ulid id_of(const struct answer *a)
{
    struct ulid id;
    assert_true(ulid_parse_order(a->location + strlen("/api/v1/orders/"), &id));
    return id;
}

static void create__right_body__is_201_with_the_order_as_stored(void **state)
{
    struct kit *k = *state;
    const struct change_request q = request_of(KIT_BODY, NULL);
    struct answer a = create(k, &q, KIT_NOW);
    struct buf stored = BUF_INIT(100000);
    assert_int_equal(a.status, 201);
    assert_int_equal(a.code, ERR_NONE);
    assert_string_equal(a.etag, "\"1\"");
    assert_false(a.replayed);
    struct order o = kit_must_get(k, id_of(&a));
    order_render(&stored, &o, KIT_NOW);
    assert_string_equal(a.body.data, stored.data);
    buf_release(&stored);
    answer_release(&a);
}

static void create__wrong_body__is_400_with_every_fault(void **state)
{
    static const char *const bodies[] = {
        "", "{", "[]", "{\"items\":[]}", "{\"customerId\":\"\",\"items\":7}", KIT_BODY "x"};
    struct kit *k = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct change_request q = request_of(bodies[i], "key");
        struct answer a = create(k, &q, KIT_NOW);
        assert_int_equal(a.status, 400);
        assert_non_null(strstr(a.body.data, "\"requestId\":\"r-1\""));
        if (a.code == ERR_VALIDATION_FAILED)
            assert_non_null(strstr(a.body.data, "\"errors\":[{\"pointer\":"));
        answer_release(&a);
    }
    assert_int_equal(k->store->ops->position(k->store), 0);
}

static void create__with_a_key__repeats_byte_for_byte(void **state)
{
    struct kit *k = *state;
    char body[600], promise[CLOCK_TEXT_LEN + 1];
    clock_format(KIT_NOW + 1000, promise); /* late between the decision and the answer */
    snprintf(body, sizeof body,
             "{\"customerId\":\"Z\\u00fc\\\"\",\"promisedDeliveryAt\":\"%s\",\"items\":[" KIT_ITEM "],"
             "\"shippingAddress\":" KIT_ADDRESS "}",
             promise);
    const struct change_request q = request_of(body, "key");
    struct answer first = create(k, &q, KIT_NOW + 5000), again = create(k, &q, KIT_NOW + 9000);
    assert_false(first.replayed);
    assert_true(again.replayed);
    assert_int_equal(first.status, 201);
    assert_same(&first, &again);
    assert_int_equal(k->store->ops->position(k->store), 1);
    answer_release(&first);
    answer_release(&again);
}

static void create__key_with_another_body__is_422(void **state)
{
    struct kit *k = *state;
    const struct change_request q = request_of(KIT_BODY, "key");
    struct change_request other = request_of(KIT_BODY " ", "key");
    struct answer first = create(k, &q, KIT_NOW), second = create(k, &other, KIT_NOW);
    assert_int_equal(second.status, 422);
    assert_int_equal(second.code, ERR_IDEMPOTENCY_MISMATCH);
    assert_false(second.replayed);
    answer_release(&first);
    answer_release(&second);
}

/* The record of the key comes before the body's faults. */
static void create__used_key_with_a_faulty_body__is_422(void **state)
{
    static const char *const bodies[] = {"", "{", "{\"items\":[]}"};
    struct kit *k = *state;
    const struct change_request q = request_of(KIT_BODY, "key");
    struct answer first = create(k, &q, KIT_NOW);
    assert_int_equal(first.status, 201);
    answer_release(&first);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct change_request other = request_of(bodies[i], "key");
        struct answer a = create(k, &other, KIT_NOW);
        assert_int_equal(a.code, ERR_IDEMPOTENCY_MISMATCH);
        answer_release(&a);
    }
    assert_int_equal(k->store->ops->position(k->store), 1);
}

/* The record of the key, 404, If-Match, the arguments' form; hold and state only then. */
static void command__faulty_body__is_judged_in_its_turn(void **state)
{
    static const char *const bodies[] = {"{", "[]", "{}", "{\"trackingNumber\":7,\"carrier\":\"\"}"};
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    const struct change_request used = request_of("{\"trackingNumber\":\"T\",\"carrier\":\"C\"}", "key");
    struct answer first = command(k, COMMAND_SHIP, id, &used);
    assert_int_equal(first.status, 409);
    answer_release(&first);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct change_request q = request_of(bodies[i], "key");
        struct answer mismatch = command(k, COMMAND_SHIP, id, &q);
        q.claim.wanted = false;
        struct answer unknown = command(k, COMMAND_SHIP, ulid_new(), &q);
        struct answer faulty = command(k, COMMAND_SHIP, id, &q);
        q.if_version = 7;
        struct answer moved = command(k, COMMAND_SHIP, id, &q);
        assert_int_equal(mismatch.code, ERR_IDEMPOTENCY_MISMATCH);
        assert_int_equal(unknown.status, 404);
        assert_int_equal(faulty.status, 400);
        assert_int_equal(moved.status, 412);
        if (faulty.code == ERR_VALIDATION_FAILED)
            assert_non_null(strstr(faulty.body.data, "\"errors\":[{\"pointer\":"));
        answer_release(&mismatch);
        answer_release(&unknown);
        answer_release(&faulty);
        answer_release(&moved);
    }
}

/* What was not decided leaves the key free. */
static void command__faulty_body_with_a_key__is_not_remembered(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    const struct change_request bad = request_of("{\"reason\":7}", "key");
    const struct change_request good = request_of("{\"reason\":\"r\"}", "key");
    struct answer refused = command(k, COMMAND_CANCEL, id, &bad);
    struct answer done = command(k, COMMAND_CANCEL, id, &good);
    assert_int_equal(refused.status, 400);
    assert_int_equal(done.status, 200);
    answer_release(&refused);
    answer_release(&done);
}

/* What is repeated is the decision; which request is answered is said of the present one. */
static void command__repeated_refusal__has_the_present_request_id(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    struct change_request q = request_of("", "key");
    q.request_id = "a\"b,\\";
    struct answer first = command(k, COMMAND_COMPLETE, id, &q);
    q.request_id = "r-2";
    struct answer again = command(k, COMMAND_COMPLETE, id, &q);
    const char *cut = strstr(first.body.data, "\"requestId\":\"a\\\"b,\\\\\"");
    assert_non_null(cut);
    assert_true(again.replayed);
    assert_non_null(strstr(again.body.data, "\"requestId\":\"r-2\""));
    assert_null(strstr(again.body.data, "a\\\"b"));
    const char *rest = strstr(first.body.data, ",\"currentStatus\""),
               *same = strstr(again.body.data, ",\"currentStatus\"");
    assert_non_null(rest);
    assert_string_equal(rest, same);
    assert_memory_equal(first.body.data, again.body.data, (size_t)(cut - first.body.data));
    answer_release(&first);
    answer_release(&again);
}

struct taken {
    struct event event;
    char data[4000];
};

static bool take_event(void *ctx, const struct event *e, int64_t sent_at)
{
    struct taken *t = ctx;
    (void)sent_at;
    t->event = *e;
    t->event.actor = t->event.caller = t->event.traceparent = NULL;
    assert_true(e->data_len < sizeof t->data);
    memcpy(t->data, e->data, e->data_len);
    t->event.data = t->data;
    return false;
}

static struct answer set_aside(struct kit *k, const struct event *waits, const struct change_request *q)
{
    struct answer refusal;
    const struct skipped_record record = {.event = waits, .topic = "orders", .refusal = "too large"};
    struct job *j = change_skip(&record, q, &refusal);
    return j != NULL ? end(settled(k, j), KIT_NOW) : refusal;
}

/* By the time of a repeat the relay has gone on. */
static void skip__repeated_with_its_key__is_answered_again(void **state)
{
    struct kit *k = *state;
    static struct taken t;
    struct err e;
    kit_do(k, kit_create(KIT_BODY));
    kit_begin(k);
    assert_true(k->reader->ops->events(k->reader, &(struct event_query){.limit = 1}, take_event, &t, &e));
    kit_end(k);
    const struct change_request q = request_of("{\"position\":1,\"reason\":\"r\"}", "key");
    const struct change_request bad = request_of("{\"position\":1}", "key");
    struct answer first = set_aside(k, &t.event, &q), again = set_aside(k, NULL, &q),
                  other = set_aside(k, NULL, &bad);
    assert_int_equal(first.status, 200);
    assert_true(again.replayed);
    assert_same(&first, &again);
    assert_int_equal(other.code, ERR_IDEMPOTENCY_MISMATCH);
    answer_release(&first);
    answer_release(&again);
    answer_release(&other);
    const struct change_request fresh = request_of("{\"position\":1}", NULL);
    struct answer faulty = set_aside(k, NULL, &fresh);
    assert_int_equal(faulty.status, 400);
    answer_release(&faulty);
}

/* What the API's description calls right is never a fault of the body, and the other way round. */
static void skip__position_at_its_bounds__is_as_the_description_says(void **state)
{
    static const struct {
        const char *body;
        int status;
    } rows[] = {
        {"{\"position\":0,\"reason\":\"r\"}", 400},
        {"{\"position\":1,\"reason\":\"r\"}", 409},
        {"{\"position\":999999999999999999,\"reason\":\"r\"}", 409},
        {"{\"position\":1000000000000000000,\"reason\":\"r\"}", 400},
        {"{\"position\":9223372036854775807,\"reason\":\"r\"}", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct change_request q = request_of(rows[i].body, NULL);
        struct answer a = set_aside(*state, NULL, &q);
        assert_int_equal(a.status, rows[i].status);
        assert_true(a.status != 400 || strstr(a.body.data, "\"/position\"") != NULL);
        answer_release(&a);
    }
}

/* 404, 409, 412, 422: what was decided is repeated too, even when it would now be decided otherwise. */
static void command__refused_with_a_key__repeats_the_refusal(void **state)
{
    static const struct {
        enum order_command kind;
        const char *body;
        int64_t if_version;
        bool exists;
        int status;
    } rows[] = {
        {COMMAND_VALIDATE, "", -1, false, 404},
        {COMMAND_COMPLETE, "", -1, true, 409},
        {COMMAND_VALIDATE, "", 9, true, 412},
        {COMMAND_VALIDATE, "", -1, true, 422},
    };
    struct kit *k = *state;
    struct ulid id =
        kit_do(k, kit_create("{\"customerId\":\"C\",\"items\":[" KIT_ITEM "],\"shippingAddress\":{\"street\":"
                             "\"\",\"city\":\"\",\"state\":\"\",\"zipCode\":\"\",\"country\":\"US\"}}"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char key[20];
        snprintf(key, sizeof key, "key %zu", i);
        struct change_request q = request_of(rows[i].body, key);
        q.if_version = rows[i].if_version;
        struct ulid target = rows[i].exists ? id : ulid_new();
        struct answer first = command(k, rows[i].kind, target, &q);
        if (i < 2)
            kit_do(k, kit_command(i == 1 ? COMMAND_RELEASE_HOLD : COMMAND_HOLD, id));
        struct answer again = command(k, rows[i].kind, target, &q);
        assert_int_equal(first.status, rows[i].status);
        assert_true(again.replayed);
        assert_same(&first, &again);
        answer_release(&first);
        answer_release(&again);
    }
}

static void command__right__is_200_with_its_event_signed(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PACKED);
    const struct change_request q = request_of("{\"trackingNumber\":\"T1\",\"carrier\":\"UPS\"}", NULL);
    struct answer refusal;
    struct job *j = change_command(COMMAND_SHIP, id, &q, &refusal);
    settled(k, j);
    assert_string_equal(j->unit.plan.events[0].actor, "ann");
    assert_string_equal(j->unit.plan.events[0].caller, "shop");
    struct answer a = end(j, KIT_NOW);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.etag, "\"7\"");
    assert_string_equal(a.location, "");
    assert_non_null(strstr(a.body.data, "\"trackingNumber\":\"T1\""));
    answer_release(&a);
}

static void answer__not_applied__is_503_or_none(void **state)
{
    struct kit *k = *state;
    const struct change_request q = request_of(KIT_BODY, NULL);
    struct answer a;
    (void)k;
    for (enum err_code code = ERR_QUEUE_FULL; code <= ERR_STORAGE_BUSY; code++) {
        struct job *j = change_create(&q, &a);
        err_set(&j->err, code, "nothing was done");
        a = end(j, KIT_NOW);
        assert_int_equal(a.status, 503);
        assert_int_equal(a.code, code);
        assert_non_null(strstr(a.body.data, err_info(code)->name));
        answer_release(&a);
    }
    struct job *j = change_create(&q, &a);
    err_set(&j->err, ERR_OUTCOME_UNKNOWN, "the outcome is not known");
    assert_false(change_answer(j, KIT_NOW, &a));
    j->err.code = ERR_NONE;
    j->unit.outcome = UNIT_UNKNOWN;
    assert_false(change_answer(j, KIT_NOW, &a));
    j->unit.outcome = UNIT_REPEATED; /* a record that is none */
    j->unit.replay = "wibble";
    j->unit.replay_len = 6;
    assert_false(change_answer(j, KIT_NOW, &a));
    change_free(j);
    change_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(create__right_body__is_201_with_the_order_as_stored),
        KIT_TEST(create__wrong_body__is_400_with_every_fault),
        KIT_TEST(create__with_a_key__repeats_byte_for_byte),
        KIT_TEST(create__key_with_another_body__is_422),
        KIT_TEST(create__used_key_with_a_faulty_body__is_422),
        KIT_TEST(command__faulty_body__is_judged_in_its_turn),
        KIT_TEST(command__faulty_body_with_a_key__is_not_remembered),
        KIT_TEST(command__repeated_refusal__has_the_present_request_id),
        KIT_TEST(skip__repeated_with_its_key__is_answered_again),
        KIT_TEST(skip__position_at_its_bounds__is_as_the_description_says),
        KIT_TEST(command__refused_with_a_key__repeats_the_refusal),
        KIT_TEST(command__right__is_200_with_its_event_signed),
        KIT_TEST(answer__not_applied__is_503_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
