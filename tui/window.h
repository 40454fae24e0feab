/* Rows in a row of a query's answer, from a cursor on, and where its pages begin.
 *
 * Pure; one thread. Without memory a row or a mark is left out. */
#ifndef ORDERDECK_TUI_WINDOW_H
#define ORDERDECK_TUI_WINDOW_H

#include "tui/order.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a page begins. */
struct window_mark {
    size_t row;
    char *cursor; /* owned; NULL: the top */
};

struct window {
    struct order *rows; /* owned */
    size_t n, cap;
    struct window_mark *marks; /* owned; where there is one, marks[0].row is 0 */
    size_t n_marks;
    char *next; /* cursor behind the last row, NULL at the end; owned */
    /* while it is read: pages that were passed by and not kept */
    char **passed; /* their cursors, first page first; owned */
    size_t n_passed, cap_passed;
    size_t passed_rows, passed_new; /* rows of them, and those that the window before did not have */
};

/* Empty, with the memory it has. */
void window_clear(struct window *w);
void window_release(struct window *w);
/* A page begins at this row; takes the cursor over. false: it is not noted, for want of memory or of the first page. */
bool window_mark(struct window *w, size_t row, char *cursor);
/* A row more at its end, to be filled; NULL: no memory. */
struct order *window_add(struct window *w);
size_t window_find(const struct window *w, const char *id); /* row, or SIZE_MAX */
/* Pages before the one that has row `keep_from`. */
size_t window_pages_before(const struct window *w, size_t keep_from);
/* Drops the first pages; their cursors go to `out`, which has room, and are its owner's. Returns the rows they had. */
size_t window_drop(struct window *w, size_t pages, char **out);
/* Room for `more` cursors behind the n that are there. false: no memory, nothing has changed. */
bool window_room(char ***cursors, size_t n, size_t *cap, size_t more);

#endif
