/* The port to a service elsewhere against servers that break, lie and flood. */
#include "shared/fetch.h"
#include "tests/support/fake_http.h"
#include "tests/support/port.h"
#include "tui/remote.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define JSON "application/json"

static struct api *open_port(const struct fake_http *f, bool follow)
{
    char url[64];
    struct err e;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", f->port);
    struct api *api =
        remote_open(&(struct remote_config){.url = url, .api_key = "od_key", .follow = follow}, &e);
    assert_non_null(api);
    assert_string_equal(api->ops->url(api), url);
    return api;
}

static void expect_lost(struct api *api, enum api_op op, const char *text)
{
    const struct api_request q = {.op = op, .order_id = "ORD-1", .command = "validate", .if_version = -1};
    struct api_reply *r = port_ask(api, &q);
    if (r->status != 0 || strstr(r->body, text) == NULL)
        fail_msg("expected no answer and '%s', got %d and '%.300s'", text, r->status, r->body);
    api_reply_free(r);
}

/* ---- servers that are none ---- */

static bool flood_body(struct fake_http *f, int fd, const char *request)
{
    static char block[65536];
    (void)f;
    (void)request;
    bool going = fake_http_send(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    while (going)
        going = fake_http_send_n(fd, block, sizeof block);
    return false;
}

static bool flood_fields(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    bool going = fake_http_send(fd, "HTTP/1.1 200 OK\r\n");
    while (going)
        going =
            fake_http_send(fd, "X-More: and more and more and more and more and more and more and more\r\n");
    return false;
}

static bool flood_one_field(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    bool going = fake_http_send(fd, "HTTP/1.1 200 OK\r\nX-More: ");
    while (going)
        going = fake_http_send(fd, "and more and more and more and more and more and more and more ");
    return false;
}

static bool flood_heads(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    bool going = true;
    while (going)
        going = fake_http_send(fd, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    return false;
}

static bool say_html(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    return fake_http_reply(fd, 200, "text/html; charset=utf-8", "<h1>It works!</h1>");
}

static bool say_smtp(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    fake_http_send(fd, "220 mail.example ESMTP\r\n");
    return false;
}

static bool say_half(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    fake_http_send(
        fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"data\":[");
    return false;
}

static bool say_elsewhere(struct fake_http *f, int fd, const char *request)
{
    (void)f;
    (void)request;
    fake_http_send(fd, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
    return true;
}

static void remote__server_that_is_none__is_survived(void **state)
{
    static const struct {
        fake_http_fn answer;
        const char *reply, *why;
    } servers[] = {
        {flood_body, "too large", "no order service"},
        {flood_fields, "too large", "no order service"},
        {flood_one_field, "too large", "no order service"},
        {flood_heads, "too large", "no order service"},
        {say_html, "another kind", "no order service"},
        {say_smtp, "does not speak HTTP", "does not speak HTTP"},
        {say_half, "connection was lost", "no order service"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
        struct fake_http f;
        fake_http_start(&f, servers[i].answer, NULL);
        struct api *asks = open_port(&f, false), *follows = open_port(&f, true);
        expect_lost(asks, API_LIST, servers[i].reply);
        port_wait_why(follows, servers[i].why);
        remote_close(asks);
        remote_close(follows);
        fake_http_stop(&f);
    }
}

static void remote__redirect__is_not_followed(void **state)
{
    struct fake_http f;
    (void)state;
    fake_http_start(&f, say_elsewhere, NULL);
    struct api *api = open_port(&f, false);
    struct api_reply *r = port_ask(api, &(struct api_request){.op = API_STATS});
    assert_int_equal(r->status, 302);
    assert_non_null(strstr(r->body, "HTTP status 302")); /* in words the console can read */
    api_reply_free(r);
    remote_close(api);
    fake_http_stop(&f);
}

static void remote__nobody_there__says_so(void **state)
{
    struct fake_http f;
    (void)state;
    fake_http_start(&f, say_html, NULL);
    fake_http_stop(&f); /* its port is free now */
    struct api *api = open_port(&f, true);
    port_wait_why(api, "no service answers there");
    expect_lost(api, API_LIST, "no service answers there");
    remote_close(api);
}

/* ---- one that breaks connections ---- */

struct breaking {
    _Atomic int posts;
    int broken;      /* so many are not answered */
    bool in_between; /* a proxy that says 502 instead */
    char keys[8][64];
    char orders[8][64];
};

static void note(struct breaking *b, int n, const char *request)
{
    const char *key = strstr(request, "Idempotency-Key: ");
    if (n >= 8)
        return;
    assert_non_null(key);
    snprintf(b->keys[n], sizeof b->keys[n], "%.*s", (int)strcspn(key + 17, "\r"), key + 17);
    snprintf(b->orders[n], sizeof b->orders[n], "%.*s", (int)strcspn(request + 5, " "), request + 5);
}

static bool breaks(struct fake_http *f, int fd, const char *request)
{
    struct breaking *b = f->ctx;
    if (strncmp(request, "POST ", 5) != 0)
        return fake_http_reply(fd, 200, JSON, "{}");
    int n = atomic_fetch_add(&b->posts, 1);
    note(b, n, request);
    if (n < b->broken && b->in_between)
        return fake_http_reply(fd, 502, "text/html", "<h1>Bad gateway</h1>");
    return n >= b->broken && fake_http_reply(fd, 200, JSON, "{\"version\":2}");
}

static const struct api_request validate = {.op = API_COMMAND,
                                            .order_id = "ORD-1",
                                            .command = "validate",
                                            .body = "{}",
                                            .if_version = 1,
                                            .actor = "m\303\241ra@dispatch"};

static void command__whose_connection_breaks__is_sent_again_with_its_key(void **state)
{
    (void)state;
    for (int proxy = 0; proxy < 2; proxy++) {
        struct breaking b = {.broken = 3, .in_between = proxy};
        struct fake_http f;
        fake_http_start(&f, breaks, &b);
        struct api *api = open_port(&f, false);
        struct api_reply *r = port_ask(api, &validate);
        assert_int_equal(r->status, 200);
        assert_string_equal(r->body, "{\"version\":2}");
        api_reply_free(r);
        r = port_ask(api, &validate);
        api_reply_free(r);
        remote_close(api);
        fake_http_stop(&f);
        assert_int_equal(b.posts, 5);
        for (int i = 1; i < 4; i++)
            assert_string_equal(b.keys[i], b.keys[0]);
        assert_string_not_equal(b.keys[4], b.keys[0]);
    }
}

static void commands__of_one_order__keep_their_order(void **state)
{
    struct breaking b = {.broken = 1};
    struct fake_http f;
    struct api_request q = validate;
    (void)state;
    fake_http_start(&f, breaks, &b);
    struct api *api = open_port(&f, false);
    for (q.tag = 1; q.tag <= 4; q.tag++) {
        snprintf(q.command, sizeof q.command, "%s",
                 (const char *[]){"validate", "hold", "cancel", "ship"}[q.tag - 1]);
        assert_true(api->ops->submit(api, &q));
    }
    for (uint64_t tag = 1; tag <= 4; tag++) {
        struct api_reply *r = port_take(api);
        assert_int_equal(r->tag, tag);
        api_reply_free(r);
    }
    remote_close(api);
    fake_http_stop(&f);
    static const char *const paths[] = {"validate", "validate", "hold", "cancel", "ship"};
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "/api/v1/orders/ORD-1/%s", paths[i]);
        assert_string_equal(b.orders[i], path);
    }
}

static void remote__closed_with_requests_open__frees_them(void **state)
{
    struct breaking b = {.broken = 100};
    struct fake_http f;
    struct api_request q = validate;
    (void)state;
    fake_http_start(&f, breaks, &b);
    struct api *api = open_port(&f, true);
    for (int i = 0; i < 3; i++) {
        snprintf(q.order_id, sizeof q.order_id, "ORD-%d", i);
        assert_true(api->ops->submit(api, &q));
    }
    for (int i = 3; i < 64; i++)
        assert_true(api->ops->submit(api, &(struct api_request){.op = API_LIST}));
    assert_false(api->ops->submit(api, &(struct api_request){.op = API_LIST})); /* as many as may be */
    remote_close(api);
    fake_http_stop(&f);
}

/* ---- what is sent ---- */

struct seen {
    pthread_mutex_t lock;
    char text[4096];
};

static bool keeps(struct fake_http *f, int fd, const char *request)
{
    struct seen *s = f->ctx;
    pthread_mutex_lock(&s->lock);
    snprintf(s->text, sizeof s->text, "%s", request);
    pthread_mutex_unlock(&s->lock);
    return fake_http_reply(fd, 200, JSON, "{}");
}

static void expect_sent(struct api *api, struct seen *s, const struct api_request *q,
                        const char *const texts[])
{
    api_reply_free(port_ask(api, q));
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; texts[i] != NULL; i++)
        if ((texts[i][0] == '!') != (strstr(s->text, texts[i] + (texts[i][0] == '!')) == NULL))
            fail_msg("'%s': %s", texts[i], s->text);
    pthread_mutex_unlock(&s->lock);
}

static void request__of_each_kind__has_its_path_and_fields(void **state)
{
    struct seen s = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct fake_http f;
    struct api_request q = validate;
    (void)state;
    fake_http_start(&f, keeps, &s);
    struct api *api = open_port(&f, false);
    expect_sent(api, &s, &q,
                (const char *[]){
                    "POST /api/v1/orders/ORD-1/validate HTTP/1.1\r\n", "\r\nIf-Match: \"1\"\r\n",
                    "\r\nX-Actor: m\303\241ra@dispatch\r\n", "\r\nContent-Type: application/json\r\n",
                    "\r\nAuthorization: Bearer od_key\r\n", "\r\nIdempotency-Key: ", "\r\n\r\n{}", NULL});
    q.if_version = -1;
    q.body[0] = q.actor[0] = '\0';
    snprintf(q.order_id, sizeof q.order_id, "a/../b?c");
    expect_sent(api, &s, &q,
                (const char *[]){"POST /api/v1/orders/a%2F%2E%2E%2Fb%3Fc/validate HTTP/1.1\r\n", "!If-Match",
                                 "!X-Actor", "!Content-Type", "\r\nContent-Length: 0\r\n", NULL});
    snprintf(q.actor, sizeof q.actor, "a\r\nX-Evil: 1");
    expect_sent(api, &s, &q, (const char *[]){"\r\nX-Actor: a??X-Evil: 1\r\n", NULL});
    memset(q.actor, 'a', sizeof q.actor - 1);
    char most[120];
    snprintf(most, sizeof most, "X-Actor: %.100s\r\n", q.actor);
    expect_sent(api, &s, &q, (const char *[]){most, NULL});
    const struct api_request events = {.op = API_EVENTS, .query = "after=3&limit=9"};
    expect_sent(api, &s, &events,
                (const char *[]){"GET /api/v1/events?after=3&limit=9 HTTP/1.1\r\n", "!Idempotency", NULL});
    remote_close(api);
    fake_http_stop(&f);
}

/* ---- the stream ---- */

struct streaming {
    _Atomic int streams;
    _Atomic int fd; /* of the present stream */
};

static bool streams(struct fake_http *f, int fd, const char *request)
{
    struct streaming *s = f->ctx;
    if (strstr(request, "/events/stream ") == NULL)
        return fake_http_reply(fd, 200, JSON, "{}");
    atomic_fetch_add(&s->streams, 1);
    atomic_store(&s->fd, fd);
    fake_http_send(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 40\n\n");
    char byte;
    return read(fd, &byte, 1) > 0; /* until one of the two ends it */
}

static void stream__ended__is_opened_again(void **state)
{
    struct streaming s = {.fd = -1};
    struct fake_http f;
    const char *why;
    (void)state;
    fake_http_start(&f, streams, &s);
    struct api *api = open_port(&f, true);
    assert_false(api->ops->connected(api, &why));
    assert_string_equal(why, "connecting");
    for (int i = 1; i <= 4; i++) {
        port_wait_connected(api, true);
        assert_int_equal(api->ops->position(api), 40);
        assert_int_equal(s.streams, i);
        assert_true(fake_http_send(s.fd, ": noise\n\nid: no\n\nid: 4"));
        assert_true(fake_http_send(s.fd, "1\ndata: {}\n\n"));
        port_wait_position(api, 41);
        shutdown(s.fd, SHUT_RDWR);
        port_wait_connected(api, false);
    }
    remote_close(api);
    fake_http_stop(&f);
}

/* A service that ends and comes back with a log of its own: the stream's position, and that of answers. 0: it refuses. */
struct lives {
    _Atomic int stream, answers;
    _Atomic int fd; /* of the present stream */
};

static bool lives(struct fake_http *f, int fd, const char *request)
{
    struct lives *l = f->ctx;
    char text[200], byte;
    if (strstr(request, "/events/stream ") == NULL) {
        snprintf(text, sizeof text,
                 "HTTP/1.1 200 OK\r\nContent-Type: " JSON
                 "\r\nEvent-Position: %d\r\nContent-Length: 2\r\n\r\n{}",
                 l->answers);
        return fake_http_send(fd, text);
    }
    if (l->stream == 0)
        return fake_http_reply(fd, 503, "application/problem+json", "{}");
    l->fd = fd;
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: %d\n\n",
             l->stream);
    fake_http_send(fd, text);
    return read(fd, &byte, 1) > 0;
}

static void begin_life(struct lives *l, struct api *api, int stream, int answers)
{
    l->stream = stream;
    l->answers = answers;
    shutdown(l->fd, SHUT_RDWR);
    port_wait_connected(api, false);
    if (stream)
        port_wait_connected(api, true);
}

static void position__of_a_log_that_is_gone__does_not_come_back(void **state)
{
    const struct api_request q = {.op = API_STATS};
    struct lives l = {.stream = 1000, .answers = 1001};
    struct fake_http f;
    (void)state;
    fake_http_start(&f, lives, &l);
    struct api *api = open_port(&f, true);
    port_wait_connected(api, true);
    api_reply_free(port_ask(api, &q));
    assert_int_equal(api->ops->position(api), 1001); /* the stream tells a little later */
    begin_life(&l, api, 5, 6);
    assert_int_equal(api->ops->position(api), 5);
    api_reply_free(port_ask(api, &q));
    begin_life(&l, api, 0, 7);
    assert_in_range(api->ops->position(api), 5, 6);
    api_reply_free(port_ask(api, &q));
    assert_int_equal(api->ops->position(api), 7); /* without a stream the answers do */
    port_wait_why(api, "asked each second");
    assert_int_equal(api->ops->position(api), 7); /* also while it is tried again */
    remote_close(api);
    fake_http_stop(&f);
}

/* A server that answers from the events it has. Streams and the figures wait, if so asked, until the test lets them go. */
struct log {
    _Atomic int position;
    _Atomic bool refuses;  /* streams */
    _Atomic bool away;     /* it says 503 to everything */
    _Atomic bool held;     /* streams and figures wait */
    int came[2], go_on[2]; /* pipes: a byte for each that waits, and to let it go */
    _Atomic int fd;        /* of the present stream */
};

static void hold(struct log *l)
{
    char byte = 0;
    if (!l->held)
        return;
    assert_int_equal(write(l->came[1], &byte, 1), 1);
    assert_int_equal(read(l->go_on[0], &byte, 1), 1);
}

static bool serve_log(struct fake_http *f, int fd, const char *request)
{
    struct log *l = f->ctx;
    char text[200], byte;
    int position = l->position; /* of the snapshot */
    bool stream = strstr(request, "/events/stream ") != NULL;
    if (l->away || (stream && l->refuses))
        return fake_http_reply(fd, 503, "application/problem+json", "{}");
    if (stream || strstr(request, "/orders/stats ") != NULL)
        hold(l);
    if (stream)
        l->fd = fd;
    snprintf(text, sizeof text,
             stream ? "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: %d\n\n"
                    : "HTTP/1.1 200 OK\r\nContent-Type: " JSON
                      "\r\nEvent-Position: %d\r\nContent-Length: 2\r\n\r\n{}",
             position);
    return fake_http_send(fd, text) && (!stream || read(fd, &byte, 1) > 0);
}

static struct api *open_log(struct fake_http *f, struct log *l)
{
    assert_int_equal(pipe(l->came), 0);
    assert_int_equal(pipe(l->go_on), 0);
    fake_http_start(f, serve_log, l);
    struct api *api = open_port(f, true);
    port_wait_connected(api, true);
    return api;
}

static void close_log(struct fake_http *f, struct log *l, struct api *api)
{
    remote_close(api);
    fake_http_stop(f);
    for (int i = 0; i < 2; i++) {
        close(l->came[i]);
        close(l->go_on[i]);
    }
}

static void let_go(struct log *l)
{
    l->held = false;
    assert_int_equal(write(l->go_on[1], "", 1), 1);
}

static void end_stream(struct log *l, struct api *api)
{
    shutdown(l->fd, SHUT_RDWR);
    port_wait_connected(api, false);
}

/* Until a stream is asked for, which is some time after the one before has ended. */
static void wait_held(struct log *l, struct api *api)
{
    struct pollfd p[2] = {{.fd = l->came[0], .events = POLLIN}, {.fd = api->ops->fd(api), .events = POLLIN}};
    char byte;
    while (poll(p, 2, 30000) > 0 && !p[0].revents)
        assert_null(api->ops->take(api));
    assert_int_equal(read(l->came[0], &byte, 1), 1);
}

static void expect_position(struct api *api, int answered, int position)
{
    struct api_reply *r = port_ask(api, &(struct api_request){.op = API_LIST});
    assert_int_equal(r->position, answered);
    api_reply_free(r);
    assert_int_equal(api->ops->position(api), position);
}

/* The stream opens with what its snapshot had, which may be older than an answer. */
static void stream__begun_anew_below_an_answer__does_not_move_the_position_back(void **state)
{
    struct log l = {.position = 10};
    struct fake_http f;
    (void)state;
    struct api *api = open_log(&f, &l);
    l.held = true;
    end_stream(&l, api);
    wait_held(&l, api);
    l.position = 12;
    expect_position(api, 12, 12);
    let_go(&l);
    port_wait_connected(api, true);
    assert_int_equal(api->ops->position(api), 12);
    assert_true(fake_http_send(l.fd, "id: 11\n\nid: 12\n\nid: 13\n\n"));
    port_wait_position(api, 13);
    close_log(&f, &l, api);
}

/* Somebody else's streams are as many as the service has. */
static struct api *open_without_stream(struct fake_http *f, struct log *l)
{
    struct api *api = open_log(f, l);
    l->refuses = true;
    end_stream(l, api);
    port_wait_why(api, "asked each second");
    return api;
}

static void log__shorter_one_without_a_stream__is_followed(void **state)
{
    struct log l = {.position = 1000};
    struct fake_http f;
    (void)state;
    struct api *api = open_without_stream(&f, &l);
    expect_position(api, 1000, 1000);
    l.position = 5;
    expect_position(api, 5, 5);
    l.position = 6;
    expect_position(api, 6, 6);
    l.position = 0;
    expect_position(api, 0, 0);
    l.position = 7;
    l.refuses = false;
    port_wait_stream(api);
    assert_int_equal(api->ops->position(api), 7);
    close_log(&f, &l, api);
}

static void answer__of_a_log_that_is_gone__does_not_tell(void **state)
{
    struct log l = {.position = 1000};
    struct fake_http f;
    (void)state;
    struct api *api = open_without_stream(&f, &l);
    l.held = true;
    assert_true(api->ops->submit(api, &(struct api_request){.op = API_STATS}));
    wait_held(&l, api);
    l.position = 5;
    expect_position(api, 5, 5);
    let_go(&l);
    struct api_reply *r = port_take(api);
    assert_int_equal(r->position, 1000);
    api_reply_free(r);
    assert_int_equal(api->ops->position(api), 5);
    close_log(&f, &l, api);
}

/* The stream was asked for when the old log was known, and is of the new one, as the answers are. */
static void stream__asked_for_before_the_log_was_another__tells_on(void **state)
{
    struct log l = {.position = 1000};
    struct fake_http f;
    (void)state;
    struct api *api = open_log(&f, &l);
    l.position = 4;
    l.held = true;
    end_stream(&l, api);
    wait_held(&l, api);
    l.position = 6;
    expect_position(api, 6, 6);
    let_go(&l);
    port_wait_connected(api, true);
    assert_int_equal(api->ops->position(api), 6); /* it opened with 4 */
    assert_true(fake_http_send(l.fd, "id: 7\n\n"));
    port_wait_position(api, 7);
    close_log(&f, &l, api);
}

/* Nobody asks it anything: it asks by itself. */
static void stream__refused__position_is_asked_for_instead(void **state)
{
    struct log l = {.position = 10, .refuses = true};
    struct fake_http f;
    const char *why;
    (void)state;
    struct api *api = open_log(&f, &l);
    assert_true(api->ops->connected(api, &why));
    assert_non_null(strstr(why, "asked each second"));
    assert_int_equal(api->ops->position(api), 10);
    for (int i = 11; i <= 13; i++) {
        l.position = i;
        port_wait_position(api, i);
    }
    l.away = true;
    assert_non_null(strstr(port_wait_connected(api, false), "full or stopping"));
    l.position = 14;
    l.away = false;
    port_wait_connected(api, true);
    port_wait_position(api, 14);
    l.refuses = false;
    port_wait_stream(api);
    l.position = 20; /* the stream has not told of it, and nothing else asks */
    assert_true(fake_http_send(l.fd, "id: 15\n\n"));
    port_wait_position(api, 15);
    close_log(&f, &l, api);
}

/* ---- URLs ---- */

static void fetch_url__of_a_service__is_read(void **state)
{
    static const char *const good[][2] = {
        {"http://127.0.0.1:8001", "http://127.0.0.1:8001"},
        {"http://127.0.0.1:8001/", "http://127.0.0.1:8001"},
        {"HTTPS://Orders.Example", "https://orders.example"},
        {"http://[::1]:8001", "http://[::1]:8001"},
        {"https://h/orders/", "https://h/orders"},
    };
    static const char *const bad[] = {"",           "127.0.0.1:8001", "ftp://h",      "file:///etc/passwd",
                                      "http://",    "http:///x",      "http://u:p@h", "http://h?x=1",
                                      "http://h#x", "http://h:70000", "http://a b",   "http://h:1\r\nX: 1",
                                      "://h",       "http//h"};
    char out[100];
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(fetch_url(good[i][0], out, sizeof out, &e));
        assert_true(strcasecmp(out, good[i][1]) == 0);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (fetch_url(bad[i], out, sizeof out, &e))
            fail_msg("'%s' was taken as '%s'", bad[i], out);
    assert_true(fetch_url_loopback("http://127.0.0.1:8001") && fetch_url_loopback("https://localhost/x") &&
                fetch_url_loopback("http://[::1]"));
    assert_false(fetch_url_loopback("http://localhost.example") || fetch_url_loopback("http://127.0.0.10"));
}

static void remote_open__key_that_cannot_be_one__is_refused(void **state)
{
    struct err e;
    (void)state;
    assert_null(remote_open(&(struct remote_config){.url = "http://h", .api_key = "a\nb"}, &e));
    assert_non_null(strstr(e.message, "API key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remote__server_that_is_none__is_survived),
        cmocka_unit_test(remote__redirect__is_not_followed),
        cmocka_unit_test(remote__nobody_there__says_so),
        cmocka_unit_test(command__whose_connection_breaks__is_sent_again_with_its_key),
        cmocka_unit_test(commands__of_one_order__keep_their_order),
        cmocka_unit_test(remote__closed_with_requests_open__frees_them),
        cmocka_unit_test(request__of_each_kind__has_its_path_and_fields),
        cmocka_unit_test(stream__ended__is_opened_again),
        cmocka_unit_test(position__of_a_log_that_is_gone__does_not_come_back),
        cmocka_unit_test(stream__begun_anew_below_an_answer__does_not_move_the_position_back),
        cmocka_unit_test(log__shorter_one_without_a_stream__is_followed),
        cmocka_unit_test(answer__of_a_log_that_is_gone__does_not_tell),
        cmocka_unit_test(stream__asked_for_before_the_log_was_another__tells_on),
        cmocka_unit_test(stream__refused__position_is_asked_for_instead),
        cmocka_unit_test(fetch_url__of_a_service__is_read),
        cmocka_unit_test(remote_open__key_that_cannot_be_one__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
