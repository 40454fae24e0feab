/* Records that were set aside: listing them, trying them again, deleting them. */
#include "service/http/server.h"

#include <stdio.h>

enum MHD_Result handle_dead_letters(struct request *r)
{
    struct err e;
    return query_dead_letters(request_query(r), r->params, r->n_params, &e) ? request_read(r)
                                                                            : reply_problem(r, &e, -1);
}

/* Reads the request and makes the job with `make`. */
static enum MHD_Result change_letter(struct request *r, const char *path,
                                     struct job *(*make)(int64_t, const struct change_request *,
                                                         struct answer *))
{
    struct change_request asked;
    struct answer a;
    char canonical[80];
    int64_t id = dead_letter_id(r->segments[ROUTE_ID_SEGMENT]);
    if (id == 0)
        return reply_error(r, ERR_DEAD_LETTER_NOT_FOUND, "no dead letter has this id");
    snprintf(canonical, sizeof(canonical), ROUTE_BASE "/dead-letters/%lld%s", (long long)id, path);
    if (!change_read(r, canonical, &asked))
        return reply_problem(r, &r->refusal, -1);
    struct job *j = make(id, &asked, &a);
    return j != NULL ? request_change(r, j) : reply_answer(r, &a);
}

enum MHD_Result handle_replay(struct request *r)
{
    return change_letter(r, "/replay", change_replay);
}

enum MHD_Result handle_delete_dead(struct request *r)
{
    return change_letter(r, "", change_delete_dead_letter);
}

enum MHD_Result handle_replay_all(struct request *r)
{
    struct change_request asked;
    struct answer a;
    int code;
    if (!replay_code_read(r->params, r->n_params, &code, &r->refusal))
        return reply_problem(r, &r->refusal, -1);
    if (!change_read(r, ROUTE_BASE "/dead-letters/replay", &asked))
        return reply_problem(r, &r->refusal, -1);
    struct job *j = change_replay_all(code, &asked, &a);
    return j != NULL ? request_change(r, j) : reply_answer(r, &a);
}
