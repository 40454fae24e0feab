/* The demo's traffic: customers that order, a warehouse that works, now and then a cancellation or a hold. It goes
 * through the writer as any client does, so what the console shows is real, only the people are not. */
#include "service/order/state.h"
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

#define HISTORY_ORDERS 200              /* taken in before the board opens, */
#define HISTORY_MS (4 * 60 * MINUTE_MS) /* in so much time */
#define MINUTE_MS INT64_C(60000)
#define FLYING_MAX 300
#define ALIVE_MAX 600 /* orders that the warehouse still works on */
#define TICK_MS 230

struct alive {
    struct ulid id;
    enum order_status status; /* in the history */
    int64_t next_ms;          /* in the history: when the warehouse takes it on; 0: not any more */
    bool stays;               /* in the history: it will not be validated */
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
    int64_t at;  /* the time of the history, 0: it is over */
    int flying;  /* changes of the history whose answers are not here yet */
    bool no_zip; /* the last order was written without one: it will not be validated */
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

static void write_order(struct demo *d, struct buf *b, int64_t at, int64_t soon_ms)
{
    static const char *const priorities[] = {"standard", "standard", "standard",
                                             "next_day", "next_day", "same_day"};
    size_t p = draw(d, sizeof places / sizeof places[0]);
    d->no_zip = draw(d, 25) == 0;
    buf_clear(b);
    buf_addf(b, "{\"customerId\":\"CUST-%05d\",\"priority\":\"%s\"", (int)draw(d, 900) + 1,
             PICK(d, priorities));
    put_items(d, b);
    buf_addf(
        b,
        ",\"shippingAddress\":{\"street\":\"%s\",\"city\":\"%s\",\"state\":\"%s\",\"zipCode\":\"%s\",\"country\":\"%s\"}",
        places[p].street, places[p].city, places[p].state, d->no_zip ? "" : places[p].zip, places[p].country);
    if (draw(d, 6) == 0) /* promised soon: some of these will be late */
        json_put_time(b, "promisedDeliveryAt", at + soon_ms + (int64_t)draw(d, 15 * MINUTE_MS));
    buf_addc(b, '}');
}

/* ---- one change, and waiting for it ---- */

static struct node *answers(struct demo *d)
{
    struct node *n;
    while ((n = mailbox_take(&d->mail)) == NULL) {
        struct pollfd p = {.fd = d->mail.fd, .events = POLLIN};
        poll(&p, 1, -1);
    }
    return n;
}

/* Waits until at most so many changes of the history are on their way. */
static void collect(struct demo *d, int most)
{
    while (d->flying > most) {
        for (struct node *n = answers(d), *next; n != NULL; n = next) {
            next = n->next;
            change_free((struct job *)n);
            d->flying--;
        }
    }
}

/* NULL: it was not taken, or it is part of the history, in which nobody waits for one answer. */
static struct job *settle(struct demo *d, struct job *j)
{
    struct err e;
    j->reply_to = &d->mail;
    if (!writer_submit(d->writer, j, &e)) {
        change_free(j);
        return NULL;
    }
    if (d->at == 0)
        return (struct job *)answers(d);
    d->flying++;
    collect(d, FLYING_MAX);
    return NULL;
}

/* An order of the moment, or of the history's. soon_ms: the least time to the promise of those that are urgent. */
static void receive(struct demo *d, int64_t soon_ms)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct answer answer;
    struct ulid id = ulid_new();
    int64_t at = clock_wall_ms();
    if (d->at != 0) {
        at = d->at;
        id = ulid_from_rank(at << 12, id.lo);
    }
    write_order(d, &b, at, soon_ms);
    const struct change_request r = {.body = b.data,
                                     .body_len = b.len,
                                     .origin = {.actor = "web-shop"},
                                     .if_version = -1,
                                     .now = at,
                                     .id = id,
                                     .timezone = "UTC"};
    struct job *j = change_create(&r, &answer);
    buf_release(&b);
    if (j == NULL) {
        answer_release(&answer);
        return;
    }
    j = settle(d, j);
    bool made = d->at != 0 || (j != NULL && j->unit.outcome == UNIT_COMMITTED);
    if (made && d->n_alive < ALIVE_MAX)
        d->alive[d->n_alive++] = (struct alive){.id = id};
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
                                     .now = d->at != 0 ? d->at : clock_wall_ms()};
    struct job *j = change_command(kind, id, &r, &answer);
    if (j == NULL) {
        answer_release(&answer);
        return false;
    }
    const struct transition *t = state_transition(kind);
    j = settle(d, j);
    if (d->at != 0) { /* it will be as the table says */
        *ret_status = t->moves ? t->to : *ret_status;
        return true;
    }
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

/* ---- the hours before the board opens ---- */

/* When an order that came into this status at `at` is taken on: around what is usual, and one in fifteen much later. */
static int64_t history_next(struct demo *d, enum order_status s, int64_t at)
{
    static const int minutes[STATUS_COUNT] = {
        [STATUS_RECEIVED] = 3, [STATUS_VALIDATED] = 12,   [STATUS_WAVE_ASSIGNED] = 18,
        [STATUS_PICKING] = 22, [STATUS_CONSOLIDATED] = 9, [STATUS_PACKED] = 14,
        [STATUS_SHIPPED] = 70};
    if (!status_is_open(s))
        return 0;
    int64_t stay = minutes[s] * MINUTE_MS * (int64_t)(50 + draw(d, 90)) / 100;
    return at + (draw(d, 15) == 0 ? 5 * stay : stay);
}

/* The order that is taken on next; NULL: nothing before `end`. */
static struct alive *history_first(struct demo *d, int64_t end)
{
    struct alive *first = NULL;
    for (int i = 0; i < d->n_alive; i++) {
        struct alive *a = &d->alive[i];
        if (a->next_ms != 0 && a->next_ms < end && (first == NULL || a->next_ms < first->next_ms))
            first = a;
    }
    return first;
}

static void history_step(struct demo *d, struct alive *a)
{
    char body[120];
    d->at = a->next_ms;
    if (draw(d, 60) == 0) {
        snprintf(body, sizeof body, "{\"reason\":\"%s\"}", PICK(d, reasons));
        command(d, a->id, COMMAND_CANCEL, "support", body, &a->status);
    } else {
        step(d, a->id, a->status, &a->status);
    }
    a->next_ms = a->stays ? 0 : history_next(d, a->status, a->next_ms);
}

static void history_receive(struct demo *d, int64_t at)
{
    d->at = at;
    receive(d, 100 * MINUTE_MS);
    struct alive *a = &d->alive[d->n_alive - 1];
    a->stays = d->no_zip;
    a->next_ms = history_next(d, STATUS_RECEIVED, at);
}

/* The board as it looks in the middle of a day: what happened is told in the order of its times. */
static void write_history(struct demo *d)
{
    int64_t now = clock_wall_ms(), every = HISTORY_MS / HISTORY_ORDERS;
    struct alive *a;
    for (int i = 0; i < HISTORY_ORDERS; i++) {
        int64_t at = now - HISTORY_MS + every * i + (int64_t)draw(d, (uint64_t)every);
        while ((a = history_first(d, at)) != NULL)
            history_step(d, a);
        history_receive(d, at);
    }
    while ((a = history_first(d, now)) != NULL)
        history_step(d, a);
    d->at = 0;
    collect(d, 0);
}

static void *demo_main(void *arg)
{
    struct demo *d = arg;
    struct err e;
    struct store_reader *r = d->store->ops->reader_open(d->store, &e);
    while (r != NULL && !stopping(d, TICK_MS + (int)draw(d, 300))) {
        if (d->n_alive < ALIVE_MAX && draw(d, 3) != 0)
            receive(d, MINUTE_MS / 2);
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
    write_history(d); /* before the console opens */
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
