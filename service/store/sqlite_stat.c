/* The figures of /orders/stats: counters in the table `stat`, changed in the transaction of each change. */
#include "service/order/state.h"
#include "service/store/sqlite_private.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000
#define DAY_MS INT64_C(86400000)
#define STAY_DAYS 7

bool deltas_init(struct deltas *d)
{
    d->slots = calloc(DELTA_SLOTS, sizeof *d->slots);
    d->taken = calloc(DELTA_SLOTS, sizeof *d->taken);
    d->used = 0;
    return d->slots != NULL && d->taken != NULL;
}

void deltas_release(struct deltas *d)
{
    free(d->slots);
    free(d->taken);
    *d = (struct deltas){0};
}

void deltas_clear(struct deltas *d)
{
    for (size_t i = 0; i < d->used; i++)
        d->slots[d->taken[i]].kind = 0;
    d->used = 0;
}

static void add(struct deltas *d, enum stat_kind kind, int64_t a, int64_t b, int64_t n)
{
    uint64_t h = ((uint64_t)a * UINT64_C(0x9e3779b97f4a7c15)) ^ ((uint64_t)b * UINT64_C(0xc2b2ae3d27d4eb4f)) ^
                 (uint64_t)kind;
    for (size_t i = (size_t)(h >> 32) % DELTA_SLOTS;; i = (i + 1) % DELTA_SLOTS) {
        struct stat_delta *s = &d->slots[i];
        if (s->kind == 0) {
            *s = (struct stat_delta){.kind = (int)kind, .a = a, .b = b, .n = n};
            d->taken[d->used++] = (uint16_t)i;
            return;
        }
        if (s->kind == (int)kind && s->a == a && s->b == b) {
            s->n += n;
            return;
        }
    }
}

/* Buckets of the stays' lengths: 8 to an octave above 128 ms, so a quantile is right to about 9 %. */
static int64_t stay_bucket(int64_t ms)
{
    if (ms < 128)
        return ms < 0 ? 0 : ms / 16;
    int octave = 63 - __builtin_clzll((uint64_t)ms);
    return (octave - 6) * 8 + ((ms >> (octave - 3)) & 7);
}

static int64_t stay_upper(int64_t bucket)
{
    if (bucket < 8)
        return (bucket + 1) * 16;
    int64_t octave = bucket / 8 + 6, step = bucket % 8;
    return (INT64_C(1) << octave) + ((step + 1) << (octave - 3));
}

static void add_order(struct deltas *d, const struct order *o, int64_t n)
{
    add(d, STAT_STATUS, (int64_t)o->status, (int64_t)o->priority, n);
    if (status_is_open(o->status))
        add(d, STAT_PROMISE, (int64_t)o->status, o->promised_at / MINUTE_MS, n);
}

/* The stays that ended: a plan may lead through several statuses at once. */
static void add_stays(struct deltas *d, const struct plan *p, const struct order *before)
{
    enum order_status at = before->status;
    int64_t since = before->status_since;
    for (size_t i = 0; i < p->n_events; i++) {
        const struct event *e = &p->events[i];
        const struct transition *t = state_transition_of(e->type);
        if (t == NULL)
            continue;
        if (t->to != STATUS_CANCELLED)
            add(d, STAT_STAY, e->time / DAY_MS * 16 + (int64_t)at, stay_bucket(e->time - since), 1);
        at = t->to;
        since = e->time;
    }
}

void deltas_note(struct deltas *d, const struct plan *p, const struct order *before)
{
    const struct order *o = &p->order;
    if (before == NULL) {
        add_order(d, o, 1);
        add(d, STAT_MINUTE, o->created_at / MINUTE_MS, 0, 1);
        add(d, STAT_SECOND, o->created_at / 1000, 0, 1);
        return;
    }
    add_stays(d, p, before);
    if (before->status == o->status && before->priority == o->priority &&
        before->promised_at == o->promised_at)
        return;
    add_order(d, before, -1);
    add_order(d, o, 1);
}

static int write_delta(struct sqlite_store *s, const struct stat_delta *d)
{
    sqlite3_bind_int(s->stat_add, 1, d->kind);
    sqlite3_bind_int64(s->stat_add, 2, d->a);
    sqlite3_bind_int64(s->stat_add, 3, d->b);
    sqlite3_bind_int64(s->stat_add, 4, d->n);
    int rc = sqlite3_step(s->stat_add);
    sqlite3_reset(s->stat_add);
    if (rc != SQLITE_DONE || d->n > 0 || d->kind != STAT_PROMISE)
        return rc;
    sqlite3_bind_int(s->stat_drop, 1, d->kind);
    sqlite3_bind_int64(s->stat_drop, 2, d->a);
    sqlite3_bind_int64(s->stat_drop, 3, d->b);
    rc = sqlite3_step(s->stat_drop);
    sqlite3_reset(s->stat_drop);
    return rc;
}

int deltas_write(struct sqlite_store *s)
{
    int rc = SQLITE_DONE;
    for (size_t i = 0; i < s->deltas.used && rc == SQLITE_DONE; i++) {
        const struct stat_delta *d = &s->deltas.slots[s->deltas.taken[i]];
        if (d->n != 0)
            rc = write_delta(s, d);
    }
    deltas_clear(&s->deltas);
    return rc;
}

/* ---- reading ---- */

struct stay_counts {
    int64_t total;
    int64_t buckets[512];
};

static bool each_stat(struct sqlite_reader *r, enum stat_kind kind, int64_t from,
                      void (*fn)(void *ctx, int64_t a, int64_t b, int64_t n), void *ctx, struct err *ret_err)
{
    sqlite3_stmt *s = r->stat_range;
    sqlite3_bind_int(s, 1, (int)kind);
    sqlite3_bind_int64(s, 2, from);
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        fn(ctx, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2));
    sqlite3_reset(s);
    return rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

struct gather {
    struct store_stats *stats;
    int64_t now;
    struct stay_counts *stays; /* one a status */
};

static void take_status(void *ctx, int64_t a, int64_t b, int64_t n)
{
    struct gather *g = ctx;
    if (a < 0 || a >= STATUS_COUNT || b < 0 || b >= PRIORITY_COUNT)
        return;
    g->stats->by_status[a].count += n;
    if (status_is_open((enum order_status)a))
        g->stats->by_priority[b] += n;
}

static void take_promise(void *ctx, int64_t a, int64_t b, int64_t n)
{
    struct gather *g = ctx;
    if (a >= 0 && a < STATUS_COUNT && b < g->now / MINUTE_MS)
        g->stats->by_status[a].late += n;
}

static void take_minute(void *ctx, int64_t a, int64_t b, int64_t n)
{
    struct gather *g = ctx;
    (void)b;
    if (a > g->now / MINUTE_MS - 60)
        g->stats->created_hour += n;
    g->stats->created_day += n;
}

static void take_second(void *ctx, int64_t a, int64_t b, int64_t n)
{
    struct gather *g = ctx;
    (void)a;
    (void)b;
    g->stats->created_minute += n;
}

static void take_stay(void *ctx, int64_t a, int64_t b, int64_t n)
{
    struct gather *g = ctx;
    int64_t status = a % 16;
    if (status >= STATUS_COUNT || b < 0 || b >= 512)
        return;
    g->stays[status].buckets[b] += n;
    g->stays[status].total += n;
}

static int64_t stay_p95(const struct stay_counts *c)
{
    if (c->total == 0)
        return -1;
    int64_t need = (c->total * 95 + 99) / 100, seen = 0;
    for (int64_t b = 0; b < 512; b++) {
        seen += c->buckets[b];
        if (seen >= need)
            return stay_upper(b);
    }
    return -1;
}

/* The minute that `now` is in counts to the millisecond: those of its promises that have passed. */
static bool late_in_minute(struct sqlite_reader *r, int64_t now, struct store_stats *ret, struct err *ret_err)
{
    sqlite3_stmt *s = r->in_minute;
    sqlite3_bind_int64(s, 1, now / MINUTE_MS * MINUTE_MS);
    sqlite3_bind_int64(s, 2, now);
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        ret->by_status[sqlite3_column_int(s, 0)].late += sqlite3_column_int64(s, 1);
    sqlite3_reset(s);
    return rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

static bool one_number(struct sqlite_reader *r, sqlite3_stmt *s, int64_t *ret, struct err *ret_err)
{
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE || reader_failed(r, rc, ret_err);
}

static bool oldest_and_unsent(struct sqlite_reader *r, struct store_stats *ret, struct err *ret_err)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (!status_is_open((enum order_status)i))
            continue;
        sqlite3_bind_int(r->oldest, 1, i);
        if (!one_number(r, r->oldest, &ret->by_status[i].oldest_since, ret_err))
            return false;
    }
    int64_t cursor = 0;
    if (!sqlite_cursor(&r->base, FOLLOWER_KAFKA, &cursor, ret_err))
        return false;
    ret->unsent = r->position - cursor;
    if (ret->unsent <= 0)
        return true;
    sqlite3_bind_int64(r->event_time, 1, cursor);
    return one_number(r, r->event_time, &ret->oldest_unsent, ret_err);
}

bool sqlite_stats(struct store_reader *base, int64_t now, struct store_stats *ret, struct err *ret_err)
{
    struct sqlite_reader *r = (struct sqlite_reader *)base;
    memset(ret, 0, sizeof *ret);
    struct gather g = {.stats = ret, .now = now, .stays = calloc(STATUS_COUNT, sizeof *g.stays)};
    if (g.stays == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    bool ok = each_stat(r, STAT_STATUS, 0, take_status, &g, ret_err) &&
              each_stat(r, STAT_PROMISE, 0, take_promise, &g, ret_err) &&
              each_stat(r, STAT_MINUTE, now / MINUTE_MS - 24 * 60 + 1, take_minute, &g, ret_err) &&
              each_stat(r, STAT_SECOND, now / 1000 - 59, take_second, &g, ret_err) &&
              each_stat(r, STAT_STAY, (now / DAY_MS - STAY_DAYS + 1) * 16, take_stay, &g, ret_err) &&
              late_in_minute(r, now, ret, ret_err) && oldest_and_unsent(r, ret, ret_err);
    for (int i = 0; i < STATUS_COUNT; i++) {
        ret->by_status[i].usual_ms = stay_p95(&g.stays[i]);
        ret->late += ret->by_status[i].late;
    }
    free(g.stays);
    return ok;
}
