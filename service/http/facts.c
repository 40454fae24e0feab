/* Counts and latencies: written by each lane for itself, added up when somebody asks. */
#include "service/http/server.h"

#include "shared/clock.h"
#include "shared/json.h"

#include <stdlib.h>

#define WINDOW_NS (30 * SECOND_NS)

bool facts_init(struct lane_facts *f)
{
    f->routes = calloc(routes_count(), sizeof(*f->routes));
    f->faults = calloc(routes_count(), sizeof(*f->faults));
    return f->routes != NULL && f->faults != NULL;
}

void facts_release(struct lane_facts *f)
{
    free(f->routes);
    free(f->faults);
    f->routes = NULL;
    f->faults = NULL;
}

static void histogram_clear(struct histogram *h)
{
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++)
        atomic_store_explicit(&h->counts[i], 0, memory_order_relaxed);
    atomic_store_explicit(&h->sum_us, 0, memory_order_relaxed);
}

/* *to += *from; `to` belongs to the caller alone. */
static void histogram_merge(struct histogram *to, const struct histogram *from)
{
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++)
        to->counts[i] += atomic_load_explicit(&from->counts[i], memory_order_relaxed);
    to->sum_us += atomic_load_explicit(&from->sum_us, memory_order_relaxed);
}

static uint64_t histogram_count(const struct histogram *h)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++)
        n += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
    return n;
}

void facts_add(struct lane *l, const struct request *r)
{
    struct lane_facts *f = &l->facts;
    COUNT_ADD(&f->requests, 1);
    if (r->status > 0 && r->status < HTTP_STATUS_LIMIT)
        COUNT_ADD(&f->statuses[r->status], 1);
    if (r->route == NULL || (r->route->flags & ROUTE_STREAM) != 0)
        return;
    struct route_faults *faults = &f->faults[route_index(r->route)];
    if (r->status >= 400)
        COUNT_ADD(r->status < 500 ? &faults->refused : &faults->unavailable, 1);
    int64_t now = clock_mono_ns();
    uint64_t us = (uint64_t)(now - r->start_ns) / 1000;
    histogram_add(&f->routes[route_index(r->route)], us);
    unsigned window = atomic_load_explicit(&f->window, memory_order_relaxed);
    if (now >= atomic_load_explicit(&f->window_end_ns, memory_order_relaxed)) {
        window ^= 1;
        histogram_clear(&f->windows[window]);
        atomic_store_explicit(&f->window, window, memory_order_relaxed);
        atomic_store_explicit(&f->window_end_ns, now + WINDOW_NS, memory_order_relaxed);
    }
    histogram_add(&f->windows[window], us);
}

static void route_sum(const struct http *h, size_t route, struct histogram *ret)
{
    *ret = (struct histogram){.sum_us = 0};
    for (int i = 0; i < h->n_lanes; i++)
        histogram_merge(ret, &h->lanes[i].facts.routes[route]);
}

static int64_t faults_sum(const struct http *h, size_t route, bool unavailable)
{
    int64_t n = 0;
    for (int i = 0; i < h->n_lanes; i++) {
        const struct route_faults *f = &h->lanes[i].facts.faults[route];
        n += atomic_load_explicit(unavailable ? &f->unavailable : &f->refused, memory_order_relaxed);
    }
    return n;
}

/* The last half minute to minute; a lane that has been quiet for longer has nothing to say. */
static void window_sum(const struct http *h, struct histogram *ret)
{
    int64_t now = clock_mono_ns();
    *ret = (struct histogram){.sum_us = 0};
    for (int i = 0; i < h->n_lanes; i++) {
        const struct lane_facts *f = &h->lanes[i].facts;
        if (now - atomic_load_explicit(&f->window_end_ns, memory_order_relaxed) > WINDOW_NS)
            continue;
        histogram_merge(ret, &f->windows[0]);
        histogram_merge(ret, &f->windows[1]);
    }
}

void http_facts(const struct http *h, struct http_facts *ret)
{
    struct histogram recent;
    *ret =
        (struct http_facts){.connections = atomic_load(&h->connections), .streams = atomic_load(&h->streams)};
    for (int i = 0; i < h->n_lanes; i++)
        ret->requests += atomic_load_explicit(&h->lanes[i].facts.requests, memory_order_relaxed);
    window_sum(h, &recent);
    ret->p50_us = histogram_quantile(&recent, 0.5);
    ret->p99_us = histogram_quantile(&recent, 0.99);
}

static void route_name(struct buf *out, const struct route *r)
{
    unsigned m = 0;
    while ((r->methods & METHOD_BIT(m)) == 0)
        m++;
    buf_adds(out, method_name(r->command >= 0 ? METHOD_POST : (enum http_method)m));
    buf_addc(out, ' ');
    buf_adds(out, r->path);
}

void http_describe(const struct http *h, struct buf *out)
{
    struct http_facts f;
    const char *comma = "";
    http_facts(h, &f);
    buf_addc(out, '{');
    json_put_string(out, "url", h->url);
    json_put_int(out, "lanes", h->n_lanes);
    json_put_int(out, "connections", f.connections);
    json_put_int(out, "maxConnections", h->max_connections);
    json_put_int(out, "streams", f.streams);
    json_put_int(out, "maxStreams", h->c.conf->max_streams);
    json_put_int(out, "requests", (int64_t)f.requests);
    json_put_int(out, "p50Us", (int64_t)f.p50_us);
    json_put_int(out, "p99Us", (int64_t)f.p99_us);
    json_key(out, "routes");
    buf_addc(out, '[');
    for (size_t i = 0; i < routes_count(); i++) {
        struct histogram sum;
        struct buf name = BUF_INIT(200);
        route_sum(h, i, &sum);
        uint64_t n = histogram_count(&sum);
        if (n == 0)
            continue;
        route_name(&name, route_at(i));
        buf_adds(out, comma);
        buf_addc(out, '{');
        json_put_string(out, "route", name.data);
        json_put_int(out, "requests", (int64_t)n);
        json_put_int(out, "p50Us", (int64_t)histogram_quantile(&sum, 0.5));
        json_put_int(out, "p99Us", (int64_t)histogram_quantile(&sum, 0.99));
        json_put_int(out, "refused", faults_sum(h, i, false));
        json_put_int(out, "unavailable", faults_sum(h, i, true));
        buf_addc(out, '}');
        buf_release(&name);
        comma = ",";
    }
    buf_adds(out, "]}");
}

static void metrics_head(struct buf *out, const char *name, const char *kind, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

void facts_metrics(const struct http *h, struct buf *out)
{
    static const char duration[] = "orderdeck_http_request_duration_seconds";
    static const char answers[] = "orderdeck_http_responses_total";
    metrics_head(out, "orderdeck_build_info", "gauge", "The running build; always 1.");
    buf_addf(out, "orderdeck_build_info{version=\"%s\"} 1\n", ORDERDECK_VERSION);
    metrics_head(out, "process_start_time_seconds", "gauge", "Start of the process, in seconds since 1970.");
    buf_addf(out, "process_start_time_seconds %lld.%03lld\n", (long long)h->start_ms / 1000,
             (long long)h->start_ms % 1000);
    metrics_head(out, "process_cpu_seconds_total", "counter", "CPU time of the process.");
    int64_t cpu = clock_cpu_us();
    buf_addf(out, "process_cpu_seconds_total %lld.%06lld\n", (long long)cpu / 1000000,
             (long long)cpu % 1000000);
    metrics_head(out, answers, "counter", "Answers by status.");
    for (int status = 100; status < HTTP_STATUS_LIMIT; status++) {
        uint64_t n = 0;
        for (int i = 0; i < h->n_lanes; i++)
            n += atomic_load_explicit(&h->lanes[i].facts.statuses[status], memory_order_relaxed);
        if (n != 0)
            buf_addf(out, "%s{status=\"%d\"} %llu\n", answers, status, (unsigned long long)n);
    }
    metrics_head(out, duration, "histogram",
                 "Time from the request line to the end of the answer, by route.");
    for (size_t i = 0; i < routes_count(); i++) {
        struct histogram sum;
        struct buf label = BUF_INIT(300);
        route_sum(h, i, &sum);
        buf_adds(&label, "route=\"");
        route_name(&label, route_at(i));
        buf_addc(&label, '"');
        if ((route_at(i)->flags & ROUTE_STREAM) == 0 && histogram_count(&sum) != 0)
            histogram_render(out, duration, label.data, &sum);
        buf_release(&label);
    }
}
