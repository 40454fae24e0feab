#include "tui/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void marks_release(struct marks *m)
{
    free(m->rows);
    free(m->slots);
    *m = (struct marks){.n = 0};
}

/* FNV-1a */
static size_t hash(const char *id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32);
}

/* The slot that has the id, or the free one where it belongs. There is always a free one. */
static size_t slot_of(const struct marks *m, const char *id)
{
    size_t at = hash(id) & (m->n_slots - 1);

    while (m->slots[at] && strcmp(m->rows[m->slots[at] - 1].id, id) != 0)
        at = (at + 1) & (m->n_slots - 1);
    return at;
}

static void index_anew(struct marks *m)
{
    memset(m->slots, 0, m->n_slots * sizeof(*m->slots));
    for (size_t i = 0; i < m->n; i++)
        m->slots[slot_of(m, m->rows[i].id)] = (uint32_t)i + 1;
}

static bool grow(struct marks *m)
{
    size_t cap = m->cap ? m->cap * 2 : 64;
    struct mark *rows = realloc(m->rows, cap * sizeof(*rows));
    uint32_t *slots;

    if (!rows)
        return false;
    m->rows = rows;
    slots = realloc(m->slots, cap * 2 * sizeof(*slots));
    if (!slots)
        return false;
    m->slots = slots;
    m->cap = cap;
    m->n_slots = cap * 2;
    index_anew(m);
    return true;
}

const struct mark *marks_find(const struct marks *m, const char *id)
{
    uint32_t row = m->n_slots ? m->slots[slot_of(m, id)] : 0;

    return row ? &m->rows[row - 1] : NULL;
}

bool marks_add(struct marks *m, const struct order *seen)
{
    struct mark *row;

    if (marks_find(m, seen->id))
        return true;
    if (m->n == MARKS_MAX || (m->n == m->cap && !grow(m)) || !m->rows)
        return false;
    m->slots[slot_of(m, seen->id)] = (uint32_t)m->n + 1;
    row = &m->rows[m->n++];
    *row = (struct mark){.version = seen->version, .allowed = seen->allowed};
    snprintf(row->id, sizeof(row->id), "%s", seen->id);
    return true;
}

void marks_remove(struct marks *m, const char *id)
{
    const struct mark *row = marks_find(m, id);
    size_t at = row ? (size_t)(row - m->rows) : m->n;

    if (!row)
        return;
    memmove(m->rows + at, m->rows + at + 1, (m->n - at - 1) * sizeof(*m->rows));
    m->n--;
    index_anew(m);
}
