/* API keys and roles, read-only, and where the service may listen. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include "shared/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"

static const char order[] =
    "{\"customerId\":\"A\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,"
    "\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";

static void add_key(char *text, size_t n, const char *name, const char *role, const char *key)
{
    uint8_t digest[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    digest_sha256(key, strlen(key), digest);
    digest_hex(digest, SHA256_LEN, hex);
    size_t used = strlen(text);
    snprintf(text + used, n - used, "%s %s %s # a comment\n", name, role, hex);
}

static void write_keys(const struct server *s, bool with_new)
{
    char text[2000] = "# keys\n\n";
    add_key(text, sizeof(text), "v", "viewer", "key-v");
    add_key(text, sizeof(text), "o", "operator", "key-o");
    add_key(text, sizeof(text), "s", "service", "key-s");
    add_key(text, sizeof(text), "a", "admin", "key-a");
    if (with_new)
        add_key(text, sizeof(text), "n", "admin", "key-n");
    server_write(s, "keys", text);
}

static struct reply as(int port, const char *key, const char *method, const char *path, const char *more,
                       const char *body)
{
    char fields[400];
    snprintf(fields, sizeof(fields), "%s%s%s%s", key != NULL ? "Authorization: Bearer " : "",
             key != NULL ? key : "", key != NULL ? "\r\n" : "", more != NULL ? more : "");
    return ask(port, method, path, fields, body);
}

static void expect(struct reply r, int status, const char *code)
{
    if (r.status != status || (code != NULL && strcmp(reply_text(&r, "code"), code) != 0))
        fail_msg("expected %d %s, got %d %s", status, code != NULL ? code : "", r.status, r.body);
    assert_true(status != 401 || strncmp(reply_field(&r, "WWW-Authenticate"), "Bearer", 6) == 0);
    reply_release(&r);
}

static int setup(void **state)
{
    struct server *s = malloc(sizeof(*s));
    assert_non_null(s);
    server_prepare(s);
    write_keys(s, false);
    char file[200];
    snprintf(file, sizeof(file), "%s", server_file(s, "keys"));
    server_start(s, (const char *[]){"--api-keys-file", file, NULL});
    *state = s;
    return 0;
}

static int port(void **state)
{
    return ((struct server *)*state)->port;
}

static void keys__wrong_or_missing__are_unauthorized(void **state)
{
    int p = port(state);
    expect(as(p, NULL, "GET", ORDERS, NULL, NULL), 401, "UNAUTHORIZED");
    expect(as(p, "wrong", "GET", ORDERS, NULL, NULL), 401, "UNAUTHORIZED");
    expect(as(p, "", "GET", ORDERS, NULL, NULL), 401, "UNAUTHORIZED");
    expect(ask(p, "GET", ORDERS, "Authorization: Basic key-a\r\n", NULL), 401, "UNAUTHORIZED");
    expect(ask(p, "GET", ORDERS, "Authorization: key-a\r\n", NULL), 401, "UNAUTHORIZED");
    expect(ask(p, "GET", ORDERS, "Authorization: bearer key-a\r\n", NULL), 200, NULL);
    expect(as(p, NULL, "POST", ORDERS, NULL, order), 401, "UNAUTHORIZED");
    expect(as(p, NULL, "GET", "/openapi.json", NULL, NULL), 401, "UNAUTHORIZED");
    expect(as(p, NULL, "GET", "/health", NULL, NULL), 200, NULL);
    expect(as(p, NULL, "GET", "/ready", NULL, NULL), 200, NULL);
    expect(as(p, NULL, "GET", "/metrics", NULL, NULL), 200, NULL);
}

static void roles__below_the_route__are_forbidden(void **state)
{
    static const struct {
        const char *key;
        int read, command, create;
    } cases[] = {{"key-v", 200, 403, 403},
                 {"key-o", 200, 404, 403},
                 {"key-s", 200, 404, 201},
                 {"key-a", 200, 404, 201}};
    int p = port(state);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect(as(p, cases[i].key, "GET", ORDERS, NULL, NULL), cases[i].read, NULL);
        expect(as(p, cases[i].key, "PUT", ORDERS "/ORD-01M814XA87E00BYD2BBVTETEVV/validate", NULL, NULL),
               cases[i].command, NULL);
        expect(as(p, cases[i].key, "POST", ORDERS, NULL, order), cases[i].create, NULL);
    }
}

static void keys__name__scopes_idempotency_and_marks_events(void **state)
{
    int p = port(state);
    struct reply r = as(p, "key-s", "POST", ORDERS, "Idempotency-Key: k\r\n", order);
    assert_int_equal(r.status, 201);
    reply_release(&r);
    r = as(p, "key-a", "POST", ORDERS, "Idempotency-Key: k\r\n", order);
    assert_int_equal(r.status, 201);
    assert_string_equal(reply_field(&r, "Idempotency-Replayed"), "");
    reply_release(&r);
    r = as(p, "key-s", "POST", ORDERS, "Idempotency-Key: k\r\n", order);
    assert_string_equal(reply_field(&r, "Idempotency-Replayed"), "true");
    reply_release(&r);
}

/* Asks until the answer has the status: the file is looked at once a second. */
static void wait_for(int port, const char *key, int status)
{
    for (int tries = 0; tries < 100000; tries++) {
        struct reply r = as(port, key, "GET", "/api/v1/logs?limit=1", NULL, NULL);
        int got = r.status;
        reply_release(&r);
        if (got == status)
            return;
    }
    fail_msg("the key '%s' never gave %d", key, status);
}

static void keys__file_changed__is_reread_and_a_broken_one_is_not(void **state)
{
    struct server *s = *state;
    expect(as(s->port, "key-n", "GET", ORDERS, NULL, NULL), 401, NULL);
    write_keys(s, true);
    wait_for(s->port, "key-n", 200);
    server_write(s, "keys", "this is no keys file\n");
    while (!server_logged(s, "keys file cannot be used"))
        expect(as(s->port, "key-n", "GET", "/api/v1/logs?limit=1", NULL, NULL), 200, NULL);
    expect(as(s->port, "key-n", "GET", ORDERS, NULL, NULL), 200, NULL);
    write_keys(s, false);
    wait_for(s->port, "key-n", 401);
    expect(as(s->port, "key-a", "GET", ORDERS, NULL, NULL), 200, NULL);
}

static void start__broken_keys_file__is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"x", "name viewer 00", "name king ", "a b c d"};
    struct server s;
    server_prepare(&s);
    char file[200];
    snprintf(file, sizeof(file), "%s", server_file(&s, "keys"));
    const char *options[] = {"--api-keys-file", file, NULL};
    assert_int_equal(server_refused(&s, options), 2);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        server_write(&s, "keys", files[i]);
        assert_int_equal(server_refused(&s, options), 2);
        assert_true(server_logged(&s, "keys file"));
    }
    server_remove(&s);
}

static void start__beyond_loopback__needs_keys_or_consent(void **state)
{
    (void)state;
    struct server s;
    server_prepare(&s);
    assert_int_equal(server_refused(&s, (const char *[]){"--listen", "0.0.0.0", NULL}), 2);
    assert_true(server_logged(&s, "ALLOW_ANONYMOUS"));
    assert_int_equal(server_refused(&s, (const char *[]){"--listen", "somewhere", NULL}), 2);
    server_start(&s, (const char *[]){"--listen", "0.0.0.0", "--allow-anonymous", NULL});
    expect(ask(s.port, "GET", ORDERS, NULL, NULL), 200, NULL);
    assert_int_equal(server_stop(&s), 0);
    server_start(&s, (const char *[]){"--listen", "::", "--allow-anonymous", NULL});
    expect(ask(s.port, "GET", ORDERS, NULL, NULL), 200, NULL); /* over IPv4 */
    server_remove(&s);
}

static void hosts__allowed__are_served(void **state)
{
    (void)state;
    struct server s;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--allowed-hosts", "orders.example, Shop.Example", NULL});
    static const struct {
        const char *host;
        int status;
    } cases[] = {{"orders.example", 200},
                 {"ORDERS.example:80", 200},
                 {"shop.example", 200},
                 {"x.orders.example", 403}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        snprintf(text, sizeof(text), "GET /health HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].host);
        struct reply r = ask_raw(s.port, text);
        assert_int_equal(r.status, cases[i].status);
        reply_release(&r);
    }
    struct reply r = ask_raw(
        s.port, "POST /api/v1/orders HTTP/1.1\r\nHost: orders.example\r\nOrigin: http://orders.example\r\n"
                "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(r.status, 400);
    reply_release(&r);
    server_remove(&s);
}

static void read_only__changes__are_forbidden(void **state)
{
    (void)state;
    struct server s;
    server_prepare(&s);
    server_start(&s, NULL);
    expect(ask(s.port, "POST", ORDERS, NULL, order), 201, NULL);
    assert_int_equal(server_stop(&s), 0);
    server_start(&s, (const char *[]){"--read-only", NULL});
    expect(ask(s.port, "POST", ORDERS, NULL, order), 403, "READ_ONLY");
    expect(ask(s.port, "PUT", ORDERS "/x/validate", NULL, NULL), 403, "READ_ONLY");
    expect(ask(s.port, "GET", ORDERS, NULL, NULL), 200, NULL);
    expect(ask(s.port, "GET", "/ready", NULL, NULL), 200, NULL);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys__wrong_or_missing__are_unauthorized),
        cmocka_unit_test(roles__below_the_route__are_forbidden),
        cmocka_unit_test(keys__name__scopes_idempotency_and_marks_events),
        cmocka_unit_test(keys__file_changed__is_reread_and_a_broken_one_is_not),
        cmocka_unit_test(start__broken_keys_file__is_refused),
        cmocka_unit_test(start__beyond_loopback__needs_keys_or_consent),
        cmocka_unit_test(hosts__allowed__are_served),
        cmocka_unit_test(read_only__changes__are_forbidden),
    };
    return cmocka_run_group_tests(tests, setup, server_teardown);
}
