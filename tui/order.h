/* One order as a list shows it, decoded from its REST form. Plain values without ownership. One thread. */
#ifndef ORDERDECK_TUI_ORDER_H
#define ORDERDECK_TUI_ORDER_H

#include "shared/json.h"
#include "shared/money.h"
#include "shared/order_words.h"
#include "tui/canvas.h"

#include <stdbool.h>
#include <stdint.h>

struct order {
    char id[40];
    char customer[4 * 64 + 1];
    enum order_status status;
    enum order_priority priority;
    int64_t items; /* sum of quantities */
    struct money total;
    int64_t created, since, promised; /* ms; promised 0: none */
    int64_t version;
    unsigned allowed; /* 1 << enum order_command */
    bool held;
    bool gone; /* shown still, but the query does not bring it any more */
};

/* false: not an order. */
bool order_read(const struct json_doc *doc, const struct json *v, struct order *ret)
    __attribute__((warn_unused_result));
static inline bool order_late(const struct order *o, int64_t now_ms)
{
    return status_is_open(o->status) && o->promised && o->promised < now_ms;
}
static inline bool order_allows(const struct order *o, enum order_command c)
{
    return (o->allowed & 1u << c) != 0;
}
/* Time of a member, 0 when absent or no time. */
int64_t json_moment(const struct json *v, const char *name);

enum role status_role(enum order_status s);
enum glyph status_glyph(enum order_status s);
enum role priority_role(enum order_priority p);
/* "129.97 USD" */
const char *order_money(struct money m, char out[40]);
/* The same, and where there are not so many columns how much it is at least: "1.2M USD". */
const char *order_money_in(struct money m, int columns, char out[40]);

#endif
