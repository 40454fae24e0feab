#include "tui/bulk.h"

#include "tui/console.h"
#include "tui/fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_NS INT64_C(50000000)

static void set_state(struct bulk *b, struct bulk_row *row, enum bulk_state state)
{
    b->count[row->state]--;
    b->count[state]++;
    row->state = state;
}

void bulk_release(struct bulk *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->rows[i].text);
    free(b->rows);
    free(b->shown);
    *b = (struct bulk){.phase = BULK_NONE};
}

bool bulk_start(struct ui *ui, enum order_command c, const char *text)
{
    struct bulk *b = &ui->bulk;

    bulk_release(b);
    b->rows = calloc(ui->marks.n, sizeof(*b->rows));
    if (!b->rows)
        return false;
    b->n = b->count[BULK_WAITS] = ui->marks.n;
    for (size_t i = 0; i < b->n; i++) {
        const struct mark *m = &ui->marks.rows[i];

        b->rows[i].marked = b->rows[i].now.version = m->version;
        snprintf(b->rows[i].now.id, sizeof(b->rows[i].now.id), "%s", m->id);
    }
    args_init(&b->args, c, text);
    edit_set(&b->number, "");
    b->phase = BULK_LOOK;
    return true;
}

/* ---- out */

static bool submit(struct ui *ui, struct bulk *b, size_t row)
{
    struct api_request q = {.op = API_ORDER, .if_version = -1, .tag = ++ui->last_tag};
    size_t at = 0;

    if (b->phase == BULK_RUN)
        command_request(ui, &b->rows[row].now, b->args.command, b->body, &q);
    else
        snprintf(q.order_id, sizeof(q.order_id), "%s", b->rows[row].now.id);
    if (!ui->api->ops->submit(ui->api, &q)) {
        b->retry_ns = ui->now_ns + RETRY_NS;
        return false;
    }
    while (b->open[at].tag)
        at++;
    b->open[at].tag = q.tag;
    b->open[at].row = row;
    b->n_open++;
    return true;
}

static void finish(struct ui *ui, struct bulk *b)
{
    static const enum bulk_state order[] = {BULK_FAILED, BULK_CHANGED, BULK_LEFT,
                                            BULK_NOT,    BULK_MISSING, BULK_DONE};
    size_t n = 0;
    char done[FMT_MAX], all[FMT_MAX];

    b->phase = BULK_OVER;
    b->shown = calloc(b->n, sizeof(*b->shown));
    for (size_t s = 0; s < sizeof(order) / sizeof(order[0]) && b->shown; s++)
        for (size_t i = 0; i < b->n; i++)
            if (b->rows[i].state == order[s])
                b->shown[n++] = (uint32_t)i;
    ui_say(ui, b->count[BULK_FAILED] + b->count[BULK_LEFT] > 0 ? MESSAGE_BAD : MESSAGE_OK,
           "%s: %s of %s are %s", command_word(b->args.command)->label,
           fmt_count((int64_t)b->count[BULK_DONE], done), fmt_count((int64_t)b->n, all),
           args_done(b->args.command));
}

static void go_on(struct ui *ui, struct bulk *b)
{
    if (b->next < b->n || b->n_open > 0)
        return;
    if (b->phase == BULK_LOOK)
        b->phase = BULK_ASK;
    else if (b->phase == BULK_RUN)
        finish(ui, b);
    ui->dirty = true;
}

void bulk_send(struct ui *ui)
{
    struct bulk *b = &ui->bulk;
    enum bulk_state wanted = b->phase == BULK_RUN ? BULK_CAN : BULK_WAITS;

    if ((b->phase != BULK_LOOK && b->phase != BULK_RUN) || ui->now_ns < b->retry_ns)
        return;
    b->retry_ns = 0;
    for (; b->next < b->n && b->n_open < BULK_OPEN; b->next++)
        if (b->rows[b->next].state == wanted && !submit(ui, b, b->next))
            return;
    go_on(ui, b);
}

bool bulk_idle(const struct bulk *b)
{
    return b->phase != BULK_LOOK && b->phase != BULK_RUN;
}

/* ---- in */

static void take_look(struct bulk *b, struct bulk_row *row, const struct api_reply *r)
{
    struct json_fault fault;
    struct json_doc *doc = r->status == 200 && r->body ? json_parse(r->body, r->len, &fault) : NULL;
    struct order o;

    if (!doc || !order_read(doc, json_root(doc), &o)) {
        if (r->status != 404)
            row->text = strdup("not sent: there was no answer to what it is now");
        set_state(b, row, r->status == 404 ? BULK_MISSING : BULK_LEFT);
    } else {
        row->now = o;
        set_state(b, row,
                  o.version != row->marked            ? BULK_CHANGED
                  : order_allows(&o, b->args.command) ? BULK_CAN
                                                      : BULK_NOT);
    }
    json_free(doc);
}

static void take_result(struct ui *ui, struct bulk *b, struct bulk_row *row, const struct api_reply *r)
{
    char text[200];
    struct order now;
    enum outcome outcome = command_outcome(r, b->args.command, &now, text, sizeof(text));

    row->text = strdup(text);
    set_state(b, row,
              outcome == OUTCOME_DONE      ? BULK_DONE
              : outcome == OUTCOME_CHANGED ? BULK_CHANGED
                                           : BULK_FAILED);
    if (outcome == OUTCOME_DONE) {
        row->now = now;
        list_update(&ui->list, &now);
    } else if (now.version > 0) {
        row->now.status = now.status;
        row->now.version = now.version;
    }
    if (strcmp(ui->list.selected, row->now.id) == 0)
        ask_want(ui, ASK_ORDER);
}

bool bulk_take(struct ui *ui, const struct api_reply *r)
{
    struct bulk *b = &ui->bulk;
    size_t at = 0;

    while (at < BULK_OPEN && (b->open[at].tag == 0 || b->open[at].tag != r->tag))
        at++;
    if (at == BULK_OPEN)
        return false;
    b->open[at].tag = 0;
    b->n_open--;
    if (r->op == API_COMMAND)
        take_result(ui, b, &b->rows[b->open[at].row], r);
    else
        take_look(b, &b->rows[b->open[at].row], r);
    go_on(ui, b);
    ui->stale = true;
    return true;
}

/* ---- the user's decisions */

void bulk_run(struct ui *ui)
{
    struct bulk *b = &ui->bulk;

    b->phase = BULK_RUN;
    b->next = 0;
    marks_release(&ui->marks);
}

void bulk_stop(struct ui *ui)
{
    struct bulk *b = &ui->bulk;

    for (; b->next < b->n; b->next++)
        if (b->rows[b->next].state == BULK_CAN)
            set_state(b, &b->rows[b->next], BULK_LEFT);
    b->retry_ns = 0;
    go_on(ui, b);
}

size_t bulk_mark_again(const struct bulk *b, struct marks *m)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct bulk_row *row = &b->rows[i];

        if (row->state == BULK_FAILED || row->state == BULK_CHANGED || row->state == BULK_LEFT)
            n += marks_add(m, &row->now);
    }
    return n;
}
