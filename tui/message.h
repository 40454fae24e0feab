/* What the status line says, and has said. Pure; one thread. */
#ifndef ORDERDECK_TUI_MESSAGE_H
#define ORDERDECK_TUI_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum message_level { MESSAGE_INFO, MESSAGE_OK, MESSAGE_WARN, MESSAGE_BAD };

#define MESSAGE_ROWS 200

struct message {
    enum message_level level;
    int repeats;     /* how often it was said in a row, from 1 */
    int64_t time_ms; /* of the last time */
    int64_t time_ns;
    char text[240];
};

struct messages {
    struct message rows[MESSAGE_ROWS]; /* ring */
    size_t first, n;
};

void message_add(struct messages *m, enum message_level level, int64_t now_ms, int64_t now_ns,
                 const char *text);
/* The message `back` from the newest; NULL beyond the oldest. */
const struct message *message_at(const struct messages *m, size_t back);

#endif
