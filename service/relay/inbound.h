/* The inbound consumer: takes the facts on the warehouse's topics to the orders, each once.
 *
 * One thread owns the consumer. It reads a batch of records, makes a job for the writer of each fact and order, waits
 * until all are settled, and only then commits the offsets. A crash anywhere brings records again; the inbox, written
 * in the transaction of each effect, knows them. When partitions are taken away, what was read of them is finished and
 * committed first. A record that cannot be used becomes a dead letter and never stops its partition.
 *
 * The same thread looks after parked facts whose time has come. Sources: librdkafka's INTRODUCTION.md ("Consumer
 * groups", "Static consumer groups"). */
#ifndef ORDERDECK_SERVICE_RELAY_INBOUND_H
#define ORDERDECK_SERVICE_RELAY_INBOUND_H

#include "service/store/store.h"
#include "service/write/writer.h"
#include "shared/conf.h"

struct inbound;

struct inbound_config {
    const struct conf *conf; /* outlives the consumer, as the next two */
    struct store *store;
    struct writer *writer;
    /* Names this process in the group, the same after a restart, so that its partitions wait for it; NULL: it joins
     * anew each time. */
    const char *instance;
};

/* Starts the thread. NULL: *ret_err. A broker that is away is no error: it keeps trying. */
struct inbound *inbound_start(const struct inbound_config *c, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Finishes what was read, commits, ends the thread, frees. Before the writer stops. A broker that does not answer holds it
 * for some seconds, no longer. NULL is fine. */
void inbound_stop(struct inbound *in);

/* Is the consumer well, or on the way to be? false: *detail says in a line what is wrong; that it reaches no broker counts
 * only when `reachable`, else it is known. Any thread, never waits for the broker. */
bool inbound_check(struct inbound *in, bool reachable, char *detail, size_t size);
/* Appends the object `inbound` of /status. Any thread, does not block. */
void inbound_describe(struct inbound *in, struct buf *out);

#endif
