/* The end: SIGTERM under load. Every request that was accepted is answered, streams end, the exit status is 0. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"

static const char order[] =
    "{\"customerId\":\"A\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\",\"quantity\":1,"
    "\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";

struct load {
    pthread_t thread;
    int port;
    atomic_int created;
    int refused, other;
};

/* Creates orders on one connection until the server says goodbye. No assertions here: this is no test thread. */
static void *create_many(void *arg)
{
    struct load *l = arg;
    struct client c;
    if (!client_try_open(&c, l->port))
        return NULL;
    for (;;) {
        struct reply r = client_ask(&c, "POST", ORDERS, NULL, order);
        int status = r.status;
        reply_release(&r);
        if (status == 201) {
            atomic_fetch_add(&l->created, 1);
            continue;
        }
        l->refused += status == 503;
        l->other += status != 503 && status != 0;
        break;
    }
    client_close(&c);
    return NULL;
}

static void drain__under_load__loses_nothing(void **state)
{
    (void)state;
    enum { CLIENTS = 32 };
    static const char *const lanes[] = {"1", "2", "4"};
    for (int k = 0; k < 3; k++) {
        struct load loads[CLIENTS];
        struct server s;
        struct client stream;
        int created = 0;
        server_prepare(&s);
        server_start(&s, (const char *[]){"--http-lanes", lanes[k], NULL});
        client_open(&stream, s.port);
        client_send(&stream, "GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_true(client_wait_for(&stream, "id: 0"));
        for (int i = 0; i < CLIENTS; i++) {
            loads[i] = (struct load){.port = s.port};
            assert_int_equal(pthread_create(&loads[i].thread, NULL, create_many, &loads[i]), 0);
        }
        assert_true(client_wait_for(&stream, "\nid: 100\n"));
        assert_int_equal(server_stop(&s), 0);
        for (int i = 0; i < CLIENTS; i++) {
            pthread_join(loads[i].thread, NULL);
            created += atomic_load(&loads[i].created);
            assert_int_equal(loads[i].other, 0);
        }
        assert_true(client_wait_for(&stream, "\r\n0\r\n")); /* it ended in form */
        client_close(&stream);
        server_start(&s, NULL);
        struct reply r = ask(s.port, "GET", ORDERS "/count", NULL, NULL);
        assert_int_equal(reply_number(&r, "count"),
                         created); /* each order was answered, each answer is an order */
        reply_release(&r);
        server_remove(&s);
    }
}

static void drain__with_delay__is_announced_first(void **state)
{
    (void)state;
    struct server s;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--drain-delay", "10m", NULL});
    struct client c;
    client_open(&c, s.port);
    struct reply r = client_ask(&c, "GET", "/ready", NULL, NULL);
    assert_int_equal(r.status, 200);
    server_terminate(&s);
    while (r.status == 200) {
        reply_release(&r);
        r = client_ask(&c, "GET", "/ready", NULL, NULL);
    }
    assert_int_equal(r.status, 503);
    assert_true(reply_has(&r, "{\"name\":\"accepting\",\"ok\":false"));
    reply_release(&r);
    r = client_ask(&c, "POST", ORDERS, NULL, order); /* still served */
    assert_int_equal(r.status, 201);
    reply_release(&r);
    client_close(&c);
    assert_int_equal(kill(s.pid, SIGKILL), 0);
    assert_int_equal(server_wait(&s), 128 + SIGKILL);
    server_remove(&s);
}

static void drain__after_the_delay__ends(void **state)
{
    (void)state;
    struct server s;
    struct client c;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--drain-delay", "100ms", NULL});
    client_open(&c, s.port);
    struct reply r = client_ask(&c, "GET", "/ready", NULL, NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    server_terminate(&s);
    assert_true(client_closed(&c, CLIENT_WAIT_MS));
    client_close(&c);
    assert_int_equal(server_wait(&s), 0);
    server_remove(&s);
}

static void drain__idle_and_unfinished_clients__do_not_hold_it_up(void **state)
{
    (void)state;
    struct server s;
    struct client idle, half, gone;
    server_prepare(&s);
    server_start(&s, NULL);
    client_open(&idle, s.port);
    struct reply r = client_ask(&idle, "GET", "/health", NULL, NULL);
    reply_release(&r);
    client_open(&half, s.port);
    client_send(&half, "GET /health HT");
    client_open(&gone, s.port);
    client_send(&gone, "POST " ORDERS " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
    client_close(&gone);
    assert_int_equal(server_stop(&s), 0);
    client_close(&idle);
    client_close(&half);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drain__under_load__loses_nothing),
        cmocka_unit_test(drain__with_delay__is_announced_first),
        cmocka_unit_test(drain__after_the_delay__ends),
        cmocka_unit_test(drain__idle_and_unfinished_clients__do_not_hold_it_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
