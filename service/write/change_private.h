/* What the files that build changes share. Private to service/write. */
#ifndef ORDERDECK_SERVICE_WRITE_CHANGE_PRIVATE_H
#define ORDERDECK_SERVICE_WRITE_CHANGE_PRIVATE_H

#include "service/write/change.h"

struct change {
    struct job job; /* first: a job's address is its change's */
    bool creates;
    struct command command;
    struct order fresh;
    struct event received;
    const char *instance, *request_id;
    int64_t now;
    struct err fault; /* of the request; ERR_NONE: it is well */
    struct faults faults;
    /* Of changes that are no command; NULL for the others. */
    bool (*again)(struct change *c);
    bool (*answer)(const struct change *c, struct answer *ret);
    struct arena step; /* of one turn, when there are several */
};

/* A change of `size` bytes (struct change first) with what the request says. NULL: out of memory. */
struct change *change_new(size_t size, const struct change_request *r);
struct job *change_out_of_memory(const struct change_request *r, struct answer *ret_answer);
/* The job of a change whose request is refused for c->fault and c->faults: with a claim the writer looks at its record
 * first. Without one: NULL, the refusal is in *ret_answer, and the change is gone. */
struct job *change_refused(struct change *c, struct answer *ret_answer);
/* Is a refusal kept as the outcome of its claim? 404, 409, 412 and 422 are decisions; 400 and 503 are none. */
bool change_decided(const struct err *e);
/* false: the outcome is not known. */
bool change_answer_error(const struct change *c, const struct err *e, struct answer *ret);

void answer_start(struct answer *a);
/* An answer as the record of a claim, and back. */
void answer_pack(const struct answer *a, struct buf *out);
/* The requestId of a problem becomes that of the request which is answered now. */
bool answer_unpack(const struct change *c, struct answer *ret);

#endif
