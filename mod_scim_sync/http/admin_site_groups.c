/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET api/sites/{name}/groups: the groups that Jira has now, of the customers' side its portals, by
 * what their names hold; for whoever maps groups.
 */
#include "http/admin_site_groups.h"

#include "base/json.h"
#include "http/admin_jira.h"
#include "http/admin_protection.h"
#include "http/admin_site_test.h"
#include "http/admin_sites.h"
#include "store/link.h"

#define LIMIT     20
#define LIMIT_MAX 50
/* Longer than any name. */
#define TEXT_MAX 256
/* Of the groups that stand for one so many are named. */
#define CLAIMS_MAX 10

typedef struct {
    scim_sync_group_search_t search;
    scim_sync_site_t *site;
} ask_t;

static apr_status_t load_site(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = scim_sync_site_load(db, &a->site, a->search.q->name, p);

    return rv == APR_SUCCESS && !a->site
               ? scim_sync_admin_rollback(a->search.q, HTTP_NOT_FOUND, "There is no site %s.",
                                          a->search.q->name)
               : rv;
}

/* ---- what Jira has ---- */

static void add(scim_sync_group_search_t *search, const scim_sync_protection_t *protection,
                const scim_sync_jira_group_t *group)
{
    if (search->found->nelts == search->limit) {
        search->complete = 0;
        return;
    }
    APR_ARRAY_PUSH(search->found, scim_sync_found_t) =
        (scim_sync_found_t) { .id = group->group_id,
                              .name = group->name,
                              .display = group->name,
                              .guarded = scim_sync_protection_rule(protection, group->group_id,
                                                                   group->name, search->q->p) };
}

/* A short list need not have the very group that was typed: it comes first then. */
static scim_sync_outcome_t add_exact(scim_sync_group_search_t *search,
                                     const scim_sync_protection_t *protection,
                                     const apr_array_header_t *groups)
{
    scim_sync_jira_group_t group;
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;
    apr_pool_t *p = search->q->p;

    scim_sync_jira_find_group(&call, &search->jira, search->text, p);
    outcome = scim_sync_jira_read_find_group(scim_sync_admin_ask_jira(search->q, &call),
                                             search->text, &group, p);
    if (outcome.verdict == SCIM_SYNC_DONE && !scim_sync_jira_lists_group(groups, group.group_id)) {
        add(search, protection, &group);
    }
    if (outcome.verdict == SCIM_SYNC_ABSENT) {
        outcome.verdict = SCIM_SYNC_DONE;
    }
    return outcome;
}

static scim_sync_outcome_t search_groups(scim_sync_group_search_t *search,
                                         const scim_sync_site_t *site)
{
    scim_sync_protection_t protection;
    apr_array_header_t *groups;
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;
    apr_pool_t *p = search->q->p;
    int i;

    /* Whoever may not see groups is refused here, and sees an empty list there. */
    outcome = scim_sync_admin_protection(&protection, search->q, &search->jira, site);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        scim_sync_jira_search_groups(&call, &search->jira, search->text, search->limit, p);
        outcome = scim_sync_jira_read_search_groups(scim_sync_admin_ask_jira(search->q, &call),
                                                    &groups, &search->complete, p);
    }
    if (outcome.verdict == SCIM_SYNC_DONE && !search->complete && *search->text) {
        outcome = add_exact(search, &protection, groups);
    }
    for (i = 0; outcome.verdict == SCIM_SYNC_DONE && i < groups->nelts; i++) {
        add(search, &protection, &APR_ARRAY_IDX(groups, i, scim_sync_jira_group_t));
    }
    return outcome;
}

/* ---- what stands for it ---- */

static apr_status_t load_claims(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < a->search.found->nelts; i++) {
        scim_sync_found_t *one = &APR_ARRAY_IDX(a->search.found, i, scim_sync_found_t);

        rv = scim_sync_link_claims(db, &one->claims, a->site->name, one->id, p);
    }
    return rv;
}

/* ---- the answer ---- */

static json_t *claims_json(const apr_array_header_t *claims)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < claims->nelts && i < CLAIMS_MAX; i++) {
        const scim_sync_link_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_link_claim_t);

        json_array_append_new(list,
                              json_pack("{s:s, s:s?}", "idp", claim->idp, "group", claim->told));
    }
    return list;
}

static int answer(const ask_t *a)
{
    json_t *groups = json_array();
    int i;

    for (i = 0; i < a->search.found->nelts; i++) {
        const scim_sync_found_t *one = &APR_ARRAY_IDX(a->search.found, i, scim_sync_found_t);

        json_array_append_new(
            groups, json_pack("{s:s, s:s, s:s, s:b, s:o, s:s?}", "name", one->name, "displayName",
                              one->display, "groupId", one->id, "linked", one->claims->nelts > 0,
                              "linkedTo", claims_json(one->claims), "protected", one->guarded));
    }
    return scim_sync_admin_answer(a->search.q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o, s:b}", "groups", groups,
                                                               "complete", a->search.complete),
                                                     a->search.q->p));
}

static const scim_sync_error_t *read_query(scim_sync_group_search_t *search)
{
    const char *text = scim_sync_admin_asked(search->q, "q");
    const scim_sync_error_t *error;
    apr_int64_t limit;

    error = scim_sync_query_number(&limit, search->q->query, "limit", 1, LIMIT_MAX, LIMIT,
                                   search->q->p);
    search->text = text ? text : "";
    search->limit = (int)limit;
    search->found = apr_array_make(search->q->p, search->limit, sizeof(scim_sync_found_t));
    return !error && strlen(search->text) > TEXT_MAX
               ? scim_sync_error(search->q->p, HTTP_BAD_REQUEST, NULL, "q has %d bytes at most.",
                                 TEXT_MAX)
               : error;
}

int scim_sync_admin_site_groups(scim_sync_admin_t *q)
{
    ask_t a = { .search = { .q = q } };
    const scim_sync_error_t *error;
    scim_sync_outcome_t outcome;

    if ((error = read_query(&a.search))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load_site, &a)) {
        return OK;
    }
    if ((error = scim_sync_admin_jira(q, a.site, &a.search.jira))) {
        return scim_sync_answer_error(q->r, error);
    }
    outcome =
        a.site->of ? scim_sync_admin_search_portals(&a.search) : search_groups(&a.search, a.site);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return scim_sync_admin_refuse(q, HTTP_BAD_GATEWAY, "Jira can't be read (%d): %s.",
                                      outcome.status, outcome.detail);
    }
    return scim_sync_admin_read(q, load_claims, &a) ? OK : answer(&a);
}
