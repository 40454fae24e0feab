/* The reader threads: lists, counts, timelines, log pages and stats, each under a deadline, on read-only snapshots.
 * One thread is kept for the console, so that busy REST clients cannot starve it. */
#ifndef ORDERDECK_SERVICE_READ_READER_H
#define ORDERDECK_SERVICE_READ_READER_H

#include "service/store/store.h"
#include "shared/queue.h"

struct readers;

#define READ_DEADLINE_NS INT64_C(2000000000)

struct read_job {
    struct node node;   /* travels: queue, then mailbox */
    struct arena arena; /* moves with the job */
    /* Runs on a reader thread inside a snapshot; fills `body` or returns false with *ret_err set. */
    bool (*run)(struct read_job *j, struct store_reader *r, struct err *ret_err);
    struct mailbox *reply_to;
    void *owner;       /* the submitter's own, untouched */
    const void *state; /* what `run` works on, in the arena */
    bool for_console;  /* runs on the console's own thread */
    int64_t due_ns;    /* CLOCK_MONOTONIC, set by readers_submit: when it must have begun; 0: whenever */
    /* --- results --- */
    struct buf body;  /* JSON; released by whoever ends the job */
    int64_t position; /* of the snapshot: Event-Position */
    struct err err;   /* ERR_NONE, or why not (QUERY_TIMEOUT, ORDER_NOT_FOUND, ...) */
};

struct readers *readers_start(struct store *s, int threads, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Moves the job in (any thread). One that has waited for the deadline's length behind others, the console's excepted, is
 * not begun and answered QUERY_TIMEOUT, so that slow queries do not hold up all that come after. false: QUEUE_FULL or DRAINING, the job stays with the caller. */
bool readers_submit(struct readers *all, struct read_job *j, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Finishes what is queued (each answered), ends the threads. NULL is fine. */
void readers_stop(struct readers *all);

#endif
