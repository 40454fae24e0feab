#include "tui/radar.h"

#include "tui/percent.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *due_id(const void *rows, size_t i)
{
    return ((const struct order *)rows)[i].id;
}

static const char *stuck_id(const void *rows, size_t i)
{
    return ((const struct stuck *)rows)[i].order.id;
}

/* ---- by promise */

static void put_query(struct buf *out, const char *beside)
{
    char filter[200] = "status:";
    const char *comma = "";

    for (int s = 0; s < STATUS_COUNT; s++) {
        size_t used = strlen(filter);

        if (!status_is_open((enum order_status)s))
            continue;
        snprintf(filter + used, sizeof(filter) - used, "%s%s", comma,
                 status_word((enum order_status)s)->wire);
        comma = ",";
    }
    buf_addf(out, "sort=promisedDeliveryAt&limit=%d&filter=", RADAR_DUE);
    percent_encode(out, filter);
    percent_encode(out, beside);
}

void radar_due_query(struct buf *out)
{
    put_query(out, "");
}

void radar_ahead_query(struct buf *out)
{
    put_query(out, " late:no");
}

void radar_due_take(struct radar *r, const struct json_doc *doc)
{
    const struct json *root = json_root(doc);

    r->n_due = 0;
    for (const struct json *v = json_first(json_get(root, "data")); v && r->n_due < RADAR_DUE;
         v = json_next(v))
        r->n_due += order_read(doc, v, &r->due[r->n_due]);
    r->due_more = json_string(json_get(root, "nextCursor")) != NULL;
    r->due_loaded = true;
    r->due_anew = false;
    pick_settle(&r->due_pick, r->n_due, due_id, r->due);
}

void radar_ahead_take(struct radar *r, const struct json_doc *doc)
{
    const struct json *root = json_root(doc);
    struct order o;

    r->n_ahead = 0;
    for (const struct json *v = json_first(json_get(root, "data")); v && r->n_ahead < RADAR_DUE;
         v = json_next(v))
        if (order_read(doc, v, &o) && o.promised)
            r->ahead[r->n_ahead++] = o.promised;
    r->ahead_more = json_string(json_get(root, "nextCursor")) != NULL;
    r->ahead_loaded = true;
}

/* Are all that are due before that time among the rows? */
static bool reaches(const struct radar *r, int64_t until)
{
    return !r->due_more || (r->n_due > 0 && r->due[r->n_due - 1].promised >= until);
}

bool radar_wants_ahead(const struct radar *r, int64_t until)
{
    return r->due_loaded && !reaches(r, until);
}

bool radar_due_between(const struct radar *r, int64_t now, int64_t until, size_t *ret_n, bool *ret_more)
{
    bool ahead = !reaches(r, until);
    size_t rows = ahead ? r->n_ahead : r->n_due;

    *ret_n = 0;
    for (size_t i = 0; i < rows; i++) {
        int64_t promised = ahead ? r->ahead[i] : r->due[i].promised;

        *ret_n += promised >= now && promised < until;
    }
    *ret_more = ahead && r->ahead_more && rows > 0 && r->ahead[rows - 1] < until;
    return r->due_loaded && (!ahead || r->ahead_loaded);
}

/* ---- by time in a status */

/* The next status from there of which is known what is usual. */
static enum order_status next_status(const struct stats *s, int from)
{
    while (from < STATUS_COUNT && !(status_is_open((enum order_status)from) && s->usual[from] > 0))
        from++;
    return (enum order_status)from;
}

static int most_overdue_first(const void *a, const void *b)
{
    int64_t x = ((const struct stuck *)a)->over, y = ((const struct stuck *)b)->over;

    return x == y ? strcmp(((const struct stuck *)a)->order.id, ((const struct stuck *)b)->order.id)
                  : (x < y) - (x > y);
}

static void show_coming(struct radar *r)
{
    qsort(r->coming, r->n_coming, sizeof(r->coming[0]), most_overdue_first);
    memcpy(r->stuck, r->coming, r->n_coming * sizeof(r->coming[0]));
    memcpy(r->stuck_of, r->coming_of, sizeof(r->stuck_of));
    memcpy(r->stuck_more, r->coming_more, sizeof(r->stuck_more));
    r->n_stuck = r->n_coming;
    r->stuck_loaded = true;
    r->stuck_anew = false;
    pick_settle(&r->stuck_pick, r->n_stuck, stuck_id, r->stuck);
}

bool radar_stuck_begin(struct radar *r, const struct stats *s)
{
    r->n_coming = 0;
    memset(r->coming_of, 0, sizeof(r->coming_of));
    memset(r->coming_more, 0, sizeof(r->coming_more));
    r->at = next_status(s, 0);
    if (r->at < STATUS_COUNT)
        return true;
    show_coming(r);
    return false;
}

void radar_stuck_query(const struct radar *r, const struct stats *s, struct buf *out)
{
    char filter[120];

    snprintf(filter, sizeof(filter), "status:%s age>%" PRId64 "s", status_word(r->at)->wire,
             (s->usual[r->at] + 999) / 1000);
    buf_addf(out, "sort=statusSince&limit=%d&filter=", RADAR_STUCK_EACH);
    percent_encode(out, filter);
}

bool radar_stuck_take(struct radar *r, const struct stats *s, const struct json_doc *doc, int64_t now)
{
    const struct json *root = json_root(doc);

    if (r->at >= STATUS_COUNT)
        return true;
    for (const struct json *v = json_first(json_get(root, "data")); v && r->n_coming < RADAR_STUCK;
         v = json_next(v)) {
        struct stuck *row = &r->coming[r->n_coming];

        if (!order_read(doc, v, &row->order))
            continue;
        row->over = now - row->order.since - s->usual[r->at];
        r->n_coming++;
        r->coming_of[r->at]++;
    }
    r->coming_more[r->at] = json_string(json_get(root, "nextCursor")) != NULL;
    r->at = next_status(s, (int)r->at + 1);
    if (r->at < STATUS_COUNT)
        return false;
    show_coming(r);
    return true;
}

bool radar_stuck_more(const struct radar *r)
{
    bool more = false;

    for (int s = 0; s < STATUS_COUNT; s++)
        more |= r->stuck_more[s];
    return more;
}

/* ---- the selection */

const struct order *radar_selected(const struct radar *r)
{
    size_t at = r->on_stuck ? pick_row(&r->stuck_pick, r->n_stuck) : pick_row(&r->due_pick, r->n_due);

    return at == SIZE_MAX ? NULL : r->on_stuck ? &r->stuck[at].order : &r->due[at];
}

void radar_focus(struct radar *r, bool on_stuck)
{
    r->on_stuck = on_stuck;
    if (!radar_selected(r))
        radar_move(r, ACTION_DOWN);
}

void radar_begin(struct radar *r)
{
    pick_begin(&r->due_pick);
    pick_begin(&r->stuck_pick);
    r->due_anew = r->stuck_anew = true;
    r->pointed = false;
}

bool radar_move(struct radar *r, enum action action)
{
    return r->on_stuck ? pick_move(&r->stuck_pick, action, r->n_stuck, stuck_id, r->stuck)
                       : pick_move(&r->due_pick, action, r->n_due, due_id, r->due);
}

bool radar_point(struct radar *r, size_t line)
{
    return r->on_stuck ? pick_point(&r->stuck_pick, r->stuck_pick.top + line, r->n_stuck, stuck_id, r->stuck)
                       : pick_point(&r->due_pick, r->due_pick.top + line, r->n_due, due_id, r->due);
}
