/* Server-Sent Events: opening, following, resuming without gap or repeat, filters, limits. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

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

static int port(void **state)
{
    return ((struct server *)*state)->port;
}

static long create(int port, char id[60])
{
    struct reply r = ask(port, "POST", ORDERS, NULL, order);
    assert_int_equal(r.status, 201);
    if (id != NULL)
        snprintf(id, 60, "%s", reply_text(&r, "orderId"));
    reply_release(&r);
    r = ask(port, "GET", ORDERS "?limit=1", NULL, NULL);
    long position = atol(reply_field(&r, "Event-Position"));
    reply_release(&r);
    return position;
}

static void open_stream(struct client *c, int port, const char *query, const char *fields)
{
    char text[500];
    client_open(c, port);
    snprintf(text, sizeof(text), "GET /api/v1/events/stream%s HTTP/1.0\r\nHost: localhost\r\n%s\r\n", query,
             fields);
    client_send(c, text);
    if (!client_wait_for(c, "\r\n\r\nid: "))
        fail_msg("the stream did not open: %s", c->in != NULL ? c->in : "");
}

/* The positions that came so far, in order; returns how many. */
static int positions(const struct client *c, long list[], int most)
{
    int n = 0;
    for (const char *p = c->in; (p = strstr(p, "\nid: ")) != NULL && n < most; p++) {
        const char *data = strchr(p + 5, '\n');
        if (data != NULL && strncmp(data + 1, "data: ", 6) == 0)
            list[n++] = atol(p + 5);
    }
    return n;
}

static void wait_for_position(struct client *c, long position)
{
    char text[60];
    snprintf(text, sizeof(text), "\nid: %ld\ndata: {", position);
    if (!client_wait_for(c, text))
        fail_msg("position %ld did not come: %s", position, c->in);
}

static void stream__without_position__begins_now(void **state)
{
    struct client c;
    long before = create(port(state), NULL);
    open_stream(&c, port(state), "", "");
    char first[40];
    snprintf(first, sizeof(first), "\r\n\r\nid: %ld\n\n", before);
    assert_non_null(strstr(c.in, first));
    assert_non_null(strstr(c.in, "Content-Type: text/event-stream"));
    long now = create(port(state), NULL);
    wait_for_position(&c, now);
    long list[10];
    assert_int_equal(positions(&c, list, 10), 1);
    assert_non_null(strstr(c.in, "\"type\":\"wms.order.received\""));
    client_close(&c);
}

/* A position from before a restore, or of another log: the stream begins at the newest. */
static void stream__position_beyond_the_log__begins_now(void **state)
{
    long before = create(port(state), NULL);
    char first[40];
    snprintf(first, sizeof(first), "\r\n\r\nid: %ld\n\n", before);
    for (int i = 0; i < 2; i++) {
        struct client c;
        open_stream(&c, port(state), i == 0 ? "?after=99999" : "", i == 0 ? "" : "Last-Event-ID: 99999\r\n");
        assert_non_null(strstr(c.in, i == 0 ? first : "\r\n\r\nid: "));
        wait_for_position(&c, create(port(state), NULL));
        client_close(&c);
    }
}

static void stream__resumed__has_no_gap_and_no_repeat(void **state)
{
    int p = port(state);
    long start = create(p, NULL), last = start, list[200];
    char fields[60] = "", query[60];
    snprintf(query, sizeof(query), "?after=%ld", start);
    for (int round = 0; round < 5; round++) {
        long now = 0;
        struct client c;
        for (int i = 0; i < 3; i++)
            now = create(p, NULL);
        open_stream(&c, p, query, fields);
        now = create(p, NULL);
        wait_for_position(&c, now);
        int n = positions(&c, list, 200);
        for (int i = 0; i < n; i++)
            assert_int_equal(list[i], ++last);
        snprintf(fields, sizeof(fields), "Last-Event-ID: %ld\r\n", last); /* beats ?after= */
        client_close(&c);
    }
    assert_int_equal(last, start + 20);
}

static void stream__backlog_larger_than_a_piece__comes_whole(void **state)
{
    int p = port(state);
    long now = 0, list[400];
    struct client c;
    for (int i = 0; i < 150; i++)
        now = create(p, NULL);
    open_stream(&c, p, "?after=0", "");
    wait_for_position(&c, now);
    int n = positions(&c, list, 400);
    assert_int_equal(n, now);
    for (int i = 0; i < n; i++)
        assert_int_equal(list[i], i + 1);
    client_close(&c);
}

static void stream__filters__leave_the_rest_out(void **state)
{
    int p = port(state);
    char id[60], query[200], path[200];
    struct client by_order, by_type;
    long created = create(p, id);
    snprintf(query, sizeof(query), "?orderId=%s&after=0", id);
    open_stream(&by_order, p, query, "");
    snprintf(query, sizeof(query), "?type=wms.order.validation-failed,wms.order.cancelled&after=%ld",
             created);
    open_stream(&by_type, p, query, "");
    create(p, NULL);
    snprintf(path, sizeof(path), ORDERS "/%s/cancel", id);
    struct reply r = ask(p, "PUT", path, NULL, "{\"reason\":\"x\"}");
    assert_int_equal(r.status, 200);
    reply_release(&r);
    wait_for_position(&by_order, created + 2);
    wait_for_position(&by_type, created + 2);
    long list[10];
    assert_int_equal(positions(&by_order, list, 10), 2);
    assert_int_equal(list[0], created);
    assert_int_equal(positions(&by_type, list, 10), 1);
    client_close(&by_order);
    client_close(&by_type);
}

/* A rare type at the end of a long log is found without anything new being written. */
static void stream__filter_over_a_long_log__comes_through_it(void **state)
{
    int p = port(state);
    struct client rare;
    char id[60], path[200];
    long now = 0;
    while (now < 1600)
        now = create(p, id);
    snprintf(path, sizeof(path), ORDERS "/%s/hold", id);
    struct reply r = ask(p, "POST", path, NULL, "{\"type\":\"payment\"}");
    assert_int_equal(r.status, 200);
    reply_release(&r);
    now++;
    open_stream(&rare, p, "?after=0&type=wms.order.hold-placed", "");
    wait_for_position(&rare, now);
    long list[10];
    assert_int_equal(positions(&rare, list, 10), 1);
    client_close(&rare);
}

static void stream__wrong_parameters__are_refused(void **state)
{
    static const struct {
        const char *path, *fields;
    } cases[] = {
        {"/api/v1/events/stream?after=x", NULL},     {"/api/v1/events/stream?limit=1", NULL},
        {"/api/v1/events/stream?type=wibble", NULL}, {"/api/v1/events/stream", "Last-Event-ID: x\r\n"},
        {"/api/v1/logs/stream?level=loud", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply r = ask(port(state), "GET", cases[i].path, cases[i].fields, NULL);
        assert_int_equal(r.status, 400);
        assert_string_equal(reply_text(&r, "code"), "INVALID_PARAMETER");
        reply_release(&r);
    }
    struct reply r = ask(port(state), "HEAD", "/api/v1/events/stream", NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_field(&r, "Content-Type"), "text/event-stream");
    reply_release(&r);
}

/* The name of the log, as everything that speaks of positions has it. */
static void log_name(int port, char ret[40])
{
    struct client c;
    char field[80];
    struct reply r = ask(port, "GET", ORDERS, NULL, NULL);
    snprintf(ret, 40, "%s", reply_field(&r, "Event-Log"));
    assert_int_equal(strlen(ret), 16);
    reply_release(&r);
    r = ask(port, "GET", "/api/v1/status", NULL, NULL);
    assert_string_equal(reply_field(&r, "Event-Log"), ret);
    assert_string_equal(reply_text(&r, "log"), ret);
    assert_int_equal(atol(reply_field(&r, "Event-Position")), reply_number(&r, "position"));
    reply_release(&r);
    open_stream(&c, port, "", "");
    snprintf(field, sizeof(field), "Event-Log: %s\r\n", ret);
    assert_true(strstr(c.in, field) != NULL);
    client_close(&c);
}

/* A position that was kept means nothing in another log, however long it is. */
static void stream__after_the_database_was_replaced__names_another_log(void **state)
{
    struct server s;
    char other[120], first[40], again[40], second[40];
    (void)state;
    server_prepare(&s);
    server_start(&s, NULL);
    create(s.port, NULL);
    log_name(s.port, first);
    assert_int_equal(server_stop(&s), 0);
    server_start(&s, NULL);
    log_name(s.port, again);
    assert_string_equal(again, first);
    assert_int_equal(server_stop(&s), 0);
    snprintf(other, sizeof(other), "sqlite:%s", server_file(&s, "other.sqlite"));
    server_start(&s, (const char *[]){"--database-url", other, NULL});
    log_name(s.port, second);
    assert_string_not_equal(second, first);
    server_remove(&s);
}

static void logs__stream__sends_lines(void **state)
{
    struct client c;
    client_open(&c, port(state));
    client_send(&c, "GET /api/v1/logs/stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_true(client_wait_for(&c, "\ndata: {"));
    assert_true(client_wait_for(&c, "\"msg\":\"ready\""));
    client_close(&c);
}

static int64_t metric(int port, const char *name)
{
    char line[100];
    struct reply r = ask(port, "GET", "/metrics", NULL, NULL);
    snprintf(line, sizeof(line), "\n%s ", name);
    const char *p = strstr(r.body, line);
    int64_t value = p != NULL ? atoll(p + strlen(line)) : -1;
    reply_release(&r);
    return value;
}

/* More streams than allowed are refused; those whose clients went away are found and make room again. */
static void streams__too_many__are_refused_and_dead_ones_reclaimed(void **state)
{
    (void)state;
    struct server s;
    struct client clients[4];
    server_prepare(&s);
    server_start(&s, (const char *[]){"--max-streams", "4", NULL});
    for (int i = 0; i < 4; i++)
        open_stream(&clients[i], s.port, "", "");
    struct reply r = ask(s.port, "GET", "/api/v1/events/stream", NULL, NULL);
    assert_int_equal(r.status, 503);
    assert_string_equal(reply_text(&r, "code"), "TOO_MANY_STREAMS");
    assert_true(atoi(reply_field(&r, "Retry-After")) > 0);
    reply_release(&r);
    assert_int_equal(metric(s.port, "orderdeck_event_streams"), 4);
    for (int i = 0; i < 4; i++)
        client_close(&clients[i]);
    while (metric(s.port, "orderdeck_event_streams") != 0) { /* each commit is a sign of life that fails */
        r = ask(s.port, "POST", ORDERS, NULL, order);
        assert_int_equal(r.status, 201);
        reply_release(&r);
    }
    open_stream(&clients[0], s.port, "", "");
    client_close(&clients[0]);
    server_remove(&s);
}

/* Whoever opens a stream and goes, again and again, keeps nobody out. */
static void streams__of_clients_that_hung_up__make_room(void **state)
{
    (void)state;
    struct server s;
    struct client staying, passing;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--max-streams", "4", "--http-lanes", "1", NULL});
    open_stream(&staying, s.port, "", "");
    for (int i = 0; i < 100; i++) {
        open_stream(&passing, s.port, "", "");
        client_close(&passing);
    }
    struct reply r = ask(s.port, "POST", ORDERS, NULL, order);
    assert_int_equal(r.status, 201);
    reply_release(&r);
    assert_true(client_wait_for(&staying, "wms.order.received"));
    client_close(&staying);
    server_remove(&s);
}

/* false: it was refused. */
static bool try_stream(struct client *c, int port)
{
    client_open(c, port);
    client_send(c, "GET /api/v1/events/stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_true(client_wait_for(c, "\r\n\r\n"));
    bool open = strstr(c->in, " 200 ") != NULL;
    if (!open)
        client_close(c);
    return open;
}

/* Whichever lane had them; one that is refused only comes again at once. */
static void streams__of_clients_that_hung_up__make_room_on_every_lane(void **state)
{
    enum { PLACES = 4, TRIES = 500 };
    (void)state;
    struct server s;
    server_prepare(&s);
    server_start(&s, (const char *[]){"--max-streams", "4", "--http-lanes", "4", NULL});
    for (int round = 0; round < 20; round++) {
        struct client clients[PLACES];
        for (int i = 0; i < PLACES; i++) {
            int tries = 0;
            while (!try_stream(&clients[i], s.port))
                assert_in_range(++tries, 1, TRIES);
        }
        for (int i = 0; i < PLACES; i++)
            client_close(&clients[i]);
    }
    server_remove(&s);
}

static void streams__many_followers__all_see_every_event(void **state)
{
    enum { FOLLOWERS = 100 };
    int p = port(state);
    static struct client clients[FOLLOWERS];
    long start = create(p, NULL), now = 0, list[40];
    for (int i = 0; i < FOLLOWERS; i++)
        open_stream(&clients[i], p, "", "");
    for (int i = 0; i < 20; i++)
        now = create(p, NULL);
    for (int i = 0; i < FOLLOWERS; i++) {
        wait_for_position(&clients[i], now);
        assert_int_equal(positions(&clients[i], list, 40), 20);
        assert_int_equal(list[0], start + 1);
        client_close(&clients[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream__without_position__begins_now),
        cmocka_unit_test(stream__position_beyond_the_log__begins_now),
        cmocka_unit_test(stream__resumed__has_no_gap_and_no_repeat),
        cmocka_unit_test(stream__backlog_larger_than_a_piece__comes_whole),
        cmocka_unit_test(stream__filters__leave_the_rest_out),
        cmocka_unit_test(stream__filter_over_a_long_log__comes_through_it),
        cmocka_unit_test(stream__wrong_parameters__are_refused),
        cmocka_unit_test(stream__after_the_database_was_replaced__names_another_log),
        cmocka_unit_test(logs__stream__sends_lines),
        cmocka_unit_test(streams__too_many__are_refused_and_dead_ones_reclaimed),
        cmocka_unit_test(streams__of_clients_that_hung_up__make_room),
        cmocka_unit_test(streams__of_clients_that_hung_up__make_room_on_every_lane),
        cmocka_unit_test(streams__many_followers__all_see_every_event),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
