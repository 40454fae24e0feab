/* The whole service under load from HTTP and from the console, stopped at any moment: it drains, ends with 0, and every
 * answer it gave is in the database. */
#include "tests/support/running.h"
#include "tests/support/wire.h"

#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>

#define CLIENTS 6
#define ANSWERS 400

struct client {
    char url[64];
    pthread_t thread;
    struct ulid ids[ANSWERS];
    size_t n;
    _Atomic size_t answered; /* seen by the one who stops */
    struct wire wire;
};

/* Posts until the service says that it drains, or is gone. */
static void *post(void *arg)
{
    struct client *c = arg;
    char path[120], id[ORDER_ID_LEN + 1];
    c->wire.fd = -1;
    while (c->n < ANSWERS) {
        if (c->wire.fd < 0 && !wire_connect(&c->wire, c->url))
            break;
        int status = wire_ask(&c->wire, "POST", "/api/v1/orders", "", KIT_BODY);
        if (status != 201)
            break;
        if (!wire_location(&c->wire, &c->ids[c->n++]))
            abort();
        atomic_store(&c->answered, c->n);
        ulid_format_order(c->ids[c->n - 1], id);
        snprintf(path, sizeof path, "/api/v1/orders/%s/validate", id);
        if (c->n % 3 == 0 && c->wire.fd >= 0 && wire_ask(&c->wire, "POST", path, "", "") == 0)
            break;
        if (c->n % 5 == 0 && c->wire.fd >= 0 &&
            wire_ask(&c->wire, "GET", "/api/v1/orders?limit=3", "", "") == 0)
            break;
    }
    wire_close(&c->wire);
    return NULL;
}

/* The console: asks, looks at the position, and takes what comes. */
static void use_console(struct api *a, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        struct api_request q = {.op = i % 3 == 0   ? API_STATS
                                      : i % 3 == 1 ? API_LIST
                                                   : API_STATUS,
                                .tag = (uint64_t)i};
        q.if_version = -1;
        (void)a->ops->submit(a, &q);
        (void)a->ops->position(a);
        for (struct api_reply *r; (r = a->ops->take(a)) != NULL;)
            api_reply_free(r);
    }
}

static size_t answered(struct client *clients)
{
    size_t n = 0;
    for (int i = 0; i < CLIENTS; i++)
        n += atomic_load(&clients[i].answered);
    return n;
}

static void run_and_stop(struct kit *k, size_t after)
{
    static struct client clients[CLIENTS];
    struct running r;
    struct err e;
    running_start(&r, k, NULL);
    struct api *a = service_api_open(r.service, &e);
    assert_non_null(a);
    for (int i = 0; i < CLIENTS; i++) {
        snprintf(clients[i].url, sizeof clients[i].url, "%s", service_url(r.service));
        clients[i].n = 0;
        atomic_store(&clients[i].answered, 0);
        assert_int_equal(pthread_create(&clients[i].thread, NULL, post, &clients[i]), 0);
    }
    while (answered(clients) < after)
        use_console(a, 5);
    use_console(a, 4);
    service_api_close(a); /* with requests open */
    assert_int_equal(running_stop(&r), 0);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    kit_open(k);
    for (int i = 0; i < CLIENTS; i++)
        for (size_t n = 0; n < clients[i].n; n++)
            (void)kit_must_get(k, clients[i].ids[n]);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

static void service__stopped_under_load__keeps_what_it_answered(void **state)
{
    struct kit *k = *state;
    clock_freeze(-1);
    for (int round = 0; round < 6; round++)
        run_and_stop(k, 1 + kit_draw(k, 150));
}

/* Between the end of a commit and the next nothing makes the port's descriptor readable: a console that waits on it
 * sleeps. */
static void console__position_asked_while_it_moves__rests_afterwards(void **state)
{
    static struct client client;
    struct kit *k = *state;
    struct running r;
    struct err e;
    clock_freeze(-1);
    running_start(&r, k, NULL);
    struct api *a = service_api_open(r.service, &e);
    snprintf(client.url, sizeof client.url, "%s", service_url(r.service));
    client.n = 0;
    assert_int_equal(pthread_create(&client.thread, NULL, post, &client), 0);
    for (int rest = 0; rest < 3; rest++) {
        while (a->ops->position(a) < (rest + 1) * 60) /* asks without pause, across many commits */
            ;
    }
    while (atomic_load(&client.answered) < ANSWERS)
        (void)a->ops->position(a);
    pthread_join(client.thread, NULL);
    (void)a->ops->position(a);
    assert_null(a->ops->take(a)); /* the move that was told is taken note of */
    struct pollfd p = {.fd = a->ops->fd(a), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 0), 0);
    service_api_close(a);
    assert_int_equal(running_stop(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FOLDER_TEST(service__stopped_under_load__keeps_what_it_answered),
        KIT_FOLDER_TEST(console__position_asked_while_it_moves__rests_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
