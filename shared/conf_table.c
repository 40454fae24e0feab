#include "shared/conf_table.h"

const struct conf_setting conf_settings[CONF_COUNT] = {
#define SETTING(field, type, variable, flag, value_name, def, min, max, secret, help)                        \
    [CONF_##field] = {variable, flag, value_name, def, help, CONF_KIND_##type, offsetof(struct conf, field), \
                      min,      max,  secret},
#include "shared/conf.def"
#undef SETTING
};

/* What this build has no use for; see check_stores for what it refuses. */
static const bool absent[CONF_COUNT] = {
    [CONF_mongodb_uri] = true,
    [CONF_mongodb_database] = true,
};

const struct conf_verb conf_verbs[CONF_VERBS] = {
    {"attach", "URL", "the console alone, against a running service"},
    {"list", "[--filter TEXT] [--json]", "print orders"},
    {"backup", "FILE", "write a consistent copy of the database while it serves"},
    {"key", "NAME ROLE", "make an API key; ROLE is viewer, operator, service or admin"},
};

bool conf_absent(enum conf_id id)
{
    return absent[id];
}

static const void *member(const struct conf *c, enum conf_id id)
{
    return (const char *)c + conf_settings[id].offset;
}

const conf_text *conf_text_at(const struct conf *c, enum conf_id id)
{
    return member(c, id);
}

int64_t conf_number_at(const struct conf *c, enum conf_id id)
{
    return *(const int64_t *)member(c, id);
}

bool conf_bool_at(const struct conf *c, enum conf_id id)
{
    return *(const conf_bool *)member(c, id);
}

struct conf_origin conf_origin_of(const struct conf *c, enum conf_id id)
{
    return (struct conf_origin){.source = c->sources[id], .file = c->file, .line = c->lines[id]};
}

void conf_each(void (*fn)(const struct conf_row *row, void *ctx), void *ctx)
{
    for (size_t i = 0; i < CONF_COUNT; i++) {
        const struct conf_setting *s = &conf_settings[i];
        if (conf_absent((enum conf_id)i))
            continue;
        struct conf_row row = {s->variable, s->flag, s->value_name, s->def, s->help, s->secret};
        fn(&row, ctx);
    }
}
