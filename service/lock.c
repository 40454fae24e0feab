#include "service/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool lock_path(const char *database, char *out, size_t size)
{
    int n = snprintf(out, size, "%s.lock", database);
    return n > 0 && (size_t)n < size;
}

/* The file holds "PID URL\n". */
static void read_holder(int fd, int *ret_pid, char *url, int size)
{
    char text[512] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    char *space = strchr(text, ' ');
    *ret_pid = (int)strtol(text, NULL, 10);
    snprintf(url, (size_t)size, "%s", space ? space + 1 : "");
}

bool lock_take(struct lock *l, const char *database, struct err *ret_err)
{
    char path[4200], url[300];
    int pid;
    l->fd = -1;
    if (!lock_path(database, path, sizeof path))
        return err_set(ret_err, ERR_STORAGE_BUSY, "the path of database '%s' is too long", database);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot lock database '%s': %s", database, strerror(errno));
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &all) == 0) {
        l->fd = fd;
        lock_say(l, "");
        return true;
    }
    read_holder(fd, &pid, url, sizeof url);
    close(fd);
    if (url[0] == '\0')
        return err_set(ret_err, ERR_STORAGE_BUSY, "database '%s' is used by process %d, which is starting",
                       database, pid);
    return err_set(
        ret_err, ERR_STORAGE_BUSY,
        "process %d uses the database and serves it; to see it: orderdeck attach %s (database '%s')", pid,
        url, database);
}

void lock_say(struct lock *l, const char *url)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%d %s\n", (int)getpid(), url);
    if (l->fd >= 0 && (ftruncate(l->fd, 0) != 0 || pwrite(l->fd, text, (size_t)n, 0) != n))
        return; /* only the message of a second process is poorer for it */
}

void lock_release(struct lock *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

bool lock_holder(const char *database, int *ret_pid, char *out, int size)
{
    char path[4200];
    int fd = lock_path(database, path, sizeof path) ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &all) == 0 &&
                all.l_type != F_UNLCK; /* asks, and never holds it for a moment */
    if (held)
        read_holder(fd, ret_pid, out, size);
    close(fd);
    return held && out[0] != '\0';
}
