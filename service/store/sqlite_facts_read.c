/* What readers see of the warehouse's facts: dead letters, notes, what is due. */
#include "service/store/sqlite_private.h"

void row_dead_letter(sqlite3_stmt *s, struct dead_letter *d)
{
    *d = (struct dead_letter){
        .id = sqlite3_column_int64(s, 0),
        .code = (enum dead_code)sqlite3_column_int(s, 1),
        .reason = (const char *)sqlite3_column_text(s, 2),
        .received_at = sqlite3_column_int64(s, 3),
        .has_order = sqlite3_column_type(s, 4) != SQLITE_NULL,
        .row = sqlite3_column_int64(s, 6),
        .headers = (const char *)sqlite3_column_text(s, 13),
        .record = {.topic = (const char *)sqlite3_column_text(s, 7),
                   .partition = sqlite3_column_int(s, 8),
                   .offset = sqlite3_column_int64(s, 9),
                   .time = sqlite3_column_int64(s, 10),
                   .key = sqlite3_column_blob(s, 11),
                   .key_len = (size_t)sqlite3_column_bytes(s, 11),
                   .value = sqlite3_column_blob(s, 12),
                   .value_len = (size_t)sqlite3_column_bytes(s, 12)},
    };
    if (d->has_order)
        d->order_id = ulid_from_rank(sqlite3_column_int64(s, 4), (uint64_t)sqlite3_column_int64(s, 5));
    if ((unsigned)d->code >= DEAD_CODE_COUNT)
        d->code = DEAD_UNREADABLE;
}

bool sqlite_dead_letters(struct store_reader *base, int64_t before, int limit, dead_letter_fn fn, void *ctx,
                         struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    sqlite3_stmt *s = r->dead_letters;
    sqlite3_bind_int64(s, 1, before > 0 ? before : INT64_MAX);
    sqlite3_bind_int(s, 2, limit);
    int rc;
    bool go_on = true;
    while (go_on && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct dead_letter d;
        row_dead_letter(s, &d);
        go_on = fn(ctx, &d);
    }
    sqlite3_reset(s);
    return !go_on || rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

bool sqlite_notes(struct store_reader *base, struct ulid id, note_fn fn, void *ctx, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    sqlite3_stmt *s = r->notes;
    sqlite3_bind_int64(s, 1, ulid_rank(id));
    sqlite3_bind_int64(s, 2, (int64_t)id.lo);
    int rc;
    bool go_on = true;
    while (go_on && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        const struct note n = {.time = sqlite3_column_int64(s, 0),
                               .text = (const char *)sqlite3_column_text(s, 1)};
        go_on = fn(ctx, &n, sqlite3_column_int64(s, 2));
    }
    sqlite3_reset(s);
    return !go_on || rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

bool sqlite_due(struct store_reader *base, int64_t now, size_t most, struct ulid *ret, size_t *ret_n,
                struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    sqlite3_stmt *s = r->due;
    sqlite3_bind_int64(s, 1, now);
    sqlite3_bind_int64(s, 2, (int64_t)most);
    int rc;
    *ret_n = 0;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        ret[(*ret_n)++] = ulid_from_rank(sqlite3_column_int64(s, 0), (uint64_t)sqlite3_column_int64(s, 1));
    sqlite3_reset(s);
    return rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}
