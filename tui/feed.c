#include "tui/feed.h"

#include "tui/order.h"
#include "tui/percent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 50           /* rows read beyond those on screen */
#define NEWER_LIMIT 200    /* events of one answer */
#define OLDER_LIMIT 1000   /* the most that REST gives */
#define WINDOW_FIRST 100   /* positions */
#define WINDOW_MOST 150000 /* what the service looks at for one answer */

bool feed_init(struct feed *f)
{
    *f = (struct feed){.rows = calloc(FEED_ROWS, sizeof(*f->rows)), .visible = 1};
    feed_restart(f);
    return f->rows != NULL;
}

void feed_release(struct feed *f)
{
    free(f->rows);
    f->rows = NULL;
}

void feed_restart(struct feed *f)
{
    f->first = f->n = f->up = 0;
    f->low = f->high = f->left = f->counted = f->fresh = 0;
    f->begun = f->behind = f->gave_up = false;
    f->window = *f->filter.order ? INT64_MAX : WINDOW_FIRST; /* the service finds one order's by itself */
}

const struct feed_event *feed_at(const struct feed *f, size_t back)
{
    if (back >= f->n)
        return NULL;
    return &f->rows[(f->first + f->n - 1 - back) % FEED_ROWS];
}

int64_t feed_newest(const struct feed *f)
{
    return f->n ? feed_at(f, 0)->position : 0;
}

/* ---- types */

static const struct {
    const char *type, *sentence;
} types[] = {
#define EVENT(id, type, sentence) {type, sentence},
    EVENT_TYPES(EVENT)
#undef EVENT
};
#define TYPES (sizeof(types) / sizeof(types[0]))

const char *feed_type(size_t i, const char **ret_sentence)
{
    if (i >= TYPES)
        return NULL;
    *ret_sentence = types[i].sentence;
    return types[i].type;
}

const char *feed_label(const char *type)
{
    static const char common[] = "wms.order.";

    return strncmp(type, common, sizeof(common) - 1) == 0 ? type + sizeof(common) - 1 : type;
}

bool feed_event_read(const struct json_doc *doc, const struct json *entry, struct feed_event *ret)
{
    const struct json *event = json_get(entry, "event"), *data = json_get(event, "data");
    const char *type = json_string(json_get(event, "type")),
               *subject = json_string(json_get(event, "subject"));
    const char *customer = json_string(json_get(data, "customerId")),
               *status = json_string(json_get(data, "status"));
    const char *actor = json_string(json_get(event, "actor"));

    *ret = (struct feed_event){0};
    if (!type || !subject || !json_int(doc, json_get(entry, "position"), &ret->position))
        return false;
    if (!actor)
        actor = json_string(json_get(event, "caller"));
    if (!status || !status_find(status, &ret->status))
        ret->status = STATUS_RECEIVED;
    ret->time = json_moment(event, "time");
    ret->sent = json_moment(entry, "sentAt");
    snprintf(ret->type, sizeof(ret->type), "%s", type);
    snprintf(ret->order, sizeof(ret->order), "%s", subject);
    snprintf(ret->customer, sizeof(ret->customer), "%s", customer ? customer : "");
    snprintf(ret->actor, sizeof(ret->actor), "%s", actor ? actor : "");
    return true;
}

/* ---- what is shown */

static bool add_type(struct feed_filter *f, const char *word, size_t n)
{
    size_t used = strlen(f->types);

    for (size_t i = 0; i < TYPES; i++) {
        const char *label = feed_label(types[i].type);

        if (strlen(label) != n || strncasecmp(label, word, n) != 0)
            continue;
        snprintf(f->types + used, sizeof(f->types) - used, "%s%s", used ? "," : "", types[i].type);
        return true;
    }
    return false;
}

bool feed_filter_read(const char *words, struct feed_filter *ret, size_t *ret_at)
{
    static const char between[] = " ,";
    const char *at = words + strspn(words, between);

    snprintf(ret->words, sizeof(ret->words), "%s", words);
    *ret->types = 0;
    for (size_t n; *at; at += n, at += strspn(at, between)) {
        n = strcspn(at, between);
        *ret_at = (size_t)(at - words);
        if (!add_type(ret, at, n))
            return false;
    }
    for (size_t n = strlen(ret->words); n > 0 && strchr(between, ret->words[n - 1]); n--)
        ret->words[n - 1] = 0;
    return strlen(words) < sizeof(ret->words);
}

bool feed_filtered(const struct feed *f)
{
    return *f->filter.types || *f->filter.order;
}

void feed_set_filter(struct feed *f, const struct feed_filter *filter)
{
    f->filter = *filter;
    feed_restart(f);
}

static void put_filter(const struct feed *f, struct buf *out)
{
    if (*f->filter.types) {
        buf_adds(out, "&type=");
        percent_encode(out, f->filter.types);
    }
    if (*f->filter.order) {
        buf_adds(out, "&orderId=");
        percent_encode(out, f->filter.order);
    }
}

/* ---- the newest end */

/* Nothing that is on screen, and enough below it, may be dropped for the newest. */
static bool room_above(const struct feed *f)
{
    return f->n < FEED_ROWS || f->up + f->visible + AHEAD < FEED_ROWS;
}

bool feed_wants_newer(struct feed *f, int64_t position)
{
    if (!f->begun || position < f->low) { /* at first, or the log is another one */
        feed_restart(f);
        f->low = f->high = position;
        f->begun = true;
    }
    f->behind = !room_above(f) && (f->behind || f->high < position);
    return !f->behind && f->high < position;
}

void feed_newer_query(struct feed *f, int64_t position, struct buf *out)
{
    if (f->up == 0 && !feed_filtered(f) &&
        position - f->high > FEED_ROWS) { /* sooner there than read through */
        feed_restart(f);
        f->low = f->high = position;
        f->begun = true;
    }
    buf_addf(out, "after=%" PRId64 "&limit=%d", f->high, NEWER_LIMIT);
    put_filter(f, out);
}

static bool push_newest(struct feed *f, const struct feed_event *e)
{
    if (f->n == FEED_ROWS && !room_above(f))
        return false;
    if (f->n == FEED_ROWS) {
        f->low = f->rows[f->first].position;
        f->first = (f->first + 1) % FEED_ROWS;
        f->n--;
    }
    f->rows[(f->first + f->n) % FEED_ROWS] = *e;
    f->n++;
    f->high = e->position;
    f->up += f->up > 0;
    if (e->position > f->counted) {
        f->fresh++;
        f->counted = e->position;
    }
    return true;
}

static int64_t next_after(const struct json_doc *doc, int64_t otherwise)
{
    int64_t n;

    return json_int(doc, json_get(json_root(doc), "nextAfter"), &n) ? n : otherwise;
}

void feed_newer_take(struct feed *f, const struct json_doc *doc)
{
    int64_t looked = next_after(doc, f->high);

    for (const struct json *v = json_first(json_get(json_root(doc), "data")); v; v = json_next(v)) {
        struct feed_event e;

        if (!feed_event_read(doc, v, &e) || e.position <= f->high)
            continue;
        if (!push_newest(f, &e)) {
            f->behind = true;
            return;
        }
    }
    if (looked > f->high)
        f->high = looked;
}

/* ---- the oldest end */

bool feed_wants_older(const struct feed *f)
{
    bool full = f->n == FEED_ROWS && f->up == 0;

    return f->begun && !f->gave_up && f->low > 0 && !full && f->up + f->visible + AHEAD > f->n;
}

void feed_give_up(struct feed *f)
{
    f->gave_up = true;
}

static int64_t window_from(const struct feed *f)
{
    return f->low < f->window ? 0 : f->low - f->window;
}

void feed_older_query(const struct feed *f, struct buf *out)
{
    buf_addf(out, "after=%" PRId64 "&upto=%" PRId64 "&limit=%d", window_from(f), f->low, OLDER_LIMIT);
    put_filter(f, out);
}

/* Puts it before the oldest; the newest gives way when the view is far enough from it. */
static bool push_oldest(struct feed *f, const struct feed_event *e)
{
    if (f->n == FEED_ROWS && f->up == 0)
        return false;
    if (f->n == FEED_ROWS) {
        f->high = feed_at(f, 0)->position - 1;
        f->n--;
        f->up--;
        f->behind = true;
    }
    f->first = (f->first + FEED_ROWS - 1) % FEED_ROWS;
    f->rows[f->first] = *e;
    f->n++;
    f->low = e->position - 1;
    return true;
}

/* There were too many: what was not given lies before ours. */
static void narrow(struct feed *f)
{
    f->window = (f->low < f->window ? f->low : f->window) / 8;
    f->window += f->window == 0;
}

static void widen(struct feed *f)
{
    int64_t most = *f->filter.order ? INT64_MAX : WINDOW_MOST;

    f->window = f->window < most / 4 ? f->window * 4 : most;
}

void feed_older_take(struct feed *f, const struct json_doc *doc)
{
    const struct json *data = json_get(json_root(doc), "data");
    size_t n = json_size(data), found = 0;
    int64_t from = window_from(f);
    struct feed_event *events = calloc(n ? n : 1, sizeof(*events));

    if (!events)
        return;
    if (next_after(doc, f->low) < f->low && f->window > 1) {
        narrow(f);
        free(events);
        return;
    }
    for (const struct json *v = json_first(data); v; v = json_next(v))
        found += feed_event_read(doc, v, &events[found]) && events[found].position <= f->low;
    for (size_t i = found; i > 0; i--) {
        if (!push_oldest(f, &events[i - 1])) {
            free(events);
            return;
        }
    }
    f->low = from;
    if (found < WINDOW_FIRST / 2)
        widen(f);
    free(events);
}

/* ---- the view */

void feed_live(struct feed *f)
{
    f->up = 0;
    if (f->behind)
        feed_restart(f);
}

void feed_move(struct feed *f, long rows)
{
    long most = f->n > f->visible ? (long)(f->n - f->visible) : 0, to = (long)f->up + rows;

    f->gave_up = false;
    if (f->up == 0 && !f->behind) {
        f->left = f->counted = f->high;
        f->fresh = 0;
    }
    f->up = to < 0 ? 0 : (size_t)(to > most ? most : to);
}

int64_t feed_fresh(const struct feed *f, int64_t position, bool *ret_more)
{
    *ret_more = false;
    if (f->up == 0 && !f->behind)
        return 0;
    if (!feed_filtered(f))
        return position > f->left ? position - f->left : 0;
    *ret_more = f->behind && position > f->counted;
    return f->fresh;
}
