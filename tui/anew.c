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

/* Letters are known by numbers that start again in each database, so a question about one is closed. */
static void forget_letters(struct ui *ui)
{
    if (ui->over == &over_confirm)
        ui->over = NULL;
    if (ui->screen == &screen_letter)
        ui_back(ui);
    letters_release(&ui->letters);
}

void anew_begin(struct ui *ui)
{
    forget_questions(ui);
    forget_marks(ui);
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
