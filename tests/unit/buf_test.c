#include "shared/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void buf__mixed_appends__one_terminated_text(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    buf_adds(&b, "a=");
    buf_addu(&b, UINT64_MAX);
    buf_addc(&b, ' ');
    buf_addi(&b, INT64_MIN);
    buf_addf(&b, " %s-%03d", "x", 7);
    buf_add(&b, "\0z", 2);
    assert_false(b.failed);
    static const char expected[] = "a=18446744073709551615 -9223372036854775808 x-007\0z";
    assert_int_equal(b.len, sizeof expected - 1);
    assert_memory_equal(b.data, expected, sizeof expected);
    buf_release(&b);
    assert_null(b.data);
    assert_int_equal(b.max, 1000);
}

static void buf__exactly_full__still_fits(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_adds(&b, "abcd");
    assert_false(b.failed);
    assert_string_equal(b.data, "abcd");
    buf_release(&b);
}

static void buf__over_the_limit__fails_and_stays_failed(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(4);
    buf_adds(&b, "abc");
    buf_adds(&b, "de");
    assert_true(b.failed);
    assert_string_equal(b.data, "abc");
    buf_addc(&b, 'd');
    assert_string_equal(b.data, "abc");
    assert_false(buf_reserve(&b, 0));
    size_t len = 9;
    assert_null(buf_take(&b, &len));
    assert_int_equal(len, 0);
    assert_false(b.failed);
}

static void buf__format_over_the_limit__changes_nothing(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(8);
    buf_adds(&b, "abc");
    buf_addf(&b, "%s", "0123456789");
    assert_true(b.failed);
    assert_int_equal(b.len, 3);
    assert_string_equal(b.data, "abc");
    buf_clear(&b);
    buf_addf(&b, "%d", 12345678);
    assert_false(b.failed);
    assert_string_equal(b.data, "12345678");
    buf_release(&b);
}

static void buf__negative_number_over_the_limit__leaves_no_sign_behind(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(3);
    buf_addc(&b, 'x');
    buf_addi(&b, -123);
    assert_true(b.failed);
    assert_string_equal(b.data, "x");
    buf_release(&b);
}

static void buf__huge_limit_and_append__no_overflow(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(SIZE_MAX);
    buf_adds(&b, "x");
    assert_true(b.failed);
    buf_release(&b);
    buf_init(&b, 100);
    buf_adds(&b, "x");
    assert_false(buf_reserve(&b, SIZE_MAX - 1));
    buf_release(&b);
}

static void buf__many_small_appends__grows_to_the_limit(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(5000);
    for (int i = 0; i < 5000; i++)
        buf_addc(&b, (char)('a' + i % 26));
    assert_false(b.failed);
    assert_int_equal(strlen(b.data), 5000);
    buf_addc(&b, '!');
    assert_true(b.failed);
    buf_release(&b);
}

static void buf__format_longer_than_the_room__grows(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(5000);
    buf_addf(&b, "%0*d", 4000, 1);
    assert_false(b.failed);
    assert_int_equal(b.len, 4000);
    assert_int_equal(b.data[3999], '1');
    buf_release(&b);
}

static void buf__taken__text_moves_out(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(10);
    size_t len;
    char *empty = buf_take(&b, &len);
    assert_string_equal(empty, "");
    assert_int_equal(len, 0);
    free(empty);
    buf_adds(&b, "text");
    char *text = buf_take(&b, NULL);
    assert_string_equal(text, "text");
    assert_null(b.data);
    buf_adds(&b, "more");
    assert_string_equal(b.data, "more");
    free(text);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf__mixed_appends__one_terminated_text),
        cmocka_unit_test(buf__exactly_full__still_fits),
        cmocka_unit_test(buf__over_the_limit__fails_and_stays_failed),
        cmocka_unit_test(buf__format_over_the_limit__changes_nothing),
        cmocka_unit_test(buf__negative_number_over_the_limit__leaves_no_sign_behind),
        cmocka_unit_test(buf__huge_limit_and_append__no_overflow),
        cmocka_unit_test(buf__many_small_appends__grows_to_the_limit),
        cmocka_unit_test(buf__format_longer_than_the_room__grows),
        cmocka_unit_test(buf__taken__text_moves_out),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
