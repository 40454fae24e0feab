/* The lines of a scrolled pane, and JSON printed into them. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <stdio.h>
#include <string.h>

int lines_next(struct lines *l)
{
    size_t line = l->n++;

    if (line < l->skip || line - l->skip >= (size_t)(l->area.rows > 0 ? l->area.rows : 0))
        return -1;
    return l->area.row + (int)(line - l->skip);
}

int lines_put(struct lines *l, int indent, enum role role, const char *text)
{
    int row = lines_next(l);

    if (row < 0)
        return 0;
    return canvas_text(l->canvas, row, l->area.col + indent, l->area.cols - indent, role, text);
}

/* Bytes of the text that fit in so many columns: up to a blank if there is one, verbatim as many as there is room for. */
static size_t fitting(const char *text, int width, bool verbatim)
{
    const char *p = text, *at = text, *blank = text;
    int cols = 0;

    for (;;) {
        uint32_t c;

        at = p;
        c = width_next(&p);
        if (c == 0 || (c == ' ' && cols == width))
            return (size_t)(at - text);
        cols += width_of(c).columns;
        if (cols > width || p - text >= LINES_BYTES)
            break;
        if (c == ' ' && !verbatim)
            blank = at;
    }
    return (size_t)((blank > text ? blank : at > text ? at : p) - text);
}

void lines_run_on(struct lines *l, int row, int indent, int width, enum role role, const char *text)
{
    char line[LINES_BYTES];

    for (;;) {
        size_t n = l->wrap && width >= 4 ? fitting(text, width, l->verbatim) : strlen(text);

        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        if (row >= 0)
            canvas_text(l->canvas, row, l->area.col + indent, width, role, line);
        text += n;
        while (*text == ' ' && !l->verbatim)
            text++;
        if (!*text)
            return;
        row = lines_next(l);
    }
}

void lines_long(struct lines *l, int indent, enum role role, const char *text)
{
    int row = lines_next(l);

    lines_run_on(l, row, indent, l->area.cols - indent, role, text);
}

/* ---- JSON */

#define NAME_LEAVES 16 /* columns for a value behind its name; else it begins below it */

struct printer {
    struct lines *lines;
    const struct json_doc *doc;
    struct buf text; /* being drawn */
};

/* A text as JSON has it (RFC 8259, section 7), or one that needs no escapes. Valid until the next call. */
static const char *spelt(struct printer *p, const char *text, bool string, const char *tail)
{
    buf_clear(&p->text);
    if (string)
        json_add_string(&p->text, text);
    else
        buf_adds(&p->text, text);
    buf_adds(&p->text, tail);
    return p->text.data && !p->text.failed ? p->text.data : "?";
}

/* A member's name at the beginning of its line; the indent of its value. */
static int print_name(struct printer *p, int *row, int indent, const char *name)
{
    struct lines *l = p->lines;
    const char *text = spelt(p, name, true, ": ");
    int used = width_text(text);

    if (indent + used + NAME_LEAVES > l->area.cols) {
        lines_run_on(l, *row, indent, l->area.cols - indent, ROLE_COLUMN, text);
        *row = lines_next(l);
        return indent;
    }
    if (*row >= 0)
        canvas_text(l->canvas, *row, l->area.col + indent, used, ROLE_COLUMN, text);
    return indent + used;
}

static void print_text(struct printer *p, int depth, const char *name, enum role role, const char *value,
                       bool string, const char *tail)
{
    struct lines *l = p->lines;
    int row = lines_next(l), indent = depth * 2 < l->area.cols / 2 ? depth * 2 : l->area.cols / 2, used;
    const char *text;

    if (name)
        indent = print_name(p, &row, indent, name);
    text = spelt(p, value, string, "");
    used = width_text(text);
    if (indent + used + width_text(tail) > l->area.cols) {
        lines_run_on(l, row, indent, l->area.cols - indent, role, spelt(p, value, string, tail));
    } else if (row >= 0) {
        canvas_text(l->canvas, row, l->area.col + indent, used, role, text);
        canvas_text(l->canvas, row, l->area.col + indent + used, l->area.cols - indent - used, ROLE_DIM,
                    tail);
    }
}

static void print_value(struct printer *p, int depth, const struct json *v, const char *tail)
{
    const char *name = json_name(v), *number = json_number(p->doc, v);

    switch (json_kind(v)) {
    case JSON_NULL: print_text(p, depth, name, ROLE_OFF, "null", false, tail); return;
    case JSON_BOOL:
        print_text(p, depth, name, ROLE_NUMBER, json_true(v) ? "true" : "false", false, tail);
        return;
    case JSON_NUMBER: print_text(p, depth, name, ROLE_NUMBER, number ? number : "", false, tail); return;
    case JSON_STRING: print_text(p, depth, name, ROLE_TEXT, json_string(v), true, tail); return;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    print_text(p, depth, name, ROLE_DIM, json_kind(v) == JSON_ARRAY ? "[" : "{", false, "");
    for (const struct json *m = json_first(v); m; m = json_next(m))
        print_value(p, depth + 1, m, json_next(m) ? "," : "");
    print_text(p, depth, NULL, ROLE_DIM, json_kind(v) == JSON_ARRAY ? "]" : "}", false, tail);
}

void lines_json(struct lines *l, const struct json_doc *doc, const struct json *v)
{
    struct printer p = {.lines = l, .doc = doc, .text = BUF_INIT(SIZE_MAX / 8)};
    bool wrap = l->wrap, verbatim = l->verbatim;

    l->wrap = l->verbatim = true;
    print_value(&p, 0, v, "");
    l->wrap = wrap;
    l->verbatim = verbatim;
    buf_release(&p.text);
}

/* ---- scrolled */

void lines_scrolled(struct ui *ui, struct lines *l, struct text_view *view,
                    void (*print)(struct ui *ui, struct lines *l), char right[LINES_RIGHT])
{
    size_t last;

    l->skip = SIZE_MAX;
    print(ui, l);
    view->lines = l->n;
    view->rows = l->area.rows > 0 ? (size_t)l->area.rows : 0;
    last = view->lines > view->rows ? view->lines - view->rows : 0;
    view->top = view->top < last ? view->top : last;
    l->skip = view->top;
    l->n = 0;
    print(ui, l);
    *right = 0;
    if (last > view->top)
        snprintf(right, LINES_RIGHT, "%zu more %s", last - view->top, glyph_text(GLYPH_DOWN));
}
