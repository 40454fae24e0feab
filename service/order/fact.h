/* Facts: what the records of the warehouse's topics say about orders. One table names the topics, the event types, the
 * members of their data and what each does to an order; reading a record follows it. Pure, thread-safe.
 *
 * Envelopes: CloudEvents 1.0 in structured JSON, whatever content type is claimed, and in the binary mode of the Kafka
 * protocol binding (headers ce_id, ce_source, ce_type). Of an event only id, source, type and the members of the table
 * are looked at. */
#ifndef ORDERDECK_SERVICE_ORDER_FACT_H
#define ORDERDECK_SERVICE_ORDER_FACT_H

#include "shared/arena.h"
#include "shared/buf.h"
#include "shared/digest.h"
#include "shared/order_words.h"
#include "shared/ulid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the table ---- */

/* In the order of an order's life, so that facts that waited are tried in it. The numbers are stored: append only. */
enum fact_kind {
    FACT_WAVE_ADDED,
    FACT_WAVE_RELEASED,
    FACT_WAVE_REMOVED,
    FACT_WAVE_CANCELLED,
    FACT_PICKING_STARTED,
    FACT_PICKED,
    FACT_CONSOLIDATED,
    FACT_PACKED,
    FACT_SHIPPED,
    FACT_DELIVERED,
    FACT_KINDS
};

enum fact_topic {
    TOPIC_WAVES,
    TOPIC_PICKING,
    TOPIC_CONSOLIDATION,
    TOPIC_PACKING,
    TOPIC_SHIPPING,
    TOPIC_COUNT
};

enum fact_effect {
    EFFECT_COMMAND,   /* carries out `command` */
    EFFECT_JOIN_WAVE, /* the same, after the rules of waves */
    EFFECT_LEAVE_WAVE,
    EFFECT_PICKED, /* adds to pickedItems, whenever it comes */
};

enum fact_member_kind {
    FACT_MEMBER_ORDER,  /* the id of an order */
    FACT_MEMBER_ORDERS, /* an array of them */
    FACT_MEMBER_NAME,   /* 1 to 64 code points without control characters */
    FACT_MEMBER_TEXT,   /* cut after 500 code points */
    FACT_MEMBER_COUNT,  /* a whole number from 0 */
    FACT_MEMBER_TIME,   /* RFC 3339; when it is missing the envelope's time counts, then the record's */
};

struct fact_member {
    const char *name;
    enum fact_member_kind kind;
    bool required;
    size_t offset; /* of its value in struct fact */
    const char *sentence;
};

struct fact_row {
    const char *type;  /* of the CloudEvent */
    const char *label; /* for people */
    enum fact_topic topic;
    enum fact_effect effect;
    enum order_command command; /* not looked at for EFFECT_PICKED */
    bool shipping; /* goods have left: stops a cancellation, and is no mere note on a cancelled order */
    const struct fact_member *members;
    size_t n_members;
};
const struct fact_row *fact_row(enum fact_kind k);

/* ---- facts ---- */

/* One fact about one order. Texts live in the arena of whoever read it. */
struct fact {
    enum fact_kind kind;
    struct ulid order_id;
    int64_t time;        /* ms: when it happened, as far as is known */
    const char *wave_id; /* NULL when none, as all texts */
    const char *tracking_number;
    const char *carrier;
    const char *reason;
    int64_t items;
    const char *source; /* of the event: who said it; cut after 100 code points */
    const char *traceparent;
};

/* Why a record is set aside. The words are public and stored. */
#define DEAD_CODES(X)                                                         \
    X(UNREADABLE, "the record is no CloudEvent in JSON")                      \
    X(INVALID_EVENT, "a member of the event is missing or has a wrong form")  \
    X(UNKNOWN_ORDER, "no order has this id, and none has come up in time")    \
    X(OTHER_WAVE, "the order is in another wave")                             \
    X(ORDER_CANCELLED, "goods of a cancelled order were reported as shipped") \
    X(TOO_EARLY, "the order did not get as far as the event in time")         \
    X(SKIPPED, "an outgoing record that was set aside by hand")

enum dead_code {
#define X(name, sentence) DEAD_##name,
    DEAD_CODES(X)
#undef X
        DEAD_CODE_COUNT
};
const char *dead_code_name(enum dead_code c);
const char *dead_code_sentence(enum dead_code c);
bool dead_code_find(const char *name, enum dead_code *ret) __attribute__((warn_unused_result));

/* ---- records ---- */

struct record_header {
    const char *name;  /* UTF-8, NUL-terminated */
    const char *value; /* bytes */
    size_t len;
};

/* A record as it came from Kafka. */
struct record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t time;            /* ms, of the record; 0: none */
    const char *key, *value; /* bytes, NULL when none */
    size_t key_len, value_len;
    const struct record_header *headers;
    size_t n_headers;
};

/* What says whether a record is the same: topic, partition, offset and value (a topic made anew counts from 0 again). */
#define RECORD_HASH_LEN 16
void record_hash(const struct record *r, uint8_t out[RECORD_HASH_LEN]);
/* Headers as one JSON object of texts, the first of a name counting, and back. Bytes that are no UTF-8 become U+FFFD. */
void record_headers_render(struct buf *out, const struct record *r);
bool record_headers_parse(const char *json, struct arena *a, struct record *r)
    __attribute__((warn_unused_result));
/* Appends bytes as UTF-8 text with quotes, faulty ones as U+FFFD. */
void record_text_render(struct buf *out, const char *bytes, size_t n);

/* What a record says. */
struct fact_set {
    bool foreign;       /* an event type that is none of ours: nothing to do */
    struct fact *facts; /* one per order */
    size_t n;
    const char *source, *id; /* with the order they name a fact for the inbox */
    /* Not NULL: the record, or with n > 0 some of its order ids, cannot be used; a sentence for people. */
    const char *fault;
    enum dead_code code; /* for the fault */
};

/* false: out of memory. */
bool facts_read(const struct record *r, int64_t now, struct arena *a, struct fact_set *ret)
    __attribute__((warn_unused_result));

/* Names a fact: (source, id), beside the order's own id. */
#define INBOX_KEY_LEN 16
/* For so long after it was taken in, a fact that comes again is known; Kafka itself keeps records for 7 days unless it is
 * told otherwise. */
#define INBOX_TTL_MS (INT64_C(30) * 24 * 3600 * 1000)
void fact_inbox_key(const struct fact_set *s, uint8_t out[INBOX_KEY_LEN]);

#endif
