/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules as JSON, and what differs between two.
 */
#include "sync/rules_int.h"

#include <apr_strings.h>

#include "base/json.h"
#include "store/portal.h"

static json_t *names_json(const apr_array_header_t *names)
{
    return names ? scim_sync_json_list(names) : json_null();
}

static json_t *conditions_json(const apr_array_header_t *conditions)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < conditions->nelts; i++) {
        const scim_sync_condition_t *one = &APR_ARRAY_IDX(conditions, i, scim_sync_condition_t);

        json_array_append_new(list, json_pack("{s:s, s:s}", "attribute",
                                              scim_sync_rules_attributes[one->attribute], "pattern",
                                              scim_sync_pattern_text(one->pattern)));
    }
    return list;
}

static json_t *patterns_json(const scim_sync_rewriting_t *names)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < names->patterns->nelts; i++) {
        const scim_sync_rewrite_t *one = &APR_ARRAY_IDX(names->patterns, i, scim_sync_rewrite_t);

        json_array_append_new(list, json_pack("{s:s, s:s}", "pattern",
                                              scim_sync_pattern_text(one->pattern), "replacement",
                                              one->replacement));
    }
    return list;
}

json_t *scim_sync_rules_portals(const apr_array_header_t *names, int projects)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (scim_sync_portal_is_project(name) == projects) {
            json_array_append_new(list, json_string(scim_sync_portal_told(name)));
        }
    }
    return list;
}

static json_t *mapping_json(const scim_sync_mapping_t *one, int customers)
{
    return customers
               ? json_pack("{s:s, s:o, s:o}", "group", one->group, "projects",
                           scim_sync_rules_portals(one->names, 1), "organizations",
                           scim_sync_rules_portals(one->names, 0))
               : json_pack("{s:s, s:o}", "group", one->group, "jiraGroups", names_json(one->names));
}

static json_t *mappings_json(const apr_array_header_t *mappings, int customers)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < mappings->nelts; i++) {
        const scim_sync_mapping_t *one = &APR_ARRAY_IDX(mappings, i, scim_sync_mapping_t);
        json_t *j = mapping_json(one, customers);

        if (one->authoritative >= 0) {
            json_object_set_new(j, "authoritative", json_boolean(one->authoritative));
        }
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *ignore_json(const apr_array_header_t *ignore)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < ignore->nelts; i++) {
        const scim_sync_ignore_t *one = &APR_ARRAY_IDX(ignore, i, scim_sync_ignore_t);

        json_array_append_new(list, one->group ? json_pack("{s:s}", "group", one->group)
                                               : json_pack("{s:s}", "pattern",
                                                           scim_sync_pattern_text(one->pattern)));
    }
    return list;
}

static void set_names(json_t *j, const scim_sync_rules_users_t *users, int customers)
{
    if (customers) {
        json_object_set_new(j, "defaultProjects",
                            scim_sync_rules_portals(users->default_groups, 1));
        json_object_set_new(j, "defaultOrganizations",
                            scim_sync_rules_portals(users->default_groups, 0));
        json_object_set_new(j, "invite", json_boolean(users->invite));
    }
    else {
        json_object_set_new(j, "defaultGroups", names_json(users->default_groups));
        json_object_set_new(j, "products", names_json(users->products));
    }
}

/* In the order of docs/rules.md. */
static json_t *users_json(const scim_sync_rules_users_t *users, int customers)
{
    json_t *j =
        json_pack("{s:b, s:b, s:{s:o, s:o}, s:o, s:s}", "import", users->import, "update",
                  users->update, "filter", "include", conditions_json(users->include), "exclude",
                  conditions_json(users->exclude), "patterns", patterns_json(&users->names),
                  "otherwise", scim_sync_rules_otherwise[users->names.skip_others]);
    json_t *rest =
        json_pack("{s:s, s:s, s:I}", "onDeactivate", scim_sync_rules_leavings[users->on_deactivate],
                  "onDelete", scim_sync_rules_leavings[users->on_delete], "gracePeriod",
                  (json_int_t)users->grace_period);

    set_names(j, users, customers);
    json_object_update(j, rest);
    json_decref(rest);
    return j;
}

static json_t *groups_json(const scim_sync_rules_groups_t *groups, int customers)
{
    if (customers) {
        return json_pack("{s:b, s:o, s:o, s:b}", "import", groups->import, "ignore",
                         ignore_json(groups->ignore), "mappings",
                         mappings_json(groups->mappings, 1), "authoritative",
                         groups->authoritative);
    }
    return json_pack("{s:b, s:s, s:o, s:o, s:o, s:s, s:{s:s, s:s}, s:b, s:b}", "import",
                     groups->import, "mode", scim_sync_rules_modes[groups->listed], "ignore",
                     ignore_json(groups->ignore), "mappings", mappings_json(groups->mappings, 0),
                     "patterns", patterns_json(&groups->names), "otherwise",
                     scim_sync_rules_otherwise[groups->names.skip_others], "passThrough", "prefix",
                     groups->prefix, "suffix", groups->suffix, "delete", groups->delete_ours,
                     "authoritative", groups->authoritative);
}

static json_t *guard_json(const scim_sync_rules_guard_t *guard)
{
    json_t *j = json_pack("{s:b, s:i}", "enabled", guard->enabled, "window", guard->window);
    int i;

    for (i = 0; i < SCIM_SYNC_GUARD_KINDS; i++) {
        json_object_set_new(j, scim_sync_rules_guarded[i],
                            json_pack("{s:i, s:i}", "number", guard->limits[i].number, "percent",
                                      guard->limits[i].percent));
    }
    return j;
}

json_t *scim_sync_rules_json(const scim_sync_rules_t *rules, apr_pool_t *p)
{
    return scim_sync_json_own(json_pack("{s:i, s:o, s:o, s:o}", "precedence", rules->precedence,
                                        "users", users_json(&rules->users, rules->customers),
                                        "groups", groups_json(&rules->groups, rules->customers),
                                        "guard", guard_json(&rules->guard)),
                              p);
}

/* ---- differences ---- */

static void add_difference(apr_array_header_t *parts, const char *path, const json_t *before,
                           const json_t *after, apr_pool_t *p)
{
    if (!json_equal(before, after)) {
        APR_ARRAY_PUSH(parts, const char *) =
            apr_pstrcat(p, parts->nelts ? "; " : "", path, ": ",
                        scim_sync_json_text(before, NULL, p), " -> ",
                        scim_sync_json_text(after, NULL, p), NULL);
    }
}

const char *scim_sync_rules_difference(const scim_sync_rules_t *before,
                                       const scim_sync_rules_t *after, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, 4, sizeof(const char *));
    json_t *old = scim_sync_rules_json(before, p);
    json_t *new = scim_sync_rules_json(after, p);
    const char *section;
    const char *key;
    json_t *values;
    json_t *value;

    json_object_foreach(old, section, values)
    {
        const json_t *others = json_object_get(new, section);

        if (!json_is_object(values)) {
            add_difference(parts, section, values, others, p);
        }
        json_object_foreach(values, key, value)
        {
            add_difference(parts, apr_pstrcat(p, section, ".", key, NULL), value,
                           json_object_get(others, key), p);
        }
    }
    return apr_array_pstrcat(p, parts, '\0');
}
