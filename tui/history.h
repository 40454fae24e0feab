/* What was typed into a line before, and walking through it. Kept from run to run in a file of the user's state folder
 * (mode 0600), the newest 100 lines, except those that may hold what is told to an order. One thread; load and save
 * touch the disk. */
#ifndef ORDERDECK_TUI_HISTORY_H
#define ORDERDECK_TUI_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#define HISTORY 100

struct history_line {
    char *text; /* owned */
    bool fresh; /* of this run, and to be written */
};

struct history {
    const char *name; /* of the file */
    struct history_line lines[HISTORY];
    size_t n;
    size_t back;   /* how far the walk has gone, 0: not begun */
    char *present; /* what was typed when it began; owned */
};

void history_load(struct history *h, const char *name);
/* Writes what this run added, behind what other runs have written meanwhile. */
void history_save(struct history *h);
void history_release(struct history *h);

/* Adds a line as the newest; the same one further back goes. keep: it is written too. Ends a walk. */
void history_add(struct history *h, const char *text, bool keep);
/* Walks to the older (or newer) line than the one shown; NULL: there is none, and the line stays. At the newer end is what
 * was typed before the walk. */
const char *history_older(struct history *h, const char *shown);
const char *history_newer(struct history *h);
void history_stop(struct history *h); /* the line was changed: it is a new one */
static inline bool history_walks(const struct history *h)
{
    return h->back > 0;
}

#endif
