/* Orders: reading one, and changing it. */
#include "service/http/server.h"

#include "shared/clock.h"

#include <stdio.h>
#include <string.h>

static bool order_id(struct request *r, struct ulid *ret)
{
    return ulid_parse_order(r->segments[ROUTE_ID_SEGMENT], ret);
}

static enum MHD_Result no_such_order(struct request *r)
{
    return reply_error(r, ERR_ORDER_NOT_FOUND, "no order has this id");
}

/* A point read, on the lane itself: what is shown of the order. */
static bool order_read(struct request *r, struct ulid id, struct order *ret, bool *ret_found,
                       struct err *ret_err)
{
    struct store_reader *reader = lane_snapshot(r->lane, 0, ret_err);
    return reader != NULL && reader->ops->show(reader, id, &r->arena, ret, ret_found, ret_err);
}

enum MHD_Result handle_get(struct request *r)
{
    struct lane *l = r->lane;
    struct order o;
    struct ulid id;
    struct err e;
    bool found = false;
    if (!order_id(r, &id))
        return no_such_order(r);
    if (!order_read(r, id, &o, &found, &e))
        return reply_problem(r, &e, -1);
    if (!found)
        return no_such_order(r);
    int64_t now = clock_wall_ms();
    char etag[ORDER_ETAG_MAX];
    order_etag(&o, now, etag);
    const char *known = r->head.value[HEADER_IF_NONE_MATCH];
    bool same = known != NULL && header_none_match(known, etag);
    struct buf *out = &l->scratch;
    buf_clear(out);
    order_render(out, &o, now);
    if (out->failed)
        return reply_error(r, ERR_STORAGE_BUSY, "out of memory");
    return reply_send(r, &(struct reply){.status = same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK,
                                         .bytes = out->data,
                                         .n = out->len,
                                         .often = !same,
                                         .etag = etag,
                                         .position = l->snapshot_position});
}

/* ---- changes ---- */

/* The record of a change: the same key names the same change only for the same caller, method and path, and is
 * answered again only for the same request. */
static bool claim_read(struct request *r, const char *canonical, int64_t now, struct claim *ret)
{
    const char *text = r->head.value[HEADER_IDEMPOTENCY_KEY], *key;
    if (text == NULL)
        return true;
    if (!header_idempotency_key(text, &r->arena, &key, &r->refusal))
        return false;
    const char *caller = r->caller != NULL ? r->caller : "", *method = method_name(r->method);
    const char *match = r->head.value[HEADER_IF_MATCH] != NULL ? r->head.value[HEADER_IF_MATCH] : "";
    const struct digest_part scope[] = {{caller, strlen(caller)},
                                        {method, strlen(method)},
                                        {canonical, strlen(canonical)},
                                        {key, strlen(key)}};
    const struct digest_part asked[] = {
        {r->query, strlen(r->query)}, {r->body.data, r->body.len}, {match, strlen(match)}};
    *ret = (struct claim){.wanted = true, .now = now};
    digest_parts(scope, sizeof(scope) / sizeof(scope[0]), ret->key);
    digest_parts(asked, sizeof(asked) / sizeof(asked[0]), ret->request);
    return true;
}

bool change_read(struct request *r, const char *canonical, struct change_request *ret)
{
    const char *const *value = r->head.value;
    const struct conf *conf = r->lane->http->c.conf;
    *ret = (struct change_request){
        .body = r->body.data != NULL ? r->body.data : "",
        .body_len = r->body.len,
        .origin = {.caller = r->caller},
        .instance = r->path,
        .request_id = r->request_id,
        .if_version = IF_MATCH_ANY,
        .now = clock_wall_ms(),
        .timezone = conf->timezone,
    };
    if (value[HEADER_ACTOR] != NULL) {
        if (!header_actor(value[HEADER_ACTOR]))
            return err_set(&r->refusal, ERR_MALFORMED_REQUEST,
                           "X-Actor is not 1 to 100 characters of UTF-8 without control characters");
        ret->origin.actor = value[HEADER_ACTOR];
    }
    if (r->head.seen[HEADER_TRACEPARENT] == 1 && header_traceparent(value[HEADER_TRACEPARENT]))
        ret->origin.traceparent = value[HEADER_TRACEPARENT];
    return claim_read(r, canonical, ret->now, &ret->claim);
}

enum MHD_Result handle_create(struct request *r)
{
    struct change_request asked;
    struct answer a;
    if (!change_read(r, ROUTE_BASE "/orders", &asked))
        return reply_problem(r, &r->refusal, -1);
    struct job *j = change_create(&asked, &a);
    return j != NULL ? request_change(r, j) : reply_answer(r, &a);
}

/* Of several versions that would do, the order's present one; else any of them, for the refusal. */
static bool version_choose(struct request *r, struct ulid id, const struct if_match *match, int64_t *ret)
{
    *ret = match->n == 0 ? IF_MATCH_ANY : match->versions[0];
    if (match->n < 2)
        return true;
    struct order o;
    bool found = false;
    if (!order_read(r, id, &o, &found, &r->refusal))
        return false;
    for (size_t i = 0; found && i < match->n; i++) {
        if (match->versions[i] == o.version)
            *ret = o.version;
    }
    return true;
}

enum MHD_Result handle_command(struct request *r)
{
    enum order_command kind = (enum order_command)r->route->command;
    struct change_request asked;
    struct if_match match;
    struct answer a;
    struct ulid id;
    char text[ORDER_ID_LEN + 1], canonical[128];
    if (!order_id(r, &id))
        return no_such_order(r);
    ulid_format_order(id, text);
    snprintf(canonical, sizeof(canonical), ROUTE_BASE "/orders/%s/%s", text, command_word(kind)->wire);
    if (!change_read(r, canonical, &asked))
        return reply_problem(r, &r->refusal, -1);
    const char *if_match = r->head.value[HEADER_IF_MATCH];
    if (if_match != NULL && (!header_if_match(if_match, &match, &r->refusal) ||
                             !version_choose(r, id, &match, &asked.if_version)))
        return reply_problem(r, &r->refusal, -1);
    struct job *j = change_command(kind, id, &asked, &a);
    return j != NULL ? request_change(r, j) : reply_answer(r, &a);
}
