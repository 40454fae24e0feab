/* One command for all marked orders: what it would do, what it wants to know, and the number typed to confirm it. Then one
 * result per order. Nothing is preset, and Enter alone never does it. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLS 78

void over_bulk_open(struct ui *ui, enum order_command c, const char *text)
{
    const char *label = command_word(c)->label;

    if (ui->cfg->read_only) {
        ui_say(ui, MESSAGE_WARN, "%s: not possible, the service is read-only", label);
    } else if (c == COMMAND_SHIP) {
        ui_say(ui, MESSAGE_WARN, "%s: one order at a time, each parcel has its own number", label);
    } else if (marking_busy(ui, label)) {
        return;
    } else if (!bulk_start(ui, c, text)) {
        ui_say(ui, MESSAGE_BAD, "%s: out of memory", label);
    } else {
        while (ui->bulk.field < ui->bulk.args.n && ui->bulk.args.fields[ui->bulk.field].text[0])
            ui->bulk.field++;
        ui->over = &over_bulk;
    }
}

static void leave(struct ui *ui)
{
    ui->over = NULL;
    bulk_release(&ui->bulk);
}

/* ---- keys */

static bool number_is_right(const struct bulk *b)
{
    char typed[sizeof(b->number.text)], wanted[FMT_MAX];
    size_t n = 0;

    for (const char *p = b->number.text; *p; p++)
        if (*p != ' ')
            typed[n++] = *p;
    typed[n] = 0;
    snprintf(wanted, sizeof(wanted), "%zu", b->count[BULK_CAN]);
    return b->count[BULK_CAN] > 0 && strcmp(typed, wanted) == 0;
}

static void confirm(struct ui *ui)
{
    struct bulk *b = &ui->bulk;
    struct buf body = BUF_INIT(sizeof(b->body) - 1);

    b->wrong = !number_is_right(b) || args_missing(&b->args) || b->phase != BULK_ASK;
    if (b->wrong)
        return;
    args_body(&b->args, &body);
    if (body.failed)
        ui_say(ui, MESSAGE_BAD, "%s was not sent: too long", command_word(b->args.command)->label);
    snprintf(b->body, sizeof(b->body), "%s", body.data && !body.failed ? body.data : "");
    if (!body.failed)
        bulk_run(ui);
    buf_release(&body);
}

static struct edit *field(struct bulk *b)
{
    return b->field < b->args.n ? &b->args.fields[b->field] : &b->number;
}

static void ask_key(struct ui *ui, struct key k)
{
    struct bulk *b = &ui->bulk;

    b->wrong = false;
    if (key_is(k, KEY_CODE_ENTER) && b->field == b->args.n)
        confirm(ui);
    else if (key_is(k, KEY_CODE_ENTER) || key_is(k, KEY_CODE_TAB) || key_is(k, KEY_CODE_DOWN))
        b->field += b->field < b->args.n;
    else if (k.code == KEY_CODE_TAB || key_is(k, KEY_CODE_UP))
        b->field -= b->field > 0;
    else
        edit_key(field(b), k);
}

static void mark_again(struct ui *ui)
{
    size_t n = bulk_mark_again(&ui->bulk, &ui->marks);
    char text[FMT_MAX];

    leave(ui);
    ui_say(ui, MESSAGE_INFO, "marked again, as they are now: %s", fmt_count((int64_t)n, text));
}

static void over_key(struct ui *ui, struct key k)
{
    struct bulk *b = &ui->bulk;
    enum action a = keymap_find(&ui->keymap, k, SCOPES_DIALOG);

    if (key_is(k, 'm'))
        mark_again(ui);
    else if (a == ACTION_BACK || a == ACTION_QUIT || a == ACTION_OPEN)
        leave(ui);
    else
        scroll(a, &b->top, b->n, b->lines);
}

static void key(struct ui *ui, struct key k)
{
    bool esc = key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL);

    switch (ui->bulk.phase) {
    case BULK_LOOK:
    case BULK_ASK:
        if (esc) {
            ui_say(ui, MESSAGE_INFO, "%s: nothing was sent", command_word(ui->bulk.args.command)->label);
            leave(ui);
        } else {
            ask_key(ui, k);
        }
        return;
    case BULK_RUN:
        if (esc)
            bulk_stop(ui);
        return;
    case BULK_OVER: over_key(ui, k); return;
    case BULK_NONE: break;
    }
    ui->over = NULL;
}

static void paste(struct ui *ui, const char *text)
{
    struct bulk *b = &ui->bulk;

    if (b->phase != BULK_LOOK && b->phase != BULK_ASK)
        return;
    if (field(b) == &b->number)
        ui_say(ui, MESSAGE_WARN, "the number is typed: pasted text is not taken for it");
    else
        ui_paste(ui, field(b), text);
}

/* ---- the dry run */

struct group {
    size_t n;
    enum bulk_state state;
    char text[80];
};
#define GROUPS (2 * STATUS_COUNT + 4)

static void add_group(struct group *groups, size_t *n_groups, const struct bulk *b, enum bulk_state state,
                      const char *text)
{
    struct group *g = &groups[*n_groups];

    if (b->count[state] == 0)
        return;
    *g = (struct group){.n = b->count[state], .state = state};
    snprintf(g->text, sizeof(g->text), "%s", text);
    ++*n_groups;
}

/* What becomes of them, in lines; those that do not accept it by what they are. */
static size_t group(const struct bulk *b, struct group groups[GROUPS])
{
    size_t n = 0, refused[STATUS_COUNT][2] = {{0}};
    char text[80];

    snprintf(text, sizeof(text), "can be %s", args_done(b->args.command));
    add_group(groups, &n, b, BULK_CAN, text);
    for (size_t i = 0; i < b->n && b->count[BULK_NOT]; i++)
        if (b->rows[i].state == BULK_NOT)
            refused[b->rows[i].now.status][b->rows[i].now.held]++;
    for (int s = 0; s < STATUS_COUNT; s++)
        for (int held = 0; held <= 1; held++) {
            if (refused[s][held] == 0)
                continue;
            groups[n] = (struct group){.n = refused[s][held], .state = BULK_NOT};
            snprintf(groups[n].text, sizeof(groups[n].text), "cannot: %s%s",
                     status_word((enum order_status)s)->label, held ? " and on hold" : "");
            n++;
        }
    add_group(groups, &n, b, BULK_CHANGED, "changed since they were marked: left alone");
    add_group(groups, &n, b, BULK_MISSING, "do not exist");
    add_group(groups, &n, b, BULK_LEFT, "gave no answer: left alone");
    return n;
}

static enum role state_role(enum bulk_state s)
{
    return s == BULK_CAN || s == BULK_DONE       ? ROLE_OK
           : s == BULK_FAILED                    ? ROLE_BAD
           : s == BULK_CHANGED || s == BULK_LEFT ? ROLE_WARN
                                                 : ROLE_DIM;
}

static void draw_groups(struct ui *ui, struct area a)
{
    struct group groups[GROUPS];
    size_t n = group(&ui->bulk, groups);
    int cols = a.cols >= 36 ? 7 : 3, gap = a.cols >= 36 ? 2 : 1;
    char count[FMT_MAX];

    for (size_t i = 0; i < n && (int)i < a.rows; i++) {
        int row = a.row + (int)i;

        fmt_count((int64_t)groups[i].n, count);
        if (width_text(count) > cols)
            cols = width_text(count);
        canvas_right(&ui->canvas, row, a.col, cols, state_role(groups[i].state), count);
        canvas_text(&ui->canvas, row, a.col + cols + gap, a.cols - cols - gap, state_role(groups[i].state),
                    groups[i].text);
    }
    draw_more(ui, a, 0, n);
}

static void draw_progress(struct ui *ui, struct area a, const char *what, size_t done)
{
    char n[FMT_MAX], all[FMT_MAX];
    int width = a.cols < 60 ? a.cols : 60, full;

    if (a.rows < 1)
        return;
    canvas_textf(&ui->canvas, a.row, a.col, a.cols, ROLE_TEXT, "%s: %s of %s", what,
                 fmt_count((int64_t)done, n), fmt_count((int64_t)ui->bulk.n, all));
    full = (int)((size_t)width * done / ui->bulk.n);
    for (int i = 0; i < width && a.rows > 1; i++)
        canvas_glyph(&ui->canvas, a.row + 1, a.col + i, i < full ? ROLE_SPARK : ROLE_OFF,
                     i < full ? GLYPH_SPARK8 : GLYPH_MIDDLE);
}

/* ---- the fields */

static void draw_field(struct ui *ui, struct area a, size_t i)
{
    struct bulk *b = &ui->bulk;
    size_t n;
    const struct args_row *rows = args_of(b->args.command, &n);
    char label[60];
    int cols;

    if (i < n)
        snprintf(label, sizeof(label), "%s", rows[i].label);
    else if (b->phase == BULK_LOOK)
        snprintf(label, sizeof(label), "type the number");
    else
        snprintf(label, sizeof(label), "type %zu", b->count[BULK_CAN]);
    cols = width_text(label) + 1;
    cols = cols < 16 && a.cols >= 40 ? 16 : cols;
    canvas_text(&ui->canvas, a.row, a.col, cols, ROLE_PROMPT, label);
    if (i == b->field) {
        edit_draw(field(b), &ui->canvas, a.row, a.col + cols, a.cols - cols, ROLE_INPUT);
    } else {
        canvas_ground(&ui->canvas, (struct area){a.row, a.col + cols, 1, a.cols - cols}, GROUND_FIELD);
        canvas_text(&ui->canvas, a.row, a.col + cols, a.cols - cols, ROLE_INPUT,
                    i < n ? b->args.fields[i].text : b->number.text);
    }
}

static void draw_hint(struct ui *ui, struct area a)
{
    struct bulk *b = &ui->bulk;
    const struct args_row *missing = args_missing(&b->args);
    enum role role = b->wrong || field(b)->full ? ROLE_WARN : ROLE_DIM;
    char text[160];

    if (field(b)->full)
        snprintf(text, sizeof(text), "that is too long, and was not taken");
    else if (b->wrong && missing)
        snprintf(text, sizeof(text), "not sent: %s is needed", missing->label);
    else if (b->wrong && b->phase == BULK_LOOK)
        snprintf(text, sizeof(text), "not sent: they are still being looked at");
    else if (b->wrong)
        snprintf(text, sizeof(text), "not sent: type %zu, the number of orders it is for",
                 b->count[BULK_CAN]);
    else
        snprintf(text, sizeof(text), "%s",
                 a.cols >= 66   ? "Enter goes on, and sends only behind the right number; Esc leaves"
                 : a.cols >= 26 ? "Enter goes on, Esc leaves"
                                : "Enter or Esc");
    canvas_text(&ui->canvas, a.row, a.col, a.cols, role, text);
}

static void draw_ask(struct ui *ui)
{
    struct bulk *b = &ui->bulk;
    struct group groups[GROUPS];
    size_t n_groups = b->phase == BULK_ASK ? group(b, groups) : 2, fields = b->args.n + 1;
    char title[80];
    struct area a;
    int last;

    snprintf(title, sizeof(title), "%s: %zu marked orders", command_word(b->args.command)->label, b->n);
    a = draw_dialog(ui, (int)(n_groups + fields) + 5, COLS, ROLE_DANGER, title);
    last = a.row + a.rows - 1;
    if (b->phase == BULK_ASK && b->count[BULK_CAN] == 0) {
        draw_groups(ui, (struct area){a.row, a.col, a.rows - 1, a.cols});
        canvas_text(&ui->canvas, last, a.col, a.cols, ROLE_DIM, "there is nothing to send; Esc leaves");
        return;
    }
    if (a.rows > 1)
        draw_hint(ui, (struct area){last, a.col, 1, a.cols});
    if ((size_t)a.rows < fields + 2) { /* one at a time */
        draw_field(ui, (struct area){a.rows > 1 ? last - 1 : last, a.col, 1, a.cols}, b->field);
        a.rows -= 2;
    } else {
        a.rows -= (int)fields + 2;
        for (size_t i = 0; i < fields; i++)
            draw_field(ui, (struct area){a.row + a.rows + (int)i, a.col, 1, a.cols}, i);
    }
    if (b->phase == BULK_ASK)
        draw_groups(ui, a);
    else
        draw_progress(ui, a, "looking at them", b->n - b->count[BULK_WAITS]);
}

/* ---- the results */

static const char *result(const struct bulk *b, const struct bulk_row *row, char out[120])
{
    char why[80];
    const char *text = row->text ? row->text : "";

    switch (row->state) {
    case BULK_NOT:
        text = act_why_not(&row->now, b->args.command, why);
        snprintf(out, 120, "not sent: %s", text ? text : "");
        return out;
    case BULK_CHANGED:
        if (row->text)
            break;
        snprintf(out, 120, "not sent: it has changed since it was marked, it is %s now",
                 status_word(row->now.status)->label);
        return out;
    case BULK_MISSING: return "not sent: there is no such order";
    case BULK_LEFT: return row->text ? text : "not sent: stopped";
    case BULK_WAITS:
    case BULK_CAN:
    case BULK_DONE:
    case BULK_FAILED:
    case BULK_STATES: break;
    }
    return text;
}

static void draw_result(struct ui *ui, struct area a, const struct bulk_row *row)
{
    char id[FMT_MAX], text[120];
    int col = a.col, end = a.col + a.cols;

    canvas_glyph(&ui->canvas, a.row, col, state_role(row->state),
                 row->state == BULK_DONE     ? GLYPH_COMPLETED
                 : row->state == BULK_FAILED ? GLYPH_CANCELLED
                 : row->state == BULK_NOT    ? GLYPH_MIDDLE
                                             : GLYPH_LATE);
    col += 2;
    canvas_text(&ui->canvas, a.row, col, end - col, ROLE_ID, fmt_id(row->now.id, id));
    col += FMT_ID_COLUMNS + 2;
    if (a.cols >= 60) {
        canvas_text(&ui->canvas, a.row, col, 12, ROLE_CUSTOMER, row->now.customer);
        col += 14;
    }
    if (col < end)
        canvas_text(&ui->canvas, a.row, col, end - col, state_role(row->state), result(&ui->bulk, row, text));
}

static void draw_results(struct ui *ui)
{
    struct bulk *b = &ui->bulk;
    char title[120], done[FMT_MAX], all[FMT_MAX];
    size_t failed = b->count[BULK_FAILED] + b->count[BULK_CHANGED] + b->count[BULK_LEFT];
    struct area a;
    int wide = ui->canvas.cols > 120 ? 116 : ui->canvas.cols - 2;

    snprintf(title, sizeof(title), "%s: %s of %s are %s", command_word(b->args.command)->label,
             fmt_count((int64_t)b->count[BULK_DONE], done), fmt_count((int64_t)b->n, all),
             args_done(b->args.command));
    a = draw_dialog(ui, b->n + 4 < (size_t)ui->canvas.rows ? (int)b->n + 4 : ui->canvas.rows, wide,
                    failed ? ROLE_DANGER : ROLE_RULE_FOCUS, title);
    b->lines = a.rows > 1 ? (size_t)a.rows - 1 : 0;
    for (size_t i = 0; i < b->lines && b->top + i < b->n && b->shown; i++)
        draw_result(ui, (struct area){a.row + (int)i, a.col, 1, a.cols}, &b->rows[b->shown[b->top + i]]);
    if (a.rows > 0)
        canvas_textf(&ui->canvas, a.row + a.rows - 1, a.col, a.cols, ROLE_DIM, "%sEsc leaves%s%s",
                     failed ? "m marks those that were not served again, " : "",
                     b->top + b->lines < b->n ? "; more below " : "",
                     b->top + b->lines < b->n ? glyph_text(GLYPH_DOWN) : "");
}

static void draw_run(struct ui *ui)
{
    struct bulk *b = &ui->bulk;
    char title[80];
    struct area a;

    snprintf(title, sizeof(title), "%s: %zu marked orders", command_word(b->args.command)->label, b->n);
    a = draw_dialog(ui, 6, COLS, ROLE_DANGER, title);
    draw_progress(ui, a, "sent and answered", b->n - b->count[BULK_CAN]);
    if (a.rows > 2)
        canvas_text(&ui->canvas, a.row + a.rows - 1, a.col, a.cols, ROLE_DIM,
                    "Esc stops: what is not sent yet is left alone");
}

static void draw(struct ui *ui)
{
    if (ui->bulk.phase == BULK_OVER)
        draw_results(ui);
    else if (ui->bulk.phase == BULK_RUN)
        draw_run(ui);
    else
        draw_ask(ui);
}

const struct overlay over_bulk = {.hint = "", .draw = draw, .key = key, .paste = paste};
