/* SPDX-License-Identifier: Apache-2.0 */
#include "store/google_choice.h"

apr_status_t scim_sync_google_choice_load(scim_sync_db_t *db, scim_sync_google_chosen_t *chosen,
                                          const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *chosen = (scim_sync_google_chosen_t) { .text = "{}" };
    rv = scim_sync_db_select(db, &rows,
                             "SELECT g.choice, g.choice_version, i.created FROM google g"
                             " JOIN idp i ON i.name = g.idp WHERE g.idp = %s",
                             DB_ARGS(DB_TEXT(idp)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        chosen->text = scim_sync_db_text(rows, 0, 0);
        chosen->version = scim_sync_db_number(rows, 0, 1);
        chosen->idp = scim_sync_db_number(rows, 0, 2);
    }
    return rv;
}

apr_status_t scim_sync_google_choice_put(scim_sync_db_t *db, const char *idp, const char *text,
                                         apr_int64_t version, int *stored, apr_pool_t *p)
{
    return scim_sync_db_exec(db, stored,
                             "UPDATE google SET choice = %s, choice_version = choice_version + 1"
                             " WHERE idp = %s AND choice_version = %lld",
                             DB_ARGS(DB_TEXT(text), DB_TEXT(idp), DB_INT(version)), p);
}

apr_status_t scim_sync_google_choice_used(scim_sync_db_t *db, apr_int64_t run, apr_int64_t version,
                                          apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "UPDATE google_run SET choice = %lld WHERE id = %lld",
                             DB_ARGS(DB_INT(version), DB_INT(run)), p);
}

apr_status_t scim_sync_google_choice_changed(scim_sync_db_t *db, const char *idp,
                                             apr_int64_t version, int *changed, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT choice FROM google_run WHERE idp = %s AND state = 'done'"
                             " AND cause <> 'preview' ORDER BY id DESC LIMIT 1",
                             DB_ARGS(DB_TEXT(idp)), p);
    *changed = rv == APR_SUCCESS && rows->count > 0 && scim_sync_db_number(rows, 0, 0) != version;
    return rv;
}
