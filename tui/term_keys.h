/* Bytes from a terminal become keys. Pure: time is given, nothing is read or written here. One thread.
 *
 * Cursor and function keys are taken in every common form (CSI, SS3, with modifiers), whatever the terminal's entry
 * says. A sequence that means nothing to us is swallowed whole, so that its letters are never taken as keys. Text
 * between the marks of a bracketed paste is one KEY_CODE_PASTE; where the end does not come, it is dropped when no byte
 * came for TERM_KEYS_PASTE_NS, and so is what comes later, up to its end, or to an ESC or C-c that comes alone. A lone
 * ESC is a key after TERM_KEYS_ESC_NS. Of what a mouse reports (SGR, mode 1006) the wheel and the left button's press are keys; the rest is swallowed. */
#ifndef ORDERDECK_TUI_TERM_KEYS_H
#define ORDERDECK_TUI_TERM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERM_KEYS_ESC_NS INT64_C(25000000) /* unless the setting says otherwise */
#define TERM_KEYS_PASTE_NS INT64_C(2000000000)
#define TERM_KEYS_PASTE 16384 /* bytes of a paste that are kept */

/* A key: a Unicode character, or one of these. */
enum key_code {
    KEY_CODE_NONE = 0,
    KEY_CODE_ENTER = '\r',
    KEY_CODE_TAB = '\t',
    KEY_CODE_ESC = 0x1b,
    KEY_CODE_BACKSPACE = 0x7f,
    KEY_CODE_UP = 0x110000,
    KEY_CODE_DOWN,
    KEY_CODE_LEFT,
    KEY_CODE_RIGHT,
    KEY_CODE_HOME,
    KEY_CODE_END,
    KEY_CODE_PAGE_UP,
    KEY_CODE_PAGE_DOWN,
    KEY_CODE_INSERT,
    KEY_CODE_DELETE,
    KEY_CODE_F1,
    KEY_CODE_F12 = KEY_CODE_F1 + 11,
    KEY_CODE_PASTE,
    KEY_CODE_PASTE_LOST, /* pasted text whose end did not come: it was dropped */
    KEY_CODE_CLICK,
    KEY_CODE_WHEEL_UP,
    KEY_CODE_WHEEL_DOWN
};
enum { KEY_CTRL = 1, KEY_ALT = 2, KEY_SHIFT = 4 };

struct key {
    uint32_t code;
    unsigned mods; /* KEY_ bits; SHIFT only where the character does not say it */
    int row, col;  /* of the mouse, from 0; as reported, so it may be beyond the screen */
};
static inline bool key_is(struct key k, uint32_t code)
{
    return k.code == code && k.mods == 0;
}

struct term_keys {
    char bytes[4096];
    size_t n;
    int64_t esc_ns; /* how long ESC waits for the rest of a key; 0: TERM_KEYS_ESC_NS */
    int64_t since;  /* ns: when the first unread byte came */
    int64_t fed;    /* ns: when the last byte came */
    bool pasting;
    bool lost;                       /* its end did not come in time, and that was told */
    char paste[TERM_KEYS_PASTE + 1]; /* NUL-terminated after a KEY_CODE_PASTE, until the next call */
    size_t paste_n;
};

/* Takes bytes in; returns how many there was room for. */
size_t term_keys_feed(struct term_keys *k, const char *bytes, size_t n, int64_t now_ns);
/* The next key; false: none yet. */
bool term_keys_next(struct term_keys *k, int64_t now_ns, struct key *ret);
/* When to ask again although no byte came (ns), 0 for never. */
int64_t term_keys_deadline(const struct term_keys *k);

#endif
