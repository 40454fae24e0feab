/* Counters and gauges of the process; see metric.def. Relaxed atomics: any thread, no order promised. */
#ifndef ORDERDECK_SHARED_METRIC_H
#define ORDERDECK_SHARED_METRIC_H

#include "shared/buf.h"

#include <stdatomic.h>
#include <stdint.h>

enum metric {
#define METRIC(id, kind, name, help) METRIC_##id,
#include "shared/metric.def"
#undef METRIC
    METRIC_COUNT
};

extern _Atomic int64_t metric_values[METRIC_COUNT];

/* A gauge whose figure is not known: it is left out of what is rendered. */
#define METRIC_UNKNOWN INT64_MIN

static inline void metric_add(enum metric m, int64_t n)
{
    atomic_fetch_add_explicit(&metric_values[m], n, memory_order_relaxed);
}
static inline void metric_set(enum metric m, int64_t value)
{
    atomic_store_explicit(&metric_values[m], value, memory_order_relaxed);
}
static inline int64_t metric_get(enum metric m)
{
    return atomic_load_explicit(&metric_values[m], memory_order_relaxed);
}

/* A count that one thread alone changes, which takes no locked instruction; any thread reads it. */
#define COUNT_ADD(count, n)                                                                   \
    atomic_store_explicit((count), atomic_load_explicit((count), memory_order_relaxed) + (n), \
                          memory_order_relaxed)

/* A latency histogram with fixed buckets from 100 us to 10 s. One thread adds; any thread reads. */
#define HISTOGRAM_BUCKETS 16
struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_BUCKETS + 1]; /* the last is +Inf */
    _Atomic uint64_t sum_us;
};
extern const uint32_t histogram_limits_us[HISTOGRAM_BUCKETS];
void histogram_add(struct histogram *h, uint64_t us);
/* Estimated quantile (0 < q < 1) in us by linear interpolation inside its bucket; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *h, double q);

/* Prometheus text format 0.0.4: HELP and TYPE of every row of metric.def, and its value where it is known. */
void metric_render(struct buf *out);
/* One histogram's samples (_bucket, _sum, _count; seconds) with label text such as `route="GET /orders"`. HELP and TYPE are the
 * caller's, once per name. */
void histogram_render(struct buf *out, const char *name, const char *labels, const struct histogram *h);

#endif
