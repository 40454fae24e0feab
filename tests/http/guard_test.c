/* Requests that are malformed, ambiguous or hostile. Afterwards the server still serves. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int port(void **state)
{
    return ((struct server *)*state)->port;
}

struct raw_case {
    const char *name, *bytes;
    int status;       /* 0: closed without an answer */
    const char *code; /* NULL: an answer of the library's own */
};

/* Sends the bytes and expects the answer, and that the connection is then closed. */
static void judge(int port, const struct raw_case *t)
{
    struct client c;
    client_open(&c, port);
    client_send(&c, t->bytes);
    shutdown(c.fd, SHUT_WR);
    struct reply r = client_read(&c, false);
    if (r.status != t->status || (t->code != NULL && strcmp(reply_text(&r, "code"), t->code) != 0))
        fail_msg("%s: expected %d %s, got %d %s", t->name, t->status, t->code != NULL ? t->code : "",
                 r.status, r.body);
    if (strstr(r.body, "\r\n") != NULL)
        fail_msg("%s: a second head: %s", t->name, r.body);
    if (!client_closed(&c, CLIENT_WAIT_MS))
        fail_msg("%s: the connection stays open", t->name);
    reply_release(&r);
    client_close(&c);
}

#define HOST "Host: localhost\r\n"

static void framing__ambiguous__is_refused_and_closed(void **state)
{
    static const struct raw_case cases[] = {
        {"both lengths",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST
         "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
         400, "MALFORMED_REQUEST"},
        {"two lengths",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400,
         "MALFORMED_REQUEST"},
        {"two equal lengths",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400,
         "MALFORMED_REQUEST"},
        {"length with a comma", "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 2, 2\r\n\r\n{}", 400,
         "MALFORMED_REQUEST"},
        {"negative length", "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: -2\r\n\r\n{}", 400,
         "MALFORMED_REQUEST"},
        {"empty length", "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n{}", 400,
         "MALFORMED_REQUEST"},
        {"length beyond all numbers",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n{}", 413,
         "BODY_TOO_LARGE"},
        {"space before the colon", "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length : 2\r\n\r\n{}",
         400, "MALFORMED_REQUEST"},
        {"unknown coding",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501,
         "NOT_IMPLEMENTED"},
        {"coding that looks like it",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501,
         "NOT_IMPLEMENTED"},
        {"two codings",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST
         "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400, "MALFORMED_REQUEST"},
        {"coding in 1.0", "POST /api/v1/orders HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "MALFORMED_REQUEST"},
        {"folded field", "GET /health HTTP/1.1\r\n" HOST "X-A: b\r\n c\r\n\r\n", 400, "MALFORMED_REQUEST"},
        {"field folded to a length",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Leng: 2\r\n th\r\n\r\n{}", 400,
         "MALFORMED_REQUEST"},
        {"folded length", /* the library joins what is folded to the field's name */
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length:\r\n 2\r\n\r\n{}", 400, "MALFORMED_REQUEST"},
        {"length with a fold", "GET /health HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\t0\r\n\r\n{}", 400,
         "MALFORMED_REQUEST"},
        {"folded coding",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "transfer-encoding: chun\r\n ked\r\n\r\n0\r\n\r\n", 400,
         "MALFORMED_REQUEST"},
        {"no host", "GET /health HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST"},
        {"two hosts", "GET /health HTTP/1.1\r\n" HOST HOST "\r\n", 400, "MALFORMED_REQUEST"},
        {"host with a path", "GET /health HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400, "MALFORMED_REQUEST"},
        {"field name with a space", "GET /health HTTP/1.1\r\n" HOST "X Y: 1\r\n\r\n", 400,
         "MALFORMED_REQUEST"},
        {"control character", "GET /health HTTP/1.1\r\n" HOST "X-Y: a\x01z\r\n\r\n", 400,
         "MALFORMED_REQUEST"},
        {"two keys",
         "POST /api/v1/orders HTTP/1.1\r\n" HOST "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n", 400,
         "MALFORMED_REQUEST"},
        {"escaped NUL", "GET /health%00x HTTP/1.1\r\n" HOST "\r\n", 400, "MALFORMED_REQUEST"},
        {"escaped line end", "GET /api/v1/orders?q=a%0d%0ab HTTP/1.1\r\n" HOST "\r\n", 400,
         "MALFORMED_REQUEST"},
        {"raw byte", "GET /api/v1/orders/\xc3\xbc HTTP/1.1\r\n" HOST "\r\n", 400, "MALFORMED_REQUEST"},
        {"space in the path", "GET /api/v1/orders/a b HTTP/1.1\r\n" HOST "\r\n", 400, "MALFORMED_REQUEST"},
        {"fragment", "GET /health#x HTTP/1.1\r\n" HOST "\r\n", 400, "MALFORMED_REQUEST"},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, NULL},
        {"HTTP/1.2", "GET /health HTTP/1.2\r\n" HOST "\r\n", 505, "HTTP_VERSION"},
        {"unknown method", "BREW /health HTTP/1.1\r\n" HOST "\r\n", 501, "NOT_IMPLEMENTED"},
        {"lower case method", "get /health HTTP/1.1\r\n" HOST "\r\n", 501, "NOT_IMPLEMENTED"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        judge(port(state), &cases[i]);
}

/* The library makes C strings of what it gets: a NUL would cut a path, a field, a name short. */
static void head__with_a_nul__is_refused_and_closed(void **state)
{
#define BYTES(text)             \
    {                           \
        text, sizeof(text) - 1, \
    }
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        BYTES("GET /health\0x HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET /api/v1/orders?limit=1\0&x=1 HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET\0X /health HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET /health HTTP/1.1\0\r\n" HOST "\r\n"),
        BYTES("GET /health HTTP/1.1\r\nHost: localhost\0.evil.example\r\n\r\n"),
        BYTES("GET /health HTTP/1.1\r\nHost: localhost\0.evil.example\r\nX-A: b\r\n\r\n"),
        BYTES("GET /health HTTP/1.1\r\n" HOST "X-A: b\0\r\n\r\n"),
        BYTES("GET /health HTTP/1.1\r\n" HOST "X-A: \0\r\nX-B: c\r\n\r\n"),
        BYTES("GET /health HTTP/1.1\n"
              "Host: localhost\nX-A: b\0c\n\n"),
        BYTES("GET /health HTTP/1.1\r\n" HOST "X-\0A: b\r\n\r\n"),
        BYTES("POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 2\0\r\n\r\n{}"),
        BYTES("PUT /api/v1/orders/x/validate HTTP/1.1\r\n" HOST "If-Match: \"1\"\0\"\r\nX-Actor: a\r\n\r\n"),
    };
#undef BYTES
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct client c;
        client_open(&c, port(state));
        assert_true(client_send_n(&c, cases[i].bytes, cases[i].n));
        shutdown(c.fd, SHUT_WR);
        struct reply r = client_read(&c, false);
        if (r.status != 400 && r.status != 505)
            fail_msg("case %zu: %d %s", i, r.status, r.body);
        if (!client_closed(&c, CLIENT_WAIT_MS))
            fail_msg("case %zu: the connection stays open", i);
        reply_release(&r);
        client_close(&c);
    }
}

/* What surrounds the texts of a head is no NUL of the client's. */
static void head__of_odd_but_good_lines__is_taken(void **state)
{
    static const char *const cases[] = {
        "GET /health HTTP/1.1\r\n" HOST "X-A:\r\nX-B:   \r\nX-C: \t d \t\r\n\r\n",
        "GET /health HTTP/1.1\nHost: localhost\nX-A: b\n\n",
        "\r\nGET /health?a=b HTTP/1.1\r\n" HOST "Cookie: a=b; c=d\r\nAccept: */*\r\n\r\n",
        "GET /health HTTP/1.0\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply r = ask_raw(port(state), cases[i]);
        if (r.status != 200)
            fail_msg("%s gave %d %s", cases[i], r.status, r.body);
        reply_release(&r);
    }
}

static void target__odd_forms__are_answered(void **state)
{
    static const struct {
        const char *bytes;
        int status;
    } cases[] = {
        {"GET http://localhost/health HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET HTTP://LocalHost:8001/health HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET http://127.0.0.1/api/v1/orders?limit=1 HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET http://evil.example/health HTTP/1.1\r\n" HOST "\r\n", 403},
        {"GET http://evil.example HTTP/1.0\r\n\r\n", 403},
        {"GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403},
        {"GET http://localhost@evil.example/health HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET http:///health HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET https://localhost/health HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /health HTTP/1.0\r\n\r\n", 200},
        {"GET //health HTTP/1.1\r\n" HOST "\r\n", 404},
        {"GET /health/ HTTP/1.1\r\n" HOST "\r\n", 404},
        {"GET / HTTP/1.1\r\n" HOST "\r\n", 404},
        {"GET /%68ealth HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET /%zz HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /%ff HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /api/v1/orders/../../../health HTTP/1.1\r\n" HOST "\r\n", 404},
        {"GET /a/b/c/d/e/f/g/h/i/j/k HTTP/1.1\r\n" HOST "\r\n", 404},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204},
        {"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
        {"CONNECT localhost:1 HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /health HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 200},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply r = ask_raw(port(state), cases[i].bytes);
        if (r.status != cases[i].status)
            fail_msg("%s gave %d", cases[i].bytes, r.status);
        reply_release(&r);
    }
}

static void methods__of_a_path__are_named(void **state)
{
    static const struct {
        const char *method, *path, *allow;
    } cases[] = {
        {"DELETE", "/api/v1/orders", "GET, HEAD, POST, OPTIONS"},
        {"POST", "/api/v1/orders/count", "GET, HEAD, OPTIONS"},
        {"PATCH", "/api/v1/orders/x/validate", "POST, PUT, OPTIONS"},
        {"TRACE", "/health", "GET, HEAD, OPTIONS"},
        {"GET", "/api/v1/orders/x/validate", "POST, PUT, OPTIONS"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply r = ask(port(state), cases[i].method, cases[i].path, NULL, NULL);
        assert_int_equal(r.status, 405);
        assert_string_equal(reply_field(&r, "Allow"), cases[i].allow);
        assert_string_equal(reply_text(&r, "code"), "METHOD_NOT_ALLOWED");
        reply_release(&r);
        r = ask(port(state), "OPTIONS", cases[i].path, NULL, NULL);
        assert_int_equal(r.status, 204);
        assert_string_equal(reply_field(&r, "Allow"), cases[i].allow);
        reply_release(&r);
    }
}

static char *filled(const char *before, char fill, size_t n, const char *after)
{
    char *text = malloc(strlen(before) + n + strlen(after) + 1);
    assert_non_null(text);
    strcpy(text, before);
    memset(text + strlen(before), fill, n);
    strcpy(text + strlen(before) + n, after);
    return text;
}

static void sizes__over_the_limits__are_refused(void **state)
{
    static const struct {
        const char *before;
        size_t n;
        const char *after;
        int status;
    } cases[] = {
        {"GET /api/v1/orders?q=", 60, " HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET /api/v1/orders/", 8000, " HTTP/1.1\r\n" HOST "\r\n", 404},
        {"GET /api/v1/orders/", 8200, " HTTP/1.1\r\n" HOST "\r\n", 414},
        {"GET /api/v1/orders/", 100000, " HTTP/1.1\r\n" HOST "\r\n", 414},
        {"GET /health HTTP/1.1\r\n" HOST "X-Long: ", 12000, "\r\n\r\n", 200},
        {"GET /health HTTP/1.1\r\n" HOST "X-Long: ", 12300, "\r\n\r\n", 431},
        {"GET /health HTTP/1.1\r\n" HOST "X-Long: ", 100000, "\r\n\r\n", 431},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = filled(cases[i].before, 'a', cases[i].n, cases[i].after);
        struct reply r = ask_raw(port(state), text);
        if (r.status != cases[i].status)
            fail_msg("%.30s with %zu gave %d", cases[i].before, cases[i].n, r.status);
        reply_release(&r);
        free(text);
    }
}

static const char order[] =
    "{\"customerId\":\"C-1\",\"items\":[{\"sku\":\"A\",\"quantity\":1,\"price\":{\"amount\":1,\"currency\":\"USD\"}}],"
    "\"shippingAddress\":{\"street\":\"s\",\"city\":\"c\",\"zipCode\":\"78701\",\"country\":\"US\"}}";

/* However the head is filled, a change is answered or not done. */
static void fields__of_any_number_and_size__are_answered(void **state)
{
    for (size_t fields = 20; fields <= 160; fields += 20) {
        for (size_t size = 10; size * fields < 16000; size += 12) {
            char *text = malloc(fields * (size + 20) + sizeof order + 400);
            assert_non_null(text);
            int n = sprintf(text, "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n",
                            sizeof order - 1);
            for (size_t i = 0; i < fields; i++)
                n += sprintf(text + n, "x%zu: %0*d\r\n", i, (int)size, 7);
            sprintf(text + n, "\r\n%s", order);
            struct reply r = ask_raw(port(state), text);
            if (r.status != 201 && r.status != 431 && !(r.status == 0 && n > 12 * 1024))
                fail_msg("%zu fields of %zu bytes gave %d", fields, size, r.status);
            reply_release(&r);
            free(text);
        }
    }
}

static void parameters__too_many__are_refused(void **state)
{
    for (size_t n = 2; n <= 340; n += 13) {
        char *text = malloc(n * 20 + 200);
        assert_non_null(text);
        strcpy(text, "GET /api/v1/orders?limit=1");
        for (size_t i = 1; i < n; i++)
            strcat(text, "&status=received");
        strcat(text, " HTTP/1.1\r\n" HOST "\r\n");
        struct reply r = ask_raw(port(state), text);
        if (r.status != (n <= 33 ? 200 : 400))
            fail_msg("%zu parameters gave %d", n, r.status);
        reply_release(&r);
        free(text);
    }
}

static void body__too_large__is_refused(void **state)
{
    struct reply r =
        ask_raw(port(state), "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 524289\r\n\r\n");
    assert_int_equal(r.status, 413); /* at once, before the body */
    assert_string_equal(reply_text(&r, "code"), "BODY_TOO_LARGE");
    reply_release(&r);
    r = ask_raw(port(state),
                "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 99999999999999\r\n\r\n");
    assert_int_equal(r.status, 413);
    reply_release(&r);
    r = ask_raw(port(state), "POST /api/v1/orders HTTP/1.1\r\n" HOST
                             "Content-Length: 524289\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(r.status, 413);
    reply_release(&r);
    char *chunk =
        filled("POST /api/v1/orders HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n80001\r\n", 'x',
               0x80001, "\r\n0\r\n\r\n");
    r = ask_raw(port(state), chunk);
    assert_int_equal(r.status, 413);
    reply_release(&r);
    free(chunk);
    char *large = filled("{\"customerId\":\"", 'x', 524288 - 30, "\"}");
    r = ask(port(state), "POST", "/api/v1/orders", NULL, large);
    assert_int_equal(r.status, 400);
    assert_string_equal(reply_text(&r, "code"), "VALIDATION_FAILED");
    reply_release(&r);
    free(large);
}

/* The answer comes when the body is known to be too long, and who sends on for a while before reading gets it too. */
static void body__much_too_large__is_refused_while_it_comes(void **state)
{
    static const size_t sizes[] = {1, 9, 20}; /* MiB */
    char *chunk = filled("100000\r\n", 'x', 0x100000, "\r\n");
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct client c;
        client_open(&c, port(state));
        client_send(&c, "POST /api/v1/orders HTTP/1.1\r\n" HOST "X-Request-ID: big\r\n");
        client_send(&c,
                    i % 2 == 0 ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 99999999\r\n\r\n");
        for (size_t k = 0; k < sizes[i / 2]; k++)
            assert_true(client_send_n(&c, chunk, strlen(chunk)));
        struct reply r = client_read(&c, false);
        assert_int_equal(r.status, 413);
        assert_string_equal(reply_text(&r, "code"), "BODY_TOO_LARGE");
        assert_string_equal(reply_field(&r, "Content-Type"), "application/problem+json");
        assert_string_equal(reply_field(&r, "X-Request-ID"), "big");
        assert_string_equal(reply_field(&r, "Connection"), "close");
        reply_release(&r);
        assert_true(client_closed(&c, CLIENT_WAIT_MS)); /* for answers: it may still send */
        client_close(&c);
    }
    free(chunk);
    struct reply r = ask(port(state), "GET", "/health", NULL, NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
}

static void body__in_pieces_or_chunks__is_read(void **state)
{
    struct client c;
    client_open(&c, port(state));
    client_send(&c, "POST /api/v1/orders HTTP/1.1\r\n" HOST
                    "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_true(client_wait_for(&c, "100 Continue"));
    const char *pieces[] = {"2\r\n", "{}", "\r\n", "0\r", "\n\r\n"};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
        client_send(&c, pieces[i]);
    struct reply r = client_read(&c, false);
    assert_int_equal(r.status, 400);
    assert_string_equal(reply_text(&r, "code"), "VALIDATION_FAILED");
    reply_release(&r);
    r = client_ask(&c, "GET", "/health", NULL, NULL);
    assert_int_equal(r.status, 200); /* kept alive */
    reply_release(&r);
    client_close(&c);
}

static void pipelined__requests__are_answered_in_order(void **state)
{
    struct client c;
    client_open(&c, port(state));
    for (int i = 0; i < 30; i++) {
        char text[200];
        snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST "X-Request-ID: r%d\r\n\r\n",
                 i % 3 == 0   ? "GET /health"
                 : i % 3 == 1 ? "GET /api/v1/orders"
                              : "PUT /api/v1/orders/ORD-01M814XA87E00BYD2BBVTETEVV/validate",
                 i);
        client_send(&c, text);
    }
    for (int i = 0; i < 30; i++) {
        char id[20];
        struct reply r = client_read(&c, false);
        snprintf(id, sizeof(id), "r%d", i);
        assert_int_equal(r.status, i % 3 == 2 ? 404 : 200);
        assert_string_equal(reply_field(&r, "X-Request-ID"), id);
        reply_release(&r);
    }
    client_close(&c);
}

static void truncated__requests__do_no_harm(void **state)
{
    static const char whole[] =
        "POST /api/v1/orders HTTP/1.1\r\n" HOST "Content-Length: 20\r\n\r\n{\"customerId\":\"abc\"}";
    for (size_t n = 1; n < sizeof(whole) - 1; n += 3) {
        struct client c;
        client_open(&c, port(state));
        client_send_n(&c, whole, n);
        client_close(&c);
    }
    struct reply r = ask(port(state), "GET", "/health", NULL, NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
}

/* Bytes that are nearly requests: whatever comes back, the process lives. */
static void noise__of_all_kinds__does_no_harm(void **state)
{
    static const char whole[] =
        "POST /api/v1/orders?limit=1 HTTP/1.1\r\nHost: localhost\r\nIf-Match: \"1\"\r\nContent-Length: "
        "4\r\nX-Actor: me\r\nIdempotency-Key: \"k\"\r\n\r\n{\"a\"";
    unsigned seed = 1;
    for (int i = 0; i < 400; i++) {
        char bytes[sizeof(whole)];
        memcpy(bytes, whole, sizeof(whole));
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = seed * 1103515245u + 12345u;
            bytes[(seed >> 8) % (sizeof(whole) - 1)] = (char)(seed >> 16);
        }
        struct client c;
        client_open(&c, port(state));
        client_send_n(&c, bytes, sizeof(whole) - 1);
        client_close(&c);
    }
    struct reply r = ask(port(state), "GET", "/health", NULL, NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
}

static void hosts__foreign__are_refused(void **state)
{
    static const struct {
        const char *host;
        int status;
    } cases[] = {
        {"localhost", 200},    {"LocalHost:8001", 200},
        {"127.0.0.1", 200},    {"10.1.2.3:80", 200},
        {"[::1]:8001", 200},   {"localhost.", 200},
        {"evil.example", 403}, {"localhost.evil.example", 403},
        {"127.0.0.1.x", 403},  {"", 400},
        {"[::1", 400},         {"a b", 400},
        {"localhost:x", 400},  {"user@localhost", 400},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        snprintf(text, sizeof(text), "GET /api/v1/orders HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].host);
        struct reply r = ask_raw(port(state), text);
        if (r.status != cases[i].status)
            fail_msg("host '%s' gave %d", cases[i].host, r.status);
        reply_release(&r);
    }
}

static void origins__foreign__may_read_but_not_change(void **state)
{
    static const struct {
        const char *method, *origin;
        int status;
    } cases[] = {
        {"POST", "http://evil.example", 403}, {"POST", "null", 403},
        {"POST", "http://localhost", 400},    {"POST", "http://localhost:3000", 400},
        {"POST", "http://127.0.0.1:5", 400},  {"POST", "http://localhost.evil.example", 403},
        {"GET", "http://evil.example", 200},  {"POST", "file://localhost", 403},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char fields[200];
        snprintf(fields, sizeof(fields), "Origin: %s\r\n", cases[i].origin);
        struct reply r = ask(port(state), cases[i].method, "/api/v1/orders", fields, "{}");
        if (r.status != cases[i].status)
            fail_msg("%s from '%s' gave %d", cases[i].method, cases[i].origin, r.status);
        if (r.status == 403)
            assert_string_equal(reply_text(&r, "code"), "FORBIDDEN_ORIGIN");
        reply_release(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing__ambiguous__is_refused_and_closed),
        cmocka_unit_test(head__with_a_nul__is_refused_and_closed),
        cmocka_unit_test(head__of_odd_but_good_lines__is_taken),
        cmocka_unit_test(target__odd_forms__are_answered),
        cmocka_unit_test(methods__of_a_path__are_named),
        cmocka_unit_test(sizes__over_the_limits__are_refused),
        cmocka_unit_test(fields__of_any_number_and_size__are_answered),
        cmocka_unit_test(parameters__too_many__are_refused),
        cmocka_unit_test(body__too_large__is_refused),
        cmocka_unit_test(body__much_too_large__is_refused_while_it_comes),
        cmocka_unit_test(body__in_pieces_or_chunks__is_read),
        cmocka_unit_test(pipelined__requests__are_answered_in_order),
        cmocka_unit_test(truncated__requests__do_no_harm),
        cmocka_unit_test(noise__of_all_kinds__does_no_harm),
        cmocka_unit_test(hosts__foreign__are_refused),
        cmocka_unit_test(origins__foreign__may_read_but_not_change),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
