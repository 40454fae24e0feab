/* When the console asks what it wants to know, when again, and whose an answer is. */
#include "tui/ask_private.h"

#include <stdio.h>

#define MS INT64_C(1000000)
#define TOGETHER_NS (15 * MS) /* answers of one round wait so long for each other, and are one frame */
#define FULL_WAIT (50 * MS)   /* when the port is full */
#define RETRY_FIRST (1000 * MS)
#define RETRY_MOST (10000 * MS)

/* ---- asking */

void ask_want(struct ui *ui, enum ask what)
{
    ui->asks[what].wanted = true;
}

/* It begins anew, as if it had never failed. */
static void forget_failure(struct asking *a)
{
    a->retry_ns = a->delay_ns = 0;
    a->why[0] = 0;
}

void ask_drop(struct ui *ui, enum ask what)
{
    struct asking *a = &ui->asks[what];

    if (a->open)
        a->dropped = a->tag;
    a->open = false;
    a->last_ns = 0;
    forget_failure(a);
}

void ask_retry(struct ui *ui)
{
    for (int i = 0; i < ASK_COUNT_OF; i++)
        ui->asks[i].retry_ns = 0;
}

void ask_position(struct ui *ui)
{
    ui->moved = true;
    ask_want(ui, ASK_STATS);
    ask_want(ui, ASK_LIST);
    feed_again(ui);
    ask_want(ui, ASK_STATUS);
    if (*ui->list.filter)
        ask_want(ui, ASK_COUNT);
    if (list_counts_new(&ui->list))
        ask_want(ui, ASK_NEW);
    if (*ui->list.selected && list_find(&ui->list, ui->list.selected) == SIZE_MAX)
        ask_want(ui, ASK_ORDER);
    if (ui->screen == &screen_log)
        ask_want(ui, ASK_LOGS);
}

/* What moves until the next round need not be told: it is looked for then, also if nothing is wanted by then. */
static bool deaf(const struct ui *ui)
{
    return ui->moved && ui->now_ns < pace_next(&ui->pace);
}

/* When it may be sent, 0: not before an answer, or it is not wanted. */
static int64_t due_at(const struct ui *ui, enum ask what)
{
    const struct asking *a = &ui->asks[what];
    int64_t at = 1;

    if (!a->wanted || a->open || a->dropped)
        return 0;
    if (ask_table[what].every_ns != EACH_ROUND && a->last_ns)
        at = a->last_ns + ask_table[what].every_ns;
    else if (a->last_ns >= ui->pace.began_ns && a->last_ns)
        at = pace_next(&ui->pace);
    return at > a->retry_ns ? at : a->retry_ns;
}

static void refuse(struct ui *ui, enum ask what)
{
    if (what == ASK_LIST)
        list_give_up(&ui->list);
    if (what == ASK_MARKS)
        marking_stop(ui, "marking was stopped");
    snprintf(ui->asks[what].why, sizeof(ui->asks[what].why), "the question is longer than %zu bytes",
             sizeof(((struct api_request *)NULL)->query) - 1);
    ui_say(ui, MESSAGE_WARN, "%s: %s", ask_table[what].what, ui->asks[what].why);
}

static void send_one(struct ui *ui, enum ask what)
{
    struct asking *a = &ui->asks[what];
    struct api_request q = {.op = ask_table[what].op, .if_version = -1};
    enum made made = ask_table[what].make ? ask_table[what].make(ui, &q) : MADE;

    a->wanted = made == MADE;
    if (made == MADE_TOO_LONG)
        refuse(ui, what);
    if (made != MADE)
        return;
    q.tag = ++ui->last_tag;
    if (!ui->api->ops->submit(ui->api, &q)) { /* too many are open */
        a->retry_ns = ui->now_ns + FULL_WAIT;
        return;
    }
    if (ask_table[what].every_ns == EACH_ROUND && ui->now_ns >= pace_next(&ui->pace)) {
        pace_begin(&ui->pace, ui->now_ns, ui->spent_ns);
        ui->moved = false;
    }
    a->last_ns = ui->now_ns;
    a->retry_ns = 0;
    a->wanted = false;
    a->open = true;
    a->tag = q.tag;
}

void ask_send(struct ui *ui)
{
    for (int i = 0; i < ASK_COUNT_OF; i++) {
        int64_t at = due_at(ui, (enum ask)i);

        if (at && at <= ui->now_ns)
            send_one(ui, (enum ask)i);
    }
    if (ui->moved && !deaf(ui)) /* what is wanted is on its way still, or waits for its next try */
        pace_begin(&ui->pace, ui->now_ns, ui->spent_ns);
    bulk_send(ui);
}

int64_t ask_deadline(const struct ui *ui)
{
    int64_t first = ui->bulk.retry_ns;

    if (deaf(ui) && (first == 0 || pace_next(&ui->pace) < first))
        first = pace_next(&ui->pace);
    for (int i = 0; i < ASK_COUNT_OF; i++) {
        int64_t at = due_at(ui, (enum ask)i);

        if (at && (first == 0 || at < first))
            first = at;
    }
    return first;
}

int64_t ask_together(const struct ui *ui)
{
    static const enum ask round[] = {ASK_STATS, ASK_LIST, ASK_EVENTS, ASK_ORDER, ASK_TIMELINE};
    int64_t until = 0;

    for (size_t i = 0; i < sizeof(round) / sizeof(round[0]); i++) {
        const struct asking *a = &ui->asks[round[i]];

        if (a->open && a->last_ns + TOGETHER_NS > until)
            until = a->last_ns + TOGETHER_NS;
    }
    return until > ui->now_ns ? until : 0;
}

/* Not what is asked now and then, and not what has failed and waits for its next try. */
static bool under_way(const struct ui *ui, enum ask what)
{
    const struct asking *a = &ui->asks[what];
    bool now_and_then = what == ASK_STATUS || what == ASK_LOGS || what == ASK_COUNT || what == ASK_NEW;

    return a->open || a->dropped || (a->wanted && !now_and_then && a->delay_ns == 0);
}

bool ask_idle(const struct ui *ui)
{
    if (deaf(ui))
        return false;
    for (int i = 0; i < ASK_COUNT_OF; i++)
        if (under_way(ui, (enum ask)i))
            return false;
    for (size_t i = 0; i < COMMANDS_OPEN; i++)
        if (ui->commands[i].tag)
            return false;
    return bulk_idle(&ui->bulk) && !errand_open(ui);
}

/* ---- answers */

static struct json_doc *parse(const struct api_reply *r)
{
    struct json_fault fault;

    return r->body ? json_parse(r->body, r->len, &fault) : NULL;
}

/* Once more after a while: a question the service calls wrong (4xx) would be wrong again. */
static void try_again(struct ui *ui, enum ask what, int status)
{
    struct asking *a = &ui->asks[what];

    if (ask_table[what].once || (status >= 400 && status < 500))
        return;
    a->delay_ns = a->delay_ns == 0               ? RETRY_FIRST
                  : a->delay_ns < RETRY_MOST / 2 ? 2 * a->delay_ns
                                                 : RETRY_MOST;
    a->retry_ns = ui->now_ns + a->delay_ns;
    a->wanted = true;
}

static void take_failure(struct ui *ui, enum ask what, const struct api_reply *r, const struct json_doc *doc)
{
    const char *detail = doc ? json_string(json_get(json_root(doc), "detail")) : NULL, *lost;
    struct asking *a = &ui->asks[what];

    if ((what == ASK_ORDER || what == ASK_TIMELINE) && r->status == 404) {
        ui->detail.missing = true;
        return;
    }
    if (what == ASK_LIST)
        list_give_up(&ui->list);
    if (what == ASK_OLDER)
        feed_give_up(&ui->feed);
    if (what == ASK_LETTERS)
        letters_give_up(&ui->letters);
    if (what == ASK_MARKS)
        marking_stop(ui, "marking was stopped for want of an answer");
    if (what == ASK_COUNT)
        ui->count = -1;
    snprintf(a->why, sizeof(a->why), "%s",
             detail                      ? detail
             : r->body && r->status == 0 ? r->body
                                         : "no answer");
    try_again(ui, what, r->status);
    if (what == ASK_NEW || what == ASK_COUNT)
        return; /* what is known is shown */
    if (r->status == 0 && !ui->api->ops->connected(ui->api, &lost))
        return; /* the header says so, and it is asked again when the service is back */
    ui_say(ui, r->status == 503 ? MESSAGE_WARN : MESSAGE_BAD, "%s: %s", ask_table[what].what, a->why);
}

static void take_answer(struct ui *ui, enum ask what, const struct api_reply *r)
{
    struct asking *a = &ui->asks[what];
    struct json_doc *doc;

    if (a->dropped == r->tag)
        a->dropped = 0;
    if (!a->open || a->tag != r->tag)
        return;
    a->open = false;
    doc = parse(r);
    if (r->status == 200 && doc) {
        forget_failure(a);
        ask_table[what].take(ui, r, &doc);
    } else {
        take_failure(ui, what, r, doc);
    }
    json_free(doc);
    ui->stale = true;
}

static void take_reply(struct ui *ui, const struct api_reply *r)
{
    if (bulk_take(ui, r) || command_take(ui, r) || errand_take(ui, r))
        return;
    for (int i = 0; i < ASK_COUNT_OF; i++)
        if (ask_table[i].op == r->op)
            take_answer(ui, (enum ask)i, r);
}

/* Before any reply of the new log is looked at. */
static void look_at_log(struct ui *ui)
{
    unsigned log = ui->api->ops->log(ui->api);

    if (log == ui->log)
        return;
    ui->log = log;
    anew_begin(ui);
}

void ask_receive(struct ui *ui)
{
    struct api_reply *r;
    int64_t position;

    while ((r = ui->api->ops->take(ui->api)) != NULL) {
        look_at_log(ui);
        take_reply(ui, r);
        api_reply_free(r);
    }
    if (deaf(ui))
        return;
    ui->moved = false;
    position = ui->api->ops->position(ui->api);
    look_at_log(ui);
    if (position != ui->position) {
        ui->position = position;
        ask_position(ui);
    }
}
