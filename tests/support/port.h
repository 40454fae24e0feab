/* Waiting at a console's port (shared/api.h). Failures end the test. */
#ifndef ORDERDECK_TESTS_SUPPORT_PORT_H
#define ORDERDECK_TESTS_SUPPORT_PORT_H

#include "shared/api.h"

#include <stdbool.h>

/* Submits, and the reply; api_reply_free is due. The tag is the port's own here. */
struct api_reply *port_ask(struct api *api, const struct api_request *q);
/* The next reply. */
struct api_reply *port_take(struct api *api);
/* Waits until it is connected or is not; returns why not. */
const char *port_wait_connected(struct api *api, bool connected);
/* Waits until it says this of the connection. */
void port_wait_why(struct api *api, const char *text);
/* Waits until it is connected by a stream. */
void port_wait_stream(struct api *api);
void port_wait_position(struct api *api, int64_t position);

#endif
