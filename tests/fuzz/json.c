/* The JSON reader: what it takes it writes again, and that is the same once more. */
#include "shared/json.h"

#include "tests/fuzz/fuzz.h"

static void write_again(const struct json_doc *doc, struct buf *b)
{
    buf_init(b, 16 << 20);
    json_add_value(b, doc, json_root(doc));
    fuzz_json(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct json_fault fault = {.what = NULL};
    char *text = fuzz_text(bytes, n);
    struct json_doc *doc = json_parse(text, n, &fault);
    if (doc != NULL) {
        struct buf once, twice;
        int64_t number;
        write_again(doc, &once);
        if (json_kind(json_root(doc)) == JSON_NUMBER && !json_int(doc, json_root(doc), &number))
            number = 0;
        struct json_doc *other = json_parse(once.data, once.len, &fault);
        MUST(other != NULL);
        write_again(other, &twice);
        MUST(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
        MUST(utf8_valid(text, n));
        json_free(other);
        json_free(doc);
        buf_release(&once);
        buf_release(&twice);
    } else {
        MUST(fault.what != NULL && fault.offset <= n);
    }
    free(text);
    return 0;
}
