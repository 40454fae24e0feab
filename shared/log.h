/* The log: one JSON object a line, {"time":..,"level":..,"msg":..,fields...}, to a descriptor and to a ring that
 * /logs and the console's log screen read. Edges log, libraries return errors; nothing is logged twice; states are
 * logged when they change. Thread-safe; a line is written with one write(). Never log secrets or addresses. */
#ifndef ORDERDECK_SHARED_LOG_H
#define ORDERDECK_SHARED_LOG_H

#include "shared/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVELS };

const char *log_level_name(enum log_level l);
bool log_level_find(const char *name, enum log_level *ret) __attribute__((warn_unused_result));

/* fd: where lines go (not owned), -1: only the ring. service: value of the member "service". Call before threads. */
void log_init(int fd, enum log_level least, const char *service);
void log_to(int fd); /* later changes of the descriptor, from any thread */
bool log_enabled(enum log_level l);

/* A field: made by the macros below; log_line adds the end. */
struct log_field {
    const char *name;
    enum { LOG_FIELD_END, LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_BOOL, LOG_FIELD_RAW } kind;
    const char *text;
    int64_t number;
};
#define LOG_S(n, v) ((struct log_field){.name = (n), .kind = LOG_FIELD_TEXT, .text = (v)})
#define LOG_I(n, v) ((struct log_field){.name = (n), .kind = LOG_FIELD_INT, .number = (int64_t)(v)})
#define LOG_B(n, v) ((struct log_field){.name = (n), .kind = LOG_FIELD_BOOL, .number = (v)})
#define LOG_RAW(n, v) ((struct log_field){.name = (n), .kind = LOG_FIELD_RAW, .text = (v)}) /* valid JSON */

void log_write(enum log_level l, const char *msg,
               const struct log_field *fields); /* ends with LOG_FIELD_END */
/* log_line(LOG_INFO, "ready", LOG_S("url", url), LOG_I("n", 3)); arguments are not evaluated when the level is off */
#define log_line(level, ...) log_line_ended(level, __VA_ARGS__, {.kind = LOG_FIELD_END})
#define log_line_ended(level, msg, ...)                                     \
    do {                                                                    \
        if (log_enabled(level))                                             \
            log_write(level, msg, (const struct log_field[]){__VA_ARGS__}); \
    } while (0)

/* The ring holds the last LOG_RING lines. Lines are numbered from 1. Appends to *out the lines after number `after`
 * at or above `least`, as JSON array elements separated by commas (at most `limit`, the newest when there are more);
 * returns the number of the newest line in the ring. */
#define LOG_RING 1000
uint64_t log_read(struct buf *out, uint64_t after, enum log_level least, int limit);

#endif
