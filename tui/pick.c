#include "tui/pick.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Brings the selected row on screen. */
static void show(struct pick *p, size_t n)
{
    size_t visible = p->visible ? p->visible : 1;

    if (p->at < p->top)
        p->top = p->at;
    if (p->at >= p->top + visible)
        p->top = p->at + 1 - visible;
    if (p->top + visible > n)
        p->top = n > visible ? n - visible : 0;
}

static void choose(struct pick *p, size_t at, size_t n, const char *(*id)(const void *rows, size_t i),
                   const void *rows)
{
    p->at = n == 0 ? 0 : at < n ? at : n - 1;
    p->gone = false;
    snprintf(p->id, sizeof(p->id), "%s", n ? id(rows, p->at) : "");
    show(p, n);
}

void pick_begin(struct pick *p)
{
    if (p->gone || !*p->id)
        *p = (struct pick){.visible = p->visible};
}

void pick_settle(struct pick *p, size_t n, const char *(*id)(const void *rows, size_t i), const void *rows)
{
    bool first = !p->settled;

    p->settled = true;
    for (size_t i = 0; i < n && *p->id; i++) {
        if (strcmp(id(rows, i), p->id) == 0) {
            choose(p, i, n, id, rows);
            return;
        }
    }
    if (first) {
        choose(p, 0, n, id, rows);
        return;
    }
    p->gone = true;
    if (p->at > n)
        p->at = n;
    show(p, n);
}

size_t pick_row(const struct pick *p, size_t n)
{
    return p->gone || !*p->id || p->at >= n ? SIZE_MAX : p->at;
}

bool pick_point(struct pick *p, size_t at, size_t n, const char *(*id)(const void *rows, size_t i),
                const void *rows)
{
    bool before = at < n && pick_row(p, n) == at;

    if (at < n)
        choose(p, at, n, id, rows);
    return before;
}

bool pick_move(struct pick *p, enum action action, size_t n, const char *(*id)(const void *rows, size_t i),
               const void *rows)
{
    size_t page = p->visible > 1 ? p->visible - 1 : 1, at = p->at;

    switch ((int)action) {
    case ACTION_DOWN: at += !p->gone; break; /* another has taken the place of one that is gone */
    case ACTION_UP: at -= at > 0; break;
    case ACTION_PAGE_DOWN: at += page; break;
    case ACTION_PAGE_UP: at -= at > page ? page : at; break;
    case ACTION_FIRST: at = 0; break;
    case ACTION_LAST: at = n ? n - 1 : 0; break;
    default: show(p, n); return false;
    }
    if (n > 0 || !p->gone)
        choose(p, at, n, id, rows);
    return true;
}
