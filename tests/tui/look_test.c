/* Looks: themes that are read anew when saved, contrasts, terminals with few colours and characters. */
#include "tests/support/console.h"
#include "tui/theme.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct console c;

static const char *theme_path(const char *name)
{
    static char path[400];
    const char *top = getenv("ORDERDECK_SOURCE_DIR");

    snprintf(path, sizeof(path), "%s/themes/%s.theme", top ? top : ".", name);
    return path;
}

/* ---- a theme that is saved */

static void put_theme(const char *path, const char *text)
{
    char next[200];
    FILE *f;

    snprintf(next, sizeof(next), "%s.next", path);
    f = fopen(next, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(rename(next, path), 0);
}

/* Waits for a colour of the product's name, in the first line. */
static void wait_red(int red)
{
    VTermScreenCell cell;

    for (int i = 0; i < 200; i++) {
        cell = pty_cell(&c.pty, 0, 1);
        vterm_state_convert_color_to_rgb(vterm_obtain_state(c.pty.vt), &cell.fg);
        if (cell.fg.rgb.red == red)
            return;
        pty_pump(&c.pty, 100);
    }
    fail_msg("the product's name has %d red", cell.fg.rgb.red);
}

static void theme__saved__is_shown_and_a_fault_is_said_once(void **state)
{
    char path[] = "/tmp/orderdeck-theme-XXXXXX";
    struct console_options o = {.theme = path};
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    put_theme(path, "product = #ff0000\n");
    console_start(&c, 24, 80, &o);
    wait_red(255);
    put_theme(path, "product = #5f0000\n");
    wait_red(0x33); /* libvterm's idea of it */
    put_theme(path, "product = reddish\n");
    pty_wait(&c.pty, "line 1 of the theme");
    for (int i = 0; i < 25; i++) /* two ticks and more */
        pty_pump(&c.pty, 100);
    assert_false(pty_shows(&c.pty, "times)"));
    wait_red(0x33); /* libvterm's idea of it */
    put_theme(path, "product = #ff0000\n");
    wait_red(255);
    console_stop(&c);
    unlink(path);
}

/* ---- contrast (WCAG 2.2, 1.4.3) */

static double channel(uint32_t value)
{
    double c8 = (double)(value & 255) / 255;

    return c8 <= 0.04045 ? c8 / 12.92 : pow((c8 + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * channel(rgb >> 16) + 0.7152 * channel(rgb >> 8) + 0.0722 * channel(rgb);
}

static double contrast(uint32_t a, uint32_t b)
{
    double la = luminance(a), lb = luminance(b);

    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

/* xterm's, but for blue, which hardly any terminal has so dark */
static const uint32_t ansi[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x3465a4, 0xcd00cd,
                                  0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                  0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static uint32_t rgb_of(struct colour colour, uint32_t terminals)
{
    if (colour.exact)
        return colour.rgb;
    return colour.ansi >= 0 ? ansi[colour.ansi] : terminals;
}

/* Lines need less than text, and so does what is not to be had. */
static double least_contrast(enum role r, enum ground g, double plain)
{
    if (r == ROLE_RULE)
        return g == GROUND_PLAIN ? 1.5 : 0;
    if (r == ROLE_OFF)
        return g == GROUND_PLAIN ? 3 : 2.2;
    return g == GROUND_PLAIN ? plain : 3;
}

static void theme__every_role_on_every_ground__can_be_read(void **state)
{
    static const struct {
        const char *name;
        uint32_t ground, text; /* the terminal's own */
        double least;
    } themes[] = {{"dark", 0x000000, 0xd0d0d0, 4.5},
                  {"dark", 0x1e1e1e, 0xd0d0d0, 4},
                  {"colour-blind", 0x000000, 0xd0d0d0, 4.5},
                  {"light", 0xffffff, 0x202020, 4.5},
                  {"high-contrast", 0x000000, 0xffffff, 7}};
    int faults = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(themes) / sizeof(themes[0]); i++) {
        struct theme t;
        struct err err;

        assert_true(theme_load(&t, theme_path(themes[i].name), &err));
        for (int r = 0; r < ROLE_COUNT; r++) {
            for (int g = 0; g < GROUND_COUNT; g++) {
                struct look l = theme_look(&t, (enum role)r, (enum ground)g);
                double got = contrast(rgb_of(l.fg, themes[i].text), rgb_of(l.bg, themes[i].ground));

                if (got >= least_contrast((enum role)r, (enum ground)g, themes[i].least) ||
                    l.attributes & LOOK_REVERSE)
                    continue;
                print_message("%s: %s on %s has %.1f\n", themes[i].name, role_name((enum role)r),
                              ground_name((enum ground)g), got);
                faults++;
            }
        }
    }
    assert_int_equal(faults, 0);
}

/* With 16 colours nothing has the colour that it lies on, or nearly. */
static void theme__with_few_colours__can_be_seen(void **state)
{
    static const struct {
        const char *name;
        uint32_t ground, text;
    } themes[] = {{"dark", 0x000000, 0xd0d0d0},
                  {"colour-blind", 0x000000, 0xd0d0d0},
                  {"light", 0xffffff, 0x202020},
                  {"high-contrast", 0x000000, 0xffffff}};
    int faults = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(themes) / sizeof(themes[0]); i++) {
        struct theme t;
        struct err err;

        assert_true(theme_load(&t, theme_path(themes[i].name), &err));
        for (int r = 0; r < ROLE_COUNT; r++) {
            for (int g = 0; g < GROUND_COUNT; g++) {
                struct look l = theme_look(&t, (enum role)r, (enum ground)g);
                int bg = colour_number(l.bg, 16), fg = colour_readable(colour_number(l.fg, 16), bg);
                double got =
                    contrast(fg < 0 ? themes[i].text : ansi[fg], bg < 0 ? themes[i].ground : ansi[bg]);

                if (got >= 1.9 || l.attributes & LOOK_REVERSE || r == ROLE_RULE)
                    continue;
                print_message("%s: %s on %s has %.1f with 16 colours\n", themes[i].name,
                              role_name((enum role)r), ground_name((enum ground)g), got);
                faults++;
            }
        }
    }
    assert_int_equal(faults, 0);
}

/* ---- terminals */

static void look_around(void)
{
    static const char *const screens[][2] = {
        {"e", "Events"}, {"H", "Health"}, {"L", "Log"}, {"?", "Help"}, {"o", "Orders"}};

    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        pty_press(&c.pty, screens[i][0]);
        if (!pty_shows(&c.pty, screens[i][1]))
            fail_msg("no %s:\n%s", screens[i][1], pty_text(&c.pty));
    }
    pty_press(&c.pty, "/status:rec\t\033");
    pty_press(&c.pty, ":th\t\033");
}

static void terminal__of_each_kind__shows_every_screen(void **state)
{
    static const char *const terms[] = {"vt100",         "linux",          "screen",      "xterm",
                                        "xterm-16color", "xterm-256color", "xterm-direct"};
    static const char *const locales[] = {"C", "C.UTF-8"};

    (void)state;
    for (size_t t = 0; t < sizeof(terms) / sizeof(terms[0]); t++) {
        for (size_t l = 0; l < 2; l++) {
            setenv("PTY_TERM", terms[t], 1);
            setenv("PTY_LC_ALL", locales[l], 1);
            console_start(&c, 24, 80, NULL);
            look_around();
            for (const char *p = pty_text(&c.pty); l == 0 && *p; p++)
                assert_true((unsigned char)*p < 0x80);
            console_stop(&c);
        }
    }
    unsetenv("PTY_TERM");
    unsetenv("PTY_LC_ALL");
}

/* Its font has the lines, not the symbols. */
static void terminal__linux__gets_symbols_its_font_has(void **state)
{
    (void)state;
    setenv("PTY_TERM", "linux", 1);
    console_start(&c, 24, 80, NULL);
    unsetenv("PTY_TERM");
    pty_golden(&c.pty, "board_linux");
    console_stop(&c);
}

static void terminal__no_color__gets_none(void **state)
{
    static const char *const terms[] = {"xterm-256color", "xterm-direct", "linux"};

    (void)state;
    setenv("PTY_NO_COLOR", "1", 1);
    for (size_t t = 0; t < sizeof(terms) / sizeof(terms[0]); t++) {
        setenv("PTY_TERM", terms[t], 1);
        console_start(&c, 24, 80, NULL);
        look_around();
        pty_press(&c.pty, "\014");
        for (int row = 0; row < 24; row++) {
            for (int col = 0; col < 80; col++) {
                VTermScreenCell cell = pty_cell(&c.pty, row, col);

                assert_true(VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) && VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
            }
        }
        console_stop(&c);
    }
    unsetenv("PTY_TERM");
    unsetenv("PTY_NO_COLOR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theme__saved__is_shown_and_a_fault_is_said_once),
        cmocka_unit_test(theme__every_role_on_every_ground__can_be_read),
        cmocka_unit_test(theme__with_few_colours__can_be_seen),
        cmocka_unit_test(terminal__of_each_kind__shows_every_screen),
        cmocka_unit_test(terminal__linux__gets_symbols_its_font_has),
        cmocka_unit_test(terminal__no_color__gets_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
