#include "tui/term_curses.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#undef columns /* a macro of term.h */

static struct {
    SCREEN *screen;
    FILE *out, *in;
    int fd; /* the memory curses writes to */
    int colours;
    char name[64];
    cchar_t *line; /* one row */
    int line_cols;
    bool looked[ROLE_COUNT][GROUND_COUNT];
    attr_t attributes[ROLE_COUNT][GROUND_COUNT];
    int pairs[ROLE_COUNT][GROUND_COUNT];
    struct theme theme;
} tc = {.fd = -1};

/* ---- open and close */

static SCREEN *try_terminals(void)
{
    const char *names[] = {getenv("TERM"), "xterm-256color", "xterm", "vt100"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        SCREEN *s = names[i] && *names[i] ? newterm(names[i], tc.out, tc.in) : NULL;
        const char *place = s ? tigetstr("cup") : NULL;

        if (s && (!place || place == (const char *)-1)) { /* such as dumb: nothing could be put anywhere */
            delscreen(s);
        } else if (s) {
            snprintf(tc.name, sizeof(tc.name), "%s", names[i]);
            return s;
        }
    }
    return NULL;
}

static int count_colours(bool wanted)
{
    if (!wanted || !has_colors() || start_color() != OK)
        return 0;
    use_default_colors();
    if (tigetflag("RGB") > 0 || tigetnum("RGB") > 0)
        return 1 << 24;
    return COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

bool term_curses_open(int rows, int cols, bool colours)
{
    tc.fd = memfd_create("frame", MFD_CLOEXEC);
    if (tc.fd < 0)
        return false;
    tc.out = fdopen(dup(tc.fd), "w");
    tc.in = fdopen(dup(tc.fd), "r");
    if (tc.out && tc.in) {
        use_env(FALSE);
        use_tioctl(TRUE); /* without it there is no screen for an entry that has no size, such as linux */
        tc.screen = try_terminals();
    }
    if (!tc.screen) {
        term_curses_close();
        return false;
    }
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    tc.colours = count_colours(colours);
    theme_default(&tc.theme);
    term_curses_resize(rows, cols);
    return true;
}

void term_curses_close(void)
{
    if (tc.screen)
        delscreen(tc.screen);
    if (tc.out)
        fclose(tc.out);
    if (tc.in)
        fclose(tc.in);
    if (tc.fd >= 0)
        close(tc.fd);
    free(tc.line);
    memset(&tc, 0, sizeof(tc));
    tc.fd = -1;
}

void term_curses_resize(int rows, int cols)
{
    cchar_t *line = realloc(tc.line, ((size_t)cols + 1) * sizeof(*line));

    if (!line)
        return; /* the old size stays; rows are clipped to it */
    tc.line = line;
    tc.line_cols = cols;
    resizeterm(rows, cols);
    term_curses_forget();
}

void term_curses_forget(void)
{
    clearok(curscr, TRUE);
}

int term_curses_colours(void)
{
    return tc.colours;
}

const char *term_curses_name(void)
{
    return tc.name;
}

/* ---- looks */

void term_curses_theme(const struct theme *t)
{
    tc.theme = *t;
    memset(tc.looked, 0, sizeof(tc.looked));
    if (tc.colours)
        reset_color_pairs();
    term_curses_forget();
}

static int number_of(struct colour c, attr_t *attributes)
{
    int n;

    if (tc.colours == 1 << 24 && c.exact)
        return c.rgb < 16 ? 16 : (int)c.rgb; /* the lowest numbers are palette colours */
    n = colour_number(c, tc.colours > 256 ? 256 : tc.colours);
    if (tc.colours == 8 && n >= 8) {
        n = n == 8 ? -1 : n - 8;
        *attributes |= n < 0 ? A_DIM : A_BOLD;
    }
    return n;
}

/* White is a bold one with 8 colours. */
static int readable(int fg, int bg, attr_t *attributes)
{
    int seen = colour_readable(fg, bg);

    if (seen != fg && seen >= tc.colours) {
        *attributes |= A_BOLD;
        return COLOR_WHITE;
    }
    return seen;
}

static attr_t attributes_of(unsigned look)
{
    return (look & LOOK_BOLD ? A_BOLD : 0) | (look & LOOK_DIM ? A_DIM : 0) |
           (look & LOOK_ITALIC ? A_ITALIC : 0) | (look & LOOK_UNDERLINE ? A_UNDERLINE : 0) |
           (look & LOOK_REVERSE ? A_REVERSE : 0);
}

static void look_up(enum role role, enum ground ground)
{
    struct look l = theme_look(&tc.theme, role, ground);
    attr_t attributes = attributes_of(l.attributes), ignored = 0;
    bool lies = l.bg.exact || l.bg.ansi >= 0;
    int fg = -1, bg = -1, pair = 0;

    if (tc.colours) {
        fg = number_of(l.fg, &attributes);
        bg = number_of(l.bg, &ignored);
        if (lies && bg < 0) /* a background this terminal has not */
            attributes |= A_UNDERLINE;
        if (tc.colours <= 256)
            fg = readable(fg, bg, &attributes);
        pair = fg < 0 && bg < 0 ? 0 : alloc_pair(fg, bg);
    } else if (ground == GROUND_SELECTED || role == ROLE_BANNER || role == ROLE_BANNER_PROD) {
        attributes |= A_REVERSE;
    } else if (ground == GROUND_RESTING || ground == GROUND_FIELD) {
        attributes |= A_UNDERLINE;
    }
    tc.attributes[role][ground] = attributes;
    tc.pairs[role][ground] = pair < 0 ? 0 : pair;
    tc.looked[role][ground] = true;
}

/* ---- painting */

/* What curses can draw in exactly cell->columns columns. */
static void make(const struct cell *cell, cchar_t *out)
{
    wchar_t text[CELL_MARKS + 2] = {(wchar_t)cell->base};
    int n = 1;

    if (!tc.looked[cell->role][cell->ground])
        look_up((enum role)cell->role, (enum ground)cell->ground);
    if (cell->base >= 0x7f && wcwidth((wchar_t)cell->base) != cell->columns)
        text[0] = cell->columns == 1 ? L'?' : L'\0';
    for (int i = 0; i < CELL_MARKS && text[0]; i++)
        if (cell->marks[i] && wcwidth((wchar_t)cell->marks[i]) == 0)
            text[n++] = (wchar_t)cell->marks[i];
    if (!text[0])
        text[0] = L'?';
    setcchar(out, text, tc.attributes[cell->role][cell->ground], 0, &tc.pairs[cell->role][cell->ground]);
}

static void paint_row(const struct canvas *c, int row)
{
    const struct cell *cells = &c->cells[(size_t)row * (size_t)c->cols];
    int n = 0;

    for (int col = 0; col < c->cols && n < tc.line_cols; col++) {
        const struct cell *cell = &cells[col];

        if (cell->columns == 0)
            continue;
        make(cell, &tc.line[n++]);
        if (cell->columns == 2 && wcwidth((wchar_t)cell->base) != 2 && n < tc.line_cols) {
            struct cell filler = *cell;

            filler.base = ' ';
            filler.columns = 1;
            memset(filler.marks, 0, sizeof(filler.marks));
            make(&filler, &tc.line[n++]);
        }
    }
    mvadd_wchnstr(row, 0, tc.line, n);
}

/* Moves what curses wrote since the last time to *out. */
static void collect(struct buf *out)
{
    off_t size = lseek(tc.fd, 0, SEEK_CUR);
    ssize_t got;

    if (size > 0 && buf_reserve(out, (size_t)size)) {
        got = pread(tc.fd, out->data + out->len, (size_t)size, 0);
        if (got > 0) {
            out->len += (size_t)got;
            out->data[out->len] = 0;
        }
    }
    if (size > 0 && (lseek(tc.fd, 0, SEEK_SET) != 0 || ftruncate(tc.fd, 0) != 0))
        term_curses_forget();
}

void term_curses_paint(const struct canvas *c, struct buf *out)
{
    int rows = c->rows < LINES ? c->rows : LINES;

    for (int row = 0; row < rows; row++)
        paint_row(c, row);
    curs_set(c->cursor_shown ? 1 : 0);
    move(c->cursor_row < 0 ? 0 : c->cursor_row, c->cursor_col < 0 ? 0 : c->cursor_col);
    refresh();
    collect(out);
}

void term_curses_leave(struct buf *out)
{
    if (!isendwin())
        endwin();
    collect(out);
}

void term_curses_rescue(struct buf *out)
{
    const char *const names[] = {"sgr0", "op", "cnorm"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *bytes = tigetstr(names[i]);

        if (bytes && bytes != (const char *)-1)
            buf_addf(out, "%.*s", (int)strcspn(bytes, "$"), bytes); /* without the delay of old terminals */
    }
    term_curses_leave(out);
}
