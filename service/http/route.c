#include "service/http/route.h"

#include <string.h>

/* clang-format off */
static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",       [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH",     [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS", [METHOD_TRACE] = "TRACE",     [METHOD_CONNECT] = "CONNECT",
    [METHOD_QUERY] = "QUERY",
};

/* What routes answer besides what their flags imply. */
static const enum err_code errors_none[] = {ERR_NONE};
static const enum err_code errors_create[] = {ERR_VALIDATION_FAILED, ERR_NONE};
static const enum err_code errors_list[] = {ERR_INVALID_FILTER, ERR_INVALID_CURSOR, ERR_NONE};
static const enum err_code errors_filter[] = {ERR_INVALID_FILTER, ERR_NONE};
static const enum err_code errors_get[] = {ERR_ORDER_NOT_FOUND, ERR_STORAGE_BUSY, ERR_NONE};
static const enum err_code errors_missing[] = {ERR_ORDER_NOT_FOUND, ERR_NONE};
static const enum err_code errors_cursor[] = {ERR_INVALID_CURSOR, ERR_NONE};
static const enum err_code errors_dead[] = {ERR_DEAD_LETTER_NOT_FOUND, ERR_NONE};
static const enum err_code errors_replay[] = {ERR_DEAD_LETTER_NOT_FOUND, ERR_DEAD_LETTER_REFUSED, ERR_NONE};
static const enum err_code errors_skip[] = {ERR_VALIDATION_FAILED, ERR_RELAY_NOT_PARKED, ERR_STORAGE_BUSY, ERR_NONE};
static const enum err_code errors_unknown[] = {ERR_NOT_FOUND, ERR_NONE};
static const enum err_code errors_command[] = {ERR_VALIDATION_FAILED, ERR_ORDER_NOT_FOUND, ERR_VERSION_MISMATCH,
                                               ERR_INVALID_STATE, ERR_ON_HOLD, ERR_NONE};
static const enum err_code errors_validate[] = {ERR_VALIDATION_FAILED, ERR_ORDER_NOT_FOUND, ERR_VERSION_MISMATCH,
                                                ERR_INVALID_STATE, ERR_ON_HOLD, ERR_VALIDATION_REFUSED, ERR_NONE};

#define GET METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD)
#define POST METHOD_BIT(METHOD_POST)
#define DELETE METHOD_BIT(METHOD_DELETE)
#define OPEN ROLE_OPEN
#define VIEWER ROLE_VIEWER
#define OPERATOR ROLE_OPERATOR
#define SERVICE ROLE_SERVICE
#define ADMIN ROLE_ADMIN

static struct route routes[] = {
#define ROUTE(id_, methods_, path_, least_, flags_, handler_, ps_, es_, answer_, summary_)                       \
    {.id = #id_, .methods = (methods_), .path = path_, .least = least_, .flags = (flags_), .handle = handler_,  \
     .params = params_##ps_, .errors = errors_##es_, .answer = ANSWER_##answer_, .command = -1,                 \
     .summary = summary_},
#include "service/http/route.def"
#undef ROUTE
#define COMMAND(id_, wire_, label_, sentence_)                                                                  \
    {.id = wire_, .methods = METHOD_BIT(METHOD_PUT) | METHOD_BIT(METHOD_POST),                                  \
     .path = ROUTE_BASE "/orders/{id}/" wire_, .least = ROLE_OPERATOR, .flags = ROUTE_CHANGE | ROUTE_MATCH,     \
     .handle = handle_command, .params = params_none,                                                           \
     .errors = COMMAND_##id_ == COMMAND_VALIDATE ? errors_validate : errors_command,                            \
     .answer = ANSWER_CHANGED, .command = COMMAND_##id_, .summary = sentence_},
#include "shared/order.def"
#undef COMMAND
};
/* clang-format on */

#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

const char *method_name(enum http_method m)
{
    return method_names[m];
}

bool method_find(const char *name, enum http_method *ret)
{
    for (int m = 0; m < METHOD_COUNT; m++) {
        if (strcmp(method_names[m], name) == 0) {
            *ret = (enum http_method)m;
            return true;
        }
    }
    return false;
}

void methods_render(struct buf *out, unsigned methods)
{
    const char *comma = "";
    methods |= METHOD_BIT(METHOD_OPTIONS);
    for (unsigned m = 0; m < METHOD_COUNT; m++) {
        if ((methods & METHOD_BIT(m)) == 0)
            continue;
        buf_adds(out, comma);
        buf_adds(out, method_names[m]);
        comma = ", ";
    }
}

void routes_init(void)
{
    for (size_t i = 0; i < N_ROUTES; i++) {
        struct route *r = &routes[i];
        r->n_segments = 0;
        for (const char *p = r->path; *p == '/';) {
            size_t n = strcspn(++p, "/");
            r->segment[r->n_segments] = p;
            r->length[r->n_segments++] = (unsigned char)n;
            p += n;
        }
    }
}

size_t routes_count(void)
{
    return N_ROUTES;
}

const struct route *route_at(size_t i)
{
    return &routes[i];
}

size_t route_index(const struct route *r)
{
    return (size_t)(r - routes);
}

static bool route_fits(const struct route *r, char *const segments[], size_t n)
{
    if (r->n_segments != n)
        return false;
    for (size_t i = n; i-- > 0;) { /* they begin alike: the difference is at the end */
        if (r->segment[i][0] == '{')
            continue;
        if (r->segment[i][0] != segments[i][0] || strncmp(r->segment[i], segments[i], r->length[i]) != 0 ||
            segments[i][r->length[i]] != '\0')
            return false;
    }
    return true;
}

const struct route *route_find(enum http_method m, char *const segments[], size_t n, unsigned *ret_allow)
{
    *ret_allow = 0;
    const struct route *first = NULL;
    for (const struct route *r = routes; r < routes + N_ROUTES; r++) {
        if (first == NULL ? !route_fits(r, segments, n) : strcmp(first->path, r->path) != 0)
            continue;
        if ((r->methods & METHOD_BIT(m)) != 0)
            return r;
        *ret_allow |= r->methods;
        if (first == NULL)
            first = r;
    }
    return NULL;
}

const struct param_spec *route_param(const struct route *r, const char *name)
{
    for (const struct param_spec *p = r->params; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

void route_errors(const struct route *r, void (*fn)(void *ctx, enum err_code code), void *ctx)
{
    static const enum err_code every[] = {
        ERR_MALFORMED_REQUEST, ERR_FORBIDDEN_HOST,  ERR_BODY_TOO_LARGE, ERR_URI_TOO_LONG,
        ERR_HEADERS_TOO_LARGE, ERR_NOT_IMPLEMENTED, ERR_HTTP_VERSION,   ERR_NONE};
    static const enum err_code guarded[] = {ERR_INVALID_PARAMETER, ERR_UNAUTHORIZED, ERR_FORBIDDEN,
                                            ERR_DRAINING, ERR_NONE};
    static const enum err_code change[] = {ERR_MALFORMED_JSON,
                                           ERR_FORBIDDEN_ORIGIN,
                                           ERR_READ_ONLY,
                                           ERR_UNSUPPORTED_MEDIA,
                                           ERR_IDEMPOTENCY_MISMATCH,
                                           ERR_QUEUE_FULL,
                                           ERR_DEADLINE_PASSED,
                                           ERR_STORAGE_FULL,
                                           ERR_STORAGE_BUSY,
                                           ERR_NONE};
    static const enum err_code query[] = {ERR_QUEUE_FULL, ERR_QUERY_TIMEOUT, ERR_STORAGE_BUSY, ERR_NONE};
    static const enum err_code stream[] = {ERR_TOO_MANY_STREAMS, ERR_STORAGE_BUSY, ERR_NONE};
    const enum err_code *lists[] = {
        every,
        (r->flags & ROUTE_OPEN) == 0 ? guarded : errors_none,
        (r->flags & ROUTE_CHANGE) != 0 ? change : errors_none,
        (r->flags & ROUTE_QUERY) != 0 ? query : errors_none,
        (r->flags & ROUTE_STREAM) != 0 ? stream : errors_none,
        r->errors,
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (const enum err_code *code = lists[i]; *code != ERR_NONE; code++)
            fn(ctx, *code);
    }
}
