/* The demo: its board looks like the middle of a day from the first answer on. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct server s;
    server_prepare(&s);
    server_start(&s, (const char *const[]){"--demo", NULL});
    *state = &s;
    return 0;
}

static struct reply get(void **state, const char *path)
{
    return ask(((struct server *)*state)->port, "GET", path, NULL, NULL);
}

static void demo__at_the_start__has_hours_behind_it(void **state)
{
    struct reply r = get(state, "/api/v1/orders/count?status=completed");
    assert_true(reply_number(&r, "count") > 10);
    reply_release(&r);
    r = get(state, "/api/v1/orders/count?filter=age%3E30m");
    assert_true(reply_number(&r, "count") > 10);
    reply_release(&r);
    r = get(state, "/api/v1/orders/stats");
    const char *usual = strstr(r.body, "\"usual\":{\"received\":");
    assert_non_null(usual);
    assert_true(strtod(usual + strlen("\"usual\":{\"received\":"), NULL) > 0);
    reply_release(&r);
}

/* What the log tells first happened first. */
static void demo__its_log__is_in_the_order_of_time(void **state)
{
    struct reply r = get(state, "/api/v1/events?limit=200");
    char last[40] = "";
    int n = 0;
    for (const char *p = r.body; (p = strstr(p, "\"time\":\"")) != NULL; n++) {
        p += strlen("\"time\":\"");
        assert_true(strncmp(last, p, 24) <= 0);
        memcpy(last, p, 24);
    }
    assert_int_equal(n, 200);
    reply_release(&r);
}

static int teardown(void **state)
{
    struct server *s = *state;
    int status = server_stop(s);
    server_remove(s);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo__at_the_start__has_hours_behind_it),
        cmocka_unit_test(demo__its_log__is_in_the_order_of_time),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
