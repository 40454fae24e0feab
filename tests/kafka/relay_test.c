/* The relay against librdkafka's mock cluster: whatever breaks, every event arrives, in order, and marks are true. */
#include "service/relay/kafka_conf.h"
#include "service/relay/relay.h"
#include "service/write/writer.h"
#include "shared/json.h"
#include "tests/support/apart.h"
#include "tests/support/store_kit.h"

#include <librdkafka/rdkafka_mock.h>
#include <time.h>
#include <unistd.h>

#define TOPIC "wms.orders.events"
#define PARTITIONS 3
#define WAIT_MS 60000
#define SECOND INT64_C(1000000000)
#define PRODUCE 0 /* the protocol's numbers of requests */
#define INIT_PRODUCER_ID 22
#define RECORDS_MAX 20000
#define REFUSALS 50000 /* more than are asked for, however long a test is about them */

/* ---- a service without its doors: store, writer, relay, and a cluster ---- */

struct scene {
    struct kit *kit;
    struct writer *writer;
    _Atomic(struct relay *) relay;
    struct mailbox answers;
    rd_kafka_t *helper;
    rd_kafka_mock_cluster_t *cluster;
    struct conf conf;
    struct conf_property properties[2];
    int64_t parked_retry_ns, stop_ns;
};

static void committed(void *ctx, int64_t position)
{
    struct scene *s = ctx;
    (void)position;
    struct relay *r = s->relay;
    if (r != NULL)
        relay_committed(r);
}

static void failed(void *ctx, const struct err *e)
{
    (void)ctx;
    fail_msg("%s", e->message);
}

static void start_relay(struct scene *s)
{
    struct err e;
    const struct relay_config c = {.conf = &s->conf,
                                   .store = s->kit->store,
                                   .writer = s->writer,
                                   .parked_retry_ns = s->parked_retry_ns,
                                   .stop_ns = s->stop_ns};
    s->relay = relay_start(&c, &e);
    if (s->relay == NULL)
        fail_msg("%s", e.message);
}

static void stop_relay(struct scene *s)
{
    struct relay *r = s->relay;
    s->relay = NULL;
    relay_stop(r);
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    char said[200];
    struct err e;
    assert_non_null(s);
    s->kit = kit_new(&kit_backends[0]);
    clock_freeze(-1);
    rd_kafka_conf_t *k = rd_kafka_conf_new();
    rd_kafka_conf_set(k, "log_level", "0", said, sizeof said);
    s->helper = rd_kafka_new(RD_KAFKA_PRODUCER, k, said, sizeof said);
    s->cluster = rd_kafka_mock_cluster_new(s->helper, 1);
    assert_non_null(s->cluster);
    assert_int_equal(rd_kafka_mock_topic_create(s->cluster, TOPIC, PARTITIONS, 1), 0);
    s->conf = (struct conf){
        .kafka_brokers = rd_kafka_mock_cluster_bootstraps(s->cluster),
        .kafka_topic_orders = TOPIC,
        .kafka_topic_waves = "wms.waves.events",
        .kafka_topic_picking = "wms.picking.events",
        .kafka_topic_consolidation = "wms.consolidation.events",
        .kafka_topic_packing = "wms.packing.events",
        .kafka_topic_shipping = "wms.shipping.events",
        .properties = s->properties,
    };
    assert_true(mailbox_init(&s->answers));
    const struct writer_config w = {
        .store = s->kit->store, .queue_limit = 1000, .committed = committed, .failed = failed, .ctx = s};
    s->writer = writer_start(&w, &e);
    assert_non_null(s->writer);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    clock_freeze(-1);
    stop_relay(s);
    writer_stop(s->writer);
    mailbox_release(&s->answers);
    rd_kafka_mock_cluster_destroy(s->cluster);
    rd_kafka_destroy(s->helper);
    kit_free(s->kit);
    free(s);
    return 0;
}

/* ---- orders ---- */

/* One unit through the writer, waited for. */
static void submit(struct scene *s, struct job *j)
{
    struct node *n;
    struct err e;
    j->reply_to = &s->answers;
    assert_true(writer_submit(s->writer, j, &e));
    while ((n = mailbox_take(&s->answers)) == NULL)
        usleep(200);
    assert_ptr_equal(n, &j->node);
    assert_int_equal(j->err.code, ERR_NONE);
}

static struct ulid run_unit(struct scene *s, struct kit_unit *u)
{
    struct job j = {.unit = u->unit};
    submit(s, &j);
    assert_int_equal(j.unit.outcome, UNIT_COMMITTED);
    assert_int_equal(j.unit.plan.err.code, ERR_NONE);
    struct ulid id = j.unit.plan.order.id;
    kit_unit_free(u);
    return id;
}

/* n orders, each with three events. */
static void make_orders(struct scene *s, int n)
{
    for (int i = 0; i < n; i++) {
        struct ulid id = run_unit(s, kit_create(KIT_BODY));
        run_unit(s, kit_command(COMMAND_VALIDATE, id));
        run_unit(s, kit_command(COMMAND_HOLD, id));
    }
}

static int64_t position(const struct scene *s)
{
    return s->kit->store->ops->position(s->kit->store);
}

static int64_t cursor(struct scene *s)
{
    int64_t at;
    struct err e;
    kit_begin(s->kit);
    assert_true(s->kit->reader->ops->cursor(s->kit->reader, FOLLOWER_KAFKA, &at, &e));
    kit_end(s->kit);
    return at;
}

/* ---- waiting for a condition ---- */

static struct json_doc *status(struct scene *s)
{
    struct buf b = BUF_INIT(1 << 16);
    struct json_fault fault;
    buf_addc(&b, '{');
    relay_describe(s->relay, &b);
    buf_addc(&b, '}');
    struct json_doc *doc = json_parse(b.data, b.len, &fault);
    assert_non_null(doc);
    buf_release(&b);
    return doc;
}

static bool in_state(struct scene *s, const char *state)
{
    struct json_doc *doc = status(s);
    bool yes = strcmp(json_string(json_get(json_root(doc), "state")), state) == 0;
    json_free(doc);
    return yes;
}

static int64_t figure(struct scene *s, const char *name)
{
    struct json_doc *doc = status(s);
    int64_t n = -1;
    assert_true(json_int(doc, json_get(json_root(doc), name), &n));
    json_free(doc);
    return n;
}

#define WAIT_FOR(condition)                                            \
    do {                                                               \
        int64_t end_ns = clock_mono_ns() + (int64_t)WAIT_MS * 1000000; \
        while (!(condition)) {                                         \
            if (clock_mono_ns() > end_ns)                              \
                fail_msg("not in time: %s", #condition);               \
            usleep(1000);                                              \
        }                                                              \
    } while (0)

/* Marked, that is: the figures are told a moment later. */
static void wait_all_sent(struct scene *s)
{
    WAIT_FOR(cursor(s) == position(s));
}

/* ---- what a consumer sees ---- */

struct arrivals {
    size_t n;
    struct arrival {
        char key[ORDER_ID_LEN + 1], id[UUID_LEN + 1];
        int64_t version;
    } list[RECORDS_MAX];
};

static const char *text_of(const struct json *v, const char *name)
{
    const char *text = json_string(json_get(v, name));
    assert_non_null(text);
    return text;
}

static void take_record(struct arrivals *all, const rd_kafka_message_t *m)
{
    struct arrival *r = &all->list[all->n];
    struct json_fault fault;
    rd_kafka_headers_t *headers;
    const void *type;
    size_t size;
    assert_true(all->n++ < RECORDS_MAX);
    assert_int_equal(m->key_len, ORDER_ID_LEN);
    memcpy(r->key, m->key, ORDER_ID_LEN);
    struct json_doc *doc = json_parse(m->payload, m->len, &fault);
    assert_non_null(doc);
    snprintf(r->id, sizeof r->id, "%s", text_of(json_root(doc), "id"));
    assert_string_equal(text_of(json_root(doc), "subject"), r->key);
    assert_string_equal(text_of(json_root(doc), "specversion"), "1.0");
    assert_true(json_int(doc, json_get(json_root(doc), "orderversion"), &r->version));
    json_free(doc);
    assert_int_equal(rd_kafka_message_headers(m, &headers), 0);
    assert_int_equal(rd_kafka_header_get_last(headers, "content-type", &type, &size), 0);
    assert_string_equal(type, "application/cloudevents+json; charset=utf-8");
}

/* Every record of the topic, partition by partition, as far as each goes now. */
static struct arrivals *read_topic(struct scene *s)
{
    struct arrivals *all = calloc(1, sizeof *all);
    rd_kafka_conf_t *k = rd_kafka_conf_new();
    char said[200];
    assert_non_null(all);
    rd_kafka_conf_set(k, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(s->cluster), said,
                      sizeof said);
    rd_kafka_conf_set(k, "group.id", "reader", said, sizeof said);
    rd_kafka_conf_set(k, "enable.partition.eof", "true", said, sizeof said);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, k, said, sizeof said);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    assert_non_null(consumer);
    for (int i = 0; i < PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(list, TOPIC, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    assert_int_equal(rd_kafka_assign(consumer, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    for (int ended = 0; ended < PARTITIONS;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, WAIT_MS);
        if (m == NULL)
            fail_msg("the topic could not be read to its end");
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            ended++;
        else if (m->err == 0)
            take_record(all, m);
        rd_kafka_message_destroy(m);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return all;
}

static bool seen_before(const struct arrivals *all, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(all->list[i].id, all->list[at].id) == 0)
            return true;
    return false;
}

/* Of each order the first arrivals are numbered 1, 2, 3 without a gap; of all there are `expected`. Returns the number
 * of repeats. */
static size_t check_records(const struct arrivals *all, int64_t expected)
{
    int64_t unique = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct arrival *r = &all->list[i];
        int64_t before = 0;
        if (seen_before(all, i))
            continue;
        unique++;
        for (size_t j = 0; j < i; j++)
            if (strcmp(all->list[j].key, r->key) == 0 && all->list[j].version > before)
                before = all->list[j].version;
        if (r->version != before + 1)
            fail_msg("order %s: version %lld after %lld", r->key, (long long)r->version, (long long)before);
    }
    assert_int_equal(unique, expected);
    return all->n - (size_t)unique;
}

static size_t all_arrived(struct scene *s)
{
    wait_all_sent(s);
    struct arrivals *all = read_topic(s);
    size_t repeats = check_records(all, position(s));
    free(all);
    return repeats;
}

/* ---- the tests ---- */

struct marks {
    int64_t n, unsent;
};

static bool see_mark(void *ctx, const struct event *e, int64_t sent_at)
{
    struct marks *m = ctx;
    (void)e;
    m->n++;
    m->unsent += sent_at == 0;
    return true;
}

static void relay__events_committed__arrive_once_in_order_and_are_marked(void **state)
{
    struct scene *s = *state;
    struct marks m = {0};
    struct err e;
    make_orders(s, 5); /* before it starts, and while it runs */
    start_relay(s);
    make_orders(s, 40);
    assert_int_equal(all_arrived(s), 0);
    kit_begin(s->kit);
    assert_true(
        s->kit->reader->ops->events(s->kit->reader, &(struct event_query){.limit = 1000}, see_mark, &m, &e));
    kit_end(s->kit);
    assert_int_equal(m.n, 135);
    assert_int_equal(m.unsent, 0);
    WAIT_FOR(figure(s, "backlog") == 0);
    assert_int_equal(figure(s, "delivered"), 135);
    assert_int_equal(figure(s, "restarts"), 0);
}

static void relay__broker_away__backlog_goes_out_in_order_on_its_return(void **state)
{
    struct scene *s = *state;
    char detail[300];
    start_relay(s);
    make_orders(s, 5);
    wait_all_sent(s);
    WAIT_FOR(relay_check(s->relay, detail, sizeof detail));
    rd_kafka_mock_broker_set_down(s->cluster, 1);
    make_orders(s, 20);
    WAIT_FOR(in_state(s, "unreachable"));
    assert_false(relay_check(s->relay, detail, sizeof detail));
    assert_non_null(strstr(detail, "no broker can be reached"));
    assert_true(cursor(s) < position(s));
    make_orders(s, 5);
    WAIT_FOR(figure(s, "backlog") == 75);
    rd_kafka_mock_broker_set_up(s->cluster, 1);
    all_arrived(s);
    WAIT_FOR(relay_check(s->relay, detail, sizeof detail));
}

/* Whole brokers only: the mock does not check sequence numbers, so where it refuses one request and takes the next on the
 * same connection it tells of itself and not of a broker. */
static void relay__connections_cut__lose_and_reorder_nothing(void **state)
{
    struct scene *s = *state;
    s->properties[0] = (struct conf_property){.name = "reconnect.backoff.max.ms", .value = "100"};
    s->conf.n_properties = 1;
    start_relay(s);
    for (int round = 0; round < 8; round++) {
        make_orders(s, 6);
        rd_kafka_mock_broker_set_down(s->cluster, 1);
        make_orders(s, 6);
        rd_kafka_mock_broker_set_up(s->cluster, 1);
    }
    all_arrived(s);
}

/* One record on its way at a time, so that the mock's missing check does not matter. */
static void relay__errors_that_pass__are_tried_again(void **state)
{
    static const rd_kafka_resp_err_t errors[] = {
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE};
    struct scene *s = *state;
    start_relay(s);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        rd_kafka_mock_push_request_errors(s->cluster, PRODUCE, 2, errors[i], errors[i]);
        run_unit(s, kit_create(KIT_BODY));
        wait_all_sent(s);
    }
    all_arrived(s);
}

/* One record on its way at a time, as above. */
static void relay__fatal_error__producer_is_made_anew(void **state)
{
    struct scene *s = *state;
    start_relay(s);
    make_orders(s, 3);
    wait_all_sent(s);
    for (int round = 0; round < 3; round++) {
        rd_kafka_mock_push_request_errors(s->cluster, PRODUCE, 1,
                                          RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
        run_unit(s, kit_create(KIT_BODY));
        wait_all_sent(s);
        make_orders(s, 5);
        wait_all_sent(s);
    }
    all_arrived(s);
    WAIT_FOR(figure(s, "restarts") >= 3);
}

static void relay__stopped_and_started__goes_on_behind_the_marks(void **state)
{
    struct scene *s = *state;
    s->stop_ns = 60 * SECOND;
    start_relay(s);
    make_orders(s, 2);
    wait_all_sent(s);
    make_orders(s, 8);
    stop_relay(s);
    assert_int_equal(cursor(s), position(s)); /* what was committed was sent before the end */
    make_orders(s, 10);
    assert_int_equal(cursor(s), 30);
    start_relay(s);
    assert_int_equal(all_arrived(s), 0);
}

/* A broker that needs longer for all of it than the relay may take for its end. */
static void relay__stopped_in_a_backlog__sends_nothing_twice(void **state)
{
    struct scene *s = *state;
    make_orders(s, 400);
    s->properties[0] = (struct conf_property){.name = "queue.buffering.max.messages", .value = "50"};
    s->conf.n_properties = 1;
    rd_kafka_mock_broker_set_rtt(s->cluster, 1, 300);
    start_relay(s);
    WAIT_FOR(cursor(s) > 0);
    stop_relay(s);
    assert_in_range(cursor(s), 1, position(s) - 1);
    rd_kafka_mock_broker_set_rtt(s->cluster, 1, 0);
    start_relay(s);
    assert_int_equal(all_arrived(s), 0);
}

static void relay__broker_never_there__stops_at_once(void **state)
{
    struct scene *s = *state;
    s->stop_ns = 3600 * SECOND; /* none of which it takes */
    rd_kafka_mock_broker_set_down(s->cluster, 1);
    start_relay(s);
    make_orders(s, 2);
    WAIT_FOR(in_state(s, "unreachable"));
    stop_relay(s);
    assert_int_equal(cursor(s), 0);
}

/* Until they are cleared. */
static void push_many(struct scene *s, int16_t request, rd_kafka_resp_err_t e)
{
    rd_kafka_resp_err_t errors[REFUSALS];
    for (size_t i = 0; i < REFUSALS; i++)
        errors[i] = e;
    rd_kafka_mock_push_request_errors_array(s->cluster, request, REFUSALS, errors);
}

static void set_aside(struct scene *s, const struct relay_parked *p)
{
    struct job j = {.unit = {.advance = {.name = FOLLOWER_KAFKA, .from = p->cursor, .to = p->position}}};
    arena_init(&j.arena, 1 << 16);
    j.unit.arena = &j.arena;
    submit(s, &j);
    assert_int_equal(j.unit.outcome, UNIT_COMMITTED);
    arena_release(&j.arena);
}

static void relay__record_refused_by_the_broker__parks_until_set_aside(void **state)
{
    struct scene *s = *state;
    struct relay_parked p;
    char detail[300];
    start_relay(s);
    make_orders(s, 2);
    wait_all_sent(s);
    push_many(s, PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    make_orders(s, 5);
    WAIT_FOR(in_state(s, "parked"));
    relay_parked(s->relay, &p);
    assert_string_equal(p.type, "wms.order.received");
    assert_true(strncmp(p.order, "ORD-", 4) == 0 && strlen(p.order) == ORDER_ID_LEN);
    assert_int_equal(p.position, 7);
    assert_int_equal(p.cursor, 6);
    assert_non_null(strstr(p.reason, "too large"));
    assert_false(relay_check(s->relay, detail, sizeof detail));
    assert_non_null(strstr(detail, "position 7"));
    WAIT_FOR(cursor(s) == 6);
    make_orders(s, 5); /* nothing after it goes first */
    assert_int_equal(cursor(s), 6);
    rd_kafka_mock_clear_request_errors(s->cluster, PRODUCE);
    set_aside(s, &p);
    wait_all_sent(s);
    struct arrivals *all = read_topic(s);
    assert_int_equal(all->n, position(s) - 1);
    for (size_t i = 0; i < all->n; i++)
        assert_false(seen_before(all, i));
    free(all);
    WAIT_FOR(in_state(s, "sending"));
    relay_parked(s->relay, &p);
    assert_int_equal(p.position, 0);
}

static void relay__record_above_the_size_limit__parks_before_it_is_sent(void **state)
{
    struct scene *s = *state;
    struct relay_parked p;
    s->properties[0] = (struct conf_property){.name = "message.max.bytes", .value = "2000"};
    s->conf.n_properties = 1;
    start_relay(s);
    make_orders(s, 1);
    struct kit_unit *u = kit_create(
        "{\"customerId\":\"CUST-1\",\"items\":[" KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM
        "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM
        "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM
        "," KIT_ITEM "," KIT_ITEM "," KIT_ITEM "],\"shippingAddress\":" KIT_ADDRESS "}");
    run_unit(s, u);
    make_orders(s, 1);
    WAIT_FOR(in_state(s, "parked"));
    relay_parked(s->relay, &p);
    assert_int_equal(p.position, 4);
    assert_string_equal(p.type, "wms.order.received");
    assert_int_equal(strlen(p.order), ORDER_ID_LEN);
    WAIT_FOR(cursor(s) == 3);
    set_aside(s, &p);
    wait_all_sent(s);
}

/* Someone raised the topic's limit, or gave the right to write: nobody need tell the relay. */
static void relay__cause_of_a_refusal_gone__goes_on_by_itself(void **state)
{
    static const struct {
        rd_kafka_resp_err_t error;
        const char *says;
    } rows[] = {{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "too large"},
                {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed"},
                {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, "Policy violation"}};
    struct scene *s = *state;
    struct relay_parked p;
    s->parked_retry_ns = 1000000; /* 1 ms */
    start_relay(s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wait_all_sent(s);
        int64_t before = position(s);
        push_many(s, PRODUCE, rows[i].error);
        make_orders(s, 3);
        WAIT_FOR(in_state(s, "parked"));
        relay_parked(s->relay, &p);
        int64_t failed = figure(s, "failed");
        WAIT_FOR(figure(s, "failed") >= failed + 3); /* tried and refused again: it is parked where it was */
        assert_true(in_state(s, "parked"));
        assert_int_equal(p.position, before + 1);
        if (strstr(p.reason, rows[i].says) == NULL)
            fail_msg("the reason is: %s", p.reason);
        assert_int_equal(cursor(s), before);
        rd_kafka_mock_clear_request_errors(s->cluster, PRODUCE);
        wait_all_sent(s);
        WAIT_FOR(in_state(s, "sending"));
    }
    assert_int_equal(all_arrived(s), 0);
}

/* The cluster refuses the producer itself: that is no reason to ask it without a pause. */
static void relay__cluster_refuses_the_producer__parks_and_asks_again_later(void **state)
{
    struct scene *s = *state;
    struct relay_parked p;
    push_many(s, INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    start_relay(s);
    make_orders(s, 2);
    WAIT_FOR(in_state(s, "parked"));
    relay_parked(s->relay, &p);
    assert_int_equal(p.position, 1);
    set_aside(s, &p); /* seen within a second */
    WAIT_FOR(figure(s, "backlog") == 5);
    assert_true(figure(s, "restarts") <= 2);
    stop_relay(s);
    rd_kafka_mock_clear_request_errors(s->cluster, INIT_PRODUCER_ID);
    push_many(s, INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    s->parked_retry_ns = 1000000;
    start_relay(s);
    WAIT_FOR(figure(s, "restarts") >= 3);
    rd_kafka_mock_clear_request_errors(s->cluster, INIT_PRODUCER_ID);
    wait_all_sent(s);
    WAIT_FOR(in_state(s, "sending"));
}

/* The same with nothing to send: there is no record to park, and nothing that someone could set aside. */
static void relay__producer_refused_while_idle__parks_nothing_and_says_so(void **state)
{
    struct scene *s = *state;
    struct relay_parked p;
    char detail[300];
    push_many(s, INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    start_relay(s);
    WAIT_FOR(in_state(s, "refused"));
    assert_false(relay_check(s->relay, detail, sizeof detail));
    assert_string_equal(detail, "the brokers refuse the producer: Broker: Cluster authorization failed");
    WAIT_FOR(figure(s, "restarts") >= 3); /* it asks again, later and later */
    relay_parked(s->relay, &p);
    assert_int_equal(p.position, 0);
    rd_kafka_mock_clear_request_errors(s->cluster, INIT_PRODUCER_ID);
    make_orders(s, 3);
    assert_int_equal(all_arrived(s), 0);
    WAIT_FOR(in_state(s, "sending"));
    assert_true(relay_check(s->relay, detail, sizeof detail) || strstr(detail, "missing topics") != NULL);
}

static void relay__topic_missing__is_named_and_waited_for(void **state)
{
    struct scene *s = *state;
    char detail[300];
    rd_kafka_mock_topic_set_error(s->cluster, TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    rd_kafka_mock_topic_set_error(s->cluster, "wms.packing.events", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    start_relay(s);
    make_orders(s, 3);
    WAIT_FOR(in_state(s, "noTopic"));
    assert_false(relay_check(s->relay, detail, sizeof detail));
    assert_non_null(strstr(detail, TOPIC));
    assert_non_null(strstr(detail, "wms.packing.events"));
    assert_null(strstr(detail, "wms.waves.events"));
    assert_int_equal(cursor(s), 0);
    rd_kafka_mock_topic_set_error(s->cluster, TOPIC, RD_KAFKA_RESP_ERR_NO_ERROR);
    all_arrived(s);
    WAIT_FOR(in_state(s, "sending"));
    assert_false(relay_check(s->relay, detail, sizeof detail));
    assert_string_equal(detail, "missing topics: wms.packing.events");
}

static void relay__two_at_a_time__one_sends_and_the_other_takes_over(void **state)
{
    struct scene *s = *state;
    struct err e;
    const struct relay_config c = {.conf = &s->conf, .store = s->kit->store, .writer = s->writer};
    start_relay(s);
    make_orders(s, 5);
    wait_all_sent(s);
    struct relay *first = s->relay, *second = relay_start(&c, &e);
    assert_non_null(second);
    s->relay = second;
    WAIT_FOR(in_state(s, "standby"));
    s->relay = first;
    make_orders(s, 5);
    wait_all_sent(s);
    s->relay = second;
    assert_int_equal(figure(s, "delivered"), 0);
    relay_stop(first);
    make_orders(s, 5);
    assert_int_equal(all_arrived(s), 0);
    WAIT_FOR(figure(s, "delivered") == 15);
}

/* ---- the lease, with another process played by units of the test ---- */

/* As the other at the time `now`: asks for the lease until `until`. Returns its fence, 0: not given. */
static int64_t other_takes(struct scene *s, int64_t now, int64_t until)
{
    struct job j = {
        .unit = {.lease = {.name = FOLLOWER_KAFKA, .owner = "other", .now = now, .until = until}}};
    arena_init(&j.arena, 1 << 16);
    j.unit.arena = &j.arena;
    submit(s, &j);
    assert_int_equal(j.unit.outcome, UNIT_COMMITTED);
    arena_release(&j.arena);
    return j.unit.lease.fence;
}

static void other_advances(struct scene *s, int64_t fence, int64_t to)
{
    struct job j = {
        .unit = {
            .advance = {
                .name = FOLLOWER_KAFKA, .fence = fence, .from = cursor(s), .to = to, .at = clock_wall_ms()}}};
    arena_init(&j.arena, 1 << 16);
    j.unit.arena = &j.arena;
    submit(s, &j);
    assert_int_equal(j.unit.outcome, UNIT_COMMITTED);
    arena_release(&j.arena);
}

static void relay__holder_gone_without_a_word__takes_over_when_the_lease_ends(void **state)
{
    struct scene *s = *state;
    const int64_t now = clock_wall_ms();
    clock_freeze(now);
    int64_t fence = other_takes(s, now, now + 60000);
    assert_true(fence > 0);
    make_orders(s, 4);
    other_advances(s, fence, 5); /* it sent these, and is gone */
    start_relay(s);
    WAIT_FOR(in_state(s, "standby"));
    clock_freeze(now + 59999);
    make_orders(s, 1); /* wakes it */
    assert_int_equal(other_takes(s, now + 59999, now + 60000), fence);
    assert_true(in_state(s, "standby"));
    clock_freeze(now + 60000);
    wait_all_sent(s);
    WAIT_FOR(in_state(s, "sending") && figure(s, "backlog") == 0);
    assert_int_equal(figure(s, "delivered"), position(s) - 5); /* from where the other was, no record more */
}

static void relay__lease_taken_away__marks_nothing_and_comes_back_behind_the_other(void **state)
{
    struct scene *s = *state;
    const int64_t now = clock_wall_ms();
    clock_freeze(now);
    start_relay(s);
    make_orders(s, 3);
    wait_all_sent(s);
    const int64_t later = now + 3600000; /* this process stood still for an hour, and does not know it yet */
    int64_t fence = other_takes(s, later, later + 1000);
    assert_true(fence > 0);
    make_orders(s, 3);
    WAIT_FOR(in_state(s, "standby"));
    assert_int_equal(cursor(s), 9); /* what it sent meanwhile it may not mark */
    other_advances(s, fence, 14);
    assert_int_equal(other_takes(s, later, later + 1000), fence); /* it has not come back in between */
    clock_freeze(later + 1000);
    all_arrived(s);
    make_orders(s, 3);
    all_arrived(s);
    assert_int_equal(other_takes(s, later + 2000, later + 3000), 0);
}

static void relay__holds_the_lease__renews_it_long_before_its_end(void **state)
{
    struct scene *s = *state;
    const int64_t now = clock_wall_ms();
    clock_freeze(now);
    start_relay(s);
    make_orders(s, 1);
    wait_all_sent(s);
    for (int64_t at = now + 12000; at <= now + 60000; at += 12000) {
        clock_freeze(at);
        make_orders(s, 1);
        wait_all_sent(s); /* a turn, which asks for the lease before the mark */
        assert_int_equal(other_takes(s, at + 29999, at + 40000), 0);
    }
    assert_int_equal(all_arrived(s), 0);
}

static void kafka_conf__names_our_guarantees_need__are_refused(void **state)
{
    (void)state;
    struct conf_property p[2] = {{.name = "acks", .value = "1"}};
    struct conf c = {.kafka_brokers = "h:1", .properties = p, .n_properties = 1};
    struct err e;
    static const char *const names[] = {
        "acks",     "enable.idempotence", "enable.auto.commit", "delivery.timeout.ms", "bootstrap.servers",
        "group.id", "partitioner"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        p[0].name = names[i];
        assert_false(kafka_conf_check(&c, &e));
        assert_non_null(strstr(e.message, names[i]));
    }
    p[0] = (struct conf_property){.name = "port", .value = "tcp://10.0.0.1:9092"};
    assert_true(kafka_conf_check(&c, &e)); /* no name of the library's */
    p[0] = (struct conf_property){.name = "security.protocol", .value = "sasl_ssl"};
    assert_true(kafka_conf_check(&c, &e));
    p[0].value = "carrier-pigeon";
    assert_false(kafka_conf_check(&c, &e));
    assert_non_null(strstr(e.message, "security.protocol"));
    p[0] = (struct conf_property){.name = "ssl.key.pem", .value = "hunter2"};
    if (!kafka_conf_check(&c, &e))
        assert_null(strstr(e.message, "hunter2"));
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(relay__events_committed__arrive_once_in_order_and_are_marked),
        SCENE_TEST(relay__broker_away__backlog_goes_out_in_order_on_its_return),
        SCENE_TEST(relay__connections_cut__lose_and_reorder_nothing),
        SCENE_TEST(relay__errors_that_pass__are_tried_again),
        SCENE_TEST(relay__fatal_error__producer_is_made_anew),
        SCENE_TEST(relay__stopped_and_started__goes_on_behind_the_marks),
        SCENE_TEST(relay__stopped_in_a_backlog__sends_nothing_twice),
        SCENE_TEST(relay__broker_never_there__stops_at_once),
        SCENE_TEST(relay__record_refused_by_the_broker__parks_until_set_aside),
        SCENE_TEST(relay__record_above_the_size_limit__parks_before_it_is_sent),
        SCENE_TEST(relay__cause_of_a_refusal_gone__goes_on_by_itself),
        SCENE_TEST(relay__cluster_refuses_the_producer__parks_and_asks_again_later),
        SCENE_TEST(relay__producer_refused_while_idle__parks_nothing_and_says_so),
        SCENE_TEST(relay__topic_missing__is_named_and_waited_for),
        SCENE_TEST(relay__two_at_a_time__one_sends_and_the_other_takes_over),
        SCENE_TEST(relay__holder_gone_without_a_word__takes_over_when_the_lease_ends),
        SCENE_TEST(relay__lease_taken_away__marks_nothing_and_comes_back_behind_the_other),
        SCENE_TEST(relay__holds_the_lease__renews_it_long_before_its_end),
        cmocka_unit_test(kafka_conf__names_our_guarantees_need__are_refused),
    };
    return apart_run_tests(tests);
}
