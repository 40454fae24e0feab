/* Queries of the REST API and the console: from parameters to a read_job, from rows to the JSON body. The HTTP
 * handlers and the in-process port both go through here, so they answer the same. */
#ifndef ORDERDECK_SERVICE_READ_QUERY_H
#define ORDERDECK_SERVICE_READ_QUERY_H

#include "service/read/reader.h"

/* One decoded query parameter. */
struct param {
    const char *name;
    const char *value; /* "" when absent after '=' */
};

/* What a list may be asked for; see the route table for the parameters' names and forms. */
enum list_style {
    LIST_CURSOR,
    LIST_PAGED /* page numbers in the answer too, for /orders/status and /orders/customer */
};

/* Each prepares job->run and its private state in job->arena (job->arena must be initialised). false: *ret_err is
 * INVALID_PARAMETER, INVALID_FILTER or INVALID_CURSOR; *ret_position the character of a filter fault, else -1. */
bool query_list(struct read_job *j, const struct param *params, size_t n, enum list_style style, int64_t now,
                struct err *ret_err, int64_t *ret_position) __attribute__((warn_unused_result));
bool query_count(struct read_job *j, const struct param *params, size_t n, int64_t now, struct err *ret_err,
                 int64_t *ret_position) __attribute__((warn_unused_result));
bool query_events(struct read_job *j, const struct param *params, size_t n, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Notes stand between the events they were written after; those after the newest event come with every page that ends
 * there. */
bool query_timeline(struct read_job *j, struct ulid id, const struct param *params, size_t n,
                    struct err *ret_err) __attribute__((warn_unused_result));
bool query_order(struct read_job *j, struct ulid id, int64_t now, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Parameters: limit (1-200), cursor. */
bool query_dead_letters(struct read_job *j, const struct param *params, size_t n, struct err *ret_err)
    __attribute__((warn_unused_result));
/* The id of a dead letter as it stands in a path; 0: none that could be one. */
int64_t dead_letter_id(const char *text);
/* The parameter of replaying them all: code, a reason of a dead letter; *ret_code is -1 for any. */
bool replay_code_read(const struct param *params, size_t n, int *ret_code, struct err *ret_err)
    __attribute__((warn_unused_result));
bool query_stats(struct read_job *j, int64_t now, struct err *ret_err) __attribute__((warn_unused_result));

/* The parameters of the event log (after, limit, type and, of the whole log, orderId and upto), as streams take them too. */
bool event_query_read(struct event_query *q, const struct param *params, size_t n, bool log, struct arena *a,
                      struct err *ret_err) __attribute__((warn_unused_result));

/* Splits "a=1&b=x%20y" into params in the arena; '+' is a space (WHATWG urlencoded). false: bad escape, NUL, invalid UTF-8 or more
 * than 64 parameters (INVALID_PARAMETER). */
bool params_parse(const char *query, struct arena *a, struct param **ret, size_t *ret_n, struct err *ret_err)
    __attribute__((warn_unused_result));

#endif
