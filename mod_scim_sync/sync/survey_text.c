/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/survey_text.h"

#include <apr_strings.h>

#include "base/json.h"

/* ---- writing ---- */

static json_t *admins_json(const scim_sync_protection_t *protection, apr_pool_t *p)
{
    json_t *list = json_array();
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, protection->admin_names); i; i = apr_hash_next(i)) {
        const scim_sync_admin_group_t *group = apr_hash_this_val(i);

        json_array_append_new(list, json_pack("{s:s*, s:s, s:s}", "id", group->group_id, "name",
                                              group->name, "access", group->access));
    }
    return list;
}

static json_t *product_json(const scim_sync_worker_t *worker, const scim_sync_product_t *product,
                            apr_pool_t *p)
{
    json_t *groups = json_array();
    apr_hash_index_t *i;
    int left = product->full ? 0 : product->left - product->taken;

    for (i = apr_hash_first(p, product->groups); i; i = apr_hash_next(i)) {
        const char *id = apr_hash_this_key(i);
        const char *name = apr_hash_get(worker->product_groups, id, APR_HASH_KEY_STRING);

        json_array_append_new(groups, json_pack("{s:s, s:s*}", "id", id, "name", name));
    }
    return json_pack("{s:s, s:b, s:i, s:i, s:o}", "key", product->key, "unlimited",
                     product->unlimited, "seats", product->seats, "left", left, "groups", groups);
}

const char *scim_sync_survey_text(const scim_sync_worker_t *worker, apr_pool_t *p)
{
    const scim_sync_protection_t *protection = &worker->protection;
    json_t *products = json_array();
    int i;

    for (i = 0; i < worker->seats.products->nelts; i++) {
        json_array_append_new(products, product_json(worker,
                                                     APR_ARRAY_IDX(worker->seats.products, i,
                                                                   const scim_sync_product_t *),
                                                     p));
    }
    return scim_sync_json_text(
        scim_sync_json_own(json_pack("{s:s*, s:s*, s:o, s:o}", "owner", protection->owner, "unread",
                                     protection->unread, "admins", admins_json(protection, p),
                                     "products", products),
                           p),
        NULL, p);
}

/* ---- reading ---- */

static const char *text_of(const json_t *j, const char *name, apr_pool_t *p)
{
    return apr_pstrdup(p, scim_sync_json_str(j, name));
}

static void recall_admins(scim_sync_worker_t *worker, const json_t *said, apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_make(p, 8, sizeof(scim_sync_admin_group_t));
    const char *unread = scim_sync_json_str(said, "unread");
    json_t *one;
    apr_size_t i;

    json_array_foreach(json_object_get(said, "admins"), i, one)
    {
        scim_sync_admin_group_t group = { .group_id = text_of(one, "id", p),
                                          .name = text_of(one, "name", p),
                                          .access = text_of(one, "access", p) };

        if (group.name && group.access) {
            APR_ARRAY_PUSH(groups, scim_sync_admin_group_t) = group;
        }
    }
    if (unread) {
        scim_sync_protection_lack(&worker->protection, unread);
    }
    else if (groups->nelts > 0) {
        scim_sync_protection_know(&worker->protection, groups);
    }
}

static apr_array_header_t *recall_groups(scim_sync_worker_t *worker, const json_t *product,
                                         apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_make(p, 2, sizeof(scim_sync_jira_group_t));
    json_t *one;
    apr_size_t i;

    json_array_foreach(json_object_get(product, "groups"), i, one)
    {
        const char *id = text_of(one, "id", p);
        const char *name = text_of(one, "name", p);

        if (id) {
            name = name ? name : id;
            APR_ARRAY_PUSH(groups, scim_sync_jira_group_t) =
                (scim_sync_jira_group_t) { .group_id = id, .name = name };
            apr_hash_set(worker->product_groups, id, APR_HASH_KEY_STRING, name);
        }
    }
    return groups;
}

static void recall_products(scim_sync_worker_t *worker, const json_t *said, apr_pool_t *p)
{
    apr_array_header_t *products = apr_array_make(p, 4, sizeof(scim_sync_jira_product_t));
    json_t *one;
    apr_size_t i;

    json_array_foreach(json_object_get(said, "products"), i, one)
    {
        const char *key = text_of(one, "key", p);

        if (key) {
            APR_ARRAY_PUSH(products, scim_sync_jira_product_t) = (scim_sync_jira_product_t) {
                .key = key,
                .unlimited = json_is_true(json_object_get(one, "unlimited")),
                .seats = (int)scim_sync_json_int(one, "seats", 0),
                .left = (int)scim_sync_json_int(one, "left", 0),
                .groups = recall_groups(worker, one, p),
            };
        }
    }
    scim_sync_seats_told(&worker->seats, products, 0);
}

void scim_sync_survey_recall(scim_sync_worker_t *worker, const char *text, apr_pool_t *p)
{
    const json_t *said = text ? scim_sync_json_own(json_loads(text, 0, NULL), p) : NULL;

    worker->protection.owner = text_of(said, "owner", p);
    if (said) {
        recall_admins(worker, said, p);
        recall_products(worker, said, p);
    }
}
