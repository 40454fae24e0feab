#include "service/order/literal.h"
#include "service/order/order_json.h"
#include "service/order/order_json_internal.h"
#include "service/order/state.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <stdio.h>
#include <string.h>

/* Puts texts one after the other where there is room for them, and returns where they end. */
static char *put(char *at, const char *text, size_t n)
{
    memcpy(at, text, n);
    return at + n;
}

#define PUT(at, literal) put(at, "" literal, sizeof literal - 1)

static char *put_word(char *at, const struct word *w)
{
    return put(at, w->wire, strlen(w->wire));
}

static char *put_number(char *at, int64_t value)
{
    return at + decimal_format(value, 0, at);
}

static char *put_time(char *at, int64_t ms)
{
    *at++ = '"';
    clock_format(ms, at);
    at += CLOCK_TEXT_LEN;
    *at++ = '"';
    return at;
}

/* Of the members of an order whose length is bounded those that stand together; with room to spare. */
#define PART_MAX 256

static void add_head(struct buf *out, const struct order *o)
{
    char part[PART_MAX], *at = PUT(part, "{\"orderId\":\"");
    ulid_format_order(o->id, at);
    at = PUT(at + ORDER_ID_LEN, "\",\"status\":\"");
    at = put_word(at, status_word(o->status));
    at = put_time(PUT(at, "\",\"statusSince\":"), o->status_since);
    at = put_word(PUT(at, ",\"priority\":\""), priority_word(o->priority));
    at = PUT(at, "\",");
    buf_add(out, part, (size_t)(at - part));
}

static void add_progress(struct buf *out, const struct order *o)
{
    char part[PART_MAX], *at = put_number(PUT(part, ",\"pickedItems\":"), o->picked_items);
    at = put_time(PUT(at, ",\"promisedDeliveryAt\":"), o->promised_at);
    at = PUT(at, ",\"holds\":");
    buf_add(out, part, (size_t)(at - part));
}

static void add_times(struct buf *out, const struct order *o)
{
    char part[PART_MAX], *at = put_number(PUT(part, ",\"version\":"), o->version);
    at = put_time(PUT(at, ",\"createdAt\":"), o->created_at);
    at = put_time(PUT(at, ",\"updatedAt\":"), o->updated_at);
    buf_add(out, part, (size_t)(at - part));
}

static void add_time(struct buf *out, int64_t ms)
{
    char text[CLOCK_TEXT_LEN + 3];
    buf_add(out, text, (size_t)(put_time(text, ms) - text));
}

/* The key with the comma before it and the colon. */
static void add_if_any(struct buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    buf_adds(out, key);
    json_add_string(out, value);
}

/* From the opening brace to updatedAt, without the end: the stored document goes in as it is. */
static void render_open(struct buf *out, const struct order *o)
{
    add_head(out, o);
    buf_add(out, o->doc + 1, o->doc_len - 2);
    add_progress(out, o);
    holds_render(out, o->holds, o->n_holds);
    add_if_any(out, ",\"waveId\":", o->wave_id);
    add_if_any(out, ",\"trackingNumber\":", o->tracking_number);
    add_if_any(out, ",\"carrier\":", o->carrier);
    add_if_any(out, ",\"cancellationReason\":", o->cancellation_reason);
    add_times(out, o);
}

void order_render(struct buf *out, const struct order *o, int64_t now)
{
    buf_reserve(out, o->doc_len + 640);
    render_open(out, o);
    if (order_is_late(o, now))
        LITERAL(out, ",\"late\":true,\"allowedActions\":");
    else
        LITERAL(out, ",\"late\":false,\"allowedActions\":");
    state_render_allowed(out, o);
    buf_addc(out, '}');
}

void order_render_received(struct buf *out, const struct order *o)
{
    buf_reserve(out, o->doc_len + 640);
    render_open(out, o);
    LITERAL(out, ",\"previousStatus\":null}");
}

void order_etag(const struct order *o, int64_t now, char out[ORDER_ETAG_MAX])
{
    char *at = put_number(PUT(out, "\""), o->version);
    at = order_is_late(o, now) ? PUT(at, "-late\"") : PUT(at, "\"");
    *at = '\0';
}

void holds_render(struct buf *out, const struct hold *holds, size_t n)
{
    if (n == 0) {
        LITERAL(out, "[]");
        return;
    }
    buf_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_addc(out, ',');
        LITERAL(out, "{\"type\":");
        json_add_string(out, holds[i].type);
        add_if_any(out, ",\"reason\":", holds[i].reason);
        LITERAL(out, ",\"since\":");
        add_time(out, holds[i].since);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static bool parse_hold(const struct json *v, struct arena *a, struct hold *ret)
{
    const char *type = json_string(json_get(v, "type"));
    const char *reason = json_string(json_get(v, "reason"));
    const char *since = json_string(json_get(v, "since"));
    if (!type || !since || !clock_parse(since, &ret->since))
        return false;
    ret->type = arena_strdup(a, type);
    ret->reason = reason ? arena_strdup(a, reason) : NULL;
    return ret->type && (ret->reason || !reason);
}

static bool parse_list(const struct json *list, struct arena *a, const struct hold **ret, size_t *ret_n)
{
    size_t n = json_size(list);
    if (json_kind(list) != JSON_ARRAY)
        return false;
    if (n == 0)
        return true;
    struct hold *holds = arena_alloc(a, n * sizeof *holds);
    if (!holds)
        return false;
    n = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v))
        if (!parse_hold(v, a, &holds[n++]))
            return false;
    *ret = holds;
    *ret_n = n;
    return true;
}

bool holds_parse(const char *text, struct arena *a, const struct hold **ret, size_t *ret_n)
{
    *ret = NULL;
    *ret_n = 0;
    if (!text || strcmp(text, "[]") == 0)
        return true;
    struct json_fault fault;
    struct json_doc *doc = json_parse(text, strlen(text), &fault);
    bool ok = doc && parse_list(json_root(doc), a, ret, ret_n);
    json_free(doc);
    return ok;
}
