/* A growable byte buffer with a limit set at birth, so that nothing grows without bound.
 *
 * Always NUL-terminated one byte past `len` (once anything was added), so `data` serves as a C string.
 * A failed append (limit or memory) sets `failed`, changes nothing else and makes all later appends no-ops:
 * build a whole text, then look once. Not thread-safe; one owner. */
#ifndef ORDERDECK_SHARED_BUF_H
#define ORDERDECK_SHARED_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data; /* NULL until the first append; owned */
    size_t len; /* bytes used, without the NUL */
    size_t cap; /* bytes allocated */
    size_t max; /* most bytes `len` may reach */
    bool failed;
};

#define BUF_INIT(limit) ((struct buf){.max = (limit)})

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);           /* frees the contents; the buffer may be used again */
void buf_clear(struct buf *b);             /* len = 0, failed = false; keeps the memory */
bool buf_grow(struct buf *b, size_t more); /* what buf_reserve does when there is no room */
/* Room for `more` bytes past len. */
static inline bool buf_reserve(struct buf *b, size_t more)
{
    /* one byte stays for the NUL; cap never passes max + 1 */
    return more < b->cap - b->len && !b->failed ? true : buf_grow(b, more);
}
static inline void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!buf_reserve(b, n))
        return;
    if (n != 0)
        memcpy(b->data + b->len, bytes, n);
    b->len += n;
    b->data[b->len] = '\0';
}
static inline void buf_adds(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}
static inline void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}
void buf_addu(struct buf *b, uint64_t value); /* decimal */
void buf_addi(struct buf *b, int64_t value);  /* decimal */
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Moves the text out: the caller frees it with free(). NULL if failed. The buffer is empty afterwards. */
char *buf_take(struct buf *b, size_t *ret_len) __attribute__((warn_unused_result));

#endif
