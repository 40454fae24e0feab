/* Facts of the warehouse as parts of a unit: the inbox, what waits for an order, notes, dead letters. All of it stands in
 * the transaction of the unit's effect. */
#include "service/store/sqlite_private.h"

#include "shared/metric.h"

#include <string.h>

#define HEADERS_MAX ((size_t)8 << 20)

static int run(sqlite3_stmt *q)
{
    int rc = sqlite3_step(q);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return rc;
}

static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
    if (text != NULL)
        sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(q, at);
}

static void bind_bytes(sqlite3_stmt *q, int at, const void *bytes, size_t n)
{
    if (bytes != NULL)
        sqlite3_bind_blob64(q, at, bytes, n, SQLITE_STATIC);
    else
        sqlite3_bind_null(q, at);
}

static void bind_id(sqlite3_stmt *q, struct ulid id)
{
    sqlite3_bind_int64(q, 1, ulid_rank(id));
    sqlite3_bind_int64(q, 2, (int64_t)id.lo);
}

/* ---- the inbox ---- */

static sqlite3_stmt *bind_inbox(sqlite3_stmt *q, const struct unit *u)
{
    sqlite3_bind_int64(q, 1, u->has_target ? ulid_rank(u->target) : 0);
    sqlite3_bind_blob(q, 2, u->inbox.key, INBOX_KEY_LEN, SQLITE_STATIC);
    return q;
}

int facts_repeated(struct sqlite_store *s, const struct unit *u, bool *ret_known)
{
    int rc = run(bind_inbox(s->inbox_find, u));
    *ret_known = rc == SQLITE_ROW;
    return rc;
}

int facts_claim(struct sqlite_store *s, const struct unit *u)
{
    sqlite3_bind_int64(s->inbox_add, 3, u->inbox.since);
    return run(bind_inbox(s->inbox_add, u));
}

/* ---- loading ---- */

static bool row_parked(sqlite3_stmt *q, struct arena *a, struct parked_fact *p)
{
    bool ok = true;
    p->id = sqlite3_column_int64(q, 0);
    p->fact =
        (struct fact){.kind = (enum fact_kind)sqlite3_column_int(q, 1), .time = sqlite3_column_int64(q, 2)};
    p->fact.wave_id = row_text(q, 3, a, &ok);
    p->fact.tracking_number = row_text(q, 4, a, &ok);
    p->fact.carrier = row_text(q, 5, a, &ok);
    p->fact.reason = row_text(q, 6, a, &ok);
    p->fact.items = sqlite3_column_int64(q, 7);
    p->fact.source = row_text(q, 8, a, &ok);
    p->fact.traceparent = row_text(q, 9, a, &ok);
    p->since = sqlite3_column_int64(q, 10);
    p->due = sqlite3_column_int64(q, 11);
    p->record = sqlite3_column_int64(q, 12);
    return ok && (unsigned)p->fact.kind < FACT_KINDS;
}

/* Room for one more of n elements of `size` bytes; NULL: out of memory. */
static void *grown(struct arena *a, void *list, size_t n, size_t size)
{
    if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
        return list;
    void *more = arena_alloc(a, (n == 0 ? 4 : 2 * n) * size);
    if (more != NULL && n > 0)
        memcpy(more, list, n * size);
    return more;
}

static int load_parked(struct sqlite_store *s, struct unit *u)
{
    struct parked_fact *list = NULL;
    size_t n = 0;
    int rc;
    bind_id(s->parked_load, u->target);
    while ((rc = sqlite3_step(s->parked_load)) == SQLITE_ROW) {
        list = grown(u->arena, list, n, sizeof *list);
        if (list == NULL || !row_parked(s->parked_load, u->arena, &list[n])) {
            rc = SQLITE_NOMEM;
            break;
        }
        list[n++].fact.order_id = u->target;
    }
    sqlite3_reset(s->parked_load);
    u->known.parked = list;
    u->known.n_parked = n;
    return rc;
}

static int load_waves(struct sqlite_store *s, struct unit *u)
{
    struct wave_fact *list = NULL;
    size_t n = 0;
    bool ok = true;
    int rc;
    bind_id(s->wave_load, u->target);
    while ((rc = sqlite3_step(s->wave_load)) == SQLITE_ROW) {
        list = grown(u->arena, list, n, sizeof *list);
        if (list == NULL) {
            rc = SQLITE_NOMEM;
            break;
        }
        list[n++] = (struct wave_fact){.wave_id = row_text(s->wave_load, 0, u->arena, &ok),
                                       .time = sqlite3_column_int64(s->wave_load, 1),
                                       .removed = sqlite3_column_int(s->wave_load, 2) != 0};
    }
    sqlite3_reset(s->wave_load);
    u->known.waves = list;
    u->known.n_waves = n;
    return ok ? rc : SQLITE_NOMEM;
}

int facts_load(struct sqlite_store *s, struct unit *u)
{
    int rc = load_parked(s, u);
    return rc == SQLITE_DONE ? load_waves(s, u) : rc;
}

static bool keep_dead(struct arena *a, struct dead_letter *d)
{
    struct record *r = &d->record;
    r->topic = arena_strdup(a, r->topic);
    d->reason = arena_strdup(a, d->reason);
    d->headers = arena_strdup(a, d->headers);
    bool key = r->key != NULL, value = r->value != NULL;
    r->key = key ? arena_memdup(a, r->key, r->key_len) : NULL;
    r->value = value ? arena_memdup(a, r->value, r->value_len) : NULL;
    return r->topic && d->reason && d->headers && (!key || r->key) && (!value || r->value) &&
           record_headers_parse(d->headers, a, r);
}

int facts_find_dead(struct sqlite_store *s, struct unit *u)
{
    const struct dead_asked *asked = &u->dead_asked;
    sqlite3_stmt *q = asked->next ? s->dead_next : s->dead_find;
    struct dead_letter *d = arena_alloc(u->arena, sizeof *d);
    sqlite3_bind_int64(q, 1, asked->id);
    if (asked->next)
        sqlite3_bind_int(q, 2, asked->code);
    int rc = sqlite3_step(q);
    bool ok = d != NULL;
    if (rc == SQLITE_ROW && ok) {
        row_dead_letter(q, d);
        ok = keep_dead(u->arena, d);
        u->dead = d;
        if (d->has_order) {
            u->has_target = true;
            u->target = d->order_id;
        }
    }
    sqlite3_reset(q);
    return ok ? rc : SQLITE_NOMEM;
}

/* ---- writing ---- */

/* The row of the record behind the unit: there already, or stored now. */
static int store_record(struct sqlite_store *s, const struct unit *u, int64_t *ret_row)
{
    const struct record *r = u->source;
    uint8_t hash[RECORD_HASH_LEN];
    if (u->dead != NULL) {
        *ret_row = u->dead->row;
        return SQLITE_DONE;
    }
    record_hash(r, hash);
    sqlite3_bind_blob(s->record_find, 1, hash, sizeof hash, SQLITE_STATIC);
    int rc = sqlite3_step(s->record_find);
    *ret_row = rc == SQLITE_ROW ? sqlite3_column_int64(s->record_find, 0) : 0;
    sqlite3_reset(s->record_find);
    if (rc != SQLITE_DONE)
        return rc;
    struct buf headers = BUF_INIT(HEADERS_MAX);
    record_headers_render(&headers, r);
    sqlite3_stmt *q = s->record_add;
    sqlite3_bind_blob(q, 1, hash, sizeof hash, SQLITE_STATIC);
    bind_text(q, 2, r->topic);
    sqlite3_bind_int(q, 3, r->partition);
    sqlite3_bind_int64(q, 4, r->offset);
    sqlite3_bind_int64(q, 5, r->time);
    bind_bytes(q, 6, r->key, r->key_len);
    bind_bytes(q, 7, r->value, r->value_len);
    bind_text(q, 8, headers.failed ? "{}" : headers.data);
    rc = run(q);
    buf_release(&headers);
    *ret_row = sqlite3_last_insert_rowid(s->db);
    return rc;
}

static int park(struct sqlite_store *s, const struct unit *u, int64_t record)
{
    const struct fact_writes *w = u->plan.facts;
    const struct fact *f = w->asked;
    sqlite3_stmt *q = s->parked_add;
    bind_id(q, u->target);
    sqlite3_bind_int(q, 3, (int)f->kind);
    sqlite3_bind_int64(q, 4, f->time);
    bind_text(q, 5, f->wave_id);
    bind_text(q, 6, f->tracking_number);
    bind_text(q, 7, f->carrier);
    bind_text(q, 8, f->reason);
    sqlite3_bind_int64(q, 9, f->items);
    bind_text(q, 10, f->source);
    bind_text(q, 11, f->traceparent);
    sqlite3_bind_int64(q, 12, w->now);
    sqlite3_bind_int64(q, 13, w->due);
    sqlite3_bind_int64(q, 14, record);
    s->parked_delta++;
    return run(q);
}

static int write_notes(struct sqlite_store *s, const struct unit *u)
{
    const struct fact_writes *w = u->plan.facts;
    int rc = SQLITE_DONE;
    for (size_t i = 0; i < w->n_notes && rc == SQLITE_DONE; i++) {
        bind_id(s->note_add, u->target);
        sqlite3_bind_int64(s->note_add, 3, s->next_position);
        sqlite3_bind_int64(s->note_add, 4, w->notes[i].time);
        bind_text(s->note_add, 5, w->notes[i].text);
        rc = run(s->note_add);
    }
    return rc;
}

static int write_dead(struct sqlite_store *s, const struct unit *u, int64_t own_record)
{
    const struct fact_writes *w = u->plan.facts;
    int rc = SQLITE_DONE;
    for (size_t i = 0; i < w->n_dead && rc == SQLITE_DONE; i++) {
        const struct dead_fact *d = &w->dead[i];
        sqlite3_stmt *q = s->dead_add;
        sqlite3_bind_int(q, 1, (int)d->code);
        bind_text(q, 2, d->reason);
        sqlite3_bind_int64(q, 3, w->now);
        if (u->has_target) {
            sqlite3_bind_int64(q, 4, ulid_rank(u->target));
            sqlite3_bind_int64(q, 5, (int64_t)u->target.lo);
        }
        sqlite3_bind_int64(q, 6, d->parked != 0 ? d->record : own_record);
        s->dead_delta++;
        rc = run(q);
    }
    return rc;
}

static int drop_record(struct sqlite_store *s, int64_t row)
{
    sqlite3_bind_int64(s->record_drop, 1, row);
    return run(s->record_drop);
}

static int write_settled(struct sqlite_store *s, const struct unit *u)
{
    const struct fact_writes *w = u->plan.facts;
    int rc = SQLITE_DONE;
    for (size_t i = 0; i < w->n_settled && rc == SQLITE_DONE; i++) {
        sqlite3_bind_int64(s->parked_drop, 1, w->settled[i].id);
        s->parked_delta--;
        rc = run(s->parked_drop);
        if (rc == SQLITE_DONE)
            rc = drop_record(s, w->settled[i].record);
    }
    for (size_t i = 0; i < w->n_waiting && rc == SQLITE_DONE; i++) {
        sqlite3_bind_int64(s->parked_wait, 1, w->waiting[i].id);
        sqlite3_bind_int64(s->parked_wait, 2, w->waiting[i].due);
        rc = run(s->parked_wait);
    }
    if (w->drop != 0 && rc == SQLITE_DONE) {
        sqlite3_bind_int64(s->dead_drop, 1, w->drop);
        s->dead_delta--;
        rc = run(s->dead_drop);
        if (rc == SQLITE_DONE)
            rc = drop_record(s, u->dead->row);
    }
    return rc;
}

static int write_waves(struct sqlite_store *s, const struct unit *u)
{
    const struct fact_writes *w = u->plan.facts;
    int rc = SQLITE_DONE;
    for (size_t i = 0; i < w->n_waves && rc == SQLITE_DONE; i++) {
        bind_id(s->wave_put, u->target);
        bind_text(s->wave_put, 3, w->waves[i].wave_id);
        sqlite3_bind_int64(s->wave_put, 4, w->waves[i].time);
        sqlite3_bind_int(s->wave_put, 5, w->waves[i].removed);
        rc = run(s->wave_put);
    }
    return rc;
}

static bool needs_record(const struct fact_writes *w)
{
    bool needed = w->park;
    for (size_t i = 0; i < w->n_dead; i++)
        needed = needed || w->dead[i].parked == 0;
    return needed;
}

int facts_write(struct sqlite_store *s, struct unit *u, int64_t stored_parked, bool written)
{
    const struct fact_writes *w = u->plan.facts;
    int64_t record = 0;
    int rc = needs_record(w) ? store_record(s, u, &record) : SQLITE_DONE;
    if (rc == SQLITE_ROW)
        rc = SQLITE_DONE;
    if (rc == SQLITE_DONE && w->park)
        rc = park(s, u, record);
    if (rc == SQLITE_DONE)
        rc = write_dead(s, u, record);
    if (rc == SQLITE_DONE)
        rc = write_settled(s, u);
    if (rc == SQLITE_DONE)
        rc = write_waves(s, u);
    if (rc == SQLITE_DONE)
        rc = write_notes(s, u);
    if (rc == SQLITE_DONE && u->plan.has_order && !written && w->parked != stored_parked) {
        bind_id(s->order_parked, u->target);
        sqlite3_bind_int64(s->order_parked, 3, w->parked);
        rc = run(s->order_parked);
    }
    return rc;
}

/* ---- figures ---- */

void facts_committed(struct sqlite_store *s)
{
    s->parked += s->parked_delta;
    s->dead += s->dead_delta;
    s->parked_delta = s->dead_delta = 0;
    metric_set(METRIC_FACTS_PARKED, s->parked);
    metric_set(METRIC_DEAD_LETTERS, s->dead);
}

static int64_t count(struct sqlite_store *s, const char *sql)
{
    sqlite3_stmt *q = sqlite_prepare(s->db, sql);
    int64_t n = q != NULL && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return n;
}

void facts_count(struct sqlite_store *s)
{
    s->parked = count(s, "SELECT count(*) FROM parked");
    s->dead = count(s, "SELECT count(*) FROM dead_letters");
    facts_committed(s);
}
