/* Exact money: an int64 count of a currency's minor unit (ISO 4217 exponent). No floating point anywhere. */
#ifndef ORDERDECK_SHARED_MONEY_H
#define ORDERDECK_SHARED_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MONEY_MAX INT64_C(999999999999999) /* 15 digits of minor units: no amount or total has more */
#define MONEY_TEXT 24                      /* room for "-999999999999.999" and NUL */

struct currency {
    char code[4];
    int exponent; /* decimals of the minor unit: USD 2, JPY 0, BHD 3 */
};

struct money {
    int64_t minor;
    const struct currency *currency; /* a row of the table, never freed; NULL only in a zero value */
};

enum money_fault { MONEY_OK, MONEY_NOT_A_NUMBER, MONEY_NEGATIVE, MONEY_DECIMALS, MONEY_DIGITS };

/* Row of an ISO 4217 code, exact upper case; NULL when unknown. */
const struct currency *currency_find(const char *code);

/* Exact value of a JSON number's text (RFC 8259: "29.99", "2.999e1", "0.5E+1"; judged by value, so "29.990" is
 * 29.99) scaled by 10^exponent. MONEY_DECIMALS: does not fit the exponent; MONEY_DIGITS: more than 15 digits
 * of minor units. */
enum money_fault money_scale(const char *number, int exponent, int64_t *ret_minor)
    __attribute__((warn_unused_result));

/* Text with the full exponent: 2999 USD -> "29.99", 100 JPY -> "100". Returns its length. */
size_t money_format(struct money m, char out[MONEY_TEXT]);
/* Any scaled integer: (129970, 3) -> "129.970". */
size_t decimal_format(int64_t value, int exponent, char out[MONEY_TEXT]);

/* false on more than MONEY_MAX in magnitude (nothing is written). Both are exact. */
bool money_multiply(int64_t minor, int64_t quantity, int64_t *ret) __attribute__((warn_unused_result));
bool money_add(int64_t a, int64_t b, int64_t *ret) __attribute__((warn_unused_result));

#endif
