/* A thread that has the kernel write a file's changed pages out, so that a sync finds little left to do. */
#include "service/store/sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct flusher {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    int fd;             /* set before anything is asked */
    bool asked, ending; /* under the lock */
    atomic_bool failed;
};

static void *flusher_main(void *arg)
{
    struct flusher *f = arg;
    pthread_mutex_lock(&f->lock);
    while (!f->ending) {
        if (!f->asked) {
            pthread_cond_wait(&f->change, &f->lock);
            continue;
        }
        f->asked = false;
        pthread_mutex_unlock(&f->lock);
        if (sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) != 0 &&
            errno == EIO)
            atomic_store(&f->failed, true);
        pthread_mutex_lock(&f->lock);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void tell(struct flusher *f, bool *what)
{
    pthread_mutex_lock(&f->lock);
    *what = true;
    pthread_cond_signal(&f->change);
    pthread_mutex_unlock(&f->lock);
}

/* Ends the thread, whether it has a file or not. */
static void end(struct flusher *f)
{
    tell(f, &f->ending);
    pthread_join(f->thread, NULL);
    pthread_cond_destroy(&f->change);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* The file comes last: once it is open nothing may fail, for to close it takes the process's locks on it along. */
struct flusher *flusher_open(const char *path)
{
    struct flusher *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->change, NULL);
    if (pthread_create(&f->thread, NULL, flusher_main, f) != 0) {
        pthread_cond_destroy(&f->change);
        pthread_mutex_destroy(&f->lock);
        free(f);
        return NULL;
    }
    pthread_setname_np(f->thread, "flusher");
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0) {
        end(f);
        return NULL;
    }
    return f;
}

void flusher_ask(struct flusher *f)
{
    if (f != NULL)
        tell(f, &f->asked);
}

bool flusher_failed(const struct flusher *f)
{
    return f != NULL && atomic_load(&f->failed);
}

void flusher_close(struct flusher *f)
{
    if (f == NULL)
        return;
    int fd = f->fd;
    end(f);
    close(fd);
}
