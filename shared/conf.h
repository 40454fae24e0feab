/* Settings: one table (conf.def), three sources. Flags beat the environment, the environment beats the file. */
#ifndef ORDERDECK_SHARED_CONF_H
#define ORDERDECK_SHARED_CONF_H

#include "shared/buf.h"
#include "shared/err.h"

#include <stdbool.h>
#include <stdint.h>

typedef const char *conf_text;
typedef int64_t conf_int;
typedef bool conf_bool;
typedef int64_t conf_ms;

/* CONF_port and so on, in the order of the table. */
enum conf_id {
#define SETTING(field, ...) CONF_##field,
#include "shared/conf.def"
#undef SETTING
    CONF_COUNT
};

enum conf_source { CONF_DEFAULT, CONF_FILE, CONF_ENVIRONMENT, CONF_FLAG };

/* KAFKA_<PROPERTY> where PROPERTY is no row of the table: a property of the Kafka library, under its own name
 * ("security.protocol"). Which names there are, and which our guarantees leave free, is for the relay to say. */
struct conf_property {
    const char *name, *value;
    enum conf_source source;
    int line;
};
#define CONF_PROPERTIES_MAX 100

struct conf {
#define CONF_TYPE_TEXT conf_text
#define CONF_TYPE_INT conf_int
#define CONF_TYPE_BOOL conf_bool
#define CONF_TYPE_MS conf_ms
#define SETTING(field, type, variable, flag, value_name, def, min, max, secret, help) CONF_TYPE_##type field;
#include "shared/conf.def"
#undef SETTING
    /* not settings, but what the command line asked for */
    const char *verb; /* first word: "attach", "list", "backup", "key"; NULL: run */
    char **args;      /* words and options after the verb, n_args of them (the words point into argv) */
    int n_args;
    bool print_config, help, version;
    const char *file; /* the settings file that was read, NULL when none */
    enum conf_source sources[CONF_COUNT];
    int lines[CONF_COUNT];    /* of the file, where the source is CONF_FILE */
    const char *demo_ignored; /* with --demo: the variables that were set and are ignored ("A, B"), else "" */
    struct conf_property *properties; /* n_properties of them, each name once */
    int n_properties;
    char *storage[400]; /* owned texts */
    int n_storage;
};

/* Where files are looked for besides $XDG_CONFIG_HOME. */
#define CONF_SYSTEM_FILE "/etc/orderdeck/orderdeck.conf"

/* Reads defaults, then the first of $XDG_CONFIG_HOME/orderdeck/orderdeck.conf (else ~/.config/...) and
 * /etc/orderdeck/orderdeck.conf (key = value lines, # comments, value verbatim after trimming), then the
 * environment, then argv. Cross checks (two databases, unknown zone, unknown log level) are done here. false: *ret_err has
 * one clear line that names the setting, its source and the value (never a secret one). An unknown flag or key is an
 * error, but for properties of the Kafka library (kafka_<property> in the file, KAFKA_<PROPERTY> in the environment);
 * other unknown environment variables are not ours to judge. Empty environment values count as unset. Flags of the
 * table are read before and after the verb; everything else after it is the verb's. --help and --version look at
 * nothing else, so that they work whatever is set. conf_release is due in either case. */
bool conf_read(struct conf *c, int argc, char **argv, char **environment, struct err *ret_err)
    __attribute__((warn_unused_result));
void conf_release(struct conf *c);

/* Of a setting that this build has no use for the first two say so; the others leave it out. */
void conf_print(const struct conf *c,
                struct buf *out);  /* variable = value lines, secrets masked, with sources */
void conf_help(struct buf *out);   /* --help */
void conf_sample(struct buf *out); /* a commented orderdeck.conf */
void conf_json(const struct conf *c, struct buf *out); /* {"SERVICE_NAME":"..",...} masked, for /status */

/* Does the value of a property of this name stay between us (passwords, keys)? */
bool conf_property_secret(const char *name);

/* XDG base directories (Base Directory Specification 0.8): the path of `name` in the program's own folder below data,
 * state or config, folder made when `make`. NULL: no home. Caller frees. */
enum conf_dir { CONF_DIR_DATA, CONF_DIR_STATE, CONF_DIR_CONFIG };
char *conf_path(enum conf_dir dir, const char *name, bool make);

/* Rows for documentation: calls fn for each setting that this build takes. */
struct conf_row {
    const char *variable, *flag, *value_name, *def, *help; /* flag "": none; value_name "": takes no value */
    bool secret;
};
void conf_each(void (*fn)(const struct conf_row *row, void *ctx), void *ctx);

#endif
