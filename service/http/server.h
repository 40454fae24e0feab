/* What the files of service/http share; nobody outside includes it.
 *
 * Everything of a lane, its connections, requests and streams is touched by the lane's own thread only, but for the
 * atomics and the two mailboxes. */
#ifndef ORDERDECK_SERVICE_HTTP_SERVER_H
#define ORDERDECK_SERVICE_HTTP_SERVER_H

#include "service/http/auth.h"
#include "service/http/header.h"
#include "service/http/http.h"
#include "service/http/route.h"
#include "service/read/query.h"
#include "service/write/change.h"
#include "shared/log.h"
#include "shared/metric.h"
#include "shared/money.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#define HTTP_TARGET_MAX 8192 /* path and query; more is 414 */
#define HTTP_PARAMS_MAX 100  /* of a query; more is 400 */
/* Target and fields together, with what the library adds to each field and parameter; more is 431. A quarter of the
 * connection's memory is left for the head of the answer: without it a change would be done and not answered. */
#define HTTP_HEAD_MAX (12 * 1024)
#define HTTP_FIELD_COST 64
#define HTTP_SEGMENTS 8 /* of a path; more is 404 */
#define HTTP_STATUS_LIMIT 600
#define HTTP_CONNECTION_SPARE 512 /* beyond the limit, so that accepting never stops */

#define FORMS 1024 /* spare ones of a lane: responses for bodies of so many lengths */

#define SECOND_NS INT64_C(1000000000)

struct lane;
struct stream;
struct form;

/* ---- connections (sweep.c) ---- */

enum conn_state {
    CONN_FRESH,  /* accepted, nothing understood yet */
    CONN_HEAD,   /* the request line is there, the head is not */
    CONN_BODY,   /* the head is there, the body is not */
    CONN_BUSY,   /* a request is worked on, or a stream is open */
    CONN_ANSWER, /* the answer is on its way */
    CONN_IDLE,   /* kept alive between requests */
    CONN_STATES
};

struct conn {
    struct conn *next, *prev; /* in the lane's list of its state, oldest first */
    struct lane *lane;
    int fd;
    enum conn_state state;
    struct request *request; /* the one that is worked on, or NULL */
    bool gone;               /* told to close; in no list and not counted any more */
    bool drips;              /* idle, but bytes of a head came in */
    int64_t since_ns;        /* when it came into this state */
    int64_t drips_ns;
    size_t body_bytes;
};

struct conn_list {
    struct conn *first, *last;
};

/* ---- requests (request.c) ---- */

enum request_phase {
    REQUEST_NEW,     /* only the request line is known */
    REQUEST_BODY,    /* judged by its head; the body comes in */
    REQUEST_WAITING, /* suspended: a job or a query is out */
    REQUEST_SETTLED, /* the job or query came back; answer it */
    REQUEST_ANSWERED,
    REQUEST_ABANDONED, /* no answer: the connection closes */
};

struct request {
    struct request *next_free;
    struct lane *lane;
    struct conn *conn;
    struct MHD_Connection *mhd;
    enum request_phase phase;
    bool long_target; /* longer than HTTP_TARGET_MAX; not kept */
    bool close;       /* answer with Connection: close */
    bool by_hand;     /* answer past libmicrohttpd, straight to the socket */
    bool in_flight;   /* counted by the lane */
    bool overflow;    /* the head or the body is longer than allowed, and that has been answered */
    int64_t start_ns;
    enum http_method method;
    const struct route *route; /* NULL: none found */
    int status;                /* answered; 0: not */
    const char *caller;        /* name of the API key, NULL without */
    struct head head;          /* header fields; texts belong to libmicrohttpd until the request ends */
    unsigned allow;            /* methods of the path, for 405 */
    char *path;                /* undecoded, without query; in target */
    char *query;               /* undecoded, "" when none */
    size_t n_segments;
    struct param *params; /* decoded; in the arena */
    size_t n_params;
    struct job *job; /* a change of this request, when it came back */
    struct stream *stream;
    struct form *form;       /* the answer is on it */
    const char *line_target; /* where the library has the target; looked at before the answer only */
    size_t line_target_len, line_params;
    char *target; /* inline_target or in the arena */
    /* --- not cleared for each request --- */
    struct err refusal; /* decided by the head, answered after the body */
    struct buf body;
    struct arena arena;
    struct read_job read;          /* a query of this request, if it has a `run` */
    char *segments[HTTP_SEGMENTS]; /* decoded; in the arena */
    char request_id[REQUEST_ID_MAX + 1];
    char inline_target[256];
    _Alignas(16) unsigned char room[3072]; /* what the arena uses up first */
};

/* ---- lanes (lane.c) ---- */

struct lane_facts {
    _Atomic uint64_t requests;
    struct histogram *routes;    /* one per route */
    struct histogram windows[2]; /* the last minutes: one fills while the other is read */
    _Atomic unsigned window;
    _Atomic int64_t window_end_ns;
    _Atomic uint32_t statuses[HTTP_STATUS_LIMIT];
    struct route_faults {
        _Atomic uint32_t refused, unavailable; /* answers of 4xx and of 5xx */
    } * faults;                                /* one of each route, as `routes` */
};

struct lane {
    struct http *http;
    int index;
    pthread_t thread;
    bool started;
    struct MHD_Daemon *daemon;
    int wait_fd;             /* an epoll set: all that wakes the lane */
    struct mailbox changes;  /* settled struct job */
    struct mailbox arrivals; /* connections that another lane accepted */
    struct mailbox reads;    /* settled struct read_job; also woken to look at the flags of struct http */
    /* --- the lane's thread --- */
    struct store_reader *reader;
    bool snapshot; /* the reader has begun */
    int64_t snapshot_position;
    bool again;              /* libmicrohttpd has work without an event */
    int listen_fd;           /* of the one listening socket; -1 when draining */
    bool accepts;            /* listen_fd is in the set */
    int64_t accept_after_ns; /* not before, for want of descriptors */
    int64_t now_ns;          /* of this turn */
    struct conn_list conns[CONN_STATES];
    int64_t next_peek_ns; /* when idle connections are looked into */
    int64_t next_body_ns; /* when slow bodies are looked for */
    struct request *free_requests;
    size_t n_free;
    struct keys *keys;
    uint64_t keys_generation;
    struct buf scratch;
    struct form *forms[FORMS]; /* spare ones, by length */
    char known_host[64];       /* the Host that was last found good */
    char next_id[17];          /* for a request that brings none: a number that counts up from a random one */
    int64_t ready_checked_ns;
    struct err ready_err, write_err;
    struct stream *streams;
    int64_t streams_position; /* position the streams were told of */
    int64_t streams_woken_ns, streams_tick_ns, logs_tick_ns;
    bool streams_unread; /* some sleep with events left to look at */
    size_t n_streams, n_log_streams;
    size_t n_suspended;
    /* --- read by others --- */
    _Atomic int64_t connections;
    _Atomic int64_t arriving; /* on their way to it */
    _Atomic int64_t evict;    /* connections another lane asks this one to close */
    _Atomic int64_t in_flight;
    _Atomic int64_t streams_open;
    _Atomic bool end_hung; /* another lane asks this one for the streams whose clients have hung up */
    struct lane_facts facts;
};

struct http {
    struct http_config c;
    char url[128];
    int port;
    int n_lanes;
    struct lane *lanes;
    int listen_fd;
    int64_t max_connections;
    char **hosts; /* ALLOWED_HOSTS, split */
    size_t n_hosts;
    struct keyring keyring;
    struct buf openapi, asyncapi; /* made once at start */
    const char *log;              /* its name: Event-Log */
    int64_t start_ms;
    _Atomic bool announced, draining, ending_streams, stopping;
    _Atomic int64_t position;
    _Atomic int64_t connections;
    _Atomic int64_t streams;
};

bool lane_open(struct lane *l, struct http *h, int index, struct err *ret_err)
    __attribute__((warn_unused_result));
bool lane_start(struct lane *l) __attribute__((warn_unused_result));
void lane_wake(struct lane *l);
void lane_close(struct lane *l); /* after its thread ended */
/* The lane's thread only: a request that was suspended goes on. Last touch of its connection. */
void lane_resume(struct lane *l, struct MHD_Connection *mhd);
void lane_suspend(struct lane *l, struct MHD_Connection *mhd);
/* The lane's own reader inside a snapshot that is not older than this call; NULL: *ret_err. Ended by the lane. A read ends
 * with QUERY_TIMEOUT after limit_ns; 0: never, for what is found by its key. */
struct store_reader *lane_snapshot(struct lane *l, int64_t limit_ns, struct err *ret_err)
    __attribute__((warn_unused_result));

/* ---- listen.c ---- */

/* A listening socket for the settings. -1: *ret_err. Fills h->url and h->port. */
int listen_open(struct http *h, struct err *ret_err) __attribute__((warn_unused_result));

/* ---- sweep.c ---- */

void conn_opened(struct lane *l, struct MHD_Connection *mhd, void **context);
void conn_closed(struct conn *c);
void conn_enter(struct conn *c, enum conn_state state);
/* Closes what is too slow or idle for too long, and what another lane asked for. Returns when to look again
 * (monotonic ns), INT64_MAX: not before something happens. */
int64_t sweep(struct lane *l);

/* ---- guard.c ---- */

/* Framing and header rules that libmicrohttpd does not keep, and the guard against foreign pages. Reads the header
 * fields into r->head. false: r->refusal; the answer closes the connection when r->close. */
bool guard_request(struct request *r, const char *method, const char *version)
    __attribute__((warn_unused_result));
/* libmicrohttpd is about to refuse a Content-Length before we see the request, with two heads in one answer: answers it
 * ourselves. */
void guard_lengths(struct lane *l);
/* Where the host of a target in absolute form ("http://host/path") begins; 0: it has another form. */
size_t target_host(const char *target);
/* A change with a foreign Origin? */
bool guard_origin(struct request *r) __attribute__((warn_unused_result));

/* ---- request.c: libmicrohttpd's callbacks ---- */

void *request_line(void *lane, const char *uri, struct MHD_Connection *mhd);
/* Answers with r->refusal at once, before libmicrohttpd hands the request over, and ends the connection. */
void request_cut(struct request *r);
enum MHD_Result request_access(void *lane, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **context);
void request_completed(void *lane, struct MHD_Connection *mhd, void **context,
                       enum MHD_RequestTerminationCode how);
void request_end(
    struct request *r); /* of a connection that ends: the library tells nothing of some requests */
void request_settled(struct request *r);
void requests_free(struct lane *l); /* the spare ones */

/* r->read, empty, to be prepared by a query. */
struct read_job *request_query(struct request *r);
/* Suspends and hands the prepared r->read to the readers. */
enum MHD_Result request_read(struct request *r);
/* The same for a change, which is taken over. */
enum MHD_Result request_change(struct request *r, struct job *j);

/* ---- reply.c ---- */

struct reply {
    int status;
    const char *type;  /* Content-Type; NULL: application/json */
    struct buf *body;  /* taken over and released; NULL: `bytes` */
    const char *bytes; /* n of them, copied; not sent with 304, which has the length of what it stands for */
    size_t n;
    bool often;       /* one of very many of like lengths: on a form if one fits */
    const char *etag; /* NULL or "": none; so the next two */
    const char *location;
    const char *allow;
    int64_t position;  /* Event-Position, beside Event-Log; -1: none */
    int retry_after_s; /* 0: none */
    bool replayed;
    bool cacheable; /* no Cache-Control: no-store */
};

/* The header fields of an answer. */
#define FIELDS_MAX 12
struct fields {
    struct {
        const char *name, *value; /* names are literals */
    } at[FIELDS_MAX];
    size_t n;
    char position[MONEY_TEXT], retry_after[MONEY_TEXT];
};

enum MHD_Result reply_send(struct request *r, struct reply *reply);
/* problem+json; faults may be NULL, position -1. */
enum MHD_Result reply_problem(struct request *r, const struct err *e, int64_t position);
enum MHD_Result reply_error(struct request *r, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum MHD_Result reply_answer(struct request *r, struct answer *a); /* takes over the body */
/* A problem while the body still comes in, when libmicrohttpd takes no response: by hand. The socket is closed for more
 * answers; the request goes on until its body ends or is given up. */
void reply_early(struct request *r, const struct err *e);
/* Queues a response of the caller's making with the fields every answer has. Takes it over. */
enum MHD_Result reply_queue(struct request *r, int status, struct MHD_Response *response);

/* ---- form.c ---- */

/* A response with these fields and a copy of the body, on a form that the request has until it ends and then returns; the
 * caller queues it and keeps no reference. NULL: none fits. */
struct MHD_Response *form_send(struct request *r, const char *body, size_t n, const struct fields *wanted);
void form_return(struct lane *l, struct form *f);
void forms_free(struct lane *l);

/* ---- facts.c ---- */

bool facts_init(struct lane_facts *f) __attribute__((warn_unused_result));
void facts_release(struct lane_facts *f);
void facts_add(struct lane *l, const struct request *r);
void facts_metrics(const struct http *h, struct buf *out);

/* ---- stream.c ---- */

/* Looks after the lane's streams once a turn; returns when it wants to be called again (monotonic ns). */
int64_t streams_turn(struct lane *l);
void stream_completed(struct request *r);

/* ---- handle_orders.c ---- */

/* What a change has from its request; `canonical` is the path that names it. false: r->refusal. */
bool change_read(struct request *r, const char *canonical, struct change_request *ret)
    __attribute__((warn_unused_result));

/* ---- handle_system.c ---- */

/* after, level and limit of the log routes; ret_limit may be NULL. false: r->refusal. */
bool logs_read(struct request *r, uint64_t *ret_after, enum log_level *ret_least, int *ret_limit)
    __attribute__((warn_unused_result));

/* ---- openapi.c ---- */

void openapi_render(const struct http *h, struct buf *out);

/* ---- asyncapi.c ---- */

bool asyncapi_render(const struct http *h, struct buf *out) __attribute__((warn_unused_result));

#endif
