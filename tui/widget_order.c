/* One order: head, address, timeline ladder, items. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool detail_is(const struct detail *d, const char *id)
{
    return *id && strcmp(d->id, id) == 0;
}

void detail_clear(struct detail *d)
{
    json_free(d->order);
    json_free(d->timeline);
    free(d->text);
    *d = (struct detail){.version = -1, .timeline_version = -1};
}

static const char *text_of(const struct json *v, const char *name)
{
    const char *text = json_string(json_get(v, name));

    return text ? text : "";
}

static void join(char *out, size_t room, const char *separator, const char *text)
{
    size_t used = strlen(out);

    if (*text && used < room)
        snprintf(out + used, room - used, "%s%s", used ? separator : "", text);
}

/* ---- head */

/* Priority, status and version. */
static void draw_state(struct lines *l, const struct order *o, int row, int col)
{
    int end = l->area.col + l->area.cols;
    char version[32];

    if (row < 0)
        return;
    col += canvas_text(l->canvas, row, col, end - col, priority_role(o->priority),
                       priority_word(o->priority)->label) +
           2;
    if (end - col > 6) {
        canvas_glyph(l->canvas, row, col, status_role(o->status), status_glyph(o->status));
        col += 2;
        col += canvas_text(l->canvas, row, col, end - col, status_role(o->status),
                           status_word(o->status)->label) +
               2;
    }
    snprintf(version, sizeof(version), "v%" PRId64, o->version);
    canvas_text(l->canvas, row, col, end - col, ROLE_DIM, version);
}

/* A customer that leaves no room for the rest has lines of its own. */
static void draw_head(struct lines *l, const struct order *o)
{
    int used = width_text(o->customer) + 2, row;
    char rest[160];

    snprintf(rest, sizeof(rest), "%s  o %s  v%" PRId64, priority_word(o->priority)->label,
             status_word(o->status)->label, o->version);
    if (used + width_text(rest) > l->area.cols) {
        lines_long(l, 0, ROLE_STRONG, o->customer);
        draw_state(l, o, lines_next(l), l->area.col);
        return;
    }
    row = lines_next(l);
    if (row >= 0)
        canvas_text(l->canvas, row, l->area.col, l->area.cols, ROLE_STRONG, o->customer);
    draw_state(l, o, row, l->area.col + used);
}

/* Where it does not fit, the time left alone. */
static void put_due(struct lines *l, int row, int col, int cols, const char *moment, const char *left)
{
    char text[2 * FMT_MAX + 16];

    snprintf(text, sizeof(text), "due %s, in %s", moment, left);
    if (width_text(text) > cols)
        snprintf(text, sizeof(text), "due in %s", left);
    canvas_text(l->canvas, row, col, cols, ROLE_DIM, text);
}

static void draw_money_line(struct ui *ui, struct lines *l, const struct order *o)
{
    char total[40], left[FMT_MAX], moment[FMT_MAX], count[FMT_MAX];
    int row = lines_next(l), col = l->area.col, end = l->area.col + l->area.cols;
    bool late = order_late(o, ui->now_ms);

    if (row < 0)
        return;
    col += canvas_text(l->canvas, row, col, end - col, ROLE_MONEY, order_money(o->total, total)) + 2;
    col += canvas_textf(l->canvas, row, col, end - col, ROLE_NUMBER, "%s item%s", fmt_count(o->items, count),
                        o->items == 1 ? "" : "s") +
           2;
    if (!o->promised)
        return;
    fmt_moment(o->promised, ui->now_ms, moment);
    if (!status_is_open(o->status))
        canvas_textf(l->canvas, row, col, end - col, ROLE_DIM, "promised %s", moment);
    else if (late)
        canvas_textf(l->canvas, row, col, end - col, ROLE_LATE, "%s late by %s", glyph_text(GLYPH_LATE),
                     fmt_span(ui->now_ms - o->promised, left));
    else
        put_due(l, row, col, end - col, moment, fmt_span(o->promised - ui->now_ms, left));
}

static void draw_address(struct lines *l, const struct json *order)
{
    const struct json *a = json_get(order, "shippingAddress");
    char where[LINES_BYTES] = "", place[LINES_BYTES] = "", person[LINES_BYTES] = "";

    join(person, sizeof(person), ", ", text_of(a, "recipientName"));
    join(person, sizeof(person), ", ", text_of(a, "phone"));
    join(where, sizeof(where), ", ", text_of(a, "street"));
    join(where, sizeof(where), ", ", text_of(a, "street2"));
    join(place, sizeof(place), " ", text_of(a, "city"));
    join(place, sizeof(place), " ", text_of(a, "state"));
    join(place, sizeof(place), " ", text_of(a, "zipCode"));
    join(place, sizeof(place), " ", text_of(a, "country"));
    if (*person)
        lines_long(l, 0, ROLE_DIM, person);
    if (width_text(where) + width_text(place) + 2 <= l->area.cols) {
        join(where, sizeof(where), ", ", place);
        *place = 0;
    }
    if (*where)
        lines_long(l, 0, ROLE_DIM, where);
    if (*place)
        lines_long(l, 0, ROLE_DIM, place);
}

static void draw_fact(struct lines *l, enum role role, const char *name, const char *value)
{
    int row = *value ? lines_next(l) : -1, used = width_text(name) + 1;

    if (!*value)
        return;
    if (row >= 0)
        canvas_text(l->canvas, row, l->area.col, l->area.cols, ROLE_DIM, name);
    lines_run_on(l, row, used, l->area.cols - used, role, value);
}

static void draw_holds(struct lines *l, const struct json *order)
{
    for (const struct json *h = json_first(json_get(order, "holds")); h; h = json_next(h)) {
        char text[LINES_BYTES];

        snprintf(text, sizeof(text), "%s on hold: %s", glyph_text(GLYPH_HOLD), text_of(h, "type"));
        join(text, sizeof(text), ": ", text_of(h, "reason"));
        lines_long(l, 0, ROLE_WARN, text);
    }
}

/* ---- timeline ladder */

struct ladder {
    int64_t before; /* time of the step before, 0 for none */
    enum order_status status;
    size_t events, sent;
    int64_t slowest; /* ms from event to delivery */
};

/* "  │ 41 m  ▲ usual 6 m  ▲ late" */
static void draw_wait(struct ui *ui, struct lines *l, enum order_status s, int64_t ms, bool open, bool late)
{
    int row = lines_next(l), col = l->area.col + 9, end = l->area.col + l->area.cols;
    int64_t usual = ui->stats.usual[s];
    bool slow = usual > 0 && ms > usual;
    char step[FMT_MAX];

    if (row < 0)
        return;
    canvas_glyph(l->canvas, row, col, ROLE_RULE, open ? GLYPH_WALL_OPEN : GLYPH_WALL);
    col += 2;
    col += canvas_text(l->canvas, row, col, end - col, slow ? ROLE_WARN : ROLE_DIM, fmt_step(ms, step)) + 2;
    if (usual > 0)
        col += canvas_textf(l->canvas, row, col, end - col, slow ? ROLE_WARN : ROLE_DIM, "%s%susual %s",
                            slow ? glyph_text(GLYPH_LATE) : "", slow ? " " : "", fmt_step(usual, step)) +
               2;
    if (late)
        canvas_textf(l->canvas, row, col, end - col, ROLE_LATE, "%s late", glyph_text(GLYPH_LATE));
}

#define DELAY_COLS 9 /* "1 h 12 m " */

/* Delivered to Kafka or not, and how long that took, at the right edge. The columns it takes. */
static int draw_delivery(struct lines *l, int row, const struct feed_event *e)
{
    int end = l->area.col + l->area.cols;
    char step[FMT_MAX];

    if (l->area.cols <= 34)
        return 0;
    canvas_glyph(l->canvas, row, end - 1, e->sent ? ROLE_OK : ROLE_OFF,
                 e->sent ? GLYPH_COMPLETED : GLYPH_MIDDLE);
    if (l->area.cols < 64)
        return 2;
    if (e->sent)
        canvas_right(l->canvas, row, end - 2 - DELAY_COLS, DELAY_COLS, ROLE_DIM,
                     fmt_step(e->sent > e->time ? e->sent - e->time : 0, step));
    return 2 + DELAY_COLS + 1;
}

static void draw_event_line(struct lines *l, const struct feed_event *e)
{
    int row = lines_next(l), col = l->area.col, end = l->area.col + l->area.cols;
    char clock[FMT_MAX];

    if (row < 0)
        return;
    canvas_text(l->canvas, row, col, end - col, ROLE_TIME, fmt_clock(e->time, false, clock));
    if (end - col > 10)
        canvas_glyph(l->canvas, row, col + 9, status_role(e->status), status_glyph(e->status));
    canvas_text(l->canvas, row, col + 11, end - col - 11 < 17 ? end - col - 11 : 17, status_role(e->status),
                feed_label(e->type));
    canvas_text(l->canvas, row, col + 30, end - col - 30 - draw_delivery(l, row, e), ROLE_ACTOR, e->actor);
}

static void draw_note(struct lines *l, const struct json *entry)
{
    char text[LINES_BYTES];

    snprintf(text, sizeof(text), "note: %s", text_of(entry, "text"));
    lines_long(l, 11, ROLE_DIM, text);
}

static void draw_entry(struct ui *ui, struct lines *l, const struct json_doc *doc, const struct json *entry,
                       struct ladder *ladder)
{
    struct feed_event e;
    const char *reason = text_of(json_get(json_get(entry, "event"), "data"), "reason");

    if (!feed_event_read(doc, entry, &e)) {
        draw_note(l, entry);
        return;
    }
    if (ladder->before)
        draw_wait(ui, l, ladder->status, e.time - ladder->before, false, false);
    draw_event_line(l, &e);
    if (*reason)
        lines_long(l, 11, ROLE_DIM, reason);
    ladder->before = e.time;
    ladder->status = e.status;
    ladder->events++;
    if (e.sent) {
        ladder->sent++;
        if (e.sent - e.time > ladder->slowest)
            ladder->slowest = e.sent - e.time;
    }
}

/* What comes next in an order's life, NULL at its end. */
static const char *next_step(enum order_status s)
{
    return s < STATUS_COMPLETED ? status_word((enum order_status)(s + 1))->label : NULL;
}

static void draw_timeline(struct ui *ui, struct lines *l, const struct order *o)
{
    const struct json_doc *doc = ui->detail.timeline;
    struct ladder ladder = {0};
    char text[120], step[FMT_MAX];
    int row;

    if (!doc)
        return;
    for (const struct json *v = json_first(json_get(json_root(doc), "data")); v; v = json_next(v))
        draw_entry(ui, l, doc, v, &ladder);
    if (status_is_open(o->status) && ladder.events) {
        draw_wait(ui, l, o->status, ui->now_ms - o->since, true, order_late(o, ui->now_ms));
        row = next_step(o->status) ? lines_next(l) : -1;
        if (row >= 0) {
            canvas_glyph(l->canvas, row, l->area.col + 9, ROLE_OFF, GLYPH_RECEIVED);
            canvas_text(l->canvas, row, l->area.col + 11, l->area.cols - 11, ROLE_OFF, next_step(o->status));
        }
    }
    lines_next(l);
    if (!ladder.sent && ui->health.kafka == LIGHT_OFF)
        snprintf(text, sizeof(text), "kafka: not in use");
    else if (ladder.sent)
        snprintf(text, sizeof(text), "kafka: %zu of %zu delivered, slowest %s", ladder.sent, ladder.events,
                 fmt_step(ladder.slowest, step));
    else
        snprintf(text, sizeof(text), "kafka: none of %zu delivered", ladder.events);
    lines_put(l, 0, ROLE_DIM, text);
}

/* ---- items */

/* "2 × 29.99   59.98" */
static void item_amounts(const struct json_doc *doc, const struct json *item, char *out, size_t room)
{
    const char *amount = json_number(doc, json_get(json_get(item, "price"), "amount"));
    const struct currency *currency = currency_find(text_of(json_get(item, "price"), "currency"));
    struct money price = {.currency = currency}, sum = {.currency = currency};
    char each[MONEY_TEXT] = "", all[MONEY_TEXT] = "";
    int64_t quantity = 0;

    if (!json_int(doc, json_get(item, "quantity"), &quantity))
        quantity = 0;
    if (currency && amount && money_scale(amount, currency->exponent, &price.minor) == MONEY_OK) {
        money_format(price, each);
        if (money_multiply(price.minor, quantity, &sum.minor))
            money_format(sum, all);
    }
    snprintf(out, room, "%" PRId64 " %s %s %9s", quantity, glyph_text(GLYPH_TIMES), each, all);
}

static void draw_item(struct lines *l, const struct json_doc *doc, const struct json *item, int sku_cols)
{
    int row = lines_next(l), col = l->area.col, end = l->area.col + l->area.cols, tail;
    char right[160];
    int64_t line = 0;

    if (!json_int(doc, json_get(item, "lineNumber"), &line))
        line = 0;
    item_amounts(doc, item, right, sizeof(right));
    tail = width_text(right);
    if (row >= 0)
        canvas_textf(l->canvas, row, col, 3, ROLE_DIM, "%2" PRId64, line);
    col += line > 99 ? 4 : 3;
    if (row >= 0)
        canvas_text(l->canvas, row, col, sku_cols, ROLE_ID, text_of(item, "sku"));
    col += sku_cols + 1;
    lines_run_on(l, row, col - l->area.col, end - col - tail - 1, ROLE_TEXT, text_of(item, "productName"));
    if (row < 0)
        return;
    canvas_text(l->canvas, row, end - tail > col ? end - tail : col, end - tail > col ? tail : end - col,
                ROLE_MONEY, right);
}

static void draw_items(struct lines *l, const struct json_doc *doc)
{
    const struct json *items = json_get(json_root(doc), "items");
    int sku_cols = 4, most = l->area.cols >= 60 ? 16 : 9;

    for (const struct json *v = json_first(items); v; v = json_next(v)) {
        int n = width_text(text_of(v, "sku"));

        sku_cols = n > sku_cols ? n : sku_cols;
    }
    sku_cols = sku_cols > most ? most : sku_cols;
    for (const struct json *v = json_first(items); v; v = json_next(v))
        draw_item(l, doc, v, sku_cols);
}

/* ---- the pane */

static void draw_facts(struct ui *ui, struct lines *l)
{
    const struct json *order = json_root(ui->detail.order);
    const struct order *o = &ui->list.current;

    draw_address(l, order);
    draw_fact(l, ROLE_TEXT, "wave", text_of(order, "waveId"));
    draw_fact(l, ROLE_TEXT, "tracking", text_of(order, "trackingNumber"));
    draw_fact(l, ROLE_TEXT, "carrier", text_of(order, "carrier"));
    draw_fact(l, ROLE_BAD, "cancelled:", text_of(order, "cancellationReason"));
    draw_holds(l, order);
    lines_next(l);
    draw_timeline(ui, l, o);
    lines_next(l);
    draw_items(l, ui->detail.order);
}

static void print_order(struct ui *ui, struct lines *l)
{
    const struct order *o = &ui->list.current;
    const struct detail *d = &ui->detail;

    if (*ui->list.selected && strcmp(o->id, ui->list.selected) == 0) {
        draw_head(l, o);
        draw_money_line(ui, l, o);
        if (d->missing)
            lines_put(l, 0, ROLE_BAD, "this order is not there any more");
        else if (d->order && detail_is(d, o->id))
            draw_facts(ui, l);
    } else if (ui->list.loaded) {
        lines_put(l, 0, ROLE_DIM, "no order is selected");
    }
}

#define MOST 110 /* columns: what belongs together is not at two ends of a wide terminal */

void draw_order(struct ui *ui, struct area a)
{
    struct lines l = {.canvas = &ui->canvas,
                      .area = {a.row + 1, a.col + 1, a.rows - 1, a.cols - 2 < MOST ? a.cols - 2 : MOST},
                      .wrap = ui->screen == &screen_order};
    char right[LINES_RIGHT], id[FMT_MAX];

    if (a.rows < 2 || a.cols < 4)
        return;
    lines_scrolled(ui, &l, &ui->detail.view, print_order, right);
    draw_title(ui, (struct area){a.row, a.col, 1, a.cols},
               ui->focus == PANE_ORDER || ui->screen == &screen_order, "Order",
               a.cols >= 58 || !*ui->list.selected ? ui->list.selected : fmt_id(ui->list.selected, id),
               right);
    if (ui->focus == PANE_ORDER)
        canvas_cursor(&ui->canvas, a.row + 1, a.col, false);
}
