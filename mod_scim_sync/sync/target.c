/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/target.h"

#include <string.h>

#include "base/text.h"

static const scim_sync_link_t *link_of(const apr_array_header_t *links, const char *name)
{
    int i;

    for (i = 0; i < links->nelts; i++) {
        const scim_sync_link_t *link = &APR_ARRAY_IDX(links, i, scim_sync_link_t);

        if (!strcmp(link->name, name)) {
            return link;
        }
    }
    return NULL;
}

static int is_of_these_rules(const scim_sync_rules_t *rules, const scim_sync_link_t *link,
                             apr_pool_t *p)
{
    return scim_sync_list_holds(scim_sync_rules_group(rules, link->told_as, p).names, link->name);
}

/* The target of a new name; NULL: there is none, or there are several. */
static scim_sync_target_t *only_new(const apr_array_header_t *targets)
{
    scim_sync_target_t *found = NULL;
    int i;

    for (i = 0; i < targets->nelts; i++) {
        scim_sync_target_t *target = &APR_ARRAY_IDX(targets, i, scim_sync_target_t);

        if (!target->link && found) {
            return NULL;
        }
        found = target->link ? found : target;
    }
    return found;
}

apr_array_header_t *scim_sync_targets(const scim_sync_rules_t *rules, const char *told,
                                      const apr_array_header_t *names, int mapped,
                                      const apr_array_header_t *links, apr_pool_t *p)
{
    apr_array_header_t *targets = apr_array_make(p, names->nelts + 1, sizeof(scim_sync_target_t));
    apr_array_header_t *gone = apr_array_make(p, 1, sizeof(scim_sync_target_t));
    scim_sync_target_t *renamed;
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        APR_ARRAY_PUSH(targets, scim_sync_target_t) =
            (scim_sync_target_t) { .name = name, .link = link_of(links, name) };
    }
    for (i = 0; i < links->nelts; i++) {
        const scim_sync_link_t *link = &APR_ARRAY_IDX(links, i, scim_sync_link_t);

        if (!scim_sync_list_holds(names, link->name)) {
            APR_ARRAY_PUSH(gone, scim_sync_target_t) = (scim_sync_target_t) { .link = link };
        }
    }
    if (told && !mapped && gone->nelts == 1 && (renamed = only_new(targets))) {
        const scim_sync_link_t *link = APR_ARRAY_IDX(gone, 0, scim_sync_target_t).link;

        if (link->group_id && link->told_as && strcmp(link->told_as, told) &&
            is_of_these_rules(rules, link, p)) {
            renamed->link = link;
            return targets;
        }
    }
    apr_array_cat(targets, gone);
    return targets;
}
