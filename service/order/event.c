#include "service/order/event.h"

#include "service/order/literal.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <string.h>

struct row {
    const char *name;
    const char *sentence;
    /* `"type":...` to `"dataschema":...`, the part of the envelope that only the type decides */
    const char *envelope;
    size_t envelope_len;
};

#define ENVELOPE(type)                                                                                \
    "\"type\":\"" type "\",\"source\":\"" EVENT_SOURCE "\",\"datacontenttype\":\"application/json\"," \
    "\"dataschema\":\"urn:orderdeck:schema:" type ":1\""

static const struct row rows[EVENT_TYPE_COUNT] = {
#define EVENT(id, type, sentence) [EVENT_##id] = {type, sentence, ENVELOPE(type), sizeof ENVELOPE(type) - 1},
    EVENT_TYPES(EVENT)
#undef EVENT
};

const char *event_type_name(enum event_type t)
{
    return rows[t].name;
}

const char *event_type_sentence(enum event_type t)
{
    return rows[t].sentence;
}

bool event_type_find(const char *name, enum event_type *ret)
{
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *ret = (enum event_type)i;
            return true;
        }
    }
    return false;
}

void event_render(struct buf *out, const struct event *e)
{
    char id[UUID_LEN + 1];
    char order_id[ORDER_ID_LEN + 1];
    char time[CLOCK_TEXT_LEN + 1];
    ulid_format_uuid(e->id, id);
    ulid_format_order(e->order_id, order_id);
    clock_format(e->time, time);

    LITERAL(out, "{\"specversion\":\"1.0\",\"id\":\"");
    buf_add(out, id, UUID_LEN);
    LITERAL(out, "\",");
    buf_add(out, rows[e->type].envelope, rows[e->type].envelope_len);
    LITERAL(out, ",\"subject\":\"");
    buf_add(out, order_id, ORDER_ID_LEN);
    LITERAL(out, "\",\"time\":\"");
    buf_add(out, time, CLOCK_TEXT_LEN);
    LITERAL(out, "\",\"orderversion\":");
    buf_addi(out, e->version);
    LITERAL(out, ",\"partitionkey\":\"");
    buf_add(out, order_id, ORDER_ID_LEN);
    buf_addc(out, '"');
    if (e->traceparent)
        json_put_string(out, "traceparent", e->traceparent);
    if (e->actor)
        json_put_string(out, "actor", e->actor);
    if (e->caller)
        json_put_string(out, "caller", e->caller);
    LITERAL(out, ",\"data\":");
    buf_add(out, e->data, e->data_len);
    buf_addc(out, '}');
}

void event_render_entry(struct buf *out, const struct event *e, int64_t sent_at)
{
    LITERAL(out, "{\"kind\":\"event\",\"position\":");
    buf_addi(out, e->position);
    if (sent_at == 0)
        json_put_null(out, "sentAt");
    else
        json_put_time(out, "sentAt", sent_at);
    LITERAL(out, ",\"event\":");
    event_render(out, e);
    buf_addc(out, '}');
}
