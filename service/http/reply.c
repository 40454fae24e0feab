/* Answers: every response leaves through here, so each has the same fields. */
#include "service/http/server.h"

#include "shared/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EARLY_MAX (64 * 1024)

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        (void)MHD_add_response_header(response, name, value);
}

/* value is not negative */
static void add_number(struct MHD_Response *response, const char *name, int64_t value)
{
    char text[24], *p = text + sizeof(text) - 1;
    *p = '\0';
    do
        *--p = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    add(response, name, p);
}

enum MHD_Result reply_queue(struct request *r, int status, struct MHD_Response *response)
{
    add(response, "X-Request-ID", r->request_id);
    if (r->close)
        add(response, "Connection", "close");
    enum MHD_Result ok = MHD_queue_response(r->mhd, (unsigned)status, response);
    MHD_destroy_response(response);
    if (ok == MHD_YES) {
        r->phase = REQUEST_ANSWERED;
        r->status = status;
        conn_enter(r->conn, r->stream != NULL ? CONN_BUSY : CONN_ANSWER);
    }
    return ok;
}

/* The bytes of an answer, moved or copied into a response. */
static struct MHD_Response *respond(struct reply *reply)
{
    if (reply->body == NULL)
        return MHD_create_response_from_buffer(reply->n,
                                               (void *)(uintptr_t)(reply->bytes != NULL ? reply->bytes : ""),
                                               reply->lent ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    size_t n = 0;
    char *bytes = buf_take(reply->body, &n);
    if (bytes == NULL)
        return NULL; /* the text grew too long, or there is no memory */
    struct MHD_Response *response = MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(bytes);
    return response;
}

enum MHD_Result reply_send(struct request *r, struct reply *reply)
{
    struct MHD_Response *response = respond(reply);
    if (response == NULL)
        return MHD_NO;
    if (reply->body != NULL || reply->n != 0)
        add(response, "Content-Type", reply->type != NULL ? reply->type : "application/json");
    if (!reply->cacheable)
        add(response, "Cache-Control", "no-store");
    add(response, "ETag", reply->etag);
    add(response, "Location", reply->location);
    add(response, "Allow", reply->allow);
    if (reply->position >= 0)
        add_number(response, "Event-Position", reply->position);
    if (reply->retry_after_s != 0)
        add_number(response, "Retry-After", reply->retry_after_s);
    if (reply->replayed)
        add(response, "Idempotency-Replayed", "true");
    if (reply->status == MHD_HTTP_UNAUTHORIZED)
        add(response, "WWW-Authenticate", "Bearer");
    return reply_queue(r, reply->status, response);
}

enum MHD_Result reply_answer(struct request *r, struct answer *a)
{
    struct buf allow = BUF_INIT(200);
    struct reply reply = {
        .status = a->status,
        .body = a->status != MHD_HTTP_NO_CONTENT ? &a->body : NULL,
        .etag = a->etag,
        .location = a->location,
        .replayed = a->replayed,
        .position = -1,
    };
    if (a->code != ERR_NONE) {
        reply.type = "application/problem+json";
        reply.retry_after_s = err_info(a->code)->retry_after_s;
    }
    if (a->code == ERR_METHOD_NOT_ALLOWED) {
        methods_render(&allow, r->allow);
        reply.allow = allow.data;
    }
    enum MHD_Result ok = reply_send(r, &reply);
    buf_release(&allow);
    answer_release(a);
    return ok;
}

/* A message may have been cut in the middle of a character; JSON is UTF-8. */
static struct err whole(const struct err *e)
{
    struct err copy = *e;
    for (char *p = copy.message; *p != '\0' && !utf8_valid(p, strlen(p));) {
        size_t good = 1;
        while (good < 4 && !utf8_valid(p, good))
            good++;
        if (good == 4 && !utf8_valid(p, 4)) {
            *p++ = '?';
        } else {
            p += good;
        }
    }
    return copy;
}

enum MHD_Result reply_problem(struct request *r, const struct err *e, int64_t position)
{
    struct answer a;
    answer_problem(&a, &(struct problem){
                           .err = whole(e),
                           .instance = r->path,
                           .request_id = r->request_id,
                           .position = position,
                       });
    return reply_answer(r, &a);
}

void reply_early(struct request *r, const struct err *e)
{
    struct answer a;
    struct buf out = BUF_INIT(EARLY_MAX);
    answer_problem(
        &a,
        &(struct problem){.err = whole(e), .instance = r->path, .request_id = r->request_id, .position = -1});
    buf_addf(&out,
             "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
             "Cache-Control: no-store\r\nX-Request-ID: %s\r\nConnection: close\r\n\r\n",
             a.status, MHD_get_reason_phrase_for((unsigned)a.status), a.body.len, r->request_id);
    buf_add(&out, a.body.data, a.body.len);
    ssize_t sent = -1;
    if (!out.failed && !a.body.failed)
        sent = send(r->conn->fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    bool whole_sent = sent >= 0 && (size_t)sent == out.len; /* else a client has not read what was before */
    (void)shutdown(r->conn->fd, whole_sent ? SHUT_WR : SHUT_RDWR);
    r->status = whole_sent ? a.status : 0;
    buf_release(&out);
    answer_release(&a);
}

enum MHD_Result reply_error(struct request *r, enum err_code code, const char *format, ...)
{
    struct err e = {.code = code};
    va_list args;
    va_start(args, format);
    vsnprintf(e.message, sizeof(e.message), format, args);
    va_end(args);
    return reply_problem(r, &e, -1);
}
