#include "service/order/faults.h"

#include "shared/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STEP 8

/* The list is full at each multiple of STEP; false: no memory, the list is as it was. */
static bool make_room(struct faults *f, struct arena *a)
{
    if (f->n % STEP != 0)
        return true;
    struct fault *list = arena_alloc(a, (f->n + STEP) * sizeof *list);
    if (!list)
        return false;
    if (f->n > 0)
        memcpy(list, f->list, f->n * sizeof *list);
    f->list = list;
    return true;
}

void faults_add(struct faults *f, struct arena *a, const char *pointer, const char *detail_format, ...)
{
    if (f->n == FAULTS_MAX || !make_room(f, a)) {
        f->more++;
        return;
    }
    char detail[240];
    va_list args;
    va_start(args, detail_format);
    vsnprintf(detail, sizeof detail, detail_format, args);
    va_end(args);

    const char *place = arena_strdup(a, pointer);
    const char *text = arena_strdup(a, detail);
    f->list[f->n++] = (struct fault){.pointer = place ? place : "", .detail = text ? text : "is not valid"};
}

static void render_one(struct buf *out, const char *pointer, const char *detail)
{
    buf_addc(out, '{');
    json_put_string(out, "pointer", pointer);
    json_put_string(out, "detail", detail);
    buf_addc(out, '}');
}

void faults_render(struct buf *out, const struct faults *f)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < f->n; i++) {
        if (i > 0)
            buf_addc(out, ',');
        render_one(out, f->list[i].pointer, f->list[i].detail);
    }
    if (f->more > 0) {
        char detail[64];
        snprintf(detail, sizeof detail, "and %zu more", f->more);
        if (f->n > 0)
            buf_addc(out, ',');
        render_one(out, "", detail);
    }
    buf_addc(out, ']');
}

const char *faults_escape(struct arena *a, const char *name)
{
    char *escaped = arena_alloc(a, 2 * strlen(name) + 1);
    if (!escaped)
        return "";
    char *to = escaped;
    for (const char *from = name; *from; from++) {
        if (*from == '~' || *from == '/') {
            *to++ = '~';
            *to++ = *from == '~' ? '0' : '1';
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return escaped;
}
