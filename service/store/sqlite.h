/* The embedded store: SQLite in WAL mode with synchronous=FULL, one connection that writes and checkpoints, one
 * read-only connection per reader. */
#ifndef ORDERDECK_SERVICE_STORE_SQLITE_H
#define ORDERDECK_SERVICE_STORE_SQLITE_H

#include "service/store/store.h"

struct sqlite_options {
    const char *path;   /* file; made when missing (not with read_only) */
    bool read_only;     /* no writer connection; no migrations: an older schema is refused */
    const char *vfs;    /* name of the SQLite VFS, NULL: the default */
    int log_frames;     /* pages in the log with which it is taken into the database; 0: 16000, 65 MB */
    int segment_orders; /* after so many the index on the customer begins a new part; 0: 32768 */
    const char
        *synchronous; /* NULL: "FULL". Anything less loses answered orders at a power cut (tests show it) */
};

/* Opens or makes the database, migrates it to this build's version (one transaction each; a newer one is refused).
 * NULL: *ret_err has one line for the operator. */
struct store *sqlite_open(const struct sqlite_options *o, struct err *ret_err)
    __attribute__((warn_unused_result));

#endif
