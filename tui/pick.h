/* The selection in a table of rows that have ids: it stays with its id while rows come and go. Pure; one thread. */
#ifndef ORDERDECK_TUI_PICK_H
#define ORDERDECK_TUI_PICK_H

#include "tui/keymap.h"

#include <stdbool.h>
#include <stddef.h>

struct pick {
    char id[40];    /* of the selected row, "" for none */
    size_t at;      /* its place, when it was last among the rows */
    size_t top;     /* first row on screen */
    size_t visible; /* rows on screen, set by the one who draws */
};

/* The rows are these now: the selection goes where its id is, or stays at its place when it is gone. */
void pick_settle(struct pick *p, size_t n, const char *(*id)(const void *rows, size_t i), const void *rows);
/* Up, down, pages and ends; false: the action does not move, but the selection is on screen. */
bool pick_move(struct pick *p, enum action action, size_t n, const char *(*id)(const void *rows, size_t i),
               const void *rows);

#endif
