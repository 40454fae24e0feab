/* The radar: what is due, what is stuck. Two tables, one beside or below the other, and a strip of figures. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WIDE 84        /* columns from which there is room for the total */
#define PRIO_LEAVES 20 /* columns for the priority and a customer behind it: whom it is for comes first */
#define CUSTOMER_COLS 20
#define TOTAL_COLS 15
#define MINUTE INT64_C(60000)

/* ---- asking */

static int64_t end_of_day(int64_t now)
{
    time_t t = (time_t)(now / 1000);
    struct tm tm;

    localtime_r(&t, &tm);
    tm.tm_hour = 24;
    tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * 1000;
}

static void ask_ahead(struct ui *ui)
{
    if (radar_wants_ahead(&ui->radar, end_of_day(ui->now_ms)))
        ask_want(ui, ASK_AHEAD);
}

void radar_again(struct ui *ui)
{
    ask_want(ui, ASK_DUE);
    ask_ahead(ui);
    if (ui->asks[ASK_STUCK].open || !ui->stats.loaded)
        return;
    if (radar_stuck_begin(&ui->radar, &ui->stats))
        ask_want(ui, ASK_STUCK);
}

/* The selected order is the one that commands are for: by a key, or when the key's answer is here. */
static void point(struct ui *ui)
{
    const struct order *o = radar_selected(&ui->radar);

    ui->radar.pointed = o != NULL;
    if (!o || strcmp(o->id, ui->list.selected) == 0)
        return;
    list_point(&ui->list, o);
    ui_selected(ui);
}

void radar_read(struct ui *ui)
{
    if (!ui->radar.ahead_loaded)
        ask_ahead(ui);
    if (ui->screen == &screen_radar && !ui->radar.pointed)
        point(ui);
}

/* Of any status? Without that nobody knows what is stuck. */
static bool usual_known(const struct ui *ui)
{
    for (int s = 0; s < STATUS_COUNT; s++)
        if (ui->stats.usual[s] > 0)
            return true;
    return false;
}

/* ---- figures */

static int put_figure(struct ui *ui, struct area a, int col, enum role role, const char *label, bool known,
                      size_t n, bool more)
{
    int end = a.col + a.cols;

    col += canvas_textf(&ui->canvas, a.row, col, end - col, ROLE_DIM, "%s ", label);
    if (!known)
        return col + canvas_text(&ui->canvas, a.row, col, end - col, ROLE_DIM, glyph_text(GLYPH_DASH)) + 3;
    return col +
           canvas_textf(&ui->canvas, a.row, col, end - col, n ? role : ROLE_DIM, "%zu%s", n,
                        more ? "+" : "") +
           3;
}

/* Orders with a promise from now until then. */
static int put_due(struct ui *ui, struct area a, int col, enum role role, const char *label, int64_t until)
{
    bool more, known;
    size_t n;

    known = radar_due_between(&ui->radar, ui->now_ms, until, &n, &more);
    return put_figure(ui, a, col, role, label, known, n, more);
}

static void draw_figures(struct ui *ui, struct area a)
{
    const struct radar *r = &ui->radar;
    int64_t now = ui->now_ms, late = 0;
    int col = a.col + 1, end = a.col + a.cols;
    bool narrow = a.cols < 60;

    canvas_fill(&ui->canvas, a, GROUND_HEADER);
    for (int s = 0; s < STATUS_COUNT; s++)
        late += ui->stats.late[s];
    col = put_figure(ui, a, col, ROLE_LATE, "late", ui->stats.loaded, (size_t)late, false);
    col = put_due(ui, a, col, ROLE_SOON, narrow ? "15m" : "in 15 m", now + 15 * MINUTE);
    col = put_due(ui, a, col, ROLE_SOON, narrow ? "1h" : "in 1 h", now + 60 * MINUTE);
    col = put_due(ui, a, col, ROLE_NUMBER, "today", end_of_day(now));
    col = put_figure(ui, a, col, ROLE_WARN, "stuck", r->stuck_loaded && usual_known(ui), r->n_stuck,
                     radar_stuck_more(r));
    for (int s = 0; s < STATUS_COUNT && a.cols >= 76; s++) {
        if (!r->stuck_of[s] || col + 6 >= end)
            continue;
        canvas_glyph(&ui->canvas, a.row, col, status_role((enum order_status)s),
                     status_glyph((enum order_status)s));
        col += 2 +
               canvas_textf(&ui->canvas, a.row, col + 2, end - col - 2, ROLE_NUMBER, "%zu%s", r->stuck_of[s],
                            r->stuck_more[s] ? "+" : "") +
               2;
    }
}

/* ---- rows */

/* To the minute within a day: "41m", "-8h12", else "3d". */
static const char *fmt_minutes(int64_t ms, char out[FMT_MAX])
{
    int64_t minutes = (ms < 0 ? -ms : ms) / MINUTE;

    if (minutes < 60 || minutes >= 24 * 60)
        return fmt_span(ms, out);
    snprintf(out, FMT_MAX, "%s%" PRId64 "h%02" PRId64, ms < 0 ? "-" : "", minutes / 60, minutes % 60);
    return out;
}

struct row {
    struct area a;
    int col, end;
};

static void put(struct ui *ui, struct row *r, int cols, enum role role, const char *text)
{
    if (r->col < r->end)
        canvas_text(&ui->canvas, r->a.row, r->col, cols < r->end - r->col ? cols : r->end - r->col, role,
                    text);
    r->col += cols + 2;
}

static void put_right(struct ui *ui, struct row *r, int cols, enum role role, const char *text)
{
    if (r->col + cols <= r->end)
        canvas_right(&ui->canvas, r->a.row, r->col, cols, role, text);
    r->col += cols + 2;
}

static void put_status(struct ui *ui, struct row *r, enum order_status s)
{
    if (r->col < r->end)
        canvas_glyph(&ui->canvas, r->a.row, r->col, status_role(s), status_glyph(s));
    r->col += 2;
    put(ui, r, 9, status_role(s), status_word(s)->short_label);
}

/* As it is known to be: a command's answer may be newer than the table. */
static const struct order *newest(const struct ui *ui, const struct order *o)
{
    const struct order *now = &ui->list.current;

    return strcmp(now->id, o->id) == 0 && now->version > o->version ? now : o;
}

static struct row begin_row(struct ui *ui, struct area a, const struct order *o, bool selected, bool focus)
{
    struct row r = {a, a.col + (a.cols >= 36 ? 3 : 1), a.col + a.cols - 1};

    if (marks_find(&ui->marks, o->id))
        canvas_glyph(&ui->canvas, a.row, a.col, ROLE_MARKED, GLYPH_MARKED);
    if (!selected)
        return r;
    canvas_ground(&ui->canvas, a, focus && !ui->over ? GROUND_SELECTED : GROUND_RESTING);
    canvas_glyph(&ui->canvas, a.row, a.col + (a.cols >= 36), ROLE_MARK, GLYPH_SELECTED);
    if (focus && !ui->over)
        canvas_cursor(&ui->canvas, a.row, a.col + (a.cols >= 36), false);
    return r;
}

static void put_rest(struct ui *ui, struct row *r, const struct order *o)
{
    char id[FMT_MAX], total[40];

    put_status(ui, r, o->status);
    put(ui, r, FMT_ID_COLUMNS, ROLE_ID, fmt_id(o->id, id));
    if (r->end - r->col >= PRIO_LEAVES)
        put(ui, r, 8, priority_role(o->priority), priority_word(o->priority)->label);
    if (r->a.cols >= WIDE) {
        put(ui, r, CUSTOMER_COLS, ROLE_CUSTOMER, o->customer);
        put_right(ui, r, TOTAL_COLS, ROLE_MONEY, order_money_in(o->total, TOTAL_COLS, total));
    } else if (r->end - r->col >= 6) {
        put(ui, r, r->end - r->col, ROLE_CUSTOMER, o->customer);
    }
}

static void draw_due_row(struct ui *ui, struct area a, size_t i, bool selected, bool focus)
{
    const struct order *o = newest(ui, &ui->radar.due[i]);
    struct row r = begin_row(ui, a, o, selected, focus);
    int64_t left = o->promised - ui->now_ms;
    int cols = a.cols >= 36 ? 6 : 5;
    char text[FMT_MAX] = "";

    if (o->promised && width_text(fmt_minutes(left, text)) > cols)
        fmt_span(left, text);
    put_right(ui, &r, cols, left < 0 ? ROLE_LATE : left < 60 * MINUTE ? ROLE_SOON : ROLE_TIME, text);
    put_rest(ui, &r, o);
}

static void draw_stuck_row(struct ui *ui, struct area a, size_t i, bool selected, bool focus)
{
    const struct order *o = newest(ui, &ui->radar.stuck[i].order);
    struct row r = begin_row(ui, a, o, selected, focus);
    int64_t usual = ui->stats.usual[o->status];
    char text[FMT_MAX];

    put_right(ui, &r, 6, ROLE_WARN, fmt_minutes(ui->now_ms - o->since, text));
    if (a.cols >= 44)
        put_right(ui, &r, 5, ROLE_DIM, usual > 0 ? fmt_span(usual, text) : "");
    put_rest(ui, &r, o);
}

static void draw_heads(struct ui *ui, struct area a, bool stuck)
{
    struct row r = {a, a.col + (a.cols >= 36 ? 3 : 1), a.col + a.cols - 1};

    put_right(ui, &r, 6, ROLE_COLUMN, stuck ? "FOR" : "DUE");
    if (stuck && a.cols >= 44)
        put_right(ui, &r, 5, ROLE_COLUMN, "USUAL");
    put(ui, &r, 11 - 2, ROLE_COLUMN, "STATUS");
    r.col += 2;
    put(ui, &r, FMT_ID_COLUMNS, ROLE_COLUMN, "ID");
    if (r.end - r.col >= PRIO_LEAVES)
        put(ui, &r, 8, ROLE_COLUMN, "PRIO");
    if (a.cols >= WIDE) {
        put(ui, &r, CUSTOMER_COLS, ROLE_COLUMN, "CUSTOMER");
        put_right(ui, &r, TOTAL_COLS, ROLE_COLUMN, "TOTAL");
    } else if (r.end - r.col >= 6) {
        put(ui, &r, r.end - r.col, ROLE_COLUMN, "CUSTOMER");
    }
}

/* ---- tables */

static const char *nothing(const struct ui *ui, bool stuck)
{
    if (!stuck)
        return "No order is open.";
    return usual_known(ui)
               ? "Every order moves as usual."
               : "What is usual is not known yet: it is measured on the stays of the last 7 days that have ended.";
}

/* What the title says of the rows: how many, or why they are not those of now. */
static const char *state_of(const struct ui *ui, bool stuck, char *out, size_t room)
{
    const struct radar *r = &ui->radar;
    bool loaded = stuck ? r->stuck_loaded : r->due_loaded, anew = stuck ? r->stuck_anew : r->due_anew;

    if (!ui->connected)
        return "not connected";
    if (!loaded || anew)
        return "reading";
    if (stuck && !usual_known(ui))
        return "not known";
    snprintf(out, room, "%zu%s", stuck ? r->n_stuck : r->n_due,
             (stuck ? radar_stuck_more(r) : r->due_more) ? "+" : "");
    return out;
}

/* What the rows are, or that the selected one has left them. */
static const char *text_of(const struct pick *p, bool stuck, char *out, size_t room)
{
    char id[FMT_MAX];

    if (!p->gone || !*p->id)
        return stuck ? "longer than usual" : "most urgent first";
    snprintf(out, room, "%s is gone from here", fmt_id(p->id, id));
    return out;
}

static void draw_table(struct ui *ui, struct area a, bool stuck)
{
    struct radar *r = &ui->radar;
    struct pick *p = stuck ? &r->stuck_pick : &r->due_pick;
    size_t n = stuck ? r->n_stuck : r->n_due, selected = pick_row(p, n);
    bool focus = r->on_stuck == stuck, loaded = stuck ? r->stuck_loaded : r->due_loaded;
    char text[80], right[40];

    if (a.rows < 1)
        return;
    ui->mouse.at.tables[stuck] = a;
    draw_title(ui, (struct area){a.row++, a.col, 1, a.cols}, focus, stuck ? "Stuck" : "Due",
               text_of(p, stuck, text, sizeof(text)), state_of(ui, stuck, right, sizeof(right)));
    if (--a.rows >= 5) {
        draw_heads(ui, (struct area){a.row++, a.col, 1, a.cols}, stuck);
        a.rows--;
    }
    ui->mouse.at.rows[stuck] = a;
    p->visible = a.rows > 0 ? (size_t)a.rows : 1;
    if (focus)
        radar_move(r, ACTION_NONE); /* the selection on screen, whatever its size */
    if (n == 0 && loaded && a.rows > 0) {
        struct lines l = {
            .canvas = &ui->canvas, .area = {a.row, a.col + 2, a.rows, a.cols - 4}, .wrap = true};

        lines_long(&l, 0, ROLE_DIM, nothing(ui, stuck));
    }
    for (size_t i = p->top; i < n && i < p->top + p->visible && a.rows > 0; i++)
        (stuck ? draw_stuck_row : draw_due_row)(
            ui, (struct area){a.row + (int)(i - p->top), a.col, 1, a.cols}, i, i == selected, focus);
}

static void draw(struct ui *ui, struct area body)
{
    struct area due = body, stuck = body;

    if (body.rows >= 6) {
        draw_figures(ui, (struct area){body.row, body.col, 1, body.cols});
        due.row = stuck.row = body.row + 1;
        due.rows = stuck.rows = body.rows - 1;
    }
    if (body.cols >= 104) {
        due.cols = body.cols / 2;
        stuck.col += due.cols + 1;
        stuck.cols -= due.cols + 1;
        canvas_wall(&ui->canvas, due.row, due.col + due.cols, due.rows, ROLE_RULE);
    } else if (due.rows >= 8) {
        due.rows = (due.rows + 1) / 2;
        stuck.row += due.rows;
        stuck.rows -= due.rows;
    } else if (ui->radar.on_stuck) {
        due.rows = 0; /* room for one: that with the keys */
    } else {
        stuck.rows = 0;
    }
    draw_table(ui, due, false);
    draw_table(ui, stuck, true);
    if (body.cols >= 104)
        canvas_glyph(&ui->canvas, due.row, due.col + due.cols, ROLE_RULE, GLYPH_TEE_DOWN);
}

/* ---- keys */

static void enter(struct ui *ui)
{
    radar_begin(&ui->radar);
    point(ui);
    ask_drop(ui, ASK_DUE);
    ask_drop(ui, ASK_AHEAD);
    ask_drop(ui, ASK_STUCK);
    ask_want(ui, ASK_STATS);
    radar_again(ui);
}

static bool opens(const struct ui *ui)
{
    return radar_selected(&ui->radar) != NULL;
}

static bool act_radar(struct ui *ui, enum action action)
{
    struct radar *r = &ui->radar;

    if (action == ACTION_NEXT_PANE || action == ACTION_PREV_PANE || action == ACTION_LEFT ||
        action == ACTION_RIGHT) {
        radar_focus(r, action == ACTION_LEFT ? false : action == ACTION_RIGHT ? true : !r->on_stuck);
        point(ui);
        return true;
    }
    if (action == ACTION_OPEN) {
        if (opens(ui))
            ui_show(ui, &screen_order);
        else
            ui_say(ui, MESSAGE_WARN, "no order is selected");
        return true;
    }
    if (!radar_move(r, action))
        return false;
    point(ui);
    return true;
}

/* The selected row of the table that has the keys opens; any other click gives them, and selects. */
static void click(struct ui *ui, int table, int line)
{
    struct radar *r = &ui->radar;
    bool focus = r->on_stuck == (table == 1), selected;

    if (!focus)
        radar_focus(r, table == 1);
    selected = line >= 0 && radar_point(r, (size_t)line);
    point(ui);
    if (focus && selected)
        act_radar(ui, ACTION_OPEN);
}

const struct screen screen_radar = {.name = "radar",
                                    .scopes = SCOPES_ORDERS,
                                    .enter = enter,
                                    .draw = draw,
                                    .act = act_radar,
                                    .opens = opens,
                                    .click = click};
