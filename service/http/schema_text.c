/* Schemas that no other table holds, as text: ' stands for " and @Name for a reference to the schema of that name. */
#include "service/http/schema.h"

#include "shared/json.h"

#include <ctype.h>
#include <string.h>

struct row {
    const char *name;
    const char *text;
};

#define STRING "{'type':'string'}"
#define TIME "{'type':'string','format':'date-time'}"
#define TIME_OR_NULL "{'type':['string','null'],'format':'date-time'}"
#define COUNT "{'type':'integer','minimum':0}"
#define NUMBER "{'type':'integer','minimum':1}"
#define FLAG "{'type':'boolean'}"
#define OBJECT "{'type':'object'}"
#define LIST(of) "{'type':'array','items':" of "}"
#define TAG "\\\"[!#-~]*\\\""

/* clang-format off */
static const struct row components[] = {
    {"NewOrderId",
     "{'type':'string','pattern':'^ORD-[0-7][0-9A-HJKMNP-TV-Z]{25}$','description':'`ORD-` and 26 characters of Crockford base32.'}"},
    {"OrderId",
     "{'type':'string','pattern':'^([Oo][Rr][Dd]-[0-7oOiIlL][0-9A-TV-Za-tv-z]{25}"
     "|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})$','description':'The id of an order in either spelling.'}"},
    {"Hold",
     "{'type':'object','required':['type','since'],'properties':{'type':" STRING ",'reason':" STRING ",'since':" TIME "}}"},
    {"Fault",
     "{'type':'object','required':['pointer','detail'],'properties':{"
     "'pointer':{'type':'string','description':'JSON pointer (RFC 6901).'},'detail':" STRING "}}"},
    {"OrderList",
     "{'type':'object','required':['data','nextCursor'],'properties':{'data':" LIST("@Order") ","
     "'nextCursor':{'type':['string','null'],'description':'For the next page; null on the last.'},"
     "'page':" NUMBER ",'pageSize':" NUMBER ",'totalItems':" COUNT ",'totalPages':" COUNT "}}"},
    {"OrderPage",
     "{'allOf':[@OrderList,{'type':'object','required':['page','pageSize','totalItems','totalPages']}]}"},
    {"Count",
     "{'type':'object','required':['count','more'],'properties':{'count':{'type':'integer','minimum':0,'maximum':10000},"
     "'more':{'type':'boolean','description':'There are more than were counted.'}}}"},
    {"Stats",
     "{'type':'object','required':['byStatus','byPriority','created','late','usual'],'properties':{"
     "'byStatus':{'type':'object','propertyNames':@Status,'additionalProperties':{'type':'object','required':['count','late','oldestSince'],"
     "'properties':{'count':" COUNT ",'late':" COUNT ",'oldestSince':" TIME_OR_NULL "}}},"
     "'byPriority':{'type':'object','propertyNames':@Priority,'additionalProperties':" COUNT ",'description':'Open orders.'},"
     "'created':{'type':'object','required':['minute','hour','day'],'properties':{'minute':" COUNT ",'hour':" COUNT ",'day':" COUNT "}},"
     "'late':" COUNT ",'unsent':" COUNT ",'oldestUnsent':" TIME_OR_NULL ","
     "'usual':{'type':'object','propertyNames':@Status,'additionalProperties':{'type':['integer','null'],'minimum':0},"
     "'description':'95th percentile of completed stays over 7 days, in milliseconds.'}}}"},
    {"EventPage",
     "{'type':'object','required':['data','nextAfter'],'properties':{'data':" LIST("@Entry") ",'nextAfter':" COUNT "}}"},
    {"Entry",
     "{'oneOf':[{'type':'object','required':['kind','position','sentAt','event'],'properties':{'kind':{'const':'event'},"
     "'position':" NUMBER ",'sentAt':" TIME_OR_NULL ",'event':@CloudEvent}},"
     "{'type':'object','required':['kind','time','text'],'properties':{'kind':{'const':'note'},'time':" TIME ",'text':" STRING "}}]}"},
    {"Envelope",
     "{'type':'object','description':'CloudEvents 1.0, structured.','required':['specversion','id','type','source','subject',"
     "'time','datacontenttype','dataschema','orderversion','partitionkey','data'],'properties':{'specversion':{'const':'1.0'},"
     "'id':{'type':'string','format':'uuid'},'type':@EventType,'source':{'type':'string','minLength':1},'subject':@NewOrderId,"
     "'time':" TIME ",'datacontenttype':{'const':'application/json'},'dataschema':" STRING ",'orderversion':" NUMBER ","
     "'partitionkey':" STRING ",'traceparent':" STRING ",'actor':" STRING ",'caller':" STRING ",'data':" OBJECT "}}"},
    {"DeadLetterPage",
     "{'type':'object','required':['data','nextCursor'],'properties':{'data':" LIST("@DeadLetter") ",'nextCursor':{'type':['string','null']}}}"},
    {"DeadLetter",
     "{'type':'object','required':['id','code','reason','topic','partition','offset','key','headers','receivedAt','valueBase64'],'properties':{"
     "'id':" STRING ",'code':@DeadLetterCode,'reason':" STRING ",'topic':" STRING ",'partition':" COUNT ",'offset':" COUNT ","
     "'key':{'type':['string','null']},'headers':{'type':'object','additionalProperties':{'type':['string','null']}},'receivedAt':" TIME ","
     "'valueBase64':{'type':['string','null'],'contentEncoding':'base64'},'orderId':@NewOrderId}}"},
    {"Replayed",
     "{'type':'object','required':['result'],'properties':{'result':{'type':'string','enum':['applied','parked','late']}}}"},
    {"ReplayedAll",
     "{'type':'object','required':['applied','parked','late','refused','more'],'properties':{'applied':" COUNT ",'parked':" COUNT ","
     "'late':" COUNT ",'refused':" COUNT ",'more':{'type':'boolean','description':'There was no time for all of them.'}}}"},
    {"SkipRecord",
     "{'type':'object','required':['position','reason'],'properties':{'position':{'type':'integer','minimum':1,'maximum':999999999999999999,"
     "'description':'The position at which the relay is parked.'},'reason':{'type':'string','minLength':1,'maxLength':500,"
     "'pattern':'^[^\\\\u0000]*$','description':'Why.'}}}"},
    {"Skipped",
     "{'type':'object','required':['position'],'properties':{'position':" COUNT "}}"},
    {"LogPage",
     "{'type':'object','required':['data','next'],'properties':{'data':{'type':'array','items':{'type':'object',"
     "'required':['time','level','msg'],'properties':{'time':" TIME ",'level':@LogLevel,'msg':" STRING "}}},'next':" COUNT "}}"},
    {"Health",
     "{'type':'object','required':['status','service','version'],'properties':{'status':{'const':'healthy'},'service':" STRING ","
     "'version':" STRING "}}"},
    {"Ready",
     "{'type':'object','required':['status','service','version','checks'],'properties':{"
     "'status':{'type':'string','enum':['ready','degraded','unavailable']},'service':" STRING ",'version':" STRING ","
     "'checks':{'type':'array','minItems':1,'items':{'type':'object','required':['name','ok'],'properties':{'name':" STRING ","
     "'ok':" FLAG ",'detail':" STRING "}}}}}"},
    {"ServiceStatus",
     "{'type':'object','required':['service','version','pid','url','startedAt','database','http'],'properties':{'service':" STRING ","
     "'version':" STRING ",'pid':" NUMBER ",'url':" STRING ",'startedAt':" TIME ",'readOnly':" FLAG ","
     "'database':{'type':'object','required':['kind','position','log'],'properties':{'kind':" STRING ",'position':" COUNT ","
     "'log':{'type':'string','pattern':'^[0-9a-f]{16}$','description':'Name of the event log, as in Event-Log.'}}},"
     "'writer':{'type':['object','null']},'http':" OBJECT ",'kafka':{'type':['object','null'],'properties':{"
     "'inbound':{'type':'object','properties':{'lag':@Lag,'topics':{'type':'array','items':{'type':'object','properties':{'lag':@Lag}}}}}}},"
     "'facts':{'type':'object','required':['parked','deadLetters'],'properties':{'parked':" COUNT ",'deadLetters':" COUNT "},"
     "'description':'Facts of the warehouse: those that wait, dead letters, and how many were applied, early, late, repeated or dead since the start.'},"
     "'settings':" OBJECT "}}"},
    {"Lag",
     "{'type':['integer','null'],'minimum':0,'description':'Records that are not read yet of the partitions that are assigned; null while that is not known.'}"},
    {"Document",
     "{'type':'object','required':['openapi','info','paths'],'properties':{'openapi':{'const':'3.1.0'},'info':" OBJECT ",'paths':" OBJECT "}}"},
    {"MessageDocument",
     "{'type':'object','required':['asyncapi','info','channels'],'properties':{'asyncapi':{'const':'3.0.0'},'info':" OBJECT ",'channels':" OBJECT "}}"},
    {"ProblemMeaning",
     "{'type':'object','required':['code','status','title','meaning','retryAfter'],'properties':{'code':@ProblemCode,"
     "'status':" NUMBER ",'title':" STRING ",'meaning':" STRING ","
     "'retryAfter':{'type':['integer','null'],'description':'Seconds after which to try again.'}}}"},
    {"Problem",
     "{'type':'object','description':'RFC 9457.','required':['type','title','status','detail','code','requestId'],'properties':{"
     "'type':{'type':'string','pattern':'^/problems/[A-Z_]+$'},'title':" STRING ",'status':{'type':'integer','minimum':400,'maximum':599},"
     "'detail':" STRING ",'instance':" STRING ",'code':@ProblemCode,'requestId':" STRING ","
     "'position':{'type':'integer','minimum':0,'description':'The character at which a filter could not be read any more.'},"
     "'errors':" LIST("@Fault") ",'currentStatus':@Status,'version':" NUMBER ",'allowedActions':" LIST("@Command") "}}"},
};

static const struct row headers[] = {
    {"X-Request-ID",
     "{'required':true,'description':'That of the request, or one that was made for it.','schema':{'type':'string','minLength':1,'maxLength':128}}"},
    {"ETag",
     "{'required':true,'description':'The version of the order, and `-late` while it is late.','schema':{'type':'string','pattern':'^\\\"[1-9][0-9]*(-late)?\\\"$'}}"},
    {"Location",
     "{'required':true,'description':'Path of the order.','schema':{'type':'string','pattern':'^/api/v1/orders/ORD-'}}"},
    {"Event-Position",
     "{'required':true,'description':'Newest event the answer knows of; a stream from here misses and repeats nothing.','schema':" COUNT "}"},
    {"Event-Log",
     "{'required':true,'description':'Name of the event log. Positions of another log are no positions of this one.','schema':{'type':'string','pattern':'^[0-9a-f]{16}$'}}"},
    {"Idempotency-Replayed",
     "{'description':'The answer is that of an earlier request with the same key.','schema':{'type':'string','const':'true'}}"},
    {"Retry-After",
     "{'required':true,'description':'Seconds after which to try again.','schema':" NUMBER "}"},
    {"Allow",
     "{'required':true,'description':'The methods of the path.','schema':" STRING "}"},
    {"WWW-Authenticate",
     "{'required':true,'description':'The scheme to use.','schema':{'type':'string','const':'Bearer'}}"},
};

static const struct row parameters[] = {
    {"X-Request-ID",
     "{'name':'X-Request-ID','in':'header','description':'Comes back in the answer when it is 1 to 128 visible characters.','schema':" STRING "}"},
    {"id",
     "{'name':'id','in':'path','required':true,'description':'The order.','schema':@OrderId}"},
    {"status",
     "{'name':'status','in':'path','required':true,'description':'The status.','schema':@Status}"},
    {"customerId",
     "{'name':'customerId','in':'path','required':true,'description':'The customer.',"
     "'schema':{'type':'string','minLength':1,'maxLength':64,'pattern':'^[^\\u0000\\r\\n]*$'}}"},
    {"code",
     "{'name':'code','in':'path','required':true,'description':'The problem.','schema':@ProblemCode}"},
    {"deadLetterId",
     "{'name':'deadLetterId','in':'path','required':true,'description':'The dead letter.','schema':{'type':'string','pattern':'^[1-9][0-9]{0,17}$'}}"},
    {"Idempotency-Key",
     "{'name':'Idempotency-Key','in':'header','description':'Names the request: a repeat within 24 h is answered as the first was, and does nothing. Also in quotes.',"
     "'schema':{'type':'string','pattern':'^([!#-~][!-~]{0,254}|\\\"([!#-\\\\[\\\\]-~]|\\\\\\\\[\\\"\\\\\\\\]){1,255}\\\")$'}}"},
    {"X-Actor",
     "{'name':'X-Actor','in':'header','description':'Who acts, for the event. UTF-8.','schema':{'type':'string','pattern':'^[!-~]([ -~]{0,98}[!-~])?$'}}"},
    {"traceparent",
     "{'name':'traceparent','in':'header','description':'W3C trace context, carried into events when it is valid.','schema':" STRING "}"},
    {"If-Match",
     "{'name':'If-Match','in':'header','description':'Versions the order may have, as entity tags, or `*`.',"
     "'schema':{'type':'string','pattern':'^([*]|(W/)?" TAG "(, ?(W/)?" TAG "){0,7})$'}}"},
    {"If-None-Match",
     "{'name':'If-None-Match','in':'header','description':'Entity tags the client has.','schema':" STRING "}"},
    {"Last-Event-ID",
     "{'name':'Last-Event-ID','in':'header','description':'The position to go on from; beats `after`.','schema':{'type':'string','pattern':'^[0-9]{0,18}$'}}"},
};
/* clang-format on */

void schema_add(struct buf *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'') {
            buf_addc(out, '"');
        } else if (*p == '@') {
            size_t n = 0;
            while (isalnum((unsigned char)p[n + 1]))
                n++;
            buf_addf(out, "{\"$ref\":\"#/components/schemas/%.*s\"}", (int)n, p + 1);
            p += n;
        } else {
            buf_addc(out, *p);
        }
    }
}

static void put_rows(struct buf *out, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_key(out, rows[i].name);
        schema_add(out, rows[i].text);
    }
}

#define PUT(table) put_rows(out, table, sizeof(table) / sizeof(table[0]))

void schema_rows(struct buf *out, enum schema_rows table)
{
    switch (table) {
    case SCHEMA_ROWS_COMPONENTS: PUT(components); break;
    case SCHEMA_ROWS_HEADERS: PUT(headers); break;
    case SCHEMA_ROWS_PARAMETERS: PUT(parameters); break;
    }
}
