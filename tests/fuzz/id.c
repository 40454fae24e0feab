/* Ids of orders in both spellings, and page cursors: what is read is written as it was, but for case. */
#include "service/read/cursor.h"

#include "tests/fuzz/fuzz.h"

#include <strings.h>

static void read_id(const char *text)
{
    struct ulid id, again;
    char order[ORDER_ID_LEN + 1], uuid[UUID_LEN + 1];
    if (!ulid_parse_order(text, &id))
        return;
    ulid_format_order(id, order);
    ulid_format_uuid(id, uuid);
    MUST(ulid_parse_order(order, &again) && ulid_equal(id, again));
    MUST(ulid_parse_order(uuid, &again) && ulid_equal(id, again));
    MUST(strlen(text) == ORDER_ID_LEN || strcasecmp(text, uuid) == 0);
}

/* The fingerprint of a cursor that is read is its own first bytes; any other is refused. */
static void read_cursor(const char *text, size_t n)
{
    struct filter filter = {.n_terms = 0};
    struct order_query query = {.filter = &filter, .sort = SORT_CREATED};
    struct order_cursor cursor, again;
    char out[CURSOR_TEXT_MAX];
    uint64_t fingerprint = cursor_fingerprint(&query);
    if (cursor_parse(text, fingerprint, &cursor))
        MUST(memchr(cursor.text, '\0', sizeof cursor.text) != NULL);
    cursor = (struct order_cursor){.set = true, .rank = (int64_t)n, .number = -(int64_t)n};
    snprintf(cursor.text, sizeof cursor.text, "%s", text);
    cursor_format(&cursor, fingerprint, out);
    MUST(strlen(out) < CURSOR_TEXT_MAX);
    MUST(cursor_parse(out, fingerprint, &again));
    MUST(again.rank == cursor.rank && again.number == cursor.number && strcmp(again.text, cursor.text) == 0);
    MUST(!cursor_parse(out, fingerprint + 1, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);
    read_id(text);
    read_cursor(text, n);
    free(text);
    return 0;
}
