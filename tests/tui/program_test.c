/* The real program on a terminal: what REST does is seen, what keys do is stored, leaving keeps it serving. */
#include "tests/support/http_client.h"
#include "tests/support/pty.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct pty p;
static char folder[64];
static int port;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int begin(void **state, char *option, int rows, int cols)
{
    char *program = getenv("ORDERDECK_BIN"), database[128], text[256];
    const char *at;

    (void)state;
    if (!program)
        return -1;
    if (!*folder) {
        snprintf(folder, sizeof(folder), "/tmp/orderdeck-tui-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_DATA_HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("PTY_ORDERDECK_CLOCK", "", 1);
    snprintf(database, sizeof(database), "sqlite:%s/orders.sqlite", folder);
    pty_exec(
        &p, rows, cols,
        (char *[]){program, "--database-url", database, "--port", "0", "--actor", "ops@host", option, NULL});
    pty_wait(&p, "http://127.0.0.1:");
    pty_idle(&p);
    at = strstr(pty_text(&p), "http://127.0.0.1:");
    snprintf(text, sizeof(text), "%.30s", at);
    port = atoi(strrchr(text, ':') + 1);
    assert_true(port > 0);
    return 0;
}

static int setup(void **state)
{
    return begin(state, NULL, 40, 120);
}

static int setup_stop_on_hangup(void **state)
{
    return begin(state, "--stop-on-hangup", 24, 80);
}

static int setup_demo(void **state)
{
    return begin(state, "--demo", 24, 80);
}

static int setup_read_only(void **state)
{
    if (begin(state, NULL, 24, 80) != 0) /* the database has to be there */
        return -1;
    kill(p.pid, SIGTERM);
    pty_end(&p);
    pty_release(&p);
    return begin(state, "--read-only", 24, 80);
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    pty_release(&p);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    *folder = 0;
    return system(command);
}

static void post(const char *customer, char *ret_id, size_t room)
{
    char body[600];
    struct reply r;

    snprintf(
        body, sizeof(body),
        "{\"customerId\":\"%s\",\"items\":[{\"sku\":\"SKU-001\",\"productName\":\"Widget\",\"quantity\":2,"
        "\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}],\"shippingAddress\":{\"street\":\"12 Pine St\","
        "\"city\":\"Austin\",\"state\":\"TX\",\"zipCode\":\"78701\",\"country\":\"US\"}}",
        customer);
    r = ask(port, "POST", "/api/v1/orders", NULL, body);
    assert_int_equal(r.status, 201);
    if (ret_id)
        snprintf(ret_id, room, "%s", reply_text(&r, "orderId"));
    reply_release(&r);
}

static void check_order(const char *id, const char *status, const char *text)
{
    char path[100];
    struct reply r;

    snprintf(path, sizeof(path), "/api/v1/orders/%s", id);
    r = ask(port, "GET", path, NULL, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_text(&r, "status"), status);
    if (text)
        assert_true(reply_has(&r, text));
    reply_release(&r);
}

static void order__posted__appears_without_a_key(void **state)
{
    int64_t longest = 0;

    (void)state;
    assert_true(pty_shows(&p, "no orders yet"));
    for (int i = 0; i < 10; i++) {
        char customer[32];
        int64_t begun;

        snprintf(customer, sizeof(customer), "CUST-%05d", 4000 + i);
        post(customer, NULL, 0);
        begun = now_ms();
        pty_wait(&p, customer);
        if (now_ms() - begun > longest)
            longest = now_ms() - begun;
    }
    print_message("seen after at most %d ms\n", (int)longest); /* 100 without sanitizers on an idle machine */
}

static void validate__by_key__is_stored_with_its_actor(void **state)
{
    char id[64], path[100];
    struct reply r;

    (void)state;
    post("CUST-00001", id, sizeof(id));
    pty_wait(&p, "CUST-00001");
    pty_idle(&p);
    pty_press(&p, "v");
    pty_wait(&p, "is validated now (version 2)");
    check_order(id, "validated", NULL);
    snprintf(path, sizeof(path), "/api/v1/orders/%s/events", id);
    r = ask(port, "GET", path, NULL, NULL);
    assert_true(reply_has(&r, "\"actor\":\"ops@host\""));
    reply_release(&r);
}

static void cancel__by_key__is_stored_with_its_reason(void **state)
{
    char id[64];

    (void)state;
    post("CUST-00002", id, sizeof(id));
    pty_wait(&p, "CUST-00002");
    pty_idle(&p);
    pty_press(&p, "c");
    pty_press(&p, "customer called: \"no\"\r");
    pty_press(&p, "y");
    pty_wait(&p, "is cancelled now");
    check_order(id, "cancelled", "customer called: \\\"no\\\"");
}

static void cancel__order_changed_while_asked__is_refused_and_said(void **state)
{
    char id[64], path[100];
    struct reply r;

    (void)state;
    post("CUST-00003", id, sizeof(id));
    pty_wait(&p, "CUST-00003");
    pty_idle(&p);
    pty_press(&p, "c");
    snprintf(path, sizeof(path), "/api/v1/orders/%s/validate", id);
    r = ask(port, "POST", path, NULL, "");
    assert_int_equal(r.status, 200);
    reply_release(&r);
    pty_wait(&p, "it has changed: validated now");
    pty_press(&p, "why\ry");
    pty_wait(&p, "cancel was not done: the order has changed, it is validated now");
    check_order(id, "validated", NULL);
}

static void read_only__refuses_what_keys_ask_for(void **state)
{
    (void)state;
    assert_true(pty_shows(&p, "READ-ONLY"));
    pty_press(&p, "v");
    pty_press(&p, "q");
    pty_type(&p, "s");
    assert_int_equal(pty_end(&p), 0);
}

static void filter__by_grammar__asks_the_service(void **state)
{
    (void)state;
    post("CUST-00004", NULL, 0);
    post("OTHER-5", NULL, 0);
    pty_wait(&p, "OTHER-5");
    pty_press(&p, "/customer:OTHER* total>=1USD late:no \"OTHER-5\"");
    pty_wait(&p, "1 match");
    pty_press(&p, "\r");
    pty_wait(&p, "1 of 2");
    pty_press(&p, "/\025age>99d\r");
    pty_wait(&p, "no order matches");
}

static void leave__by_key__keeps_serving(void **state)
{
    struct reply r;

    (void)state;
    pty_press(&p, "q");
    pty_type(&p, "l");
    pty_wait(&p, "goes on");
    kill(p.pid, SIGHUP); /* the terminal may go away later, too */
    r = ask(port, "GET", "/health", NULL, NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    kill(p.pid, SIGTERM);
    assert_int_equal(pty_end(&p), 0);
}

static void terminal__closed__keeps_serving(void **state)
{
    struct reply r;
    int status;

    (void)state;
    close(p.fd);
    p.fd = dup(1);
    for (int i = 0; i < 50; i++) {
        r = ask(port, "GET", "/health", NULL, NULL);
        assert_int_equal(r.status, 200);
        reply_release(&r);
    }
    kill(p.pid, SIGTERM);
    assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    p.pid = 0;
}

static void hangup__signal__keeps_serving(void **state)
{
    struct reply r;

    (void)state;
    kill(p.pid, SIGHUP);
    pty_wait_not(&p, "Orders"); /* the console is gone, the terminal is not */
    for (int i = 0; i < 2; i++) {
        r = ask(port, "GET", "/health", NULL, NULL);
        assert_int_equal(r.status, 200);
        reply_release(&r);
        kill(p.pid, SIGHUP);
    }
    kill(p.pid, SIGTERM);
    assert_int_equal(pty_end(&p), 0);
}

static void hangup__asked_to_stop_then__drains_and_ends(void **state)
{
    (void)state;
    kill(p.pid, SIGHUP);
    assert_int_equal(pty_end(&p), 0);
}

/* It was tried out, and leaves nothing behind. */
static void hangup__of_the_demo__ends_it(void **state)
{
    (void)state;
    kill(p.pid, SIGHUP);
    assert_int_equal(pty_end(&p), 0);
}

/* As `orderdeck &` in a shell: a process group that the terminal is not given to. */
static int in_the_background(void *arg)
{
    int status;
    pid_t pid = fork();

    (void)arg;
    if (pid == 0) {
        char *program = getenv("ORDERDECK_BIN");

        setpgid(0, 0);
        execl(program, program, "--demo", "--port", "0", (char *)NULL);
        _exit(127);
    }
    setpgid(pid, pid);
    waitpid(pid, &status, WUNTRACED);
    if (WIFSTOPPED(status))
        kill(pid, SIGKILL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

static void start__in_the_background__is_refused_with_a_line(void **state)
{
    const char *text, *line;

    (void)state;
    pty_call(&p, 24, 150, in_the_background, NULL);
    assert_int_equal(pty_end(&p), 2);
    text = pty_text(&p);
    line = strstr(text, "orderdeck: the console cannot start in the background");
    assert_non_null(line);
    assert_non_null(strstr(line, "--headless"));
    assert_null(strstr(strchr(line, '\n'), "orderdeck")); /* one line */
    pty_release(&p);
}

static void terminate__signal__restores_and_ends(void **state)
{
    (void)state;
    kill(p.pid, SIGTERM);
    assert_int_equal(pty_end(&p), 0);
    assert_false(pty_shows(&p, "Orders"));
}

static void health_and_log__show_the_real_thing(void **state)
{
    (void)state;
    pty_press(&p, "H");
    pty_wait(&p, "sqlite");
    pty_press(&p, "L");
    pty_wait(&p, "ready");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order__posted__appears_without_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(validate__by_key__is_stored_with_its_actor, setup, teardown),
        cmocka_unit_test_setup_teardown(cancel__by_key__is_stored_with_its_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(cancel__order_changed_while_asked__is_refused_and_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(read_only__refuses_what_keys_ask_for, setup_read_only, teardown),
        cmocka_unit_test_setup_teardown(filter__by_grammar__asks_the_service, setup, teardown),
        cmocka_unit_test_setup_teardown(leave__by_key__keeps_serving, setup, teardown),
        cmocka_unit_test_setup_teardown(terminal__closed__keeps_serving, setup, teardown),
        cmocka_unit_test_setup_teardown(hangup__signal__keeps_serving, setup, teardown),
        cmocka_unit_test_setup_teardown(hangup__of_the_demo__ends_it, setup_demo, teardown),
        cmocka_unit_test_setup_teardown(hangup__asked_to_stop_then__drains_and_ends, setup_stop_on_hangup,
                                        teardown),
        cmocka_unit_test(start__in_the_background__is_refused_with_a_line),
        cmocka_unit_test_setup_teardown(terminate__signal__restores_and_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(health_and_log__show_the_real_thing, setup, teardown),
    };

    if (!getenv("ORDERDECK_BIN"))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
