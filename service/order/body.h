/* Reading a body by the tables of fields.h: each function checks one member, collects its fault and
 * returns what it read, or nothing. For service/order and service/write. */
#ifndef ORDERDECK_SERVICE_ORDER_BODY_H
#define ORDERDECK_SERVICE_ORDER_BODY_H

#include "service/order/faults.h"
#include "service/order/fields.h"
#include "shared/arena.h"
#include "shared/err.h"
#include "shared/json.h"

struct body {
    struct json_doc *doc;    /* owned; NULL for an empty body */
    const struct json *root; /* the object, NULL for an empty body */
    struct arena *arena;
    struct faults *faults;
};

/* Where an object stands in the body; the pointer is only spelled out for a fault. */
struct place {
    const char *base;  /* "" or "/items" */
    int64_t index;     /* element of base, -1: base itself */
    const char *below; /* "" or "/price" */
};
#define PLACE_ROOT ((struct place){.base = "", .index = -1, .below = ""})

/* Parses the body; an empty one is an object without members if `may_be_empty`. false: *ret_err is set. On
 * true the caller ends with body_close; the root may be NULL, which all below take as an empty object. */
bool body_open(struct body *b, const char *text, size_t n, bool may_be_empty, struct err *ret_err)
    __attribute__((warn_unused_result));
void body_close(struct body *b);
/* true: no fault was found. Else *ret_err is VALIDATION_FAILED with their number. */
bool body_judge(const struct body *b, struct err *ret_err) __attribute__((warn_unused_result));
bool body_no_memory(struct err *ret_err); /* sets it; false */

/* A fault at the member of the object at `at` (member NULL: at the object itself). */
void body_fault(const struct body *b, struct place at, const char *member, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The member under its name or its second name (*ret_name says which; may be NULL). null counts as absent,
 * and the absence of a required one as a fault: NULL. */
const struct json *body_member(const struct body *b, struct place at, const struct json *object,
                               const struct field *f, const char **ret_name);
/* The same for a member that must be an object. */
const struct json *body_object(const struct body *b, struct place at, const struct json *object,
                               const struct field *f);
/* FIELD_TEXT, FIELD_NAME, FIELD_COUNTRY: the text, in the document. NULL when absent or faulty. */
const char *body_text(const struct body *b, struct place at, const struct json *object,
                      const struct field *f);
/* FIELD_INTEGER, FIELD_WEIGHT (grams), FIELD_TIME: false when absent or faulty. */
bool body_integer(const struct body *b, struct place at, const struct json *object, const struct field *f,
                  int64_t *ret) __attribute__((warn_unused_result));
bool body_weight(const struct body *b, struct place at, const struct json *object, const struct field *f,
                 int64_t *ret) __attribute__((warn_unused_result));
bool body_time(const struct body *b, struct place at, const struct json *object, const struct field *f,
               int64_t *ret) __attribute__((warn_unused_result));

#endif
