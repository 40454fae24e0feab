/* A thread that has the kernel write a file's changed pages out, so that a sync finds little left to do. */
#include "service/store/sqlite_private.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct flusher {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    int fd;
    bool asked, ending; /* under the lock */
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
        (void)sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* whoever syncs is told of errors */
        pthread_mutex_lock(&f->lock);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void release(struct flusher *f)
{
    pthread_cond_destroy(&f->change);
    pthread_mutex_destroy(&f->lock);
    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

struct flusher *flusher_open(const char *path)
{
    struct flusher *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->change, NULL);
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || pthread_create(&f->thread, NULL, flusher_main, f) != 0) {
        release(f);
        return NULL;
    }
    pthread_setname_np(f->thread, "flusher");
    return f;
}

static void tell(struct flusher *f, bool *what)
{
    pthread_mutex_lock(&f->lock);
    *what = true;
    pthread_cond_signal(&f->change);
    pthread_mutex_unlock(&f->lock);
}

void flusher_ask(struct flusher *f)
{
    if (f != NULL)
        tell(f, &f->asked);
}

void flusher_close(struct flusher *f)
{
    if (f == NULL)
        return;
    tell(f, &f->ending);
    pthread_join(f->thread, NULL);
    release(f);
}
