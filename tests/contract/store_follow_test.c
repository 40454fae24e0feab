/* What every store promises about followers of the log: one at a time by its lease, cursors that never lose their place. */
#include "tests/support/store_kit.h"

#define NAME FOLLOWER_KAFKA
#define SECOND INT64_C(1000)

/* ---- one unit without a decision ---- */

static enum unit_outcome apply_bare(struct kit *k, struct unit *u)
{
    struct arena arena;
    struct err e;
    arena_init(&arena, 1 << 20);
    u->arena = &arena;
    assert_true(k->store->ops->apply(k->store, &u, 1, &e));
    arena_release(&arena);
    return u->outcome;
}

/* Asks for the lease until `until`; returns the fence. */
static int64_t take(struct kit *k, const char *owner, int64_t now, int64_t until)
{
    struct unit u = {.lease = {.name = NAME, .owner = owner, .now = now, .until = until}};
    assert_int_equal(apply_bare(k, &u), UNIT_COMMITTED);
    return u.lease.fence;
}

static enum unit_outcome advance(struct kit *k, int64_t fence, int64_t from, int64_t to, int64_t at)
{
    struct unit u = {.advance = {.name = NAME, .fence = fence, .from = from, .to = to, .at = at}};
    return apply_bare(k, &u);
}

static int64_t cursor(struct kit *k)
{
    int64_t position;
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->cursor(k->reader, NAME, &position, &e));
    kit_end(k);
    return position;
}

static void make_orders(struct kit *k, int n)
{
    for (int i = 0; i < n; i++)
        kit_do(k, kit_create(KIT_BODY));
}

/* ---- leases ---- */

static void lease__two_ask__one_has_it_until_it_expires(void **state)
{
    struct kit *k = *state;
    int64_t now = KIT_NOW;
    int64_t first = take(k, "a", now, now + 10 * SECOND);
    assert_true(first > 0);
    assert_int_equal(take(k, "b", now + SECOND, now + 20 * SECOND), 0);
    assert_int_equal(take(k, "a", now + 5 * SECOND, now + 15 * SECOND), first); /* renewed */
    assert_int_equal(take(k, "b", now + 14 * SECOND, now + 30 * SECOND), 0);
    int64_t second = take(k, "b", now + 15 * SECOND, now + 30 * SECOND);
    assert_true(second > first);
    assert_int_equal(take(k, "a", now + 16 * SECOND, now + 40 * SECOND), 0);
}

static void lease__given_back__free_at_once(void **state)
{
    struct kit *k = *state;
    int64_t now = KIT_NOW, first = take(k, "a", now, now + 10 * SECOND);
    assert_int_equal(take(k, "b", now, 0), 0); /* it is not b's to give back */
    assert_int_equal(take(k, "b", now, now + SECOND), 0);
    assert_int_equal(take(k, "a", now, 0), 0);
    assert_true(take(k, "b", now, now + SECOND) > first);
}

/* As a process that stood still: nobody came in between, or somebody did. */
static void lease__renewed_late__keeps_its_fence_unless_another_had_it(void **state)
{
    struct kit *k = *state;
    int64_t now = KIT_NOW, first = take(k, "a", now, now + SECOND);
    assert_int_equal(take(k, "a", now + 50 * SECOND, now + 60 * SECOND), first);
    int64_t second = take(k, "b", now + 60 * SECOND, now + 61 * SECOND);
    assert_true(second > first);
    assert_true(take(k, "a", now + 70 * SECOND, now + 80 * SECOND) > second);
}

static void lease__refused__says_until_when_the_other_has_it(void **state)
{
    struct kit *k = *state;
    struct unit u = {.lease = {.name = NAME, .owner = "b", .now = KIT_NOW, .until = KIT_NOW + 99 * SECOND}};
    take(k, "a", KIT_NOW, KIT_NOW + 10 * SECOND);
    assert_int_equal(apply_bare(k, &u), UNIT_COMMITTED);
    assert_int_equal(u.lease.fence, 0);
    assert_int_equal(u.lease.expires, KIT_NOW + 10 * SECOND);
    u.lease.now = KIT_NOW + 10 * SECOND;
    assert_int_equal(apply_bare(k, &u), UNIT_COMMITTED);
    assert_int_equal(u.lease.expires, KIT_NOW + 99 * SECOND);
}

static void lease__of_another_name__is_another(void **state)
{
    struct kit *k = *state;
    struct unit u = {.lease = {.name = "mail", .owner = "b", .now = KIT_NOW, .until = KIT_NOW + SECOND}};
    assert_true(take(k, "a", KIT_NOW, KIT_NOW + SECOND) > 0);
    assert_int_equal(apply_bare(k, &u), UNIT_COMMITTED);
    assert_true(u.lease.fence > 0);
}

static void lease__process_gone__free_after_its_end(void **state)
{
    struct kit *k = *state;
    int64_t first = take(k, "a", KIT_NOW, KIT_NOW + 10 * SECOND);
    kit_close(k);
    kit_open(k);
    assert_true(take(k, "b", KIT_NOW + 10 * SECOND, KIT_NOW + 20 * SECOND) > first);
}

/* ---- cursors ---- */

static void advance__by_the_holder__moves_and_says_when(void **state)
{
    struct kit *k = *state;
    struct store_stats stats;
    struct err e;
    make_orders(k, 3);
    assert_int_equal(cursor(k), 0);
    int64_t fence = take(k, "a", KIT_NOW, KIT_NOW + SECOND);
    assert_int_equal(advance(k, fence, 0, 2, KIT_NOW + 7), UNIT_COMMITTED);
    assert_int_equal(cursor(k), 2);
    kit_begin(k);
    assert_true(k->reader->ops->stats(k->reader, KIT_NOW, &stats, &e));
    kit_end(k);
    assert_int_equal(stats.unsent, 1);
    assert_int_equal(advance(k, fence, 2, 3, KIT_NOW + 9), UNIT_COMMITTED);
    kit_close(k);
    kit_open(k);
    assert_int_equal(cursor(k), 3);
    assert_null(kit_audit(k->path));
}

static void advance__stale__is_fenced_and_writes_nothing(void **state)
{
    struct kit *k = *state;
    make_orders(k, 3);
    int64_t old = take(k, "a", KIT_NOW, KIT_NOW + SECOND);
    int64_t fence = take(k, "b", KIT_NOW + SECOND, KIT_NOW + 9 * SECOND);
    assert_int_equal(advance(k, old, 0, 1, KIT_NOW), UNIT_FENCED);
    assert_int_equal(advance(k, fence, 1, 2, KIT_NOW), UNIT_FENCED); /* it stands at 0 */
    assert_int_equal(advance(k, fence, 0, 4, KIT_NOW), UNIT_FENCED); /* there is no such event */
    assert_int_equal(cursor(k), 0);
    assert_int_equal(advance(k, fence, 0, 2, KIT_NOW), UNIT_COMMITTED);
    assert_int_equal(advance(k, fence, 2, 1, KIT_NOW), UNIT_FENCED); /* never back */
    assert_int_equal(advance(k, 0, 2, 3, 0), UNIT_COMMITTED);        /* whoever has the lease */
    assert_int_equal(cursor(k), 3);
}

/* A unit that would take the lease (again) with what was done under the old one. */
static void advance__with_a_lease_that_changed_hands__takes_and_writes_nothing(void **state)
{
    struct kit *k = *state;
    make_orders(k, 2);
    int64_t old = take(k, "a", KIT_NOW, KIT_NOW + SECOND);
    int64_t fence = take(k, "b", KIT_NOW + SECOND, KIT_NOW + 2 * SECOND);
    for (int64_t now = KIT_NOW + SECOND; now <= KIT_NOW + 2 * SECOND; now += SECOND) { /* b's, and expired */
        struct unit u = {
            .lease = {.name = NAME, .owner = "a", .now = now, .until = now + 9 * SECOND},
            .advance = {.name = NAME, .fence = old, .to = 1, .at = now},
        };
        assert_int_equal(apply_bare(k, &u), UNIT_FENCED);
        assert_int_equal(cursor(k), 0);
    }
    assert_int_equal(take(k, "b", KIT_NOW + 3 * SECOND, KIT_NOW + 4 * SECOND), fence); /* still its own */
    assert_int_equal(advance(k, fence, 0, 2, KIT_NOW), UNIT_COMMITTED);
}

static void advance__lease_expired_but_nobody_took_it__still_moves(void **state)
{
    struct kit *k = *state;
    make_orders(k, 1);
    int64_t fence = take(k, "a", KIT_NOW, KIT_NOW + SECOND);
    clock_freeze(KIT_NOW + 100 * SECOND);
    assert_int_equal(advance(k, fence, 0, 1, KIT_NOW), UNIT_COMMITTED);
}

static void advance__fenced_beside_others__only_it_writes_nothing(void **state)
{
    struct kit *k = *state;
    make_orders(k, 2);
    int64_t fence = take(k, "a", KIT_NOW, KIT_NOW + SECOND);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct kit_unit *order = kit_create(KIT_BODY);
    struct unit stale = {.arena = &arena, .advance = {.name = NAME, .fence = fence + 1, .to = 1}};
    struct unit good = {.arena = &arena,
                        .lease = {.name = NAME, .owner = "a", .now = KIT_NOW, .until = KIT_NOW + SECOND},
                        .advance = {.name = NAME, .fence = fence, .to = 2, .at = KIT_NOW}};
    struct unit *units[] = {&stale, &order->unit, &good};
    struct err e;
    assert_true(k->store->ops->apply(k->store, units, 3, &e));
    assert_int_equal(stale.outcome, UNIT_FENCED);
    assert_int_equal(order->unit.outcome, UNIT_COMMITTED);
    assert_int_equal(good.outcome, UNIT_COMMITTED);
    assert_int_equal(good.lease.fence, fence);
    assert_int_equal(cursor(k), 2);
    assert_int_equal(k->store->ops->position(k->store), 3);
    kit_unit_free(order);
    arena_release(&arena);
}

struct sent {
    int64_t at[10];
};

static bool see_sent(void *ctx, const struct event *e, int64_t sent_at)
{
    ((struct sent *)ctx)->at[e->position] = sent_at;
    return true;
}

static void events__acknowledged_or_left_out__say_when_or_never(void **state)
{
    struct kit *k = *state;
    struct sent s = {{0}};
    struct err e;
    make_orders(k, 5);
    int64_t fence = take(k, "a", KIT_NOW, KIT_NOW + SECOND);
    assert_int_equal(advance(k, fence, 0, 2, 100), UNIT_COMMITTED);
    assert_int_equal(advance(k, 0, 2, 3, 0), UNIT_COMMITTED);
    assert_int_equal(advance(k, fence, 3, 4, 200), UNIT_COMMITTED);
    kit_begin(k);
    assert_true(k->reader->ops->events(k->reader, &(struct event_query){.limit = 10}, see_sent, &s, &e));
    kit_end(k);
    const int64_t expected[] = {0, 100, 100, 0, 200, 0};
    assert_memory_equal(s.at, expected, sizeof expected);
}

/* For a day to the batch; then to the minute, in which the last acknowledgement stands for all. What was left out stays
 * left out. */
static void events__acknowledged_long_ago__say_when_to_the_minute(void **state)
{
    struct kit *k = *state;
    struct sent s = {{0}};
    struct err e;
    const int64_t t = KIT_NOW, now = KIT_NOW + 24 * 3600 * SECOND + 120 * SECOND;
    const int64_t at[] = {
        0, t, t + SECOND, 0, t + 2 * SECOND, t + 3 * SECOND, t + 61 * SECOND, now - SECOND, now - SECOND / 2};
    const int64_t expected[] = {0,
                                t + SECOND,
                                t + SECOND,
                                0,
                                t + 3 * SECOND,
                                t + 3 * SECOND,
                                t + 61 * SECOND,
                                now - SECOND,
                                now - SECOND / 2};
    make_orders(k, 8);
    for (int i = 1; i <= 8; i++)
        assert_int_equal(advance(k, 0, i - 1, i, at[i]), UNIT_COMMITTED);
    for (int round = 0; round < 2; round++) {
        while (k->store->ops->upkeep(k->store, now))
            ;
        kit_begin(k);
        assert_true(k->reader->ops->events(k->reader, &(struct event_query){.limit = 10}, see_sent, &s, &e));
        kit_end(k);
        assert_memory_equal(s.at, expected, sizeof expected);
    }
}

int main(void)
{
    int failed = 0;
    const struct CMUnitTest tests[] = {
        KIT_TEST(lease__two_ask__one_has_it_until_it_expires),
        KIT_TEST(lease__given_back__free_at_once),
        KIT_TEST(lease__renewed_late__keeps_its_fence_unless_another_had_it),
        KIT_TEST(lease__refused__says_until_when_the_other_has_it),
        KIT_TEST(lease__of_another_name__is_another),
        KIT_TEST(lease__process_gone__free_after_its_end),
        KIT_TEST(advance__by_the_holder__moves_and_says_when),
        KIT_TEST(advance__stale__is_fenced_and_writes_nothing),
        KIT_TEST(advance__with_a_lease_that_changed_hands__takes_and_writes_nothing),
        KIT_TEST(advance__lease_expired_but_nobody_took_it__still_moves),
        KIT_TEST(advance__fenced_beside_others__only_it_writes_nothing),
        KIT_TEST(events__acknowledged_or_left_out__say_when_or_never),
        KIT_TEST(events__acknowledged_long_ago__say_when_to_the_minute),
    };
    for (size_t i = 0; i < kit_n_backends; i++) {
        kit_current = &kit_backends[i];
        failed += cmocka_run_group_tests_name(kit_current->name, tests, NULL, NULL);
    }
    return failed;
}
