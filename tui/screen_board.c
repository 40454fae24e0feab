/* The first screen: orders, the selected order beside them, the events below. */
#include "tui/console.h"

#include <stdio.h>
#include <string.h>

#define DETAIL_FROM 104 /* columns from which the order has a pane of its own */

static void draw_join(struct ui *ui, int row, int col, enum glyph g)
{
    canvas_glyph(&ui->canvas, row, col, ROLE_RULE, g);
}

static int events_rows(int rows)
{
    return rows < 17 ? 0 : rows < 24 ? 5 : rows / 4 > 14 ? 14 : rows / 4;
}

static void draw(struct ui *ui, struct area body)
{
    struct area list = body, order = body, events = body;
    bool beside = body.cols >= DETAIL_FROM && body.rows >= 8;

    events.rows = events_rows(body.rows);
    list.rows -= events.rows;
    events.row += list.rows;
    ui->panes = 1u << PANE_LIST | (events.rows ? 1u << PANE_EVENTS : 0) | (beside ? 1u << PANE_ORDER : 0) |
                (ui->canvas.rows >= 8 ? 1u << PANE_FUNNEL : 0);
    if (!(ui->panes & 1u << ui->focus))
        ui->focus = PANE_LIST;
    if (beside) { /* at 120 the list has room for a hold's mark behind the longest status */
        order.cols = body.cols * 3 / 8 - 1 > 76 ? 76 : body.cols * 3 / 8 - 1;
        list.cols -= order.cols + 1;
        order.col += list.cols + 1;
        order.rows = list.rows;
        canvas_wall(&ui->canvas, list.row, list.col + list.cols, list.rows, ROLE_RULE);
        draw_order(ui, order);
        ui->mouse.at.panes[PANE_ORDER] = order;
    }
    if (events.rows)
        draw_events(ui, events);
    draw_orders(ui, list);
    ui->mouse.at.panes[PANE_EVENTS] = events;
    ui->mouse.at.panes[PANE_LIST] = list;
    if (beside) {
        draw_join(ui, list.row, list.col + list.cols, GLYPH_TEE_DOWN);
        if (events.rows)
            draw_join(ui, events.row, list.col + list.cols, GLYPH_TEE_UP);
    }
}

static void next_pane(struct ui *ui, int step)
{
    static const enum pane order[] = {PANE_LIST, PANE_ORDER, PANE_EVENTS, PANE_FUNNEL};
    int n = PANE_COUNT, at = 0;

    while (at < n && order[at] != ui->focus)
        at++;
    do
        at = (at + step + n) % n;
    while (!(ui->panes & 1u << order[at]));
    ui->focus = order[at];
}

static bool act_list(struct ui *ui, enum action action)
{
    struct list *l = &ui->list;
    long page = l->visible > 1 ? (long)l->visible - 1 : 1;
    char before[40];

    snprintf(before, sizeof(before), "%s", l->selected);
    switch ((int)action) {
    case ACTION_DOWN: list_move(l, 1); break;
    case ACTION_UP: list_move(l, -1); break;
    case ACTION_PAGE_DOWN: list_move(l, page); break;
    case ACTION_PAGE_UP: list_move(l, -page); break;
    case ACTION_FIRST:
    case ACTION_LAST:
        if (action == ACTION_FIRST)
            list_home(l);
        else
            list_end(l);
        if (!l->loaded) {
            ask_drop(ui, ASK_LIST);
            ask_drop(ui, ASK_NEW);
        }
        ask_want(ui, ASK_LIST);
        break;
    case ACTION_MARK:
        marking_toggle(ui);
        list_move(l, 1);
        break;
    case ACTION_OPEN: ui_look(ui, &screen_order); return true;
    case ACTION_RIGHT:
        if (ui->panes & 1u << PANE_ORDER)
            ui->focus = PANE_ORDER;
        return true;
    default: return false;
    }
    if (strcmp(before, l->selected) != 0)
        ui_selected(ui);
    return true;
}

static bool act_events(struct ui *ui, enum action action)
{
    if (action != ACTION_OPEN)
        return feed_act(ui, action);
    ui_show(ui, &screen_events);
    return true;
}

/* The filter with this status as its only status term; without one when it is there already. */
static void filter_status(struct ui *ui, enum order_status s)
{
    char term[40], made[512], *at;
    const char *old = ui->list.filter, *found = strstr(old, "status:");
    size_t used = 0;

    snprintf(term, sizeof(term), "status:%s", status_word(s)->wire);
    if (found && found != old && found[-1] != ' ')
        found = NULL;
    if (found) {
        size_t n = strcspn(found, " ");
        bool same = n == strlen(term) && strncmp(found, term, n) == 0;

        snprintf(made, sizeof(made), "%.*s%s%s", (int)(found - old), old, same ? "" : term, found + n);
    } else {
        snprintf(made, sizeof(made), "%s%s%.400s", term, *old ? " " : "", old);
    }
    for (at = made; *at == ' '; at++)
        continue;
    for (used = strlen(at); used > 0 && at[used - 1] == ' '; used--)
        at[used - 1] = 0;
    ui_filter(ui, at);
}

static bool act_funnel(struct ui *ui, enum action action)
{
    switch ((int)action) {
    case ACTION_LEFT:
    case ACTION_UP: ui->funnel_at = (ui->funnel_at + STATUS_COUNT - 1) % STATUS_COUNT; return true;
    case ACTION_RIGHT:
    case ACTION_DOWN: ui->funnel_at = (ui->funnel_at + 1) % STATUS_COUNT; return true;
    case ACTION_FIRST: ui->funnel_at = 0; return true;
    case ACTION_LAST: ui->funnel_at = STATUS_COUNT - 1; return true;
    case ACTION_OPEN: filter_status(ui, (enum order_status)ui->funnel_at); return true;
    default: return false;
    }
}

static bool act_order(struct ui *ui, enum action action)
{
    if (action == ACTION_LEFT) {
        ui->focus = PANE_LIST;
        return true;
    }
    if (action == ACTION_OPEN) {
        ui_look(ui, &screen_order);
        return true;
    }
    return scroll(action, &ui->detail.view.top, ui->detail.view.lines, ui->detail.view.rows);
}

static bool opens(const struct ui *ui)
{
    bool order = ui->focus == PANE_LIST || ui->focus == PANE_ORDER;

    return !order || act_refusal(ui, ACTION_JSON) == NULL;
}

static bool act_board(struct ui *ui, enum action action)
{
    if (action == ACTION_NEXT_PANE || action == ACTION_PREV_PANE) {
        next_pane(ui, action == ACTION_NEXT_PANE ? 1 : -1);
        return true;
    }
    if (action == ACTION_BACK) {
        if (ui->focus != PANE_LIST)
            ui->focus = PANE_LIST;
        else if (!marking_clear(ui) && *ui->list.filter)
            ui_filter(ui, "");
        return true;
    }
    switch (ui->focus) {
    case PANE_LIST: return act_list(ui, action);
    case PANE_ORDER: return act_order(ui, action);
    case PANE_EVENTS: return act_events(ui, action);
    case PANE_FUNNEL: return act_funnel(ui, action);
    case PANE_COUNT: break;
    }
    return false;
}

const struct screen screen_board = {.name = "orders",
                                    .scopes = SCOPES_ORDERS,
                                    .has_list = true,
                                    .draw = draw,
                                    .act = act_board,
                                    .opens = opens};
