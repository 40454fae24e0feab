/* What reading and writing JSON share: runs of plain characters, eight at a time. Internal to json. */
#ifndef ORDERDECK_SHARED_JSON_SCAN_H
#define ORDERDECK_SHARED_JSON_SCAN_H

#include "shared/scan.h"

#include <endian.h>

/* Neither quote, backslash nor control character; with `ascii` below 0x80 too. */
static inline bool json_byte_plain(char c, bool ascii)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\' && !(ascii && (unsigned char)c >= 0x80);
}

/* Copies eight bytes; how many of them, from the first on, are plain? The lowest hit is exact (borrows move upward only). */
static inline size_t json_copy_word(char *to, const char *from, bool ascii)
{
    uint64_t x;
    memcpy(&x, from, sizeof x);
    memcpy(to, &x, sizeof x);
    x = le64toh(x);
    uint64_t quote = x ^ EACH_BYTE('"'), slash = x ^ EACH_BYTE('\\');
    uint64_t hit = ((x - EACH_BYTE(0x20)) & ~x) | ((quote - EACH_BYTE(1)) & ~quote) |
                   ((slash - EACH_BYTE(1)) & ~slash) | (ascii ? x : 0);
    hit &= EACH_BYTE(0x80);
    return hit == 0 ? sizeof x : (size_t)__builtin_ctzll(hit) / 8;
}

/* Copies the run of plain bytes that `from` begins with, at most n, and returns its length. `to` has room for n bytes, and
 * all of them may be written. */
__attribute__((always_inline)) static inline size_t json_copy_plain(char *to, const char *from, size_t n,
                                                                    bool ascii)
{
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        size_t run = json_copy_word(to + i, from + i, ascii);
        if (run < 8)
            return i + run;
    }
    if (i < n && n > 8) /* what is left ends a word that begins among bytes which are known */
        return n - 8 + json_copy_word(to + n - 8, from + n - 8, ascii);
    for (; i < n && json_byte_plain(from[i], ascii); i++)
        to[i] = from[i];
    return i;
}

/* Length of the UTF-8 sequence that text begins with (RFC 3629), at most n bytes; 0 when it is none. NUL is a sequence here. */
size_t utf8_sequence(const char *text, size_t n);

#endif
