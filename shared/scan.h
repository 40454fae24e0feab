/* Bytes, eight at a time. Pure. */
#ifndef ORDERDECK_SHARED_SCAN_H
#define ORDERDECK_SHARED_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* The high bit of some byte is set if one of the eight is below `least` (at most 0x80) or above 0x7e. */
static inline uint64_t scan_unprintable(const char *text, unsigned char least)
{
    uint64_t x;
    memcpy(&x, text, sizeof x);
    return (((x - EACH_BYTE(least)) & ~x) | (x + EACH_BYTE(1)) | x) & EACH_BYTE(0x80);
}

/* Is each of n bytes ASCII from `least` to the tilde? */
static inline bool scan_printable(const char *text, size_t n, unsigned char least)
{
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        if (scan_unprintable(text + i, least) != 0)
            return false;
    }
    if (n >= 8) /* what is left ends a word that begins among bytes which are known */
        return scan_unprintable(text + n - 8, least) == 0;
    for (; i < n; i++) {
        if ((unsigned char)text[i] < least || (unsigned char)text[i] > 0x7e)
            return false;
    }
    return true;
}

#endif
