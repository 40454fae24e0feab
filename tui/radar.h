/* What is urgent: open orders by the time left to their promise, and orders that stay in a status for longer than is
 * usual in it. Pure: it makes query strings and takes decoded replies. One thread. */
#ifndef ORDERDECK_TUI_RADAR_H
#define ORDERDECK_TUI_RADAR_H

#include "shared/buf.h"
#include "shared/json.h"
#include "tui/order.h"
#include "tui/pick.h"
#include "tui/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RADAR_DUE 200       /* rows of the first table at most */
#define RADAR_STUCK_EACH 50 /* rows of the second at most, of each status */
#define RADAR_STUCK (STATUS_COUNT * RADAR_STUCK_EACH)

struct stuck {
    struct order order;
    int64_t over; /* ms beyond what is usual */
};

struct radar {
    struct order due[RADAR_DUE];
    size_t n_due;
    bool due_loaded, due_more; /* more: there are others with later promises */
    bool due_anew,
        stuck_anew; /* the rows are of an earlier look: the next ones are taken whatever the hand does */
    int64_t ahead[RADAR_DUE]; /* promises to come, the next first; needed where late orders fill the rows */
    size_t n_ahead;
    bool ahead_loaded, ahead_more;
    struct stuck stuck[RADAR_STUCK], coming[RADAR_STUCK];
    size_t n_stuck, n_coming;
    bool stuck_loaded;
    size_t stuck_of[STATUS_COUNT], coming_of[STATUS_COUNT];
    bool stuck_more[STATUS_COUNT], coming_more[STATUS_COUNT]; /* there are others of that status */
    enum order_status at; /* the status that is asked for; STATUS_COUNT: none */
    struct pick due_pick, stuck_pick;
    bool on_stuck; /* the second table has the keys */
    bool pointed;  /* the selected row was made the selected order */
};

void radar_due_query(struct buf *out);
void radar_due_take(struct radar *r, const struct json_doc *doc);

void radar_ahead_query(struct buf *out);
void radar_ahead_take(struct radar *r, const struct json_doc *doc);

/* Begins to read the second table anew. false: of no status is known what is usual. */
bool radar_stuck_begin(struct radar *r, const struct stats *s);
void radar_stuck_query(const struct radar *r, const struct stats *s, struct buf *out);
/* Takes the answer for one status. true: all are here; false: ask for the next. */
bool radar_stuck_take(struct radar *r, const struct stats *s, const struct json_doc *doc, int64_t now);

bool radar_stuck_more(const struct radar *r); /* there are others than the rows */

/* The selected order of the table that has the keys, NULL: none. */
const struct order *radar_selected(const struct radar *r);
bool radar_move(struct radar *r, enum action action);
/* The row on that line of the table that has the keys; true: it was the selected one before. */
bool radar_point(struct radar *r, size_t line);
/* Gives one of the tables the keys; a row of it is selected then, if there is one. */
void radar_focus(struct radar *r, bool on_stuck);
/* Somebody begins to look: what was read before is shown until it is read anew. */
void radar_begin(struct radar *r);
/* Orders with a promise from `now` until then; *ret_more: perhaps more than were read. false: that is not known yet. */
bool radar_due_between(const struct radar *r, int64_t now, int64_t until, size_t *ret_n, bool *ret_more);
/* Do the rows end before that time, so that the promises to come have to be asked for? */
bool radar_wants_ahead(const struct radar *r, int64_t until);

#endif
