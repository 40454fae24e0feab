/* The life of a request, as libmicrohttpd tells it: the line, the head, the body, the answer, the end. */
#include "service/http/server.h"

#include "shared/clock.h"
#include "shared/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define SPARE_REQUESTS 256
#define SPARE_BODY (16 * 1024) /* a larger buffer is not kept for the next request */
#define REQUEST_ARENA_MAX (4u * 1024 * 1024)
#define READ_ARENA_MAX (64u * 1024 * 1024)
#define SWALLOW_MAX (64u * 1024 * 1024) /* of a body that is refused; the sweeper ends it after 30 s too */

/* ---- birth and end ---- */

static struct request *request_take(struct lane *l)
{
    struct request *r = l->free_requests;
    if (r != NULL) {
        l->free_requests = r->next_free;
        l->n_free--;
    } else {
        r = malloc(sizeof(*r));
        if (r == NULL)
            return NULL;
        buf_init(&r->body, ORDER_BODY_MAX);
    }
    memset(r, 0, offsetof(struct request, refusal));
    r->refusal.code = ERR_NONE;
    r->read.run = NULL;
    r->lane = l;
    arena_init_in(&r->arena, REQUEST_ARENA_MAX, r->room, sizeof r->room);
    return r;
}

static void request_give(struct request *r)
{
    struct lane *l = r->lane;
    arena_release(&r->arena);
    if (r->body.cap > SPARE_BODY)
        buf_release(&r->body);
    else
        buf_clear(&r->body);
    if (l->n_free == SPARE_REQUESTS) {
        buf_release(&r->body);
        free(r);
        return;
    }
    r->next_free = l->free_requests;
    l->free_requests = r;
    l->n_free++;
}

void requests_free(struct lane *l)
{
    struct request *next;
    for (struct request *r = l->free_requests; r != NULL; r = next) {
        next = r->next_free;
        buf_release(&r->body);
        free(r);
    }
    l->free_requests = NULL;
}

static struct conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* To the next number in hexadecimal digits; after the last comes 0. */
static void count_up(char *digits)
{
    for (size_t i = strlen(digits); i-- > 0;) {
        if (digits[i] != 'f') {
            digits[i] = digits[i] == '9' ? 'a' : (char)(digits[i] + 1);
            return;
        }
        digits[i] = '0';
    }
}

static void request_name(struct request *r)
{
    const char *given = r->head.value[HEADER_REQUEST_ID];
    if (given != NULL && r->head.seen[HEADER_REQUEST_ID] == 1 && header_visible(given, REQUEST_ID_MAX)) {
        memcpy(r->request_id, given, strlen(given) + 1);
        return;
    }
    memcpy(r->request_id, r->lane->next_id, sizeof(r->lane->next_id));
    count_up(r->lane->next_id);
}

static size_t count_params(const char *uri)
{
    const char *p = strchr(uri, '?');
    size_t n = p != NULL;
    while (p != NULL && (p = strchr(p, '&')) != NULL) {
        p++;
        n++;
    }
    return n;
}

void request_cut(struct request *r)
{
    r->path = r->target;
    r->target[strcspn(r->target, "?")] = '\0';
    request_name(r);
    reply_early(r, &r->refusal);
    (void)shutdown(r->conn->fd, SHUT_RDWR);
    r->phase = REQUEST_ABANDONED;
}

/* The library has no memory for many parameters, and would neither ask for an answer nor give one. */
static void refuse_params(struct request *r)
{
    err_set(&r->refusal, ERR_INVALID_PARAMETER, "the query has more than %d parameters", HTTP_PARAMS_MAX);
    request_cut(r);
}

void *request_line(void *lane, const char *uri, struct MHD_Connection *mhd)
{
    struct lane *l = lane;
    struct conn *c = conn_of(mhd);
    if (c != NULL && c->request != NULL)
        request_end(c->request); /* the library gave it up without a word */
    struct request *r = c != NULL ? request_take(l) : NULL;
    if (r == NULL)
        return NULL;
    r->mhd = mhd;
    r->conn = c;
    r->start_ns = clock_mono_ns();
    c->request = r;
    size_t n = strlen(uri);
    r->line_target = uri;
    r->line_target_len = n;
    r->target = r->inline_target;
    r->long_target = n > HTTP_TARGET_MAX;
    if (r->long_target)
        n = 0;
    else if (n >= sizeof(r->inline_target))
        r->target = arena_alloc(&r->arena, n + 1);
    if (r->target == NULL) {
        r->target = r->inline_target;
        r->long_target = true;
        n = 0;
    }
    memcpy(r->target, uri, n);
    r->target[n] = '\0';
    r->line_params = count_params(uri);
    conn_enter(c, CONN_HEAD);
    if (r->line_params > HTTP_PARAMS_MAX)
        refuse_params(r);
    return r;
}

static void log_request(const struct request *r)
{
    log_line(LOG_DEBUG, "request", LOG_S("method", method_name(r->method)),
             LOG_S("path", r->path != NULL ? r->path : ""), LOG_I("status", r->status),
             LOG_I("us", (clock_mono_ns() - r->start_ns) / 1000), LOG_S("requestId", r->request_id),
             LOG_S("caller", r->caller != NULL ? r->caller : ""));
}

void request_end(struct request *r)
{
    struct lane *l = r->lane;
    if (r->stream != NULL)
        stream_completed(r);
    change_free(r->job);
    if (r->read.run != NULL) {
        buf_release(&r->read.body);
        arena_release(&r->read.arena);
    }
    if (r->status != 0) {
        facts_add(l, r);
        log_request(r);
    }
    if (r->form != NULL)
        form_return(l, r->form);
    if (r->in_flight)
        atomic_fetch_sub(&l->in_flight, 1);
    r->conn->request = NULL;
    request_give(r);
}

/* ---- the head ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent escapes in place (RFC 3986); NUL cannot come, the guard refused it. */
static bool segment_decode(char *s)
{
    char *to = s;
    for (const char *p = s; *p != '\0'; p++) {
        char c = *p;
        if (c == '%') {
            int high = hex_digit(p[1]), low = high >= 0 ? hex_digit(p[2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            p += 2;
        }
        *to++ = c;
    }
    *to = '\0';
    return utf8_valid(s, strlen(s));
}

static bool malformed(struct request *r, const char *what)
{
    return err_set(&r->refusal, ERR_MALFORMED_REQUEST, "%s", what);
}

/* Splits the target into path, query and decoded segments. Too many segments fit no route. */
static bool request_split(struct request *r)
{
    char *path = r->target;
    size_t host = target_host(path);
    if (host != 0)
        path += host + strcspn(path + host, "/?");
    if (*path != '/')
        return malformed(r, "the request target is not a path");
    char *mark = strchr(path, '?');
    if (mark != NULL)
        *mark = '\0';
    r->query = mark != NULL ? mark + 1 : path + strlen(path);
    r->path = path;
    char *copy = arena_strdup(&r->arena, path);
    if (copy == NULL)
        return err_set(&r->refusal, ERR_STORAGE_BUSY, "out of memory");
    bool escaped = strchr(path, '%') != NULL; /* without one it is ASCII */
    for (char *p = copy, *slash; p != NULL; p = slash) {
        slash = strchr(++p, '/');
        if (slash != NULL)
            *slash = '\0';
        if (escaped && !segment_decode(p))
            return malformed(r, "the path has a wrong percent escape or is not UTF-8");
        if (r->n_segments < HTTP_SEGMENTS)
            r->segments[r->n_segments] = p;
        r->n_segments++;
    }
    return true;
}

static bool request_route(struct request *r, const char *method)
{
    if (!method_find(method, &r->method)) {
        r->close = true;
        return err_set(&r->refusal, ERR_NOT_IMPLEMENTED, "the method is not known");
    }
    if (r->method == METHOD_OPTIONS && strcmp(r->target, "*") == 0)
        return true;
    if (!request_split(r))
        return false;
    if (r->n_segments <= HTTP_SEGMENTS)
        r->route = route_find(r->method, r->segments, r->n_segments, &r->allow);
    if (r->route != NULL || (r->method == METHOD_OPTIONS && r->allow != 0))
        return true;
    if (r->allow != 0)
        return err_set(&r->refusal, ERR_METHOD_NOT_ALLOWED, "%s is not allowed here", method);
    return err_set(&r->refusal, ERR_NOT_FOUND, "nothing lives at this path");
}

static bool request_allowed(struct request *r)
{
    const struct route *route = r->route;
    if (route == NULL || (route->flags & ROUTE_OPEN) != 0) /* no route: OPTIONS */
        return true;
    struct lane *l = r->lane;
    const struct keys *keys = keyring_now(&l->http->keyring, &l->keys, &l->keys_generation, l->now_ns);
    if (keys == NULL)
        return true;
    const struct key *key = keys_find(keys, r->head.value[HEADER_AUTHORIZATION]);
    if (key != NULL) {
        r->caller = arena_strdup(&r->arena, key->name);
        if (r->caller != NULL && key->role >= route->least)
            return true;
    }
    metric_add(METRIC_UNAUTHORIZED, 1);
    if (key == NULL)
        return err_set(&r->refusal, ERR_UNAUTHORIZED,
                       "send 'Authorization: Bearer KEY' with a key this service knows");
    return err_set(&r->refusal, ERR_FORBIDDEN, "this needs the role '%s', the key has '%s'",
                   auth_role_name(route->least), auth_role_name(key->role));
}

static bool request_params(struct request *r)
{
    if (r->route == NULL || r->query[0] == '\0' || (r->route->flags & ROUTE_OPEN) != 0)
        return true;
    if (!params_parse(r->query, &r->arena, &r->params, &r->n_params, &r->refusal))
        return false;
    for (size_t i = 0; i < r->n_params; i++) {
        const struct param_spec *spec = route_param(r->route, r->params[i].name);
        if (spec == NULL)
            return err_set(&r->refusal, ERR_INVALID_PARAMETER, "the parameter '%.60s' is not known here",
                           r->params[i].name);
        size_t before = 0;
        for (size_t k = 0; k < i; k++)
            before += strcmp(r->params[k].name, spec->name) == 0;
        if (before != 0 && !spec->repeats)
            return err_set(&r->refusal, ERR_INVALID_PARAMETER, "the parameter '%s' is given twice",
                           spec->name);
        if (before == PARAM_REPEATS)
            return err_set(&r->refusal, ERR_INVALID_PARAMETER,
                           "the parameter '%s' is given more than %d times", spec->name, PARAM_REPEATS);
    }
    return true;
}

static bool request_changes(struct request *r)
{
    if (r->route == NULL || (r->route->flags & ROUTE_CHANGE) == 0)
        return true;
    if (!guard_origin(r))
        return false;
    if (r->lane->http->c.conf->read_only || r->lane->http->c.writer == NULL)
        return err_set(&r->refusal, ERR_READ_ONLY, "the service was started read-only");
    return true;
}

/* From here on the request holds up a drain; one that comes too late is refused. */
static bool request_enter(struct request *r)
{
    struct http *h = r->lane->http;
    r->in_flight = true;
    atomic_fetch_add(&r->lane->in_flight, 1);
    if (!atomic_load(&h->draining))
        return true;
    r->close = true;
    if (r->route != NULL && (r->route->flags & ROUTE_OPEN) != 0)
        return true;
    return err_set(&r->refusal, ERR_DRAINING, "the service is stopping; nothing was done");
}

/* The body is too long, by its Content-Length or by what came of it in chunks. It is answered at once; what still comes
 * is read and thrown away, so that a client which sends all before it reads finds the answer. */
static void request_overflow(struct request *r)
{
    r->overflow = true;
    r->close = true;
    buf_clear(&r->body);
    err_set(&r->refusal, ERR_BODY_TOO_LARGE, "the body is longer than 512 KiB");
    reply_early(r, &r->refusal);
}

static enum MHD_Result request_begin(struct request *r, const char *method, const char *version)
{
    struct head *head = &r->head;
    bool framed = guard_request(r, method, version);
    request_name(r);
    if (framed || !r->close) {
        bool routed = (framed || r->refusal.code == ERR_NONE) && request_route(r, method);
        if (routed && request_enter(r) && request_allowed(r) && request_changes(r))
            (void)request_params(r);
    }
    bool body =
        head->value[HEADER_TRANSFER_ENCODING] != NULL ||
        (head->value[HEADER_CONTENT_LENGTH] != NULL && strcmp(head->value[HEADER_CONTENT_LENGTH], "0") != 0);
    r->phase = REQUEST_BODY;
    conn_enter(r->conn, body ? CONN_BODY : CONN_BUSY);
    bool waits = body && head->value[HEADER_EXPECT] != NULL;
    if (r->refusal.code == ERR_BODY_TOO_LARGE && !waits) {
        request_overflow(r);
        return MHD_YES;
    }
    if (r->refusal.code == ERR_HEADERS_TOO_LARGE) { /* the library may have no memory left for an answer */
        reply_early(r, &r->refusal);
        r->overflow = true;
        return MHD_YES;
    }
    if (r->refusal.code != ERR_NONE && (r->close || waits)) {
        r->close = true;
        return reply_problem(r, &r->refusal, -1); /* before the body is sent */
    }
    return MHD_YES;
}

/* ---- the body, and what then ---- */

static enum MHD_Result request_more(struct request *r, const char *data, size_t n)
{
    struct conn *c = r->conn;
    c->body_bytes += n;
    if (c->body_bytes > SWALLOW_MAX)
        return MHD_NO;
    if (c->body_bytes > ORDER_BODY_MAX) {
        if (!r->overflow)
            request_overflow(r);
    } else if (r->refusal.code == ERR_NONE && r->route != NULL && (r->route->flags & ROUTE_CHANGE) != 0) {
        buf_add(&r->body, data, n);
    }
    return MHD_YES;
}

static bool media_understood(struct request *r)
{
    const char *type = r->head.value[HEADER_CONTENT_TYPE], *coding = r->head.value[HEADER_CONTENT_ENCODING];
    if (r->body.len == 0)
        return true;
    if (type != NULL && !header_json(type))
        return err_set(&r->refusal, ERR_UNSUPPORTED_MEDIA, "send 'Content-Type: application/json'");
    if (coding != NULL && strcasecmp(coding, "identity") != 0)
        return err_set(&r->refusal, ERR_UNSUPPORTED_MEDIA, "send the body without a Content-Encoding");
    return true;
}

static enum MHD_Result reply_options(struct request *r)
{
    struct buf allow = BUF_INIT(200);
    methods_render(&allow, r->route == NULL && r->allow == 0 ? (1u << METHOD_PATCH) - 1 : r->allow);
    enum MHD_Result ok =
        allow.failed
            ? MHD_NO
            : reply_send(r,
                         &(struct reply){.status = MHD_HTTP_NO_CONTENT, .allow = allow.data, .position = -1});
    buf_release(&allow);
    return ok;
}

static enum MHD_Result request_finish(struct request *r)
{
    conn_enter(r->conn, CONN_BUSY);
    if (r->overflow)
        return MHD_NO; /* answered already */
    if (r->refusal.code != ERR_NONE)
        return reply_problem(r, &r->refusal, -1);
    if (r->route == NULL)
        return reply_options(r);
    if (r->body.failed)
        return reply_error(r, ERR_STORAGE_BUSY, "out of memory; nothing was done");
    if (!media_understood(r))
        return reply_problem(r, &r->refusal, -1);
    return r->route->handle(r);
}

static enum MHD_Result request_answer_settled(struct request *r)
{
    if (r->job != NULL) {
        struct answer a;
        return change_answer(r->job, clock_wall_ms(), &a) ? reply_answer(r, &a) : MHD_NO;
    }
    if (r->read.err.code != ERR_NONE)
        return reply_problem(r, &r->read.err, -1);
    return reply_send(r, &(struct reply){.status = 200, .body = &r->read.body, .position = r->read.position});
}

/* ---- the end ---- */

/* The library looks for more of the client before it asks for the answer, and gives up one that has ended its side while
 * the request waited: `nc -N`, `socat`. Its socket is still open when it says so. */
static void answer_half_closed(struct request *r)
{
    r->by_hand = r->close = true;
    (void)request_answer_settled(r);
}

void request_completed(void *lane, struct MHD_Connection *mhd, void **context,
                       enum MHD_RequestTerminationCode how)
{
    (void)lane;
    (void)mhd;
    (void)how;
    struct request *r = *context;
    if (r == NULL)
        return;
    struct conn *c = r->conn;
    *context = NULL;
    if (r->phase == REQUEST_SETTLED)
        answer_half_closed(r);
    request_end(r);
    conn_enter(c, CONN_IDLE);
}

enum MHD_Result request_access(void *lane, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **context)
{
    (void)lane;
    (void)mhd;
    (void)url;
    struct request *r = *context;
    if (r == NULL)
        return MHD_NO;
    switch (r->phase) {
    case REQUEST_NEW: return request_begin(r, method, version);
    case REQUEST_BODY:
        if (*size == 0)
            return request_finish(r);
        if (request_more(r, data, *size) == MHD_NO)
            return MHD_NO;
        *size = 0;
        return MHD_YES;
    case REQUEST_SETTLED:
        r->phase = REQUEST_ABANDONED; /* until it is answered */
        return request_answer_settled(r);
    case REQUEST_WAITING:
    case REQUEST_ANSWERED: return MHD_YES;
    case REQUEST_ABANDONED: break;
    }
    return MHD_NO;
}

/* ---- out to the other threads and back ---- */

void request_settled(struct request *r)
{
    r->phase = REQUEST_SETTLED;
    lane_resume(r->lane, r->mhd);
}

struct read_job *request_query(struct request *r)
{
    r->read = (struct read_job){.run = NULL};
    arena_init(&r->read.arena, READ_ARENA_MAX);
    return &r->read;
}

enum MHD_Result request_read(struct request *r)
{
    r->read.reply_to = &r->lane->reads;
    r->read.owner = r;
    r->phase = REQUEST_WAITING;
    lane_suspend(r->lane, r->mhd);
    if (!readers_submit(r->lane->http->c.readers, &r->read, &r->read.err))
        request_settled(r);
    return MHD_YES;
}

enum MHD_Result request_change(struct request *r, struct job *j)
{
    const struct http *h = r->lane->http;
    j->reply_to = &r->lane->changes;
    j->owner = r;
    j->deadline_ns = r->start_ns + h->c.conf->write_deadline * 1000000;
    r->phase = REQUEST_WAITING;
    lane_suspend(r->lane, r->mhd);
    struct err e;
    if (!writer_submit(h->c.writer, j, &e)) {
        j->err = e;
        r->job = j;
        request_settled(r);
    }
    return MHD_YES;
}
