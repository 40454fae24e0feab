#include "service/relay/producer.h"
#include "service/relay/kafka_conf.h"
#include "shared/clock.h"
#include "shared/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_BEFORE_END_MS 1000
#define TOPICS 6
#define DENIED_NS INT64_C(10000000000) /* a refusal counts for so long: it comes with every try to connect */

struct producer {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue; /* the main one, for its events on wake_fd */
    producer_report_fn report;
    void *ctx;
    rd_kafka_topic_t *topics[TOPICS]; /* [0]: the orders'; the others are made with the first look */
    const char *names[TOPICS];
    bool suspects;     /* "all brokers down" came */
    char trouble[200]; /* newest text of a connection's error, "" since all went well */
    char denial[200];  /* newest text of a broker that does not accept our credentials */
    int64_t denied_ns; /* when that was, 0: never since all went well */
};

/* linger: long enough for a burst to share a request, short against the time of a commit. The window is small, since
 * the backlog belongs on the disk. No compression unless it is set: some clients have no codec but gzip. */
static const struct kafka_preset presets[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"delivery.timeout.ms", "0"},      /* none: reports fail only for what cannot be sent */
    {"partitioner", "murmur2_random"}, /* as the Java client's, for the same key the same partition */
    {"linger.ms", "1"},
    {"queue.buffering.max.messages", "10000"},
    {"queue.buffering.max.kbytes", "131072"},
    {NULL, NULL},
};

const char *producer_code_text(int code)
{
    return rd_kafka_err2str((rd_kafka_resp_err_t)code);
}

bool producer_code_is_permanent(int code)
{
    return kafka_error_is_permanent((rd_kafka_resp_err_t)code);
}

bool producer_code_is_size(int code)
{
    return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

static void all_is_well(struct producer *p)
{
    p->trouble[0] = '\0';
    p->denied_ns = 0;
}

static void reported(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct producer *p = opaque;
    (void)rk;
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        all_is_well(p);
    p->report(p->ctx, (uint64_t)(uintptr_t)m->_private, (int)m->err, kafka_error_is_permanent(m->err));
}

static void note_denial(struct producer *p, const char *reason)
{
    kafka_reason(p->denial, sizeof p->denial, reason);
    p->denied_ns = clock_mono_ns();
}

static void erred(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct producer *p = opaque;
    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        p->suspects = true;
    else if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        note_denial(p, reason);
    else if (code != RD_KAFKA_RESP_ERR__FATAL)
        kafka_reason(p->trouble, sizeof p->trouble, reason);
}

struct producer *producer_new(const struct conf *c, int64_t batch_bytes, int wake_fd,
                              producer_report_fn report, void *ctx, struct err *ret_err)
{
    static const uint64_t one = 1;
    struct producer *p = calloc(1, sizeof *p);
    rd_kafka_conf_t *k = kafka_conf_new(c, presets, ret_err);
    char said[256];
    if (p == NULL || k == NULL) {
        if (k != NULL) {
            rd_kafka_conf_destroy(k);
            err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        }
        free(p);
        return NULL;
    }
    p->report = report;
    p->ctx = ctx;
    const char *names[TOPICS] = {c->kafka_topic_orders,  c->kafka_topic_waves,
                                 c->kafka_topic_picking, c->kafka_topic_consolidation,
                                 c->kafka_topic_packing, c->kafka_topic_shipping};
    memcpy(p->names, names, sizeof names);
    if (batch_bytes > 0) {
        char bytes[24];
        snprintf(bytes, sizeof bytes, "%lld", (long long)batch_bytes);
        (void)rd_kafka_conf_set(k, "batch.size", bytes, said, sizeof said);
    }
    rd_kafka_conf_set_opaque(k, p);
    rd_kafka_conf_set_dr_msg_cb(k, reported);
    rd_kafka_conf_set_error_cb(k, erred);
    p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, k, said, sizeof said);
    if (p->rk == NULL) {
        rd_kafka_conf_destroy(k);
        err_set(ret_err, ERR_INVALID_PARAMETER, "cannot set up Kafka: %s", said);
        free(p);
        return NULL;
    }
    p->topics[0] = rd_kafka_topic_new(p->rk, p->names[0], NULL);
    if (p->topics[0] == NULL) {
        err_set(ret_err, ERR_INVALID_PARAMETER, "cannot use KAFKA_TOPIC_ORDERS '%.100s': %s", p->names[0],
                rd_kafka_err2str(rd_kafka_last_error()));
        producer_free(p);
        return NULL;
    }
    p->queue = rd_kafka_queue_get_main(p->rk);
    rd_kafka_queue_io_event_enable(p->queue, wake_fd, &one, sizeof one);
    return p;
}

void producer_free(struct producer *p)
{
    if (p == NULL)
        return;
    rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(p->rk, FLUSH_BEFORE_END_MS);
    for (int i = 0; i < TOPICS; i++)
        if (p->topics[i] != NULL)
            rd_kafka_topic_destroy(p->topics[i]);
    if (p->queue != NULL) {
        rd_kafka_queue_io_event_enable(p->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(p->queue);
    }
    rd_kafka_destroy(p->rk);
    free(p);
}

enum producer_sent producer_send(struct producer *p, uint64_t tag, const char *key, size_t key_len,
                                 const char *value, size_t value_len, int64_t time_ms, int *ret_code)
{
    static const char type[] = "application/cloudevents+json; charset=utf-8";
    /* the library copies key and value */
    rd_kafka_resp_err_t e = rd_kafka_producev(
        p->rk, RD_KAFKA_V_RKT(p->topics[0]), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY((void *)(uintptr_t)key, key_len),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value_len),
        RD_KAFKA_V_HEADER("content-type", type, (ssize_t)sizeof type - 1), RD_KAFKA_V_TIMESTAMP(time_ms),
        RD_KAFKA_V_OPAQUE((void *)(uintptr_t)tag), RD_KAFKA_V_END);
    *ret_code = (int)e;
    if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
        return PRODUCER_TAKEN;
    if (e == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return PRODUCER_FULL;
    if (e == RD_KAFKA_RESP_ERR__FATAL)
        *ret_code = (int)rd_kafka_fatal_error(p->rk, NULL, 0);
    return e != RD_KAFKA_RESP_ERR__FATAL && kafka_error_is_permanent(e) ? PRODUCER_REFUSED : PRODUCER_BROKEN;
}

bool producer_poll(struct producer *p, int *ret_code)
{
    while (rd_kafka_poll(p->rk, 0) > 0)
        continue;
    *ret_code = (int)rd_kafka_fatal_error(p->rk, NULL, 0);
    return *ret_code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void producer_flush(struct producer *p, int timeout_ms)
{
    rd_kafka_flush(p->rk, timeout_ms);
}

bool producer_suspects(struct producer *p)
{
    bool yes = p->suspects;
    p->suspects = false;
    return yes;
}

/* ---- the cluster ---- */

static bool absent(rd_kafka_resp_err_t e)
{
    return e == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || e == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

static void note_topic(struct producer *p, const struct rd_kafka_metadata_topic *t, struct cluster_look *ret)
{
    if (!absent(t->err) && t->err != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return;
    size_t n = strlen(ret->missing);
    snprintf(ret->missing + n, sizeof ret->missing - n, "%s%.90s%s", n == 0 ? "" : ", ", t->topic,
             absent(t->err) ? "" : " (not authorised)");
    if (absent(t->err) && strcmp(t->topic, p->names[0]) == 0)
        ret->orders_missing = true;
}

/* Of several brokers one may be away and another say no: the latter is what someone can mend. */
static void say_why(const struct producer *p, rd_kafka_resp_err_t e, struct cluster_look *ret)
{
    const char *text = p->trouble[0] != '\0' ? p->trouble : rd_kafka_err2str(e);
    ret->denied = p->denied_ns != 0 && clock_mono_ns() - p->denied_ns < DENIED_NS;
    snprintf(ret->why, sizeof ret->why, "%s", ret->denied ? p->denial : text);
}

void producer_look(struct producer *p, bool all, int timeout_ms, struct cluster_look *ret)
{
    const struct rd_kafka_metadata *m = NULL;
    *ret = (struct cluster_look){0};
    for (int i = 1; all && i < TOPICS; i++)
        if (p->topics[i] == NULL)
            p->topics[i] = rd_kafka_topic_new(p->rk, p->names[i], NULL);
    rd_kafka_resp_err_t e = rd_kafka_metadata(p->rk, 0, NULL, &m, timeout_ms);
    if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
        while (rd_kafka_poll(p->rk, 0) > 0) /* error callbacks know more than "timed out" */
            continue;
        say_why(p, e, ret);
        return;
    }
    ret->reachable = true;
    all_is_well(p);
    for (int i = 0; i < m->topic_cnt; i++)
        note_topic(p, &m->topics[i], ret);
    rd_kafka_metadata_destroy(m);
}
