/* What is new since one looked: of a list of the newest first, what came after the newest row that was ever on screen.
 * Where the list itself does not see it, the service counts it. Pure; one thread. */
#ifndef ORDERDECK_TUI_NEWEST_H
#define ORDERDECK_TUI_NEWEST_H

#include "shared/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct newest {
    int64_t ms;      /* when the newest row seen was created, 0: there was none */
    size_t ties;     /* rows seen of the same moment */
    int64_t counted; /* rows of that moment and after it that are new, by the service; -1 unknown */
    bool more;       /* at least so many */
};

/* Nothing was seen yet. */
void newest_begin(struct newest *n);
/* So many rows of this moment are on screen, and none is newer. */
void newest_see(struct newest *n, int64_t ms, size_t ties);
/* The query string for GET /orders/count of what came since; its answer goes to newest_take. */
void newest_query(const struct newest *n, const char *filter, struct buf *out);
void newest_take(struct newest *n, int64_t count, bool more);

#endif
