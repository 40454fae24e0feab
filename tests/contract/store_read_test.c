/* What every store promises about reading: snapshots, the log, timelines, figures, deadlines. */
#include "tests/support/store_kit.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* ---- snapshots ---- */

static bool in_snapshot(struct kit *k, struct ulid id, struct order *ret)
{
    bool found;
    struct err e;
    assert_true(k->reader->ops->get(k->reader, id, &k->arena, ret, &found, &e));
    return found;
}

static void begin__after_a_commit__sees_it(void **state)
{
    struct kit *k = *state;
    struct order o;
    assert_int_equal(kit_begin(k), 0);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    assert_false(in_snapshot(k, id, &o)); /* the open snapshot stands still */
    assert_int_equal(kit_begin(k), 1);    /* without an end between them */
    assert_true(in_snapshot(k, id, &o));
    kit_do(k, kit_command(COMMAND_VALIDATE, id));
    assert_true(in_snapshot(k, id, &o));
    assert_int_equal(o.status, STATUS_RECEIVED);
    assert_int_equal(kit_begin(k), 2);
    assert_true(in_snapshot(k, id, &o));
    assert_int_equal(o.status, STATUS_VALIDATED);
    kit_end(k);
    kit_end(k); /* harmless */
}

static void begin__nothing_committed__keeps_the_snapshot(void **state)
{
    struct kit *k = *state;
    kit_do(k, kit_create(KIT_BODY));
    assert_int_equal(kit_begin(k), 1);
    assert_int_equal(kit_begin(k), 1);
    kit_end(k);
    assert_int_equal(kit_begin(k), 1);
    kit_end(k);
}

static void get__known_and_unknown_in_turn__each_is_told(void **state)
{
    struct kit *k = *state;
    struct ulid ids[3];
    struct order o;
    for (size_t i = 0; i < 3; i++)
        ids[i] = kit_do(k, kit_create(KIT_BODY));
    for (int rounds = 0; rounds < 2; rounds++) {
        kit_begin(k);
        for (size_t i = 0; i < 9; i++) {
            struct ulid id = ids[i / 2 % 3], twin = id, other_version = id;
            twin.lo ^= 1; /* the same half is the key */
            other_version.hi = (id.hi & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
            assert_true(in_snapshot(k, id, &o));
            assert_true(ulid_equal(o.id, id));
            if (i % 2 == 0)
                assert_false(in_snapshot(k, (struct ulid){.hi = i, .lo = 1}, &o));
            assert_false(in_snapshot(k, twin, &o));
            assert_false(in_snapshot(k, other_version, &o));
        }
        kit_end(k);
    }
}

static bool shown(struct kit *k, struct ulid id, struct order *ret)
{
    bool found;
    struct err e;
    assert_true(k->reader->ops->show(k->reader, id, &k->arena, ret, &found, &e));
    return found;
}

static void assert_looks_alike(const struct order *a, const struct order *b)
{
    struct buf left = BUF_INIT(65536), right = BUF_INIT(65536);
    char left_tag[ORDER_ETAG_MAX], right_tag[ORDER_ETAG_MAX];
    for (int64_t now = KIT_NOW; now <= KIT_NOW + 30 * DAY; now += 30 * DAY) { /* the second time late */
        order_render(&left, a, now);
        order_render(&right, b, now);
        order_etag(a, now, left_tag);
        order_etag(b, now, right_tag);
        assert_string_equal(left.data, right.data);
        assert_string_equal(left_tag, right_tag);
    }
    buf_release(&left);
    buf_release(&right);
}

static void show__orders_of_every_status__look_as_those_that_are_got(void **state)
{
    struct kit *k = *state;
    struct ulid ids[STATUS_COUNT + 1];
    struct order whole, seen;
    for (int s = 0; s < STATUS_COUNT; s++)
        ids[s] = kit_order_at(k, KIT_BODY, (enum order_status)s);
    ids[STATUS_COUNT] = kit_do(k, kit_command(COMMAND_HOLD, kit_do(k, kit_create(KIT_BODY))));
    kit_begin(k);
    for (int i = 0; i < 2 * (STATUS_COUNT + 1); i++) { /* the two reads take turns in one snapshot */
        struct ulid id = ids[i % (STATUS_COUNT + 1)], twin = id;
        twin.lo ^= 1;
        assert_true(in_snapshot(k, id, &whole));
        assert_false(shown(k, twin, &seen));
        assert_true(shown(k, id, &seen));
        assert_false(shown(k, (struct ulid){.hi = 7, .lo = 1}, &seen) || in_snapshot(k, twin, &seen));
        assert_true(shown(k, id, &seen));
        assert_true(ulid_equal(seen.id, id));
        assert_looks_alike(&whole, &seen);
    }
    assert_int_equal(whole.n_holds, 1);
    kit_do(k, kit_command(COMMAND_VALIDATE, ids[STATUS_RECEIVED]));
    assert_true(shown(k, ids[STATUS_RECEIVED], &seen));
    assert_int_equal(seen.status, STATUS_RECEIVED); /* the open snapshot stands still */
    kit_begin(k);
    assert_true(shown(k, ids[STATUS_RECEIVED], &seen));
    assert_int_equal(seen.status, STATUS_VALIDATED);
    kit_end(k);
}

static void readers__two__each_have_their_own_moment(void **state)
{
    struct kit *k = *state;
    struct err e;
    struct order o;
    bool found;
    int64_t position;
    struct store_reader *other = k->store->ops->reader_open(k->store, &e);
    assert_non_null(other);
    kit_begin(k);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    assert_true(other->ops->begin(other, 0, &position, &e));
    assert_int_equal(position, 1);
    assert_true(other->ops->get(other, id, &k->arena, &o, &found, &e));
    assert_true(found);
    assert_false(in_snapshot(k, id, &o));
    kit_end(k);
    other->ops->end(other);
    other->ops->reader_close(other);
}

static void deadline__passed__is_a_timeout_and_the_reader_goes_on(void **state)
{
    struct kit *k = *state;
    struct filter f = {0};
    struct filter_fault fault;
    struct order_query q = {.filter = &f, .limit = 10, .now = KIT_NOW};
    struct order_page page;
    struct store_stats stats;
    struct err e;
    int64_t position, n;
    struct kit_unit *u[500];
    for (size_t i = 0; i < 500; i++)
        u[i] = kit_create(KIT_BODY);
    assert_true(kit_apply(k, u, 500));
    for (size_t i = 0; i < 500; i++)
        kit_unit_free(u[i]);
    assert_true(filter_parse(&f, "sku:nothing*", &k->arena, &fault));
    assert_true(k->reader->ops->begin(k->reader, 1, &position, &e));
    assert_false(k->reader->ops->list(k->reader, &q, &k->arena, &page, &e));
    assert_int_equal(e.code, ERR_QUERY_TIMEOUT);
    assert_false(k->reader->ops->count(k->reader, &q, 10000, &n, &e));
    assert_int_equal(e.code, ERR_QUERY_TIMEOUT);
    kit_begin(k);
    assert_true(k->reader->ops->list(k->reader, &q, &k->arena, &page, &e));
    assert_int_equal(page.n, 0);
    assert_true(k->reader->ops->stats(k->reader, KIT_NOW, &stats, &e));
    kit_end(k);
}

/* ---- the log and timelines ---- */

struct seen {
    struct kit *kit;
    int64_t positions[400];
    enum event_type types[400];
    size_t n, most;
};

static bool see(void *ctx, const struct event *e, int64_t sent_at)
{
    struct seen *s = ctx;
    assert_int_equal(sent_at, 0);
    assert_true(e->data != NULL && e->data_len == strlen(e->data));
    s->positions[s->n] = e->position;
    s->types[s->n++] = e->type;
    return s->most == 0 || s->n < s->most;
}

static struct seen events(struct kit *k, struct event_query q)
{
    struct seen s = {.kit = k};
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->events(k->reader, &q, see, &s, &e));
    kit_end(k);
    return s;
}

static void log__from_any_position__goes_on_without_gap(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 10; i++)
        kit_order_at(k, KIT_BODY, STATUS_WAVE_ASSIGNED);
    for (int64_t after = 0; after <= 31; after++) {
        struct seen s = events(k, (struct event_query){.after = after, .limit = 7});
        size_t left = after < 30 ? (size_t)(30 - after) : 0;
        assert_int_equal(s.n, left < 7 ? left : 7);
        for (size_t i = 0; i < s.n; i++)
            assert_int_equal(s.positions[i], after + 1 + (int64_t)i);
    }
    struct seen s = events(k, (struct event_query){.after = 5, .upto = 9, .limit = 100});
    assert_int_equal(s.n, 4);
    s = events(k, (struct event_query){.types = 1u << EVENT_VALIDATED, .limit = 4});
    assert_int_equal(s.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(s.types[i], EVENT_VALIDATED);
    s = events(k, (struct event_query){.limit = 0});
    assert_int_equal(s.n, 0);
}

/* A filter that leaves most out: how far the log was looked at is said, and so much is looked at, not more. */
static void log__looked_at_in_parts__says_how_far_it_has_come(void **state)
{
    struct kit *k = *state;
    struct ulid first = kit_order_at(k, KIT_BODY, STATUS_WAVE_ASSIGNED);
    for (int i = 1; i < 10; i++)
        kit_order_at(k, KIT_BODY, STATUS_WAVE_ASSIGNED);
    kit_do(k, kit_command(COMMAND_CANCEL, first)); /* position 31 */
    int64_t looked = -1;
    struct event_query q = {.types = 1u << EVENT_CANCELLED, .limit = 5, .scan = 8, .looked = &looked};
    for (int64_t come = 8; come <= 24; come += 8) {
        assert_int_equal(events(k, q).n, 0);
        assert_int_equal(looked, come);
        q.after = looked;
    }
    struct seen s = events(k, q);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.positions[0], 31);
    assert_int_equal(looked, 31);
    q = (struct event_query){.limit = 3, .scan = 8, .looked = &looked};
    assert_int_equal(events(k, q).n, 3);
    assert_int_equal(looked, 3); /* the limit came first */
    q = (struct event_query){.has_order = true, .order_id = first, .after = 1, .limit = 3, .looked = &looked};
    assert_int_equal(events(k, q).n, 3);
    assert_int_equal(looked, 31);
    q = (struct event_query){.types = 1u << EVENT_CANCELLED, .upto = 20, .limit = 3, .looked = &looked};
    assert_int_equal(events(k, q).n, 0);
    assert_int_equal(looked, 20);
    q = (struct event_query){.after = 99, .limit = 3, .looked = &looked};
    assert_int_equal(events(k, q).n, 0);
    assert_int_equal(looked, 99);
}

static void log__callback_stops__nothing_more_comes(void **state)
{
    struct kit *k = *state;
    struct seen s = {.kit = k, .most = 2};
    struct err e;
    kit_order_at(k, KIT_BODY, STATUS_PACKED);
    kit_begin(k);
    const struct event_query q = {.limit = 100};
    assert_true(k->reader->ops->events(k->reader, &q, see, &s, &e));
    assert_int_equal(s.n, 2);
    kit_end(k);
}

static void timeline__of_one_order__is_its_events_in_order(void **state)
{
    struct kit *k = *state;
    struct ulid a = kit_do(k, kit_create(KIT_BODY)), b = kit_do(k, kit_create(KIT_BODY)), foreign = a;
    kit_do(k, kit_command(COMMAND_HOLD, b));
    kit_do(k, kit_command(COMMAND_VALIDATE, a));
    kit_do(k, kit_command(COMMAND_CANCEL, b));
    kit_do(k, kit_command(COMMAND_CANCEL, a));
    struct seen s = events(k, (struct event_query){.has_order = true, .order_id = a, .limit = 100});
    assert_int_equal(s.n, 3);
    assert_int_equal(s.types[0], EVENT_RECEIVED);
    assert_int_equal(s.types[1], EVENT_VALIDATED);
    assert_int_equal(s.types[2], EVENT_CANCELLED);
    assert_int_equal(s.positions[2], 6);
    s = events(k, (struct event_query){.has_order = true, .order_id = a, .after = 1, .limit = 1});
    assert_int_equal(s.n, 1);
    assert_int_equal(s.types[0], EVENT_VALIDATED);
    foreign.hi ^= UINT64_C(0x3000);
    assert_int_equal(events(k, (struct event_query){.has_order = true, .order_id = foreign, .limit = 9}).n,
                     0);
}

/* ---- figures against a naive recount ---- */

static struct store_stats stats(struct kit *k, int64_t now)
{
    struct store_stats s;
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->stats(k->reader, now, &s, &e));
    kit_end(k);
    return s;
}

static void recount(struct kit *k, const struct ulid *ids, size_t n, int64_t now)
{
    struct store_stats want = {0}, got = stats(k, now);
    for (size_t i = 0; i < n; i++) {
        struct order o = kit_must_get(k, ids[i]);
        bool open = status_is_open(o.status), late = order_is_late(&o, now);
        int64_t oldest = want.by_status[o.status].oldest_since;
        want.by_status[o.status].count++;
        want.by_status[o.status].late += late;
        want.late += late;
        want.by_priority[o.priority] += open;
        if (open && (oldest == 0 || o.status_since < oldest))
            want.by_status[o.status].oldest_since = o.status_since;
        want.created_minute += o.created_at / 1000 > now / 1000 - 60;
        want.created_hour += o.created_at / MINUTE > now / MINUTE - 60;
        want.created_day += o.created_at / MINUTE > now / MINUTE - 24 * 60;
    }
    for (int s = 0; s < STATUS_COUNT; s++) {
        assert_int_equal(got.by_status[s].count, want.by_status[s].count);
        assert_int_equal(got.by_status[s].late, want.by_status[s].late);
        assert_int_equal(got.by_status[s].oldest_since, want.by_status[s].oldest_since);
    }
    for (int p = 0; p < PRIORITY_COUNT; p++)
        assert_int_equal(got.by_priority[p], want.by_priority[p]);
    assert_int_equal(got.late, want.late);
    assert_int_equal(got.created_minute, want.created_minute);
    assert_int_equal(got.created_hour, want.created_hour);
    assert_int_equal(got.created_day, want.created_day);
    assert_int_equal(got.unsent, k->store->ops->position(k->store));
}

static struct kit_unit *promised(struct kit *k, int64_t now)
{
    static const char *const priorities[] = {"standard", "next_day", "same_day"};
    char body[600], promise[CLOCK_TEXT_LEN + 1];
    clock_format(now + 1 + (int64_t)kit_draw(k, 40) * 11 * MINUTE + (int64_t)kit_draw(k, 3) * 777, promise);
    snprintf(body, sizeof body,
             "{\"customerId\":\"C\",\"priority\":\"%s\",\"promisedDeliveryAt\":\"%s\",\"items\":[" KIT_ITEM
             "],"
             "\"shippingAddress\":" KIT_ADDRESS "}",
             priorities[kit_draw(k, 3)], promise);
    return kit_create(body);
}

static void stats__after_random_histories__equal_a_recount(void **state)
{
    struct kit *k = *state;
    struct ulid ids[400] = {0};
    size_t n = 0;
    int64_t now = KIT_NOW;
    recount(k, ids, 0, now);
    for (int step = 0; step < 120; step++) {
        struct kit_unit *u[10];
        now += (int64_t)(kit_draw(k, 4) * kit_draw(k, 2 + (uint64_t)(step % 7) * 100)) * 1000;
        clock_freeze(now);
        for (size_t i = 0; i < 10; i++) {
            if (n < 5 || (n < 400 && kit_draw(k, 4) == 0)) {
                u[i] = promised(k, now);
                ids[n++] = u[i]->fresh.id;
            } else {
                u[i] = kit_command((enum order_command)kit_draw(k, COMMAND_COUNT), ids[kit_draw(k, n)]);
            }
        }
        assert_true(kit_apply(k, u, 10));
        for (size_t i = 0; i < 10; i++)
            kit_unit_free(u[i]);
        if (step % 10 == 9) {
            recount(k, ids, n, now);
            recount(k, ids, n, now + (int64_t)kit_draw(k, 600) * 1111);
        }
    }
    recount(k, ids, n, now + 30 * DAY);
    kit_close(k);
    kit_open(k); /* kept, not remembered */
    recount(k, ids, n, now + MINUTE);
}

static void stats__usual__is_about_the_95th_percentile_of_a_week(void **state)
{
    struct kit *k = *state;
    assert_int_equal(stats(k, KIT_NOW).by_status[STATUS_RECEIVED].usual_ms, -1);
    for (int i = 1; i <= 100; i++) { /* stays of 1 to 100 minutes */
        clock_freeze(KIT_NOW);
        struct ulid id = kit_do(k, kit_create(KIT_BODY));
        clock_freeze(ulid_ms(id) + i * MINUTE);
        kit_do(k, kit_command(COMMAND_VALIDATE, id));
    }
    int64_t usual = stats(k, KIT_NOW + 2 * HOUR).by_status[STATUS_RECEIVED].usual_ms;
    assert_in_range(usual, 95 * MINUTE * 9 / 10, 95 * MINUTE * 12 / 10);
    assert_int_equal(stats(k, KIT_NOW + 2 * HOUR).by_status[STATUS_VALIDATED].usual_ms, -1);
    assert_int_equal(stats(k, KIT_NOW + 14 * DAY).by_status[STATUS_RECEIVED].usual_ms, -1);
}

/* Upkeep keeps the figures as they are. */
static void stats__after_upkeep__are_the_same(void **state)
{
    struct kit *k = *state;
    struct ulid ids[20];
    for (size_t i = 0; i < 20; i++) {
        clock_freeze(KIT_NOW + (int64_t)i * 10000);
        ids[i] = kit_do(k, kit_create(KIT_BODY));
    }
    int64_t now = KIT_NOW + 200000;
    recount(k, ids, 20, now);
    while (k->store->ops->upkeep(k->store, now))
        ;
    recount(k, ids, 20, now);
}

static void describe__is_one_object(void **state)
{
    struct kit *k = *state;
    struct buf b = BUF_INIT(10000);
    kit_do(k, kit_create(KIT_BODY));
    k->store->ops->describe(k->store, &b);
    assert_non_null(strstr(b.data, "\"position\":1"));
    assert_int_equal(b.data[0], '{');
    assert_int_equal(b.data[b.len - 1], '}');
    buf_release(&b);
}

/* The same for as long as the log is the same one; of no other. */
static void log_name__of_each_store__is_its_own_and_stays(void **state)
{
    struct kit *k = *state, *other = kit_new(k->backend);
    char name[LOG_NAME_LEN + 1];
    snprintf(name, sizeof name, "%s", k->store->ops->log(k->store));
    assert_int_equal(strspn(name, "0123456789abcdef"), LOG_NAME_LEN);
    assert_string_not_equal(other->store->ops->log(other->store), name);
    kit_do(k, kit_create(KIT_BODY));
    assert_string_equal(k->store->ops->log(k->store), name);
    kit_close(k);
    kit_open(k);
    assert_string_equal(k->store->ops->log(k->store), name);
    kit_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(begin__after_a_commit__sees_it),
        KIT_TEST(begin__nothing_committed__keeps_the_snapshot),
        KIT_TEST(get__known_and_unknown_in_turn__each_is_told),
        KIT_TEST(show__orders_of_every_status__look_as_those_that_are_got),
        KIT_TEST(readers__two__each_have_their_own_moment),
        KIT_TEST(deadline__passed__is_a_timeout_and_the_reader_goes_on),
        KIT_TEST(log__from_any_position__goes_on_without_gap),
        KIT_TEST(log__looked_at_in_parts__says_how_far_it_has_come),
        KIT_TEST(log__callback_stops__nothing_more_comes),
        KIT_TEST(timeline__of_one_order__is_its_events_in_order),
        KIT_TEST(stats__after_random_histories__equal_a_recount),
        KIT_TEST(stats__usual__is_about_the_95th_percentile_of_a_week),
        KIT_TEST(stats__after_upkeep__are_the_same),
        KIT_TEST(describe__is_one_object),
        KIT_TEST(log_name__of_each_store__is_its_own_and_stays),
    };
    int failed = 0;
    for (size_t i = 0; i < kit_n_backends; i++) {
        kit_current = &kit_backends[i];
        failed += cmocka_run_group_tests_name(kit_current->name, tests, NULL, NULL);
    }
    return failed;
}
