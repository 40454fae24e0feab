/* The routes: one table (route.def) that dispatch, access rules, 405 and the OpenAPI document are read from. */
#ifndef ORDERDECK_SERVICE_HTTP_ROUTE_H
#define ORDERDECK_SERVICE_HTTP_ROUTE_H

#include "service/http/auth.h"
#include "shared/buf.h"
#include "shared/err.h"
#include "shared/order_words.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct request;

enum http_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_TRACE,
    METHOD_CONNECT,
    METHOD_QUERY,
    METHOD_COUNT
};
#define METHOD_BIT(m) (1u << (m))

const char *method_name(enum http_method m);
/* Exact; false: a method nobody knows (501). */
bool method_find(const char *name, enum http_method *ret) __attribute__((warn_unused_result));
/* "GET, HEAD, OPTIONS": for Allow. */
void methods_render(struct buf *out, unsigned methods);

/* What a route does, for access and for the document. */
enum route_flag {
    ROUTE_OPEN = 1 << 0,   /* needs no key, ignores query parameters, served while draining */
    ROUTE_CHANGE = 1 << 1, /* refused when read-only; guarded by Origin; takes a body and Idempotency-Key */
    ROUTE_MATCH = 1 << 2,  /* takes If-Match */
    ROUTE_QUERY = 1 << 3,  /* runs on a reader thread, under the deadline */
    ROUTE_STREAM = 1 << 4, /* Server-Sent Events */
    ROUTE_NONE_MATCH = 1 << 5 /* takes If-None-Match */
};

/* What the route answers when all is well; described in openapi.c. */
enum route_answer {
    ANSWER_CREATED,
    ANSWER_ORDER,
    ANSWER_CHANGED,
    ANSWER_LIST,
    ANSWER_PAGE,
    ANSWER_COUNT,
    ANSWER_TIMELINE,
    ANSWER_EVENTS,
    ANSWER_EVENT_STREAM,
    ANSWER_STATS,
    ANSWER_DEAD_LETTERS,
    ANSWER_REPLAYED,
    ANSWER_REPLAYED_ALL,
    ANSWER_NOTHING, /* 204 */
    ANSWER_SKIPPED,
    ANSWER_STATUS,
    ANSWER_LOGS,
    ANSWER_LOG_STREAM,
    ANSWER_HEALTH,
    ANSWER_READY,
    ANSWER_METRICS,
    ANSWER_OPENAPI,
    ANSWER_ASYNCAPI,
    ANSWER_PROBLEM,
    ANSWER_COUNT_OF
};

#define PARAM_REPEATS 32

struct param_spec {
    const char *name;   /* NULL ends a list */
    const char *schema; /* JSON Schema of one value, spelled as schema_add reads it */
    bool repeats; /* may come more than once, PARAM_REPEATS times at most; each value may be a comma list */
    const char *doc;
};

struct route {
    const char *id;   /* operationId */
    unsigned methods; /* METHOD_BIT mask; GET brings HEAD */
    const char *path; /* "/api/v1/orders/{id}" */
    enum role least;
    unsigned flags;
    enum MHD_Result (*handle)(struct request *r);
    const struct param_spec *params;
    const enum err_code *errors; /* ends with ERR_NONE: what it can answer besides what its flags imply */
    enum route_answer answer;
    int command; /* enum order_command, -1 for the others */
    const char *summary;
    /* made from `path` */
    const char *segment[8];
    unsigned char length[8];
    size_t n_segments;
};

#define ROUTE_BASE "/api/v1"
#define ROUTE_ID_SEGMENT 3 /* of /api/v1/orders/{id} */

/* Once, before the lanes. */
void routes_init(void);
size_t routes_count(void);
const struct route *route_at(size_t i);
size_t route_index(const struct route *r);
/* The route of a path (decoded segments) and method. NULL: *ret_allow has the methods of the path, 0 when there is
 * no such path. */
const struct route *route_find(enum http_method m, char *const segments[], size_t n, unsigned *ret_allow)
    __attribute__((warn_unused_result));
/* The route's parameter of this name, NULL: none. */
const struct param_spec *route_param(const struct route *r, const char *name);
/* The codes a route can answer by its flags and list: calls fn for each, some perhaps twice. */
void route_errors(const struct route *r, void (*fn)(void *ctx, enum err_code code), void *ctx);

/* Query parameters (param.c). */
extern const struct param_spec params_none[], params_list[], params_page[], params_count[], params_timeline[],
    params_events[], params_stream[], params_dead[], params_replay[], params_logs[], params_log_stream[];

#define ROUTE(id, methods, path, least, flags, handler, ...) enum MHD_Result handler(struct request *r);
#include "service/http/route.def"
#undef ROUTE
enum MHD_Result handle_command(struct request *r);

#endif
