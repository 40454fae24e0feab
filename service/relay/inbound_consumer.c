/* The consumer of the group: joining, rebalancing, offsets, lag. */
#include "service/relay/inbound_private.h"
#include "service/relay/kafka_conf.h"

#include "shared/clock.h"
#include "shared/log.h"
#include "shared/metric.h"

#include <stdio.h>
#include <string.h>

#define REVOKE_NS (10 * IN_NS_PER_S) /* to finish what was read of partitions that go */
#define LOOK_MS 500
#define ASK_NS (5 * IN_NS_PER_S)
#define PARTING_STEP_MS 50
#define PARTING_MS 5000     /* for the last commit, and the end in the group, to be answered; */
#define LAST_COMMIT_MS 3000 /* of these the commit has so long, so that the farewell is sent */

static void say(struct inbound *in, const char *text)
{
    snprintf(in->detail, sizeof in->detail, "%s", text);
}

static void found_brokers(struct inbound *in)
{
    if (in->down)
        say(in, "");
    in->down = in->suspect = false;
    in->trouble[0] = '\0';
}

static void lost_brokers(struct inbound *in, const char *why)
{
    in->down = true;
    say(in, in->trouble[0] != '\0' ? in->trouble : why);
}

/* ---- what the library tells, on our thread ---- */

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct inbound *in = opaque;
    (void)rk;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        kafka_reason(in->trouble, sizeof in->trouble, reason);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || in->down)
        lost_brokers(in, "");
    in->suspect = true;
    log_line(LOG_DEBUG, "kafka consumer", LOG_I("code", code), LOG_S("error", reason));
}

/* What the list held is over. */
static void empty(rd_kafka_topic_partition_list_t **list)
{
    rd_kafka_topic_partition_list_destroy(*list);
    *list = rd_kafka_topic_partition_list_new(8);
}

static void note_assigned(struct inbound *in, const rd_kafka_topic_partition_list_t *parts)
{
    empty(&in->at);
    for (int i = 0; i < parts->cnt; i++)
        rd_kafka_topic_partition_list_add(in->at, parts->elems[i].topic, parts->elems[i].partition);
    in->assigned = true;
}

static void note_unassigned(struct inbound *in)
{
    empty(&in->at);
    in->assigned = false;
}

/* Partitions go: what was read of them is finished and told before another takes them. */
static void revoke(struct inbound *in, rd_kafka_t *rk)
{
    bool lost = rd_kafka_assignment_lost(rk);
    (void)batch_finish(in, clock_mono_ns() + REVOKE_NS);
    if (lost)
        in->suspect = true;
    else
        consumer_commit(in, true);
    empty(&in->done);
    rd_kafka_assign(rk, NULL);
    note_unassigned(in);
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *parts,
                         void *opaque)
{
    struct inbound *in = opaque;
    if (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        revoke(in, rk);
        return;
    }
    rd_kafka_assign(rk, parts);
    note_assigned(in, parts);
    found_brokers(in);
    in->group_refused = RD_KAFKA_RESP_ERR_NO_ERROR;
    memset(in->topic_refused, 0, sizeof in->topic_refused);
    say(in, "");
    log_line(LOG_DEBUG, "partitions assigned", LOG_I("partitions", parts->cnt));
}

/* ---- opening and closing ---- */

bool consumer_open(struct inbound *in, struct err *ret_err)
{
    const struct conf *c = in->config.conf;
    char said[200];
    const struct kafka_preset presets[] = {
        {"group.id", c->kafka_group},
        {"enable.auto.commit", "false"}, /* offsets are told after the database has it */
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {"partition.assignment.strategy",
         "range,roundrobin"}, /* cooperative-sticky may hang at close before 2.4 */
        {"allow.auto.create.topics", "false"},
        {"enable.partition.eof", "true"}, /* tells that a topic can be read, also when nothing is on it */
        {"topic.metadata.refresh.interval.ms", "10000"}, /* topics that are made later */
        {"queued.max.messages.kbytes", "16384"},
        {"socket.timeout.ms", "10000"}, /* the library's end waits for what was asked, however long */
        {in->config.instance != NULL ? "group.instance.id" : NULL, in->config.instance},
        {NULL, NULL},
    };
    rd_kafka_conf_t *k = kafka_conf_new(c, presets, ret_err);
    if (k == NULL)
        return false;
    rd_kafka_conf_set_opaque(k, in);
    rd_kafka_conf_set_rebalance_cb(k, on_rebalance);
    rd_kafka_conf_set_error_cb(k, on_error);
    in->consumer = rd_kafka_new(RD_KAFKA_CONSUMER, k, said, sizeof said);
    if (in->consumer == NULL) {
        rd_kafka_conf_destroy(k);
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot set up the Kafka consumer: %s", said);
    }
    rd_kafka_poll_set_consumer(in->consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(TOPIC_COUNT);
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (rd_kafka_topic_partition_list_find(topics, in->topics[i], RD_KAFKA_PARTITION_UA) == NULL)
            rd_kafka_topic_partition_list_add(topics, in->topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t e = rd_kafka_subscribe(in->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    consumer_close(in);
    return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot subscribe to the warehouse's topics: %s",
                   rd_kafka_err2str(e));
}

/* Revokes, and so commits. Not for ever, as the library does: a broker that says nothing may be a machine that has stopped,
 * and whoever is not told of the last offsets gets records that the inbox knows. */
static void leave_group(struct inbound *in)
{
    int64_t end_ns = clock_mono_ns() + PARTING_MS * INT64_C(1000000);
    rd_kafka_queue_t *q = rd_kafka_queue_new(in->consumer);
    rd_kafka_error_t *e = rd_kafka_consumer_close_queue(in->consumer, q);
    while (e == NULL && !rd_kafka_consumer_closed(in->consumer) && clock_mono_ns() < end_ns) {
        rd_kafka_message_t *unread = rd_kafka_consume_queue(q, PARTING_STEP_MS); /* and calls on_rebalance */
        if (unread != NULL)
            rd_kafka_message_destroy(unread);
    }
    if (e != NULL)
        rd_kafka_error_destroy(e);
    rd_kafka_queue_destroy(q);
}

void consumer_close(struct inbound *in)
{
    if (in->consumer == NULL)
        return;
    leave_group(in);
    rd_kafka_destroy_flags(in->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    in->consumer = NULL;
    note_unassigned(in);
}

/* ---- reading ---- */

static int topic_of(const struct inbound *in, const char *name)
{
    int t = 0;
    while (t < TOPIC_COUNT && strcmp(in->topics[t], name) != 0)
        t++;
    return t;
}

/* Something was heard of the partition, of which `next` is read next. It works: no refusal of the topic holds. */
static void note_read(struct inbound *in, const rd_kafka_message_t *m, int64_t next)
{
    const char *topic = rd_kafka_topic_name(m->rkt);
    rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_find(in->at, topic, m->partition);
    if (p != NULL)
        p->offset = next;
    int t = topic_of(in, topic);
    if (t == TOPIC_COUNT || in->topic_refused[t] == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    in->topic_refused[t] = RD_KAFKA_RESP_ERR_NO_ERROR;
    say(in, "");
}

/* Refusals hold until the group takes us in, or the topic is read. Topics that are not seen at all have no partition:
 * the relay looks for those. Returns whether it was known already: it is told again and again. */
static bool note_refusal(struct inbound *in, const rd_kafka_message_t *m)
{
    int t = m->rkt != NULL ? topic_of(in, rd_kafka_topic_name(m->rkt)) : TOPIC_COUNT;
    rd_kafka_resp_err_t *refused = NULL;
    if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        refused = &in->group_refused;
    else if (m->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && m->partition >= 0 && t < TOPIC_COUNT)
        refused = &in->topic_refused[t];
    if (refused == NULL || *refused == m->err)
        return refused != NULL;
    *refused = m->err;
    return false;
}

bool consumer_refused(const struct inbound *in, char *line, size_t size)
{
    if (in->group_refused != 0) {
        snprintf(line, size, "%s: %s", in->config.conf->kafka_group, rd_kafka_err2str(in->group_refused));
        return true;
    }
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (in->topic_refused[t] != 0) {
            snprintf(line, size, "%s: %s", in->topics[t], rd_kafka_err2str(in->topic_refused[t]));
            return true;
        }
    }
    return false;
}

static void take_error(struct inbound *in, const rd_kafka_message_t *m)
{
    char text[200];
    snprintf(text, sizeof text, "%s%s%s", m->rkt != NULL ? rd_kafka_topic_name(m->rkt) : "",
             m->rkt != NULL ? ": " : "", rd_kafka_err2str(m->err));
    if (!note_refusal(in, m) && strcmp(text, in->detail) != 0)
        log_line(LOG_WARN, "the Kafka consumer reports an error", LOG_S("error", text));
    if (!in->down && (m->rkt == NULL || m->partition >= 0)) /* else why they are away says more */
        say(in, text);
}

void consumer_gather(struct inbound *in, int wait_ms)
{
    while (!batch_full(in)) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(in->consumer, in->n_items == 0 ? wait_ms : 0);
        if (m == NULL)
            return;
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) { /* perhaps from before the brokers went away */
            note_read(in, m, m->offset + 1);
            batch_take(in, m);
            continue;
        }
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            note_read(in, m, m->offset);
        else
            take_error(in, m);
        rd_kafka_message_destroy(m);
    }
}

static void take_commit(rd_kafka_t *rk, rd_kafka_resp_err_t e, rd_kafka_topic_partition_list_t *offsets,
                        void *opaque)
{
    rd_kafka_resp_err_t *ret = opaque;
    (void)rk;
    (void)offsets;
    *ret = e;
}

/* Waits for the answer, but no longer than this. */
static rd_kafka_resp_err_t commit_within(struct inbound *in, int ms)
{
    rd_kafka_resp_err_t e = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_queue_t *q = rd_kafka_queue_new(in->consumer);
    if (rd_kafka_commit_queue(in->consumer, in->done, q, take_commit, &e) == RD_KAFKA_RESP_ERR_NO_ERROR)
        (void)rd_kafka_queue_poll_callback(q, ms);
    rd_kafka_queue_destroy(q);
    return e;
}

void consumer_commit(struct inbound *in, bool wait)
{
    if (in->done->cnt == 0 || (wait && in->down))
        return; /* with the brokers away nobody can be told; the inbox knows what comes again */
    rd_kafka_resp_err_t e =
        wait ? commit_within(in, LAST_COMMIT_MS) : rd_kafka_commit(in->consumer, in->done, true);
    if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_line(LOG_DEBUG, "offsets were not committed", LOG_S("error", rd_kafka_err2str(e)));
}

/* ---- looking ---- */

/* Of a topic on which nothing comes the library tells only once that its end was reached. A partition that was paused and
 * goes on is as one that is new: it is told anew. */
static void hear_anew(struct inbound *in, rd_kafka_topic_partition_list_t *parts)
{
    if (parts->cnt == 0)
        return;
    (void)rd_kafka_pause_partitions(in->consumer, parts);
    (void)rd_kafka_resume_partitions(in->consumer, parts);
}

/* What was on the topics while nobody could be asked is not known yet. */
static void hear_all_anew(struct inbound *in)
{
    for (int i = 0; i < in->at->cnt; i++)
        in->at->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
    hear_anew(in, in->at);
}

/* The library too tells that all brokers are away, but not when they go while it looks for the group's coordinator, as it
 * does after a commit that their end has cut off. */
static void look_for_brokers(struct inbound *in)
{
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(in->consumer, 0, NULL, &md, LOOK_MS);
    if (e == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (in->down)
            hear_all_anew(in);
        found_brokers(in);
        rd_kafka_metadata_destroy(md);
    } else if (!in->down) {
        lost_brokers(in, rd_kafka_err2str(e));
    }
}

/* Whether a topic may be read again is known when something is heard of it. Nothing else would do, since offsets may be asked
 * for without the right to read. */
static void ask_refused_again(struct inbound *in)
{
    int64_t now = clock_mono_ns();
    if (now < in->next_ask_ns)
        return;
    rd_kafka_topic_partition_list_t *refused = rd_kafka_topic_partition_list_new(in->at->cnt);
    for (int i = 0; i < in->at->cnt; i++) {
        int t = topic_of(in, in->at->elems[i].topic);
        if (t < TOPIC_COUNT && in->topic_refused[t] != RD_KAFKA_RESP_ERR_NO_ERROR)
            rd_kafka_topic_partition_list_add(refused, in->at->elems[i].topic, in->at->elems[i].partition);
    }
    if (refused->cnt > 0)
        in->next_ask_ns = now + ASK_NS;
    hear_anew(in, refused);
    rd_kafka_topic_partition_list_destroy(refused);
}

void consumer_look(struct inbound *in)
{
    if (in->down || in->suspect)
        look_for_brokers(in);
    ask_refused_again(in);
}

/* ---- measuring ---- */

/* The library tells what a partition's end was when it was last heard of, perhaps the time before that it was ours: it counts
 * once something was heard of it since. */
static int64_t partition_lag(const struct inbound *in, const rd_kafka_topic_partition_t *p)
{
    int64_t low, high;
    if (p->offset < 0 ||
        rd_kafka_get_watermark_offsets(in->consumer, p->topic, p->partition, &low, &high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0)
        return LAG_UNKNOWN;
    return high > p->offset ? high - p->offset : 0;
}

static void add_lag(int64_t *sum, int64_t lag)
{
    *sum = *sum == LAG_UNKNOWN || lag == LAG_UNKNOWN ? LAG_UNKNOWN : *sum + lag;
}

/* What is assigned and not read yet, as a whole and by topic. Where the end is cannot be known while no broker is there to tell
 * it, nor before the group has said what is ours. */
void consumer_measure(struct inbound *in)
{
    struct inbound_facts f = {.assigned = in->at->cnt};
    bool known = in->assigned && !in->down;
    f.lag = known ? 0 : LAG_UNKNOWN;
    for (int t = 0; t < TOPIC_COUNT; t++)
        f.topics[t].lag = f.lag;
    for (int i = 0; i < in->at->cnt; i++) {
        int64_t lag = known ? partition_lag(in, &in->at->elems[i]) : LAG_UNKNOWN;
        int t = topic_of(in, in->at->elems[i].topic);
        add_lag(&f.lag, lag);
        if (t < TOPIC_COUNT) {
            f.topics[t].partitions++;
            add_lag(&f.topics[t].lag, lag);
        }
    }
    metric_set(METRIC_CONSUMER_LAG, f.lag == LAG_UNKNOWN ? METRIC_UNKNOWN : f.lag);
    pthread_mutex_lock(&in->lock);
    in->facts.lag = f.lag;
    in->facts.assigned = f.assigned;
    memcpy(in->facts.topics, f.topics, sizeof f.topics);
    pthread_mutex_unlock(&in->lock);
}
