/* Changes that are about no order: dead letters and the relay. One at a time; what became of it is said. */
#include "tui/console.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool errand_open(const struct ui *ui)
{
    return ui->errand.tag != 0;
}

bool errand_send(struct ui *ui, struct api_request *q, const char *what)
{
    q->if_version = -1;
    q->tag = ++ui->last_tag;
    snprintf(q->actor, sizeof(q->actor), "%s", ui->cfg->actor ? ui->cfg->actor : "");
    if (ui->errand.tag) {
        ui_say(ui, MESSAGE_WARN, "%s: wait for the answer to what was asked before", what);
        return false;
    }
    if (!ui->api->ops->submit(ui->api, q)) {
        ui_say(ui, MESSAGE_BAD, "%s was not sent: too many questions are open; try again", what);
        return false;
    }
    ui->errand.tag = q->tag;
    snprintf(ui->errand.what, sizeof(ui->errand.what), "%s", what);
    if (!ui->connected)
        ui_say(ui, MESSAGE_WARN, "%s waits for the connection; what becomes of it is said", what);
    return true;
}

/* ---- answers: what is said of a success */

static void say_replayed(struct ui *ui, const struct json_doc *doc)
{
    static const struct {
        const char *result, *sentence;
    } rows[] = {{"applied", "applied: its order moved on"},
                {"parked", "parked: it waits for its order"},
                {"late", "late: noted on the order's timeline"}};
    const char *result = json_string(json_get(json_root(doc), "result"));

    for (size_t i = 0; result && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].result, result) == 0)
            result = rows[i].sentence;
    ui_say(ui, MESSAGE_OK, "%s is %s", ui->errand.what, result ? result : "done");
}

static int64_t number(const struct json_doc *doc, const char *name)
{
    int64_t n;

    return json_int(doc, json_get(json_root(doc), name), &n) ? n : 0;
}

static void say_replayed_all(struct ui *ui, const struct json_doc *doc)
{
    int64_t refused = number(doc, "refused");
    bool more = json_true(json_get(json_root(doc), "more"));

    ui_say(ui, refused || more ? MESSAGE_WARN : MESSAGE_OK,
           "%s: %" PRId64 " applied, %" PRId64 " parked, %" PRId64 " late, %" PRId64 " still bad%s",
           ui->errand.what, number(doc, "applied"), number(doc, "parked"), number(doc, "late"), refused,
           more ? "; not all were reached: once more" : "");
}

static void say_dropped(struct ui *ui, const struct json_doc *doc)
{
    (void)doc;
    ui_say(ui, MESSAGE_OK, "%s is deleted", ui->errand.what);
}

static void say_skipped(struct ui *ui, const struct json_doc *doc)
{
    ui_say(ui, MESSAGE_OK,
           "the record at position %" PRId64 " is set aside as a dead letter, and the relay goes on",
           number(doc, "position"));
}

static void say_refused(struct ui *ui, const struct api_reply *r, const struct json_doc *doc)
{
    const char *detail = doc ? json_string(json_get(json_root(doc), "detail")) : NULL;

    if (r->status == 0)
        ui_say(ui, MESSAGE_BAD, "%s: the outcome is not known: %s", ui->errand.what,
               r->body && *r->body ? r->body : "no answer");
    else
        ui_say(ui, MESSAGE_BAD, "%s%s: %s", ui->errand.what,
               r->status == 422 ? " is kept, it is still bad" : "",
               detail ? detail : "refused, no reason given");
}

bool errand_take(struct ui *ui, const struct api_reply *r)
{
    static void (*const says[API_OPS])(struct ui * ui, const struct json_doc *doc) = {
        [API_DEAD_REPLAY] = say_replayed,
        [API_DEAD_REPLAY_ALL] = say_replayed_all,
        [API_DEAD_DROP] = say_dropped,
        [API_RELAY_SKIP] = say_skipped,
    };
    struct json_fault fault;
    struct json_doc *doc;
    bool done = r->status >= 200 && r->status < 300;

    if (r->op == API_COMMAND || !api_changes(r->op))
        return false;
    if (r->tag != ui->errand.tag)
        return true;
    doc = r->len ? json_parse(r->body, r->len, &fault) : NULL;
    if (done && says[r->op] && (doc || r->status == 204))
        says[r->op](ui, doc);
    else
        say_refused(ui, r, doc);
    json_free(doc);
    ui->errand.tag = 0;
    ui->asks[ASK_STATUS].last_ns = 0;
    ask_want(ui, ASK_STATUS);
    dead_letters_again(ui);
    return true;
}
