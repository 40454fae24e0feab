/* The relay: takes every committed event to Kafka, in the order of the log, at least once.
 *
 * One thread follows the log behind a cursor that is stored in the database. A record is done when Kafka acknowledged
 * it and all before it; only then, through the writer and in its group commit, the cursor moves. So a crash anywhere
 * repeats records and loses none; consumers know repeats by the event's id. One order's events have one key and stay in
 * order. With the broker away the backlog is the log itself, and grows on disk.
 *
 * A record that Kafka refuses for good (too large, not authorised) parks the relay: nothing after it may go first. It
 * is tried again every 30 s, or set aside by someone with a reason (POST /relay/skip), which moves the cursor over it;
 * while parked the relay looks at the cursor every second.
 *
 * Of several processes on one database one relays at a time, by the lease FOLLOWER_KAFKA of the store. */
#ifndef ORDERDECK_SERVICE_RELAY_RELAY_H
#define ORDERDECK_SERVICE_RELAY_RELAY_H

#include "service/store/store.h"
#include "service/write/writer.h"
#include "shared/conf.h"

struct relay;

struct relay_config {
    const struct conf *conf; /* outlives the relay, as the next two */
    struct store *store;
    struct writer *writer;
    int64_t parked_retry_ns; /* how long a refused record waits to be tried again; 0: 30 s */
    int64_t stop_ns;         /* how long relay_stop may take in all, more than 2 s; 0: 5 s */
};

/* Starts the thread. NULL: *ret_err names the setting that cannot be used. A broker that is away is no error. */
struct relay *relay_start(const struct relay_config *c, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Any thread, does not block: there is more in the log. */
void relay_committed(struct relay *r);
/* Sends what is committed for at most 3 s, waits until what was sent is acknowledged, 5 s in all, writes the last marks, ends
 * the thread, frees. So nothing is sent twice after it, unless a broker was slower than that. Before the writer stops.
 * NULL is fine. */
void relay_stop(struct relay *r);

/* ---- what is seen from outside; any thread, never waits for the broker ---- */

/* Is Kafka reachable, are its topics there, does the relay send? false: *detail says in a line what is wrong. */
bool relay_check(struct relay *r, char *detail, size_t size);
/* Appends the members "status", "state", "brokers", ... for the object `kafka` of GET /status. */
void relay_describe(struct relay *r, struct buf *out);

void relay_parked(struct relay *r, struct relay_parked *ret);

#endif
