#include "service/write/fact_job.h"

#include <stdlib.h>

#define FACT_ARENA_MAX (16u * 1024 * 1024)

struct fact_job {
    struct job job; /* first: a job's address is its own */
    bool old;       /* the record is older than what the inbox remembers */
    const struct fact *fact;
    const struct fact_set *set;
    int64_t now;
};

static struct fact_job *new_job(int64_t now)
{
    struct fact_job *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->now = now;
    f->job.unit.arena = &f->job.arena;
    f->job.unit.ctx = f;
    f->job.unit.has_facts = true;
    arena_init(&f->job.arena, FACT_ARENA_MAX);
    return f;
}

void fact_job_free(struct job *j)
{
    if (j == NULL)
        return;
    arena_release(&j->arena);
    free(j);
}

static void aim(struct fact_job *f, struct ulid order)
{
    f->job.unit.has_target = true;
    f->job.unit.target = order;
}

static struct fact_context context(const struct fact_job *f, const struct order *stored, struct arena *arena)
{
    return (struct fact_context){
        .now = f->now, .stored = stored, .known = &f->job.unit.known, .arena = arena, .old = f->old};
}

struct inbox fact_inbox(int64_t record_time, int64_t now)
{
    return (struct inbox){.wanted = true, .since = record_time > now ? record_time : now};
}

static struct inbox *claim(struct fact_job *f, const struct record *source)
{
    f->job.unit.inbox = fact_inbox(source->time, f->now);
    return &f->job.unit.inbox;
}

static void decide_one(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct fact_job *f = ctx;
    struct fact_context x = context(f, stored, arena);
    decide_fact(&x, f->fact, plan);
}

struct job *fact_job(const struct fact_set *set, size_t i, const struct record *source, int64_t now)
{
    struct fact_job *f = new_job(now);
    if (f == NULL)
        return NULL;
    f->fact = &set->facts[i];
    f->job.unit.source = source;
    f->job.unit.decide = decide_one;
    f->old = source->time > 0 && source->time <= now - INBOX_TTL_MS;
    fact_inbox_key(set, claim(f, source)->key);
    aim(f, f->fact->order_id);
    return &f->job;
}

static void decide_fault(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct fact_job *f = ctx;
    (void)stored;
    decide_unreadable(f->set->code, f->set->fault, f->now, arena, plan);
}

struct job *fact_job_fault(const struct fact_set *set, const struct record *source, int64_t now)
{
    struct fact_job *f = new_job(now);
    if (f == NULL)
        return NULL;
    f->set = set;
    f->job.unit.source = source;
    f->job.unit.decide = decide_fault;
    record_hash(source, claim(f, source)->key);
    return &f->job;
}

static void decide_waiting(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct fact_job *f = ctx;
    struct fact_context x = context(f, stored, arena);
    decide_due(&x, plan);
}

struct job *fact_job_due(struct ulid order, int64_t now)
{
    struct fact_job *f = new_job(now);
    if (f == NULL)
        return NULL;
    f->job.unit.decide = decide_waiting;
    aim(f, order);
    return &f->job;
}

bool fact_job_settled(const struct job *j, enum fact_result *ret)
{
    const struct unit *u = &j->unit;
    bool repeated = u->outcome == UNIT_REPEATED;
    bool decided = u->outcome == UNIT_COMMITTED && u->plan.err.code == ERR_NONE && u->plan.facts != NULL;
    if (j->err.code != ERR_NONE || (!repeated && !decided))
        return false;
    if (ret != NULL)
        *ret = decided ? u->plan.facts->result : FACT_SILENT;
    return true;
}
