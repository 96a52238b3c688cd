/* SPDX-License-Identifier: Apache-2.0 */
#include "store/google_schedule.h"

static scim_sync_google_when_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_google_when_t *when = apr_pcalloc(p, sizeof(*when));

    when->idp = scim_sync_db_text(rows, i, 0);
    when->connection = scim_sync_db_text(rows, i, 1);
    when->reason = scim_sync_db_text(rows, i, 2);
    when->since = scim_sync_db_number(rows, i, 3);
    when->schedule = scim_sync_db_text(rows, i, 4);
    when->scheduled = scim_sync_db_number(rows, i, 5);
    when->hinted = scim_sync_db_number(rows, i, 6);
    when->now = scim_sync_db_number(rows, i, 7);
    when->last = scim_sync_db_number(rows, i, 8);
    when->last_state = scim_sync_db_text(rows, i, 9);
    when->last_detail = scim_sync_db_text(rows, i, 10);
    when->last_asked = scim_sync_db_number(rows, i, 11);
    when->last_ended = scim_sync_db_number(rows, i, 12);
    when->done = scim_sync_db_number(rows, i, 13);
    when->done_started = scim_sync_db_number(rows, i, 14);
    when->done_ended = scim_sync_db_number(rows, i, 15);
    when->missed = (int)scim_sync_db_number(rows, i, 16);
    return when;
}

apr_status_t scim_sync_google_when(scim_sync_db_t *db, apr_array_header_t **whens, const char *idp,
                                   apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT g.idp, g.state, g.reason, g.since, g.schedule, g.scheduled, h.hinted,"
        " {now}, l.id, l.state, l.detail, l.asked, l.ended, d.id, d.started, d.ended,"
        " (SELECT COUNT(*) FROM google_run r WHERE r.idp = g.idp AND r.id > COALESCE(d.id, 0)"
        "  AND r.ended > 0 AND r.cause <> 'preview')"
        " FROM google g JOIN google_push h ON h.idp = g.idp"
        " LEFT JOIN google_run l ON l.id = (SELECT MAX(r.id) FROM google_run r"
        "  WHERE r.idp = g.idp AND r.cause <> 'preview')"
        " LEFT JOIN google_run d ON d.id = (SELECT MAX(r.id) FROM google_run r"
        "  WHERE r.idp = g.idp AND r.state = 'done' AND r.cause <> 'preview')"
        " WHERE g.idp = COALESCE(%s, g.idp) ORDER BY g.idp",
        DB_ARGS(DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *whens = apr_array_make(p, rows->count + 1, sizeof(scim_sync_google_when_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*whens, scim_sync_google_when_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_google_when_hold(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;

    return scim_sync_db_select(db, &rows, "SELECT idp FROM google WHERE idp = %s{for_update}",
                               DB_ARGS(DB_TEXT(idp)), p);
}

apr_status_t scim_sync_google_schedule_put(scim_sync_db_t *db, const char *idp,
                                           const char *schedule, int *stored, apr_pool_t *p)
{
    return scim_sync_db_exec(db, stored,
                             "UPDATE google SET schedule = %s, scheduled = {now} WHERE idp = %s",
                             DB_ARGS(DB_TEXT(schedule), DB_TEXT(idp)), p);
}
