/* The selected order on the whole screen, and as JSON. */
#include "tui/console.h"

#include <stdio.h>
#include <string.h>

static void enter(struct ui *ui)
{
    ui->detail.scroll = 0;
    ask_want(ui, ASK_ORDER);
    ask_want(ui, ASK_TIMELINE);
}

static void draw(struct ui *ui, struct area body)
{
    draw_order(ui, body);
}

static bool act_order(struct ui *ui, enum action action)
{
    if (action == ACTION_OPEN) {
        ui_show(ui, &screen_json);
        return true;
    }
    return scroll(action, &ui->detail.scroll, ui->detail.lines,
                  (size_t)(ui->detail.rows > 0 ? ui->detail.rows : 0));
}

const struct screen screen_order = {
    .name = "order", .scopes = SCOPE_BIT(SCOPE_ORDER), .enter = enter, .draw = draw, .act = act_order};

/* ---- JSON */

struct printer {
    struct lines lines;
    const struct json_doc *doc;
};

static void put(struct printer *p, int depth, const char *name, enum role role, const char *value,
                const char *tail)
{
    int row = lines_next(&p->lines), col = p->lines.area.col + depth * 2,
        end = p->lines.area.col + p->lines.area.cols;

    if (row < 0)
        return;
    if (name)
        col += canvas_textf(p->lines.canvas, row, col, end - col, ROLE_COLUMN, "\"%s\": ", name);
    col += canvas_text(p->lines.canvas, row, col, end - col, role, value);
    canvas_text(p->lines.canvas, row, col, end - col, ROLE_DIM, tail);
}

static void print_value(struct printer *p, int depth, const struct json *v, const char *tail)
{
    const char *name = json_name(v);
    char text[600];

    switch (json_kind(v)) {
    case JSON_NULL: put(p, depth, name, ROLE_OFF, "null", tail); return;
    case JSON_BOOL: put(p, depth, name, ROLE_NUMBER, json_true(v) ? "true" : "false", tail); return;
    case JSON_NUMBER: put(p, depth, name, ROLE_NUMBER, json_number(p->doc, v), tail); return;
    case JSON_STRING:
        snprintf(text, sizeof(text), "\"%s\"", json_string(v));
        put(p, depth, name, ROLE_TEXT, text, tail);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    put(p, depth, name, ROLE_DIM, json_kind(v) == JSON_ARRAY ? "[" : "{", "");
    for (const struct json *m = json_first(v); m; m = json_next(m))
        print_value(p, depth + 1, m, json_next(m) ? "," : "");
    put(p, depth, NULL, ROLE_DIM, json_kind(v) == JSON_ARRAY ? "]" : "}", tail);
}

static void draw_json(struct ui *ui, struct area body)
{
    struct detail *d = &ui->detail;
    struct printer p = {.lines = {.canvas = &ui->canvas, .skip = d->scroll}, .doc = d->order};
    char right[40] = "";

    p.lines.area = (struct area){body.row + 1, body.col + 1, body.rows - 1, body.cols - 2};
    if (d->order && detail_is(d, ui->list.selected))
        print_value(&p, 0, json_root(d->order), "");
    d->lines = p.lines.n;
    d->rows = p.lines.area.rows;
    if (d->lines > d->scroll + (size_t)(d->rows > 0 ? d->rows : 0))
        snprintf(right, sizeof(right), "%zu more %s",
                 d->lines - d->scroll - (size_t)(d->rows > 0 ? d->rows : 0), glyph_text(GLYPH_DOWN));
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, "JSON", ui->list.selected, right);
}

const struct screen screen_json = {
    .name = "json", .scopes = SCOPE_BIT(SCOPE_ORDER), .enter = enter, .draw = draw_json, .act = act_order};
