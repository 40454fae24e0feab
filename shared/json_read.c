#include "shared/json_read.h"

#include "shared/json_scan.h"

#include <stdlib.h>

#define FEW 16 /* up to so many members names are compared pair by pair */

struct name {
    const char *text;
    size_t len;
    const char *at; /* where it stands in the document */
};

struct reader {
    const char *end;
    const char *at, *what; /* the first fault */
    char *texts, *to;      /* where the next text goes: what was read is longer than what it became */
    size_t depth;
    struct name *names; /* of all objects that are open, the innermost last */
    size_t n_names, cap_names;
    struct name *lent; /* where names begin, so that an order needs no allocation */
};

/* What reads something at p returns where that ends, or NULL: a fault. */

static const char *fault(struct reader *r, const char *at, const char *what)
{
    r->at = at;
    r->what = what;
    return NULL;
}

static const char *skip_blanks(const struct reader *r, const char *p)
{
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static bool is_char(const struct reader *r, const char *p, char c)
{
    return p < r->end && *p == c;
}

/* ---- strings */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four hexadecimal digits behind a \u, at p; or -1. */
static int32_t hex4(const struct reader *r, const char *p)
{
    int32_t code = 0;
    if (r->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

static void put_utf8(struct reader *r, int32_t code)
{
    static const unsigned char lead[4] = {0, 0xc0, 0xe0, 0xf0};
    int tail = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

    *r->to++ = (char)(lead[tail] | code >> (6 * tail));
    while (tail-- > 0)
        *r->to++ = (char)(0x80 | (code >> (6 * tail) & 0x3f));
}

/* At \u. */
static const char *read_code(struct reader *r, const char *p)
{
    const char *at = p;
    int32_t code = hex4(r, p + 2);
    if (code < 0)
        return fault(r, at, "unknown escape");
    if (code == 0)
        return fault(r, at, "NUL character");
    p += 6;
    if (code >= 0xd800 && code <= 0xdfff) {
        int32_t low = r->end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(r, p + 2) : -1;
        if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
            return fault(r, at, "lone surrogate");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    put_utf8(r, code);
    return p;
}

/* At a backslash. */
static const char *read_escape(struct reader *r, const char *p)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";

    if (r->end - p < 2)
        return fault(r, p, "unfinished string");
    if (p[1] == 'u')
        return read_code(r, p);
    const char *letter = memchr(letters, p[1], sizeof letters - 1);
    if (letter == NULL)
        return fault(r, p, "unknown escape");
    *r->to++ = means[letter - letters];
    return p + 2;
}

/* At a byte that is not plain ASCII: an escape, a longer character or a fault. Rare: kept out of what is not. */
__attribute__((noinline)) static const char *read_special(struct reader *r, const char *p)
{
    unsigned char c = (unsigned char)*p;
    if (c == '\\')
        return read_escape(r, p);
    if (c < 0x20)
        return fault(r, p, c == '\0' ? "NUL character" : "control character in a string");
    size_t step = utf8_sequence(p, (size_t)(r->end - p));
    if (step == 0)
        return fault(r, p, "invalid UTF-8");
    for (; step > 0; step--)
        *r->to++ = *p++;
    return p;
}

/* At a quote. The text is what was added to r->texts. */
static const char *read_text(struct reader *r, const char *open)
{
    const char *p = open + 1;
    for (;;) {
        size_t run = json_copy_plain(r->to, p, (size_t)(r->end - p), true);
        r->to += run;
        p += run;
        if (p == r->end)
            return fault(r, open, "unfinished string");
        if (*p == '"')
            break;
        p = read_special(r, p);
        if (p == NULL)
            return NULL;
    }
    *r->to++ = '\0';
    return p + 1;
}

/* ---- member names */

static bool push_name(struct reader *r, const struct name *name)
{
    if (r->n_names == r->cap_names) {
        struct name *more = malloc(2 * r->cap_names * sizeof *more);
        if (more == NULL) {
            fault(r, name->at, "out of memory");
            return false;
        }
        memcpy(more, r->names, r->n_names * sizeof *more);
        if (r->names != r->lent)
            free(r->names);
        r->names = more;
        r->cap_names *= 2;
    }
    r->names[r->n_names++] = *name;
    return true;
}

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left, *b = right;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    int order = memcmp(a->text, b->text, a->len);
    if (order != 0)
        return order;
    return a->at < b->at ? -1 : a->at > b->at;
}

/* At the quote of a member's name in an object whose names begin at `base`. */
static const char *read_name(struct reader *r, const char *p, size_t base)
{
    struct name name = {.text = r->to, .at = p};
    p = read_text(r, p);
    if (p == NULL)
        return NULL;
    name.len = (size_t)(r->to - 1 - name.text);
    size_t n = r->n_names - base;
    const struct name *before = r->names + base, *end = before + (n < FEW ? n : FEW);
    for (; before < end; before++)
        if (before->len == name.len && memcmp(before->text, name.text, name.len) == 0)
            return fault(r, name.at, "duplicate member");
    return push_name(r, &name) ? p : NULL;
}

/* Many members are sorted when their object ends: equal ones are then neighbours, in the order of the document. Returns
 * the first that repeats another, NULL: there is none. */
static const char *find_repeat(struct reader *r, size_t base)
{
    const char *at = NULL;
    qsort(r->names + base, r->n_names - base, sizeof *r->names, compare_names);
    for (size_t i = base + 1; i < r->n_names; i++) {
        const struct name *a = &r->names[i - 1], *b = &r->names[i];
        if (a->len == b->len && memcmp(a->text, b->text, a->len) == 0 && (at == NULL || b->at < at))
            at = b->at;
    }
    return at;
}

/* ---- values */

static const char *read_value(struct reader *r, const char *p, cJSON **ret);

/* The item that was made of what ends at p. */
static const char *made(struct reader *r, const char *p, cJSON *item, cJSON **ret)
{
    *ret = item;
    return item != NULL ? p : fault(r, p, "out of memory");
}

static const char *read_string(struct reader *r, const char *p, cJSON **ret)
{
    const char *text = r->to;
    p = read_text(r, p);
    return p == NULL ? NULL : made(r, p, cJSON_CreateStringReference(text), ret);
}

static const char *skip_digits(const struct reader *r, const char *p)
{
    while (p < r->end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* NULL: there is no number. */
static const char *skip_number(const struct reader *r, const char *p)
{
    const char *digits = p + is_char(r, p, '-');
    p = skip_digits(r, digits);
    if (p == digits)
        return NULL;
    if (is_char(r, p, '.')) {
        digits = p + 1;
        p = skip_digits(r, digits);
        if (p == digits)
            return NULL;
    }
    if (is_char(r, p, 'e') || is_char(r, p, 'E')) {
        p++;
        digits = p + (is_char(r, p, '+') || is_char(r, p, '-'));
        p = skip_digits(r, digits);
        if (p == digits)
            return NULL;
    }
    return p;
}

static const char *read_number(struct reader *r, const char *begin, cJSON **ret)
{
    const char *p = skip_number(r, begin), *digits = begin + (*begin == '-');
    if (is_char(r, digits, '0') && skip_digits(r, digits) > digits + 1)
        return fault(r, begin, "number with a leading zero");
    if (p == NULL)
        return fault(r, begin, "invalid number");
    int at = (int)(r->to - r->texts);
    while (begin < p)
        *r->to++ = *begin++;
    *r->to++ = '\0';
    p = made(r, p, cJSON_CreateNull(), ret);
    if (p != NULL) {
        (*ret)->type = cJSON_Number;
        (*ret)->valueint = at;
    }
    return p;
}

static const char *read_word(struct reader *r, const char *p, const char *word, int type, cJSON **ret)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - p) < n || memcmp(p, word, n) != 0)
        return fault(r, p, "a value was expected");
    p = made(r, p + n, cJSON_CreateNull(), ret);
    if (p != NULL)
        (*ret)->type = type;
    return p;
}

/* After an element: a comma (then *ret_more) or the closing bracket. */
static const char *read_separator(struct reader *r, const char *p, char close, bool *ret_more)
{
    p = skip_blanks(r, p);
    *ret_more = is_char(r, p, ',');
    if (!*ret_more && !is_char(r, p, close))
        return fault(r, p, close == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    return p + 1;
}

/* After the opening bracket: the closing one (then not *ret_more), or nothing yet. */
static const char *read_begin(const struct reader *r, const char *p, char close, bool *ret_more)
{
    p = skip_blanks(r, p);
    *ret_more = !is_char(r, p, close);
    return *ret_more ? p : p + 1;
}

static const char *read_elements(struct reader *r, const char *p, cJSON *array)
{
    bool more;
    p = read_begin(r, p, ']', &more);
    while (more) {
        cJSON *value;
        p = read_value(r, p, &value);
        if (p == NULL)
            return NULL;
        cJSON_AddItemToArray(array, value);
        array->valueint++;
        p = read_separator(r, p, ']', &more);
        if (p == NULL)
            return NULL;
    }
    return p;
}

static const char *read_member(struct reader *r, const char *p, cJSON *object, size_t base)
{
    const char *name = r->to;
    cJSON *value;
    p = skip_blanks(r, p);
    if (!is_char(r, p, '"'))
        return fault(r, p, "a member name was expected");
    p = read_name(r, p, base);
    if (p == NULL)
        return NULL;
    p = skip_blanks(r, p);
    if (!is_char(r, p, ':'))
        return fault(r, p, "':' was expected");
    p = read_value(r, p + 1, &value);
    if (p == NULL)
        return NULL;
    cJSON_AddItemToObjectCS(object, name, value);
    object->valueint++;
    return p;
}

static const char *read_members(struct reader *r, const char *p, cJSON *object)
{
    size_t base = r->n_names;
    bool more;
    p = read_begin(r, p, '}', &more);
    while (more) {
        p = read_member(r, p, object, base);
        if (p != NULL)
            p = read_separator(r, p, '}', &more);
        if (p == NULL)
            return NULL;
    }
    const char *repeat = r->n_names - base > FEW ? find_repeat(r, base) : NULL;
    r->n_names = base;
    return repeat == NULL ? p : fault(r, repeat, "duplicate member");
}

/* At a bracket. Kept out of read_value, whose other values need less of the stack. */
__attribute__((noinline)) static const char *read_nested(struct reader *r, const char *p, cJSON **ret)
{
    bool object = *p == '{';
    if (r->depth == JSON_DEPTH)
        return fault(r, p, "nested too deep");
    p = made(r, p, object ? cJSON_CreateObject() : cJSON_CreateArray(), ret);
    if (p == NULL)
        return NULL;
    r->depth++;
    p = object ? read_members(r, p + 1, *ret) : read_elements(r, p + 1, *ret);
    r->depth--;
    return p;
}

static const char *read_value(struct reader *r, const char *p, cJSON **ret)
{
    p = skip_blanks(r, p);
    if (p == r->end)
        return fault(r, p, "a value was expected");
    switch (*p) {
    case '{':
    case '[': return read_nested(r, p, ret);
    case '"': return read_string(r, p, ret);
    case 't': return read_word(r, p, "true", cJSON_True, ret);
    case 'f': return read_word(r, p, "false", cJSON_False, ret);
    case 'n': return read_word(r, p, "null", cJSON_NULL, ret);
    case '\0': return fault(r, p, "NUL character");
    default:
        if (*p == '-' || (*p >= '0' && *p <= '9'))
            return read_number(r, p, ret);
        return fault(r, p, "a value was expected");
    }
}

static const char *read_document(struct reader *r, const char *p, cJSON **ret)
{
    if (r->end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        return fault(r, p, "byte order mark");
    p = read_value(r, p, ret);
    if (p == NULL)
        return NULL;
    p = skip_blanks(r, p);
    return p == r->end ? p : fault(r, p, "text after the value");
}

cJSON *json_read(const char *text, size_t n, char *texts, struct json_fault *ret_fault)
{
    struct name some[64];
    struct reader r = {.end = text + n,
                       .at = text,
                       .texts = texts,
                       .to = texts,
                       .names = some,
                       .lent = some,
                       .cap_names = sizeof some / sizeof *some};
    cJSON *root = NULL;
    bool good = read_document(&r, text, &root) != NULL;
    if (!good)
        *ret_fault = (struct json_fault){.offset = (size_t)(r.at - text), .what = r.what};
    if (r.names != some)
        free(r.names);
    return good ? root : NULL;
}
