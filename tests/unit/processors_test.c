/* How many processors the quotas of control groups allow. */
#include "shared/processors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define V2 "/sys/fs/cgroup"
#define V1 "/sys/fs/cgroup/cpu,cpuacct"
#define MOUNT "30 23 0:26 "
/* As a machine of version 2 says it, one of version 1, and one with both. */
#define MOUNTED_V2 MOUNT "/ " V2 " rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define MOUNTED_V1 MOUNT "/ " V1 " rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define MOUNTED_SET MOUNT "/ /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"

static char tree[64];

static const char *in_tree(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s%s%s", tree, name[0] == '/' ? "" : "/", name);
    return path;
}

/* The folders that the name needs are made. */
static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s", in_tree(name));
    for (char *p = strchr(path + strlen(tree) + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        (void)mkdir(path, 0700);
        *p = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int make_tree(void **state)
{
    (void)state;
    snprintf(tree, sizeof tree, "/tmp/orderdeck_groups_XXXXXX");
    return mkdtemp(tree) == NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static int remove_tree(void **state)
{
    (void)state;
    return nftw(tree, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void stands(const char *membership, const char *mounts)
{
    write_file("proc/self/cgroup", membership);
    write_file("proc/self/mountinfo", mounts);
}

static int allowed(int most)
{
    return processors_quota(tree, most);
}

/* Version 1: quota and period of a group. */
static void write_quota(const char *group, const char *quota, const char *period)
{
    char name[200];
    snprintf(name, sizeof name, V1 "%s/cpu.cfs_quota_us", group);
    write_file(name, quota);
    snprintf(name, sizeof name, V1 "%s/cpu.cfs_period_us", group);
    write_file(name, period);
}

static void quota__of_its_own_group__is_rounded_up(void **state)
{
    static const struct {
        const char *text;
        int allowed;
    } rows[] = {
        {"200000 100000\n", 2},
        {"150000 100000\n", 2},
        {"5000 100000\n", 1},
        {"max 100000\n", 64},
        {"6400000 100000\n", 64},
        {"9000000 100000\n", 64},
        {"", 64},
        {"200000\n", 64},
        {"0 0\n", 64},
        {"-1 100000\n", 64},
        {"nonsense\n", 64},
    };
    (void)state;
    stands("0::/pod/one\n", MOUNTED_V2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(V2 "/pod/one/cpu.max", rows[i].text);
        assert_int_equal(allowed(64), rows[i].allowed);
    }
}

static void quota__of_a_group_around_it__counts_too(void **state)
{
    (void)state;
    stands("0::/pod/one/inner\n", MOUNTED_V2);
    write_file(V2 "/pod/one/cpu.max", "800000 100000\n");
    write_file(V2 "/pod/cpu.max", "300000 100000\n");
    assert_int_equal(allowed(64), 3);
    write_file(V2 "/pod/cpu.max", "max 100000\n");
    assert_int_equal(allowed(64), 8);
}

/* In a container the group is often the root of the tree that it sees. */
static void quota__at_the_root__is_read(void **state)
{
    (void)state;
    stands("0::/\n", MOUNTED_V2);
    write_file(V2 "/cpu.max", "200000 100000\n");
    assert_int_equal(allowed(16), 2);
}

static void quota__of_version_1__is_rounded_up(void **state)
{
    static const struct {
        const char *quota, *period;
        int allowed;
    } rows[] = {
        {"200000\n", "100000\n", 2}, {"150000\n", "100000\n", 2},   {"5000\n", "100000\n", 1},
        {"-1\n", "100000\n", 64},    {"6400000\n", "100000\n", 64}, {"60000\n", "20000\n", 3},
        {"200000\n", "0\n", 64},     {"200000\n", "", 64},          {"nonsense\n", "100000\n", 64},
    };
    (void)state;
    stands("12:cpuset:/elsewhere\n4:cpu,cpuacct:/pod/one\n1:name=systemd:/elsewhere\n0::/elsewhere\n",
           MOUNTED_SET MOUNTED_V1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_quota("/pod/one", rows[i].quota, rows[i].period);
        assert_int_equal(allowed(64), rows[i].allowed);
    }
}

static void quota__of_version_1_around_it__counts_too(void **state)
{
    (void)state;
    stands("4:cpu,cpuacct:/pod/one/inner\n", MOUNTED_V1);
    write_quota("/pod/one", "800000\n", "100000\n");
    write_quota("/pod", "300000\n", "100000\n");
    write_quota("", "-1\n", "100000\n");
    assert_int_equal(allowed(64), 3);
    write_quota("/pod", "-1\n", "100000\n");
    assert_int_equal(allowed(64), 8);
}

/* One controller is in one tree only; which one it is, the quota says. */
static void quota__of_both_versions__is_the_smaller(void **state)
{
    static const char both[] = MOUNTED_V1 MOUNT "/ /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    (void)state;
    stands("4:cpu,cpuacct:/pod\n0::/pod\n", both);
    write_quota("/pod", "400000\n", "100000\n");
    assert_int_equal(allowed(64), 4);
    write_file("/sys/fs/cgroup/unified/pod/cpu.max", "200000 100000\n");
    assert_int_equal(allowed(64), 2);
}

/* A container without a namespace of groups: its group has the name of outside, and is the top of what is mounted. */
static void quota__mount_of_an_inner_group__is_found(void **state)
{
    static const char docker[] =
        MOUNT "/docker/4f2a " V1 " ro,nosuid master:9 - cgroup cgroup rw,cpu,cpuacct\n";
    (void)state;
    stands("4:cpu,cpuacct:/docker/4f2a\n", docker);
    write_quota("", "200000\n", "100000\n");
    assert_int_equal(allowed(64), 2);
    stands("4:cpu,cpuacct:/docker/4f2a/inner\n", docker);
    write_quota("/inner", "100000\n", "100000\n");
    assert_int_equal(allowed(64), 1);
    stands("4:cpu,cpuacct:/docker/4f2abc\n", docker); /* another one */
    assert_int_equal(allowed(64), 2);
    stands("4:cpu,cpuacct:/\n", MOUNT "/../.. " V1 " rw - cgroup cgroup rw,cpu\n");
    assert_int_equal(allowed(64), 2);
}

/* The tree is mounted whole and, somewhere else, a part of it that is not ours. */
static void quota__mount_of_another_group__limits_nothing(void **state)
{
    (void)state;
    stands("4:cpu,cpuacct:/me\n", MOUNT "/ " V1 " rw - cgroup cgroup rw,cpu\n" MOUNT
                                        "/other/pod /mnt/x rw - cgroup cgroup rw,cpu\n");
    write_quota("/me", "-1\n", "100000\n");
    write_file("mnt/x/cpu.cfs_quota_us", "100000\n");
    write_file("mnt/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(allowed(64), 64);
}

static void quota__mount_with_a_blank_in_its_path__is_read(void **state)
{
    (void)state;
    stands("0::/pod\n", MOUNT "/ /my\\040groups rw - cgroup2 none rw\n");
    write_file("/my groups/pod/cpu.max", "200000 100000\n");
    assert_int_equal(allowed(64), 2);
}

static void quota__not_to_be_read__limits_nothing(void **state)
{
    (void)state;
    assert_int_equal(allowed(16), 16);
    stands("1:cpuset,memory:/pod/one\n", MOUNTED_V2 MOUNTED_V1);
    write_file(V2 "/pod/one/cpu.max", "100000 100000\n");
    write_quota("/pod/one", "100000\n", "100000\n");
    assert_int_equal(allowed(16), 16);
    stands("1:cpu:/gone\n0::/gone\n", MOUNTED_V2 MOUNTED_V1);
    assert_int_equal(allowed(16), 16);
    stands("1:cpu:/pod/one\n0::/pod/one\n", MOUNTED_SET "nonsense\n\n - \n" MOUNT " - cgroup2\n");
    assert_int_equal(allowed(16), 16);
    stands("nonsense\n:\n1:cpu\n", MOUNTED_V2 MOUNTED_V1);
    assert_int_equal(allowed(16), 16);
}

static void usable__here__is_some(void **state)
{
    (void)state;
    assert_in_range(processors_usable(), 1, sysconf(_SC_NPROCESSORS_CONF));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(quota__of_its_own_group__is_rounded_up),
        TEST(quota__of_a_group_around_it__counts_too),
        TEST(quota__at_the_root__is_read),
        TEST(quota__of_version_1__is_rounded_up),
        TEST(quota__of_version_1_around_it__counts_too),
        TEST(quota__of_both_versions__is_the_smaller),
        TEST(quota__mount_of_an_inner_group__is_found),
        TEST(quota__mount_of_another_group__limits_nothing),
        TEST(quota__mount_with_a_blank_in_its_path__is_read),
        TEST(quota__not_to_be_read__limits_nothing),
        cmocka_unit_test(usable__here__is_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
