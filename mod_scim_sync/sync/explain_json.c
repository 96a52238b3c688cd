/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found out about a subject at a site, in the words of docs/api.md.
 */
#include "sync/explain_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static json_t *time_json(apr_int64_t ms, apr_pool_t *p)
{
    return ms ? json_string(scim_sync_time_text(ms, p)) : json_null();
}

/* People know a group by its name; one that is known by its id only is told by that. */
static const char *name_of(const scim_sync_matter_t *m, const char *group_id)
{
    const char *name = scim_sync_groups_name(m->groups, group_id);

    return name ? name : group_id;
}

static const char *products_of(const scim_sync_matter_t *m)
{
    const apr_array_header_t *products = m->person.products;

    return products && products->nelts > 0 ? apr_array_pstrcat(m->pool, products, ',')
                                           : "no product";
}

/* ---- why ---- */

static json_t *reason_json(const char *idp, const char *group, const char *text, const char *rule,
                           const char *because)
{
    return json_pack("{s:s?, s:s?, s:s, s:s?, s:s?}", "idp", idp, "group", group, "text", text,
                     "rule", rule, "ruleText", because);
}

static json_t *grant_json(const scim_sync_matter_t *m, const scim_sync_grant_t *grant)
{
    const char *text = grant->told ? apr_psprintf(m->pool, "%s has %s in its group %s", grant->idp,
                                                  m->job->name, grant->told)
                                   : apr_psprintf(m->pool, "the default groups of %s", grant->idp);

    return reason_json(grant->idp, grant->told, text, grant->why.rule, grant->why.why);
}

/* Whether a grant is of the Jira group of this id, or, that is not known, of this name. */
static int is_of(const scim_sync_matter_t *m, const scim_sync_grant_t *grant, const char *group_id,
                 const char *name)
{
    if (grant->group_id) {
        return group_id && !strcmp(grant->group_id, group_id);
    }
    name = name ? name : name_of(m, group_id);
    return name && !strcmp(grant->name, name);
}

static void add_grants(const scim_sync_matter_t *m, json_t *list, const apr_array_header_t *grants,
                       const char *group_id, const char *name)
{
    int i;

    for (i = 0; i < grants->nelts; i++) {
        const scim_sync_grant_t *grant = &APR_ARRAY_IDX(grants, i, scim_sync_grant_t);

        if (is_of(m, grant, group_id, name)) {
            json_array_append_new(list, grant_json(m, grant));
        }
    }
}

static void add_claims(const scim_sync_matter_t *m, json_t *list, const apr_array_header_t *claims)
{
    int i;

    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);
        const scim_sync_told_t *user = claim->told;

        if (claim->wants) {
            json_array_append_new(list,
                                  reason_json(user->idp, NULL,
                                              apr_psprintf(m->pool, "%s tells of %s as active",
                                                           user->idp, user->name),
                                              claim->says.reason.rule, claim->says.reason.why));
        }
    }
}

static void add_users(const scim_sync_matter_t *m, json_t *list)
{
    add_claims(m, list, m->stands.claims);
}

/* Why the module takes away what it gave. */
static const char *why_removed(const scim_sync_matter_t *m, const char *group_id)
{
    const char *given = scim_sync_held_added(scim_sync_held_state(m->person.members, group_id));

    return apr_psprintf(m->pool, "%s, and %s",
                        m->person.wanted
                            ? "no identity provider has this person in a group that stands for it"
                            : "no identity provider tells of this person as active any more",
                        !strcmp(given, SCIM_SYNC_HELD_GRANTED)
                            ? "the membership came with the account that the module made"
                        : !strcmp(given, SCIM_SYNC_HELD_THEIRS)
                            ? "it grants a product, and is taken from leavers whoever gave it"
                            : "the module put the person there");
}

static const char *why_given_back(const scim_sync_matter_t *m, const char *group_id)
{
    const char *given = scim_sync_held_added(scim_sync_held_state(m->person.members, group_id));

    return !strcmp(given, SCIM_SYNC_HELD_THEIRS)
               ? "others had put the person there, the module took that away when the person left, "
                 "and the person is back"
               : "the membership came with the account that the module made, and the person is "
                 "back";
}

static json_t *why_person(const scim_sync_matter_t *m, scim_sync_step_kind_t kind,
                          const char *group_id, const char *name)
{
    json_t *list = json_array();

    switch (kind) {
    case SCIM_SYNC_ADD_MEMBER:
        add_grants(m, list, m->grants, group_id, name);
        if (json_array_size(list) == 0) {
            json_array_append_new(list,
                                  reason_json(NULL, NULL, why_given_back(m, group_id), NULL, NULL));
        }
        break;
    case SCIM_SYNC_REMOVE_MEMBER:
        json_array_append_new(list, reason_json(NULL, NULL, why_removed(m, group_id), NULL, NULL));
        break;
    case SCIM_SYNC_SUSPEND_ACCOUNT:
    case SCIM_SYNC_DELETE_ACCOUNT:
    case SCIM_SYNC_REVOKE_ACCOUNT:
        json_array_append_new(
            list, reason_json(NULL, NULL,
                              apr_psprintf(m->pool,
                                           "no identity provider tells of this person as active "
                                           "any more%s%s",
                                           m->person.rule ? ", and so says " : "",
                                           m->person.rule ? m->person.rule : ""),
                              NULL, NULL));
        break;
    case SCIM_SYNC_READ_GROUPS:
        json_array_append_new(list, reason_json(NULL, NULL,
                                                m->person.wanted
                                                    ? "what the account is in already is not the "
                                                      "module's to take away"
                                                    : "groups that grant a product are left, too",
                                                NULL, NULL));
        break;
    default:
        add_users(m, list);
    }
    return list;
}

static json_t *why_stranger(void)
{
    json_t *list = json_array();

    json_array_append_new(list, reason_json(NULL, NULL,
                                            "others have put this account into the group, no "
                                            "identity provider wants it there, and by the rules "
                                            "they alone decide",
                                            "groups.authoritative", NULL));
    return list;
}

static json_t *why_team(const scim_sync_matter_t *m)
{
    scim_sync_rule_reason_t reason = { .rule = "users.defaultGroups" };
    json_t *list = json_array();
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(m->rulebook, m->standing.idp, &why);

    if (rules && m->standing.told_as) {
        reason = scim_sync_rules_group(rules, m->standing.told_as, m->pool).reason;
    }
    if (m->standing.told) {
        json_array_append_new(list, reason_json(m->standing.idp, m->standing.told_as,
                                                apr_psprintf(m->pool, "%s tells of the group %s",
                                                             m->standing.idp, m->standing.name),
                                                reason.rule, reason.why));
    }
    return list;
}

static json_t *why(const scim_sync_matter_t *m, scim_sync_step_kind_t kind, const char *group_id,
                   const char *name)
{
    const char *text;
    json_t *list;

    if (m->is_person) {
        return why_person(m, kind, group_id, name);
    }
    if (kind == SCIM_SYNC_REMOVE_MEMBER) {
        return why_stranger();
    }
    if ((text = scim_sync_matter_portal_why(kind))) {
        json_array_append_new(list = json_array(), reason_json(NULL, NULL, text, NULL, NULL));
        return list;
    }
    return why_team(m);
}

/* ---- calls ---- */

static int is_customer(const scim_sync_matter_t *m)
{
    return m->is_person && m->person.customers;
}

static const scim_sync_matter_call_t calls[] = {
    [SCIM_SYNC_FIND_ACCOUNT] = { "GET", "/rest/api/3/user/search" },
    [SCIM_SYNC_CREATE_ACCOUNT] = { "POST", "/rest/api/3/user" },
    [SCIM_SYNC_READ_GROUPS] = { "GET", "/rest/api/3/user/groups" },
    [SCIM_SYNC_ADD_MEMBER] = { "POST", "/rest/api/3/group/user" },
    [SCIM_SYNC_REMOVE_MEMBER] = { "DELETE", "/rest/api/3/group/user" },
    [SCIM_SYNC_FIND_GROUP] = { "GET", "/rest/api/3/group/bulk" },
    [SCIM_SYNC_FIND_TWIN] = { "GET", "/rest/api/3/groups/picker" },
    [SCIM_SYNC_CREATE_GROUP] = { "POST", "/rest/api/3/group" },
    [SCIM_SYNC_DELETE_GROUP] = { "DELETE", "/rest/api/3/group" },
    [SCIM_SYNC_FIND_DIRECTORY] = { "GET", "/admin/v2/orgs/{org}/directories" },
    [SCIM_SYNC_READ_STANDING] = { "GET",
                                  "/admin/v2/orgs/{org}/directories/{directory}/users/{id}" },
    [SCIM_SYNC_SUSPEND_ACCOUNT] = { "POST", "/admin/v2/orgs/{org}/directories/{directory}/users/"
                                            "{id}/suspend" },
    [SCIM_SYNC_RESTORE_ACCOUNT] = { "POST", "/admin/v2/orgs/{org}/directories/{directory}/users/"
                                            "{id}/restore" },
    [SCIM_SYNC_DELETE_ACCOUNT] = { "DELETE", "/rest/api/3/user" },
    [SCIM_SYNC_UPDATE_PROFILE] = { "PATCH", "/users/{id}/manage/profile" },
};

static int is_portal(const scim_sync_matter_t *m, const char *group)
{
    return !m->is_person && m->job->worker->customers && group;
}

static const char *const deeds[] = {
    [SCIM_SYNC_FIND_DIRECTORY] = "look in which directory of the organization is",
    [SCIM_SYNC_READ_STANDING] = "read whether the organization manages the account of",
    [SCIM_SYNC_SUSPEND_ACCOUNT] = "suspend the account of",
    [SCIM_SYNC_RESTORE_ACCOUNT] = "restore the account of",
    [SCIM_SYNC_DELETE_ACCOUNT] = "delete from the site the account of",
    [SCIM_SYNC_UPDATE_PROFILE] = "write the profile of",
};

static const char *words_of(const scim_sync_matter_t *m, const scim_sync_chain_step_t *step,
                            const char *group)
{
    const char *who = step->account_id  ? step->account_id
                      : m->person.email ? m->person.email
                                        : m->job->name;

    if (is_customer(m)) {
        return scim_sync_matter_customer_words(m, step, who, group);
    }
    if (is_portal(m, group)) {
        return scim_sync_matter_portal_words(step, group, m->pool);
    }
    switch (step->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        return apr_psprintf(m->pool, "look for the account of %s", who);
    case SCIM_SYNC_CREATE_ACCOUNT:
        return apr_psprintf(m->pool, "create an account for %s with %s", who, products_of(m));
    case SCIM_SYNC_READ_GROUPS:
        return apr_psprintf(m->pool, "read which groups the account of %s is in", who);
    case SCIM_SYNC_ADD_MEMBER:
        return apr_psprintf(m->pool, "put %s into %s", who, group);
    case SCIM_SYNC_REMOVE_MEMBER:
        return apr_psprintf(m->pool, "take %s out of %s", who, group);
    case SCIM_SYNC_FIND_GROUP:
        return apr_psprintf(m->pool, "look for the group %s", group);
    case SCIM_SYNC_FIND_TWIN:
        return apr_psprintf(m->pool, "look for %s in other upper and lower case", group);
    case SCIM_SYNC_CREATE_GROUP:
        return apr_psprintf(m->pool, "make the group %s", group);
    case SCIM_SYNC_DELETE_GROUP:
        return apr_psprintf(m->pool, "delete the group %s", group);
    default:
        return apr_psprintf(m->pool, "%s %s", deeds[step->kind], who);
    }
}

/* The group that a step is about, by its name in Jira as far as that is known. */
static const char *group_of(const scim_sync_matter_t *m, const char *group_id, const char *name)
{
    return name ? name : name_of(m, group_id);
}

static json_t *step_json(const scim_sync_matter_t *m, const scim_sync_chain_step_t *step, int brief)
{
    const char *group = group_of(m, step->group_id, step->group);
    json_t *j =
        json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s*}", "call", scim_sync_step_name(step->kind),
                  "group", group, "groupId", step->group_id, "accountId", step->account_id,
                  "unless", step->unless, "organization", step->organization);

    if (!brief) {
        scim_sync_matter_call_t call = is_customer(m) ? scim_sync_matter_customer_call(step)
                                       : is_portal(m, group)
                                           ? scim_sync_matter_portal_call(step->kind, group)
                                           : calls[step->kind];

        json_object_set_new(j, "method", json_string(call.method));
        json_object_set_new(j, "path", json_string(call.path));
        json_object_set_new(j, "what", json_string(words_of(m, step, group)));
        json_object_set_new(j, "why", why(m, step->kind, step->group_id, step->group));
    }
    return j;
}

static json_t *steps_json(const scim_sync_matter_t *m, int brief)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < m->chain.steps->nelts; i++) {
        json_array_append_new(
            list, step_json(m, &APR_ARRAY_IDX(m->chain.steps, i, scim_sync_chain_step_t), brief));
    }
    return list;
}

/* ---- what is withheld ---- */

/* Of what others gave, and of a person's groups as a whole, there is nothing more to say. */
static int is_explained(const scim_sync_matter_t *m, const scim_sync_withheld_t *one)
{
    return !strcmp(one->kind, SCIM_SYNC_WITHHELD_NOT_OURS) ||
           (m->is_person && one->step == SCIM_SYNC_REMOVE_MEMBER && !one->group_id);
}

static json_t *withheld_json(const scim_sync_matter_t *m, const scim_sync_withheld_t *one,
                             int brief)
{
    const char *unmade = scim_sync_chain_unmade(one->group_id);
    const char *group_id = unmade ? NULL : one->group_id;
    json_t *j = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?}", "kind", one->kind, "call",
                          scim_sync_step_name(one->step), "group", group_of(m, group_id, unmade),
                          "groupId", group_id, "text", one->text, "mend", one->mend);

    if (!brief) {
        json_object_set_new(j, "why",
                            is_explained(m, one) ? json_array()
                                                 : why(m, one->step, group_id, unmade));
    }
    return j;
}

/* Jira's own no stands in the task alone; what the planner has said there is among the others. */
static int says_more(const scim_sync_matter_t *m)
{
    const scim_sync_task_t *task = m->task;
    int i;

    if (!task || strcmp(task->state, SCIM_SYNC_TASK_FAILED) || !task->detail) {
        return 0;
    }
    for (i = 0; i < m->chain.withheld->nelts; i++) {
        const scim_sync_withheld_t *one =
            &APR_ARRAY_IDX(m->chain.withheld, i, scim_sync_withheld_t);

        if (strcmp(one->kind, SCIM_SYNC_WITHHELD_GUARD) && strstr(task->detail, one->text)) {
            return 0;
        }
    }
    return 1;
}

static json_t *withheld_list(const scim_sync_matter_t *m, int brief)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < m->chain.withheld->nelts; i++) {
        json_array_append_new(
            list,
            withheld_json(m, &APR_ARRAY_IDX(m->chain.withheld, i, scim_sync_withheld_t), brief));
    }
    if (says_more(m)) {
        json_array_append_new(list, json_pack("{s:s, s:n, s:n, s:n, s:s, s:s}", "kind",
                                              SCIM_SYNC_WITHHELD_REFUSED, "call", "group",
                                              "groupId", "text", m->task->detail, "mend",
                                              "put right what it says, then retry the task"));
    }
    return list;
}

/* ---- the subject ---- */

static json_t *task_json(const scim_sync_matter_t *m)
{
    const scim_sync_task_t *t = m->task;
    int waits = t && !strcmp(t->state, SCIM_SYNC_TASK_WAITING);

    return t ? json_pack("{s:I, s:s, s:s?, s:i, s:i, s:s?, s:o, s:o}", "id", (json_int_t)t->id,
                         "state", t->state, "class", t->class, "attempts", t->attempts, "status",
                         t->status, "detail", t->detail, "nextAt",
                         waits ? time_json(t->next_at, m->pool) : json_null(), "changedAt",
                         time_json(t->changed, m->pool))
             : json_null();
}

/* Groups that are wanted, each once, with all who want it. */
static void add_wanted(const scim_sync_matter_t *m, json_t *list, const apr_array_header_t *grants)
{
    apr_hash_t *seen = apr_hash_make(m->pool);
    int i;

    for (i = 0; i < grants->nelts; i++) {
        const scim_sync_grant_t *grant = &APR_ARRAY_IDX(grants, i, scim_sync_grant_t);
        const char *key = grant->group_id ? grant->group_id : grant->name;
        json_t *reasons = json_array();

        if (!key || apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
            json_decref(reasons);
            continue;
        }
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, key);
        add_grants(m, reasons, grants, grant->group_id, grant->group_id ? NULL : grant->name);
        json_array_append_new(list,
                              json_pack("{s:s, s:s?, s:o}", "group",
                                        grant->group_id ? name_of(m, grant->group_id) : grant->name,
                                        "groupId", grant->group_id, "why", reasons));
    }
}

static json_t *wanted_person(const scim_sync_matter_t *m)
{
    json_t *reasons = json_array();
    json_t *groups = json_array();

    add_users(m, reasons);
    add_claims(m, reasons, m->stands.kept_claims);
    add_wanted(m, groups, m->grants);
    add_wanted(m, groups, m->kept);
    return json_pack("{s:b, s:o, s:o}", "account", m->person.wanted || m->person.kept, "why",
                     reasons, "groups", groups);
}

static int grants_product(const scim_sync_matter_t *m, const char *group_id)
{
    return apr_hash_get(m->job->worker->product_groups, group_id, APR_HASH_KEY_STRING) != NULL;
}

/* What we did to the account, or else that somebody else has deactivated it; NULL: neither. */
static const char *standing_of(const scim_sync_held_account_t *account)
{
    return account->state ? account->state : account->inactive ? "inactive" : NULL;
}

static json_t *held_person(const scim_sync_matter_t *m)
{
    const scim_sync_held_account_t *account = m->person.account;
    json_t *members = json_array();
    int i;

    for (i = 0; i < m->person.members->nelts; i++) {
        const scim_sync_held_member_t *one =
            &APR_ARRAY_IDX(m->person.members, i, scim_sync_held_member_t);

        json_array_append_new(
            members, json_pack("{s:s, s:s, s:s, s:b, s:s?}", "group", name_of(m, one->group_id),
                               "groupId", one->group_id, "state", one->state, "product",
                               grants_product(m, one->group_id), "protected",
                               scim_sync_protection_rule(m->person.protection, one->group_id, NULL,
                                                         m->pool)));
    }
    return json_pack("{s:o, s:o}", "account",
                     account ? json_pack("{s:s, s:s, s:b, s:s?}", "accountId", account->account_id,
                                         "email", account->email, "ours", account->ours, "state",
                                         standing_of(account))
                             : json_null(),
                     "memberships", members);
}

static json_t *held_team(const scim_sync_matter_t *m)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < m->teams->nelts; i++) {
        const scim_sync_team_t *team = &APR_ARRAY_IDX(m->teams, i, scim_sync_team_t);
        const scim_sync_held_group_t *group = team->linked;

        if (group) {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:b, s:s?}", "groupId", group->group_id, "name",
                                group->name, "ours", group->ours, "protected",
                                scim_sync_protection_rule(team->protection, group->group_id,
                                                          group->name, m->pool)));
        }
    }
    return json_pack("{s:o}", "groups", list);
}

static json_t *wanted_team(const scim_sync_matter_t *m)
{
    json_t *names = json_array();
    int i;

    for (i = 0; i < m->teams->nelts; i++) {
        const char *name = APR_ARRAY_IDX(m->teams, i, scim_sync_team_t).name;

        if (name) {
            json_array_append_new(names, json_string(name));
        }
    }
    return json_pack("{s:o, s:o}", "groups", names, "why", why_team(m));
}

json_t *scim_sync_matter_json(const scim_sync_matter_t *m, int brief)
{
    json_t *j =
        json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "site", m->job->worker->jira.name, "when",
                  scim_sync_matter_when(m), "cut", !m->chain.over, "steps", steps_json(m, brief),
                  "withheld", withheld_list(m, brief), "task", task_json(m));

    if (brief) {
        json_object_set_new(j, "id", json_string(m->job->task.subject));
        json_object_set_new(j, "kind", json_string(m->job->task.kind));
        json_object_set_new(j, "name", json_string(m->job->name));
        return j;
    }
    json_object_set_new(j, "told", scim_sync_matter_told(m));
    json_object_set_new(j, "wanted", m->is_person ? wanted_person(m) : wanted_team(m));
    json_object_set_new(j, "held", m->is_person ? held_person(m) : held_team(m));
    return j;
}
