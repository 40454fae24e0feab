/* What the files of the queries share. Private to service/read. */
#ifndef ORDERDECK_SERVICE_READ_QUERY_PRIVATE_H
#define ORDERDECK_SERVICE_READ_QUERY_PRIVATE_H

#include "service/read/params.h"

/* The job's private state sits at the start of its arena's life; `owner` belongs to the submitter. */
struct state {
    bool (*run)(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err);
    struct list_request list;
    struct event_query events;
    struct ulid id;
    int64_t now;
    bool timeline;
    int64_t before; /* dead letters: those with smaller ids; 0: all */
    int limit;
};

/* NULL: out of memory. */
struct state *query_prepare(struct read_job *j, struct err *ret_err);

#endif
