/* What the tests of stores, writer and readers share: a folder of their own, the backends under test, units made from
 * real bodies and commands, and a look at what is stored. */
#ifndef ORDERDECK_TESTS_SUPPORT_STORE_KIT_H
#define ORDERDECK_TESTS_SUPPORT_STORE_KIT_H

#include "service/order/order_json.h"
#include "service/store/sqlite.h"
#include "service/store/store.h"
#include "shared/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIT_NOW INT64_C(1767268800000) /* 2026-01-01T12:00:00Z */
#define KIT_ITEM "{\"sku\":\"SKU-1\",\"quantity\":2,\"price\":{\"amount\":29.99,\"currency\":\"USD\"}}"
#define KIT_ADDRESS \
    "{\"street\":\"1 Main St\",\"city\":\"New York\",\"state\":\"NY\",\"zipCode\":\"10001\",\"country\":\"US\"}"
#define KIT_BODY "{\"customerId\":\"CUST-1\",\"items\":[" KIT_ITEM "],\"shippingAddress\":" KIT_ADDRESS "}"

/* ---- a folder and a store in it ---- */

struct kit_backend {
    const char *name;
    struct store *(*open)(const char *path, struct err *ret_err);
};
extern const struct kit_backend kit_backends[];
extern const size_t kit_n_backends;

struct kit {
    const struct kit_backend *backend;
    char folder[64];
    char path[96]; /* of the database */
    struct store *store;
    struct store_reader *reader;
    struct arena arena; /* for whatever the test reads */
    uint64_t seed;
};

/* cmocka's setup and teardown: *state is a kit with a store of kit_current. */
extern const struct kit_backend *kit_current;
int kit_setup(void **state);
int kit_setup_folder(void **state); /* a folder alone */
int kit_teardown(void **state);
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
#define KIT_FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup_folder, kit_teardown)

/* A new folder with an open store and a reader; the clock stands at KIT_NOW. */
struct kit *kit_new(const struct kit_backend *backend);
/* A folder alone. */
struct kit *kit_folder(void);
void kit_free(struct kit *k);
void kit_open(struct kit *k);
void kit_open_with(struct kit *k, const struct sqlite_options *o); /* its path is set here */
void kit_close(struct kit *k);
/* The next number below `below` of the kit's own chance. */
uint64_t kit_draw(struct kit *k, uint64_t below);

/* ---- units ---- */

struct kit_unit {
    struct unit unit;
    struct arena arena;
    struct order fresh;
    struct event received;
    struct command command;
    bool no_record; /* the claim's record refuses */
    bool spoilt;    /* the plan cannot be written: its row is not as it says */
    int decided;    /* how often decide ran */
};

struct kit_unit *kit_create(const char *body);
struct kit_unit *kit_command(enum order_command kind, struct ulid id);
void kit_claim(struct kit_unit *u, const char *key, const char *request, int64_t now);
void kit_unit_free(struct kit_unit *u);
/* Applies them in one call; returns what apply said. */
bool kit_apply(struct kit *k, struct kit_unit *const units[], size_t n);
/* Applies one and frees it; the outcome must be COMMITTED without a refusal. Returns the order's id. */
struct ulid kit_do(struct kit *k, struct kit_unit *u);
/* A new order, taken along the warehouse's path until it has this status. */
struct ulid kit_order_at(struct kit *k, const char *body, enum order_status status);

/* ---- reading ---- */

int64_t kit_begin(struct kit *k); /* without a deadline; returns the position */
void kit_end(struct kit *k);
/* Opens a snapshot, reads the order into the kit's arena, ends it. */
bool kit_get(struct kit *k, struct ulid id, struct order *ret);
struct order kit_must_get(struct kit *k, struct ulid id);
/* Events of the log (has_order false: all), as many as there are, counted and checked: positions rise, and the
 * versions of each order have no gap. Returns their number. */
int64_t kit_check_events(struct kit *k);

/* ---- what is on the disk, by plain SQLite ---- */

/* Everything that must hold in a database at rest: integrity_check, versions without gaps, each order's version the
 * number of its events, positions rising, counters equal to a recount. NULL: all is well; else what is wrong (static
 * text). */
const char *kit_audit(const char *path);
/* The one number that a query of the file returns; -1: it does not. */
int64_t kit_number(const char *path, const char *sql);
/* Runs SQL on the file; it must succeed. */
void kit_exec(const char *path, const char *sql);
/* Makes the file one of an older schema, with the rows that it has. */
void kit_turn_back(const char *path, int version);
/* Is this order with its received event in the file? */
bool kit_has_order(const char *path, struct ulid id);

#endif
