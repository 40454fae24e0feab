/* What the actions do that mean the same on every screen, and the commands of an order. */
#include "tui/console.h"
#include "tui/fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- sorting */

const struct menu_item sorts[] = {
    {"-createdAt", "newest first"},
    {"createdAt", "oldest first"},
    {"promisedDeliveryAt", "most urgent"},
    {"-promisedDeliveryAt", "latest promise"},
    {"statusSince", "longest in status"},
    {"-statusSince", "latest step"},
    {"-updatedAt", "last changed"},
    {"updatedAt", "least changed"},
    {"-totalAmount", "largest total"},
    {"totalAmount", "smallest total"},
    {"customerId", "customer"},
    {"-customerId", "customer, down"},
};
const size_t n_sorts = sizeof(sorts) / sizeof(sorts[0]);

const char *sort_label(const char *word)
{
    for (size_t i = 0; i < n_sorts; i++)
        if (strcmp(sorts[i].word, word) == 0)
            return sorts[i].label;
    return word;
}

/* ---- orders */

const struct order *act_pointed(const struct ui *ui, char why[ACT_WHY])
{
    const struct list *l = &ui->list;
    const struct order *urgent = ui->screen == &screen_radar ? radar_selected(&ui->radar) : &l->current;
    char id[FMT_MAX];

    if (!(ui->screen->scopes & SCOPE_BIT(SCOPE_ORDER)))
        snprintf(why, ACT_WHY, "there is no order to choose on this screen");
    else if (ui->screen == &screen_board && !l->loaded) /* the rows are another filter's */
        snprintf(why, ACT_WHY, "the orders of this filter are not read yet");
    else if (!*l->selected || strcmp(l->current.id, l->selected) != 0 || !urgent ||
             strcmp(urgent->id, l->selected) != 0)
        snprintf(why, ACT_WHY, "no order is selected");
    else if (ui->screen == &screen_board && !list_selected_visible(l)) /* beside the list is not enough */
        snprintf(why, ACT_WHY, "the selected %s is out of sight: choose one with the arrow keys",
                 fmt_id(l->selected, id));
    else
        return &l->current;
    return NULL;
}

/* To look at: in the pane beside the list it is shown whatever the list does. */
static const struct order *act_shown(const struct ui *ui, char why[ACT_WHY])
{
    const struct list *l = &ui->list;
    bool beside = ui->screen == &screen_board && ui->panes & 1u << PANE_ORDER;

    return beside && *l->selected && strcmp(l->current.id, l->selected) == 0 ? &l->current
                                                                             : act_pointed(ui, why);
}

bool ui_look(struct ui *ui, const struct screen *screen)
{
    char why[ACT_WHY];
    bool shown = act_shown(ui, why) != NULL;

    if (shown)
        ui_show(ui, screen);
    else
        ui_say(ui, MESSAGE_WARN, "%s", why);
    return shown;
}

const struct order *ui_pointed(struct ui *ui)
{
    char why[ACT_WHY];
    const struct order *o = act_pointed(ui, why);

    if (o)
        list_keep(&ui->list);
    else
        ui_say(ui, MESSAGE_WARN, "%s", why);
    return o;
}

const struct order *ui_target(struct ui *ui)
{
    const struct order *o = ui_pointed(ui), *seen = o ? seen_find(&ui->seen, o->id) : NULL;
    char id[FMT_MAX];

    if (o && !seen)
        ui_say(ui, MESSAGE_WARN, "%s was not on screen yet: look at it first", fmt_id(o->id, id));
    return seen;
}

const char *act_why_not(const struct order *o, enum order_command c, char out[80])
{
    if (order_allows(o, c))
        return NULL;
    if (c == COMMAND_RELEASE_HOLD && !o->held)
        return "it is not on hold";
    snprintf(out, 80, "not while %s%s", status_word(o->status)->label,
             o->held && c != COMMAND_CANCEL ? " and on hold" : "");
    return out;
}

bool act_allowed(struct ui *ui, const struct order *o, enum order_command c)
{
    char id[FMT_MAX];

    if (ui->cfg->read_only) {
        ui_say(ui, MESSAGE_WARN, "%s: not possible, the service is read-only", command_word(c)->label);
        return false;
    }
    if (order_allows(o, c))
        return true;
    ui_say(ui, MESSAGE_WARN, "%s: %s is %s%s and does not accept that", command_word(c)->label,
           fmt_id(o->id, id), o->held ? "on hold, " : "", status_word(o->status)->label);
    return false;
}

/* Of what is about no order, or about none that is chosen here. */
static const char *screen_refusal(const struct ui *ui, enum action action)
{
    bool one = ui->screen == &screen_board && (ui->panes & (ui->panes - 1)) == 0;

    switch ((int)action) {
    case ACTION_OPEN:
        return !ui->screen->opens || ui->screen->opens(ui) ? NULL : "there is nothing to open here";
    case ACTION_NEXT_PANE:
    case ACTION_PREV_PANE: return one ? "there is no room for another pane" : NULL;
    case ACTION_THIS_ORDER:
        return *ui->feed.filter.order || *ui->list.selected ? NULL : "no order is selected";
    default: return NULL;
    }
}

/* Of what changes no order, but may be about some. */
static const char *reading_refusal(const struct ui *ui, enum action action)
{
    bool board = ui->screen == &screen_board;
    char why[ACT_WHY];

    if (action_info(action)->scope != SCOPE_ORDER)
        return screen_refusal(ui, action);
    if (action == ACTION_UNMARK)
        return ui->marks.n || ui->gather.on || *ui->range_from ? NULL : "nothing is marked";
    if (action == ACTION_MARK_ALL || (action == ACTION_MARK_RANGE && !board))
        return board ? NULL : "on the orders' screen only";
    if (action == ACTION_JSON)
        return act_shown(ui, why) ? NULL : "no order is selected";
    if ((action == ACTION_ACTIONS || action == ACTION_COPY) && act_on_marks(ui))
        return NULL;
    return act_pointed(ui, why) ? NULL : "no order is selected";
}

static bool works_here(const struct ui *ui, enum scope scope)
{
    return scope == SCOPE_ANYWHERE || ui->screen->scopes & SCOPE_BIT(scope);
}

const char *act_refusal(const struct ui *ui, enum action action)
{
    enum order_command c = action == ACTION_CANCEL ? COMMAND_CANCEL : COMMAND_VALIDATE;
    enum scope scope = action_info(action)->scope;
    const struct order *o;
    char why[ACT_WHY];

    if (scope != SCOPE_ORDER && !works_here(ui, scope))
        return "it works on another screen";
    if (!(action_info(action)->flags & KEYMAP_WRITES))
        return reading_refusal(ui, action);
    if (ui->cfg->read_only)
        return "the service is read-only";
    if (action == ACTION_SKIP)
        return ui->health.parked ? NULL : "the relay does not wait for a refused record";
    if (scope != SCOPE_ORDER)
        return letters_selected(&ui->letters) ? NULL : "there is no dead letter here";
    if (act_on_marks(ui))
        return NULL;
    o = act_pointed(ui, why);
    if (!o)
        return "no order is selected";
    return order_allows(o, c) ? NULL : "the order does not accept that now";
}

bool act_send(struct ui *ui, const struct order *seen, const struct args *args)
{
    struct buf body = BUF_INIT(sizeof(((struct api_request *)0)->body) - 1);
    const struct args_row *missing = args_missing(args);
    const char *label = command_word(args->command)->label;
    bool sent = false;

    args_body(args, &body);
    if (missing)
        ui_say(ui, MESSAGE_WARN, "%s needs %s", label, missing->label);
    else if (body.failed)
        ui_say(ui, MESSAGE_BAD, "%s was not sent: too long", label);
    else
        sent = ask_command(ui, seen, args->command, body.data ? body.data : "");
    buf_release(&body);
    return sent;
}

bool act_on_marks(const struct ui *ui)
{
    return (ui->marks.n > 0 || ui->gather.on) && ui->screen == &screen_board;
}

void act_start(struct ui *ui, const struct order *seen, enum order_command c)
{
    struct args args;

    args_init(&args, c, "");
    if (!seen)
        over_bulk_open(ui, c, "");
    else if (c == COMMAND_CANCEL)
        over_cancel_open(ui, seen, "");
    else if (args.n > 0)
        over_args_open(ui, seen, c);
    else
        over_ask_open(ui, seen, &args);
}

bool act_command(struct ui *ui, const char *word, const char *text, bool by_hand)
{
    const struct order *o;
    enum order_command c;
    struct args args;

    if (!command_find(word, &c))
        return false;
    if (act_on_marks(ui)) {
        over_bulk_open(ui, c, text);
        return true;
    }
    args_init(&args, c, text);
    o = ui_target(ui);
    if (!o || !act_allowed(ui, o, c))
        return true;
    if (c == COMMAND_CANCEL)
        over_cancel_open(ui, o, text);
    else if (by_hand || args_missing(&args))
        act_send(ui, o, &args);
    else
        over_ask_open(ui, o, &args);
    return true;
}

/* ---- the list's question */

void ui_filter(struct ui *ui, const char *filter)
{
    char copy[512];

    if (strlen(filter) > 220) { /* three bytes each in the query, at worst */
        ui_say(ui, MESSAGE_WARN, "the filter is too long");
        return;
    }
    snprintf(copy, sizeof(copy), "%s", filter);
    list_ask(&ui->list, copy, ui->list.sort);
    *ui->range_from = 0;
    ui->count = -1;
    ask_drop(ui, ASK_LIST);
    ask_drop(ui, ASK_COUNT);
    ask_drop(ui, ASK_NEW);
    ask_want(ui, ASK_LIST);
    if (*copy)
        ask_want(ui, ASK_COUNT);
}

void ui_sort(struct ui *ui, const char *word)
{
    for (size_t i = 0; i < n_sorts; i++) {
        if (strcmp(sorts[i].word, word) != 0)
            continue;
        list_ask(&ui->list, ui->list.filter, word);
        ask_drop(ui, ASK_NEW);
        *ui->range_from = 0;
        ask_drop(ui, ASK_LIST);
        ask_want(ui, ASK_LIST);
        return;
    }
    ui_say(ui, MESSAGE_WARN, "there is no sort '%s'", word);
}

/* ---- moving in lines */

bool scroll(enum action action, size_t *top, size_t lines, size_t rows)
{
    size_t last = lines > rows ? lines - rows : 0, page = rows > 1 ? rows - 1 : 1, at = *top;

    switch ((int)action) {
    case ACTION_DOWN: at++; break;
    case ACTION_UP: at -= at > 0; break;
    case ACTION_PAGE_DOWN: at += page; break;
    case ACTION_PAGE_UP: at -= at > page ? page : at; break;
    case ACTION_FIRST: at = 0; break;
    case ACTION_LAST: at = last; break;
    default: return false;
    }
    *top = at > last ? last : at;
    return true;
}

/* ---- actions */

static void suspend(struct ui *ui)
{
    if (ui->cfg->attached)
        term_suspend(ui->term);
    else
        ui_say(ui, MESSAGE_WARN, "not suspended: the service is in this process and would stop; q leaves");
}

static const struct {
    enum action action;
    const struct screen *screen;
} screens[] = {
    {ACTION_ORDERS, &screen_board},      {ACTION_RADAR, &screen_radar}, {ACTION_EVENTS, &screen_events},
    {ACTION_HEALTH, &screen_health},     {ACTION_DEAD, &screen_dead},   {ACTION_LOG, &screen_log},
    {ACTION_MESSAGES, &screen_messages}, {ACTION_HELP, &screen_help},
};

const struct screen *act_opens(enum action action)
{
    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++)
        if (screens[i].action == action)
            return screens[i].screen;
    return NULL;
}

static bool act_screen(struct ui *ui, enum action action)
{
    const struct screen *screen = act_opens(action);

    if (screen && ui->screen == screen)
        ui_back(ui);
    else if (screen)
        ui_show(ui, screen);
    return screen != NULL;
}

static void refresh(struct ui *ui)
{
    term_forget(ui->term);
    ask_position(ui);
}

static void unmark(struct ui *ui)
{
    if (!marking_clear(ui))
        ui_say(ui, MESSAGE_INFO, "nothing is marked");
}

/* Typed in the palette where it has no meaning. */
static void misplaced(struct ui *ui, enum action action)
{
    const struct action_info *info = action_info(action);

    if (!works_here(ui, info->scope))
        ui_say(ui, MESSAGE_WARN, "%s works on another screen: %s", info->name, scope_name(info->scope));
}

void act(struct ui *ui, enum action action)
{
    if (ui->screen->act(ui, action) || act_screen(ui, action))
        return;
    switch ((int)action) {
    case ACTION_VALIDATE: act_command(ui, "validate", "", true); break;
    case ACTION_CANCEL: act_command(ui, "cancel", "", true); break;
    case ACTION_ACTIONS: over_actions_open(ui); break;
    case ACTION_COPY: over_copy_open(ui); break;
    case ACTION_MARK: marking_toggle(ui); break;
    case ACTION_MARK_RANGE: marking_range(ui); break;
    case ACTION_MARK_ALL: marking_all(ui); break;
    case ACTION_UNMARK: unmark(ui); break;
    case ACTION_JSON: ui_look(ui, &screen_json); break;
    case ACTION_FILTER:
        ui_show(ui, &screen_board);
        over_filter_open(ui);
        break;
    case ACTION_SORT:
        ui_show(ui, &screen_board);
        over_menu_open(ui, "Sort", sorts, n_sorts, ui->list.sort, ui_sort);
        break;
    case ACTION_VIEW: view_show(ui, keymap_place(&ui->keymap, ACTION_VIEW, ui->key) + 1); break;
    case ACTION_VIEWS: view_menu(ui); break;
    case ACTION_MOUSE: mouse_toggle(ui); break;
    case ACTION_PALETTE: over_palette_open(ui, ""); break;
    case ACTION_BACK: ui_back(ui); break;
    case ACTION_QUIT:
        if (ui->screen == &screen_board)
            over_quit_open(ui);
        else
            ui_back(ui);
        break;
    case ACTION_REFRESH: refresh(ui); break;
    case ACTION_SUSPEND: suspend(ui); break;
    default: misplaced(ui, action); break;
    }
}
