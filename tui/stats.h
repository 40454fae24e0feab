/* The figures of the header and the funnel, and what the console derives from them. Pure; one thread.
 *
 * The rate is counted from the number of orders that there are: sampled once a second, so that it needs no events. */
#ifndef ORDERDECK_TUI_STATS_H
#define ORDERDECK_TUI_STATS_H

#include "shared/json.h"
#include "shared/order_words.h"

#include <stdbool.h>
#include <stdint.h>

#define STATS_SECONDS 60

struct stats {
    bool loaded;
    int64_t count[STATUS_COUNT], late[STATUS_COUNT], usual[STATUS_COUNT]; /* usual: ms, -1 unknown */
    int64_t total, late_total;
    int64_t unsent, oldest_unsent; /* ms, 0 for none */
    /* the last minute, newest first, one sample a second */
    int64_t totals[STATS_SECONDS + 1], counts[STATS_SECONDS + 1][STATUS_COUNT];
    int samples;
};

void stats_take(struct stats *s, const struct json_doc *doc);
/* Once a second. */
void stats_tick(struct stats *s);
/* Orders taken in per second, tenths: mean of the last ten seconds. */
int64_t stats_rate_tenths(const struct stats *s);
/* Orders taken in during the second `ago` (0: the last full one), -1 unknown. */
int64_t stats_second(const struct stats *s, int ago);
/* Change of a status' count within the last minute. */
int64_t stats_change(const struct stats *s, enum order_status status);

#endif
