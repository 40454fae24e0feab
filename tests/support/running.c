#include "tests/support/running.h"
#include "shared/log.h"

void running_start(struct running *r, struct kit *k, const char *const flags[])
{
    static char texts[16][200]; /* the settings point into them */
    char *argv[17] = {0}, *environment[] = {NULL};
    struct err e;
    int status, n = 0;
    snprintf(texts[n++], sizeof texts[0], "orderdeck");
    snprintf(texts[n++], sizeof texts[0], "--headless");
    snprintf(texts[n++], sizeof texts[0], "--port=0");
    snprintf(texts[n++], sizeof texts[0], "--database-url=sqlite:%s", k->path);
    for (; flags != NULL && *flags != NULL; flags++)
        snprintf(texts[n++], sizeof texts[0], "%s", *flags);
    for (int i = 0; i < n; i++)
        argv[i] = texts[i];
    log_init(-1, LOG_WARN, "test");
    if (!conf_read(&r->conf, n, argv, environment, &e))
        fail_msg("%s", e.message);
    r->service = service_start(&r->conf, &e, &status);
    if (r->service == NULL)
        fail_msg("status %d: %s", status, e.message);
}

int running_stop(struct running *r)
{
    int status = service_stop(r->service);
    conf_release(&r->conf);
    return status;
}
