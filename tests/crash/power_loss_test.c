/* The power goes at any moment, many times: what was answered is there afterwards, whole, and nothing is half there.
 *
 * A child process works over the crash VFS and reports each answer through a pipe the moment it has it; the cut ends
 * it. The parent then opens the file with plain SQLite. The same with less than synchronous=FULL must show a loss:
 * that proves that the test can see one. */
#include "service/service.h"
#include "service/write/change.h"
#include "shared/log.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/store_kit.h"
#include "tests/support/wire.h"

#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child frees more than it keeps, and a hundred of them end: what the sanitizer would hold back of it costs more
 * than the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=4";
}

#define PRODUCERS 8
#define ACKS_MAX 200000

/* One answer that somebody was given. */
struct ack {
    struct ulid id;
    int64_t version;
    int64_t key; /* number of the idempotency key, -1: none */
};

struct round {
    const char *path, *synchronous;
    uint64_t seed;
    int64_t cut_at;
    int ack_fd;
};

static void report(const struct round *r, struct ulid id, int64_t version, int64_t key)
{
    const struct ack a = {.id = id, .version = version, .key = key};
    if (write(r->ack_fd, &a, sizeof a) != (ssize_t)sizeof a)
        _exit(1);
}

static void name_key(const struct round *r, int64_t key, char out[40])
{
    snprintf(out, 40, "key %llu %lld", (unsigned long long)r->seed, (long long)key);
}

/* ---- child 1: apply alone, in one thread: every moment of a commit, a checkpoint and a restart of the log ---- */

static struct kit_unit *next_unit(struct kit *k, const struct round *r, struct ulid *known, size_t n,
                                  int64_t key)
{
    char text[40];
    if (n > 0 && kit_draw(k, 3) == 0)
        return kit_command((enum order_command)kit_draw(k, COMMAND_COUNT), known[kit_draw(k, n)]);
    struct kit_unit *u = kit_create(KIT_BODY);
    name_key(r, key, text);
    kit_claim(u, text, "request", KIT_NOW);
    return u;
}

static void apply_some(struct kit *k, const struct round *r, struct ulid *known, size_t *n, int64_t *key)
{
    struct kit_unit *units[16];
    size_t count = 1 + kit_draw(k, 16);
    int64_t first = *key;
    for (size_t i = 0; i < count; i++)
        units[i] = next_unit(k, r, known, *n, (*key)++);
    if (!kit_apply(k, units, count))
        _exit(2);
    for (size_t i = 0; i < count; i++) {
        const struct plan *p = &units[i]->unit.plan;
        if (units[i]->unit.outcome != UNIT_COMMITTED)
            _exit(3);
        if (p->write == PLAN_INSERT && *n < 1000)
            known[(*n)++] = p->order.id;
        report(r, p->order.id, p->order.version, units[i]->unit.claim.wanted ? first + (int64_t)i : -1);
        kit_unit_free(units[i]);
    }
}

static void run_apply(struct kit *k, const struct round *r)
{
    struct ulid known[1000];
    size_t n = 0;
    int64_t key = 0;
    crash_vfs_cut_at(r->cut_at, r->seed);
    const struct sqlite_options options = {
        .vfs = CRASH_VFS, .synchronous = r->synchronous, .log_frames = 100};
    kit_open_with(k, &options);
    for (;;) {
        apply_some(k, r, known, &n, &key);
        if (kit_draw(k, 4) == 0)
            kit_end(k);
        if (kit_draw(k, 8) == 0)
            kit_begin(k); /* a reader that stays makes the checkpoint stop half-way */
        if (kit_draw(k, 12) == 0)
            while (k->store->ops->upkeep(k->store, KIT_NOW))
                ;
        if (kit_draw(k, 60) == 0) { /* the last connection takes the log with it */
            kit_close(k);
            kit_open_with(k, &options);
        }
    }
}

/* ---- child 2: the writer with producers ---- */

struct producer {
    const struct round *round;
    struct writer *writer;
    struct mailbox mail;
    int number;
};

static struct job *wait_for(struct mailbox *m)
{
    struct node *n;
    while ((n = mailbox_take(m)) == NULL) {
        struct pollfd p = {.fd = m->fd, .events = POLLIN};
        poll(&p, 1, -1);
    }
    return (struct job *)n;
}

static void *produce(void *arg)
{
    struct producer *p = arg;
    struct answer answer;
    struct err e;
    char text[40];
    for (int64_t key = p->number;; key += PRODUCERS) {
        struct change_request q = {
            .body = KIT_BODY, .body_len = strlen(KIT_BODY), .if_version = -1, .timezone = "UTC"};
        q.now = KIT_NOW;
        q.claim = (struct claim){.wanted = true, .now = KIT_NOW};
        name_key(p->round, key, text);
        digest_sha256(text, strlen(text), q.claim.key);
        digest_sha256("request", 7, q.claim.request);
        struct job *j = change_create(&q, &answer);
        if (j == NULL)
            _exit(4);
        j->reply_to = &p->mail;
        if (!writer_submit(p->writer, j, &e))
            _exit(5);
        j = wait_for(&p->mail);
        if (!change_answer(j, KIT_NOW, &answer) || answer.status != 201)
            _exit(6);
        report(p->round, j->unit.plan.order.id, 1, key);
        answer_release(&answer);
        change_free(j);
    }
    return NULL;
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
    _exit(7);
}

static void run_writer(struct kit *k, const struct round *r)
{
    static struct producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS];
    struct err e;
    crash_vfs_cut_at(r->cut_at, r->seed);
    kit_open_with(
        k, &(struct sqlite_options){.vfs = CRASH_VFS, .synchronous = r->synchronous, .log_frames = 200});
    const struct writer_config c = {
        .store = k->store, .queue_limit = 1000, .committed = ignore_position, .failed = ignore_failure};
    struct writer *w = writer_start(&c, &e);
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){.round = r, .writer = w, .number = i};
        if (w == NULL || !mailbox_init(&producers[i].mail) ||
            pthread_create(&threads[i], NULL, produce, &producers[i]) != 0)
            _exit(8);
    }
    for (;;)
        pause();
}

/* ---- child 3: the whole service, asked over HTTP ---- */

struct client {
    const struct round *round;
    const char *url;
    int number;
    struct wire wire;
};

static void *post(void *arg)
{
    struct client *c = arg;
    char header[80], text[40];
    struct ulid id;
    if (!wire_connect(&c->wire, c->url))
        _exit(9);
    for (int64_t key = c->number;; key += PRODUCERS) {
        name_key(c->round, key, text);
        for (char *p = text; *p != '\0'; p++)
            *p = *p == ' ' ? '-' : *p;
        snprintf(header, sizeof header, "Idempotency-Key: %s\r\n", text);
        int status = wire_ask(&c->wire, "POST", "/api/v1/orders", header, KIT_BODY);
        if (status != 201 || !wire_location(&c->wire, &id))
            _exit(10);
        report(c->round, id, 1, -1);
    }
    return NULL;
}

static void run_service(struct kit *k, const struct round *r)
{
    static struct client clients[PRODUCERS];
    static struct conf conf;
    char url[200];
    char *argv[] = {(char[]){"orderdeck"}, (char[]){"--headless"}, (char[]){"--port=0"}, url, NULL};
    char *environment[] = {NULL};
    struct err e;
    int status;
    snprintf(url, sizeof url, "--database-url=sqlite:%s", k->path);
    crash_vfs_register(true);
    log_init(-1, LOG_ERROR, "test");
    crash_vfs_cut_at(r->cut_at, r->seed);
    if (!conf_read(&conf, 4, argv, environment, &e))
        _exit(11);
    struct service *s = service_start(&conf, &e, &status);
    if (s == NULL)
        _exit(12);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_t thread;
        clients[i] = (struct client){.round = r, .url = service_url(s), .number = i};
        if (pthread_create(&thread, NULL, post, &clients[i]) != 0)
            _exit(13);
    }
    for (;;)
        pause();
}

/* ---- the parent ---- */

typedef void (*child_fn)(struct kit *k, const struct round *r);

/* Runs the child until its power goes; returns its answers. */
static size_t run_until_cut(struct kit *k, child_fn child, struct round *r, struct ack *acks)
{
    int ends[2];
    size_t n = 0, got = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        alarm(60);
        r->ack_fd = ends[1];
        k->seed = r->seed;
        ulid_seed(INT64_C(1) + ulid_rank(ulid_new()));
        crash_vfs_register(false);
        crash_vfs_reset(true);
        child(k, r);
        _exit(14);
    }
    close(ends[1]);
    for (ssize_t bytes; (bytes = read(ends[0], (char *)acks + got, ACKS_MAX * sizeof *acks - got)) > 0;)
        got += (size_t)bytes;
    close(ends[0]);
    n = got / sizeof *acks;
    assert_int_equal(got % sizeof *acks, 0);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != CRASH_EXIT)
        fail_msg("seed %llu: the child ended by itself, with %d", (unsigned long long)r->seed, status);
    return n;
}

/* NULL: every answer is kept. Else what is not. */
static const char *check_acks(struct kit *k, const struct round *r, const struct ack *acks, size_t n)
{
    struct order o;
    struct err e;
    char text[40];
    bool found;
    kit_begin(k);
    for (size_t i = 0; i < n; i++) {
        if (!k->reader->ops->get(k->reader, acks[i].id, &k->arena, &o, &found, &e))
            return "an answered order cannot be read";
        if (!found)
            return "an answered order is lost";
        if (o.version < acks[i].version)
            return "an answered change is lost";
    }
    kit_end(k);
    for (size_t i = n > 5 ? n - 5 : 0; i < n;
         i++) { /* its key is there too: no repeat makes a second order */
        if (acks[i].key < 0)
            continue;
        struct kit_unit *u = kit_create(KIT_BODY);
        name_key(r, acks[i].key, text);
        kit_claim(u, text, "request", KIT_NOW);
        bool repeated = kit_apply(k, &u, 1) && u->unit.outcome == UNIT_REPEATED;
        kit_unit_free(u);
        if (!repeated)
            return "an answered order's key is lost";
    }
    return NULL;
}

static const char *check(struct kit *k, const struct round *r, const struct ack *acks, size_t n)
{
    struct err e;
    k->store = sqlite_open(&(struct sqlite_options){.path = k->path}, &e);
    if (k->store == NULL)
        return "the database does not open";
    k->reader = k->store->ops->reader_open(k->store, &e);
    const char *fault = k->reader != NULL ? check_acks(k, r, acks, n) : "the database cannot be read";
    kit_close(k);
    return fault != NULL ? fault : kit_audit(k->path);
}

/* Cuts `rounds` times, a new database every five. With synchronous weakened it ends with the first loss seen: where a
 * cut falls between the writer's threads is chance, that one of many shows the loss is not. Returns whether one did. */
static bool cut_often(child_fn child, const char *synchronous, int rounds, int64_t limit, size_t *ret_acks)
{
    struct ack *acks = calloc(ACKS_MAX, sizeof *acks);
    struct kit *k = NULL;
    bool lost = false;
    *ret_acks = 0;
    for (int i = 0; i < rounds && !lost; i++) {
        if (k == NULL || i % 5 == 0) {
            if (k != NULL)
                kit_free(k);
            k = kit_folder();
        }
        struct round r = {.path = k->path, .synchronous = synchronous, .seed = 1000 + (uint64_t)i};
        k->seed = r.seed;
        r.cut_at = 1 + (int64_t)kit_draw(k, kit_draw(k, 3) == 0 ? 150 : (uint64_t)limit);
        size_t n = run_until_cut(k, child, &r, acks);
        const char *fault = check(k, &r, acks, n);
        if (fault != NULL && synchronous == NULL)
            fail_msg("seed %llu, cut at %lld, %zu answers: %s", (unsigned long long)r.seed,
                     (long long)r.cut_at, n, fault);
        *ret_acks += n;
        lost = fault != NULL;
    }
    if (k != NULL)
        kit_free(k);
    free(acks);
    return lost;
}

static void cut__during_apply__nothing_answered_is_lost(void **state)
{
    size_t acks;
    (void)state;
    cut_often(run_apply, NULL, 60, 1500, &acks);
    assert_true(acks > 1000);
}

static void cut__under_the_writer__nothing_answered_is_lost(void **state)
{
    size_t acks;
    (void)state;
    cut_often(run_writer, NULL, 15, 3000, &acks);
    assert_true(acks > 1000);
}

static void cut__under_the_service__nothing_answered_is_lost(void **state)
{
    size_t acks;
    (void)state;
    cut_often(run_service, NULL, 8, 1500, &acks);
    assert_true(acks > 100);
}

static void cut__with_synchronous_normal__shows_a_loss(void **state)
{
    size_t acks;
    (void)state;
    assert_true(cut_often(run_apply, "NORMAL", 60, 400, &acks));
    assert_true(cut_often(run_writer, "NORMAL", 60, 400, &acks));
}

static void cut__with_synchronous_off__shows_a_loss(void **state)
{
    size_t acks;
    (void)state;
    assert_true(cut_often(run_apply, "OFF", 60, 400, &acks));
    assert_true(cut_often(run_writer, "OFF", 60, 400, &acks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut__during_apply__nothing_answered_is_lost),
        cmocka_unit_test(cut__under_the_writer__nothing_answered_is_lost),
        cmocka_unit_test(cut__under_the_service__nothing_answered_is_lost),
        cmocka_unit_test(cut__with_synchronous_normal__shows_a_loss),
        cmocka_unit_test(cut__with_synchronous_off__shows_a_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
