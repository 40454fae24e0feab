/* What is asked about the service itself. */
#include "service/http/server.h"

#include "shared/json.h"
#include "shared/log.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (16u * 1024 * 1024)
#define LOGS_LIMIT 200

static enum MHD_Result reply_json(struct request *r, int status, struct buf *body)
{
    enum MHD_Result ok = reply_send(r, &(struct reply){.status = status, .body = body, .position = -1});
    buf_release(body);
    return ok;
}

enum MHD_Result handle_health(struct request *r)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_addc(&b, '{');
    json_put_string(&b, "status", "healthy");
    json_put_string(&b, "service", r->lane->http->c.conf->service_name);
    json_put_string(&b, "version", ORDERDECK_VERSION);
    buf_addc(&b, '}');
    return reply_json(r, MHD_HTTP_OK, &b);
}

/* The writer knows best; else the store is asked at most once a second by each lane. */
static const struct err *database_fault(struct lane *l)
{
    struct store *s = l->http->c.store;
    struct writer *w = l->http->c.writer;
    if (w != NULL && writer_fault(w, &l->write_err))
        return &l->write_err;
    if (l->ready_checked_ns == 0 || l->now_ns - l->ready_checked_ns >= SECOND_NS) {
        l->ready_checked_ns = l->now_ns;
        l->ready_err.code = ERR_NONE;
        (void)s->ops->check(s, &l->ready_err);
    }
    return l->ready_err.code != ERR_NONE ? &l->ready_err : NULL;
}

static void put_check(struct buf *b, const char *name, bool ok, const char *detail)
{
    if (b->data[b->len - 1] == '}')
        buf_addc(b, ',');
    buf_addc(b, '{');
    json_put_string(b, "name", name);
    json_put_bool(b, "ok", ok);
    if (detail != NULL)
        json_put_string(b, "detail", detail);
    buf_addc(b, '}');
}

enum MHD_Result handle_ready(struct request *r)
{
    struct http *h = r->lane->http;
    const struct err *fault = database_fault(r->lane);
    char kafka[1024] = "";
    bool degraded = h->c.kafka != NULL && !h->c.kafka(h->c.ctx, kafka, sizeof(kafka));
    bool draining = atomic_load(&h->announced);
    bool ready = fault == NULL && !draining && !(degraded && h->c.conf->ready_requires_kafka);
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_addc(&b, '{');
    json_put_string(&b, "status", !ready ? "unavailable" : degraded ? "degraded" : "ready");
    json_put_string(&b, "service", h->c.conf->service_name);
    json_put_string(&b, "version", ORDERDECK_VERSION);
    json_key(&b, "checks");
    buf_addc(&b, '[');
    put_check(&b, "database", fault == NULL, fault != NULL ? fault->message : NULL);
    put_check(&b, "accepting", !draining, draining ? "the service is stopping" : NULL);
    if (h->c.kafka != NULL)
        put_check(&b, "kafka", !degraded, degraded ? kafka : NULL);
    buf_adds(&b, "]}");
    struct reply reply = {.status = MHD_HTTP_OK, .body = &b, .position = -1};
    if (!ready) {
        reply.status = MHD_HTTP_SERVICE_UNAVAILABLE;
        reply.retry_after_s = err_info(ERR_DRAINING)->retry_after_s;
    }
    enum MHD_Result ok = reply_send(r, &reply);
    buf_release(&b);
    return ok;
}

enum MHD_Result handle_metrics(struct request *r)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    metric_render(&b);
    facts_metrics(r->lane->http, &b);
    enum MHD_Result ok = reply_send(r, &(struct reply){.status = MHD_HTTP_OK,
                                                       .body = &b,
                                                       .type = "text/plain; version=0.0.4; charset=utf-8",
                                                       .position = -1});
    buf_release(&b);
    return ok;
}

static enum MHD_Result reply_document(struct request *r, const struct buf *text)
{
    return reply_send(
        r,
        &(struct reply){
            .status = MHD_HTTP_OK, .bytes = text->data, .n = text->len, .position = -1, .cacheable = true});
}

enum MHD_Result handle_openapi(struct request *r)
{
    return reply_document(r, &r->lane->http->openapi);
}

enum MHD_Result handle_asyncapi(struct request *r)
{
    return reply_document(r, &r->lane->http->asyncapi);
}

enum MHD_Result handle_problem(struct request *r)
{
    const struct err_info *info = err_find(r->segments[1]);
    if (info == NULL || info->status == 0)
        return reply_error(r, ERR_NOT_FOUND, "no problem has this code");
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_addc(&b, '{');
    json_put_string(&b, "code", info->name);
    json_put_int(&b, "status", info->status);
    json_put_string(&b, "title", info->title);
    json_put_string(&b, "meaning", info->meaning);
    if (info->retry_after_s != 0)
        json_put_int(&b, "retryAfter", info->retry_after_s);
    else
        json_put_null(&b, "retryAfter");
    buf_addc(&b, '}');
    return reply_json(r, MHD_HTTP_OK, &b);
}

enum MHD_Result handle_status(struct request *r)
{
    const struct http_config *c = &r->lane->http->c;
    struct buf b = BUF_INIT(TEXT_MAX);
    int64_t position = c->store->ops->position(c->store);
    c->status(c->ctx, &b);
    enum MHD_Result ok =
        reply_send(r, &(struct reply){.status = MHD_HTTP_OK, .body = &b, .position = position});
    buf_release(&b);
    return ok;
}

/* after, level and limit of /logs; *ret_limit may be NULL. */
bool logs_read(struct request *r, uint64_t *ret_after, enum log_level *ret_least, int *ret_limit)
{
    *ret_after = 0;
    *ret_least = LOG_TRACE;
    for (size_t i = 0; i < r->n_params; i++) {
        const struct param *p = &r->params[i];
        bool number =
            p->value[0] != '\0' && strlen(p->value) <= 18 && p->value[strspn(p->value, "0123456789")] == '\0';
        long long value = number ? strtoll(p->value, NULL, 10) : -1;
        if (strcmp(p->name, "level") == 0) {
            if (!log_level_find(p->value, ret_least))
                return err_set(&r->refusal, ERR_INVALID_PARAMETER,
                               "the parameter 'level' is none of trace, debug, "
                               "info, warn, error");
        } else if (strcmp(p->name, "after") == 0) {
            if (value < 0)
                return err_set(&r->refusal, ERR_INVALID_PARAMETER,
                               "the parameter 'after' is not a whole number");
            *ret_after = (uint64_t)value;
        } else if (ret_limit != NULL) {
            if (value < 1 || value > LOG_RING)
                return err_set(&r->refusal, ERR_INVALID_PARAMETER,
                               "the parameter 'limit' is not between 1 and %d", LOG_RING);
            *ret_limit = (int)value;
        }
    }
    return true;
}

enum MHD_Result handle_logs(struct request *r)
{
    uint64_t after;
    enum log_level least;
    int limit = LOGS_LIMIT;
    if (!logs_read(r, &after, &least, &limit))
        return reply_problem(r, &r->refusal, -1);
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_adds(&b, "{\"data\":[");
    uint64_t newest = log_read(&b, after, least, limit);
    buf_addc(&b, ']');
    json_put_int(&b, "next", (int64_t)newest);
    buf_addc(&b, '}');
    return reply_json(r, MHD_HTTP_OK, &b);
}
