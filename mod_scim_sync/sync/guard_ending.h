/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard before an end: an administrator takes away what an IdP gave, since it is deleted or
 * feeds a site no more. How many people lose their access by that is counted before anything is
 * done, at each site for itself, by the limit of deactivations in the IdP's own rules. Reads only.
 */
#ifndef SCIM_SYNC_SYNC_GUARD_ENDING_H
#define SCIM_SYNC_SYNC_GUARD_ENDING_H

#include "store/config.h"
#include "sync/rules.h"

/* They are more than the guard lets pass. */
typedef struct {
    const char *site;
    const char *why; /* how many, and which limit, for people; no full stop (sync/guard.h) */
} scim_sync_guard_excess_t;

/*
 * At which sites they are: scim_sync_guard_excess_t in p, in the order of the sites.
 * sites     const char *: some of those that the IdP feeds
 * leavers   of whom it is taken: scim_sync_idp_leaver_t; NULL: of everybody who has something there
 *           by this IdP alone, as far as that is on record (sync/ahead.h)
 */
apr_status_t scim_sync_guard_excess(scim_sync_db_t *db, apr_array_header_t **excess,
                                    const scim_sync_idp_t *idp, const scim_sync_rules_t *rules,
                                    const apr_array_header_t *sites,
                                    const apr_array_header_t *leavers, apr_pool_t *p);

#endif
