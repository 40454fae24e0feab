#include "shared/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

static bool all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static void arena__allocations__zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    unsigned char *last = NULL;
    for (size_t n = 0; n < 300; n++) {
        unsigned char *p = arena_alloc(&a, n);
        assert_non_null(p);
        assert_ptr_not_equal(p, last);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_true(all_zero(p, n));
        memset(p, 0xff, n);
        last = p;
    }
    assert_true(a.used >= 300 * 299 / 2);
    arena_release(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 10));
    arena_release(&a);
}

static void arena__over_the_limit__null(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 64);
    assert_non_null(arena_alloc(&a, 48));
    assert_null(arena_alloc(&a, 17));
    assert_non_null(arena_alloc(&a, 16));
    assert_null(arena_alloc(&a, 0));
    volatile size_t huge = SIZE_MAX;
    assert_null(arena_alloc(&a, huge));
    assert_null(arena_memdup(&a, "x", huge));
    assert_null(arena_strdup(&a, "x"));
    assert_null(arena_printf(&a, "%d", 1));
    arena_release(&a);
}

static void arena_init_in__room_given__used_up_first_and_never_freed(void **state)
{
    (void)state;
    _Alignas(16) unsigned char room[256];
    struct arena a;
    arena_init_in(&a, 1 << 20, room, sizeof room);
    unsigned char *inside = arena_alloc(&a, 100), *outside = arena_alloc(&a, 200);
    assert_in_range((uintptr_t)inside, (uintptr_t)room, (uintptr_t)room + sizeof room - 100);
    assert_not_in_range((uintptr_t)outside, (uintptr_t)room, (uintptr_t)room + sizeof room);
    assert_true(all_zero(outside, 200));
    arena_release(&a);
    assert_int_equal(a.used, 0);
    memset(room, 0xff, sizeof room);
    arena_init_in(&a, 1 << 20, room, sizeof room);
    assert_true(all_zero(arena_alloc(&a, 64), 64));
    assert_string_equal(arena_memdup(&a, "abcdef", 3), "abc");
    arena_release(&a);
}

static void arena__larger_than_a_block__one_piece(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4 << 20);
    unsigned char *p = arena_alloc(&a, 3 << 20);
    assert_non_null(p);
    assert_true(all_zero(p, 3 << 20));
    p[(3 << 20) - 1] = 1;
    assert_non_null(arena_alloc(&a, 1000));
    arena_release(&a);
}

static void arena__texts__copied(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    char source[] = "abc";
    char *copy = arena_strdup(&a, source);
    source[0] = 'x';
    assert_string_equal(copy, "abc");
    assert_string_equal(arena_memdup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_memdup(&a, NULL, 0), "");
    assert_string_equal(arena_printf(&a, "%s/%d", "x", 42), "x/42");
    assert_int_equal(strlen(arena_printf(&a, "%0*d", 1000, 1)), 1000);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena__allocations__zeroed_aligned_and_apart),
        cmocka_unit_test(arena__over_the_limit__null),
        cmocka_unit_test(arena_init_in__room_given__used_up_first_and_never_freed),
        cmocka_unit_test(arena__larger_than_a_block__one_piece),
        cmocka_unit_test(arena__texts__copied),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
