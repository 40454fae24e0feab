/* The terminal: opened, read, written, given back.
 *
 * The tty is opened anew and non-blocking (the flag on descriptor 0 or 1 would leak to the shell). A frame is one write
 * inside synchronised output; what the line did not take is kept, and nothing is drawn until it is gone. The
 * terminal's state comes back on close, on a crash and on hangup where that is possible. One thread, one instance. */
#ifndef ORDERDECK_TUI_TERM_H
#define ORDERDECK_TUI_TERM_H

#include "shared/err.h"
#include "tui/canvas.h"
#include "tui/term_keys.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stdint.h>

struct term;

/* NULL: *ret_err has the one line for the user. */
struct term *term_open(struct err *ret_err) __attribute__((warn_unused_result));
/* gone: the terminal hung up, though it may be there yet; SIGHUP stays ignored so that the process lives on. */
void term_close(struct term *t, bool gone);

int term_fd(const struct term *t);
bool term_stalled(const struct term *t); /* a rest of a frame waits: poll for writing too */
void term_size(const struct term *t, int *ret_rows, int *ret_cols);
bool term_utf8(const struct term *t);
/* Is it the kernel's console, whose font has few symbols? */
bool term_poor(const struct term *t);
/* "xterm-256color, 256 colours" */
void term_describe(const struct term *t, char *out, size_t room);

enum term_news { TERM_NOTHING, TERM_RESIZED, TERM_LOST };
int term_signal_poll_fd(const struct term *t);
/* Looks at the signals that came: the size is asked for anew, after a stop the terminal is set up again. */
enum term_news term_look(struct term *t);

/* Reads what was typed. false: the terminal is gone. */
bool term_read(struct term *t, int64_t now_ns) __attribute__((warn_unused_result));
/* How long ESC waits for the rest of a key; 0: as usual. */
void term_esc_delay(struct term *t, int64_t ns);
bool term_key(struct term *t, int64_t now_ns, struct key *ret);
int64_t term_key_deadline(const struct term *t);
const char *term_pasted(const struct term *t); /* text of the KEY_CODE_PASTE just returned */
uint64_t term_bytes_read(const struct term *t);

/* Asks for reports of wheel and buttons from the next frame on, or no more; given back with the terminal. */
void term_mouse(struct term *t, bool on);
void term_theme(struct term *t, const struct theme *theme);
void term_forget(struct term *t); /* the next frame sends every cell */
/* Bytes for the terminal itself (a clipboard): they go out behind the next frame, in its write. Copied. false: the line
 * takes nothing, and too much waits for it already; these will not go out. */
bool term_send(struct term *t, const char *bytes, size_t n) __attribute__((warn_unused_result));
/* Draws; after it `trailer` (may be NULL) follows in the same write. false: the terminal is gone. Nothing happens while
 * stalled. */
bool term_frame(struct term *t, const struct canvas *c, const char *trailer)
    __attribute__((warn_unused_result));
/* Writes more of a kept rest. false: the terminal is gone. */
bool term_flush(struct term *t) __attribute__((warn_unused_result));
/* Gives the terminal back, stops the process group, and sets the terminal up again when it continues. */
void term_suspend(struct term *t);

#endif
