/* Readers: one read-only connection a thread, snapshots that are shared by the reads of one moment. */
#include "service/store/sqlite_private.h"
#include "shared/clock.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_OPS 2000 /* virtual machine steps between two looks at the deadline */

#define FROM_ASKED " FROM asked CROSS JOIN orders ON rank=asked_rank"

static const struct {
    size_t offset;
    const char *sql;
} statements[] = {
#define ROW(member, text)                            \
    {                                                \
        offsetof(struct sqlite_reader, member), text \
    }
    ROW(begin, "BEGIN"),
    ROW(end, "COMMIT"),
    ROW(newest, "SELECT position FROM events ORDER BY position DESC"),
    ROW(get, "SELECT " READ_ORDER FROM_ASKED),
    ROW(show, "SELECT " SHOW_ORDER FROM_ASKED),
    ROW(stat_range, "SELECT a,b,n FROM stat WHERE kind=?1 AND a>=?2 AND n<>0"),
    ROW(oldest,
        "SELECT min(status_since) FROM orders INDEXED BY orders_by_since WHERE status=?1 AND status<7"),
    ROW(in_minute, "SELECT status,count(*) FROM orders INDEXED BY orders_by_promise WHERE status<7 AND "
                   "promised_at>=?1 AND promised_at<?2 GROUP BY status"),
    ROW(event_log,
        "SELECT " EVENT_COLUMNS " FROM events WHERE position>?1 AND position<=?2 ORDER BY position"),
    ROW(event_order,
        "SELECT " EVENT_COLUMNS " FROM events INDEXED BY events_by_order WHERE rank=?3 AND low=?4 AND "
        "position>?1 AND position<=?2 ORDER BY rank,version"),
    ROW(sent, "SELECT at FROM sent WHERE upto>=?1 ORDER BY upto LIMIT 1"),
    ROW(cursor, "SELECT position FROM cursors WHERE name=?1"),
    ROW(dead_letters,
        "SELECT " DEAD_COLUMNS " FROM dead_letters d JOIN records r ON r.id=d.record WHERE d.id<?1 "
        "ORDER BY d.id DESC LIMIT ?2"),
    ROW(notes, "SELECT time,text,position FROM notes WHERE rank=?1 AND low=?2 ORDER BY id"),
    ROW(due, "SELECT DISTINCT rank,low FROM parked WHERE due<=?1 LIMIT ?2"),
    ROW(event_time, "SELECT time FROM events WHERE position>?1 ORDER BY position LIMIT 1"),
#undef ROW
};

static sqlite3_stmt **statement_at(struct sqlite_reader *r, size_t i)
{
    return (sqlite3_stmt **)(void *)((char *)r + statements[i].offset);
}

static int past_deadline(void *ctx)
{
    const struct sqlite_reader *r = ctx;
    return r->deadline_ns > 0 && clock_mono_ns() > r->deadline_ns;
}

struct store_reader *sqlite_reader_open(struct store *base, struct err *ret_err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    struct sqlite_reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    r->base.ops = base->ops;
    r->store = s;
    int rc = sqlite3_open_v2(s->path, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, s->vfs);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(r->db,
                          "PRAGMA query_only=1;PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-8192;"
                          "PRAGMA mmap_size=4294967296;" /* a random order costs no system call */
                          "PRAGMA temp_store=MEMORY",
                          NULL, NULL, NULL);
    bool ok = rc == SQLITE_OK && list_functions(r->db) == SQLITE_OK &&
              row_functions(r->db, &r->row) == SQLITE_OK && get_table(r) == SQLITE_OK;
    for (size_t i = 0; ok && i < sizeof statements / sizeof statements[0]; i++)
        ok = (*statement_at(r, i) = sqlite_prepare(r->db, statements[i].sql)) != NULL;
    if (!ok) {
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot read database '%s': %s", s->path,
                r->db ? sqlite3_errmsg(r->db) : sqlite3_errstr(rc));
        sqlite_reader_close(&r->base);
        return NULL;
    }
    sqlite3_busy_timeout(r->db, 1000);
    sqlite3_progress_handler(r->db, PROGRESS_OPS, past_deadline, r);
    return &r->base;
}

void sqlite_reader_close(struct store_reader *base)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        sqlite3_finalize(*statement_at(r, i));
    for (size_t i = 0; i < CACHED_QUERIES; i++) {
        sqlite3_finalize(r->queries[i].stmt);
        free(r->queries[i].sql);
    }
    sqlite3_close(r->db);
    free(r);
}

bool reader_failed(struct sqlite_reader *r, int rc, struct err *ret_err)
{
    if ((rc & 0xff) == SQLITE_INTERRUPT)
        return err_set(ret_err, ERR_QUERY_TIMEOUT, "the query took longer than its deadline");
    (void)r;
    return err_set(ret_err, ERR_STORAGE_BUSY, "the database could not be read: %s", sqlite3_errstr(rc));
}

/* A commit is seen by readers a moment before its writer says so: what one has seen is said from then on. */
static void seen(struct sqlite_store *s, int64_t position)
{
    int64_t said = atomic_load(&s->position);
    while (said < position && !atomic_compare_exchange_weak(&s->position, &said, position))
        ;
}

/* The number of commits is read before the transaction begins, so the snapshot holds at least those. */
bool sqlite_begin(struct store_reader *base, int64_t deadline_ns, int64_t *ret_position, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    r->deadline_ns = deadline_ns;
    uint64_t commits = atomic_load(&r->store->commits);
    if (r->open && r->commits != commits)
        sqlite_end(base);
    if (!r->open) {
        int rc = sqlite3_step(r->begin);
        sqlite3_reset(r->begin);
        if (rc != SQLITE_DONE)
            return reader_failed(r, rc, ret_err);
        r->open = true;
        rc = sqlite3_step(r->newest); /* the first read takes the snapshot */
        r->position = rc == SQLITE_ROW ? sqlite3_column_int64(r->newest, 0) : 0;
        sqlite3_reset(r->newest);
        if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
            sqlite_end(base);
            return reader_failed(r, rc, ret_err);
        }
        seen(r->store, r->position);
        r->commits = commits;
    }
    *ret_position = r->position;
    return true;
}

void sqlite_end(struct store_reader *base)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    if (!r->open)
        return;
    r->deadline_ns = 0;
    sqlite3_reset(r->get);
    sqlite3_reset(r->show);
    sqlite3_step(r->end);
    sqlite3_reset(r->end);
    r->open = false;
}

static int64_t sent_at(struct sqlite_reader *r, int64_t position)
{
    sqlite3_bind_int64(r->sent, 1, position);
    int64_t at = sqlite3_step(r->sent) == SQLITE_ROW ? sqlite3_column_int64(r->sent, 0) : 0;
    sqlite3_reset(r->sent);
    return at;
}

bool sqlite_events(struct store_reader *base, const struct event_query *q, event_fn fn, void *ctx,
                   struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    sqlite3_stmt *s = q->has_order ? r->event_order : r->event_log;
    sqlite3_bind_int64(s, 1, q->after);
    sqlite3_bind_int64(s, 2, q->upto > 0 ? q->upto : INT64_MAX);
    if (q->has_order) {
        sqlite3_bind_int64(s, 3, ulid_rank(q->order_id));
        sqlite3_bind_int64(s, 4, (int64_t)q->order_id.lo);
    }
    int rc = SQLITE_DONE, left = q->limit;
    int64_t to_look = q->scan > 0 ? q->scan : INT64_MAX, looked = q->after;
    bool go_on = true;
    while (left > 0 && go_on && to_look > 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct event e;
        row_event(s, &e);
        to_look--;
        looked = e.position;
        if (q->types != 0 && (q->types & (1u << e.type)) == 0)
            continue;
        if (q->has_order && !ulid_equal(e.order_id, q->order_id))
            continue;
        left--;
        go_on = fn(ctx, &e, q->without_sent ? 0 : sent_at(r, e.position));
    }
    sqlite3_reset(s);
    if (left > 0 && go_on && to_look > 0) { /* nothing more up to the end */
        int64_t end = q->upto > 0 && q->upto < r->position ? q->upto : r->position;
        looked = end > looked ? end : looked;
    }
    if (q->looked != NULL)
        *q->looked = looked;
    return rc == SQLITE_ROW || rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

bool sqlite_cursor(struct store_reader *base, const char *name, int64_t *ret, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    *ret = 0;
    sqlite3_bind_text(r->cursor, 1, name, -1, SQLITE_STATIC);
    int rc = sqlite3_step(r->cursor);
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(r->cursor, 0);
    sqlite3_reset(r->cursor);
    return rc == SQLITE_ROW || rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

sqlite3_stmt *reader_query(struct sqlite_reader *r, const char *sql)
{
    struct cached_query *oldest = &r->queries[0];
    for (size_t i = 0; i < CACHED_QUERIES; i++) {
        struct cached_query *c = &r->queries[i];
        if (c->sql != NULL && strcmp(c->sql, sql) == 0) {
            c->used = ++r->tick;
            return c->stmt;
        }
        if (c->used < oldest->used)
            oldest = c;
    }
    sqlite3_stmt *s = sqlite_prepare(r->db, sql);
    char *copy = s != NULL ? strdup(sql) : NULL;
    if (copy == NULL) {
        sqlite3_finalize(s);
        return NULL;
    }
    sqlite3_finalize(oldest->stmt);
    free(oldest->sql);
    *oldest = (struct cached_query){.sql = copy, .stmt = s, .used = ++r->tick};
    return s;
}
