/* Calls out over HTTP: a thread of its own that runs libcurl for whoever asks.
 *
 * A job is moved in by fetch_submit and comes back through the mailbox that it names, exactly once, whatever became of
 * it. Only http:// and https:// are spoken; certificates are checked against the system's; redirects are not followed
 * and .netrc is not read; every answer has its limits: of time or silence, of the head (64 KiB) and of the body.
 *
 * Written against curl 7.88: curl_multi_poll and curl_multi_wakeup (the one function that other threads may call),
 * CURLOPT_PROTOCOLS_STR. */
#ifndef ORDERDECK_SHARED_FETCH_H
#define ORDERDECK_SHARED_FETCH_H

#include "shared/buf.h"
#include "shared/err.h"
#include "shared/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch;
struct curl_slist;

/* Why there is no whole answer. Up to FETCH_UNTRUSTED the request did not reach anyone who could act on it. */
enum fetch_fault {
    FETCH_OK,            /* a whole answer, of whatever status */
    FETCH_NO_HOST,       /* the name is not known */
    FETCH_NO_CONNECTION, /* nobody listens there */
    FETCH_UNTRUSTED,     /* the certificate, or TLS itself */
    FETCH_TIMEOUT,
    FETCH_BROKEN,     /* the connection ended before the answer did */
    FETCH_NOT_HTTP,   /* what answered does not speak HTTP */
    FETCH_WRONG_TYPE, /* a 2xx of another media type than the one that was wanted */
    FETCH_TOO_LARGE,  /* head or body */
    FETCH_UNWANTED,   /* `piece` returned false */
    FETCH_STOPPED,    /* fetch_stop came first */
    FETCH_FAULTS
};
/* For people: "nobody answers there". Static. */
const char *fetch_fault_text(enum fetch_fault f);

struct fetch_job {
    struct node node; /* travels: queue, then mailbox */
    /* --- asked --- */
    struct mailbox *reply_to;
    void *owner;               /* the asker's own, untouched */
    const char *method;        /* static: "GET", "POST" */
    char *url;                 /* owned */
    struct curl_slist *fields; /* owned; see fetch_job_field */
    struct buf body;           /* sent when it is not empty */
    const char *type;          /* static: the media type that a 2xx must have; NULL: any */
    int64_t whole_ms;          /* most time for all of it; 0: no limit */
    int64_t silence_ms;        /* longest time without a byte; 0: no limit */
    bool direct;               /* past the proxy that the environment may name */
    /* Given each piece of a 2xx's body, which is then not kept in `answer`. On the fetching thread; it must not wait.
     * false ends the job. NULL: none. */
    bool (*piece)(struct fetch_job *j, const char *bytes, size_t n);
    /* --- answered --- */
    enum fetch_fault fault;
    int status;        /* of HTTP; 0: no head came */
    char media[64];    /* its media type without parameters, in lower case; "" when it has none */
    struct buf head;   /* the lines of the last head */
    struct buf answer; /* its body, at most `answer.max` bytes */
    /* --- fetching thread --- */
    void *easy;
    struct fetch_job *next, **link;
    int64_t heard_ns;
    size_t head_bytes;
    bool begun;
};

/* A job with its own copy of the URL; `most`: bytes of the answer's body. NULL: out of memory. */
struct fetch_job *fetch_job_new(const char *method, const char *url, size_t most)
    __attribute__((warn_unused_result));
/* Adds a field. false: out of memory, or the value holds a line break or another control character. */
bool fetch_job_field(struct fetch_job *j, const char *name, const char *value)
    __attribute__((warn_unused_result));
void fetch_job_free(struct fetch_job *j); /* NULL is fine; `owner` is not freed */
/* A field of the answer, its first when there are more, cut to size. false: it has none. */
bool fetch_field(const struct fetch_job *j, const char *name, char *out, size_t size);

/* Starts the thread. `most`: jobs that may be open at a time. NULL: *ret_err says why. */
struct fetch *fetch_start(size_t most, struct err *ret_err) __attribute__((warn_unused_result));
/* Moves the job in (any thread). false: as many are open as may be, or it is stopping; the job stays with the caller. */
bool fetch_submit(struct fetch *f, struct fetch_job *j) __attribute__((warn_unused_result));
/* Ends what is open (each comes back as FETCH_STOPPED) and the thread. No fetch_submit may be under way. NULL is fine. */
void fetch_stop(struct fetch *f);

/* Reads the base URL of a service: http:// or https://, a host, perhaps a port and a path, and nothing else. Writes it
 * without a slash at its end. false: *ret_err has one line for people. */
bool fetch_url(const char *text, char *out, size_t size, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Is its host this machine's loopback, by name or address? */
bool fetch_url_loopback(const char *url);

#endif
