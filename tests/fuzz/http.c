/* Raw bytes on a connection to a whole service: whatever comes, the answer is one of ours, said once. */
#include "service/service.h"
#include "shared/log.h"

#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADS 64
#define PATIENCE_MS 5
#define ANSWER_MS 30000

static char folder[] = "/tmp/orderdeck-fuzz-XXXXXX";
static struct conf conf;
static struct service *service;
static uint16_t port;

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s;
    (void)type;
    (void)at;
    return remove(path);
}

static void stop(void)
{
    service_stop(service);
    conf_release(&conf);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void start(void)
{
    char name[] = "orderdeck", headless[] = "--headless", free_port[] = "--port=0", database[96];
    char *argv[] = {name, headless, free_port, database, NULL}, *environment[] = {NULL};
    struct err err;
    int status;
    if (service != NULL)
        return;
    MUST(mkdtemp(folder) != NULL);
    snprintf(database, sizeof database, "--database-url=sqlite:%s/orders.sqlite", folder);
    log_init(-1, LOG_ERROR, "fuzz");
    MUST(conf_read(&conf, 4, argv, environment, &err));
    service = service_start(&conf, &err, &status);
    MUST(service != NULL);
    port = (uint16_t)atoi(strrchr(service_url(service), ':') + 1);
    atexit(stop);
}

/* libFuzzer's own alarm interrupts. */
static bool ready(int fd, short events, int ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do {
        n = poll(&p, 1, ms);
    } while (n < 0 && errno == EINTR);
    return n == 1;
}

/* From ever another loopback address, since a port that was used rests for a minute. */
static int connect_anew(void)
{
    static uint32_t count;
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7f010000u + count++ % 0xffff + 1)};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof from) == 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        MUST(errno == EINTR && ready(fd, POLLOUT, ANSWER_MS));
    return fd;
}

static void send_all(int fd, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* answered and closed before all was sent */
        bytes += sent;
        n -= (size_t)sent;
    }
}

/* Reads the head of an answer and what comes along. The service waits for the rest of a request, so after a moment there
 * is no rest; not at once, since who stops sending gets no answer that takes some time. */
static size_t receive(int fd, char *text, size_t room)
{
    size_t len = 0;
    text[0] = '\0';
    if (!ready(fd, POLLIN, PATIENCE_MS))
        shutdown(fd, SHUT_WR);
    while (len + 1 < room && strstr(text, "\r\n\r\n") == NULL) {
        MUST(ready(fd, POLLIN, ANSWER_MS));
        ssize_t n = recv(fd, text + len, room - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        text[len] = '\0';
    }
    return len;
}

/* The head of the first answer: a status that is allowed, each field once, and no byte that is none of a field. */
static void look_at_head(const char *text)
{
    const char *names[HEADS], *end = strstr(text, "\r\n\r\n");
    size_t lengths[HEADS], n = 0;
    int status = 0;
    MUST(end != NULL && sscanf(text, "HTTP/1.%*1[01] %3d ", &status) == 1);
    MUST(status >= 100 && status < 600 && status != 500 && status != 502 && status != 504);
    for (const char *line = strstr(text, "\r\n") + 2; line < end + 2; line = strstr(line, "\r\n") + 2) {
        const char *colon = strchr(line, ':');
        MUST(n < HEADS && colon != NULL && colon < strstr(line, "\r\n"));
        names[n] = line;
        lengths[n] = (size_t)(colon - line);
        for (size_t i = 0; i < n; i++)
            MUST(lengths[i] != lengths[n] || strncasecmp(names[i], line, lengths[n]) != 0);
        n++;
    }
    for (const char *p = text; p < end; p++)
        MUST((unsigned char)*p >= 0x20 || *p == '\r' || *p == '\n' || *p == '\t');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char answer[1 << 18];
    start();
    int fd = connect_anew();
    send_all(fd, bytes, n);
    if (receive(fd, answer, sizeof answer) > 0)
        look_at_head(answer);
    close(fd);
    return 0;
}
