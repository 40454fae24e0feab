/* An order by its id, the read that is asked for most.
 *
 * All that are read in one snapshot are rows of one run of one statement: it joins the orders to a table of a single row,
 * the rank that is asked for now, and each step looks at that table anew. So the statement is begun once a snapshot, and
 * its cursor and its room for texts stay from order to order. Where no order has the rank the run ends, and the next one
 * asked for begins another. */
#include "service/store/sqlite_private.h"

#include <stdlib.h>

/* The table. Its connection has one. Two statements may be in their runs, but only one of them steps, to what was asked
 * for just before. */
struct asked {
    sqlite3_vtab base;
    struct sqlite_reader *reader;
};

static struct asked_rank *rank_of(sqlite3_vtab_cursor *c)
{
    return &((struct asked *)c->pVtab)->reader->asked;
}

static int asked_connect(sqlite3 *db, void *reader, int argc, const char *const *argv, sqlite3_vtab **ret,
                         char **ret_message)
{
    (void)argc, (void)argv, (void)ret_message;
    struct asked *t = calloc(1, sizeof *t);
    if (t == NULL)
        return SQLITE_NOMEM;
    t->reader = reader;
    *ret = &t->base;
    return sqlite3_declare_vtab(db, "CREATE TABLE asked(asked_rank INTEGER)");
}

static int asked_disconnect(sqlite3_vtab *t)
{
    free(t);
    return SQLITE_OK;
}

static int asked_plan(sqlite3_vtab *t, sqlite3_index_info *plan)
{
    (void)t;
    plan->estimatedCost = 1;
    plan->estimatedRows = 1;
    return SQLITE_OK;
}

static int asked_open(sqlite3_vtab *t, sqlite3_vtab_cursor **ret)
{
    (void)t;
    *ret = calloc(1, sizeof **ret);
    return *ret != NULL ? SQLITE_OK : SQLITE_NOMEM;
}

static int asked_close(sqlite3_vtab_cursor *c)
{
    free(c);
    return SQLITE_OK;
}

/* To the row: what was asked for since. */
static int asked_next(sqlite3_vtab_cursor *c)
{
    rank_of(c)->here = rank_of(c)->fresh;
    rank_of(c)->fresh = false;
    return SQLITE_OK;
}

static int asked_filter(sqlite3_vtab_cursor *c, int plan, const char *name, int argc, sqlite3_value **argv)
{
    (void)plan, (void)name, (void)argc, (void)argv;
    return asked_next(c);
}

static int asked_end(sqlite3_vtab_cursor *c)
{
    return !rank_of(c)->here;
}

static int asked_column(sqlite3_vtab_cursor *c, sqlite3_context *to, int column)
{
    (void)column;
    sqlite3_result_int64(to, rank_of(c)->rank);
    return SQLITE_OK;
}

static int asked_rowid(sqlite3_vtab_cursor *c, sqlite3_int64 *ret)
{
    *ret = rank_of(c)->rank;
    return SQLITE_OK;
}

static const sqlite3_module asked = {
    .xConnect = asked_connect,
    .xBestIndex = asked_plan,
    .xDisconnect = asked_disconnect,
    .xOpen = asked_open,
    .xClose = asked_close,
    .xFilter = asked_filter,
    .xNext = asked_next,
    .xEof = asked_end,
    .xColumn = asked_column,
    .xRowid = asked_rowid,
};

int get_table(struct sqlite_reader *r)
{
    return sqlite3_create_module(r->db, "asked", &asked, r);
}

bool get_by_rank(struct sqlite_reader *r, sqlite3_stmt *s, int64_t rank, struct arena *a, struct order *ret,
                 bool *ret_found, struct err *ret_err)
{
    r->asked = (struct asked_rank){.rank = rank, .fresh = true};
    r->row = (struct order_row){.order = ret, .arena = a};
    int rc = sqlite3_step(s);
    *ret_found = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        return r->row.read || err_set(ret_err, ERR_STORAGE_BUSY, "the order could not be read");
    sqlite3_reset(s);
    return rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

/* The rank has half of the id, and drops the version nibble of a foreign UUID: it must be the stored one to the bit. */
static bool get_by_id(struct sqlite_reader *r, sqlite3_stmt *s, struct ulid id, struct arena *a,
                      struct order *ret, bool *ret_found, struct err *ret_err)
{
    if (!get_by_rank(r, s, ulid_rank(id), a, ret, ret_found, ret_err))
        return false;
    *ret_found = *ret_found && ulid_equal(ret->id, id);
    return true;
}

bool sqlite_get(struct store_reader *base, struct ulid id, struct arena *a, struct order *ret,
                bool *ret_found, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    return get_by_id(r, r->get, id, a, ret, ret_found, ret_err);
}

bool sqlite_show(struct store_reader *base, struct ulid id, struct arena *a, struct order *ret,
                 bool *ret_found, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    return get_by_id(r, r->show, id, a, ret, ret_found, ret_err);
}
