/* Query parameters: the table of those a list knows, and how each becomes a term, a sort or a page. */
#ifndef ORDERDECK_SERVICE_READ_PARAMS_H
#define ORDERDECK_SERVICE_READ_PARAMS_H

#include "service/read/query.h"

/* A list request, read from parameters; lives in the job's arena. */
struct list_request {
    struct filter filter;
    struct order_query query;
    enum list_style style;
    bool paged;         /* page, pageSize, offset or a paged route: the answer has page numbers */
    const char *cursor; /* text, NULL when none */
};

/* false: *ret_err and *ret_position as in query.h. count_only refuses sort, limit and paging. */
bool list_request_read(struct list_request *r, const struct param *params, size_t n, enum list_style style,
                       bool count_only, int64_t now, struct arena *a, struct err *ret_err,
                       int64_t *ret_position) __attribute__((warn_unused_result));

/* A whole number in [min, max]; else INVALID_PARAMETER that names it. */
bool param_int(const struct param *p, int64_t min, int64_t max, int64_t *ret, struct err *ret_err)
    __attribute__((warn_unused_result));

const char *order_sort_name(enum order_sort s);

#endif
