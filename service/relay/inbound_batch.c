/* A batch of records: from messages to facts, from facts to jobs, and back from the writer. */
#include "service/relay/inbound_private.h"

#include "shared/clock.h"
#include "shared/log.h"
#include "shared/metric.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)512 << 20) /* of a batch: bytes, with their texts and facts */
#define OUT_MAX 256  /* jobs with the writer at a time, so that requests are not pushed out */
#define RETRY_MS 200 /* after the writer would not take one */
#define DUE_MAX 200  /* orders looked after at a time */

bool batch_full(const struct inbound *in)
{
    return in->n_items == BATCH_RECORDS || in->bytes >= BATCH_BYTES;
}

static void read_headers(struct inbound *in, const rd_kafka_message_t *m, struct record *r)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR || headers == NULL)
        return;
    size_t n = rd_kafka_header_cnt(headers);
    struct record_header *list = arena_alloc(&in->arena, (n + 1) * sizeof *list);
    if (list == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        const void *value = NULL;
        (void)rd_kafka_header_get_all(headers, i, &list[i].name, &value, &list[i].len);
        list[i].value = value;
    }
    r->headers = list;
    r->n_headers = n;
}

void batch_take(struct inbound *in, rd_kafka_message_t *m)
{
    struct item *one = &in->items[in->n_items++];
    rd_kafka_timestamp_type_t kind;
    int64_t time = rd_kafka_message_timestamp(m, &kind);
    if (in->n_items == 1)
        arena_init(&in->arena, ARENA_MAX);
    *one = (struct item){
        .message = m,
        .record = {.topic = rd_kafka_topic_name(m->rkt),
                   .partition = m->partition,
                   .offset = m->offset,
                   .time = time > 0 && kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? time : 0,
                   .key = m->key,
                   .key_len = m->key_len,
                   .value = m->payload,
                   .value_len = m->len},
    };
    read_headers(in, m, &one->record);
    in->bytes += m->len;
    in->records++;
    metric_add(METRIC_RECORDS_READ, 1);
}

/* ---- jobs ---- */

static bool add_job(struct inbound *in, struct job *j)
{
    if (j == NULL)
        return false;
    j->node.next = NULL;
    *in->waiting_end = &j->node;
    in->waiting_end = &j->node.next;
    return true;
}

static void clear_waiting(struct inbound *in)
{
    for (struct node *n = in->waiting, *next; n != NULL; n = next) {
        next = n->next;
        fact_job_free((struct job *)(void *)n);
    }
    in->waiting = NULL;
    in->waiting_end = &in->waiting;
}

/* false: out of memory; the whole record is tried again. */
static bool read_item(struct inbound *in, struct item *one, int64_t now)
{
    if (!facts_read(&one->record, now, &in->arena, &one->set))
        return false;
    if (one->set.foreign)
        metric_add(METRIC_RECORDS_FOREIGN, 1);
    bool ok = one->set.fault == NULL || add_job(in, fact_job_fault(&one->set, &one->record, now));
    for (size_t i = 0; i < one->set.n && ok; i++)
        ok = add_job(in, fact_job(&one->set, i, &one->record, now));
    return ok;
}

/* Jobs that came back: settled, or to be tried again. Returns whether one has to be. */
static bool take_answers(struct inbound *in)
{
    bool again = false;
    for (struct node *n = mailbox_take(&in->answers), *next; n != NULL; n = next) {
        struct job *j = (struct job *)(void *)n;
        next = n->next;
        in->out--;
        if (fact_job_settled(j, NULL)) {
            fact_job_free(j);
            continue;
        }
        if (j->err.code == ERR_OUTCOME_UNKNOWN)
            in->storage_gone = true;
        again = true;
        (void)add_job(in, j);
    }
    return again;
}

/* false: the writer takes none at the moment. */
static bool submit_some(struct inbound *in)
{
    while (in->waiting != NULL && in->out < OUT_MAX) {
        struct job *j = (struct job *)(void *)in->waiting;
        struct node *next = in->waiting->next;
        struct err e;
        j->reply_to = &in->answers;
        if (!writer_submit(in->config.writer, j, &e)) {
            j->node.next = next;
            return false;
        }
        in->out++;
        in->waiting = next;
        if (next == NULL)
            in->waiting_end = &in->waiting;
    }
    return true;
}

static void wait_for_answers(struct inbound *in, int ms)
{
    struct pollfd p = {.fd = in->answers.fd, .events = POLLIN};
    (void)poll(&p, 1, ms);
}

/* Everything that waits goes through the writer. false: given up; what is with the writer has come back. */
static bool run_jobs(struct inbound *in, int64_t give_up_ns)
{
    int64_t again_ns = 0;
    while (in->waiting != NULL || in->out > 0) {
        int64_t now = clock_mono_ns();
        bool given_up = in->storage_gone || now > give_up_ns || (again_ns != 0 && atomic_load(&in->stopping));
        if (given_up && in->out == 0)
            break;
        if (!given_up && now >= again_ns && !submit_some(in))
            again_ns = now + RETRY_MS * INT64_C(1000000);
        wait_for_answers(in, RETRY_MS);
        if (take_answers(in))
            again_ns = clock_mono_ns() + RETRY_MS * INT64_C(1000000);
    }
    bool all = in->waiting == NULL;
    clear_waiting(in);
    return all;
}

/* ---- the batch ---- */

static void note_done(struct inbound *in)
{
    for (size_t i = 0; i < in->n_items; i++) {
        const struct record *r = &in->items[i].record;
        rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_find(in->done, r->topic, r->partition);
        if (p == NULL)
            p = rd_kafka_topic_partition_list_add(in->done, r->topic, r->partition);
        p->offset = r->offset + 1;
    }
}

static void release(struct inbound *in)
{
    for (size_t i = 0; i < in->n_items; i++)
        rd_kafka_message_destroy(in->items[i].message);
    if (in->n_items > 0)
        arena_release(&in->arena);
    in->n_items = 0;
    in->bytes = 0;
}

bool batch_finish(struct inbound *in, int64_t give_up_ns)
{
    int64_t now = clock_wall_ms();
    bool ok = true;
    clear_waiting(in);
    for (size_t i = 0; i < in->n_items && ok; i++)
        ok = read_item(in, &in->items[i], now);
    if (!ok)
        clear_waiting(in);
    ok = ok && run_jobs(in, give_up_ns);
    if (ok)
        note_done(in);
    release(in);
    return ok;
}

/* ---- what is due ---- */

void batch_due(struct inbound *in)
{
    struct ulid orders[DUE_MAX];
    size_t n = 0;
    int64_t position, now = clock_wall_ms();
    struct err e;
    const struct store_ops *ops = in->reader->ops;
    if (!ops->begin(in->reader, clock_mono_ns() + IN_NS_PER_S, &position, &e))
        return;
    bool ok = ops->due(in->reader, now, DUE_MAX, orders, &n, &e);
    ops->end(in->reader);
    for (size_t i = 0; i < n && ok; i++)
        ok = add_job(in, fact_job_due(orders[i], now));
    (void)run_jobs(in, clock_mono_ns() + IN_NS_PER_S);
}
