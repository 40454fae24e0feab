/* The event feed. */
#include "tui/console.h"
#include "tui/fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void draw_event(struct ui *ui, struct area a, const struct feed_event *e)
{
    struct canvas *c = &ui->canvas;
    bool wide = a.cols >= 60, fits_actor = a.cols >= 76;
    char time[FMT_MAX], id[FMT_MAX];
    int col = a.col + 1, end = a.col + a.cols - 1, label = a.cols >= 44 ? 17 : 14,
        customer = a.cols >= 120 ? 24 : 16;

    canvas_text(c, a.row, col, end - col, ROLE_TIME, fmt_clock(e->time, wide, time));
    col += wide ? 14 : 10;
    if (col < end)
        canvas_glyph(c, a.row, col, status_role(e->status), status_glyph(e->status));
    canvas_text(c, a.row, col + 2, end - col - 2 < label ? end - col - 2 : label, status_role(e->status),
                feed_label(e->type));
    col += label + 4;
    canvas_text(c, a.row, col, end - col, ROLE_ID, fmt_id(e->order, id));
    col += FMT_ID_COLUMNS + 2;
    if (!fits_actor) {
        canvas_text(c, a.row, col, end - col, ROLE_CUSTOMER, e->customer);
        return;
    }
    canvas_text(c, a.row, col, customer, ROLE_CUSTOMER, e->customer);
    col += customer + 2;
    canvas_text(c, a.row, col, end - col, ROLE_ACTOR, e->actor);
}

/* "cancelled shipped  …X4M9V6T5  live" */
static void title_text(const struct feed *f, char *out, size_t room)
{
    char id[FMT_MAX];

    snprintf(out, room, "%s%s%s%s%s", f->filter.words, *f->filter.words ? "  " : "",
             *f->filter.order ? fmt_id(f->filter.order, id) : "", *f->filter.order ? "  " : "",
             f->up || f->behind ? "held" : "live");
}

static const char *nothing(const struct ui *ui)
{
    const struct feed *f = &ui->feed;

    if (f->gave_up)
        return "the events could not be read";
    if (!f->begun || ui->asks[ASK_OLDER].open || f->low > 0)
        return "";
    return feed_filtered(f) ? "no such event has happened yet; Esc on the events' screen drops the filter"
                            : "nothing has happened yet";
}

void draw_events(struct ui *ui, struct area a)
{
    struct feed *f = &ui->feed;
    char text[320], right[FMT_MAX + 16] = "", count[FMT_MAX];
    bool more, focus = ui->focus == PANE_EVENTS;
    int64_t fresh;
    int rows = a.rows - 1;

    if (a.rows < 2)
        return;
    f->visible = (size_t)rows;
    fresh = feed_fresh(f, ui->position, &more);
    if (fresh > 0 || more)
        snprintf(right, sizeof(right), "%s%s new %s", fmt_count(fresh, count), more ? "+" : "",
                 glyph_text(GLYPH_UP));
    title_text(f, text, sizeof(text));
    draw_title(ui, (struct area){a.row, a.col, 1, a.cols}, focus, "Events", text, right);
    for (int i = 0; i < rows; i++) {
        const struct feed_event *e = feed_at(f, f->up + (size_t)i);

        if (!e)
            break;
        draw_event(ui, (struct area){a.row + 1 + i, a.col, 1, a.cols}, e);
    }
    if (f->n == 0 && rows > 0 && ui->list.loaded)
        canvas_text(&ui->canvas, a.row + 1, a.col + 1, a.cols - 2, ROLE_DIM, nothing(ui));
    if (focus)
        canvas_cursor(&ui->canvas, a.row + 1, a.col, false);
}
