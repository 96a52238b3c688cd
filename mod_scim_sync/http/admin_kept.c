/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_kept.h"

#include <apr_strings.h>

#include "base/json.h"
#include "store/drift.h"
#include "sync/team_claims.h"

/* Who decides alone in an authoritative group: the first of those that do not only plan. */
static const char *decides(const scim_sync_rulebook_t *book, const apr_array_header_t *claims)
{
    int i;

    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_team_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_team_claim_t);

        if (claim->decides && !scim_sync_rulebook_is_dry(book, claim->idp)) {
            return claim->idp;
        }
    }
    return NULL;
}

static apr_status_t add(scim_sync_db_t *db, const scim_sync_rulebook_t *book, const char *site,
                        const scim_sync_kept_untold_t *untold, json_t *list, const char **said,
                        apr_pool_t *p)
{
    apr_array_header_t *claims;
    const char *idp;
    apr_status_t rv;
    int authoritative;

    if ((rv = scim_sync_team_authoritative(db, &authoritative, book, NULL, site, untold->group_id,
                                           p)) != APR_SUCCESS ||
        !authoritative ||
        (rv = scim_sync_team_claims_load(db, &claims, book, site, untold->group_id, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    idp = decides(book, claims);
    *said = apr_psprintf(p,
                         "%s; but %d whom nobody tells of will leave %s at %s, in which %s decides "
                         "alone who is",
                         *said, untold->members, untold->group, site, idp);
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?, s:i}", "site", site, "group",
                                          untold->group, "groupId", untold->group_id, "idp", idp,
                                          "members", untold->members));
    return APR_SUCCESS;
}

apr_status_t scim_sync_admin_not_kept(scim_sync_db_t *db, const char *site, json_t *list,
                                      const char **said, apr_pool_t *p)
{
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    apr_array_header_t *groups;
    apr_status_t rv;
    int i;

    if ((rv = scim_sync_rulebook_open(db, book, p)) != APR_SUCCESS ||
        !scim_sync_rulebook_any_authoritative(book) ||
        (rv = scim_sync_kept_untold(db, &groups, site, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < groups->nelts; i++) {
        rv = add(db, book, site, &APR_ARRAY_IDX(groups, i, scim_sync_kept_untold_t), list, said, p);
    }
    return rv;
}
