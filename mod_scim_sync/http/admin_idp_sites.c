/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_idp_sites.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "http/admin_idp_end.h"
#include "http/admin_kept.h"
#include "store/guard.h"
#include "store/lease.h"

/* More than this are a mistake. */
#define SITES_MAX 50

const scim_sync_error_t *scim_sync_admin_read_sites(scim_sync_admin_t *q,
                                                    apr_array_header_t **sites)
{
    const json_t *list = json_object_get(q->body, "sites");
    const json_t *one = json_object_get(q->body, "site");
    apr_size_t count = list ? json_array_size(list) : 1;
    apr_size_t i;

    *sites = NULL;
    if (!list && !one) {
        return NULL;
    }
    if ((list && one) || count < 1 || count > SITES_MAX) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "sites must be a list of 1 to %d names, or site a single one.",
                               SITES_MAX);
    }
    *sites = apr_array_make(q->p, (int)count, sizeof(const char *));
    for (i = 0; i < count; i++) {
        const char *name = json_string_value(list ? json_array_get(list, i) : one);

        if (!name || !scim_sync_name_is_valid(name)) {
            return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                   "sites (or site) must name the Jira sites that this identity "
                                   "provider feeds%s%.64s.",
                                   name ? ": there is no site " : "", name ? name : "");
        }
        if (scim_sync_list_holds(*sites, name)) {
            return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                   "sites has %s twice; is another one meant?", name);
        }
        APR_ARRAY_PUSH(*sites, const char *) = name;
    }
    scim_sync_list_sort(*sites);
    return NULL;
}

const char *scim_sync_admin_say_sites(const apr_array_header_t *sites, apr_pool_t *p)
{
    const char *text = NULL;
    int i;

    for (i = 0; i < sites->nelts; i++) {
        text = apr_pstrcat(p, text ? text : "feeds", text ? ", " : " ",
                           APR_ARRAY_IDX(sites, i, const char *), NULL);
    }
    return text;
}

apr_array_header_t *scim_sync_admin_whole_sites(const apr_array_header_t *sides, apr_pool_t *p)
{
    apr_array_header_t *sites = apr_array_make(p, sides->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < sides->nelts; i++) {
        APR_ARRAY_PUSH(sites, const char *) =
            scim_sync_site_whole(APR_ARRAY_IDX(sides, i, const char *), p);
    }
    scim_sync_list_sort(sites);
    return sites;
}

apr_status_t scim_sync_admin_find_sides(scim_sync_db_t *db, scim_sync_admin_t *q,
                                        apr_array_header_t **sides, const char *mode,
                                        const apr_array_header_t *sites, apr_pool_t *p)
{
    int customers = !strcmp(mode, SCIM_SYNC_MODE_CUSTOMERS);
    scim_sync_site_t *site;
    apr_status_t rv;
    int i;

    *sides = apr_array_make(p, sites->nelts, sizeof(const char *));
    for (i = 0; i < sites->nelts; i++) {
        const char *name = APR_ARRAY_IDX(sites, i, const char *);

        if ((rv = scim_sync_site_load(db, &site, name, p)) != APR_SUCCESS) {
            return rv;
        }
        if (!site) {
            return scim_sync_admin_rollback(q, HTTP_BAD_REQUEST,
                                            "There is no site %s: make it by PUT api/sites/%s "
                                            "first.",
                                            name, name);
        }
        if (customers && (rv = scim_sync_site_open_customers(db, name, p)) != APR_SUCCESS) {
            return rv;
        }
        APR_ARRAY_PUSH(*sides, const char *) = scim_sync_site_side(name, mode, p);
    }
    scim_sync_list_sort(*sides);
    return APR_SUCCESS;
}

static apr_status_t feed(scim_sync_db_t *db, scim_sync_admin_t *q, const char *site, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_idp_feed(db, q->name, site, p);

    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, q, "idp.site.added", q->name, site, NULL, p)
               : rv;
}

static apr_status_t leave(scim_sync_db_t *db, scim_sync_admin_t *q, const scim_sync_idp_t *idp,
                          const char *site, const scim_sync_admin_end_t *end, json_t *not_kept,
                          apr_pool_t *p)
{
    apr_array_header_t *before;
    const char *said;
    apr_status_t rv;

    if ((rv = scim_sync_admin_do_end(db, q, idp, site, end, &said, p)) != APR_SUCCESS ||
        (rv = scim_sync_admin_kept_before(db, &before, site, p)) != APR_SUCCESS ||
        (rv = scim_sync_idp_leave(db, idp->name, site, end->keep, p)) != APR_SUCCESS ||
        (rv = scim_sync_guard_settle(db, site, q->actor, p)) != APR_SUCCESS) {
        return rv;
    }
    if (end->keep) {
        rv = scim_sync_admin_not_kept(db, before, site, not_kept, &said, p);
    }
    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, q, "idp.site.removed", idp->name, site, said, p)
               : rv;
}

/* Those of sorted sites that are not among the others: const char * in p. */
static apr_array_header_t *without(const apr_array_header_t *sites,
                                   const apr_array_header_t *others, apr_pool_t *p)
{
    apr_array_header_t *rest = apr_array_make(p, sites->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < sites->nelts; i++) {
        const char *site = APR_ARRAY_IDX(sites, i, const char *);

        if (!scim_sync_list_holds(others, site)) {
            APR_ARRAY_PUSH(rest, const char *) = site;
        }
    }
    return rest;
}

/* Of all that it leaves is decided, and asked, before anything is done at one of them. */
apr_status_t scim_sync_admin_set_sites(scim_sync_db_t *db, scim_sync_admin_t *q,
                                       const scim_sync_idp_t *idp, const apr_array_header_t *sites,
                                       json_t *not_kept, apr_pool_t *p)
{
    const apr_array_header_t *left = without(idp->sites, sites, p);
    const apr_array_header_t *fed = without(sites, idp->sites, p);
    apr_array_header_t *changed = apr_array_append(p, left, fed);
    scim_sync_admin_end_t end;
    apr_status_t rv;
    int i;

    scim_sync_list_sort(changed);
    rv = scim_sync_lease_hold_each(db, changed, p);
    if (rv == APR_SUCCESS && left->nelts > 0) {
        rv = scim_sync_admin_read_end(db, q, idp, left, &end, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < changed->nelts; i++) {
        const char *site = APR_ARRAY_IDX(changed, i, const char *);

        rv = scim_sync_list_holds(left, site) ? leave(db, q, idp, site, &end, not_kept, p)
                                              : feed(db, q, site, p);
    }
    return rv;
}
