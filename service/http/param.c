/* The query parameters of the routes, as data. What they mean is decided by service/read and stream.c. */
#include "service/http/route.h"

#define END                     \
    {                           \
        NULL, NULL, false, NULL \
    }
#define TEXT(least, most) \
    "{'type':'string','minLength':" #least ",'maxLength':" #most ",'pattern':'^[^\\u0000\\r\\n]*$'}"
#define TIME "{'type':'string','format':'date-time'}"
#define WHOLE(least, most) "{'type':'integer','minimum':" #least ",'maximum':" #most "}"
#define WHOLE_DEFAULT(least, most, def) \
    "{'type':'integer','minimum':" #least ",'maximum':" #most ",'default':" #def "}"
#define SORTS "'createdAt','promisedDeliveryAt','updatedAt','statusSince','totalAmount','customerId'"
#define SORTS_DOWN \
    "'-createdAt','-promisedDeliveryAt','-updatedAt','-statusSince','-totalAmount','-customerId'"
#define POSITION WHOLE(0, 999999999999999999)

/* clang-format off */
#define BY_STATUS   {"status", "@Status", true, "Only orders in one of these statuses."}
#define BY_CUSTOMER {"customerId", TEXT(1, 64), false, "Only orders of this customer."}
#define BY_REST \
    {"priority", "@Priority", true, "Only orders of one of these priorities."}, \
    {"waveId", TEXT(1, 64), false, "Only orders of this wave."}, \
    {"sku", TEXT(1, 64), false, "Only orders with a line of this sku."}, \
    {"createdFrom", TIME, false, "Only orders created at this time or later."}, \
    {"createdTo", TIME, false, "Only orders created before this time."}, \
    {"late", "{'type':'boolean'}", false, "Only open orders past their promise, or only the others."}, \
    {"hold", TEXT(1, 64), false, "Only orders with a hold of this type."}, \
    {"q", TEXT(1, 100), false, "Only orders whose id, customer or tracking number begins so."}, \
    {"filter", "{'type':'string','format':'order-filter','maxLength':4000}", false, \
     "A filter expression: terms are ANDed, `-` negates, a comma means or, a trailing `*` is a prefix: " \
     "`status:received,validated -priority:standard age>30m total>=100USD sku:AB* late:yes`."}
#define IN_ORDER \
    {"sort", "{'type':'string','enum':[" SORTS "," SORTS_DOWN "],'default':'-createdAt'}", false, \
     "What to sort by; `-` for descending. Not together with `sortBy` or `sortOrder`."}, \
    {"sortBy", "{'type':'string','enum':[" SORTS "]}", false, "The same in two parameters; ascending unless `sortOrder` says so."}, \
    {"sortOrder", "{'type':'string','enum':['asc','desc']}", false, "See `sortBy`."}, \
    {"limit", WHOLE_DEFAULT(1, 200, 50), false, "Orders per page."}
#define IN_PAGES \
    {"page", WHOLE(1, 10000), false, "Number of the page, which must begin within the first 10 000 orders."}, \
    {"pageSize", WHOLE(1, 200), false, "Orders per page; not together with `limit`."}, \
    {"offset", WHOLE(0, 9999), false, "Orders to leave out, instead of `page`."}
#define AFTER {"after", POSITION, false, "Only events past this position."}
#define UPTO {"upto", WHOLE(1, 999999999999999999), false, "Only events up to this position."}
#define BY_TYPE {"type", "@EventType", true, "Only events of one of these types."}
#define BY_ORDER {"orderId", "@OrderId", false, "Only events of this order."}
#define UP_TO_EVENTS {"limit", WHOLE_DEFAULT(1, 1000, 100), false, "Events per page."}
#define LOG_PARAMS \
    {"after", POSITION, false, "Only lines past this number."}, \
    {"level", "@LogLevel", false, "Only lines of this level and above."}

const struct param_spec params_none[] = {END};
const struct param_spec params_list[] = {
    BY_STATUS, BY_CUSTOMER, BY_REST, IN_ORDER,
    {"cursor", "{'type':'string','format':'cursor','maxLength':512}", false,
     "`nextCursor` of the page before; it belongs to that page's filter and sort."},
    IN_PAGES, END};
const struct param_spec params_page[] = {BY_STATUS, BY_CUSTOMER, BY_REST, IN_ORDER, IN_PAGES, END};
const struct param_spec params_count[] = {BY_STATUS, BY_CUSTOMER, BY_REST, END};
const struct param_spec params_timeline[] = {AFTER, BY_TYPE, UP_TO_EVENTS, END};
const struct param_spec params_events[] = {AFTER, UPTO, BY_TYPE, BY_ORDER, UP_TO_EVENTS, END};
const struct param_spec params_stream[] = {AFTER, BY_TYPE, BY_ORDER, END};
const struct param_spec params_dead[] = {
    {"limit", WHOLE_DEFAULT(1, 200, 50), false, "Dead letters per page, at most: one of 4 MiB is full, too."},
    {"cursor", "{'type':'string','pattern':'^[1-9][0-9]{0,17}$'}", false, "`nextCursor` of the page before."}, END};
const struct param_spec params_replay[] = {
    {"code", "@DeadLetterCode", false, "Only those set aside for this reason."}, END};
const struct param_spec params_logs[] = {LOG_PARAMS, {"limit", WHOLE_DEFAULT(1, 1000, 200), false, "Lines, the newest."}, END};
const struct param_spec params_log_stream[] = {LOG_PARAMS, END};
/* clang-format on */
