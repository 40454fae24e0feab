#include "tests/support/wire.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

bool wire_connect(struct wire *w, const char *url)
{
    const char *colon = strrchr(url, ':');
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    a.sin_port = htons((uint16_t)strtol(colon != NULL ? colon + 1 : "0", NULL, 10));
    w->len = 0;
    w->text[0] = '\0';
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (w->fd >= 0 && connect(w->fd, (struct sockaddr *)&a, sizeof a) == 0)
        return true;
    wire_close(w);
    return false;
}

void wire_close(struct wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Bytes of the whole answer, 0: more is to come. */
static size_t answer_length(const struct wire *w)
{
    const char *end = strstr(w->text, "\r\n\r\n");
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - w->text) + 4, body = 0;
    for (const char *line = strstr(w->text, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
            body = strtoul(line + 17, NULL, 10);
    return w->len >= head + body ? head + body : 0;
}

static bool read_answer(struct wire *w)
{
    w->len = 0;
    w->text[0] = '\0';
    while (answer_length(w) == 0) {
        ssize_t n =
            w->len + 1 < sizeof w->text ? recv(w->fd, w->text + w->len, sizeof w->text - 1 - w->len, 0) : 0;
        if (n <= 0)
            return false;
        w->len += (size_t)n;
        w->text[w->len] = '\0';
    }
    return true;
}

int wire_ask(struct wire *w, const char *method, const char *path, const char *headers, const char *body)
{
    char request[16384];
    int status = 0;
    int n = snprintf(
        request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
        method, path, strlen(body), headers, body);
    if (w->fd < 0 || n < 0 || (size_t)n >= sizeof request || !send_all(w->fd, request, (size_t)n) ||
        !read_answer(w) || sscanf(w->text, "HTTP/1.1 %d", &status) != 1) {
        wire_close(w);
        return 0;
    }
    if (strcasestr(w->text, "\r\nConnection: close\r\n") != NULL)
        wire_close(w);
    return status;
}

const char *wire_body(const struct wire *w)
{
    const char *end = strstr(w->text, "\r\n\r\n");
    return end != NULL ? end + 4 : "";
}

bool wire_location(const struct wire *w, struct ulid *ret)
{
    static const char path[] = "/api/v1/orders/";
    const char *at = strcasestr(w->text, "\r\nLocation:");
    const char *id = at != NULL ? strstr(at, path) : NULL;
    char text[ORDER_ID_LEN + 1];
    if (id == NULL)
        return false;
    snprintf(text, sizeof text, "%.*s", ORDER_ID_LEN, id + strlen(path));
    return ulid_parse_order(text, ret);
}
