#include "tui/term_signal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};
static const int waking[] = {SIGWINCH, SIGHUP, SIGCONT};
static const int ignored[] = {SIGTSTP, SIGTTOU, SIGTTIN};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct {
    int pipe[2];
    struct sigaction old_crash[COUNT(crashes)], old_waking[COUNT(waking)], old_ignored[COUNT(ignored)];
    char stack[64 * 1024];
    stack_t old_stack;
} ts = {.pipe = {-1, -1}};

/* Read by the crash handler; fd is stored last. */
static struct {
    _Atomic int fd;
    char bytes[512];
    size_t n;
    struct termios modes;
} rescue = {.fd = -1};

static atomic_bool got_resize, got_hangup, got_continue;

static void wake(int signal)
{
    int saved = errno;
    ssize_t ignored_result;

    if (signal == SIGWINCH)
        atomic_store(&got_resize, true);
    else if (signal == SIGHUP)
        atomic_store(&got_hangup, true);
    else
        atomic_store(&got_continue, true);
    ignored_result = write(ts.pipe[1], "", 1);
    (void)ignored_result;
    errno = saved;
}

/* Only async-signal-safe calls. */
static void put_back(void)
{
    int fd = atomic_exchange(&rescue.fd, -1);
    size_t done = 0;

    if (fd < 0)
        return;
    for (int i = 0; i < 20 && done < rescue.n; i++) {
        ssize_t n = write(fd, rescue.bytes + done, rescue.n - done);
        struct pollfd p = {.fd = fd, .events = POLLOUT};

        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            break;
        else
            poll(&p, 1, 50);
    }
    tcsetattr(fd, TCSANOW, &rescue.modes);
}

static void crash(int signal, siginfo_t *info, void *context)
{
    (void)context;
    put_back();
    for (size_t i = 0; i < COUNT(crashes); i++)
        if (crashes[i] == signal)
            sigaction(signal, &ts.old_crash[i], NULL);
    if (info->si_code <= 0 || signal == SIGABRT)
        raise(signal); /* sent, not caused: returning would not repeat it */
}

static bool install(const int *signals, size_t n, struct sigaction *old, const struct sigaction *action)
{
    for (size_t i = 0; i < n; i++)
        if (sigaction(signals[i], action, &old[i]) != 0)
            return false;
    return true;
}

bool term_signal_open(void)
{
    struct sigaction woken = {.sa_handler = wake, .sa_flags = SA_RESTART};
    struct sigaction crashed = {.sa_sigaction = crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction nothing = {.sa_handler = SIG_IGN};
    stack_t stack = {.ss_sp = ts.stack, .ss_size = sizeof(ts.stack)};

    if (pipe2(ts.pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    atomic_store(&got_resize, false);
    atomic_store(&got_hangup, false);
    atomic_store(&got_continue, false);
    sigaltstack(&stack, &ts.old_stack);
    return install(waking, COUNT(waking), ts.old_waking, &woken) &&
           install(crashes, COUNT(crashes), ts.old_crash, &crashed) &&
           install(ignored, COUNT(ignored), ts.old_ignored, &nothing);
}

void term_signal_close(bool hangup_ignored)
{
    struct sigaction nothing = {.sa_handler = SIG_IGN};

    if (ts.pipe[0] < 0)
        return;
    for (size_t i = 0; i < COUNT(waking); i++)
        sigaction(waking[i], waking[i] == SIGHUP && hangup_ignored ? &nothing : &ts.old_waking[i], NULL);
    for (size_t i = 0; i < COUNT(crashes); i++)
        sigaction(crashes[i], &ts.old_crash[i], NULL);
    for (size_t i = 0; i < COUNT(ignored); i++)
        sigaction(ignored[i], &ts.old_ignored[i], NULL);
    if (!(ts.old_stack.ss_flags & SS_ONSTACK))
        sigaltstack(&ts.old_stack, NULL);
    close(ts.pipe[0]);
    close(ts.pipe[1]);
    ts.pipe[0] = ts.pipe[1] = -1;
}

int term_signal_fd(void)
{
    return ts.pipe[0];
}

enum term_signal term_signal_take(void)
{
    char bytes[64];

    while (read(ts.pipe[0], bytes, sizeof(bytes)) > 0)
        continue;
    if (atomic_exchange(&got_hangup, false))
        return TERM_SIGNAL_HANGUP;
    if (atomic_exchange(&got_continue, false))
        return TERM_SIGNAL_CONTINUE;
    if (atomic_exchange(&got_resize, false))
        return TERM_SIGNAL_RESIZE;
    return TERM_SIGNAL_NONE;
}

void term_signal_rescue(int fd, const char *bytes, size_t n, const struct termios *modes)
{
    atomic_store(&rescue.fd, -1);
    if (fd < 0)
        return;
    rescue.n = n < sizeof(rescue.bytes) ? n : sizeof(rescue.bytes);
    memcpy(rescue.bytes, bytes, rescue.n);
    rescue.modes = *modes;
    atomic_store(&rescue.fd, fd);
}
