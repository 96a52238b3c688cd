/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST api/sites/{name}/groups/preview: what would become of the groups that Jira has, of the
 * customers' side of its portals, if a group of an identity provider stood for them. Jira is read;
 * nothing is changed.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin_jira.h"
#include "http/admin_preview_portal.h"
#include "http/admin_protection.h"
#include "http/admin_site_test.h"
#include "http/admin_sites.h"
#include "store/held.h"
#include "store/link.h"
#include "store/told.h"
#include "sync/adoption.h"
#include "sync/rulebook.h"

/* Somebody waits: so many names in Jira, and pages of 50 members, of each. */
#define NAMES_MAX 10
#define PAGES_MAX 40

/* One group in Jira; of customers a portal. */
typedef struct {
    const char *name;
    const char *group_id; /* linked, or found; NULL: Jira has none */
    const char *twin;     /* Jira has one of this name in other upper and lower case; or NULL */
    int linked;           /* this group of the IdP stands for it already */
    int authoritative;    /* of those who claim it, as far as it is linked; or would be */
    const char *guarded;  /* by which rule it is protected, or NULL */
    scim_sync_withheld_t hindrance; /* of a portal (http/admin_preview_portal.h) */
    int complete;                   /* all people, told and in Jira, were looked at */
    scim_sync_adoption_t *adoption;
} preview_t;

typedef struct {
    scim_sync_admin_t *q;
    const char *idp;
    const char *group; /* as asked for, then its id */
    scim_sync_site_t *site;
    scim_sync_jira_t jira;
    scim_sync_protection_t protection;
    scim_sync_jira_account_t owner; /* of the API token */
    scim_sync_rules_group_t wanted;
    apr_array_header_t *previews; /* preview_t */
    apr_hash_t *sought;           /* address -> account id; "": there is none */
} ask_t;

/* ---- what is told ---- */

static apr_status_t add_preview(scim_sync_db_t *db, ask_t *a, const char *name,
                                const apr_array_header_t *links, const scim_sync_rulebook_t *book,
                                apr_pool_t *p)
{
    preview_t *preview = apr_array_push(a->previews);
    scim_sync_held_group_t *held = NULL;
    apr_status_t rv = APR_SUCCESS;
    int i;

    *preview = (preview_t) { .name = name,
                             .authoritative = a->wanted.authoritative,
                             .complete = 1,
                             .adoption = scim_sync_adoption_make(p) };
    for (i = 0; i < links->nelts; i++) {
        const scim_sync_link_t *link = &APR_ARRAY_IDX(links, i, scim_sync_link_t);

        if (!strcmp(link->name, name) && link->group_id) {
            preview->linked = 1;
            preview->group_id = link->group_id;
        }
    }
    if (!preview->linked &&
        (rv = scim_sync_held_group(db, &held, a->site->name, NULL, name, p)) == APR_SUCCESS &&
        held) {
        preview->group_id = held->group_id;
    }
    return rv == APR_SUCCESS
               ? scim_sync_adoption_load(db, preview->adoption, &preview->complete, book,
                                         a->site->name, a->idp, a->group, preview->group_id, p)
               : rv;
}

static apr_status_t absent(scim_sync_admin_t *q, const char *what, const char *name)
{
    return scim_sync_admin_rollback(q, HTTP_NOT_FOUND, "There is no %s %s.", what, name);
}

/* The group, and what the rules of its IdP make of it. */
static apr_status_t load_group(scim_sync_db_t *db, ask_t *a, const scim_sync_rulebook_t *book,
                               apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    const char *name;
    const char *why;
    const char *id;
    apr_status_t rv = scim_sync_told_group(db, &id, &name, a->idp, a->group, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!id) {
        return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "%s has told of no group %s.", a->idp,
                                        a->group);
    }
    if (!(rules = scim_sync_rulebook_of(book, a->idp, &why))) {
        return scim_sync_admin_rollback(a->q, HTTP_CONFLICT, "%s.", why);
    }
    a->group = id;
    a->wanted = scim_sync_rules_group(rules, name, p);
    return APR_SUCCESS;
}

/* Rules that are not stored, if the request has some. */
static apr_status_t try_rules(ask_t *a, scim_sync_rulebook_t *book, const scim_sync_idp_t *idp,
                              apr_pool_t *p)
{
    const json_t *given = json_object_get(a->q->body, "rules");
    const scim_sync_rules_t *rules;
    const char *why;

    if (!given || json_is_null(given)) {
        return APR_SUCCESS;
    }
    if (scim_sync_rules_read(&rules, given, idp->mode, &why, p) != APR_SUCCESS) {
        return scim_sync_admin_rollback(a->q, HTTP_BAD_REQUEST, "%s.", why);
    }
    scim_sync_rulebook_try(book, idp->name, rules);
    return APR_SUCCESS;
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    apr_array_header_t *links;
    scim_sync_idp_t *idp;
    apr_status_t rv;
    int i;

    a->previews = apr_array_make(p, 1, sizeof(preview_t));
    if ((rv = scim_sync_site_load(db, &a->site, a->q->name, p)) != APR_SUCCESS ||
        (rv = scim_sync_idp_load(db, &idp, a->idp, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!a->site || !idp) {
        return a->site ? absent(a->q, "identity provider", a->idp)
                       : absent(a->q, "site", a->q->name);
    }
    if (!scim_sync_list_holds(idp->sites, a->site->name)) {
        return scim_sync_admin_rollback(a->q, HTTP_CONFLICT, "%s does not feed %s.", a->idp,
                                        a->q->name);
    }
    if ((rv = scim_sync_rulebook_open(db, book, p)) != APR_SUCCESS ||
        (rv = try_rules(a, book, idp, p)) != APR_SUCCESS ||
        (rv = load_group(db, a, book, p)) != APR_SUCCESS ||
        (rv = scim_sync_link_list(db, &links, a->site->name, a->group, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < a->wanted.names->nelts && i < NAMES_MAX; i++) {
        rv = add_preview(db, a, APR_ARRAY_IDX(a->wanted.names, i, const char *), links, book, p);
    }
    return rv;
}

/* ---- what Jira has ---- */

/* The owner of the API token, who is left as is. */
static scim_sync_outcome_t read_owner(ask_t *a)
{
    scim_sync_call_t call;
    scim_sync_outcome_t outcome;
    apr_pool_t *p = a->q->p;

    scim_sync_jira_myself(&call, &a->jira, p);
    outcome = scim_sync_jira_read_myself(scim_sync_admin_ask_jira(a->q, &call), &a->owner, p);
    a->protection.owner = a->owner.account_id;
    return outcome;
}

static scim_sync_outcome_t seek(ask_t *a, const char *email, const char **account_id)
{
    scim_sync_jira_account_t account = { .account_id = NULL };
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;
    apr_pool_t *p = a->q->p;

    if (a->site->of) {
        outcome = scim_sync_admin_portal_seek(a->q, &a->jira, email, &account);
    }
    else {
        scim_sync_jira_find_account(&call, &a->jira, email, p);
        outcome = scim_sync_jira_read_find_account(scim_sync_admin_ask_jira(a->q, &call), email,
                                                   &account, p);
    }
    *account_id = outcome.verdict == SCIM_SYNC_DONE ? account.account_id : "";
    if (outcome.verdict == SCIM_SYNC_ABSENT || outcome.verdict == SCIM_SYNC_REFUSED) {
        outcome.verdict = SCIM_SYNC_DONE;
    }
    return outcome;
}

/* Those who come in only if Jira has an account of theirs. */
static scim_sync_outcome_t seek_lacking(ask_t *a, preview_t *preview)
{
    const apr_array_header_t *lacking = scim_sync_adoption_lacking(preview->adoption);
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    int i;

    for (i = 0; i < lacking->nelts && outcome.verdict == SCIM_SYNC_DONE; i++) {
        scim_sync_adoptee_t *one = APR_ARRAY_IDX(lacking, i, scim_sync_adoptee_t *);
        const char *account_id = apr_hash_get(a->sought, one->email, APR_HASH_KEY_STRING);

        if (!account_id && apr_hash_count(a->sought) >= SCIM_SYNC_ADOPTION_SOUGHT) {
            preview->complete = 0;
            continue;
        }
        if (!account_id) {
            outcome = seek(a, one->email, &account_id);
            apr_hash_set(a->sought, one->email, APR_HASH_KEY_STRING, account_id);
        }
        one->account_id = *account_id ? account_id : NULL;
    }
    return outcome;
}

static scim_sync_outcome_t read_page(ask_t *a, const preview_t *preview, int start,
                                     scim_sync_jira_page_t *page)
{
    apr_pool_t *p = a->q->p;
    scim_sync_call_t call;

    if (a->site->of) {
        return scim_sync_admin_portal_members(a->q, &a->jira, preview->group_id, start, page);
    }
    scim_sync_jira_members(&call, &a->jira, preview->group_id, start, p);
    return scim_sync_jira_read_accounts(scim_sync_admin_ask_jira(a->q, &call), page, p);
}

static scim_sync_outcome_t read_members(ask_t *a, preview_t *preview)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    scim_sync_jira_page_t page = { .last = 0 };
    int start = 0;
    int n;
    int i;

    for (n = 0; !page.last && n < PAGES_MAX; n++) {
        outcome = read_page(a, preview, start, &page);
        if (outcome.verdict != SCIM_SYNC_DONE) {
            break;
        }
        for (i = 0; i < page.accounts->nelts; i++) {
            scim_sync_adoption_meet(preview->adoption,
                                    &APR_ARRAY_IDX(page.accounts, i, scim_sync_jira_account_t));
        }
        start += page.count;
    }
    if (outcome.verdict == SCIM_SYNC_ABSENT) { /* it was there a moment ago */
        preview->group_id = NULL;
        outcome.verdict = SCIM_SYNC_DONE;
    }
    preview->complete &= page.last || !preview->group_id;
    return outcome;
}

static scim_sync_outcome_t find_twin(ask_t *a, preview_t *preview)
{
    scim_sync_jira_group_t group = { .name = NULL };
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;
    apr_pool_t *p = a->q->p;

    scim_sync_jira_find_twin(&call, &a->jira, preview->name, p);
    outcome = scim_sync_jira_read_find_twin(scim_sync_admin_ask_jira(a->q, &call), preview->name,
                                            &group, p);
    preview->twin = outcome.verdict == SCIM_SYNC_DONE ? group.name : NULL;
    if (outcome.verdict == SCIM_SYNC_ABSENT || outcome.verdict == SCIM_SYNC_REFUSED) {
        outcome.verdict = SCIM_SYNC_DONE;
    }
    return outcome;
}

static scim_sync_outcome_t find_group(ask_t *a, preview_t *preview)
{
    scim_sync_jira_group_t group = { .group_id = NULL };
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;
    apr_pool_t *p = a->q->p;

    scim_sync_jira_find_group(&call, &a->jira, preview->name, p);
    outcome = scim_sync_jira_read_find_group(scim_sync_admin_ask_jira(a->q, &call), preview->name,
                                             &group, p);
    preview->group_id = outcome.verdict == SCIM_SYNC_DONE ? group.group_id : NULL;
    return outcome.verdict == SCIM_SYNC_ABSENT ? find_twin(a, preview) : outcome;
}

static scim_sync_outcome_t read_group(ask_t *a, preview_t *preview)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };

    if (!preview->linked) {
        outcome = a->site->of ? scim_sync_admin_portal_find(a->q, &a->jira, preview->name,
                                                            &preview->group_id, &preview->hindrance)
                              : find_group(a, preview);
    }
    preview->guarded =
        scim_sync_protection_rule(&a->protection, preview->group_id, preview->name, a->q->p);
    if (outcome.verdict == SCIM_SYNC_DONE && preview->group_id) {
        outcome = read_members(a, preview);
    }
    if (outcome.verdict == SCIM_SYNC_DONE && !preview->guarded && !preview->twin) {
        outcome = seek_lacking(a, preview);
    }
    return outcome;
}

/* ---- the answer ---- */

/* What the planner says of the group as a whole; NULL: people come in. */
static const scim_sync_withheld_t *hindrance_of(const ask_t *a, const preview_t *preview)
{
    apr_pool_t *p = a->q->p;
    apr_array_header_t *withheld = apr_array_make(p, 1, sizeof(scim_sync_withheld_t));
    const scim_sync_held_group_t group = { .group_id = preview->group_id, .name = preview->name };
    const scim_sync_team_t team = { .name = preview->name,
                                    .linked = preview->linked ? &group : NULL,
                                    .protection = &a->protection };
    const scim_sync_learnt_t learnt = { .absent = 1,
                                        .created = preview->twin != NULL,
                                        .compared = 1,
                                        .twin = preview->twin,
                                        .guarded = preview->guarded };
    apr_array_header_t *steps;

    if (a->site->of) {
        return preview->hindrance.text ? &preview->hindrance : NULL;
    }
    scim_sync_explain_team(&steps, withheld, &team, &learnt, p);
    return withheld->nelts > 0 ? &APR_ARRAY_IDX(withheld, 0, scim_sync_withheld_t) : NULL;
}

static json_t *withheld_json(const scim_sync_adopted_t *withheld)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < withheld->named->nelts; i++) {
        const scim_sync_left_out_t *one = &APR_ARRAY_IDX(withheld->named, i, scim_sync_left_out_t);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "person", one->who, "kind",
                                              one->why.kind, "text", one->why.text, "mend",
                                              one->why.mend));
    }
    return list;
}

static json_t *preview_json(const preview_t *preview)
{
    const scim_sync_adoption_t *adoption = preview->adoption;

    return json_pack("{s:s, s:b, s:s?, s:s?, s:b, s:s?, s:b, s:o, s:o, s:o, s:o, s:o,"
                     " s:{s:i, s:i, s:i, s:i, s:i}, s:b}",
                     "name", preview->name, "exists", preview->group_id != NULL, "groupId",
                     preview->group_id, "twin", preview->twin, "linked", preview->linked,
                     "protected", preview->guarded, "authoritative", preview->authoritative, "gain",
                     scim_sync_json_list(adoption->gain.named), "keep",
                     scim_sync_json_list(adoption->keep.named), "notOurs",
                     scim_sync_json_list(adoption->not_ours.named), "leaving",
                     scim_sync_json_list(adoption->leaving.named), "withheld",
                     withheld_json(&adoption->withheld), "more", "gain", adoption->gain.more,
                     "keep", adoption->keep.more, "notOurs", adoption->not_ours.more, "leaving",
                     adoption->leaving.more, "withheld", adoption->withheld.more, "complete",
                     preview->complete);
}

static int answer(const ask_t *a)
{
    json_t *groups = json_array();
    int i;

    for (i = 0; i < a->previews->nelts; i++) {
        preview_t *preview = &APR_ARRAY_IDX(a->previews, i, preview_t);

        scim_sync_adoption_end(preview->adoption, preview->group_id, &a->protection,
                               hindrance_of(a, preview));
        json_array_append_new(groups, preview_json(preview));
    }
    return scim_sync_admin_answer(
        a->q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:o, s:i, s:s, s:s, s:s?}", "jiraGroups", groups,
                                     "moreGroups", a->wanted.names->nelts - a->previews->nelts,
                                     "rule", a->wanted.reason.rule, "why", a->wanted.reason.why,
                                     "warning", a->wanted.reason.warning),
                           a->q->p));
}

static int answer_trouble(scim_sync_admin_t *q, const scim_sync_outcome_t *outcome)
{
    return scim_sync_admin_refuse(q, HTTP_BAD_GATEWAY, "Jira can't be read (%d): %s.",
                                  outcome->status, outcome->detail);
}

int scim_sync_admin_preview(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "idp", "group", "rules", NULL };
    const scim_sync_error_t *error;
    scim_sync_outcome_t outcome;
    ask_t a = { .q = q };
    int i;

    if ((error = scim_sync_admin_only(q, fields)) ||
        (error = scim_sync_admin_text(q, "idp", &a.idp)) ||
        (error = scim_sync_admin_text(q, "group", &a.group))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (!a.idp || !a.group) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST,
                                      "idp and group say which group of which identity provider.");
    }
    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    if ((error = scim_sync_admin_jira(q, a.site, &a.jira))) {
        return scim_sync_answer_error(q->r, error);
    }
    a.sought = apr_hash_make(q->p);
    outcome = scim_sync_admin_protection(&a.protection, q, &a.jira, a.site);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        outcome = read_owner(&a);
    }
    for (i = 0; outcome.verdict == SCIM_SYNC_DONE && i < a.previews->nelts; i++) {
        outcome = read_group(&a, &APR_ARRAY_IDX(a.previews, i, preview_t));
    }
    return outcome.verdict == SCIM_SYNC_DONE ? answer(&a) : answer_trouble(q, &outcome);
}
