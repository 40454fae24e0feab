/* Reading records of the warehouse: both envelopes, every row of the table, and what is said about what cannot be read. */
#include "tests/unit/order_samples.h"

#include "service/order/fact.h"

#define ORDER "ORD-01JH3Z8W4R7M2T5V9XKQBN6CDE"
#define OTHER "ORD-01JH3Z8W4R7M2T5V9XKQBN6CDF"
#define RECORD_TIME (SAMPLE_NOW - 5000)
#define EVENT_TIME "2026-01-01T10:00:00Z"
#define EVENT_MS INT64_C(1767261600000)

static struct record record_of(const char *value)
{
    return (struct record){.topic = "wms.waves.events",
                           .partition = 2,
                           .offset = 7,
                           .time = RECORD_TIME,
                           .key = "k",
                           .key_len = 1,
                           .value = value,
                           .value_len = value ? strlen(value) : 0};
}

static struct fact_set read_value(struct sample *s, const char *value)
{
    struct record r = record_of(value);
    struct fact_set set;
    assert_true(facts_read(&r, SAMPLE_NOW, &s->arena, &set));
    return set;
}

static const char *event(struct sample *s, const char *type, const char *data)
{
    return arena_printf(
        &s->arena,
        "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/wms/wave\",\"type\":\"%s\",\"data\":%s}", type,
        data);
}

static struct fact must_read(struct sample *s, const char *value)
{
    struct fact_set set = read_value(s, value);
    if (set.fault)
        fail_msg("%s", set.fault);
    assert_false(set.foreign);
    assert_int_equal(set.n, 1);
    return set.facts[0];
}

static void must_fault(struct sample *s, const char *value, enum dead_code code, const char *part)
{
    struct fact_set set = read_value(s, value);
    assert_non_null(set.fault);
    assert_int_equal(set.n, 0);
    assert_string_equal(dead_code_name(set.code), dead_code_name(code));
    assert_contains(set.fault, part);
}

/* ---- every row ---- */

static void facts_read__every_type__gives_what_its_row_says(void **state)
{
    struct sample *s = *state;
    static const struct {
        const char *type, *data;
        struct fact want;
    } cases[] = {
        {"wms.wave.order-added",
         "{\"waveId\":\"W\",\"orderId\":\"" ORDER "\",\"addedAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_WAVE_ADDED, .wave_id = "W", .time = EVENT_MS}},
        {"wms.wave.released",
         "{\"waveId\":\"W\",\"orderIds\":[\"" ORDER "\"],\"releasedAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_WAVE_RELEASED, .wave_id = "W", .time = EVENT_MS}},
        {"wms.wave.order-removed",
         "{\"waveId\":\"W\",\"orderId\":\"" ORDER "\"}",
         {.kind = FACT_WAVE_REMOVED, .wave_id = "W", .time = RECORD_TIME}},
        {"wms.wave.cancelled",
         "{\"waveId\":\"W\",\"orderIds\":[\"" ORDER "\"],\"reason\":\"no stock\"}",
         {.kind = FACT_WAVE_CANCELLED, .wave_id = "W", .reason = "no stock", .time = RECORD_TIME}},
        {"wms.picking.task-created",
         "{\"taskId\":\"T\",\"orderId\":\"" ORDER "\",\"waveId\":\"W\",\"itemCount\":3}",
         {.kind = FACT_PICKING_STARTED, .wave_id = "W", .time = RECORD_TIME}},
        {"wms.picking.task-completed",
         "{\"taskId\":\"T\",\"orderId\":\"" ORDER "\",\"totalItems\":3e0,\"completedAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_PICKED, .items = 3, .time = EVENT_MS}},
        {"wms.consolidation.completed",
         "{\"orderId\":\"" ORDER "\",\"completedAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_CONSOLIDATED, .time = EVENT_MS}},
        {"wms.packing.task-completed",
         "{\"orderId\":\"" ORDER
         "\",\"trackingNumber\":\"1Z\",\"carrier\":\"UPS\",\"completedAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_PACKED, .tracking_number = "1Z", .carrier = "UPS", .time = EVENT_MS}},
        {"wms.shipping.confirmed",
         "{\"orderId\":\"" ORDER
         "\",\"trackingNumber\":\"1Z\",\"carrier\":\"UPS\",\"shippedAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_SHIPPED, .tracking_number = "1Z", .carrier = "UPS", .time = EVENT_MS}},
        {"wms.shipping.delivered",
         "{\"orderId\":\"" ORDER "\",\"deliveredAt\":\"" EVENT_TIME "\"}",
         {.kind = FACT_DELIVERED, .time = EVENT_MS}},
    };
    assert_int_equal(sizeof cases / sizeof cases[0], FACT_KINDS);
    for (size_t i = 0; i < FACT_KINDS; i++) {
        struct fact f = must_read(s, event(s, cases[i].type, cases[i].data));
        const struct fact *w = &cases[i].want;
        char id[ORDER_ID_LEN + 1];
        ulid_format_order(f.order_id, id);
        assert_int_equal(f.kind, w->kind);
        assert_string_equal(fact_row(f.kind)->type, cases[i].type);
        assert_string_equal(id, ORDER);
        assert_int_equal(f.time, w->time);
        assert_int_equal(f.items, w->items);
        assert_string_equal(f.wave_id ? f.wave_id : "-", w->wave_id ? w->wave_id : "-");
        assert_string_equal(f.reason ? f.reason : "-", w->reason ? w->reason : "-");
        assert_string_equal(f.tracking_number ? f.tracking_number : "-",
                            w->tracking_number ? w->tracking_number : "-");
        assert_string_equal(f.carrier ? f.carrier : "-", w->carrier ? w->carrier : "-");
        assert_string_equal(f.source, "/wms/wave");
    }
}

static void facts_read__required_members__are_missed_by_name(void **state)
{
    struct sample *s = *state;
    for (int k = 0; k < FACT_KINDS; k++) {
        const struct fact_row *row = fact_row((enum fact_kind)k);
        for (size_t i = 0; i < row->n_members; i++) {
            if (!row->members[i].required)
                continue;
            struct buf data = BUF_INIT(4096);
            buf_addc(&data, '{');
            for (size_t m = 0; m < row->n_members; m++) {
                const struct fact_member *one = &row->members[m];
                if (m == i)
                    continue;
                json_key(&data, one->name);
                buf_adds(&data, one->kind == FACT_MEMBER_ORDER    ? "\"" ORDER "\""
                                : one->kind == FACT_MEMBER_ORDERS ? "[\"" ORDER "\"]"
                                : one->kind == FACT_MEMBER_COUNT  ? "1"
                                : one->kind == FACT_MEMBER_TIME   ? "\"" EVENT_TIME "\""
                                                                  : "\"x\"");
            }
            buf_addc(&data, '}');
            must_fault(s, event(s, row->type, data.data), DEAD_INVALID_EVENT,
                       arena_printf(&s->arena, "'%s' of %s is missing", row->members[i].name, row->type));
            buf_release(&data);
        }
    }
}

static void facts_read__wrong_types__are_named(void **state)
{
    struct sample *s = *state;
    static const struct {
        const char *type, *data, *part;
    } cases[] = {
        {"wms.wave.order-added", "{\"waveId\":5,\"orderId\":\"" ORDER "\"}",
         "'waveId' of wms.wave.order-added is not a text"},
        {"wms.wave.order-added", "{\"waveId\":\"\",\"orderId\":\"" ORDER "\"}", "'waveId'"},
        {"wms.wave.order-added", "{\"waveId\":\"a\\nb\",\"orderId\":\"" ORDER "\"}", "control characters"},
        {"wms.wave.order-added", "{\"waveId\":\"W\",\"orderId\":17}", "is not a text"},
        {"wms.wave.order-added", "{\"waveId\":\"W\",\"orderId\":\"17\"}", "'17' is not the id of an order"},
        {"wms.wave.order-added", "{\"waveId\":\"W\",\"orderId\":\"" ORDER "\",\"addedAt\":\"yesterday\"}",
         "'addedAt'"},
        {"wms.wave.order-added", "{\"waveId\":\"W\",\"orderId\":\"" ORDER "\",\"addedAt\":7}", "'addedAt'"},
        {"wms.wave.released", "{\"waveId\":\"W\",\"orderIds\":\"" ORDER "\"}", "is not an array"},
        {"wms.picking.task-completed", "{\"orderId\":\"" ORDER "\",\"totalItems\":\"3\"}", "'totalItems'"},
        {"wms.picking.task-completed", "{\"orderId\":\"" ORDER "\",\"totalItems\":-1}", "'totalItems'"},
        {"wms.picking.task-completed", "{\"orderId\":\"" ORDER "\",\"totalItems\":1.5}", "'totalItems'"},
        {"wms.shipping.confirmed", "{\"orderId\":\"" ORDER "\",\"trackingNumber\":[],\"carrier\":\"U\"}",
         "'trackingNumber'"},
        {"wms.shipping.delivered", "[]", "'data' of wms.shipping.delivered is not an object"},
        {"wms.shipping.delivered", "null", "is not an object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        must_fault(s, event(s, cases[i].type, cases[i].data), DEAD_INVALID_EVENT, cases[i].part);
}

/* ---- envelopes ---- */

static void facts_read__garbage__is_unreadable_with_a_reason(void **state)
{
    struct sample *s = *state;
    const char *good = event(s, "wms.shipping.delivered", "{\"orderId\":\"" ORDER "\"}");
    must_fault(s, NULL, DEAD_UNREADABLE, "no value");
    must_fault(s, "", DEAD_UNREADABLE, "no value");
    must_fault(s, "\x01\x02\xff", DEAD_UNREADABLE, "not JSON");
    must_fault(s, "17", DEAD_UNREADABLE, "no CloudEvent");
    must_fault(s, "{\"orderId\":\"x\"}", DEAD_UNREADABLE, "no CloudEvent");
    must_fault(s, "{\"id\":\"\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"data\":{}}",
               DEAD_INVALID_EVENT, "empty");
    for (size_t n = 1; n < strlen(good); n++) {
        struct record r = record_of(good);
        struct fact_set set;
        r.value_len = n;
        assert_true(facts_read(&r, SAMPLE_NOW, &s->arena, &set));
        assert_non_null(set.fault);
        assert_int_equal(set.code, DEAD_UNREADABLE);
    }
}

static void facts_read__binary_mode__takes_the_headers(void **state)
{
    struct sample *s = *state;
    const struct record_header headers[] = {
        {"content-type", "application/json", 16},
        {"ce_specversion", "1.0", 3},
        {"ce_id", "e9", 2},
        {"ce_source", "/wms/shipping", 13},
        {"ce_type", "wms.shipping.delivered", 22},
        {"ce_time", EVENT_TIME, strlen(EVENT_TIME)},
    };
    struct record r = record_of("{\"orderId\":\"" ORDER "\",\"id\":\"x\",\"type\":\"y\",\"source\":\"z\"}");
    struct fact_set set;
    r.headers = headers;
    r.n_headers = sizeof headers / sizeof headers[0];
    assert_true(facts_read(&r, SAMPLE_NOW, &s->arena, &set));
    assert_null(set.fault);
    assert_int_equal(set.n, 1);
    assert_string_equal(set.id, "e9");
    assert_string_equal(set.source, "/wms/shipping");
    assert_int_equal(set.facts[0].time, EVENT_MS);
    r.n_headers = 4; /* without a type */
    assert_true(facts_read(&r, SAMPLE_NOW, &s->arena, &set));
    assert_int_equal(set.code, DEAD_UNREADABLE);
}

static void facts_read__structured_value__counts_whatever_the_headers_say(void **state)
{
    struct sample *s = *state;
    const struct record_header headers[] = {
        {"content-type", "application/json", 16}, {"ce-type", "x", 1}, {"ce_id", "no", 2}};
    struct record r = record_of(event(s, "wms.shipping.delivered", "{\"orderId\":\"" ORDER "\"}"));
    struct fact_set set;
    r.headers = headers;
    r.n_headers = 3;
    assert_true(facts_read(&r, SAMPLE_NOW, &s->arena, &set));
    assert_int_equal(set.n, 1);
    assert_string_equal(set.id, "e1");
}

static void facts_read__foreign_types__are_left_alone(void **state)
{
    struct sample *s = *state;
    struct fact_set set = read_value(s, event(s, "wms.wave.planned", "{\"orderId\":5}"));
    assert_true(set.foreign);
    assert_null(set.fault);
    const struct record_header type = {"ce_type", "wms.picking.paused", 18};
    struct record r = record_of("garbage");
    r.headers = &type;
    r.n_headers = 1;
    assert_true(facts_read(&r, SAMPLE_NOW, &s->arena, &set));
    assert_true(set.foreign);
}

static void facts_read__one_bad_id_in_a_wave__keeps_the_others(void **state)
{
    struct sample *s = *state;
    struct fact_set set =
        read_value(s, event(s, "wms.wave.released",
                            "{\"waveId\":\"W\",\"orderIds\":[\"" ORDER "\",\"nonsense\",\"" OTHER "\"]}"));
    assert_int_equal(set.n, 2);
    assert_string_equal(set.facts[1].wave_id, "W");
    assert_contains(set.fault, "'nonsense' is not the id of an order");
    set = read_value(s, event(s, "wms.wave.released", "{\"waveId\":\"W\",\"orderIds\":[]}"));
    assert_int_equal(set.n, 0);
    assert_null(set.fault);
}

static void facts_read__time__of_the_data_then_the_envelope_then_the_record(void **state)
{
    struct sample *s = *state;
    struct fact f = must_read(
        s, "{\"id\":\"1\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"time\":\"" EVENT_TIME
           "\",\"data\":{\"orderId\":\"" ORDER "\"}}");
    assert_int_equal(f.time, EVENT_MS);
    f = must_read(s,
                  "{\"id\":\"1\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"time\":\"" EVENT_TIME
                  "\",\"data\":{\"orderId\":\"" ORDER "\",\"deliveredAt\":\"2026-01-01T11:00:00Z\"}}");
    assert_int_equal(f.time, EVENT_MS + 3600000);
    f = must_read(s, event(s, "wms.shipping.delivered", "{\"orderId\":\"" ORDER "\"}"));
    assert_int_equal(f.time, RECORD_TIME);
}

static void facts_read__foreign_texts__are_tamed(void **state)
{
    struct sample *s = *state;
    char longest[1600];
    memset(longest, 'r', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    struct fact f = must_read(
        s, arena_printf(&s->arena,
                        "{\"id\":\"1\",\"source\":\"%s\",\"type\":\"wms.wave.cancelled\","
                        "\"traceparent\":\"nonsense\",\"data\":{\"waveId\":\"W\",\"orderIds\":[\"" ORDER
                        "\"],\"reason\":\"%s\"}}",
                        longest, longest));
    assert_int_equal(strlen(f.reason), 500);
    assert_int_equal(strlen(f.source), 100);
    assert_null(f.traceparent);
    f = must_read(
        s,
        "{\"id\":\"1\",\"source\":\"a\\u0007b\",\"type\":\"wms.shipping.delivered\",\"data\":{\"orderId\":\"" ORDER
        "\"}}");
    assert_null(f.source);
}

/* ---- records ---- */

static void record__headers__survive_storage(void **state)
{
    struct sample *s = *state;
    const struct record_header headers[] = {
        {"ce_id", "1", 1}, {"\"odd\"", "\xff\"x", 3}, {"ce_id", "2", 1}, {"none", NULL, 0}};
    struct record r = record_of("x"), back = record_of("x");
    r.headers = headers;
    r.n_headers = 4;
    record_headers_render(&s->out, &r);
    const char *text = sample_text(s);
    assert_string_equal(text, "{\"ce_id\":\"1\",\"\\\"odd\\\"\":\"\xef\xbf\xbd\\\"x\",\"none\":null}");
    assert_true(record_headers_parse(text, &s->arena, &back));
    assert_int_equal(back.n_headers, 3);
    assert_string_equal(back.headers[0].value, "1");
    assert_string_equal(back.headers[1].name, "\"odd\"");
    assert_null(back.headers[2].value);
}

static void record__hash__tells_place_and_value_apart(void **state)
{
    struct record a = record_of("x"), b = a;
    uint8_t one[RECORD_HASH_LEN], two[RECORD_HASH_LEN];
    (void)state;
    record_hash(&a, one);
    record_hash(&b, two);
    assert_memory_equal(one, two, sizeof one);
    b.offset++;
    record_hash(&b, two);
    assert_memory_not_equal(one, two, sizeof one);
    b = record_of("y");
    record_hash(&b, two);
    assert_memory_not_equal(one, two, sizeof one);
}

static void fact_inbox_key__is_of_source_and_id(void **state)
{
    (void)state;
    const struct fact_set a = {.source = "ab", .id = "c"}, b = {.source = "a", .id = "bc"};
    uint8_t one[INBOX_KEY_LEN], two[INBOX_KEY_LEN];
    fact_inbox_key(&a, one);
    fact_inbox_key(&b, two);
    assert_memory_not_equal(one, two, sizeof one);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(facts_read__every_type__gives_what_its_row_says),
        TEST(facts_read__required_members__are_missed_by_name),
        TEST(facts_read__wrong_types__are_named),
        TEST(facts_read__garbage__is_unreadable_with_a_reason),
        TEST(facts_read__binary_mode__takes_the_headers),
        TEST(facts_read__structured_value__counts_whatever_the_headers_say),
        TEST(facts_read__foreign_types__are_left_alone),
        TEST(facts_read__one_bad_id_in_a_wave__keeps_the_others),
        TEST(facts_read__time__of_the_data_then_the_envelope_then_the_record),
        TEST(facts_read__foreign_texts__are_tamed),
        TEST(record__headers__survive_storage),
        TEST(record__hash__tells_place_and_value_apart),
        TEST(fact_inbox_key__is_of_source_and_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
