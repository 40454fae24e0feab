/* The selection in a table of rows that have ids: it stays with its id while rows come and go, and goes to another by
 * nothing but a key. Pure; one thread. */
#ifndef ORDERDECK_TUI_PICK_H
#define ORDERDECK_TUI_PICK_H

#include "tui/keymap.h"

#include <stdbool.h>
#include <stddef.h>

struct pick {
    char id[40];    /* of the selected row, "" for none */
    size_t at;      /* its place, when it was last among the rows */
    bool gone;      /* it is not among the rows any more: none is selected */
    bool settled;   /* there were rows to choose from before, be it none */
    size_t top;     /* first row on screen */
    size_t visible; /* rows on screen, set by the one who draws */
};

/* The table is opened: where no row is selected, the next rows have their first one selected. */
void pick_begin(struct pick *p);
/* The rows are these now: the selection goes where its id is. The first rows of all have their first one selected. */
void pick_settle(struct pick *p, size_t n, const char *(*id)(const void *rows, size_t i), const void *rows);
/* The row that is selected; SIZE_MAX: none. */
size_t pick_row(const struct pick *p, size_t n);
/* The row that was pointed at, when there is one; true: it was the selected one before. */
bool pick_point(struct pick *p, size_t at, size_t n, const char *(*id)(const void *rows, size_t i),
                const void *rows);
/* Up, down, pages and ends, from where the selection was when it is gone; false: the action does not move, but the
 * selection is on screen. */
bool pick_move(struct pick *p, enum action action, size_t n, const char *(*id)(const void *rows, size_t i),
               const void *rows);

#endif
