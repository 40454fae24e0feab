#include "tests/support/server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define START_MS 30000

void server_prepare(struct server *s)
{
    *s = (struct server){.pid = 0};
    snprintf(s->dir, sizeof(s->dir), "/tmp/orderdeck-test-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
}

const char *server_file(const struct server *s, const char *name)
{
    static char path[200];
    snprintf(path, sizeof(path), "%s/%s", s->dir, name);
    return path;
}

void server_write(const struct server *s, const char *name, const char *text)
{
    FILE *f = fopen(server_file(s, name), "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* The log so far, NUL-terminated; the caller frees it. */
static char *log_text(const struct server *s)
{
    int fd = open(server_file(s, "log"), O_RDONLY | O_CLOEXEC);
    struct stat st;
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    assert_non_null(text);
    ssize_t n = pread(fd, text, (size_t)st.st_size, 0);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
    return text;
}

bool server_logged(const struct server *s, const char *text)
{
    char *log = log_text(s);
    bool found = strstr(log, text) != NULL;
    free(log);
    return found;
}

static void run(const struct server *s, const char *const options[])
{
    const char *program = getenv("ORDERDECK_BIN");
    char database[200];
    const char *argv[40] = {program, "--headless", "--port", "0", "--database-url", database};
    size_t n = 6;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
    snprintf(database, sizeof(database), "sqlite:%s/orders.sqlite", s->dir);
    for (size_t i = 0; options != NULL && options[i] != NULL; i++)
        argv[n++] = options[i];
    int log = open(server_file(s, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    setenv("HOME", s->dir, 1);
    setenv("XDG_CONFIG_HOME", s->dir, 1);
    setenv("XDG_STATE_HOME", s->dir, 1);
    setenv("XDG_DATA_HOME", s->dir, 1);
    execv(program, (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void launch(struct server *s, const char *const options[])
{
    if (getenv("ORDERDECK_BIN") == NULL)
        fail_msg("ORDERDECK_BIN is not set");
    fclose(fopen(server_file(s, "log"), "we"));
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0)
        run(s, options);
}

int server_wait(struct server *s)
{
    int status = 0;
    while (waitpid(s->pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    s->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void server_start(struct server *s, const char *const options[])
{
    launch(s, options);
    static const struct timespec pause = {.tv_nsec = 5000000};
    for (int ms = 0; ms < START_MS; ms += 5) {
        char *log = log_text(s), *ready = strstr(log, "\"msg\":\"ready\"");
        char *url = ready != NULL ? strstr(ready, "\"url\":\"http://") : NULL;
        char *port = url != NULL && strchr(url, '\n') != NULL ? strchr(url + 14, ':') : NULL;
        if (port != NULL && url[14] == '[')
            port = strchr(strchr(url, ']'), ':');
        if (port != NULL)
            s->port = atoi(port + 1);
        free(log);
        if (port != NULL)
            return;
        int status;
        if (waitpid(s->pid, &status, WNOHANG) != 0)
            break;
        nanosleep(&pause, NULL);
    }
    char *log = log_text(s);
    print_error("%s\n", log);
    free(log);
    fail_msg("the server did not become ready");
}

int server_refused(struct server *s, const char *const options[])
{
    launch(s, options);
    return server_wait(s);
}

void server_terminate(struct server *s)
{
    assert_true(s->pid > 0);
    assert_int_equal(kill(s->pid, SIGTERM), 0);
}

int server_stop(struct server *s)
{
    server_terminate(s);
    return server_wait(s);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void server_remove(struct server *s)
{
    int status = s->pid > 0 ? server_stop(s) : 0;
    if (status != 0) {
        char *log = log_text(s);
        print_error("%s\n", log);
        free(log);
    }
    nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    assert_int_equal(status, 0);
}

int server_setup(void **state)
{
    struct server *s = malloc(sizeof(*s));
    assert_non_null(s);
    server_prepare(s);
    server_start(s, NULL);
    *state = s;
    return 0;
}

int server_teardown(void **state)
{
    server_remove(*state);
    free(*state);
    return 0;
}
