/* Idempotency-Key: what was decided is answered again, and nothing happens twice. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"

static const char order_a[] =
    "{\"customerId\":\"A\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,"
    "\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";
static const char order_b[] =
    "{\"customerId\":\"B\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,"
    "\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";

static int port(void **state)
{
    return ((struct server *)*state)->port;
}

static struct reply post(int port, const char *key, const char *body)
{
    char fields[700];
    snprintf(fields, sizeof(fields), "Idempotency-Key: %s\r\n", key);
    return ask(port, "POST", ORDERS, fields, body);
}

static int64_t orders(int port)
{
    struct reply r = ask(port, "GET", ORDERS "/count", NULL, NULL);
    int64_t n = reply_number(&r, "count");
    reply_release(&r);
    return n;
}

static void create__same_key_and_body__is_replayed(void **state)
{
    int64_t before = orders(port(state));
    struct reply first = post(port(state), "k-1", order_a);
    assert_int_equal(first.status, 201);
    assert_string_equal(reply_field(&first, "Idempotency-Replayed"), "");
    static const char *const spellings[] = {"k-1", "\"k-1\"", "\"k\\-1\""};
    for (int i = 0; i < 2; i++) {
        struct reply again = post(port(state), spellings[i], order_a);
        char location[100];
        snprintf(location, sizeof(location), "%s", reply_field(&first, "Location"));
        assert_int_equal(again.status, 201);
        assert_string_equal(again.body, first.body);
        assert_string_equal(reply_field(&again, "Idempotency-Replayed"), "true");
        assert_string_equal(reply_field(&again, "ETag"), "\"1\"");
        assert_string_equal(reply_field(&again, "Location"), location);
        reply_release(&again);
    }
    struct reply bad = post(port(state), spellings[2], order_a);
    assert_int_equal(bad.status, 400);
    reply_release(&bad);
    reply_release(&first);
    assert_int_equal(orders(port(state)), before + 1);
}

static void create__same_key_other_body__is_a_mismatch(void **state)
{
    struct reply r = post(port(state), "k-2", order_a);
    assert_int_equal(r.status, 201);
    reply_release(&r);
    r = post(port(state), "k-2", order_b);
    assert_int_equal(r.status, 422);
    assert_string_equal(reply_text(&r, "code"), "IDEMPOTENCY_MISMATCH");
    reply_release(&r);
}

/* The record of the key is looked at before the body's form. */
static void change__used_key_and_faulty_body__is_a_mismatch(void **state)
{
    int p = port(state);
    char path[200];
    struct reply r = post(p, "k-6", order_a);
    assert_int_equal(r.status, 201);
    snprintf(path, sizeof(path), ORDERS "/%s/cancel", reply_text(&r, "orderId"));
    reply_release(&r);
    r = post(p, "k-6", "{\"items\":");
    assert_int_equal(r.status, 422);
    assert_string_equal(reply_text(&r, "code"), "IDEMPOTENCY_MISMATCH");
    reply_release(&r);
    r = ask(p, "PUT", path, "Idempotency-Key: c-3\r\n", "{}");
    assert_int_equal(r.status, 400);
    reply_release(&r);
    r = ask(p, "PUT", path, "Idempotency-Key: c-3\r\n", "{\"reason\":\"r\"}");
    assert_int_equal(r.status, 200);
    reply_release(&r);
    r = ask(p, "PUT", path, "Idempotency-Key: c-3\r\n", "{}");
    assert_int_equal(r.status, 422);
    reply_release(&r);
}

static void command__repeated_refusal__names_the_present_request(void **state)
{
    static const char path[] = ORDERS "/ORD-01M814XA87E00BYD2BBVTETEVV/validate";
    for (int i = 1; i <= 2; i++) {
        char fields[100], id[20];
        snprintf(id, sizeof(id), "request-%d", i);
        snprintf(fields, sizeof(fields), "Idempotency-Key: c-4\r\nX-Request-ID: %s\r\n", id);
        struct reply r = ask(port(state), "PUT", path, fields, NULL);
        assert_int_equal(r.status, 404);
        assert_string_equal(reply_field(&r, "Idempotency-Replayed"), i == 1 ? "" : "true");
        assert_string_equal(reply_text(&r, "requestId"), id);
        reply_release(&r);
    }
}

static void create__malformed_key__is_refused(void **state)
{
    char longest[300];
    memset(longest, 'x', sizeof(longest));
    longest[255] = '\0';
    struct reply r = post(port(state), longest, order_a);
    assert_int_equal(r.status, 201);
    reply_release(&r);
    longest[255] = 'x';
    longest[256] = '\0';
    const char *const bad[] = {longest, "a b", "\"a", "\"a\"b", "\"\"", "\xc3\xbc", ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        r = post(port(state), bad[i], order_a);
        assert_int_equal(r.status, 400);
        assert_string_equal(reply_text(&r, "code"), "MALFORMED_REQUEST");
        reply_release(&r);
    }
}

static void command__refusals_and_successes__are_remembered(void **state)
{
    int p = port(state);
    struct reply r = ask(p, "POST", ORDERS, NULL, order_a);
    char id[60], path[200], other[200];
    snprintf(id, sizeof(id), "%s", reply_text(&r, "orderId"));
    reply_release(&r);
    snprintf(path, sizeof(path), ORDERS "/%s/ship", id);
    static const char ship[] = "{\"trackingNumber\":\"T\",\"carrier\":\"C\"}";
    for (int i = 0; i < 2; i++) {
        r = ask(p, "PUT", path, "Idempotency-Key: c-1\r\n", ship);
        assert_int_equal(r.status, 409);
        assert_string_equal(reply_field(&r, "Idempotency-Replayed"), i == 0 ? "" : "true");
        assert_string_equal(reply_field(&r, "Content-Type"), "application/problem+json");
        reply_release(&r);
    }
    r = ask(p, "POST", path, "Idempotency-Key: c-1\r\n", ship); /* another method, another key */
    assert_string_equal(reply_field(&r, "Idempotency-Replayed"), "");
    reply_release(&r);
    r = ask(p, "PUT", path, "Idempotency-Key: c-1\r\nIf-Match: \"1\"\r\n", ship);
    assert_int_equal(r.status, 422); /* If-Match belongs to the request */
    reply_release(&r);
    snprintf(path, sizeof(path), ORDERS "/%s/cancel", id);
    snprintf(other, sizeof(other), ORDERS "/ord-%s/cancel", id + 4); /* the same path in another spelling */
    r = ask(p, "PUT", path, "Idempotency-Key: c-2\r\n", "{\"reason\":\"r\"}");
    assert_int_equal(r.status, 200);
    reply_release(&r);
    r = ask(p, "PUT", other, "Idempotency-Key: c-2\r\n", "{\"reason\":\"r\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_field(&r, "Idempotency-Replayed"), "true");
    reply_release(&r);
}

static void create__malformed_body__is_not_remembered(void **state)
{
    struct reply r = post(port(state), "k-3", "{}");
    assert_int_equal(r.status, 400);
    reply_release(&r);
    r = post(port(state), "k-3", order_a);
    assert_int_equal(r.status, 201);
    reply_release(&r);
}

/* Many clients with one key at the same moment: one order, one answer for all. */
static void create__repeats_in_flight__wait_for_the_first(void **state)
{
    enum { CLIENTS = 64 };
    struct client clients[CLIENTS];
    int p = port(state), fresh = 0;
    int64_t before = orders(p);
    char text[600], id[60] = "";
    snprintf(text, sizeof(text),
             "POST " ORDERS
             " HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k-4\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(order_a), order_a);
    for (int i = 0; i < CLIENTS; i++)
        client_open(&clients[i], p);
    for (int i = 0; i < CLIENTS; i++)
        client_send(&clients[i], text);
    for (int i = 0; i < CLIENTS; i++) {
        struct reply r = client_read(&clients[i], false);
        assert_int_equal(r.status, 201);
        fresh += reply_field(&r, "Idempotency-Replayed")[0] == '\0';
        if (id[0] == '\0')
            snprintf(id, sizeof(id), "%s", reply_text(&r, "orderId"));
        assert_string_equal(reply_text(&r, "orderId"), id);
        reply_release(&r);
        client_close(&clients[i]);
    }
    assert_int_equal(fresh, 1);
    assert_int_equal(orders(p), before + 1);
}

static void records__after_a_restart__still_answer(void **state)
{
    struct server *s = *state;
    struct reply first = post(s->port, "k-5", order_a);
    assert_int_equal(first.status, 201);
    assert_int_equal(server_stop(s), 0);
    server_start(s, NULL);
    struct reply again = post(s->port, "k-5", order_a);
    assert_int_equal(again.status, 201);
    assert_string_equal(again.body, first.body);
    assert_string_equal(reply_field(&again, "Idempotency-Replayed"), "true");
    reply_release(&again);
    reply_release(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create__same_key_and_body__is_replayed),
        cmocka_unit_test(create__same_key_other_body__is_a_mismatch),
        cmocka_unit_test(change__used_key_and_faulty_body__is_a_mismatch),
        cmocka_unit_test(command__repeated_refusal__names_the_present_request),
        cmocka_unit_test(create__malformed_key__is_refused),
        cmocka_unit_test(command__refusals_and_successes__are_remembered),
        cmocka_unit_test(create__malformed_body__is_not_remembered),
        cmocka_unit_test(create__repeats_in_flight__wait_for_the_first),
        cmocka_unit_test(records__after_a_restart__still_answer),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
