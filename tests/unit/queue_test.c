#include "shared/queue.h"

#include "shared/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

struct item {
    struct node node;
    int sender, number;
};

static struct item *item(struct node *n)
{
    return (struct item *)n;
}

static void queue__taken_in_parts__first_in_first_out(void **state)
{
    (void)state;
    struct queue q;
    struct item items[5] = {0};
    queue_init(&q, 5);
    for (int i = 0; i < 5; i++) {
        items[i].number = i;
        assert_true(queue_put(&q, &items[i].node, NULL));
    }
    size_t n;
    struct node *list = queue_take(&q, 2, &n);
    assert_int_equal(n, 2);
    assert_int_equal(item(list)->number, 0);
    assert_int_equal(item(list->next)->number, 1);
    assert_null(list->next->next);
    assert_int_equal(queue_length(&q), 3);
    list = queue_take(&q, 100, &n);
    assert_int_equal(n, 3);
    assert_int_equal(item(list)->number, 2);
    assert_int_equal(item(list->next->next)->number, 4);
    assert_int_equal(queue_length(&q), 0);
    assert_true(queue_put(&q, &items[0].node, NULL));
    assert_ptr_equal(queue_take(&q, 1, &n), &items[0].node);
    queue_release(&q);
}

static void queue__full__sender_keeps_the_node(void **state)
{
    (void)state;
    struct queue q;
    struct item a = {0}, b = {0};
    bool closed = true;
    size_t n;
    queue_init(&q, 1);
    assert_true(queue_put(&q, &a.node, &closed));
    assert_false(closed);
    assert_false(queue_put(&q, &b.node, &closed));
    assert_false(closed);
    assert_ptr_equal(queue_take(&q, 9, &n), &a.node);
    assert_true(queue_put(&q, &b.node, &closed));
    assert_ptr_equal(queue_take(&q, 9, &n), &b.node);
    queue_release(&q);
}

static void queue__closed__emptied_and_then_null(void **state)
{
    (void)state;
    struct queue q;
    struct item a = {0}, b = {0};
    bool closed = false;
    size_t n = 7;
    queue_init(&q, 10);
    assert_true(queue_put(&q, &a.node, NULL));
    queue_close(&q);
    assert_true(queue_closed(&q));
    assert_false(queue_put(&q, &b.node, &closed));
    assert_true(closed);
    assert_ptr_equal(queue_take(&q, 9, &n), &a.node);
    assert_null(queue_take(&q, 9, &n));
    assert_int_equal(n, 0);
    assert_null(queue_take_for(&q, 9, INT64_C(60000000000), &n));
    queue_release(&q);
}

static void queue__nothing_in_time__null_and_open(void **state)
{
    (void)state;
    struct queue q;
    size_t n = 7;
    queue_init(&q, 10);
    int64_t before = clock_mono_ns();
    assert_null(queue_take_for(&q, 9, 2000000, &n));
    assert_true(clock_mono_ns() - before >= 2000000);
    assert_int_equal(n, 0);
    assert_null(queue_take_for(&q, 9, -1, &n));
    assert_null(queue_take_for(&q, 9, 0, &n));
    assert_false(queue_closed(&q));
    queue_release(&q);
}

#define SENDERS 3
#define EACH 5000

struct sender {
    struct queue *q;
    struct mailbox *m;
    struct item *items;
};

static void *send_to_queue(void *context)
{
    struct sender *s = context;
    for (int i = 0; i < EACH; i++)
        while (!queue_put(s->q, &s->items[i].node, NULL))
            sched_yield();
    return NULL;
}

/* Counts what came, and whether each sender's items came in order. */
struct tally {
    int next[SENDERS];
    int total;
    bool in_order;
};

static void tally_list(struct tally *t, struct node *list)
{
    while (list != NULL) {
        struct item *i = item(list);
        list = list->next;
        t->in_order &= i->number == t->next[i->sender];
        t->next[i->sender] = i->number + 1;
        t->total++;
    }
}

static void start_senders(pthread_t threads[SENDERS], struct sender senders[SENDERS], void *(*run)(void *))
{
    for (int s = 0; s < SENDERS; s++) {
        senders[s].items = calloc(EACH, sizeof *senders[s].items);
        assert_non_null(senders[s].items);
        for (int i = 0; i < EACH; i++) {
            senders[s].items[i].sender = s;
            senders[s].items[i].number = i;
        }
        assert_int_equal(pthread_create(&threads[s], NULL, run, &senders[s]), 0);
    }
}

static void end_senders(pthread_t threads[SENDERS], struct sender senders[SENDERS])
{
    for (int s = 0; s < SENDERS; s++) {
        pthread_join(threads[s], NULL);
        free(senders[s].items);
    }
}

static void queue__many_senders__each_in_order_none_lost(void **state)
{
    (void)state;
    struct queue q;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    struct tally t = {.in_order = true};
    queue_init(&q, 64);
    for (int s = 0; s < SENDERS; s++)
        senders[s].q = &q;
    start_senders(threads, senders, send_to_queue);
    while (t.total < SENDERS * EACH) {
        size_t n;
        tally_list(&t, queue_take(&q, 16, &n));
    }
    end_senders(threads, senders);
    assert_true(t.in_order);
    assert_int_equal(queue_length(&q), 0);
    queue_release(&q);
}

static void *receive_all(void *context)
{
    struct queue *q = context;
    size_t n, *total = calloc(1, sizeof *total);
    while (total != NULL && queue_take(q, 3, &n) != NULL)
        *total += n;
    return total;
}

static void queue__several_receivers_and_a_close__all_end_with_all_taken(void **state)
{
    (void)state;
    struct queue q;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS], receivers[3];
    queue_init(&q, 64);
    for (int s = 0; s < SENDERS; s++)
        senders[s].q = &q;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&receivers[i], NULL, receive_all, &q), 0);
    start_senders(threads, senders, send_to_queue);
    for (int s = 0; s < SENDERS; s++)
        pthread_join(threads[s], NULL);
    queue_close(&q);
    size_t total = 0;
    for (size_t i = 0; i < 3; i++) {
        void *n;
        pthread_join(receivers[i], &n);
        total += *(size_t *)n;
        free(n);
    }
    for (int s = 0; s < SENDERS; s++)
        free(senders[s].items);
    assert_int_equal(total, SENDERS * EACH);
    queue_release(&q);
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void mailbox__batch_put_and_woken__taken_oldest_first(void **state)
{
    (void)state;
    struct mailbox m;
    struct item items[3] = {0};
    assert_true(mailbox_init(&m));
    assert_null(mailbox_take(&m));
    for (int i = 0; i < 3; i++) {
        items[i].number = i;
        mailbox_put(&m, &items[i].node);
    }
    assert_false(readable(m.fd));
    mailbox_wake(&m);
    mailbox_wake(&m);
    assert_true(readable(m.fd));
    struct node *list = mailbox_take(&m);
    assert_int_equal(item(list)->number, 0);
    assert_int_equal(item(list->next)->number, 1);
    assert_int_equal(item(list->next->next)->number, 2);
    assert_null(list->next->next->next);
    assert_false(readable(m.fd));
    assert_null(mailbox_take(&m));
    mailbox_release(&m);
}

static void *send_to_mailbox(void *context)
{
    struct sender *s = context;
    for (int i = 0; i < EACH; i++) {
        mailbox_put(s->m, &s->items[i].node);
        if (i % 8 == 7)
            mailbox_wake(s->m);
    }
    mailbox_wake(s->m);
    return NULL;
}

static void mailbox__many_senders__each_in_order_none_lost(void **state)
{
    (void)state;
    struct mailbox m;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    struct tally t = {.in_order = true};
    assert_true(mailbox_init(&m));
    for (int s = 0; s < SENDERS; s++)
        senders[s].m = &m;
    start_senders(threads, senders, send_to_mailbox);
    while (t.total < SENDERS * EACH) {
        struct pollfd p = {.fd = m.fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 10000), 1);
        tally_list(&t, mailbox_take(&m));
    }
    end_senders(threads, senders);
    assert_true(t.in_order);
    mailbox_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue__taken_in_parts__first_in_first_out),
        cmocka_unit_test(queue__full__sender_keeps_the_node),
        cmocka_unit_test(queue__closed__emptied_and_then_null),
        cmocka_unit_test(queue__nothing_in_time__null_and_open),
        cmocka_unit_test(queue__many_senders__each_in_order_none_lost),
        cmocka_unit_test(queue__several_receivers_and_a_close__all_end_with_all_taken),
        cmocka_unit_test(mailbox__batch_put_and_woken__taken_oldest_first),
        cmocka_unit_test(mailbox__many_senders__each_in_order_none_lost),
    };
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
