/* The window of orders: reading on and back, selection, and holding still. */
#include "shared/clock.h"
#include "tui/feed.h"
#include "tui/list.h"
#include "tui/message.h"
#include "tui/stats.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A store of orders numbered downwards from `newest`: the list brings them newest first. */
static int newest, pages;
static struct list list;
static bool skipped[10000];

/* ---- memory, of which there may be none */

static bool no_memory;

char *strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = no_memory ? NULL : malloc(n);

    return copy ? memcpy(copy, text, n) : NULL;
}

void *realloc(void *old, size_t n)
{
    static void *(*real)(void *old, size_t n);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "realloc");
    return no_memory ? NULL : real(old, n);
}

/* ---- the service */

static struct json_doc *parse(struct buf *b)
{
    struct json_fault fault;
    struct json_doc *doc = json_parse(b->data, b->len, &fault);

    assert_non_null(doc);
    buf_release(b);
    return doc;
}

static int number_in(const char *query, const char *name, int otherwise)
{
    const char *at = strstr(query, name);

    return at ? (int)strtol(at + strlen(name), NULL, 10) : otherwise;
}

/* Answers the list's present question; true when it is complete. */
static bool answer_once(bool held)
{
    struct buf q = BUF_INIT(2000), b = BUF_INIT(1 << 20);
    struct json_doc *doc;
    int at, limit, n = 0;
    bool done, up;
    char created[CLOCK_TEXT_LEN + 1];

    list_query(&list, &q);
    assert_false(q.failed);
    limit = number_in(q.data, "limit=", 0);
    up = strstr(q.data, "&sort=createdAt") != NULL;
    at = number_in(q.data, "&cursor=c", up ? 1 : newest);
    assert_in_range(limit, 1, LIST_PAGE);
    pages++;
    buf_release(&q);
    buf_adds(&b, "{\"data\":[");
    for (; at > 0 && at <= newest && n < limit; at += up ? 1 : -1) {
        if (skipped[at])
            continue;
        clock_format(at * INT64_C(1000), created);
        buf_addf(
            &b,
            "%s{\"orderId\":\"ORD-%04d\",\"createdAt\":\"%s\",\"customerId\":\"C\",\"status\":\"received\",\"version\":%d,"
            "\"totalItems\":1,\"totalAmount\":{\"amount\":1.50,\"currency\":\"USD\"},\"allowedActions\":[\"cancel\"]}",
            n++ ? "," : "", at, created, newest);
    }
    if (at > 0 && at <= newest)
        buf_addf(&b, "],\"nextCursor\":\"c%d\"}", at);
    else
        buf_adds(&b, "],\"nextCursor\":null}");
    doc = parse(&b);
    done = list_take(&list, doc, held);
    json_free(doc);
    return done;
}

static void answer(bool held)
{
    while (!answer_once(held))
        continue;
}

static void refresh(bool held)
{
    assert_true(list_fetch(&list));
    answer(held);
}

static int setup(void **state)
{
    (void)state;
    list_init(&list);
    memset(skipped, 0, sizeof(skipped));
    newest = 1000;
    list_resize(&list, 20);
    refresh(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    list_release(&list);
    return 0;
}

static void read_ahead(void)
{
    while ((list_near_end(&list) && list_fetch_more(&list)) ||
           (list_near_start(&list) && list_fetch_back(&list)))
        answer(true);
}

static void first_answer__selects_the_first_row(void **state)
{
    (void)state;
    assert_string_equal(list.selected, "ORD-1000");
    assert_int_equal(list.now.n, 20 + LIST_MARGIN);
    assert_true(list_at_top(&list));
    assert_int_equal(list.current.total.minor, 150);
    assert_true(order_allows(&list.current, COMMAND_CANCEL));
    assert_false(order_allows(&list.current, COMMAND_VALIDATE));
}

static void new_orders__push_the_selection_down(void **state)
{
    (void)state;
    newest += 3;
    refresh(false);
    assert_string_equal(list.selected, "ORD-1000");
    assert_int_equal(list_find(&list, list.selected), 3);
    assert_int_equal(list.top, 0);
    assert_true(list_selected_visible(&list));
    newest += 30;
    refresh(false);
    assert_false(list_selected_visible(&list));
    list_move(&list, 1); /* out of sight: comes back to a row on screen */
    assert_true(list_selected_visible(&list));
}

static void held__new_orders_wait_and_rows_keep_their_places(void **state)
{
    (void)state;
    list_move(&list, 5);
    newest += 2;
    refresh(true);
    assert_int_equal(list.fresh, 2);
    assert_string_equal(list.now.rows[0].id, "ORD-1000");
    assert_int_equal(list.now.rows[0].version, newest); /* but what they say is new */
    assert_int_equal(list_find(&list, list.selected), 5);
    list_settle(&list);
    assert_int_equal(list.fresh, 0);
    assert_string_equal(list.now.rows[0].id, "ORD-1002");
    assert_int_equal(list_find(&list, list.selected), 7);
}

static void moved_down__new_orders__leave_the_selection_on_its_line(void **state)
{
    (void)state;
    list_move(&list, 3);
    newest += 3;
    refresh(false);
    assert_string_equal(list.selected, "ORD-0997");
    assert_int_equal(list_find(&list, list.selected) - list.top, 3);
    assert_int_equal(list_new(&list), 3);
    newest += 350; /* more than one answer brings, while it is held */
    refresh(true);
    assert_int_equal(list_new(&list), 353);
    list_settle(&list);
    assert_string_equal(list.selected, "ORD-0997");
    assert_int_equal(list_find(&list, list.selected) - list.top, 3);
    for (int i = 0; i < 20; i++) { /* and it does not hold everything for it */
        newest += 150;
        refresh(false);
        assert_true(list_selected_visible(&list));
        assert_int_equal(list_find(&list, list.selected) - list.top, 3);
        assert_in_range(list.now.n, 1, LIST_KEEP + LIST_PAGE);
    }
    list_move(&list, 1);
    assert_string_equal(list.selected, "ORD-0996");
    list_home(&list);
    refresh(false);
    assert_int_equal(list_find(&list, list.selected), 0);
    newest += 2;
    refresh(false);
    assert_int_equal(list.top, 0); /* with the newest again */
    assert_int_equal(list_new(&list), 0);
}

static void moved_down__order_left_the_query__the_others_keep_their_lines(void **state)
{
    (void)state;
    list_move(&list, 3);
    skipped[997] = true;
    newest += 5;
    refresh(false);
    assert_string_equal(list.now.rows[list.top + 3].id, "ORD-0996");
}

static void held__order_left_the_query__is_marked_gone(void **state)
{
    (void)state;
    skipped[997] = true;
    refresh(true);
    assert_true(list.now.rows[3].gone);
    assert_false(list.now.rows[2].gone);
    list_settle(&list);
    assert_string_equal(list.now.rows[3].id, "ORD-0996");
}

static void selected_order__left_the_query__stays_selected(void **state)
{
    (void)state;
    list_select(&list, 4);
    skipped[996] = true;
    refresh(false);
    assert_string_equal(list.selected, "ORD-0996");
    assert_false(list_selected_visible(&list));
    list_move(&list, 1);
    assert_string_equal(list.selected, "ORD-0995"); /* the row that is where it was */
}

static void scrolling__reads_on_without_holding_everything(void **state)
{
    (void)state;
    for (int i = 0; i < 999; i++) {
        list_move(&list, 1);
        read_ahead();
        assert_true(list_selected_visible(&list));
        assert_in_range(list.now.n, 1, LIST_KEEP + LIST_PAGE);
    }
    assert_string_equal(list.selected, "ORD-0001");
    assert_true(list.n_back > 0);
    for (int i = 0; i < 999; i++) {
        list_move(&list, -1);
        read_ahead();
        assert_true(list_selected_visible(&list));
    }
    assert_string_equal(list.selected, "ORD-1000");
    assert_int_equal(list.n_back, 0);
    assert_true(list_at_top(&list));
}

static const char *on_line(size_t line)
{
    size_t row = list_row(&list, line);

    return row == SIZE_MAX ? "" : list.now.rows[row].id;
}

static void end__of_a_long_query__is_one_page_away(void **state)
{
    (void)state;
    pages = 0;
    list_end(&list);
    refresh(false);
    assert_int_equal(pages, 1);
    assert_string_equal(list.selected, "ORD-0001");
    assert_string_equal(on_line(19), "ORD-0001");
    assert_string_equal(on_line(0), "ORD-0020");
    assert_string_equal(on_line(20), "");
    list_move(&list, 1);
    assert_string_equal(list.selected, "ORD-0001");
    newest += 3;
    refresh(false);
    assert_string_equal(on_line(19), "ORD-0001");
    for (int i = 2; i <= 1003; i++) { /* and up to the other end from there */
        list_move(&list, -1);
        read_ahead();
        assert_true(list_selected_visible(&list));
        assert_in_range(list.now.n, 1, LIST_KEEP + LIST_PAGE);
    }
    assert_string_equal(list.selected, "ORD-1003");
    assert_string_equal(on_line(0), "ORD-1003");
    pages = 0;
    list_home(&list);
    refresh(false);
    assert_int_equal(pages, 1);
    assert_string_equal(list.selected, "ORD-1003");
    assert_string_equal(on_line(1), "ORD-1002");
    newest++;
    refresh(false);
    assert_string_equal(on_line(0), "ORD-1004"); /* with the newest again */
}

static void end__of_a_query_that_is_there__needs_no_question(void **state)
{
    (void)state;
    newest = 30;
    list_ask(&list, "few", "-createdAt");
    refresh(false);
    list_end(&list);
    assert_true(list.loaded);
    assert_string_equal(list.selected, "ORD-0001");
    list_home(&list);
    assert_string_equal(list.selected, "ORD-0030");
    newest = 5;
    list_ask(&list, "fewer", "-createdAt");
    refresh(false);
    list_end(&list);
    assert_string_equal(on_line(0), "ORD-0005");
}

static void scrolled_down__refresh_keeps_what_is_on_screen(void **state)
{
    char top[40];
    size_t offset;

    (void)state;
    for (int i = 0; i < 400; i++) {
        list_move(&list, 1);
        read_ahead();
    }
    snprintf(top, sizeof(top), "%s", list.now.rows[list.top].id);
    offset = list_find(&list, list.selected) - list.top;
    newest += 7;
    refresh(false);
    assert_string_equal(list.now.rows[list.top].id, top);
    assert_int_equal(list_find(&list, list.selected) - list.top, offset);
}

static void new_question__keeps_the_rows_until_it_is_answered(void **state)
{
    (void)state;
    list_select(&list, 7);
    list_ask(&list, "late:yes", "customerId");
    assert_int_equal(list.now.n, 20 + LIST_MARGIN);
    assert_false(list.loaded);
    skipped[993] = true;
    refresh(true);
    assert_true(list.loaded);
    assert_string_equal(list.selected, "ORD-1000"); /* 993 does not answer it */
    list_ask(&list, "", "-createdAt");
    for (size_t i = 0; i < sizeof(skipped); i++)
        skipped[i] = true;
    refresh(false);
    assert_int_equal(list.now.n, 0);
    assert_string_equal(list.selected, "");
    list_move(&list, 1);
    list_move(&list, -1);
    list_home(&list);
}

static void failed_request__can_be_asked_again(void **state)
{
    (void)state;
    assert_true(list_fetch_more(&list));
    list_give_up(&list);
    assert_true(list_fetch_more(&list));
    answer(false);
    assert_true(list.now.n > 20 + LIST_MARGIN);
}

/* What is read without knowing where would be taken for the rows of another place. */
static void page__that_cannot_be_noted__is_not_read(void **state)
{
    struct buf q = BUF_INIT(200);

    (void)state;
    while (list.now.n < 2 * LIST_KEEP && list.n_back == 0) {
        list_move(&list, 100);
        read_ahead();
    }
    assert_true(list.n_back > 0);
    no_memory = true;
    assert_false(list_fetch(&list));
    assert_false(list_fetch_more(&list));
    assert_false(list.fetching || list.appending);
    no_memory = false;
    assert_true(list_fetch(&list));
    list_query(&list, &q);
    assert_non_null(strstr(q.data, "&cursor=c")); /* not from the top */
    buf_release(&q);
    answer(false);
    assert_int_equal(list.now.marks[0].row, 0);
}

static void window__page_without_the_first__is_not_noted(void **state)
{
    struct window w = {0};

    (void)state;
    assert_false(window_mark(&w, 200, strdup("c200")));
    assert_int_equal(w.n_marks, 0);
    assert_true(window_mark(&w, 0, NULL));
    assert_true(window_mark(&w, 200, strdup("c200")));
    no_memory = true;
    assert_false(window_mark(&w, 400, NULL));
    no_memory = false;
    assert_int_equal(w.n_marks, 2);
    assert_int_equal(w.marks[0].row, 0);
    window_release(&w);
}

static void query__is_percent_encoded(void **state)
{
    struct buf b = BUF_INIT(2000);

    (void)state;
    list_ask(&list, "total>=100USD \"é&x\"", "-totalAmount");
    list_fetch(&list);
    list_query(&list, &b);
    assert_string_equal(b.data, "limit=40&sort=-totalAmount&filter=total%3E%3D100USD%20%22%C3%A9%26x%22");
    buf_release(&b);
}

/* Goes up row by row to the newest: no row is skipped, none comes twice. */
static void go_up(void)
{
    int at = atoi(list.selected + 4);

    while (at < newest) {
        char id[40];

        snprintf(id, sizeof(id), "ORD-%04d", ++at);
        list_move(&list, -1);
        read_ahead();
        assert_string_equal(list.selected, id);
        assert_true(list_selected_visible(&list));
        assert_in_range(list.now.n, 1, LIST_KEEP + LIST_PAGE);
    }
}

static void moved_down__thousands_come_at_once__the_view_stays(void **state)
{
    (void)state;
    list_move(&list, 3);
    newest += 4321;
    refresh(false);
    assert_string_equal(list.selected, "ORD-0997");
    assert_int_equal(list_find(&list, list.selected) - list.top, 3);
    assert_in_range(list.now.n, 1, LIST_KEEP + LIST_PAGE);
    pages = 0;
    newest += 2500; /* and from there on, what comes above costs nothing */
    refresh(false);
    assert_in_range(pages, 1, 3);
    assert_string_equal(list.selected, "ORD-0997");
    assert_int_equal(list_find(&list, list.selected) - list.top, 3);
    go_up();
    assert_int_equal(list_new(&list), 0);
}

static void moved_down__thousands_come_while_held__wait_as_many(void **state)
{
    (void)state;
    list_move(&list, 3);
    newest += 3000;
    refresh(true);
    assert_int_equal(list_new(&list), 3000);
    list_settle(&list);
    assert_string_equal(list.selected, "ORD-0997");
    assert_int_equal(list_find(&list, list.selected) - list.top, 3);
    assert_true(list_counts_new(&list));
    go_up();
}

static void cut_off__new_ones__are_counted_by_the_service(void **state)
{
    struct buf b = BUF_INIT(2000);

    (void)state;
    assert_false(list_counts_new(&list));
    list_move(&list, 3);
    for (int i = 0; i < 20; i++) {
        newest += 150;
        refresh(false);
    }
    assert_true(list_counts_new(&list));
    list_new_query(&list, &b);
    assert_string_equal(b.data, "createdFrom=1970-01-01T00%3A16%3A40.000Z"); /* of order 1000 */
    buf_release(&b);
    list_take_new(&list, 3001, false); /* that one is among them */
    assert_int_equal(list_new(&list), 3000);
    assert_false(list_new_more(&list));
    list_ask(&list, "late:yes", "-createdAt");
    assert_int_equal(list_new(&list), 0);
}

static void update__older_version__is_ignored(void **state)
{
    struct order o = list.current;

    (void)state;
    o.status = STATUS_CANCELLED;
    o.version--;
    list_update(&list, &o);
    assert_int_equal(list.current.status, STATUS_RECEIVED);
    o.version += 2;
    list_update(&list, &o);
    assert_int_equal(list.current.status, STATUS_CANCELLED);
    assert_int_equal(list.now.rows[0].status, STATUS_CANCELLED);
}

/* ---- feed, figures, messages */

/* ---- the feed: a log of so many events, every seventh of them a cancellation */

static struct feed feed;
static int64_t log_end, looked_most;

static int64_t in_query(const char *query, const char *name, int64_t otherwise)
{
    const char *at = strstr(query, name);

    return at ? strtoll(at + strlen(name), NULL, 10) : otherwise;
}

/* Answers as the service does; a page has at most `limit` events, and nextAfter says how far it looked. */
static struct json_doc *page_of_log(struct buf *query)
{
    struct buf b = BUF_INIT(1 << 22);
    int64_t after = in_query(query->data, "after=", 0), upto = in_query(query->data, "upto=", log_end),
            at = after;
    int64_t limit = in_query(query->data, "limit=", 100), n = 0;
    bool cancelled = strstr(query->data, "type=wms.order.cancelled") != NULL;

    looked_most = upto - after > looked_most ? upto - after : looked_most;
    buf_adds(&b, "{\"data\":[");
    while (at < upto && at < log_end && n < limit) {
        bool cancel = ++at % 7 == 0;

        if (cancelled && !cancel)
            continue;
        buf_addf(
            &b,
            "%s{\"kind\":\"event\",\"position\":%lld,\"sentAt\":null,\"event\":{\"type\":\"wms.order.%s\","
            "\"subject\":\"ORD-1\",\"time\":\"2026-11-22T14:00:00.000Z\",\"data\":{\"status\":\"validated\"}}}",
            n++ ? "," : "", (long long)at, cancel ? "cancelled" : "validated");
    }
    buf_addf(&b, "],\"nextAfter\":%lld}", (long long)at);
    buf_release(query);
    return parse(&b);
}

/* Asks until there is nothing more to ask for; every row is where it belongs. */
static void feed_settle(void)
{
    bool cancelled = *feed.filter.types != 0;

    for (int i = 0; feed_wants_newer(&feed, log_end) || feed_wants_older(&feed); i++) {
        struct buf q = BUF_INIT(1000);
        bool newer = feed_wants_newer(&feed, log_end);
        struct json_doc *doc;

        assert_in_range(i, 0, 500);
        if (newer)
            feed_newer_query(&feed, log_end, &q);
        else
            feed_older_query(&feed, &q);
        doc = page_of_log(&q);
        if (newer)
            feed_newer_take(&feed, doc);
        else
            feed_older_take(&feed, doc);
        json_free(doc);
    }
    for (size_t i = 0; i + 1 < feed.n; i++) /* without a gap */
        assert_int_equal(feed_at(&feed, i)->position - feed_at(&feed, i + 1)->position, cancelled ? 7 : 1);
}

static int64_t feed_top(void)
{
    return feed_at(&feed, feed.up)->position;
}

static void feed_start(int64_t end)
{
    assert_true(feed_init(&feed));
    feed.visible = 10;
    log_end = end;
    looked_most = 0;
    feed_settle();
}

/* The same of one order, whose is every third event. */
static struct json_doc *page_of_order(struct buf *query)
{
    struct buf b = BUF_INIT(1 << 22);
    int64_t at = in_query(query->data, "after=", 0), upto = in_query(query->data, "upto=", log_end), n = 0;
    int64_t limit = in_query(query->data, "limit=", 100);

    assert_non_null(strstr(query->data, "orderId=ORD-1"));
    buf_adds(&b, "{\"data\":[");
    while (at < upto && at < log_end && n < limit)
        if (++at % 3 == 0)
            buf_addf(
                &b,
                "%s{\"kind\":\"event\",\"position\":%lld,\"sentAt\":null,\"event\":{\"type\":\"wms.order."
                "validated\",\"subject\":\"ORD-1\",\"time\":\"2026-11-22T14:00:00.000Z\",\"data\":{}}}",
                n++ ? "," : "", (long long)at);
    buf_addf(&b, "],\"nextAfter\":%lld}", (long long)at);
    buf_release(query);
    return parse(&b);
}

static void feed__of_an_order_with_thousands_of_events__has_them_all(void **state)
{
    const struct feed_filter filter = {.order = "ORD-1"};
    int64_t oldest = 0;
    int asked = 0;

    (void)state;
    assert_true(feed_init(&feed));
    feed.visible = 10;
    log_end = 12000; /* 4000 of them the order's */
    feed_set_filter(&feed, &filter);
    (void)feed_wants_newer(&feed, log_end);
    while (oldest != 3 && asked < 2000) {
        while (feed_wants_older(&feed)) {
            struct buf q = BUF_INIT(1000);
            struct json_doc *doc;

            feed_older_query(&feed, &q);
            doc = page_of_order(&q);
            feed_older_take(&feed, doc);
            json_free(doc);
            assert_in_range(++asked, 1, 2000);
        }
        for (size_t i = 0; i + 1 < feed.n; i++) /* without a gap */
            assert_int_equal(feed_at(&feed, i)->position - feed_at(&feed, i + 1)->position, 3);
        if (oldest == 0) /* from the newest on */
            assert_int_equal(feed_newest(&feed), log_end);
        oldest = feed_at(&feed, feed.n - 1)->position;
        feed_move(&feed, 200);
    }
    assert_int_equal(oldest, 3);
    assert_in_range(asked, 1, 100);
    feed_release(&feed);
}

static void feed__sticks_to_the_newest_only_if_it_was_there(void **state)
{
    bool more;

    (void)state;
    feed_start(30);
    assert_int_equal(feed_top(), 30);
    log_end = 40;
    feed_settle();
    assert_int_equal(feed_top(), 40);
    feed_move(&feed, 3);
    log_end = 50;
    feed_settle();
    assert_int_equal(feed_top(), 37);
    assert_int_equal(feed_fresh(&feed, log_end, &more), 10);
    assert_false(more);
    feed_live(&feed);
    assert_int_equal(feed_top(), 50);
    assert_int_equal(feed_fresh(&feed, log_end, &more), 0);
    feed_release(&feed);
}

static void feed__started__reads_the_end_only(void **state)
{
    (void)state;
    feed_start(1000000);
    assert_int_equal(feed_top(), 1000000);
    assert_in_range(feed.n, 60, 200);
    log_end += 100000; /* far behind and live: there at once, and no gap */
    feed_settle();
    assert_int_equal(feed_top(), 1100000);
    assert_in_range(feed.n, 60, 1000);
    assert_in_range(looked_most, 1, 1000 + FEED_ROWS);
    feed_release(&feed);
}

static void feed__scrolled_back__goes_on_into_the_log_and_returns(void **state)
{
    bool more;

    (void)state;
    feed_start(20000);
    for (int i = 0; i < 500; i++) {
        int64_t top = feed_top();

        feed_move(&feed, 9);
        feed_settle();
        assert_int_equal(feed_top(), top - 9);
        assert_in_range(feed.n, 1, FEED_ROWS);
    }
    assert_int_equal(feed_top(), 15500);
    log_end = 20100; /* no room for them up there */
    feed_settle();
    assert_int_equal(feed_top(), 15500);
    assert_int_equal(feed_fresh(&feed, log_end, &more), 100);
    for (int i = 0; i < 500; i++) {
        int64_t top = feed_top();

        feed_move(&feed, -9);
        feed_settle();
        assert_int_equal(feed_top(), top + 9);
    }
    assert_int_equal(feed_top(), 20000);
    feed_live(&feed);
    feed_settle();
    assert_int_equal(feed_top(), 20100);
    feed_release(&feed);
}

static void feed__begin_of_the_log__is_reached(void **state)
{
    (void)state;
    feed_start(2500);
    for (int i = 0; i < 300; i++) {
        feed_move(&feed, 10);
        feed_settle();
    }
    assert_int_equal(feed_at(&feed, feed.n - 1)->position, 1);
    assert_int_equal(feed_top(), 10);
    feed_release(&feed);
}

static void feed__of_some_types__is_read_in_wider_pieces(void **state)
{
    struct feed_filter filter = {.order = ""};
    size_t at;

    (void)state;
    assert_false(feed_filter_read("cancelled, wibble", &filter, &at));
    assert_int_equal(at, 11);
    assert_true(feed_filter_read("Cancelled ", &filter, &at));
    assert_string_equal(filter.words, "Cancelled");
    assert_string_equal(filter.types, "wms.order.cancelled");
    feed_start(700000);
    feed_set_filter(&feed, &filter);
    feed_settle();
    assert_int_equal(feed_top(), 700000);
    for (int i = 0; i < 100; i++) {
        feed_move(&feed, 9);
        feed_settle();
    }
    assert_int_equal(feed_top(), 700000 - 900 * 7);
    assert_in_range(looked_most, 201, 200000);
    assert_true(feed_filter_read("", &filter, &at));
    feed_set_filter(&feed, &filter);
    feed_settle();
    assert_int_equal(feed_at(&feed, 1)->position, 699999);
    feed_release(&feed);
}

static void feed__not_answered__is_not_asked_again_before_it_moves(void **state)
{
    (void)state;
    feed_start(5000);
    feed_move(&feed, 150);
    assert_true(feed_wants_older(&feed));
    feed_give_up(&feed);
    assert_false(feed_wants_older(&feed));
    feed_move(&feed, 1);
    assert_true(feed_wants_older(&feed));
    feed_release(&feed);
}

static void feed__another_log__begins_anew(void **state)
{
    (void)state;
    feed_start(5000);
    log_end = 3;
    feed_settle();
    assert_int_equal(feed.n, 3);
    assert_int_equal(feed_top(), 3);
    feed_release(&feed);
}

static void stats__rate__is_counted_from_the_number_of_orders(void **state)
{
    struct stats s = {0};

    (void)state;
    for (int i = 0; i < 12; i++) {
        char text[200];
        struct json_fault fault;
        struct json_doc *doc;

        snprintf(text, sizeof(text),
                 "{\"byStatus\":{\"received\":{\"count\":%d,\"late\":1}},\"usual\":{\"received\":null}}",
                 i * 5);
        doc = json_parse(text, strlen(text), &fault);
        stats_take(&s, doc);
        json_free(doc);
        stats_tick(&s);
    }
    assert_int_equal(stats_rate_tenths(&s), 50);
    assert_int_equal(stats_second(&s, 0), 5);
    assert_int_equal(stats_second(&s, 50), -1);
    assert_int_equal(stats_change(&s, STATUS_RECEIVED), 55);
    assert_int_equal(s.usual[STATUS_RECEIVED], -1);
}

static void messages__repeated__are_counted(void **state)
{
    static struct messages m;

    (void)state;
    message_add(&m, MESSAGE_WARN, 1, 1, "slow");
    message_add(&m, MESSAGE_WARN, 2, 2, "slow");
    message_add(&m, MESSAGE_BAD, 3, 3, "slow");
    assert_int_equal(m.n, 2);
    assert_int_equal(message_at(&m, 1)->repeats, 2);
    for (int i = 0; i < 500; i++) {
        char text[20];

        snprintf(text, sizeof(text), "%d", i);
        message_add(&m, MESSAGE_INFO, i, i, text);
    }
    assert_int_equal(m.n, MESSAGE_ROWS);
    assert_string_equal(message_at(&m, 0)->text, "499");
    assert_null(message_at(&m, MESSAGE_ROWS));
}

#define LIST_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIST_TEST(first_answer__selects_the_first_row),
        LIST_TEST(new_orders__push_the_selection_down),
        LIST_TEST(held__new_orders_wait_and_rows_keep_their_places),
        LIST_TEST(moved_down__new_orders__leave_the_selection_on_its_line),
        LIST_TEST(moved_down__order_left_the_query__the_others_keep_their_lines),
        LIST_TEST(held__order_left_the_query__is_marked_gone),
        LIST_TEST(selected_order__left_the_query__stays_selected),
        LIST_TEST(scrolling__reads_on_without_holding_everything),
        LIST_TEST(end__of_a_long_query__is_one_page_away),
        LIST_TEST(end__of_a_query_that_is_there__needs_no_question),
        LIST_TEST(scrolled_down__refresh_keeps_what_is_on_screen),
        LIST_TEST(new_question__keeps_the_rows_until_it_is_answered),
        LIST_TEST(failed_request__can_be_asked_again),
        LIST_TEST(page__that_cannot_be_noted__is_not_read),
        cmocka_unit_test(window__page_without_the_first__is_not_noted),
        LIST_TEST(query__is_percent_encoded),
        LIST_TEST(moved_down__thousands_come_at_once__the_view_stays),
        LIST_TEST(moved_down__thousands_come_while_held__wait_as_many),
        LIST_TEST(cut_off__new_ones__are_counted_by_the_service),
        LIST_TEST(update__older_version__is_ignored),
        cmocka_unit_test(feed__of_an_order_with_thousands_of_events__has_them_all),
        cmocka_unit_test(feed__sticks_to_the_newest_only_if_it_was_there),
        cmocka_unit_test(feed__started__reads_the_end_only),
        cmocka_unit_test(feed__scrolled_back__goes_on_into_the_log_and_returns),
        cmocka_unit_test(feed__begin_of_the_log__is_reached),
        cmocka_unit_test(feed__of_some_types__is_read_in_wider_pieces),
        cmocka_unit_test(feed__not_answered__is_not_asked_again_before_it_moves),
        cmocka_unit_test(feed__another_log__begins_anew),
        cmocka_unit_test(stats__rate__is_counted_from_the_number_of_orders),
        cmocka_unit_test(messages__repeated__are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
