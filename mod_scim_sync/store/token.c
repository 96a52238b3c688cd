/* SPDX-License-Identifier: Apache-2.0 */
#include "store/config.h"

apr_status_t scim_sync_token_list(scim_sync_db_t *db, apr_array_header_t **tokens, const char *idp,
                                  apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv =
        scim_sync_db_select(db, &rows,
                            "SELECT id, idp, hash, created, expires, last_used, warned, replaced_by"
                            " FROM token"
                            " WHERE idp = COALESCE(%s, idp) ORDER BY created, id",
                            DB_ARGS(DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *tokens = apr_array_make(p, rows->count, sizeof(scim_sync_token_t *));
    for (i = 0; i < rows->count; i++) {
        scim_sync_token_t *t = apr_pcalloc(p, sizeof(*t));

        t->id = scim_sync_db_text(rows, i, 0);
        t->idp = scim_sync_db_text(rows, i, 1);
        t->hash = scim_sync_db_text(rows, i, 2);
        t->created = scim_sync_db_number(rows, i, 3);
        t->expires = scim_sync_db_number(rows, i, 4);
        t->last_used = scim_sync_db_number(rows, i, 5);
        t->warned = (int)scim_sync_db_number(rows, i, 6);
        t->replaced_by = scim_sync_db_text(rows, i, 7);
        APR_ARRAY_PUSH(*tokens, scim_sync_token_t *) = t;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_token_insert(scim_sync_db_t *db, const scim_sync_token_t *token,
                                    apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "INSERT INTO token (id, idp, hash, created, expires, last_used)"
                           " VALUES (%s, %s, %s, {now}, %lld, 0)",
                           DB_ARGS(DB_TEXT(token->id), DB_TEXT(token->idp), DB_TEXT(token->hash),
                                   DB_INT(token->expires)),
                           p);
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_token_delete(scim_sync_db_t *db, const char *idp, const char *id,
                                    int *deleted, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, deleted, "DELETE FROM token WHERE idp = %s AND id = %s",
                           DB_ARGS(DB_TEXT(idp), DB_TEXT(id)), p);
    return rv == APR_SUCCESS && *deleted ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_token_warn(scim_sync_db_t *db, const scim_sync_token_t *token, int urgency,
                                  int *first, apr_pool_t *p)
{
    return scim_sync_db_exec(db, first,
                             "UPDATE token SET warned = %lld WHERE id = %s AND warned < %lld",
                             DB_ARGS(DB_INT(urgency), DB_TEXT(token->id), DB_INT(urgency)), p);
}

apr_status_t scim_sync_token_used(scim_sync_db_t *db, const char *id, apr_int64_t at, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE token SET last_used = %lld WHERE id = %s AND last_used < %lld",
                             DB_ARGS(DB_INT(at), DB_TEXT(id), DB_INT(at)), p);
}
