#include "shared/conf_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LARGEST 65536u

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL)
        n--;
    text[n] = '\0';
    return text;
}

/* The key of a setting is its variable in lower case. */
static bool find_key(const char *key, enum conf_id *ret)
{
    for (size_t i = 0; i < CONF_COUNT; i++) {
        const char *a = conf_settings[i].variable, *b = key;
        while (*a != '\0' && *b == tolower((unsigned char)*a)) {
            a++;
            b++;
        }
        if (*a == '\0' && *b == '\0') {
            *ret = (enum conf_id)i;
            return true;
        }
    }
    return false;
}

/* A line may hold a secret: messages show no more of it than a key. */
static bool read_line(struct conf *c, char *text, int line, struct err *ret_err)
{
    text = trim(text);
    if (*text == '\0' || *text == '#')
        return true;
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read %s:%d: no line of the form key = value",
                       c->file, line);
    *equals = '\0';
    const char *key = trim(text), *value = trim(equals + 1);
    enum conf_id id;
    struct conf_origin origin = {.source = CONF_FILE, .file = c->file, .line = line};
    if (!find_key(key, &id)) {
        bool taken = false;
        if (strncmp(key, "kafka_", 6) == 0 && !conf_take_property(c, key, value, &origin, &taken, ret_err))
            return false;
        return taken || err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read %s:%d: there is no key '%.40s'",
                                c->file, line, key);
    }
    if (c->sources[id] == CONF_FILE)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read %s:%d: the key '%s' is set a second time",
                       c->file, line, key);
    return conf_set(c, id, value, &origin, ret_err);
}

static bool read_lines(struct conf *c, char *text, struct err *ret_err)
{
    int line = 0;
    while (text != NULL) {
        char *newline = strchr(text, '\n');
        if (newline != NULL)
            *newline++ = '\0';
        if (!read_line(c, text, ++line, ret_err))
            return false;
        text = newline;
    }
    return true;
}

/* The whole file as one text that lives with the settings; NULL: *ret_why. */
static char *read_all(struct conf *c, FILE *file, const char **ret_why)
{
    char *text = malloc(FILE_LARGEST + 1);
    *ret_why = "out of memory";
    if (text == NULL)
        return NULL;
    c->storage[c->n_storage++] = text;
    size_t n = fread(text, 1, FILE_LARGEST + 1, file);
    *ret_why = ferror(file)       ? strerror(errno)
               : n > FILE_LARGEST ? "larger than 64 KiB"
                                  : "holds NUL characters";
    if (ferror(file) || n > FILE_LARGEST || memchr(text, '\0', n) != NULL)
        return NULL;
    text[n] = '\0';
    return text;
}

bool conf_read_file(struct conf *c, const char *path, bool *ret_found, struct err *ret_err)
{
    *ret_found = false;
    FILE *file = fopen(path, "re");
    if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
        return true;
    *ret_found = true;
    const char *why = file == NULL ? strerror(errno) : NULL;
    char *text = NULL;
    if (file != NULL) {
        text = read_all(c, file, &why);
        fclose(file);
    }
    c->file = conf_keep(c, path);
    if (text == NULL || c->file == NULL)
        return err_set(ret_err, ERR_INVALID_PARAMETER, "cannot read settings from '%s': %s", path, why);
    return read_lines(c, text, ret_err);
}
