#include "service/order/fact.h"

#include "service/order/fields.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <string.h>

#define N(table) (sizeof(table) / sizeof *(table))
#define NAME_MAX 64
#define TEXT_MAX 500
#define SOURCE_MAX 100 /* as long as an actor's name */
#define SHOWN_MAX 60   /* of a foreign text in a sentence */

/* ---- the table ---- */

#define INTO(member) offsetof(struct fact, member)
#define ORDER                                                           \
    {                                                                   \
        "orderId", FACT_MEMBER_ORDER, true, INTO(order_id), "the order" \
    }
#define ORDERS                                                             \
    {                                                                      \
        "orderIds", FACT_MEMBER_ORDERS, true, INTO(order_id), "the orders" \
    }
#define WAVE                                                        \
    {                                                               \
        "waveId", FACT_MEMBER_NAME, true, INTO(wave_id), "the wave" \
    }
#define AT(name)                                          \
    {                                                     \
        name, FACT_MEMBER_TIME, false, INTO(time), "when" \
    }

/* clang-format off */
static const struct fact_member wave_added[]     = {WAVE, ORDER, AT("addedAt")};
static const struct fact_member wave_released[]  = {WAVE, ORDERS, AT("releasedAt")};
static const struct fact_member wave_removed[]   = {WAVE, ORDER, AT("removedAt")};
static const struct fact_member wave_cancelled[] = {WAVE, ORDERS, AT("cancelledAt"),
    {"reason",         FACT_MEMBER_TEXT,  false, INTO(reason),          "why"}};
static const struct fact_member picking_started[] = {ORDER, AT("createdAt"),
    {"waveId",         FACT_MEMBER_NAME,  false, INTO(wave_id),         "the wave"}};
static const struct fact_member picked[]         = {ORDER, AT("completedAt"),
    {"totalItems",     FACT_MEMBER_COUNT, true,  INTO(items),           "how many items were picked"}};
static const struct fact_member consolidated[]   = {ORDER, AT("completedAt")};
static const struct fact_member packed[]         = {ORDER, AT("completedAt"),
    {"trackingNumber", FACT_MEMBER_NAME,  false, INTO(tracking_number), "the parcel's number"},
    {"carrier",        FACT_MEMBER_NAME,  false, INTO(carrier),         "who will carry it"}};
static const struct fact_member shipped[]        = {ORDER, AT("shippedAt"),
    {"trackingNumber", FACT_MEMBER_NAME,  true,  INTO(tracking_number), "the parcel's number"},
    {"carrier",        FACT_MEMBER_NAME,  true,  INTO(carrier),         "who carries it"}};
static const struct fact_member delivered[]      = {ORDER, AT("deliveredAt")};

#define ROW(kind, type, label, topic, effect, command, shipping, members) \
    [FACT_##kind] = {type, label, TOPIC_##topic, EFFECT_##effect, COMMAND_##command, shipping, members, N(members)}

static const struct fact_row rows[FACT_KINDS] = {
    ROW(WAVE_ADDED,      "wms.wave.order-added",         "order added to a wave",     WAVES,         JOIN_WAVE,  ASSIGN_WAVE,       false, wave_added),
    ROW(WAVE_RELEASED,   "wms.wave.released",            "wave released",             WAVES,         JOIN_WAVE,  ASSIGN_WAVE,       false, wave_released),
    ROW(WAVE_REMOVED,    "wms.wave.order-removed",       "order removed from a wave", WAVES,         LEAVE_WAVE, UNASSIGN_WAVE,     false, wave_removed),
    ROW(WAVE_CANCELLED,  "wms.wave.cancelled",           "wave cancelled",            WAVES,         LEAVE_WAVE, UNASSIGN_WAVE,     false, wave_cancelled),
    ROW(PICKING_STARTED, "wms.picking.task-created",     "picking task created",      PICKING,       COMMAND,    START_PICKING,     false, picking_started),
    ROW(PICKED,          "wms.picking.task-completed",   "picking task completed",    PICKING,       PICKED,     START_PICKING,     false, picked),
    ROW(CONSOLIDATED,    "wms.consolidation.completed",  "consolidation completed",   CONSOLIDATION, COMMAND,    MARK_CONSOLIDATED, false, consolidated),
    ROW(PACKED,          "wms.packing.task-completed",   "packing completed",         PACKING,       COMMAND,    MARK_PACKED,       false, packed),
    ROW(SHIPPED,         "wms.shipping.confirmed",       "shipment confirmed",        SHIPPING,      COMMAND,    SHIP,              true,  shipped),
    ROW(DELIVERED,       "wms.shipping.delivered",       "parcel delivered",          SHIPPING,      COMMAND,    COMPLETE,          true,  delivered),
};
/* clang-format on */

const struct fact_row *fact_row(enum fact_kind k)
{
    return &rows[k];
}

static const struct {
    const char *name, *sentence;
} dead_codes[DEAD_CODE_COUNT] = {
#define X(name, sentence) {#name, sentence},
    DEAD_CODES(X)
#undef X
};

const char *dead_code_name(enum dead_code c)
{
    return dead_codes[c].name;
}

const char *dead_code_sentence(enum dead_code c)
{
    return dead_codes[c].sentence;
}

bool dead_code_find(const char *name, enum dead_code *ret)
{
    for (int c = 0; c < DEAD_CODE_COUNT; c++) {
        if (strcmp(dead_codes[c].name, name) == 0) {
            *ret = (enum dead_code)c;
            return true;
        }
    }
    return false;
}

/* ---- records ---- */

void record_hash(const struct record *r, uint8_t out[RECORD_HASH_LEN])
{
    uint8_t full[SHA256_LEN];
    const struct digest_part parts[] = {{r->topic, strlen(r->topic)},
                                        {&r->partition, sizeof r->partition},
                                        {&r->offset, sizeof r->offset},
                                        {r->value, r->value_len}};
    digest_parts(parts, N(parts), full);
    memcpy(out, full, RECORD_HASH_LEN);
}

void fact_inbox_key(const struct fact_set *s, uint8_t out[INBOX_KEY_LEN])
{
    uint8_t full[SHA256_LEN];
    const struct digest_part parts[] = {{s->source, strlen(s->source)}, {s->id, strlen(s->id)}};
    digest_parts(parts, N(parts), full);
    memcpy(out, full, INBOX_KEY_LEN);
}

void record_text_render(struct buf *out, const char *bytes, size_t n)
{
    struct buf text = BUF_INIT(4 * n + 1);
    for (size_t i = 0, k; i < n; i += k) {
        for (k = 1; k <= 4 && i + k <= n && !utf8_valid(bytes + i, k); k++)
            ;
        if (k <= 4 && i + k <= n) {
            buf_add(&text, bytes + i, k);
        } else {
            buf_adds(&text, "\xef\xbf\xbd");
            k = 1;
        }
    }
    if (text.failed)
        out->failed = true;
    json_add_string_n(out, text.data ? text.data : "", text.len);
    buf_release(&text);
}

void record_headers_render(struct buf *out, const struct record *r)
{
    buf_addc(out, '{');
    for (size_t i = 0; i < r->n_headers; i++) {
        const struct record_header *h = &r->headers[i];
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(r->headers[k].name, h->name) == 0;
        if (seen)
            continue;
        if (i > 0)
            buf_addc(out, ',');
        record_text_render(out, h->name, strlen(h->name));
        buf_addc(out, ':');
        if (h->value)
            record_text_render(out, h->value, h->len);
        else
            buf_adds(out, "null");
    }
    buf_addc(out, '}');
}

bool record_headers_parse(const char *json, struct arena *a, struct record *r)
{
    struct json_fault fault;
    struct json_doc *doc = json_parse(json, strlen(json), &fault);
    size_t n = doc ? json_size(json_root(doc)) : 0;
    struct record_header *list = arena_alloc(a, (n + 1) * sizeof *list);
    bool ok = doc != NULL && list != NULL;
    r->headers = list;
    r->n_headers = 0;
    for (const struct json *v = ok ? json_first(json_root(doc)) : NULL; v != NULL && ok; v = json_next(v)) {
        struct record_header *h = &list[r->n_headers++];
        const char *text = json_string(v);
        h->name = arena_strdup(a, json_name(v));
        h->value = text ? arena_strdup(a, text) : NULL;
        h->len = text ? strlen(text) : 0;
        ok = h->name != NULL && (text == NULL || h->value != NULL);
    }
    json_free(doc);
    return ok;
}

/* ---- reading ---- */

/* A record on its way to facts. */
struct reading {
    const struct record *record;
    struct arena *arena;
    struct fact_set *set;
    struct json_doc *doc;
    const struct json *data;
    const char *type, *time, *traceparent; /* of the envelope */
    struct fact fact;                      /* what all orders of the record share */
    bool no_memory;
};

static bool fault(struct reading *g, enum dead_code code, const char *sentence)
{
    g->set->code = code;
    g->set->fault = sentence;
    g->no_memory = g->no_memory || sentence == NULL;
    return false;
}
#define FAULT(g, code, ...) fault(g, DEAD_##code, arena_printf((g)->arena, __VA_ARGS__))

static const char *keep(struct reading *g, const char *text)
{
    const char *copy = text ? arena_strdup(g->arena, text) : NULL;
    g->no_memory = g->no_memory || (text && !copy);
    return copy;
}

/* The text of a header, NULL: none, or one that is no text. */
static const char *header(struct reading *g, const char *name)
{
    for (size_t i = 0; i < g->record->n_headers; i++) {
        const struct record_header *h = &g->record->headers[i];
        if (strcmp(h->name, name) == 0 && h->value && utf8_valid(h->value, h->len))
            return arena_memdup(g->arena, h->value, h->len);
    }
    return NULL;
}

/* The envelope is the value itself when it has the members of one. */
static bool is_envelope(const struct json *root)
{
    return json_string(json_get(root, "id")) && json_string(json_get(root, "source")) &&
           json_string(json_get(root, "type")) && (json_get(root, "specversion") || json_get(root, "data"));
}

static void open_structured(struct reading *g, const struct json *root)
{
    g->set->id = keep(g, json_string(json_get(root, "id")));
    g->set->source = keep(g, json_string(json_get(root, "source")));
    g->type = keep(g, json_string(json_get(root, "type")));
    g->time = keep(g, json_string(json_get(root, "time")));
    g->traceparent = keep(g, json_string(json_get(root, "traceparent")));
    g->data = json_get(root, "data");
}

static void open_binary(struct reading *g, const struct json *root)
{
    g->set->id = header(g, "ce_id");
    g->set->source = header(g, "ce_source");
    g->type = header(g, "ce_type");
    g->time = header(g, "ce_time");
    g->traceparent = header(g, "ce_traceparent");
    g->data = root;
}

static bool is_ours(const char *type, enum fact_kind *ret)
{
    for (int k = 0; k < FACT_KINDS; k++) {
        if (strcmp(rows[k].type, type) == 0) {
            *ret = (enum fact_kind)k;
            return true;
        }
    }
    return false;
}

/* Finds the envelope; false: a fault, or a foreign type. */
static bool open_envelope(struct reading *g)
{
    const struct record *r = g->record;
    struct json_fault where = {0, ""};
    g->doc = r->value_len > 0 ? json_parse(r->value, r->value_len, &where) : NULL;
    const struct json *root = g->doc ? json_root(g->doc) : NULL;
    if (root && is_envelope(root))
        open_structured(g, root);
    else
        open_binary(g, root);
    if (g->type && !is_ours(g->type, &g->fact.kind)) {
        g->set->foreign = true;
        return false;
    }
    if (r->value_len == 0)
        return FAULT(g, UNREADABLE, "the record has no value");
    if (!g->doc)
        return FAULT(g, UNREADABLE, "the value is not JSON: %s at byte %zu", where.what, where.offset);
    if (!g->set->id || !g->set->source || !g->type)
        return FAULT(
            g, UNREADABLE,
            "the value is no CloudEvent (id, source, type and data), and the headers ce_id, ce_source and "
            "ce_type are not all there");
    if (!*g->set->id || !*g->set->source)
        return FAULT(g, INVALID_EVENT, "the event's id or source is empty");
    if (!g->data || json_kind(g->data) != JSON_OBJECT)
        return FAULT(g, INVALID_EVENT, "'data' of %s is not an object", g->type);
    return true;
}

static const char *cut(const char *text, size_t most)
{
    const char *end = text;
    while (most > 0 && utf8_next(&end) != 0)
        most--;
    return end;
}

static bool read_name(struct reading *g, const struct fact_member *m, const struct json *v)
{
    const char *text = json_string(v);
    if (!text)
        return FAULT(g, INVALID_EVENT, "'%s' of %s is not a text", m->name, g->type);
    if (!*text && !m->required)
        return true;
    if (!*text || utf8_length(text) > NAME_MAX || !text_is_plain(text))
        return FAULT(g, INVALID_EVENT, "'%s' of %s is not 1 to %d characters without control characters",
                     m->name, g->type, NAME_MAX);
    text = keep(g, text);
    memcpy((char *)&g->fact + m->offset, &text, sizeof text);
    return true;
}

static bool read_text(struct reading *g, const struct fact_member *m, const struct json *v)
{
    const char *text = json_string(v);
    if (!text)
        return FAULT(g, INVALID_EVENT, "'%s' of %s is not a text", m->name, g->type);
    if (!*text)
        return true;
    text = arena_memdup(g->arena, text, (size_t)(cut(text, TEXT_MAX) - text));
    g->no_memory = g->no_memory || !text;
    memcpy((char *)&g->fact + m->offset, &text, sizeof text);
    return true;
}

static bool read_count(struct reading *g, const struct fact_member *m, const struct json *v)
{
    int64_t n;
    if (!json_int(g->doc, v, &n) || n < 0)
        return FAULT(g, INVALID_EVENT, "'%s' of %s is not a whole number from 0", m->name, g->type);
    memcpy((char *)&g->fact + m->offset, &n, sizeof n);
    return true;
}

static bool read_time(struct reading *g, const struct fact_member *m, const struct json *v)
{
    int64_t ms;
    const char *text = json_string(v);
    if (!text || !clock_parse(text, &ms))
        return FAULT(g, INVALID_EVENT, "'%s' of %s is not a time as RFC 3339 writes it", m->name, g->type);
    memcpy((char *)&g->fact + m->offset, &ms, sizeof ms);
    return true;
}

static bool read_order(struct reading *g, const struct json *v, struct ulid *ret)
{
    const char *text = json_string(v);
    if (!text)
        return FAULT(g, INVALID_EVENT, "an order id of %s is not a text", g->type);
    if (!ulid_parse_order(text, ret))
        return FAULT(g, INVALID_EVENT, "'%.*s' is not the id of an order", (int)(cut(text, SHOWN_MAX) - text),
                     text);
    return true;
}

/* The orders of the record; those whose id is none leave a fault and are passed over, so that one bad id does not keep
 * a whole wave. */
static bool read_orders(struct reading *g, const struct fact_member *m, const struct json *v)
{
    bool several = m->kind == FACT_MEMBER_ORDERS;
    if (several && json_kind(v) != JSON_ARRAY)
        return FAULT(g, INVALID_EVENT, "'%s' of %s is not an array", m->name, g->type);
    size_t n = several ? json_size(v) : 1;
    g->set->facts = arena_alloc(g->arena, (n + 1) * sizeof *g->set->facts);
    if (!g->set->facts)
        return fault(g, DEAD_INVALID_EVENT, NULL);
    for (const struct json *e = several ? json_first(v) : v; e; e = several ? json_next(e) : NULL)
        if (read_order(g, e, &g->set->facts[g->set->n].order_id))
            g->set->n++;
    return several || g->set->n == 1;
}

static bool read_member(struct reading *g, const struct fact_member *m)
{
    const struct json *v = json_get(g->data, m->name);
    if (!v || json_kind(v) == JSON_NULL)
        return !m->required || FAULT(g, INVALID_EVENT, "'%s' of %s is missing", m->name, g->type);
    switch (m->kind) {
    case FACT_MEMBER_ORDER:
    case FACT_MEMBER_ORDERS: return read_orders(g, m, v);
    case FACT_MEMBER_NAME: return read_name(g, m, v);
    case FACT_MEMBER_TEXT: return read_text(g, m, v);
    case FACT_MEMBER_COUNT: return read_count(g, m, v);
    case FACT_MEMBER_TIME: return read_time(g, m, v);
    }
    return false;
}

/* W3C Trace Context, version 00: "00-" 32 hex "-" 16 hex "-" 2 hex */
static bool is_traceparent(const char *text)
{
    return strlen(text) == 55 && strspn(text, "0123456789abcdef-") == 55 && text[2] == '-' &&
           text[35] == '-' && text[52] == '-';
}

static void read_facts(struct reading *g, int64_t now)
{
    const struct fact_row *row = &rows[g->fact.kind];
    int64_t ms;
    const char *source = g->set->source;
    if (text_is_plain(source)) {
        g->fact.source = arena_memdup(g->arena, source, (size_t)(cut(source, SOURCE_MAX) - source));
        g->no_memory = g->no_memory || !g->fact.source;
    }
    if (g->traceparent && is_traceparent(g->traceparent))
        g->fact.traceparent = g->traceparent;
    g->fact.time = g->record->time > 0 ? g->record->time : now;
    if (g->time && clock_parse(g->time, &ms))
        g->fact.time = ms;
    for (size_t i = 0; i < row->n_members; i++) {
        if (!read_member(g, &row->members[i])) {
            g->set->n = 0;
            return;
        }
    }
    for (size_t i = 0; i < g->set->n; i++) {
        struct ulid id = g->set->facts[i].order_id;
        g->set->facts[i] = g->fact;
        g->set->facts[i].order_id = id;
    }
}

bool facts_read(const struct record *r, int64_t now, struct arena *a, struct fact_set *ret)
{
    struct reading g = {.record = r, .arena = a, .set = ret};
    *ret = (struct fact_set){.facts = NULL};
    if (open_envelope(&g))
        read_facts(&g, now);
    json_free(g.doc);
    return !g.no_memory;
}
