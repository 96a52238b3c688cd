/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden folders: each file tests/unit/golden/FOLDER/CASE.json is one test called CASE. What a file
 * holds is told by tests/unit/golden/README.md.
 *
 * The folders are looked for in $SCIM_SYNC_GOLDEN_DIR, then in $SCIM_SYNC_TESTS_DIR/unit/golden,
 * then where the macro SCIM_SYNC_GOLDEN_DIR says.
 */
#ifndef SCIM_SYNC_TESTS_GOLDEN_H
#define SCIM_SYNC_TESTS_GOLDEN_H

#include "unit.h"

#include <jansson.h>

#include "scim/error.h"
#include "scim/schema.h"

/* Checks one case with cmocka's assertions. */
typedef void golden_check_t(const json_t *golden, apr_pool_t *p);

/* Runs every case of a folder; the number of those that failed, or 1 when there is none at all. */
int golden_run(const char *folder, golden_check_t *check);

/* The type that a case is about: "User" (also when it isn't said) or "Group". */
scim_sync_type_t golden_type(const json_t *golden);

/*
 * Fails unless error is what the case's "error" says: status, scimType and a piece of the detail;
 * none when there is no "error". Returns 1 when an error was due.
 */
int golden_error(const json_t *golden, const scim_sync_error_t *error);

/* Fails, and prints both, unless two values are equal. */
void golden_equal(const json_t *have, const json_t *want);

#endif
