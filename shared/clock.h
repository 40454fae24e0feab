/* Time. Points in time are int64 milliseconds since 1970-01-01T00:00:00Z (UTC, no leap seconds); durations
 * for deadlines are nanoseconds of CLOCK_MONOTONIC. All functions are thread-safe. */
#ifndef ORDERDECK_SHARED_CLOCK_H
#define ORDERDECK_SHARED_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_LEN 24 /* "2026-01-31T12:34:56.789Z" */

int64_t clock_wall_ms(void);
int64_t clock_mono_ns(void);
int64_t clock_cpu_us(void);    /* CPU time of the whole process */
int64_t clock_thread_ns(void); /* CPU time of the calling thread */

/* Tests only: freezes clock_wall_ms() at `ms`; negative unfreezes. */
void clock_freeze(int64_t ms);

/* Writes exactly CLOCK_TEXT_LEN characters and a NUL: RFC 3339, UTC, milliseconds. ms must lie in years 0001-9999. */
void clock_format(int64_t ms, char out[CLOCK_TEXT_LEN + 1]);
/* RFC 3339 date-time (section 5.6), any offset, any fraction (truncated to ms); refuses 31 February, hour 24 and
 * years outside 0001-9999. A leap second :60 is read as the next second. false: not a time. */
bool clock_parse(const char *text, int64_t *ret_ms) __attribute__((warn_unused_result));

/* True if `name` is a zone of the machine's tz database ("UTC" always is). Checked once at start. */
bool clock_zone_known(const char *name);
/* The last millisecond of the day `days` after the one that holds `ms`, in the zone (daylight saving honoured). */
int64_t clock_day_end(int64_t ms, int days, const char *zone);

#endif
