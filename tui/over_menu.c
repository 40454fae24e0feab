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
#define MENU_LEAST 3  /* items in sight, below which no line is spared for more */

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

/* Columns for a word behind its label. `kept`: the last one is for the marks that there are more items. */
static int word_room(int cols, bool kept)
{
    return cols - MENU_WORDS - 1 - kept;
}

/* Lines for the longest word below the list, where some word has no room in its row; 0: each has, or no line is spared. */
static int about_rows(const struct ui *ui)
{
    int cols = (menu_cols(ui) < ui->canvas.cols ? menu_cols(ui) : ui->canvas.cols) - 4, most = 0, spare;
    int room = word_room(cols, (int)ui->menu.n + 2 > ui->canvas.rows);
    bool cut = false;

    for (size_t i = 0; i < ui->menu.n; i++) {
        struct lines l = {.area = {.cols = cols}, .wrap = true};

        lines_long(&l, 0, ROLE_DIM, ui->menu.items[i].word);
        cut = cut || width_text(ui->menu.items[i].word) > room;
        most = (int)l.n > most ? (int)l.n : most;
    }
    spare = ui->canvas.rows - 2 - MENU_LEAST - 1;
    return !cut || spare < 1 ? 0 : most < spare ? most : spare;
}

/* The chosen item's word: whole, or as much as there are lines for, marked as cut. */
static void draw_about(struct ui *ui, struct area a)
{
    struct lines l = {.canvas = &ui->canvas, .area = a, .wrap = true};

    lines_long(&l, 0, ROLE_DIM, ui->menu.items[ui->menu.at].word);
    if (l.n > (size_t)a.rows)
        canvas_glyph(&ui->canvas, a.row + a.rows - 1, a.col + a.cols - 1, ROLE_DIM, GLYPH_ELLIPSIS);
}

static void draw_item(struct ui *ui, struct area a, const struct menu_item *item, bool at, bool kept)
{
    struct canvas *c = &ui->canvas;
    int room = word_room(a.cols, kept), columns = width_text(item->word);
    int word = columns < room ? columns : room > 0 ? room : 0;

    if (at) {
        canvas_ground(c, a, GROUND_SELECTED);
        canvas_glyph(c, a.row, a.col, ROLE_MARK, GLYPH_SELECTED);
        canvas_cursor(c, a.row, a.col, false);
    }
    canvas_text(c, a.row, a.col + 2, a.cols - 2 - kept - word - (word > 0 ? 2 : 0), ROLE_TEXT, item->label);
    canvas_right(c, a.row, a.col + MENU_WORDS, room, ROLE_DIM, item->word);
}

static void menu_draw(struct ui *ui)
{
    int about = about_rows(ui), below = about ? about + 1 : 0;
    struct area a =
        draw_dialog(ui, (int)ui->menu.n + below + 2, menu_cols(ui), ROLE_RULE_FOCUS, ui->menu.title);
    bool spared = below && a.rows >= below + MENU_LEAST, kept;
    size_t top;

    a.rows -= spared ? below : 0;
    kept = (size_t)a.rows < ui->menu.n;
    top = ui->menu.at >= (size_t)a.rows ? ui->menu.at + 1 - (size_t)a.rows : 0;
    for (size_t i = 0; (int)i < a.rows && top + i < ui->menu.n; i++)
        draw_item(ui, (struct area){a.row + (int)i, a.col, 1, a.cols}, &ui->menu.items[top + i],
                  top + i == ui->menu.at, kept);
    draw_more(ui, a, top, ui->menu.n);
    if (spared)
        draw_about(ui, (struct area){a.row + a.rows + 1, a.col, about, a.cols});
}

const struct overlay over_menu = {.hint = "Enter takes it, Esc leaves", .draw = menu_draw, .key = menu_key};
