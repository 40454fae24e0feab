/* JSON in and out.
 *
 * In: a strict reader (RFC 8259; no duplicate members, valid UTF-8, no NUL in any spelling, nothing after the value, a
 * depth limit) that has cJSON build the tree; cJSON's own parser lets all of that pass. Numbers keep their text, so that
 * money and quantities can be judged exactly. Out: an append-only writer on a struct buf. cJSON is known to json.c and
 * json_read.c alone. */
#ifndef ORDERDECK_SHARED_JSON_H
#define ORDERDECK_SHARED_JSON_H

#include "shared/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;     /* a value inside a document; lives as long as its document */
struct json_doc; /* a parsed text; one owner */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_fault {
    size_t offset;    /* byte where reading stopped */
    const char *what; /* static text, such as "duplicate member" */
};

#define JSON_DEPTH 32

/* Parses n bytes (they may be freed afterwards). NULL: *ret_fault says why (what = "out of memory" too). */
struct json_doc *json_parse(const char *text, size_t n, struct json_fault *ret_fault)
    __attribute__((warn_unused_result));
void json_free(struct json_doc *doc); /* NULL is fine */
const struct json *json_root(const struct json_doc *doc);

enum json_kind json_kind(const struct json *v);
/* Member by exact (case-sensitive) name; NULL when absent, or v is NULL or no object. */
const struct json *json_get(const struct json *v, const char *name);
size_t json_size(const struct json *v);              /* elements or members */
const struct json *json_first(const struct json *v); /* first element or member, NULL when empty */
const struct json *json_next(const struct json *v);  /* the following sibling */
const char *json_name(const struct json *v);         /* member name, NULL in arrays */
const char *json_string(const struct json *v);       /* UTF-8 text, NULL when v is NULL or no string */
const char *json_number(const struct json_doc *doc,
                        const struct json *v); /* the number's own text, or NULL */
bool json_true(const struct json *v);
/* An integer by value (1e3 is 1000); false when no number, not whole, or outside int64. */
bool json_int(const struct json_doc *doc, const struct json *v, int64_t *ret)
    __attribute__((warn_unused_result));

/* --- out --- */

/* Appends "text" with quotes and escapes; text must be UTF-8 (checked at the edge). NULL appends null. */
void json_add_string(struct buf *b, const char *text);
void json_add_string_n(struct buf *b, const char *text, size_t n);
/* Appends `"name":` preceded by a comma unless the last byte opens an object or array (or the buffer is empty). */
void json_key(struct buf *b, const char *name);
/* json_key and a value in one: */
void json_put_string(struct buf *b, const char *name, const char *value); /* NULL -> null */
void json_put_int(struct buf *b, const char *name, int64_t value);
void json_put_bool(struct buf *b, const char *name, bool value);
void json_put_null(struct buf *b, const char *name);
void json_put_time(struct buf *b, const char *name, int64_t ms);      /* RFC 3339, see clock.h */
void json_put_raw(struct buf *b, const char *name, const char *json); /* json: valid JSON text */
/* Appends a value of a parsed document again (compact). */
void json_add_value(struct buf *b, const struct json_doc *doc, const struct json *v);

/* Valid UTF-8 (RFC 3629: no overlong forms, surrogates or values above U+10FFFF) without NUL? */
bool utf8_valid(const char *bytes, size_t n);
/* Number of code points of valid UTF-8. */
size_t utf8_length(const char *text);
/* Decodes one code point at *p of valid UTF-8 and moves *p on; 0 at the end. */
uint32_t utf8_next(const char **p);

#endif
