/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large numbers of IdPs. What an administrator looks at is counted then, as far as it can be done
 * at once: up to SCIM_SYNC_TALLY_MOST of each. Larger numbers are counted once a minute by the
 * provisioners, and kept as rows: so a look costs the same however many there are.
 *
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_TALLY_H
#define SCIM_SYNC_STORE_TALLY_H

#include <apr_tables.h>

#include "store/db.h"

#define SCIM_SYNC_TALLY_MOST 1000

typedef struct {
    const char *idp;
    const char *what; /* in the words of who counts it: store/glance.h, store/plan.h */
    apr_int64_t count;
} scim_sync_tally_t;

/*
 * Count what is too much for a look, unless that was done within the last minute: then *tally is
 * NULL. scim_sync_tally_t in p. This takes its time: do it without a transaction, and write it down
 * by the next one.
 */
apr_status_t scim_sync_tally_take(scim_sync_db_t *db, apr_array_header_t **tally, apr_pool_t *p);
apr_status_t scim_sync_tally_keep(scim_sync_db_t *db, const apr_array_header_t *tally,
                                  apr_pool_t *p);

/* What was counted last of an IdP: scim_sync_tally_t in p; *at is when (ms). */
apr_status_t scim_sync_tally_load(scim_sync_db_t *db, apr_array_header_t **tally, apr_int64_t *at,
                                  const char *idp, apr_pool_t *p);

#endif
