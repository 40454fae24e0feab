/* An SQLite VFS over the default one, for tests of power loss and of failing disks.
 *
 * Power loss: with buffering on, what is written waits in memory, shared by all handles of the process as the kernel's
 * cache is, and reaches the real file when it is synced. A cut ends the process as a power cut ends a machine: of each
 * file's unsynced writes nothing survives, or a prefix with the last write torn, or any sectors in any order.
 *
 * Failing disks: the n-th write or sync of a file returns an error of the test's choice.
 *
 * All functions may be called from any thread. */
#ifndef ORDERDECK_TESTS_SUPPORT_CRASH_VFS_H
#define ORDERDECK_TESTS_SUPPORT_CRASH_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define CRASH_VFS "crash"

/* Makes it known to SQLite, once; as_default: every open without a name goes through it. */
void crash_vfs_register(bool as_default);
/* Forgets all files, faults and counts; no file may be open. buffering: unsynced data stays in memory from now on. */
void crash_vfs_reset(bool buffering);

/* The power goes at the n-th write, sync or truncation from now (1: the next one). The seed decides what survives. The
 * process ends with CRASH_EXIT. */
#define CRASH_EXIT 86
void crash_vfs_cut_at(int64_t n, uint64_t seed);
/* The power goes now. */
_Noreturn void crash_vfs_cut(uint64_t seed);

enum crash_op { CRASH_WRITE, CRASH_SYNC, CRASH_READ, CRASH_OPS };
/* From the n-th `op` (1: the next one) on a file whose name ends in `suffix`, `times` calls fail with the SQLite code
 * `rc`; times -1: all of them. rc 0: none fails any more. */
void crash_vfs_fail(enum crash_op op, const char *suffix, int64_t n, int64_t times, int rc);
/* Calls so far. */
int64_t crash_vfs_count(enum crash_op op);

#endif
