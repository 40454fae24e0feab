#include "service/relay/kafka_conf.h"
#include "shared/log.h"

#include <stdio.h>
#include <string.h>

#define CLIENT_ID_MAX 64 /* long ones crash librdkafka before 2.5 */

/* clang-format off */
static const struct {
    const char *name, *why;
} refused[] = {
    {"bootstrap.servers",                     "set KAFKA_BROKERS"},
    {"metadata.broker.list",                  "set KAFKA_BROKERS"},
    {"group.id",                              "set KAFKA_GROUP"},
    /* nothing acknowledged may be lost, and nothing sent twice by the library */
    {"acks",                                  "all replicas must acknowledge"},
    {"request.required.acks",                 "all replicas must acknowledge"},
    {"enable.idempotence",                    "the producer must be idempotent"},
    {"enable.gapless.guarantee",              "the relay keeps the order itself"},
    {"transactional.id",                      "the relay does not use transactions"},
    /* a record is given up by nobody: the log on disk keeps it until it is acknowledged */
    {"delivery.timeout.ms",                   "records wait for the broker without end"},
    {"message.timeout.ms",                    "records wait for the broker without end"},
    {"message.send.max.retries",              "records wait for the broker without end"},
    {"retries",                               "records wait for the broker without end"},
    /* one order's events must stay in one partition and in order */
    {"partitioner",                           "one order's events must stay in one partition"},
    {"msg.order.cmp",                         "one order's events must stay in order"},
    {"queuing.strategy",                      "one order's events must stay in order"},
    {"max.in.flight",                         "one order's events must stay in order"},
    {"max.in.flight.requests.per.connection", "one order's events must stay in order"},
    /* offsets are committed after the database */
    {"enable.auto.commit",                    "offsets are committed after the database"},
    {"auto.commit.enable",                    "offsets are committed after the database"},
    {"auto.commit.interval.ms",               "offsets are committed after the database"},
    {"enable.auto.offset.store",              "offsets are committed after the database"},
    {"auto.offset.reset",                     "a new group starts at the oldest record, so that nothing is skipped"},
    {"partition.assignment.strategy",         "the consumer needs range,roundrobin"},
    {"plugin.library.paths",                  "no code is loaded into the service"},
    {"test.mock.num.brokers",                 "this would be no broker at all"},
};
/* clang-format on */

static const char *why_refused(const char *name)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i].name, name) == 0)
            return refused[i].why;
    return NULL;
}

/* What librdkafka says may quote the value. */
static bool refuse_value(const struct conf_property *p, const char *said, struct err *ret_err)
{
    return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot use the Kafka property '%s': %s", p->name,
                   conf_property_secret(p->name) ? "its value is not accepted" : said);
}

static bool refuse_long_id(rd_kafka_conf_t *scratch, struct err *ret_err)
{
    rd_kafka_conf_destroy(scratch);
    return err_set(ret_err, ERR_INVALID_PARAMETER,
                   "cannot set the Kafka property 'client.id': at most %d characters", CLIENT_ID_MAX);
}

bool kafka_conf_check(const struct conf *c, struct err *ret_err)
{
    rd_kafka_conf_t *scratch = rd_kafka_conf_new();
    bool ok = true;
    for (int i = 0; i < c->n_properties && ok; i++) {
        const struct conf_property *p = &c->properties[i];
        const char *why = why_refused(p->name);
        char said[256] = "";
        if (why != NULL) {
            ok = err_set(ret_err, ERR_INVALID_PARAMETER, "cannot set the Kafka property '%s': %s", p->name,
                         why);
            continue;
        }
        if (strcmp(p->name, "client.id") == 0 && strlen(p->value) > CLIENT_ID_MAX)
            return refuse_long_id(scratch, ret_err);
        rd_kafka_conf_res_t res = rd_kafka_conf_set(scratch, p->name, p->value, said, sizeof said);
        if (res == RD_KAFKA_CONF_INVALID)
            ok = refuse_value(p, said, ret_err);
        else if (res == RD_KAFKA_CONF_UNKNOWN)
            log_line(LOG_WARN, "ignoring a Kafka property that the library does not know",
                     LOG_S("property", p->name));
    }
    rd_kafka_conf_destroy(scratch);
    return ok;
}

static void library_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    log_line(level <= 6 ? LOG_DEBUG : LOG_TRACE, "kafka library",
             LOG_S("client", rk != NULL ? rd_kafka_name(rk) : ""), LOG_S("facility", facility),
             LOG_S("text", text));
}

static bool set(rd_kafka_conf_t *k, const char *name, const char *value, struct err *ret_err)
{
    char said[256];
    return rd_kafka_conf_set(k, name, value, said, sizeof said) == RD_KAFKA_CONF_OK ||
           err_set(ret_err, ERR_INVALID_PARAMETER, "cannot set up Kafka: %s", said);
}

rd_kafka_conf_t *kafka_conf_new(const struct conf *c, const struct kafka_preset *presets, struct err *ret_err)
{
    rd_kafka_conf_t *k = rd_kafka_conf_new();
    static const struct kafka_preset common[] = {
        {"client.id", "orderdeck"},           {"log.connection.close", "false"},
        {"socket.keepalive.enable", "true"},  {"socket.nagle.disable", "true"},
        {"reconnect.backoff.max.ms", "2000"}, {NULL, NULL},
    };
    bool ok = set(k, "bootstrap.servers", c->kafka_brokers, ret_err);
    for (const struct kafka_preset *p = common; ok && p->name != NULL; p++)
        ok = set(k, p->name, p->value, ret_err);
    for (const struct kafka_preset *p = presets; ok && p->name != NULL; p++)
        ok = set(k, p->name, p->value, ret_err);
    for (int i = 0; ok && i < c->n_properties; i++) {
        const struct conf_property *p = &c->properties[i];
        char said[256];
        if (why_refused(p->name) == NULL &&
            rd_kafka_conf_set(k, p->name, p->value, said, sizeof said) == RD_KAFKA_CONF_INVALID)
            ok = refuse_value(p, said, ret_err);
    }
    if (!ok) {
        rd_kafka_conf_destroy(k);
        return NULL;
    }
    rd_kafka_conf_set_log_cb(k, library_log);
    return k;
}

void kafka_reason(char *dst, size_t size, const char *said)
{
    const char *end = strstr(said, " (after ");
    snprintf(dst, size, "%.*s", end != NULL ? (int)(end - said) : (int)strlen(said), said);
}

bool kafka_error_is_permanent(rd_kafka_resp_err_t code)
{
    static const rd_kafka_resp_err_t permanent[] = {
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
        RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
        RD_KAFKA_RESP_ERR_INVALID_MSG,
        RD_KAFKA_RESP_ERR_INVALID_RECORD,
        RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
        RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
    };
    for (size_t i = 0; i < sizeof permanent / sizeof *permanent; i++)
        if (permanent[i] == code)
            return true;
    return false;
}
