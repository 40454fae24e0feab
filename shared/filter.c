#include "shared/filter.h"

#include "shared/decimal.h"
#include "shared/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CHECK_ARENA_MAX (64u * 1024)

#define TEXT_MAX 200                   /* code points of one value */
#define AGE_MAX INT64_C(3155760000000) /* a hundred years in ms */

static const struct {
    const char *name, *sentence;
} fields[FILTER_FIELDS] = {
    [FILTER_STATUS] = {"status", "status:received,picking is one of these statuses"},
    [FILTER_PRIORITY] = {"priority", "priority:same_day, next_day or standard"},
    [FILTER_CUSTOMER] = {"customer", "customer:CUST-0* is the customer's id, * ends a prefix"},
    [FILTER_SKU] = {"sku", "sku:AB* is on one of the lines"},
    [FILTER_WAVE] = {"wave", "wave:W-17 is the wave the order is in"},
    [FILTER_HOLD] = {"hold", "hold:payment is placed, hold:* is any hold"},
    [FILTER_LATE] = {"late", "late:yes is open with the promise past"},
    [FILTER_AGE] = {"age", "age>30m is the time in its status, in s, m, h or d"},
    [FILTER_TOTAL] = {"total", "total>=100USD compares the total of that currency"},
    [FILTER_CREATED] = {"created", "when the order was created"},
    [FILTER_TEXT] = {"text", "a bare or \"quoted\" word begins the order id, customer or tracking number"},
};

#define TYPED FILTER_CREATED /* fields below can be typed */

const char *filter_field_name(enum filter_field field)
{
    return fields[field].name;
}

const char *filter_field_sentence(enum filter_field field)
{
    return fields[field].sentence;
}

struct filter_term *filter_add(struct filter *f, enum filter_field field, size_t n_values,
                               struct arena *arena)
{
    if (f->n_terms == FILTER_TERMS || n_values > FILTER_VALUES)
        return NULL;
    struct filter_value *values = arena_alloc(arena, n_values * sizeof *values);
    if (values == NULL)
        return NULL;
    struct filter_term *term = &f->terms[f->n_terms++];
    *term = (struct filter_term){.field = field, .n_values = n_values, .values = values};
    return term;
}

/* ---- reading */

struct reader {
    const char *begin, *p;
    struct arena *arena;
    struct filter_fault *fault;
};

/* A value as it is typed, before its field gives it a meaning. */
struct typed {
    const char *at; /* where it stands */
    char *text;     /* without quotes and '*' */
    bool quoted, star;
};
static bool fault_at(struct reader *r, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fault_at(struct reader *r, const char *at, const char *format, ...)
{
    r->fault->position = 0;
    for (const char *p = r->begin; p < at; r->fault->position++)
        (void)utf8_next(&p);
    va_list args;
    va_start(args, format);
    vsnprintf(r->fault->what, sizeof r->fault->what, format, args);
    va_end(args);
    return false;
}

/* The beginning of a text that fits into a message, cut between characters. */
struct clip {
    char text[64];
};

static struct clip clip(const char *text, size_t n)
{
    struct clip c = {""};
    const char *p = text, *next = text;
    while (p < text + n && utf8_next(&next) != 0 && next <= text + n && next - text < 40)
        p = next;
    memcpy(c.text, text, (size_t)(p - text));
    if (p < text + n)
        memcpy(c.text + (p - text), "...", 4);
    return c;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool value_ends(char c)
{
    return c == '\0' || c == ',' || blank(c);
}

/* Bytes that a value takes as it is typed, at least. */
static size_t typed_length(const char *p)
{
    if (*p != '"')
        return strcspn(p, " \t\r\n,");
    const char *end = p + 1;
    while (*end != '"' && *end != '\0')
        end += *end == '\\' && end[1] != '\0' ? 2 : 1;
    return (size_t)(end - p);
}

/* At the quote; p moves past the closing one. `text` has room for all of it. */
static bool read_quoted(struct reader *r, char *text)
{
    const char *open = r->p++;
    for (; *r->p != '"'; r->p++) {
        if (r->p[0] == '\\' && (r->p[1] == '"' || r->p[1] == '\\'))
            r->p++;
        if (*r->p == '\0')
            return fault_at(r, open, "the quote is not closed");
        *text++ = *r->p;
    }
    r->p++;
    *text = '\0';
    return true;
}

static bool read_bare(struct reader *r, char *text)
{
    while (!value_ends(*r->p)) {
        if (*r->p == '"')
            return fault_at(r, r->p, "a quote inside a word");
        if (r->p[0] == '*' && value_ends(r->p[1]))
            break;
        *text++ = *r->p++;
    }
    *text = '\0';
    return true;
}

static bool read_word(struct reader *r, struct typed *w)
{
    size_t n = typed_length(r->p);
    *w = (struct typed){.at = r->p, .quoted = *r->p == '"', .text = arena_alloc(r->arena, n + 1)};
    if (w->text == NULL)
        return fault_at(r, r->p, "out of memory");
    if (w->quoted ? !read_quoted(r, w->text) : !read_bare(r, w->text))
        return false;
    w->star = *r->p == '*';
    if (w->star)
        r->p++;
    if (!value_ends(*r->p))
        return fault_at(r, r->p, "a blank or a comma was expected");
    if (w->text[0] == '\0' && !w->star)
        return fault_at(r, w->at, "a value is missing");
    if (utf8_length(w->text) > TEXT_MAX)
        return fault_at(r, w->at, "the value has more than %d characters", TEXT_MAX);
    return true;
}

/* ---- what a value means in its field */

static bool mean_status(struct reader *r, const struct typed *w, struct filter_value *v)
{
    for (size_t i = 0; i < STATUS_COUNT && !w->star; i++) {
        if (strcasecmp(status_word((enum order_status)i)->wire, w->text) == 0) {
            v->number = (int64_t)i;
            return true;
        }
    }
    return fault_at(r, w->at, "'%s%s' is no status", clip(w->text, strlen(w->text)).text, w->star ? "*" : "");
}

static bool mean_priority(struct reader *r, const struct typed *w, struct filter_value *v)
{
    for (size_t i = 0; i < PRIORITY_COUNT && !w->star; i++) {
        if (strcasecmp(priority_word((enum order_priority)i)->wire, w->text) == 0) {
            v->number = (int64_t)i;
            return true;
        }
    }
    return fault_at(r, w->at, "'%s%s' is no priority; it is same_day, next_day or standard",
                    clip(w->text, strlen(w->text)).text, w->star ? "*" : "");
}

static bool mean_late(struct reader *r, const struct typed *w, struct filter_value *v)
{
    bool yes = strcasecmp(w->text, "yes") == 0 || strcasecmp(w->text, "true") == 0;
    bool no = strcasecmp(w->text, "no") == 0 || strcasecmp(w->text, "false") == 0;
    v->number = yes;
    return ((yes || no) && !w->star) || fault_at(r, w->at, "late is yes or no");
}

/* Splits "100USD" into its number, without needless zeros in front, and what follows. */
static bool split_number(const char *text, char number[32], const char **ret_rest)
{
    size_t n = strspn(text, "0123456789.");
    *ret_rest = text + n;
    while (n > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
        text++;
        n--;
    }
    if (n == 0 || n >= 32)
        return false;
    memcpy(number, text, n);
    number[n] = '\0';
    return true;
}

static bool mean_age(struct reader *r, const struct typed *w, struct filter_value *v)
{
    static const char units[] = "smhd";
    static const int64_t seconds[] = {1, 60, 3600, 86400};

    char number[32];
    const char *unit, *found = NULL;
    bool good = !w->star && split_number(w->text, number, &unit);
    if (good && unit[0] != '\0' && unit[1] == '\0')
        found = strchr(units, unit[0] >= 'A' && unit[0] <= 'Z' ? unit[0] - 'A' + 'a' : unit[0]);
    int64_t thousandths;
    if (found == NULL || decimal_read(number, 3, &thousandths, NULL) != DECIMAL_OK)
        return fault_at(r, w->at, "an age is a number and s, m, h or d, such as 30m");
    if (__builtin_mul_overflow(thousandths, seconds[found - units], &v->number) || v->number > AGE_MAX)
        return fault_at(r, w->at, "the age is more than a hundred years");
    return true;
}

static bool mean_total(struct reader *r, const struct typed *w, struct filter_value *v)
{
    char number[32], code[4] = "";
    const char *currency;
    if (w->star || !split_number(w->text, number, &currency))
        return fault_at(r, w->at, "a total is an amount and a currency, such as 100USD");
    if (currency[0] == '\0')
        return fault_at(r, w->at, "a total needs its currency, such as 100USD");
    for (size_t i = 0; i < 3 && currency[i] != '\0'; i++)
        code[i] = currency[i] >= 'a' && currency[i] <= 'z' ? (char)(currency[i] - 'a' + 'A') : currency[i];
    v->currency = strlen(currency) == 3 ? currency_find(code) : NULL;
    if (v->currency == NULL)
        return fault_at(r, w->at, "'%s' is no currency", clip(currency, strlen(currency)).text);
    switch (money_scale(number, v->currency->exponent, &v->number)) {
    case MONEY_OK: return true;
    case MONEY_DECIMALS: return fault_at(r, w->at, "%s has %d decimals", code, v->currency->exponent);
    case MONEY_DIGITS: return fault_at(r, w->at, "the amount has more than 15 digits");
    case MONEY_NOT_A_NUMBER:
    case MONEY_NEGATIVE: break;
    }
    return fault_at(r, w->at, "'%s' is no amount", number);
}

static bool mean(struct reader *r, enum filter_field field, const struct typed *w, struct filter_value *v)
{
    switch (field) {
    case FILTER_STATUS: return mean_status(r, w, v);
    case FILTER_PRIORITY: return mean_priority(r, w, v);
    case FILTER_LATE: return mean_late(r, w, v);
    case FILTER_AGE: return mean_age(r, w, v);
    case FILTER_TOTAL: return mean_total(r, w, v);
    case FILTER_CUSTOMER:
    case FILTER_SKU:
    case FILTER_WAVE:
    case FILTER_HOLD:
    case FILTER_TEXT:
    case FILTER_CREATED:
    case FILTER_FIELDS: break;
    }
    v->text = w->text;
    v->prefix = w->star || field == FILTER_TEXT;
    return field != FILTER_TEXT || w->text[0] != '\0' || fault_at(r, w->at, "a word is missing before '*'");
}

/* ---- terms */

static bool compares(enum filter_field field)
{
    return field == FILTER_AGE || field == FILTER_TOTAL;
}

static bool one_value(enum filter_field field)
{
    return compares(field) || field == FILTER_LATE;
}

/* value (',' value)* into a new term. */
static bool read_values(struct reader *r, struct filter *f, const struct filter_term *head)
{
    struct filter_value values[FILTER_VALUES] = {0};
    const char *at = r->p;
    size_t n = 0;
    do {
        struct typed w;
        r->p += n != 0; /* the comma */
        if (n == FILTER_VALUES)
            return fault_at(r, r->p, "a term has at most %d values", FILTER_VALUES);
        if (!read_word(r, &w) || !mean(r, head->field, &w, &values[n]))
            return false;
        n++;
        if (*r->p == ',' && one_value(head->field))
            return fault_at(r, r->p, "%s takes one value", fields[head->field].name);
    } while (*r->p == ',');
    struct filter_term *term = filter_add(f, head->field, n, r->arena);
    if (term == NULL)
        return fault_at(r, at, "out of memory");
    term->cmp = head->cmp;
    term->negated = head->negated;
    memcpy(term->values, values, n * sizeof *values);
    return true;
}

static bool find_field(const char *name, size_t n, enum filter_field *ret)
{
    for (size_t i = 0; i < TYPED; i++) {
        if (strlen(fields[i].name) == n && strncasecmp(fields[i].name, name, n) == 0) {
            *ret = (enum filter_field)i;
            return true;
        }
    }
    return false;
}

static enum filter_cmp read_cmp(struct reader *r)
{
    bool less = *r->p == '<';
    r->p++;
    bool equal = *r->p == '=';
    r->p += equal;
    if (less)
        return equal ? FILTER_LE : FILTER_LT;
    return equal ? FILTER_GE : FILTER_GT;
}

/* "field:" or "field>="; a word without such a sign is a text. */
static bool read_head(struct reader *r, struct filter_term *head)
{
    size_t n = strcspn(r->p, " \t\r\n,\":<>=");
    char sign = r->p[n];
    bool known = find_field(r->p, n, &head->field);
    if (sign == '=' && known)
        return fault_at(r, r->p + n, "write '%s:' instead of '%s='", fields[head->field].name,
                        fields[head->field].name);
    if (sign != ':' && sign != '<' && sign != '>') {
        head->field = FILTER_TEXT;
        return true;
    }
    if (!known)
        return fault_at(
            r, r->p,
            "'%s' is no field; fields are status, priority, customer, sku, wave, hold, late, age, total",
            clip(r->p, n).text);
    r->p += n;
    if (sign == ':') {
        if (head->field == FILTER_AGE)
            return fault_at(r, r->p, "age is compared: age>30m, age<=2d");
        r->p++;
        return true;
    }
    if (!compares(head->field))
        return fault_at(r, r->p, "%s takes ':', only age and total are compared", fields[head->field].name);
    head->cmp = read_cmp(r);
    return true;
}

static bool read_term(struct reader *r, struct filter *f)
{
    struct filter_term head = {.cmp = FILTER_IS, .negated = *r->p == '-'};
    const char *at = r->p;
    if (f->n_terms == FILTER_TERMS)
        return fault_at(r, at, "a filter has at most %d terms", FILTER_TERMS);
    r->p += head.negated;
    if (head.negated && (*r->p == '\0' || blank(*r->p)))
        return fault_at(r, at, "a term is missing after '-'");
    return read_head(r, &head) && read_values(r, f, &head);
}

bool filter_parse(struct filter *f, const char *text, struct arena *arena, struct filter_fault *ret_fault)
{
    struct reader r = {.begin = text, .p = text, .arena = arena, .fault = ret_fault};
    if (!utf8_valid(text, strlen(text)))
        return fault_at(&r, text, "the filter is not UTF-8");
    for (;;) {
        while (blank(*r.p))
            r.p++;
        if (*r.p == '\0')
            return true;
        if (!read_term(&r, f))
            return false;
    }
}

bool filter_check(const char *text, struct filter_fault *ret_fault)
{
    struct filter f = {.n_terms = 0};
    struct arena arena;
    *ret_fault = (struct filter_fault){.position = 0};
    arena_init(&arena, CHECK_ARENA_MAX);
    bool ok = filter_parse(&f, text, &arena, ret_fault);
    arena_release(&arena);
    return ok;
}
