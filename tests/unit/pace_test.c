/* How often the console looks again. */
#include "tui/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define START (1000000 * MS)

/* The wait after a round that began `since` after the one before, for which `spent` was used. */
static int64_t wait_after(int64_t since, int64_t spent)
{
    struct pace p = {0};

    pace_begin(&p, START, 5 * MS);
    pace_begin(&p, START + since, 5 * MS + spent);
    return pace_next(&p) - (START + since);
}

static void round__of_each_cost__waits_for_its_share(void **state)
{
    static const struct {
        int64_t since, spent, wait;
    } rows[] = {
        {50 * MS, 0, PACE_LEAST_NS},
        {50 * MS, PACE_LEAST_NS / PACE_SHARE, PACE_LEAST_NS},
        {50 * MS, 2 * MS, 2 * MS * PACE_SHARE},
        {120 * MS, 2 * MS, 2 * MS * PACE_SHARE},
        {50 * MS, PACE_MOST_NS / PACE_SHARE, PACE_MOST_NS},
        {50 * MS, 40 * MS, PACE_MOST_NS},
        {2 * PACE_MOST_NS, 40 * MS, PACE_MOST_NS},
        {2 * PACE_MOST_NS + 1, 40 * MS, PACE_LEAST_NS}, /* a rest: that was not the cost of a round */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(wait_after(rows[i].since, rows[i].spent), rows[i].wait);
}

static void round__first__need_not_wait(void **state)
{
    struct pace p = {0};

    (void)state;
    assert_true(pace_next(&p) <= START);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round__of_each_cost__waits_for_its_share),
        cmocka_unit_test(round__first__need_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
