/* Asks before something is done for good: what it is about, then yes or no, or a text that has to be typed. No is the
 * default; Enter alone never does it. */
#include "tui/console.h"
#include "tui/width.h"

#include <stdio.h>
#include <string.h>

uint32_t over_confirm_key(const struct ui *ui, enum action starts)
{
    static const char choice[] = "yYx!%";
    const char *at = choice;

    while (at[1] && keymap_has(&ui->keymap, starts, (struct key){.code = (unsigned char)*at}))
        at++;
    return (unsigned char)*at;
}

void over_confirm_open(struct ui *ui, const struct confirm *asked)
{
    ui->confirm = *asked;
    edit_set(&ui->confirm.text, "");
    ui->confirm.asking = !asked->field;
    ui->over = &over_confirm;
}

static bool blank(const char *text)
{
    return text[strspn(text, " ")] == 0;
}

static void leave(struct ui *ui)
{
    ui->over = NULL;
    ui_say(ui, MESSAGE_INFO, "%s: nothing was done", ui->confirm.title);
}

static void do_it(struct ui *ui)
{
    char text[sizeof(ui->confirm.text.text)];

    snprintf(text, sizeof(text), "%s", ui->confirm.text.text);
    ui->over = NULL;
    ui->confirm.yes(ui, text);
}

/* Enter behind the text: the right one does it, when one is expected; any other goes on to the question. */
static void typed(struct ui *ui)
{
    struct confirm *c = &ui->confirm;

    if (blank(c->text.text))
        return;
    if (!*c->expected)
        c->asking = true;
    else if (strcmp(c->text.text, c->expected) == 0)
        do_it(ui);
    else
        leave(ui);
}

static void key(struct ui *ui, struct key k)
{
    struct confirm *c = &ui->confirm;
    bool no = c->asking && (key_is(k, 'n') || key_is(k, 'q') || key_is(k, KEY_CODE_ENTER));

    if (no || key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL)) {
        leave(ui);
    } else if (!c->asking) {
        if (key_is(k, KEY_CODE_ENTER))
            typed(ui);
        else
            edit_key(&c->text, k);
    } else if (key_is(k, over_confirm_key(ui, c->starts))) {
        do_it(ui);
    } else if (c->field && (key_is(k, KEY_CODE_BACKSPACE) || key_is(k, KEY_CODE_UP))) {
        c->asking = false;
    }
}

static void paste(struct ui *ui, const char *text)
{
    if (!ui->confirm.asking && !*ui->confirm.expected)
        edit_insert(&ui->confirm.text, text);
}

void over_confirm_question(struct ui *ui, struct area a, int row, const char *text, enum action starts)
{
    struct canvas *c = &ui->canvas;
    char yes[2] = {(char)over_confirm_key(ui, starts), 0};
    int col = a.col, gap = a.cols >= 28 ? 2 : 1;

    col += canvas_text(c, row, col, a.cols, ROLE_DANGER, text) + gap;
    col += canvas_text(c, row, col, a.col + a.cols - col, ROLE_KEY, yes) + 1;
    col += canvas_text(c, row, col, a.col + a.cols - col, ROLE_LABEL, "yes") + gap;
    canvas_ground(c, (struct area){row, col, 1, gap > 1 ? 12 : 8}, GROUND_SELECTED);
    canvas_text(c, row, col, a.col + a.cols - col, ROLE_KEY, gap > 1 ? " Enter No  " : "Enter No");
    canvas_cursor(c, row, col, false);
}

static void draw(struct ui *ui)
{
    struct confirm *m = &ui->confirm;
    struct canvas *c = &ui->canvas;
    int lines = (int)m->n, need = 2 + lines + 1 + (m->field ? 2 : 0) + 1;
    struct area a = draw_dialog(ui, need, 70, ROLE_DANGER, m->title);
    int row = a.row, last = a.row + a.rows - 1, field = m->field ? width_text(m->field) + 2 : 0;
    int kept = m->field ? 2 : 1; /* rows for the field and the question */

    for (int i = 0; i < lines && row + kept <= last; i++)
        canvas_text(c, row++, a.col, a.cols, i == 0 ? ROLE_STRONG : ROLE_TEXT, m->lines[i]);
    if (m->field) {
        row = last - (last - row >= 2 ? 2 : 1);
        row = row < a.row ? a.row : row;
        canvas_text(c, row, a.col, field, ROLE_PROMPT, m->field);
        edit_draw(&m->text, c, row, a.col + field, a.cols - field, ROLE_INPUT);
    }
    if (m->asking)
        over_confirm_question(ui, a, last, a.cols >= 40 ? m->question : "Sure?", m->starts);
    else if (last > row)
        canvas_text(c, last, a.col, a.cols, ROLE_DIM,
                    *m->expected ? "Enter does it when that is right; Esc leaves"
                                 : "Enter goes on, Esc leaves");
}

const struct overlay over_confirm = {
    .hint = "Enter alone never does it", .draw = draw, .key = key, .paste = paste};
