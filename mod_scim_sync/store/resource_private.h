/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files share that write and read rows of the table resource: resource.c (one of them),
 * list.c (lists), group.c (the groups of users), refill.c (migrations). Nobody else includes this,
 * but for the tests that ask the database for its plans.
 */
#ifndef SCIM_SYNC_STORE_RESOURCE_PRIVATE_H
#define SCIM_SYNC_STORE_RESOURCE_PRIVATE_H

#include "store/resource.h"
#include "store/sql.h"

#define SCIM_SYNC_RESOURCE_COLUMNS "r.type, r.id, r.doc, r.version, r.created, r.modified"

/*
 * A row that begins with these columns. APR_EGENERAL when its document is spoilt: it is ours, so
 * that it can be read is our own promise.
 */
apr_status_t scim_sync_resource_from_row(scim_sync_resource_t **out, const scim_sync_rows_t *rows,
                                         int row, apr_pool_t *p);

/* The column type: scim_sync_type_name. */
scim_sync_type_t scim_sync_resource_type(const char *name);

/* The columns display_key and search of a document. */
const char *scim_sync_resource_display_key(const json_t *doc, apr_pool_t *p);
const char *scim_sync_resource_search(scim_sync_type_t type, const json_t *doc, apr_pool_t *p);

/*
 * The two statements of a listing, made in p: the rows of a page, at most `most` (their columns,
 * and behind them the key that they are ordered by), and how many match in all.
 */
scim_sync_sql_t *scim_sync_select_page_sql(const scim_sync_select_t *select, const char *idp,
                                           apr_int64_t most, apr_pool_t *p);
scim_sync_sql_t *scim_sync_select_total_sql(const scim_sync_select_t *select, const char *idp,
                                            apr_pool_t *p);

/*
 * The groups of n users, at most as many as the longest of these statements asks for: who, the
 * group's id and name, whether directly.
 */
scim_sync_sql_t *scim_sync_groups_sql(const char *idp, scim_sync_resource_t *const *users, int n,
                                      apr_pool_t *p);

#endif
