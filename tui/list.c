/* The view of the rows: what of them is on screen, which one is selected, and what is new beyond them. */
#include "tui/list_private.h"

#include <stdio.h>
#include <string.h>

void list_init(struct list *l)
{
    *l = (struct list){.sort = "-createdAt", .visible = 1, .follow = true};
    newest_begin(&l->newest);
}

void list_release(struct list *l)
{
    list_read_release(l);
    list_init(l);
}

bool list_at_top(const struct list *l)
{
    return l->top == 0 && list_starts_at_end(l);
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

/* ---- what is new */

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
    return newest_first(l) && l->newest.ms > 0 && (l->turned || !list_starts_at_end(l));
}

void list_new_query(const struct list *l, struct buf *out)
{
    newest_query(&l->newest, l->filter, out);
}

void list_take_new(struct list *l, int64_t count, bool more)
{
    newest_take(&l->newest, count, more);
}

/* ---- the view, as rows come and go */

size_t list_view_anchor(const struct list *l)
{
    return list_selected_visible(l) ? list_find(l, l->selected) : l->top;
}

bool list_view_follows(const struct list *l)
{
    return list_at_top(l) && l->follow;
}

void list_view_begin(struct list *l)
{
    l->choose = l->follow = true;
    l->top = l->above = l->selected_at = 0;
    newest_begin(&l->newest);
}

struct list_place list_view_place(const struct list *l)
{
    return (struct list_place){.follows = list_view_follows(l), .anchor = list_view_anchor(l), .top = l->top};
}

/* Puts the anchor, or the next row that is there yet, on the screen line it had in the old window. */
static void put_anchor(struct list *l, const struct list_place *p, const struct window *old)
{
    for (size_t i = p->anchor; i < old->n && old->rows; i++) {
        size_t at = list_find(l, old->rows[i].id), line = p->anchor - p->top;

        if (at == SIZE_MAX)
            continue;
        l->top = at > line ? at - line : 0;
        break;
    }
}

void list_view_put(struct list *l, const struct list_place *p, const struct window *old)
{
    if (p->follows)
        l->top = 0;
    else
        put_anchor(l, p, old);
    if (l->top >= l->now.n)
        l->top = l->now.n > l->visible ? l->now.n - l->visible : 0;
    l->above = p->follows ? 0 : l->above < p->top ? l->above : p->top;
    l->moved = false;
}

void list_view_news(struct list *l, const struct list_place *p, const struct window *old, size_t passed)
{
    if (p->follows)
        return;
    l->above += passed;
    for (size_t i = 0; i < l->top && i < l->now.n; i++)
        l->above += window_find(old, l->now.rows[i].id) == SIZE_MAX;
}

void list_view_dropped(struct list *l, size_t rows)
{
    l->top -= rows;
    l->selected_at = l->selected_at > rows ? l->selected_at - rows : 0;
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

void list_view_came(struct list *l)
{
    follow_selection(l);
    see(l);
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
    if (l->turned || !list_starts_at_end(l)) {
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
    } else if (l->turned && list_starts_at_end(l)) {
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
