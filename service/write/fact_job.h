/* Facts of the warehouse as jobs for the writer: one per fact and order, claimed in the inbox with its effect. */
#ifndef ORDERDECK_SERVICE_WRITE_FACT_JOB_H
#define ORDERDECK_SERVICE_WRITE_FACT_JOB_H

#include "service/order/decide_fact.h"
#include "service/write/writer.h"

/* Each makes a job, prepared for writer_submit but for reply_to, owner and deadline_ns; NULL: out of memory. The set and
 * the record must outlive it. It may be submitted again when it came back without an outcome. */

/* Fact i of the set. */
struct job *fact_job(const struct fact_set *set, size_t i, const struct record *source, int64_t now)
    __attribute__((warn_unused_result));
/* A record with a fault, once: known by its place and value. */
struct job *fact_job_fault(const struct fact_set *set, const struct record *source, int64_t now)
    __attribute__((warn_unused_result));
/* What is parked for the order and due. */
struct job *fact_job_due(struct ulid order, int64_t now) __attribute__((warn_unused_result));
/* The claim of something of this record, but for the key. What is stamped ahead of the clock is remembered until it is old
 * by its own time: were it forgotten before, it would count again. */
struct inbox fact_inbox(int64_t record_time, int64_t now);
void fact_job_free(struct job *j); /* NULL is fine */

/* Of a job that came back: was it decided (or known before)? If not it may be tried again, unless its err is
 * OUTCOME_UNKNOWN. ret: how it ended; NULL is fine. */
bool fact_job_settled(const struct job *j, enum fact_result *ret);

#endif
