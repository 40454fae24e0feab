#include "tests/support/store_kit.h"
#include "service/store/trace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)256 << 20)
#define SEGMENT_ORDERS 3 /* so few that a handful of orders lies in more than one */

/* ---- backends ---- */

static struct store *open_sqlite(const char *path, struct err *ret_err)
{
    return sqlite_open(&(struct sqlite_options){.path = path, .segment_orders = SEGMENT_ORDERS}, ret_err);
}

static struct store *open_traced(const char *path, struct err *ret_err)
{
    struct store *inner = open_sqlite(path, ret_err);
    return inner != NULL ? trace_wrap(inner) : NULL;
}

const struct kit_backend kit_backends[] = {{"sqlite", open_sqlite}, {"sqlite, traced", open_traced}};
const size_t kit_n_backends = sizeof kit_backends / sizeof kit_backends[0];

/* ---- a folder and a store in it ---- */

struct kit *kit_folder(void)
{
    struct kit *k = calloc(1, sizeof *k);
    const char *tmp =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR"); /* a sync there costs nothing */
    assert_non_null(k);
    k->seed = 20260101;
    arena_init(&k->arena, ARENA_MAX);
    snprintf(k->folder, sizeof k->folder, "%s/orderdeck-test-XXXXXX", tmp && strlen(tmp) < 30 ? tmp : "/tmp");
    assert_non_null(mkdtemp(k->folder));
    snprintf(k->path, sizeof k->path, "%s/orders.sqlite", k->folder);
    clock_freeze(KIT_NOW);
    ulid_deterministic(true); /* the ids of this test start here and not where those of the last one ended */
    ulid_deterministic(false);
    return k;
}

static void open_reader(struct kit *k)
{
    struct err e;
    k->reader = k->store->ops->reader_open(k->store, &e);
    if (k->reader == NULL)
        fail_msg("%s", e.message);
}

void kit_open(struct kit *k)
{
    struct err e;
    k->store = k->backend->open(k->path, &e);
    if (k->store == NULL)
        fail_msg("%s", e.message);
    open_reader(k);
}

void kit_open_with(struct kit *k, const struct sqlite_options *o)
{
    struct sqlite_options mine = *o;
    struct err e;
    mine.path = k->path;
    mine.segment_orders = SEGMENT_ORDERS;
    k->store = sqlite_open(&mine, &e);
    if (k->store == NULL)
        fail_msg("%s", e.message);
    open_reader(k);
}

struct kit *kit_new(const struct kit_backend *backend)
{
    struct kit *k = kit_folder();
    k->backend = backend;
    kit_open(k);
    return k;
}

void kit_close(struct kit *k)
{
    if (k->reader != NULL)
        k->reader->ops->reader_close(k->reader);
    if (k->store != NULL)
        k->store->ops->close(k->store);
    k->reader = NULL;
    k->store = NULL;
}

void kit_free(struct kit *k)
{
    kit_close(k);
    DIR *d = opendir(k->folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    if (d != NULL)
        closedir(d);
    rmdir(k->folder);
    arena_release(&k->arena);
    free(k);
    clock_freeze(-1);
}

const struct kit_backend *kit_current = &kit_backends[0];

int kit_setup(void **state)
{
    *state = kit_new(kit_current);
    return 0;
}

int kit_setup_folder(void **state)
{
    struct kit *k = kit_folder();
    k->backend = kit_current;
    *state = k;
    return 0;
}

int kit_teardown(void **state)
{
    kit_free(*state);
    return 0;
}

uint64_t kit_draw(struct kit *k, uint64_t below)
{
    k->seed = k->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (k->seed >> 33) % below;
}

/* ---- units ---- */

static void decide(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct kit_unit *u = ctx;
    u->decided++;
    if (u->unit.has_target)
        decide_command(&u->command, stored, arena, plan);
    else
        decide_receive(&u->fresh, &u->received, plan);
    if (u->spoilt)
        plan->order.version += 100;
}

static bool record(void *ctx, const struct plan *plan, struct buf *out)
{
    const struct kit_unit *u = ctx;
    char id[ORDER_ID_LEN + 1] = "none";
    if (plan->has_order)
        ulid_format_order(plan->order.id, id);
    buf_addf(out, "%s %lld %d", id, plan->has_order ? (long long)plan->order.version : 0LL,
             (int)plan->err.code);
    return !u->no_record;
}

static struct kit_unit *new_unit(void)
{
    struct kit_unit *u = calloc(1, sizeof *u);
    assert_non_null(u);
    arena_init(&u->arena, ARENA_MAX);
    u->unit.arena = &u->arena;
    u->unit.ctx = u;
    u->unit.decide = decide;
    u->unit.record = record;
    return u;
}

struct kit_unit *kit_create(const char *body)
{
    struct kit_unit *u = new_unit();
    struct faults faults = {0};
    struct err e;
    const struct order_defaults d = {.timezone = "UTC", .now = clock_wall_ms()};
    const struct origin origin = {.actor = "tester"};
    if (!order_from_json(body, strlen(body), &d, &origin, &u->arena, &u->fresh, &u->received, &faults, &e))
        fail_msg("%s: %s", e.message, faults.n > 0 ? faults.list[0].detail : "");
    return u;
}

struct kit_unit *kit_command(enum order_command kind, struct ulid id)
{
    struct kit_unit *u = new_unit();
    u->command = (struct command){.kind = kind, .if_version = -1, .now = clock_wall_ms()};
    if (kind == COMMAND_ASSIGN_WAVE)
        u->command.wave_id = "WAVE-1";
    if (kind == COMMAND_SHIP) {
        u->command.tracking_number = "1Z999";
        u->command.carrier = "UPS";
    }
    if (kind == COMMAND_CANCEL)
        u->command.reason = "changed my mind";
    if (kind == COMMAND_HOLD || kind == COMMAND_RELEASE_HOLD)
        u->command.hold_type = "payment";
    u->unit.has_target = true;
    u->unit.target = id;
    return u;
}

void kit_claim(struct kit_unit *u, const char *key, const char *request, int64_t now)
{
    u->unit.claim.wanted = true;
    u->unit.claim.now = now;
    digest_sha256(key, strlen(key), u->unit.claim.key);
    digest_sha256(request, strlen(request), u->unit.claim.request);
}

void kit_unit_free(struct kit_unit *u)
{
    arena_release(&u->arena);
    free(u);
}

bool kit_apply(struct kit *k, struct kit_unit *const units[], size_t n)
{
    struct unit *list[600];
    struct err e;
    assert_in_range(n, 1, sizeof list / sizeof list[0]);
    for (size_t i = 0; i < n; i++)
        list[i] = &units[i]->unit;
    bool usable = k->store->ops->apply(k->store, list, n, &e);
    for (size_t i = 0; i < n; i++)
        assert_int_not_equal(list[i]->outcome, UNIT_OPEN);
    return usable;
}

struct ulid kit_do(struct kit *k, struct kit_unit *u)
{
    assert_true(kit_apply(k, &u, 1));
    if (u->unit.outcome != UNIT_COMMITTED)
        fail_msg("outcome %d: %s", u->unit.outcome, u->unit.err.message);
    if (u->unit.plan.err.code != ERR_NONE)
        fail_msg("refused: %s", u->unit.plan.err.message);
    struct ulid id = u->unit.plan.order.id;
    kit_unit_free(u);
    return id;
}

struct ulid kit_order_at(struct kit *k, const char *body, enum order_status status)
{
    static const enum order_command path[STATUS_COUNT] = {
        [STATUS_VALIDATED] = COMMAND_VALIDATE,    [STATUS_WAVE_ASSIGNED] = COMMAND_ASSIGN_WAVE,
        [STATUS_PICKING] = COMMAND_START_PICKING, [STATUS_CONSOLIDATED] = COMMAND_MARK_CONSOLIDATED,
        [STATUS_PACKED] = COMMAND_MARK_PACKED,    [STATUS_SHIPPED] = COMMAND_SHIP,
        [STATUS_COMPLETED] = COMMAND_COMPLETE,
    };
    struct ulid id = kit_do(k, kit_create(body));
    if (status == STATUS_CANCELLED)
        return kit_do(k, kit_command(COMMAND_CANCEL, id));
    for (int s = STATUS_VALIDATED; s <= (int)status; s++)
        kit_do(k, kit_command(path[s], id));
    return id;
}

/* ---- reading ---- */

int64_t kit_begin(struct kit *k)
{
    int64_t position;
    struct err e;
    if (!k->reader->ops->begin(k->reader, 0, &position, &e))
        fail_msg("%s", e.message);
    return position;
}

void kit_end(struct kit *k)
{
    k->reader->ops->end(k->reader);
}

bool kit_get(struct kit *k, struct ulid id, struct order *ret)
{
    bool found;
    struct err e;
    kit_begin(k);
    if (!k->reader->ops->get(k->reader, id, &k->arena, ret, &found, &e))
        fail_msg("%s", e.message);
    kit_end(k);
    return found;
}

struct order kit_must_get(struct kit *k, struct ulid id)
{
    struct order o;
    assert_true(kit_get(k, id, &o));
    return o;
}

struct walk {
    struct kit *kit;
    int64_t n, last;
};

static bool see_event(void *ctx, const struct event *e, int64_t sent_at)
{
    struct walk *w = ctx;
    (void)sent_at;
    assert_true(e->position > w->last);
    w->last = e->position;
    w->n++;
    return true;
}

int64_t kit_check_events(struct kit *k)
{
    struct walk w = {.kit = k};
    const struct event_query q = {.limit = INT32_MAX};
    struct err e;
    int64_t position = kit_begin(k);
    assert_true(k->reader->ops->events(k->reader, &q, see_event, &w, &e));
    kit_end(k);
    assert_int_equal(w.last, position);
    return w.n;
}

/* ---- what is on the disk, by plain SQLite ---- */

static const char *plain_vfs(void)
{
    return "unix"; /* never the crash VFS, even where that is the default */
}

static sqlite3 *open_plain(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, plain_vfs()) != SQLITE_OK) {
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, 5000);
    sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL);
    return db;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

int64_t kit_number(const char *path, const char *sql)
{
    sqlite3 *db = open_plain(path);
    int64_t n = db != NULL ? number(db, sql) : -1;
    sqlite3_close(db);
    return n;
}

void kit_exec(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, plain_vfs()),
                     SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
}

/* Each counts what must not be. */
static const struct {
    const char *what, *sql;
} rules[] = {
    {"a version is missing or doubled",
     "SELECT count(*) FROM (SELECT rank FROM events GROUP BY rank HAVING min(version)<>1 OR max(version)<>count(*))"},
    {"an order's version is not the number of its events",
     "SELECT count(*) FROM orders o WHERE version<>(SELECT count(*) FROM events e WHERE e.rank=o.rank AND e.low=o.low)"},
    {"an event has no order",
     "SELECT count(*) FROM events e WHERE NOT EXISTS(SELECT 1 FROM orders o WHERE o.rank=e.rank AND o.low=e.low)"},
    {"positions have a gap", "SELECT count(*)<>coalesce(max(position),0) FROM events"},
    {"an order's first event is not its receipt", "SELECT count(*) FROM events WHERE (version=1)<>(type=0)"},
    {"orders by status are miscounted",
     "SELECT count(*) FROM (SELECT status a,priority b,count(*) n FROM orders GROUP BY 1,2 EXCEPT "
     "SELECT a,b,n FROM stat WHERE kind=1)"},
    {"orders by status are counted that do not exist",
     "SELECT (SELECT coalesce(sum(n),0) FROM stat WHERE kind=1)<>(SELECT count(*) FROM orders)"},
    {"open orders by promise are miscounted",
     "SELECT count(*) FROM (SELECT status a,promised_at/60000 b,count(*) n FROM orders WHERE status<7 GROUP BY 1,2 "
     "EXCEPT SELECT a,b,n FROM stat WHERE kind=2)"},
    {"open orders by promise are counted that do not exist",
     "SELECT (SELECT coalesce(sum(n),0) FROM stat WHERE kind=2)<>(SELECT count(*) FROM orders WHERE status<7)"},
    {"creations by minute are miscounted",
     "SELECT count(*) FROM (SELECT (rank>>12)/60000 a,count(*) n FROM orders GROUP BY 1 "
     "HAVING a>=(SELECT min(a) FROM stat WHERE kind=3) EXCEPT SELECT a,n FROM stat WHERE kind=3)"},
    {"a counter is negative", "SELECT count(*) FROM stat WHERE n<0"},
    {"stays are miscounted",
     "SELECT (SELECT coalesce(sum(n),0) FROM stat WHERE kind=4)<>(SELECT count(*) FROM events WHERE type IN "
     "(1,3,4,5,7,8,9,10) AND time/86400000>=(SELECT min(a)/16 FROM stat WHERE kind=4))"},
    {"an order's parked facts are miscounted",
     "SELECT count(*) FROM orders o WHERE parked<>(SELECT count(*) FROM parked p WHERE p.rank=o.rank AND p.low=o.low)"},
    {"an order lies in another segment than its rank says",
     "SELECT count(*) FROM orders WHERE segment<>(SELECT max(n) FROM segments WHERE first<=rank)"},
    {"a record is missing",
     "SELECT count(*) FROM (SELECT record FROM parked UNION SELECT record FROM dead_letters) "
     "WHERE record NOT IN (SELECT id FROM records)"},
    {"a record is kept for nothing",
     "SELECT count(*) FROM records WHERE id NOT IN (SELECT record FROM parked UNION SELECT "
     "record FROM dead_letters)"},
    {"a claim's record is empty", "SELECT count(*) FROM claims WHERE length(record)=0"},
};

static bool sound(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    return ok;
}

const char *kit_audit(const char *path)
{
    sqlite3 *db = open_plain(path);
    const char *fault = db == NULL ? "it does not open" : NULL;
    if (fault == NULL && !sound(db))
        fault = "integrity_check fails";
    for (size_t i = 0; fault == NULL && i < sizeof rules / sizeof rules[0]; i++)
        if (number(db, rules[i].sql) != 0)
            fault = rules[i].what;
    sqlite3_close(db);
    return fault;
}

void kit_turn_back(const char *path, int version)
{
    static const struct {
        int to;
        const char *sql;
    } steps[] = {
        {6, "DROP INDEX orders_by_customer; ALTER TABLE orders DROP COLUMN segment; DROP TABLE segments;"
            "CREATE INDEX orders_by_customer ON orders(customer); PRAGMA user_version=6"},
        {5, "DROP TABLE log; PRAGMA user_version=5"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && steps[i].to >= version; i++)
        kit_exec(path, steps[i].sql);
    assert_int_equal(kit_number(path, "PRAGMA user_version"), version);
}

bool kit_has_order(const char *path, struct ulid id)
{
    char sql[256];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM orders o JOIN events e USING(rank,low) WHERE rank=%lld AND low=%lld AND e.version=1 "
        "AND e.type=0",
        (long long)ulid_rank(id), (long long)(int64_t)id.lo);
    return kit_number(path, sql) == 1;
}
