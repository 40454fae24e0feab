#include "tui/views.h"

#include "shared/conf.h"
#include "shared/filter.h"
#include "tui/console.h"
#include "tui/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN "status:received,validated,wave_assigned,picking,consolidated,packed,shipped"
#define HERE "status:received,validated,wave_assigned,picking,consolidated,packed"

/* clang-format off */
static const struct view usual[VIEWS] = {
    {"all",       "-createdAt",         ""},
    {"late",      "promisedDeliveryAt", "late:yes"},
    {"received",  "createdAt",          "status:received"},
    {"on hold",   "statusSince",        "hold:* " OPEN},
    {"urgent",    "promisedDeliveryAt", HERE},
    {"same day",  "promisedDeliveryAt", "priority:same_day " OPEN},
    {"stuck",     "statusSince",        "age>1h " HERE},
    {"on the way", "statusSince",       "status:shipped"},
    {"cancelled", "-statusSince",       "status:cancelled"},
};
/* clang-format on */

void views_init(struct views *v)
{
    memcpy(v->rows, usual, sizeof(usual));
}

/* ---- a line */

/* Copies without the blanks at both ends; false: it does not fit. */
static bool copy(char *out, size_t room, const char *text, size_t n)
{
    for (; n > 0 && strchr(" \t\r", *text); n--)
        text++;
    while (n > 0 && strchr(" \t\r", text[n - 1]))
        n--;
    return snprintf(out, room, "%.*s", (int)n, text) < (int)room;
}

static bool is_sort(const char *word)
{
    for (size_t i = 0; i < n_sorts; i++)
        if (strcmp(sorts[i].word, word) == 0)
            return true;
    return false;
}

static bool check_filter(const char *text, int number, struct err *ret_err)
{
    struct filter_fault fault;

    return filter_check(text, &fault) ||
           err_set(ret_err, ERR_INVALID_PARAMETER, "the filter of view %d: %s", number, fault.what);
}

/* "name | sort | filter" */
static bool read_view(struct view *view, int number, const char *text, struct err *ret_err)
{
    size_t name = strcspn(text, "|"), sort = text[name] ? strcspn(text + name + 1, "|") : 0;
    const char *filter = text + name + (text[name] ? 1 : 0) + sort;

    *view = (struct view){0};
    if (strspn(text, " \t\r") == strlen(text)) /* taken away */
        return true;
    if (*filter != '|')
        return err_set(ret_err, ERR_INVALID_PARAMETER, "view %d is not 'name | sort | filter'", number);
    if (!copy(view->name, sizeof(view->name), text, name) || !*view->name)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "the name of view %d has 1 to %zu bytes", number,
                       sizeof(view->name) - 1);
    if (!copy(view->sort, sizeof(view->sort), text + name + 1, sort) || !is_sort(view->sort))
        return err_set(ret_err, ERR_INVALID_PARAMETER, "there is no sort '%.40s'", view->sort);
    if (!copy(view->filter, sizeof(view->filter), filter + 1, strlen(filter + 1)))
        return err_set(ret_err, ERR_INVALID_PARAMETER, "the filter of view %d has more than %d bytes", number,
                       VIEW_FILTER);
    return check_filter(view->filter, number, ret_err);
}

/* The number a line begins with, and what is behind its sign; 0: none. */
static int line_number(const char *line, const char **ret_rest)
{
    const char *p = line + strspn(line, " \t\r");
    int number = *p >= '1' && *p <= '0' + VIEWS ? *p - '0' : 0;

    p += number > 0;
    p += strspn(p, " \t\r");
    if (!number || *p != '=')
        return 0;
    *ret_rest = p + 1;
    return number;
}

static bool read_line(struct views *v, const char *line, struct err *ret_err)
{
    const char *first = line + strspn(line, " \t\r"), *rest;
    int number;

    if (*first == 0 || *first == '#')
        return true;
    number = line_number(line, &rest);
    if (!number)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "it is not 'number = name | sort | filter'");
    return read_view(&v->rows[number - 1], number, rest, ret_err);
}

/* The next line of a text without its end, and the text after it; false at the end. */
static bool next_line(const char **text, char *line, size_t room, size_t *ret_n)
{
    size_t n = strcspn(*text, "\n");

    if (!**text)
        return false;
    snprintf(line, room, "%.*s", (int)(n < room ? n : room - 1), *text);
    *text += n + ((*text)[n] == '\n');
    *ret_n = n;
    return true;
}

bool views_read(struct views *v, const char *text, struct err *ret_err)
{
    char line[1024];
    struct err why = {0};
    size_t n;

    for (int at = 1; next_line(&text, line, sizeof(line), &n); at++) {
        if (n >= sizeof(line))
            return err_set(ret_err, ERR_INVALID_PARAMETER, "line %d of the views is too long", at);
        if (!read_line(v, line, &why))
            return err_set(ret_err, ERR_INVALID_PARAMETER, "line %d of the views: %s", at, why.message);
    }
    return true;
}

/* ---- the file */

static bool read_file(struct views *v, const char *path, struct buf *text, struct err *ret_err)
{
    struct views made;

    views_init(&made);
    if (!keep_read(path, text, ret_err) || (text->data && !views_read(&made, text->data, ret_err)))
        return false;
    *v = made;
    return true;
}

bool views_load(struct views *v, struct err *ret_err)
{
    char *path = conf_path(CONF_DIR_CONFIG, "views", false);
    struct buf text = BUF_INIT(KEEP_MAX + 1);
    bool ok;

    views_init(v);
    ok = !path || read_file(v, path, &text, ret_err);
    buf_release(&text);
    free(path);
    return ok;
}

static void put_view(struct buf *out, int number, const struct view *view)
{
    buf_addf(out, "%d = %s | %s | %s\n", number, view->name, view->sort, view->filter);
}

/* The text with the line of this number in its last place, or at the end. */
static void replace(struct buf *out, const char *text, int number, const struct view *view)
{
    const char *last = NULL, *rest, *p;
    char line[1024];
    size_t n;

    for (p = text, rest = p; next_line(&p, line, sizeof(line), &n); rest = p) {
        const char *ignored;

        if (line_number(line, &ignored) == number)
            last = rest;
    }
    for (p = text, rest = p; next_line(&p, line, sizeof(line), &n); rest = p) {
        if (rest == last)
            put_view(out, number, view);
        else
            buf_addf(out, "%s\n", line);
    }
    if (!last)
        put_view(out, number, view);
}

bool views_save(struct views *v, int number, const struct view *view, struct err *ret_err)
{
    char *path = conf_path(CONF_DIR_CONFIG, "views", true);
    struct buf old = BUF_INIT(KEEP_MAX + 1), made = BUF_INIT(KEEP_MAX);
    struct views present, checked;
    bool ok =
        path != NULL || err_set(ret_err, ERR_INVALID_PARAMETER, "there is no home for the file 'views'");

    ok = ok && read_file(&present, path, &old, ret_err); /* also when it is wrong: it is the user's */
    if (ok) {
        if (!old.len)
            buf_adds(
                &made,
                "# Views of the console under the keys 1 to 9, one a line: number = name | sort | filter\n");
        replace(&made, old.len ? old.data : "", number, view);
        views_init(&checked);
        ok = (made.failed || views_read(&checked, made.data, ret_err)) && keep_write(path, &made, ret_err);
    }
    if (ok)
        *v = checked;
    buf_release(&old);
    buf_release(&made);
    free(path);
    return ok;
}
