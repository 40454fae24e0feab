/* The first look at a request: rules of RFC 9110 and 9112 whose breach makes a message ambiguous (request smuggling),
 * and the guard against web pages that reach for a local service (DNS rebinding, cross-site requests). */
#include "service/http/server.h"

#include "shared/scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading {
    struct request *r;
    const char *end; /* of the line before, as a C string */
    const char *fault;
};

/* libmicrohttpd makes C strings of what it received where it lies, so a NUL that was sent cuts a text short, and the rest
 * lies between its end and the next text. Nothing but the overwritten line ends may: `most` bytes of them. */
static bool text_whole(const char *end, const char *next, size_t most)
{
    uintptr_t gap = (uintptr_t)next - (uintptr_t)end;
    if (gap == 0 || gap > most)
        return false;
    for (size_t i = 0; i < gap; i++) {
        if (end[i] != '\0')
            return false;
    }
    return true;
}

/* Field values lose the white space behind them (RFC 9112, section 5.1); what is before is gone already. */
static const char *trimmed(struct request *r, const char *value, size_t n)
{
    size_t keep = n;
    while (keep > 0 && (value[keep - 1] == ' ' || value[keep - 1] == '\t'))
        keep--;
    return keep == n ? value : arena_memdup(&r->arena, value, keep);
}

static void keep_field(struct reading *x, enum header_name f, const char *value, size_t n)
{
    struct head *head = &x->r->head;
    const char *text = trimmed(x->r, value, n);
    if (text == NULL)
        x->fault = "there is no memory for the header fields";
    else if (head->value[f] == NULL)
        head->value[f] = text;
    else if (header_single(f))
        x->fault = "a header field that must be single is repeated";
    else if (f == HEADER_IF_MATCH || f == HEADER_IF_NONE_MATCH)
        head->value[f] = arena_printf(&x->r->arena, "%s, %s", head->value[f], text);
    if (head->seen[f] < 255)
        head->seen[f]++;
}

/* In a field of one line the value follows its name, colon and white space. libmicrohttpd 0.9 puts what is folded onto a
 * second line behind the name, somewhere else: "Content-Length:\r\n 5" becomes a field "Content-Length5", and
 * "Content-Leng: 5\r\n th" the length. So folds are refused, as RFC 9112, section 5.2, lets a server do. */
static bool field_folded(const char *name, size_t name_len, const char *value)
{
    const char *p = name + name_len + 1;
    if (value == NULL)
        return false;
    if ((uintptr_t)value < (uintptr_t)p)
        return true;
    while (p != value && (*p == ' ' || *p == '\t'))
        p++;
    return p != value;
}

static bool value_clean(const char *value, size_t n)
{
    if (scan_printable(value, n, ' '))
        return true;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static enum MHD_Result read_field(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                  const char *value, size_t value_len)
{
    (void)kind;
    struct reading *x = ctx;
    enum header_name f;
    x->r->head.bytes += name_len + value_len + 4 + HTTP_FIELD_COST;
    if (!header_token(name, name_len)) {
        x->fault = "a header field has a name that is no token";
        return MHD_NO;
    }
    if (field_folded(name, name_len, value) || !text_whole(x->end, name, 2)) {
        x->fault = "a header field is folded onto a second line, or has a NUL";
        return MHD_NO;
    }
    if (value == NULL) {
        value = name + name_len; /* past the name: nothing */
        value_len = 0;
    }
    x->end = value + value_len;
    if (!value_clean(value, value_len)) {
        x->fault = "a header field has a control character";
        return MHD_NO;
    }
    if (header_find(name, name_len, &f))
        keep_field(x, f, value, value_len);
    return x->fault == NULL ? MHD_YES : MHD_NO;
}

static bool refuse(struct request *r, enum err_code code, const char *what)
{
    r->close = true;
    return err_set(&r->refusal, code, "%s", what);
}

static bool guard_number(struct request *r)
{
    const char *length = r->head.value[HEADER_CONTENT_LENGTH];
    if (length != NULL && (length[0] == '\0' || length[strspn(length, "0123456789")] != '\0'))
        return refuse(r, ERR_MALFORMED_REQUEST, "the Content-Length is not a number");
    return true;
}

/* Where one message ends and the next begins must be beyond doubt. */
static bool guard_framing(struct request *r, const char *version)
{
    const struct head *head = &r->head;
    const char *length = head->value[HEADER_CONTENT_LENGTH], *coding = head->value[HEADER_TRANSFER_ENCODING];
    bool modern = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
    if (!guard_number(r))
        return false;
    if (length != NULL && coding != NULL)
        return refuse(r, ERR_MALFORMED_REQUEST, "Content-Length and Transfer-Encoding exclude each other");
    if (coding != NULL && !modern)
        return refuse(r, ERR_MALFORMED_REQUEST, "Transfer-Encoding needs HTTP/1.1");
    if (coding != NULL && strcasecmp(coding, "chunked") != 0)
        return refuse(r, ERR_NOT_IMPLEMENTED, "the only transfer coding understood is 'chunked'");
    if (modern && head->seen[HEADER_HOST] != 1)
        return refuse(r, ERR_MALFORMED_REQUEST, "an HTTP/1.1 request needs one Host field");
    return true;
}

static bool guard_length(struct request *r)
{
    const char *length = r->head.value[HEADER_CONTENT_LENGTH];
    if (length == NULL)
        return true;
    length += strspn(length, "0");
    size_t digits = strlen(length);
    if (digits > 6 || (digits != 0 && strtol(length, NULL, 10) > ORDER_BODY_MAX))
        return refuse(r, ERR_BODY_TOO_LARGE, "the body is longer than 512 KiB");
    return true;
}

static const char *field_so_far(struct request *r, enum header_name f)
{
    const char *value = MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, header_name(f));
    r->head.seen[f] = value != NULL;
    return r->head.value[f] = value;
}

/* Which request the library complains of, it does not say: one whose head is not with us yet. */
void guard_lengths(struct lane *l)
{
    for (struct conn *c = l->conns[CONN_HEAD].first; c != NULL; c = c->next) {
        struct request *r = c->request;
        if (r == NULL || r->phase != REQUEST_NEW || field_so_far(r, HEADER_CONTENT_LENGTH) == NULL)
            continue;
        (void)field_so_far(r, HEADER_REQUEST_ID);
        if (!guard_number(r) || !guard_length(r))
            request_cut(r);
        r->head = (struct head){.bytes = 0};
    }
}

size_t target_host(const char *target)
{
    return strncasecmp(target, "http://", 7) == 0 ? 7 : 0;
}

/* The request line as it was sent: what would be decoded into a different path for others is refused. */
static bool guard_target(struct request *r)
{
    if (r->long_target)
        return refuse(r, ERR_URI_TOO_LONG, "the path and query are longer than 8192 bytes");
    if (!scan_printable(r->target, r->line_target_len, '!') || strchr(r->target, '#') != NULL)
        return refuse(r, ERR_MALFORMED_REQUEST, "the path has a character that must be escaped");
    for (const char *p = r->target; (p = strchr(p, '%')) != NULL; p++) {
        if (strncasecmp(p, "%00", 3) == 0 || strncasecmp(p, "%0a", 3) == 0 || strncasecmp(p, "%0d", 3) == 0)
            return refuse(r, ERR_MALFORMED_REQUEST, "the path has an escaped NUL or line end");
    }
    return true;
}

/* The three words of the request line, without a NUL in any. */
static bool guard_line(struct request *r, const char *method, const char *version)
{
    const char *end = r->line_target + r->line_target_len;
    if (method + strlen(method) + 1 != r->line_target || version != end + 1)
        return refuse(r, ERR_MALFORMED_REQUEST, "the request line has a NUL");
    return true;
}

static bool host_known(const struct http *h, const struct authority *a)
{
    if (a->address || a->loopback)
        return true;
    for (size_t i = 0; i < h->n_hosts; i++) {
        if (strcasecmp(h->hosts[i], a->name) == 0)
            return true;
    }
    return false;
}

static bool guard_authority(struct request *r, const char *text, size_t n, const char *what)
{
    struct authority a;
    if (!header_authority(text, n, &a)) {
        r->close = true;
        return err_set(&r->refusal, ERR_MALFORMED_REQUEST, "the %s is neither a name nor an address", what);
    }
    if (!host_known(r->lane->http, &a))
        return err_set(&r->refusal, ERR_FORBIDDEN_HOST, "the host '%.100s' is not served here", a.name);
    return true;
}

static bool guard_host(struct request *r)
{
    const char *host = r->head.value[HEADER_HOST];
    struct lane *l = r->lane;
    if (host == NULL || (host[0] != '\0' && strcmp(host, l->known_host) == 0))
        return true; /* HTTP/1.0, or the one that was found good just before */
    size_t n = strlen(host);
    if (!guard_authority(r, host, n, "Host"))
        return false;
    if (n < sizeof(l->known_host))
        memcpy(l->known_host, host, n + 1);
    return true;
}

/* A target in absolute form names the host itself, whatever the Host field says (RFC 9112, section 3.2.2). */
static bool guard_absolute(struct request *r)
{
    size_t at = target_host(r->target);
    const char *host = r->target + at;
    return at == 0 || guard_authority(r, host, strcspn(host, "/?"), "host of the request target");
}

/* The end of the head: up to four bytes of line ends behind the last field, as long as nothing else is there. */
static bool head_whole(const struct request *r, const struct reading *x, const char *method)
{
    const union MHD_ConnectionInfo *head =
        MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return head == NULL || text_whole(x->end, method + head->header_size, 4);
}

bool guard_request(struct request *r, const char *method, const char *version)
{
    struct reading x = {.r = r, .end = version + strlen(version)};
    MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, read_field, &x);
    if (strcmp(version, MHD_HTTP_VERSION_1_1) != 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0)
        return refuse(r, ERR_HTTP_VERSION, "speak HTTP/1.1 or HTTP/1.0");
    if (x.fault == NULL && !head_whole(r, &x, method))
        x.fault = "a header field has a NUL";
    if (x.fault != NULL)
        return refuse(r, ERR_MALFORMED_REQUEST, x.fault);
    if (r->head.bytes + r->line_target_len + HTTP_FIELD_COST * r->line_params > HTTP_HEAD_MAX)
        return refuse(r, ERR_HEADERS_TOO_LARGE,
                      "the target and the header fields are more than 12 KiB together");
    return guard_line(r, method, version) && guard_framing(r, version) && guard_target(r) &&
           guard_length(r) && guard_host(r) && guard_absolute(r);
}

bool guard_origin(struct request *r)
{
    const char *origin = r->head.value[HEADER_ORIGIN], *host = r->head.value[HEADER_HOST];
    if (origin == NULL)
        return true;
    const char *authority = strstr(origin, "://");
    struct authority from, to;
    bool web = authority != NULL &&
               (strncasecmp(origin, "http://", 7) == 0 || strncasecmp(origin, "https://", 8) == 0);
    if (web && header_authority(authority + 3, strlen(authority + 3), &from)) {
        if (from.loopback)
            return true;
        if (host != NULL && header_authority(host, strlen(host), &to) && strcmp(from.name, to.name) == 0 &&
            strcmp(from.port, to.port) == 0)
            return true;
    }
    return err_set(&r->refusal, ERR_FORBIDDEN_ORIGIN,
                   "a page of another origin may not change anything here");
}
