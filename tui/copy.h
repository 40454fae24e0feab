/* What is copied: the bytes that give text to the terminal's clipboard, and commands for a shell. Pure; one thread.
 *
 * OSC 52 is the one way that works over ssh. Whether the terminal takes it, it does not say. tmux takes it by itself with
 * `set-clipboard on`, and hands it on with `allow-passthrough on`: it gets both. */
#ifndef ORDERDECK_TUI_COPY_H
#define ORDERDECK_TUI_COPY_H

#include "shared/api.h"
#include "shared/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define COPY_MAX 74994 /* bytes of text; terminals commonly take 100 000 bytes of sequence */

enum copy_path { COPY_PLAIN, COPY_TMUX, COPY_SCREEN };
/* What stands between here and the terminal, by the environment (TMUX, STY). */
enum copy_path copy_path(void);
/* Appends the sequence for n <= COPY_MAX bytes. */
void copy_sequence(struct buf *out, enum copy_path path, const char *text, size_t n);

/* Appends text as one word of a POSIX shell, whatever is in it. */
void copy_quote(struct buf *out, const char *text);
/* A curl command for a request to the REST API at `url`: API_ORDER or API_COMMAND. One line of printable characters. A key
 * is never in it; `keys`: the service wants one, taken from ORDERDECK_API_KEY when the command runs. */
void copy_curl(struct buf *out, const char *url, const struct api_request *q, bool keys);

#endif
