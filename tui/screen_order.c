/* The selected order on the whole screen, and as JSON. */
#include "tui/console.h"

#include <stdio.h>
#include <string.h>

static void enter(struct ui *ui)
{
    ui->detail.view.top = 0;
    ask_want(ui, ASK_ORDER);
    ask_want(ui, ASK_TIMELINE);
}

static void draw(struct ui *ui, struct area body)
{
    draw_order(ui, body);
}

static bool act_lines(struct ui *ui, enum action action)
{
    return scroll(action, &ui->detail.view.top, ui->detail.view.lines, ui->detail.view.rows);
}

static bool act_order(struct ui *ui, enum action action)
{
    if (action != ACTION_OPEN)
        return act_lines(ui, action);
    ui_show(ui, &screen_json);
    return true;
}

const struct screen screen_order = {.name = "order",
                                    .scopes = SCOPE_BIT(SCOPE_OPENING) | SCOPE_BIT(SCOPE_ORDER),
                                    .enter = enter,
                                    .draw = draw,
                                    .act = act_order};

/* ---- JSON */

static void print_json(struct ui *ui, struct lines *l)
{
    const struct detail *d = &ui->detail;

    if (d->order && detail_is(d, ui->list.selected))
        lines_json(l, d->order, json_root(d->order));
}

static void draw_json(struct ui *ui, struct area body)
{
    struct lines l = {.canvas = &ui->canvas,
                      .area = {body.row + 1, body.col + 1, body.rows - 1, body.cols - 2}};
    char right[LINES_RIGHT];

    lines_scrolled(ui, &l, &ui->detail.view, print_json, right);
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, "JSON", ui->list.selected, right);
}

const struct screen screen_json = {
    .name = "json", .scopes = SCOPE_BIT(SCOPE_ORDER), .enter = enter, .draw = draw_json, .act = act_lines};
