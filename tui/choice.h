/* What typed text may go on as: choices that fit what stands at the cursor, the best first.
 *
 * A choice fits when it has the typed characters in their order, in any case; beginnings of words and runs count for
 * more, a choice that begins with what was typed comes before all that do not. Three characters and more are looked for
 * in the sentence, too. Pure; one thread. */
#ifndef ORDERDECK_TUI_CHOICE_H
#define ORDERDECK_TUI_CHOICE_H

#include "tui/edit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHOICES 96
#define CHOICE_WORD 64

struct choice {
    char word[CHOICE_WORD]; /* what it puts there */
    const char *arguments;  /* what follows it, for people */
    const char *sentence;
    bool refused; /* not to be had now */
    bool goes_on; /* more is typed behind it: a blank follows when it is taken */
    bool begins;  /* the word begins with what was typed */
    bool exact;   /* and ends with it */
    uint64_t hit; /* bits of the bytes of word that were typed */
    int score;
};

struct choices {
    struct choice rows[CHOICES];
    size_t n;
    size_t from, to;         /* bytes of the line that a choice takes the place of */
    char typed[CHOICE_WORD]; /* what stands there */
    bool strict;             /* only words that have it in one piece */
};

/* Begins with none, for what stands in the line between two bytes. */
void choices_begin(struct choices *c, const struct edit *line, size_t from, size_t to);
/* Adds the choice if it fits. */
void choices_offer(struct choices *c, struct choice one);
/* The best first; those of the same worth stay as they were offered. */
void choices_rank(struct choices *c);
/* Puts row `at` into the line and the cursor behind it. */
void choices_take(struct choices *c, size_t at, struct edit *line);

/* Puts the row after *at into the line, or the one before it; with no round begun (`again` false) the best, or the last.
 * Returns whether there is another to go on to. */
bool choices_cycle(struct choices *c, bool on, bool again, size_t *at, struct edit *line);

/* The words of the filter grammar that fit at the cursor. `offset`: where in the line the filter begins. */
void choices_filter(struct choices *c, const struct edit *line, size_t offset);

/* How well the text has the typed characters in their order, 0: it has not. An empty pattern is worth 1. */
int choice_score(const char *typed, const char *text, uint64_t *ret_hit);

#endif
