#include "service/order/literal.h"
#include "service/order/order_json.h"
#include "service/order/state.h"
#include "shared/json.h"

#define PROBLEM_PATH "/problems/"

void problem_render(struct buf *out, const struct problem *p)
{
    const struct err_info *info = err_info(p->err.code);
    LITERAL(out, "{\"type\":\"" PROBLEM_PATH);
    buf_adds(out, info->name);
    LITERAL(out, "\"");
    json_put_string(out, "title", info->title);
    json_put_int(out, "status", info->status);
    json_put_string(out, "detail", p->err.message);
    if (p->instance)
        json_put_string(out, "instance", p->instance);
    json_put_string(out, "code", info->name);
    if (p->request_id)
        json_put_string(out, "requestId", p->request_id);
    if (p->position >= 0)
        json_put_int(out, "position", p->position);
    if (p->faults && p->faults->n + p->faults->more > 0) {
        LITERAL(out, ",\"errors\":");
        faults_render(out, p->faults);
    }
    if (p->order && (info->status == 409 || info->status == 412)) {
        json_put_string(out, "currentStatus", status_word(p->order->status)->wire);
        json_put_int(out, "version", p->order->version);
        LITERAL(out, ",\"allowedActions\":");
        state_render_allowed(out, p->order);
    }
    buf_addc(out, '}');
}
