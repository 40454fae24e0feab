/* Properties of the Kafka library among the settings: KAFKA_SECURITY_PROTOCOL is security.protocol. */
#include "shared/conf_table.h"
#include "shared/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX "KAFKA_"
#define NAME_MAX_LEN 100

bool conf_property_secret(const char *name)
{
    static const char *const words[] = {"password", "secret", "key.pem", "oauthbearer.config", "token"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(name, words[i]) != NULL)
            return true;
    return false;
}

/* "KAFKA_SASL_MECHANISM" -> "sasl.mechanism" */
static bool property_name(const char *variable, char out[NAME_MAX_LEN + 1])
{
    const char *rest = variable + strlen(PREFIX);
    if (strncasecmp(variable, PREFIX, strlen(PREFIX)) != 0 || *rest == '\0' || strlen(rest) > NAME_MAX_LEN)
        return false;
    size_t n = 0;
    for (; rest[n] != '\0'; n++) {
        unsigned char c = (unsigned char)rest[n];
        if (!isalnum(c) && c != '_')
            return false;
        out[n] = c == '_' ? '.' : (char)tolower(c);
    }
    out[n] = '\0';
    return true;
}

static struct conf_property *place_for(struct conf *c, const char *name)
{
    for (int i = 0; i < c->n_properties; i++)
        if (strcmp(c->properties[i].name, name) == 0)
            return &c->properties[i];
    if (c->properties == NULL)
        c->properties = calloc(CONF_PROPERTIES_MAX, sizeof *c->properties);
    return c->properties != NULL && c->n_properties < CONF_PROPERTIES_MAX ? &c->properties[c->n_properties]
                                                                          : NULL;
}

bool conf_take_property(struct conf *c, const char *variable, const char *value,
                        const struct conf_origin *origin, bool *ret_taken, struct err *ret_err)
{
    char name[NAME_MAX_LEN + 1];
    *ret_taken = property_name(variable, name);
    if (!*ret_taken)
        return true;
    if (!utf8_valid(value, strlen(value)))
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot use the property %s: it must be UTF-8", name);
    struct conf_property *p = place_for(c, name);
    if (p == NULL)
        return err_set(ret_err, ERR_INVALID_PARAMETER,
                       "cannot read the settings: more than %d KAFKA_ properties", CONF_PROPERTIES_MAX);
    bool fresh = p->name == NULL;
    struct conf_property taken = {.name = fresh ? conf_keep(c, name) : p->name,
                                  .value = conf_keep(c, value),
                                  .source = origin->source,
                                  .line = origin->line};
    if (taken.name == NULL || taken.value == NULL)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read the settings: out of memory");
    *p = taken;
    c->n_properties += fresh;
    return true;
}
