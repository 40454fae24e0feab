/* What the files of the port to a service elsewhere share: questions and commands (remote.c), and following the event log
 * (remote_follow.c). Nothing else includes it. */
#ifndef ORDERDECK_TUI_REMOTE_PRIVATE_H
#define ORDERDECK_TUI_REMOTE_PRIVATE_H

#include "shared/fetch.h"
#include "shared/replies.h"
#include "shared/ulid.h"
#include "tui/place.h"
#include "tui/remote.h"
#include "tui/sse.h"

#include <stdatomic.h>

#define REMOTE_BASE "/api/v1"
#define MS INT64_C(1000000)
#define DELAY_FIRST_NS (INT64_C(200) * MS)
#define DELAY_MOST_NS (INT64_C(5000) * MS)

/* What was asked and not answered yet. */
struct asked {
    struct api_request q;
    struct place known; /* when it was sent */
    /* a change */
    struct asked *next;
    char key[ULID_LEN + 1];
    bool sent;              /* its job is under way */
    enum fetch_fault fault; /* of the last attempt */
    int64_t retry_ns, delay_ns;
    int64_t give_up_ns; /* 0: no attempt broke yet */
};

struct remote {
    struct api base;
    struct fetch *fetch;
    struct remote_config c;
    char *url, *authorization;
    bool direct;
    /* --- the owner --- */
    struct mailbox answers; /* struct fetch_job */
    struct replies ready;
    int timer_fd, epoll_fd;
    int open;               /* requests whose reply was not taken yet */
    struct asked *commands; /* oldest first */
    struct place known;
    const char *why; /* not connected */
    struct {
        bool asked;         /* its job is under way */
        struct place known; /* when it was asked for */
        bool seen_up;
        bool opened;                    /* its log is known */
        int64_t up_ns, at_ns, delay_ns; /* since when, when to try again, and after how long the next time */
    } stream;
    struct {
        bool on;            /* the service has no room for the stream: it is asked instead */
        bool asked;         /* a job is under way */
        bool answered;      /* the last one was */
        struct place known; /* when it was asked */
        int64_t at_ns, delay_ns;
    } poll;
    /* --- the fetching thread, while the stream's job is under way --- */
    struct sse sse;
    char stream_log[sizeof((struct place *)NULL)->name]; /* its name; the owner's since `up` */
    /* --- both --- */
    _Atomic int64_t position;
    _Atomic bool up;
    _Atomic bool listens; /* the owner wants to be told of the next move */
    int moved_fd;         /* cleared by take() */
};

/* ---- remote.c */

/* A job for a path of the service; NULL: out of memory. */
struct fetch_job *remote_job(struct remote *r, const char *method, const char *path, size_t most);
/* A quarter more or less, so that those who lost a service together do not come back together. */
int64_t remote_jitter(int64_t delay_ns);
int64_t remote_doubled(int64_t delay_ns);

/* ---- remote_follow.c: what moves the position without a question of the console's */

/* Begins or goes on: asks for the stream, or for the position, when it is time. true: the service is there again. */
bool follow_turn(struct remote *r, int64_t now);
int64_t
follow_due(const struct remote *r); /* when follow_turn has something to do, 0: not before an answer */
/* Takes an answer to one of its own jobs; false: it is none of them. */
bool follow_ended(struct remote *r, struct fetch_job *j, int64_t now);
/* An answer to anything else: the position it has, 0 for none. */
int64_t follow_answered(struct remote *r, const struct place *when_asked, const struct fetch_job *j);
void follow_listen(struct remote *r); /* what the stream has told by now, and the next move is told */
bool follow_connected(struct remote *r, const char **ret_why);

#endif
