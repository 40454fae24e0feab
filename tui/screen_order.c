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

static void draw_json(struct ui *ui, struct area body)
{
    struct detail *d = &ui->detail;
    struct lines l = {.canvas = &ui->canvas, .skip = d->scroll};
    char right[40] = "";

    l.area = (struct area){body.row + 1, body.col + 1, body.rows - 1, body.cols - 2};
    if (d->order && detail_is(d, ui->list.selected))
        lines_json(&l, d->order, json_root(d->order));
    d->lines = l.n;
    d->rows = l.area.rows;
    if (d->lines > d->scroll + (size_t)(d->rows > 0 ? d->rows : 0))
        snprintf(right, sizeof(right), "%zu more %s",
                 d->lines - d->scroll - (size_t)(d->rows > 0 ? d->rows : 0), glyph_text(GLYPH_DOWN));
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, "JSON", ui->list.selected, right);
}

const struct screen screen_json = {
    .name = "json", .scopes = SCOPE_BIT(SCOPE_ORDER), .enter = enter, .draw = draw_json, .act = act_order};
