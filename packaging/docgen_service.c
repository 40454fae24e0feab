#include "packaging/docgen.h"
#include "service/http/route.h"
#include "service/order/event.h"
#include "service/order/fields.h"
#include "service/order/state.h"
#include "shared/conf.h"

#include <string.h>

/* ---- settings */

static void put_setting(const struct conf_row *row, void *ctx)
{
    struct buf *out = ctx;
    buf_addf(out, "| `%s` | ", row->variable);
    if (row->flag[0] != '\0')
        buf_addf(out, "`--%s%s%s`", row->flag, row->value_name[0] == '\0' ? "" : " ", row->value_name);
    buf_adds(out, " | ");
    cell_code(out, row->def);
    buf_adds(out, " | ");
    cell(out, row->help);
    buf_adds(out, " |\n");
}

void print_settings(struct buf *out)
{
    buf_adds(out, "| Variable | Flag | Default | Meaning |\n|---|---|---|---|\n");
    conf_each(put_setting, out);
}

/* ---- the life of an order */

void print_statuses(struct buf *out)
{
    buf_adds(out, "| Status | Meaning |\n|---|---|\n");
    for (unsigned s = 0; s < STATUS_COUNT; s++) {
        const struct word *w = status_word((enum order_status)s);
        buf_addf(out, "| `%s` | %s |\n", w->wire, w->sentence);
    }
}

void print_priorities(struct buf *out)
{
    buf_adds(out, "| Priority | Without a `promisedDeliveryAt` of its own |\n|---|---|\n");
    for (unsigned p = 0; p < PRIORITY_COUNT; p++) {
        const struct word *w = priority_word((enum order_priority)p);
        buf_addf(out, "| `%s` | %s |\n", w->wire, w->sentence);
    }
}

static unsigned count_bits(unsigned mask)
{
    unsigned n = 0;
    for (; mask != 0; mask &= mask - 1)
        n++;
    return n;
}

static void put_statuses(struct buf *out, unsigned mask, const char *quote)
{
    const char *comma = "";
    for (unsigned s = 0; s < STATUS_COUNT; s++) {
        if ((mask & STATUS_BIT(s)) == 0)
            continue;
        buf_addf(out, "%s%s%s%s", comma, quote, status_word((enum order_status)s)->wire, quote);
        comma = ", ";
    }
}

static void put_arguments(struct buf *out, enum order_command c)
{
    size_t n;
    const struct argument *a = command_arguments(c, &n);
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s`%s`%s", i == 0 ? "" : ", ", a[i].field.name,
                 a[i].field.required ? "" : " (optional)");
}

void print_commands(struct buf *out)
{
    buf_adds(out, "| Command | Members of the body | Event | What it does |\n|---|---|---|---|\n");
    for (unsigned c = 0; c < COMMAND_COUNT; c++) {
        const struct transition *t = state_transition((enum order_command)c);
        const struct word *w = command_word(t->command);
        buf_addf(out, "| `%s` | ", w->wire);
        put_arguments(out, t->command);
        buf_addf(out, " | `%s` | %s |\n", event_type_name(t->event), w->sentence);
    }
}

/* ---- the body of a new order */

static void put_fields(struct buf *out, const char *prefix, const struct field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &fields[i];
        buf_addf(out, "| `%s%s`", prefix, f->name);
        if (f->second_name != NULL)
            buf_addf(out, " or `%s`", f->second_name);
        buf_addf(out, " | %s | %s |\n", f->required ? "yes" : "", f->sentence);
    }
}

void print_order(struct buf *out)
{
    buf_adds(out, "| Member | Required | Meaning |\n|---|---|---|\n");
    put_fields(out, "", order_fields, ORDER_FIELDS);
    put_fields(out, "items[].", item_fields, ITEM_FIELDS);
    put_fields(out, "items[].price.", price_fields, PRICE_FIELDS);
    put_fields(out, "shippingAddress.", address_fields, n_address_fields);
}

/* ---- the picture of its life */

#define FEW 2 /* commands from more statuses than this stand below the picture */

/* The commands that lead from a status elsewhere than to the next one. */
static void put_branches(struct buf *out, unsigned status)
{
    for (unsigned c = 0; c < COMMAND_COUNT; c++) {
        const struct transition *t = state_transition((enum order_command)c);
        if (t->moves && (t->from & STATUS_BIT(status)) != 0 && t->to != status + 1 &&
            count_bits(t->from) <= FEW)
            buf_addf(out, " ── %s ──▶ %s", command_word(t->command)->wire, status_word(t->to)->wire);
    }
}

/* How many lead to the next one. */
static int put_steps(struct buf *out, unsigned status)
{
    int n = 0;
    for (unsigned c = 0; c < COMMAND_COUNT; c++) {
        const struct transition *t = state_transition((enum order_command)c);
        if (!t->moves || (t->from & STATUS_BIT(status)) == 0 || t->to != status + 1 ||
            count_bits(t->from) > FEW)
            continue;
        buf_addf(out, "   ▼  %s\n", command_word(t->command)->wire);
        n++;
    }
    return n;
}

void print_life(struct buf *out)
{
    buf_adds(out, "```text\n");
    for (unsigned s = 0; s < STATUS_COUNT; s++) {
        buf_adds(out, status_word((enum order_status)s)->wire);
        put_branches(out, s);
        buf_addc(out, '\n');
        if (put_steps(out, s) == 0)
            buf_addc(out, '\n');
    }
    for (unsigned c = 0; c < COMMAND_COUNT; c++) {
        const struct transition *t = state_transition((enum order_command)c);
        if (t->moves && count_bits(t->from) <= FEW)
            continue;
        buf_addf(out, "%-12s  from ", command_word(t->command)->wire);
        put_statuses(out, t->from, "");
        buf_addf(out, "\n%14sto %s\n", "", t->moves ? status_word(t->to)->wire : "the same status");
    }
    buf_adds(out, "```\n");
}

/* ---- REST */

static void put_methods(struct buf *out, unsigned methods)
{
    const char *comma = "";
    for (unsigned m = 0; m < METHOD_COUNT; m++) {
        if ((methods & METHOD_BIT(m)) == 0 || m == METHOD_HEAD)
            continue;
        buf_addf(out, "%s%s", comma, method_name((enum http_method)m));
        comma = ", ";
    }
}

void print_routes(struct buf *out)
{
    bool commands = false; /* one row for all of them */
    buf_adds(out, "| Method | Path | Role | What it does |\n|---|---|---|---|\n");
    for (size_t i = 0; i < routes_count(); i++) {
        const struct route *r = route_at(i);
        bool command = r->command >= 0;
        if (command && commands)
            continue;
        commands = commands || command;
        buf_adds(out, "| ");
        put_methods(out, r->methods);
        buf_addf(out, " | `%s` | %s | %s |\n", command ? ROUTE_BASE "/orders/{id}/{command}" : r->path,
                 auth_role_name(r->least), command ? "Give a command to an order" : r->summary);
    }
}

void print_parameters(struct buf *out)
{
    buf_adds(out, "| Parameter | Meaning |\n|---|---|\n");
    for (const struct param_spec *p = params_list; p->name != NULL; p++) {
        buf_addf(out, "| `%s` | ", p->name);
        cell(out, p->doc);
        buf_adds(out, p->repeats ? " May come more than once. |\n" : " |\n");
    }
}

/* ---- problems: what any route can answer */

static void mark(void *ctx, enum err_code code)
{
    bool *answered = ctx;
    answered[code] = true;
}

void print_problems(struct buf *out)
{
    bool answered[ERR_COUNT] = {[ERR_NOT_FOUND] = true, [ERR_METHOD_NOT_ALLOWED] = true};
    for (size_t i = 0; i < routes_count(); i++)
        route_errors(route_at(i), mark, answered);
    buf_adds(out, "| Status | Code | Meaning |\n|---|---|---|\n");
    for (unsigned c = ERR_NONE + 1; c < ERR_COUNT; c++) {
        const struct err_info *e = err_info((enum err_code)c);
        if (!answered[c])
            continue;
        buf_addf(out, "| %d | `%s` | ", e->status, e->name);
        cell(out, e->meaning);
        buf_adds(out, " |\n");
    }
}

/* ---- events */

static void put_members(struct buf *out, enum event_type type)
{
    size_t n;
    const struct event_member *m = event_members(type, &n);
    if (type == EVENT_RECEIVED)
        buf_adds(out, "the whole order");
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s`%s`%s", i == 0 ? "" : ", ", m[i].name, m[i].required ? "" : " (if known)");
}

void print_events(struct buf *out)
{
    size_t n;
    const struct event_member *common = event_common_members(&n);
    bool commanded[EVENT_TYPE_COUNT] = {[EVENT_RECEIVED] = true, [EVENT_VALIDATION_FAILED] = true};
    for (unsigned c = 0; c < COMMAND_COUNT; c++)
        commanded[state_transition((enum order_command)c)->event] = true;
    buf_adds(out, "| Type | When | Its own members of `data` |\n|---|---|---|\n");
    for (unsigned t = 0; t < EVENT_TYPE_COUNT; t++) {
        if (!commanded[t]) /* only facts from outside would bring it */
            continue;
        buf_addf(out, "| `%s` | %s | ", event_type_name((enum event_type)t),
                 event_type_sentence((enum event_type)t));
        put_members(out, (enum event_type)t);
        buf_adds(out, " |\n");
    }
    buf_adds(out, "\nEvery `data` begins with ");
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s`%s`", i == 0 ? "" : i + 1 == n ? " and " : ", ", common[i].name);
    buf_adds(out, ".\n");
}

/* ---- metrics */

void print_metrics(struct buf *out)
{
#define COUNTER "counter"
#define GAUGE "gauge"
#define SECONDS "gauge"
#define METRIC(id, kind, name, help) {name, kind, help},
    static const struct {
        const char *name, *kind, *help;
    } rows[] = {
#include "shared/metric.def"
    };
#undef METRIC
    buf_adds(out, "| Metric | Kind | Meaning |\n|---|---|---|\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        buf_addf(out, "| `%s` | %s | %s |\n", rows[i].name, rows[i].kind, rows[i].help);
}
