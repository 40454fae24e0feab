/* How many columns a character takes, and what is drawn for one that must not reach a terminal. Pure, thread-safe.
 *
 * The table is our own (Unicode 14, UAX 11): a terminal, the C library and curses disagree too often. Characters that
 * move, hide or join others (C0, C1, DEL, bidi controls, zero-width and private characters, emoji modifiers) are
 * replaced by a visible symbol of one column. */
#ifndef ORDERDECK_TUI_WIDTH_H
#define ORDERDECK_TUI_WIDTH_H

#include <stdbool.h>
#include <stdint.h>

#define WIDTH_INVALID 0x110000u /* a byte that is no UTF-8 */

struct shape {
    uint32_t draw;    /* the character to draw */
    int columns;      /* 0 (joins the one before), 1 or 2 */
    bool substituted; /* draw stands for another character */
};

struct shape width_of(uint32_t c);

/* Decodes one character and moves *p on; 0 at the end, WIDTH_INVALID for a byte that belongs to none. */
uint32_t width_next(const char **p);
/* Columns that canvas_text takes for the whole text. */
int width_text(const char *text);
/* Writes c as UTF-8 with a NUL; returns the bytes without it. */
int width_put(uint32_t c, char out[5]);

#endif
