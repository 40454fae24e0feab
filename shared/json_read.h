/* The strict reader of a JSON text (RFC 8259), which builds the tree as it goes. Internal to json. */
#ifndef ORDERDECK_SHARED_JSON_READ_H
#define ORDERDECK_SHARED_JSON_READ_H

#include "shared/json.h"

#include <cjson/cJSON.h>

/* The value that text[0..n) is as json.h asks for, its items from cJSON's allocator; NULL: *ret_fault is set.
 *
 * `texts` (n + 1 bytes) takes the names and strings, with their escapes resolved, and the numbers as they are written,
 * each NUL-terminated; the items refer to it. An item's `valueint` holds for numbers where their text begins in `texts`,
 * for arrays and objects how many children they have. */
cJSON *json_read(const char *text, size_t n, char *texts, struct json_fault *ret_fault)
    __attribute__((warn_unused_result));

#endif
