/* The queries: each prepares a job, runs it on a reader thread, and writes the JSON body. */
#include "service/order/order_json.h"
#include "service/read/cursor.h"
#include "service/read/query_private.h"
#include "shared/json.h"

#include <string.h>

#define BODY_MAX (64u * 1024 * 1024)
#define COUNT_CAP 10000
#define LOOK_MAX 200000 /* events looked at for one page of the log */

static bool run_state(struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    const struct state *s = j->state;
    buf_init(&j->body, BODY_MAX);
    return s->run(s, j, r, ret_err);
}

struct state *query_prepare(struct read_job *j, struct err *ret_err)
{
    struct state *s = arena_alloc(&j->arena, sizeof *s);
    if (s == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    j->state = s;
    j->run = run_state;
    return s;
}

/* ---- lists and counts ---- */

static void render_orders(struct buf *out, const struct order_page *page, int64_t now)
{
    json_key(out, "data");
    buf_addc(out, '[');
    for (size_t i = 0; i < page->n; i++) {
        if (i > 0)
            buf_addc(out, ',');
        order_render(out, &page->orders[i], now);
    }
    buf_addc(out, ']');
}

static bool render_page_numbers(const struct order_query *q, struct store_reader *r, struct buf *out,
                                struct err *ret_err)
{
    int64_t total;
    if (!r->ops->count(r, q, INT64_MAX, &total, ret_err))
        return false;
    json_put_int(out, "page", q->offset / q->limit + 1);
    json_put_int(out, "pageSize", q->limit);
    json_put_int(out, "totalItems", total);
    json_put_int(out, "totalPages", (total + q->limit - 1) / q->limit);
    return true;
}

static bool run_list(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    const struct order_query *q = &s->list.query;
    struct order_page page;
    if (!r->ops->list(r, q, &j->arena, &page, ret_err))
        return false;
    buf_addc(&j->body, '{');
    render_orders(&j->body, &page, q->now);
    if (page.more && !s->list.paged) {
        char cursor[CURSOR_TEXT_MAX];
        cursor_format(&page.next, cursor_fingerprint(q), cursor);
        json_put_string(&j->body, "nextCursor", cursor);
    } else {
        json_put_null(&j->body, "nextCursor");
    }
    if (s->list.paged && !render_page_numbers(q, r, &j->body, ret_err))
        return false;
    buf_addc(&j->body, '}');
    return true;
}

bool query_list(struct read_job *j, const struct param *params, size_t n, enum list_style style, int64_t now,
                struct err *ret_err, int64_t *ret_position)
{
    *ret_position = -1;
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL ||
        !list_request_read(&s->list, params, n, style, false, now, &j->arena, ret_err, ret_position))
        return false;
    s->run = run_list;
    const char *cursor = s->list.cursor;
    if (cursor != NULL && !cursor_parse(cursor, cursor_fingerprint(&s->list.query), &s->list.query.cursor))
        return err_set(ret_err, ERR_INVALID_CURSOR, "the cursor does not belong to this filter and sort");
    return true;
}

static bool run_count(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    int64_t n;
    if (!r->ops->count(r, &s->list.query, COUNT_CAP + 1, &n, ret_err))
        return false;
    buf_addc(&j->body, '{');
    json_put_int(&j->body, "count", n > COUNT_CAP ? COUNT_CAP : n);
    json_put_bool(&j->body, "more", n > COUNT_CAP);
    buf_addc(&j->body, '}');
    return true;
}

bool query_count(struct read_job *j, const struct param *params, size_t n, int64_t now, struct err *ret_err,
                 int64_t *ret_position)
{
    *ret_position = -1;
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL ||
        !list_request_read(&s->list, params, n, LIST_CURSOR, true, now, &j->arena, ret_err, ret_position))
        return false;
    s->run = run_count;
    return true;
}

/* ---- events ---- */

struct placed_note {
    int64_t position; /* the newest event when it was written */
    struct note note;
};

struct entries {
    struct buf *out;
    bool any;
    int64_t last;
    int n;
    /* of a timeline */
    struct arena *arena;
    struct placed_note *notes;
    size_t n_notes, cap_notes, next_note;
    int64_t after;
};

static bool keep_note(void *ctx, const struct note *note, int64_t position)
{
    struct entries *x = ctx;
    if (position < x->after)
        return true;
    if (x->n_notes == x->cap_notes) {
        size_t cap = x->cap_notes * 2 + 8;
        struct placed_note *more = arena_alloc(x->arena, cap * sizeof *more);
        if (more == NULL)
            return false;
        if (x->n_notes > 0)
            memcpy(more, x->notes, x->n_notes * sizeof *more);
        x->notes = more;
        x->cap_notes = cap;
    }
    const char *text = arena_strdup(x->arena, note->text);
    x->notes[x->n_notes++] =
        (struct placed_note){.position = position, .note = {note->time, text ? text : ""}};
    return text != NULL;
}

static void put_notes_before(struct entries *x, int64_t position)
{
    for (; x->next_note < x->n_notes && x->notes[x->next_note].position < position; x->next_note++) {
        const struct note *n = &x->notes[x->next_note].note;
        if (x->any)
            buf_addc(x->out, ',');
        buf_adds(x->out, "{\"kind\":\"note\"");
        json_put_time(x->out, "time", n->time);
        json_put_string(x->out, "text", n->text);
        buf_addc(x->out, '}');
        x->any = true;
    }
}

static bool add_entry(void *ctx, const struct event *e, int64_t sent_at)
{
    struct entries *x = ctx;
    put_notes_before(x, e->position);
    if (x->any)
        buf_addc(x->out, ',');
    event_render_entry(x->out, e, sent_at);
    x->any = true;
    x->n++;
    x->last = e->position;
    return true;
}

/* The order that was asked for; one that is not there is an error. */
static bool get_order(const struct state *s, struct read_job *j, struct store_reader *r, struct order *ret,
                      struct err *ret_err)
{
    bool found;
    if (!r->ops->get(r, s->id, &j->arena, ret, &found, ret_err))
        return false;
    return found || err_set(ret_err, ERR_ORDER_NOT_FOUND, "there is no such order");
}

/* The order of a timeline must be there; its notes are kept for their places. */
static bool open_timeline(const struct state *s, struct read_job *j, struct store_reader *r,
                          struct entries *x, struct err *ret_err)
{
    struct order o;
    if (!get_order(s, j, r, &o, ret_err))
        return false;
    x->arena = &j->arena;
    x->after = s->events.after;
    return r->ops->notes(r, s->id, keep_note, x, ret_err);
}

static bool run_events(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    struct entries x = {.out = &j->body, .last = s->events.after};
    struct event_query q = s->events;
    int64_t looked = q.after;
    q.scan = s->timeline ? 0 : LOOK_MAX;
    q.looked = &looked;
    if (s->timeline && !open_timeline(s, j, r, &x, ret_err))
        return false;
    buf_adds(&j->body, "{\"data\":[");
    if (!r->ops->events(r, &q, add_entry, &x, ret_err))
        return false;
    if (x.n < s->events.limit)
        put_notes_before(&x, INT64_MAX);
    buf_addc(&j->body, ']');
    /* of the log: behind what the filter left out, so that the next page does not look at it again */
    json_put_int(&j->body, "nextAfter", s->timeline ? x.last : looked);
    buf_addc(&j->body, '}');
    return true;
}

static bool read_types(const char *list, struct event_query *q, struct arena *a, struct err *ret_err)
{
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, ",");
        char *word = arena_memdup(a, at, len);
        enum event_type t;
        if (word == NULL || !event_type_find(word, &t))
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter 'type' has the unknown value '%.60s'",
                           word ? word : "");
        q->types |= 1u << t;
        at += len;
        if (*at == '\0')
            return true;
    }
}

bool event_query_read(struct event_query *q, const struct param *params, size_t n, bool log, struct arena *a,
                      struct err *ret_err)
{
    unsigned seen = 0;
    *q = (struct event_query){.limit = 100};
    for (size_t i = 0; i < n; i++) {
        const struct param *p = &params[i];
        int64_t v;
        unsigned bit = strcmp(p->name, "after") == 0            ? 1
                       : strcmp(p->name, "limit") == 0          ? 2
                       : strcmp(p->name, "type") == 0           ? 4
                       : log && strcmp(p->name, "orderId") == 0 ? 8
                       : log && strcmp(p->name, "upto") == 0    ? 16
                                                                : 0;
        if (bit == 0)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter '%.60s' is unknown", p->name);
        if ((seen & bit) && bit != 4)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter '%s' is given twice", p->name);
        seen |= bit;
        if (bit == 1 && !param_int(p, 0, POSITION_MAX, &q->after, ret_err))
            return false;
        if (bit == 16 && !param_int(p, 1, POSITION_MAX, &q->upto, ret_err))
            return false;
        if (bit == 2 && !param_int(p, 1, 1000, &v, ret_err))
            return false;
        if (bit == 2)
            q->limit = (int)v;
        if (bit == 4 && !read_types(p->value, q, a, ret_err))
            return false;
        if (bit == 8 && !(q->has_order = ulid_parse_order(p->value, &q->order_id)))
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter 'orderId' is no order id");
    }
    return true;
}

bool query_events(struct read_job *j, const struct param *params, size_t n, struct err *ret_err)
{
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL || !event_query_read(&s->events, params, n, true, &j->arena, ret_err))
        return false;
    s->run = run_events;
    return true;
}

bool query_timeline(struct read_job *j, struct ulid id, const struct param *params, size_t n,
                    struct err *ret_err)
{
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL || !event_query_read(&s->events, params, n, false, &j->arena, ret_err))
        return false;
    if (n == 0)
        s->events.limit = 1000; /* a whole life */
    s->events.has_order = true;
    s->events.order_id = id;
    s->id = id;
    s->timeline = true;
    s->run = run_events;
    return true;
}

/* ---- one order, stats ---- */

static bool run_order(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    struct order o;
    if (!get_order(s, j, r, &o, ret_err))
        return false;
    order_render(&j->body, &o, s->now);
    return true;
}

bool query_order(struct read_job *j, struct ulid id, int64_t now, struct err *ret_err)
{
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL)
        return false;
    s->id = id;
    s->now = now;
    s->run = run_order;
    return true;
}

static void render_status(struct buf *out, const struct store_stats *st, int i)
{
    json_key(out, status_word((enum order_status)i)->wire);
    buf_addc(out, '{');
    json_put_int(out, "count", st->by_status[i].count);
    json_put_int(out, "late", st->by_status[i].late);
    if (st->by_status[i].oldest_since > 0)
        json_put_time(out, "oldestSince", st->by_status[i].oldest_since);
    else
        json_put_null(out, "oldestSince");
    buf_addc(out, '}');
}

/* "usual" is in milliseconds, null where no stay has ended in the last seven days. */
static void render_usual(struct buf *out, const struct store_stats *st)
{
    json_key(out, "usual");
    buf_addc(out, '{');
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (!status_is_open((enum order_status)i))
            continue;
        if (st->by_status[i].usual_ms >= 0)
            json_put_int(out, status_word((enum order_status)i)->wire, st->by_status[i].usual_ms);
        else
            json_put_null(out, status_word((enum order_status)i)->wire);
    }
    buf_addc(out, '}');
}

static bool run_stats(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    struct store_stats st;
    struct buf *out = &j->body;
    if (!r->ops->stats(r, s->now, &st, ret_err))
        return false;
    buf_adds(out, "{\"byStatus\":{");
    for (int i = 0; i < STATUS_COUNT; i++)
        render_status(out, &st, i);
    buf_adds(out, "},\"byPriority\":{");
    for (int i = 0; i < PRIORITY_COUNT; i++)
        json_put_int(out, priority_word((enum order_priority)i)->wire, st.by_priority[i]);
    buf_adds(out, "},\"created\":{");
    json_put_int(out, "minute", st.created_minute);
    json_put_int(out, "hour", st.created_hour);
    json_put_int(out, "day", st.created_day);
    buf_addc(out, '}');
    json_put_int(out, "late", st.late);
    render_usual(out, &st);
    json_put_int(out, "unsent", st.unsent);
    if (st.oldest_unsent > 0)
        json_put_time(out, "oldestUnsent", st.oldest_unsent);
    else
        json_put_null(out, "oldestUnsent");
    buf_addc(out, '}');
    return true;
}

bool query_stats(struct read_job *j, int64_t now, struct err *ret_err)
{
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL)
        return false;
    s->now = now;
    s->run = run_stats;
    return true;
}
