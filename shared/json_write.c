#include "shared/clock.h"
#include "shared/json.h"
#include "shared/json_scan.h"

#include <string.h>

__attribute__((noinline)) static void add_escape(struct buf *b, unsigned char c)
{
    static const char digits[16] = "0123456789abcdef";
    static const char letters[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

    char escape[6] = {'\\', (char)c, '0', '0', digits[c >> 4], digits[c & 15]};
    if (c < 0x20)
        escape[1] = letters[c] != '\0' ? letters[c] : 'u';
    buf_add(b, escape, escape[1] == 'u' ? 6 : 2);
}

/* The text without its quotes; there is room for it, were it plain, and for one quote more. */
static void add_text(struct buf *b, const char *text, size_t n)
{
    for (;;) {
        size_t run = json_copy_plain(b->data + b->len, text, n, false);
        b->len += run;
        b->data[b->len] = '\0';
        if (run == n)
            return;
        add_escape(b, (unsigned char)text[run]);
        text += run + 1;
        n -= run + 1;
        if (!buf_reserve(b, n + 1))
            return;
    }
}

void json_add_string_n(struct buf *b, const char *text, size_t n)
{
    if (text == NULL) {
        buf_adds(b, "null");
    } else if (n > b->max) {
        b->failed = true;
    } else if (buf_reserve(b, n + 2)) {
        b->data[b->len++] = '"';
        add_text(b, text, n);
        buf_addc(b, '"');
    }
}

void json_add_string(struct buf *b, const char *text)
{
    json_add_string_n(b, text, text == NULL ? 0 : strlen(text));
}

void json_key(struct buf *b, const char *name)
{
    char last = b->len == 0 ? '{' : b->data[b->len - 1];
    if (last != '{' && last != '[')
        buf_addc(b, ',');
    json_add_string(b, name);
    buf_addc(b, ':');
}

void json_put_string(struct buf *b, const char *name, const char *value)
{
    json_key(b, name);
    json_add_string(b, value);
}

void json_put_int(struct buf *b, const char *name, int64_t value)
{
    json_key(b, name);
    buf_addi(b, value);
}

void json_put_bool(struct buf *b, const char *name, bool value)
{
    json_put_raw(b, name, value ? "true" : "false");
}

void json_put_null(struct buf *b, const char *name)
{
    json_put_raw(b, name, "null");
}

void json_put_time(struct buf *b, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(ms, text);
    json_put_string(b, name, text);
}

void json_put_raw(struct buf *b, const char *name, const char *json)
{
    json_key(b, name);
    buf_adds(b, json);
}
