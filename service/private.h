/* What the top floor of the service shares: service.c (stages), local_api.c (the console's port), demo.c. */
#ifndef ORDERDECK_SERVICE_PRIVATE_H
#define ORDERDECK_SERVICE_PRIVATE_H

#include "service/http/http.h"
#include "service/lock.h"
#include "service/relay/inbound.h"
#include "service/relay/relay.h"
#include "service/service.h"

#include <pthread.h>
#include <stdatomic.h>

struct demo;
struct local_api;

struct service {
    const struct conf *conf;
    char *database;       /* path of the file */
    char demo_folder[80]; /* made for --demo and removed again; "" otherwise */
    struct lock lock;
    struct store *store;
    struct writer *writer;
    struct readers *readers;
    pthread_mutex_t relay_lock; /* held for a moment to tell or ask the next two, never while they work */
    struct relay *relay;        /* who is told of commits, NULL: no brokers, or stopped */
    int64_t sent_upto;          /* where the relay's cursor stood at the start */
    struct inbound *inbound;    /* the same */
    char instance[96];          /* of this process in the consumer group */
    struct http *http;
    struct demo *demo;
    bool quiet;         /* nothing but the database, to read */
    int64_t started_at; /* ms */
    int failure_fd;     /* eventfd: the storage failed */
    _Atomic bool failed;
    _Atomic(struct http *) streams; /* who is told of commits: set once http stands */
    pthread_mutex_t console_lock;   /* held for a moment after each commit, and to hook or unhook */
    struct local_api *console;      /* who is told of commits, NULL: no console */
    bool drained;                   /* the drain deadline was kept */
    int stages;                     /* started so far */
};

/* local_api.c: the position moved. Any thread. */
void local_api_moved(struct local_api *a);
/* service.c: appends the body of GET /status. Any thread. */
void service_status(void *ctx, struct buf *out);
/* service.c: where the relay waits; position 0 when it does not. Any thread. */
void service_parked(void *ctx, struct relay_parked *ret);

/* demo.c: lifelike traffic from a thread of its own, through the writer as every client. */
struct demo *demo_start(struct writer *w, struct store *s, struct err *ret_err)
    __attribute__((warn_unused_result));
void demo_stop(struct demo *d); /* before the writer stops; NULL is fine */

#endif
