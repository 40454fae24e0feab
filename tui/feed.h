/* The newest events, newest first on screen. Pure; one thread. */
#ifndef ORDERDECK_TUI_FEED_H
#define ORDERDECK_TUI_FEED_H

#include "shared/json.h"
#include "shared/order_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEED_ROWS 500

struct feed_event {
    int64_t position, time, sent; /* ms; sent 0: not delivered */
    char order[40], customer[4 * 64 + 1], type[40], actor[4 * 100 + 1];
    enum order_status status;
};

struct feed {
    struct feed_event *rows; /* ring of FEED_ROWS, owned */
    size_t first, n;         /* oldest, and how many */
    size_t up;               /* rows scrolled back from the newest; 0: sticks to the newest */
    size_t visible;
    size_t fresh; /* came while scrolled back */
};

bool feed_init(struct feed *f) __attribute__((warn_unused_result));
void feed_release(struct feed *f);
/* Position to ask from, so that the answer ends at `position` and is no longer than needed. */
int64_t feed_after(const struct feed *f, int64_t position);
/* true: the answer was full, more may follow at once. */
void feed_take(struct feed *f, const struct json_doc *doc);
/* The event `back` rows from the newest, NULL beyond the oldest. */
const struct feed_event *feed_at(const struct feed *f, size_t back);
int64_t feed_newest(const struct feed *f);
void feed_move(struct feed *f, long rows); /* positive: towards the older */
void feed_live(struct feed *f);            /* back to the newest */
/* One entry of a timeline or log; false: a note or nothing known. */
bool feed_event_read(const struct json_doc *doc, const struct json *entry, struct feed_event *ret);
/* "validated" of "wms.order.validated" */
const char *feed_label(const char *type);

#endif
