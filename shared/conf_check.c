#include "shared/clock.h"
#include "shared/conf_table.h"
#include "shared/log.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Refuses the present text of a setting. */
static bool refuse(const struct conf *c, enum conf_id id, struct err *e, const char *why)
{
    struct conf_origin origin = conf_origin_of(c, id);
    return conf_refuse(id, *conf_text_at(c, id), &origin, e, "%s", why);
}

static bool is_set(const char *text)
{
    return text[0] != '\0';
}

/* ---- a demonstration touches nothing outside */

static const enum conf_id outward[] = {CONF_database_url, CONF_mongodb_uri, CONF_mongodb_database,
                                       CONF_kafka_brokers, CONF_api_keys_file};

static bool forget_outward(struct conf *c, struct err *e)
{
    static const struct conf_origin origin = {.source = CONF_DEFAULT};
    struct buf names = BUF_INIT(200);
    for (size_t i = 0; i < sizeof outward / sizeof *outward; i++) {
        const struct conf_setting *s = &conf_settings[outward[i]];
        if (c->sources[outward[i]] == CONF_DEFAULT)
            continue;
        buf_addf(&names, "%s%s", names.len == 0 ? "" : ", ", s->variable);
        if (!conf_set(c, outward[i], s->def, &origin, e))
            break;
    }
    if (c->n_properties > 0)
        buf_addf(&names, "%sKAFKA_*", names.len == 0 ? "" : ", ");
    c->n_properties = 0;
    const char *kept = names.len == 0 ? "" : conf_keep(c, names.data);
    buf_release(&names);
    if (kept == NULL)
        return err_set(e, ERR_INVALID_PARAMETER, "cannot read the settings: out of memory");
    c->demo_ignored = kept;
    return true;
}

/* ---- what this build has */

/* The address may hold a password: of it only the scheme is ever shown. */
static bool check_database_url(const struct conf *c, struct err *e)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-";
    const char *url = c->database_url;
    if (!is_set(url))
        return true;
    size_t n = strspn(url, letters);
    if (url[n] != ':' || n == 0 || n > 20)
        return refuse(c, CONF_database_url, e, "it must be sqlite:PATH");
    if (n != 6 || strncmp(url, "sqlite", n) != 0) {
        char why[64];
        snprintf(why, sizeof why, "this build has no '%.*s' store, only sqlite:PATH", (int)n, url);
        return refuse(c, CONF_database_url, e, why);
    }
    return url[n + 1] != '\0' || refuse(c, CONF_database_url, e, "sqlite: needs a path after it");
}

static bool check_stores(const struct conf *c, struct err *e)
{
    if (is_set(c->database_url) && is_set(c->mongodb_uri))
        return err_set(
            e, ERR_INVALID_PARAMETER,
            "DATABASE_URL and MONGODB_URI are both set: orders live in one database, so unset one of them");
    if (is_set(c->mongodb_uri))
        return refuse(c, CONF_mongodb_uri, e, "this build has no 'mongodb' store");
    return check_database_url(c, e);
}

/* ---- words and addresses */

static bool check_timezone(const struct conf *c, struct err *e)
{
    if (clock_zone_known(c->timezone))
        return true;
    if (access("/usr/share/zoneinfo", F_OK) != 0)
        return refuse(c, CONF_timezone, e, "this machine knows only UTC; install the package tzdata");
    return refuse(c, CONF_timezone, e, "no such zone; a name such as UTC or Europe/Berlin is needed");
}

static bool check_log_level(const struct conf *c, struct err *e)
{
    enum log_level level;
    return log_level_find(c->log_level, &level) ||
           refuse(c, CONF_log_level, e, "one of trace, debug, info, warn and error is needed");
}

/* false: no address. */
static bool read_address(const char *text, bool *ret_loopback)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, text, &v4) == 1) {
        *ret_loopback = ntohl(v4.s_addr) >> 24 == 127;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    *ret_loopback = IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
    return true;
}

static bool check_listen(const struct conf *c, struct err *e)
{
    bool loopback;
    if (!read_address(c->listen, &loopback))
        return refuse(c, CONF_listen, e, "an IPv4 or IPv6 address is needed");
    bool serves = c->verb == NULL;
    return loopback || !serves || is_set(c->api_keys_file) || c->allow_anonymous ||
           refuse(c, CONF_listen, e,
                  "anyone could reach it; beyond loopback set API_KEYS_FILE, or ALLOW_ANONYMOUS=true");
}

bool conf_check(struct conf *c, struct err *ret_err)
{
    if (c->demo && !forget_outward(c, ret_err))
        return false;
    return check_stores(c, ret_err) && check_timezone(c, ret_err) && check_log_level(c, ret_err) &&
           check_listen(c, ret_err);
}
