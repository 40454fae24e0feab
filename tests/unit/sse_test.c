/* Positions in streams of events, whole and in pieces. */
#include "tui/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char stream[] =
    "id: 7\n\n: still here\n\nid: 8\ndata: {\"id: 99\":1}\n\nid:9\r\ndata: x\r\n\r\nid: 10\rdata:\r\r";

static void sse_feed__stream_in_one_piece__last_id(void **state)
{
    struct sse s = {.n = 0};
    int64_t id = 0;
    (void)state;
    assert_true(sse_feed(&s, stream, strlen(stream), &id));
    assert_int_equal(id, 10);
}

static void sse_feed__stream_cut_anywhere__every_id(void **state)
{
    (void)state;
    for (size_t step = 1; step < 8; step++) {
        struct sse s = {.n = 0};
        int64_t id = 0, sum = 0;
        for (size_t i = 0; i < strlen(stream); i += step) {
            size_t n = strlen(stream) - i < step ? strlen(stream) - i : step;
            if (sse_feed(&s, stream + i, n, &id))
                sum += id;
        }
        assert_int_equal(sum, 7 + 8 + 9 + 10);
    }
}

static void sse_feed__what_is_no_position__is_passed_over(void **state)
{
    static const char *const lines[] = {
        "id:\n",    "id: \n",
        "id: -1\n", "id: x\n",
        "id: 1x\n", "id: 1 \n",
        "id:  1\n", "id: 1234567890123456789\n",
        "ID: 1\n",  "id 1\n",
        " id: 1\n", "\n",
        "\r\n",     "data: id: 3\n",
        "id: 5",    "id: 00000000000000000000000000000000000000000000000000000000000001\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct sse s = {.n = 0};
        int64_t id = -5;
        if (sse_feed(&s, lines[i], strlen(lines[i]), &id))
            fail_msg("'%s' is no position", lines[i]);
        assert_int_equal(id, -5);
    }
}

static void sse_feed__endless_line__costs_nothing(void **state)
{
    struct sse s = {.n = 0};
    int64_t id = 0;
    char *block = malloc(100000);
    (void)state;
    assert_non_null(block);
    memset(block, 'i', 100000);
    for (int i = 0; i < 100; i++)
        assert_false(sse_feed(&s, block, 100000, &id));
    free(block);
    assert_true(sse_feed(&s, "\nid: 3\n", 7, &id));
    assert_int_equal(id, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sse_feed__stream_in_one_piece__last_id),
        cmocka_unit_test(sse_feed__stream_cut_anywhere__every_id),
        cmocka_unit_test(sse_feed__what_is_no_position__is_passed_over),
        cmocka_unit_test(sse_feed__endless_line__costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
