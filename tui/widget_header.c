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
    return l == LIGHT_OK ? ROLE_OK : l == LIGHT_BAD ? ROLE_BAD : ROLE_OFF;
}

static const char *light_glyph(enum light l)
{
    return glyph_text(l == LIGHT_OK ? GLYPH_DOT : l == LIGHT_BAD ? GLYPH_CANCELLED : GLYPH_MIDDLE);
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

static void add_unsent(struct ui *ui, struct pieces *p)
{
    char text[112], count[FMT_MAX], age[FMT_MAX];
    const struct stats *s = &ui->stats;
    bool waits = s->unsent > 0 && s->oldest_unsent > 0;

    if (!s->loaded)
        return;
    fmt_count(s->unsent, count);
    snprintf(text, sizeof(text), "%s unsent", count);
    if (waits && ui->health.kafka != LIGHT_OFF) {
        fmt_span(ui->now_ms - s->oldest_unsent, age);
        snprintf(text, sizeof(text), "%s unsent, oldest %s", count, age);
    }
    add(p, 6, waits && ui->health.kafka != LIGHT_OFF ? ROLE_WARN : ROLE_DIM, text);
}

static void add_latency(struct ui *ui, struct pieces *p)
{
    char text[112], a[FMT_MAX], b[FMT_MAX];

    if (ui->health.p99_us <= 0)
        return;
    snprintf(text, sizeof(text), "p50 %s  p99 %s", fmt_latency(ui->health.p50_us, a), fmt_latency(ui->health.p99_us, b));
    add(p, 7, ROLE_DIM, text);
}

static void gather(struct ui *ui, struct pieces *p)
{
    const char *env = ui->cfg->environment;
    char text[112];

    add(p, 5, ROLE_PRODUCT, "orderdeck");
    if (ui->cfg->service && strcmp(ui->cfg->service, "orderdeck") != 0)
        add(p, 3, ROLE_SERVICE, ui->cfg->service);
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
        add(p, 0, ROLE_BAD, ui->why_not ? ui->why_not : "not connected");
        return;
    }
    snprintf(text, sizeof(text), "db %s", light_glyph(ui->health.database));
    add(p, 2, light_role(ui->health.database), text);
    snprintf(text, sizeof(text), "kafka %s", light_glyph(ui->health.kafka));
    add(p, 5, light_role(ui->health.kafka), text);
    add_unsent(ui, p);
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

enum detail_level { FULL, SHORT, BARE, LEVELS };

/* "received 124 +9 ▲3"; text for measuring, parts for drawing */
static int status_piece(struct ui *ui, enum order_status s, enum detail_level level, int row, int col, int width,
                        bool drawn)
{
    char count[FMT_MAX], change[FMT_MAX] = "", late[FMT_MAX + 4] = "";
    int64_t changed = stats_change(&ui->stats, s);
    const char *label = level == FULL ? status_word(s)->label : level == SHORT ? status_word(s)->short_label : "";
    const char *parts[] = {glyph_text(status_glyph(s)), label, count, change, late};
    const enum role roles[] = {status_role(s), status_role(s), ROLE_NUMBER, ROLE_CHANGE, ROLE_LATE};
    int used = 0;

    fmt_count(ui->stats.count[s], count);
    if (changed != 0 && level != BARE)
        snprintf(change, sizeof(change), "%+" PRId64, changed);
    if (ui->stats.late[s] > 0) {
        char n[FMT_MAX];

        snprintf(late, sizeof(late), "%s%s", glyph_text(GLYPH_LATE), fmt_count(ui->stats.late[s], n));
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!*parts[i])
            continue;
        if (drawn)
            canvas_text(&ui->canvas, row, col + used, width - used, roles[i], parts[i]);
        used += width_text(parts[i]) + 1;
    }
    return used > 0 ? used - 1 : 0;
}

static int funnel_width(struct ui *ui, enum detail_level level, int gap)
{
    int used = 0;

    for (int s = 0; s < STATUS_COUNT; s++)
        used += status_piece(ui, (enum order_status)s, level, 0, 0, 0, false) + gap;
    return used - gap;
}

void draw_funnel(struct ui *ui, struct area a)
{
    enum detail_level level = FULL;
    int gap = 2, col = a.col + 1, skip = 0, wide;
    bool focus = ui->focus == PANE_FUNNEL && ui->screen == &screen_board;

    canvas_fill(&ui->canvas, a, GROUND_HEADER);
    while (level < BARE && funnel_width(ui, level, gap) > a.cols - 2)
        level = (enum detail_level)(level + 1);
    wide = funnel_width(ui, level, gap);
    if (wide + (STATUS_COUNT - 1) * 2 <= a.cols - 2)
        gap += 2;
    else if (wide + STATUS_COUNT - 1 <= a.cols - 2)
        gap++;
    for (int s = 0; s < ui->funnel_at && wide > a.cols - 2 && focus; s++) /* scroll to the chosen one */
        skip += status_piece(ui, (enum order_status)s, level, 0, 0, 0, false) + gap;
    if (skip > 0 && wide - skip < a.cols - 2)
        skip = wide - a.cols + 2;
    col -= skip;
    for (int s = 0; s < STATUS_COUNT; s++) {
        int width = status_piece(ui, (enum order_status)s, level, 0, 0, 0, false), room = a.col + a.cols - col;

        if (focus && s == ui->funnel_at)
            canvas_ground(&ui->canvas, (struct area){a.row, col - 1, 1, width + 2}, GROUND_SELECTED);
        if (room > 0 && col >= a.col)
            status_piece(ui, (enum order_status)s, level, a.row, col, width < room ? width : room, true);
        if (focus && s == ui->funnel_at)
            canvas_cursor(&ui->canvas, a.row, col, false);
        col += width + gap;
    }
}
