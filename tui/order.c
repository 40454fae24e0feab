#include "tui/order.h"

#include "shared/clock.h"
#include "tui/fmt.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum role role;
    enum glyph glyph;
} statuses[STATUS_COUNT] = {
    [STATUS_RECEIVED] = {ROLE_RECEIVED, GLYPH_RECEIVED},
    [STATUS_VALIDATED] = {ROLE_VALIDATED, GLYPH_VALIDATED},
    [STATUS_WAVE_ASSIGNED] = {ROLE_WAVE_ASSIGNED, GLYPH_WAVE},
    [STATUS_PICKING] = {ROLE_PICKING, GLYPH_PICKING},
    [STATUS_CONSOLIDATED] = {ROLE_CONSOLIDATED, GLYPH_CONSOL},
    [STATUS_PACKED] = {ROLE_PACKED, GLYPH_PACKED},
    [STATUS_SHIPPED] = {ROLE_SHIPPED, GLYPH_SHIPPED},
    [STATUS_COMPLETED] = {ROLE_COMPLETED, GLYPH_COMPLETED},
    [STATUS_CANCELLED] = {ROLE_CANCELLED, GLYPH_CANCELLED},
};

enum role status_role(enum order_status s)
{
    return statuses[s].role;
}

enum glyph status_glyph(enum order_status s)
{
    return statuses[s].glyph;
}

enum role priority_role(enum order_priority p)
{
    return p == PRIORITY_SAME_DAY ? ROLE_SAME_DAY : p == PRIORITY_NEXT_DAY ? ROLE_NEXT_DAY : ROLE_STANDARD;
}

const char *order_money(struct money m, char out[40])
{
    char amount[MONEY_TEXT];

    if (!m.currency) {
        out[0] = 0;
        return out;
    }
    money_format(m, amount);
    snprintf(out, 40, "%s %s", amount, m.currency->code);
    return out;
}

/* Codes and digits are ASCII. */
const char *order_money_in(struct money m, int columns, char out[40])
{
    char amount[FMT_MAX];
    int64_t units = m.minor;

    if (!m.currency || (int)strlen(order_money(m, out)) <= columns)
        return order_money(m, out);
    for (int i = 0; i < m.currency->exponent; i++)
        units /= 10;
    snprintf(out, 40, "%s %s", fmt_short(units, amount), m.currency->code);
    return out;
}

int64_t json_moment(const struct json *v, const char *name)
{
    const char *text = json_string(json_get(v, name));
    int64_t ms;

    return text && clock_parse(text, &ms) ? ms : 0;
}

static void read_money(const struct json_doc *doc, const struct json *v, struct money *ret)
{
    const char *code = json_string(json_get(v, "currency"));
    const char *amount = json_number(doc, json_get(v, "amount"));

    *ret = (struct money){.currency = code ? currency_find(code) : NULL};
    if (ret->currency && (!amount || money_scale(amount, ret->currency->exponent, &ret->minor) != MONEY_OK))
        ret->currency = NULL;
}

static unsigned read_allowed(const struct json *list)
{
    unsigned allowed = 0;

    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        const char *word = json_string(v);
        enum order_command c;

        if (word && command_find(word, &c))
            allowed |= 1u << c;
    }
    return allowed;
}

bool order_read(const struct json_doc *doc, const struct json *v, struct order *ret)
{
    const char *id = json_string(json_get(v, "orderId")), *status = json_string(json_get(v, "status"));
    const char *customer = json_string(json_get(v, "customerId"));
    const char *priority = json_string(json_get(v, "priority"));

    *ret = (struct order){0};
    if (!id || !status || !status_find(status, &ret->status))
        return false;
    if (!priority || !priority_find(priority, &ret->priority))
        ret->priority = PRIORITY_STANDARD;
    snprintf(ret->id, sizeof(ret->id), "%s", id);
    snprintf(ret->customer, sizeof(ret->customer), "%s", customer ? customer : "");
    if (!json_int(doc, json_get(v, "totalItems"), &ret->items))
        ret->items = 0;
    if (!json_int(doc, json_get(v, "version"), &ret->version))
        ret->version = 0;
    read_money(doc, json_get(v, "totalAmount"), &ret->total);
    ret->created = json_moment(v, "createdAt");
    ret->since = json_moment(v, "statusSince");
    ret->promised = json_moment(v, "promisedDeliveryAt");
    ret->allowed = read_allowed(json_get(v, "allowedActions"));
    ret->held = json_size(json_get(v, "holds")) > 0;
    return true;
}
