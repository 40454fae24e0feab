/* A service in this process, on a port of its own, over a database in the kit's folder. */
#ifndef ORDERDECK_TESTS_SUPPORT_RUNNING_H
#define ORDERDECK_TESTS_SUPPORT_RUNNING_H

#include "service/service.h"
#include "tests/support/store_kit.h"

struct running {
    struct conf conf;
    struct service *service;
};

/* Starts it with these further flags ("--read-only", ...; NULL ends them, or is none). */
void running_start(struct running *r, struct kit *k, const char *const flags[]);
/* Stops it; returns the exit status. */
int running_stop(struct running *r);

#endif
