#include "shared/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void expect_sha256(const char *text, const char *expected)
{
    uint8_t digest[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    digest_sha256(text, strlen(text), digest);
    digest_hex(digest, sizeof digest, hex);
    assert_string_equal(hex, expected);
}

static void digest_sha256__known_texts__as_fips_180_has_them(void **state)
{
    (void)state;
    expect_sha256("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_sha256("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    uint8_t digest[SHA256_LEN];
    digest_sha256(NULL, 0, digest);
    assert_int_equal(digest[0], 0xe3);
}

static void digest_parts__other_borders__other_digest(void **state)
{
    (void)state;
    uint8_t a[SHA256_LEN], b[SHA256_LEN], c[SHA256_LEN], d[SHA256_LEN];
    digest_parts((const struct digest_part[]){{"ab", 2}, {"c", 1}}, 2, a);
    digest_parts((const struct digest_part[]){{"a", 1}, {"bc", 2}}, 2, b);
    digest_parts((const struct digest_part[]){{"abc", 3}}, 1, c);
    digest_parts((const struct digest_part[]){{"abc", 3}, {NULL, 0}}, 2, d);
    assert_false(digest_equal(a, b, sizeof a));
    assert_false(digest_equal(a, c, sizeof a));
    assert_false(digest_equal(c, d, sizeof c));
    digest_parts((const struct digest_part[]){{"ab", 2}, {"c", 1}}, 2, b);
    assert_true(digest_equal(a, b, sizeof a));
    digest_sha256("\0\0\0\0\0\0\0\3abc", 11, a);
    assert_true(digest_equal(a, c, sizeof a));
}

static void digest_hex__back_and_forth__strict(void **state)
{
    (void)state;
    uint8_t bytes[3] = {0, 0, 0};
    char hex[7];
    assert_true(digest_unhex("00fFa9", bytes, 3));
    digest_hex(bytes, 3, hex);
    assert_string_equal(hex, "00ffa9");
    assert_false(digest_unhex("00ffa", bytes, 3));
    assert_false(digest_unhex("00ffa90", bytes, 3));
    assert_false(digest_unhex("00ffg9", bytes, 3));
    assert_false(digest_unhex("", bytes, 1));
    assert_true(digest_unhex("", bytes, 0));
}

static void expect_base64(const char *text, const char *expected)
{
    char encoded[100];
    uint8_t decoded[100];
    size_t n;
    base64url_encode(text, strlen(text), encoded);
    assert_string_equal(encoded, expected);
    assert_true(base64url_decode(expected, decoded, sizeof decoded, &n));
    assert_int_equal(n, strlen(text));
    assert_memory_equal(decoded, text, n);
}

static void base64url__rfc_4648_texts__without_padding(void **state)
{
    (void)state;
    expect_base64("", "");
    expect_base64("f", "Zg");
    expect_base64("fo", "Zm8");
    expect_base64("foo", "Zm9v");
    expect_base64("foob", "Zm9vYg");
    expect_base64("fooba", "Zm9vYmE");
    expect_base64("foobar", "Zm9vYmFy");
    expect_base64("\xfb\xff\xfe", "-__-");
}

static void base64url__any_bytes__come_back(void **state)
{
    (void)state;
    for (size_t n = 0; n < 100; n++) {
        uint8_t bytes[100], back[100];
        char text[4 * (100 + 2) / 3 + 1];
        size_t m = 0;
        random_bytes(bytes, n);
        base64url_encode(bytes, n, text);
        assert_true(base64url_decode(text, back, n, &m));
        assert_int_equal(m, n);
        assert_memory_equal(back, bytes, n);
        if (n > 0)
            assert_false(base64url_decode(text, back, n - 1, &m));
    }
}

static void base64url_decode__not_the_one_spelling__refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Z",    "Zg==",  "Zh",  "Zm9",   "Zm9vY",
                                        "Zm 8", "Zm8\n", "+/8", "Zm9v=", "\xc3\xa9"};
    uint8_t out[10];
    size_t n;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (base64url_decode(wrong[i], out, sizeof out, &n))
            fail_msg("'%s' is read", wrong[i]);
}

static void random_bytes__asked_twice__different(void **state)
{
    (void)state;
    uint8_t a[1000] = {0}, b[1000] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    random_bytes(a, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_sha256__known_texts__as_fips_180_has_them),
        cmocka_unit_test(digest_parts__other_borders__other_digest),
        cmocka_unit_test(digest_hex__back_and_forth__strict),
        cmocka_unit_test(base64url__rfc_4648_texts__without_padding),
        cmocka_unit_test(base64url__any_bytes__come_back),
        cmocka_unit_test(base64url_decode__not_the_one_spelling__refused),
        cmocka_unit_test(random_bytes__asked_twice__different),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
