/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks of portals, and of people of whom a portal's job has news.
 */
#include "store/task.h"

/* So long (ms) until a portal's task that had failed is tried again for what is queued since. */
#define AGAIN_MS "2000"

apr_status_t scim_sync_task_add_portal(scim_sync_db_t *db, const char *site, const char *portal,
                                       apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status,"
        " created, changed, name) VALUES (%s, '', '" SCIM_SYNC_TASK_PORTAL
        "', %s, 'waiting', 1, 0, {now}, 0, {now}, {now},"
        " (SELECT g.name FROM jira_group g WHERE g.site = %s AND g.group_id = %s))"
        " ON CONFLICT (site, kind, subject) DO UPDATE SET seq = task.seq + 1, state = 'waiting',"
        " next_at = CASE WHEN task.state = 'failed' THEN excluded.next_at + " AGAIN_MS
        " WHEN task.class IN ('" SCIM_SYNC_TASK_CLASS_WAIT "', '" SCIM_SYNC_TASK_CLASS_PERSON
        "') THEN task.next_at ELSE excluded.next_at END,"
        " attempts = CASE WHEN task.class IN ('" SCIM_SYNC_TASK_CLASS_WAIT
        "', '" SCIM_SYNC_TASK_CLASS_PERSON "') THEN task.attempts ELSE 0 END,"
        " changed = excluded.changed, name = COALESCE(excluded.name, task.name)",
        DB_ARGS(DB_TEXT(site), DB_TEXT(portal), DB_TEXT(site), DB_TEXT(portal)), p);
}

apr_status_t scim_sync_task_tell_people(scim_sync_db_t *db, const char *site,
                                        const char *account_id, const scim_sync_outcome_t *outcome,
                                        apr_pool_t *p)
{
    int parks = outcome->verdict == SCIM_SYNC_REFUSED;
    apr_status_t rv = scim_sync_task_add_linked(db, site, account_id, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE task SET state = %s, next_at = {now} + %lld, changed = {now}, failed_since = {now},"
        " class = %s, status = %lld, detail = %s WHERE site = %s AND kind = 'user'"
        " AND state = 'waiting' AND subject IN (SELECT l.resource FROM jira_link l"
        " WHERE l.site = %s AND l.object = %s)"
        " AND NOT EXISTS (SELECT 1 FROM idp i WHERE i.name = task.idp AND i.state <> 'live')",
        DB_ARGS(DB_TEXT(parks ? SCIM_SYNC_TASK_FAILED : SCIM_SYNC_TASK_WAITING),
                DB_INT(outcome->retry_ms), DB_TEXT(scim_sync_task_class(outcome)),
                DB_INT(outcome->status), DB_TEXT(outcome->detail), DB_TEXT(site), DB_TEXT(site),
                DB_TEXT(account_id)),
        p);
}
