#include "shared/api.h"

#include <stdlib.h>

bool api_changes(enum api_op op)
{
    return op == API_COMMAND || op == API_DEAD_REPLAY || op == API_DEAD_REPLAY_ALL || op == API_DEAD_DROP ||
           op == API_RELAY_SKIP;
}

void api_reply_free(struct api_reply *r)
{
    if (r == NULL)
        return;
    free(r->body);
    free(r);
}
