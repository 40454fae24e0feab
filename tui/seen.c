/* What was on screen: the orders of the last frame as they were drawn. A command carries these versions, whatever answers
 * have come since, on a line that stands still or in the moment before they are drawn. */
#include "tui/console.h"

#include <stdlib.h>
#include <string.h>

static void add(struct seen *s, const struct order *o)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        struct order *rows = realloc(s->rows, cap * sizeof(*rows));

        if (!rows)
            return; /* then it counts as not seen */
        s->rows = rows;
        s->cap = cap;
    }
    s->rows[s->n++] = *o;
}

/* The row, or what is known beyond it of the selected order: that is drawn then. */
static void add_newest(struct ui *ui, const struct order *o)
{
    const struct order *now = &ui->list.current;

    add(&ui->seen, strcmp(now->id, o->id) == 0 && now->version > o->version ? now : o);
}

static void see_list(struct ui *ui)
{
    size_t row;

    for (size_t line = 0; (row = list_row(&ui->list, line)) != SIZE_MAX; line++)
        add(&ui->seen, &ui->list.now.rows[row]);
}

static void see_radar(struct ui *ui)
{
    const struct radar *r = &ui->radar;

    for (size_t i = r->due_pick.top; i < r->n_due && i < r->due_pick.top + r->due_pick.visible; i++)
        add_newest(ui, &r->due[i]);
    for (size_t i = r->stuck_pick.top; i < r->n_stuck && i < r->stuck_pick.top + r->stuck_pick.visible; i++)
        add_newest(ui, &r->stuck[i].order);
}

/* As JSON it is shown as far as it is read. */
static void see_order(struct ui *ui)
{
    struct order o = ui->list.current;
    bool read = detail_is(&ui->detail, o.id) && ui->detail.order;

    if (!*ui->list.selected || (ui->screen == &screen_json && !read))
        return;
    if (ui->screen == &screen_json)
        o.version = ui->detail.version;
    add(&ui->seen, &o);
}

void seen_frame(struct ui *ui)
{
    ui->seen.n = 0;
    if (ui->screen == &screen_board)
        see_list(ui);
    else if (ui->screen == &screen_radar)
        see_radar(ui);
    else if (ui->screen->scopes & SCOPE_BIT(SCOPE_ORDER))
        see_order(ui);
}

const struct order *seen_find(const struct seen *s, const char *id)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->rows[i].id, id) == 0)
            return &s->rows[i];
    return NULL;
}

void seen_release(struct seen *s)
{
    free(s->rows);
    *s = (struct seen){0};
}
