/* Server-Sent Events: the event log and the program's log, followed live.
 *
 * A stream is a position, never a queue: it reads what is new from the store in bounded pieces, and sleeps suspended
 * while there is nothing. So a slow client costs nothing but its connection, and none misses or repeats an event. */
#include "service/http/server.h"

#include "shared/clock.h"
#include "shared/json.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096                   /* most that libmicrohttpd asks for at once */
#define PIECE (64u * 1024)           /* enough rendered for one go */
#define PIECE_MAX (8u * 1024 * 1024) /* one event can be as large as its order */
#define PIECE_EVENTS 64
#define LOOK_MAX \
    512 /* events looked at in one go: a filter may leave most of the log out, and others wait meanwhile */
#define BEAT_NS (15 * SECOND_NS)    /* a comment line at least so often */
#define TICK_NS (5 * SECOND_NS)     /* streams are looked after so often */
#define LOG_TICK_NS (SECOND_NS / 4) /* logs are looked into so often */
#define LOG_LINES 200
#define CROWD 8                    /* from so many streams on, they are not woken more often than */
#define CROWD_NS (SECOND_NS / 100) /* this */

struct stream {
    struct stream *next, *prev; /* in the lane's list */
    struct lane *lane;
    struct request *request;
    struct MHD_Connection *mhd;
    int fd;
    bool logs;
    bool sleeping; /* suspended */
    bool unread;   /* the snapshot had more to look at: goes on in the lane's next turn */
    bool greeted;  /* the opening block is out */
    bool beat;     /* a sign of life is due */
    bool failed;
    bool hung;                /* the client has hung up, or at least says no more */
    bool ended;               /* for that reason, and not counted any more */
    int64_t last_ns;          /* when something was last sent */
    struct event_query query; /* query.after: the position it has come to */
    int64_t told;             /* the last position the client knows */
    uint64_t line;            /* of the log */
    enum log_level least;
    struct buf out;
    size_t sent;
};

/* ---- what is sent ---- */

static bool add_event(void *ctx, const struct event *e, int64_t sent_at)
{
    (void)sent_at;
    struct stream *s = ctx;
    buf_addf(&s->out, "id: %lld\ndata: ", (long long)e->position);
    event_render(&s->out, e);
    buf_adds(&s->out, "\n\n");
    s->told = e->position;
    return s->out.len < PIECE;
}

/* Everything up to the snapshot, or as much as makes a piece. */
static void fill_events(struct stream *s)
{
    struct lane *l = s->lane;
    struct err e;
    struct store_reader *reader = lane_snapshot(l, READ_DEADLINE_NS, &e);
    if (reader == NULL) {
        s->failed = true;
        return;
    }
    if (l->snapshot_position <= s->query.after)
        return;
    int64_t looked = s->query.after;
    struct event_query q = s->query;
    q.upto = l->snapshot_position;
    q.limit = PIECE_EVENTS;
    q.scan = LOOK_MAX;
    q.looked = &looked;
    s->failed = !reader->ops->events(reader, &q, add_event, s, &e);
    s->query.after = looked;
    s->unread = looked < l->snapshot_position;
}

/* The end of the JSON value that starts at p. */
static const char *value_end(const char *p, const char *end)
{
    bool quoted = false;
    for (int depth = 0; p < end; p++) {
        if (quoted && *p == '\\')
            p++;
        else if (*p == '"')
            quoted = !quoted;
        else if (!quoted && (*p == '{' || *p == '['))
            depth++;
        else if (!quoted && (*p == '}' || *p == ']') && --depth == 0)
            return p + 1;
    }
    return end;
}

/* Lines come as the elements of an array; each becomes a block of its own, the last with its number. */
static void add_lines(struct stream *s, const char *p, const char *end, uint64_t newest)
{
    while (p < end) {
        const char *stop = value_end(p, end);
        if (stop == end)
            buf_addf(&s->out, "id: %llu\n", (unsigned long long)newest);
        buf_adds(&s->out, "data: ");
        buf_add(&s->out, p, (size_t)(stop - p));
        buf_adds(&s->out, "\n\n");
        p = stop < end ? stop + 1 : end; /* past the comma */
    }
}

static void fill_logs(struct stream *s)
{
    struct buf lines = BUF_INIT(PIECE_MAX);
    uint64_t newest = log_read(&lines, s->line, s->least, LOG_LINES);
    if (newest > s->line) {
        if (lines.len != 0)
            add_lines(s, lines.data, lines.data + lines.len, newest);
        s->line = newest;
    }
    s->failed = lines.failed;
    buf_release(&lines);
}

static void fill(struct stream *s)
{
    buf_clear(&s->out);
    s->sent = 0;
    s->unread = false;
    if (!s->greeted) {
        s->greeted = true;
        buf_addf(&s->out, "id: %llu\n\n",
                 s->logs ? (unsigned long long)s->line : (unsigned long long)s->query.after);
    }
    if (s->logs)
        fill_logs(s);
    else
        fill_events(s);
    if (s->out.len == 0 && s->beat) {
        if (!s->logs && s->query.after > s->told) {
            buf_addf(&s->out, ": still here\nid: %lld\n\n", (long long)s->query.after);
            s->told = s->query.after; /* its filter left the events between out */
        } else {
            buf_adds(&s->out, ": still here\n\n");
        }
    }
    s->beat = false;
    s->failed = s->failed || s->out.failed;
}

static ssize_t stream_read(void *ctx, uint64_t position, char *to, size_t most)
{
    (void)position;
    struct stream *s = ctx;
    struct lane *l = s->lane;
    if (s->sent == s->out.len) {
        if (s->failed || atomic_load(&l->http->ending_streams))
            return MHD_CONTENT_READER_END_OF_STREAM;
        fill(s);
        if (s->failed && s->out.len == 0)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (s->out.len == 0) {
            s->sleeping = true;
            l->streams_unread = l->streams_unread || s->unread;
            lane_suspend(l, s->mhd);
            return 0;
        }
    }
    size_t n = s->out.len - s->sent < most ? s->out.len - s->sent : most;
    memcpy(to, s->out.data + s->sent, n);
    s->sent += n;
    s->last_ns = l->now_ns;
    if (s->sent == s->out.len && s->out.cap > PIECE / 4) {
        buf_release(&s->out);
        s->sent = 0;
    }
    return (ssize_t)n;
}

/* ---- waking ---- */

static void wake(struct stream *s)
{
    if (!s->sleeping)
        return;
    s->sleeping = false;
    lane_resume(s->lane, s->mhd);
}

/* Marks the streams of which the client has hung up. */
static void look(struct lane *l)
{
    struct pollfd *fds = calloc(l->n_streams, sizeof(*fds));
    size_t n = 0;
    for (struct stream *s = l->streams; s != NULL && fds != NULL; s = s->next)
        fds[n++] = (struct pollfd){.fd = s->fd, .events = POLLRDHUP};
    if (fds != NULL)
        poll(fds, n, 0);
    n = 0;
    for (struct stream *s = l->streams; s != NULL && fds != NULL; s = s->next)
        s->hung = (fds[n++].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    free(fds);
}

/* A client that has hung up, or shows no life, gets a sign of life, which fails when it is gone. */
static void probe(struct lane *l)
{
    look(l);
    for (struct stream *s = l->streams; s != NULL; s = s->next) {
        if (!s->hung && l->now_ns - s->last_ns < BEAT_NS - TICK_NS / 2)
            continue;
        s->beat = true;
        wake(s);
    }
    l->streams_tick_ns = l->now_ns + TICK_NS;
}

/* When all are taken, those whose clients have hung up make room at once: who comes back again and again must not keep
 * others out until the streams are next looked after. */
static void end_hung(struct lane *l)
{
    look(l);
    for (struct stream *s = l->streams; s != NULL; s = s->next) {
        if (!s->hung || s->ended)
            continue;
        s->ended = s->failed = true;
        atomic_fetch_sub(&l->http->streams, 1);
        wake(s);
    }
}

static int64_t turn_events(struct lane *l)
{
    int64_t position = atomic_load(&l->http->position);
    if (position == l->streams_position)
        return INT64_MAX;
    if (l->n_streams >= CROWD && l->now_ns - l->streams_woken_ns < CROWD_NS)
        return l->streams_woken_ns + CROWD_NS;
    l->streams_position = position;
    l->streams_woken_ns = l->now_ns;
    for (struct stream *s = l->streams; s != NULL; s = s->next) {
        if (!s->logs)
            wake(s);
    }
    return INT64_MAX;
}

/* Those that have come through a part of the log without finding anything: nobody else will wake them. */
static void turn_unread(struct lane *l)
{
    if (!l->streams_unread)
        return;
    l->streams_unread = false;
    for (struct stream *s = l->streams; s != NULL; s = s->next) {
        if (s->unread)
            wake(s);
    }
}

static int64_t turn_logs(struct lane *l)
{
    if (l->n_log_streams == 0)
        return INT64_MAX;
    if (l->now_ns < l->logs_tick_ns)
        return l->logs_tick_ns;
    for (struct stream *s = l->streams; s != NULL; s = s->next) {
        if (s->logs)
            wake(s);
    }
    l->logs_tick_ns = l->now_ns + LOG_TICK_NS;
    return l->logs_tick_ns;
}

int64_t streams_turn(struct lane *l)
{
    if (l->streams == NULL)
        return INT64_MAX;
    if (atomic_load(&l->http->ending_streams)) {
        for (struct stream *s = l->streams; s != NULL; s = s->next)
            wake(s);
        return INT64_MAX;
    }
    if (atomic_exchange(&l->end_hung, false))
        end_hung(l);
    turn_unread(l);
    int64_t events = turn_events(l), logs = turn_logs(l);
    if (l->now_ns >= l->streams_tick_ns)
        probe(l);
    int64_t due = events < logs ? events : logs;
    return due < l->streams_tick_ns ? due : l->streams_tick_ns;
}

/* ---- opening and end ---- */

static void stream_free(void *ctx)
{
    struct stream *s = ctx;
    struct lane *l = s->lane;
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        l->streams = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    l->n_streams--;
    l->n_log_streams -= s->logs;
    atomic_fetch_sub(&l->streams_open, 1);
    if (!s->ended)
        atomic_fetch_sub(&l->http->streams, 1);
    metric_add(METRIC_STREAMS, -1);
    buf_release(&s->out);
    free(s);
}

void stream_completed(struct request *r)
{
    stream_free(r->stream);
    r->stream = NULL;
}

/* Only its own lane ends a stream. */
static void ask_others(struct lane *l)
{
    for (int i = 0; i < l->http->n_lanes; i++) {
        struct lane *other = &l->http->lanes[i];
        if (other == l || atomic_load(&other->streams_open) == 0)
            continue;
        atomic_store(&other->end_hung, true);
        lane_wake(other);
    }
}

/* Who gets the last place has the other lanes look for room already. */
static bool count_in(struct lane *l)
{
    struct http *h = l->http;
    int64_t most = h->c.conf->max_streams, open = atomic_fetch_add(&h->streams, 1) + 1;
    if (open >= most)
        ask_others(l);
    if (open <= most)
        return true;
    atomic_fetch_sub(&h->streams, 1);
    return false;
}

/* Into the lane's list and the count. NULL: there are too many. */
static struct stream *stream_new(struct request *r)
{
    struct lane *l = r->lane;
    struct http *h = l->http;
    if (!count_in(l)) {
        end_hung(l);
        if (!count_in(l))
            return NULL;
    }
    struct stream *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        atomic_fetch_sub(&h->streams, 1);
        return NULL;
    }
    *s = (struct stream){
        .next = l->streams, .lane = l, .request = r, .mhd = r->mhd, .fd = r->conn->fd, .last_ns = l->now_ns};
    buf_init(&s->out, PIECE_MAX);
    if (l->streams == NULL)
        l->streams_tick_ns = l->now_ns + TICK_NS;
    else
        l->streams->prev = s;
    l->streams = s;
    l->n_streams++;
    atomic_fetch_add(&l->streams_open, 1);
    metric_add(METRIC_STREAMS, 1);
    r->stream = s;
    return s;
}

static enum MHD_Result stream_send(struct request *r, struct stream *s)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, stream_read, s, NULL);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    if (!s->logs)
        MHD_add_response_header(response, "Event-Log", r->lane->http->log);
    if (r->in_flight) { /* a stream holds up no drain; it is ended */
        r->in_flight = false;
        atomic_fetch_sub(&r->lane->in_flight, 1);
    }
    return reply_queue(r, MHD_HTTP_OK, response);
}

static enum MHD_Result too_many(struct request *r)
{
    return reply_error(r, ERR_TOO_MANY_STREAMS, "%lld event streams are open, more are not served",
                       (long long)r->lane->http->c.conf->max_streams);
}

static enum MHD_Result reply_head(struct request *r)
{
    return reply_send(
        r, &(struct reply){
               .status = MHD_HTTP_OK, .bytes = "\n", .n = 1, .type = "text/event-stream", .position = -1});
}

/* Last-Event-ID, which a browser sends when it comes back, beats `after`. */
static bool read_last_id(struct request *r, int64_t *ret)
{
    const char *text = r->head.value[HEADER_LAST_EVENT_ID];
    if (text == NULL || text[0] == '\0')
        return true;
    if (strlen(text) > 18 || text[strspn(text, "0123456789")] != '\0')
        return err_set(&r->refusal, ERR_INVALID_PARAMETER, "Last-Event-ID is not a position");
    *ret = strtoll(text, NULL, 10);
    return true;
}

enum MHD_Result handle_event_stream(struct request *r)
{
    struct lane *l = r->lane;
    struct event_query q;
    struct err e;
    int64_t after = -1;
    if (!event_query_read(&q, r->params, r->n_params, true, &r->arena, &e))
        return reply_problem(r, &e, -1);
    for (size_t i = 0; i < r->n_params; i++) {
        if (strcmp(r->params[i].name, "after") == 0)
            after = q.after;
    }
    if (!read_last_id(r, &after))
        return reply_problem(r, &r->refusal, -1);
    if (r->method == METHOD_HEAD)
        return reply_head(r);
    if (lane_snapshot(l, READ_DEADLINE_NS, &e) == NULL)
        return reply_problem(r, &e, -1);
    if (after < 0 || after > l->snapshot_position) /* not beyond the log: what comes next would be missed */
        after = l->snapshot_position;
    struct stream *s = stream_new(r);
    if (s == NULL)
        return too_many(r);
    s->query = q;
    s->query.after = s->told = after;
    return stream_send(r, s);
}

enum MHD_Result handle_log_stream(struct request *r)
{
    uint64_t after;
    enum log_level least;
    int64_t last = -1;
    if (!logs_read(r, &after, &least, NULL) || !read_last_id(r, &last))
        return reply_problem(r, &r->refusal, -1);
    if (r->method == METHOD_HEAD)
        return reply_head(r);
    struct stream *s = stream_new(r);
    if (s == NULL)
        return too_many(r);
    s->logs = true;
    s->lane->n_log_streams++;
    s->least = least;
    s->line = last >= 0 ? (uint64_t)last : after;
    return stream_send(r, s);
}
