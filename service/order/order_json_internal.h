/* What the files that read an order's body share. Private to service/order. */
#ifndef ORDERDECK_SERVICE_ORDER_ORDER_JSON_INTERNAL_H
#define ORDERDECK_SERVICE_ORDER_ORDER_JSON_INTERNAL_H

#include "service/order/body.h"
#include "service/order/order.h"
#include "shared/buf.h"

/* Checks the items and appends them to *doc as they are answered; adds up the order's totals. */
void order_json_items(const struct body *b, struct buf *doc, struct order *o);

/* {"amount":29.99,"currency":"USD"} */
void order_json_money(struct buf *out, struct money m);
/* Grams as a decimal number of kg: 1500 -> 1.5 */
void order_json_kilograms(struct buf *out, int64_t grams);

#endif
