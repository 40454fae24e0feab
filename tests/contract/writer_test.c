/* The writer: every job settled once, with its true outcome, whatever happens meanwhile. */
#include "service/write/change.h"
#include "service/write/fact_job.h"
#include "shared/metric.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/store_kit.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <unistd.h>

/* ---- a store that waits at a gate before each apply, so that a test decides what gathers meanwhile ---- */

struct gate {
    struct store base;
    struct store *inner;
    struct store_ops ops;
    sem_t arrived, open;
    _Atomic int upkeeps;
};

static bool gate_apply(struct store *s, struct unit *const units[], size_t n, struct err *ret_err)
{
    struct gate *g = (struct gate *)s;
    sem_post(&g->arrived);
    while (sem_wait(&g->open) != 0)
        continue;
    return g->inner->ops->apply(g->inner, units, n, ret_err);
}

static bool gate_upkeep(struct store *s, int64_t now)
{
    struct gate *g = (struct gate *)s;
    g->upkeeps++;
    return g->inner->ops->upkeep(g->inner, now);
}

static int64_t gate_position(struct store *s)
{
    struct gate *g = (struct gate *)s;
    return g->inner->ops->position(g->inner);
}

static void gate_init(struct gate *g, struct store *inner)
{
    g->inner = inner;
    g->ops = (struct store_ops){
        .name = "gate", .apply = gate_apply, .upkeep = gate_upkeep, .position = gate_position};
    g->base.ops = &g->ops;
    sem_init(&g->arrived, 0, 0);
    sem_init(&g->open, 0, 0);
}

static void wait_sem(sem_t *s)
{
    while (sem_wait(s) != 0)
        continue;
}

/* ---- a writer under test ---- */

struct bench {
    struct kit *kit;
    struct gate gate;
    struct writer *writer;
    struct mailbox mail;
    int64_t told; /* last position that committed was called with */
    int failed, early;
};

static void committed(void *ctx, int64_t position)
{
    struct bench *b = ctx;
    b->early += position <= b->told;
    b->told = position;
}

static void failed(void *ctx, const struct err *e)
{
    struct bench *b = ctx;
    b->failed += e->code == ERR_OUTCOME_UNKNOWN;
}

static struct bench *bench_new_with(struct kit *k, size_t limit, bool gated, struct writer_config c)
{
    struct bench *b = calloc(1, sizeof *b);
    struct err e;
    assert_non_null(b);
    b->kit = k;
    assert_true(mailbox_init(&b->mail));
    gate_init(&b->gate, k->store);
    c.store = gated ? &b->gate.base : k->store;
    c.queue_limit = limit;
    c.committed = committed;
    c.failed = failed;
    c.ctx = b;
    b->writer = writer_start(&c, &e);
    assert_non_null(b->writer);
    return b;
}

static struct bench *bench_new(struct kit *k, size_t limit, bool gated)
{
    return bench_new_with(k, limit, gated, (struct writer_config){.store = NULL});
}

static void bench_free(struct bench *b)
{
    writer_stop(b->writer);
    mailbox_release(&b->mail);
    sem_destroy(&b->gate.arrived);
    sem_destroy(&b->gate.open);
    free(b);
}

static struct job *new_job(struct bench *b, const char *key)
{
    struct change_request q = {
        .body = KIT_BODY, .body_len = strlen(KIT_BODY), .if_version = -1, .timezone = "UTC"};
    struct answer answer;
    q.now = KIT_NOW;
    if (key != NULL) {
        q.claim = (struct claim){.wanted = true, .now = KIT_NOW};
        digest_sha256(key, strlen(key), q.claim.key);
    }
    struct job *j = change_create(&q, &answer);
    assert_non_null(j);
    j->reply_to = &b->mail;
    return j;
}

static void submit(struct bench *b, struct job *j)
{
    struct err e;
    if (!writer_submit(b->writer, j, &e))
        fail_msg("%s", e.message);
}

/* Waits until n jobs are back; fills them in order of arrival. */
static void take(struct bench *b, struct job **jobs, size_t n)
{
    for (size_t got = 0; got < n;) {
        struct pollfd p = {.fd = b->mail.fd, .events = POLLIN};
        struct node *list = mailbox_take(&b->mail);
        if (list == NULL)
            poll(&p, 1, -1);
        for (struct node *next; list != NULL; list = next) {
            next = list->next;
            assert_true(got < n);
            jobs[got++] = (struct job *)list;
        }
    }
}

static struct job *take_one(struct bench *b)
{
    struct job *j;
    take(b, &j, 1);
    return j;
}

static void end_answered(struct job *j, int status, enum err_code code)
{
    struct answer answer;
    assert_true(change_answer(j, KIT_NOW, &answer));
    assert_int_equal(answer.status, status);
    assert_int_equal(answer.code, code);
    answer_release(&answer);
    change_free(j);
}

/* ---- tests ---- */

static void job__submitted__is_answered_and_told(void **state)
{
    struct bench *b = bench_new(*state, 10, false);
    struct job *j = new_job(b, NULL);
    j->owner = &j;
    submit(b, j);
    assert_ptr_equal(take_one(b), j);
    assert_ptr_equal(j->owner, &j);
    assert_int_equal(b->told, 1);
    struct order o;
    assert_true(kit_get(b->kit, j->unit.plan.order.id, &o));
    end_answered(j, 201, ERR_NONE);
    struct writer_facts f;
    writer_facts(b->writer, &f);
    assert_int_equal(f.jobs, 1);
    assert_int_equal(f.batches, 1);
    assert_int_equal(f.queued, 0);
    bench_free(b);
}

static void job__deadline_passed_in_the_queue__nothing_is_done(void **state)
{
    struct bench *b = bench_new(*state, 10, true);
    struct job *first = new_job(b, NULL), *late = new_job(b, NULL), *last = new_job(b, NULL);
    submit(b, first);
    wait_sem(&b->gate.arrived); /* taken: the others wait in the queue */
    late->deadline_ns = 1;
    last->deadline_ns = clock_mono_ns() + INT64_C(3600000000000);
    submit(b, late);
    submit(b, last);
    sem_post(&b->gate.open);
    sem_post(&b->gate.open);
    struct job *jobs[3];
    take(b, jobs, 3);
    end_answered(first, 201, ERR_NONE);
    end_answered(late, 503, ERR_DEADLINE_PASSED);
    end_answered(last, 201, ERR_NONE);
    assert_int_equal(kit_check_events(b->kit), 2);
    bench_free(b);
}

/* Once taken, a job gets its true outcome, however late that is. */
static void job__deadline_passes_after_it_is_taken__is_committed(void **state)
{
    struct bench *b = bench_new(*state, 10, true);
    struct job *j = new_job(b, NULL);
    j->deadline_ns = clock_mono_ns() + INT64_C(30000000000);
    submit(b, j);
    wait_sem(&b->gate.arrived);
    j->deadline_ns = 1; /* the clock moves on */
    sem_post(&b->gate.open);
    end_answered(take_one(b), 201, ERR_NONE);
    bench_free(b);
}

static void submit__queue_full__refuses_and_leaves_the_job(void **state)
{
    struct bench *b = bench_new(*state, 3, true);
    struct job *one_more = new_job(b, NULL), *jobs[4];
    struct err e;
    submit(b, new_job(b, NULL));
    wait_sem(&b->gate.arrived);
    for (int i = 0; i < 3; i++)
        submit(b, new_job(b, NULL));
    assert_false(writer_submit(b->writer, one_more, &e));
    assert_int_equal(e.code, ERR_QUEUE_FULL);
    one_more->err = e;
    end_answered(one_more, 503, ERR_QUEUE_FULL);
    sem_post(&b->gate.open);
    sem_post(&b->gate.open);
    take(b, jobs, 4);
    for (int i = 0; i < 4; i++)
        end_answered(jobs[i], 201, ERR_NONE);
    assert_int_equal(b->early, 0);
    bench_free(b);
}

static void *stop_writer(void *arg)
{
    writer_stop(arg);
    return NULL;
}

static void stop__with_jobs_waiting__settles_each_once(void **state)
{
    enum { JOBS = 700 };
    struct bench *b = bench_new(*state, JOBS, true); /* one is taken: room for one more */
    static struct job *jobs[JOBS + 1];
    pthread_t stopper;
    struct err e;
    size_t n = JOBS;
    submit(b, new_job(b, NULL));
    wait_sem(&b->gate.arrived);
    for (int i = 1; i < JOBS; i++)
        submit(b, new_job(b, NULL));
    assert_int_equal(pthread_create(&stopper, NULL, stop_writer, b->writer), 0);
    struct job *one_more = new_job(b, NULL);
    bool taken = writer_submit(b->writer, one_more, &e); /* before the stop or after it: one of both */
    for (int i = 0; i < 10; i++)
        sem_post(&b->gate.open);
    pthread_join(stopper, NULL);
    b->writer = NULL;
    if (!taken) {
        assert_int_equal(e.code, ERR_DRAINING);
        one_more->err = e;
        end_answered(one_more, 503, ERR_DRAINING);
    }
    n += taken;
    take(b, jobs, n);
    for (size_t i = 0; i < n; i++)
        end_answered(jobs[i], 201, ERR_NONE);
    bench_free(b);
}

static void job__same_key_while_the_first_waits__one_order(void **state)
{
    struct bench *b = bench_new(*state, 10, true);
    struct job *jobs[4];
    submit(b, new_job(b, NULL));
    wait_sem(&b->gate.arrived);
    for (int i = 0; i < 3; i++)
        submit(b, new_job(b, "key"));
    sem_post(&b->gate.open);
    sem_post(&b->gate.open);
    take(b, jobs, 4);
    int repeated = 0;
    for (int i = 0; i < 4; i++) {
        repeated += jobs[i]->unit.outcome == UNIT_REPEATED;
        end_answered(jobs[i], 201, ERR_NONE);
    }
    assert_int_equal(repeated, 2);
    assert_int_equal(kit_check_events(b->kit), 2);
    bench_free(b);
}

/* ---- what is counted of facts ---- */

static const struct record source = {.topic = "wms.test"};
static const enum metric fact_metrics[] = {METRIC_FACTS_APPLIED, METRIC_FACTS_EARLY, METRIC_FACTS_LATE,
                                           METRIC_FACTS_REPEATED, METRIC_FACTS_DEAD};

static void end_fact(struct bench *b, struct job *j)
{
    assert_non_null(j);
    j->reply_to = &b->mail;
    submit(b, j);
    assert_ptr_equal(take_one(b), j);
    assert_true(fact_job_settled(j, NULL));
    fact_job_free(j);
}

static void tell(struct bench *b, const char *id, enum fact_kind kind, struct ulid order)
{
    struct fact f = {.kind = kind,
                     .order_id = order,
                     .time = KIT_NOW,
                     .wave_id = "W",
                     .tracking_number = "T",
                     .carrier = "C",
                     .source = "/wms"};
    const struct fact_set set = {.facts = &f, .n = 1, .source = "/wms", .id = id};
    end_fact(b, fact_job(&set, 0, &source, KIT_NOW));
}

static void command(struct bench *b, enum order_command kind, struct ulid order)
{
    const struct change_request q = {
        .body = "{\"reason\":\"r\"}", .body_len = 14, .if_version = -1, .now = KIT_NOW};
    struct answer answer;
    struct job *j = change_command(kind, order, &q, &answer);
    assert_non_null(j);
    j->reply_to = &b->mail;
    submit(b, j);
    end_answered(take_one(b), 200, ERR_NONE);
}

/* In the order of fact_metrics. */
static void expect_counts(const int64_t expected[5])
{
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(metric_get(fact_metrics[i]), expected[i]);
}

static void facts__came_early__are_counted_once_as_they_end(void **state)
{
    struct kit *k = *state;
    struct ulid moved = kit_order_at(k, KIT_BODY, STATUS_RECEIVED),
                cancelled = kit_order_at(k, KIT_BODY, STATUS_RECEIVED),
                stuck = kit_order_at(k, KIT_BODY, STATUS_RECEIVED);
    struct bench *b = bench_new(k, 10, false);
    for (size_t i = 0; i < 5; i++)
        metric_set(fact_metrics[i], 0);
    metric_set(METRIC_WRITE_REPLAYED, 0);
    tell(b, "1", FACT_WAVE_ADDED, moved);
    tell(b, "2", FACT_PACKED, cancelled);
    tell(b, "3", FACT_SHIPPED, stuck);
    tell(b, "4", FACT_DELIVERED, stuck);
    expect_counts((const int64_t[]){0, 4, 0, 0, 0});
    tell(b, "1", FACT_WAVE_ADDED, moved);
    expect_counts((const int64_t[]){0, 4, 0, 1, 0});
    assert_int_equal(metric_get(METRIC_WRITE_REPLAYED), 0); /* the inbox is no idempotency record */
    command(b, COMMAND_VALIDATE, moved);
    expect_counts((const int64_t[]){1, 4, 0, 1, 0});
    command(b, COMMAND_CANCEL, cancelled);
    expect_counts((const int64_t[]){1, 4, 1, 1, 0});
    end_fact(b, fact_job_due(stuck, KIT_NOW + FACT_PATIENCE_MS));
    expect_counts((const int64_t[]){1, 4, 1, 1, 2});
    tell(b, "5", FACT_WAVE_CANCELLED, cancelled);
    expect_counts((const int64_t[]){1, 4, 2, 1, 2});
    assert_int_equal(metric_get(METRIC_FACTS_PARKED), 0);
    bench_free(b);
}

/* ---- a disk that is full, or nearly ---- */

static void fill_disk(bool full)
{
    crash_vfs_fail(CRASH_WRITE, "-wal", 1, full ? -1 : 0, full ? SQLITE_FULL : SQLITE_OK);
}

static void expect_change(struct bench *b, int status, enum err_code code)
{
    submit(b, new_job(b, NULL));
    end_answered(take_one(b), status, code);
}

static void expect_full(struct bench *b)
{
    struct err fault;
    assert_true(writer_fault(b->writer, &fault));
    assert_int_equal(fault.code, ERR_STORAGE_FULL);
}

/* Until the writer calls the storage good again, with nobody asking; returns how often it was synced for that. */
static int64_t heal(struct bench *b)
{
    struct err fault;
    int64_t before = crash_vfs_count(CRASH_SYNC);
    for (int ms = 0; ms < 20000 && writer_fault(b->writer, &fault); ms++)
        usleep(1000);
    assert_false(writer_fault(b->writer, &fault));
    return crash_vfs_count(CRASH_SYNC) - before;
}

static struct bench *bench_on_full_disk(struct kit *k, int64_t probe_ns)
{
    crash_vfs_register(false);
    crash_vfs_reset(false);
    kit_open_with(k, &(struct sqlite_options){.vfs = CRASH_VFS});
    struct bench *b = bench_new_with(k, 10, false, (struct writer_config){.probe_ns = probe_ns});
    expect_change(b, 201, ERR_NONE);
    fill_disk(true);
    expect_change(b, 503, ERR_STORAGE_FULL);
    expect_full(b);
    return b;
}

static void storage__is_full__is_known_until_tries_succeed(void **state)
{
    struct kit *k = *state;
    struct bench *b = bench_on_full_disk(k, 20000000);
    for (int64_t tried = crash_vfs_count(CRASH_WRITE); crash_vfs_count(CRASH_WRITE) < tried + 2;)
        usleep(1000);
    expect_full(b); /* it was tried meanwhile, in vain */
    fill_disk(false);
    assert_true(heal(b) >= 3);
    for (int wanted = 6; wanted <= 12; wanted *= 2) { /* a fault that comes back soon ends later */
        fill_disk(true);
        expect_change(b, 503, ERR_STORAGE_FULL);
        fill_disk(false);
        assert_true(heal(b) >= wanted);
    }
    expect_change(b, 201, ERR_NONE);
    bench_free(b);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* What fits between two failures does not make it good. */
static void storage__takes_something_now_and_then__is_not_called_good(void **state)
{
    struct kit *k = *state;
    struct bench *b = bench_on_full_disk(k, INT64_C(60000000000)); /* no try of its own interferes */
    for (int i = 0; i < 5; i++) {
        fill_disk(false);
        expect_change(b, 201, ERR_NONE);
        expect_full(b);
        fill_disk(true);
        expect_change(b, 503, ERR_STORAGE_FULL);
        expect_full(b);
    }
    bench_free(b);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* Changes that keep coming leave no idle moment; upkeep then comes between two batches. */
static void upkeep__changes_keep_coming__is_done_nevertheless(void **state)
{
    struct bench *b = bench_new_with(*state, 10, true, (struct writer_config){.upkeep_ns = 1});
    for (int i = 0; i < 500 && b->gate.upkeeps == 0; i++) {
        sem_post(&b->gate.open);
        expect_change(b, 201, ERR_NONE);
    }
    assert_true(b->gate.upkeeps > 0);
    bench_free(b);
}

static void storage__fails__no_job_is_answered_any_more(void **state)
{
    struct kit *k = *state;
    struct answer answer;
    crash_vfs_register(false);
    crash_vfs_reset(false);
    kit_open_with(k, &(struct sqlite_options){.vfs = CRASH_VFS});
    struct bench *b = bench_new(k, 10, false);
    submit(b, new_job(b, NULL));
    end_answered(take_one(b), 201, ERR_NONE);
    crash_vfs_fail(CRASH_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC);
    for (int i = 0; i < 3; i++) {
        struct job *j = new_job(b, NULL);
        submit(b, j);
        assert_ptr_equal(take_one(b), j);
        assert_int_equal(j->err.code, ERR_OUTCOME_UNKNOWN);
        assert_false(change_answer(j, KIT_NOW, &answer));
        change_free(j);
    }
    writer_stop(b->writer);
    b->writer = NULL;
    assert_int_equal(b->failed, 1);
    bench_free(b);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(job__submitted__is_answered_and_told),
        KIT_TEST(job__deadline_passed_in_the_queue__nothing_is_done),
        KIT_TEST(job__deadline_passes_after_it_is_taken__is_committed),
        KIT_TEST(submit__queue_full__refuses_and_leaves_the_job),
        KIT_TEST(stop__with_jobs_waiting__settles_each_once),
        KIT_TEST(job__same_key_while_the_first_waits__one_order),
        KIT_TEST(upkeep__changes_keep_coming__is_done_nevertheless),
        KIT_TEST(facts__came_early__are_counted_once_as_they_end),
        KIT_FOLDER_TEST(storage__is_full__is_known_until_tries_succeed),
        KIT_FOLDER_TEST(storage__takes_something_now_and_then__is_not_called_good),
        KIT_FOLDER_TEST(storage__fails__no_job_is_answered_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
