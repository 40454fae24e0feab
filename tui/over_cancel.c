/* Cancelling asks: what it is about, a reason, and then yes or no. No is the default; Enter alone never cancels. */
#include "tui/console.h"
#include "tui/fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void over_cancel_open(struct ui *ui, const struct order *seen, const char *reason)
{
    ui->cancel.order = *seen;
    edit_set(&ui->cancel.reason, reason);
    ui->cancel.asking = false;
    ui->over = &over_cancel;
}

static void send(struct ui *ui)
{
    struct args args;

    args_init(&args, COMMAND_CANCEL, ui->cancel.reason.text);
    act_send(ui, &ui->cancel.order, &args);
}

static void close_unsent(struct ui *ui)
{
    char id[FMT_MAX];

    ui->over = NULL;
    ui_say(ui, MESSAGE_INFO, "%s was not cancelled", fmt_id(ui->cancel.order.id, id));
}

static bool blank(const char *text)
{
    return text[strspn(text, " ")] == 0;
}

static void key(struct ui *ui, struct key k)
{
    bool leave = key_is(k, KEY_CODE_ESC) || (k.code == 'c' && k.mods == KEY_CTRL);

    if (leave) {
        close_unsent(ui);
    } else if (ui->cancel.asking) {
        if (key_is(k, over_confirm_key(ui, ACTION_CANCEL))) {
            ui->over = NULL;
            send(ui);
        } else if (key_is(k, 'n') || key_is(k, 'q') || key_is(k, KEY_CODE_ENTER)) {
            close_unsent(ui);
        } else if (key_is(k, KEY_CODE_BACKSPACE) || key_is(k, KEY_CODE_UP) || k.code == KEY_CODE_TAB) {
            ui->cancel.asking = false;
        }
    } else if (key_is(k, KEY_CODE_ENTER)) {
        ui->cancel.asking = !blank(ui->cancel.reason.text);
    } else {
        edit_key(&ui->cancel.reason, k);
    }
}

static void paste(struct ui *ui, const char *text)
{
    if (!ui->cancel.asking)
        ui_paste(ui, &ui->cancel.reason, text);
}

/* What the order is now, when that is not what the dialog was opened for. */
static bool moved_on(const struct ui *ui, char *out, size_t room)
{
    const struct order *now = &ui->list.current, *seen = &ui->cancel.order;

    *out = 0;
    if (strcmp(now->id, seen->id) != 0 || now->version == seen->version)
        return false;
    snprintf(out, room, "it has changed: %s now, version %" PRId64, status_word(now->status)->label,
             now->version);
    return true;
}

static void draw_question(struct ui *ui, struct area a, int row)
{
    struct canvas *c = &ui->canvas;
    char changed[80];

    if (moved_on(ui, changed, sizeof(changed))) {
        int above = a.rows >= 8 ? row - 1 : row - 2; /* not over the reason */

        canvas_fill(c, (struct area){above, a.col, 1, a.cols}, GROUND_DIALOG);
        canvas_text(c, above, a.col, a.cols, ROLE_WARN, changed);
    }
    if (!ui->cancel.asking) {
        bool missing = blank(ui->cancel.reason.text), full = ui->cancel.reason.full;

        canvas_text(c, row, a.col, a.cols,
                    full      ? ROLE_WARN
                    : missing ? ROLE_DIM
                              : ROLE_LABEL,
                    full      ? "that is too long, and was not taken"
                    : missing ? (a.cols >= 30 ? "a reason is needed; Esc leaves" : "reason? Esc leaves")
                              : (a.cols >= 25 ? "Enter goes on, Esc leaves" : "Enter or Esc"));
        return;
    }
    over_confirm_question(ui, a, row,
                          a.cols >= 38   ? "Cancel this order?"
                          : a.cols >= 28 ? "Cancel it?"
                                         : "Sure?",
                          ACTION_CANCEL);
}

static void draw(struct ui *ui)
{
    const struct order *o = &ui->cancel.order;
    struct area a = draw_dialog(ui, 10, 66, ROLE_DANGER, "Cancel an order");
    struct canvas *c = &ui->canvas;
    char total[40], line[400];
    int row = a.row, field = a.cols > 20 ? 8 : 0;

    snprintf(line, sizeof(line), "%s  %s", o->customer, order_money(o->total, total));
    if (a.rows >= 8) {
        canvas_text(c, row++, a.col, a.cols, ROLE_STRONG, o->id);
        canvas_text(c, row++, a.col, a.cols, ROLE_CUSTOMER, line);
        canvas_glyph(c, row, a.col, status_role(o->status), status_glyph(o->status));
        canvas_textf(c, row++, a.col + 2, a.cols - 2, status_role(o->status), "%s, version %" PRId64,
                     status_word(o->status)->label, o->version);
        row++;
    } else if (a.rows >= 3) {
        char id[FMT_MAX];
        bool room = a.rows >= 5;

        canvas_textf(c, row++, a.col, a.cols, ROLE_STRONG, "%s %s %s", fmt_id(o->id, id),
                     status_word(o->status)->short_label, room ? "" : line);
        if (room)
            canvas_text(c, row++, a.col, a.cols, ROLE_CUSTOMER, o->customer);
        if (room)
            canvas_text(c, row++, a.col, a.cols, ROLE_TEXT, total);
    }
    canvas_text(c, row, a.col, field, ROLE_PROMPT, "reason");
    edit_draw(&ui->cancel.reason, c, row, a.col + field, a.cols - field, ROLE_INPUT);
    draw_question(ui, a,
                  row + (a.rows >= 8 ? 3 : 1) < a.row + a.rows ? row + (a.rows >= 8 ? 3 : 1)
                                                               : a.row + a.rows - 1);
}

const struct overlay over_cancel = {.hint =
                                        "the reason is kept with the order; Enter never cancels by itself",
                                    .draw = draw,
                                    .key = key,
                                    .paste = paste};
