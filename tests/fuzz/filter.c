/* The filter grammar, over UTF-8 as every caller has checked it to be. */
#include "shared/filter.h"

#include "tests/fuzz/fuzz.h"

static void look_at_term(const struct filter_term *t)
{
    MUST(t->field < FILTER_FIELDS);
    MUST(t->n_values > 0 && t->n_values <= FILTER_VALUES);
    for (size_t i = 0; i < t->n_values; i++)
        MUST(t->values[i].text == NULL || utf8_valid(t->values[i].text, strlen(t->values[i].text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);
    if (utf8_valid(text, n)) {
        struct arena arena;
        struct filter f = {.n_terms = 0};
        struct filter_fault fault = {.position = 0}, again = {.position = 0};
        arena_init(&arena, 1 << 20);
        bool good = filter_parse(&f, text, &arena, &fault);
        MUST(filter_check(text, &again) == good);
        MUST(f.n_terms <= FILTER_TERMS);
        if (good) {
            for (size_t i = 0; i < f.n_terms; i++)
                look_at_term(&f.terms[i]);
        } else {
            MUST(fault.position == again.position && fault.position <= utf8_length(text));
            MUST(fault.what[0] != '\0' && utf8_valid(fault.what, strlen(fault.what)));
        }
        arena_release(&arena);
    }
    free(text);
    return 0;
}
