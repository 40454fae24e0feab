/* Texts that are the same but for case. */
#include "shared/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void fold_point__letters__have_one_form(void **state)
{
    (void)state;
    static const uint32_t same[][2] = {
        {'A', 'a'},     {'z', 'Z'},       {0xc4, 0xe4},       {0x178, 0xff},
        {0x100, 0x101}, {0x3a3, 0x3c3},   {0x3c2, 0x3c3},     {0x416, 0x436},
        {0x1e9e, 0xdf}, {0x212a, 'k'},    {0x10400, 0x10428}, {0x17f, 's'},
        {0xb5, 0x3bc},  {0x1f88, 0x1f80}, {0x13a0, 0xab70},   {0x10a0, 0x2d00},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (fold_point(same[i][0]) != fold_point(same[i][1]))
            fail_msg("U+%04X and U+%04X", same[i][0], same[i][1]);
    static const uint32_t alone[] = {'@',  '[',  '0',    0x130,   0x131,    0xd7,
                                     0xf7, 0xdf, 0x4e2d, 0x1f600, 0x10ffff, 0};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
        assert_int_equal(fold_point(alone[i]), alone[i]);
}

/* The table is right where it can be checked by itself: sorted, and what a point becomes is its own fold. */
static void fold_point__of_a_fold__is_itself(void **state)
{
    (void)state;
    unsigned folded = 0;
    for (uint32_t code = 0; code < 0x110000; code++) {
        uint32_t fold = fold_point(code);
        folded += fold != code;
        if (fold_point(fold) != fold || fold > 0x10ffff)
            fail_msg("U+%04X", code);
    }
    assert_int_equal(folded, 26 + 1428);
}

static void fold_same__texts__whole_or_beginning(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
        bool same, begins;
    } cases[] = {
        {"", "", true, true},
        {"a", "", false, true},
        {"", "a", false, false},
        {"CUST-1", "cust-1", true, true},
        {"CUST-1", "cust-", false, true},
        {"CUST", "cust-1", false, false},
        {"M\u00dcLLER", "m\u00fcller", true, true},
        {"m\u00fcller", "M\u00dc", false, true},
        {"\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3", true,
         true},
        {"\u212a7", "k7", true, true},
        {"stra\u00dfe", "STRASSE", false, false},
        {"\u0414\u0430", "\u0434\u0410", true, true},
        {"%", "a", false, false},
        {"a_c", "a%", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (fold_same(cases[i].text, cases[i].what, false) != cases[i].same)
            fail_msg("'%s' and '%s'", cases[i].text, cases[i].what);
        if (fold_same(cases[i].text, cases[i].what, true) != cases[i].begins)
            fail_msg("'%s' and '%s', its beginning", cases[i].text, cases[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fold_point__letters__have_one_form),
        cmocka_unit_test(fold_point__of_a_fold__is_itself),
        cmocka_unit_test(fold_same__texts__whole_or_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
