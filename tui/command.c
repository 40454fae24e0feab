/* One command for one order: sent with the version that was seen, and what became of it. */
#include "tui/console.h"
#include "tui/fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void command_request(struct ui *ui, const struct order *seen, enum order_command c, const char *body,
                     struct api_request *ret)
{
    *ret = (struct api_request){.op = API_COMMAND, .if_version = seen->version, .tag = ++ui->last_tag};
    snprintf(ret->order_id, sizeof(ret->order_id), "%s", seen->id);
    snprintf(ret->command, sizeof(ret->command), "%s", command_word(c)->wire);
    snprintf(ret->body, sizeof(ret->body), "%s", body);
    snprintf(ret->actor, sizeof(ret->actor), "%s", ui->cfg->actor ? ui->cfg->actor : "");
}

bool ask_command(struct ui *ui, const struct order *seen, enum order_command command, const char *body)
{
    struct command_open *free_row = NULL;
    char id[FMT_MAX];
    struct api_request q;

    for (size_t i = 0; i < COMMANDS_OPEN; i++)
        if (!ui->commands[i].tag)
            free_row = &ui->commands[i];
    command_request(ui, seen, command, body, &q);
    if (!free_row || !ui->api->ops->submit(ui->api, &q)) {
        ui_say(ui, MESSAGE_BAD, "%s was not sent: too many questions are open; try again",
               command_word(command)->label);
        return false;
    }
    ui->last = q;
    *free_row = (struct command_open){.tag = q.tag, .command = command};
    snprintf(free_row->order, sizeof(free_row->order), "%s", seen->id);
    if (!ui->connected)
        ui_say(ui, MESSAGE_WARN, "%s: %s waits for the connection; what becomes of it is said",
               fmt_id(seen->id, id), command_word(command)->label);
    return true;
}

/* ---- what became of it */

/* What a problem says of the order: its status and version; the version is 0 when it does not say. */
static bool read_present(const struct json_doc *doc, const struct json *root, struct order *ret)
{
    const char *now = json_string(json_get(root, "currentStatus"));

    if (!now || !status_find(now, &ret->status))
        return false;
    if (!json_int(doc, json_get(root, "version"), &ret->version))
        ret->version = 0;
    return true;
}

static void put_refusal(const struct json *root, const char *label, char *out, size_t room)
{
    const char *detail = json_string(json_get(root, "detail")), *title = json_string(json_get(root, "title"));
    const char *first = json_string(json_get(json_first(json_get(root, "errors")), "detail"));

    snprintf(out, room, "%s refused: %s%s%s", label,
             detail  ? detail
             : title ? title
                     : "no reason given",
             first ? ": " : "", first ? first : "");
}

enum outcome command_outcome(const struct api_reply *r, enum order_command c, struct order *ret_now,
                             char *out, size_t room)
{
    struct json_fault fault;
    struct json_doc *doc = r->body ? json_parse(r->body, r->len, &fault) : NULL;
    const struct json *root = doc ? json_root(doc) : NULL;
    const char *label = command_word(c)->label;
    enum outcome outcome = OUTCOME_REFUSED;

    *ret_now = (struct order){.version = 0};
    if (r->status >= 200 && r->status < 300 && doc && order_read(doc, root, ret_now)) {
        snprintf(out, room, "is %s now (version %" PRId64 ")", status_word(ret_now->status)->label,
                 ret_now->version);
        outcome = OUTCOME_DONE;
    } else if (r->status == 0) {
        snprintf(out, room, "%s: the outcome is not known: %s", label, r->body ? r->body : "no answer");
        outcome = OUTCOME_UNKNOWN;
    } else if (read_present(doc, root, ret_now) && r->status == 412) {
        snprintf(out, room, "%s was not done: the order has changed, it is %s now", label,
                 status_word(ret_now->status)->label);
        outcome = OUTCOME_CHANGED;
    } else {
        put_refusal(root, label, out, room);
    }
    json_free(doc);
    return outcome;
}

/* "…X4M9V6T5: validate refused: the order is already shipped" */
static void take(struct ui *ui, struct command_open *c, const struct api_reply *r)
{
    const char *id = c->order + (strlen(c->order) > 8 ? strlen(c->order) - 8 : 0);
    char text[200];
    struct order now;

    if (command_outcome(r, c->command, &now, text, sizeof(text)) == OUTCOME_DONE) {
        list_update(&ui->list, &now);
        ui_say(ui, MESSAGE_OK, "…%s %s", id, text);
    } else {
        ui_say(ui, MESSAGE_BAD, "…%s: %s", id, text);
    }
    if (strcmp(ui->list.selected, c->order) == 0)
        ask_want(ui, ASK_ORDER);
    c->tag = 0;
    ui->dirty = true;
}

bool command_take(struct ui *ui, const struct api_reply *r)
{
    if (r->op != API_COMMAND)
        return false;
    for (size_t i = 0; i < COMMANDS_OPEN; i++)
        if (ui->commands[i].tag == r->tag)
            take(ui, &ui->commands[i], r);
    return true;
}
