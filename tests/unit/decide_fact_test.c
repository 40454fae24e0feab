/* What facts do to an order: each rule by itself, and whole lives whose facts come in every order and twice. */
#include "tests/unit/order_samples.h"

#include "service/order/decide_fact.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define DESK_MAX 64

/* An order with what a store remembers of its facts. */
struct desk {
    struct sample *s;
    struct order order;
    bool unknown;
    struct parked_fact parked[DESK_MAX];
    size_t n_parked;
    struct wave_fact waves[DESK_MAX];
    size_t n_waves;
    int64_t next_id, now;
    int64_t n_events;
    const char *notes[DESK_MAX];
    size_t n_notes;
    struct dead_fact dead[DESK_MAX];
    size_t n_dead;
};

static void open_desk(struct desk *d, struct sample *s, enum order_status at)
{
    *d = (struct desk){.s = s, .next_id = 1, .now = SAMPLE_NOW};
    d->order = sample_at(s, at, false);
}

static struct order_facts known(const struct desk *d)
{
    return (struct order_facts){
        .parked = d->parked, .n_parked = d->n_parked, .waves = d->waves, .n_waves = d->n_waves};
}

static void drop_parked(struct desk *d, int64_t id)
{
    for (size_t i = 0; i < d->n_parked; i++) {
        if (d->parked[i].id == id) {
            d->parked[i] = d->parked[--d->n_parked];
            return;
        }
    }
    fail_msg("no parked fact %lld", (long long)id);
}

static void put_wave(struct desk *d, const struct wave_fact *w)
{
    size_t i = 0;
    while (i < d->n_waves && strcmp(d->waves[i].wave_id, w->wave_id) != 0)
        i++;
    d->waves[i] = *w;
    if (i == d->n_waves)
        d->n_waves++;
}

/* Each fact ends once: what had waited and what came is what has ended now and what waits. */
static void count_facts(const struct desk *d, const struct fact_writes *w)
{
    size_t ended = 0;
    for (int r = 0; r < FACT_RESULTS; r++)
        ended += r != FACT_PARKED ? w->outcomes[r] : 0;
    assert_int_equal(d->n_parked + (w->asked != NULL), ended + (size_t)w->parked);
    assert_int_equal(w->outcomes[FACT_PARKED], w->park);
    assert_int_equal(w->outcomes[FACT_LATE], w->n_notes);
    assert_int_equal(w->outcomes[FACT_DEAD], w->n_dead);
}

/* Writes the facts of a plan as a store would. */
static void write_facts(struct desk *d, const struct fact_writes *w)
{
    count_facts(d, w);
    if (w->park)
        d->parked[d->n_parked++] = (struct parked_fact){
            .id = d->next_id++, .fact = *w->asked, .since = w->now, .due = w->due, .record = 9};
    for (size_t i = 0; i < w->n_dead; i++)
        d->dead[d->n_dead++] = w->dead[i];
    for (size_t i = 0; i < w->n_settled; i++)
        drop_parked(d, w->settled[i].id);
    for (size_t i = 0; i < w->n_waiting; i++)
        for (size_t k = 0; k < d->n_parked; k++)
            if (d->parked[k].id == w->waiting[i].id)
                d->parked[k].due = w->waiting[i].due;
    for (size_t i = 0; i < w->n_waves; i++)
        put_wave(d, &w->waves[i]);
    for (size_t i = 0; i < w->n_notes && d->n_notes < DESK_MAX; i++)
        d->notes[d->n_notes++] = w->notes[i].text;
    assert_int_equal(w->parked, d->n_parked);
}

static void write_plan(struct desk *d, const struct plan *plan)
{
    int64_t version = d->order.version;
    enum order_status at = d->order.status;
    for (size_t i = 0; i < plan->n_events; i++) {
        assert_int_equal(plan->events[i].version, ++version);
        if (plan->events[i].type == EVENT_WAVE_UNASSIGNED)
            at = STATUS_VALIDATED;
    }
    if (plan->write != PLAN_NOTHING) {
        assert_int_equal(plan->order.version, version);
        assert_true(plan->order.status >= at); /* never back, but out of a wave */
        d->order = plan->order;
        d->n_events += (int64_t)plan->n_events;
    } else {
        assert_int_equal(plan->n_events, 0);
    }
    if (plan->facts)
        write_facts(d, plan->facts);
    d->order.parked = (int64_t)d->n_parked;
}

static enum fact_result tell_as(struct desk *d, struct fact f, bool replay, struct plan *ret_plan)
{
    struct order stored = d->order;
    struct order_facts k = known(d);
    const struct fact_context x = {.now = d->now,
                                   .stored = d->unknown ? NULL : &stored,
                                   .known = &k,
                                   .arena = &d->s->arena,
                                   .replay = replay};
    f.order_id = d->order.id;
    decide_fact(&x, &f, ret_plan);
    write_plan(d, ret_plan);
    return ret_plan->facts ? ret_plan->facts->result : FACT_DEAD;
}

static enum fact_result tell(struct desk *d, struct fact f)
{
    struct plan plan;
    return tell_as(d, f, false, &plan);
}

static struct plan command(struct desk *d, enum order_command kind)
{
    struct command c = sample_command(kind);
    struct order stored = d->order;
    struct order_facts k = known(d);
    struct plan plan;
    c.now = d->now;
    decide_command_and_facts(&c, &stored, &k, &d->s->arena, &plan);
    write_plan(d, &plan);
    return plan;
}

static void wait_until_due(struct desk *d, int64_t ms)
{
    struct order stored = d->order;
    struct order_facts k = known(d);
    struct plan plan;
    d->now += ms;
    const struct fact_context x = {
        .now = d->now, .stored = d->unknown ? NULL : &stored, .known = &k, .arena = &d->s->arena};
    decide_due(&x, &plan);
    assert_int_equal(plan.err.code, ERR_NONE);
    write_plan(d, &plan);
}

/* A fact of a kind, with what sample_at leaves on an order; at: minutes after SAMPLE_NOW. */
static struct fact fact(enum fact_kind kind, int at)
{
    struct fact f = {.kind = kind, .time = SAMPLE_NOW + at * 60000, .source = "/wms"};
    if (kind <= FACT_PICKING_STARTED)
        f.wave_id = "WAVE-1";
    if (kind == FACT_PICKED)
        f.items = 2;
    if (kind == FACT_SHIPPED || kind == FACT_PACKED) {
        f.tracking_number = "1Z999";
        f.carrier = "UPS";
    }
    return f;
}

static struct fact wave(enum fact_kind kind, const char *id, int at)
{
    struct fact f = fact(kind, at);
    f.wave_id = id;
    return f;
}

static void must_be(const struct desk *d, enum order_status status, size_t parked, size_t notes, size_t dead)
{
    assert_string_equal(status_word(d->order.status)->wire, status_word(status)->wire);
    assert_int_equal(d->n_parked, parked);
    assert_int_equal(d->n_notes, notes);
    assert_int_equal(d->n_dead, dead);
}

#define DESK(at)   \
    struct desk d; \
    open_desk(&d, *state, at)

/* ---- fits, early, late ---- */

static void decide_fact__each_kind_where_it_fits__moves_the_order(void **state)
{
    static const struct {
        enum order_status from;
        enum fact_kind kind;
        enum order_status to;
    } cases[] = {
        {STATUS_VALIDATED, FACT_WAVE_ADDED, STATUS_WAVE_ASSIGNED},
        {STATUS_VALIDATED, FACT_WAVE_RELEASED, STATUS_WAVE_ASSIGNED},
        {STATUS_WAVE_ASSIGNED, FACT_WAVE_REMOVED, STATUS_VALIDATED},
        {STATUS_WAVE_ASSIGNED, FACT_WAVE_CANCELLED, STATUS_VALIDATED},
        {STATUS_WAVE_ASSIGNED, FACT_PICKING_STARTED, STATUS_PICKING},
        {STATUS_PICKING, FACT_PICKED, STATUS_PICKING},
        {STATUS_PICKING, FACT_CONSOLIDATED, STATUS_CONSOLIDATED},
        {STATUS_PICKING, FACT_PACKED, STATUS_PACKED},
        {STATUS_CONSOLIDATED, FACT_PACKED, STATUS_PACKED},
        {STATUS_PACKED, FACT_SHIPPED, STATUS_SHIPPED},
        {STATUS_SHIPPED, FACT_DELIVERED, STATUS_COMPLETED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DESK(cases[i].from);
        d.order.holds = &sample_hold; /* the warehouse is not stopped by holds */
        d.order.n_holds = 1;
        assert_int_equal(tell(&d, fact(cases[i].kind, 5)), FACT_APPLIED);
        must_be(&d, cases[i].to, 0, 0, 0);
        assert_int_equal(d.n_events, 1);
        assert_int_equal(d.order.version, 8);
    }
}

static void decide_fact__each_forward_fact_elsewhere__waits_or_is_noted(void **state)
{
    static const enum fact_kind forward[] = {FACT_PICKING_STARTED, FACT_CONSOLIDATED, FACT_PACKED,
                                             FACT_SHIPPED, FACT_DELIVERED};
    for (size_t i = 0; i < sizeof forward / sizeof forward[0]; i++) {
        for (int at = 0; at < STATUS_CANCELLED; at++) {
            DESK((enum order_status)at);
            const struct transition *t = state_transition(fact_row(forward[i])->command);
            enum fact_result r = tell(&d, fact(forward[i], 5));
            if (t->from & STATUS_BIT(at)) {
                assert_int_equal(r, FACT_APPLIED);
            } else if (t->already & STATUS_BIT(at)) {
                assert_int_equal(r, FACT_LATE);
                must_be(&d, (enum order_status)at, 0, 1, 0);
            } else {
                assert_int_equal(r, FACT_PARKED);
                must_be(&d, (enum order_status)at, 1, 0, 0);
                assert_int_equal(d.parked[0].due, d.now + 7 * DAY);
            }
        }
    }
}

static void decide_fact__late__the_note_says_what_and_why(void **state)
{
    DESK(STATUS_SHIPPED);
    struct fact f = fact(FACT_SHIPPED, 5);
    f.tracking_number = "OTHER";
    assert_int_equal(tell(&d, f), FACT_LATE);
    assert_string_equal(d.notes[0],
                        "shipment confirmed (/wms, 2026-01-01T12:05:00.000Z): the order was shipped as "
                        "'1Z999' already; this one says 'OTHER'");
    assert_string_equal(d.order.tracking_number, "1Z999");
    assert_int_equal(d.order.version, 7);
}

static void decide_fact__picked__counts_whenever_it_comes(void **state)
{
    for (int at = 0; at < STATUS_CANCELLED; at++) {
        DESK((enum order_status)at);
        assert_int_equal(tell(&d, fact(FACT_PICKED, 5)), FACT_APPLIED);
        assert_int_equal(d.order.picked_items, 2);
        must_be(&d, (enum order_status)at, 0, 0, 0);
        struct fact none = fact(FACT_PICKED, 6);
        none.items = 0;
        assert_int_equal(tell(&d, none), FACT_SILENT);
        assert_int_equal(d.n_events, 1);
    }
}

static void decide_fact__shipped__brings_number_carrier_and_its_own_time(void **state)
{
    DESK(STATUS_PACKED);
    struct plan plan;
    assert_int_equal(tell_as(&d, fact(FACT_SHIPPED, -30), false, &plan), FACT_APPLIED);
    assert_contains(plan.events[0].data, "\"shippedAt\":\"2026-01-01T11:30:00.000Z\"");
    assert_string_equal(plan.events[0].actor, "/wms");
    assert_string_equal(d.order.carrier, "UPS");
}

/* ---- what waits ---- */

static void decide_command__opens_the_way__what_waits_follows_at_once(void **state)
{
    DESK(STATUS_RECEIVED);
    static const enum fact_kind backwards[] = {FACT_DELIVERED,    FACT_SHIPPED,         FACT_PACKED,
                                               FACT_CONSOLIDATED, FACT_PICKING_STARTED, FACT_WAVE_ADDED};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(tell(&d, fact(backwards[i], 60 - (int)i)), FACT_PARKED);
    must_be(&d, STATUS_RECEIVED, 6, 0, 0);
    struct plan plan = command(&d, COMMAND_VALIDATE);
    assert_int_equal(plan.err.code, ERR_NONE);
    must_be(&d, STATUS_COMPLETED, 0, 0, 0);
    assert_int_equal(plan.n_events, 7);
    assert_int_equal(plan.previous, STATUS_RECEIVED);
    static const enum event_type order[] = {EVENT_VALIDATED,    EVENT_WAVE_ASSIGNED, EVENT_PICKING_STARTED,
                                            EVENT_CONSOLIDATED, EVENT_PACKED,        EVENT_SHIPPED,
                                            EVENT_COMPLETED};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(plan.events[i].type, order[i]);
}

static void decide_command__overtakes_what_waits__it_becomes_a_note(void **state)
{
    DESK(STATUS_WAVE_ASSIGNED);
    assert_int_equal(tell(&d, fact(FACT_CONSOLIDATED, 1)), FACT_PARKED);
    d.order.status = STATUS_PICKING;
    command(&d, COMMAND_MARK_PACKED);
    must_be(&d, STATUS_PACKED, 0, 1, 0);
}

static void decide_command__refused__leaves_what_waits(void **state)
{
    DESK(STATUS_RECEIVED);
    assert_int_equal(tell(&d, fact(FACT_PACKED, 1)), FACT_PARKED);
    struct plan plan = command(&d, COMMAND_START_PICKING);
    assert_int_equal(plan.err.code, ERR_INVALID_STATE);
    assert_null(plan.facts);
    must_be(&d, STATUS_RECEIVED, 1, 0, 0);
}

static void decide_due__after_seven_days__a_dead_letter(void **state)
{
    DESK(STATUS_RECEIVED);
    tell(&d, fact(FACT_PACKED, 1));
    wait_until_due(&d, 7 * DAY - 1);
    must_be(&d, STATUS_RECEIVED, 1, 0, 0);
    wait_until_due(&d, 1);
    must_be(&d, STATUS_RECEIVED, 0, 0, 1);
    assert_int_equal(d.dead[0].code, DEAD_TOO_EARLY);
    assert_string_equal(d.dead[0].reason,
                        "'packing completed' waited for 7 days, and the order is still received");
    assert_int_equal(d.dead[0].record, 9);
}

/* ---- cancelling ---- */

static void cancel__a_shipment_waits__is_refused(void **state)
{
    static const enum fact_kind shipping[] = {FACT_SHIPPED, FACT_DELIVERED};
    for (size_t i = 0; i < 2; i++) {
        DESK(STATUS_PICKING);
        tell(&d, fact(shipping[i], 1));
        struct plan plan = command(&d, COMMAND_CANCEL);
        assert_int_equal(plan.err.code, ERR_SHIPMENT_REPORTED);
        assert_true(plan.has_order);
        assert_int_equal(plan.order.status, STATUS_PICKING);
        must_be(&d, STATUS_PICKING, 1, 0, 0);
    }
}

static void cancel__other_facts_wait__they_become_notes(void **state)
{
    DESK(STATUS_RECEIVED);
    tell(&d, fact(FACT_PACKED, 1));
    tell(&d, fact(FACT_CONSOLIDATED, 1));
    assert_int_equal(command(&d, COMMAND_CANCEL).err.code, ERR_NONE);
    must_be(&d, STATUS_CANCELLED, 0, 2, 0);
    assert_contains(d.notes[0], "the order is cancelled");
}

static void decide_fact__cancelled_order__a_note_but_goods_that_left_a_dead_letter(void **state)
{
    for (int k = 0; k < FACT_KINDS; k++) {
        DESK(STATUS_CANCELLED);
        enum fact_result r = tell(&d, fact((enum fact_kind)k, 1));
        bool shipping = k == FACT_SHIPPED || k == FACT_DELIVERED;
        assert_int_equal(r, shipping ? FACT_DEAD : FACT_LATE);
        must_be(&d, STATUS_CANCELLED, 0, shipping ? 0 : 1, shipping ? 1 : 0);
        assert_int_equal(d.n_events, 0);
        if (shipping)
            assert_int_equal(d.dead[0].code, DEAD_ORDER_CANCELLED);
    }
}

/* ---- unknown orders ---- */

static void decide_fact__unknown_order__waits_five_minutes(void **state)
{
    DESK(STATUS_RECEIVED);
    d.unknown = true;
    assert_int_equal(tell(&d, fact(FACT_PACKED, 1)), FACT_PARKED);
    assert_int_equal(d.parked[0].due, d.now + 5 * 60000);
    wait_until_due(&d, 5 * 60000);
    assert_int_equal(d.n_parked, 0);
    assert_int_equal(d.dead[0].code, DEAD_UNKNOWN_ORDER);
}

static void decide_due__the_order_has_come_up__the_fact_gets_its_time_or_its_effect(void **state)
{
    DESK(STATUS_RECEIVED);
    d.unknown = true;
    tell(&d, fact(FACT_PACKED, 1));
    tell(&d, fact(FACT_PICKED, 1));
    d.unknown = false;
    wait_until_due(&d, 5 * 60000);
    must_be(&d, STATUS_RECEIVED, 1, 0, 0);
    assert_int_equal(d.order.picked_items, 2);
    assert_int_equal(d.parked[0].due, SAMPLE_NOW + 7 * DAY);
}

static void decide_fact__unknown_order_come_up__the_next_fact_takes_the_first_along(void **state)
{
    DESK(STATUS_VALIDATED);
    d.unknown = true;
    tell(&d, fact(FACT_PICKING_STARTED, 2));
    d.unknown = false;
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 1)), FACT_APPLIED);
    must_be(&d, STATUS_PICKING, 0, 0, 0);
}

/* ---- waves ---- */

static void wave__released_after_added__is_silent(void **state)
{
    DESK(STATUS_VALIDATED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 1)), FACT_APPLIED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_RELEASED, 2)), FACT_SILENT);
    d.order.status = STATUS_PICKING;
    assert_int_equal(tell(&d, fact(FACT_WAVE_RELEASED, 3)), FACT_SILENT);
    must_be(&d, STATUS_PICKING, 0, 0, 0);
}

static void wave__removal_first__keeps_the_order_out(void **state)
{
    DESK(STATUS_VALIDATED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_REMOVED, 5)), FACT_SILENT);
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 4)), FACT_LATE);
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 5)), FACT_LATE); /* a removal wins a tie */
    must_be(&d, STATUS_VALIDATED, 0, 2, 0);
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 6)), FACT_APPLIED);
}

static void wave__tie__the_removal_wins_whichever_comes_first(void **state)
{
    DESK(STATUS_VALIDATED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 5)), FACT_APPLIED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_CANCELLED, 5)), FACT_APPLIED);
    must_be(&d, STATUS_VALIDATED, 0, 0, 0);
}

static void wave__older_removal__does_not_take_it_out(void **state)
{
    DESK(STATUS_VALIDATED);
    tell(&d, fact(FACT_WAVE_ADDED, 5));
    assert_int_equal(tell(&d, fact(FACT_WAVE_REMOVED, 4)), FACT_LATE);
    must_be(&d, STATUS_WAVE_ASSIGNED, 0, 1, 0);
}

static void wave__older_repeat_of_a_fact_that_counted__is_silent(void **state)
{
    DESK(STATUS_VALIDATED);
    tell(&d, fact(FACT_WAVE_ADDED, 5));
    command(&d, COMMAND_UNASSIGN_WAVE);
    assert_int_equal(tell(&d, fact(FACT_WAVE_RELEASED, 3)), FACT_SILENT);
    must_be(&d, STATUS_VALIDATED, 0, 0, 0);
}

static void wave__another_while_assigned__waits_for_the_removal(void **state)
{
    DESK(STATUS_VALIDATED);
    tell(&d, wave(FACT_WAVE_ADDED, "V", 1));
    assert_int_equal(tell(&d, wave(FACT_WAVE_ADDED, "W", 3)), FACT_PARKED);
    assert_int_equal(tell(&d, wave(FACT_PICKING_STARTED, "W", 4)), FACT_PARKED);
    must_be(&d, STATUS_WAVE_ASSIGNED, 2, 0, 0);
    assert_int_equal(tell(&d, wave(FACT_WAVE_REMOVED, "V", 2)), FACT_APPLIED);
    must_be(&d, STATUS_PICKING, 0, 0, 0);
    assert_string_equal(d.order.wave_id, "W");
}

static void wave__another_later__is_a_dead_letter(void **state)
{
    DESK(STATUS_VALIDATED);
    tell(&d, wave(FACT_WAVE_ADDED, "V", 1));
    tell(&d, wave(FACT_WAVE_ADDED, "W", 3));
    assert_int_equal(tell(&d, wave(FACT_PICKING_STARTED, "V", 4)), FACT_APPLIED);
    must_be(&d, STATUS_PICKING, 0, 0, 1);
    assert_int_equal(d.dead[0].code, DEAD_OTHER_WAVE);
    assert_string_equal(d.dead[0].reason, "the order is picking in wave 'V', so it cannot be in wave 'W'");
    assert_int_equal(tell(&d, wave(FACT_WAVE_ADDED, "X", 5)), FACT_DEAD);
    must_be(&d, STATUS_PICKING, 0, 0, 2);
}

static void wave__another_for_seven_days__is_a_dead_letter(void **state)
{
    DESK(STATUS_VALIDATED);
    tell(&d, wave(FACT_WAVE_ADDED, "V", 1));
    tell(&d, wave(FACT_WAVE_ADDED, "W", 3));
    wait_until_due(&d, 7 * DAY);
    must_be(&d, STATUS_WAVE_ASSIGNED, 0, 0, 1);
    assert_int_equal(d.dead[0].code, DEAD_OTHER_WAVE);
}

static void wave__removal_once_picking__is_too_late(void **state)
{
    DESK(STATUS_PICKING);
    assert_int_equal(tell(&d, fact(FACT_WAVE_REMOVED, 5)), FACT_LATE);
    must_be(&d, STATUS_PICKING, 0, 1, 0);
}

static void wave__early_and_removed_again__never_gets_in(void **state)
{
    DESK(STATUS_RECEIVED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_ADDED, 1)), FACT_PARKED);
    assert_int_equal(tell(&d, fact(FACT_WAVE_REMOVED, 2)), FACT_SILENT);
    command(&d, COMMAND_VALIDATE);
    must_be(&d, STATUS_VALIDATED, 0, 1, 0);
}

/* ---- replay ---- */

static void replay__still_bad__is_refused_and_changes_nothing(void **state)
{
    DESK(STATUS_CANCELLED);
    struct plan plan;
    tell_as(&d, fact(FACT_SHIPPED, 1), true, &plan);
    assert_int_equal(plan.err.code, ERR_DEAD_LETTER_REFUSED);
    assert_null(plan.facts);
    d.unknown = true;
    tell_as(&d, fact(FACT_SHIPPED, 1), true, &plan);
    assert_int_equal(plan.err.code, ERR_DEAD_LETTER_REFUSED);
    must_be(&d, STATUS_CANCELLED, 0, 0, 0);
}

static void replay__the_cause_is_gone__is_as_a_fact_that_comes(void **state)
{
    DESK(STATUS_PACKED);
    struct plan plan;
    assert_int_equal(tell_as(&d, fact(FACT_DELIVERED, 2), true, &plan), FACT_PARKED);
    assert_int_equal(tell_as(&d, fact(FACT_SHIPPED, 1), true, &plan), FACT_APPLIED);
    assert_int_equal(tell_as(&d, fact(FACT_PACKED, 1), true, &plan), FACT_LATE);
    must_be(&d, STATUS_COMPLETED, 0, 1, 0);
}

/* ---- whole lives ---- */

#define VALIDATE FACT_KINDS /* in a shuffled life: the REST command */

static void live(struct desk *d, const struct fact *one)
{
    if (one->kind == VALIDATE)
        command(d, COMMAND_VALIDATE);
    else
        tell(d, *one);
}

static struct fact step(int kind, int at)
{
    return kind == VALIDATE ? (struct fact){.kind = VALIDATE} : fact((enum fact_kind)kind, at);
}

static void permute(struct fact *life, size_t k, size_t n, void (*fn)(void *ctx, const struct fact *life),
                    void *ctx)
{
    if (k == n) {
        fn(ctx, life);
        return;
    }
    for (size_t i = k; i < n; i++) {
        struct fact swap = life[k];
        life[k] = life[i];
        life[i] = swap;
        permute(life, k + 1, n, fn, ctx);
        life[i] = life[k];
        life[k] = swap;
    }
}

#define LIFE 8

struct lives {
    struct order fresh;
    size_t n;
};

static void live_through(void *ctx, const struct fact *life)
{
    struct lives *all = ctx;
    struct sample s = {.out = BUF_INIT(1 << 20)};
    arena_init(&s.arena, 16 << 20);
    struct desk d = {.s = &s, .next_id = 1, .now = SAMPLE_NOW, .order = all->fresh};
    for (size_t i = 0; i < LIFE; i++)
        live(&d, &life[i]);
    must_be(&d, STATUS_COMPLETED, 0, d.n_notes, 0);
    assert_int_equal(d.order.picked_items, 2);
    assert_int_equal(d.order.version, all->fresh.version + d.n_events);
    assert_true(d.n_notes <= 1); /* consolidation may be overtaken by packing; nothing else is late */
    all->n++;
    arena_release(&s.arena);
}

static void lives__every_order_of_arrival__ends_completed(void **state)
{
    struct lives all = {.fresh = sample_at(*state, STATUS_RECEIVED, false)};
    struct fact life[LIFE] = {
        step(VALIDATE, 0),     step(FACT_WAVE_ADDED, 1),   step(FACT_PICKING_STARTED, 2),
        step(FACT_PICKED, 3),  step(FACT_CONSOLIDATED, 4), step(FACT_PACKED, 5),
        step(FACT_SHIPPED, 6), step(FACT_DELIVERED, 7)};
    permute(life, 0, LIFE, live_through, &all);
    assert_int_equal(all.n, 40320);
}

static uint64_t seed = 20260101;
static size_t draw(size_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((seed >> 33) % below);
}

/* Into wave V, out again, into W, released, two picking tasks, and on; each fact as often as its event has another id. */
static void lives__change_of_wave_shuffled__ends_completed_in_the_last_wave_or_says_so(void **state)
{
    const struct order fresh = sample_at(*state, STATUS_RECEIVED, false);
    const struct fact events[] = {
        step(VALIDATE, 0),
        wave(FACT_WAVE_ADDED, "V", 1),
        wave(FACT_WAVE_REMOVED, "V", 2),
        wave(FACT_WAVE_ADDED, "W", 3),
        wave(FACT_WAVE_RELEASED, "W", 4),
        wave(FACT_PICKING_STARTED, "W", 5),
        step(FACT_PICKED, 6),
        step(FACT_PICKED, 7),
        step(FACT_CONSOLIDATED, 8),
        step(FACT_PACKED, 9),
        step(FACT_SHIPPED, 10),
        step(FACT_DELIVERED, 11),
    };
    enum { N = sizeof events / sizeof events[0] };
    for (int round = 0; round < 4000; round++) {
        struct fact life[N];
        struct sample s = {.out = BUF_INIT(1 << 20)};
        memcpy(life, events, sizeof life);
        for (size_t i = N - 1; i > 0; i--) {
            size_t k = draw(i + 1);
            struct fact swap = life[i];
            life[i] = life[k];
            life[k] = swap;
        }
        arena_init(&s.arena, 16 << 20);
        struct desk d = {.s = &s, .next_id = 1, .now = SAMPLE_NOW, .order = fresh};
        for (size_t i = 0; i < N; i++)
            live(&d, &life[i]);
        assert_int_equal(d.order.status, STATUS_COMPLETED);
        assert_int_equal(d.n_parked, 0);
        assert_int_equal(d.order.picked_items, 4);
        assert_string_equal(d.order.wave_id,
                            "W"); /* V's task never was, so it cannot have been picked in V */
        for (size_t i = 0; i < d.n_dead; i++)
            assert_int_equal(d.dead[i].code,
                             DEAD_OTHER_WAVE); /* V came when the order was picked in W already */
        assert_true(d.n_dead <= 1);
        arena_release(&s.arena);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(decide_fact__each_kind_where_it_fits__moves_the_order),
        TEST(decide_fact__each_forward_fact_elsewhere__waits_or_is_noted),
        TEST(decide_fact__late__the_note_says_what_and_why),
        TEST(decide_fact__picked__counts_whenever_it_comes),
        TEST(decide_fact__shipped__brings_number_carrier_and_its_own_time),
        TEST(decide_command__opens_the_way__what_waits_follows_at_once),
        TEST(decide_command__overtakes_what_waits__it_becomes_a_note),
        TEST(decide_command__refused__leaves_what_waits),
        TEST(decide_due__after_seven_days__a_dead_letter),
        TEST(cancel__a_shipment_waits__is_refused),
        TEST(cancel__other_facts_wait__they_become_notes),
        TEST(decide_fact__cancelled_order__a_note_but_goods_that_left_a_dead_letter),
        TEST(decide_fact__unknown_order__waits_five_minutes),
        TEST(decide_due__the_order_has_come_up__the_fact_gets_its_time_or_its_effect),
        TEST(decide_fact__unknown_order_come_up__the_next_fact_takes_the_first_along),
        TEST(wave__released_after_added__is_silent),
        TEST(wave__removal_first__keeps_the_order_out),
        TEST(wave__tie__the_removal_wins_whichever_comes_first),
        TEST(wave__older_removal__does_not_take_it_out),
        TEST(wave__older_repeat_of_a_fact_that_counted__is_silent),
        TEST(wave__another_while_assigned__waits_for_the_removal),
        TEST(wave__another_later__is_a_dead_letter),
        TEST(wave__another_for_seven_days__is_a_dead_letter),
        TEST(wave__removal_once_picking__is_too_late),
        TEST(wave__early_and_removed_again__never_gets_in),
        TEST(replay__still_bad__is_refused_and_changes_nothing),
        TEST(replay__the_cause_is_gone__is_as_a_fact_that_comes),
        TEST(lives__every_order_of_arrival__ends_completed),
        TEST(lives__change_of_wave_shuffled__ends_completed_in_the_last_wave_or_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
