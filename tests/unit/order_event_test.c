/* Events: the CloudEvent to the byte, the entry around it, and data that keeps to its table. */
#include "tests/unit/order_samples.h"

#include "service/order/event.h"

static const struct event example = {
    .position = 42,
    .id = {.hi = UINT64_C(0x019b79b2e0007001), .lo = UINT64_C(0x8123456789abcdef)},
    .type = EVENT_SHIPPED,
    .order_id = {.hi = UINT64_C(0x019b79b2e0007000), .lo = UINT64_C(0x8000000000000000)},
    .version = 6,
    .time = SAMPLE_NOW,
    .data = "{\"orderId\":\"x\"}",
    .data_len = sizeof "{\"orderId\":\"x\"}" - 1,
};

static void event__bare__is_a_cloudevent_to_the_byte(void **state)
{
    struct sample *s = *state;
    char order_id[ORDER_ID_LEN + 1];
    ulid_format_order(example.order_id, order_id);
    event_render(&s->out, &example);
    const char *expected = arena_printf(
        &s->arena,
        "{\"specversion\":\"1.0\",\"id\":\"019b79b2-e000-7001-8123-456789abcdef\",\"type\":\"wms.order.shipped\","
        "\"source\":\"/wms/order-service\",\"datacontenttype\":\"application/json\","
        "\"dataschema\":\"urn:orderdeck:schema:wms.order.shipped:1\",\"subject\":\"%s\","
        "\"time\":\"2026-01-01T12:00:00.000Z\",\"orderversion\":6,\"partitionkey\":\"%s\","
        "\"data\":{\"orderId\":\"x\"}}",
        order_id, order_id);
    assert_string_equal(sample_text(s), expected);
}

static void event__actor_caller_and_trace__appear_when_known(void **state)
{
    struct sample *s = *state;
    struct event e = example;
    e.actor = "al\"ice";
    e.caller = "shop";
    e.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    event_render(&s->out, &e);
    const char *text = sample_text(s);
    assert_contains(text, ",\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\","
                          "\"actor\":\"al\\\"ice\",\"caller\":\"shop\",\"data\":{");
    struct json_fault fault;
    struct json_doc *doc = json_parse(text, strlen(text), &fault);
    assert_non_null(doc);
    json_free(doc);
}

static void entry__unsent_and_sent__tell_when(void **state)
{
    struct sample *s = *state;
    event_render_entry(&s->out, &example, 0);
    assert_contains(sample_text(s),
                    "{\"kind\":\"event\",\"position\":42,\"sentAt\":null,\"event\":{\"specversion\"");
    event_render_entry(&s->out, &example, SAMPLE_NOW);
    const char *text = sample_text(s);
    assert_contains(text, "\"sentAt\":\"2026-01-01T12:00:00.000Z\",\"event\":{");
    assert_string_equal(text + strlen(text) - 4, "\"}}}");
}

static void type__each_name__is_found_again(void **state)
{
    (void)state;
    enum event_type t;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        const char *name = event_type_name((enum event_type)i);
        assert_true(strncmp(name, "wms.order.", 10) == 0);
        assert_true(event_type_find(name, &t));
        assert_int_equal(t, i);
        assert_true(strlen(event_type_sentence(t)) > 10);
    }
    assert_false(event_type_find("wms.order", &t));
    assert_false(event_type_find("", &t));
}

static const struct event_facts all_facts = {
    .order_id = "ORD-1",
    .customer_id = "C\"1",
    .previous_status = "packed",
    .status = "shipped",
    .version = 9,
    .wave_id = "W",
    .reason = "why",
    .tracking_number = "T",
    .carrier = "UPS",
    .hold_type = "payment",
    .errors = "[{\"pointer\":\"\",\"detail\":\"x\"}]",
    .total_items = 5,
    .picked_items = 4,
    .time = SAMPLE_NOW,
};

static enum json_kind kind_of(const struct event_member *m)
{
    switch (m->kind) {
    case MEMBER_INTEGER: return JSON_NUMBER;
    case MEMBER_FAULTS: return JSON_ARRAY;
    case MEMBER_STRING:
    case MEMBER_STATUS:
    case MEMBER_STATUS_OR_NULL:
    case MEMBER_TIME: return JSON_STRING;
    }
    return JSON_NULL;
}

static size_t check_members(const struct json *data, const struct event_member *members, size_t n, bool all)
{
    size_t present = 0;
    for (size_t i = 0; i < n; i++) {
        const struct json *v = json_get(data, members[i].name);
        if (all || members[i].required)
            assert_non_null(v);
        else
            assert_null(v);
        if (v && all)
            assert_int_equal(json_kind(v), kind_of(&members[i]));
        present += v != NULL;
    }
    return present;
}

static void data__of_every_type__has_the_members_of_its_table(void **state)
{
    struct sample *s = *state;
    for (int i = EVENT_RECEIVED + 1; i < EVENT_TYPE_COUNT; i++) {
        for (int all = 0; all <= 1; all++) {
            size_t n_common, n_own;
            const struct event_member *common = event_common_members(&n_common);
            const struct event_member *own = event_members((enum event_type)i, &n_own);
            struct event_facts few = {
                .order_id = "O", .customer_id = "C", .status = "picking", .version = 1, .time = SAMPLE_NOW};
            event_render_data(&s->out, (enum event_type)i, all ? &all_facts : &few);
            const char *text = sample_text(s);
            struct json_fault fault;
            struct json_doc *doc = json_parse(text, strlen(text), &fault);
            assert_non_null(doc);
            size_t present = check_members(json_root(doc), common, n_common, all) +
                             check_members(json_root(doc), own, n_own, all);
            assert_int_equal(json_size(json_root(doc)), present);
            json_free(doc);
        }
    }
}

static void data__of_each_kind__has_the_documented_members(void **state)
{
    struct sample *s = *state;
    static const struct {
        enum event_type type;
        const char *own;
    } rows[] = {
        {EVENT_VALIDATED, ",\"validatedAt\":\"2026-01-01T12:00:00.000Z\",\"totalItems\":5}"},
        {EVENT_VALIDATION_FAILED, ",\"errors\":[{\"pointer\":\"\",\"detail\":\"x\"}]}"},
        {EVENT_WAVE_ASSIGNED, ",\"waveId\":\"W\"}"},
        {EVENT_WAVE_UNASSIGNED, ",\"waveId\":\"W\",\"reason\":\"why\"}"},
        {EVENT_PICKING_STARTED, "}"},
        {EVENT_PICKING_COMPLETED, ",\"pickedItems\":4,\"totalItems\":5}"},
        {EVENT_CONSOLIDATED, "}"},
        {EVENT_PACKED, ",\"trackingNumber\":\"T\",\"carrier\":\"UPS\"}"},
        {EVENT_SHIPPED,
         ",\"trackingNumber\":\"T\",\"carrier\":\"UPS\",\"shippedAt\":\"2026-01-01T12:00:00.000Z\"}"},
        {EVENT_COMPLETED, ",\"completedAt\":\"2026-01-01T12:00:00.000Z\"}"},
        {EVENT_CANCELLED, ",\"reason\":\"why\",\"cancelledAt\":\"2026-01-01T12:00:00.000Z\"}"},
        {EVENT_HOLD_PLACED, ",\"type\":\"payment\",\"reason\":\"why\"}"},
        {EVENT_HOLD_RELEASED, ",\"type\":\"payment\",\"reason\":\"why\"}"},
    };
    assert_int_equal(sizeof rows / sizeof *rows, EVENT_TYPE_COUNT - 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        event_render_data(&s->out, rows[i].type, &all_facts);
        assert_string_equal(
            sample_text(s),
            arena_printf(&s->arena,
                         "{\"orderId\":\"ORD-1\",\"customerId\":\"C\\\"1\",\"previousStatus\":\"packed\","
                         "\"status\":\"shipped\",\"version\":9%s",
                         rows[i].own));
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
    const struct CMUnitTest tests[] = {
        TEST(event__bare__is_a_cloudevent_to_the_byte),
        TEST(event__actor_caller_and_trace__appear_when_known),
        TEST(entry__unsent_and_sent__tell_when),
        TEST(type__each_name__is_found_again),
        TEST(data__of_every_type__has_the_members_of_its_table),
        TEST(data__of_each_kind__has_the_documented_members),
    };
    return cmocka_run_group_tests_name("order event", tests, NULL, NULL);
}
