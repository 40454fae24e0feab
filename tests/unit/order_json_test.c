/* Orders from JSON: every rule of form, all faults at once, and exact money. */
#include "tests/unit/order_samples.h"

#include "service/order/fields.h"

/* A body whose members are those given. */
static const char *body_of(struct sample *s, const char *customer, const char *items, const char *address,
                           const char *more)
{
    buf_clear(&s->out);
    buf_addf(&s->out, "{\"customerId\":%s,\"items\":%s,\"shippingAddress\":%s%s}", customer, items, address,
             more);
    return sample_text(s);
}

static const char *with_item(struct sample *s, const char *item)
{
    return body_of(s, "\"C\"", arena_printf(&s->arena, "[%s]", item), SAMPLE_ADDRESS, "");
}

static const char *with_quantity(struct sample *s, const char *quantity)
{
    return with_item(
        s, arena_printf(&s->arena,
                        "{\"sku\":\"S\",\"quantity\":%s,\"price\":{\"amount\":1,\"currency\":\"USD\"}}",
                        quantity));
}

static const char *with_price(struct sample *s, const char *amount, const char *currency)
{
    return with_item(
        s, arena_printf(&s->arena,
                        "{\"sku\":\"S\",\"quantity\":1,\"price\":{\"amount\":%s,\"currency\":\"%s\"}}",
                        amount, currency));
}

static const char *with_weight(struct sample *s, const char *weight)
{
    return with_item(s, arena_printf(&s->arena,
                                     "{\"sku\":\"S\",\"quantity\":3,\"weight\":%s,"
                                     "\"price\":{\"amount\":1,\"currency\":\"USD\"}}",
                                     weight));
}

static const char *with_address(struct sample *s, const char *address)
{
    return body_of(s, "\"C\"", "[" SAMPLE_ITEM "]", address, "");
}

static const char *with_more(struct sample *s, const char *more)
{
    return body_of(s, "\"C\"", "[" SAMPLE_ITEM "]", SAMPLE_ADDRESS, more);
}

/* Expects exactly these pointers, joined by spaces. */
static void refused(struct sample *s, const char *body, const char *pointers)
{
    assert_false(sample_read(s, body));
    assert_int_equal(s->err.code, ERR_VALIDATION_FAILED);
    buf_clear(&s->out);
    buf_adds(&s->out, "");
    for (size_t i = 0; i < s->faults.n; i++) {
        buf_addf(&s->out, "%s%s", i > 0 ? " " : "", s->faults.list[i].pointer);
        assert_true(strlen(s->faults.list[i].detail) > 0);
    }
    assert_string_equal(s->out.data, pointers);
}

static void malformed(struct sample *s, const char *body, size_t n)
{
    assert_false(sample_read_n(s, body, n));
    assert_int_equal(s->err.code, ERR_MALFORMED_JSON);
    assert_int_equal(s->faults.n, 0);
    assert_true(strlen(s->err.message) > 0);
}

#define MALFORMED(s, body) malformed(s, body, sizeof(body) - 1)

/* ---- what is right ---- */

static void order__documented_body__is_read_whole(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, SAMPLE_BODY);
    assert_string_equal(o.customer_id, "CUST-001");
    assert_int_equal(o.priority, PRIORITY_STANDARD);
    assert_int_equal(o.status, STATUS_RECEIVED);
    assert_int_equal(o.version, 1);
    assert_int_equal(o.created_at, ulid_ms(o.id));
    assert_int_equal(o.updated_at, o.created_at);
    assert_int_equal(o.status_since, o.created_at);
    assert_int_equal(o.total.minor, 5998);
    assert_string_equal(o.total.currency->code, "USD");
    assert_int_equal(o.total_items, 2);
    assert_int_equal(o.total_grams, 0);
    assert_null(o.last_faults);
    assert_int_equal(strlen(o.doc), o.doc_len);
    assert_string_equal(
        o.doc, "{\"customerId\":\"CUST-001\",\"items\":[{\"lineNumber\":1,\"sku\":\"SKU-001\","
               "\"productName\":\"Widget A\",\"quantity\":2,"
               "\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}],"
               "\"totalAmount\":{\"amount\":59.98,\"currency\":\"USD\"},\"totalItems\":2,\"totalWeight\":0,"
               "\"shippingAddress\":{\"street\":\"123 Main St\",\"city\":\"New York\",\"state\":\"NY\","
               "\"zipCode\":\"10001\",\"postalCode\":\"10001\",\"country\":\"US\"},"
               "\"shipToCity\":\"New York\",\"shipToState\":\"NY\"}");
}

static void order__received_event__carries_the_full_order(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, SAMPLE_BODY);
    const struct event *e = &s->received;
    assert_int_equal(e->type, EVENT_RECEIVED);
    assert_int_equal(e->version, 1);
    assert_int_equal(e->time, o.created_at);
    assert_true(ulid_equal(e->order_id, o.id));
    assert_false(ulid_equal(e->id, o.id));
    assert_string_equal(e->actor, "alice");
    assert_string_equal(e->caller, "shop");
    assert_int_equal(strlen(e->data), e->data_len);
    assert_contains(e->data, "\"previousStatus\":null}");
    assert_contains(e->data, "\"status\":\"received\"");
    assert_contains(e->data, "\"sku\":\"SKU-001\"");
    assert_lacks(e->data, "allowedActions");
    assert_lacks(e->data, "\"late\"");
}

static void order__second_names__are_accepted_and_the_first_wins(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, with_item(s, "{\"sku\":\"S\",\"name\":\"Short\",\"quantity\":1,"
                                                  "\"price\":{\"amount\":1,\"currency\":\"USD\"}}"));
    assert_contains(o.doc, "\"productName\":\"Short\"");
    o = sample_order(s,
                     with_item(s, "{\"sku\":\"S\",\"name\":\"Short\",\"productName\":\"Long\",\"quantity\":1,"
                                  "\"price\":{\"amount\":1,\"currency\":\"USD\"}}"));
    assert_contains(o.doc, "\"productName\":\"Long\"");
    assert_lacks(o.doc, "Short");
    o = sample_order(s, with_address(s, "{\"postalCode\":\"A\"}"));
    assert_contains(o.doc, "{\"zipCode\":\"A\",\"postalCode\":\"A\"}");
    o = sample_order(s, with_address(s, "{\"postalCode\":\"A\",\"zipCode\":\"B\"}"));
    assert_contains(o.doc, "{\"zipCode\":\"B\",\"postalCode\":\"B\"}");
    o = sample_order(s, with_address(s, "{\"postalCode\":\"A\",\"zipCode\":null}"));
    assert_contains(o.doc, "{\"zipCode\":\"A\",\"postalCode\":\"A\"}");
}

static void order__unknown_members_and_nulls__are_ignored(void **state)
{
    struct sample *s = *state;
    sample_order(s, with_more(s, ",\"status\":\"shipped\",\"x\":[{}],\"priority\":null,\"metadata\":null,"
                                 "\"promisedDeliveryAt\":null,\"orderId\":5"));
    assert_int_equal(s->order.status, STATUS_RECEIVED);
    sample_order(
        s,
        with_item(s, "{\"sku\":\"S\",\"productName\":null,\"weight\":null,\"lineNumber\":77,\"quantity\":1,"
                     "\"price\":{\"amount\":1,\"currency\":\"USD\",\"x\":1}}"));
    assert_contains(s->order.doc, "\"lineNumber\":1,");
    assert_lacks(s->order.doc, "weight\"");
    assert_lacks(s->order.doc, "null");
}

static void order__defaults_of_promise__follow_the_priority(void **state)
{
    struct sample *s = *state;
    static const struct {
        const char *priority;
        int days;
    } rows[] = {{"same_day", 0}, {"next_day", 1}, {"standard", 5}};
    for (size_t i = 0; i < 3; i++) {
        struct order o =
            sample_order(s, with_more(s, arena_printf(&s->arena, ",\"priority\":\"%s\"", rows[i].priority)));
        assert_int_equal(o.promised_at, clock_day_end(o.created_at, rows[i].days, "UTC"));
    }
    struct order o =
        sample_order(s, with_more(s, ",\"promisedDeliveryAt\":\"2026-02-03T04:05:06.789+01:00\""));
    order_render(&s->out, &o, SAMPLE_NOW);
    assert_contains(sample_text(s), "\"promisedDeliveryAt\":\"2026-02-03T03:05:06.789Z\"");
}

static void order__metadata__is_kept_as_it_is(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(
        s,
        with_more(
            s,
            ",\"metadata\":{\"a\\n\":\"\\u0001\\\"\",\"b\":\"\",\"n\":null,\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}"));
    assert_contains(o.doc,
                    ",\"metadata\":{\"a\\n\":\"\\u0001\\\"\",\"b\":\"\",\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}}");
    o = sample_order(s, with_more(s, ",\"metadata\":{}"));
    assert_contains(o.doc, ",\"metadata\":{}}");
}

/* ---- numbers ---- */

static void quantity__judged_by_value__within_its_range(void **state)
{
    struct sample *s = *state;
    static const char *const wrong[] = {"0",     "-5",   "1.5", "1e300", "1000001", "1e-1",
                                        "\"1\"", "true", "[]",  "{}",    "-0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(s, with_quantity(s, wrong[i]), "/items/0/quantity");
    refused(s, with_quantity(s, "null"), "/items/0/quantity");
    static const struct {
        const char *text;
        int64_t value;
    } right[] = {{"1", 1}, {"1e3", 1000}, {"1000000", 1000000}, {"1E+6", 1000000}, {"2.0", 2}, {"50e-1", 5}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_int_equal(sample_order(s, with_quantity(s, right[i].text)).total_items, right[i].value);
    assert_contains(sample_order(s, with_quantity(s, "1e3")).doc, "\"quantity\":1000,");
}

static void price__exact_amounts__are_written_with_the_full_exponent(void **state)
{
    struct sample *s = *state;
    static const char *const right[][3] = {
        {"29.990", "USD", "29.99"}, {"2.999e1", "USD", "29.99"},
        {"0", "USD", "0.00"},       {"100", "JPY", "100"},
        {"1.5", "BHD", "1.500"},    {"0.1", "USD", "0.10"},
        {"1e2", "USD", "100.00"},   {"9999999999999.99", "USD", "9999999999999.99"},
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct order o = sample_order(s, with_price(s, right[i][0], right[i][1]));
        assert_contains(o.doc, arena_printf(&s->arena, "\"price\":{\"amount\":%s,\"currency\":\"%s\"}",
                                            right[i][2], right[i][1]));
        assert_contains(o.doc, arena_printf(&s->arena, "\"totalAmount\":{\"amount\":%s,", right[i][2]));
    }
}

static void price__inexact_or_impossible__is_refused_at_its_member(void **state)
{
    struct sample *s = *state;
    static const char *const amounts[][2] = {
        {"29.999", "USD"},
        {"1.5", "JPY"},
        {"1.0001", "BHD"},
        {"-1", "USD"},
        {"-0.01", "USD"},
        {"1e300", "USD"},
        {"1e-300", "USD"},
        {"\"1\"", "USD"},
        {"null", "USD"},
        {"true", "USD"},
        {"[]", "USD"},
        {"10000000000000", "USD"},
        {"1000000000000000", "JPY"},
    };
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
        refused(s, with_price(s, amounts[i][0], amounts[i][1]), "/items/0/price/amount");
    static const char *const currencies[] = {"", "usd", "US", "USDX", "ZZZ", "$"};
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++)
        refused(s, with_price(s, "1", currencies[i]), "/items/0/price/currency");
    refused(s, with_price(s, "-1", "ZZZ"), "/items/0/price/currency /items/0/price/amount");
    refused(s, with_item(s, "{\"sku\":\"S\",\"quantity\":1,\"price\":29.99}"), "/items/0/price");
    refused(s, with_item(s, "{\"sku\":\"S\",\"quantity\":1,\"price\":{}}"),
            "/items/0/price/currency /items/0/price/amount");
    refused(s, with_item(s, "{\"sku\":\"S\",\"quantity\":1,\"price\":{\"amount\":1,\"currency\":840}}"),
            "/items/0/price/currency");
}

#define PRICED(quantity, amount, currency)                                                                 \
    "{\"sku\":\"S\",\"quantity\":" #quantity ",\"price\":{\"amount\":" #amount ",\"currency\":\"" currency \
    "\"}}"

static const char *with_items(struct sample *s, const char *items)
{
    return body_of(s, "\"C\"", items, SAMPLE_ADDRESS, "");
}

static void total__of_tenths__is_exact(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, with_items(s, "[" PRICED(1, 0.1, "USD") "," PRICED(1, 0.2, "USD") "]"));
    assert_int_equal(o.total.minor, 30);
    assert_contains(o.doc, "\"totalAmount\":{\"amount\":0.30,\"currency\":\"USD\"},\"totalItems\":2");
    o = sample_order(s,
                     with_items(s, "[" PRICED(1000000, 999999.99, "USD") "," PRICED(1000, 0.01, "USD") "]"));
    assert_int_equal(o.total.minor, INT64_C(99999999000000) + 1000);
}

static void total__two_currencies__is_refused_at_the_second(void **state)
{
    struct sample *s = *state;
    refused(s, with_items(s, "[" PRICED(1, 1, "USD") "," PRICED(1, 1, "USD") "," PRICED(1, 1, "EUR") "]"),
            "/items/2/price/currency");
}

static void total__over_15_digits__is_refused_at_the_line_that_passes(void **state)
{
    struct sample *s = *state;
    refused(s, with_items(s, "[" PRICED(2, 9999999999999.99, "USD") "]"), "/items/0/price/amount");
    refused(s, with_items(s, "[" PRICED(1, 9999999999999.99, "USD") "," PRICED(1, 0.01, "USD") "]"),
            "/items/1/price/amount");
    refused(s, with_items(s, "[" PRICED(1000000, 999999999999999, "JPY") "]"), "/items/0/price/amount");
}

static void weight__kilograms__are_kept_in_grams(void **state)
{
    struct sample *s = *state;
    static const struct {
        const char *text, *written;
        int64_t grams;
        const char *total;
    } right[] = {
        {"0.001", "0.001", 1, "0.003"},  {"0.5", "0.5", 500, "1.5"},
        {"2", "2", 2000, "6"},           {"0", "0", 0, "0"},
        {"100.0", "100", 100000, "300"}, {"1e1", "10", 10000, "30"},
        {"0.1000", "0.1", 100, "0.3"},   {"1000000", "1000000", 1000000000, "3000000"},
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct order o = sample_order(s, with_weight(s, right[i].text));
        assert_int_equal(o.total_grams, 3 * right[i].grams);
        assert_contains(o.doc, arena_printf(&s->arena, "\"weight\":%s}", right[i].written));
        assert_contains(o.doc, arena_printf(&s->arena, "\"totalWeight\":%s,", right[i].total));
    }
    static const char *const wrong[] = {"0.0005", "-1", "1e300", "1000000.001", "\"1\"", "{}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(s, with_weight(s, wrong[i]), "/items/0/weight");
}

static void totals__of_the_largest_order__do_not_overflow(void **state)
{
    struct sample *s = *state;
    struct buf items = BUF_INIT(1 << 20);
    for (int i = 0; i < ORDER_ITEMS_MAX; i++)
        buf_addf(&items,
                 "%c{\"sku\":\"S%d\",\"quantity\":1000000,\"weight\":1000000,"
                 "\"price\":{\"amount\":19999.99,\"currency\":\"USD\"}}",
                 i == 0 ? '[' : ',', i);
    buf_addc(&items, ']');
    struct order o = sample_order(s, with_items(s, items.data));
    assert_int_equal(o.total_items, 500000000);
    assert_int_equal(o.total_grams, INT64_C(500000000000000000));
    assert_int_equal(o.total.minor, INT64_C(999999500000000));
    assert_contains(o.doc, "\"totalWeight\":500000000000000,");
    buf_release(&items);
}

/* ---- texts ---- */

static char *repeat(struct sample *s, const char *text, size_t times)
{
    buf_clear(&s->out);
    for (size_t i = 0; i < times; i++)
        buf_adds(&s->out, text);
    char *copy = arena_memdup(&s->arena, s->out.data, s->out.len);
    buf_clear(&s->out);
    assert_non_null(copy);
    return copy;
}

static const char *with_customer(struct sample *s, const char *customer)
{
    return body_of(s, arena_printf(&s->arena, "\"%s\"", customer), "[" SAMPLE_ITEM "]", SAMPLE_ADDRESS, "");
}

static void customer__length__is_counted_in_code_points(void **state)
{
    struct sample *s = *state;
    sample_order(s, with_customer(s, repeat(s, "\xf0\x9f\x98\x80", 64)));
    sample_order(s, with_customer(s, repeat(s, "a", 64)));
    refused(s, with_customer(s, repeat(s, "a", 65)), "/customerId");
    refused(s, with_customer(s, repeat(s, "\xc3\xa9", 65)), "/customerId");
    refused(s, with_customer(s, ""), "/customerId");
}

static void customer_and_sku__control_or_format_characters__are_refused(void **state)
{
    struct sample *s = *state;
    static const char *const wrong[] = {
        "a\\n",          "\\u0001",      "\x7f",         "\xc2\x85",         "\xc2\xad",
        "a\xe2\x80\x8b", "\xe2\x80\xae", "\xef\xbb\xbf", "\xf3\xa0\x80\x81", "\xf0\x91\x82\xbd",
        "\\u200d",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refused(s, with_customer(s, wrong[i]), "/customerId");
        refused(s,
                with_item(s, arena_printf(&s->arena,
                                          "{\"sku\":\"%s\",\"quantity\":1,"
                                          "\"price\":{\"amount\":1,\"currency\":\"USD\"}}",
                                          wrong[i])),
                "/items/0/sku");
    }
    static const char *const right[] = {"M\xc3\xbcller & S\xc3\xb6hne", "\xe6\x9d\xb1\xe4\xba\xac",
                                        "a b/c:\\\"d\\\"", "\xc2\xa0"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        sample_order(s, with_customer(s, right[i]));
}

static void address__members__are_checked_for_form_alone(void **state)
{
    struct sample *s = *state;
    sample_order(s, with_address(s, "{}"));
    assert_lacks(s->order.doc, "shipToCity");
    sample_order(s, with_address(s, "{\"country\":\"ZZ\",\"street\":\"\"}"));
    static const char *const wrong[] = {"us", "USA", "U", "", "U1", "\xc3\x84\xc3\x84"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(s, with_address(s, arena_printf(&s->arena, "{\"country\":\"%s\"}", wrong[i])),
                "/shippingAddress/country");
    refused(s,
            with_address(s, "{\"street\":1,\"street2\":[],\"city\":{},\"state\":true,\"postalCode\":10001,"
                            "\"country\":1,\"recipientName\":2,\"phone\":3}"),
            "/shippingAddress/street /shippingAddress/street2 /shippingAddress/city /shippingAddress/state "
            "/shippingAddress/postalCode /shippingAddress/country /shippingAddress/recipientName "
            "/shippingAddress/phone");
    sample_order(s,
                 with_address(s, arena_printf(&s->arena, "{\"city\":\"%s\"}", repeat(s, "\xc3\xa9", 200))));
    refused(s, with_address(s, arena_printf(&s->arena, "{\"city\":\"%s\"}", repeat(s, "e", 201))),
            "/shippingAddress/city");
    refused(s, with_address(s, "[]"), "/shippingAddress");
    refused(s, with_address(s, "null"), "/shippingAddress");
}

static void optional_members__of_a_wrong_type__are_faults(void **state)
{
    struct sample *s = *state;
    refused(s, with_more(s, ",\"priority\":\"urgent\",\"promisedDeliveryAt\":\"tomorrow\",\"metadata\":[]"),
            "/priority /metadata /promisedDeliveryAt");
    refused(s, with_more(s, ",\"priority\":1,\"promisedDeliveryAt\":1767225600,\"metadata\":\"x\""),
            "/priority /metadata /promisedDeliveryAt");
    refused(s, with_more(s, ",\"promisedDeliveryAt\":\"2026-02-30T00:00:00Z\""), "/promisedDeliveryAt");
    refused(s,
            with_item(
                s, "{\"sku\":\"S\",\"name\":7,\"quantity\":1,\"price\":{\"amount\":1,\"currency\":\"USD\"}}"),
            "/items/0/name");
}

static void metadata__limits__are_named_at_their_key(void **state)
{
    struct sample *s = *state;
    refused(s, with_more(s, ",\"metadata\":{\"a/b~c\":1,\"\":\"x\"}"), "/metadata/a~1b~0c /metadata");
    char *key = repeat(s, "k", 41);
    char *value = repeat(s, "v", 501);
    refused(s, with_more(s, arena_printf(&s->arena, ",\"metadata\":{\"%s\":\"x\",\"y\":\"%s\"}", key, value)),
            "/metadata /metadata/y");
    sample_order(s,
                 with_more(s, arena_printf(&s->arena, ",\"metadata\":{\"%s\":\"%s\"}", key + 1, value + 1)));
    for (int n = 50; n <= 51; n++) {
        struct buf text = BUF_INIT(1 << 16);
        for (int i = 0; i < n; i++)
            buf_addf(&text, "%s\"k%d\":\"\"", i > 0 ? "," : ",\"metadata\":{", i);
        buf_addc(&text, '}');
        if (n == 50)
            sample_order(s, with_more(s, text.data));
        else
            refused(s, with_more(s, text.data), "/metadata");
        buf_release(&text);
    }
}

/* ---- the body as a whole ---- */

static void body__several_faults__are_told_at_once(void **state)
{
    struct sample *s = *state;
    refused(
        s,
        "{\"items\":[{\"quantity\":0},{\"sku\":\"\",\"quantity\":1.5,\"price\":{\"amount\":-1,\"currency\":\"USD\"}},7]}",
        "/customerId /items/0/sku /items/0/quantity /items/0/price /items/1/sku /items/1/quantity "
        "/items/1/price/amount /items/2 /shippingAddress");
    refused(s, "{}", "/customerId /items /shippingAddress");
    refused(s, "{\"customerId\":1,\"items\":{},\"shippingAddress\":1}",
            "/customerId /items /shippingAddress");
}

static void body__more_faults_than_the_limit__are_counted(void **state)
{
    struct sample *s = *state;
    char *items = repeat(s, "{},", 100);
    items[strlen(items) - 1] = '\0';
    assert_false(sample_read(s, with_items(s, arena_printf(&s->arena, "[%s]", items))));
    assert_int_equal(s->faults.n, FAULTS_MAX);
    assert_int_equal(s->faults.more, 200);
    assert_string_equal(s->err.message, "the body has 300 faults");
    faults_render(&s->out, &s->faults);
    assert_contains(sample_text(s), ",{\"pointer\":\"\",\"detail\":\"and 200 more\"}]");
}

static void body__no_object__is_refused_as_a_whole(void **state)
{
    struct sample *s = *state;
    static const char *const wrong[] = {"[]", "null", "1", "\"x\"", "true"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(s, wrong[i], "");
}

static void body__that_breaks_json__is_malformed(void **state)
{
    struct sample *s = *state;
    MALFORMED(s, "");
    MALFORMED(s, " \n");
    MALFORMED(s, "{");
    MALFORMED(s, "{\"customerId\":\"C\",}");
    MALFORMED(s, "{\"customerId\":\"C\"} x");
    MALFORMED(s, "{'customerId':'C'}");
    MALFORMED(s, "\xef\xbb\xbf{}");
    MALFORMED(s, "{\"a\":1,\"a\":2}");
    MALFORMED(s, "{\"a\":1,\"\\u0061\":2}");
    MALFORMED(s, "{\"items\":[{\"sku\":\"A\",\"sku\":\"B\"}]}");
    MALFORMED(s, "{\"customerId\":\"\xff\"}");
    MALFORMED(s, "{\"customerId\":\"\xc0\xaf\"}");
    MALFORMED(s, "{\"customerId\":\"\xed\xa0\x80\"}");
    MALFORMED(s, "{\"customerId\":\"a\\u0000b\"}");
    MALFORMED(s, "{\"customerId\":\"a\0b\"}");
    MALFORMED(s, "{\"customerId\":\"\\ud800\"}");
    MALFORMED(s, "{\"customerId\":01}");
    MALFORMED(s, "{\"customerId\":\"a\nb\"}");
    char *deep = repeat(s, "[", 10000);
    malformed(s, deep, strlen(deep));
}

static void items__number__is_1_to_500(void **state)
{
    struct sample *s = *state;
    refused(s, with_items(s, "[]"), "/items");
    for (size_t n = 500; n <= 501; n++) {
        char *items = repeat(s, SAMPLE_ITEM ",", n);
        items[strlen(items) - 1] = '\0';
        const char *body = with_items(s, arena_printf(&s->arena, "[%s]", items));
        if (n == 500) {
            struct order o = sample_order(s, body);
            assert_int_equal(o.total_items, 1000);
            assert_contains(o.doc, "\"lineNumber\":500,");
        } else {
            refused(s, body, "/items");
        }
    }
}

static void order__no_memory__is_busy_not_invalid(void **state)
{
    struct sample *s = *state;
    struct order_defaults defaults = {.timezone = "UTC", .now = SAMPLE_NOW};
    struct origin origin = {0};
    for (size_t max = 0; max < 1024; max += 256) {
        struct arena small;
        arena_init(&small, max);
        assert_false(order_from_json(SAMPLE_BODY, strlen(SAMPLE_BODY), &defaults, &origin, &small, &s->order,
                                     &s->received, &s->faults, &s->err));
        assert_int_equal(s->err.code, ERR_QUEUE_FULL);
        arena_release(&small);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
    const struct CMUnitTest tests[] = {
        TEST(order__documented_body__is_read_whole),
        TEST(order__received_event__carries_the_full_order),
        TEST(order__second_names__are_accepted_and_the_first_wins),
        TEST(order__unknown_members_and_nulls__are_ignored),
        TEST(order__defaults_of_promise__follow_the_priority),
        TEST(order__metadata__is_kept_as_it_is),
        TEST(quantity__judged_by_value__within_its_range),
        TEST(price__exact_amounts__are_written_with_the_full_exponent),
        TEST(price__inexact_or_impossible__is_refused_at_its_member),
        TEST(total__of_tenths__is_exact),
        TEST(total__two_currencies__is_refused_at_the_second),
        TEST(total__over_15_digits__is_refused_at_the_line_that_passes),
        TEST(weight__kilograms__are_kept_in_grams),
        TEST(totals__of_the_largest_order__do_not_overflow),
        TEST(customer__length__is_counted_in_code_points),
        TEST(customer_and_sku__control_or_format_characters__are_refused),
        TEST(address__members__are_checked_for_form_alone),
        TEST(optional_members__of_a_wrong_type__are_faults),
        TEST(metadata__limits__are_named_at_their_key),
        TEST(body__several_faults__are_told_at_once),
        TEST(body__more_faults_than_the_limit__are_counted),
        TEST(body__no_object__is_refused_as_a_whole),
        TEST(body__that_breaks_json__is_malformed),
        TEST(items__number__is_1_to_500),
        TEST(order__no_memory__is_busy_not_invalid),
    };
    return cmocka_run_group_tests_name("order json", tests, NULL, NULL);
}
