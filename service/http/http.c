/* Start, drain and stop of the HTTP side; see libmicrohttpd's rules in lane.c. */
#include "service/http/server.h"

#include "shared/clock.h"
#include "shared/json.h"
#include "shared/processors.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS_KEPT 128 /* for the store, logs, lanes and what else the process opens */
#define OPENAPI_MAX (2u * 1024 * 1024)
#define LINGER_NS (SECOND_NS / 10) /* after the last answer, so that it leaves before its socket closes */

/* As many descriptors as the machine allows, and not more connections than that carries. */
static int64_t descriptors(int64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > 1000000)
        return wanted;
    int64_t most = (int64_t)limit.rlim_cur - DESCRIPTORS_KEPT;
    if (most - HTTP_CONNECTION_SPARE >= wanted)
        return wanted;
    most = most > 2 * HTTP_CONNECTION_SPARE ? most - HTTP_CONNECTION_SPARE : most / 2;
    return most < wanted ? (most > 16 ? most : 16) : wanted;
}

static bool hosts_split(struct http *h, struct err *ret_err)
{
    for (const char *p = h->c.conf->allowed_hosts; *p != '\0';) {
        p += strspn(p, ", \t");
        size_t n = strcspn(p, ", \t");
        if (n == 0)
            break;
        char **grown = reallocarray(h->hosts, h->n_hosts + 1, sizeof(*grown));
        if (grown == NULL)
            return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        h->hosts = grown;
        h->hosts[h->n_hosts] = strndup(p, n);
        if (h->hosts[h->n_hosts++] == NULL)
            return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        p += n;
    }
    return true;
}

static int lanes_wanted(const struct conf *conf)
{
    if (conf->lanes > 0)
        return (int)conf->lanes;
    int n = processors_usable();
    return n < 2 ? 2 : n > 64 ? 64 : n;
}

static bool lanes_open(struct http *h, struct err *ret_err)
{
    int n = lanes_wanted(h->c.conf);
    h->lanes = calloc((size_t)n, sizeof(*h->lanes));
    if (h->lanes == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    for (; h->n_lanes < n; h->n_lanes++) {
        if (!lane_open(&h->lanes[h->n_lanes], h, h->n_lanes, ret_err)) {
            h->n_lanes++; /* what it has is closed with the others */
            return false;
        }
    }
    close(h->listen_fd); /* each lane has its own descriptor of it */
    h->listen_fd = -1;
    for (int i = 0; i < n; i++) {
        if (!lane_start(&h->lanes[i]))
            return err_set(ret_err, ERR_STORAGE_BUSY, "cannot start a thread");
    }
    return true;
}

struct http *http_start(const struct http_config *c, struct err *ret_err)
{
    struct http *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN);
    routes_init();
    h->c = *c;
    h->start_ms = clock_wall_ms();
    h->max_connections = descriptors(c->conf->max_connections);
    h->position = c->store->ops->position(c->store);
    h->log = c->store->ops->log(c->store);
    buf_init(&h->openapi, OPENAPI_MAX);
    buf_init(&h->asyncapi, OPENAPI_MAX);
    h->listen_fd = -1;
    if (!keyring_open(&h->keyring, c->conf->api_keys_file, ret_err) || !hosts_split(h, ret_err))
        goto fail;
    h->listen_fd = listen_open(h, ret_err);
    if (h->listen_fd < 0)
        goto fail;
    openapi_render(h, &h->openapi);
    if (!asyncapi_render(h, &h->asyncapi) || h->openapi.failed) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        goto fail;
    }
    if (!lanes_open(h, ret_err))
        goto fail;
    return h;
fail:
    http_stop(h);
    return NULL;
}

const char *http_url(const struct http *h)
{
    return h->url;
}

int http_port(const struct http *h)
{
    return h->port;
}

void http_committed(struct http *h, int64_t position)
{
    int64_t known = atomic_load(&h->position);
    while (known < position && !atomic_compare_exchange_weak(&h->position, &known, position))
        continue;
    for (int i = 0; i < h->n_lanes; i++) {
        if (atomic_load(&h->lanes[i].streams_open) != 0)
            lane_wake(&h->lanes[i]);
    }
}

/* ---- the end ---- */

static void wake_all(struct http *h)
{
    for (int i = 0; i < h->n_lanes; i++)
        lane_wake(&h->lanes[i]);
}

static int64_t in_flight(struct http *h)
{
    int64_t n = 0;
    for (int i = 0; i < h->n_lanes; i++)
        n += atomic_load(&h->lanes[i].in_flight);
    return n;
}

static int64_t streams(struct http *h)
{
    return atomic_load(&h->streams);
}

/* Looks every 2 ms until there is none left. */
static bool wait_for_none(struct http *h, int64_t (*count)(struct http *h), int64_t deadline_ns)
{
    static const struct timespec pause = {.tv_nsec = 2000000};
    while (count(h) != 0) {
        if (clock_mono_ns() >= deadline_ns)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

void http_announce_drain(struct http *h)
{
    atomic_store(&h->announced, true);
}

bool http_drain(struct http *h, int64_t deadline_ns)
{
    atomic_store(&h->announced, true);
    atomic_store(&h->draining, true);
    wake_all(h);
    bool ok = wait_for_none(h, in_flight, deadline_ns);
    atomic_store(&h->ending_streams, true);
    wake_all(h);
    int64_t now = clock_mono_ns();
    (void)wait_for_none(h, streams, now + SECOND_NS);
    struct timespec linger = {.tv_nsec = LINGER_NS};
    nanosleep(&linger, NULL);
    return ok;
}

void http_stop(struct http *h)
{
    if (h == NULL)
        return;
    atomic_store(&h->draining, true);
    atomic_store(&h->ending_streams, true);
    atomic_store(&h->stopping, true);
    for (int i = 0; i < h->n_lanes; i++) {
        if (h->lanes[i].started) {
            lane_wake(&h->lanes[i]);
            pthread_join(h->lanes[i].thread, NULL);
        }
    }
    for (int i = 0; i < h->n_lanes; i++)
        lane_close(&h->lanes[i]);
    if (h->listen_fd >= 0)
        close(h->listen_fd);
    for (size_t i = 0; i < h->n_hosts; i++)
        free(h->hosts[i]);
    free(h->hosts);
    keyring_close(&h->keyring);
    free(h->lanes);
    buf_release(&h->openapi);
    buf_release(&h->asyncapi);
    free(h);
}
