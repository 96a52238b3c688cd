/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look ahead of tasks: what those of a site that have not run yet would find on record, without a
 * word with Jira. Who ends an IdP's access must know of whom, and of what, the others tell as well,
 * also if nobody has looked at that yet, since they are paused or Jira does not answer.
 */
#ifndef SCIM_SYNC_SYNC_AHEAD_H
#define SCIM_SYNC_SYNC_AHEAD_H

#include "sync/rulebook.h"

/*
 * In a unit that holds the site's lease: by the rules of now,
 *  - of each user it is marked by which address rules know it, and since when it is wanted no more,
 *  - users who are wanted stand for the account that is known under that address,
 *  - groups, default groups included, stand for those known under the names that the rules make,
 * as their own jobs would have it (sync/job_person_load.c, job_team.c). All of it in pages.
 * book     opened in this unit
 * ending   an IdP whose access ends: its users and groups come to stand for nothing more
 * *unread  the rules of another one that feeds the site can't be read, so that it is not known whom
 *          that tells of: why, and nothing was done; else NULL
 */
apr_status_t scim_sync_ahead(scim_sync_db_t *db, const scim_sync_rulebook_t *book, const char *site,
                             const char *ending, const char **unread, apr_pool_t *p);

#endif
