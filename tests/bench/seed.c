/* A database of COUNT orders as a warehouse has it after some weeks: most are done, the rest stand in all states.
 *
 *   bench_seed DATABASE BODIES COUNT IDS
 *
 * IDS gets up to 20 000 of the ids, one a line, in no order. One customer in ten orders is the same, and so is one wave
 * in ten, so that their lists are long too. The database is only whole when this ends well: nothing is synced on the
 * way. */
#include "service/store/sqlite.h"
#include "tests/bench/rows.h"

#define BATCH 500
#define IDS_MAX 20000
#define STEP_MS 2500 /* between two orders */
#define DAY_MS INT64_C(86400000)
#define FREQUENT_CUSTOMER "CUST-FREQUENT"
#define FREQUENT_WAVE "WAVE-FREQUENT"

struct seed {
    struct store *store;
    struct rows rows;
    int64_t count, made, first_ms;
    FILE *ids;
    uint64_t chance;
};

/* An order about to be stored. */
struct seedling {
    struct seed *seed;
    struct job *job;
    void (*decide)(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan);
    void *ctx;
    int64_t number;
};

static uint64_t draw(struct seed *s, uint64_t below)
{
    s->chance = s->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (s->chance >> 33) % below;
}

/* Of a hundred orders 26 are open. */
static enum order_status draw_status(struct seed *s)
{
    static const struct {
        enum order_status status;
        int share;
    } shares[] = {
        {STATUS_RECEIVED, 8},     {STATUS_VALIDATED, 6}, {STATUS_WAVE_ASSIGNED, 3}, {STATUS_PICKING, 2},
        {STATUS_CONSOLIDATED, 1}, {STATUS_PACKED, 1},    {STATUS_SHIPPED, 5},       {STATUS_CANCELLED, 4},
    };
    int at = (int)draw(s, 100);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        if ((at -= shares[i].share) < 0)
            return shares[i].status;
    return STATUS_COMPLETED;
}

static const char *draw_wave(struct seed *s, struct arena *a)
{
    return draw(s, 10) == 0 ? FREQUENT_WAVE : arena_printf(a, "WAVE-%05d", (int)draw(s, 20000));
}

/* The received event tells of the order as it was. */
static void tell_again(const struct order *o, struct arena *a, struct event *e)
{
    struct buf data = BUF_INIT(1024 * 1024);
    order_render_received(&data, o);
    e->order_id = o->id;
    e->time = o->created_at;
    e->data = arena_memdup(a, data.data, data.len);
    e->data_len = data.len;
    buf_release(&data);
}

/* What the creation decides, put into the past and moved on in life. */
static void decide(void *ctx, const struct order *stored, struct arena *arena, struct plan *plan)
{
    struct seedling *l = ctx;
    struct seed *s = l->seed;
    l->decide(l->ctx, stored, arena, plan);
    struct order *o = &plan->order;
    int64_t ms = s->first_ms + l->number * STEP_MS;
    o->id = ulid_from_rank(ms << 12,
                           UINT64_C(1) << 63 | draw(s, UINT64_C(1) << 31) << 31 | draw(s, UINT64_C(1) << 31));
    o->created_at = o->updated_at = o->status_since = ms;
    o->promised_at = ms + (1 + (int64_t)draw(s, 5)) * DAY_MS;
    tell_again(o, arena, &plan->events[0]);
    o->status = plan->previous = draw_status(s);
    o->status_since = o->updated_at = ms + (int64_t)draw(s, 3600000);
    if (o->status >= STATUS_WAVE_ASSIGNED && o->status <= STATUS_COMPLETED)
        o->wave_id = draw_wave(s, arena);
    if (draw(s, 10) == 0)
        o->customer_id = FREQUENT_CUSTOMER;
}

static void plant(struct seedling *l, struct seed *s)
{
    struct job *j = rows_job(&s->rows);
    *l = (struct seedling){
        .seed = s, .job = j, .decide = j->unit.decide, .ctx = j->unit.ctx, .number = s->made++};
    j->unit.decide = decide;
    j->unit.ctx = l;
}

static void note_id(struct seed *s, const struct seedling *l)
{
    char id[ORDER_ID_LEN + 1];
    int64_t every = (s->count + IDS_MAX - 1) / IDS_MAX;
    if (l->number % every != 0)
        return;
    ulid_format_order(l->job->unit.plan.order.id, id);
    fprintf(s->ids, "%s\n", id);
}

static void batch(struct seed *s, size_t n)
{
    static struct seedling seedlings[BATCH];
    struct unit *units[BATCH];
    struct err e;
    for (size_t i = 0; i < n; i++) {
        plant(&seedlings[i], s);
        units[i] = &seedlings[i].job->unit;
    }
    if (!s->store->ops->apply(s->store, units, n, &e))
        die("apply", e.message);
    for (size_t i = 0; i < n; i++) {
        if (units[i]->outcome != UNIT_COMMITTED)
            die("apply", "an order was not committed");
        note_id(s, &seedlings[i]);
        change_free(seedlings[i].job);
    }
}

int main(int argc, char **argv)
{
    struct seed s = {.chance = 42};
    struct err e;
    if (argc != 5)
        die("usage", "bench_seed DATABASE BODIES COUNT IDS");
    rows_read(&s.rows, argv[2]);
    s.count = strtoll(argv[3], NULL, 10);
    s.first_ms = clock_wall_ms() - s.count * STEP_MS;
    s.ids = fopen(argv[4], "we");
    if (s.ids == NULL || s.count <= 0)
        die(argv[4], "cannot be written, or there is nothing to do");
    s.store = sqlite_open(&(struct sqlite_options){.path = argv[1], .synchronous = "OFF"}, &e);
    if (s.store == NULL)
        die(argv[1], e.message);
    while (s.made < s.count)
        batch(&s, s.count - s.made < BATCH ? (size_t)(s.count - s.made) : BATCH);
    while (s.store->ops->upkeep(s.store, clock_wall_ms()))
        ;
    s.store->ops->close(s.store);
    rows_free(&s.rows);
    return fclose(s.ids) == 0 ? 0 : 1;
}
