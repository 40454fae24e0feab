/* The state table: which command leads from where to where, and what event says so. Everything else (answers,
 * allowedActions, console menus, the diagram in the docs) reads it. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_ORDER_STATE_H
#define ORDERDECK_SERVICE_ORDER_STATE_H

#include "service/order/event.h"
#include "service/order/order.h"
#include "shared/buf.h"

struct transition {
    enum order_command command;
    unsigned from; /* STATUS_BIT mask */
    bool moves;    /* false: hold and release keep the status */
    enum order_status to;
    enum event_type event;
    unsigned already;     /* statuses in which a repeat is harmless: 200, no event */
    bool stopped_by_hold; /* over REST, while a hold is on the order */
};

const struct transition *state_transition(enum order_command c);
/* The transition that an event of this type tells of; NULL: the status stays. */
const struct transition *state_transition_of(enum event_type t);

enum state_verdict {
    STATE_ACCEPTED,
    STATE_ALREADY, /* the order is at or past the command's target: 200 as it is, no event */
    STATE_HELD,    /* a hold stops it */
    STATE_REFUSED, /* would skip a state, or comes too late */
};
/* What the table says about a command, by status and holds alone; a fact from the warehouse is not stopped
 * by holds. Arguments (another wave, a hold that is there already) are decide's business. */
enum state_verdict state_judge(const struct order *o, enum order_command c, bool from_warehouse);
/* Does the order accept the command now (holds counted)? */
bool state_allows(const struct order *o, enum order_command c);
/* Appends ["validate","cancel",...]: the commands the order accepts now. */
void state_render_allowed(struct buf *out, const struct order *o);

#endif
