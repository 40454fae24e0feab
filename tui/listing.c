#include "tui/listing.h"

#include "shared/clock.h"
#include "shared/fetch.h"
#include "shared/json.h"
#include "tui/fmt.h"
#include "tui/order.h"
#include "tui/percent.h"
#include "tui/process.h"
#include "tui/remote.h"
#include "tui/width.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define USAGE "usage: orderdeck list [--filter TEXT] [--json] [--url URL]"
#define LINE_MAX_BYTES 2000
#define ORDER_MAX_BYTES (16u * 1024 * 1024)

/* ---- what is asked ---- */

/* "--name VALUE" or "--name=VALUE"; moves *at to the value's word. */
static bool option(const struct conf *c, int *at, const char *name, const char **ret)
{
    const char *word = c->args[*at];
    size_t n = strlen(name);
    if (strncmp(word, name, n) == 0 && word[n] == '=') {
        *ret = word + n + 1;
        return true;
    }
    if (strcmp(word, name) != 0 || *at + 1 >= c->n_args)
        return false;
    *ret = c->args[++*at];
    return true;
}

bool listing_read(struct listing *l, const struct conf *c, struct err *ret_err)
{
    const char *url = "";
    *l = (struct listing){.filter = ""};
    for (int i = 0; i < c->n_args; i++) {
        if (strcmp(c->args[i], "--json") == 0)
            l->json = true;
        else if (!option(c, &i, "--filter", &l->filter) && !option(c, &i, "--url", &url))
            return err_set(ret_err, ERR_INVALID_PARAMETER, USAGE);
    }
    return url[0] == '\0' || fetch_url(url, l->url, sizeof l->url, ret_err);
}

static bool make_question(const struct listing *l, const char *cursor, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof q->query - 1);
    *q = (struct api_request){.op = API_LIST, .if_version = -1};
    buf_adds(&b, "limit=200");
    if (l->filter[0] != '\0') {
        buf_adds(&b, "&filter=");
        percent_encode(&b, l->filter);
    }
    if (cursor[0] != '\0') {
        buf_adds(&b, "&cursor=");
        percent_encode(&b, cursor);
    }
    bool ok = !b.failed;
    if (ok)
        memcpy(q->query, b.data, b.len + 1);
    buf_release(&b);
    return ok;
}

static struct api_reply *ask(struct api *api, const struct api_request *q)
{
    struct pollfd p = {.fd = api->ops->fd(api), .events = POLLIN};
    struct api_reply *r;
    if (!api->ops->submit(api, q))
        return NULL;
    while ((r = api->ops->take(api)) == NULL)
        poll(&p, 1, -1);
    return r;
}

/* ---- what is printed ---- */

static void put_cell(struct buf *out, const char *text, int columns, bool right)
{
    int used = width_text(text), blank = columns > used ? columns - used : 0;
    if (out->len > 0)
        buf_adds(out, "  ");
    if (right)
        buf_addf(out, "%*s", blank, "");
    for (uint32_t c; (c = width_next(&text)) != 0;) { /* what a terminal would obey is shown instead */
        char bytes[5];
        width_put(width_of(c).draw, bytes);
        buf_adds(out, bytes);
    }
    if (!right)
        buf_addf(out, "%*s", blank, "");
}

static const struct column {
    const char *head;
    int columns;
    bool right;
} columns[] = {
    {"ID", 30, false},     {"CUSTOMER", 16, false}, {"PRIORITY", 8, false},
    {"STATUS", 13, false}, {"ITEMS", 6, true},      {"TOTAL", 16, true},
    {"AGE", 5, true},      {"DUE", 5, true},        {"", 0, false}, /* "on hold" */
};
#define COLUMNS (sizeof columns / sizeof columns[0])

/* cells NULL: the heads */
static bool print_row(const char *const cells[COLUMNS])
{
    struct buf line = BUF_INIT(LINE_MAX_BYTES);
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *text = cells != NULL ? cells[i] : columns[i].head;
        if (i + 1 < COLUMNS || text[0] != '\0')
            put_cell(&line, text, columns[i].columns, columns[i].right);
    }
    buf_addc(&line, '\n');
    bool ok = !line.failed && fwrite(line.data, 1, line.len, stdout) == line.len;
    buf_release(&line);
    return ok;
}

static bool print_order(const struct json_doc *doc, const struct json *v, int64_t now)
{
    char items[24], total[40], age[FMT_MAX], due[FMT_MAX] = "-";
    struct order o;
    if (!order_read(doc, v, &o))
        return false;
    snprintf(items, sizeof items, "%" PRId64, o.items);
    if (status_is_open(o.status) && o.promised != 0)
        fmt_span(o.promised - now, due);
    return print_row((const char *const[COLUMNS]){
        o.id, o.customer, priority_word(o.priority)->wire, status_word(o.status)->wire, items,
        order_money(o.total, total), fmt_span(now - o.since, age), due, o.held ? "on hold" : ""});
}

static bool print_json(const struct json_doc *doc, const struct json *v, bool first)
{
    struct buf b = BUF_INIT(ORDER_MAX_BYTES);
    buf_adds(&b, first ? "\n" : ",\n");
    json_add_value(&b, doc, v);
    bool ok = !b.failed && fwrite(b.data, 1, b.len, stdout) == b.len;
    buf_release(&b);
    return ok;
}

/* What stands before the first page; an answer that is none leaves standard output empty. */
static bool print_head(const struct listing *l)
{
    return l->json ? putchar('[') != EOF : print_row(NULL);
}

static bool print_page(const struct listing *l, const struct json_doc *doc, bool *first)
{
    int64_t now = clock_wall_ms();
    for (const struct json *v = json_first(json_get(json_root(doc), "data")); v != NULL; v = json_next(v)) {
        if (l->json ? !print_json(doc, v, *first) : !print_order(doc, v, now))
            return false;
        *first = false;
    }
    return true;
}

/* ---- what went wrong ---- */

/* The filter with a mark under the character where reading stopped. */
static void show_fault(const struct listing *l, int64_t position)
{
    const char *p = l->filter;
    int before = 0;
    for (int64_t i = 0; i < position && *p != '\0'; i++)
        before += width_of(width_next(&p)).columns;
    struct buf text = BUF_INIT(LINE_MAX_BYTES);
    put_cell(&text, l->filter, 0, false);
    if (!text.failed)
        fprintf(stderr, "  %s\n  %*s^\n", text.data, before, "");
    buf_release(&text);
}

static int explain(const struct listing *l, const struct api_reply *r)
{
    struct json_fault fault;
    struct json_doc *doc = r->status != 0 ? json_parse(r->body, r->len, &fault) : NULL;
    const struct json *root = doc != NULL ? json_root(doc) : NULL;
    const char *detail = json_string(json_get(root, "detail")), *code = json_string(json_get(root, "code"));
    struct buf line = BUF_INIT(LINE_MAX_BYTES);
    int64_t position = -1;
    bool filter = code != NULL && strcmp(code, "INVALID_FILTER") == 0;
    put_cell(&line,
             detail != NULL   ? detail
             : r->status == 0 ? r->body
                              : "the answer cannot be read",
             0, false);
    fprintf(stderr, "orderdeck: %s%s%s\n", l->url, l->url[0] != '\0' ? ": " : "",
            line.failed ? "no answer" : line.data);
    if (filter && json_int(doc, json_get(root, "position"), &position))
        show_fault(l, position);
    buf_release(&line);
    json_free(doc);
    return filter ? EXIT_USAGE : EXIT_FAULT;
}

/* ---- all of it ---- */

/* One page; the cursor of the next is left in it, "" after the last. */
static int print_next(const struct listing *l, struct api *api, char *cursor, size_t size, bool *first)
{
    struct api_request q;
    struct json_fault fault;
    int status = EXIT_CLEAN;
    if (!make_question(l, cursor, &q))
        return complain(EXIT_USAGE, "the filter is too long");
    struct api_reply *r = ask(api, &q);
    if (r == NULL)
        return complain(EXIT_FAULT, "the question cannot be asked");
    struct json_doc *doc = r->status == 200 ? json_parse(r->body, r->len, &fault) : NULL;
    const char *next = doc != NULL ? json_string(json_get(json_root(doc), "nextCursor")) : NULL;
    if (doc == NULL)
        status = explain(l, r);
    else if ((cursor[0] == '\0' && !print_head(l)) || !print_page(l, doc, first))
        status = complain(EXIT_FAULT, "the orders cannot be printed");
    snprintf(cursor, size, "%s", next != NULL ? next : "");
    json_free(doc);
    api_reply_free(r);
    return status;
}

int listing_print(const struct listing *l, struct api *api)
{
    char cursor[700] = "", before[sizeof cursor];
    bool first = true;
    int status;
    do {
        memcpy(before, cursor, sizeof before);
        status = print_next(l, api, cursor, sizeof cursor, &first);
    } while (status == EXIT_CLEAN && cursor[0] != '\0' && strcmp(before, cursor) != 0);
    if (status == EXIT_CLEAN && l->json && puts("\n]") == EOF)
        status = EXIT_FAULT;
    if (fflush(stdout) != 0 && status == EXIT_CLEAN)
        status = complain(EXIT_FAULT, "the orders cannot be printed");
    return status;
}

int listing_remote(const struct listing *l, const struct conf *c)
{
    const struct remote_config remote = {.url = l->url, .api_key = c->api_key};
    struct err e;
    struct api *api = remote_open(&remote, &e);
    if (api == NULL)
        return complain(EXIT_FAULT, e.message);
    int status = listing_print(l, api);
    remote_close(api);
    return status;
}
