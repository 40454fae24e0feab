#include "tui/pace.h"

int64_t pace_next(const struct pace *p)
{
    return p->began_ns + p->every_ns;
}

void pace_begin(struct pace *p, int64_t now_ns, int64_t spent_ns)
{
    int64_t every = (spent_ns - p->spent_ns) * PACE_SHARE;

    if (now_ns - p->began_ns > 2 * PACE_MOST_NS) /* what was spent since is not the cost of rounds */
        every = 0;
    p->every_ns = every < PACE_LEAST_NS ? PACE_LEAST_NS : every > PACE_MOST_NS ? PACE_MOST_NS : every;
    p->began_ns = now_ns;
    p->spent_ns = spent_ns;
}
