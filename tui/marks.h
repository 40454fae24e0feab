/* The orders that are marked: ids, each with the version that was seen when it was marked. In the order of marking,
 * found by a hash of the id, so that a row on screen costs the same however many are marked. Pure; one thread. */
#ifndef ORDERDECK_TUI_MARKS_H
#define ORDERDECK_TUI_MARKS_H

#include "tui/order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARKS_MAX 10000

struct mark {
    char id[40];
    int64_t version;
    unsigned allowed; /* 1 << enum order_command, as seen */
};

struct marks {
    struct mark *rows; /* owned */
    size_t n, cap;
    uint32_t *slots; /* row + 1, 0: free; owned */
    size_t n_slots;  /* a power of two */
};

/* All zeros are no marks. */
void marks_release(struct marks *m);
/* NULL: not marked. Valid until the marks change. */
const struct mark *marks_find(const struct marks *m, const char *id);
/* Marks the order as it is seen; a mark that is there already keeps its version. false: MARKS_MAX are marked, or there
 * is no memory. */
bool marks_add(struct marks *m, const struct order *seen) __attribute__((warn_unused_result));
void marks_remove(struct marks *m, const char *id);

#endif
