#include "tui/term.h"

#include "shared/buf.h"
#include "shared/clock.h"
#include "tui/term_curses.h"
#include "tui/term_signal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define SYNC_ON "\033[?2026h"
#define SYNC_OFF "\033[?2026l"
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"
#define MODES_OFF SYNC_OFF PASTE_OFF MOUSE_OFF
#define FRAME_MAX (8u << 20)
#define ASIDE_MAX (8u << 20) /* waits for the next frame at most */
#define SIDE_MAX 1000 /* no terminal has more rows or columns; a wrong answer must not eat the memory */

struct term {
    int fd;
    struct termios before; /* modes to give back */
    int rows, cols;
    bool utf8;
    bool entered;  /* our modes are set */
    bool paste_on; /* the terminal was asked to mark pastes */
    bool mouse_on, mouse_wanted;
    struct buf out;   /* bytes not yet taken by the line */
    size_t written;   /* of out */
    struct buf aside; /* what goes behind the next frame */
    struct term_keys keys;
    uint64_t bytes_read;
};

/* ---- modes */

static void ask_size(struct term *t)
{
    struct winsize w = {0};

    if (ioctl(t->fd, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0) {
        w.ws_row = 24;
        w.ws_col = 80;
    }
    t->rows = w.ws_row < SIDE_MAX ? w.ws_row : SIDE_MAX;
    t->cols = w.ws_col < SIDE_MAX ? w.ws_col : SIDE_MAX;
}

static bool enter_modes(struct term *t)
{
    struct termios raw = t->before;

    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    t->entered = tcsetattr(t->fd, TCSANOW, &raw) == 0;
    return t->entered;
}

/* Waits up to a second for a line that takes nothing: giving the terminal back matters more than haste. */
static void write_all(int fd, const char *bytes, size_t n)
{
    for (int tries = 0; n > 0 && tries < 20;) {
        ssize_t done = write(fd, bytes, n);
        struct pollfd p = {.fd = fd, .events = POLLOUT};

        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (done < 0 && errno != EAGAIN && errno != EINTR) {
            return;
        } else {
            poll(&p, 1, 50);
            tries++;
        }
    }
}

static void leave_modes(struct term *t)
{
    struct buf out = BUF_INIT(FRAME_MAX);

    if (!t->entered)
        return;
    if (t->written < t->out.len)
        write_all(t->fd, t->out.data + t->written, t->out.len - t->written);
    buf_clear(&t->out);
    t->written = 0;
    buf_adds(&out, MODES_OFF);
    term_curses_leave(&out);
    write_all(t->fd, out.data, out.len);
    buf_release(&out);
    tcsetattr(t->fd, TCSANOW, &t->before);
    t->entered = t->paste_on = t->mouse_on = false;
}

/* What a crash writes: as leave_modes would, prepared now. */
static void prepare_rescue(struct term *t)
{
    struct buf out = BUF_INIT(FRAME_MAX);

    buf_adds(&out, MODES_OFF);
    term_curses_rescue(&out);
    term_signal_rescue(t->fd, out.data, out.len, &t->before);
    buf_release(&out);
}

/* ---- open and close */

static bool in_background(int fd)
{
    pid_t foreground = tcgetpgrp(fd);

    return foreground > 0 && foreground != getpgrp();
}

static int open_tty(struct err *ret_err)
{
    char name[256];
    int fd;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        err_set(
            ret_err, ERR_INVALID_PARAMETER,
            "the console needs a terminal on standard input and output; start with --headless to serve without one");
        return -1;
    }
    if (in_background(STDOUT_FILENO)) {
        err_set(
            ret_err, ERR_INVALID_PARAMETER,
            "the console cannot start in the background; start it without '&', or with --headless to serve without one");
        return -1;
    }
    fd = ttyname_r(STDOUT_FILENO, name, sizeof(name)) == 0
             ? open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
             : -1;
    if (fd < 0)
        fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        err_set(ret_err, ERR_INVALID_PARAMETER,
                "the terminal cannot be opened: %s; start with --headless to serve without one",
                strerror(errno));
    return fd;
}

static bool colours_wanted(void)
{
    const char *no = getenv("NO_COLOR");

    return !no || !*no;
}

static bool set_up(struct term *t, struct err *ret_err)
{
    setlocale(LC_CTYPE, "");
    t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    ask_size(t);
    if (tcgetattr(t->fd, &t->before) != 0 || !term_curses_open(t->rows, t->cols, colours_wanted()))
        return err_set(
            ret_err, ERR_INVALID_PARAMETER,
            "no terminal description fits TERM '%.40s'; set TERM, or start with --headless to serve without a console",
            getenv("TERM") ? getenv("TERM") : "");
    if (!term_signal_open() || !enter_modes(t))
        return err_set(ret_err, ERR_INVALID_PARAMETER,
                       "the terminal cannot be set up: %s; start with --headless to serve without one",
                       strerror(errno));
    prepare_rescue(t);
    return true;
}

struct term *term_open(struct err *ret_err)
{
    struct term *t = calloc(1, sizeof(*t));

    if (!t) {
        err_set(ret_err, ERR_INVALID_PARAMETER, "out of memory");
        return NULL;
    }
    buf_init(&t->out, FRAME_MAX + ASIDE_MAX);
    buf_init(&t->aside, ASIDE_MAX);
    t->fd = open_tty(ret_err);
    if (t->fd < 0) {
        free(t);
        return NULL;
    }
    if (!set_up(t, ret_err)) {
        term_close(t, false);
        return NULL;
    }
    return t;
}

void term_close(struct term *t, bool gone)
{
    term_signal_rescue(-1, NULL, 0, NULL);
    leave_modes(t); /* after a hangup too: the terminal may well be there yet */
    term_signal_close(gone);
    term_curses_close();
    buf_release(&t->out);
    buf_release(&t->aside);
    close(t->fd);
    free(t);
}

/* ---- facts */

bool term_poor(const struct term *t)
{
    (void)t;
    return strncmp(term_curses_name(), "linux", 5) == 0;
}

int term_fd(const struct term *t)
{
    return t->fd;
}

bool term_stalled(const struct term *t)
{
    return t->written < t->out.len;
}

void term_size(const struct term *t, int *ret_rows, int *ret_cols)
{
    *ret_rows = t->rows;
    *ret_cols = t->cols;
}

bool term_utf8(const struct term *t)
{
    return t->utf8;
}

void term_describe(const struct term *t, char *out, size_t room)
{
    int colours = term_curses_colours();

    snprintf(out, room, "%s, %dx%d, %s%.0d%s%s", term_curses_name(), t->cols, t->rows,
             colours == 0    ? "mono"
             : colours > 256 ? "true colour"
                             : "",
             colours > 256 ? 0 : colours, colours > 0 && colours <= 256 ? " colours" : "",
             t->utf8 ? ", UTF-8" : ", ASCII");
}

int term_signal_poll_fd(const struct term *t)
{
    (void)t;
    return term_signal_fd();
}

enum term_news term_look(struct term *t)
{
    enum term_news news = TERM_NOTHING;
    enum term_signal s;

    while ((s = term_signal_take()) != TERM_SIGNAL_NONE) {
        int rows = t->rows, cols = t->cols;

        if (s == TERM_SIGNAL_HANGUP)
            return TERM_LOST;
        if (s == TERM_SIGNAL_CONTINUE) {
            enter_modes(t);
            t->paste_on = t->mouse_on = false;
            term_curses_forget();
            news = TERM_RESIZED;
        }
        ask_size(t);
        if (rows != t->rows || cols != t->cols) {
            term_curses_resize(t->rows, t->cols);
            news = TERM_RESIZED;
        }
    }
    return news;
}

/* ---- in */

bool term_read(struct term *t, int64_t now_ns)
{
    char bytes[1024];

    for (;;) {
        size_t room = sizeof(t->keys.bytes) - t->keys.n;
        ssize_t n;

        if (room == 0)
            return true;
        n = read(t->fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes));
        if (n > 0) {
            term_keys_feed(&t->keys, bytes, (size_t)n, now_ns);
            t->bytes_read += (uint64_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            return n < 0 && errno == EAGAIN;
        }
    }
}

void term_esc_delay(struct term *t, int64_t ns)
{
    t->keys.esc_ns = ns;
}

bool term_key(struct term *t, int64_t now_ns, struct key *ret)
{
    return term_keys_next(&t->keys, now_ns, ret);
}

int64_t term_key_deadline(const struct term *t)
{
    return term_keys_deadline(&t->keys);
}

const char *term_pasted(const struct term *t)
{
    return t->keys.paste;
}

uint64_t term_bytes_read(const struct term *t)
{
    return t->bytes_read;
}

/* ---- out */

void term_mouse(struct term *t, bool on)
{
    t->mouse_wanted = on;
}

void term_theme(struct term *t, const struct theme *theme)
{
    (void)t;
    term_curses_theme(theme);
}

void term_forget(struct term *t)
{
    (void)t;
    term_curses_forget();
}

bool term_flush(struct term *t)
{
    while (t->written < t->out.len) {
        ssize_t n = write(t->fd, t->out.data + t->written, t->out.len - t->written);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        t->written += (size_t)n;
    }
    buf_clear(&t->out);
    t->written = 0;
    return true;
}

bool term_send(struct term *t, const char *bytes, size_t n)
{
    if (!buf_reserve(&t->aside, n)) {
        t->aside.failed = false; /* what waits there is whole */
        return false;
    }
    buf_add(&t->aside, bytes, n);
    return true;
}

bool term_frame(struct term *t, const struct canvas *c, const char *trailer)
{
    static const size_t frame = sizeof(SYNC_ON) - 1;

    if (term_stalled(t))
        return true;
    if (!t->entered && !enter_modes(t))
        return false;
    buf_adds(&t->out, SYNC_ON);
    if (t->mouse_on != t->mouse_wanted)
        buf_adds(&t->out, t->mouse_wanted ? MOUSE_ON : MOUSE_OFF);
    t->mouse_on = t->mouse_wanted;
    term_curses_paint(c, &t->out);
    if (t->out.len == frame)
        buf_clear(&t->out); /* nothing to say */
    else
        buf_adds(&t->out, t->paste_on ? SYNC_OFF : SYNC_OFF PASTE_ON);
    t->paste_on |= t->out.len > 0;
    if (t->aside.len > 0)
        buf_add(&t->out, t->aside.data, t->aside.len);
    buf_clear(&t->aside);
    if (trailer)
        buf_adds(&t->out, trailer);
    if (t->out.failed) {
        buf_clear(&t->out);
        t->mouse_on = !t->mouse_wanted; /* it was not said */
        term_curses_forget();
        return true;
    }
    return term_flush(t);
}

void term_suspend(struct term *t)
{
    leave_modes(t);
    do
        kill(0, SIGSTOP);
    while (in_background(t->fd)); /* continued there, the shell still has the terminal */
    enter_modes(t);
    term_curses_forget();
}
