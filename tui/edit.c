#include "tui/edit.h"

#include "tui/width.h"

#include <stdio.h>
#include <string.h>

void edit_set(struct edit *e, const char *text)
{
    e->text[0] = 0;
    e->at = 0;
    edit_insert(e, text);
}

/* The text as it is inserted: one line of valid UTF-8. NULL: it is longer than `room`. */
static const char *clean(const char *text, char *out, size_t room)
{
    size_t used = 0;
    uint32_t c;

    while ((c = width_next(&text)) != 0) {
        char bytes[5];
        size_t n;

        if (c == WIDTH_INVALID)
            continue;
        n = (size_t)width_put(c < ' ' || (c >= 0x7f && c < 0xa0) ? ' ' : c, bytes);
        if (used + n >= room)
            return NULL;
        memcpy(out + used, bytes, n);
        used += n;
    }
    out[used] = 0;
    return out;
}

bool edit_insert(struct edit *e, const char *text)
{
    char made[sizeof(e->text)];
    size_t len = strlen(e->text), n;

    e->full = !clean(text, made, sizeof(e->text) - len);
    if (e->full)
        return false;
    n = strlen(made);
    memmove(e->text + e->at + n, e->text + e->at, len - e->at + 1);
    memcpy(e->text + e->at, made, n);
    e->at += n;
    return true;
}

static size_t before(const struct edit *e, size_t at)
{
    while (at > 0 && ((unsigned char)e->text[--at] & 0xc0) == 0x80)
        continue;
    return at;
}

static size_t after(const struct edit *e, size_t at)
{
    const char *p = e->text + at;

    width_next(&p);
    return (size_t)(p - e->text);
}

static size_t word_before(const struct edit *e)
{
    size_t at = e->at;

    while (at > 0 && e->text[at - 1] == ' ')
        at--;
    while (at > 0 && e->text[at - 1] != ' ')
        at--;
    return at;
}

static void cut(struct edit *e, size_t from, size_t to)
{
    memmove(e->text + from, e->text + to, strlen(e->text + to) + 1);
    e->at = from;
}

static bool control_key(struct edit *e, uint32_t code)
{
    switch (code) {
    case 'a': e->at = 0; return true;
    case 'e': e->at = strlen(e->text); return true;
    case 'b': e->at = before(e, e->at); return true;
    case 'f': e->at = after(e, e->at); return true;
    case 'u': cut(e, 0, e->at); return true;
    case 'k': e->text[e->at] = 0; return true;
    case 'w': cut(e, word_before(e), e->at); return true;
    case 'd': cut(e, e->at, after(e, e->at)); return true;
    default: return false;
    }
}

bool edit_key(struct edit *e, struct key key)
{
    char text[5];

    e->full = false;
    if (key.mods == KEY_CTRL)
        return control_key(e, key.code);
    if (key.mods)
        return false;
    switch (key.code) {
    case KEY_CODE_LEFT: e->at = before(e, e->at); return true;
    case KEY_CODE_RIGHT: e->at = after(e, e->at); return true;
    case KEY_CODE_HOME: e->at = 0; return true;
    case KEY_CODE_END: e->at = strlen(e->text); return true;
    case KEY_CODE_BACKSPACE: cut(e, before(e, e->at), e->at); return true;
    case KEY_CODE_DELETE: cut(e, e->at, after(e, e->at)); return true;
    default: break;
    }
    if (key.code < ' ' || key.code >= KEY_CODE_UP)
        return false;
    width_put(key.code, text);
    edit_insert(e, text);
    return true;
}

static int columns_before(const char *text, size_t bytes)
{
    const char *p = text;
    int columns = 0;

    while (p < text + bytes && *p)
        columns += width_of(width_next(&p)).columns;
    return columns;
}

/* Bytes scrolled out to the left, so that the cursor is within width. */
static size_t scrolled(const struct edit *e, int width)
{
    const char *p = e->text;
    int cursor = columns_before(e->text, e->at);

    while (p < e->text + e->at && cursor - columns_before(e->text, (size_t)(p - e->text)) >= width)
        width_next(&p);
    return (size_t)(p - e->text);
}

void edit_draw(const struct edit *e, struct canvas *c, int row, int col, int width, enum role role)
{
    size_t from = scrolled(e, width);

    canvas_fill(c, (struct area){row, col, 1, width}, GROUND_FIELD);
    canvas_text(c, row, col, width, role, e->text + from);
    canvas_cursor(c, row, col + columns_before(e->text + from, e->at - from), true);
}

int edit_column(const struct edit *e, size_t n, int width)
{
    const char *p = e->text;
    size_t from = scrolled(e, width);
    int column;

    while (n-- > 0 && *p)
        width_next(&p);
    column = columns_before(e->text, (size_t)(p - e->text)) - columns_before(e->text, from);
    return column < 0 ? 0 : column >= width ? width - 1 : column;
}
