/* A line of text being typed. Pure; one thread. */
#ifndef ORDERDECK_TUI_EDIT_H
#define ORDERDECK_TUI_EDIT_H

#include "tui/canvas.h"
#include "tui/term_keys.h"

#include <stdbool.h>
#include <stddef.h>

struct edit {
    char text[480]; /* UTF-8 */
    size_t at;      /* byte the cursor stands before */
    bool full;      /* the last key or text did not fit, and nothing of it was taken */
};

void edit_set(struct edit *e, const char *text);
/* Takes a key that types or moves; false: it means nothing here (Enter, Esc, Tab, ...). */
bool edit_key(struct edit *e, struct key key);
/* Inserts text; line ends and other control characters become blanks, invalid bytes are left out. false: it does not fit
 * as a whole, and nothing was inserted. */
bool edit_insert(struct edit *e, const char *text);
/* Draws it in a field of `width` columns, scrolled so that the cursor is in it, and puts the cursor there. */
void edit_draw(const struct edit *e, struct canvas *c, int row, int col, int width, enum role role);
/* Column of the code point `n` within the field as edit_draw shows it. */
int edit_column(const struct edit *e, size_t n, int width);

#endif
