#include "shared/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* Every byte at every place of texts that are shorter and longer than the words they are looked at in. */
static void scan_printable__one_byte_among_plain_ones__as_by_comparison(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 25; n++) {
        for (size_t at = 0; at < n; at++) {
            for (int c = 0; c < 256; c++) {
                char text[25];
                memset(text, 'a', sizeof text);
                text[at] = (char)c;
                assert_int_equal(scan_printable(text, n, ' '), c >= ' ' && c <= '~');
                assert_int_equal(scan_printable(text, n, '!'), c >= '!' && c <= '~');
            }
        }
    }
}

static void scan_printable__nothing_or_what_is_behind__is_not_looked_at(void **state)
{
    (void)state;
    assert_true(scan_printable("", 0, ' '));
    for (size_t n = 0; n < 20; n++) {
        char text[21] = "aaaaaaaaaaaaaaaaaaaa";
        text[n] = '\n';
        assert_true(scan_printable(text, n, ' '));
        assert_false(scan_printable(text, n + 1, ' '));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_printable__one_byte_among_plain_ones__as_by_comparison),
        cmocka_unit_test(scan_printable__nothing_or_what_is_behind__is_not_looked_at),
    };
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
