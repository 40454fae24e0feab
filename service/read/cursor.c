#include "service/read/cursor.h"

#include <string.h>

struct packed {
    uint64_t fingerprint;
    int64_t rank, number;
};

static void put(struct buf *b, const char *text)
{
    if (text != NULL)
        buf_adds(b, text);
    buf_addc(b, '\x1f');
}

uint64_t cursor_fingerprint(const struct order_query *q)
{
    struct buf b = BUF_INIT(256 * 1024);
    uint8_t hash[SHA256_LEN];
    uint64_t out;
    buf_addf(&b, "%d %d ", (int)q->sort, (int)q->descending);
    for (size_t i = 0; i < q->filter->n_terms; i++) {
        const struct filter_term *t = &q->filter->terms[i];
        buf_addf(&b, "%d %d %d %d %zu ", (int)t->field, (int)t->cmp, t->negated, t->exact_case, t->n_values);
        for (size_t k = 0; k < t->n_values; k++) {
            put(&b, t->values[k].text);
            put(&b, t->values[k].currency ? t->values[k].currency->code : NULL);
            buf_addf(&b, "%lld %d ", (long long)t->values[k].number, t->values[k].prefix);
        }
    }
    digest_sha256(b.data, b.len, hash);
    buf_release(&b);
    memcpy(&out, hash, sizeof out);
    return out;
}

void cursor_format(const struct order_cursor *c, uint64_t fingerprint, char out[CURSOR_TEXT_MAX])
{
    uint8_t bytes[sizeof(struct packed) + sizeof c->text];
    struct packed p = {.fingerprint = fingerprint, .rank = c->rank, .number = c->number};
    size_t n = strlen(c->text);
    memcpy(bytes, &p, sizeof p);
    memcpy(bytes + sizeof p, c->text, n);
    base64url_encode(bytes, sizeof p + n, out);
}

bool cursor_parse(const char *text, uint64_t fingerprint, struct order_cursor *ret)
{
    uint8_t bytes[sizeof(struct packed) + sizeof ret->text];
    struct packed p;
    size_t n;
    if (strlen(text) >= CURSOR_TEXT_MAX || !base64url_decode(text, bytes, sizeof bytes - 1, &n) ||
        n < sizeof p)
        return false;
    memcpy(&p, bytes, sizeof p);
    memset(ret, 0, sizeof *ret);
    memcpy(ret->text, bytes + sizeof p, n - sizeof p);
    ret->set = true;
    ret->rank = p.rank;
    ret->number = p.number;
    return p.fingerprint == fingerprint && strlen(ret->text) == n - sizeof p;
}
