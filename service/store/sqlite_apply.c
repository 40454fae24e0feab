/* Group commit: one transaction for an array of units. */
#include "service/order/order_json.h"
#include "service/store/sqlite_private.h"
#include "shared/clock.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MAX (1024 * 1024)
#define HOLDS_MAX (64 * 1024)

/* What became of a statement or a unit inside the transaction. */
enum step {
    STEP_OK,
    STEP_UNIT_FAILED,  /* the transaction still stands, but this unit's part of it is incomplete */
    STEP_BATCH_FAILED, /* SQLite rolled the transaction back: nothing of any unit was written */
};

/* SQLITE_FULL, IOERR, NOMEM and others may have rolled back the whole transaction; autocommit tells. */
static enum step judge(struct sqlite_store *s, int rc)
{
    if (rc == SQLITE_DONE || rc == SQLITE_ROW || rc == SQLITE_OK)
        return STEP_OK;
    return sqlite3_get_autocommit(s->db) ? STEP_BATCH_FAILED : STEP_UNIT_FAILED;
}

static enum step run(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    return judge(s, rc);
}

static void set_busy(struct sqlite_store *s, struct unit *u)
{
    int rc = sqlite3_errcode(s->db);
    u->outcome = UNIT_BUSY;
    if (rc == SQLITE_FULL)
        err_set(&u->err, ERR_STORAGE_FULL, "the disk is full; nothing was done");
    else
        err_set(&u->err, ERR_STORAGE_BUSY, "the database could not take the change; nothing was done");
}

/* ---- claims ---- */

/* Settles the unit when its claim was made before (*ret_settled). An expired record makes room. */
static enum step look_up_claim(struct sqlite_store *s, struct unit *u, bool *ret_settled)
{
    sqlite3_stmt *q = s->claim_find;
    sqlite3_bind_blob(q, 1, u->claim.key, SHA256_LEN, SQLITE_STATIC);
    int rc = sqlite3_step(q);
    bool expired = false;
    *ret_settled = false;
    if (rc == SQLITE_ROW && sqlite3_column_int64(q, 1) <= u->claim.now - CLAIM_TTL_MS) {
        expired = true;
    } else if (rc == SQLITE_ROW) {
        *ret_settled = true;
        const void *request = sqlite3_column_blob(q, 0);
        bool same =
            sqlite3_column_bytes(q, 0) == SHA256_LEN && memcmp(request, u->claim.request, SHA256_LEN) == 0;
        u->outcome = same ? UNIT_REPEATED : UNIT_MISMATCH;
        if (same) {
            u->replay_len = (size_t)sqlite3_column_bytes(q, 2);
            u->replay = arena_memdup(u->arena, sqlite3_column_blob(q, 2), u->replay_len);
            if (u->replay == NULL)
                set_busy(s, u);
        }
    }
    sqlite3_reset(q);
    if (!expired)
        return judge(s, rc);
    sqlite3_bind_blob(s->claim_drop, 1, u->claim.key, SHA256_LEN, SQLITE_STATIC);
    return run(s, s->claim_drop);
}

static enum step write_claim(struct sqlite_store *s, struct unit *u)
{
    struct buf record = BUF_INIT(RECORD_MAX);
    enum step step = STEP_OK;
    if (u->record(u->ctx, &u->plan, &record)) {
        sqlite3_stmt *q = s->claim_add;
        sqlite3_bind_blob(q, 1, u->claim.key, SHA256_LEN, SQLITE_STATIC);
        sqlite3_bind_blob(q, 2, u->claim.request, SHA256_LEN, SQLITE_STATIC);
        sqlite3_bind_int64(q, 3, u->claim.now);
        sqlite3_bind_blob(q, 4, record.data, (int)record.len, SQLITE_STATIC);
        step = record.failed ? STEP_UNIT_FAILED : run(s, q);
    }
    buf_release(&record);
    return step;
}

/* ---- one unit ---- */

static enum step load_target(struct sqlite_store *s, struct unit *u, struct order *ret, bool *ret_found)
{
    sqlite3_bind_int64(s->load, 1, ulid_rank(u->target));
    sqlite3_bind_int64(s->load, 2, (int64_t)u->target.lo);
    s->row = (struct order_row){.order = ret, .arena = u->arena};
    int rc = sqlite3_step(s->load);
    *ret_found = rc == SQLITE_ROW;
    bool readable = rc != SQLITE_ROW || s->row.read;
    /* the rank drops the version nibble of a foreign UUID: the id must be the stored one to the bit */
    *ret_found = *ret_found && ulid_equal(ret->id, u->target);
    sqlite3_reset(s->load);
    return readable ? judge(s, rc) : STEP_UNIT_FAILED;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static sqlite3_stmt *order_statement(struct sqlite_store *s, const struct plan *p, const struct order *before)
{
    if (p->write == PLAN_INSERT)
        return s->insert;
    bool kept = before != NULL && same_text(before->customer_id, p->order.customer_id) &&
                same_text(before->wave_id, p->order.wave_id);
    return kept ? s->update_kept : s->update;
}

static enum step place(struct sqlite_store *s, sqlite3_stmt *insert, int64_t rank)
{
    int64_t segment;
    enum step step = judge(s, sqlite_segment_place(s, rank, &segment));
    sqlite3_bind_int64(insert, 23, segment);
    return step;
}

static enum step write_order(struct sqlite_store *s, struct unit *u, const struct order *before)
{
    const struct plan *p = &u->plan;
    sqlite3_stmt *q = order_statement(s, p, before);
    struct buf holds = BUF_INIT(HOLDS_MAX);
    if (p->order.n_holds > 0)
        holds_render(&holds, p->order.holds, p->order.n_holds);
    bind_order(q, &p->order, p->order.n_holds > 0 ? holds.data : NULL);
    enum step step = holds.failed ? STEP_UNIT_FAILED : STEP_OK;
    if (p->write == PLAN_UPDATE)
        sqlite3_bind_int64(q, 23, p->order.version - (int64_t)p->n_events);
    else if (step == STEP_OK)
        step = place(s, q, ulid_rank(p->order.id));
    if (step == STEP_OK)
        step = run(s, q);
    if (step == STEP_OK && sqlite3_changes(s->db) != 1)
        step = STEP_UNIT_FAILED; /* the row is not what decide saw */
    buf_release(&holds);
    return step;
}

static enum step write_events(struct sqlite_store *s, struct unit *u)
{
    enum step step = STEP_OK;
    for (size_t i = 0; i < u->plan.n_events && step == STEP_OK; i++) {
        u->plan.events[i].position = ++s->next_position;
        bind_event(s->event, &u->plan.events[i]);
        step = run(s, s->event);
    }
    return step;
}

static enum step write_plan(struct sqlite_store *s, struct unit *u, const struct order *before)
{
    if (u->plan.write == PLAN_NOTHING)
        return STEP_OK;
    enum step step = write_order(s, u, before);
    if (step == STEP_OK)
        step = write_events(s, u);
    if (step != STEP_OK)
        return step;
    deltas_note(&s->deltas, &u->plan, before);
    if (s->deltas.used > DELTA_SLOTS / 2)
        step = judge(s, deltas_write(s));
    return step;
}

static enum step follow_log(struct sqlite_store *s, struct unit *u)
{
    bool fenced = false;
    enum step step = u->advance.name != NULL ? judge(s, follow_advance(s, &u->advance, &fenced)) : STEP_OK;
    if (fenced)
        u->outcome = UNIT_FENCED;
    else if (step == STEP_OK && u->lease.name != NULL)
        step = judge(s, follow_lease(s, &u->lease));
    return step;
}

/* What is known of the target's facts, for decide; most units have nothing to do with any. */
static enum step load_facts(struct sqlite_store *s, struct unit *u, const struct order *stored)
{
    u->known = (struct order_facts){.parked = NULL};
    if (!u->has_target || (!u->has_facts && (stored == NULL || stored->parked == 0)))
        return STEP_OK;
    return judge(s, facts_load(s, u));
}

static enum step write_facts(struct sqlite_store *s, struct unit *u, const struct order *stored)
{
    enum step step = STEP_OK;
    if (u->plan.facts != NULL)
        step =
            judge(s, facts_write(s, u, stored != NULL ? stored->parked : 0, u->plan.write != PLAN_NOTHING));
    if (step == STEP_OK && u->inbox.wanted && u->plan.err.code == ERR_NONE)
        step = judge(s, facts_claim(s, u));
    return step;
}

static enum step look_up_facts(struct sqlite_store *s, struct unit *u, bool *ret_settled)
{
    enum step step = STEP_OK;
    u->dead = NULL;
    if (u->inbox.wanted)
        step = judge(s, facts_repeated(s, u, ret_settled));
    if (*ret_settled) {
        u->outcome = UNIT_REPEATED;
        u->replay = NULL;
    } else if (step == STEP_OK && u->dead_asked.wanted) {
        step = judge(s, facts_find_dead(s, u));
    }
    return step;
}

static enum step do_unit(struct sqlite_store *s, struct unit *u)
{
    bool settled = false, found = false;
    struct order stored = {.version = 0};
    u->outcome = UNIT_OPEN;
    enum step step = u->claim.wanted ? look_up_claim(s, u, &settled) : STEP_OK;
    if (step != STEP_OK || settled)
        return step;
    step = look_up_facts(s, u, &settled);
    if (step != STEP_OK || settled)
        return step;
    step = follow_log(s, u);
    if (step != STEP_OK || u->outcome == UNIT_FENCED)
        return step;
    if (u->has_target)
        step = load_target(s, u, &stored, &found);
    if (step == STEP_OK)
        step = load_facts(s, u, found ? &stored : NULL);
    if (step != STEP_OK)
        return step;
    memset(&u->plan, 0, sizeof u->plan);
    if (u->decide != NULL)
        u->decide(u->ctx, found ? &stored : NULL, u->arena, &u->plan);
    step = write_plan(s, u, found ? &stored : NULL);
    if (step == STEP_OK)
        step = write_facts(s, u, found ? &stored : NULL);
    if (step == STEP_OK && u->claim.wanted)
        step = write_claim(s, u);
    if (step == STEP_OK)
        u->outcome = UNIT_COMMITTED;
    return step;
}

/* ---- the transaction ---- */

static void roll_back(struct sqlite_store *s)
{
    if (!sqlite3_get_autocommit(s->db)) {
        sqlite3_step(s->rollback);
        sqlite3_reset(s->rollback);
    }
    sqlite_log_forget(s->db);
    deltas_clear(&s->deltas);
    s->parked_delta = s->dead_delta = 0;
    s->next_position = atomic_load(&s->position);
    s->next_segment = s->segment;
}

/* Everything after the commit record was written may or may not be on the disk when COMMIT fails with an I/O error:
 * a restart replays the log and finds out. Only a rolled-back "disk full" or "busy" is known to have done nothing. */
static bool commit(struct sqlite_store *s, struct unit *const units[], size_t n, struct err *ret_err)
{
    int rc = sqlite3_step(s->commit);
    int extended = sqlite3_extended_errcode(s->db);
    sqlite3_reset(s->commit);
    if (rc == SQLITE_DONE) {
        atomic_store(&s->position, s->next_position);
        s->segment = s->next_segment;
        atomic_fetch_add(&s->commits, 1);
        facts_committed(s);
        return true;
    }
    bool nothing_done = (rc == SQLITE_FULL && sqlite3_get_autocommit(s->db)) || rc == SQLITE_BUSY;
    for (size_t i = 0; i < n; i++) {
        if (nothing_done)
            set_busy(s, units[i]);
        else
            units[i]->outcome = UNIT_UNKNOWN;
    }
    roll_back(s);
    if (nothing_done)
        return true;
    s->broken = true;
    return err_set(ret_err, ERR_OUTCOME_UNKNOWN, "commit failed on database '%s': %s (%d)", s->path,
                   sqlite3_errstr(rc), extended);
}

/* Runs units[0..n) in one transaction. STEP_UNIT_FAILED: rolled back, some unit cannot be written beside others. */
static enum step attempt(struct sqlite_store *s, struct unit *const units[], size_t n)
{
    enum step step = run(s, s->begin);
    for (size_t i = 0; i < n && step == STEP_OK; i++)
        step = do_unit(s, units[i]);
    if (step == STEP_OK)
        step = judge(s, deltas_write(s));
    return step;
}

static bool apply_alone(struct sqlite_store *s, struct unit *u, struct err *ret_err)
{
    if (attempt(s, &u, 1) == STEP_OK)
        return commit(s, &u, 1, ret_err);
    set_busy(s, u);
    roll_back(s);
    return true;
}

bool sqlite_apply(struct store *base, struct unit *const units[], size_t n, struct err *ret_err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    bool usable = true;
    if (s->broken) {
        for (size_t i = 0; i < n; i++)
            units[i]->outcome = UNIT_UNKNOWN;
        return err_set(ret_err, ERR_OUTCOME_UNKNOWN, "database '%s' failed before", s->path);
    }
    enum step step = attempt(s, units, n);
    if (step == STEP_OK) {
        usable = commit(s, units, n, ret_err);
    } else {
        for (size_t i = 0; i < n; i++) { /* what was written of any is taken back */
            units[i]->outcome = UNIT_OPEN;
            if (step == STEP_BATCH_FAILED)
                set_busy(s, units[i]);
        }
        roll_back(s);
        /* one unit spoils the batch: each on its own, so that only that one fails */
        for (size_t i = 0; step == STEP_UNIT_FAILED && i < n && usable; i++)
            usable = apply_alone(s, units[i], ret_err);
    }
    if (!usable) /* also those that were not reached any more: nobody may be told anything else */
        for (size_t i = 0; i < n; i++)
            if (units[i]->outcome == UNIT_OPEN)
                units[i]->outcome = UNIT_UNKNOWN;
    return usable && sqlite_wal_committed(s, ret_err);
}

/* The version that the file has already: its page is written nevertheless. */
static enum step write_version(struct sqlite_store *s)
{
    char text[60];
    sqlite3_stmt *q = sqlite_prepare(s->db, "PRAGMA user_version");
    int rc = q != NULL ? sqlite3_step(q) : SQLITE_NOMEM;
    if (rc == SQLITE_ROW) {
        snprintf(text, sizeof text, "PRAGMA user_version=%d", sqlite3_column_int(q, 0));
        sqlite3_finalize(q);
        return judge(s, sqlite3_exec(s->db, text, NULL, NULL, NULL));
    }
    sqlite3_finalize(q);
    return STEP_UNIT_FAILED;
}

bool sqlite_probe(struct store *base, struct err *ret_err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    struct unit u = {.outcome = UNIT_OPEN}, *const one = &u;
    if (s->broken)
        return err_set(ret_err, ERR_OUTCOME_UNKNOWN, "database '%s' failed before", s->path);
    enum step step = run(s, s->begin);
    if (step == STEP_OK)
        step = write_version(s);
    if (step != STEP_OK) {
        set_busy(s, &u);
        roll_back(s);
    } else if (!commit(s, &one, 1, ret_err)) {
        return false;
    }
    if (u.outcome == UNIT_BUSY)
        *ret_err = u.err;
    return u.outcome != UNIT_BUSY;
}
