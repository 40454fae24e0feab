/* What the targets share. A target is one function, which libFuzzer feeds (`packaging/dev fuzz NAME`) and ctest replays
 * the corpus through (fuzz/NAME): it reads the bytes as its reader would get them, and says what must hold of the result. */
#ifndef ORDERDECK_TESTS_FUZZ_FUZZ_H
#define ORDERDECK_TESTS_FUZZ_FUZZ_H

#include "shared/json.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(condition)                                                                    \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

/* A copy that ends with a NUL and has not a byte more, so that reading past it is seen. The caller frees it. */
static inline char *fuzz_text(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    MUST(text != NULL);
    if (n != 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    return text;
}

/* What we write is JSON that we read. */
static inline void fuzz_json(const struct buf *b)
{
    struct json_fault fault;
    MUST(!b->failed);
    struct json_doc *doc = json_parse(b->data, b->len, &fault);
    if (doc == NULL)
        fprintf(stderr, "%s at %zu of %s\n", fault.what, fault.offset, b->data);
    MUST(doc != NULL);
    json_free(doc);
}

#endif
