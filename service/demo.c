/* The demo's traffic: customers that order, a warehouse that works, now and then a cancellation or a hold. It goes
 * through the writer as any client does, so what the console shows is real, only the people are not. */
#include "service/private.h"
#include "service/write/change.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SEED_ORDERS 160 /* on the board when it opens */
#define ALIVE_MAX 600   /* orders that the warehouse still works on */
#define TICK_MS 230

struct alive {
    struct ulid id;
    int steps; /* of the warehouse's path still to go */
};

struct demo {
    struct writer *writer;
    struct store *store;
    struct mailbox mail;
    pthread_t thread;
    int stop_fd;
    /* --- demo thread --- */
    uint64_t seed;
    struct alive alive[ALIVE_MAX];
    int n_alive;
    int waves, parcels;
};

/* ---- chance, the same every time ---- */

static uint64_t draw(struct demo *d, uint64_t below)
{
    d->seed = d->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (d->seed >> 33) % below;
}

#define PICK(d, list) ((list)[draw(d, sizeof(list) / sizeof((list)[0]))])

static const struct {
    const char *sku, *name;
    int cents, grams;
} goods[] = {
    {"KB-104-DE", "Mechanical keyboard, German layout", 8990, 920},
    {"MUG-0350", "Enamel mug 350 ml", 1250, 310},
    {"TEA-SEN-100", "Sencha green tea 100 g", 890, 130},
    {"LMP-DSK-2", "Desk lamp, warm white", 4595, 1480},
    {"CBL-USBC-2M", "USB-C cable 2 m", 1199, 60},
    {"NB-A5-DOT", "Notebook A5, dotted", 1450, 280},
    {"BAG-ROLL-20", "Roll-top backpack 20 l", 7900, 870},
    {"PEN-FTN-F", "Fountain pen, fine nib", 3400, 45},
    {"CHR-ERG-1", "Ergonomic chair", 32900, 17400},
    {"HDP-OVR-1", "Headphones, over-ear", 12900, 260},
    {"PLT-MON-S", "Monstera, small pot", 1890, 1100},
    {"COF-ETH-1K", "Coffee beans, Ethiopia 1 kg", 2790, 1010},
};

static const struct {
    const char *street, *city, *state, *zip, *country;
} places[] = {
    {"123 Main St", "New York", "NY", "10001", "US"},
    {"12 Pine St", "Austin", "TX", "78701", "US"},
    {"48 Market St", "San Francisco", "CA", "94104", "US"},
    {"Rosenthaler Str. 40", "Berlin", "BE", "10178", "DE"},
    {"Langstrasse 8", "Zürich", "ZH", "8004", "CH"},
    {"12 Rue de Rivoli", "Paris", "", "75004", "FR"},
    {"221B Baker St", "London", "", "NW1 6XE", "GB"},
    {"1 Harbour Rd", "Toronto", "ON", "M5J 2T3", "CA"},
};

static const char *const reasons[] = {"customer request", "duplicate order", "payment not received",
                                      "out of stock"};

/* ---- orders ---- */

static void put_items(struct demo *d, struct buf *b)
{
    uint64_t lines = 1 + draw(d, 4);
    json_key(b, "items");
    buf_addc(b, '[');
    for (uint64_t i = 0; i < lines; i++) {
        size_t g = draw(d, sizeof goods / sizeof goods[0]);
        buf_addf(b, "%s{\"sku\":\"%s\",\"productName\":\"%s\",\"quantity\":%d,", i ? "," : "", goods[g].sku,
                 goods[g].name, 1 + (int)draw(d, 3));
        buf_addf(b, "\"price\":{\"amount\":%d.%02d,\"currency\":\"USD\"},\"weight\":%d.%03d}",
                 goods[g].cents / 100, goods[g].cents % 100, goods[g].grams / 1000, goods[g].grams % 1000);
    }
    buf_addc(b, ']');
}

static void write_order(struct demo *d, struct buf *b)
{
    static const char *const priorities[] = {"standard", "standard", "standard",
                                             "next_day", "next_day", "same_day"};
    size_t p = draw(d, sizeof places / sizeof places[0]);
    buf_clear(b);
    buf_addf(b, "{\"customerId\":\"CUST-%05d\",\"priority\":\"%s\"", (int)draw(d, 900) + 1,
             PICK(d, priorities));
    put_items(d, b);
    buf_addf(
        b,
        ",\"shippingAddress\":{\"street\":\"%s\",\"city\":\"%s\",\"state\":\"%s\",\"zipCode\":\"%s\",\"country\":\"%s\"}",
        places[p].street, places[p].city, places[p].state, draw(d, 25) ? places[p].zip : "",
        places[p].country);
    if (draw(d, 6) == 0) /* promised soon: some of these will be late */
        json_put_time(b, "promisedDeliveryAt", clock_wall_ms() + 30000 + (int64_t)draw(d, 900000));
    buf_addc(b, '}');
}

/* ---- one change, and waiting for it ---- */

static struct job *settle(struct demo *d, struct job *j)
{
    struct err e;
    j->reply_to = &d->mail;
    if (!writer_submit(d->writer, j, &e)) {
        change_free(j);
        return NULL;
    }
    for (;;) {
        struct node *n = mailbox_take(&d->mail);
        if (n != NULL)
            return (struct job *)n;
        struct pollfd p = {.fd = d->mail.fd, .events = POLLIN};
        poll(&p, 1, -1);
    }
}

static void receive(struct demo *d)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct answer answer;
    write_order(d, &b);
    const struct change_request r = {.body = b.data,
                                     .body_len = b.len,
                                     .origin = {.actor = "web-shop"},
                                     .if_version = -1,
                                     .now = clock_wall_ms(),
                                     .timezone = "UTC"};
    struct job *j = change_create(&r, &answer);
    buf_release(&b);
    if (j == NULL) {
        answer_release(&answer);
        return;
    }
    j = settle(d, j);
    if (j != NULL && j->unit.outcome == UNIT_COMMITTED && d->n_alive < ALIVE_MAX)
        d->alive[d->n_alive++] = (struct alive){.id = j->unit.plan.order.id, .steps = 1 + (int)draw(d, 9)};
    change_free(j);
}

static bool command(struct demo *d, struct ulid id, enum order_command kind, const char *actor,
                    const char *body, enum order_status *ret_status)
{
    struct answer answer;
    const struct change_request r = {.body = body,
                                     .body_len = strlen(body),
                                     .origin = {.actor = actor},
                                     .if_version = -1,
                                     .now = clock_wall_ms()};
    struct job *j = change_command(kind, id, &r, &answer);
    if (j == NULL) {
        answer_release(&answer);
        return false;
    }
    j = settle(d, j);
    bool ok = j != NULL && j->err.code == ERR_NONE && j->unit.outcome == UNIT_COMMITTED;
    if (ok) {
        *ret_status = j->unit.plan.order.status;
        ok = j->unit.plan.err.code == ERR_NONE;
    }
    change_free(j);
    return ok;
}

/* The next step of the warehouse for an order in this state. */
static bool step(struct demo *d, struct ulid id, enum order_status s, enum order_status *ret)
{
    char body[120];
    switch (s) {
    case STATUS_RECEIVED: return command(d, id, COMMAND_VALIDATE, "order-check", "", ret);
    case STATUS_VALIDATED:
        snprintf(body, sizeof body, "{\"waveId\":\"WAVE-%04d\"}", 1 + d->waves++ / 12);
        return command(d, id, COMMAND_ASSIGN_WAVE, "wave-planner", body, ret);
    case STATUS_WAVE_ASSIGNED: return command(d, id, COMMAND_START_PICKING, "picking", "", ret);
    case STATUS_PICKING:
        return command(d, id, draw(d, 3) ? COMMAND_MARK_CONSOLIDATED : COMMAND_MARK_PACKED, "consolidation",
                       "", ret);
    case STATUS_CONSOLIDATED: return command(d, id, COMMAND_MARK_PACKED, "packing", "", ret);
    case STATUS_PACKED:
        snprintf(body, sizeof body, "{\"trackingNumber\":\"1Z%08d\",\"carrier\":\"%s\"}",
                 40000000 + d->parcels++, draw(d, 2) ? "UPS" : "DHL");
        return command(d, id, COMMAND_SHIP, "shipping", body, ret);
    case STATUS_SHIPPED: return command(d, id, COMMAND_COMPLETE, "carrier", "", ret);
    case STATUS_COMPLETED:
    case STATUS_CANCELLED:
    case STATUS_COUNT: break;
    }
    return false;
}

static bool status_of(struct demo *d, struct store_reader *r, struct ulid id, enum order_status *ret)
{
    struct arena a;
    struct order o;
    struct err e;
    int64_t position;
    bool found = false;
    (void)d;
    arena_init(&a, 1024 * 1024);
    bool ok = r->ops->begin(r, 0, &position, &e) && r->ops->get(r, id, &a, &o, &found, &e);
    r->ops->end(r);
    if (ok && found)
        *ret = o.status;
    arena_release(&a);
    return ok && found;
}

static void forget(struct demo *d, int i)
{
    d->alive[i] = d->alive[--d->n_alive];
}

/* Moves one order on, cancels it, or puts it on hold and releases it later. */
static void move_one(struct demo *d, struct store_reader *r)
{
    if (d->n_alive == 0)
        return;
    int i = (int)draw(d, (uint64_t)d->n_alive);
    struct ulid id = d->alive[i].id;
    enum order_status s;
    char body[120];
    if (!status_of(d, r, id, &s) || !status_is_open(s)) {
        forget(d, i);
        return;
    }
    uint64_t chance = draw(d, 100);
    if (chance < 3) {
        snprintf(body, sizeof body, "{\"reason\":\"%s\"}", PICK(d, reasons));
        command(d, id, COMMAND_CANCEL, "support", body, &s);
    } else if (chance < 5) {
        command(d, id, COMMAND_HOLD, "risk", "{\"type\":\"payment\",\"reason\":\"card declined\"}", &s);
    } else if (!step(d, id, s, &s)) {
        command(d, id, COMMAND_RELEASE_HOLD, "risk", "{\"type\":\"payment\"}", &s);
    }
}

static bool stopping(struct demo *d, int wait_ms)
{
    struct pollfd p = {.fd = d->stop_fd, .events = POLLIN};
    return poll(&p, 1, wait_ms) > 0;
}

/* The board as it looks in the middle of a day: orders spread over all states. */
static void fill_board(struct demo *d)
{
    for (int i = 0; i < SEED_ORDERS && !stopping(d, 0); i++)
        receive(d);
    for (int i = d->n_alive - 1; i >= 0 && !stopping(d, 0); i--) {
        enum order_status s = STATUS_RECEIVED;
        int steps = d->alive[i].steps - 1;
        while (steps-- > 0 && step(d, d->alive[i].id, s, &s))
            ;
    }
}

static void *demo_main(void *arg)
{
    struct demo *d = arg;
    struct err e;
    fill_board(d);
    struct store_reader *r = d->store->ops->reader_open(d->store, &e);
    while (r != NULL && !stopping(d, TICK_MS + (int)draw(d, 300))) {
        if (d->n_alive < ALIVE_MAX && draw(d, 3) != 0)
            receive(d);
        for (uint64_t n = draw(d, 4); n > 0; n--)
            move_one(d, r);
    }
    if (r != NULL)
        r->ops->reader_close(r);
    return NULL;
}

struct demo *demo_start(struct writer *w, struct store *s, struct err *ret_err)
{
    struct demo *d = calloc(1, sizeof *d);
    if (d == NULL || !mailbox_init(&d->mail)) {
        free(d);
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the demo");
        return NULL;
    }
    d->writer = w;
    d->store = s;
    d->seed = 20240229;
    d->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (d->stop_fd < 0 || pthread_create(&d->thread, NULL, demo_main, d) != 0) {
        mailbox_release(&d->mail);
        free(d);
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the demo's thread");
        return NULL;
    }
    pthread_setname_np(d->thread, "demo");
    return d;
}

void demo_stop(struct demo *d)
{
    if (d == NULL)
        return;
    eventfd_write(d->stop_fd, 1);
    pthread_join(d->thread, NULL);
    close(d->stop_fd);
    mailbox_release(&d->mail);
    free(d);
}
