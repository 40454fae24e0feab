#include "shared/json_check.h"

#include "shared/json_scan.h"

#include <stdlib.h>

#define FEW 16 /* up to so many members names are compared pair by pair */

struct name {
    const char *text; /* decoded */
    size_t len;
    const char *at; /* where it stands in the document */
};

struct scan {
    const char *begin, *p, *end;
    const char *what; /* the first fault, at p */
    char *plain, *numbers;
    size_t depth;
    struct name *names; /* of all objects that are open, the innermost last */
    size_t n_names, cap_names;
    struct name some[64]; /* where names begin, so that an order needs no allocation */
    char *decoded;        /* names that had escapes; made when the first one comes */
    size_t decoded_len;
};

static bool fault(struct scan *s, const char *at, const char *what)
{
    s->p = at;
    s->what = what;
    return false;
}

static void skip_blanks(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

static bool at_char(const struct scan *s, char c)
{
    return s->p < s->end && *s->p == c;
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
static int32_t hex4(const struct scan *s, const char *p)
{
    int32_t code = 0;
    if (s->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* After a backslash; s->p is at the letter and moves past the escape. */
static bool check_escape(struct scan *s)
{
    const char *at = s->p - 1;
    if (s->p == s->end)
        return fault(s, at, "unfinished string");
    char c = *s->p++;
    if (c != 'u')
        return (c != '\0' && strchr("\"\\/bfnrt", c) != NULL) || fault(s, at, "unknown escape");
    int32_t code = hex4(s, s->p);
    if (code < 0)
        return fault(s, at, "unknown escape");
    if (code == 0)
        return fault(s, at, "NUL character");
    s->p += 4;
    if (code < 0xd800 || code > 0xdfff)
        return true;
    int32_t low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' ? hex4(s, s->p + 2) : -1;
    if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return fault(s, at, "lone surrogate");
    s->p += 6;
    return true;
}

/* A byte that is not plain ASCII: an escape, a longer character or a fault. */
static bool check_special(struct scan *s)
{
    unsigned char c = (unsigned char)*s->p;
    if (c == '\\') {
        s->p++;
        return check_escape(s);
    }
    if (c < 0x20)
        return fault(s, s->p, c == '\0' ? "NUL character" : "control character in a string");
    size_t step = utf8_sequence(s->p, (size_t)(s->end - s->p));
    if (step == 0)
        return fault(s, s->p, "invalid UTF-8");
    s->p += step;
    return true;
}

/* At a quote; moves past the closing one. *ret_escapes: does it hold escapes? */
static bool check_string(struct scan *s, bool *ret_escapes)
{
    const char *open = s->p++;
    *ret_escapes = false;
    for (;;) {
        s->p += json_plain_run(s->p, (size_t)(s->end - s->p), true);
        if (s->p == s->end)
            return fault(s, open, "unfinished string");
        if (*s->p == '"')
            break;
        *ret_escapes |= *s->p == '\\';
        if (!check_special(s))
            return false;
    }
    s->p++;
    return true;
}

/* ---- member names */

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[4] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[tail] | code >> (6 * tail));
    while (tail-- > 0)
        *to++ = (char)(0x80 | (code >> (6 * tail) & 0x3f));
    return to;
}

/* One checked escape at p (after the backslash); returns where it ends. */
static const char *decode_escape(const struct scan *s, const char *p, char **to)
{
    static const char from[] = "bfnrt", into[] = "\b\f\n\r\t";

    if (*p != 'u') {
        const char *letter = strchr(from, *p);
        *(*to)++ = letter != NULL ? into[letter - from] : *p;
        return p + 1;
    }
    uint32_t code = (uint32_t)hex4(s, p + 1);
    p += 5;
    if (code >= 0xd800 && code <= 0xdbff) {
        code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)hex4(s, p + 2) - 0xdc00);
        p += 6;
    }
    *to = put_utf8(*to, code);
    return p;
}

/* Decoded names are shorter than the document, all of them together. */
static bool decode_name(struct scan *s, struct name *name)
{
    if (s->decoded == NULL && (s->decoded = malloc((size_t)(s->end - s->begin))) == NULL)
        return fault(s, name->at, "out of memory");
    char *begin = s->decoded + s->decoded_len, *to = begin;
    for (const char *p = name->text, *end = p + name->len; p < end;) {
        if (*p == '\\')
            p = decode_escape(s, p + 1, &to);
        else
            *to++ = *p++;
    }
    name->text = begin;
    name->len = (size_t)(to - begin);
    s->decoded_len += name->len;
    return true;
}

static bool push_name(struct scan *s, const struct name *name)
{
    if (s->n_names == s->cap_names) {
        struct name *more = malloc(2 * s->cap_names * sizeof *more);
        if (more == NULL)
            return fault(s, name->at, "out of memory");
        memcpy(more, s->names, s->n_names * sizeof *more);
        if (s->names != s->some)
            free(s->names);
        s->names = more;
        s->cap_names *= 2;
    }
    s->names[s->n_names++] = *name;
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
static bool check_name(struct scan *s, size_t base)
{
    struct name name = {.text = s->p + 1, .at = s->p};
    bool escapes;
    if (!check_string(s, &escapes))
        return false;
    name.len = (size_t)(s->p - 1 - name.text);
    if (escapes && !decode_name(s, &name))
        return false;
    for (size_t i = base; i < s->n_names && i < base + FEW; i++)
        if (s->names[i].len == name.len && memcmp(s->names[i].text, name.text, name.len) == 0)
            return fault(s, name.at, "duplicate member");
    return push_name(s, &name);
}

/* Many members are sorted when their object ends: equal ones are then neighbours, in the order of the document. */
static bool check_many(struct scan *s, size_t base)
{
    const char *at = NULL;
    qsort(s->names + base, s->n_names - base, sizeof *s->names, compare_names);
    for (size_t i = base + 1; i < s->n_names; i++) {
        const struct name *a = &s->names[i - 1], *b = &s->names[i];
        if (a->len == b->len && memcmp(a->text, b->text, a->len) == 0 && (at == NULL || b->at < at))
            at = b->at;
    }
    return at == NULL || fault(s, at, "duplicate member");
}

/* ---- values */

static bool check_value(struct scan *s);

static size_t count_digits(struct scan *s)
{
    const char *begin = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return (size_t)(s->p - begin);
}

static bool check_number(struct scan *s)
{
    const char *begin = s->p;
    s->p += at_char(s, '-');
    const char *digits = s->p;
    size_t n = count_digits(s);
    if (n == 0)
        return fault(s, begin, "invalid number");
    if (n > 1 && *digits == '0')
        return fault(s, begin, "number with a leading zero");
    if (at_char(s, '.')) {
        s->p++;
        if (count_digits(s) == 0)
            return fault(s, begin, "invalid number");
    }
    if (at_char(s, 'e') || at_char(s, 'E')) {
        s->p++;
        s->p += at_char(s, '+') || at_char(s, '-');
        if (count_digits(s) == 0)
            return fault(s, begin, "invalid number");
    }
    size_t len = (size_t)(s->p - begin);
    memcpy(s->numbers, begin, len);
    s->numbers[len] = '\0';
    s->numbers += len + 1;
    char *blank = s->plain + (begin - s->begin);
    memset(blank, ' ', len);
    *blank = '0';
    return true;
}

static bool check_literal(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
        return fault(s, s->p, "a value was expected");
    s->p += n;
    return true;
}

/* After an element: a comma (then *ret_more) or the closing bracket. */
static bool check_separator(struct scan *s, char close, bool *ret_more)
{
    skip_blanks(s);
    *ret_more = at_char(s, ',');
    if (!*ret_more && !at_char(s, close))
        return fault(s, s->p, close == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    s->p++;
    return true;
}

static bool check_array(struct scan *s)
{
    s->p++;
    skip_blanks(s);
    bool more = !at_char(s, ']');
    if (!more)
        s->p++;
    while (more)
        if (!check_value(s) || !check_separator(s, ']', &more))
            return false;
    return true;
}

static bool check_member(struct scan *s, size_t base)
{
    skip_blanks(s);
    if (!at_char(s, '"'))
        return fault(s, s->p, "a member name was expected");
    if (!check_name(s, base))
        return false;
    skip_blanks(s);
    if (!at_char(s, ':'))
        return fault(s, s->p, "':' was expected");
    s->p++;
    return check_value(s);
}

static bool check_object(struct scan *s)
{
    size_t base = s->n_names, decoded = s->decoded_len;
    s->p++;
    skip_blanks(s);
    bool more = !at_char(s, '}');
    if (!more)
        s->p++;
    while (more)
        if (!check_member(s, base) || !check_separator(s, '}', &more))
            return false;
    if (s->n_names - base > FEW && !check_many(s, base))
        return false;
    s->n_names = base;
    s->decoded_len = decoded;
    return true;
}

static bool check_nested(struct scan *s, bool (*check)(struct scan *s))
{
    if (s->depth == JSON_DEPTH)
        return fault(s, s->p, "nested too deep");
    s->depth++;
    bool good = check(s);
    s->depth--;
    return good;
}

static bool check_value(struct scan *s)
{
    bool escapes;
    skip_blanks(s);
    if (s->p == s->end)
        return fault(s, s->p, "a value was expected");
    switch (*s->p) {
    case '{': return check_nested(s, check_object);
    case '[': return check_nested(s, check_array);
    case '"': return check_string(s, &escapes);
    case 't': return check_literal(s, "true");
    case 'f': return check_literal(s, "false");
    case 'n': return check_literal(s, "null");
    case '\0': return fault(s, s->p, "NUL character");
    default:
        if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
            return check_number(s);
        return fault(s, s->p, "a value was expected");
    }
}

static bool check_document(struct scan *s)
{
    if (s->end - s->p >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
        return fault(s, s->p, "byte order mark");
    if (!check_value(s))
        return false;
    skip_blanks(s);
    return s->p == s->end || fault(s, s->p, "text after the value");
}

bool json_check(const char *text, size_t n, char *plain, char *numbers, struct json_fault *ret_fault)
{
    struct scan s;
    s.begin = s.p = text;
    s.end = text + n;
    s.what = NULL;
    s.plain = plain;
    s.numbers = numbers;
    s.depth = 0;
    s.names = s.some; /* uninitialised on purpose: nothing above n_names is read */
    s.n_names = 0;
    s.cap_names = sizeof s.some / sizeof *s.some;
    s.decoded = NULL;
    s.decoded_len = 0;
    if (n != 0)
        memcpy(plain, text, n);
    bool good = check_document(&s);
    if (!good)
        *ret_fault = (struct json_fault){.offset = (size_t)(s.p - text), .what = s.what};
    if (s.names != s.some)
        free(s.names);
    free(s.decoded);
    return good;
}
