#include "shared/json.h"
#include "shared/json_scan.h"

static bool continues(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* The second byte's range shuts out overlong forms, surrogates and what lies above U+10FFFF (RFC 3629, section 4). */
size_t utf8_sequence(const char *text, size_t n)
{
    unsigned char p[4] = {0};
    for (size_t i = 0; i < 4 && i < n; i++)
        p[i] = (unsigned char)text[i];
    if (p[0] < 0x80)
        return n > 0;
    if (p[0] < 0xc2 || p[0] > 0xf4 || !continues(p[1]))
        return 0;
    if (p[0] < 0xe0)
        return 2;
    if (!continues(p[2]))
        return 0;
    if (p[0] < 0xf0)
        return (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ? 0 : 3;
    if (!continues(p[3]) || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return 4;
}

/* How many of the bytes at p are plain ASCII for sure, eight at a time; NUL is not. */
static size_t ascii_run(const char *p, size_t n)
{
    size_t i = 0;
    for (uint64_t x; n - i >= sizeof x; i += sizeof x) {
        memcpy(&x, p + i, sizeof x);
        if (((x | (x - EACH_BYTE(1))) & EACH_BYTE(0x80)) != 0) /* a high bit, or a NUL that borrows one */
            break;
    }
    return i;
}

bool utf8_valid(const char *bytes, size_t n)
{
    for (size_t i = ascii_run(bytes, n); i < n;) {
        size_t step = bytes[i] == '\0' ? 0 : utf8_sequence(bytes + i, n - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

size_t utf8_length(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += !continues((unsigned char)*text);
    return n;
}

uint32_t utf8_next(const char **p)
{
    const char *at = *p;
    unsigned char first = (unsigned char)*at;
    if (first == '\0')
        return 0;
    at++;
    uint32_t code = first;
    if (first >= 0xc0)
        code = first & (first >= 0xf0 ? 0x07u : first >= 0xe0 ? 0x0fu : 0x1fu);
    for (; first >= 0xc0 && continues((unsigned char)*at); at++)
        code = code << 6 | ((unsigned char)*at & 0x3fu);
    *p = at;
    return code;
}
