/* The port between console and service: what a console may ask, and what it gets back.
 *
 * The console knows this header and nothing of HTTP, SQL or Kafka. Two implementations: in process
 * (service/service.c) and, for `attach`, over HTTP (tui/remote.c). Requests and replies speak the words of the REST
 * API (query strings in, JSON bodies out), so that both doors show the same to the byte and the console has one
 * decoder.
 *
 * Threads: all functions are called by the console's one thread and return at once; nothing here blocks, waits for
 * the store or takes a lock that the service holds while it works. */
#ifndef ORDERDECK_SHARED_API_H
#define ORDERDECK_SHARED_API_H

#include "shared/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum api_op {
    API_LIST,         /* GET /orders?<query>:          {"data":[order...],"nextCursor":..} */
    API_COUNT,        /* GET /orders/count?<query>:    {"count":n,"more":bool} */
    API_ORDER,        /* GET /orders/{id}:             order */
    API_TIMELINE,     /* GET /orders/{id}/events:      {"data":[entry...],"nextAfter":..} */
    API_EVENTS,       /* GET /events?<query>:          {"data":[entry...],"nextAfter":..} */
    API_STATS,        /* GET /orders/stats */
    API_STATUS,       /* GET /status: health, writer, http, build, settings */
    API_LOGS,         /* GET /logs?<query>:            {"data":[line...],"next":n} */
    API_COMMAND,      /* POST /orders/{id}/{command} with body; answers order or problem */
    API_DEAD_LETTERS, /* GET /dead-letters?<query>:          {"data":[letter...],"nextCursor":..} */
    API_DEAD_REPLAY,  /* POST /dead-letters/{letter}/replay: {"result":"applied|parked|late"} or problem */
    API_DEAD_REPLAY_ALL, /* POST /dead-letters/replay?<query>:  {"applied":n,"parked":n,"late":n,"refused":n,"more":bool} */
    API_DEAD_DROP,  /* DELETE /dead-letters/{letter}:      204, "" */
    API_RELAY_SKIP, /* POST /relay/skip with body:         {"position":n} or problem */
    API_OPS
};
/* Does it change something? Such a request names its actor, and its outcome may stay unknown (status 0). */
bool api_changes(enum api_op op);

struct api_request {
    struct node node; /* used by the implementation */
    enum api_op op;
    uint64_t tag;       /* the asker's own; comes back in the reply */
    char order_id[40];  /* API_ORDER, API_TIMELINE, API_COMMAND */
    char command[24];   /* API_COMMAND: wire word */
    char letter[24];    /* API_DEAD_REPLAY, API_DEAD_DROP: id of the dead letter */
    char query[1024];   /* REST query string without '?', percent-encoded values */
    char body[2048];    /* API_COMMAND, API_RELAY_SKIP: JSON arguments, "" for none */
    int64_t if_version; /* API_COMMAND: version seen on screen, -1: any */
    char actor[120];    /* changes: who acts */
};

struct api_reply {
    struct node node;
    enum api_op op;
    uint64_t tag;
    int status;       /* HTTP status; 0: no answer (connection lost, outcome unknown), body is plain text */
    int64_t position; /* Event-Position of the answer, 0 when it has none */
    char *body;       /* JSON, NUL-terminated; owned by the reply */
    size_t len;
};

struct api;
struct api_ops {
    /* Moves a copy of *request in. false: too many are open, ask again later. */
    bool (*submit)(struct api *api, const struct api_request *request);
    /* The next reply, or NULL; the caller frees it with api_reply_free. */
    struct api_reply *(*take)(struct api *api);
    /* Readable when a reply waits, when connected() changed, or the position has moved since the last position() call:
     * that is told once, until take() has been called, and again only after another position() call. */
    int (*fd)(struct api *api);
    /* Newest event position known; moves with every commit. From here on the next move is told. It goes back only when
     * another log has taken the place of the one before. */
    int64_t (*position)(struct api *api);
    /* Which log that position is of, as of the last position() or take(): a number that changes when another log has taken
     * the place of the one before, whose replies may still come. No reply of the new one is taken before it changes. */
    unsigned (*log)(struct api *api);
    /* Connected and served? In process always; attached: false while reconnecting, *ret_why (static text) says what. With
     * true it is "", or says how the position is learned when nobody tells of its moves: it is asked for. */
    bool (*connected)(struct api *api, const char **ret_why);
    /* What the header says: URL of the REST API. */
    const char *(*url)(struct api *api);
};
struct api {
    const struct api_ops *ops;
};

void api_reply_free(struct api_reply *r); /* NULL is fine */

#endif
