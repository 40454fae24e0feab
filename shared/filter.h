/* The filter grammar: one parser for the REST parameter `filter`, the console's `/` line and the command line.
 *
 *   filter := term*            terms are ANDed
 *   term   := ['-'] [field ':' | field cmp] value (',' value)*
 *   cmp    := '>' '>=' '<' '<='                     for age and total
 *   value  := word | "quoted"   a trailing '*' is a prefix; case does not matter, in any script (fold.h)
 *
 * Fields: status, priority, customer, sku, wave, hold, late (yes, no), age (number and s, m, h, d; counts from
 * statusSince), total (amount and currency: 100USD). Bare or quoted text is TEXT: prefix of order id, customer or
 * tracking number. `-` negates a term; a comma means or. Pure, thread-safe.
 *
 * The plain query parameters of the list (status=, customerId=, ...) become terms of the same form, so there is one
 * thing to search by. */
#ifndef ORDERDECK_SHARED_FILTER_H
#define ORDERDECK_SHARED_FILTER_H

#include "shared/arena.h"
#include "shared/err.h"
#include "shared/money.h"
#include "shared/order_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum filter_field {
    FILTER_STATUS,   /* values[].number: enum order_status */
    FILTER_PRIORITY, /* values[].number: enum order_priority */
    FILTER_CUSTOMER, /* values[].text */
    FILTER_SKU,      /* values[].text: some line has it */
    FILTER_WAVE,     /* values[].text */
    FILTER_HOLD,     /* values[].text: some hold has this type; "*" (prefix of "") any hold */
    FILTER_LATE,     /* values[0].number: 1 or 0 */
    FILTER_AGE,      /* cmp, values[0].number: ms since statusSince */
    FILTER_TOTAL,    /* cmp, values[0].number: minor units, values[0].currency */
    FILTER_CREATED,  /* cmp (>= or <), values[0].number: ms since 1970; only from createdFrom, createdTo */
    FILTER_TEXT, /* values[].text: prefix of order id (with or without ORD-), customer or tracking number */
    FILTER_FIELDS
};

enum filter_cmp { FILTER_IS, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE };

struct filter_value {
    const char *text; /* without quotes and '*'; NULL for numbers */
    int64_t number;
    const struct currency *currency; /* FILTER_TOTAL */
    bool prefix;                     /* had a trailing '*' (TEXT always is) */
};

#define FILTER_TERMS 24
#define FILTER_VALUES 32

struct filter_term {
    enum filter_field field;
    enum filter_cmp cmp;
    bool negated;
    bool exact_case; /* from a plain parameter: compare bytes, so an index serves */
    size_t n_values;
    struct filter_value *values; /* in the arena */
};

struct filter {
    struct filter_term terms[FILTER_TERMS];
    size_t n_terms;
};

struct filter_fault {
    size_t position; /* code points from the start */
    char what[120];  /* for people, such as "'wibble' is no status" */
};

/* Appends the terms of `text` to *f; strings live in `arena`. false: *ret_fault says where and why, *f may hold the
 * terms read so far. */
bool filter_parse(struct filter *f, const char *text, struct arena *arena, struct filter_fault *ret_fault)
    __attribute__((warn_unused_result));
/* Would the text be a filter? false: *ret_fault as above. */
bool filter_check(const char *text, struct filter_fault *ret_fault) __attribute__((warn_unused_result));
/* Appends one empty term and room for n values; NULL when there are too many. */
struct filter_term *filter_add(struct filter *f, enum filter_field field, size_t n_values,
                               struct arena *arena) __attribute__((warn_unused_result));

/* The names of the fields as they are typed, for completion and help. */
const char *filter_field_name(enum filter_field field);
const char *filter_field_sentence(enum filter_field field);

#endif
