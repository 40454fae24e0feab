/* The canvas: nothing that is drawn leaves its place, whatever the text holds. */
#include "tests/support/fake_api.h"
#include "tui/canvas.h"
#include "tui/edit.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

static struct canvas canvas;

static const char *row(int n)
{
    static char text[4096];

    canvas_row_text(&canvas, n, text, sizeof(text));
    return text;
}

static void begin(int rows, int cols)
{
    canvas.utf8 = true;
    assert_true(canvas_resize(&canvas, rows, cols));
}

static int teardown(void **state)
{
    (void)state;
    canvas_release(&canvas);
    return 0;
}

/* Every cell holds something that a terminal draws in its columns and nothing else. */
static void check_cells(void)
{
    for (int r = 0; r < canvas.rows; r++) {
        for (int c = 0; c < canvas.cols; c++) {
            const struct cell *cell = &canvas.cells[r * canvas.cols + c];

            assert_true(cell->base >= 0x20 && cell->base != 0x7f &&
                        !(cell->base >= 0x80 && cell->base < 0xa0));
            assert_true(cell->columns <= 2);
            if (cell->columns == 2) {
                assert_true(c + 1 < canvas.cols);
                assert_int_equal(cell[1].columns, 0);
            }
            if (cell->columns == 0) {
                assert_true(c > 0);
                assert_int_equal(cell[-1].columns, 2);
            }
        }
    }
}

static void text__that_fits__is_drawn_whole(void **state)
{
    (void)state;
    begin(2, 20);
    assert_int_equal(canvas_text(&canvas, 0, 2, 10, ROLE_TEXT, "hello"), 5);
    assert_string_equal(row(0), "  hello");
    assert_string_equal(row(1), "");
}

static void text__too_long__ends_in_an_ellipsis_within_its_width(void **state)
{
    (void)state;
    begin(1, 20);
    canvas_text(&canvas, 0, 8, 4, ROLE_TEXT, "neighbour");
    assert_int_equal(canvas_text(&canvas, 0, 0, 6, ROLE_TEXT, "too long"), 6);
    assert_string_equal(row(0), "too l…  nei…");
}

static void text__wide_at_the_edge__is_not_halved(void **state)
{
    (void)state;
    begin(1, 10);
    assert_int_equal(canvas_text(&canvas, 0, 0, 4, ROLE_TEXT, "日本語"), 3);
    assert_string_equal(row(0), "日…");
    canvas_text(&canvas, 0, 9, 4, ROLE_TEXT, "語");
    assert_string_equal(row(0), "日…");
    check_cells();
}

static void text__over_half_a_wide_character__blanks_the_other_half(void **state)
{
    (void)state;
    begin(1, 10);
    canvas_text(&canvas, 0, 0, 10, ROLE_TEXT, "日本");
    canvas_text(&canvas, 0, 1, 1, ROLE_TEXT, "x");
    assert_string_equal(row(0), " x本");
    canvas_text(&canvas, 0, 2, 1, ROLE_TEXT, "y");
    assert_string_equal(row(0), " xy");
    check_cells();
}

static void text__control_characters__become_symbols(void **state)
{
    (void)state;
    begin(1, 40);
    canvas_text(&canvas, 0, 0, 40, ROLE_TEXT,
                "a\033[2J\r\n\b\x7f\xc2\x9b"
                "b");
    assert_string_equal(row(0), "a␛[2J␍␊␈␡\xef\xbf\xbd"
                                "b");
    assert_int_equal(canvas.cells[1].role, ROLE_SUBSTITUTE);
    assert_int_equal(canvas.cells[0].role, ROLE_TEXT);
}

static void text__bidi_and_zero_width__become_symbols(void **state)
{
    (void)state;
    begin(1, 40);
    canvas_text(&canvas, 0, 0, 40, ROLE_TEXT,
                "a\xe2\x80\xae"
                "b\xe2\x80\x8b"
                "c\xef\xbb\xbf"
                "d");
    assert_string_equal(row(0), "a⇄b¦c¦d");
}

static void text__combining_marks__join_and_never_grow(void **state)
{
    (void)state;
    begin(1, 10);
    assert_int_equal(canvas_text(&canvas, 0, 0, 10, ROLE_TEXT, "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x"), 2);
    assert_int_equal(canvas.cells[0].marks[1], 0x302);
    assert_int_equal(canvas.cells[1].base, 'x');
    assert_int_equal(canvas_text(&canvas, 0, 5, 10, ROLE_TEXT, "\xcc\x81y"), 1);
}

static void text__outside_utf8__is_ascii_in_the_same_columns(void **state)
{
    (void)state;
    begin(2, 30);
    canvas.utf8 = false;
    canvas_text(&canvas, 0, 0, 30, ROLE_TEXT, "日本 é ● … done");
    assert_string_equal(row(0), "? ?  ? * ~ done");
    canvas_box(&canvas, (struct area){0, 20, 2, 4}, ROLE_RULE);
    assert_string_equal(row(0), "? ?  ? * ~ done     +--+");
}

/* Where one sign stands for one thing; NOT ends each. */
#define NOT GLYPH_COUNT
static const enum glyph places[][24] = {
    /* rows of orders, and the funnel with its trends and what is cut off */
    {GLYPH_RECEIVED, GLYPH_VALIDATED, GLYPH_WAVE,      GLYPH_PICKING,   GLYPH_CONSOL,
     GLYPH_PACKED,   GLYPH_SHIPPED,   GLYPH_COMPLETED, GLYPH_CANCELLED, GLYPH_SELECTED,
     GLYPH_MARKED,   GLYPH_RANGE,     GLYPH_HOLD,      GLYPH_LATE,      GLYPH_UP,
     GLYPH_DOWN,     GLYPH_ELLIPSIS,  GLYPH_DASH,      GLYPH_WALL,      NOT},
    /* the ladder of an order's timeline */
    {GLYPH_RECEIVED, GLYPH_VALIDATED, GLYPH_WAVE, GLYPH_PICKING, GLYPH_CONSOL, GLYPH_PACKED, GLYPH_SHIPPED,
     GLYPH_COMPLETED, GLYPH_CANCELLED, GLYPH_HOLD, GLYPH_LATE, GLYPH_WALL, GLYPH_WALL_OPEN, GLYPH_MIDDLE,
     NOT},
    /* lights, and the levels of what is said */
    {GLYPH_DOT, GLYPH_COMPLETED, GLYPH_CANCELLED, GLYPH_LATE, GLYPH_MIDDLE, NOT},
    /* where something points or goes on */
    {GLYPH_UP, GLYPH_DOWN, GLYPH_LEFT, GLYPH_RIGHT, GLYPH_ELLIPSIS, NOT},
    {GLYPH_SPARK1, GLYPH_SPARK2, GLYPH_SPARK3, GLYPH_SPARK4, GLYPH_SPARK5, GLYPH_SPARK6, GLYPH_SPARK7,
     GLYPH_SPARK8, NOT},
};

static void glyphs__of_one_place__differ_in_ascii(void **state)
{
    static const char ascii[GLYPH_COUNT] = {
#define GLYPH(id, utf8, code, ascii) [GLYPH_##id] = (ascii),
#include "tui/glyph.def"
#undef GLYPH
    };

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        for (const enum glyph *a = places[i]; *a != NOT; a++)
            for (const enum glyph *b = places[i]; b != a; b++)
                if (ascii[*a] == ascii[*b])
                    fail_msg("%s and %s are both '%c'", glyph_text(*b), glyph_text(*a), ascii[*a]);
}

static void text__broken_utf8__is_harmless(void **state)
{
    (void)state;
    begin(1, 20);
    canvas_text(&canvas, 0, 0, 20, ROLE_TEXT,
                "a\xff\xc3(\xe2\x82"
                "b\xc0\x80\xed\xa0\x80\xf5");
    check_cells();
    assert_true(strncmp(row(0), "a\xef\xbf\xbd\xef\xbf\xbd(", 8) == 0);
}

static void text__hostile_corpus__stays_in_its_columns(void **state)
{
    (void)state;
    begin(3, 40);
    for (int width = 0; width <= 30; width++) {
        for (size_t i = 0; hostile_texts[i]; i++) {
            canvas_clear(&canvas);
            canvas_text(&canvas, 1, 35, 5, ROLE_TEXT, "fence");
            assert_true(canvas_text(&canvas, 1, 3, width, ROLE_TEXT, hostile_texts[i]) <= width);
            check_cells();
            assert_string_equal(row(0), "");
            assert_string_equal(row(2), "");
            assert_int_equal(canvas.cells[40 + 35].base, 'f');
            assert_int_equal(canvas.cells[40 + 2].base, ' ');
            assert_int_equal(canvas.cells[40 + 3 + width].base, 3 + width >= 35 ? 'f' : ' ');
        }
    }
}

static void drawing__out_of_range__is_clipped(void **state)
{
    (void)state;
    begin(2, 5);
    canvas_text(&canvas, -1, 0, 10, ROLE_TEXT, "above");
    canvas_text(&canvas, 5, 0, 10, ROLE_TEXT, "below");
    canvas_text(&canvas, 0, -3, 10, ROLE_TEXT, "abcdefgh");
    canvas_fill(&canvas, (struct area){-5, -5, 6, 100}, GROUND_SELECTED);
    canvas_ground(&canvas, (struct area){1, 4, 100, 100}, GROUND_BAR);
    canvas_box(&canvas, (struct area){-2, -2, 20, 20}, ROLE_RULE);
    canvas_cursor(&canvas, 99, -7, true);
    assert_int_equal(canvas.cursor_row, 1);
    assert_int_equal(canvas.cursor_col, 0);
    check_cells();
    assert_true(canvas_resize(&canvas, 0, 0));
    canvas_text(&canvas, 0, 0, 10, ROLE_TEXT, "nowhere");
}

static void width__our_table__agrees_with_the_c_library_or_a_symbol_is_drawn(void **state)
{
    int differing = 0;

    (void)state;
    for (uint32_t c = 0x20; c < 0x110000; c++) {
        struct shape s = width_of(c);

        if (s.substituted) {
            assert_int_equal(s.columns, 1);
            assert_int_equal(wcwidth((wchar_t)s.draw), 1);
        } else {
            differing += wcwidth((wchar_t)c) >= 0 && wcwidth((wchar_t)c) != s.columns;
        }
    }
    assert_true(differing <
                600); /* the tables' Unicode versions differ; a substitute is drawn for each of them */
}

static void width__common_scripts__are_as_expected(void **state)
{
    (void)state;
    assert_int_equal(width_text("naïve café"), 10);
    assert_int_equal(width_text("日本語"), 6);
    assert_int_equal(width_text("한국"), 4);
    assert_int_equal(width_text("👍"), 2);
    assert_int_equal(width_text("❤️"), 1);
    assert_int_equal(width_text("e\xcc\x81"), 1);
    assert_int_equal(width_text("Ünïcödé Ελλάδα Кириллица"), 24);
}

static void edit__keys__type_move_and_delete(void **state)
{
    struct edit e;

    (void)state;
    edit_set(&e, "status:");
    edit_insert(&e, "é日");
    assert_string_equal(e.text, "status:é日");
    assert_true(edit_key(&e, (struct key){.code = KEY_CODE_BACKSPACE, .mods = 0}));
    assert_true(edit_key(&e, (struct key){.code = KEY_CODE_LEFT, .mods = 0}));
    assert_true(edit_key(&e, (struct key){.code = 'x', .mods = 0}));
    assert_string_equal(e.text, "status:xé");
    assert_true(edit_key(&e, (struct key){.code = 'a', .mods = KEY_CTRL}));
    assert_true(edit_key(&e, (struct key){.code = 'k', .mods = KEY_CTRL}));
    assert_string_equal(e.text, "");
    edit_insert(&e, "line\nbreak\033[2J\xff!");
    assert_string_equal(e.text, "line break [2J!");
    assert_true(edit_key(&e, (struct key){.code = 'w', .mods = KEY_CTRL}));
    assert_string_equal(e.text, "line break ");
    assert_false(edit_key(&e, (struct key){.code = KEY_CODE_ENTER, .mods = 0}));
}

static void edit__full__takes_no_more(void **state)
{
    struct edit e;

    (void)state;
    edit_set(&e, "");
    for (int i = 0; i < 1000; i++)
        edit_insert(&e, "日");
    assert_true(strlen(e.text) < sizeof(e.text));
    assert_int_equal(strlen(e.text) % 3, 0);
    begin(1, 20);
    edit_draw(&e, &canvas, 0, 0, 20, ROLE_INPUT);
    assert_true(canvas.cursor_col < 20);
    check_cells();
}

static void fmt__spans_counts_and_ids__are_short(void **state)
{
    char out[FMT_MAX];

    (void)state;
    assert_string_equal(fmt_span(8200, out), "8s");
    assert_string_equal(fmt_span(41 * 60000, out), "41m");
    assert_string_equal(fmt_span(-12 * 60000, out), "-12m");
    assert_string_equal(fmt_span(5 * 3600000, out), "5h");
    assert_string_equal(fmt_span(INT64_C(5) * 86400000, out), "5d");
    assert_string_equal(fmt_count(11809, out), "11 809");
    assert_string_equal(fmt_count(-1234567, out), "-1 234 567");
    assert_string_equal(fmt_count(7, out), "7");
    assert_string_equal(fmt_latency(812, out), "0.8 ms");
    assert_string_equal(fmt_latency(4100000, out), "4.1 s");
    assert_string_equal(fmt_id("ORD-01M9A7C2K4000000X4M9V6T5", out), "…X4M9V6T5");
    assert_string_equal(fmt_id("X", out), "…X");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(text__that_fits__is_drawn_whole, teardown),
        cmocka_unit_test_teardown(text__too_long__ends_in_an_ellipsis_within_its_width, teardown),
        cmocka_unit_test_teardown(text__wide_at_the_edge__is_not_halved, teardown),
        cmocka_unit_test_teardown(text__over_half_a_wide_character__blanks_the_other_half, teardown),
        cmocka_unit_test_teardown(text__control_characters__become_symbols, teardown),
        cmocka_unit_test_teardown(text__bidi_and_zero_width__become_symbols, teardown),
        cmocka_unit_test_teardown(text__combining_marks__join_and_never_grow, teardown),
        cmocka_unit_test_teardown(text__outside_utf8__is_ascii_in_the_same_columns, teardown),
        cmocka_unit_test(glyphs__of_one_place__differ_in_ascii),
        cmocka_unit_test_teardown(text__broken_utf8__is_harmless, teardown),
        cmocka_unit_test_teardown(text__hostile_corpus__stays_in_its_columns, teardown),
        cmocka_unit_test_teardown(drawing__out_of_range__is_clipped, teardown),
        cmocka_unit_test(width__our_table__agrees_with_the_c_library_or_a_symbol_is_drawn),
        cmocka_unit_test(width__common_scripts__are_as_expected),
        cmocka_unit_test(edit__keys__type_move_and_delete),
        cmocka_unit_test_teardown(edit__full__takes_no_more, teardown),
        cmocka_unit_test(fmt__spans_counts_and_ids__are_short),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
