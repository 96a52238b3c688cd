/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A migrated database with something in it, for the tests of store/ and sync/: the site "main",
 * and whatever a test lets identity providers tell. Each function fails the test when the
 * database refuses.
 */
#ifndef SCIM_SYNC_TESTS_STORE_H
#define SCIM_SYNC_TESTS_STORE_H

#include "database.h"
#include "scim/resource.h"
#include "store/guard_count.h"
#include "store/held.h"
#include "store/task.h"

#define OK(call) assert_int_equal(call, APR_SUCCESS)

/* The test's database with our schema and the site "main". */
database_t *store_of(void **state);

void store_site(scim_sync_db_t *db, const char *name, apr_pool_t *p);
/* sites: names with a blank between them, in their order */
apr_array_header_t *store_sites(const char *sites, apr_pool_t *p);
/* A live one. */
void store_idp(scim_sync_db_t *db, const char *name, const char *sites, apr_pool_t *p);
/* It is live, paused or in dry run from now on (store/config.h). */
void store_set_state(scim_sync_db_t *db, const char *idp, const char *state, apr_pool_t *p);

/* Its rules are these from now on, and all that it told is due. */
void store_put_rules(scim_sync_db_t *db, const char *idp, const char *rules, apr_pool_t *p);

/* Nothing was told, done or held: only sites and IdPs stay. */
void store_wipe(scim_sync_db_t *db, apr_pool_t *p);

/* A user whose userName is the id; email NULL: without an address. */
scim_sync_resource_t *store_make_user(const char *id, const char *email, int active, apr_pool_t *p);
scim_sync_resource_t *store_make_group(const char *id, const char *name, apr_pool_t *p);
void store_user(scim_sync_db_t *db, const char *idp, const char *id, const char *email, int active,
                apr_pool_t *p);
void store_group(scim_sync_db_t *db, const char *idp, const char *id, const char *name,
                 apr_pool_t *p);
/* The user said something else: its e-mail address, or whether it is active. */
void store_change_user(scim_sync_db_t *db, const char *idp, const char *id, const char *email,
                       int active, apr_pool_t *p);
void store_add_member(scim_sync_db_t *db, const char *group, const char *value, apr_pool_t *p);
void store_remove_member(scim_sync_db_t *db, const char *group, const char *value, apr_pool_t *p);

/* A user of an IdP whom we put into the group g of "main", with a task. */
void store_person(const database_t *database, const char *idp, const char *id, int active);

/* What the guard counts: so much was taken, and something more is. */
int store_taken(const database_t *database, const scim_sync_guard_count_t *count);
void store_take(const database_t *database, const scim_sync_guard_count_t *count,
                const char *subject, const char *object);

/* Any task; and a failure that repeating can't change: 400, "no". */
extern const scim_sync_task_filter_t store_any_task;
extern const scim_sync_outcome_t store_refusal;

/* What jira_member holds of an account at "main", as "g1=ours g2=theirs", by group. */
const char *store_members(scim_sync_db_t *db, const char *account_id, apr_pool_t *p);

/* The first column of the answer, joined by blanks; NULL as "-". */
const char *store_column(scim_sync_db_t *db, const char *sql, apr_pool_t *p);

#endif
