/* Themes: what each role and ground looks like.
 *
 * A theme file has a line `name = look` for each role and ground of role.def; blank lines and lines that begin with
 * '#' are skipped. A look is
 *
 *   [colour] [on colour] [bold] [dim] [italic] [underline] [reverse]
 *   colour := default | name | #rrggbb | #rrggbb/name
 *   name   := black red green yellow blue magenta cyan white, or one of them after bright-
 *
 * #rrggbb is used where the terminal has 256 colours or more (the nearest of the 256, or itself), the name where it has
 * 16 or 8; without a name the nearest is taken. Roles that a file leaves out look as in the dark default. */
#ifndef ORDERDECK_TUI_THEME_H
#define ORDERDECK_TUI_THEME_H

#include "shared/buf.h"
#include "shared/err.h"
#include "tui/role.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_ITALIC = 4, LOOK_UNDERLINE = 8, LOOK_REVERSE = 16 };

struct colour {
    int ansi;     /* 0-15, -1: the terminal's own */
    bool exact;   /* rgb is given */
    uint32_t rgb; /* 0xrrggbb */
};

struct look {
    struct colour fg, bg;
    unsigned attributes; /* LOOK_ bits */
};

struct theme {
    char name[64];
    char path[512];     /* file it came from, "" when compiled in */
    int64_t changed_ns; /* time the file was last changed */
    struct look roles[ROLE_COUNT], grounds[GROUND_COUNT];
    bool given_roles[ROLE_COUNT], given_grounds[GROUND_COUNT];
};

void theme_default(struct theme *t);
/* Reads a theme's text over the default. false: *ret_err names the line; *t is then unusable. */
bool theme_read(struct theme *t, const char *text, struct err *ret_err) __attribute__((warn_unused_result));
/* Finds a theme: a path (with a '/'), else NAME.theme in $ORDERDECK_THEMES, the user's configuration folder's themes/,
 * the installed folder; `dark` is always there. *t changes on success only. */
bool theme_load(struct theme *t, const char *name, struct err *ret_err) __attribute__((warn_unused_result));
/* Calls fn for each theme that theme_load finds by name; names may come twice. */
void theme_each(void (*fn)(const char *name, void *ctx), void *ctx);
/* Has the file been saved since it was read? Costs one stat(). */
bool theme_changed(const struct theme *t);
/* Takes the file's present state as known, whether or not it could be read. */
void theme_seen(struct theme *t);
/* The compiled-in default as the text of a theme file. */
void theme_print(struct buf *out);

const char *role_name(enum role r);
const char *ground_name(enum ground g);

/* What a cell looks like: the role's colour on the ground. */
struct look theme_look(const struct theme *t, enum role role, enum ground ground);
/* Colour number for a terminal of 8, 16 or 256 colours; -1 for the terminal's own. */
int colour_number(struct colour c, int colours);
/* The foreground, or black or white where it can hardly be told from the background. Colour numbers; -1, the terminal's own,
 * is unknown and stays. */
int colour_readable(int fg, int bg);

#endif
