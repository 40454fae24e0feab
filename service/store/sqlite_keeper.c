/* The keeper: a thread with a connection of its own that checkpoints while the writer goes on committing.
 *
 * A checkpoint of a full log takes tens of milliseconds, in which the writer would commit nothing. The keeper does it in
 * passes, each for what was committed during the one before, until next to nothing is left; that rest is the writer's,
 * between two commits, so that the log is whole in the database and begins anew (WAL format, section 4.3). */
#include "service/store/sqlite_private.h"

#include <pthread.h>
#include <stdlib.h>

#define PASSES 6
#define REST 200 /* frames that are left to the writer */

struct keeper {
    sqlite3 *db; /* the keeper's thread, once it runs */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum keeper_state state; /* under the lock, as the next */
    bool stopping;
};

/* false: an I/O error, after which the file's state is not known. */
static bool catch_up(struct keeper *k)
{
    int before = 0;
    for (int i = 0; i < PASSES; i++) {
        int frames = 0, done = 0;
        int rc = sqlite3_wal_checkpoint_v2(k->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &done);
        if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CORRUPT)
            return false;
        if (rc != SQLITE_OK || done - before <= REST) /* busy and full: another time */
            break;
        before = done;
    }
    return true;
}

static void *keeper_main(void *arg)
{
    struct keeper *k = arg;
    pthread_mutex_lock(&k->lock);
    while (!k->stopping) {
        if (k->state != KEEPER_BUSY) {
            pthread_cond_wait(&k->changed, &k->lock);
            continue;
        }
        pthread_mutex_unlock(&k->lock);
        bool ok = catch_up(k);
        pthread_mutex_lock(&k->lock);
        k->state = ok ? KEEPER_DONE : KEEPER_FAILED;
        pthread_cond_broadcast(&k->changed);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

static bool open_connection(struct keeper *k, const struct sqlite_store *s)
{
    return sqlite3_open_v2(s->path, &k->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, s->vfs) ==
               SQLITE_OK &&
           sqlite3_exec(k->db,
                        "PRAGMA wal_autocheckpoint=0;PRAGMA synchronous=FULL;SELECT 1 FROM sqlite_schema",
                        NULL, NULL, NULL) == SQLITE_OK;
}

static void keeper_free(struct keeper *k)
{
    sqlite3_close(k->db);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

struct keeper *keeper_start(const struct sqlite_store *s, struct err *ret_err)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (k == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, NULL);
    if (open_connection(k, s) && pthread_create(&k->thread, NULL, keeper_main, k) == 0) {
        pthread_setname_np(k->thread, "keeper");
        return k;
    }
    err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the keeper of database '%s'", s->path);
    keeper_free(k);
    return NULL;
}

void keeper_stop(struct keeper *k)
{
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    k->stopping = true;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    pthread_join(k->thread, NULL);
    keeper_free(k);
}

enum keeper_state keeper_ask(struct keeper *k, bool wait)
{
    pthread_mutex_lock(&k->lock);
    enum keeper_state before = k->state;
    if (before == KEEPER_IDLE) {
        k->state = KEEPER_BUSY;
        pthread_cond_broadcast(&k->changed);
    }
    while (wait && k->state == KEEPER_BUSY)
        pthread_cond_wait(&k->changed, &k->lock);
    if (wait)
        before = k->state;
    if (before == KEEPER_DONE)
        k->state = KEEPER_IDLE;
    pthread_mutex_unlock(&k->lock);
    return before;
}
