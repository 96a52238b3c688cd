/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET api/sites/{name}/conflicts: groups and people that more than one identity provider claims,
 * and who wins where only one can.
 */
#include "base/json.h"
#include "http/admin_sites.h"
#include "store/link.h"
#include "store/task.h"
#include "sync/team_claims.h"

typedef struct {
    scim_sync_admin_t *q;
    int limit;
    json_t *groups;
    json_t *people;
} list_t;

/* Names of the IdPs, who wins first, and why. Which of their rules decide, only groups have. */
static void add_claims(json_t *j, apr_array_header_t *claims, apr_pool_t *p)
{
    json_t *idps = json_array();
    int i;

    for (i = 0; i < claims->nelts; i++) {
        json_array_append_new(idps,
                              json_string(APR_ARRAY_IDX(claims, i, scim_sync_team_claim_t).idp));
    }
    json_object_set_new(j, "idps", idps);
    scim_sync_json_put(j, "winner", APR_ARRAY_IDX(claims, 0, scim_sync_team_claim_t).idp);
    scim_sync_json_put(j, "rule", scim_sync_team_claims_rule(claims, p));
}

static apr_status_t add_group(scim_sync_db_t *db, const list_t *list,
                              const scim_sync_rulebook_t *book,
                              const scim_sync_link_conflict_t *conflict, apr_pool_t *p)
{
    json_t *j = json_pack("{s:s?, s:s}", "name", conflict->name, "groupId", conflict->object);
    apr_array_header_t *claims;
    apr_status_t rv;

    json_array_append_new(list->groups, j);
    rv = scim_sync_team_claims_load(db, &claims, book, list->q->name, conflict->object, p);
    if (rv == APR_SUCCESS) {
        add_claims(j, claims, p);
        json_object_set_new(j, "authoritative",
                            json_boolean(scim_sync_team_claims_authoritative(claims, book, NULL)));
    }
    return rv;
}

static void add_person(const list_t *list, const scim_sync_rulebook_t *book,
                       const scim_sync_link_conflict_t *conflict, apr_pool_t *p)
{
    json_t *j = json_pack("{s:s?, s:s}", "email", conflict->name, "accountId", conflict->object);
    apr_array_header_t *claims =
        apr_array_make(p, conflict->idps->nelts, sizeof(scim_sync_team_claim_t));
    int i;

    for (i = 0; i < conflict->idps->nelts; i++) {
        APR_ARRAY_PUSH(claims, scim_sync_team_claim_t) =
            scim_sync_team_claim(book, APR_ARRAY_IDX(conflict->idps, i, const char *));
    }
    scim_sync_team_claims_sort(claims);
    add_claims(j, claims, p);
    json_array_append_new(list->people, j);
}

static apr_status_t find(scim_sync_db_t *db, const list_t *list, apr_array_header_t **conflicts,
                         const char *kind, const char *parameter, apr_pool_t *p)
{
    const char *after = scim_sync_admin_asked(list->q, parameter);

    return scim_sync_link_conflicts(db, conflicts, list->q->name, kind, after ? after : "",
                                    list->limit, p);
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    list_t *list = baton;
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    apr_array_header_t *groups;
    apr_array_header_t *people;
    scim_sync_site_t *site;
    apr_status_t rv;
    int i;

    json_array_clear(list->groups);
    json_array_clear(list->people);
    rv = scim_sync_site_load(db, &site, list->q->name, p);
    if (rv == APR_SUCCESS && !site) {
        return scim_sync_admin_rollback(list->q, HTTP_NOT_FOUND, "There is no site %s.",
                                        list->q->name);
    }
    if (rv != APR_SUCCESS || (rv = scim_sync_rulebook_open(db, book, p)) != APR_SUCCESS ||
        (rv = find(db, list, &groups, SCIM_SYNC_TASK_GROUP, "afterGroup", p)) != APR_SUCCESS ||
        (rv = find(db, list, &people, SCIM_SYNC_TASK_USER, "afterPerson", p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < groups->nelts; i++) {
        rv = add_group(db, list, book, &APR_ARRAY_IDX(groups, i, scim_sync_link_conflict_t), p);
    }
    for (i = 0; i < people->nelts; i++) {
        add_person(list, book, &APR_ARRAY_IDX(people, i, scim_sync_link_conflict_t), p);
    }
    return rv;
}

int scim_sync_admin_conflicts(scim_sync_admin_t *q)
{
    list_t list = { .q = q };
    const scim_sync_error_t *error = scim_sync_admin_limit(q, &list.limit);

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    list.groups = scim_sync_json_own(json_array(), q->p);
    list.people = scim_sync_json_own(json_array(), q->p);
    if (scim_sync_admin_read(q, load, &list)) {
        return OK;
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:O, s:O}", "groups", list.groups,
                                                               "people", list.people),
                                                     q->p));
}
