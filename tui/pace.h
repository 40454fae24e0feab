/* How often the console looks again while things keep changing: at most each PACE_LEAST_NS, and later the more a look
 * costs, so that the console takes its small share of a processor however busy the service is. After a rest there is
 * no wait. Times are nanoseconds of CLOCK_MONOTONIC. No threads, no errors. */
#ifndef ORDERDECK_TUI_PACE_H
#define ORDERDECK_TUI_PACE_H

#include <stdint.h>

#define PACE_LEAST_NS INT64_C(50000000)
#define PACE_MOST_NS INT64_C(200000000)
#define PACE_SHARE 80 /* one part in so many of a processor */

struct pace {
    int64_t began_ns; /* the round that goes on; 0: none was yet */
    int64_t spent_ns; /* CPU time of the thread when it began */
    int64_t every_ns; /* between its beginning and the next one's */
};

/* When the next round may begin. */
int64_t pace_next(const struct pace *p);
/* A round begins; spent_ns: CPU time that the thread has used so far. */
void pace_begin(struct pace *p, int64_t now_ns, int64_t spent_ns);

#endif
