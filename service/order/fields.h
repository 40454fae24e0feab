/* The members of the bodies that come in and of the order that goes out, as tables: the readers check by
 * them, and the API description is printed from them. */
#ifndef ORDERDECK_SERVICE_ORDER_FIELDS_H
#define ORDERDECK_SERVICE_ORDER_FIELDS_H

#include "shared/order_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_TEXT,     /* min to max code points, anything but NUL */
    FIELD_NAME,     /* the same without control and format characters */
    FIELD_INTEGER,  /* min to max, judged by value */
    FIELD_MONEY,    /* {"amount":..,"currency":..} */
    FIELD_AMOUNT,   /* number with the decimals of its currency */
    FIELD_CURRENCY, /* ISO 4217 code */
    FIELD_WEIGHT,   /* kg with at most 3 decimals; min to max in grams */
    FIELD_TIME,     /* RFC 3339 */
    FIELD_PRIORITY,
    FIELD_COUNTRY, /* two capital letters */
    FIELD_ITEMS,   /* array of min to max items */
    FIELD_ADDRESS,
    FIELD_METADATA, /* object of min to max texts */
    /* only in answers: */
    FIELD_ID, /* ORD-... */
    FIELD_STATUS,
    FIELD_BOOLEAN,
    FIELD_HOLDS,
    FIELD_COMMANDS, /* array of command words */
};

struct field {
    const char *name;
    const char *second_name; /* accepted too; NULL */
    enum field_kind kind;
    int64_t min, max;
    bool required; /* in answers: always there */
    const char *sentence;
};

enum order_field {
    ORDER_CUSTOMER,
    ORDER_PRIORITY,
    ORDER_ITEMS,
    ORDER_ADDRESS,
    ORDER_PROMISE,
    ORDER_METADATA,
    ORDER_FIELDS
};
enum item_field { ITEM_SKU, ITEM_PRODUCT, ITEM_QUANTITY, ITEM_PRICE, ITEM_WEIGHT, ITEM_FIELDS };
enum money_field { PRICE_AMOUNT, PRICE_CURRENCY, PRICE_FIELDS };

/* POST /orders; its items, their prices, its address (zipCode is answered under both its names) */
extern const struct field order_fields[ORDER_FIELDS];
extern const struct field item_fields[ITEM_FIELDS];
extern const struct field price_fields[PRICE_FIELDS];
extern const struct field address_fields[];
extern const size_t n_address_fields;

#define METADATA_KEY_MAX 40
#define METADATA_VALUE_MAX 500

/* The arguments of a command, and the text member of struct command (decide.h) that each fills. */
struct argument {
    struct field field;
    size_t offset; /* const char *, or int64_t for FIELD_TIME */
};
const struct argument *command_arguments(enum order_command c, size_t *ret_n);

/* The order as answered; `required` ones are always there. */
extern const struct field answer_fields[];
extern const size_t n_answer_fields;
/* What an answer's items have beyond item_fields. */
extern const struct field item_answer_field;

/* Free of control and format characters (Unicode categories Cc and Cf)? Text is valid UTF-8. */
bool text_is_plain(const char *text);
/* The code points it refuses, in rising order: the API description states them. */
struct code_range {
    uint32_t first, last;
};
const struct code_range *text_unprintable(size_t *ret_n);

#endif
