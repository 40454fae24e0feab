/* SQLite's own page cache, told less often to drop what lies beyond the database's end.
 *
 * When a B-tree's pages change places, SQLite 3.40 parks one of them under the number of the lock page (at 1 GiB) for a
 * moment. Its cache takes that number for the largest it holds, and so the next commit's "drop what is beyond the end"
 * walks over every cached page, up to a millisecond a commit, to find none. This layer knows the largest number that
 * stays, and lets only those calls through that have something to drop.
 *
 * One cache belongs to one connection and is called by one thread at a time. */
#include "service/store/sqlite_private.h"

#include <stdlib.h>

#define LOCK_BYTE 0x40000000u /* file format, section 1.5 */

struct cache {
    sqlite3_pcache *inner;
    unsigned largest; /* no page beyond it is in the cache */
    unsigned lock_page;
};

static sqlite3_pcache_methods2 inner; /* SQLite's own; set once, before the library starts */

static sqlite3_pcache *cache_create(int page, int extra, int purgeable)
{
    struct cache *c = calloc(1, sizeof *c);
    sqlite3_pcache *made = c != NULL ? inner.xCreate(page, extra, purgeable) : NULL;
    if (made == NULL) {
        free(c);
        return NULL;
    }
    c->inner = made;
    c->lock_page = LOCK_BYTE / (unsigned)page + 1;
    return (sqlite3_pcache *)c;
}

static void cache_destroy(sqlite3_pcache *p)
{
    struct cache *c = (struct cache *)p;
    inner.xDestroy(c->inner);
    free(c);
}

static void cache_size(sqlite3_pcache *p, int pages)
{
    inner.xCachesize(((struct cache *)p)->inner, pages);
}

static int cache_count(sqlite3_pcache *p)
{
    return inner.xPagecount(((struct cache *)p)->inner);
}

static sqlite3_pcache_page *cache_fetch(sqlite3_pcache *p, unsigned key, int create)
{
    struct cache *c = (struct cache *)p;
    if (create != 0 && key > c->largest)
        c->largest = key;
    return inner.xFetch(c->inner, key, create);
}

static void cache_unpin(sqlite3_pcache *p, sqlite3_pcache_page *page, int discard)
{
    inner.xUnpin(((struct cache *)p)->inner, page, discard);
}

/* A page comes to the lock page's number only on its way to another. */
static void cache_rekey(sqlite3_pcache *p, sqlite3_pcache_page *page, unsigned from, unsigned to)
{
    struct cache *c = (struct cache *)p;
    if (to != c->lock_page && to > c->largest)
        c->largest = to;
    inner.xRekey(c->inner, page, from, to);
}

static void cache_truncate(sqlite3_pcache *p, unsigned from)
{
    struct cache *c = (struct cache *)p;
    if (from > c->largest)
        return;
    inner.xTruncate(c->inner, from);
    c->largest = from > 0 ? from - 1 : 0;
}

static void cache_shrink(sqlite3_pcache *p)
{
    inner.xShrink(((struct cache *)p)->inner);
}

bool sqlite_cache_install(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &inner) != SQLITE_OK)
        return false;
    sqlite3_pcache_methods2 outer = {
        .iVersion = 1,
        .pArg = inner.pArg,
        .xInit = inner.xInit,
        .xShutdown = inner.xShutdown,
        .xCreate = cache_create,
        .xCachesize = cache_size,
        .xPagecount = cache_count,
        .xFetch = cache_fetch,
        .xUnpin = cache_unpin,
        .xRekey = cache_rekey,
        .xTruncate = cache_truncate,
        .xDestroy = cache_destroy,
        .xShrink = cache_shrink,
    };
    return sqlite3_config(SQLITE_CONFIG_PCACHE2, &outer) == SQLITE_OK;
}
