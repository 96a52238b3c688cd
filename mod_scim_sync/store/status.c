/* SPDX-License-Identifier: Apache-2.0 */
#include "store/status.h"

#include "store/held.h"

/* One number each, in the order of the fields of scim_sync_status_t. */
static const char *const questions[] = {
    "SELECT COUNT(*) FROM resource WHERE type = 'User'",
    "SELECT COUNT(*) FROM resource WHERE type = 'Group'",
    "SELECT COUNT(*) FROM member",
    "SELECT COUNT(*) FROM (SELECT DISTINCT s.site, r.email FROM resource r"
    " JOIN idp_site s ON s.idp = r.idp WHERE r.type = 'User' AND r.active = 1"
    " AND r.email IS NOT NULL) w",
    "SELECT COUNT(*) FROM (SELECT DISTINCT s.site, r.name FROM resource r"
    " JOIN idp_site s ON s.idp = r.idp WHERE r.type = 'Group') w",
    "SELECT COUNT(*) FROM (SELECT DISTINCT s.site, g.name, u.email FROM member m"
    " JOIN resource g ON g.id = m.resource JOIN resource u ON u.id = m.value AND u.idp = g.idp"
    " JOIN idp_site s ON s.idp = g.idp WHERE u.type = 'User' AND u.active = 1"
    " AND u.email IS NOT NULL) w",
    "SELECT COUNT(*) FROM (SELECT DISTINCT site, object FROM jira_link"
    " WHERE kind = 'user' AND object IS NOT NULL) h",
    "SELECT COUNT(*) FROM (SELECT DISTINCT site, object FROM jira_link"
    " WHERE kind = 'group' AND object IS NOT NULL) h",
    "SELECT COUNT(*) FROM jira_member WHERE state NOT IN " SCIM_SYNC_HELD_NOT_OURS,
    "SELECT COUNT(*) FROM task WHERE state = 'waiting'",
    "SELECT COUNT(*) FROM task WHERE state = 'failed'",
    "SELECT COUNT(*) FROM task WHERE state = 'held'",
    "SELECT COUNT(*) FROM task WHERE state = 'discarded'",
    "SELECT COUNT(*) FROM task WHERE state = 'planned'",
    "SELECT {now} - MIN(created) FROM task WHERE state = 'waiting'",
};

apr_status_t scim_sync_status_load(scim_sync_db_t *db, scim_sync_status_t *status, apr_pool_t *p)
{
    apr_int64_t *const fields[] = {
        &status->told_users,      &status->told_groups,   &status->told_members,
        &status->wanted_accounts, &status->wanted_groups, &status->wanted_members,
        &status->held_accounts,   &status->held_groups,   &status->held_members,
        &status->tasks_waiting,   &status->tasks_failed,  &status->tasks_held,
        &status->tasks_discarded, &status->tasks_planned, &status->oldest_ms,
    };
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(questions) / sizeof(*questions); i++) {
        rv = scim_sync_db_select(db, &rows, questions[i], DB_NO_ARGS, p);
        if (rv == APR_SUCCESS) {
            *fields[i] = scim_sync_db_number(rows, 0, 0);
        }
    }
    return rv;
}
