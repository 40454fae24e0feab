/* Records from Kafka: value, key, then names and values of headers, with the byte 0x1e between them. */
#include "service/order/fact.h"

#include "tests/fuzz/fuzz.h"

#define HEADERS 8
#define PARTS (2 + 2 * HEADERS)

static const char topic[] = "wms.waves.events";

static size_t split(const uint8_t *bytes, size_t n, char *parts[PARTS], size_t lengths[PARTS])
{
    size_t count = 0;
    for (size_t at = 0; at <= n && count < PARTS; count++) {
        const uint8_t *end = at < n ? memchr(bytes + at, 0x1e, n - at) : NULL;
        lengths[count] = end != NULL ? (size_t)(end - bytes) - at : n - at;
        parts[count] = fuzz_text(bytes + at, lengths[count]);
        at += lengths[count] + 1;
    }
    return count;
}

static void look_at_facts(const struct record *r, struct arena *a)
{
    struct fact_set set;
    uint8_t key[INBOX_KEY_LEN];
    MUST(facts_read(r, INT64_C(1767268800000), a, &set));
    MUST(!set.foreign || (set.n == 0 && set.fault == NULL));
    if (set.fault != NULL)
        MUST(utf8_valid(set.fault, strlen(set.fault)) && dead_code_name(set.code) != NULL);
    for (size_t i = 0; i < set.n; i++)
        MUST(set.facts[i].kind < FACT_KINDS && set.facts[i].items >= 0);
    if (set.n > 0)
        fact_inbox_key(&set, key);
}

/* What is kept of a record that is set aside. */
static void look_at_rest(const struct record *r, struct arena *a)
{
    struct buf out = BUF_INIT(16 << 20);
    struct record again = {.topic = topic};
    uint8_t hash[RECORD_HASH_LEN];
    record_hash(r, hash);
    record_headers_render(&out, r);
    fuzz_json(&out);
    MUST(record_headers_parse(out.data, a, &again) && again.n_headers <= r->n_headers);
    buf_clear(&out);
    record_text_render(&out, r->value, r->value_len);
    fuzz_json(&out);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *parts[PARTS] = {NULL};
    size_t lengths[PARTS] = {0};
    size_t count = split(bytes, n, parts, lengths);
    struct record_header headers[HEADERS];
    struct record r = {
        .topic = topic, .offset = 7, .value = parts[0], .value_len = lengths[0], .headers = headers};
    struct arena arena;
    arena_init(&arena, 64 << 20);
    if (count > 1) {
        r.key = parts[1];
        r.key_len = lengths[1];
    }
    for (size_t i = 2; i + 1 < count; i += 2) {
        if (utf8_valid(parts[i], lengths[i]))
            headers[r.n_headers++] =
                (struct record_header){.name = parts[i], .value = parts[i + 1], .len = lengths[i + 1]};
    }
    look_at_facts(&r, &arena);
    look_at_rest(&r, &arena);
    arena_release(&arena);
    for (size_t i = 0; i < count; i++)
        free(parts[i]);
    return 0;
}
