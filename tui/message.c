#include "tui/message.h"

#include <stdio.h>
#include <string.h>

const struct message *message_at(const struct messages *m, size_t back)
{
    if (back >= m->n)
        return NULL;
    return &m->rows[(m->first + m->n - 1 - back) % MESSAGE_ROWS];
}

void message_add(struct messages *m, enum message_level level, int64_t now_ms, int64_t now_ns,
                 const char *text)
{
    size_t last = (m->first + m->n + MESSAGE_ROWS - 1) % MESSAGE_ROWS;
    struct message *row = &m->rows[last];

    if (m->n > 0 && row->level == level && strcmp(row->text, text) == 0) {
        row->repeats++;
    } else {
        if (m->n == MESSAGE_ROWS) {
            m->first = (m->first + 1) % MESSAGE_ROWS;
            m->n--;
        }
        row = &m->rows[(m->first + m->n++) % MESSAGE_ROWS];
        row->level = level;
        row->repeats = 1;
        snprintf(row->text, sizeof(row->text), "%s", text);
    }
    row->time_ms = now_ms;
    row->time_ns = now_ns;
}
