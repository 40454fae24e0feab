/* The `data` of events: tables first, one writer after them. */
#include "service/order/event.h"
#include "shared/json.h"

#include <string.h>

#define N(table) (sizeof(table) / sizeof *(table))
#define FROM(field) offsetof(struct event_facts, field)

/* clang-format off */
static const struct event_member common[] = {
    {"orderId",        MEMBER_STRING,         true, FROM(order_id),        "the order"},
    {"customerId",     MEMBER_STRING,         true, FROM(customer_id),     "who ordered"},
    {"previousStatus", MEMBER_STATUS_OR_NULL, true, FROM(previous_status), "its status before; null when it was received"},
    {"status",         MEMBER_STATUS,         true, FROM(status),          "its status since"},
    {"version",        MEMBER_INTEGER,        true, FROM(version),         "the order's number of events, this one counted"},
};

static const struct event_member validated[] = {
    {"validatedAt",    MEMBER_TIME,    true,  FROM(time),            "when it passed its checks"},
    {"totalItems",     MEMBER_INTEGER, true,  FROM(total_items),     "sum of the quantities"},
};
static const struct event_member validation_failed[] = {
    {"errors",         MEMBER_FAULTS,  true,  FROM(errors),          "every fault found, with a pointer into the order"},
};
static const struct event_member wave_assigned[] = {
    {"waveId",         MEMBER_STRING,  true,  FROM(wave_id),         "the wave that has the order"},
};
static const struct event_member wave_unassigned[] = {
    {"waveId",         MEMBER_STRING,  true,  FROM(wave_id),         "the wave it was taken out of"},
    {"reason",         MEMBER_STRING,  false, FROM(reason),          "why"},
};
static const struct event_member picking_completed[] = {
    {"pickedItems",    MEMBER_INTEGER, true,  FROM(picked_items),    "items picked so far"},
    {"totalItems",     MEMBER_INTEGER, true,  FROM(total_items),     "sum of the quantities"},
};
static const struct event_member packed[] = {
    {"trackingNumber", MEMBER_STRING,  false, FROM(tracking_number), "the parcel's number, when known"},
    {"carrier",        MEMBER_STRING,  false, FROM(carrier),         "who will carry it, when known"},
};
static const struct event_member shipped[] = {
    {"trackingNumber", MEMBER_STRING,  true,  FROM(tracking_number), "the parcel's number"},
    {"carrier",        MEMBER_STRING,  true,  FROM(carrier),         "who carries it"},
    {"shippedAt",      MEMBER_TIME,    true,  FROM(time),            "when the carrier took it"},
};
static const struct event_member completed[] = {
    {"completedAt",    MEMBER_TIME,    true,  FROM(time),            "when the customer received it"},
};
static const struct event_member cancelled[] = {
    {"reason",         MEMBER_STRING,  true,  FROM(reason),          "why"},
    {"cancelledAt",    MEMBER_TIME,    true,  FROM(time),            "when it was called off"},
};
static const struct event_member hold[] = {
    {"type",           MEMBER_STRING,  true,  FROM(hold_type),       "what kind of hold"},
    {"reason",         MEMBER_STRING,  false, FROM(reason),          "why"},
};

static const struct {
    const struct event_member *members;
    size_t n;
} kinds[EVENT_TYPE_COUNT] = {
    [EVENT_VALIDATED]         = {validated,         N(validated)},
    [EVENT_VALIDATION_FAILED] = {validation_failed, N(validation_failed)},
    [EVENT_WAVE_ASSIGNED]     = {wave_assigned,     N(wave_assigned)},
    [EVENT_WAVE_UNASSIGNED]   = {wave_unassigned,   N(wave_unassigned)},
    [EVENT_PICKING_COMPLETED] = {picking_completed, N(picking_completed)},
    [EVENT_PACKED]            = {packed,            N(packed)},
    [EVENT_SHIPPED]           = {shipped,           N(shipped)},
    [EVENT_COMPLETED]         = {completed,         N(completed)},
    [EVENT_CANCELLED]         = {cancelled,         N(cancelled)},
    [EVENT_HOLD_PLACED]       = {hold,              N(hold)},
    [EVENT_HOLD_RELEASED]     = {hold,              N(hold)},
};
/* clang-format on */

const struct event_member *event_common_members(size_t *ret_n)
{
    *ret_n = N(common);
    return common;
}

const struct event_member *event_members(enum event_type t, size_t *ret_n)
{
    *ret_n = kinds[t].n;
    return kinds[t].members;
}

static const char *text_of(const struct event_facts *f, size_t offset)
{
    const char *text;
    memcpy(&text, (const char *)f + offset, sizeof text);
    return text;
}

static int64_t number_of(const struct event_facts *f, size_t offset)
{
    int64_t number;
    memcpy(&number, (const char *)f + offset, sizeof number);
    return number;
}

static void put_text(struct buf *out, const struct event_member *m, const char *text)
{
    if (!text && !m->required)
        return;
    if (m->kind == MEMBER_FAULTS)
        json_put_raw(out, m->name, text ? text : "[]");
    else
        json_put_string(out, m->name, text);
}

static void put(struct buf *out, const struct event_member *m, const struct event_facts *f)
{
    switch (m->kind) {
    case MEMBER_STRING:
    case MEMBER_STATUS:
    case MEMBER_STATUS_OR_NULL:
    case MEMBER_FAULTS: put_text(out, m, text_of(f, m->offset)); break;
    case MEMBER_INTEGER: json_put_int(out, m->name, number_of(f, m->offset)); break;
    case MEMBER_TIME: json_put_time(out, m->name, number_of(f, m->offset)); break;
    }
}

void event_render_data(struct buf *out, enum event_type t, const struct event_facts *f)
{
    buf_addc(out, '{');
    for (size_t i = 0; i < N(common); i++)
        put(out, &common[i], f);
    for (size_t i = 0; i < kinds[t].n; i++)
        put(out, &kinds[t].members[i], f);
    buf_addc(out, '}');
}
