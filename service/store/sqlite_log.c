/* A VFS over another: the frames that one commit adds to the write-ahead log go to the file in one piece.
 *
 * SQLite writes each frame with two calls, 24 bytes of header and the page. Here they gather, and are written as soon
 * as the frame that ends the transaction is whole (its header names the database's size; WAL format, section 4.1), and
 * before anything else is done with the file. So with synchronous=FULL nothing that is committed waits here, and
 * an error comes before the commit is announced to anybody, as it would without this layer: at the commit's frame or
 * its sync. Only the writer's connection opens its log this way. */
#include "service/store/sqlite_private.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATHER_MAX (128 * 1024)
#define FRAME_HEADER 24
#define VFS_MAX 4

struct log_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    sqlite3_int64 at;   /* where the gathered bytes go */
    int len;
    bool last;   /* the header of a transaction's last frame is in; its page comes next */
    char *bytes; /* GATHER_MAX, made with the first write; owned */
};

struct log_vfs {
    sqlite3_vfs base;
    sqlite3_vfs *real;
    char name[64];
};

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct log_file *)f)->real;
}

/* What cannot be written is kept: the transaction may still go on. */
static int flush(sqlite3_file *b)
{
    struct log_file *f = (struct log_file *)b;
    int rc = f->len > 0 ? f->real->pMethods->xWrite(f->real, f->bytes, f->len, f->at) : SQLITE_OK;
    if (rc == SQLITE_OK)
        f->len = 0;
    return rc;
}

/* The same with a transaction's last frame among it: when that fails SQLite takes the transaction back, and its end must
 * never come into the file later. */
static int flush_last(sqlite3_file *b)
{
    int rc = flush(b);
    ((struct log_file *)b)->len = 0;
    return rc;
}

static int log_close(sqlite3_file *b)
{
    struct log_file *f = (struct log_file *)b;
    int written = flush(b), closed = f->real->pMethods->xClose(f->real);
    free(f->bytes);
    return written != SQLITE_OK ? written : closed;
}

static int log_read(sqlite3_file *b, void *to, int n, sqlite3_int64 at)
{
    int rc = flush(b);
    return rc == SQLITE_OK ? real_of(b)->pMethods->xRead(real_of(b), to, n, at) : rc;
}

static bool ends_transaction(const unsigned char *header)
{
    return (header[4] | header[5] | header[6] | header[7]) != 0;
}

static int log_write(sqlite3_file *b, const void *from, int n, sqlite3_int64 at)
{
    struct log_file *f = (struct log_file *)b;
    int rc = SQLITE_OK;
    if (f->bytes == NULL && (f->bytes = malloc(GATHER_MAX)) == NULL)
        return SQLITE_IOERR_NOMEM;
    if (f->len > 0 && (at != f->at + f->len || n > GATHER_MAX - f->len))
        rc = flush(b);
    if (rc != SQLITE_OK || n > GATHER_MAX)
        return rc != SQLITE_OK ? rc : f->real->pMethods->xWrite(f->real, from, n, at);
    if (f->len == 0)
        f->at = at;
    memcpy(f->bytes + f->len, from, (size_t)n);
    f->len += n;
    bool whole = f->last;
    f->last = n == FRAME_HEADER && ends_transaction(from);
    return whole ? flush_last(b) : SQLITE_OK;
}

static int log_truncate(sqlite3_file *b, sqlite3_int64 size)
{
    int rc = flush(b);
    return rc == SQLITE_OK ? real_of(b)->pMethods->xTruncate(real_of(b), size) : rc;
}

static int log_sync(sqlite3_file *b, int flags)
{
    int rc = flush(b);
    return rc == SQLITE_OK ? real_of(b)->pMethods->xSync(real_of(b), flags) : rc;
}

static int log_size(sqlite3_file *b, sqlite3_int64 *ret)
{
    int rc = flush(b);
    return rc == SQLITE_OK ? real_of(b)->pMethods->xFileSize(real_of(b), ret) : rc;
}

static int log_lock(sqlite3_file *b, int level)
{
    return real_of(b)->pMethods->xLock(real_of(b), level);
}

static int log_unlock(sqlite3_file *b, int level)
{
    return real_of(b)->pMethods->xUnlock(real_of(b), level);
}

static int log_reserved(sqlite3_file *b, int *ret)
{
    return real_of(b)->pMethods->xCheckReservedLock(real_of(b), ret);
}

static int log_control(sqlite3_file *b, int op, void *arg)
{
    return real_of(b)->pMethods->xFileControl(real_of(b), op, arg);
}

static int log_sector(sqlite3_file *b)
{
    return real_of(b)->pMethods->xSectorSize(real_of(b));
}

static int log_device(sqlite3_file *b)
{
    return real_of(b)->pMethods->xDeviceCharacteristics(real_of(b));
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* shared memory and mapping belong to the database's own file */
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_device,
};

/* ---- the VFS: everything but the log is the other's */

static sqlite3_vfs *under(sqlite3_vfs *v)
{
    return ((struct log_vfs *)v)->real;
}

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *b, int flags, int *ret_flags)
{
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return under(v)->xOpen(under(v), name, b, flags, ret_flags);
    struct log_file *f = (struct log_file *)b;
    *f = (struct log_file){.real = (sqlite3_file *)(void *)(f + 1)};
    int rc = under(v)->xOpen(under(v), name, f->real, flags, ret_flags);
    if (f->real->pMethods != NULL)
        f->base.pMethods = &methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
    return under(v)->xDelete(under(v), name, sync);
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
    return under(v)->xAccess(under(v), name, flags, ret);
}

static int vfs_path(sqlite3_vfs *v, const char *name, int room, char *ret)
{
    return under(v)->xFullPathname(under(v), name, room, ret);
}

static int vfs_random(sqlite3_vfs *v, int n, char *ret)
{
    return under(v)->xRandomness(under(v), n, ret);
}

static int vfs_sleep(sqlite3_vfs *v, int us)
{
    return under(v)->xSleep(under(v), us);
}

static int vfs_time(sqlite3_vfs *v, sqlite3_int64 *ret)
{
    return under(v)->xCurrentTimeInt64(under(v), ret);
}

static int vfs_error(sqlite3_vfs *v, int n, char *ret)
{
    return under(v)->xGetLastError(under(v), n, ret);
}

static void make(struct log_vfs *v, sqlite3_vfs *real)
{
    snprintf(v->name, sizeof v->name, "log-%.50s", real->zName);
    v->real = real;
    v->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct log_file) + real->szOsFile,
        .mxPathname = real->mxPathname,
        .zName = v->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xGetLastError = vfs_error,
        .xCurrentTimeInt64 = vfs_time,
    };
}

void sqlite_log_forget(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK || file == NULL ||
        file->pMethods != &methods)
        return;
    struct log_file *f = (struct log_file *)file;
    f->len = 0;
    f->last = false;
}

const char *sqlite_log_vfs(const char *name)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct log_vfs made[VFS_MAX];
    static size_t n;
    const char *ret = NULL;
    sqlite3_vfs *real = sqlite3_vfs_find(name);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n && ret == NULL; i++)
        if (made[i].real == real)
            ret = made[i].name;
    if (ret == NULL && real != NULL && n < VFS_MAX) {
        make(&made[n], real);
        if (sqlite3_vfs_register(&made[n].base, 0) == SQLITE_OK)
            ret = made[n++].name;
    }
    pthread_mutex_unlock(&lock);
    return ret != NULL ? ret : name;
}
