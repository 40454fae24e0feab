#include "tests/support/fake_api.h"

#include "shared/arena.h"
#include "shared/buf.h"
#include "shared/clock.h"
#include "shared/filter.h"
#include "shared/json.h"
#include "shared/order_words.h"
#include "tests/support/fake_kafka.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MINUTE INT64_C(60000)
#define ORDERS 4000
#define EVENTS 20000

const char *const hostile_texts[] = {
    "\033[31mred\033[0m \033]0;title\a \033[2J\033[H",
    "\033[10;10Hmoved \033[?1049l\033c",
    "carriage\rreturn back\bspace bell\a tab\ttab",
    "c1: \xc2\x9b"
    "31m \xc2\x90 \xc2\x9d"
    "0;x\xc2\x9c",
    "del\x7f\x7f nul-less \x01\x02\x1f",
    "bidi \xe2\x80\xae"
    "drowssap\xe2\x80\xac \xe2\x81\xa6iso\xe2\x81\xa9 \xd8\x9c",
    "zero\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xef\xbb\xbfwidth \xc2\xad soft",
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x95\x86\xe5\x93\x81 CJK \xed\x95\x9c\xea\xb5\xad\xec\x96\xb4",
    "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85 z\xcc\x80\xcc\x81 \xcc\x81leading",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 \xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd \xf0\x9f\x87\xba\xf0\x9f\x87\xb8 \xe2\x9d\xa4\xef\xb8\x8f",
    "\xee\x82\xb0 private \xf3\xa0\x80\x81 tag \xef\xbf\xbe \xe2\x80\xa8line\xe2\x80\xa9para",
    "\xf0\x9f\xab\xa8 new \xf0\x9f\xaa\xbf emoji \xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab jamo",
    "\033P+q\033\\ \033_apc\033\\ \033^pm\033\\ \x1b[200~paste\x1b[201~",
    "\xef\xbc\xb7\xef\xbd\x89\xef\xbd\x84\xef\xbd\x85 wide \xe3\x80\x80 \xef\xbe\x8a\xef\xbe\x9d half",
    NULL,
};

struct fake_order {
    char id[40], customer[32], reason[240];
    enum order_status status;
    enum order_priority priority;
    int64_t created, since, promised, version;
    int quantity, cents, seed;
    bool held;
};

struct fake_event {
    int order, version;
    enum order_status status;
    int64_t time;
    char actor[64];
};

struct fake {
    struct api base;
    struct fake_options o;
    int epoll, ready;
    bool dropped, polled, failing, waiting;
    int open; /* answers not taken yet */
    struct fake_order orders[ORDERS];
    int n;
    struct fake_event events[EVENTS];
    int n_events;
    struct api_reply *first, **last;
    int64_t asked_position;
    struct fake_kafka kafka;
    int64_t now;
};

static const char *const goods[][2] = {
    {"SKU-001", "Widget A"},
    {"SKU-207", "Gadget, blue"},
    {"TEA-100", "Sencha green tea 100 g"},
    {"LMP-2", "Desk lamp"},
    {"CBL-2M", "USB-C cable 2 m"},
    {"MUG-350", "Enamel mug"},
    {"CHR-ERG-1", "Ergonomic chair, mesh"},
};

static const char *const wave_of[] = {"W-118", "W-119", "W-120"};

/* ---- orders */

static const char *hostile(const struct fake *f, int seed, const char *otherwise)
{
    size_t n = 0;

    while (hostile_texts[n])
        n++;
    if (f->o.wordy)
        return "a text that is much longer than a line of a usual terminal, and whose point comes at its "
               "very end as with all people who take their time to get there: the end";
    return f->o.hostile ? hostile_texts[(size_t)seed % n] : otherwise;
}

static void add_event(struct fake *f, int order, int64_t time, const char *actor)
{
    struct fake_event *e = &f->events[f->n_events++];

    *e = (struct fake_event){.order = order,
                             .version = (int)f->orders[order].version,
                             .status = f->orders[order].status,
                             .time = time};
    snprintf(e->actor, sizeof(e->actor), "%s", actor);
}

static void step(struct fake *f, int order, enum order_status to, int64_t time, const char *actor)
{
    struct fake_order *o = &f->orders[order];

    o->status = to;
    o->since = time;
    o->version++;
    add_event(f, order, time, actor);
}

static int add_order(struct fake *f, int64_t created)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct fake_order *o = &f->orders[f->n];
    uint64_t seed = (uint64_t)(f->n + 1) * UINT64_C(0x9e3779b97f4a7c15);

    *o = (struct fake_order){.created = created, .since = created, .version = 0, .seed = f->n};
    snprintf(o->id, sizeof(o->id), "ORD-01M9A7C2K4000000XXXXXXXXXX");
    for (int i = 0; i < 10; i++)
        o->id[20 + i] = letters[seed >> (i * 5) & 31];
    snprintf(o->customer, sizeof(o->customer), "CUST-%05d", (int)(seed >> 40 & 1023));
    o->priority = (enum order_priority)(seed >> 50 & 3 ? seed >> 50 & 1 : PRIORITY_SAME_DAY);
    o->quantity = 1 + (int)(seed >> 20 & 3);
    o->cents = 499 + (int)(seed >> 24 & 0x3fff);
    o->promised = created + (o->priority == PRIORITY_SAME_DAY   ? 50
                             : o->priority == PRIORITY_NEXT_DAY ? 1500
                                                                : 8000) *
                                MINUTE;
    step(f, f->n, STATUS_RECEIVED, created, "web-shop");
    return f->n++;
}

static void fill(struct fake *f)
{
    for (int i = 0; i < f->o.orders; i++) {
        int64_t created = f->now - (f->o.orders - i) * 2 * MINUTE;
        int order = add_order(f, created), steps = i * 7 % 11;

        if (i > f->o.orders - 8)
            steps %= 2;
        for (int s = 1; s <= steps && s <= STATUS_COMPLETED; s++)
            step(f, order, (enum order_status)s, created + s * 9000, s == 1 ? "ops@host" : "warehouse");
        if (i % 17 == 3 && f->orders[order].status < STATUS_SHIPPED) {
            snprintf(f->orders[order].reason, sizeof(f->orders[order].reason), "%s", "customer asked");
            step(f, order, STATUS_CANCELLED, created + 70000, "ops@host");
        }
    }
}

static int find(const struct fake *f, const char *id)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->orders[i].id, id) == 0)
            return i;
    return -1;
}

static bool late(const struct fake *f, const struct fake_order *o)
{
    return status_is_open(o->status) && o->promised < f->now;
}

/* ---- JSON */

static void put_money(struct buf *b, const char *name, int cents)
{
    json_key(b, name);
    buf_addf(b, "{\"amount\":%d.%02d,\"currency\":\"USD\"}", cents / 100, cents % 100);
}

static void put_item(struct buf *b, const struct fake *f, const struct fake_order *o, int line)
{
    const char *const *g = goods[(o->seed + line) % (int)(sizeof(goods) / sizeof(goods[0]))];

    buf_addc(b, '{');
    json_put_int(b, "lineNumber", line);
    json_put_string(b, "sku", g[0]);
    json_put_string(b, "productName", hostile(f, o->seed + line, g[1]));
    json_put_int(b, "quantity", o->quantity);
    put_money(b, "price", o->cents);
    buf_addc(b, '}');
}

static bool accepts(const struct fake_order *o, enum order_command c)
{
    switch (c) {
    case COMMAND_VALIDATE: return o->status == STATUS_RECEIVED && !o->held;
    case COMMAND_ASSIGN_WAVE: return o->status == STATUS_VALIDATED && !o->held;
    case COMMAND_CANCEL:
    case COMMAND_HOLD: return o->status < STATUS_SHIPPED;
    case COMMAND_RELEASE_HOLD: return o->held;
    case COMMAND_UNASSIGN_WAVE:
    case COMMAND_START_PICKING:
    case COMMAND_MARK_CONSOLIDATED:
    case COMMAND_MARK_PACKED:
    case COMMAND_SHIP:
    case COMMAND_COMPLETE:
    case COMMAND_COUNT: break;
    }
    return false;
}

static void put_allowed(struct buf *b, const struct fake_order *o)
{
    int n = 0;

    json_key(b, "allowedActions");
    buf_addc(b, '[');
    for (int c = 0; c < COMMAND_COUNT; c++)
        if (accepts(o, (enum order_command)c))
            buf_addf(b, "%s\"%s\"", n++ ? "," : "", command_word((enum order_command)c)->wire);
    buf_addc(b, ']');
}

static void put_order(struct buf *b, const struct fake *f, const struct fake_order *o)
{
    int lines = 1 + o->seed % 3;

    buf_addc(b, '{');
    json_put_string(b, "orderId", o->id);
    json_put_string(b, "customerId", hostile(f, o->seed, o->customer));
    json_put_string(b, "status", status_word(o->status)->wire);
    json_put_time(b, "statusSince", o->since);
    json_put_string(b, "priority", priority_word(o->priority)->wire);
    json_key(b, "items");
    buf_addc(b, '[');
    for (int i = 1; i <= lines; i++) {
        if (i > 1)
            buf_addc(b, ',');
        put_item(b, f, o, i);
    }
    buf_adds(b, "]");
    json_key(b, "shippingAddress");
    buf_addc(b, '{');
    json_put_string(b, "recipientName", hostile(f, o->seed + 3, "Ada Example"));
    json_put_string(b, "street", hostile(f, o->seed + 5, "12 Pine St"));
    json_put_string(b, "city", "Austin");
    json_put_string(b, "state", "TX");
    json_put_string(b, "zipCode", "78701");
    json_put_string(b, "country", "US");
    buf_addc(b, '}');
    put_money(b, "totalAmount", o->cents * o->quantity * lines);
    json_put_int(b, "totalItems", o->quantity * lines);
    json_put_time(b, "promisedDeliveryAt", o->promised);
    json_put_raw(b, "holds",
                 f->o.wordy
                     ? "[{\"type\":\"payment\",\"reason\":\"the bank has asked that somebody who knows "
                       "the customer calls them before noon, and until then all waits for the call\"}]"
                 : o->held ? "[{\"type\":\"payment\",\"reason\":\"\"}]"
                           : "[]");
    if (o->status >= STATUS_WAVE_ASSIGNED && o->status != STATUS_CANCELLED)
        json_put_string(b, "waveId", wave_of[o->seed % 3]);
    if (o->reason[0])
        json_put_string(b, "cancellationReason", hostile(f, o->seed + 1, o->reason));
    json_put_int(b, "version", o->version);
    json_put_time(b, "createdAt", o->created);
    json_put_bool(b, "late", late(f, o));
    put_allowed(b, o);
    buf_addc(b, '}');
}

static const char *event_name(const struct fake_event *e)
{
    static const char *const names[STATUS_COUNT] = {"received",        "validated",    "wave-assigned",
                                                    "picking-started", "consolidated", "packed",
                                                    "shipped",         "completed",    "cancelled"};

    return names[e->status];
}

static void put_entry(struct buf *b, const struct fake *f, int i)
{
    const struct fake_event *e = &f->events[i];
    const struct fake_order *o = &f->orders[e->order];
    char type[64];

    snprintf(type, sizeof(type), "wms.order.%s", event_name(e));
    buf_addc(b, '{');
    json_put_string(b, "kind", "event");
    json_put_int(b, "position", i + 1);
    if (f->kafka.used && (f->kafka.unsent == 0 || e->time < f->now - MINUTE))
        json_put_time(b, "sentAt", e->time + 3 + i % 5 * 700);
    else
        json_put_null(b, "sentAt");
    json_key(b, "event");
    buf_addc(b, '{');
    json_put_string(b, "type", type);
    json_put_string(b, "subject", o->id);
    json_put_time(b, "time", e->time);
    json_put_int(b, "orderversion", e->version);
    json_put_string(b, "actor", hostile(f, e->order + 2, e->actor));
    json_key(b, "data");
    buf_addc(b, '{');
    json_put_string(b, "customerId", hostile(f, o->seed, o->customer));
    json_put_string(b, "status", status_word(e->status)->wire);
    if (e->status == STATUS_CANCELLED)
        json_put_string(b, "reason", hostile(f, o->seed + 1, o->reason));
    buf_adds(b, "}}}");
}

/* ---- answers */

/* The value of a parameter, decoded. */
static bool parameter(const char *query, const char *name, char *out, size_t room)
{
    size_t len = strlen(name), used = 0;

    *out = 0;
    for (const char *p = query; *p; p += strcspn(p, "&"), p += *p == '&') {
        if (strncmp(p, name, len) != 0 || p[len] != '=')
            continue;
        for (p += len + 1; *p && *p != '&' && used + 1 < room; p++) {
            unsigned c = (unsigned char)*p;

            if (c == '%' && sscanf(p + 1, "%2x", &c) == 1)
                p += 2;
            out[used++] = (char)c;
        }
        out[used] = 0;
        return true;
    }
    return false;
}

static bool term_matches(const struct fake *f, const struct filter_term *t, const struct fake_order *o)
{
    for (size_t i = 0; i < t->n_values; i++) {
        const struct filter_value *v = &t->values[i];

        if ((t->field == FILTER_STATUS && v->number == (int64_t)o->status) ||
            (t->field == FILTER_PRIORITY && v->number == (int64_t)o->priority) ||
            (t->field == FILTER_AGE && f->now - o->since > v->number) ||
            (t->field == FILTER_LATE && (v->number != 0) == late(f, o)) ||
            (t->field == FILTER_CUSTOMER && strncasecmp(o->customer, v->text, strlen(v->text)) == 0) ||
            (t->field == FILTER_TEXT && (strncasecmp(o->customer, v->text, strlen(v->text)) == 0 ||
                                         strncasecmp(o->id, v->text, strlen(v->text)) == 0)))
            return true;
    }
    return false;
}

static bool matches(const struct fake *f, const struct filter *filter, const struct fake_order *o)
{
    for (size_t i = 0; i < filter->n_terms; i++)
        if (term_matches(f, &filter->terms[i], o) == filter->terms[i].negated)
            return false;
    return true;
}

static int soonest_first(const void *a, const void *b, void *key)
{
    const struct fake_order *x = *(const struct fake_order *const *)a,
                            *y = *(const struct fake_order *const *)b;
    int64_t left = key ? x->promised : x->since, right = key ? y->promised : y->since;

    return left == right ? x->seed - y->seed : left < right ? -1 : 1;
}

/* By promise, or by time in the status: one page. */
static void sorted_list(const struct fake *f, const struct filter *filter, bool by_promise, int limit,
                        struct buf *b)
{
    static const struct fake_order *rows[ORDERS];
    size_t n = 0;

    for (int i = 0; i < f->n; i++)
        if (matches(f, filter, &f->orders[i]))
            rows[n++] = &f->orders[i];
    qsort_r(rows, n, sizeof(rows[0]), soonest_first, by_promise ? rows : NULL);
    buf_adds(b, "{\"data\":[");
    for (size_t i = 0; i < n && i < (size_t)limit; i++) {
        buf_adds(b, i ? "," : "");
        put_order(b, f, rows[i]);
    }
    buf_addf(b, "],\"nextCursor\":%s}", n > (size_t)limit ? "\"more\"" : "null");
}

static void list(const struct fake *f, const char *query, struct buf *b, bool counted)
{
    struct filter filter = {.n_terms = 0};
    struct filter_fault fault;
    struct arena arena;
    char text[512], number[64], sort[64], cursor[64] = "null";
    int limit = 50, n = 0, from, way;
    int64_t since;

    arena_init(&arena, 1 << 20);
    if (parameter(query, "filter", text, sizeof(text)) && !filter_parse(&filter, text, &arena, &fault))
        filter.n_terms = 0;
    if (parameter(query, "limit", number, sizeof(number)))
        limit = atoi(number);
    way = parameter(query, "sort", sort, sizeof(sort)) && sort[0] != '-' ? 1 : -1;
    from = parameter(query, "cursor", number, sizeof(number)) ? atoi(number + 1) : way > 0 ? 0 : f->n - 1;
    if (!counted && (strcmp(sort, "promisedDeliveryAt") == 0 || strcmp(sort, "statusSince") == 0)) {
        sorted_list(f, &filter, *sort == 'p', limit, b);
        arena_release(&arena);
        return;
    }
    buf_adds(b, counted ? "" : "{\"data\":[");
    if (!parameter(query, "createdFrom", number, sizeof(number)) || !clock_parse(number, &since))
        since = 0;
    for (int i = from; i >= 0 && i < f->n; i += way) {
        if (!matches(f, &filter, &f->orders[i]) || f->orders[i].created < since)
            continue;
        if (!counted && n == limit) {
            snprintf(cursor, sizeof(cursor), "\"c%d\"", i);
            break;
        }
        if (!counted) {
            buf_adds(b, n ? "," : "");
            put_order(b, f, &f->orders[i]);
        }
        n++;
    }
    if (counted)
        buf_addf(b, "{\"count\":%d,\"more\":false}", n);
    else
        buf_addf(b, "],\"nextCursor\":%s}", cursor);
    arena_release(&arena);
}

static bool event_asked(const struct fake *f, const struct fake_event *e, const char *types,
                        const char *order)
{
    char type[60];

    snprintf(type, sizeof(type), "wms.order.%s", event_name(e));
    return (!*types || strstr(types, type)) && (!*order || strcmp(order, f->orders[e->order].id) == 0);
}

static void events(const struct fake *f, const char *query, struct buf *b)
{
    char number[64], types[600], order[64];
    int after = parameter(query, "after", number, sizeof(number)) ? atoi(number) : 0;
    int upto = parameter(query, "upto", number, sizeof(number)) ? atoi(number) : f->n_events;
    int limit = parameter(query, "limit", number, sizeof(number)) ? atoi(number) : 100, n = 0, i;

    parameter(query, "type", types, sizeof(types));
    parameter(query, "orderId", order, sizeof(order));
    upto = upto < f->n_events ? upto : f->n_events;
    buf_adds(b, "{\"data\":[");
    for (i = after; i < upto && n < limit; i++) {
        if (!event_asked(f, &f->events[i], types, order))
            continue;
        buf_adds(b, n++ ? "," : "");
        put_entry(b, f, i);
    }
    buf_addf(b, "],\"nextAfter\":%d}", i > after ? i : after);
}

static void timeline(const struct fake *f, int order, struct buf *b)
{
    int n = 0;

    buf_adds(b, "{\"data\":[");
    for (int i = 0; i < f->n_events; i++) {
        if (f->events[i].order != order)
            continue;
        buf_adds(b, n++ ? "," : "");
        put_entry(b, f, i);
    }
    buf_adds(b, "],\"nextAfter\":0}");
}

static void stats(const struct fake *f, struct buf *b)
{
    int count[STATUS_COUNT] = {0}, late_count[STATUS_COUNT] = {0};

    for (int i = 0; i < f->n; i++) {
        count[f->orders[i].status]++;
        late_count[f->orders[i].status] += late(f, &f->orders[i]);
    }
    buf_adds(b, "{\"byStatus\":{");
    for (int s = 0; s < STATUS_COUNT; s++)
        buf_addf(b, "%s\"%s\":{\"count\":%d,\"late\":%d,\"oldestSince\":null}", s ? "," : "",
                 status_word((enum order_status)s)->wire, count[s], late_count[s]);
    buf_addf(b,
             "},\"usual\":{\"received\":360000,\"validated\":1200000},\"unsent\":%d,\"oldestUnsent\":null}",
             f->n_events);
}

static void problem(struct buf *b, const char *code, const char *detail)
{
    buf_addc(b, '{');
    json_put_string(b, "code", code);
    json_put_string(b, "title", code);
    json_put_string(b, "detail", detail);
    buf_addc(b, '}');
}

static int command(struct fake *f, const struct api_request *q, struct buf *b)
{
    int order = find(f, q->order_id);
    struct fake_order *o = order < 0 ? NULL : &f->orders[order];
    enum order_command c = COMMAND_COUNT;

    if (!o || !command_find(q->command, &c)) {
        problem(b, "ORDER_NOT_FOUND", "there is no such order");
        return 404;
    }
    if (q->if_version >= 0 && q->if_version != o->version) {
        problem(b, "VERSION_MISMATCH", "the order has changed meanwhile");
        b->data[--b->len] = 0; /* the closing brace */
        buf_addf(b, ",\"currentStatus\":\"%s\"}", status_word(o->status)->wire);
        return 412;
    }
    if (!accepts(o, c)) {
        problem(b, "INVALID_STATE", "the order does not accept this now");
        return 409;
    }
    if (c == COMMAND_CANCEL) {
        struct json_fault fault;
        struct json_doc *doc = json_parse(q->body, strlen(q->body), &fault);

        snprintf(o->reason, sizeof(o->reason), "%s",
                 doc ? json_string(json_get(json_root(doc), "reason")) : "?");
        json_free(doc);
    }
    if (c == COMMAND_HOLD || c == COMMAND_RELEASE_HOLD)
        o->held = c == COMMAND_HOLD;
    step(f, order,
         c == COMMAND_CANCEL        ? STATUS_CANCELLED
         : c == COMMAND_VALIDATE    ? STATUS_VALIDATED
         : c == COMMAND_ASSIGN_WAVE ? STATUS_WAVE_ASSIGNED
                                    : o->status,
         f->now, q->actor);
    put_order(b, f, o);
    return 200;
}

static void put_status(const struct fake *f, struct buf *b)
{
    buf_adds(
        b,
        "{\"service\":\"order-service\",\"version\":\"0.1.0\",\"build\":\"a1b2c3d\",\"environment\":\"\",\"pid\":4711,"
        "\"url\":\"http://127.0.0.1:8001\",\"readOnly\":false,\"demo\":false,\"cpuUs\":91000000,"
        "\"residentBytes\":38797312");
    json_put_time(b, "startedAt", f->now - 95 * MINUTE);
    buf_adds(
        b,
        ",\"database\":{\"kind\":\"sqlite\",\"version\":\"3.40.1\",\"file\":\"orders_db.sqlite\",\"bytes\":48234496,"
        "\"walBytes\":4194304,\"commits\":42,\"position\":1619,\"readOnly\":false},"
        "\"writer\":{\"queued\":0,\"queueLimit\":1024,\"batches\":812,\"jobs\":1944,\"lastBatch\":3,\"lastCommitUs\":640,"
        "\"commitP50Us\":610,\"commitP99Us\":4020,\"fault\":null},"
        "\"http\":{\"lanes\":2,\"connections\":3,\"maxConnections\":4096,\"streams\":1,\"maxStreams\":256,"
        "\"requests\":20911,\"p50Us\":812,\"p99Us\":4108,\"routes\":["
        "{\"route\":\"POST /api/v1/orders\",\"requests\":12040,\"p50Us\":790,\"p99Us\":3900,\"refused\":17,\"unavailable\":0},"
        "{\"route\":\"GET /api/v1/orders\",\"requests\":7,\"p50Us\":340,\"p99Us\":1250,\"refused\":0,\"unavailable\":0},"
        "{\"route\":\"POST /api/v1/orders/{id}/mark-consolidated\",\"requests\":840,\"p50Us\":700,\"p99Us\":3100,"
        "\"refused\":2,\"unavailable\":1}]}");
}

/* A line for each order that came since the start, and some before. */
static void put_logs(const struct fake *f, const char *query, struct buf *b)
{
    buf_addf(
        b, "{\"data\":[%s",
        strstr(query, "level=error")
            ? ""
            : "{\"time\":\"2026-11-22T14:00:00.000Z\",\"level\":\"info\",\"msg\":\"ready\","
              "\"service\":\"order-service\",\"url\":\"http://127.0.0.1:8001\"},"
              "{\"time\":\"2026-11-22T14:01:00.500Z\",\"level\":\"warn\",\"msg\":\"slow commit\",\"ms\":120}");
    if (f->o.wordy)
        buf_adds(
            b,
            ",{\"time\":\"2026-11-22T14:01:30.000Z\",\"level\":\"warn\",\"msg\":\"a message that is longer "
            "than the rest of its line is, with a word more\",\"database\":\"/srv/orders/of/the/whole/"
            "company/and/its/daughters/orders_db.sqlite\",\"ms\":120,\"retry\":true}");
    for (int i = f->o.orders; i < f->n; i++)
        buf_addf(b, ",{\"time\":\"2026-11-22T14:02:%02d.000Z\",\"level\":\"info\",\"msg\":\"line %d\"}",
                 i % 60, i);
    buf_addf(b, "],\"next\":%d}", f->n);
}

static int answer(struct fake *f, const struct api_request *q, struct buf *b)
{
    int order = find(f, q->order_id);

    if (f->failing && !api_changes(q->op)) {
        problem(b, "QUERY_TIMEOUT", "the query took too long");
        return 503;
    }
    switch (q->op) {
    case API_LIST: list(f, q->query, b, false); return 200;
    case API_COUNT: list(f, q->query, b, true); return 200;
    case API_EVENTS: events(f, q->query, b); return 200;
    case API_STATS: stats(f, b); return 200;
    case API_STATUS:
        put_status(f, b);
        fake_kafka_status(&f->kafka, b);
        buf_adds(
            b,
            ",\"settings\":{\"SERVICE_NAME\":\"order-service\",\"PORT\":\"8001\",\"KAFKA_SASL_PASSWORD\":\"***\"}}");
        return 200;
    case API_LOGS: put_logs(f, q->query, b); return 200;
    case API_COMMAND: return command(f, q, b);
    case API_DEAD_LETTERS:
    case API_DEAD_REPLAY:
    case API_DEAD_REPLAY_ALL:
    case API_DEAD_DROP:
    case API_RELAY_SKIP: return fake_kafka_answer(&f->kafka, q, f->n ? f->orders[f->n - 1].id : "", b);
    case API_ORDER:
    case API_TIMELINE:
    case API_OPS: break;
    }
    if (order < 0) {
        problem(b, "ORDER_NOT_FOUND", "there is no such order");
        return 404;
    }
    if (q->op == API_ORDER)
        put_order(b, f, &f->orders[order]);
    else
        timeline(f, order, b);
    return 200;
}

/* ---- the port */

static bool submit(struct api *api, const struct api_request *q)
{
    struct fake *f = (struct fake *)api;
    struct api_reply *r;
    struct buf b = BUF_INIT(16u << 20);

    if (f->o.port && f->open >= f->o.port)
        return false;
    f->open++;
    r = calloc(1, sizeof(*r));
    r->op = q->op;
    r->tag = q->tag;
    r->status = answer(f, q, &b);
    r->position = f->n_events;
    r->body = buf_take(&b, &r->len);
    *f->last = r;
    f->last = (struct api_reply **)&r->node.next;
    eventfd_write(f->ready, 1);
    return true;
}

static void complete_first(struct fake *f)
{
    int first = -1;

    for (int i = 0; i < f->n; i++)
        if (status_is_open(f->orders[i].status) &&
            (first < 0 || f->orders[i].promised < f->orders[first].promised))
            first = i;
    if (first >= 0)
        step(f, first, STATUS_COMPLETED, f->now, "somebody");
}

static void happen(struct fake *f, char what)
{
    switch (what) {
    case 'n': add_order(f, f->now); break;
    case 'b':
        for (int i = 0; i < 40; i++)
            add_order(f, f->now);
        break;
    case 'v': step(f, f->n - 1, STATUS_VALIDATED, f->now, "somebody"); break;
    case 'x': complete_first(f); break;
    case 'w': f->waiting = !f->waiting; break;
    case 'd': f->dropped = true; break;
    case 'u': f->dropped = false; break;
    case 'o': f->polled = !f->polled; break;
    case 'f': f->failing = true; break;
    case 'h': f->failing = false; break;
    default: fake_kafka_happen(&f->kafka, what); break;
    }
}

static struct api_reply *take(struct api *api)
{
    struct fake *f = (struct fake *)api;
    struct api_reply *r;
    eventfd_t n;
    char what;

    eventfd_read(f->ready, &n);
    while (f->o.control_fd >= 0 && read(f->o.control_fd, &what, 1) == 1)
        happen(f, what);
    r = f->waiting ? NULL : f->first;
    if (r) {
        f->first = (struct api_reply *)r->node.next;
        if (!f->first)
            f->last = &f->first;
        r->node.next = NULL;
        f->open--;
    }
    return r;
}

static int fd_of(struct api *api)
{
    return ((struct fake *)api)->epoll;
}

static int64_t position(struct api *api)
{
    return ((struct fake *)api)->n_events;
}

static unsigned log_of(struct api *api)
{
    (void)api;
    return 0;
}

static bool connected(struct api *api, const char **ret_why)
{
    const struct fake *f = (struct fake *)api;

    *ret_why = f->dropped  ? "not connected: trying again"
               : f->polled ? "asked each second: there is no event stream"
                           : "";
    return !f->dropped;
}

static const char *url(struct api *api)
{
    (void)api;
    return "http://127.0.0.1:8001";
}

struct api *fake_api_new(const struct fake_options *o)
{
    static const struct api_ops ops = {submit, take, fd_of, position, log_of, connected, url};
    struct fake *f = calloc(1, sizeof(*f));
    struct epoll_event e = {.events = EPOLLIN};

    f->base.ops = &ops;
    f->o = *o;
    f->last = &f->first;
    f->now = getenv("ORDERDECK_CLOCK") ? strtoll(getenv("ORDERDECK_CLOCK"), NULL, 10) : clock_wall_ms();
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    f->ready = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->ready, &e);
    if (o->control_fd >= 0) {
        fcntl(o->control_fd, F_SETFL, O_NONBLOCK);
        epoll_ctl(f->epoll, EPOLL_CTL_ADD, o->control_fd, &e);
    }
    f->kafka = (struct fake_kafka){.used = o->kafka || o->letters, .hostile = o->hostile, .now = f->now};
    fake_kafka_letters(&f->kafka, o->letters);
    fill(f);
    return &f->base;
}

void fake_api_free(struct api *api)
{
    struct fake *f = (struct fake *)api;
    struct api_reply *r;

    f->waiting = false;
    while ((r = take(api)) != NULL)
        api_reply_free(r);
    close(f->epoll);
    close(f->ready);
    free(f);
}
