/* Lease and marks: what the relay asks the writer for, one unit at a time. */
#include "service/relay/relay_private.h"
#include "shared/clock.h"
#include "shared/log.h"

#include <poll.h>

#define LEASE_MS INT64_C(30000)
#define RENEW_MS INT64_C(20000)    /* with so much left it is renewed */
#define ASK_AGAIN_MS INT64_C(2000) /* while another has it */
#define MARK_DELAY_NS \
    INT64_C(25000000) /* acknowledgements gather for so long, since each mark costs a commit */
#define STEP_RETRY_NS INT64_C(100000000)

static bool lease_due(const struct relay *r, int64_t now_ms)
{
    return r->fence == 0 ? now_ms >= r->lease_expires : r->lease_expires - now_ms <= RENEW_MS;
}

/* until_ms 0: gives the lease back. */
static bool submit(struct relay *r, int64_t now_ms, int64_t until_ms, bool lease)
{
    struct job *j = &r->step;
    struct err e;
    j->unit = (struct unit){.arena = &j->arena};
    j->deadline_ns = 0;
    j->reply_to = &r->answers;
    if (lease)
        j->unit.lease =
            (struct lease){.name = FOLLOWER_KAFKA, .owner = r->owner, .now = now_ms, .until = until_ms};
    if (r->fence != 0 && r->acked > r->cursor)
        j->unit.advance = (struct advance){
            .name = FOLLOWER_KAFKA, .fence = r->fence, .from = r->cursor, .to = r->acked, .at = now_ms};
    r->step_out = writer_submit(r->config.writer, j, &e);
    return r->step_out;
}

int64_t relay_step(struct relay *r, int64_t now_ns)
{
    int64_t now_ms = clock_wall_ms();
    if (r->step_out || r->storage_gone)
        return INT64_MAX;
    if (r->acked > r->cursor && r->mark_due_ns == 0)
        r->mark_due_ns = now_ns + MARK_DELAY_NS;
    bool mark = r->mark_due_ns != 0 && now_ns >= r->mark_due_ns, lease = lease_due(r, now_ms);
    if (now_ns < r->step_retry_ns)
        return r->step_retry_ns;
    if (mark || lease) {
        r->mark_due_ns = 0;
        if (submit(r, now_ms, now_ms + LEASE_MS, lease))
            return INT64_MAX;
        r->step_retry_ns = now_ns + STEP_RETRY_NS;
        return r->step_retry_ns;
    }
    int64_t renew_ms = r->fence == 0 ? r->lease_expires - now_ms : r->lease_expires - now_ms - RENEW_MS;
    int64_t renew_ns = now_ns + renew_ms * 1000000;
    return r->mark_due_ns != 0 && r->mark_due_ns < renew_ns ? r->mark_due_ns : renew_ns;
}

void relay_reread(struct relay *r)
{
    int64_t position, cursor = 0;
    struct err e;
    const struct store_ops *ops = r->reader->ops;
    if (!ops->begin(r->reader, 0, &position, &e))
        return;
    if (ops->cursor(r->reader, FOLLOWER_KAFKA, &cursor, &e) && cursor != r->cursor) {
        if (r->tail > r->head)
            relay_discard(r);
        r->cursor = r->acked = r->sent = cursor;
        if (r->parked.position != 0 && r->parked.position <= cursor) {
            r->parked = (struct relay_parked){0};
            r->retry_ns = 0;
        }
    }
    ops->end(r->reader);
}

static void lose_lease(struct relay *r, int64_t ask_again_ms)
{
    if (r->tail > r->head)
        relay_discard(r);
    r->fence = 0;
    r->lease_expires = ask_again_ms;
}

static void take_lease(struct relay *r, const struct lease *l)
{
    int64_t now_ms = clock_wall_ms();
    if (l->fence == 0) {
        lose_lease(r, l->expires < now_ms + ASK_AGAIN_MS ? l->expires : now_ms + ASK_AGAIN_MS);
        return;
    }
    r->lease_expires = l->expires;
    if (r->fence != l->fence) {
        r->fence = l->fence;
        relay_reread(r);
    }
}

static void settled(struct relay *r, const struct job *j)
{
    const struct unit *u = &j->unit;
    r->step_out = false;
    if (j->err.code == ERR_OUTCOME_UNKNOWN) {
        r->storage_gone = true;
    } else if (j->err.code != ERR_NONE) {
        r->step_retry_ns = clock_mono_ns() + STEP_RETRY_NS;
    } else if (u->outcome == UNIT_FENCED) {
        /* taken by another, or a record was set aside: read where the cursor stands, and ask for the lease anew */
        lose_lease(r, 0);
        relay_reread(r);
    } else if (u->outcome == UNIT_COMMITTED) {
        if (u->advance.name != NULL)
            r->cursor = u->advance.to;
        if (u->lease.name != NULL && u->lease.until > 0)
            take_lease(r, &u->lease);
    }
}

void relay_step_answered(struct relay *r)
{
    struct node *next;
    for (struct node *n = mailbox_take(&r->answers); n != NULL; n = next) {
        next = n->next;
        settled(r, (const struct job *)n);
    }
}

/* The writer settles every job it took, so this ends. */
static void wait_for_step(struct relay *r)
{
    struct pollfd p = {.fd = r->answers.fd, .events = POLLIN};
    while (r->step_out) {
        (void)poll(&p, 1, -1);
        relay_step_answered(r);
    }
}

void relay_step_last(struct relay *r)
{
    wait_for_step(r);
    if (r->storage_gone || r->fence == 0)
        return;
    if (submit(r, clock_wall_ms(), 0, true))
        wait_for_step(r);
}
