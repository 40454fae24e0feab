/* The index on the customer, in segments of orders that came after one another.
 *
 * An index on a value that comes in no order takes each row in on another of its pages, so the more orders are stored the
 * more pages each checkpoint writes. Here the segment comes before the customer: new rows go into the part that belongs
 * to the newest segment, as large on the first day as after years, and who looks for a customer looks once in each
 * segment. A segment begins at a rank above all that came before, so the order of segments is the order of ranks. */
#include "service/store/sqlite_private.h"

#define SEGMENT_ORDERS 32768

bool sqlite_segment_find(struct sqlite_store *s, int64_t newest, int orders)
{
    sqlite3_stmt *q =
        sqlite_prepare(s->db, "SELECT n,first,before,(SELECT coalesce(sum(n),0) FROM stat WHERE "
                              "kind=?1) FROM segments ORDER BY n DESC LIMIT 1");
    sqlite3_bind_int(q, 1, STAT_STATUS);
    bool ok = q != NULL && sqlite3_step(q) == SQLITE_ROW;
    if (ok)
        s->segment = (struct sqlite_segment){.n = sqlite3_column_int64(q, 0),
                                             .first = sqlite3_column_int64(q, 1),
                                             .before = sqlite3_column_int64(q, 2),
                                             .stored = sqlite3_column_int64(q, 3),
                                             .newest = newest,
                                             .orders = orders > 0 ? orders : SEGMENT_ORDERS};
    sqlite3_finalize(q);
    s->next_segment = s->segment;
    return ok;
}

static int begin_segment(struct sqlite_store *s, int64_t rank)
{
    struct sqlite_segment *g = &s->next_segment;
    g->n++;
    g->first = rank;
    g->before = g->stored;
    sqlite3_bind_int64(s->segment_add, 1, g->n);
    sqlite3_bind_int64(s->segment_add, 2, g->first);
    sqlite3_bind_int64(s->segment_add, 3, g->before);
    int rc = sqlite3_step(s->segment_add);
    sqlite3_reset(s->segment_add);
    return rc;
}

/* An order may come after a later one. */
static int find_segment(struct sqlite_store *s, int64_t rank, int64_t *ret)
{
    sqlite3_bind_int64(s->segment_of, 1, rank);
    int rc = sqlite3_step(s->segment_of);
    *ret = sqlite3_column_int64(s->segment_of, 0);
    sqlite3_reset(s->segment_of);
    return rc;
}

int sqlite_segment_place(struct sqlite_store *s, int64_t rank, int64_t *ret)
{
    struct sqlite_segment *g = &s->next_segment;
    int rc = SQLITE_DONE;
    if (g->stored - g->before >= g->orders && rank > g->newest)
        rc = begin_segment(s, rank);
    *ret = g->n;
    if (rc == SQLITE_DONE && rank < g->first)
        rc = find_segment(s, rank, ret);
    g->stored++;
    if (rank > g->newest)
        g->newest = rank;
    return rc;
}
