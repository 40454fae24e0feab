/* orderdeck(1), and the sample of the settings file. */
#include "packaging/docgen.h"
#include "shared/conf_table.h"

#include <stdio.h>
#include <string.h>

/* Text as roff reads it: a backslash, a hyphen and a dot at the start of a line mean something there. */
static void put_text(struct buf *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buf_adds(out, "\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            buf_adds(out, "\\e");
        else if (*text == '-')
            buf_adds(out, "\\-");
        else
            buf_addc(out, *text);
    }
}

static void put_bold(struct buf *out, const char *text)
{
    buf_adds(out, "\\fB");
    put_text(out, text);
    buf_adds(out, "\\fR");
}

static void put_italic(struct buf *out, const char *text)
{
    buf_adds(out, "\\fI");
    put_text(out, text);
    buf_adds(out, "\\fR");
}

static void section(struct buf *out, const char *name)
{
    buf_addf(out, ".SH %s\n", name);
}

/* A paragraph: the tag in bold, a word in italics beside it, and the text indented below. */
static void item(struct buf *out, const char *tag, const char *word, const char *text)
{
    buf_adds(out, ".TP\n");
    put_bold(out, tag);
    if (word[0] != '\0') {
        buf_addc(out, ' ');
        put_italic(out, word);
    }
    buf_addc(out, '\n');
    put_text(out, text);
    buf_addc(out, '\n');
}

static void put_synopsis(struct buf *out)
{
    section(out, "SYNOPSIS");
    buf_adds(out, ".B orderdeck\n.RI [ FLAG ...]\n");
    for (size_t i = 0; i < CONF_VERBS; i++) {
        buf_addf(out, ".br\n.B orderdeck %s\n.I ", conf_verbs[i].name);
        put_text(out, conf_verbs[i].args);
        buf_addc(out, '\n');
    }
}

static void put_description(struct buf *out)
{
    section(out, "DESCRIPTION");
    buf_adds(
        out,
        "orderdeck takes in orders over REST, keeps them in an SQLite database with a log of everything\n"
        "that happened to them, and shows them live in a console.\n"
        "Service and console are one process, or two: see attach.\n"
        "A change is answered after it is on the disk.\n"
        ".PP\n"
        "With a word after its name the program does one thing and ends:\n");
    for (size_t i = 0; i < CONF_VERBS; i++)
        item(out, conf_verbs[i].name, conf_verbs[i].args, conf_verbs[i].help);
}

/* ---- settings */

static void put_option(const struct conf_row *row, void *ctx)
{
    struct buf *out = ctx, text = BUF_INIT(1000);
    char flag[64];
    snprintf(flag, sizeof flag, row->flag[0] == '\0' ? "%s" : "--%s", row->flag);
    buf_addf(&text, "%s. Variable %s", row->help, row->variable);
    if (row->def[0] != '\0' && row->value_name[0] != '\0')
        buf_addf(&text, ", default %s", row->def);
    item(out, flag, row->value_name, text.data);
    buf_release(&text);
}

static void put_options(struct buf *out)
{
    section(out, "OPTIONS");
    buf_adds(
        out,
        "A flag that takes a value takes it as the next word or after an equals sign.\n"
        "Each is a setting, which can come from the environment or a file too: flags beat the environment,\n"
        "the environment beats the file.\n");
    conf_each(put_option, out);
    item(out, "--print-config", "", "print every setting with its source, and end");
    item(out, "--version", "", "print the version, and end");
    item(out, "--help", "", "print a summary, and end");
}

static void put_environment(struct buf *out)
{
    section(out, "ENVIRONMENT");
    buf_adds(out,
             "The variables of the settings stand beside their flags. An empty variable counts as unset.\n");
    item(out, "XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", "",
         "where settings, the database and the log are looked for; see FILES");
    item(out, "TERM, NO_COLOR", "", "what the terminal is, and whether the console goes without colours");
    item(out, "ORDERDECK_THEMES", "", "a folder of themes that is looked into before the installed one");
    item(out, "TMPDIR", "", "where the database of --demo is made and removed");
}

/* ---- the rest */

static void put_key(void *ctx, const char *keys, const char *name, const char *where, const char *sentence)
{
    struct buf *out = ctx;
    (void)name;
    item(out, keys, "", sentence);
    if (strcmp(where, "anywhere") != 0) {
        buf_adds(out, "(");
        put_text(out, where);
        buf_adds(out, ")\n");
    }
}

static void put_keys(struct buf *out)
{
    section(out, "KEYS");
    buf_adds(out, "C\\- is the Control key, S\\- the Shift key.\n");
    each_action(put_key, out);
}

static void put_files(struct buf *out)
{
    section(out, "FILES");
    item(out, "$XDG_CONFIG_HOME/orderdeck/orderdeck.conf", "",
         "the settings, as lines 'key = value'; the key is the variable's name in lower case. "
         "Without XDG_CONFIG_HOME: ~/.config");
    item(out, "$XDG_CONFIG_HOME/orderdeck/keys", "",
         "the user's keys of the console, as lines 'action = keys'; what is not named keeps its keys");
    item(out, "$XDG_CONFIG_HOME/orderdeck/views", "",
         "the user's saved views, as lines 'number = name | sort | filter'; :view save writes them");
    item(out, "$XDG_CONFIG_HOME/orderdeck/themes/NAME.theme", "", "the user's themes");
    item(out, CONF_SYSTEM_FILE, "", "the settings, when there is no file of the user's own");
    item(out, "$XDG_DATA_HOME/orderdeck/orders_db.sqlite", "",
         "the database, unless DATABASE_URL names another. Without XDG_DATA_HOME: ~/.local/share");
    item(out, "$XDG_STATE_HOME/orderdeck/orderdeck.log", "",
         "the log, while the console has the terminal. Without XDG_STATE_HOME: ~/.local/state");
    item(out, "$XDG_STATE_HOME/orderdeck/history-commands, history-filters", "",
         "the newest 100 lines typed into the console, without what was told to orders");
}

static void put_ends(struct buf *out)
{
    section(out, "SIGNALS");
    item(
        out, "SIGTERM, SIGINT", "",
        "end the program: what was begun is answered, nothing new is taken in. With the console, Ctrl-C asks first");
    item(
        out, "SIGHUP", "",
        "ends the console, when its terminal is gone; the service goes on, unless it is the demo or was started with --stop-on-hangup");
    section(out, "EXIT STATUS");
    item(out, "0", "", "it ended as it was told");
    item(out, "1", "", "it failed, or what was begun could not be answered within 25 seconds");
    item(out, "2", "", "wrong usage or settings, a port in use, or no terminal for the console");
    item(out, "3", "", "the database cannot be opened, is in use by another process, or has failed");
    section(out, "EXAMPLES");
    item(out, "orderdeck --demo", "", "look around in a throw-away database with lifelike traffic");
    item(out, "orderdeck --headless --database-url sqlite:/srv/orders.sqlite", "", "serve without a console");
    item(out, "orderdeck attach http://127.0.0.1:8001", "", "the console of a service that runs elsewhere");
    item(out, "orderdeck list --filter 'late:yes' --json", "", "what is late, for another program");
    item(out, "orderdeck backup /srv/backup/orders.sqlite", "", "copy the database while it is in use");
}

void print_man(struct buf *out)
{
    buf_adds(out, ".\\\" Printed by docgen from the program's tables; changes here are lost.\n");
    buf_adds(out, ".TH ORDERDECK 1 \"\" \"orderdeck " ORDERDECK_VERSION "\" \"User Commands\"\n");
    section(out, "NAME");
    buf_adds(out, "orderdeck \\- a durable order service with a console\n");
    put_synopsis(out);
    put_description(out);
    put_options(out);
    put_environment(out);
    put_keys(out);
    put_files(out);
    put_ends(out);
}
