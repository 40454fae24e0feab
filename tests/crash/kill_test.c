/* The real program, 200 clients that post at once, and kill -9: every answered order is there after the restart, and a
 * repeat of a request whose answer was lost makes no second order. */
#include "tests/support/server.h"
#include "tests/support/store_kit.h"
#include "tests/support/wire.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define CLIENTS 200
#define ROUNDS 4
#define ANSWERED_MAX 20000

struct client {
    int number;
    int sent;       /* requests so far, over all rounds */
    bool in_flight; /* the last one has no answer */
    struct wire wire;
};

static struct client clients[CLIENTS];
static char url[64];
static struct ulid answered[ANSWERED_MAX];
static _Atomic int n_answered;

static bool keyed(const struct client *c)
{
    return c->number % 2 == 0;
}

/* Request `sent` of the client, again or for the first time; false: no answer. */
static bool ask(struct client *c, struct ulid *ret)
{
    char body[600], header[80] = "";
    snprintf(body, sizeof body,
             "{\"customerId\":\"C-%d-%d\",\"items\":[" KIT_ITEM "],\"shippingAddress\":" KIT_ADDRESS "}",
             c->number, c->sent);
    if (keyed(c))
        snprintf(header, sizeof header, "Idempotency-Key: key-%d-%d\r\n", c->number, c->sent);
    int status = wire_ask(&c->wire, "POST", "/api/v1/orders", header, body);
    if (status != 0 && (status != 201 || !wire_location(&c->wire, ret))) {
        fprintf(stderr, "%s\n", c->wire.text);
        abort();
    }
    return status == 201;
}

static void *post(void *arg)
{
    struct client *c = arg;
    struct ulid id;
    c->in_flight = false;
    if (!wire_connect(&c->wire, url))
        return NULL;
    while (c->wire.fd >= 0) {
        c->sent++;
        c->in_flight = true;
        if (!ask(c, &id))
            break;
        c->in_flight = false;
        int n = atomic_fetch_add(&n_answered, 1);
        if (n >= ANSWERED_MAX)
            abort();
        answered[n] = id;
    }
    wire_close(&c->wire);
    return NULL;
}

static void post_until_killed(struct server *s, int until)
{
    static pthread_t threads[CLIENTS];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", s->port);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post, &clients[i]), 0);
    while (atomic_load(&n_answered) < until)
        sched_yield();
    assert_int_equal(kill(s->pid, SIGKILL), 0);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(server_wait(s), 128 + SIGKILL);
}

/* The clients that never heard an answer ask again, twice: it is one order. */
static int repeat_what_was_lost(struct server *s)
{
    int repeats = 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", s->port);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &clients[i];
        struct ulid first, second;
        if (!c->in_flight || !keyed(c))
            continue;
        assert_true(wire_connect(&c->wire, url));
        assert_true(ask(c, &first));
        assert_true(ask(c, &second));
        assert_true(ulid_equal(first, second));
        wire_close(&c->wire);
        answered[atomic_fetch_add(&n_answered, 1)] = first;
        repeats++;
    }
    return repeats;
}

static void check_database(const struct server *s)
{
    struct kit *k = kit_folder();
    const char *fault;
    k->backend = &kit_backends[0];
    snprintf(k->path, sizeof k->path, "%s", server_file(s, "orders.sqlite"));
    fault = kit_audit(k->path);
    if (fault != NULL)
        fail_msg("%s", fault);
    assert_int_equal(
        kit_number(k->path,
                   "SELECT count(*) FROM (SELECT 1 FROM orders GROUP BY customer HAVING count(*)>1)"),
        0);
    kit_open(k);
    for (int i = 0; i < atomic_load(&n_answered); i++)
        (void)kit_must_get(k, answered[i]);
    kit_free(k);
}

static void kill__while_200_clients_post__every_answer_is_kept(void **state)
{
    struct server s;
    int repeats = 0;
    (void)state;
    server_prepare(&s);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = (struct client){.number = i, .wire.fd = -1};
    for (int round = 0; round < ROUNDS; round++) {
        server_start(&s, NULL);
        post_until_killed(&s, atomic_load(&n_answered) + 100 + round * 250);
        server_start(&s, NULL);
        repeats += repeat_what_was_lost(&s);
        assert_int_equal(server_stop(&s), 0);
        check_database(&s);
    }
    assert_true(repeats > 0);
    server_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill__while_200_clients_post__every_answer_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
