#include "tui/canvas.h"

#include "tui/width.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct glyph_row {
    const char *utf8;
    uint32_t code;
    char ascii;
};

static const struct glyph_row glyphs[GLYPH_COUNT] = {
#define GLYPH(id, utf8, code, ascii) [GLYPH_##id] = {utf8, code, ascii},
#include "tui/glyph.def"
#undef GLYPH
};

static const struct cell blank = {.base = ' ', .columns = 1, .role = ROLE_TEXT, .ground = GROUND_PLAIN};

bool canvas_resize(struct canvas *c, int rows, int cols)
{
    struct cell *cells = calloc((size_t)rows * (size_t)cols + 1, sizeof(*cells));

    free(c->cells);
    c->cells = cells;
    c->rows = cells ? rows : 0;
    c->cols = cells ? cols : 0;
    canvas_clear(c);
    return cells != NULL;
}

void canvas_release(struct canvas *c)
{
    free(c->cells);
    *c = (struct canvas){0};
}

void canvas_clear(struct canvas *c)
{
    size_t n = (size_t)c->rows * (size_t)c->cols;

    for (size_t i = 0; i < n; i++)
        c->cells[i] = blank;
    canvas_cursor(c, c->rows - 1, c->cols - 1, false);
}

static struct cell *cell_at(const struct canvas *c, int row, int col)
{
    if (row < 0 || col < 0 || row >= c->rows || col >= c->cols)
        return NULL;
    return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

/* A cell is about to be overwritten: half a wide character may not stay. */
static void part(const struct canvas *c, int row, int col)
{
    struct cell *cell = cell_at(c, row, col), *other = NULL;

    if (!cell)
        return;
    if (cell->columns == 0)
        other = cell_at(c, row, col - 1);
    else if (cell->columns == 2)
        other = cell_at(c, row, col + 1);
    if (other) {
        other->base = ' ';
        other->columns = 1;
        memset(other->marks, 0, sizeof(other->marks));
    }
}

static struct area clip(const struct canvas *c, struct area a)
{
    int row_end = a.row + a.rows, col_end = a.col + a.cols;

    if (a.row < 0)
        a.row = 0;
    if (a.col < 0)
        a.col = 0;
    if (row_end > c->rows)
        row_end = c->rows;
    if (col_end > c->cols)
        col_end = c->cols;
    a.rows = row_end > a.row ? row_end - a.row : 0;
    a.cols = col_end > a.col ? col_end - a.col : 0;
    return a;
}

void canvas_fill(struct canvas *c, struct area area, enum ground ground)
{
    struct area a = clip(c, area);

    for (int row = a.row; row < a.row + a.rows && a.cols > 0; row++) {
        part(c, row, a.col);
        part(c, row, a.col + a.cols - 1);
        for (int col = a.col; col < a.col + a.cols; col++) {
            struct cell *cell = cell_at(c, row, col);

            *cell = blank;
            cell->ground = (uint8_t)ground;
        }
    }
}

void canvas_ground(struct canvas *c, struct area area, enum ground ground)
{
    struct area a = clip(c, area);

    for (int row = a.row; row < a.row + a.rows; row++)
        for (int col = a.col; col < a.col + a.cols; col++)
            cell_at(c, row, col)->ground = (uint8_t)ground;
}

static struct shape ascii_form(struct shape s)
{
    if (s.draw < 0x7f)
        return s;
    for (size_t i = 0; i < GLYPH_COUNT; i++)
        if (glyphs[i].code == s.draw)
            return (struct shape){(uint32_t)glyphs[i].ascii, 1, s.substituted};
    if (s.columns == 0)
        return s;
    return (struct shape){'?', s.columns, true};
}

/* What the old font of 256 characters has of ours: straight lines, and Latin-1. */
static bool common(uint32_t code)
{
    return code < 0x100 || code == 0x2500 || code == 0x2502 || (code >= 0x251c && code <= 0x2534);
}

static bool is_glyph(uint32_t code)
{
    for (size_t i = 0; i < GLYPH_COUNT; i++)
        if (glyphs[i].code == code)
            return true;
    return false;
}

/* As the terminal can show it. */
static struct shape fit(const struct canvas *c, struct shape s)
{
    bool missing = c->poor && !common(s.draw) && is_glyph(s.draw);

    return c->utf8 && !missing ? s : ascii_form(s);
}

static void put(struct canvas *c, int row, int col, enum role role, struct shape s)
{
    struct cell *cell = cell_at(c, row, col), *right;

    if (!cell)
        return;
    part(c, row, col);
    cell->base = s.draw;
    cell->columns = 1;
    memset(cell->marks, 0, sizeof(cell->marks));
    cell->role = (uint8_t)(s.substituted ? ROLE_SUBSTITUTE : role);
    if (s.columns != 2)
        return;
    right = cell_at(c, row, col + 1);
    if (!right) { /* only half of it is on the canvas */
        cell->base = ' ';
        return;
    }
    part(c, row, col + 1);
    if (s.draw < 0x80) { /* the ASCII form of a wide character is a narrow one */
        *right = (struct cell){.base = ' ', .columns = 1, .role = cell->role, .ground = right->ground};
        return;
    }
    cell->columns = 2;
    *right = (struct cell){.base = ' ', .columns = 0, .role = cell->role, .ground = right->ground};
}

/* A combining mark joins the cell at (row, col); marks beyond those a cell holds are dropped. */
static void join(struct canvas *c, int row, int col, uint32_t mark)
{
    struct cell *cell = cell_at(c, row, col);

    if (cell && cell->columns == 0)
        cell = cell_at(c, row, col - 1);
    if (!cell || !c->utf8 || cell->base == ' ')
        return;
    for (size_t i = 0; i < CELL_MARKS; i++) {
        if (!cell->marks[i]) {
            cell->marks[i] = mark;
            return;
        }
    }
}

static void ellipsis(struct canvas *c, int row, int col, enum role role)
{
    struct shape s = {glyphs[GLYPH_ELLIPSIS].code, 1, false};

    put(c, row, col, role, fit(c, s));
}

/* Columns of the longest beginning that leaves room for an ellipsis. */
static int room_before_ellipsis(const char *text, int width)
{
    int used = 0;
    uint32_t ch;

    while ((ch = width_next(&text)) != 0) {
        int columns = width_of(ch).columns;

        if (used + columns > width - 1)
            break;
        used += columns;
    }
    return used;
}

int canvas_text(struct canvas *c, int row, int col, int width, enum role role, const char *text)
{
    int room, used = 0;
    bool cut;
    uint32_t ch;

    if (width <= 0 || !text)
        return 0;
    cut = width_text(text) > width;
    room = cut ? room_before_ellipsis(text, width) : width;
    while ((ch = width_next(&text)) != 0) {
        struct shape s = width_of(ch);

        if (used + s.columns > room)
            break;
        s = fit(c, s);
        if (s.columns == 0 && used > 0) {
            join(c, row, col + used - 1, s.draw);
        } else if (s.columns > 0) {
            put(c, row, col + used, role, s);
            used += s.columns;
        }
    }
    if (cut)
        ellipsis(c, row, col + used++, role);
    return used;
}

int canvas_textf(struct canvas *c, int row, int col, int width, enum role role, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    return canvas_text(c, row, col, width, role, text);
}

int canvas_right(struct canvas *c, int row, int col, int width, enum role role, const char *text)
{
    int columns = width_text(text);
    int shift = columns < width ? width - columns : 0;

    return canvas_text(c, row, col + shift, width - shift, role, text);
}

const char *glyph_text(enum glyph g)
{
    return glyphs[g].utf8;
}

void canvas_glyph(struct canvas *c, int row, int col, enum role role, enum glyph g)
{
    struct shape s = {glyphs[g].code, 1, false};

    put(c, row, col, role, fit(c, s));
}

void canvas_rule(struct canvas *c, int row, int col, int width, enum role role)
{
    for (int i = 0; i < width; i++)
        canvas_glyph(c, row, col + i, role, GLYPH_RULE);
}

void canvas_wall(struct canvas *c, int row, int col, int height, enum role role)
{
    for (int i = 0; i < height; i++)
        canvas_glyph(c, row + i, col, role, GLYPH_WALL);
}

void canvas_box(struct canvas *c, struct area a, enum role role)
{
    int low = a.row + a.rows - 1, right = a.col + a.cols - 1;

    canvas_rule(c, a.row, a.col, a.cols, role);
    canvas_rule(c, low, a.col, a.cols, role);
    canvas_wall(c, a.row, a.col, a.rows, role);
    canvas_wall(c, a.row, right, a.rows, role);
    canvas_glyph(c, a.row, a.col, role, GLYPH_TOP_LEFT);
    canvas_glyph(c, a.row, right, role, GLYPH_TOP_RIGHT);
    canvas_glyph(c, low, a.col, role, GLYPH_LOW_LEFT);
    canvas_glyph(c, low, right, role, GLYPH_LOW_RIGHT);
}

void canvas_cursor(struct canvas *c, int row, int col, bool shown)
{
    c->cursor_row = row < 0 ? 0 : row >= c->rows ? c->rows - 1 : row;
    c->cursor_col = col < 0 ? 0 : col >= c->cols ? c->cols - 1 : col;
    c->cursor_shown = shown;
}

void canvas_row_text(const struct canvas *c, int row, char *out, int n)
{
    int used = 0, end = 0;

    for (int col = 0; col < c->cols; col++) {
        const struct cell *cell = cell_at(c, row, col);
        char bytes[5];

        if (!cell || cell->columns == 0)
            continue;
        for (int i = -1; i < CELL_MARKS; i++) {
            uint32_t ch = i < 0 ? cell->base : cell->marks[i];
            int len = ch ? width_put(ch, bytes) : 0;

            if (used + len >= n)
                break;
            memcpy(out + used, bytes, (size_t)len);
            used += len;
        }
        if (cell->base != ' ')
            end = used;
    }
    if (n > 0)
        out[end] = 0;
}
