/* Keys and what they do. One table (keymap.def) gives each action its name, default keys, scope and sentence.
 *
 * Keys are spelled: one character for itself, C-x with Control, M-x with Alt, S-Tab, and Enter Tab Space Backspace Esc
 * Up Down Left Right Home End PageUp PageDown Insert Delete F1 to F12. A file of lines `action = keys` (`keys` in the
 * user's configuration folder) changes the keys of the actions it names. */
#ifndef ORDERDECK_TUI_KEYMAP_H
#define ORDERDECK_TUI_KEYMAP_H

#include "shared/err.h"
#include "tui/term_keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum action {
    ACTION_NONE = -1,
#define ACTION(id, name, keys, scope, flags, label, sentence) ACTION_##id,
#include "tui/keymap.def"
#undef ACTION
    ACTION_COUNT
};

enum scope {
    SCOPE_ANYWHERE,
    SCOPE_PANES,   /* where there is more than one pane */
    SCOPE_OPENING, /* where something can be opened */
    SCOPE_ORDER,   /* where an order is selected */
    SCOPE_LOG,
    SCOPE_HEALTH,
    SCOPE_DEAD, /* the dead letters */
    SCOPE_EVENTS,
    SCOPE_COUNT
};
#define SCOPE_BIT(s) (1u << (s))
/* Those that are open together besides ANYWHERE: where orders are chosen, and among the dead letters. */
#define SCOPES_ORDERS (SCOPE_BIT(SCOPE_PANES) | SCOPE_BIT(SCOPE_OPENING) | SCOPE_BIT(SCOPE_ORDER))
#define SCOPES_LETTERS (SCOPE_BIT(SCOPE_OPENING) | SCOPE_BIT(SCOPE_DEAD))
/* Of the keys that move and choose in a dialog. */
#define SCOPES_DIALOG (SCOPE_BIT(SCOPE_ANYWHERE) | SCOPE_BIT(SCOPE_PANES) | SCOPE_BIT(SCOPE_OPENING))

enum { KEYMAP_BAR = 1, KEYMAP_WRITES = 2, KEYMAP_HIDDEN = 4, KEYMAP_LIST = 8 };

#define KEYMAP_KEYS 9 /* most keys of an action */

struct action_info {
    const char *name, *keys, *label, *sentence;
    enum scope scope;
    unsigned flags;
};
const struct action_info *action_info(enum action a);
enum action action_find(const char *name);
const char *scope_name(enum scope s);

struct keymap {
    struct key keys[ACTION_COUNT][KEYMAP_KEYS];
    size_t n[ACTION_COUNT];
};

/* The default keys. */
void keymap_init(struct keymap *m);
/* Lines of a key file over what is there. false: *ret_err names the line, or two actions that want the same key where
 * both work; *m is then spoilt. */
bool keymap_read(struct keymap *m, const char *text, struct err *ret_err) __attribute__((warn_unused_result));
/* The same from a file; one that is not there changes nothing. *m changes on success only. */
bool keymap_load(struct keymap *m, const char *path, struct err *ret_err) __attribute__((warn_unused_result));
/* Two actions that want the same key where both work; false when there is none. */
bool keymap_conflict(const struct keymap *m, struct err *ret_err);
/* The action of a key where the scopes (SCOPE_BIT mask) are open; ACTION_NONE when it has none. */
enum action keymap_find(const struct keymap *m, struct key key, unsigned scopes);

bool keymap_has(const struct keymap *m, enum action a, struct key key);
/* The place of the key among those of the action, from 0; -1: it is none of them. */
int keymap_place(const struct keymap *m, enum action a, struct key key);

/* Spelling of a key and back. */
#define KEY_NAME_MAX 16
void key_name(struct key key, char out[KEY_NAME_MAX]);
bool key_read(const char *name, size_t n, struct key *ret) __attribute__((warn_unused_result));

/* Rows for documents and help: calls fn for each action with its keys as text. */
void keymap_each(const struct keymap *m,
                 void (*fn)(const struct action_info *info, const char *keys, void *ctx), void *ctx);
/* The keys of one action as text, "v" or "q C-c". */
void keymap_keys(const struct keymap *m, enum action a, char *out, size_t room);

#endif
