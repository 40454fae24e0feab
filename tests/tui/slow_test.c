/* Lines that are slow, and lines that take nothing at all: the console stays in order, and the service serves. */
#include "tests/support/console.h"
#include "tests/support/http_client.h"
#include "tui/ui.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ANEW "\014" /* draws every cell: about 15 kB on the terminals below */

/* ---- the console in front of a fake service */

static struct console c;

/* What grew by changes is what a fresh frame shows. */
static void check_screen(struct pty *p)
{
    char *grown = strdup(pty_text(p));

    pty_press(p, ANEW);
    assert_string_equal(pty_text(p), grown);
    assert_int_equal(p->torn, 0);
    assert_false(p->in_frame);
    free(grown);
}

static void unread__hundreds_of_frames__are_skipped_and_the_last_is_right(void **state)
{
    size_t frames;

    (void)state;
    console_start(&c, 50, 200, NULL);
    frames = c.pty.frames;
    for (int i = 0; i < 400; i++) {
        pty_type(&c.pty, i % 2 ? "o" ANEW : "e" ANEW);
        pty_taken(&c.pty); /* the console reads on, whatever becomes of its frames */
    }
    console_happen(&c, "bn");
    pty_type(&c.pty, "g");
    pty_idle(&c.pty);
    assert_true(c.pty.frames - frames < 40); /* what the line held, and the last */
    assert_true(pty_shows(&c.pty, "341"));
    check_screen(&c.pty);
    console_stop(&c);
}

static void slow_line__keys_and_changes__are_in_order(void **state)
{
    static const char *const keys[] = {"j",   ANEW, "k", "e" ANEW, "o", "\t", ANEW, "/status:received\r",
                                       "\033"};

    (void)state;
    console_start(&c, 50, 200, NULL);
    c.pty.slow = 64;
    for (int i = 0; i < 500; i++) {
        pty_type(&c.pty, keys[i % (int)(sizeof(keys) / sizeof(keys[0]))]);
        pty_taken(&c.pty);
        if (i % 10 == 0)
            console_happen(&c, "n");
        pty_pump(&c.pty, 0);
    }
    c.pty.slow = 0;
    pty_press(&c.pty, "\033\033o\033g");
    pty_wait(&c.pty, "78 of 350"); /* matches are counted anew a while after a change */
    check_screen(&c.pty);
    console_stop(&c);
}

static void unread__resized__draws_for_the_size_it_has_then(void **state)
{
    (void)state;
    console_start(&c, 50, 200, NULL);
    for (int i = 0; i < 60; i++) {
        pty_type(&c.pty, ANEW);
        pty_taken(&c.pty);
    }
    for (int i = 0; i < 20; i++)
        pty_resize(&c.pty, 10 + i, 40 + 5 * i);
    pty_resize(&c.pty, 24, 80);
    pty_type(&c.pty, "g");
    pty_idle(&c.pty);
    pty_press(&c.pty, ANEW); /* what was under way was for the old size */
    check_screen(&c.pty);
    console_stop(&c);
}

static void unread__more_copies_than_may_wait__are_said_not_to_be_made(void **state)
{
    const struct console_options many = {.orders = 2000};

    (void)state;
    console_start(&c, 50, 200, &many);
    pty_press(&c.pty, ":mark-all\r");
    assert_true(pty_shows(&c.pty, "2 000 marked"));
    for (int i = 0; i < 60; i++) {
        pty_type(&c.pty, ANEW);
        pty_taken(&c.pty);
    }
    for (int i = 0; i < 120; i++) { /* 83 000 bytes each */
        pty_type(&c.pty, "yi");
        pty_taken(&c.pty);
    }
    pty_press(&c.pty, "M"); /* the messages: the line of the last one is shown for some seconds only */
    assert_true(pty_shows(&c.pty, "not copied: the terminal takes nothing"));
    console_stop(&c);
}

static void unread__left_by_its_keys__ends_all_the_same(void **state)
{
    int status;

    (void)state;
    console_start(&c, 50, 200, NULL);
    for (int i = 0; i < 60; i++) {
        pty_type(&c.pty, ANEW);
        pty_taken(&c.pty);
    }
    pty_type(&c.pty, "ql");
    assert_int_equal(waitpid(c.pty.pid, &status, 0), c.pty.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 10 + UI_DETACH);
    c.pty.pid = 0;
    close(c.control);
    pty_release(&c.pty);
}

/* ---- the real program */

static struct pty p;
static char folder[64];
static int port;

static int setup(void **state)
{
    char *program = getenv("ORDERDECK_BIN"), database[128];
    const char *at;

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/orderdeck-slow-XXXXXX");
    assert_non_null(mkdtemp(folder));
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_DATA_HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("PTY_ORDERDECK_CLOCK", "", 1);
    snprintf(database, sizeof(database), "sqlite:%s/orders.sqlite", folder);
    pty_exec(&p, 50, 200,
             (char *[]){program, "--database-url", database, "--port", "0", "--actor", "ops@host", NULL});
    pty_wait(&p, "http://127.0.0.1:");
    pty_idle(&p);
    at = strstr(pty_text(&p), "http://127.0.0.1:");
    port = atoi(at + strlen("http://127.0.0.1:"));
    assert_true(port > 0);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    pty_release(&p);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void post(int i, char *ret_id, size_t room)
{
    char body[600];
    struct reply r;

    snprintf(
        body, sizeof(body),
        "{\"customerId\":\"CUST-%05d\",\"items\":[{\"sku\":\"SKU-001\",\"quantity\":2,"
        "\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}],\"shippingAddress\":{\"street\":\"12 Pine St\","
        "\"city\":\"Austin\",\"state\":\"TX\",\"zipCode\":\"78701\",\"country\":\"US\"}}",
        i);
    r = ask(port, "POST", "/api/v1/orders", NULL, body);
    assert_int_equal(r.status, 201);
    snprintf(ret_id, room, "%s", reply_text(&r, "orderId"));
    reply_release(&r);
}

static void change(const char *id, const char *command)
{
    char path[100];
    struct reply r;

    snprintf(path, sizeof(path), "/api/v1/orders/%s/%s", id, command);
    r = ask(port, "POST", path, NULL, "{\"reason\":\"no stock\"}");
    assert_int_equal(r.status, 200);
    reply_release(&r);
}

static void stall(void)
{
    for (int i = 0; i < 60; i++) {
        pty_type(&p, ANEW);
        pty_taken(&p);
    }
}

static void unread__service__answers_all_and_the_console_catches_up(void **state)
{
    char id[64];
    size_t frames;

    (void)state;
    frames = p.frames;
    stall();
    for (int i = 0; i < 400; i++) { /* more than the feed reads at a time */
        post(i, id, sizeof(id));
        if (i % 4 == 0)
            change(id, i % 8 ? "validate" : "cancel");
    }
    pty_type(&p, "g");
    pty_wait(&p, "CUST-00399");
    pty_wait(&p, "─ 400 ─");
    pty_idle(&p);
    assert_true(p.frames - frames < 100);
    assert_int_equal(p.torn, 0);
    pty_press(&p, "e");
    assert_true(pty_shows(&p, "CUST-00399"));
    assert_true(pty_shows(&p, "CUST-00398"));
}

static void unread__told_to_end__drains_and_ends(void **state)
{
    char id[64];
    int status;

    (void)state;
    stall();
    post(1, id, sizeof(id));
    kill(p.pid, SIGTERM);
    assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    p.pid = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unread__hundreds_of_frames__are_skipped_and_the_last_is_right),
        cmocka_unit_test(slow_line__keys_and_changes__are_in_order),
        cmocka_unit_test(unread__resized__draws_for_the_size_it_has_then),
        cmocka_unit_test(unread__more_copies_than_may_wait__are_said_not_to_be_made),
        cmocka_unit_test(unread__left_by_its_keys__ends_all_the_same),
        cmocka_unit_test_setup_teardown(unread__service__answers_all_and_the_console_catches_up, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(unread__told_to_end__drains_and_ends, setup, teardown),
    };

    if (!getenv("ORDERDECK_BIN"))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
