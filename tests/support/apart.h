/* Tests that wait more than they work, for groups to gather and brokers to be missed: each in a process of its own, all of
 * them at a time. */
#ifndef ORDERDECK_TESTS_SUPPORT_APART_H
#define ORDERDECK_TESTS_SUPPORT_APART_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What they print comes in the order of the list. Returns how many failed. Before any thread is started. */
int apart_run(const struct CMUnitTest *tests, size_t n);

#define apart_run_tests(tests) apart_run(tests, sizeof(tests) / sizeof *(tests))

#endif
