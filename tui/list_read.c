/* Reading: which pages are asked for, and what becomes of their answers. */
#include "tui/list_private.h"
#include "tui/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the way back */

/* Drops the first pages of a window that has grown long, as far as they are not near the view; their cursors go to the
 * list's way back. */
static void trim(struct list *l)
{
    size_t keep_from = l->top > 2 * LIST_MARGIN ? l->top - 2 * LIST_MARGIN : 0,
           pages = l->now.n > LIST_KEEP ? window_pages_before(&l->now, keep_from) : 0, rows;

    if (pages == 0 || !window_room(&l->back, l->n_back, &l->cap_back, pages))
        return;
    rows = window_drop(&l->now, pages, l->back + l->n_back);
    l->n_back += pages;
    list_view_dropped(l, rows);
}

/* What is being read is long, and the rows on screen are not in it yet: its first pages need not be kept. */
static void pass_by(struct list *l)
{
    struct window *w = &l->coming;
    size_t keep = l->visible + 2 * LIST_MARGIN, pages = w->n > keep ? window_pages_before(w, w->n - keep) : 0;

    if (pages == 0 || !window_room(&w->passed, w->n_passed, &w->cap_passed, pages))
        return;
    for (size_t i = 0; i < w->marks[pages].row; i++)
        w->passed_new += window_find(&l->now, w->rows[i].id) == SIZE_MAX;
    w->passed_rows += window_drop(w, pages, w->passed + w->n_passed);
    w->n_passed += pages;
}

/* The way back leads over what was passed by. */
static void keep_passed(struct list *l)
{
    struct window *w = &l->now;

    if (w->n_passed == 0 || !window_room(&l->back, l->n_back, &l->cap_back, w->n_passed))
        return;
    memcpy(l->back + l->n_back, w->passed, w->n_passed * sizeof(*w->passed));
    l->n_back += w->n_passed;
    w->n_passed = w->passed_rows = w->passed_new = 0;
}

static void forget_back(struct list *l)
{
    for (size_t i = 0; i < l->n_back; i++)
        free(l->back[i]);
    l->n_back = 0;
}

static bool starts_at_top(const struct window *w)
{
    return w->n_marks == 0 || !w->marks[0].cursor;
}

bool list_starts_at_end(const struct list *l)
{
    return l->n_back == 0 && starts_at_top(&l->now);
}

void list_read_release(struct list *l)
{
    window_release(&l->now);
    window_release(&l->coming);
    forget_back(l);
    free(l->back);
}

/* ---- asking */

void list_ask(struct list *l, const char *filter, const char *sort)
{
    size_t rows = l->now.n; /* the old rows stay until the answer is there */

    if (filter != l->filter)
        snprintf(l->filter, sizeof(l->filter), "%s", filter);
    if (sort != l->sort)
        snprintf(l->sort, sizeof(l->sort), "%s", sort);
    window_clear(&l->now);
    l->now.n = rows;
    window_clear(&l->coming);
    forget_back(l);
    l->turned = false;
    l->loaded = l->fetching = l->appending = l->backing = l->waiting = false;
    l->fresh = 0;
    list_view_begin(l);
}

static size_t rows_for_view(const struct list *l)
{
    return l->top + l->visible + LIST_MARGIN;
}

/* From a cursor on, which is taken over. false: there is no memory to note where that is. */
static bool begin(struct list *l, char *cursor, size_t wanted)
{
    window_clear(&l->coming);
    l->appending = l->backing = l->waiting = false;
    l->fetching = window_mark(&l->coming, 0, cursor);
    l->wanted = wanted;
    return l->fetching;
}

/* A copy for begin; without one it would be the top that is read. */
static bool copy(const char *cursor, char **ret)
{
    *ret = cursor ? strdup(cursor) : NULL;
    return *ret || !cursor;
}

bool list_fetch(struct list *l)
{
    char *cursor;

    return copy(l->now.n_marks ? l->now.marks[0].cursor : NULL, &cursor) &&
           begin(l, cursor, rows_for_view(l));
}

bool list_fetch_more(struct list *l)
{
    char *cursor;

    if (!l->now.next || l->fetching || !copy(l->now.next, &cursor))
        return false;
    return l->appending = begin(l, cursor, l->visible * 3 + LIST_MARGIN);
}

bool list_fetch_back(struct list *l)
{
    char *cursor;

    if (l->n_back == 0 || l->fetching || !copy(l->back[l->n_back - 1], &cursor))
        return false;
    l->backing = begin(l, cursor, rows_for_view(l) + LIST_PAGE);
    if (l->backing)
        free(l->back[--l->n_back]);
    return l->backing;
}

bool list_near_end(const struct list *l)
{
    return l->now.next && l->top + l->visible * (l->moved ? 3 : 1) + LIST_MARGIN / 2 > l->now.n;
}

bool list_near_start(const struct list *l)
{
    return l->n_back > 0 && l->top < l->visible * (l->moved ? 2 : 0) + LIST_MARGIN / 2;
}

void list_query(const struct list *l, struct buf *out)
{
    const struct window *w = &l->coming;
    const char *cursor = w->n ? w->next : w->n_marks ? w->marks[0].cursor : NULL;
    size_t missing = l->wanted > w->n ? l->wanted - w->n : 1;
    bool down = *l->sort == '-';

    buf_addf(out, "limit=%zu&sort=%s", missing < LIST_PAGE ? missing : (size_t)LIST_PAGE,
             down != l->turned ? "-" : "");
    percent_encode(out, l->sort + down);
    if (*l->filter) {
        buf_adds(out, "&filter=");
        percent_encode(out, l->filter);
    }
    if (cursor) {
        buf_adds(out, "&cursor=");
        percent_encode(out, cursor);
    }
}

void list_give_up(struct list *l)
{
    struct window_mark *first = l->coming.n_marks ? &l->coming.marks[0] : NULL;

    if (l->backing && first && l->n_back < l->cap_back) { /* keep the way back */
        l->back[l->n_back++] = first->cursor;
        first->cursor = NULL;
    }
    l->fetching = l->appending = l->backing = false;
    if (!l->loaded) /* what is there yet answers another question */
        l->now.n = 0;
}

/* ---- taking over */

static void append(struct list *l)
{
    struct window *w = &l->now, *c = &l->coming;

    for (size_t i = 0; i < c->n_marks; i++) {
        window_mark(w, w->n + c->marks[i].row, c->marks[i].cursor);
        c->marks[i].cursor = NULL;
    }
    for (size_t i = 0; i < c->n && c->rows; i++) {
        struct order *o = window_find(w, c->rows[i].id) == SIZE_MAX ? window_add(w) : NULL;

        if (o)
            *o = c->rows[i];
    }
    free(w->next);
    w->next = c->next;
    c->next = NULL;
    window_clear(c);
    trim(l);
}

/* New data for the rows that are there, in their places; counts those that are not. */
static void merge(struct list *l)
{
    size_t fresh = 0, unknown = 0;
    bool known = false;

    if (!l->now.rows)
        return;
    for (size_t i = 0; i < l->now.n; i++)
        l->now.rows[i].gone = true;
    for (size_t i = 0; i < l->coming.n && l->coming.rows; i++) {
        size_t at = window_find(&l->now, l->coming.rows[i].id);

        if (at == SIZE_MAX) {
            unknown++;
        } else {
            l->now.rows[at] = l->coming.rows[i];
            known = true;
            fresh = unknown; /* what follows the last known row is only read further */
        }
    }
    fresh = (known ? fresh : unknown) + l->coming.passed_new;
    /* rows that new ones only pushed beyond what was read are not gone */
    for (size_t i = l->now.n; i-- > 0 && l->now.rows[i].gone && l->coming.next && l->now.n - i <= fresh;)
        l->now.rows[i].gone = false;
    l->fresh = fresh;
    l->waiting = true;
}

/* Do the rows read so far end above the anchor, pushed down by new ones? */
static bool falls_short(const struct list *l)
{
    if (l->appending || !l->loaded || list_view_follows(l) || !l->now.rows || !l->coming.next ||
        l->coming.passed_rows >= LIST_REACH)
        return false;
    for (size_t i = list_view_anchor(l); i < l->now.n; i++)
        if (window_find(&l->coming, l->now.rows[i].id) != SIZE_MAX)
            return false;
    return list_view_anchor(l) < l->now.n;
}

static void replace(struct list *l)
{
    bool from_newest = !l->backing && l->loaded && l->now.rows && starts_at_top(&l->now);
    struct list_place place = list_view_place(l);
    size_t passed_new = l->coming.passed_new;
    struct window old = l->now;

    l->now = l->coming;
    keep_passed(l);
    l->fresh = 0;
    l->waiting = false;
    list_view_put(l, &place, &old);
    if (from_newest)
        list_view_news(l, &place, &old, passed_new);
    l->coming = old;
    window_clear(&l->coming);
    if (!l->backing)
        trim(l);
}

void list_settle(struct list *l)
{
    if (!l->waiting)
        return;
    replace(l);
    list_view_came(l);
}

bool list_take(struct list *l, const struct json_doc *doc, bool held)
{
    const struct json *root = json_root(doc);
    const char *next = json_string(json_get(root, "nextCursor"));
    struct window *w = &l->coming;
    char *cursor;

    if (w->n > 0 && copy(w->next, &cursor))
        window_mark(w, w->n, cursor);
    for (const struct json *v = json_first(json_get(root, "data")); v; v = json_next(v)) {
        struct order *o = window_add(w);

        if (o && !order_read(doc, v, o))
            w->n--;
    }
    free(w->next);
    w->next = next ? strdup(next) : NULL;
    if (w->n < l->wanted && w->next)
        return false;
    if (falls_short(l)) {
        pass_by(l);
        l->wanted = w->n + LIST_PAGE;
        return false;
    }
    l->fetching = false;
    if (l->appending)
        append(l);
    else if (held && !l->backing && l->loaded && l->now.n > 0)
        merge(l);
    else
        replace(l);
    l->appending = l->backing = false;
    l->loaded = true;
    list_view_came(l);
    return true;
}
