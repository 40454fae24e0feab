#include "shared/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define CURRENCIES 165 /* rows of the table */

static void expect_scale(const char *number, int exponent, int64_t expected)
{
    int64_t minor = -1;
    enum money_fault fault = money_scale(number, exponent, &minor);
    if (fault != MONEY_OK || minor != expected)
        fail_msg("'%s' with %d decimals: fault %d, %lld", number, exponent, (int)fault, (long long)minor);
}

static void expect_fault(const char *number, int exponent, enum money_fault expected)
{
    int64_t minor = -7;
    enum money_fault fault = money_scale(number, exponent, &minor);
    if (fault != expected || minor != -7)
        fail_msg("'%s' with %d decimals: fault %d instead of %d", number, exponent, (int)fault,
                 (int)expected);
}

static void money_scale__spellings_of_a_value__the_same(void **state)
{
    (void)state;
    expect_scale("29.99", 2, 2999);
    expect_scale("29.990", 2, 2999);
    expect_scale("2.999e1", 2, 2999);
    expect_scale("0.2999E+2", 2, 2999);
    expect_scale("299900e-4", 2, 2999);
    expect_scale("0", 2, 0);
    expect_scale("-0", 2, 0);
    expect_scale("-0.000e7", 2, 0);
    expect_scale("0e999999999999999999999", 2, 0);
    expect_scale("0.0000000000", 2, 0);
    expect_scale("100", 0, 100);
    expect_scale("1e2", 0, 100);
    expect_scale("100.0", 0, 100);
    expect_scale("0.001", 3, 1);
    expect_scale("0.5E+1", 3, 5000);
    expect_scale("9999999999999.99", 2, MONEY_MAX);
    expect_scale("999999999999999", 0, MONEY_MAX);
    expect_scale("0.01e2", 2, 100);
}

static void money_scale__what_does_not_fit__named(void **state)
{
    (void)state;
    expect_fault("29.999", 2, MONEY_DECIMALS);
    expect_fault("0.5", 0, MONEY_DECIMALS);
    expect_fault("1e-3", 2, MONEY_DECIMALS);
    expect_fault("1e-999999999999999999", 2, MONEY_DECIMALS);
    expect_fault("-1", 2, MONEY_NEGATIVE);
    expect_fault("-0.001", 2, MONEY_NEGATIVE);
    expect_fault("10000000000000", 2, MONEY_DIGITS);
    expect_fault("1000000000000000", 0, MONEY_DIGITS);
    expect_fault("1e400", 2, MONEY_DIGITS);
    expect_fault("1e99999999999999999999999", 2, MONEY_DIGITS);
    expect_fault("9223372036854775807", 0, MONEY_DIGITS);
    expect_fault("9223372036854775808", 0, MONEY_DIGITS);
    expect_fault("18446744073709551616", 0, MONEY_DIGITS);
}

static void money_scale__no_json_number__refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",   "-",    "+1", ".5", "1.",  "1.e1", "1e",    "1e+", "01",  "-01",
        "00", "0x10", "1 ", " 1", "1,5", "NaN",  "1e1.5", "--1", "1-2", "1.2.3",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_fault(wrong[i], 2, MONEY_NOT_A_NUMBER);
}

static void money_scale__half_a_million_digits__exact(void **state)
{
    (void)state;
    static char text[500100];
    memset(text, '0', sizeof text - 1);
    memcpy(text + 1, ".", 1);
    strcpy(text + 500000, "1e500002");
    expect_scale(text, 2, 100000);
    strcpy(text + 500000, "1e499998");
    expect_scale(text, 2, 10);
    strcpy(text + 500000, "1e499996");
    expect_fault(text, 2, MONEY_DECIMALS);
}

static void expect_decimal(int64_t value, int exponent, const char *expected)
{
    char text[MONEY_TEXT];
    assert_int_equal(decimal_format(value, exponent, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void decimal_format__edges__full_exponent(void **state)
{
    (void)state;
    expect_decimal(2999, 2, "29.99");
    expect_decimal(100, 0, "100");
    expect_decimal(0, 0, "0");
    expect_decimal(0, 2, "0.00");
    expect_decimal(5, 3, "0.005");
    expect_decimal(-5, 3, "-0.005");
    expect_decimal(129970, 3, "129.970");
    expect_decimal(-MONEY_MAX, 3, "-999999999999.999");
    expect_decimal(INT64_MIN, 0, "-9223372036854775808");
    expect_decimal(INT64_MIN, 18, "-9.223372036854775808");
    expect_decimal(1, 18, "0.000000000000000001");
}

static void money_format__currencies__their_own_decimals(void **state)
{
    (void)state;
    char text[MONEY_TEXT];
    assert_int_equal(money_format((struct money){2999, currency_find("USD")}, text), 5);
    assert_string_equal(text, "29.99");
    money_format((struct money){100, currency_find("JPY")}, text);
    assert_string_equal(text, "100");
    money_format((struct money){100, currency_find("BHD")}, text);
    assert_string_equal(text, "0.100");
    money_format((struct money){100, currency_find("CLF")}, text);
    assert_string_equal(text, "0.0100");
    money_format((struct money){0, NULL}, text);
    assert_string_equal(text, "0");
}

static void currency_find__codes__as_iso_4217_has_them(void **state)
{
    (void)state;
    static const char *const known[] = {"AED", "USD", "EUR", "JPY", "ZWG", "XOF", "SLE", "CHF", "XCG"};
    static const char *const unknown[] = {"",    "US",  "USDX", "usd", "XAU", "XXX", "XTS",
                                          "HRK", "DEM", "AAA",  "ZZZ", "123", "U D"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct currency *c = currency_find(known[i]);
        assert_non_null(c);
        assert_string_equal(c->code, known[i]);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_null(currency_find(unknown[i]));
    assert_int_equal(currency_find("KWD")->exponent, 3);
    assert_int_equal(currency_find("KRW")->exponent, 0);
    assert_int_equal(currency_find("UYW")->exponent, 4);
    assert_int_equal(currency_find("EUR")->exponent, 2);
}

static void currency_find__every_three_letters__table_is_sorted(void **state)
{
    (void)state;
    int found = 0;
    char code[4] = "AAA";
    for (int i = 0; i < 26 * 26 * 26; i++) {
        code[0] = (char)('A' + i / 676);
        code[1] = (char)('A' + i / 26 % 26);
        code[2] = (char)('A' + i % 26);
        const struct currency *c = currency_find(code);
        found += c != NULL;
        if (c != NULL)
            assert_string_equal(c->code, code);
    }
    assert_int_equal(found, CURRENCIES);
}

static void money_arithmetic__limits__refused_and_unwritten(void **state)
{
    (void)state;
    int64_t result = 7;
    assert_true(money_multiply(2999, 3, &result));
    assert_int_equal(result, 8997);
    assert_true(money_multiply(MONEY_MAX, 1, &result));
    assert_true(money_multiply(-MONEY_MAX, 1, &result));
    assert_true(money_add(MONEY_MAX, -MONEY_MAX, &result));
    assert_int_equal(result, 0);
    assert_false(money_multiply(MONEY_MAX, 2, &result));
    assert_false(money_multiply(INT64_MAX, INT64_MAX, &result));
    assert_false(money_multiply(500000000000000, 2, &result));
    assert_false(money_add(MONEY_MAX, 1, &result));
    assert_false(money_add(-MONEY_MAX, -1, &result));
    assert_false(money_add(INT64_MAX, INT64_MAX, &result));
    assert_int_equal(result, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_scale__spellings_of_a_value__the_same),
        cmocka_unit_test(money_scale__what_does_not_fit__named),
        cmocka_unit_test(money_scale__no_json_number__refused),
        cmocka_unit_test(money_scale__half_a_million_digits__exact),
        cmocka_unit_test(decimal_format__edges__full_exponent),
        cmocka_unit_test(money_format__currencies__their_own_decimals),
        cmocka_unit_test(currency_find__codes__as_iso_4217_has_them),
        cmocka_unit_test(currency_find__every_three_letters__table_is_sorted),
        cmocka_unit_test(money_arithmetic__limits__refused_and_unwritten),
    };
    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
