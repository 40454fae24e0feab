/* Orders from and to JSON. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_ORDER_ORDER_JSON_H
#define ORDERDECK_SERVICE_ORDER_ORDER_JSON_H

#include "service/order/decide.h"
#include "service/order/event.h"
#include "service/order/order.h"
#include "shared/arena.h"
#include "shared/buf.h"

#define ORDER_BODY_MAX (512 * 1024)

struct order_defaults {
    const char *timezone; /* setting TIMEZONE, for promises by day */
    int64_t now;          /* ms; the id's own time, which is close to it, becomes created_at */
    struct ulid id;       /* all zero: a new one */
};

/* Reads the body of POST /orders: builds the whole order (id, totals, doc, promise) and its received
 * event, both in the arena. false: *ret_err is MALFORMED_JSON or VALIDATION_FAILED and ret_faults names
 * every fault at once, or it is QUEUE_FULL: out of memory, nothing was done. */
bool order_from_json(const char *body, size_t n, const struct order_defaults *d, const struct origin *origin,
                     struct arena *a, struct order *ret_order, struct event *ret_received,
                     struct faults *ret_faults, struct err *ret_err) __attribute__((warn_unused_result));

/* Reads the arguments of a command from its body (may be empty where none is required) into *c (kind and
 * origin are set by the caller). Errors as above. */
bool command_from_json(const char *body, size_t n, struct arena *a, struct command *c,
                       struct faults *ret_faults, struct err *ret_err) __attribute__((warn_unused_result));

/* The public form of an order; `now` decides `late`. Members without a value are absent; holds is always
 * there. */
void order_render(struct buf *out, const struct order *o, int64_t now);
/* The data of its received event: the same without `late` and `allowedActions`, which turn with time and
 * rules, and with previousStatus. */
void order_render_received(struct buf *out, const struct order *o);
/* ETag text with quotes: "7" or "7-late". */
#define ORDER_ETAG_MAX 32
void order_etag(const struct order *o, int64_t now, char out[ORDER_ETAG_MAX]);

/* Holds as stored: a JSON array of {type, reason, since}. An empty list is written [] and read from that
 * or NULL. */
void holds_render(struct buf *out, const struct hold *holds, size_t n);
bool holds_parse(const char *text, struct arena *a, const struct hold **ret, size_t *ret_n)
    __attribute__((warn_unused_result));

/* problem+json (RFC 9457), the only place that writes it. `order` (may be NULL) adds currentStatus,
 * version and allowedActions for 409 and 412; faults (may be NULL) the errors list; position (filter
 * faults) only when >= 0. */
struct problem {
    struct err err;
    const struct faults *faults;
    const struct order *order;
    const char *instance; /* request path */
    const char *request_id;
    int64_t position; /* -1: none */
};
void problem_render(struct buf *out, const struct problem *p);

#endif
