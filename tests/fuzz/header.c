/* The header fields that are read, each value by every grammar. */
#include "service/http/header.h"

#include "tests/fuzz/fuzz.h"

static void read_key(const char *text)
{
    struct arena arena;
    struct err err;
    const char *key = NULL;
    arena_init(&arena, 1 << 20);
    if (header_idempotency_key(text, &arena, &key, &err))
        MUST(header_visible(key, 255));
    else
        MUST(err.code == ERR_MALFORMED_REQUEST);
    arena_release(&arena);
}

static void read_match(const char *text)
{
    struct if_match match;
    struct err err;
    if (header_if_match(text, &match, &err))
        MUST(match.n <= sizeof match.versions / sizeof match.versions[0]);
    else
        MUST(err.code == ERR_MALFORMED_REQUEST);
    if (header_none_match(text, "\"7\""))
        MUST(strchr(text, '*') != NULL || strstr(text, "\"7\"") != NULL);
}

static void read_authority(const char *text, size_t n)
{
    struct authority a;
    if (!header_authority(text, n, &a))
        return;
    MUST(a.name[0] != '\0' && strlen(a.name) < sizeof a.name && strlen(a.port) < sizeof a.port);
    MUST(!a.loopback || a.address || strcmp(a.name, "localhost") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);
    size_t length = strlen(text);
    enum header_name name;
    if (header_find(text, length, &name))
        MUST(header_token(text, length));
    if (header_actor(text))
        MUST(utf8_valid(text, length));
    if (header_traceparent(text))
        MUST(length >= 55 && length <= 255);
    if (header_json(text))
        MUST(length >= strlen("application/json"));
    read_key(text);
    read_match(text);
    read_authority(text, length);
    free(text);
    return 0;
}
