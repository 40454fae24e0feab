#include "service/order/literal.h"
#include "service/order/order_json_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

struct item {
    const char *sku;
    const char *product; /* NULL when not given, as weight is 0 */
    int64_t quantity;
    struct money price;
    int64_t grams;
    bool has_weight;
};

/* The amount can be judged without a currency only for being a number and not negative. */
static void amount_fault(const struct body *b, struct place at, enum money_fault fault,
                         const struct currency *c)
{
    const char *name = price_fields[PRICE_AMOUNT].name;
    switch (fault) {
    case MONEY_OK: break;
    case MONEY_NOT_A_NUMBER: body_fault(b, at, name, "must be a number"); break;
    case MONEY_NEGATIVE: body_fault(b, at, name, "must not be negative"); break;
    case MONEY_DECIMALS:
        if (c)
            body_fault(b, at, name, "must have at most %d decimals, as %s has", c->exponent, c->code);
        break;
    case MONEY_DIGITS:
        if (c)
            body_fault(b, at, name, "must have at most 15 digits, decimals counted");
        break;
    }
}

static const struct currency *read_currency(const struct body *b, struct place at, const struct json *price)
{
    const struct field *f = &price_fields[PRICE_CURRENCY];
    const struct json *v = body_member(b, at, price, f, NULL);
    if (!v)
        return NULL;
    const char *code = json_string(v);
    const struct currency *c = code ? currency_find(code) : NULL;
    if (!c)
        body_fault(b, at, f->name, "must be a currency code of ISO 4217, such as USD");
    return c;
}

static struct money read_price(const struct body *b, int64_t index, const struct json *item)
{
    struct place at = {.base = "/items", .index = index, .below = ""};
    struct money price = {0};
    const struct json *object = body_object(b, at, item, &item_fields[ITEM_PRICE]);
    if (!object)
        return price;

    at.below = "/price";
    price.currency = read_currency(b, at, object);
    const struct json *amount = body_member(b, at, object, &price_fields[PRICE_AMOUNT], NULL);
    if (amount) {
        const char *number = json_number(b->doc, amount);
        int exponent = price.currency ? price.currency->exponent : 0;
        amount_fault(b, at, number ? money_scale(number, exponent, &price.minor) : MONEY_NOT_A_NUMBER,
                     price.currency);
    }
    return price;
}

static void read_item(const struct body *b, int64_t index, const struct json *v, struct item *ret)
{
    struct place at = {.base = "/items", .index = index, .below = ""};
    *ret = (struct item){0};
    if (json_kind(v) != JSON_OBJECT) {
        body_fault(b, at, NULL, "must be an object");
        return;
    }
    ret->sku = body_text(b, at, v, &item_fields[ITEM_SKU]);
    ret->product = body_text(b, at, v, &item_fields[ITEM_PRODUCT]);
    if (!body_integer(b, at, v, &item_fields[ITEM_QUANTITY], &ret->quantity))
        ret->quantity = 0;
    ret->price = read_price(b, index, v);
    ret->has_weight = body_weight(b, at, v, &item_fields[ITEM_WEIGHT], &ret->grams);
    if (!ret->has_weight)
        ret->grams = 0;
}

/* Quantities and weights are bounded (ORDER_*_MAX) such that their sums cannot overflow; money is checked. */
static void add_up(const struct body *b, int64_t index, const struct item *item, struct order *o)
{
    struct place price = {.base = "/items", .index = index, .below = "/price"};
    int64_t line, total;

    o->total_items += item->quantity;
    o->total_grams += item->quantity * item->grams;
    if (!item->price.currency)
        return;
    if (!o->total.currency)
        o->total.currency = item->price.currency;
    if (o->total.currency != item->price.currency)
        body_fault(b, price, "currency", "must be %s like the first item's", o->total.currency->code);
    else if (!money_multiply(item->price.minor, item->quantity, &line) ||
             !money_add(o->total.minor, line, &total))
        body_fault(b, price, "amount", "makes totalAmount longer than 15 digits");
    else
        o->total.minor = total;
}

void order_json_money(struct buf *out, struct money m)
{
    char text[MONEY_TEXT];
    assert(m.currency != NULL);
    LITERAL(out, "{\"amount\":");
    buf_add(out, text, money_format(m, text));
    LITERAL(out, ",\"currency\":\"");
    buf_add(out, m.currency->code, 3);
    LITERAL(out, "\"}");
}

void order_json_kilograms(struct buf *out, int64_t grams)
{
    char text[MONEY_TEXT];
    size_t n = decimal_format(grams, 3, text);
    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    buf_add(out, text, n);
}

static void write_item(struct buf *out, int64_t index, const struct item *item)
{
    if (index > 0)
        buf_addc(out, ',');
    LITERAL(out, "{\"lineNumber\":");
    buf_addi(out, index + 1);
    LITERAL(out, ",\"sku\":");
    json_add_string(out, item->sku);
    if (item->product) {
        LITERAL(out, ",\"productName\":");
        json_add_string(out, item->product);
    }
    LITERAL(out, ",\"quantity\":");
    buf_addi(out, item->quantity);
    LITERAL(out, ",\"price\":");
    order_json_money(out, item->price);
    if (item->has_weight) {
        LITERAL(out, ",\"weight\":");
        order_json_kilograms(out, item->grams);
    }
    buf_addc(out, '}');
}

void order_json_items(const struct body *b, struct buf *doc, struct order *o)
{
    const struct field *f = &order_fields[ORDER_ITEMS];
    const struct json *items = body_member(b, PLACE_ROOT, b->root, f, NULL);
    if (!items)
        return;
    if (json_kind(items) != JSON_ARRAY) {
        body_fault(b, PLACE_ROOT, f->name, "must be an array");
        return;
    }
    const struct json *v = json_first(items);
    int64_t index = 0;
    LITERAL(doc, ",\"items\":[");
    for (; v && index < f->max; v = json_next(v), index++) {
        struct item item;
        read_item(b, index, v, &item);
        add_up(b, index, &item, o);
        if (b->faults->n == 0)
            write_item(doc, index, &item);
    }
    buf_addc(doc, ']');
    if (v || index < f->min)
        body_fault(b, PLACE_ROOT, f->name, "must have %" PRId64 " to %" PRId64 " elements", f->min, f->max);
}
