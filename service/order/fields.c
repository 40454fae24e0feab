#include "service/order/fields.h"

#include "service/order/decide.h"
#include "service/order/order.h"
#include "shared/json.h"

#define N(table) (sizeof(table) / sizeof *(table))

/* clang-format off */
const struct field order_fields[ORDER_FIELDS] = {
    /*                    name                   second  kind            min max  required  sentence */
    [ORDER_CUSTOMER] = {"customerId",          NULL,   FIELD_NAME,     1,  64,  true,  "who orders"},
    [ORDER_PRIORITY] = {"priority",            NULL,   FIELD_PRIORITY, 0,  0,   false, "how soon it is promised; standard when not given"},
    [ORDER_ITEMS]    = {"items",               NULL,   FIELD_ITEMS,    1,  ORDER_ITEMS_MAX, true, "what is ordered"},
    [ORDER_ADDRESS]  = {"shippingAddress",     NULL,   FIELD_ADDRESS,  0,  0,   true,  "where it goes"},
    [ORDER_PROMISE]  = {"promisedDeliveryAt",  NULL,   FIELD_TIME,     0,  0,   false, "when it is to arrive; by default the priority decides"},
    [ORDER_METADATA] = {"metadata",            NULL,   FIELD_METADATA, 0,  50,  false, "texts of the client's own, kept and answered as they are"},
};

const struct field item_fields[ITEM_FIELDS] = {
    [ITEM_SKU]       = {"sku",                 NULL,   FIELD_NAME,     1,  64,  true,  "the stock keeping unit"},
    [ITEM_PRODUCT]   = {"productName",         "name", FIELD_TEXT,     0,  200, false, "its name for people"},
    [ITEM_QUANTITY]  = {"quantity",            NULL,   FIELD_INTEGER,  1,  ORDER_QUANTITY_MAX, true, "how many"},
    [ITEM_PRICE]     = {"price",               NULL,   FIELD_MONEY,    0,  0,   true,  "of one unit; all items share a currency"},
    [ITEM_WEIGHT]    = {"weight",              NULL,   FIELD_WEIGHT,   0,  ORDER_UNIT_GRAMS_MAX, false, "of one unit in kg, to the gram"},
};

const struct field price_fields[PRICE_FIELDS] = {
    [PRICE_AMOUNT]   = {"amount",              NULL,   FIELD_AMOUNT,   0,  0,   true,  "exact, with no more decimals than the currency has"},
    [PRICE_CURRENCY] = {"currency",            NULL,   FIELD_CURRENCY, 0,  0,   true,  "ISO 4217 code"},
};

const struct field address_fields[] = {
    {"street",        NULL,         FIELD_TEXT,    0, 200, false, "street and number"},
    {"street2",       NULL,         FIELD_TEXT,    0, 200, false, "second address line"},
    {"city",          NULL,         FIELD_TEXT,    0, 200, false, "city"},
    {"state",         NULL,         FIELD_TEXT,    0, 200, false, "state or province"},
    {"zipCode",       "postalCode", FIELD_TEXT,    0, 200, false, "postal code"},
    {"country",       NULL,         FIELD_COUNTRY, 0, 0,   false, "ISO 3166-1 alpha-2 code"},
    {"recipientName", NULL,         FIELD_TEXT,    0, 200, false, "who receives it"},
    {"phone",         NULL,         FIELD_TEXT,    0, 200, false, "for the carrier"},
};
const size_t n_address_fields = N(address_fields);

#define INTO(member) offsetof(struct command, member)

static const struct argument assign_wave[] = {
    {{"waveId",         NULL, FIELD_NAME, 1, 64,  true,  "the wave that takes the order"},         INTO(wave_id)},
};
static const struct argument unassign_wave[] = {
    {{"reason",         NULL, FIELD_TEXT, 0, 500, false, "why"},                                   INTO(reason)},
};
static const struct argument mark_packed[] = {
    {{"trackingNumber", NULL, FIELD_NAME, 1, 64,  false, "the parcel's number, when known"},       INTO(tracking_number)},
    {{"carrier",        NULL, FIELD_NAME, 1, 64,  false, "who will carry it, when known"},         INTO(carrier)},
};
static const struct argument ship[] = {
    {{"trackingNumber", NULL, FIELD_NAME, 1, 64,  true,  "the parcel's number"},                   INTO(tracking_number)},
    {{"carrier",        NULL, FIELD_NAME, 1, 64,  true,  "who carries it"},                        INTO(carrier)},
};
static const struct argument complete[] = {
    {{"deliveredAt",    NULL, FIELD_TIME, 0, 0,   false, "when it arrived; now when not given"},   INTO(delivered_at)},
};
static const struct argument cancel[] = {
    {{"reason",         NULL, FIELD_TEXT, 1, 500, true,  "why"},                                   INTO(reason)},
};
static const struct argument hold[] = {
    {{"type",           NULL, FIELD_NAME, 1, 64,  true,  "what kind of hold, such as payment"},    INTO(hold_type)},
    {{"reason",         NULL, FIELD_TEXT, 0, 500, false, "why"},                                   INTO(reason)},
};
static const struct argument release_hold[] = {
    {{"type",           NULL, FIELD_NAME, 1, 64,  false, "which hold; all of them when not given"}, INTO(hold_type)},
    {{"reason",         NULL, FIELD_TEXT, 0, 500, false, "why"},                                   INTO(reason)},
};

static const struct {
    const struct argument *list;
    size_t n;
} arguments[COMMAND_COUNT] = {
    [COMMAND_ASSIGN_WAVE]   = {assign_wave,   N(assign_wave)},
    [COMMAND_UNASSIGN_WAVE] = {unassign_wave, N(unassign_wave)},
    [COMMAND_MARK_PACKED]   = {mark_packed,   N(mark_packed)},
    [COMMAND_SHIP]          = {ship,          N(ship)},
    [COMMAND_COMPLETE]      = {complete,      N(complete)},
    [COMMAND_CANCEL]        = {cancel,        N(cancel)},
    [COMMAND_HOLD]          = {hold,          N(hold)},
    [COMMAND_RELEASE_HOLD]  = {release_hold,  N(release_hold)},
};

const struct field answer_fields[] = {
    {"orderId",            NULL, FIELD_ID,       0, 0,   true,  "the order; its UUID spelling names it too"},
    {"status",             NULL, FIELD_STATUS,   0, 0,   true,  "where it stands"},
    {"statusSince",        NULL, FIELD_TIME,     0, 0,   true,  "since when it stands there"},
    {"priority",           NULL, FIELD_PRIORITY, 0, 0,   true,  "how soon it is promised"},
    {"customerId",         NULL, FIELD_NAME,     1, 64,  true,  "who ordered"},
    {"items",              NULL, FIELD_ITEMS,    1, ORDER_ITEMS_MAX, true, "what was ordered"},
    {"totalAmount",        NULL, FIELD_MONEY,    0, 0,   true,  "sum of quantity times price"},
    {"totalItems",         NULL, FIELD_INTEGER,  1, INT64_C(1) * ORDER_ITEMS_MAX * ORDER_QUANTITY_MAX, true, "sum of the quantities"},
    {"totalWeight",        NULL, FIELD_WEIGHT,   0, INT64_MAX, true,  "sum of quantity times weight in kg"},
    {"shippingAddress",    NULL, FIELD_ADDRESS,  0, 0,   true,  "where it goes"},
    {"shipToCity",         NULL, FIELD_TEXT,     0, 200, false, "the address's city"},
    {"shipToState",        NULL, FIELD_TEXT,     0, 200, false, "the address's state"},
    {"metadata",           NULL, FIELD_METADATA, 0, 50,  false, "texts of the client's own"},
    {"pickedItems",        NULL, FIELD_INTEGER,  0, INT64_MAX, true,  "items that picking reported"},
    {"promisedDeliveryAt", NULL, FIELD_TIME,     0, 0,   true,  "when it is to arrive"},
    {"late",               NULL, FIELD_BOOLEAN,  0, 0,   true,  "open and past its promise, at the time of the answer"},
    {"holds",              NULL, FIELD_HOLDS,    0, ORDER_HOLDS_MAX, true, "what stops it"},
    {"waveId",             NULL, FIELD_NAME,     1, 64,  false, "the wave it is in"},
    {"trackingNumber",     NULL, FIELD_NAME,     1, 64,  false, "the parcel's number"},
    {"carrier",            NULL, FIELD_NAME,     1, 64,  false, "who carries it"},
    {"cancellationReason", NULL, FIELD_TEXT,     1, 500, false, "why it was called off"},
    {"version",            NULL, FIELD_INTEGER,  1, INT64_MAX, true,  "its number of events; If-Match compares it"},
    {"createdAt",          NULL, FIELD_TIME,     0, 0,   true,  "when it was taken in"},
    {"updatedAt",          NULL, FIELD_TIME,     0, 0,   true,  "when its last event happened"},
    {"allowedActions",     NULL, FIELD_COMMANDS, 0, COMMAND_COUNT, true, "the commands it accepts now"},
};
const size_t n_answer_fields = N(answer_fields);
const struct field item_answer_field =
    {"lineNumber",         NULL, FIELD_INTEGER,  1, ORDER_ITEMS_MAX, true, "its place in the order, from 1"};

/* Unicode 15, categories Cc and Cf */
static const struct code_range unprintable[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},
    {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},   {0x180e, 0x180e},
    {0x200b, 0x200f},   {0x202a, 0x202e},   {0x2060, 0x2064},   {0x2066, 0x206f},   {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
};
/* clang-format on */

const struct argument *command_arguments(enum order_command c, size_t *ret_n)
{
    *ret_n = arguments[c].n;
    return arguments[c].list;
}

const struct code_range *text_unprintable(size_t *ret_n)
{
    *ret_n = N(unprintable);
    return unprintable;
}

bool text_is_plain(const char *text)
{
    while (*text >= 0x20 && *text < 0x7f) /* most texts end here */
        text++;
    for (uint32_t c = utf8_next(&text); c != 0; c = utf8_next(&text))
        for (size_t i = 0; i < N(unprintable) && unprintable[i].first <= c; i++)
            if (c <= unprintable[i].last)
                return false;
    return true;
}
