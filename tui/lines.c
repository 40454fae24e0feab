/* The lines of a scrolled pane, and JSON printed into them. */
#include "tui/console.h"
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

/* Bytes of the text that fit in so many columns: up to a blank if there is one. */
static size_t fitting(const char *text, int width)
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
        if (c == ' ')
            blank = at;
    }
    return (size_t)((blank > text ? blank : at > text ? at : p) - text);
}

void lines_run_on(struct lines *l, int row, int indent, int width, enum role role, const char *text)
{
    char line[LINES_BYTES];

    for (;;) {
        size_t n = l->wrap && width >= 4 ? fitting(text, width) : strlen(text);

        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        if (row >= 0)
            canvas_text(l->canvas, row, l->area.col + indent, width, role, line);
        text += n;
        while (*text == ' ')
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

struct printer {
    struct lines *lines;
    const struct json_doc *doc;
};

static void print_text(struct printer *p, int depth, const char *name, enum role role, const char *value,
                       const char *tail)
{
    int row = lines_next(p->lines), col = p->lines->area.col + depth * 2,
        end = p->lines->area.col + p->lines->area.cols;

    if (row < 0)
        return;
    if (name)
        col += canvas_textf(p->lines->canvas, row, col, end - col, ROLE_COLUMN, "\"%s\": ", name);
    col += canvas_text(p->lines->canvas, row, col, end - col, role, value);
    canvas_text(p->lines->canvas, row, col, end - col, ROLE_DIM, tail);
}

static void print_value(struct printer *p, int depth, const struct json *v, const char *tail)
{
    const char *name = json_name(v);
    char text[600];

    switch (json_kind(v)) {
    case JSON_NULL: print_text(p, depth, name, ROLE_OFF, "null", tail); return;
    case JSON_BOOL: print_text(p, depth, name, ROLE_NUMBER, json_true(v) ? "true" : "false", tail); return;
    case JSON_NUMBER: print_text(p, depth, name, ROLE_NUMBER, json_number(p->doc, v), tail); return;
    case JSON_STRING:
        snprintf(text, sizeof(text), "\"%s\"", json_string(v));
        print_text(p, depth, name, ROLE_TEXT, text, tail);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    print_text(p, depth, name, ROLE_DIM, json_kind(v) == JSON_ARRAY ? "[" : "{", "");
    for (const struct json *m = json_first(v); m; m = json_next(m))
        print_value(p, depth + 1, m, json_next(m) ? "," : "");
    print_text(p, depth, NULL, ROLE_DIM, json_kind(v) == JSON_ARRAY ? "]" : "}", tail);
}

void lines_json(struct lines *l, const struct json_doc *doc, const struct json *v)
{
    struct printer p = {.lines = l, .doc = doc};

    print_value(&p, 0, v, "");
}
