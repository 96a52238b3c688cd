/* SPDX-License-Identifier: Apache-2.0 */
#include "store/token_end.h"

static apr_array_header_t *from_rows(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *ended = apr_array_make(p, rows->count, sizeof(scim_sync_token_end_t *));
    int i;

    for (i = 0; i < rows->count; i++) {
        scim_sync_token_end_t *t = apr_pcalloc(p, sizeof(*t));

        t->id = scim_sync_db_text(rows, i, 0);
        t->idp = scim_sync_db_text(rows, i, 1);
        t->hash = scim_sync_db_text(rows, i, 2);
        t->how = scim_sync_db_text(rows, i, 3);
        t->who = scim_sync_db_text(rows, i, 4);
        t->created = scim_sync_db_number(rows, i, 5);
        t->ended = scim_sync_db_number(rows, i, 6);
        t->last_used = scim_sync_db_number(rows, i, 7);
        APR_ARRAY_PUSH(ended, scim_sync_token_end_t *) = t;
    }
    return ended;
}

apr_status_t scim_sync_token_end_list(scim_sync_db_t *db, apr_array_header_t **ended,
                                      const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT id, idp, hash, how, who, created, ended, last_used"
                             " FROM token_end WHERE idp = COALESCE(%s, idp)"
                             " ORDER BY ended DESC, id",
                             DB_ARGS(DB_TEXT(idp)), p);
    if (rv == APR_SUCCESS) {
        *ended = from_rows(rows, p);
    }
    return rv;
}

/* Move one from among the tokens; *moved 0: it is not there. */
static apr_status_t move(scim_sync_db_t *db, const char *idp, const char *id, const char *how,
                         const char *who, int *moved, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, NULL,
        "INSERT INTO token_end (id, idp, hash, how, who, created, ended, last_used)"
        " SELECT id, idp, hash, %s, %s, created,"
        " CASE WHEN expires > 0 AND expires < {now} THEN expires ELSE {now} END, last_used"
        " FROM token"
        " WHERE idp = %s AND id = %s",
        DB_ARGS(DB_TEXT(how), DB_TEXT(who), DB_TEXT(idp), DB_TEXT(id)), p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_token_delete(db, idp, id, moved, p);
    }
    return rv;
}

/* The oldest are forgotten. */
static apr_status_t trim(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "DELETE FROM token_end WHERE idp = %s AND id NOT IN (SELECT id FROM token_end"
        " WHERE idp = %s ORDER BY ended DESC, id LIMIT %lld)",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_INT(SCIM_SYNC_TOKENS_ENDED)), p);
}

apr_status_t scim_sync_token_revoke(scim_sync_db_t *db, const char *idp, const char *id,
                                    const char *who, int *revoked, apr_pool_t *p)
{
    apr_status_t rv = move(db, idp, id, SCIM_SYNC_TOKEN_REVOKED, who, revoked, p);

    return rv == APR_SUCCESS && *revoked ? trim(db, idp, p) : rv;
}

apr_status_t scim_sync_token_replace(scim_sync_db_t *db, const char *idp, const char *who,
                                     apr_int64_t until, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "UPDATE token SET replaced_by = %s, expires = %lld WHERE idp = %s"
                           " AND (expires = 0 OR expires > %lld)",
                           DB_ARGS(DB_TEXT(who), DB_INT(until), DB_TEXT(idp), DB_INT(until)), p);
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_token_end_replaced(scim_sync_db_t *db, apr_array_header_t **ended,
                                          const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int moved;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT id, idp, hash, 'replaced', replaced_by, created, expires,"
        " last_used FROM token WHERE replaced_by IS NOT NULL"
        " AND expires <= {now} AND idp = COALESCE(%s, idp) AND id NOT IN"
        " (SELECT id FROM token WHERE replaced_by IS NOT NULL"
        " AND expires <= {now} AND idp = COALESCE(%s, idp)"
        " ORDER BY expires DESC, created DESC, id LIMIT %lld)"
        " ORDER BY expires, created, id",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_INT(idp ? SCIM_SYNC_TOKENS_ENDED : 0)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *ended = from_rows(rows, p);
    for (i = 0; rv == APR_SUCCESS && i < (*ended)->nelts; i++) {
        const scim_sync_token_end_t *t = APR_ARRAY_IDX(*ended, i, scim_sync_token_end_t *);

        rv = move(db, t->idp, t->id, SCIM_SYNC_TOKEN_REPLACED, t->who, &moved, p);
        if (rv == APR_SUCCESS) {
            rv = trim(db, t->idp, p);
        }
    }
    return rv;
}
