/* orderdeck list: the orders on standard output, as the console's list has them or as JSON. */
#ifndef ORDERDECK_TUI_LISTING_H
#define ORDERDECK_TUI_LISTING_H

#include "shared/api.h"
#include "shared/conf.h"
#include "shared/err.h"

#include <stdbool.h>

struct listing {
    const char *filter; /* "" for all; points into the arguments */
    bool json;          /* one array, an order a line */
    char url[1024];     /* of the service to ask; "": none was named */
};

/* Reads the words after the verb. false: *ret_err has one line. */
bool listing_read(struct listing *l, const struct conf *c, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Prints all that match, page by page, so that its memory does not grow with them. Waits for the answers. Returns the
 * exit status: 0, 2 for a filter that cannot be read, else 1; what went wrong is on standard error. */
int listing_print(const struct listing *l, struct api *api);
/* The same from the service at l->url. */
int listing_remote(const struct listing *l, const struct conf *c);

#endif
