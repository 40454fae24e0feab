/* What the files of the relay share; everything is the relay thread's but for the facts and the flags. */
#ifndef ORDERDECK_SERVICE_RELAY_RELAY_PRIVATE_H
#define ORDERDECK_SERVICE_RELAY_RELAY_PRIVATE_H

#include "service/relay/producer.h"
#include "service/relay/relay.h"

#include <pthread.h>
#include <stdatomic.h>

#define SECOND_NS INT64_C(1000000000)
#define FLIGHTS 16384 /* power of two above PRODUCER_WINDOW */

enum relay_state {
    RELAY_STARTING,
    RELAY_STANDBY, /* another process has the lease */
    RELAY_UNREACHABLE,
    RELAY_REFUSED,  /* by brokers that are there: our credentials, or the producer itself */
    RELAY_NO_TOPIC, /* the topic of the orders is not there */
    RELAY_PARKED,
    RELAY_SENDING,
};

/* A record on its way. */
struct flight {
    int64_t position, time;
    bool acked;
};

struct relay_facts {
    enum relay_state state;
    struct cluster_look look;
    int refused;                            /* code, see below */
    int64_t cursor, backlog, oldest_unsent; /* oldest: ms, 0 none */
    int64_t delivered, failed, restarts;
    struct relay_parked parked;
    int64_t parked_since;
};

struct relay {
    struct relay_config config;
    pthread_t thread;
    int wake_fd;         /* eventfd: commits, the producer's queue, stop */
    _Atomic bool nudged; /* a commit has written to wake_fd and was not seen yet */
    _Atomic bool stopping;
    pthread_mutex_t lock; /* of `facts`; held for a copy */
    struct relay_facts facts;
    /* --- the relay's thread --- */
    struct store_reader *reader;
    struct producer *producer; /* NULL: to be made at retry_ns */
    struct mailbox answers;    /* of the writer */
    char owner[48];
    /* lease and marks (relay_mark.c) */
    struct job step; /* the one unit that is with the writer, when step_out */
    bool step_out, storage_gone;
    int64_t step_retry_ns;
    int64_t fence;         /* 0: the lease is not held */
    int64_t lease_expires; /* ms, wall clock */
    int64_t mark_due_ns;   /* when acknowledged records are marked, 0: none are */
    int64_t cursor;        /* as stored */
    /* sending (relay_send.c) */
    int64_t acked;          /* every event up to here is acknowledged */
    int64_t sent;           /* newest event given to the producer */
    int64_t careful_upto;   /* up to here one at a time, to find the record that fails */
    struct flight *flights; /* ring of tags [head, tail) */
    uint64_t head, tail;
    bool discarding;  /* reports of failures mean nothing: they are given up */
    bool window_full; /* until the next report */
    bool ending;      /* nothing more is sent */
    struct {
        bool set, permanent;
        int code;
        int64_t position, highest; /* of those that failed */
    } failure;
    int refused;      /* why the producer was refused as such, 0: it was not, or no more */
    int64_t made_ns;  /* when the producer was made */
    int64_t retry_ns; /* not before: make the producer, read the log */
    int64_t backoff_ns;
    int64_t batch_bytes; /* what the topic takes at a time, as far as was found out; 0: as the settings say */
    struct buf value;
    /* the cluster and what is told of it (relay_report.c) */
    bool looked, all_topics;
    int64_t next_look_ns;
    struct cluster_look look;
    struct relay_parked parked;
    int64_t parked_since, parked_until_ns;
    int64_t delivered, failed, restarts;
    int told_restart; /* code of the restart that was logged since the last success */
    enum relay_state told;
    char told_missing[700];
    int64_t oldest_position, oldest_time; /* the event after `acked`, looked up once */
};

/* relay_mark.c */
/* Asks the writer for what is due: the lease, marks. Returns when to come again (monotonic ns, INT64_MAX: no need). */
int64_t relay_step(struct relay *r, int64_t now_ns);
void relay_step_answered(struct relay *r);
/* The last one: marks what is acknowledged and gives the lease back; waits for the writer. */
void relay_step_last(struct relay *r);
/* Reads the stored cursor again and goes on behind it. */
void relay_reread(struct relay *r);

/* relay_send.c */
bool relay_may_send(const struct relay *r, int64_t now_ns);
/* Gives the producer a batch of events. Returns true when more could follow at once. */
bool relay_pump(struct relay *r, int64_t now_ns);
/* Serves reports; after a failure gives up the producer and starts again from the first unacknowledged event. */
void relay_serve(struct relay *r, int64_t now_ns);
/* Makes the producer if there is none and it is time. false: *ret_err. */
bool relay_make_producer(struct relay *r, struct err *ret_err);
/* Gives up all that is on its way. */
void relay_discard(struct relay *r);

/* relay_report.c */
/* Looks at the cluster when it is time. Returns when the next look is due. */
int64_t relay_look(struct relay *r, int64_t now_ns);
void relay_publish(struct relay *r);

#endif
