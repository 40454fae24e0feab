/* What is told of the relay: to the log on change, to metrics, /ready and /status through a copy. */
#include "service/relay/relay_private.h"
#include "shared/clock.h"
#include "shared/json.h"
#include "shared/log.h"
#include "shared/metric.h"

#include <stdio.h>
#include <string.h>

#define LOOK_NS (10 * SECOND_NS) /* while all is well */
#define LOOK_SOON_NS SECOND_NS   /* while something is missing */
#define LOOK_MS 500
#define WELCOME_NS (3 * SECOND_NS) /* a producer that lived for so long beside brokers is not refused */
#define FIRST_LOOK_MS 1500         /* some of the brokers may be away */

static const struct {
    const char *name, *sentence;
    enum log_level level;
} states[] = {
    [RELAY_STARTING] = {"starting", "kafka: connecting", LOG_INFO},
    [RELAY_STANDBY] = {"standby", "kafka: another process relays", LOG_INFO},
    [RELAY_UNREACHABLE] = {"unreachable", "kafka: no broker can be reached; events wait in the log",
                           LOG_WARN},
    [RELAY_REFUSED] = {"refused", "kafka: the brokers refuse us; events wait in the log", LOG_ERROR},
    [RELAY_NO_TOPIC] = {"noTopic", "kafka: the topic of the orders does not exist; events wait in the log",
                        LOG_WARN},
    [RELAY_PARKED] = {"parked", "kafka: a record is refused; nothing is sent until it is taken or set aside",
                      LOG_ERROR},
    [RELAY_SENDING] = {"sending", "kafka: sending", LOG_INFO},
};

static enum relay_state state_of(const struct relay *r)
{
    if (r->parked.position != 0)
        return RELAY_PARKED;
    if (!r->looked)
        return RELAY_STARTING;
    if (r->look.denied || (r->look.reachable && r->refused != 0))
        return RELAY_REFUSED;
    if (!r->look.reachable)
        return RELAY_UNREACHABLE;
    if (r->fence == 0)
        return r->lease_expires == 0 ? RELAY_STARTING : RELAY_STANDBY;
    return r->look.orders_missing ? RELAY_NO_TOPIC : RELAY_SENDING;
}

int64_t relay_look(struct relay *r, int64_t now_ns)
{
    if (r->producer == NULL)
        return INT64_MAX;
    if (producer_suspects(r->producer) && r->look.reachable)
        r->next_look_ns = now_ns;
    if (now_ns < r->next_look_ns)
        return r->next_look_ns;
    producer_look(r->producer, true, r->looked ? LOOK_MS : FIRST_LOOK_MS, &r->look);
    r->looked = true;
    if (r->look.reachable && clock_mono_ns() - r->made_ns > WELCOME_NS)
        r->refused = 0;
    bool well = r->look.reachable && r->look.missing[0] == '\0' && r->refused == 0;
    r->next_look_ns = clock_mono_ns() + (well ? LOOK_NS : LOOK_SOON_NS);
    return r->next_look_ns;
}

/* ---- the log ---- */

static const char *detail_of(const struct relay_facts *f)
{
    if (f->state == RELAY_PARKED)
        return f->parked.reason;
    if (f->state == RELAY_REFUSED && !f->look.denied)
        return producer_code_text(f->refused);
    return f->look.reachable ? f->look.missing : f->look.why;
}

static void tell(struct relay *r, const struct relay_facts *f)
{
    bool known = f->look.reachable, other = known && strcmp(r->told_missing, f->look.missing) != 0;
    if (f->state == r->told && !other)
        return;
    enum log_level level = states[f->state].level;
    const char *sentence = states[f->state].sentence;
    if (f->state == RELAY_PARKED) {
        log_line(level, sentence, LOG_S("reason", f->parked.reason), LOG_I("position", f->parked.position));
    } else if (f->state == RELAY_UNREACHABLE || f->state == RELAY_REFUSED) {
        log_line(level, sentence, LOG_S("brokers", r->config.conf->kafka_brokers),
                 LOG_S("reason", detail_of(f)));
    } else if (f->look.missing[0] != '\0') {
        bool sends = f->state == RELAY_SENDING;
        log_line(LOG_WARN, sends ? "kafka: sending, but topics are missing" : sentence,
                 LOG_S("missingTopics", f->look.missing), LOG_I("backlog", f->backlog));
    } else {
        log_line(level, sentence, LOG_I("backlog", f->backlog));
    }
    r->told = f->state;
    if (known)
        snprintf(r->told_missing, sizeof r->told_missing, "%s", f->look.missing);
}

/* ---- the copy ---- */

static bool take_time(void *ctx, const struct event *e, int64_t sent_at)
{
    (void)sent_at;
    *(int64_t *)ctx = e->time;
    return false;
}

/* The time of the event behind `acked`: of the first on its way, else read from the log once. */
static int64_t oldest_unsent(struct relay *r)
{
    int64_t position;
    struct err e;
    if (r->head < r->tail)
        return r->flights[r->head % FLIGHTS].time;
    if (r->oldest_position == r->acked + 1)
        return r->oldest_time;
    const struct event_query q = {.after = r->acked, .limit = 1};
    r->oldest_time = 0;
    if (r->reader->ops->begin(r->reader, 0, &position, &e)) {
        (void)r->reader->ops->events(r->reader, &q, take_time, &r->oldest_time, &e);
        r->reader->ops->end(r->reader);
    }
    r->oldest_position = r->acked + 1;
    return r->oldest_time;
}

void relay_publish(struct relay *r)
{
    struct relay_facts f = {.state = state_of(r),
                            .look = r->look,
                            .refused = r->refused,
                            .cursor = r->cursor,
                            .backlog = r->config.store->ops->position(r->config.store) - r->acked,
                            .delivered = r->delivered,
                            .failed = r->failed,
                            .restarts = r->restarts,
                            .parked = r->parked,
                            .parked_since = r->parked_since};
    if (f.backlog > 0)
        f.oldest_unsent = oldest_unsent(r);
    tell(r, &f);
    int64_t age_s = f.oldest_unsent > 0 ? (clock_wall_ms() - f.oldest_unsent) / 1000 : 0;
    metric_set(METRIC_EVENTS_UNSENT, f.backlog);
    metric_set(METRIC_KAFKA_UNSENT_AGE, age_s > 0 ? age_s : 0);
    metric_set(METRIC_KAFKA_PARKED, f.state == RELAY_PARKED);
    metric_set(METRIC_KAFKA_UP, f.look.reachable);
    pthread_mutex_lock(&r->lock);
    r->facts = f;
    pthread_mutex_unlock(&r->lock);
}

static struct relay_facts facts(struct relay *r)
{
    pthread_mutex_lock(&r->lock);
    struct relay_facts f = r->facts;
    pthread_mutex_unlock(&r->lock);
    return f;
}

/* ---- asked from outside ---- */

bool relay_check(struct relay *r, char *detail, size_t size)
{
    struct relay_facts f = facts(r);
    detail[0] = '\0';
    switch (f.state) {
    case RELAY_STARTING: snprintf(detail, size, "not connected yet"); break;
    case RELAY_UNREACHABLE: snprintf(detail, size, "no broker can be reached: %s", f.look.why); break;
    case RELAY_REFUSED:
        snprintf(detail, size, "the brokers refuse %s: %s",
                 f.look.denied ? "our credentials" : "the producer", detail_of(&f));
        break;
    case RELAY_PARKED:
        snprintf(detail, size, "the record at position %lld is refused: %s", (long long)f.parked.position,
                 f.parked.reason);
        break;
    case RELAY_NO_TOPIC:
    case RELAY_STANDBY:
    case RELAY_SENDING:
        if (f.look.missing[0] != '\0')
            snprintf(detail, size, "missing topics: %s", f.look.missing);
        break;
    }
    return detail[0] == '\0';
}

void relay_parked(struct relay *r, struct relay_parked *ret)
{
    *ret = facts(r).parked;
}

void relay_describe(struct relay *r, struct buf *out)
{
    struct relay_facts f = facts(r);
    bool well = (f.state == RELAY_SENDING || f.state == RELAY_STANDBY) && f.look.missing[0] == '\0';
    const char *detail = detail_of(&f);
    json_put_string(out, "status", well ? "ok" : f.state == RELAY_STARTING ? "starting" : "down");
    json_put_string(out, "state", states[f.state].name);
    json_put_string(out, "reason", well || detail[0] == '\0' ? NULL : detail);
    json_put_string(out, "brokers", r->config.conf->kafka_brokers);
    json_put_string(out, "topic", r->config.conf->kafka_topic_orders);
    json_put_string(out, "missingTopics", f.look.missing);
    json_put_int(out, "backlog", f.backlog);
    if (f.oldest_unsent > 0)
        json_put_time(out, "oldestUnsent", f.oldest_unsent);
    else
        json_put_null(out, "oldestUnsent");
    json_put_int(out, "delivered", f.delivered);
    json_put_int(out, "failed", f.failed);
    json_put_int(out, "restarts", f.restarts);
    if (f.parked.position == 0) {
        json_put_null(out, "parked");
        return;
    }
    json_key(out, "parked");
    buf_addc(out, '{');
    json_put_int(out, "position", f.parked.position);
    json_put_string(out, "topic", f.parked.topic);
    json_put_string(out, "orderId", f.parked.order);
    json_put_string(out, "type", f.parked.type);
    json_put_string(out, "reason", f.parked.reason);
    json_put_time(out, "since", f.parked_since);
    buf_addc(out, '}');
}
