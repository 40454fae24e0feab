/* What reader threads answer: lists, counts, timelines, the log, stats. */
#include "service/http/server.h"

#include "shared/clock.h"

#include <string.h>

static enum MHD_Result go_on(struct request *r, bool ok, const struct err *e, int64_t position)
{
    return ok ? request_read(r) : reply_problem(r, e, position);
}

static enum MHD_Result list(struct request *r, const struct param *params, size_t n, enum list_style style)
{
    struct err e;
    int64_t position = -1;
    bool ok = query_list(request_query(r), params, n, style, clock_wall_ms(), &e, &position);
    return go_on(r, ok, &e, position);
}

enum MHD_Result handle_list(struct request *r)
{
    return list(r, r->params, r->n_params, LIST_CURSOR);
}

/* The seed's paths: the list with one more parameter, which the path holds. */
static enum MHD_Result list_path(struct request *r, const char *name)
{
    struct param *params = arena_alloc(&r->arena, (r->n_params + 1) * sizeof(*params));
    if (params == NULL)
        return reply_error(r, ERR_STORAGE_BUSY, "out of memory");
    for (size_t i = 0; i < r->n_params; i++) {
        if (strcmp(r->params[i].name, name) == 0)
            return reply_error(r, ERR_INVALID_PARAMETER, "the path names the parameter '%s' already", name);
        params[i] = r->params[i];
    }
    params[r->n_params] = (struct param){.name = name, .value = r->segments[ROUTE_ID_SEGMENT + 1]};
    return list(r, params, r->n_params + 1, LIST_PAGED);
}

enum MHD_Result handle_list_status(struct request *r)
{
    return list_path(r, "status");
}

enum MHD_Result handle_list_customer(struct request *r)
{
    return list_path(r, "customerId");
}

enum MHD_Result handle_count(struct request *r)
{
    struct err e;
    int64_t position = -1;
    bool ok = query_count(request_query(r), r->params, r->n_params, clock_wall_ms(), &e, &position);
    return go_on(r, ok, &e, position);
}

enum MHD_Result handle_stats(struct request *r)
{
    struct err e;
    bool ok = query_stats(request_query(r), clock_wall_ms(), &e);
    return go_on(r, ok, &e, -1);
}

enum MHD_Result handle_events(struct request *r)
{
    struct err e;
    bool ok = query_events(request_query(r), r->params, r->n_params, &e);
    return go_on(r, ok, &e, -1);
}

enum MHD_Result handle_timeline(struct request *r)
{
    struct err e;
    struct ulid id;
    if (!ulid_parse_order(r->segments[ROUTE_ID_SEGMENT], &id))
        return reply_error(r, ERR_ORDER_NOT_FOUND, "no order has this id");
    bool ok = query_timeline(request_query(r), id, r->params, r->n_params, &e);
    return go_on(r, ok, &e, -1);
}
