/* Titles, dialogs, the status line and the line of keys. */
#include "tui/console.h"
#include "tui/fmt.h"
#include "tui/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_NS INT64_C(15000000000) /* a message is in the status line for so long */

void draw_title(struct ui *ui, struct area a, bool focus, const char *title, const char *text,
                const char *right)
{
    struct canvas *c = &ui->canvas;
    int col = a.col + 2, end = a.col + a.cols, right_cols = width_text(right);

    canvas_rule(c, a.row, a.col, a.cols, focus ? ROLE_RULE_FOCUS : ROLE_RULE);
    if (a.cols < 12) {
        canvas_text(c, a.row, a.col, a.cols, focus ? ROLE_TITLE_FOCUS : ROLE_TITLE, title);
        return;
    }
    if (right_cols && right_cols + 8 > a.cols / 2 + width_text(title))
        right_cols = 0;
    end -= right_cols ? right_cols + 4 : 1;
    col += canvas_textf(c, a.row, a.col + 1, end - a.col - 1, focus ? ROLE_TITLE_FOCUS : ROLE_TITLE, " %s ",
                        title);
    if (*text && end - col > 4)
        canvas_textf(c, a.row, col, end - col, ROLE_TEXT, " %s ", text);
    if (right_cols)
        canvas_textf(c, a.row, end, right_cols + 2, ROLE_NUMBER, " %s ", right);
}

struct area draw_dialog(struct ui *ui, int rows, int cols, enum role role, const char *title)
{
    struct canvas *c = &ui->canvas;
    struct area a;

    if (rows > c->rows)
        rows = c->rows;
    if (cols > c->cols)
        cols = c->cols;
    a = (struct area){(c->rows - rows) / 2, (c->cols - cols) / 2, rows, cols};
    canvas_fill(c, a, GROUND_DIALOG);
    canvas_cursor(c, a.row, a.col, false);
    if (rows < 5 || cols < 24) /* no room for a frame */
        return a;
    canvas_box(c, a, role);
    canvas_textf(c, a.row, a.col + 2, cols - 4, role, " %s ", title);
    return (struct area){a.row + 1, a.col + 2, rows - 2, cols - 4};
}

static enum role level_role(enum message_level l)
{
    return l == MESSAGE_BAD    ? ROLE_BAD
           : l == MESSAGE_WARN ? ROLE_WARN
           : l == MESSAGE_OK   ? ROLE_OK
                               : ROLE_TEXT;
}

static const char *level_glyph(enum message_level l)
{
    return glyph_text(l == MESSAGE_BAD    ? GLYPH_CANCELLED
                      : l == MESSAGE_WARN ? GLYPH_LATE
                      : l == MESSAGE_OK   ? GLYPH_COMPLETED
                                          : GLYPH_MIDDLE);
}

static const struct message *present(const struct ui *ui)
{
    const struct message *m = message_at(&ui->messages, 0);

    return m && ui->now_ns - m->time_ns < SHOWN_NS ? m : NULL;
}

/* A message that is longer than its line says the rest in lines of its own: it takes the rows above, a third of the screen
 * at most. */
static void draw_message(struct ui *ui, struct area a, const struct message *m)
{
    char text[sizeof(m->text) + 24], repeats[24] = "";
    struct area inside = {0, a.col + 3, 0, a.cols - 4};
    struct lines l = {.canvas = &ui->canvas, .area = inside, .wrap = true};
    int most = ui->canvas.rows / 3, rows;

    if (m->repeats > 1)
        snprintf(repeats, sizeof(repeats), " (%d times)", m->repeats);
    snprintf(text, sizeof(text), "%s%s", m->text, repeats);
    lines_long(&l, 0, level_role(m->level), text); /* counts */
    rows = l.n < 1 || most < 1 ? 1 : l.n > (size_t)most ? most : (int)l.n;
    a.row -= rows - 1;
    a.rows = rows;
    canvas_fill(&ui->canvas, a, GROUND_BAR);
    canvas_text(&ui->canvas, a.row, a.col + 1, 1, level_role(m->level), level_glyph(m->level));
    inside.row = a.row;
    inside.rows = rows;
    l = (struct lines){.canvas = &ui->canvas, .area = inside, .wrap = rows > 1};
    lines_long(&l, 0, level_role(m->level), text);
    if (l.n > (size_t)rows)
        canvas_glyph(&ui->canvas, a.row + rows - 1, a.col + a.cols - 1, level_role(m->level), GLYPH_ELLIPSIS);
}

/* The first key of an action; of a row of keys the first and the last, "1-9". */
static void first_key(const struct ui *ui, enum action a, char out[2 * KEY_NAME_MAX])
{
    size_t n = ui->keymap.n[a];

    *out = 0;
    if (n)
        key_name(ui->keymap.keys[a][0], out);
    if (n > 4) {
        size_t at = strlen(out);

        out[at] = '-';
        key_name(ui->keymap.keys[a][n - 1], out + at + 1);
    }
}

/* The screens, with the present one picked out; the columns used. */
static int draw_tabs(struct ui *ui, struct area a)
{
    static const enum action tabs[] = {ACTION_ORDERS, ACTION_RADAR, ACTION_EVENTS,
                                       ACTION_HEALTH, ACTION_DEAD,  ACTION_LOG};
    int col = a.col + 1, end = a.col + a.cols - 1;

    for (size_t i = 0; i < sizeof(tabs) / sizeof(tabs[0]); i++) {
        bool here = act_opens(tabs[i]) == ui->screen;
        const char *label = action_info(tabs[i])->label;
        int word = (int)(a.cols >= 100 ? strlen(label) : strcspn(label, " "));
        char key[2 * KEY_NAME_MAX], text[40];
        int need;

        first_key(ui, tabs[i], key);
        snprintf(text, sizeof(text), "%.*s", word, label);
        need = width_text(key) + 1 + width_text(text);
        if (!*key || col + need > end)
            continue;
        ui->mouse.at.keys[tabs[i]] = (struct area){a.row, col, 1, need};
        col += canvas_text(&ui->canvas, a.row, col, end - col, ROLE_KEY, key) + 1;
        col += canvas_text(&ui->canvas, a.row, col, end - col, here ? ROLE_TITLE_FOCUS : ROLE_DIM, text) + 2;
    }
    return col - a.col;
}

/* What was said last, else the screens; who acts and where, as far as there is room. */
void draw_status(struct ui *ui, struct area a)
{
    const struct message *m = present(ui);
    const char *url = ui->api->ops->url(ui->api);
    char right[300];
    int cols, used;

    canvas_fill(&ui->canvas, a, GROUND_BAR);
    used = m ? width_text(m->text) + 12 : draw_tabs(ui, a);
    snprintf(right, sizeof(right), "%s  %s", ui->cfg->actor ? ui->cfg->actor : "", url);
    if (used + width_text(right) + 2 > a.cols)
        snprintf(right, sizeof(right), "%s", url);
    cols = used + width_text(right) + 2 > a.cols ? 0 : width_text(right);
    if (cols)
        canvas_text(&ui->canvas, a.row, a.col + a.cols - cols - 1, cols, ROLE_DIM, right);
    a.cols -= cols ? cols + 1 : 0;
    if (m)
        draw_message(ui, a, m);
}

/* Is it in the bottom line of the present screen? What is refused is left out, but for the keys of the selected order,
 * which keep their places while another is selected. */
static bool offered(const struct ui *ui, const struct action_info *info, bool refused)
{
    unsigned scopes = SCOPE_BIT(SCOPE_ANYWHERE) | ui->screen->scopes;

    return info->flags & KEYMAP_BAR && scopes & SCOPE_BIT(info->scope) &&
           (!refused || info->scope == SCOPE_ORDER) && (ui->screen->has_list || !(info->flags & KEYMAP_LIST));
}

/* Only from the orders does the key of quitting lead out. */
static const char *label_of(const struct ui *ui, enum action a)
{
    return action_info(a == ACTION_QUIT && ui->screen != &screen_board ? ACTION_BACK : a)->label;
}

static void draw_keys(struct ui *ui, struct area a)
{
    int col = a.col + 1, end = a.col + a.cols - 1;
    int kept = width_text(action_info(ACTION_HELP)->label) + 4; /* for help, which is always there */
    bool full = false; /* one did not fit: none of the later ones takes its place */

    for (int i = 0; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);
        const char *refusal = act_refusal(ui, (enum action)i), *label = label_of(ui, (enum action)i);
        char key[2 * KEY_NAME_MAX];
        int need;

        if (!offered(ui, info, refusal != NULL))
            continue;
        first_key(ui, (enum action)i, key);
        need = width_text(key) + 1 + width_text(label);
        if (i == ACTION_HELP)
            kept = 0;
        if ((full && i != ACTION_HELP) || col + need + kept > end) {
            full = true;
            continue;
        }
        ui->mouse.at.keys[i] = (struct area){a.row, col, 1, need};
        col += canvas_text(&ui->canvas, a.row, col, end - col, refusal ? ROLE_OFF : ROLE_KEY, key) + 1;
        col += canvas_text(&ui->canvas, a.row, col, end - col, refusal ? ROLE_OFF : ROLE_LABEL, label) + 2;
    }
}

void draw_bar(struct ui *ui, struct area a)
{
    const struct message *m = present(ui);

    canvas_fill(&ui->canvas, a, GROUND_BAR);
    if (ui->over && ui->over->hint)
        canvas_text(&ui->canvas, a.row, a.col + 1, a.cols - 2, ROLE_LABEL, ui->over->hint);
    else if (m && ui->canvas.rows < 16) /* too low for a status line of its own */
        draw_message(ui, a, m);
    else
        draw_keys(ui, a);
}

void draw_fault(struct ui *ui, int row, int at)
{
    int cols = width_text(ui->fault.text), left = at - 2, right = ui->canvas.cols - at - 2;

    canvas_glyph(&ui->canvas, row, at, ROLE_FAULT, GLYPH_POINT);
    if (cols < right || right >= left)
        canvas_text(&ui->canvas, row, at + 2, right, ROLE_FAULT, ui->fault.text);
    else
        canvas_right(&ui->canvas, row, 1, left, ROLE_FAULT, ui->fault.text);
}

void draw_more(struct ui *ui, struct area a, size_t top, size_t n)
{
    int col = a.col + a.cols - 1;

    if (a.rows < 1 || a.cols < 3)
        return;
    if (top > 0)
        canvas_glyph(&ui->canvas, a.row, col, ROLE_KEY, GLYPH_UP);
    if (top + (size_t)a.rows < n)
        canvas_glyph(&ui->canvas, a.row + a.rows - 1, col, ROLE_KEY, GLYPH_DOWN);
}

void draw_choice_word(struct ui *ui, int row, int col, int cols, const struct choice *one)
{
    size_t n = strlen(one->word);

    for (size_t i = 0; i < n && (int)i < cols; i++) { /* words are ASCII */
        char character[2] = {one->word[i], 0};
        bool hit = one->hit >> i & 1 || !one->hit;

        canvas_text(&ui->canvas, row, col + (int)i, 1,
                    one->refused ? ROLE_OFF
                    : hit        ? ROLE_KEY
                                 : ROLE_TEXT,
                    character);
    }
}

/* Header, funnel, body of the screen, status line, keys; then the overlay. */
void draw_frame(struct ui *ui)
{
    struct canvas *c = &ui->canvas;
    struct area body = canvas_area(c), line = {0, 0, 1, c->cols};

    canvas_clear(c);
    memset(&ui->mouse.at, 0, sizeof(ui->mouse.at));
    if (c->rows >= 3) {
        draw_header(ui, line);
        body.row++;
        body.rows--;
    }
    if (c->rows >= 8) {
        struct area funnel = {1, 0, c->rows >= 26 && c->cols >= 108 ? 2 : 1, c->cols};

        draw_funnel(ui, funnel);
        body.row += funnel.rows;
        body.rows -= funnel.rows;
    }
    if (c->rows >= 4)
        body.rows--;
    if (c->rows >= 16)
        body.rows--;
    ui->screen->draw(ui, body);
    line.row = c->rows - 2;
    if (c->rows >= 16)
        draw_status(ui, line);
    line.row = c->rows - 1;
    if (c->rows >= 4)
        draw_bar(ui, line);
    if (ui->over)
        ui->over->draw(ui);
}
