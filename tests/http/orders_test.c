/* Orders over HTTP: taking in, reading, commands, lists, events. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"

static const char body_ok[] =
    "{\"customerId\":\"CUST-001\",\"priority\":\"standard\",\"items\":[{\"sku\":\"SKU-001\",\"productName\":\"Widget\","
    "\"quantity\":2,\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}],\"shippingAddress\":{\"street\":\"123 Main St\","
    "\"city\":\"New York\",\"state\":\"NY\",\"zipCode\":\"10001\",\"country\":\"US\"}}";

static int port(void **state)
{
    return ((struct server *)*state)->port;
}

/* Creates an order; its path stays valid until the next call. */
static const char *create(int port)
{
    static char path[100];
    struct reply r = ask(port, "POST", ORDERS, NULL, body_ok);
    assert_int_equal(r.status, 201);
    snprintf(path, sizeof(path), "%s", reply_field(&r, "Location"));
    reply_release(&r);
    return path;
}

static struct reply command(int port, const char *path, const char *word, const char *fields,
                            const char *body)
{
    char full[200];
    snprintf(full, sizeof(full), "%s/%s", path, word);
    return ask(port, "PUT", full, fields, body);
}

static void expect(struct reply r, int status, const char *code)
{
    if (r.status != status || (code != NULL && strcmp(reply_text(&r, "code"), code) != 0))
        fail_msg("expected %d %s, got %d %s", status, code != NULL ? code : "", r.status, r.body);
    if (status >= 400) {
        assert_string_equal(reply_field(&r, "Content-Type"), "application/problem+json");
        assert_int_equal(reply_number(&r, "status"), status);
        assert_true(reply_text(&r, "requestId")[0] != '\0');
    }
    reply_release(&r);
}

static void create__good_body__is_stored_and_readable(void **state)
{
    struct reply r = ask(port(state), "POST", ORDERS, NULL, body_ok);
    assert_int_equal(r.status, 201);
    assert_string_equal(reply_field(&r, "ETag"), "\"1\"");
    assert_string_equal(reply_field(&r, "Content-Type"), "application/json");
    assert_string_equal(reply_field(&r, "Cache-Control"), "no-store");
    char path[100];
    snprintf(path, sizeof(path), "%s", reply_field(&r, "Location"));
    assert_true(strncmp(path, ORDERS "/ORD-", strlen(ORDERS "/ORD-")) == 0);
    struct reply again = ask(port(state), "GET", path, NULL, NULL);
    assert_int_equal(again.status, 200);
    assert_string_equal(again.body, r.body);
    assert_true(atoi(reply_field(&again, "Event-Position")) >= 1);
    struct reply head = ask(port(state), "HEAD", path, NULL, NULL);
    assert_int_equal(head.status, 200);
    assert_int_equal(atoi(reply_field(&head, "Content-Length")), again.body_len);
    reply_release(&head);
    reply_release(&again);
    reply_release(&r);
}

static void create__bad_bodies__are_refused_with_every_fault(void **state)
{
    static const struct {
        const char *body;
        const char *code;
        const char *pointer;
    } cases[] = {
        {"", "MALFORMED_JSON", NULL},
        {"{", "MALFORMED_JSON", NULL},
        {"{} x", "MALFORMED_JSON", NULL},
        {"{\"a\":1,\"a\":2}", "MALFORMED_JSON", NULL},
        {"{\"a\":\"\\u0000\"}", "MALFORMED_JSON", NULL},
        {"\"\xff\"", "MALFORMED_JSON", NULL},
        {"[]", "VALIDATION_FAILED", NULL},
        {"{}", "VALIDATION_FAILED", "/customerId"},
        {"{}", "VALIDATION_FAILED", "/items"},
        {"{}", "VALIDATION_FAILED", "/shippingAddress"},
        {"{\"customerId\":\"c\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":0,\"price\":{\"amount\":1,"
         "\"currency\":\"USD\"}}]}",
         "VALIDATION_FAILED", "/items/0/quantity"},
        {"{\"customerId\":\"c\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,\"price\":{\"amount\":1.001,"
         "\"currency\":\"USD\"}}]}",
         "VALIDATION_FAILED", "/items/0/price"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply r = ask(port(state), "POST", ORDERS, NULL, cases[i].body);
        assert_int_equal(r.status, 400);
        assert_string_equal(reply_text(&r, "code"), cases[i].code);
        assert_string_equal(reply_field(&r, "Content-Type"), "application/problem+json");
        if (cases[i].pointer != NULL && !reply_has(&r, cases[i].pointer))
            fail_msg("no %s in %s", cases[i].pointer, r.body);
        reply_release(&r);
    }
}

static void create__deep_array__is_refused(void **state)
{
    enum { DEPTH = 10000 };
    char *body = malloc(2 * DEPTH + 1);
    memset(body, '[', DEPTH);
    memset(body + DEPTH, ']', DEPTH);
    body[2 * DEPTH] = '\0';
    expect(ask(port(state), "POST", ORDERS, NULL, body), 400, "MALFORMED_JSON");
    free(body);
}

static void create__other_media__is_refused(void **state)
{
    int p = port(state);
    expect(ask(p, "POST", ORDERS, "Content-Type: text/plain\r\n", body_ok), 415, "UNSUPPORTED_MEDIA");
    expect(ask(p, "POST", ORDERS, "Content-Type: application/json; charset=latin1\r\n", body_ok), 415,
           "UNSUPPORTED_MEDIA");
    expect(ask(p, "POST", ORDERS, "Content-Encoding: gzip\r\n", body_ok), 415, "UNSUPPORTED_MEDIA");
    expect(ask(p, "POST", ORDERS, "Content-Type: application/json; charset=UTF-8\r\n", body_ok), 201, NULL);
    expect(ask(p, "POST", ORDERS, "Content-Encoding: identity\r\n", body_ok), 201, NULL);
}

static void get__both_spellings_of_an_id__find_the_order(void **state)
{
    int p = port(state);
    char path[100], lower[100];
    snprintf(path, sizeof(path), "%s", create(p));
    snprintf(lower, sizeof(lower), "%s", path);
    for (char *c = lower + strlen(ORDERS); *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    expect(ask(p, "GET", lower, NULL, NULL), 200, NULL);
    expect(ask(p, "GET", ORDERS "/01a2024e-a907-7001-ac30-09c2149de790", NULL, NULL), 404, "ORDER_NOT_FOUND");
    expect(ask(p, "GET", ORDERS "/ORD-01M814XA87E00BYD2BBVTETEVV", NULL, NULL), 404, "ORDER_NOT_FOUND");
    expect(ask(p, "GET", ORDERS "/nonsense", NULL, NULL), 404, "ORDER_NOT_FOUND");
    expect(ask(p, "GET", ORDERS "/%2e%2e", NULL, NULL), 404, "ORDER_NOT_FOUND");
    expect(ask(p, "GET", path, "If-None-Match: \"2\"\r\n", NULL), 200, NULL);
}

static void get__tag_known__is_not_modified(void **state)
{
    static const char *const tags[] = {"\"1\"", "W/\"1\"", "\"9\", \"1\"", "*"};
    int p = port(state);
    const char *path = create(p);
    struct reply whole = ask(p, "GET", path, NULL, NULL);
    struct client c;
    client_open(&c, p);
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        char fields[100];
        snprintf(fields, sizeof(fields), "If-None-Match: %s\r\n", tags[i]);
        struct reply r = client_ask(&c, "GET", path, fields, NULL);
        assert_int_equal(r.status, 304);
        assert_string_equal(reply_field(&r, "ETag"), "\"1\"");
        assert_int_equal(atoi(reply_field(&r, "Content-Length")), whole.body_len); /* RFC 9110, section 8.6 */
        assert_string_equal(reply_field(&r, "Content-Type"), "");                  /* and 15.4.5 */
        reply_release(&r);
    }
    struct reply r = client_ask(&c, "GET", path, NULL, NULL); /* nothing but heads came before */
    assert_string_equal(r.body, whole.body);
    reply_release(&r);
    reply_release(&whole);
    client_close(&c);
}

static void commands__whole_life__ends_completed(void **state)
{
    static const struct {
        const char *word, *body, *status;
    } steps[] = {
        {"validate", NULL, "validated"},
        {"assign-wave", "{\"waveId\":\"W-1\"}", "wave_assigned"},
        {"unassign-wave", "{}", "validated"},
        {"assign-wave", "{\"waveId\":\"W-2\"}", "wave_assigned"},
        {"start-picking", NULL, "picking"},
        {"mark-consolidated", NULL, "consolidated"},
        {"mark-packed", NULL, "packed"},
        {"ship", "{\"trackingNumber\":\"T1\",\"carrier\":\"UPS\"}", "shipped"},
        {"complete", NULL, "completed"},
    };
    int p = port(state);
    char path[100];
    snprintf(path, sizeof(path), "%s", create(p));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct reply r = command(p, path, steps[i].word, NULL, steps[i].body);
        assert_int_equal(r.status, 200);
        assert_string_equal(reply_text(&r, "status"), steps[i].status);
        char tag[40];
        snprintf(tag, sizeof(tag), "\"%zu\"", i + 2);
        assert_string_equal(reply_field(&r, "ETag"), tag);
        reply_release(&r);
    }
    struct reply late = command(p, path, "cancel", NULL, "{\"reason\":\"r\"}");
    assert_int_equal(late.status, 409);
    assert_string_equal(reply_text(&late, "currentStatus"), "completed");
    assert_true(reply_has(&late, "\"allowedActions\":[]"));
    reply_release(&late);
}

static void commands__wrong_use__is_refused(void **state)
{
    int p = port(state);
    char path[100];
    snprintf(path, sizeof(path), "%s", create(p));
    expect(command(p, path, "ship", NULL, "{\"trackingNumber\":\"T\",\"carrier\":\"C\"}"), 409,
           "INVALID_STATE");
    expect(command(p, path, "ship", NULL, "{}"), 400, "VALIDATION_FAILED");
    expect(command(p, path, "cancel", NULL, NULL), 400, NULL);
    expect(command(p, path, "receive", NULL, NULL), 404, "NOT_FOUND");
    expect(command(p, path, "validate/x", NULL, NULL), 404, "NOT_FOUND");
    expect(command(p, path, "validate?x=1", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(command(p, ORDERS "/ORD-01M814XA87E00BYD2BBVTETEVV", "validate", NULL, NULL), 404,
           "ORDER_NOT_FOUND");
    expect(command(p, path, "hold", NULL, "{\"type\":\"payment\"}"), 200, NULL);
    expect(command(p, path, "validate", NULL, NULL), 409, "ON_HOLD");
    expect(command(p, path, "release-hold", NULL, "{\"type\":\"payment\"}"), 200, NULL);
    expect(command(p, path, "validate", NULL, NULL), 200, NULL);
}

static void validate__nonsense_address__is_refused_with_faults(void **state)
{
    int p = port(state);
    static const char body[] =
        "{\"customerId\":\"c\",\"shippingAddress\":{\"country\":\"ZZ\"},\"items\":[{\"sku\":\"s\","
        "\"quantity\":1,\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";
    struct reply r = ask(p, "POST", ORDERS, NULL, body);
    assert_int_equal(r.status, 201);
    char path[100];
    snprintf(path, sizeof(path), "%s", reply_field(&r, "Location"));
    reply_release(&r);
    r = command(p, path, "validate", NULL, NULL);
    assert_int_equal(r.status, 422);
    assert_string_equal(reply_text(&r, "code"), "VALIDATION_REFUSED");
    assert_true(reply_has(&r, "/shippingAddress/country") && reply_has(&r, "/shippingAddress/street"));
    reply_release(&r);
}

static void if_match__versions__decide(void **state)
{
    static const struct {
        const char *tag;
        int status;
    } cases[] = {
        {"\"2\"", 412},
        {"W/\"1\"", 412},
        {"\"x\"", 412},
        {"1", 400},
        {"\"1", 400},
        {"\"1\" \"2\"", 400},
        {"\"5\", \"6\"", 412},
        {"\"4\",\"1-late\"", 200},
        {"\"1\"", 412},
        {"\"2-late\"", 200},
        {"*", 200},
    };
    int p = port(state);
    char path[100];
    snprintf(path, sizeof(path), "%s", create(p));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char fields[100], body[60];
        snprintf(fields, sizeof(fields), "If-Match: %s\r\n", cases[i].tag);
        snprintf(body, sizeof(body), "{\"type\":\"t%zu\"}", i);
        struct reply r = command(p, path, "hold", fields, body);
        if (r.status != cases[i].status)
            fail_msg("If-Match %s: %d %s", cases[i].tag, r.status, r.body);
        if (r.status == 412) {
            assert_string_equal(reply_text(&r, "code"), "VERSION_MISMATCH");
            assert_true(reply_number(&r, "version") >= 1);
            assert_true(reply_has(&r, "weak tag") == (cases[i].tag[0] == 'W'));
        }
        reply_release(&r);
    }
}

static void fields__actor_and_trace__reach_the_event(void **state)
{
    int p = port(state);
    char path[100], events[150];
    static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    snprintf(path, sizeof(path), "%s", create(p));
    char fields[300];
    snprintf(fields, sizeof(fields), "X-Actor: J\xc3\xbcrgen\r\ntraceparent: %s\r\nX-Request-ID: my-id.1\r\n",
             trace);
    struct reply r = command(p, path, "validate", fields, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_field(&r, "X-Request-ID"), "my-id.1");
    reply_release(&r);
    snprintf(events, sizeof(events), "%s/events", path);
    r = ask(p, "GET", events, NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, trace) && reply_has(&r, "J\xc3\xbcrgen"));
    assert_true(atoi(reply_field(&r, "Event-Position")) >= 2);
    reply_release(&r);
    expect(command(p, path, "validate", "X-Actor: \xff\r\n", NULL), 400, "MALFORMED_REQUEST");
    expect(command(p, path, "validate", "traceparent: nonsense\r\n", NULL), 200, NULL);
    r = command(p, path, "validate", "X-Request-ID: not visible\r\n", NULL);
    assert_int_equal(strlen(reply_field(&r, "X-Request-ID")), 16);
    reply_release(&r);
}

static void lists__parameters__are_honoured(void **state)
{
    static const struct {
        const char *query;
        int status;
        const char *code;
    } cases[] = {
        {"", 200, NULL},
        {"?limit=1", 200, NULL},
        {"?limit=0", 400, "INVALID_PARAMETER"},
        {"?limit=201", 400, "INVALID_PARAMETER"},
        {"?limit=x", 400, "INVALID_PARAMETER"},
        {"?limit=1&limit=2", 400, "INVALID_PARAMETER"},
        {"?wibble=1", 400, "INVALID_PARAMETER"},
        {"?status=received,validated&status=packed", 200, NULL},
        {"?status=eaten", 400, "INVALID_PARAMETER"},
        {"?status=", 400, "INVALID_PARAMETER"},
        {"?sort=-promisedDeliveryAt&status=received", 200, NULL},
        {"?sort=colour", 400, "INVALID_PARAMETER"},
        {"?cursor=nonsense", 400, "INVALID_CURSOR"},
        {"?filter=age%3E1m", 200, NULL},
        {"?filter=age%3E1parsec", 400, "INVALID_FILTER"},
        {"?createdFrom=2020-01-01T00:00:00Z&createdTo=2999-01-01T00:00:00%2B01:00", 200, NULL},
        {"?createdFrom=yesterday", 400, "INVALID_PARAMETER"},
        {"?page=1&pageSize=2", 200, NULL},
        {"?page=1&offset=2", 400, "INVALID_PARAMETER"},
        {"?page=10000&pageSize=200", 400, "INVALID_PARAMETER"},
        {"?offset=9999&limit=200", 200, NULL},
        {"?offset=10000", 400, "INVALID_PARAMETER"},
        {"?sort=createdAt&sortBy=createdAt", 400, "INVALID_PARAMETER"},
        {"?q=%zz", 400, "INVALID_PARAMETER"},
        {"?q=%ff", 400, "INVALID_PARAMETER"},
        {"?late=true&hold=payment&customerId=CUST-001&priority=standard&sku=SKU-001&waveId=W&q=ORD", 200,
         NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[300];
        snprintf(path, sizeof(path), ORDERS "%s", cases[i].query);
        expect(ask(port(state), "GET", path, NULL, NULL), cases[i].status, cases[i].code);
    }
    struct reply r = ask(port(state), "GET", ORDERS "?filter=late:yes%20wibble%3Ax", NULL, NULL);
    assert_int_equal(r.status, 400);
    assert_int_equal(reply_number(&r, "position"), 9);
    reply_release(&r);
}

static void lists__cursor__walks_every_order_once(void **state)
{
    int p = port(state);
    for (int i = 0; i < 7; i++)
        expect(
            ask(p, "POST", ORDERS, NULL,
                "{\"customerId\":\"WALKER\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,\"price\":"
                "{\"amount\":1,\"currency\":\"JPY\"}}]}"),
            201, NULL);
    char path[700] = ORDERS "?customerId=WALKER&limit=3";
    int pages = 0, orders = 0;
    for (bool more = true; more; pages++) {
        struct reply r = ask(p, "GET", path, NULL, NULL);
        assert_int_equal(r.status, 200);
        assert_true(reply_field(&r, "Event-Position")[0] != '\0');
        for (const char *o = r.body; (o = strstr(o, "\"orderId\"")) != NULL; o++)
            orders++;
        const char *next = reply_text(&r, "nextCursor");
        more = next[0] != '\0';
        snprintf(path, sizeof(path), ORDERS "?customerId=WALKER&limit=3&cursor=%s", next);
        reply_release(&r);
    }
    assert_int_equal(pages, 3);
    assert_int_equal(orders, 7);
    struct reply r = ask(p, "GET", ORDERS "/customer/WALKER?pageSize=5&page=2", NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(reply_number(&r, "page"), 2);
    assert_int_equal(reply_number(&r, "pageSize"), 5);
    assert_true(reply_has(&r, "\"totalItems\":7,\"totalPages\":2"));
    reply_release(&r);
}

static void lists__paths_of_the_seed__answer_pages(void **state)
{
    int p = port(state);
    create(p);
    struct reply r = ask(p, "GET", ORDERS "/status/received", NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_number(&r, "totalPages") >= 1);
    reply_release(&r);
    expect(ask(p, "GET", ORDERS "/status/eaten", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(ask(p, "GET", ORDERS "/status/received?status=packed", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(ask(p, "GET", ORDERS "/customer/a%2Fb", NULL, NULL), 200, NULL);
    expect(ask(p, "GET", ORDERS "/customer/a/b", NULL, NULL), 404, "NOT_FOUND");
    r = ask(p, "GET", ORDERS "/count?status=received", NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_number(&r, "count") >= 1 && reply_has(&r, "\"more\":false"));
    reply_release(&r);
    expect(ask(p, "GET", ORDERS "/count?limit=1", NULL, NULL), 400, "INVALID_PARAMETER");
    r = ask(p, "GET", ORDERS "/stats", NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, "\"byStatus\":{\"received\":{\"count\":") &&
                reply_field(&r, "Event-Position")[0] != '\0');
    reply_release(&r);
}

static void events__from_a_position__come_in_order(void **state)
{
    int p = port(state);
    create(p);
    create(p);
    struct reply r = ask(p, "GET", "/api/v1/events?after=1&limit=1", NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(reply_number(&r, "position"), 2);
    assert_int_equal(reply_number(&r, "nextAfter"), 2);
    char path[100];
    snprintf(path, sizeof(path), "/api/v1/events?type=wms.order.shipped&after=%ld",
             atol(reply_field(&r, "Event-Position")) - 1);
    reply_release(&r);
    r = ask(p, "GET", path, NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, "{\"data\":[],")); /* the whole log was looked at: it goes on at its end */
    assert_int_equal(reply_number(&r, "nextAfter"), atol(reply_field(&r, "Event-Position")));
    reply_release(&r);
    expect(ask(p, "GET", "/api/v1/events?type=wms.order.received,wms.order.shipped", NULL, NULL), 200, NULL);
    expect(ask(p, "GET", "/api/v1/events?type=wibble", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(ask(p, "GET", "/api/v1/events?after=-1", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(ask(p, "GET", "/api/v1/events?orderId=x", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(ask(p, "GET", ORDERS "/ORD-01M814XA87E00BYD2BBVTETEVV/events", NULL, NULL), 404,
           "ORDER_NOT_FOUND");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create__good_body__is_stored_and_readable),
        cmocka_unit_test(create__bad_bodies__are_refused_with_every_fault),
        cmocka_unit_test(create__deep_array__is_refused),
        cmocka_unit_test(create__other_media__is_refused),
        cmocka_unit_test(get__both_spellings_of_an_id__find_the_order),
        cmocka_unit_test(get__tag_known__is_not_modified),
        cmocka_unit_test(commands__whole_life__ends_completed),
        cmocka_unit_test(commands__wrong_use__is_refused),
        cmocka_unit_test(validate__nonsense_address__is_refused_with_faults),
        cmocka_unit_test(if_match__versions__decide),
        cmocka_unit_test(fields__actor_and_trace__reach_the_event),
        cmocka_unit_test(lists__parameters__are_honoured),
        cmocka_unit_test(lists__cursor__walks_every_order_once),
        cmocka_unit_test(lists__paths_of_the_seed__answer_pages),
        cmocka_unit_test(events__from_a_position__come_in_order),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
