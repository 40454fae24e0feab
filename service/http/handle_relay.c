/* The relay that waits for a record which Kafka refuses: someone sets the record aside. */
#include "service/http/server.h"

/* The event at which the relay is parked; not found when it is not, or is no more. */
static bool read_parked(struct request *r, const struct relay_parked *p, struct event *ret, bool *ret_found)
{
    *ret_found = false;
    if (p->position == 0)
        return true;
    struct store_reader *reader = lane_snapshot(r->lane, READ_DEADLINE_NS, &r->refusal);
    return reader != NULL && change_skip_find(reader, p, &r->arena, ret, ret_found, &r->refusal);
}

enum MHD_Result handle_relay_skip(struct request *r)
{
    const struct http_config *c = &r->lane->http->c;
    struct relay_parked parked = {0};
    struct change_request asked;
    struct event event;
    struct answer a;
    bool found;
    if (c->parked != NULL)
        c->parked(c->ctx, &parked);
    if (!read_parked(r, &parked, &event, &found) || !change_read(r, ROUTE_BASE "/relay/skip", &asked))
        return reply_problem(r, &r->refusal, -1);
    const struct skipped_record k = {.event = found ? &event : NULL,
                                     .cursor = parked.cursor,
                                     .topic = parked.topic,
                                     .refusal = parked.reason};
    struct job *j = change_skip(&k, &asked, &a);
    return j != NULL ? request_change(r, j) : reply_answer(r, &a);
}
