/* The signals that concern the terminal. Handlers write a byte to a pipe or, in a crash, put the terminal back.
 *
 * Installed between term_signal_open and _close by the console's one thread; the handlers run on any thread. */
#ifndef ORDERDECK_TUI_TERM_SIGNAL_H
#define ORDERDECK_TUI_TERM_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum term_signal { TERM_SIGNAL_NONE, TERM_SIGNAL_RESIZE, TERM_SIGNAL_HANGUP, TERM_SIGNAL_CONTINUE };

bool term_signal_open(void) __attribute__((warn_unused_result));
/* hangup_ignored: the terminal is gone and SIGHUP must not end the process later either. */
void term_signal_close(bool hangup_ignored);
int term_signal_fd(void);                /* readable when one came */
enum term_signal term_signal_take(void); /* the most urgent, then the others */
/* What a crash has to do: write these bytes to fd and set these modes. fd -1: nothing. */
void term_signal_rescue(int fd, const char *bytes, size_t n, const struct termios *modes);

#endif
