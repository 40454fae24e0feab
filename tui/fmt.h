/* Short texts for people: ages, amounts, counts, times of day. Pure but for the machine's time zone. */
#ifndef ORDERDECK_TUI_FMT_H
#define ORDERDECK_TUI_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FMT_MAX 32

/* "8s", "41m", "5h", "3d"; a negative span gets a minus. At most 5 columns up to 999 days. */
const char *fmt_span(int64_t ms, char out[FMT_MAX]);
/* "12 ms", "1.4 s", "41 m", "5 h 12 m": the time between two steps. */
const char *fmt_step(int64_t ms, char out[FMT_MAX]);
/* "11 809": groups of three. */
const char *fmt_count(int64_t n, char out[FMT_MAX]);
/* "999", "9.1k", "141k", "2.0M": at most 4 columns below 1 000 000 000. */
const char *fmt_short(int64_t n, char out[FMT_MAX]);
/* "0.8 ms", "4.1 s". */
const char *fmt_latency(int64_t us, char out[FMT_MAX]);
/* "14:03:22" in the machine's zone; with ms "14:03:22.118". */
const char *fmt_clock(int64_t ms, bool fraction, char out[FMT_MAX]);
/* "23:59" today, "24 Nov 23:59" near it, else "29 Nov" or "29 Nov 2027". */
const char *fmt_moment(int64_t ms, int64_t now_ms, char out[FMT_MAX]);
/* The last characters of an order id behind an ellipsis: "…X4M9V6T5". */
#define FMT_ID_COLUMNS 9
const char *fmt_id(const char *order_id, char out[FMT_MAX]);

#endif
