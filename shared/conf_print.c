#include "shared/conf_table.h"
#include "shared/json.h"

#include <stdio.h>
#include <string.h>

#define MASK "***"
#define ABSENT "not in this build"

/* The value as it would be typed. */
static void value_format(const struct conf *c, enum conf_id id, struct buf *out)
{
    char duration[32];
    switch (conf_settings[id].kind) {
    case CONF_KIND_TEXT:
        if (conf_settings[id].secret && (*conf_text_at(c, id))[0] != '\0')
            buf_adds(out, MASK);
        else
            buf_adds(out, *conf_text_at(c, id));
        break;
    case CONF_KIND_INT: buf_addi(out, conf_number_at(c, id)); break;
    case CONF_KIND_BOOL: buf_adds(out, conf_bool_at(c, id) ? "true" : "false"); break;
    case CONF_KIND_MS:
        conf_duration_format(conf_number_at(c, id), duration);
        buf_adds(out, duration);
        break;
    }
}

static void add_spaces(struct buf *out, size_t from, size_t width)
{
    do
        buf_addc(out, ' ');
    while (!out->failed && out->len - from < width);
}

/* As its variable: "sasl.password" -> KAFKA_SASL_PASSWORD. */
static void add_property_variable(struct buf *out, const char *name)
{
    buf_adds(out, "KAFKA_");
    for (; *name != '\0'; name++)
        buf_addc(out, *name == '.' ? '_' : *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
}

static const char *property_value(const struct conf_property *p)
{
    return conf_property_secret(p->name) ? MASK : p->value;
}

static void print_properties(const struct conf *c, struct buf *out)
{
    for (int i = 0; i < c->n_properties; i++) {
        const struct conf_property *p = &c->properties[i];
        struct conf_origin origin = {.source = p->source, .file = c->file, .line = p->line};
        char from[200];
        size_t begin = out->len;
        add_property_variable(out, p->name);
        add_spaces(out, begin, 18);
        buf_addf(out, "= %.*s", (int)strcspn(property_value(p), "\r\n"),
                 property_value(p)); /* of a PEM its first line */
        add_spaces(out, begin, 44);
        conf_origin_format(CONF_kafka_brokers, &origin, from, sizeof from);
        buf_addf(out, "# %s\n", from);
    }
}

void conf_print(const struct conf *c, struct buf *out)
{
    for (size_t i = 0; i < CONF_COUNT; i++) {
        enum conf_id id = (enum conf_id)i;
        struct conf_origin origin = conf_origin_of(c, id);
        char from[200];
        size_t begin = out->len;
        buf_adds(out, conf_settings[i].variable);
        add_spaces(out, begin, 18);
        buf_adds(out, "= ");
        value_format(c, id, out);
        add_spaces(out, begin, 44);
        conf_origin_format(id, &origin, from, sizeof from);
        buf_addf(out, "# %s%s\n", from, conf_absent(id) ? ", " ABSENT : "");
    }
    print_properties(c, out);
}

void conf_json(const struct conf *c, struct buf *out)
{
    buf_addc(out, '{');
    for (size_t i = 0; i < CONF_COUNT; i++) {
        enum conf_id id = (enum conf_id)i;
        struct buf value = BUF_INIT(8192);
        enum conf_kind kind = conf_settings[i].kind;
        if (conf_absent(id))
            continue;
        value_format(c, id, &value);
        const char *text = value.data == NULL ? "" : value.data;
        if (kind == CONF_KIND_INT || kind == CONF_KIND_BOOL)
            json_put_raw(out, conf_settings[i].variable, text);
        else
            json_put_string(out, conf_settings[i].variable, text);
        buf_release(&value);
    }
    for (int i = 0; i < c->n_properties; i++) {
        struct buf variable = BUF_INIT(256);
        add_property_variable(&variable, c->properties[i].name);
        json_put_string(out, variable.data, property_value(&c->properties[i]));
        buf_release(&variable);
    }
    buf_addc(out, '}');
}

/* ---- --help */

static void help_line(struct buf *out, const char *left, const char *help)
{
    size_t begin = out->len;
    buf_addf(out, "  %s", left);
    add_spaces(out, begin, 30);
    buf_addf(out, "%s\n", help);
}

static void help_setting(struct buf *out, enum conf_id id)
{
    const struct conf_setting *s = &conf_settings[id];
    char left[96];
    if (s->flag[0] == '\0')
        snprintf(left, sizeof left, "%s=%s", s->variable, s->value_name);
    else
        snprintf(left, sizeof left, "--%s%s%s", s->flag, s->value_name[0] == '\0' ? "" : " ", s->value_name);
    struct buf help = BUF_INIT(400);
    buf_adds(&help, s->help);
    if (conf_absent(id))
        buf_adds(&help, " [" ABSENT "]");
    else if (s->def[0] != '\0' && s->kind != CONF_KIND_BOOL)
        buf_addf(&help, " [%s]", s->def);
    help_line(out, left, help.data);
    buf_release(&help);
}

void conf_help(struct buf *out)
{
    buf_adds(out, "orderdeck - a durable order service with a console\n\n"
                  "Usage: orderdeck [FLAG...]                        service and console in one\n");
    for (size_t i = 0; i < CONF_VERBS; i++) {
        size_t begin = out->len;
        buf_addf(out, "       orderdeck %s %s", conf_verbs[i].name, conf_verbs[i].args);
        add_spaces(out, begin, 50);
        buf_addf(out, "%s\n", conf_verbs[i].help);
    }
    buf_adds(
        out,
        "\nSettings: a flag (--port 9000 or --port=9000), a variable of the environment (PORT=9000) or a line of the\n"
        "file (port = 9000). Flags beat the environment, the environment beats the file.\n\n");
    for (size_t i = 0; i < CONF_COUNT; i++)
        help_setting(out, (enum conf_id)i);
    help_line(out, "KAFKA_<PROPERTY>=VALUE",
              "any other property of the Kafka library: KAFKA_SECURITY_PROTOCOL is security.protocol");
    buf_adds(out, "\n");
    help_line(out, "--print-config", "print every setting with its source, and end");
    help_line(out, "--version", "print the version, and end");
    help_line(out, "--help", "print this, and end");
    buf_adds(out,
             "\nFile: $XDG_CONFIG_HOME/orderdeck/orderdeck.conf (else ~/.config/...), else " CONF_SYSTEM_FILE
             ".\nExit status: 0 clean, 1 failed, 2 usage, settings or no terminal, 3 storage.\n");
}

void conf_sample(struct buf *out)
{
    buf_adds(out, "# orderdeck.conf: key = value, a line each. Flags and the environment beat this file.\n"
                  "# The lines below show the defaults.\n");
    for (size_t i = 0; i < CONF_COUNT; i++) {
        if (conf_absent((enum conf_id)i))
            continue;
        buf_addf(out, "\n# %s\n#", conf_settings[i].help);
        for (const char *p = conf_settings[i].variable; *p != '\0'; p++)
            buf_addc(out, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
        buf_addf(out, conf_settings[i].def[0] != '\0' ? " = %s\n" : " =%s\n", conf_settings[i].def);
    }
    buf_adds(
        out,
        "\n# Any other key kafka_<property> is a property of the Kafka library; kafka_security_protocol is\n"
        "# security.protocol, kafka_sasl_password is sasl.password.\n");
}
