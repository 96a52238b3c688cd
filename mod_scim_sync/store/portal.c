/* SPDX-License-Identifier: Apache-2.0 */
#include "store/portal.h"

#include "store/held.h"
#include "store/task.h"

apr_status_t scim_sync_portal_queue(scim_sync_db_t *db, const char *site, const char *portal,
                                    const char *account_id, const char *state, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_held_put_member(db, site, portal, account_id, state, p);

    return rv == APR_SUCCESS ? scim_sync_task_add_portal(db, site, portal, p) : rv;
}
