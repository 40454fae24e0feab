/* Header fields of a request: which ones this service reads, and their grammar. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_HTTP_HEADER_H
#define ORDERDECK_SERVICE_HTTP_HEADER_H

#include "service/order/decide.h"
#include "shared/arena.h"
#include "shared/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_ID_MAX 128
#define ACTOR_MAX 100 /* code points */

enum header_name {
    HEADER_HOST,
    HEADER_CONTENT_LENGTH,
    HEADER_TRANSFER_ENCODING,
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_ENCODING,
    HEADER_AUTHORIZATION,
    HEADER_ORIGIN,
    HEADER_IF_MATCH,
    HEADER_IF_NONE_MATCH,
    HEADER_IDEMPOTENCY_KEY,
    HEADER_REQUEST_ID,
    HEADER_TRACEPARENT,
    HEADER_ACTOR,
    HEADER_LAST_EVENT_ID,
    HEADER_EXPECT,
    HEADER_COUNT
};

struct head {
    const char *value[HEADER_COUNT];  /* the first of its name, NULL when absent; NUL-terminated */
    unsigned char seen[HEADER_COUNT]; /* how often, up to 255 */
    size_t bytes;                     /* of all fields */
};

const char *header_name(enum header_name f);
/* By name, case does not matter; false: none that is read here. */
bool header_find(const char *name, size_t n, enum header_name *ret) __attribute__((warn_unused_result));
/* May it stand in a request only once? */
bool header_single(enum header_name f);

/* A token of RFC 9110 (field names). */
bool header_token(const char *text, size_t n);
/* 1 to `most` visible ASCII characters. */
bool header_visible(const char *text, size_t most);

/* Idempotency-Key: 1-255 visible characters; the quoted form "abc" is the same key as abc. Copies the key into the
 * arena. false: malformed. */
bool header_idempotency_key(const char *text, struct arena *a, const char **ret, struct err *ret_err)
    __attribute__((warn_unused_result));

/* If-Match on a command: the versions it allows. `"7"`, `"7-late"`, lists of those, `*`. Weak tags never match. */
struct if_match {
    int64_t versions[8]; /* or IF_MATCH_NONE, IF_MATCH_WEAK (service/order/decide.h) */
    size_t n;            /* 0: any */
};
bool header_if_match(const char *text, struct if_match *ret, struct err *ret_err)
    __attribute__((warn_unused_result));

/* If-None-Match against the current tag (with its quotes): weak comparison. Malformed counts as no match. */
bool header_none_match(const char *text, const char *etag);

/* W3C trace context, version 00 or later: 55 characters of the known form. */
bool header_traceparent(const char *text);

/* X-Actor: 1-100 code points of UTF-8 without control characters. */
bool header_actor(const char *text);

/* application/json, with charset=utf-8 or none. */
bool header_json(const char *text);

/* An authority (Host): name or address and an optional port. Splits a copy of the name, without brackets, in lower
 * case. false: malformed. */
struct authority {
    char name[256];
    char port[6];  /* "" when absent */
    bool address;  /* an IPv4 address, or an IPv6 address in brackets */
    bool loopback; /* localhost, 127/8 or ::1 */
};
bool header_authority(const char *text, size_t n, struct authority *ret) __attribute__((warn_unused_result));

#endif
