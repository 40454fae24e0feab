#include "shared/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct err_info rows[ERR_COUNT] = {
    [ERR_NONE] = {ERR_NONE, "NONE", 200, 0, "No error", "Nothing failed."},
#define X(name, status, retry, title, meaning) \
    [ERR_##name] = {ERR_##name, #name, status, retry, title, meaning},
#include "shared/err.def"
#undef X
};

const struct err_info *err_info(enum err_code code)
{
    assert(code < ERR_COUNT);
    return &rows[code];
}

const struct err_info *err_find(const char *name)
{
    for (size_t i = ERR_NONE + 1; i < ERR_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

bool err_set(struct err *e, enum err_code code, const char *format, ...)
{
    if (e == NULL)
        return false;
    e->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
    return false;
}
