/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the database holds of a document for searching, made anew for rows that were written before
 * (part of a migration: store/migrate.h).
 */
#ifndef SCIM_SYNC_STORE_REFILL_H
#define SCIM_SYNC_STORE_REFILL_H

#include "store/db.h"

/*
 * resource.search, resource.display_key and member.display_key of all rows, in the caller's
 * transaction and a few at a time. A document that is spoilt is passed over: it can't be searched,
 * and whoever reads it is told.
 */
apr_status_t scim_sync_refill(scim_sync_db_t *db, apr_pool_t *p);

#endif
