/* SHA-256 (FIPS 180-4) and what is built on it, from gnutls. Thread-safe. */
#ifndef ORDERDECK_SHARED_DIGEST_H
#define ORDERDECK_SHARED_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

struct digest_part {
    const void *bytes;
    size_t n;
};
/* Over the parts, each preceded by its length (so "ab","c" differs from "a","bc"). */
void digest_parts(const struct digest_part *parts, size_t n, uint8_t out[SHA256_LEN]);
void digest_sha256(const void *bytes, size_t n, uint8_t out[SHA256_LEN]);
void digest_hex(const uint8_t *bytes, size_t n, char *out /* 2n + 1 */);
bool digest_unhex(const char *hex, uint8_t *out, size_t n) __attribute__((warn_unused_result));
/* Compares without a timing leak. */
bool digest_equal(const void *a, const void *b, size_t n);
/* n bytes from the kernel's generator; ends the process if there are none. */
void random_bytes(void *out, size_t n);
/* base64url without padding (RFC 4648, section 5). encode: out needs 4 * (n + 2) / 3 + 1 bytes. decode: *ret_n at
 * most 3 * strlen / 4 bytes; false: not base64url. */
void base64url_encode(const void *bytes, size_t n, char *out);
bool base64url_decode(const char *text, uint8_t *out, size_t cap, size_t *ret_n)
    __attribute__((warn_unused_result));

#endif
