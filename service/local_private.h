/* What the files of the console's port in process share: local_api.c (the port, queries) and local_change.c. */
#ifndef ORDERDECK_SERVICE_LOCAL_PRIVATE_H
#define ORDERDECK_SERVICE_LOCAL_PRIVATE_H

#include "service/private.h"
#include "service/read/query.h"
#include "service/write/change.h"
#include "shared/replies.h"

#define LOCAL_ARENA_MAX (16u * 1024 * 1024)

struct local_api {
    struct api base;
    struct service *service;
    /* --- console thread --- */
    struct mailbox reads, writes;
    struct replies ready;
    int epoll_fd;
    int open; /* requests whose reply was not taken yet */
    /* --- any thread --- */
    _Atomic bool listens; /* the console wants to be told of the next commit */
    int moved_fd;         /* cleared by take() */
};

/* What was asked, while its job is under way. */
struct asked {
    enum api_op op;
    uint64_t tag;
    struct skip_look *skip; /* API_RELAY_SKIP while it reads; in the read job's arena */
};

/* ---- local_api.c ---- */

/* A reply of its own; takes the body's bytes. NULL: out of memory. */
struct api_reply *local_reply(const struct asked *k, int status, int64_t position, struct buf *body);
/* Replies at once. */
void local_reply_at_once(struct local_api *a, const struct asked *k, int status, struct buf *body);
void local_refuse(struct local_api *a, const struct asked *k, const struct err *e, int64_t position);
/* The reply of an open request; NULL: there was no memory for one. */
void local_append(struct local_api *a, struct api_reply *r);
/* A read job of the console's, with a copy of *k as its owner; NULL: out of memory. */
struct read_job *local_new_read(struct local_api *a, const struct asked *k);
void local_free_read(struct read_job *j);
/* The problem of a read job that failed. */
struct api_reply *local_answer_read(struct read_job *j);

/* ---- local_change.c: everything for which api_changes() ---- */

/* false: out of memory, ask again later. */
bool local_change(struct local_api *a, const struct asked *k, const struct api_request *q);
/* The parked record was looked up: goes on to the writer. */
void local_skip_found(struct local_api *a, struct read_job *j);
/* A job came back from the writer. */
void local_settled(struct local_api *a, struct job *j);

#endif
