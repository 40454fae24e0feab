/* One process a database. */
#include "service/lock.h"
#include "tests/support/store_kit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, text);
}

/* A child takes the lock and says so through the pipe; it holds it until it is killed. */
static pid_t hold_in_a_child(struct kit *k, const char *url)
{
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct lock l;
        struct err e;
        if (!lock_take(&l, k->path, &e))
            _exit(1);
        if (url != NULL)
            lock_say(&l, url);
        if (write(ends[1], "x", 1) != 1)
            _exit(2);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void lock__held_by_another_process__names_its_pid_and_url(void **state)
{
    struct kit *k = *state;
    struct lock l;
    struct err e;
    char pid_text[20], url[100];
    int holder = 0;
    pid_t pid = hold_in_a_child(k, "http://127.0.0.1:4711");
    snprintf(pid_text, sizeof pid_text, "%d", (int)pid);
    assert_false(lock_take(&l, k->path, &e));
    assert_contains(e.message, pid_text);
    assert_contains(e.message, "orderdeck attach http://127.0.0.1:4711 ");
    assert_true(lock_holder(k->path, &holder, url, sizeof url));
    assert_int_equal(holder, pid);
    assert_string_equal(url, "http://127.0.0.1:4711");
    end_child(pid);
}

static void lock__holder_still_starting__names_its_pid(void **state)
{
    struct kit *k = *state;
    struct lock l;
    struct err e;
    char pid_text[20], url[100];
    int holder;
    pid_t pid = hold_in_a_child(k, NULL);
    snprintf(pid_text, sizeof pid_text, "%d", (int)pid);
    assert_false(lock_take(&l, k->path, &e));
    assert_contains(e.message, pid_text);
    assert_false(lock_holder(k->path, &holder, url, sizeof url)); /* it serves nothing yet */
    end_child(pid);
}

static void lock__of_a_dead_process__is_no_obstacle(void **state)
{
    struct kit *k = *state;
    struct lock l;
    struct err e;
    char url[100];
    int holder;
    end_child(hold_in_a_child(k, "http://127.0.0.1:4711"));
    assert_false(lock_holder(k->path, &holder, url, sizeof url));
    assert_true(lock_take(&l, k->path, &e));
    lock_say(&l, "http://[::1]:1");
    assert_true(lock_holder(k->path, &holder, url, sizeof url));
    assert_int_equal(holder, getpid());
    assert_string_equal(url, "http://[::1]:1");
    lock_release(&l);
    assert_false(lock_holder(k->path, &holder, url, sizeof url));
}

static void lock__taken_twice_in_one_process__is_refused(void **state)
{
    struct kit *k = *state;
    struct lock first, second;
    struct err e;
    assert_true(lock_take(&first, k->path, &e));
    assert_false(lock_take(&second, k->path, &e));
    lock_release(&second);
    lock_release(&first);
    assert_true(lock_take(&second, k->path, &e));
    lock_release(&second);
}

static void lock__folder_that_does_not_exist__says_why(void **state)
{
    struct lock l;
    struct err e;
    (void)state;
    assert_false(lock_take(&l, "/nowhere/at/all", &e));
    assert_contains(e.message, "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FOLDER_TEST(lock__held_by_another_process__names_its_pid_and_url),
        KIT_FOLDER_TEST(lock__holder_still_starting__names_its_pid),
        KIT_FOLDER_TEST(lock__of_a_dead_process__is_no_obstacle),
        KIT_FOLDER_TEST(lock__taken_twice_in_one_process__is_refused),
        KIT_FOLDER_TEST(lock__folder_that_does_not_exist__says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
