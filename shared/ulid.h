/* 128-bit time-ordered ids: UUID version 7 (RFC 9562, section 5.7) that are spelled as a ULID (Crockford base32).
 *
 * rand_a (12 bits) is a counter within the millisecond, so the top 64 bits of the ids of one process strictly
 * increase, and `ulid_rank` of two of them never is the same. The clock stepping back does not break that: the
 * generator stays at its last millisecond. Thread-safe. */
#ifndef ORDERDECK_SHARED_ULID_H
#define ORDERDECK_SHARED_ULID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ulid {
    uint64_t hi; /* 48 bits ms, 4 bits version 7, 12 bits counter */
    uint64_t lo; /* 2 bits variant, 62 random bits */
};

#define ULID_LEN 26     /* Crockford base32 */
#define UUID_LEN 36     /* 8-4-4-4-12 */
#define ORDER_ID_LEN 30 /* "ORD-" + 26 */

struct ulid ulid_new(void);
/* The generator will make nothing at or below this rank (start-up: the highest stored id). */
void ulid_seed(int64_t rank);
/* Tests only: ids become a plain sequence (fixed random bits) when `on`. */
void ulid_deterministic(bool on);

static inline int64_t ulid_ms(struct ulid u)
{
    return (int64_t)(u.hi >> 16);
}
/* (ms << 12 | counter): positive, strictly increasing per process, the sort key of orders. An id from elsewhere keeps its
 * other version (how it differs from 7) above that, so that no two ids are taken for one. */
static inline int64_t ulid_rank(struct ulid u)
{
    return (int64_t)(((u.hi >> 16) << 12) | (u.hi & 0xfff) | ((u.hi >> 12 & 0xf) ^ 7) << 60);
}
/* The id with this rank and these low bits: the inverse of ulid_rank. */
static inline struct ulid ulid_from_rank(int64_t rank, uint64_t lo)
{
    uint64_t r = (uint64_t)rank;
    return (struct ulid){.hi = (r >> 12) << 16 | ((r >> 60) ^ 7) << 12 | (r & 0xfff), .lo = lo};
}
static inline bool ulid_equal(struct ulid a, struct ulid b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

void ulid_format(struct ulid u, char out[ULID_LEN + 1]);
void ulid_format_order(struct ulid u, char out[ORDER_ID_LEN + 1]);
void ulid_format_uuid(struct ulid u, char out[UUID_LEN + 1]); /* lower case */
/* "ORD-..." (case-insensitive; I, L read as 1, O as 0, as Crockford says) or UUID spelling (RFC 9562), any version
 * of UUID: it just names no order. false: neither. */
bool ulid_parse_order(const char *text, struct ulid *ret) __attribute__((warn_unused_result));

#endif
