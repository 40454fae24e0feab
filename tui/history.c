#include "tui/history.h"

#include "shared/conf.h"
#include "tui/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 480

/* ---- lines */

static void drop(struct history *h, size_t at)
{
    free(h->lines[at].text);
    memmove(&h->lines[at], &h->lines[at + 1], (h->n - at - 1) * sizeof(h->lines[0]));
    h->n--;
}

static void add(struct history *h, const char *text, size_t n, bool fresh)
{
    char *copy = n > 0 && n < LINE_MAX_BYTES ? strndup(text, n) : NULL;

    if (!copy)
        return;
    for (size_t i = h->n; i-- > 0;)
        if (strcmp(h->lines[i].text, copy) == 0)
            drop(h, i);
    if (h->n == HISTORY)
        drop(h, 0);
    h->lines[h->n++] = (struct history_line){copy, fresh};
}

void history_add(struct history *h, const char *text, bool keep)
{
    history_stop(h);
    add(h, text, strlen(text), keep);
}

const char *history_older(struct history *h, const char *shown)
{
    if (h->back == h->n)
        return NULL;
    if (h->back == 0) {
        free(h->present);
        h->present = strdup(shown);
    }
    h->back++;
    return h->lines[h->n - h->back].text;
}

const char *history_newer(struct history *h)
{
    if (h->back == 0)
        return NULL;
    h->back--;
    if (h->back > 0)
        return h->lines[h->n - h->back].text;
    return h->present ? h->present : "";
}

void history_stop(struct history *h)
{
    h->back = 0;
}

/* ---- the file: a line is a line, the oldest first */

static void read_lines(struct history *h, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        add(h, text, n, false);
        text += n + (text[n] == '\n');
    }
}

void history_load(struct history *h, const char *name)
{
    char *path = conf_path(CONF_DIR_STATE, name, false);
    struct buf text = BUF_INIT(KEEP_MAX + 1);
    struct err ignored; /* a history that cannot be read is none */

    *h = (struct history){.name = name};
    if (path && keep_read(path, &text, &ignored) && text.data)
        read_lines(h, text.data);
    buf_release(&text);
    free(path);
}

void history_save(struct history *h)
{
    char *path = conf_path(CONF_DIR_STATE, h->name, true);
    struct buf text = BUF_INIT(KEEP_MAX);
    struct history all;
    struct err ignored; /* and the user is on the way out */
    bool any = false, written = false;

    history_load(&all, h->name);
    for (size_t i = 0; i < h->n; i++) {
        if (h->lines[i].fresh)
            add(&all, h->lines[i].text, strlen(h->lines[i].text), true);
        any |= h->lines[i].fresh;
    }
    for (size_t i = 0; i < all.n; i++)
        buf_addf(&text, "%s\n", all.lines[i].text);
    if (any && path)
        written = keep_write(path, &text, &ignored);
    (void)written;
    history_release(&all);
    buf_release(&text);
    free(path);
}

void history_release(struct history *h)
{
    while (h->n > 0)
        drop(h, h->n - 1);
    free(h->present);
    h->present = NULL;
}
