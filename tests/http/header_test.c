/* The grammar of header fields. */
#include "service/http/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void idempotency_key__forms__name_the_same_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key; /* NULL: malformed */
    } cases[] = {
        {"abc", "abc"},      {"\"abc\"", "abc"}, {"\"a\\\"b\\\\c\"", "a\"b\\c"},
        {"a\"b", "a\"b"},    {"~!", "~!"},       {"", NULL},
        {"\"", NULL},        {"\"\"", NULL},     {"\"a", NULL},
        {"\"a\"b", NULL},    {"\"a\\\"", NULL},  {"\"a\\x\"", NULL},
        {"a b", NULL},       {"\"a b\"", NULL},  {"\xc3\xbc", NULL},
        {"\"a\";x=1", NULL}, {"a\x7f", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena a;
        const char *key = NULL;
        struct err e;
        arena_init(&a, 4096);
        bool ok = header_idempotency_key(cases[i].text, &a, &key, &e);
        if (ok != (cases[i].key != NULL) || (ok && strcmp(key, cases[i].key) != 0))
            fail_msg("'%s' gave '%s'", cases[i].text, ok ? key : e.message);
        arena_release(&a);
    }
}

static void if_match__lists__give_versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int n; /* -1: malformed */
        int64_t versions[3];
    } cases[] = {
        {"*", 0, {0}},
        {" * ", 0, {0}},
        {"\"7\"", 1, {7}},
        {"\"7-late\"", 1, {7}},
        {"\"7\",\"8-late\" , \"9\"", 3, {7, 8, 9}},
        {"\"7\",,\"8\"", 2, {7, 8}},
        {"W/\"7\"", 1, {IF_MATCH_WEAK}},
        {"\"07\"", 1, {IF_MATCH_NONE}},
        {"\"\"", 1, {0}},
        {"\"7-later\"", 1, {IF_MATCH_NONE}},
        {"\"9999999999999999999\"", 1, {IF_MATCH_NONE}},
        {"7", -1, {0}},
        {"\"7", -1, {0}},
        {"w/\"7\"", -1, {0}},
        {"\"7\" \"8\"", -1, {0}},
        {"*, \"7\"", -1, {0}},
        {"", -1, {0}},
        {"\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"", -1, {0}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct if_match m;
        struct err e;
        bool ok = header_if_match(cases[i].text, &m, &e);
        if (ok != (cases[i].n >= 0) || (ok && m.n != (size_t)cases[i].n))
            fail_msg("%s", cases[i].text);
        for (size_t k = 0; ok && k < m.n; k++)
            assert_int_equal(m.versions[k], cases[i].versions[k]);
    }
}

static void none_match__weak_comparison__finds_the_tag(void **state)
{
    (void)state;
    assert_true(header_none_match("*", "\"1\""));
    assert_true(header_none_match("W/\"1\"", "\"1\""));
    assert_true(header_none_match("\"0\", \"1\"", "\"1\""));
    assert_false(header_none_match("\"1-late\"", "\"1\""));
    assert_false(header_none_match("1", "\"1\""));
    assert_false(header_none_match("", "\"1\""));
    assert_false(header_none_match("\"0\" \"1\"", "\"1\""));
}

static void traceparent__w3c_form__is_taken(void **state)
{
    (void)state;
    assert_true(header_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    assert_true(header_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes"));
    static const char *const bad[] = {
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(header_traceparent(bad[i]));
}

static void json__media_types__are_told_apart(void **state)
{
    (void)state;
    static const char *const good[] = {"application/json", "Application/JSON",
                                       "application/json;charset=utf-8",
                                       "application/json ; charset=\"UTF-8\"", "application/json;"};
    static const char *const bad[] = {"text/json",
                                      "application/jsonp",
                                      "application/json;charset=latin1",
                                      "application/json; boundary=x",
                                      "application/json;charset=\"utf-8",
                                      ""};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(header_json(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(header_json(bad[i]));
}

static void authority__forms__are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *port; /* name NULL: malformed */
        bool address, loopback;
    } cases[] = {
        {"localhost", "localhost", "", false, true},
        {"LOCALHOST:80", "localhost", "80", false, true},
        {"localhost.", "localhost", "", false, true},
        {"127.1.2.3", "127.1.2.3", "", true, true},
        {"10.0.0.1:1", "10.0.0.1", "1", true, false},
        {"[::1]:65535", "::1", "65535", true, true},
        {"[fe80::1]", "fe80::1", "", true, false},
        {"a.b-c.d", "a.b-c.d", "", false, false},
        {"1.2.3", "1.2.3", "", false, false},
        {"localhost:", "localhost", "", false, true},
        {"", NULL, "", false, false},
        {":80", NULL, "", false, false},
        {"a:123456", NULL, "", false, false},
        {"a:x", NULL, "", false, false},
        {"[::1", NULL, "", false, false},
        {"[]", NULL, "", false, false},
        {"[localhost]", NULL, "", false, false},
        {"a/b", NULL, "", false, false},
        {"a@b", NULL, "", false, false},
        {".", NULL, "", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct authority a;
        bool ok = header_authority(cases[i].text, strlen(cases[i].text), &a);
        if (ok != (cases[i].name != NULL))
            fail_msg("'%s'", cases[i].text);
        if (!ok)
            continue;
        assert_string_equal(a.name, cases[i].name);
        assert_string_equal(a.port, cases[i].port);
        assert_int_equal(a.address, cases[i].address);
        assert_int_equal(a.loopback, cases[i].loopback);
    }
}

static void actor__names_of_people__are_taken(void **state)
{
    (void)state;
    char longest[ACTOR_MAX * 2 + 3];
    for (int i = 0; i <= ACTOR_MAX; i++)
        memcpy(longest + 2 * i, "\xc3\xbc", 3);
    assert_false(header_actor(longest));
    longest[2 * ACTOR_MAX] = '\0';
    assert_true(header_actor(longest));
    assert_true(header_actor("J\xc3\xbcrgen on desk 7"));
    static const char *const bad[] = {"", "a\tb", "a\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xff", "\xc3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(header_actor(bad[i]));
}

static void fields__by_name__are_found(void **state)
{
    (void)state;
    for (int h = 0; h < HEADER_COUNT; h++) {
        enum header_name found;
        const char *name = header_name((enum header_name)h);
        assert_true(header_find(name, strlen(name), &found));
        assert_int_equal(found, h);
    }
    enum header_name found;
    assert_true(header_find("x-request-id", 12, &found));
    assert_false(header_find("Hos", 3, &found));
    assert_false(header_find("Hostx", 5, &found));
    assert_true(header_token("X-Y_z.1", 7));
    assert_false(header_token("X Y", 3));
    assert_false(header_token("", 0));
    assert_false(header_token("a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idempotency_key__forms__name_the_same_key),
        cmocka_unit_test(if_match__lists__give_versions),
        cmocka_unit_test(none_match__weak_comparison__finds_the_tag),
        cmocka_unit_test(traceparent__w3c_form__is_taken),
        cmocka_unit_test(json__media_types__are_told_apart),
        cmocka_unit_test(authority__forms__are_read),
        cmocka_unit_test(actor__names_of_people__are_taken),
        cmocka_unit_test(fields__by_name__are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
