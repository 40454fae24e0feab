/* The SQLite store and its file: what it opens and what not, backups, and disks that fail. */
#include "service/store/sqlite_private.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/store_kit.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_refused(struct kit *k, bool read_only, const char *part)
{
    struct err e;
    struct store *s = sqlite_open(&(struct sqlite_options){.path = k->path, .read_only = read_only}, &e);
    assert_null(s);
    if (strstr(e.message, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, e.message);
}

/* ---- what is opened ---- */

static void open__foreign_database__is_refused_and_untouched(void **state)
{
    struct kit *k = *state;
    kit_exec(k->path, "CREATE TABLE birds(name TEXT)");
    assert_refused(k, false, "belongs to another program");
    assert_refused(k, true, "belongs to another program");
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM sqlite_schema"), 1);
    assert_int_equal(
        kit_number(k->path, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='delete'"), 1);
    kit_exec(k->path, "PRAGMA user_version=1");
    assert_refused(k, false, "belongs to another program");
    kit_exec(k->path, "DROP TABLE birds; PRAGMA user_version=0; PRAGMA application_id=12345");
    assert_refused(k, false, "belongs to another program");
}

static void open__no_database_at_all__is_refused(void **state)
{
    struct kit *k = *state;
    FILE *f = fopen(k->path, "w");
    assert_non_null(f);
    for (int i = 0; i < 500; i++)
        fputs("this is a letter to my aunt\n", f);
    fclose(f);
    assert_refused(k, false, "not a database");
    assert_refused(k, true, "not a database");
}

static void open__newer_schema__is_refused_and_untouched(void **state)
{
    struct kit *k = *state;
    kit_open(k);
    kit_close(k);
    kit_exec(k->path, "PRAGMA user_version=99");
    assert_refused(k, false, "newer version");
    assert_refused(k, true, "newer version");
    assert_int_equal(kit_number(k->path, "PRAGMA user_version"), 99);
}

static void open__empty_file__becomes_a_database(void **state)
{
    struct kit *k = *state;
    FILE *f = fopen(k->path, "w");
    assert_non_null(f);
    fclose(f);
    kit_open(k);
    kit_do(k, kit_create(KIT_BODY));
    kit_close(k);
    assert_null(kit_audit(k->path));
}

static void open__path_that_cannot_be__says_why(void **state)
{
    struct err e;
    (void)state;
    assert_null(sqlite_open(&(struct sqlite_options){.path = "/nowhere/at/all"}, &e));
    assert_non_null(strstr(e.message, "/nowhere/at/all"));
}

static void read_only__missing_or_older__is_refused(void **state)
{
    struct kit *k = *state;
    struct stat st;
    assert_refused(k, true, "cannot open");
    assert_int_not_equal(stat(k->path, &st), 0);
    kit_exec(k->path, "VACUUM");
    assert_refused(k, true, "without read-only");
}

static void read_only__sees_what_is_there(void **state)
{
    struct kit *k = *state;
    struct err e;
    kit_open(k);
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PACKED);
    kit_close(k);
    kit_open_with(k, &(struct sqlite_options){.read_only = true});
    assert_int_equal(kit_must_get(k, id).status, STATUS_PACKED);
    assert_int_equal(k->store->ops->position(k->store), 6);
    assert_true(k->store->ops->check(k->store, &e));
}

/* ---- backup ---- */

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void backup__while_serving__is_one_sound_file(void **state)
{
    struct kit *k = *state;
    struct err e;
    char copy[120], log[130];
    struct stat st;
    kit_open(k);
    struct ulid id = kit_order_at(k, KIT_BODY, STATUS_PACKED);
    snprintf(copy, sizeof copy, "%s/copy", k->folder);
    snprintf(log, sizeof log, "%s-wal", copy);
    if (!k->store->ops->backup(k->store, copy, &e))
        fail_msg("%s", e.message);
    kit_do(k, kit_create(KIT_BODY));
    assert_int_not_equal(stat(log, &st), 0);
    assert_null(kit_audit(copy));
    assert_true(kit_has_order(copy, id));
    assert_int_equal(kit_number(copy, "SELECT count(*) FROM orders"), 1);
    assert_false(k->store->ops->backup(k->store, copy, &e)); /* never over an older one */
    assert_non_null(strstr(e.message, "exists"));
    assert_int_equal(kit_number(copy, "SELECT count(*) FROM orders"), 1);
    kit_close(k);
    snprintf(k->path, sizeof k->path, "%.90s", copy);
    kit_open(k); /* the copy serves */
    assert_int_equal(kit_must_get(k, id).status, STATUS_PACKED);
}

/* The log's name, with the file opened so. */
static void name_of(const char *path, bool read_only, char ret[LOG_NAME_LEN + 1])
{
    struct err e;
    struct store *s = sqlite_open(&(struct sqlite_options){.path = path, .read_only = read_only}, &e);
    assert_non_null(s);
    snprintf(ret, LOG_NAME_LEN + 1, "%s", s->ops->log(s));
    s->ops->close(s);
}

/* What is written after it was put back stands at positions where its original has something else. */
static void backup__put_back_and_written_to__is_a_log_of_its_own_each_time(void **state)
{
    struct kit *k = *state;
    struct err e;
    char copy[120], restored[120], original[LOG_NAME_LEN + 1], name[LOG_NAME_LEN + 1],
        again[LOG_NAME_LEN + 1];
    kit_open(k);
    kit_do(k, kit_create(KIT_BODY));
    snprintf(original, sizeof original, "%s", k->store->ops->log(k->store));
    snprintf(copy, sizeof copy, "%s/copy", k->folder);
    snprintf(restored, sizeof restored, "%s/restored", k->folder);
    assert_true(k->store->ops->backup(k->store, copy, &e));
    kit_close(k);
    name_of(k->path, false, name);
    assert_string_equal(name, original);
    copy_file(copy, restored);
    name_of(restored, true, name); /* it is what the original was */
    assert_string_equal(name, original);
    name_of(restored, false, name);
    assert_string_not_equal(name, original);
    name_of(restored, false, again);
    assert_string_equal(again, name);
    copy_file(copy, restored);
    name_of(restored, false, again);
    assert_string_not_equal(again, name);
}

/* One that was made before logs had names gets its own, once. */
static void open__older_schema__gets_a_name(void **state)
{
    struct kit *k = *state;
    char name[LOG_NAME_LEN + 1], again[LOG_NAME_LEN + 1];
    kit_open(k);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    kit_close(k);
    kit_turn_back(k->path, 5);
    name_of(k->path, false, name);
    assert_int_equal(strspn(name, "0123456789abcdef"), LOG_NAME_LEN);
    name_of(k->path, true, again);
    assert_string_equal(again, name);
    assert_null(kit_audit(k->path));
    assert_true(kit_has_order(k->path, id));
}

static void backup__that_fails__leaves_nothing_behind(void **state)
{
    struct kit *k = *state;
    struct err e = {.code = ERR_NONE};
    char copy[120];
    struct stat st;
    crash_vfs_register(true); /* backups are written through the default VFS */
    crash_vfs_reset(false);
    kit_open(k);
    kit_do(k, kit_create(KIT_BODY));
    snprintf(copy, sizeof copy, "%s/copy", k->folder);
    crash_vfs_fail(CRASH_WRITE, "/copy", 2, -1, SQLITE_FULL);
    assert_false(k->store->ops->backup(k->store, copy, &e));
    assert_int_equal(e.code, ERR_STORAGE_FULL);
    assert_non_null(strstr(e.message, copy));
    assert_int_not_equal(stat(copy, &st), 0);
    crash_vfs_fail(CRASH_WRITE, "", 0, 0, 0);
    assert_true(k->store->ops->backup(k->store, copy, &e));
    kit_close(k);
    sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
}

/* ---- disks that fail ---- */

static void open_on_crash_vfs(struct kit *k)
{
    crash_vfs_register(false);
    crash_vfs_reset(false);
    kit_open_with(k, &(struct sqlite_options){.vfs = CRASH_VFS});
}

static void assert_busy(const struct kit_unit *u, enum err_code code)
{
    assert_int_equal(u->unit.outcome, UNIT_BUSY);
    assert_int_equal(u->unit.err.code, code);
}

#define MANY 64 /* units whose frames the log takes in several writes */

/* The disk fills at every possible write of a commit: nothing is done, nobody is told otherwise, and it heals. */
static void disk_full__at_any_write__nothing_is_done_and_it_heals(void **state)
{
    struct kit *k = *state;
    bool failed = true;
    int64_t at = 0;
    open_on_crash_vfs(k);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    while (failed) {
        struct kit_unit *u[MANY];
        int64_t position = k->store->ops->position(k->store), events = kit_check_events(k);
        for (int i = 0; i < MANY; i++)
            u[i] = i == 1 ? kit_command(COMMAND_HOLD, id) : kit_create(KIT_BODY);
        kit_claim(u[0], "key", "request", KIT_NOW);
        kit_claim(u[2], "key", "request", KIT_NOW);
        crash_vfs_fail(CRASH_WRITE, "-wal", ++at, -1, SQLITE_FULL);
        assert_true(kit_apply(k, u, MANY));
        failed = u[0]->unit.outcome != UNIT_COMMITTED;
        crash_vfs_fail(CRASH_WRITE, "", 0, 0, 0);
        if (failed) {
            for (int i = 0; i < MANY; i++) /* the repeat too: what it would have repeated is gone */
                assert_busy(u[i], ERR_STORAGE_FULL);
            assert_int_equal(k->store->ops->position(k->store), position);
            assert_int_equal(kit_check_events(k), events);
            kit_do(k, kit_create(KIT_BODY)); /* there is room again */
        } else {
            assert_int_equal(u[2]->unit.outcome, UNIT_REPEATED);
        }
        for (int i = 0; i < MANY; i++)
            kit_unit_free(u[i]);
    }
    assert_true(at > 2);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* The end of a transaction that could not be written never comes into the log later: a restart must not find it. */
static void disk_full__then_the_process_ends__nothing_was_done(void **state)
{
    struct kit *k = *state;
    char log[300], copy[300], copy_log[310];
    struct err e;
    open_on_crash_vfs(k);
    kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u = kit_create(KIT_BODY);
    crash_vfs_fail(CRASH_WRITE, "-wal", 1, 1, SQLITE_FULL);
    assert_true(kit_apply(k, &u, 1));
    assert_busy(u, ERR_STORAGE_FULL);
    while (k->store->ops->upkeep(k->store,
                                 KIT_NOW)) /* works with the log, which would take every write by now */
        ;
    snprintf(log, sizeof log, "%s-wal", k->path);
    snprintf(copy, sizeof copy, "%s.copy", k->path);
    snprintf(copy_log, sizeof copy_log, "%s-wal", copy);
    copy_file(k->path, copy); /* what a process that starts now would find */
    copy_file(log, copy_log);
    struct store *found = sqlite_open(&(struct sqlite_options){.path = copy}, &e);
    assert_non_null(found);
    assert_int_equal(found->ops->position(found), 1);
    found->ops->close(found);
    kit_unit_free(u);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* While the disk is full, what is there can still be read by the one who writes: an answer is told again. */
static void disk_full__what_was_answered__is_repeated(void **state)
{
    struct kit *k = *state;
    open_on_crash_vfs(k);
    struct kit_unit *first = kit_create(KIT_BODY), *again = kit_create(KIT_BODY), *u[MANY];
    kit_claim(first, "key", "request", KIT_NOW);
    kit_claim(again, "key", "request", KIT_NOW);
    assert_true(kit_apply(k, &first, 1));
    for (int i = 0; i < MANY; i++) {
        char key[20];
        snprintf(key, sizeof key, "key %d", i);
        u[i] = kit_create(KIT_BODY);
        kit_claim(u[i], key, "request", KIT_NOW);
    }
    crash_vfs_fail(CRASH_WRITE, "-wal", 1, -1, SQLITE_FULL);
    assert_true(kit_apply(k, u, MANY));
    assert_busy(u[0], ERR_STORAGE_FULL);
    assert_true(kit_apply(k, &again, 1)); /* as full as before */
    assert_int_equal(again->unit.outcome, UNIT_REPEATED);
    crash_vfs_fail(CRASH_WRITE, "", 0, 0, 0);
    for (int i = 0; i < MANY; i++)
        kit_unit_free(u[i]);
    kit_unit_free(first);
    kit_unit_free(again);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* The sync of a commit fails: nobody is told anything, and the store is not used any more. */
static void sync_fails_at_commit__outcome_is_unknown_for_good(void **state)
{
    struct kit *k = *state;
    struct err e = {.code = ERR_NONE};
    open_on_crash_vfs(k);
    kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_create(KIT_BODY)}, *late = kit_create(KIT_BODY);
    kit_claim(u[0], "key", "request", KIT_NOW);
    kit_claim(u[1], "key", "request", KIT_NOW);
    crash_vfs_fail(CRASH_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC);
    assert_false(kit_apply(k, u, 2));
    assert_int_equal(u[0]->unit.outcome, UNIT_UNKNOWN);
    assert_int_equal(u[1]->unit.outcome, UNIT_UNKNOWN);
    assert_int_equal(k->store->ops->position(k->store), 1);
    struct unit *one = &late->unit;
    one->outcome = UNIT_OPEN;
    assert_false(k->store->ops->apply(k->store, &one, 1, &e)); /* the disk is well again; the store is not */
    assert_int_equal(one->outcome, UNIT_UNKNOWN);
    assert_int_equal(e.code, ERR_OUTCOME_UNKNOWN);
    assert_false(k->store->ops->upkeep(k->store, KIT_NOW));
    kit_unit_free(u[0]);
    kit_unit_free(u[1]);
    kit_unit_free(late);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

/* A unit spoils the batch, so each is tried alone, and then a sync fails: who was not reached any more had been written in
 * the batch that was taken back, and must not be told so. */
static void sync_fails_after_a_spoilt_batch__nobody_is_told_anything(void **state)
{
    struct kit *k = *state;
    open_on_crash_vfs(k);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    struct kit_unit *u[] = {kit_create(KIT_BODY), kit_create(KIT_BODY), kit_create(KIT_BODY),
                            kit_command(COMMAND_VALIDATE, id), kit_create(KIT_BODY)};
    u[3]->spoilt = true;
    crash_vfs_fail(CRASH_SYNC, "-wal", 2, 1, SQLITE_IOERR_FSYNC);
    assert_false(kit_apply(k, u, 5));
    assert_int_equal(u[0]->unit.outcome, UNIT_COMMITTED);
    for (int i = 1; i < 5; i++)
        assert_int_equal(u[i]->unit.outcome, UNIT_UNKNOWN);
    for (int i = 0; i < 5; i++)
        kit_unit_free(u[i]);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

static void write_fails_with_an_io_error__outcome_is_unknown(void **state)
{
    struct kit *k = *state;
    open_on_crash_vfs(k);
    struct kit_unit *u = kit_create(KIT_BODY);
    crash_vfs_fail(CRASH_WRITE, "-wal", 1, 1, SQLITE_IOERR_WRITE);
    assert_false(kit_apply(k, &u, 1));
    assert_int_equal(u->unit.outcome, UNIT_UNKNOWN);
    kit_unit_free(u);
    kit_close(k);
    assert_null(kit_audit(k->path));
}

static void sync_fails_in_upkeep__the_store_is_not_used_any_more(void **state)
{
    struct kit *k = *state;
    open_on_crash_vfs(k);
    struct kit_unit *u = kit_create(KIT_BODY), *next = kit_create(KIT_BODY);
    kit_claim(u, "key", "request", KIT_NOW);
    kit_do(k, u);
    crash_vfs_fail(CRASH_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC); /* at the commit of the claim's expiry */
    assert_false(k->store->ops->upkeep(k->store, KIT_NOW + 2 * CLAIM_TTL_MS));
    assert_false(kit_apply(k, &next, 1));
    assert_int_equal(next->unit.outcome, UNIT_UNKNOWN);
    kit_unit_free(next);
}

static int64_t log_bytes(const struct kit *k)
{
    char path[300];
    struct stat st;
    snprintf(path, sizeof path, "%s-wal", k->path);
    assert_int_equal(stat(path, &st), 0);
    return (int64_t)st.st_size;
}

static void create_many(struct kit *k)
{
    struct kit_unit *u[MANY];
    for (int i = 0; i < MANY; i++)
        u[i] = kit_create(KIT_BODY);
    assert_true(kit_apply(k, u, MANY));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(u[i]->unit.outcome, UNIT_COMMITTED);
        kit_unit_free(u[i]);
    }
}

/* Ten times what the log may hold goes through it, with readers that come and go. */
static void log__commits_go_on__begins_anew(void **state)
{
    enum { FRAMES = 300, BATCHES = 60 };
    struct kit *k = *state;
    kit_open_with(k, &(struct sqlite_options){.log_frames = FRAMES});
    for (int i = 0; i < BATCHES; i++) {
        create_many(k);
        if (i % 7 == 3)
            kit_begin(k);
        if (i % 7 == 5)
            kit_end(k);
    }
    assert_int_equal(k->store->ops->position(k->store), BATCHES * MANY);
    assert_true(log_bytes(k) <= 8 * FRAMES * 4120); /* a reader's snapshot holds it up for two batches */
    kit_close(k);
    assert_null(kit_audit(k->path));
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM orders"), BATCHES * MANY);
}

static void checkpoint_fails__what_was_committed_stays_answered(void **state)
{
    struct kit *k = *state;
    open_on_crash_vfs(k);
    kit_do(k, kit_create(KIT_BODY));
    crash_vfs_fail(CRASH_SYNC, "orders.sqlite", 1, -1, SQLITE_IOERR_FSYNC);
    assert_false(k->store->ops->upkeep(k->store, KIT_NOW));
    struct kit_unit *next = kit_create(KIT_BODY);
    assert_false(kit_apply(k, &next, 1));
    assert_int_equal(next->unit.outcome, UNIT_UNKNOWN);
    kit_unit_free(next);
    crash_vfs_fail(CRASH_SYNC, "", 0, 0, 0);
    kit_close(k);
    assert_null(kit_audit(k->path));
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM orders"), 1);
}

static void read_fails__is_an_error_and_not_an_absence(void **state)
{
    struct kit *k = *state;
    struct order o;
    bool found;
    int64_t position;
    struct err e = {.code = ERR_NONE};
    open_on_crash_vfs(k);
    struct ulid id = kit_do(k, kit_create(KIT_BODY));
    crash_vfs_fail(CRASH_READ, "", 1, -1, SQLITE_IOERR_READ);
    bool ok = k->reader->ops->begin(k->reader, 0, &position, &e) &&
              k->reader->ops->get(k->reader, id, &k->arena, &o, &found, &e);
    assert_false(ok);
    assert_int_equal(e.code, ERR_STORAGE_BUSY);
    crash_vfs_fail(CRASH_READ, "", 0, 0, 0);
    kit_end(k);
    assert_true(kit_get(k, id, &o));
}

/* A statement that fails by itself (here: by a trigger) spoils its own unit and no other. */
static void statement_fails__only_its_unit_is_not_done(void **state)
{
    struct kit *k = *state;
    kit_open(k);
    kit_close(k);
    kit_exec(k->path,
             "CREATE TRIGGER no BEFORE INSERT ON events WHEN instr(NEW.data,'CUST-BAD') BEGIN SELECT "
             "RAISE(ABORT,'no'); END");
    kit_open(k);
    struct kit_unit *u[8];
    for (int i = 0; i < 8; i++) {
        u[i] = kit_create(i % 3 == 1 ? "{\"customerId\":\"CUST-BAD\",\"items\":[" KIT_ITEM
                                       "],\"shippingAddress\":" KIT_ADDRESS "}"
                                     : KIT_BODY);
        kit_claim(u[i], i % 3 == 1 ? "bad" : "good", "request", KIT_NOW);
    }
    assert_true(kit_apply(k, u, 8));
    for (int i = 0; i < 8; i++) {
        if (i % 3 == 1)
            assert_busy(u[i], ERR_STORAGE_BUSY);
        else
            assert_int_equal(u[i]->unit.outcome, i == 0 ? UNIT_COMMITTED : UNIT_REPEATED);
        kit_unit_free(u[i]);
    }
    kit_close(k);
    kit_exec(k->path, "DROP TRIGGER no");
    assert_null(kit_audit(k->path));
    assert_int_equal(kit_number(k->path, "SELECT count(*) FROM orders"), 1);
}

/* Another program that holds the database: nothing is done, and it works again afterwards. */
static void database_locked_by_another__is_busy_and_heals(void **state)
{
    struct kit *k = *state;
    sqlite3 *db = NULL;
    kit_open(k);
    assert_int_equal(sqlite3_open(k->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0;BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    struct kit_unit *u = kit_create(KIT_BODY);
    assert_true(kit_apply(k, &u, 1));
    assert_busy(u, ERR_STORAGE_BUSY);
    kit_unit_free(u);
    sqlite3_close(db);
    kit_do(k, kit_create(KIT_BODY));
}

/* Between the commit and the writer's word of it: whoever was told a position by an answer is told no lower one by the
 * store. */
static void position__seen_by_a_reader_before_the_writer_says_so__is_said(void **state)
{
    struct kit *k = *state;
    kit_open(k);
    kit_do(k, kit_create(KIT_BODY));
    kit_do(k, kit_create(KIT_BODY));
    atomic_store(&((struct sqlite_store *)k->store)->position,
                 1); /* as it was before the commit's last moment */
    assert_int_equal(kit_begin(k), 2);
    assert_int_equal(k->store->ops->position(k->store), 2);
    kit_end(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FOLDER_TEST(open__foreign_database__is_refused_and_untouched),
        KIT_FOLDER_TEST(open__no_database_at_all__is_refused),
        KIT_FOLDER_TEST(open__newer_schema__is_refused_and_untouched),
        KIT_FOLDER_TEST(open__empty_file__becomes_a_database),
        KIT_FOLDER_TEST(open__path_that_cannot_be__says_why),
        KIT_FOLDER_TEST(read_only__missing_or_older__is_refused),
        KIT_FOLDER_TEST(read_only__sees_what_is_there),
        KIT_FOLDER_TEST(backup__while_serving__is_one_sound_file),
        KIT_FOLDER_TEST(backup__put_back_and_written_to__is_a_log_of_its_own_each_time),
        KIT_FOLDER_TEST(open__older_schema__gets_a_name),
        KIT_FOLDER_TEST(backup__that_fails__leaves_nothing_behind),
        KIT_FOLDER_TEST(disk_full__at_any_write__nothing_is_done_and_it_heals),
        KIT_FOLDER_TEST(disk_full__then_the_process_ends__nothing_was_done),
        KIT_FOLDER_TEST(disk_full__what_was_answered__is_repeated),
        KIT_FOLDER_TEST(sync_fails_at_commit__outcome_is_unknown_for_good),
        KIT_FOLDER_TEST(sync_fails_after_a_spoilt_batch__nobody_is_told_anything),
        KIT_FOLDER_TEST(write_fails_with_an_io_error__outcome_is_unknown),
        KIT_FOLDER_TEST(sync_fails_in_upkeep__the_store_is_not_used_any_more),
        KIT_FOLDER_TEST(log__commits_go_on__begins_anew),
        KIT_FOLDER_TEST(checkpoint_fails__what_was_committed_stays_answered),
        KIT_FOLDER_TEST(read_fails__is_an_error_and_not_an_absence),
        KIT_FOLDER_TEST(statement_fails__only_its_unit_is_not_done),
        KIT_FOLDER_TEST(position__seen_by_a_reader_before_the_writer_says_so__is_said),
        KIT_FOLDER_TEST(database_locked_by_another__is_busy_and_heals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
