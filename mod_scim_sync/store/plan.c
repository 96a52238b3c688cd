/* SPDX-License-Identifier: Apache-2.0 */
#include "store/plan.h"

#include <string.h>

#include "store/config.h"

apr_status_t scim_sync_plan_put(scim_sync_db_t *db, const scim_sync_task_t *task, const char *plan,
                                const apr_array_header_t *counts, apr_pool_t *p)
{
    int planned = 0;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_exec(
        db, &planned,
        "UPDATE task SET state = CASE WHEN discarded IS NULL THEN 'planned' ELSE 'discarded' END,"
        " class = CASE WHEN discarded IS NULL THEN NULL ELSE class END,"
        " detail = CASE WHEN discarded IS NULL THEN NULL ELSE detail END,"
        " plan = %s, attempts = 0, failed_since = 0, status = 0,"
        " changed = {now} WHERE id = %lld AND seq = %lld",
        DB_ARGS(DB_TEXT(plan), DB_INT(task->id), DB_INT(task->seq)), p);
    if (rv != APR_SUCCESS || !planned) {
        return rv;
    }
    rv = scim_sync_db_exec(db, NULL, "DELETE FROM plan_count WHERE task = %lld",
                           DB_ARGS(DB_INT(task->id)), p);
    for (i = 0; rv == APR_SUCCESS && i < counts->nelts; i++) {
        const scim_sync_plan_count_t *one = &APR_ARRAY_IDX(counts, i, scim_sync_plan_count_t);

        rv = scim_sync_db_exec(db, NULL,
                               "INSERT INTO plan_count (task, what, count, idp, kind, subject)"
                               " VALUES (%lld, %s, %lld, %s, %s, %s)",
                               DB_ARGS(DB_INT(task->id), DB_TEXT(one->what), DB_INT(one->count),
                                       DB_TEXT(task->idp), DB_TEXT(task->kind),
                                       DB_TEXT(task->subject)),
                               p);
    }
    return rv;
}

apr_status_t scim_sync_plan_task(scim_sync_db_t *db, scim_sync_task_t **task, const char **plan,
                                 const char *site, const char *subject, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *task = NULL;
    *plan = NULL;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT id, plan FROM task WHERE site = %s AND subject = %s"
                             /* All there are: the index has the kind before the subject. */
                             " AND kind IN ('" SCIM_SYNC_TASK_USER "', '" SCIM_SYNC_TASK_GROUP
                             "', '" SCIM_SYNC_TASK_PORTAL "')",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(subject)), p);
    if (rv != APR_SUCCESS || rows->count == 0) {
        return rv;
    }
    *plan = scim_sync_db_text(rows, 0, 1);
    return scim_sync_task_load(db, task, scim_sync_db_number(rows, 0, 0), p);
}

apr_status_t scim_sync_plan_others(scim_sync_db_t *db, apr_array_header_t **plans, int *pending,
                                   const char *site, const char *account_id, const char *idp,
                                   apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *plans = apr_array_make(p, 2, sizeof(const char *));
    *pending = 0;
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT t.state, t.plan FROM jira_link l JOIN task t ON t.site = l.site"
        " AND t.kind = l.kind AND t.subject = l.resource WHERE l.site = %s AND l.object = %s"
        " AND t.idp <> %s AND t.state IN ('waiting', 'planned')"
        " AND EXISTS (SELECT 1 FROM idp i WHERE i.name = t.idp"
        " AND i.state = '" SCIM_SYNC_IDP_DRY_RUN "')",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(idp)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        const char *plan = scim_sync_db_text(rows, i, 1);

        if (strcmp(scim_sync_db_text(rows, i, 0), SCIM_SYNC_TASK_PLANNED)) {
            *pending = 1;
        }
        else if (plan) {
            APR_ARRAY_PUSH(*plans, const char *) = plan;
        }
    }
    return rv;
}

apr_status_t scim_sync_plan_paused(scim_sync_db_t *db, int *waits, const char *site,
                                   const char *account_id, const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT 1 FROM jira_link l JOIN task t ON t.site = l.site"
                             " AND t.kind = l.kind AND t.subject = l.resource"
                             " WHERE l.site = %s AND l.object = %s AND t.idp <> %s"
                             " AND t.state = 'waiting' AND EXISTS (SELECT 1 FROM idp i"
                             " WHERE i.name = t.idp AND i.state = '" SCIM_SYNC_IDP_PAUSED
                             "') LIMIT 1",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(idp)), p);
    *waits = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_plan_disputed(scim_sync_db_t *db, int *disputed, const char *site,
                                     const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT 1 FROM jira_link l JOIN task t ON t.site = l.site"
                             " AND t.kind = l.kind AND t.subject = l.resource"
                             " WHERE l.site = %s AND l.object = %s AND t.state = 'waiting'"
                             " AND NOT EXISTS (SELECT 1 FROM idp i WHERE i.name = t.idp"
                             " AND i.state = '" SCIM_SYNC_IDP_DRY_RUN "')",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    *disputed = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_plan_dry_group(scim_sync_db_t *db, int *dry, const char *site,
                                      const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT COUNT(*), COUNT(CASE WHEN i.state = '" SCIM_SYNC_IDP_DRY_RUN "' THEN 1 END)"
        " FROM jira_link l JOIN resource r ON r.id = l.resource JOIN idp i ON i.name = r.idp"
        " WHERE l.site = %s AND l.object = %s",
        DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    *dry = rv == APR_SUCCESS && scim_sync_db_number(rows, 0, 0) > 0 &&
           scim_sync_db_number(rows, 0, 0) == scim_sync_db_number(rows, 0, 1);
    return rv;
}

#define RENEW                                                                                      \
    "UPDATE task SET state = 'waiting', next_at = {now}, seq = seq + 1, changed = {now}"           \
    " WHERE site = %s AND state = 'planned' AND kind = %s AND subject IN "

apr_status_t scim_sync_plan_renew_person(scim_sync_db_t *db, const char *site,
                                         const char *account_id, const char *email, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             RENEW "(SELECT l.resource FROM jira_link l"
                                   " WHERE l.site = %s AND l.object = %s"
                                   " UNION SELECT r.id FROM resource r WHERE r.email = %s)",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(SCIM_SYNC_TASK_USER), DB_TEXT(site),
                                     DB_TEXT(account_id), DB_TEXT(email)),
                             p);
}

apr_status_t scim_sync_plan_renew_groups(scim_sync_db_t *db, const char *site, const char *subject,
                                         apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        RENEW "(SELECT t.subject FROM task t JOIN plan_count c ON c.task = t.id"
              " WHERE t.site = %s AND t.state = 'planned'"
              " AND t.kind = 'group' AND t.subject <> %s"
              " AND c.what = '" SCIM_SYNC_PLAN_CALL "createGroup')",
        DB_ARGS(DB_TEXT(site), DB_TEXT(SCIM_SYNC_TASK_GROUP), DB_TEXT(site), DB_TEXT(subject)), p);
}
