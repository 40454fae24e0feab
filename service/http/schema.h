/* JSON Schemas (2020-12) of what the API takes and gives, printed from the tables the service works by. */
#ifndef ORDERDECK_SERVICE_HTTP_SCHEMA_H
#define ORDERDECK_SERVICE_HTTP_SCHEMA_H

#include "service/order/fields.h"
#include "shared/buf.h"

/* Appends a reference to the schema of a command's body, or of an order's for -1. */
void schema_body(struct buf *out, int command);
/* Appends `,"schemas":{...}`. */
void schema_components(struct buf *out);

/* Appends JSON that is written with ' for " and @Name for a reference to the schema of that name. */
void schema_add(struct buf *out, const char *text);
/* Appends `"name":text` for each row of a table of schema_text.c: schemas, header fields of answers, parameters of
 * paths and header fields of requests. */
enum schema_rows { SCHEMA_ROWS_COMPONENTS, SCHEMA_ROWS_HEADERS, SCHEMA_ROWS_PARAMETERS };
void schema_rows(struct buf *out, enum schema_rows table);

#define SCHEMA_ORDER_EXAMPLE                                                                                  \
    "{\"customerId\":\"CUST-001\",\"priority\":\"standard\",\"items\":[{\"sku\":\"SKU-001\",\"productName\":" \
    "\"Widget A\",\"quantity\":2,\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}],\"shippingAddress\":"    \
    "{\"street\":\"123 Main St\",\"city\":\"New York\",\"state\":\"NY\",\"zipCode\":\"10001\",\"country\":"   \
    "\"US\"}}"

#endif
