/* Another log has taken the place of the one before: what is shown begins anew, as if the console had just been opened on
 * its present screen. What the user chose stays: screen, filter, sort, and the selected order, if there is one of its id. */
#include "tui/console.h"
#include "tui/fmt.h"

static void forget_questions(struct ui *ui)
{
    for (int i = 0; i < ASK_COUNT_OF; i++) {
        ask_drop(ui, (enum ask)i);
        ui->asks[i].wanted = false;
    }
}

static void forget_marks(struct ui *ui)
{
    char n[FMT_MAX];

    marking_stop(ui, "another event log: marking was stopped");
    *ui->range_from = 0;
    if (ui->marks.n > 0)
        ui_say(ui, MESSAGE_WARN, "another event log answers now: all is read anew, no longer marked: %s",
               fmt_count((int64_t)ui->marks.n, n));
    else
        ui_say(ui, MESSAGE_WARN, "another event log answers now: all is read anew");
    marks_release(&ui->marks);
}

/* A copy of a database has orders of the same ids and versions: what was asked about one of before is not done to it. */
static void forget_dialogs(struct ui *ui)
{
    static const struct overlay *const of_orders[] = {&over_actions, &over_args, &over_cancel, &over_confirm,
                                                      &over_copy};
    for (size_t i = 0; i < sizeof(of_orders) / sizeof(of_orders[0]); i++)
        if (ui->over == of_orders[i])
            ui->over = NULL;
    if (ui->bulk.phase == BULK_RUN)
        bulk_stop(ui); /* what became of the rest is shown */
    if (ui->bulk.phase == BULK_LOOK || ui->bulk.phase == BULK_ASK) {
        bulk_release(&ui->bulk);
        if (ui->over == &over_bulk)
            ui->over = NULL;
    }
}

/* Letters are known by numbers that start again in each database. */
static void forget_letters(struct ui *ui)
{
    if (ui->screen == &screen_letter)
        ui_back(ui);
    letters_release(&ui->letters);
}

void anew_begin(struct ui *ui)
{
    forget_questions(ui);
    forget_marks(ui);
    forget_dialogs(ui);
    forget_letters(ui);
    feed_restart(&ui->feed);
    detail_clear(&ui->detail);
    ui->stats = (struct stats){0};
    ui->radar = (struct radar){0};
    ui->count = -1;
    list_ask(&ui->list, ui->list.filter, ui->list.sort);
    ui->position = -1; /* whatever it is, it is news */
    ui->moved = false;
    ask_want(ui, ASK_ORDER);
    if (ui->screen->enter)
        ui->screen->enter(ui);
    ui->dirty = true;
}
