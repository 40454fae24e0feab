/* The sense checks: countries, postal codes, addresses, promises. */
#include "tests/unit/order_samples.h"

#include "service/order/check.h"
#include "service/order/country.h"

static bool has_form(const char *country, const char *code)
{
    const char *example;
    return country_has_postal_code(country, code, &example);
}

static void country__assigned_codes__are_249(void **state)
{
    (void)state;
    int n = 0;
    for (char first = 'A'; first <= 'Z'; first++)
        for (char second = 'A'; second <= 'Z'; second++)
            n += country_known((char[]){first, second, '\0'});
    assert_int_equal(n, 249);
}

static void country__unassigned_or_misspelt__is_unknown(void **state)
{
    (void)state;
    static const char *const unknown[] = {"",   "U",  "us", "USA", "UK",    "XX", "ZZ",
                                          "AA", "EU", "XK", "AN",  "U\xc3", "1A"};
    static const char *const known[] = {"US", "GB", "DE", "JP", "AX", "SS", "CW", "BQ", "ZW", "AD"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_false(country_known(unknown[i]));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(country_known(known[i]));
}

static void postal_code__right_forms__are_taken(void **state)
{
    (void)state;
    static const char *const right[][2] = {
        {"US", "10001"},    {"US", "10001-1234"}, {"CA", "K1A 0B1"}, {"CA", "k1a0b1"},   {"GB", "SW1A 1AA"},
        {"GB", "M1 1AE"},   {"GB", "B33 8TH"},    {"GB", "CR26XH"},  {"GB", "DN55 1PT"}, {"GB", "W1A 0AX"},
        {"DE", "10115"},    {"FR", "75001"},      {"NL", "1012 AB"}, {"NL", "1012ab"},   {"JP", "100-0001"},
        {"JP", "1000001"},  {"AT", "1010"},       {"CH", "8001"},    {"SE", "111 20"},   {"PL", "00-001"},
        {"PT", "1000-001"}, {"BR", "01310-100"},  {"IN", "110 001"}, {"IE", "D02 AF30"}, {"IE", "A65F4E2"},
        {"AD", "AD500"},    {"AR", "C1425CLA"},   {"VA", "00120"},   {"TW", "10048"},    {"KR", "03051"},
        {"HK", "anything"}, {"AE", "00000"},
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        if (!has_form(right[i][0], right[i][1]))
            fail_msg("%s '%s' is right", right[i][0], right[i][1]);
}

static void postal_code__wrong_forms__are_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"US", "1000"},         {"US", "100011"},   {"US", "10001-12"}, {"US", "ABCDE"}, {"US", "10001-"},
        {"US", " 10001"},       {"CA", "K1A  0B1"}, {"CA", "11A 0B1"},  {"GB", "SW1A"},  {"GB", "12345"},
        {"DE", "1011"},         {"DE", "D-10115"},  {"FR", "7500"},     {"NL", "1012"},  {"JP", "100--0001"},
        {"AT", "10100"},        {"PL", "00001"},    {"AX", "10100"},    {"VA", "00121"}, {"AD", "500"},
        {"US", "1000\xd9\xa1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (has_form(wrong[i][0], wrong[i][1]))
            fail_msg("%s '%s' is wrong", wrong[i][0], wrong[i][1]);
}

static void postal_code__each_example__has_its_form(void **state)
{
    (void)state;
    for (char first = 'A'; first <= 'Z'; first++) {
        for (char second = 'A'; second <= 'Z'; second++) {
            const char country[] = {first, second, '\0'};
            const char *example = NULL, *again;
            if (country_has_postal_code(country, "?", &example))
                continue;
            assert_non_null(example);
            if (!country_has_postal_code(country, example, &again))
                fail_msg("the example '%s' of %s has not its form", example, country);
            assert_true(country_known(country));
        }
    }
}

/* The pointers of the faults of an order with this address, joined by spaces. */
static const char *faults_of(struct sample *s, const char *address, const char *promise)
{
    char body[2000];
    snprintf(body, sizeof body,
             "{\"customerId\":\"C\",\"items\":[" SAMPLE_ITEM
             "],\"shippingAddress\":%s,\"promisedDeliveryAt\":%s}",
             address, promise);
    struct order o = sample_order(s, body);
    struct faults faults = {0};
    assert_true(check_order(&o, &s->arena, &faults));
    for (size_t i = 0; i < faults.n; i++)
        buf_addf(&s->out, "%s%s", i > 0 ? " " : "", faults.list[i].pointer);
    return faults.n == 0 ? "" : sample_text(s);
}

static void check__right_order__has_no_fault(void **state)
{
    assert_string_equal(faults_of(*state, SAMPLE_ADDRESS, "null"), "");
}

static void check__missing_members__are_all_named(void **state)
{
    assert_string_equal(faults_of(*state, "{}", "null"),
                        "/shippingAddress/street /shippingAddress/city /shippingAddress/zipCode "
                        "/shippingAddress/country");
    assert_string_equal(
        faults_of(*state, "{\"street\":\" \",\"city\":\"\",\"postalCode\":\"10001\",\"country\":\"US\"}",
                  "null"),
        "/shippingAddress/street /shippingAddress/city");
}

static void check__country_and_postal_code__are_named(void **state)
{
    assert_string_equal(
        faults_of(*state, "{\"street\":\"S\",\"city\":\"C\",\"zipCode\":\"1\",\"country\":\"XX\"}", "null"),
        "/shippingAddress/country");
    assert_string_equal(
        faults_of(*state, "{\"street\":\"S\",\"city\":\"C\",\"zipCode\":\"1\",\"country\":\"US\"}", "null"),
        "/shippingAddress/zipCode");
}

static void check__promise__may_not_lie_before_creation(void **state)
{
    struct sample *s = *state;
    assert_string_equal(faults_of(s, SAMPLE_ADDRESS, "\"2020-01-01T00:00:00Z\""), "/promisedDeliveryAt");
    struct order o = sample_order(s, SAMPLE_BODY);
    o.promised_at = o.created_at;
    struct faults faults = {0};
    assert_true(check_order(&o, &s->arena, &faults));
    assert_int_equal(faults.n, 0);
    o.promised_at--;
    assert_true(check_order(&o, &s->arena, &faults));
    assert_int_equal(faults.n, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
    const struct CMUnitTest tests[] = {
        TEST(country__assigned_codes__are_249),
        TEST(country__unassigned_or_misspelt__is_unknown),
        TEST(postal_code__right_forms__are_taken),
        TEST(postal_code__wrong_forms__are_refused),
        TEST(postal_code__each_example__has_its_form),
        TEST(check__right_order__has_no_fault),
        TEST(check__missing_members__are_all_named),
        TEST(check__country_and_postal_code__are_named),
        TEST(check__promise__may_not_lie_before_creation),
    };
    return cmocka_run_group_tests_name("order check", tests, NULL, NULL);
}
