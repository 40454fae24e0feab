/* The event feed on the whole screen, of all types and orders or of some. */
#include "tui/console.h"
#include "tui/fmt.h"

#include <stdio.h>
#include <string.h>

void feed_again(struct ui *ui)
{
    if (!ui->asks[ASK_EVENTS].open && feed_wants_newer(&ui->feed, ui->position))
        ask_want(ui, ASK_EVENTS);
    if (!ui->asks[ASK_OLDER].open && feed_wants_older(&ui->feed))
        ask_want(ui, ASK_OLDER);
}

bool feed_act(struct ui *ui, enum action action)
{
    struct feed *f = &ui->feed;
    long page = f->visible > 1 ? (long)f->visible - 1 : 1;

    switch ((int)action) {
    case ACTION_DOWN: feed_move(f, 1); break;
    case ACTION_UP: feed_move(f, -1); break;
    case ACTION_PAGE_DOWN: feed_move(f, page); break;
    case ACTION_PAGE_UP: feed_move(f, -page); break;
    case ACTION_FIRST: feed_live(f); break;
    case ACTION_LAST: feed_move(f, (long)f->n); break;
    default: return false;
    }
    feed_again(ui);
    return true;
}

static void draw(struct ui *ui, struct area body)
{
    ui->focus = PANE_EVENTS;
    draw_events(ui, body);
}

/* The events of the selected order alone, or of all orders again. */
static void toggle_order(struct ui *ui)
{
    struct feed_filter filter = ui->feed.filter;
    char id[FMT_MAX];

    if (*filter.order) {
        *filter.order = 0;
        ui_say(ui, MESSAGE_INFO, "the events of all orders");
    } else if (*ui->list.selected) {
        snprintf(filter.order, sizeof(filter.order), "%s", ui->list.selected);
        ui_say(ui, MESSAGE_INFO, "the events of %s alone", fmt_id(filter.order, id));
    } else {
        ui_say(ui, MESSAGE_WARN, "no order is selected");
        return;
    }
    feed_show(ui, &filter);
}

static bool act_events(struct ui *ui, enum action action)
{
    if (action == ACTION_TYPES) {
        over_feed_open(ui);
    } else if (action == ACTION_THIS_ORDER) {
        toggle_order(ui);
    } else if (action == ACTION_BACK && feed_filtered(&ui->feed)) {
        feed_show(ui, &(struct feed_filter){.words = ""});
    } else {
        return feed_act(ui, action);
    }
    return true;
}

const struct screen screen_events = {
    .name = "events", .scopes = SCOPE_BIT(SCOPE_EVENTS), .draw = draw, .act = act_events};
