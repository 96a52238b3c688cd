/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For those alone whose numbers tally.c takes, and keeps: they append what is too much for a look.
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_TALLY_PRIVATE_H
#define SCIM_SYNC_STORE_TALLY_PRIVATE_H

#include "store/tally.h"

/* clang-format off */

/*
 * One more than are counted at a look. In the order of an index, so that it is that index which is
 * read.
 */
#define SCIM_SYNC_TALLY_SOME(rows, order) \
    "(SELECT COUNT(*) FROM (SELECT 1 FROM " rows " ORDER BY " order " LIMIT 1001) c)"
/* Tasks of the IdP i. */
#define SCIM_SYNC_TALLY_TASKS(which) \
    SCIM_SYNC_TALLY_SOME("task t WHERE " which " AND t.idp = i.name", "t.id")

/* clang-format on */

/* The words must live as long as the tally. */
void scim_sync_tally_add(apr_array_header_t *tally, const char *idp, const char *what,
                         apr_int64_t count);

apr_status_t scim_sync_glance_tally(scim_sync_db_t *db, apr_array_header_t *tally, apr_pool_t *p);
apr_status_t scim_sync_plan_tally(scim_sync_db_t *db, apr_array_header_t *tally, apr_pool_t *p);

#endif
