#include "tui/pick.h"

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
    snprintf(p->id, sizeof(p->id), "%s", n ? id(rows, p->at) : "");
    show(p, n);
}

void pick_settle(struct pick *p, size_t n, const char *(*id)(const void *rows, size_t i), const void *rows)
{
    for (size_t i = 0; i < n && *p->id; i++) {
        if (strcmp(id(rows, i), p->id) == 0) {
            choose(p, i, n, id, rows);
            return;
        }
    }
    choose(p, p->at, n, id, rows);
}

bool pick_move(struct pick *p, enum action action, size_t n, const char *(*id)(const void *rows, size_t i),
               const void *rows)
{
    size_t page = p->visible > 1 ? p->visible - 1 : 1, at = p->at;

    switch ((int)action) {
    case ACTION_DOWN: at++; break;
    case ACTION_UP: at -= at > 0; break;
    case ACTION_PAGE_DOWN: at += page; break;
    case ACTION_PAGE_UP: at -= at > page ? page : at; break;
    case ACTION_FIRST: at = 0; break;
    case ACTION_LAST: at = n ? n - 1 : 0; break;
    default: show(p, n); return false;
    }
    choose(p, at, n, id, rows);
    return true;
}
