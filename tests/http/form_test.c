/* Answers of one length, which share what they are written on: each has its own bytes and fields, once. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"
#define NOTE 2000  /* characters that make an order long */
#define AHEAD 1500 /* answers, more than the kernel keeps for a client that does not read */

struct known {
    char path[100], customer[20], etag[20], *body;
};

/* Orders of the same length, whoever it is for. */
static void create(int port, char who, struct known *ret)
{
    char body[NOTE + 1000], note[NOTE + 1];
    memset(note, who, NOTE);
    note[NOTE] = '\0';
    snprintf(ret->customer, sizeof(ret->customer), "CUST-%c", who);
    snprintf(
        body, sizeof(body),
        "{\"customerId\":\"%s\",\"items\":[{\"sku\":\"S\",\"quantity\":1,\"price\":{\"amount\":1,"
        "\"currency\":\"USD\"}}],\"shippingAddress\":{\"street\":\"1 Main St\",\"city\":\"York\","
        "\"zipCode\":\"1\",\"country\":\"US\"},\"metadata\":{\"a\":\"%.500s\",\"b\":\"%.500s\",\"c\":\"%.500s\","
        "\"d\":\"%.500s\"}}",
        ret->customer, note, note, note, note);
    struct reply r = ask(port, "POST", ORDERS, NULL, body);
    assert_int_equal(r.status, 201);
    snprintf(ret->path, sizeof(ret->path), "%s", reply_field(&r, "Location"));
    reply_release(&r);
}

static void change(int port, const struct known *o, const char *command, const char *body)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", o->path, command);
    struct reply r = ask(port, "POST", path, NULL, body);
    assert_int_equal(r.status, 200);
    reply_release(&r);
}

static void remember(int port, struct known *o)
{
    struct reply r = ask(port, "GET", o->path, NULL, NULL);
    assert_int_equal(r.status, 200);
    snprintf(o->etag, sizeof(o->etag), "%s", reply_field(&r, "ETag"));
    o->body = r.body;
    r.body = NULL;
    reply_release(&r);
}

/* Two orders of one length and of different versions, and a server of one lane. */
static void start(struct server *s, struct known o[2])
{
    server_prepare(s);
    server_start(s, (const char *const[]){"--http-lanes", "1", NULL});
    create(s->port, 'a', &o[0]);
    create(s->port, 'b', &o[1]);
    change(s->port, &o[1], "hold", "{\"type\":\"t\"}");
    change(s->port, &o[1], "release-hold", "{\"type\":\"t\"}");
    remember(s->port, &o[0]);
    remember(s->port, &o[1]);
    assert_int_equal(strlen(o[0].body), strlen(o[1].body));
    assert_string_equal(o[0].etag, "\"1\"");
    assert_string_equal(o[1].etag, "\"3\"");
}

static void stop(struct server *s, struct known o[2])
{
    server_remove(s);
    free(o[0].body);
    free(o[1].body);
}

static int times(const struct reply *r, const char *name)
{
    int n = 0;
    for (const char *line = strstr(r->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        n += strncasecmp(line + 2, name, strlen(name)) == 0 && line[2 + strlen(name)] == ':';
    return n;
}

static void assert_answer(const struct reply *r, const struct known *o, const char *id)
{
    static const char *const once[] = {"Content-Type", "Content-Length", "Cache-Control",  "ETag",
                                       "Date",         "X-Request-ID",   "Event-Position", "Event-Log"};
    assert_int_equal(r->status, 200);
    assert_string_equal(reply_field(r, "ETag"), o->etag);
    assert_string_equal(reply_field(r, "X-Request-ID"), id);
    assert_string_equal(reply_field(r, "Cache-Control"), "no-store");
    assert_int_equal(atoi(reply_field(r, "Content-Length")), strlen(o->body));
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        assert_int_equal(times(r, once[i]), 1);
    assert_int_equal(times(r, "Location"), 0);
}

static void one_length__in_turn__each_answer_is_its_own(void **state)
{
    static const char *const methods[] = {"GET", "GET", "HEAD", "GET", "GET"};
    struct server s;
    struct known o[2];
    struct client c;
    (void)state;
    start(&s, o);
    client_open(&c, s.port);
    for (int i = 0; i < 60; i++) {
        const struct known *asked = &o[i / 3 % 2];
        const char *method = methods[i % 5];
        char id[129], fields[300];
        memset(id, 'x', sizeof(id) - 1); /* the longest there is, now and then */
        id[i % 7 == 0 ? 128 : 1 + i % 40] = '\0';
        snprintf(fields, sizeof(fields), "X-Request-ID: %s\r\n%s", id,
                 i % 11 == 10 ? "Connection: close\r\n" : "");
        struct reply r = client_ask(&c, method, asked->path, fields, NULL);
        assert_answer(&r, asked, id);
        assert_string_equal(r.body, strcmp(method, "HEAD") == 0 ? "" : asked->body);
        reply_release(&r);
        if (i % 11 == 10) {
            client_close(&c);
            client_open(&c, s.port);
        }
        if (i % 13 == 12) {
            snprintf(fields, sizeof(fields), "If-None-Match: %s\r\n", asked->etag);
            r = client_ask(&c, "GET", asked->path, fields, NULL);
            assert_int_equal(r.status, 304);
            reply_release(&r);
            change(s.port, &o[0], "hold", "{\"type\":\"t\"}"); /* the position moves on */
            change(s.port, &o[0], "release-hold", "{\"type\":\"t\"}");
            free(o[0].body);
            remember(s.port, &o[0]);
        }
    }
    client_close(&c);
    stop(&s, o);
}

static void one_length__a_client_that_does_not_read__keeps_the_others_from_its_answer(void **state)
{
    struct server s;
    struct known o[2];
    struct client slow, quick;
    (void)state;
    start(&s, o);
    client_open(&slow, s.port);
    client_open(&quick, s.port);
    for (int i = 0; i < AHEAD; i++) {
        char text[300];
        snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: s%d\r\n\r\n",
                 o[0].path, i);
        client_send(&slow, text);
        if (i % 10 == 0) {
            struct reply r = client_ask(&quick, "GET", o[1].path, "X-Request-ID: q\r\n", NULL);
            assert_answer(&r, &o[1], "q");
            assert_string_equal(r.body, o[1].body);
            reply_release(&r);
        }
    }
    for (int i = 0; i < AHEAD; i++) {
        char id[20];
        struct reply r = client_read(&slow, false);
        snprintf(id, sizeof(id), "s%d", i);
        assert_answer(&r, &o[0], id);
        assert_string_equal(r.body, o[0].body);
        reply_release(&r);
    }
    client_close(&slow);
    client_close(&quick);
    stop(&s, o);
}

static void one_length__clients_that_leave_in_the_middle__do_no_harm(void **state)
{
    struct server s;
    struct known o[2];
    (void)state;
    start(&s, o);
    for (int i = 0; i < 4; i++) {
        struct client c;
        client_open(&c, s.port);
        for (int k = 0; k < AHEAD; k++) {
            char text[300];
            snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", o[k % 2].path);
            client_send(&c, text);
        }
        client_close(&c);
        struct reply r = ask(s.port, "GET", o[i % 2].path, "X-Request-ID: q\r\n", NULL);
        assert_answer(&r, &o[i % 2], "q");
        assert_string_equal(r.body, o[i % 2].body);
        reply_release(&r);
    }
    stop(&s, o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_length__in_turn__each_answer_is_its_own),
        cmocka_unit_test(one_length__a_client_that_does_not_read__keeps_the_others_from_its_answer),
        cmocka_unit_test(one_length__clients_that_leave_in_the_middle__do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
