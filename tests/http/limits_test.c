/* Slow clients, a full house, and many clients on few lanes. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const char order[] =
    "{\"customerId\":\"A\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,"
    "\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Each sends its beginning at once and then a byte every 300 ms; all must be cut, and none too soon. */
static void slow_clients__dripping__are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        int64_t least_ms, most_ms;
        bool answered_first;
    } cases[] = {
        {"", 9000, 14000, false},
        {"G", 9000, 14000, false},
        {"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 9000, 14000, false},
        {"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", 4500, 9000,
         false},
        {"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET", 9000, 25000, true},
    };
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    struct client clients[CASES];
    struct server s;
    int left = CASES;
    server_prepare(&s);
    server_start(&s, NULL);
    int64_t start = now_ms();
    for (int i = 0; i < CASES; i++) {
        client_open(&clients[i], s.port);
        client_send(&clients[i], cases[i].start);
        if (cases[i].answered_first) {
            struct reply r = client_read(&clients[i], false);
            assert_int_equal(r.status, 200);
            reply_release(&r);
        }
    }
    while (left != 0) {
        for (int i = 0; i < CASES; i++) {
            if (clients[i].fd < 0)
                continue;
            int64_t age = now_ms() - start;
            if (client_closed(&clients[i], 300 / CASES)) {
                if (age < cases[i].least_ms || age > cases[i].most_ms)
                    fail_msg("case %d was cut after %d ms", i, (int)age);
                client_close(&clients[i]);
                left--;
            } else if (i != 0) {
                client_send(&clients[i], "x");
            }
            if (age > 26000)
                fail_msg("case %d was not cut", i);
        }
    }
    server_remove(&s);
}

static int64_t descriptors_allowed(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return (int64_t)limit.rlim_cur;
}

/* As many idle connections as this process may have, five times what the server allows: a new client is served. */
static void full_house__idle_connections__make_room(void **state)
{
    (void)state;
    enum { MOST = 20000 };
    static struct client idle[MOST];
    struct server s;
    int n = (int)(descriptors_allowed() - 200);
    n = n > MOST ? MOST : n;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--max-connections", "2000", NULL});
    struct client busy;
    client_open(&busy, s.port);
    client_send(&busy, "GET /api/v1/events/stream HTTP/1.0\r\n\r\n");
    assert_true(client_wait_for(&busy, "id: 0"));
    int64_t slowest = 0;
    for (int i = 0; i < n; i++) {
        client_open(&idle[i], s.port);
        if (i % 1000 == 999) {
            int64_t start = now_ms();
            struct reply r = ask(s.port, "POST", "/api/v1/orders", NULL, order);
            assert_int_equal(r.status, 201);
            reply_release(&r);
            slowest = now_ms() - start > slowest ? now_ms() - start : slowest;
        }
    }
    print_message("%d idle connections; a new client waited %d ms at most\n", n, (int)slowest);
    if (slowest > 1000)
        fail_msg("a new client waited %d ms", (int)slowest);
    char last[40];
    snprintf(last, sizeof(last), "\nid: %d\n", n / 1000);
    assert_true(client_wait_for(&busy, last)); /* the stream was spared */
    struct reply r = ask(s.port, "GET", "/metrics", NULL, NULL);
    static const char evicted[] = "\norderdeck_http_connections_evicted_total ",
                      open[] = "\norderdeck_http_connections ";
    const char *p = strstr(r.body, evicted), *q = strstr(r.body, open);
    assert_true(p != NULL && atoi(p + strlen(evicted)) > n / 2);
    assert_true(q != NULL && atoi(q + strlen(open)) <= 2001);
    reply_release(&r);
    for (int i = 0; i < n; i++)
        client_close(&idle[i]);
    client_close(&busy);
    server_remove(&s);
}

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

/* Nobody connected: the process does not wake up. */
static void process__idle__stays_asleep_and_small(void **state)
{
    (void)state;
    struct server s;
    char path[60], line[200];
    long switches[2] = {0, 0}, resident = 0;
    server_prepare(&s);
    server_start(&s, NULL);
    struct reply r = ask(s.port, "GET", "/health", NULL, NULL);
    reply_release(&r);
    snprintf(path, sizeof(path), "/proc/%d/status", (int)s.pid);
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(path, "re");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f) != NULL) {
            if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0)
                switches[i] = atol(line + 24);
            if (strncmp(line, "VmRSS:", 6) == 0)
                resident = atol(line + 6);
        }
        fclose(f);
        poll(NULL, 0, i == 0 ? 1000 : 0); /* what is observed is that nothing happens */
    }
    assert_true(switches[1] - switches[0] <= 1);
    if (getenv("ORDERDECK_RELEASE") != NULL && resident > 20 * 1024)
        fail_msg("%ld KiB resident", resident);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_clients__dripping__are_cut),
        cmocka_unit_test(full_house__idle_connections__make_room),
        cmocka_unit_test(lanes__128_and_256_clients__are_all_served),
        cmocka_unit_test(queue__full__answers_503_and_does_nothing),
        cmocka_unit_test(process__idle__stays_asleep_and_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
