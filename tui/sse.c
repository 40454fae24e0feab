#include "tui/sse.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 18

bool sse_position(const char *text, int64_t *ret)
{
    size_t n = strlen(text);
    if (n == 0 || n > DIGITS_MAX || text[strspn(text, "0123456789")] != '\0')
        return false;
    *ret = strtoll(text, NULL, 10);
    return true;
}

/* "id: 17", "id:17" */
static bool line_id(const struct sse *s, int64_t *ret)
{
    char text[sizeof s->line + 1];
    if (s->n < 4 || s->n > sizeof s->line || memcmp(s->line, "id:", 3) != 0)
        return false;
    memcpy(text, s->line, s->n);
    text[s->n] = '\0';
    return sse_position(text + 3 + (text[3] == ' '), ret);
}

bool sse_feed(struct sse *s, const char *bytes, size_t n, int64_t *ret)
{
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            if (s->n < sizeof s->line)
                s->line[s->n] = bytes[i];
            s->n += s->n <= sizeof s->line;
            continue;
        }
        found |= line_id(s, ret);
        s->n = 0;
    }
    return found;
}
