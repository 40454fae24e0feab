#include "service/order/decide.h"

#include "service/order/check.h"
#include "service/order/state.h"

#include <stdio.h>
#include <string.h>

#define DATA_MAX (256 * 1024)
#define PICKED_MAX INT64_C(999999999999999) /* whole in every JSON reader; no count of items gets near */

/* One decision on its way. */
struct decision {
    const struct command *c;
    const struct order *stored;
    struct arena *arena;
    struct plan *plan;
    int64_t time; /* of what happens now; never before the order's last event */
    struct event_facts facts;
};

/* ---- refusals ---- */

#define CLIP_MAX 48
/* A client's text for a sentence of limited length: cut between code points. */
static const char *clip(const char *text, char out[CLIP_MAX + 4])
{
    size_t n = strlen(text);
    if (n <= CLIP_MAX) {
        memcpy(out, text, n + 1);
        return out;
    }
    n = CLIP_MAX;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    snprintf(out, CLIP_MAX + 4, "%.*s...", (int)n, text);
    return out;
}

/* "picking or consolidated" */
static void list_labels(unsigned statuses, char *out, size_t cap)
{
    size_t used = 0;
    out[0] = '\0';
    for (int s = 0; s < STATUS_COUNT && used < cap; s++)
        if (statuses & STATUS_BIT(s))
            used += (size_t)snprintf(out + used, cap - used, "%s%s", used > 0 ? " or " : "",
                                     status_word((enum order_status)s)->label);
}

static void refuse_state(struct decision *d)
{
    struct err *e = &d->plan->err;
    const char *command = command_word(d->c->kind)->label;
    const char *here = status_word(d->stored->status)->label;
    const struct transition *t = state_transition(d->c->kind);
    char wanted[120];

    if (!t->moves && status_is_open(d->stored->status))
        err_set(e, ERR_INVALID_STATE, "the order has %d holds already; release one first", ORDER_HOLDS_MAX);
    else if (!t->moves)
        err_set(e, ERR_INVALID_STATE, "the order is %s, so there is nothing left to hold or release", here);
    else if (d->stored->status == STATUS_CANCELLED)
        err_set(e, ERR_INVALID_STATE, "the order is cancelled for good and does not accept '%s'", command);
    else if (d->c->kind == COMMAND_CANCEL)
        err_set(e, ERR_INVALID_STATE, "the order is %s, and it is too late to cancel it", here);
    else {
        list_labels(t->from, wanted, sizeof wanted);
        err_set(e, ERR_INVALID_STATE, "'%s' needs an order that is %s, and this one is %s", command, wanted,
                here);
    }
}

static void refuse_held(struct decision *d)
{
    char type[CLIP_MAX + 4];
    err_set(&d->plan->err, ERR_ON_HOLD, "the order is on hold ('%s'); release the hold or cancel the order",
            clip(d->stored->holds[0].type, type));
}

static void no_memory(struct decision *d)
{
    d->plan->order = *d->stored;
    d->plan->write = PLAN_NOTHING;
    d->plan->n_events = 0;
    err_set(&d->plan->err, ERR_QUEUE_FULL, "the service is short of memory");
}

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* A repeat is harmless unless it says something else than what was done. */
static void judge_repeat(struct decision *d)
{
    const struct order *o = d->stored;
    char stored[CLIP_MAX + 4], asked[CLIP_MAX + 4];

    if (d->c->kind == COMMAND_ASSIGN_WAVE && !same(o->wave_id, d->c->wave_id))
        err_set(&d->plan->err, ERR_INVALID_STATE, "the order is in wave '%s', so it cannot go into wave '%s'",
                clip(o->wave_id ? o->wave_id : "", stored), clip(d->c->wave_id ? d->c->wave_id : "", asked));
    else if (d->c->kind == COMMAND_SHIP && !same(o->tracking_number, d->c->tracking_number))
        err_set(&d->plan->err, ERR_INVALID_STATE, "the order was shipped as '%s', so it cannot ship as '%s'",
                clip(o->tracking_number ? o->tracking_number : "", stored),
                clip(d->c->tracking_number ? d->c->tracking_number : "", asked));
}

/* ---- events ---- */

/* Appends the event that says what the order in the plan has become; d->facts has what its kind tells. */
static bool add_event(struct decision *d, enum event_type type)
{
    struct order *o = &d->plan->order;
    char order_id[ORDER_ID_LEN + 1];
    ulid_format_order(o->id, order_id);
    o->version++;
    o->updated_at = d->time;
    d->facts.order_id = order_id;
    d->facts.customer_id = o->customer_id;
    d->facts.previous_status = status_word(d->stored->status)->wire;
    d->facts.status = status_word(o->status)->wire;
    d->facts.version = o->version;

    struct buf data = BUF_INIT(DATA_MAX);
    event_render_data(&data, type, &d->facts);
    char *text = data.failed ? NULL : arena_memdup(d->arena, data.data, data.len);
    size_t n = data.len;
    buf_release(&data);
    d->facts.order_id = NULL;
    if (!text)
        return false;

    d->plan->events[d->plan->n_events++] = (struct event){
        .id = ulid_new(),
        .type = type,
        .order_id = o->id,
        .version = o->version,
        .time = d->time,
        .actor = d->c->origin.actor,
        .caller = d->c->origin.caller,
        .traceparent = d->c->origin.traceparent,
        .data = text,
        .data_len = n,
    };
    d->plan->write = PLAN_UPDATE;
    return true;
}

static bool room_for_events(struct decision *d, size_t n)
{
    d->plan->events = arena_alloc(d->arena, n * sizeof *d->plan->events);
    return d->plan->events != NULL;
}

static void add_only_event(struct decision *d, enum event_type type)
{
    if (!room_for_events(d, 1) || !add_event(d, type))
        no_memory(d);
}

/* ---- what each command changes beside the status ---- */

static void wave_assigned(struct decision *d)
{
    d->plan->order.wave_id = d->c->wave_id;
    d->facts.wave_id = d->c->wave_id;
}

static void wave_unassigned(struct decision *d)
{
    d->facts.wave_id = d->stored->wave_id;
    d->facts.reason = d->c->reason;
    d->plan->order.wave_id = NULL;
}

/* Packing may know the parcel's number; shipping brings the one that counts. */
static void parcel_known(struct decision *d)
{
    struct order *o = &d->plan->order;
    if (d->c->tracking_number)
        o->tracking_number = d->c->tracking_number;
    if (d->c->carrier)
        o->carrier = d->c->carrier;
    d->facts.tracking_number = o->tracking_number;
    d->facts.carrier = o->carrier;
}

static void order_shipped(struct decision *d)
{
    parcel_known(d);
    if (d->c->shipped_at != 0)
        d->facts.time = d->c->shipped_at;
}

static void order_completed(struct decision *d)
{
    if (d->c->delivered_at != 0)
        d->facts.time = d->c->delivered_at;
}

static void order_cancelled(struct decision *d)
{
    d->plan->order.cancellation_reason = d->c->reason;
    d->facts.reason = d->c->reason;
}

static void order_validated(struct decision *d)
{
    d->plan->order.last_faults = NULL;
}

static void (*const effects[COMMAND_COUNT])(struct decision *d) = {
    [COMMAND_VALIDATE] = order_validated,
    [COMMAND_ASSIGN_WAVE] = wave_assigned,
    [COMMAND_UNASSIGN_WAVE] = wave_unassigned,
    [COMMAND_MARK_PACKED] = parcel_known,
    [COMMAND_SHIP] = order_shipped,
    [COMMAND_COMPLETE] = order_completed,
    [COMMAND_CANCEL] = order_cancelled,
};

static void move(struct decision *d)
{
    const struct transition *t = state_transition(d->c->kind);
    d->plan->order.status = t->to;
    d->plan->order.status_since = d->time;
    if (effects[d->c->kind])
        effects[d->c->kind](d);
    add_only_event(d, t->event);
}

/* ---- validate ---- */

/* The order stays as it is; that it failed is told once per set of faults. */
static void fail_validation(struct decision *d)
{
    struct plan *plan = d->plan;
    struct buf errors = BUF_INIT(DATA_MAX);
    faults_render(&errors, &plan->faults);
    const char *text = errors.failed ? NULL : arena_memdup(d->arena, errors.data, errors.len);
    buf_release(&errors);
    if (!text) {
        no_memory(d);
        return;
    }
    size_t n = plan->faults.n + plan->faults.more;
    err_set(&plan->err, ERR_VALIDATION_REFUSED, "the order has %zu fault%s and stays received", n,
            n == 1 ? "" : "s");
    if (same(d->stored->last_faults, text))
        return;
    plan->order.last_faults = text;
    d->facts.errors = text;
    add_only_event(d, EVENT_VALIDATION_FAILED);
}

static void validate(struct decision *d)
{
    if (!check_order(d->stored, d->arena, &d->plan->faults))
        no_memory(d);
    else if (d->plan->faults.n + d->plan->faults.more > 0)
        fail_validation(d);
    else
        move(d);
}

/* ---- holds ---- */

static const struct hold *find_hold(const struct order *o, const char *type)
{
    for (size_t i = 0; i < o->n_holds; i++)
        if (same(o->holds[i].type, type))
            return &o->holds[i];
    return NULL;
}

static void place_hold(struct decision *d)
{
    struct order *o = &d->plan->order;
    struct hold *holds = arena_alloc(d->arena, (o->n_holds + 1) * sizeof *holds);
    if (!holds) {
        no_memory(d);
        return;
    }
    if (o->n_holds > 0)
        memcpy(holds, o->holds, o->n_holds * sizeof *holds);
    holds[o->n_holds++] = (struct hold){.type = d->c->hold_type, .reason = d->c->reason, .since = d->time};
    o->holds = holds;
    d->facts.hold_type = d->c->hold_type;
    d->facts.reason = d->c->reason;
    add_only_event(d, EVENT_HOLD_PLACED);
}

/* Releases one type, or all holds when none is named: an event for each. */
static void release_holds(struct decision *d)
{
    const struct order *stored = d->stored;
    struct order *o = &d->plan->order;
    struct hold *left = arena_alloc(d->arena, stored->n_holds * sizeof *left);
    if (!left || !room_for_events(d, stored->n_holds)) {
        no_memory(d);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < stored->n_holds; i++) {
        const struct hold *hold = &stored->holds[i];
        if (d->c->hold_type && !same(hold->type, d->c->hold_type)) {
            left[n++] = *hold;
            continue;
        }
        d->facts.hold_type = hold->type;
        d->facts.reason = d->c->reason;
        if (!add_event(d, EVENT_HOLD_RELEASED)) {
            no_memory(d);
            return;
        }
    }
    o->holds = n > 0 ? left : NULL;
    o->n_holds = n;
}

/* Placing what is there and releasing what is not are repeats. */
static bool hold_is_as_wanted(const struct decision *d)
{
    if (!status_is_open(d->stored->status))
        return false;
    bool there = find_hold(d->stored, d->c->hold_type) != NULL;
    if (d->c->kind == COMMAND_HOLD)
        return there;
    return d->c->kind == COMMAND_RELEASE_HOLD && d->c->hold_type && !there;
}

/* ---- the entrances ---- */

static void carry_out(struct decision *d)
{
    if (d->c->kind == COMMAND_VALIDATE)
        validate(d);
    else if (d->c->kind == COMMAND_HOLD)
        place_hold(d);
    else if (d->c->kind == COMMAND_RELEASE_HOLD)
        release_holds(d);
    else
        move(d);
}

static bool version_matches(struct decision *d)
{
    struct err *e = &d->plan->err;
    long long here = (long long)d->stored->version;
    int64_t asked = d->c->if_version;
    if (asked == IF_MATCH_ANY || asked == d->stored->version)
        return true;
    if (asked == IF_MATCH_WEAK)
        return err_set(e, ERR_VERSION_MISMATCH,
                       "the order is at version %lld, and a weak tag (W/) never matches in If-Match; "
                       "send the ETag without W/",
                       here);
    if (asked == IF_MATCH_NONE)
        return err_set(e, ERR_VERSION_MISMATCH,
                       "the order is at version %lld, and the tag in If-Match is that of no version", here);
    return err_set(e, ERR_VERSION_MISMATCH, "the order is at version %lld, not %lld", here, (long long)asked);
}

/* Fills in what every decision has; false: 404, 412 or 400 settled it. */
static bool begin(struct decision *d)
{
    struct plan *plan = d->plan;
    *plan = (struct plan){.write = PLAN_NOTHING};
    if (!d->stored)
        return err_set(&plan->err, ERR_ORDER_NOT_FOUND, "no order has this id");

    plan->order = *d->stored;
    plan->has_order = true;
    plan->previous = d->stored->status;
    plan->previous_since = d->stored->status_since;
    d->time = d->c->now > d->stored->updated_at ? d->c->now : d->stored->updated_at;
    d->facts.time = d->time;
    d->facts.total_items = d->stored->total_items;
    d->facts.picked_items = d->stored->picked_items;
    if (!version_matches(d))
        return false;
    if (d->c->fault != NULL) {
        plan->err = *d->c->fault;
        plan->faults = *d->c->faults;
    }
    return d->c->fault == NULL;
}

void decide_command(const struct command *c, const struct order *stored, struct arena *a,
                    struct plan *ret_plan)
{
    struct decision d = {.c = c, .stored = stored, .arena = a, .plan = ret_plan};
    if (!begin(&d) || hold_is_as_wanted(&d))
        return;
    switch (state_judge(stored, c->kind, c->from_warehouse)) {
    case STATE_HELD: refuse_held(&d); break;
    case STATE_REFUSED: refuse_state(&d); break;
    case STATE_ALREADY: judge_repeat(&d); break;
    case STATE_ACCEPTED: carry_out(&d); break;
    }
}

void decide_picked(const struct command *c, int64_t items, const struct order *stored, struct arena *a,
                   struct plan *ret_plan)
{
    struct decision d = {.c = c, .stored = stored, .arena = a, .plan = ret_plan};
    if (!begin(&d) || items <= 0)
        return;
    struct order *o = &ret_plan->order;
    o->picked_items = items > PICKED_MAX - o->picked_items ? PICKED_MAX : o->picked_items + items;
    d.facts.picked_items = o->picked_items;
    add_only_event(&d, EVENT_PICKING_COMPLETED);
}

void decide_receive(const struct order *fresh, struct event *received, struct plan *ret_plan)
{
    *ret_plan = (struct plan){
        .write = PLAN_INSERT,
        .order = *fresh,
        .has_order = true,
        .previous = fresh->status,
        .previous_since = fresh->status_since,
        .events = received,
        .n_events = 1,
    };
}
