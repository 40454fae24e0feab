/* The machine's tz database: offsets from UTC, read from its TZif files (RFC 9636, version 2 and later). Loaded once
 * per name and kept; thread-safe. Times are seconds since 1970 UTC. */
#ifndef ORDERDECK_SHARED_ZONE_H
#define ORDERDECK_SHARED_ZONE_H

#include <stdint.h>

struct zone;

/* The zone of this name ("Europe/Berlin"), or NULL when the machine knows none. */
const struct zone *zone_find(const char *name);
/* Seconds that local time is ahead of UTC at `utc`. */
int64_t zone_offset(const struct zone *zone, int64_t utc);
/* When a local day begins: the first moment that no longer belongs to the day before. local_midnight is the local
 * time 00:00 of that day, counted as if it were UTC. Where clocks are set at midnight no second is lost or doubled. */
int64_t zone_day_begin(const struct zone *zone, int64_t local_midnight);

#endif
