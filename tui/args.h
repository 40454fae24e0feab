/* What a command of an order wants to know beside the order, as lines of text to be typed. Pure; one thread. */
#ifndef ORDERDECK_TUI_ARGS_H
#define ORDERDECK_TUI_ARGS_H

#include "shared/buf.h"
#include "shared/order_words.h"
#include "tui/edit.h"

#include <stdbool.h>
#include <stddef.h>

#define ARGS_MAX 2

struct args_row {
    const char *name;  /* member of the command's body */
    const char *label; /* for people */
    const char *hint;  /* what is typed there */
    bool needed;
};
/* The arguments of a command; *ret_n is 0 when it has none. */
const struct args_row *args_of(enum order_command c, size_t *ret_n);
/* "validated", "put into a wave": what an order is when the command was done. */
const char *args_done(enum order_command c);

struct args {
    enum order_command command;
    size_t n;
    struct edit fields[ARGS_MAX];
};

/* Empty fields, or those of words as typed behind the command: the first argument is a word, the last one the rest. */
void args_init(struct args *a, enum order_command c, const char *text);
/* The first argument that is needed and missing, or NULL. */
const struct args_row *args_missing(const struct args *a);
/* The body of the request: JSON, or nothing when there is nothing to say. */
void args_body(const struct args *a, struct buf *out);

#endif
