/* The health of the service: GET /status in sections, side by side where there is room. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include "shared/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_COLS 15

/* ---- lines of a section */

static void put_role(struct lines *l, const char *label, enum role role, const char *value)
{
    int row = lines_next(l), indent = l->area.cols >= 40 ? LABEL_COLS + 1 : 11;

    if (row >= 0)
        canvas_text(l->canvas, row, l->area.col, indent - 1, ROLE_DIM, label);
    lines_run_on(l, row, indent, l->area.cols - indent, role, value);
}

static void put_head(struct lines *l, const char *title)
{
    lines_put(l, 0, ROLE_TITLE_FOCUS, title);
}

enum form {
    AS_TEXT,
    AS_COUNT,
    AS_BYTES,
    AS_LATENCY, /* us */
    AS_SECONDS, /* us of time used */
    AS_SINCE,   /* a time, and how long ago */
    AS_YES,     /* shown only when it is so */
};

struct fact {
    const char *label, *member;
    enum form form;
    enum role role;
};

static const char *fmt_bytes(int64_t n, char out[FMT_MAX])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double v = (double)n;
    size_t u = 0;

    for (; v >= 1024 && u + 1 < sizeof(units) / sizeof(units[0]); u++)
        v /= 1024;
    snprintf(out, FMT_MAX, u ? "%.1f %s" : "%.0f %s", v, units[u]);
    return out;
}

/* "" when it is not to be shown. */
static void fact_text(const struct ui *ui, const struct json *v, enum form form, char *out, size_t room)
{
    const char *text = json_string(v);
    char a[FMT_MAX], b[FMT_MAX];
    int64_t n = 0, at;

    *out = 0;
    if (form == AS_YES) {
        snprintf(out, room, "%s", json_true(v) ? "yes" : "");
    } else if (text && form == AS_SINCE && clock_parse(text, &at)) {
        snprintf(out, room, "%s, %s ago", fmt_moment(at, ui->now_ms, a), fmt_span(ui->now_ms - at, b));
    } else if (text) {
        snprintf(out, room, "%s", text);
    } else if (form == AS_TEXT && json_number(ui->status, v)) {
        snprintf(out, room, "%s", json_number(ui->status, v));
    } else if (json_int(ui->status, v, &n)) {
        const char *number = form == AS_BYTES     ? fmt_bytes(n, a)
                             : form == AS_LATENCY ? (n ? fmt_latency(n, a) : glyph_text(GLYPH_DASH))
                             : form == AS_SECONDS ? fmt_step(n / 1000, a)
                                                  : fmt_count(n, a);

        snprintf(out, room, "%s", number);
    }
}

static void put_facts(struct ui *ui, struct lines *l, const struct json *object, const struct fact *facts,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[LINES_BYTES];

        fact_text(ui, json_get(object, facts[i].member), facts[i].form, text, sizeof(text));
        if (*text)
            put_role(l, facts[i].label, facts[i].role, text);
    }
}
#define FACTS(object, rows) put_facts(ui, l, object, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct json *part(const struct ui *ui, const char *name)
{
    return json_get(json_root(ui->status), name);
}

static int64_t number(const struct ui *ui, const struct json *object, const char *name)
{
    int64_t n;

    return json_int(ui->status, json_get(object, name), &n) ? n : 0;
}

/* "3 of 1 024" */
static void put_of(struct ui *ui, struct lines *l, const char *label, const struct json *object,
                   const char *name, const char *limit)
{
    char text[80], a[FMT_MAX], b[FMT_MAX];

    if (!json_get(object, name))
        return;
    snprintf(text, sizeof(text), "%s of %s", fmt_count(number(ui, object, name), a),
             fmt_count(number(ui, object, limit), b));
    put_role(l, label, ROLE_NUMBER, text);
}

/* ---- sections */

static void print_service(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"name", "service", AS_TEXT, ROLE_STRONG},
        {"environment", "environment", AS_TEXT, ROLE_TEXT},
        {"version", "version", AS_TEXT, ROLE_TEXT},
        {"build", "build", AS_TEXT, ROLE_TEXT},
        {"url", "url", AS_TEXT, ROLE_TEXT},
        {"pid", "pid", AS_TEXT, ROLE_NUMBER},
        {"started", "startedAt", AS_SINCE, ROLE_TEXT},
        {"cpu used", "cpuUs", AS_SECONDS, ROLE_NUMBER},
        {"memory", "residentBytes", AS_BYTES, ROLE_NUMBER},
        {"read-only", "readOnly", AS_YES, ROLE_WARN},
        {"demo", "demo", AS_YES, ROLE_WARN},
    };

    put_head(l, "service and build");
    FACTS(json_root(ui->status), facts);
}

static const char *word(const struct json *object, const char *name)
{
    const char *text = json_string(json_get(object, name));

    return text ? text : "";
}

static void print_database(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"write-ahead", "walBytes", AS_BYTES, ROLE_NUMBER}, {"commits", "commits", AS_COUNT, ROLE_NUMBER},
        {"position", "position", AS_COUNT, ROLE_NUMBER},    {"log", "log", AS_TEXT, ROLE_TEXT},
        {"read-only", "readOnly", AS_YES, ROLE_WARN},
    };
    const struct json *database = part(ui, "database");
    char text[LINES_BYTES], bytes[FMT_MAX];

    put_head(l, "database");
    snprintf(text, sizeof(text), "%s %s", word(database, "kind"), word(database, "version"));
    put_role(l, "kind", ROLE_TEXT, text);
    snprintf(text, sizeof(text), "%s, %s", word(database, "file"),
             fmt_bytes(number(ui, database, "bytes"), bytes));
    put_role(l, "file", ROLE_TEXT, text);
    FACTS(database, facts);
}

static void print_writer(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"fault", "fault", AS_TEXT, ROLE_BAD},
        {"changes", "jobs", AS_COUNT, ROLE_NUMBER},
        {"batches", "batches", AS_COUNT, ROLE_NUMBER},
    };
    const struct json *writer = part(ui, "writer");
    int64_t batches = number(ui, writer, "batches"), tenths;
    char text[160], a[FMT_MAX], b[FMT_MAX], c[FMT_MAX];

    put_head(l, "writer");
    if (!json_first(writer)) {
        lines_long(l, 0, ROLE_DIM, "none: the service is read-only");
        return;
    }
    put_of(ui, l, "queued", writer, "queued", "queueLimit");
    FACTS(writer, facts);
    if (batches <= 0)
        return;
    tenths = number(ui, writer, "jobs") * 10 / batches;
    snprintf(text, sizeof(text), "%" PRId64 ".%" PRId64 " changes, the last %s", tenths / 10, tenths % 10,
             fmt_count(number(ui, writer, "lastBatch"), a));
    put_role(l, "mean batch", ROLE_NUMBER, text);
    snprintf(text, sizeof(text), "p50 %s  p99 %s  last %s", fmt_latency(number(ui, writer, "commitP50Us"), a),
             fmt_latency(number(ui, writer, "commitP99Us"), b),
             fmt_latency(number(ui, writer, "lastCommitUs"), c));
    put_role(l, "commit", ROLE_NUMBER, text);
}

static void put_gauge(struct lines *l, const char *label, const struct gauge *g)
{
    char text[FMT_MAX + 24], count[FMT_MAX];

    if (g->value < 0) {
        put_role(l, label, ROLE_OFF, glyph_text(GLYPH_DASH));
        return;
    }
    snprintf(text, sizeof(text), "%s%s", fmt_count(g->value, count),
             g->trend > 0                   ? " and rising"
             : g->trend < 0 && g->value > 0 ? " and falling"
                                            : "");
    put_role(l, label, g->value > 0 ? ROLE_WARN : ROLE_NUMBER, text);
}

static void print_parked(struct ui *ui, struct lines *l, const struct json *parked)
{
    static const struct fact facts[] = {
        {"position", "position", AS_COUNT, ROLE_STRONG}, {"order", "orderId", AS_TEXT, ROLE_ID},
        {"event", "type", AS_TEXT, ROLE_TEXT},           {"kafka said", "reason", AS_TEXT, ROLE_BAD},
        {"since", "since", AS_SINCE, ROLE_TEXT},
    };

    lines_long(l, 0, ROLE_BAD, "The relay waits: Kafka refuses a record, and nothing after it is sent.");
    FACTS(parked, facts);
    lines_long(l, 0, ROLE_DIM,
               "It is tried again every 30 s. S sets it aside as a dead letter, and the relay goes on.");
}

static void print_producer(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"brokers", "brokers", AS_TEXT, ROLE_TEXT},
        {"topic", "topic", AS_TEXT, ROLE_TEXT},
        {"missing", "missingTopics", AS_TEXT, ROLE_WARN},
        {"oldest unsent", "oldestUnsent", AS_SINCE, ROLE_WARN},
        {"delivered", "delivered", AS_COUNT, ROLE_NUMBER},
        {"failed", "failed", AS_COUNT, ROLE_NUMBER},
        {"restarts", "restarts", AS_COUNT, ROLE_NUMBER},
    };
    static const struct fact trouble[] = {{"reason", "reason", AS_TEXT, ROLE_WARN}};
    const struct json *kafka = part(ui, "kafka"), *parked = json_get(kafka, "parked");
    const char *state = json_string(json_get(kafka, "state"));
    char text[80], count[FMT_MAX];

    put_head(l, "kafka producer");
    if (!json_first(kafka)) {
        lines_long(l, 0, ROLE_DIM,
                   ui->cfg->read_only
                       ? "Not in use: the service is read-only."
                       : "Not in use: no brokers are set (KAFKA_BROKERS). Events wait in the log and go "
                         "out in order when there are some.");
        snprintf(text, sizeof(text), "%s", fmt_count(ui->stats.unsent, count));
        put_role(l, "unsent", ROLE_NUMBER, text);
        return;
    }
    put_role(l, "state",
             ui->health.kafka == LIGHT_OK    ? ROLE_OK
             : ui->health.kafka == LIGHT_BAD ? ROLE_BAD
                                             : ROLE_WARN,
             state ? state : "");
    put_gauge(l, "unsent", &ui->health.unsent);
    if (json_first(parked))
        print_parked(ui, l, parked);
    else
        FACTS(kafka, trouble);
    FACTS(kafka, facts);
}

static void print_topic(struct ui *ui, struct lines *l, const struct json *t)
{
    int row = lines_next(l), end = l->area.col + l->area.cols;
    const char *name = json_string(json_get(t, "topic"));
    int64_t partitions = number(ui, t, "partitions"), lag = -1;
    char count[FMT_MAX], right[FMT_MAX + 32];
    bool known = json_int(ui->status, json_get(t, "lag"), &lag);

    if (row < 0)
        return;
    snprintf(right, sizeof(right), partitions || !known ? "lag %s" : "no partition",
             known ? fmt_count(lag, count) : glyph_text(GLYPH_DASH));
    canvas_text(l->canvas, row, l->area.col + 2, l->area.cols - 16, ROLE_TEXT, name ? name : "");
    canvas_right(l->canvas, row, end - 14, 14,
                 lag > 0               ? ROLE_WARN
                 : partitions && known ? ROLE_NUMBER
                                       : ROLE_OFF,
                 right);
}

static void print_consumer(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"detail", "detail", AS_TEXT, ROLE_WARN},
        {"group", "group", AS_TEXT, ROLE_TEXT},
        {"partitions", "partitions", AS_COUNT, ROLE_NUMBER},
        {"records read", "records", AS_COUNT, ROLE_NUMBER},
    };
    const struct json *inbound = json_get(part(ui, "kafka"), "inbound");
    const char *state = json_string(json_get(inbound, "state"));

    put_head(l, "kafka consumer");
    if (!json_first(inbound)) {
        lines_long(l, 0, ROLE_DIM, "Not in use: nothing comes from the warehouse.");
        return;
    }
    put_role(l, "state", state && strcmp(state, "running") == 0 ? ROLE_OK : ROLE_WARN, state ? state : "");
    put_gauge(l, "lag", &ui->health.lag);
    FACTS(inbound, facts);
    for (const struct json *t = json_first(json_get(inbound, "topics")); t; t = json_next(t))
        print_topic(ui, l, t);
}

static void print_inbox(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"waiting", "parked", AS_COUNT, ROLE_NUMBER},    {"applied", "applied", AS_COUNT, ROLE_NUMBER},
        {"early", "early", AS_COUNT, ROLE_NUMBER},       {"late", "late", AS_COUNT, ROLE_NUMBER},
        {"repeated", "repeated", AS_COUNT, ROLE_NUMBER}, {"set aside", "dead", AS_COUNT, ROLE_NUMBER},
    };
    const struct json *inbox = part(ui, "facts");
    int64_t dead = number(ui, inbox, "deadLetters");
    char text[80], count[FMT_MAX];

    put_head(l, "from the warehouse");
    snprintf(text, sizeof(text), "%s%s", fmt_count(dead, count), dead > 0 ? "   D shows them" : "");
    put_role(l, "dead letters", dead > 0 ? ROLE_WARN : ROLE_NUMBER, text);
    FACTS(inbox, facts);
}

static void print_http(struct ui *ui, struct lines *l)
{
    static const struct fact facts[] = {
        {"lanes", "lanes", AS_COUNT, ROLE_NUMBER},
        {"requests", "requests", AS_COUNT, ROLE_NUMBER},
        {"p50", "p50Us", AS_LATENCY, ROLE_NUMBER},
        {"p99", "p99Us", AS_LATENCY, ROLE_NUMBER},
    };
    const struct json *http = part(ui, "http");

    put_head(l, "http");
    put_of(ui, l, "connections", http, "connections", "maxConnections");
    put_of(ui, l, "event streams", http, "streams", "maxStreams");
    FACTS(http, facts);
}

/* The columns of a route behind its name, flush right, from the right: those that fit. */
static void print_route(struct ui *ui, struct lines *l, const struct json *route)
{
    static const struct {
        const char *member, *head;
        enum form form;
        int cols;
    } columns[] = {{"requests", "count", AS_COUNT, 9},
                   {"p50Us", "p50", AS_LATENCY, 8},
                   {"p99Us", "p99", AS_LATENCY, 8},
                   {"refused", "4xx", AS_COUNT, 6},
                   {"unavailable", "503", AS_COUNT, 5}};
    const char *name = json_string(json_get(route, "route")), *base = name ? strstr(name, " /api/v1/") : NULL;
    int row = lines_next(l), room = l->area.cols, n = 0, col;
    char text[200];

    if (row < 0)
        return;
    snprintf(text, sizeof(text), "%.*s%s", base ? (int)(base - name) + 1 : 0, name ? name : "",
             base   ? base + 8
             : name ? name
                    : "by route");
    while (n < (int)(sizeof(columns) / sizeof(columns[0])) && room - columns[n].cols >= 22)
        room -= columns[n++].cols;
    canvas_text(l->canvas, row, l->area.col, room - 1, route ? ROLE_TEXT : ROLE_DIM, text);
    col = l->area.col + room;
    for (int i = 0; i < n; i++, col += columns[i - 1].cols) {
        bool fault = i >= 3 && number(ui, route, columns[i].member) > 0;

        fact_text(ui, json_get(route, columns[i].member), columns[i].form, text, sizeof(text));
        canvas_right(l->canvas, row, col, columns[i].cols,
                     !route  ? ROLE_COLUMN
                     : fault ? ROLE_WARN
                             : ROLE_NUMBER,
                     route ? text : columns[i].head);
    }
}

static void print_routes(struct ui *ui, struct lines *l)
{
    const struct json *routes = json_get(part(ui, "http"), "routes");

    put_head(l, "http by route, since the start");
    if (!json_first(routes)) {
        lines_long(l, 0, ROLE_DIM, "no request was answered yet");
        return;
    }
    print_route(ui, l, NULL);
    for (const struct json *r = json_first(routes); r; r = json_next(r))
        print_route(ui, l, r);
}

static void print_settings(struct ui *ui, struct lines *l)
{
    int widest = 8;

    put_head(l, "settings, secrets masked");
    for (const struct json *s = json_first(part(ui, "settings")); s; s = json_next(s))
        if (width_text(json_name(s)) > widest)
            widest = width_text(json_name(s));
    widest = widest > l->area.cols / 2 ? l->area.cols / 2 : widest;
    for (const struct json *s = json_first(part(ui, "settings")); s; s = json_next(s)) {
        const char *value = json_string(s) ? json_string(s) : json_number(ui->status, s);
        int row = lines_next(l);

        if (row >= 0)
            canvas_text(l->canvas, row, l->area.col, widest, ROLE_DIM, json_name(s));
        lines_run_on(l, row, widest + 2, l->area.cols - widest - 2, ROLE_TEXT,
                     value                       ? value
                     : json_kind(s) == JSON_BOOL ? (json_true(s) ? "true" : "false")
                                                 : "");
    }
}

/* ---- side by side */

static void (*const sections[])(struct ui *ui, struct lines *l) = {
    print_database, print_writer, print_producer, print_consumer, print_inbox,
    print_http,     print_routes, print_service,  print_settings,
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))
#define COLUMNS_MOST 3

/* The column of each section, so that all are about as high. */
static void lay_out(struct ui *ui, struct lines *like, int columns, int column_of[SECTIONS])
{
    size_t high[SECTIONS] = {0}, total = 0, used = 0;
    int column = 0;

    for (size_t i = 0; i < SECTIONS; i++) {
        struct lines l = *like;

        l.skip = SIZE_MAX;
        sections[i](ui, &l);
        high[i] = l.n + 1;
        total += high[i];
    }
    for (size_t i = 0; i < SECTIONS; i++) {
        size_t target = (total + (size_t)columns - 1) / (size_t)columns;

        if (used > 0 && used + high[i] / 2 > target && column + 1 < columns) {
            column++;
            used = 0;
        }
        column_of[i] = column;
        used += high[i];
    }
}

/* The first line, over all columns. */
static void draw_console(struct ui *ui, struct area a)
{
    char text[160];

    term_describe(ui->term, text, sizeof(text));
    if (a.rows > 0)
        canvas_textf(&ui->canvas, a.row, a.col, a.cols, ROLE_DIM, "console: %s, theme %s", text,
                     ui->theme.name);
}

static void print_sections(struct ui *ui, struct lines *all)
{
    struct area a = all->area;
    int columns = a.cols >= 170 ? 3 : a.cols >= 104 ? 2 : 1, column_of[SECTIONS];
    int gap = 3, cols = (a.cols - gap * (columns - 1)) / columns;
    struct lines l[COLUMNS_MOST];

    if (!ui->status)
        return;
    for (int i = 0; i < columns; i++)
        l[i] = (struct lines){.canvas = &ui->canvas,
                              .area = {a.row, a.col + i * (cols + gap), a.rows, cols},
                              .skip = all->skip,
                              .n = 1,
                              .wrap = true};
    if (all->skip == 0)
        draw_console(ui, a);
    lay_out(ui, &l[0], columns, column_of);
    for (size_t i = 0; i < SECTIONS; i++) {
        struct lines *at = &l[column_of[i]];

        lines_next(at);
        sections[i](ui, at);
        if (at->n > all->n)
            all->n = at->n;
    }
}

static void draw_health(struct ui *ui, struct area body)
{
    struct lines l = {.canvas = &ui->canvas,
                      .area = {body.row + 1, body.col + 1, body.rows - 1, body.cols - 2}};
    char right[LINES_RIGHT];

    lines_scrolled(ui, &l, &ui->text, print_sections, right);
    draw_title(ui, (struct area){body.row, body.col, 1, body.cols}, true, "Health",
               ui->cfg->database ? ui->cfg->database : "", right);
}

/* ---- the record that Kafka refuses */

static void skip(struct ui *ui, const char *reason)
{
    struct api_request q = {.op = API_RELAY_SKIP};
    struct buf body = BUF_INIT(sizeof(q.body) - 1);

    buf_addc(&body, '{');
    json_put_int(&body, "position", strtoll(ui->confirm.about, NULL, 10));
    json_put_string(&body, "reason", reason);
    buf_addc(&body, '}');
    if (body.failed) {
        ui_say(ui, MESSAGE_BAD, "skip was not sent: the reason is too long");
    } else {
        snprintf(q.body, sizeof(q.body), "%s", body.data);
        errand_send(ui, &q, "skip");
    }
    buf_release(&body);
}

static void ask_skip(struct ui *ui)
{
    static const struct fact facts[] = {{"order", "orderId", AS_TEXT, 0},
                                        {"event", "type", AS_TEXT, 0},
                                        {"kafka said", "reason", AS_TEXT, 0}};
    const struct json *parked = json_get(part(ui, "kafka"), "parked");
    struct confirm c = {.title = "Skip a record",
                        .question = "Never send it to Kafka?",
                        .field = "reason",
                        .starts = ACTION_SKIP,
                        .yes = skip};
    char text[LINES_BYTES];

    snprintf(c.about, sizeof(c.about), "%" PRId64, ui->health.parked);
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "The record at position %s", c.about);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        fact_text(ui, json_get(parked, facts[i].member), AS_TEXT, text, sizeof(text));
        if (*text)
            snprintf(c.lines[c.n++], sizeof(c.lines[0]), "%-10s  %.180s", facts[i].label, text);
    }
    snprintf(c.lines[c.n++], sizeof(c.lines[0]), "It becomes a dead letter, with a note on its order.");
    over_confirm_open(ui, &c);
}

static bool act_health(struct ui *ui, enum action action)
{
    if (action != ACTION_SKIP)
        return scroll(action, &ui->text.top, ui->text.lines, ui->text.rows);
    if (ui->cfg->read_only)
        ui_say(ui, MESSAGE_WARN, "skip: not possible, the service is read-only");
    else if (!ui->health.parked)
        ui_say(ui, MESSAGE_WARN, "skip: the relay does not wait for a refused record");
    else
        ask_skip(ui);
    return true;
}

static void enter_health(struct ui *ui)
{
    ask_want(ui, ASK_STATUS);
}

const struct screen screen_health = {.name = "health",
                                     .scopes = SCOPE_BIT(SCOPE_HEALTH),
                                     .enter = enter_health,
                                     .draw = draw_health,
                                     .act = act_health};
