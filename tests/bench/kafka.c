/* The other side of the relay's figures.
 *
 *   bench_kafka produce BROKERS TOPIC RECORDS COUNT
 *       hands COUNT records (lines KEY TAB VALUE, round and round) to librdkafka as its own rdkafka_performance does: as
 *       fast as the queue takes them; the settings are the relay's
 *   bench_kafka latency BROKERS TOPIC PORT BODIES COUNT RATE
 *       POSTs COUNT orders, RATE a second, while a consumer waits; the time from each answer to its record
 *
 * Prints one line of JSON. */
#include "tests/bench/rows.h"
#include "tests/support/http_client.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define WARM_UP 50

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *k)
{
    char said[200];
    rd_kafka_t *rk = rd_kafka_new(type, k, said, sizeof said);
    if (rk == NULL)
        die("librdkafka", said);
    return rk;
}

static void set(rd_kafka_conf_t *k, const char *name, const char *value)
{
    char said[200];
    if (rd_kafka_conf_set(k, name, value, said, sizeof said) != RD_KAFKA_CONF_OK)
        die(name, said);
}

/* ---- produce ---- */

static int64_t delivered;

static void reported(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    (void)opaque;
    if (m->err != 0)
        die("delivery", rd_kafka_err2str(m->err));
    delivered++;
}

static int produce(char **argv)
{
    struct rows rows;
    int64_t count = atoll(argv[3]);
    rd_kafka_conf_t *k = rd_kafka_conf_new();
    set(k, "bootstrap.servers", argv[0]);
    set(k, "enable.idempotence", "true");
    set(k, "acks", "all");
    set(k, "delivery.timeout.ms", "0");
    set(k, "partitioner", "murmur2_random");
    set(k, "linger.ms", "1");
    set(k, "queue.buffering.max.messages", "10000");
    set(k, "socket.nagle.disable", "true");
    rd_kafka_conf_set_dr_msg_cb(k, reported);
    rows_read(&rows, argv[2]);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, k);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, argv[1], NULL);
    int64_t began = 0, from = 0;
    for (int64_t i = 0; i < count; i++) {
        char *line = rows.lines[rows.next++ % rows.n], *tab = strchr(line, '\t');
        if (tab == NULL)
            die(argv[2], "a line without a tab");
        void *value = tab + 1;
        rd_kafka_resp_err_t e;
        while ((e = rd_kafka_producev(
                    rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                    RD_KAFKA_V_KEY(line, (size_t)(tab - line)), RD_KAFKA_V_VALUE(value, strlen(tab + 1)),
                    RD_KAFKA_V_HEADER("content-type", "application/cloudevents+json; charset=utf-8", -1),
                    RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(rk, 100);
        if (e != 0)
            die("produce", rd_kafka_err2str(e));
        rd_kafka_poll(rk, 0);
        if (began == 0 && delivered >= count / 10) { /* as the relay is measured: from a tenth on */
            began = clock_mono_ns();
            from = delivered;
        }
    }
    rd_kafka_flush(rk, 60000);
    double seconds = (double)(clock_mono_ns() - began) / 1e9;
    printf("{\"records\":%lld,\"seconds\":%.6f}\n", (long long)(delivered - from), seconds);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    rows_free(&rows);
    return 0;
}

/* ---- latency ---- */

struct order_times {
    char id[ORDER_ID_LEN + 1];
    int64_t answered_ns, seen_ns;
};

struct watch {
    rd_kafka_t *consumer;
    struct order_times *times;
    _Atomic size_t made; /* entries that are complete but for seen_ns */
    _Atomic bool positioned;
    size_t count, seen;
    /* records that came before their answer */
    struct order_times *early;
    size_t n_early;
};

/* In order, so the search starts where the last one ended. */
static bool settle(struct watch *w, const char *id, int64_t now_ns)
{
    size_t made = atomic_load(&w->made);
    for (size_t i = made > 64 ? made - 64 : 0; i < made; i++) {
        if (w->times[i].seen_ns == 0 && strcmp(w->times[i].id, id) == 0) {
            w->times[i].seen_ns = now_ns;
            w->seen++;
            return true;
        }
    }
    return false;
}

static void settle_early(struct watch *w)
{
    for (size_t i = 0; i < w->n_early;) {
        if (settle(w, w->early[i].id, w->early[i].seen_ns))
            w->early[i] = w->early[--w->n_early];
        else
            i++;
    }
}

static void *consume(void *arg)
{
    struct watch *w = arg;
    int64_t quiet_since = clock_mono_ns();
    while (w->seen < w->count && clock_mono_ns() - quiet_since < INT64_C(15000000000)) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(w->consumer, 10);
        int64_t now = clock_mono_ns();
        settle_early(w);
        if (m == NULL)
            continue;
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            atomic_store(&w->positioned, true);
        } else if (m->err == 0 && m->key_len == ORDER_ID_LEN) {
            char id[ORDER_ID_LEN + 1] = "";
            memcpy(id, m->key, ORDER_ID_LEN);
            quiet_since = now;
            if (!settle(w, id, now) && w->n_early < w->count) {
                memcpy(w->early[w->n_early].id, id, sizeof id);
                w->early[w->n_early++].seen_ns = now;
            }
        }
        rd_kafka_message_destroy(m);
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void post_all(struct watch *w, int port, struct rows *rows, int64_t rate)
{
    struct client c;
    client_open(&c, port);
    int64_t due = clock_mono_ns();
    for (size_t i = 0; i < w->count; i++) {
        struct reply r = client_ask(&c, "POST", "/api/v1/orders", NULL, rows->lines[i % rows->n]);
        if (r.status != 201)
            die("POST", r.body);
        w->times[i].answered_ns = clock_mono_ns();
        snprintf(w->times[i].id, sizeof w->times[i].id, "%s", reply_text(&r, "orderId"));
        reply_release(&r);
        atomic_store(&w->made, i + 1);
        due += 1000000000 / rate;
        int64_t left = due - clock_mono_ns();
        if (left > 0)
            nanosleep(&(struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000}, NULL);
    }
    client_close(&c);
}

static rd_kafka_t *waiting_consumer(const char *brokers, const char *topic)
{
    rd_kafka_conf_t *k = rd_kafka_conf_new();
    set(k, "bootstrap.servers", brokers);
    set(k, "group.id", "bench");
    set(k, "enable.auto.commit", "false");
    set(k, "enable.partition.eof", "true");
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, k);
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(3);
    for (int i = 0; i < 3; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_END;
    if (rd_kafka_assign(rk, list) != 0)
        die("assign", topic);
    rd_kafka_topic_partition_list_destroy(list);
    return rk;
}

static int latency(char **argv)
{
    struct rows rows;
    pthread_t thread;
    size_t n = (size_t)atoll(argv[4]);
    struct watch w = {.consumer = waiting_consumer(argv[0], argv[1]), .count = n};
    w.times = calloc(n, sizeof *w.times);
    w.early = calloc(n, sizeof *w.early);
    int64_t *us = calloc(n, sizeof *us);
    rows_read(&rows, argv[3]);
    if (w.times == NULL || w.early == NULL || us == NULL || pthread_create(&thread, NULL, consume, &w) != 0)
        die("latency", "out of memory");
    while (!atomic_load(&w.positioned))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    post_all(&w, atoi(argv[2]), &rows, atoll(argv[5]));
    pthread_join(thread, NULL);
    if (w.seen < n)
        die("latency", "not every record came");
    for (size_t i = WARM_UP; i < n; i++)
        us[i - WARM_UP] = (w.times[i].seen_ns - w.times[i].answered_ns) / 1000;
    n -= WARM_UP;
    qsort(us, n, sizeof *us, by_value);
    printf("{\"orders\":%zu,\"p50Us\":%lld,\"p99Us\":%lld,\"maxUs\":%lld}\n", n, (long long)us[n / 2],
           (long long)us[n * 99 / 100], (long long)us[n - 1]);
    rd_kafka_consumer_close(w.consumer);
    rd_kafka_destroy(w.consumer);
    rows_free(&rows);
    free(w.times);
    free(w.early);
    free(us);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "produce") == 0)
        return produce(argv + 2);
    if (argc == 8 && strcmp(argv[1], "latency") == 0)
        return latency(argv + 2);
    fprintf(stderr, "usage: bench_kafka produce BROKERS TOPIC RECORDS COUNT\n"
                    "       bench_kafka latency BROKERS TOPIC PORT BODIES COUNT RATE\n");
    return 2;
}
