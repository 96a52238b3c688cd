/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/protection.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/*
 * Names that Atlassian gives to groups of administrators. They may be renamed, and Jira is asked
 * which groups they are; but a group that is called so is not adopted whatever Jira says.
 */
static const char *const admin_names[] = { "site-admins",           "org-admins",
                                           "administrators",        "jira-administrators",
                                           "system-administrators", "atlassian-addons-admin" };

static void forget_admins(scim_sync_protection_t *protection)
{
    apr_pool_clear(protection->admins_pool);
    protection->admin_ids = apr_hash_make(protection->admins_pool);
    protection->admin_names = apr_hash_make(protection->admins_pool);
}

void scim_sync_protection_init(scim_sync_protection_t *protection,
                               const apr_array_header_t *patterns, apr_pool_t *p)
{
    memset(protection, 0, sizeof(*protection));
    apr_pool_create(&protection->admins_pool, p);
    apr_pool_create(&protection->held_pool, p);
    protection->patterns = patterns;
    protection->held = apr_hash_make(p);
    forget_admins(protection);
    protection->unread = "Jira was not asked yet";
}

void scim_sync_protection_lack(scim_sync_protection_t *protection, const char *why)
{
    if (protection->unread) {
        forget_admins(protection);
        protection->unread = apr_pstrdup(protection->admins_pool, why);
    }
}

void scim_sync_protection_know(scim_sync_protection_t *protection, const apr_array_header_t *groups)
{
    apr_pool_t *p = protection->admins_pool;
    int i;

    forget_admins(protection);
    protection->unread = NULL;
    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_admin_group_t *from = &APR_ARRAY_IDX(groups, i, scim_sync_admin_group_t);
        scim_sync_admin_group_t *group = apr_palloc(p, sizeof(*group));

        group->group_id = apr_pstrdup(p, from->group_id);
        group->name = apr_pstrdup(p, from->name);
        group->access = apr_pstrdup(p, from->access);
        apr_hash_set(protection->admin_names, scim_sync_fold(group->name, p), APR_HASH_KEY_STRING,
                     group);
        if (group->group_id) {
            apr_hash_set(protection->admin_ids, group->group_id, APR_HASH_KEY_STRING, group);
        }
    }
}

void scim_sync_protection_hold(scim_sync_protection_t *protection, const char *group_id,
                               const char *rule)
{
    apr_pool_t *p = protection->held_pool;

    if (rule) {
        apr_hash_set(protection->held, apr_pstrdup(p, group_id), APR_HASH_KEY_STRING,
                     apr_pstrdup(p, rule));
    }
    else {
        apr_hash_set(protection->held, group_id, APR_HASH_KEY_STRING, NULL);
    }
}

void scim_sync_protection_hold_none(scim_sync_protection_t *protection)
{
    apr_hash_clear(protection->held);
    apr_pool_clear(protection->held_pool);
}

static int ends_with(const char *text, const char *end, apr_size_t len)
{
    apr_size_t all = strlen(text);

    return all >= len && !strncmp(text + all - len, end, len);
}

/* Both are folded. */
static int matches(const char *name, const char *pattern, apr_pool_t *p)
{
    apr_size_t len = strlen(pattern);
    int open_end = len > 0 && pattern[len - 1] == '*';
    int open_start = pattern[0] == '*';
    const char *core;

    if (!open_start && !open_end) {
        return !strcmp(name, pattern);
    }
    core = apr_pstrmemdup(p, pattern + open_start,
                          len - (apr_size_t)open_start - (apr_size_t)open_end);
    len = strlen(core);
    if (open_start && open_end) {
        return strstr(name, core) != NULL;
    }
    return open_start ? ends_with(name, core, len) : !strncmp(name, core, len);
}

static const char *admin_rule(const scim_sync_admin_group_t *group, apr_pool_t *p)
{
    return apr_psprintf(p, "%s is a group of Jira's %sadministrators", group->name,
                        strcmp(group->access, "site-admin") ? "" : "site ");
}

static const char *name_rule(const scim_sync_protection_t *protection, const char *name,
                             apr_pool_t *p)
{
    const char *folded = scim_sync_fold(name, p);
    const scim_sync_admin_group_t *admins =
        folded ? apr_hash_get(protection->admin_names, folded, APR_HASH_KEY_STRING) : NULL;
    apr_size_t n;
    int i;

    if (!folded) {
        return NULL;
    }
    if (admins) {
        return admin_rule(admins, p);
    }
    for (n = 0; n < sizeof(admin_names) / sizeof(*admin_names); n++) {
        if (!strcmp(folded, admin_names[n])) {
            return apr_psprintf(p, "%s is what Atlassian calls a group of administrators", name);
        }
    }
    for (i = 0; i < protection->patterns->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(protection->patterns, i, const char *);
        const char *like = scim_sync_fold(pattern, p);

        if (like && matches(folded, like, p)) {
            return apr_psprintf(p, "%s is protected by \"%s\" in protectedGroups of the site", name,
                                pattern);
        }
    }
    return NULL;
}

const char *scim_sync_protection_rule(const scim_sync_protection_t *protection,
                                      const char *group_id, const char *name, apr_pool_t *p)
{
    const scim_sync_admin_group_t *admins =
        group_id ? apr_hash_get(protection->admin_ids, group_id, APR_HASH_KEY_STRING) : NULL;
    const char *rule = admins ? admin_rule(admins, p) : NULL;

    if (!rule && name) {
        rule = name_rule(protection, name, p);
    }
    if (!rule && group_id) {
        if (protection->recall) {
            protection->recall(protection->baton, group_id);
        }
        rule = apr_hash_get(protection->held, group_id, APR_HASH_KEY_STRING);
    }
    return rule;
}

int scim_sync_protection_is_pattern(const char *text)
{
    apr_size_t len = text ? strlen(text) : 0;
    apr_size_t from = len > 0 && text[0] == '*';
    apr_size_t to = len > from && text[len - 1] == '*' ? len - 1 : len;

    /* A * alone would protect every group: that is what pausing an IdP is for. */
    return to > from && !memchr(text + from, '*', to - from) && len <= 255;
}
