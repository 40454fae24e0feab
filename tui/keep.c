#include "tui/keep.h"

#include "shared/ulid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opened so that nothing is waited for; -1 with errno set. */
static int open_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    if (fd >= 0) {
        close(fd);
        errno = EINVAL;
    }
    return -1;
}

bool keep_read(const char *path, struct buf *out, struct err *ret_err)
{
    int fd = open_file(path);
    size_t before = out->len;
    ssize_t n = -1;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd >= 0 && buf_reserve(out, KEEP_MAX + 1))
        while ((n = read(fd, out->data + out->len, before + KEEP_MAX + 1 - out->len)) > 0)
            out->len += (size_t)n;
    if (fd < 0 || n < 0)
        err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read '%s': %s", path,
                fd < 0 && errno == EINVAL ? "it is no file" : strerror(errno));
    if (fd >= 0)
        close(fd);
    if (fd < 0 || n < 0)
        return false;
    if (!out->data)
        return true;
    out->data[out->len] = 0;
    if (out->len - before > KEEP_MAX || strlen(out->data + before) != out->len - before)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read '%s': it is no text of at most 64 KiB",
                       path);
    return true;
}

static bool write_whole(int fd, const struct buf *text)
{
    size_t done = 0;

    while (done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0;
}

bool keep_write(const char *path, const struct buf *text, struct err *ret_err)
{
    char *real = realpath(path, NULL), *made = NULL, mark[ULID_LEN + 1];
    bool ok = false;
    int fd = -1;

    ulid_format(ulid_new(), mark);
    if (!text->failed && asprintf(&made, "%s.%s", real ? real : path, mark) >= 0)
        fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        ok = write_whole(fd, text) && rename(made, real ? real : path) == 0;
    if (!ok)
        err_set(ret_err, ERR_INVALID_PARAMETER, "cannot write '%s': %s", path,
                text->failed ? "it would be too large" : strerror(errno));
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !ok)
        unlink(made);
    free(made);
    free(real);
    return ok;
}
