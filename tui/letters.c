#include "tui/letters.h"

#include "tui/order.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 50 /* rows read beyond those on screen */

static void close_letter(struct letters *l)
{
    json_free(l->open.letter);
    json_free(l->open.json);
    free(l->open.value);
    memset(&l->open, 0, sizeof(l->open));
}

void letters_release(struct letters *l)
{
    free(l->rows);
    free(l->coming);
    close_letter(l);
    *l = (struct letters){0};
}

static const char *id_of(const void *rows, size_t i)
{
    return ((const struct letter *)rows)[i].id;
}

void letters_fetch(struct letters *l)
{
    size_t near = l->pick.top + l->pick.visible + MARGIN;

    free(l->coming);
    l->coming = NULL;
    l->n_coming = 0;
    l->waiting = false;
    *l->next = 0;
    l->wanted = *l->counted ? LETTERS_MOST : near > l->n ? near : l->n;
}

bool letters_near_end(const struct letters *l)
{
    return l->more && l->n < LETTERS_MOST && l->pick.top + l->pick.visible + MARGIN / 2 > l->n;
}

void letters_query(const struct letters *l, char *out, size_t room)
{
    snprintf(out, room, "limit=%d%s%s", LETTERS_PAGE, *l->next ? "&cursor=" : "", l->next);
}

static void copy(const struct json *v, const char *name, char *out, size_t room)
{
    const char *text = json_string(json_get(v, name));

    snprintf(out, room, "%s", text ? text : "");
}

static int64_t number(const struct json_doc *doc, const struct json *v, const char *name)
{
    int64_t n;

    return json_int(doc, json_get(v, name), &n) ? n : -1;
}

static void read_letter(const struct json_doc *doc, const struct json *v, struct letter *ret)
{
    copy(v, "id", ret->id, sizeof(ret->id));
    copy(v, "code", ret->code, sizeof(ret->code));
    copy(v, "orderId", ret->order, sizeof(ret->order));
    copy(v, "topic", ret->topic, sizeof(ret->topic));
    copy(v, "reason", ret->reason, sizeof(ret->reason));
    ret->partition = number(doc, v, "partition");
    ret->offset = number(doc, v, "offset");
    ret->received = json_moment(v, "receivedAt");
}

/* Do the rows that are held begin those that come? Then nothing on screen would move. */
static bool only_more(const struct letters *l)
{
    if (l->n_coming < l->n)
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->rows[i].id, l->coming[i].id) != 0)
            return false;
    return true;
}

void letters_settle(struct letters *l)
{
    if (!l->waiting)
        return;
    free(l->rows);
    l->rows = l->coming;
    l->n = l->n_coming;
    l->coming = NULL;
    l->n_coming = 0;
    l->waiting = false;
    l->more = *l->next != 0;
    l->loaded = true;
    *l->next = 0;
    pick_settle(&l->pick, l->n, id_of, l->rows);
}

void letters_give_up(struct letters *l)
{
    *l->counted = 0;
}

bool letters_take(struct letters *l, const struct json_doc *doc, bool held)
{
    const struct json *data = json_get(json_root(doc), "data");
    size_t room = l->n_coming + json_size(data);
    struct letter *rows = room ? realloc(l->coming, room * sizeof(*rows)) : l->coming;

    if (room && !rows)
        return true;
    l->coming = rows;
    for (const struct json *v = json_first(data); v; v = json_next(v))
        read_letter(doc, v, &l->coming[l->n_coming++]);
    copy(json_root(doc), "nextCursor", l->next, sizeof(l->next));
    if (*l->next && l->n_coming < l->wanted && l->n_coming < LETTERS_MOST)
        return false;
    l->waiting = true;
    if (!held || !l->loaded || only_more(l))
        letters_settle(l);
    return true;
}

const struct letter *letters_selected(const struct letters *l)
{
    size_t at = pick_row(&l->pick, l->n);

    return at == SIZE_MAX ? NULL : &l->rows[at];
}

bool letters_gone(const struct letters *l)
{
    return *l->pick.id && (l->pick.gone || (l->open.gone && strcmp(l->open.id, l->pick.id) == 0));
}

size_t letters_of_code(const struct letters *l, const char *code)
{
    const struct letter *rows = l->waiting ? l->coming : l->rows;
    size_t held = l->waiting ? l->n_coming : l->n, n = 0;

    for (size_t i = 0; i < held; i++)
        n += strcmp(rows[i].code, code) == 0;
    return n;
}

bool letters_move(struct letters *l, enum action action)
{
    return pick_move(&l->pick, action, l->n, id_of, l->rows);
}

bool letters_point(struct letters *l, size_t line)
{
    return pick_point(&l->pick, l->pick.top + line, l->n, id_of, l->rows);
}

/* ---- one letter */

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

size_t base64_decode(const char *text, char *out)
{
    unsigned bits = 0;
    int held = 0;
    size_t n = 0;

    for (int d; (d = digit(*text)) >= 0; text++) {
        bits = bits << 6 | (unsigned)d;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (char)(bits >> held & 0xff);
        }
    }
    return n;
}

static void read_value(struct letters *l)
{
    const struct json *letter = json_first(json_get(json_root(l->open.letter), "data"));
    const char *base64 = json_string(json_get(letter, "valueBase64"));
    struct json_fault fault;

    if (!base64 || !(l->open.value = malloc(strlen(base64) / 4 * 3 + 4)))
        return;
    l->open.len = base64_decode(base64, l->open.value);
    l->open.value[l->open.len] = 0;
    l->open.text = utf8_valid(l->open.value, l->open.len);
    if (l->open.text)
        l->open.json = json_parse(l->open.value, l->open.len, &fault);
}

void letters_open(struct letters *l, struct json_doc **doc)
{
    const char *id = json_string(json_get(json_first(json_get(json_root(*doc), "data")), "id"));

    bool there = id && strcmp(id, l->pick.id) == 0;

    if (there || strcmp(l->open.id, l->pick.id) != 0)
        close_letter(l); /* else what was read before stays to be seen */
    snprintf(l->open.id, sizeof(l->open.id), "%.23s", l->pick.id);
    l->open.gone = !there;
    if (!there)
        return;
    l->open.letter = *doc;
    *doc = NULL;
    read_letter(l->open.letter, json_first(json_get(json_root(l->open.letter), "data")), &l->open.row);
    read_value(l);
}
