#include "tests/support/fake_kafka.h"

#include "shared/json.h"
#include "tests/support/fake_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)

static const struct {
    const char *code, *reason, *topic, *value; /* base64 */
    bool has_order;
} kinds[] = {
    {"UNREADABLE", "the record is no JSON", "wms.picking.events", "3q2+7wABAgM=", false},
    {"UNKNOWN_ORDER", "no order has this id", "wms.waves.events",
     "eyJ0eXBlIjoid21zLndhdmUub3JkZXItYWRkZWQiLCJkYXRhIjp7IndhdmVJZCI6IlctMSIsIm9yZGVySWQiOiJPUkQtMSJ9fQ==",
     true},
    {"ORDER_CANCELLED", "the order was cancelled, and its goods were reported as shipped",
     "wms.shipping.events", "cGxhaW4gdGV4dBtbMzFt", true},
};
#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

void fake_kafka_letters(struct fake_kafka *k, int n)
{
    for (; n > 0 && k->n < FAKE_LETTERS; n--) {
        int id = ++k->last_id;

        k->letters[k->n++] = (struct fake_letter){.id = id, .code = id % KINDS, .good = id % 3 == 1};
    }
}

static void drop(struct fake_kafka *k, int at)
{
    memmove(&k->letters[at], &k->letters[at + 1], (size_t)(--k->n - at) * sizeof(k->letters[0]));
}

bool fake_kafka_happen(struct fake_kafka *k, char what)
{
    switch (what) {
    case 'k': k->used = true; break;
    case 'g':
        k->unsent += 500;
        k->lag += 40;
        break;
    case 's':
        k->unsent /= 5;
        k->lag /= 5;
        break;
    case 'z': k->unsent = k->lag = 0; break;
    case 'a': k->away = !k->away; break;
    case 'p': k->parked = true; break;
    case 'q': k->barred = !k->barred; break;
    case 'j': k->unheard = !k->unheard; break;
    case 'l': fake_kafka_letters(k, 3); break;
    case 'e': drop(k, k->n - 1); break;
    case 'i': k->unreadable = !k->unreadable; break;
    default: return false;
    }
    return true;
}

void fake_kafka_status(const struct fake_kafka *k, struct buf *out)
{
    if (!k->used) {
        buf_adds(out, ",\"kafka\":null");
    } else {
        const char *state = k->parked   ? "parked"
                            : k->away   ? "unreachable"
                            : k->barred ? "refused"
                                        : "sending";
        char lag[24];

        buf_addf(out, ",\"kafka\":{\"status\":\"%s\",\"state\":\"%s\"",
                 k->parked || k->away || k->barred ? "down" : "ok", state);
        json_put_string(out, "reason",
                        k->parked   ? "Broker: Message size too large"
                        : k->away   ? "Connection refused"
                        : k->barred ? "the brokers refuse our credentials: Authentication failed"
                                    : NULL);
        json_put_string(out, "brokers", "broker-1:9092,broker-2:9092");
        json_put_string(out, "topic", "wms.orders.events");
        json_put_string(out, "missingTopics", "");
        json_put_int(out, "backlog", k->unsent);
        if (k->unsent)
            json_put_time(out, "oldestUnsent", k->now - 3 * MINUTE);
        buf_adds(out, ",\"delivered\":41210,\"failed\":3,\"restarts\":1,\"parked\":");
        if (k->parked) {
            buf_adds(
                out,
                "{\"position\":17,\"topic\":\"wms.orders.events\",\"orderId\":\"ORD-01M9A7C2K4000000W4TJMN4C5N\""
                ",\"type\":\"wms.order.received\",\"reason\":\"Broker: Message size too large\"");
            json_put_time(out, "since", k->now - 5 * MINUTE);
            buf_addc(out, '}');
        } else {
            buf_adds(out, "null");
        }
        snprintf(lag, sizeof(lag), k->unheard ? "null" : "%lld", (long long)k->lag);
        buf_addf(
            out,
            ",\"inbound\":{\"state\":\"running\",\"detail\":null,\"group\":\"order-service\",\"partitions\":8,"
            "\"lag\":%s,\"records\":90210,\"topics\":[{\"topic\":\"wms.waves.events\",\"partitions\":4,\"lag\":%s},"
            "{\"topic\":\"wms.picking.events\",\"partitions\":4,\"lag\":0}]}}",
            lag, lag);
    }
    buf_addf(
        out,
        ",\"facts\":{\"parked\":%d,\"deadLetters\":%d,\"applied\":8123,\"early\":40,\"late\":12,\"repeated\":7,"
        "\"dead\":%d}",
        k->used ? 2 : 0, k->n, k->n);
}

/* ---- dead letters */

static void put_letter(const struct fake_kafka *k, const struct fake_letter *l, const char *order,
                       struct buf *b)
{
    char id[24];

    snprintf(id, sizeof(id), "%d", l->id);
    buf_addc(b, '{');
    json_put_string(b, "id", id);
    json_put_string(b, "code", kinds[l->code].code);
    json_put_string(b, "reason", k->hostile ? hostile_texts[l->id % 8] : kinds[l->code].reason);
    json_put_string(b, "topic", k->hostile ? hostile_texts[(l->id + 3) % 8] : kinds[l->code].topic);
    json_put_int(b, "partition", l->id % 4);
    json_put_int(b, "offset", 1000 + l->id);
    json_put_string(b, "key", k->hostile ? hostile_texts[(l->id + 5) % 8] : "W-1");
    json_key(b, "headers");
    buf_addc(b, '{');
    json_put_string(b, "content-type", "application/json");
    json_put_string(b, "x-trace", k->hostile ? hostile_texts[(l->id + 1) % 8] : "abc123");
    buf_addc(b, '}');
    json_put_time(b, "receivedAt", k->now - (k->last_id - l->id + 1) * 7 * MINUTE);
    json_put_string(b, "valueBase64", kinds[l->code].value);
    if (kinds[l->code].has_order)
        json_put_string(b, "orderId", order);
    buf_addc(b, '}');
}

static int number_of(const char *query, const char *name, int otherwise)
{
    const char *at = strstr(query, name);

    return at ? (int)strtol(at + strlen(name), NULL, 10) : otherwise;
}

static void page(const struct fake_kafka *k, const char *query, const char *order, struct buf *b)
{
    int before = number_of(query, "cursor=", 1 << 30), limit = number_of(query, "limit=", 50), n = 0,
        i = k->n - 1;

    buf_adds(b, "{\"data\":[");
    for (; i >= 0 && n < limit; i--) {
        if (k->letters[i].id >= before)
            continue;
        buf_adds(b, n++ ? "," : "");
        put_letter(k, &k->letters[i], order, b);
    }
    if (i >= 0 && n == limit)
        buf_addf(b, "],\"nextCursor\":\"%d\"}", k->letters[i + 1].id);
    else
        buf_adds(b, "],\"nextCursor\":null}");
}

static int refuse(struct buf *b, int status, const char *code, const char *detail)
{
    buf_addc(b, '{');
    json_put_string(b, "code", code);
    json_put_string(b, "title", code);
    json_put_string(b, "detail", detail);
    buf_addc(b, '}');
    return status;
}

static int one(struct fake_kafka *k, const struct api_request *q, struct buf *b)
{
    int at = 0;

    while (at < k->n && k->letters[at].id != atoi(q->letter))
        at++;
    if (at == k->n)
        return refuse(b, 404, "DEAD_LETTER_NOT_FOUND", "no dead letter has this id");
    if (q->op == API_DEAD_REPLAY && !k->letters[at].good)
        return refuse(b, 422, "DEAD_LETTER_REFUSED", "no order has this id");
    drop(k, at);
    if (q->op == API_DEAD_DROP)
        return 204;
    buf_adds(b, "{\"result\":\"applied\"}");
    return 200;
}

static int all(struct fake_kafka *k, const struct api_request *q, struct buf *b)
{
    int applied = 0, refused = 0;

    for (int i = 0; i < k->n;) {
        if (strstr(q->query, kinds[k->letters[i].code].code) == NULL) {
            i++;
        } else if (k->letters[i].good) {
            applied++;
            drop(k, i);
        } else {
            refused++;
            i++;
        }
    }
    buf_addf(b, "{\"applied\":%d,\"parked\":0,\"late\":0,\"refused\":%d,\"more\":false}", applied, refused);
    return 200;
}

static int skip(struct fake_kafka *k, const struct api_request *q, struct buf *b)
{
    struct json_fault fault;
    struct json_doc *doc = json_parse(q->body, strlen(q->body), &fault);
    const char *reason = doc ? json_string(json_get(json_root(doc), "reason")) : NULL;
    int64_t position = 0;
    bool right =
        doc && json_int(doc, json_get(json_root(doc), "position"), &position) && position == 17 && reason;

    if (right)
        snprintf(k->skipped, sizeof(k->skipped), "%s", reason);
    json_free(doc);
    if (!right || !k->parked)
        return refuse(b, 409, "RELAY_NOT_PARKED", "no record waits to be taken by Kafka");
    k->parked = false;
    fake_kafka_letters(k, 1);
    buf_adds(b, "{\"position\":17}");
    return 200;
}

int fake_kafka_answer(struct fake_kafka *k, const struct api_request *q, const char *order, struct buf *out)
{
    if (q->op == API_DEAD_LETTERS && k->unreadable)
        return refuse(out, 503, "UNAVAILABLE", "the dead letters cannot be read now");
    if (q->op == API_DEAD_LETTERS) {
        page(k, q->query, order, out);
        return 200;
    }
    if (q->op == API_RELAY_SKIP)
        return skip(k, q, out);
    return q->op == API_DEAD_REPLAY_ALL ? all(k, q, out) : one(k, q, out);
}
