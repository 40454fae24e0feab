#include "shared/digest.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A library that cannot hash or a kernel without randomness leaves nothing that could be done safely. */
static void must(bool worked)
{
    if (!worked)
        abort();
}

void digest_parts(const struct digest_part *parts, size_t n, uint8_t out[SHA256_LEN])
{
    gnutls_hash_hd_t hash;
    must(gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) == 0);
    for (size_t i = 0; i < n; i++) {
        uint8_t length[8];
        for (size_t k = 0; k < sizeof length; k++)
            length[k] = (uint8_t)((uint64_t)parts[i].n >> (56 - 8 * k));
        must(gnutls_hash(hash, length, sizeof length) == 0);
        must(parts[i].n == 0 || gnutls_hash(hash, parts[i].bytes, parts[i].n) == 0);
    }
    gnutls_hash_deinit(hash, out);
}

void digest_sha256(const void *bytes, size_t n, uint8_t out[SHA256_LEN])
{
    must(gnutls_hash_fast(GNUTLS_DIG_SHA256, n == 0 ? "" : bytes, n, out) == 0);
}

void digest_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[16] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool digest_unhex(const char *hex, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(hex[2 * i]);
        int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return hex[2 * n] == '\0';
}

bool digest_equal(const void *a, const void *b, size_t n)
{
    return gnutls_memcmp(a, b, n) == 0;
}

void random_bytes(void *out, size_t n)
{
    for (uint8_t *at = out; n > 0;) {
        ssize_t got = getrandom(at, n, 0);
        must(got > 0 || errno == EINTR);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        }
    }
}

static const char base64url[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(const void *bytes, size_t n, char *out)
{
    const uint8_t *in = bytes;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < n; i++) {
        bits = (bits & 0xff) << 8 | in[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = base64url[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *out++ = base64url[bits << (6 - held) & 63];
    *out = '\0';
}

/* Bits that encode nothing must be zero, so that one value has one spelling. */
bool base64url_decode(const char *text, uint8_t *out, size_t cap, size_t *ret_n)
{
    uint32_t bits = 0;
    int held = 0;
    size_t n = 0;
    for (; *text != '\0'; text++) {
        const char *at = memchr(base64url, *text, sizeof base64url);
        if (at == NULL)
            return false;
        bits = (bits & 0xff) << 6 | (uint32_t)(at - base64url);
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (n == cap)
                return false;
            out[n++] = (uint8_t)(bits >> held);
        }
    }
    *ret_n = n;
    return held < 6 && (bits & ((1u << held) - 1)) == 0;
}
