/* What the service says about itself. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int port(void **state)
{
    return ((struct server *)*state)->port;
}

static struct reply get(void **state, const char *path)
{
    return ask(port(state), "GET", path, NULL, NULL);
}

static void health__running__is_healthy(void **state)
{
    struct reply r = get(state, "/health?ts=1");
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_text(&r, "status"), "healthy");
    assert_string_equal(reply_text(&r, "service"), "order-service");
    assert_true(reply_text(&r, "version")[0] != '\0');
    reply_release(&r);
}

static void ready__running__lists_its_checks(void **state)
{
    struct reply r = get(state, "/ready");
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_text(&r, "status"), "ready");
    assert_true(reply_has(&r, "{\"name\":\"database\",\"ok\":true}"));
    assert_true(reply_has(&r, "{\"name\":\"accepting\",\"ok\":true}"));
    reply_release(&r);
}

/* A request is counted when its answer has left, so the client may be quicker than the count. */
static struct reply metrics_with(void **state, const char *line)
{
    for (;;) {
        struct reply r = get(state, "/metrics");
        assert_int_equal(r.status, 200);
        if (reply_has(&r, line))
            return r;
        reply_release(&r);
    }
}

static void metrics__after_requests__count_them(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct reply r = get(state, "/api/v1/orders/x");
        reply_release(&r);
    }
    struct reply r = metrics_with(
        state, "orderdeck_http_request_duration_seconds_count{route=\"GET /api/v1/orders/{id}\"} 3\n");
    assert_true(strncmp(reply_field(&r, "Content-Type"), "text/plain; version=0.0.4", 25) == 0);
    assert_true(reply_has(&r, "# TYPE orderdeck_http_request_duration_seconds histogram\n"));
    assert_true(reply_has(&r, "orderdeck_http_responses_total{status=\"404\"} 3\n"));
    assert_true(reply_has(&r, "\norderdeck_http_connections "));
    reply_release(&r);
}

static void problems__each_code__is_explained(void **state)
{
    struct reply r = get(state, "/problems/QUEUE_FULL");
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_text(&r, "code"), "QUEUE_FULL");
    assert_int_equal(reply_number(&r, "status"), 503);
    assert_int_equal(reply_number(&r, "retryAfter"), 1);
    reply_release(&r);
    static const char *const unknown[] = {"/problems/WIBBLE", "/problems/OUTCOME_UNKNOWN", "/problems/"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        r = get(state, unknown[i]);
        assert_int_equal(r.status, 404);
        assert_string_equal(reply_text(&r, "type"), "/problems/NOT_FOUND");
        reply_release(&r);
    }
}

static void status__and_logs__show_the_process(void **state)
{
    struct reply r = get(state, "/api/v1/status");
    assert_int_equal(r.status, 200);
    assert_int_equal(reply_number(&r, "pid"), ((struct server *)*state)->pid);
    assert_true(reply_has(&r, "\"http\":{") && reply_has(&r, "\"writer\":{"));
    reply_release(&r);
    r = get(state, "/api/v1/logs?limit=1000&level=info&after=0");
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, "\"msg\":\"ready\"") && reply_number(&r, "next") >= 1);
    reply_release(&r);
    static const char *const bad[] = {"?limit=0",  "?limit=1001", "?limit=x",        "?level=loud",
                                      "?after=-1", "?x=1",        "?limit=1&limit=1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char path[100];
        snprintf(path, sizeof(path), "/api/v1/logs%s", bad[i]);
        r = get(state, path);
        assert_int_equal(r.status, 400);
        assert_string_equal(reply_text(&r, "code"), "INVALID_PARAMETER");
        reply_release(&r);
    }
}

static void openapi__document__names_every_route(void **state)
{
    static const char *const paths[] = {
        "/api/v1/orders",
        "/api/v1/orders/{id}",
        "/api/v1/orders/{id}/validate",
        "/api/v1/orders/{id}/release-hold",
        "/api/v1/orders/count",
        "/api/v1/orders/{id}/events",
        "/api/v1/events/stream",
        "/health",
        "/problems/{code}",
    };
    struct reply r = get(state, "/openapi.json");
    assert_int_equal(r.status, 200);
    assert_true(strncmp(r.body, "{\"openapi\":\"3.1.", 16) == 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char key[100];
        snprintf(key, sizeof(key), "\"%s\":{", paths[i]);
        if (!reply_has(&r, key))
            fail_msg("no path %s", paths[i]);
    }
    assert_true(
        reply_has(&r, "\"position\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":999999999999999999,"));
    reply_release(&r);
}

/* What may repeat is a list in the document, and may repeat as often as it says. */
static void openapi__parameters_that_repeat__do_as_the_document_says(void **state)
{
    struct reply r = get(state, "/openapi.json");
    const char *events = strstr(r.body, "\"/api/v1/events\":");
    assert_non_null(events);
    const char *type = strstr(events, "\"name\":\"type\"");
    assert_non_null(type);
    const char *schema = strstr(type, "\"style\":\"form\",\"explode\":true,\"schema\":{\"type\":\"array\"");
    assert_non_null(schema);
    assert_true(schema - type < 200);
    assert_int_equal(strncmp(strstr(schema, "\"maxItems\":"), "\"maxItems\":32,", 14), 0);
    reply_release(&r);
    char path[3000] = "/api/v1/events?limit=1";
    for (int i = 1; i <= 33; i++) {
        strcat(path, "&type=wms.order.received");
        if (i != 1 && i < 32)
            continue;
        r = get(state, path);
        assert_int_equal(r.status, i <= 32 ? 200 : 400);
        reply_release(&r);
    }
    r = get(state, "/api/v1/events?type=wms.order.received,wms.order.validated");
    assert_int_equal(r.status, 200);
    reply_release(&r);
}

/* Another program holds the database: it cannot be written, and everyone is told until it can again. */
static void ready__changes_cannot_be_stored__says_so_until_they_can(void **state)
{
    static const char order[] = "{\"customerId\":\"A\",\"shippingAddress\":{},\"items\":[{\"sku\":\"s\","
                                "\"quantity\":1,\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";
    const struct server *s = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(server_file(s, "orders.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct reply r = ask(port(state), "POST", "/api/v1/orders", NULL, order);
    assert_int_equal(r.status, 503);
    assert_string_equal(reply_text(&r, "code"), "STORAGE_BUSY");
    reply_release(&r);
    r = get(state, "/ready");
    assert_int_equal(r.status, 503);
    assert_true(
        reply_has(&r, "{\"name\":\"database\",\"ok\":false,\"detail\":\"the database cannot be written\"}"));
    reply_release(&r);
    r = get(state, "/api/v1/status");
    assert_true(reply_has(&r, "\"fault\":\"the database cannot be written\""));
    reply_release(&r);
    assert_true(server_logged(s, "\"changes cannot be stored\"") &&
                !server_logged(s, "\"changes are stored again\""));
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    for (int status = 0, ms = 0; status != 200 && ms < 20000; ms += 20) {
        usleep(20000);
        r = get(state, "/ready");
        status = r.status;
        reply_release(&r);
    }
    assert_true(server_logged(s, "\"changes are stored again\""));
    r = get(state, "/api/v1/status");
    assert_true(reply_has(&r, "\"fault\":null"));
    reply_release(&r);
}

static void start__port_in_use__is_refused(void **state)
{
    struct server other;
    char number[20], line[80];
    server_prepare(&other);
    snprintf(number, sizeof(number), "%d", port(state));
    snprintf(line, sizeof(line), "orderdeck attach http://127.0.0.1:%d\n", port(state));
    assert_int_not_equal(server_refused(&other, (const char *[]){"--port", number, NULL}), 0);
    assert_true(server_logged(&other, "in use") && server_logged(&other, line));
    const char *const everywhere[] = {"--port", number, "--listen", "0.0.0.0", "--allow-anonymous", NULL};
    assert_int_not_equal(server_refused(&other, everywhere), 0);
    assert_true(server_logged(&other, line)); /* an address that can be reached */
    server_remove(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health__running__is_healthy),
        cmocka_unit_test(ready__running__lists_its_checks),
        cmocka_unit_test(metrics__after_requests__count_them),
        cmocka_unit_test(problems__each_code__is_explained),
        cmocka_unit_test(status__and_logs__show_the_process),
        cmocka_unit_test(openapi__document__names_every_route),
        cmocka_unit_test(openapi__parameters_that_repeat__do_as_the_document_says),
        cmocka_unit_test(ready__changes_cannot_be_stored__says_so_until_they_can),
        cmocka_unit_test(start__port_in_use__is_refused),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
