/* Sending: from the log to the producer, and what its reports mean. */
#include "service/relay/relay_private.h"
#include "shared/clock.h"
#include "shared/log.h"
#include "shared/metric.h"

#include <stdio.h>
#include <string.h>

#define READ_MAX (PRODUCER_WINDOW / 2) /* events a read transaction; of many at once few requests are made */
#define PARK_NS (30 * SECOND_NS)
#define BATCH_BYTES 250000 /* after the first refusal of a batch for its size; then a quarter each */
#define BATCH_LEAST 1000
#define BACKOFF_FIRST_NS (SECOND_NS / 10)
#define BACKOFF_MOST_NS (10 * SECOND_NS)

static struct flight *flight_of(struct relay *r, uint64_t tag)
{
    return &r->flights[tag % FLIGHTS];
}

/* ---- reports ---- */

static void pass_acked(struct relay *r)
{
    while (r->head < r->tail && flight_of(r, r->head)->acked)
        r->acked = flight_of(r, r->head++)->position;
    if (r->parked.position != 0 && r->acked >= r->parked.position)
        r->parked = (struct relay_parked){0};
}

static void note_failure(struct relay *r, int64_t position, int code, bool permanent)
{
    if (!r->failure.set || r->failure.highest < position)
        r->failure.highest = position;
    if (r->failure.set && r->failure.position <= position)
        return;
    r->failure.set = true;
    r->failure.permanent = permanent;
    r->failure.code = code;
    r->failure.position = position;
}

static void report(void *ctx, uint64_t tag, int code, bool permanent)
{
    struct relay *r = ctx;
    struct flight *f = flight_of(r, tag);
    r->window_full = false;
    if (code == 0) {
        f->acked = true;
        r->delivered++;
        metric_add(METRIC_KAFKA_DELIVERED, 1);
        r->backoff_ns = 0;
        r->told_restart = 0;
        r->refused = 0;
        pass_acked(r);
    } else if (!r->discarding) {
        r->failed++;
        metric_add(METRIC_KAFKA_FAILED, 1);
        note_failure(r, f->position, code, permanent);
    }
}

/* ---- failures ---- */

bool relay_make_producer(struct relay *r, struct err *ret_err)
{
    if (r->producer == NULL)
        r->producer = producer_new(r->config.conf, r->batch_bytes, r->wake_fd, report, r, ret_err);
    return r->producer != NULL;
}

void relay_discard(struct relay *r)
{
    r->discarding = true;
    producer_free(r->producer);
    r->discarding = false;
    r->producer = NULL;
    r->head = r->tail = 0;
    r->sent = r->acked;
    r->window_full = false;
    r->failure.set = false;
}

static bool take_parked(void *ctx, const struct event *e, int64_t sent_at)
{
    struct relay_parked *p = ctx;
    (void)sent_at;
    if (e->position != p->position)
        return false;
    ulid_format_order(e->order_id, p->order);
    snprintf(p->type, sizeof p->type, "%s", event_type_name(e->type));
    return false;
}

/* What the refused record is about, for those who are asked to set it aside. */
static void look_at_parked(struct relay *r)
{
    const struct event_query q = {.after = r->parked.position - 1, .limit = 1};
    int64_t position;
    struct err e;
    if (!r->reader->ops->begin(r->reader, 0, &position, &e))
        return;
    (void)r->reader->ops->events(r->reader, &q, take_parked, &r->parked, &e);
    r->reader->ops->end(r->reader);
}

static void park(struct relay *r, int64_t position, int code, int64_t now_ns)
{
    if (r->parked.position != position) {
        r->parked = (struct relay_parked){.position = position};
        r->parked_since = clock_wall_ms();
        look_at_parked(r);
    }
    r->parked.position = position;
    r->parked.cursor = r->acked;
    r->parked.topic = r->config.conf->kafka_topic_orders;
    snprintf(r->parked.reason, sizeof r->parked.reason, "%s", producer_code_text(code));
    r->parked_until_ns = now_ns + (r->config.parked_retry_ns > 0 ? r->config.parked_retry_ns : PARK_NS);
}

static int64_t smaller_batch(int64_t bytes)
{
    bytes = bytes == 0 ? BATCH_BYTES : bytes / 4;
    return bytes > BATCH_LEAST ? bytes : BATCH_LEAST;
}

/* The producer is of no use any more. Who is to blame is found by sending one record at a time: a permanent error of
 * a record that went alone parks the relay. */
static void restart(struct relay *r, int64_t now_ns)
{
    int code = r->failure.code;
    bool alone = r->tail - r->head == 1 && flight_of(r, r->head)->position == r->failure.position;
    bool permanent = r->failure.permanent;
    int64_t position = r->failure.position, highest = r->failure.highest;
    if (code != r->told_restart)
        log_line(LOG_WARN, "kafka: the producer starts again", LOG_S("reason", producer_code_text(code)),
                 LOG_I("position", position));
    r->told_restart = code;
    relay_discard(r);
    if (r->next_look_ns > now_ns + SECOND_NS) /* perhaps a topic has gone */
        r->next_look_ns = now_ns + SECOND_NS;
    r->restarts++;
    metric_add(METRIC_KAFKA_RESTARTS, 1);
    if (permanent && highest > r->careful_upto)
        r->careful_upto = highest;
    if (producer_code_is_size(code) && !alone) /* the topic may take less at a time than we send */
        r->batch_bytes = smaller_batch(r->batch_bytes);
    if (permanent && alone && position > r->acked) {
        park(r, position, code, now_ns);
        r->retry_ns = now_ns;
        return;
    }
    r->backoff_ns = r->backoff_ns == 0 ? BACKOFF_FIRST_NS : 2 * r->backoff_ns;
    if (r->backoff_ns > BACKOFF_MOST_NS)
        r->backoff_ns = BACKOFF_MOST_NS;
    r->retry_ns = now_ns + (permanent ? 0 : r->backoff_ns);
}

/* It stands for the first record that is on its way or would be next. With nothing to send nobody is to blame but us. */
static void take_fatal(struct relay *r, int code, int64_t now_ns)
{
    struct store *store = r->config.store;
    int64_t first = r->head < r->tail ? flight_of(r, r->head)->position : r->acked + 1;
    bool permanent = producer_code_is_permanent(code), there = first <= store->ops->position(store);
    r->failure.set = false;
    note_failure(r, first, code, permanent && there);
    if (!permanent)
        return;
    r->refused = code;
    if (!there)
        return;
    relay_discard(r);
    r->restarts++;
    metric_add(METRIC_KAFKA_RESTARTS, 1);
    park(r, first, code, now_ns);
    r->retry_ns = r->parked_until_ns; /* a new producer would ask the same at once, and again */
}

void relay_serve(struct relay *r, int64_t now_ns)
{
    struct err e;
    int code = 0;
    if (r->producer != NULL && !producer_poll(r->producer, &code))
        take_fatal(r, code, now_ns);
    if (r->failure.set)
        restart(r, now_ns);
    if (r->producer == NULL && now_ns >= r->retry_ns) {
        r->made_ns = now_ns;
        if (!relay_make_producer(r, &e))
            r->retry_ns = now_ns + BACKOFF_MOST_NS;
    }
}

/* ---- from the log ---- */

struct batch {
    struct relay *relay;
    bool stopped;    /* the producer takes no more for now */
    int64_t refused; /* the position of a record that it does not take for good, and why; 0: none */
    int code;
};

static bool send_event(void *ctx, const struct event *e, int64_t sent_at)
{
    struct batch *b = ctx;
    struct relay *r = b->relay;
    char key[ORDER_ID_LEN + 1];
    int code = 0;
    (void)sent_at;
    buf_clear(&r->value);
    event_render(&r->value, e);
    if (r->value.failed) {
        b->stopped = true;
        return false;
    }
    ulid_format_order(e->order_id, key);
    *flight_of(r, r->tail) = (struct flight){.position = e->position, .time = e->time};
    enum producer_sent sent =
        producer_send(r->producer, r->tail, key, ORDER_ID_LEN, r->value.data, r->value.len, e->time, &code);
    b->stopped = sent != PRODUCER_TAKEN;
    r->window_full = sent == PRODUCER_FULL;
    if (sent == PRODUCER_TAKEN) {
        r->tail++;
        r->sent = e->position;
    } else if (sent == PRODUCER_REFUSED && r->head == r->tail) {
        r->failed++;
        metric_add(METRIC_KAFKA_FAILED, 1);
        b->refused = e->position;
        b->code = code;
    } else if (sent == PRODUCER_BROKEN) {
        note_failure(r, e->position, code, false);
    }
    return !b->stopped;
}

bool relay_may_send(const struct relay *r, int64_t now_ns)
{
    return !r->ending && r->producer != NULL && r->fence != 0 && clock_wall_ms() < r->lease_expires &&
           !r->failure.set && !r->storage_gone && r->look.reachable && !r->look.orders_missing &&
           now_ns >= r->retry_ns && (r->parked.position == 0 || now_ns >= r->parked_until_ns);
}

bool relay_pump(struct relay *r, int64_t now_ns)
{
    struct store *s = r->config.store;
    int64_t position = s->ops->position(s);
    uint64_t flying = r->tail - r->head,
             most = r->sent < r->careful_upto || r->parked.position != 0 ? 1 : PRODUCER_WINDOW;
    if (!relay_may_send(r, now_ns) || position <= r->sent || flying >= most || r->window_full)
        return false;
    if (most == PRODUCER_WINDOW && flying > most - READ_MAX)
        return false; /* a read for a handful costs as much as one for many */
    struct batch b = {.relay = r};
    struct event_query q = {.after = r->sent,
                            .limit = most - flying < READ_MAX ? (int)(most - flying) : READ_MAX,
                            .without_sent = true};
    struct err e;
    if (!r->reader->ops->begin(r->reader, 0, &position, &e))
        return false;
    bool ok = r->reader->ops->events(r->reader, &q, send_event, &b, &e);
    r->reader->ops->end(r->reader);
    if (b.refused != 0)
        park(r, b.refused, b.code, now_ns);
    if (!ok)
        r->retry_ns = now_ns + BACKOFF_FIRST_NS;
    return ok && !b.stopped && position > r->sent && r->tail - r->head < most;
}
