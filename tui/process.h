/* What every way to run the program has in common: exit statuses, the one line of complaint, signals, who acts. */
#ifndef ORDERDECK_TUI_PROCESS_H
#define ORDERDECK_TUI_PROCESS_H

#include "shared/buf.h"
#include "shared/conf.h"

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_CLEAN = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_STORAGE = 3 };

/* "orderdeck: LINE" on standard error; returns the status. */
int complain(int status, const char *line);
/* The text on standard output, and lets go of it; the exit status. */
int print(struct buf *text);
bool has_terminal(void);
/* Signals that end the process are read from the descriptor it returns; threads started later inherit the mask. A
 * hang-up is among them when there is no console: else it is the console's to handle. */
int take_signals(bool hangup);
/* The setting, else login name and host: what the events of a console's actions say. */
const char *who_acts(const struct conf *c, char *out, size_t size);

#endif
