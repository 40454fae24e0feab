#include "tui/keymap.h"

#include "tui/keep.h"
#include "tui/width.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAR = KEYMAP_BAR, WRITES = KEYMAP_WRITES, HIDDEN = KEYMAP_HIDDEN, LIST = KEYMAP_LIST };

static const struct action_info actions[ACTION_COUNT] = {
#define ACTION(id, name, keys, scope, flags, label, sentence) \
    [ACTION_##id] = {name, keys, label, sentence, SCOPE_##scope, flags},
#include "tui/keymap.def"
#undef ACTION
};

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Enter", KEY_CODE_ENTER},
    {"Tab", KEY_CODE_TAB},
    {"Esc", KEY_CODE_ESC},
    {"Space", ' '},
    {"Backspace", KEY_CODE_BACKSPACE},
    {"Up", KEY_CODE_UP},
    {"Down", KEY_CODE_DOWN},
    {"Left", KEY_CODE_LEFT},
    {"Right", KEY_CODE_RIGHT},
    {"Home", KEY_CODE_HOME},
    {"End", KEY_CODE_END},
    {"PageUp", KEY_CODE_PAGE_UP},
    {"PageDown", KEY_CODE_PAGE_DOWN},
    {"Insert", KEY_CODE_INSERT},
    {"Delete", KEY_CODE_DELETE},
};

const struct action_info *action_info(enum action a)
{
    return &actions[a];
}

enum action action_find(const char *name)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        if (strcmp(actions[i].name, name) == 0)
            return (enum action)i;
    return ACTION_NONE;
}

const char *scope_name(enum scope s)
{
    static const char *const scopes[SCOPE_COUNT] = {
        [SCOPE_ANYWHERE] = "anywhere",
        [SCOPE_PANES] = "where there are panes",
        [SCOPE_OPENING] = "where something can be opened",
        [SCOPE_ORDER] = "where an order is selected",
        [SCOPE_LOG] = "log",
        [SCOPE_HEALTH] = "health",
        [SCOPE_DEAD] = "dead letters",
        [SCOPE_EVENTS] = "events",
    };

    return scopes[s];
}

void key_name(struct key key, char out[KEY_NAME_MAX])
{
    const char *name = NULL;
    char one[8] = "";

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == key.code)
            name = names[i].name;
    if (key.code >= KEY_CODE_F1 && key.code <= KEY_CODE_F12)
        snprintf(one, sizeof(one), "F%u", (key.code - KEY_CODE_F1 + 1) % 100);
    else if (!name && key.code < KEY_CODE_UP)
        width_put(key.code, one);
    snprintf(out, KEY_NAME_MAX, "%s%s%s%s", key.mods & KEY_CTRL ? "C-" : "", key.mods & KEY_ALT ? "M-" : "",
             key.mods & KEY_SHIFT ? "S-" : "", name ? name : one);
}

bool key_read(const char *name, size_t n, struct key *ret)
{
    char word[KEY_NAME_MAX];
    const char *p = word;

    if (n == 0 || n >= sizeof(word))
        return false;
    snprintf(word, sizeof(word), "%.*s", (int)n, name);
    *ret = (struct key){0};
    for (; p[0] && p[1] == '-' && p[2]; p += 2) {
        if (!strchr("CMS", p[0]))
            return false;
        ret->mods |= p[0] == 'C' ? KEY_CTRL : p[0] == 'M' ? KEY_ALT : KEY_SHIFT;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, p) == 0)
            ret->code = names[i].code;
    if (!ret->code && p[0] == 'F' && p[1]) {
        long number = strtol(p + 1, NULL, 10);

        if (number >= 1 && number <= 12)
            ret->code = KEY_CODE_F1 + (uint32_t)number - 1;
    }
    if (ret->code)
        return true;
    ret->code = width_next(&p);
    return *p == 0 && ret->code != WIDTH_INVALID;
}

/* The keys of an action from text separated by spaces. */
static bool set_keys(struct keymap *m, enum action a, const char *text)
{
    m->n[a] = 0;
    for (;;) {
        size_t n;

        text += strspn(text, " \t\r");
        n = strcspn(text, " \t\r");
        if (n == 0)
            return true;
        if (m->n[a] == KEYMAP_KEYS || !key_read(text, n, &m->keys[a][m->n[a]]))
            return false;
        m->n[a]++;
        text += n;
    }
}

void keymap_init(struct keymap *m)
{
    *m = (struct keymap){0};
    for (int i = 0; i < ACTION_COUNT; i++)
        if (!set_keys(m, (enum action)i, actions[i].keys))
            abort(); /* keymap.def is wrong; the tests see it first */
}

bool keymap_read(struct keymap *m, const char *text, struct err *ret_err)
{
    for (int number = 1; *text; number++) {
        size_t n = strcspn(text, "\n");
        char line[200], *name = line, *equals;
        enum action a;

        snprintf(line, sizeof(line), "%.*s", (int)(n < sizeof(line) ? n : sizeof(line) - 1), text);
        text += n + (text[n] == '\n');
        name += strspn(name, " \t\r");
        if (*name != '#' && n >= sizeof(line))
            return err_set(ret_err, ERR_INVALID_PARAMETER, "line %d of the key file has more than %zu bytes",
                           number, sizeof(line) - 1);
        if (*name == 0 || *name == '#')
            continue;
        equals = strchr(name, '=');
        if (!equals)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "line %d of the key file is not 'action = keys'",
                           number);
        name[strcspn(name, " \t=")] = 0;
        a = action_find(name);
        if (a == ACTION_NONE)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "line %d of the key file: no action '%s'", number,
                           name);
        if (!set_keys(m, a, equals + 1))
            return err_set(ret_err, ERR_INVALID_PARAMETER, "line %d of the key file: not keys: '%s'", number,
                           equals + 1);
    }
    return !keymap_conflict(m, ret_err);
}

bool keymap_load(struct keymap *m, const char *path, struct err *ret_err)
{
    struct buf text = BUF_INIT(KEEP_MAX + 1);
    struct keymap made = *m;
    bool ok = keep_read(path, &text, ret_err) && (!text.data || keymap_read(&made, text.data, ret_err));

    buf_release(&text);
    if (ok)
        *m = made;
    return ok;
}

int keymap_place(const struct keymap *m, enum action a, struct key key)
{
    for (size_t i = 0; i < m->n[a]; i++)
        if (m->keys[a][i].code == key.code && m->keys[a][i].mods == key.mods)
            return (int)i;
    return -1;
}

bool keymap_has(const struct keymap *m, enum action a, struct key key)
{
    return keymap_place(m, a, key) >= 0;
}

/* Is there a place where both are open? One of the two actions would have no key there. */
static bool meet(enum scope a, enum scope b)
{
    static const unsigned together[] = {SCOPES_ORDERS, SCOPES_LETTERS};
    unsigned both = SCOPE_BIT(a) | SCOPE_BIT(b);

    for (size_t i = 0; i < sizeof(together) / sizeof(together[0]); i++)
        if ((both & together[i]) == both)
            return true;
    return a == b || both & SCOPE_BIT(SCOPE_ANYWHERE);
}

bool keymap_conflict(const struct keymap *m, struct err *ret_err)
{
    for (int a = 0; a < ACTION_COUNT; a++) {
        for (int b = a + 1; b < ACTION_COUNT; b++) {
            for (size_t i = 0; i < m->n[a]; i++) {
                char key[KEY_NAME_MAX];

                if (!meet(actions[a].scope, actions[b].scope) ||
                    !keymap_has(m, (enum action)b, m->keys[a][i]))
                    continue;
                key_name(m->keys[a][i], key);
                err_set(ret_err, ERR_INVALID_PARAMETER, "the key '%s' is wanted by '%s' and by '%s'", key,
                        actions[a].name, actions[b].name);
                return true;
            }
        }
    }
    return false;
}

enum action keymap_find(const struct keymap *m, struct key key, unsigned scopes)
{
    for (int narrow = SCOPE_COUNT - 1; narrow >= 0; narrow--) {
        if (!(scopes & SCOPE_BIT(narrow)))
            continue;
        for (int a = 0; a < ACTION_COUNT; a++)
            if ((int)actions[a].scope == narrow && keymap_has(m, (enum action)a, key))
                return (enum action)a;
    }
    return ACTION_NONE;
}

void keymap_keys(const struct keymap *m, enum action a, char *out, size_t room)
{
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; i < m->n[a] && used < room; i++) {
        char name[KEY_NAME_MAX];

        key_name(m->keys[a][i], name);
        used += (size_t)snprintf(out + used, room - used, "%s%s", i ? " " : "", name);
    }
}

void keymap_each(const struct keymap *m,
                 void (*fn)(const struct action_info *info, const char *keys, void *ctx), void *ctx)
{
    for (int a = 0; a < ACTION_COUNT; a++) {
        char keys[KEYMAP_KEYS * KEY_NAME_MAX];

        keymap_keys(m, (enum action)a, keys, sizeof(keys));
        fn(&actions[a], keys, ctx);
    }
}
