/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_choice.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "sync/rules_value.h"

/* Of the whole in canonical form, in bytes: an event tells of it, too. */
#define CHOICE_MAX 65536
#define UNITS_MAX  100
#define GROUPS_MAX 200
/* In bytes; Google says of none of them how long it may be. */
#define UNIT_MAX    1024
#define QUERY_MAX   1000
#define ADDRESS_MAX 254
#define DOMAIN_MAX  253
/* A choice is this deep; what is stored was checked before. */
#define DEPTH_MAX 6

static const char *const everybody_words[] = { "ignore", "expand", NULL };

/* ---- reading ---- */

static const char *read_domain(scim_sync_place_t at)
{
    const char *domain;

    if (!at.value) {
        return NULL;
    }
    domain = scim_sync_fold(scim_sync_read_name(at, DOMAIN_MAX), at.in->p);
    if (!strchr(domain, '.') || domain[strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789.-")]) {
        scim_sync_place_refuse(at, "must be a domain, such as one.example.com");
    }
    return domain;
}

static const char *read_unit(scim_sync_place_t at)
{
    const char *unit = scim_sync_read_name(at, UNIT_MAX);
    apr_size_t length = strlen(unit);

    if (*unit != '/' || strstr(unit, "//") || (length > 1 && unit[length - 1] == '/')) {
        scim_sync_place_refuse(at, "must be the path of an organizational unit, such as "
                                   "/Sales/Europe; / is all of them");
    }
    return unit;
}

static const char *read_query(scim_sync_place_t at)
{
    const char *query = scim_sync_read_name(at, QUERY_MAX);

    scim_sync_read_some(at, query);
    return query;
}

static apr_array_header_t *read_texts(scim_sync_place_t at, apr_size_t most,
                                      const char *(*read)(scim_sync_place_t at))
{
    apr_array_header_t *list = apr_array_make(at.in->p, 4, sizeof(const char *));

    scim_sync_read_set(list, at, most, read);
    return list;
}

static void read_one_of_groups(scim_sync_place_t at, scim_sync_chosen_groups_t *one)
{
    static const char *const keys[] = { "group", "pattern", NULL };
    scim_sync_place_t group = scim_sync_place_below(at, "group");
    scim_sync_place_t pattern = scim_sync_place_below(at, "pattern");

    scim_sync_read_keys(at, keys);
    if (!group.value == !pattern.value) {
        scim_sync_place_refuse(at, "must have either group or pattern");
    }
    if (group.value) {
        one->address = scim_sync_read_name(group, ADDRESS_MAX);
        one->key = scim_sync_fold(one->address, at.in->p);
        if (!scim_sync_is_email(one->address)) {
            scim_sync_place_refuse(group, "must be the address of a group; a pattern matches many");
        }
    }
    else {
        one->pattern = scim_sync_read_pattern(pattern);
    }
}

static apr_array_header_t *read_groups(scim_sync_place_t at)
{
    apr_size_t size = scim_sync_read_size(at, GROUPS_MAX);
    apr_array_header_t *list =
        apr_array_make(at.in->p, (int)size + 1, sizeof(scim_sync_chosen_groups_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        scim_sync_chosen_groups_t *one = &APR_ARRAY_PUSH(list, scim_sync_chosen_groups_t);

        *one = (scim_sync_chosen_groups_t) { .address = NULL };
        read_one_of_groups(scim_sync_place_element(at, i), one);
    }
    return list;
}

static void read_users(scim_sync_place_t at, scim_sync_choice_t *choice)
{
    static const char *const keys[] = { "orgUnits", "queries", NULL };
    static const char *const unit_keys[] = { "include", "exclude", NULL };
    scim_sync_place_t units = scim_sync_place_below(at, "orgUnits");

    scim_sync_read_keys(at, keys);
    scim_sync_read_keys(units, unit_keys);
    choice->units = read_texts(scim_sync_place_below(units, "include"), UNITS_MAX, read_unit);
    choice->units_out = read_texts(scim_sync_place_below(units, "exclude"), UNITS_MAX, read_unit);
    choice->queries =
        read_texts(scim_sync_place_below(at, "queries"), SCIM_SYNC_CHOICE_QUERIES, read_query);
}

static void read_groups_part(scim_sync_place_t at, scim_sync_choice_t *choice)
{
    static const char *const keys[] = { "include", "exclude", "query", NULL };
    scim_sync_place_t query = scim_sync_place_below(at, "query");

    scim_sync_read_keys(at, keys);
    choice->groups = read_groups(scim_sync_place_below(at, "include"));
    choice->groups_out = read_groups(scim_sync_place_below(at, "exclude"));
    choice->group_query = query.value ? read_query(query) : NULL;
}

apr_status_t scim_sync_choice_read(const scim_sync_choice_t **choice, const json_t *j,
                                   const char **why, apr_pool_t *p)
{
    static const char *const keys[] = { "domain",    "users", "groups", "onlyMembersOfGroups",
                                        "everybody", NULL };
    scim_sync_choice_t *made = apr_pcalloc(p, sizeof(*made));
    scim_sync_reader_t in = { .what = "setting of the choice", .p = p };
    scim_sync_place_t top = { .in = &in, .value = j, .path = "" };

    if (!json_is_object(j)) {
        scim_sync_place_refuse(top, "a choice must be an object");
    }
    scim_sync_read_keys(top, keys);
    made->domain = read_domain(scim_sync_place_below(top, "domain"));
    read_users(scim_sync_place_below(top, "users"), made);
    read_groups_part(scim_sync_place_below(top, "groups"), made);
    scim_sync_read_flag(scim_sync_place_below(top, "onlyMembersOfGroups"), &made->only_members);
    made->everybody =
        scim_sync_read_choice(scim_sync_place_below(top, "everybody"), everybody_words);
    if (!in.why && json_dumpb(scim_sync_choice_json(made, p), NULL, 0, JSON_COMPACT) > CHOICE_MAX) {
        scim_sync_place_refuse(top, "a choice must not be longer than %d bytes", CHOICE_MAX);
    }
    *choice = in.why ? NULL : made;
    *why = in.why;
    return in.why ? APR_EINVAL : APR_SUCCESS;
}

apr_status_t scim_sync_choice_parse(const scim_sync_choice_t **choice, const char *text,
                                    const char **why, apr_pool_t *p)
{
    json_t *j;

    *choice = NULL;
    return scim_sync_json_parse(&j, text, strlen(text), DEPTH_MAX, why, p) == APR_SUCCESS
               ? scim_sync_choice_read(choice, j, why, p)
               : APR_EINVAL;
}

/* ---- writing ---- */

static json_t *groups_json(const apr_array_header_t *groups)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_chosen_groups_t *one = &APR_ARRAY_IDX(groups, i, scim_sync_chosen_groups_t);

        json_array_append_new(list, one->pattern ? json_pack("{s:s}", "pattern",
                                                             scim_sync_pattern_text(one->pattern))
                                                 : json_pack("{s:s}", "group", one->address));
    }
    return list;
}

json_t *scim_sync_choice_json(const scim_sync_choice_t *choice, apr_pool_t *p)
{
    json_t *units = json_pack("{s:o, s:o}", "include", scim_sync_json_list(choice->units),
                              "exclude", scim_sync_json_list(choice->units_out));
    json_t *users =
        json_pack("{s:o, s:o}", "orgUnits", units, "queries", scim_sync_json_list(choice->queries));
    json_t *groups =
        json_pack("{s:o, s:o, s:s?}", "include", groups_json(choice->groups), "exclude",
                  groups_json(choice->groups_out), "query", choice->group_query);

    return scim_sync_json_own(json_pack("{s:s?, s:o, s:o, s:b, s:s}", "domain", choice->domain,
                                        "users", users, "groups", groups, "onlyMembersOfGroups",
                                        choice->only_members, "everybody",
                                        everybody_words[choice->everybody]),
                              p);
}

/* A list as a text; nothing of an empty one. */
static void put_list(json_t *flat, const char *path, json_t *list, apr_pool_t *p)
{
    if (json_array_size(list) > 0) {
        scim_sync_json_put(flat, path, scim_sync_json_text(list, NULL, p));
    }
    json_decref(list);
}

json_t *scim_sync_choice_flat(const scim_sync_choice_t *choice, apr_pool_t *p)
{
    json_t *flat = scim_sync_json_own(json_object(), p);

    scim_sync_json_put(flat, "domain", choice->domain);
    put_list(flat, "users.orgUnits.include", scim_sync_json_list(choice->units), p);
    put_list(flat, "users.orgUnits.exclude", scim_sync_json_list(choice->units_out), p);
    put_list(flat, "users.queries", scim_sync_json_list(choice->queries), p);
    put_list(flat, "groups.include", groups_json(choice->groups), p);
    put_list(flat, "groups.exclude", groups_json(choice->groups_out), p);
    scim_sync_json_put(flat, "groups.query", choice->group_query);
    scim_sync_json_put(flat, "onlyMembersOfGroups", choice->only_members ? "true" : "false");
    scim_sync_json_put(flat, "everybody", everybody_words[choice->everybody]);
    return flat;
}

/* ---- asking ---- */

/* "/Sales" holds "/Sales/Europe", and not "/Salesforce". */
static int holds_unit(const apr_array_header_t *units, const char *path)
{
    int i;

    for (i = 0; i < units->nelts; i++) {
        const char *unit = APR_ARRAY_IDX(units, i, const char *);
        apr_size_t length = strcmp(unit, "/") ? strlen(unit) : 0;

        if (!strncmp(unit, path, length) && (path[length] == '/' || !path[length])) {
            return 1;
        }
    }
    return 0;
}

scim_sync_chosen_t scim_sync_choice_user(const scim_sync_choice_t *choice, const char *org_unit,
                                         const char **fault, apr_pool_t *p)
{
    if (choice->units->nelts + choice->units_out->nelts == 0) {
        return SCIM_SYNC_CHOSEN_YES;
    }
    if (!org_unit) {
        *fault = apr_pstrdup(p, "Google does not say in which organizational unit this user is");
        return SCIM_SYNC_CHOSEN_UNKNOWN;
    }
    return (choice->units->nelts == 0 || holds_unit(choice->units, org_unit)) &&
                   !holds_unit(choice->units_out, org_unit)
               ? SCIM_SYNC_CHOSEN_YES
               : SCIM_SYNC_CHOSEN_NO;
}

/* *trouble is set when none matches, and a pattern was given up. */
static int holds_group(const apr_array_header_t *groups, const char *address, const char *key,
                       const char **trouble, apr_pool_t *p)
{
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_chosen_groups_t *one = &APR_ARRAY_IDX(groups, i, scim_sync_chosen_groups_t);
        const char *why = NULL;

        if (one->pattern ? scim_sync_pattern_matches(one->pattern, address, &why, p)
                         : key && !strcmp(one->key, key)) {
            return 1;
        }
        if (why && !*trouble) {
            *trouble = apr_pstrcat(p, "the pattern ", scim_sync_pattern_text(one->pattern),
                                   " of the choice was given up on its address: ", why, NULL);
        }
    }
    return 0;
}

scim_sync_chosen_t scim_sync_choice_group(const scim_sync_choice_t *choice, const char *address,
                                          const char **fault, apr_pool_t *p)
{
    const char *kept = NULL;   /* by a pattern that was given up: it may be excluded, */
    const char *missed = NULL; /* or included */
    const char *key;
    int wanted;

    if (choice->groups->nelts + choice->groups_out->nelts == 0) {
        return SCIM_SYNC_CHOSEN_YES;
    }
    if (!address) {
        *fault = apr_pstrdup(p, "Google does not say this group's address");
        return SCIM_SYNC_CHOSEN_UNKNOWN;
    }
    key = scim_sync_fold(address, p);
    if (holds_group(choice->groups_out, address, key, &kept, p)) {
        return SCIM_SYNC_CHOSEN_NO;
    }
    wanted = choice->groups->nelts == 0 || holds_group(choice->groups, address, key, &missed, p);
    *fault = wanted ? kept : missed;
    if (*fault) {
        return SCIM_SYNC_CHOSEN_UNKNOWN;
    }
    return wanted ? SCIM_SYNC_CHOSEN_YES : SCIM_SYNC_CHOSEN_NO;
}

const char *scim_sync_choice_unit(const scim_sync_choice_t *choice)
{
    const char *unit =
        choice->units->nelts == 1 ? APR_ARRAY_IDX(choice->units, 0, const char *) : NULL;

    return unit && strcmp(unit, "/") ? unit : NULL;
}

int scim_sync_choice_asks_users(const scim_sync_choice_t *choice)
{
    return choice->queries->nelts > 0 || choice->domain || scim_sync_choice_unit(choice);
}

int scim_sync_choice_listings(const scim_sync_choice_t *choice)
{
    return choice->queries->nelts > 0 ? choice->queries->nelts : 1;
}

int scim_sync_choice_sifts_groups(const scim_sync_choice_t *choice)
{
    return choice->group_query || choice->groups->nelts + choice->groups_out->nelts > 0;
}
