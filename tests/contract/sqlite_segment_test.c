/* The index on the customer grows in segments (sqlite_segment.c): each order lies in the one of its rank, whatever came
 * between. The kit's segments take three orders. */
#include "service/store/sqlite_private.h"
#include "tests/support/store_kit.h"

#define OF(n) "SELECT count(*) FROM orders WHERE segment=" #n

static void create(struct kit *k, int n)
{
    for (int i = 0; i < n; i++)
        kit_do(k, kit_create(KIT_BODY));
}

static void assert_sound(struct kit *k)
{
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* The ranks of all orders of KIT_BODY's customer as a list gives them, page by page. */
static int64_t walk(struct kit *k, bool descending)
{
    struct filter f = {0};
    struct filter_term *t = filter_add(&f, FILTER_CUSTOMER, 1, &k->arena);
    struct order_query q = {
        .filter = &f, .sort = SORT_CREATED, .descending = descending, .limit = 2, .now = KIT_NOW};
    struct order_page page = {.more = true};
    struct err e;
    int64_t n = 0, last = descending ? INT64_MAX : 0;
    t->exact_case = true;
    t->values[0].text = "CUST-1";
    kit_begin(k);
    while (page.more) {
        if (!k->reader->ops->list(k->reader, &q, &k->arena, &page, &e))
            fail_msg("%s", e.message);
        for (size_t i = 0; i < page.n; i++, n++) {
            int64_t rank = ulid_rank(page.orders[i].id);
            assert_true(descending ? rank < last : rank > last);
            last = rank;
        }
        q.cursor = page.more ? page.next : q.cursor;
    }
    int64_t counted;
    assert_true(k->reader->ops->count(k->reader, &q, 1000, &counted, &e));
    assert_int_equal(counted, n);
    kit_end(k);
    return n;
}

static void place__segment_is_full__the_next_order_begins_another(void **state)
{
    struct kit *k = *state;
    create(k, 4);
    kit_close(k);
    kit_open(k); /* and goes on where it was */
    create(k, 3);
    assert_int_equal(walk(k, true), 7);
    assert_int_equal(walk(k, false), 7);
    assert_int_equal(kit_number(k->path, OF(0)), 3);
    assert_int_equal(kit_number(k->path, OF(1)), 3);
    assert_int_equal(kit_number(k->path, OF(2)), 1);
    assert_sound(k);
}

/* Lanes give ids, the writer takes the orders as they come. */
static void place__order_comes_after_later_ones__lies_where_its_rank_belongs(void **state)
{
    struct kit *k = *state;
    struct kit_unit *early = kit_create(KIT_BODY), *before = kit_create(KIT_BODY);
    create(k, 3);
    kit_do(k, before); /* the segment is full, and this is none to begin one with */
    create(k, 2);
    kit_do(k, early);
    create(k, 3);
    assert_int_equal(kit_number(k->path, OF(0)), 5);
    assert_int_equal(walk(k, true), 10);
    assert_int_equal(walk(k, false), 10);
    assert_sound(k);
}

static void place__batch_taken_back__leaves_no_segment_behind(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    create(k, 1);
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_create(KIT_BODY), kit_command(COMMAND_VALIDATE, id)};
    u[2]->spoilt = true;
    assert_true(kit_apply(k, u, 3)); /* taken back, and each done again alone */
    assert_int_equal(u[0]->unit.outcome, UNIT_COMMITTED);
    assert_int_equal(u[1]->unit.outcome, UNIT_COMMITTED);
    assert_int_equal(u[2]->unit.outcome, UNIT_BUSY);
    for (int i = 0; i < 3; i++)
        kit_unit_free(u[i]);
    create(k, 2);
    assert_int_equal(kit_number(k->path, OF(0)), 3);
    assert_int_equal(kit_number(k->path, OF(1)), 3);
    assert_int_equal(walk(k, true), 6);
    assert_sound(k);
}

/* A database from before: all that it has is one segment. */
static void migrate__orders_without_segments__are_the_first(void **state)
{
    struct kit *k = *state;
    create(k, 5);
    kit_close(k);
    kit_turn_back(k->path, 6);
    kit_open(k);
    create(k, 2);
    assert_int_equal(kit_number(k->path, OF(0)), 5);
    assert_int_equal(kit_number(k->path, OF(1)), 2);
    assert_int_equal(walk(k, true), 7);
    assert_int_equal(walk(k, false), 7);
    assert_sound(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(place__segment_is_full__the_next_order_begins_another),
        KIT_TEST(place__order_comes_after_later_ones__lies_where_its_rank_belongs),
        KIT_TEST(place__batch_taken_back__leaves_no_segment_behind),
        KIT_TEST(migrate__orders_without_segments__are_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
