#include "service/order/literal.h"
#include "service/order/order_json.h"
#include "service/order/order_json_internal.h"
#include "service/order/state.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <stdio.h>
#include <string.h>

static void add_time(struct buf *out, int64_t ms)
{
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(ms, text);
    buf_addc(out, '"');
    buf_add(out, text, CLOCK_TEXT_LEN);
    buf_addc(out, '"');
}

static void add_id(struct buf *out, const struct order *o)
{
    char id[ORDER_ID_LEN + 1];
    ulid_format_order(o->id, id);
    LITERAL(out, "{\"orderId\":\"");
    buf_add(out, id, ORDER_ID_LEN);
    buf_addc(out, '"');
}

static void put_if_any(struct buf *out, const char *name, const char *value)
{
    if (value)
        json_put_string(out, name, value);
}

/* From the opening brace to updatedAt, without the end: the stored document goes in as it is. */
static void render_open(struct buf *out, const struct order *o)
{
    add_id(out, o);
    LITERAL(out, ",\"status\":\"");
    buf_adds(out, status_word(o->status)->wire);
    LITERAL(out, "\",\"statusSince\":");
    add_time(out, o->status_since);
    LITERAL(out, ",\"priority\":\"");
    buf_adds(out, priority_word(o->priority)->wire);
    LITERAL(out, "\",");
    buf_add(out, o->doc + 1, o->doc_len - 2);
    LITERAL(out, ",\"pickedItems\":");
    buf_addi(out, o->picked_items);
    LITERAL(out, ",\"promisedDeliveryAt\":");
    add_time(out, o->promised_at);
    LITERAL(out, ",\"holds\":");
    holds_render(out, o->holds, o->n_holds);
    put_if_any(out, "waveId", o->wave_id);
    put_if_any(out, "trackingNumber", o->tracking_number);
    put_if_any(out, "carrier", o->carrier);
    put_if_any(out, "cancellationReason", o->cancellation_reason);
    LITERAL(out, ",\"version\":");
    buf_addi(out, o->version);
    LITERAL(out, ",\"createdAt\":");
    add_time(out, o->created_at);
    LITERAL(out, ",\"updatedAt\":");
    add_time(out, o->updated_at);
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
    static const char late[] = "-late\"";
    char digits[20];
    size_t n = 0, at = sizeof digits;
    for (uint64_t v = (uint64_t)o->version; at == sizeof digits || v != 0; v /= 10)
        digits[--at] = (char)('0' + v % 10);
    out[n++] = '"';
    memcpy(out + n, digits + at, sizeof digits - at);
    n += sizeof digits - at;
    const char *end = order_is_late(o, now) ? late : late + sizeof late - 2;
    memcpy(out + n, end, strlen(end) + 1);
}

void holds_render(struct buf *out, const struct hold *holds, size_t n)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_addc(out, ',');
        LITERAL(out, "{\"type\":");
        json_add_string(out, holds[i].type);
        put_if_any(out, "reason", holds[i].reason);
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
