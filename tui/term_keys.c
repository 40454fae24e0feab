#include "tui/term_keys.h"

#include "tui/width.h"

#include <string.h>

#define SEQUENCE_NS INT64_C(500000000) /* a sequence that has begun may take this long to arrive */
#define ESC '\033'
#define CTRL_C '\003'

size_t term_keys_feed(struct term_keys *k, const char *bytes, size_t n, int64_t now_ns)
{
    size_t room = sizeof(k->bytes) - k->n;

    if (n > room)
        n = room;
    if (k->n == 0)
        k->since = now_ns;
    k->fed = now_ns;
    memcpy(k->bytes + k->n, bytes, n);
    k->n += n;
    return n;
}

static void drop(struct term_keys *k, size_t n, int64_t now_ns)
{
    k->n -= n;
    memmove(k->bytes, k->bytes + n, k->n);
    k->since = now_ns;
}

static int64_t esc_ns(const struct term_keys *k)
{
    return k->esc_ns ? k->esc_ns : TERM_KEYS_ESC_NS;
}

/* ---- pasted text */

static void keep_pasted(struct term_keys *k, size_t n, int64_t now_ns)
{
    size_t room = TERM_KEYS_PASTE - k->paste_n, kept = n < room ? n : room;

    memcpy(k->paste + k->paste_n, k->bytes, kept);
    k->paste_n += kept;
    drop(k, n, now_ns);
}

/* The mark of the end may have been lost on the way: no terminal is deaf for good. What still comes may be the rest of the
 * paste, which is never taken as keys: only ESC or C-c that come alone end it. */
static bool give_up_paste(struct term_keys *k, int64_t now_ns, struct key *ret)
{
    bool alone = k->lost && k->n == 1 && (k->bytes[0] == ESC || k->bytes[0] == CTRL_C);

    if (alone && now_ns - k->fed >= esc_ns(k)) {
        drop(k, 1, now_ns);
        k->pasting = k->lost = false;
        return false;
    }
    if (k->lost || now_ns - k->fed < TERM_KEYS_PASTE_NS)
        return false;
    k->lost = true;
    k->paste_n = 0;
    *ret = (struct key){.code = KEY_CODE_PASTE_LOST};
    return true;
}

static bool next_pasted(struct term_keys *k, int64_t now_ns, struct key *ret)
{
    static const char end[] = "\033[201~";
    const char *at = memmem(k->bytes, k->n, end, sizeof(end) - 1);

    if (!at) { /* all but what may be the beginning of the end */
        size_t tail = k->n < sizeof(end) - 2 ? k->n : sizeof(end) - 2;

        while (tail > 0 && memcmp(k->bytes + k->n - tail, end, tail) != 0)
            tail--;
        if (!(k->lost && k->n == 1 && k->bytes[0] == CTRL_C))
            keep_pasted(k, k->n - tail, now_ns);
        return give_up_paste(k, now_ns, ret);
    }
    keep_pasted(k, (size_t)(at - k->bytes), now_ns);
    drop(k, sizeof(end) - 1, now_ns);
    k->pasting = false;
    k->paste[k->paste_n] = 0;
    *ret = (struct key){.code = k->lost ? KEY_CODE_NONE : KEY_CODE_PASTE};
    k->lost = false;
    return ret->code != KEY_CODE_NONE;
}

/* ---- sequences: each reader returns the bytes it used, 0 when more must come; ret->code stays 0 for nothing */

static uint32_t tilde_key(int n)
{
    static const struct {
        int n;
        uint32_t code;
    } keys[] = {
        {1, KEY_CODE_HOME},    {2, KEY_CODE_INSERT},    {3, KEY_CODE_DELETE},   {4, KEY_CODE_END},
        {5, KEY_CODE_PAGE_UP}, {6, KEY_CODE_PAGE_DOWN}, {7, KEY_CODE_HOME},     {8, KEY_CODE_END},
        {11, KEY_CODE_F1},     {12, KEY_CODE_F1 + 1},   {13, KEY_CODE_F1 + 2},  {14, KEY_CODE_F1 + 3},
        {15, KEY_CODE_F1 + 4}, {17, KEY_CODE_F1 + 5},   {18, KEY_CODE_F1 + 6},  {19, KEY_CODE_F1 + 7},
        {20, KEY_CODE_F1 + 8}, {21, KEY_CODE_F1 + 9},   {23, KEY_CODE_F1 + 10}, {24, KEY_CODE_F1 + 11},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].n == n)
            return keys[i].code;
    return KEY_CODE_NONE;
}

static uint32_t letter_key(char final)
{
    switch (final) {
    case 'A': return KEY_CODE_UP;
    case 'B': return KEY_CODE_DOWN;
    case 'C': return KEY_CODE_RIGHT;
    case 'D': return KEY_CODE_LEFT;
    case 'F': return KEY_CODE_END;
    case 'H': return KEY_CODE_HOME;
    case 'M': return KEY_CODE_ENTER; /* the keypad's */
    case 'P':
    case 'Q':
    case 'R':
    case 'S': return KEY_CODE_F1 + (uint32_t)(final - 'P');
    default: return KEY_CODE_NONE;
    }
}

static unsigned modifiers(int parameter)
{
    unsigned bits = parameter > 1 ? (unsigned)(parameter - 1) : 0;

    return (bits & 1 ? KEY_SHIFT : 0u) | (bits & 2 ? KEY_ALT : 0u) | (bits & 4 ? KEY_CTRL : 0u);
}

/* button, column and row from 1; final 'm' is a release */
static void mouse_key(const int parameters[3], char final, struct key *ret)
{
    static const struct {
        int button;
        uint32_t code;
    } buttons[] = {{0, KEY_CODE_CLICK}, {64, KEY_CODE_WHEEL_UP}, {65, KEY_CODE_WHEEL_DOWN}};

    if (final != 'M' || parameters[1] < 1 || parameters[2] < 1)
        return;
    for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++)
        if (buttons[i].button == parameters[0])
            *ret = (struct key){.code = buttons[i].code, .row = parameters[2] - 1, .col = parameters[1] - 1};
}

/* ESC [ parameters final */
static size_t read_csi(struct term_keys *k, struct key *ret)
{
    int parameters[3] = {0}, at = 0;
    size_t i = 2;

    if (k->n > 2 && k->bytes[2] == '[') { /* the Linux console: F1 to F5 */
        if (k->n > 3 && k->bytes[3] >= 'A' && k->bytes[3] <= 'E')
            ret->code = KEY_CODE_F1 + (uint32_t)(k->bytes[3] - 'A');
        return k->n > 3 ? 4 : 0;
    }
    for (; i < k->n && k->bytes[i] >= 0x20 && k->bytes[i] < 0x40; i++) {
        if (k->bytes[i] == ';')
            at++;
        else if (at < 3 && k->bytes[i] >= '0' && k->bytes[i] <= '9' && parameters[at] < 100000)
            parameters[at] = parameters[at] * 10 + k->bytes[i] - '0';
    }
    if (i == k->n)
        return 0;
    if (k->bytes[i] < 0x20 || k->bytes[i] == 0x7f) /* broken off: what comes here is of something else */
        return i;
    ret->mods = modifiers(parameters[1]);
    if (k->bytes[i] == 'M' && i == 2) /* an old mouse report: three bytes follow */
        return k->n >= 6 ? 6 : 0;
    if (k->bytes[2] == '<' || k->bytes[2] == '?') {
        ret->mods = 0;
        if (k->bytes[2] == '<')
            mouse_key(parameters, k->bytes[i], ret);
        return i + 1;
    }
    if (k->bytes[i] == '~' && parameters[0] == 200) {
        k->pasting = true;
        k->paste_n = 0;
    } else if (k->bytes[i] == '~') {
        ret->code = tilde_key(parameters[0]);
    } else if (k->bytes[i] == 'Z') {
        *ret = (struct key){.code = KEY_CODE_TAB, .mods = KEY_SHIFT};
    } else if (k->bytes[i] == 'u' && parameters[0] < 0x110000) {
        ret->code = (uint32_t)parameters[0];
    } else {
        ret->code = letter_key(k->bytes[i]);
    }
    return i + 1;
}

/* A report that ends with BEL or ESC \. */
static size_t read_report(const struct term_keys *k)
{
    for (size_t i = 2; i < k->n; i++) {
        if (k->bytes[i] == '\a')
            return i + 1;
        if (k->bytes[i] == ESC && i + 1 < k->n)
            return k->bytes[i + 1] == '\\' ? i + 2 : i;
    }
    return 0;
}

static size_t read_plain(const struct term_keys *k, size_t from, struct key *ret)
{
    static const unsigned char least[] = {0xf0, 0xe0, 0xc0};
    unsigned char lead = (unsigned char)k->bytes[from];
    char text[5] = "";
    const char *p = text;
    size_t n = 1;

    for (size_t i = 0; i < sizeof(least); i++) {
        if (lead >= least[i]) {
            n = 4 - i;
            break;
        }
    }
    if (from + n > k->n)
        return 0;
    if (lead == '\n' || lead == '\r') {
        ret->code = KEY_CODE_ENTER;
    } else if (lead == '\b' || lead == 0x7f) {
        ret->code = KEY_CODE_BACKSPACE;
    } else if (lead == '\t' || lead == ESC) {
        ret->code = lead;
    } else if (lead < 0x20) {
        ret->mods |= KEY_CTRL;
        ret->code = lead == 0 ? ' ' : lead <= 26 ? lead + 'a' - 1u : lead + 0x40u;
    } else {
        memcpy(text, k->bytes + from, n);
        ret->code = width_next(&p);
        if (ret->code == WIDTH_INVALID) {
            ret->code = KEY_CODE_NONE;
            n = 1;
        }
    }
    return n;
}

static size_t read_escape(struct term_keys *k, int64_t waited, struct key *ret)
{
    size_t n;

    if (k->n == 1) {
        ret->code = waited >= esc_ns(k) ? KEY_CODE_ESC : KEY_CODE_NONE;
        return ret->code ? 1 : 0;
    }
    switch (k->bytes[1]) {
    case '[': n = read_csi(k, ret); break;
    case ']':
    case 'P':
    case '^':
    case '_': n = read_report(k); break;
    case 'O':
        n = k->n > 2 ? 3 : 0;
        if (n)
            ret->code = letter_key(k->bytes[2]);
        break;
    case ESC: ret->code = KEY_CODE_ESC; return 1;
    default:
        ret->mods = KEY_ALT;
        n = read_plain(k, 1, ret);
        return n ? n + 1 : 0;
    }
    if (n == 0 && waited >= SEQUENCE_NS) /* it never came to an end: nothing of it is a key */
        return k->n;
    return n;
}

bool term_keys_next(struct term_keys *k, int64_t now_ns, struct key *ret)
{
    while (k->n > 0 || k->pasting) {
        int64_t waited = now_ns - k->since;
        size_t used;

        *ret = (struct key){0};
        if (k->pasting)
            return next_pasted(k, now_ns, ret);
        used = k->bytes[0] == ESC ? read_escape(k, waited, ret) : read_plain(k, 0, ret);
        if (used == 0 && (waited >= SEQUENCE_NS || k->n == sizeof(k->bytes)))
            used = 1; /* the rest of a character never came */
        if (used == 0)
            return false;
        drop(k, used, now_ns);
        if (ret->code != KEY_CODE_NONE)
            return true;
    }
    return false;
}

int64_t term_keys_deadline(const struct term_keys *k)
{
    if (k->pasting && !k->lost)
        return k->fed + TERM_KEYS_PASTE_NS;
    if (k->pasting)
        return k->n == 1 ? k->fed + esc_ns(k) : 0;
    if (k->n == 0)
        return 0;
    return k->since + (k->n == 1 && k->bytes[0] == ESC ? esc_ns(k) : SEQUENCE_NS);
}
