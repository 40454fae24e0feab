/* The event feed: a piece of the log without gaps, newest first on screen. It follows the newest, is read further back on
 * demand, and holds a bounded number of events, of some types or of one order alone if so asked. Pure: it makes query
 * strings and takes decoded replies. One thread. */
#ifndef ORDERDECK_TUI_FEED_H
#define ORDERDECK_TUI_FEED_H

#include "shared/buf.h"
#include "shared/event_words.h"
#include "shared/json.h"
#include "shared/order_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEED_ROWS 1000 /* held at most */

struct feed_event {
    int64_t position, time, sent; /* ms; sent 0: not delivered */
    char order[40], customer[4 * 64 + 1], type[40], actor[4 * 100 + 1];
    enum order_status status;
};

/* What of the log is shown. */
struct feed_filter {
    char words[240]; /* as typed: labels of types, "" for all */
    char types[600]; /* the same as the REST parameter, "" for all */
    char order[40];  /* this order's alone, "" for all */
};

struct feed {
    struct feed_event *rows; /* ring of FEED_ROWS, owned */
    size_t first, n;         /* oldest, and how many */
    int64_t low, high;       /* all that is asked for and lies in (low, high] is held */
    bool begun;              /* low and high mean something */
    bool behind;             /* there is no room for the newest while the view is at the oldest rows */
    bool gave_up;            /* older events could not be read: not again before the view moves */
    int64_t window;          /* positions looked at for the next older rows */
    size_t up;               /* rows scrolled back from the newest; 0: sticks to the newest */
    size_t visible;
    int64_t left;           /* newest position when the view left the newest */
    int64_t counted, fresh; /* with a filter: how many came since, counted up to that position */
    struct feed_filter filter;
};

bool feed_init(struct feed *f) __attribute__((warn_unused_result));
void feed_release(struct feed *f);
/* Forgets what is held, to begin anew at the newest; the filter stays. */
void feed_restart(struct feed *f);
void feed_set_filter(struct feed *f, const struct feed_filter *filter);
/* Labels of types, separated by blanks or commas. false: *ret_at is the byte of the word that is none. */
bool feed_filter_read(const char *words, struct feed_filter *ret, size_t *ret_at);
bool feed_filtered(const struct feed *f);

/* Is there something to ask for at the newest end, the newest position being this one? */
bool feed_wants_newer(struct feed *f, int64_t position);
void feed_newer_query(struct feed *f, int64_t position, struct buf *out);
void feed_newer_take(struct feed *f, const struct json_doc *doc);
/* Is the view near the oldest that is held, and is there more in the log? */
bool feed_wants_older(const struct feed *f);
void feed_older_query(const struct feed *f, struct buf *out);
void feed_older_take(struct feed *f, const struct json_doc *doc);
void feed_give_up(struct feed *f); /* the question was not answered */

/* The event `back` rows from the newest, NULL beyond the oldest. */
const struct feed_event *feed_at(const struct feed *f, size_t back);
int64_t feed_newest(const struct feed *f);
void feed_move(struct feed *f, long rows); /* positive: towards the older */
void feed_live(struct feed *f);            /* back to the newest */
/* Events that came and are above the view, the newest position being this one; *ret_more: at least. */
int64_t feed_fresh(const struct feed *f, int64_t position, bool *ret_more);
/* One entry of a timeline or log; false: a note or nothing known. */
bool feed_event_read(const struct json_doc *doc, const struct json *entry, struct feed_event *ret);
/* "validated" of "wms.order.validated" */
const char *feed_label(const char *type);
/* The types there are, NULL behind the last. */
const char *feed_type(size_t i, const char **ret_sentence);

#endif
