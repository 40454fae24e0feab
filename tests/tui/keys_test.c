/* Bytes to keys, and keys to actions. */
#include "tui/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct term_keys keys;

/* The names of the keys that these bytes are, separated by blanks. */
static const char *decoded(const char *bytes, size_t n, int64_t later_ns)
{
    static char out[1024];
    struct key k;

    memset(&keys, 0, sizeof(keys));
    out[0] = 0;
    assert_int_equal(term_keys_feed(&keys, bytes, n, 1000), n);
    for (int pass = 0; pass < 2; pass++) {
        while (term_keys_next(&keys, pass ? 1000 + later_ns : 1000, &k)) {
            char name[KEY_NAME_MAX] = "PASTE";

            if (k.code >= KEY_CODE_CLICK)
                snprintf(name, sizeof(name), "%s@%d,%d",
                         k.code == KEY_CODE_CLICK      ? "click"
                         : k.code == KEY_CODE_WHEEL_UP ? "up"
                                                       : "down",
                         k.row, k.col);
            else if (k.code == KEY_CODE_PASTE_LOST)
                snprintf(name, sizeof(name), "LOST");
            else if (k.code != KEY_CODE_PASTE)
                key_name(k, name);
            snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", *out ? " " : "", name);
        }
    }
    return out;
}

#define DECODED(text) decoded(text, sizeof(text) - 1, INT64_C(600000000))

static void keys__plain_and_control__are_read(void **state)
{
    (void)state;
    assert_string_equal(DECODED("aZ9 \r\t\x7f\x08\x03\x1a"),
                        "a Z 9 Space Enter Tab Backspace Backspace C-c C-z");
    assert_string_equal(DECODED("é日"), "é 日");
    assert_string_equal(DECODED("\x1bx"), "M-x");
}

static void keys__cursor_keys__are_read_in_every_form(void **state)
{
    (void)state;
    assert_string_equal(DECODED("\x1b[A\x1bOB\x1b[C\x1bOD"), "Up Down Right Left");
    assert_string_equal(DECODED("\x1b[H\x1b[1~\x1bOF\x1b[4~\x1b[5~\x1b[6~\x1b[3~"),
                        "Home Home End End PageUp PageDown Delete");
    assert_string_equal(DECODED("\x1b[Z\x1b[1;5A\x1b[1;2C\x1bOP\x1b[15~\x1b[[A"),
                        "S-Tab C-Up S-Right F1 F5 F1");
}

static void keys__unknown_sequences__leave_nothing_behind(void **state)
{
    (void)state;
    assert_string_equal(DECODED("\x1b[?1;2cx\x1b[<35;10;5Mx\x1b[99;99~x"), "x x x");
    assert_string_equal(DECODED("\x1b]11;rgb:0000/cccc/vvvv\x07q"), "q");
    assert_string_equal(DECODED("\x1bP1$r0m\x1b\\q"), "q");
    assert_string_equal(DECODED("\x1b]never ended c c v"), "");
    assert_string_equal(DECODED("\x1b[12;"), "");
}

static void keys__mouse__wheel_and_press_are_read_and_the_rest_is_swallowed(void **state)
{
    (void)state;
    assert_string_equal(DECODED("\x1b[<0;10;5M\x1b[<0;10;5mx"), "click@4,9 x");
    assert_string_equal(DECODED("\x1b[<64;1;1M\x1b[<65;300;200M"), "up@0,0 down@199,299");
    assert_string_equal(DECODED("\x1b[<1;2;3Ma\x1b[<2;2;3Mb\x1b[<66;2;3Mc\x1b[<35;2;3Md\x1b[<4;2;3Me"),
                        "a b c d e");
    assert_string_equal(DECODED("\x1b[<0;0;5Ma\x1b[<0;5Mb\x1b[<0Mc\x1b[<Md\x1b[<;;Me\x1b[<-1;-1;-1Mf"),
                        "a b c d e f");
    assert_string_equal(DECODED("\x1b[<99999999999;1;1Ma\x1b[<0;99999999999999;1M"), "a click@0,999998");
    assert_string_equal(DECODED("\x1b[<0;1;2;3;4;5Mx"), "click@1,0 x");
    assert_string_equal(DECODED("\x1b[<0;10;5"), "");                             /* never ended */
    assert_string_equal(DECODED("\x1b[<0;10;\x1b[A\x1b[<0;10\rx"), "Up Enter x"); /* broken off */
    assert_string_equal(DECODED("\x1b[Mcqyx"), "x"); /* the old form: three bytes that are no keys */
}

static void keys__lone_escape__is_a_key_after_its_time(void **state)
{
    struct key k;

    (void)state;
    memset(&keys, 0, sizeof(keys));
    term_keys_feed(&keys, "\x1b", 1, 1000);
    assert_false(term_keys_next(&keys, 1000 + TERM_KEYS_ESC_NS - 1, &k));
    assert_int_equal(term_keys_deadline(&keys), 1000 + TERM_KEYS_ESC_NS);
    assert_true(term_keys_next(&keys, 1000 + TERM_KEYS_ESC_NS, &k));
    assert_int_equal(k.code, KEY_CODE_ESC);
    assert_int_equal(term_keys_deadline(&keys), 0);
    assert_string_equal(DECODED("\x1b\x1b"), "Esc Esc");
}

static void keys__lone_escape__waits_as_long_as_it_is_told(void **state)
{
    struct key k;

    (void)state;
    memset(&keys, 0, sizeof(keys));
    keys.esc_ns = 4 * TERM_KEYS_ESC_NS;
    term_keys_feed(&keys, "\x1b", 1, 1000);
    assert_false(term_keys_next(&keys, 1000 + 4 * TERM_KEYS_ESC_NS - 1, &k));
    assert_int_equal(term_keys_deadline(&keys), 1000 + 4 * TERM_KEYS_ESC_NS);
    term_keys_feed(&keys, "[A", 2, 1000 + 3 * TERM_KEYS_ESC_NS); /* torn apart on its way */
    assert_true(term_keys_next(&keys, 1000 + 3 * TERM_KEYS_ESC_NS, &k));
    assert_int_equal(k.code, KEY_CODE_UP);
}

static void keys__paste__is_one_key_and_never_its_letters(void **state)
{
    (void)state;
    assert_string_equal(DECODED("a\x1b[200~cy\rv\x1b[A:q\x1b[201~b"), "a PASTE b");
    assert_string_equal(keys.paste, "cy\rv\x1b[A:q");
    assert_string_equal(DECODED("\x1b[200~cycy"), "");
}

static void keys__paste_without_end__is_dropped_until_esc_comes_alone(void **state)
{
    struct key k;

    (void)state;
    memset(&keys, 0, sizeof(keys));
    term_keys_feed(&keys, "\x1b[200~", 6, 1000);
    assert_false(term_keys_next(&keys, 1000, &k));
    assert_int_equal(term_keys_deadline(&keys), 1000 + TERM_KEYS_PASTE_NS);
    term_keys_feed(&keys, "cy\x1b[2", 5, 2000); /* half an end */
    assert_false(term_keys_next(&keys, 2000 + TERM_KEYS_PASTE_NS - 1, &k));
    assert_true(term_keys_next(&keys, 2000 + TERM_KEYS_PASTE_NS, &k));
    assert_int_equal(k.code, KEY_CODE_PASTE_LOST);
    assert_int_equal(term_keys_deadline(&keys), 0);
    assert_false(term_keys_next(&keys, 3000 + TERM_KEYS_PASTE_NS, &k));
    int64_t now = 3000 + TERM_KEYS_PASTE_NS;
    term_keys_feed(&keys, "v", 1, now); /* may be the rest of it, after a pause of the line */
    assert_false(term_keys_next(&keys, now, &k));
    assert_false(term_keys_next(&keys, now += TERM_KEYS_PASTE_NS, &k));
    term_keys_feed(&keys, "\x1b", 1, now);
    assert_false(term_keys_next(&keys, now, &k));
    assert_int_equal(term_keys_deadline(&keys), now + TERM_KEYS_ESC_NS);
    assert_false(term_keys_next(&keys, now += TERM_KEYS_ESC_NS, &k));
    term_keys_feed(&keys, "v", 1, now);
    assert_true(term_keys_next(&keys, now, &k));
    assert_int_equal(k.code, 'v');
    assert_string_equal(decoded("\x1b[200~cycy", 10, TERM_KEYS_PASTE_NS), "LOST");
}

static void keys__paste_in_pieces__is_put_together(void **state)
{
    static const char text[] = "\x1b[200~hello\x1b[201~!";
    struct key k;
    int got = 0;

    (void)state;
    memset(&keys, 0, sizeof(keys));
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        term_keys_feed(&keys, text + i, 1, 1000);
        while (term_keys_next(&keys, 1000, &k)) {
            assert_int_equal(k.code, got++ ? '!' : KEY_CODE_PASTE);
            if (got == 1)
                assert_string_equal(keys.paste, "hello");
        }
    }
    assert_int_equal(got, 2);
}

static void keys__huge_paste__is_cut(void **state)
{
    static char text[200000];
    struct key k;
    size_t at = 0;
    bool got = false;

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "\x1b[200~", 6);
    memcpy(text + sizeof(text) - 6, "\x1b[201~", 6);
    memset(&keys, 0, sizeof(keys));
    while (at < sizeof(text)) {
        at += term_keys_feed(&keys, text + at, sizeof(text) - at, 1000);
        while (term_keys_next(&keys, 1000, &k))
            got = k.code == KEY_CODE_PASTE;
    }
    assert_true(got);
    assert_int_equal(strlen(keys.paste), TERM_KEYS_PASTE);
}

static void keys__random_bytes__never_hang(void **state)
{
    static const char alphabet[] = "\x1b[]O0;~ABMcPq\\\x07\xe2\x82\xac\xff\x00 200201";
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char bytes[300];

        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1103515245u + 12345u;
            bytes[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        decoded(bytes, sizeof(bytes), INT64_C(600000000));
    }
}

static void keymap__default__has_no_conflict_and_spells_both_ways(void **state)
{
    struct keymap m;
    struct err err;

    (void)state;
    keymap_init(&m);
    assert_false(keymap_conflict(&m, &err));
    for (int a = 0; a < ACTION_COUNT; a++) {
        bool plain = false;

        assert_true(m.n[a] > 0);
        assert_true(strlen(action_info((enum action)a)->sentence) > 5);
        assert_int_equal(action_find(action_info((enum action)a)->name), a);
        for (size_t i = 0; i < m.n[a]; i++) {
            char name[KEY_NAME_MAX];
            struct key k;

            key_name(m.keys[a][i], name);
            assert_true(key_read(name, strlen(name), &k));
            assert_int_equal(k.code, m.keys[a][i].code);
            assert_int_equal(k.mods, m.keys[a][i].mods);
            plain |= !(k.code >= KEY_CODE_F1 && k.code <= KEY_CODE_F12);
        }
        assert_true(plain); /* nothing is on an F-key alone */
    }
}

static void keymap__file__changes_keys_and_reports_conflicts(void **state)
{
    struct keymap m;
    struct err err;

    (void)state;
    keymap_init(&m);
    assert_true(keymap_read(&m, "# mine\nvalidate = X M-v\n\nquit = Q\n", &err));
    assert_int_equal(keymap_find(&m, (struct key){.code = 'X', .mods = 0}, SCOPE_BIT(SCOPE_ORDER)),
                     ACTION_VALIDATE);
    assert_int_equal(keymap_find(&m, (struct key){.code = 'v', .mods = 0}, SCOPE_BIT(SCOPE_ORDER)),
                     ACTION_NONE);
    keymap_init(&m);
    assert_false(keymap_read(&m, "filter = s\n", &err));
    assert_non_null(strstr(err.message, "'filter'"));
    assert_non_null(strstr(err.message, "'sort'"));
    keymap_init(&m); /* the one would hide the other in dialogs and on some screens */
    assert_false(keymap_read(&m, "events = Tab\n", &err));
    assert_non_null(strstr(err.message, "'next-pane'"));
    keymap_init(&m);
    assert_false(keymap_read(&m, "next-pane = Enter\n", &err));
    keymap_init(&m);
    assert_false(keymap_read(&m, "nothing = x\n", &err));
    keymap_init(&m);
    assert_false(keymap_read(&m, "filter = Wibble\n", &err));
    keymap_init(&m);
    assert_false(keymap_read(&m, "filter\n", &err));
}

/* What the narrower scope hid would have no key there, and nobody would say so. */
static void keymap__key_in_use_where_both_work__is_refused(void **state)
{
    static const struct {
        const char *line, *key, *one, *other; /* other NULL: they never meet */
    } rows[] = {
        {"validate = Enter", "Enter", "validate", "open"},
        {"mark = Tab", "Tab", "mark", "next-pane"},
        {"cancel = j", "j", "cancel", "down"},
        {"copy = q", "q", "quit", "copy"},
        {"quit = v", "v", "validate", "quit"},
        {"replay = Enter", "Enter", "replay", "open"},
        {"delete = D", "D", "delete", "dead-letters"},
        {"level = j", "j", "level", "down"},
        {"skip = H", "H", "skip", "health"},
        {"types = ?", "?", "types", "help"},
        {"delete = v", NULL, NULL, NULL},
        {"level = v", NULL, NULL, NULL},
        {"skip = Enter Tab", NULL, NULL, NULL},
        {"replay = Tab", NULL, NULL, NULL},
    };
    struct keymap m;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char message[120];

        keymap_init(&m);
        if (keymap_read(&m, rows[i].line, &err) != !rows[i].key)
            fail_msg("'%s' was %s", rows[i].line, rows[i].key ? "taken" : err.message);
        if (!rows[i].key)
            continue;
        snprintf(message, sizeof(message), "the key '%s' is wanted by '%s' and by '%s'", rows[i].key,
                 rows[i].one, rows[i].other);
        assert_string_equal(err.message, message);
    }
}

/* What the conflicts are looked for in is what the screens open. */
static void keymap__scopes_of_a_screen__are_open_together(void **state)
{
    static const struct screen *const screens[] = {
        &screen_board, &screen_order, &screen_json,     &screen_events, &screen_health, &screen_log,
        &screen_help,  &screen_dead,  &screen_messages, &screen_letter, &screen_radar,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        unsigned scopes = screens[i]->scopes;

        if ((scopes & SCOPES_ORDERS) != scopes && (scopes & SCOPES_LETTERS) != scopes &&
            (scopes & (scopes - 1)) != 0)
            fail_msg("the screen '%s' opens scopes that keymap.h does not name together", screens[i]->name);
    }
}

static void keymap__file_that_does_not_fit__is_said_and_not_cut(void **state)
{
    char path[] = "/tmp/orderdeck-keys-XXXXXX", line[400];
    int made = mkstemp(path);
    FILE *f = fdopen(made, "w");
    struct keymap m, before;
    struct err err;

    (void)state;
    assert_non_null(f);
    for (int i = 0; i < 300; i++) /* more than a screenful of notes before what counts */
        fprintf(f, "# a note that is as long as notes in such files use to be\n");
    fprintf(f, "quit = Q\n");
    fclose(f);
    keymap_init(&m);
    assert_true(keymap_load(&m, path, &err));
    assert_int_equal(keymap_find(&m, (struct key){.code = 'Q', .mods = 0}, SCOPE_BIT(SCOPE_ANYWHERE)),
                     ACTION_QUIT);
    assert_int_equal(truncate(path, 70000), 0);
    before = m;
    assert_false(keymap_load(&m, path, &err));
    assert_memory_equal(&m, &before, sizeof(m));
    unlink(path);
    assert_true(keymap_load(&m, path, &err)); /* there is none */
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(keymap_load(&m, path, &err));
    unlink(path);
    assert_false(keymap_load(&m, "/tmp", &err));
    assert_false(keymap_load(&m, "/dev/null", &err));
    memset(line, ' ', sizeof(line));
    memcpy(line, "quit = Q", 8);
    memcpy(line + 300, "x", 2);
    assert_false(keymap_read(&m, line, &err));
    assert_non_null(strstr(err.message, "line 1 of the key file has more than 199 bytes"));
    memcpy(line, "# note", 6);
    keymap_init(&m);
    assert_true(keymap_read(&m, line, &err));
}

static void keymap__scopes__narrow_before_wide(void **state)
{
    struct keymap m;

    (void)state;
    keymap_init(&m);
    assert_int_equal(keymap_find(&m, (struct key){.code = 'v', .mods = 0}, SCOPE_BIT(SCOPE_ANYWHERE)),
                     ACTION_NONE);
    assert_int_equal(keymap_find(&m, (struct key){.code = 'v', .mods = 0},
                                 SCOPE_BIT(SCOPE_ANYWHERE) | SCOPE_BIT(SCOPE_ORDER)),
                     ACTION_VALIDATE);
    assert_int_equal(keymap_find(&m, (struct key){.code = 'c', .mods = KEY_CTRL}, SCOPE_BIT(SCOPE_ANYWHERE)),
                     ACTION_QUIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys__plain_and_control__are_read),
        cmocka_unit_test(keys__cursor_keys__are_read_in_every_form),
        cmocka_unit_test(keys__unknown_sequences__leave_nothing_behind),
        cmocka_unit_test(keys__lone_escape__waits_as_long_as_it_is_told),
        cmocka_unit_test(keys__mouse__wheel_and_press_are_read_and_the_rest_is_swallowed),
        cmocka_unit_test(keys__lone_escape__is_a_key_after_its_time),
        cmocka_unit_test(keys__paste__is_one_key_and_never_its_letters),
        cmocka_unit_test(keys__paste_without_end__is_dropped_until_esc_comes_alone),
        cmocka_unit_test(keys__paste_in_pieces__is_put_together),
        cmocka_unit_test(keys__huge_paste__is_cut),
        cmocka_unit_test(keys__random_bytes__never_hang),
        cmocka_unit_test(keymap__default__has_no_conflict_and_spells_both_ways),
        cmocka_unit_test(keymap__file__changes_keys_and_reports_conflicts),
        cmocka_unit_test(keymap__key_in_use_where_both_work__is_refused),
        cmocka_unit_test(keymap__scopes_of_a_screen__are_open_together),
        cmocka_unit_test(keymap__file_that_does_not_fit__is_said_and_not_cut),
        cmocka_unit_test(keymap__scopes__narrow_before_wide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
