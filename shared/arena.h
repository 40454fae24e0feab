/* Memory that lives as long as one request, job or reply: bump allocation, freed at once.
 *
 * An arena moves with the datum that owns it from thread to thread; only the present owner touches it.
 * Allocations are zeroed (copies of course not) and aligned to 16 bytes. Out of memory or over the limit: NULL. */
#ifndef ORDERDECK_SHARED_ARENA_H
#define ORDERDECK_SHARED_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used; /* bytes in all blocks */
    size_t max;
};

void arena_init(struct arena *a, size_t max);
/* The same, with `n` bytes of the caller's to use up first. They are aligned to 16 bytes and outlive the arena. */
#define ARENA_ROOM_LEAST 64
void arena_init_in(struct arena *a, size_t max, void *room, size_t n);
void arena_release(struct arena *a);
void *arena_alloc(struct arena *a, size_t n) __attribute__((warn_unused_result, alloc_size(2)));
/* Not zeroed, for what is filled at once. */
void *arena_take(struct arena *a, size_t n) __attribute__((warn_unused_result, alloc_size(2)));
char *arena_strdup(struct arena *a, const char *text) __attribute__((warn_unused_result));
char *arena_memdup(struct arena *a, const void *bytes, size_t n)
    __attribute__((warn_unused_result)); /* + NUL */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
