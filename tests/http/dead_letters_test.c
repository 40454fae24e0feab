/* Dead letters over REST: listing, trying again, deleting, who may; and what waiting facts do to requests. */
#include "service/store/sqlite.h"
#include "shared/clock.h"
#include "shared/digest.h"
#include "shared/json.h"
#include "tests/support/facts.h"
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDERS "/api/v1/orders"
#define LETTERS "/api/v1/dead-letters"

static const char order[] =
    "{\"customerId\":\"A\",\"shippingAddress\":{\"street\":\"1 Main St\",\"city\":\"New York\",\"zipCode\":\"10001\","
    "\"country\":\"US\"},\"items\":[{\"sku\":\"s\",\"quantity\":1,\"price\":{\"amount\":1,\"currency\":\"USD\"}}]}";

enum { APPLIES, WAITS, LATE, SHIPS, ORDER_COUNT };

struct scene {
    struct server server;
    char ids[ORDER_COUNT][ORDER_ID_LEN + 1];
};

/* ---- what the warehouse told before the server started ---- */

static void tell_all(struct scene *s)
{
    struct err e;
    struct store *store =
        sqlite_open(&(struct sqlite_options){.path = server_file(&s->server, "orders.sqlite")}, &e);
    assert_non_null(store);
    facts_tell(store, "garbage \xff", 1, false);
    for (int i = APPLIES; i <= LATE; i++)
        facts_tell_order(store, s->ids[i], "wms.packing.task-completed", "", 10 + i, true);
    facts_tell_order(store, s->ids[SHIPS], "wms.shipping.confirmed",
                     ",\"trackingNumber\":\"1Z\",\"carrier\":\"UPS\"", 20, false);
    store->ops->close(store);
}

static void expect(struct reply r, int status, const char *part)
{
    if (r.status != status || (part != NULL && !reply_has(&r, part)))
        fail_msg("expected %d %s, got %d %s", status, part != NULL ? part : "", r.status, r.body);
    reply_release(&r);
}

static void command(struct scene *s, int which, const char *name, const char *body)
{
    char path[200];
    snprintf(path, sizeof path, ORDERS "/%s/%s", s->ids[which], name);
    expect(ask(s->server.port, "POST", path, NULL, body), 200, NULL);
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    server_prepare(&s->server);
    server_start(&s->server, NULL);
    for (int i = 0; i < ORDER_COUNT; i++) {
        struct reply r = ask(s->server.port, "POST", ORDERS, NULL, order);
        assert_int_equal(r.status, 201);
        snprintf(s->ids[i], sizeof s->ids[i], "%s", reply_text(&r, "orderId"));
        reply_release(&r);
        command(s, i, "validate", "{}");
    }
    assert_int_equal(server_stop(&s->server), 0);
    tell_all(s);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    server_remove(&s->server);
    free(s);
    return 0;
}

static void start(struct scene *s)
{
    server_start(&s->server, NULL);
}

/* The id of the letter about an order, or of the unreadable one. */
static void letter_of(struct scene *s, const char *order_id, char out[24])
{
    struct reply r = ask(s->server.port, "GET", LETTERS "?limit=200", NULL, NULL);
    assert_int_equal(r.status, 200);
    const char *at = strstr(r.body, order_id), *id = NULL;
    assert_non_null(at);
    for (const char *p = r.body; (p = strstr(p, "{\"id\":\"")) != NULL && p < at; p++)
        id = p + 7;
    assert_non_null(id);
    snprintf(out, 24, "%.*s", (int)strcspn(id, "\""), id);
    reply_release(&r);
}

static struct reply replay(struct scene *s, const char *order_id, const char *fields)
{
    char id[24], path[80];
    letter_of(s, order_id, id);
    snprintf(path, sizeof path, LETTERS "/%s/replay", id);
    return ask(s->server.port, "POST", path, fields, NULL);
}

/* ---- listing ---- */

static void list__shows_everything_of_a_record(void **state)
{
    struct scene *s = *state;
    start(s);
    struct reply r = ask(s->server.port, "GET", LETTERS, NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, "\"nextCursor\":null"));
    assert_true(reply_has(&r, "\"code\":\"UNREADABLE\",\"reason\":\"the value is not JSON"));
    assert_true(reply_has(
        &r, "\"topic\":\"wms.test\",\"partition\":2,\"offset\":1,\"key\":\"k\",\"headers\":{\"content-type\":"
            "\"application/json\"},\"receivedAt\":\""));
    assert_true(reply_has(&r, "\"valueBase64\":\"Z2FyYmFnZSD/\"}"));
    assert_true(reply_has(&r, "\"code\":\"TOO_EARLY\""));
    assert_true(reply_has(&r, s->ids[APPLIES]));
    reply_release(&r);
}

static void list__pages__the_newest_first_each_once(void **state)
{
    struct scene *s = *state;
    char path[120] = LETTERS "?limit=1";
    int64_t last = INT64_MAX;
    int n = 0;
    start(s);
    for (; path[0] != '\0'; n++) {
        struct reply r = ask(s->server.port, "GET", path, NULL, NULL);
        assert_int_equal(r.status, 200);
        int64_t id = atoll(reply_text(&r, "id"));
        assert_true(id < last && id > 0);
        last = id;
        const char *next = reply_text(&r, "nextCursor");
        snprintf(path, sizeof path, "%s%s", next[0] != '\0' ? LETTERS "?limit=1&cursor=" : "", next);
        reply_release(&r);
    }
    assert_int_equal(n, 4);
    expect(ask(s->server.port, "GET", LETTERS "?limit=0", NULL, NULL), 400, "INVALID_PARAMETER");
    expect(ask(s->server.port, "GET", LETTERS "?cursor=x", NULL, NULL), 400, "INVALID_CURSOR");
    expect(ask(s->server.port, "GET", LETTERS "?what=1", NULL, NULL), 400, "INVALID_PARAMETER");
}

/* Puts a record into the database of a server that does not run. */
static void set_aside(struct scene *s, const struct record *r)
{
    struct err e;
    struct store *store =
        sqlite_open(&(struct sqlite_options){.path = server_file(&s->server, "orders.sqlite")}, &e);
    assert_non_null(store);
    facts_tell_record(store, r, false);
    store->ops->close(store);
}

/* Every byte there is, in key, headers and value: the answer is JSON, and the value is there as it was. */
static void list__bytes_of_any_kind__are_shown_as_json(void **state)
{
    struct scene *s = *state;
    char bytes[256];
    struct json_fault fault;
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    const struct record_header headers[] = {
        {"all", bytes, 256}, {"escape \x1b[31m\n\"\\", "\x1b]0;x\a\0\xc3", 8}, {"none", NULL, 0}};
    set_aside(s, &(struct record){.topic = "wms.test",
                                  .offset = 99,
                                  .key = bytes,
                                  .key_len = 256,
                                  .value = bytes,
                                  .value_len = 256,
                                  .headers = headers,
                                  .n_headers = 3});
    start(s);
    struct reply r = ask(s->server.port, "GET", LETTERS "?limit=1", NULL, NULL);
    assert_int_equal(r.status, 200);
    for (size_t i = 0; i < r.body_len; i++)
        assert_true((unsigned char)r.body[i] >= 0x20);
    struct json_doc *doc = json_parse(r.body, r.body_len, &fault);
    assert_non_null(doc);
    const struct json *letter = json_first(json_get(json_root(doc), "data"));
    assert_memory_equal(json_string(json_get(letter, "key")), "\xef\xbf\xbd\x01\x02\x03", 6);
    assert_string_equal(json_string(json_get(json_get(letter, "headers"), headers[1].name)),
                        "\x1b]0;x\a\xef\xbf\xbd\xef\xbf\xbd");
    assert_int_equal(json_kind(json_get(json_get(letter, "headers"), "none")), JSON_NULL);
    json_free(doc);
    assert_true(reply_has(&r, "\"valueBase64\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"));
    reply_release(&r);
}

/* A page ends before it grows beyond all bounds; the letters in it are whole. */
static void list__of_large_records__has_shorter_pages(void **state)
{
    enum { LARGE = 12, SIZE = 900000 };
    struct scene *s = *state;
    char *value = malloc(SIZE), path[120] = LETTERS "?limit=200";
    int n = 0, pages = 0;
    assert_non_null(value);
    memset(value, 'x', SIZE);
    for (int i = 0; i < LARGE; i++)
        set_aside(s, &(struct record){.topic = "wms.large", .offset = i, .value = value, .value_len = SIZE});
    free(value);
    start(s);
    for (; path[0] != '\0'; pages++) {
        struct reply r = ask(s->server.port, "GET", path, NULL, NULL);
        assert_int_equal(r.status, 200);
        assert_true(r.body_len < 8 << 20);
        for (const char *p = r.body; (p = strstr(p, "\"topic\":\"wms.large\"")) != NULL; n++) {
            const char *text = strstr(p, "\"valueBase64\":\"") + strlen("\"valueBase64\":\"");
            p = strchr(text, '"');
            assert_int_equal(p - text, SIZE / 3 * 4);
        }
        const char *next = strstr(r.body, "\"nextCursor\":") + strlen("\"nextCursor\":");
        path[0] = '\0';
        if (*next == '"')
            snprintf(path, sizeof path, LETTERS "?limit=200&cursor=%.*s", (int)strspn(next + 1, "0123456789"),
                     next + 1);
        reply_release(&r);
    }
    assert_int_equal(n, LARGE);
    assert_true(pages > 1);
}

/* ---- trying again ---- */

static void replay__each_outcome__is_told(void **state)
{
    struct scene *s = *state;
    start(s);
    expect(replay(s, "UNREADABLE", NULL), 422, "DEAD_LETTER_REFUSED");
    expect(replay(s, s->ids[WAITS], NULL), 200, "{\"result\":\"parked\"}");
    command(s, APPLIES, "assign-wave", "{\"waveId\":\"W\"}");
    command(s, APPLIES, "start-picking", "{}");
    expect(replay(s, s->ids[APPLIES], "Idempotency-Key: once\r\n"), 200, "{\"result\":\"applied\"}");
    command(s, LATE, "assign-wave", "{\"waveId\":\"W\"}");
    command(s, LATE, "start-picking", "{}");
    command(s, LATE, "mark-packed", "{}");
    expect(replay(s, s->ids[LATE], NULL), 200, "{\"result\":\"late\"}");
    struct reply r = ask(s->server.port, "GET", LETTERS, NULL, NULL);
    assert_null(strstr(r.body, "TOO_EARLY"));
    assert_true(reply_has(&r, "UNREADABLE"));
    reply_release(&r);
    expect(ask(s->server.port, "POST", LETTERS "/999999/replay", NULL, NULL), 404, "DEAD_LETTER_NOT_FOUND");
    expect(ask(s->server.port, "POST", LETTERS "/0x1/replay", NULL, NULL), 404, "DEAD_LETTER_NOT_FOUND");
}

static void replay__with_a_key__is_answered_again(void **state)
{
    struct scene *s = *state;
    char id[24], path[80];
    start(s);
    letter_of(s, s->ids[WAITS], id);
    snprintf(path, sizeof path, LETTERS "/%s/replay", id);
    expect(ask(s->server.port, "POST", path, "Idempotency-Key: k\r\n", NULL), 200, "{\"result\":\"parked\"}");
    struct reply r = ask(s->server.port, "POST", path, "Idempotency-Key: k\r\n", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_field(&r, "Idempotency-Replayed"), "true");
    assert_string_equal(r.body, "{\"result\":\"parked\"}");
    reply_release(&r);
    expect(ask(s->server.port, "POST", path, NULL, NULL), 404, "DEAD_LETTER_NOT_FOUND");
}

static void replay_all__by_code__counts(void **state)
{
    struct scene *s = *state;
    start(s);
    expect(ask(s->server.port, "POST", LETTERS "/replay?code=NONSENSE", NULL, NULL), 400,
           "INVALID_PARAMETER");
    expect(ask(s->server.port, "POST", LETTERS "/replay?code=UNREADABLE", NULL, NULL), 200,
           "{\"applied\":0,\"parked\":0,\"late\":0,\"refused\":1,\"more\":false}");
    expect(ask(s->server.port, "POST", LETTERS "/replay", "Idempotency-Key: all\r\n", NULL), 200,
           "{\"applied\":0,\"parked\":3,\"late\":0,\"refused\":1,\"more\":false}");
    expect(ask(s->server.port, "POST", LETTERS "/replay", "Idempotency-Key: all\r\n", NULL), 200,
           "\"parked\":3");
    expect(ask(s->server.port, "POST", LETTERS "/replay?code=TOO_EARLY", NULL, NULL), 200, "\"parked\":0");
}

static void delete__is_for_good(void **state)
{
    struct scene *s = *state;
    char id[24], path[80];
    start(s);
    letter_of(s, "UNREADABLE", id);
    snprintf(path, sizeof path, LETTERS "/%s", id);
    struct reply r = ask(s->server.port, "DELETE", path, NULL, NULL);
    assert_int_equal(r.status, 204);
    assert_int_equal(r.body_len, 0);
    reply_release(&r);
    expect(ask(s->server.port, "DELETE", path, NULL, NULL), 404, "DEAD_LETTER_NOT_FOUND");
    expect(ask(s->server.port, "GET", path, NULL, NULL), 405, NULL);
}

/* ---- what waits, and requests ---- */

static void command__opens_the_way__the_answer_is_the_order_after_all_that_waited(void **state)
{
    struct scene *s = *state;
    char path[200];
    start(s);
    expect(replay(s, s->ids[WAITS], NULL), 200, "parked");
    command(s, WAITS, "assign-wave", "{\"waveId\":\"W\"}");
    snprintf(path, sizeof path, ORDERS "/%s/start-picking", s->ids[WAITS]);
    struct reply r = ask(s->server.port, "POST", path, NULL, "{}");
    assert_string_equal(reply_text(&r, "status"), "packed");
    assert_string_equal(reply_field(&r, "ETag"), "\"5\"");
    reply_release(&r);
}

static void cancel__a_shipment_was_reported__is_refused(void **state)
{
    struct scene *s = *state;
    char path[200];
    start(s);
    snprintf(path, sizeof path, ORDERS "/%s/cancel", s->ids[SHIPS]);
    expect(ask(s->server.port, "POST", path, NULL, "{\"reason\":\"no\"}"), 409,
           "\"code\":\"SHIPMENT_REPORTED\"");
    expect(ask(s->server.port, "POST", path, NULL, "{\"reason\":\"no\"}"), 409,
           "\"currentStatus\":\"validated\"");
}

static void timeline__notes_stand_between_the_events(void **state)
{
    struct scene *s = *state;
    char path[200];
    start(s);
    command(s, LATE, "assign-wave", "{\"waveId\":\"W\"}");
    command(s, LATE, "start-picking", "{}");
    command(s, LATE, "mark-packed", "{}");
    expect(replay(s, s->ids[LATE], NULL), 200, "late");
    command(s, LATE, "ship", "{\"trackingNumber\":\"1Z\",\"carrier\":\"UPS\"}");
    snprintf(path, sizeof path, ORDERS "/%s/events", s->ids[LATE]);
    struct reply r = ask(s->server.port, "GET", path, NULL, NULL);
    const char *packed = strstr(r.body, "wms.order.packed"),
               *note = strstr(r.body, "{\"kind\":\"note\",\"time\":\""),
               *shipped = strstr(r.body, "wms.order.shipped");
    assert_true(packed != NULL && note != NULL && shipped != NULL && packed < note && note < shipped);
    assert_non_null(strstr(note, "\"text\":\"packing completed (/wms, "));
    reply_release(&r);
    snprintf(path, sizeof path, ORDERS "/%s/events?limit=5",
             s->ids[LATE]); /* up to packed: what comes after is for the next page */
    r = ask(s->server.port, "GET", path, NULL, NULL);
    assert_null(strstr(r.body, "\"note\""));
    int64_t next = reply_number(&r, "nextAfter");
    reply_release(&r);
    snprintf(path, sizeof path, ORDERS "/%s/events?after=%lld", s->ids[LATE], (long long)next);
    expect(ask(s->server.port, "GET", path, NULL, NULL), 200, "{\"data\":[{\"kind\":\"note\"");
}

/* ---- who may ---- */

static void roles__viewer_lists_operator_replays_admin_deletes(void **state)
{
    static const char *const names[] = {"viewer", "operator", "admin"};
    struct scene *s = *state;
    char keys[600] = "", fields[3][60], path[80], id[24];
    start(s);
    letter_of(s, "UNREADABLE", id);
    assert_int_equal(server_stop(&s->server), 0);
    for (int i = 0; i < 3; i++) {
        uint8_t digest[SHA256_LEN];
        char hex[2 * SHA256_LEN + 1];
        digest_sha256(names[i], strlen(names[i]), digest);
        digest_hex(digest, SHA256_LEN, hex);
        snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "%s %s %s\n", names[i], names[i], hex);
        snprintf(fields[i], sizeof fields[i], "Authorization: Bearer %s\r\n", names[i]);
    }
    server_write(&s->server, "keys", keys);
    char file[200];
    snprintf(file, sizeof file, "%s", server_file(&s->server, "keys"));
    server_start(&s->server, (const char *const[]){"--api-keys-file", file, NULL});
    int port = s->server.port;
    expect(ask(port, "GET", LETTERS, NULL, NULL), 401, NULL);
    expect(ask(port, "GET", LETTERS, fields[0], NULL), 200, NULL);
    snprintf(path, sizeof path, LETTERS "/%s/replay", id);
    expect(ask(port, "POST", path, fields[0], NULL), 403, "FORBIDDEN");
    expect(ask(port, "POST", LETTERS "/replay", fields[0], NULL), 403, "FORBIDDEN");
    expect(ask(port, "POST", path, fields[1], NULL), 422, NULL);
    snprintf(path, sizeof path, LETTERS "/%s", id);
    expect(ask(port, "DELETE", path, fields[1], NULL), 403, "FORBIDDEN");
    expect(ask(port, "DELETE", path, fields[2], NULL), 204, NULL);
}

static void read_only__lists_and_changes_nothing(void **state)
{
    struct scene *s = *state;
    server_start(&s->server, (const char *const[]){"--read-only", NULL});
    expect(ask(s->server.port, "GET", LETTERS, NULL, NULL), 200, "UNREADABLE");
    expect(ask(s->server.port, "POST", LETTERS "/replay", NULL, NULL), 403, "READ_ONLY");
    expect(ask(s->server.port, "DELETE", LETTERS "/1", NULL, NULL), 403, "READ_ONLY");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list__shows_everything_of_a_record),
        TEST(list__bytes_of_any_kind__are_shown_as_json),
        TEST(list__of_large_records__has_shorter_pages),
        TEST(list__pages__the_newest_first_each_once),
        TEST(replay__each_outcome__is_told),
        TEST(replay__with_a_key__is_answered_again),
        TEST(replay_all__by_code__counts),
        TEST(delete__is_for_good),
        TEST(command__opens_the_way__the_answer_is_the_order_after_all_that_waited),
        TEST(cancel__a_shipment_was_reported__is_refused),
        TEST(timeline__notes_stand_between_the_events),
        TEST(roles__viewer_lists_operator_replays_admin_deletes),
        TEST(read_only__lists_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
