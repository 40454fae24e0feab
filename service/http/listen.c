/* The listening socket. Without SO_REUSEPORT: a second process on the same port must be told, not given half of the
 * clients. */
#include "service/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static bool address_read(const char *text, int64_t port, union address *ret, socklen_t *ret_len)
{
    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, text, &ret->four.sin_addr) == 1) {
        ret->four.sin_family = AF_INET;
        ret->four.sin_port = htons((uint16_t)port);
        *ret_len = sizeof(ret->four);
        return true;
    }
    char inner[64] = "";
    size_t n = strlen(text);
    bool brackets = n > 2 && n < sizeof(inner) && text[0] == '[' && text[n - 1] == ']';
    if (brackets)
        memcpy(inner, text + 1, n - 2);
    if (inet_pton(AF_INET6, brackets ? inner : text, &ret->six.sin6_addr) == 1) {
        ret->six.sin6_family = AF_INET6;
        ret->six.sin6_port = htons((uint16_t)port);
        *ret_len = sizeof(ret->six);
        return true;
    }
    return strcmp(text, "localhost") == 0 && address_read("127.0.0.1", port, ret, ret_len);
}

/* Where a client on this machine finds it. */
static void write_url(struct http *h, const union address *a)
{
    char name[INET6_ADDRSTRLEN];
    if (a->any.sa_family == AF_INET) {
        h->port = ntohs(a->four.sin_port);
        if (a->four.sin_addr.s_addr == htonl(INADDR_ANY))
            snprintf(name, sizeof(name), "127.0.0.1");
        else
            inet_ntop(AF_INET, &a->four.sin_addr, name, sizeof(name));
        snprintf(h->url, sizeof(h->url), "http://%s:%d", name, h->port);
        return;
    }
    h->port = ntohs(a->six.sin6_port);
    inet_ntop(AF_INET6, IN6_IS_ADDR_UNSPECIFIED(&a->six.sin6_addr) ? &in6addr_loopback : &a->six.sin6_addr,
              name, sizeof(name));
    snprintf(h->url, sizeof(h->url), "http://[%s]:%d", name, h->port);
}

static bool bind_failed(struct http *h, const union address *a, struct err *ret_err)
{
    const struct conf *conf = h->c.conf;
    int why = errno;
    write_url(h, a);
    if (why == EADDRINUSE)
        return err_set(
            ret_err, ERR_INVALID_PARAMETER,
            "port %lld on '%s' is in use; choose another with --port, or use the service that holds it: "
            "orderdeck attach %s",
            (long long)conf->port, conf->listen, h->url);
    return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot listen on '%s' port %lld: %s", conf->listen,
                   (long long)conf->port, strerror(why));
}

int listen_open(struct http *h, struct err *ret_err)
{
    const struct conf *conf = h->c.conf;
    union address a;
    socklen_t n = 0;
    int on = 1, off = 0;
    if (!address_read(conf->listen, conf->port, &a, &n)) {
        err_set(ret_err, ERR_INVALID_PARAMETER, "LISTEN is '%s', which is no IPv4 or IPv6 address",
                conf->listen);
        return -1;
    }
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        bind_failed(h, &a, ret_err);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* inherited by what is accepted */
    if (a.any.sa_family == AF_INET6)                           /* "::" serves IPv4 too */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, &a.any, n) != 0 || listen(fd, BACKLOG) != 0 || getsockname(fd, &a.any, &n) != 0) {
        bind_failed(h, &a, ret_err);
        close(fd);
        return -1;
    }
    write_url(h, &a);
    return fd;
}
