#include "shared/log.h"

#include "shared/clock.h"
#include "shared/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The ring's lines after a number, as a parsed array. */
static struct json_doc *ring(uint64_t after, enum log_level least, int limit, uint64_t *ret_newest)
{
    struct buf b = BUF_INIT(32 << 20);
    struct json_fault fault;
    buf_addc(&b, '[');
    *ret_newest = log_read(&b, after, least, limit);
    buf_addc(&b, ']');
    struct json_doc *doc = json_parse(b.data, b.len, &fault);
    if (doc == NULL)
        fail_msg("%s at %zu in %.300s", fault.what, fault.offset, b.data);
    buf_release(&b);
    return doc;
}

static const char *msg_of(const struct json *line)
{
    return json_string(json_get(line, "msg"));
}

static void log_line__fields_of_each_kind__one_json_line(void **state)
{
    (void)state;
    int fds[2];
    char text[500] = "";
    assert_int_equal(pipe(fds), 0);
    clock_freeze(0);
    log_init(fds[1], LOG_INFO, "svc");
    log_line(LOG_INFO, "ready", LOG_S("url", "http://x"), LOG_I("n", -3), LOG_B("ok", true),
             LOG_B("no", false), LOG_RAW("raw", "[1]"), LOG_S("none", NULL));
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    assert_string_equal(
        text,
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"msg\":\"ready\",\"service\":\"svc\","
        "\"url\":\"http://x\",\"n\":-3,\"ok\":true,\"no\":false,\"raw\":[1],\"none\":null}\n");
    clock_freeze(-1);
    log_to(-1);
    close(fds[0]);
    close(fds[1]);
}

static void log_line__without_fields_or_service__still_json(void **state)
{
    (void)state;
    uint64_t newest;
    log_init(-1, LOG_INFO, NULL);
    log_line(LOG_WARN, "only this");
    struct json_doc *doc = ring(0, LOG_TRACE, 10, &newest);
    const struct json *line = json_first(json_root(doc));
    assert_int_equal(newest, 1);
    assert_string_equal(msg_of(line), "only this");
    assert_string_equal(json_string(json_get(line, "level")), "warn");
    assert_null(json_get(line, "service"));
    json_free(doc);
}

static int evaluated;

static int64_t evaluate(void)
{
    return ++evaluated;
}

static void log_line__below_the_level__arguments_untouched(void **state)
{
    (void)state;
    uint64_t newest;
    log_init(-1, LOG_WARN, "svc");
    log_line(LOG_INFO, "quiet", LOG_I("n", evaluate()));
    assert_int_equal(evaluated, 0);
    log_line(LOG_ERROR, "loud", LOG_I("n", evaluate()));
    assert_int_equal(evaluated, 1);
    json_free(ring(0, LOG_TRACE, 10, &newest));
    assert_int_equal(newest, 1);
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_WARN));
}

static void log_line__hostile_texts__valid_json_all_the_same(void **state)
{
    (void)state;
    uint64_t newest;
    char *huge = malloc(100001);
    assert_non_null(huge);
    memset(huge, '\x01', 100000);
    huge[100000] = '\0';
    log_init(-1, LOG_INFO, "s\"v\n");
    log_line(LOG_INFO, "quote \" newline \n", LOG_S("bad", "x\xff\xc3(\xed\xa0\x80"));
    log_line(LOG_INFO, huge, LOG_S("a", huge), LOG_S("b", "kept"));
    memset(huge, 'x', 100000);
    log_line(LOG_INFO, "wide", LOG_S("first", "kept"), LOG_RAW("raw", huge));
    free(huge);
    struct json_doc *doc = ring(0, LOG_TRACE, 10, &newest);
    const struct json *line = json_first(json_root(doc));
    assert_int_equal(json_size(json_root(doc)), 3);
    assert_string_equal(msg_of(line), "quote \" newline \n");
    assert_string_equal(json_string(json_get(line, "bad")),
                        "x\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    line = json_next(line);
    assert_true(strlen(msg_of(line)) < 2100);
    line = json_next(line);
    assert_string_equal(json_string(json_get(line, "first")), "kept");
    assert_null(json_get(line, "raw"));
    assert_true(json_true(json_get(line, "truncated")));
    json_free(doc);
}

static void log_read__after_level_and_limit__newest_kept(void **state)
{
    (void)state;
    uint64_t newest;
    log_init(-1, LOG_TRACE, "svc");
    for (int i = 1; i <= 10; i++)
        log_line(i % 2 == 0 ? LOG_WARN : LOG_DEBUG, "line", LOG_I("n", i));
    struct json_doc *doc = ring(0, LOG_WARN, 3, &newest);
    assert_int_equal(newest, 10);
    assert_int_equal(json_size(json_root(doc)), 3);
    assert_string_equal(json_number(doc, json_get(json_first(json_root(doc)), "n")), "6");
    json_free(doc);
    doc = ring(7, LOG_TRACE, 100, &newest);
    assert_int_equal(json_size(json_root(doc)), 3);
    assert_string_equal(json_number(doc, json_get(json_first(json_root(doc)), "n")), "8");
    json_free(doc);
    doc = ring(10, LOG_TRACE, 100, &newest);
    assert_int_equal(json_size(json_root(doc)), 0);
    json_free(doc);
    doc = ring(UINT64_MAX, LOG_TRACE, 100, &newest);
    assert_int_equal(json_size(json_root(doc)), 0);
    json_free(doc);
    doc = ring(0, LOG_TRACE, 0, &newest);
    assert_int_equal(json_size(json_root(doc)), 0);
    json_free(doc);
}

static void log_read__more_lines_than_the_ring__oldest_gone(void **state)
{
    (void)state;
    uint64_t newest;
    log_init(-1, LOG_TRACE, "svc");
    for (int i = 1; i <= LOG_RING + 5; i++)
        log_line(LOG_INFO, "line", LOG_I("n", i));
    struct json_doc *doc = ring(0, LOG_TRACE, LOG_RING + 100, &newest);
    assert_int_equal(newest, LOG_RING + 5);
    assert_int_equal(json_size(json_root(doc)), LOG_RING);
    assert_string_equal(json_number(doc, json_get(json_first(json_root(doc)), "n")), "6");
    json_free(doc);
}

static void log_level__names__both_ways(void **state)
{
    (void)state;
    enum log_level level = LOG_TRACE;
    for (int i = 0; i < LOG_LEVELS; i++) {
        assert_true(log_level_find(log_level_name((enum log_level)i), &level));
        assert_int_equal(level, i);
    }
    assert_false(log_level_find("INFO", &level));
    assert_false(log_level_find("", &level));
}

static void *log_many(void *context)
{
    (void)context;
    for (int i = 0; i < 200; i++)
        log_line(LOG_INFO, "from a thread", LOG_I("i", i));
    return NULL;
}

static void log_line__several_threads__whole_lines_on_the_descriptor(void **state)
{
    (void)state;
    char path[] = "/tmp/orderdeck_log_XXXXXX";
    int fd = mkstemp(path);
    pthread_t threads[4];
    assert_true(fd >= 0);
    unlink(path);
    log_init(fd, LOG_INFO, "svc");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_to(-1);
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc((size_t)size + 1, 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    int lines = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        struct json_fault fault;
        struct json_doc *doc = json_parse(line, strlen(line), &fault);
        assert_non_null(doc);
        json_free(doc);
    }
    assert_int_equal(lines, 800);
    free(text);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_line__fields_of_each_kind__one_json_line),
        cmocka_unit_test(log_line__without_fields_or_service__still_json),
        cmocka_unit_test(log_line__below_the_level__arguments_untouched),
        cmocka_unit_test(log_line__hostile_texts__valid_json_all_the_same),
        cmocka_unit_test(log_read__after_level_and_limit__newest_kept),
        cmocka_unit_test(log_read__more_lines_than_the_ring__oldest_gone),
        cmocka_unit_test(log_level__names__both_ways),
        cmocka_unit_test(log_line__several_threads__whole_lines_on_the_descriptor),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
