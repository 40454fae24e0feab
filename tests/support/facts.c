#include "tests/support/facts.h"

#include "service/write/fact_job.h"
#include "shared/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void apply(struct store *store, struct job *j)
{
    struct unit *u = &j->unit;
    struct err e;
    assert_non_null(j);
    assert_true(store->ops->apply(store, &u, 1, &e));
    assert_int_equal(u->outcome, UNIT_COMMITTED);
    fact_job_free(j);
}

void facts_tell_record(struct store *store, const struct record *r, bool dies)
{
    struct arena a;
    struct fact_set set;
    int64_t now = clock_wall_ms();
    arena_init(&a, 8 << 20);
    assert_true(facts_read(r, now, &a, &set));
    apply(store, set.fault ? fact_job_fault(&set, r, now) : fact_job(&set, 0, r, now));
    if (dies)
        apply(store, fact_job_due(set.facts[0].order_id, now + FACT_PATIENCE_MS + 1));
    arena_release(&a);
}

void facts_tell(struct store *store, const char *value, int64_t offset, bool dies)
{
    const struct record_header type = {"content-type", "application/json", 16};
    const struct record r = {.topic = "wms.test",
                             .partition = 2,
                             .offset = offset,
                             .key = "k",
                             .key_len = 1,
                             .value = value,
                             .value_len = strlen(value),
                             .headers = &type,
                             .n_headers = 1};
    facts_tell_record(store, &r, dies);
}

void facts_tell_order(struct store *store, const char *order_id, const char *type, const char *more,
                      int64_t offset, bool dies)
{
    char value[400];
    snprintf(value, sizeof value,
             "{\"specversion\":\"1.0\",\"id\":\"e%lld\",\"source\":\"/wms\",\"type\":\"%s\",\"data\":{"
             "\"orderId\":\"%s\"%s}}",
             (long long)offset, type, order_id, more);
    facts_tell(store, value, offset, dies);
}
