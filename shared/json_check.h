/* The strict pass over a JSON text (RFC 8259) that comes before the tree is built. Internal to json. */
#ifndef ORDERDECK_SHARED_JSON_CHECK_H
#define ORDERDECK_SHARED_JSON_CHECK_H

#include "shared/json.h"

/* Is text[0..n) one JSON value as json.h asks for? If so, `plain` (n bytes) holds it with every number replaced by 0
 * and blanks, and `numbers` (n + 1 bytes) the text of each number, NUL-terminated, in the order of the document. */
bool json_check(const char *text, size_t n, char *plain, char *numbers, struct json_fault *ret_fault)
    __attribute__((warn_unused_result));

#endif
