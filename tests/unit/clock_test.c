#include "shared/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t at(const char *text)
{
    int64_t ms = 0;
    if (!clock_parse(text, &ms))
        fail_msg("'%s' is refused", text);
    return ms;
}

static void expect_text(int64_t ms, const char *expected)
{
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(ms, text);
    assert_string_equal(text, expected);
}

static void clock_format__edges__exact_text(void **state)
{
    (void)state;
    expect_text(0, "1970-01-01T00:00:00.000Z");
    expect_text(-1, "1969-12-31T23:59:59.999Z");
    expect_text(INT64_C(-62135596800000), "0001-01-01T00:00:00.000Z");
    expect_text(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
    expect_text(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
    expect_text(INT64_C(951868800000), "2000-03-01T00:00:00.000Z");
    expect_text(INT64_C(1769862896789), "2026-01-31T12:34:56.789Z");
}

static void clock_format__every_day_of_400_years__as_libc_says(void **state)
{
    (void)state;
    for (int64_t day = -719162 + 1900 * 365; day < 146097; day += 13) {
        time_t t = (time_t)(day * 86400 + 86399);
        struct tm tm;
        char expected[80];
        gmtime_r(&t, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
        expect_text((int64_t)t * 1000, expected);
        assert_int_equal(at(expected), (int64_t)t * 1000);
    }
}

/* A thread keeps the dates it wrote last. */
static void clock_format__dates_in_turn__each_its_own(void **state)
{
    (void)state;
    for (int64_t apart = 1; apart <= 64; apart++) {
        expect_text(INT64_C(1769862896789), "2026-01-31T12:34:56.789Z");
        char later[CLOCK_TEXT_LEN + 1];
        clock_format(INT64_C(1769862896789) + apart * 86400000, later);
        assert_int_equal(at(later), INT64_C(1769862896789) + apart * 86400000);
    }
}

static void clock_parse__rfc_3339_forms__read(void **state)
{
    (void)state;
    assert_int_equal(at("2026-01-31T12:34:56.789Z"), INT64_C(1769862896789));
    assert_int_equal(at("2026-01-31t12:34:56.789z"), INT64_C(1769862896789));
    assert_int_equal(at("2026-01-31T12:34:56Z"), INT64_C(1769862896000));
    assert_int_equal(at("2026-01-31T12:34:56.7Z"), INT64_C(1769862896700));
    assert_int_equal(at("2026-01-31T12:34:56.789999999999999999999999Z"), INT64_C(1769862896789));
    assert_int_equal(at("2026-01-31T14:34:56+02:00"), INT64_C(1769862896000));
    assert_int_equal(at("2026-01-31T07:04:56-05:30"), INT64_C(1769862896000));
    assert_int_equal(at("2026-01-31T12:34:56-00:00"), INT64_C(1769862896000));
    assert_int_equal(at("2024-02-29T00:00:00Z"), INT64_C(1709164800000));
    assert_int_equal(at("1969-12-31T23:59:59.999Z"), -1);
}

static void clock_parse__leap_second__next_second(void **state)
{
    (void)state;
    int64_t ms;
    assert_int_equal(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
    assert_int_equal(at("2016-12-31T23:59:60.5Z"), at("2017-01-01T00:00:00.5Z"));
    assert_int_equal(at("2016-12-31T15:59:60-08:00"), at("2017-01-01T00:00:00Z"));
    assert_false(clock_parse("2016-12-31T12:00:60Z", &ms));
    assert_false(clock_parse("2016-12-31T23:59:61Z", &ms));
}

static void clock_parse__what_is_no_time__refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "x",
        "2026",
        "2026-02-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+1:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00Z",
        "2026-1-01T00:00:00Z",
        "26-01-01T00:00:00Z",
        "02026-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00Z ",
        " 2026-01-01T00:00:00Z",
        "2026-01-01",
        "2026/01/01T00:00:00Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T0a:00:00Z",
    };
    int64_t ms = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (clock_parse(wrong[i], &ms))
            fail_msg("'%s' is read", wrong[i]);
    assert_int_equal(ms, 7);
}

static void clock_wall__frozen__stands_still(void **state)
{
    (void)state;
    clock_freeze(1234);
    assert_int_equal(clock_wall_ms(), 1234);
    clock_freeze(-1);
    assert_true(clock_wall_ms() > INT64_C(1600000000000));
    int64_t before = clock_mono_ns();
    assert_true(clock_mono_ns() >= before);
    assert_true(clock_cpu_us() > 0);
}

static void expect_day_end(const char *now, int days, const char *zone, const char *expected)
{
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(clock_day_end(at(now), days, zone), text);
    if (strcmp(text, expected) != 0)
        fail_msg("%s + %d days in %s ends %s instead of %s", now, days, zone, text, expected);
}

static void clock_day_end__utc__last_millisecond(void **state)
{
    (void)state;
    expect_day_end("2026-01-31T12:00:00Z", 0, "UTC", "2026-01-31T23:59:59.999Z");
    expect_day_end("2026-01-31T00:00:00Z", 0, "UTC", "2026-01-31T23:59:59.999Z");
    expect_day_end("2026-01-31T23:59:59.999Z", 0, "UTC", "2026-01-31T23:59:59.999Z");
    expect_day_end("2026-01-31T12:00:00Z", 1, "UTC", "2026-02-01T23:59:59.999Z");
    expect_day_end("2026-01-31T12:00:00Z", 5, "UTC", "2026-02-05T23:59:59.999Z");
    expect_day_end("1969-12-31T12:00:00Z", 0, "UTC", "1969-12-31T23:59:59.999Z");
}

static void clock_day_end__daylight_saving__honoured(void **state)
{
    (void)state;
    if (!clock_zone_known("Europe/Berlin"))
        skip();
    expect_day_end("2026-01-31T23:30:00Z", 0, "Europe/Berlin", "2026-02-01T22:59:59.999Z");
    expect_day_end("2026-03-28T12:00:00Z", 0, "Europe/Berlin", "2026-03-28T22:59:59.999Z");
    expect_day_end("2026-03-28T12:00:00Z", 1, "Europe/Berlin", "2026-03-29T21:59:59.999Z");
    expect_day_end("2026-10-24T12:00:00Z", 1, "Europe/Berlin", "2026-10-25T22:59:59.999Z");
    expect_day_end("2026-07-01T03:59:00Z", 0, "America/New_York", "2026-07-01T03:59:59.999Z");
    expect_day_end("2026-07-01T04:00:00Z", 0, "America/New_York", "2026-07-02T03:59:59.999Z");
    /* past the tables: the footer's rule */
    expect_day_end("2120-07-01T12:00:00Z", 0, "Europe/Berlin", "2120-07-01T21:59:59.999Z");
    expect_day_end("2120-12-01T12:00:00Z", 0, "Europe/Berlin", "2120-12-01T22:59:59.999Z");
    expect_day_end("2121-01-15T12:00:00Z", 0, "Australia/Sydney", "2121-01-15T12:59:59.999Z");
    expect_day_end("2121-07-15T12:00:00Z", 0, "Australia/Sydney", "2121-07-15T13:59:59.999Z");
    expect_day_end("2026-07-15T12:00:00Z", 0, "Asia/Kolkata", "2026-07-15T18:29:59.999Z");
}

static void clock_day_end__clocks_set_at_midnight__no_second_lost(void **state)
{
    (void)state;
    if (!clock_zone_known("America/Sao_Paulo"))
        skip();
    /* 2018-11-04 began at 01:00 there */
    expect_day_end("2018-11-03T12:00:00Z", 0, "America/Sao_Paulo", "2018-11-04T02:59:59.999Z");
    expect_day_end("2018-11-04T12:00:00Z", 0, "America/Sao_Paulo", "2018-11-05T01:59:59.999Z");
    /* 2018-02-17 had its last hour twice */
    expect_day_end("2018-02-17T12:00:00Z", 0, "America/Sao_Paulo", "2018-02-18T02:59:59.999Z");
    /* Samoa had no 2011-12-30 */
    expect_day_end("2011-12-30T00:00:00Z", 0, "Pacific/Apia", "2011-12-30T09:59:59.999Z");
    expect_day_end("2011-12-30T00:00:00Z", 1, "Pacific/Apia", "2011-12-30T09:59:59.999Z");
    expect_day_end("2011-12-30T00:00:00Z", 2, "Pacific/Apia", "2011-12-31T09:59:59.999Z");
}

static void clock_zone__names__only_the_database(void **state)
{
    (void)state;
    assert_true(clock_zone_known("UTC"));
    assert_false(clock_zone_known(""));
    assert_false(clock_zone_known("Mars/Olympus"));
    assert_false(clock_zone_known("../../etc/passwd"));
    assert_false(clock_zone_known("/usr/share/zoneinfo/UTC"));
    assert_false(clock_zone_known("Europe"));
    assert_false(clock_zone_known("zone.tab"));
    assert_false(clock_zone_known("EST5EDT4,M3.2.0,M11.1.0"));
    char longest[100];
    memset(longest, 'A', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(clock_zone_known(longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_format__edges__exact_text),
        cmocka_unit_test(clock_format__every_day_of_400_years__as_libc_says),
        cmocka_unit_test(clock_format__dates_in_turn__each_its_own),
        cmocka_unit_test(clock_parse__rfc_3339_forms__read),
        cmocka_unit_test(clock_parse__leap_second__next_second),
        cmocka_unit_test(clock_parse__what_is_no_time__refused),
        cmocka_unit_test(clock_wall__frozen__stands_still),
        cmocka_unit_test(clock_day_end__utc__last_millisecond),
        cmocka_unit_test(clock_day_end__daylight_saving__honoured),
        cmocka_unit_test(clock_day_end__clocks_set_at_midnight__no_second_lost),
        cmocka_unit_test(clock_zone__names__only_the_database),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
