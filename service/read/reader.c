#include "service/read/reader.h"
#include "shared/clock.h"
#include "shared/metric.h"

#include <pthread.h>
#include <stdlib.h>

#define QUEUE_MAX 4096

struct reader {
    struct readers *all;
    struct queue *queue;
    struct store_reader *handle; /* this thread's alone */
    pthread_t thread;
};

struct readers {
    struct store *store;
    struct queue shared, console;
    int n, started;
    struct reader reader[];
};

static void answer(struct reader *r, struct read_job *j)
{
    struct store_reader *h = r->handle;
    const struct store_ops *ops = h->ops;
    int64_t now = clock_mono_ns();
    if (j->due_ns != 0 && now > j->due_ns) {
        err_set(&j->err, ERR_QUERY_TIMEOUT, "other queries took too long, this one was not begun");
    } else {
        if (ops->begin(h, now + READ_DEADLINE_NS, &j->position, &j->err) && j->run(j, h, &j->err))
            j->err.code = ERR_NONE;
        ops->end(h);
    }
    metric_add(METRIC_QUERIES, 1);
    if (j->err.code == ERR_QUERY_TIMEOUT)
        metric_add(METRIC_QUERY_TIMEOUTS, 1);
    if (j->err.code == ERR_NONE && j->body.failed)
        err_set(&j->err, ERR_STORAGE_BUSY, "the answer is too large");
    struct mailbox *to = j->reply_to;
    mailbox_enter(to);
    mailbox_put(to, &j->node); /* the job is its owner's again */
    mailbox_wake(to);
    mailbox_leave(to);
}

static void *reader_main(void *arg)
{
    struct reader *r = arg;
    size_t n;
    for (struct node *one; (one = queue_take(r->queue, 1, &n)) != NULL;)
        answer(r, (struct read_job *)one);
    return NULL;
}

static bool start_one(struct readers *all, int i, struct err *ret_err)
{
    struct reader *r = &all->reader[i];
    r->all = all;
    r->queue = i == 0 ? &all->console : &all->shared;
    r->handle = all->store->ops->reader_open(all->store, ret_err);
    if (r->handle == NULL)
        return false;
    if (pthread_create(&r->thread, NULL, reader_main, r) != 0) {
        r->handle->ops->reader_close(r->handle);
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot start a reader's thread");
    }
    pthread_setname_np(r->thread, i == 0 ? "reader-console" : "reader");
    all->started++;
    return true;
}

struct readers *readers_start(struct store *s, int threads, struct err *ret_err)
{
    struct readers *all = calloc(1, sizeof *all + (size_t)threads * sizeof all->reader[0]);
    if (all == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    all->store = s;
    all->n = threads;
    queue_init(&all->shared, QUEUE_MAX);
    queue_init(&all->console, QUEUE_MAX);
    for (int i = 0; i < threads; i++)
        if (!start_one(all, i, ret_err)) {
            readers_stop(all);
            return NULL;
        }
    return all;
}

bool readers_submit(struct readers *all, struct read_job *j, struct err *ret_err)
{
    bool closed = false;
    j->err.code = ERR_NONE;
    j->due_ns = j->for_console ? 0 : clock_mono_ns() + READ_DEADLINE_NS;
    if (queue_put(j->for_console ? &all->console : &all->shared, &j->node, &closed))
        return true;
    return closed ? err_set(ret_err, ERR_DRAINING, "the service is stopping")
                  : err_set(ret_err, ERR_QUEUE_FULL, "too many queries are waiting");
}

void readers_stop(struct readers *all)
{
    if (all == NULL)
        return;
    queue_close(&all->shared);
    queue_close(&all->console);
    for (int i = 0; i < all->started; i++) {
        pthread_join(all->reader[i].thread, NULL);
        all->reader[i].handle->ops->reader_close(all->reader[i].handle);
    }
    queue_release(&all->shared);
    queue_release(&all->console);
    free(all);
}
