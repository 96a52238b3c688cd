/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_kept.h"

#include <string.h>

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

/* added   so many are in the group that were put there by an IdP which has no say any more */
static apr_status_t add(scim_sync_db_t *db, const scim_sync_rulebook_t *book, const char *site,
                        const scim_sync_kept_theirs_t *group, int added, json_t *list,
                        const char **said, apr_pool_t *p)
{
    apr_array_header_t *claims;
    apr_status_t rv = scim_sync_team_claims_load(db, &claims, book, site, group->group_id, p);
    const char *idp;

    if (rv != APR_SUCCESS || !scim_sync_team_claims_authoritative(claims, book, NULL)) {
        return rv;
    }
    idp = decides(book, claims);
    *said = apr_psprintf(p,
                         "%s; but %d will leave %s at %s, in which %s decides alone who is, and "
                         "does not have them",
                         *said, added, group->group, site, idp);
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?, s:i}", "site", site, "group",
                                          group->group, "groupId", group->group_id, "idp", idp,
                                          "members", added));
    return APR_SUCCESS;
}

static int members_of(const apr_array_header_t *groups, const char *group_id)
{
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_kept_theirs_t *group = &APR_ARRAY_IDX(groups, i, scim_sync_kept_theirs_t);

        if (!strcmp(group->group_id, group_id)) {
            return group->members;
        }
    }
    return 0;
}

apr_status_t scim_sync_admin_kept_before(scim_sync_db_t *db, apr_array_header_t **before,
                                         const char *site, apr_pool_t *p)
{
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    apr_status_t rv = scim_sync_rulebook_open(db, book, p);

    *before = NULL;
    return rv == APR_SUCCESS && scim_sync_rulebook_any_authoritative(book)
               ? scim_sync_kept_theirs(db, before, site, p)
               : rv;
}

apr_status_t scim_sync_admin_not_kept(scim_sync_db_t *db, const apr_array_header_t *before,
                                      const char *site, json_t *list, const char **said,
                                      apr_pool_t *p)
{
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    apr_array_header_t *groups;
    apr_status_t rv;
    int i;

    if (!before || (rv = scim_sync_rulebook_open(db, book, p)) != APR_SUCCESS ||
        (rv = scim_sync_kept_theirs(db, &groups, site, p)) != APR_SUCCESS) {
        return before ? rv : APR_SUCCESS;
    }
    for (i = 0; rv == APR_SUCCESS && i < groups->nelts; i++) {
        const scim_sync_kept_theirs_t *group = &APR_ARRAY_IDX(groups, i, scim_sync_kept_theirs_t);
        int added = group->members - members_of(before, group->group_id);

        if (added > 0) {
            rv = add(db, book, site, group, added, list, said, p);
        }
    }
    return rv;
}
