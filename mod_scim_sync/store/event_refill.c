/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A migration: events that were recorded before they had keys are found as the others are.
 */
#include "store/event_private.h"

#include <string.h>

#define BATCH 200

static int begins(const char *kind, const char *with)
{
    return !strncmp(kind, with, strlen(with));
}

/* Of tasks only the subject tells what it was, as long as it is there. */
static int is_person(const char *kind, const char *type)
{
    return begins(kind, "user.") || begins(kind, "jira.account.") || begins(kind, "jira.member.") ||
           (begins(kind, "task.") && type && !strcmp(type, "User"));
}

static int is_group(const char *kind, const char *type)
{
    return begins(kind, "group.") || begins(kind, "jira.group.") ||
           (begins(kind, "task.") && type && !strcmp(type, "Group"));
}

static apr_status_t fill_row(scim_sync_db_t *db, const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    const char *kind = scim_sync_db_text(rows, i, 1);
    const char *type = scim_sync_db_text(rows, i, 4);
    const char *key = scim_sync_event_key(scim_sync_db_text(rows, i, 2), p);
    const char *group = is_group(kind, type) ? key : NULL;

    if (begins(kind, "jira.member.")) {
        group = scim_sync_event_key(scim_sync_db_text(rows, i, 3), p);
    }
    return scim_sync_db_exec(db, NULL,
                             "UPDATE event SET person_key = %s, group_key = %s WHERE id = %lld",
                             DB_ARGS(DB_TEXT(is_person(kind, type) ? key : NULL), DB_TEXT(group),
                                     DB_INT(scim_sync_db_number(rows, i, 0))),
                             p);
}

static apr_status_t fill_batch(scim_sync_db_t *db, apr_int64_t *after, int *count, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *count = 0;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT e.id, e.kind, e.name, e.detail, r.type FROM event e"
                             " LEFT JOIN resource r ON r.id = e.subject"
                             " WHERE e.id > %lld ORDER BY e.id LIMIT %lld",
                             DB_ARGS(DB_INT(*after), DB_INT(BATCH)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        *after = scim_sync_db_number(rows, i, 0);
        *count = i + 1;
        rv = fill_row(db, rows, i, p);
    }
    return rv;
}

apr_status_t scim_sync_event_refill(scim_sync_db_t *db, apr_pool_t *p)
{
    apr_int64_t after = 0;
    apr_pool_t *scratch;
    apr_status_t rv;
    int count = BATCH;

    if ((rv = apr_pool_create(&scratch, p)) != APR_SUCCESS) {
        return rv;
    }
    while (rv == APR_SUCCESS && count == BATCH) {
        rv = fill_batch(db, &after, &count, scratch);
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return rv;
}
