/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test begins with: cmocka in the order it wants, and a pool per test in *state.
 * Use cmocka_unit_test_setup_teardown(test, unit_pool, unit_pool_gone), or UNIT_TEST(test).
 */
#ifndef SCIM_SYNC_TESTS_UNIT_H
#define SCIM_SYNC_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>

#define UNIT_TEST(test) cmocka_unit_test_setup_teardown(test, unit_pool, unit_pool_gone)

/* Group set-up and tear-down, for cmocka_run_group_tests. */
static inline int unit_apr(void **state)
{
    *state = NULL;
    return apr_initialize() == APR_SUCCESS ? 0 : -1;
}

static inline int unit_apr_gone(void **state)
{
    *state = NULL;
    apr_terminate();
    return 0;
}

static inline int unit_pool(void **state)
{
    return apr_pool_create((apr_pool_t **)state, NULL) == APR_SUCCESS ? 0 : -1;
}

static inline int unit_pool_gone(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

#endif
