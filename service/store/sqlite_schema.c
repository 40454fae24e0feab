#include "service/store/sqlite_private.h"
#include "shared/log.h"

#include <stdio.h>

#define NEW_NAME "lower(hex(randomblob(8)))" /* LOG_NAME_LEN digits */

/* Each entry lifts the schema by one version, in one transaction. Entries that were released never change; new ones
 * are appended. Numbers that stand for statuses, priorities and event types are the enums' values: those lists only
 * grow at their end.
 *
 * rank is the primary key of an order and sorts as (createdAt, id) does; with the low half it is the whole id. So
 * "newest first" needs no index of its own, and an index on x serves "x, newest first" since each of its entries ends
 * in the rank. */
static const char *const migrations[] = {
    "CREATE TABLE orders("
    " rank INTEGER PRIMARY KEY,"
    " low INTEGER NOT NULL,"
    " version INTEGER NOT NULL,"
    " status INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " customer TEXT NOT NULL,"
    " status_since INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL,"
    " promised_at INTEGER NOT NULL,"
    " total INTEGER NOT NULL,"
    " currency TEXT NOT NULL,"
    " items INTEGER NOT NULL,"
    " grams INTEGER NOT NULL,"
    " picked INTEGER NOT NULL,"
    " wave TEXT,"
    " tracking TEXT,"
    " carrier TEXT,"
    " reason TEXT,"
    " holds TEXT,"
    " last_faults TEXT,"
    " doc TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX orders_by_status ON orders(status, priority);"
    "CREATE INDEX orders_by_since ON orders(status, status_since) WHERE status < 7;"
    "CREATE INDEX orders_by_promise ON orders(promised_at) WHERE status < 7;"
    "CREATE INDEX orders_by_customer ON orders(customer);"
    "CREATE INDEX orders_by_wave ON orders(wave) WHERE wave IS NOT NULL;"
    "CREATE TABLE events("
    " position INTEGER PRIMARY KEY,"
    " rank INTEGER NOT NULL,"
    " low INTEGER NOT NULL,"
    " version INTEGER NOT NULL,"
    " type INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " id_hi INTEGER NOT NULL,"
    " id_lo INTEGER NOT NULL,"
    " actor TEXT,"
    " caller TEXT,"
    " traceparent TEXT,"
    " data TEXT NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX events_by_order ON events(rank, version);"
    "CREATE TABLE claims("
    " seq INTEGER PRIMARY KEY,"
    " key BLOB NOT NULL UNIQUE,"
    " request BLOB NOT NULL,"
    " made_at INTEGER NOT NULL,"
    " record BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE stat("
    " kind INTEGER NOT NULL,"
    " a INTEGER NOT NULL,"
    " b INTEGER NOT NULL,"
    " n INTEGER NOT NULL,"
    " PRIMARY KEY(kind, a, b)"
    ") STRICT, WITHOUT ROWID;"
    /* how far a follower of the log has come */
    "CREATE TABLE cursors(name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    /* events up to this position were acknowledged at this time: one row an acknowledged batch */
    "CREATE TABLE sent(upto INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;",
    /* who follows the log, by the cursor's name; fence rises with each change of hands */
    "CREATE TABLE leases("
    " name TEXT PRIMARY KEY,"
    " owner TEXT NOT NULL,"
    " fence INTEGER NOT NULL,"
    " expires INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
    /* facts of the warehouse that wait for the order: how many, so that orders without any cost nothing */
    "ALTER TABLE orders ADD COLUMN parked INTEGER NOT NULL DEFAULT 0;"
    /* which facts were taken in, beside their orders; rank 0: a record that is no fact */
    "CREATE TABLE inbox(rank INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(rank, key)) STRICT, WITHOUT ROWID;"
    /* records from outside that something of is parked or set aside */
    "CREATE TABLE records("
    " id INTEGER PRIMARY KEY,"
    " hash BLOB NOT NULL UNIQUE,"
    " topic TEXT NOT NULL,"
    " part INTEGER NOT NULL,"
    " pos INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " key BLOB,"
    " value BLOB,"
    " headers TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE parked("
    " id INTEGER PRIMARY KEY,"
    " rank INTEGER NOT NULL,"
    " low INTEGER NOT NULL,"
    " kind INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " wave TEXT,"
    " tracking TEXT,"
    " carrier TEXT,"
    " reason TEXT,"
    " items INTEGER NOT NULL,"
    " source TEXT,"
    " traceparent TEXT,"
    " since INTEGER NOT NULL,"
    " due INTEGER NOT NULL,"
    " record INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX parked_by_order ON parked(rank);"
    "CREATE INDEX parked_by_due ON parked(due);"
    "CREATE INDEX parked_by_record ON parked(record);"
    "CREATE TABLE wave_facts("
    " rank INTEGER NOT NULL,"
    " low INTEGER NOT NULL,"
    " wave TEXT NOT NULL,"
    " time INTEGER NOT NULL,"
    " removed INTEGER NOT NULL,"
    " PRIMARY KEY(rank, low, wave)"
    ") STRICT, WITHOUT ROWID;"
    /* position: the newest event of the log when the note was written */
    "CREATE TABLE notes("
    " id INTEGER PRIMARY KEY,"
    " rank INTEGER NOT NULL,"
    " low INTEGER NOT NULL,"
    " position INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " text TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX notes_by_order ON notes(rank);"
    "CREATE TABLE dead_letters("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " code INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " received_at INTEGER NOT NULL,"
    " rank INTEGER,"
    " low INTEGER,"
    " record INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX dead_letters_by_code ON dead_letters(code);"
    "CREATE INDEX dead_letters_by_record ON dead_letters(record);",
    /* the inbox forgets, oldest first; what it has by now counts as taken in now */
    "ALTER TABLE inbox RENAME TO inbox_before;"
    "CREATE TABLE inbox("
    " seq INTEGER PRIMARY KEY,"
    " rank INTEGER NOT NULL,"
    " key BLOB NOT NULL,"
    " taken_at INTEGER NOT NULL,"
    " UNIQUE(rank, key)"
    ") STRICT;"
    "INSERT INTO inbox(rank,key,taken_at) SELECT rank,key,unixepoch()*1000 FROM inbox_before;"
    "DROP TABLE inbox_before;",
    /* what is stamped ahead of the clock is remembered longer than what comes after it */
    ("ALTER TABLE inbox RENAME COLUMN taken_at TO since;"
     "CREATE INDEX inbox_by_since ON inbox(since);"),
    /* the log's name; copied: this is a backup, which has not been written to since */
    "CREATE TABLE log(name TEXT NOT NULL, copied INTEGER NOT NULL) STRICT;"
    "INSERT INTO log(name,copied) VALUES(" NEW_NAME ",0);",
    /* orders with ranks from `first` to that of the next segment; all that is stored by now is one */
    ("ALTER TABLE orders ADD COLUMN segment INTEGER NOT NULL DEFAULT 0;"
     "CREATE TABLE segments(n INTEGER PRIMARY KEY, first INTEGER NOT NULL, before INTEGER NOT NULL) STRICT;"
     "INSERT INTO segments(n,first,before) VALUES(0,0,0);"
     "DROP INDEX orders_by_customer;"
     "CREATE INDEX orders_by_customer ON orders(segment, customer);"),
};
#define MIGRATIONS ((int)(sizeof migrations / sizeof migrations[0]))
#define APPLICATION_ID 0x4f444543 /* "ODEC" */

static bool pragma_int(sqlite3 *db, const char *sql, int *ret)
{
    sqlite3_stmt *s = sqlite_prepare(db, sql);
    bool ok = s != NULL && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *ret = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return ok;
}

static bool lift(sqlite3 *db, int version)
{
    char last[96];
    snprintf(last, sizeof last, "PRAGMA application_id=%d;PRAGMA user_version=%d;COMMIT;", APPLICATION_ID,
             version + 1);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return false;
    if (sqlite3_exec(db, migrations[version], NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, last, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* A file without a version is ours to make only when nothing is in it. */
static bool recognise(sqlite3 *db, const char *path, int *ret_version, struct err *ret_err)
{
    int application = 0, tables = 0;
    if (!pragma_int(db, "PRAGMA user_version", ret_version) ||
        !pragma_int(db, "PRAGMA application_id", &application) ||
        !pragma_int(db, "SELECT count(*) FROM sqlite_schema", &tables))
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot read database '%s': %s", path, sqlite3_errmsg(db));
    bool fresh = *ret_version == 0 && application == 0 && tables == 0;
    if (!fresh && (application != APPLICATION_ID || *ret_version < 1))
        return err_set(ret_err, ERR_STORAGE_BUSY, "database '%s' belongs to another program", path);
    if (*ret_version > MIGRATIONS)
        return err_set(ret_err, ERR_STORAGE_BUSY,
                       "database '%s' was made by a newer version (schema %d, this build knows %d)", path,
                       *ret_version, MIGRATIONS);
    return true;
}

bool sqlite_recognise(sqlite3 *db, bool read_only, const char *path, struct err *ret_err)
{
    int version = 0;
    if (!recognise(db, path, &version, ret_err))
        return false;
    if (read_only && version < MIGRATIONS)
        return err_set(ret_err, ERR_STORAGE_BUSY,
                       "database '%s' has schema %d and needs %d; start once without read-only", path,
                       version, MIGRATIONS);
    return true;
}

bool sqlite_migrate(sqlite3 *db, const char *path, struct err *ret_err)
{
    int version = 0;
    if (!recognise(db, path, &version, ret_err))
        return false;
    if (version > 0 && version < MIGRATIONS) /* takes seconds where there are millions of orders */
        log_line(LOG_INFO, "the database is brought to this version", LOG_I("from", version),
                 LOG_I("to", MIGRATIONS));
    for (; version < MIGRATIONS; version++)
        if (!lift(db, version))
            return err_set(ret_err, ERR_STORAGE_BUSY, "cannot prepare database '%s': %s", path,
                           sqlite3_errmsg(db));
    return true;
}

int sqlite_mark_copy(sqlite3 *copy)
{
    return sqlite3_exec(copy, "UPDATE log SET copied=1", NULL, NULL, NULL);
}

int sqlite_rename_copy(sqlite3 *db)
{
    return sqlite3_exec(db, "UPDATE log SET name=" NEW_NAME ",copied=0 WHERE copied<>0", NULL, NULL, NULL);
}

bool sqlite_read_name(sqlite3 *db, char ret[LOG_NAME_LEN + 1])
{
    sqlite3_stmt *s = sqlite_prepare(db, "SELECT name FROM log");
    bool ok = s != NULL && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        snprintf(ret, LOG_NAME_LEN + 1, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return ok;
}
