#include "shared/json.h"

#include "shared/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_doc *parse(const char *text)
{
    struct json_fault fault;
    struct json_doc *doc = json_parse(text, strlen(text), &fault);
    if (doc == NULL)
        fail_msg("%s: %s at %zu", text, fault.what, fault.offset);
    return doc;
}

/* Parsed and written again. */
static void expect_same(const char *text, const char *expected)
{
    struct json_doc *doc = parse(text);
    struct buf b = BUF_INIT(1 << 20);
    json_add_value(&b, doc, json_root(doc));
    assert_string_equal(b.data, expected);
    buf_release(&b);
    json_free(doc);
}

static void expect_fault_n(const char *text, size_t n, const char *what, size_t offset)
{
    struct json_fault fault = {0};
    char *exact = malloc(n == 0 ? 1 : n); /* no byte beyond, so that a read past the end is seen */
    assert_non_null(exact);
    memcpy(exact, text, n);
    struct json_doc *doc = json_parse(exact, n, &fault);
    if (doc != NULL)
        fail_msg("%.*s: is accepted", (int)n, text);
    else if (strcmp(fault.what, what) != 0 || fault.offset != offset)
        fail_msg("%.*s: %s at %zu instead of %s at %zu", (int)n, text, fault.what, fault.offset, what,
                 offset);
    free(exact);
}

static void expect_fault(const char *text, const char *what, size_t offset)
{
    expect_fault_n(text, strlen(text), what, offset);
}

static void json_parse__valid_texts__accepted(void **state)
{
    (void)state;
    expect_same("null", "null");
    expect_same(" \t\r\n true \n", "true");
    expect_same("false", "false");
    expect_same("\"\"", "\"\"");
    expect_same("0", "0");
    expect_same("-0", "-0");
    expect_same("{}", "{}");
    expect_same(" [ ] ", "[]");
    expect_same("[ 1 , [ ] , { } , \"x\" , null ]", "[1,[],{},\"x\",null]");
    expect_same("{ \"a\" : { \"b\" : [ 1.50 , -2e+7 , 0E-1 ] } , \"\" : false }",
                "{\"a\":{\"b\":[1.50,-2e+7,0E-1]},\"\":false}");
    expect_same("\"\\\\ \\/ \\\" \\b\\f\\n\\r\\t \\u0041 \\u00e9 \\u20AC \\ud83d\\uDE00\"",
                "\"\\\\ / \\\" \\b\\f\\n\\r\\t A \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
    expect_same("\"\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \xef\xbf\xbf\"",
                "\"\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \xef\xbf\xbf\"");
    expect_same("\"\\u0001\\u001f\"", "\"\\u0001\\u001f\"");
    expect_same("{\"\\u0061\\n\\ud83d\\ude00\":\"\\u0062\",\"\":-1.0}",
                "{\"a\\n\xf0\x9f\x98\x80\":\"b\",\"\":-1.0}");
}

static void json_parse__broken_grammar__refused(void **state)
{
    (void)state;
    expect_fault("", "a value was expected", 0);
    expect_fault("  ", "a value was expected", 2);
    expect_fault("nul", "a value was expected", 0);
    expect_fault("True", "a value was expected", 0);
    expect_fault("NaN", "a value was expected", 0);
    expect_fault("'a'", "a value was expected", 0);
    expect_fault("[1,]", "a value was expected", 3);
    expect_fault("[,1]", "a value was expected", 1);
    expect_fault("[1 2]", "',' or ']' was expected", 3);
    expect_fault("[1", "',' or ']' was expected", 2);
    expect_fault("[", "a value was expected", 1);
    expect_fault("{\"a\":1,}", "a member name was expected", 7);
    expect_fault("{,}", "a member name was expected", 1);
    expect_fault("{a:1}", "a member name was expected", 1);
    expect_fault("{1:1}", "a member name was expected", 1);
    expect_fault("{", "a member name was expected", 1);
    expect_fault("{\"a\"}", "':' was expected", 4);
    expect_fault("{\"a\"", "':' was expected", 4);
    expect_fault("{\"a\":}", "a value was expected", 5);
    expect_fault("{\"a\":1]", "',' or '}' was expected", 6);
    expect_fault("[1}", "',' or ']' was expected", 2);
    expect_fault("{} x", "text after the value", 3);
    expect_fault("1 2", "text after the value", 2);
    expect_fault("{}{}", "text after the value", 2);
    expect_fault("\"a\"b", "text after the value", 3);
    expect_fault("nullx", "text after the value", 4);
    expect_fault("/*x*/1", "a value was expected", 0);
    expect_fault("1//x", "text after the value", 1);
    expect_fault("\f1", "a value was expected", 0);
    expect_fault("\xc2\xa0"
                 "1",
                 "a value was expected", 0);
    expect_fault("\xef\xbb\xbf{}", "byte order mark", 0);
}

static void json_parse__broken_numbers__refused(void **state)
{
    (void)state;
    expect_fault("01", "number with a leading zero", 0);
    expect_fault("-01", "number with a leading zero", 0);
    expect_fault("00", "number with a leading zero", 0);
    expect_fault("1.", "invalid number", 0);
    expect_fault("[1.]", "invalid number", 1);
    expect_fault("1.e1", "invalid number", 0);
    expect_fault("-", "invalid number", 0);
    expect_fault("-a", "invalid number", 0);
    expect_fault("1e", "invalid number", 0);
    expect_fault("1e+", "invalid number", 0);
    expect_fault("+1", "a value was expected", 0);
    expect_fault(".5", "a value was expected", 0);
    expect_fault("0x10", "text after the value", 1);
    expect_fault("1-2", "text after the value", 1);
    expect_fault("1.2.3", "text after the value", 3);
    expect_fault("1e1.5", "text after the value", 3);
    expect_fault("-Infinity", "invalid number", 0);
}

static void json_parse__broken_strings__refused(void **state)
{
    (void)state;
    expect_fault("\"", "unfinished string", 0);
    expect_fault("\"abcdefghijk", "unfinished string", 0);
    expect_fault("\"abc\\\"", "unfinished string", 0);
    expect_fault("\"abc\\", "unfinished string", 4);
    expect_fault("\"a\nb\"", "control character in a string", 2);
    expect_fault("\"a\tb\"", "control character in a string", 2);
    expect_fault("\"abcdefgh\x1f\"", "control character in a string", 9);
    expect_fault("\"\\x41\"", "unknown escape", 1);
    expect_fault("\"\\'\"", "unknown escape", 1);
    expect_fault("\"\\U0041\"", "unknown escape", 1);
    expect_fault("\"\\u12\"", "unknown escape", 1);
    expect_fault("\"\\u12", "unknown escape", 1);
    expect_fault("\"\\u12g4\"", "unknown escape", 1);
    expect_fault("\"\\u+123\"", "unknown escape", 1);
    expect_fault("\"\\u0000\"", "NUL character", 1);
    expect_fault("\"\\ud800\"", "lone surrogate", 1);
    expect_fault("\"\\udc00\"", "lone surrogate", 1);
    expect_fault("\"\\ud800\\u0041\"", "lone surrogate", 1);
    expect_fault("\"\\ud800\\ud800\"", "lone surrogate", 1);
    expect_fault("\"\\udc00\\ud800\"", "lone surrogate", 1);
    expect_fault("\"\\ud800x\"", "lone surrogate", 1);
    expect_fault("\"\\ud83d\\", "lone surrogate", 1);
    expect_fault("\"\\ud83d\\ude0\"", "lone surrogate", 1);
    expect_fault_n("\"a\0b\"", 5, "NUL character", 2);
    expect_fault_n("{}\0", 3, "text after the value", 2);
    expect_fault_n("\0", 1, "NUL character", 0);
    expect_fault_n("[\0]", 3, "NUL character", 1);
}

static void json_parse__invalid_utf8__refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2x",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xe2\x82",
        "\xe2\x82x",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xf0\x9f\x98",
        "\xf0\x9f\x98x",
        "\xf8\x88\x80\x80\x80",
    };
    char text[32];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "\"abc%s\"", wrong[i]);
        expect_fault(text, "invalid UTF-8", 4);
        snprintf(text, sizeof text, "{\"abc%s\":1}", wrong[i]);
        expect_fault(text, "invalid UTF-8", 5);
        snprintf(text, sizeof text, "\"%s", wrong[i]); /* ends inside */
        struct json_fault fault;
        assert_null(json_parse(text, strlen(text), &fault));
    }
}

static void json_parse__cut_anywhere__refused_without_reading_on(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"a\\u00e9\":[1.5e+3,true,null,\"x\\ud83d\\ude00 \xf0\x9f\x98\x80\"],\"b\":{\"c\":false}}";
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        struct json_fault fault;
        char *exact = malloc(n == 0 ? 1 : n);
        assert_non_null(exact);
        memcpy(exact, whole, n);
        assert_null(json_parse(exact, n, &fault));
        assert_true(fault.offset <= n);
        free(exact);
    }
    json_free(parse(whole));
}

static void nest(char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text[i] = '[';
    memset(text + n, ']', n);
    text[2 * n] = '\0';
}

static void json_parse__depth__limit_is_exact(void **state)
{
    (void)state;
    static char text[200001];
    nest(text, JSON_DEPTH);
    json_free(parse(text));
    nest(text, JSON_DEPTH + 1);
    expect_fault(text, "nested too deep", JSON_DEPTH);
    nest(text, 100000);
    expect_fault(text, "nested too deep", JSON_DEPTH);
    text[0] = '\0';
    for (int i = 0; i < JSON_DEPTH; i++)
        strcat(text, "{\"a\":");
    strcat(text, "{}");
    expect_fault(text, "nested too deep", 5 * JSON_DEPTH);
    expect_same("[[],[],[]]", "[[],[],[]]");
}

static void json_parse__duplicate_members__refused(void **state)
{
    (void)state;
    expect_fault("{\"a\":1,\"a\":2}", "duplicate member", 7);
    expect_fault("{\"a\":1,\"b\":2,\"a\":3}", "duplicate member", 13);
    expect_fault("{\"a\":1,\"\\u0061\":2}", "duplicate member", 7);
    expect_fault("{\"\\u00e9\":1,\"\xc3\xa9\":2}", "duplicate member", 12);
    expect_fault("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", "duplicate member", 18);
    expect_fault("{\"\\/\":1,\"/\":2}", "duplicate member", 8);
    expect_fault("{\"a\\nb\":1,\"a\\u000ab\":2}", "duplicate member", 10);
    expect_fault("{\"\":1,\"\":2}", "duplicate member", 6);
    expect_fault("{\"x\":{\"a\":1,\"a\":2}}", "duplicate member", 12);
    expect_fault("{\"x\":{\"b\":1},\"a\":1,\"x\":2}", "duplicate member", 19);
    expect_fault("[{\"a\":1},{\"a\":1,\"a\":1}]", "duplicate member", 16);
    expect_same("{\"a\":1,\"A\":2,\"aa\":3}", "{\"a\":1,\"A\":2,\"aa\":3}");
    expect_same("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}");
    expect_same("[{\"a\":1},{\"a\":1}]", "[{\"a\":1},{\"a\":1}]");
}

/* An object of n members, NAME0, NAME1, ...; the one numbered same, if there is one, has the name of the one numbered as. */
static void make_object(struct buf *b, int n, int same, int as, const char *name)
{
    buf_clear(b);
    buf_addc(b, '{');
    for (int i = 0; i < n; i++)
        buf_addf(b, "%s\"%s%d\":%d", i == 0 ? "" : ",", name, i == same ? as : i, i);
    buf_addc(b, '}');
}

static void json_parse__duplicates_among_many__found_at_the_second(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    static const int sizes[] = {2, 15, 16, 17, 18, 33, 64, 65, 200};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int n = sizes[k];
        make_object(&b, n, -1, 0, "m");
        json_free(parse(b.data));
        for (int same = 1; same < n; same += 1 + n / 20) {
            make_object(&b, n, same, same / 2, "m");
            char name[32];
            snprintf(name, sizeof name, "\"m%d\":%d", same / 2, same);
            expect_fault(b.data, "duplicate member", (size_t)(strstr(b.data, name) - b.data));
        }
    }
    buf_release(&b);
}

static void json_parse__sixty_thousand_members__not_quadratic(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(4 << 20);
    make_object(&b, 60000, -1, 0, "");
    int64_t before = clock_cpu_us();
    struct json_doc *doc = parse(b.data);
    int64_t spent = clock_cpu_us() - before;
    assert_int_equal(json_size(json_root(doc)), 60000);
    json_free(doc);
    make_object(&b, 60000, 59999, 0, "\\u0061");
    struct json_fault fault;
    assert_null(json_parse(b.data, b.len, &fault));
    assert_string_equal(fault.what, "duplicate member");
    assert_true(
        spent <
        3000000); /* a second is far more than it takes even under a sanitizer; quadratic took a minute */
    buf_release(&b);
}

static void json__access__members_and_elements(void **state)
{
    (void)state;
    struct json_doc *doc = parse(
        "{\"s\":\"x\",\"n\":-12.50,\"t\":true,\"f\":false,\"z\":null,\"a\":[1,\"two\",{}],\"o\":{\"A\":1}}");
    const struct json *root = json_root(doc), *a = json_get(root, "a");
    assert_int_equal(json_kind(root), JSON_OBJECT);
    assert_int_equal(json_size(root), 7);
    assert_string_equal(json_string(json_get(root, "s")), "x");
    assert_string_equal(json_number(doc, json_get(root, "n")), "-12.50");
    assert_int_equal(json_kind(json_get(root, "z")), JSON_NULL);
    assert_int_equal(json_kind(json_get(root, "f")), JSON_BOOL);
    assert_true(json_true(json_get(root, "t")));
    assert_false(json_true(json_get(root, "f")));
    assert_false(json_true(NULL));
    assert_null(json_get(root, "S"));
    assert_null(json_get(json_get(root, "o"), "a"));
    assert_null(json_get(a, "a"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_string(json_get(root, "n")));
    assert_null(json_string(NULL));
    assert_null(json_number(doc, json_get(root, "s")));
    assert_null(json_number(doc, NULL));
    assert_int_equal(json_size(a), 3);
    assert_int_equal(json_size(json_get(root, "s")), 0);
    assert_int_equal(json_size(NULL), 0);
    const struct json *one = json_first(a), *two = json_next(one), *three = json_next(two);
    assert_string_equal(json_number(doc, one), "1");
    assert_string_equal(json_string(two), "two");
    assert_int_equal(json_kind(three), JSON_OBJECT);
    assert_int_equal(json_size(three), 0);
    assert_null(json_first(three));
    assert_null(json_next(three));
    assert_null(json_name(one));
    assert_string_equal(json_name(json_first(root)), "s");
    json_free(doc);
    json_free(NULL);
}

static void json__text_freed_after_parsing__document_lives(void **state)
{
    (void)state;
    char *text = strdup("{\"a\":[1.25,\"x\"],\"b\":2}");
    assert_non_null(text);
    struct json_doc *doc = parse(text);
    memset(text, '!', strlen(text));
    free(text);
    struct buf b = BUF_INIT(100);
    json_add_value(&b, doc, json_root(doc));
    assert_string_equal(b.data, "{\"a\":[1.25,\"x\"],\"b\":2}");
    buf_release(&b);
    json_free(doc);
}

static void json__numbers_of_any_length__text_kept(void **state)
{
    (void)state;
    static char text[3000] = "[1,";
    memset(text + 3, '9', 2000);
    strcpy(text + 2003, ",2.50,{\"a\":3e7,\"b\":[4,5]},6]");
    expect_same(text, text);
}

static void expect_int(const char *text, bool whole, int64_t expected)
{
    struct json_doc *doc = parse(text);
    int64_t value = 42;
    bool is = json_int(doc, json_root(doc), &value);
    if (is != whole || value != (whole ? expected : 42))
        fail_msg("%s is %d, %lld", text, is, (long long)value);
    json_free(doc);
}

static void json_int__by_value__exact(void **state)
{
    (void)state;
    expect_int("1", true, 1);
    expect_int("1e3", true, 1000);
    expect_int("1.500E+1", true, 15);
    expect_int("120000e-4", true, 12);
    expect_int("-0", true, 0);
    expect_int("-0.0", true, 0);
    expect_int("3.0", true, 3);
    expect_int("3000000000", true, INT64_C(3000000000));
    expect_int("9007199254740993", true, INT64_C(9007199254740993));
    expect_int("9223372036854775807", true, INT64_MAX);
    expect_int("-9223372036854775808", true, INT64_MIN);
    expect_int("9223372036854775808", false, 0);
    expect_int("-9223372036854775809", false, 0);
    expect_int("92233720368547758070", false, 0);
    expect_int("1.5", false, 0);
    expect_int("1e-1", false, 0);
    expect_int("1e300", false, 0);
    expect_int("1e-300", false, 0);
    expect_int("0e300", true, 0);
    expect_int("\"1\"", false, 0);
    expect_int("true", false, 0);
    expect_int("null", false, 0);
}

static void json_add_string__every_byte__escaped_as_needed(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    json_add_string(&b, "\"\\/\b\f\n\r\t\x01\x1f\x7f \xc3\xa9");
    assert_string_equal(b.data, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xc3\xa9\"");
    buf_clear(&b);
    json_add_string_n(&b, "a\0b", 3);
    assert_string_equal(b.data, "\"a\\u0000b\"");
    buf_clear(&b);
    json_add_string(&b, NULL);
    assert_string_equal(b.data, "null");
    buf_release(&b);
}

static void json_add_string__any_position__comes_back(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        for (size_t i = 0; i < n; i++) {
            char text[48];
            memset(text, 'x', n);
            text[n] = '\0';
            text[i] = "\"\\\n\x01"[(n + i) % 4];
            struct buf b = BUF_INIT(1000);
            json_add_string(&b, text);
            struct json_doc *doc = parse(b.data);
            assert_string_equal(json_string(json_root(doc)), text);
            json_free(doc);
            buf_release(&b);
        }
    }
}

static void json_add_string__over_the_limit__failed(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(5);
    json_add_string(&b, "abcd");
    assert_true(b.failed);
    buf_clear(&b);
    json_add_string(&b, "abc");
    assert_string_equal(b.data, "\"abc\"");
    buf_release(&b);
}

static void json_put__object__commas_between(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    buf_addc(&b, '{');
    json_put_string(&b, "a", "x");
    json_put_string(&b, "n", NULL);
    json_put_int(&b, "i", INT64_MIN);
    json_put_bool(&b, "t", true);
    json_put_bool(&b, "f", false);
    json_put_null(&b, "z");
    json_put_time(&b, "at", 0);
    json_put_raw(&b, "r", "[1,2]");
    json_key(&b, "o\"");
    buf_adds(&b, "{");
    json_put_int(&b, "k", 1);
    buf_adds(&b, "}}");
    assert_string_equal(
        b.data, "{\"a\":\"x\",\"n\":null,\"i\":-9223372036854775808,\"t\":true,\"f\":false,\"z\":null,"
                "\"at\":\"1970-01-01T00:00:00.000Z\",\"r\":[1,2],\"o\\\"\":{\"k\":1}}");
    json_free(parse(b.data));
    buf_release(&b);
}

static void utf8__lengths_and_steps__by_code_point(void **state)
{
    (void)state;
    const char *text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", *p = text;
    assert_int_equal(utf8_length(text), 4);
    assert_int_equal(utf8_length(""), 0);
    assert_true(utf8_valid(text, strlen(text)));
    assert_true(utf8_valid("", 0));
    assert_false(utf8_valid("a\0b", 3));
    assert_false(utf8_valid(text, strlen(text) - 1));
    assert_false(utf8_valid("\xed\xa0\x80", 3));
    for (size_t i = 0; i < 24; i++) { /* a fault is found wherever it stands in a long run */
        static const char faults[] = {'\0', '\x80', '\xff'};
        char run[] = "abcdefghijklmnopqrstuvwx";
        assert_true(utf8_valid(run, 24));
        for (size_t k = 0; k < sizeof faults; k++) {
            run[i] = faults[k];
            assert_false(utf8_valid(run, 24));
        }
    }
    assert_int_equal(utf8_next(&p), 'a');
    assert_int_equal(utf8_next(&p), 0xe9);
    assert_int_equal(utf8_next(&p), 0x20ac);
    assert_int_equal(utf8_next(&p), 0x1f600);
    assert_int_equal(utf8_next(&p), 0);
    assert_int_equal(utf8_next(&p), 0);
    assert_ptr_equal(p, text + strlen(text));
}

static void *parse_many(void *text)
{
    for (int i = 0; i < 300; i++) {
        struct json_fault fault;
        struct json_doc *doc = json_parse(text, strlen(text), &fault);
        if (doc == NULL || json_size(json_root(doc)) != 3)
            return NULL;
        json_free(doc);
    }
    return text;
}

static void json_parse__several_threads__apart(void **state)
{
    (void)state;
    char text[] = "{\"a\":[1,2,3],\"b\":\"text\",\"c\":{\"d\":1.5}}";
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parse_many, text), 0);
    for (size_t i = 0; i < 4; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        assert_ptr_equal(result, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_parse__valid_texts__accepted),
        cmocka_unit_test(json_parse__broken_grammar__refused),
        cmocka_unit_test(json_parse__broken_numbers__refused),
        cmocka_unit_test(json_parse__broken_strings__refused),
        cmocka_unit_test(json_parse__invalid_utf8__refused),
        cmocka_unit_test(json_parse__cut_anywhere__refused_without_reading_on),
        cmocka_unit_test(json_parse__depth__limit_is_exact),
        cmocka_unit_test(json_parse__duplicate_members__refused),
        cmocka_unit_test(json_parse__duplicates_among_many__found_at_the_second),
        cmocka_unit_test(json_parse__sixty_thousand_members__not_quadratic),
        cmocka_unit_test(json__access__members_and_elements),
        cmocka_unit_test(json__text_freed_after_parsing__document_lives),
        cmocka_unit_test(json__numbers_of_any_length__text_kept),
        cmocka_unit_test(json_int__by_value__exact),
        cmocka_unit_test(json_add_string__every_byte__escaped_as_needed),
        cmocka_unit_test(json_add_string__any_position__comes_back),
        cmocka_unit_test(json_add_string__over_the_limit__failed),
        cmocka_unit_test(json_put__object__commas_between),
        cmocka_unit_test(utf8__lengths_and_steps__by_code_point),
        cmocka_unit_test(json_parse__several_threads__apart),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
