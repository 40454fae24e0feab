#include "service/http/schema.h"

#include "service/http/header.h"
#include "service/order/event.h"
#include "service/order/fact.h"
#include "service/order/order_json.h"
#include "shared/json.h"
#include "shared/log.h"
#include "shared/money.h"

#include <stdio.h>
#include <string.h>

#define NO_NUL "^[^\\\\u0000]*$"

/* ---- lists of words ---- */

static void put_words(struct buf *out, const char *name, const char *(*word)(int i), int n,
                      const char *sentence)
{
    json_key(out, name);
    buf_adds(out, "{\"type\":\"string\",\"enum\":[");
    for (int i = 0; i < n; i++) {
        if (i > 0)
            buf_addc(out, ',');
        json_add_string(out, word(i));
    }
    buf_addc(out, ']');
    json_put_string(out, "description", sentence);
    buf_addc(out, '}');
}

static const char *status_at(int i)
{
    return status_word((enum order_status)i)->wire;
}
static const char *priority_at(int i)
{
    return priority_word((enum order_priority)i)->wire;
}
static const char *command_at(int i)
{
    return command_word((enum order_command)i)->wire;
}
static const char *event_at(int i)
{
    return event_type_name((enum event_type)i);
}
static const char *dead_code_at(int i)
{
    return dead_code_name((enum dead_code)i);
}
static const char *level_at(int i)
{
    return log_level_name((enum log_level)i);
}
static const char *code_at(int i)
{
    return err_info((enum err_code)(i + 1))->name;
}

static void put_currency(struct buf *out)
{
    char code[4] = "AAA";
    const char *comma = "";
    json_key(out, "Currency");
    buf_adds(out, "{\"type\":\"string\",\"description\":\"ISO 4217 code.\",\"enum\":[");
    for (int i = 0; i < 26 * 26 * 26; i++) {
        code[0] = (char)('A' + i / 676);
        code[1] = (char)('A' + i / 26 % 26);
        code[2] = (char)('A' + i % 26);
        if (currency_find(code) == NULL)
            continue;
        buf_addf(out, "%s\"%s\"", comma, code);
        comma = ",";
    }
    buf_adds(out, "]}");
}

/* Text without control and format characters. Those past U+FFFF are left to the description, since not every reader of
 * patterns takes them as one character. */
static void put_plain(struct buf *out)
{
    size_t n;
    const struct code_range *r = text_unprintable(&n);
    json_key(out, "PlainText");
    schema_add(
        out,
        "{'type':'string','description':'Free of control and format characters (Unicode categories Cc and Cf).',"
        "'pattern':'^[^");
    for (size_t i = 0; i < n && r[i].last <= 0xffff; i++)
        buf_addf(out, "\\\\u%04x-\\\\u%04x", r[i].first, r[i].last);
    schema_add(out, "]*$'}");
}

/* ---- members from the tables ---- */

struct member {
    const struct field *field;
    bool answer; /* in answers absent members are absent; in requests null is as good */
};

static void add_lengths(struct buf *out, const struct field *f)
{
    if (f->min > 0)
        json_put_int(out, "minLength", f->min);
    json_put_int(out, "maxLength", f->max);
}

/* Bounds of a number, in units of 10^-3 for weights. */
static void add_bounds(struct buf *out, const struct field *f, int64_t unit)
{
    json_put_int(out, "minimum", f->min / unit);
    if (f->max != INT64_MAX)
        json_put_int(out, "maximum", f->max / unit);
}

static void add_reference(struct buf *out, const char *name, bool nullable)
{
    if (nullable)
        buf_addf(out, "\"anyOf\":[{\"$ref\":\"#/components/schemas/%s\"},{\"type\":\"null\"}]", name);
    else
        buf_addf(out, "\"$ref\":\"#/components/schemas/%s\"", name);
}

static void add_type(struct buf *out, const char *type, bool nullable)
{
    if (nullable)
        buf_addf(out, "\"type\":[\"%s\",\"null\"]", type);
    else
        buf_addf(out, "\"type\":\"%s\"", type);
}

static void add_array(struct buf *out, const char *of, const struct field *f)
{
    buf_addf(
        out,
        "\"type\":\"array\",\"minItems\":%d,\"maxItems\":%d,\"items\":{\"$ref\":\"#/components/schemas/%s\"}",
        (int)f->min, (int)f->max, of);
}

static void add_metadata(struct buf *out, const struct field *f, bool nullable)
{
    add_type(out, "object", nullable);
    buf_addf(out,
             ",\"maxProperties\":%d,\"propertyNames\":{\"minLength\":1,\"maxLength\":%d,\"pattern\":\"" NO_NUL
             "\"},\"additionalProperties\":{",
             (int)f->max, METADATA_KEY_MAX);
    add_type(out, "string", nullable);
    buf_addf(out, ",\"maxLength\":%d,\"pattern\":\"" NO_NUL "\"}", METADATA_VALUE_MAX);
}

static void add_plain(struct buf *out, const struct field *f, bool nullable)
{
    if (nullable)
        schema_add(out, "'anyOf':[{");
    schema_add(out, "'allOf':[@PlainText,{'minLength':");
    buf_addf(out, "%d,\"maxLength\":%d}]", (int)f->min, (int)f->max);
    if (nullable)
        schema_add(out, "},{'type':'null'}]");
}

/* The schema's members, without its braces. */
static void add_schema(struct buf *out, const struct member *m)
{
    const struct field *f = m->field;
    bool null = !m->answer && !f->required;
    switch (f->kind) {
    case FIELD_TEXT:
        add_type(out, "string", null);
        add_lengths(out, f);
        buf_adds(out, ",\"pattern\":\"" NO_NUL "\"");
        break;
    case FIELD_NAME: add_plain(out, f, null); break;
    case FIELD_INTEGER:
        add_type(out, "integer", null);
        add_bounds(out, f, 1);
        break;
    case FIELD_MONEY: add_reference(out, "Money", null); break;
    case FIELD_AMOUNT: buf_adds(out, "\"type\":\"number\",\"minimum\":0,\"maximum\":999999999999999"); break;
    case FIELD_CURRENCY: add_reference(out, "Currency", null); break;
    case FIELD_WEIGHT:
        add_type(out, "number", null);
        add_bounds(out, f, 1000);
        break;
    case FIELD_TIME:
        schema_add(out, null ? "'anyOf':[{'type':'string','format':'date-time'},{'type':'null'}]"
                             : "'type':'string','format':'date-time'");
        break;
    case FIELD_PRIORITY: add_reference(out, "Priority", null); break;
    case FIELD_COUNTRY:
        add_type(out, "string", null);
        buf_adds(out, ",\"pattern\":\"^[A-Z]{2}$\"");
        break;
    case FIELD_ITEMS: add_array(out, m->answer ? "Line" : "NewLine", f); break;
    case FIELD_ADDRESS: add_reference(out, m->answer ? "Address" : "NewAddress", null); break;
    case FIELD_METADATA: add_metadata(out, f, null); break;
    case FIELD_ID: add_reference(out, "NewOrderId", null); break;
    case FIELD_STATUS: add_reference(out, "Status", null); break;
    case FIELD_BOOLEAN: add_type(out, "boolean", null); break;
    case FIELD_HOLDS: add_array(out, "Hold", f); break;
    case FIELD_COMMANDS: add_array(out, "Command", f); break;
    }
}

static void put_member(struct buf *out, const struct member *m, const char *name)
{
    char sentence[200];
    const struct field *f = m->field;
    snprintf(sentence, sizeof(sentence), "%s%s%s%s", f->sentence,
             f->second_name != NULL && !m->answer ? "; `" : "",
             f->second_name != NULL && !m->answer ? f->second_name : "",
             f->second_name != NULL && !m->answer ? "` is read when it is absent" : "");
    json_key(out, name);
    buf_addc(out, '{');
    add_schema(out, m);
    json_put_string(out, "description", sentence);
    buf_addc(out, '}');
}

/* An object of these members. `also` (may be NULL) comes first. */
static void put_object(struct buf *out, const char *name, const struct field *fields, size_t n, bool answer,
                       const struct field *also)
{
    const char *comma = "";
    json_key(out, name);
    buf_adds(out, "{\"type\":\"object\",\"required\":[");
    if (also != NULL) {
        buf_addf(out, "\"%s\"", also->name);
        comma = ",";
    }
    for (size_t i = 0; i < n; i++) {
        if (fields[i].required) {
            buf_addf(out, "%s\"%s\"", comma, fields[i].name);
            comma = ",";
        }
    }
    buf_adds(out, "],\"properties\":{");
    if (also != NULL)
        put_member(out, &(struct member){also, answer}, also->name);
    for (size_t i = 0; i < n; i++) {
        const struct member m = {&fields[i], answer};
        put_member(out, &m, fields[i].name);
        if (answer && fields[i].second_name != NULL && fields == address_fields)
            put_member(out, &m, fields[i].second_name);
    }
    buf_adds(out, "}}");
}

/* "assign-wave" -> "AssignWaveArguments" */
static void command_schema(int command, char out[60])
{
    size_t n = 0;
    bool start = true;
    for (const char *p = command_at(command); *p != '\0'; p++) {
        if (*p != '-')
            out[n++] = start ? (char)(*p - 32) : *p;
        start = *p == '-';
    }
    snprintf(out + n, 60 - n, "Arguments");
}

void schema_body(struct buf *out, int command)
{
    char name[60] = "NewOrder";
    if (command >= 0)
        command_schema(command, name);
    buf_addf(out, "{\"$ref\":\"#/components/schemas/%s\"}", name);
}

static void put_commands(struct buf *out)
{
    for (int c = 0; c < COMMAND_COUNT; c++) {
        size_t n;
        char name[60];
        struct field fields[8];
        const struct argument *args = command_arguments((enum order_command)c, &n);
        for (size_t i = 0; i < n; i++)
            fields[i] = args[i].field;
        command_schema(c, name);
        put_object(out, name, fields, n, false, NULL);
    }
}

/* ---- events ---- */

static void put_event_member(struct buf *out, const struct event_member *m)
{
    static const char *const types[] = {
        [MEMBER_STRING] = "'type':'string'",
        [MEMBER_STATUS] = "'$ref':'#/components/schemas/Status'",
        [MEMBER_STATUS_OR_NULL] = "'anyOf':[@Status,{'type':'null'}]",
        [MEMBER_INTEGER] = "'type':'integer','minimum':0",
        [MEMBER_TIME] = "'type':'string','format':'date-time'",
        [MEMBER_FAULTS] = "'type':'array','items':@Fault",
    };
    json_key(out, m->name);
    buf_addc(out, '{');
    schema_add(out, types[m->kind]);
    json_put_string(out, "description", m->sentence);
    buf_addc(out, '}');
}

static void put_event_data(struct buf *out, enum event_type t)
{
    size_t common, own;
    const struct event_member *a = event_common_members(&common), *b = event_members(t, &own);
    const char *comma = "";
    buf_adds(out, "{\"type\":\"object\",\"required\":[");
    for (size_t i = 0; i < common + own; i++) {
        const struct event_member *m = i < common ? &a[i] : &b[i - common];
        if (m->required) {
            buf_addf(out, "%s\"%s\"", comma, m->name);
            comma = ",";
        }
    }
    buf_adds(out, "],\"properties\":{");
    for (size_t i = 0; i < common + own; i++)
        put_event_member(out, i < common ? &a[i] : &b[i - common]);
    buf_adds(out, "}}");
}

static void put_event(struct buf *out, enum event_type t)
{
    const char *name = event_type_name(t);
    json_key(out, name);
    schema_add(out, "{'allOf':[@Envelope,{'type':'object','properties':{'type':{");
    json_put_string(out, "const", name);
    buf_addf(out, "},\"dataschema\":{\"const\":\"urn:orderdeck:schema:%s:1\"},\"data\":", name);
    if (t == EVENT_RECEIVED)
        schema_add(out, "@ReceivedOrder");
    else
        put_event_data(out, t);
    buf_adds(out, "}}]");
    json_put_string(out, "description", event_type_sentence(t));
    buf_addc(out, '}');
}

static void put_events(struct buf *out)
{
    json_key(out, "CloudEvent");
    buf_adds(out, "{\"oneOf\":[");
    for (int t = 0; t < EVENT_TYPE_COUNT; t++)
        buf_addf(out, "%s{\"$ref\":\"#/components/schemas/%s\"}", t > 0 ? "," : "", event_at(t));
    buf_adds(out, "],\"discriminator\":{\"propertyName\":\"type\",\"mapping\":{");
    for (int t = 0; t < EVENT_TYPE_COUNT; t++)
        buf_addf(out, "%s\"%s\":\"#/components/schemas/%s\"", t > 0 ? "," : "", event_at(t), event_at(t));
    buf_adds(out, "}}}");
    for (int t = 0; t < EVENT_TYPE_COUNT; t++)
        put_event(out, (enum event_type)t);
    /* the order as it was taken in: what an answer has, without what depends on the moment of reading */
    struct field received[64];
    size_t n = 0;
    for (size_t i = 0; i < n_answer_fields && n < sizeof(received) / sizeof(received[0]); i++) {
        if (answer_fields[i].kind != FIELD_BOOLEAN && answer_fields[i].kind != FIELD_COMMANDS)
            received[n++] = answer_fields[i];
    }
    put_object(out, "ReceivedOrder", received, n, true, NULL);
}

/* ---- the whole ---- */

void schema_components(struct buf *out)
{
    buf_adds(out, ",\"schemas\":{");
    put_words(out, "Status", status_at, STATUS_COUNT, "Where an order stands.");
    put_words(out, "Priority", priority_at, PRIORITY_COUNT, "How soon an order is promised.");
    put_words(out, "Command", command_at, COMMAND_COUNT, "What can be done to an order.");
    put_words(out, "EventType", event_at, EVENT_TYPE_COUNT, "What can happen to an order.");
    put_words(out, "DeadLetterCode", dead_code_at, DEAD_CODE_COUNT, "Why a record was set aside.");
    put_words(out, "LogLevel", level_at, LOG_LEVELS, "Levels of the log, the least first.");
    put_words(out, "ProblemCode", code_at, ERR_COUNT - 2, "Stable words for problems.");
    put_currency(out);
    put_plain(out);
    put_object(out, "NewOrder", order_fields, ORDER_FIELDS, false, NULL);
    put_object(out, "NewLine", item_fields, ITEM_FIELDS, false, NULL);
    put_object(out, "NewAddress", address_fields, n_address_fields, false, NULL);
    put_object(out, "Order", answer_fields, n_answer_fields, true, NULL);
    put_object(out, "Line", item_fields, ITEM_FIELDS, true, &item_answer_field);
    put_object(out, "Address", address_fields, n_address_fields, true, NULL);
    put_object(out, "Money", price_fields, PRICE_FIELDS, true, NULL);
    put_commands(out);
    put_events(out);
    schema_rows(out, SCHEMA_ROWS_COMPONENTS);
    buf_addc(out, '}');
}
