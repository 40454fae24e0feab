/* Where threads meet: a bounded queue in, a mailbox back. What crosses is moved: after the call the sender must not
 * touch it again. */
#ifndef ORDERDECK_SHARED_QUEUE_H
#define ORDERDECK_SHARED_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Intrusive link: put it first in the struct that travels. */
struct node {
    struct node *next;
};

/* Bounded FIFO; many senders, one or more receivers. All functions from any thread. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct node *head, **tail;
    size_t n, max;
    size_t waiting; /* receivers asleep: only then a put signals */
    bool closed;
};

void queue_init(struct queue *q, size_t max);
void queue_release(struct queue *q); /* must be empty */
/* false: full or closed (ret_closed, may be NULL, tells which); the sender keeps the node. */
bool queue_put(struct queue *q, struct node *n, bool *ret_closed) __attribute__((warn_unused_result));
/* Waits until there is something, then takes up to `most` in order as a list. NULL: closed and empty. */
struct node *queue_take(struct queue *q, size_t most, size_t *ret_n) __attribute__((warn_unused_result));
/* The same with a limit to the waiting: NULL also when timeout_ns passed (ret_n = 0, then look at queue_closed). */
struct node *queue_take_for(struct queue *q, size_t most, int64_t timeout_ns, size_t *ret_n)
    __attribute__((warn_unused_result));
size_t queue_length(struct queue *q);
bool queue_closed(struct queue *q);
/* No more puts; receivers empty it and then get NULL. */
void queue_close(struct queue *q);

/* Unbounded list with an eventfd, for answers going back to one owner thread (what bounds it is what was asked).
 * put from any thread; take only from the owner.
 *
 * An owner that has all it waits for may release the box while its sender has put, but not woken yet. So a sender
 * whose end the owner does not wait for says enter before its first put and leave after the wake. */
struct mailbox {
    _Atomic(struct node *) head;
    _Atomic unsigned inside; /* senders between enter and leave */
    int fd;                  /* eventfd, non-blocking: readable after mailbox_wake */
};

bool mailbox_init(struct mailbox *m) __attribute__((warn_unused_result)); /* false: no descriptor left */
void mailbox_release(struct mailbox *m); /* waits for the senders inside, which is a matter of microseconds */
void mailbox_enter(struct mailbox *m);
void mailbox_leave(struct mailbox *m);               /* the sender's last touch */
void mailbox_put(struct mailbox *m, struct node *n); /* does not wake: put a batch, then wake once */
void mailbox_wake(struct mailbox *m);
/* All that arrived, oldest first (NULL: nothing); also clears the eventfd. */
struct node *mailbox_take(struct mailbox *m) __attribute__((warn_unused_result));

#endif
