/* The filter of the events: labels of types, completed with Tab. */
#include "tui/console.h"
#include "tui/width.h"

#include <stdio.h>
#include <string.h>

#define PROMPT " types "

void over_feed_open(struct ui *ui)
{
    edit_set(&ui->line, ui->feed.filter.words);
    ui->fault.text[0] = 0;
    ui->cycling = false;
    ui->over = &over_feed;
}

void feed_show(struct ui *ui, const struct feed_filter *filter)
{
    feed_set_filter(&ui->feed, filter);
    ask_drop(ui, ASK_EVENTS);
    ask_drop(ui, ASK_OLDER);
    feed_again(ui);
    ui->dirty = true;
}

static bool check(struct ui *ui, struct feed_filter *ret)
{
    size_t at = 0;

    *ret = ui->feed.filter;
    if (feed_filter_read(ui->line.text, ret, &at)) {
        ui->fault.text[0] = 0;
        return true;
    }
    snprintf(ui->fault.text, sizeof(ui->fault.text), "no type of events is called so; Tab completes");
    ui->fault.at = at;
    return false;
}

/* The next of what fits at the cursor. */
static void cycle(struct ui *ui, bool on)
{
    const char *text = ui->line.text, *sentence, *type;
    size_t from = ui->line.at;

    if (!ui->cycling) {
        while (from > 0 && text[from - 1] != ' ' && text[from - 1] != ',')
            from--;
        choices_begin(&ui->choices, &ui->line, from, ui->line.at);
        for (size_t i = 0; (type = feed_type(i, &sentence)) != NULL; i++) {
            struct choice one = {.sentence = sentence, .goes_on = true};

            snprintf(one.word, sizeof(one.word), "%s", feed_label(type));
            choices_offer(&ui->choices, one);
        }
        choices_rank(&ui->choices);
    }
    ui->cycling = choices_cycle(&ui->choices, on, ui->cycling, &ui->menu.at, &ui->line);
}

static void key(struct ui *ui, struct key k)
{
    struct feed_filter filter;

    if (k.code == KEY_CODE_TAB) {
        cycle(ui, k.mods != KEY_SHIFT);
        check(ui, &filter);
        return;
    }
    ui->cycling = false;
    if (key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL)) {
        ui->over = NULL;
    } else if (!key_is(k, KEY_CODE_ENTER)) {
        if (edit_key(&ui->line, k))
            ui->fault.text[0] = 0; /* said at Enter: half a word is not wrong */
    } else if (check(ui, &filter)) {
        ui->over = NULL;
        feed_show(ui, &filter);
    }
}

static void paste(struct ui *ui, const char *text)
{
    ui_paste(ui, &ui->line, text);
    ui->cycling = false;
}

static void draw_below(struct ui *ui, int row, int left, int width)
{
    struct canvas *c = &ui->canvas;
    char text[400] = "";
    const char *sentence, *type;

    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    if (ui->fault.text[0]) {
        draw_fault(ui, row, left + edit_column(&ui->line, ui->fault.at, width));
        return;
    }
    for (size_t i = 0; (type = feed_type(i, &sentence)) != NULL; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", feed_label(type));
    canvas_text(c, row, 1, c->cols - 2, ROLE_DIM, text);
}

static void draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    int row = c->rows >= 3 ? c->rows - 2 : c->rows - 1, left = c->cols >= 30 ? width_text(PROMPT) : 1;
    int width = c->cols - left - (c->cols >= 30);

    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    canvas_text(c, row, 0, left, ROLE_PROMPT, left > 1 ? PROMPT : ":");
    if (row + 1 < c->rows)
        draw_below(ui, row + 1, left, width);
    edit_draw(&ui->line, c, row, left, width, ROLE_INPUT);
}

const struct overlay over_feed = {.draw = draw, .key = key, .paste = paste};
