#include "tests/support/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_S 60

static int64_t now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* ---- start */

void pty_home(const char *folder)
{
    setenv("HOME", folder ? folder : "", 1);
}

static void set_environment(void)
{
    static const char *const values[][2] = {
        {"TERM", "xterm-256color"},   {"LC_ALL", "C.UTF-8"},          {"TZ", "UTC"},
        {"ORDERDECK_IDLE_MARK", "1"}, {"ORDERDECK_CLOCK", PTY_CLOCK},
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char name[64];

        snprintf(name, sizeof(name), "PTY_%s", values[i][0]); /* a test may say otherwise */
        setenv(values[i][0], getenv(name) ? getenv(name) : values[i][1], 1);
    }
    unsetenv("LINES");
    unsetenv("TMUX");
    unsetenv("STY");
    unsetenv("COLUMNS");
    if (!getenv("PTY_NO_COLOR"))
        unsetenv("NO_COLOR");
    else
        setenv("NO_COLOR", "1", 1);
}

/* The test library catches what ends a program, and would go on with the next test in the child. */
static void let_crashes_end(void)
{
    static const int caught[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS};

    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        signal(caught[i], SIG_DFL);
}

static bool begin(struct pty *p, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    *p = (struct pty){.rows = rows, .cols = cols};
    p->vt = vterm_new(rows, cols);
    vterm_set_utf8(p->vt, 1);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_reset(p->screen, 1);
    p->pid = forkpty(&p->fd, NULL, NULL, &size);
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is killed leaves no service behind */
        set_environment();
        let_crashes_end();
        return true;
    }
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    return false;
}

void pty_call(struct pty *p, int rows, int cols, int (*child)(void *arg), void *arg)
{
    if (begin(p, rows, cols))
        _exit(child(arg));
}

void pty_exec(struct pty *p, int rows, int cols, char *const argv[])
{
    if (!begin(p, rows, cols))
        return;
    execv(argv[0], argv);
    _exit(127);
}

/* ---- in and out */

static void end_mark(struct pty *p)
{
    unsigned long marks, bytes;

    p->mark[p->mark_n] = 0;
    if (sscanf(p->mark, "7791;idle;%lu;%lu", &marks, &bytes) == 2) {
        p->marks = marks;
        p->read = bytes;
    }
    p->in_mark = false;
}

static bool ends_with(const struct pty *p, const char *text)
{
    size_t n = strlen(text);

    return p->tail_n >= n && memcmp(p->tail + p->tail_n - n, text, n) == 0;
}

static void watch_frame(struct pty *p)
{
    if (ends_with(p, "\033[?2026h")) {
        p->torn += p->in_frame;
        p->frames++;
        p->in_frame = true;
    } else if (ends_with(p, "\033[?2026l")) {
        p->in_frame = false;
    }
}

static void watch(struct pty *p, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p->tail_n == sizeof(p->tail)) {
            memmove(p->tail, p->tail + sizeof(p->tail) / 2, sizeof(p->tail) / 2);
            p->tail_n = sizeof(p->tail) / 2;
        }
        p->tail[p->tail_n++] = bytes[i];
        if (p->in_mark && bytes[i] == '\a')
            end_mark(p);
        else if (p->in_mark && p->mark_n < sizeof(p->mark) - 1)
            p->mark[p->mark_n++] = bytes[i];
        else if (bytes[i] == '\a')
            p->bells++;
        if (bytes[i] == 'h' || bytes[i] == 'l')
            watch_frame(p);
        if (bytes[i] == ']' && p->tail_n >= 2 && p->tail[p->tail_n - 2] == '\033') {
            p->in_mark = true;
            p->mark_n = 0;
        }
    }
}

bool pty_pump(struct pty *p, int timeout_ms)
{
    struct pollfd fd = {.fd = p->fd, .events = POLLIN};
    char bytes[65536];
    ssize_t n;

    if (p->gone || poll(&fd, 1, timeout_ms) <= 0)
        return false;
    n = read(p->fd, bytes, p->slow && p->slow < sizeof(bytes) ? p->slow : sizeof(bytes));
    if (n <= 0) {
        p->gone = n == 0 || errno == EIO;
        return false;
    }
    p->writes++;
    p->bytes += (size_t)n;
    watch(p, bytes, (size_t)n);
    vterm_input_write(p->vt, bytes, (size_t)n);
    vterm_screen_flush_damage(p->screen);
    return true;
}

void pty_type_n(struct pty *p, const char *keys, size_t n)
{
    p->sent += n;
    while (n > 0) {
        ssize_t done = write(p->fd, keys, n);

        if (done > 0) {
            keys += done;
            n -= (size_t)done;
        } else {
            assert_true(errno == EAGAIN || errno == EINTR);
            pty_pump(p, 50);
        }
    }
}

void pty_type(struct pty *p, const char *keys)
{
    pty_type_n(p, keys, strlen(keys));
}

static void give_up(struct pty *p, const char *what)
{
    fprintf(stderr, "%s; %zu bytes came, %lu marks, the screen is\n%s\n", what, p->bytes,
            (unsigned long)p->marks, pty_text(p));
    fail();
}

void pty_idle(struct pty *p)
{
    uint64_t marks = p->marks;
    int64_t end = now_s() + PATIENCE_S;

    while (p->marks == marks || p->read < p->sent) {
        pty_pump(p, 200);
        if (p->gone || now_s() > end) {
            give_up(p, p->gone ? "the program ended" : "no idle mark came");
            return;
        }
    }
}

void pty_press(struct pty *p, const char *keys)
{
    pty_type(p, keys);
    pty_idle(p);
}

static void wait_for(struct pty *p, const char *text, bool wanted)
{
    int64_t end = now_s() + PATIENCE_S;
    char what[300];

    while (pty_shows(p, text) != wanted) {
        pty_pump(p, 200);
        if (p->gone || now_s() > end) {
            snprintf(what, sizeof(what), "the screen %s '%.200s'", wanted ? "does not show" : "still shows",
                     text);
            give_up(p, what);
            return;
        }
    }
}

void pty_wait(struct pty *p, const char *text)
{
    wait_for(p, text, true);
}

void pty_wait_not(struct pty *p, const char *text)
{
    wait_for(p, text, false);
}

void pty_resize(struct pty *p, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    p->rows = rows;
    p->cols = cols;
    vterm_set_size(p->vt, rows, cols);
    assert_int_equal(ioctl(p->fd, TIOCSWINSZ, &size), 0);
}

void pty_stop(struct pty *p, const char *keys)
{
    int64_t end = now_s() + PATIENCE_S;
    int status = 0;

    pty_type(p, keys);
    while (waitpid(p->pid, &status, WUNTRACED | WNOHANG) == 0 && now_s() <= end)
        pty_pump(p, 10);
    if (!WIFSTOPPED(status))
        give_up(p, "the program does not stop");
    while (pty_pump(p, 0))
        continue;
}

int pty_other_end(struct pty *p)
{
    char name[128];

    assert_int_equal(ptsname_r(p->fd, name, sizeof(name)), 0);
    return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* Asked by poll: FIONREAD does not count what the kernel has not yet carried to this end. */
void pty_taken(struct pty *p)
{
    int64_t end = now_s() + PATIENCE_S;
    struct pollfd other = {.fd = pty_other_end(p), .events = POLLIN};
    int waiting;

    assert_true(other.fd >= 0);
    while ((waiting = poll(&other, 1, 0)) > 0 && now_s() <= end)
        poll(NULL, 0, 1);
    close(other.fd);
    if (waiting != 0)
        give_up(p, "what was typed is not read");
}

/* ---- the screen */

VTermScreenCell pty_cell(struct pty *p, int row, int col)
{
    VTermScreenCell cell;

    memset(&cell, 0, sizeof(cell));
    vterm_screen_get_cell(p->screen, (VTermPos){row, col}, &cell);
    return cell;
}

void pty_cursor(struct pty *p, int *ret_row, int *ret_col)
{
    VTermPos at;

    vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &at);
    *ret_row = at.row;
    *ret_col = at.col;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

const char *pty_text(struct pty *p)
{
    static char *text;
    size_t n = 0, line;

    text = realloc(text, (size_t)p->rows * ((size_t)p->cols * 4 * VTERM_MAX_CHARS_PER_CELL + 1) + 1);
    for (int row = 0; row < p->rows; row++) {
        line = n;
        for (int col = 0; col < p->cols; col++) {
            VTermScreenCell cell = pty_cell(p, row, col);

            if (!cell.chars[0])
                text[n++] = ' ';
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] && cell.chars[i] != (uint32_t)-1;
                 i++)
                n += put_utf8(text + n, cell.chars[i]);
            col += cell.width > 1 ? cell.width - 1 : 0;
        }
        while (n > line && text[n - 1] == ' ')
            n--;
        text[n++] = '\n';
    }
    text[n] = 0;
    return text;
}

bool pty_shows(struct pty *p, const char *text)
{
    return strstr(pty_text(p), text) != NULL;
}

int pty_row(struct pty *p, const char *text)
{
    const char *all = pty_text(p), *at = strstr(all, text);
    int row = 0;

    if (!at)
        return -1;
    for (; all < at; all++)
        row += *all == '\n';
    return row;
}

void pty_golden(struct pty *p, const char *name)
{
    const char *source = getenv("ORDERDECK_SOURCE_DIR"), *write = getenv("ORDERDECK_GOLDEN"),
               *text = pty_text(p);
    char path[512], stored[65536];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/tests/tui/golden/%s.txt", source ? source : ".", name);
    f = fopen(path, write ? "w" : "r");
    if (!f) {
        fprintf(stderr, "no '%s'; ORDERDECK_GOLDEN=write makes it\n", path);
        fail();
        return;
    }
    if (write) {
        fputs(text, f);
        fclose(f);
        return;
    }
    n = fread(stored, 1, sizeof(stored) - 1, f);
    stored[n] = 0;
    fclose(f);
    if (strcmp(stored, text) != 0) {
        fprintf(stderr, "%s differs; expected\n%s\ngot\n%s\n", path, stored, text);
        fail();
    }
}

/* ---- end */

int pty_end(struct pty *p)
{
    int64_t end = now_s() + PATIENCE_S;
    int status;

    for (;;) {
        pid_t pid = waitpid(p->pid, &status, WNOHANG);

        if (pid == p->pid)
            break;
        if (!pty_pump(p, 20) && p->gone)
            poll(NULL, 0, 5);
        if (now_s() > end) {
            give_up(p, "the program does not end");
            kill(p->pid, SIGKILL);
            waitpid(p->pid, &status, 0);
            break;
        }
    }
    p->pid = 0;
    while (pty_pump(p, 0))
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void pty_release(struct pty *p)
{
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    close(p->fd);
    vterm_free(p->vt);
}
