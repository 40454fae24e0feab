#include "tui/args.h"

#include "shared/json.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *done;
    struct args_row rows[ARGS_MAX];
} commands[COMMAND_COUNT] = {
    [COMMAND_VALIDATE]          = {"validated", {{0}}},
    [COMMAND_ASSIGN_WAVE]       = {"put into the wave", {{"waveId", "wave", "the wave that takes it", true}}},
    [COMMAND_UNASSIGN_WAVE]     = {"taken out of its wave", {{"reason", "reason", "why; may be left out", false}}},
    [COMMAND_START_PICKING]     = {"picked from now on", {{0}}},
    [COMMAND_MARK_CONSOLIDATED] = {"marked consolidated", {{0}}},
    [COMMAND_MARK_PACKED]       = {"marked packed",
                                   {{"trackingNumber", "tracking number", "may be left out", false},
                                    {"carrier", "carrier", "may be left out", false}}},
    [COMMAND_SHIP]              = {"shipped",
                                   {{"trackingNumber", "tracking number", "of the parcel", true},
                                    {"carrier", "carrier", "who carries it", true}}},
    [COMMAND_COMPLETE]          = {"completed", {{0}}},
    [COMMAND_CANCEL]            = {"cancelled", {{"reason", "reason", "why; it is kept with the order", true}}},
    [COMMAND_HOLD]              = {"held",
                                   {{"type", "type", "what kind of hold, such as payment", true},
                                    {"reason", "reason", "why; may be left out", false}}},
    [COMMAND_RELEASE_HOLD]      = {"released",
                                   {{"type", "type", "which hold; all of them when left out", false},
                                    {"reason", "reason", "why; may be left out", false}}},
};
/* clang-format on */

const struct args_row *args_of(enum order_command c, size_t *ret_n)
{
    for (*ret_n = 0; *ret_n < ARGS_MAX && commands[c].rows[*ret_n].name; ++*ret_n)
        continue;
    return commands[c].rows;
}

const char *args_done(enum order_command c)
{
    return commands[c].done;
}

void args_init(struct args *a, enum order_command c, const char *text)
{
    a->command = c;
    args_of(c, &a->n);
    for (size_t i = 0; i < a->n; i++) {
        size_t n = i + 1 == a->n ? strlen(text) : strcspn(text, " ");
        char word[sizeof(a->fields[i].text)];

        snprintf(word, sizeof(word), "%.*s", (int)n, text);
        edit_set(&a->fields[i], word);
        text += n;
        text += strspn(text, " ");
    }
}

static bool blank(const char *text)
{
    return text[strspn(text, " ")] == 0;
}

const struct args_row *args_missing(const struct args *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (commands[a->command].rows[i].needed && blank(a->fields[i].text))
            return &commands[a->command].rows[i];
    return NULL;
}

void args_body(const struct args *a, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < a->n; i++) {
        if (blank(a->fields[i].text))
            continue;
        if (!any)
            buf_addc(out, '{');
        any = true;
        json_put_string(out, commands[a->command].rows[i].name, a->fields[i].text);
    }
    if (any)
        buf_addc(out, '}');
}
