/* What a command does beyond the state table: versions, events, repeats, holds, times, remembered faults. */
#include "tests/unit/order_samples.h"

#include "service/order/decide.h"

static const char *data_of(const struct plan *plan, size_t i)
{
    assert_true(i < plan->n_events);
    assert_int_equal(strlen(plan->events[i].data), plan->events[i].data_len);
    return plan->events[i].data;
}

/* Decides, wants success with one event, and takes the plan's order as stored. */
static struct plan must_move(struct sample *s, const struct command *c, struct order *o)
{
    struct plan plan = sample_decide(s, c, o);
    if (plan.err.code != ERR_NONE)
        fail_msg("%s", plan.err.message);
    assert_int_equal(plan.write, PLAN_UPDATE);
    assert_int_equal(plan.n_events, 1);
    assert_int_equal(plan.events[0].version, o->version + 1);
    *o = plan.order;
    return plan;
}

static void must_refuse(struct sample *s, const struct command *c, const struct order *o, enum err_code code)
{
    struct plan plan = sample_decide(s, c, o);
    assert_int_equal(plan.err.code, code);
    assert_int_equal(plan.write, PLAN_NOTHING);
    assert_int_equal(plan.n_events, 0);
    assert_int_equal(plan.order.version, o->version);
}

static void must_do_nothing(struct sample *s, const struct command *c, const struct order *o)
{
    must_refuse(s, c, o, ERR_NONE);
}

/* ---- the order of checks ---- */

static void decide__no_such_order__is_not_found(void **state)
{
    struct command c = sample_command(COMMAND_VALIDATE);
    c.if_version = 3;
    struct plan plan = sample_decide(*state, &c, NULL);
    assert_int_equal(plan.err.code, ERR_ORDER_NOT_FOUND);
    assert_false(plan.has_order);
    assert_int_equal(plan.write, PLAN_NOTHING);
}

static void decide__another_version__is_refused_before_hold_and_state(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_COMPLETED, true);
    struct command c = sample_command(COMMAND_CANCEL);
    c.if_version = o.version - 1;
    must_refuse(s, &c, &o, ERR_VERSION_MISMATCH);
    c.if_version = IF_MATCH_NONE;
    must_refuse(s, &c, &o, ERR_VERSION_MISMATCH);
    c.if_version = IF_MATCH_WEAK;
    must_refuse(s, &c, &o, ERR_VERSION_MISMATCH);
    c.if_version = o.version;
    must_refuse(s, &c, &o, ERR_INVALID_STATE);
}

/* Whether a repeat is harmless depends on the arguments, so their form comes before hold and state. */
static void decide__faulty_arguments__refused_after_the_version_before_the_state(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_COMPLETED, true);
    struct command c = sample_command(COMMAND_ASSIGN_WAVE);
    struct err fault;
    struct faults faults = {0};
    err_set(&fault, ERR_VALIDATION_FAILED, "1 fault");
    c.fault = &fault;
    c.faults = &faults;
    must_refuse(s, &c, &o, ERR_VALIDATION_FAILED);
    c.if_version = o.version - 1;
    must_refuse(s, &c, &o, ERR_VERSION_MISMATCH);
    assert_int_equal(sample_decide(s, &c, NULL).err.code, ERR_ORDER_NOT_FOUND);
}

static void decide__if_match_without_a_version__says_why(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_RECEIVED, false);
    struct command c = sample_command(COMMAND_CANCEL);
    c.if_version = IF_MATCH_WEAK;
    assert_contains(sample_decide(s, &c, &o).err.message, "a weak tag (W/) never matches");
    c.if_version = IF_MATCH_NONE;
    assert_contains(sample_decide(s, &c, &o).err.message, "that of no version");
}

static void decide__two_race_on_one_version__one_wins(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_VALIDATED, false);
    struct command assign = sample_command(COMMAND_ASSIGN_WAVE);
    struct command cancel = sample_command(COMMAND_CANCEL);
    assign.if_version = cancel.if_version = o.version;
    must_move(s, &assign, &o);
    must_refuse(s, &cancel, &o, ERR_VERSION_MISMATCH);
    assert_int_equal(o.status, STATUS_WAVE_ASSIGNED);
    cancel.if_version = -1;
    must_move(s, &cancel, &o);
    must_refuse(s, &assign, &o, ERR_VERSION_MISMATCH);
    assert_int_equal(o.status, STATUS_CANCELLED);
}

static void decide__on_hold__is_refused_before_state(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_RECEIVED, true);
    struct command c = sample_command(COMMAND_SHIP);
    must_refuse(s, &c, &o, ERR_ON_HOLD);
}

/* ---- a whole life ---- */

static void decide__whole_life__counts_versions_and_keeps_what_commands_bring(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, SAMPLE_BODY);
    static const enum order_command way[] = {
        COMMAND_VALIDATE,    COMMAND_ASSIGN_WAVE,   COMMAND_UNASSIGN_WAVE,
        COMMAND_ASSIGN_WAVE, COMMAND_START_PICKING, COMMAND_MARK_CONSOLIDATED,
        COMMAND_MARK_PACKED, COMMAND_SHIP,          COMMAND_COMPLETE,
    };
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        struct command c = sample_command(way[i]);
        c.now = o.updated_at + 1000;
        c.if_version = o.version;
        enum order_status before = o.status;
        int64_t since = o.status_since;
        struct plan plan = must_move(s, &c, &o);
        assert_int_equal(plan.previous, before);
        assert_int_equal(plan.previous_since, since);
        assert_int_equal(o.status_since, c.now);
        assert_int_equal(o.version, (int64_t)i + 2);
        assert_string_equal(plan.events[0].actor, "bob");
        assert_true(ulid_equal(plan.events[0].order_id, o.id));
        assert_string_equal(o.doc, s->order.doc);
    }
    assert_int_equal(o.status, STATUS_COMPLETED);
    assert_string_equal(o.wave_id, "WAVE-1");
    assert_string_equal(o.tracking_number, "1Z999");
    assert_string_equal(o.carrier, "UPS");
}

static void decide__clock_stepped_back__time_never_does(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_VALIDATED, false);
    o.updated_at = SAMPLE_NOW + 5000;
    struct command c = sample_command(COMMAND_ASSIGN_WAVE);
    struct plan plan = must_move(s, &c, &o);
    assert_int_equal(plan.events[0].time, SAMPLE_NOW + 5000);
    assert_int_equal(o.updated_at, SAMPLE_NOW + 5000);
    assert_int_equal(o.status_since, SAMPLE_NOW + 5000);
}

static void decide__received__is_inserted_with_its_event(void **state)
{
    struct sample *s = *state;
    sample_order(s, SAMPLE_BODY);
    struct plan plan;
    decide_receive(&s->order, &s->received, &plan);
    assert_int_equal(plan.err.code, ERR_NONE);
    assert_int_equal(plan.write, PLAN_INSERT);
    assert_true(plan.has_order);
    assert_int_equal(plan.n_events, 1);
    assert_int_equal(plan.events[0].type, EVENT_RECEIVED);
    assert_int_equal(plan.events[0].version, 1);
    assert_int_equal(plan.order.version, 1);
}

/* ---- repeats that say something else ---- */

static void decide__another_wave__is_refused_wherever_the_order_is(void **state)
{
    struct sample *s = *state;
    for (int status = STATUS_WAVE_ASSIGNED; status <= STATUS_COMPLETED; status++) {
        struct order o = sample_at(s, (enum order_status)status, false);
        struct command c = sample_command(COMMAND_ASSIGN_WAVE);
        must_do_nothing(s, &c, &o);
        c.wave_id = "WAVE-2";
        must_refuse(s, &c, &o, ERR_INVALID_STATE);
    }
}

static void decide__another_tracking_number_once_shipped__is_refused(void **state)
{
    struct sample *s = *state;
    for (int status = STATUS_SHIPPED; status <= STATUS_COMPLETED; status++) {
        struct order o = sample_at(s, (enum order_status)status, false);
        struct command c = sample_command(COMMAND_SHIP);
        must_do_nothing(s, &c, &o);
        c.tracking_number = "1Z000";
        must_refuse(s, &c, &o, ERR_INVALID_STATE);
    }
}

static void decide__ship_after_packing_with_a_number__replaces_it(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_CONSOLIDATED, false);
    struct command packed = sample_command(COMMAND_MARK_PACKED);
    packed.tracking_number = "OLD";
    packed.carrier = "DHL";
    struct plan plan = must_move(s, &packed, &o);
    assert_contains(data_of(&plan, 0), "\"trackingNumber\":\"OLD\",\"carrier\":\"DHL\"");
    struct command ship = sample_command(COMMAND_SHIP);
    plan = must_move(s, &ship, &o);
    assert_string_equal(o.tracking_number, "1Z999");
    assert_string_equal(o.carrier, "UPS");
    assert_contains(
        data_of(&plan, 0),
        "\"trackingNumber\":\"1Z999\",\"carrier\":\"UPS\",\"shippedAt\":\"2026-01-01T12:00:01.000Z\"");
    packed.tracking_number = "OLD";
    must_do_nothing(s, &packed, &o);
}

static void decide__long_texts_in_a_refusal__stay_whole_utf8(void **state)
{
    struct sample *s = *state;
    char wave[64 * 3 + 1] = "";
    for (int i = 0; i < 64; i++)
        strcat(wave, "\xe2\x82\xac");
    struct order o = sample_at(s, STATUS_PICKING, false);
    o.wave_id = wave;
    struct command c = sample_command(COMMAND_ASSIGN_WAVE);
    struct plan plan = sample_decide(s, &c, &o);
    assert_int_equal(plan.err.code, ERR_INVALID_STATE);
    assert_true(utf8_valid(plan.err.message, strlen(plan.err.message)));
    assert_true(strlen(plan.err.message) < sizeof plan.err.message - 20);
}

static void decide__refusals__are_sentences(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_RECEIVED, false);
    struct command c = sample_command(COMMAND_MARK_PACKED);
    assert_string_equal(
        sample_decide(s, &c, &o).err.message,
        "'mark packed' needs an order that is picking or consolidated, and this one is received");
    o = sample_at(s, STATUS_SHIPPED, false);
    c = sample_command(COMMAND_CANCEL);
    assert_string_equal(sample_decide(s, &c, &o).err.message,
                        "the order is shipped, and it is too late to cancel it");
    o = sample_at(s, STATUS_CANCELLED, false);
    c = sample_command(COMMAND_SHIP);
    assert_string_equal(sample_decide(s, &c, &o).err.message,
                        "the order is cancelled for good and does not accept 'ship'");
    c = sample_command(COMMAND_HOLD);
    assert_string_equal(sample_decide(s, &c, &o).err.message,
                        "the order is cancelled, so there is nothing left to hold or release");
    o = sample_at(s, STATUS_PICKING, true);
    c = sample_command(COMMAND_MARK_PACKED);
    assert_string_equal(sample_decide(s, &c, &o).err.message,
                        "the order is on hold ('payment'); release the hold or cancel the order");
}

/* ---- holds ---- */

static struct command hold_command(enum order_command kind, const char *type)
{
    struct command c = sample_command(kind);
    c.hold_type = type;
    c.reason = kind == COMMAND_HOLD ? "to be sure" : NULL;
    return c;
}

static void hold__placed_twice__is_one_event(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_PICKING, false);
    struct command c = hold_command(COMMAND_HOLD, "fraud");
    struct plan plan = must_move(s, &c, &o);
    assert_contains(data_of(&plan, 0), "\"type\":\"fraud\",\"reason\":\"to be sure\"");
    assert_int_equal(o.n_holds, 1);
    assert_string_equal(o.holds[0].type, "fraud");
    assert_int_equal(o.holds[0].since, SAMPLE_NOW + 1000);
    must_do_nothing(s, &c, &o);
    c = hold_command(COMMAND_HOLD, "payment");
    must_move(s, &c, &o);
    assert_int_equal(o.n_holds, 2);
}

static void hold__released__leaves_the_others(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_PICKING, true);
    struct command c = hold_command(COMMAND_HOLD, "fraud");
    must_move(s, &c, &o);
    c = hold_command(COMMAND_RELEASE_HOLD, "payment");
    struct plan plan = must_move(s, &c, &o);
    assert_contains(data_of(&plan, 0), "\"type\":\"payment\"}");
    assert_int_equal(o.n_holds, 1);
    assert_string_equal(o.holds[0].type, "fraud");
    must_do_nothing(s, &c, &o);
    c = hold_command(COMMAND_RELEASE_HOLD, "fraud");
    must_move(s, &c, &o);
    assert_int_equal(o.n_holds, 0);
    assert_null(o.holds);
}

static void hold__released_without_a_type__releases_all_with_an_event_each(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_PICKING, true);
    struct command c = hold_command(COMMAND_HOLD, "fraud");
    must_move(s, &c, &o);
    c = hold_command(COMMAND_RELEASE_HOLD, NULL);
    struct plan plan = sample_decide(s, &c, &o);
    assert_int_equal(plan.err.code, ERR_NONE);
    assert_int_equal(plan.n_events, 2);
    assert_int_equal(plan.order.version, o.version + 2);
    assert_int_equal(plan.events[0].version, o.version + 1);
    assert_int_equal(plan.events[1].version, o.version + 2);
    assert_contains(data_of(&plan, 0), "\"type\":\"payment\"");
    assert_contains(data_of(&plan, 1), "\"type\":\"fraud\"");
    assert_int_equal(plan.order.n_holds, 0);
    must_do_nothing(s, &c, &plan.order);
}

static void hold__more_than_the_limit__is_refused(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_PICKING, false);
    char types[ORDER_HOLDS_MAX + 1][16];
    for (int i = 0; i <= ORDER_HOLDS_MAX; i++) {
        snprintf(types[i], sizeof types[i], "h%d", i);
        struct command c = hold_command(COMMAND_HOLD, types[i]);
        if (i < ORDER_HOLDS_MAX)
            must_move(s, &c, &o);
        else
            must_refuse(s, &c, &o, ERR_INVALID_STATE);
    }
    assert_false(state_allows(&o, COMMAND_HOLD));
    struct command c = hold_command(COMMAND_HOLD, types[0]);
    must_do_nothing(s, &c, &o);
}

static void hold__while_on_hold__cancel_works(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_PACKED, true);
    struct command c = sample_command(COMMAND_CANCEL);
    must_move(s, &c, &o);
    assert_int_equal(o.status, STATUS_CANCELLED);
    assert_string_equal(o.cancellation_reason, "changed my mind");
}

/* ---- validate ---- */

#define BODY_WITH_ADDRESS(address) \
    "{\"customerId\":\"C\",\"items\":[" SAMPLE_ITEM "],\"shippingAddress\":" address "}"

static void validate__nonsense__stays_received_and_tells_once(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, BODY_WITH_ADDRESS("{\"city\":\"Berlin\",\"country\":\"DE\"}"));
    struct command c = sample_command(COMMAND_VALIDATE);
    struct plan plan = sample_decide(s, &c, &o);
    assert_int_equal(plan.err.code, ERR_VALIDATION_REFUSED);
    assert_int_equal(plan.faults.n, 2);
    assert_int_equal(plan.write, PLAN_UPDATE);
    assert_int_equal(plan.order.status, STATUS_RECEIVED);
    assert_int_equal(plan.order.status_since, o.status_since);
    assert_int_equal(plan.order.version, 2);
    assert_int_equal(plan.events[0].type, EVENT_VALIDATION_FAILED);
    assert_contains(data_of(&plan, 0), "\"errors\":[{\"pointer\":\"/shippingAddress/street\",");

    struct plan again = sample_decide(s, &c, &plan.order);
    assert_int_equal(again.err.code, ERR_VALIDATION_REFUSED);
    assert_int_equal(again.faults.n, 2);
    assert_int_equal(again.write, PLAN_NOTHING);
    assert_int_equal(again.n_events, 0);
    assert_int_equal(again.order.version, 2);
}

static void validate__other_faults_than_last_time__tells_again(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, BODY_WITH_ADDRESS("{\"city\":\"Berlin\",\"country\":\"DE\"}"));
    o.last_faults = "[{\"pointer\":\"/shippingAddress/city\",\"detail\":\"is needed to deliver\"}]";
    struct command c = sample_command(COMMAND_VALIDATE);
    struct plan plan = sample_decide(s, &c, &o);
    assert_int_equal(plan.write, PLAN_UPDATE);
    assert_int_equal(plan.n_events, 1);
    assert_string_not_equal(plan.order.last_faults, o.last_faults);
}

static void validate__at_last__forgets_the_faults(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, SAMPLE_BODY);
    o.last_faults = "[]";
    struct command c = sample_command(COMMAND_VALIDATE);
    struct plan plan = must_move(s, &c, &o);
    assert_null(o.last_faults);
    assert_contains(data_of(&plan, 0), "\"validatedAt\":\"2026-01-01T12:00:01.000Z\",\"totalItems\":2}");
}

static void validate__on_hold__is_refused_without_a_check(void **state)
{
    struct sample *s = *state;
    struct order o = sample_order(s, BODY_WITH_ADDRESS("{}"));
    o.holds = &sample_hold;
    o.n_holds = 1;
    struct command c = sample_command(COMMAND_VALIDATE);
    must_refuse(s, &c, &o, ERR_ON_HOLD);
}

/* ---- facts ---- */

static void complete__delivered_earlier__says_so(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_SHIPPED, false);
    struct command c = sample_command(COMMAND_COMPLETE);
    c.delivered_at = SAMPLE_NOW - 3600000;
    struct plan plan = must_move(s, &c, &o);
    assert_contains(data_of(&plan, 0), "\"completedAt\":\"2026-01-01T11:00:00.000Z\"");
    assert_int_equal(o.status_since, SAMPLE_NOW + 1000);
}

static void unassign__from_a_wave__tells_which_and_why(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_WAVE_ASSIGNED, false);
    struct command c = sample_command(COMMAND_UNASSIGN_WAVE);
    c.reason = "wave cancelled";
    struct plan plan = must_move(s, &c, &o);
    assert_null(o.wave_id);
    assert_contains(data_of(&plan, 0),
                    "\"previousStatus\":\"wave_assigned\",\"status\":\"validated\",\"version\":8,"
                    "\"waveId\":\"WAVE-1\",\"reason\":\"wave cancelled\"}");
}

static void picked__reported_in_any_status__adds_up(void **state)
{
    struct sample *s = *state;
    struct order o = sample_at(s, STATUS_PACKED, true);
    struct command c = {.if_version = -1, .now = SAMPLE_NOW, .from_warehouse = true};
    struct plan plan;
    int64_t version = o.version;
    decide_picked(&c, 2, &o, &s->arena, &plan);
    assert_int_equal(plan.order.picked_items, 2);
    o = plan.order;
    decide_picked(&c, 3, &o, &s->arena, &plan);
    assert_int_equal(plan.order.picked_items, 5);
    assert_int_equal(plan.order.version, version + 2);
    assert_int_equal(plan.order.status, STATUS_PACKED);
    assert_contains(data_of(&plan, 0), "\"pickedItems\":5,\"totalItems\":2}");
    o = plan.order;
    decide_picked(&c, INT64_MAX, &o, &s->arena, &plan);
    assert_int_equal(plan.order.picked_items, INT64_C(999999999999999));
    decide_picked(&c, 0, &o, &s->arena, &plan);
    assert_int_equal(plan.write, PLAN_NOTHING);
    decide_picked(&c, 1, NULL, &s->arena, &plan);
    assert_int_equal(plan.err.code, ERR_ORDER_NOT_FOUND);
}

static void decide__no_memory__writes_nothing(void **state)
{
    struct sample *s = *state;
    for (int kind = 0; kind < COMMAND_COUNT; kind++) {
        for (int status = 0; status < STATUS_COUNT; status++) {
            struct order o = sample_at(s, (enum order_status)status, kind == COMMAND_RELEASE_HOLD);
            struct command c = sample_command((enum order_command)kind);
            if (!state_allows(&o, c.kind))
                continue;
            for (size_t max = 0; max < 256; max += 64) {
                struct arena small;
                arena_init(&small, max);
                struct plan plan;
                decide_command(&c, &o, &small, &plan);
                assert_int_equal(plan.err.code, ERR_QUEUE_FULL);
                assert_int_equal(plan.write, PLAN_NOTHING);
                assert_int_equal(plan.n_events, 0);
                assert_int_equal(plan.order.version, o.version);
                assert_int_equal(plan.order.status, o.status);
                arena_release(&small);
            }
        }
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
    const struct CMUnitTest tests[] = {
        TEST(decide__no_such_order__is_not_found),
        TEST(decide__another_version__is_refused_before_hold_and_state),
        TEST(decide__faulty_arguments__refused_after_the_version_before_the_state),
        TEST(decide__if_match_without_a_version__says_why),
        TEST(decide__two_race_on_one_version__one_wins),
        TEST(decide__on_hold__is_refused_before_state),
        TEST(decide__whole_life__counts_versions_and_keeps_what_commands_bring),
        TEST(decide__clock_stepped_back__time_never_does),
        TEST(decide__received__is_inserted_with_its_event),
        TEST(decide__another_wave__is_refused_wherever_the_order_is),
        TEST(decide__another_tracking_number_once_shipped__is_refused),
        TEST(decide__ship_after_packing_with_a_number__replaces_it),
        TEST(decide__long_texts_in_a_refusal__stay_whole_utf8),
        TEST(decide__refusals__are_sentences),
        TEST(hold__placed_twice__is_one_event),
        TEST(hold__released__leaves_the_others),
        TEST(hold__released_without_a_type__releases_all_with_an_event_each),
        TEST(hold__more_than_the_limit__is_refused),
        TEST(hold__while_on_hold__cancel_works),
        TEST(validate__nonsense__stays_received_and_tells_once),
        TEST(validate__other_faults_than_last_time__tells_again),
        TEST(validate__at_last__forgets_the_faults),
        TEST(validate__on_hold__is_refused_without_a_check),
        TEST(complete__delivered_earlier__says_so),
        TEST(unassign__from_a_wave__tells_which_and_why),
        TEST(picked__reported_in_any_status__adds_up),
        TEST(decide__no_memory__writes_nothing),
    };
    return cmocka_run_group_tests_name("order decide", tests, NULL, NULL);
}
