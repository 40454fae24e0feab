/* What the console shows of Kafka: the lights, what waits and whether it grows, the dead letters, the parked relay. */
#include "tests/support/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct console c;

static void start(int rows, int cols, int letters)
{
    console_start(&c, rows, cols, &(struct console_options){.kafka = true, .letters = letters});
}

static void header__what_waits__is_seen_to_grow_and_to_drain(void **state)
{
    (void)state;
    start(24, 120, 0);
    assert_true(pty_shows(&c.pty, "kafka ●"));
    assert_true(pty_shows(&c.pty, "0 unsent"));
    console_happen(&c, "gn");
    pty_wait(&c.pty, "500↑ unsent, oldest 3m");
    pty_wait(&c.pty, "lag 40↑");
    console_happen(&c, "g");
    pty_wait(&c.pty, "1 000↑ unsent");
    console_happen(&c, "s");
    pty_wait(&c.pty, "200↓ unsent");
    pty_wait(&c.pty, "lag 16↓");
    console_happen(&c, "z");
    pty_wait(&c.pty, " 0 unsent");
    pty_wait_not(&c.pty, "lag");
    console_stop(&c);
}

static void lag__not_known__is_a_dash_and_no_warning(void **state)
{
    (void)state;
    start(60, 200, 0);
    assert_false(pty_shows(&c.pty, "lag"));
    console_happen(&c, "jn");
    pty_wait(&c.pty, "lag –");
    pty_press(&c.pty, "H");
    pty_golden(&c.pty, "health_lag_unknown");
    console_happen(&c, "j"); /* no reason to ask but that it is not known */
    pty_wait_not(&c.pty, "lag –");
    console_stop(&c);
}

static void header__brokers_that_go__are_told_once_and_when_they_are_back(void **state)
{
    (void)state;
    start(24, 120, 0);
    console_happen(&c, "an");
    pty_wait(&c.pty, "kafka ▲ down");
    pty_wait(&c.pty, "no broker can be reached, events wait in the log: Connection refused");
    console_happen(&c, "gn");
    pty_wait(&c.pty, "500↑");
    assert_false(pty_shows(&c.pty, "times)"));
    console_happen(&c, "an");
    pty_wait(&c.pty, "kafka is well again");
    pty_wait(&c.pty, "kafka ●");
    console_stop(&c);
}

static void header__credentials_refused__says_so(void **state)
{
    (void)state;
    start(24, 120, 0);
    console_happen(&c, "qn");
    pty_wait(&c.pty, "kafka ▲ refused");
    pty_wait(&c.pty, "the brokers refuse our credentials: Authentication failed");
    console_happen(&c, "qn");
    pty_wait(&c.pty, "kafka is well again");
    console_stop(&c);
}

static void header__relay_parked__says_why_once(void **state)
{
    (void)state;
    start(24, 120, 0);
    console_happen(&c, "pgn");
    pty_wait(&c.pty, "kafka ✗ parked");
    pty_wait(&c.pty,
             "kafka refuses the record at position 17, and the relay waits: Broker: Message size too large");
    console_happen(&c, "gn");
    pty_wait(&c.pty, "1 000↑");
    assert_false(pty_shows(&c.pty, "times)"));
    console_stop(&c);
}

static void header__narrow__keeps_what_is_wrong(void **state)
{
    (void)state;
    start(12, 40, 3);
    console_happen(&c, "pn");
    pty_wait(&c.pty, "kafka ✗ parked");
    pty_press(&c.pty, "\014");
    pty_golden(&c.pty, "parked_40x12");
    console_stop(&c);
}

static void header__dead_letters__are_a_warning(void **state)
{
    (void)state;
    start(24, 80, 3);
    assert_true(pty_shows(&c.pty, "3 dead letters"));
    console_stop(&c);
}

/* ---- the order */

static void order__delivered__says_how_long_each_event_took(void **state)
{
    (void)state;
    start(40, 100, 0);
    pty_press(&c.pty, "jjjjjj"); /* one that has gone far */
    pty_press(&c.pty, "\r");
    pty_golden(&c.pty, "order_delivered");
    assert_true(pty_shows(&c.pty, "delivered, slowest"));
    console_stop(&c);
}

static void order__delivered_while_it_is_looked_at__says_so(void **state)
{
    (void)state;
    start(40, 100, 0);
    console_happen(&c, "gn");
    pty_wait(&c.pty, "500↑ unsent");
    pty_press(&c.pty, "g\r");
    pty_wait(&c.pty, "kafka: none of 1 delivered");
    console_happen(&c, "z");
    pty_wait(&c.pty, "kafka: 1 of 1 delivered");
    console_stop(&c);
}

/* ---- health */

static void health__of_each_size__looks_as_stored(void **state)
{
    static const struct {
        int rows, cols;
        const char *name;
    } sizes[] = {{24, 80, "health_80x24"},
                 {40, 120, "health_120x40"},
                 {60, 200, "health_200x60"},
                 {12, 40, "health_40x12"},
                 {5, 20, "health_20x5"}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start(sizes[i].rows, sizes[i].cols, 2);
        console_happen(&c, "pgn");
        pty_wait(&c.pty, "kafka");
        if (sizes[i].cols > 20)
            pty_wait(&c.pty, "kafka ✗");
        pty_press(&c.pty, "H");
        pty_golden(&c.pty, sizes[i].name);
        console_stop(&c);
    }
}

static void health__backlog_gone__falls_no_more(void **state)
{
    (void)state;
    start(60, 200, 0);
    pty_press(&c.pty, "H");
    console_happen(&c, "gn");
    pty_wait(&c.pty, "500 and rising");
    console_happen(&c, "zn");
    pty_wait(&c.pty, " 0 unsent");
    assert_false(pty_shows(&c.pty, "falling"));
    console_stop(&c);
}

static void health__scrolled__shows_all_of_it(void **state)
{
    (void)state;
    start(24, 80, 0);
    pty_press(&c.pty, "H");
    assert_false(pty_shows(&c.pty, "kafka consumer"));
    pty_press(&c.pty, "\006");
    assert_true(pty_shows(&c.pty, "kafka consumer"));
    pty_press(&c.pty, "G");
    assert_true(pty_shows(&c.pty, "PORT"));
    console_stop(&c);
}

static void skip__parked_relay__asks_and_wants_a_reason(void **state)
{
    (void)state;
    start(24, 80, 0);
    pty_press(&c.pty, "HS");
    assert_true(pty_shows(&c.pty, "does not wait"));
    assert_false(pty_shows(&c.pty, "S skip"));
    console_happen(&c, "pn");
    pty_wait(&c.pty, "kafka ✗ parked");
    pty_wait(&c.pty, "S skip");
    pty_press(&c.pty, "S\r");
    assert_true(pty_shows(&c.pty, "wms.order.received"));
    pty_press(&c.pty, "too large anyway\r");
    pty_golden(&c.pty, "dialog_skip");
    pty_press(&c.pty, "\r"); /* No */
    assert_true(pty_shows(&c.pty, "nothing was done"));
    pty_press(&c.pty, "Stoo large\ry");
    pty_wait(&c.pty, "the relay goes on");
    pty_wait(&c.pty, "kafka ●");
    pty_wait(&c.pty, "1 dead letter");
    console_stop(&c);
}

/* ---- dead letters */

static void letters__of_each_size__look_as_stored(void **state)
{
    static const struct {
        int rows, cols;
        const char *name;
    } sizes[] = {
        {24, 80, "dead_80x24"}, {40, 120, "dead_120x40"}, {12, 40, "dead_40x12"}, {5, 20, "dead_20x5"}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start(sizes[i].rows, sizes[i].cols, 7);
        pty_press(&c.pty, "D");
        pty_press(&c.pty, "j");
        pty_golden(&c.pty, sizes[i].name);
        console_stop(&c);
    }
}

static void letter__opened__is_shown_whole(void **state)
{
    (void)state;
    start(24, 80, 7);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "\r");
    pty_golden(&c.pty, "letter_json");
    pty_press(&c.pty, "l");
    pty_golden(&c.pty, "letter_binary");
    pty_press(&c.pty, "l");
    pty_golden(&c.pty, "letter_text");
    pty_press(&c.pty, "\033");
    assert_true(pty_shows(&c.pty, "WHY"));
    console_stop(&c);
}

static void letters__hostile__stay_in_their_places(void **state)
{
    const struct console_options o = {.kafka = true, .letters = 7, .hostile = true};

    (void)state;
    console_start(&c, 40, 120, &o);
    pty_press(&c.pty, "D");
    pty_golden(&c.pty, "hostile_dead");
    pty_press(&c.pty, "\r");
    pty_golden(&c.pty, "hostile_letter");
    console_stop(&c);
}

static void letter__tried_again__says_what_became_of_it(void **state)
{
    (void)state;
    start(24, 100, 7);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "r"); /* 7 can be applied */
    pty_wait(&c.pty, "dead letter 7 is applied");
    pty_wait(&c.pty, "6 dead letters");
    pty_wait(&c.pty, "7 is not there any more"); /* in the list: another is taken by a key only */
    pty_press(&c.pty, "r");
    assert_true(pty_shows(&c.pty, "dead letter 7 is not there any more"));
    pty_press(&c.pty, "jr"); /* 6 cannot */
    pty_wait(&c.pty, "dead letter 6 is kept, it is still bad: no order has this id");
    assert_true(pty_shows(&c.pty, "6 dead letters"));
    console_stop(&c);
}

static void letter__deleted__asks_first_and_no_is_the_default(void **state)
{
    (void)state;
    start(24, 100, 3);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "d");
    pty_golden(&c.pty, "dialog_delete");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "nothing was done"));
    pty_press(&c.pty, "dy");
    pty_wait(&c.pty, "dead letter 3 is deleted");
    pty_wait(&c.pty, "2 dead letters");
    console_stop(&c);
}

static void letter__deleted_by_another__stays_and_is_not_to_be_had(void **state)
{
    (void)state;
    start(24, 100, 7);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "Dead letter ─ 7 "));
    console_happen(&c, "en");
    pty_wait(&c.pty, "It is not there any more.");
    assert_true(pty_shows(&c.pty, "Dead letter ─ 7 "));
    assert_true(pty_shows(&c.pty, "wms.wave.order-added"));
    pty_press(&c.pty, "r");
    assert_true(pty_shows(&c.pty, "dead letter 7 is not there any more"));
    pty_press(&c.pty, "d");
    assert_false(pty_shows(&c.pty, "Delete a dead letter"));
    pty_press(&c.pty, "l"); /* the one that has taken its place */
    assert_true(pty_shows(&c.pty, "Dead letter ─ 6 "));
    assert_false(pty_shows(&c.pty, "It is not there any more."));
    console_stop(&c);
}

static void letters__while_a_key_was_just_pressed__stay_in_their_rows(void **state)
{
    (void)state;
    start(24, 100, 7);
    pty_press(&c.pty, "D");
    assert_int_equal(pty_row(&c.pty, "▸"), 4);
    pty_press(&c.pty, ":"); /* what is open holds them still */
    console_happen(&c, "ln");
    pty_wait(&c.pty, "10 dead letters");
    pty_press(&c.pty, "q");
    assert_false(pty_shows(&c.pty, " 10 ──"));
    pty_press(&c.pty, "\033");
    pty_wait(&c.pty, " 10 ──");
    assert_int_equal(pty_row(&c.pty, "▸"), 7);
    console_stop(&c);
}

static void letters__all_alike_and_another_key__ask_nothing_later(void **state)
{
    (void)state;
    start(24, 100, 250);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "aj");
    assert_false(pty_shows(&c.pty, "Try dead letters again"));
    pty_press(&c.pty, "a?");
    pty_press(&c.pty, "\033");
    assert_true(pty_shows(&c.pty, "Dead letters ─"));
    assert_false(pty_shows(&c.pty, "Try dead letters again"));
    console_happen(&c, "i");
    pty_press(&c.pty, "a");
    pty_wait(&c.pty, "the dead letters cannot be read now");
    console_happen(&c, "iln");
    pty_wait(&c.pty, "253 dead letters");
    pty_idle(&c.pty);
    assert_false(pty_shows(&c.pty, "Try dead letters again"));
    console_stop(&c);
}

static void letters__all_of_a_code__want_their_number_typed(void **state)
{
    (void)state;
    start(24, 100, 250);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "a");
    pty_wait(&c.pty, "84 with the reason UNKNOWN_ORDER");
    pty_golden(&c.pty, "dialog_replay_all");
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "their number"));
    pty_press(&c.pty, "8\r"); /* not the right one */
    assert_true(pty_shows(&c.pty, "nothing was done"));
    pty_press(&c.pty, "a");
    pty_wait(&c.pty, "84 with");
    pty_press(&c.pty, "84\r");
    pty_wait(&c.pty, "UNKNOWN_ORDER: 84 applied, 0 parked, 0 late, 0 still bad");
    pty_wait(&c.pty, "166 dead letters");
    console_stop(&c);
}

static void letters__more_than_a_page__are_read_on(void **state)
{
    (void)state;
    start(24, 80, 250);
    pty_press(&c.pty, "D");
    assert_true(pty_shows(&c.pty, "100+"));
    for (int i = 0; i < 12; i++)
        pty_press(&c.pty, "\006");
    pty_wait(&c.pty, " 250 ");
    pty_press(&c.pty, "G\r");
    assert_true(pty_shows(&c.pty, "Dead letter ─ 1 "));
    console_stop(&c);
}

static void letters__read_only__are_shown_and_refused(void **state)
{
    const struct console_options o = {.kafka = true, .letters = 3, .read_only = true};

    (void)state;
    console_start(&c, 24, 80, &o);
    pty_press(&c.pty, "D");
    pty_press(&c.pty, "r");
    assert_true(pty_shows(&c.pty, "read-only"));
    pty_press(&c.pty, ":skip\r");
    assert_true(pty_shows(&c.pty, "skip works on another screen: health"));
    console_stop(&c);
}

static void letters__none__says_what_they_are(void **state)
{
    (void)state;
    console_start(&c, 24, 80, NULL);
    pty_press(&c.pty, "D");
    assert_true(pty_shows(&c.pty, "There are no dead letters."));
    assert_true(pty_shows(&c.pty, "KAFKA_BROKERS"));
    assert_true(pty_shows(&c.pty, "\n ? help  q back  : command\n"));
    pty_press(&c.pty, "rad");
    assert_true(pty_shows(&c.pty, "there is no dead letter here (3 times)"));
    pty_press(&c.pty, "\r");
    assert_true(pty_shows(&c.pty, "there is no dead letter here (4 times)"));
    console_happen(&c, "ln");
    pty_wait(&c.pty, "UNREADABLE");
    pty_press(&c.pty, "r"); /* none is chosen but by a key */
    assert_true(pty_shows(&c.pty, "no dead letter is selected"));
    pty_press(&c.pty, "o");
    pty_press(&c.pty, "D"); /* such as this one */
    pty_wait(&c.pty, "\n r replay  a all alike  d delete  ? help  q back  : command  Enter open\n");
    console_stop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header__what_waits__is_seen_to_grow_and_to_drain),
        cmocka_unit_test(lag__not_known__is_a_dash_and_no_warning),
        cmocka_unit_test(header__brokers_that_go__are_told_once_and_when_they_are_back),
        cmocka_unit_test(header__credentials_refused__says_so),
        cmocka_unit_test(header__relay_parked__says_why_once),
        cmocka_unit_test(header__narrow__keeps_what_is_wrong),
        cmocka_unit_test(header__dead_letters__are_a_warning),
        cmocka_unit_test(order__delivered__says_how_long_each_event_took),
        cmocka_unit_test(order__delivered_while_it_is_looked_at__says_so),
        cmocka_unit_test(health__of_each_size__looks_as_stored),
        cmocka_unit_test(health__backlog_gone__falls_no_more),
        cmocka_unit_test(health__scrolled__shows_all_of_it),
        cmocka_unit_test(skip__parked_relay__asks_and_wants_a_reason),
        cmocka_unit_test(letters__of_each_size__look_as_stored),
        cmocka_unit_test(letter__opened__is_shown_whole),
        cmocka_unit_test(letters__hostile__stay_in_their_places),
        cmocka_unit_test(letter__tried_again__says_what_became_of_it),
        cmocka_unit_test(letter__deleted__asks_first_and_no_is_the_default),
        cmocka_unit_test(letter__deleted_by_another__stays_and_is_not_to_be_had),
        cmocka_unit_test(letters__while_a_key_was_just_pressed__stay_in_their_rows),
        cmocka_unit_test(letters__all_alike_and_another_key__ask_nothing_later),
        cmocka_unit_test(letters__all_of_a_code__want_their_number_typed),
        cmocka_unit_test(letters__more_than_a_page__are_read_on),
        cmocka_unit_test(letters__read_only__are_shown_and_refused),
        cmocka_unit_test(letters__none__says_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
