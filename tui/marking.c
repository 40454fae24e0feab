/* Marking orders: one, a range on screen, or all that match the filter, which asks the service page by page. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_full(struct ui *ui)
{
    char most[FMT_MAX];

    ui_say(ui, MESSAGE_WARN, "no more than %s orders can be marked", fmt_count(MARKS_MAX, most));
}

/* ---- one */

/* Elsewhere than beside the list, which shows the marks and their number. */
static void say_marked(struct ui *ui, const struct order *o)
{
    char id[FMT_MAX], n[FMT_MAX];

    ui_say(ui, MESSAGE_INFO, "%s is marked, %s in all; commands on the orders' screen go to them",
           fmt_id(o->id, id), fmt_count((int64_t)ui->marks.n, n));
}

void marking_toggle(struct ui *ui)
{
    const struct order *o = ui_pointed(ui), *seen = o ? seen_find(&ui->seen, o->id) : NULL;

    if (!o)
        return;
    if (marks_find(&ui->marks, o->id))
        marks_remove(&ui->marks, o->id);
    else if (!marks_add(&ui->marks, seen ? seen : o))
        say_full(ui);
    else if (ui->screen != &screen_board)
        say_marked(ui, o);
}

/* ---- a range */

bool marking_range_rows(const struct ui *ui, size_t *ret_first, size_t *ret_last)
{
    const struct list *l = &ui->list;
    size_t a = list_find(l, ui->range_from), b = list_find(l, l->selected);

    if (!*ui->range_from || a == SIZE_MAX || b == SIZE_MAX)
        return false;
    *ret_first = a < b ? a : b;
    *ret_last = a < b ? b : a;
    return true;
}

void marking_range(struct ui *ui)
{
    const struct order *o = ui_pointed(ui);
    size_t first, last, before = ui->marks.n;
    char id[FMT_MAX], key[80];

    if (!o)
        return;
    if (ui->screen != &screen_board) {
        ui_say(ui, MESSAGE_WARN, "nothing was marked: a range is marked on the orders' screen");
        return;
    }
    if (!*ui->range_from) {
        snprintf(ui->range_from, sizeof(ui->range_from), "%s", o->id);
        keymap_keys(&ui->keymap, ACTION_MARK_RANGE, key, sizeof(key));
        ui_say(ui, MESSAGE_INFO, "a range from %s: go to its other end, then %s marks it; Esc leaves",
               fmt_id(o->id, id), key);
        return;
    }
    if (!marking_range_rows(ui, &first, &last)) {
        ui_say(ui, MESSAGE_WARN, "nothing was marked: %s, where the range begins, is too far away",
               fmt_id(ui->range_from, id));
        *ui->range_from = 0;
        return;
    }
    *ui->range_from = 0;
    for (size_t i = first; i <= last; i++)
        if (!ui->list.now.rows[i].gone && !marks_add(&ui->marks, &ui->list.now.rows[i])) {
            say_full(ui);
            return;
        }
    ui_say(ui, MESSAGE_INFO, "%zu more marked", ui->marks.n - before);
}

/* ---- all that match */

void marking_all(struct ui *ui)
{
    if (ui->screen != &screen_board) {
        ui_say(ui, MESSAGE_WARN, "nothing was marked: all that match can be marked on the orders' screen");
        return;
    }
    snprintf(ui->gather.filter, sizeof(ui->gather.filter), "%s", ui->list.filter);
    free(ui->gather.cursor);
    ui->gather.cursor = NULL;
    ui->gather.on = true;
    ui->gather.before = ui->marks.n;
    ask_drop(ui, ASK_MARKS);
    ask_want(ui, ASK_MARKS);
}

bool marking_busy(struct ui *ui, const char *label)
{
    if (ui->gather.on)
        ui_say(ui, MESSAGE_WARN, "%s: the orders are still being marked", label);
    return ui->gather.on;
}

static void end(struct ui *ui)
{
    free(ui->gather.cursor);
    ui->gather.cursor = NULL;
    ui->gather.on = false;
    ask_drop(ui, ASK_MARKS);
    ui->asks[ASK_MARKS].wanted = false;
    ui->dirty = true;
}

void marking_stop(struct ui *ui, const char *why)
{
    char n[FMT_MAX];

    if (!ui->gather.on)
        return;
    end(ui);
    ui_say(ui, MESSAGE_WARN, "%s; %s are marked, not all that match", why,
           fmt_count((int64_t)ui->marks.n, n));
}

bool marking_query(struct ui *ui, struct buf *out)
{
    buf_addf(out, "limit=%d&sort=-createdAt", LIST_PAGE);
    if (*ui->gather.filter) {
        buf_adds(out, "&filter=");
        percent_encode(out, ui->gather.filter);
    }
    if (ui->gather.cursor) {
        buf_adds(out, "&cursor=");
        percent_encode(out, ui->gather.cursor);
    }
    return ui->gather.on;
}

void marking_take(struct ui *ui, const struct json_doc *doc)
{
    const char *next = json_string(json_get(json_root(doc), "nextCursor"));
    char more[FMT_MAX], all[FMT_MAX];

    for (const struct json *v = json_first(json_get(json_root(doc), "data")); v; v = json_next(v)) {
        struct order o;

        if (order_read(doc, v, &o) && !marks_add(&ui->marks, &o)) {
            end(ui);
            ui_say(ui, MESSAGE_WARN, "the newest %s that match are marked: more than that cannot be",
                   fmt_count((int64_t)ui->marks.n, all));
            return;
        }
    }
    free(ui->gather.cursor);
    ui->gather.cursor = next ? strdup(next) : NULL;
    if (ui->gather.cursor) {
        ask_want(ui, ASK_MARKS);
        return;
    }
    end(ui);
    if (ui->marks.n == 0) {
        ui_say(ui, MESSAGE_WARN, "nothing was marked: no order matches");
        return;
    }
    ui_say(ui, MESSAGE_OK, "all that match are marked: %s, %s of them now",
           fmt_count((int64_t)ui->marks.n, all), fmt_count((int64_t)(ui->marks.n - ui->gather.before), more));
}

/* ---- none */

bool marking_clear(struct ui *ui)
{
    char n[FMT_MAX];

    if (ui->gather.on) {
        marking_stop(ui, "marking was stopped");
        return true;
    }
    if (*ui->range_from) {
        *ui->range_from = 0;
        ui_say(ui, MESSAGE_INFO, "no range");
        return true;
    }
    if (ui->marks.n == 0)
        return false;
    fmt_count((int64_t)ui->marks.n, n);
    marks_release(&ui->marks);
    ui_say(ui, MESSAGE_INFO, "no longer marked: %s", n);
    return true;
}
