/* How many processors the quotas of control groups allow. */
#include "shared/processors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[64];

static const char *in_tree(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", tree, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(in_tree(name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int make_tree(void **state)
{
    (void)state;
    snprintf(tree, sizeof tree, "/tmp/orderdeck_groups_XXXXXX");
    return mkdtemp(tree) == NULL || mkdir(in_tree("pod"), 0700) != 0 || mkdir(in_tree("pod/one"), 0700) != 0;
}

static int remove_tree(void **state)
{
    static const char *const names[] = {"pod/one/cpu.max", "pod/one", "pod/cpu.max", "pod",
                                        "cpu.max",         "self"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)remove(in_tree(names[i]));
    return rmdir(tree);
}

static int allowed(int most)
{
    char membership[128];
    snprintf(membership, sizeof membership, "%s", in_tree("self"));
    return processors_quota(membership, tree, most);
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
    write_file("self", "0::/pod/one\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file("pod/one/cpu.max", rows[i].text);
        assert_int_equal(allowed(64), rows[i].allowed);
    }
}

static void quota__of_a_group_around_it__counts_too(void **state)
{
    (void)state;
    write_file("self", "1:cpu:/elsewhere\n0::/pod/one\n");
    write_file("pod/one/cpu.max", "800000 100000\n");
    write_file("pod/cpu.max", "300000 100000\n");
    assert_int_equal(allowed(64), 3);
    write_file("pod/cpu.max", "max 100000\n");
    assert_int_equal(allowed(64), 8);
}

/* In a container the group is often the root of the tree that it sees. */
static void quota__at_the_root__is_read(void **state)
{
    (void)state;
    write_file("self", "0::/\n");
    write_file("cpu.max", "200000 100000\n");
    assert_int_equal(allowed(16), 2);
}

static void quota__not_to_be_read__limits_nothing(void **state)
{
    (void)state;
    assert_int_equal(allowed(16), 16);
    write_file("self", "1:cpu:/pod/one\n");
    write_file("pod/one/cpu.max", "100000 100000\n");
    assert_int_equal(allowed(16), 16);
    write_file("self", "0::/gone\n");
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
        TEST(quota__not_to_be_read__limits_nothing),
        cmocka_unit_test(usable__here__is_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
