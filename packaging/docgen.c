/* docgen --write FILE...    prints the generated parts of documents anew
 * docgen --check FILE...    says what would change, and exits with 1 if anything would
 *
 * In Markdown the generated parts stand between `<!-- generated:NAME -->` and `<!-- /generated -->`, each on a line of
 * its own. A man page (*.1) and a sample of settings (*.sample) are generated as a whole. */
#include "packaging/docgen.h"

#include "shared/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4u * 1024 * 1024)
#define BEGIN "<!-- generated:"
#define END "<!-- /generated -->"

/* clang-format off */
static const struct block {
    const char *name;
    void (*print)(struct buf *out);
} blocks[] = {
    {"settings",   print_settings},
    {"keys",       print_keys},
    {"views",      print_views},
    {"statuses",   print_statuses},
    {"priorities", print_priorities},
    {"commands",   print_commands},
    {"life",       print_life},
    {"order",      print_order},
    {"routes",     print_routes},
    {"parameters", print_parameters},
    {"examples",   print_examples},
    {"problems",   print_problems},
    {"events",     print_events},
    {"metrics",    print_metrics},
};

static const struct whole {
    const char *ending;
    void (*print)(struct buf *out);
} wholes[] = {
    {".1",      print_man},
    {".sample", conf_sample},
};
/* clang-format on */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

void cell(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            buf_addc(out, '\\');
        buf_addc(out, *text);
    }
}

void cell_code(struct buf *out, const char *text)
{
    if (*text != '\0') {
        buf_addc(out, '`');
        cell(out, text);
        buf_addc(out, '`');
    }
}

/* ---- files */

static bool complain(const char *file, const char *what)
{
    fprintf(stderr, "docgen: %s: %s\n", file, what);
    return false;
}

/* Reads a whole file; one that is not there is empty. */
static bool read_file(const char *path, struct buf *out)
{
    char part[16384];
    FILE *f = fopen(path, "re");
    if (f == NULL && errno == ENOENT)
        return true;
    if (f == NULL)
        return complain(path, strerror(errno));
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(out, part, n);
    bool good = !ferror(f) && !out->failed;
    fclose(f);
    return good || complain(path, "cannot be read");
}

static const char *text_of(const struct buf *b)
{
    return b->data == NULL ? "" : b->data;
}

static bool write_file(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "we");
    if (f == NULL)
        return complain(path, strerror(errno));
    bool good = fwrite(text_of(text), 1, text->len, f) == text->len;
    good = fclose(f) == 0 && good;
    return good || complain(path, "cannot be written");
}

/* ---- generated text */

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static const struct block *find_block(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT(blocks); i++)
        if (strlen(blocks[i].name) == n && strncmp(blocks[i].name, name, n) == 0)
            return &blocks[i];
    return NULL;
}

/* The end of a line, past its newline. */
static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');
    return end == NULL ? line + strlen(line) : end + 1;
}

static const char *find_end(const char *line)
{
    for (; *line != '\0'; line = line_end(line)) {
        if (strncmp(line, END, sizeof END - 1) == 0)
            return line;
        if (strncmp(line, BEGIN, sizeof BEGIN - 1) == 0)
            return NULL;
    }
    return NULL;
}

static bool generate_blocks(const char *path, const char *text, struct buf *out)
{
    for (const char *line = text; *line != '\0';) {
        const char *next = line_end(line);
        buf_add(out, line, (size_t)(next - line));
        if (strncmp(line, BEGIN, sizeof BEGIN - 1) == 0) {
            const char *name = line + sizeof BEGIN - 1;
            const struct block *b = find_block(name, strcspn(name, " \n"));
            next = find_end(next);
            if (b == NULL || next == NULL)
                return complain(path, b == NULL ? "a generated block has a name nobody knows"
                                                : "a generated block has no end");
            b->print(out);
        }
        line = next;
    }
    return true;
}

static bool generate(const char *path, const char *text, struct buf *out)
{
    const struct whole *whole = NULL;
    bool good = true;
    for (size_t i = 0; i < COUNT(wholes); i++)
        if (ends_with(path, wholes[i].ending))
            whole = &wholes[i];
    if (whole != NULL)
        whole->print(out);
    else
        good = generate_blocks(path, text, out);
    return good && (!out->failed || complain(path, "the text is too long"));
}

/* ---- what differs */

#define LINES_AHEAD 200 /* that an inserted or removed part may have, to be told as one */

static size_t line_length(const char *line)
{
    return (size_t)(line_end(line) - line);
}

static bool same_line(const char *a, const char *b)
{
    size_t n = line_length(a);
    return n == line_length(b) && memcmp(a, b, n) == 0;
}

static const char *skip_lines(const char *text, int n)
{
    for (; n > 0; n--)
        text = line_end(text);
    return text;
}

/* Moves both to the nearest place where they agree again. */
static void find_agreement(const char **is, const char **should)
{
    for (int apart = 1; apart < LINES_AHEAD; apart++) {
        for (int down = 0; down <= apart; down++) {
            const char *a = skip_lines(*is, apart - down), *b = skip_lines(*should, down);
            if (same_line(a, b)) {
                *is = a;
                *should = b;
                return;
            }
        }
    }
    *is += strlen(*is);
    *should += strlen(*should);
}

static void show(char sign, const char *from, const char *to)
{
    for (; from < to; from = line_end(from))
        printf("%c%.*s", sign, (int)line_length(from), from);
}

static void show_difference(const char *path, const char *is, const char *should)
{
    int number = 1;
    printf("--- %s\n+++ the tables\n", path);
    while (*is != '\0' || *should != '\0') {
        const char *old = is, *new = should;
        if (same_line(is, should)) {
            is = line_end(is);
            should = line_end(should);
            number++;
            continue;
        }
        find_agreement(&is, &should);
        printf("@@ line %d @@\n", number);
        show('-', old, is);
        show('+', new, should);
        for (; old < is; old = line_end(old))
            number++;
    }
}

static bool document(const char *path, bool write, bool *ret_drift)
{
    struct buf is = BUF_INIT(FILE_MAX), should = BUF_INIT(FILE_MAX);
    bool good = read_file(path, &is) && generate(path, text_of(&is), &should);
    bool same = good && strcmp(text_of(&is), text_of(&should)) == 0;
    if (good && !same && write) {
        good = write_file(path, &should);
        printf("docgen: %s\n", path);
    } else if (good && !same) {
        show_difference(path, text_of(&is), text_of(&should));
        *ret_drift = true;
    }
    buf_release(&is);
    buf_release(&should);
    return good;
}

int main(int argc, char **argv)
{
    bool good = true, drift = false;
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
    if (argc < 2 || (!write && strcmp(argv[1], "--check") != 0)) {
        fputs("usage: docgen --write FILE... | --check FILE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        good = document(argv[i], write, &drift) && good;
    if (drift)
        puts("docgen: the documents differ from the tables; `packaging/dev docs` prints them anew");
    return good && !drift ? 0 : 1;
}
