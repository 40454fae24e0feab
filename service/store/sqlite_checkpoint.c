/* How the log comes into the database's file.
 *
 * Taken over at one stroke, a long log holds the writer up for as long as the disk needs for some thousand pages that lie
 * apart. So a part of it is copied every now and then while the log grows on, and a thread asks the kernel to write what
 * was copied meanwhile; when the log has its full length, most of its pages are on the disk, and the sync is short.
 *
 * What makes a part is a snapshot of our own, held from one commit to the next: SQLite copies up to the oldest snapshot.
 * Short of the log's end it neither syncs the file nor lets the log begin anew (WAL format, section 4.3), so a crash finds
 * in the log all that was copied. The one checkpoint that reaches the end syncs the whole file first. The thread is for
 * speed, and for word of a page that could not be written. */
#include "service/store/sqlite_private.h"

#define LOG_FRAMES 16000
#define PARTS 8

/* ---- the snapshot that makes a part */

/* Until the log has the length of a part there is neither connection nor thread. false: there are no parts. */
static bool prepare(struct sqlite_store *s)
{
    struct sqlite_wal *w = &s->wal;
    if (!w->prepared) {
        w->prepared = true;
        if (sqlite3_open_v2(s->path, &w->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, s->vfs) == SQLITE_OK)
            w->hold = sqlite_prepare(w->db, "SELECT 1 FROM sqlite_schema");
        if (w->hold != NULL)
            w->flusher = flusher_open(s->path);
    }
    return w->hold != NULL;
}

/* A statement at a row keeps its snapshot. */
static void hold(struct sqlite_store *s)
{
    if (!prepare(s))
        return;
    s->wal.held = sqlite3_step(s->wal.hold) == SQLITE_ROW;
    if (!s->wal.held)
        sqlite3_reset(s->wal.hold);
}

static void let_go(struct sqlite_wal *w)
{
    if (w->held)
        sqlite3_reset(w->hold);
    w->held = false;
}

/* ---- checkpoints */

static int count_frames(void *ctx, sqlite3 *db, const char *name, int frames)
{
    (void)db;
    (void)name;
    struct sqlite_wal *w = ctx;
    if (frames < w->frames) { /* the log began anew */
        w->whole_at = w->most;
        w->part_at = w->most / PARTS;
    }
    w->frames = frames;
    w->grown = true;
    return SQLITE_OK;
}

void sqlite_wal_watch(struct sqlite_store *s, int most)
{
    struct sqlite_wal *w = &s->wal;
    w->most = most > 0 ? most : LOG_FRAMES;
    w->whole_at = w->most;
    w->part_at = w->most / PARTS;
    sqlite3_wal_hook(s->db, count_frames, w);
}

/* Only the connection that writes may do this. With another one SQLite before 3.51.3 can mistake a log that has begun anew
 * for the one it looked at, and leave out what was committed since. */
static bool copy(struct sqlite_store *s, struct err *ret_err)
{
    s->wal.part_at = s->wal.frames + s->wal.most / PARTS;
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if ((rc & 0xff) != SQLITE_IOERR && (rc & 0xff) != SQLITE_CORRUPT)
        return true; /* busy and full try again later; the log just grows meanwhile */
    s->broken = true;
    return err_set(ret_err, ERR_OUTCOME_UNKNOWN, "checkpoint failed on database '%s': %s", s->path,
                   sqlite3_errmsg(s->db));
}

/* What a reader's snapshot keeps in the log is looked at again when as much has come. */
bool sqlite_checkpoint(struct sqlite_store *s, struct err *ret_err)
{
    let_go(&s->wal);
    s->wal.grown = false;
    s->wal.whole_at = s->wal.frames + s->wal.most;
    return copy(s, ret_err);
}

static bool copy_part(struct sqlite_store *s, struct err *ret_err)
{
    bool ok = copy(s, ret_err);
    let_go(&s->wal);
    flusher_ask(s->wal.flusher);
    return ok;
}

/* The log has all that was copied since its beginning: the next start takes it over again. */
static bool flushed(struct sqlite_store *s, struct err *ret_err)
{
    if (!flusher_failed(s->wal.flusher))
        return true;
    s->broken = true;
    return err_set(ret_err, ERR_OUTCOME_UNKNOWN, "database '%s' could not be written", s->path);
}

bool sqlite_wal_committed(struct sqlite_store *s, struct err *ret_err)
{
    if (!flushed(s, ret_err))
        return false;
    if (s->wal.frames > s->wal.whole_at)
        return sqlite_checkpoint(s, ret_err);
    if (s->wal.held)
        return copy_part(s, ret_err);
    if (s->wal.frames > s->wal.part_at)
        hold(s);
    return true;
}

void sqlite_wal_release(struct sqlite_store *s)
{
    struct sqlite_wal *w = &s->wal;
    sqlite3_finalize(w->hold);
    sqlite3_close(w->db);
    if (s->db != NULL)
        sqlite3_close(s->db);
    flusher_close(w->flusher); /* not before: it gives up the process's locks on the file */
}
