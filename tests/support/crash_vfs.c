#include "tests/support/crash_vfs.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

/* A change that was not synced yet. bytes NULL: a truncation to `offset`. */
struct change {
    struct change *next;
    int64_t offset, n;
    unsigned char *bytes;
};

/* A file as the process sees it. */
struct image {
    struct image *next;
    char *name;
    unsigned char *bytes;
    int64_t size, cap;
    struct change *first, **last; /* what the disk has not */
};

struct crash_file {
    sqlite3_file base;
    struct image *image; /* NULL: not buffered */
    const char *name;    /* "" for files without one */
    sqlite3_file *real;
};

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs *real;
    bool buffering;
    struct image *images;
    int64_t cut_in; /* 0: not armed */
    uint64_t seed;
    int64_t counts[CRASH_OPS];
    struct {
        const char *suffix;
        int64_t in, times;
        int rc;
    } faults[CRASH_OPS];
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct crash_file *mine(sqlite3_file *f)
{
    return (struct crash_file *)f;
}

static sqlite3_file *real(sqlite3_file *f)
{
    return mine(f)->real;
}

/* ---- images; the lock is held ---- */

static void *grow(void *old, size_t n)
{
    void *p = realloc(old, n);
    if (p == NULL)
        abort();
    return p;
}

static void set_size(struct image *m, int64_t size)
{
    if (size > m->cap) {
        m->cap = size * 2;
        m->bytes = grow(m->bytes, (size_t)m->cap);
    }
    if (size > m->size)
        memset(m->bytes + m->size, 0, (size_t)(size - m->size));
    m->size = size;
}

static void note_change(struct image *m, const void *bytes, int64_t n, int64_t offset)
{
    struct change *c = grow(NULL, sizeof *c);
    *c = (struct change){.offset = offset, .n = n};
    if (bytes != NULL) {
        c->bytes = grow(NULL, (size_t)n);
        memcpy(c->bytes, bytes, (size_t)n);
    }
    *m->last = c;
    m->last = &c->next;
}

static void forget_changes(struct image *m)
{
    for (struct change *c = m->first, *next; c != NULL; c = next) {
        next = c->next;
        free(c->bytes);
        free(c);
    }
    m->first = NULL;
    m->last = &m->first;
}

static struct image **find_image(const char *name)
{
    struct image **at = &all.images;
    while (*at != NULL && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

static void free_image(struct image *m)
{
    forget_changes(m);
    free(m->name);
    free(m->bytes);
    free(m);
}

static struct image *open_image(const char *name, sqlite3_file *file)
{
    struct image *m = *find_image(name);
    sqlite3_int64 size = 0;
    if (m != NULL)
        return m;
    m = grow(NULL, sizeof *m);
    *m = (struct image){.name = strdup(name), .next = all.images};
    m->last = &m->first;
    all.images = m;
    if (file->pMethods->xFileSize(file, &size) == SQLITE_OK && size > 0) {
        set_size(m, size);
        if (file->pMethods->xRead(file, m->bytes, (int)size, 0) != SQLITE_OK)
            abort();
    }
    return m;
}

/* ---- the cut; the lock is held and stays so ---- */

static uint64_t draw(uint64_t below)
{
    all.seed = all.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (all.seed >> 33) % below;
}

static void persist(int fd, const struct change *c, int64_t n)
{
    if (c->bytes == NULL ? ftruncate(fd, c->offset) != 0 : pwrite(fd, c->bytes, (size_t)n, c->offset) != n)
        abort();
}

static void persist_some_sectors(int fd, const struct change *c)
{
    if (c->bytes == NULL) {
        if (draw(2))
            persist(fd, c, 0);
        return;
    }
    for (int64_t at = 0; at < c->n; at += SECTOR) {
        int64_t n = c->n - at < SECTOR ? c->n - at : SECTOR;
        if (draw(2) && pwrite(fd, c->bytes + at, (size_t)n, c->offset + at) != n)
            abort();
    }
}

static void lose(const struct image *m)
{
    int64_t n = 0, i = 0;
    int fd = open(m->name, O_RDWR | O_CLOEXEC);
    uint64_t way = draw(3);
    for (const struct change *c = m->first; c != NULL; c = c->next)
        n++;
    if (fd < 0 || n == 0 || way == 0)
        return; /* nothing survives; the process ends, so fd needs no close */
    int64_t whole = way == 1 ? (int64_t)draw((uint64_t)n) : 0;
    for (const struct change *c = m->first; c != NULL; c = c->next, i++) {
        if (way == 2)
            persist_some_sectors(fd, c);
        else if (i < whole)
            persist(fd, c, c->n);
        else if (i == whole && c->bytes != NULL)
            persist(fd, c, (int64_t)draw((uint64_t)c->n + 1));
    }
}

static _Noreturn void cut(void)
{
    for (const struct image *m = all.images; m != NULL; m = m->next)
        lose(m);
    _exit(CRASH_EXIT);
}

static void count_down(void)
{
    if (all.cut_in > 0 && --all.cut_in == 0)
        cut();
}

/* The code this call fails with, SQLITE_OK for none. */
static int fault(enum crash_op op, const char *name)
{
    size_t n = strlen(name), k;
    all.counts[op]++;
    if (all.faults[op].rc == 0)
        return SQLITE_OK;
    k = strlen(all.faults[op].suffix);
    if (n < k || strcmp(name + n - k, all.faults[op].suffix) != 0)
        return SQLITE_OK;
    if (all.faults[op].in > 1) {
        all.faults[op].in--;
        return SQLITE_OK;
    }
    int rc = all.faults[op].rc;
    if (all.faults[op].times > 0 && --all.faults[op].times == 0)
        all.faults[op].rc = 0;
    return rc;
}

/* ---- file methods ---- */

static int file_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int read_image(const struct image *m, unsigned char *out, int n, sqlite3_int64 offset)
{
    int64_t there = m->size > offset ? m->size - offset : 0;
    int64_t copied = there < n ? there : n;
    if (copied > 0)
        memcpy(out, m->bytes + offset, (size_t)copied);
    memset(out + copied, 0, (size_t)(n - copied));
    return copied == n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_read(sqlite3_file *f, void *out, int n, sqlite3_int64 offset)
{
    pthread_mutex_lock(&all.lock);
    struct image *m = mine(f)->image;
    int rc = fault(CRASH_READ, mine(f)->name);
    if (rc == SQLITE_OK && m != NULL)
        rc = read_image(m, out, n, offset);
    else if (rc == SQLITE_OK)
        rc = real(f)->pMethods->xRead(real(f), out, n, offset);
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static int file_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 offset)
{
    pthread_mutex_lock(&all.lock);
    struct image *m = mine(f)->image;
    int rc = fault(CRASH_WRITE, mine(f)->name);
    if (rc == SQLITE_OK && m != NULL) {
        if (m->size < offset + n)
            set_size(m, offset + n);
        memcpy(m->bytes + offset, bytes, (size_t)n);
        note_change(m, bytes, n, offset);
    } else if (rc == SQLITE_OK) {
        rc = real(f)->pMethods->xWrite(real(f), bytes, n, offset);
    }
    count_down();
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = SQLITE_OK;
    pthread_mutex_lock(&all.lock);
    struct image *m = mine(f)->image;
    if (m != NULL) {
        set_size(m, size);
        note_change(m, NULL, 0, size);
    } else {
        rc = real(f)->pMethods->xTruncate(real(f), size);
    }
    count_down();
    pthread_mutex_unlock(&all.lock);
    return rc;
}

/* The real file's own sync is left out: the process ends at a cut, the machine does not. */
static int file_sync(sqlite3_file *f, int flags)
{
    (void)flags;
    pthread_mutex_lock(&all.lock);
    struct image *m = mine(f)->image;
    count_down();
    int rc = fault(CRASH_SYNC, mine(f)->name);
    for (const struct change *c = m != NULL ? m->first : NULL; c != NULL && rc == SQLITE_OK; c = c->next)
        rc = c->bytes != NULL ? real(f)->pMethods->xWrite(real(f), c->bytes, (int)c->n, c->offset)
                              : real(f)->pMethods->xTruncate(real(f), c->offset);
    if (m != NULL && rc == SQLITE_OK)
        forget_changes(m);
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    int rc = SQLITE_OK;
    pthread_mutex_lock(&all.lock);
    if (mine(f)->image != NULL)
        *ret = mine(f)->image->size;
    else
        rc = real(f)->pMethods->xFileSize(real(f), ret);
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static int file_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_reserved(sqlite3_file *f, int *ret)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_sector_size(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int file_characteristics(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **ret)
{
    return real(f)->pMethods->xShmMap(real(f), page, n, extend, ret);
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

/* Version 2: shared memory, but no mapping of the file itself. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- the VFS ---- */

#define BUFFERED (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct crash_file *c = mine(f);
    (void)v;
    memset(c, 0, sizeof *c);
    c->name = name != NULL ? name : "";
    c->real = (sqlite3_file *)(void *)(c + 1);
    int rc = all.real->xOpen(all.real, name, c->real, flags, ret_flags);
    if (c->real->pMethods == NULL)
        return rc;
    c->base.pMethods = &methods;
    pthread_mutex_lock(&all.lock);
    if (rc == SQLITE_OK && name != NULL && all.buffering && (flags & BUFFERED) != 0)
        c->image = open_image(name, c->real);
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync_folder)
{
    (void)v;
    pthread_mutex_lock(&all.lock);
    struct image **at = find_image(name), *gone = *at;
    if (gone != NULL) {
        *at = gone->next;
        free_image(gone);
    }
    int rc = all.real->xDelete(all.real, name, sync_folder);
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
    (void)v;
    return all.real->xAccess(all.real, name, flags, ret);
}

static int vfs_full_name(sqlite3_vfs *v, const char *name, int n, char *out)
{
    (void)v;
    return all.real->xFullPathname(all.real, name, n, out);
}

static int vfs_random(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    return all.real->xRandomness(all.real, n, out);
}

static int vfs_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return all.real->xSleep(all.real, us);
}

static int vfs_time(sqlite3_vfs *v, double *ret)
{
    (void)v;
    return all.real->xCurrentTime(all.real, ret);
}

static int vfs_last_error(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    return all.real->xGetLastError(all.real, n, out);
}

static int vfs_time64(sqlite3_vfs *v, sqlite3_int64 *ret)
{
    (void)v;
    return all.real->xCurrentTimeInt64(all.real, ret);
}

void crash_vfs_register(bool as_default)
{
    static sqlite3_vfs vfs;
    if (all.real == NULL) {
        all.real = sqlite3_vfs_find(NULL);
        vfs = (sqlite3_vfs){.iVersion = 2,
                            .szOsFile = (int)sizeof(struct crash_file) + all.real->szOsFile,
                            .mxPathname = all.real->mxPathname,
                            .zName = CRASH_VFS,
                            .xOpen = vfs_open,
                            .xDelete = vfs_delete,
                            .xAccess = vfs_access,
                            .xFullPathname = vfs_full_name,
                            .xRandomness = vfs_random,
                            .xSleep = vfs_sleep,
                            .xCurrentTime = vfs_time,
                            .xGetLastError = vfs_last_error,
                            .xCurrentTimeInt64 = vfs_time64};
    }
    sqlite3_vfs_register(&vfs, as_default);
}

void crash_vfs_reset(bool buffering)
{
    pthread_mutex_lock(&all.lock);
    for (struct image *m = all.images, *next; m != NULL; m = next) {
        next = m->next;
        free_image(m);
    }
    all.images = NULL;
    all.buffering = buffering;
    all.cut_in = 0;
    memset(all.counts, 0, sizeof all.counts);
    memset(all.faults, 0, sizeof all.faults);
    pthread_mutex_unlock(&all.lock);
}

void crash_vfs_cut_at(int64_t n, uint64_t seed)
{
    pthread_mutex_lock(&all.lock);
    all.cut_in = n;
    all.seed = seed;
    pthread_mutex_unlock(&all.lock);
}

_Noreturn void crash_vfs_cut(uint64_t seed)
{
    pthread_mutex_lock(&all.lock);
    all.seed = seed;
    cut();
}

void crash_vfs_fail(enum crash_op op, const char *suffix, int64_t n, int64_t times, int rc)
{
    pthread_mutex_lock(&all.lock);
    all.faults[op].suffix = suffix;
    all.faults[op].in = n;
    all.faults[op].times = times;
    all.faults[op].rc = rc;
    pthread_mutex_unlock(&all.lock);
}

int64_t crash_vfs_count(enum crash_op op)
{
    pthread_mutex_lock(&all.lock);
    int64_t n = all.counts[op];
    pthread_mutex_unlock(&all.lock);
    return n;
}
