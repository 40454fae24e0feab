/* The picture being made: a grid of cells, each a character with a role and a ground.
 *
 * canvas_text is the single door for text, ours or from orders: whatever is in it, it cannot move the cursor, change
 * a colour, leave its width or break a column (see width.h). Everything is clipped; no coordinates are out of range.
 * Units are rows and columns from 0. One thread, that of the console. */
#ifndef ORDERDECK_TUI_CANVAS_H
#define ORDERDECK_TUI_CANVAS_H

#include "tui/role.h"

#include <stdbool.h>
#include <stdint.h>

enum glyph {
#define GLYPH(id, utf8, code, ascii) GLYPH_##id,
#include "tui/glyph.def"
#undef GLYPH
    GLYPH_COUNT
};

#define CELL_MARKS 2

struct cell {
    uint32_t base;              /* character */
    uint32_t marks[CELL_MARKS]; /* combining marks on it, 0 for none */
    uint8_t columns;            /* 1, 2, or 0 for the right half of the cell before */
    uint8_t role, ground;
};

struct canvas {
    int rows, cols;
    bool utf8;                  /* false: everything beyond ASCII takes its ASCII form */
    bool poor;                  /* so do our own glyphs that a text console's font may lack */
    struct cell *cells;         /* rows x cols, owned */
    int cursor_row, cursor_col; /* where the hardware cursor rests */
    bool cursor_shown;
};

/* A part of the canvas. */
struct area {
    int row, col, rows, cols;
};

/* Makes room (contents are blank afterwards). false: no memory, the canvas is 0 x 0. */
bool canvas_resize(struct canvas *c, int rows, int cols) __attribute__((warn_unused_result));
void canvas_release(struct canvas *c);
void canvas_clear(struct canvas *c);
static inline struct area canvas_area(const struct canvas *c)
{
    return (struct area){0, 0, c->rows, c->cols};
}

/* Blanks an area and gives it a ground. */
void canvas_fill(struct canvas *c, struct area a, enum ground ground);
/* Changes the ground only. */
void canvas_ground(struct canvas *c, struct area a, enum ground ground);

/* Draws text in at most `width` columns from (row, col); what does not fit ends in an ellipsis. Cells keep their
 * ground. Returns the columns used, 0 to width. */
int canvas_text(struct canvas *c, int row, int col, int width, enum role role, const char *text);
int canvas_textf(struct canvas *c, int row, int col, int width, enum role role, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* The same, flush with the right edge of the width. */
int canvas_right(struct canvas *c, int row, int col, int width, enum role role, const char *text);
void canvas_glyph(struct canvas *c, int row, int col, enum role role, enum glyph g);
const char *glyph_text(enum glyph g); /* UTF-8; canvas_text turns it into its ASCII form where needed */

/* Lines, in cells (inclusive). */
void canvas_rule(struct canvas *c, int row, int col, int width, enum role role);
void canvas_wall(struct canvas *c, int row, int col, int height, enum role role);
void canvas_box(struct canvas *c, struct area a, enum role role);

void canvas_cursor(struct canvas *c, int row, int col, bool shown);
/* The text of a row without trailing blanks; out has room for n bytes. For tests and the clipboard. */
void canvas_row_text(const struct canvas *c, int row, char *out, int n);

#endif
