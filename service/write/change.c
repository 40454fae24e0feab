#include "service/write/change_private.h"

#include "shared/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE_ARENA_MAX (64u * 1024 * 1024) /* a body of 512 KiB with its tree, document and event */
#define CHANGE_ROOM (8u * 1024)              /* beside the change itself; enough for an order of some lines */
#define ANSWER_MAX (2u * 1024 * 1024)

void answer_release(struct answer *a)
{
    buf_release(&a->body);
}

void answer_start(struct answer *a)
{
    memset(a, 0, sizeof *a);
    buf_init(&a->body, ANSWER_MAX);
}

void answer_problem(struct answer *ret, const struct problem *p)
{
    answer_start(ret);
    ret->code = p->err.code;
    ret->status = err_info(p->err.code)->status;
    problem_render(&ret->body, p);
}

/* ---- building ---- */

static const char *keep(struct arena *a, const char *text)
{
    return text != NULL ? arena_strdup(a, text) : NULL;
}

struct change *change_new(size_t size, const struct change_request *r)
{
    size = (size + 15) / 16 * 16;
    struct change *c = malloc(size + CHANGE_ROOM);
    if (c == NULL)
        return NULL;
    memset(c, 0, size);
    struct arena *a = &c->job.arena;
    arena_init_in(a, CHANGE_ARENA_MAX, (char *)c + size, CHANGE_ROOM);
    c->job.unit.arena = a;
    c->job.unit.ctx = c;
    c->job.unit.claim = r->claim;
    c->now = r->now;
    c->instance = keep(a, r->instance);
    c->request_id = keep(a, r->request_id);
    c->command.origin = (struct origin){.actor = keep(a, r->origin.actor),
                                        .caller = keep(a, r->origin.caller),
                                        .traceparent = keep(a, r->origin.traceparent)};
    return c;
}

void change_free(struct job *j)
{
    if (j == NULL)
        return;
    struct change *c = (struct change *)j;
    arena_release(&c->step);
    arena_release(&j->arena);
    free(j);
}

static void decide_create(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct change *c = ctx;
    (void)stored;
    (void)arena;
    decide_receive(&c->fresh, &c->received, plan);
}

static void decide_stored(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct change *c = ctx;
    decide_command_and_facts(&c->command, stored, &c->job.unit.known, arena, plan);
}

/* ---- answering ---- */

static bool answer_plan(const struct change *c, const struct plan *p, int64_t now, struct answer *ret)
{
    const struct order *o = p->has_order ? &p->order : NULL;
    if (p->err.code != ERR_NONE) {
        answer_problem(ret, &(struct problem){.err = p->err,
                                              .faults = &p->faults,
                                              .order = o,
                                              .instance = c->instance,
                                              .request_id = c->request_id,
                                              .position = -1});
        return true;
    }
    assert(o != NULL); /* a success is about an order */
    answer_start(ret);
    ret->status = c->creates ? 201 : 200;
    order_etag(o, now, ret->etag);
    if (c->creates) {
        char id[ORDER_ID_LEN + 1];
        ulid_format_order(o->id, id);
        snprintf(ret->location, sizeof ret->location, "/api/v1/orders/%s", id);
    }
    order_render(&ret->body, o, now);
    return !ret->body.failed;
}

bool change_decided(const struct err *e)
{
    int status = err_info(e->code)->status;
    return status == 404 || status == 409 || status == 412 || status == 422;
}

/* What a claim keeps: "status code\netag\nlocation\n" and the body as answered. */
void answer_pack(const struct answer *a, struct buf *out)
{
    buf_addf(out, "%d %s\n%s\n%s\n", a->status, a->code == ERR_NONE ? "-" : err_info(a->code)->name, a->etag,
             a->location);
    buf_add(out, a->body.data, a->body.len);
}

/* Appends a problem with the present request's id in place of the first one's. A quote inside a text has a backslash
 * before it, so the member is found beyond doubt. */
static void add_renamed(struct buf *out, const char *body, size_t n, const char *request_id)
{
    static const char member[] = ",\"requestId\":\"";
    const char *at = memmem(body, n, member, sizeof member - 1), *end = body + n;
    if (at == NULL || request_id == NULL) {
        buf_add(out, body, n);
        return;
    }
    const char *rest = at + sizeof member - 1;
    while (rest < end && *rest != '"')
        rest += *rest == '\\' ? 2 : 1;
    buf_add(out, body, (size_t)(at - body));
    json_put_string(out, "requestId", request_id);
    if (rest < end)
        buf_add(out, rest + 1, (size_t)(end - rest - 1));
}

bool answer_unpack(const struct change *c, struct answer *ret)
{
    const char *record = c->job.unit.replay;
    size_t n = c->job.unit.replay_len;
    char code[40], *word;
    answer_start(ret);
    ret->status = (int)strtol(record, &word, 10);
    const char *etag = strchr(record, '\n'), *location = etag != NULL ? strchr(++etag, '\n') : NULL;
    const char *body = location != NULL ? strchr(location + 1, '\n') : NULL;
    if (body == NULL || *word != ' ')
        return false;
    snprintf(code, sizeof code, "%.*s", (int)(etag - word - 2), word + 1);
    const struct err_info *info = err_find(code);
    ret->code = info != NULL ? info->code : ERR_NONE;
    snprintf(ret->etag, sizeof ret->etag, "%.*s", (int)(location - etag), etag);
    snprintf(ret->location, sizeof ret->location, "%.*s", (int)(body - location - 1), location + 1);
    n -= (size_t)(body + 1 - record);
    if (ret->code != ERR_NONE)
        add_renamed(&ret->body, body + 1, n, c->request_id);
    else
        buf_add(&ret->body, body + 1, n);
    ret->replayed = true;
    return !ret->body.failed;
}

static bool record(void *ctx, const struct plan *plan, struct buf *out)
{
    const struct change *c = ctx;
    struct answer a;
    if (plan->err.code != ERR_NONE && !change_decided(&plan->err))
        return false;
    bool ok = answer_plan(c, plan, c->now, &a);
    if (ok)
        answer_pack(&a, out);
    answer_release(&a);
    return ok;
}

bool change_answer_error(const struct change *c, const struct err *e, struct answer *ret)
{
    if (e->code == ERR_OUTCOME_UNKNOWN)
        return false;
    answer_problem(ret, &(struct problem){
                            .err = *e, .instance = c->instance, .request_id = c->request_id, .position = -1});
    return true;
}

bool change_again(struct job *j)
{
    struct change *c = (struct change *)j;
    return c->again != NULL && c->again(c);
}

bool change_answer(const struct job *j, int64_t now, struct answer *ret)
{
    const struct change *c = (const struct change *)j;
    struct err e;
    if (c->answer != NULL)
        return c->answer(c, ret);
    if (j->err.code != ERR_NONE)
        return change_answer_error(c, &j->err, ret);
    switch (j->unit.outcome) {
    case UNIT_COMMITTED:
        /* with a key: the same bytes that its record keeps */
        return answer_plan(c, &j->unit.plan, j->unit.claim.wanted ? c->now : now, ret);
    case UNIT_REPEATED:
        if (answer_unpack(c, ret))
            return true;
        answer_release(ret);
        return false;
    case UNIT_MISMATCH:
        err_set(&e, ERR_IDEMPOTENCY_MISMATCH, "this Idempotency-Key was used for another request");
        return change_answer_error(c, &e, ret);
    case UNIT_BUSY: return change_answer_error(c, &j->unit.err, ret);
    case UNIT_FENCED: /* no change moves a cursor */
    case UNIT_OPEN:
    case UNIT_UNKNOWN: break;
    }
    return false;
}

/* ---- the two kinds ---- */

struct job *change_out_of_memory(const struct change_request *r, struct answer *ret_answer)
{
    struct problem p = {.instance = r->instance, .request_id = r->request_id, .position = -1};
    err_set(&p.err, ERR_STORAGE_BUSY, "out of memory; nothing was done");
    answer_problem(ret_answer, &p);
    return NULL;
}

static void decide_refused(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    const struct change *c = ctx;
    (void)stored;
    (void)arena;
    *plan = (struct plan){.err = c->fault, .faults = c->faults, .write = PLAN_NOTHING};
}

struct job *change_refused(struct change *c, struct answer *ret_answer)
{
    if (c->job.unit.claim.wanted) {
        c->job.unit.decide = decide_refused;
        c->job.unit.record = record;
        c->answer = NULL;
        return &c->job;
    }
    answer_problem(ret_answer, &(struct problem){.err = c->fault,
                                                 .faults = &c->faults,
                                                 .instance = c->instance,
                                                 .request_id = c->request_id,
                                                 .position = -1});
    change_free(&c->job);
    return NULL;
}

struct job *change_create(const struct change_request *r, struct answer *ret_answer)
{
    struct change *c = change_new(sizeof(struct change), r);
    if (c == NULL)
        return change_out_of_memory(r, ret_answer);
    struct job *j = &c->job;
    const struct order_defaults d = {.timezone = r->timezone, .now = r->now, .id = r->id};
    c->creates = true;
    j->unit.decide = decide_create;
    j->unit.record = record;
    if (!order_from_json(r->body, r->body_len, &d, &c->command.origin, &j->arena, &c->fresh, &c->received,
                         &c->faults, &c->fault))
        return change_refused(c, ret_answer);
    return j;
}

struct job *change_command(enum order_command kind, struct ulid id, const struct change_request *r,
                           struct answer *ret_answer)
{
    struct change *c = change_new(sizeof(struct change), r);
    if (c == NULL)
        return change_out_of_memory(r, ret_answer);
    struct job *j = &c->job;
    c->command.kind = kind;
    c->command.if_version = r->if_version;
    c->command.now = r->now;
    if (!command_from_json(r->body, r->body_len, &j->arena, &c->command, &c->faults, &c->fault)) {
        c->command.fault = &c->fault;
        c->command.faults = &c->faults;
    }
    j->unit.has_target = true;
    j->unit.target = id;
    j->unit.decide = decide_stored;
    j->unit.record = record;
    return j;
}
