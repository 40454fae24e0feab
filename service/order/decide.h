/* What a command does to an order: pure functions from (order as stored, command, time) to a plan. No I/O;
 * may run again on newer state. The state table (state.h) is the only place that knows what may follow
 * what. */
#ifndef ORDERDECK_SERVICE_ORDER_DECIDE_H
#define ORDERDECK_SERVICE_ORDER_DECIDE_H

#include "service/order/event.h"
#include "service/order/faults.h"
#include "service/order/order.h"
#include "shared/arena.h"
#include "shared/err.h"

#include <stdint.h>

/* Who asks, for events and records. Strings outlive the command (same arena). */
struct origin {
    const char *actor; /* may be NULL, as the next two */
    const char *caller;
    const char *traceparent;
};

struct command {
    enum order_command kind;
    struct origin origin;
    int64_t if_version;  /* If-Match: the version it must have, or one of IF_MATCH_... */
    int64_t now;         /* ms; taken when the command is decided or, at the latest, received */
    bool from_warehouse; /* a fact from outside: holds do not stop it */
    /* arguments; NULL or 0 where the command has none */
    const char *wave_id;
    const char *reason;
    const char *tracking_number;
    const char *carrier;
    const char *hold_type;
    int64_t delivered_at; /* 0: now */
    int64_t shipped_at;   /* 0: now */
    /* what is wrong with the arguments (VALIDATION_FAILED, MALFORMED_JSON), and where; NULL: nothing */
    const struct err *fault;
    const struct faults *faults;
};

/* Command.if_version that is no version. */
#define IF_MATCH_ANY INT64_C(-1)
#define IF_MATCH_NONE INT64_C(0) /* a tag that no order has: every order has version 1 or more */
#define IF_MATCH_WEAK \
    INT64_C(-2) /* a weak tag, which If-Match never takes for equal (RFC 9110, section 13.1.1) */

enum plan_write { PLAN_NOTHING, PLAN_INSERT, PLAN_UPDATE };

/* The decision. What it makes lives in the arena given to decide; what it keeps of the stored order and of
 * the command stays where it was, so all three live as long as the plan. */
struct plan {
    struct err err; /* ERR_NONE: success; else the refusal. A refusal may still write (validation-failed) */
    struct faults faults; /* for VALIDATION_REFUSED */
    enum plan_write write;
    struct order order;         /* the order after the decision; valid unless !has_order */
    bool has_order;             /* false: there is no such order */
    enum order_status previous; /* status before; equals order.status when it did not move */
    int64_t previous_since;     /* statusSince before, for the length of the stay */
    struct event *events;       /* to append; versions continue order.version - n_events */
    size_t n_events;
    const struct fact_writes
        *facts; /* what becomes of the warehouse's facts (decide_fact.h); NULL: nothing */
};

/* Order of checks: 404, If-Match, the arguments' form, hold and state. `stored` NULL: no such order; it must
 * not lie in *ret_plan. */
void decide_command(const struct command *c, const struct order *stored, struct arena *a,
                    struct plan *ret_plan);

/* What picking reported: adds `items` (above 0) to pickedItems, whatever the status. The command brings
 * origin, time and If-Match; its kind is not looked at. */
void decide_picked(const struct command *c, int64_t items, const struct order *stored, struct arena *a,
                   struct plan *ret_plan);

/* A new order, already built and checked for form (order_json.h): INSERT with its received event, which
 * must live as long as the plan. */
void decide_receive(const struct order *fresh, struct event *received, struct plan *ret_plan);

#endif
