/* Curses behind a wall: cells in, bytes out. The only module that knows curses; it writes to memory, never to the
 * terminal, so that a frame is one write of ours. One thread, one instance (curses is full of globals). */
#ifndef ORDERDECK_TUI_TERM_CURSES_H
#define ORDERDECK_TUI_TERM_CURSES_H

#include "shared/buf.h"
#include "tui/canvas.h"
#include "tui/theme.h"

#include <stdbool.h>

/* Tries $TERM, then xterm-256color, xterm, vt100. false: the machine has no entry for any of them, or no memory. */
bool term_curses_open(int rows, int cols, bool colours) __attribute__((warn_unused_result));
void term_curses_close(void);
void term_curses_theme(const struct theme *t); /* copied */
void term_curses_resize(int rows, int cols);
/* The next paint sends every cell, whatever the terminal is thought to show. */
void term_curses_forget(void);
/* Appends the bytes that turn what the terminal shows into the canvas. */
void term_curses_paint(const struct canvas *c, struct buf *out);
/* Appends the bytes that leave the full screen and show the cursor; paint brings it back. */
void term_curses_leave(struct buf *out);
/* The same whatever has been painted since: for a crash, which cannot ask curses. */
void term_curses_rescue(struct buf *out);
/* Colours in use: 0 (mono), 8, 16, 256, or 1 << 24. */
int term_curses_colours(void);
const char *term_curses_name(void);

#endif
