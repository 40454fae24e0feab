/* Copying by OSC 52: a key says what. */
#include "tui/console.h"
#include "tui/copy.h"
#include "tui/fmt.h"

#include <stdio.h>
#include <string.h>

void over_copy_open(struct ui *ui)
{
    if (act_on_marks(ui) ? !marking_busy(ui, "copy") : ui_pointed(ui) != NULL)
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

    if (!act_on_marks(ui))
        buf_adds(&b, ui->list.selected);
    for (size_t i = 0; act_on_marks(ui) && i < ui->marks.n; i++)
        buf_addf(&b, "%s\n", ui->marks.rows[i].id);
    put(ui, act_on_marks(ui) ? "the marked ids" : "the id", &b);
    buf_release(&b);
}

static void copy_json(struct ui *ui)
{
    struct buf b = BUF_INIT(8u << 20);

    ui->over = NULL;
    if (!detail_is(&ui->detail, ui->list.selected) || !ui->detail.text) {
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

    snprintf(q.order_id, sizeof(q.order_id), "%s", ui->list.selected);
    copy_curl(&b, ui->api->ops->url(ui->api), &q, ui->cfg->keys);
    put(ui, "curl that reads the order", &b);
    buf_release(&b);
}

static void copy_last(struct ui *ui)
{
    struct buf b = BUF_INIT(COPY_MAX + 1);

    ui->over = NULL;
    if (ui->last.op != API_COMMAND) {
        ui_say(ui, MESSAGE_WARN, "not copied: there was no command for one order yet");
        return;
    }
    copy_curl(&b, ui->api->ops->url(ui->api), &ui->last, ui->cfg->keys);
    put(ui, "curl that repeats the last command", &b);
    buf_release(&b);
}

static const struct {
    char key;
    const char *what;
    void (*copy)(struct ui *ui);
} choices[] = {
    {'i', "the id; the ids of all marked orders", copy_ids},
    {'j', "the order as JSON", copy_json},
    {'c', "a curl command that reads the order", copy_read},
    {'r', "a curl command that repeats the last action", copy_last},
};
#define COPIES (sizeof(choices) / sizeof(choices[0]))

static void key(struct ui *ui, struct key k)
{
    for (size_t i = 0; i < COPIES; i++)
        if (key_is(k, (unsigned char)choices[i].key)) {
            choices[i].copy(ui);
            return;
        }
    ui->over = NULL;
}

static void draw(struct ui *ui)
{
    struct area a = draw_dialog(ui, COPIES + 3, 60, ROLE_RULE_FOCUS, "Copy");
    char name[2] = "";

    for (size_t i = 0; i < COPIES && (int)i < a.rows; i++) {
        name[0] = choices[i].key;
        canvas_text(&ui->canvas, a.row + (int)i, a.col + 1, 1, ROLE_KEY, name);
        canvas_text(&ui->canvas, a.row + (int)i, a.col + 4, a.cols - 4, ROLE_TEXT, choices[i].what);
    }
    if (a.rows > (int)COPIES)
        canvas_text(&ui->canvas, a.row + a.rows - 1, a.col + 1, a.cols - 1, ROLE_DIM,
                    "by OSC 52, through ssh and tmux; Esc leaves");
}

const struct overlay over_copy = {.hint = "", .draw = draw, .key = key};
