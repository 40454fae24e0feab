/* Themes: every file names every role; the dark one is the compiled-in one. */
#include "tui/theme.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *source(const char *path)
{
    static char full[600];
    const char *top = getenv("ORDERDECK_SOURCE_DIR");

    snprintf(full, sizeof(full), "%s/%s", top ? top : ".", path);
    return full;
}

static void read_all(const char *path, char *out, size_t room)
{
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, room - 1, f);
    out[n] = 0;
    fclose(f);
}

static void theme__each_file__names_every_role(void **state)
{
    DIR *folder = opendir(source("themes"));
    struct dirent *e;
    int files = 0;

    (void)state;
    assert_non_null(folder);
    while ((e = readdir(folder)) != NULL) {
        char path[900], text[32768];
        struct theme t;
        struct err err = {0};

        if (!strstr(e->d_name, ".theme"))
            continue;
        snprintf(path, sizeof(path), "%s/%.200s", source("themes"), e->d_name);
        read_all(path, text, sizeof(text));
        if (!theme_read(&t, text, &err))
            fail_msg("%s: %s", e->d_name, err.message);
        for (int i = 0; i < ROLE_COUNT; i++)
            if (!t.given_roles[i])
                fail_msg("%s does not name '%s'", e->d_name, role_name((enum role)i));
        for (int i = 0; i < GROUND_COUNT; i++)
            if (!t.given_grounds[i])
                fail_msg("%s does not name 'ground-%s'", e->d_name, ground_name((enum ground)i));
        files++;
    }
    closedir(folder);
    assert_true(files >= 5);
}

static void theme__dark_file__is_the_compiled_in_one(void **state)
{
    struct buf made = BUF_INIT(65536);
    char text[32768];

    (void)state;
    theme_print(&made);
    if (getenv("ORDERDECK_GOLDEN")) {
        FILE *f = fopen(source("themes/dark.theme"), "w");

        assert_non_null(f);
        fputs(made.data, f);
        fclose(f);
    }
    read_all(source("themes/dark.theme"), text, sizeof(text));
    assert_string_equal(made.data, text);
    buf_release(&made);
}

static void theme__wrong_line__is_named(void **state)
{
    struct theme t;
    struct err err = {0};

    (void)state;
    assert_false(theme_read(&t, "# fine\ntext = default\nlate = reddish\n", &err));
    assert_non_null(strstr(err.message, "line 3"));
    assert_false(theme_read(&t, "nobody = red\n", &err));
    assert_false(theme_read(&t, "text = on\n", &err));
    assert_false(theme_read(&t, "text\n", &err));
    assert_false(theme_read(&t, "text = red green\nlate = #12345\n", &err));
}

static void theme__look__takes_the_ground_where_the_role_has_none(void **state)
{
    struct theme t;
    struct err err;
    struct look l;

    (void)state;
    assert_true(theme_read(
        &t, "late = #ff0000/red bold\nbanner = white on #00ff00\nground-selected = default on blue\n", &err));
    l = theme_look(&t, ROLE_LATE, GROUND_SELECTED);
    assert_int_equal(l.fg.rgb, 0xff0000);
    assert_int_equal(l.bg.ansi, 4);
    assert_int_equal(l.attributes, LOOK_BOLD);
    l = theme_look(&t, ROLE_BANNER, GROUND_SELECTED);
    assert_int_equal(l.bg.rgb, 0x00ff00);
}

static void theme__colours__fit_the_terminal(void **state)
{
    struct colour exact = {.ansi = 1, .exact = true, .rgb = 0xff0000},
                  bare = {.ansi = -1, .exact = true, .rgb = 0x0000f0};

    (void)state;
    assert_int_equal(colour_number(exact, 256), 196);
    assert_int_equal(colour_number(exact, 16), 1);
    assert_int_equal(colour_number(exact, 8), 1);
    assert_int_equal(colour_number(bare, 16), 4);
    assert_int_equal(colour_number((struct colour){.ansi = -1}, 256), -1);
}

static void theme__unknown_name__leaves_the_theme_as_it_is(void **state)
{
    struct theme t;
    struct err err;

    (void)state;
    theme_default(&t);
    assert_false(theme_load(&t, "no-such-theme", &err));
    assert_string_equal(t.name, "dark");
    assert_true(theme_load(&t, "dark", &err));
    assert_true(theme_load(&t, source("themes/light.theme"), &err));
    assert_false(theme_changed(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theme__dark_file__is_the_compiled_in_one),
        cmocka_unit_test(theme__each_file__names_every_role),
        cmocka_unit_test(theme__wrong_line__is_named),
        cmocka_unit_test(theme__look__takes_the_ground_where_the_role_has_none),
        cmocka_unit_test(theme__colours__fit_the_terminal),
        cmocka_unit_test(theme__unknown_name__leaves_the_theme_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
