#include "shared/err.h"

#include "shared/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void err_table__rows__complete_and_found_by_name(void **state)
{
    (void)state;
    for (int i = ERR_NONE + 1; i < ERR_COUNT; i++) {
        const struct err_info *row = err_info((enum err_code)i);
        assert_int_equal(row->code, i);
        assert_ptr_equal(err_find(row->name), row);
        assert_true(row->title[0] != '\0' && row->meaning[0] != '\0');
        assert_true(row->status == 0 || (row->status >= 400 && row->status <= 505));
        assert_true(row->status != 500 && row->status != 502 && row->status != 504);
        assert_int_equal(row->retry_after_s > 0, row->status == 503);
    }
    assert_null(err_find("NONE"));
    assert_null(err_find("queue_full"));
    assert_null(err_find(""));
}

static void err_set__any_length__false_and_one_terminated_text(void **state)
{
    (void)state;
    struct err e;
    assert_false(err_set(&e, ERR_NOT_FOUND, "'%s' is not here", "x"));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_string_equal(e.message, "'x' is not here");
    assert_false(err_set(&e, ERR_NOT_FOUND, "%0*d", 1000, 0));
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
    assert_false(err_set(NULL, ERR_NOT_FOUND, "nobody listens"));
}

static void api_reply_free__body_and_null__nothing_left(void **state)
{
    (void)state;
    struct api_reply *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->body = strdup("{}");
    api_reply_free(r);
    api_reply_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_table__rows__complete_and_found_by_name),
        cmocka_unit_test(err_set__any_length__false_and_one_terminated_text),
        cmocka_unit_test(api_reply_free__body_and_null__nothing_left),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
