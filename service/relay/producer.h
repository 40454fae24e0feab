/* The idempotent producer: records in order out, reports back, and a look at the cluster.
 *
 * It is made again after any failed report or fatal error (librdkafka before 2.3 may raise one after a disconnect):
 * whoever sends starts again from the first record that was not acknowledged. All functions are the relay thread's;
 * only producer_look waits for the network, and no longer than it is told. */
#ifndef ORDERDECK_SERVICE_RELAY_PRODUCER_H
#define ORDERDECK_SERVICE_RELAY_PRODUCER_H

#include "shared/conf.h"
#include "shared/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct producer;

#define PRODUCER_WINDOW 10000 /* records on their way at most */

/* What became of the record with this tag. code: RD_KAFKA_RESP_ERR_..., 0 acknowledged; permanent: trying again is of
 * no use. Called inside producer_poll and producer_free. */
typedef void (*producer_report_fn)(void *ctx, uint64_t tag, int code, bool permanent);

/* wake_fd: an eventfd that becomes readable when there is something to poll. batch_bytes: a request's records together
 * are at most so large (the topic takes no more); 0: as the settings say. NULL: *ret_err. */
struct producer *producer_new(const struct conf *c, int64_t batch_bytes, int wake_fd,
                              producer_report_fn report, void *ctx, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Gives up what is on its way (reported as failed, unless it was acknowledged just now) and frees. NULL is fine. */
void producer_free(struct producer *p);

enum producer_sent {
    PRODUCER_TAKEN,
    PRODUCER_FULL,    /* as many on their way as may be: poll, then again */
    PRODUCER_REFUSED, /* this record, for good: *ret_code */
    PRODUCER_BROKEN,  /* make it anew: *ret_code */
};
/* The value is copied; content type is that of structured CloudEvents. */
enum producer_sent producer_send(struct producer *p, uint64_t tag, const char *key, size_t key_len,
                                 const char *value, size_t value_len, int64_t time_ms, int *ret_code);
/* Serves reports that arrived. false: a fatal error was raised, *ret_code says which. */
bool producer_poll(struct producer *p, int *ret_code) __attribute__((warn_unused_result));
/* Waits up to timeout_ms until all is reported. */
void producer_flush(struct producer *p, int timeout_ms);

/* Since the last call: did the library say that no broker can be reached? */
bool producer_suspects(struct producer *p);

/* What the cluster has. */
struct cluster_look {
    bool reachable;
    bool denied;         /* not reachable, since a broker does not accept our credentials */
    char why[200];       /* when it is not reachable */
    bool orders_missing; /* the topic the relay sends to is not there */
    char missing[700];   /* names of topics that are not there, ", " between; "" none */
};
/* Asks for the topics of the settings (all of them when `all`, else the orders' alone). Waits up to timeout_ms. */
void producer_look(struct producer *p, bool all, int timeout_ms, struct cluster_look *ret);

const char *producer_code_text(int code);
bool producer_code_is_permanent(int code);
bool producer_code_is_size(int code); /* a record, or a batch of records, is larger than the topic takes */

#endif
