/* The store alone: how many creations a second it makes durable when it is handed `batch` of them at a time.
 *
 *   bench_store DATABASE BODIES BATCH SECONDS
 *
 * Only apply is timed; bodies are read and jobs are built between the timed parts. */
#include "service/store/sqlite.h"
#include "tests/bench/rows.h"

#define GATHERED 1024 /* jobs built ahead of a timed part */

struct run {
    struct store *store;
    struct rows rows;
    size_t batch;
    int64_t orders, busy_ns;
};

static void timed_part(struct run *r, struct unit *const units[], size_t n)
{
    struct err e;
    int64_t began = clock_mono_ns();
    for (size_t i = 0; i < n; i += r->batch)
        if (!r->store->ops->apply(r->store, units + i, n - i < r->batch ? n - i : r->batch, &e))
            die("apply", e.message);
    r->busy_ns += clock_mono_ns() - began;
}

static void part(struct run *r)
{
    struct job *jobs[GATHERED];
    struct unit *units[GATHERED];
    for (size_t i = 0; i < GATHERED; i++) {
        jobs[i] = rows_job(&r->rows);
        units[i] = &jobs[i]->unit;
    }
    timed_part(r, units, GATHERED);
    for (size_t i = 0; i < GATHERED; i++) {
        if (units[i]->outcome != UNIT_COMMITTED)
            die("apply", "a creation was not committed");
        change_free(jobs[i]);
    }
    r->orders += GATHERED;
}

int main(int argc, char **argv)
{
    struct run r = {0};
    struct err e;
    if (argc != 5)
        die("usage", "bench_store DATABASE BODIES BATCH SECONDS");
    rows_read(&r.rows, argv[2]);
    r.batch = strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    if (r.batch == 0 || r.batch > GATHERED)
        die(argv[3], "is no size of a batch");
    r.store = sqlite_open(&(struct sqlite_options){.path = argv[1]}, &e);
    if (r.store == NULL)
        die(argv[1], e.message);
    while ((double)r.busy_ns < seconds * 1e9)
        part(&r);
    printf("{\"orders\":%lld,\"seconds\":%.6f}\n", (long long)r.orders, (double)r.busy_ns / 1e9);
    r.store->ops->close(r.store);
    rows_free(&r.rows);
    return 0;
}
