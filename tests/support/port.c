#include "tests/support/port.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define WAIT_MS 30000

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Until the port's descriptor is readable. */
static void wait(struct api *api, int64_t until, const char *what)
{
    struct pollfd p = {.fd = api->ops->fd(api), .events = POLLIN};
    int64_t left = until - now_ms();
    if (left <= 0 || poll(&p, 1, (int)left) <= 0)
        fail_msg("waited too long for %s", what);
}

struct api_reply *port_take(struct api *api)
{
    int64_t until = now_ms() + WAIT_MS;
    for (;;) {
        struct api_reply *r = api->ops->take(api);
        if (r != NULL)
            return r;
        (void)api->ops->position(api);
        wait(api, until, "a reply");
    }
}

struct api_reply *port_ask(struct api *api, const struct api_request *q)
{
    static uint64_t tag = 1000;
    struct api_request copy = *q;
    copy.tag = ++tag;
    assert_true(api->ops->submit(api, &copy));
    struct api_reply *r = port_take(api);
    assert_int_equal(r->tag, copy.tag);
    assert_int_equal(r->op, copy.op);
    assert_int_equal(strlen(r->body), r->len);
    return r;
}

/* A turn as the console's: no reply is expected. */
static void turn(struct api *api, int64_t until, const char *what)
{
    wait(api, until, what);
    assert_null(api->ops->take(api));
}

const char *port_wait_connected(struct api *api, bool connected)
{
    int64_t until = now_ms() + WAIT_MS;
    const char *why = "";
    assert_null(api->ops->take(api));
    while (api->ops->connected(api, &why) != connected) {
        (void)api->ops->position(api);
        if (api->ops->connected(api, &why) != connected)
            turn(api, until, "the connection");
    }
    return why;
}

void port_wait_why(struct api *api, const char *text)
{
    int64_t until = now_ms() + WAIT_MS;
    const char *why = "";
    for (;;) {
        (void)api->ops->connected(api, &why);
        if (strstr(why, text) != NULL)
            return;
        (void)api->ops->position(api);
        turn(api, until, text);
    }
}

void port_wait_stream(struct api *api)
{
    int64_t until = now_ms() + WAIT_MS;
    const char *why = "";
    while (!api->ops->connected(api, &why) || *why != '\0') {
        (void)api->ops->position(api);
        turn(api, until, "the stream");
    }
}

void port_wait_position(struct api *api, int64_t position)
{
    int64_t until = now_ms() + WAIT_MS;
    while (api->ops->position(api) < position)
        turn(api, until, "the position");
}
