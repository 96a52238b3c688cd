/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits, or has failed, is tried before its time, since what stood in its way may be gone.
 */
#include "store/task_private.h"

apr_status_t scim_sync_task_hurry_site(scim_sync_db_t *db, const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET next_at = {now} WHERE site = %s"
                             " AND state = 'waiting' AND next_at > {now}",
                             DB_ARGS(DB_TEXT(site)), p);
}

apr_status_t scim_sync_task_hurry_account(scim_sync_db_t *db, const char *site,
                                          const char *account_id, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET next_at = {now} WHERE site = %s AND kind = 'user'"
                             " AND state = 'waiting' AND next_at > {now} AND subject IN (SELECT"
                             " l.resource FROM jira_link l WHERE l.site = %s AND l.object = %s)",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(account_id)), p);
}

/* Soon rather than now: the next account that becomes known may be of the same group. */
#define SOON "{now} + 2000"

apr_status_t scim_sync_task_hurry_groups(scim_sync_db_t *db, const char *site, const char *user,
                                         apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET next_at = " SOON " WHERE site = %s AND kind = 'group'"
                             " AND state = 'waiting' AND class = 'wait' AND next_at > " SOON
                             " AND subject IN (SELECT m.resource FROM member m WHERE m.value = %s)",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(user)), p);
}

#define UNPARK SCIM_SYNC_TASK_DUE_NOW " WHERE kind = %s AND state = 'failed' AND subject "

apr_status_t scim_sync_task_unpark(scim_sync_db_t *db, const char *kind, const char *subject,
                                   apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, UNPARK "= %s", DB_ARGS(DB_TEXT(kind), DB_TEXT(subject)), p);
}

apr_status_t scim_sync_task_unpark_linked(scim_sync_db_t *db, const char *site, const char *kind,
                                          const char *object, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             UNPARK "IN (SELECT l.resource FROM jira_link l WHERE l.site = %s"
                                    " AND l.object = %s) AND site = %s",
                             DB_ARGS(DB_TEXT(kind), DB_TEXT(site), DB_TEXT(object), DB_TEXT(site)),
                             p);
}

apr_status_t scim_sync_task_hurry_line(scim_sync_db_t *db, const char *site, const char *portal,
                                       apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET next_at = {now} WHERE site = %s AND kind = 'user'"
                             " AND state = 'waiting' AND next_at > {now} AND subject IN (SELECT"
                             " l.resource FROM jira_member m JOIN jira_link l ON l.site = m.site"
                             " AND l.object = m.account_id AND l.kind = 'user' WHERE m.site = %s"
                             " AND m.group_id = %s AND m.state IN ('ending', 'removing'))",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(portal)), p);
}
