/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the users' side of a site tells its customers' side (store/config.h). Somebody who works here
 * may be told by an IdP of either mode, and is one Atlassian account then: what the users' side does
 * to that is so at the other side as well. It goes one way only: a customers' side takes and gives
 * portals, and never does anything to an Atlassian account.
 */
#ifndef SCIM_SYNC_SYNC_SIDES_H
#define SCIM_SYNC_SYNC_SIDES_H

#include "store/db.h"
#include "sync/worker.h"

/*
 * The users' side that the worker is of has suspended or deleted an account
 * (SCIM_SYNC_HELD_SUSPENDED, SCIM_SYNC_HELD_DELETED), or it is active again (NULL). In the
 * transaction that writes it down there: if the account is known at the customers' side in another
 * state, it is in this one from now on, and those who stand for it have due tasks. Who is deleted
 * has lost all portals with the account, as with all groups (DELETE /rest/api/3/user); who is
 * suspended keeps them. Other states, and those of a customers' side, are nobody else's business.
 */
apr_status_t scim_sync_sides_tell(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                  const char *account_id, const char *state, apr_pool_t *p);

/*
 * Why nobody finds an Atlassian account of an address (folded; or NULL), as far as the users' side
 * of a customers' side knows: a static text that goes on with the account, or NULL. Reads only.
 */
apr_status_t scim_sync_sides_staff(scim_sync_db_t *db, const char **why, const char *side,
                                   const char *email, apr_pool_t *p);

#endif
