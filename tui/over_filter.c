/* The filter line: what is typed asks at once, a fault is shown under its character, Tab goes through what fits. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include "shared/filter.h"

#include <stdio.h>
#include <string.h>

#define PROMPT " filter "

void over_filter_open(struct ui *ui)
{
    edit_set(&ui->line, ui->list.filter);
    snprintf(ui->filter_before, sizeof(ui->filter_before), "%s", ui->list.filter);
    ui->fault.text[0] = 0;
    ui->cycling = false;
    history_stop(&ui->filtered);
    ui->over = &over_filter;
}

static size_t characters(const char *text, size_t bytes)
{
    const char *p = text;
    size_t n = 0;

    for (; p < text + bytes && *p; n++)
        width_next(&p);
    return n;
}

bool ui_filter_check(struct ui *ui, const char *text, size_t offset)
{
    struct filter_fault fault;
    bool ok = filter_check(text, &fault);

    if (ok && strlen(text) > VIEW_FILTER) { /* as ui_filter: what is longer does not fit in the query */
        snprintf(fault.what, sizeof(fault.what), "too long: a filter has at most %d bytes", VIEW_FILTER);
        ok = false;
    }
    snprintf(ui->fault.text, sizeof(ui->fault.text), "%s", ok ? "" : fault.what);
    ui->fault.at = fault.position + characters(ui->line.text, offset);
    return ok;
}

/* ---- keys */

static void changed(struct ui *ui)
{
    if (ui_filter_check(ui, ui->line.text, 0) && strcmp(ui->line.text, ui->list.filter) != 0)
        ui_filter(ui, ui->line.text);
}

/* The next (or the one before) of what fits at the cursor. */
static void cycle(struct ui *ui, bool on)
{
    if (!ui->cycling)
        choices_filter(&ui->choices, &ui->line, 0);
    ui->cycling = choices_cycle(&ui->choices, on, ui->cycling, &ui->menu.at, &ui->line);
    if (ui->choices.n > 0)
        changed(ui);
}

static void walk(struct ui *ui, bool older)
{
    const char *text = older ? history_older(&ui->filtered, ui->line.text) : history_newer(&ui->filtered);

    if (!text)
        return;
    edit_set(&ui->line, text);
    changed(ui);
}

static void leave(struct ui *ui)
{
    ui->over = NULL;
    if (strcmp(ui->filter_before, ui->list.filter) != 0)
        ui_filter(ui, ui->filter_before);
}

static void take(struct ui *ui)
{
    if (!ui_filter_check(ui, ui->line.text, 0))
        return;
    history_add(&ui->filtered, ui->line.text, true);
    ui->over = NULL;
    ui->focus = PANE_LIST;
}

static void key(struct ui *ui, struct key k)
{
    if (k.code == KEY_CODE_TAB) {
        cycle(ui, k.mods != KEY_SHIFT);
        return;
    }
    ui->cycling = false;
    if (key_is(k, KEY_CODE_UP) || key_is(k, KEY_CODE_DOWN)) {
        walk(ui, k.code == KEY_CODE_UP);
    } else if (edit_key(&ui->line, k)) {
        history_stop(&ui->filtered);
        changed(ui);
    } else if (key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL)) {
        leave(ui);
    } else if (key_is(k, KEY_CODE_ENTER)) {
        take(ui);
    }
}

static void paste(struct ui *ui, const char *text)
{
    ui_paste(ui, &ui->line, text);
    ui->cycling = false;
    changed(ui);
}

/* ---- the picture */

/* The second line: the fault under its character, or the count and the fields. */
static void draw_below(struct ui *ui, int row, int left, int width)
{
    struct canvas *c = &ui->canvas;
    char count[FMT_MAX], text[300] = "";

    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    if (ui->fault.text[0]) {
        draw_fault(ui, row, left + edit_column(&ui->line, ui->fault.at, width));
        return;
    }
    if (ui->count >= 0 && *ui->list.filter)
        snprintf(text, sizeof(text), "%s%s match   ", fmt_count(ui->count, count), ui->count_more ? "+" : "");
    for (int f = 0; f < FILTER_FIELDS; f++) {
        size_t used = strlen(text);

        if (f != FILTER_CREATED && f != FILTER_TEXT)
            snprintf(text + used, sizeof(text) - used, "%s%s ", filter_field_name((enum filter_field)f),
                     f == FILTER_AGE || f == FILTER_TOTAL ? ">" : ":");
    }
    canvas_text(c, row, 1, c->cols - 2, ROLE_DIM, text);
}

/* What fits at the cursor, in one line above; and what the marked, or only, one means. */
static void draw_choices(struct ui *ui, int row, int left)
{
    struct choices fits, *list = &ui->choices;
    struct canvas *c = &ui->canvas;
    int col = left, end = c->cols - 1;
    size_t marked = ui->cycling ? ui->menu.at : 0, first = 0;

    if (!ui->cycling) {
        choices_filter(&fits, &ui->line, 0);
        list = &fits;
    }
    if (list->n == 0 || (!ui->cycling && (!list->typed[0] || list->rows[0].exact)))
        return;
    for (size_t i = 0; i <= marked; i++)
        col += width_text(list->rows[i].word) + 2;
    while (first < marked && col > end)
        col -= width_text(list->rows[first++].word) + 2;
    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_DIALOG);
    col = left;
    for (size_t i = first; i < list->n && col + width_text(list->rows[i].word) < end; i++) {
        int cols = width_text(list->rows[i].word);

        if (ui->cycling && i == marked)
            canvas_ground(c, (struct area){row, col, 1, cols}, GROUND_SELECTED);
        draw_choice_word(ui, row, col, cols, &list->rows[i]);
        col += cols + 2;
    }
    if (col + 20 < end)
        canvas_right(c, row, col, end - col, ROLE_DIM, list->rows[marked].sentence);
}

static void draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    int row = c->rows >= 3 ? c->rows - 2 : c->rows - 1, left = c->cols >= 30 ? width_text(PROMPT) : 1;
    int width = c->cols - left - (c->cols >= 30);

    if (row >= 8)
        draw_choices(ui, row - 1, left);
    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    canvas_text(c, row, 0, left, ROLE_PROMPT, left > 1 ? PROMPT : "/");
    if (row + 1 < c->rows)
        draw_below(ui, row + 1, left, width);
    edit_draw(&ui->line, c, row, left, width, ROLE_INPUT);
}

const struct overlay over_filter = {.draw = draw, .key = key, .paste = paste};
