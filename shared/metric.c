#include "shared/metric.h"

#include "shared/money.h"

_Atomic int64_t metric_values[METRIC_COUNT] = {[METRIC_CONSUMER_LAG] = METRIC_UNKNOWN};

static const struct {
    const char *name, *help;
    enum { COUNTER, GAUGE, SECONDS } kind;
} rows[METRIC_COUNT] = {
#define METRIC(id, kind, name, help) {name, help, kind},
#include "shared/metric.def"
#undef METRIC
};

/* clang-format off */
const uint32_t histogram_limits_us[HISTOGRAM_BUCKETS] = {
    100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000,
};
static const char *const limits_s[HISTOGRAM_BUCKETS] = {
    "0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10",
};
/* clang-format on */

void histogram_add(struct histogram *h, uint64_t us)
{
    size_t i = 0;
    while (i < HISTOGRAM_BUCKETS && us > histogram_limits_us[i])
        i++;
    COUNT_ADD(&h->counts[i], 1);
    COUNT_ADD(&h->sum_us, us);
}

/* Copies the counts and returns their sum: later numbers are made from the copy alone, so they agree. */
static uint64_t read_counts(const struct histogram *h, uint64_t counts[HISTOGRAM_BUCKETS + 1])
{
    uint64_t total = 0;
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++) {
        counts[i] = atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        total += counts[i];
    }
    return total;
}

uint64_t histogram_quantile(const struct histogram *h, double q)
{
    uint64_t counts[HISTOGRAM_BUCKETS + 1];
    double rank = q * (double)read_counts(h, counts), below = 0;
    double lower = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double here = (double)counts[i], upper = histogram_limits_us[i];
        if (here > 0 && below + here >= rank)
            return (uint64_t)(lower + (upper - lower) * (rank - below) / here);
        below += here;
        lower = upper;
    }
    return counts[HISTOGRAM_BUCKETS] == 0 ? 0 : histogram_limits_us[HISTOGRAM_BUCKETS - 1];
}

void metric_render(struct buf *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        char text[MONEY_TEXT];
        int64_t value = metric_get((enum metric)i);
        buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
                 rows[i].kind == COUNTER ? "counter" : "gauge");
        if (value == METRIC_UNKNOWN)
            continue;
        buf_addf(out, "%s ", rows[i].name);
        buf_add(out, text, decimal_format(value, rows[i].kind == SECONDS ? 6 : 0, text));
        buf_addc(out, '\n');
    }
}

void histogram_render(struct buf *out, const char *name, const char *labels, const struct histogram *h)
{
    uint64_t counts[HISTOGRAM_BUCKETS + 1], cumulative = 0;
    const char *comma = labels[0] == '\0' ? "" : ",";
    (void)read_counts(h, counts);
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++) {
        cumulative += counts[i];
        buf_addf(out, "%s_bucket{%s%sle=\"%s\"} ", name, labels, comma,
                 i < HISTOGRAM_BUCKETS ? limits_s[i] : "+Inf");
        buf_addu(out, cumulative);
        buf_addc(out, '\n');
    }
    const char *open = labels[0] == '\0' ? "" : "{", *close = labels[0] == '\0' ? "" : "}";
    char sum[MONEY_TEXT];
    decimal_format((int64_t)atomic_load_explicit(&h->sum_us, memory_order_relaxed), 6, sum);
    buf_addf(out, "%s_sum%s%s%s %s\n%s_count%s%s%s ", name, open, labels, close, sum, name, open, labels,
             close);
    buf_addu(out, cumulative);
    buf_addc(out, '\n');
}
