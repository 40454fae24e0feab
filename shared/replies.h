/* Replies that wait to be taken, and a descriptor that tells of them: what both doors behind api.h need.
 *
 * Threads: one thread owns it and makes all calls. */
#ifndef ORDERDECK_SHARED_REPLIES_H
#define ORDERDECK_SHARED_REPLIES_H

#include "shared/api.h"
#include "shared/buf.h"

struct replies {
    struct node *first, **end;
    int fd; /* an eventfd, readable while a reply waits */
    bool told;
};

/* false: no descriptor is left; replies_release is right then too. */
bool replies_init(struct replies *r);
/* Frees what was not taken. */
void replies_release(struct replies *r);

/* Moves the bytes of *body in, which is released in any case. NULL: out of memory. */
struct api_reply *reply_new(enum api_op op, uint64_t tag, int status, int64_t position, struct buf *body);
/* Moves a reply in. */
void replies_put(struct replies *r, struct api_reply *reply);
/* Moves the oldest one out, NULL: none waits. */
struct api_reply *replies_take(struct replies *r);

#endif
