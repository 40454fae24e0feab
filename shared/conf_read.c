#include "shared/conf_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(char **environment, const char *name)
{
    size_t n = strlen(name);
    for (; environment != NULL && *environment != NULL; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
            return *environment + n + 1;
    return NULL;
}

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_INVALID_PARAMETER, "cannot read the settings: out of memory");
}

static bool read_defaults(struct conf *c, struct err *ret_err)
{
    static const struct conf_origin origin = {.source = CONF_DEFAULT};
    for (size_t i = 0; i < CONF_COUNT; i++)
        if (!conf_set(c, (enum conf_id)i, conf_settings[i].def, &origin, ret_err))
            return false;
    return true;
}

/* The first file that is there. */
static bool read_files(struct conf *c, char **environment, struct err *ret_err)
{
    bool found = false;
    char *path = conf_dir_path(CONF_DIR_CONFIG, variable(environment, "HOME"),
                               variable(environment, conf_dir_variable(CONF_DIR_CONFIG)), "orderdeck.conf");
    bool good = path == NULL || conf_read_file(c, path, &found, ret_err);
    free(path);
    if (good && !found)
        good = conf_read_file(c, CONF_SYSTEM_FILE, &found, ret_err);
    return good;
}

static bool is_setting(const char *variable, size_t n)
{
    for (size_t i = 0; i < CONF_COUNT; i++)
        if (strlen(conf_settings[i].variable) == n && strncmp(conf_settings[i].variable, variable, n) == 0)
            return true;
    return false;
}

/* KAFKA_* that are no settings of ours. */
static bool read_properties(struct conf *c, char **environment, struct err *ret_err)
{
    static const struct conf_origin origin = {.source = CONF_ENVIRONMENT};
    for (; environment != NULL && *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '='); /* an environment may hold entries without one */
        size_t n = equals != NULL ? (size_t)(equals - *environment) : 0;
        char name[128];
        bool taken;
        if (equals == NULL || strncmp(*environment, "KAFKA_", 6) != 0 || n >= sizeof name ||
            equals[1] == '\0' || is_setting(*environment, n))
            continue;
        memcpy(name, *environment, n);
        name[n] = '\0';
        if (!conf_take_property(c, name, equals + 1, &origin, &taken, ret_err))
            return false;
    }
    return true;
}

static bool read_environment(struct conf *c, char **environment, struct err *ret_err)
{
    static const struct conf_origin origin = {.source = CONF_ENVIRONMENT};
    for (size_t i = 0; i < CONF_COUNT; i++) {
        const char *text = variable(environment, conf_settings[i].variable);
        if (text == NULL || *text == '\0')
            continue;
        text = conf_keep(c, text); /* the environment may be changed later */
        if (text == NULL)
            return no_memory(ret_err);
        if (!conf_set(c, (enum conf_id)i, text, &origin, ret_err))
            return false;
    }
    return read_properties(c, environment, ret_err);
}

/* ---- the command line */

/* The setting of "--flag" or "--flag=value"; *ret_value is what follows '=', or NULL. */
static bool find_flag(const char *arg, enum conf_id *ret, const char **ret_value)
{
    size_t n = strcspn(arg + 2, "=");
    for (size_t i = 0; n > 0 && i < CONF_COUNT; i++) {
        if (strlen(conf_settings[i].flag) == n && strncmp(conf_settings[i].flag, arg + 2, n) == 0) {
            *ret = (enum conf_id)i;
            *ret_value = arg[2 + n] == '=' ? arg + 3 + n : NULL;
            return true;
        }
    }
    return false;
}

/* argv[*at] is the flag of a setting; *at moves past a value of its own. */
static bool read_flag(struct conf *c, enum conf_id id, const char *value, int argc, char **argv, int *at,
                      struct err *ret_err)
{
    static const struct conf_origin origin = {.source = CONF_FLAG};
    const struct conf_setting *s = &conf_settings[id];
    if (value == NULL && s->kind == CONF_KIND_BOOL)
        value = "true";
    if (value == NULL) {
        if (*at + 1 >= argc || strncmp(argv[*at + 1], "--", 2) == 0)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "flag --%s needs a value: --%s %s", s->flag,
                           s->flag, s->value_name);
        value = argv[++*at];
    }
    return conf_set(c, id, value, &origin, ret_err);
}

static bool read_verb(struct conf *c, const char *word, struct err *ret_err)
{
    for (size_t i = 0; i < CONF_VERBS; i++) {
        if (strcmp(word, conf_verbs[i].name) == 0) {
            c->verb = conf_verbs[i].name;
            return true;
        }
    }
    return err_set(ret_err, ERR_INVALID_PARAMETER,
                   "there is no command '%.60s'; the commands are attach, list, backup and key (see --help)",
                   word);
}

/* One word: a switch of the program, a setting, the verb or something for the verb. */
static bool read_word(struct conf *c, int argc, char **argv, int *at, struct err *ret_err)
{
    const char *arg = argv[*at], *value;
    enum conf_id id;
    if (strcmp(arg, "--print-config") == 0) {
        c->print_config = true;
        return true;
    }
    if (strncmp(arg, "--", 2) == 0 && find_flag(arg, &id, &value))
        return read_flag(c, id, value, argc, argv, at, ret_err);
    if (c->verb != NULL) {
        c->args[c->n_args++] = argv[*at];
        return true;
    }
    if (arg[0] == '-' && arg[1] != '\0')
        return err_set(ret_err, ERR_INVALID_PARAMETER, "there is no flag '%.*s' (see --help)",
                       (int)(strcspn(arg, "=") > 60 ? 60 : strcspn(arg, "=")), arg);
    return read_verb(c, arg, ret_err);
}

static bool read_arguments(struct conf *c, int argc, char **argv, struct err *ret_err)
{
    c->args = calloc((size_t)argc + 1, sizeof *c->args);
    if (c->args == NULL)
        return no_memory(ret_err);
    bool rest = false; /* after "--" */
    for (int at = 1; at < argc; at++) {
        if (!rest && strcmp(argv[at], "--") == 0) {
            rest = true;
            continue;
        }
        if (rest && c->verb != NULL)
            c->args[c->n_args++] = argv[at];
        else if (rest ? !read_verb(c, argv[at], ret_err) : !read_word(c, argc, argv, &at, ret_err))
            return false;
    }
    return true;
}

/* --help and --version count wherever they stand before "--". */
static bool asks_for_help(struct conf *c, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        c->help |= strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
        c->version |= strcmp(argv[i], "--version") == 0;
    }
    return c->help || c->version;
}

bool conf_read(struct conf *c, int argc, char **argv, char **environment, struct err *ret_err)
{
    *c = (struct conf){.demo_ignored = ""};
    if (!read_defaults(c, ret_err))
        return false;
    if (asks_for_help(c, argc, argv))
        return true;
    return read_files(c, environment, ret_err) && read_environment(c, environment, ret_err) &&
           read_arguments(c, argc, argv, ret_err) && conf_check(c, ret_err);
}

void conf_release(struct conf *c)
{
    for (int i = 0; i < c->n_storage; i++)
        free(c->storage[i]);
    free(c->properties);
    free(c->args);
    *c = (struct conf){.demo_ignored = ""};
}
