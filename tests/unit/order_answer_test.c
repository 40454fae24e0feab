/* What goes out: orders, holds, entity tags and problems; and the arguments of commands that come in. */
#include "tests/unit/order_samples.h"

#include "service/order/fields.h"

/* An order that has a value for every member. */
static struct order full_order(struct sample *s)
{
    struct order o = sample_order(
        s, "{\"customerId\":\"C\",\"metadata\":{\"a\":\"b\"},\"items\":[{\"sku\":\"S\",\"productName\":\"P\","
           "\"quantity\":1,\"weight\":1.5,\"price\":{\"amount\":5,\"currency\":\"EUR\"}}],"
           "\"shippingAddress\":" SAMPLE_ADDRESS "}");
    o.holds = &sample_hold;
    o.n_holds = 1;
    o.wave_id = "W \"1\"";
    o.tracking_number = "T";
    o.carrier = "UPS";
    o.cancellation_reason = "why";
    return o;
}

static struct json_doc *parse(const char *text)
{
    struct json_fault fault;
    struct json_doc *doc = json_parse(text, strlen(text), &fault);
    if (!doc)
        fail_msg("%s at %zu of %s", fault.what, fault.offset, text);
    return doc;
}

static const char *render(struct sample *s, const struct order *o, int64_t now)
{
    order_render(&s->out, o, now);
    return sample_text(s);
}

static void answer__fresh_order__is_as_documented(void **state)
{
    struct sample *s = *state;
    ulid_deterministic(true);
    struct order o = sample_order(s, SAMPLE_BODY);
    ulid_deterministic(false);
    char id[ORDER_ID_LEN + 1];
    ulid_format_order(o.id, id);
    const char *expected = arena_printf(
        &s->arena,
        "{\"orderId\":\"%s\",\"status\":\"received\",\"statusSince\":\"2026-01-01T12:00:00.000Z\","
        "\"priority\":\"standard\",%.*s,\"pickedItems\":0,\"promisedDeliveryAt\":\"2026-01-06T23:59:59.999Z\","
        "\"holds\":[],\"version\":1,\"createdAt\":\"2026-01-01T12:00:00.000Z\","
        "\"updatedAt\":\"2026-01-01T12:00:00.000Z\",\"late\":false,"
        "\"allowedActions\":[\"validate\",\"cancel\",\"hold\"]}",
        id, (int)o.doc_len - 2, o.doc + 1);
    assert_string_equal(render(s, &o, SAMPLE_NOW), expected);
}

static void answer__members__are_those_of_the_table(void **state)
{
    struct sample *s = *state;
    struct order full = full_order(s);
    struct order bare =
        sample_order(s, "{\"customerId\":\"C\",\"items\":[" SAMPLE_ITEM "],\"shippingAddress\":{}}");
    struct json_doc *with_all = parse(render(s, &full, SAMPLE_NOW));
    struct json_doc *with_few = parse(render(s, &bare, SAMPLE_NOW));
    assert_int_equal(json_size(json_root(with_all)), n_answer_fields);
    size_t required = 0;
    for (size_t i = 0; i < n_answer_fields; i++) {
        const struct field *f = &answer_fields[i];
        if (!json_get(json_root(with_all), f->name))
            fail_msg("'%s' is missing", f->name);
        if (f->required != (json_get(json_root(with_few), f->name) != NULL))
            fail_msg("'%s' of a bare order", f->name);
        required += f->required;
    }
    assert_int_equal(json_size(json_root(with_few)), required);
    json_free(with_all);
    json_free(with_few);
}

static void answer__item_members__are_those_of_the_table(void **state)
{
    struct sample *s = *state;
    struct order full = full_order(s);
    struct json_doc *doc = parse(render(s, &full, SAMPLE_NOW));
    const struct json *item = json_first(json_get(json_root(doc), "items"));
    assert_int_equal(json_size(item), ITEM_FIELDS + 1);
    assert_non_null(json_get(item, item_answer_field.name));
    for (size_t i = 0; i < ITEM_FIELDS; i++)
        assert_non_null(json_get(item, item_fields[i].name));
    json_free(doc);
}

static void answer__late__turns_with_the_clock_while_open(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, SAMPLE_BODY);
    char etag[ORDER_ETAG_MAX];
    o.version = 7;
    assert_contains(render(s, &o, o.promised_at), "\"late\":false");
    order_etag(&o, o.promised_at, etag);
    assert_string_equal(etag, "\"7\"");
    assert_contains(render(s, &o, o.promised_at + 1), "\"late\":true");
    order_etag(&o, o.promised_at + 1, etag);
    assert_string_equal(etag, "\"7-late\"");
    o.status = STATUS_COMPLETED;
    assert_contains(render(s, &o, o.promised_at + 1), "\"late\":false");
    o.version = INT64_MAX;
    o.status = STATUS_SHIPPED;
    order_etag(&o, o.promised_at + 1, etag);
    assert_string_equal(etag, "\"9223372036854775807-late\"");
}

static void holds__rendered__are_parsed_again(void **state)
{
    struct sample *s = *state;
    const struct hold holds[] = {
        {.type = "pay\"ment", .reason = "line\nbreak", .since = SAMPLE_NOW},
        {.type = "fraud", .reason = NULL, .since = SAMPLE_NOW + 1},
    };
    holds_render(&s->out, holds, 2);
    const char *text = sample_text(s);
    assert_string_equal(
        text,
        "[{\"type\":\"pay\\\"ment\",\"reason\":\"line\\nbreak\",\"since\":\"2026-01-01T12:00:00.000Z\"},"
        "{\"type\":\"fraud\",\"since\":\"2026-01-01T12:00:00.001Z\"}]");
    const struct hold *read;
    size_t n;
    assert_true(holds_parse(text, &s->arena, &read, &n));
    assert_int_equal(n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(read[i].type, holds[i].type);
        assert_int_equal(read[i].since, holds[i].since);
    }
    assert_string_equal(read[0].reason, "line\nbreak");
    assert_null(read[1].reason);
}

static void holds__none_or_broken__are_told_apart(void **state)
{
    struct sample *s = *state;
    const struct hold *read;
    size_t n = 9;
    assert_true(holds_parse(NULL, &s->arena, &read, &n));
    assert_int_equal(n, 0);
    assert_true(holds_parse("[]", &s->arena, &read, &n));
    assert_null(read);
    static const char *const broken[] = {
        "", "{}", "[1]", "[{}]", "[{\"type\":\"x\"}]", "[{\"type\":\"x\",\"since\":\"y\"}]"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_false(holds_parse(broken[i], &s->arena, &read, &n));
}

/* ---- problems ---- */

static void problem__invalid_body__lists_its_faults(void **state)
{
    struct sample *s = *state;
    assert_false(sample_read(s, "{\"customerId\":\"C\",\"items\":[" SAMPLE_ITEM "]}"));
    struct problem p = {.err = s->err,
                        .faults = &s->faults,
                        .instance = "/api/v1/orders",
                        .request_id = "r1",
                        .position = -1};
    problem_render(&s->out, &p);
    assert_string_equal(
        sample_text(s),
        "{\"type\":\"/problems/VALIDATION_FAILED\",\"title\":\"The request is not valid\",\"status\":400,"
        "\"detail\":\"the body has 1 fault\",\"instance\":\"/api/v1/orders\","
        "\"code\":\"VALIDATION_FAILED\",\"requestId\":\"r1\","
        "\"errors\":[{\"pointer\":\"/shippingAddress\",\"detail\":\"is required\"}]}");
}

static void problem__state_and_version__tell_where_the_order_is(void **state)
{
    struct sample *s = *state;
    static const enum err_code codes[] = {ERR_INVALID_STATE, ERR_ON_HOLD, ERR_VERSION_MISMATCH};
    struct order o = sample_at(s, STATUS_SHIPPED, false);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct problem p = {.order = &o, .position = -1};
        err_set(&p.err, codes[i], "no");
        problem_render(&s->out, &p);
        assert_contains(
            sample_text(s),
            ",\"currentStatus\":\"shipped\",\"version\":7,\"allowedActions\":[\"complete\",\"hold\"]}");
    }
    struct problem p = {.order = &o, .position = -1};
    err_set(&p.err, ERR_ORDER_NOT_FOUND, "no");
    problem_render(&s->out, &p);
    assert_lacks(sample_text(s), "currentStatus");
}

static void problem__filter__has_the_position(void **state)
{
    struct sample *s = *state;
    struct problem p = {.position = 0, .instance = "/a\"b"};
    err_set(&p.err, ERR_INVALID_FILTER, "'wibble' is no status");
    problem_render(&s->out, &p);
    const char *text = sample_text(s);
    assert_contains(text, "\"position\":0");
    assert_contains(text, "\"instance\":\"/a\\\"b\"");
    json_free(parse(text));
}

/* ---- arguments of commands ---- */

static bool read_command(struct sample *s, enum order_command kind, const char *body, struct command *ret)
{
    *ret = (struct command){.kind = kind, .if_version = -1};
    return command_from_json(body, strlen(body), &s->arena, ret, &s->faults, &s->err);
}

static void command__without_required_arguments__takes_an_empty_body(void **state)
{
    struct sample *s = *state;
    struct command c;
    static const enum order_command kinds[] = {
        COMMAND_VALIDATE,    COMMAND_UNASSIGN_WAVE, COMMAND_START_PICKING, COMMAND_MARK_CONSOLIDATED,
        COMMAND_MARK_PACKED, COMMAND_COMPLETE,      COMMAND_RELEASE_HOLD,
    };
    static const char *const bodies[] = {"", " \r\n", "{}", "{\"unknown\":[1]}",
                                         "{\"reason\":null,\"type\":null}"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t j = 0; j < sizeof bodies / sizeof *bodies; j++)
            assert_true(read_command(s, kinds[i], bodies[j], &c));
}

static void command__required_arguments__are_named_when_missing(void **state)
{
    struct sample *s = *state;
    static const struct {
        enum order_command kind;
        const char *first, *second;
    } rows[] = {
        {COMMAND_ASSIGN_WAVE, "/waveId", NULL},
        {COMMAND_SHIP, "/trackingNumber", "/carrier"},
        {COMMAND_CANCEL, "/reason", NULL},
        {COMMAND_HOLD, "/type", NULL},
    };
    static const char *const bodies[] = {"", "{}", "{\"waveId\":null}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t j = 0; j < sizeof bodies / sizeof *bodies; j++) {
            struct command c;
            assert_false(read_command(s, rows[i].kind, bodies[j], &c));
            assert_int_equal(s->err.code, ERR_VALIDATION_FAILED);
            assert_int_equal(s->faults.n, rows[i].second ? 2 : 1);
            assert_string_equal(s->faults.list[0].pointer, rows[i].first);
            if (rows[i].second)
                assert_string_equal(s->faults.list[1].pointer, rows[i].second);
        }
    }
}

static void command__arguments__are_kept(void **state)
{
    struct sample *s = *state;
    struct command c;
    assert_true(read_command(s, COMMAND_ASSIGN_WAVE, "{\"waveId\":\"W-1\"}", &c));
    assert_string_equal(c.wave_id, "W-1");
    assert_true(read_command(s, COMMAND_SHIP, "{\"trackingNumber\":\"1Z\",\"carrier\":\"UPS\"}", &c));
    assert_string_equal(c.tracking_number, "1Z");
    assert_string_equal(c.carrier, "UPS");
    assert_true(read_command(s, COMMAND_CANCEL, "{\"reason\":\"Customer request\"}", &c));
    assert_string_equal(c.reason, "Customer request");
    assert_true(read_command(s, COMMAND_HOLD, "{\"type\":\"payment\",\"reason\":\"\"}", &c));
    assert_string_equal(c.hold_type, "payment");
    assert_null(c.reason);
    assert_true(read_command(s, COMMAND_COMPLETE, "{\"deliveredAt\":\"2026-01-01T12:00:00Z\"}", &c));
    assert_int_equal(c.delivered_at, SAMPLE_NOW);
    assert_true(read_command(s, COMMAND_MARK_PACKED, "{\"carrier\":\"DHL\"}", &c));
    assert_string_equal(c.carrier, "DHL");
    assert_null(c.tracking_number);
}

static void command__wrong_arguments__are_refused(void **state)
{
    struct sample *s = *state;
    struct command c;
    static const struct {
        enum order_command kind;
        const char *body, *pointer;
    } rows[] = {
        {COMMAND_ASSIGN_WAVE, "{\"waveId\":\"\"}", "/waveId"},
        {COMMAND_ASSIGN_WAVE, "{\"waveId\":7}", "/waveId"},
        {COMMAND_ASSIGN_WAVE, "{\"waveId\":\"a\\tb\"}", "/waveId"},
        {COMMAND_CANCEL, "{\"reason\":\"\"}", "/reason"},
        {COMMAND_COMPLETE, "{\"deliveredAt\":\"yesterday\"}", "/deliveredAt"},
        {COMMAND_RELEASE_HOLD, "{\"type\":\"\"}", "/type"},
        {COMMAND_VALIDATE, "[]", ""},
        {COMMAND_VALIDATE, "null", ""},
        {COMMAND_SHIP, "\"x\"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(read_command(s, rows[i].kind, rows[i].body, &c));
        assert_int_equal(s->err.code, ERR_VALIDATION_FAILED);
        assert_int_equal(s->faults.n, 1);
        assert_string_equal(s->faults.list[0].pointer, rows[i].pointer);
    }
    assert_false(read_command(s, COMMAND_VALIDATE, "{", &c));
    assert_int_equal(s->err.code, ERR_MALFORMED_JSON);
}

static void command__lengths__are_counted_in_code_points(void **state)
{
    struct sample *s = *state;
    struct command c;
    for (int n = 500; n <= 501; n++) {
        struct buf body = BUF_INIT(4096);
        buf_adds(&body, "{\"reason\":\"");
        for (int i = 0; i < n; i++)
            buf_adds(&body, "\xe2\x82\xac");
        buf_adds(&body, "\"}");
        assert_int_equal(read_command(s, COMMAND_CANCEL, body.data, &c), n == 500);
        buf_release(&body);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
    const struct CMUnitTest tests[] = {
        TEST(answer__fresh_order__is_as_documented),
        TEST(answer__members__are_those_of_the_table),
        TEST(answer__item_members__are_those_of_the_table),
        TEST(answer__late__turns_with_the_clock_while_open),
        TEST(holds__rendered__are_parsed_again),
        TEST(holds__none_or_broken__are_told_apart),
        TEST(problem__invalid_body__lists_its_faults),
        TEST(problem__state_and_version__tell_where_the_order_is),
        TEST(problem__filter__has_the_position),
        TEST(command__without_required_arguments__takes_an_empty_body),
        TEST(command__required_arguments__are_named_when_missing),
        TEST(command__arguments__are_kept),
        TEST(command__wrong_arguments__are_refused),
        TEST(command__lengths__are_counted_in_code_points),
    };
    return cmocka_run_group_tests_name("order answer", tests, NULL, NULL);
}
