/* GET /dead-letters */
#include "service/read/query_private.h"

#include "shared/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 200
#define PAGE_BYTES (4u * 1024 * 1024) /* a page ends before it is longer, unless it is a single letter */

struct letters {
    struct buf *out;
    int n, limit;
    int64_t last;
    bool more;
};

static void put_base64(struct buf *out, const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    buf_addc(out, '"');
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)(unsigned char)bytes[i] << 16;
        three |= i + 1 < n ? (uint32_t)(unsigned char)bytes[i + 1] << 8 : 0;
        three |= i + 2 < n ? (uint32_t)(unsigned char)bytes[i + 2] : 0;
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                        i + 1 < n ? digits[three >> 6 & 63] : '=', i + 2 < n ? digits[three & 63] : '='};
        buf_add(out, four, sizeof four);
    }
    buf_addc(out, '"');
}

static void render(struct buf *out, const struct dead_letter *d)
{
    const struct record *r = &d->record;
    char id[ORDER_ID_LEN + 1];
    snprintf(id, sizeof id, "%lld", (long long)d->id);
    buf_addc(out, '{');
    json_put_string(out, "id", id);
    json_put_string(out, "code", dead_code_name(d->code));
    json_put_string(out, "reason", d->reason);
    json_put_string(out, "topic", r->topic);
    json_put_int(out, "partition", r->partition);
    json_put_int(out, "offset", r->offset);
    json_key(out, "key");
    if (r->key != NULL)
        record_text_render(out, r->key, r->key_len);
    else
        buf_adds(out, "null");
    json_put_raw(out, "headers", d->headers);
    json_put_time(out, "receivedAt", d->received_at);
    json_key(out, "valueBase64");
    if (r->value != NULL)
        put_base64(out, r->value, r->value_len);
    else
        buf_adds(out, "null");
    if (d->has_order) {
        ulid_format_order(d->order_id, id);
        json_put_string(out, "orderId", id);
    }
    buf_addc(out, '}');
}

static bool add_letter(void *ctx, const struct dead_letter *d)
{
    struct letters *x = ctx;
    if (x->n == x->limit || (x->n > 0 && x->out->len + d->record.value_len / 3 * 4 > PAGE_BYTES)) {
        x->more = true;
        return false;
    }
    if (x->n++ > 0)
        buf_addc(x->out, ',');
    render(x->out, d);
    x->last = d->id;
    return true;
}

static bool run(const struct state *s, struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    struct letters x = {.out = &j->body, .limit = s->limit};
    buf_adds(&j->body, "{\"data\":[");
    if (!r->ops->dead_letters(r, s->before, s->limit + 1, add_letter, &x, ret_err))
        return false;
    buf_addc(&j->body, ']');
    if (x.more) {
        char cursor[24];
        snprintf(cursor, sizeof cursor, "%lld", (long long)x.last);
        json_put_string(&j->body, "nextCursor", cursor);
    } else {
        json_put_null(&j->body, "nextCursor");
    }
    buf_addc(&j->body, '}');
    return true;
}

bool query_dead_letters(struct read_job *j, const struct param *params, size_t n, struct err *ret_err)
{
    struct state *s = query_prepare(j, ret_err);
    if (s == NULL)
        return false;
    s->run = run;
    s->limit = LIMIT_DEFAULT;
    for (size_t i = 0; i < n; i++) {
        int64_t v = 0;
        if (strcmp(params[i].name, "limit") == 0) {
            if (!param_int(&params[i], 1, LIMIT_MAX, &v, ret_err))
                return false;
            s->limit = (int)v;
        } else if (strcmp(params[i].name, "cursor") == 0) {
            if (!param_int(&params[i], 1, POSITION_MAX, &s->before, ret_err))
                return err_set(ret_err, ERR_INVALID_CURSOR, "the cursor is none of this list");
        } else {
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter '%.60s' is unknown", params[i].name);
        }
    }
    return true;
}

int64_t dead_letter_id(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n <= 18 && strspn(text, "0123456789") == n && text[0] != '0' ? strtoll(text, NULL, 10)
                                                                                 : 0;
}

bool replay_code_read(const struct param *params, size_t n, int *ret_code, struct err *ret_err)
{
    enum dead_code code;
    *ret_code = -1;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(params[i].name, "code") != 0)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter '%.60s' is unknown", params[i].name);
        if (i > 0)
            return err_set(ret_err, ERR_INVALID_PARAMETER, "parameter 'code' is given twice");
        if (!dead_code_find(params[i].value, &code))
            return err_set(ret_err, ERR_INVALID_PARAMETER,
                           "the parameter 'code' is no reason of a dead letter");
        *ret_code = (int)code;
    }
    return true;
}
