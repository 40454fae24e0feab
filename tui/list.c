#include "tui/list.h"

#include "tui/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the way back */

/* Drops the first pages, as long as the rows from `keep_from` on stay; the cursors go to the list's way back. */
static void trim(struct list *l, size_t keep_from)
{
    size_t pages = window_pages_before(&l->now, keep_from), rows;

    if (pages == 0 || !window_room(&l->back, l->n_back, &l->cap_back, pages))
        return;
    rows = window_drop(&l->now, pages, l->back + l->n_back);
    l->n_back += pages;
    l->top -= rows;
    l->selected_at = l->selected_at > rows ? l->selected_at - rows : 0;
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

/* ---- the list */

void list_init(struct list *l)
{
    *l = (struct list){.sort = "-createdAt", .visible = 1, .follow = true};
    newest_begin(&l->newest);
}

static void forget_back(struct list *l)
{
    for (size_t i = 0; i < l->n_back; i++)
        free(l->back[i]);
    l->n_back = 0;
}

void list_release(struct list *l)
{
    window_release(&l->now);
    window_release(&l->coming);
    forget_back(l);
    free(l->back);
    list_init(l);
}

void list_ask(struct list *l, const char *filter, const char *sort)
{
    size_t rows;

    if (filter != l->filter)
        snprintf(l->filter, sizeof(l->filter), "%s", filter);
    if (sort != l->sort)
        snprintf(l->sort, sizeof(l->sort), "%s", sort);
    rows = l->now.n; /* the old rows stay until the answer is there */
    window_clear(&l->now);
    l->now.n = rows;
    window_clear(&l->coming);
    forget_back(l);
    l->choose = true;
    l->turned = false;
    l->loaded = l->fetching = l->appending = l->backing = l->waiting = false;
    l->fresh = l->above = 0;
    newest_begin(&l->newest);
    l->follow = true;
    l->top = 0;
    l->selected_at = 0;
}

/* Nothing is before the window's first row? */
static bool starts_at_end(const struct list *l)
{
    return l->n_back == 0 && (l->now.n_marks == 0 || !l->now.marks[0].cursor);
}

bool list_at_top(const struct list *l)
{
    return l->top == 0 && starts_at_end(l);
}

size_t list_find(const struct list *l, const char *id)
{
    return *id ? window_find(&l->now, id) : SIZE_MAX;
}

bool list_selected_visible(const struct list *l)
{
    size_t row = list_find(l, l->selected);

    return row != SIZE_MAX && row >= l->top && row < l->top + l->visible;
}

/* ---- reading */

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
    if (w->n > LIST_KEEP)
        trim(l, l->top > 2 * LIST_MARGIN ? l->top - 2 * LIST_MARGIN : 0);
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

/* The row on screen that keeps its line: the selected one, else the first. */
static size_t anchor_row(const struct list *l)
{
    return list_selected_visible(l) ? list_find(l, l->selected) : l->top;
}

static bool follows(const struct list *l)
{
    return list_at_top(l) && l->follow;
}

/* Do the rows read so far end above the anchor, pushed down by new ones? */
static bool falls_short(const struct list *l)
{
    if (l->appending || !l->loaded || follows(l) || !l->now.rows || !l->coming.next ||
        l->coming.passed_rows >= LIST_REACH)
        return false;
    for (size_t i = anchor_row(l); i < l->now.n; i++)
        if (window_find(&l->coming, l->now.rows[i].id) != SIZE_MAX)
            return false;
    return anchor_row(l) < l->now.n;
}

/* Puts the anchor, or the next row that is there yet, on the screen line it had in the old window. */
static void put_anchor(struct list *l, const struct window *old, size_t anchor, size_t old_top)
{
    for (size_t i = anchor; i < old->n && old->rows; i++) {
        size_t at = list_find(l, old->rows[i].id);

        if (at == SIZE_MAX)
            continue;
        l->top = at > anchor - old_top ? at - (anchor - old_top) : 0;
        break;
    }
}

static size_t rows_new_above(const struct list *l, const struct window *old)
{
    size_t n = 0;

    for (size_t i = 0; i < l->top && i < l->now.n; i++)
        n += window_find(old, l->now.rows[i].id) == SIZE_MAX;
    return n;
}

static void replace(struct list *l)
{
    bool stay_at_top = follows(l), at_newest = !l->backing && l->loaded && l->now.rows &&
                                               (l->now.n_marks == 0 || !l->now.marks[0].cursor);
    size_t anchor = anchor_row(l), old_top = l->top, passed_new = l->coming.passed_new;
    struct window old = l->now;

    l->now = l->coming;
    keep_passed(l);
    l->fresh = 0;
    l->waiting = l->moved = false;
    if (stay_at_top)
        l->top = 0;
    else
        put_anchor(l, &old, anchor, old_top);
    if (l->top >= l->now.n)
        l->top = l->now.n > l->visible ? l->now.n - l->visible : 0;
    l->above = l->above < old_top ? l->above : old_top;
    l->above = stay_at_top ? 0 : l->above + (at_newest ? rows_new_above(l, &old) + passed_new : 0);
    l->coming = old;
    window_clear(&l->coming);
    if (!l->backing && l->now.n > LIST_KEEP)
        trim(l, l->top > 2 * LIST_MARGIN ? l->top - 2 * LIST_MARGIN : 0);
}

static bool newest_first(const struct list *l)
{
    return strcmp(l->sort, "-createdAt") == 0;
}

/* Remembers the newest row on screen. */
static void see(struct list *l)
{
    size_t first = newest_first(l) ? list_row(l, 0) : SIZE_MAX, ties = 0;
    int64_t ms = first == SIZE_MAX ? 0 : l->now.rows[first].created;

    if (ms == 0)
        return;
    for (size_t line = 0, i; (i = list_row(l, line)) != SIZE_MAX && l->now.rows[i].created == ms; line++)
        ties++;
    newest_see(&l->newest, ms, ties);
}

static void follow_selection(struct list *l)
{
    size_t at = list_find(l, l->selected);

    if (at == SIZE_MAX && l->pinned)
        return;
    if (at == SIZE_MAX && (l->choose || !*l->selected)) {
        *l->selected = 0;
        list_select(l, 0);
    } else if (at != SIZE_MAX) {
        l->selected_at = at;
        l->current = l->now.rows[at];
    }
    l->choose = false;
}

void list_settle(struct list *l)
{
    if (!l->waiting)
        return;
    replace(l);
    follow_selection(l);
    see(l);
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
    follow_selection(l);
    see(l);
    return true;
}

/* ---- selection */

void list_select(struct list *l, size_t row)
{
    if (row >= l->now.n)
        return;
    snprintf(l->selected, sizeof(l->selected), "%s", l->now.rows[row].id);
    l->current = l->now.rows[row];
    l->selected_at = row;
    if (row < l->top)
        l->top = row;
    if (l->visible > 0 && row >= l->top + l->visible)
        l->top = row + 1 - l->visible;
    l->follow = row == 0 && list_at_top(l);
    if (l->follow)
        l->above = 0;
    see(l);
}

bool list_pin(struct list *l, bool pinned)
{
    bool chooses = l->pinned && !pinned && l->loaded && (l->choose || !*l->selected) &&
                   list_find(l, l->selected) == SIZE_MAX && l->now.n > 0;

    l->pinned = pinned;
    if (chooses)
        follow_selection(l);
    return chooses;
}

void list_keep(struct list *l)
{
    if (list_find(l, l->selected) != 0)
        l->follow = false;
}

size_t list_new(const struct list *l)
{
    bool newest = l->n_back == 0;

    if (l->newest.counted >= 0 && list_counts_new(l))
        return (size_t)l->newest.counted;
    return l->fresh + (newest && l->above > l->top ? l->top : l->above);
}

bool list_new_more(const struct list *l)
{
    return list_counts_new(l) && l->newest.counted >= 0 ? l->newest.more : l->n_back > 0;
}

bool list_counts_new(const struct list *l)
{
    return newest_first(l) && l->newest.ms > 0 && (l->turned || !starts_at_end(l));
}

void list_new_query(const struct list *l, struct buf *out)
{
    newest_query(&l->newest, l->filter, out);
}

void list_take_new(struct list *l, int64_t count, bool more)
{
    newest_take(&l->newest, count, more);
}

void list_move(struct list *l, long rows)
{
    size_t at = list_find(l, l->selected), last = l->now.n - 1;
    long to;

    if (l->now.n == 0)
        return;
    l->moved = true;
    if (at == SIZE_MAX || at < l->top || at >= l->top + l->visible) {
        at = l->selected_at < l->top ? l->top : l->selected_at;
        if (at >= l->top + l->visible)
            at = l->top;
        list_select(l, at > last ? last : at);
        return;
    }
    to = (long)at + (l->turned ? -rows : rows);
    list_select(l, to < 0 ? 0 : (size_t)to > last ? last : (size_t)to);
}

void list_scroll(struct list *l, long rows)
{
    size_t last = l->now.n > l->visible ? l->now.n - l->visible : 0;
    long to = (long)l->top + rows;

    l->moved = true;
    l->top = to < 0 ? 0 : (size_t)to > last ? last : (size_t)to;
    l->follow &= l->top == 0;
}

void list_home(struct list *l)
{
    if (l->turned || !starts_at_end(l)) {
        *l->selected = 0;
        list_ask(l, l->filter, l->sort);
        return;
    }
    l->top = 0;
    list_select(l, 0);
}

void list_end(struct list *l)
{
    bool whole = l->loaded && !l->turned && !l->now.next && !l->fetching;

    if (whole && l->now.n > 0) {
        list_select(l, l->now.n - 1);
    } else if (l->turned && starts_at_end(l)) {
        l->top = 0;
        list_select(l, 0);
    } else if (l->loaded) {
        struct newest seen = l->newest; /* the newest one seen stays that */

        *l->selected = 0;
        list_ask(l, l->filter, l->sort);
        l->turned = true;
        newest_see(&l->newest, seen.ms, seen.ties);
    }
}

size_t list_row(const struct list *l, size_t line)
{
    size_t rows = l->now.n > l->top ? l->now.n - l->top : 0;

    if (rows > l->visible)
        rows = l->visible;
    if (line >= rows || !l->now.rows)
        return SIZE_MAX;
    return l->turned ? l->top + rows - 1 - line : l->top + line;
}

void list_resize(struct list *l, size_t visible)
{
    bool seen = list_selected_visible(l);
    size_t row;

    if (visible == l->visible)
        return;
    l->visible = visible;
    row = seen ? list_find(l, l->selected) : SIZE_MAX;
    if (row != SIZE_MAX && row >= l->top + visible)
        l->top = row + 1 - visible;
}

void list_point(struct list *l, const struct order *o)
{
    size_t at = list_find(l, o->id);

    snprintf(l->selected, sizeof(l->selected), "%s", o->id);
    l->current = *o;
    l->follow = l->choose = false;
    if (at != SIZE_MAX)
        l->selected_at = at;
}

void list_update(struct list *l, const struct order *o)
{
    size_t at = list_find(l, o->id);

    if (at != SIZE_MAX && l->now.rows[at].version <= o->version) {
        bool gone = l->now.rows[at].gone; /* only the list's own answer knows what belongs to it */

        l->now.rows[at] = *o;
        l->now.rows[at].gone = gone;
    }
    if (strcmp(l->selected, o->id) == 0 && l->current.version <= o->version)
        l->current = *o;
}
