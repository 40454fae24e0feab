/* Statuses, priorities and commands as enums with their words; from order.def. Pure, thread-safe. */
#ifndef ORDERDECK_SHARED_ORDER_WORDS_H
#define ORDERDECK_SHARED_ORDER_WORDS_H

#include <stdbool.h>
#include <stdint.h>

enum order_status {
#define STATUS(id, wire, label, short_label, sentence) STATUS_##id,
#include "shared/order.def"
#undef STATUS
    STATUS_COUNT
};
enum order_priority {
#define PRIORITY(id, wire, label, days, sentence) PRIORITY_##id,
#include "shared/order.def"
#undef PRIORITY
    PRIORITY_COUNT
};
enum order_command {
#define COMMAND(id, wire, label, sentence) COMMAND_##id,
#include "shared/order.def"
#undef COMMAND
    COMMAND_COUNT
};

#define STATUS_BIT(s) (1u << (s))
#define STATUS_ALL ((1u << STATUS_COUNT) - 1)
/* open: not completed, not cancelled */
#define STATUS_OPEN (STATUS_ALL & ~STATUS_BIT(STATUS_COMPLETED) & ~STATUS_BIT(STATUS_CANCELLED))

struct word {
    const char *wire;        /* in JSON, paths and the database */
    const char *label;       /* for people */
    const char *short_label; /* where space is short */
    const char *sentence;
};
const struct word *status_word(enum order_status s);
const struct word *priority_word(enum order_priority p);
const struct word *command_word(enum order_command c);
int priority_promise_days(enum order_priority p);

/* By wire word, exact; false when unknown. */
bool status_find(const char *wire, enum order_status *ret) __attribute__((warn_unused_result));
bool priority_find(const char *wire, enum order_priority *ret) __attribute__((warn_unused_result));
bool command_find(const char *wire, enum order_command *ret) __attribute__((warn_unused_result));

static inline bool status_is_open(enum order_status s)
{
    return (STATUS_OPEN & STATUS_BIT(s)) != 0;
}

#endif
