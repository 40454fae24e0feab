/* The console's port in process: requests become the same jobs that HTTP requests become, and their bodies the same
 * bytes. Answers come back through two mailboxes (queries, changes) and a list of those that needed no thread. */
#include "service/local_private.h"
#include "shared/clock.h"
#include "shared/json.h"
#include "shared/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define OPEN_MAX_REQUESTS 64

struct api_reply *local_reply(const struct asked *k, int status, int64_t position, struct buf *body)
{
    return reply_new(k->op, k->tag, status, position, body);
}

/* ---- answers that need no thread ---- */

void local_reply_at_once(struct local_api *a, const struct asked *k, int status, struct buf *body)
{
    struct api_reply *r = local_reply(k, status, 0, body);
    if (r == NULL)
        return;
    a->open++;
    replies_put(&a->ready, r);
}

void local_refuse(struct local_api *a, const struct asked *k, const struct err *e, int64_t position)
{
    struct answer answer;
    answer_problem(
        &answer, &(struct problem){.err = *e, .instance = "", .request_id = "console", .position = position});
    local_reply_at_once(a, k, answer.status, &answer.body);
}

static void reply_status(struct local_api *a, const struct asked *k)
{
    struct buf body = BUF_INIT(256 * 1024);
    service_status(a->service, &body);
    local_reply_at_once(a, k, 200, &body);
}

static void reply_logs(struct local_api *a, const struct asked *k, const struct param *params, size_t n)
{
    struct buf body = BUF_INIT(4 * 1024 * 1024);
    uint64_t after = 0;
    int limit = 200;
    enum log_level least = LOG_TRACE;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(params[i].name, "after") == 0)
            after = strtoull(params[i].value, NULL, 10);
        else if (strcmp(params[i].name, "limit") == 0)
            limit = (int)strtol(params[i].value, NULL, 10);
        else if (strcmp(params[i].name, "level") == 0 && !log_level_find(params[i].value, &least))
            least = LOG_TRACE;
    }
    buf_adds(&body, "{\"data\":[");
    uint64_t next = log_read(&body, after, least, limit);
    buf_addc(&body, ']');
    json_put_int(&body, "next", (int64_t)next);
    buf_addc(&body, '}');
    local_reply_at_once(a, k, 200, &body);
}

/* ---- queries ---- */

void local_free_read(struct read_job *j)
{
    free(j->owner);
    buf_release(&j->body);
    arena_release(&j->arena);
    free(j);
}

static bool prepare_query(struct read_job *j, const struct api_request *q, struct err *e, int64_t *position)
{
    struct param *params;
    size_t n;
    struct ulid id;
    int64_t now = clock_wall_ms();
    if (!params_parse(q->query, &j->arena, &params, &n, e))
        return false;
    switch (q->op) {
    case API_LIST: return query_list(j, params, n, LIST_CURSOR, now, e, position);
    case API_COUNT: return query_count(j, params, n, now, e, position);
    case API_EVENTS: return query_events(j, params, n, e);
    case API_STATS: return query_stats(j, now, e);
    case API_ORDER:
    case API_TIMELINE:
        if (!ulid_parse_order(q->order_id, &id))
            return err_set(e, ERR_ORDER_NOT_FOUND, "there is no such order");
        return q->op == API_ORDER ? query_order(j, id, now, e) : query_timeline(j, id, params, n, e);
    case API_DEAD_LETTERS: return query_dead_letters(j, params, n, e);
    case API_STATUS:
    case API_LOGS:
    case API_COMMAND:
    case API_DEAD_REPLAY:
    case API_DEAD_REPLAY_ALL:
    case API_DEAD_DROP:
    case API_RELAY_SKIP:
    case API_OPS: break;
    }
    return err_set(e, ERR_NOT_FOUND, "no such query");
}

struct read_job *local_new_read(struct local_api *a, const struct asked *k)
{
    struct read_job *j = calloc(1, sizeof *j);
    struct asked *kept = malloc(sizeof *kept);
    if (j == NULL || kept == NULL) {
        free(j);
        free(kept);
        return NULL;
    }
    *kept = *k;
    arena_init(&j->arena, LOCAL_ARENA_MAX);
    j->owner = kept;
    j->reply_to = &a->reads;
    j->for_console = true;
    return j;
}

static bool ask(struct local_api *a, const struct asked *k, const struct api_request *q)
{
    struct read_job *j = local_new_read(a, k);
    struct err e;
    int64_t position = -1;
    if (j == NULL)
        return false;
    if (!prepare_query(j, q, &e, &position) || !readers_submit(a->service->readers, j, &e)) {
        local_free_read(j);
        local_refuse(a, k, &e, position);
        return true;
    }
    a->open++;
    return true;
}

struct api_reply *local_answer_read(struct read_job *j)
{
    const struct asked *k = j->owner;
    int status = 200;
    if (j->err.code != ERR_NONE) {
        struct answer answer;
        answer_problem(&answer, &(struct problem){
                                    .err = j->err, .instance = "", .request_id = "console", .position = -1});
        buf_release(&j->body);
        j->body = answer.body;
        status = answer.status;
    }
    struct api_reply *r = local_reply(k, status, j->position, &j->body);
    j->body = (struct buf){0};
    local_free_read(j);
    return r;
}

/* ---- the port ---- */

static bool api_submit(struct api *base, const struct api_request *q)
{
    struct local_api *a = (struct local_api *)base;
    const struct asked k = {.op = q->op, .tag = q->tag};
    struct arena arena;
    struct param *params;
    struct err e;
    size_t n;
    if (a->open >= OPEN_MAX_REQUESTS)
        return false;
    if (q->op == API_STATUS) {
        reply_status(a, &k);
    } else if (q->op == API_LOGS) {
        arena_init(&arena, 64 * 1024);
        if (params_parse(q->query, &arena, &params, &n, &e))
            reply_logs(a, &k, params, n);
        else
            local_refuse(a, &k, &e, -1);
        arena_release(&arena);
    } else {
        return api_changes(q->op) ? local_change(a, &k, q) : ask(a, &k, q);
    }
    return true;
}

void local_append(struct local_api *a, struct api_reply *r)
{
    if (r == NULL)
        a->open--;
    else
        replies_put(&a->ready, r);
}

static void collect(struct local_api *a)
{
    for (struct node *n = mailbox_take(&a->reads), *next; n != NULL; n = next) {
        struct read_job *j = (struct read_job *)n;
        const struct asked *k = j->owner;
        next = n->next;
        if (k->op == API_RELAY_SKIP)
            local_skip_found(a, j);
        else
            local_append(a, local_answer_read(j));
    }
    for (struct node *n = mailbox_take(&a->writes), *next; n != NULL; n = next) {
        next = n->next;
        local_settled(a, (struct job *)n);
    }
}

static struct api_reply *api_take(struct api *base)
{
    struct local_api *a = (struct local_api *)base;
    eventfd_t ignored;
    struct api_reply *r = replies_take(&a->ready);
    if (r == NULL) {
        eventfd_read(a->moved_fd, &ignored);
        collect(a);
        r = replies_take(&a->ready);
    }
    a->open -= r != NULL;
    return r;
}

static int api_fd(struct api *base)
{
    return ((struct local_api *)base)->epoll_fd;
}

/* It listens before the position is read, so a commit in between is told. */
static int64_t api_position(struct api *base)
{
    struct local_api *a = (struct local_api *)base;
    atomic_store(&a->listens, true);
    return a->service->store->ops->position(a->service->store);
}

/* A store has one log. */
static unsigned api_log(struct api *base)
{
    (void)base;
    return 0;
}

void local_api_moved(struct local_api *a)
{
    if (atomic_exchange(&a->listens, false))
        eventfd_write(a->moved_fd, 1);
}

static bool api_connected(struct api *base, const char **ret_why)
{
    (void)base;
    *ret_why = "";
    return true;
}

static const char *api_url(struct api *base)
{
    return service_url(((struct local_api *)base)->service);
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

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    return fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

struct api *service_api_open(struct service *s, struct err *ret_err)
{
    struct local_api *a = calloc(1, sizeof *a);
    if (a == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    bool boxes = mailbox_init(&a->reads);
    boxes = mailbox_init(&a->writes) && boxes;
    boxes = replies_init(&a->ready) && boxes;
    a->base.ops = &ops;
    a->service = s;
    a->moved_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!boxes || a->epoll_fd < 0 || !watch(a->epoll_fd, a->ready.fd) || !watch(a->epoll_fd, a->moved_fd) ||
        !watch(a->epoll_fd, a->reads.fd) || !watch(a->epoll_fd, a->writes.fd)) {
        err_set(ret_err, ERR_STORAGE_BUSY, "no descriptors left for the console");
        service_api_close(&a->base);
        return NULL;
    }
    pthread_mutex_lock(&s->console_lock);
    s->console = a;
    pthread_mutex_unlock(&s->console_lock);
    return &a->base;
}

/* Waits for the answers under way: their jobs hold this port's mailboxes. */
static void wait_for_open(struct local_api *a)
{
    for (;;) {
        struct api_reply *r = api_take(&a->base);
        if (r != NULL) {
            api_reply_free(r);
            continue;
        }
        if (a->open <= 0)
            return;
        struct epoll_event e;
        epoll_wait(a->epoll_fd, &e, 1, -1);
    }
}

void service_api_close(struct api *base)
{
    struct local_api *a = (struct local_api *)base;
    pthread_mutex_lock(&a->service->console_lock); /* from here on the writer is not inside local_api_moved */
    a->service->console = NULL;
    pthread_mutex_unlock(&a->service->console_lock);
    wait_for_open(a);
    mailbox_release(&a->reads);
    mailbox_release(&a->writes);
    replies_release(&a->ready);
    close(a->moved_fd);
    close(a->epoll_fd);
    free(a);
}
