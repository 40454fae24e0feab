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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header__what_waits__is_seen_to_grow_and_to_drain),
        cmocka_unit_test(header__brokers_that_go__are_told_once_and_when_they_are_back),
        cmocka_unit_test(header__relay_parked__says_why_once),
        cmocka_unit_test(header__narrow__keeps_what_is_wrong),
        cmocka_unit_test(header__dead_letters__are_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
