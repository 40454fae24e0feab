#include "shared/replies.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool replies_init(struct replies *r)
{
    *r = (struct replies){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    r->end = &r->first;
    return r->fd >= 0;
}

void replies_release(struct replies *r)
{
    for (struct node *n = r->first, *next; n != NULL; n = next) {
        next = n->next;
        api_reply_free((struct api_reply *)n);
    }
    if (r->fd >= 0)
        close(r->fd);
}

struct api_reply *reply_new(enum api_op op, uint64_t tag, int status, int64_t position, struct buf *body)
{
    struct api_reply *r = calloc(1, sizeof *r);
    char *bytes = r != NULL ? buf_take(body, &r->len) : NULL;
    if (r != NULL && bytes == NULL)
        bytes = calloc(1, 1);
    buf_release(body);
    if (bytes == NULL) {
        free(r);
        return NULL;
    }
    r->op = op;
    r->tag = tag;
    r->status = status;
    r->position = position;
    r->body = bytes;
    return r;
}

void replies_put(struct replies *r, struct api_reply *reply)
{
    reply->node.next = NULL;
    *r->end = &reply->node;
    r->end = &reply->node.next;
    if (!r->told)
        eventfd_write(r->fd, 1);
    r->told = true;
}

struct api_reply *replies_take(struct replies *r)
{
    struct node *n = r->first;
    eventfd_t ignored;
    if (n == NULL)
        return NULL;
    r->first = n->next;
    if (r->first == NULL) {
        r->end = &r->first;
        eventfd_read(r->fd, &ignored);
        r->told = false;
    }
    return (struct api_reply *)n;
}
