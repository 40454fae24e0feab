/* The dead letters: a list, and one of them whole. They are tried again or deleted from both. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is done with them */

static void replay(struct ui *ui)
{
    const struct letter *l = letters_selected(&ui->letters);
    struct api_request q = {.op = API_DEAD_REPLAY};
    char what[80];

    snprintf(q.letter, sizeof(q.letter), "%s", l->id);
    snprintf(what, sizeof(what), "dead letter %s", l->id);
    errand_send(ui, &q, what);
}

static void drop(struct ui *ui, const char *text)
{
    struct api_request q = {.op = API_DEAD_DROP};
    char what[80];

    (void)text;
    snprintf(q.letter, sizeof(q.letter), "%.23s", ui->confirm.about);
    snprintf(what, sizeof(what), "dead letter %s", q.letter);
    errand_send(ui, &q, what);
}

/* "wms.waves.events 2/1001" */
static void place_of(const struct letter *l, char *out, size_t room)
{
    if (l->partition < 0)
        snprintf(out, room, "%s, set aside by hand", l->topic);
    else
        snprintf(out, room, "%s %" PRId64 "/%" PRId64, l->topic, l->partition, l->offset);
}

static void ask_drop_letter(struct ui *ui)
{
    const struct letter *l = letters_selected(&ui->letters);
    struct confirm c = {.title = "Delete a dead letter",
                        .question = "Delete it for good?",
                        .starts = ACTION_DROP,
                        .yes = drop};
    char place[400];

    place_of(l, place, sizeof(place));
    snprintf(c.about, sizeof(c.about), "%s", l->id);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%s %s", l->id, l->code);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%.190s", place);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%.190s", l->reason);
    if (*l->order)
        snprintf(c.lines[c.n++], sizeof(c.lines[0]), "about %s", l->order);
    over_confirm_open(ui, &c);
}

static void replay_all(struct ui *ui, const char *text)
{
    struct api_request q = {.op = API_DEAD_REPLAY_ALL};

    (void)text;
    snprintf(q.query, sizeof(q.query), "code=%s", ui->confirm.about);
    errand_send(ui, &q, ui->confirm.about);
}

/* All there are, or only those that are held. */
static bool some_left(const struct letters *l)
{
    return l->waiting ? *l->next != 0 : l->more;
}

static void ask_replay_all(struct ui *ui, const char *code)
{
    struct confirm c = {.title = "Try dead letters again",
                        .field = "their number",
                        .starts = ACTION_REPLAY_ALL,
                        .yes = replay_all};
    size_t n = letters_of_code(&ui->letters, code);

    snprintf(c.about, sizeof(c.about), "%s", code);
    snprintf(c.expected, sizeof(c.expected), "%zu", n);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%zu with the reason %s%s", n, code,
             some_left(&ui->letters) ? ", and perhaps more" : "");
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "Each is tried again, the oldest first.");
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "Those that are still bad are kept.");
    over_confirm_open(ui, &c);
}

void dead_letters_read(struct ui *ui)
{
    char code[sizeof(ui->letters.counted)];

    if (ui->screen == &screen_letter && *ui->letters.pick.id &&
        strcmp(ui->letters.pick.id, ui->letters.open.id) != 0)
        ask_want(ui, ASK_LETTER);
    if (!*ui->letters.counted)
        return;
    snprintf(code, sizeof(code), "%s", ui->letters.counted);
    *ui->letters.counted = 0;
    if (ui->screen == &screen_dead || ui->screen == &screen_letter)
        ask_replay_all(ui, code);
}

/* To count them all, all are read first. */
static void count_first(struct ui *ui)
{
    snprintf(ui->letters.counted, sizeof(ui->letters.counted), "%s", letters_selected(&ui->letters)->code);
    letters_fetch(&ui->letters);
    ask_drop(ui, ASK_LETTERS);
    ask_want(ui, ASK_LETTERS);
}

/* What no key goes to is said. */
static void say_none(struct ui *ui)
{
    if (letters_gone(&ui->letters))
        ui_say(ui, MESSAGE_WARN, "dead letter %s is not there any more", ui->letters.pick.id);
    else
        ui_say(ui, MESSAGE_WARN,
               ui->letters.n ? "no dead letter is selected: choose one with the arrow keys"
                             : "there is no dead letter here");
}

static bool act_letters(struct ui *ui, enum action action)
{
    if (action != ACTION_REPLAY && action != ACTION_REPLAY_ALL && action != ACTION_DROP)
        return false;
    if (ui->cfg->read_only)
        ui_say(ui, MESSAGE_WARN, "%s: not possible, the service is read-only", action_info(action)->label);
    else if (letters_gone(&ui->letters) || !letters_selected(&ui->letters))
        say_none(ui);
    else if (action == ACTION_REPLAY)
        replay(ui);
    else if (action == ACTION_DROP)
        ask_drop_letter(ui);
    else
        count_first(ui);
    return true;
}

/* ---- the list */

#define CODE_COLS 16

static void draw_letter_row(struct ui *ui, struct area a, const struct letter *l, bool selected)
{
    struct canvas *c = &ui->canvas;
    int left = a.cols >= 40 ? 3 : 1, col = a.col + left, end = a.col + a.cols - 1;
    char time[FMT_MAX], id[FMT_MAX], place[400];

    if (selected) {
        canvas_ground(c, a, ui->over ? GROUND_RESTING : GROUND_SELECTED);
        canvas_glyph(c, a.row, a.col + (left > 1), ROLE_MARK, GLYPH_SELECTED);
        if (!ui->over)
            canvas_cursor(c, a.row, a.col + (left > 1), false);
    }
    if (a.cols >= 60) {
        canvas_text(c, a.row, col, 12, ROLE_TIME, fmt_moment(l->received, ui->now_ms, time));
        col += 14;
    }
    canvas_text(c, a.row, col, end - col < CODE_COLS ? end - col : CODE_COLS, ROLE_WARN, l->code);
    col += CODE_COLS + 2;
    if (a.cols >= 76) {
        canvas_text(c, a.row, col, FMT_ID_COLUMNS, ROLE_ID, *l->order ? fmt_id(l->order, id) : "");
        col += FMT_ID_COLUMNS + 2;
    }
    if (a.cols >= 110) {
        int cols = a.cols >= 150 ? 40 : 30;

        place_of(l, place, sizeof(place));
        canvas_text(c, a.row, col, cols, ROLE_DIM, place);
        col += cols + 2;
    }
    if (col < end)
        canvas_text(c, a.row, col, end - col, ROLE_TEXT, l->reason);
}

static void draw_letter_heads(struct ui *ui, struct area a)
{
    static const struct {
        const char *head;
        int least, cols;
    } heads[] = {{"SET ASIDE", 60, 14},
                 {"WHY", 0, CODE_COLS + 2},
                 {"ORDER", 76, FMT_ID_COLUMNS + 2},
                 {"TOPIC PARTITION/OFFSET", 110, 0},
                 {"REASON", 0, 0}};
    int col = a.col + (a.cols >= 40 ? 3 : 1), end = a.col + a.cols - 1;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        int cols = i == 3 ? (a.cols >= 150 ? 42 : 32) : heads[i].cols;

        if (a.cols < heads[i].least || col >= end)
            continue;
        canvas_text(&ui->canvas, a.row, col, end - col, ROLE_COLUMN, heads[i].head);
        col += cols;
    }
}

static void draw_none(struct ui *ui, struct area a)
{
    struct lines l = {.canvas = &ui->canvas, .wrap = true};

    l.area = (struct area){a.row + (a.rows > 4), a.col + 2, a.rows, a.cols - 4};
    if (!ui->letters.loaded)
        return;
    lines_long(&l, 0, ROLE_DIM,
               "There are no dead letters. A record of the warehouse that cannot be used, such as one about "
               "an order nobody knows, is kept here instead of being lost.");
    if (ui->health.kafka == LIGHT_OFF)
        lines_long(&l, 0, ROLE_DIM,
                   "No brokers are set (KAFKA_BROKERS), so nothing comes from the warehouse.");
}

static void draw_dead(struct ui *ui, struct area body)
{
    struct letters *l = &ui->letters;
    char right[FMT_MAX + 16] = "", count[FMT_MAX], text[48] = "newest first";
    struct area rows = {body.row + 1, body.col, body.rows - 1, body.cols};

    if (l->loaded)
        snprintf(right, sizeof(right), "%s%s", fmt_count((int64_t)l->n, count), l->more ? "+" : "");
    if (l->pick.gone && *l->pick.id)
        snprintf(text, sizeof(text), "%.23s is not there any more", l->pick.id);
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, "Dead letters", text, right);
    if (l->n == 0) {
        draw_none(ui, rows);
        return;
    }
    if (rows.rows >= 5) {
        draw_letter_heads(ui, rows);
        rows.row++;
        rows.rows--;
    }
    ui->mouse.at.tables[0] = body;
    ui->mouse.at.rows[0] = rows;
    l->pick.visible = rows.rows > 0 ? (size_t)rows.rows : 1;
    letters_move(l, ACTION_NONE); /* the selection on screen, whatever its size */
    for (size_t i = 0; i < l->pick.visible && l->pick.top + i < l->n && rows.rows > 0; i++)
        draw_letter_row(ui, (struct area){rows.row + (int)i, rows.col, 1, rows.cols},
                        &l->rows[l->pick.top + i], l->pick.top + i == pick_row(&l->pick, l->n));
}

static void enter_dead(struct ui *ui)
{
    if (!*ui->letters.pick.id) /* one that is gone stays to be seen */
        pick_begin(&ui->letters.pick);
    dead_letters_again(ui);
}

void dead_letters_again(struct ui *ui)
{
    ask_drop(ui, ASK_LETTERS); /* the pages of one reading belong together */
    letters_fetch(&ui->letters);
    ask_want(ui, ASK_LETTERS);
}

static bool opens_dead(const struct ui *ui)
{
    return letters_selected(&ui->letters) != NULL;
}

static bool act_dead(struct ui *ui, enum action action)
{
    if (act_letters(ui, action))
        return true;
    if (action == ACTION_OPEN) {
        if (opens_dead(ui))
            ui_show(ui, &screen_letter);
        else
            say_none(ui);
        return true;
    }
    if (!letters_move(&ui->letters, action))
        return false;
    if (letters_near_end(&ui->letters) && !ui->asks[ASK_LETTERS].open)
        dead_letters_again(ui);
    return true;
}

static void click_dead(struct ui *ui, int table, int line)
{
    (void)table;
    if (line >= 0 && letters_point(&ui->letters, (size_t)line))
        act_dead(ui, ACTION_OPEN);
}

/* ---- one letter */

static void draw_named(struct lines *l, const char *name, enum role role, const char *value)
{
    int row = lines_next(l), indent = l->area.cols >= 50 ? 14 : 10;

    if (row >= 0)
        canvas_text(l->canvas, row, l->area.col, indent - 1, ROLE_DIM, name);
    lines_run_on(l, row, indent, l->area.cols - indent, role, value);
}

/* As it is, broken where the pane ends. */
static void draw_text(struct lines *l, const char *text, size_t len)
{
    struct buf line = BUF_INIT(len);

    l->verbatim = true;
    while (*text) {
        size_t n = strcspn(text, "\n");

        buf_clear(&line);
        buf_add(&line, text, n);
        lines_long(l, 0, ROLE_TEXT, line.data ? line.data : "");
        text += n + (text[n] == '\n');
    }
    l->verbatim = false;
    buf_release(&line);
}

static void draw_headers(struct lines *l, const struct json *headers)
{
    for (const struct json *h = json_first(headers); h; h = json_next(h)) {
        const char *value = json_string(h) ? json_string(h) : "none";
        struct buf line = BUF_INIT(strlen(json_name(h)) + strlen(value) + 2);

        buf_addf(&line, "%s: %s", json_name(h), value);
        draw_named(l, h == json_first(headers) ? "headers" : "", ROLE_TEXT, line.data ? line.data : "");
        buf_release(&line);
    }
}

static void draw_value(struct ui *ui, struct lines *l)
{
    const struct json *letter = json_first(json_get(json_root(ui->letters.open.letter), "data"));
    const char *base64 = json_string(json_get(letter, "valueBase64")), *at = ui->letters.open.value;
    char head[80], count[FMT_MAX];

    lines_next(l);
    snprintf(head, sizeof(head), "value, %s bytes%s", fmt_count((int64_t)ui->letters.open.len, count),
             ui->letters.open.json   ? ", JSON"
             : ui->letters.open.text ? ", text"
                                     : ", no text: shown as base64");
    lines_put(l, 0, ROLE_TITLE_FOCUS, at ? head : "no value");
    if (!at)
        return;
    if (ui->letters.open.json) {
        lines_json(l, ui->letters.open.json, json_root(ui->letters.open.json));
        return;
    }
    for (size_t n, cols = l->area.cols > 8 ? (size_t)l->area.cols : 8; !ui->letters.open.text && *base64;
         base64 += n) {
        char piece[300];

        n = strlen(base64) < cols ? strlen(base64) : cols < sizeof(piece) - 1 ? cols : sizeof(piece) - 1;
        snprintf(piece, sizeof(piece), "%.*s", (int)n, base64);
        lines_put(l, 0, ROLE_TEXT, piece);
    }
    if (ui->letters.open.text)
        draw_text(l, at, ui->letters.open.len);
}

static void print_letter(struct ui *ui, struct lines *l)
{
    const struct json_doc *doc = ui->letters.open.letter;
    const struct json *v = doc ? json_first(json_get(json_root(doc), "data")) : NULL;
    const char *key = json_string(json_get(v, "key")), *reason = json_string(json_get(v, "reason"));
    const struct letter *row = &ui->letters.open.row;
    bool here = *ui->letters.pick.id && strcmp(ui->letters.open.id, ui->letters.pick.id) == 0;
    char place[400], time[FMT_MAX], span[FMT_MAX];
    int64_t at = json_moment(v, "receivedAt");

    if (letters_gone(&ui->letters))
        lines_long(l, 0, ROLE_BAD, "It is not there any more.");
    else if (!here)
        lines_put(l, 0, ROLE_DIM, *ui->letters.pick.id ? "reading" : "there is no dead letter here");
    if (!here || !*row->id)
        return;
    place_of(row, place, sizeof(place));
    draw_named(l, "why", ROLE_WARN, row->code);
    draw_named(l, "reason", ROLE_STRONG, reason ? reason : "");
    draw_named(l, "order", ROLE_ID, *row->order ? row->order : "none");
    draw_named(l, "from", ROLE_TEXT, place);
    snprintf(place, sizeof(place), "%s, %s ago", fmt_moment(at, ui->now_ms, time),
             fmt_span(ui->now_ms - at, span));
    draw_named(l, "set aside", ROLE_TIME, place);
    draw_named(l, "key", ROLE_TEXT, key ? key : "none");
    draw_headers(l, json_get(v, "headers"));
    draw_value(ui, l);
}

static void draw_letter(struct ui *ui, struct area body)
{
    struct lines l = {.canvas = &ui->canvas,
                      .area = {body.row + 1, body.col + 1, body.rows - 1, body.cols - 2},
                      .wrap = true};
    char right[LINES_RIGHT];

    lines_scrolled(ui, &l, &ui->text, print_letter, right);
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, "Dead letter", ui->letters.pick.id,
               right);
}

static void enter_letter(struct ui *ui)
{
    ask_drop(ui, ASK_LETTER); /* an answer about another says nothing of this one */
    ask_want(ui, ASK_LETTER);
}

/* Left and right go to the letters before and behind. */
static bool act_letter(struct ui *ui, enum action action)
{
    if (act_letters(ui, action))
        return true;
    if (action == ACTION_LEFT || action == ACTION_RIGHT) {
        letters_move(&ui->letters, action == ACTION_LEFT ? ACTION_UP : ACTION_DOWN);
        ui->text.top = 0;
        enter_letter(ui);
        return true;
    }
    return scroll(action, &ui->text.top, ui->text.lines, ui->text.rows);
}

const struct screen screen_dead = {.name = "dead letters",
                                   .scopes = SCOPES_LETTERS,
                                   .enter = enter_dead,
                                   .draw = draw_dead,
                                   .act = act_dead,
                                   .opens = opens_dead,
                                   .click = click_dead};
const struct screen screen_letter = {.name = "dead letter",
                                     .scopes = SCOPE_BIT(SCOPE_DEAD),
                                     .enter = enter_letter,
                                     .draw = draw_letter,
                                     .act = act_letter};
