/* The console on a pseudo-terminal in front of the fake service. */
#ifndef ORDERDECK_TESTS_SUPPORT_CONSOLE_H
#define ORDERDECK_TESTS_SUPPORT_CONSOLE_H

#include "tests/support/pty.h"

struct console_options {
    int orders; /* 0: 300 */
    int port;   /* as in fake_options */
    bool none, hostile, wordy, read_only, demo, attached, kafka;
    int letters; /* dead letters at the start */
    const char *environment, *theme;
    const char *home; /* folder of the user's files, NULL: there is none */
};

struct console {
    struct pty pty;
    int control; /* write end for fake_api's control_fd */
};

/* Started and idle. The child's exit status is 10 + enum ui_end. */
void console_start(struct console *c, int rows, int cols, const struct console_options *o);
void console_happen(struct console *c, const char *what);
void console_stop(struct console *c); /* quits by its keys, checks the status, releases */

#endif
