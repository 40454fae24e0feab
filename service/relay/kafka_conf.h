/* From our settings to a configuration of librdkafka, for producer and consumer alike.
 *
 * KAFKA_<PROPERTY> settings go to the library as they are, but for those our guarantees stand on (refused at the
 * start, with the reason) and names the library does not know (a warning: Kubernetes injects KAFKA_PORT and others).
 * Sources: librdkafka's CONFIGURATION.md; the choice of the fixed ones is explained at the table in kafka_conf.c. */
#ifndef ORDERDECK_SERVICE_RELAY_KAFKA_CONF_H
#define ORDERDECK_SERVICE_RELAY_KAFKA_CONF_H

#include "shared/conf.h"
#include "shared/err.h"

#include <librdkafka/rdkafka.h>

/* A value of ours. The settings may replace it, but for the names that are refused there. */
struct kafka_preset {
    const char *name, *value;
};

/* Once at the start: refuses what must not be set and values that librdkafka refuses; warns of unknown names. */
bool kafka_conf_check(const struct conf *c, struct err *ret_err) __attribute__((warn_unused_result));

/* A new configuration: the brokers, the presets (ended by a NULL name), then the settings. Library logs go to our log
 * at level debug: what matters is told by the states of relay and consumer. NULL: *ret_err. */
rd_kafka_conf_t *kafka_conf_new(const struct conf *c, const struct kafka_preset *presets, struct err *ret_err)
    __attribute__((warn_unused_result));

/* Is trying the same again of no use until someone changes something outside (message size, authorisation)? */
bool kafka_error_is_permanent(rd_kafka_resp_err_t code);

/* Copies what the library says of a connection, without its trailing "(after 403ms in state CONNECT, ...)". */
void kafka_reason(char *dst, size_t size, const char *said);

#endif
