/* Answers: every response leaves through here, so each has the same fields. */
#include "service/http/server.h"

#include "shared/clock.h"
#include "shared/json.h"
#include "shared/money.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

/* ---- the fields of an answer ---- */

static void add(struct fields *f, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    assert(f->n < FIELDS_MAX);
    f->at[f->n].name = name;
    f->at[f->n++].value = value;
}

static void add_number(struct fields *f, const char *name, int64_t value, char text[MONEY_TEXT])
{
    decimal_format(value, 0, text);
    add(f, name, text);
}

/* Those every answer has. */
static void fields_common(struct fields *f, const struct request *r)
{
    add(f, "X-Request-ID", r->request_id);
    if (r->close)
        add(f, "Connection", "close");
}

/* What seldom changes from answer to answer comes first (form.c). */
static void fields_of(struct fields *f, const struct request *r, const struct reply *reply)
{
    f->n = 0;
    if ((reply->body != NULL || reply->n != 0) && reply->status != MHD_HTTP_NOT_MODIFIED)
        add(f, "Content-Type", reply->type != NULL ? reply->type : "application/json");
    if (!reply->cacheable)
        add(f, "Cache-Control", "no-store");
    if (reply->position >= 0)
        add(f, "Event-Log", r->lane->http->log);
    add(f, "ETag", reply->etag);
    add(f, "Location", reply->location);
    add(f, "Allow", reply->allow);
    if (reply->position >= 0)
        add_number(f, "Event-Position", reply->position, f->position);
    if (reply->retry_after_s != 0)
        add_number(f, "Retry-After", reply->retry_after_s, f->retry_after);
    if (reply->replayed)
        add(f, "Idempotency-Replayed", "true");
    if (reply->status == MHD_HTTP_UNAUTHORIZED)
        add(f, "WWW-Authenticate", "Bearer");
    fields_common(f, r);
}

static const char *text_of(const struct reply *reply, size_t *ret_n)
{
    *ret_n = reply->body != NULL ? reply->body->len : reply->n;
    return reply->body != NULL ? reply->body->data : reply->bytes;
}

/* ---- through the library ---- */

/* The bytes of an answer, moved or copied into a response. */
static struct MHD_Response *respond(struct reply *reply)
{
    if (reply->body == NULL)
        return MHD_create_response_from_buffer(
            reply->n, (void *)(uintptr_t)(reply->bytes != NULL ? reply->bytes : ""), MHD_RESPMEM_MUST_COPY);
    size_t n = 0;
    char *bytes = buf_take(reply->body, &n);
    if (bytes == NULL)
        return NULL; /* the text grew too long, or there is no memory */
    struct MHD_Response *response = MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(bytes);
    return response;
}

static enum MHD_Result queue_filled(struct request *r, int status, struct MHD_Response *response)
{
    enum MHD_Result ok = MHD_queue_response(r->mhd, (unsigned)status, response);
    if (ok == MHD_YES) {
        r->phase = REQUEST_ANSWERED;
        r->status = status;
        conn_enter(r->conn, r->stream != NULL ? CONN_BUSY : CONN_ANSWER);
    }
    return ok;
}

static enum MHD_Result queue(struct request *r, int status, struct MHD_Response *response,
                             const struct fields *f)
{
    for (size_t i = 0; i < f->n; i++)
        (void)MHD_add_response_header(response, f->at[i].name, f->at[i].value);
    enum MHD_Result ok = queue_filled(r, status, response);
    MHD_destroy_response(response);
    return ok;
}

enum MHD_Result reply_queue(struct request *r, int status, struct MHD_Response *response)
{
    struct fields f = {.n = 0};
    fields_common(&f, r);
    return queue(r, status, response, &f);
}

/* ---- by hand ---- */

#define HEAD_MAX (16 * 1024)

/* As RFC 9110, section 5.6.7, has it, whatever the locale. */
static void add_date(struct buf *out)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm t;
    if (gmtime_r(&now, &t) == NULL)
        return;
    buf_addf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + (ptrdiff_t)3 * t.tm_wday,
             t.tm_mday, months + (ptrdiff_t)3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void render_head(struct buf *out, int status, size_t length, const struct fields *f)
{
    buf_addf(out, "HTTP/1.1 %d %s\r\n", status, MHD_get_reason_phrase_for((unsigned)status));
    add_date(out);
    for (size_t i = 0; i < f->n; i++)
        buf_addf(out, "%s: %s\r\n", f->at[i].name, f->at[i].value);
    if (status != MHD_HTTP_NO_CONTENT) /* RFC 9110, section 8.6 */
        buf_addf(out, "Content-Length: %zu\r\n", length);
    buf_adds(out, "\r\n");
}

/* The kernel's first buffer may be smaller than the answer, or larger. */
static void make_room(int fd, size_t n)
{
    int room = 0, wanted = (int)n;
    socklen_t size = sizeof(room);
    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size) == 0 && room < wanted)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
}

/* All of it at once or not wholly: the lane waits for nobody. */
static bool send_whole(int fd, struct buf *head, const char *body, size_t n)
{
    struct iovec parts[] = {{.iov_base = head->data, .iov_len = head->len},
                            {.iov_base = (void *)(uintptr_t)body, .iov_len = n}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = n != 0 ? 2 : 1};
    make_room(fd, head->len + n);
    ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 && (size_t)sent == head->len + n;
}

/* Past the library, and the last answer of its connection. */
static enum MHD_Result send_by_hand(struct request *r, const struct reply *reply, const struct fields *f)
{
    size_t n;
    const char *body = text_of(reply, &n);
    struct buf head = BUF_INIT(HEAD_MAX);
    render_head(&head, reply->status, n, f);
    bool bare = r->method == METHOD_HEAD || reply->status == MHD_HTTP_NOT_MODIFIED;
    bool sent = !head.failed && (reply->body == NULL || !reply->body->failed) &&
                send_whole(r->conn->fd, &head, body, bare ? 0 : n);
    (void)shutdown(r->conn->fd, sent ? SHUT_WR : SHUT_RDWR); /* else a client has not read what was before */
    r->status = sent ? reply->status : 0;
    buf_release(&head);
    if (reply->body != NULL)
        buf_release(reply->body);
    return MHD_YES;
}

/* false: not on a form. */
static bool send_on_form(struct request *r, struct reply *reply, const struct fields *f, enum MHD_Result *ret)
{
    size_t n;
    const char *body = text_of(reply, &n);
    bool whole = body != NULL && (reply->body == NULL || !reply->body->failed);
    struct MHD_Response *response = whole ? form_send(r, body, n, f) : NULL;
    if (response == NULL)
        return false;
    if (reply->body != NULL)
        buf_release(reply->body);
    *ret = queue_filled(r, reply->status, response);
    return true;
}

enum MHD_Result reply_send(struct request *r, struct reply *reply)
{
    struct fields f;
    fields_of(&f, r, reply);
    if (r->by_hand)
        return send_by_hand(r, reply, &f);
    enum MHD_Result sent;
    if (reply->often && send_on_form(r, reply, &f, &sent))
        return sent;
    struct MHD_Response *response = respond(reply);
    return response != NULL ? queue(r, reply->status, response, &f) : MHD_NO;
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
        .often = a->code == ERR_NONE,
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
    r->by_hand = r->close = true;
    (void)reply_problem(r, e, -1);
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
