#include "service/order/state.h"

#include "shared/json.h"

#define AT(s) STATUS_BIT(STATUS_##s)
/* the statuses at or past a place on the way forward; picking leads to packed with or without consolidated */
#define PAST_COMPLETED AT(COMPLETED)
#define PAST_SHIPPED (AT(SHIPPED) | PAST_COMPLETED)
#define PAST_PACKED (AT(PACKED) | PAST_SHIPPED)
#define PAST_CONSOLIDATED (AT(CONSOLIDATED) | PAST_PACKED)
#define PAST_PICKING (AT(PICKING) | PAST_CONSOLIDATED)
#define PAST_WAVE_ASSIGNED (AT(WAVE_ASSIGNED) | PAST_PICKING)
#define PAST_VALIDATED (AT(VALIDATED) | PAST_WAVE_ASSIGNED)
#define BEFORE_SHIPPED (STATUS_OPEN & ~AT(SHIPPED))

#define ROW(command, from, moves, to, event, already, stopped) \
    [COMMAND_##command] = {COMMAND_##command, from, moves, STATUS_##to, EVENT_##event, already, stopped}

/* clang-format off */
static const struct transition table[COMMAND_COUNT] = {
    /* command            from                         moves  to             event            already
     * stopped */
    ROW(VALIDATE,          AT(RECEIVED),                true,  VALIDATED,     VALIDATED,       PAST_VALIDATED,     true),
    ROW(ASSIGN_WAVE,       AT(VALIDATED),               true,  WAVE_ASSIGNED, WAVE_ASSIGNED,   PAST_WAVE_ASSIGNED, true),
    ROW(UNASSIGN_WAVE,     AT(WAVE_ASSIGNED),           true,  VALIDATED,     WAVE_UNASSIGNED, AT(VALIDATED),      false),
    ROW(START_PICKING,     AT(WAVE_ASSIGNED),           true,  PICKING,       PICKING_STARTED, PAST_PICKING,       true),
    ROW(MARK_CONSOLIDATED, AT(PICKING),                 true,  CONSOLIDATED,  CONSOLIDATED,    PAST_CONSOLIDATED,  true),
    ROW(MARK_PACKED,       AT(PICKING)|AT(CONSOLIDATED),true,  PACKED,        PACKED,          PAST_PACKED,        true),
    ROW(SHIP,              AT(PACKED),                  true,  SHIPPED,       SHIPPED,         PAST_SHIPPED,       true),
    ROW(COMPLETE,          AT(SHIPPED),                 true,  COMPLETED,     COMPLETED,       PAST_COMPLETED,     true),
    ROW(CANCEL,            BEFORE_SHIPPED,              true,  CANCELLED,     CANCELLED,       AT(CANCELLED),      false),
    ROW(HOLD,              STATUS_OPEN,                 false, RECEIVED,      HOLD_PLACED,     0,                  false),
    ROW(RELEASE_HOLD,      STATUS_OPEN,                 false, RECEIVED,      HOLD_RELEASED,   0,                  false),
};
/* clang-format on */

const struct transition *state_transition(enum order_command c)
{
    return &table[c];
}

const struct transition *state_transition_of(enum event_type t)
{
    for (int c = 0; c < COMMAND_COUNT; c++)
        if (table[c].moves && table[c].event == t)
            return &table[c];
    return NULL;
}

enum state_verdict state_judge(const struct order *o, enum order_command c, bool from_warehouse)
{
    const struct transition *t = &table[c];
    unsigned here = STATUS_BIT(o->status);
    bool held = o->n_holds > 0 && status_is_open(o->status);

    if (held && t->stopped_by_hold && !from_warehouse)
        return STATE_HELD;
    if (t->already & here)
        return STATE_ALREADY;
    if (!(t->from & here))
        return STATE_REFUSED;
    if (c == COMMAND_RELEASE_HOLD && o->n_holds == 0)
        return STATE_ALREADY;
    if (c == COMMAND_HOLD && o->n_holds >= ORDER_HOLDS_MAX)
        return STATE_REFUSED;
    return STATE_ACCEPTED;
}

bool state_allows(const struct order *o, enum order_command c)
{
    return state_judge(o, c, false) == STATE_ACCEPTED;
}

void state_render_allowed(struct buf *out, const struct order *o)
{
    static const char *const quoted[COMMAND_COUNT] = {
#define COMMAND(id, wire, label, sentence) [COMMAND_##id] = "\"" wire "\"",
#include "shared/order.def"
#undef COMMAND
    };
    char separator = '[';
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if ((table[i].from & STATUS_BIT(o->status)) == 0 || !state_allows(o, (enum order_command)i))
            continue;
        buf_addc(out, separator);
        buf_adds(out, quoted[i]);
        separator = ',';
    }
    buf_adds(out, separator == '[' ? "[]" : "]");
}
