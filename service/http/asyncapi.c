/* The AsyncAPI 3.0 document of exactly this build: what goes to Kafka, from the table of the events, and what is taken
 * from it, from the table of the facts. The schemas are those of the OpenAPI document as far as events need them. */
#include "service/http/schema.h"
#include "service/http/server.h"

#include "service/order/event.h"
#include "service/order/fact.h"
#include "shared/json.h"

#include <stdio.h>
#include <string.h>

#define STRUCTURED "application/cloudevents+json"
#define SCHEMAS_MAX (2u * 1024 * 1024)
#define NEEDED_MAX 128

/* The topics that are followed, by their word in names: "waves" is a channel, "receiveWaves" its operation. */
static const struct {
    const char *channel, *operation, *title;
} followed[TOPIC_COUNT] = {
    [TOPIC_WAVES] = {"waves", "receiveWaves", "What the wave planner reports."},
    [TOPIC_PICKING] = {"picking", "receivePicking", "What picking reports."},
    [TOPIC_CONSOLIDATION] = {"consolidation", "receiveConsolidation", "What consolidation reports."},
    [TOPIC_PACKING] = {"packing", "receivePacking", "What packing reports."},
    [TOPIC_SHIPPING] = {"shipping", "receiveShipping", "What shipping reports."},
};

static const char *topic_of(const struct conf *c, int topic)
{
    const char *const names[TOPIC_COUNT] = {
        [TOPIC_WAVES] = c->kafka_topic_waves,
        [TOPIC_PICKING] = c->kafka_topic_picking,
        [TOPIC_CONSOLIDATION] = c->kafka_topic_consolidation,
        [TOPIC_PACKING] = c->kafka_topic_packing,
        [TOPIC_SHIPPING] = c->kafka_topic_shipping,
    };
    return names[topic];
}

/* The type of the n-th message of a channel (topic -1: the orders'), NULL at the end. */
static const char *message_of(int topic, int n)
{
    if (topic < 0)
        return n < EVENT_TYPE_COUNT ? event_type_name((enum event_type)n) : NULL;
    for (int k = 0; k < FACT_KINDS; k++) {
        const struct fact_row *row = fact_row((enum fact_kind)k);
        if ((int)row->topic == topic && n-- == 0)
            return row->type;
    }
    return NULL;
}

/* ---- channels and operations ---- */

static void put_channel(struct buf *out, const struct conf *c, int topic)
{
    const char *type, *address = topic < 0 ? c->kafka_topic_orders : topic_of(c, topic);
    json_key(out, topic < 0 ? "orders" : followed[topic].channel);
    buf_addc(out, '{');
    json_put_string(out, "address", address);
    json_put_string(
        out, "description",
        topic < 0 ? "What happens to orders, at least once and in order for each order (the record's key). "
                    "Repeats have the same `id`; `orderversion` counts the events of an order without a gap."
                  : followed[topic].title);
    json_key(out, "messages");
    buf_addc(out, '{');
    for (int n = 0; (type = message_of(topic, n)) != NULL; n++)
        buf_addf(out, "%s\"%s\":{\"$ref\":\"#/components/messages/%s\"}", n > 0 ? "," : "", type, type);
    buf_adds(out, "},\"bindings\":{\"kafka\":{\"bindingVersion\":\"0.5.0\"");
    json_put_string(out, "topic", address);
    buf_adds(out, "}}}");
}

static void put_operation(struct buf *out, int topic)
{
    const char *channel = topic < 0 ? "orders" : followed[topic].channel;
    const char *type;
    json_key(out, topic < 0 ? "sendOrderEvents" : followed[topic].operation);
    buf_addf(out, "{\"action\":\"%s\",\"channel\":{\"$ref\":\"#/channels/%s\"}",
             topic < 0 ? "send" : "receive", channel);
    json_put_string(out, "summary",
                    topic < 0 ? "Every committed change of an order is sent."
                              : "Moves orders along, whatever order the events arrive in.");
    json_key(out, "messages");
    buf_addc(out, '[');
    for (int n = 0; (type = message_of(topic, n)) != NULL; n++)
        buf_addf(out, "%s{\"$ref\":\"#/channels/%s/messages/%s\"}", n > 0 ? "," : "", channel, type);
    buf_adds(out, "]}");
}

/* ---- messages ---- */

static void put_message(struct buf *out, const char *type, const char *summary, bool ours)
{
    json_key(out, type);
    buf_addc(out, '{');
    json_put_string(out, "name", type);
    json_put_string(out, "summary", summary);
    json_put_string(out, "contentType", STRUCTURED);
    if (ours)
        buf_adds(
            out,
            ",\"headers\":{\"type\":\"object\",\"required\":[\"content-type\"],\"properties\":{\"content-type\":{"
            "\"type\":\"string\",\"const\":\"" STRUCTURED "; charset=utf-8\"}}}");
    buf_addf(out, ",\"payload\":{\"$ref\":\"#/components/schemas/%s\"}", type);
    if (ours)
        buf_adds(
            out,
            ",\"bindings\":{\"kafka\":{\"bindingVersion\":\"0.5.0\",\"key\":{\"type\":\"string\",\"description\":"
            "\"The order's id.\"}}}");
    buf_addc(out, '}');
}

static void put_messages(struct buf *out)
{
    json_key(out, "messages");
    buf_addc(out, '{');
    for (int t = 0; t < EVENT_TYPE_COUNT; t++)
        put_message(out, event_type_name((enum event_type)t), event_type_sentence((enum event_type)t), true);
    for (int k = 0; k < FACT_KINDS; k++)
        put_message(out, fact_row((enum fact_kind)k)->type, fact_row((enum fact_kind)k)->label, false);
    buf_addc(out, '}');
}

/* ---- schemas of what is taken in ---- */

static void put_fact_member(struct buf *out, const struct fact_member *m)
{
    static const char *const types[] = {
        [FACT_MEMBER_ORDER] = "'type':'string'",
        [FACT_MEMBER_ORDERS] = "'type':'array','items':{'type':'string'}",
        [FACT_MEMBER_NAME] = "'type':'string','minLength':1,'maxLength':64",
        [FACT_MEMBER_TEXT] = "'type':'string'",
        [FACT_MEMBER_COUNT] = "'type':'integer','minimum':0",
        [FACT_MEMBER_TIME] = "'type':'string','format':'date-time'",
    };
    json_key(out, m->name);
    buf_addc(out, '{');
    schema_add(out, types[m->kind]);
    json_put_string(out, "description", m->sentence);
    buf_addc(out, '}');
}

static void put_fact(struct buf *out, const struct fact_row *row)
{
    const char *comma = "";
    json_key(out, row->type);
    schema_add(
        out,
        "{'type':'object','required':['id','source','type','data'],'properties':{'id':{'type':'string','minLength':1},"
        "'source':{'type':'string','minLength':1},'time':{'type':'string','format':'date-time'},'type':{");
    json_put_string(out, "const", row->type);
    buf_adds(out, "},\"data\":{\"type\":\"object\",\"required\":[");
    for (size_t i = 0; i < row->n_members; i++) {
        if (row->members[i].required) {
            buf_addf(out, "%s\"%s\"", comma, row->members[i].name);
            comma = ",";
        }
    }
    buf_adds(out, "],\"properties\":{");
    for (size_t i = 0; i < row->n_members; i++)
        put_fact_member(out, &row->members[i]);
    buf_adds(out, "}}}}");
}

/* ---- the schemas of our events, and what they refer to ---- */

struct needed {
    const struct json *all; /* every schema there is */
    const char *names[NEEDED_MAX];
    size_t n;
};

static void need(struct needed *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->names[i], name) == 0)
            return;
    if (s->n < NEEDED_MAX)
        s->names[s->n++] = name;
}

static void need_references(struct needed *s, const struct json *v)
{
    static const char prefix[] = "#/components/schemas/";
    const char *to = json_kind(v) == JSON_OBJECT ? json_string(json_get(v, "$ref")) : NULL;
    if (to != NULL && strncmp(to, prefix, sizeof prefix - 1) == 0)
        need(s, to + sizeof prefix - 1);
    for (const struct json *child = json_first(v); child != NULL; child = json_next(child))
        if (json_kind(child) == JSON_OBJECT || json_kind(child) == JSON_ARRAY)
            need_references(s, child);
}

/* false: the schemas cannot be read again. */
static bool put_event_schemas(struct buf *out)
{
    struct buf text = BUF_INIT(SCHEMAS_MAX);
    struct json_fault fault;
    buf_adds(&text, "{\"all\":0");
    schema_components(&text);
    buf_addc(&text, '}');
    struct json_doc *doc = text.failed ? NULL : json_parse(text.data, text.len, &fault);
    struct needed s = {.all = doc != NULL ? json_get(json_root(doc), "schemas") : NULL};
    bool ok = doc != NULL;
    for (int t = 0; ok && t < EVENT_TYPE_COUNT; t++)
        need(&s, event_type_name((enum event_type)t));
    for (size_t i = 0; ok && i < s.n; i++) {
        const struct json *v = json_get(s.all, s.names[i]);
        ok = v != NULL;
        if (ok) {
            json_key(out, s.names[i]);
            json_add_value(out, doc, v);
            need_references(&s, v);
        }
    }
    json_free(doc);
    buf_release(&text);
    return ok && s.n < NEEDED_MAX;
}

/* ---- the document ---- */

static void put_servers(struct buf *out, const struct conf *c)
{
    const char *protocol = "kafka";
    for (int i = 0; i < c->n_properties; i++)
        if (strcmp(c->properties[i].name, "security.protocol") == 0 &&
            strcasestr(c->properties[i].value, "ssl") != NULL)
            protocol = "kafka-secure";
    json_key(out, "servers");
    buf_addc(out, '{');
    const char *p = c->kafka_brokers;
    for (int i = 1; *p != '\0'; i++) {
        size_t n = strcspn(p, ", ");
        char name[24], host[300];
        snprintf(name, sizeof name, "broker%d", i);
        snprintf(host, sizeof host, "%.*s", (int)n, p);
        json_key(out, name);
        buf_addc(out, '{');
        json_put_string(out, "host", host);
        json_put_string(out, "protocol", protocol);
        buf_addc(out, '}');
        p += n + strspn(p + n, ", ");
    }
    buf_addc(out, '}');
}

bool asyncapi_render(const struct http *h, struct buf *out)
{
    const struct conf *c = h->c.conf;
    buf_adds(out, "{\"asyncapi\":\"3.0.0\",\"info\":{\"title\":\"orderdeck\"");
    json_put_string(out, "version", ORDERDECK_VERSION);
    json_put_string(
        out, "description",
        "The events of a durable order service on Kafka, CloudEvents 1.0 in structured JSON, and the events of "
        "the warehouse that it follows. What is taken in may also come in the binary mode of CloudEvents.");
    buf_adds(out, ",\"license\":{\"name\":\"MIT\"}},\"defaultContentType\":\"" STRUCTURED "\"");
    put_servers(out, c);
    json_key(out, "channels");
    buf_addc(out, '{');
    for (int topic = -1; topic < TOPIC_COUNT; topic++)
        put_channel(out, c, topic);
    buf_adds(out, "},\"operations\":{");
    for (int topic = -1; topic < TOPIC_COUNT; topic++)
        put_operation(out, topic);
    buf_adds(out, "},\"components\":{");
    put_messages(out);
    json_key(out, "schemas");
    buf_addc(out, '{');
    bool ok = put_event_schemas(out);
    for (int k = 0; k < FACT_KINDS; k++)
        put_fact(out, fact_row((enum fact_kind)k));
    buf_adds(out, "}}}");
    return ok && !out->failed;
}
