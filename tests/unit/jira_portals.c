/* SPDX-License-Identifier: Apache-2.0 */
#include "jira_portals.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "base/text.h"

#define PAGE 2

static scim_sync_outcome_t say(scim_sync_verdict_t verdict, int status, const char *detail)
{
    return (scim_sync_outcome_t) { .verdict = verdict, .status = status, .detail = detail };
}

void portals_have(fake_t *fake, const char *name, const char *id)
{
    apr_hash_set(fake->groups, apr_pstrdup(fake->p, name), APR_HASH_KEY_STRING,
                 apr_pstrdup(fake->p, id));
}

static const char *name_like(const fake_t *fake, const char *name)
{
    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->groups); i; i = apr_hash_next(i)) {
        if (!strcasecmp(apr_hash_this_key(i), name)) {
            return apr_hash_this_key(i);
        }
    }
    return NULL;
}

static int has(const fake_t *fake, const char *id)
{
    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->groups); i; i = apr_hash_next(i)) {
        if (!strcmp(apr_hash_this_val(i), id)) {
            return 1;
        }
    }
    return 0;
}

static const char *new_id(fake_t *fake)
{
    const char *id;
    int n = 90;

    do {
        id = apr_psprintf(fake->p, "organization:%d", n++);
    } while (has(fake, id));
    return id;
}

static void find_or_create(fake_t *fake, scim_sync_errand_t *e)
{
    const char *name = name_like(fake, e->name->name);

    if (!name && e->kind == SCIM_SYNC_FIND_GROUP) {
        e->outcome = say(SCIM_SYNC_ABSENT, 404, "no such project");
        return;
    }
    if (!name) {
        name = e->name->name;
        portals_have(fake, name, new_id(fake));
    }
    e->group = (scim_sync_jira_group_t) { .group_id =
                                              apr_hash_get(fake->groups, name, APR_HASH_KEY_STRING),
                                          .name = name };
    e->outcome = fake->refused && !strcmp(fake->refused, name)
                     ? say(SCIM_SYNC_REFUSED, 200, "kept by another directory")
                     : say(SCIM_SYNC_DONE, 200, NULL);
}

/* What is in a portal, in order: people, or organizations. */
static apr_array_header_t *contents(fake_t *fake, const char *portal, int organizations)
{
    apr_array_header_t *all = apr_array_make(fake->p, 8, sizeof(const char *));
    apr_size_t length = strlen(portal);

    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->members); i; i = apr_hash_next(i)) {
        const char *key = apr_hash_this_key(i);

        if (!strncmp(key, portal, length) && key[length] == '/' &&
            (strncmp(key + length + 1, "organization:", 13) == 0) == organizations) {
            APR_ARRAY_PUSH(all, const char *) = key + length + 1;
        }
    }
    scim_sync_list_sort(all);
    return all;
}

static void show(fake_t *fake, scim_sync_errand_t *e)
{
    int organizations = e->kind == SCIM_SYNC_READ_ORGANIZATIONS;
    apr_array_header_t *all = contents(fake, e->group_id, organizations);

    if (!has(fake, e->group_id)) {
        e->outcome = say(SCIM_SYNC_ABSENT, 404, "no such portal");
        return;
    }
    e->page.accounts = apr_array_make(fake->p, PAGE, sizeof(scim_sync_jira_account_t));
    e->organizations = apr_array_make(fake->p, PAGE, sizeof(scim_sync_jira_organization_t));
    for (int i = e->start; i < all->nelts && i < e->start + PAGE; i++) {
        const char *id = APR_ARRAY_IDX(all, i, const char *);

        if (organizations) {
            APR_ARRAY_PUSH(e->organizations, scim_sync_jira_organization_t) =
                (scim_sync_jira_organization_t) { .organization_id = strchr(id, ':') + 1 };
        }
        else {
            APR_ARRAY_PUSH(e->page.accounts, scim_sync_jira_account_t) =
                (scim_sync_jira_account_t) { .account_id = id };
            e->page.count++;
        }
    }
    e->last = e->page.last = e->start + PAGE >= all->nelts;
    e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
}

static void join_or_part(fake_t *fake, scim_sync_errand_t *e)
{
    const char *organization = apr_pstrcat(fake->p, "organization:", e->organization_id, NULL);
    int join = e->kind == SCIM_SYNC_JOIN_ORGANIZATION;

    if (join && (!has(fake, e->group_id) || !has(fake, organization))) {
        e->outcome = say(SCIM_SYNC_REFUSED, 404, "no such thing");
        return;
    }
    apr_hash_set(fake->members, apr_pstrcat(fake->p, e->group_id, "/", organization, NULL),
                 APR_HASH_KEY_STRING, join ? "" : NULL);
    e->outcome = say(SCIM_SYNC_DONE, 204, NULL);
}

void portals_answer(fake_t *fake, scim_sync_errand_t *e)
{
    switch (e->kind) {
    case SCIM_SYNC_FIND_GROUP:
    case SCIM_SYNC_CREATE_GROUP:
        find_or_create(fake, e);
        break;
    case SCIM_SYNC_READ_MEMBERS:
    case SCIM_SYNC_READ_ORGANIZATIONS:
        show(fake, e);
        break;
    case SCIM_SYNC_JOIN_ORGANIZATION:
    case SCIM_SYNC_PART_ORGANIZATION:
        join_or_part(fake, e);
        break;
    default:
        fail_msg("no group's job has such a step: %d", e->kind);
    }
}
