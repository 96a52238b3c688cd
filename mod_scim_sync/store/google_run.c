/* SPDX-License-Identifier: Apache-2.0 */
#include "store/google_run.h"

#define COLUMNS                                                                                    \
    "SELECT id, idp, cause, who, trust, state, doing, detail, asked, started, ended, calls,"       \
    " tries, counts, errors, changes FROM google_run"

static apr_array_header_t *from_rows(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *runs = apr_array_make(p, rows->count + 1, sizeof(void *));
    int i;

    for (i = 0; i < rows->count; i++) {
        scim_sync_google_run_t *run = apr_pcalloc(p, sizeof(*run));

        run->id = scim_sync_db_number(rows, i, 0);
        run->idp = scim_sync_db_text(rows, i, 1);
        run->cause = scim_sync_db_text(rows, i, 2);
        run->who = scim_sync_db_text(rows, i, 3);
        run->trust = (int)scim_sync_db_number(rows, i, 4);
        run->state = scim_sync_db_text(rows, i, 5);
        run->doing = scim_sync_db_text(rows, i, 6);
        run->detail = scim_sync_db_text(rows, i, 7);
        run->asked = scim_sync_db_number(rows, i, 8);
        run->started = scim_sync_db_number(rows, i, 9);
        run->ended = scim_sync_db_number(rows, i, 10);
        run->calls = scim_sync_db_number(rows, i, 11);
        run->tries = scim_sync_db_number(rows, i, 12);
        run->counts = scim_sync_db_text(rows, i, 13);
        run->errors = scim_sync_db_text(rows, i, 14);
        run->changes = (int)scim_sync_db_number(rows, i, 15);
        APR_ARRAY_PUSH(runs, scim_sync_google_run_t *) = run;
    }
    return runs;
}

#define IS_OPEN " state IN ('waiting', 'running')"
/* Likewise; of those that serve who asks for one of this cause. */
#define SERVES IS_OPEN " AND (cause = 'preview') = (%s = 'preview')"

apr_status_t scim_sync_google_run_ask(scim_sync_db_t *db, const char *idp, const char *cause,
                                      const char *who, int trust, apr_int64_t *id, int *first,
                                      apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, first,
        "INSERT INTO google_run (idp, cause, who, trust, state, asked, started, ended, calls,"
        " tries) VALUES (%s, %s, %s, %lld, 'waiting', {now}, 0, 0, 0, 0)"
        " ON CONFLICT DO NOTHING",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(cause), DB_TEXT(who), DB_INT(trust)), p);
    if (rv == APR_SUCCESS && !*first && trust) {
        rv =
            scim_sync_db_exec(db, NULL, "UPDATE google_run SET trust = 1 WHERE idp = %s AND" SERVES,
                              DB_ARGS(DB_TEXT(idp), DB_TEXT(cause)), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_select(db, &rows, "SELECT id FROM google_run WHERE idp = %s AND" SERVES,
                                 DB_ARGS(DB_TEXT(idp), DB_TEXT(cause)), p);
    }
    if (rv == APR_SUCCESS) {
        *id = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_google_run_open(scim_sync_db_t *db, apr_array_header_t **runs, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows,
                            COLUMNS " WHERE state IN ('waiting', 'running', 'telling')"
                                    " ORDER BY idp, id",
                            DB_NO_ARGS, p);

    if (rv == APR_SUCCESS) {
        *runs = from_rows(rows, p);
    }
    return rv;
}

apr_status_t scim_sync_google_run_start(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p)
{
    int begun;
    apr_status_t rv;

    rv = scim_sync_db_exec(db, &begun,
                           "UPDATE google_run SET state = 'running', started = {now}, calls = 0,"
                           " tries = tries + 1, doing = NULL, detail = NULL, errors = NULL"
                           " WHERE id = %lld AND" IS_OPEN,
                           DB_ARGS(DB_INT(id)), p);
    return rv == APR_SUCCESS && !begun
               ? scim_sync_db_exec(db, NULL,
                                   "UPDATE google_run SET tries = tries + 1 WHERE id = %lld"
                                   " AND state = 'telling'",
                                   DB_ARGS(DB_INT(id)), p)
               : rv;
}

apr_status_t scim_sync_google_run_believe(scim_sync_db_t *db, const scim_sync_google_run_t *run,
                                          apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE google_run SET state = 'telling', doing = 'telling', detail = NULL, calls = %lld,"
        " counts = %s, errors = %s WHERE id = %lld",
        DB_ARGS(DB_INT(run->calls), DB_TEXT(run->counts), DB_TEXT(run->errors), DB_INT(run->id)),
        p);
}

apr_status_t scim_sync_google_run_tell(scim_sync_db_t *db, const scim_sync_google_run_t *run,
                                       apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE google_run SET doing = %s, detail = %s, calls = %lld, errors = %s WHERE id = %lld",
        DB_ARGS(DB_TEXT(run->doing), DB_TEXT(run->detail), DB_INT(run->calls), DB_TEXT(run->errors),
                DB_INT(run->id)),
        p);
}

apr_status_t scim_sync_google_run_end(scim_sync_db_t *db, const scim_sync_google_run_t *run,
                                      apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "UPDATE google_run SET state = %s, doing = NULL, detail = %s,"
                           " calls = %lld, counts = %s, errors = %s, ended = {now} WHERE id = %lld",
                           DB_ARGS(DB_TEXT(run->state), DB_TEXT(run->detail), DB_INT(run->calls),
                                   DB_TEXT(run->counts), DB_TEXT(run->errors), DB_INT(run->id)),
                           p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(
        db, NULL,
        "DELETE FROM google_run WHERE idp = %s AND id < (SELECT MIN(k.id) FROM (SELECT id FROM"
        " google_run WHERE idp = %s ORDER BY id DESC LIMIT %lld) k) AND NOT" IS_OPEN
        " AND id <> (SELECT COALESCE(MAX(d.id), 0) FROM google_run d WHERE d.idp = %s"
        "  AND d.state = 'done' AND d.cause <> 'preview')",
        DB_ARGS(DB_TEXT(run->idp), DB_TEXT(run->idp), DB_INT(SCIM_SYNC_RUNS_KEPT),
                DB_TEXT(run->idp)),
        p);
}

apr_status_t scim_sync_google_run_list(scim_sync_db_t *db, apr_array_header_t **runs,
                                       const char *idp, apr_int64_t before, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    /* Not "=", as in the list of requests (store/record.c). */
    rv = scim_sync_db_select(db, &rows,
                             COLUMNS " WHERE idp BETWEEN %s AND %s AND id < %lld"
                                     " ORDER BY idp DESC, id DESC LIMIT %lld",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(idp),
                                     DB_INT(before ? before : APR_INT64_MAX), DB_INT(max)),
                             p);
    if (rv == APR_SUCCESS) {
        *runs = from_rows(rows, p);
    }
    return rv;
}

apr_status_t scim_sync_google_run_load(scim_sync_db_t *db, scim_sync_google_run_t **run,
                                       const char *idp, apr_int64_t id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, COLUMNS " WHERE idp = %s AND id = %lld",
                                          DB_ARGS(DB_TEXT(idp), DB_INT(id)), p);

    if (rv == APR_SUCCESS) {
        *run =
            rows->count > 0 ? APR_ARRAY_IDX(from_rows(rows, p), 0, scim_sync_google_run_t *) : NULL;
    }
    return rv;
}
