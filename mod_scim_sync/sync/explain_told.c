/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What identity providers have told of a subject, seen through their rules, in the words of
 * docs/api.md.
 */
#include "sync/explain_int.h"

#include <string.h>

/* A group that an IdP has the person in, directly or over other groups. */
typedef struct {
    scim_sync_told_above_t told;
    scim_sync_rules_group_t stands;
} above_t;

static apr_status_t load_above(scim_sync_db_t *db, scim_sync_matter_t *m,
                               const apr_array_header_t *claims)
{
    apr_status_t rv = APR_SUCCESS;
    int i;
    int n;

    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);
        apr_array_header_t *groups = apr_array_make(m->pool, 4, sizeof(above_t));
        apr_array_header_t *told;

        rv = scim_sync_told_above(db, &told, claim->told->id, m->pool);
        for (n = 0; rv == APR_SUCCESS && n < told->nelts; n++) {
            above_t *above = apr_array_push(groups);

            above->told = APR_ARRAY_IDX(told, n, scim_sync_told_above_t);
            above->stands = scim_sync_rules_group(claim->rules, above->told.name, m->pool);
        }
        apr_hash_set(m->above, claim->told->id, APR_HASH_KEY_STRING, groups);
    }
    return rv;
}

apr_status_t scim_sync_matter_above(scim_sync_db_t *db, scim_sync_matter_t *m)
{
    apr_status_t rv;

    m->above = apr_hash_make(m->pool);
    rv = load_above(db, m, m->stands.claims);
    return rv == APR_SUCCESS ? load_above(db, m, m->stands.kept_claims) : rv;
}

static json_t *names_json(const apr_array_header_t *names)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < names->nelts; i++) {
        json_array_append_new(list, json_string(APR_ARRAY_IDX(names, i, const char *)));
    }
    return list;
}

static json_t *groups_json(const scim_sync_matter_t *m, const char *user)
{
    const apr_array_header_t *groups = apr_hash_get(m->above, user, APR_HASH_KEY_STRING);
    json_t *list = json_array();
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const above_t *above = &APR_ARRAY_IDX(groups, i, above_t);

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:s?, s:s?}", "id", above->told.id, "group",
                            above->told.name, "jiraGroups", names_json(above->stands.names), "rule",
                            above->stands.reason.rule, "ruleText", above->stands.reason.why));
    }
    return list;
}

static void add_users(const scim_sync_matter_t *m, json_t *list, const apr_array_header_t *claims)
{
    int i;

    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);
        const scim_sync_told_t *user = claim->told;

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s?, s:s?, s:b, s:b, s:b, s:s?, s:s?, s:o}", "idp",
                            user->idp, "id", user->id, "userName", user->name, "email", user->email,
                            "active", user->active, "wanted", claim->wants, "dryRun",
                            scim_sync_rulebook_is_dry(m->rulebook, user->idp), "rule",
                            claim->says.reason.rule, "ruleText", claim->says.reason.why, "groups",
                            groups_json(m, user->id)));
    }
}

static void add_team(const scim_sync_matter_t *m, json_t *list)
{
    if (m->standing.told) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "idp", m->standing.idp, "id",
                                              m->job->task.subject, "displayName", m->standing.name,
                                              "dryRun", scim_sync_job_is_dry(m->job)));
    }
}

json_t *scim_sync_matter_told(const scim_sync_matter_t *m)
{
    json_t *list = json_array();

    if (m->is_person) {
        add_users(m, list, m->stands.claims);
        add_users(m, list, m->stands.kept_claims);
    }
    else {
        add_team(m, list);
    }
    return list;
}
