/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target is made of: one function over one input, and assertions in it. A target
 * says what must hold for any input, so that more is found than crashes. README.md says how
 * targets are run.
 */
#ifndef SCIM_SYNC_TESTS_FUZZ_H
#define SCIM_SYNC_TESTS_FUZZ_H

#include <apr_pools.h>
#include <jansson.h>

#include "scim/resource.h"

/* Bounds that are small enough to be met. */
#define FUZZ_DEPTH      24
#define FUZZ_VALUES     6
#define FUZZ_OPERATIONS 6
#define FUZZ_FILTER     200

/*
 * The one function of a target.
 * text   a text of len bytes with a NUL behind it; may hold others
 * p      destroyed afterwards; what is allocated in it is guarded byte by byte (pool.c)
 */
void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p);

/* Ends the run with a sentence, formatted as by printf, unless condition holds. */
#define EXPECT(condition, ...) ((condition) ? (void)0 : fuzz_broken(#condition, __VA_ARGS__))

void fuzz_broken(const char *condition, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Expects of a refusal what a client is to get: 400 or 413, and a sentence that is UTF-8. */
void fuzz_expect_refusal(const scim_sync_error_t *error, apr_pool_t *p);

/*
 * The input as JSON, NULL when it is none. Expects that what was read is written and read again
 * the same.
 */
json_t *fuzz_json(const char *text, apr_size_t len, apr_pool_t *p);

/* "Group" in the member `type` of an input, else a user. */
scim_sync_type_t fuzz_type(const json_t *input);

/*
 * Expects of a resource that was accepted (document.c): that its document is canonical, as
 * scim/resource.h has it, and that a client that sends back what it was given changes nothing.
 */
void fuzz_expect_canonical(const scim_sync_resource_t *r, apr_pool_t *p);
void fuzz_expect_echo(const scim_sync_resource_t *r, apr_pool_t *p);

/* pool.c: from now on each allocation in p is one of malloc's, until it is NULL. */
void fuzz_guard_pool(apr_pool_t *p);

#endif
