/* The faults of a body or an order, collected so that one answer names them all. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_ORDER_FAULTS_H
#define ORDERDECK_SERVICE_ORDER_FAULTS_H

#include "shared/arena.h"
#include "shared/buf.h"

#include <stddef.h>

struct fault {
    const char *pointer; /* JSON pointer (RFC 6901) into the body, "" for the whole */
    const char *detail;  /* for people */
};

#define FAULTS_MAX 100 /* what comes after is only counted */

struct faults {
    struct fault *list; /* in the arena, grown in steps */
    size_t n;
    size_t more; /* found beyond FAULTS_MAX */
};

/* Appends a fault (pointer and detail are copied or formatted into the arena). */
void faults_add(struct faults *f, struct arena *a, const char *pointer, const char *detail_format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends [{"pointer":..,"detail":..},...]; a last entry without a place counts what is beyond FAULTS_MAX. */
void faults_render(struct buf *out, const struct faults *f);

/* One step of a JSON pointer: `name` with ~ and / escaped, in the arena. */
const char *faults_escape(struct arena *a, const char *name);

#endif
