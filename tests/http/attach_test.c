/* What `attach` and `list` are made of, against the real program: the port over HTTP, and the list as text and JSON. */
#include "service/store/sqlite.h"
#include "shared/digest.h"
#include "tests/support/facts.h"
#include "tests/support/http_client.h"
#include "tests/support/port.h"
#include "tests/support/server.h"
#include "tui/remote.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"

static const char address[] =
    "{\"street\":\"12 Pine St\",\"city\":\"Austin\",\"zipCode\":\"78701\",\"country\":\"US\"}";

/* The new order's id; valid until the next call. */
static const char *post(int port, const char *customer, const char *fields)
{
    static char id[40];
    char body[500];
    snprintf(body, sizeof(body),
             "{\"customerId\":\"%s\",\"shippingAddress\":%s,\"items\":[{\"sku\":\"s\",\"quantity\":3,"
             "\"price\":{\"amount\":12.50,\"currency\":\"USD\"}}]}",
             customer, address);
    struct reply r = ask(port, "POST", ORDERS, fields, body);
    assert_int_equal(r.status, 201);
    snprintf(id, sizeof(id), "%s", reply_text(&r, "orderId"));
    reply_release(&r);
    return id;
}

static struct api *open_port(int port, const char *key)
{
    char url[64];
    struct err e;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    struct api *api = remote_open(&(struct remote_config){.url = url, .api_key = key, .follow = true}, &e);
    assert_non_null(api);
    return api;
}

static void setup_one(struct server *s)
{
    server_prepare(s);
    server_start(s, NULL);
}

/* Starts again on the port it had. */
static void start_again(struct server *s)
{
    char port[20];
    snprintf(port, sizeof(port), "%d", s->port);
    server_start(s, (const char *[]){"--port", port, NULL});
}

/* ---- queries ---- */

static void expect_same(struct api *api, int port, const struct api_request *q, const char *path)
{
    struct api_reply *r = port_ask(api, q);
    struct reply same = ask(port, "GET", path, NULL, NULL);
    assert_int_equal(r->status, same.status);
    assert_string_equal(r->body, same.body);
    const char *position = reply_field(&same, "Event-Position");
    assert_int_equal(r->position, position[0] != '\0' ? atoll(position) : 0);
    reply_release(&same);
    api_reply_free(r);
}

static void query__of_each_kind__has_the_body_of_rest(void **state)
{
    struct server *s = *state;
    char id[40], path[200];
    post(s->port, "CUST-1", NULL);
    snprintf(id, sizeof(id), "%s", post(s->port, "CUST-2", NULL));
    struct api *api = open_port(s->port, "");
    struct api_request q = {.op = API_LIST, .query = "filter=customer%3ACUST-%2A&limit=1"};
    expect_same(api, s->port, &q, ORDERS "?filter=customer%3ACUST-%2A&limit=1");
    q = (struct api_request){.op = API_COUNT, .query = "q=CUST-1"};
    expect_same(api, s->port, &q, ORDERS "/count?q=CUST-1");
    q = (struct api_request){.op = API_STATS};
    expect_same(api, s->port, &q, ORDERS "/stats");
    q = (struct api_request){.op = API_EVENTS, .query = "after=1"};
    expect_same(api, s->port, &q, "/api/v1/events?after=1");
    q = (struct api_request){.op = API_LOGS, .query = "limit=5&level=info"};
    expect_same(api, s->port, &q, "/api/v1/logs?limit=5&level=info");
    q = (struct api_request){.op = API_ORDER};
    snprintf(q.order_id, sizeof(q.order_id), "%s", id);
    snprintf(path, sizeof(path), ORDERS "/%s", id);
    expect_same(api, s->port, &q, path);
    q.op = API_TIMELINE;
    snprintf(path, sizeof(path), ORDERS "/%s/events", id);
    expect_same(api, s->port, &q, path);
    remote_close(api);
}

static void expect_reply(struct api *api, const struct api_request *q, int status, const char *text)
{
    struct api_reply *r = port_ask(api, q);
    if (r->status != status || strstr(r->body, text) == NULL)
        fail_msg("expected %d and '%s', got %d and '%s'", status, text, r->status, r->body);
    api_reply_free(r);
}

static void query__that_is_refused__has_the_problem(void **state)
{
    struct server *s = *state;
    struct api *api = open_port(s->port, "");
    expect_reply(api, &(struct api_request){.op = API_LIST, .query = "filter=status%3Ax"}, 400,
                 "\"INVALID_FILTER\"");
    expect_reply(api, &(struct api_request){.op = API_ORDER, .order_id = "ORD-1"}, 404,
                 "\"ORDER_NOT_FOUND\"");
    expect_reply(api, &(struct api_request){.op = API_STATUS}, 200, "\"pid\":");
    remote_close(api);
}

/* ---- commands ---- */

static void command__with_the_version_seen__is_decided_on_it(void **state)
{
    struct server *s = *state;
    struct api_request q = {.op = API_COMMAND, .command = "validate", .if_version = 2, .actor = "ops@host"};
    snprintf(q.order_id, sizeof(q.order_id), "%s", post(s->port, "CUST-3", NULL));
    struct api *api = open_port(s->port, "");
    expect_reply(api, &q, 412, "\"VERSION_MISMATCH\"");
    q.if_version = 1;
    expect_reply(api, &q, 200, "\"status\":\"validated\"");
    expect_reply(api, &q, 412, "\"currentStatus\":\"validated\"");
    q.if_version = -1;
    snprintf(q.command, sizeof(q.command), "cancel");
    expect_reply(api, &q, 400, "\"/reason\"");
    snprintf(q.body, sizeof(q.body), "{\"reason\":\"two \\\"words\\\"\"}");
    expect_reply(api, &q, 200, "two \\\"words\\\"");
    q.op = API_TIMELINE;
    expect_reply(api, &q, 200, "\"actor\":\"ops@host\"");
    q.op = API_COMMAND;
    snprintf(q.command, sizeof(q.command), "explode");
    expect_reply(api, &q, 404, "\"NOT_FOUND\"");
    remote_close(api);
}

/* ---- dead letters and the relay ---- */

static void letters__over_the_port__are_tried_and_deleted(void **state)
{
    struct server s;
    char id[40], path[200];
    struct err e;
    (void)state;
    setup_one(&s);
    snprintf(id, sizeof(id), "%s", post(s.port, "CUST-9", NULL));
    snprintf(path, sizeof(path), ORDERS "/%s/hold", id);
    struct reply r = ask(s.port, "POST", path, NULL, "{\"type\":\"x\"}");
    reply_release(&r);
    assert_int_equal(server_stop(&s), 0);
    struct store *store = sqlite_open(&(struct sqlite_options){.path = server_file(&s, "orders.sqlite")}, &e);
    assert_non_null(store);
    facts_tell(store, "garbage \xff", 1, false);
    facts_tell_order(store, id, "wms.wave.order-added", ",\"waveId\":\"W-1\"", 2, true);
    store->ops->close(store);
    start_again(&s);
    struct api *api = open_port(s.port, "");
    struct api_request q = {.op = API_DEAD_LETTERS, .query = "limit=1"};
    expect_same(api, s.port, &q, "/api/v1/dead-letters?limit=1");
    expect_reply(api, &(struct api_request){.op = API_DEAD_REPLAY, .letter = "1"}, 422,
                 "\"DEAD_LETTER_REFUSED\"");
    expect_reply(api, &(struct api_request){.op = API_DEAD_REPLAY, .letter = "2"}, 200,
                 "{\"result\":\"parked\"}");
    expect_reply(api, &(struct api_request){.op = API_DEAD_REPLAY_ALL, .query = "code=UNREADABLE"}, 200,
                 "\"refused\":1");
    expect_reply(api, &(struct api_request){.op = API_DEAD_DROP, .letter = "1"}, 204, "");
    expect_reply(api, &(struct api_request){.op = API_DEAD_DROP, .letter = "1"}, 404,
                 "\"DEAD_LETTER_NOT_FOUND\"");
    expect_reply(api,
                 &(struct api_request){.op = API_RELAY_SKIP, .body = "{\"position\":1,\"reason\":\"why\"}"},
                 409, "\"RELAY_NOT_PARKED\"");
    remote_close(api);
    server_remove(&s);
}

/* ---- the stream ---- */

static void position__order_posted__moves(void **state)
{
    struct server *s = *state;
    struct api *api = open_port(s->port, "");
    port_wait_connected(api, true);
    int64_t before = api->ops->position(api);
    for (int i = 1; i <= 20; i++) {
        post(s->port, "CUST-4", NULL);
        port_wait_position(api, before + i);
    }
    assert_int_equal(api->ops->position(api), before + 20);
    remote_close(api);
}

static void service__killed_and_started_again__is_found_and_nothing_missed(void **state)
{
    struct server s;
    struct api_request q = {.op = API_COMMAND, .command = "validate", .if_version = 1, .tag = 7};
    (void)state;
    setup_one(&s);
    struct api *api = open_port(s.port, "");
    snprintf(q.order_id, sizeof(q.order_id), "%s", post(s.port, "CUST-1", NULL));
    port_wait_position(api, 1);
    for (int round = 0; round < 2; round++) {
        int64_t before = api->ops->position(api);
        assert_int_equal(kill(s.pid, SIGKILL), 0);
        assert_int_equal(server_wait(&s), 128 + SIGKILL);
        assert_true(strncmp(port_wait_connected(api, false), "not connected: ", 15) == 0);
        expect_reply(api, &(struct api_request){.op = API_STATS}, 0, "no service answers there");
        if (round == 0)
            assert_true(api->ops->submit(api, &q)); /* waits for the service */
        start_again(&s);
        for (int i = 0; i < 5; i++)
            post(s.port, "CUST-1", NULL);
        if (round == 0) {
            struct api_reply *r = port_take(api);
            assert_int_equal(r->tag, 7);
            assert_int_equal(r->status, 200);
            api_reply_free(r);
        }
        port_wait_connected(api, true);
        port_wait_position(api, before + 5 + (round == 0));
    }
    struct api_reply *r = port_ask(api, &(struct api_request){.op = API_COUNT});
    assert_non_null(strstr(r->body, "\"count\":11"));
    assert_int_equal(r->position, 12); /* 11 orders, and one was validated once */
    api_reply_free(r);
    remote_close(api);
    server_remove(&s);
}

static void service__that_stops__is_left_in_peace(void **state)
{
    struct server s;
    (void)state;
    setup_one(&s);
    struct api *api = open_port(s.port, "");
    port_wait_connected(api, true);
    assert_int_equal(server_stop(&s), 0); /* the open stream is no obstacle */
    port_wait_connected(api, false);
    remote_close(api);
    server_remove(&s);
}

static void database__another_behind_the_url__position_follows(void **state)
{
    struct server s;
    (void)state;
    setup_one(&s);
    struct api *api = open_port(s.port, "");
    for (int i = 0; i < 3; i++)
        post(s.port, "CUST-1", NULL);
    port_wait_position(api, 3);
    assert_int_equal(server_stop(&s), 0);
    port_wait_connected(api, false);
    remove(server_file(&s, "orders.sqlite"));
    start_again(&s);
    port_wait_connected(api, true);
    assert_int_equal(api->ops->position(api), 0);
    post(s.port, "CUST-1", NULL);
    port_wait_position(api, 1);
    remote_close(api);
    server_remove(&s);
}

/* ---- keys ---- */

static void key__missing_or_wrong__is_said(void **state)
{
    uint8_t digest[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1], line[200], file[200];
    struct server s;
    (void)state;
    server_prepare(&s);
    digest_sha256("od_right", 8, digest);
    digest_hex(digest, SHA256_LEN, hex);
    snprintf(line, sizeof(line), "ops operator %s\n", hex);
    server_write(&s, "keys", line);
    snprintf(file, sizeof(file), "%s", server_file(&s, "keys"));
    server_start(&s, (const char *[]){"--api-keys-file", file, NULL});
    static const char *const wrong[] = {"", "od_wrong"};
    for (size_t i = 0; i < 2; i++) {
        struct api *api = open_port(s.port, wrong[i]);
        port_wait_why(api, "API key");
        expect_reply(api, &(struct api_request){.op = API_LIST}, 401, "\"UNAUTHORIZED\"");
        remote_close(api);
    }
    struct api *api = open_port(s.port, "od_right");
    port_wait_connected(api, true);
    expect_reply(api, &(struct api_request){.op = API_LIST}, 200, "\"data\":[]");
    remote_close(api);
    server_remove(&s);
}

/* ---- list ---- */

struct output {
    char text[200000]; /* standard output, and standard error behind it */
    int status;
};

/* Runs `orderdeck --database-url ... list ARGUMENTS`. */
static struct output *list(const struct server *s, const char *arguments)
{
    static struct output o;
    char command[700];
    snprintf(
        command, sizeof(command),
        "env HOME=%s XDG_CONFIG_HOME=%s XDG_DATA_HOME=%s '%s' list --database-url 'sqlite:%s/orders.sqlite' %s "
        "2>'%s/err'; e=$?; cat '%s/err'; exit $e",
        s->dir, s->dir, s->dir, getenv("ORDERDECK_BIN"), s->dir, arguments, s->dir, s->dir);
    FILE *f = popen(command, "re");
    assert_non_null(f);
    size_t n = fread(o.text, 1, sizeof(o.text) - 1, f);
    o.text[n] = '\0';
    int status = pclose(f);
    assert_true(WIFEXITED(status));
    o.status = WEXITSTATUS(status);
    return &o;
}

static void expect_list(const struct server *s, const char *arguments, int status, const char *text)
{
    const struct output *o = list(s, arguments);
    if (o->status != status || strstr(o->text, text) == NULL)
        fail_msg("list %s: expected %d and '%s', got %d and '%s'", arguments, status, text, o->status,
                 o->text);
}

static int lines(const char *text)
{
    int n = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        n++;
    return n;
}

/* Both of a running service and of its database. */
static void expect_lists(const struct server *s, const char *id)
{
    char row[200];
    assert_int_equal(lines(list(s, "")->text), 211);
    expect_list(s, "", 0, "ID                              CUSTOMER          PRIORITY  STATUS ");
    snprintf(row, sizeof(row), "\n%s  CUST-7            standard  received            3         37.50 USD",
             id);
    expect_list(s, "", 0, row);
    snprintf(row, sizeof(row), "[\n{\"orderId\":\"%s\",", id);
    expect_list(s, "--json --filter customer:CUST-7", 0, row);
    assert_int_equal(lines(list(s, "--json")->text), 212);
    expect_list(s, "--json --filter=customer:nobody", 0, "[\n]\n");
    expect_list(s, "--filter 'age>1h stat:x'", 2, "  age>1h stat:x\n         ^\n");
}

static void list__served_or_not__prints_the_same(void **state)
{
    struct server s;
    char id[40], url[80];
    (void)state;
    setup_one(&s);
    for (int i = 0; i < 209; i++)
        post(s.port, "CUST-6", NULL);
    snprintf(id, sizeof(id), "%s", post(s.port, "CUST-7", NULL));
    expect_lists(&s, id);
    snprintf(url, sizeof(url), "--filter customer:CUST-7 --url http://127.0.0.1:%d/", s.port);
    expect_list(&s, url, 0, id);
    assert_int_equal(server_stop(&s), 0);
    expect_lists(&s, id);
    expect_list(&s, url, 1, "no service answers there");
    server_remove(&s);
}

static void list__asked_wrongly__says_so(void **state)
{
    struct server s;
    (void)state;
    server_prepare(&s);
    expect_list(&s, "", 3, "orderdeck: ");
    expect_list(&s, "--wibble", 2, "usage: orderdeck list");
    expect_list(&s, "--filter", 2, "usage: orderdeck list");
    expect_list(&s, "--url ftp://x", 2, "'ftp://x' is not the URL of a service");
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query__of_each_kind__has_the_body_of_rest),
        cmocka_unit_test(query__that_is_refused__has_the_problem),
        cmocka_unit_test(command__with_the_version_seen__is_decided_on_it),
        cmocka_unit_test(letters__over_the_port__are_tried_and_deleted),
        cmocka_unit_test(position__order_posted__moves),
        cmocka_unit_test(service__killed_and_started_again__is_found_and_nothing_missed),
        cmocka_unit_test(service__that_stops__is_left_in_peace),
        cmocka_unit_test(database__another_behind_the_url__position_follows),
        cmocka_unit_test(key__missing_or_wrong__is_said),
        cmocka_unit_test(list__served_or_not__prints_the_same),
        cmocka_unit_test(list__asked_wrongly__says_so),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
