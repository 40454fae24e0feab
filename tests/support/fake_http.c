#include "tests/support/fake_http.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

bool fake_http_send_n(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool fake_http_send(int fd, const char *text)
{
    return fake_http_send_n(fd, text, strlen(text));
}

bool fake_http_reply(int fd, int status, const char *type, const char *body)
{
    char head[300];
    snprintf(head, sizeof head, "HTTP/1.1 %d Fine\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status,
             type, strlen(body));
    return fake_http_send(fd, head) && fake_http_send(fd, body);
}

/* Bytes of the request in `text`, 0: it is not whole yet. */
static size_t whole(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\nContent-Length:");
    if (end == NULL)
        return 0;
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return strlen(end + 4) >= body ? (size_t)(end + 4 - text) + body : 0;
}

static void *serve(void *ctx)
{
    struct fake_connection *c = ctx;
    char text[16384] = "";
    size_t n = 0, request;
    for (;;) {
        while ((request = whole(text)) == 0) {
            ssize_t got = n + 1 < sizeof text ? recv(c->fd, text + n, sizeof text - 1 - n, 0) : 0;
            if (got <= 0)
                goto done;
            n += (size_t)got;
            text[n] = '\0';
        }
        char *copy = strndup(text, request);
        bool more = c->server->answer(c->server, c->fd, copy);
        free(copy);
        memmove(text, text + request, n - request + 1);
        n -= request;
        if (!more)
            break;
    }
done:
    shutdown(c->fd, SHUT_RDWR); /* closed in fake_http_stop */
    return NULL;
}

static void *accept_all(void *ctx)
{
    struct fake_http *f = ctx;
    for (int fd; (fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        pthread_mutex_lock(&f->lock);
        struct fake_connection *c = f->n < FAKE_HTTP_CONNECTIONS ? &f->connections[f->n] : NULL;
        if (c != NULL)
            *c = (struct fake_connection){.server = f, .fd = fd};
        if (c == NULL || pthread_create(&c->thread, NULL, serve, c) != 0)
            close(fd);
        else
            f->n++;
        pthread_mutex_unlock(&f->lock);
    }
    return NULL;
}

void fake_http_start(struct fake_http *f, fake_http_fn answer, void *ctx)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    *f = (struct fake_http){.answer = answer, .ctx = ctx};
    pthread_mutex_init(&f->lock, NULL);
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(f->listener, 64), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&a, &n), 0);
    f->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&f->acceptor, NULL, accept_all, f), 0);
}

void fake_http_stop(struct fake_http *f)
{
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->acceptor, NULL);
    close(f->listener);
    for (size_t i = 0; i < f->n; i++)
        shutdown(f->connections[i].fd, SHUT_RDWR);
    for (size_t i = 0; i < f->n; i++) {
        pthread_join(f->connections[i].thread, NULL);
        close(f->connections[i].fd);
    }
    pthread_mutex_destroy(&f->lock);
}
