/* The list of orders. */
#include "tui/console.h"
#include "tui/fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct place {
    struct canvas *canvas;
    int row, col, width;
    int64_t now_ms;
};

typedef void (*cell_fn)(const struct place *p, const struct order *o);

static void cell_id(const struct place *p, const struct order *o)
{
    char id[FMT_MAX];

    canvas_text(p->canvas, p->row, p->col, p->width, ROLE_ID, fmt_id(o->id, id));
}

static void cell_customer(const struct place *p, const struct order *o)
{
    canvas_text(p->canvas, p->row, p->col, p->width, ROLE_CUSTOMER, o->customer);
}

static void cell_priority(const struct place *p, const struct order *o)
{
    canvas_text(p->canvas, p->row, p->col, p->width, priority_role(o->priority),
                priority_word(o->priority)->label);
}

static void cell_status(const struct place *p, const struct order *o)
{
    enum role role = status_role(o->status);
    const struct word *w = status_word(o->status);
    const char *label = p->width >= 15 ? w->label : w->short_label;

    canvas_glyph(p->canvas, p->row, p->col, role, status_glyph(o->status));
    if (p->width <= 2) {
        if (p->width == 2 && o->held)
            canvas_glyph(p->canvas, p->row, p->col + 1, ROLE_WARN, GLYPH_HOLD);
        return;
    }
    canvas_text(p->canvas, p->row, p->col + 2, p->width - 2 - o->held, role, label);
    if (o->held) /* behind the longest word */
        canvas_glyph(p->canvas, p->row, p->col + p->width - 1, ROLE_WARN, GLYPH_HOLD);
}

static void cell_items(const struct place *p, const struct order *o)
{
    char count[FMT_MAX];

    canvas_right(p->canvas, p->row, p->col, p->width, ROLE_NUMBER, fmt_count(o->items, count));
}

static void cell_total(const struct place *p, const struct order *o)
{
    char text[40];

    canvas_right(p->canvas, p->row, p->col, p->width, ROLE_MONEY, order_money_in(o->total, p->width, text));
}

static void cell_age(const struct place *p, const struct order *o)
{
    char span[FMT_MAX];

    canvas_right(p->canvas, p->row, p->col, p->width, ROLE_TIME, fmt_span(p->now_ms - o->since, span));
}

static void cell_due(const struct place *p, const struct order *o)
{
    int64_t left = o->promised - p->now_ms;
    enum role role = left < 0 ? ROLE_LATE : left < 3600 * 1000 ? ROLE_SOON : ROLE_TIME;
    char span[FMT_MAX];

    if (!status_is_open(o->status) || !o->promised) {
        canvas_right(p->canvas, p->row, p->col, p->width, ROLE_OFF, glyph_text(GLYPH_DASH));
        return;
    }
    canvas_right(p->canvas, p->row, p->col, p->width, role, fmt_span(left, span));
}

/* Columns from left to right. `rank`: those with the highest number are left out first. */
static const struct column {
    const char *head;
    int least, most, rank;
    bool right;
    cell_fn draw;
} columns[] = {
    {"ID", 9, 9, 0, false, cell_id},         {"CUSTOMER", 10, 24, 4, false, cell_customer},
    {"PRIO", 8, 8, 5, false, cell_priority}, {"STATUS", 1, 15, 1, false, cell_status},
    {"ITEMS", 5, 5, 7, true, cell_items},    {"TOTAL", 11, 15, 6, true, cell_total},
    {"AGE", 4, 5, 3, true, cell_age},        {"DUE", 4, 5, 2, true, cell_due},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define STATUS_COLUMN 3

/* The widths for a line of `room` columns; 0: left out. */
static void lay_out(int room, int widths[COLUMNS])
{
    static const int good[COLUMNS] = {9, 10, 8, 11,
                                      5, 12, 4, 4}; /* what each should have before the next is added */
    int gap = room >= 40 ? 2 : 1, used = 0;
    bool fits = true;

    memset(widths, 0, COLUMNS * sizeof(widths[0]));
    for (int rank = 0; rank <= 7 && fits; rank++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            int want = columns[i].least > good[i] ? columns[i].least : good[i];

            if (columns[i].rank != rank)
                continue;
            if (used + want + (used ? gap : 0) > room)
                want = columns[i].least;
            fits = used + want + (used ? gap : 0) <= room;
            if (fits) {
                widths[i] = want;
                used += want + (used ? gap : 0);
            }
        }
    }
    if (widths[STATUS_COLUMN] == good[STATUS_COLUMN] && used < room) {
        widths[STATUS_COLUMN]++; /* for the mark of a hold behind the longest word */
        used++;
    }
    for (bool grown = true; grown && used < room;) {
        grown = false;
        for (size_t i = 0; i < COLUMNS && used < room; i++) {
            if (widths[i] >= good[i] && widths[i] < columns[i].most) {
                widths[i]++;
                used++;
                grown = true;
            }
        }
    }
}

static void draw_heads(struct ui *ui, int row, int col, int gap, const int widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *head = widths[i] > 2 ? columns[i].head : "";

        if (!widths[i])
            continue;
        if (columns[i].right)
            canvas_right(&ui->canvas, row, col, widths[i], ROLE_COLUMN, head);
        else
            canvas_text(&ui->canvas, row, col, widths[i], ROLE_COLUMN, head);
        col += widths[i] + gap;
    }
}

static void paint(struct canvas *c, struct area a, enum role role)
{
    for (int col = a.col; col < a.col + a.cols && col < c->cols && a.row < c->rows; col++)
        c->cells[(size_t)a.row * (size_t)c->cols + (size_t)col].role = (uint8_t)role;
}

/* The marks before a row: of a marked order, and of the selected one. Where there is one column, they share it. */
static void draw_marks(struct ui *ui, struct area a, const struct order *o, int left, bool ranged)
{
    bool marked = marks_find(&ui->marks, o->id) != NULL, selected = strcmp(o->id, ui->list.selected) == 0;
    int at = a.col + (left > 1 ? left - 2 : 0);

    if (selected)
        canvas_glyph(&ui->canvas, a.row, at, ROLE_MARK, GLYPH_SELECTED);
    if (marked || ranged)
        canvas_glyph(&ui->canvas, a.row, a.col, ROLE_MARKED, marked ? GLYPH_MARKED : GLYPH_RANGE);
    if (selected && ui->focus == PANE_LIST && !ui->over)
        canvas_cursor(&ui->canvas, a.row, at, false);
}

static void draw_row(struct ui *ui, struct area a, const struct order *o, int left, int gap,
                     const int widths[COLUMNS])
{
    struct place p = {&ui->canvas, a.row, a.col + left, 0, ui->now_ms};
    bool selected = strcmp(o->id, ui->list.selected) == 0;
    bool focus = ui->focus == PANE_LIST && !ui->over;

    if (selected)
        canvas_ground(&ui->canvas, a, focus ? GROUND_SELECTED : GROUND_RESTING);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (!widths[i])
            continue;
        p.width = widths[i];
        columns[i].draw(&p, o);
        p.col += widths[i] + gap;
    }
    if (marks_find(&ui->marks, o->id))
        paint(&ui->canvas, (struct area){a.row, a.col + left, 1, widths[0]}, ROLE_MARKED);
    if (o->gone)
        paint(&ui->canvas, (struct area){a.row, a.col + left, 1, a.cols - left}, ROLE_OFF);
}

/* "14 marked  " */
static void marked_title(const struct ui *ui, char *out, size_t room)
{
    char n[FMT_MAX];

    if (ui->marks.n > 0 || ui->gather.on)
        snprintf(out, room, "%s marked%s  ", fmt_count((int64_t)ui->marks.n, n),
                 ui->gather.on ? glyph_text(GLYPH_ELLIPSIS) : "");
    else
        *out = 0;
}

/* "14 marked  12 new  37 of 11 809" */
static void right_title(struct ui *ui, char *out, size_t room)
{
    char count[FMT_MAX], total[FMT_MAX], fresh[FMT_MAX + 16] = "", marked[FMT_MAX + 16];

    marked_title(ui, marked, sizeof(marked));
    if (list_new(&ui->list) > 0)
        snprintf(fresh, sizeof(fresh), "%s%s new %s  ", fmt_count((int64_t)list_new(&ui->list), count),
                 list_new_more(&ui->list) ? "+" : "",
                 glyph_text(ui->list.turned && !list_counts_new(&ui->list) ? GLYPH_DOWN : GLYPH_UP));
    snprintf(total, sizeof(total), "%s", glyph_text(GLYPH_DASH));
    if (ui->stats.loaded)
        fmt_count(ui->stats.total, total);
    fmt_count(ui->count, count);
    if (!ui->list.loaded && *ui->asks[ASK_LIST].why)
        snprintf(out, room, "not read");
    else if (!ui->list.loaded)
        snprintf(out, room, "reading%s", glyph_text(GLYPH_ELLIPSIS));
    else if (*ui->list.filter && ui->count >= 0)
        snprintf(out, room, "%s%s%s%s of %s", marked, fresh, count, ui->count_more ? "+" : "", total);
    else
        snprintf(out, room, "%s%s%s", marked, fresh, total);
}

static void draw_empty(struct ui *ui, struct area a)
{
    const char *why = ui->asks[ASK_LIST].why;
    char text[240] = "no orders yet: POST /api/v1/orders makes the first";
    int shift;

    if (!ui->list.loaded && !*why)
        return;
    if (!ui->list.loaded)
        snprintf(text, sizeof(text), "not read: %s", why);
    else if (*ui->list.filter)
        snprintf(text, sizeof(text), "no order matches this filter; Esc drops it");
    shift = a.cols > (int)strlen(text) ? (a.cols - (int)strlen(text)) / 2 : 1;
    canvas_text(&ui->canvas, a.row + a.rows / 3, a.col + shift, a.cols - shift, ROLE_DIM, text);
}

/* "2 late  ", when a saved view is shown */
static void view_title(const struct ui *ui, char *out, size_t room)
{
    const struct view *view = view_present(ui);

    *out = 0;
    if (view)
        snprintf(out, room, "%d %s  ", ui->view, view->name);
}

void draw_orders(struct ui *ui, struct area a)
{
    struct list *l = &ui->list;
    char right[240], text[600], view[40];
    int left = a.cols >= 40 ? 3 : 1, gap = a.cols >= 40 ? 2 : 1, widths[COLUMNS], row = a.row;
    bool title = a.rows >= 4, heads = a.rows >= 6, ranged;
    size_t first, last;

    lay_out(a.cols - left - (a.cols >= 40), widths);
    if (title) {
        right_title(ui, right, sizeof(right));
        view_title(ui, view, sizeof(view));
        snprintf(text, sizeof(text), "%s%s%s%s", view, l->filter, *l->filter ? "  " : "",
                 sort_label(l->sort));
        draw_title(ui, (struct area){row++, a.col, 1, a.cols}, ui->focus == PANE_LIST, "Orders", text, right);
    }
    if (heads)
        draw_heads(ui, row++, a.col + left, a.cols - left >= 40 ? gap : 1, widths);
    a.rows -= row - a.row;
    a.row = row;
    ui->mouse.at.orders = a;
    list_resize(l, a.rows > 0 ? (size_t)a.rows : 1);
    if (l->now.n == 0)
        draw_empty(ui, a);
    ranged = marking_range_rows(ui, &first, &last);
    for (size_t at = 0, i; (i = list_row(l, at)) != SIZE_MAX && (int)at < a.rows; at++) {
        struct area line = {row + (int)at, a.col, 1, a.cols};

        draw_row(ui, line, &l->now.rows[i], left, a.cols - left >= 40 ? gap : 1, widths);
        draw_marks(ui, line, &l->now.rows[i], left, ranged && i >= first && i <= last);
    }
}
