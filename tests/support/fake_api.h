/* A service in memory behind the console's port: the same orders each time, no threads, answers at once.
 *
 * It speaks the bodies of the REST API as far as the console reads them; it judges little (versions, and validate and
 * cancel). What a test wants to happen it writes to control_fd, one byte a time:
 *   n  an order is taken in      b  40 orders at once      v  somebody else validates the newest order
 *   x  somebody completes the most urgent order
 *   d  the connection drops      u  it is back             o  there is no event stream, or there is one again
 *   f  reads are answered 503    h  no more
 *   w  answers wait, or wait no more
 *   k  Kafka comes into use      g  what waits for it and from it grows   s  and shrinks   z  to nothing
 *   a  its brokers go or come    p  the relay is parked                   l  three dead letters more
 *   e  somebody deletes the newest of them                                i  they cannot be read, or can again
 *   j  the consumer has just joined its group and has heard nothing of some partitions, or has by now */
#ifndef ORDERDECK_TESTS_SUPPORT_FAKE_API_H
#define ORDERDECK_TESTS_SUPPORT_FAKE_API_H

#include "shared/api.h"

struct fake_options {
    int orders;
    bool hostile;   /* texts that try to harm a terminal */
    bool wordy;     /* texts longer than a line */
    int port;       /* most requests open at a time, 0: any number */
    bool kafka;     /* in use from the start */
    int letters;    /* dead letters at the start */
    int control_fd; /* read end of a pipe, -1 for none */
};

struct api *fake_api_new(const struct fake_options *o);
void fake_api_free(struct api *api);

/* The texts of `hostile`, NULL at the end. */
extern const char *const hostile_texts[];

#endif
