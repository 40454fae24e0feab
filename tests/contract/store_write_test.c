/* What every store promises about writing: units, claims, versions, positions. */
#include "tests/support/store_kit.h"

#define HOUR INT64_C(3600000)

static void assert_outcome(const struct kit_unit *u, enum unit_outcome outcome)
{
    if (u->unit.outcome != outcome)
        fail_msg("outcome %d instead of %d: %s", u->unit.outcome, outcome, u->unit.err.message);
}

static void apply_one(struct kit *k, struct kit_unit *u, enum unit_outcome outcome)
{
    assert_true(kit_apply(k, &u, 1));
    assert_outcome(u, outcome);
}

static void assert_replay(const struct kit_unit *repeat, const struct kit_unit *first)
{
    char expected[80], id[ORDER_ID_LEN + 1];
    ulid_format_order(first->unit.plan.order.id, id);
    snprintf(expected, sizeof expected, "%s %lld 0", id, (long long)first->unit.plan.order.version);
    assert_int_equal(repeat->unit.replay_len, strlen(expected));
    assert_string_equal(repeat->unit.replay, expected);
}

static void free_all(struct kit_unit *const units[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        kit_unit_free(units[i]);
}

/* ---- units ---- */

static void apply__creation__is_stored_as_decided(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u = kit_create(KIT_BODY);
    apply_one(k, u, UNIT_COMMITTED);
    const struct order *made = &u->unit.plan.order;
    struct order o = kit_must_get(k, made->id);
    assert_int_equal(u->unit.plan.n_events, 1);
    assert_int_equal(u->unit.plan.events[0].position, 1);
    assert_int_equal(k->store->ops->position(k->store), 1);
    assert_true(ulid_equal(o.id, made->id));
    assert_int_equal(o.version, 1);
    assert_int_equal(o.status, STATUS_RECEIVED);
    assert_int_equal(o.created_at, ulid_ms(o.id));
    assert_int_equal(o.total.minor, 5998);
    assert_string_equal(o.total.currency->code, "USD");
    assert_int_equal(o.promised_at, made->promised_at);
    assert_string_equal(o.customer_id, "CUST-1");
    assert_int_equal(o.doc_len, made->doc_len);
    assert_memory_equal(o.doc, made->doc, made->doc_len);
    kit_unit_free(u);
}

static void apply__every_field_a_command_sets__is_stored(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_SHIPPED);
    kit_do(k, kit_command(COMMAND_HOLD, id));
    struct order o = kit_must_get(k, id);
    assert_int_equal(o.status, STATUS_SHIPPED);
    assert_int_equal(o.version, 8);
    assert_string_equal(o.wave_id, "WAVE-1");
    assert_string_equal(o.tracking_number, "1Z999");
    assert_string_equal(o.carrier, "UPS");
    assert_null(o.cancellation_reason);
    assert_int_equal(o.n_holds, 1);
    assert_string_equal(o.holds[0].type, "payment");
    kit_do(k, kit_command(COMMAND_RELEASE_HOLD, id));
    assert_int_equal(kit_must_get(k, id).n_holds, 0);
    struct ulid other = kit_order_at(k, KIT_BODY, STATUS_CANCELLED);
    assert_string_equal(kit_must_get(k, other).cancellation_reason, "changed my mind");
    kit_check_events(k);
}

static void apply__commands_on_one_order_in_one_call__see_each_other(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u[] = {kit_command(COMMAND_VALIDATE, id), kit_command(COMMAND_ASSIGN_WAVE, id),
                            kit_command(COMMAND_VALIDATE, id), kit_command(COMMAND_START_PICKING, id),
                            kit_command(COMMAND_SHIP, id)};
    assert_true(kit_apply(k, u, 5));
    for (size_t i = 0; i < 5; i++)
        assert_outcome(u[i], UNIT_COMMITTED);
    assert_int_equal(u[2]->unit.plan.err.code, ERR_NONE); /* a repeat: harmless, no event */
    assert_int_equal(u[2]->unit.plan.n_events, 0);
    assert_int_equal(u[4]->unit.plan.err.code, ERR_INVALID_STATE);
    struct order o = kit_must_get(k, id);
    assert_int_equal(o.status, STATUS_PICKING);
    assert_int_equal(o.version, 4);
    assert_int_equal(kit_check_events(k), 4);
    free_all(u, 5);
}

static void apply__creation_and_command_in_one_call__both_happen(void **state)
{
    struct kit *k = *state;
    struct kit_unit *make = kit_create(KIT_BODY), *move = kit_command(COMMAND_VALIDATE, make->fresh.id);
    struct kit_unit *u[] = {make, move};
    assert_true(kit_apply(k, u, 2));
    assert_outcome(move, UNIT_COMMITTED);
    assert_int_equal(kit_must_get(k, make->fresh.id).status, STATUS_VALIDATED);
    free_all(u, 2);
}

static void apply__unknown_order__decide_gets_none(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u = kit_command(COMMAND_VALIDATE, ulid_new());
    apply_one(k, u, UNIT_COMMITTED);
    assert_int_equal(u->unit.plan.err.code, ERR_ORDER_NOT_FOUND);
    assert_false(u->unit.plan.has_order);
    kit_unit_free(u);
}

/* A UUID that differs in nothing but its version names no order. */
static void apply__uuid_of_another_version__finds_nothing(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY)), foreign = id;
    foreign.hi = (foreign.hi & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    struct kit_unit *u = kit_command(COMMAND_VALIDATE, foreign);
    apply_one(k, u, UNIT_COMMITTED);
    assert_int_equal(u->unit.plan.err.code, ERR_ORDER_NOT_FOUND);
    assert_int_equal(kit_must_get(k, id).status, STATUS_RECEIVED);
    struct order o;
    assert_false(kit_get(k, foreign, &o));
    kit_unit_free(u);
}

static void apply__refusal_that_writes__is_stored_once(void **state)
{
    struct kit *k = *state;
    struct ulid id =
        kit_do(k, kit_create("{\"customerId\":\"C\",\"items\":[" KIT_ITEM "],\"shippingAddress\":{\"street\":"
                             "\"x\",\"city\":\"\",\"state\":\"\",\"zipCode\":\"1\",\"country\":\"ZZ\"}}"));
    struct kit_unit *u[] = {kit_command(COMMAND_VALIDATE, id), kit_command(COMMAND_VALIDATE, id)};
    assert_true(kit_apply(k, u, 2));
    assert_int_equal(u[0]->unit.plan.err.code, ERR_VALIDATION_REFUSED);
    assert_int_equal(u[1]->unit.plan.err.code, ERR_VALIDATION_REFUSED);
    assert_int_equal(kit_must_get(k, id).version, 2); /* the same faults again are no event */
    assert_int_equal(kit_check_events(k), 2);
    free_all(u, 2);
}

static void apply__refusal_that_writes_nothing__moves_nothing(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    int64_t position = k->store->ops->position(k->store);
    struct kit_unit *u = kit_command(COMMAND_COMPLETE, id);
    apply_one(k, u, UNIT_COMMITTED);
    assert_int_equal(u->unit.plan.err.code, ERR_INVALID_STATE);
    assert_int_equal(k->store->ops->position(k->store), position);
    assert_int_equal(kit_must_get(k, id).version, 1);
    kit_unit_free(u);
}

static void apply__old_version_asked_for__is_a_mismatch(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u[] = {kit_command(COMMAND_VALIDATE, id), kit_command(COMMAND_CANCEL, id)};
    u[0]->command.if_version = u[1]->command.if_version = 1; /* two that race: one wins */
    assert_true(kit_apply(k, u, 2));
    assert_int_equal(u[0]->unit.plan.err.code, ERR_NONE);
    assert_int_equal(u[1]->unit.plan.err.code, ERR_VERSION_MISMATCH);
    assert_int_equal(kit_must_get(k, id).status, STATUS_VALIDATED);
    free_all(u, 2);
}

static void apply__unit_that_cannot_be_written__spoils_only_itself(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_command(COMMAND_VALIDATE, id),
                            kit_command(COMMAND_ASSIGN_WAVE, id), kit_create(KIT_BODY)};
    u[1]->spoilt = true;
    u[3]->fresh.id = id; /* a second order of this id */
    kit_claim(u[0], "first", "x", KIT_NOW);
    kit_claim(u[3], "last", "x", KIT_NOW);
    assert_true(kit_apply(k, u, 4));
    assert_outcome(u[0], UNIT_COMMITTED);
    assert_outcome(u[1], UNIT_BUSY);
    assert_int_equal(u[1]->unit.err.code, ERR_STORAGE_BUSY);
    assert_outcome(u[2], UNIT_COMMITTED);
    assert_int_equal(u[2]->unit.plan.err.code, ERR_INVALID_STATE); /* the order is still received */
    assert_outcome(u[3], UNIT_BUSY);
    struct kit_unit *again = kit_create(KIT_BODY); /* what was not written is not remembered */
    kit_claim(again, "last", "x", KIT_NOW);
    apply_one(k, again, UNIT_COMMITTED);
    assert_int_equal(kit_must_get(k, id).version, 1);
    assert_int_equal(kit_check_events(k), 3);
    kit_unit_free(again);
    free_all(u, 4);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

static void apply__many_in_one_call__positions_rise_in_order(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u[512];
    for (size_t i = 0; i < 512; i++)
        u[i] = kit_create(KIT_BODY);
    assert_true(kit_apply(k, u, 512));
    for (size_t i = 0; i < 512; i++) {
        assert_outcome(u[i], UNIT_COMMITTED);
        assert_int_equal(u[i]->unit.plan.events[0].position, (int64_t)i + 1);
    }
    assert_int_equal(kit_check_events(k), 512);
    free_all(u, 512);
}

static void apply__each_commit__changes_commits(void **state)
{
    struct kit *k = *state;
    uint64_t before = k->store->ops->commits(k->store);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    uint64_t after = k->store->ops->commits(k->store);
    assert_true(after != before);
    kit_do(k, kit_command(COMMAND_VALIDATE, id));
    assert_true(k->store->ops->commits(k->store) != after);
}

/* ---- claims ---- */

static void claim__repeat__gets_the_record_and_does_nothing(void **state)
{
    struct kit *k = *state;
    struct kit_unit *first = kit_create(KIT_BODY), *repeat = kit_create(KIT_BODY);
    kit_claim(first, "key", "request", KIT_NOW);
    kit_claim(repeat, "key", "request", KIT_NOW + 23 * HOUR);
    apply_one(k, first, UNIT_COMMITTED);
    apply_one(k, repeat, UNIT_REPEATED);
    assert_replay(repeat, first);
    assert_int_equal(repeat->decided, 0);
    assert_int_equal(kit_check_events(k), 1);
    kit_unit_free(first);
    kit_unit_free(repeat);
}

static void claim__another_request__is_a_mismatch(void **state)
{
    struct kit *k = *state;
    struct kit_unit *first = kit_create(KIT_BODY), *other = kit_create(KIT_BODY);
    kit_claim(first, "key", "request", KIT_NOW);
    kit_claim(other, "key", "another request", KIT_NOW);
    apply_one(k, first, UNIT_COMMITTED);
    apply_one(k, other, UNIT_MISMATCH);
    assert_int_equal(kit_check_events(k), 1);
    kit_unit_free(first);
    kit_unit_free(other);
}

static void claim__repeat_in_the_same_call__gets_the_record(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_create(KIT_BODY), kit_create(KIT_BODY),
                            kit_create(KIT_BODY)};
    for (size_t i = 0; i < 4; i++)
        kit_claim(u[i], i < 3 ? "key" : "other key", i == 1 ? "another request" : "request", KIT_NOW);
    assert_true(kit_apply(k, u, 4));
    assert_outcome(u[0], UNIT_COMMITTED);
    assert_outcome(u[1], UNIT_MISMATCH);
    assert_outcome(u[2], UNIT_REPEATED);
    assert_outcome(u[3], UNIT_COMMITTED);
    assert_replay(u[2], u[0]);
    assert_int_equal(kit_check_events(k), 2);
    free_all(u, 4);
}

static void claim__after_a_day__is_gone(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_create(KIT_BODY), kit_create(KIT_BODY),
                            kit_create(KIT_BODY)};
    kit_claim(u[0], "key", "request", KIT_NOW);
    kit_claim(u[1], "key", "request", KIT_NOW + CLAIM_TTL_MS - 1);
    kit_claim(u[2], "key", "another request", KIT_NOW + CLAIM_TTL_MS);
    kit_claim(u[3], "key", "another request", KIT_NOW + 2 * CLAIM_TTL_MS - 1);
    apply_one(k, u[0], UNIT_COMMITTED);
    apply_one(k, u[1], UNIT_REPEATED);
    apply_one(k, u[2], UNIT_COMMITTED);
    apply_one(k, u[3], UNIT_REPEATED);
    assert_replay(u[3], u[2]);
    free_all(u, 4);
}

static void claim__refusal__is_remembered(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u[] = {kit_command(COMMAND_SHIP, id), kit_command(COMMAND_SHIP, id)};
    kit_claim(u[0], "key", "request", KIT_NOW);
    kit_claim(u[1], "key", "request", KIT_NOW);
    apply_one(k, u[0], UNIT_COMMITTED);
    apply_one(k, u[1], UNIT_REPEATED);
    assert_int_equal(u[1]->decided, 0);
    free_all(u, 2);
}

static void claim__without_a_record__is_not_kept(void **state)
{
    struct kit *k = *state;
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_create(KIT_BODY)};
    u[0]->no_record = true;
    kit_claim(u[0], "key", "request", KIT_NOW);
    kit_claim(u[1], "key", "another request", KIT_NOW);
    assert_true(kit_apply(k, u, 2));
    assert_outcome(u[0], UNIT_COMMITTED);
    assert_outcome(u[1], UNIT_COMMITTED);
    free_all(u, 2);
}

static void claim__survives_a_restart(void **state)
{
    struct kit *k = *state;
    struct kit_unit *first = kit_create(KIT_BODY), *repeat = kit_create(KIT_BODY);
    kit_claim(first, "key", "request", KIT_NOW);
    kit_claim(repeat, "key", "request", KIT_NOW);
    apply_one(k, first, UNIT_COMMITTED);
    kit_close(k);
    kit_open(k);
    apply_one(k, repeat, UNIT_REPEATED);
    assert_replay(repeat, first);
    kit_unit_free(first);
    kit_unit_free(repeat);
}

static void upkeep__old_claims__go_in_steps_and_young_ones_stay(void **state)
{
    struct kit *k = *state;
    char key[32];
    for (int round = 0; round < 2; round++) {
        struct kit_unit *u[300];
        for (int i = 0; i < 300; i++) {
            u[i] = kit_create(KIT_BODY);
            snprintf(key, sizeof key, "key %d", round * 300 + i);
            kit_claim(u[i], key, "request", KIT_NOW + round * HOUR);
        }
        assert_true(kit_apply(k, u, 300));
        free_all(u, 300);
    }
    int steps = 0;
    while (k->store->ops->upkeep(k->store, KIT_NOW + CLAIM_TTL_MS + 1))
        assert_true(++steps < 10);
    assert_true(steps >= 1);
    struct kit_unit *old = kit_create(KIT_BODY), *young = kit_create(KIT_BODY);
    kit_claim(old, "key 299", "another request", KIT_NOW + HOUR);
    kit_claim(young, "key 300", "request", KIT_NOW + HOUR);
    apply_one(k, old, UNIT_COMMITTED);
    apply_one(k, young, UNIT_REPEATED);
    kit_unit_free(old);
    kit_unit_free(young);
}

/* ---- across restarts ---- */

static void reopen__positions_and_ids_go_on(void **state)
{
    struct kit *k = *state;
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PACKED), last;
    int64_t position = k->store->ops->position(k->store);
    kit_close(k);
    kit_open(k);
    assert_int_equal(k->store->ops->position(k->store), position);
    last = kit_do(k, kit_create(KIT_BODY));
    assert_true(ulid_rank(last) > ulid_rank(id));
    assert_int_equal(k->store->ops->position(k->store), position + 1);
    assert_int_equal(kit_must_get(k, id).status, STATUS_PACKED);
    kit_check_events(k);
}

static void random_histories__versions_positions_and_counters_hold(void **state)
{
    struct kit *k = *state;
    struct ulid ids[60];
    size_t n = 0;
    for (int batch = 0; batch < 60; batch++) {
        struct kit_unit *u[20];
        for (size_t i = 0; i < 20; i++) {
            bool create = n == 0 || (n < 60 && kit_draw(k, 5) == 0);
            u[i] = create ? kit_create(KIT_BODY)
                          : kit_command((enum order_command)kit_draw(k, COMMAND_COUNT), ids[kit_draw(k, n)]);
            u[i]->spoilt = kit_draw(k, 40) == 0;
            if (create && !u[i]->spoilt)
                ids[n++] = u[i]->fresh.id;
        }
        clock_freeze(KIT_NOW + batch * 61000);
        assert_true(kit_apply(k, u, 20));
        free_all(u, 20);
    }
    kit_check_events(k);
    kit_close(k);
    const char *fault = kit_audit(k->path);
    if (fault != NULL)
        fail_msg("%s", fault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(apply__creation__is_stored_as_decided),
        KIT_TEST(apply__every_field_a_command_sets__is_stored),
        KIT_TEST(apply__commands_on_one_order_in_one_call__see_each_other),
        KIT_TEST(apply__creation_and_command_in_one_call__both_happen),
        KIT_TEST(apply__unknown_order__decide_gets_none),
        KIT_TEST(apply__uuid_of_another_version__finds_nothing),
        KIT_TEST(apply__refusal_that_writes__is_stored_once),
        KIT_TEST(apply__refusal_that_writes_nothing__moves_nothing),
        KIT_TEST(apply__old_version_asked_for__is_a_mismatch),
        KIT_TEST(apply__unit_that_cannot_be_written__spoils_only_itself),
        KIT_TEST(apply__many_in_one_call__positions_rise_in_order),
        KIT_TEST(apply__each_commit__changes_commits),
        KIT_TEST(claim__repeat__gets_the_record_and_does_nothing),
        KIT_TEST(claim__another_request__is_a_mismatch),
        KIT_TEST(claim__repeat_in_the_same_call__gets_the_record),
        KIT_TEST(claim__after_a_day__is_gone),
        KIT_TEST(claim__refusal__is_remembered),
        KIT_TEST(claim__without_a_record__is_not_kept),
        KIT_TEST(claim__survives_a_restart),
        KIT_TEST(upkeep__old_claims__go_in_steps_and_young_ones_stay),
        KIT_TEST(reopen__positions_and_ids_go_on),
        KIT_TEST(random_histories__versions_positions_and_counters_hold),
    };
    int failed = 0;
    for (size_t i = 0; i < kit_n_backends; i++) {
        kit_current = &kit_backends[i];
        failed += cmocka_run_group_tests_name(kit_current->name, tests, NULL, NULL);
    }
    return failed;
}
