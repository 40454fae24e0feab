/* The filter line: what is typed asks at once, a fault is shown under its character. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include "shared/arena.h"
#include "shared/filter.h"

#include <stdio.h>
#include <string.h>

#define PROMPT " filter "

void over_filter_open(struct ui *ui)
{
    edit_set(&ui->line, ui->list.filter);
    snprintf(ui->filter_before, sizeof(ui->filter_before), "%s", ui->list.filter);
    ui->filter_fault[0] = 0;
    ui->over = &over_filter;
}

/* false: ui->filter_fault says why. */
static bool check(struct ui *ui)
{
    struct filter filter = {.n_terms = 0};
    struct filter_fault fault = {0};
    struct arena arena;
    bool ok;

    arena_init(&arena, 64 * 1024);
    ok = filter_parse(&filter, ui->line.text, &arena, &fault);
    arena_release(&arena);
    snprintf(ui->filter_fault, sizeof(ui->filter_fault), "%s", ok ? "" : fault.what);
    ui->filter_fault_at = fault.position;
    if (ok && strlen(ui->line.text) > 220) { /* as ui_filter: what is longer does not fit in the query */
        snprintf(ui->filter_fault, sizeof(ui->filter_fault), "too long: a filter has at most 220 bytes");
        ui->filter_fault_at = 0;
        return false;
    }
    return ok;
}

static void changed(struct ui *ui)
{
    if (check(ui) && strcmp(ui->line.text, ui->list.filter) != 0)
        ui_filter(ui, ui->line.text);
}

static void key(struct ui *ui, struct key k)
{
    if (edit_key(&ui->line, k)) {
        changed(ui);
        return;
    }
    if (key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL)) {
        ui->over = NULL;
        if (strcmp(ui->filter_before, ui->list.filter) != 0)
            ui_filter(ui, ui->filter_before);
    } else if (key_is(k, KEY_CODE_ENTER) && check(ui)) {
        ui->over = NULL;
        ui->focus = PANE_LIST;
    }
}

static void paste(struct ui *ui, const char *text)
{
    ui_paste(ui, &ui->line, text);
    changed(ui);
}

/* The second line: the fault under its character, or the count and the fields. */
static void draw_below(struct ui *ui, int row, int left, int width)
{
    struct canvas *c = &ui->canvas;
    char count[FMT_MAX], text[300] = "";
    int at = left + edit_column(&ui->line, ui->filter_fault_at, width), cols = width_text(ui->filter_fault);

    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    if (ui->filter_fault[0]) {
        canvas_glyph(c, row, at, ROLE_FAULT, GLYPH_POINT);
        if (at + 2 + cols < c->cols)
            canvas_text(c, row, at + 2, cols, ROLE_FAULT, ui->filter_fault);
        else
            canvas_right(c, row, 1, at - 2, ROLE_FAULT, ui->filter_fault);
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

static void draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    int row = c->rows >= 3 ? c->rows - 2 : c->rows - 1, left = c->cols >= 30 ? width_text(PROMPT) : 0;
    int width = c->cols - left - (c->cols >= 30);

    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    canvas_text(c, row, 0, left, ROLE_PROMPT, PROMPT);
    if (row + 1 < c->rows)
        draw_below(ui, row + 1, left, width);
    edit_draw(&ui->line, c, row, left, width, ROLE_INPUT);
}

const struct overlay over_filter = {.draw = draw, .key = key, .paste = paste};
