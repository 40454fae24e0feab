#include "shared/ulid.h"

#include "shared/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void ulid__made__version_variant_and_time(void **state)
{
    (void)state;
    int64_t before = clock_wall_ms();
    struct ulid u = ulid_new();
    assert_true(ulid_ms(u) >= before && ulid_ms(u) <= clock_wall_ms() + 1);
    assert_int_equal(u.hi >> 12 & 15, 7);
    assert_int_equal(u.lo >> 62, 2);
    assert_true(ulid_equal(ulid_from_rank(ulid_rank(u), u.lo), u));
}

static void ulid__of_any_version__comes_back_from_its_rank(void **state)
{
    (void)state;
    struct ulid u = ulid_new();
    const int64_t ours = ulid_rank(u);
    for (uint64_t version = 0; version < 16; version++) {
        u.hi = (u.hi & ~UINT64_C(0xf000)) | version << 12;
        assert_true(ulid_equal(ulid_from_rank(ulid_rank(u), u.lo), u));
        assert_true((ulid_rank(u) == ours) == (version == 7));
    }
    u = (struct ulid){.hi = UINT64_MAX, .lo = UINT64_MAX};
    assert_true(ulid_equal(ulid_from_rank(ulid_rank(u), u.lo), u));
    u = (struct ulid){0, 0};
    assert_true(ulid_equal(ulid_from_rank(ulid_rank(u), u.lo), u));
}

static void ulid__many_in_one_millisecond__borrow_from_the_next(void **state)
{
    (void)state;
    ulid_deterministic(true);
    clock_freeze(1000000);
    int64_t last = ulid_rank(ulid_new());
    assert_int_equal(last, INT64_C(1000000) << 12);
    for (int i = 0; i < 10000; i++) {
        struct ulid u = ulid_new();
        assert_int_equal(ulid_rank(u), last + 1);
        assert_int_equal(u.hi >> 12 & 15, 7);
        last++;
    }
    assert_int_equal(last >> 12, 1000002);
    clock_freeze(-1);
    ulid_deterministic(false);
}

static void ulid__clock_steps_back__ranks_still_rise(void **state)
{
    (void)state;
    ulid_deterministic(true);
    clock_freeze(5000);
    struct ulid first = ulid_new();
    clock_freeze(10);
    struct ulid second = ulid_new();
    assert_int_equal(ulid_rank(second), ulid_rank(first) + 1);
    assert_int_equal(second.lo, first.lo);
    clock_freeze(-1);
    ulid_deterministic(false);
}

static void ulid__seeded__nothing_at_or_below(void **state)
{
    (void)state;
    ulid_deterministic(true);
    clock_freeze(5000);
    ulid_seed((INT64_C(9000) << 12) + 5);
    ulid_seed(3); /* lower: no effect */
    assert_int_equal(ulid_rank(ulid_new()), (INT64_C(9000) << 12) + 6);
    clock_freeze(-1);
    ulid_deterministic(false);
}

#define THREADS 4
#define EACH 20000

static void *make_many(void *ranks)
{
    for (size_t i = 0; i < EACH; i++)
        ((int64_t *)ranks)[i] = ulid_rank(ulid_new());
    return NULL;
}

static int compare_ranks(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void ulid__many_threads__all_different_each_rising(void **state)
{
    (void)state;
    int64_t *ranks = calloc(THREADS * EACH, sizeof *ranks);
    assert_non_null(ranks);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_many, ranks + i * EACH), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS * EACH; i++)
        if (i % EACH != 0)
            assert_true(ranks[i] > ranks[i - 1]);
    qsort(ranks, THREADS * EACH, sizeof *ranks, compare_ranks);
    for (size_t i = 1; i < THREADS * EACH; i++)
        assert_true(ranks[i] != ranks[i - 1]);
    free(ranks);
}

static void ulid_format__known_values__both_spellings(void **state)
{
    (void)state;
    char text[UUID_LEN + 1];
    struct ulid most = {UINT64_MAX, UINT64_MAX}, none = {0, 0};
    struct ulid some = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};
    ulid_format(most, text);
    assert_string_equal(text, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    ulid_format(none, text);
    assert_string_equal(text, "00000000000000000000000000");
    ulid_format_uuid(some, text);
    assert_string_equal(text, "01234567-89ab-cdef-fedc-ba9876543210");
    ulid_format_order(some, text);
    assert_string_equal(text, "ORD-014D2PF2DBSQQZXQ5TK1V58CGG");
}

static void ulid_parse__any_value__comes_back(void **state)
{
    (void)state;
    char text[UUID_LEN + 1];
    for (int i = 0; i < 2000; i++) {
        struct ulid u = ulid_new(), back;
        if (i % 2 == 0)
            u.hi = u.lo * UINT64_C(0x9e3779b97f4a7c15);
        ulid_format_order(u, text);
        assert_true(ulid_parse_order(text, &back));
        assert_true(ulid_equal(u, back));
        ulid_format_uuid(u, text);
        assert_true(ulid_parse_order(text, &back));
        assert_true(ulid_equal(u, back));
    }
}

static void ulid_parse__other_case_and_likenesses__same_value(void **state)
{
    (void)state;
    struct ulid a, b;
    assert_true(ulid_parse_order("ORD-01J10ABCDEFGHJKMNPQRSTVWXY", &a));
    assert_true(ulid_parse_order("ord-oljLoabcdefghjkmnpqrstvwxy", &b));
    assert_true(ulid_equal(a, b));
    assert_true(ulid_parse_order("ORD-0IJI0ABCDEFGHJKMNPQRSTVWXY", &b));
    assert_true(ulid_equal(a, b));
    assert_true(ulid_parse_order("0123ABCD-89AB-4DEF-FEDC-BA9876543210", &a));
    assert_true(ulid_parse_order("0123abcd-89ab-4def-fedc-ba9876543210", &b));
    assert_true(ulid_equal(a, b));
}

static void ulid_parse__neither_spelling__refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "ORD-",
        "ORD",
        "O",
        "ORD-01J10ABCDEFGHJKMNPQRSTVWX",
        "ORD-01J10ABCDEFGHJKMNPQRSTVWXYZ",
        "ORD-81J10ABCDEFGHJKMNPQRSTVWXY",
        "ORD-01J10ABCDEFGHJKMNPQRSTVWXU",
        "01J10ABCDEFGHJKMNPQRSTVWXY",
        "ORD_01J10ABCDEFGHJKMNPQRSTVWXY",
        "ORD-01J10ABCDEFGHJKMNPQRSTVWX-",
        "0123abcd-89ab-4def-fedc-ba987654321",
        "0123abcd-89ab-4def-fedc-ba98765432100",
        "0123abcd089ab-4def-fedc-ba9876543210",
        "g123abcd-89ab-4def-fedc-ba9876543210",
        "{123abcd-89ab-4def-fedc-ba987654321}",
        " ORD-01J10ABCDEFGHJKMNPQRSTVWXY",
    };
    struct ulid u = {1, 2};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (ulid_parse_order(wrong[i], &u))
            fail_msg("'%s' is read", wrong[i]);
    assert_true(u.hi == 1 && u.lo == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ulid__made__version_variant_and_time),
        cmocka_unit_test(ulid__of_any_version__comes_back_from_its_rank),
        cmocka_unit_test(ulid__many_in_one_millisecond__borrow_from_the_next),
        cmocka_unit_test(ulid__clock_steps_back__ranks_still_rise),
        cmocka_unit_test(ulid__seeded__nothing_at_or_below),
        cmocka_unit_test(ulid__many_threads__all_different_each_rising),
        cmocka_unit_test(ulid_format__known_values__both_spellings),
        cmocka_unit_test(ulid_parse__any_value__comes_back),
        cmocka_unit_test(ulid_parse__other_case_and_likenesses__same_value),
        cmocka_unit_test(ulid_parse__neither_spelling__refused),
    };
    return cmocka_run_group_tests_name("ulid", tests, NULL, NULL);
}
