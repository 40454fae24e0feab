/* The mouse, where it was asked for: the wheel scrolls what is under it, a click selects, chooses and opens. */
#include "tui/console.h"

#define WHEEL_ROWS 3

void mouse_toggle(struct ui *ui)
{
    ui->mouse.on = !ui->mouse.on;
    term_mouse(ui->term, ui->mouse.on);
    ui_say(ui, MESSAGE_INFO,
           ui->mouse.on ? "the mouse is on; with Shift held it marks text, as the terminal does"
                        : "the mouse is off");
}

static bool within(struct area a, struct key key)
{
    return key.row >= a.row && key.row < a.row + a.rows && key.col >= a.col && key.col < a.col + a.cols;
}

/* PANE_COUNT: in none. */
static enum pane pane_under(const struct ui *ui, struct key key)
{
    int p = 0;

    while (p < PANE_COUNT && !within(ui->mouse.at.panes[p], key))
        p++;
    return (enum pane)p;
}

/* The screen's own table, -1: none. */
static int table_under(const struct ui *ui, struct key key)
{
    int t = MOUSE_TABLES - 1;

    while (t >= 0 && !(ui->screen->click && within(ui->mouse.at.tables[t], key)))
        t--;
    return t;
}

static void turn_wheel(struct ui *ui, struct key key, enum pane pane)
{
    enum pane focus = ui->focus;
    bool up = key.code == KEY_CODE_WHEEL_UP;
    int table = table_under(ui, key);

    if (pane == PANE_LIST) {
        list_scroll(&ui->list, up ? -WHEEL_ROWS : WHEEL_ROWS);
        return;
    }
    if (pane == PANE_FUNNEL)
        return;
    if (pane != PANE_COUNT)
        ui->focus = pane;
    if (table >= 0)
        ui->screen->click(ui, table, -1);
    for (int i = 0; i < WHEEL_ROWS; i++)
        act(ui, up ? ACTION_UP : ACTION_DOWN);
    ui->focus = focus;
}

static bool click_status(struct ui *ui, struct key key)
{
    for (int s = 0; s < STATUS_COUNT; s++) {
        if (!within(ui->mouse.at.statuses[s], key))
            continue;
        ui_show(ui, &screen_board);
        ui->focus = PANE_FUNNEL;
        ui->funnel_at = s;
        act(ui, ACTION_OPEN);
        ui->focus = PANE_LIST;
        return true;
    }
    return false;
}

/* The order in the row is selected; when it is already, and the list had the keys, it is opened. */
static void click_order(struct ui *ui, struct key key, bool focus)
{
    struct list *l = &ui->list;
    size_t row = list_row(l, (size_t)(key.row - ui->mouse.at.orders.row));

    if (!within(ui->mouse.at.orders, key) || row == SIZE_MAX)
        return;
    if (list_find(l, l->selected) == row) {
        if (focus)
            act(ui, ACTION_OPEN);
        return;
    }
    l->moved = true;
    list_select(l, row);
    ui_selected(ui);
}

/* What the bottom line offers. What changes an order at once asks first: a click goes astray more easily than a key. */
static bool click_key(struct ui *ui, struct key key)
{
    int a = 0;

    while (a < ACTION_COUNT && !within(ui->mouse.at.keys[a], key))
        a++;
    if (a == ACTION_VALIDATE)
        act_command(ui, "validate", "", false);
    else if (a == ACTION_VIEW)
        act(ui, ACTION_VIEWS);
    else if (a < ACTION_COUNT)
        act(ui, (enum action)a);
    return a < ACTION_COUNT;
}

static bool click_table(struct ui *ui, struct key key)
{
    int table = table_under(ui, key);

    if (table >= 0)
        ui->screen->click(
            ui, table, within(ui->mouse.at.rows[table], key) ? key.row - ui->mouse.at.rows[table].row : -1);
    return table >= 0;
}

void mouse_press(struct ui *ui, struct key key)
{
    enum pane pane = pane_under(ui, key), before = ui->focus;

    if (ui->over || !ui->mouse.on) /* what asks is answered with keys */
        return;
    if (key.code != KEY_CODE_CLICK) {
        turn_wheel(ui, key, pane);
        return;
    }
    if (click_key(ui, key) || click_status(ui, key) || click_table(ui, key) || pane == PANE_COUNT)
        return;
    ui->focus = pane;
    if (pane == PANE_LIST)
        click_order(ui, key, before == PANE_LIST);
}
