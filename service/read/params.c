#include "service/read/params.h"
#include "shared/clock.h"
#include "shared/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARAMS_MAX 64
#define DEPTH_MAX 10000 /* a numbered page begins among so many first rows, and is whole */

/* ---- query string ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decodes text[0..n) in place into a new arena string; NULL: bad escape, NUL or invalid UTF-8. */
static char *decode(const char *text, size_t n, struct arena *a)
{
    char *out = arena_memdup(a, text, n);
    size_t len = 0;
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c == '\0')
            return NULL;
        out[len++] = c;
    }
    out[len] = '\0';
    return utf8_valid(out, len) ? out : NULL;
}

bool params_parse(const char *query, struct arena *a, struct param **ret, size_t *ret_n, struct err *ret_err)
{
    struct param *list = arena_alloc(a, PARAMS_MAX * sizeof *list);
    size_t n = 0;
    *ret = list;
    *ret_n = 0;
    if (list == NULL)
        return err_set(ret_err, ERR_STORAGE_BUSY, "out of memory");
    for (const char *p = query; p != NULL && *p != '\0';) {
        size_t len = strcspn(p, "&"), name = strcspn(p, "=&");
        if (len > 0 && n == PARAMS_MAX)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "more than %d parameters", PARAMS_MAX);
        if (len > 0) {
            list[n].name = decode(p, name, a);
            list[n].value = name < len ? decode(p + name + 1, len - name - 1, a) : "";
            if (list[n].name == NULL || list[n].value == NULL)
                return err_set(ret_err, ERR_INVALID_PARAMETER,
                               "a parameter has a wrong percent escape, a NUL or is not UTF-8");
            n++;
        }
        p += len + (p[len] == '&');
    }
    *ret_n = n;
    return true;
}

bool param_int(const struct param *p, int64_t min, int64_t max, int64_t *ret, struct err *ret_err)
{
    const char *v = p->value;
    size_t n = strspn(v, "0123456789");
    int64_t value = n > 0 && n <= 18 && v[n] == '\0' ? strtoll(v, NULL, 10) : -1;
    if (value < min || value > max)
        return err_set(ret_err, ERR_INVALID_PARAMETER,
                       "parameter '%s' must be a whole number from %lld to %lld", p->name, (long long)min,
                       (long long)max);
    *ret = value;
    return true;
}

/* ---- the list's parameters ---- */

struct reading {
    struct list_request *r;
    struct arena *arena;
    struct err *err;
    int64_t *position;
    int64_t page, page_size, offset; /* -1: not given */
    const char *sort_by, *sort_order;
    unsigned seen; /* bit of each row of the table */
};

static struct filter_value *new_term(struct reading *x, enum filter_field field, size_t n)
{
    struct filter_term *t = filter_add(&x->r->filter, field, n, x->arena);
    if (t == NULL) {
        err_set(x->err, ERR_INVALID_PARAMETER, "too many conditions");
        return NULL;
    }
    t->exact_case = true;
    return t->values;
}

static bool add_text(struct reading *x, enum filter_field field, const struct param *p, size_t max)
{
    size_t n = utf8_length(p->value);
    if (n < 1 || n > max)
        return err_set(x->err, ERR_INVALID_PARAMETER, "parameter '%s' must have 1 to %zu characters", p->name,
                       max);
    struct filter_value *v = new_term(x, field, 1);
    if (v != NULL)
        v->text = p->value;
    return v != NULL;
}

/* status=a,b and status=a&status=b mean the same: one term, or-ed. */
static bool add_words(struct reading *x, enum filter_field field, const struct param *p)
{
    int64_t numbers[FILTER_VALUES];
    size_t n = 0;
    struct filter_term *old = NULL;
    for (size_t i = 0; i < x->r->filter.n_terms; i++)
        if (x->r->filter.terms[i].field == field && x->r->filter.terms[i].exact_case)
            old = &x->r->filter.terms[i];
    for (size_t i = 0; old != NULL && i < old->n_values; i++)
        numbers[n++] = old->values[i].number;
    for (const char *at = p->value;; at++) {
        size_t len = strcspn(at, ",");
        const char *word = arena_memdup(x->arena, at, len);
        enum order_status s = STATUS_COUNT;
        enum order_priority pr = PRIORITY_COUNT;
        bool ok = word != NULL && (field == FILTER_STATUS ? status_find(word, &s) : priority_find(word, &pr));
        if (!ok || n == FILTER_VALUES)
            return err_set(x->err, ERR_INVALID_PARAMETER, "parameter '%s' has the unknown value '%.40s'",
                           p->name, word ? word : "");
        numbers[n++] = field == FILTER_STATUS ? (int64_t)s : (int64_t)pr;
        at += len;
        if (*at == '\0')
            break;
    }
    struct filter_value *values =
        old != NULL ? arena_alloc(x->arena, n * sizeof *values) : new_term(x, field, n);
    if (values == NULL)
        return old == NULL ? false : err_set(x->err, ERR_STORAGE_BUSY, "out of memory");
    if (old != NULL) {
        old->values = values;
        old->n_values = n;
    }
    for (size_t i = 0; i < n; i++)
        values[i].number = numbers[i];
    return true;
}

static bool read_status(struct reading *x, const struct param *p)
{
    return add_words(x, FILTER_STATUS, p);
}
static bool read_priority(struct reading *x, const struct param *p)
{
    return add_words(x, FILTER_PRIORITY, p);
}
static bool read_customer(struct reading *x, const struct param *p)
{
    return add_text(x, FILTER_CUSTOMER, p, 64);
}
static bool read_wave(struct reading *x, const struct param *p)
{
    return add_text(x, FILTER_WAVE, p, 64);
}
static bool read_sku(struct reading *x, const struct param *p)
{
    return add_text(x, FILTER_SKU, p, 64);
}
static bool read_hold(struct reading *x, const struct param *p)
{
    return add_text(x, FILTER_HOLD, p, 64);
}
static bool read_q(struct reading *x, const struct param *p)
{
    if (!add_text(x, FILTER_TEXT, p, 100))
        return false;
    x->r->filter.terms[x->r->filter.n_terms - 1].values[0].prefix = true;
    return true;
}

static bool read_late(struct reading *x, const struct param *p)
{
    bool yes = strcmp(p->value, "true") == 0;
    if (!yes && strcmp(p->value, "false") != 0)
        return err_set(x->err, ERR_INVALID_PARAMETER, "parameter 'late' must be true or false");
    struct filter_value *v = new_term(x, FILTER_LATE, 1);
    if (v != NULL)
        v->number = yes;
    return v != NULL;
}

static bool read_created(struct reading *x, const struct param *p, enum filter_cmp cmp)
{
    int64_t ms;
    if (!clock_parse(p->value, &ms))
        return err_set(x->err, ERR_INVALID_PARAMETER, "parameter '%s' must be an RFC 3339 date-time",
                       p->name);
    struct filter_value *v = new_term(x, FILTER_CREATED, 1);
    if (v == NULL)
        return false;
    v->number = ms;
    x->r->filter.terms[x->r->filter.n_terms - 1].cmp = cmp;
    return true;
}
static bool read_created_from(struct reading *x, const struct param *p)
{
    return read_created(x, p, FILTER_GE);
}
static bool read_created_to(struct reading *x, const struct param *p)
{
    return read_created(x, p, FILTER_LT);
}

static bool read_filter(struct reading *x, const struct param *p)
{
    struct filter_fault fault;
    if (filter_parse(&x->r->filter, p->value, x->arena, &fault))
        return true;
    *x->position = (int64_t)fault.position;
    return err_set(x->err, ERR_INVALID_FILTER, "%s at character %zu", fault.what, fault.position);
}

static const char *const sort_names[SORT_COUNT] = {
    [SORT_CREATED] = "createdAt", [SORT_PROMISED] = "promisedDeliveryAt",
    [SORT_UPDATED] = "updatedAt", [SORT_STATUS_SINCE] = "statusSince",
    [SORT_TOTAL] = "totalAmount", [SORT_CUSTOMER] = "customerId",
};

const char *order_sort_name(enum order_sort s)
{
    return sort_names[s];
}

static bool set_sort(struct reading *x, const struct param *p, const char *name)
{
    for (int s = 0; s < SORT_COUNT; s++)
        if (strcmp(sort_names[s], name) == 0) {
            x->r->query.sort = (enum order_sort)s;
            return true;
        }
    return err_set(x->err, ERR_INVALID_PARAMETER, "parameter '%s' has the unknown value '%.40s'", p->name,
                   p->value);
}

static bool read_sort(struct reading *x, const struct param *p)
{
    x->r->query.descending = p->value[0] == '-';
    return set_sort(x, p, p->value + (p->value[0] == '-'));
}

static bool read_sort_by(struct reading *x, const struct param *p)
{
    x->sort_by = p->value;
    return set_sort(x, p, p->value);
}

static bool read_sort_order(struct reading *x, const struct param *p)
{
    x->sort_order = p->value;
    bool known = strcasecmp(p->value, "asc") == 0 || strcasecmp(p->value, "desc") == 0;
    return known || err_set(x->err, ERR_INVALID_PARAMETER, "parameter 'sortOrder' must be asc or desc");
}

static bool read_limit(struct reading *x, const struct param *p)
{
    int64_t n = 0;
    bool ok = param_int(p, 1, 200, &n, x->err);
    if (ok)
        x->r->query.limit = (int)n;
    return ok;
}
static bool read_page(struct reading *x, const struct param *p)
{
    return param_int(p, 1, DEPTH_MAX, &x->page, x->err);
}
static bool read_page_size(struct reading *x, const struct param *p)
{
    return param_int(p, 1, 200, &x->page_size, x->err);
}
static bool read_offset(struct reading *x, const struct param *p)
{
    return param_int(p, 0, DEPTH_MAX - 1, &x->offset, x->err);
}
static bool read_cursor(struct reading *x, const struct param *p)
{
    x->r->cursor = p->value;
    return true;
}

static const struct list_param {
    const char *name;
    bool (*read)(struct reading *x, const struct param *p);
    bool repeats;
    bool counts; /* known to /orders/count too */
} list_params[] = {
    {"status", read_status, true, true},
    {"customerId", read_customer, false, true},
    {"priority", read_priority, true, true},
    {"waveId", read_wave, false, true},
    {"sku", read_sku, false, true},
    {"createdFrom", read_created_from, false, true},
    {"createdTo", read_created_to, false, true},
    {"late", read_late, false, true},
    {"hold", read_hold, false, true},
    {"q", read_q, false, true},
    {"filter", read_filter, false, true},
    {"sort", read_sort, false, false},
    {"limit", read_limit, false, false},
    {"cursor", read_cursor, false, false},
    {"page", read_page, false, false},
    {"pageSize", read_page_size, false, false},
    {"offset", read_offset, false, false},
    {"sortBy", read_sort_by, false, false},
    {"sortOrder", read_sort_order, false, false},
};

static bool read_one(struct reading *x, const struct param *p, bool count_only)
{
    for (size_t i = 0; i < sizeof list_params / sizeof list_params[0]; i++) {
        const struct list_param *row = &list_params[i];
        if (strcmp(row->name, p->name) != 0 || (count_only && !row->counts))
            continue;
        if ((x->seen & 1u << i) && !row->repeats)
            return err_set(x->err, ERR_INVALID_PARAMETER, "parameter '%s' is given twice", p->name);
        x->seen |= 1u << i;
        return row->read(x, p);
    }
    return err_set(x->err, ERR_INVALID_PARAMETER, "parameter '%.60s' is unknown", p->name);
}

static bool given(const struct reading *x, const char *name)
{
    for (size_t i = 0; i < sizeof list_params / sizeof list_params[0]; i++)
        if (strcmp(list_params[i].name, name) == 0)
            return (x->seen & 1u << i) != 0;
    return false;
}

/* Two ways to say the same: one of them, since they could contradict each other. */
static bool settle_rivals(const struct reading *x)
{
    static const char *const rivals[][2] = {{"sort", "sortBy"}, {"sort", "sortOrder"}, {"limit", "pageSize"}};
    for (size_t i = 0; i < sizeof rivals / sizeof rivals[0]; i++)
        if (given(x, rivals[i][0]) && given(x, rivals[i][1]))
            return err_set(x->err, ERR_INVALID_PARAMETER, "use '%s' or '%s', not both", rivals[i][0],
                           rivals[i][1]);
    return true;
}

/* Page numbers, offsets and cursors are three ways to say the same; one at a time. */
static bool settle_paging(struct reading *x)
{
    struct list_request *r = x->r;
    bool numbered = x->page >= 0 || x->page_size >= 0;
    r->paged = r->style == LIST_PAGED || numbered || x->offset >= 0;
    if ((numbered && x->offset >= 0) || (r->paged && r->cursor != NULL))
        return err_set(x->err, ERR_INVALID_PARAMETER, "use one of cursor, page or offset");
    if (x->page_size >= 0)
        r->query.limit = (int)x->page_size;
    if (x->page >= 0)
        r->query.offset = (x->page - 1) * r->query.limit;
    if (x->offset >= 0)
        r->query.offset = x->offset;
    if (r->query.offset >= DEPTH_MAX)
        return err_set(x->err, ERR_INVALID_PARAMETER,
                       "a page must begin within the first %d orders; use a cursor", DEPTH_MAX);
    if (x->sort_order != NULL)
        r->query.descending = strcasecmp(x->sort_order, "desc") == 0;
    else if (x->sort_by != NULL)
        r->query.descending = false;
    return true;
}

bool list_request_read(struct list_request *r, const struct param *params, size_t n, enum list_style style,
                       bool count_only, int64_t now, struct arena *a, struct err *ret_err,
                       int64_t *ret_position)
{
    struct reading x = {.r = r,
                        .arena = a,
                        .err = ret_err,
                        .position = ret_position,
                        .page = -1,
                        .page_size = -1,
                        .offset = -1};
    memset(r, 0, sizeof *r);
    *ret_position = -1;
    r->style = style;
    r->query = (struct order_query){
        .filter = &r->filter, .sort = SORT_CREATED, .descending = true, .limit = 50, .now = now};
    for (size_t i = 0; i < n; i++)
        if (!read_one(&x, &params[i], count_only))
            return false;
    return settle_rivals(&x) && settle_paging(&x);
}
