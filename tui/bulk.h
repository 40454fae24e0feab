/* One command for many orders: first a look at each as it is now, then the command for those that accept it and are what
 * they were when they were marked, and one result per order.
 *
 * Requests go through the console's port, BULK_OPEN at a time; nothing waits here. Each command carries the version that
 * was looked at, so that what changed in between is said, not done. One thread. */
#ifndef ORDERDECK_TUI_BULK_H
#define ORDERDECK_TUI_BULK_H

#include "shared/api.h"
#include "tui/args.h"
#include "tui/marks.h"
#include "tui/order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BULK_OPEN 16

enum bulk_phase {
    BULK_NONE,
    BULK_LOOK, /* asks for the orders as they are */
    BULK_ASK,  /* the user decides */
    BULK_RUN,  /* sends */
    BULK_OVER  /* the results are there */
};

enum bulk_state {
    BULK_WAITS,   /* not looked at yet */
    BULK_CAN,     /* accepts the command */
    BULK_NOT,     /* does not accept it */
    BULK_CHANGED, /* since it was marked, or since it was looked at */
    BULK_MISSING, /* there is no such order */
    BULK_DONE,
    BULK_FAILED, /* refused, or the outcome is not known */
    BULK_LEFT,   /* not sent: there was no answer to the look, or the user stopped */
    BULK_STATES
};

struct bulk_row {
    enum bulk_state state;
    int64_t marked;   /* version when it was marked */
    struct order now; /* as it was looked at last; before that id and version of the mark */
    char *text;       /* what became of it; owned, NULL: the state says it */
};

struct bulk {
    enum bulk_phase phase;
    struct args args;
    struct bulk_row *rows; /* owned */
    uint32_t *shown;       /* BULK_OVER: rows in the order of showing, what went wrong first; owned */
    size_t n, next;        /* next: the row to look at or to send */
    size_t count[BULK_STATES];
    struct {
        uint64_t tag; /* 0: free */
        size_t row;
    } open[BULK_OPEN];
    size_t n_open;
    int64_t retry_ns; /* the port took nothing: when to try again, 0: no need */

    /* the dialog (over_bulk.c) */
    struct edit number;
    size_t field;
    size_t top, lines; /* of the results on screen */
    bool wrong;        /* the number that was typed is another one */
    char body[2048];
};

struct ui;

/* Begins to look at all marked orders. false: no memory. */
bool bulk_start(struct ui *ui, enum order_command c, const char *text) __attribute__((warn_unused_result));
void bulk_run(struct ui *ui);  /* BULK_ASK: sends to those that can */
void bulk_stop(struct ui *ui); /* BULK_RUN: sends no more; what is under way is waited for */
/* Forgets everything; answers that come later are dropped. */
void bulk_release(struct bulk *b);
/* The orders that were not served become marked again, as they are known now. Returns how many. */
size_t bulk_mark_again(const struct bulk *b, struct marks *m);

void bulk_send(struct ui *ui);                            /* sends what may be sent now */
bool bulk_take(struct ui *ui, const struct api_reply *r); /* false: an answer to somebody else */
bool bulk_idle(const struct bulk *b);                     /* nothing is under way */

#endif
