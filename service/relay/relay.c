/* The relay's thread: one loop that wakes for commits, reports, the writer's answers and the clock. */
#include "service/relay/relay.h"
#include "service/relay/kafka_conf.h"
#include "service/relay/relay_private.h"
#include "shared/clock.h"
#include "shared/log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STOP_NS (5 * SECOND_NS)       /* at the end: so long what was sent may be acknowledged, */
#define STOP_QUIET_NS (2 * SECOND_NS) /* at last without more being sent; config.stop_ns */
#define VALUE_MAX (8u * 1024 * 1024)
#define STEP_ARENA_MAX 4096

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_until(struct relay *r, int64_t at_ns)
{
    struct pollfd p[2] = {{.fd = r->wake_fd, .events = POLLIN}, {.fd = r->answers.fd, .events = POLLIN}};
    int64_t left_ns = at_ns - clock_mono_ns();
    struct timespec t = {.tv_sec = left_ns / SECOND_NS, .tv_nsec = left_ns % SECOND_NS};
    eventfd_t n;
    if (left_ns > 0)
        (void)ppoll(p, 2, at_ns == INT64_MAX ? NULL : &t, NULL);
    (void)eventfd_read(r->wake_fd, &n);
    atomic_store(&r->nudged, false);
}

/* One turn; returns when the next is due at the latest. */
static int64_t turn(struct relay *r)
{
    int64_t now_ns = clock_mono_ns();
    relay_step_answered(r);
    relay_serve(r, now_ns);
    if (r->parked.position != 0)
        relay_reread(r);
    int64_t next_ns = relay_look(r, now_ns);
    now_ns = clock_mono_ns();
    bool more = relay_pump(r, now_ns);
    relay_serve(r, now_ns);
    next_ns = earlier(next_ns, relay_step(r, now_ns));
    relay_publish(r);
    if (more)
        return now_ns;
    if (r->retry_ns > now_ns)
        next_ns = earlier(next_ns, r->retry_ns);
    if (r->parked.position != 0 && r->parked_until_ns > now_ns)
        next_ns = earlier(next_ns, r->parked_until_ns);
    if (r->facts.backlog > 0) /* its age is told */
        next_ns = earlier(next_ns, now_ns + SECOND_NS);
    return next_ns;
}

/* At the end: is there something left that could be sent and acknowledged soon? */
static bool worth_waiting(const struct relay *r, int64_t now_ns)
{
    if (r->storage_gone || r->fence == 0 || r->producer == NULL || !r->look.reachable)
        return false;
    return r->tail > r->head || (r->facts.backlog > 0 && relay_may_send(r, now_ns));
}

/* What is on its way when the relay ends is sent again after the next start: so at last nothing more is sent, and what was
 * is waited for. Returns whether it may end. */
static bool at_end(struct relay *r, int64_t *end_ns)
{
    int64_t now_ns = clock_mono_ns();
    if (*end_ns == INT64_MAX)
        *end_ns = now_ns + (r->config.stop_ns > 0 ? r->config.stop_ns : STOP_NS);
    r->ending = now_ns >= *end_ns - STOP_QUIET_NS;
    return now_ns >= *end_ns || !worth_waiting(r, now_ns);
}

static void *relay_main(void *arg)
{
    struct relay *r = arg;
    int64_t end_ns = INT64_MAX, next_ns = 0;
    do {
        wait_until(r, earlier(next_ns, end_ns));
        next_ns = turn(r);
    } while (!atomic_load(&r->stopping) || !at_end(r, &end_ns));
    relay_step_last(r);
    relay_discard(r);
    return NULL;
}

static void name_owner(struct relay *r)
{
    char id[UUID_LEN + 1];
    ulid_format_uuid(ulid_new(), id);
    snprintf(r->owner, sizeof r->owner, "%s", id);
}

static void relay_free(struct relay *r)
{
    relay_discard(r);
    if (r->reader != NULL)
        r->reader->ops->reader_close(r->reader);
    if (r->wake_fd >= 0)
        close(r->wake_fd);
    mailbox_release(&r->answers);
    arena_release(&r->step.arena);
    buf_release(&r->value);
    pthread_mutex_destroy(&r->lock);
    free(r->flights);
    free(r);
}

static bool prepare(struct relay *r, struct err *ret_err)
{
    r->flights = calloc(FLIGHTS, sizeof *r->flights);
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!mailbox_init(&r->answers) || r->wake_fd < 0 || r->flights == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the relay: no memory or no descriptor left");
    buf_init(&r->value, VALUE_MAX);
    arena_init(&r->step.arena, STEP_ARENA_MAX);
    name_owner(r);
    r->reader = r->config.store->ops->reader_open(r->config.store, ret_err);
    return r->reader != NULL && kafka_conf_check(r->config.conf, ret_err) && relay_make_producer(r, ret_err);
}

struct relay *relay_start(const struct relay_config *c, struct err *ret_err)
{
    struct relay *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    r->config = *c;
    r->wake_fd = -1;
    pthread_mutex_init(&r->lock, NULL);
    if (!prepare(r, ret_err)) {
        relay_free(r);
        return NULL;
    }
    relay_reread(r);
    relay_publish(r);
    if (pthread_create(&r->thread, NULL, relay_main, r) != 0) {
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the relay's thread");
        relay_free(r);
        return NULL;
    }
    pthread_setname_np(r->thread, "relay");
    return r;
}

void relay_committed(struct relay *r)
{
    if (!atomic_exchange(&r->nudged, true))
        eventfd_write(r->wake_fd, 1);
}

void relay_stop(struct relay *r)
{
    if (r == NULL)
        return;
    atomic_store(&r->stopping, true);
    eventfd_write(r->wake_fd, 1);
    pthread_join(r->thread, NULL);
    relay_free(r);
}
