/* What the files of the inbound consumer share; everything is its thread's but for the facts and the flag. */
#ifndef ORDERDECK_SERVICE_RELAY_INBOUND_PRIVATE_H
#define ORDERDECK_SERVICE_RELAY_INBOUND_PRIVATE_H

#include "service/order/fact.h"
#include "service/relay/inbound.h"
#include "service/write/fact_job.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#define BATCH_RECORDS 500
#define BATCH_BYTES (8u * 1024 * 1024)
#define IN_NS_PER_S INT64_C(1000000000)
#define LAG_UNKNOWN (-1)

enum inbound_state { INBOUND_JOINING, INBOUND_UNREACHABLE, INBOUND_RUNNING, INBOUND_FAILED };

/* A record of the batch and what it says. */
struct item {
    rd_kafka_message_t *message;
    struct record record;
    struct fact_set set;
};

struct inbound_facts {
    enum inbound_state state;
    int assigned; /* partitions */
    int64_t lag;  /* records on them that are not read yet; LAG_UNKNOWN until that is known of each */
    struct {
        int partitions;
        int64_t lag;
    } topics[TOPIC_COUNT];
    int64_t records; /* read since the start */
    char detail[256];
};

struct inbound {
    struct inbound_config config;
    const char *topics[TOPIC_COUNT];
    pthread_t thread;
    _Atomic bool stopping;
    pthread_mutex_t lock; /* of `facts`; held for a copy */
    struct inbound_facts facts;
    /* --- the inbound thread --- */
    rd_kafka_t *consumer; /* NULL: to be made at retry_ns */
    int64_t retry_ns;
    struct store_reader *reader;
    struct mailbox answers;
    bool assigned, storage_gone;
    bool down, suspect;             /* no broker can be reached; that may be so: it is to be looked at */
    char detail[256], trouble[256]; /* trouble: what the library said last of a connection */
    /* What we are not allowed to: to be in the group, to read a topic. 0: nothing is known against it. */
    rd_kafka_resp_err_t group_refused, topic_refused[TOPIC_COUNT];
    int64_t next_ask_ns; /* when it is asked again whether a topic may be read by now */
    int64_t records;
    enum inbound_state told;
    int64_t next_care_ns;                  /* when lag, due facts and reachability are looked at again */
    rd_kafka_topic_partition_list_t *done; /* what is finished: the offsets to go on from */
    /* The partitions that are assigned, and what is read next of each; -1001 (RD_KAFKA_OFFSET_INVALID): nothing was heard of
     * it since it is ours. */
    rd_kafka_topic_partition_list_t *at;
    /* the batch */
    struct item items[BATCH_RECORDS];
    size_t n_items, bytes;
    struct arena arena;                  /* of the batch's facts */
    struct node *waiting, **waiting_end; /* jobs that are to be submitted */
    size_t out;                          /* jobs that are with the writer */
};

/* inbound_batch.c */
/* Takes the message over. */
void batch_take(struct inbound *in, rd_kafka_message_t *m);
bool batch_full(const struct inbound *in);
/* Settles all that was taken and notes its offsets in `done`. false: it was given up (the storage is gone, or give_up_ns
 * (monotonic) passed while the writer would not take it); then nothing is noted, and the records come again. */
bool batch_finish(struct inbound *in, int64_t give_up_ns);
/* Tries and ends the parked facts whose time has come. */
void batch_due(struct inbound *in);

/* inbound_consumer.c */
bool consumer_open(struct inbound *in, struct err *ret_err) __attribute__((warn_unused_result));
void consumer_close(struct inbound *in);
/* Reads into the batch what is there, waiting up to wait_ms for the first record. */
void consumer_gather(struct inbound *in, int wait_ms);
/* Says in a line what we are not allowed to. false: nothing. */
bool consumer_refused(const struct inbound *in, char *line, size_t size);
/* Tells the group what is finished; waits some seconds for the answer when `wait`. */
void consumer_commit(struct inbound *in, bool wait);
/* Whether brokers that were away are back, and whether a topic may be read by now that could not be. */
void consumer_look(struct inbound *in);
/* Measures the lag, of what the library knows already; also without a consumer. */
void consumer_measure(struct inbound *in);

#endif
