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
    /* Of changes that are no command; NULL for the others. */
    bool (*again)(struct change *c);
    bool (*answer)(const struct change *c, struct answer *ret);
    struct arena step; /* of one turn, when there are several */
};

/* A change of `size` bytes (struct change first) with what the request says. NULL: out of memory. */
struct change *change_new(size_t size, const struct change_request *r);
struct job *change_out_of_memory(const struct change_request *r, struct answer *ret_answer);
/* false: the outcome is not known. */
bool change_answer_error(const struct change *c, const struct err *e, struct answer *ret);

void answer_start(struct answer *a);
/* An answer as the record of a claim, and back. */
void answer_pack(const struct answer *a, struct buf *out);
bool answer_unpack(const char *record, size_t n, struct answer *ret);

#endif
