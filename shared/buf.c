#include "shared/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256 /* bytes of the first allocation */

void buf_init(struct buf *b, size_t max)
{
    *b = BUF_INIT(max);
}

void buf_release(struct buf *b)
{
    free(b->data);
    *b = BUF_INIT(b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

static bool fail(struct buf *b)
{
    b->failed = true;
    return false;
}

bool buf_grow(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (b->len > b->max || more > b->max - b->len || b->max > SIZE_MAX / 2)
        return fail(b);
    size_t cap = b->cap == 0 ? BUF_FIRST : b->cap * 2;
    if (cap < b->len + more + 1)
        cap = b->len + more + 1;
    if (cap > b->max + 1)
        cap = b->max + 1;
    if (cap > b->cap) {
        char *data = realloc(b->data, cap);
        if (data == NULL)
            return fail(b);
        data[b->len] = '\0';
        b->data = data;
        b->cap = cap;
    }
    return true;
}

void buf_addu(struct buf *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_addi(struct buf *b, int64_t value)
{
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        magnitude = 0 - magnitude;
        size_t before = b->len;
        buf_addc(b, '-');
        buf_addu(b, magnitude);
        if (b->failed && b->len > before) { /* all or nothing */
            b->len = before;
            b->data[before] = '\0';
        }
        return;
    }
    buf_addu(b, magnitude);
}

void buf_addf(struct buf *b, const char *format, ...)
{
    if (!buf_reserve(b, 0))
        return;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->cap - b->len;
    int n = vsnprintf(b->data + b->len, room, format, args);
    if (n >= 0 && (size_t)n >= room && buf_reserve(b, (size_t)n))
        n = vsnprintf(b->data + b->len, b->cap - b->len, format, again);
    if (n < 0)
        b->failed = true;
    if (b->failed)
        b->data[b->len] = '\0';
    else
        b->len += (size_t)n;
    va_end(again);
    va_end(args);
}

char *buf_take(struct buf *b, size_t *ret_len)
{
    if (!b->failed && b->data == NULL && !buf_reserve(b, 0))
        b->failed = true;
    char *data = b->failed ? NULL : b->data;
    if (ret_len != NULL)
        *ret_len = data == NULL ? 0 : b->len;
    if (data != NULL)
        b->data = NULL;
    buf_release(b);
    return data;
}
