/* The inbound consumer against librdkafka's mock cluster: whatever breaks, each fact has its effect once, and nothing
 * stops a partition. */
#include "service/relay/inbound.h"
#include "service/write/writer.h"
#include "shared/json.h"
#include "shared/metric.h"
#include "tests/support/apart.h"
#include "tests/support/store_kit.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

#define PARTITIONS 3
#define WAIT_MS 60000

static const char *const topics[] = {"wms.waves.events", "wms.picking.events", "wms.consolidation.events",
                                     "wms.packing.events", "wms.shipping.events"};
enum { WAVES, PICKING, CONSOLIDATION, PACKING, SHIPPING, TOPICS };

/* ---- a service without its doors: store, writer, consumers, and a cluster ---- */

struct scene {
    struct kit *kit;
    struct writer *writer;
    struct inbound *inbound, *second; /* two members of the group */
    struct mailbox answers;
    rd_kafka_t *helper, *producer;
    rd_kafka_mock_cluster_t *cluster;
    struct conf conf;
    struct conf_property properties[2];
};

static void committed(void *ctx, int64_t position)
{
    (void)ctx;
    (void)position;
}

static void failed(void *ctx, const struct err *e)
{
    (void)ctx;
    fail_msg("%s", e->message);
}

static struct inbound *start(struct scene *s)
{
    struct err e;
    const struct inbound_config c = {.conf = &s->conf, .store = s->kit->store, .writer = s->writer};
    struct inbound *in = inbound_start(&c, &e);
    if (in == NULL)
        fail_msg("%s", e.message);
    return in;
}

static void start_writer(struct scene *s)
{
    struct err e;
    const struct writer_config w = {
        .store = s->kit->store, .queue_limit = 1000, .committed = committed, .failed = failed, .ctx = s};
    s->writer = writer_start(&w, &e);
    assert_non_null(s->writer);
}

static int set_up_of(void **state, int brokers)
{
    struct scene *s = calloc(1, sizeof *s);
    char said[200];
    assert_non_null(s);
    s->kit = kit_new(&kit_backends[0]);
    clock_freeze(-1);
    for (int m = METRIC_FACTS_APPLIED; m <= METRIC_RECORDS_FOREIGN; m++)
        metric_set((enum metric)m, 0);
    rd_kafka_conf_t *k = rd_kafka_conf_new();
    rd_kafka_conf_set(k, "log_level", "0", said, sizeof said);
    s->helper = rd_kafka_new(RD_KAFKA_PRODUCER, k, said, sizeof said);
    s->cluster = rd_kafka_mock_cluster_new(s->helper, brokers);
    assert_non_null(s->cluster);
    for (int i = 0; i < TOPICS; i++)
        assert_int_equal(rd_kafka_mock_topic_create(s->cluster, topics[i], PARTITIONS, 1), 0);
    k = rd_kafka_conf_new();
    rd_kafka_conf_set(k, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(s->cluster), said,
                      sizeof said);
    rd_kafka_conf_set(k, "log_level", "0", said, sizeof said);
    s->producer = rd_kafka_new(RD_KAFKA_PRODUCER, k, said, sizeof said);
    assert_non_null(s->producer);
    s->properties[0] = (struct conf_property){.name = "session.timeout.ms", .value = "6000"};
    s->properties[1] = (struct conf_property){.name = "heartbeat.interval.ms", .value = "200"};
    s->conf = (struct conf){
        .kafka_brokers = rd_kafka_mock_cluster_bootstraps(s->cluster),
        .kafka_group = "order-service",
        .kafka_topic_orders = "wms.orders.events",
        .kafka_topic_waves = topics[WAVES],
        .kafka_topic_picking = topics[PICKING],
        .kafka_topic_consolidation = topics[CONSOLIDATION],
        .kafka_topic_packing = topics[PACKING],
        .kafka_topic_shipping = topics[SHIPPING],
        .properties = s->properties,
        .n_properties = 2,
    };
    assert_true(mailbox_init(&s->answers));
    start_writer(s);
    *state = s;
    return 0;
}

static int set_up(void **state)
{
    return set_up_of(state, 1);
}

static int set_up_two(void **state)
{
    return set_up_of(state, 2);
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    inbound_stop(s->inbound);
    inbound_stop(s->second);
    writer_stop(s->writer);
    mailbox_release(&s->answers);
    rd_kafka_destroy(s->producer);
    rd_kafka_mock_cluster_destroy(s->cluster);
    rd_kafka_destroy(s->helper);
    const char *fault = kit_audit(s->kit->path);
    if (fault != NULL)
        print_error("%s\n", fault);
    kit_free(s->kit);
    free(s);
    return fault != NULL;
}

/* ---- orders, and what is told about them ---- */

static struct ulid run_unit(struct scene *s, struct kit_unit *u)
{
    struct job j = {.unit = u->unit};
    struct node *n;
    struct err e;
    j.reply_to = &s->answers;
    assert_true(writer_submit(s->writer, &j, &e));
    while ((n = mailbox_take(&s->answers)) == NULL)
        usleep(200);
    assert_int_equal(j.unit.outcome, UNIT_COMMITTED);
    assert_int_equal(j.unit.plan.err.code, ERR_NONE);
    struct ulid id = j.unit.plan.order.id;
    kit_unit_free(u);
    return id;
}

static struct ulid make_order(struct scene *s)
{
    struct ulid id = run_unit(s, kit_create(KIT_BODY));
    return run_unit(s, kit_command(COMMAND_VALIDATE, id));
}

static void send_bytes(struct scene *s, int topic, const void *value, size_t n)
{
    assert_int_equal(rd_kafka_producev(s->producer, RD_KAFKA_V_TOPIC(topics[topic]),
                                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY("key", 3),
                                       RD_KAFKA_V_VALUE((void *)(uintptr_t)value, n), RD_KAFKA_V_END),
                     0);
}

static void send_fact(struct scene *s, int topic, const char *type, struct ulid order, const char *id,
                      const char *more)
{
    char text[800], name[ORDER_ID_LEN + 1];
    ulid_format_order(order, name);
    int n = snprintf(
        text, sizeof text,
        "{\"specversion\":\"1.0\",\"id\":\"%s-%s\",\"source\":\"/wms\",\"type\":\"%s\",\"data\":{\"orderId\":\"%s\"%s}}",
        id, name, type, name, more);
    send_bytes(s, topic, text, (size_t)n);
}

static void flush(struct scene *s)
{
    assert_int_equal(rd_kafka_flush(s->producer, WAIT_MS), 0);
}

static const struct {
    int topic;
    const char *type, *more;
} life[] = {
    {WAVES, "wms.wave.order-added", ",\"waveId\":\"W\",\"addedAt\":\"2026-01-01T10:00:00Z\""},
    {PICKING, "wms.picking.task-created", ",\"waveId\":\"W\""},
    {PICKING, "wms.picking.task-completed", ",\"totalItems\":2"},
    {CONSOLIDATION, "wms.consolidation.completed", ""},
    {PACKING, "wms.packing.task-completed", ""},
    {SHIPPING, "wms.shipping.confirmed", ",\"trackingNumber\":\"1Z\",\"carrier\":\"UPS\""},
    {SHIPPING, "wms.shipping.delivered", ""},
};
#define LIFE (sizeof life / sizeof life[0])

static void send_step(struct scene *s, struct ulid order, size_t step)
{
    char id[24];
    snprintf(id, sizeof id, "e%zu", step);
    send_fact(s, life[step].topic, life[step].type, order, id, life[step].more);
}

/* All steps of all orders, shuffled, each twice. */
struct shuffled {
    size_t n;
    struct pick {
        size_t order, step;
    } list[4000];
};

static void shuffle(struct scene *s, struct shuffled *all, size_t orders)
{
    all->n = 0;
    for (size_t i = 0; i < orders * LIFE * 2; i++) {
        all->list[all->n].order = i / (LIFE * 2);
        all->list[all->n++].step = i % LIFE;
    }
    for (size_t i = all->n - 1; i > 0; i--) {
        size_t k = (size_t)kit_draw(s->kit, i + 1);
        struct pick swap = all->list[i];
        all->list[i] = all->list[k];
        all->list[k] = swap;
    }
}

static void send_part(struct scene *s, const struct shuffled *all, const struct ulid *ids, size_t part,
                      size_t parts)
{
    for (size_t i = all->n * part / parts; i < all->n * (part + 1) / parts; i++)
        send_step(s, ids[all->list[i].order], all->list[i].step);
    flush(s);
}

/* ---- waiting for a condition ---- */

#define WAIT_FOR(condition)                                            \
    do {                                                               \
        int64_t end_ns = clock_mono_ns() + (int64_t)WAIT_MS * 1000000; \
        while (!(condition)) {                                         \
            if (clock_mono_ns() > end_ns)                              \
                fail_msg("not in time: %s", #condition);               \
            usleep(5000);                                              \
        }                                                              \
    } while (0)

static int64_t number(struct scene *s, const char *sql)
{
    return kit_number(s->kit->path, sql);
}

static int64_t completed(struct scene *s)
{
    return number(s, "SELECT count(*) FROM orders WHERE status=7 AND parked=0 AND picked=2");
}

/* What is counted is counted after it is stored. */
static int64_t told(void)
{
    return metric_get(METRIC_FACTS_APPLIED) + metric_get(METRIC_FACTS_LATE);
}

static int64_t dead(struct scene *s)
{
    return number(s, "SELECT count(*) FROM dead_letters");
}

static bool describes(struct inbound *in, const char *part)
{
    struct buf b = BUF_INIT(4096);
    inbound_describe(in, &b);
    bool yes = strstr(b.data, part) != NULL;
    buf_release(&b);
    return yes;
}

static bool running(struct inbound *in)
{
    return describes(in, "\"state\":\"running\"") && !describes(in, "\"partitions\":0,");
}

/* As a whole and of each topic. */
static bool lag_unknown(struct inbound *in)
{
    return describes(in, "\"lag\":null") && !describes(in, "\"lag\":0") &&
           metric_get(METRIC_CONSUMER_LAG) == METRIC_UNKNOWN;
}

/* Step by step, each after the one before has been seen: then all that was on the topics before it has been read. */
static void live_through(struct scene *s, struct ulid order)
{
    for (size_t step = 0; step < LIFE; step++) {
        int64_t version = kit_must_get(s->kit, order).version;
        send_step(s, order, step);
        flush(s);
        WAIT_FOR(kit_must_get(s->kit, order).version > version);
    }
}

/* ---- the tests ---- */

static void consumer__shuffled_twice_and_restarted_in_between__loses_and_doubles_nothing(void **state)
{
    struct scene *s = *state;
    enum { ORDERS = 100, PARTS = 3 };
    struct ulid ids[ORDERS], last = make_order(s);
    struct shuffled *all = calloc(1, sizeof *all);
    for (size_t i = 0; i < ORDERS; i++)
        ids[i] = make_order(s);
    shuffle(s, all, ORDERS);
    for (size_t part = 0; part < PARTS; part++) {
        s->inbound = start(s);
        send_part(s, all, ids, part, PARTS);
        if (part + 1 == PARTS)
            break;
        WAIT_FOR(metric_get(METRIC_RECORDS_READ) > 0); /* in the middle of it */
        inbound_stop(s->inbound);
        s->inbound = NULL;
        metric_set(METRIC_RECORDS_READ, 0);
    }
    free(all);
    live_through(s, last);
    inbound_stop(s->inbound);
    s->inbound = NULL;
    assert_int_equal(completed(s), ORDERS + 1);
    assert_int_equal(dead(s), 0);
    assert_int_equal(told(),
                     (ORDERS + 1) * LIFE); /* also what had to wait, and what a later one had told already */
}

static void rebalance__members_come_and_go__loses_and_doubles_nothing(void **state)
{
    struct scene *s = *state;
    enum { ORDERS = 60 };
    struct ulid ids[ORDERS];
    struct shuffled *all = calloc(1, sizeof *all);
    for (size_t i = 0; i < ORDERS; i++)
        ids[i] = make_order(s);
    shuffle(s, all, ORDERS);
    s->inbound = start(s);
    WAIT_FOR(running(s->inbound));
    send_part(s, all, ids, 0, 3);
    s->second = start(s);
    send_part(s, all, ids, 1, 3);
    WAIT_FOR(running(s->second) && running(s->inbound));
    inbound_stop(s->second);
    s->second = NULL;
    send_part(s, all, ids, 2, 3);
    free(all);
    WAIT_FOR(completed(s) == ORDERS);
    assert_int_equal(dead(s), 0);
}

/* A consumer at work on an order, which has had its first step. */
static struct ulid start_with_an_order(struct scene *s)
{
    struct ulid id = make_order(s);
    s->inbound = start(s);
    send_step(s, id, 0);
    flush(s);
    WAIT_FOR(kit_must_get(s->kit, id).status == STATUS_WAVE_ASSIGNED);
    return id;
}

static void broker__away_and_back__the_consumer_goes_on(void **state)
{
    struct scene *s = *state;
    struct ulid id = start_with_an_order(s);
    rd_kafka_mock_broker_set_down(s->cluster, 1);
    WAIT_FOR(describes(s->inbound, "\"state\":\"unreachable\""));
    WAIT_FOR(describes(s->inbound, "refused\",\"group\"")); /* why; not when and how often */
    assert_true(lag_unknown(s->inbound));
    rd_kafka_mock_broker_set_up(s->cluster, 1);
    send_step(s, id, 1);
    flush(s);
    WAIT_FOR(kit_must_get(s->kit, id).status == STATUS_PICKING);
    WAIT_FOR(!describes(s->inbound, "\"state\":\"unreachable\""));
    WAIT_FOR(describes(s->inbound, "\"detail\":null"));
}

#define LIST_OFFSETS 2 /* of Kafka's protocol */
#define OFFSET_COMMIT 8
#define FIND_COORDINATOR 10

static size_t errors_left(struct scene *s, int16_t request)
{
    size_t n = 0;
    assert_int_equal(rd_kafka_mock_broker_error_stack_cnt(s->cluster, 1, request, &n), 0);
    return n;
}

/* As after a commit that the brokers' end has cut off: then the library does not tell that all of them are away. */
static void broker__away_while_the_coordinator_is_looked_for__is_noticed(void **state)
{
    struct scene *s = *state;
    const rd_kafka_resp_err_t none = RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE;
    struct ulid id = start_with_an_order(s);
    rd_kafka_mock_broker_push_request_error_rtts(s->cluster, 1, OFFSET_COMMIT, 1,
                                                 RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 0);
    rd_kafka_mock_broker_push_request_error_rtts(s->cluster, 1, FIND_COORDINATOR, 4, none, 0, none, 0, none,
                                                 0, none, 0);
    send_step(s, id, 1);
    flush(s);
    WAIT_FOR(errors_left(s, FIND_COORDINATOR) < 4);
    rd_kafka_mock_broker_set_down(s->cluster, 1);
    WAIT_FOR(describes(s->inbound, "\"state\":\"unreachable\""));
    WAIT_FOR(describes(s->inbound, "refused\",\"group\""));
    rd_kafka_mock_broker_set_up(s->cluster, 1);
    send_step(s, id, 2);
    flush(s);
    WAIT_FOR(kit_must_get(s->kit, id).picked_items == 2);
    WAIT_FOR(describes(s->inbound, "\"state\":\"running\""));
    WAIT_FOR(describes(s->inbound, "\"detail\":null"));
}

static void broker__away_at_the_start__is_no_error(void **state)
{
    struct scene *s = *state;
    struct ulid id = make_order(s);
    rd_kafka_mock_broker_set_down(s->cluster, 1);
    s->inbound = start(s);
    WAIT_FOR(describes(s->inbound, "\"state\":\"unreachable\""));
    WAIT_FOR(describes(s->inbound, "refused\",\"group\"")); /* why; not when and how often */
    inbound_stop(s->inbound);                               /* and it stops without a broker */
    s->inbound = start(s);
    rd_kafka_mock_broker_set_up(s->cluster, 1);
    send_step(s, id, 0);
    flush(s);
    WAIT_FOR(kit_must_get(s->kit, id).status == STATUS_WAVE_ASSIGNED);
}

/* A broker that takes what is sent and answers nothing, as a machine that has stopped: the library would wait for ever. */
static void broker__silent_at_the_end__does_not_hold_the_consumer(void **state)
{
    struct scene *s = *state;
    (void)start_with_an_order(s);
    rd_kafka_mock_broker_set_rtt(s->cluster, 1, 3600 * 1000);
    int64_t began_ns = clock_mono_ns();
    inbound_stop(s->inbound);
    s->inbound = NULL;
    /* the library would take a minute, at best */
    assert_true(clock_mono_ns() - began_ns < INT64_C(40000000000));
}

static void poison__of_every_kind__is_set_aside_and_stops_nothing(void **state)
{
    struct scene *s = *state;
    struct ulid id = make_order(s);
    static const char *const poison[] = {
        "garbage \xff\x01",
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"sour",
        "[]",
        "17",
        "\"text\"",
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"data\":{\"orderId\":17}}",
        "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"data\":{\"orderId\":\"17\"}}",
        "{\"specversion\":\"1.0\",\"id\":\"3\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"data\":{}}",
        "{\"specversion\":\"1.0\",\"id\":\"4\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"data\":[]}",
        "{\"specversion\":\"1.0\",\"id\":\"5\",\"id\":\"5\",\"source\":\"s\",\"type\":\"wms.shipping.delivered\",\"data\":{}}",
    };
    enum { N = sizeof poison / sizeof poison[0] };
    s->inbound = start(s);
    for (int i = 0; i < TOPICS; i++) {
        for (size_t k = 0; k < N; k++)
            send_bytes(s, i, poison[k], strlen(poison[k]));
        send_bytes(s, i, "", 0);
    }
    for (size_t step = 0; step < LIFE; step++)
        send_step(s, id, step);
    flush(s);
    WAIT_FOR(completed(s) == 1);
    WAIT_FOR(dead(s) == TOPICS * (N + 1));
    assert_int_equal(number(s, "SELECT count(*) FROM dead_letters WHERE length(reason)<10"), 0);
    /* they come again and are known */
    inbound_stop(s->inbound);
    s->conf.kafka_group = "another-group";
    metric_set(METRIC_RECORDS_READ, 0);
    s->inbound = start(s);
    WAIT_FOR(metric_get(METRIC_RECORDS_READ) == TOPICS * (N + 1) + LIFE);
    WAIT_FOR(describes(s->inbound, "\"lag\":0"));
    inbound_stop(s->inbound);
    s->inbound = NULL;
    assert_int_equal(dead(s), TOPICS * (N + 1));
    assert_int_equal(kit_must_get(s->kit, id).picked_items, 2);
}

/* The group is joined, but the broker does not tell yet where the topics begin. */
static void lag__offsets_are_not_told__is_not_known_and_not_0(void **state)
{
    struct scene *s = *state;
    enum { REFUSALS = 10000 };
    rd_kafka_resp_err_t later[REFUSALS];
    for (int i = 0; i < REFUSALS; i++)
        later[i] = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    rd_kafka_mock_push_request_errors_array(s->cluster, LIST_OFFSETS, REFUSALS, later);
    s->inbound = start(s);
    assert_true(lag_unknown(s->inbound));
    WAIT_FOR(running(s->inbound));
    metric_set(METRIC_CONSUMER_LAG, 0);
    WAIT_FOR(metric_get(METRIC_CONSUMER_LAG) != 0); /* measured anew */
    assert_true(lag_unknown(s->inbound));
    rd_kafka_mock_clear_request_errors(s->cluster, LIST_OFFSETS);
    WAIT_FOR(metric_get(METRIC_CONSUMER_LAG) == 0);
    WAIT_FOR(describes(s->inbound, "\"lag\":0,\"records\"") && !describes(s->inbound, "\"lag\":null"));
    inbound_stop(s->inbound);
    s->inbound = NULL;
    assert_int_equal(metric_get(METRIC_CONSUMER_LAG), METRIC_UNKNOWN);
}

/* A broker is back, but not yet the one that could tell what came in the meantime. */
static void lag__brokers_are_back__is_not_known_before_they_tell_it(void **state)
{
    struct scene *s = *state;
    rd_kafka_mock_coordinator_set(s->cluster, "group", s->conf.kafka_group, 1);
    for (int t = 0; t < TOPICS; t++)
        for (int p = 0; p < PARTITIONS; p++)
            rd_kafka_mock_partition_set_leader(s->cluster, topics[t], p, 2);
    struct ulid id = start_with_an_order(s);
    WAIT_FOR(metric_get(METRIC_CONSUMER_LAG) == 0);
    rd_kafka_mock_broker_set_down(s->cluster, 1);
    rd_kafka_mock_broker_set_down(s->cluster, 2);
    WAIT_FOR(describes(s->inbound, "\"state\":\"unreachable\""));
    rd_kafka_mock_broker_set_up(s->cluster, 1);
    WAIT_FOR(running(s->inbound));
    assert_true(lag_unknown(s->inbound));
    rd_kafka_mock_broker_set_up(s->cluster, 2);
    WAIT_FOR(metric_get(METRIC_CONSUMER_LAG) == 0); /* though nothing comes */
    send_step(s, id, 1);
    flush(s);
    WAIT_FOR(kit_must_get(s->kit, id).status == STATUS_PICKING);
    assert_int_equal(metric_get(METRIC_RECORDS_READ), 2); /* and nothing was read twice */
}

/* The lag counts from where the group stands, also before anything is read. */
static void restart__all_was_read__there_is_no_lag(void **state)
{
    struct scene *s = *state;
    enum { READ = 40 };
    s->inbound = start(s);
    for (int i = 0; i < READ; i++)
        send_bytes(s, i % TOPICS, "garbage", 7);
    flush(s);
    WAIT_FOR(dead(s) == READ);
    for (int again = 0; again < 3; again++) {
        inbound_stop(s->inbound);
        s->inbound = start(s);
        WAIT_FOR(running(s->inbound));
        send_bytes(s, again, "more garbage", 12); /* once it is read, the other topics were asked for too */
        flush(s);
        WAIT_FOR(dead(s) == READ + again + 1);
        metric_set(METRIC_CONSUMER_LAG, METRIC_UNKNOWN);
        WAIT_FOR(metric_get(METRIC_CONSUMER_LAG) != METRIC_UNKNOWN); /* measured anew */
        assert_int_equal(metric_get(METRIC_CONSUMER_LAG), 0);
    }
}

static void unknown_orders__after_their_time__are_dead_letters(void **state)
{
    struct scene *s = *state;
    s->inbound = start(s);
    send_fact(s, SHIPPING, "wms.shipping.delivered", ulid_new(), "e", "");
    flush(s);
    WAIT_FOR(number(s, "SELECT count(*) FROM parked") == 1);
    assert_int_equal(dead(s), 0);
    clock_freeze(clock_wall_ms() + FACT_UNKNOWN_MS + 1000);
    WAIT_FOR(dead(s) == 1);
    clock_freeze(-1);
    assert_int_equal(number(s, "SELECT count(*) FROM dead_letters WHERE code=2"), 1);
    inbound_stop(s->inbound); /* all is counted */
    s->inbound = NULL;
    assert_int_equal(metric_get(METRIC_FACTS_EARLY), 1);
    assert_int_equal(metric_get(METRIC_FACTS_DEAD), 1);
    assert_int_equal(metric_get(METRIC_FACTS_REPEATED), 0); /* it came once */
}

static void wave__released_for_many__reaches_each(void **state)
{
    struct scene *s = *state;
    enum { ORDERS = 200 };
    struct buf b = BUF_INIT(1 << 20);
    buf_adds(
        &b,
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"wms.wave.released\",\"data\":{\"waveId\":\"W\",\"orderIds\":[");
    for (size_t i = 0; i < ORDERS; i++) {
        char name[ORDER_ID_LEN + 1];
        ulid_format_order(make_order(s), name);
        buf_addf(&b, "%s\"%s\"", i > 0 ? "," : "", name);
    }
    buf_adds(&b, ",\"no order\"]}}");
    s->inbound = start(s);
    send_bytes(s, WAVES, b.data, b.len);
    flush(s);
    WAIT_FOR(number(s, "SELECT count(*) FROM orders WHERE status=2 AND wave='W'") == ORDERS);
    WAIT_FOR(dead(s) == 1);
    buf_release(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(consumer__shuffled_twice_and_restarted_in_between__loses_and_doubles_nothing),
        TEST(rebalance__members_come_and_go__loses_and_doubles_nothing),
        TEST(broker__away_and_back__the_consumer_goes_on),
        TEST(broker__away_while_the_coordinator_is_looked_for__is_noticed),
        TEST(broker__away_at_the_start__is_no_error),
        TEST(broker__silent_at_the_end__does_not_hold_the_consumer),
        TEST(poison__of_every_kind__is_set_aside_and_stops_nothing),
        TEST(lag__offsets_are_not_told__is_not_known_and_not_0),
        cmocka_unit_test_setup_teardown(lag__brokers_are_back__is_not_known_before_they_tell_it, set_up_two,
                                        tear_down),
        TEST(restart__all_was_read__there_is_no_lag),
        TEST(unknown_orders__after_their_time__are_dead_letters),
        TEST(wave__released_for_many__reaches_each),
    };
    return apart_run_tests(tests);
}
