/* Screens of scrolled lines: help, messages, log. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include "shared/clock.h"
#include "shared/log.h"

#include <stdio.h>
#include <string.h>

/* Draws a titled pane of lines. */
static void draw_lines(struct ui *ui, struct area body, const char *title, const char *text,
                       void (*print)(struct ui *ui, struct lines *l))
{
    struct lines l = {.canvas = &ui->canvas,
                      .area = {body.row + 1, body.col + 1, body.rows - 1, body.cols - 2}};
    char right[LINES_RIGHT];

    lines_scrolled(ui, &l, &ui->text, print, right);
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, title, text, right);
}

static bool act_lines(struct ui *ui, enum action action)
{
    return scroll(action, &ui->text.top, ui->text.lines, ui->text.rows);
}

/* ---- help */

/* What is typed, and beside it, or below where it is long, what that does. */
static void print_typed(struct lines *l, const char *typed, const char *sentence)
{
    int row = lines_next(l), cols = l->area.cols >= 60 ? 20 : l->area.cols >= 30 ? 12 : 6;

    if (row >= 0)
        canvas_text(l->canvas, row, l->area.col, l->area.cols, ROLE_KEY, typed);
    if (width_text(typed) >= cols)
        row = lines_next(l);
    l->wrap = true;
    lines_run_on(l, row, cols, l->area.cols - cols, ROLE_TEXT, sentence);
}

static void print_action(struct ui *ui, struct lines *l, enum action a)
{
    char keys[KEYMAP_KEYS * KEY_NAME_MAX];

    keymap_keys(&ui->keymap, a, keys, sizeof(keys));
    print_typed(l, keys, action_info(a)->sentence);
}

static void print_scope(struct ui *ui, struct lines *l, enum scope scope)
{
    lines_put(l, 0, ROLE_TITLE_FOCUS, scope_name(scope));
    for (int a = 0; a < ACTION_COUNT; a++)
        if (action_info((enum action)a)->scope == scope)
            print_action(ui, l, (enum action)a);
    lines_next(l);
}

static void print_filters(struct lines *l)
{
    static const struct {
        const char *typed, *sentence;
    } filters[] = {
        {"status:received", "in this status; so too priority: sku: wave: hold:"},
        {"wave:W-1,W-2", "in one of these: a comma means or"},
        {"customer:CUST-0*", "with such a beginning"},
        {"late:yes", "past their promise"},
        {"age>30m", "in their status for longer than that"},
        {"total>=100USD", "of that total and more"},
        {"\"free text\"", "the beginning of an order id, customer or tracking number"},
        {"-late:yes", "everything but that; of several terms all have to match"},
    };

    lines_put(l, 0, ROLE_TITLE_FOCUS, "filters");
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        print_typed(l, filters[i].typed, filters[i].sentence);
}

static void print_help(struct ui *ui, struct lines *l)
{
    unsigned here = SCOPE_BIT(SCOPE_ANYWHERE) | (ui->before ? ui->before->scopes : screen_board.scopes);

    for (int elsewhere = 0; elsewhere <= 1; elsewhere++) /* first what works where help was asked for */
        for (int scope = SCOPE_COUNT - 1; scope >= 0; scope--)
            if (((here & SCOPE_BIT(scope)) == 0) == elsewhere)
                print_scope(ui, l, (enum scope)scope);
    print_filters(l);
}

static void draw_help(struct ui *ui, struct area body)
{
    draw_lines(ui, body, "Help", "the keys, and what they do", print_help);
}

/* ---- messages */

static void print_messages(struct ui *ui, struct lines *l)
{
    static const enum role roles[] = {[MESSAGE_INFO] = ROLE_TEXT,
                                      [MESSAGE_OK] = ROLE_OK,
                                      [MESSAGE_WARN] = ROLE_WARN,
                                      [MESSAGE_BAD] = ROLE_BAD};
    const struct message *m;

    for (size_t i = 0; (m = message_at(&ui->messages, i)) != NULL; i++) {
        int row = lines_next(l), indent = l->area.cols >= 30 ? 10 : 2;
        char clock[FMT_MAX], repeats[24] = "", text[sizeof(m->text) + sizeof(repeats)];

        if (m->repeats > 1)
            snprintf(repeats, sizeof(repeats), " (%d times)", m->repeats);
        snprintf(text, sizeof(text), "%s%s", m->text, repeats);
        if (row >= 0)
            canvas_text(l->canvas, row, l->area.col, l->area.cols, ROLE_TIME,
                        fmt_clock(m->time_ms, false, clock));
        if (indent < 10) /* below its time */
            row = lines_next(l);
        l->wrap = true;
        lines_run_on(l, row, indent, l->area.cols - indent, roles[m->level], text);
    }
}

static void draw_messages(struct ui *ui, struct area body)
{
    draw_lines(ui, body, "Messages", ui->messages.n ? "newest first" : "none yet", print_messages);
}

/* ---- log */

static enum role log_role(const char *level)
{
    enum log_level l;

    if (!level || !log_level_find(level, &l))
        return ROLE_TEXT;
    return l == LOG_ERROR ? ROLE_BAD : l == LOG_WARN ? ROLE_WARN : l == LOG_INFO ? ROLE_TEXT : ROLE_DIM;
}

/* Texts one behind the other, in lines below that begin at the indent where there is no room. */
struct flow {
    struct lines *l;
    int row, at, indent; /* at: column of the line */
};

static void flow_text(struct flow *f, enum role role, const char *text, int gap)
{
    struct lines *l = f->l;
    int width = width_text(text), room = l->area.cols - f->indent;

    if (f->at > f->indent && f->at + gap + width > l->area.cols) {
        f->row = lines_next(l);
        f->at = f->indent;
    } else if (f->at > f->indent) {
        f->at += gap;
    }
    if (f->at + width > l->area.cols) {
        lines_run_on(l, f->row, f->indent, room, role, text);
        f->at = l->area.cols; /* nothing goes behind it */
        return;
    }
    if (f->row >= 0)
        canvas_text(l->canvas, f->row, l->area.col + f->at, width, role, text);
    f->at += width;
}

/* The fields of a line beyond the usual ones, as name=value. */
static void print_fields(struct flow *f, const struct json_doc *doc, const struct json *line)
{
    int gap = 2;

    for (const struct json *m = json_first(line); m; m = json_next(m)) {
        const char *name = json_name(m), *text = json_string(m) ? json_string(m) : json_number(doc, m);
        char label[80];

        if (strcmp(name, "time") == 0 || strcmp(name, "level") == 0 || strcmp(name, "msg") == 0 ||
            strcmp(name, "service") == 0)
            continue;
        if (!text)
            text = json_kind(m) == JSON_BOOL ? (json_true(m) ? "true" : "false") : "...";
        snprintf(label, sizeof(label), "%s=", name);
        if (f->at + gap + width_text(label) + width_text(text) > f->l->area.cols)
            f->at = f->l->area.cols; /* together on the next line */
        flow_text(f, ROLE_DIM, label, gap);
        flow_text(f, ROLE_NUMBER, text, 0);
        gap = 1;
    }
}

/* On narrow screens what is said stands below its time. */
static void print_line(struct lines *l, const struct json_doc *doc, const struct json *line)
{
    const char *level = json_string(json_get(line, "level")), *msg = json_string(json_get(line, "msg"));
    struct flow f = {l, lines_next(l), 0, l->area.cols >= 40 ? 19 : 2};
    char clock[FMT_MAX];

    l->wrap = true;
    flow_text(&f, ROLE_TIME, fmt_clock(json_moment(line, "time"), true, clock), 0);
    if (f.row >= 0)
        canvas_text(l->canvas, f.row, l->area.col + f.at + 1, l->area.cols - f.at - 1, log_role(level),
                    level ? level : "");
    if (f.indent < 19)
        f.row = lines_next(l);
    f.at = f.indent;
    flow_text(&f, log_role(level), msg ? msg : "", 0);
    print_fields(&f, doc, line);
}

#define LOG_LINES 200

/* The newest ones, oldest first. */
static size_t lines_of(const struct json_doc *logs, const struct json *lines[LOG_LINES])
{
    const struct json *data = logs ? json_get(json_root(logs), "data") : NULL;
    size_t size = data ? json_size(data) : 0, skip = size > LOG_LINES ? size - LOG_LINES : 0, n = 0;

    for (const struct json *v = json_first(data); v; v = json_next(v))
        if (skip > 0)
            skip--;
        else
            lines[n++] = v;
    return n;
}

static bool same_line(const struct json *a, const struct json *b)
{
    static const char *const members[] = {"time", "msg"};

    for (size_t i = 0; i < 2; i++) {
        const char *x = json_string(json_get(a, members[i])), *y = json_string(json_get(b, members[i]));

        if (!x || !y || strcmp(x, y) != 0)
            return false;
    }
    return true;
}

/* Lines may be equal, so all that both have are compared: the oldest ones go, none comes between. */
size_t log_above(const struct json_doc *shown, const struct json_doc *coming)
{
    const struct json *old[LOG_LINES] = {NULL}, *new[LOG_LINES] = {NULL};
    size_t n_old = lines_of(shown, old), n_new = lines_of(coming, new), above, i;

    for (above = n_new > n_old ? n_new - n_old : 0; above < n_new; above++) {
        const struct json *const *first = old + (n_old + above - n_new);

        for (i = 0; i < n_new - above && same_line(first[i], new[i]);)
            i++;
        if (i == n_new - above)
            break;
    }
    return above;
}

static void print_log(struct ui *ui, struct lines *l)
{
    const struct json *lines[LOG_LINES];
    size_t n = lines_of(ui->logs, lines);

    while (n > 0)
        print_line(l, ui->logs, lines[--n]);
    if (ui->logs && l->n == 0)
        lines_put(l, 0, ROLE_DIM, "no line of this level is kept; LOG_LEVEL says what is, f chooses");
}

/* Rows of the screen that so many of the newest lines take. */
static size_t rows_of(struct ui *ui, const struct json_doc *logs, size_t newest)
{
    struct lines l = {.canvas = &ui->canvas, .area = {.cols = ui->canvas.cols - 2}};
    const struct json *lines[LOG_LINES];
    size_t n = lines_of(logs, lines);

    for (size_t i = 0; i < newest && i < n; i++)
        print_line(&l, logs, lines[n - 1 - i]);
    return l.n;
}

/* What is on screen stays there while newer lines come, unless it is the newest; or the oldest, which are let go. */
void log_keep_place(struct ui *ui, const struct json_doc *coming)
{
    size_t above, kept = json_size(json_get(json_root(coming), "data")), rows, last;

    if (ui->screen != &screen_log || ui->text.top == 0 || !ui->logs) {
        ui->log_fresh = 0;
        ui->log_fresh_more = false;
        return;
    }
    above = log_above(ui->logs, coming);
    kept = kept < LOG_LINES ? kept : LOG_LINES;
    ui->log_fresh_more |= kept > 0 && above == kept;
    rows = rows_of(ui, coming, LOG_LINES);
    last = rows > ui->text.rows ? rows - ui->text.rows : 0;
    ui->text.top += rows_of(ui, coming, above);
    ui->log_fresh += above;
    if (ui->text.top <= last)
        return;
    ui->text.top = last;
    ui->log_lost = true;
}

static void draw_log(struct ui *ui, struct area body)
{
    char text[140], fresh[40] = "";

    if (ui->text.top == 0) {
        ui->log_fresh = 0;
        ui->log_fresh_more = ui->log_lost = false;
    }
    if (ui->log_fresh)
        snprintf(fresh, sizeof(fresh), "%zu%s new %s, ", ui->log_fresh, ui->log_fresh_more ? "+" : "",
                 glyph_text(GLYPH_UP));
    snprintf(text, sizeof(text), "%s%snewest first, %s and above", fresh,
             ui->log_lost ? "older lines are gone, " : "", log_level_name((enum log_level)ui->log_level));
    draw_lines(ui, body, "Log", text, print_log);
}

static void enter_log(struct ui *ui)
{
    ask_want(ui, ASK_LOGS);
}

static bool act_log(struct ui *ui, enum action action)
{
    if (action != ACTION_LEVEL) {
        ui->log_lost = false;
        return act_lines(ui, action);
    }
    ui->log_level = (ui->log_level + 1) % LOG_LEVELS;
    ui->text.top = 0;
    ask_drop(ui, ASK_LOGS);
    ask_want(ui, ASK_LOGS);
    return true;
}

const struct screen screen_help = {.name = "help", .draw = draw_help, .act = act_lines};
const struct screen screen_messages = {.name = "messages", .draw = draw_messages, .act = act_lines};
const struct screen screen_log = {
    .name = "log", .scopes = SCOPE_BIT(SCOPE_LOG), .enter = enter_log, .draw = draw_log, .act = act_log};
