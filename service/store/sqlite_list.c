/* Lists and counts: from an order_query to SQL that walks an index, so that page n costs what page 1 costs.
 *
 * A list reads ranks first, then each order by its key, so the walk touches index entries only. Statuses and
 * priorities become one arm each of a UNION ALL: SQLite merges the arms, every one in index order. */
#include "service/store/sqlite_private.h"
#include "shared/fold.h"

#include <stdio.h>
#include <string.h>

#define SQL_MAX 60000
#define PARAMS_MAX 900

/* A statement being written: text, and the values of its parameters in order of appearance. */
struct builder {
    struct buf sql;
    struct {
        const char *text; /* NULL: number */
        int64_t number;
    } params[PARAMS_MAX];
    int n;
    bool failed;
    const struct order_query *q;
};

static void put_number(struct builder *b, int64_t n)
{
    if (b->n == PARAMS_MAX) {
        b->failed = true;
        return;
    }
    b->params[b->n].text = NULL;
    b->params[b->n++].number = n;
    buf_addf(&b->sql, "?%d", b->n);
}

static void put_text(struct builder *b, const char *text)
{
    put_number(b, 0);
    if (!b->failed)
        b->params[b->n - 1].text = text;
}

/* Case does not matter; no index helps here. */
static void put_folded(struct builder *b, const char *column, const struct filter_value *v)
{
    buf_addf(&b->sql, "%s(%s,", v->prefix ? "fold_begins" : "fold_is", column);
    put_text(b, v->text);
    buf_addc(&b->sql, ')');
}

/* fold_is(text, what) and fold_begins(text, what): NULL for no text, as LIKE. */
static void compare_folded(sqlite3_context *ctx, int n, sqlite3_value **values)
{
    (void)n;
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *what = (const char *)sqlite3_value_text(values[1]);
    if (text != NULL && what != NULL)
        sqlite3_result_int(ctx, fold_same(text, what, sqlite3_user_data(ctx) != NULL));
}

int list_functions(sqlite3 *db)
{
    static char begins; /* that it is there says so */
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int rc = sqlite3_create_function_v2(db, "fold_is", 2, flags, NULL, compare_folded, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_function_v2(db, "fold_begins", 2, flags, &begins, compare_folded, NULL, NULL,
                                        NULL);
    return rc;
}

/* ---- the start of an order id as a range of ranks ---- */

static int base32_digit(char c)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'I' || c == 'L')
        c = '1';
    if (c == 'O')
        c = '0';
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Fills lo and hi with the smallest and largest id whose spelling begins with the text. */
static bool id_range(const char *text, struct ulid *lo, struct ulid *hi)
{
    if (strncasecmp(text, "ORD-", 4) == 0)
        text += 4;
    __extension__ unsigned __int128 low = 0, high = 0;
    size_t n = strlen(text);
    if (n == 0 || n > ULID_LEN || base32_digit(text[0]) > 7)
        return false;
    for (size_t i = 0; i < ULID_LEN; i++) {
        int d = i < n ? base32_digit(text[i]) : 0;
        if (d < 0)
            return false;
        low = low << 5 | (unsigned)d;
        high = high << 5 | (i < n ? (unsigned)d : i == 0 ? 7u : 31u);
    }
    *lo = (struct ulid){.hi = (uint64_t)(low >> 64), .lo = (uint64_t)low};
    *hi = (struct ulid){.hi = (uint64_t)(high >> 64), .lo = (uint64_t)high};
    return true;
}

/* Ranks leave the version nibble out: the first rank at or above, the last at or below. */
static int64_t rank_at_least(uint64_t hi)
{
    uint64_t ms = hi >> 16, nibble = (hi >> 12) & 15, counter = hi & 0xfff;
    return (int64_t)(nibble < 7 ? ms << 12 : nibble == 7 ? ms << 12 | counter : (ms + 1) << 12);
}

static int64_t rank_at_most(uint64_t hi)
{
    uint64_t ms = hi >> 16, nibble = (hi >> 12) & 15, counter = hi & 0xfff;
    return (int64_t)(nibble > 7 ? ms << 12 | 0xfff : nibble == 7 ? ms << 12 | counter : (ms << 12) - 1);
}

static void put_id_prefix(struct builder *b, const char *text)
{
    struct ulid lo, hi;
    if (strlen(text) <= 4 && strncasecmp("ORD-", text, strlen(text)) == 0) {
        buf_adds(&b->sql, "1"); /* every order id begins so */
        return;
    }
    if (!id_range(text, &lo, &hi)) {
        buf_adds(&b->sql, "0");
        return;
    }
    buf_adds(&b->sql, "(rank BETWEEN ");
    put_number(b, rank_at_least(lo.hi));
    buf_adds(&b->sql, " AND ");
    put_number(b, rank_at_most(hi.hi));
    if (lo.hi == hi.hi) { /* the prefix reaches into the low half, whose top bit is always set */
        buf_adds(&b->sql, " AND low BETWEEN ");
        put_number(b, (int64_t)(lo.lo | UINT64_C(1) << 63));
        buf_adds(&b->sql, " AND ");
        put_number(b, (int64_t)(hi.lo | UINT64_C(1) << 63));
    }
    buf_addc(&b->sql, ')');
}

/* ---- terms ---- */

static const char *comparison(enum filter_cmp cmp)
{
    static const char *const text[] = {
        [FILTER_IS] = "=", [FILTER_LT] = "<", [FILTER_LE] = "<=", [FILTER_GT] = ">", [FILTER_GE] = ">="};
    return text[cmp];
}

/* An older statusSince is a greater age. */
static const char *turned(enum filter_cmp cmp)
{
    static const char *const text[] = {
        [FILTER_IS] = "=", [FILTER_LT] = ">", [FILTER_LE] = ">=", [FILTER_GT] = "<", [FILTER_GE] = "<="};
    return text[cmp];
}

static void put_column(struct builder *b, const char *column, const struct filter_term *t,
                       const struct filter_value *v)
{
    if (t->exact_case && !v->prefix) {
        buf_addf(&b->sql, "%s=", column);
        put_text(b, v->text);
    } else {
        put_folded(b, column, v);
    }
}

/* Those segments that the page may have orders of: the index on the customer begins with them. */
static void put_segments(struct builder *b)
{
    const struct order_query *q = b->q;
    bool after = q->cursor.set && q->sort == SORT_CREATED;
    buf_adds(&b->sql, "segment IN (SELECT n FROM segments");
    if (after) {
        buf_adds(&b->sql,
                 q->descending ? " WHERE first<=" : " WHERE n>=(SELECT max(n) FROM segments WHERE first<=");
        put_number(b, q->cursor.rank);
        buf_adds(&b->sql, q->descending ? "" : ")");
    }
    buf_adds(&b->sql, ") AND ");
}

static void put_value(struct builder *b, const struct filter_term *t, const struct filter_value *v)
{
    switch (t->field) {
    case FILTER_STATUS: buf_addf(&b->sql, "status=%d", (int)v->number); break;
    case FILTER_PRIORITY: buf_addf(&b->sql, "priority=%d", (int)v->number); break;
    case FILTER_CUSTOMER:
        if (t->exact_case && !v->prefix && !t->negated)
            put_segments(b);
        put_column(b, "customer", t, v);
        break;
    case FILTER_WAVE: put_column(b, "wave", t, v); break;
    case FILTER_SKU:
        buf_adds(&b->sql, "EXISTS(SELECT 1 FROM json_each(doc,'$.items') AS l WHERE ");
        put_column(b, "json_extract(l.value,'$.sku')", t, v);
        buf_addc(&b->sql, ')');
        break;
    case FILTER_HOLD:
        buf_adds(&b->sql, "(holds IS NOT NULL AND EXISTS(SELECT 1 FROM json_each(holds) AS h WHERE ");
        put_column(b, "json_extract(h.value,'$.type')", t, v);
        buf_adds(&b->sql, "))");
        break;
    case FILTER_LATE:
        buf_adds(&b->sql, v->number ? "(status<7 AND promised_at<" : "NOT(status<7 AND promised_at<");
        put_number(b, b->q->now);
        buf_addc(&b->sql, ')');
        break;
    case FILTER_AGE:
        buf_addf(&b->sql, "status_since%s", turned(t->cmp));
        put_number(b, b->q->now - v->number);
        break;
    case FILTER_TOTAL:
        buf_adds(&b->sql, "(currency=");
        put_text(b, v->currency->code);
        buf_addf(&b->sql, " AND total%s", comparison(t->cmp));
        put_number(b, v->number);
        buf_addc(&b->sql, ')');
        break;
    case FILTER_CREATED:
        buf_addf(&b->sql, "rank%s", comparison(t->cmp));
        put_number(b, v->number > INT64_MAX >> 12 ? INT64_MAX : v->number < 0 ? 0 : v->number << 12);
        break;
    case FILTER_TEXT:
        buf_addc(&b->sql, '(');
        put_id_prefix(b, v->text);
        buf_adds(&b->sql, " OR ");
        put_folded(b, "customer", v);
        buf_adds(&b->sql, " OR coalesce(");
        put_folded(b, "tracking", v);
        buf_adds(&b->sql, ",0))");
        break;
    case FILTER_FIELDS: break;
    }
}

/* Columns may be NULL (wave, holds): a negated term is true there, so NULL counts as no. */
static void put_term(struct builder *b, const struct filter_term *t)
{
    bool single = t->n_values == 1 && !t->negated;
    buf_adds(&b->sql, " AND ");
    buf_adds(&b->sql, t->negated ? "NOT coalesce(" : single ? "" : "(");
    if (t->negated)
        buf_addc(&b->sql, '(');
    for (size_t i = 0; i < t->n_values; i++) {
        if (i > 0)
            buf_adds(&b->sql, " OR ");
        put_value(b, t, &t->values[i]);
    }
    buf_adds(&b->sql, t->negated ? "),0)" : single ? "" : ")");
}

/* ---- what the terms say about statuses and priorities ---- */

static unsigned term_mask(const struct filter_term *t, unsigned all)
{
    unsigned mask = 0;
    for (size_t i = 0; i < t->n_values; i++)
        mask |= 1u << t->values[i].number;
    return t->negated ? all & ~mask : mask;
}

static unsigned field_mask(const struct filter *f, enum filter_field field, unsigned all)
{
    unsigned mask = all;
    for (size_t i = 0; i < f->n_terms; i++)
        if (f->terms[i].field == field)
            mask &= term_mask(&f->terms[i], all);
    return mask;
}

static bool asks_late(const struct filter *f)
{
    for (size_t i = 0; i < f->n_terms; i++)
        if (f->terms[i].field == FILTER_LATE && !f->terms[i].negated && f->terms[i].n_values == 1 &&
            f->terms[i].values[0].number == 1)
            return true;
    return false;
}

/* An index on an exact single value: few orders have it, and the walk among them goes in order of rank. */
struct walk {
    enum filter_field by;
    const char *index;
    const char *leading; /* a column before the value, in the order of ranks; NULL: none */
};

static const struct walk *walk_of(const struct filter *f)
{
    static const struct walk by_customer = {FILTER_CUSTOMER, "orders_by_customer", "segment"},
                             by_wave = {FILTER_WAVE, "orders_by_wave", NULL};
    for (size_t i = 0; i < f->n_terms; i++) {
        const struct filter_term *t = &f->terms[i];
        if (t->negated || !t->exact_case || t->n_values != 1 || t->values[0].prefix)
            continue;
        if (t->field == FILTER_CUSTOMER)
            return &by_customer;
        if (t->field == FILTER_WAVE)
            return &by_wave;
    }
    return NULL;
}

#define PRIORITY_ALL ((1u << PRIORITY_COUNT) - 1)

/* " AND term AND term"; `arms`: statuses and priorities are said elsewhere. */
static void put_terms(struct builder *b, bool arms)
{
    for (size_t i = 0; i < b->q->filter->n_terms; i++) {
        const struct filter_term *t = &b->q->filter->terms[i];
        if (arms && (t->field == FILTER_STATUS || t->field == FILTER_PRIORITY))
            continue;
        put_term(b, t);
    }
}

/* ---- sorts ---- */

static const struct {
    const char *key;   /* what is compared before the rank, NULL: the rank alone */
    const char *first; /* compared even before the key: text */
} sorts[SORT_COUNT] = {
    [SORT_CREATED] = {NULL, NULL},         [SORT_PROMISED] = {"promised_at", NULL},
    [SORT_UPDATED] = {"updated_at", NULL}, [SORT_STATUS_SINCE] = {"status_since", NULL},
    [SORT_TOTAL] = {"total", "currency"},  [SORT_CUSTOMER] = {NULL, "customer"},
};

/* SQLite compares the rank inside the index, and not row by row, only where the comparison has a collation, which the
 * key of a table lacks: so it is named. Without it a page deep among orders of one promise reads all before it. */
static void put_after_cursor(struct builder *b)
{
    const struct order_query *q = b->q;
    const char *first = sorts[q->sort].first, *key = sorts[q->sort].key;
    if (!q->cursor.set)
        return;
    buf_addf(&b->sql, " AND (%s%s%s%srank)%s(", first ? first : "", first ? "," : "", key ? key : "",
             key ? "," : "", q->descending ? "<" : ">");
    if (first) {
        put_text(b, q->cursor.text);
        buf_addc(&b->sql, ',');
    }
    if (key) {
        put_number(b, q->cursor.number);
        buf_addc(&b->sql, ',');
    }
    put_number(b, q->cursor.rank);
    buf_adds(&b->sql, first || key ? " COLLATE BINARY)" : ")");
}

/* `leading`: what the rows are walked by before the rank, in whose order they are anyway; NULL: nothing. */
static void put_order_and_limit(struct builder *b, bool plain_rank, const char *leading)
{
    const char *way = b->q->descending ? " DESC" : "";
    const char *first = sorts[b->q->sort].first, *key = sorts[b->q->sort].key;
    buf_adds(&b->sql, " ORDER BY ");
    if (!plain_rank && first)
        buf_addf(&b->sql, "%s%s,", first, way);
    if (!plain_rank && key)
        buf_addf(&b->sql, "%s%s,", key, way);
    if (leading)
        buf_addf(&b->sql, "%s%s,", leading, way);
    buf_addf(&b->sql, "rank%s LIMIT ", way);
    put_number(b, b->q->limit + 1);
    if (b->q->offset > 0) {
        buf_adds(&b->sql, " OFFSET ");
        put_number(b, b->q->offset);
    }
}

/* One arm for each (status, priority) wanted, all walked in order of rank and merged. */
static void build_arms(struct builder *b, unsigned statuses, unsigned priorities)
{
    bool first = true;
    for (int s = 0; s < STATUS_COUNT; s++)
        for (int p = 0; p < PRIORITY_COUNT; p++) {
            if (!(statuses & 1u << s) || !(priorities & 1u << p))
                continue;
            buf_addf(&b->sql,
                     "%sSELECT rank FROM orders INDEXED BY orders_by_status WHERE status=%d AND priority=%d",
                     first ? "" : " UNION ALL ", s, p);
            first = false;
            if (b->q->cursor.set) {
                buf_adds(&b->sql, b->q->descending ? " AND rank<" : " AND rank>");
                put_number(b, b->q->cursor.rank);
            }
            put_terms(b, true);
        }
    if (first) /* nothing can match */
        buf_adds(&b->sql, "SELECT rank FROM orders WHERE 0");
    put_order_and_limit(b, true, NULL);
}

static void build_plain(struct builder *b, unsigned statuses)
{
    const struct order_query *q = b->q;
    bool only_open = (statuses & ~STATUS_OPEN) == 0 || asks_late(q->filter);
    const struct walk *walk = walk_of(q->filter);
    bool by_promise = q->sort == SORT_PROMISED && only_open;
    buf_adds(&b->sql, "SELECT rank FROM orders ");
    if (by_promise)
        buf_adds(&b->sql, "INDEXED BY orders_by_promise ");
    else if (walk)
        buf_addf(&b->sql, "INDEXED BY %s ", walk->index);
    else if (q->sort == SORT_CREATED)
        buf_adds(&b->sql, "NOT INDEXED ");
    buf_adds(&b->sql, only_open ? "WHERE status<7" : "WHERE 1");
    bool all_open = only_open && (statuses & STATUS_OPEN) == STATUS_OPEN;
    for (size_t i = 0; i < q->filter->n_terms; i++)
        if (!(all_open && q->filter->terms[i].field == FILTER_STATUS))
            put_term(b, &q->filter->terms[i]);
    put_after_cursor(b);
    put_order_and_limit(b, false, walk && q->sort == SORT_CREATED ? walk->leading : NULL);
}

#define SEGMENT_ARMS 100 /* the cost of a page rises with them; beyond, all is sorted */

/* By customer: one arm for each segment, all walked in order of the customer and merged. */
static bool build_segments(struct builder *b, int segments)
{
    if (segments < 1 || segments > SEGMENT_ARMS)
        return false;
    for (int i = 0; i < segments; i++) {
        buf_addf(&b->sql, "%sSELECT rank,customer FROM orders INDEXED BY orders_by_customer WHERE segment=%d",
                 i == 0 ? "" : " UNION ALL ", i);
        put_terms(b, false);
        put_after_cursor(b);
    }
    put_order_and_limit(b, false, NULL);
    return !b->failed && !b->sql.failed;
}

static void start_again(struct builder *b)
{
    buf_clear(&b->sql);
    b->n = 0;
    b->failed = false;
}

static void build_list(struct builder *b, int segments)
{
    const struct order_query *q = b->q;
    unsigned statuses = field_mask(q->filter, FILTER_STATUS, STATUS_ALL);
    unsigned priorities = field_mask(q->filter, FILTER_PRIORITY, PRIORITY_ALL);
    bool narrowed = statuses != STATUS_ALL || priorities != PRIORITY_ALL, built = false;
    if (q->sort == SORT_CREATED && narrowed && walk_of(q->filter) == NULL) {
        build_arms(b, statuses, priorities);
        built = !b->failed && !b->sql.failed;
    } else if (q->sort == SORT_CUSTOMER && walk_of(q->filter) == NULL) {
        built = build_segments(b, segments);
    }
    if (!built) { /* every arm repeats the terms: one walk has room for more of them */
        start_again(b);
        build_plain(b, statuses);
    }
}

static void build_count(struct builder *b, int64_t cap)
{
    const struct walk *walk = walk_of(b->q->filter);
    buf_adds(&b->sql, "SELECT count(*) FROM (SELECT 1 FROM orders ");
    if (walk != NULL)
        buf_addf(&b->sql, "INDEXED BY %s ", walk->index);
    buf_adds(&b->sql, "WHERE 1");
    put_terms(b, false);
    buf_adds(&b->sql, " LIMIT ");
    put_number(b, cap);
    buf_addc(&b->sql, ')');
}

static sqlite3_stmt *bind_built(struct sqlite_reader *r, struct builder *b, struct err *ret_err)
{
    sqlite3_stmt *s = b->failed || b->sql.failed ? NULL : reader_query(r, b->sql.data);
    if (s == NULL) {
        err_set(ret_err, ERR_INVALID_PARAMETER, "the filter is too large");
        return NULL;
    }
    for (int i = 0; i < b->n; i++) {
        if (b->params[i].text != NULL)
            sqlite3_bind_text(s, i + 1, b->params[i].text, -1, SQLITE_STATIC);
        else
            sqlite3_bind_int64(s, i + 1, b->params[i].number);
    }
    return s;
}

/* ---- the two queries ---- */

/* 0: not known, which the walk that fails next tells of. */
static int count_segments(struct sqlite_reader *r)
{
    sqlite3_stmt *s = reader_query(r, "SELECT max(n)+1 FROM segments");
    int n = s != NULL && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : 0;
    sqlite3_reset(s);
    return n;
}

static void set_next(const struct order_query *q, const struct order *last, struct order_cursor *c)
{
    c->set = true;
    c->rank = ulid_rank(last->id);
    switch (q->sort) {
    case SORT_PROMISED: c->number = last->promised_at; break;
    case SORT_UPDATED: c->number = last->updated_at; break;
    case SORT_STATUS_SINCE: c->number = last->status_since; break;
    case SORT_TOTAL:
        c->number = last->total.minor;
        snprintf(c->text, sizeof c->text, "%s", last->total.currency->code);
        break;
    case SORT_CUSTOMER: snprintf(c->text, sizeof c->text, "%s", last->customer_id); break;
    case SORT_CREATED:
    case SORT_COUNT: break;
    }
}

/* The orders of one customer, by customer, are in the order of their creation. */
static struct order_query as_walked(const struct order_query *q)
{
    struct order_query ret = *q;
    const struct walk *walk = walk_of(q->filter);
    if (q->sort == SORT_CUSTOMER && walk != NULL && walk->by == FILTER_CUSTOMER)
        ret.sort = SORT_CREATED;
    return ret;
}

bool sqlite_list(struct store_reader *base, const struct order_query *q, struct arena *a,
                 struct order_page *ret, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    struct builder *b = arena_alloc(a, sizeof *b);
    int64_t *ranks = arena_alloc(a, (size_t)(q->limit + 1) * sizeof *ranks);
    memset(ret, 0, sizeof *ret);
    ret->orders = arena_alloc(a, (size_t)q->limit * sizeof *ret->orders);
    if (b == NULL || ranks == NULL || ret->orders == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    buf_init(&b->sql, SQL_MAX);
    const struct order_query asked = as_walked(q);
    b->q = &asked;
    build_list(b, asked.sort == SORT_CUSTOMER ? count_segments(r) : 0);
    sqlite3_stmt *s = bind_built(r, b, ret_err);
    buf_release(&b->sql);
    if (s == NULL)
        return false;
    size_t n = 0;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW && n <= (size_t)q->limit)
        ranks[n++] = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        return reader_failed(r, rc, ret_err);
    ret->more = n > (size_t)q->limit;
    ret->n = ret->more ? (size_t)q->limit : n;
    for (size_t i = 0; i < ret->n; i++) {
        bool found;
        if (!get_by_rank(r, r->get, ranks[i], a, &ret->orders[i], &found, ret_err))
            return false;
        if (!found)
            return reader_failed(r, SQLITE_CORRUPT, ret_err);
    }
    if (ret->more)
        set_next(q, &ret->orders[ret->n - 1], &ret->next);
    return true;
}

/* Statuses and priorities alone are known from the counters. */
static bool count_from_stats(struct sqlite_reader *r, const struct order_query *q, int64_t *ret,
                             struct err *ret_err)
{
    unsigned statuses = field_mask(q->filter, FILTER_STATUS, STATUS_ALL);
    unsigned priorities = field_mask(q->filter, FILTER_PRIORITY, PRIORITY_ALL);
    sqlite3_bind_int(r->stat_range, 1, STAT_STATUS);
    sqlite3_bind_int64(r->stat_range, 2, 0);
    int rc;
    *ret = 0;
    while ((rc = sqlite3_step(r->stat_range)) == SQLITE_ROW) {
        int64_t s = sqlite3_column_int64(r->stat_range, 0), p = sqlite3_column_int64(r->stat_range, 1);
        if ((statuses >> s & 1) && (priorities >> p & 1))
            *ret += sqlite3_column_int64(r->stat_range, 2);
    }
    sqlite3_reset(r->stat_range);
    return rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

bool sqlite_count(struct store_reader *base, const struct order_query *q, int64_t cap, int64_t *ret,
                  struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    bool counted = true;
    for (size_t i = 0; i < q->filter->n_terms; i++)
        counted = counted && (q->filter->terms[i].field == FILTER_STATUS ||
                              q->filter->terms[i].field == FILTER_PRIORITY);
    if (counted) {
        bool ok = count_from_stats(r, q, ret, ret_err);
        if (ok && *ret > cap)
            *ret = cap;
        return ok;
    }
    struct arena a;
    arena_init(&a, 1024 * 1024);
    struct builder *b = arena_alloc(&a, sizeof *b);
    sqlite3_stmt *s = NULL;
    if (b != NULL) {
        struct order_query all = *q;
        all.cursor.set = false; /* wherever a page begins */
        buf_init(&b->sql, SQL_MAX);
        b->q = &all;
        build_count(b, cap);
        s = bind_built(r, b, ret_err);
        buf_release(&b->sql);
    } else {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    }
    bool ok = false;
    if (s != NULL) {
        int rc = sqlite3_step(s);
        *ret = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
        sqlite3_reset(s);
        sqlite3_clear_bindings(s);
        ok = rc == SQLITE_ROW || reader_failed(r, rc, ret_err);
    }
    arena_release(&a);
    return ok;
}
