/* Changes: from a request's body to a job for the writer, and from the settled job to the answer. The HTTP handlers
 * and the in-process port both go through here, so they do and answer the same. */
#ifndef ORDERDECK_SERVICE_WRITE_CHANGE_H
#define ORDERDECK_SERVICE_WRITE_CHANGE_H

#include "service/order/order_json.h"
#include "service/write/writer.h"

/* What is told to the one who asked. */
struct answer {
    int status;                /* HTTP status */
    enum err_code code;        /* ERR_NONE for success; gives Retry-After through err_info */
    char etag[ORDER_ETAG_MAX]; /* "" when none */
    char location[80];         /* "" when none */
    bool replayed;             /* Idempotency-Replayed: true */
    struct buf body;           /* order or problem+json (code tells); released by answer_release */
};
void answer_release(struct answer *a);

/* Who asks and how; texts are copied into the job's arena. */
struct change_request {
    const char *body; /* not NUL-terminated necessarily */
    size_t body_len;
    struct origin origin;
    const char *instance; /* request path, for problems */
    const char *request_id;
    int64_t if_version;   /* as in struct command */
    int64_t now;          /* ms */
    const char *timezone; /* creations */
    struct ulid id;       /* of the order that is created; all zero: a new one */
    struct claim claim;   /* .wanted false: none */
};

/* A job of its own allocation (job and arena in one; free with change_free), prepared for writer_submit except for
 * reply_to, owner and deadline_ns, which the caller sets. NULL: *ret_answer holds the finished refusal (400 with all
 * faults; nothing was stored). What is decided before a body's faults are told (the record of a claim; of commands the
 * order and If-Match too) needs the writer, so a faulty body with a claim, and a command's, is a job as well. */
struct job *change_create(const struct change_request *r, struct answer *ret_answer)
    __attribute__((warn_unused_result));
struct job *change_command(enum order_command kind, struct ulid id, const struct change_request *r,
                           struct answer *ret_answer) __attribute__((warn_unused_result));
void change_free(struct job *j); /* NULL is fine */

/* Dead letters: tried again (one; or all of a code, -1 for any, the oldest first), or deleted. They take several turns
 * with the writer: whenever such a job comes back, ask change_again. */
struct job *change_replay(int64_t dead_letter, const struct change_request *r, struct answer *ret_answer)
    __attribute__((warn_unused_result));
struct job *change_replay_all(int code, const struct change_request *r, struct answer *ret_answer)
    __attribute__((warn_unused_result));
struct job *change_delete_dead_letter(int64_t dead_letter, const struct change_request *r,
                                      struct answer *ret_answer) __attribute__((warn_unused_result));

/* The outgoing record at which the relay is parked. */
struct skipped_record {
    const struct event *event;   /* NULL: the relay is not parked */
    int64_t cursor;              /* where the relay's cursor stands, right before it */
    const char *topic, *refusal; /* what Kafka says about it */
};
/* Reads the event at which the relay is parked, with texts in the arena, inside a snapshot of the reader. *ret_found is
 * false when it is not parked, or not there any more. */
bool change_skip_find(struct store_reader *r, const struct relay_parked *p, struct arena *a,
                      struct event *ret, bool *ret_found, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Sets the record aside as a dead letter, with who and why (body: position and reason), so that the relay goes on. */
struct job *change_skip(const struct skipped_record *k, const struct change_request *r,
                        struct answer *ret_answer) __attribute__((warn_unused_result));

/* A job that came back: true, it is prepared for its next turn and to be submitted again. */
bool change_again(struct job *j) __attribute__((warn_unused_result));

/* The answer of a settled job (or of a refusal by writer_submit, whose err the caller puts into j->err first).
 * false: the outcome is not known; close the connection without an answer. */
bool change_answer(const struct job *j, int64_t now, struct answer *ret) __attribute__((warn_unused_result));

/* A problem that is no job's: builds the answer for `e`. */
void answer_problem(struct answer *ret, const struct problem *p);

#endif
