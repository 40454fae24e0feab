#include "tui/process.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

int complain(int status, const char *line)
{
    fprintf(stderr, "orderdeck: %s\n", line);
    return status;
}

int print(struct buf *text)
{
    bool ok = !text->failed && fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0;
    buf_release(text);
    return ok ? EXIT_CLEAN : EXIT_FAULT;
}

bool has_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int take_signals(bool hangup)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (hangup)
        sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

const char *who_acts(const struct conf *c, char *out, size_t size)
{
    char host[64] = "localhost";
    const struct passwd *p = getpwuid(getuid());
    if (c->actor[0] != '\0')
        return c->actor;
    gethostname(host, sizeof host - 1);
    snprintf(out, size, "%s@%s", p != NULL ? p->pw_name : "uid", host);
    return out;
}
