#include "shared/fold.h"

#include "shared/json.h"

#include <stddef.h>

static const struct {
    uint32_t from, to, step;
    int32_t shift;
} ranges[] = {
#define FOLD(from, to, step, shift) {from, to, step, shift},
#include "shared/fold.def"
#undef FOLD
};

uint32_t fold_point(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
    size_t low = 0,
           high = sizeof ranges / sizeof ranges[0]; /* the first range that ends at code or after it */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges[middle].to < code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == sizeof ranges / sizeof ranges[0] || code < ranges[low].from ||
        (code - ranges[low].from) % ranges[low].step != 0)
        return code;
    return (uint32_t)((int32_t)code + ranges[low].shift);
}

/* Folded; 0 at the end, where *p stays. */
static uint32_t next_fold(const char **p)
{
    unsigned char c = (unsigned char)**p;
    if (c >= 0x80)
        return fold_point(utf8_next(p));
    *p += c != '\0';
    return c >= 'A' && c <= 'Z' ? (uint32_t)c + ('a' - 'A') : c;
}

bool fold_same(const char *text, const char *what, bool begins)
{
    for (;;) {
        uint32_t wanted = next_fold(&what);
        if (wanted == 0)
            return begins || *text == '\0';
        if (next_fold(&text) != wanted)
            return false;
    }
}
