/* The door to the outside: libmicrohttpd daemons in lanes, the route table, answers.
 *
 * A lane is a daemon without threads of its own (MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME), run by one thread of ours
 * over its epoll descriptor and the lane's mailbox. Everything of a connection happens on its lane's thread: handlers,
 * suspend, resume, streams. The writer and the readers only put settled jobs into the lane's mailbox. */
#ifndef ORDERDECK_SERVICE_HTTP_HTTP_H
#define ORDERDECK_SERVICE_HTTP_HTTP_H

#include "service/read/reader.h"
#include "service/store/store.h"
#include "service/write/writer.h"
#include "shared/conf.h"

struct http;

struct http_config {
    const struct conf
        *conf; /* listen, port, lanes, limits, keys, hosts, read_only, write_deadline, timezone */
    struct store *store;
    struct writer *writer; /* NULL with read_only */
    struct readers *readers;
    /* Appends the body of GET /status. Any lane; must not block. */
    void (*status)(void *ctx, struct buf *out);
    /* NULL: no Kafka is configured. Is it well? false: *detail says in a line what is wrong. Any lane; must not block. */
    bool (*kafka)(void *ctx, char *detail, size_t size);
    /* NULL: no Kafka is configured. Where is the relay parked? Any lane; must not block. */
    void (*parked)(void *ctx, struct relay_parked *ret);
    void *ctx;
};

/* Binds, listens and serves. NULL: *ret_err has one line for the operator (address in use names the way out). */
struct http *http_start(const struct http_config *c, struct err *ret_err) __attribute__((warn_unused_result));
const char *http_url(const struct http *h); /* "http://127.0.0.1:8001"; lives as long as h */
int http_port(const struct http *h);
/* Any thread: events up to `position` are committed; open streams go on. Does not block. */
void http_committed(struct http *h, int64_t position);
/* Any thread: /ready says 503 from now on, everything is still served. */
void http_announce_drain(struct http *h);
/* No new connections or work (503 DRAINING, Connection: close), waits until what is in flight was answered or
 * deadline_ns passed (false), ends the streams. */
bool http_drain(struct http *h, int64_t deadline_ns);
/* Ends the lanes and frees. Only after the writer and the readers were stopped. */
void http_stop(struct http *h);
/* Appends facts for /status: connections, streams, requests and latency by route. Any thread. */
void http_describe(const struct http *h, struct buf *out);
/* Requests answered so far, and quantiles of their latency over the last minute or so, for the console's header. */
struct http_facts {
    uint64_t requests;
    uint64_t p50_us, p99_us;
    int64_t connections, streams;
};
void http_facts(const struct http *h, struct http_facts *ret);

#endif
