#include "shared/api.h"

#include <stdlib.h>

void api_reply_free(struct api_reply *r)
{
    if (r == NULL)
        return;
    free(r->body);
    free(r);
}
