#include "tui/feed.h"

#include "tui/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool feed_init(struct feed *f)
{
    *f = (struct feed){.rows = calloc(FEED_ROWS, sizeof(*f->rows)), .visible = 1};
    return f->rows != NULL;
}

void feed_release(struct feed *f)
{
    free(f->rows);
    f->rows = NULL;
}

const struct feed_event *feed_at(const struct feed *f, size_t back)
{
    if (back >= f->n)
        return NULL;
    return &f->rows[(f->first + f->n - 1 - back) % FEED_ROWS];
}

int64_t feed_newest(const struct feed *f)
{
    return f->n ? feed_at(f, 0)->position : 0;
}

int64_t feed_after(const struct feed *f, int64_t position)
{
    int64_t rows = (int64_t)f->visible + 20, newest = feed_newest(f);

    if (rows > 200)
        rows = 200;
    if (position - newest > rows)
        return position > rows ? position - rows : 0;
    return newest;
}

const char *feed_label(const char *type)
{
    static const char common[] = "wms.order.";

    return strncmp(type, common, sizeof(common) - 1) == 0 ? type + sizeof(common) - 1 : type;
}

bool feed_event_read(const struct json_doc *doc, const struct json *entry, struct feed_event *ret)
{
    const struct json *event = json_get(entry, "event"), *data = json_get(event, "data");
    const char *type = json_string(json_get(event, "type")),
               *subject = json_string(json_get(event, "subject"));
    const char *customer = json_string(json_get(data, "customerId")),
               *status = json_string(json_get(data, "status"));
    const char *actor = json_string(json_get(event, "actor"));

    *ret = (struct feed_event){0};
    if (!type || !subject || !json_int(doc, json_get(entry, "position"), &ret->position))
        return false;
    if (!actor)
        actor = json_string(json_get(event, "caller"));
    if (!status || !status_find(status, &ret->status))
        ret->status = STATUS_RECEIVED;
    ret->time = json_moment(event, "time");
    ret->sent = json_moment(entry, "sentAt");
    snprintf(ret->type, sizeof(ret->type), "%s", type);
    snprintf(ret->order, sizeof(ret->order), "%s", subject);
    snprintf(ret->customer, sizeof(ret->customer), "%s", customer ? customer : "");
    snprintf(ret->actor, sizeof(ret->actor), "%s", actor ? actor : "");
    return true;
}

static void add(struct feed *f, const struct feed_event *e)
{
    if (f->n == FEED_ROWS) {
        f->first = (f->first + 1) % FEED_ROWS;
        f->n--;
    }
    f->rows[(f->first + f->n) % FEED_ROWS] = *e;
    f->n++;
    if (f->up > 0) {
        f->up += f->up + f->visible < f->n;
        f->fresh++;
    }
}

void feed_take(struct feed *f, const struct json_doc *doc)
{
    for (const struct json *v = json_first(json_get(json_root(doc), "data")); v; v = json_next(v)) {
        struct feed_event e;

        if (feed_event_read(doc, v, &e) && e.position > feed_newest(f))
            add(f, &e);
    }
}

void feed_live(struct feed *f)
{
    f->up = f->fresh = 0;
}

void feed_move(struct feed *f, long rows)
{
    long most = f->n > f->visible ? (long)(f->n - f->visible) : 0, to = (long)f->up + rows;

    f->up = to < 0 ? 0 : (size_t)(to > most ? most : to);
    if (f->up == 0)
        f->fresh = 0;
}
