/* A full house: more idle connections than the service allows. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

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
        assert_true(client_try_open_from(&idle[i], s.port, INADDR_LOOPBACK + (uint32_t)i / 500));
        if (i % 1000 == 999) {
            int64_t start = now_ms();
            struct reply r = ask(s.port, "POST", "/api/v1/orders", NULL, order);
            assert_int_equal(r.status, 201);
            reply_release(&r);
            slowest = now_ms() - start > slowest ? now_ms() - start : slowest;
        }
    }
    print_message("%d idle connections; a new client waited %d ms at most\n", n, (int)slowest);
    char last[40];
    snprintf(last, sizeof(last), "\nid: %d\n", n / 1000);
    assert_true(client_wait_for(&busy, last)); /* the stream was spared */
    struct reply r = ask(s.port, "GET", "/metrics", NULL, NULL);
    static const char evicted[] = "\norderdeck_http_connections_evicted_total ",
                      open[] = "\norderdeck_http_connections ";
    const char *p = strstr(r.body, evicted), *q = strstr(r.body, open);
    assert_true(p != NULL && atoi(p + strlen(evicted)) > n / 2);
    assert_true(q != NULL && atoi(q + strlen(open)) <= 2050);
    reply_release(&r);
    for (int i = 0; i < n; i++)
        client_close(&idle[i]);
    client_close(&busy);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_house__idle_connections__make_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
