/* Where a service's event log has come to, as answers and the stream tell, in any order.
 *
 * Within a log the position only grows. Another log may stand behind the same address from one answer to the next: then its
 * name is another, or, when it has no name or is a copy, what it says is less than what was known when it was asked. What
 * was asked before another log took the place of the one before tells nothing of that one.
 *
 * Pure; one owner. */
#ifndef ORDERDECK_TUI_PLACE_H
#define ORDERDECK_TUI_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* A copy of it is what was known when something was asked. */
struct place {
    int64_t position;
    unsigned log;  /* counts the logs: the first, and each that took the place of the one before */
    char name[40]; /* of the log, "" as long as it is not known */
};

/* An answer with its log's name ("" when it says none). `live`: there is a stream, which alone tells of a log by what is
 * less. true: it is another log. */
bool place_answered(struct place *now, const struct place *when_asked, bool live, int64_t position,
                    const char *name);
/* The stream's opening: its log's name. From here on *asked is what the stream is of. */
void place_stream_opened(struct place *now, struct place *asked, int64_t position, const char *name);
/* The newest position that the stream has told. */
void place_stream_told(struct place *now, struct place *asked, int64_t position);

#endif
