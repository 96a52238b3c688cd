/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups of a site, as they are known without asking it: each is read when somebody asks about
 * it, since a subject has to do with few of them.
 */
#include <apr_strings.h>

#include "store/portal.h"
#include "sync/explain_int.h"

struct scim_sync_groups_t {
    scim_sync_db_t *db;
    scim_sync_worker_t *worker;
    apr_hash_t *names; /* id -> name */
    apr_hash_t *read;  /* ids of those that were asked about */
    apr_status_t rv;   /* of the first one that could not be read */
    apr_pool_t *pool;
};

/* As sync/survey.c does it: what was protected by Jira's own word is so until it says otherwise. */
static void hold(const scim_sync_groups_t *groups, const scim_sync_held_group_t *group)
{
    scim_sync_protection_t *protection = &groups->worker->protection;
    const char *rule =
        scim_sync_protection_rule(protection, group->group_id, group->name, groups->pool);

    scim_sync_protection_hold(protection, group->group_id,
                              rule || (!protection->unread &&
                                       !scim_sync_portal_is_managed(group->protection))
                                  ? rule
                                  : group->protection);
}

static void read_group(void *baton, const char *group_id)
{
    scim_sync_groups_t *groups = baton;
    scim_sync_held_group_t *group;
    apr_status_t rv;

    if (apr_hash_get(groups->read, group_id, APR_HASH_KEY_STRING)) {
        return;
    }
    group_id = apr_pstrdup(groups->pool, group_id);
    apr_hash_set(groups->read, group_id, APR_HASH_KEY_STRING, group_id);
    rv = scim_sync_held_group(groups->db, &group, groups->worker->jira.name, group_id, NULL,
                              groups->pool);
    if (rv == APR_SUCCESS && group) {
        apr_hash_set(groups->names, group_id, APR_HASH_KEY_STRING, group->name);
        hold(groups, group);
    }
    groups->rv = groups->rv == APR_SUCCESS ? rv : groups->rv;
}

scim_sync_groups_t *scim_sync_groups_make(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                          apr_pool_t *p)
{
    scim_sync_groups_t *groups = apr_pcalloc(p, sizeof(*groups));
    scim_sync_protection_t *protection = &worker->protection;
    apr_hash_index_t *i;

    groups->db = db;
    groups->worker = worker;
    groups->names = apr_hash_make(p);
    groups->read = apr_hash_make(p);
    groups->pool = p;
    for (i = apr_hash_first(p, worker->product_groups); i; i = apr_hash_next(i)) {
        const char *id = apr_hash_this_key(i);
        const char *name = apr_hash_this_val(i);

        apr_hash_set(groups->names, id, APR_HASH_KEY_STRING, name);
        scim_sync_protection_hold(protection, id,
                                  scim_sync_protection_rule(protection, id, name, p));
    }
    protection->recall = read_group;
    protection->baton = groups;
    return groups;
}

const char *scim_sync_groups_name(scim_sync_groups_t *groups, const char *group_id)
{
    if (!group_id) {
        return NULL;
    }
    read_group(groups, group_id);
    return apr_hash_get(groups->names, group_id, APR_HASH_KEY_STRING);
}

apr_status_t scim_sync_groups_status(const scim_sync_groups_t *groups)
{
    return groups->rv;
}
