/* Events: what happened to an order, as stored and as CloudEvents 1.0. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_ORDER_EVENT_H
#define ORDERDECK_SERVICE_ORDER_EVENT_H

#include "service/order/order.h"
#include "shared/arena.h"
#include "shared/buf.h"
#include "shared/event_words.h"

#include <stdint.h>

#define EVENT_SOURCE "/wms/order-service"

const char *event_type_name(enum event_type t); /* "wms.order.received" */
const char *event_type_sentence(enum event_type t);
bool event_type_find(const char *name, enum event_type *ret) __attribute__((warn_unused_result));

struct event {
    int64_t position; /* place in the log, from 1; 0 until stored */
    struct ulid id;   /* UUIDv7, the CloudEvents id */
    enum event_type type;
    struct ulid order_id;
    int64_t version;         /* orderversion: 1, 2, 3 ... in its order, no gaps */
    int64_t time;            /* ms */
    const char *actor;       /* who acted (X-Actor, console user), NULL when unknown */
    const char *caller;      /* name of the API key, NULL without keys */
    const char *traceparent; /* W3C trace context, NULL when none */
    const char *data;        /* final JSON object: the CloudEvents `data` */
    size_t data_len;
};

/* ---- the members of `data`: one table for writing them and for describing them ---- */

enum member_kind {
    MEMBER_STRING,
    MEMBER_STATUS, /* a status word */
    MEMBER_STATUS_OR_NULL,
    MEMBER_INTEGER,
    MEMBER_TIME,   /* RFC 3339 */
    MEMBER_FAULTS, /* array of {pointer, detail} */
};

/* What the members are taken from. Texts without a value are NULL, numbers and times that a kind lacks are
 * unused. */
struct event_facts {
    const char *order_id; /* ORD-... */
    const char *customer_id;
    const char *previous_status; /* wire word; NULL on received */
    const char *status;
    int64_t version;
    const char *wave_id;
    const char *reason;
    const char *tracking_number;
    const char *carrier;
    const char *hold_type;
    const char *errors; /* JSON array */
    int64_t total_items;
    int64_t picked_items;
    int64_t time; /* when it happened: validatedAt, shippedAt, ... */
};

struct event_member {
    const char *name;
    enum member_kind kind;
    bool required; /* false: absent when it has no value */
    size_t offset; /* of its value in struct event_facts */
    const char *sentence;
};

/* The five that every event has, in their order. */
const struct event_member *event_common_members(size_t *ret_n);
/* Those of its kind; none for RECEIVED, whose data is the full order (order_render_received). */
const struct event_member *event_members(enum event_type t, size_t *ret_n);
/* Appends the `data` object of every type but RECEIVED. */
void event_render_data(struct buf *out, enum event_type t, const struct event_facts *f);

/* ---- rendering ---- */

/* The CloudEvent (structured JSON) of a stored event. */
void event_render(struct buf *out, const struct event *e);
/* {"kind":"event","position":..,"sentAt":..|null,"event":{..}}; sent_at 0 means null. */
void event_render_entry(struct buf *out, const struct event *e, int64_t sent_at);

#endif
