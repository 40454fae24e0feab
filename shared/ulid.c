#include "shared/ulid.h"

#include "shared/clock.h"
#include "shared/digest.h"

#include <stdatomic.h>
#include <string.h>

#define VARIANT (UINT64_C(2) << 62) /* RFC 9562, section 4.1 */
#define FIXED_BITS (VARIANT | UINT64_C(0x0dec0de0dec0de))

static _Atomic int64_t last_rank;
static _Atomic bool deterministic;

/* 64 random bits from a pool of the thread's own, so that the kernel is asked once in 64 ids. */
static uint64_t random_bits(void)
{
    static _Thread_local uint64_t pool[64];
    static _Thread_local size_t left;

    if (left == 0) {
        random_bytes(pool, sizeof pool);
        left = sizeof pool / sizeof *pool;
    }
    left--;
    uint64_t bits = pool[left];
    pool[left] = 0;
    return bits;
}

struct ulid ulid_new(void)
{
    int64_t now = clock_wall_ms() << 12;
    int64_t last = atomic_load_explicit(&last_rank, memory_order_relaxed);
    int64_t rank;
    do {
        rank = now > last ? now : last + 1;
    } while (!atomic_compare_exchange_weak_explicit(&last_rank, &last, rank, memory_order_relaxed,
                                                    memory_order_relaxed));
    bool fixed = atomic_load_explicit(&deterministic, memory_order_relaxed);
    return ulid_from_rank(rank, fixed ? FIXED_BITS : (random_bits() >> 2) | VARIANT);
}

void ulid_seed(int64_t rank)
{
    int64_t last = atomic_load_explicit(&last_rank, memory_order_relaxed);
    while (rank > last && !atomic_compare_exchange_weak_explicit(&last_rank, &last, rank,
                                                                 memory_order_relaxed, memory_order_relaxed))
        continue;
}

void ulid_deterministic(bool on)
{
    if (on)
        atomic_store_explicit(&last_rank, 0, memory_order_relaxed);
    atomic_store_explicit(&deterministic, on, memory_order_relaxed);
}

/* ---- Crockford base32: 26 characters of 5 bits, the first one of 3 */

static const char alphabet[32] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The lowest n characters of `bits`. */
static void put_crockford(char *out, int n, uint64_t bits)
{
    for (; n > 0; bits >>= 5)
        out[--n] = alphabet[bits & 31];
}

void ulid_format(struct ulid u, char out[ULID_LEN + 1])
{
    put_crockford(out + 14, 12, u.lo);
    put_crockford(out + 13, 1, u.lo >> 60 | u.hi << 4);
    put_crockford(out, 13, u.hi >> 1);
    out[ULID_LEN] = '\0';
}

void ulid_format_order(struct ulid u, char out[ORDER_ID_LEN + 1])
{
    memcpy(out, "ORD-", sizeof "ORD-");
    ulid_format(u, out + 4);
}

void ulid_format_uuid(struct ulid u, char out[UUID_LEN + 1])
{
    static const char digits[16] = "0123456789abcdef";

    int shift = 64;
    uint64_t half = u.hi;
    for (int i = 0; i < UUID_LEN; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            out[i] = '-';
            continue;
        }
        if (shift == 0) {
            half = u.lo;
            shift = 64;
        }
        shift -= 4;
        out[i] = digits[half >> shift & 15];
    }
    out[UUID_LEN] = '\0';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What a character counts, and one more, so that 0 is what no other counts. */
/* clang-format off */
#define EITHER(letter, count) [letter] = (count) + 1, [(letter) - 'A' + 'a'] = (count) + 1
static const uint8_t counts[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
    EITHER('A', 10), EITHER('B', 11), EITHER('C', 12), EITHER('D', 13), EITHER('E', 14), EITHER('F', 15),
    EITHER('G', 16), EITHER('H', 17), EITHER('J', 18), EITHER('K', 19), EITHER('M', 20), EITHER('N', 21),
    EITHER('P', 22), EITHER('Q', 23), EITHER('R', 24), EITHER('S', 25), EITHER('T', 26), EITHER('V', 27),
    EITHER('W', 28), EITHER('X', 29), EITHER('Y', 30), EITHER('Z', 31),
    EITHER('I', 1), EITHER('L', 1), EITHER('O', 0), /* taken for what they look like */
};
#undef EITHER
/* clang-format on */

/* The next n characters at *text, at most 12, which moves past them. false: one of them counts nothing. */
static bool take_crockford(const char **text, int n, uint64_t *ret)
{
    uint64_t bits = 0;
    for (; n > 0; n--) {
        uint8_t count = counts[(unsigned char)*(*text)++];
        if (count == 0)
            return false;
        bits = bits << 5 | (count - 1u);
    }
    *ret = bits;
    return true;
}

static bool parse_crockford(const char *text, struct ulid *ret)
{
    uint64_t first, high, middle, low;
    if (!take_crockford(&text, 1, &first) || first > 7 || !take_crockford(&text, 12, &high) ||
        !take_crockford(&text, 1, &middle) || !take_crockford(&text, 12, &low))
        return false;
    *ret = (struct ulid){.hi = first << 61 | high << 1 | middle >> 4, .lo = middle << 60 | low};
    return *text == '\0';
}

static int hex_value(char c)
{
    c = upper(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_uuid(const char *text, struct ulid *ret)
{
    struct ulid u = {0, 0};
    for (int i = 0; i < UUID_LEN; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
            continue;
        }
        int value = hex_value(text[i]);
        if (value < 0)
            return false;
        u.hi = u.hi << 4 | u.lo >> 60;
        u.lo = u.lo << 4 | (uint64_t)value;
    }
    *ret = u;
    return text[UUID_LEN] == '\0';
}

bool ulid_parse_order(const char *text, struct ulid *ret)
{
    struct ulid u;
    bool order = upper(text[0]) == 'O' && upper(text[1]) == 'R' && upper(text[2]) == 'D' && text[3] == '-';
    if (order ? !parse_crockford(text + 4, &u) : !parse_uuid(text, &u))
        return false;
    *ret = u;
    return true;
}
