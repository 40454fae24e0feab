#include "shared/conf_table.h"
#include "shared/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

void conf_duration_format(int64_t ms, char out[32])
{
    size_t i = ms == 0 ? 2 : 0;
    while (ms % units[i].ms != 0)
        i++;
    snprintf(out, 32, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
}

const char *conf_keep(struct conf *c, const char *text)
{
    size_t most = sizeof c->storage / sizeof *c->storage;
    char *copy = (size_t)c->n_storage < most ? strdup(text) : NULL;
    if (copy != NULL)
        c->storage[c->n_storage++] = copy;
    return copy;
}

/* ---- messages */

/* One line of printable text whatever it was; what is long is cut. */
static void printable(const char *text, char *out, size_t size)
{
    size_t n = 0;
    bool valid = utf8_valid(text, strlen(text));
    while (text[n] != '\0' && n + 1 < size) {
        unsigned char c = (unsigned char)text[n];
        out[n++] = c < 0x20 || c == 0x7f || (c >= 0x80 && !valid) ? '?' : (char)c;
    }
    while (n > 0 && text[n] != '\0' && ((unsigned char)text[n] & 0xc0) == 0x80) /* not inside a character */
        n--;
    out[n] = '\0';
}

void conf_origin_format(enum conf_id id, const struct conf_origin *origin, char *out, size_t size)
{
    switch (origin->source) {
    case CONF_DEFAULT: snprintf(out, size, "default"); break;
    case CONF_FILE: snprintf(out, size, "%s:%d", origin->file, origin->line); break;
    case CONF_ENVIRONMENT: snprintf(out, size, "environment"); break;
    case CONF_FLAG: snprintf(out, size, "flag --%s", conf_settings[id].flag); break;
    }
}

bool conf_refuse(enum conf_id id, const char *text, const struct conf_origin *origin, struct err *ret_err,
                 const char *format, ...)
{
    const struct conf_setting *s = &conf_settings[id];
    char from[96], value[56] = "", allowed[128];
    conf_origin_format(id, origin, from, sizeof from);
    if (!s->secret && text != NULL)
        printable(text, value, sizeof value);
    va_list args;
    va_start(args, format);
    vsnprintf(allowed, sizeof allowed, format, args);
    va_end(args);
    const char *quote = s->secret || text == NULL ? "" : "'";
    return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot use %s%s%s%s%s (%s): %s", s->variable,
                   quote[0] == '\0' ? "" : " ", quote, value, quote, from, allowed);
}

/* ---- values by type */

/* Digits with an optional sign; *ret_end is what follows. */
static bool read_digits(const char *text, int64_t *ret, const char **ret_end)
{
    bool negative = *text == '-';
    const char *p = text + negative;
    int64_t value = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *p - '0', &value))
            return false;
    *ret = negative ? -value : value;
    *ret_end = p;
    return p > text + negative;
}

static bool read_duration(const char *text, int64_t *ret)
{
    const char *unit;
    if (!read_digits(text, ret, &unit))
        return false;
    if (*unit == '\0')
        return *ret == 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].name) == 0)
            return !__builtin_mul_overflow(*ret, units[i].ms, ret);
    return false;
}

static bool read_bool(const char *text, bool *ret)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static bool text_is_plain(const char *text)
{
    if (!utf8_valid(text, strlen(text)))
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static bool set_text(conf_text *to, enum conf_id id, const char *text, const struct conf_origin *o,
                     struct err *e)
{
    const struct conf_setting *s = &conf_settings[id];
    if (!text_is_plain(text))
        return conf_refuse(id, text, o, e, "it must be UTF-8 without control characters");
    size_t n = utf8_length(text);
    if (n < (size_t)s->min || n > (size_t)s->max)
        return conf_refuse(id, text, o, e, "it must have %lld to %lld characters", (long long)s->min,
                           (long long)s->max);
    *to = text;
    return true;
}

static bool set_int(int64_t *to, enum conf_id id, const char *text, const struct conf_origin *o,
                    struct err *e)
{
    const struct conf_setting *s = &conf_settings[id];
    const char *end;
    int64_t value;
    if (!read_digits(text, &value, &end) || *end != '\0' || value < s->min || value > s->max)
        return conf_refuse(id, text, o, e, "a whole number from %lld to %lld is needed", (long long)s->min,
                           (long long)s->max);
    *to = value;
    return true;
}

static bool set_ms(int64_t *to, enum conf_id id, const char *text, const struct conf_origin *o, struct err *e)
{
    const struct conf_setting *s = &conf_settings[id];
    char low[32], high[32];
    int64_t value;
    if (!read_duration(text, &value) || value < s->min || value > s->max) {
        conf_duration_format(s->min, low);
        conf_duration_format(s->max, high);
        return conf_refuse(id, text, o, e, "a time with its unit (ms, s, m, h) from %s to %s is needed", low,
                           high);
    }
    *to = value;
    return true;
}

bool conf_set(struct conf *c, enum conf_id id, const char *text, const struct conf_origin *origin,
              struct err *ret_err)
{
    void *to = (char *)c + conf_settings[id].offset;
    bool good = false;
    switch (conf_settings[id].kind) {
    case CONF_KIND_TEXT: good = set_text(to, id, text, origin, ret_err); break;
    case CONF_KIND_INT: good = set_int(to, id, text, origin, ret_err); break;
    case CONF_KIND_MS: good = set_ms(to, id, text, origin, ret_err); break;
    case CONF_KIND_BOOL:
        good = read_bool(text, to) || conf_refuse(id, text, origin, ret_err, "true or false is needed");
        break;
    }
    if (good)
        c->sources[id] = origin->source;
    if (good)
        c->lines[id] = origin->line;
    return good;
}
