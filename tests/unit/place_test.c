/* Which log answers and the stream are of, and how far it has come. */
#include "tui/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct place place(int64_t position, const char *name)
{
    struct place p = {.position = position};

    snprintf(p.name, sizeof(p.name), "%s", name);
    return p;
}

static void expect(const struct place *p, unsigned log, int64_t position, const char *name)
{
    assert_int_equal(p->log, log);
    assert_int_equal(p->position, position);
    assert_string_equal(p->name, name);
}

static void answers__of_one_log__only_raise_the_position(void **state)
{
    struct place now = {0}, asked = now;

    (void)state;
    assert_false(place_answered(&now, &asked, true, 5, "a"));
    expect(&now, 0, 5, "a");
    assert_false(place_answered(&now, &asked, true, 3, "a")); /* asked before, and late */
    assert_false(place_answered(&now, &asked, true, 7, ""));  /* an older service says no name */
    expect(&now, 0, 7, "a");
}

static void answer__of_a_longer_log__is_of_another(void **state)
{
    struct place now = place(5, "a"), asked = now, late = now;

    (void)state;
    assert_true(place_answered(&now, &asked, true, 90, "b"));
    expect(&now, 1, 90, "b");
    assert_false(place_answered(&now, &late, true, 6, "a")); /* of the one before: asked of that */
    assert_false(place_answered(&now, &late, false, 99, "b"));
    expect(&now, 1, 90, "b");
    asked = now;
    assert_false(place_answered(&now, &asked, true, 91, "b"));
    expect(&now, 1, 91, "b");
}

/* A copy that was put back by hand has the name of its original. */
static void answer__that_knows_less_without_a_stream__is_of_another(void **state)
{
    struct place now = place(5, "a"), asked = now;

    (void)state;
    assert_false(place_answered(&now, &asked, true, 4, "a")); /* the stream tells of that */
    assert_true(place_answered(&now, &asked, false, 4, "a"));
    expect(&now, 1, 4, "a");
}

static void stream__of_a_longer_log__is_of_another(void **state)
{
    struct place now = place(5, "a"), stream = now;

    (void)state;
    place_stream_opened(&now, &stream, 90, "b");
    place_stream_told(&now, &stream, 90);
    expect(&now, 1, 90, "b");
    place_stream_told(&now, &stream, 91);
    expect(&now, 1, 91, "b");
}

static void stream__that_opens_lower__is_of_another_whatever_its_name(void **state)
{
    static const char *const names[] = {"", "a"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct place now = place(5, names[i]), stream = now;

        place_stream_opened(&now, &stream, 4, names[i]);
        place_stream_told(&now, &stream, 4);
        expect(&now, 1, 4, names[i]);
        place_stream_told(&now, &stream, 6);
        expect(&now, 1, 6, names[i]);
    }
}

/* It was asked for when the old log was known, and opens below what an answer of the new one has told. */
static void stream__whose_log_an_answer_told__is_of_that(void **state)
{
    struct place now = place(1000, "a"), stream = now, asked = now;

    (void)state;
    assert_true(place_answered(&now, &asked, false, 6, "b"));
    place_stream_opened(&now, &stream, 4, "b");
    place_stream_told(&now, &stream, 4);
    expect(&now, 1, 6, "b");
    place_stream_told(&now, &stream, 7);
    expect(&now, 1, 7, "b");
}

static void stream__of_a_log_that_is_gone__tells_nothing(void **state)
{
    struct place now = place(5, "a"), stream = now, asked = now;

    (void)state;
    place_stream_opened(&now, &stream, 5, "a");
    assert_true(place_answered(&now, &asked, true, 90, "b"));
    place_stream_told(&now, &stream, 95);
    expect(&now, 1, 90, "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers__of_one_log__only_raise_the_position),
        cmocka_unit_test(answer__of_a_longer_log__is_of_another),
        cmocka_unit_test(answer__that_knows_less_without_a_stream__is_of_another),
        cmocka_unit_test(stream__of_a_longer_log__is_of_another),
        cmocka_unit_test(stream__that_opens_lower__is_of_another_whatever_its_name),
        cmocka_unit_test(stream__whose_log_an_answer_told__is_of_that),
        cmocka_unit_test(stream__of_a_log_that_is_gone__tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
