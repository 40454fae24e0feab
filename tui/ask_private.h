/* What the files of the questions share: what a question is, and the table of them. The console's thread alone. */
#ifndef ORDERDECK_TUI_ASK_PRIVATE_H
#define ORDERDECK_TUI_ASK_PRIVATE_H

#include "tui/console.h"

#define EACH_ROUND (-1) /* once a round of the pace */

/* What became of a question: half a one would be another one. */
enum made { MADE, MADE_NEEDLESS, MADE_TOO_LONG };

struct ask_row {
    const char *what; /* for the status line */
    enum api_op op;
    int64_t every_ns;                                        /* or EACH_ROUND */
    bool once;                                               /* a failure is not asked again by itself */
    enum made (*make)(struct ui *ui, struct api_request *q); /* NULL: it has no words */
    void (*take)(struct ui *ui, const struct api_reply *r, struct json_doc **doc);
};

extern const struct ask_row ask_table[ASK_COUNT_OF]; /* ask_table.c */

#endif
