/* What upkeep leaves of the tables that would grow for ever, and in how small steps. */
#include "tests/support/store_kit.h"

#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

/* Fills the file behind the store's back. */
static void fill(struct kit *k, const char *sql)
{
    kit_close(k);
    kit_exec(k->path, sql);
    kit_open(k);
}

#define NUMBERS(n) "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<" #n "-1) "

static int upkeep(struct kit *k, int64_t now)
{
    int steps = 1;
    while (k->store->ops->upkeep(k->store, now))
        assert_true(++steps < 100);
    return steps;
}

static void stat__old_minutes_seconds_and_stays__go_in_steps(void **state)
{
    struct kit *k = *state;
    const int64_t now = KIT_NOW;
    char sql[400];
    snprintf(
        sql, sizeof sql,
        NUMBERS(3000) "INSERT INTO stat(kind,a,b,n) SELECT 3,%lld-i,0,1 FROM n UNION ALL SELECT 5,%lld-i,0,1 "
                      "FROM n UNION ALL SELECT 4,(%lld-i)*16+2,7,1 FROM n",
        (long long)(now / MINUTE), (long long)(now / 1000), (long long)(now / DAY));
    fill(k, sql); /* each minute, second and day up to the present one */
    int steps = upkeep(k, now);
    assert_in_range(steps, 3000 / 200, 20);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM stat WHERE kind=3"), 25 * 60 + 1);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM stat WHERE kind=5"), 121);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM stat WHERE kind=4"), 9);
    assert_int_equal(upkeep(k, now), 1);
    struct store_stats s;
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->stats(k->reader, now, &s, &e));
    kit_end(k);
    assert_int_equal(s.created_minute, 60);
    assert_int_equal(s.created_hour, 60);
    assert_int_equal(s.created_day, 24 * 60);
    assert_true(s.by_status[2].usual_ms > 0);
    kit_exec(k->path, "DELETE FROM stat");
}

static void sent__of_old_minutes__one_row_each(void **state)
{
    struct kit *k = *state;
    char sql[400];
    snprintf(
        sql, sizeof sql,
        NUMBERS(2050) "INSERT INTO sent(upto,at) SELECT i*7+1,CASE WHEN i<2000 THEN %lld+i*6000 ELSE %lld+i "
                      "END FROM n",
        (long long)(KIT_NOW - 2 * DAY), (long long)(KIT_NOW - DAY));
    fill(k, sql); /* ten a minute, 2000 of them old, and 50 of today */
    assert_in_range(upkeep(k, KIT_NOW), 2000 / 200, 12);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM sent"), 200 + 50);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM sent WHERE (upto/7+1)%10<>0 AND upto/7<2000"),
                     0);
    assert_int_equal(upkeep(k, KIT_NOW), 1);
    kit_close(k);
    kit_open(k); /* begins anew, and finds nothing more to do */
    upkeep(k, KIT_NOW);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM sent"), 200 + 50);
}

/* What is not old yet stands among what is, and holds nothing up. */
static void inbox__forgotten_behind_what_is_not__goes_too(void **state)
{
    struct kit *k = *state;
    char sql[400];
    snprintf(sql, sizeof sql,
             NUMBERS(2050) "INSERT INTO inbox(rank,key,since) SELECT i,x'00',CASE WHEN i%%7=0 OR i<400 THEN "
                           "%lld ELSE %lld END FROM n",
             (long long)(KIT_NOW + DAY), (long long)(KIT_NOW - 31 * DAY));
    fill(k, sql);
    int64_t left = kit_number(k->path, "SELECT count(*) FROM inbox WHERE rank%7=0 OR rank<400");
    upkeep(k, KIT_NOW);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM inbox"), left);
}

static void inbox__forgotten__goes_in_steps_oldest_first(void **state)
{
    struct kit *k = *state;
    char sql[400];
    snprintf(
        sql, sizeof sql,
        NUMBERS(2050) "INSERT INTO inbox(rank,key,since) SELECT (i*7919)%%2050,x'00',CASE WHEN i<2000 THEN "
                      "%lld+i ELSE %lld+i END FROM n",
        (long long)(KIT_NOW - 31 * DAY), (long long)(KIT_NOW - 30 * DAY));
    fill(k, sql); /* in no order of their keys */
    assert_in_range(upkeep(k, KIT_NOW), 2000 / 200, 12);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM inbox"), 50);
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM inbox WHERE seq<=2000"), 0);
    assert_int_equal(upkeep(k, KIT_NOW), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(stat__old_minutes_seconds_and_stays__go_in_steps),
        KIT_TEST(inbox__forgotten__goes_in_steps_oldest_first),
        KIT_TEST(inbox__forgotten_behind_what_is_not__goes_too),
        KIT_TEST(sent__of_old_minutes__one_row_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
