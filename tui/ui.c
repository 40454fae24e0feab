/* The loop: wait, read keys, take answers, ask, draw. */
#include "tui/console.h"

#include "shared/clock.h"
#include "shared/conf.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOLD_NS INT64_C(3000000000)
#define STATUS_AGAIN_S 5
#define STATS_AGAIN_S 20
#define RADAR_AGAIN_S 2

enum { FD_TTY, FD_SIGNAL, FD_API, FD_FAILURE, FD_STOP, FD_COUNT };

struct loop {
    int64_t next_tick_ns;
    int64_t last_ms; /* wall clock at the last tick */
    uint64_t ticks;
    bool idle_mark; /* ORDERDECK_IDLE_MARK: tell a test when there is nothing more to do */
    bool worked;    /* something happened since the last mark */
    uint64_t marks;
};

/* ---- for everybody */

void ui_say(struct ui *ui, enum message_level level, const char *format, ...)
{
    char text[240];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    message_add(&ui->messages, level, ui->now_ms, ui->now_ns, text);
    ui->dirty = true;
}

void ui_paste(struct ui *ui, struct edit *line, const char *text)
{
    if (!edit_insert(line, text))
        ui_say(ui, MESSAGE_WARN, "the pasted text was not taken: it has %zu bytes, and there is room for %zu",
               strlen(text), sizeof(line->text) - 1 - strlen(line->text));
}

void ui_show(struct ui *ui, const struct screen *screen)
{
    if (ui->screen == screen)
        return;
    if (screen != &screen_json || ui->screen != &screen_order)
        ui->before = screen == &screen_board ? NULL : ui->screen;
    ui->screen = screen;
    ui->text = (struct text_view){0};
    if (screen->enter)
        screen->enter(ui);
    if (screen == &screen_board)
        ui->focus = PANE_LIST;
    ui->dirty = true;
}

void ui_back(struct ui *ui)
{
    const struct screen *before = ui->before;

    ui->before = NULL;
    ui_show(ui, before && before != ui->screen ? before : &screen_board);
    if (ui->screen != &screen_board)
        ui->before = &screen_board;
}

void ui_theme(struct ui *ui, const char *name)
{
    struct err err;

    if (!theme_load(&ui->theme, name, &err)) {
        ui_say(ui, MESSAGE_WARN, "%s; the theme stays '%s'", err.message, ui->theme.name);
        return;
    }
    term_theme(ui->term, &ui->theme);
    ui->dirty = true;
}

void ui_selected(struct ui *ui)
{
    if (!detail_is(&ui->detail, ui->list.selected)) {
        ui->detail.view.top = 0;
        ui->detail.missing = false;
        ask_drop(ui, ASK_ORDER);
        ask_drop(ui, ASK_TIMELINE);
    }
    ask_want(ui, ASK_ORDER);
}

bool ui_held(const struct ui *ui)
{
    return ui->over != NULL || ui->now_ns < ui->held_until_ns;
}

/* ---- turns of the loop */

static void update_time(struct ui *ui)
{
    ui->now_ms = clock_wall_ms();
    ui->now_ns = clock_mono_ns();
    ui->spent_ns = clock_thread_ns();
}

/* The monotonic time of the next full second of the wall clock. */
static int64_t next_second(int64_t now_ns)
{
    struct timespec wall;

    clock_gettime(CLOCK_REALTIME, &wall);
    return now_ns + 1000000000 - wall.tv_nsec;
}

static void tick(struct ui *ui, struct loop *loop)
{
    if (ui->now_ns < loop->next_tick_ns)
        return;
    loop->next_tick_ns = next_second(ui->now_ns);
    loop->ticks++;
    if (ui->now_ms != loop->last_ms) /* else it is frozen, for a test */
        stats_tick(&ui->stats);
    loop->last_ms = ui->now_ms;
    if (loop->ticks % STATUS_AGAIN_S == 0 || ui->screen == &screen_health || health_moves(&ui->health))
        ask_want(ui, ASK_STATUS);
    if (loop->ticks % STATS_AGAIN_S == 0)
        ask_want(ui, ASK_STATS);
    if (ui->screen == &screen_log)
        ask_want(ui, ASK_LOGS);
    if (ui->feed.begun)
        feed_again(ui); /* there may be more rows on screen, or an answer was missing */
    if (ui->screen == &screen_radar && loop->ticks % RADAR_AGAIN_S == 0 && !ui_held(ui))
        radar_again(ui);
    if (theme_changed(&ui->theme)) {
        char name[64];

        snprintf(name, sizeof(name), "%s", ui->theme.name);
        ui_theme(ui, name);
        theme_seen(&ui->theme); /* one with a fault is said once, not each second */
    }
    ui->dirty = true;
}

static void press(struct ui *ui, struct key key)
{
    enum action action;

    ui->held_until_ns = ui->now_ns + HOLD_NS;
    ui->dirty = true;
    letters_give_up(&ui->letters); /* a question that comes later would take this key for its answer */
    if (key.code == KEY_CODE_PASTE) {
        const char *text = term_pasted(ui->term);

        if (ui->over && ui->over->paste)
            ui->over->paste(ui, text);
        else
            ui_say(ui, MESSAGE_INFO, "pasted text is not taken as keys");
        return;
    }
    if (key.code == KEY_CODE_PASTE_LOST) {
        ui_say(ui, MESSAGE_WARN, "pasted text was dropped: its end did not come; Esc ends it");
        return;
    }
    if (key.code >= KEY_CODE_CLICK) {
        mouse_press(ui, key);
        return;
    }
    if (ui->over) {
        ui->over->key(ui, key);
        return;
    }
    ui->key = key;
    action = keymap_find(&ui->keymap, key, SCOPE_BIT(SCOPE_ANYWHERE) | ui->screen->scopes);
    if (action != ACTION_NONE)
        act(ui, action);
}

static void read_keys(struct ui *ui)
{
    struct key key;

    if (!term_read(ui->term, ui->now_ns)) {
        ui->end = UI_LOST;
        return;
    }
    while (ui->end < 0 && term_key(ui->term, ui->now_ns, &key))
        press(ui, key);
}

static void take_signals(struct ui *ui)
{
    int rows, cols;

    switch (term_look(ui->term)) {
    case TERM_NOTHING: return;
    case TERM_LOST: ui->end = UI_LOST; return;
    case TERM_RESIZED: break;
    }
    term_size(ui->term, &rows, &cols);
    if (!canvas_resize(&ui->canvas, rows, cols))
        ui->end = UI_LOST;
    ui->dirty = true;
}

/* The list reads on when the view comes near an end of what it holds. */
static void read_ahead(struct ui *ui)
{
    struct list *l = &ui->list;

    if (l->fetching || !l->loaded ||
        !((list_near_end(l) && list_fetch_more(l)) || (list_near_start(l) && list_fetch_back(l))))
        return;
    ui->asks[ASK_LIST].last_ns = 0;
    ask_want(ui, ASK_LIST);
}

static void settle(struct ui *ui)
{
    const char *before = ui->why_not;
    bool connected = ui->api->ops->connected(ui->api, &ui->why_not);

    if (connected != ui->connected || strcmp(before, ui->why_not) != 0)
        ui->dirty = true;
    if (connected && *ui->why_not && strcmp(before, ui->why_not) != 0)
        ui_say(ui, MESSAGE_WARN, "%s", ui->why_not);
    if (connected && !ui->connected) { /* questions may have gone unanswered meanwhile */
        ask_retry(ui);
        ask_position(ui);
        ask_want(ui, ASK_ORDER);
    }
    ui->connected = connected;
    if (ui->letters.waiting && !ui_held(ui)) {
        letters_settle(&ui->letters);
        ui->dirty = true;
    }
    if (ui->list.waiting && !ui_held(ui)) {
        list_settle(&ui->list);
        if (list_counts_new(&ui->list))
            ask_want(ui, ASK_NEW);
        ui_selected(ui);
        ui->dirty = true;
    }
}

/* A dialog, or a screen of its own, is about the order it was opened for: no answer puts another in its place. */
static void pin(struct ui *ui)
{
    bool pinned = (ui->over && ui->over != &over_filter) || ui->screen != &screen_board;

    if (!list_pin(&ui->list, pinned))
        return;
    ui_selected(ui);
    ui->dirty = true;
}

/* "\033]7791;idle;N;bytes read BEL" */
static const char *idle_text(struct ui *ui, struct loop *loop, char *out, size_t room)
{
    if (!loop->idle_mark || !loop->worked || !ask_idle(ui) || term_key_deadline(ui->term))
        return NULL;
    loop->worked = false;
    snprintf(out, room, "\033]7791;idle;%" PRIu64 ";%" PRIu64 "\a", ++loop->marks, term_bytes_read(ui->term));
    return out;
}

static void draw(struct ui *ui, struct loop *loop)
{
    char mark[80];
    const char *trailer;

    if (term_stalled(ui->term))
        return;
    if (ui->stale && !ask_together(ui))
        ui->dirty = true;
    trailer = idle_text(ui, loop, mark, sizeof(mark));
    if (!ui->dirty && !trailer)
        return;
    if (ui->dirty) {
        draw_frame(ui);
        seen_frame(ui);
    }
    ui->dirty = ui->stale = false;
    if (!term_frame(ui->term, &ui->canvas, trailer))
        ui->end = UI_LOST;
    read_ahead(ui);
    ask_send(ui);
}

static int wait_ms(const struct ui *ui, const struct loop *loop)
{
    int64_t at = loop->next_tick_ns, key = term_key_deadline(ui->term), ask = ask_deadline(ui);
    int64_t together = ui->stale ? ask_together(ui) : 0;

    if (key && key < at)
        at = key;
    if (ask && ask < at)
        at = ask;
    if (together && together < at)
        at = together;
    if (ui->list.waiting && !ui->over && ui->held_until_ns < at)
        at = ui->held_until_ns;
    at -= clock_mono_ns();
    return at <= 0 ? 0 : (int)((at + 999999) / 1000000);
}

static void turn(struct ui *ui, struct loop *loop)
{
    struct pollfd fds[FD_COUNT] = {
        [FD_TTY] = {.fd = term_fd(ui->term),
                    .events = (short)(term_stalled(ui->term) ? POLLIN | POLLOUT : POLLIN)},
        [FD_SIGNAL] = {.fd = term_signal_poll_fd(ui->term), .events = POLLIN},
        [FD_API] = {.fd = ui->api->ops->fd(ui->api), .events = POLLIN},
        [FD_FAILURE] = {.fd = ui->cfg->failure_fd, .events = POLLIN},
        [FD_STOP] = {.fd = ui->cfg->stop_fd, .events = POLLIN},
    };
    int ready = poll(fds, FD_COUNT, wait_ms(ui, loop));

    update_time(ui);
    if (ready < 0 && errno != EINTR)
        ui->end = UI_LOST;
    if (fds[FD_FAILURE].revents)
        ui->end = UI_FAILED;
    else if (fds[FD_STOP].revents)
        ui->end = UI_STOP;
    if (ui->end >= 0)
        return;
    loop->worked |= ready > 0;
    if (fds[FD_SIGNAL].revents || ready < 0)
        take_signals(ui);
    if (fds[FD_TTY].revents & POLLOUT && !term_flush(ui->term))
        ui->end = UI_LOST;
    if (ui->end < 0 && (fds[FD_TTY].revents & (POLLIN | POLLHUP | POLLERR) || term_key_deadline(ui->term)))
        read_keys(ui);
    if (ui->end >= 0)
        return;
    pin(ui);
    ask_receive(ui);
    tick(ui, loop);
    settle(ui);
    read_ahead(ui);
    ask_send(ui);
    draw(ui, loop);
}

/* ---- start and end */

static bool start(struct ui *ui, struct loop *loop)
{
    const char *mark = getenv("ORDERDECK_IDLE_MARK"), *frozen = getenv("ORDERDECK_CLOCK");
    struct err err = {0};
    int rows, cols;

    ui->term = term_open(&err);
    if (!ui->term) {
        fprintf(stderr, "orderdeck: %s\n", err.message);
        return false;
    }
    if (frozen && *frozen)
        clock_freeze(strtoll(frozen, NULL, 10));
    term_esc_delay(ui->term, ui->cfg->esc_delay_ms * 1000000);
    update_time(ui);
    loop->idle_mark = mark && *mark == '1';
    loop->worked = true;
    loop->next_tick_ns = next_second(ui->now_ns);
    loop->last_ms = ui->now_ms;
    term_size(ui->term, &rows, &cols);
    ui->canvas.utf8 = term_utf8(ui->term);
    ui->canvas.poor = term_poor(ui->term);
    if (!canvas_resize(&ui->canvas, rows, cols) || !feed_init(&ui->feed)) {
        term_close(ui->term, false);
        fprintf(stderr, "orderdeck: out of memory\n");
        return false;
    }
    theme_default(&ui->theme);
    ui_theme(ui, ui->cfg->theme && *ui->cfg->theme ? ui->cfg->theme : "dark");
    return true;
}

/* The user's keys; a file that is wrong is said and left aside as a whole. */
static void load_keys(struct ui *ui)
{
    char *path = conf_path(CONF_DIR_CONFIG, "keys", false);
    struct err err;

    if (path && !keymap_load(&ui->keymap, path, &err))
        ui_say(ui, MESSAGE_BAD, "keys as usual: %s", err.message);
    free(path);
}

static void load_views(struct ui *ui)
{
    struct err err;

    if (!views_load(&ui->views, &err))
        ui_say(ui, MESSAGE_BAD, "views as they come: %s", err.message);
}

static void first_questions(struct ui *ui)
{
    ui->position = ui->api->ops->position(ui->api);
    ui->connected = ui->api->ops->connected(ui->api, &ui->why_not);
    ask_position(ui);
    ask_send(ui);
    ui->dirty = true;
}

static void finish(struct ui *ui)
{
    term_close(ui->term, ui->end == UI_LOST);
    history_save(&ui->typed);
    history_save(&ui->filtered);
    history_release(&ui->typed);
    history_release(&ui->filtered);
    list_release(&ui->list);
    marks_release(&ui->marks);
    seen_release(&ui->seen);
    bulk_release(&ui->bulk);
    free(ui->gather.cursor);
    feed_release(&ui->feed);
    detail_clear(&ui->detail);
    letters_release(&ui->letters);
    json_free(ui->status);
    json_free(ui->logs);
    canvas_release(&ui->canvas);
}

enum ui_end ui_run(const struct ui_config *cfg)
{
    struct ui *ui = calloc(1, sizeof(*ui));
    struct loop loop = {0};
    int end;

    if (!ui) {
        fprintf(stderr, "orderdeck: out of memory\n");
        return UI_NO_TERMINAL;
    }
    ui->cfg = cfg;
    ui->api = cfg->api;
    ui->end = -1;
    ui->count = -1;
    ui->screen = &screen_board;
    ui->log_level = 2;
    list_init(&ui->list);
    keymap_init(&ui->keymap);
    detail_clear(&ui->detail);
    if (!start(ui, &loop)) {
        free(ui);
        return UI_NO_TERMINAL;
    }
    load_keys(ui);
    load_views(ui);
    history_load(&ui->typed, "history-commands");
    history_load(&ui->filtered, "history-filters");
    first_questions(ui);
    draw(ui, &loop);
    while (ui->end < 0)
        turn(ui, &loop);
    end = ui->end;
    finish(ui);
    free(ui);
    return (enum ui_end)end;
}
