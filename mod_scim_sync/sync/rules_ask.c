/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules say of one person, and of one group.
 */
#include "sync/rules_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* A name on its way through the patterns. */
typedef struct {
    enum { KEPT, REWRITTEN, SKIPPED, UNFIT } fate;
    const char *name; /* NULL of the last two */
} fate_t;

static const char *path_of(const char *list, int i, apr_pool_t *p)
{
    return apr_psprintf(p, "%s[%d]", list, i);
}

static void decide(scim_sync_rule_reason_t *reason, const char *rule, const char *why)
{
    reason->rule = rule;
    reason->why = why;
}

static void warn(scim_sync_rule_reason_t *reason, const char *rule, const char *trouble,
                 apr_pool_t *p)
{
    const char *warning = apr_pstrcat(p, rule, ": ", trouble, NULL);

    reason->warning =
        reason->warning ? apr_pstrcat(p, reason->warning, "; ", warning, NULL) : warning;
}

static int matches(const scim_sync_pattern_t *pattern, const char *subject, const char *rule,
                   scim_sync_rule_reason_t *reason, apr_pool_t *p)
{
    const char *trouble = NULL;
    int matched = scim_sync_pattern_matches(pattern, subject, &trouble, p);

    if (trouble) {
        warn(reason, rule, trouble, p);
    }
    return matched;
}

static const char *says_match(const char *what, const scim_sync_pattern_t *pattern, apr_pool_t *p)
{
    return apr_pstrcat(p, what, " matches ", scim_sync_pattern_text(pattern), NULL);
}

/* ---- patterns that make names ---- */

/* Blanks at the ends are what a pattern left over; in Jira they would be part of the name. */
static const char *trim(const char *text, apr_pool_t *p)
{
    apr_size_t length;

    text += strspn(text, " ");
    length = strlen(text);
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    return apr_pstrmemdup(p, text, length);
}

static fate_t take(const char *result, const scim_sync_pattern_t *pattern, const char *rule,
                   scim_sync_rule_reason_t *reason, apr_pool_t *p)
{
    fate_t fate = { .fate = REWRITTEN, .name = result ? trim(result, p) : NULL };

    if (fate.name && *fate.name) {
        decide(reason, rule, says_match("the name", pattern, p));
        return fate;
    }
    fate.fate = fate.name ? SKIPPED : UNFIT;
    decide(reason, rule,
           fate.name ? "the replacement leaves nothing of the name"
                     : "the replacement makes a name that is too long or holds control characters");
    fate.name = NULL;
    return fate;
}

static fate_t rewrite(const scim_sync_rewriting_t *names, const char *name, const char *section,
                      scim_sync_rule_reason_t *reason, apr_pool_t *p)
{
    const char *otherwise = apr_pstrcat(p, section, ".otherwise", NULL);
    const char *list = apr_pstrcat(p, section, ".patterns", NULL);
    int i;

    for (i = 0; i < names->patterns->nelts; i++) {
        const scim_sync_rewrite_t *one = &APR_ARRAY_IDX(names->patterns, i, scim_sync_rewrite_t);
        const char *rule = path_of(list, i, p);
        const char *trouble = NULL;
        const char *result;
        int matched =
            scim_sync_pattern_replace(one->pattern, one->replacement, name, &result, &trouble, p);

        if (trouble) {
            warn(reason, rule, trouble, p);
        }
        if (matched) {
            return take(result, one->pattern, rule, reason, p);
        }
    }
    if (names->skip_others) {
        decide(reason, otherwise, "no pattern matches the name, and such are skipped");
        return (fate_t) { .fate = SKIPPED };
    }
    decide(reason, otherwise,
           i > 0 ? "no pattern matches the name, and such are kept"
                 : "there are no patterns, and names are kept");
    return (fate_t) { .fate = KEPT, .name = name };
}

/* ---- people ---- */

/* The first condition that the person meets, -1 for none. */
static int first_met(const apr_array_header_t *conditions, const char *list, const char *user_name,
                     const char *email, scim_sync_rule_reason_t *reason, apr_pool_t *p)
{
    int i;

    for (i = 0; i < conditions->nelts; i++) {
        const scim_sync_condition_t *one = &APR_ARRAY_IDX(conditions, i, scim_sync_condition_t);
        const char *subject = one->attribute == SCIM_SYNC_CONDITION_EMAIL ? email : user_name;

        if (subject && matches(one->pattern, subject, path_of(list, i, p), reason, p)) {
            decide(reason, path_of(list, i, p),
                   says_match(one->attribute == SCIM_SYNC_CONDITION_EMAIL ? "the e-mail address"
                                                                          : "the userName",
                              one->pattern, p));
            return i;
        }
    }
    return -1;
}

static int comes_in(const scim_sync_rules_users_t *users, const char *user_name, const char *email,
                    scim_sync_rule_reason_t *reason, apr_pool_t *p)
{
    if (first_met(users->exclude, "users.filter.exclude", user_name, email, reason, p) >= 0) {
        return 0;
    }
    if (users->include->nelts == 0 ||
        first_met(users->include, "users.filter.include", user_name, email, reason, p) >= 0) {
        return 1;
    }
    decide(reason, "users.filter.include", "no pattern matches, and others do not come in");
    return 0;
}

scim_sync_rules_user_t scim_sync_rules_user(const scim_sync_rules_t *rules, const char *user_name,
                                            const char *email, apr_pool_t *p)
{
    scim_sync_rules_user_t user = { .email = email };
    fate_t fate;

    if (!comes_in(&rules->users, user_name, email, &user.reason, p)) {
        return user;
    }
    fate = rewrite(&rules->users.names, user_name, "users", &user.reason, p);
    user.wanted = fate.name != NULL;
    user.rewritten = fate.fate == REWRITTEN;
    user.name = user.wanted ? fate.name : NULL;
    if (user.rewritten && scim_sync_is_email(user.name)) {
        user.email = scim_sync_fold(user.name, p);
    }
    return user;
}

/* ---- groups ---- */

static int is_ignored(const apr_array_header_t *ignore, const char *name,
                      scim_sync_rule_reason_t *reason, apr_pool_t *p)
{
    int i;

    for (i = 0; i < ignore->nelts; i++) {
        const scim_sync_ignore_t *one = &APR_ARRAY_IDX(ignore, i, scim_sync_ignore_t);
        const char *rule = path_of("groups.ignore", i, p);

        if (one->group && !strcmp(one->group, name)) {
            decide(reason, rule, "this group is ignored");
            return 1;
        }
        if (one->pattern && matches(one->pattern, name, rule, reason, p)) {
            decide(reason, rule, says_match("the name", one->pattern, p));
            return 1;
        }
    }
    return 0;
}

static void map(scim_sync_rules_group_t *group, const scim_sync_rules_groups_t *rules,
                const scim_sync_mapping_t *mapping, apr_pool_t *p)
{
    int i = (int)(mapping - (const scim_sync_mapping_t *)rules->mappings->elts);

    group->mapped = 1;
    apr_array_cat(group->names, mapping->names);
    if (mapping->authoritative >= 0) {
        group->authoritative = mapping->authoritative;
    }
    decide(&group->reason, path_of("groups.mappings", i, p), "this group is mapped");
}

/* What Jira can't have as a name stands for no group. */
static const char *unfit(const char *name)
{
    if (!*name) {
        return "the name is empty";
    }
    return scim_sync_rules_length(name) > SCIM_SYNC_JIRA_NAME_MAX
               ? "the name is longer than Jira's " APR_STRINGIFY(
                     SCIM_SYNC_JIRA_NAME_MAX) " characters"
               : NULL;
}

static void pass(scim_sync_rules_group_t *group, const scim_sync_rules_groups_t *rules,
                 const char *name, apr_pool_t *p)
{
    fate_t fate = rewrite(&rules->names, name, "groups", &group->reason, p);
    const char *full;
    const char *why;

    if (!fate.name) {
        group->unfit = fate.fate == UNFIT;
        return;
    }
    full = apr_pstrcat(p, rules->prefix, fate.name, rules->suffix, NULL);
    if ((why = unfit(full))) {
        decide(&group->reason, group->reason.rule, why);
        group->unfit = 1;
        return;
    }
    APR_ARRAY_PUSH(group->names, const char *) = full;
}

scim_sync_rules_group_t scim_sync_rules_group(const scim_sync_rules_t *rules, const char *name,
                                              apr_pool_t *p)
{
    const scim_sync_rules_groups_t *groups = &rules->groups;
    const scim_sync_mapping_t *mapping = apr_hash_get(groups->mapped, name, APR_HASH_KEY_STRING);
    scim_sync_rules_group_t group = { .names = apr_array_make(p, 1, sizeof(const char *)),
                                      .authoritative = groups->authoritative };

    if (!groups->import) {
        decide(&group.reason, "groups.import", "groups do not come in");
        return group;
    }
    if (is_ignored(groups->ignore, name, &group.reason, p)) {
        return group;
    }
    if (mapping) {
        map(&group, groups, mapping, p);
    }
    else if (rules->customers) {
        decide(&group.reason, "groups.mappings",
               "this group is not mapped, and of customers only mapped groups come in");
    }
    else if (groups->listed) {
        decide(&group.reason, "groups.mode", "only mapped groups come in, and this one is not");
    }
    else {
        pass(&group, groups, name, p);
    }
    return group;
}
