/* Orders for the tests of service/order: made from JSON by the real reader, at a fixed time. */
#ifndef ORDERDECK_TESTS_UNIT_ORDER_SAMPLES_H
#define ORDERDECK_TESTS_UNIT_ORDER_SAMPLES_H

#include "service/order/decide.h"
#include "service/order/order_json.h"
#include "service/order/state.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE_NOW INT64_C(1767268800000) /* 2026-01-01T12:00:00Z */

#define SAMPLE_ITEM                                                     \
    "{\"sku\":\"SKU-001\",\"productName\":\"Widget A\",\"quantity\":2," \
    "\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}"
#define SAMPLE_ADDRESS                                                                          \
    "{\"street\":\"123 Main St\",\"city\":\"New York\",\"state\":\"NY\",\"zipCode\":\"10001\"," \
    "\"country\":\"US\"}"
#define SAMPLE_BODY                                                                       \
    "{\"customerId\":\"CUST-001\",\"priority\":\"standard\",\"items\":[" SAMPLE_ITEM "]," \
    "\"shippingAddress\":" SAMPLE_ADDRESS "}"

/* What one test reads and decides; made by sample_setup, released by sample_teardown. */
struct sample {
    struct arena arena;
    struct order order;
    struct event received;
    struct faults faults;
    struct err err;
    struct buf out;
};

static inline int sample_setup(void **state)
{
    struct sample *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    arena_init(&s->arena, 16 << 20);
    buf_init(&s->out, 4 << 20);
    clock_freeze(SAMPLE_NOW);
    *state = s;
    return 0;
}

static inline int sample_teardown(void **state)
{
    struct sample *s = *state;
    arena_release(&s->arena);
    buf_release(&s->out);
    free(s);
    clock_freeze(-1);
    return 0;
}

static inline bool sample_read_n(struct sample *s, const char *body, size_t n)
{
    struct order_defaults defaults = {.timezone = "UTC", .now = SAMPLE_NOW};
    struct origin origin = {.actor = "alice", .caller = "shop", .traceparent = NULL};
    return order_from_json(body, n, &defaults, &origin, &s->arena, &s->order, &s->received, &s->faults,
                           &s->err);
}

static inline bool sample_read(struct sample *s, const char *body)
{
    return sample_read_n(s, body, strlen(body));
}

/* The order of a body that is right. */
static inline struct order sample_order(struct sample *s, const char *body)
{
    if (!sample_read(s, body)) {
        faults_render(&s->out, &s->faults);
        fail_msg("%s: %s", s->err.message, s->out.data);
    }
    return s->order;
}

static const struct hold sample_hold = {.type = "payment", .reason = "card declined", .since = SAMPLE_NOW};

/* The sample order brought to a status, with what the way there leaves on it. */
static inline struct order sample_at(struct sample *s, enum order_status status, bool held)
{
    struct order o = sample_order(s, SAMPLE_BODY);
    o.status = status;
    o.version = 7;
    if (STATUS_BIT(status) & ~(STATUS_BIT(STATUS_RECEIVED) | STATUS_BIT(STATUS_VALIDATED)))
        o.wave_id = "WAVE-1";
    if (status == STATUS_SHIPPED || status == STATUS_COMPLETED) {
        o.tracking_number = "1Z999";
        o.carrier = "UPS";
    }
    if (status == STATUS_CANCELLED)
        o.cancellation_reason = "changed my mind";
    if (held) {
        o.holds = &sample_hold;
        o.n_holds = 1;
    }
    return o;
}

/* A command with right arguments of every kind: those that repeat what sample_at left. */
static inline struct command sample_command(enum order_command kind)
{
    struct command c = {.kind = kind, .if_version = -1, .now = SAMPLE_NOW + 1000, .origin = {.actor = "bob"}};
    switch (kind) {
    case COMMAND_ASSIGN_WAVE: c.wave_id = "WAVE-1"; break;
    case COMMAND_SHIP:
        c.tracking_number = "1Z999";
        c.carrier = "UPS";
        break;
    case COMMAND_CANCEL: c.reason = "changed my mind"; break;
    case COMMAND_HOLD:
    case COMMAND_RELEASE_HOLD: c.hold_type = "payment"; break;
    case COMMAND_VALIDATE:
    case COMMAND_UNASSIGN_WAVE:
    case COMMAND_START_PICKING:
    case COMMAND_MARK_CONSOLIDATED:
    case COMMAND_MARK_PACKED:
    case COMMAND_COMPLETE:
    case COMMAND_COUNT: break;
    }
    return c;
}

static inline struct plan sample_decide(struct sample *s, const struct command *c, const struct order *stored)
{
    struct plan plan;
    decide_command(c, stored, &s->arena, &plan);
    return plan;
}

/* The text of what was rendered since the last call. */
static inline const char *sample_text(struct sample *s)
{
    assert_false(s->out.failed);
    const char *text = arena_memdup(&s->arena, s->out.data, s->out.len);
    buf_clear(&s->out);
    assert_non_null(text);
    return text;
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("'%s' is in '%s'", part, text);
}

#endif
