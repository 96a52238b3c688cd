/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases: of all threads of all children of all nodes exactly one works on a site. A lease has an
 * owner, an end by the database's clock, and a fencing number that grows with every owner, so that
 * one who lost it without noticing can't write any more.
 */
#ifndef SCIM_SYNC_STORE_LEASE_H
#define SCIM_SYNC_STORE_LEASE_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    const char *name;  /* "site:main" */
    const char *owner; /* "<host>/<process id>" */
    apr_int64_t fence; /* 0 = not held */
} scim_sync_lease_t;

/*
 * Take the lease if nobody holds it, its time is over, or its holder is of our host: who asks
 * holds the host's own lock, so a holder of this host is dead.
 * host    the owner's part in front of its first slash
 * *taken  1 when lease->fence is ours now
 */
apr_status_t scim_sync_lease_take(scim_sync_db_t *db, scim_sync_lease_t *lease, const char *host,
                                  apr_int64_t ms, int *taken, apr_pool_t *p);

/*
 * Prolong it, as the first statement of each transaction that depends on it: the row stays locked
 * until that ends. *kept is 0 when it belongs to somebody else now.
 */
apr_status_t scim_sync_lease_keep(scim_sync_db_t *db, const scim_sync_lease_t *lease,
                                  apr_int64_t ms, int *kept, apr_pool_t *p);

/*
 * Let the turn that works on a site end, and none begin until this transaction does: for what
 * changes many rows that a turn changes too, and would meet it in another order (PostgreSQL ends
 * such a meeting after a second, with an error for one of the two).
 */
apr_status_t scim_sync_lease_hold(scim_sync_db_t *db, const char *site, apr_pool_t *p);

/*
 * The same of all sites that an IdP feeds: for what an IdP says that concerns several people. What
 * concerns one of them needs no lease, and must not wait for one: a turn may take a while.
 */
apr_status_t scim_sync_lease_hold_fed(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* The same of a list of sites (const char *) that are in the order of scim_sync_list_sort(). */
apr_status_t scim_sync_lease_hold_each(scim_sync_db_t *db, const apr_array_header_t *sites,
                                       apr_pool_t *p);

/* Those that are held now, by name: scim_sync_lease_t in p. */
apr_status_t scim_sync_lease_list(scim_sync_db_t *db, apr_array_header_t **leases, apr_pool_t *p);

/* Give it back, so that another node need not wait for its end. */
apr_status_t scim_sync_lease_drop(scim_sync_db_t *db, const scim_sync_lease_t *lease,
                                  apr_pool_t *p);

#endif
