/* The command line: every action and every command of an order by its name. */
#include "tui/console.h"
#include "tui/width.h"

#include <stdio.h>
#include <string.h>

struct candidate {
    const char *word, *arguments, *sentence;
    bool refused;
};

/* Commands with arguments, beside actions and the commands of an order. */
static const struct candidate extra[] = {
    {"filter", "TERMS", "filter the orders; without terms drop the filter", false},
    {"sort", "WORD", "sort as the REST list does, such as -totalAmount", false},
    {"theme", "NAME", "another theme", false},
};

static const char *arguments_of(enum order_command c)
{
    switch (c) {
    case COMMAND_ASSIGN_WAVE: return "WAVE";
    case COMMAND_UNASSIGN_WAVE: return "[REASON]";
    case COMMAND_SHIP: return "TRACKING CARRIER";
    case COMMAND_CANCEL: return "";
    case COMMAND_HOLD: return "TYPE [REASON]";
    case COMMAND_RELEASE_HOLD: return "[TYPE]";
    case COMMAND_VALIDATE:
    case COMMAND_START_PICKING:
    case COMMAND_MARK_CONSOLIDATED:
    case COMMAND_MARK_PACKED:
    case COMMAND_COMPLETE:
    case COMMAND_COUNT: break;
    }
    return "";
}

#define CANDIDATES (ACTION_COUNT + COMMAND_COUNT + 3)

static void offer(struct candidate *list, size_t *n, struct candidate c, const char *typed, size_t len)
{
    if (strncmp(c.word, typed, len) == 0 && *n < CANDIDATES)
        list[(*n)++] = c;
}

/* Everything whose name begins with the typed word. */
static size_t candidates(struct ui *ui, struct candidate *list)
{
    const char *typed = ui->line.text;
    size_t len = strcspn(typed, " "), n = 0;

    for (int i = 0; i < COMMAND_COUNT; i++) {
        enum order_command c = (enum order_command)i;

        offer(list, &n,
              (struct candidate){command_word(c)->wire, arguments_of(c), command_word(c)->sentence,
                                 !*ui->list.selected || !order_allows(&ui->list.current, c)},
              typed, len);
    }
    for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++)
        offer(list, &n, extra[i], typed, len);
    for (int i = 0; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);
        enum order_command c;

        if (info->flags & KEYMAP_HIDDEN || command_find(info->name, &c) ||
            strcmp(info->name, "filter") == 0 || strcmp(info->name, "sort") == 0)
            continue;
        offer(list, &n,
              (struct candidate){info->name, "", info->sentence, act_refusal(ui, (enum action)i) != NULL},
              typed, len);
    }
    return n;
}

void over_palette_open(struct ui *ui, const char *text)
{
    edit_set(&ui->line, text);
    ui->menu.at = 0;
    ui->over = &over_palette;
}

static void run(struct ui *ui)
{
    char word[64];
    const char *text = ui->line.text + strspn(ui->line.text, " ");
    const char *rest = text + strcspn(text, " ");
    struct candidate list[CANDIDATES];
    size_t n = candidates(ui, list);
    enum action a;

    snprintf(word, sizeof(word), "%.*s", (int)(rest - text), text);
    rest += strspn(rest, " ");
    if (*rest == 0 && ui->menu.at < n && action_find(word) == ACTION_NONE) /* the one that is marked */
        snprintf(word, sizeof(word), "%s", list[ui->menu.at].word);
    ui->over = NULL;
    a = action_find(word);
    if (strcmp(word, "filter") == 0)
        ui_filter(ui, rest);
    else if (strcmp(word, "sort") == 0 && *rest)
        ui_sort(ui, rest);
    else if (strcmp(word, "theme") == 0 && *rest)
        ui_theme(ui, rest);
    else if (*word && (act_command(ui, word, rest)))
        return;
    else if (a != ACTION_NONE)
        act(ui, a);
    else if (*word)
        ui_say(ui, MESSAGE_WARN, "there is no command '%s'", word);
}

static void complete(struct ui *ui)
{
    struct candidate list[CANDIDATES];
    size_t n = candidates(ui, list);
    char text[80];

    if (ui->menu.at >= n)
        return;
    snprintf(text, sizeof(text), "%s%s", list[ui->menu.at].word, *list[ui->menu.at].arguments ? " " : "");
    edit_set(&ui->line, text);
    ui->menu.at = 0;
}

static void key(struct ui *ui, struct key k)
{
    struct candidate list[CANDIDATES];
    size_t n = candidates(ui, list);

    if (key_is(k, KEY_CODE_ESC) || (k.mods == KEY_CTRL && k.code == 'c') ||
        (key_is(k, KEY_CODE_BACKSPACE) && !ui->line.text[0]))
        ui->over = NULL;
    else if (key_is(k, KEY_CODE_ENTER))
        run(ui);
    else if (key_is(k, KEY_CODE_TAB))
        complete(ui);
    else if (key_is(k, KEY_CODE_DOWN))
        ui->menu.at = n ? (ui->menu.at + 1) % n : 0;
    else if (key_is(k, KEY_CODE_UP))
        ui->menu.at = n ? (ui->menu.at + n - 1) % n : 0;
    else if (edit_key(&ui->line, k))
        ui->menu.at = 0;
}

static void paste(struct ui *ui, const char *text)
{
    ui_paste(ui, &ui->line, text);
    ui->menu.at = 0;
}

static void draw_candidate(struct ui *ui, int row, const struct candidate *c, bool marked)
{
    struct canvas *canvas = &ui->canvas;
    int col = 2, end = canvas->cols - 1;

    canvas_fill(canvas, (struct area){row, 0, 1, canvas->cols}, marked ? GROUND_SELECTED : GROUND_DIALOG);
    if (marked)
        canvas_glyph(canvas, row, 0, ROLE_MARK, GLYPH_SELECTED);
    col += canvas_text(canvas, row, col, end - col, c->refused ? ROLE_OFF : ROLE_KEY, c->word) + 1;
    canvas_text(canvas, row, col, end - col, ROLE_DIM, c->arguments);
    if (canvas->cols >= 60)
        canvas_text(canvas, row, 36, end - 36, c->refused ? ROLE_OFF : ROLE_TEXT, c->sentence);
}

static void draw(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    struct candidate list[CANDIDATES];
    size_t n = candidates(ui, list), rows = c->rows > 4 ? (size_t)(c->rows - 3) : 0, top = 0;
    int row = c->rows - 1;

    if (rows > 10)
        rows = 10;
    if (rows > n)
        rows = n;
    if (ui->menu.at >= rows && rows > 0)
        top = ui->menu.at + 1 - rows;
    for (size_t i = 0; i < rows; i++)
        draw_candidate(ui, row - (int)(rows - i), &list[top + i], top + i == ui->menu.at);
    canvas_fill(c, (struct area){row, 0, 1, c->cols}, GROUND_BAR);
    canvas_text(c, row, 0, 2, ROLE_PROMPT, " :");
    edit_draw(&ui->line, c, row, 2, c->cols - 2, ROLE_INPUT);
}

const struct overlay over_palette = {.draw = draw, .key = key, .paste = paste};
