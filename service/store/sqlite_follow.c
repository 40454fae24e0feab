/* Followers of the log: leases and cursors, as parts of a unit. */
#include "service/store/sqlite_private.h"

#include <string.h>

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static int put_lease(struct sqlite_store *s, const struct lease *l, int64_t fence, int64_t expires)
{
    bind_text(s->lease_put, 1, l->name);
    bind_text(s->lease_put, 2, l->owner);
    sqlite3_bind_int64(s->lease_put, 3, fence);
    sqlite3_bind_int64(s->lease_put, 4, expires);
    int rc = sqlite3_step(s->lease_put);
    sqlite3_reset(s->lease_put);
    return rc;
}

int follow_lease(struct sqlite_store *s, struct lease *l)
{
    bind_text(s->lease_find, 1, l->name);
    int rc = sqlite3_step(s->lease_find);
    bool found = rc == SQLITE_ROW;
    bool mine = found && strcmp((const char *)sqlite3_column_text(s->lease_find, 0), l->owner) == 0;
    int64_t fence = found ? sqlite3_column_int64(s->lease_find, 1) : 0;
    int64_t expires = found ? sqlite3_column_int64(s->lease_find, 2) : 0;
    sqlite3_reset(s->lease_find);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return rc;
    bool gives_back = l->until <= l->now;
    l->fence = 0;
    l->expires = expires;
    if (gives_back ? !mine : !mine && expires > l->now)
        return SQLITE_DONE; /* another's, and nothing of it changes */
    l->expires = gives_back ? 0 : l->until;
    if (!gives_back)
        l->fence = mine ? fence : fence + 1;
    return put_lease(s, l, mine ? fence : fence + 1, l->expires);
}

/* The one number that a statement of one row finds; `otherwise` without a row. */
static int find_number(sqlite3_stmt *q, const char *name, int column, int64_t otherwise, int64_t *ret)
{
    bind_text(q, 1, name);
    int rc = sqlite3_step(q);
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(q, column) : otherwise;
    sqlite3_reset(q);
    return rc == SQLITE_ROW ? SQLITE_DONE : rc;
}

int follow_advance(struct sqlite_store *s, const struct advance *a, bool *ret_fenced)
{
    int64_t fence = 0, position = 0;
    int rc = find_number(s->lease_find, a->name, 1, 0, &fence);
    if (rc == SQLITE_DONE)
        rc = find_number(s->cursor_find, a->name, 0, 0, &position);
    if (rc != SQLITE_DONE)
        return rc;
    *ret_fenced = (a->fence != 0 && fence != a->fence) || position != a->from || a->to < a->from ||
                  a->to > s->next_position;
    if (*ret_fenced || a->to == a->from)
        return SQLITE_DONE;
    bind_text(s->cursor_put, 1, a->name);
    sqlite3_bind_int64(s->cursor_put, 2, a->to);
    rc = sqlite3_step(s->cursor_put);
    sqlite3_reset(s->cursor_put);
    if (rc != SQLITE_DONE || strcmp(a->name, FOLLOWER_KAFKA) != 0)
        return rc;
    sqlite3_bind_int64(s->sent_add, 1, a->to);
    sqlite3_bind_int64(s->sent_add, 2, a->at);
    rc = sqlite3_step(s->sent_add);
    sqlite3_reset(s->sent_add);
    return rc;
}
