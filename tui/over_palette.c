/* The command line: every action and every command of an order by its name, completed, checked while it is typed. */
#include "tui/console.h"
#include "tui/width.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 10 /* choices shown at most */

/* What was typed: a word, and what follows it. */
struct typed {
    char word[CHOICE_WORD];
    const char *rest; /* in the line, without blanks before it */
    size_t word_end, rest_at;
};

static struct typed split(const struct ui *ui)
{
    const char *text = ui->line.text, *word = text + strspn(text, " "), *end = word + strcspn(word, " ");
    struct typed t = {.rest = end + strspn(end, " ")};

    snprintf(t.word, sizeof(t.word), "%.*s", (int)(end - word), word);
    t.word_end = (size_t)(end - text);
    t.rest_at = (size_t)(t.rest - text);
    return t;
}

static bool wrong(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct ui *ui, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(ui->fault.text, sizeof(ui->fault.text), format, ap);
    va_end(ap);
    return false;
}

/* ---- commands of the console with arguments; each offers them, checks them, and does it */

static void offer_terms(struct ui *ui, struct choices *c, size_t at)
{
    choices_filter(c, &ui->line, at);
}

static bool check_filter(struct ui *ui, const struct typed *t)
{
    return ui_filter_check(ui, t->rest, t->rest_at);
}

static void run_filter(struct ui *ui, const char *rest)
{
    ui_show(ui, &screen_board);
    ui_filter(ui, rest);
}

static void offer_sorts(struct ui *ui, struct choices *c, size_t at)
{
    choices_begin(c, &ui->line, at, strlen(ui->line.text));
    for (size_t i = 0; i < n_sorts; i++) {
        struct choice one = {.arguments = "", .sentence = sorts[i].label};

        snprintf(one.word, sizeof(one.word), "%s", sorts[i].word);
        choices_offer(c, one);
    }
}

static bool check_sort(struct ui *ui, const struct typed *t)
{
    for (size_t i = 0; i < n_sorts; i++)
        if (!*t->rest || strcmp(sorts[i].word, t->rest) == 0)
            return true;
    return wrong(ui, "there is no sort '%.40s'", t->rest);
}

static void run_sort(struct ui *ui, const char *rest)
{
    if (*rest) {
        ui_show(ui, &screen_board);
        ui_sort(ui, rest);
    } else {
        act(ui, ACTION_SORT);
    }
}

static void offer_theme(const char *name, void *ctx)
{
    struct choices *c = ctx;
    struct choice one = {.arguments = "", .sentence = ""};

    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->rows[i].word, name) == 0)
            return;
    snprintf(one.word, sizeof(one.word), "%.60s", name);
    choices_offer(c, one);
}

static void offer_themes(struct ui *ui, struct choices *c, size_t at)
{
    choices_begin(c, &ui->line, at, strlen(ui->line.text));
    theme_each(offer_theme, c);
}

/* A line is checked at each key and frame; the file is read only when the name is another one. There is one console. */
static struct {
    char name[sizeof(((struct edit *)NULL)->text)]; /* "": none */
    bool right;
    struct err err;
} checked;

static bool check_theme(struct ui *ui, const struct typed *t)
{
    struct theme theme;

    if (!*t->rest)
        return wrong(ui, "theme needs a name");
    if (strcmp(checked.name, t->rest) != 0)
        checked.right = theme_load(&theme, t->rest, &checked.err);
    snprintf(checked.name, sizeof(checked.name), "%s", t->rest);
    return checked.right || wrong(ui, "%s", checked.err.message);
}

/* "3", or "save 3 name" */
static bool read_view(const char *rest, int *ret_number, const char **ret_name)
{
    bool save = strncmp(rest, "save ", 5) == 0;
    const char *number = rest + (save ? 5 : 0), *end;

    number += strspn(number, " ");
    end = number + strcspn(number, " ");
    *ret_number = *number >= '1' && *number <= '0' + VIEWS && end == number + 1 ? *number - '0' : 0;
    *ret_name = save ? end + strspn(end, " ") : NULL;
    return *ret_number > 0 && (save || !*end);
}

static void offer_views(struct ui *ui, struct choices *c, size_t at)
{
    const char *text = ui->line.text + at;
    bool save = strncmp(text, "save ", 5) == 0;

    at += save ? 5 + strspn(text + 5, " ") : 0;
    choices_begin(c, &ui->line, at, strlen(ui->line.text));
    for (int i = 0; i < VIEWS; i++) {
        const struct view *view = &ui->views.rows[i];
        struct choice one = {.arguments = "",
                             .sentence = *view->name ? view->name : "nothing yet",
                             .refused = !save && !*view->name,
                             .goes_on = save};

        snprintf(one.word, sizeof(one.word), "%d", i + 1);
        choices_offer(c, one);
    }
    if (!save)
        choices_offer(c, (struct choice){.word = "save",
                                         .arguments = "NUMBER NAME",
                                         .sentence = "keep filter and sort as a view",
                                         .goes_on = true});
}

static bool check_view(struct ui *ui, const struct typed *t)
{
    const char *name;
    int number;

    if (!*t->rest)
        return true;
    if (!read_view(t->rest, &number, &name))
        return wrong(ui, "a view is a number from 1 to %d; save NUMBER NAME keeps what the list shows",
                     VIEWS);
    if (name && (!*name || strchr(name, '|') || strlen(name) >= sizeof(ui->views.rows[0].name)))
        return wrong(ui, "the name of a view has 1 to %zu bytes, and no |",
                     sizeof(ui->views.rows[0].name) - 1);
    if (!name && !*ui->views.rows[number - 1].name)
        return wrong(ui, "there is no view %d", number);
    return true;
}

static void run_view(struct ui *ui, const char *rest)
{
    const char *name;
    int number;

    if (!read_view(rest, &number, &name))
        view_menu(ui);
    else if (name)
        view_save(ui, number, name);
    else
        view_show(ui, number);
}

static const struct extra {
    const char *word, *arguments, *sentence;
    void (*offer)(struct ui *ui, struct choices *c,
                  size_t at);                            /* `at`: byte of the line the arguments begin at */
    bool (*check)(struct ui *ui, const struct typed *t); /* false: ui->fault says why */
    void (*run)(struct ui *ui, const char *rest);
} extras[] = {
    {"filter", "TERMS", "filter the orders; without terms drop the filter", offer_terms, check_filter,
     run_filter},
    {"sort", "[WORD]", "sort as the REST list does, such as -totalAmount", offer_sorts, check_sort, run_sort},
    {"theme", "NAME", "another theme", offer_themes, check_theme, ui_theme},
    {"view", "NUMBER | save NUMBER NAME", "show a saved view, or keep what the list shows as one",
     offer_views, check_view, run_view},
};

static const struct extra *extra_find(const char *word)
{
    for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        if (strcmp(extras[i].word, word) == 0)
            return &extras[i];
    return NULL;
}

/* ---- choices */

/* "TRACKING-NUMBER CARRIER", "[REASON]": what is typed behind a command of an order. */
static const char *arguments_of(enum order_command c)
{
    static char text[COMMAND_COUNT][80]; /* the choices keep it; there is one console */
    size_t n, used = 0, room = sizeof(text[c]);
    const struct args_row *rows = args_of(c, &n);

    text[c][0] = 0;
    for (size_t i = 0; i < n && used < room; i++) {
        size_t from = used;

        used += (size_t)snprintf(text[c] + used, room - used, rows[i].needed ? "%s%s" : "%s[%s]",
                                 i ? " " : "", rows[i].label);
        for (size_t k = from + (i > 0); k < used && k < room; k++)
            text[c][k] = text[c][k] == ' ' ? '-' : (char)toupper((unsigned char)text[c][k]);
    }
    return text[c];
}

static void offer(struct choices *c, const char *word, const char *arguments, const char *sentence,
                  bool refused)
{
    struct choice one = {
        .arguments = arguments, .sentence = sentence, .refused = refused, .goes_on = *arguments != 0};

    snprintf(one.word, sizeof(one.word), "%s", word);
    choices_offer(c, one);
}

static void offer_commands(const struct ui *ui, struct choices *c, const struct typed *t)
{
    char why[ACT_WHY];
    const struct order *o = act_pointed(ui, why);
    enum order_command ignored;

    choices_begin(c, &ui->line, t->word_end - strlen(t->word), t->word_end);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct word *w = command_word((enum order_command)i);

        offer(c, w->wire, arguments_of((enum order_command)i), w->sentence,
              !act_on_marks(ui) && !(o && order_allows(o, (enum order_command)i)));
    }
    for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        offer(c, extras[i].word, extras[i].arguments, extras[i].sentence, false);
    for (int i = 0; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);

        if (!(info->flags & KEYMAP_HIDDEN) && !command_find(info->name, &ignored) && !extra_find(info->name))
            offer(c, info->name, "", info->sentence, act_refusal(ui, (enum action)i) != NULL);
    }
}

/* What may stand where something is typed: a command, or an argument of one. */
static void offers(struct ui *ui, struct choices *c)
{
    struct typed t = split(ui);
    const struct extra *extra = extra_find(t.word);

    choices_begin(c, &ui->line, ui->line.at, ui->line.at);
    if (!ui->line.text[t.word_end])
        offer_commands(ui, c, &t);
    else if (extra)
        extra->offer(ui, c, t.rest_at);
    choices_rank(c);
}

/* The cancel dialog asks for the reason itself. */
static bool check_command(struct ui *ui, enum order_command c, const char *rest)
{
    const struct args_row *missing;
    struct args args;

    args_init(&args, c, rest);
    missing = c == COMMAND_CANCEL ? NULL : args_missing(&args);
    return !missing || wrong(ui, "%s needs %s: %s", command_word(c)->label, missing->label, missing->hint);
}

/* false: ui->fault says what is wrong with what stands there. A word that is not whole yet is not wrong. */
static bool check(struct ui *ui, const struct choices *c)
{
    struct typed t = split(ui);
    const struct extra *extra = extra_find(t.word);
    enum order_command command;

    ui->fault.text[0] = 0;
    if (extra)
        return extra->check(ui, &t);
    if (command_find(t.word, &command))
        return check_command(ui, command, t.rest);
    if (*t.word && action_find(t.word) == ACTION_NONE && c->n == 0)
        return wrong(ui, "there is no command '%s'", t.word);
    return true;
}

/* ---- keys */

void over_palette_open(struct ui *ui, const char *text)
{
    edit_set(&ui->line, text);
    ui->menu.at = 0;
    ui->by_hand = true;
    *checked.name = 0;
    history_stop(&ui->typed);
    ui->over = &over_palette;
}

/* Whole words only. Of what was told to an order the history file has the command alone. */
static void run(struct ui *ui)
{
    struct typed t = split(ui);
    const struct extra *extra = extra_find(t.word);
    enum order_command command;
    char rest[sizeof(ui->line.text)];

    snprintf(rest, sizeof(rest), "%s", t.rest);
    history_add(&ui->typed, ui->line.text, !command_find(t.word, &command) || !*rest);
    ui->over = NULL;
    if (extra)
        extra->run(ui, rest);
    else if (!act_command(ui, t.word, rest, ui->by_hand))
        act(ui, action_find(t.word));
}

static bool whole(const struct ui *ui)
{
    struct typed t = split(ui);
    enum order_command command;

    return extra_find(t.word) || command_find(t.word, &command) || action_find(t.word) != ACTION_NONE;
}

/* Takes what is marked in. What was not typed at all is not run by the same key, nor a command of an order of which only
 * some letters were. */
static bool fill_in(struct ui *ui, const struct choices *c)
{
    struct choices copy = *c;
    const char *word = c->rows[ui->menu.at].word;
    enum order_command command;
    bool sure = split(ui).word[0] && (c->rows[ui->menu.at].begins || !command_find(word, &command));

    ui->by_hand &= c->rows[ui->menu.at].exact;
    choices_take(&copy, ui->menu.at, &ui->line);
    ui->menu.at = 0;
    return sure;
}

static void enter(struct ui *ui)
{
    struct choices c;

    offers(ui, &c);
    if (!split(ui).word[0] && ui->menu.at == 0 && !history_walks(&ui->typed)) { /* nothing was asked for */
        ui->over = NULL;
        return;
    }
    if (c.n > 0 && (!whole(ui) || !check(ui, &c))) {
        bool sure = fill_in(ui, &c);

        offers(ui, &c);
        if (!sure)
            return;
    }
    if (check(ui, &c) && whole(ui))
        run(ui);
}

static void walk(struct ui *ui, bool older)
{
    const char *text = older ? history_older(&ui->typed, ui->line.text) : history_newer(&ui->typed);

    if (text) {
        edit_set(&ui->line, text);
        ui->by_hand = !*text;
    }
    ui->menu.at = 0;
}

/* Up and Down are for what was typed before, while there is nothing else in the line; else for the choices. */
static void move(struct ui *ui, bool up)
{
    struct choices c;

    if (history_walks(&ui->typed) || (up && !ui->line.text[0] && ui->menu.at == 0)) {
        walk(ui, up);
        return;
    }
    offers(ui, &c);
    ui->menu.at = c.n == 0 ? 0 : (ui->menu.at + (up ? c.n - 1 : 1)) % c.n;
}

static void complete(struct ui *ui)
{
    struct choices c;

    offers(ui, &c);
    history_stop(&ui->typed);
    if (ui->menu.at < c.n)
        fill_in(ui, &c);
}

static void key(struct ui *ui, struct key k)
{
    if (key_is(k, KEY_CODE_ESC) || (k.mods == KEY_CTRL && k.code == 'c') ||
        (key_is(k, KEY_CODE_BACKSPACE) && !ui->line.text[0])) {
        ui->over = NULL;
    } else if (key_is(k, KEY_CODE_ENTER)) {
        enter(ui);
    } else if (key_is(k, KEY_CODE_TAB)) {
        complete(ui);
    } else if (key_is(k, KEY_CODE_DOWN) || key_is(k, KEY_CODE_UP)) {
        move(ui, k.code == KEY_CODE_UP);
    } else if (k.mods == KEY_CTRL && (k.code == 'p' || k.code == 'n')) {
        walk(ui, k.code == 'p');
    } else if (edit_key(&ui->line, k)) {
        history_stop(&ui->typed);
        ui->menu.at = 0;
        ui->by_hand |= !ui->line.text[0];
    }
}

static void paste(struct ui *ui, const char *text)
{
    ui_paste(ui, &ui->line, text);
    history_stop(&ui->typed);
    ui->menu.at = 0;
    ui->by_hand = false;
}

/* ---- the picture */

static void draw_choice(struct ui *ui, int row, const struct choice *one, bool marked)
{
    struct canvas *c = &ui->canvas;
    int col = 2, end = c->cols - 1, cols = (int)strlen(one->word), sentence = 36;

    canvas_fill(c, (struct area){row, 0, 1, c->cols}, marked ? GROUND_SELECTED : GROUND_DIALOG);
    if (marked)
        canvas_glyph(c, row, 0, ROLE_MARK, GLYPH_SELECTED);
    draw_choice_word(ui, row, col, end - col, one);
    col += cols + 1;
    col += canvas_text(c, row, col, end - col, ROLE_DIM, one->arguments);
    if (col + 2 > sentence)
        sentence = col + 2;
    if (c->cols >= 60)
        canvas_text(c, row, sentence, end - sentence, one->refused ? ROLE_OFF : ROLE_TEXT, one->sentence);
}

/* Above the line: what is wrong with it, else what the marked choice does where the list has no room for it. */
static void draw_notice(struct ui *ui, int row, const struct choices *c, bool right)
{
    struct canvas *canvas = &ui->canvas;
    const char *sentence = ui->menu.at < c->n ? c->rows[ui->menu.at].sentence : "";

    canvas_fill(canvas, (struct area){row, 0, 1, canvas->cols}, GROUND_DIALOG);
    if (!right && (c->n == 0 || c->rows[0].exact)) /* else Enter takes the marked one */
        canvas_text(canvas, row, 2, canvas->cols - 3, ROLE_FAULT, ui->fault.text);
    else if (canvas->cols < 60 && *sentence)
        canvas_text(canvas, row, 2, canvas->cols - 3, ROLE_TEXT, sentence);
    else
        canvas_text(canvas, row, 2, canvas->cols - 3, ROLE_DIM,
                    "Tab completes   Enter runs   Up typed before   Esc leaves");
}

static void draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    struct choices list;
    size_t rows = c->rows > 5 ? (size_t)(c->rows - 4) : 0, top = 0;
    int row = c->rows - 1;
    bool right;

    offers(ui, &list);
    right = check(ui, &list);
    if (rows > ROWS)
        rows = ROWS;
    if (rows > list.n)
        rows = list.n;
    if (ui->menu.at >= rows && rows > 0)
        top = ui->menu.at + 1 - rows;
    for (size_t i = 0; i < rows; i++)
        draw_choice(ui, row - 1 - (int)(rows - i), &list.rows[top + i], top + i == ui->menu.at);
    if (row >= 2)
        draw_notice(ui, row - 1, &list, right);
    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    canvas_text(c, row, 0, 2, ROLE_PROMPT, " :");
    edit_draw(&ui->line, c, row, 2, c->cols - 2, ROLE_INPUT);
}

const struct overlay over_palette = {.draw = draw, .key = key, .paste = paste};
