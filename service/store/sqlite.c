#include "service/store/sqlite_private.h"

#include "shared/json.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK)
        return NULL;
    return s;
}

/* An update writes each index that has one of its columns, changed or not: so the customer and the wave, which most
 * changes keep, are named apart. */
#define UPDATE_ORDER                                                                                       \
    "UPDATE orders SET version=?3,status=?4,priority=?5,status_since=?7,updated_at=?8,promised_at=?9,"     \
    "total=?10,currency=?11,items=?12,grams=?13,picked=?14,tracking=?16,carrier=?17,reason=?18,holds=?19," \
    "last_faults=?20,doc=?21,parked=?22"
#define AS_DECIDED_ON " WHERE rank=?1 AND low=?2 AND version=?23"

/* The writer's statements: where each lives, and its text. */
static const struct {
    size_t offset;
    const char *sql;
} statements[] = {
#define ROW(member, text)                           \
    {                                               \
        offsetof(struct sqlite_store, member), text \
    }
    ROW(begin, "BEGIN IMMEDIATE"),
    ROW(commit, "COMMIT"),
    ROW(rollback, "ROLLBACK"),
    ROW(load, "SELECT " READ_ORDER " FROM orders WHERE rank=?1 AND low=?2"),
    ROW(insert, "INSERT INTO orders(" ORDER_COLUMNS ",parked,segment) "
                "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23)"),
    ROW(update, UPDATE_ORDER ",customer=?6,wave=?15" AS_DECIDED_ON),
    ROW(update_kept, UPDATE_ORDER AS_DECIDED_ON),
    ROW(event, "INSERT INTO events(" EVENT_COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"),
    ROW(claim_find, "SELECT request,made_at,record FROM claims WHERE key=?1"),
    ROW(claim_drop, "DELETE FROM claims WHERE key=?1"),
    ROW(claim_add, "INSERT INTO claims(key,request,made_at,record) VALUES(?1,?2,?3,?4)"),
    ROW(stat_add, "INSERT INTO stat(kind,a,b,n) VALUES(?1,?2,?3,?4) "
                  "ON CONFLICT(kind,a,b) DO UPDATE SET n=n+excluded.n"),
    ROW(stat_drop, "DELETE FROM stat WHERE kind=?1 AND a=?2 AND b=?3 AND n=0"),
    ROW(claim_expire,
        "DELETE FROM claims WHERE seq IN (SELECT seq FROM (SELECT seq,made_at FROM claims ORDER BY seq "
        "LIMIT ?2) WHERE made_at<?1)"),
    ROW(inbox_expire,
        "DELETE FROM inbox WHERE seq IN (SELECT seq FROM inbox WHERE since<?1 ORDER BY since LIMIT ?2)"),
    /* one upper bound, so that a step looks at no more rows than it deletes */
    ROW(stat_expire, "DELETE FROM stat WHERE kind=?1 AND a<min(?2,(SELECT max(a)+1 FROM (SELECT a FROM stat "
                     "WHERE kind=?1 ORDER BY a LIMIT ?3)))"),
    ROW(segment_add, "INSERT INTO segments(n,first,before) VALUES(?1,?2,?3)"),
    ROW(segment_of, "SELECT max(n) FROM segments WHERE first<=?1"),
    ROW(lease_find, "SELECT owner,fence,expires FROM leases WHERE name=?1"),
    ROW(lease_put, "INSERT INTO leases(name,owner,fence,expires) VALUES(?1,?2,?3,?4) "
                   "ON CONFLICT(name) DO UPDATE SET owner=?2,fence=?3,expires=?4"),
    ROW(cursor_find, "SELECT position FROM cursors WHERE name=?1"),
    ROW(cursor_put,
        "INSERT INTO cursors(name,position) VALUES(?1,?2) ON CONFLICT(name) DO UPDATE SET position=?2"),
    ROW(sent_add, "INSERT INTO sent(upto,at) VALUES(?1,?2)"),
    ROW(sent_look, "SELECT upto,at FROM sent WHERE upto>=?1 ORDER BY upto LIMIT ?2"),
    ROW(sent_thin,
        "DELETE FROM sent WHERE upto IN (SELECT upto FROM (SELECT upto,at,lead(at) OVER (ORDER BY upto) AS "
        "next FROM sent WHERE upto BETWEEN ?1 AND ?2) WHERE at/60000=next/60000)"),
    ROW(inbox_find, "SELECT 1 FROM inbox WHERE rank=?1 AND key=?2"),
    ROW(inbox_add, "INSERT INTO inbox(rank,key,since) VALUES(?1,?2,?3)"),
    ROW(parked_load,
        "SELECT id,kind,time,wave,tracking,carrier,reason,items,source,traceparent,since,due,record "
        "FROM parked WHERE rank=?1 AND low=?2 ORDER BY id"),
    ROW(parked_add,
        "INSERT INTO parked(rank,low,kind,time,wave,tracking,carrier,reason,items,source,traceparent,since,"
        "due,record) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"),
    ROW(parked_drop, "DELETE FROM parked WHERE id=?1"),
    ROW(parked_wait, "UPDATE parked SET due=?2 WHERE id=?1"),
    ROW(order_parked, "UPDATE orders SET parked=?3 WHERE rank=?1 AND low=?2"),
    ROW(wave_load, "SELECT wave,time,removed FROM wave_facts WHERE rank=?1 AND low=?2"),
    ROW(wave_put, "INSERT INTO wave_facts(rank,low,wave,time,removed) VALUES(?1,?2,?3,?4,?5) "
                  "ON CONFLICT(rank,low,wave) DO UPDATE SET time=?4,removed=?5"),
    ROW(note_add, "INSERT INTO notes(rank,low,position,time,text) VALUES(?1,?2,?3,?4,?5)"),
    ROW(record_find, "SELECT id FROM records WHERE hash=?1"),
    ROW(record_add,
        "INSERT INTO records(hash,topic,part,pos,time,key,value,headers) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"),
    ROW(record_drop,
        "DELETE FROM records WHERE id=?1 AND NOT EXISTS(SELECT 1 FROM parked WHERE record=?1) AND NOT "
        "EXISTS(SELECT 1 FROM dead_letters WHERE record=?1)"),
    ROW(dead_find,
        "SELECT " DEAD_COLUMNS " FROM dead_letters d JOIN records r ON r.id=d.record WHERE d.id=?1"),
    ROW(dead_next,
        "SELECT " DEAD_COLUMNS " FROM dead_letters d JOIN records r ON r.id=d.record WHERE d.id>?1 AND "
        "(?2<0 OR d.code=?2) ORDER BY d.id LIMIT 1"),
    ROW(dead_add,
        "INSERT INTO dead_letters(code,reason,received_at,rank,low,record) VALUES(?1,?2,?3,?4,?5,?6)"),
    ROW(dead_drop, "DELETE FROM dead_letters WHERE id=?1"),
#undef ROW
};

static sqlite3_stmt **statement_at(struct sqlite_store *s, size_t i)
{
    return (sqlite3_stmt **)(void *)((char *)s + statements[i].offset);
}

static bool exec(struct sqlite_store *s, const char *sql, struct err *ret_err)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return err_set(ret_err, ERR_STORAGE_BUSY, "cannot prepare database '%s': %s", s->path,
                   sqlite3_errmsg(s->db));
}

static bool open_database(struct sqlite_store *s, struct err *ret_err)
{
    int flags = s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const char *vfs = s->read_only ? s->vfs : sqlite_log_vfs(s->vfs);
    int rc = sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (rc != SQLITE_OK)
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot open database '%s': %s (%s)", s->path,
                       s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc),
                       strerror(s->db ? sqlite3_system_errno(s->db) : ENOMEM));
    sqlite3_busy_timeout(s->db, 2000);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return true;
}

/* WAL is a property of the file; the rest are of the connection. Checkpoints are the writer's alone, at moments of its
 * choosing (sqlite_checkpoint.c). */
static bool set_up_writer(struct sqlite_store *s, const struct sqlite_options *o, struct err *ret_err)
{
    char sync[64];
    snprintf(sync, sizeof sync, "PRAGMA synchronous=%s", o->synchronous ? o->synchronous : "FULL");
    if (!exec(s, "PRAGMA journal_mode=WAL", ret_err) || !exec(s, sync, ret_err) ||
        !exec(s,
              "PRAGMA cache_size=-65536;PRAGMA temp_store=MEMORY;PRAGMA foreign_keys=OFF;"
              "PRAGMA journal_size_limit=67108864;PRAGMA wal_autocheckpoint=0",
              ret_err))
        return false;
    if (!sqlite_migrate(s->db, s->path, ret_err))
        return false;
    /* this process has the file for itself: whoever held a lease before is gone */
    if (!exec(s, "UPDATE leases SET expires=0 WHERE expires<>0", ret_err))
        return false;
    if (sqlite_rename_copy(s->db) != SQLITE_OK)
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot prepare database '%s': %s", s->path,
                       sqlite3_errmsg(s->db));
    sqlite_wal_watch(s, o->log_frames);
    bool prepared = row_functions(s->db, &s->row) == SQLITE_OK;
    for (size_t i = 0; prepared && i < sizeof statements / sizeof statements[0]; i++)
        prepared = (*statement_at(s, i) = sqlite_prepare(s->db, statements[i].sql)) != NULL;
    if (!prepared)
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot use database '%s': %s", s->path,
                       sqlite3_errmsg(s->db));
    if (!deltas_init(&s->deltas))
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    return true;
}

static bool one_number(sqlite3 *db, const char *sql, int64_t *ret)
{
    sqlite3_stmt *s = sqlite_prepare(db, sql);
    bool ok = s != NULL && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *ret = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return ok;
}

/* Where positions and ids go on. */
static bool find_ends(struct sqlite_store *s, int segment_orders, struct err *ret_err)
{
    int64_t position, rank;
    if (!sqlite_read_name(s->db, s->log) ||
        !one_number(s->db, "SELECT max(position) FROM events", &position) ||
        !one_number(s->db, "SELECT max(rank) FROM orders", &rank) ||
        !sqlite_segment_find(s, rank, segment_orders))
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot read database '%s': %s", s->path,
                       sqlite3_errmsg(s->db));
    atomic_store(&s->position, position);
    s->next_position = position;
    facts_count(s);
    ulid_seed(rank);
    return true;
}

static void sqlite_close(struct store *base)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    if (!s->read_only)
        for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
            sqlite3_finalize(*statement_at(s, i));
    sqlite_wal_release(s);
    deltas_release(&s->deltas);
    free(s->path);
    free(s->vfs);
    free(s);
}

static uint64_t sqlite_commits(struct store *base)
{
    return atomic_load(&((struct sqlite_store *)base)->commits);
}

static int64_t sqlite_position(struct store *base)
{
    return atomic_load(&((struct sqlite_store *)base)->position);
}

static const char *sqlite_log(struct store *base)
{
    return ((struct sqlite_store *)base)->log;
}

/* A connection of its own, so that any thread may ask; cheap enough for a probe a second. */
static bool sqlite_check(struct store *base, struct err *ret_err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    sqlite3 *db = NULL;
    int flags = s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int rc = sqlite3_open_v2(s->path, &db, flags | SQLITE_OPEN_NOMUTEX, s->vfs);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0;SELECT 1 FROM orders LIMIT 1", NULL, NULL, NULL);
    if (rc == SQLITE_OK && !s->read_only && sqlite3_db_readonly(db, "main") != 0)
        rc = SQLITE_READONLY;
    bool ok = rc == SQLITE_OK || rc == SQLITE_BUSY;
    if (!ok)
        err_set(ret_err, ERR_STORAGE_BUSY, "the database does not answer: %s", sqlite3_errstr(rc));
    sqlite3_close(db);
    return ok;
}

static bool copy_database(sqlite3 *from, const char *path, struct err *ret_err)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *b = rc == SQLITE_OK ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    if (b != NULL) {
        int copied = sqlite3_backup_step(b, -1);
        rc = sqlite3_backup_finish(b);
        rc = copied == SQLITE_DONE ? rc : copied;
    } else if (rc == SQLITE_OK) {
        rc = sqlite3_errcode(to);
    }
    if (rc == SQLITE_OK)
        rc = sqlite_mark_copy(to);
    /* the copy is one file: no -wal beside it to forget */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    if (sqlite3_close(to) == SQLITE_OK && rc == SQLITE_OK)
        return true;
    unlink(path); /* half a copy is none, and would stand in the way of the next */
    return err_set(ret_err, rc == SQLITE_FULL ? ERR_STORAGE_FULL : ERR_STORAGE_BUSY,
                   "cannot write backup '%s': %s", path, sqlite3_errstr(rc));
}

static bool sqlite_backup(struct store *base, const char *path, struct err *ret_err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    struct stat st;
    if (stat(path, &st) == 0)
        return err_set(ret_err, ERR_STORAGE_BUSY, "backup '%s' exists already", path);
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, s->vfs);
    bool ok = rc == SQLITE_OK ? copy_database(db, path, ret_err)
                              : err_set(ret_err, ERR_STORAGE_BUSY, "cannot read database '%s': %s", s->path,
                                        sqlite3_errstr(rc));
    sqlite3_close(db);
    return ok;
}

static int64_t file_size(const char *path, const char *suffix)
{
    struct stat st;
    char name[4200];
    int n = snprintf(name, sizeof name, "%s%s", path, suffix);
    return n > 0 && (size_t)n < sizeof name && stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void sqlite_describe(struct store *base, struct buf *out)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    const char *slash = strrchr(s->path, '/');
    buf_addc(out, '{');
    json_put_string(out, "kind", "sqlite");
    json_put_string(out, "version", sqlite3_libversion());
    json_put_string(out, "file", slash ? slash + 1 : s->path);
    json_put_int(out, "bytes", file_size(s->path, ""));
    json_put_int(out, "walBytes", file_size(s->path, "-wal"));
    json_put_int(out, "commits", (int64_t)atomic_load(&s->commits));
    json_put_int(out, "position", atomic_load(&s->position));
    json_put_string(out, "log", s->log);
    json_put_bool(out, "readOnly", s->read_only);
    buf_addc(out, '}');
}

static const struct store_ops ops = {
    .name = "sqlite",
    .apply = sqlite_apply,
    .upkeep = sqlite_upkeep,
    .probe = sqlite_probe,
    .commits = sqlite_commits,
    .position = sqlite_position,
    .log = sqlite_log,
    .check = sqlite_check,
    .backup = sqlite_backup,
    .describe = sqlite_describe,
    .close = sqlite_close,
    .reader_open = sqlite_reader_open,
    .reader_close = sqlite_reader_close,
    .begin = sqlite_begin,
    .end = sqlite_end,
    .get = sqlite_get,
    .show = sqlite_show,
    .list = sqlite_list,
    .count = sqlite_count,
    .events = sqlite_events,
    .cursor = sqlite_cursor,
    .dead_letters = sqlite_dead_letters,
    .notes = sqlite_notes,
    .due = sqlite_due,
    .stats = sqlite_stats,
};

/* For the whole process, before SQLite's first use; later it has no effect. */
static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* statistics cost a lock on each allocation */
    (void)sqlite_cache_install();
}

struct store *sqlite_open(const struct sqlite_options *o, struct err *ret_err)
{
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    s->base.ops = &ops;
    s->path = strdup(o->path);
    s->vfs = o->vfs ? strdup(o->vfs) : NULL;
    s->read_only = o->read_only;
    bool ok = s->path != NULL && open_database(s, ret_err) &&
              sqlite_recognise(s->db, o->read_only, s->path, ret_err) &&
              (o->read_only || set_up_writer(s, o, ret_err)) && find_ends(s, o->segment_orders, ret_err);
    if (!ok) {
        sqlite_close(&s->base);
        return NULL;
    }
    return &s->base;
}
