#include "service/order/body.h"
#include "service/order/order_json.h"

#include <string.h>

static void set_text(struct command *c, size_t offset, const char *text)
{
    memcpy((char *)c + offset, &text, sizeof text);
}

static void set_time(struct command *c, size_t offset, int64_t ms)
{
    memcpy((char *)c + offset, &ms, sizeof ms);
}

/* false: out of memory. A text without a character says as much as none. */
static bool read_argument(const struct body *b, const struct argument *arg, struct command *c)
{
    int64_t ms;
    if (arg->field.kind == FIELD_TIME) {
        if (body_time(b, PLACE_ROOT, b->root, &arg->field, &ms))
            set_time(c, arg->offset, ms);
        return true;
    }
    const char *text = body_text(b, PLACE_ROOT, b->root, &arg->field);
    if (!text || !*text)
        return true;
    const char *copy = arena_strdup(b->arena, text);
    set_text(c, arg->offset, copy);
    return copy != NULL;
}

bool command_from_json(const char *body, size_t n, struct arena *a, struct command *c,
                       struct faults *ret_faults, struct err *ret_err)
{
    struct body b = {.arena = a, .faults = ret_faults};
    size_t n_args;
    const struct argument *args = command_arguments(c->kind, &n_args);
    *ret_faults = (struct faults){0};
    if (!body_open(&b, body, n, true, ret_err))
        return false;

    bool ok = body_judge(&b, ret_err);
    bool memory = true;
    for (size_t i = 0; ok && i < n_args; i++)
        memory = read_argument(&b, &args[i], c) && memory;
    ok = ok && (memory ? body_judge(&b, ret_err) : body_no_memory(ret_err));
    body_close(&b);
    return ok;
}
