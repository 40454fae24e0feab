/* The OpenAPI 3.1 document of exactly this build: operations from the route table, here; schemas in schema.c. */
#include "service/http/schema.h"
#include "service/http/server.h"

#include "shared/json.h"

#include <stdio.h>
#include <string.h>

#define JSON "application/json"

/* ---- what the routes answer when all is well ---- */

/* clang-format off */
static const struct {
    int status;
    const char *media;
    const char *schema;       /* NULL: a string */
    const char *description;
    const char *headers;      /* of components/headers, separated by spaces */
} answers[ANSWER_COUNT_OF] = {
    [ANSWER_CREATED]      = {201, JSON, "Order", "The order is stored durably.", "ETag Location Idempotency-Replayed"},
    [ANSWER_ORDER]        = {200, JSON, "Order", "The order.", "ETag Event-Position Event-Log"},
    [ANSWER_CHANGED]      = {200, JSON, "Order", "The order after the command, or as it was if nothing was left to do.", "ETag Idempotency-Replayed"},
    [ANSWER_LIST]         = {200, JSON, "OrderList", "A page of orders.", "Event-Position Event-Log"},
    [ANSWER_PAGE]         = {200, JSON, "OrderPage", "A numbered page of orders.", "Event-Position Event-Log"},
    [ANSWER_COUNT]        = {200, JSON, "Count", "How many orders there are, up to 10 000.", "Event-Position Event-Log"},
    [ANSWER_TIMELINE]     = {200, JSON, "EventPage", "What happened, oldest first.", "Event-Position Event-Log"},
    [ANSWER_EVENTS]       = {200, JSON, "EventPage", "Events past the position, oldest first.", "Event-Position Event-Log"},
    [ANSWER_EVENT_STREAM] = {200, "text/event-stream", NULL, "An endless stream. It opens with a block of one `id:` line, the position it starts from. Each event is a block of `id:`, its position, and `data:`, the CloudEvent. A comment line comes every 15 s. Positions are of the log that `Event-Log` names: another name than before, and a position that was kept means nothing here.", "Event-Log"},
    [ANSWER_STATS]        = {200, JSON, "Stats", "The figures of this moment.", "Event-Position Event-Log"},
    [ANSWER_DEAD_LETTERS] = {200, JSON, "DeadLetterPage", "A page of records that were set aside.", "Event-Position Event-Log"},
    [ANSWER_REPLAYED]     = {200, JSON, "Replayed", "What became of the record; it is no dead letter any more.", "Idempotency-Replayed"},
    [ANSWER_REPLAYED_ALL] = {200, JSON, "ReplayedAll", "What became of the records.", "Idempotency-Replayed"},
    [ANSWER_NOTHING]      = {204, NULL, NULL, "It is done.", "Idempotency-Replayed"},
    [ANSWER_SKIPPED]      = {200, JSON, "Skipped", "The record is a dead letter now.", "Idempotency-Replayed"},
    [ANSWER_STATUS]       = {200, JSON, "ServiceStatus", "What the service does.", "Event-Position Event-Log"},
    [ANSWER_LOGS]         = {200, JSON, "LogPage", "Log lines, oldest first.", ""},
    [ANSWER_LOG_STREAM]   = {200, "text/event-stream", NULL, "An endless stream. Each block's `data:` is a log line.", ""},
    [ANSWER_HEALTH]       = {200, JSON, "Health", "The process can answer.", ""},
    [ANSWER_READY]        = {200, JSON, "Ready", "The service can work.", ""},
    [ANSWER_METRICS]      = {200, "text/plain", NULL, "Prometheus text format 0.0.4.", ""},
    [ANSWER_OPENAPI]      = {200, JSON, "Document", "This document.", ""},
    [ANSWER_ASYNCAPI]     = {200, JSON, "MessageDocument", "The AsyncAPI document of the events.", ""},
    [ANSWER_PROBLEM]      = {200, JSON, "ProblemMeaning", "The meaning.", ""},
};

static const struct {
    int status;
    const char *description;
    const char *headers;
    bool page;                /* the HTTP library may answer it with a page of its own */
} refusals[] = {
    {400, "The request is malformed or not valid.", "", true},
    {401, "An API key is needed.", "WWW-Authenticate", false},
    {403, "The caller may not do that.", "", false},
    {404, "There is no such thing.", "", false},
    {405, "The method is not allowed here.", "Allow", false},
    {409, "The order does not accept this now.", "", false},
    {412, "The order has changed.", "", false},
    {413, "The body is too large.", "", false},
    {414, "The path is too long.", "", true},
    {415, "The content type is not supported.", "", false},
    {422, "The order or the Idempotency-Key makes no sense here.", "", false},
    {431, "The headers are too large.", "", true},
    {501, "Not implemented.", "", false},
    {503, "The service cannot do it at the moment. Nothing was done.", "Retry-After", false},
    {505, "The HTTP version is not supported.", "", true},
};
/* clang-format on */
#define N_REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

static void put_headers(struct buf *out, const char *names)
{
    json_key(out, "headers");
    buf_adds(out, "{\"X-Request-ID\":{\"$ref\":\"#/components/headers/X-Request-ID\"}");
    for (const char *p = names; *p != '\0';) {
        size_t n = strcspn(p, " ");
        buf_addf(out, ",\"%.*s\":{\"$ref\":\"#/components/headers/%.*s\"}", (int)n, p, (int)n, p);
        p += n + (p[n] == ' ');
    }
    buf_addc(out, '}');
}

static void operation_id(const struct route *r, enum http_method m, char *out, size_t n)
{
    /* the first method of a command is the one its name belongs to */
    snprintf(out, n, "%s%s", r->id, r->command >= 0 && m == METHOD_POST ? "-by-post" : "");
}

/* What can be done with an order, offered where its id becomes known. */
static void put_links(struct buf *out)
{
    json_key(out, "links");
    buf_addc(out, '{');
    for (size_t i = 0; i < routes_count(); i++) {
        const struct route *r = route_at(i);
        for (unsigned m = 0; m < METHOD_COUNT && strstr(r->path, "/orders/{id}") != NULL; m++) {
            char name[80];
            if (m == METHOD_HEAD || (r->methods & METHOD_BIT(m)) == 0)
                continue;
            operation_id(r, (enum http_method)m, name, sizeof(name));
            json_key(out, name);
            buf_addf(out, "{\"operationId\":\"%s\",\"parameters\":{\"id\":\"$response.body#/orderId\"}}",
                     name);
        }
    }
    buf_addc(out, '}');
}

static void put_success(struct buf *out, const struct route *r)
{
    const char *schema = answers[r->answer].schema;
    buf_addf(out, "\"%d\":{", answers[r->answer].status);
    json_put_string(out, "description", answers[r->answer].description);
    put_headers(out, answers[r->answer].headers);
    if (answers[r->answer].media == NULL) {
        buf_addc(out, '}');
        return;
    }
    json_key(out, "content");
    if (schema != NULL)
        buf_addf(out, "{\"%s\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}",
                 answers[r->answer].media, schema);
    else
        buf_addf(out, "{\"%s\":{\"schema\":{\"type\":\"string\"}}}", answers[r->answer].media);
    if (r->answer == ANSWER_CREATED)
        put_links(out);
    buf_addc(out, '}');
    if ((r->flags & ROUTE_NONE_MATCH) != 0)
        buf_adds(out, ",\"304\":{\"$ref\":\"#/components/responses/NotModified\"}");
    if (r->answer == ANSWER_READY)
        buf_adds(out, ",\"503\":{\"$ref\":\"#/components/responses/NotReady\"}");
}

static void note_status(void *ctx, enum err_code code)
{
    unsigned *seen = ctx;
    for (size_t i = 0; i < N_REFUSALS; i++) {
        if (refusals[i].status == err_info(code)->status)
            *seen |= 1u << i;
    }
}

static void put_responses(struct buf *out, const struct route *r)
{
    unsigned seen = 0;
    route_errors(r, note_status, &seen);
    note_status(&seen, ERR_METHOD_NOT_ALLOWED);
    json_key(out, "responses");
    buf_addc(out, '{');
    put_success(out, r);
    for (size_t i = 0; i < N_REFUSALS; i++) {
        if ((seen & 1u << i) != 0)
            buf_addf(out, ",\"%d\":{\"$ref\":\"#/components/responses/Problem%d\"}", refusals[i].status,
                     refusals[i].status);
    }
    buf_addc(out, '}');
}

/* ---- what the routes take ---- */

static void put_repeated(struct buf *out, const struct param_spec *p)
{
    char text[200];
    snprintf(text, sizeof(text), "%s Given once for each, or once with a comma list.", p->doc);
    json_put_string(out, "description", text);
    buf_adds(out, ",\"style\":\"form\",\"explode\":true");
}

static void put_param(struct buf *out, const struct param_spec *p)
{
    buf_adds(out, ",{\"in\":\"query\"");
    json_put_string(out, "name", p->name);
    if (p->repeats)
        put_repeated(out, p);
    else
        json_put_string(out, "description", p->doc);
    json_key(out, "schema");
    if (p->repeats)
        buf_addf(out, "{\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,\"items\":", PARAM_REPEATS);
    schema_add(out, p->schema);
    if (p->repeats)
        buf_addc(out, '}');
    buf_addc(out, '}');
}

static void put_param_ref(struct buf *out, const char *name)
{
    buf_addf(out, ",{\"$ref\":\"#/components/parameters/%s\"}", name);
}

static void put_params(struct buf *out, const struct route *r)
{
    static const char *const templates[] = {"id", "status", "customerId", "code", "deadLetterId"};
    json_key(out, "parameters");
    buf_adds(out, "[{\"$ref\":\"#/components/parameters/X-Request-ID\"}");
    for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
        char text[40];
        snprintf(text, sizeof(text), "{%s}", templates[i]);
        if (strstr(r->path, text) != NULL)
            put_param_ref(out, templates[i]);
    }
    if ((r->flags & ROUTE_CHANGE) != 0) {
        put_param_ref(out, "Idempotency-Key");
        put_param_ref(out, "X-Actor");
        put_param_ref(out, "traceparent");
    }
    if ((r->flags & ROUTE_MATCH) != 0)
        put_param_ref(out, "If-Match");
    if ((r->flags & ROUTE_NONE_MATCH) != 0)
        put_param_ref(out, "If-None-Match");
    if ((r->flags & ROUTE_STREAM) != 0)
        put_param_ref(out, "Last-Event-ID");
    for (const struct param_spec *p = r->params; p->name != NULL; p++) {
        char text[80];
        snprintf(text, sizeof(text), "{%s}", p->name);
        if (strstr(r->path, text) == NULL) /* the path names it already */
            put_param(out, p);
    }
    buf_addc(out, ']');
}

static void put_body(struct buf *out, const struct route *r)
{
    size_t n = 1;
    bool required = r->command < 0;
    if (r->answer == ANSWER_SKIPPED) {
        json_key(out, "requestBody");
        schema_add(out, "{'required':true,'content':{'" JSON "':{'schema':@SkipRecord}}}");
        return;
    }
    if (r->command < 0 && r->answer != ANSWER_CREATED)
        return;
    if (r->command >= 0) {
        const struct argument *args = command_arguments((enum order_command)r->command, &n);
        for (size_t i = 0; i < n; i++)
            required = required || args[i].field.required;
    }
    json_key(out, "requestBody");
    buf_addf(out, "{\"required\":%s,\"content\":{\"" JSON "\":{\"schema\":", required ? "true" : "false");
    schema_body(out, r->command);
    if (r->command < 0)
        buf_adds(out, ",\"example\":" SCHEMA_ORDER_EXAMPLE);
    buf_adds(out, "}}}");
}

/* ---- operations ---- */

static const char *tag_of(const struct route *r)
{
    if (r->command >= 0)
        return "Commands";
    if (strstr(r->path, "/events") != NULL)
        return "Events";
    if (strstr(r->path, "/dead-letters") != NULL || strstr(r->path, "/relay") != NULL)
        return "Dead letters";
    return strstr(r->path, "/orders") != NULL ? "Orders" : "Service";
}

/* HEAD is GET without a body, and not described. */
static void put_operation(struct buf *out, const struct route *r, enum http_method m)
{
    static const char *const keys[METHOD_COUNT] = {
        [METHOD_GET] = "get", [METHOD_POST] = "post", [METHOD_PUT] = "put", [METHOD_DELETE] = "delete"};
    char text[400];
    json_key(out, keys[m]);
    buf_addc(out, '{');
    operation_id(r, m, text, sizeof(text));
    json_put_string(out, "operationId", text);
    json_key(out, "tags");
    buf_addf(out, "[\"%s\"]", tag_of(r));
    json_put_string(out, "summary", r->summary);
    snprintf(text, sizeof(text), "%s. %s", r->summary,
             r->least == ROLE_OPEN ? "Open to everybody." : "With API keys, the least role is");
    if (r->least != ROLE_OPEN) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof(text) - n, " `%s`.", auth_role_name(r->least));
    }
    json_put_string(out, "description", text);
    if (r->least == ROLE_OPEN)
        json_put_raw(out, "security", "[]");
    put_params(out, r);
    put_body(out, r);
    put_responses(out, r);
    buf_addc(out, '}');
}

static void put_paths(struct buf *out)
{
    const char *open = NULL;
    json_key(out, "paths");
    buf_addc(out, '{');
    for (size_t i = 0; i < routes_count(); i++) {
        const struct route *r = route_at(i);
        if (open == NULL || strcmp(open, r->path) != 0) {
            buf_addf(out, "%s\"%s\":{", open != NULL ? "}," : "", r->path);
            open = r->path;
        }
        for (unsigned m = 0; m < METHOD_COUNT; m++) {
            if (m != METHOD_HEAD && (r->methods & METHOD_BIT(m)) != 0)
                put_operation(out, r, (enum http_method)m);
        }
    }
    buf_adds(out, "}}");
}

/* ---- components/responses ---- */

static void put_problem_codes(struct buf *out, int status)
{
    const char *comma = "";
    for (unsigned code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        const struct err_info *info = err_info((enum err_code)code);
        if (info->status != status)
            continue;
        buf_addf(out, "%s\"%s\"", comma, info->name);
        comma = ",";
    }
}

static void put_problem_responses(struct buf *out)
{
    buf_adds(out, "\"responses\":{");
    for (size_t i = 0; i < N_REFUSALS; i++) {
        buf_addf(out, "%s\"Problem%d\":{", i == 0 ? "" : ",", refusals[i].status);
        json_put_string(out, "description", refusals[i].description);
        if (!refusals[i].page)
            put_headers(out, refusals[i].headers);
        buf_addf(
            out,
            ",\"content\":{\"application/problem+json\":{\"schema\":{\"allOf\":[{\"$ref\":\"#/components/schemas/"
            "Problem\"},{\"type\":\"object\",\"properties\":{\"status\":{\"const\":%d},\"code\":{\"enum\":[",
            refusals[i].status);
        put_problem_codes(out, refusals[i].status);
        buf_adds(out, "]}}}]}}");
        if (refusals[i].page)
            buf_adds(out, ",\"text/html\":{\"schema\":{\"type\":\"string\"}}");
        buf_adds(out, "}}");
    }
    buf_adds(out, ",\"NotModified\":{\"description\":\"The tag is still the order's.\"");
    put_headers(out, "ETag Event-Position");
    buf_adds(out, "},\"NotReady\":{\"description\":\"The service cannot work, or is stopping.\"");
    put_headers(out, "Retry-After");
    buf_adds(out, ",\"content\":{\"" JSON "\":{\"schema\":{\"$ref\":\"#/components/schemas/Ready\"}}}}}");
}

/* ---- the document ---- */

static void put_info(struct buf *out, const struct http *h)
{
    buf_adds(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"orderdeck\"");
    json_put_string(out, "version", ORDERDECK_VERSION);
    json_put_string(out, "summary", "A durable order service");
    json_put_string(
        out, "description",
        "Takes in orders, leads them through their life, and tells what happened. What was answered is stored durably. "
        "Errors are `application/problem+json`; `/problems/{code}` says what each means. A 503 means that nothing was "
        "done. Members that are not described are ignored in requests and may appear in answers.");
    buf_adds(out,
             ",\"contact\":{\"name\":\"orderdeck\"},\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}}");
    buf_adds(out, ",\"servers\":[{");
    json_put_string(out, "url", h->url);
    buf_adds(out, ",\"description\":\"The service that printed this.\"}],\"tags\":["
                  "{\"name\":\"Orders\",\"description\":\"Taking in and reading orders.\"},"
                  "{\"name\":\"Commands\",\"description\":\"Leading an order through its life.\"},"
                  "{\"name\":\"Events\",\"description\":\"What happened.\"},"
                  "{\"name\":\"Dead letters\",\"description\":\"Records that could not be used.\"},"
                  "{\"name\":\"Service\",\"description\":\"The service itself.\"}]");
    if (h->c.conf->api_keys_file[0] != '\0')
        buf_adds(out, ",\"security\":[{\"apiKey\":[]}]");
}

void openapi_render(const struct http *h, struct buf *out)
{
    put_info(out, h);
    put_paths(out);
    json_key(out, "components");
    buf_addc(out, '{');
    if (h->c.conf->api_keys_file[0] != '\0')
        buf_adds(out, "\"securitySchemes\":{\"apiKey\":{\"type\":\"http\",\"scheme\":\"bearer\"}},");
    put_problem_responses(out);
    buf_adds(out, ",\"headers\":{");
    schema_rows(out, SCHEMA_ROWS_HEADERS);
    buf_adds(out, "},\"parameters\":{");
    schema_rows(out, SCHEMA_ROWS_PARAMETERS);
    buf_addc(out, '}');
    schema_components(out);
    buf_adds(out, "}}");
}
