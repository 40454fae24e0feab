/* What GET /status says, as far as header, funnel and messages need it. Pure; one thread. */
#ifndef ORDERDECK_TUI_HEALTH_H
#define ORDERDECK_TUI_HEALTH_H

#include "shared/json.h"
#include "tui/message.h"

#include <stdbool.h>
#include <stdint.h>

enum light { LIGHT_UNKNOWN, LIGHT_OK, LIGHT_OFF, LIGHT_WARN, LIGHT_BAD };

/* A figure that is watched: its direction since it last changed, 0 after it stood still for a while. */
struct gauge {
    int64_t value; /* -1: not known */
    int trend;     /* -1 falls, 1 rises */
    int still;     /* answers since it changed */
};

struct health {
    bool loaded;
    enum light database, kafka;
    char database_fault[200];            /* why changes cannot be stored, "" when they can */
    char kafka_word[24];                 /* in a word what is wrong with Kafka, "" when it is well or off */
    char kafka_reason[300];              /* the same in a sentence, "" when none is known */
    int64_t parked;                      /* position at which the relay waits, 0: it does not */
    struct gauge unsent, lag;            /* events for Kafka; records of the warehouse */
    bool lag_sought;                     /* records of the warehouse are read, and the lag is not known yet */
    int64_t oldest_unsent;               /* ms, 0 for none */
    int64_t waiting_facts, dead_letters; /* -1: not known */
    int64_t p50_us, p99_us;              /* of REST, 0 unknown */
    int64_t connections, streams;
};

void health_take(struct health *h, const struct json_doc *doc);
/* Is something on its way that should be seen to move? Then the status is asked for every second. */
bool health_moves(const struct health *h);
/* What has changed that a person should be told, as a message. false: nothing. */
bool health_change(const struct health *before, const struct health *now, enum message_level *ret_level,
                   char out[400]);

#endif
