/* libmicrohttpd alone: the service's lanes with nothing behind them. Answers each request with the same bytes.
 *
 *   bench_constant LANES BYTES
 *
 * Prints the service's own ready line and serves until it is killed. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LANES_MAX 64
#define CONNECTIONS 4096u

static struct MHD_Response *constant;

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *data, size_t *data_len, void **request)
{
    static char seen;
    (void)ctx, (void)url, (void)method, (void)version, (void)data, (void)data_len;
    if (*request == NULL) { /* an answer to the first call would close the connection */
        *request = &seen;
        return MHD_YES;
    }
    return MHD_queue_response(c, MHD_HTTP_OK, constant);
}

static void *lane(void *arg)
{
    struct MHD_Daemon *d = arg;
    struct pollfd fd = {.fd = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, .events = POLLIN};
    for (;;) {
        MHD_UNSIGNED_LONG_LONG ms;
        poll(&fd, 1, MHD_get_timeout(d, &ms) == MHD_YES ? (int)ms : -1);
        MHD_run(d);
    }
    return NULL;
}

static int listen_anywhere(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        return -1;
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static bool lane_start(int listen_fd)
{
    pthread_t thread;
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, NULL, MHD_OPTION_LISTEN_SOCKET, dup(listen_fd),
                         MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_END);
    return d != NULL && pthread_create(&thread, NULL, lane, d) == 0;
}

int main(int argc, char **argv)
{
    int lanes = argc == 3 ? atoi(argv[1]) : 0, bytes = argc == 3 ? atoi(argv[2]) : 0, port = 0;
    if (lanes < 1 || lanes > LANES_MAX || bytes < 1) {
        fprintf(stderr, "usage: bench_constant LANES BYTES\n");
        return 2;
    }
    char *body = malloc((size_t)bytes);
    int fd = listen_anywhere(&port);
    if (body == NULL || fd < 0)
        return 1;
    memset(body, 'x', (size_t)bytes);
    constant = MHD_create_response_from_buffer((size_t)bytes, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(constant, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < lanes; i++)
        if (!lane_start(fd))
            return 1;
    printf("{\"level\":\"info\",\"msg\":\"ready\",\"url\":\"http://127.0.0.1:%d\"}\n", port);
    fflush(stdout);
    for (;;)
        pause();
}
