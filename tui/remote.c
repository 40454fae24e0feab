#include "tui/remote_private.h"

#include "shared/clock.h"
#include "shared/digest.h"
#include "shared/json.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define OPEN_MAX_REQUESTS 64 /* as in process */
#define ANSWER_MAX (32u * 1024 * 1024)
#define ACTOR_MAX 100
#define QUERY_MS 15000
#define COMMAND_MS 10000                 /* one attempt */
#define GIVE_UP_NS (INT64_C(10000) * MS) /* after the first broken attempt of a command */
#define FAREWELL_NS (INT64_C(2000) * MS)

/* ---- replies ---- */

static void reply(struct remote *r, const struct api_request *q, int status, int64_t position,
                  struct buf *body)
{
    struct api_reply *a = reply_new(q->op, q->tag, status, position, body);
    if (a == NULL)
        r->open--;
    else
        replies_put(&r->ready, a);
}

static void reply_lost(struct remote *r, const struct api_request *q, enum fetch_fault fault)
{
    struct buf body = BUF_INIT(200);
    buf_addf(&body, "%s%s", api_changes(q->op) ? "no answer: " : "", fetch_fault_text(fault));
    reply(r, q, 0, 0, &body);
}

/* What stands between here and the service answers in its own words; the console reads JSON. */
static void put_problem(struct buf *body, int status)
{
    char title[40], detail[100];
    snprintf(title, sizeof title, "HTTP status %d", status);
    snprintf(detail, sizeof detail, "the answer has the HTTP status %d and no reason", status);
    buf_clear(body);
    buf_addc(body, '{');
    json_put_string(body, "title", title);
    json_put_int(body, "status", status);
    json_put_string(body, "detail", detail);
    buf_addc(body, '}');
}

static void reply_answer(struct remote *r, const struct asked *a, struct fetch_job *j)
{
    const struct api_request *q = &a->q;
    int64_t position = follow_answered(r, &a->known, j);
    bool empty = j->status == 204 && j->answer.len == 0;
    if (!empty && strcmp(j->media, "application/json") != 0 &&
        strcmp(j->media, "application/problem+json") != 0)
        put_problem(&j->answer, j->status);
    if (q->op == API_STATUS && j->status == 200 && r->c.status != NULL && j->answer.len > 0)
        r->c.status(r->c.ctx, j->answer.data, j->answer.len);
    reply(r, q, j->status, position, &j->answer);
}

/* ---- requests ---- */

static void add_segment(struct buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        bool plain =
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", *text) != NULL;
        buf_addf(b, plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
}

static void put_path(struct buf *b, const struct api_request *q)
{
    /* {} stands for the order or the letter */
    static const char *const paths[API_OPS] = {
        [API_LIST] = "/orders",
        [API_COUNT] = "/orders/count",
        [API_ORDER] = "/orders/{}",
        [API_TIMELINE] = "/orders/{}/events",
        [API_EVENTS] = "/events",
        [API_STATS] = "/orders/stats",
        [API_STATUS] = "/status",
        [API_LOGS] = "/logs",
        [API_COMMAND] = "/orders/{}/",
        [API_DEAD_LETTERS] = "/dead-letters",
        [API_DEAD_REPLAY] = "/dead-letters/{}/replay",
        [API_DEAD_REPLAY_ALL] = "/dead-letters/replay",
        [API_DEAD_DROP] = "/dead-letters/{}",
        [API_RELAY_SKIP] = "/relay/skip",
    };
    const char *path = paths[q->op], *hole = strstr(path, "{}");
    buf_addf(b, "%s%.*s", REMOTE_BASE, (int)(hole != NULL ? hole - path : (ptrdiff_t)strlen(path)), path);
    if (hole != NULL) {
        add_segment(b, q->op == API_DEAD_REPLAY || q->op == API_DEAD_DROP ? q->letter : q->order_id);
        buf_adds(b, hole + 2);
    }
    if (q->op == API_COMMAND)
        add_segment(b, q->command);
    else if (q->query[0] != '\0')
        buf_addf(b, "?%s", q->query);
}

struct fetch_job *remote_job(struct remote *r, const char *method, const char *path, size_t most)
{
    struct buf url = BUF_INIT(8192);
    buf_addf(&url, "%s%s", r->url, path);
    struct fetch_job *j = url.failed ? NULL : fetch_job_new(method, url.data, most);
    buf_release(&url);
    if (j == NULL)
        return NULL;
    j->reply_to = &r->answers;
    j->direct = r->direct;
    if (r->authorization != NULL && !fetch_job_field(j, "Authorization", r->authorization)) {
        fetch_job_free(j);
        return NULL;
    }
    return j;
}

/* The service takes at most so many characters, and none that controls. */
static const char *actor(const char *text, char *out)
{
    size_t n = 0, characters = 0;
    if (!utf8_valid(text, strlen(text)))
        return "";
    for (; text[n] != '\0'; n++) {
        bool first = ((unsigned char)text[n] & 0xc0) != 0x80;
        if (first && characters++ == ACTOR_MAX)
            break;
        out[n] = text[n];
        if ((unsigned char)text[n] < 0x20 || text[n] == 0x7f)
            out[n] = '?';
    }
    out[n] = '\0';
    return out;
}

static bool add_change_fields(struct fetch_job *j, const struct asked *a)
{
    char version[32], name[sizeof a->q.actor];
    snprintf(version, sizeof version, "\"%lld\"", (long long)a->q.if_version);
    if (a->q.body[0] != '\0') {
        buf_adds(&j->body, a->q.body);
        if (j->body.failed || !fetch_job_field(j, "Content-Type", "application/json"))
            return false;
    }
    return fetch_job_field(j, "Idempotency-Key", a->key) &&
           (a->q.if_version < 0 || fetch_job_field(j, "If-Match", version)) &&
           fetch_job_field(j, "X-Actor", actor(a->q.actor, name));
}

/* false: too much is under way. */
static bool send_job(struct remote *r, struct asked *a)
{
    bool change = api_changes(a->q.op);
    const char *method = a->q.op == API_DEAD_DROP ? "DELETE" : change ? "POST" : "GET";
    struct buf path = BUF_INIT(4096);
    put_path(&path, &a->q);
    struct fetch_job *j = path.failed ? NULL : remote_job(r, method, path.data, ANSWER_MAX);
    buf_release(&path);
    if (j == NULL)
        return false;
    a->known = r->known;
    j->owner = a;
    j->type = a->q.op == API_DEAD_DROP ? NULL : "application/json"; /* which has no body when it is done */
    j->whole_ms = change ? COMMAND_MS : QUERY_MS;
    if ((!change || add_change_fields(j, a)) && fetch_submit(r->fetch, j))
        return true;
    fetch_job_free(j);
    return false;
}

static void query_answered(struct remote *r, struct asked *a, struct fetch_job *j)
{
    if (j->fault == FETCH_OK)
        reply_answer(r, a, j);
    else
        reply_lost(r, &a->q, j->fault);
    free(a);
}

/* ---- commands ---- */

static bool may_have_arrived(enum fetch_fault f)
{
    return f == FETCH_TIMEOUT || f == FETCH_BROKEN;
}

static bool worth_another_try(enum fetch_fault f)
{
    return may_have_arrived(f) || f == FETCH_NO_CONNECTION || f == FETCH_NO_HOST;
}

/* A quarter more or less, so that those who lost a service together do not come back together. */
int64_t remote_jitter(int64_t delay_ns)
{
    uint16_t chance;
    random_bytes(&chance, sizeof chance);
    return delay_ns * 3 / 4 + delay_ns / 2 * chance / UINT16_MAX;
}

int64_t remote_doubled(int64_t delay_ns)
{
    return delay_ns * 2 < DELAY_MOST_NS ? delay_ns * 2 : DELAY_MOST_NS;
}

static void drop_command(struct remote *r, struct asked *a)
{
    struct asked **link = &r->commands;
    while (*link != a)
        link = &(*link)->next;
    *link = a->next;
    free(a);
}

/* Does an earlier command of the same order stand before it? What is about no order is one after the other. */
static bool must_wait(const struct remote *r, const struct asked *a)
{
    for (const struct asked *b = r->commands; b != a; b = b->next)
        if (strcmp(b->q.order_id, a->q.order_id) == 0)
            return true;
    return false;
}

/* Sends the commands whose time has come, and gives up those whose time is over. */
static void pump(struct remote *r, int64_t now)
{
    for (struct asked *a = r->commands, *next; a != NULL; a = next) {
        next = a->next;
        if (a->sent || must_wait(r, a))
            continue;
        if (a->give_up_ns != 0 && now >= a->give_up_ns) {
            reply_lost(r, &a->q, a->fault);
            drop_command(r, a);
        } else if (now >= a->retry_ns) {
            a->sent = send_job(r, a);
            a->retry_ns = now + remote_jitter(DELAY_FIRST_NS);
        }
    }
}

/* The service has no status of the 5xx but 503 (and 501, 505), so the others come from what stands before it, which
 * cannot know what became of the request. 503 says that this attempt did nothing, which says nothing of an earlier. */
static enum fetch_fault outcome(const struct asked *a, const struct fetch_job *j)
{
    bool gateway = j->status == 500 || j->status == 502 || j->status == 504;
    if (j->fault == FETCH_OK && (gateway || (j->status == 503 && may_have_arrived(a->fault))))
        return FETCH_BROKEN;
    return j->fault;
}

static void command_answered(struct remote *r, struct asked *a, struct fetch_job *j, int64_t now)
{
    enum fetch_fault fault = outcome(a, j);
    a->sent = false;
    if (!worth_another_try(fault)) {
        if (fault == FETCH_OK)
            reply_answer(r, a, j);
        else
            reply_lost(r, &a->q, fault);
        drop_command(r, a);
        return;
    }
    if (a->give_up_ns == 0)
        a->give_up_ns = now + GIVE_UP_NS;
    if (!may_have_arrived(a->fault)) /* what is unknown once stays unknown */
        a->fault = fault;
    a->delay_ns = a->delay_ns == 0 ? DELAY_FIRST_NS : remote_doubled(a->delay_ns);
    a->retry_ns = now + remote_jitter(a->delay_ns);
}

/* ---- turns: everything that is due, on the owner's thread ---- */

static void set_timer(struct remote *r)
{
    struct itimerspec t = {.it_value.tv_sec = 0};
    int64_t first = follow_due(r);
    for (const struct asked *a = r->commands; a != NULL; a = a->next) {
        if (a->sent || must_wait(r, a))
            continue;
        int64_t at = a->give_up_ns != 0 && a->give_up_ns < a->retry_ns ? a->give_up_ns : a->retry_ns;
        first = first == 0 || at < first ? at : first;
    }
    t.it_value.tv_sec = (time_t)(first / 1000000000);
    t.it_value.tv_nsec = (long)(first % 1000000000);
    timerfd_settime(r->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void asked_ended(struct remote *r, struct asked *a, struct fetch_job *j, int64_t now)
{
    if (api_changes(a->q.op))
        command_answered(r, a, j, now);
    else
        query_answered(r, a, j);
}

static void collect(struct remote *r, int64_t now)
{
    for (struct node *n = mailbox_take(&r->answers), *next; n != NULL; n = next) {
        struct fetch_job *j = (struct fetch_job *)n;
        next = n->next;
        if (!follow_ended(r, j, now))
            asked_ended(r, j->owner, j, now);
        fetch_job_free(j);
    }
}

/* What waited for the service goes out at once. */
static void hurry(struct remote *r)
{
    for (struct asked *a = r->commands; a != NULL; a = a->next)
        a->retry_ns = 0;
}

static void turn(struct remote *r)
{
    int64_t now = clock_mono_ns();
    collect(r, now);
    if (follow_turn(r, now))
        hurry(r);
    pump(r, now);
    set_timer(r); /* which also clears it */
}

/* ---- the port ---- */

static bool api_submit(struct api *base, const struct api_request *q)
{
    struct remote *r = (struct remote *)base;
    struct asked *a = r->open < OPEN_MAX_REQUESTS && (unsigned)q->op < API_OPS ? calloc(1, sizeof *a) : NULL;
    if (a == NULL)
        return false;
    a->q = *q;
    if (api_changes(q->op)) {
        struct asked **link = &r->commands;
        while (*link != NULL)
            link = &(*link)->next;
        *link = a;
        ulid_format(ulid_new(), a->key);
        pump(r, clock_mono_ns());
        set_timer(r);
    } else if (!send_job(r, a)) {
        free(a);
        return false;
    }
    r->open++;
    return true;
}

static struct api_reply *api_take(struct api *base)
{
    struct remote *r = (struct remote *)base;
    eventfd_t ignored;
    struct api_reply *a = replies_take(&r->ready);
    if (a == NULL) {
        eventfd_read(r->moved_fd, &ignored);
        turn(r);
        a = replies_take(&r->ready);
    }
    r->open -= a != NULL;
    return a;
}

static int api_fd(struct api *base)
{
    return ((struct remote *)base)->epoll_fd;
}

static int64_t api_position(struct api *base)
{
    struct remote *r = (struct remote *)base;
    follow_listen(r);
    return r->known.position;
}

static unsigned api_log(struct api *base)
{
    return ((struct remote *)base)->known.log;
}

static bool api_connected(struct api *base, const char **ret_why)
{
    return follow_connected((struct remote *)base, ret_why);
}

static const char *api_url(struct api *base)
{
    return ((struct remote *)base)->url;
}

static const struct api_ops ops = {
    .submit = api_submit,
    .take = api_take,
    .fd = api_fd,
    .position = api_position,
    .log = api_log,
    .connected = api_connected,
    .url = api_url,
};

/* ---- start and end ---- */

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    return fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static bool open_descriptors(struct remote *r, struct err *e)
{
    bool box = mailbox_init(&r->answers);
    box = replies_init(&r->ready) && box;
    r->moved_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return (box && r->epoll_fd >= 0 && watch(r->epoll_fd, r->ready.fd) && watch(r->epoll_fd, r->moved_fd) &&
            watch(r->epoll_fd, r->timer_fd) && watch(r->epoll_fd, r->answers.fd)) ||
           err_set(e, ERR_STORAGE_BUSY, "no descriptors left for the console");
}

static bool copy_texts(struct remote *r, const struct remote_config *c, struct err *e)
{
    for (const char *p = c->api_key; *p != '\0'; p++)
        if (*p <= 0x20 || *p == 0x7f) /* beyond ASCII too, where char is signed */
            return err_set(e, ERR_INVALID_PARAMETER, "the API key has a character that a key cannot have");
    r->url = strdup(c->url);
    if (c->api_key[0] != '\0' && asprintf(&r->authorization, "Bearer %s", c->api_key) < 0)
        r->authorization = NULL;
    r->direct = fetch_url_loopback(c->url);
    return (r->url != NULL && (c->api_key[0] == '\0' || r->authorization != NULL)) ||
           err_set(e, ERR_STORAGE_BUSY, "out of memory");
}

struct api *remote_open(const struct remote_config *c, struct err *ret_err)
{
    struct remote *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    r->base.ops = &ops;
    r->c = *c;
    r->why = "connecting";
    if (open_descriptors(r, ret_err) && copy_texts(r, c, ret_err))
        r->fetch = fetch_start(OPEN_MAX_REQUESTS + 2, ret_err);
    if (r->fetch == NULL) {
        remote_close(&r->base);
        return NULL;
    }
    turn(r);
    return &r->base;
}

/* A command that is on its way gets there, although nobody will see its answer. */
static void wait_for_commands(struct remote *r)
{
    int64_t until = clock_mono_ns() + FAREWELL_NS;
    r->c.follow = false;
    r->c.status = NULL;
    while (r->commands != NULL && clock_mono_ns() < until) {
        struct pollfd p = {.fd = r->epoll_fd, .events = POLLIN};
        struct api_reply *a = api_take(&r->base);
        if (a == NULL && r->commands != NULL)
            poll(&p, 1, (int)((until - clock_mono_ns()) / MS) + 1);
        api_reply_free(a);
    }
}

static bool is_query(const struct remote *r, const struct fetch_job *j)
{
    return j->owner != r && j->owner != &r->poll && !api_changes(((struct asked *)j->owner)->q.op);
}

static void free_open(struct remote *r)
{
    for (struct node *n = mailbox_take(&r->answers), *next; n != NULL; n = next) {
        struct fetch_job *j = (struct fetch_job *)n;
        next = n->next;
        if (is_query(r, j))
            free(j->owner);
        fetch_job_free(j);
    }
    for (struct asked *a = r->commands, *next; a != NULL; a = next) {
        next = a->next;
        free(a);
    }
}

void remote_close(struct api *base)
{
    struct remote *r = (struct remote *)base;
    if (r->fetch != NULL)
        wait_for_commands(r);
    fetch_stop(r->fetch);
    free_open(r);
    mailbox_release(&r->answers);
    replies_release(&r->ready);
    const int fds[] = {r->moved_fd, r->timer_fd, r->epoll_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(r->url);
    free(r->authorization);
    free(r);
}
