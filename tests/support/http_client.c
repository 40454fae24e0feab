#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool client_try_open(struct client *c, int port)
{
    return client_try_open_from(c, port, INADDR_LOOPBACK);
}

bool client_try_open_from(struct client *c, int port, uint32_t address)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)},
                       from = {.sin_family = AF_INET};
    int on = 1;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    from.sin_addr.s_addr = htonl(address);
    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (c->fd < 0)
        return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(c->fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
        connect(c->fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return true;
    close(c->fd);
    c->fd = -1;
    return false;
}

void client_open(struct client *c, int port)
{
    if (!client_try_open(c, port))
        fail_msg("cannot connect to port %d: %s", port, strerror(errno));
}

void client_close(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->in);
    *c = (struct client){.fd = -1};
}

bool client_send_n(struct client *c, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n != 0) {
        ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

void client_send(struct client *c, const char *text)
{
    (void)client_send_n(c, text, strlen(text));
}

bool client_more(struct client *c, int wait_ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (c->cap - c->n < 65536) {
        c->cap = c->cap == 0 ? 65536 : 2 * c->cap + 65536;
        c->in = realloc(c->in, c->cap + 1);
        assert_non_null(c->in);
    }
    int64_t end = now_ms() + wait_ms;
    for (;;) {
        int64_t left = end - now_ms();
        int ready = poll(&p, 1, left > 0 ? (int)left : 0);
        if (ready == 0)
            return false;
        ssize_t got = recv(c->fd, c->in + c->n, c->cap - c->n, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0) {
            c->ended = true;
            return false;
        }
        c->n += (size_t)got;
        c->in[c->n] = '\0';
        return true;
    }
}

bool client_closed(struct client *c, int wait_ms)
{
    int64_t end = now_ms() + wait_ms;
    while (client_more(c, (int)(end - now_ms())))
        ;
    return c->ended;
}

bool client_wait_for(struct client *c, const char *text)
{
    int64_t end = now_ms() + CLIENT_WAIT_MS;
    while (c->in == NULL || c->n == 0 || strstr(c->in, text) == NULL) {
        int64_t left = end - now_ms();
        if (left <= 0 || !client_more(c, (int)left))
            return false;
    }
    return true;
}

/* Forgets the first n bytes of what came in. */
static void use(struct client *c, size_t n)
{
    memmove(c->in, c->in + n, c->n - n + 1);
    c->n -= n;
}

static bool need(struct client *c, size_t n)
{
    while (c->n < n) {
        if (!client_more(c, CLIENT_WAIT_MS))
            return false;
    }
    return true;
}

static void body_add(struct reply *r, const char *bytes, size_t n)
{
    r->body = realloc(r->body, r->body_len + n + 1);
    assert_non_null(r->body);
    memcpy(r->body + r->body_len, bytes, n);
    r->body_len += n;
    r->body[r->body_len] = '\0';
}

static void read_chunks(struct client *c, struct reply *r)
{
    for (;;) {
        char *end;
        while ((end = c->n != 0 ? strstr(c->in, "\r\n") : NULL) == NULL) {
            if (!client_more(c, CLIENT_WAIT_MS))
                fail_msg("the connection ended inside a chunk");
        }
        size_t n = strtoul(c->in, NULL, 16), line = (size_t)(end - c->in) + 2;
        if (!need(c, line + n + 2))
            fail_msg("the connection ended inside a chunk");
        body_add(r, c->in + line, n);
        use(c, line + n + 2);
        if (n == 0)
            return;
    }
}

static void read_body(struct client *c, struct reply *r)
{
    const char *length = reply_field(r, "Content-Length");
    if (strcasecmp(reply_field(r, "Transfer-Encoding"), "chunked") == 0) {
        read_chunks(c, r);
        return;
    }
    length = reply_field(r, "Content-Length");
    if (length[0] == '\0') {
        while (client_more(c, CLIENT_WAIT_MS))
            continue;
        body_add(r, c->in, c->n);
        c->n = 0;
        return;
    }
    size_t n = strtoul(length, NULL, 10);
    if (!need(c, n))
        fail_msg("the connection ended inside a body");
    body_add(r, c->in, n);
    use(c, n);
}

struct reply client_read(struct client *c, bool to_head)
{
    struct reply r = {.status = 0};
    char *end;
    body_add(&r, "", 0);
    for (;;) {
        while ((end = c->n != 0 ? strstr(c->in, "\r\n\r\n") : NULL) == NULL) {
            if (!client_more(c, CLIENT_WAIT_MS))
                return r;
        }
        if (sscanf(c->in, "HTTP/1.%*d %d", &r.status) != 1)
            fail_msg("no status line: %.100s", c->in);
        size_t n = (size_t)(end - c->in) + 4;
        if (r.status != 100) {
            r.head = strndup(c->in, n);
            use(c, n);
            break;
        }
        use(c, n);
    }
    if (!to_head && r.status != 204 && r.status != 304)
        read_body(c, &r);
    return r;
}

struct reply client_ask(struct client *c, const char *method, const char *path, const char *fields,
                        const char *body)
{
    size_t n = strlen(path) + (fields != NULL ? strlen(fields) : 0) + 400;
    char *head = malloc(n);
    assert_non_null(head);
    int used = snprintf(head, n, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, path,
                        fields != NULL ? fields : "");
    if (body != NULL && (fields == NULL || strcasestr(fields, "content-type:") == NULL))
        used += snprintf(head + used, n - (size_t)used, "Content-Type: application/json\r\n");
    if (body != NULL)
        used += snprintf(head + used, n - (size_t)used, "Content-Length: %zu\r\n", strlen(body));
    used += snprintf(head + used, n - (size_t)used, "\r\n");
    client_send_n(c, head, (size_t)used);
    free(head);
    if (body != NULL)
        client_send(c, body);
    return client_read(c, strcmp(method, "HEAD") == 0);
}

struct reply ask(int port, const char *method, const char *path, const char *fields, const char *body)
{
    struct client c;
    client_open(&c, port);
    struct reply r = client_ask(&c, method, path, fields, body);
    client_close(&c);
    return r;
}

struct reply ask_raw(int port, const char *text)
{
    struct client c;
    client_open(&c, port);
    client_send(&c, text);
    struct reply r = client_read(&c, false);
    client_close(&c);
    return r;
}

void reply_release(struct reply *r)
{
    free(r->head);
    free(r->body);
    *r = (struct reply){.status = 0};
}

const char *reply_field(const struct reply *r, const char *name)
{
    static _Thread_local char value[1024];
    size_t n = strlen(name);
    for (const char *p = r->head; p != NULL && *p != '\0';) {
        size_t line = strcspn(p, "\r");
        if (line > n && strncasecmp(p, name, n) == 0 && p[n] == ':') {
            p += n + 1 + strspn(p + n + 1, " ");
            snprintf(value, sizeof(value), "%.*s", (int)strcspn(p, "\r"), p);
            return value;
        }
        p += line + 2;
    }
    return "";
}

bool reply_has(const struct reply *r, const char *text_in_body)
{
    return strstr(r->body, text_in_body) != NULL;
}

static const char *member(const struct reply *r, const char *name)
{
    char key[80];
    snprintf(key, sizeof(key), "\"%s\":", name);
    const char *p = strstr(r->body, key);
    return p != NULL ? p + strlen(key) : NULL;
}

const char *reply_text(const struct reply *r, const char *name)
{
    static _Thread_local char value[1024];
    const char *p = member(r, name);
    if (p == NULL || *p != '"')
        return "";
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(p + 1, "\""), p + 1);
    return value;
}

int64_t reply_number(const struct reply *r, const char *name)
{
    const char *p = member(r, name);
    return p != NULL && *p >= '0' && *p <= '9' ? strtoll(p, NULL, 10) : -1;
}
