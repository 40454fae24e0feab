/* Connections: in what state each is and since when, and the closing of those that are too slow, idle for too long, or
 * in the way of new ones. libmicrohttpd's own time-out does not see a client that sends a byte a second. */
#include "service/http/server.h"

#include "shared/clock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define HEAD_NS (10 * SECOND_NS)      /* from connecting, or the request line, to the end of the head */
#define BODY_NS (30 * SECOND_NS)      /* for the body in all */
#define BODY_GRACE_NS (5 * SECOND_NS) /* and after this */
#define BODY_RATE 1024                /* at least so many bytes a second on average */
#define BODY_TICK_NS (SECOND_NS / 4)
#define ANSWER_NS (60 * SECOND_NS) /* to take the answer */
#define IDLE_NS (60 * SECOND_NS)   /* between requests */
#define PEEK_NS (5 * SECOND_NS)    /* idle connections are looked into this often */

static void list_add(struct conn_list *l, struct conn *c)
{
    c->prev = l->last;
    c->next = NULL;
    if (l->last != NULL)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
}

static void list_remove(struct conn_list *l, struct conn *c)
{
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        l->first = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    else
        l->last = c->prev;
}

/* Out of the list and the count; libmicrohttpd sees the end and closes it. */
static void conn_forget(struct conn *c)
{
    struct lane *l = c->lane;
    list_remove(&l->conns[c->state], c);
    c->gone = true;
    atomic_fetch_sub_explicit(&l->connections, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&l->http->connections, 1, memory_order_relaxed);
    metric_add(METRIC_CONNECTIONS, -1);
}

static void conn_end(struct conn *c)
{
    conn_forget(c);
    shutdown(c->fd, SHUT_RDWR);
}

static void conn_cut(struct conn *c, enum metric why)
{
    metric_add(why, 1);
    conn_end(c);
}

void conn_enter(struct conn *c, enum conn_state state)
{
    if (!c->gone)
        list_remove(&c->lane->conns[c->state], c);
    c->state = state;
    c->since_ns = c->lane->now_ns;
    c->drips = false;
    if (state == CONN_BODY)
        c->body_bytes = 0;
    if (!c->gone)
        list_add(&c->lane->conns[state], c);
}

/* The one that has been without a request for the longest time, `spare` excepted. */
static struct conn *oldest_idle(struct lane *l, const struct conn *spare)
{
    static const enum conn_state states[] = {CONN_FRESH, CONN_HEAD, CONN_IDLE};
    struct conn *oldest = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct conn *c = l->conns[states[i]].first;
        if (c != NULL && c == spare)
            c = c->next;
        if (c != NULL && (oldest == NULL || c->since_ns < oldest->since_ns))
            oldest = c;
    }
    return oldest;
}

/* One connection too many: the lane that has the most closes its oldest idle one. */
static void make_room(struct lane *l, const struct conn *fresh)
{
    struct http *h = l->http;
    struct lane *fullest = l;
    for (int i = 0; i < h->n_lanes; i++) {
        if (atomic_load_explicit(&h->lanes[i].connections, memory_order_relaxed) >
            atomic_load_explicit(&fullest->connections, memory_order_relaxed))
            fullest = &h->lanes[i];
    }
    struct conn *c = fullest == l ? oldest_idle(l, fresh) : NULL;
    if (c != NULL) {
        conn_cut(c, METRIC_CONNECTIONS_EVICTED);
    } else if (fullest != l) {
        atomic_fetch_add_explicit(&fullest->evict, 1, memory_order_relaxed);
        lane_wake(fullest);
    }
}

void conn_opened(struct lane *l, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct conn *c = calloc(1, sizeof(*c));
    *context = c;
    if (c == NULL)
        return; /* its requests are refused */
    c->lane = l;
    c->fd = info->connect_fd;
    c->since_ns = l->now_ns;
    list_add(&l->conns[CONN_FRESH], c);
    atomic_fetch_add_explicit(&l->connections, 1, memory_order_relaxed);
    metric_add(METRIC_CONNECTIONS, 1);
    if (atomic_fetch_add_explicit(&l->http->connections, 1, memory_order_relaxed) >= l->http->max_connections)
        make_room(l, c);
}

void conn_closed(struct conn *c)
{
    if (c == NULL)
        return;
    if (!c->gone)
        conn_forget(c);
    if (c->request != NULL)
        request_end(c->request);
    free(c);
}

/* Those that came into the state more than `limit` ago go. Returns when the next one is due. */
static int64_t sweep_old(struct lane *l, enum conn_state state, int64_t limit)
{
    struct conn *c;
    while ((c = l->conns[state].first) != NULL && l->now_ns - c->since_ns >= limit)
        conn_cut(c, METRIC_CONNECTIONS_TIMEOUT);
    return c != NULL ? c->since_ns + limit : INT64_MAX;
}

/* The client has gone and left nothing to read: the rest of its body will never come. libmicrohttpd, which watches
 * edges, may not have seen an end that came together with the last bytes. */
static bool conn_dead(const struct conn *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};
    int unread = 0;
    return poll(&p, 1, 0) == 1 && ioctl(c->fd, FIONREAD, &unread) == 0 && unread == 0;
}

static int64_t sweep_bodies(struct lane *l)
{
    struct conn *next;
    if (l->conns[CONN_BODY].first == NULL)
        return INT64_MAX;
    if (l->now_ns < l->next_body_ns)
        return l->next_body_ns;
    for (struct conn *c = l->conns[CONN_BODY].first; c != NULL; c = next) {
        int64_t age = l->now_ns - c->since_ns;
        next = c->next;
        bool slow = age >= BODY_GRACE_NS && (int64_t)c->body_bytes < BODY_RATE * (age / SECOND_NS);
        if (slow || age >= BODY_NS || (age >= BODY_TICK_NS && conn_dead(c)))
            conn_cut(c, METRIC_CONNECTIONS_TIMEOUT);
    }
    l->next_body_ns = l->now_ns + BODY_TICK_NS;
    return l->conns[CONN_BODY].first != NULL ? l->next_body_ns : INT64_MAX;
}

/* An idle connection that sends its next head byte by byte is no better than a fresh one that does. When data last came
 * in, the kernel knows. */
static void look_for_drips(struct conn *c, const struct tcp_info *info)
{
    int64_t now = c->lane->now_ns, data_ns = now - (int64_t)info->tcpi_last_data_recv * 1000000;
    if (c->drips && now - c->drips_ns >= HEAD_NS) {
        conn_cut(c, METRIC_CONNECTIONS_TIMEOUT);
    } else if (!c->drips && data_ns > c->since_ns + SECOND_NS / 10) {
        c->drips = true;
        c->drips_ns = now;
    }
}

static void look_into(struct conn *c)
{
    struct tcp_info info;
    socklen_t n = sizeof(info);
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return;
    if (info.tcpi_state ==
        TCP_CLOSE_WAIT) /* the client's end came together with its last request: see conn_dead */
        conn_end(c);
    else
        look_for_drips(c, &info);
}

static int64_t sweep_idle(struct lane *l)
{
    struct conn *next;
    if (l->conns[CONN_IDLE].first == NULL)
        return INT64_MAX;
    if (l->now_ns < l->next_peek_ns)
        return l->next_peek_ns;
    for (struct conn *c = l->conns[CONN_IDLE].first; c != NULL; c = next) {
        next = c->next;
        if (l->now_ns - c->since_ns < SECOND_NS)
            break;
        look_into(c);
    }
    l->next_peek_ns = l->now_ns + PEEK_NS;
    return l->conns[CONN_IDLE].first != NULL ? l->next_peek_ns : INT64_MAX;
}

static void sweep_evictions(struct lane *l)
{
    int64_t n = atomic_exchange_explicit(&l->evict, 0, memory_order_relaxed);
    for (struct conn *c; n > 0 && (c = oldest_idle(l, NULL)) != NULL; n--)
        conn_cut(c, METRIC_CONNECTIONS_EVICTED);
}

int64_t sweep(struct lane *l)
{
    if (atomic_load_explicit(&l->evict, memory_order_relaxed) != 0)
        sweep_evictions(l);
    int64_t due[] = {
        sweep_old(l, CONN_FRESH, HEAD_NS),    sweep_old(l, CONN_HEAD, HEAD_NS), sweep_bodies(l),
        sweep_old(l, CONN_ANSWER, ANSWER_NS), sweep_old(l, CONN_IDLE, IDLE_NS), sweep_idle(l),
    };
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++)
        first = due[i] < first ? due[i] : first;
    return first;
}
