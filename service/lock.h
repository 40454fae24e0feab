/* One process a database: a lock file beside it that names the process and its URL. */
#ifndef ORDERDECK_SERVICE_LOCK_H
#define ORDERDECK_SERVICE_LOCK_H

#include "shared/err.h"

#include <stdbool.h>

struct lock {
    int fd; /* -1: not held */
};

/* Takes DATABASE.lock (a lock of the open file, so a dead process never holds it). false: *ret_err names the holder's pid and URL. */
bool lock_take(struct lock *l, const char *database, struct err *ret_err) __attribute__((warn_unused_result));
/* Writes who holds it, for the next one that asks. */
void lock_say(struct lock *l, const char *url);
void lock_release(struct lock *l);
/* URL of the process that serves this database, into out; false: nobody does. */
bool lock_holder(const char *database, int *ret_pid, char *out, int size);

#endif
