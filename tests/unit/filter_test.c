#include "shared/filter.h"

#include "shared/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct filter filter;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    memset(&filter, 0, sizeof filter);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void read_filter(const char *text)
{
    struct filter_fault fault;
    memset(&filter, 0, sizeof filter);
    if (!filter_parse(&filter, text, &arena, &fault))
        fail_msg("'%s': %s at %zu", text, fault.what, fault.position);
}

static void expect_fault(const char *text, size_t position, const char *what)
{
    struct filter_fault fault = {0};
    memset(&filter, 0, sizeof filter);
    if (filter_parse(&filter, text, &arena, &fault))
        fail_msg("'%s' is read", text);
    if (fault.position != position || strstr(fault.what, what) == NULL)
        fail_msg("'%s': %s at %zu instead of %s at %zu", text, fault.what, fault.position, what, position);
    assert_true(utf8_valid(fault.what, strlen(fault.what)));
}

/* field, negated, cmp and values of a term as one line */
static void expect_term(size_t i, const char *expected)
{
    static const char *const cmps[] = {":", "<", "<=", ">", ">="};
    const struct filter_term *t = &filter.terms[i];
    struct buf b = BUF_INIT(10000);
    buf_addf(&b, "%s%s%s", t->negated ? "-" : "", filter_field_name(t->field), cmps[t->cmp]);
    for (size_t k = 0; k < t->n_values; k++) {
        const struct filter_value *v = &t->values[k];
        buf_adds(&b, k == 0 ? "" : "|");
        if (v->text == NULL)
            buf_addi(&b, v->number);
        else
            buf_adds(&b, v->text);
        buf_addf(&b, "%s%s", v->currency == NULL ? "" : v->currency->code, v->prefix ? "*" : "");
    }
    assert_string_equal(b.data, expected);
    buf_release(&b);
}

static void filter_parse__every_field__its_meaning(void **state)
{
    (void)state;
    read_filter(
        "status:received,validated -priority:standard age>30m total>=100USD sku:AB* late:yes customer:CUST-0* "
        "hold:payment wave:W-1 \"free text\"");
    assert_int_equal(filter.n_terms, 10);
    expect_term(0, "status:0|1");
    expect_term(1, "-priority:0");
    expect_term(2, "age>1800000");
    expect_term(3, "total>=10000USD");
    expect_term(4, "sku:AB*");
    expect_term(5, "late:1");
    expect_term(6, "customer:CUST-0*");
    expect_term(7, "hold:payment");
    expect_term(8, "wave:W-1");
    expect_term(9, "text:free text*");
    assert_false(filter.terms[0].exact_case);
}

static void filter_parse__nothing__no_terms(void **state)
{
    (void)state;
    read_filter("");
    assert_int_equal(filter.n_terms, 0);
    read_filter(" \t\n ");
    assert_int_equal(filter.n_terms, 0);
}

static void filter_parse__words_of_any_case__known(void **state)
{
    (void)state;
    read_filter("STATUS:Wave_Assigned,COMPLETED Priority:NEXT_DAY Late:TRUE total>5eur AGE<2D");
    expect_term(0, "status:2|7");
    expect_term(1, "priority:1");
    expect_term(2, "late:1");
    expect_term(3, "total>500EUR");
    expect_term(4, "age<172800000");
    for (int i = 0; i < STATUS_COUNT; i++) {
        char text[64];
        snprintf(text, sizeof text, "status:%s", status_word((enum order_status)i)->wire);
        read_filter(text);
        assert_int_equal(filter.terms[0].values[0].number, i);
    }
}

static void filter_parse__bare_words__texts_of_their_own(void **state)
{
    (void)state;
    read_filter("ORD-01AB cust*,other -x a=b it's");
    assert_int_equal(filter.n_terms, 5);
    expect_term(0, "text:ORD-01AB*");
    expect_term(1, "text:cust*|other*");
    expect_term(2, "-text:x*");
    expect_term(3, "text:a=b*");
    expect_term(4, "text:it's*");
}

static void filter_parse__quotes__hold_anything(void **state)
{
    (void)state;
    read_filter(
        "customer:\"a, b\",\"c:d\" sku:\"A*\" sku:\"A*\"* \"x \\\"y\\\" \\\\ \\z\" -\"status:received\" hold:*");
    expect_term(0, "customer:a, b|c:d");
    expect_term(1, "sku:A*");
    assert_false(filter.terms[1].values[0].prefix);
    expect_term(2, "sku:A**");
    assert_true(filter.terms[2].values[0].prefix);
    expect_term(3, "text:x \"y\" \\ \\z*");
    expect_term(4, "-text:status:received*");
    expect_term(5, "hold:*");
    assert_string_equal(filter.terms[5].values[0].text, "");
}

static void filter_parse__stars__only_the_last_is_a_prefix(void **state)
{
    (void)state;
    read_filter("sku:A*B sku:A** customer:x*,y");
    expect_term(0, "sku:A*B");
    assert_false(filter.terms[0].values[0].prefix);
    assert_string_equal(filter.terms[1].values[0].text, "A*");
    assert_true(filter.terms[1].values[0].prefix);
    expect_term(2, "customer:x*|y");
}

static void filter_parse__ages_and_totals__exact(void **state)
{
    (void)state;
    read_filter("age>=1.5h age<0s age<=90s total:29.99USD total<100JPY total>0.5KWD total>=007USD");
    expect_term(0, "age>=5400000");
    expect_term(1, "age<0");
    expect_term(2, "age<=90000");
    expect_term(3, "total:2999USD");
    expect_term(4, "total<100JPY");
    expect_term(5, "total>500KWD");
    expect_term(6, "total>=700USD");
}

static void filter_parse__faults__named_with_their_place(void **state)
{
    (void)state;
    expect_fault("wibble:1", 0, "'wibble' is no field; fields are status, priority");
    expect_fault("status:received foo>3", 16, "'foo' is no field");
    expect_fault("http://x", 0, "'http' is no field");
    expect_fault(":x", 0, "'' is no field");
    expect_fault("-:x", 1, "'' is no field");
    expect_fault("status:nope", 7, "'nope' is no status");
    expect_fault("status:received,rec*", 16, "'rec*' is no status");
    expect_fault("priority:urgent", 9, "'urgent' is no priority");
    expect_fault("status:", 7, "a value is missing");
    expect_fault("status: received", 7, "a value is missing");
    expect_fault("status:received,", 16, "a value is missing");
    expect_fault("status:,received", 7, "a value is missing");
    expect_fault("customer:\"\"", 9, "a value is missing");
    expect_fault(",", 0, "a value is missing");
    expect_fault("*", 0, "a word is missing before '*'");
    expect_fault("-", 0, "a term is missing after '-'");
    expect_fault("a - b", 2, "a term is missing after '-'");
    expect_fault("status=received", 6, "write 'status:'");
    expect_fault("status>received", 6, "status takes ':'");
    expect_fault("age:30m", 3, "age is compared");
    expect_fault("age>30", 4, "an age is a number and s, m, h or d");
    expect_fault("age>m", 4, "an age is");
    expect_fault("age>30mm", 4, "an age is");
    expect_fault("age>-3m", 4, "an age is");
    expect_fault("age>1.2.3m", 4, "an age is");
    expect_fault("age>0.0001s", 4, "an age is");
    expect_fault("age>30m*", 4, "an age is");
    expect_fault("age>99999999d", 4, "a hundred years");
    expect_fault("age>99999999999999999999999d", 4, "an age is");
    expect_fault("age>30m,40m", 7, "age takes one value");
    expect_fault("total>100", 6, "needs its currency");
    expect_fault("total>USD", 6, "an amount and a currency");
    expect_fault("total>100XXX", 6, "'XXX' is no currency");
    expect_fault("total>100USDX", 6, "'USDX' is no currency");
    expect_fault("total>1.999USD", 6, "USD has 2 decimals");
    expect_fault("total>99999999999999999USD", 6, "more than 15 digits");
    expect_fault("total>1.USD", 6, "is no amount");
    expect_fault("total>1USD,2USD", 10, "total takes one value");
    expect_fault("late:maybe", 5, "late is yes or no");
    expect_fault("late:yes,no", 8, "late takes one value");
    expect_fault("customer:\"x", 9, "the quote is not closed");
    expect_fault("\"x\\\"", 0, "the quote is not closed");
    expect_fault("\"x\\", 0, "the quote is not closed");
    expect_fault("x\"y\"", 1, "a quote inside a word");
    expect_fault("\"x\"y", 3, "a blank or a comma was expected");
    expect_fault("\"x\"**", 4, "a blank or a comma was expected");
}

static void filter_parse__position__counts_code_points(void **state)
{
    (void)state;
    expect_fault("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 late:x", 9, "late is yes or no");
    expect_fault(
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
        "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9:x",
        0, "...' is no field");
    expect_fault("x \xff", 0, "the filter is not UTF-8");
}

static void filter_parse__limits__exact(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(10000);
    for (int i = 0; i < FILTER_TERMS; i++)
        buf_adds(&b, "x ");
    read_filter(b.data);
    assert_int_equal(filter.n_terms, FILTER_TERMS);
    buf_adds(&b, "y");
    expect_fault(b.data, 2 * FILTER_TERMS, "at most 24 terms");
    buf_clear(&b);
    buf_adds(&b, "sku:a");
    for (int i = 1; i < FILTER_VALUES; i++)
        buf_adds(&b, ",a");
    read_filter(b.data);
    assert_int_equal(filter.terms[0].n_values, FILTER_VALUES);
    buf_adds(&b, ",a");
    expect_fault(b.data, 4 + 2 * FILTER_VALUES, "at most 32 values");
    buf_clear(&b);
    for (int i = 0; i < 200; i++)
        buf_adds(&b, "\xc3\xa9");
    read_filter(b.data);
    buf_adds(&b, "x");
    expect_fault(b.data, 0, "more than 200 characters");
    buf_release(&b);
}

static void filter_parse__second_text__terms_are_added(void **state)
{
    (void)state;
    struct filter_fault fault;
    read_filter("late:no");
    assert_true(filter_parse(&filter, "sku:A", &arena, &fault));
    assert_int_equal(filter.n_terms, 2);
    expect_term(0, "late:0");
    expect_term(1, "sku:A");
}

static void filter_parse__no_memory__a_fault(void **state)
{
    (void)state;
    struct arena small;
    struct filter_fault fault;
    memset(&filter, 0, sizeof filter);
    arena_init(&small, 32);
    assert_false(filter_parse(&filter, "a b c d e f", &small, &fault));
    assert_string_equal(fault.what, "out of memory");
    arena_release(&small);
}

static void filter_add__too_many__null(void **state)
{
    (void)state;
    memset(&filter, 0, sizeof filter);
    assert_null(filter_add(&filter, FILTER_SKU, FILTER_VALUES + 1, &arena));
    struct filter_term *term = filter_add(&filter, FILTER_CREATED, 1, &arena);
    assert_non_null(term);
    assert_int_equal(term->field, FILTER_CREATED);
    assert_int_equal(term->values[0].number, 0);
    for (int i = 1; i < FILTER_TERMS; i++)
        assert_non_null(filter_add(&filter, FILTER_SKU, 1, &arena));
    assert_null(filter_add(&filter, FILTER_SKU, 1, &arena));
}

static void filter_fields__all__named_and_explained(void **state)
{
    (void)state;
    for (int i = 0; i < FILTER_FIELDS; i++) {
        assert_true(strlen(filter_field_name((enum filter_field)i)) > 0);
        assert_true(strlen(filter_field_sentence((enum filter_field)i)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(filter_parse__every_field__its_meaning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__nothing__no_terms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__words_of_any_case__known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__bare_words__texts_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__quotes__hold_anything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__stars__only_the_last_is_a_prefix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__ages_and_totals__exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__faults__named_with_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__position__counts_code_points, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__limits__exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__second_text__terms_are_added, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_parse__no_memory__a_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_add__too_many__null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_fields__all__named_and_explained, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
