/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decides about the members of a Jira group: its identity providers and whoever else, or they
 * alone.
 */
#ifndef SCIM_SYNC_SYNC_AUTHORITY_H
#define SCIM_SYNC_SYNC_AUTHORITY_H

#include "sync/worker.h"

/*
 * Whether only those stay in a group whom an IdP wants there. That is so when the rules of the IdP
 * say it, of several which fill the group those of the smallest precedence; never for a protected
 * group. The rulebook must be open.
 * idp   who asks: what others in dry run say does not count; NULL: what none of these says
 */
apr_status_t scim_sync_authority_is_theirs(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           int *authoritative, apr_pool_t *p);

/*
 * Members whom others put into an authoritative group, and whom no IdP wants in it.
 * *accounts   ids (const char *) in p, a bounded number; empty when the group is not authoritative
 * *unknown    NULL; or the name of somebody whom an IdP wants in it, and whose account is not known
 *             yet: it may be one of these
 */
apr_status_t scim_sync_authority_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           const apr_array_header_t **accounts,
                                           const char **unknown, apr_pool_t *p);

#endif
