/* The order service as a library: stages started in order and stopped in reverse. */
#ifndef ORDERDECK_SERVICE_SERVICE_H
#define ORDERDECK_SERVICE_SERVICE_H

#include "shared/api.h"
#include "shared/conf.h"
#include "shared/err.h"

struct service;

/* Starts everything the settings ask for; `conf` must outlive the service. NULL: *ret_err has one line for the
 * operator, *ret_exit the process's exit status (2 settings, 3 storage, 1 else). */
struct service *service_start(const struct conf *conf, struct err *ret_err, int *ret_exit)
    __attribute__((warn_unused_result));
const char *service_url(const struct service *s);
const char *service_database(const struct service *s); /* file name, for people */
/* Drains and stops: /ready says 503, DRAIN_DELAY passes, in-flight work is answered, threads end. Returns the exit
 * status: 0 clean, 1 the drain deadline passed, 3 storage failed. Frees. */
int service_stop(struct service *s);
/* Readable (poll) when the storage has failed and the process must end with status 3 through service_stop. */
int service_failure_fd(const struct service *s);

/* The port for a console in this process; one owner thread; close before service_stop. */
struct api *service_api_open(struct service *s, struct err *ret_err) __attribute__((warn_unused_result));
void service_api_close(struct api *base);

/* Is the database that the settings name served by a process? Writes its URL. */
bool service_running(const struct conf *conf, char *ret_url, size_t size);
/* The database alone, read-only, beside whoever uses it: no HTTP, no lock, no writer. For service_api_open, whose
 * commands are then refused; service_stop ends it. NULL: as service_start. */
struct service *service_open(const struct conf *conf, struct err *ret_err, int *ret_exit)
    __attribute__((warn_unused_result));

/* Verbs that need the store: a consistent copy of the database the settings name. Works beside a running service. */
bool service_backup(const struct conf *conf, const char *to, struct err *ret_err);

#endif
