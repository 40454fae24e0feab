#include "tests/support/apart.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TESTS_MAX 64

struct child {
    pid_t pid;
    FILE *said;
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* In the child; never returns. */
static void run_one(const struct CMUnitTest *test, int said)
{
    const struct CMUnitTest tests[] = {*test};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(said, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
        die("dup2");
    exit(cmocka_run_group_tests_name(test->name, tests, NULL, NULL));
}

static void begin(struct child *c, const struct CMUnitTest *test)
{
    c->said = tmpfile();
    if (c->said == NULL)
        die("tmpfile");
    c->pid = fork();
    if (c->pid < 0)
        die("fork");
    if (c->pid == 0)
        run_one(test, fileno(c->said));
}

/* Waits, and tells what it said. */
static bool passed(struct child *c, const char *name)
{
    char text[4096];
    size_t n;
    int status;
    if (waitpid(c->pid, &status, 0) != c->pid)
        die("waitpid");
    rewind(c->said);
    while ((n = fread(text, 1, sizeof text, c->said)) > 0)
        fwrite(text, 1, n, stderr);
    fclose(c->said);
    if (WIFSIGNALED(status))
        fprintf(stderr, "%s: ended by signal %d\n", name, WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

int apart_run(const struct CMUnitTest *tests, size_t n)
{
    struct child children[TESTS_MAX];
    int failed = 0;
    if (n > TESTS_MAX)
        die("too many tests");
    for (size_t i = 0; i < n; i++)
        begin(&children[i], &tests[i]);
    for (size_t i = 0; i < n; i++)
        failed += !passed(&children[i], tests[i].name);
    fprintf(stderr, "%zu tests, %d failed\n", n, failed);
    return failed;
}
