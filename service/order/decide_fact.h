/* What a fact of the warehouse does to an order, and what the facts that wait for an order do once it has moved: pure
 * functions from (order as stored, what is remembered of its facts, the fact) to a plan. May run again on newer state.
 *
 * Facts of one order come in any order and more than once; who repeats is sorted out before (the inbox of store.h).
 *   fits      the command is carried out; holds do not stop it
 *   early     the order is not there yet: parked, and tried after every change of the order; a dead letter after 7 days
 *   late      the order is past it: a note on its timeline, nothing else; an order never goes back, but out of a wave
 *   waves     of an order and a wave the latest fact counts, a removal wins a tie; a removal is remembered even when it
 *             comes first. The same in other words (released after order-added) is silent. Another wave than the
 *             stored one: parked while wave_assigned, later a dead letter
 *   picked    counts whenever it comes, as long as the inbox can tell a repeat
 *   unknown   parked for 5 minutes, then a dead letter
 *   cancelled a note; a dead letter when goods have left */
#ifndef ORDERDECK_SERVICE_ORDER_DECIDE_FACT_H
#define ORDERDECK_SERVICE_ORDER_DECIDE_FACT_H

#include "service/order/decide.h"
#include "service/order/fact.h"

#define FACT_PATIENCE_MS (INT64_C(7) * 24 * 3600 * 1000) /* of what is early */
#define FACT_UNKNOWN_MS (INT64_C(5) * 60 * 1000)         /* of what names no order */

/* ---- what is stored ---- */

struct parked_fact {
    int64_t id; /* of its row */
    struct fact fact;
    int64_t since;  /* ms: when it came */
    int64_t due;    /* ms: when it is looked at again */
    int64_t record; /* the record it came in */
};

/* What is known of an order and a wave: the latest fact about the two. */
struct wave_fact {
    const char *wave_id;
    int64_t time;
    bool removed;
};

struct order_facts {
    const struct parked_fact *parked;
    size_t n_parked;
    const struct wave_fact *waves;
    size_t n_waves;
};

/* ---- what is to be written ---- */

enum fact_result { FACT_APPLIED, FACT_PARKED, FACT_LATE, FACT_SILENT, FACT_DEAD, FACT_RESULTS };

struct note {
    int64_t time;
    const char *text;
};

/* A fact that is set aside for good: the one asked about (parked 0), or a parked one, whose row it takes over. */
struct dead_fact {
    enum dead_code code;
    const char *reason; /* for people */
    int64_t parked;     /* row, 0 */
    int64_t record;     /* of the parked one */
};

struct fact_writes {
    int64_t now;
    enum fact_result result;  /* of the fact asked about */
    const struct fact *asked; /* NULL: none was */
    /* How many facts ended how: it, and those that had waited. FACT_PARKED is no end: it alone, when it is to wait. */
    size_t outcomes[FACT_RESULTS];
    bool park;   /* it is to be parked */
    int64_t due; /* until then */
    const struct note *notes;
    size_t n_notes;
    const struct parked_fact *settled; /* parked ones that are to go (those of `dead` too) */
    size_t n_settled;
    const struct parked_fact *waiting; /* parked ones whose `due` has changed */
    size_t n_waiting;
    const struct dead_fact *dead;
    size_t n_dead;
    const struct wave_fact *waves; /* to be remembered */
    size_t n_waves;
    int64_t parked; /* how many wait afterwards */
    int64_t drop;   /* the dead letter that was asked about goes; 0: none */
};

/* ---- deciding ---- */

/* Who decides about facts: the moment and what is stored. */
struct fact_context {
    int64_t now;
    const struct order *stored; /* NULL: no such order */
    const struct order_facts *known;
    struct arena *arena;
    /* The fact's record is older than what the inbox remembers, so that it may have been taken in before: it does only
     * what the order itself shows not to have been done. */
    bool old;
    /* Ask again about a dead letter: one that would be a dead letter again, or whose order is still unknown, is
     * refused (DEAD_LETTER_REFUSED) and changes nothing. */
    bool replay;
};

/* A fact that came. Always settles it: plan->facts says how, and what is to be written. */
void decide_fact(const struct fact_context *x, const struct fact *f, struct plan *ret_plan);

/* Time has passed: tries what is parked once more and gives up what waited too long. */
void decide_due(const struct fact_context *x, struct plan *ret_plan);

/* A command, and what its change makes possible: facts that waited for it are applied in the same plan. A cancellation
 * is refused (SHIPMENT_REPORTED) while a shipping fact waits, else it settles what waits as notes. */
void decide_command_and_facts(const struct command *c, const struct order *stored,
                              const struct order_facts *known, struct arena *a, struct plan *ret_plan);

/* A record that no fact can be read from. */
void decide_unreadable(enum dead_code code, const char *reason, int64_t now, struct arena *a,
                       struct plan *ret_plan);

#endif
