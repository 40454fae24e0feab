#include "packaging/docgen.h"

#include <string.h>

struct example {
    const char *sentence, *method, *path, *query, *headers, *body;
    int status;
    const char *parts;
};

static const struct example examples[] = {
#define EXAMPLE(sentence, method, path, query, headers, body, status, parts) \
    {sentence, #method, path, query, headers, body, status, parts},
#include "packaging/examples.def"
#undef EXAMPLE
};

#define GOES_ON " \\\n  "

static void put_headers(struct buf *out, const char *headers)
{
    while (*headers != '\0') {
        size_t n = strcspn(headers, "\n");
        buf_addf(out, GOES_ON "-H '%.*s'", (int)n, headers);
        headers += n + (headers[n] == '\n');
    }
}

/* As typed into a shell that knows $URL and $ID. */
static void put_curl(struct buf *out, const struct example *e)
{
    bool stream = strcmp(e->method, "STREAM") == 0;
    bool implied =
        stream || strcmp(e->method, "GET") == 0 || (strcmp(e->method, "POST") == 0 && e->body[0] != '\0');
    buf_addf(out, "curl %s", stream ? "-N" : "-i");
    if (!implied)
        buf_addf(out, " -X %s", e->method);
    if (stream && e->query[0] != '\0')
        buf_addf(out, " \"$URL%s?%s\"", e->path, e->query);
    else
        buf_addf(out, " \"$URL%s\"", e->path);
    if (!stream && e->query[0] != '\0')
        buf_addf(out, GOES_ON "-G --data-urlencode '%s'", e->query);
    put_headers(out, e->headers);
    if (e->body[0] != '\0')
        buf_addf(out, GOES_ON "--json '%s'", e->body);
    buf_addc(out, '\n');
}

static void put_parts(struct buf *out, const struct example *e)
{
    const char *comma = "Answers ";
    buf_addf(out, "%s%d", comma, e->status);
    comma = " with ";
    for (const char *p = e->parts; *p != '\0';) {
        size_t n = strcspn(p, "\n");
        buf_addf(out, "%s`%.*s`", comma, (int)n, p);
        comma = ", ";
        p += n + (p[n] == '\n');
    }
    buf_adds(out, ".\n");
}

void print_examples(struct buf *out)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *e = &examples[i];
        buf_addf(out, "%s%s\n\n```sh\n", i == 0 ? "" : "\n", e->sentence);
        put_curl(out, e);
        buf_adds(out, "```\n\n");
        put_parts(out, e);
    }
}
