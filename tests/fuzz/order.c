/* The bodies of orders and commands: an order that is taken adds up and is written as JSON, one that is not says why. */
#include "service/order/order_json.h"

#include "tests/fuzz/fuzz.h"

#define NOW INT64_C(1767268800000)

struct reading {
    struct arena arena;
    struct faults faults;
    struct err err;
    struct buf out;
};

static void begin(struct reading *x)
{
    *x = (struct reading){.err = {.message = ""}};
    arena_init(&x->arena, 64 << 20);
    buf_init(&x->out, 64 << 20);
}

static void end(struct reading *x)
{
    arena_release(&x->arena);
    buf_release(&x->out);
}

static void look_at_refusal(struct reading *x)
{
    struct problem p = {.err = x->err, .faults = &x->faults, .instance = "/x", .position = -1};
    MUST(x->err.code == ERR_MALFORMED_JSON || x->err.code == ERR_VALIDATION_FAILED);
    MUST((x->err.code == ERR_VALIDATION_FAILED) == (x->faults.n > 0));
    MUST(x->err.message[0] != '\0');
    problem_render(&x->out, &p);
    fuzz_json(&x->out);
}

static void look_at_order(struct reading *x, const struct order *o)
{
    order_render(&x->out, o, NOW);
    fuzz_json(&x->out);
    buf_clear(&x->out);
    order_render_received(&x->out, o);
    fuzz_json(&x->out);
}

static void read_order(const char *text, size_t n)
{
    struct reading x;
    struct order order;
    struct event received;
    struct order_defaults defaults = {.timezone = "UTC", .now = NOW};
    struct origin origin = {.actor = "alice"};
    begin(&x);
    if (order_from_json(text, n, &defaults, &origin, &x.arena, &order, &received, &x.faults, &x.err))
        look_at_order(&x, &order);
    else
        look_at_refusal(&x);
    end(&x);
}

static void read_command(enum order_command kind, const char *text, size_t n)
{
    struct reading x;
    struct command command = {.kind = kind, .now = NOW};
    begin(&x);
    if (!command_from_json(text, n, &x.arena, &command, &x.faults, &x.err))
        look_at_refusal(&x);
    end(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);
    read_order(text, n);
    for (int kind = 0; kind < COMMAND_COUNT; kind++)
        read_command((enum order_command)kind, text, n);
    free(text);
    return 0;
}
