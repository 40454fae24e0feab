/* What the console asks for is what the service knows of a command. */
#include "service/order/fields.h"
#include "tui/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct argument *find(enum order_command c, const char *name)
{
    size_t n;
    const struct argument *list = command_arguments(c, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].field.name, name) == 0)
            return &list[i];
    return NULL;
}

static void args__of_each_command__are_those_of_the_service(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        enum order_command c = (enum order_command)i;
        size_t n, n_known;
        const struct args_row *rows = args_of(c, &n);
        const struct argument *known = command_arguments(c, &n_known);

        assert_non_null(args_done(c));
        for (size_t k = 0; k < n; k++) {
            const struct argument *a = find(c, rows[k].name);

            assert_non_null(a);
            assert_int_equal(rows[k].needed, a->field.required);
        }
        for (size_t k = 0; k < n_known; k++) {
            bool asked = false;

            for (size_t j = 0; j < n; j++)
                asked = asked || strcmp(rows[j].name, known[k].field.name) == 0;
            assert_true(asked || !known[k].field.required);
        }
    }
}

static void args__typed__become_a_body(void **state)
{
    static const struct {
        enum order_command command;
        const char *text, *body, *missing;
    } rows[] = {
        {COMMAND_VALIDATE, "", "", NULL},
        {COMMAND_ASSIGN_WAVE, "W 7", "{\"waveId\":\"W 7\"}", NULL},
        {COMMAND_ASSIGN_WAVE, "  ", "", "wave"},
        {COMMAND_SHIP, "1Z DHL Express", "{\"trackingNumber\":\"1Z\",\"carrier\":\"DHL Express\"}", NULL},
        {COMMAND_SHIP, "1Z", "{\"trackingNumber\":\"1Z\"}", "carrier"},
        {COMMAND_RELEASE_HOLD, "", "", NULL},
        {COMMAND_HOLD, "payment the \"bank\"", "{\"type\":\"payment\",\"reason\":\"the \\\"bank\\\"\"}",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct args args;
        struct buf b = BUF_INIT(1000);

        args_init(&args, rows[i].command, rows[i].text);
        args_body(&args, &b);
        assert_string_equal(b.data ? b.data : "", rows[i].body);
        if (rows[i].missing)
            assert_string_equal(args_missing(&args)->label, rows[i].missing);
        else
            assert_null(args_missing(&args));
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(args__of_each_command__are_those_of_the_service),
        cmocka_unit_test(args__typed__become_a_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
