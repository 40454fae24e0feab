/* The real program (environment variable ORDERDECK_BIN) on a port of its own with a database of its own. */
#ifndef ORDERDECK_TESTS_SUPPORT_SERVER_H
#define ORDERDECK_TESTS_SUPPORT_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
    pid_t pid; /* 0: not running */
    int port;
    char dir[64]; /* temporary: database, log, what the test puts there */
};

/* Makes the directory. */
void server_prepare(struct server *s);
/* Starts with these further options, ended by NULL (may be NULL itself), and waits for the ready line. */
void server_start(struct server *s, const char *const options[]);
/* The same for a program that is expected not to start: returns its exit status; its output is in DIR/log. */
int server_refused(struct server *s, const char *const options[]);
/* SIGTERM, then the exit status (128 + signal when one ended it). */
int server_stop(struct server *s);
void server_terminate(struct server *s); /* SIGTERM only */
int server_wait(struct server *s);
/* Stops it if it runs (status must be 0) and removes the directory. */
void server_remove(struct server *s);
/* Does DIR/log have this text? */
bool server_logged(const struct server *s, const char *text);
/* Path of a file in the directory; valid until the next call. */
const char *server_file(const struct server *s, const char *name);
void server_write(const struct server *s, const char *name, const char *text);

/* For cmocka fixtures of a whole group: one server in *state. */
int server_setup(void **state);
int server_teardown(void **state);

#endif
