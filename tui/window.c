#include "tui/window.h"

#include <stdlib.h>
#include <string.h>

void window_clear(struct window *w)
{
    for (size_t i = 0; i < w->n_marks; i++)
        free(w->marks[i].cursor);
    for (size_t i = 0; i < w->n_passed; i++)
        free(w->passed[i]);
    free(w->next);
    w->next = NULL;
    w->n = w->n_marks = w->n_passed = w->passed_rows = w->passed_new = 0;
}

void window_release(struct window *w)
{
    window_clear(w);
    free(w->rows);
    free(w->marks);
    free(w->passed);
    *w = (struct window){0};
}

bool window_mark(struct window *w, size_t row, char *cursor)
{
    bool follows = row == 0 || w->n_marks > 0;
    struct window_mark *marks = follows ? realloc(w->marks, (w->n_marks + 1) * sizeof(*marks)) : NULL;

    if (!marks) {
        free(cursor);
        return false;
    }
    w->marks = marks;
    w->marks[w->n_marks++] = (struct window_mark){.row = row, .cursor = cursor};
    return true;
}

struct order *window_add(struct window *w)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 128;
        struct order *rows = realloc(w->rows, cap * sizeof(*rows));

        if (!rows)
            return NULL;
        w->rows = rows;
        w->cap = cap;
    }
    return &w->rows[w->n++];
}

size_t window_find(const struct window *w, const char *id)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->rows[i].id, id) == 0)
            return i;
    return SIZE_MAX;
}

bool window_room(char ***cursors, size_t n, size_t *cap, size_t more)
{
    char **grown;

    if (n + more <= *cap)
        return true;
    grown = realloc(*cursors, (n + more) * 2 * sizeof(*grown));
    if (!grown)
        return false;
    *cursors = grown;
    *cap = (n + more) * 2;
    return true;
}

size_t window_pages_before(const struct window *w, size_t keep_from)
{
    size_t pages = 0;

    while (pages + 1 < w->n_marks && w->marks[pages + 1].row <= keep_from)
        pages++;
    return pages;
}

size_t window_drop(struct window *w, size_t pages, char **out)
{
    size_t rows = w->marks[pages].row;

    for (size_t i = 0; i < pages; i++)
        out[i] = w->marks[i].cursor;
    memmove(w->marks, w->marks + pages, (w->n_marks - pages) * sizeof(*w->marks));
    w->n_marks -= pages;
    for (size_t i = 0; i < w->n_marks; i++)
        w->marks[i].row -= rows;
    if (w->rows)
        memmove(w->rows, w->rows + rows, (w->n - rows) * sizeof(*w->rows));
    w->n -= rows;
    return rows;
}
