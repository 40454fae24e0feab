/* The dead letters as the console lists them: rows without their contents, read page by page and taken over at once.
 * Pure: it makes query strings and takes decoded replies. One thread. */
#ifndef ORDERDECK_TUI_LETTERS_H
#define ORDERDECK_TUI_LETTERS_H

#include "shared/json.h"
#include "tui/pick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LETTERS_PAGE 100
#define LETTERS_MOST 5000 /* rows held at most */

struct letter {
    char id[24], code[32], order[40], topic[256], reason[4 * 120 + 1];
    int64_t partition, offset, received; /* received: ms */
};

struct letters {
    struct letter *rows, *coming; /* owned */
    size_t n, n_coming;
    char next[24];     /* cursor of the page after `coming`, "" for the first */
    size_t wanted;     /* rows to be read */
    bool loaded, more; /* read once; there are more than are held */
    bool waiting;      /* coming is complete, but the list is held still */
    struct pick pick;
    char counted[32]; /* the code whose letters are being counted: then all are read, "" for none */
    struct {
        char id[24];             /* "" for none */
        struct letter row;       /* the same, as a row; without an id: not read */
        struct json_doc *letter; /* as /dead-letters has it; owned */
        char *value;             /* its bytes, NULL for none; owned */
        size_t len;
        bool text;             /* the value is text */
        struct json_doc *json; /* the value, when it is JSON; owned */
        bool gone;             /* it is not there any more */
    } open;                    /* the letter that is looked at */
};

void letters_release(struct letters *l);
/* Reads them anew: as many as are held, and those near the view. */
void letters_fetch(struct letters *l);
/* Is the view near the end of what is held, and is there more? */
bool letters_near_end(const struct letters *l);
/* The query string of the next page. */
void letters_query(const struct letters *l, char *out, size_t room);
/* Takes a page. true: they are all here; false: ask for the next. held: rows on screen keep their places until
 * letters_settle. */
bool letters_take(struct letters *l, const struct json_doc *doc, bool held);
/* Shows what waited because the list was held still. */
void letters_settle(struct letters *l);
/* The request failed: what was wished for with it is given up. */
void letters_give_up(struct letters *l);
/* The letter as it is in a page of one; takes *doc over when it is the selected one. */
void letters_open(struct letters *l, struct json_doc **doc);
const struct letter *letters_selected(const struct letters *l); /* NULL: none */
/* Is the selected letter known to be there no more? */
bool letters_gone(const struct letters *l);
/* Among the newest that were read. */
size_t letters_of_code(const struct letters *l, const char *code);
bool letters_move(struct letters *l, enum action action);
/* The letter on that line of the screen; true: it was the selected one before. */
bool letters_point(struct letters *l, size_t line);

/* Bytes from base64 (RFC 4648, with padding); their number. out has room for 3/4 of the text. */
size_t base64_decode(const char *text, char *out);

#endif
