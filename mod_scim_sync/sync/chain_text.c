/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain as it is kept with its task:
 * {"steps": [{"call", "groupId", "group", "unless", "organization", "claimed"}],
 *  "withheld": [{"kind", "call", "groupId", "text", "mend"}],
 *  "learnt": {name: {"absent", "foreign", "looked", "rival", "guarded", "beside", "desks"}}}
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "store/plan.h"
#include "sync/chain.h"

const char *scim_sync_step_name(scim_sync_step_kind_t kind)
{
    static const char *const names[] = {
        [SCIM_SYNC_FIND_ACCOUNT] = "findAccount",
        [SCIM_SYNC_CREATE_ACCOUNT] = "createAccount",
        [SCIM_SYNC_READ_GROUPS] = "readGroups",
        [SCIM_SYNC_ADD_MEMBER] = "addMember",
        [SCIM_SYNC_REMOVE_MEMBER] = "removeMember",
        [SCIM_SYNC_FIND_GROUP] = "findGroup",
        [SCIM_SYNC_FIND_TWIN] = "findTwin",
        [SCIM_SYNC_CREATE_GROUP] = "createGroup",
        [SCIM_SYNC_FIND_DIRECTORY] = "findDirectory",
        [SCIM_SYNC_READ_STANDING] = "readStanding",
        [SCIM_SYNC_SUSPEND_ACCOUNT] = "suspendAccount",
        [SCIM_SYNC_RESTORE_ACCOUNT] = "restoreAccount",
        [SCIM_SYNC_DELETE_ACCOUNT] = "deleteAccount",
        [SCIM_SYNC_UPDATE_PROFILE] = "updateProfile",
        [SCIM_SYNC_DELETE_GROUP] = "deleteGroup",
        [SCIM_SYNC_FIND_CUSTOMER] = "findCustomer",
        [SCIM_SYNC_REVOKE_ACCOUNT] = "revokeAccount",
        [SCIM_SYNC_READ_MEMBERS] = "readMembers",
        [SCIM_SYNC_READ_ORGANIZATIONS] = "readOrganizations",
        [SCIM_SYNC_JOIN_ORGANIZATION] = "addOrganization",
        [SCIM_SYNC_PART_ORGANIZATION] = "removeOrganization",
    };

    return names[kind];
}

static void count(apr_array_header_t *counts, const char *family, const char *name, apr_pool_t *p)
{
    const char *what = apr_pstrcat(p, family, name, NULL);
    int i;

    for (i = 0; i < counts->nelts; i++) {
        scim_sync_plan_count_t *one = &APR_ARRAY_IDX(counts, i, scim_sync_plan_count_t);

        if (!strcmp(one->what, what)) {
            one->count++;
            return;
        }
    }
    APR_ARRAY_PUSH(counts, scim_sync_plan_count_t) =
        (scim_sync_plan_count_t) { .what = what, .count = 1 };
}

apr_array_header_t *scim_sync_chain_counts(const scim_sync_chain_t *chain, apr_pool_t *p)
{
    apr_array_header_t *counts = apr_array_make(p, 4, sizeof(scim_sync_plan_count_t));
    int i;

    for (i = 0; i < chain->steps->nelts; i++) {
        count(counts, SCIM_SYNC_PLAN_CALL,
              scim_sync_step_name(APR_ARRAY_IDX(chain->steps, i, scim_sync_chain_step_t).kind), p);
    }
    for (i = 0; i < chain->withheld->nelts; i++) {
        count(counts, SCIM_SYNC_PLAN_WITHHELD,
              APR_ARRAY_IDX(chain->withheld, i, scim_sync_withheld_t).kind, p);
    }
    return counts;
}

static json_t *steps_json(const scim_sync_chain_t *chain)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < chain->steps->nelts; i++) {
        const scim_sync_chain_step_t *step =
            &APR_ARRAY_IDX(chain->steps, i, scim_sync_chain_step_t);

        json_array_append_new(list, json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:b}", "call",
                                              scim_sync_step_name(step->kind), "groupId",
                                              step->group_id, "group", step->group, "unless",
                                              step->unless, "organization", step->organization,
                                              "claimed", step->claimed));
    }
    return list;
}

static json_t *withheld_json(const scim_sync_chain_t *chain)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < chain->withheld->nelts; i++) {
        const scim_sync_withheld_t *one = &APR_ARRAY_IDX(chain->withheld, i, scim_sync_withheld_t);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "kind", one->kind,
                                              "call", scim_sync_step_name(one->step), "groupId",
                                              one->group_id, "text", one->text, "mend", one->mend));
    }
    return list;
}

static json_t *learnt_json(const scim_sync_learnt_t *learnt)
{
    return json_pack("{s:b, s:b, s:b, s:s*, s:s*, s:s*, s:o}", "absent", learnt->absent, "foreign",
                     learnt->foreign, "looked", learnt->looked, "rival", learnt->rival, "guarded",
                     learnt->guarded, "beside", learnt->beside, "desks",
                     learnt->desks ? scim_sync_json_list(learnt->desks) : json_array());
}

const char *scim_sync_chain_text(const scim_sync_chain_t *chain, const apr_array_header_t *known,
                                 apr_pool_t *p)
{
    json_t *learnt = json_object();
    int i;

    for (i = 0; i < known->nelts; i++) {
        const scim_sync_chain_known_t *one = &APR_ARRAY_IDX(known, i, scim_sync_chain_known_t);

        json_object_set_new(learnt, one->name, learnt_json(one->learnt));
    }
    return scim_sync_json_text(scim_sync_json_own(json_pack("{s:o, s:o, s:o}", "steps",
                                                            steps_json(chain), "withheld",
                                                            withheld_json(chain), "learnt", learnt),
                                                  p),
                               NULL, p);
}

static json_t *parse(const char *text, apr_pool_t *p)
{
    return scim_sync_json_own(json_loads(text, 0, NULL), p);
}

static apr_array_header_t *read_texts(const json_t *list, apr_pool_t *p)
{
    apr_array_header_t *texts = apr_array_make(p, 1, sizeof(const char *));
    json_t *text;
    apr_size_t i;

    json_array_foreach(list, i, text)
    {
        APR_ARRAY_PUSH(texts, const char *) = apr_pstrdup(p, json_string_value(text));
    }
    return texts;
}

void scim_sync_chain_learnt(scim_sync_learnt_t *learnt, const char *name, const char *text,
                            apr_pool_t *p)
{
    const json_t *known = json_object_get(json_object_get(parse(text, p), "learnt"), name);

    learnt->absent = json_is_true(json_object_get(known, "absent"));
    learnt->foreign = json_is_true(json_object_get(known, "foreign"));
    learnt->looked = json_is_true(json_object_get(known, "looked"));
    learnt->rival = scim_sync_json_str(known, "rival");
    learnt->guarded = scim_sync_json_str(known, "guarded");
    learnt->beside = scim_sync_json_str(known, "beside");
    learnt->desks = read_texts(json_object_get(known, "desks"), p);
}

int scim_sync_chain_removals(apr_array_header_t *groups, const char *text, apr_pool_t *p)
{
    int account = 0;
    json_t *step;
    apr_size_t i;

    json_array_foreach(json_object_get(parse(text, p), "steps"), i, step)
    {
        const char *group_id = scim_sync_json_str(step, "groupId");

        if (!json_is_true(json_object_get(step, "claimed"))) {
            continue;
        }
        if (group_id) {
            APR_ARRAY_PUSH(groups, const char *) = group_id;
        }
        account |= !group_id;
    }
    return account;
}
