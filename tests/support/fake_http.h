/* A server that answers what a test wants, also what no server should: a thread for each connection. */
#ifndef ORDERDECK_TESTS_SUPPORT_FAKE_HTTP_H
#define ORDERDECK_TESTS_SUPPORT_FAKE_HTTP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define FAKE_HTTP_CONNECTIONS 64 /* over its life; more are closed at once */

struct fake_http;
/* Given a whole request, head and body. Called on the connection's thread; true: read another one from it. */
typedef bool (*fake_http_fn)(struct fake_http *f, int fd, const char *request);

struct fake_http {
    int port;
    void *ctx; /* the test's own */
    /* --- its own */
    fake_http_fn answer;
    int listener;
    pthread_t acceptor;
    pthread_mutex_t lock;
    struct fake_connection {
        struct fake_http *server;
        int fd;
        pthread_t thread;
    } connections[FAKE_HTTP_CONNECTIONS];
    size_t n;
};

void fake_http_start(struct fake_http *f, fake_http_fn answer, void *ctx);
/* Ends all connections, waits for their threads. */
void fake_http_stop(struct fake_http *f);
/* false: the other side is gone. */
bool fake_http_send(int fd, const char *text);
bool fake_http_send_n(int fd, const char *bytes, size_t n);
/* An answer with a length. */
bool fake_http_reply(int fd, int status, const char *type, const char *body);

#endif
