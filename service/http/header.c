#include "service/http/header.h"

#include "shared/json.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
static const struct {
    const char *name;
    unsigned char length;
    bool single;
} fields[HEADER_COUNT] = {
    [HEADER_HOST]              = {"Host", 4, true},
    [HEADER_CONTENT_LENGTH]    = {"Content-Length", 14, true},
    [HEADER_TRANSFER_ENCODING] = {"Transfer-Encoding", 17, true},
    [HEADER_CONTENT_TYPE]      = {"Content-Type", 12, true},
    [HEADER_CONTENT_ENCODING]  = {"Content-Encoding", 16, true},
    [HEADER_AUTHORIZATION]     = {"Authorization", 13, true},
    [HEADER_ORIGIN]            = {"Origin", 6, true},
    [HEADER_IF_MATCH]          = {"If-Match", 8, false},
    [HEADER_IF_NONE_MATCH]     = {"If-None-Match", 13, false},
    [HEADER_IDEMPOTENCY_KEY]   = {"Idempotency-Key", 15, true},
    [HEADER_REQUEST_ID]        = {"X-Request-ID", 12, false},
    [HEADER_TRACEPARENT]       = {"traceparent", 11, false},
    [HEADER_ACTOR]             = {"X-Actor", 7, true},
    [HEADER_LAST_EVENT_ID]     = {"Last-Event-ID", 13, true},
    [HEADER_EXPECT]            = {"Expect", 6, false},
};
/* clang-format on */

const char *header_name(enum header_name f)
{
    return fields[f].name;
}

bool header_single(enum header_name f)
{
    return fields[f].single;
}

bool header_find(const char *name, size_t n, enum header_name *ret)
{
    for (int i = 0; i < HEADER_COUNT; i++) {
        if (fields[i].length == n && strncasecmp(fields[i].name, name, n) == 0) {
            *ret = (enum header_name)i;
            return true;
        }
    }
    return false;
}

bool header_token(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bool usual = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (!usual && (c == '\0' || strchr("!#$%&'*+.^_`|~", c) == NULL))
            return false;
    }
    return n != 0;
}

bool header_visible(const char *text, size_t most)
{
    size_t n = 0;
    for (; text[n] != '\0'; n++) {
        if (n == most || text[n] < 0x21 || text[n] > 0x7e)
            return false;
    }
    return n != 0;
}

bool header_idempotency_key(const char *text, struct arena *a, const char **ret, struct err *ret_err)
{
    size_t n = strlen(text);
    char *key = arena_memdup(a, text, n);
    if (key == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    if (text[0] == '"') {
        size_t to = 0, from = 1;
        for (; from < n && text[from] != '"'; from++) {
            if (text[from] == '\\' && ++from < n && text[from] != '"' && text[from] != '\\')
                break;
            key[to++] = text[from];
        }
        if (from + 1 != n || text[from] != '"')
            return err_set(ret_err, ERR_MALFORMED_REQUEST,
                           "the Idempotency-Key is not a whole quoted string");
        key[to] = '\0';
    }
    if (!header_visible(key, 255))
        return err_set(ret_err, ERR_MALFORMED_REQUEST,
                       "the Idempotency-Key is not 1 to 255 visible characters");
    *ret = key;
    return true;
}

/* ---- entity tags ---- */

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

struct tag {
    const char *text; /* inside the quotes */
    size_t n;
    bool weak;
};

/* Reads one entity tag at *p and moves past it. */
static bool tag_read(const char **p, struct tag *ret)
{
    const char *s = *p;
    *ret = (struct tag){.weak = strncmp(s, "W/\"", 3) == 0};
    if (ret->weak)
        s += 2;
    if (*s++ != '"')
        return false;
    ret->text = s;
    for (; *s != '"'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x21 || c == 0x7f)
            return false;
    }
    ret->n = (size_t)(s - ret->text);
    *p = s + 1;
    return true;
}

/* Past the comma to the next tag: 1, at the end: 0, neither: -1. */
static int tag_next(const char **p)
{
    const char *s = skip_space(*p);
    if (*s == '\0')
        return 0;
    if (*s != ',')
        return -1;
    while (*s == ',')
        s = skip_space(s + 1);
    *p = s;
    return *s != '\0';
}

/* "7" or "7-late": the version; else one that no order has. */
static int64_t tag_version(const struct tag *t)
{
    int64_t version = 0;
    size_t i = 0;
    for (; i < t->n && t->text[i] >= '0' && t->text[i] <= '9'; i++) {
        if (i == 15 || (i == 0 && t->text[i] == '0'))
            return IF_MATCH_NONE;
        version = version * 10 + (t->text[i] - '0');
    }
    bool late = t->n - i == 5 && memcmp(t->text + i, "-late", 5) == 0;
    return i == t->n || late ? version : IF_MATCH_NONE;
}

bool header_if_match(const char *text, struct if_match *ret, struct err *ret_err)
{
    *ret = (struct if_match){.n = 0};
    const char *p = skip_space(text);
    if (*p == '*' && *skip_space(p + 1) == '\0')
        return true;
    for (int more = 1; more != 0; more = tag_next(&p)) {
        struct tag tag;
        if (more < 0 || !tag_read(&p, &tag))
            return err_set(ret_err, ERR_MALFORMED_REQUEST,
                           "If-Match is neither '*' nor a list of entity tags");
        if (ret->n == sizeof(ret->versions) / sizeof(ret->versions[0]))
            return err_set(ret_err, ERR_MALFORMED_REQUEST, "If-Match has too many entity tags");
        ret->versions[ret->n++] = tag.weak ? IF_MATCH_WEAK : tag_version(&tag);
    }
    return true;
}

bool header_none_match(const char *text, const char *etag)
{
    const char *p = skip_space(text);
    if (*p == '*' && *skip_space(p + 1) == '\0')
        return true;
    size_t n = strlen(etag);
    for (int more = 1; more > 0; more = tag_next(&p)) {
        struct tag tag;
        if (!tag_read(&p, &tag))
            return false;
        if (tag.n + 2 == n && memcmp(tag.text, etag + 1, tag.n) == 0)
            return true;
    }
    return false;
}

/* ---- the rest ---- */

static bool lower_hex(const char *text, size_t n, bool *ret_zero)
{
    *ret_zero = true;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        *ret_zero = *ret_zero && c == '0';
    }
    return true;
}

/* W3C Trace Context, section 3.2: version-traceid-parentid-flags. */
bool header_traceparent(const char *text)
{
    size_t n = strlen(text);
    bool zero_trace, zero_parent, zero;
    if (n < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return false;
    if (!lower_hex(text, 2, &zero) || memcmp(text, "ff", 2) == 0 || (n != 55 && (zero || text[55] != '-')))
        return false;
    return lower_hex(text + 3, 32, &zero_trace) && !zero_trace && lower_hex(text + 36, 16, &zero_parent) &&
           !zero_parent && lower_hex(text + 53, 2, &zero) && n <= 255;
}

bool header_actor(const char *text)
{
    size_t n = strlen(text), points = 0;
    if (n == 0 || n > ACTOR_MAX * 4 || !utf8_valid(text, n))
        return false;
    for (const char *p = text;; points++) {
        uint32_t c = utf8_next(&p);
        if (c == 0)
            break;
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
            return false;
    }
    return points <= ACTOR_MAX;
}

bool header_json(const char *text)
{
    static const char type[] = "application/json", charset[] = "charset=";
    if (strncasecmp(text, type, sizeof(type) - 1) != 0)
        return false;
    const char *p = skip_space(text + sizeof(type) - 1);
    if (*p == '\0')
        return true;
    if (*p != ';')
        return false;
    p = skip_space(p + 1);
    if (*p == '\0')
        return true;
    if (strncasecmp(p, charset, sizeof(charset) - 1) != 0)
        return false;
    p += sizeof(charset) - 1;
    bool quoted = *p == '"';
    p += quoted;
    if (strncasecmp(p, "utf-8", 5) != 0)
        return false;
    p += 5;
    if (quoted && *p++ != '"')
        return false;
    return *skip_space(p) == '\0';
}

static bool authority_port(const char *text, size_t n, struct authority *a)
{
    if (n == 0)
        return true;
    if (*text != ':' || n > sizeof(a->port))
        return false;
    for (size_t i = 1; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        a->port[i - 1] = text[i];
    }
    return true;
}

static bool authority_name(const char *text, size_t n, struct authority *a)
{
    if (n == 0 || n >= sizeof(a->name))
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (!isalnum((unsigned char)c) && c != '-' && c != '.' && c != '_')
            return false;
        a->name[i] = (char)tolower((unsigned char)c);
    }
    return true;
}

bool header_authority(const char *text, size_t n, struct authority *ret)
{
    *ret = (struct authority){.address = false};
    if (n != 0 && text[0] == '[') {
        const char *end = memchr(text, ']', n);
        size_t inner = end != NULL ? (size_t)(end - text) - 1 : 0;
        struct in6_addr six;
        if (inner == 0 || inner >= sizeof(ret->name))
            return false;
        memcpy(ret->name, text + 1, inner);
        ret->address = inet_pton(AF_INET6, ret->name, &six) == 1;
        ret->loopback = ret->address && IN6_IS_ADDR_LOOPBACK(&six);
        return ret->address && authority_port(end + 1, n - inner - 2, ret);
    }
    const char *colon = memchr(text, ':', n);
    size_t name = colon != NULL ? (size_t)(colon - text) : n;
    struct in_addr four;
    if (!authority_name(text, name, ret) || !authority_port(text + name, n - name, ret))
        return false;
    if (ret->name[name - 1] == '.')
        ret->name[name - 1] = '\0'; /* a fully qualified name */
    ret->address = inet_pton(AF_INET, ret->name, &four) == 1;
    ret->loopback =
        strcmp(ret->name, "localhost") == 0 || (ret->address && (ntohl(four.s_addr) >> 24) == 127);
    return ret->name[0] != '\0';
}
