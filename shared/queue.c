#include "shared/queue.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

void queue_init(struct queue *q, size_t max)
{
    *q = (struct queue){.max = max};
    q->tail = &q->head;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&q->lock, NULL);
}

void queue_release(struct queue *q)
{
    assert(q->head == NULL);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
}

bool queue_put(struct queue *q, struct node *n, bool *ret_closed)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed, taken = !closed && q->n < q->max;
    if (taken) {
        n->next = NULL;
        *q->tail = n;
        q->tail = &n->next;
        q->n++;
        if (q->waiting != 0)
            pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    if (ret_closed != NULL)
        *ret_closed = closed;
    return taken;
}

/* Cuts up to `most` nodes off the front; the lock is held. */
static struct node *cut(struct queue *q, size_t most, size_t *ret_n)
{
    struct node *first = q->head;
    *ret_n = 0;
    if (first == NULL || most == 0)
        return NULL;
    if (most >= q->n) { /* all of it, without a walk */
        *ret_n = q->n;
        q->head = NULL;
        q->tail = &q->head;
        q->n = 0;
        return first;
    }
    struct node *last = first;
    for (size_t i = 1; i < most; i++)
        last = last->next;
    q->head = last->next;
    last->next = NULL;
    q->n -= most;
    *ret_n = most;
    return first;
}

/* Waits until there is something, the queue is closed or the time has come; NULL: no time. The lock is held. */
static void wait_filled(struct queue *q, const struct timespec *until)
{
    int failed = 0;
    q->waiting++;
    while (q->head == NULL && !q->closed && failed == 0)
        failed = until == NULL ? pthread_cond_wait(&q->filled, &q->lock)
                               : pthread_cond_timedwait(&q->filled, &q->lock, until);
    q->waiting--;
}

static struct node *take(struct queue *q, size_t most, const struct timespec *until, size_t *ret_n)
{
    pthread_mutex_lock(&q->lock);
    if (q->head == NULL && !q->closed)
        wait_filled(q, until);
    struct node *list = cut(q, most, ret_n);
    pthread_mutex_unlock(&q->lock);
    return list;
}

struct node *queue_take(struct queue *q, size_t most, size_t *ret_n)
{
    return take(q, most, NULL, ret_n);
}

struct node *queue_take_for(struct queue *q, size_t most, int64_t timeout_ns, size_t *ret_n)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + (timeout_ns > 0 ? timeout_ns : 0) % SECOND;
    until.tv_sec += (time_t)((timeout_ns > 0 ? timeout_ns : 0) / SECOND + nanoseconds / SECOND);
    until.tv_nsec = (long)(nanoseconds % SECOND);
    return take(q, most, &until, ret_n);
}

size_t queue_length(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->n;
    pthread_mutex_unlock(&q->lock);
    return n;
}

bool queue_closed(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

bool mailbox_init(struct mailbox *m)
{
    atomic_init(&m->head, NULL);
    atomic_init(&m->inside, 0);
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return m->fd >= 0;
}

void mailbox_enter(struct mailbox *m)
{
    atomic_fetch_add_explicit(&m->inside, 1, memory_order_relaxed);
}

void mailbox_leave(struct mailbox *m)
{
    atomic_fetch_sub_explicit(&m->inside, 1, memory_order_release);
}

void mailbox_release(struct mailbox *m)
{
    while (atomic_load_explicit(&m->inside, memory_order_acquire) != 0)
        sched_yield();
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}

void mailbox_put(struct mailbox *m, struct node *n)
{
    struct node *head = atomic_load_explicit(&m->head, memory_order_relaxed);
    do {
        n->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&m->head, &head, n, memory_order_release,
                                                    memory_order_relaxed));
}

void mailbox_wake(struct mailbox *m)
{
    while (eventfd_write(m->fd, 1) < 0 && errno == EINTR)
        continue;
}

struct node *mailbox_take(struct mailbox *m)
{
    /* The wake-up is cleared before the list is taken: what comes between them wakes again. */
    eventfd_t count;
    while (eventfd_read(m->fd, &count) < 0 && errno == EINTR)
        continue;
    struct node *newest = atomic_exchange_explicit(&m->head, NULL, memory_order_acquire);
    struct node *oldest = NULL;
    while (newest != NULL) {
        struct node *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}
