/* The README's examples (packaging/examples.def), in their order, against the real program. */
#include "tests/support/http_client.h"
#include "tests/support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct example {
    const char *sentence, *method, *path, *query, *headers, *body;
    int status;
    const char *parts;
} examples[] = {
#define EXAMPLE(sentence, method, path, query, headers, body, status, parts) \
    {sentence, #method, path, query, headers, body, status, parts},
#include "packaging/examples.def"
#undef EXAMPLE
};

static char id[64]; /* orderId of the first example's answer */

/* The path with $ID filled in and the query encoded, as curl sends it. */
static void write_target(const struct example *e, char *out, size_t size)
{
    const char *mark = strstr(e->path, "$ID"), *equals = strchr(e->query, '=');
    int n = mark == NULL ? snprintf(out, size, "%s", e->path)
                         : snprintf(out, size, "%.*s%s%s", (int)(mark - e->path), e->path, id, mark + 3);
    if (equals == NULL)
        return;
    n += snprintf(out + n, size - (size_t)n, "?%.*s=", (int)(equals - e->query), e->query);
    for (const char *p = equals + 1; *p != '\0'; p++)
        n += snprintf(out + n, size - (size_t)n, "%%%02X", (unsigned)(unsigned char)*p);
}

static void write_fields(const struct example *e, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = e->headers; *p != '\0' && n + 3 < size; p++) {
        if (*p == '\n')
            out[n++] = '\r';
        out[n++] = *p;
    }
    out[n] = '\0';
}

static void check_parts(const struct example *e, const struct reply *r)
{
    char part[300];
    for (const char *p = e->parts; *p != '\0';) {
        size_t n = strcspn(p, "\n");
        snprintf(part, sizeof part, "%.*s", (int)n, p);
        if (strstr(r->head, part) == NULL && strstr(r->body, part) == NULL)
            fail_msg("'%s': no %s in %s\n%s", e->sentence, part, r->head, r->body);
        p += n + (p[n] == '\n');
    }
}

static void run_request(const struct server *s, const struct example *e)
{
    char target[1000], fields[300];
    write_target(e, target, sizeof target);
    write_fields(e, fields, sizeof fields);
    struct reply r = ask(s->port, e->method, target, fields, e->body[0] == '\0' ? NULL : e->body);
    if (r.status != e->status)
        fail_msg("'%s' answers %d, not %d: %s", e->sentence, r.status, e->status, r.body);
    check_parts(e, &r);
    if (e == examples)
        snprintf(id, sizeof id, "%s", reply_text(&r, "orderId"));
    reply_release(&r);
}

static void run_stream(const struct server *s, const struct example *e)
{
    char target[1000], request[1200], part[300];
    struct client c;
    write_target(e, target, sizeof target);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
    client_open(&c, s->port);
    client_send(&c, request);
    for (const char *p = e->parts; *p != '\0';) {
        size_t n = strcspn(p, "\n");
        snprintf(part, sizeof part, "%.*s", (int)n, p);
        if (!client_wait_for(&c, part))
            fail_msg("'%s': no %s", e->sentence, part);
        p += n + (p[n] == '\n');
    }
    client_close(&c);
}

static void examples__in_their_order__answer_what_the_readme_says(void **state)
{
    const struct server *s = *state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        if (strcmp(examples[i].method, "STREAM") == 0)
            run_stream(s, &examples[i]);
        else
            run_request(s, &examples[i]);
    }
}

/* A repeat of the first request, which is not in the README a second time. */
static void examples__the_first_again__is_answered_as_before(void **state)
{
    const struct server *s = *state;
    char fields[300];
    write_fields(&examples[0], fields, sizeof fields);
    struct reply r = ask(s->port, examples[0].method, examples[0].path, fields, examples[0].body);
    assert_int_equal(r.status, examples[0].status);
    assert_string_equal(reply_field(&r, "Idempotency-Replayed"), "true");
    assert_string_equal(reply_text(&r, "orderId"), id);
    reply_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples__in_their_order__answer_what_the_readme_says),
        cmocka_unit_test(examples__the_first_again__is_answered_as_before),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
