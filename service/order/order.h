/* The order aggregate. Pure data; strings and arrays live in the arena of whoever loaded or built it. */
#ifndef ORDERDECK_SERVICE_ORDER_ORDER_H
#define ORDERDECK_SERVICE_ORDER_ORDER_H

#include "shared/money.h"
#include "shared/order_words.h"
#include "shared/ulid.h"

#include <stddef.h>
#include <stdint.h>

struct hold {
    const char *type;   /* 1-64 code points, such as "payment" */
    const char *reason; /* NULL when none was given */
    int64_t since;      /* ms */
};

struct order {
    struct ulid id;
    int64_t version; /* number of its events, from 1 */
    enum order_status status;
    enum order_priority priority;
    int64_t created_at; /* ms; always ulid_ms(id) */
    int64_t updated_at;
    int64_t status_since;
    int64_t promised_at;
    struct money total;
    int64_t total_items;
    int64_t total_grams;
    int64_t picked_items;
    int64_t
        parked; /* facts of the warehouse that wait for the order to get so far (decide_fact.h); not shown */
    const char *customer_id;
    const char *wave_id; /* NULL when none, as the next three */
    const char *tracking_number;
    const char *carrier;
    const char *cancellation_reason;
    const struct hold *holds;
    size_t n_holds;
    /* JSON text of the `errors` of the last validation-failed event, so that the same refusal twice is one
     * event; NULL when none, and again once validated. Not shown. */
    const char *last_faults;
    /* What the customer asked for, as one JSON object in its final form: customerId, totalAmount,
     * totalItems, totalWeight, shipToCity, shipToState, items (with lineNumber), shippingAddress,
     * metadata. Written once, at creation; answers splice it, the check of `validate` reads it. */
    const char *doc;
    size_t doc_len;
};

#define ORDER_ITEMS_MAX 500
#define ORDER_HOLDS_MAX 20
#define ORDER_QUANTITY_MAX 1000000
#define ORDER_UNIT_GRAMS_MAX \
    1000000000 /* of one unit; with 500 lines of a million the total still fits an int64 */

static inline bool order_is_late(const struct order *o, int64_t now)
{
    return status_is_open(o->status) && o->promised_at < now;
}

#endif
