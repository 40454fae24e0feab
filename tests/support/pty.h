/* A program on a pseudo-terminal, seen through a real terminal emulator (libvterm).
 *
 * Nothing sleeps: pty_idle waits for the mark that the console sends when it has nothing more to do and has read all
 * that was typed (ORDERDECK_IDLE_MARK=1), pty_wait for a text on the screen. Both fail the test after a minute and print the
 * screen. */
#ifndef ORDERDECK_TESTS_SUPPORT_PTY_H
#define ORDERDECK_TESTS_SUPPORT_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

#define PTY_CLOCK "1795356202118" /* 2026-11-22T14:03:22.118Z */

struct pty {
    pid_t pid;
    int fd;
    bool gone; /* the other side was closed */
    VTerm *vt;
    VTermScreen *screen;
    int rows, cols;
    uint64_t sent;        /* bytes typed */
    uint64_t marks, read; /* of the last idle mark */
    char mark[64];        /* an OSC being read */
    size_t mark_n;
    bool in_mark;
    size_t writes, bytes; /* reads that brought something, and how much */
    size_t slow;          /* a line that gives at most so many bytes a read; 0: as many as there are */
    size_t frames, torn;  /* synchronised outputs that began; those that began inside another */
    bool in_frame;
    char tail[65536]; /* the last bytes, for what a terminal does not show */
    size_t tail_n;
    int bells, title_changes;
};

/* The folder of the user's files for programs that are started from now on; NULL: they have none, unless the XDG
 * variables say otherwise. */
void pty_home(const char *folder);
/* Runs child(arg) in a process of its own; what it returns is the exit status. */
void pty_call(struct pty *p, int rows, int cols, int (*child)(void *arg), void *arg);
/* Runs a program. */
void pty_exec(struct pty *p, int rows, int cols, char *const argv[]);

void pty_type(struct pty *p, const char *keys);
void pty_type_n(struct pty *p, const char *keys, size_t n);
void pty_idle(struct pty *p);                    /* after what was typed */
void pty_press(struct pty *p, const char *keys); /* type and idle */
void pty_wait(struct pty *p, const char *text);
void pty_wait_not(struct pty *p, const char *text);
bool pty_pump(struct pty *p, int timeout_ms); /* takes what came; false: nothing did */
void pty_resize(struct pty *p, int rows, int cols);
/* Types the keys and waits until the program has stopped itself, and all it said before is on the screen. */
void pty_stop(struct pty *p, const char *keys);
/* The other end, as the program has it: keeps the terminal's modes, and says what is not yet read. The caller closes it. */
int pty_other_end(struct pty *p);
/* Waits until the program has read all that was typed, without reading what it writes. */
void pty_taken(struct pty *p);

/* The screen as text, one line a row, trailing blanks cut. Valid until the next call. */
const char *pty_text(struct pty *p);
bool pty_shows(struct pty *p, const char *text);
/* Row of the first line with this text, -1 for none. */
int pty_row(struct pty *p, const char *text);
VTermScreenCell pty_cell(struct pty *p, int row, int col);
void pty_cursor(struct pty *p, int *ret_row, int *ret_col);
/* Compares with tests/tui/golden/NAME.txt; ORDERDECK_GOLDEN=write writes it instead. */
void pty_golden(struct pty *p, const char *name);

int pty_end(struct pty *p);      /* waits for the end; exit status, or 128 + signal */
void pty_release(struct pty *p); /* kills it if it still runs */

#endif
