#include "tui/copy.h"

#include "shared/digest.h"
#include "shared/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCREEN_PIECE 240 /* screen takes no longer string at once */

enum copy_path copy_path(void)
{
    const char *tmux = getenv("TMUX"), *screen = getenv("STY");

    return tmux && *tmux ? COPY_TMUX : screen && *screen ? COPY_SCREEN : COPY_PLAIN;
}

/* base64 with padding (RFC 4648, section 4) */
static void add_base64(struct buf *out, const char *text, size_t n)
{
    char *made = malloc(4 * (n + 2) / 3 + 1);
    size_t len;

    if (!made) {
        out->failed = true;
        return;
    }
    base64url_encode(text, n, made);
    len = strlen(made);
    for (size_t i = 0; i < len; i++)
        buf_addc(out, made[i] == '-' ? '+' : made[i] == '_' ? '/' : made[i]);
    for (; len % 4; len++)
        buf_addc(out, '=');
    free(made);
}

void copy_sequence(struct buf *out, enum copy_path path, const char *text, size_t n)
{
    struct buf b = BUF_INIT(4 * COPY_MAX);

    buf_adds(&b, "\033]52;c;");
    add_base64(&b, text, n);
    buf_addc(&b, '\a');
    out->failed |= b.failed;
    if (path != COPY_SCREEN)
        buf_add(out, b.data, b.len);
    if (path == COPY_TMUX) {
        buf_adds(out, "\033Ptmux;\033");
        buf_add(out, b.data, b.len);
        buf_adds(out, "\033\\");
    }
    for (size_t at = 0; path == COPY_SCREEN && at < b.len; at += SCREEN_PIECE) {
        buf_adds(out, "\033P");
        buf_add(out, b.data + at, b.len - at < SCREEN_PIECE ? b.len - at : SCREEN_PIECE);
        buf_adds(out, "\033\\");
    }
    buf_release(&b);
}

/* ---- commands for a shell */

void copy_quote(struct buf *out, const char *text)
{
    buf_addc(out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *text);
    buf_addc(out, '\'');
}

/* JSON in ASCII: what a terminal or a reader could take for something else is escaped. */
static void add_ascii_json(struct buf *out, const char *json)
{
    uint32_t c;

    while ((c = utf8_next(&json)) != 0) {
        if (c >= 0x20 && c < 0x7f)
            buf_addc(out, (char)c);
        else if (c < 0x10000)
            buf_addf(out, "\\u%04" PRIx32, c);
        else
            buf_addf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10),
                     0xdc00 + ((c - 0x10000) & 0x3ff));
    }
}

static void add_header(struct buf *out, const char *name, const char *value)
{
    struct buf b = BUF_INIT(1000);

    buf_addf(&b, "%s: ", name);
    for (; *value; value++) /* a name may have letters beyond ASCII, but nothing that controls */
        buf_addc(&b, (unsigned char)*value < 0x20 || *value == 0x7f ? '?' : *value);
    buf_adds(out, " -H ");
    copy_quote(out, b.data);
    buf_release(&b);
}

static void add_command(struct buf *out, const struct api_request *q)
{
    struct buf body = BUF_INIT(8 * sizeof(q->body));
    char version[32];

    if (q->if_version >= 0) {
        snprintf(version, sizeof(version), "\"%" PRId64 "\"", q->if_version);
        add_header(out, "If-Match", version);
    }
    if (q->actor[0] && utf8_valid(q->actor, strlen(q->actor)))
        add_header(out, "X-Actor", q->actor);
    if (q->body[0] && utf8_valid(q->body, strlen(q->body))) {
        add_ascii_json(&body, q->body);
        add_header(out, "Content-Type", "application/json");
        buf_adds(out, " --data-raw ");
        copy_quote(out, body.data ? body.data : "");
    }
    buf_release(&body);
}

void copy_curl(struct buf *out, const char *url, const struct api_request *q, bool keys)
{
    struct buf whole = BUF_INIT(8192);

    buf_addf(&whole, "%s/api/v1/orders/%s", url, q->order_id);
    if (q->op == API_COMMAND)
        buf_addf(&whole, "/%s", q->command);
    buf_adds(out, q->op == API_COMMAND ? "curl -sS -X POST" : "curl -sS");
    if (keys)
        buf_adds(out, " -H \"Authorization: Bearer $ORDERDECK_API_KEY\"");
    if (q->op == API_COMMAND)
        add_command(out, q);
    buf_addc(out, ' ');
    copy_quote(out, whole.data);
    out->failed |= whole.failed;
    buf_release(&whole);
}
