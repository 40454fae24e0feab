/* What the files of the console share: its state, and the seams between loop, questions, screens and overlays.
 *
 * One thread owns all of it. A screen fills the body of the terminal; an overlay is above it and takes the keys. Both
 * are records of functions, so that a new one is a new file and a row in a table. Nothing here waits: what has to be
 * asked is marked as wanted (ask_want), sent by the loop, and its answer changes the model and makes it dirty. */
#ifndef ORDERDECK_TUI_CONSOLE_H
#define ORDERDECK_TUI_CONSOLE_H

#include "shared/api.h"
#include "shared/json.h"
#include "tui/args.h"
#include "tui/bulk.h"
#include "tui/canvas.h"
#include "tui/choice.h"
#include "tui/edit.h"
#include "tui/feed.h"
#include "tui/health.h"
#include "tui/history.h"
#include "tui/keymap.h"
#include "tui/letters.h"
#include "tui/list.h"
#include "tui/marks.h"
#include "tui/message.h"
#include "tui/pace.h"
#include "tui/radar.h"
#include "tui/stats.h"
#include "tui/term.h"
#include "tui/theme.h"
#include "tui/ui.h"
#include "tui/views.h"

struct ui;

/* ---- questions to the service (ask.c) */

enum ask {
    ASK_STATS,
    ASK_LIST,
    ASK_EVENTS,
    ASK_OLDER,
    ASK_COUNT,
    ASK_ORDER,
    ASK_TIMELINE,
    ASK_STATUS,
    ASK_LOGS,
    ASK_MARKS,
    ASK_NEW,
    ASK_LETTERS,
    ASK_LETTER,
    ASK_DUE,
    ASK_AHEAD,
    ASK_STUCK,
    ASK_COUNT_OF
};

/* At most one of each kind is on its way, dropped or not; wanting it again meanwhile asks once more afterwards. Together
 * with all that commands may have open they fit into the port (64). */
struct asking {
    bool wanted, open;
    uint64_t tag;     /* of the open one */
    uint64_t dropped; /* of one that is on its way and of no use any more, 0: none */
    int64_t last_ns;  /* when it was sent */
    int64_t retry_ns; /* not before this, 0: no matter */
    int64_t delay_ns; /* what a failure waits for the next try; 0: the last one was answered */
    char why[200];    /* it failed, "" when it did not */
};

#define COMMANDS_OPEN 32
struct command_open {
    uint64_t tag; /* 0: free */
    enum order_command command;
    char order[40];
};

void ask_want(struct ui *ui, enum ask what);
void ask_retry(struct ui *ui); /* the service is back: what failed is tried at once */
/* The model's question changed: what is open is of no use any more, and what failed is forgotten. */
void ask_drop(struct ui *ui, enum ask what);
void ask_position(struct ui *ui);          /* the position has moved */
void ask_send(struct ui *ui);              /* sends what is wanted and due */
void ask_receive(struct ui *ui);           /* takes all replies */
int64_t ask_deadline(const struct ui *ui); /* ns: when something wanted gets due, 0 for never */
/* Until when a frame may wait for more answers of the same round (ns), 0: all are here. */
int64_t ask_together(const struct ui *ui);
bool ask_idle(const struct ui *ui);

/* ---- commands (command.c) */

/* Sends a command for the order as it is seen. false: it was said in the status line why not. */
bool ask_command(struct ui *ui, const struct order *seen, enum order_command c, const char *body);
/* The request, with a tag of its own. */
void command_request(struct ui *ui, const struct order *seen, enum order_command c, const char *body,
                     struct api_request *ret);
enum outcome { OUTCOME_DONE, OUTCOME_CHANGED, OUTCOME_REFUSED, OUTCOME_UNKNOWN };
/* What became of a command, in words that follow the order's id. *ret_now: the order when it was done; else its status
 * and version as far as the refusal tells (version 0: not). */
enum outcome command_outcome(const struct api_reply *r, enum order_command c, struct order *ret_now,
                             char *out, size_t room);
bool command_take(struct ui *ui, const struct api_reply *r); /* false: no answer of a command */

/* ---- anew.c */

void anew_begin(struct ui *ui); /* another log has taken the place of the one before */

/* ---- errand.c: changes that are about no order */

/* Sends the change, which `what` names for people; false: it was said why not. */
bool errand_send(struct ui *ui, struct api_request *q, const char *what);
bool errand_open(const struct ui *ui);
/* Takes the reply if it is an errand's. */
bool errand_take(struct ui *ui, const struct api_reply *r);

/* ---- screens and overlays */

struct screen {
    const char *name; /* in messages and the palette */
    unsigned scopes;  /* SCOPE_BIT mask of the keys that work here, besides those that do anywhere */
    bool has_list;    /* the list of orders is on it */
    void (*enter)(struct ui *ui); /* may be NULL */
    void (*draw)(struct ui *ui, struct area body);
    bool (*act)(struct ui *ui, enum action action); /* false: not for this screen */
    /* Is there anything that ACTION_OPEN would open? NULL: always, where its keys work. */
    bool (*opens)(const struct ui *ui);
    /* A click on one of the tables that draw has put into ui->mouse, on that line of its rows; -1: beside them. NULL: the
     * screen has none. */
    void (*click)(struct ui *ui, int table, int line);
};
extern const struct screen screen_board, screen_order, screen_json, screen_events, screen_health, screen_log,
    screen_help, screen_messages, screen_dead, screen_letter, screen_radar;

struct overlay {
    const char *hint; /* bottom line while it is open */
    void (*draw)(struct ui *ui);
    void (*key)(struct ui *ui, struct key key);
    void (*paste)(struct ui *ui, const char *text); /* NULL: pasted text is refused */
};
extern const struct overlay over_filter, over_palette, over_cancel, over_quit, over_menu, over_actions,
    over_args, over_bulk, over_confirm, over_feed, over_copy;

void over_filter_open(struct ui *ui);
void over_palette_open(struct ui *ui, const char *text);
void over_cancel_open(struct ui *ui, const struct order *seen, const char *reason);
void over_quit_open(struct ui *ui);
/* Asks what of the selected order is copied. */
void over_copy_open(struct ui *ui);
/* Every command, for the selected order or for those that are marked. */
void over_actions_open(struct ui *ui);
/* The command for all marked orders, with arguments as typed behind it. */
void over_bulk_open(struct ui *ui, enum order_command c, const char *text);
/* Asks for what the command wants to know, line by line, and sends it for the order as it was seen. */
void over_args_open(struct ui *ui, const struct order *seen, enum order_command c);
/* Asks once more, by the order's id and another key, before a command is sent that was chosen and not typed. */
void over_ask_open(struct ui *ui, const struct order *seen, const struct args *args);

/* What is asked before something is done for good. */
#define CONFIRM_LINES 6
struct confirm {
    const char *title, *question; /* static */
    char lines[CONFIRM_LINES][200];
    size_t n;
    const char *field;  /* NULL: nothing is typed; else what the text is called */
    char about[40];     /* the caller's own */
    enum action starts; /* what opens it: none of its keys says yes */
    char expected[24];  /* what has to be typed; "": any text, such as a reason, and then yes or no */
    void (*yes)(struct ui *ui, const char *text);
    /* the overlay's own */
    struct edit text;
    bool asking;
};
void over_confirm_open(struct ui *ui, const struct confirm *asked);
/* The key that says yes. Never one of the action that opens the dialog, whatever the user's key file says: a key that is
 * held or pressed twice must not do it. */
uint32_t over_confirm_key(const struct ui *ui, enum action starts);
/* A question in that row of the area with its two answers, of which No has the cursor. */
void over_confirm_question(struct ui *ui, struct area a, int row, const char *text, enum action starts);

struct menu_item {
    const char *word, *label;
};
/* Asks for one of the items; chosen(word) is called on Enter. Items must be static. */
void over_menu_open(struct ui *ui, const char *title, const struct menu_item *items, size_t n,
                    const char *present, void (*chosen)(struct ui *ui, const char *word));

/* The orders a list can have, by their REST words. */
extern const struct menu_item sorts[];
extern const size_t n_sorts;
const char *sort_label(const char *word);

/* ---- the state */

#define MOUSE_TABLES 2 /* most of a screen of its own */

enum pane { PANE_LIST, PANE_ORDER, PANE_EVENTS, PANE_FUNNEL, PANE_COUNT };

/* The place in lines that are scrolled. */
struct text_view {
    size_t top, lines, rows; /* lines and rows: as drawn the last time */
};

/* The order that is looked at: whole answers, kept parsed. */
struct detail {
    char id[40];
    char *text;                        /* JSON of the order, NULL: not read; owned */
    struct json_doc *order, *timeline; /* owned */
    int64_t version, timeline_version;
    int64_t unsent_at; /* position that the status calls sent and the timeline does not, 0: none */
    int unsent_asked;  /* times the timeline was asked for it */
    bool missing;
    struct text_view view;
};

/* The orders of the last frame that the terminal was given, as it showed them. */
struct seen {
    struct order *rows; /* owned */
    size_t n, cap;
};

struct ui {
    const struct ui_config *cfg;
    struct api *api;
    struct term *term;
    struct canvas canvas;
    struct theme theme;
    struct keymap keymap;
    int64_t now_ms, now_ns; /* of this turn of the loop */
    int64_t spent_ns;       /* CPU time of the console's thread, at this turn */
    struct pace pace;       /* of looking again */
    bool moved;             /* the next round looks for what is new: until then nobody need tell */

    /* model */
    struct list list;
    int64_t count; /* orders that match the filter, -1 unknown */
    bool count_more, list_slow;
    struct stats stats;
    struct health health;
    struct feed feed;
    struct detail detail;
    struct letters letters;
    struct radar radar;
    struct json_doc *status; /* GET /status; owned */
    struct json_doc *logs;   /* GET /logs; owned */
    int log_level;           /* enum log_level */
    size_t log_fresh;        /* lines that came above those on screen */
    bool log_fresh_more;     /* at least so many */
    bool log_lost;           /* some that were on screen are not kept any more */
    int64_t position;        /* newest known */
    unsigned log;            /* which log it is of */
    bool connected;
    const char *why_not; /* connected is false: why; else "", or how it is known what is new */

    /* marked orders */
    struct marks marks;
    char range_from[40]; /* order id at which a range begins, "" for none */
    struct {
        bool on;          /* all that match are being marked */
        char filter[512]; /* what they match */
        char *cursor;     /* of the page that is asked for, NULL: the first; owned */
        size_t before;    /* marked before */
    } gather;

    struct bulk bulk;

    /* questions */
    struct asking asks[ASK_COUNT_OF];
    struct command_open commands[COMMANDS_OPEN];
    struct api_request last; /* the last command for one order; op is another while there was none */
    uint64_t last_tag;
    struct {
        uint64_t tag; /* 0: none is open */
        char what[80];
    } errand;

    /* view */
    struct seen seen;
    const struct screen *screen, *before;
    const struct overlay *over; /* NULL: none */
    enum pane focus;
    unsigned panes; /* 1 << enum pane: those on screen */
    int funnel_at;
    struct text_view text;
    struct messages messages;
    int64_t held_until_ns; /* the list is held still */
    struct views views;
    int view;       /* number of the view that was chosen last, 0: none */
    struct key key; /* that was pressed last */
    struct {
        bool on;
        /* where things are on screen since the last frame, no rows: they are not */
        struct {
            struct area panes[PANE_COUNT], orders, statuses[STATUS_COUNT];
            struct area keys[ACTION_COUNT]; /* in the bottom line */
            struct area tables[MOUSE_TABLES],
                rows[MOUSE_TABLES]; /* of the screen: each whole, and its rows */
        } at;
    } mouse;
    bool dirty; /* something on screen has to change now */
    bool stale; /* answers came: the same, but it may wait for the rest of them */
    int end;    /* enum ui_end, -1: go on */

    /* overlays */
    struct edit line; /* filter and palette */
    struct choices choices;
    bool by_hand;                   /* the command line was typed, neither chosen nor taken from before */
    bool cycling;                   /* through the choices, by Tab in the filter line */
    struct history typed, filtered; /* command lines and filters */
    char filter_before[512];
    struct {
        char text[120]; /* "": the line is right */
        size_t at;      /* code point of the line */
    } fault;
    struct {
        struct order order;
        struct edit reason;
        bool asking; /* the reason is given: yes or no? */
    } cancel;
    struct confirm confirm;
    struct {
        bool on_marks; /* the ids of those that are marked */
        char id[40];   /* of the order that was shown as selected, "" for none */
    } copy;
    struct {
        bool on_marks;      /* the menu is for the marked orders */
        struct order order; /* else for this one, as it was seen when the menu was opened */
        enum order_command rows[COMMAND_COUNT];
        size_t accept[COMMAND_COUNT]; /* of the marked orders */
        size_t at;
        struct args args;
        size_t field; /* of args */
        bool missing; /* it was left empty, and must not be */
    } actions;
    struct {
        const char *title;
        const struct menu_item *items;
        size_t n, at;
        void (*chosen)(struct ui *ui, const char *word);
    } menu;
};

/* ---- ui.c and act.c */

void ui_say(struct ui *ui, enum message_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Pasted text into a line; what does not fit is said and not taken. */
void ui_paste(struct ui *ui, struct edit *line, const char *text);
void ui_show(struct ui *ui, const struct screen *screen);
void ui_back(struct ui *ui);
void ui_filter(struct ui *ui, const char *filter); /* asks the list anew */
void ui_sort(struct ui *ui, const char *word);
void ui_theme(struct ui *ui, const char *name);
/* Where and why the text is no filter that can be asked for, into ui->fault; `offset`: where in the line it begins. */
bool ui_filter_check(struct ui *ui, const char *text, size_t offset);
/* The order that is selected and shown so on the present screen, as it is now. NULL: it was said why there is none. */
const struct order *ui_pointed(struct ui *ui);
/* The same as it was on screen, with the version that a command for it carries; valid until the next frame. */
const struct order *ui_target(struct ui *ui);
/* Shows the order that is selected and to be seen on another screen; false: it was said why there is none. */
bool ui_look(struct ui *ui, const struct screen *screen);
/* The selection moved: its detail is wanted. */
void ui_selected(struct ui *ui);
bool ui_held(const struct ui *ui);

void act(struct ui *ui, enum action action);
#define ACT_WHY 120
/* ui_pointed without a word: NULL with why not. */
const struct order *act_pointed(const struct ui *ui, char why[ACT_WHY]);
/* Runs a command of an order by its wire word with arguments as typed; false: no such command. Unless it was typed by
 * hand it asks first. */
bool act_command(struct ui *ui, const char *word, const char *arguments, bool by_hand);
/* Sends a command for the order as it was seen. false: it was said what is missing. */
bool act_send(struct ui *ui, const struct order *seen, const struct args *args);
/* Do commands go to the marked orders? On the board, when there are any or will be; the screens of one order are about
 * that one. */
bool act_on_marks(const struct ui *ui);
/* Gives a chosen command to the order as it was seen, NULL: to those that are marked. Asks for what it wants to know, and
 * before it is sent. */
void act_start(struct ui *ui, const struct order *seen, enum order_command c);
/* Why the order does not accept a command; NULL: it does. */
const char *act_why_not(const struct order *o, enum order_command c, char out[80]);
/* Why an action is not to be had now; NULL: it is. */
const char *act_refusal(const struct ui *ui, enum action action);
bool act_allowed(struct ui *ui, const struct order *o, enum order_command c);
/* The screen that the action shows, NULL: it shows none. */
const struct screen *act_opens(enum action action);
bool scroll(enum action action, size_t *top, size_t lines, size_t rows);

/* ---- marking.c: marked orders are what commands go to on the board */

void marking_toggle(struct ui *ui); /* the selected order */
/* Begins a range at the selected order, or marks from where one was begun to there. */
void marking_range(struct ui *ui);
/* Rows of the list between the range's begin and the selection; false: there is no range, or it is out of reach. */
bool marking_range_rows(const struct ui *ui, size_t *ret_first, size_t *ret_last);
/* All that match the filter, up to MARKS_MAX: page by page, each an ASK_MARKS. */
void marking_all(struct ui *ui);
/* Are they still being marked? Then it is said that what `label` names was not done. */
bool marking_busy(struct ui *ui, const char *label);
void marking_stop(struct ui *ui, const char *why);
bool marking_query(struct ui *ui, struct buf *out);
void marking_take(struct ui *ui, const struct json_doc *doc);
/* Leaves one thing behind: the marking of all, else the range, else the marks. false: there is nothing. */
bool marking_clear(struct ui *ui);

/* ---- seen.c */

void seen_frame(struct ui *ui); /* a frame was drawn */
const struct order *seen_find(const struct seen *s, const char *id);
void seen_release(struct seen *s);

/* ---- viewing.c: saved views */

void view_show(struct ui *ui, int number);
void view_menu(struct ui *ui);
void view_save(struct ui *ui, int number, const char *name);
/* The view that was chosen, as long as the list shows it; NULL: none. */
const struct view *view_present(const struct ui *ui);

/* ---- mouse.c */

void mouse_toggle(struct ui *ui);
void mouse_press(struct ui *ui, struct key key);

/* ---- screen_radar.c */

void radar_again(struct ui *ui); /* time has passed */
void radar_read(struct ui *ui);  /* a table is here */

/* ---- screen_events.c, over_feed.c */

void feed_again(struct ui *ui); /* asks for what the feed lacks */
bool feed_act(struct ui *ui, enum action action);
void feed_show(struct ui *ui, const struct feed_filter *filter);
void over_feed_open(struct ui *ui);

/* ---- screen_text.c */

/* Lines of what comes that are newer than all that are shown. */
size_t log_above(const struct json_doc *shown, const struct json_doc *coming);
void log_keep_place(struct ui *ui, const struct json_doc *coming); /* newer lines are about to be shown */

/* ---- screen_dead.c */

void dead_letters_again(struct ui *ui); /* they may have changed */
void dead_letters_read(struct ui *ui);  /* they are all here */

/* ---- widgets: each draws into its area */

void draw_header(struct ui *ui, struct area a);
void draw_funnel(struct ui *ui, struct area a);
void draw_orders(struct ui *ui, struct area a);
void draw_order(struct ui *ui, struct area a);
void draw_events(struct ui *ui, struct area a);
void draw_status(struct ui *ui, struct area a);
void draw_bar(struct ui *ui, struct area a);
/* A pane's title in its rule: "─ Orders ─ text ───── right ─". */
void draw_title(struct ui *ui, struct area a, bool focus, const char *title, const char *text,
                const char *right);
/* The frame of a dialog of that size in the middle; the area inside it. */
struct area draw_dialog(struct ui *ui, int rows, int cols, enum role role, const char *title);
/* What is wrong with the line, under the character it is about. */
void draw_fault(struct ui *ui, int row, int at);
/* Marks at the right of a list's first and last line that there are more rows above and below. */
void draw_more(struct ui *ui, struct area a, size_t top, size_t n);
/* A choice with what was typed of it picked out. */
void draw_choice_word(struct ui *ui, int row, int col, int cols, const struct choice *one);
void draw_frame(struct ui *ui); /* everything */

/* Lines one below the other, of which those that fall into the area are drawn. */
struct lines {
    struct canvas *canvas;
    struct area area;
    size_t skip, n; /* lines above the area, lines so far */
    bool wrap;      /* long texts go on in further lines; else they are cut */
    bool verbatim;  /* they are broken where the line ends, and keep every blank */
};
#define LINES_BYTES 4096 /* most of one line */
#define LINES_RIGHT 48
/* Begins the next line; its row on the canvas, or -1 when it is out of sight. */
int lines_next(struct lines *l);
/* Text on the next line; the columns used. */
int lines_put(struct lines *l, int indent, enum role role, const char *text);
/* Text on the next line and, when it wraps, those after it. */
void lines_long(struct lines *l, int indent, enum role role, const char *text);
/* Text from a row on (-1: out of sight), as many lines as it takes. */
void lines_run_on(struct lines *l, int row, int indent, int width, enum role role, const char *text);
/* A JSON value, a line for each member, with its strings escaped; what is longer than a line goes on in further ones. */
void lines_json(struct lines *l, const struct json_doc *doc, const struct json *v);
/* Draws what print gives, scrolled. Lines are counted first, so that the place is among them whatever they were in the
 * frame before. `right` says how many are below, "" for none. */
void lines_scrolled(struct ui *ui, struct lines *l, struct text_view *view,
                    void (*print)(struct ui *ui, struct lines *l), char right[LINES_RIGHT]);

bool detail_is(const struct detail *d, const char *id);
void detail_clear(struct detail *d);

#endif
