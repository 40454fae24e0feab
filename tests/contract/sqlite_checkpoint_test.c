/* The log comes into the database's file in parts, and then the rest of it with a sync (sqlite_checkpoint.c). */
#include "tests/support/crash_vfs.h"
#include "tests/support/store_kit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 800, BATCH = 8, BATCHES = 200 };

static int64_t bytes(const struct kit *k, const char *end)
{
    char path[300];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", k->path, end);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static void open_kit(struct kit *k)
{
    crash_vfs_register(false);
    crash_vfs_reset(false);
    kit_open_with(k, &(struct sqlite_options){.vfs = CRASH_VFS, .log_frames = FRAMES});
}

/* Returns what apply said; counts those that it answered. */
static bool create_batch(struct kit *k, int64_t *answered)
{
    struct kit_unit *u[BATCH];
    for (int i = 0; i < BATCH; i++)
        u[i] = kit_create(KIT_BODY);
    bool ok = kit_apply(k, u, BATCH);
    for (int i = 0; i < BATCH; i++) {
        *answered += u[i]->unit.outcome == UNIT_COMMITTED;
        kit_unit_free(u[i]);
    }
    return ok;
}

static void assert_all_there(struct kit *k, int64_t answered)
{
    crash_vfs_fail(CRASH_SYNC, "", 0, 0, 0);
    kit_close(k);
    assert_null(kit_audit(k->path));
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM orders"), answered);
}

/* Without a sync of the file there is no checkpoint of all: so whatever grows it before are parts. */
static void parts__come_into_the_file_without_a_sync__and_the_log_stays(void **state)
{
    struct kit *k = *state;
    int64_t answered = 0, made = 0, parts = 0;
    open_kit(k);
    crash_vfs_fail(CRASH_SYNC, "orders.sqlite", 1, -1, SQLITE_IOERR_FSYNC);
    for (int64_t before = made = bytes(k, ""); create_batch(k, &answered); before = bytes(k, ""))
        parts += bytes(k, "") > before;
    assert_in_range(parts, 3, 8);
    assert_true(bytes(k, "") > 2 * made);
    assert_true(bytes(k, "-wal") > FRAMES * 4120);
    assert_all_there(k, answered);
}

static void part_fails__what_was_committed_stays_answered(void **state)
{
    struct kit *k = *state;
    int64_t answered = 0;
    open_kit(k);
    crash_vfs_fail(CRASH_WRITE, "orders.sqlite", 1, -1, SQLITE_IOERR_WRITE);
    while (create_batch(k, &answered))
        ;
    assert_true(answered > 0 && bytes(k, "-wal") < FRAMES / 2 * 4120); /* it was a part */
    assert_false(create_batch(k, &answered));
    assert_all_there(k, answered);
}

/* Readers hold the log up where they began; the snapshot of a part is never older than theirs. */
static void parts__beside_readers__the_log_begins_anew_again_and_again(void **state)
{
    struct kit *k = *state;
    int64_t answered = 0, anew = 0;
    open_kit(k);
    for (int i = 0; i < BATCHES; i++) {
        int64_t before = crash_vfs_count(CRASH_SYNC);
        assert_true(create_batch(k, &answered));
        anew += crash_vfs_count(CRASH_SYNC) >= before + 3; /* the commit's, the log's and the file's */
        if (i % 7 == 3)
            kit_begin(k);
        if (i % 7 == 5)
            kit_end(k);
    }
    assert_true(anew >= 2);
    assert_true(bytes(k, "-wal") < 3 * FRAMES * 4120);
    assert_all_there(k, answered);
}

/* A snapshot that is held when the store closes keeps nothing back: the file is whole without a log. */
static void close__at_any_moment__leaves_no_log_behind(void **state)
{
    struct kit *k = *state;
    int64_t answered = 0;
    for (int batches = 1; batches < 12; batches++) {
        open_kit(k);
        for (int i = 0; i < batches; i++)
            assert_true(create_batch(k, &answered));
        kit_close(k);
        assert_int_equal(bytes(k, "-wal"), -1);
    }
    open_kit(k);
    assert_all_there(k, answered);
}

static void upkeep__in_the_middle_of_a_part__takes_over_all(void **state)
{
    struct kit *k = *state;
    int64_t answered = 0;
    open_kit(k);
    for (int i = 0; i < 40; i++) {
        assert_true(create_batch(k, &answered));
        int64_t before = crash_vfs_count(CRASH_SYNC);
        while (k->store->ops->upkeep(k->store, KIT_NOW))
            ;
        assert_true(crash_vfs_count(CRASH_SYNC) >= before + 2);
        assert_true(bytes(k, "-wal") < FRAMES * 4120);
    }
    assert_all_there(k, answered);
}

/* Who asks from another process, as another program that opens the database would. */
static bool locked(const struct kit *k)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510};
        int fd = open(k->path, O_RDWR | O_CLOEXEC);
        _exit(fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 ? 2 : lock.l_type != F_UNLCK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 1;
}

static void set_stacks(size_t bytes)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    assert_int_equal(pthread_attr_setstacksize(&attributes, bytes), 0);
    assert_int_equal(pthread_setattr_default_np(&attributes), 0);
    pthread_attr_destroy(&attributes);
}

/* The database stays locked for as long as the store is open:
 * a program that found it free would take the log away. */
static void parts__without_a_thread__keep_the_file_locked(void **state)
{
    struct kit *k = *state;
    pthread_attr_t before;
    size_t usual;
    int64_t answered = 0;
    pthread_getattr_default_np(&before);
    pthread_attr_getstacksize(&before, &usual);
    kit_open_with(k, &(struct sqlite_options){.log_frames = FRAMES});
    assert_true(locked(k));
    set_stacks((size_t)1 << 46); /* there is no room for one */
    while (bytes(k, "-wal") < FRAMES / 2 * 4120)
        assert_true(create_batch(k, &answered));
    set_stacks(usual);
    assert_true(locked(k));
    assert_all_there(k, answered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FOLDER_TEST(parts__come_into_the_file_without_a_sync__and_the_log_stays),
        KIT_FOLDER_TEST(part_fails__what_was_committed_stays_answered),
        KIT_FOLDER_TEST(parts__beside_readers__the_log_begins_anew_again_and_again),
        KIT_FOLDER_TEST(close__at_any_moment__leaves_no_log_behind),
        KIT_FOLDER_TEST(parts__without_a_thread__keep_the_file_locked),
        KIT_FOLDER_TEST(upkeep__in_the_middle_of_a_part__takes_over_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
