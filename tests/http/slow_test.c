/* Clients that send a byte now and then hold nothing up: each kind is cut in its time. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum { ENDED = 16, MOST_MS = 60000 };

/* A request and, together with it, the end of what the client has to say: answered, and nothing more is to come. */
static void ask_and_end(struct client clients[ENDED], int port)
{
    for (int i = 0; i < ENDED; i++) {
        client_open(&clients[i], port);
        client_send(&clients[i], "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        shutdown(clients[i].fd, SHUT_WR);
        struct reply r = client_read(&clients[i], false);
        assert_int_equal(r.status, 200);
        reply_release(&r);
    }
}

static void see_closed(struct client clients[ENDED])
{
    for (int i = 0; i < ENDED; i++) {
        if (!client_closed(&clients[i], 1))
            fail_msg("client %d has ended its side, and its connection stays open", i);
        client_close(&clients[i]);
    }
}

/* Each sends its beginning at once and then a byte every 300 ms; all must be cut, and none too soon. */
static void slow_clients__dripping__are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        int64_t least_ms;
        bool answered_first;
    } cases[] = {
        {"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", 4500, false},
        {"", 9000, false},
        {"G", 9000, false},
        {"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 9000, false},
        {"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET", 9000, true},
    };
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    struct client clients[CASES], ended[ENDED];
    struct server s;
    int left = CASES;
    server_prepare(&s);
    server_start(&s, NULL);
    ask_and_end(ended, s.port);
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
                if (age < cases[i].least_ms || (left == CASES) != (i == 0)) /* the body's time ends first */
                    fail_msg("case %d was cut after %d ms, with %d left", i, (int)age, left);
                client_close(&clients[i]);
                left--;
            } else if (cases[i].start[0] != '\0') {
                client_send(&clients[i], "x");
            }
            if (age > MOST_MS)
                fail_msg("case %d was not cut", i);
        }
    }
    see_closed(ended);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_clients__dripping__are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
