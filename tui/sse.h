/* The positions in a stream of Server-Sent Events (WHATWG HTML, section 9.2), as it comes in pieces. All else in it is
 * passed over: its size does not matter. Pure; one owner. */
#ifndef ORDERDECK_TUI_SSE_H
#define ORDERDECK_TUI_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sse {
    char line[32]; /* beginning of the present line */
    size_t n;      /* its length so far, also beyond what is kept */
};

/* Takes the next piece. true: it ended at least one `id:` line with a position; *ret is the last. */
bool sse_feed(struct sse *s, const char *bytes, size_t n, int64_t *ret);
/* A position as text: digits and nothing else, 18 at most. */
bool sse_position(const char *text, int64_t *ret);

#endif
