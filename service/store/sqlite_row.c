#include "service/order/order_json.h"
#include "service/store/sqlite_private.h"

#include <string.h>

const char *row_text(sqlite3_stmt *s, int column, struct arena *a, bool *ok)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    if (text == NULL)
        return NULL;
    const char *copy = arena_memdup(a, text, (size_t)sqlite3_column_bytes(s, column));
    *ok = *ok && copy != NULL;
    return copy;
}

static const char *copy_text(sqlite3_value *v, struct arena *a, bool *ok)
{
    const unsigned char *text = sqlite3_value_text(v);
    if (text == NULL)
        return NULL;
    const char *copy = arena_memdup(a, text, (size_t)sqlite3_value_bytes(v));
    *ok = *ok && copy != NULL;
    return copy;
}

/* SHOWN_COLUMNS. Texts are copied to the arena. false: out of memory or a damaged row. */
static bool fill_shown(sqlite3_value **v, struct arena *a, struct order *o)
{
    bool ok = true;
    memset(o, 0, sizeof *o);
    o->doc = copy_text(v[0], a, &ok);
    o->doc_len = (size_t)sqlite3_value_bytes(v[0]);
    o->id = ulid_from_rank(sqlite3_value_int64(v[1]), (uint64_t)sqlite3_value_int64(v[2]));
    o->version = sqlite3_value_int64(v[3]);
    o->status = (enum order_status)sqlite3_value_int(v[4]);
    o->priority = (enum order_priority)sqlite3_value_int(v[5]);
    o->created_at = ulid_ms(o->id);
    o->status_since = sqlite3_value_int64(v[6]);
    o->updated_at = sqlite3_value_int64(v[7]);
    o->promised_at = sqlite3_value_int64(v[8]);
    o->picked_items = sqlite3_value_int64(v[9]);
    o->wave_id = copy_text(v[10], a, &ok);
    o->tracking_number = copy_text(v[11], a, &ok);
    o->carrier = copy_text(v[12], a, &ok);
    o->cancellation_reason = copy_text(v[13], a, &ok);
    const char *holds = (const char *)sqlite3_value_text(v[14]);
    if (holds != NULL)
        ok = holds_parse(holds, a, &o->holds, &o->n_holds) && ok;
    return ok && o->doc != NULL && (unsigned)o->status < STATUS_COUNT &&
           (unsigned)o->priority < PRIORITY_COUNT;
}

/* What READ_ORDER has before the shown columns. */
static bool fill_rest(sqlite3_value **v, struct arena *a, struct order *o)
{
    bool ok = true;
    o->parked = sqlite3_value_int64(v[0]);
    o->customer_id = copy_text(v[1], a, &ok);
    o->total.minor = sqlite3_value_int64(v[2]);
    const char *currency = (const char *)sqlite3_value_text(v[3]);
    o->total.currency = currency ? currency_find(currency) : NULL;
    o->total_items = sqlite3_value_int64(v[4]);
    o->total_grams = sqlite3_value_int64(v[5]);
    o->last_faults = copy_text(v[6], a, &ok);
    return ok && o->customer_id != NULL && o->total.currency != NULL;
}

#define REST_COLUMNS 7
#define SHOWN 15

static void read_order(sqlite3_context *context, int n, sqlite3_value **v)
{
    (void)n;
    struct order_row *to = sqlite3_user_data(context);
    to->read = fill_shown(v + REST_COLUMNS, to->arena, to->order) && fill_rest(v, to->arena, to->order);
}

static void show_order(sqlite3_context *context, int n, sqlite3_value **v)
{
    (void)n;
    struct order_row *to = sqlite3_user_data(context);
    to->read = fill_shown(v, to->arena, to->order);
}

static int add_function(sqlite3 *db, const char *name, int columns, struct order_row *to,
                        void (*fn)(sqlite3_context *, int, sqlite3_value **))
{
    return sqlite3_create_function_v2(db, name, columns, SQLITE_UTF8 | SQLITE_DIRECTONLY, to, fn, NULL, NULL,
                                      NULL);
}

int row_functions(sqlite3 *db, struct order_row *to)
{
    int rc = add_function(db, "read_order", REST_COLUMNS + SHOWN, to, read_order);
    return rc == SQLITE_OK ? add_function(db, "show_order", SHOWN, to, show_order) : rc;
}

void row_event(sqlite3_stmt *s, struct event *e)
{
    memset(e, 0, sizeof *e);
    e->data = (const char *)sqlite3_column_text(s, 0);
    e->data_len = (size_t)sqlite3_column_bytes(s, 0);
    e->position = sqlite3_column_int64(s, 1);
    e->order_id = ulid_from_rank(sqlite3_column_int64(s, 2), (uint64_t)sqlite3_column_int64(s, 3));
    e->version = sqlite3_column_int64(s, 4);
    e->type = (enum event_type)sqlite3_column_int(s, 5);
    e->time = sqlite3_column_int64(s, 6);
    e->id =
        (struct ulid){.hi = (uint64_t)sqlite3_column_int64(s, 7), .lo = (uint64_t)sqlite3_column_int64(s, 8)};
    e->actor = (const char *)sqlite3_column_text(s, 9);
    e->caller = (const char *)sqlite3_column_text(s, 10);
    e->traceparent = (const char *)sqlite3_column_text(s, 11);
}

static void bind_text(sqlite3_stmt *s, int index, const char *text)
{
    if (text != NULL)
        sqlite3_bind_text(s, index, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(s, index);
}

void bind_order(sqlite3_stmt *s, const struct order *o, const char *holds_text)
{
    sqlite3_bind_int64(s, 1, ulid_rank(o->id));
    sqlite3_bind_int64(s, 2, (int64_t)o->id.lo);
    sqlite3_bind_int64(s, 3, o->version);
    sqlite3_bind_int(s, 4, (int)o->status);
    sqlite3_bind_int(s, 5, (int)o->priority);
    bind_text(s, 6, o->customer_id);
    sqlite3_bind_int64(s, 7, o->status_since);
    sqlite3_bind_int64(s, 8, o->updated_at);
    sqlite3_bind_int64(s, 9, o->promised_at);
    sqlite3_bind_int64(s, 10, o->total.minor);
    bind_text(s, 11, o->total.currency->code);
    sqlite3_bind_int64(s, 12, o->total_items);
    sqlite3_bind_int64(s, 13, o->total_grams);
    sqlite3_bind_int64(s, 14, o->picked_items);
    bind_text(s, 15, o->wave_id);
    bind_text(s, 16, o->tracking_number);
    bind_text(s, 17, o->carrier);
    bind_text(s, 18, o->cancellation_reason);
    bind_text(s, 19, holds_text);
    bind_text(s, 20, o->last_faults);
    sqlite3_bind_text(s, 21, o->doc, (int)o->doc_len, SQLITE_STATIC);
    sqlite3_bind_int64(s, 22, o->parked);
}

void bind_event(sqlite3_stmt *s, const struct event *e)
{
    sqlite3_bind_text(s, 1, e->data, (int)e->data_len, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, e->position);
    sqlite3_bind_int64(s, 3, ulid_rank(e->order_id));
    sqlite3_bind_int64(s, 4, (int64_t)e->order_id.lo);
    sqlite3_bind_int64(s, 5, e->version);
    sqlite3_bind_int(s, 6, (int)e->type);
    sqlite3_bind_int64(s, 7, e->time);
    sqlite3_bind_int64(s, 8, (int64_t)e->id.hi);
    sqlite3_bind_int64(s, 9, (int64_t)e->id.lo);
    bind_text(s, 10, e->actor);
    bind_text(s, 11, e->caller);
    bind_text(s, 12, e->traceparent);
}
