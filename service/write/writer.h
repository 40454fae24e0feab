/* The single writer: one thread that takes what has gathered, applies it in one transaction and hands every job back.
 *
 * No timer: the sync of one batch is the window in which the next gathers. Each job is settled exactly once, by being
 * put into its mailbox, which is woken once per batch. The deadline is looked at only when a job is taken: a taken
 * job gets its true outcome, and a 503 always means that nothing was done. */
#ifndef ORDERDECK_SERVICE_WRITE_WRITER_H
#define ORDERDECK_SERVICE_WRITE_WRITER_H

#include "service/store/store.h"
#include "shared/queue.h"

struct writer;

struct job {
    struct node node;    /* travels: queue, then mailbox */
    struct unit unit;    /* unit.arena points to `arena` */
    struct arena arena;  /* everything the job needs and gets; moves with it */
    int64_t deadline_ns; /* monotonic; passed when taken: err DEADLINE_PASSED */
    struct mailbox *reply_to;
    void *owner;    /* the submitter's own, untouched */
    struct err err; /* settled: ERR_NONE means look at unit.outcome; else nothing was done (503),
                                * or OUTCOME_UNKNOWN: give no answer */
};

struct writer_config {
    struct store *store;
    size_t queue_limit;
    /* Called on the writer thread after each commit that wrote events, before the answers go out: tell streams and
     * consoles. Must not block. */
    void (*committed)(void *ctx, int64_t position);
    /* Called once on the writer thread when the store is broken: end the process with status 3. */
    void (*failed)(void *ctx, const struct err *e);
    void *ctx;
    int64_t probe_ns;  /* between two tries while nothing can be stored; 0: a second */
    int64_t upkeep_ns; /* most without upkeep while changes keep coming; 0: a minute */
};

struct writer *writer_start(const struct writer_config *c, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Moves the job in (any thread). false: *ret_err is QUEUE_FULL or DRAINING, and the job stays with the caller. */
bool writer_submit(struct writer *w, struct job *j, struct err *ret_err) __attribute__((warn_unused_result));
/* Settles all that is queued, ends the thread, frees. After it, submit must not be called. NULL is fine. */
void writer_stop(struct writer *w);

struct writer_facts {
    size_t queued, queue_limit;
    int64_t batches, jobs, last_batch, last_commit_us;
    uint64_t commit_p50_us, commit_p99_us;
};
void writer_facts(struct writer *w, struct writer_facts *ret); /* any thread */

/* Why changes cannot be stored now (STORAGE_FULL, STORAGE_BUSY). false: they can, as far as is known. Stands until
 * some tries in a row have succeeded, one a second, and more of them when it came back soon after it had ended: a disk
 * that is nearly full takes something now and then. Any thread. */
bool writer_fault(struct writer *w, struct err *ret);

#endif
