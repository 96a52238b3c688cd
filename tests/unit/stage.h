/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pull of the IdP "google" finds, for the tests of store/stage.h. Each function fails the
 * test when the database refuses; those that put something say whether it was fresh.
 */
#ifndef SCIM_SYNC_TESTS_STAGE_H
#define SCIM_SYNC_TESTS_STAGE_H

#include "store.h"
#include "store/stage.h"

/* Nothing was found yet. */
void stage_begin(const database_t *database);

scim_sync_stage_entry_t stage_make_user(const char *id, const char *email, int active,
                                        apr_pool_t *p);
int stage_user(const database_t *database, const char *id, const char *email, int active);
int stage_group(const database_t *database, const char *id, const char *name, const char *email);
int stage_fault(const database_t *database, const char *id, const char *fault);
int stage_member(const database_t *database, const char *group, const char *id,
                 scim_sync_stage_kind_t kind);

/* Settle it, and compare: "users <fresh> <changed> <gone> <same> <faulty>, groups ..." */
const char *stage_counts(const database_t *database, int everybody);

/* A page of the telling: whether there is more. */
int stage_tell_page(const database_t *database, scim_sync_stage_place_t *place);

/* All of it, in one transaction. */
void stage_tell(const database_t *database);

/* "<id>: <fault>; ..." */
const char *stage_faults(const database_t *database);

#endif
