/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event.h"

apr_status_t scim_sync_event_add(scim_sync_db_t *db, const scim_sync_event_t *event, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO event (at, kind, actor, idp, site, subject, name, detail)"
                             " VALUES ({now}, %s, %s, %s, %s, %s, %s, %s)",
                             DB_ARGS(DB_TEXT(event->kind), DB_TEXT(event->actor),
                                     DB_TEXT(event->idp), DB_TEXT(event->site),
                                     DB_TEXT(event->subject), DB_TEXT(event->name),
                                     DB_TEXT(event->detail)),
                             p);
}

apr_status_t scim_sync_event_list(scim_sync_db_t *db, apr_array_header_t **events,
                                  apr_int64_t before, const char *subject, int max, apr_pool_t *p)
{
    static const char all[] =
        "SELECT id, at, kind, actor, idp, site, subject, name, detail FROM event"
        " WHERE id < %lld ORDER BY id DESC LIMIT %lld";
    static const char one[] =
        "SELECT id, at, kind, actor, idp, site, subject, name, detail FROM event"
        " WHERE id < %lld AND subject = %s ORDER BY id DESC LIMIT %lld";
    apr_int64_t limit = before > 0 ? before : APR_INT64_MAX;
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = subject ? scim_sync_db_select(db, &rows, one,
                                       DB_ARGS(DB_INT(limit), DB_TEXT(subject), DB_INT(max)), p)
                 : scim_sync_db_select(db, &rows, all, DB_ARGS(DB_INT(limit), DB_INT(max)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *events = apr_array_make(p, rows->count, sizeof(scim_sync_event_t *));
    for (i = 0; i < rows->count; i++) {
        scim_sync_event_t *e = apr_pcalloc(p, sizeof(*e));

        e->id = scim_sync_db_number(rows, i, 0);
        e->at = scim_sync_db_number(rows, i, 1);
        e->kind = scim_sync_db_text(rows, i, 2);
        e->actor = scim_sync_db_text(rows, i, 3);
        e->idp = scim_sync_db_text(rows, i, 4);
        e->site = scim_sync_db_text(rows, i, 5);
        e->subject = scim_sync_db_text(rows, i, 6);
        e->name = scim_sync_db_text(rows, i, 7);
        e->detail = scim_sync_db_text(rows, i, 8);
        APR_ARRAY_PUSH(*events, scim_sync_event_t *) = e;
    }
    return APR_SUCCESS;
}
