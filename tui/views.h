/* Saved views: a filter and an order of the list, under the numbers 1 to 9.
 *
 * Some come with the program. The file `views` in the user's configuration folder changes them, one a line:
 *
 *   number = name | sort | filter
 *
 * The sort is a word of the REST list, the filter is all that follows and may be empty. `number =` alone takes a view
 * away. Blank lines and those that begin with '#' are skipped. A file with a fault is reported and left alone, as a whole:
 * nothing of it is used, and nothing is saved to it. One thread; load and save touch the disk. */
#ifndef ORDERDECK_TUI_VIEWS_H
#define ORDERDECK_TUI_VIEWS_H

#include "shared/err.h"

#include <stdbool.h>

#define VIEWS 9
#define VIEW_FILTER 220 /* bytes: three each in a query, at worst */

struct view {
    char name[32]; /* "": there is none */
    char sort[32]; /* REST word */
    char filter[VIEW_FILTER + 1];
};

struct views {
    struct view rows[VIEWS]; /* number 1 is rows[0] */
};

/* Those that come with the program. */
void views_init(struct views *v);
/* The lines of a file over what is there. false: *ret_err names the line; *v is then unusable. */
bool views_read(struct views *v, const char *text, struct err *ret_err) __attribute__((warn_unused_result));
/* views_init and the user's file. false: *ret_err; *v is then what comes with the program. */
bool views_load(struct views *v, struct err *ret_err) __attribute__((warn_unused_result));
/* Puts one view into the user's file, whose other lines stay as they are, and loads it. false: *ret_err, and nothing has
 * changed. */
bool views_save(struct views *v, int number, const struct view *view, struct err *ret_err)
    __attribute__((warn_unused_result));

#endif
