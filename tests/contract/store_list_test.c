/* Lists and counts of every store against a naive filter and sort of the same orders. */
#include "shared/fold.h"
#include "shared/json.h"
#include "tests/support/store_kit.h"

#include <strings.h>

#define ORDERS 110
#define HOUR INT64_C(3600000)
#define LIST_NOW (KIT_NOW + 30 * HOUR)

/* ---- the orders ---- */

static const char *const customers[] = {"CUST-1", "CUST-10", "cust-1", "CUST-2", "Ann_a",
                                        "AnnXa",  "Zoë",     "50%off", "ZOË",    "ζωή ς"};
static const char *const waves[] = {"WAVE-1", "WAVE-2", "wave-1", "W%"};
static const char *const skus[] = {"AB-1", "AB-2", "ab-1", "XY", "A_1", "ÄB"};
static const char *const holds[] = {"payment", "Payment", "fraud", "Überprüfung"};

#define PICK(k, list) ((list)[kit_draw(k, sizeof(list) / sizeof((list)[0]))])

static struct kit_unit *random_order(struct kit *k)
{
    static const char *const priorities[] = {"standard", "next_day", "same_day"};
    static const char *const currencies[] = {"USD", "EUR", "JPY"};
    char body[900], promise[CLOCK_TEXT_LEN + 1];
    const char *currency = PICK(k, currencies);
    clock_format(KIT_NOW + (16 + (int64_t)kit_draw(k, 5) * 10) * HOUR, promise);
    int n = snprintf(
        body, sizeof body,
        "{\"customerId\":\"%s\",\"priority\":\"%s\",\"promisedDeliveryAt\":\"%s\",\"shippingAddress\":%s,"
        "\"items\":[",
        PICK(k, customers), PICK(k, priorities), promise, KIT_ADDRESS);
    for (uint64_t i = 0, lines = 1 + kit_draw(k, 3); i < lines; i++)
        n += snprintf(body + n, sizeof body - (size_t)n,
                      "%s{\"sku\":\"%s\",\"quantity\":%d,\"price\":{\"amount\":%d,\"currency\":\"%s\"}}",
                      i ? "," : "", PICK(k, skus), (int)kit_draw(k, 3) + 1, (int)kit_draw(k, 3) * 50,
                      currency);
    snprintf(body + n, sizeof body - (size_t)n, "]}");
    return kit_create(body);
}

static void move_on(struct kit *k, struct ulid id)
{
    static const enum order_command path[] = {
        COMMAND_VALIDATE,    COMMAND_ASSIGN_WAVE, COMMAND_START_PICKING, COMMAND_MARK_CONSOLIDATED,
        COMMAND_MARK_PACKED, COMMAND_SHIP,        COMMAND_COMPLETE};
    uint64_t steps = kit_draw(k, 8);
    for (uint64_t i = 0; i < steps; i++) {
        struct kit_unit *u = kit_command(path[i], id);
        if (path[i] == COMMAND_ASSIGN_WAVE)
            u->command.wave_id = PICK(k, waves);
        if (path[i] == COMMAND_SHIP)
            u->command.tracking_number = kit_draw(k, 2) ? "1Z999" : "1z_55";
        kit_do(k, u);
    }
    if (steps < 6 && kit_draw(k, 6) == 0)
        kit_do(k, kit_command(COMMAND_CANCEL, id));
    else if (steps < 7 && kit_draw(k, 4) == 0) {
        struct kit_unit *u = kit_command(COMMAND_HOLD, id);
        u->command.hold_type = PICK(k, holds);
        kit_do(k, u);
    }
}

static struct order *fill(struct kit *k)
{
    struct ulid ids[ORDERS];
    int64_t now = KIT_NOW;
    for (size_t i = 0; i < ORDERS; i++) {
        now += (int64_t)kit_draw(k, 3) * HOUR / 20;
        clock_freeze(now);
        ids[i] = kit_do(k, random_order(k));
    }
    for (size_t i = 0; i < ORDERS; i++) {
        clock_freeze(now + (int64_t)kit_draw(k, 4) * HOUR);
        move_on(k, ids[i]);
    }
    struct order *all = arena_alloc(&k->arena, ORDERS * sizeof *all);
    for (size_t i = 0; i < ORDERS; i++)
        all[i] = kit_must_get(k, ids[i]);
    return all;
}

/* ---- the naive filter ---- */

static bool text_is(const char *stored, const struct filter_term *t, const struct filter_value *v)
{
    if (stored == NULL)
        return false;
    if (t->exact_case && !v->prefix)
        return strcmp(stored, v->text) == 0;
    return fold_same(stored, v->text, v->prefix);
}

static bool has_sku(const struct order *o, const struct filter_term *t, const struct filter_value *v)
{
    struct json_fault fault;
    struct json_doc *doc = json_parse(o->doc, o->doc_len, &fault);
    bool found = false;
    assert_non_null(doc);
    for (const struct json *i = json_first(json_get(json_root(doc), "items")); i != NULL; i = json_next(i))
        found = found || text_is(json_string(json_get(i, "sku")), t, v);
    json_free(doc);
    return found;
}

static bool has_hold(const struct order *o, const struct filter_term *t, const struct filter_value *v)
{
    for (size_t i = 0; i < o->n_holds; i++)
        if (text_is(o->holds[i].type, t, v))
            return true;
    return false;
}

static bool compares(int64_t a, enum filter_cmp cmp, int64_t b)
{
    switch (cmp) {
    case FILTER_IS: return a == b;
    case FILTER_LT: return a < b;
    case FILTER_LE: return a <= b;
    case FILTER_GT: return a > b;
    case FILTER_GE: return a >= b;
    }
    return false;
}

static bool begins_id(const struct order *o, const char *text)
{
    char id[ORDER_ID_LEN + 1];
    ulid_format_order(o->id, id);
    return strncasecmp(id, text, strlen(text)) == 0 || strncasecmp(id + 4, text, strlen(text)) == 0;
}

static bool value_is(const struct order *o, const struct filter_term *t, const struct filter_value *v)
{
    switch (t->field) {
    case FILTER_STATUS: return (int64_t)o->status == v->number;
    case FILTER_PRIORITY: return (int64_t)o->priority == v->number;
    case FILTER_CUSTOMER: return text_is(o->customer_id, t, v);
    case FILTER_SKU: return has_sku(o, t, v);
    case FILTER_WAVE: return text_is(o->wave_id, t, v);
    case FILTER_HOLD: return has_hold(o, t, v);
    case FILTER_LATE: return order_is_late(o, LIST_NOW) == (v->number != 0);
    case FILTER_AGE: return compares(LIST_NOW - o->status_since, t->cmp, v->number);
    case FILTER_TOTAL: return o->total.currency == v->currency && compares(o->total.minor, t->cmp, v->number);
    case FILTER_CREATED: return compares(o->created_at, t->cmp, v->number);
    case FILTER_TEXT:
        return begins_id(o, v->text) || text_is(o->customer_id, t, v) || text_is(o->tracking_number, t, v);
    case FILTER_FIELDS: break;
    }
    return false;
}

static bool matches(const struct order *o, const struct filter *f)
{
    for (size_t i = 0; i < f->n_terms; i++) {
        const struct filter_term *t = &f->terms[i];
        bool any = false;
        for (size_t k = 0; k < t->n_values; k++)
            any = any || value_is(o, t, &t->values[k]);
        if (any == t->negated)
            return false;
    }
    return true;
}

/* ---- the naive sort ---- */

static const struct order_query *sorting;

static int three_way(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_sort(const void *pa, const void *pb)
{
    const struct order *a = *(const struct order *const *)pa, *b = *(const struct order *const *)pb;
    int c = 0;
    switch (sorting->sort) {
    case SORT_PROMISED: c = three_way(a->promised_at, b->promised_at); break;
    case SORT_UPDATED: c = three_way(a->updated_at, b->updated_at); break;
    case SORT_STATUS_SINCE: c = three_way(a->status_since, b->status_since); break;
    case SORT_TOTAL:
        c = strcmp(a->total.currency->code, b->total.currency->code);
        c = c != 0 ? c : three_way(a->total.minor, b->total.minor);
        break;
    case SORT_CUSTOMER: c = strcmp(a->customer_id, b->customer_id); break;
    case SORT_CREATED:
    case SORT_COUNT: break;
    }
    c = c != 0 ? c : three_way(ulid_rank(a->id), ulid_rank(b->id));
    return sorting->descending ? -c : c;
}

static size_t expected(const struct order *all, const struct order_query *q, const struct order *ret[ORDERS])
{
    size_t n = 0;
    for (size_t i = 0; i < ORDERS; i++)
        if (matches(&all[i], q->filter))
            ret[n++] = &all[i];
    sorting = q;
    qsort(ret, n, sizeof ret[0], by_sort);
    return n;
}

/* ---- the comparison ---- */

static struct order_page list(struct kit *k, const struct order_query *q)
{
    struct order_page page;
    struct err e;
    kit_begin(k);
    if (!k->reader->ops->list(k->reader, q, &k->arena, &page, &e))
        fail_msg("%s", e.message);
    kit_end(k);
    return page;
}

/* Walks all pages with cursors and by offset, and counts; each must be what the naive way says. */
static void compare(struct kit *k, const struct order *all, struct order_query q)
{
    const struct order *want[ORDERS];
    size_t n = expected(all, &q, want), seen = 0;
    struct order_page page;
    do {
        page = list(k, &q);
        assert_true(page.n <= (size_t)q.limit && seen + page.n <= n);
        for (size_t i = 0; i < page.n; i++)
            assert_true(ulid_equal(page.orders[i].id, want[seen++]->id));
        assert_true(!page.more || page.n == (size_t)q.limit);
        q.cursor = page.next;
    } while (page.more);
    assert_int_equal(seen, n);

    q.cursor.set = false;
    q.offset = (int64_t)kit_draw(k, n + 2);
    page = list(k, &q);
    for (size_t i = 0; i < page.n; i++)
        assert_true(ulid_equal(page.orders[i].id, want[(size_t)q.offset + i]->id));
    assert_int_equal(page.more, (int64_t)n > q.offset + q.limit);

    int64_t counted;
    struct err e;
    kit_begin(k);
    assert_true(k->reader->ops->count(k->reader, &q, INT64_MAX, &counted, &e));
    assert_int_equal(counted, n);
    assert_true(k->reader->ops->count(k->reader, &q, 7, &counted, &e));
    assert_int_equal(counted, n < 7 ? n : 7);
    kit_end(k);
}

static void compare_all_sorts(struct kit *k, const struct order *all, const struct filter *f)
{
    for (int i = 0; i < 2 * SORT_COUNT; i++) {
        if (kit_current != &kit_backends[0] && kit_draw(k, 6) != 0)
            continue; /* a decorator: a sample will do */
        compare(k, all,
                (struct order_query){.filter = f,
                                     .sort = (enum order_sort)(i / 2),
                                     .descending = i % 2 == 1,
                                     .limit = 3 + (int)kit_draw(k, 60),
                                     .now = LIST_NOW});
    }
}

/* ---- filters: as typed, and as plain parameters make them ---- */

static void parse(struct filter *f, const char *text, struct arena *a)
{
    struct filter_fault fault;
    if (!filter_parse(f, text, a, &fault))
        fail_msg("%s in '%s'", fault.what, text);
}

static void add_number(struct filter *f, enum filter_field field, enum filter_cmp cmp, int64_t n,
                       struct arena *a)
{
    struct filter_term *t = filter_add(f, field, 1, a);
    assert_non_null(t);
    t->cmp = cmp;
    t->exact_case = true;
    t->values[0].number = n;
}

static void add_text(struct filter *f, enum filter_field field, const char *text, bool prefix,
                     struct arena *a)
{
    struct filter_term *t = filter_add(f, field, 1, a);
    assert_non_null(t);
    t->exact_case = true;
    t->values[0].text = text;
    t->values[0].prefix = prefix;
}

static void list__typed_filters__are_as_the_naive_way(void **state)
{
    static const char *const texts[] = {
        "",
        "status:received",
        "status:received,packed,cancelled",
        "-status:received",
        "status:completed,cancelled",
        "-status:completed,cancelled",
        "status:received -status:received",
        "priority:same_day",
        "-priority:standard",
        "status:validated priority:next_day,standard",
        "customer:CUST-1",
        "customer:cust-1*",
        "customer:Ann_a",
        "-customer:CUST-1*",
        "customer:\"50%off\"",
        "customer:50%*",
        "customer:Zoë",
        "customer:zoë",
        "customer:ZOË*",
        "customer:ΖΩΉ*",
        "customer:\"ζΩή Σ\"",
        "-customer:zO*",
        "ζω",
        "zoË",
        "sku:äb",
        "hold:üBER*",
        "sku:AB-1",
        "sku:AB*",
        "-sku:ab-1",
        "sku:A_1,XY",
        "wave:WAVE-1",
        "wave:W%",
        "-wave:WAVE-1",
        "wave:w*",
        "-wave:w*",
        "hold:payment",
        "hold:*",
        "-hold:*",
        "-hold:fraud",
        "late:yes",
        "late:no",
        "-late:yes",
        "age>2h",
        "age<=31h",
        "age>=30000d",
        "total>=100USD",
        "total<50EUR",
        "total:100JPY",
        "-total>0USD",
        "1Z",
        "1z_",
        "ORD-0",
        "ord-",
        "OR",
        "-ord",
        "cust-1",
        "Zo",
        "-\"1Z999\"",
        "status:shipped 1Z",
        "late:yes status:received",
        "late:yes -priority:same_day customer:CUST-1*",
        "late:yes age>1h total>50USD -sku:XY",
        "customer:CUST-1* status:received,validated wave:W*",
        "status:received,validated,wave_assigned,picking,consolidated,packed,shipped",
        "-status:received,validated,wave_assigned,picking,consolidated,packed,shipped,completed,cancelled",
    };
    struct kit *k = *state;
    const struct order *all = fill(k);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct filter f = {0};
        parse(&f, texts[i], &k->arena);
        compare_all_sorts(k, all, &f);
    }
}

static void list__plain_parameters__are_as_the_naive_way(void **state)
{
    struct kit *k = *state;
    const struct order *all = fill(k);
    for (int round = 0; round < 40; round++) {
        struct filter f = {0};
        if (kit_draw(k, 3) == 0)
            add_number(&f, FILTER_STATUS, FILTER_IS, (int64_t)kit_draw(k, STATUS_COUNT), &k->arena);
        if (kit_draw(k, 4) == 0)
            add_number(&f, FILTER_PRIORITY, FILTER_IS, (int64_t)kit_draw(k, PRIORITY_COUNT), &k->arena);
        if (kit_draw(k, 3) == 0)
            add_text(&f, FILTER_CUSTOMER, PICK(k, customers), kit_draw(k, 4) == 0, &k->arena);
        if (kit_draw(k, 4) == 0)
            add_text(&f, FILTER_WAVE, PICK(k, waves), kit_draw(k, 4) == 0, &k->arena);
        if (kit_draw(k, 6) == 0)
            add_text(&f, FILTER_SKU, PICK(k, skus), false, &k->arena);
        if (kit_draw(k, 6) == 0)
            add_text(&f, FILTER_HOLD, PICK(k, holds), false, &k->arena);
        if (kit_draw(k, 4) == 0)
            add_number(&f, FILTER_LATE, FILTER_IS, (int64_t)kit_draw(k, 2), &k->arena);
        if (kit_draw(k, 4) == 0)
            add_number(&f, FILTER_CREATED, FILTER_GE, all[kit_draw(k, ORDERS)].created_at, &k->arena);
        if (kit_draw(k, 4) == 0)
            add_number(&f, FILTER_CREATED, FILTER_LT, all[kit_draw(k, ORDERS)].created_at, &k->arena);
        compare_all_sorts(k, all, &f);
    }
}

static void list__beginnings_of_ids__find_their_orders(void **state)
{
    struct kit *k = *state;
    const struct order *all = fill(k);
    for (int round = 0; round < 120; round++) {
        struct filter f = {0};
        char id[ORDER_ID_LEN + 1];
        ulid_format_order(all[kit_draw(k, ORDERS)].id, id);
        if (kit_draw(k, 5) == 0)
            id[4 + kit_draw(k, ULID_LEN)] = "0Z7GTV"[kit_draw(k, 6)];
        for (char *p = id; kit_draw(k, 2) == 0 && *p != '\0'; p++)
            *p |= *p >= 'A' && *p <= 'Z' ? 0x20 : 0;
        id[4 + 1 + kit_draw(k, ULID_LEN)] = '\0';
        add_text(&f, FILTER_TEXT, kit_draw(k, 2) ? id : id + 4, true, &k->arena);
        f.terms[0].negated = kit_draw(k, 8) == 0;
        compare(k, all, (struct order_query){.filter = &f, .limit = 50, .descending = true, .now = LIST_NOW});
    }
}

/* Every term the grammar has room for must still be answered. */
static void list__as_many_values_as_a_filter_holds__is_answered(void **state)
{
    struct kit *k = *state;
    const struct order *all = fill(k);
    struct filter f = {0};
    parse(&f, "-status:cancelled", &k->arena);
    for (int t = 0; t < 3; t++) {
        struct filter_term *term = filter_add(&f, FILTER_CUSTOMER, FILTER_VALUES, &k->arena);
        for (size_t i = 0; i < FILTER_VALUES; i++)
            term->values[i].text = i == 7 ? "CUST-1" : "nobody";
    }
    compare_all_sorts(k, all, &f);
}

/* A page is of one moment; what is created meanwhile neither shifts nor doubles rows of a walk by cursor. */
static void list__orders_arrive_during_a_walk__none_is_doubled_or_left_out(void **state)
{
    struct kit *k = *state;
    struct filter f = {0};
    struct order_query q = {
        .filter = &f, .sort = SORT_CREATED, .descending = true, .limit = 3, .now = LIST_NOW};
    struct order_page page;
    struct ulid first[20];
    size_t seen = 0;
    for (size_t i = 0; i < 20; i++)
        first[i] = kit_do(k, kit_create(KIT_BODY));
    do {
        page = list(k, &q);
        for (size_t i = 0; i < page.n; i++, seen++)
            assert_true(ulid_equal(page.orders[i].id, first[19 - seen]));
        q.cursor = page.next;
        kit_do(k, kit_create(KIT_BODY));
    } while (page.more);
    assert_int_equal(seen, 20);
}

static void list__empty_store__is_an_empty_page(void **state)
{
    struct kit *k = *state;
    struct filter f = {0};
    for (int sort = 0; sort < SORT_COUNT; sort++) {
        struct order_query q = {.filter = &f, .sort = (enum order_sort)sort, .limit = 200};
        struct order_page page = list(k, &q);
        assert_int_equal(page.n, 0);
        assert_false(page.more);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(list__typed_filters__are_as_the_naive_way),
        KIT_TEST(list__plain_parameters__are_as_the_naive_way),
        KIT_TEST(list__beginnings_of_ids__find_their_orders),
        KIT_TEST(list__as_many_values_as_a_filter_holds__is_answered),
        KIT_TEST(list__orders_arrive_during_a_walk__none_is_doubled_or_left_out),
        KIT_TEST(list__empty_store__is_an_empty_page),
    };
    int failed = 0;
    for (size_t i = 0; i < kit_n_backends; i++) {
        kit_current = &kit_backends[i];
        failed += cmocka_run_group_tests_name(kit_current->name, tests, NULL, NULL);
    }
    return failed;
}
