/* Small dialogs to choose from: leaving, and one of a list. */
#include "tui/console.h"
#include "tui/width.h"

#include <stdio.h>
#include <string.h>

/* ---- leaving */

void over_quit_open(struct ui *ui)
{
    ui->over = &over_quit;
}

static void quit_key(struct ui *ui, struct key k)
{
    if (key_is(k, 'l') || (key_is(k, KEY_CODE_ENTER) && ui->cfg->attached)) {
        ui->end = UI_DETACH;
    } else if (key_is(k, 's') && !ui->cfg->attached) {
        ui->end = UI_STOP;
    } else if (key_is(k, KEY_CODE_ESC) || key_is(k, KEY_CODE_ENTER) || key_is(k, 'n') || key_is(k, 'q') ||
               k.mods == KEY_CTRL) {
        ui->over = NULL;
    }
}

/* Of two texts the one that there is room for. */
static void choice(struct ui *ui, struct area a, int row, const char *key, const char *text,
                   const char *brief, bool preset)
{
    if (row >= a.row + a.rows)
        return;
    if (preset) {
        canvas_ground(&ui->canvas, (struct area){row, a.col, 1, a.cols}, GROUND_SELECTED);
        canvas_cursor(&ui->canvas, row, a.col, false);
    }
    canvas_text(&ui->canvas, row, a.col + 1, 5, ROLE_KEY, key);
    canvas_text(&ui->canvas, row, a.col + 7, a.cols - 7, ROLE_TEXT,
                width_text(text) <= a.cols - 7 ? text : brief);
}

static void quit_draw(struct ui *ui)
{
    struct area a = draw_dialog(ui, ui->cfg->attached ? 5 : 6, 66, ROLE_RULE_FOCUS, "Leave the console?");
    int row = a.row;

    choice(ui, a, row++, "l", "leave the console; the service goes on", "leave", ui->cfg->attached);
    if (!ui->cfg->attached)
        choice(ui, a, row++, "s", "stop the service: what is under way is finished first", "stop it", false);
    choice(ui, a, row++, ui->cfg->attached ? "Esc" : "Enter", "stay", "stay", !ui->cfg->attached);
}

const struct overlay over_quit = {.hint = "", .draw = quit_draw, .key = quit_key};

/* ---- one of a list */

#define MENU_WORDS 20 /* column where words begin, behind their labels */

void over_menu_open(struct ui *ui, const char *title, const struct menu_item *items, size_t n,
                    const char *present, void (*chosen)(struct ui *ui, const char *word))
{
    ui->menu.title = title;
    ui->menu.items = items;
    ui->menu.n = n;
    ui->menu.at = 0;
    ui->menu.chosen = chosen;
    for (size_t i = 0; i < n; i++)
        if (strcmp(items[i].word, present) == 0)
            ui->menu.at = i;
    ui->over = &over_menu;
}

static void menu_key(struct ui *ui, struct key k)
{
    enum action a = keymap_find(&ui->keymap, k, SCOPES_DIALOG);

    if (a == ACTION_DOWN || a == ACTION_NEXT_PANE) {
        ui->menu.at = (ui->menu.at + 1) % ui->menu.n;
    } else if (a == ACTION_UP || a == ACTION_PREV_PANE) {
        ui->menu.at = (ui->menu.at + ui->menu.n - 1) % ui->menu.n;
    } else if (a == ACTION_OPEN) {
        ui->over = NULL;
        ui->menu.chosen(ui, ui->menu.items[ui->menu.at].word);
    } else if (a == ACTION_BACK || a == ACTION_QUIT || a == ACTION_SORT) {
        ui->over = NULL;
    }
}

/* As wide as the longest word wants it. */
static int menu_cols(const struct ui *ui)
{
    int most = 40;

    for (size_t i = 0; i < ui->menu.n; i++)
        if (MENU_WORDS + 1 + width_text(ui->menu.items[i].word) > most)
            most = MENU_WORDS + 1 + width_text(ui->menu.items[i].word);
    return most + 4;
}

static void menu_draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    struct area a = draw_dialog(ui, (int)ui->menu.n + 2, menu_cols(ui), ROLE_RULE_FOCUS, ui->menu.title);
    int kept = (size_t)a.rows < ui->menu.n; /* for the marks that there are more */
    size_t top = ui->menu.at >= (size_t)a.rows ? ui->menu.at + 1 - (size_t)a.rows : 0;

    for (int i = 0; i < a.rows && top + (size_t)i < ui->menu.n; i++) {
        const struct menu_item *item = &ui->menu.items[top + (size_t)i];
        int row = a.row + i;

        if (top + (size_t)i == ui->menu.at) {
            canvas_ground(c, (struct area){row, a.col, 1, a.cols}, GROUND_SELECTED);
            canvas_glyph(c, row, a.col, ROLE_MARK, GLYPH_SELECTED);
            canvas_cursor(c, row, a.col, false);
        }
        canvas_text(c, row, a.col + 2, a.cols - 2 - kept, ROLE_TEXT, item->label);
        canvas_right(c, row, a.col + MENU_WORDS, a.cols - MENU_WORDS - 1 - kept, ROLE_DIM, item->word);
    }
    draw_more(ui, a, top, ui->menu.n);
}

const struct overlay over_menu = {.hint = "Enter takes it, Esc leaves", .draw = menu_draw, .key = menu_key};
