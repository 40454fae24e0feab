/* One error value for the whole program.
 *
 * Libraries set it, edges report it once: problem+json in service/http, the status line in tui, the log in
 * the composition root. Text style: lower case, what failed first, the subject in single quotes, no full stop.
 * A `struct err` is a plain value without ownership; it may be copied and lives on the stack of its owner. */
#ifndef ORDERDECK_SHARED_ERR_H
#define ORDERDECK_SHARED_ERR_H

#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
#define X(name, status, retry, title, meaning) ERR_##name,
#include "shared/err.def"
#undef X
    ERR_COUNT
};

struct err_info {
    enum err_code code;
    const char *name;  /* "QUEUE_FULL" */
    int status;        /* HTTP status, 0 when never answered */
    int retry_after_s; /* 0: no Retry-After */
    const char *title;
    const char *meaning;
};

struct err {
    enum err_code code; /* ERR_NONE: no error, the rest is undefined */
    char message[240];  /* for people; never internals such as SQL or file offsets when it goes to a client */
};

/* The row of the table; never NULL for a code below ERR_COUNT. */
const struct err_info *err_info(enum err_code code);
/* The row with this name ("QUEUE_FULL"), or NULL. */
const struct err_info *err_find(const char *name);

/* Sets *e and returns false, so that `return err_set(e, ERR_X, "...")` reads well. e may be NULL. */
bool err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
