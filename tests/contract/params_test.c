/* Query parameters and cursors: each one right and wrong, and pages as the answers write them. */
#include "service/read/cursor.h"
#include "service/read/params.h"
#include "shared/json.h"
#include "tests/support/store_kit.h"

static bool read_list(struct kit *k, const char *query, enum list_style style, bool count_only,
                      struct list_request *r, struct err *e)
{
    struct param *params;
    size_t n;
    int64_t position;
    return params_parse(query, &k->arena, &params, &n, e) &&
           list_request_read(r, params, n, style, count_only, KIT_NOW, &k->arena, e, &position);
}

static struct list_request must_read(struct kit *k, const char *query)
{
    struct list_request r;
    struct err e;
    if (!read_list(k, query, LIST_CURSOR, false, &r, &e))
        fail_msg("'%s': %s", query, e.message);
    return r;
}

static void list__right_parameters__are_read(void **state)
{
    static const char *const queries[] = {
        "",
        "&&",
        "status=received",
        "status=received,packed&status=cancelled",
        "priority=same_day",
        "customerId=C%20%C3%BC",
        "customerId=a+b",
        "waveId=W",
        "sku=S",
        "hold=payment",
        "createdFrom=2026-01-01T00:00:00Z",
        "createdTo=2026-01-01T00:00:00.123%2B01:00",
        "late=true",
        "late=false",
        "q=ORD-",
        "filter=",
        "filter=status:received%20age%3E3m",
        "sort=createdAt",
        "sort=-promisedDeliveryAt",
        "sort=updatedAt",
        "sort=-statusSince",
        "sort=totalAmount",
        "sort=customerId",
        "limit=1",
        "limit=200",
        "cursor=x",
        "page=1",
        "page=200&pageSize=50",
        "pageSize=200",
        "offset=0",
        "page=67&pageSize=150", /* begins within the first 10 000, and is whole */
        "offset=9999&limit=200",
        "sortBy=createdAt",
        "sortOrder=ASC",
        "page=2&limit=20",
        "sortBy=totalAmount&sortOrder=desc",
        "status=received&limit=",
    };
    struct kit *k = *state;
    size_t n = sizeof queries / sizeof queries[0] - 1;
    for (size_t i = 0; i < n; i++)
        (void)must_read(k, queries[i]);
    struct list_request r;
    struct err e;
    assert_false(read_list(k, queries[n], LIST_CURSOR, false, &r, &e));
}

static void list__wrong_parameters__are_refused_by_name(void **state)
{
    static const struct {
        const char *query, *part;
    } rows[] = {
        {"wibble=1", "wibble"},
        {"STATUS=received", "STATUS"},
        {"status=", "status"},
        {"status=received,", "status"},
        {"status=Received", "Received"},
        {"priority=fast", "priority"},
        {"customerId=", "customerId"},
        {"waveId=", "waveId"},
        {"customerId=a&customerId=b", "twice"},
        {"sku=", "sku"},
        {"hold=", "hold"},
        {"createdFrom=yesterday", "createdFrom"},
        {"createdTo=2026-02-31T00:00:00Z", "createdTo"},
        {"late=yes", "late"},
        {"q=", "'q'"},
        {"filter=wibble:1", "wibble"},
        {"filter=a&filter=b", "twice"},
        {"sort=wibble", "sort"},
        {"sort=", "sort"},
        {"sort=--createdAt", "sort"},
        {"sort=createdAt,updatedAt", "sort"},
        {"limit=0", "limit"},
        {"limit=201", "limit"},
        {"limit=-1", "limit"},
        {"limit=1e2", "limit"},
        {"limit=99999999999999999999", "limit"},
        {"limit=+5", "limit"},
        {"page=0", "page"},
        {"page=201&pageSize=50", "10000"},
        {"page=51&pageSize=200", "10000"},
        {"offset=10000", "9999"},
        {"offset=10000&limit=1", "9999"},
        {"sort=createdAt&sortBy=createdAt", "not both"},
        {"sort=-createdAt&sortOrder=asc", "not both"},
        {"limit=5&pageSize=5", "not both"},
        {"page=1&offset=0", "one of"},
        {"cursor=x&page=1", "one of"},
        {"cursor=x&offset=1", "one of"},
        {"sortBy=wibble", "sortBy"},
        {"sortOrder=up", "sortOrder"},
        {"q=%", "percent"},
        {"q=%0", "percent"},
        {"q=%zz", "percent"},
        {"q=a%00b", "NUL"},
        {"q=%C3", "UTF-8"},
        {"q=%ED%A0%80", "UTF-8"},
        {"%ff=1", "UTF-8"},
    };
    struct kit *k = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct list_request r;
        struct err e;
        if (read_list(k, rows[i].query, LIST_CURSOR, false, &r, &e))
            fail_msg("'%s' is taken", rows[i].query);
        assert_in_range(e.code, ERR_INVALID_PARAMETER, ERR_INVALID_FILTER);
        if (strstr(e.message, rows[i].part) == NULL)
            fail_msg("'%s': %s", rows[i].query, e.message);
    }
}

static void list__parameters__mean_what_they_say(void **state)
{
    struct kit *k = *state;
    struct list_request r =
        must_read(k, "status=received&status=packed,shipped&customerId=C&sort=-totalAmount&limit=7");
    assert_int_equal(r.filter.n_terms, 2); /* what repeats is one term */
    assert_int_equal(r.filter.terms[0].n_values, 3);
    assert_int_equal(r.filter.terms[0].values[2].number, STATUS_SHIPPED);
    assert_true(r.filter.terms[1].exact_case);
    assert_int_equal(r.query.sort, SORT_TOTAL);
    assert_true(r.query.descending);
    assert_int_equal(r.query.limit, 7);
    assert_false(r.paged);
    r = must_read(k, "");
    assert_int_equal(r.query.sort, SORT_CREATED);
    assert_true(r.query.descending);
    assert_int_equal(r.query.limit, 50);
    r = must_read(k, "page=3&pageSize=20&sortBy=customerId");
    assert_true(r.paged);
    assert_int_equal(r.query.offset, 40);
    assert_false(r.query.descending);
    r = must_read(k, "customerId=a%2Bb+c%26");
    assert_string_equal(r.filter.terms[0].values[0].text, "a+b c&");
}

static void list__64_parameters_and_no_more(void **state)
{
    struct kit *k = *state;
    char query[2000] = "";
    struct param *params;
    size_t n;
    struct err e;
    for (int i = 0; i < 64; i++)
        strcat(query, "a=b&");
    assert_true(params_parse(query, &k->arena, &params, &n, &e));
    assert_int_equal(n, 64);
    strcat(query, "a=b");
    assert_false(params_parse(query, &k->arena, &params, &n, &e));
}

static void count__knows_no_sort_and_no_pages(void **state)
{
    static const char *const refused[] = {"sort=createdAt", "limit=5",  "cursor=x",         "page=1",
                                          "pageSize=1",     "offset=0", "sortBy=createdAt", "sortOrder=asc"};
    struct kit *k = *state;
    struct list_request r;
    struct err e;
    assert_true(read_list(k, "status=received&q=a&late=true", LIST_CURSOR, true, &r, &e));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(read_list(k, refused[i], LIST_CURSOR, true, &r, &e));
}

static void filter__fault__has_its_position(void **state)
{
    struct kit *k = *state;
    const struct param p = {.name = "filter", .value = "späte status:wibble"};
    struct list_request r;
    struct err e;
    int64_t position;
    assert_false(list_request_read(&r, &p, 1, LIST_CURSOR, false, KIT_NOW, &k->arena, &e, &position));
    assert_int_equal(e.code, ERR_INVALID_FILTER);
    assert_int_equal(position, 13); /* code points */
}

static void events__parameters__right_and_wrong(void **state)
{
    static const struct {
        const char *query;
        bool order_too, ok;
    } rows[] = {
        {"", false, true},
        {"after=0", false, true},
        {"after=999999999999999999&limit=1000", false, true},
        {"type=wms.order.received,wms.order.packed&type=wms.order.shipped", false, true},
        {"orderId=ORD-01ARZ3NDEKTSV4RRFFQ69G5FAV", true, true},
        {"orderId=ORD-01ARZ3NDEKTSV4RRFFQ69G5FAV", false, false},
        {"orderId=7", true, false},
        {"after=-1", false, false},
        {"after=x", false, false},
        {"limit=0", false, false},
        {"limit=1001", false, false},
        {"type=", false, false},
        {"type=wms.order.lost", false, false},
        {"after=1&after=2", false, false},
        {"status=received", false, false},
    };
    struct kit *k = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct param *params;
        size_t n;
        struct err e;
        struct event_query q;
        assert_true(params_parse(rows[i].query, &k->arena, &params, &n, &e));
        if (event_query_read(&q, params, n, rows[i].order_too, &k->arena, &e) != rows[i].ok)
            fail_msg("'%s'", rows[i].query);
    }
}

/* ---- cursors ---- */

static void cursor__any_value__comes_back(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 200; i++) {
        struct order_cursor c = {
            .set = true, .rank = (int64_t)kit_draw(k, UINT32_MAX) << 20, .number = -(int64_t)kit_draw(k, 99)};
        struct order_cursor back;
        char text[CURSOR_TEXT_MAX];
        memset(c.text, 'x', kit_draw(k, sizeof c.text));
        cursor_format(&c, 42, text);
        assert_true(cursor_parse(text, 42, &back));
        assert_true(back.set && back.rank == c.rank && back.number == c.number);
        assert_string_equal(back.text, c.text);
        assert_false(cursor_parse(text, 43, &back));
        text[kit_draw(k, strlen(text))] = '!';
        assert_false(cursor_parse(text, 42, &back));
    }
    struct order_cursor back;
    char text[3 * CURSOR_TEXT_MAX];
    memset(text, 'A', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(cursor_parse(text, 0, &back));
    text[CURSOR_TEXT_MAX - 1] = '\0';
    assert_false(cursor_parse(text, 0, &back));
    assert_false(cursor_parse("", 0, &back));
}

static void cursor__of_another_filter_or_sort__is_another(void **state)
{
    static const char *const queries[] = {"",
                                          "status=received",
                                          "status=packed",
                                          "-",
                                          "sort=createdAt",
                                          "sort=updatedAt",
                                          "customerId=a",
                                          "customerId=ab",
                                          "waveId=a",
                                          "filter=customer:a",
                                          "filter=customer:a*",
                                          "filter=-customer:a",
                                          "filter=total%3E1USD",
                                          "filter=total%3E1EUR",
                                          "filter=total%3C1USD",
                                          "late=true",
                                          "late=false"};
    struct kit *k = *state;
    size_t n = sizeof queries / sizeof queries[0];
    uint64_t prints[20];
    for (size_t i = 0; i < n; i++) {
        struct list_request *r = arena_alloc(&k->arena, sizeof *r);
        *r = must_read(k, strcmp(queries[i], "-") == 0 ? "sort=-updatedAt" : queries[i]);
        r->query.filter = &r->filter;
        prints[i] = cursor_fingerprint(&r->query);
        assert_true(prints[i] == cursor_fingerprint(&r->query));
        for (size_t j = 0; j < i; j++)
            if (prints[i] == prints[j])
                fail_msg("'%s' and '%s'", queries[i], queries[j]);
    }
}

/* ---- whole answers ---- */

static struct json_doc *run(struct kit *k, const char *query, enum list_style style)
{
    struct read_job j = {0};
    struct param *params;
    struct json_fault fault;
    struct err e;
    size_t n;
    int64_t position;
    arena_init(&j.arena, 16 << 20);
    assert_true(params_parse(query, &j.arena, &params, &n, &e));
    if (!query_list(&j, params, n, style, KIT_NOW, &e, &position))
        fail_msg("%s", e.message);
    kit_begin(k);
    assert_true(j.run(&j, k->reader, &e));
    kit_end(k);
    struct json_doc *doc = json_parse(j.body.data, j.body.len, &fault);
    assert_non_null(doc);
    buf_release(&j.body);
    arena_release(&j.arena);
    return doc;
}

static void query__walked_by_its_cursors__meets_every_order_once(void **state)
{
    struct kit *k = *state;
    char query[700] = "limit=4&sort=customerId";
    size_t seen = 0;
    for (int i = 0; i < 11; i++)
        kit_do(k, kit_create(KIT_BODY));
    for (bool more = true; more;) {
        struct json_doc *doc = run(k, query, LIST_CURSOR);
        const char *next = json_string(json_get(json_root(doc), "nextCursor"));
        seen += json_size(json_get(json_root(doc), "data"));
        more = next != NULL;
        snprintf(query, sizeof query, "limit=4&sort=customerId&cursor=%s", more ? next : "");
        json_free(doc);
    }
    assert_int_equal(seen, 11);
}

static int64_t member(const struct json_doc *doc, const char *name)
{
    int64_t n;
    assert_true(json_int(doc, json_get(json_root(doc), name), &n));
    return n;
}

static void query__by_pages__says_how_many_there_are(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 11; i++)
        kit_do(k, kit_create(KIT_BODY));
    struct json_doc *doc = run(k, "page=3&pageSize=4", LIST_CURSOR);
    assert_int_equal(json_size(json_get(json_root(doc), "data")), 3);
    assert_int_equal(member(doc, "page"), 3);
    assert_int_equal(member(doc, "pageSize"), 4);
    assert_int_equal(member(doc, "totalItems"), 11);
    assert_int_equal(member(doc, "totalPages"), 3);
    json_free(doc);
    doc = run(k, "status=packed", LIST_PAGED);
    assert_int_equal(member(doc, "page"), 1);
    assert_int_equal(member(doc, "totalItems"), 0);
    assert_int_equal(member(doc, "totalPages"), 0);
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FOLDER_TEST(list__right_parameters__are_read),
        KIT_FOLDER_TEST(list__wrong_parameters__are_refused_by_name),
        KIT_FOLDER_TEST(list__parameters__mean_what_they_say),
        KIT_FOLDER_TEST(list__64_parameters_and_no_more),
        KIT_FOLDER_TEST(count__knows_no_sort_and_no_pages),
        KIT_FOLDER_TEST(filter__fault__has_its_position),
        KIT_FOLDER_TEST(events__parameters__right_and_wrong),
        KIT_FOLDER_TEST(cursor__any_value__comes_back),
        KIT_FOLDER_TEST(cursor__of_another_filter_or_sort__is_another),
        KIT_TEST(query__walked_by_its_cursors__meets_every_order_once),
        KIT_TEST(query__by_pages__says_how_many_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
