/* Upkeep, in the writer's idle moments: what is old goes, a few rows a step, so that a change that comes meanwhile waits
 * for one small transaction at most. */
#include "service/store/sqlite_private.h"

#define EXPIRE_STEP 200
#define SECOND_MS 1000
#define MINUTE_MS 60000
#define DAY_MS INT64_C(86400000)

/* Rows of `stat` that no figure needs any more (sqlite_stat.c), with some time to spare for readers whose moment is a
 * little older: those below now / unit - kept, times the scale of the key. */
static const struct {
    enum stat_kind kind;
    int64_t unit, kept, scale;
} expiries[] = {
    {STAT_SECOND, SECOND_MS, 120, 1},
    {STAT_MINUTE, MINUTE_MS, 25 * 60, 1},
    {STAT_STAY, DAY_MS, 8, 16},
};

/* One statement that is a transaction of its own. After an I/O error the log's end is not known: the store is broken,
 * and the next apply says so. Returns whether it changed as much as a step may. */
static bool run_alone(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    if (s->broken)
        return false;
    sqlite3_step(stmt);
    int rc = sqlite3_reset(stmt) & 0xff;
    s->broken = rc == SQLITE_IOERR || rc == SQLITE_CORRUPT;
    if (rc != SQLITE_OK)
        sqlite_log_forget(s->db);
    return rc == SQLITE_OK && sqlite3_changes(s->db) >= EXPIRE_STEP;
}

/* The oldest rows of a table that are from before this moment. */
static bool expire(struct sqlite_store *s, sqlite3_stmt *stmt, int64_t before)
{
    sqlite3_bind_int64(stmt, 1, before);
    sqlite3_bind_int(stmt, 2, EXPIRE_STEP);
    return run_alone(s, stmt);
}

static bool expire_stats(struct sqlite_store *s, int64_t now)
{
    bool more = false;
    for (size_t i = 0; i < sizeof expiries / sizeof expiries[0]; i++) {
        sqlite3_bind_int(s->stat_expire, 1, (int)expiries[i].kind);
        sqlite3_bind_int64(s->stat_expire, 2,
                           (now / expiries[i].unit - expiries[i].kept) * expiries[i].scale);
        sqlite3_bind_int(s->stat_expire, 3, EXPIRE_STEP);
        more = run_alone(s, s->stat_expire) || more;
    }
    return more;
}

/* The last of the rows from s->sent_thinned on that are more than a day old; *ret_more: the step ends there, the rows
 * may not. Rows of what was left out have no time, and are of any age. */
static int64_t old_sent(struct sqlite_store *s, int64_t now, bool *ret_more)
{
    int64_t last = s->sent_thinned, n = 0;
    sqlite3_bind_int64(s->sent_look, 1, last);
    sqlite3_bind_int(s->sent_look, 2, EXPIRE_STEP);
    while (sqlite3_step(s->sent_look) == SQLITE_ROW && sqlite3_column_int64(s->sent_look, 1) < now - DAY_MS) {
        last = sqlite3_column_int64(s->sent_look, 0);
        n++;
    }
    sqlite3_reset(s->sent_look);
    *ret_more = n == EXPIRE_STEP;
    return last;
}

/* When an event was acknowledged is known to the batch for a day, and then to the minute: of the rows of one minute, the
 * last stays for all. */
static bool thin_sent(struct sqlite_store *s, int64_t now)
{
    bool more = false;
    int64_t last = old_sent(s, now, &more);
    if (last == s->sent_thinned)
        return false;
    sqlite3_bind_int64(s->sent_thin, 1, s->sent_thinned);
    sqlite3_bind_int64(s->sent_thin, 2, last);
    (void)run_alone(s, s->sent_thin);
    s->sent_thinned = last;
    return more;
}

bool sqlite_upkeep(struct store *base, int64_t now)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    if (s->broken)
        return false;
    bool more = expire(s, s->claim_expire, now - CLAIM_TTL_MS);
    more = expire(s, s->inbox_expire, now - INBOX_TTL_MS) || more;
    more = expire_stats(s, now) || more;
    more = thin_sent(s, now) || more;
    if (!more && !s->broken && s->wal.grown) {
        struct err ignored;
        (void)sqlite_checkpoint(s, &ignored); /* `broken` is reported by the next apply */
    }
    return more && !s->broken;
}
