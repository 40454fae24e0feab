/* Dead letters, tried again or deleted.
 *
 * A letter with an order is one unit: loaded, decided and dropped in one transaction. A whole record (it could not be
 * read when it came) takes several: it is looked at, each of its facts goes through the inbox as if it came now, and
 * then it is dropped; whatever ends this early leaves it in place, and what was done is known by the inbox. All letters
 * of a code are taken one after the other. */
#include "service/write/change_private.h"
#include "service/write/fact_job.h"

#include "shared/json.h"

#include <string.h>

#define STEP_ARENA_MAX (64u * 1024 * 1024)

enum phase { LOOK, FACTS, DROP };

struct replay {
    struct change change; /* first */
    bool all, deletes;
    int64_t id; /* the letter of this turn; with `all` before it is found, the one before */
    int code;   /* with `all`: of this code; -1: any */
    enum phase phase;
    bool finished;           /* with `all`: there is no further letter */
    bool begun;              /* a turn has written something */
    struct fact_set set;     /* of a whole record; in the change's arena */
    int64_t record_time;     /* ms; of that record */
    size_t next;             /* the fact of this turn */
    enum fact_result result; /* of the letter */
    struct err refusal;      /* why the letter was kept */
    int64_t count[FACT_RESULTS], refused;
};

/* ---- deciding ---- */

static void refuse(struct plan *plan, enum err_code code, const char *why)
{
    *plan = (struct plan){.write = PLAN_NOTHING};
    err_set(&plan->err, code, "%s", why);
}

static void drop(const struct replay *y, struct arena *arena, struct plan *plan)
{
    struct fact_writes *w = arena_alloc(arena, sizeof *w);
    if (w == NULL || plan->err.code != ERR_NONE) {
        if (w == NULL)
            refuse(plan, ERR_QUEUE_FULL, "the service is short of memory");
        return;
    }
    if (plan->facts != NULL)
        *w = *plan->facts;
    else
        w->result = y->result;
    w->now = y->change.now;
    w->drop = y->change.job.unit.dead->id;
    plan->facts = w;
}

static struct fact_context context(const struct replay *y, const struct order *stored, struct arena *arena)
{
    return (struct fact_context){
        .now = y->change.now, .stored = stored, .known = &y->change.job.unit.known, .arena = arena};
}

/* A letter about an order: its fact, read once more from the record. */
static void decide_letter(struct replay *y, const struct order *stored, struct arena *arena,
                          struct plan *plan)
{
    const struct dead_letter *d = y->change.job.unit.dead;
    struct fact_context x = context(y, stored, arena);
    struct fact_set set;
    x.replay = true;
    if (!facts_read(&d->record, y->change.now, arena, &set)) {
        refuse(plan, ERR_QUEUE_FULL, "the service is short of memory");
        return;
    }
    for (size_t i = 0; i < set.n; i++) {
        if (ulid_equal(set.facts[i].order_id, d->order_id)) {
            decide_fact(&x, &set.facts[i], plan);
            drop(y, arena, plan);
            return;
        }
    }
    refuse(plan, ERR_DEAD_LETTER_REFUSED, set.fault != NULL ? set.fault : d->reason);
}

/* A whole record: can it be read now? */
static void decide_record(struct replay *y, struct plan *plan)
{
    const struct dead_letter *d = y->change.job.unit.dead;
    struct arena *mine = &y->change.job.arena;
    y->record_time = d->record.time;
    if (!facts_read(&d->record, y->change.now, mine, &y->set))
        refuse(plan, ERR_QUEUE_FULL, "the service is short of memory");
    else if (y->set.fault != NULL)
        refuse(plan, ERR_DEAD_LETTER_REFUSED, y->set.fault);
    else
        y->phase = y->set.n > 0 ? FACTS : DROP;
}

static void decide(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct replay *y = ctx;
    const struct dead_letter *d = y->change.job.unit.dead;
    *plan = (struct plan){.write = PLAN_NOTHING};
    if (d == NULL) {
        y->finished = y->phase == LOOK;
        if (!y->all || !y->finished)
            refuse(plan, ERR_DEAD_LETTER_NOT_FOUND, "no dead letter has this id");
        return;
    }
    y->id = d->id;
    if (y->phase == FACTS) {
        struct fact_context x = context(y, stored, arena);
        decide_fact(&x, &y->set.facts[y->next], plan);
    } else if (y->deletes || y->phase == DROP) {
        drop(y, arena, plan);
    } else if (d->code == DEAD_SKIPPED) {
        refuse(plan, ERR_DEAD_LETTER_REFUSED,
               "this is an outgoing record; it was set aside by hand and is not sent again");
    } else if (d->has_order) {
        decide_letter(y, stored, arena, plan);
    } else {
        y->result = FACT_LATE;
        decide_record(y, plan);
    }
}

/* ---- turns ---- */

static void prepare(struct replay *y)
{
    struct unit *u = &y->change.job.unit;
    arena_release(&y->change.step);
    arena_init(&y->change.step, STEP_ARENA_MAX);
    u->arena = &y->change.step;
    u->has_facts = true;
    u->has_target = false;
    u->inbox.wanted = false;
    u->dead_asked =
        (struct dead_asked){.wanted = true, .id = y->id, .next = y->all && y->phase == LOOK, .code = y->code};
    if (y->phase != FACTS)
        return;
    u->has_target = true;
    u->target = y->set.facts[y->next].order_id;
    u->inbox = fact_inbox(y->record_time, y->change.now);
    fact_inbox_key(&y->set, u->inbox.key);
}

/* A letter is through; is there another? */
static bool next_letter(struct replay *y)
{
    if (!y->all || y->finished)
        return false;
    if (y->change.job.unit.plan.err.code != ERR_NONE)
        y->refused++;
    else
        y->count[y->result]++;
    y->result = FACT_DEAD;
    y->phase = LOOK;
    return true;
}

static bool again(struct change *c)
{
    struct replay *y = (struct replay *)c;
    const struct unit *u = &c->job.unit;
    bool known =
        u->outcome == UNIT_REPEATED && u->inbox.wanted && u->replay == NULL; /* the inbox knows the fact */
    bool good = known || u->plan.err.code == ERR_NONE, more = true;
    if (c->job.err.code != ERR_NONE || (u->outcome != UNIT_COMMITTED && !known))
        return false;
    y->begun = y->begun || (good && !known && u->plan.facts != NULL);
    if (y->begun && !y->all)
        c->job.deadline_ns = 0; /* "nothing was done" would not be true any more */
    if (good && !known && u->plan.facts != NULL && u->plan.facts->result < y->result)
        y->result = u->plan.facts->result;
    if (good && u->inbox.wanted)
        y->phase = ++y->next < y->set.n ? FACTS : DROP;
    else if (good && u->plan.facts == NULL && !y->finished)
        y->next = 0; /* the record was looked at, and can be read */
    else
        more = next_letter(y);
    if (more)
        prepare(y);
    return more;
}

/* ---- answers ---- */

static const char *const result_words[] = {[FACT_APPLIED] = "applied",
                                           [FACT_PARKED] = "parked",
                                           [FACT_LATE] = "late",
                                           [FACT_SILENT] = "late",
                                           [FACT_DEAD] = "late"};

static void answer_all(const struct replay *y, bool more, struct answer *ret)
{
    buf_addc(&ret->body, '{');
    json_put_int(&ret->body, "applied", y->count[FACT_APPLIED]);
    json_put_int(&ret->body, "parked", y->count[FACT_PARKED]);
    json_put_int(&ret->body, "late", y->count[FACT_LATE] + y->count[FACT_SILENT] + y->count[FACT_DEAD]);
    json_put_int(&ret->body, "refused", y->refused);
    json_put_bool(&ret->body, "more", more);
    buf_addc(&ret->body, '}');
}

/* What the plan of the last turn says. */
static bool answer_plan(const struct replay *y, const struct plan *p, struct answer *ret)
{
    if (p->err.code != ERR_NONE && !y->all)
        return change_answer_error(&y->change, &p->err, ret);
    answer_start(ret);
    ret->status = y->deletes ? 204 : 200;
    enum fact_result result = p->facts != NULL && p->facts->result < y->result ? p->facts->result : y->result;
    if (y->all) {
        answer_all(y, false, ret);
    } else if (!y->deletes) {
        buf_addc(&ret->body, '{');
        json_put_string(&ret->body, "result", result_words[result]);
        buf_addc(&ret->body, '}');
    }
    return !ret->body.failed;
}

static bool is_last(const struct replay *y, const struct plan *p)
{
    return y->all ? y->finished : p->err.code != ERR_NONE || (p->facts != NULL && p->facts->drop != 0);
}

static bool record(void *ctx, const struct plan *plan, struct buf *out)
{
    const struct replay *y = ctx;
    struct answer a;
    if (!is_last(y, plan) || (plan->err.code != ERR_NONE && !change_decided(&plan->err)))
        return false;
    bool ok = answer_plan(y, plan, &a);
    if (ok)
        answer_pack(&a, out);
    answer_release(&a);
    return ok;
}

static bool answer(const struct change *c, struct answer *ret)
{
    const struct replay *y = (const struct replay *)c;
    const struct unit *u = &c->job.unit;
    struct err e = c->job.err.code != ERR_NONE ? c->job.err : u->err;
    if (c->job.err.code == ERR_NONE && u->outcome == UNIT_COMMITTED)
        return answer_plan(y, &u->plan, ret);
    if (c->job.err.code == ERR_NONE && u->outcome == UNIT_REPEATED && u->replay != NULL)
        return answer_unpack(c, ret);
    if (c->job.err.code == ERR_NONE && u->outcome == UNIT_MISMATCH)
        err_set(&e, ERR_IDEMPOTENCY_MISMATCH, "this Idempotency-Key was used for another request");
    else if (c->job.err.code == ERR_NONE && u->outcome != UNIT_BUSY)
        return false;
    if (e.code == ERR_OUTCOME_UNKNOWN || !y->begun)
        return change_answer_error(c, &e, ret);
    if (!y->all) /* some of the record's facts are in: neither done nor undone */
        return false;
    answer_start(ret); /* the rest is for another request */
    ret->status = 200;
    answer_all(y, true, ret);
    return !ret->body.failed;
}

/* ---- building ---- */

static struct job *new_replay(const struct replay *like, const struct change_request *r,
                              struct answer *ret_answer)
{
    struct replay *y = (struct replay *)change_new(sizeof *y, r);
    if (y == NULL)
        return change_out_of_memory(r, ret_answer);
    y->id = like->id;
    y->all = like->all;
    y->code = like->code;
    y->deletes = like->deletes;
    y->result = FACT_DEAD;
    y->change.again = again;
    y->change.answer = answer;
    y->change.job.unit.decide = decide;
    y->change.job.unit.record = record;
    prepare(y);
    return &y->change.job;
}

struct job *change_replay(int64_t dead_letter, const struct change_request *r, struct answer *ret_answer)
{
    return new_replay(&(struct replay){.id = dead_letter}, r, ret_answer);
}

struct job *change_replay_all(int code, const struct change_request *r, struct answer *ret_answer)
{
    return new_replay(&(struct replay){.all = true, .code = code}, r, ret_answer);
}

struct job *change_delete_dead_letter(int64_t dead_letter, const struct change_request *r,
                                      struct answer *ret_answer)
{
    return new_replay(&(struct replay){.id = dead_letter, .deletes = true}, r, ret_answer);
}
