/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_sides.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/held.h"
#include "store/lease.h"
#include "store/task.h"

int scim_sync_admin_is_side(const char *name)
{
    return strchr(name, SCIM_SYNC_SITE_CUSTOMERS[0]) != NULL;
}

int scim_sync_admin_refuse_side(scim_sync_admin_t *q)
{
    const char *site = scim_sync_site_whole(q->name, q->p);

    return scim_sync_admin_refuse(q, HTTP_NOT_FOUND,
                                  "%s is no site. The customers' side of a site is there from when "
                                  "an identity provider of mode customers feeds it, has the site's "
                                  "settings, and goes with it: say sites/%s.",
                                  q->name, site);
}

static const char *customers_of(const char *site, apr_pool_t *p)
{
    return scim_sync_site_side(site, SCIM_SYNC_MODE_CUSTOMERS, p);
}

apr_status_t scim_sync_admin_hold_sides(scim_sync_db_t *db, const char *site, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_lease_hold(db, site, p);

    return rv == APR_SUCCESS ? scim_sync_lease_hold(db, customers_of(site, p), p) : rv;
}

apr_status_t scim_sync_admin_retry_sides(scim_sync_db_t *db, const char *site, int *count,
                                         apr_pool_t *p)
{
    int of_customers = 0;
    apr_status_t rv = scim_sync_task_retry_site(db, site, count, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_task_retry_site(db, customers_of(site, p), &of_customers, p);
    }
    if (rv == APR_SUCCESS) {
        *count += of_customers;
    }
    return rv;
}

apr_status_t scim_sync_admin_any_of_sides(scim_sync_db_t *db, int *any, const char *site,
                                          apr_pool_t *p)
{
    apr_status_t rv = scim_sync_held_any(db, any, site, p);

    return rv == APR_SUCCESS && !*any ? scim_sync_held_any(db, any, customers_of(site, p), p) : rv;
}

apr_status_t scim_sync_admin_feeders(scim_sync_db_t *db, const char **names, const char *site,
                                     apr_pool_t *p)
{
    apr_array_header_t *idps;
    apr_status_t rv = scim_sync_idp_list(db, &idps, p);
    int i;

    *names = NULL;
    for (i = 0; rv == APR_SUCCESS && i < idps->nelts; i++) {
        const scim_sync_idp_t *idp = APR_ARRAY_IDX(idps, i, scim_sync_idp_t *);

        if (scim_sync_list_holds(idp->sites, site) ||
            scim_sync_list_holds(idp->sites, customers_of(site, p))) {
            *names = *names ? apr_pstrcat(p, *names, ", ", idp->name, NULL) : idp->name;
        }
    }
    return rv;
}
