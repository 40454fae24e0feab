/* The inbound thread: read a batch, settle it, commit its offsets; once a second look after what waits. */
#include "service/relay/inbound.h"
#include "service/relay/inbound_private.h"
#include "service/relay/kafka_conf.h"

#include "shared/clock.h"
#include "shared/json.h"
#include "shared/log.h"
#include "shared/metric.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 250
#define CARE_NS IN_NS_PER_S
#define REOPEN_NS (10 * IN_NS_PER_S)

static const char *const state_words[] = {[INBOUND_JOINING] = "joining",
                                          [INBOUND_UNREACHABLE] = "unreachable",
                                          [INBOUND_RUNNING] = "running",
                                          [INBOUND_FAILED] = "failed"};

static enum inbound_state state_now(const struct inbound *in)
{
    if (in->consumer == NULL || in->storage_gone)
        return INBOUND_FAILED;
    if (in->down)
        return INBOUND_UNREACHABLE;
    if (consumer_refused(in, NULL, 0))
        return INBOUND_FAILED;
    return in->assigned ? INBOUND_RUNNING : INBOUND_JOINING;
}

static void publish(struct inbound *in)
{
    enum inbound_state state = state_now(in);
    if (state == INBOUND_FAILED)
        (void)consumer_refused(in, in->detail, sizeof in->detail);
    if (state != in->told)
        consumer_measure(in);
    pthread_mutex_lock(&in->lock);
    in->facts.state = state;
    in->facts.records = in->records;
    memcpy(in->facts.detail, in->detail, sizeof in->detail);
    pthread_mutex_unlock(&in->lock);
    if (state == in->told)
        return;
    in->told = state;
    log_line(state == INBOUND_UNREACHABLE || state == INBOUND_FAILED ? LOG_WARN : LOG_INFO, "kafka consumer",
             LOG_S("state", state_words[state]), LOG_S("detail", in->detail));
}

/* A fatal error of the library (another process took our place in the group) ends this consumer; a new one is made
 * after a while. */
static void reopen_if_broken(struct inbound *in)
{
    char said[200];
    struct err e;
    int64_t now = clock_mono_ns();
    if (in->consumer != NULL &&
        rd_kafka_fatal_error(in->consumer, said, sizeof said) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        snprintf(in->detail, sizeof in->detail, "%s", said);
        consumer_close(in);
        in->retry_ns = now + REOPEN_NS;
    }
    if (in->consumer == NULL && now >= in->retry_ns && !consumer_open(in, &e)) {
        snprintf(in->detail, sizeof in->detail, "%s", e.message);
        in->retry_ns = now + REOPEN_NS;
    }
}

static void take_care(struct inbound *in)
{
    int64_t now = clock_mono_ns();
    if (now < in->next_care_ns)
        return;
    in->next_care_ns = now + CARE_NS;
    batch_due(in);
    if (in->consumer != NULL)
        consumer_look(in);
    consumer_measure(in);
}

/* What was read and could not be settled is read again, from where the group stands. */
static void finish_batch(struct inbound *in)
{
    if (in->n_items == 0)
        return;
    if (batch_finish(in, INT64_MAX)) {
        consumer_commit(in, false);
    } else {
        consumer_close(in);
        in->retry_ns = clock_mono_ns() + CARE_NS;
    }
}

static void *inbound_main(void *arg)
{
    struct inbound *in = arg;
    while (!atomic_load(&in->stopping)) {
        reopen_if_broken(in);
        if (in->consumer != NULL && !in->storage_gone)
            consumer_gather(in, WAIT_MS);
        else
            (void)poll(NULL, 0, WAIT_MS);
        finish_batch(in);
        take_care(in);
        publish(in);
    }
    consumer_close(in);
    consumer_measure(in);
    return NULL;
}

static void inbound_free(struct inbound *in)
{
    if (in->done != NULL)
        rd_kafka_topic_partition_list_destroy(in->done);
    if (in->at != NULL)
        rd_kafka_topic_partition_list_destroy(in->at);
    if (in->reader != NULL)
        in->reader->ops->reader_close(in->reader);
    mailbox_release(&in->answers);
    pthread_mutex_destroy(&in->lock);
    free(in);
}

static bool prepare(struct inbound *in, struct err *ret_err)
{
    const struct conf *c = in->config.conf;
    in->topics[TOPIC_WAVES] = c->kafka_topic_waves;
    in->topics[TOPIC_PICKING] = c->kafka_topic_picking;
    in->topics[TOPIC_CONSOLIDATION] = c->kafka_topic_consolidation;
    in->topics[TOPIC_PACKING] = c->kafka_topic_packing;
    in->topics[TOPIC_SHIPPING] = c->kafka_topic_shipping;
    in->waiting_end = &in->waiting;
    in->done = rd_kafka_topic_partition_list_new(8);
    in->at = rd_kafka_topic_partition_list_new(8);
    consumer_measure(in);
    if (!mailbox_init(&in->answers))
        return err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the Kafka consumer: no descriptor left");
    in->reader = in->config.store->ops->reader_open(in->config.store, ret_err);
    return in->reader != NULL && kafka_conf_check(c, ret_err) && consumer_open(in, ret_err);
}

struct inbound *inbound_start(const struct inbound_config *c, struct err *ret_err)
{
    struct inbound *in = calloc(1, sizeof *in);
    if (in == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    in->config = *c;
    in->told = INBOUND_JOINING;
    pthread_mutex_init(&in->lock, NULL);
    bool ok = prepare(in, ret_err);
    if (ok && pthread_create(&in->thread, NULL, inbound_main, in) != 0)
        ok = err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the Kafka consumer's thread");
    if (!ok) {
        consumer_close(in);
        inbound_free(in);
        return NULL;
    }
    pthread_setname_np(in->thread, "inbound");
    return in;
}

void inbound_stop(struct inbound *in)
{
    if (in == NULL)
        return;
    atomic_store(&in->stopping, true);
    pthread_join(in->thread, NULL);
    inbound_free(in);
}

static struct inbound_facts facts(struct inbound *in)
{
    pthread_mutex_lock(&in->lock);
    struct inbound_facts f = in->facts;
    pthread_mutex_unlock(&in->lock);
    return f;
}

bool inbound_check(struct inbound *in, bool reachable, char *detail, size_t size)
{
    struct inbound_facts f = facts(in);
    detail[0] = '\0';
    if (f.state == INBOUND_FAILED || (f.state == INBOUND_UNREACHABLE && reachable))
        snprintf(detail, size, "the consumer does not read: %s", f.detail);
    return detail[0] == '\0';
}

static void put_lag(struct buf *out, int64_t lag)
{
    if (lag == LAG_UNKNOWN)
        json_put_null(out, "lag");
    else
        json_put_int(out, "lag", lag);
}

void inbound_describe(struct inbound *in, struct buf *out)
{
    struct inbound_facts f = facts(in);
    buf_addc(out, '{');
    json_put_string(out, "state", state_words[f.state]);
    json_put_string(out, "detail", f.detail[0] != '\0' ? f.detail : NULL);
    json_put_string(out, "group", in->config.conf->kafka_group);
    json_put_int(out, "partitions", f.assigned);
    put_lag(out, f.lag);
    json_put_int(out, "records", f.records);
    json_key(out, "topics");
    buf_addc(out, '[');
    for (int t = 0; t < TOPIC_COUNT; t++) {
        buf_adds(out, t > 0 ? ",{" : "{");
        json_put_string(out, "topic", in->topics[t]);
        json_put_int(out, "partitions", f.topics[t].partitions);
        put_lag(out, f.topics[t].lag);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
    json_put_int(out, "applied", metric_get(METRIC_FACTS_APPLIED));
    json_put_int(out, "parked", metric_get(METRIC_FACTS_PARKED));
    json_put_int(out, "deadLetters", metric_get(METRIC_DEAD_LETTERS));
    buf_addc(out, '}');
}
