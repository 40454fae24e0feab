#include "packaging/docgen.h"
#include "tui/keymap.h"
#include "tui/views.h"

struct visit {
    void (*fn)(void *ctx, const char *keys, const char *name, const char *where, const char *sentence);
    void *ctx;
};

static void visit_action(const struct action_info *info, const char *keys, void *ctx)
{
    const struct visit *v = ctx;
    v->fn(v->ctx, keys, info->name, scope_name(info->scope), info->sentence);
}

void each_action(void (*fn)(void *ctx, const char *keys, const char *name, const char *where,
                            const char *sentence),
                 void *ctx)
{
    struct keymap m;
    struct visit v = {fn, ctx};
    keymap_init(&m);
    keymap_each(&m, visit_action, &v);
}

/* "q C-c" as `q` `C-c` */
static void put_keys(struct buf *out, const char *keys)
{
    while (*keys != '\0') {
        char key[KEY_NAME_MAX + 1];
        size_t n = 0;
        for (; *keys != '\0' && *keys != ' '; keys++)
            if (n < KEY_NAME_MAX)
                key[n++] = *keys;
        key[n] = '\0';
        cell_code(out, key);
        if (*keys == ' ')
            buf_addc(out, *keys++);
    }
}

static void put_row(void *ctx, const char *keys, const char *name, const char *where, const char *sentence)
{
    struct buf *out = ctx;
    buf_adds(out, "| ");
    put_keys(out, keys);
    buf_adds(out, " | ");
    cell_code(out, name);
    buf_addf(out, " | %s | ", where);
    cell(out, sentence);
    buf_adds(out, " |\n");
}

void print_keys(struct buf *out)
{
    buf_adds(out, "| Keys | Action | Works | What it does |\n|---|---|---|---|\n");
    each_action(put_row, out);
}

void print_views(struct buf *out)
{
    struct views views;
    views_init(&views);
    buf_adds(out, "| Key | View | Sort | Filter |\n|---|---|---|---|\n");
    for (int i = 0; i < VIEWS; i++) {
        const struct view *v = &views.rows[i];
        buf_addf(out, "| `%d` | ", i + 1);
        cell(out, v->name);
        buf_adds(out, " | ");
        cell_code(out, v->sort);
        buf_adds(out, " | ");
        if (v->filter[0] != '\0')
            cell_code(out, v->filter);
        buf_adds(out, " |\n");
    }
}
