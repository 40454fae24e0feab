/* The store: a contract of units of work that every backend keeps.
 *
 * Writing. `apply` takes an array of units. Each is one decision on one order: claim the idempotency key, load the
 * order, call the pure `decide` (it may run again on newer state), and write the plan it returns (order, events with
 * the next versions, the record of the claim), durable wholly or not at all. Only the writer thread calls apply. When
 * apply returns, everything it calls committed is durable (survives power loss), and only then may it be answered,
 * shown or sent. A unit may also take a lease and move the cursor of a follower of the log, and it may carry a fact of
 * the warehouse: claimed once (inbox), with what is known of the order's facts, in the same transaction.
 *
 * Reading. Any number of readers, one per thread. A reader sees committed snapshots only: `begin` opens one (or keeps
 * the open one if nothing was committed since: a snapshot is never older than the moment of begin), `end` lets go.
 *
 * Positions. Events have global positions from 1; once position p can be read, nothing smaller ever appears.
 *
 * The log's name. A position means something within one log only. So each log has a name, made by chance with the
 * database and kept with it: two answers with the same name are of one history, in which what one position holds never
 * changes. A copy made by `backup` is that history up to its moment. Its name stays while it is only read; whoever opens
 * it to write begins a history of his own, under a new name, each time it is put back. A copy made by other means keeps
 * the name, and cannot be told from its original. */
#ifndef ORDERDECK_SERVICE_STORE_STORE_H
#define ORDERDECK_SERVICE_STORE_STORE_H

#include "service/order/decide.h"
#include "service/order/decide_fact.h"
#include "service/order/event.h"
#include "service/order/order.h"
#include "shared/arena.h"
#include "shared/buf.h"
#include "shared/digest.h"
#include "shared/err.h"
#include "shared/filter.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_reader;

/* The largest position that a request may name (18 digits, as the API's description says). */
#define POSITION_MAX INT64_C(999999999999999999)
#define LOG_NAME_LEN 16

/* ---- writing ---- */

/* An idempotency claim: who asked (scope and key, hashed) for what (the request, hashed). */
struct claim {
    bool wanted;
    uint8_t key[SHA256_LEN];
    uint8_t request[SHA256_LEN];
    int64_t now; /* ms; a record older than CLAIM_TTL_MS counts as gone */
};
#define CLAIM_TTL_MS (INT64_C(24) * 3600 * 1000)

/* Followers of the log. A follower reads the events in order of position, does something with each outside (the relay
 * sends them to Kafka), and moves its cursor behind what is done. Of several processes on one database one follows at a
 * time: the one with the lease of the cursor's name. Both are written as parts of units, in the group commit. */
#define FOLLOWER_KAFKA "kafka"

struct lease {
    /* --- asked --- */
    const char *name;   /* NULL: no lease is asked for */
    const char *owner;  /* of each process its own */
    int64_t now, until; /* ms; not after now: it is given back */
    /* --- answered, when committed --- */
    int64_t fence;   /* 0: not held, another has it; else it rises each time the lease changes hands */
    int64_t expires; /* ms; when the one who has it must have renewed it */
};

/* Moves a cursor. The unit is UNIT_FENCED, and nothing of it is written, when the cursor does not stand at `from` or
 * the lease of its name has another fence (it changed hands). */
struct advance {
    const char *name; /* NULL: none */
    int64_t fence;    /* 0: whoever has the lease */
    int64_t from, to; /* positions; events up to `to` are done */
    int64_t at;       /* ms; when they were acknowledged: their sentAt. 0: they were left out */
};

/* A fact (or a record that is none) is taken in once: the key with the unit's target, written with the unit's effect. A
 * plan with an error claims nothing, so that the fact may come again. After INBOX_TTL_MS it is forgotten. */
struct inbox {
    bool wanted;
    int64_t since; /* ms; from when on INBOX_TTL_MS counts */
    uint8_t key[INBOX_KEY_LEN];
};

/* A record that was set aside. */
struct dead_letter {
    int64_t id; /* rises, never used again */
    enum dead_code code;
    const char *reason;
    int64_t received_at; /* ms */
    bool has_order;      /* a fact about this order; else the whole record */
    struct ulid order_id;
    struct record record; /* its headers are in `headers` */
    const char *headers;  /* JSON object of texts */
    int64_t row;          /* of the record */
};

/* A unit about a dead letter: it is loaded before the order, and its order (when it has one) becomes the unit's target. */
struct dead_asked {
    bool wanted;
    int64_t id; /* this one, */
    bool next;  /* or the first after it, */
    int code;   /* of this enum dead_code; -1: any */
};

/* The relay waits for a record that Kafka refuses; for those who show it or set it aside. */
struct relay_parked {
    int64_t position; /* of the record; 0: the relay is not parked */
    int64_t cursor;   /* where the cursor stands, right before it */
    const char *topic;
    char reason[256];
    char order[ORDER_ID_LEN + 1]; /* whose event it is, and of which type; "" when it could not be read */
    char type[48];
};

enum unit_outcome {
    UNIT_OPEN,      /* not settled yet */
    UNIT_COMMITTED, /* the plan holds and what it writes is durable (also: a refusal that wrote nothing) */
    UNIT_REPEATED, /* the claim was made before by the same request: `replay` has what was stored then; or the inbox
                      * knows the fact (`replay` is NULL) */
    UNIT_MISMATCH, /* the claim was made before by another request; nothing written */
    UNIT_FENCED,   /* `advance` does not hold: the lease or the cursor is not where it was; nothing written */
    UNIT_BUSY,     /* nothing written: err says why (STORAGE_FULL, STORAGE_BUSY); may be tried again */
    UNIT_UNKNOWN,  /* the commit failed and its outcome is not known: never answer, end the process */
};

struct unit {
    /* --- asked --- */
    struct claim claim;
    bool has_target; /* load `target` and give it to decide (NULL when missing); creations have none */
    struct ulid target;
    struct lease lease;
    struct advance advance;
    struct inbox inbox;
    struct dead_asked dead_asked;
    bool has_facts; /* load `known` for every order, not only for one on which facts wait */
    const struct record
        *source; /* the record behind the unit: stored when something of it is parked or set aside */
    /* --- found, for decide to look at --- */
    struct order_facts known;       /* of the target */
    const struct dead_letter *dead; /* the one asked for; NULL: there is none */
    /* --- asked, again --- */
    /* Pure. Fills *plan from the order as stored; strings live in `arena` (or longer). NULL: the unit is no decision,
     * it only has a lease or an advance. */
    void (*decide)(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan);
    /* Pure. What the claim's record keeps (the whole answer as bytes), given the decided plan. Only called when the
     * claim is wanted; return false to store nothing (the refusal is not worth remembering). */
    bool (*record)(void *ctx, const struct plan *plan, struct buf *out);
    void *ctx;
    struct arena *arena; /* owns all results; belongs to the unit's owner */
    /* --- answered --- */
    enum unit_outcome outcome;
    struct err err;     /* for UNIT_BUSY */
    struct plan plan;   /* for UNIT_COMMITTED; events have their positions */
    const char *replay; /* for UNIT_REPEATED: the record's bytes, in the arena */
    size_t replay_len;
};

/* ---- reading ---- */

enum order_sort {
    SORT_CREATED,
    SORT_PROMISED,
    SORT_UPDATED,
    SORT_STATUS_SINCE,
    SORT_TOTAL,
    SORT_CUSTOMER,
    SORT_COUNT
};

/* Where a page starts: the sort key and rank of the last row before it. */
struct order_cursor {
    bool set;
    int64_t rank;   /* ulid_rank of that row; breaks ties in every sort */
    int64_t number; /* its key for numeric sorts (totals: minor units) */
    char text[260]; /* its customer, or currency for totals */
};

struct order_query {
    const struct filter *filter;
    enum order_sort sort;
    bool descending;
    int limit;      /* 1-200 */
    int64_t offset; /* for page-numbered clients; 0 with cursors */
    struct order_cursor cursor;
    int64_t now; /* ms: decides late and age */
};

struct order_page {
    struct order *orders; /* n, in the arena */
    size_t n;
    bool more;
    struct order_cursor next; /* set when more */
};

struct event_query {
    int64_t after;  /* positions above this */
    int64_t upto;   /* and at most this; 0: no end */
    unsigned types; /* 1 << enum event_type mask; 0: all */
    bool has_order;
    struct ulid order_id;
    int limit;
    bool without_sent; /* sent_at is not asked for: 0 */
    int64_t scan;      /* most events looked at, also those that the filter leaves out; 0: no bound */
    int64_t *looked;   /* NULL, or put here: what matches up to this position has been given */
};

/* Called for each event in order of position; the event's texts are valid during the call. Return false to stop. */
typedef bool (*event_fn)(void *ctx, const struct event *e, int64_t sent_at);

typedef bool (*dead_letter_fn)(void *ctx, const struct dead_letter *d);
typedef bool (*note_fn)(void *ctx, const struct note *n, int64_t position);

struct store_stats {
    struct {
        int64_t count, late;
        int64_t oldest_since; /* ms; 0: none, and always for statuses that are not open */
        int64_t usual_ms;     /* 95th percentile of stays that ended in the last 7 days; -1: none ended */
    } by_status[STATUS_COUNT];
    int64_t by_priority[PRIORITY_COUNT]; /* open orders */
    int64_t created_minute, created_hour,
        created_day; /* in the last 60 s, 60 min, 24 h (to the minute for the last two) */
    int64_t late;
    int64_t unsent;        /* events above the relay's cursor */
    int64_t oldest_unsent; /* ms; 0: none */
};

/* ---- the backend ---- */

struct store_ops {
    const char *name; /* "sqlite" */

    /* Writer thread only. Settles every unit (outcome is not UNIT_OPEN afterwards). false: the store must not be used
     * any more (a unit is UNIT_UNKNOWN, or it is broken for good): end the process with status 3. */
    bool (*apply)(struct store *s, struct unit *const units[], size_t n, struct err *ret_err);
    /* Writer thread only, when idle, in small steps: checkpoints, expiry of claims, of the inbox and of old figures. When an event was
     * sent is known exactly for a day, and then to the minute. Returns true when more is to do. */
    bool (*upkeep)(struct store *s, int64_t now);
    /* Writer thread only: writes next to nothing, durably. false: not possible, *ret_err says why (STORAGE_FULL,
     * STORAGE_BUSY, or OUTCOME_UNKNOWN, which the next apply reports too). */
    bool (*probe)(struct store *s, struct err *ret_err);
    /* Any thread: number of commits so far; changes with each commit. */
    uint64_t (*commits)(struct store *s);
    /* Any thread: newest committed event position. */
    int64_t (*position)(struct store *s);
    /* Any thread: the log's name, LOG_NAME_LEN lower case hex digits; the store's own, the same until close. */
    const char *(*log)(struct store *s);
    /* Any thread: can the database be written (or, opened read-only, read)? For /ready. */
    bool (*check)(struct store *s, struct err *ret_err);
    /* Any thread: a consistent copy into a new file `path`, while serving; it knows that it is one (the log's name). */
    bool (*backup)(struct store *s, const char *path, struct err *ret_err);
    /* Appends {"bytes":..,"walBytes":..,...}: facts for /status. Any thread. */
    void (*describe)(struct store *s, struct buf *out);
    /* Ends it; all readers must be closed before. */
    void (*close)(struct store *s);

    /* A reader for the calling thread. */
    struct store_reader *(*reader_open)(struct store *s, struct err *ret_err);
    void (*reader_close)(struct store_reader *r);
    /* Opens or renews the snapshot; *ret_position is its newest event position. deadline_ns (monotonic, 0: none)
     * ends queries that run past it with QUERY_TIMEOUT. */
    bool (*begin)(struct store_reader *r, int64_t deadline_ns, int64_t *ret_position, struct err *ret_err);
    void (*end)(struct store_reader *r);
    /* Between begin and end. `get`: *ret_found says whether it exists. All false returns set *ret_err. */
    bool (*get)(struct store_reader *r, struct ulid id, struct arena *a, struct order *ret, bool *ret_found,
                struct err *ret_err);
    /* The same of an order that is read to be shown, for less: what its document repeats (customer_id, total, total_items,
     * total_grams) and what nobody is shown (parked, last_faults) are left 0 and NULL. */
    bool (*show)(struct store_reader *r, struct ulid id, struct arena *a, struct order *ret, bool *ret_found,
                 struct err *ret_err);
    bool (*list)(struct store_reader *r, const struct order_query *q, struct arena *a, struct order_page *ret,
                 struct err *ret_err);
    /* Number of matches, counted up to `cap`, wherever the page begins. */
    bool (*count)(struct store_reader *r, const struct order_query *q, int64_t cap, int64_t *ret,
                  struct err *ret_err);
    bool (*events)(struct store_reader *r, const struct event_query *q, event_fn fn, void *ctx,
                   struct err *ret_err);
    /* Dead letters before this id (0: all), the newest first, as many as `limit`. What fn gets is valid during the
     * call. */
    bool (*dead_letters)(struct store_reader *r, int64_t before, int limit, dead_letter_fn fn, void *ctx,
                         struct err *ret_err);
    /* The notes of an order, oldest first; position: the newest event of the log when the note was written. */
    bool (*notes)(struct store_reader *r, struct ulid id, note_fn fn, void *ctx, struct err *ret_err);
    /* Orders (known or not) with parked facts that are due, up to `most`, each once. */
    bool (*due)(struct store_reader *r, int64_t now, size_t most, struct ulid *ret, size_t *ret_n,
                struct err *ret_err);
    /* Where the cursor of this name stands; 0: at the beginning. */
    bool (*cursor)(struct store_reader *r, const char *name, int64_t *ret, struct err *ret_err);
    bool (*stats)(struct store_reader *r, int64_t now, struct store_stats *ret, struct err *ret_err);
};

struct store {
    const struct store_ops *ops;
};
struct store_reader {
    const struct store_ops *ops;
};

#endif
