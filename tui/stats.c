#include "tui/stats.h"

#include "tui/order.h"

#include <string.h>

static int64_t number(const struct json_doc *doc, const struct json *v, int64_t otherwise)
{
    int64_t n;

    return v && json_int(doc, v, &n) ? n : otherwise;
}

void stats_take(struct stats *s, const struct json_doc *doc)
{
    const struct json *root = json_root(doc), *by_status = json_get(root, "byStatus"),
                      *usual = json_get(root, "usual");

    s->total = 0;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *wire = status_word((enum order_status)i)->wire;
        const struct json *v = json_get(by_status, wire);

        s->count[i] = number(doc, json_get(v, "count"), 0);
        s->late[i] = number(doc, json_get(v, "late"), 0);
        s->usual[i] = number(doc, json_get(usual, wire), -1);
        s->total += s->count[i];
    }
    s->late_total = number(doc, json_get(root, "late"), 0);
    s->unsent = number(doc, json_get(root, "unsent"), 0);
    s->oldest_unsent = json_moment(root, "oldestUnsent");
    if (!s->loaded) {
        s->loaded = true;
        stats_tick(s);
    }
}

void stats_tick(struct stats *s)
{
    if (!s->loaded)
        return;
    memmove(s->totals + 1, s->totals, STATS_SECONDS * sizeof(s->totals[0]));
    memmove(s->counts + 1, s->counts, STATS_SECONDS * sizeof(s->counts[0]));
    s->totals[0] = s->total;
    memcpy(s->counts[0], s->count, sizeof(s->counts[0]));
    if (s->samples <= STATS_SECONDS)
        s->samples++;
}

int64_t stats_second(const struct stats *s, int ago)
{
    if (ago + 1 >= s->samples)
        return -1;
    return s->totals[ago] - s->totals[ago + 1];
}

int64_t stats_rate_tenths(const struct stats *s)
{
    int seconds = s->samples - 1 < 10 ? s->samples - 1 : 10;

    if (seconds <= 0)
        return 0;
    return (s->totals[0] - s->totals[seconds]) * 10 / seconds;
}

int64_t stats_change(const struct stats *s, enum order_status status)
{
    int oldest = s->samples - 1;

    return oldest < 0 ? 0 : s->count[status] - s->counts[oldest][status];
}
