/* The bytes of a copy, and commands that a shell reads as they were meant. */
#include "shared/json.h"
#include "tui/copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void sequence__of_each_path__byte_for_byte(void **state)
{
    static const struct {
        enum copy_path path;
        const char *text, *bytes;
    } rows[] = {
        {COPY_PLAIN, "", "\033]52;c;\a"},
        {COPY_PLAIN, "f", "\033]52;c;Zg==\a"},
        {COPY_PLAIN, "fo", "\033]52;c;Zm8=\a"},
        {COPY_PLAIN, "foo", "\033]52;c;Zm9v\a"},
        {COPY_PLAIN, "\xff\xfe\xff?>", "\033]52;c;//7/Pz4=\a"},
        {COPY_TMUX, "foo", "\033]52;c;Zm9v\a\033Ptmux;\033\033]52;c;Zm9v\a\033\\"},
        {COPY_SCREEN, "foo", "\033P\033]52;c;Zm9v\a\033\\"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b = BUF_INIT(1000);

        copy_sequence(&b, rows[i].path, rows[i].text, strlen(rows[i].text));
        assert_false(b.failed);
        assert_string_equal(b.data, rows[i].bytes);
        buf_release(&b);
    }
}

static void sequence__as_long_as_may_be__fits_and_comes_to_screen_in_pieces(void **state)
{
    char *text = malloc(COPY_MAX);
    struct buf b = BUF_INIT(16 * COPY_MAX);
    size_t piece = 0;

    (void)state;
    memset(text, 'x', COPY_MAX);
    copy_sequence(&b, COPY_PLAIN, text, COPY_MAX);
    assert_true(b.len <= 100000);
    buf_clear(&b);
    copy_sequence(&b, COPY_SCREEN, text, COPY_MAX);
    assert_false(b.failed);
    for (size_t i = 0; i < b.len; i++) {
        piece = b.data[i] == '\033' && (b.data[i + 1] == 'P' || b.data[i + 1] == '\\') ? 0 : piece + 1;
        assert_true(piece < 256);
    }
    buf_release(&b);
    free(text);
}

/* What a shell makes of `printf '%s' <word>`. */
static void check_word(const char *text)
{
    struct buf b = BUF_INIT(10000);
    char out[4000];
    size_t n;
    FILE *f;

    buf_adds(&b, "printf %s ");
    copy_quote(&b, text);
    f = popen(b.data, "r"); /* NOLINT(cert-env33-c): a shell's reading is what is tested */
    assert_non_null(f);
    n = fread(out, 1, sizeof(out) - 1, f);
    out[n] = 0;
    assert_int_equal(pclose(f), 0);
    assert_string_equal(out, text);
    buf_release(&b);
}

static void quote__hostile_texts__are_one_word(void **state)
{
    (void)state;
    check_word("");
    check_word("plain");
    check_word("it's");
    check_word("'; echo gone; '");
    check_word("$(echo gone) `echo gone` $HOME \\ \" !! * ~ # & | < > ;");
    check_word("'' '");
    check_word("two\nlines\t\033[31m");
}

static void curl__hostile_reason__stays_one_printable_line_with_the_same_meaning(void **state)
{
    struct api_request q = {.op = API_COMMAND, .if_version = 7};
    struct buf b = BUF_INIT(10000), reason = BUF_INIT(1000);
    struct json_fault fault;
    struct json_doc *doc;
    char body[2000], *from, *to;

    (void)state;
    snprintf(q.order_id, sizeof(q.order_id), "ORD-1");
    snprintf(q.command, sizeof(q.command), "cancel");
    snprintf(q.actor, sizeof(q.actor), "o'neil\033@host");
    buf_adds(&reason, "a\nb \xe2\x80\xae\xc2\x9b \xf0\x9f\x91\x8d $(x) \\ \"q\"");
    buf_adds(&b, "");
    {
        struct buf made = BUF_INIT(2000);

        json_add_string(&made, reason.data);
        snprintf(q.body, sizeof(q.body), "{\"reason\":%s}", made.data);
        buf_release(&made);
    }
    copy_curl(&b, "http://127.0.0.1:8001", &q, true);
    assert_false(b.failed);
    assert_non_null(strstr(b.data, " -H \"Authorization: Bearer $ORDERDECK_API_KEY\""));
    assert_non_null(strstr(b.data, " -H 'X-Actor: o'\\''neil?@host'"));
    assert_non_null(strstr(b.data, " -H 'If-Match: \"7\"'"));
    for (const char *p = b.data; *p; p++)
        assert_true(*p >= 0x20 && *p < 0x7f);
    from = strstr(b.data, "--data-raw '") + 12;
    to = strstr(from, "' 'http");
    assert_non_null(to);
    snprintf(body, sizeof(body), "%.*s", (int)(to - from), from);
    doc = json_parse(body, strlen(body), &fault);
    assert_non_null(doc);
    assert_string_equal(json_string(json_get(json_root(doc), "reason")), reason.data);
    json_free(doc);
    buf_release(&b);
    buf_release(&reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence__of_each_path__byte_for_byte),
        cmocka_unit_test(sequence__as_long_as_may_be__fits_and_comes_to_screen_in_pieces),
        cmocka_unit_test(quote__hostile_texts__are_one_word),
        cmocka_unit_test(curl__hostile_reason__stays_one_printable_line_with_the_same_meaning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
