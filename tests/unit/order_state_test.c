/* Every command in every status, with and without a hold, against a table written from the documentation. */
#include "tests/unit/order_samples.h"

#include "service/order/state.h"

/* One letter per status in the order received, validated, wave_assigned, picking, consolidated, packed,
 * shipped, completed, cancelled: M moves the order (or places, releases), = is a harmless repeat, x is
 * refused, H is stopped by a hold. */
struct expectation {
    enum order_command command;
    const char *without_hold;
    const char *with_hold;
    const char *to; /* wire word, NULL: the status stays */
    const char *event;
};

/* clang-format off */
static const struct expectation expectations[] = {
    /*                          rvwpcpscc    rvwpcpscc */
    {COMMAND_VALIDATE,          "M=======x", "HHHHHHH=x", "validated",     "wms.order.validated"},
    {COMMAND_ASSIGN_WAVE,       "xM======x", "HHHHHHH=x", "wave_assigned", "wms.order.wave-assigned"},
    {COMMAND_UNASSIGN_WAVE,     "x=Mxxxxxx", "x=Mxxxxxx", "validated",     "wms.order.wave-unassigned"},
    {COMMAND_START_PICKING,     "xxM=====x", "HHHHHHH=x", "picking",       "wms.order.picking-started"},
    {COMMAND_MARK_CONSOLIDATED, "xxxM====x", "HHHHHHH=x", "consolidated",  "wms.order.consolidated"},
    {COMMAND_MARK_PACKED,       "xxxMM===x", "HHHHHHH=x", "packed",        "wms.order.packed"},
    {COMMAND_SHIP,              "xxxxxM==x", "HHHHHHH=x", "shipped",       "wms.order.shipped"},
    {COMMAND_COMPLETE,          "xxxxxxM=x", "HHHHHHH=x", "completed",     "wms.order.completed"},
    {COMMAND_CANCEL,            "MMMMMMxx=", "MMMMMMxx=", "cancelled",     "wms.order.cancelled"},
    {COMMAND_HOLD,              "MMMMMMMxx", "=======xx", NULL,            "wms.order.hold-placed"},
    {COMMAND_RELEASE_HOLD,      "=======xx", "MMMMMMMxx", NULL,            "wms.order.hold-released"},
};
/* clang-format on */

#define N_EXPECTATIONS (sizeof expectations / sizeof *expectations)

static void check_move(const struct expectation *e, const struct order *stored, const struct plan *plan)
{
    assert_int_equal(plan->err.code, ERR_NONE);
    assert_int_equal(plan->write, PLAN_UPDATE);
    assert_int_equal(plan->n_events, 1);
    assert_string_equal(event_type_name(plan->events[0].type), e->event);
    assert_int_equal(plan->events[0].version, stored->version + 1);
    assert_int_equal(plan->order.version, stored->version + 1);
    assert_int_equal(plan->order.updated_at, SAMPLE_NOW + 1000);
    if (e->to) {
        assert_string_equal(status_word(plan->order.status)->wire, e->to);
        assert_int_equal(plan->order.status_since, SAMPLE_NOW + 1000);
    } else {
        assert_int_equal(plan->order.status, stored->status);
        assert_int_equal(plan->order.status_since, stored->status_since);
    }
}

static void check_nothing_written(const struct order *stored, const struct plan *plan, enum err_code code)
{
    assert_int_equal(plan->err.code, code);
    assert_int_equal(plan->write, PLAN_NOTHING);
    assert_int_equal(plan->n_events, 0);
    assert_int_equal(plan->order.version, stored->version);
    assert_int_equal(plan->order.status, stored->status);
    assert_int_equal(plan->order.updated_at, stored->updated_at);
    assert_true(plan->has_order);
    if (code != ERR_NONE)
        assert_true(strlen(plan->err.message) > 20);
}

static void check_pair(struct sample *s, const struct expectation *e, enum order_status status, bool held)
{
    char expected = (held ? e->with_hold : e->without_hold)[status];
    struct order stored = sample_at(s, status, held);
    struct command c = sample_command(e->command);
    struct plan plan = sample_decide(s, &c, &stored);

    assert_int_equal(plan.previous, status);
    switch (expected) {
    case 'M': check_move(e, &stored, &plan); break;
    case '=': check_nothing_written(&stored, &plan, ERR_NONE); break;
    case 'x': check_nothing_written(&stored, &plan, ERR_INVALID_STATE); break;
    case 'H': check_nothing_written(&stored, &plan, ERR_ON_HOLD); break;
    default: fail_msg("'%c' is no expectation", expected);
    }
    /* a hold of another type may always be added while the order is open */
    bool allowed = expected == 'M' || (e->command == COMMAND_HOLD && expected == '=');
    assert_int_equal(state_allows(&stored, e->command), allowed);
}

static void state__every_command_in_every_status__is_as_documented(void **state)
{
    struct sample *s = *state;
    assert_int_equal(N_EXPECTATIONS, COMMAND_COUNT);
    for (size_t i = 0; i < N_EXPECTATIONS; i++) {
        assert_int_equal(strlen(expectations[i].without_hold), STATUS_COUNT);
        assert_int_equal(strlen(expectations[i].with_hold), STATUS_COUNT);
        for (int status = 0; status < STATUS_COUNT; status++) {
            check_pair(s, &expectations[i], (enum order_status)status, false);
            check_pair(s, &expectations[i], (enum order_status)status, true);
        }
    }
}

static void state__fact_from_the_warehouse__is_not_stopped_by_a_hold(void **state)
{
    struct sample *s = *state;
    for (size_t i = 0; i < N_EXPECTATIONS; i++) {
        const struct expectation *e = &expectations[i];
        for (int status = 0; status < STATUS_COUNT; status++) {
            struct order stored = sample_at(s, (enum order_status)status, true);
            struct command c = sample_command(e->command);
            c.from_warehouse = true;
            struct plan plan = sample_decide(s, &c, &stored);
            if (e->to)
                assert_int_equal(plan.write == PLAN_UPDATE, e->without_hold[status] == 'M');
            assert_int_not_equal(plan.err.code, ERR_ON_HOLD);
        }
    }
}

static const char *allowed(struct sample *s, enum order_status status, bool held)
{
    struct order o = sample_at(s, status, held);
    state_render_allowed(&s->out, &o);
    return sample_text(s);
}

static void allowed_actions__without_hold__are_what_the_status_accepts(void **state)
{
    struct sample *s = *state;
    static const char *const lists[STATUS_COUNT] = {
        [STATUS_RECEIVED] = "[\"validate\",\"cancel\",\"hold\"]",
        [STATUS_VALIDATED] = "[\"assign-wave\",\"cancel\",\"hold\"]",
        [STATUS_WAVE_ASSIGNED] = "[\"unassign-wave\",\"start-picking\",\"cancel\",\"hold\"]",
        [STATUS_PICKING] = "[\"mark-consolidated\",\"mark-packed\",\"cancel\",\"hold\"]",
        [STATUS_CONSOLIDATED] = "[\"mark-packed\",\"cancel\",\"hold\"]",
        [STATUS_PACKED] = "[\"ship\",\"cancel\",\"hold\"]",
        [STATUS_SHIPPED] = "[\"complete\",\"hold\"]",
        [STATUS_COMPLETED] = "[]",
        [STATUS_CANCELLED] = "[]",
    };
    for (int i = 0; i < STATUS_COUNT; i++)
        assert_string_equal(allowed(s, (enum order_status)i, false), lists[i]);
}

static void allowed_actions__on_hold__lead_nowhere_forward(void **state)
{
    struct sample *s = *state;
    for (int i = STATUS_RECEIVED; i <= STATUS_PACKED; i++)
        assert_string_equal(allowed(s, (enum order_status)i, true),
                            i == STATUS_WAVE_ASSIGNED
                                ? "[\"unassign-wave\",\"cancel\",\"hold\",\"release-hold\"]"
                                : "[\"cancel\",\"hold\",\"release-hold\"]");
    assert_string_equal(allowed(s, STATUS_SHIPPED, true), "[\"hold\",\"release-hold\"]");
    assert_string_equal(allowed(s, STATUS_COMPLETED, true), "[]");
    assert_string_equal(allowed(s, STATUS_CANCELLED, true), "[]");
}

static void transition__each_row__stands_at_its_command(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_COUNT; i++)
        assert_int_equal(state_transition((enum order_command)i)->command, i);
}

static void words__each_wire_word__is_found_again(void **state)
{
    (void)state;
    enum order_status status;
    enum order_priority priority;
    enum order_command command;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_true(status_find(status_word((enum order_status)i)->wire, &status));
        assert_int_equal(status, i);
    }
    for (int i = 0; i < PRIORITY_COUNT; i++) {
        assert_true(priority_find(priority_word((enum order_priority)i)->wire, &priority));
        assert_int_equal(priority, i);
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        assert_true(command_find(command_word((enum order_command)i)->wire, &command));
        assert_int_equal(command, i);
    }
    assert_false(status_find("Received", &status));
    assert_false(priority_find("", &priority));
    assert_false(command_find("receive", &command));
    assert_int_equal(priority_promise_days(PRIORITY_STANDARD), 5);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
    const struct CMUnitTest tests[] = {
        TEST(state__every_command_in_every_status__is_as_documented),
        TEST(state__fact_from_the_warehouse__is_not_stopped_by_a_hold),
        TEST(allowed_actions__without_hold__are_what_the_status_accepts),
        TEST(allowed_actions__on_hold__lead_nowhere_forward),
        TEST(transition__each_row__stands_at_its_command),
        TEST(words__each_wire_word__is_found_again),
    };
    return cmocka_run_group_tests_name("order state", tests, NULL, NULL);
}
