/* Text as a query string's value (RFC 3986, section 2.1). */
#ifndef ORDERDECK_TUI_PERCENT_H
#define ORDERDECK_TUI_PERCENT_H

#include "shared/buf.h"

/* Appends it; bytes that are no letters, digits or -._~ become %XX. */
void percent_encode(struct buf *out, const char *text);

#endif
