#include "service/private.h"
#include "service/store/sqlite.h"
#include "service/store/trace.h"
#include "shared/clock.h"
#include "shared/digest.h"
#include "shared/json.h"
#include "shared/log.h"
#include "shared/metric.h"
#include "shared/ulid.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define READER_THREADS 3
#define DRAIN_DEADLINE_NS INT64_C(25000000000)

/* ---- what the threads tell the service ---- */

static void committed(void *ctx, int64_t position)
{
    struct service *s = ctx;
    struct http *h = atomic_load(&s->streams);
    if (h != NULL)
        http_committed(h, position);
    pthread_mutex_lock(&s->relay_lock);
    if (s->relay != NULL)
        relay_committed(s->relay);
    else
        metric_set(METRIC_EVENTS_UNSENT, position - s->sent_upto);
    pthread_mutex_unlock(&s->relay_lock);
    pthread_mutex_lock(&s->console_lock);
    if (s->console != NULL)
        local_api_moved(s->console);
    pthread_mutex_unlock(&s->console_lock);
}

static void storage_failed(void *ctx, const struct err *e)
{
    struct service *s = ctx;
    (void)e; /* the writer has logged it */
    atomic_store(&s->failed, true);
    eventfd_write(s->failure_fd, 1);
}

/* ---- GET /status ---- */

static void put_writer(struct writer *w, struct buf *out)
{
    struct writer_facts f;
    writer_facts(w, &f);
    json_key(out, "writer");
    buf_addc(out, '{');
    json_put_int(out, "queued", (int64_t)f.queued);
    json_put_int(out, "queueLimit", (int64_t)f.queue_limit);
    json_put_int(out, "batches", f.batches);
    json_put_int(out, "jobs", f.jobs);
    json_put_int(out, "lastBatch", f.last_batch);
    json_put_int(out, "lastCommitUs", f.last_commit_us);
    json_put_int(out, "commitP50Us", (int64_t)f.commit_p50_us);
    json_put_int(out, "commitP99Us", (int64_t)f.commit_p99_us);
    struct err fault;
    if (writer_fault(w, &fault))
        json_put_string(out, "fault", fault.message);
    else
        json_put_null(out, "fault");
    buf_addc(out, '}');
}

static void put_kafka(struct service *s, struct buf *out)
{
    pthread_mutex_lock(&s->relay_lock);
    if (s->relay == NULL) {
        json_put_null(out, "kafka");
    } else {
        json_key(out, "kafka");
        buf_addc(out, '{');
        relay_describe(s->relay, out);
        if (s->inbound != NULL) {
            json_key(out, "inbound");
            inbound_describe(s->inbound, out);
        }
        buf_addc(out, '}');
    }
    pthread_mutex_unlock(&s->relay_lock);
}

/* What came from the warehouse and waits, or could not be used: there also while no broker is in use. */
static void put_facts(struct buf *out)
{
    json_key(out, "facts");
    buf_addc(out, '{');
    json_put_int(out, "parked", metric_get(METRIC_FACTS_PARKED));
    json_put_int(out, "deadLetters", metric_get(METRIC_DEAD_LETTERS));
    json_put_int(out, "applied", metric_get(METRIC_FACTS_APPLIED));
    json_put_int(out, "early", metric_get(METRIC_FACTS_EARLY));
    json_put_int(out, "late", metric_get(METRIC_FACTS_LATE));
    json_put_int(out, "repeated", metric_get(METRIC_FACTS_REPEATED));
    json_put_int(out, "dead", metric_get(METRIC_FACTS_DEAD));
    buf_addc(out, '}');
}

static bool kafka_check(void *ctx, char *detail, size_t size)
{
    struct service *s = ctx;
    char consumer[320];
    pthread_mutex_lock(&s->relay_lock);
    bool ok = s->relay == NULL || relay_check(s->relay, detail, size);
    if (s->inbound != NULL && !inbound_check(s->inbound, ok, consumer, sizeof consumer)) {
        size_t n = ok ? 0 : strlen(detail);
        snprintf(detail + n, size - n, "%s%s", ok ? "" : "; ", consumer);
        ok = false;
    }
    pthread_mutex_unlock(&s->relay_lock);
    return ok;
}

void service_parked(void *ctx, struct relay_parked *ret)
{
    struct service *s = ctx;
    *ret = (struct relay_parked){0};
    pthread_mutex_lock(&s->relay_lock);
    if (s->relay != NULL)
        relay_parked(s->relay, ret);
    pthread_mutex_unlock(&s->relay_lock);
}

static int64_t resident_bytes(void)
{
    char line[128] = "";
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    const char *second = fgets(line, sizeof line, f) != NULL ? strchr(line, ' ') : NULL;
    fclose(f);
    return second != NULL ? strtoll(second, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

void service_status(void *ctx, struct buf *out)
{
    struct service *s = ctx;
    struct http *h = atomic_load(&s->streams);
    buf_addc(out, '{');
    json_put_string(out, "service", s->conf->service_name);
    json_put_string(out, "version", ORDERDECK_VERSION);
    json_put_string(out, "build", ORDERDECK_GIT);
    json_put_string(out, "environment", s->conf->environment);
    json_put_int(out, "pid", getpid());
    json_put_string(out, "url", h ? http_url(h) : "");
    json_put_time(out, "startedAt", s->started_at);
    json_put_bool(out, "readOnly", s->conf->read_only);
    json_put_bool(out, "demo", s->conf->demo);
    json_put_int(out, "cpuUs", clock_cpu_us());
    json_put_int(out, "residentBytes", resident_bytes());
    json_key(out, "database");
    s->store->ops->describe(s->store, out);
    if (s->writer != NULL)
        put_writer(s->writer, out);
    if (h != NULL) {
        json_key(out, "http");
        http_describe(h, out);
    }
    put_kafka(s, out);
    put_facts(out);
    json_key(out, "settings");
    conf_json(s->conf, out);
    buf_addc(out, '}');
}

/* ---- stages: started in order, stopped in reverse ---- */

static bool find_database(struct service *s, struct err *ret_err)
{
    const char *url = s->conf->database_url;
    if (s->conf->demo) {
        const char *tmp = getenv("TMPDIR");
        char name[ULID_LEN + 1];
        ulid_format(ulid_new(), name);
        snprintf(s->demo_folder, sizeof s->demo_folder, "%s/orderdeck-demo-%s",
                 tmp && strlen(tmp) < 30 ? tmp : "/tmp", name);
        if (mkdir(s->demo_folder, 0700) != 0) { /* one that is there already is not taken */
            s->demo_folder[0] = '\0';
            return err_set(ret_err, ERR_STORAGE_BUSY, "cannot make a folder for the demo: %s",
                           strerror(errno));
        }
        return asprintf(&s->database, "%s/orders_db.sqlite", s->demo_folder) > 0;
    }
    if (strncmp(url, "sqlite:", 7) == 0) {
        s->database = strdup(url + 7);
    } else {
        s->database = conf_path(CONF_DIR_DATA, "orders_db.sqlite", true);
    }
    return s->database != NULL || err_set(ret_err, ERR_STORAGE_BUSY,
                                          "there is no home directory for the database; set DATABASE_URL");
}

static bool start_lock(struct service *s, struct err *ret_err)
{
    return find_database(s, ret_err) && (s->quiet || lock_take(&s->lock, s->database, ret_err));
}

static void stop_lock(struct service *s)
{
    lock_release(&s->lock);
}

static bool start_store(struct service *s, struct err *ret_err)
{
    const struct sqlite_options o = {.path = s->database, .read_only = s->conf->read_only || s->quiet};
    s->store = sqlite_open(&o, ret_err);
    if (s->store == NULL)
        return false;
    if (log_enabled(LOG_TRACE)) {
        struct store *traced = trace_wrap(s->store);
        if (traced != NULL)
            s->store = traced;
    }
    return true;
}

static void stop_store(struct service *s)
{
    s->store->ops->close(s->store);
}

static bool start_nothing(struct service *s, struct err *ret_err)
{
    (void)s;
    (void)ret_err;
    return true;
}

static void stop_lanes(struct service *s)
{
    if (s->http != NULL)
        http_stop(s->http);
}

static bool start_writer(struct service *s, struct err *ret_err)
{
    if (s->conf->read_only || s->quiet)
        return true;
    const struct writer_config c = {.store = s->store,
                                    .queue_limit = (size_t)s->conf->queue_limit,
                                    .committed = committed,
                                    .failed = storage_failed,
                                    .ctx = s};
    s->writer = writer_start(&c, ret_err);
    return s->writer != NULL;
}

static void stop_writer(struct service *s)
{
    writer_stop(s->writer);
}

/* Without a relay events wait in the log: how many is told all the same. */
static void count_unsent(struct service *s)
{
    struct err e;
    int64_t position;
    struct store_reader *r = s->store->ops->reader_open(s->store, &e);
    if (r == NULL)
        return;
    if (r->ops->begin(r, 0, &position, &e) && r->ops->cursor(r, FOLLOWER_KAFKA, &s->sent_upto, &e))
        metric_set(METRIC_EVENTS_UNSENT, position - s->sent_upto);
    r->ops->reader_close(r);
}

static bool start_relay(struct service *s, struct err *ret_err)
{
    count_unsent(s);
    if (s->quiet || s->conf->read_only || s->conf->kafka_brokers[0] == '\0')
        return true;
    const struct relay_config c = {.conf = s->conf, .store = s->store, .writer = s->writer};
    struct relay *r = relay_start(&c, ret_err);
    pthread_mutex_lock(&s->relay_lock);
    s->relay = r;
    pthread_mutex_unlock(&s->relay_lock);
    return r != NULL;
}

/* The gate is closed: what is committed is sent now. Commits and probes find no relay from here on. */
static void stop_relay(struct service *s)
{
    pthread_mutex_lock(&s->relay_lock);
    struct relay *r = s->relay;
    s->relay = NULL;
    pthread_mutex_unlock(&s->relay_lock);
    relay_stop(r);
}

/* The same after a restart on the same machine and database, and nobody else's. */
static void name_instance(struct service *s)
{
    char host[65] = "";
    uint8_t hash[SHA256_LEN];
    char hex[17];
    (void)gethostname(host, sizeof host - 1);
    digest_sha256(s->database, strlen(s->database), hash);
    digest_hex(hash, 8, hex);
    snprintf(s->instance, sizeof s->instance, "%s-%s", host, hex);
}

static bool start_inbound(struct service *s, struct err *ret_err)
{
    if (s->quiet || s->conf->read_only || s->conf->kafka_brokers[0] == '\0')
        return true;
    name_instance(s);
    const struct inbound_config c = {
        .conf = s->conf, .store = s->store, .writer = s->writer, .instance = s->instance};
    struct inbound *in = inbound_start(&c, ret_err);
    pthread_mutex_lock(&s->relay_lock);
    s->inbound = in;
    pthread_mutex_unlock(&s->relay_lock);
    return in != NULL;
}

static void stop_inbound(struct service *s)
{
    pthread_mutex_lock(&s->relay_lock);
    struct inbound *in = s->inbound;
    s->inbound = NULL;
    pthread_mutex_unlock(&s->relay_lock);
    inbound_stop(in);
}

static bool start_readers(struct service *s, struct err *ret_err)
{
    s->readers = readers_start(s->store, READER_THREADS, ret_err);
    return s->readers != NULL;
}

static void stop_readers(struct service *s)
{
    readers_stop(s->readers);
}

static bool start_gate(struct service *s, struct err *ret_err)
{
    const struct http_config c = {.conf = s->conf,
                                  .store = s->store,
                                  .writer = s->writer,
                                  .readers = s->readers,
                                  .status = service_status,
                                  .kafka = s->relay != NULL ? kafka_check : NULL,
                                  .parked = s->relay != NULL ? service_parked : NULL,
                                  .ctx = s};
    if (s->quiet)
        return true;
    s->http = http_start(&c, ret_err);
    if (s->http == NULL)
        return false;
    atomic_store(&s->streams, s->http);
    lock_say(&s->lock, http_url(s->http));
    return true;
}

/* The balancers look away first (DRAIN_DELAY), then nothing new is let in and what is in flight is answered. A storage
 * that failed has no answers left to give. */
static void stop_gate(struct service *s)
{
    if (s->http == NULL)
        return;
    http_announce_drain(s->http);
    struct pollfd nobody = {.fd = s->failure_fd, .events = POLLIN};
    if (s->conf->drain_delay > 0 && !atomic_load(&s->failed))
        poll(&nobody, 1, (int)s->conf->drain_delay);
    s->drained = http_drain(s->http, clock_mono_ns() + DRAIN_DEADLINE_NS);
}

static bool start_demo(struct service *s, struct err *ret_err)
{
    if (!s->conf->demo || s->quiet)
        return true;
    s->demo = demo_start(s->writer, s->store, ret_err);
    return s->demo != NULL;
}

static void stop_demo(struct service *s)
{
    demo_stop(s->demo);
}

/* The lanes outlive writer and readers, which still hand settled jobs to them; so they have two rows. */
static const struct stage {
    const char *name;
    bool (*start)(struct service *s, struct err *ret_err);
    void (*stop)(struct service *s);
    int exit_status; /* of the process when it does not start */
} stages[] = {
    {"lock", start_lock, stop_lock, 3},          {"store", start_store, stop_store, 3},
    {"lanes", start_nothing, stop_lanes, 1},     {"writer", start_writer, stop_writer, 1},
    {"relay", start_relay, stop_relay, 2},       {"inbound", start_inbound, stop_inbound, 2},
    {"readers", start_readers, stop_readers, 3}, {"gate", start_gate, stop_gate, 2},
    {"demo", start_demo, stop_demo, 1},
};
#define STAGES ((int)(sizeof stages / sizeof stages[0]))

static void remove_demo_folder(struct service *s)
{
    DIR *d = s->demo_folder[0] != '\0' ? opendir(s->demo_folder) : NULL;
    if (d == NULL)
        return;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    rmdir(s->demo_folder);
}

static void free_service(struct service *s)
{
    remove_demo_folder(s);
    pthread_mutex_destroy(&s->relay_lock);
    pthread_mutex_destroy(&s->console_lock);
    if (s->failure_fd >= 0)
        close(s->failure_fd);
    free(s->database);
    free(s);
}

static void stop_stages(struct service *s)
{
    while (s->stages > 0) {
        log_line(LOG_DEBUG, "stopping", LOG_S("stage", stages[s->stages - 1].name));
        stages[--s->stages].stop(s);
    }
}

static struct service *start_stages(const struct conf *conf, bool quiet, struct err *ret_err, int *ret_exit)
{
    struct service *s = calloc(1, sizeof *s);
    *ret_exit = 1;
    if (s == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    s->conf = conf;
    s->quiet = quiet;
    s->lock.fd = -1;
    pthread_mutex_init(&s->relay_lock, NULL);
    pthread_mutex_init(&s->console_lock, NULL);
    s->drained = true;
    s->started_at = clock_wall_ms();
    s->failure_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (; s->stages < STAGES; s->stages++) {
        const struct stage *stage = &stages[s->stages];
        if (!stage->start(s, ret_err)) {
            *ret_exit = stage->exit_status;
            stop_stages(s);
            free_service(s);
            return NULL;
        }
    }
    return s;
}

struct service *service_start(const struct conf *conf, struct err *ret_err, int *ret_exit)
{
    return start_stages(conf, false, ret_err, ret_exit);
}

struct service *service_open(const struct conf *conf, struct err *ret_err, int *ret_exit)
{
    return start_stages(conf, true, ret_err, ret_exit);
}

bool service_running(const struct conf *conf, char *ret_url, size_t size)
{
    struct service s = {.conf = conf};
    int pid;
    bool running =
        !conf->demo && find_database(&s, NULL) && lock_holder(s.database, &pid, ret_url, (int)size);
    free(s.database);
    return running;
}

int service_stop(struct service *s)
{
    stop_stages(s);
    int status = atomic_load(&s->failed) ? 3 : s->drained ? 0 : 1;
    free_service(s);
    return status;
}

const char *service_url(const struct service *s)
{
    return s->http != NULL ? http_url(s->http) : "";
}

const char *service_database(const struct service *s)
{
    return s->database;
}

int service_failure_fd(const struct service *s)
{
    return s->failure_fd;
}

/* Reads beside a running service: WAL lets a reader copy a consistent snapshot while the writer goes on. */
bool service_backup(const struct conf *conf, const char *to, struct err *ret_err)
{
    struct service s = {.conf = conf};
    bool ok = find_database(&s, ret_err);
    struct store *store = NULL;
    if (ok) {
        const struct sqlite_options o = {.path = s.database, .read_only = true};
        store = sqlite_open(&o, ret_err);
        ok = store != NULL && store->ops->backup(store, to, ret_err);
    }
    if (store != NULL)
        store->ops->close(store);
    free(s.database);
    return ok;
}
