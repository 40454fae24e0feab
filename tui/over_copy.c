/* Copying by OSC 52: a key says what. */
#include "tui/console.h"
#include "tui/copy.h"
#include "tui/fmt.h"

#include <stdio.h>
#include <string.h>

void over_copy_open(struct ui *ui)
{
    char why[ACT_WHY];
    const struct order *o = act_pointed(ui, why);

    if (act_on_marks(ui) ? marking_busy(ui, "copy") : ui_pointed(ui) == NULL)
        return;
    ui->copy.on_marks = act_on_marks(ui);
    snprintf(ui->copy.id, sizeof(ui->copy.id), "%s", o ? o->id : "");
    ui->over = &over_copy;
}

static void put(struct ui *ui, const char *what, const struct buf *text)
{
    struct buf out = BUF_INIT(16 * COPY_MAX);
    char n[FMT_MAX], most[FMT_MAX];

    ui->over = NULL;
    fmt_count((int64_t)text->len, n);
    if (text->failed || text->len > COPY_MAX) {
        ui_say(ui, MESSAGE_WARN, "not copied: %s has %s bytes, a terminal's clipboard takes %s", what,
               text->failed ? "too many" : n, fmt_count(COPY_MAX, most));
        return;
    }
    copy_sequence(&out, copy_path(), text->data ? text->data : "", text->len);
    if (out.failed) {
        ui_say(ui, MESSAGE_BAD, "not copied: out of memory");
    } else if (!term_send(ui->term, out.data, out.len)) {
        ui_say(ui, MESSAGE_BAD, "not copied: the terminal takes nothing, and too much waits for it already");
    } else {
        ui_say(ui, MESSAGE_INFO, "given to the terminal's clipboard: %s, %s bytes", what, n);
    }
    buf_release(&out);
}

static void copy_ids(struct ui *ui)
{
    struct buf b = BUF_INIT(MARKS_MAX * 41);

    if (!ui->copy.on_marks)
        buf_adds(&b, ui->copy.id);
    for (size_t i = 0; ui->copy.on_marks && i < ui->marks.n; i++)
        buf_addf(&b, "%s\n", ui->marks.rows[i].id);
    put(ui, ui->copy.on_marks ? "the marked ids" : "the id", &b);
    buf_release(&b);
}

static void copy_json(struct ui *ui)
{
    struct buf b = BUF_INIT(8u << 20);

    ui->over = NULL;
    if (!detail_is(&ui->detail, ui->copy.id) || !ui->detail.text) {
        ui_say(ui, MESSAGE_WARN, "not copied: the order is not read yet");
        return;
    }
    buf_adds(&b, ui->detail.text);
    put(ui, "the order as JSON", &b);
    buf_release(&b);
}

static void copy_read(struct ui *ui)
{
    struct buf b = BUF_INIT(COPY_MAX + 1);
    struct api_request q = {.op = API_ORDER};

    snprintf(q.order_id, sizeof(q.order_id), "%s", ui->copy.id);
    copy_curl(&b, ui->api->ops->url(ui->api), &q, ui->cfg->keys);
    put(ui, "curl that reads the order", &b);
    buf_release(&b);
}

static void copy_last(struct ui *ui)
{
    struct buf b = BUF_INIT(COPY_MAX + 1);

    copy_curl(&b, ui->api->ops->url(ui->api), &ui->last, ui->cfg->keys);
    put(ui, "curl that repeats the last command", &b);
    buf_release(&b);
}

static const struct {
    char key;
    const char *what, *of_marks; /* of_marks NULL: the same */
    void (*copy)(struct ui *ui);
    bool needs_order, needs_command;
} choices[] = {
    {'i', "the id", "the ids of all that are marked", copy_ids, false, false},
    {'j', "the order as JSON", NULL, copy_json, true, false},
    {'c', "curl that reads the order", NULL, copy_read, true, false},
    {'r', "curl repeating the last action", NULL, copy_last, false, true},
};
#define COPIES (sizeof(choices) / sizeof(choices[0]))

/* Why it is not to be had; NULL: it is. */
static const char *why_not(const struct ui *ui, size_t i)
{
    if (choices[i].needs_order && !*ui->copy.id)
        return "no order is selected";
    return choices[i].needs_command && ui->last.op != API_COMMAND ? "none yet" : NULL;
}

static void key(struct ui *ui, struct key k)
{
    for (size_t i = 0; i < COPIES; i++) {
        const char *why = why_not(ui, i);

        if (!key_is(k, (unsigned char)choices[i].key))
            continue;
        if (why) {
            ui->over = NULL;
            ui_say(ui, MESSAGE_WARN, "not copied: %s: %s", choices[i].what, why);
        } else {
            choices[i].copy(ui);
        }
        return;
    }
    ui->over = NULL;
}

static void draw_copy(struct ui *ui, struct area a, size_t i)
{
    const char *why = why_not(ui, i), name[2] = {choices[i].key, 0};
    int used;

    canvas_text(&ui->canvas, a.row, a.col + 1, 1, why ? ROLE_OFF : ROLE_KEY, name);
    used = canvas_text(&ui->canvas, a.row, a.col + 4, a.cols - 4, why ? ROLE_OFF : ROLE_TEXT,
                       ui->copy.on_marks && choices[i].of_marks ? choices[i].of_marks : choices[i].what);
    if (why)
        canvas_textf(&ui->canvas, a.row, a.col + 4 + used, a.cols - 4 - used, ROLE_OFF, ": %s", why);
}

static void draw(struct ui *ui)
{
    char title[80], id[FMT_MAX];
    struct area a;

    snprintf(title, sizeof(title), "Copy%s%s", *ui->copy.id ? " of " : "",
             *ui->copy.id ? fmt_id(ui->copy.id, id) : "");
    a = draw_dialog(ui, COPIES + 3, 66, ROLE_RULE_FOCUS, title);
    for (size_t i = 0; i < COPIES && (int)i < a.rows; i++)
        draw_copy(ui, (struct area){a.row + (int)i, a.col, 1, a.cols}, i);
    if (a.rows > (int)COPIES)
        canvas_text(&ui->canvas, a.row + a.rows - 1, a.col + 1, a.cols - 1, ROLE_DIM,
                    a.cols >= 48 ? "by OSC 52, through ssh and tmux; Esc leaves" : "Esc leaves");
}

const struct overlay over_copy = {.hint = "", .draw = draw, .key = key};
