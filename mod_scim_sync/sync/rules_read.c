/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from their JSON form.
 */
#include "sync/rules_int.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <unictype.h>
#include <unistr.h>

#include "base/json.h"
#include "jira/servicedesk.h"
#include "store/config.h"
#include "store/portal.h"
#include "sync/rules_value.h"

/* Of all of them in canonical form, in bytes: an event tells of them, too. */
#define RULES_MAX         262144
#define PATTERNS_MAX      50
#define IGNORED_MAX       200
#define MAPPINGS_MAX      2000
#define NAMES_MAX         50
#define GROUP_MAX         1024 /* bytes of an IdP's group name */
#define GRACE_PERIOD_MAX  31536000
#define PRECEDENCE_MAX    1000000
#define PRECEDENCE_NORMAL 100
#define GUARD_NUMBER_MAX  1000000
#define GUARD_WINDOW_MAX  10080 /* minutes: a week */
/* Rules are this deep; what is stored was checked before. */
#define DEPTH_MAX 8

const char *const scim_sync_rules_leavings[] = { "takeBack", "removeAccess", "suspend", "delete",
                                                 "nothing",  "revoke",       NULL };
const char *const scim_sync_rules_otherwise[] = { "keep", "skip", NULL };
const char *const scim_sync_rules_modes[] = { "all", "listed", NULL };
const char *const scim_sync_rules_attributes[] = { "userName", "email", NULL };
const char *const scim_sync_rules_guarded[] = { "deactivations", "deletions", "memberships", NULL };

/* docs/rules.md says why these. */
static const scim_sync_rules_guard_t guard_normal = {
    .enabled = 1,
    .window = 60,
    .limits = { [SCIM_SYNC_GUARD_DEACTIVATIONS] = { .number = 500, .percent = 10 },
                [SCIM_SYNC_GUARD_DELETIONS] = { .number = 100, .percent = 10 },
                [SCIM_SYNC_GUARD_MEMBERSHIPS] = { .number = 1000, .percent = 20 } }
};

static const char *const products[] = { "jira-software", "jira-servicedesk", "jira-core",
                                        "jira-product-discovery", NULL };

apr_size_t scim_sync_rules_length(const char *text)
{
    return u8_mbsnlen((const uint8_t *)text, strlen(text));
}

int scim_sync_is_product(const char *name)
{
    return scim_sync_rules_index(products, name) >= 0;
}

/* Of any script: what is copied from a page may end with a blank that does not break lines. */
static int is_blank(const uint8_t *at, apr_size_t length)
{
    ucs4_t character;

    return length > 0 && u8_mbtouc(&character, at, length) > 0 &&
           uc_is_property_white_space(character);
}

static void expect_no_blank_before(scim_sync_place_t at, const char *name)
{
    if (is_blank((const uint8_t *)name, strlen(name))) {
        scim_sync_place_refuse(at, "must not begin with a blank");
    }
}

static void expect_no_blank_behind(scim_sync_place_t at, const char *name)
{
    const uint8_t *start = (const uint8_t *)name;
    const uint8_t *end = start + strlen(name);
    ucs4_t character;
    const uint8_t *last = u8_prev(&character, end, start);

    if (last && is_blank(last, (apr_size_t)(end - last))) {
        scim_sync_place_refuse(at, "must not end with a blank");
    }
}

/* A piece of a group's name in Jira. */
static const char *read_jira_piece(scim_sync_place_t at)
{
    const char *name = scim_sync_read_name(at, 4 * SCIM_SYNC_JIRA_NAME_MAX);

    if (scim_sync_rules_length(name) > SCIM_SYNC_JIRA_NAME_MAX) {
        scim_sync_place_refuse(at, "must not be longer than %d characters, which is Jira's limit",
                               SCIM_SYNC_JIRA_NAME_MAX);
    }
    return name;
}

/* The whole of it. */
static const char *read_jira_name(scim_sync_place_t at)
{
    const char *name = read_jira_piece(at);

    expect_no_blank_before(at, name);
    expect_no_blank_behind(at, name);
    return name;
}

/* "project/DEMO". Jira's keys are made so: letters, digits and _, in capitals, two at least. */
static const char *read_project(scim_sync_place_t at)
{
    const char *key = scim_sync_read_text(at, SCIM_SYNC_JIRA_NAME_MAX / 2);

    if (!apr_isupper(*key) || !key[1] ||
        key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")]) {
        scim_sync_place_refuse(at, "must be the key of a project, such as DEMO");
    }
    return apr_pstrcat(at.in->p, SCIM_SYNC_PORTAL_PROJECT_NAME, key, NULL);
}

/* "organization/Example Ltd" */
static const char *read_organization(scim_sync_place_t at)
{
    const char *name = scim_sync_read_name(at, 4 * SCIM_SYNC_JIRA_ORGANIZATION_NAME);

    expect_no_blank_before(at, name);
    expect_no_blank_behind(at, name);
    if (!scim_sync_jira_is_organization_name(name)) {
        scim_sync_place_refuse(at, "must be the name of an organization: 1 to %d characters",
                               SCIM_SYNC_JIRA_ORGANIZATION_NAME);
    }
    return apr_pstrcat(at.in->p, SCIM_SYNC_PORTAL_ORGANIZATION_NAME, name, NULL);
}

static const char *read_product(scim_sync_place_t at)
{
    const char *name = scim_sync_read_text(at, 64);

    if (!scim_sync_is_product(name)) {
        scim_sync_place_refuse(at, "must be one of " SCIM_SYNC_PRODUCTS);
    }
    return name;
}

/* ---- patterns ---- */

/* NULL when it is no good. */
static scim_sync_rewrite_t read_rewrite(scim_sync_place_t at)
{
    static const char *const keys[] = { "pattern", "replacement", NULL };
    scim_sync_place_t replacement = scim_sync_place_below(at, "replacement");
    scim_sync_rewrite_t rewrite;
    const char *why;

    scim_sync_read_keys(at, keys);
    rewrite.pattern = scim_sync_read_pattern(scim_sync_place_below(at, "pattern"));
    rewrite.replacement = scim_sync_read_text(replacement, SCIM_SYNC_REPLACEMENT_MAX);
    if (!at.in->why && scim_sync_pattern_check_replacement(rewrite.pattern, rewrite.replacement,
                                                           &why, at.in->p) != APR_SUCCESS) {
        scim_sync_place_refuse(replacement, "%s", why);
    }
    return rewrite;
}

/* Both of users and of groups: patterns, otherwise. */
static void read_rewriting(scim_sync_place_t at, scim_sync_rewriting_t *names)
{
    scim_sync_place_t list = scim_sync_place_below(at, "patterns");
    apr_size_t size = scim_sync_read_size(list, PATTERNS_MAX);
    apr_array_header_t *patterns = apr_array_make(at.in->p, (int)size, sizeof(scim_sync_rewrite_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        APR_ARRAY_PUSH(patterns, scim_sync_rewrite_t) =
            read_rewrite(scim_sync_place_element(list, i));
    }
    names->patterns = patterns;
    names->skip_others =
        scim_sync_read_choice(scim_sync_place_below(at, "otherwise"), scim_sync_rules_otherwise);
}

static apr_array_header_t *read_conditions(scim_sync_place_t at)
{
    static const char *const keys[] = { "attribute", "pattern", NULL };
    apr_size_t size = scim_sync_read_size(at, PATTERNS_MAX);
    apr_array_header_t *list = apr_array_make(at.in->p, (int)size, sizeof(scim_sync_condition_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        scim_sync_condition_t *condition = &APR_ARRAY_PUSH(list, scim_sync_condition_t);
        scim_sync_place_t one = scim_sync_place_element(at, i);
        scim_sync_place_t attribute = scim_sync_place_below(one, "attribute");

        scim_sync_read_keys(one, keys);
        scim_sync_read_text(attribute, 64);
        condition->attribute = scim_sync_read_choice(attribute, scim_sync_rules_attributes);
        condition->pattern = scim_sync_read_pattern(scim_sync_place_below(one, "pattern"));
    }
    return list;
}

/* ---- users and groups ---- */

static int is_customers(scim_sync_place_t at)
{
    return !strcmp(at.in->mode, SCIM_SYNC_MODE_CUSTOMERS);
}

static apr_array_header_t *read_names(scim_sync_place_t at,
                                      const char *(*read)(scim_sync_place_t at))
{
    apr_array_header_t *names = apr_array_make(at.in->p, 4, sizeof(const char *));

    scim_sync_read_set(names, at, NAMES_MAX, read);
    return names;
}

/* The names of portals (store/portal.h) that two lists give. */
static apr_array_header_t *read_portals(scim_sync_place_t at, const char *projects,
                                        const char *organizations)
{
    apr_array_header_t *names = read_names(scim_sync_place_below(at, projects), read_project);

    scim_sync_read_set(names, scim_sync_place_below(at, organizations), NAMES_MAX,
                       read_organization);
    return names;
}

static scim_sync_leaving_t read_leaving(scim_sync_place_t at)
{
    static const char *const of_users[] = { "takeBack", "removeAccess", "suspend",
                                            "delete",   "nothing",      NULL };
    static const char *const of_customers[] = { "takeBack", "revoke", "nothing", NULL };
    const char *const *words = is_customers(at) ? of_customers : of_users;
    int number = scim_sync_rules_index(scim_sync_rules_leavings, json_string_value(at.value));

    if (number >= 0 && scim_sync_rules_index(words, scim_sync_rules_leavings[number]) >= 0) {
        return (scim_sync_leaving_t)number;
    }
    if (number >= 0) {
        scim_sync_place_refuse(at, "must be %s for an IdP of mode %s",
                               scim_sync_rules_words(words, at.in->p), at.in->mode);
    }
    else {
        scim_sync_read_choice(at, words);
    }
    return SCIM_SYNC_LEAVING_TAKE_BACK;
}

static void check_users(scim_sync_place_t at)
{
    static const char *const of_users[] = { "import",    "update",      "onDeactivate",
                                            "onDelete",  "gracePeriod", "defaultGroups",
                                            "products",  "filter",      "patterns",
                                            "otherwise", NULL };
    static const char *const of_customers[] = { "import",    "update",      "onDeactivate",
                                                "onDelete",  "gracePeriod", "defaultProjects",
                                                "filter",    "patterns",    "defaultOrganizations",
                                                "otherwise", "invite",      NULL };
    static const scim_sync_foreign_t not_of_users[] = { { "defaultProjects", "has defaultGroups" },
                                                        { "defaultOrganizations",
                                                          "has defaultGroups" },
                                                        { "invite", "leaves invitations to Jira" },
                                                        { NULL, NULL } };
    static const scim_sync_foreign_t not_of_customers[] = {
        { "defaultGroups", "has defaultProjects and defaultOrganizations" },
        { "products", "gives no products" },
        { NULL, NULL }
    };

    if (is_customers(at)) {
        scim_sync_read_keys_of_mode(at, of_customers, not_of_customers);
    }
    else {
        scim_sync_read_keys_of_mode(at, of_users, not_of_users);
    }
}

static void read_users(scim_sync_place_t at, scim_sync_rules_users_t *users)
{
    static const char *const filter_keys[] = { "include", "exclude", NULL };
    scim_sync_place_t filter = scim_sync_place_below(at, "filter");
    scim_sync_place_t wanted = scim_sync_place_below(at, "products");

    check_users(at);
    scim_sync_read_keys(filter, filter_keys);
    users->import = 1;
    scim_sync_read_flag(scim_sync_place_below(at, "import"), &users->import);
    scim_sync_read_flag(scim_sync_place_below(at, "update"), &users->update);
    scim_sync_read_flag(scim_sync_place_below(at, "invite"), &users->invite);
    users->on_deactivate = read_leaving(scim_sync_place_below(at, "onDeactivate"));
    users->on_delete = read_leaving(scim_sync_place_below(at, "onDelete"));
    users->grace_period =
        scim_sync_read_number(scim_sync_place_below(at, "gracePeriod"), GRACE_PERIOD_MAX, 0);
    users->default_groups =
        is_customers(at) ? read_portals(at, "defaultProjects", "defaultOrganizations")
                         : read_names(scim_sync_place_below(at, "defaultGroups"), read_jira_name);
    users->products = wanted.value ? read_names(wanted, read_product) : NULL;
    users->include = read_conditions(scim_sync_place_below(filter, "include"));
    users->exclude = read_conditions(scim_sync_place_below(filter, "exclude"));
    read_rewriting(at, &users->names);
}

static void read_mapped_groups(scim_sync_place_t at, scim_sync_mapping_t *mapping)
{
    static const char *const keys[] = { "group", "jiraGroups", "authoritative", NULL };
    static const scim_sync_foreign_t others[] = { { "projects", "has jiraGroups" },
                                                  { "organizations", "has jiraGroups" },
                                                  { NULL, NULL } };
    scim_sync_place_t names = scim_sync_place_below(at, "jiraGroups");

    scim_sync_read_keys_of_mode(at, keys, others);
    mapping->names = read_names(names, read_jira_name);
    if (mapping->names->nelts == 0) {
        scim_sync_place_refuse(names, "must name a group in Jira; what is to be left out belongs "
                                      "into groups.ignore");
    }
}

static void read_mapped_portals(scim_sync_place_t at, scim_sync_mapping_t *mapping)
{
    static const char *const keys[] = { "group", "projects", "organizations", "authoritative",
                                        NULL };
    static const scim_sync_foreign_t others[] = {
        { "jiraGroups", "has projects and organizations" }, { NULL, NULL }
    };

    scim_sync_read_keys_of_mode(at, keys, others);
    mapping->names = read_portals(at, "projects", "organizations");
    if (mapping->names->nelts == 0) {
        scim_sync_place_refuse(at, "must name a project or an organization; a group that is not "
                                   "mapped stands for nothing");
    }
}

static void read_mapping(scim_sync_place_t at, scim_sync_mapping_t *mapping)
{
    scim_sync_place_t group = scim_sync_place_below(at, "group");

    if (is_customers(at)) {
        read_mapped_portals(at, mapping);
    }
    else {
        read_mapped_groups(at, mapping);
    }
    mapping->group = scim_sync_read_name(group, GROUP_MAX);
    scim_sync_read_some(group, mapping->group);
    mapping->authoritative = -1;
    scim_sync_read_flag(scim_sync_place_below(at, "authoritative"), &mapping->authoritative);
}

static void read_mappings(scim_sync_place_t at, scim_sync_rules_groups_t *groups)
{
    apr_size_t size = scim_sync_read_size(at, MAPPINGS_MAX);
    apr_array_header_t *list = apr_array_make(at.in->p, (int)size, sizeof(scim_sync_mapping_t));
    apr_size_t i;

    groups->mapped = apr_hash_make(at.in->p);
    for (i = 0; i < size; i++) {
        scim_sync_mapping_t *mapping = &APR_ARRAY_PUSH(list, scim_sync_mapping_t);
        scim_sync_place_t one = scim_sync_place_element(at, i);

        read_mapping(one, mapping);
        if (apr_hash_get(groups->mapped, mapping->group, APR_HASH_KEY_STRING)) {
            scim_sync_place_refuse(scim_sync_place_below(one, "group"), "is mapped already");
        }
        apr_hash_set(groups->mapped, mapping->group, APR_HASH_KEY_STRING, mapping);
    }
    groups->mappings = list;
}

static apr_array_header_t *read_ignore(scim_sync_place_t at)
{
    static const char *const keys[] = { "group", "pattern", NULL };
    apr_size_t size = scim_sync_read_size(at, IGNORED_MAX);
    apr_array_header_t *list = apr_array_make(at.in->p, (int)size, sizeof(scim_sync_ignore_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        scim_sync_ignore_t *ignore = &APR_ARRAY_PUSH(list, scim_sync_ignore_t);
        scim_sync_place_t one = scim_sync_place_element(at, i);
        scim_sync_place_t group = scim_sync_place_below(one, "group");
        scim_sync_place_t pattern = scim_sync_place_below(one, "pattern");

        scim_sync_read_keys(one, keys);
        if (!group.value == !pattern.value) {
            scim_sync_place_refuse(one, "must have either group or pattern");
        }
        *ignore = (scim_sync_ignore_t) {
            .group = group.value ? scim_sync_read_name(group, GROUP_MAX) : NULL,
            .pattern = pattern.value ? scim_sync_read_pattern(pattern) : NULL
        };
    }
    return list;
}

static void check_groups(scim_sync_place_t at)
{
    static const char *const of_users[] = { "import",        "mode",      "mappings", "passThrough",
                                            "patterns",      "otherwise", "ignore",   "delete",
                                            "authoritative", NULL };
    static const char *const of_customers[] = { "import", "mappings", "ignore", "authoritative",
                                                NULL };
    static const scim_sync_foreign_t none[] = { { NULL, NULL } };
    static const scim_sync_foreign_t not_of_customers[] = {
        { "mode", "has only groups that are mapped" },
        { "patterns", "has only groups that are mapped" },
        { "otherwise", "has only groups that are mapped" },
        { "passThrough", "has only groups that are mapped" },
        { "delete", "deletes no projects and organizations" },
        { NULL, NULL }
    };

    if (is_customers(at)) {
        scim_sync_read_keys_of_mode(at, of_customers, not_of_customers);
    }
    else {
        scim_sync_read_keys_of_mode(at, of_users, none);
    }
}

static void read_groups(scim_sync_place_t at, scim_sync_rules_groups_t *groups)
{
    static const char *const pass_keys[] = { "prefix", "suffix", NULL };
    scim_sync_place_t pass = scim_sync_place_below(at, "passThrough");
    scim_sync_place_t prefix = scim_sync_place_below(pass, "prefix");
    scim_sync_place_t suffix = scim_sync_place_below(pass, "suffix");

    check_groups(at);
    scim_sync_read_keys(pass, pass_keys);
    groups->import = 1;
    scim_sync_read_flag(scim_sync_place_below(at, "import"), &groups->import);
    groups->listed =
        scim_sync_read_choice(scim_sync_place_below(at, "mode"), scim_sync_rules_modes);
    read_mappings(scim_sync_place_below(at, "mappings"), groups);
    groups->prefix = prefix.value ? read_jira_piece(prefix) : "";
    groups->suffix = suffix.value ? read_jira_piece(suffix) : "";
    expect_no_blank_before(prefix, groups->prefix);
    expect_no_blank_behind(suffix, groups->suffix);
    read_rewriting(at, &groups->names);
    groups->ignore = read_ignore(scim_sync_place_below(at, "ignore"));
    scim_sync_read_flag(scim_sync_place_below(at, "delete"), &groups->delete_ours);
    scim_sync_read_flag(scim_sync_place_below(at, "authoritative"), &groups->authoritative);
}

/* ---- the guard ---- */

const char *scim_sync_guard_name(scim_sync_guard_kind_t kind)
{
    return scim_sync_rules_guarded[kind];
}

static void read_limit(scim_sync_place_t at, scim_sync_rules_limit_t *limit)
{
    static const char *const keys[] = { "number", "percent", NULL };

    scim_sync_read_keys(at, keys);
    limit->number =
        scim_sync_read_number(scim_sync_place_below(at, "number"), GUARD_NUMBER_MAX, limit->number);
    limit->percent =
        scim_sync_read_number(scim_sync_place_below(at, "percent"), 100, limit->percent);
}

static void read_guard(scim_sync_place_t at, scim_sync_rules_guard_t *guard)
{
    static const char *const keys[] = { "enabled",   "window",      "deactivations",
                                        "deletions", "memberships", NULL };
    scim_sync_place_t window = scim_sync_place_below(at, "window");
    int i;

    *guard = guard_normal;
    scim_sync_read_keys(at, keys);
    scim_sync_read_flag(scim_sync_place_below(at, "enabled"), &guard->enabled);
    guard->window = scim_sync_read_number(window, GUARD_WINDOW_MAX, guard->window);
    if (guard->window == 0) {
        scim_sync_place_refuse(window, "must not be 0: enabled is what turns the guard off");
    }
    for (i = 0; i < SCIM_SYNC_GUARD_KINDS; i++) {
        read_limit(scim_sync_place_below(at, scim_sync_rules_guarded[i]), &guard->limits[i]);
    }
}

apr_status_t scim_sync_rules_read(const scim_sync_rules_t **rules, const json_t *j,
                                  const char *mode, const char **why, apr_pool_t *p)
{
    static const char *const keys[] = { "precedence", "users", "groups", "guard", NULL };
    scim_sync_rules_t *made = apr_pcalloc(p, sizeof(*made));
    scim_sync_reader_t in = { .mode = mode, .p = p };
    scim_sync_place_t top = { .in = &in, .value = j, .path = "" };

    if (!json_is_object(j)) {
        scim_sync_place_refuse(top, "rules must be an object");
    }
    scim_sync_read_keys(top, keys);
    made->customers = is_customers(top);
    made->precedence = scim_sync_read_number(scim_sync_place_below(top, "precedence"),
                                             PRECEDENCE_MAX, PRECEDENCE_NORMAL);
    read_users(scim_sync_place_below(top, "users"), &made->users);
    read_groups(scim_sync_place_below(top, "groups"), &made->groups);
    read_guard(scim_sync_place_below(top, "guard"), &made->guard);
    if (!in.why && json_dumpb(scim_sync_rules_json(made, p), NULL, 0, JSON_COMPACT) > RULES_MAX) {
        scim_sync_place_refuse(top, "rules must not be longer than %d bytes", RULES_MAX);
    }
    *rules = in.why ? NULL : made;
    *why = in.why;
    return in.why ? APR_EINVAL : APR_SUCCESS;
}

apr_status_t scim_sync_rules_parse(const scim_sync_rules_t **rules, const char *text,
                                   const char *mode, const char **why, apr_pool_t *p)
{
    json_t *j;

    *rules = NULL;
    return scim_sync_json_parse(&j, text, strlen(text), DEPTH_MAX, why, p) == APR_SUCCESS
               ? scim_sync_rules_read(rules, j, mode, why, p)
               : APR_EINVAL;
}
