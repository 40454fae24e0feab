#include "tui/health.h"

#include "tui/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STILL 5 /* answers after which a gauge is said to stand still */

static int64_t number(const struct json_doc *doc, const struct json *v, int64_t otherwise)
{
    int64_t n;

    return v && json_int(doc, v, &n) ? n : otherwise;
}

static const char *text(const struct json *v, const char *name)
{
    const char *s = json_string(json_get(v, name));

    return s ? s : "";
}

static void gauge_take(struct gauge *g, int64_t value)
{
    bool known = g->value >= 0 && value >= 0;

    if (known && value != g->value) {
        g->trend = value > g->value ? 1 : -1;
        g->still = 0;
    } else if (!known || ++g->still >= STILL) {
        g->trend = 0;
    }
    g->value = value;
}

/* A member of the status that may name its state; without a name being there means that it works. */
static enum light light(const struct json *v)
{
    static const struct {
        const char *word;
        enum light light;
    } words[] = {{"ok", LIGHT_OK},     {"up", LIGHT_OK},     {"off", LIGHT_OFF}, {"starting", LIGHT_UNKNOWN},
                 {"down", LIGHT_WARN}, {"failed", LIGHT_BAD}};
    const char *word = text(v, "status");

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].light;
    if (!v)
        return LIGHT_UNKNOWN;
    return json_kind(v) == JSON_NULL ? LIGHT_OFF : LIGHT_OK;
}

/* What the relay's states are called in a word and in a sentence. */
static const struct {
    const char *state, *word, *sentence;
} states[] = {
    {"starting", "starting", "kafka: connecting"},
    {"unreachable", "down", "kafka: no broker can be reached, events wait in the log"},
    {"refused", "refused", "kafka"}, /* the reason says who refuses what */
    {"noTopic", "no topic", "kafka: the topic of the orders does not exist, events wait in the log"},
    {"parked", "parked", "kafka refuses a record, and the relay waits"},
    {"sending", "degraded", "kafka: topics are missing"}, /* or all is well, which the light says */
    {"standby", "degraded", "kafka: topics are missing"},
    {"", "consumer down", "kafka: the consumer is not connected"},
};
#define STATES (sizeof(states) / sizeof(states[0]))

/* What is wrong, in a word: of the relay, else of the consumer. */
static void take_kafka(struct health *h, const struct json_doc *doc, const struct json *kafka)
{
    const struct json *inbound = json_get(kafka, "inbound");
    const char *state = text(kafka, "state"), *consumer = text(inbound, "state");
    const char *reason = text(kafka, "reason"), *word = "";

    h->parked = number(doc, json_get(json_get(kafka, "parked"), "position"), 0);
    if (h->parked)
        h->kafka = LIGHT_BAD;
    for (size_t i = 0; i < STATES && *state && h->kafka != LIGHT_OK; i++)
        if (strcmp(states[i].state, state) == 0)
            word = states[i].word;
    if (h->kafka == LIGHT_OK && (strcmp(consumer, "failed") == 0 || strcmp(consumer, "unreachable") == 0)) {
        h->kafka = LIGHT_WARN;
        word = states[STATES - 1].word;
        reason = text(inbound, "detail");
    }
    snprintf(h->kafka_word, sizeof(h->kafka_word), "%s", word);
    snprintf(h->kafka_reason, sizeof(h->kafka_reason), "%s", reason);
    gauge_take(&h->unsent, number(doc, json_get(kafka, "backlog"), -1));
    gauge_take(&h->lag, number(doc, json_get(inbound, "lag"), -1));
    h->lag_sought = inbound && h->lag.value < 0;
    h->oldest_unsent = json_moment(kafka, "oldestUnsent");
}

void health_take(struct health *h, const struct json_doc *doc)
{
    const struct json *root = json_root(doc), *http = json_get(root, "http"),
                      *facts = json_get(root, "facts");
    const char *fault = text(json_get(root, "writer"), "fault");

    h->loaded = true;
    h->database = *fault ? LIGHT_BAD : light(json_get(root, "database"));
    snprintf(h->database_fault, sizeof(h->database_fault), "%s", fault);
    h->kafka = light(json_get(root, "kafka"));
    take_kafka(h, doc, json_get(root, "kafka"));
    h->waiting_facts = number(doc, json_get(facts, "parked"), -1);
    h->dead_letters = number(doc, json_get(facts, "deadLetters"), -1);
    h->p50_us = number(doc, json_get(http, "p50Us"), 0);
    h->p99_us = number(doc, json_get(http, "p99Us"), 0);
    h->connections = number(doc, json_get(http, "connections"), -1);
    h->streams = number(doc, json_get(http, "streams"), -1);
}

bool health_moves(const struct health *h)
{
    return h->unsent.value > 0 || h->lag.value > 0 || h->lag_sought || h->unsent.trend != 0 ||
           h->lag.trend != 0 || h->kafka == LIGHT_WARN || h->kafka == LIGHT_BAD || h->database == LIGHT_BAD;
}

/* ---- what is told */

static bool tell(enum message_level *ret_level, char out[400], enum message_level level, const char *what,
                 const char *why)
{
    *ret_level = level;
    snprintf(out, 400, "%s%s%s", what, *why ? ": " : "", why);
    return true;
}

bool health_change(const struct health *before, const struct health *now, enum message_level *ret_level,
                   char out[400])
{
    char what[80];

    if (strcmp(before->database_fault, now->database_fault) != 0)
        return *now->database_fault
                   ? tell(ret_level, out, MESSAGE_BAD, "changes cannot be stored", now->database_fault)
                   : tell(ret_level, out, MESSAGE_OK, "changes are stored again", "");
    if (now->parked && now->parked != before->parked) {
        snprintf(what, sizeof(what), "kafka refuses the record at position %" PRId64 ", and the relay waits",
                 now->parked);
        return tell(ret_level, out, MESSAGE_BAD, what, now->kafka_reason);
    }
    if (now->parked || strcmp(before->kafka_word, now->kafka_word) == 0)
        return false;
    for (size_t i = 0; i < STATES && now->kafka == LIGHT_WARN; i++)
        if (strcmp(states[i].word, now->kafka_word) == 0)
            return tell(ret_level, out, MESSAGE_WARN, states[i].sentence, now->kafka_reason);
    if (before->parked)
        return tell(ret_level, out, MESSAGE_OK, "kafka: the relay goes on", "");
    return now->kafka == LIGHT_OK && *before->kafka_word && before->kafka != LIGHT_UNKNOWN &&
           tell(ret_level, out, MESSAGE_OK, "kafka is well again", "");
}
