/* A small HTTP client over raw sockets, for tests: it can say what no library would say. Failures end the test. */
#ifndef ORDERDECK_TESTS_SUPPORT_HTTP_CLIENT_H
#define ORDERDECK_TESTS_SUPPORT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client {
    int fd;   /* -1: closed */
    char *in; /* received and not used yet */
    size_t n, cap;
    bool ended; /* the other side closed: seen when it was read */
};

/* An answer; released by reply_release. */
struct reply {
    int status; /* 0: the connection closed without an answer */
    char *head; /* status line and fields, NUL-terminated */
    char *body; /* NUL-terminated, without chunk framing */
    size_t body_len;
};

#define CLIENT_WAIT_MS 20000 /* longest wait for anything */

bool client_try_open(struct client *c, int port);
/* From this address of the loopback network (host byte order): the ports of one address run short after some
 * thousand connections, and looking for a free one takes the kernel long before. */
bool client_try_open_from(struct client *c, int port, uint32_t address);
void client_open(struct client *c, int port);
void client_close(struct client *c);
void client_send(struct client *c, const char *text);
/* false: the other side closed. */
bool client_send_n(struct client *c, const void *bytes, size_t n);
/* The next answer; `to_head`: it has no body. */
struct reply client_read(struct client *c, bool to_head);
/* Reads more; false: closed, or nothing came in wait_ms. */
bool client_more(struct client *c, int wait_ms);
/* Waits until the other side closes; false: it did not in wait_ms. */
bool client_closed(struct client *c, int wait_ms);
/* Waits until `text` came in (anywhere in what is not used yet); false: it did not in time. */
bool client_wait_for(struct client *c, const char *text);

/* One request on an open connection. `fields`: "Name: value\r\n" each, NULL for none; body NULL for none. Content-Type
 * and Content-Length are added for a body. */
struct reply client_ask(struct client *c, const char *method, const char *path, const char *fields,
                        const char *body);
/* The same on a connection of its own. */
struct reply ask(int port, const char *method, const char *path, const char *fields, const char *body);
/* Sends the bytes as they are on a connection of its own and reads an answer. */
struct reply ask_raw(int port, const char *text);

void reply_release(struct reply *r);
/* Value of a field, "" when absent; valid until the next call. */
const char *reply_field(const struct reply *r, const char *name);
bool reply_has(const struct reply *r, const char *text_in_body);
/* The string after "name": in the body (first occurrence), "" when absent; valid until the next call. */
const char *reply_text(const struct reply *r, const char *name);
int64_t reply_number(const struct reply *r, const char *name); /* -1 when absent */

#endif
