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

struct buf {
    char *data; /* NULL until the first append; owned */
    size_t len; /* bytes used, without the NUL */
    size_t cap; /* bytes allocated */
    size_t max; /* most bytes `len` may reach */
    bool failed;
};

#define BUF_INIT(limit) ((struct buf){.max = (limit)})

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);              /* frees the contents; the buffer may be used again */
void buf_clear(struct buf *b);                /* len = 0, failed = false; keeps the memory */
bool buf_reserve(struct buf *b, size_t more); /* room for `more` bytes past len */
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *text);
void buf_addc(struct buf *b, char c);
void buf_addu(struct buf *b, uint64_t value); /* decimal */
void buf_addi(struct buf *b, int64_t value);  /* decimal */
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Moves the text out: the caller frees it with free(). NULL if failed. The buffer is empty afterwards. */
char *buf_take(struct buf *b, size_t *ret_len) __attribute__((warn_unused_result));

#endif
