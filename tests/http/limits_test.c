/* Many clients on few lanes, a full queue, and a process with nothing to do. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static const char order[] =
    "{\"customerId\":\"A\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,"
    "\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";

/* Rounds in which every client sends at once: exactly 128 events in one epoll_wait is where libmicrohttpd's own threads
 * stop for good. */
static void rounds(int port, int clients, int rounds)
{
    struct client *c = calloc((size_t)clients, sizeof(*c));
    assert_non_null(c);
    for (int i = 0; i < clients; i++)
        client_open(&c[i], port);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < clients; i++) {
            char text[400];
            snprintf(text, sizeof(text),
                     "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(order), order);
            client_send(&c[i], round % 3 == 2 ? "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" : text);
        }
        for (int i = 0; i < clients; i++) {
            struct reply r = client_read(&c[i], false);
            assert_int_equal(r.status, round % 3 == 2 ? 200 : 201);
            reply_release(&r);
        }
    }
    for (int i = 0; i < clients; i++)
        client_close(&c[i]);
    free(c);
}

static void lanes__128_and_256_clients__are_all_served(void **state)
{
    (void)state;
    static const char *const lanes[] = {"1", "2"};
    for (int i = 0; i < 2; i++) {
        struct server s;
        server_prepare(&s);
        server_start(&s, (const char *[]){"--http-lanes", lanes[i], NULL});
        rounds(s.port, 128, 6);
        rounds(s.port, 256, 6);
        server_remove(&s);
    }
}

/* As `nc -N` does: the request, and the end of what the client has to say. */
static struct reply ask_and_end(int port, const char *method, const char *path, const char *body)
{
    struct client c;
    char text[600];
    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", method,
             path, strlen(body), body);
    client_open(&c, port);
    client_send(&c, text);
    shutdown(c.fd, SHUT_WR);
    struct reply r = client_read(&c, strcmp(method, "HEAD") == 0);
    if (r.status == 0)
        fail_msg("%s %s: no answer", method, path);
    client_close(&c);
    return r;
}

static void client__has_ended_its_side__still_gets_its_answer(void **state)
{
    (void)state;
    struct server s;
    server_prepare(&s);
    server_start(&s, NULL);
    struct reply r = ask_and_end(s.port, "POST", "/api/v1/orders", order);
    assert_int_equal(r.status, 201);
    assert_string_equal(reply_field(&r, "ETag"), "\"1\"");
    assert_true(strlen(reply_field(&r, "Date")) == strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
    char path[100];
    snprintf(path, sizeof(path), "%s", reply_field(&r, "Location"));
    reply_release(&r);
    static const struct {
        const char *method, *tail, *body;
        int status;
    } cases[] = {
        {"GET", "", "", 200},          {"PUT", "/validate", "", 422},
        {"POST", "/cancel", "{", 400}, {"POST", "/cancel", "{\"reason\":\"asked to\"}", 200},
        {"PUT", "/validate", "", 409}, {"GET", "/events", "", 200},
    };
    r = ask_and_end(s.port, "DELETE", "/api/v1/dead-letters/1", "");
    assert_int_equal(r.status, 404);
    reply_release(&r);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char at[160];
        snprintf(at, sizeof(at), "%s%s", path, cases[i].tail);
        r = ask_and_end(s.port, cases[i].method, at, cases[i].body);
        if (r.status != cases[i].status)
            fail_msg("case %zu: %d %s", i, r.status, r.body);
        reply_release(&r);
    }
    r = ask_and_end(s.port, "GET", "/api/v1/orders", "");
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, path + strlen("/api/v1/orders/")));
    assert_true(reply_has(&r, "asked to"));
    reply_release(&r);
    r = ask_and_end(s.port, "HEAD", "/api/v1/orders", "");
    assert_int_equal(r.status, 200);
    reply_release(&r);
    server_remove(&s);
}

/* Whenever the end comes: with the request, while it waits, or when it is about to be answered. */
static void client__ends_its_side_at_any_moment__gets_its_answer(void **state)
{
    (void)state;
    struct server s;
    char text[400];
    server_prepare(&s);
    server_start(&s, NULL);
    snprintf(text, sizeof(text),
             "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(order), order);
    for (int i = 0; i < 1500; i++) {
        struct client c;
        client_open(&c, s.port);
        client_send(&c, text);
        (void)client_more(&c, i % 4); /* so many ms for an answer to come first */
        shutdown(c.fd, SHUT_WR);
        struct reply r = client_read(&c, false);
        if (r.status != 201)
            fail_msg("client %d: %d", i, r.status);
        reply_release(&r);
        client_close(&c);
    }
    server_remove(&s);
}

static void queue__full__answers_503_and_does_nothing(void **state)
{
    (void)state;
    enum { CLIENTS = 200 };
    static struct client c[CLIENTS];
    struct server s;
    int created = 0, refused = 0;
    char text[400];
    server_prepare(&s);
    server_start(&s, (const char *[]){"--queue-limit", "1", NULL});
    snprintf(text, sizeof(text),
             "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(order), order);
    for (int i = 0; i < CLIENTS; i++)
        client_open(&c[i], s.port);
    for (int i = 0; i < CLIENTS; i++)
        client_send(&c[i], text);
    for (int i = 0; i < CLIENTS; i++) {
        struct reply r = client_read(&c[i], false);
        if (r.status == 503) {
            assert_string_equal(reply_text(&r, "code"), "QUEUE_FULL");
            assert_string_equal(reply_field(&r, "Retry-After"), "1");
            refused++;
        } else {
            assert_int_equal(r.status, 201);
            created++;
        }
        reply_release(&r);
        client_close(&c[i]);
    }
    assert_int_equal(created + refused, CLIENTS);
    struct reply r = ask(s.port, "GET", "/api/v1/orders/count", NULL, NULL);
    assert_int_equal(reply_number(&r, "count"), created);
    reply_release(&r);
    server_remove(&s);
}

/* How often the threads of a process gave up the processor of their own will. */
static long switches(pid_t pid)
{
    char path[300], line[200];
    long sum = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    assert_non_null(tasks);
    for (struct dirent *d; (d = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)pid, d->d_name);
        FILE *f = d->d_name[0] != '.' ? fopen(path, "re") : NULL;
        while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
            if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0)
                sum += atol(line + 24);
        }
        if (f != NULL)
            fclose(f);
    }
    closedir(tasks);
    return sum;
}

/* Nobody connected: no thread wakes up. */
static void process__idle__stays_asleep(void **state)
{
    (void)state;
    struct server s;
    server_prepare(&s);
    server_start(&s, NULL);
    struct reply r = ask(s.port, "POST", "/api/v1/orders", NULL, order);
    assert_int_equal(r.status, 201);
    reply_release(&r);
    long before = -1;
    for (int tries = 0; tries < 20 && before != switches(s.pid); tries++) { /* until it has come to rest */
        before = switches(s.pid);
        poll(NULL, 0, 1000); /* what is observed is that nothing happens */
    }
    assert_int_equal(switches(s.pid), before);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes__128_and_256_clients__are_all_served),
        cmocka_unit_test(client__has_ended_its_side__still_gets_its_answer),
        cmocka_unit_test(client__ends_its_side_at_any_moment__gets_its_answer),
        cmocka_unit_test(queue__full__answers_503_and_does_nothing),
        cmocka_unit_test(process__idle__stays_asleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
