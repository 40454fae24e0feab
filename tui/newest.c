#include "tui/newest.h"

#include "shared/clock.h"
#include "tui/percent.h"

void newest_begin(struct newest *n)
{
    *n = (struct newest){.counted = -1};
}

void newest_see(struct newest *n, int64_t ms, size_t ties)
{
    if (ms < n->ms)
        return;
    n->ties = ms > n->ms || ties > n->ties ? ties : n->ties;
    n->ms = ms;
}

void newest_query(const struct newest *n, const char *filter, struct buf *out)
{
    char from[CLOCK_TEXT_LEN + 1];

    clock_format(n->ms, from);
    buf_adds(out, "createdFrom=");
    percent_encode(out, from);
    if (*filter) {
        buf_adds(out, "&filter=");
        percent_encode(out, filter);
    }
}

void newest_take(struct newest *n, int64_t count, bool more)
{
    n->counted = count > (int64_t)n->ties ? count - (int64_t)n->ties : 0;
    n->more = more;
}
