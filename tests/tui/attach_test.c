/* `orderdeck attach` on a terminal: it shows, acts, and outlives the service. */
#include "tests/support/http_client.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct pty p;

static void post(int port, const char *customer)
{
    char body[400];
    snprintf(
        body, sizeof(body),
        "{\"customerId\":\"%s\",\"items\":[{\"sku\":\"SKU-001\",\"quantity\":2,\"price\":{\"amount\":29.99,"
        "\"currency\":\"USD\"}}],\"shippingAddress\":{\"street\":\"12 Pine St\",\"city\":\"Austin\","
        "\"zipCode\":\"78701\",\"country\":\"US\"}}",
        customer);
    struct reply r = ask(port, "POST", "/api/v1/orders", NULL, body);
    assert_int_equal(r.status, 201);
    reply_release(&r);
}

static void attach(int port)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    setenv("PTY_ORDERDECK_CLOCK", "", 1);
    pty_exec(&p, 30, 120, (char *[]){getenv("ORDERDECK_BIN"), "--actor", "ops@host", "attach", url, NULL});
}

static void detach(void)
{
    kill(p.pid, SIGTERM);
    assert_int_equal(pty_end(&p), 0);
    pty_release(&p);
}

static void attach__running_service__shows_and_acts(void **state)
{
    struct server s;
    (void)state;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--environment", "prod", "--service-name", "shop-7", NULL});
    post(s.port, "CUST-00001");
    attach(s.port);
    pty_wait(&p, "PROD");
    pty_wait(&p, "shop-7");
    pty_wait(&p, "CUST-00001");
    post(s.port, "CUST-00002");
    pty_wait(&p, "CUST-00002");
    pty_type(&p, "v");
    pty_wait(&p, "is validated now (version 2)");
    pty_type(&p, "q");
    pty_wait(&p, "the service goes on");
    assert_false(pty_shows(&p, "stop the service"));
    pty_type(&p, "l");
    assert_int_equal(pty_end(&p), 0);
    pty_release(&p);
    struct reply r = ask(s.port, "GET", "/api/v1/events?after=2", NULL, NULL);
    assert_true(reply_has(&r, "\"actor\":\"ops@host\""));
    reply_release(&r);
    server_remove(&s);
}

static void attach__service_comes_and_goes__stays(void **state)
{
    struct server s;
    char port[20];
    (void)state;
    server_prepare(&s);
    server_start(&s, NULL);
    assert_int_equal(server_stop(&s), 0); /* its port is a good one */
    snprintf(port, sizeof(port), "%d", s.port);
    attach(s.port);
    pty_wait(&p, "not connected: no service answers there");
    assert_true(pty_shows(&p, " –")); /* no figure before one was read */
    assert_false(pty_shows(&p, " 0 "));
    for (int i = 1; i <= 2; i++) {
        char customer[32];
        snprintf(customer, sizeof(customer), "CUST-%05d", i);
        server_start(&s, (const char *[]){"--port", port, NULL});
        post(s.port, customer);
        pty_wait_not(&p, "not connected");
        pty_wait(&p, customer);
        kill(s.pid, SIGKILL);
        server_wait(&s);
        pty_wait(&p, "not connected: ");
        assert_true(pty_shows(&p, customer)); /* what was read stays */
    }
    detach();
    server_remove(&s);
}

/* A database that was put back, or another one: nothing that is shown is of the one before. */
static void attach__service_comes_back_with_another_database__shows_that(void **state)
{
    struct server s;
    char port[20], other[200];

    (void)state;
    server_prepare(&s);
    snprintf(other, sizeof(other), "sqlite:%s", server_file(&s, "other.sqlite"));
    server_start(&s, NULL);
    snprintf(port, sizeof(port), "%d", s.port);
    for (int i = 0; i < 5; i++)
        post(s.port, "OLD-1");
    attach(s.port);
    pty_wait(&p, "OLD-1");
    pty_wait(&p, "SKU"); /* the order beside the list */
    assert_int_equal(server_stop(&s), 0);
    server_start(&s, (const char *[]){"--port", port, "--database-url", other, NULL});
    pty_wait_not(&p, "not connected");
    pty_wait(&p, "nothing has happened yet");
    pty_wait(&p, "no orders yet");
    pty_wait(&p, "no order is selected");
    assert_false(pty_shows(&p, "OLD-1"));
    assert_false(pty_shows(&p, "SKU"));
    detach();
    server_remove(&s);
}

static int times(const char *text, const char *word)
{
    int n = 0;

    for (; (text = strstr(text, word)) != NULL; text++)
        n++;
    return n;
}

static const char *url_of(const char *path)
{
    static char url[240];

    snprintf(url, sizeof(url), "sqlite:%s", path);
    return url;
}

/* The service's database is taken away and another, longer one is put in its place: by positions alone it is the same log. */
static void attach__longer_database_in_the_place_of_another__shows_that_alone(void **state)
{
    struct server s;
    char port[20], database[200], other[200];

    (void)state;
    server_prepare(&s);
    snprintf(database, sizeof(database), "%s", server_file(&s, "first.sqlite"));
    snprintf(other, sizeof(other), "%s", server_file(&s, "second.sqlite"));
    server_start(&s, (const char *[]){"--database-url", url_of(other), NULL});
    for (int i = 0; i < 9; i++)
        post(s.port, "NEW-1");
    assert_int_equal(server_stop(&s), 0);
    server_start(&s, (const char *[]){"--database-url", url_of(database), NULL});
    snprintf(port, sizeof(port), "%d", s.port);
    for (int i = 0; i < 5; i++)
        post(s.port, "OLD-1");
    attach(s.port);
    pty_wait(&p, "OLD-1");
    pty_wait(&p, "SKU"); /* the order beside the list */
    pty_type(&p, " ");   /* marked */
    pty_wait(&p, "1 marked");
    assert_int_equal(server_stop(&s), 0);
    pty_wait(&p, "not connected");
    assert_int_equal(rename(other, database), 0); /* closed: there is no -wal beside it */
    server_start(&s, (const char *[]){"--port", port, "--database-url", url_of(database), NULL});
    pty_wait(&p, "another event log answers now");
    pty_wait(&p, "NEW-1");
    pty_wait_not(&p, "OLD-1");
    pty_wait_not(&p, "1 marked");
    pty_press(&p, "e"); /* all nine, and none of the others */
    if (times(pty_text(&p), "NEW-1") != 9)
        fail_msg("not nine events, but\n%s", pty_text(&p));
    assert_false(pty_shows(&p, "OLD-1"));
    detach();
    server_remove(&s);
}

/* An empty service: no figure is said of what nobody knows, and no success of what was not done. */
static void attach__service_without_orders__claims_nothing(void **state)
{
    struct server s;

    (void)state;
    server_prepare(&s);
    server_start(&s, NULL);
    attach(s.port);
    pty_wait(&p, "no orders yet");
    pty_press(&p, "*");
    pty_wait(&p, "nothing was marked: no order matches");
    pty_press(&p, "R");
    pty_wait(&p, "What is usual is not known yet");
    assert_true(pty_shows(&p, "stuck –"));
    assert_true(pty_shows(&p, "─ not known ─"));
    assert_false(pty_shows(&p, "stuck 0"));
    detach();
    server_remove(&s);
}

/* Another client has the only stream: what happens is seen all the same, without a key. */
static void attach__no_stream_left__asks_and_says_so(void **state)
{
    struct server s;
    struct client other;

    (void)state;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--max-streams", "1", NULL});
    client_open(&other, s.port);
    client_send(&other, "GET /api/v1/events/stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_true(client_wait_for(&other, "\r\n\r\nid: "));
    attach(s.port);
    pty_wait(&p, " polled ");
    pty_wait(&p, "asked each second: the service has no room for an event stream");
    for (int i = 1; i <= 3; i++) {
        char customer[32];

        snprintf(customer, sizeof(customer), "CUST-%05d", i);
        post(s.port, customer);
        pty_wait(&p, customer);
    }
    assert_true(pty_shows(&p, " polled "));
    client_close(&other);
    pty_wait_not(&p, " polled ");
    post(s.port, "CUST-00004");
    pty_wait(&p, "CUST-00004");
    detach();
    server_remove(&s);
}

static void console__left__names_the_way_back(void **state)
{
    struct server s;
    char database[200];
    (void)state;
    server_prepare(&s);
    snprintf(database, sizeof(database), "sqlite:%s", server_file(&s, "orders.sqlite"));
    setenv("XDG_STATE_HOME", s.dir, 1);
    pty_exec(&p, 24, 100,
             (char *[]){getenv("ORDERDECK_BIN"), "--port", "0", "--database-url", database, NULL});
    pty_wait(&p, "no orders yet");
    pty_type(&p, "q");
    pty_wait(&p, "Leave the console?");
    pty_type(&p, "l");
    pty_wait(&p, "orderdeck attach http://127.0.0.1:");
    detach();
    server_remove(&s);
}

/* Waits until the terminal shows what became of the cancel. 1: it was done, 0: it was not. */
static int outcome(struct pty *x, const char *id)
{
    char done[100], not_done[160];

    snprintf(done, sizeof(done), "%s is cancelled now (version 2)", id);
    snprintf(not_done, sizeof(not_done),
             "%s: cancel was not done: the order has changed, it is cancelled now", id);
    while (!pty_shows(x, done) && !pty_shows(x, not_done)) {
        pty_pump(x, 50);
        assert_false(x->gone);
    }
    return pty_shows(x, done);
}

/* One console has the service inside, the other is attached to it; both say yes at the same moment. */
static void two_consoles__cancel_the_same_order__one_does_and_one_is_told(void **state)
{
    struct server s;
    struct pty host;
    char database[200], *at;
    struct reply r;

    (void)state;
    server_prepare(&s);
    snprintf(database, sizeof(database), "sqlite:%s", server_file(&s, "orders.sqlite"));
    setenv("XDG_STATE_HOME", s.dir, 1);
    setenv("PTY_ORDERDECK_CLOCK", "", 1);
    pty_exec(&host, 30, 120,
             (char *[]){getenv("ORDERDECK_BIN"), "--port", "0", "--actor", "ann@desk", "--database-url",
                        database, NULL});
    pty_wait(&host, "http://127.0.0.1:");
    at = strstr(pty_text(&host), "http://127.0.0.1:");
    s.port = (int)strtol(at + strlen("http://127.0.0.1:"), NULL, 10);
    attach(s.port);
    pty_wait(&p, "no orders yet");
    for (int i = 0; i < 5; i++) {
        char customer[20], path[100], id[60];
        struct pty *first = i % 2 ? &p : &host, *second = i % 2 ? &host : &p;
        int ann;

        snprintf(customer, sizeof(customer), "RACE-%05d", i);
        post(s.port, customer);
        snprintf(path, sizeof(path), "/api/v1/orders?customerId=%s", customer);
        r = ask(s.port, "GET", path, NULL, NULL);
        snprintf(id, sizeof(id), "%s", reply_text(&r, "orderId"));
        reply_release(&r);
        for (struct pty *x = &host; x; x = x == &host ? &p : NULL) {
            char filter[60];

            snprintf(filter, sizeof(filter), "/\025customer:%s\r", customer);
            pty_wait(x, customer);
            pty_press(x, filter);
            pty_wait(x, "1 of ");
            pty_press(x, "gc");
            pty_press(x, x == &host ? "ann says so\r" : "bob says so\r");
            pty_wait(x, "Cancel this order?");
        }
        pty_type(first, "y");
        pty_type(second, "y");
        ann = outcome(&host, id + strlen(id) - 8);
        assert_int_equal(ann + outcome(&p, id + strlen(id) - 8), 1);
        r = ask(s.port, "GET", path, NULL, NULL);
        assert_true(reply_has(&r, ann ? "ann says so" : "bob says so"));
        reply_release(&r);
        r = ask(s.port, "GET", "/api/v1/events?type=wms.order.cancelled", NULL, NULL);
        assert_int_equal(times(r.body, "\"type\":\"wms.order.cancelled\""), i + 1);
        reply_release(&r);
    }
    detach();
    kill(host.pid, SIGTERM);
    assert_int_equal(pty_end(&host), 0);
    pty_release(&host);
    server_remove(&s);
}

static void attach__marked_orders__are_served_each_with_its_result(void **state)
{
    struct server s;
    struct reply r;

    (void)state;
    server_prepare(&s);
    server_start(&s, NULL);
    for (int i = 1; i <= 40; i++) {
        char customer[20];

        snprintf(customer, sizeof(customer), "BULK-%05d", i);
        post(s.port, customer);
    }
    attach(s.port);
    pty_wait(&p, "BULK-00040");
    pty_press(&p, "*");
    pty_wait(&p, "40 marked");
    pty_press(&p, "v");
    pty_wait(&p, "40  can be validated");
    r = ask(s.port, "GET", "/api/v1/orders?customerId=BULK-00007", NULL, NULL);
    {
        char path[120];

        snprintf(path, sizeof(path), "/api/v1/orders/%s/validate", reply_text(&r, "orderId"));
        reply_release(&r);
        r = ask(s.port, "POST", path, NULL, ""); /* between the look and the command */
        assert_int_equal(r.status, 200);
        reply_release(&r);
    }
    pty_press(&p, "\r\r");
    assert_true(pty_shows(&p, "not sent: type 40"));
    pty_type(&p, "40\r");
    pty_wait(&p, "validate: 39 of 40 are validated");
    assert_true(pty_shows(&p, "validate was not done: the order has changed, it is validated now"));
    r = ask(s.port, "GET", "/api/v1/orders/count?status=validated", NULL, NULL);
    assert_int_equal(reply_number(&r, "count"), 40);
    reply_release(&r);
    r = ask(s.port, "GET", "/api/v1/events?type=wms.order.validated&limit=100", NULL, NULL);
    assert_int_equal(times(r.body, "\"actor\":\"ops@host\""), 39);
    reply_release(&r);
    detach();
    server_remove(&s);
}

static void attach__what_is_no_url__is_refused(void **state)
{
    (void)state;
    pty_exec(&p, 24, 80, (char *[]){getenv("ORDERDECK_BIN"), "attach", "localhost:8001", NULL});
    assert_int_equal(pty_end(&p), 2);
    assert_true(pty_shows(&p, "'localhost:8001' is not the URL of a service"));
    pty_release(&p);
    pty_exec(&p, 24, 80, (char *[]){getenv("ORDERDECK_BIN"), "attach", NULL});
    assert_int_equal(pty_end(&p), 2);
    assert_true(pty_shows(&p, "usage: orderdeck attach URL"));
    pty_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attach__running_service__shows_and_acts),
        cmocka_unit_test(attach__service_comes_and_goes__stays),
        cmocka_unit_test(attach__service_comes_back_with_another_database__shows_that),
        cmocka_unit_test(attach__longer_database_in_the_place_of_another__shows_that_alone),
        cmocka_unit_test(attach__no_stream_left__asks_and_says_so),
        cmocka_unit_test(attach__service_without_orders__claims_nothing),
        cmocka_unit_test(console__left__names_the_way_back),
        cmocka_unit_test(two_consoles__cancel_the_same_order__one_does_and_one_is_told),
        cmocka_unit_test(attach__marked_orders__are_served_each_with_its_result),
        cmocka_unit_test(attach__what_is_no_url__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
