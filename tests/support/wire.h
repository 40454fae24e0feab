/* The least of an HTTP client, over a blocking socket: what many threads of a test can post with at once. */
#ifndef ORDERDECK_TESTS_SUPPORT_WIRE_H
#define ORDERDECK_TESTS_SUPPORT_WIRE_H

#include "shared/ulid.h"

#include <stdbool.h>
#include <stddef.h>

struct wire {
    int fd;           /* -1: not connected */
    size_t len;       /* bytes read ahead */
    char text[65536]; /* the answer: head and body, NUL-terminated */
};

bool wire_connect(struct wire *w, const char *url); /* "http://127.0.0.1:PORT" */
void wire_close(struct wire *w);
/* Sends a request and reads its answer; headers are whole lines with CRLF, "" for none. Returns the status, 0: the
 * connection ended without an answer (and is closed). */
int wire_ask(struct wire *w, const char *method, const char *path, const char *headers, const char *body);
/* Start of the answer's body. */
const char *wire_body(const struct wire *w);
/* The order's id in the answer's Location. */
bool wire_location(const struct wire *w, struct ulid *ret);

#endif
