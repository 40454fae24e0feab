/* The files of the console that a person writes (keys, themes, views), and the stream of events that it follows. */
#include "tui/keymap.h"
#include "tui/sse.h"
#include "tui/theme.h"
#include "tui/views.h"

#include "tests/fuzz/fuzz.h"

static void look_at_reason(const struct err *e)
{
    MUST(e->message[0] != '\0' && strchr(e->message, '\n') == NULL);
}

static void read_keys(const char *text)
{
    struct keymap m;
    struct err err = {.message = ""};
    struct key key;
    char name[KEY_NAME_MAX];
    keymap_init(&m);
    if (keymap_read(&m, text, &err)) {
        for (int a = 0; a < ACTION_COUNT; a++)
            MUST(m.n[a] <= KEYMAP_KEYS);
    } else {
        look_at_reason(&err);
    }
    if (key_read(text, strlen(text), &key)) {
        struct key again;
        key_name(key, name);
        MUST(key_read(name, strlen(name), &again));
        MUST(memcmp(&key, &again, sizeof key) == 0);
    }
}

static void read_theme(const char *text)
{
    struct theme t;
    struct err err = {.message = ""};
    theme_default(&t);
    if (!theme_read(&t, text, &err)) {
        look_at_reason(&err);
        return;
    }
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct look l = theme_look(&t, (enum role)role, (enum ground)0);
        MUST(colour_number(l.fg, 16) >= -1 && colour_number(l.fg, 16) < 16);
        MUST(colour_number(l.bg, 256) >= -1 && colour_number(l.bg, 256) < 256);
    }
}

static void read_views(const char *text)
{
    struct views v;
    struct err err = {.message = ""};
    views_init(&v);
    if (!views_read(&v, text, &err))
        look_at_reason(&err);
}

/* However a stream is cut, the position is the same. */
static void read_stream(const char *text, size_t n)
{
    struct sse whole = {.n = 0}, cut = {.n = 0};
    int64_t at = -1, last = -1, piece;
    if (!sse_feed(&whole, text, n, &at))
        at = -1;
    for (size_t i = 0; i < n; i++) {
        if (sse_feed(&cut, text + i, 1, &piece))
            last = piece;
    }
    MUST(at == last);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);
    read_keys(text);
    read_theme(text);
    read_views(text);
    read_stream(text, n);
    free(text);
    return 0;
}
