#include "service/store/trace.h"
#include "shared/clock.h"
#include "shared/log.h"

#include <stdlib.h>

struct trace {
    struct store base;
    struct store *inner;
};
struct trace_reader {
    struct store_reader base;
    struct store_reader *inner;
};

static struct store *in(struct store *s)
{
    return ((struct trace *)s)->inner;
}

static struct store_reader *rin(struct store_reader *r)
{
    return ((struct trace_reader *)r)->inner;
}

static void note(const char *call, int64_t began_ns, bool ok, int64_t n)
{
    log_line(LOG_TRACE, "store", LOG_S("call", call), LOG_B("ok", ok), LOG_I("n", n),
             LOG_I("us", (clock_mono_ns() - began_ns) / 1000));
}

static bool trace_apply(struct store *s, struct unit *const units[], size_t n, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = in(s)->ops->apply(in(s), units, n, ret_err);
    note("apply", t, ok, (int64_t)n);
    return ok;
}

static bool trace_upkeep(struct store *s, int64_t now)
{
    int64_t t = clock_mono_ns();
    bool more = in(s)->ops->upkeep(in(s), now);
    note("upkeep", t, true, more);
    return more;
}

static bool trace_probe(struct store *s, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = in(s)->ops->probe(in(s), ret_err);
    note("probe", t, ok, 0);
    return ok;
}

static uint64_t trace_commits(struct store *s)
{
    return in(s)->ops->commits(in(s));
}

static int64_t trace_position(struct store *s)
{
    return in(s)->ops->position(in(s));
}

static const char *trace_log(struct store *s)
{
    return in(s)->ops->log(in(s));
}

static bool trace_check(struct store *s, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = in(s)->ops->check(in(s), ret_err);
    note("check", t, ok, 0);
    return ok;
}

static bool trace_backup(struct store *s, const char *path, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = in(s)->ops->backup(in(s), path, ret_err);
    note("backup", t, ok, 0);
    return ok;
}

static void trace_describe(struct store *s, struct buf *out)
{
    in(s)->ops->describe(in(s), out);
}

static void trace_close(struct store *s)
{
    in(s)->ops->close(in(s));
    free(s);
}

static struct store_reader *trace_reader_open(struct store *s, struct err *ret_err)
{
    struct trace_reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
        return NULL;
    }
    r->base.ops = s->ops;
    r->inner = in(s)->ops->reader_open(in(s), ret_err);
    if (r->inner == NULL) {
        free(r);
        return NULL;
    }
    return &r->base;
}

static void trace_reader_close(struct store_reader *r)
{
    rin(r)->ops->reader_close(rin(r));
    free(r);
}

static bool trace_begin(struct store_reader *r, int64_t deadline_ns, int64_t *ret_position,
                        struct err *ret_err)
{
    return rin(r)->ops->begin(rin(r), deadline_ns, ret_position, ret_err);
}

static void trace_end(struct store_reader *r)
{
    rin(r)->ops->end(rin(r));
}

static bool trace_get(struct store_reader *r, struct ulid id, struct arena *a, struct order *ret,
                      bool *ret_found, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->get(rin(r), id, a, ret, ret_found, ret_err);
    note("get", t, ok, ok && *ret_found);
    return ok;
}

static bool trace_show(struct store_reader *r, struct ulid id, struct arena *a, struct order *ret,
                       bool *ret_found, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->show(rin(r), id, a, ret, ret_found, ret_err);
    note("show", t, ok, ok && *ret_found);
    return ok;
}

static bool trace_list(struct store_reader *r, const struct order_query *q, struct arena *a,
                       struct order_page *ret, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->list(rin(r), q, a, ret, ret_err);
    note("list", t, ok, (int64_t)ret->n);
    return ok;
}

static bool trace_count(struct store_reader *r, const struct order_query *q, int64_t cap, int64_t *ret,
                        struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->count(rin(r), q, cap, ret, ret_err);
    note("count", t, ok, ok ? *ret : 0);
    return ok;
}

static bool trace_events(struct store_reader *r, const struct event_query *q, event_fn fn, void *ctx,
                         struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->events(rin(r), q, fn, ctx, ret_err);
    note("events", t, ok, q->after);
    return ok;
}

static bool trace_cursor(struct store_reader *r, const char *name, int64_t *ret, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->cursor(rin(r), name, ret, ret_err);
    note("cursor", t, ok, ok ? *ret : 0);
    return ok;
}

static bool trace_stats(struct store_reader *r, int64_t now, struct store_stats *ret, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->stats(rin(r), now, ret, ret_err);
    note("stats", t, ok, 0);
    return ok;
}

static bool trace_dead_letters(struct store_reader *r, int64_t before, int limit, dead_letter_fn fn,
                               void *ctx, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->dead_letters(rin(r), before, limit, fn, ctx, ret_err);
    note("dead_letters", t, ok, before);
    return ok;
}

static bool trace_notes(struct store_reader *r, struct ulid id, note_fn fn, void *ctx, struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->notes(rin(r), id, fn, ctx, ret_err);
    note("notes", t, ok, 0);
    return ok;
}

static bool trace_due(struct store_reader *r, int64_t now, size_t most, struct ulid *ret, size_t *ret_n,
                      struct err *ret_err)
{
    int64_t t = clock_mono_ns();
    bool ok = rin(r)->ops->due(rin(r), now, most, ret, ret_n, ret_err);
    note("due", t, ok, ok ? (int64_t)*ret_n : 0);
    return ok;
}

static const struct store_ops ops = {
    .name = "trace",
    .apply = trace_apply,
    .upkeep = trace_upkeep,
    .probe = trace_probe,
    .commits = trace_commits,
    .position = trace_position,
    .log = trace_log,
    .check = trace_check,
    .backup = trace_backup,
    .describe = trace_describe,
    .close = trace_close,
    .reader_open = trace_reader_open,
    .reader_close = trace_reader_close,
    .begin = trace_begin,
    .end = trace_end,
    .get = trace_get,
    .show = trace_show,
    .list = trace_list,
    .count = trace_count,
    .events = trace_events,
    .cursor = trace_cursor,
    .dead_letters = trace_dead_letters,
    .notes = trace_notes,
    .due = trace_due,
    .stats = trace_stats,
};

struct store *trace_wrap(struct store *inner)
{
    struct trace *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->base.ops = &ops;
    t->inner = inner;
    return &t->base;
}
