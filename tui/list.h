/* The window of orders that the console holds: some pages of a query's answer, however many orders are stored.
 *
 * It is read from a cursor on (from the top at first) in one or more requests and taken over at once. The selection is
 * an order id. While the list is held still, what comes is merged into the rows that are there: data is new, places stay.
 * Pure: it makes query strings and takes decoded replies. One thread. */
#ifndef ORDERDECK_TUI_LIST_H
#define ORDERDECK_TUI_LIST_H

#include "shared/buf.h"
#include "shared/json.h"
#include "tui/newest.h"
#include "tui/order.h"
#include "tui/window.h"

#include <stdbool.h>
#include <stddef.h>

#define LIST_MARGIN 20    /* rows read beyond those on screen */
#define LIST_PAGE 200     /* most rows of one request */
#define LIST_KEEP 600     /* rows held at most, about */
#define LIST_REACH 200000 /* rows passed at most to find the rows on screen again below new ones */

struct list {
    /* what is asked */
    char filter[512]; /* as typed */
    char sort[32];    /* REST word */
    bool turned;      /* read from the other end: row 0 is the last one, and at the bottom of the screen */

    /* reading */
    struct window now, coming;
    bool loaded; /* the query was answered once */
    bool fetching, appending, backing;
    size_t wanted; /* rows coming has to have */
    bool waiting;  /* coming is complete, but the list is held still */
    size_t fresh;  /* rows that wait to be shown */
    char **back;   /* cursors of the pages before the window, oldest first; owned */
    size_t n_back, cap_back;

    /* the view */
    char selected[40];    /* order id, "" for none */
    struct order current; /* the selected order as last seen; valid when selected is set */
    size_t selected_at;   /* its row when it was last in the window */
    bool choose;          /* the question is new: a selection that does not answer it goes to the first row */
    bool pinned;          /* the selection stays what it is, whatever the list brings */
    size_t top;           /* first row on screen (turned: at its bottom) */
    size_t visible;       /* rows on screen, set by the one who draws */
    bool moved;           /* by hand since the window was read: read further ahead */
    bool follow;          /* the selection was left on the first row: the window stays with the newest */
    size_t above;         /* rows that came in above those on screen and were not seen yet */
    struct newest newest; /* of the newest first */
};

void list_init(struct list *l);
void list_release(struct list *l);
/* Another question, from its first row: forgets the window, keeps the selection. */
void list_ask(struct list *l, const char *filter, const char *sort);

/* Begins to read: the window anew, its continuation, or the pages before it. false: nothing to read, or no memory. */
bool list_fetch(struct list *l);
bool list_fetch_more(struct list *l);
bool list_fetch_back(struct list *l);
/* Is the view so close to an end of the window that more_ or _back should be called? */
bool list_near_end(const struct list *l);
bool list_near_start(const struct list *l);
/* The query string of the next request of what was begun. */
void list_query(const struct list *l, struct buf *out);
/* Takes an answer. true: complete; false: ask list_query() again. held: keep the places of the rows on screen. */
bool list_take(struct list *l, const struct json_doc *doc, bool held);
void list_give_up(struct list *l); /* the request failed */
/* Shows what waited because the list was held still. */
void list_settle(struct list *l);

/* At the newest end, so that new rows appear by themselves? */
bool list_at_top(const struct list *l);
size_t list_find(const struct list *l, const char *id); /* row, or SIZE_MAX */
bool list_selected_visible(const struct list *l);
void list_select(struct list *l, size_t row);
/* An order known from elsewhere becomes the selected one, be it among the rows or not. */
void list_point(struct list *l, const struct order *o);
/* While it is pinned no answer chooses another selection; it is made up for afterwards. true: one was chosen now. */
bool list_pin(struct list *l, bool pinned);
/* The selection is worked with: the window stays with it from now on, unless it is the first row. */
void list_keep(struct list *l);
/* Rows that came and are not on screen: those that wait, and those above. */
size_t list_new(const struct list *l);
bool list_new_more(const struct list *l); /* and maybe more than that */
/* Must the service be asked how many came? The window does not see them: it begins further down. The query string is for
 * GET /orders/count; its answer goes to list_take_new. */
bool list_counts_new(const struct list *l);
void list_new_query(const struct list *l, struct buf *out);
void list_take_new(struct list *l, int64_t count, bool more);
/* Moves the selection; one that is out of sight comes back to the rows on screen. */
void list_move(struct list *l, long rows);
/* Moves the view, not the selection. */
void list_scroll(struct list *l, long rows);
/* To the first row of the query, and to its last: where that is not in the window, it is read from there, which costs a
 * page however many there are. */
void list_home(struct list *l);
void list_end(struct list *l);
/* The row on a line of the screen, from 0; SIZE_MAX: none. */
size_t list_row(const struct list *l, size_t line);
/* So many rows are on screen from now on; a selection that was in sight stays in sight. */
void list_resize(struct list *l, size_t visible);
/* A newer state of one order, from wherever. */
void list_update(struct list *l, const struct order *o);

#endif
