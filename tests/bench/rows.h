/* What the programs of the bench share: the bodies of orders, one a line of a file, and jobs made of them. */
#ifndef ORDERDECK_TESTS_BENCH_ROWS_H
#define ORDERDECK_TESTS_BENCH_ROWS_H

#include "service/write/change.h"
#include "shared/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
    char **lines;
    size_t n;
    size_t next; /* the line that comes next; they come round again */
};

__attribute__((noreturn)) static inline void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static inline void rows_read(struct rows *r, const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    if (f == NULL)
        die(path, "cannot be read");
    *r = (struct rows){0};
    while ((n = getline(&line, &room, f)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        r->lines = reallocarray(r->lines, r->n + 1, sizeof *r->lines);
        if (r->lines == NULL || (r->lines[r->n++] = strdup(line)) == NULL)
            die(path, "out of memory");
    }
    free(line);
    fclose(f);
    if (r->n == 0)
        die(path, "has no line");
}

static inline void rows_free(struct rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->lines[i]);
    free(r->lines);
}

/* The job that the service would make of the next body. */
static inline struct job *rows_job(struct rows *r)
{
    struct answer refusal;
    const char *body = r->lines[r->next++ % r->n];
    const struct change_request request = {
        .body = body, .body_len = strlen(body), .if_version = -1, .now = clock_wall_ms(), .timezone = "UTC"};
    struct job *j = change_create(&request, &refusal);
    if (j == NULL)
        die("a body was refused", refusal.body.data);
    return j;
}

#endif
