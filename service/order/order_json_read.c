#include "service/order/literal.h"
#include "service/order/order_json.h"
#include "service/order/order_json_internal.h"
#include "shared/clock.h"

#include <inttypes.h>
#include <string.h>

/* Numbering lines and writing the postal code twice makes a document longer than its body, never twice as
 * long beyond the fixed part. */
#define DOC_MAX (2 * ORDER_BODY_MAX + 4096)

static enum order_priority read_priority(const struct body *b)
{
    const struct field *f = &order_fields[ORDER_PRIORITY];
    enum order_priority priority = PRIORITY_STANDARD;
    const struct json *v = body_member(b, PLACE_ROOT, b->root, f, NULL);
    const char *word = json_string(v);
    if (v && (!word || !priority_find(word, &priority)))
        body_fault(b, PLACE_ROOT, f->name, "must be %s, %s or %s", priority_word(PRIORITY_SAME_DAY)->wire,
                   priority_word(PRIORITY_NEXT_DAY)->wire, priority_word(PRIORITY_STANDARD)->wire);
    return priority;
}

/* Appends the address, and after it the two members that the planner reads at the top of an order. */
static void read_address(const struct body *b, struct buf *doc)
{
    const struct field *f = &order_fields[ORDER_ADDRESS];
    const struct json *address = body_object(b, PLACE_ROOT, b->root, f);
    struct place at = {.base = "/shippingAddress", .index = -1, .below = ""};
    const char *city = NULL, *state = NULL;
    if (!address)
        return;

    LITERAL(doc, ",\"shippingAddress\":{");
    for (size_t i = 0; i < n_address_fields; i++) {
        const struct field *member = &address_fields[i];
        const char *text = body_text(b, at, address, member);
        if (!text)
            continue;
        json_put_string(doc, member->name, text);
        if (member->second_name)
            json_put_string(doc, member->second_name, text);
        if (strcmp(member->name, "city") == 0)
            city = text;
        else if (strcmp(member->name, "state") == 0)
            state = text;
    }
    buf_addc(doc, '}');
    if (city)
        json_put_string(doc, "shipToCity", city);
    if (state)
        json_put_string(doc, "shipToState", state);
}

static bool check_entry(const struct body *b, const char *key, const struct json *v)
{
    struct place at = {.base = "/metadata", .index = -1, .below = ""};
    const char *text = json_string(v);
    size_t n = utf8_length(key);
    if (n < 1 || n > METADATA_KEY_MAX)
        body_fault(b, at, NULL, "must have keys of 1 to %d characters", METADATA_KEY_MAX);
    else if (!text)
        body_fault(b, at, faults_escape(b->arena, key), "must be a string");
    else if (utf8_length(text) > METADATA_VALUE_MAX)
        body_fault(b, at, faults_escape(b->arena, key), "must have at most %d characters",
                   METADATA_VALUE_MAX);
    else
        return true;
    return false;
}

static void read_metadata(const struct body *b, struct buf *doc)
{
    const struct field *f = &order_fields[ORDER_METADATA];
    const struct json *metadata = body_object(b, PLACE_ROOT, b->root, f);
    int64_t n = 0;
    if (!metadata)
        return;

    LITERAL(doc, ",\"metadata\":{");
    for (const struct json *v = json_first(metadata); v; v = json_next(v)) {
        if (json_kind(v) == JSON_NULL)
            continue;
        if (check_entry(b, json_name(v), v)) {
            if (n > 0)
                buf_addc(doc, ',');
            json_add_string(doc, json_name(v));
            buf_addc(doc, ':');
            json_add_string(doc, json_string(v));
        }
        n++;
    }
    buf_addc(doc, '}');
    if (n > f->max)
        body_fault(b, PLACE_ROOT, f->name, "must have at most %" PRId64 " keys", f->max);
}

/* The whole order but its id and what follows from it, judged member by member. */
static void read_order(const struct body *b, struct buf *doc, struct order *o)
{
    o->customer_id = body_text(b, PLACE_ROOT, b->root, &order_fields[ORDER_CUSTOMER]);
    o->priority = read_priority(b);
    buf_addc(doc, '{');
    json_put_string(doc, "customerId", o->customer_id);
    order_json_items(b, doc, o);
    if (o->total.currency) {
        LITERAL(doc, ",\"totalAmount\":");
        order_json_money(doc, o->total);
        json_put_int(doc, "totalItems", o->total_items);
        LITERAL(doc, ",\"totalWeight\":");
        order_json_kilograms(doc, o->total_grams);
    }
    read_address(b, doc);
    read_metadata(b, doc);
    buf_addc(doc, '}');
    if (!body_time(b, PLACE_ROOT, b->root, &order_fields[ORDER_PROMISE], &o->promised_at))
        o->promised_at = INT64_MIN;
}

/* Moves what was read out of the document and gives the order its id, times and first version. */
static bool finish_order(struct order *o, const struct buf *doc, const struct order_defaults *d,
                         struct arena *a)
{
    if (doc->failed)
        return false;
    o->customer_id = arena_strdup(a, o->customer_id);
    o->doc = arena_memdup(a, doc->data, doc->len);
    o->doc_len = doc->len;
    o->id = d->id.hi != 0 ? d->id : ulid_new();
    o->version = 1;
    o->status = STATUS_RECEIVED;
    o->created_at = o->updated_at = o->status_since = ulid_ms(o->id);
    if (o->promised_at == INT64_MIN)
        o->promised_at = clock_day_end(o->created_at, priority_promise_days(o->priority), d->timezone);
    return o->customer_id && o->doc;
}

static bool make_received(const struct order *o, const struct origin *origin, struct buf *scratch,
                          struct arena *a, struct event *ret)
{
    buf_clear(scratch);
    order_render_received(scratch, o);
    *ret = (struct event){
        .id = ulid_new(),
        .type = EVENT_RECEIVED,
        .order_id = o->id,
        .version = o->version,
        .time = o->created_at,
        .actor = origin->actor,
        .caller = origin->caller,
        .traceparent = origin->traceparent,
        .data = scratch->failed ? NULL : arena_memdup(a, scratch->data, scratch->len),
        .data_len = scratch->len,
    };
    return ret->data != NULL;
}

bool order_from_json(const char *body, size_t n, const struct order_defaults *d, const struct origin *origin,
                     struct arena *a, struct order *ret_order, struct event *ret_received,
                     struct faults *ret_faults, struct err *ret_err)
{
    struct body b = {.arena = a, .faults = ret_faults};
    struct buf doc = BUF_INIT(DOC_MAX);
    *ret_order = (struct order){0};
    *ret_faults = (struct faults){0};
    if (!body_open(&b, body, n, false, ret_err))
        return false;

    bool ok = body_judge(&b, ret_err);
    if (ok) {
        buf_reserve(&doc, n < DOC_MAX / 2 ? n + 1280 : n); /* the received event is made in it too */
        read_order(&b, &doc, ret_order);
        ok = body_judge(&b, ret_err);
    }
    if (ok &&
        (!finish_order(ret_order, &doc, d, a) || !make_received(ret_order, origin, &doc, a, ret_received)))
        ok = body_no_memory(ret_err);
    body_close(&b);
    buf_release(&doc);
    return ok;
}
