/* A record that Kafka refuses, set aside by someone: a dead letter with who and why, a note on the order's timeline, and
 * the relay's cursor moved over it, in one unit. */
#include "service/order/body.h"
#include "service/write/change_private.h"
#include "shared/json.h"

#include <string.h>

static const struct field fields[] = {
    {"position", NULL, FIELD_INTEGER, 1, POSITION_MAX, true,
     "the record's place in the log, as /status names it"},
    {"reason", NULL, FIELD_TEXT, 1, 500, true, "why it is set aside"},
};

struct skip {
    struct change change; /* first */
    int64_t position;
    const char *why;
    struct record record;
    struct record_header header;
    struct dead_fact dead;
    struct note note;
    struct fact_writes writes;
};

/* Everything was made before: a unit that moves the cursor must not fail halfway for want of memory. */
static void decide(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct skip *s = ctx;
    (void)stored;
    (void)arena;
    *plan = (struct plan){.write = PLAN_NOTHING, .facts = &s->writes};
}

/* ---- answers ---- */

static bool answer_skipped(const struct skip *s, struct answer *ret)
{
    answer_start(ret);
    ret->status = 200;
    buf_addc(&ret->body, '{');
    json_put_int(&ret->body, "position", s->position);
    buf_addc(&ret->body, '}');
    return !ret->body.failed;
}

static bool record(void *ctx, const struct plan *plan, struct buf *out)
{
    struct answer a;
    (void)plan;
    bool ok = answer_skipped(ctx, &a);
    if (ok)
        answer_pack(&a, out);
    answer_release(&a);
    return ok;
}

static bool answer(const struct change *c, struct answer *ret)
{
    const struct unit *u = &c->job.unit;
    struct err e = c->job.err;
    if (e.code == ERR_NONE) {
        switch (u->outcome) {
        case UNIT_COMMITTED: return answer_skipped((const struct skip *)c, ret);
        case UNIT_REPEATED: return answer_unpack(c, ret);
        case UNIT_MISMATCH:
            err_set(&e, ERR_IDEMPOTENCY_MISMATCH, "this Idempotency-Key was used for another request");
            break;
        case UNIT_FENCED:
            err_set(&e, ERR_RELAY_NOT_PARKED, "the record at position %lld has just been sent or set aside",
                    (long long)((const struct skip *)c)->position);
            break;
        case UNIT_BUSY: e = u->err; break;
        case UNIT_OPEN:
        case UNIT_UNKNOWN: return false;
        }
    }
    return change_answer_error(c, &e, ret);
}

/* ---- the record that waits ---- */

struct found {
    struct arena *arena;
    struct event event;
    bool found, ok;
};

static const char *keep(struct found *f, const char *text)
{
    const char *copy = text != NULL ? arena_strdup(f->arena, text) : NULL;
    f->ok = f->ok && (text == NULL || copy != NULL);
    return copy;
}

/* Its texts are valid during the call only. */
static bool take_event(void *ctx, const struct event *e, int64_t sent_at)
{
    struct found *f = ctx;
    (void)sent_at;
    f->found = f->ok = true;
    f->event = *e;
    f->event.actor = keep(f, e->actor);
    f->event.caller = keep(f, e->caller);
    f->event.traceparent = keep(f, e->traceparent);
    f->event.data = arena_memdup(f->arena, e->data, e->data_len);
    f->ok = f->ok && f->event.data != NULL;
    return false;
}

bool change_skip_find(struct store_reader *r, const struct relay_parked *p, struct arena *a,
                      struct event *ret, bool *ret_found, struct err *ret_err)
{
    const struct event_query q = {.after = p->cursor, .limit = 1};
    struct found f = {.arena = a};
    *ret_found = false;
    if (p->position == 0)
        return true;
    if (!r->ops->events(r, &q, take_event, &f, ret_err))
        return false;
    if (f.found && !f.ok)
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory; nothing was done");
    *ret = f.event;
    *ret_found = f.found && f.event.position == p->position;
    return true;
}

/* ---- building ---- */

static bool read_body(struct skip *s, const struct change_request *r, struct faults *faults,
                      struct err *ret_err)
{
    struct body b = {.arena = &s->change.job.arena, .faults = faults};
    *faults = (struct faults){0};
    if (!body_open(&b, r->body, r->body_len, false, ret_err))
        return false;
    bool has_position = body_integer(&b, PLACE_ROOT, b.root, &fields[0], &s->position);
    const char *why = body_text(&b, PLACE_ROOT, b.root, &fields[1]);
    s->why = why != NULL ? arena_strdup(b.arena, why) : NULL;
    bool ok = body_judge(&b, ret_err);
    body_close(&b);
    return ok && ((has_position && s->why != NULL) || body_no_memory(ret_err));
}

static const char *format(struct arena *a, const char *before, const char *who, const char *why,
                          const char *refusal)
{
    struct buf b = BUF_INIT(4096);
    buf_addf(&b, "%s%s: %s", before, who, why);
    if (refusal != NULL)
        buf_addf(&b, " (Kafka said: %s)", refusal);
    const char *text = b.failed ? NULL : arena_strdup(a, b.data);
    buf_release(&b);
    return text;
}

/* The record as the relay would have sent it. */
static bool render_record(struct skip *s, const struct skipped_record *k)
{
    static const char type[] = "application/cloudevents+json; charset=utf-8";
    struct arena *a = &s->change.job.arena;
    struct buf value = BUF_INIT(8 * 1024 * 1024);
    char key[ORDER_ID_LEN + 1];
    event_render(&value, k->event);
    ulid_format_order(k->event->order_id, key);
    s->header = (struct record_header){.name = "content-type", .value = type, .len = sizeof type - 1};
    s->record = (struct record){.topic = arena_strdup(a, k->topic),
                                .partition = -1, /* it never got one */
                                .offset = -1,
                                .time = k->event->time,
                                .key = arena_strdup(a, key),
                                .key_len = ORDER_ID_LEN,
                                .value = value.failed ? NULL : arena_memdup(a, value.data, value.len),
                                .value_len = value.len,
                                .headers = &s->header,
                                .n_headers = 1};
    buf_release(&value);
    return s->record.topic != NULL && s->record.key != NULL && s->record.value != NULL;
}

static bool prepare(struct skip *s, const struct change_request *r, const struct skipped_record *k)
{
    struct arena *a = &s->change.job.arena;
    struct unit *u = &s->change.job.unit;
    const char *who = r->origin.actor != NULL    ? r->origin.actor
                      : r->origin.caller != NULL ? r->origin.caller
                                                 : "someone";
    s->dead.code = DEAD_SKIPPED;
    s->dead.reason = format(a, "set aside by ", who, s->why, k->refusal);
    s->note.time = r->now;
    s->note.text =
        format(a, "an event of this order was not sent to Kafka; set aside by ", who, s->why, NULL);
    s->writes = (struct fact_writes){
        .now = r->now, .result = FACT_DEAD, .dead = &s->dead, .n_dead = 1, .notes = &s->note, .n_notes = 1};
    u->has_target = true;
    u->target = k->event->order_id;
    u->source = &s->record;
    u->advance = (struct advance){.name = FOLLOWER_KAFKA, .from = k->cursor, .to = s->position};
    u->decide = decide;
    u->record = record;
    s->change.answer = answer;
    return s->dead.reason != NULL && s->note.text != NULL && render_record(s, k);
}

/* Is it the record that waits? */
static bool is_waiting(const struct skip *s, const struct skipped_record *k, struct err *e)
{
    if (k->event == NULL) {
        err_set(e, ERR_RELAY_NOT_PARKED, "no record waits to be taken by Kafka");
        return false;
    }
    if (k->event->position != s->position) {
        err_set(e, ERR_RELAY_NOT_PARKED, "the record that waits is that at position %lld",
                (long long)k->event->position);
        return false;
    }
    return true;
}

struct job *change_skip(const struct skipped_record *k, const struct change_request *r,
                        struct answer *ret_answer)
{
    struct skip *s = (struct skip *)change_new(sizeof *s, r);
    if (s == NULL)
        return change_out_of_memory(r, ret_answer);
    struct err *fault = &s->change.fault;
    if (!read_body(s, r, &s->change.faults, fault) || !is_waiting(s, k, fault))
        return change_refused(&s->change, ret_answer);
    if (!prepare(s, r, k)) {
        change_free(&s->change.job);
        return change_out_of_memory(r, ret_answer);
    }
    return &s->change.job;
}
