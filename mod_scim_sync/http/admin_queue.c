/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_queue.h"

#include "base/text.h"
#include "store/portal.h"

/* So many of each are named. */
#define NAMED 100

/* Whoever stands for it by the first of the IdPs that tell of it. */
static apr_status_t add_one(scim_sync_db_t *db, json_t *list, const char *site,
                            const scim_sync_portal_queued_t *one, apr_pool_t *p)
{
    apr_array_header_t *people;
    apr_status_t rv = scim_sync_portal_people(db, &people, site, one->account_id, p);

    if (rv == APR_SUCCESS) {
        const scim_sync_portal_person_t *person =
            &APR_ARRAY_IDX(people, 0, scim_sync_portal_person_t);

        json_array_append_new(
            list, json_pack("{s:s, s:s?, s:s?, s:s?, s:s, s:s}", "accountId", one->account_id,
                            "idp", person->idp, "name", person->name, "email", person->email,
                            "state", one->state, "since", scim_sync_time_text(one->since, p)));
    }
    return rv;
}

static apr_status_t add_all(scim_sync_db_t *db, json_t *queue, const scim_sync_task_t *task,
                            int removes, apr_pool_t *p)
{
    json_t *list = json_array();
    apr_array_header_t *queued;
    apr_status_t rv;
    int count;
    int i;

    rv = scim_sync_portal_queued(db, &queued, &count, task->site, task->subject, removes, NAMED, p);
    for (i = 0; rv == APR_SUCCESS && i < queued->nelts; i++) {
        rv = add_one(db, list, task->site, &APR_ARRAY_IDX(queued, i, scim_sync_portal_queued_t), p);
    }
    json_object_set_new(queue, removes ? "removes" : "adds", json_integer(count));
    json_object_set_new(queue, removes ? "remove" : "add", list);
    return rv;
}

apr_status_t scim_sync_admin_queue(scim_sync_db_t *db, json_t *json, const scim_sync_task_t *task,
                                   apr_pool_t *p)
{
    json_t *queue = json_object();
    apr_status_t rv;

    json_object_set_new(json, "queue", queue);
    rv = add_all(db, queue, task, 0, p);
    return rv == APR_SUCCESS ? add_all(db, queue, task, 1, p) : rv;
}
