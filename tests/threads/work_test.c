/* Writer, readers and mailboxes under load, with ends at any moment; for the thread sanitizer above all. */
#include "service/read/query.h"
#include "service/write/change.h"
#include "tests/support/store_kit.h"

#include <poll.h>
#include <pthread.h>

/* ---- one job and its answer ---- */

static struct node *wait_for(struct mailbox *m)
{
    struct node *n;
    while ((n = mailbox_take(m)) == NULL) {
        struct pollfd p = {.fd = m->fd, .events = POLLIN};
        poll(&p, 1, -1);
    }
    return n;
}

/* Looks again and again instead of waiting for the wake: the answer may be there before it. */
static struct node *spin_for(struct mailbox *m)
{
    struct node *n;
    while ((n = mailbox_take(m)) == NULL)
        sched_yield();
    return n;
}

static struct job *new_change(struct ulid *id, enum order_command kind)
{
    struct change_request q = {.body = "", .if_version = -1, .timezone = "UTC", .now = clock_wall_ms()};
    struct answer answer;
    struct job *j;
    if (id == NULL) {
        q.body = KIT_BODY;
        q.body_len = strlen(KIT_BODY);
        j = change_create(&q, &answer);
    } else {
        if (kind == COMMAND_CANCEL)
            q.body = "{\"reason\":\"x\"}";
        q.body_len = strlen(q.body);
        j = change_command(kind, *id, &q, &answer);
    }
    assert_non_null(j);
    return j;
}

static struct read_job *new_query(struct ulid *id)
{
    struct read_job *j = calloc(1, sizeof *j);
    struct err e;
    int64_t position;
    assert_non_null(j);
    arena_init(&j->arena, 8 << 20);
    bool ok = id != NULL ? query_order(j, *id, clock_wall_ms(), &e)
                         : query_list(j, NULL, 0, LIST_CURSOR, clock_wall_ms(), &e, &position);
    assert_true(ok);
    return j;
}

static void free_query(struct read_job *j)
{
    buf_release(&j->body);
    arena_release(&j->arena);
    free(j);
}

static void ignore_position(void *ctx, int64_t position)
{
    (void)ctx;
    (void)position;
}

static void ignore_failure(void *ctx, const struct err *e)
{
    (void)ctx;
    (void)e;
}

struct works {
    struct kit *kit;
    struct writer *writer;
    struct readers *readers;
    _Atomic int64_t created, refused;
};

static void start(struct works *w, struct kit *k, size_t limit)
{
    struct err e;
    *w = (struct works){.kit = k};
    const struct writer_config c = {
        .store = k->store, .queue_limit = limit, .committed = ignore_position, .failed = ignore_failure};
    w->writer = writer_start(&c, &e);
    w->readers = readers_start(k->store, 3, &e);
    assert_non_null(w->writer);
    assert_non_null(w->readers);
}

/* ---- a box that is released the moment its last answer is out ---- */

static void mailbox__released_at_once__nobody_touches_it(void **state)
{
    struct works w;
    struct err e;
    start(&w, *state, 10);
    for (int i = 0; i < 1500; i++) {
        struct mailbox *m = malloc(sizeof *m);
        assert_true(m != NULL && mailbox_init(m));
        if (i % 2 == 0) {
            struct job *j = new_change(NULL, COMMAND_COUNT);
            j->reply_to = m;
            assert_true(writer_submit(w.writer, j, &e));
            change_free((struct job *)spin_for(m));
        } else {
            struct read_job *j = new_query(NULL);
            j->for_console = i % 4 == 1;
            j->reply_to = m;
            assert_true(readers_submit(w.readers, j, &e));
            free_query((struct read_job *)spin_for(m));
        }
        mailbox_release(m);
        free(m);
    }
    readers_stop(w.readers);
    writer_stop(w.writer);
}

/* ---- a reader that is busy ---- */

struct gate {
    struct mailbox reached, opened;
};

static bool run_at_gate(struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    struct gate *g = j->owner;
    (void)r;
    (void)ret_err;
    mailbox_wake(&g->reached);
    struct pollfd p = {.fd = g->opened.fd, .events = POLLIN};
    while (poll(&p, 1, -1) != 1)
        ;
    return true;
}

static bool run_never(struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    (void)j;
    (void)r;
    (void)ret_err;
    abort();
}

/* A query whose time has passed while others ran is answered and not begun; one that is not late is. */
static void reader__waited_too_long__is_not_begun(void **state)
{
    struct kit *k = *state;
    struct err e;
    struct gate g;
    struct mailbox m;
    struct readers *readers = readers_start(k->store, 2, &e); /* one of them for the console */
    struct read_job *busy = new_query(NULL), *late = new_query(NULL), *next = new_query(NULL);
    assert_true(readers != NULL && mailbox_init(&m) && mailbox_init(&g.reached) && mailbox_init(&g.opened));
    busy->reply_to = late->reply_to = next->reply_to = &m;
    busy->run = run_at_gate;
    busy->owner = &g;
    late->run = run_never;
    assert_true(readers_submit(readers, busy, &e));
    struct pollfd p = {.fd = g.reached.fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, -1), 1);
    assert_true(readers_submit(readers, late, &e));
    late->due_ns = 1;
    assert_true(readers_submit(readers, next, &e));
    mailbox_wake(&g.opened);
    readers_stop(readers);
    assert_int_equal(busy->err.code, ERR_NONE);
    assert_int_equal(late->err.code, ERR_QUERY_TIMEOUT);
    assert_int_equal(next->err.code, ERR_NONE);
    assert_true(next->body.len > 0);
    while (mailbox_take(&m) != NULL)
        ;
    struct mailbox *boxes[] = {&m, &g.reached, &g.opened};
    struct read_job *jobs[] = {busy, late, next};
    for (int i = 0; i < 3; i++) {
        mailbox_release(boxes[i]);
        free_query(jobs[i]);
    }
}

/* ---- many at once ---- */

#define CHANGES 60

static void read_back(struct works *w, struct mailbox *m, struct ulid id)
{
    struct err e;
    struct read_job *q = new_query(&id);
    q->reply_to = m;
    if (!readers_submit(w->readers, q, &e)) {
        free_query(q);
        return;
    }
    q = (struct read_job *)wait_for(m);
    if (q->err.code != ERR_NONE) /* what was answered is visible from that moment on */
        abort();
    free_query(q);
}

static void *produce(void *arg)
{
    static const enum order_command next[] = {COMMAND_VALIDATE, COMMAND_CANCEL, COMMAND_HOLD};
    struct works *w = arg;
    struct mailbox m;
    struct ulid id = {0};
    struct err e;
    bool have = false;
    if (!mailbox_init(&m))
        abort();
    for (int i = 0; i < CHANGES; i++) {
        struct job *j = new_change(have && i % 3 != 0 ? &id : NULL, next[i % 2]);
        j->reply_to = &m;
        if (!writer_submit(w->writer, j, &e)) {
            atomic_fetch_add(&w->refused, 1);
            change_free(j);
            continue;
        }
        j = (struct job *)wait_for(&m);
        if (j->err.code != ERR_NONE || j->unit.outcome != UNIT_COMMITTED)
            abort();
        if (j->unit.plan.write == PLAN_INSERT) {
            atomic_fetch_add(&w->created, 1);
            id = j->unit.plan.order.id;
            have = true;
        }
        change_free(j);
        read_back(w, &m, id);
    }
    mailbox_release(&m);
    return NULL;
}

/* A lane's own reader: snapshots of the moment, never older than an answer seen before. */
static void *look(void *arg)
{
    struct works *w = arg;
    struct store *s = w->kit->store;
    struct err e;
    struct store_reader *r = s->ops->reader_open(s, &e);
    struct store_stats stats;
    int64_t last = 0, position;
    for (int i = 0; r != NULL && i < 200; i++) {
        int64_t committed = s->ops->position(s);
        if (!s->ops->begin(r, 0, &position, &e) || position < last || position < committed ||
            !s->ops->stats(r, clock_wall_ms(), &stats, &e))
            abort();
        last = position;
        if (i % 3 == 0)
            s->ops->end(r);
        if (i % 50 == 0 && !s->ops->check(s, &e))
            abort();
    }
    s->ops->end(r);
    s->ops->reader_close(r);
    return NULL;
}

static void work__many_threads__ends_clean(void **state)
{
    struct works w;
    pthread_t threads[6];
    start(&w, *state, 4); /* small: some are refused */
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i < 4 ? produce : look, &w), 0);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    readers_stop(w.readers);
    writer_stop(w.writer);
    assert_int_equal(atomic_load(&w.created), kit_number(w.kit->path, "SELECT count(*) FROM orders"));
    kit_close(w.kit);
    assert_null(kit_audit(w.kit->path));
}

/* ---- the end at any moment: what was taken in is settled ---- */

static void end_at_once(struct kit *k, int jobs)
{
    struct works w;
    struct mailbox changes, queries;
    struct err e;
    int submitted = 0, settled = 0, asked = 0, answered = 0;
    start(&w, k, 1000);
    assert_true(mailbox_init(&changes) && mailbox_init(&queries));
    for (int i = 0; i < jobs; i++) {
        struct job *j = new_change(NULL, COMMAND_COUNT);
        j->reply_to = &changes;
        submitted += writer_submit(w.writer, j, &e);
        struct read_job *q = new_query(NULL);
        q->reply_to = &queries;
        q->for_console = i % 2 == 0;
        asked += readers_submit(w.readers, q, &e);
    }
    readers_stop(w.readers);
    writer_stop(w.writer);
    for (struct node *n = mailbox_take(&changes), *next; n != NULL; n = next, settled++) {
        next = n->next;
        assert_int_equal(((struct job *)n)->unit.outcome, UNIT_COMMITTED);
        change_free((struct job *)n);
    }
    for (struct node *n = mailbox_take(&queries), *next; n != NULL; n = next, answered++) {
        next = n->next;
        assert_int_equal(((struct read_job *)n)->err.code, ERR_NONE);
        free_query((struct read_job *)n);
    }
    assert_int_equal(submitted, jobs);
    assert_int_equal(settled, jobs);
    assert_int_equal(answered, asked);
    mailbox_release(&changes);
    mailbox_release(&queries);
}

static void stop__at_any_moment__all_is_settled(void **state)
{
    struct kit *k = *state;
    for (int round = 0; round < 25; round++)
        end_at_once(k, (int)kit_draw(k, 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(mailbox__released_at_once__nobody_touches_it),
        KIT_TEST(reader__waited_too_long__is_not_begun),
        KIT_TEST(work__many_threads__ends_clean),
        KIT_TEST(stop__at_any_moment__all_is_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
