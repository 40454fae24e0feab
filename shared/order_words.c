#include "shared/order_words.h"

#include <stddef.h>
#include <string.h>

static const struct word statuses[] = {
#define STATUS(id, wire, label, short_label, sentence) [STATUS_##id] = {wire, label, short_label, sentence},
#include "shared/order.def"
#undef STATUS
};

static const struct word priorities[] = {
#define PRIORITY(id, wire, label, days, sentence) [PRIORITY_##id] = {wire, label, label, sentence},
#include "shared/order.def"
#undef PRIORITY
};

static const int promise_days[] = {
#define PRIORITY(id, wire, label, days, sentence) [PRIORITY_##id] = days,
#include "shared/order.def"
#undef PRIORITY
};

static const struct word commands[] = {
#define COMMAND(id, wire, label, sentence) [COMMAND_##id] = {wire, label, label, sentence},
#include "shared/order.def"
#undef COMMAND
};

const struct word *status_word(enum order_status s)
{
    return &statuses[s];
}

const struct word *priority_word(enum order_priority p)
{
    return &priorities[p];
}

const struct word *command_word(enum order_command c)
{
    return &commands[c];
}

int priority_promise_days(enum order_priority p)
{
    return promise_days[p];
}

static int find(const struct word *words, int n, const char *wire)
{
    for (int i = 0; i < n; i++)
        if (strcmp(words[i].wire, wire) == 0)
            return i;
    return -1;
}

bool status_find(const char *wire, enum order_status *ret)
{
    int i = find(statuses, STATUS_COUNT, wire);
    if (i < 0)
        return false;
    *ret = (enum order_status)i;
    return true;
}

bool priority_find(const char *wire, enum order_priority *ret)
{
    int i = find(priorities, PRIORITY_COUNT, wire);
    if (i < 0)
        return false;
    *ret = (enum order_priority)i;
    return true;
}

bool command_find(const char *wire, enum order_command *ret)
{
    int i = find(commands, COMMAND_COUNT, wire);
    if (i < 0)
        return false;
    *ret = (enum order_command)i;
    return true;
}
