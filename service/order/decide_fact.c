#include "service/order/decide_fact.h"

#include "service/order/state.h"
#include "shared/clock.h"

#include <string.h>

/* A fact that is to be judged: one that waited, or the one that came (parked row 0). */
struct item {
    const struct parked_fact *parked;
    bool settled;
};

struct settling {
    const struct fact_context *x;
    struct plan *plan; /* its order and events grow with each fact that fits */
    struct fact_writes *w;
    struct item *items;
    size_t n_items;
    struct wave_fact *waves; /* known and new */
    size_t n_waves;
    struct note *notes;
    struct dead_fact *dead;
    struct wave_fact *remembered;
    bool no_memory;
};

enum verdict { FITS, EARLY, LATE, SILENT, DEAD };

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* ---- notes and dead letters ---- */

static const char *text_of(struct settling *s, const char *text)
{
    s->no_memory = s->no_memory || !text;
    return text ? text : "";
}
#define SAY(s, ...) text_of(s, arena_printf((s)->x->arena, __VA_ARGS__))

static const char *time_text(struct settling *s, int64_t ms)
{
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(ms, text);
    return text_of(s, arena_strdup(s->x->arena, text));
}

static void add_note(struct settling *s, const struct fact *f, const char *why)
{
    const char *text = SAY(s, "%s (%s, %s): %s", fact_row(f->kind)->label,
                           f->source ? f->source : "unknown source", time_text(s, f->time), why);
    s->notes[s->w->n_notes++] = (struct note){.time = s->x->now, .text = text};
}

static void add_dead(struct settling *s, const struct parked_fact *p, enum dead_code code, const char *reason)
{
    s->dead[s->w->n_dead++] =
        (struct dead_fact){.code = code, .reason = reason, .parked = p->id, .record = p->record};
}

/* ---- waves ---- */

static struct wave_fact *wave_known(struct settling *s, const char *wave_id)
{
    for (size_t i = 0; i < s->n_waves; i++)
        if (same(s->waves[i].wave_id, wave_id))
            return &s->waves[i];
    return NULL;
}

/* The latest fact about the order and the wave is kept; a removal wins a tie. */
static void remember_wave(struct settling *s, const struct fact *f)
{
    enum fact_effect effect = fact_row(f->kind)->effect;
    bool removed = effect == EFFECT_LEAVE_WAVE;
    if (!s->x->stored || (!removed && effect != EFFECT_JOIN_WAVE))
        return;
    struct wave_fact *k = wave_known(s, f->wave_id);
    if (k && (k->time > f->time || (k->time == f->time && (k->removed || !removed))))
        return;
    if (!k)
        k = &s->waves[s->n_waves++];
    *k = (struct wave_fact){.wave_id = f->wave_id, .time = f->time, .removed = removed};
    s->remembered[s->w->n_waves++] = *k;
}

static enum verdict judge_join(struct settling *s, const struct fact *f, const char **ret_why,
                               enum dead_code *ret_code)
{
    const struct order *o = &s->plan->order;
    const struct wave_fact *k = wave_known(s, f->wave_id);
    if (k && k->removed && k->time >= f->time) {
        *ret_why = SAY(s, "wave '%s' let go of the order at %s already", f->wave_id, time_text(s, k->time));
        return LATE;
    }
    if (same(o->wave_id, f->wave_id) || (k && k->time > f->time))
        return SILENT;
    if (o->status == STATUS_VALIDATED)
        return FITS;
    if (o->status == STATUS_RECEIVED || o->status == STATUS_WAVE_ASSIGNED)
        return EARLY;
    *ret_code = DEAD_OTHER_WAVE;
    *ret_why = SAY(s, "the order is %s in wave '%s', so it cannot be in wave '%s'",
                   status_word(o->status)->label, o->wave_id ? o->wave_id : "", f->wave_id);
    return DEAD;
}

static enum verdict judge_leave(struct settling *s, const struct fact *f, const char **ret_why)
{
    const struct order *o = &s->plan->order;
    const struct wave_fact *k = wave_known(s, f->wave_id);
    if (k && !k->removed && k->time > f->time) {
        *ret_why = SAY(s, "wave '%s' took the order again at %s", f->wave_id, time_text(s, k->time));
        return LATE;
    }
    if ((k && k->time > f->time) || !same(o->wave_id, f->wave_id))
        return SILENT; /* it is remembered: the order does not get into the wave any more by an earlier fact */
    if (o->status == STATUS_WAVE_ASSIGNED)
        return FITS;
    *ret_why =
        SAY(s, "the order was %s already and stays in wave '%s'", status_word(o->status)->label, f->wave_id);
    return LATE;
}

/* ---- commands ---- */

static enum verdict judge_command(struct settling *s, const struct fact *f, const char **ret_why,
                                  enum dead_code *ret_code)
{
    const struct order *o = &s->plan->order;
    const struct fact_row *row = fact_row(f->kind);
    bool other_wave = f->wave_id && o->wave_id && !same(f->wave_id, o->wave_id);
    switch (state_judge(o, row->command, true)) {
    case STATE_ACCEPTED:
        if (!other_wave)
            return FITS;
        return EARLY; /* the order is to change its wave first */
    case STATE_ALREADY:
        if (other_wave) {
            *ret_code = DEAD_OTHER_WAVE;
            *ret_why = SAY(s, "the order is %s in wave '%s', and this is about wave '%s'",
                           status_word(o->status)->label, o->wave_id, f->wave_id);
            return DEAD;
        }
        if (row->command == COMMAND_SHIP && !same(o->tracking_number, f->tracking_number))
            *ret_why = SAY(s, "the order was shipped as '%s' already; this one says '%s'",
                           o->tracking_number ? o->tracking_number : "", f->tracking_number);
        else
            *ret_why = SAY(s, "the order was %s already", status_word(o->status)->label);
        return LATE;
    case STATE_HELD:
    case STATE_REFUSED: break;
    }
    return EARLY;
}

/* A fact that may have been taken in before the inbox forgot it. Commands need no care: the order only goes forward. */
static bool judge_old(const struct settling *s, const struct fact *f, const char **ret_why, enum verdict *ret)
{
    const struct order_facts *known = s->x->known;
    *ret = SILENT;
    if (fact_row(f->kind)->effect == EFFECT_PICKED) {
        *ret_why = "the record is more than 30 days old, and may have been counted before";
        *ret = LATE;
        return true;
    }
    for (size_t i = 0; i < known->n_waves; i++) /* as they were before this fact */
        if (fact_row(f->kind)->effect != EFFECT_COMMAND && same(known->waves[i].wave_id, f->wave_id))
            return known->waves[i].time >= f->time;
    return false;
}

/* Of an order that is younger nothing is forgotten: the clock of who wrote the record is wrong. What came before its
 * order has waited for it no longer than FACT_PATIENCE_MS. */
static bool may_be_forgotten(const struct settling *s)
{
    return s->x->old && s->plan->order.created_at <= s->x->now - INBOX_TTL_MS + FACT_PATIENCE_MS;
}

static enum verdict judge(struct settling *s, const struct parked_fact *p, const char **ret_why,
                          enum dead_code *ret_code)
{
    const struct fact *f = &p->fact;
    const struct fact_row *row = fact_row(f->kind);
    enum verdict verdict;
    if (s->plan->order.status == STATUS_CANCELLED) {
        *ret_code = DEAD_ORDER_CANCELLED;
        *ret_why = row->shipping
                       ? "the order is cancelled, but goods have left: see to it that they come back"
                       : "the order is cancelled";
        return row->shipping ? DEAD : LATE;
    }
    if (p->id == 0 && may_be_forgotten(s) && judge_old(s, f, ret_why, &verdict))
        return verdict;
    switch (row->effect) {
    case EFFECT_JOIN_WAVE: return judge_join(s, f, ret_why, ret_code);
    case EFFECT_LEAVE_WAVE: return judge_leave(s, f, ret_why);
    case EFFECT_PICKED: return f->items > 0 ? FITS : SILENT;
    case EFFECT_COMMAND: break;
    }
    return judge_command(s, f, ret_why, ret_code);
}

/* ---- carrying out ---- */

static bool append_events(struct settling *s, const struct plan *step)
{
    size_t n = s->plan->n_events + step->n_events;
    struct event *all = arena_alloc(s->x->arena, (n + 1) * sizeof *all);
    if (!all)
        return false;
    if (s->plan->n_events > 0)
        memcpy(all, s->plan->events, s->plan->n_events * sizeof *all);
    if (step->n_events > 0)
        memcpy(all + s->plan->n_events, step->events, step->n_events * sizeof *all);
    s->plan->events = all;
    s->plan->n_events = n;
    return true;
}

static void carry_out(struct settling *s, const struct fact *f)
{
    const struct fact_row *row = fact_row(f->kind);
    const struct command c = {
        .kind = row->command,
        .origin = {.actor = f->source, .traceparent = f->traceparent},
        .if_version = -1,
        .now = s->x->now,
        .from_warehouse = true,
        .wave_id = f->wave_id,
        .reason = f->reason,
        .tracking_number = f->tracking_number,
        .carrier = f->carrier,
        .delivered_at = f->time,
        .shipped_at = f->time,
    };
    struct order before = s->plan->order;
    struct plan step;
    if (row->effect == EFFECT_PICKED)
        decide_picked(&c, f->items, &before, s->x->arena, &step);
    else
        decide_command(&c, &before, s->x->arena, &step);
    if (step.err.code != ERR_NONE || !append_events(s, &step)) {
        s->no_memory = true; /* it was judged to fit, so there is no other reason */
        return;
    }
    s->plan->order = step.order;
    if (step.write != PLAN_NOTHING)
        s->plan->write = step.write;
}

static void note_result(struct settling *s, const struct parked_fact *p, enum fact_result r)
{
    s->w->outcomes[r]++;
    if (p->id == 0)
        s->w->result = r;
}

/* true: the order changed. */
static bool settle(struct settling *s, struct item *i)
{
    const struct fact *f = &i->parked->fact;
    const char *why = "";
    enum dead_code code = DEAD_TOO_EARLY;
    switch (judge(s, i->parked, &why, &code)) {
    case EARLY: return false;
    case FITS:
        carry_out(s, f);
        note_result(s, i->parked, FACT_APPLIED);
        i->settled = true;
        return !s->no_memory;
    case LATE:
        add_note(s, f, why);
        note_result(s, i->parked, FACT_LATE);
        break;
    case SILENT: note_result(s, i->parked, FACT_SILENT); break;
    case DEAD:
        add_dead(s, i->parked, code, why);
        note_result(s, i->parked, FACT_DEAD);
        break;
    }
    i->settled = true;
    return false;
}

/* In the order of life, then of time; so what fits is found in few rounds and always the same way. */
static bool comes_before(const struct fact *a, const struct fact *b)
{
    bool waves = a->kind <= FACT_WAVE_CANCELLED && b->kind <= FACT_WAVE_CANCELLED;
    if (!waves && a->kind != b->kind)
        return a->kind < b->kind;
    return a->time < b->time;
}

static void add_item(struct settling *s, const struct parked_fact *p)
{
    size_t at = s->n_items++;
    remember_wave(s, &p->fact);
    for (; at > 0 && comes_before(&p->fact, &s->items[at - 1].parked->fact); at--)
        s->items[at] = s->items[at - 1];
    s->items[at] = (struct item){.parked = p};
}

static void settle_all(struct settling *s)
{
    for (size_t i = 0; i < s->n_items && !s->no_memory;) {
        struct item *one = &s->items[i++];
        if (!one->settled && settle(s, one))
            i = 0; /* the order has moved: the others are looked at anew */
    }
}

/* ---- beginning and end ---- */

static bool begin(struct settling *s, const struct fact_context *x, struct plan *plan)
{
    size_t n = x->known->n_parked + 1;
    *s = (struct settling){.x = x, .plan = plan};
    s->w = arena_alloc(x->arena, sizeof *s->w);
    s->items = arena_alloc(x->arena, n * sizeof *s->items);
    s->notes = arena_alloc(x->arena, n * sizeof *s->notes);
    s->dead = arena_alloc(x->arena, n * sizeof *s->dead);
    s->waves = arena_alloc(x->arena, (x->known->n_waves + n) * sizeof *s->waves);
    s->remembered = arena_alloc(x->arena, n * sizeof *s->remembered);
    if (!s->w || !s->items || !s->notes || !s->dead || !s->waves || !s->remembered)
        return false;
    s->w->now = x->now;
    if (x->known->n_waves > 0)
        memcpy(s->waves, x->known->waves, x->known->n_waves * sizeof *s->waves);
    s->n_waves = x->known->n_waves;
    for (size_t i = 0; i < x->known->n_parked; i++)
        add_item(s, &x->known->parked[i]);
    return true;
}

static void start_plan(const struct fact_context *x, struct plan *plan)
{
    *plan = (struct plan){.write = PLAN_NOTHING};
    if (!x->stored)
        return;
    plan->order = *x->stored;
    plan->has_order = true;
    plan->previous = x->stored->status;
    plan->previous_since = x->stored->status_since;
}

static void out_of_memory(struct plan *plan)
{
    *plan = (struct plan){.write = PLAN_NOTHING};
    err_set(&plan->err, ERR_QUEUE_FULL, "the service is short of memory");
}

/* Collects what goes and what stays. */
static bool end(struct settling *s)
{
    struct parked_fact *settled = arena_alloc(s->x->arena, (s->n_items + 1) * sizeof *settled);
    if (!settled || s->no_memory)
        return false;
    for (size_t i = 0; i < s->n_items; i++) {
        const struct parked_fact *p = s->items[i].parked;
        if (!s->items[i].settled)
            s->w->parked++;
        else if (p->id != 0)
            settled[s->w->n_settled++] = *p;
    }
    s->w->settled = settled;
    s->w->notes = s->notes;
    s->w->dead = s->dead;
    s->w->waves = s->remembered;
    s->plan->order.parked = s->plan->has_order ? s->w->parked : 0;
    s->plan->facts = s->w;
    return true;
}

/* ---- the entrances ---- */

static void refuse_replay(const struct fact_context *x, const struct dead_fact *d, struct plan *plan)
{
    start_plan(x, plan);
    err_set(&plan->err, ERR_DEAD_LETTER_REFUSED, "%s", d ? d->reason : "no order has this id");
}

void decide_fact(const struct fact_context *x, const struct fact *f, struct plan *ret_plan)
{
    struct settling s;
    struct parked_fact *asked = arena_alloc(x->arena, sizeof *asked);
    start_plan(x, ret_plan);
    if (!asked || !begin(&s, x, ret_plan)) {
        out_of_memory(ret_plan);
        return;
    }
    *asked = (struct parked_fact){.fact = *f, .since = x->now};
    add_item(&s, asked);
    s.w->result = FACT_PARKED;
    s.w->asked = &asked->fact;
    s.w->due = x->now + (x->stored ? FACT_PATIENCE_MS : FACT_UNKNOWN_MS);
    if (x->stored)
        settle_all(&s);
    s.w->park = s.w->result == FACT_PARKED;
    s.w->outcomes[FACT_PARKED] = s.w->park;
    if (!end(&s)) {
        out_of_memory(ret_plan);
        return;
    }
    const struct dead_fact *dead = NULL;
    for (size_t i = 0; i < s.w->n_dead; i++)
        if (s.dead[i].parked == 0)
            dead = &s.dead[i];
    if (x->replay && (!x->stored || dead))
        refuse_replay(x, dead, ret_plan);
}

/* What waited too long is given up; what was parked without an order that has come up now gets its full time. */
static void give_up(struct settling *s, struct parked_fact *waiting)
{
    for (size_t i = 0; i < s->n_items; i++) {
        const struct parked_fact *p = s->items[i].parked;
        if (s->items[i].settled || p->due > s->x->now)
            continue;
        const struct order *o = &s->plan->order;
        const char *label = fact_row(p->fact.kind)->label;
        if (!s->plan->has_order) {
            add_dead(s, p, DEAD_UNKNOWN_ORDER, "no order has this id");
        } else if (p->since + FACT_PATIENCE_MS <= s->x->now) {
            bool other_wave = p->fact.wave_id && o->wave_id && !same(p->fact.wave_id, o->wave_id);
            add_dead(s, p, other_wave ? DEAD_OTHER_WAVE : DEAD_TOO_EARLY,
                     SAY(s, "'%s' waited for 7 days, and the order is still %s%s%s", label,
                         status_word(o->status)->label, other_wave ? " in wave " : "",
                         other_wave ? o->wave_id : ""));
        } else {
            waiting[s->w->n_waiting] = *p;
            waiting[s->w->n_waiting++].due = p->since + FACT_PATIENCE_MS;
            continue;
        }
        s->w->outcomes[FACT_DEAD]++;
        s->items[i].settled = true;
    }
    s->w->waiting = waiting;
}

void decide_due(const struct fact_context *x, struct plan *ret_plan)
{
    struct settling s;
    struct parked_fact *waiting = arena_alloc(x->arena, (x->known->n_parked + 1) * sizeof *waiting);
    start_plan(x, ret_plan);
    if (!waiting || !begin(&s, x, ret_plan)) {
        out_of_memory(ret_plan);
        return;
    }
    s.w->result = FACT_SILENT;
    if (x->stored)
        settle_all(&s);
    give_up(&s, waiting);
    if (!end(&s))
        out_of_memory(ret_plan);
}

static bool shipment_waits(const struct order_facts *known)
{
    for (size_t i = 0; i < known->n_parked; i++)
        if (fact_row(known->parked[i].fact.kind)->shipping)
            return true;
    return false;
}

void decide_command_and_facts(const struct command *c, const struct order *stored,
                              const struct order_facts *known, struct arena *a, struct plan *ret_plan)
{
    decide_command(c, stored, a, ret_plan);
    if (ret_plan->write != PLAN_UPDATE || known->n_parked == 0)
        return;
    const struct fact_context x = {.now = c->now, .stored = stored, .known = known, .arena = a};
    if (c->kind == COMMAND_CANCEL && shipment_waits(known)) {
        start_plan(&x, ret_plan);
        err_set(&ret_plan->err, ERR_SHIPMENT_REPORTED,
                "the warehouse reported a shipment of this order, so its goods may have left");
        return;
    }
    struct settling s;
    if (!begin(&s, &x, ret_plan)) {
        out_of_memory(ret_plan);
        return;
    }
    s.w->result = FACT_SILENT;
    settle_all(&s);
    if (!end(&s))
        out_of_memory(ret_plan);
}

void decide_unreadable(enum dead_code code, const char *reason, int64_t now, struct arena *a,
                       struct plan *ret_plan)
{
    struct fact_writes *w = arena_alloc(a, sizeof *w);
    struct dead_fact *d = arena_alloc(a, sizeof *d);
    *ret_plan = (struct plan){.write = PLAN_NOTHING};
    if (!w || !d) {
        out_of_memory(ret_plan);
        return;
    }
    *d = (struct dead_fact){.code = code, .reason = reason};
    *w = (struct fact_writes){
        .now = now, .result = FACT_DEAD, .outcomes = {[FACT_DEAD] = 1}, .dead = d, .n_dead = 1};
    ret_plan->facts = w;
}
