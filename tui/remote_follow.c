/* Following a service's event log: by its stream, and when it has no room for one, by asking each second. */
#include "tui/remote_private.h"

#include "shared/clock.h"

#include <sys/eventfd.h>

#define PROBLEM_MAX (64u * 1024)
#define STATUS_MAX (1024u * 1024)
#define SILENCE_MS 40000               /* of a stream that says something every 15 s */
#define STEADY_NS (INT64_C(5000) * MS) /* a stream that lived so long was a good one */
#define POLL_NS (INT64_C(1000) * MS)
#define POLL_MS 5000 /* longest wait for an answer */

/* ---- positions ---- */

/* Where there is a stream it was asked of the log before; one that is on its way may open before or behind this answer. */
static void answer_tells(struct remote *r, const struct place *when_asked, int64_t position, const char *log)
{
    bool live = atomic_load(&r->up);
    if (place_answered(&r->known, when_asked, live, position, log) && !live)
        r->stream.known = (struct place){.log = r->known.log};
}

int64_t follow_answered(struct remote *r, const struct place *when_asked, const struct fetch_job *j)
{
    char text[24], log[sizeof r->known.name] = "";
    int64_t position = 0;
    if (!fetch_field(j, "Event-Position", text, sizeof text) || !sse_position(text, &position))
        return 0;
    (void)fetch_field(j, "Event-Log", log, sizeof log);
    answer_tells(r, when_asked, position, log);
    return position;
}

static void stream_tells(struct remote *r)
{
    if (!atomic_load(&r->up))
        return;
    int64_t position = atomic_load(&r->position);
    if (!r->stream.opened)
        place_stream_opened(&r->known, &r->stream.known, position, r->stream_log);
    r->stream.opened = true;
    place_stream_told(&r->known, &r->stream.known, position);
}

/* It listens before the stream's position is read, so a move in between is told. */
void follow_listen(struct remote *r)
{
    atomic_store(&r->listens, true);
    stream_tells(r);
}

bool follow_connected(struct remote *r, const char **ret_why)
{
    bool up = !r->c.follow || atomic_load(&r->up);
    *ret_why = up                 ? ""
               : r->poll.answered ? "asked each second: the service has no room for an event stream"
                                  : r->why;
    return up || r->poll.answered;
}

/* ---- the stream ---- */

/* On the fetching thread. The data of an event comes after its id, and is not needed. */
static bool stream_piece(struct fetch_job *j, const char *bytes, size_t n)
{
    struct remote *r = j->owner;
    int64_t position;
    if (!sse_feed(&r->sse, bytes, n, &position))
        return true;
    if (!atomic_load(&r->up))
        (void)fetch_field(j, "Event-Log", r->stream_log, sizeof r->stream_log);
    atomic_store(&r->position, position);
    bool new_life = !atomic_exchange(&r->up, true);
    if (atomic_exchange(&r->listens, false) || new_life)
        eventfd_write(r->moved_fd, 1);
    return true;
}

static void ask_stream(struct remote *r, int64_t now)
{
    struct fetch_job *j = remote_job(r, "GET", REMOTE_BASE "/events/stream", PROBLEM_MAX);
    r->sse = (struct sse){.n = 0};
    r->stream_log[0] = '\0';
    r->stream.opened = false;
    r->stream.known = r->known;
    if (j != NULL) {
        j->owner = r;
        j->type = "text/event-stream";
        j->silence_ms = SILENCE_MS;
        j->piece = stream_piece;
        r->stream.asked = fetch_job_field(j, "Accept", j->type) && fetch_submit(r->fetch, j);
    }
    if (!r->stream.asked) {
        fetch_job_free(j);
        r->stream.at_ns = now + DELAY_FIRST_NS;
    }
}

static const char *why_not(const struct fetch_job *j)
{
    static const struct {
        int status;
        const char *why;
    } refusals[] = {
        {401, "not connected: the API key is missing or unknown (ORDERDECK_API_KEY)"},
        {403, "not connected: this key or host name is refused (403)"},
        {404, "not connected: what answers there is no order service (404)"},
        {503, "not connected: the service is full or stopping (503)"},
    };
    static const char *const whys[FETCH_FAULTS] = {
        [FETCH_OK] = "not connected: the service ended the connection",
        [FETCH_NO_HOST] = "not connected: the host name is not known",
        [FETCH_NO_CONNECTION] = "not connected: no service answers there",
        [FETCH_UNTRUSTED] = "not connected: the certificate is not trusted",
        [FETCH_TIMEOUT] = "not connected: no answer in time",
        [FETCH_BROKEN] = "not connected: the connection was lost",
        [FETCH_NOT_HTTP] = "not connected: what answers there does not speak HTTP",
        [FETCH_WRONG_TYPE] = "not connected: what answers there is no order service",
        [FETCH_TOO_LARGE] = "not connected: what answers there is no order service",
        [FETCH_UNWANTED] = "not connected",
        [FETCH_STOPPED] = "not connected",
    };
    if (j->fault != FETCH_OK || (j->status >= 200 && j->status <= 299))
        return whys[j->fault];
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i].status == j->status)
            return refusals[i].why;
    return "not connected: the service refuses it";
}

static void poll_begin(struct remote *r, bool on)
{
    if (r->poll.on != on)
        r->poll.at_ns = r->poll.delay_ns = 0;
    r->poll.on = on;
    r->poll.answered = r->poll.answered && on;
}

/* 503 is all that the service says when its streams are as many as may be. Whether it serves all the same is asked. */
static void stream_ended(struct remote *r, const struct fetch_job *j, int64_t now)
{
    bool steady = r->stream.seen_up && now - r->stream.up_ns >= STEADY_NS;
    r->stream.asked = r->stream.seen_up = false;
    r->why = why_not(j);
    r->stream.delay_ns =
        r->stream.delay_ns == 0 || steady ? DELAY_FIRST_NS : remote_doubled(r->stream.delay_ns);
    r->stream.at_ns = now + remote_jitter(r->stream.delay_ns);
    stream_tells(r);
    atomic_store(&r->up, false);
    poll_begin(r, j->fault == FETCH_OK && j->status == 503);
    eventfd_write(r->moved_fd, 1);
}

/* The first sign of life. */
static bool stream_came_up(struct remote *r, int64_t now)
{
    if (r->stream.seen_up || !atomic_load(&r->up))
        return false;
    r->stream.seen_up = true;
    r->stream.up_ns = now;
    poll_begin(r, false);
    return true;
}

/* ---- asking instead ---- */

/* The status costs the service no look into its database. */
static void ask_status(struct remote *r, int64_t now)
{
    struct fetch_job *j = remote_job(r, "GET", REMOTE_BASE "/status", STATUS_MAX);
    r->poll.at_ns = now + POLL_NS;
    r->poll.known = r->known;
    if (j == NULL)
        return;
    j->owner = &r->poll;
    j->type = "application/json";
    j->whole_ms = POLL_MS;
    r->poll.asked = fetch_submit(r->fetch, j);
    if (!r->poll.asked)
        fetch_job_free(j);
}

/* Less and less often while there is no answer. */
static void poll_ended(struct remote *r, const struct fetch_job *j, int64_t now)
{
    bool answered = j->fault == FETCH_OK && j->status == 200;
    r->poll.asked = false;
    r->poll.answered = answered && r->poll.on;
    r->poll.delay_ns = answered || r->poll.delay_ns == 0 ? POLL_NS : remote_doubled(r->poll.delay_ns);
    r->poll.at_ns = now + (answered ? POLL_NS : remote_jitter(r->poll.delay_ns));
    if (answered)
        follow_answered(r, &r->poll.known, j);
    else if (r->poll.on)
        r->why = why_not(j);
}

/* ---- turns ---- */

bool follow_turn(struct remote *r, int64_t now)
{
    bool came_up = stream_came_up(r, now);
    if (r->c.follow && !r->stream.asked && now >= r->stream.at_ns)
        ask_stream(r, now);
    if (r->c.follow && r->poll.on && !r->poll.asked && now >= r->poll.at_ns)
        ask_status(r, now);
    return came_up;
}

int64_t follow_due(const struct remote *r)
{
    int64_t stream = r->c.follow && !r->stream.asked ? r->stream.at_ns : 0;
    int64_t poll = r->c.follow && r->poll.on && !r->poll.asked ? r->poll.at_ns : 0;
    return stream == 0 || (poll != 0 && poll < stream) ? poll : stream;
}

bool follow_ended(struct remote *r, struct fetch_job *j, int64_t now)
{
    if (j->owner == r)
        stream_ended(r, j, now);
    else if (j->owner == &r->poll)
        poll_ended(r, j, now);
    else
        return false;
    return true;
}
