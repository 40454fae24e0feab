/* A lane: one libmicrohttpd daemon without threads of its own, run by one thread of ours.
 *
 * The loop waits for the daemon's epoll descriptor, the mailboxes and the listening socket, lets settled work go on, and
 * runs the daemon, which never blocks. Suspending and resuming thus happen on one thread. The library does not listen
 * itself: so connections are spread evenly, and the end of listening is a close. */
#include "service/http/server.h"

#include "shared/clock.h"
#include "shared/digest.h"
#include "shared/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Head of the request and of the answer, and a piece of body. The library clears it twice a request. */
#define CONNECTION_MEMORY (HTTP_HEAD_MAX / 3 * 4)
#define ACCEPT_AT_ONCE 16
#define ACCEPTING_LANES 2 /* more would wake up for nothing; they are given connections */
#define ACCEPT_PAUSE_NS (SECOND_NS / 10)
#define SCRATCH_MAX (4u * 1024 * 1024)
#define SCRATCH_KEEP (256u * 1024)

static void __attribute__((format(printf, 2, 0))) report(void *lane, const char *format, va_list args)
{
    char text[400];
    if (strstr(format, MHD_HTTP_HEADER_CONTENT_LENGTH) != NULL)
        guard_lengths(lane);
    if (!log_enabled(LOG_DEBUG))
        return;
    vsnprintf(text, sizeof(text), format, args);
    log_line(LOG_DEBUG, "libmicrohttpd", LOG_S("text", text));
}

static void connection_changed(void *lane, struct MHD_Connection *mhd, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        conn_opened(lane, mhd, context);
    else
        conn_closed(*context);
}

/* ---- new connections ---- */

/* A connection on its way from the lane that accepted it to the one that will serve it. */
struct arrival {
    struct node node;
    int fd;
    socklen_t n;
    struct sockaddr_storage from;
};

static void serve(struct lane *l, int fd, const struct sockaddr_storage *from, socklen_t n)
{
    if (MHD_add_connection(l->daemon, fd, (const struct sockaddr *)from, n) != MHD_YES)
        log_line(LOG_DEBUG, "a connection was not taken"); /* the library has closed it */
}

static void take_arrivals(struct lane *l)
{
    struct node *next;
    for (struct node *n = mailbox_take(&l->arrivals); n != NULL; n = next) {
        struct arrival *a = (struct arrival *)(void *)n;
        next = n->next;
        atomic_fetch_sub_explicit(&l->arriving, 1, memory_order_relaxed);
        serve(l, a->fd, &a->from, a->n);
        free(a);
    }
}

static void refuse_arrivals(struct lane *l)
{
    struct node *next;
    for (struct node *n = mailbox_take(&l->arrivals); n != NULL; n = next) {
        struct arrival *a = (struct arrival *)(void *)n;
        next = n->next;
        close(a->fd);
        free(a);
    }
}

static int64_t load(const struct lane *l)
{
    return atomic_load_explicit(&l->connections, memory_order_relaxed) +
           atomic_load_explicit(&l->arriving, memory_order_relaxed);
}

/* Whoever is quick would take them all: a connection goes to the lane that has the fewest. */
static void place(struct lane *l, int fd, const struct sockaddr_storage *from, socklen_t n)
{
    struct http *h = l->http;
    struct lane *to = l;
    for (int i = 0; i < h->n_lanes; i++) {
        if (load(&h->lanes[i]) < load(to))
            to = &h->lanes[i];
    }
    struct arrival *a = to != l ? malloc(sizeof(*a)) : NULL;
    if (a == NULL) {
        serve(l, fd, from, n);
        return;
    }
    *a = (struct arrival){.fd = fd, .n = n, .from = *from};
    atomic_fetch_add_explicit(&to->arriving, 1, memory_order_relaxed);
    mailbox_put(&to->arrivals, &a->node);
    mailbox_wake(&to->arrivals);
}

static void accept_some(struct lane *l)
{
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        struct sockaddr_storage from;
        socklen_t n = sizeof(from);
        int fd = accept4(l->listen_fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            place(l, fd, &from, n);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (errno != EAGAIN) /* no descriptor or memory left: not again at once */
                l->accept_after_ns = l->now_ns + ACCEPT_PAUSE_NS;
            return;
        }
    }
}

static bool daemon_start(struct lane *l, struct err *ret_err)
{
    /* clang-format off */
    l->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
        request_access, l,
        MHD_OPTION_EXTERNAL_LOGGER, report, l,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)(l->http->max_connections + HTTP_CONNECTION_SPARE),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_STRICT_FOR_CLIENT, 0,
        MHD_OPTION_URI_LOG_CALLBACK, request_line, l,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, l,
        MHD_OPTION_NOTIFY_COMPLETED, request_completed, l,
        MHD_OPTION_END);
    /* clang-format on */
    if (l->daemon == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "the HTTP library did not start");
    return true;
}

/* ---- what a lane waits for ---- */

enum wake { WAKE_DAEMON, WAKE_CHANGES, WAKE_READS, WAKE_ARRIVALS, WAKE_LISTEN, WAKES };

static bool watch(struct lane *l, enum wake what, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = what};
    return epoll_ctl(l->wait_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

/* A lane that accepts has the listening socket in its set, but for the pauses. The set must lose it before the close:
 * the other lanes have descriptors of the same socket. */
static void accepting(struct lane *l, bool on)
{
    if (on == l->accepts || l->listen_fd < 0)
        return;
    if (on)
        l->accepts = watch(l, WAKE_LISTEN, l->listen_fd);
    else
        l->accepts = epoll_ctl(l->wait_fd, EPOLL_CTL_DEL, l->listen_fd, NULL) != 0;
}

static bool watch_all(struct lane *l)
{
    l->wait_fd = epoll_create1(EPOLL_CLOEXEC);
    return l->wait_fd >= 0 &&
           watch(l, WAKE_DAEMON, MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd) &&
           watch(l, WAKE_CHANGES, l->changes.fd) && watch(l, WAKE_READS, l->reads.fd) &&
           watch(l, WAKE_ARRIVALS, l->arrivals.fd);
}

/* Waits at most so many ms, -1: without end; returns a set of bits 1 << enum wake. */
static unsigned wait_for(struct lane *l, int ms)
{
    struct epoll_event events[WAKES];
    unsigned woken = 0;
    accepting(l, l->index < ACCEPTING_LANES && l->now_ns >= l->accept_after_ns);
    int n = epoll_wait(l->wait_fd, events, WAKES, ms);
    for (int i = 0; i < n; i++)
        woken |= 1u << events[i].data.u32;
    return woken;
}

bool lane_open(struct lane *l, struct http *h, int index, struct err *ret_err)
{
    l->http = h;
    l->index = index;
    l->now_ns = clock_mono_ns();
    l->wait_fd = l->changes.fd = l->reads.fd = l->arrivals.fd = -1;
    l->listen_fd = dup(h->listen_fd);
    buf_init(&l->scratch, SCRATCH_MAX);
    uint8_t first_id[8];
    random_bytes(first_id, sizeof(first_id));
    digest_hex(first_id, sizeof(first_id), l->next_id);
    if (l->listen_fd < 0 || !facts_init(&l->facts) || !mailbox_init(&l->changes) ||
        !mailbox_init(&l->reads) || !mailbox_init(&l->arrivals))
        return err_set(ret_err, ERR_STORAGE_BUSY, "no memory or descriptor left for a lane");
    l->reader = h->c.store->ops->reader_open(h->c.store, ret_err);
    if (l->reader == NULL || !daemon_start(l, ret_err))
        return false;
    return watch_all(l) || err_set(ret_err, ERR_STORAGE_BUSY, "no memory or descriptor left for a lane");
}

void lane_close(struct lane *l)
{
    if (l->arrivals.fd >= 0)
        refuse_arrivals(l);
    if (l->daemon != NULL)
        MHD_stop_daemon(l->daemon);
    if (l->reader != NULL)
        l->reader->ops->reader_close(l->reader);
    requests_free(l);
    forms_free(l);
    keys_drop(l->keys);
    buf_release(&l->scratch);
    facts_release(&l->facts);
    if (l->listen_fd >= 0)
        close(l->listen_fd);
    if (l->wait_fd >= 0)
        close(l->wait_fd);
    struct mailbox *boxes[] = {&l->changes, &l->reads, &l->arrivals};
    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
        if (boxes[i]->fd >= 0)
            mailbox_release(boxes[i]);
    }
}

void lane_wake(struct lane *l)
{
    mailbox_wake(&l->reads);
}

void lane_suspend(struct lane *l, struct MHD_Connection *mhd)
{
    l->n_suspended++;
    MHD_suspend_connection(mhd);
}

void lane_resume(struct lane *l, struct MHD_Connection *mhd)
{
    l->n_suspended--;
    l->again = true;
    MHD_resume_connection(mhd);
}

struct store_reader *lane_snapshot(struct lane *l, int64_t limit_ns, struct err *ret_err)
{
    int64_t deadline_ns = limit_ns != 0 ? clock_mono_ns() + limit_ns : 0;
    l->snapshot = true;
    if (!l->reader->ops->begin(l->reader, deadline_ns, &l->snapshot_position, ret_err))
        return NULL;
    return l->reader;
}

/* ---- the loop ---- */

static void settle_changes(struct lane *l)
{
    struct node *next;
    for (struct node *n = mailbox_take(&l->changes); n != NULL; n = next) {
        struct job *j = (struct job *)(void *)n;
        struct request *r = j->owner;
        next = n->next;
        if (change_again(j)) {
            if (writer_submit(l->http->c.writer, j, &r->refusal))
                continue;
            j->err = r->refusal;
        }
        r->job = j;
        request_settled(r);
    }
}

static void settle_reads(struct lane *l)
{
    struct node *next;
    for (struct node *n = mailbox_take(&l->reads); n != NULL; n = next) {
        struct read_job *j = (struct read_job *)(void *)n;
        next = n->next;
        request_settled(j->owner);
    }
}

/* No new connections any more; when every lane has closed its descriptor, the port is free. */
static void quiesce(struct lane *l)
{
    if (l->listen_fd < 0 || !atomic_load(&l->http->draining))
        return;
    accepting(l, false);
    close(l->listen_fd);
    l->listen_fd = -1;
    refuse_arrivals(l);
}

static void end_snapshot(struct lane *l)
{
    if (!l->snapshot)
        return;
    l->reader->ops->end(l->reader);
    l->snapshot = false;
    if (l->scratch.cap > SCRATCH_KEEP)
        buf_release(&l->scratch);
}

/* How long the lane may wait, in ms. */
static int patience(struct lane *l, int64_t due)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (l->again)
        return 0;
    int64_t wait = INT64_MAX;
    if (due != INT64_MAX) {
        int64_t now = clock_mono_ns();
        wait = due > now ? (due - now) / 1000000 + 1 : 0;
    }
    if (MHD_get_timeout(l->daemon, &ms) == MHD_YES && ms < (MHD_UNSIGNED_LONG_LONG)INT64_MAX &&
        (int64_t)ms < wait)
        wait = (int64_t)ms;
    return wait == INT64_MAX ? -1 : wait > 60000 ? 60000 : (int)wait;
}

static void turn(struct lane *l)
{
    int64_t due = sweep(l), streams_due = streams_turn(l);
    due = due < streams_due ? due : streams_due;
    if (l->now_ns < l->accept_after_ns && l->accept_after_ns < due)
        due = l->accept_after_ns;
    unsigned woken = wait_for(l, patience(l, due));
    l->now_ns = clock_mono_ns();
    if (woken & 1u << WAKE_CHANGES)
        settle_changes(l);
    if (woken & 1u << WAKE_READS)
        settle_reads(l);
    if (woken & 1u << WAKE_ARRIVALS)
        take_arrivals(l);
    quiesce(l);
    if (woken & 1u << WAKE_LISTEN && l->listen_fd >= 0)
        accept_some(l);
    (void)streams_turn(l);
    l->again = false; /* what was resumed so far goes on in this run */
    MHD_run(l->daemon);
    end_snapshot(l);
}

/* Requests whose outcome nobody will tell any more get no answer. */
static void abandon(struct lane *l)
{
    for (struct conn *c = l->conns[CONN_BUSY].first; c != NULL; c = c->next) {
        struct request *r = c->request;
        if (r != NULL && r->phase == REQUEST_WAITING) {
            r->phase = REQUEST_ABANDONED;
            lane_resume(l, r->mhd);
        }
    }
}

static void *lane_main(void *lane)
{
    struct lane *l = lane;
    char name[16];
    snprintf(name, sizeof(name), "lane-%d", l->index);
    pthread_setname_np(pthread_self(), name);
    while (!atomic_load(&l->http->stopping))
        turn(l);
    settle_changes(l);
    settle_reads(l);
    abandon(l);
    for (int i = 0; i < 1000 && (i == 0 || l->n_suspended != 0 || l->again); i++) {
        l->now_ns = clock_mono_ns();
        l->again = false;
        (void)streams_turn(l);
        MHD_run(l->daemon);
        end_snapshot(l);
    }
    MHD_run(l->daemon);
    end_snapshot(l);
    return NULL;
}

bool lane_start(struct lane *l)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    l->started = pthread_create(&l->thread, NULL, lane_main, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return l->started;
}
