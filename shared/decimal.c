#include "shared/decimal.h"

#include <stddef.h>

/* The digits of a number without its point; the value is digits * 10^(exponent - places behind the point). */
struct parts {
    bool negative;
    const char *digits;      /* first character of the whole part */
    int64_t whole, fraction; /* how many digits before and behind the point */
    int64_t exponent;
};

static int64_t count_digits(const char *p)
{
    const char *begin = p;
    while (*p >= '0' && *p <= '9')
        p++;
    return p - begin;
}

/* The exponent is cut off at a size that no text's digits can make up for. */
static bool split_exponent(const char *p, int64_t *ret)
{
    *ret = 0;
    if (*p != 'e' && *p != 'E')
        return *p == '\0';
    p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    int64_t n = count_digits(p);
    for (int64_t i = 0; i < n; i++)
        if (*ret < INT64_C(1000000000000))
            *ret = *ret * 10 + (p[i] - '0');
    if (negative)
        *ret = -*ret;
    return n > 0 && p[n] == '\0';
}

static bool split(const char *p, struct parts *n)
{
    n->negative = *p == '-';
    p += n->negative;
    n->digits = p;
    n->whole = count_digits(p);
    if (n->whole == 0 || (n->whole > 1 && *p == '0'))
        return false;
    p += n->whole;
    n->fraction = 0;
    if (*p == '.') {
        n->fraction = count_digits(p + 1);
        if (n->fraction == 0)
            return false;
        p += 1 + n->fraction;
    }
    return split_exponent(p, &n->exponent);
}

/* Digit i of whole and fraction together. */
static int digit(const struct parts *n, int64_t i)
{
    return n->digits[i < n->whole ? i : i + 1] - '0';
}

enum decimal_fault decimal_read(const char *number, int shift, int64_t *ret, bool *ret_negative)
{
    struct parts n;
    if (!split(number, &n))
        return DECIMAL_NOT_A_NUMBER;
    int64_t first = 0, end = n.whole + n.fraction;
    while (end > 0 && digit(&n, end - 1) == 0)
        end--;
    while (first < end && digit(&n, first) == 0)
        first++;
    if (ret_negative != NULL)
        *ret_negative = n.negative && first < end;
    if (first == end) {
        *ret = 0;
        return DECIMAL_OK;
    }
    int64_t zeros =
        n.whole + n.exponent + shift - end; /* zeros to append; below 0: digits behind the point */
    if (zeros < 0)
        return DECIMAL_NOT_WHOLE;
    if (end - first + zeros > 19)
        return DECIMAL_TOO_LARGE;
    int64_t value = 0;
    for (int64_t i = first; i < end + zeros; i++) {
        int d = i < end ? digit(&n, i) : 0;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, d, &value))
            return DECIMAL_TOO_LARGE;
    }
    if (!n.negative && value == INT64_MIN)
        return DECIMAL_TOO_LARGE;
    *ret = n.negative ? value : -value;
    return DECIMAL_OK;
}
