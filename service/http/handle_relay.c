/* The relay that waits for a record which Kafka refuses: someone sets the record aside. */
#include "service/http/server.h"

#include <string.h>

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

/* The event at which the relay is parked; not found when it is not, or is no more. */
static bool read_parked(struct request *r, const struct relay_parked *p, struct found *f)
{
    const struct event_query q = {.after = p->cursor, .limit = 1};
    f->arena = &r->arena;
    if (p->position == 0)
        return true;
    struct store_reader *reader = lane_snapshot(r->lane, &r->refusal);
    if (reader == NULL || !reader->ops->events(reader, &q, take_event, f, &r->refusal))
        return false;
    if (f->found && !f->ok)
        return err_set(&r->refusal, ERR_STORAGE_BUSY, "out of memory; nothing was done");
    f->found = f->found && f->event.position == p->position;
    return true;
}

enum MHD_Result handle_relay_skip(struct request *r)
{
    const struct http_config *c = &r->lane->http->c;
    struct relay_parked parked = {0};
    struct found f = {0};
    struct change_request asked;
    struct answer a;
    if (c->parked != NULL)
        c->parked(c->ctx, &parked);
    if (!read_parked(r, &parked, &f) || !change_read(r, ROUTE_BASE "/relay/skip", &asked))
        return reply_problem(r, &r->refusal, -1);
    const struct skipped_record k = {.event = f.found ? &f.event : NULL,
                                     .cursor = parked.cursor,
                                     .topic = parked.topic,
                                     .refusal = parked.reason};
    struct job *j = change_skip(&k, &asked, &a);
    return j != NULL ? request_change(r, j) : reply_answer(r, &a);
}
