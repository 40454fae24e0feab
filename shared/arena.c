#include "shared/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16u
#define BLOCK_FIRST 4096u
#define BLOCK_LARGEST 65536u

struct arena_block {
    struct arena_block *next;
    size_t used, size; /* of bytes[] */
    bool lent;         /* not ours to free */
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

void arena_init_in(struct arena *a, size_t max, void *room, size_t n)
{
    struct arena_block *block = room;
    assert(n >= ARENA_ROOM_LEAST && (uintptr_t)room % ALIGNMENT == 0);
    *block = (struct arena_block){.size = n - sizeof *block, .lent = true};
    *a = (struct arena){.head = block, .max = max};
}

void arena_release(struct arena *a)
{
    struct arena_block *next;
    for (struct arena_block *block = a->head; block != NULL; block = next) {
        next = block->next;
        if (!block->lent)
            free(block);
    }
    a->head = NULL;
    a->used = 0;
}

/* A block with room for `n`; it becomes the head. The next one is twice as large, up to a limit. */
__attribute__((noinline)) static struct arena_block *add_block(struct arena *a, size_t n)
{
    bool first = a->head == NULL || a->head->lent;
    size_t size = first ? BLOCK_FIRST : 2 * (a->head->size + sizeof *a->head);
    if (size > BLOCK_LARGEST)
        size = BLOCK_LARGEST;
    size -= sizeof(struct arena_block);
    if (size < n)
        size = n;
    struct arena_block *block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    *block = (struct arena_block){.next = a->head, .size = size};
    a->head = block;
    return block;
}

void *arena_take(struct arena *a, size_t n)
{
    if (n > a->max)
        return NULL;
    n = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (n > a->max - a->used)
        return NULL;
    struct arena_block *block = a->head;
    if (block == NULL || n > block->size - block->used)
        block = add_block(a, n);
    if (block == NULL)
        return NULL;
    void *p = block->bytes + block->used;
    block->used += n;
    a->used += n;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = arena_take(a, n);
    return p != NULL ? memset(p, 0, n) : NULL;
}

char *arena_memdup(struct arena *a, const void *bytes, size_t n)
{
    char *copy = n == SIZE_MAX ? NULL : arena_take(a, n + 1);
    if (copy == NULL)
        return NULL;
    if (n != 0)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_memdup(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
