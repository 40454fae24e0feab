/* Exact value of a decimal text: what money, quantities and other JSON numbers are judged by. Pure. */
#ifndef ORDERDECK_SHARED_DECIMAL_H
#define ORDERDECK_SHARED_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

enum decimal_fault {
    DECIMAL_OK,
    DECIMAL_NOT_A_NUMBER, /* breaks the grammar of a JSON number (RFC 8259, section 6) */
    DECIMAL_NOT_WHOLE,    /* something is left behind the point */
    DECIMAL_TOO_LARGE     /* whole, but outside int64 */
};

/* The number times 10^shift: ("29.990", 2) is 2999. *ret is written on DECIMAL_OK alone. `ret_negative` (may be NULL)
 * is written unless the text is no number: is the value below zero? */
enum decimal_fault decimal_read(const char *number, int shift, int64_t *ret, bool *ret_negative)
    __attribute__((warn_unused_result));

#endif
