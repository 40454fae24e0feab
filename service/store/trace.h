/* A decorator around any store: logs every call with its outcome and duration at trace level, then delegates. */
#ifndef ORDERDECK_SERVICE_STORE_TRACE_H
#define ORDERDECK_SERVICE_STORE_TRACE_H

#include "service/store/store.h"

/* Takes ownership of `inner` (closing the decorator closes it). NULL: out of memory, inner untouched. */
struct store *trace_wrap(struct store *inner) __attribute__((warn_unused_result));

#endif
