/* What the warehouse told, put into a store as the consumer would: applied, parked, or dead at once. */
#ifndef ORDERDECK_TESTS_SUPPORT_FACTS_H
#define ORDERDECK_TESTS_SUPPORT_FACTS_H

#include "service/store/store.h"

/* The record as it is. dies: what it tells waits in vain until it is a dead letter. */
void facts_tell_record(struct store *store, const struct record *r, bool dies);
/* The same with this value, at this offset of the topic wms.test. */
void facts_tell(struct store *store, const char *value, int64_t offset, bool dies);
/* The same with an event of this type about this order; `more`: further members of its data, from a comma on. */
void facts_tell_order(struct store *store, const char *order_id, const char *type, const char *more,
                      int64_t offset, bool dies);

#endif
