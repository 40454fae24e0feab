/* The header line and the funnel strip. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECES 16
#define SPARK_SECONDS 16

/* A piece of the header; those with the highest number go first when there is no room. */
struct piece {
    char text[112];
    enum role role;
    int rank;
    bool shown;
};

struct pieces {
    struct piece rows[PIECES];
    size_t n;
};

static void add(struct pieces *p, int rank, enum role role, const char *text)
{
    struct piece *row = &p->rows[p->n];

    if (p->n == PIECES || !*text)
        return;
    p->n++;
    *row = (struct piece){.role = role, .rank = rank, .shown = true};
    snprintf(row->text, sizeof(row->text), "%s", text);
}

static enum role light_role(enum light l)
{
    return l == LIGHT_OK ? ROLE_OK : l == LIGHT_BAD ? ROLE_BAD : l == LIGHT_WARN ? ROLE_WARN : ROLE_OFF;
}

static const char *light_glyph(enum light l)
{
    return glyph_text(l == LIGHT_OK     ? GLYPH_DOT
                      : l == LIGHT_BAD  ? GLYPH_CANCELLED
                      : l == LIGHT_WARN ? GLYPH_LATE
                                        : GLYPH_MIDDLE);
}

/* What does not work is the last to leave the header. */
static void add_light(struct pieces *p, int rank, const char *name, enum light l, const char *word)
{
    char text[112];

    snprintf(text, sizeof(text), "%s %s%s%s", name, light_glyph(l), *word ? " " : "", word);
    add(p, l == LIGHT_BAD || l == LIGHT_WARN ? 1 : rank, light_role(l), text);
}

static const char *trend(const struct gauge *g)
{
    return g->trend > 0 ? glyph_text(GLYPH_UP) : g->trend < 0 ? glyph_text(GLYPH_DOWN) : "";
}

static void sparkline(const struct stats *s, char *out, size_t room)
{
    int64_t most = 1;

    *out = 0;
    for (int i = 0; i < SPARK_SECONDS; i++)
        if (stats_second(s, i) > most)
            most = stats_second(s, i);
    for (int i = SPARK_SECONDS - 1; i >= 0; i--) {
        int64_t n = stats_second(s, i);
        int step = n <= 0 ? 0 : (int)(n * 7 / most);
        size_t used = strlen(out);

        if (n >= 0)
            snprintf(out + used, room - used, "%s", glyph_text((enum glyph)(GLYPH_SPARK1 + step)));
    }
}

static void add_rate(struct ui *ui, struct pieces *p)
{
    int64_t rate = stats_rate_tenths(&ui->stats);
    char text[112], spark[SPARK_SECONDS * 4 + 1];

    if (!ui->stats.loaded)
        return;
    snprintf(text, sizeof(text), "%" PRId64 ".%" PRId64 "/s", rate / 10, rate % 10);
    add(p, 4, ROLE_NUMBER, text);
    sparkline(&ui->stats, spark, sizeof(spark));
    add(p, 8, ROLE_SPARK, spark);
}

/* With Kafka in use, what waits for it; else how much there would be. */
static void add_unsent(struct ui *ui, struct pieces *p)
{
    const struct health *h = &ui->health;
    bool used = h->unsent.value >= 0, waits = used && h->unsent.value > 0;
    char text[112], count[FMT_MAX], age[FMT_MAX];

    if (!used && !ui->stats.loaded)
        return;
    fmt_count(used ? h->unsent.value : ui->stats.unsent, count);
    snprintf(text, sizeof(text), "%s%s unsent", count, waits ? trend(&h->unsent) : "");
    if (waits && h->oldest_unsent > 0)
        snprintf(text, sizeof(text), "%s%s unsent, oldest %s", count, trend(&h->unsent),
                 fmt_span(ui->now_ms - h->oldest_unsent, age));
    add(p, waits ? 3 : 6, waits ? ROLE_WARN : ROLE_DIM, text);
}

/* What came from the warehouse and is not done, and what could not be done. */
static void add_inbox(struct ui *ui, struct pieces *p)
{
    const struct health *h = &ui->health;
    char text[112], count[FMT_MAX];

    if (h->lag.value > 0) {
        snprintf(text, sizeof(text), "lag %s%s", fmt_count(h->lag.value, count), trend(&h->lag));
        add(p, 4, ROLE_WARN, text);
    } else if (h->lag_sought) {
        snprintf(text, sizeof(text), "lag %s", glyph_text(GLYPH_DASH));
        add(p, 7, ROLE_DIM, text);
    }
    if (h->dead_letters > 0) {
        snprintf(text, sizeof(text), "%s dead letter%s", fmt_count(h->dead_letters, count),
                 h->dead_letters == 1 ? "" : "s");
        add(p, 1, ROLE_WARN, text);
    }
}

static void add_latency(struct ui *ui, struct pieces *p)
{
    char text[112], a[FMT_MAX], b[FMT_MAX];

    if (ui->health.p99_us <= 0)
        return;
    snprintf(text, sizeof(text), "p50 %s  p99 %s", fmt_latency(ui->health.p50_us, a),
             fmt_latency(ui->health.p99_us, b));
    add(p, 7, ROLE_DIM, text);
}

static void gather(struct ui *ui, struct pieces *p)
{
    const char *env = ui->cfg->environment;
    char text[112];

    add(p, 5, ROLE_PRODUCT, "orderdeck");
    if (ui->cfg->service && strcmp(ui->cfg->service, "orderdeck") != 0)
        add(p, 4, ROLE_SERVICE, ui->cfg->service);
    if (env && *env) {
        bool prod = strcasecmp(env, "prod") == 0 || strcasecmp(env, "production") == 0;

        snprintf(text, sizeof(text), " %s ", prod ? "PROD" : env);
        add(p, 0, prod ? ROLE_BANNER_PROD : ROLE_BANNER, text);
    }
    if (ui->cfg->demo)
        add(p, 1, ROLE_BANNER, " DEMO ");
    if (ui->cfg->read_only)
        add(p, 1, ROLE_BANNER, " READ-ONLY ");
    if (!ui->connected) {
        add(p, 0, ROLE_BAD, ui->why_not);
        return;
    }
    if (*ui->why_not)
        add(p, 1, ROLE_WARN, "polled");
    add_light(p, 2, "db", ui->health.database, *ui->health.database_fault ? "no writes" : "");
    add_light(p, 5, "kafka", ui->health.kafka, ui->health.kafka_word);
    add_unsent(ui, p);
    add_inbox(ui, p);
    add_rate(ui, p);
    add_latency(ui, p);
}

/* Leaves out pieces, least important first, until the rest fits. */
static void fit(struct pieces *p, int width)
{
    for (int rank = 9; rank >= 1; rank--) {
        int used = 0;

        for (size_t i = 0; i < p->n; i++)
            used += p->rows[i].shown ? width_text(p->rows[i].text) + 2 : 0;
        if (used <= width)
            return;
        for (size_t i = 0; i < p->n; i++)
            if (p->rows[i].rank == rank)
                p->rows[i].shown = false;
    }
}

void draw_header(struct ui *ui, struct area a)
{
    struct pieces p = {.n = 0};
    char clock[FMT_MAX];
    int col = a.col + (a.cols > 40), end = a.col + a.cols, time_cols = 8;

    canvas_fill(&ui->canvas, a, GROUND_HEADER);
    fmt_clock(ui->now_ms, false, clock);
    if (a.cols < 30) {
        clock[5] = 0;
        time_cols = 5;
    }
    end -= time_cols + (a.cols > 40);
    gather(ui, &p);
    fit(&p, end - col);
    for (size_t i = 0; i < p.n; i++) {
        if (!p.rows[i].shown)
            continue;
        col += canvas_text(&ui->canvas, a.row, col, end - 1 - col, p.rows[i].role, p.rows[i].text);
        col += 2;
    }
    canvas_text(&ui->canvas, a.row, end, time_cols, ROLE_CLOCK, clock);
}

/* ---- funnel */

/* What is said of a status, from much to little. */
enum amount { LABELS, OPEN_LABELS, COUNTS, TIGHT, SHORT, BARE };

struct status_text {
    char label[32], count[FMT_MAX], change[FMT_MAX], late[FMT_MAX + 4];
};

static void status_text(const struct ui *ui, enum order_status s, enum amount amount, struct status_text *t)
{
    bool named = amount == LABELS || (amount == OPEN_LABELS && status_is_open(s));
    int64_t change = stats_change(&ui->stats, s);
    char late[FMT_MAX];

    *t = (struct status_text){0};
    snprintf(t->label, sizeof(t->label), "%s", named ? status_word(s)->short_label : "");
    if (!ui->stats.loaded) {
        snprintf(t->count, sizeof(t->count), "%s", glyph_text(GLYPH_DASH));
        return;
    }
    if (amount >= SHORT) {
        fmt_short(ui->stats.count[s], t->count);
        if (ui->stats.late[s] > 0)
            snprintf(t->late, sizeof(t->late), "%s%s", glyph_text(GLYPH_LATE),
                     amount == SHORT ? fmt_short(ui->stats.late[s], late) : "");
        return;
    }
    fmt_count(ui->stats.count[s], t->count);
    if (change != 0)
        snprintf(t->change, sizeof(t->change), "%s", glyph_text(change > 0 ? GLYPH_UP : GLYPH_DOWN));
    if (ui->stats.late[s] > 0)
        snprintf(t->late, sizeof(t->late), "%s%s", glyph_text(GLYPH_LATE),
                 fmt_count(ui->stats.late[s], late));
}

static int put_part(struct ui *ui, int row, int col, int end, enum role role, const char *text)
{
    if (!*text)
        return 0;
    return canvas_text(&ui->canvas, row, col, end - col, role, text) + 1;
}

/* The choice, when the funnel has the keys. */
static void choose(struct ui *ui, struct area a)
{
    canvas_ground(&ui->canvas, a, GROUND_SELECTED);
    canvas_cursor(&ui->canvas, a.row, a.col, false);
}

/* Two lines: every status in a field of its own, so that nothing moves when figures change. */
static void draw_fields(struct ui *ui, struct area a, bool focus)
{
    for (int s = 0; s < STATUS_COUNT; s++) {
        int from = a.col + a.cols * s / STATUS_COUNT, end = a.col + a.cols * (s + 1) / STATUS_COUNT - 1,
            col = from + 1;
        int64_t change = stats_change(&ui->stats, (enum order_status)s);
        enum role role = status_role((enum order_status)s);
        struct status_text t;

        status_text(ui, (enum order_status)s, LABELS, &t);
        if (width_text(t.count) + (t.late[0] ? 1 + width_text(t.late) : 0) > end - col - 2)
            status_text(ui, (enum order_status)s, SHORT, &t); /* a figure that is cut is a wrong one */
        ui->mouse.at.statuses[s] = (struct area){a.row, from, 2, end - from};
        if (focus && s == ui->funnel_at)
            choose(ui, ui->mouse.at.statuses[s]);
        canvas_glyph(&ui->canvas, a.row, col, role, status_glyph((enum order_status)s));
        canvas_text(&ui->canvas, a.row, col + 2, end - col - 2, role,
                    end - col - 2 >= 13 ? status_word((enum order_status)s)->label
                                        : status_word((enum order_status)s)->short_label);
        col += 2;
        col += put_part(ui, a.row + 1, col, end, ROLE_NUMBER, t.count);
        if (t.late[0] && end - col >= 3)
            col += put_part(ui, a.row + 1, col, end, ROLE_LATE, t.late);
        if (change != 0 && end - col >= 4) {
            snprintf(t.change, sizeof(t.change), "%+" PRId64, change);
            put_part(ui, a.row + 1, col, end, ROLE_CHANGE, width_text(t.change) <= end - col ? t.change : "");
        }
    }
}

/* Columns of a status in one line; counts have room to grow, but where the line is short. */
static int field_width(const struct ui *ui, enum order_status s, enum amount amount)
{
    struct status_text t;
    int count, least = amount >= TIGHT ? 1 : 3;

    status_text(ui, s, amount, &t);
    if (amount >= SHORT)
        return 2 + width_text(t.count) + (t.late[0] ? 1 + width_text(t.late) : 0);
    count = width_text(t.count) > least ? width_text(t.count) : least;
    return 2 + (t.label[0] ? width_text(t.label) + 1 : 0) + count + 1 +
           (t.late[0] ? width_text(t.late) + 1 : 0);
}

static int strip_width(const struct ui *ui, enum amount amount)
{
    int used = 1;

    for (int s = 0; s < STATUS_COUNT; s++)
        used += field_width(ui, (enum order_status)s, amount) + 1;
    return used;
}

static void draw_strip(struct ui *ui, struct area a, bool focus)
{
    enum amount amount = LABELS;
    int col = a.col + 1, wide, extra, skip = 0;

    while (amount < BARE && strip_width(ui, amount) > a.cols)
        amount = (enum amount)(amount + 1);
    wide = strip_width(ui, amount);
    extra = wide < a.cols ? (a.cols - wide) / STATUS_COUNT : 0;
    extra = extra > 2 ? 2 : extra;
    for (int s = 0; s < ui->funnel_at && wide > a.cols && focus; s++) /* scroll to the chosen one */
        skip += field_width(ui, (enum order_status)s, amount) + 1;
    if (skip > wide - a.cols)
        skip = wide > a.cols ? wide - a.cols : 0;
    col -= skip;
    for (int s = 0; s < STATUS_COUNT; s++) {
        enum role role = status_role((enum order_status)s);
        int width = field_width(ui, (enum order_status)s, amount), at = col, end = a.col + a.cols;
        struct status_text t;

        status_text(ui, (enum order_status)s, amount, &t);
        ui->mouse.at.statuses[s] = (struct area){a.row, col - 1, 1, width + 1};
        if (focus && s == ui->funnel_at)
            choose(ui, ui->mouse.at.statuses[s]);
        if (col >= a.col && col < end) {
            at += put_part(ui, a.row, at, end, role, glyph_text(status_glyph((enum order_status)s)));
            at += put_part(ui, a.row, at, end, role, t.label);
            at += put_part(ui, a.row, at, end, ROLE_NUMBER, t.count) - 1;
            at += t.change[0] ? put_part(ui, a.row, at, end, ROLE_CHANGE, t.change) : 1;
            put_part(ui, a.row, at, end, ROLE_LATE, t.late);
        }
        col += width + 1 + extra;
    }
    if (wide - skip > a.cols) /* what is cut off is marked at its end */
        canvas_glyph(&ui->canvas, a.row, a.col + a.cols - 1, ROLE_DIM, GLYPH_ELLIPSIS);
    if (skip > 0)
        canvas_glyph(&ui->canvas, a.row, a.col, ROLE_DIM, GLYPH_ELLIPSIS);
}

void draw_funnel(struct ui *ui, struct area a)
{
    bool focus = ui->focus == PANE_FUNNEL && ui->screen == &screen_board && !ui->over;

    ui->mouse.at.panes[PANE_FUNNEL] = a;
    canvas_fill(&ui->canvas, a, GROUND_HEADER);
    if (a.rows >= 2)
        draw_fields(ui, a, focus);
    else
        draw_strip(ui, a, focus);
}
