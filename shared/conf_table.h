/* The rows of conf.def as data, and the values they take. Internal to conf. */
#ifndef ORDERDECK_SHARED_CONF_TABLE_H
#define ORDERDECK_SHARED_CONF_TABLE_H

#include "shared/conf.h"

#include <stddef.h>

enum conf_kind { CONF_KIND_TEXT, CONF_KIND_INT, CONF_KIND_BOOL, CONF_KIND_MS };

struct conf_setting {
    const char *variable, *flag, *value_name, *def, *help;
    enum conf_kind kind;
    size_t offset; /* of the member in struct conf */
    int64_t min, max;
    bool secret;
};
extern const struct conf_setting conf_settings[CONF_COUNT];

/* Does this build know the setting only to refuse it? */
bool conf_absent(enum conf_id id);

struct conf_verb {
    const char *name, *args, *help;
};
#define CONF_VERBS 4
extern const struct conf_verb conf_verbs[CONF_VERBS];

/* Where a value stands, for messages. */
struct conf_origin {
    enum conf_source source;
    const char *file;
    int line;
};

struct conf_origin conf_origin_of(const struct conf *c, enum conf_id id);
/* "environment", "flag --port", "/etc/orderdeck/orderdeck.conf:3", "default" */
void conf_origin_format(enum conf_id id, const struct conf_origin *origin, char *out, size_t size);

const conf_text *conf_text_at(const struct conf *c, enum conf_id id);
int64_t conf_number_at(const struct conf *c, enum conf_id id); /* INT and MS */
bool conf_bool_at(const struct conf *c, enum conf_id id);

/* Reads `text` into the member, which then points to it. false: *ret_err has the line. */
bool conf_set(struct conf *c, enum conf_id id, const char *text, const struct conf_origin *origin,
              struct err *ret_err) __attribute__((warn_unused_result));
/* Sets the error about a value: "cannot use PORT 'x' (flag --port): <what is allowed>"; secret values are left out. */
bool conf_refuse(enum conf_id id, const char *text, const struct conf_origin *origin, struct err *ret_err,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* If `variable` is KAFKA_<PROPERTY> (upper case; in the file lower): takes the property, replacing an earlier value,
 * and sets *ret_taken. false: no memory, or too many. */
bool conf_take_property(struct conf *c, const char *variable, const char *value,
                        const struct conf_origin *origin, bool *ret_taken, struct err *ret_err)
    __attribute__((warn_unused_result));
/* Copies text for as long as the settings live; NULL: no memory. */
const char *conf_keep(struct conf *c, const char *text);
/* 600000 -> "10m": the largest unit that is exact. */
void conf_duration_format(int64_t ms, char out[32]);
/* Reads the settings file if it is there. */
bool conf_read_file(struct conf *c, const char *path, bool *ret_found, struct err *ret_err)
    __attribute__((warn_unused_result));
/* What several settings together must obey; called last. */
bool conf_check(struct conf *c, struct err *ret_err) __attribute__((warn_unused_result));
/* base/orderdeck/name below an XDG directory; `home` and `xdg` are the values of the variables, NULL when unset. */
const char *conf_dir_variable(enum conf_dir dir);
char *conf_dir_path(enum conf_dir dir, const char *home, const char *xdg, const char *name);

#endif
