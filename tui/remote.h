/* The console's port to a service in another process: shared/api.h over HTTP and Server-Sent Events.
 *
 * Requests become the routes of the REST API, replies are its bodies. A stream of events, opened anew whenever it ends
 * (after 0.2 s, then twice that, up to 5 s, a quarter more or less), moves position(). It always starts from now: its
 * opening block says where the service stands, which is all the console needs to read what it missed, however much
 * that is, and is right also when another database stands behind the URL. A service that has no room for a stream is
 * asked for its position each second instead, and counts as connected; less often, up to 5 s, while it does not answer.
 *
 * position() never goes back within one log, whichever of the stream and the answers tells first. Stream and answers name
 * their log (Event-Log): another name is another log, and log() changes before the reply that told of it is taken. Both are
 * also compared with what was known when they were asked for: a stream that opens below that is of another log, whatever
 * its name. So are answers while there is no stream, however long it is refused.
 *
 * A command carries an Idempotency-Key. When its connection breaks it is sent again with the same key, so that it is
 * done once, for 10 s; then its reply has the status 0. Commands of one order are sent one after the other, as they
 * were given. A query whose connection breaks is replied to with status 0 at once.
 *
 * Threads: one owner for all functions; libcurl runs in a thread of its own (shared/fetch.h). */
#ifndef ORDERDECK_TUI_REMOTE_H
#define ORDERDECK_TUI_REMOTE_H

#include "shared/api.h"
#include "shared/err.h"

#include <stdbool.h>
#include <stddef.h>

struct remote_config {
    const char *url;     /* as fetch_url writes it; copied */
    const char *api_key; /* "" for none; copied */
    bool follow;         /* keep the stream; without it position() and connected() say nothing */
    /* Each answer to API_STATUS, before it is taken: from within take, on the owner's thread. NULL: nobody cares. */
    void (*status)(void *ctx, const char *body, size_t len);
    void *ctx;
};

/* Does not wait for the service. NULL: *ret_err says why. */
struct api *remote_open(const struct remote_config *c, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Waits for commands that are on their way, at most 2 s. */
void remote_close(struct api *base);

#endif
