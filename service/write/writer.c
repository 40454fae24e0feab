/* One thread, one loop: take what is queued, apply it as one transaction, hand every job back.
 *
 * The sync of one commit is the time in which the next batch gathers, so batches grow with the load by themselves:
 * one job when there is one client, hundreds when there are hundreds. */
#include "service/write/writer.h"
#include "shared/clock.h"
#include "shared/log.h"
#include "shared/metric.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_MAX 512
#define MAILBOXES_MAX 80
#define IDLE_NS INT64_C(200000000)      /* quiet for so long: upkeep */
#define PROBE_NS INT64_C(1000000000)    /* a try so often while nothing can be stored; config.probe_ns */
#define EXPIRE_NS INT64_C(600000000000) /* and every ten minutes while nothing happens */
#define UPKEEP_NS \
    INT64_C(60000000000) /* so long without upkeep: a step of it comes after each batch; config.upkeep_ns */
#define GOOD_PROBES 3    /* in a row, before changes count as stored again */
#define GOOD_PROBES_MAX 60
#define RELAPSE_NS INT64_C(600000000000) /* a fault so soon after the last one: twice as many are wanted */

struct writer {
    struct writer_config config;
    struct queue queue;
    pthread_t thread;
    bool stopped; /* the store is broken: jobs get no outcome any more */
    /* --- writer thread --- */
    struct unit *units[BATCH_MAX];
    struct job *jobs[BATCH_MAX];
    struct mailbox *woken[MAILBOXES_MAX];
    size_t n_woken;
    bool dirty;        /* something was written since the last upkeep */
    int64_t upkeep_ns; /* of the last upkeep that left nothing to do */
    int64_t probe_ns;  /* while there is a fault: when to try again */
    int64_t healed_ns; /* when the last fault ended; 0: there was none */
    int good, wanted;  /* probes that succeeded since it was seen last, and how many end it */
    /* --- any thread --- */
    _Atomic int64_t batches, settled, last_batch, last_commit_us;
    struct histogram commit_us;
    pthread_mutex_t fault_lock;
    struct err fault; /* why nothing can be stored; only the writer thread sets it */
};

/* Is this box among those to wake after the batch? */
static bool will_wake(const struct writer *w, const struct mailbox *m)
{
    for (size_t i = 0; i < w->n_woken; i++)
        if (w->woken[i] == m)
            return true;
    return false;
}

static void wake(struct mailbox *m)
{
    mailbox_wake(m);
    mailbox_leave(m);
}

static void hand_back(struct writer *w, struct job *j)
{
    struct mailbox *m = j->reply_to;
    bool known = will_wake(w, m);
    if (!known)
        mailbox_enter(m);
    mailbox_put(m, &j->node); /* from here on the job is its owner's again */
    if (!known && w->n_woken < MAILBOXES_MAX)
        w->woken[w->n_woken++] = m;
    else if (!known)
        wake(m);
}

static void wake_all(struct writer *w)
{
    for (size_t i = 0; i < w->n_woken; i++)
        wake(w->woken[i]);
    w->n_woken = 0;
}

/* Facts are counted as they end, whoever asked: some had waited for what a command has made possible. */
static void count_facts(const struct fact_writes *f)
{
    static const enum metric counters[FACT_RESULTS] = {[FACT_APPLIED] = METRIC_FACTS_APPLIED,
                                                       [FACT_PARKED] = METRIC_FACTS_EARLY,
                                                       [FACT_LATE] = METRIC_FACTS_LATE,
                                                       [FACT_SILENT] = METRIC_FACTS_REPEATED,
                                                       [FACT_DEAD] = METRIC_FACTS_DEAD};
    for (size_t r = 0; r < FACT_RESULTS; r++)
        metric_add(counters[r], (int64_t)f->outcomes[r]);
}

static void settle(struct writer *w, struct job *j)
{
    const struct unit *u = &j->unit;
    if (u->outcome == UNIT_BUSY)
        j->err = u->err;
    else if (u->outcome == UNIT_UNKNOWN || u->outcome == UNIT_OPEN)
        err_set(&j->err, ERR_OUTCOME_UNKNOWN, "the outcome is not known");
    else if (u->outcome == UNIT_REPEATED)
        metric_add(u->replay != NULL ? METRIC_WRITE_REPLAYED : METRIC_FACTS_REPEATED, 1);
    else if (u->outcome == UNIT_COMMITTED && u->plan.write == PLAN_INSERT)
        metric_add(METRIC_ORDERS_CREATED, 1);
    if (u->outcome == UNIT_COMMITTED && u->plan.facts != NULL)
        count_facts(u->plan.facts);
    hand_back(w, j);
}

/* Splits the taken list: those whose deadline passed are refused, the rest is the batch. */
static size_t sift(struct writer *w, struct node *list)
{
    int64_t now = clock_mono_ns();
    size_t n = 0;
    for (struct node *next; list != NULL; list = next) {
        next = list->next;
        struct job *j = (struct job *)list;
        if (w->stopped) {
            err_set(&j->err, ERR_OUTCOME_UNKNOWN, "the storage failed");
            hand_back(w, j);
        } else if (j->deadline_ns > 0 && now > j->deadline_ns) {
            err_set(&j->err, ERR_DEADLINE_PASSED,
                    "the change waited too long for its turn; nothing was done");
            metric_add(METRIC_WRITE_EXPIRED, 1);
            hand_back(w, j);
        } else {
            w->jobs[n] = j;
            w->units[n++] = &j->unit;
        }
    }
    return n;
}

static void account(struct writer *w, size_t n, int64_t us)
{
    atomic_fetch_add_explicit(&w->batches, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->settled, (int64_t)n, memory_order_relaxed);
    atomic_store_explicit(&w->last_batch, (int64_t)n, memory_order_relaxed);
    atomic_store_explicit(&w->last_commit_us, us, memory_order_relaxed);
    histogram_add(&w->commit_us, (uint64_t)us);
    metric_add(METRIC_WRITE_BATCHES, 1);
    metric_add(METRIC_WRITE_JOBS, (int64_t)n);
    metric_set(METRIC_WRITE_BATCH_LAST, (int64_t)n);
    metric_set(METRIC_WRITE_COMMIT_US, us);
}

/* ---- a storage that takes nothing at the moment ----
 *
 * On a disk that is nearly full one small write fits now and then, and the next fails. So a single success proves little:
 * the fault ends after some probes in a row, more of them when it came back soon after it had ended. */

static void tell_fault(struct writer *w, enum err_code code, const char *what)
{
    pthread_mutex_lock(&w->fault_lock);
    w->fault.code = code;
    if (code != ERR_NONE)
        err_set(&w->fault, code, "%s", what);
    pthread_mutex_unlock(&w->fault_lock);
}

/* Something could not be written. */
static void fault_seen(struct writer *w, enum err_code code)
{
    bool fresh = w->fault.code == ERR_NONE;
    int64_t now = clock_mono_ns();
    if (fresh) {
        bool relapse = w->healed_ns != 0 && now - w->healed_ns < RELAPSE_NS;
        int wanted = relapse ? w->wanted * 2 : GOOD_PROBES;
        w->wanted = wanted < GOOD_PROBES_MAX ? wanted : GOOD_PROBES_MAX;
    }
    w->good = 0;
    w->probe_ns = now + w->config.probe_ns;
    tell_fault(w, code, code == ERR_STORAGE_FULL ? "the disk is full" : "the database cannot be written");
    if (fresh)
        log_line(LOG_ERROR, "changes cannot be stored", LOG_S("error", w->fault.message));
}

static void probe(struct writer *w)
{
    struct err e;
    w->probe_ns = clock_mono_ns() + w->config.probe_ns;
    if (!w->config.store->ops->probe(w->config.store, &e)) {
        fault_seen(w, e.code);
        return;
    }
    w->dirty = true;
    if (w->fault.code == ERR_NONE)
        return;
    if (++w->good < w->wanted) {
        tell_fault(w, w->fault.code,
                   w->fault.code == ERR_STORAGE_FULL ? "the disk was full a moment ago"
                                                     : "the database could not be written a moment ago");
        return;
    }
    tell_fault(w, ERR_NONE, NULL);
    w->healed_ns = w->probe_ns;
    log_line(LOG_INFO, "changes are stored again");
}

/* What the batch tells about the storage. That it was busy may be due to one unit alone: that is tried at once. */
static void judge_storage(struct writer *w, size_t n)
{
    enum err_code code = ERR_NONE;
    for (size_t i = 0; i < n && code != ERR_STORAGE_FULL; i++)
        if (w->units[i]->outcome == UNIT_BUSY)
            code = w->units[i]->err.code;
    if (code == ERR_STORAGE_FULL)
        fault_seen(w, code);
    else if (code != ERR_NONE && w->fault.code == ERR_NONE)
        probe(w);
}

static void apply_batch(struct writer *w, size_t n)
{
    struct store *s = w->config.store;
    struct err e;
    int64_t before = s->ops->position(s), began = clock_mono_ns();
    bool usable = s->ops->apply(s, w->units, n, &e);
    int64_t after = s->ops->position(s);
    account(w, n, (clock_mono_ns() - began) / 1000);
    if (after != before) {
        w->dirty = true;
        metric_add(METRIC_EVENTS_WRITTEN, after - before);
        metric_set(METRIC_EVENT_POSITION, after);
        w->config.committed(w->config.ctx, after);
    }
    if (usable)
        judge_storage(w, n);
    for (size_t i = 0; i < n; i++)
        settle(w, w->jobs[i]);
    if (!usable) {
        w->stopped = true;
        log_line(LOG_ERROR, "storage failed", LOG_S("error", e.message));
        w->config.failed(w->config.ctx, &e);
    }
}

/* How long to wait for jobs. */
static int64_t patience(const struct writer *w)
{
    int64_t wait = w->dirty ? IDLE_NS : EXPIRE_NS;
    int64_t probes = w->config.probe_ns / 4;
    return w->fault.code != ERR_NONE && wait > probes ? probes : wait;
}

/* A step of upkeep, and more of them as long as nobody waits. */
static void upkeep(struct writer *w)
{
    bool more = !w->stopped;
    for (bool first = true; more && (first || queue_length(&w->queue) == 0); first = false)
        more = w->config.store->ops->upkeep(w->config.store, clock_wall_ms());
    if (!more)
        w->upkeep_ns = clock_mono_ns();
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    size_t n;
    for (;;) {
        struct node *list = queue_take_for(&w->queue, BATCH_MAX, patience(w), &n);
        if (w->fault.code != ERR_NONE && !w->stopped && clock_mono_ns() >= w->probe_ns)
            probe(w);
        if (list == NULL) {
            if (queue_closed(&w->queue))
                return NULL;
            upkeep(w);
            w->dirty = false;
            continue;
        }
        n = sift(w, list);
        if (n > 0)
            apply_batch(w, n);
        wake_all(w);
        if (clock_mono_ns() - w->upkeep_ns >= w->config.upkeep_ns)
            upkeep(w);
    }
}

struct writer *writer_start(const struct writer_config *c, struct err *ret_err)
{
    struct writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    w->config = *c;
    if (w->config.probe_ns == 0)
        w->config.probe_ns = PROBE_NS;
    if (w->config.upkeep_ns == 0)
        w->config.upkeep_ns = UPKEEP_NS;
    w->upkeep_ns = clock_mono_ns();
    w->dirty = true;
    queue_init(&w->queue, c->queue_limit);
    pthread_mutex_init(&w->fault_lock, NULL);
    metric_set(METRIC_EVENT_POSITION, c->store->ops->position(c->store));
    if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the writer's thread");
        queue_release(&w->queue);
        pthread_mutex_destroy(&w->fault_lock);
        free(w);
        return NULL;
    }
    pthread_setname_np(w->thread, "writer");
    return w;
}

bool writer_submit(struct writer *w, struct job *j, struct err *ret_err)
{
    bool closed = false;
    j->err.code = ERR_NONE;
    if (queue_put(&w->queue, &j->node, &closed))
        return true;
    if (closed)
        return err_set(ret_err, ERR_DRAINING, "the service is stopping; nothing was done");
    metric_add(METRIC_WRITE_REFUSED_FULL, 1);
    return err_set(ret_err, ERR_QUEUE_FULL, "too many changes are waiting; nothing was done");
}

void writer_stop(struct writer *w)
{
    if (w == NULL)
        return;
    queue_close(&w->queue);
    pthread_join(w->thread, NULL);
    queue_release(&w->queue);
    pthread_mutex_destroy(&w->fault_lock);
    free(w);
}

void writer_facts(struct writer *w, struct writer_facts *ret)
{
    ret->queued = queue_length(&w->queue);
    ret->queue_limit = w->config.queue_limit;
    ret->batches = atomic_load_explicit(&w->batches, memory_order_relaxed);
    ret->jobs = atomic_load_explicit(&w->settled, memory_order_relaxed);
    ret->last_batch = atomic_load_explicit(&w->last_batch, memory_order_relaxed);
    ret->last_commit_us = atomic_load_explicit(&w->last_commit_us, memory_order_relaxed);
    ret->commit_p50_us = histogram_quantile(&w->commit_us, 0.5);
    ret->commit_p99_us = histogram_quantile(&w->commit_us, 0.99);
}

bool writer_fault(struct writer *w, struct err *ret)
{
    pthread_mutex_lock(&w->fault_lock);
    *ret = w->fault;
    pthread_mutex_unlock(&w->fault_lock);
    return ret->code != ERR_NONE;
}
