/* Small text files of the user's: read as a whole, replaced as a whole. Thread-safe; both touch the disk, so they are for
 * the start, the end and what the user asks for. */
#ifndef ORDERDECK_TUI_KEEP_H
#define ORDERDECK_TUI_KEEP_H

#include "shared/buf.h"
#include "shared/err.h"

#include <stdbool.h>

#define KEEP_MAX 65536 /* bytes of a file */

/* Appends the file's text; out->data stays NULL where there is no file. Never waits. false: it cannot be read, is no
 * regular file, too large or no text. */
bool keep_read(const char *path, struct buf *out, struct err *ret_err) __attribute__((warn_unused_result));
/* Puts the text in the file's place, for the user alone (mode 0600): a reader finds the old text or the new one. What the
 * path links to is replaced, not the link. */
bool keep_write(const char *path, const struct buf *text, struct err *ret_err)
    __attribute__((warn_unused_result));

#endif
