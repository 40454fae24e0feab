/* What every store promises about facts of the warehouse: taken in once with their effect, parked, noted, set aside. */
#include "service/write/change.h"
#include "service/write/fact_job.h"
#include "shared/metric.h"
#include "tests/support/store_kit.h"

#define DAY (INT64_C(24) * 3600 * 1000)

/* ---- telling ---- */

struct told {
    struct arena arena;
    struct record record;
    struct fact_set set;
};

static int64_t next_offset;

static const char *event_of(struct told *t, const char *id, const char *type, struct ulid order,
                            const char *more)
{
    char text[ORDER_ID_LEN + 1];
    ulid_format_order(order, text);
    return arena_printf(
        &t->arena,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/wms\",\"type\":\"%s\",\"data\":{\"orderId\":\"%s\"%s}}",
        id, type, text, more);
}

static void read_value(struct told *t, const char *value, int64_t offset)
{
    t->record = (struct record){
        .topic = "wms.test", .partition = 1, .offset = offset, .value = value, .value_len = strlen(value)};
    t->record.key = "a key";
    t->record.key_len = 5;
    assert_true(facts_read(&t->record, clock_wall_ms(), &t->arena, &t->set));
}

/* Applies one job alone; returns its result. */
static enum fact_result apply_job(struct kit *k, struct job *j)
{
    struct unit *u = &j->unit;
    enum fact_result result;
    struct err e;
    assert_non_null(j);
    assert_true(k->store->ops->apply(k->store, &u, 1, &e));
    if (!fact_job_settled(j, &result))
        fail_msg("outcome %d: %s %s", u->outcome, u->err.message, u->plan.err.message);
    fact_job_free(j);
    return result;
}

static enum fact_result tell_value(struct kit *k, const char *value, int64_t offset)
{
    struct told t = {.record = {0}};
    arena_init(&t.arena, 1 << 20);
    read_value(&t, arena_strdup(&t.arena, value), offset);
    int64_t now = clock_wall_ms();
    enum fact_result r = apply_job(k, t.set.fault ? fact_job_fault(&t.set, &t.record, now)
                                                  : fact_job(&t.set, 0, &t.record, now));
    arena_release(&t.arena);
    return r;
}

static enum fact_result tell(struct kit *k, const char *id, const char *type, struct ulid order,
                             const char *more)
{
    struct told t;
    arena_init(&t.arena, 1 << 20);
    enum fact_result r = tell_value(k, event_of(&t, id, type, order, more), ++next_offset);
    arena_release(&t.arena);
    return r;
}

#define PARCEL ",\"trackingNumber\":\"1Z999\",\"carrier\":\"UPS\""
#define WAVE ",\"waveId\":\"W\""

static enum order_status status(struct kit *k, struct ulid id)
{
    return kit_must_get(k, id).status;
}

/* ---- looking ---- */

struct letters {
    size_t n;
    int64_t ids[32];
    enum dead_code codes[32];
    bool has_order[32];
    char last_value[400], last_headers[200];
};

static bool see_letter(void *ctx, const struct dead_letter *d)
{
    struct letters *l = ctx;
    l->ids[l->n] = d->id;
    l->codes[l->n] = d->code;
    l->has_order[l->n++] = d->has_order;
    snprintf(l->last_value, sizeof l->last_value, "%.*s", (int)d->record.value_len,
             d->record.value ? d->record.value : "");
    snprintf(l->last_headers, sizeof l->last_headers, "%s", d->headers);
    assert_string_equal(d->record.topic, "wms.test");
    assert_int_equal(d->record.partition, 1);
    return true;
}

static struct letters letters(struct kit *k, int64_t before, int limit)
{
    struct letters l = {.n = 0};
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->dead_letters(k->reader, before, limit, see_letter, &l, &e));
    kit_end(k);
    return l;
}

struct notes {
    size_t n;
    int64_t positions[32];
    char last[300];
};

static bool see_note(void *ctx, const struct note *note, int64_t position)
{
    struct notes *n = ctx;
    n->positions[n->n++] = position;
    snprintf(n->last, sizeof n->last, "%s", note->text);
    return true;
}

static struct notes notes(struct kit *k, struct ulid id)
{
    struct notes n = {.n = 0};
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->notes(k->reader, id, see_note, &n, &e));
    kit_end(k);
    return n;
}

static size_t due(struct kit *k, int64_t now, struct ulid *ret)
{
    size_t n = 0;
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->due(k->reader, now, 10, ret, &n, &e));
    kit_end(k);
    return n;
}

static int64_t rows(struct kit *k, const char *table)
{
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    return kit_number(k->path, sql);
}

/* ---- once ---- */

static void fact__comes_twice__is_taken_in_once(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PICKING);
    assert_int_equal(tell(k, "e1", "wms.picking.task-completed", id, ",\"totalItems\":3"), FACT_APPLIED);
    assert_int_equal(tell(k, "e1", "wms.picking.task-completed", id, ",\"totalItems\":3"), FACT_SILENT);
    assert_int_equal(kit_must_get(k, id).picked_items, 3);
    assert_int_equal(tell(k, "e2", "wms.picking.task-completed", id, ",\"totalItems\":4"), FACT_APPLIED);
    assert_int_equal(kit_must_get(k, id).picked_items, 7);
    kit_close(k);
    kit_open(k); /* and after a restart */
    assert_int_equal(tell(k, "e2", "wms.picking.task-completed", id, ",\"totalItems\":4"), FACT_SILENT);
    assert_int_equal(kit_must_get(k, id).picked_items, 7);
    kit_check_events(k);
}

static void fact__the_same_event_of_two_orders__is_two_facts(void **state)
{
    struct kit *k = *state;
    struct ulid a = kit_order_at(k, KIT_BODY, STATUS_PICKING), b = kit_order_at(k, KIT_BODY, STATUS_PICKING);
    assert_int_equal(tell(k, "e1", "wms.consolidation.completed", a, ""), FACT_APPLIED);
    assert_int_equal(tell(k, "e1", "wms.consolidation.completed", b, ""), FACT_APPLIED);
    assert_int_equal(rows(k, "inbox"), 2);
}

/* ---- forgotten ---- */

static void forget(struct kit *k, int64_t now)
{
    for (int steps = 0; k->store->ops->upkeep(k->store, now); steps++)
        assert_true(steps < 100);
}

static void inbox__after_its_time__forgets_what_is_old_alone(void **state)
{
    struct kit *k = *state;
    const int64_t then = clock_wall_ms();
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PICKING);
    assert_int_equal(tell(k, "e1", "wms.picking.task-completed", id, ",\"totalItems\":3"), FACT_APPLIED);
    tell_value(k, "garbage", 1);
    clock_freeze(then + DAY);
    assert_int_equal(tell(k, "e2", "wms.picking.task-completed", id, ",\"totalItems\":4"), FACT_APPLIED);
    forget(k, then + INBOX_TTL_MS - 1000);
    assert_int_equal(rows(k, "inbox"), 3);
    clock_freeze(then + INBOX_TTL_MS + 1000);
    forget(k, clock_wall_ms());
    assert_int_equal(rows(k, "inbox"), 1);
    assert_int_equal(tell(k, "e2", "wms.picking.task-completed", id, ",\"totalItems\":4"), FACT_SILENT);
    assert_int_equal(kit_must_get(k, id).picked_items, 7);
}

/* A record that comes again after the inbox has forgotten it: its own time tells. */
static enum fact_result tell_old(struct kit *k, const char *id, const char *type, struct ulid order,
                                 const char *more, int64_t time)
{
    struct told t = {.record = {0}};
    arena_init(&t.arena, 1 << 20);
    read_value(&t, event_of(&t, id, type, order, more), ++next_offset);
    t.record.time = time;
    assert_true(facts_read(&t.record, clock_wall_ms(), &t.arena, &t.set));
    enum fact_result r = apply_job(k, fact_job(&t.set, 0, &t.record, clock_wall_ms()));
    arena_release(&t.arena);
    return r;
}

static void inbox__a_whole_life_comes_again_after_it_forgot__changes_nothing(void **state)
{
    static const struct {
        const char *type, *more;
    } life[] = {
        {"wms.wave.order-added", WAVE},
        {"wms.picking.task-created", WAVE},
        {"wms.picking.task-completed", ",\"totalItems\":3"},
        {"wms.consolidation.completed", ""},
        {"wms.packing.task-completed", PARCEL},
        {"wms.shipping.confirmed", PARCEL},
        {"wms.shipping.delivered", ""},
    };
    enum { LIFE = sizeof life / sizeof life[0] };
    struct kit *k = *state;
    const int64_t then = clock_wall_ms();
    struct ulid ids[LIFE];
    char name[16];
    for (int till = 0; till < LIFE; till++) { /* orders that stopped at every point of it */
        ids[till] = kit_order_at(k, KIT_BODY, STATUS_VALIDATED);
        for (int i = 0; i <= till; i++) {
            snprintf(name, sizeof name, "e%d", i);
            assert_int_equal(tell_old(k, name, life[i].type, ids[till], life[i].more, then), FACT_APPLIED);
        }
    }
    clock_freeze(then + INBOX_TTL_MS + 1000);
    forget(k, clock_wall_ms());
    assert_int_equal(rows(k, "inbox"), 0);
    for (int till = 0; till < LIFE; till++) {
        const struct order before = kit_must_get(k, ids[till]);
        for (int i = till; i >= 0; i--) {
            snprintf(name, sizeof name, "e%d", i);
            enum fact_result r = tell_old(k, name, life[i].type, ids[till], life[i].more, then);
            if (r != FACT_LATE && r != FACT_SILENT)
                fail_msg("%s after %s: %d", life[i].type, life[till].type, r);
        }
        const struct order after = kit_must_get(k, ids[till]);
        assert_int_equal(after.version, before.version);
        assert_int_equal(after.status, before.status);
        assert_int_equal(after.picked_items, before.picked_items);
    }
    kit_check_events(k);
}

/* An order of today has no forgotten facts, whatever the time of a record. */
static void inbox__record_of_a_wrong_clock__counts_once(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PICKING);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tell_old(k, "e1", "wms.picking.task-completed", id, ",\"totalItems\":3", 1),
                         i == 0 ? FACT_APPLIED : FACT_SILENT);
    assert_int_equal(kit_must_get(k, id).picked_items, 3);
}

/* Its sender's clock goes ahead: it is not old yet when others of its day are forgotten. */
static void inbox__record_from_the_future_comes_again_after_its_time__counts_once(void **state)
{
    struct kit *k = *state;
    const int64_t then = clock_wall_ms(), ahead = then + DAY, far = then + 90 * DAY;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PICKING),
                other = kit_order_at(k, KIT_BODY, STATUS_PICKING);
    assert_int_equal(tell_old(k, "e2", "wms.picking.task-completed", other, ",\"totalItems\":4", far),
                     FACT_APPLIED);
    for (int64_t late = 1000; late <= 2 * DAY + 1000; late += DAY) {
        enum fact_result r = tell_old(k, "e1", "wms.picking.task-completed", id, ",\"totalItems\":3", ahead);
        if (late == 1000)
            assert_int_equal(r, FACT_APPLIED);
        else
            assert_true(r == FACT_SILENT || r == FACT_LATE);
        assert_int_equal(kit_must_get(k, id).picked_items, 3);
        clock_freeze(then + INBOX_TTL_MS + late);
        forget(k, clock_wall_ms());
        assert_int_equal(rows(k, "inbox"),
                         1 + (late != DAY + 1000)); /* old by its own time: forgotten, and told by it */
    }
    clock_freeze(then + 2 * INBOX_TTL_MS + DAY);
    forget(k, clock_wall_ms());
    assert_int_equal(tell_old(k, "e2", "wms.picking.task-completed", other, ",\"totalItems\":4", far),
                     FACT_SILENT);
    assert_int_equal(kit_must_get(k, other).picked_items, 4);
}

static void inbox__a_wave_comes_again_after_it_forgot__does_not_undo_what_people_did(void **state)
{
    struct kit *k = *state;
    const int64_t then = clock_wall_ms();
    struct ulid out = kit_order_at(k, KIT_BODY, STATUS_VALIDATED),
                in = kit_order_at(k, KIT_BODY, STATUS_VALIDATED);
    assert_int_equal(tell_old(k, "e1", "wms.wave.order-added", out, WAVE, then), FACT_APPLIED);
    assert_int_equal(tell_old(k, "e1", "wms.wave.order-added", in, WAVE, then), FACT_APPLIED);
    assert_int_equal(tell_old(k, "e2", "wms.wave.order-removed", in, WAVE, then + 1), FACT_APPLIED);
    kit_do(k, kit_command(COMMAND_UNASSIGN_WAVE, out));
    struct kit_unit *u = kit_command(COMMAND_ASSIGN_WAVE, in);
    u->command.wave_id = "W";
    kit_do(k, u);
    clock_freeze(then + INBOX_TTL_MS + 1000);
    forget(k, clock_wall_ms());
    assert_int_equal(tell_old(k, "e1", "wms.wave.order-added", out, WAVE, then), FACT_SILENT);
    assert_int_equal(tell_old(k, "e2", "wms.wave.order-removed", in, WAVE, then + 1), FACT_SILENT);
    assert_int_equal(status(k, out), STATUS_VALIDATED);
    assert_int_equal(status(k, in), STATUS_WAVE_ASSIGNED);
}

static void facts__twice_in_one_call__see_each_other(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PICKING);
    struct told t;
    struct err e;
    enum fact_result r[3];
    arena_init(&t.arena, 1 << 20);
    read_value(&t, event_of(&t, "e1", "wms.packing.task-completed", id, PARCEL), 1);
    struct told later = {.arena = t.arena};
    read_value(&later, event_of(&later, "e2", "wms.shipping.confirmed", id, PARCEL), 2);
    t.arena = later.arena;
    struct job *jobs[] = {fact_job(&later.set, 0, &later.record, KIT_NOW),
                          fact_job(&t.set, 0, &t.record, KIT_NOW), fact_job(&t.set, 0, &t.record, KIT_NOW)};
    struct unit *units[] = {&jobs[0]->unit, &jobs[1]->unit, &jobs[2]->unit};
    assert_true(k->store->ops->apply(k->store, units, 3, &e));
    for (size_t i = 0; i < 3; i++) {
        assert_true(fact_job_settled(jobs[i], &r[i]));
        fact_job_free(jobs[i]);
    }
    assert_int_equal(r[0], FACT_PARKED);
    assert_int_equal(r[1], FACT_APPLIED);
    assert_int_equal(r[2], FACT_SILENT);
    assert_int_equal(status(k, id), STATUS_SHIPPED);
    arena_release(&t.arena);
}

/* ---- parked ---- */

static void parked__survives_a_restart__and_a_command_opens_its_way(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    assert_int_equal(tell(k, "d", "wms.shipping.delivered", id, ""), FACT_PARKED);
    assert_int_equal(tell(k, "s", "wms.shipping.confirmed", id, PARCEL), FACT_PARKED);
    assert_int_equal(tell(k, "p", "wms.packing.task-completed", id, ""), FACT_PARKED);
    assert_int_equal(tell(k, "t", "wms.picking.task-created", id, WAVE), FACT_PARKED);
    assert_int_equal(tell(k, "w", "wms.wave.order-added", id, WAVE), FACT_PARKED);
    assert_int_equal(kit_must_get(k, id).parked, 5);
    assert_int_equal(metric_get(METRIC_FACTS_PARKED), 5);
    kit_close(k);
    kit_open(k);
    assert_int_equal(metric_get(METRIC_FACTS_PARKED), 5);

    struct change_request r = {.body = "{}", .body_len = 2, .if_version = -1, .now = clock_wall_ms()};
    struct answer a;
    struct job *j = change_command(COMMAND_VALIDATE, id, &r, &a);
    struct unit *u = &j->unit;
    struct err e;
    assert_true(k->store->ops->apply(k->store, &u, 1, &e));
    assert_int_equal(u->outcome, UNIT_COMMITTED);
    assert_int_equal(u->plan.order.status, STATUS_COMPLETED);
    change_free(j);

    struct order o = kit_must_get(k, id);
    assert_int_equal(o.status, STATUS_COMPLETED);
    assert_int_equal(o.parked, 0);
    assert_string_equal(o.wave_id, "W");
    assert_string_equal(o.tracking_number, "1Z999");
    assert_int_equal(rows(k, "parked"), 0);
    assert_int_equal(rows(k, "records"), 0); /* nothing needs them any more */
    assert_int_equal(metric_get(METRIC_FACTS_PARKED), 0);
    assert_int_equal(kit_check_events(k), 7);
}

static void parked__too_long__becomes_a_dead_letter_with_its_record(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_RECEIVED), orders[10];
    tell(k, "p", "wms.packing.task-completed", id, "");
    assert_int_equal(due(k, KIT_NOW + 7 * DAY - 1, orders), 0);
    assert_int_equal(due(k, KIT_NOW + 7 * DAY, orders), 1);
    assert_true(ulid_equal(orders[0], id));
    apply_job(k, fact_job_due(id, KIT_NOW + 7 * DAY));
    struct letters l = letters(k, 0, 10);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.codes[0], DEAD_TOO_EARLY);
    assert_true(l.has_order[0]);
    assert_non_null(strstr(l.last_value, "wms.packing.task-completed"));
    assert_int_equal(kit_must_get(k, id).parked, 0);
    assert_int_equal(due(k, INT64_MAX, orders), 0);
    assert_int_equal(metric_get(METRIC_DEAD_LETTERS), 1);
}

/* An id from elsewhere is kept to the bit, and is not that of an order that differs in nothing but the UUID's version. */
static void parked__unknown_order_of_another_kind_of_id__keeps_its_id(void **state)
{
    struct kit *k = *state;
    struct ulid order = kit_order_at(k, KIT_BODY, STATUS_PICKING), other = order, orders[10];
    other.hi = (other.hi & ~UINT64_C(0xf000)) | 0x4000;
    assert_int_equal(tell(k, "p", "wms.packing.task-completed", other, ""), FACT_PARKED);
    kit_do(k, kit_command(COMMAND_MARK_CONSOLIDATED, order));
    assert_int_equal(status(k, order), STATUS_CONSOLIDATED);
    assert_int_equal(due(k, KIT_NOW + FACT_UNKNOWN_MS, orders), 1);
    assert_true(ulid_equal(orders[0], other));
}

static void parked__unknown_order__due_by_its_id_alone(void **state)
{
    struct kit *k = *state;
    struct ulid nobody = ulid_new(), orders[10];
    assert_int_equal(tell(k, "p", "wms.packing.task-completed", nobody, ""), FACT_PARKED);
    assert_int_equal(due(k, KIT_NOW + FACT_UNKNOWN_MS, orders), 1);
    assert_true(ulid_equal(orders[0], nobody));
    apply_job(k, fact_job_due(nobody, KIT_NOW + FACT_UNKNOWN_MS));
    struct letters l = letters(k, 0, 10);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.codes[0], DEAD_UNKNOWN_ORDER);
}

static void waves__are_remembered(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_VALIDATED);
    assert_int_equal(
        tell(k, "r", "wms.wave.order-removed", id, WAVE ",\"removedAt\":\"2026-01-01T10:00:02Z\""),
        FACT_SILENT);
    kit_close(k);
    kit_open(k);
    assert_int_equal(tell(k, "a", "wms.wave.order-added", id, WAVE ",\"addedAt\":\"2026-01-01T10:00:01Z\""),
                     FACT_LATE);
    assert_int_equal(status(k, id), STATUS_VALIDATED);
    assert_int_equal(tell(k, "b", "wms.wave.order-added", id, WAVE ",\"addedAt\":\"2026-01-01T10:00:03Z\""),
                     FACT_APPLIED);
    assert_int_equal(rows(k, "wave_facts"), 1);
}

/* ---- notes ---- */

static void note__late_fact__stands_behind_the_newest_event(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PACKED);
    int64_t position = k->store->ops->position(k->store);
    assert_int_equal(tell(k, "c", "wms.consolidation.completed", id, ""), FACT_LATE);
    struct notes n = notes(k, id);
    assert_int_equal(n.n, 1);
    assert_int_equal(n.positions[0], position);
    assert_string_equal(
        n.last, "consolidation completed (/wms, 2026-01-01T12:00:00.000Z): the order was packed already");
    assert_int_equal(k->store->ops->position(k->store), position);
    assert_int_equal(kit_must_get(k, id).version, position);
}

/* ---- dead letters ---- */

static void unreadable__comes_again__is_one_dead_letter(void **state)
{
    struct kit *k = *state;
    assert_int_equal(tell_value(k, "garbage", 7), FACT_DEAD);
    assert_int_equal(tell_value(k, "garbage", 7), FACT_SILENT);
    assert_int_equal(letters(k, 0, 10).n, 1);
    assert_int_equal(tell_value(k, "garbage", 8), FACT_DEAD);
    assert_int_equal(tell_value(k, "other garbage", 7), FACT_DEAD); /* the topic was made anew */
    struct letters l = letters(k, 0, 10);
    assert_int_equal(l.n, 3);
    assert_false(l.has_order[0]);
    assert_true(l.ids[0] > l.ids[1] && l.ids[1] > l.ids[2]); /* the newest first */
    assert_int_equal(letters(k, l.ids[0], 1).ids[0], l.ids[1]);
    assert_string_equal(l.last_headers, "{}");
}

/* One turn of a replay or deletion; returns whether there is another. */
static bool turn(struct kit *k, struct job *j)
{
    struct unit *u = &j->unit;
    struct err e;
    assert_true(k->store->ops->apply(k->store, &u, 1, &e));
    return change_again(j);
}

/* The body or the code of the refusal. */
static char *end_turns(struct job *j)
{
    static char text[400];
    struct answer a;
    snprintf(text, sizeof text, "no answer");
    if (change_answer(j, clock_wall_ms(), &a)) {
        snprintf(text, sizeof text, "%d %s", a.status,
                 a.code != ERR_NONE ? err_info(a.code)->name
                 : a.body.data      ? a.body.data
                                    : "");
        answer_release(&a);
    }
    change_free(j);
    return text;
}

static char *turns(struct kit *k, struct job *j)
{
    while (turn(k, j))
        ;
    return end_turns(j);
}

/* The writer takes no more turns after the first n. */
static char *turns_refused_after(struct kit *k, struct job *j, int n, enum err_code code)
{
    for (; n > 0; n--)
        assert_true(turn(k, j));
    err_set(&j->err, code, "refused");
    assert_false(change_again(j));
    return end_turns(j);
}

static struct change_request request(void)
{
    return (struct change_request){.body = "", .if_version = -1, .now = clock_wall_ms()};
}

static char *replay(struct kit *k, int64_t id)
{
    struct change_request r = request();
    struct answer a;
    return turns(k, change_replay(id, &r, &a));
}

static char *replay_all(struct kit *k, int code)
{
    struct change_request r = request();
    struct answer a;
    return turns(k, change_replay_all(code, &r, &a));
}

/* An order that is not there yet, and a dead letter about it. */
static struct kit_unit *lost_order(struct kit *k, const char *type, const char *more)
{
    struct kit_unit *u = kit_create(KIT_BODY);
    assert_int_equal(tell(k, "e1", type, u->fresh.id, more), FACT_PARKED);
    apply_job(k, fact_job_due(u->fresh.id, KIT_NOW + FACT_UNKNOWN_MS));
    return u;
}

static void replay__the_order_has_come__applies_and_the_letter_is_gone(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u = lost_order(k, "wms.picking.task-completed", ",\"totalItems\":3");
    int64_t letter = letters(k, 0, 10).ids[0];
    assert_string_equal(replay(k, letter), "422 DEAD_LETTER_REFUSED");
    assert_int_equal(letters(k, 0, 10).n, 1);
    struct ulid id = kit_do(k, u);
    assert_string_equal(replay(k, letter), "200 {\"result\":\"applied\"}");
    assert_int_equal(kit_must_get(k, id).picked_items, 3);
    assert_int_equal(letters(k, 0, 10).n, 0);
    assert_int_equal(rows(k, "records"), 0);
    assert_string_equal(replay(k, letter), "404 DEAD_LETTER_NOT_FOUND");
    assert_int_equal(tell(k, "e1", "wms.picking.task-completed", id, ",\"totalItems\":3"), FACT_SILENT);
    assert_int_equal(metric_get(METRIC_DEAD_LETTERS), 0);
}

static void replay__early_or_late_by_now__says_so(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, lost_order(k, "wms.packing.task-completed", PARCEL));
    assert_string_equal(replay(k, letters(k, 0, 10).ids[0]), "200 {\"result\":\"parked\"}");
    assert_int_equal(kit_must_get(k, id).parked, 1);
    assert_int_equal(rows(k, "records"), 1);
    apply_job(k, fact_job_due(id, KIT_NOW + 7 * DAY));
    kit_do(k, kit_command(COMMAND_CANCEL, id));
    assert_string_equal(replay(k, letters(k, 0, 10).ids[0]), "200 {\"result\":\"late\"}");
    assert_int_equal(notes(k, id).n, 1);
    assert_int_equal(letters(k, 0, 10).n, 0);
}

static void replay__all_of_a_code__one_after_the_other(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u[3];
    for (size_t i = 0; i < 3; i++)
        u[i] = lost_order(k, "wms.picking.task-completed", ",\"totalItems\":3");
    tell_value(k, "garbage", 900);
    kit_do(k, u[0]);
    kit_do(k, u[2]);
    assert_string_equal(replay_all(k, DEAD_UNKNOWN_ORDER),
                        "200 {\"applied\":2,\"parked\":0,\"late\":0,\"refused\":1,\"more\":false}");
    assert_int_equal(letters(k, 0, 10).n, 2);
    kit_do(k, u[1]);
    assert_string_equal(replay_all(k, -1),
                        "200 {\"applied\":1,\"parked\":0,\"late\":0,\"refused\":1,\"more\":false}");
    assert_int_equal(letters(k, 0, 10).n, 1);
    assert_string_equal(replay_all(k, DEAD_UNKNOWN_ORDER),
                        "200 {\"applied\":0,\"parked\":0,\"late\":0,\"refused\":0,\"more\":false}");
}

/* A record that could not be read when it came, and can be now, as after an upgrade of the program: a wave for an order
 * that is validated and one that is not. Returns its letter. */
static int64_t letter_for_two(struct kit *k, struct ulid ids[2])
{
    char first[ORDER_ID_LEN + 1], second[ORDER_ID_LEN + 1], sql[500];
    ids[0] = kit_order_at(k, KIT_BODY, STATUS_VALIDATED);
    ids[1] = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    ulid_format_order(ids[0], first);
    ulid_format_order(ids[1], second);
    tell_value(k, "garbage", 1);
    int64_t letter = letters(k, 0, 10).ids[0];
    assert_string_equal(replay(k, letter), "422 DEAD_LETTER_REFUSED");
    snprintf(
        sql, sizeof sql,
        "UPDATE records SET value=CAST('{\"specversion\":\"1.0\",\"id\":\"r\",\"source\":\"/wms\",\"type\":"
        "\"wms.wave.released\",\"data\":{\"waveId\":\"W\",\"orderIds\":[\"%s\",\"%s\"]}}' AS BLOB)",
        first, second);
    kit_exec(k->path, sql);
    return letter;
}

static void replay__a_whole_record_can_be_read_now__each_of_its_orders_gets_its_fact(void **state)
{
    struct kit *k = *state;
    struct ulid ids[2];
    int64_t letter = letter_for_two(k, ids);
    assert_string_equal(replay(k, letter), "200 {\"result\":\"applied\"}");
    assert_int_equal(status(k, ids[0]), STATUS_WAVE_ASSIGNED);
    assert_int_equal(kit_must_get(k, ids[1]).parked, 1);
    assert_int_equal(letters(k, 0, 10).n, 0);
    assert_string_equal(replay_all(k, -1),
                        "200 {\"applied\":0,\"parked\":0,\"late\":0,\"refused\":0,\"more\":false}");
}

/* A letter of each order; both orders are there and cancelled by then, so that nothing but notes is made of them. */
static void replay__all_refused_halfway__tells_what_was_done(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u[2];
    struct change_request r = request();
    struct answer a;
    for (size_t i = 0; i < 2; i++)
        u[i] = lost_order(k, "wms.packing.task-completed", PARCEL);
    for (size_t i = 0; i < 2; i++)
        kit_do(k, kit_command(COMMAND_CANCEL, kit_do(k, u[i])));
    assert_string_equal(turns_refused_after(k, change_replay_all(-1, &r, &a), 0, ERR_DEADLINE_PASSED),
                        "503 DEADLINE_PASSED");
    assert_string_equal(turns_refused_after(k, change_replay_all(-1, &r, &a), 1, ERR_DEADLINE_PASSED),
                        "200 {\"applied\":0,\"parked\":0,\"late\":1,\"refused\":0,\"more\":true}");
    assert_int_equal(letters(k, 0, 10).n, 1);
}

/* 503 says that nothing was done. What has done something already has time until it is through, and no answer if it does
 * not get there. */
static void replay__a_record_refused_halfway__is_not_said_to_have_done_nothing(void **state)
{
    struct kit *k = *state;
    struct change_request r = request();
    struct answer a;
    struct ulid ids[2];
    int64_t letter = letter_for_two(k, ids);
    assert_string_equal(turns_refused_after(k, change_replay(letter, &r, &a), 1, ERR_QUEUE_FULL),
                        "503 QUEUE_FULL"); /* it was looked at only */
    assert_int_equal(status(k, ids[0]), STATUS_VALIDATED);
    struct job *j = change_replay(letter, &r, &a);
    j->deadline_ns = 1;
    assert_true(turn(k, j));
    assert_int_equal(j->deadline_ns, 1);
    assert_true(turn(k, j));
    assert_int_equal(j->deadline_ns, 0);
    assert_int_equal(status(k, ids[0]), STATUS_WAVE_ASSIGNED);
    assert_string_equal(turns_refused_after(k, j, 0, ERR_QUEUE_FULL), "no answer");
    assert_int_equal(letters(k, 0, 10).n, 1);
    assert_string_equal(replay(k, letter), "200 {\"result\":\"parked\"}"); /* the rest */
    assert_int_equal(letters(k, 0, 10).n, 0);
}

static void replay__with_a_key__answers_the_same_again(void **state)
{
    struct kit *k = *state;
    kit_do(k, lost_order(k, "wms.picking.task-completed", ",\"totalItems\":3"));
    int64_t letter = letters(k, 0, 10).ids[0];
    struct change_request r = request();
    struct answer a;
    r.claim = (struct claim){.wanted = true, .now = KIT_NOW, .key = {1}, .request = {2}};
    assert_string_equal(turns(k, change_replay(letter, &r, &a)), "200 {\"result\":\"applied\"}");
    assert_string_equal(turns(k, change_replay(letter, &r, &a)), "200 {\"result\":\"applied\"}");
    r.claim.key[0] = 9;
    assert_string_equal(turns(k, change_replay(letter, &r, &a)), "404 DEAD_LETTER_NOT_FOUND");
}

static void delete__a_letter__is_gone_for_good(void **state)
{
    struct kit *k = *state;
    struct change_request r = request();
    struct answer a;
    tell_value(k, "garbage", 1);
    int64_t letter = letters(k, 0, 10).ids[0];
    assert_string_equal(turns(k, change_delete_dead_letter(letter, &r, &a)), "204 ");
    assert_string_equal(turns(k, change_delete_dead_letter(letter, &r, &a)), "404 DEAD_LETTER_NOT_FOUND");
    assert_int_equal(rows(k, "records"), 0);
    tell_value(k, "garbage", 2);
    assert_true(letters(k, 0, 10).ids[0] > letter);
}

/* ---- a unit that fails leaves nothing ---- */

static void fact__in_a_spoilt_batch__is_whole_or_not_there(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    struct kit_unit *bad = kit_command(COMMAND_VALIDATE, id);
    struct told t;
    struct err e;
    enum fact_result r;
    arena_init(&t.arena, 1 << 20);
    bad->spoilt = true;
    read_value(&t, event_of(&t, "e1", "wms.packing.task-completed", id, PARCEL), 1);
    struct job *j = fact_job(&t.set, 0, &t.record, KIT_NOW);
    struct unit *units[] = {&j->unit, &bad->unit};
    assert_true(k->store->ops->apply(k->store, units, 2, &e));
    assert_int_equal(bad->unit.outcome, UNIT_BUSY);
    assert_true(fact_job_settled(j, &r));
    assert_int_equal(r, FACT_PARKED);
    assert_int_equal(rows(k, "parked"), 1);
    assert_int_equal(rows(k, "inbox"), 1);
    assert_int_equal(metric_get(METRIC_FACTS_PARKED), 1);
    fact_job_free(j);
    kit_unit_free(bad);
    arena_release(&t.arena);
}

static int tear_down(void **state)
{
    struct kit *k = *state;
    const char *fault = kit_audit(k->path);
    if (fault != NULL)
        print_error("%s\n", fault);
    kit_teardown(state);
    return fault != NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fact__comes_twice__is_taken_in_once),
        TEST(inbox__record_of_a_wrong_clock__counts_once),
        TEST(inbox__record_from_the_future_comes_again_after_its_time__counts_once),
        TEST(inbox__after_its_time__forgets_what_is_old_alone),
        TEST(inbox__a_whole_life_comes_again_after_it_forgot__changes_nothing),
        TEST(inbox__a_wave_comes_again_after_it_forgot__does_not_undo_what_people_did),
        TEST(fact__the_same_event_of_two_orders__is_two_facts),
        TEST(facts__twice_in_one_call__see_each_other),
        TEST(parked__survives_a_restart__and_a_command_opens_its_way),
        TEST(parked__too_long__becomes_a_dead_letter_with_its_record),
        TEST(parked__unknown_order_of_another_kind_of_id__keeps_its_id),
        TEST(parked__unknown_order__due_by_its_id_alone),
        TEST(waves__are_remembered),
        TEST(note__late_fact__stands_behind_the_newest_event),
        TEST(unreadable__comes_again__is_one_dead_letter),
        TEST(replay__the_order_has_come__applies_and_the_letter_is_gone),
        TEST(replay__early_or_late_by_now__says_so),
        TEST(replay__all_of_a_code__one_after_the_other),
        TEST(replay__a_whole_record_can_be_read_now__each_of_its_orders_gets_its_fact),
        TEST(replay__all_refused_halfway__tells_what_was_done),
        TEST(replay__a_record_refused_halfway__is_not_said_to_have_done_nothing),
        TEST(replay__with_a_key__answers_the_same_again),
        TEST(delete__a_letter__is_gone_for_good),
        TEST(fact__in_a_spoilt_batch__is_whole_or_not_there),
    };
    int failed = 0;
    for (size_t i = 0; i < kit_n_backends; i++) {
        kit_current = &kit_backends[i];
        failed += cmocka_run_group_tests_name(kit_backends[i].name, tests, NULL, NULL);
    }
    return failed;
}
