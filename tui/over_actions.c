/* Every command of the state table for an order: what it accepts first, the rest dimmed with the reason. Then the lines
 * for what a command wants to know. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHOLE 60  /* columns in which every row can be read whole */
#define WORDS 20  /* columns of the commands' names */
#define NARROW 60 /* columns, below which the short id and the command have a line of their own */

/* ---- the menu */

/* How many of the marked orders accepted it when they were marked? */
static size_t marks_that_accept(const struct ui *ui, enum order_command c)
{
    size_t n = 0;

    for (size_t i = 0; i < ui->marks.n; i++)
        n += (ui->marks.rows[i].allowed >> c) & 1;
    return n;
}

static const char *why_not(const struct ui *ui, enum order_command c, char out[80])
{
    if (ui->cfg->read_only)
        return "the service is read-only";
    if (!ui->actions.on_marks)
        return act_why_not(&ui->actions.order, c, out);
    if (c == COMMAND_SHIP)
        return "one at a time: each parcel has its own number";
    return ui->actions.accept[c] ? NULL : "none of them accepted that";
}

void over_actions_open(struct ui *ui)
{
    bool on_marks = act_on_marks(ui);
    const struct order *o = on_marks ? NULL : ui_target(ui);
    size_t n = 0;
    char why[80];

    if (on_marks ? marking_busy(ui, "actions") : !o)
        return;
    ui->actions.on_marks = on_marks;
    ui->actions.order = o ? *o : (struct order){.version = 0};
    ui->actions.at = 0;
    for (int c = 0; c < COMMAND_COUNT; c++)
        ui->actions.accept[c] = marks_that_accept(ui, (enum order_command)c);
    for (int refused = 0; refused <= 1; refused++)
        for (int c = 0; c < COMMAND_COUNT; c++)
            if ((why_not(ui, (enum order_command)c, why) != NULL) == refused)
                ui->actions.rows[n++] = (enum order_command)c;
    ui->over = &over_actions;
}

static void choose(struct ui *ui)
{
    enum order_command c = ui->actions.rows[ui->actions.at];
    char why[80];
    const char *text = why_not(ui, c, why);

    if (text) {
        ui_say(ui, MESSAGE_WARN, "%s: %s", command_word(c)->label, text);
        return;
    }
    ui->over = NULL;
    act_start(ui, ui->actions.on_marks ? NULL : &ui->actions.order, c);
}

static void key(struct ui *ui, struct key k)
{
    enum action a = keymap_find(&ui->keymap, k, SCOPES_DIALOG | SCOPE_BIT(SCOPE_ORDER));

    if (a == ACTION_OPEN)
        choose(ui);
    else if (a == ACTION_BACK || a == ACTION_QUIT || a == ACTION_ACTIONS)
        ui->over = NULL;
    else
        scroll(a, &ui->actions.at, COMMAND_COUNT, 1);
}

static void draw_row(struct ui *ui, struct area a, enum order_command c, bool at)
{
    struct canvas *canvas = &ui->canvas;
    char out[80];
    const char *why = why_not(ui, c, out);
    int col = a.col + 2, end = a.col + a.cols;

    if (at) {
        canvas_ground(canvas, a, GROUND_SELECTED);
        canvas_glyph(canvas, a.row, a.col, ROLE_MARK, GLYPH_SELECTED);
        canvas_cursor(canvas, a.row, a.col, false);
    }
    canvas_text(canvas, a.row, col, WORDS - 1 < end - col ? WORDS - 1 : end - col, why ? ROLE_OFF : ROLE_KEY,
                command_word(c)->label);
    if (!why && ui->actions.on_marks)
        snprintf(out, sizeof(out), "%zu of %zu accepted that when they were marked", ui->actions.accept[c],
                 ui->marks.n);
    if (col + WORDS < end)
        canvas_text(canvas, a.row, col + WORDS, end - col - WORDS, why ? ROLE_OFF : ROLE_TEXT,
                    why                    ? why
                    : ui->actions.on_marks ? out
                                           : command_word(c)->sentence);
}

/* Of the marked row, where the rows have no room to say it. */
static void draw_about(struct ui *ui, struct area a, enum order_command c)
{
    char out[80];
    const char *why = why_not(ui, c, out);

    canvas_text(&ui->canvas, a.row, a.col, a.cols, why ? ROLE_WARN : ROLE_DIM,
                why ? why : command_word(c)->sentence);
}

static void draw(struct ui *ui)
{
    const struct order *o = &ui->actions.order, *now = &ui->list.current;
    char id[FMT_MAX], title[80];
    struct area a;
    size_t top, rows;

    if (ui->actions.on_marks)
        snprintf(title, sizeof(title), "%zu marked orders", ui->marks.n);
    else
        snprintf(title, sizeof(title), "%s is %s%s", fmt_id(o->id, id), status_word(o->status)->label,
                 o->held ? ", on hold" : "");
    a = draw_dialog(ui, COMMAND_COUNT + 3, 72, ROLE_RULE_FOCUS, title);
    rows = a.rows > 1 ? (size_t)a.rows - 1 : 0;
    top = ui->actions.at >= rows && rows > 0 ? ui->actions.at + 1 - rows : 0;
    for (size_t i = 0; i < rows && top + i < COMMAND_COUNT; i++)
        draw_row(ui, (struct area){a.row + (int)i, a.col, 1, a.cols}, ui->actions.rows[top + i],
                 top + i == ui->actions.at);
    draw_more(ui, (struct area){a.row, a.col, (int)rows, a.cols}, top, COMMAND_COUNT);
    if (strcmp(now->id, o->id) == 0 && now->version != o->version)
        canvas_textf(&ui->canvas, a.row + a.rows - 1, a.col, a.cols, ROLE_WARN,
                     "it has changed: %s now, version %" PRId64, status_word(now->status)->label,
                     now->version);
    else if (a.cols < WHOLE)
        draw_about(ui, (struct area){a.row + a.rows - 1, a.col, 1, a.cols}, ui->actions.rows[ui->actions.at]);
}

const struct overlay over_actions = {.hint = "Enter does it, Esc leaves", .draw = draw, .key = key};

/* ---- once more, before it is sent */

static void send(struct ui *ui, const char *text)
{
    (void)text;
    act_send(ui, &ui->actions.order, &ui->actions.args);
}

void over_ask_open(struct ui *ui, const struct order *seen, const struct args *args)
{
    struct confirm c = {.title = command_word(args->command)->label,
                        .question = "Do it to this order?",
                        .starts = ACTION_OPEN,
                        .yes = send};
    size_t n;
    const struct args_row *rows = args_of(args->command, &n);
    char total[40], id[FMT_MAX];

    if (seen != &ui->actions.order)
        ui->actions.order = *seen;
    if (args != &ui->actions.args)
        ui->actions.args = *args;
    if (ui->canvas.cols < NARROW) /* where the id is cut, and perhaps no title is */
        snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%s %s", fmt_id(seen->id, id), c.title);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%s", seen->id);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%.140s  %s", seen->customer,
             order_money(seen->total, total));
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%s%s, version %" PRId64, seen->held ? "on hold, " : "",
             status_word(seen->status)->label, seen->version);
    for (size_t i = 0; i < n; i++)
        if (args->fields[i].text[0])
            snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%s: %.140s", rows[i].label, args->fields[i].text);
    over_confirm_open(ui, &c);
}

/* ---- what it wants to know */

static const struct args_row *args_row(const struct ui *ui)
{
    size_t n;

    return &args_of(ui->actions.args.command, &n)[ui->actions.field];
}

void over_args_open(struct ui *ui, const struct order *seen, enum order_command c)
{
    if (seen != &ui->actions.order)
        ui->actions.order = *seen;
    args_init(&ui->actions.args, c, "");
    ui->actions.field = 0;
    ui->actions.missing = false;
    ui->over = &over_args;
}

/* What was typed says that it is meant; Enter alone does not. */
static bool anything_typed(const struct args *args)
{
    for (size_t i = 0; i < args->n; i++)
        if (args->fields[i].text[strspn(args->fields[i].text, " ")])
            return true;
    return false;
}

static void args_enter(struct ui *ui)
{
    struct args *args = &ui->actions.args;
    const char *text = args->fields[ui->actions.field].text;

    ui->actions.missing = args_row(ui)->needed && text[strspn(text, " ")] == 0;
    if (ui->actions.missing) {
        return;
    } else if (ui->actions.field + 1 < args->n) {
        ui->actions.field++;
    } else if (anything_typed(args)) {
        ui->over = NULL;
        act_send(ui, &ui->actions.order, args);
    } else {
        over_ask_open(ui, &ui->actions.order, args);
    }
}

static void args_key(struct ui *ui, struct key k)
{
    char id[FMT_MAX];

    ui->actions.missing = false;
    if (key_is(k, KEY_CODE_ENTER)) {
        args_enter(ui);
    } else if (key_is(k, KEY_CODE_DOWN) || key_is(k, KEY_CODE_TAB)) {
        ui->actions.field += ui->actions.field + 1 < ui->actions.args.n;
    } else if (key_is(k, KEY_CODE_UP) || k.code == KEY_CODE_TAB) {
        ui->actions.field -= ui->actions.field > 0;
    } else if (key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL)) {
        ui->over = NULL;
        ui_say(ui, MESSAGE_INFO, "%s: %s was not sent", fmt_id(ui->actions.order.id, id),
               command_word(ui->actions.args.command)->label);
    } else {
        edit_key(&ui->actions.args.fields[ui->actions.field], k);
    }
}

static void args_paste(struct ui *ui, const char *text)
{
    ui_paste(ui, &ui->actions.args.fields[ui->actions.field], text);
}

/* Which order, and what: before the field, or on a narrow terminal on a line above it. */
static int args_subject(struct ui *ui, int row)
{
    struct canvas *c = &ui->canvas;
    bool above = c->cols < NARROW && row > 0;
    char id[FMT_MAX];
    int cols;

    if (above)
        canvas_fill(c, (struct area){--row, 0, 1, c->cols}, GROUND_BAR);
    cols = canvas_textf(c, row, 1, above ? c->cols - 2 : c->cols / 2, ROLE_ID, "%s %s",
                        fmt_id(ui->actions.order.id, id), command_word(ui->actions.args.command)->label);
    return above ? 1 : 1 + cols + 2;
}

static void args_draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    const struct args_row *row = args_row(ui);
    int at = c->rows >= 3 ? c->rows - 2 : c->rows - 1, col;

    canvas_fill(c, (struct area){at, 0, 1, c->cols}, GROUND_BAR);
    col = args_subject(ui, at);
    col += canvas_text(c, at, col, c->cols / 2, ROLE_PROMPT, row->label) + 1;
    edit_draw(&ui->actions.args.fields[ui->actions.field], c, at, col, c->cols - col - 1, ROLE_INPUT);
    if (at + 1 >= c->rows)
        return;
    canvas_fill(c, (struct area){at + 1, 0, 1, c->cols}, GROUND_BAR);
    if (ui->actions.args.fields[ui->actions.field].full)
        canvas_text(c, at + 1, 1, c->cols - 2, ROLE_WARN, "that is too long, and was not taken");
    else
        canvas_textf(c, at + 1, 1, c->cols - 2, ui->actions.missing ? ROLE_WARN : ROLE_DIM,
                     "%s%s; %s, Esc leaves", ui->actions.missing ? "needed: " : "", row->hint,
                     ui->actions.field + 1 < ui->actions.args.n ? "Enter goes on" : "Enter sends it");
}

const struct overlay over_args = {.draw = args_draw, .key = args_key, .paste = args_paste};
