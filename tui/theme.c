#include "tui/theme.h"

#include "shared/conf.h"
#include "tui/keep.h"

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#ifndef ORDERDECK_THEME_DIR
#define ORDERDECK_THEME_DIR "/usr/share/orderdeck/themes"
#endif

struct entry {
    const char *name, *look, *sentence;
};

static const struct entry roles[ROLE_COUNT] = {
#define ROLE(id, name, look, sentence) [ROLE_##id] = {name, look, sentence},
#include "tui/role.def"
#undef ROLE
};

static const struct entry grounds[GROUND_COUNT] = {
#define GROUND(id, name, look, sentence) [GROUND_##id] = {name, look, sentence},
#include "tui/role.def"
#undef GROUND
};

static const char *const colour_names[8] = {"black", "red",     "green", "yellow",
                                            "blue",  "magenta", "cyan",  "white"};

/* xterm's defaults, to measure nearness by */
static const uint32_t ansi_rgb[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                      0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                      0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

const char *role_name(enum role r)
{
    return roles[r].name;
}

const char *ground_name(enum ground g)
{
    return grounds[g].name;
}

/* ---- colours */

static int distance(uint32_t a, uint32_t b)
{
    int red = (int)(a >> 16 & 255) - (int)(b >> 16 & 255);
    int green = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
    int blue = (int)(a & 255) - (int)(b & 255);

    return 2 * red * red + 4 * green * green + 3 * blue * blue;
}

/* The colour of one of the upper 240 of 256: a cube of six levels, then greys. */
static uint32_t palette_rgb(int n)
{
    static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};
    uint32_t i = (uint32_t)n - 16;

    if (n >= 232)
        return (uint32_t)(8 + 10 * (n - 232)) * 0x010101;
    return level[i / 36] << 16 | level[i / 6 % 6] << 8 | level[i % 6];
}

static uint32_t number_rgb(int n)
{
    return n < 16 ? ansi_rgb[n] : palette_rgb(n);
}

static int nearest(uint32_t rgb, int from, int to)
{
    int best = from, least = INT32_MAX;

    for (int i = from; i < to; i++) {
        int d = distance(rgb, number_rgb(i));

        if (d < least) {
            least = d;
            best = i;
        }
    }
    return best;
}

int colour_number(struct colour c, int colours)
{
    if (c.ansi < 0 && !c.exact)
        return -1;
    if (colours >= 256 && c.exact)
        return nearest(c.rgb, 16, 256);
    if (c.ansi >= 0)
        return c.ansi;
    return nearest(c.rgb, 0, 16);
}

/* 0 to 1000 or so; near enough for what is light and what is dark. */
static int brightness(uint32_t rgb)
{
    int red = (int)(rgb >> 16 & 255), green = (int)(rgb >> 8 & 255), blue = (int)(rgb & 255);

    return (213 * red * red + 715 * green * green + 72 * blue * blue) / (255 * 255);
}

int colour_readable(int fg, int bg)
{
    int over, under;

    if (fg < 0 || bg < 0)
        return fg;
    over = brightness(number_rgb(fg)) + 50;
    under = brightness(number_rgb(bg)) + 50;
    if (over >= 3 * under || under >= 3 * over)
        return fg;
    return under > 180 + 50 ? 0 : 15;
}

static bool read_name(const char *word, size_t n, int *ret)
{
    int base = 0;

    if (n > 7 && strncasecmp(word, "bright-", 7) == 0) {
        base = 8;
        word += 7;
        n -= 7;
    }
    for (int i = 0; i < 8; i++) {
        if (strlen(colour_names[i]) == n && strncasecmp(word, colour_names[i], n) == 0) {
            *ret = base + i;
            return true;
        }
    }
    return false;
}

static bool read_colour(const char *word, size_t n, struct colour *ret)
{
    *ret = (struct colour){.ansi = -1};
    if (n == 7 && strncasecmp(word, "default", 7) == 0)
        return true;
    if (word[0] != '#')
        return read_name(word, n, &ret->ansi);
    if (n < 7 || strspn(word + 1, "0123456789abcdefABCDEF") < 6)
        return false;
    for (int i = 1; i < 7; i++) {
        int digit = word[i] <= '9' ? word[i] - '0' : (word[i] | 32) - 'a' + 10;

        ret->rgb = ret->rgb << 4 | (uint32_t)digit;
    }
    ret->exact = true;
    return n == 7 || (word[7] == '/' && read_name(word + 8, n - 8, &ret->ansi));
}

static unsigned read_attribute(const char *word, size_t n)
{
    static const char *const names[] = {"bold", "dim", "italic", "underline", "reverse"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == n && strncasecmp(word, names[i], n) == 0)
            return 1u << i;
    return 0;
}

static bool read_look(const char *text, struct look *ret)
{
    bool under = false;

    *ret = (struct look){.fg = {.ansi = -1}, .bg = {.ansi = -1}};
    for (;;) {
        size_t n;
        unsigned attribute;

        text += strspn(text, " \t\r");
        n = strcspn(text, " \t\r");
        if (n == 0)
            return !under;
        attribute = under ? 0 : read_attribute(text, n);
        if (attribute)
            ret->attributes |= attribute;
        else if (!under && n == 2 && strncasecmp(text, "on", 2) == 0)
            under = true;
        else if (!read_colour(text, n, under ? &ret->bg : &ret->fg))
            return false;
        else
            under = false;
        text += n;
    }
}

/* ---- themes */

void theme_default(struct theme *t)
{
    *t = (struct theme){.name = "dark"};
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (!read_look(roles[i].look, &t->roles[i]))
            abort(); /* role.def is wrong; the tests see it first */
    for (size_t i = 0; i < GROUND_COUNT; i++)
        if (!read_look(grounds[i].look, &t->grounds[i]))
            abort();
}

static bool set_line(struct theme *t, const char *name, const char *look)
{
    struct look l;

    if (!read_look(look, &l))
        return false;
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            t->roles[i] = l;
            return t->given_roles[i] = true;
        }
    }
    for (size_t i = 0; i < GROUND_COUNT; i++) {
        char full[40];

        snprintf(full, sizeof(full), "ground-%s", grounds[i].name);
        if (strcmp(full, name) == 0) {
            t->grounds[i] = l;
            return t->given_grounds[i] = true;
        }
    }
    return false;
}

/* One line of a file: nothing, or `name = look`. */
static bool read_line(struct theme *t, char *line)
{
    char *name = line + strspn(line, " \t\r"), *equals = strchr(name, '=');
    size_t n;

    if (*name == 0 || *name == '#')
        return true;
    if (!equals)
        return false;
    n = strcspn(name, " \t=");
    name[n] = 0;
    return set_line(t, name, equals + 1);
}

bool theme_read(struct theme *t, const char *text, struct err *ret_err)
{
    theme_default(t);
    for (int number = 1; *text; number++) {
        char line[256];
        size_t n = strcspn(text, "\n");

        snprintf(line, sizeof(line), "%.*s", (int)(n < sizeof(line) ? n : sizeof(line) - 1), text);
        if (n >= sizeof(line) || !read_line(t, line))
            return err_set(ret_err, ERR_INVALID_PARAMETER,
                           "line %d of the theme is not 'role = look': '%.60s'", number, line);
        text += n + (text[n] == '\n');
    }
    return true;
}

/* The time the file was last changed; the known one when it is not there, or there is none. */
static int64_t file_changed(const struct theme *t)
{
    struct stat st;

    if (!*t->path || stat(t->path, &st) != 0)
        return t->changed_ns;
    return st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
}

#define PLACES 3

/* The place a theme of this name may be in; false when there is no such place. */
static bool place(int i, const char *name, char *path, size_t room)
{
    const char *folder = getenv("ORDERDECK_THEMES");
    char file[96], *user;

    if (strchr(name, '/')) /* it is a path */
        return i == 0 && snprintf(path, room, "%s", name) < (int)room;
    snprintf(file, sizeof(file), "themes/%.64s.theme", name);
    switch (i) {
    case 0: return folder && snprintf(path, room, "%s/%s.theme", folder, name) < (int)room;
    case 1:
        user = conf_path(CONF_DIR_CONFIG, file, false);
        snprintf(path, room, "%s", user ? user : "");
        free(user);
        return *path != 0;
    default: return snprintf(path, room, "%s/%s.theme", ORDERDECK_THEME_DIR, name) < (int)room;
    }
}

static bool read_found(struct theme *made, struct buf *text, const char *name, struct err *ret_err)
{
    struct theme found = {.path = ""};

    for (int i = 0; i < PLACES && !text->data; i++) {
        if (!place(i, name, found.path, sizeof(found.path)))
            continue;
        found.changed_ns = file_changed(&found); /* before it is read: a change meanwhile is seen later */
        if (!keep_read(found.path, text, ret_err))
            return false;
    }
    if (!text->data && strcmp(name, "dark") != 0)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "there is no theme '%.60s'", name);
    if (!theme_read(made, text->data ? text->data : "", ret_err))
        return false;
    snprintf(made->name, sizeof(made->name), "%s", name);
    snprintf(made->path, sizeof(made->path), "%s", text->data ? found.path : "");
    made->changed_ns = text->data ? found.changed_ns : 0;
    return true;
}

bool theme_load(struct theme *t, const char *name, struct err *ret_err)
{
    struct buf text = BUF_INIT(KEEP_MAX + 1);
    struct theme made;
    bool ok = read_found(&made, &text, name, ret_err);

    buf_release(&text);
    if (ok)
        *t = made;
    return ok;
}

void theme_each(void (*fn)(const char *name, void *ctx), void *ctx)
{
    fn("dark", ctx);
    for (int i = 0; i < PLACES; i++) {
        char path[512] = "";
        DIR *folder = place(i, ".", path, sizeof(path)) ? opendir(dirname(path)) : NULL;
        struct dirent *e;

        while (folder && (e = readdir(folder)) != NULL) {
            char *end = strstr(e->d_name, ".theme");

            if (!end || end[6] || end == e->d_name)
                continue;
            *end = 0;
            if (strcmp(e->d_name, "dark") != 0)
                fn(e->d_name, ctx);
        }
        if (folder)
            closedir(folder);
    }
}

bool theme_changed(const struct theme *t)
{
    return file_changed(t) != t->changed_ns;
}

void theme_seen(struct theme *t)
{
    t->changed_ns = file_changed(t);
}

void theme_print(struct buf *out)
{
    buf_adds(
        out,
        "# The dark default, as it is compiled in. A copy of this file, changed, is a theme of your own: put it\n"
        "# into ~/.config/orderdeck/themes/NAME.theme and start with --theme NAME.\n"
        "#\n"
        "# role = [colour] [on colour] [bold] [dim] [italic] [underline] [reverse]\n"
        "# colour: default, #rrggbb/name, #rrggbb or name; the name is for terminals of 16 and 8 colours\n\n");
    for (size_t i = 0; i < ROLE_COUNT; i++)
        buf_addf(out, "# %s\n%s = %s\n", roles[i].sentence, roles[i].name, roles[i].look);
    buf_adds(out, "\n# what lies under the text\n");
    for (size_t i = 0; i < GROUND_COUNT; i++)
        buf_addf(out, "# %s\nground-%s = %s\n", grounds[i].sentence, grounds[i].name, grounds[i].look);
}

struct look theme_look(const struct theme *t, enum role role, enum ground ground)
{
    struct look l = t->roles[role];
    const struct look *g = &t->grounds[ground];

    if (l.bg.ansi < 0 && !l.bg.exact)
        l.bg = g->bg;
    if (l.fg.ansi < 0 && !l.fg.exact)
        l.fg = g->fg;
    l.attributes |= g->attributes;
    return l;
}
