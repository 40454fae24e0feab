#include "service/order/body.h"

#include "shared/clock.h"
#include "shared/money.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n')
            return false;
    return true;
}

bool body_no_memory(struct err *ret_err)
{
    return err_set(ret_err, ERR_QUEUE_FULL, "the service is short of memory");
}

bool body_open(struct body *b, const char *text, size_t n, bool may_be_empty, struct err *ret_err)
{
    b->doc = NULL;
    b->root = NULL;
    if (is_blank(text, n))
        return may_be_empty || err_set(ret_err, ERR_MALFORMED_JSON, "the body is empty");

    struct json_fault fault;
    b->doc = json_parse(text, n, &fault);
    if (!b->doc && strcmp(fault.what, "out of memory") == 0)
        return body_no_memory(ret_err);
    if (!b->doc)
        return err_set(ret_err, ERR_MALFORMED_JSON, "the body cannot be read at byte %zu: %s", fault.offset,
                       fault.what);
    b->root = json_root(b->doc);
    if (json_kind(b->root) != JSON_OBJECT)
        body_fault(b, PLACE_ROOT, NULL, "must be an object");
    return true;
}

void body_close(struct body *b)
{
    json_free(b->doc);
    b->doc = NULL;
}

bool body_judge(const struct body *b, struct err *ret_err)
{
    size_t n = b->faults->n + b->faults->more;
    if (n == 0)
        return true;
    return err_set(ret_err, ERR_VALIDATION_FAILED, "the body has %zu fault%s", n, n == 1 ? "" : "s");
}

void body_fault(const struct body *b, struct place at, const char *member, const char *format, ...)
{
    char index[24] = "";
    char detail[200];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (at.index >= 0)
        snprintf(index, sizeof index, "/%" PRId64, at.index);

    const char *pointer = arena_printf(b->arena, "%s%s%s%s%s", at.base, index, at.below, member ? "/" : "",
                                       member ? member : "");
    faults_add(b->faults, b->arena, pointer ? pointer : "", "%s", detail);
}

static const struct json *find(const struct json *object, const char *name)
{
    const struct json *v = json_get(object, name);
    return v && json_kind(v) != JSON_NULL ? v : NULL;
}

const struct json *body_member(const struct body *b, struct place at, const struct json *object,
                               const struct field *f, const char **ret_name)
{
    const char *name = f->name;
    const struct json *v = find(object, name);
    if (!v && f->second_name) {
        v = find(object, f->second_name);
        name = v ? f->second_name : f->name;
    }
    if (!v && f->required)
        body_fault(b, at, name, "is required");
    if (ret_name)
        *ret_name = name;
    return v;
}

const struct json *body_object(const struct body *b, struct place at, const struct json *object,
                               const struct field *f)
{
    const struct json *v = body_member(b, at, object, f, NULL);
    if (v && json_kind(v) != JSON_OBJECT) {
        body_fault(b, at, f->name, "must be an object");
        return NULL;
    }
    return v;
}

static bool is_country_form(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && text[2] == '\0';
}

/* Bytes bound the code points from above, so most texts need no counting. */
static bool has_length(const char *text, const struct field *f)
{
    size_t n = strlen(text);
    if (n < (size_t)f->min)
        return false;
    return (n <= (size_t)f->max && f->min <= 1) ||
           (utf8_length(text) >= (size_t)f->min && utf8_length(text) <= (size_t)f->max);
}

const char *body_text(const struct body *b, struct place at, const struct json *object, const struct field *f)
{
    const char *name;
    const struct json *v = body_member(b, at, object, f, &name);
    if (!v)
        return NULL;
    const char *text = json_string(v);
    if (!text)
        body_fault(b, at, name, "must be a string");
    else if (f->kind == FIELD_COUNTRY && !is_country_form(text))
        body_fault(b, at, name, "must be two capital letters");
    else if (f->kind != FIELD_COUNTRY && !has_length(text, f))
        body_fault(b, at, name, "must have %" PRId64 " to %" PRId64 " characters", f->min, f->max);
    else if (f->kind == FIELD_NAME && !text_is_plain(text))
        body_fault(b, at, name, "must be free of control and format characters");
    else
        return text;
    return NULL;
}

bool body_integer(const struct body *b, struct place at, const struct json *object, const struct field *f,
                  int64_t *ret)
{
    const struct json *v = body_member(b, at, object, f, NULL);
    if (!v)
        return false;
    if (json_int(b->doc, v, ret) && *ret >= f->min && *ret <= f->max)
        return true;
    body_fault(b, at, f->name, "must be a whole number from %" PRId64 " to %" PRId64, f->min, f->max);
    return false;
}

bool body_weight(const struct body *b, struct place at, const struct json *object, const struct field *f,
                 int64_t *ret)
{
    const struct json *v = body_member(b, at, object, f, NULL);
    if (!v)
        return false;
    const char *number = json_number(b->doc, v);
    switch (number ? money_scale(number, 3, ret) : MONEY_NOT_A_NUMBER) {
    case MONEY_OK:
        if (*ret >= f->min && *ret <= f->max)
            return true;
        __attribute__((fallthrough));
    case MONEY_NEGATIVE:
    case MONEY_DIGITS:
        body_fault(b, at, f->name, "must be from %" PRId64 " to %" PRId64 " kg", f->min / 1000,
                   f->max / 1000);
        return false;
    case MONEY_DECIMALS: body_fault(b, at, f->name, "must have at most 3 decimals"); return false;
    case MONEY_NOT_A_NUMBER: body_fault(b, at, f->name, "must be a number"); return false;
    }
    return false;
}

bool body_time(const struct body *b, struct place at, const struct json *object, const struct field *f,
               int64_t *ret)
{
    const struct json *v = body_member(b, at, object, f, NULL);
    if (!v)
        return false;
    const char *text = json_string(v);
    if (text && clock_parse(text, ret))
        return true;
    body_fault(b, at, f->name, "must be a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z");
    return false;
}
