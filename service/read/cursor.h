/* The opaque page cursor: base64url of a fingerprint of (filter, sort) and the key of the last row. */
#ifndef ORDERDECK_SERVICE_READ_CURSOR_H
#define ORDERDECK_SERVICE_READ_CURSOR_H

#include "service/store/store.h"

#define CURSOR_TEXT_MAX 512

/* What a cursor belongs to: sort, direction and every term of the filter. */
uint64_t cursor_fingerprint(const struct order_query *q);
void cursor_format(const struct order_cursor *c, uint64_t fingerprint, char out[CURSOR_TEXT_MAX]);
/* false: not a cursor, or one of another filter or sort. */
bool cursor_parse(const char *text, uint64_t fingerprint, struct order_cursor *ret)
    __attribute__((warn_unused_result));

#endif
