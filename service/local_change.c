/* What the console changes: the jobs that HTTP requests become too, with the same answers and refusals. */
#include "service/local_private.h"
#include "shared/clock.h"

#include <stdlib.h>
#include <string.h>

/* ---- to the writer and back ---- */

/* Takes the job over. `open` counts the request already. */
static void send_job(struct local_api *a, struct job *j)
{
    j->reply_to = &a->writes;
    j->deadline_ns = clock_mono_ns() + a->service->conf->write_deadline * 1000000;
    if (writer_submit(a->service->writer, j, &j->err))
        return;
    local_settled(a, j);
}

/* A job made, or NULL with its refusal. `open` counts the request already. */
static void submit(struct local_api *a, const struct asked *k, struct job *j, struct answer *refusal)
{
    struct asked *kept = malloc(sizeof *kept);
    if (j == NULL || kept == NULL) {
        struct buf nothing = {0};
        free(kept);
        local_append(
            a, local_reply(k, j == NULL ? refusal->status : 0, 0, j == NULL ? &refusal->body : &nothing));
        change_free(j);
        return;
    }
    *kept = *k;
    kept->skip = NULL;
    j->owner = kept;
    send_job(a, j);
}

static struct api_reply *answer(struct job *j)
{
    struct asked *k = j->owner;
    struct answer answer = {0};
    struct buf lost = BUF_INIT(256);
    bool known = change_answer(j, clock_wall_ms(), &answer);
    bool halfway = j->err.code != ERR_NONE && j->err.code != ERR_OUTCOME_UNKNOWN;
    if (!known)
        buf_adds(&lost, halfway ? "a part of it was done before the service took no more: try again"
                                : "the outcome is not known: the storage failed");
    struct api_reply *r = local_reply(k, known ? answer.status : 0, 0, known ? &answer.body : &lost);
    free(k);
    change_free(j);
    return r;
}

void local_settled(struct local_api *a, struct job *j)
{
    struct err e;
    if (j->err.code == ERR_NONE && change_again(j)) {
        if (writer_submit(a->service->writer, j, &e))
            return;
        j->err = e;
    }
    local_append(a, answer(j));
}

/* ---- the record that Kafka refuses: read first, then set aside ---- */

struct skip_look {
    struct api_request q;
    struct relay_parked parked;
    struct event event;
    bool found;
};

static struct change_request request_of(const struct api_request *q)
{
    return (struct change_request){.body = q->body,
                                   .body_len = strlen(q->body),
                                   .origin = {.actor = q->actor[0] != '\0' ? q->actor : NULL},
                                   .instance = "",
                                   .request_id = "console",
                                   .if_version = q->if_version,
                                   .now = clock_wall_ms()};
}

static bool run_look(struct read_job *j, struct store_reader *r, struct err *ret_err)
{
    struct skip_look *l = ((struct asked *)j->owner)->skip;
    return change_skip_find(r, &l->parked, &j->arena, &l->event, &l->found, ret_err);
}

static bool look_for_skip(struct local_api *a, const struct asked *k, const struct api_request *q)
{
    struct read_job *j = local_new_read(a, k);
    struct err e;
    if (j == NULL)
        return false;
    struct asked *kept = j->owner;
    kept->skip = arena_alloc(&j->arena, sizeof *kept->skip);
    if (kept->skip == NULL) {
        local_free_read(j);
        return false;
    }
    *kept->skip = (struct skip_look){.q = *q};
    service_parked(a->service, &kept->skip->parked);
    j->run = run_look;
    if (!readers_submit(a->service->readers, j, &e)) {
        local_free_read(j);
        local_refuse(a, k, &e, -1);
        return true;
    }
    a->open++;
    return true;
}

void local_skip_found(struct local_api *a, struct read_job *j)
{
    const struct asked k = *(const struct asked *)j->owner;
    const struct skip_look *l = k.skip;
    struct answer refusal = {.status = 0};
    if (j->err.code != ERR_NONE) {
        local_append(a, local_answer_read(j));
        return;
    }
    const struct change_request r = request_of(&l->q);
    const struct skipped_record record = {.event = l->found ? &l->event : NULL,
                                          .cursor = l->parked.cursor,
                                          .topic = l->parked.topic,
                                          .refusal = l->parked.reason};
    struct job *made = change_skip(&record, &r, &refusal);
    submit(a, &k, made, &refusal);
    local_free_read(j);
}

/* ---- the others ---- */

static struct job *command_job(const struct api_request *q, const struct change_request *r,
                               struct answer *refusal, struct err *ret_err)
{
    enum order_command kind = COMMAND_COUNT;
    struct ulid id = {0};
    if (command_find(q->command, &kind) && ulid_parse_order(q->order_id, &id))
        return change_command(kind, id, r, refusal);
    err_set(ret_err, ERR_ORDER_NOT_FOUND, "there is no such order or command");
    return NULL;
}

static struct job *letter_job(const struct api_request *q, const struct change_request *r,
                              struct answer *refusal, struct err *ret_err)
{
    int64_t id = dead_letter_id(q->letter);
    if (id == 0)
        err_set(ret_err, ERR_DEAD_LETTER_NOT_FOUND, "no dead letter has this id");
    else if (q->op == API_DEAD_DROP)
        return change_delete_dead_letter(id, r, refusal);
    else
        return change_replay(id, r, refusal);
    return NULL;
}

static struct job *replay_all_job(const struct api_request *q, const struct change_request *r,
                                  struct answer *refusal, struct err *ret_err)
{
    struct param *params;
    struct arena arena;
    size_t n;
    int code = -1;
    arena_init(&arena, 64 * 1024);
    bool ok =
        params_parse(q->query, &arena, &params, &n, ret_err) && replay_code_read(params, n, &code, ret_err);
    arena_release(&arena);
    return ok ? change_replay_all(code, r, refusal) : NULL;
}

bool local_change(struct local_api *a, const struct asked *k, const struct api_request *q)
{
    const struct change_request r = request_of(q);
    struct err e = {.code = ERR_NONE};
    struct answer refusal = {.status = 0};
    struct job *j = NULL;
    if (a->service->conf->read_only || a->service->writer == NULL)
        err_set(&e, ERR_READ_ONLY, "the service is read-only");
    else if (q->op == API_RELAY_SKIP)
        return look_for_skip(a, k, q);
    else if (q->op == API_COMMAND)
        j = command_job(q, &r, &refusal, &e);
    else if (q->op == API_DEAD_REPLAY_ALL)
        j = replay_all_job(q, &r, &refusal, &e);
    else
        j = letter_job(q, &r, &refusal, &e);
    if (e.code != ERR_NONE) {
        local_refuse(a, k, &e, -1);
        return true;
    }
    a->open++;
    submit(a, k, j, &refusal);
    return true;
}
