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
    const char *begin, *p, *end;
    const char *what; /* the first fault, at p */
    char *texts, *to; /* where the next text goes: what was read is longer than what it became */
    size_t depth;
    struct name *names; /* of all objects that are open, the innermost last */
    size_t n_names, cap_names;
    struct name some[64]; /* where names begin, so that an order needs no allocation */
};

static bool fault(struct reader *r, const char *at, const char *what)
{
    r->p = at;
    r->what = what;
    return false;
}

static cJSON *no_item(struct reader *r, const char *at, const char *what)
{
    fault(r, at, what);
    return NULL;
}

static cJSON *made(struct reader *r, cJSON *item)
{
    return item != NULL ? item : no_item(r, r->p, "out of memory");
}

static void skip_blanks(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

static bool at_char(const struct reader *r, char c)
{
    return r->p < r->end && *r->p == c;
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

/* After the u of an escape that begins at `at`. */
static bool read_code(struct reader *r, const char *at)
{
    int32_t code = hex4(r, r->p);
    if (code < 0)
        return fault(r, at, "unknown escape");
    if (code == 0)
        return fault(r, at, "NUL character");
    r->p += 4;
    if (code >= 0xd800 && code <= 0xdfff) {
        int32_t low = r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u' ? hex4(r, r->p + 2) : -1;
        if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
            return fault(r, at, "lone surrogate");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        r->p += 6;
    }
    put_utf8(r, code);
    return true;
}

/* At a backslash. */
static bool read_escape(struct reader *r)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";

    const char *at = r->p++;
    if (r->p == r->end)
        return fault(r, at, "unfinished string");
    char c = *r->p++;
    if (c == 'u')
        return read_code(r, at);
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (letter == NULL)
        return fault(r, at, "unknown escape");
    *r->to++ = means[letter - letters];
    return true;
}

/* A byte that is not plain ASCII: an escape, a longer character or a fault. */
__attribute__((noinline)) static bool read_special(struct reader *r)
{
    unsigned char c = (unsigned char)*r->p;
    if (c == '\\')
        return read_escape(r);
    if (c < 0x20)
        return fault(r, r->p, c == '\0' ? "NUL character" : "control character in a string");
    size_t step = utf8_sequence(r->p, (size_t)(r->end - r->p));
    if (step == 0)
        return fault(r, r->p, "invalid UTF-8");
    while (step-- > 0)
        *r->to++ = *r->p++;
    return true;
}

/* At a quote; moves past the closing one. The text is what was added to r->texts. */
static bool read_text(struct reader *r)
{
    const char *open = r->p++;
    for (;;) {
        size_t run = json_copy_plain(r->to, r->p, (size_t)(r->end - r->p), true);
        r->to += run;
        r->p += run;
        if (r->p == r->end)
            return fault(r, open, "unfinished string");
        if (*r->p == '"')
            break;
        if (!read_special(r))
            return false;
    }
    r->p++;
    *r->to++ = '\0';
    return true;
}

static cJSON *read_string(struct reader *r)
{
    const char *text = r->to;
    return read_text(r) ? made(r, cJSON_CreateStringReference(text)) : NULL;
}

/* ---- member names */

static bool push_name(struct reader *r, const struct name *name)
{
    if (r->n_names == r->cap_names) {
        struct name *more = malloc(2 * r->cap_names * sizeof *more);
        if (more == NULL)
            return fault(r, name->at, "out of memory");
        memcpy(more, r->names, r->n_names * sizeof *more);
        if (r->names != r->some)
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

/* At the quote of a member's name in an object whose names begin at `base`. NULL: a fault. */
static const char *read_name(struct reader *r, size_t base)
{
    struct name name = {.text = r->to, .at = r->p};
    if (!read_text(r))
        return NULL;
    name.len = (size_t)(r->to - 1 - name.text);
    for (size_t i = base; i < r->n_names && i < base + FEW; i++) {
        if (r->names[i].len == name.len && memcmp(r->names[i].text, name.text, name.len) == 0) {
            fault(r, name.at, "duplicate member");
            return NULL;
        }
    }
    return push_name(r, &name) ? name.text : NULL;
}

/* Many members are sorted when their object ends: equal ones are then neighbours, in the order of the document. */
static bool check_many(struct reader *r, size_t base)
{
    const char *at = NULL;
    qsort(r->names + base, r->n_names - base, sizeof *r->names, compare_names);
    for (size_t i = base + 1; i < r->n_names; i++) {
        const struct name *a = &r->names[i - 1], *b = &r->names[i];
        if (a->len == b->len && memcmp(a->text, b->text, a->len) == 0 && (at == NULL || b->at < at))
            at = b->at;
    }
    return at == NULL || fault(r, at, "duplicate member");
}

/* ---- values */

static cJSON *read_value(struct reader *r);

static size_t copy_digits(struct reader *r)
{
    const char *begin = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        *r->to++ = *r->p++;
    return (size_t)(r->p - begin);
}

static bool copy_char(struct reader *r, char c)
{
    if (!at_char(r, c))
        return false;
    *r->to++ = *r->p++;
    return true;
}

static cJSON *read_number(struct reader *r)
{
    const char *begin = r->p;
    size_t at = (size_t)(r->to - r->texts);
    copy_char(r, '-');
    const char *digits = r->p;
    size_t n = copy_digits(r);
    if (n == 0)
        return no_item(r, begin, "invalid number");
    if (n > 1 && *digits == '0')
        return no_item(r, begin, "number with a leading zero");
    if (copy_char(r, '.') && copy_digits(r) == 0)
        return no_item(r, begin, "invalid number");
    if (copy_char(r, 'e') || copy_char(r, 'E')) {
        if (!copy_char(r, '+'))
            copy_char(r, '-');
        if (copy_digits(r) == 0)
            return no_item(r, begin, "invalid number");
    }
    *r->to++ = '\0';
    cJSON *item = made(r, cJSON_CreateNull());
    if (item != NULL) {
        item->type = cJSON_Number;
        item->valueint = (int)at;
    }
    return item;
}

static bool read_word(struct reader *r, const char *word, size_t n)
{
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return fault(r, r->p, "a value was expected");
    r->p += n;
    return true;
}

/* After an element: a comma (then *ret_more) or the closing bracket. */
static bool read_separator(struct reader *r, char close, bool *ret_more)
{
    skip_blanks(r);
    *ret_more = at_char(r, ',');
    if (!*ret_more && !at_char(r, close))
        return fault(r, r->p, close == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    r->p++;
    return true;
}

/* After the opening bracket; false: the closing one follows, and was read. */
static bool read_any(struct reader *r, char close)
{
    skip_blanks(r);
    if (!at_char(r, close))
        return true;
    r->p++;
    return false;
}

static bool read_elements(struct reader *r, cJSON *array)
{
    for (bool more = read_any(r, ']'); more;) {
        cJSON *value = read_value(r);
        if (value == NULL || !read_separator(r, ']', &more))
            return false;
        cJSON_AddItemToArray(array, value);
        array->valueint++;
    }
    return true;
}

static bool read_member(struct reader *r, cJSON *object, size_t base)
{
    skip_blanks(r);
    if (!at_char(r, '"'))
        return fault(r, r->p, "a member name was expected");
    const char *name = read_name(r, base);
    if (name == NULL)
        return false;
    skip_blanks(r);
    if (!at_char(r, ':'))
        return fault(r, r->p, "':' was expected");
    r->p++;
    cJSON *value = read_value(r);
    if (value == NULL)
        return false;
    cJSON_AddItemToObjectCS(object, name, value);
    object->valueint++;
    return true;
}

static bool read_members(struct reader *r, cJSON *object)
{
    size_t base = r->n_names;
    for (bool more = read_any(r, '}'); more;)
        if (!read_member(r, object, base) || !read_separator(r, '}', &more))
            return false;
    if (r->n_names - base > FEW && !check_many(r, base))
        return false;
    r->n_names = base;
    return true;
}

/* At the opening bracket of `item`. */
static cJSON *read_nested(struct reader *r, cJSON *item, bool (*read)(struct reader *r, cJSON *item))
{
    if (item == NULL)
        return made(r, NULL);
    if (r->depth == JSON_DEPTH)
        return no_item(r, r->p, "nested too deep");
    r->depth++;
    r->p++;
    bool good = read(r, item);
    r->depth--;
    return good ? item : NULL;
}

static cJSON *read_value(struct reader *r)
{
    skip_blanks(r);
    if (r->p == r->end)
        return no_item(r, r->p, "a value was expected");
    switch (*r->p) {
    case '{': return read_nested(r, cJSON_CreateObject(), read_members);
    case '[': return read_nested(r, cJSON_CreateArray(), read_elements);
    case '"': return read_string(r);
    case 't': return read_word(r, "true", 4) ? made(r, cJSON_CreateTrue()) : NULL;
    case 'f': return read_word(r, "false", 5) ? made(r, cJSON_CreateFalse()) : NULL;
    case 'n': return read_word(r, "null", 4) ? made(r, cJSON_CreateNull()) : NULL;
    case '\0': return no_item(r, r->p, "NUL character");
    default:
        if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
            return read_number(r);
        return no_item(r, r->p, "a value was expected");
    }
}

static cJSON *read_document(struct reader *r)
{
    if (r->end - r->p >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
        return no_item(r, r->p, "byte order mark");
    cJSON *root = read_value(r);
    if (root == NULL)
        return NULL;
    skip_blanks(r);
    return r->p == r->end ? root : no_item(r, r->p, "text after the value");
}

cJSON *json_read(const char *text, size_t n, char *texts, struct json_fault *ret_fault)
{
    struct reader r;
    r.begin = r.p = text;
    r.end = text + n;
    r.what = NULL;
    r.texts = r.to = texts;
    r.depth = 0;
    r.names = r.some; /* uninitialised on purpose: nothing above n_names is read */
    r.n_names = 0;
    r.cap_names = sizeof r.some / sizeof *r.some;
    cJSON *root = read_document(&r);
    if (root == NULL)
        *ret_fault = (struct json_fault){.offset = (size_t)(r.p - text), .what = r.what};
    if (r.names != r.some)
        free(r.names);
    return root;
}
