#include "tui/choice.h"

#include "shared/filter.h"
#include "shared/order_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- how well it fits */

enum { HIT = 16, RUN = 30, WORD_START = 24, START = 8, GAP = 1, NONE = -30000 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int worth(const char *text, size_t at)
{
    if (at == 0)
        return HIT + WORD_START + START;
    return strchr("-_ :.", text[at - 1]) ? HIT + WORD_START : HIT;
}

/* The best way to have the first i + 1 typed characters, the last of them at text[j]. */
struct way {
    short score;
    signed char before; /* where the one before was, -1: this is the first */
};

static struct way best_way(const struct way *above, const char *text, size_t i, size_t j)
{
    struct way best = {NONE, -1};

    if (i == 0)
        return (struct way){(short)(worth(text, j) - (int)j * GAP), -1};
    for (size_t k = 0; k < j; k++) {
        int score = above[k].score == NONE
                        ? NONE
                        : above[k].score + worth(text, j) + (k + 1 == j ? RUN : 0) - (int)(j - k - 1) * GAP;

        if (score > best.score)
            best = (struct way){(short)score, (signed char)k};
    }
    return best;
}

int choice_score(const char *typed, const char *text, uint64_t *ret_hit)
{
    struct way ways[CHOICE_WORD][CHOICE_WORD];
    size_t n = strlen(typed), len = strlen(text), end = 0;
    int score = NONE;

    *ret_hit = 0;
    if (n == 0)
        return 1;
    if (n > len || len > CHOICE_WORD)
        return 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < len; j++)
            ways[i][j] = lower(typed[i]) == lower(text[j]) ? best_way(i ? ways[i - 1] : NULL, text, i, j)
                                                           : (struct way){NONE, -1};
    for (size_t j = 0; j < len; j++) {
        if (ways[n - 1][j].score > score) {
            score = ways[n - 1][j].score;
            end = j;
        }
    }
    if (score == NONE)
        return 0;
    for (size_t i = n; i-- > 0; end = (size_t)ways[i][end].before)
        *ret_hit |= UINT64_C(1) << end;
    return score > 1 ? score : 1;
}

/* ---- choices */

void choices_begin(struct choices *c, const struct edit *line, size_t from, size_t to)
{
    c->n = 0;
    c->strict = false;
    c->from = from;
    c->to = to;
    snprintf(c->typed, sizeof(c->typed), "%.*s", (int)(to - from), line->text + from);
    if (to - from >= sizeof(c->typed)) /* longer than any choice: a byte that none has */
        snprintf(c->typed, sizeof(c->typed), "\n");
}

void choices_offer(struct choices *c, struct choice one)
{
    size_t n = strlen(c->typed);

    if (c->strict && !strcasestr(one.word, c->typed))
        return;
    one.score = choice_score(c->typed, one.word, &one.hit);
    one.begins = strncasecmp(one.word, c->typed, n) == 0;
    one.exact = one.begins && !one.word[n];
    if (one.begins && n > 0)
        one.score += one.exact ? 20000 : 10000;
    if (one.score == 0 && n >= 3 && strcasestr(one.sentence, c->typed))
        one.score = 1; /* behind all that have it in their names */
    if (one.score > 0 && c->n < CHOICES)
        c->rows[c->n++] = one;
}

void choices_rank(struct choices *c)
{
    for (size_t i = 1; i < c->n; i++) {
        struct choice one = c->rows[i];
        size_t at = i;

        for (; at > 0 && c->rows[at - 1].score < one.score; at--)
            c->rows[at] = c->rows[at - 1];
        c->rows[at] = one;
    }
}

void choices_take(struct choices *c, size_t at, struct edit *line)
{
    char made[sizeof(line->text) + CHOICE_WORD + 2];
    const struct choice *one = &c->rows[at];
    bool blank = one->goes_on && line->text[c->to] != ' ';
    size_t end = c->from + strlen(one->word) + (one->goes_on ? 1 : 0);

    snprintf(made, sizeof(made), "%.*s%s%s%s", (int)c->from, line->text, one->word, blank ? " " : "",
             line->text + c->to);
    if (strlen(made) >= sizeof(line->text))
        return;
    edit_set(line, made);
    line->at = end;
    c->to = end;
}

bool choices_cycle(struct choices *c, bool on, bool again, size_t *at, struct edit *line)
{
    if (c->n == 0)
        return false;
    if (again)
        *at = (*at + (on ? 1 : c->n - 1)) % c->n;
    else
        *at = on ? 0 : c->n - 1;
    choices_take(c, *at, line);
    return c->n > 1;
}

/* ---- the filter grammar */

static void offer_word(struct choices *c, const char *sentence, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void offer_word(struct choices *c, const char *sentence, const char *format, ...)
{
    struct choice one = {.sentence = sentence, .arguments = ""};
    va_list ap;

    va_start(ap, format);
    vsnprintf(one.word, sizeof(one.word), format, ap);
    va_end(ap);
    choices_offer(c, one);
}

/* The values of a field that are known beforehand; `before` is what stands in front of each. */
static void offer_values(struct choices *c, enum filter_field field, const char *before)
{
    static const char *const ages[] = {"15m", "1h", "4h", "1d"};

    switch (field) {
    case FILTER_STATUS:
        for (int i = 0; i < STATUS_COUNT; i++)
            offer_word(c, status_word((enum order_status)i)->sentence, "%s%s", before,
                       status_word((enum order_status)i)->wire);
        break;
    case FILTER_PRIORITY:
        for (int i = 0; i < PRIORITY_COUNT; i++)
            offer_word(c, priority_word((enum order_priority)i)->sentence, "%s%s", before,
                       priority_word((enum order_priority)i)->wire);
        break;
    case FILTER_LATE:
        offer_word(c, "open, and the promise is past", "%syes", before);
        offer_word(c, "in time, or no longer open", "%sno", before);
        break;
    case FILTER_HOLD: offer_word(c, "stopped by any hold", "%s*", before); break;
    case FILTER_AGE:
        for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]) && !*before; i++)
            offer_word(c, filter_field_sentence(field), "%s", ages[i]);
        break;
    case FILTER_CUSTOMER:
    case FILTER_SKU:
    case FILTER_WAVE:
    case FILTER_TOTAL:
    case FILTER_CREATED:
    case FILTER_TEXT:
    case FILTER_FIELDS: break;
    }
}

/* Names of fields; and, once something is typed, their known values with the name in front. */
static void offer_fields(struct choices *c)
{
    for (int f = 0; f < FILTER_CREATED; f++) {
        enum filter_field field = (enum filter_field)f;
        bool compared = field == FILTER_AGE || field == FILTER_TOTAL;

        offer_word(c, filter_field_sentence(field), "%s%s", filter_field_name(field), compared ? ">" : ":");
    }
    for (int f = 0; f < FILTER_CREATED && strlen(c->typed) >= 2; f++) {
        char before[32];

        snprintf(before, sizeof(before), "%s:", filter_field_name((enum filter_field)f));
        offer_values(c, (enum filter_field)f, before);
    }
}

static bool find_field(const char *name, size_t n, enum filter_field *ret)
{
    for (int f = 0; f < FILTER_CREATED; f++) {
        *ret = (enum filter_field)f;
        if (strlen(filter_field_name(*ret)) == n && strncasecmp(filter_field_name(*ret), name, n) == 0)
            return true;
    }
    return false;
}

void choices_filter(struct choices *c, const struct edit *line, size_t offset)
{
    const char *text = line->text;
    size_t term = offset, value;
    bool quoted = false;
    enum filter_field field;

    for (size_t i = offset; i < line->at; i++) {
        quoted ^= text[i] == '"';
        if (!quoted && (text[i] == ' ' || text[i] == '\t'))
            term = i + 1;
    }
    term += term < line->at && text[term] == '-';
    value = term + strcspn(text + term, ":<>= \t");
    choices_begin(c, line, term, line->at);
    c->strict = true;
    if (quoted)
        return;
    if (value >= line->at || !strchr(":<>", text[value])) {
        offer_fields(c);
    } else if (find_field(text + term, value - term, &field)) {
        value += text[value + 1] == '=' ? 2 : 1;
        for (size_t i = value; i < line->at; i++)
            if (text[i] == ',')
                value = i + 1;
        choices_begin(c, line, value < line->at ? value : line->at, line->at);
        c->strict = true;
        offer_values(c, field, "");
    }
    choices_rank(c);
}
