/* What the console asks, and what it does with the answers: a row for each question. */
#include "tui/ask_private.h"
#include "tui/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define STATUS_EVERY (1000 * MS)
#define SENT_TRIES 5 /* times an event is looked for that the status calls sent */

/* ---- what is asked */

static enum made take_query(struct api_request *q, struct buf *b)
{
    bool whole = !b->failed;

    snprintf(q->query, sizeof(q->query), "%s", b->data ? b->data : "");
    buf_release(b);
    return whole ? MADE : MADE_TOO_LONG;
}

static enum made make_list(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    if (!ui->list.fetching && !list_fetch(&ui->list))
        return MADE_NEEDLESS;
    list_query(&ui->list, &b);
    return take_query(q, &b);
}

static enum made make_count(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    if (!*ui->list.filter)
        return MADE_NEEDLESS;
    buf_adds(&b, "filter=");
    percent_encode(&b, ui->list.filter);
    return take_query(q, &b);
}

static enum made make_new(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    list_new_query(&ui->list, &b);
    return take_query(q, &b);
}

static enum made make_events(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    feed_newer_query(&ui->feed, ui->position, &b);
    return take_query(q, &b);
}

static enum made make_older(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    feed_older_query(&ui->feed, &b);
    return take_query(q, &b);
}

static enum made make_order(struct ui *ui, struct api_request *q)
{
    snprintf(q->order_id, sizeof(q->order_id), "%s", ui->list.selected);
    return *q->order_id ? MADE : MADE_NEEDLESS;
}

static enum made make_timeline(struct ui *ui, struct api_request *q)
{
    snprintf(q->order_id, sizeof(q->order_id), "%s", ui->list.selected);
    return *q->order_id ? MADE : MADE_NEEDLESS;
}

static enum made make_logs(struct ui *ui, struct api_request *q)
{
    static const char *const levels[] = {"trace", "debug", "info", "warn", "error"};

    snprintf(q->query, sizeof(q->query), "limit=200&level=%s", levels[ui->log_level]);
    return MADE;
}

static enum made make_marks(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);
    bool on = marking_query(ui, &b);
    enum made made = take_query(q, &b);

    return on ? made : MADE_NEEDLESS;
}

static enum made make_letters(struct ui *ui, struct api_request *q)
{
    letters_query(&ui->letters, q->query, sizeof(q->query));
    return MADE;
}

static enum made make_letter(struct ui *ui, struct api_request *q)
{
    long long id = strtoll(ui->letters.pick.id, NULL, 10);

    snprintf(q->query, sizeof(q->query), "limit=1&cursor=%lld",
             id + 1); /* those before it, the newest first */
    return id > 0 ? MADE : MADE_NEEDLESS;
}

static enum made make_due(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    (void)ui;
    radar_due_query(&b);
    return take_query(q, &b);
}

static enum made make_ahead(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    (void)ui;
    radar_ahead_query(&b);
    return take_query(q, &b);
}

static enum made make_stuck(struct ui *ui, struct api_request *q)
{
    struct buf b = BUF_INIT(sizeof(q->query) - 1);

    if (ui->radar.at < STATUS_COUNT)
        radar_stuck_query(&ui->radar, &ui->stats, &b);
    return take_query(q, &b);
}

/* ---- what comes back: each takes a parsed 200, and may keep *doc by setting it to NULL */

static void take_stats(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    stats_take(&ui->stats, *doc);
    if (ui->screen == &screen_radar && !ui->radar.stuck_loaded)
        radar_again(ui); /* what is usual is known now */
}

static void take_list(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    char before[40];
    size_t at;

    (void)r;
    snprintf(before, sizeof(before), "%s", ui->list.selected);
    if (!list_take(&ui->list, *doc, ui_held(ui))) {
        ask_want(ui, ASK_LIST);
        ui->asks[ASK_LIST].last_ns = 0; /* the rest of the same answer need not wait */
    }
    if (list_counts_new(&ui->list))
        ask_want(ui, ASK_NEW);
    at = list_find(&ui->list, ui->list.selected);
    if (at != SIZE_MAX && ui->list.now.rows[at].gone) /* the list says no more what it is now */
        ask_want(ui, ASK_ORDER);
    if (strcmp(before, ui->list.selected) != 0 || ui->list.current.version > ui->detail.version)
        ui_selected(ui);
}

static void take_count(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    const struct json *root = json_root(*doc);

    (void)r;
    if (!json_int(*doc, json_get(root, "count"), &ui->count))
        ui->count = -1;
    ui->count_more = json_true(json_get(root, "more"));
}

static void take_new(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    const struct json *root = json_root(*doc);
    int64_t n;

    (void)r;
    if (json_int(*doc, json_get(root, "count"), &n))
        list_take_new(&ui->list, n, json_true(json_get(root, "more")));
}

static void take_events(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    feed_newer_take(&ui->feed, *doc);
    feed_again(ui);
}

static void take_older(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    feed_older_take(&ui->feed, *doc);
    feed_again(ui);
}

static void take_order(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    struct detail *d = &ui->detail;
    struct order o;

    if (!order_read(*doc, json_root(*doc), &o) || strcmp(o.id, ui->list.selected) != 0)
        return;
    if (!detail_is(d, o.id)) {
        detail_clear(d);
        snprintf(d->id, sizeof(d->id), "%s", o.id);
    }
    json_free(d->order);
    free(d->text);
    d->order = *doc;
    *doc = NULL;
    d->text = strdup(r->body);
    d->missing = false;
    list_update(&ui->list, &o);
    if (d->timeline_version != o.version)
        ask_want(ui, ASK_TIMELINE);
    d->version = o.version;
}

static void take_timeline(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    struct detail *d = &ui->detail;

    (void)r;
    if (!detail_is(d, ui->list.selected))
        return;
    json_free(d->timeline);
    d->timeline = *doc;
    *doc = NULL;
    d->timeline_version = d->version;
}

/* The newest event of the timeline on screen that waits for Kafka there, and by the status does not; 0: there is none. What
 * is before one that was sent stays as it is: without a time it was set aside. */
static int64_t sent_since(const struct ui *ui)
{
    const struct json_doc *doc = ui->detail.timeline;
    struct feed_event e;
    int64_t at = 0;

    if (!doc || ui->health.kafka == LIGHT_OFF)
        return 0;
    for (const struct json *v = json_first(json_get(json_root(doc), "data")); v; v = json_next(v)) {
        if (!feed_event_read(doc, v, &e))
            continue;
        if (e.sent)
            at = 0;
        else if (ui->health.unsent.value == 0 || e.time < ui->health.oldest_unsent)
            at = e.position;
    }
    return at;
}

/* The store may know it a little later than the status; one that was set aside gets no time however often it is asked. */
static void ask_sent(struct ui *ui)
{
    struct detail *d = &ui->detail;
    int64_t at = sent_since(ui);

    if (at != d->unsent_at)
        d->unsent_asked = 0;
    d->unsent_at = at;
    if (at && d->unsent_asked < SENT_TRIES) {
        d->unsent_asked++;
        ask_want(ui, ASK_TIMELINE);
    }
}

static void take_status(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    struct health before = ui->health;
    enum message_level level;
    char text[400];

    (void)r;
    health_take(&ui->health, *doc);
    if (before.dead_letters != ui->health.dead_letters &&
        (ui->screen == &screen_dead || ui->screen == &screen_letter))
        dead_letters_again(ui);
    ask_sent(ui);
    if (health_change(&before, &ui->health, &level, text))
        ui_say(ui, level, "%s", text);
    json_free(ui->status);
    ui->status = *doc;
    *doc = NULL;
}

static void take_logs(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    log_keep_place(ui, *doc);
    json_free(ui->logs);
    ui->logs = *doc;
    *doc = NULL;
}

static void take_marks(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    marking_take(ui, *doc);
}

static void take_letters(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    if (!letters_take(&ui->letters, *doc, ui_held(ui))) {
        ask_want(ui, ASK_LETTERS);
        ui->asks[ASK_LETTERS].last_ns = 0; /* the next page of the same reading */
    } else {
        dead_letters_read(ui);
    }
}

static void take_letter(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    letters_open(&ui->letters, doc);
}

/* Tables are held still under the hand, but for the first look. */
static void take_due(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    if (ui->radar.due_loaded && !ui->radar.due_anew && ui_held(ui))
        return;
    radar_due_take(&ui->radar, *doc);
    radar_read(ui);
}

static void take_ahead(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    radar_ahead_take(&ui->radar, *doc);
}

static void take_stuck(struct ui *ui, const struct api_reply *r, struct json_doc **doc)
{
    (void)r;
    if (ui->radar.stuck_loaded && !ui->radar.stuck_anew && ui_held(ui))
        return;
    if (radar_stuck_take(&ui->radar, &ui->stats, *doc, ui->now_ms))
        radar_read(ui);
    else
        ask_want(ui, ASK_STUCK);
}

const struct ask_row ask_table[ASK_COUNT_OF] = {
    [ASK_STATS] = {"the figures", API_STATS, EACH_ROUND, false, NULL, take_stats},
    [ASK_LIST] = {"the orders", API_LIST, EACH_ROUND, false, make_list, take_list},
    [ASK_EVENTS] = {"the events", API_EVENTS, EACH_ROUND, false, make_events, take_events},
    [ASK_COUNT] = {"the count", API_COUNT, 1000 * MS, false, make_count, take_count},
    [ASK_OLDER] = {"the events", API_EVENTS, 0, true, make_older, take_older},
    [ASK_ORDER] = {"the order", API_ORDER, EACH_ROUND, false, make_order, take_order},
    [ASK_TIMELINE] = {"the timeline", API_TIMELINE, EACH_ROUND, false, make_timeline, take_timeline},
    [ASK_STATUS] = {"the health", API_STATUS, STATUS_EVERY, false, NULL, take_status},
    [ASK_LOGS] = {"the log", API_LOGS, STATUS_EVERY, false, make_logs, take_logs},
    [ASK_LETTERS] = {"the dead letters", API_DEAD_LETTERS, EACH_ROUND, false, make_letters, take_letters},
    [ASK_LETTER] = {"the dead letter", API_DEAD_LETTERS, 0, false, make_letter, take_letter},
    [ASK_DUE] = {"the radar", API_LIST, EACH_ROUND, false, make_due, take_due},
    [ASK_AHEAD] = {"the radar", API_LIST, EACH_ROUND, false, make_ahead, take_ahead},
    [ASK_STUCK] = {"the radar", API_LIST, 0, false, make_stuck, take_stuck},
    [ASK_MARKS] = {"the orders to mark", API_LIST, 0, true, make_marks, take_marks},
    [ASK_NEW] = {"the count of new orders", API_COUNT, 1000 * MS, false, make_new, take_new},
};
