/* What reading costs in SQLite, counted in steps of the virtual machine: the promised lists walk an index without a sort,
 * and page 1000 costs what page 1 costs; an order by its id is one look at the table. And a change writes no index of
 * what it keeps. */
#include "service/store/sqlite_private.h"
#include "tests/support/store_kit.h"

#define ORDERS 51000
#define SEGMENT 5000

/* 51 000 orders by plain SQL: 17 customers, all statuses and priorities, a third in one wave, all open ones promised
 * for one moment. */
static int fill(void **state)
{
    struct kit *k = kit_folder();
    k->backend = &kit_backends[0];
    kit_open(k);
    kit_do(k, kit_create(KIT_BODY));
    kit_close(k);
    char sql[1200];
    snprintf(
        sql, sizeof sql,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%d) INSERT INTO orders SELECT "
        "rank+i*4096,low,1,CASE WHEN i%%50=0 THEN 7+i/50%%2 ELSE i%%7 END,i/7%%3,'CUST-'||(i%%17),rank/4096,rank/4096,"
        "%lld,total,currency,items,grams,picked,CASE WHEN i%%3=0 THEN 'WAVE-1' END,tracking,carrier,reason,holds,"
        "last_faults,doc,parked,i/%d FROM orders, n WHERE rank=(SELECT min(rank) FROM orders)",
        ORDERS, (long long)KIT_NOW + 86400000, SEGMENT);
    kit_exec(k->path, sql);
    snprintf(sql, sizeof sql,
             "INSERT INTO segments(n,first,before) SELECT segment,min(rank),segment*%d FROM orders WHERE "
             "segment>0 GROUP BY segment",
             SEGMENT);
    kit_exec(k->path, sql);
    kit_exec(k->path, "UPDATE orders SET promised_at=(SELECT max(promised_at) FROM orders)");
    kit_open(k);
    *state = k;
    return 0;
}

static void parse(struct filter *f, enum filter_field field, int64_t number, const char *text,
                  struct arena *a)
{
    struct filter_term *t = filter_add(f, field, 1, a);
    assert_non_null(t);
    t->exact_case = true;
    t->values[0].number = number;
    t->values[0].text = text;
}

static struct sqlite_reader *reader_of(struct kit *k)
{
    return (struct sqlite_reader *)k->reader;
}

/* Steps of all statements since the last call. */
static int steps(struct kit *k)
{
    int n = 0;
    for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(reader_of(k)->db, s)) != NULL;)
        n += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
    return n;
}

/* No query that the reader has prepared sorts. */
static void assert_no_sort(struct kit *k)
{
    for (size_t i = 0; i < CACHED_QUERIES; i++) {
        char sql[4000];
        sqlite3_stmt *s = NULL;
        if (reader_of(k)->queries[i].sql == NULL)
            continue;
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", reader_of(k)->queries[i].sql);
        assert_int_equal(sqlite3_prepare_v2(reader_of(k)->db, sql, -1, &s, NULL), SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW) {
            const char *line = (const char *)sqlite3_column_text(s, 3);
            if (strstr(line, "TEMP B-TREE") != NULL)
                fail_msg("%s: %s", line, reader_of(k)->queries[i].sql);
        }
        sqlite3_finalize(s);
    }
}

static struct order_page page_of(struct kit *k, const struct order_query *q)
{
    struct order_page page;
    struct arena a;
    struct err e;
    arena_init(&a, 64 << 20);
    if (!k->reader->ops->list(k->reader, q, &a, &page, &e))
        fail_msg("%s", e.message);
    arena_release(&a); /* the cursor is a value */
    return page;
}

/* The first page and one that lies `pages` behind it: the same work. */
static void assert_flat(struct kit *k, const struct filter *f, enum order_sort sort, bool descending,
                        int pages)
{
    struct order_query q = {.filter = f, .sort = sort, .descending = descending, .limit = 20, .now = KIT_NOW};
    kit_begin(k);
    struct order_page page = page_of(k, &q);
    assert_true(page.more);
    q.cursor = page.next;
    (void)steps(k);
    (void)page_of(k, &q); /* the second: the first one has no cursor, so it is another statement */
    int first = steps(k), last = 0;
    q.cursor.set = false; /* there in one stride */
    q.offset = pages * 20 - 1;
    q.limit = 1;
    page = page_of(k, &q);
    assert_true(page.more);
    q.cursor = page.next;
    q.offset = 0;
    q.limit = 20;
    (void)steps(k);
    (void)page_of(k, &q);
    last = steps(k);
    kit_end(k);
    if (last * 10 > first * 12 || first * 10 > last * 12)
        fail_msg("%d steps for the first page, %d for a page far behind it", first, last);
    if (first > 20000)
        fail_msg("%d steps for 20 rows", first);
    assert_no_sort(k);
}

static void keyset__by_creation__costs_the_same_at_any_depth(void **state)
{
    struct kit *k = *state;
    for (int descending = 0; descending < 2; descending++) {
        struct filter none = {0}, status = {0}, customer = {0}, priority = {0}, wave = {0};
        parse(&status, FILTER_STATUS, STATUS_PICKING, NULL, &k->arena);
        parse(&priority, FILTER_PRIORITY, PRIORITY_NEXT_DAY, NULL, &k->arena);
        parse(&customer, FILTER_CUSTOMER, 0, "CUST-3", &k->arena);
        parse(&wave, FILTER_WAVE, 0, "WAVE-1", &k->arena);
        assert_flat(k, &none, SORT_CREATED, descending, 1000);
        assert_flat(k, &status, SORT_CREATED, descending, 300);
        assert_flat(k, &priority, SORT_CREATED, descending, 800);
        assert_flat(k, &customer, SORT_CREATED, descending, 130);
        assert_flat(k, &wave, SORT_CREATED, descending, 800);
    }
}

static void keyset__by_customer__costs_the_same_at_any_depth(void **state)
{
    struct kit *k = *state;
    for (int descending = 0; descending < 2; descending++) {
        struct filter none = {0}, customer = {0};
        parse(&customer, FILTER_CUSTOMER, 0, "CUST-3", &k->arena);
        assert_flat(k, &none, SORT_CUSTOMER, descending, 1000);
        assert_flat(k, &customer, SORT_CUSTOMER, descending, 130);
    }
}

/* Who asks for one customer gets that customer's orders looked at, whatever else is asked. */
static void customer__with_a_status__looks_at_the_customers_orders_alone(void **state)
{
    struct kit *k = *state;
    struct filter f = {0};
    struct order_query q = {.filter = &f, .sort = SORT_UPDATED, .limit = 20, .now = KIT_NOW};
    struct err e;
    int64_t counted;
    parse(&f, FILTER_STATUS, STATUS_RECEIVED, NULL, &k->arena);
    parse(&f, FILTER_CUSTOMER, 0, "CUST-RARE", &k->arena);
    kit_begin(k);
    (void)steps(k);
    assert_int_equal(page_of(k, &q).n, 0);
    assert_true(k->reader->ops->count(k->reader, &q, 10000, &counted, &e));
    assert_int_equal(counted, 0);
    assert_in_range(steps(k), 1, 1000);
    kit_end(k);
}

static void keyset__open_by_promise__costs_the_same_though_all_promise_one_moment(void **state)
{
    struct kit *k = *state;
    struct filter open = {0}, late = {0};
    struct filter_fault fault;
    assert_true(filter_parse(&open, "-status:completed,cancelled", &k->arena, &fault));
    parse(&late, FILTER_LATE, 1, NULL, &k->arena);
    for (int descending = 0; descending < 2; descending++)
        assert_flat(k, &open, SORT_PROMISED, descending, 1000);
    struct filter listed = {0};
    assert_true(filter_parse(&listed,
                             "status:received,validated,wave_assigned,picking,consolidated,packed,shipped",
                             &k->arena, &fault));
    assert_flat(k, &listed, SORT_PROMISED, false, 1000);
}

#define GET_STEPS 30 /* the row's columns are 22 of them */

static void get__more_than_one_in_a_snapshot__are_one_run_that_ends_with_it(void **state)
{
    struct kit *k = *state;
    struct order o;
    bool found;
    struct err e;
    uint64_t low = (uint64_t)kit_number(k->path, "SELECT min(low) FROM orders");
    int64_t rank = kit_number(k->path, "SELECT min(rank) FROM orders");
    for (int snapshots = 0; snapshots < 2; snapshots++) {
        kit_begin(k);
        (void)steps(k);
        for (int i = 0; i < 100; i++) {
            struct ulid id = ulid_from_rank(rank + i * 500 % ORDERS * 4096, low);
            assert_true(k->reader->ops->get(k->reader, id, &k->arena, &o, &found, &e));
            assert_true(found && ulid_equal(o.id, id));
            int taken = steps(k);
            if (taken > (i == 0 ? GET_STEPS + 10 : GET_STEPS))
                fail_msg("%d steps for order %d of a snapshot", taken, i + 1);
        }
        assert_int_equal(sqlite3_txn_state(reader_of(k)->db, "main"), SQLITE_TXN_READ);
        kit_end(k);
        assert_int_equal(sqlite3_txn_state(reader_of(k)->db, "main"), SQLITE_TXN_NONE);
    }
}

/* How many tables and indices a statement writes. */
static int written(sqlite3_stmt *s)
{
    char sql[1000];
    sqlite3_stmt *q = NULL;
    int n = 0;
    snprintf(sql, sizeof sql, "EXPLAIN %s", sqlite3_sql(s));
    assert_int_equal(sqlite3_prepare_v2(sqlite3_db_handle(s), sql, -1, &q, NULL), SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW)
        n += strcmp((const char *)sqlite3_column_text(q, 1), "OpenWrite") == 0;
    sqlite3_finalize(q);
    return n;
}

static void update__customer_and_wave_kept__their_indices_are_not_written(void **state)
{
    struct kit *k = *state;
    const struct sqlite_store *s = (struct sqlite_store *)k->store;
    assert_int_equal(written(s->update), 6);
    assert_int_equal(written(s->update_kept), 4);
}

static int empty(void **state)
{
    kit_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyset__by_creation__costs_the_same_at_any_depth),
        cmocka_unit_test(keyset__by_customer__costs_the_same_at_any_depth),
        cmocka_unit_test(keyset__open_by_promise__costs_the_same_though_all_promise_one_moment),
        cmocka_unit_test(update__customer_and_wave_kept__their_indices_are_not_written),
        cmocka_unit_test(get__more_than_one_in_a_snapshot__are_one_run_that_ends_with_it),
        cmocka_unit_test(
            customer__with_a_status__looks_at_the_customers_orders_alone), /* it sorts, and so comes last */
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
