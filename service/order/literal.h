/* For the hot renderers: appends a string literal, its length known at compile time. */
#ifndef ORDERDECK_SERVICE_ORDER_LITERAL_H
#define ORDERDECK_SERVICE_ORDER_LITERAL_H

#include "shared/buf.h"

#define LITERAL(out, text) buf_add(out, "" text, sizeof text - 1)

#endif
