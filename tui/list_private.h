/* What the two halves of the list say to each other: reading (list_read.c) brings rows, the view (list.c) is on them. Each
 * writes its own fields of struct list; what a half does to the other's is here. */
#ifndef ORDERDECK_TUI_LIST_PRIVATE_H
#define ORDERDECK_TUI_LIST_PRIVATE_H

#include "tui/list.h"

/* ---- list_read.c */

/* Nothing is before the window's first row? */
bool list_starts_at_end(const struct list *l);
void list_read_release(struct list *l);

/* ---- list.c */

/* The row on screen that keeps its line: the selected one, else the first. */
size_t list_view_anchor(const struct list *l);
/* At the top, and new rows push those below it down? */
bool list_view_follows(const struct list *l);
void list_view_begin(struct list *l); /* another question: its first rows will be looked at */
/* Where the view is, before the window `old` is replaced, and there again afterwards. */
struct list_place {
    bool follows;
    size_t anchor, top;
};
struct list_place list_view_place(const struct list *l);
void list_view_put(struct list *l, const struct list_place *p, const struct window *old);
/* The window begins with the newest: rows above the view that `old` had not, and `passed` more that are not held, came in. */
void list_view_news(struct list *l, const struct list_place *p, const struct window *old, size_t passed);
void list_view_dropped(struct list *l, size_t rows); /* the first rows of the window were dropped */
/* The rows are as they are from now on: the selection is found among them, or chosen. */
void list_view_came(struct list *l);

#endif
