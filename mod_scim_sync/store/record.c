/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <string.h>

#include <apr_lib.h>

#include "base/text.h"
#include "store/sql.h"

#define SHORT                                                                                      \
    "r.id, r.at, r.idp, r.kind, r.method, r.uri, r.address, r.token, r.status, r.why, r.took,"     \
    " r.body_length, r.answer_length"

static apr_status_t insert(scim_sync_db_t *db, const scim_sync_record_t *r, const char *host,
                           apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO request (host, number, at, idp, kind, method, uri, address, token, status,"
        " why, took, headers, body, body_length, answer, answer_length)"
        " VALUES (%s, %lld, %lld, %s, %lld, %s, %s, %s, %s, %lld, %s, %lld, %s, %s, %lld, %s,"
        " %lld) ON CONFLICT (host, number) DO NOTHING",
        DB_ARGS(DB_TEXT(host), DB_INT(r->id), DB_INT(r->at), DB_TEXT(r->idp), DB_INT(r->kind),
                DB_TEXT(r->method), DB_TEXT(r->uri), DB_TEXT(r->address), DB_TEXT(r->token),
                DB_INT(r->status), DB_TEXT(r->why), DB_INT(r->took), DB_TEXT(r->headers),
                DB_TEXT(r->body), DB_INT(r->body_length), DB_TEXT(r->answer),
                DB_INT(r->answer_length)),
        p);
}

/* What is behind the last ones of this kind: one step along the index for each that is kept. */
static apr_status_t trim(scim_sync_db_t *db, const char *idp, int kind, apr_pool_t *p)
{
    static const int kept[SCIM_SYNC_RECORD_KINDS] = SCIM_SYNC_RECORD_KEPT;

    return scim_sync_db_exec(
        db, NULL,
        "DELETE FROM request WHERE idp = %s AND kind = %lld AND id <="
        " (SELECT id FROM request WHERE idp = %s AND kind = %lld ORDER BY id DESC"
        " LIMIT 1 OFFSET %lld)",
        DB_ARGS(DB_TEXT(idp), DB_INT(kind), DB_TEXT(idp), DB_INT(kind), DB_INT(kept[kind])), p);
}

/*
 * When the IdP of this name was made, 0: there is none. It is held as a foreign key holds it, so
 * that it is not deleted meanwhile.
 */
static apr_status_t hold(scim_sync_db_t *db, const char *idp, apr_int64_t *made, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, "SELECT created FROM idp WHERE name = %s{for_key}",
                            DB_ARGS(DB_TEXT(idp)), p);

    *made = rv == APR_SUCCESS && rows->count > 0 ? scim_sync_db_number(rows, 0, 0) : 0;
    return rv;
}

static apr_status_t save_of(scim_sync_db_t *db, const apr_array_header_t *records, const char *idp,
                            const char *host, apr_pool_t *p)
{
    int seen[SCIM_SYNC_RECORD_KINDS] = { 0 };
    apr_status_t rv;
    apr_int64_t made;
    int i;

    if ((rv = hold(db, idp, &made, p)) != APR_SUCCESS || !made) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < records->nelts; i++) {
        const scim_sync_record_t *record = APR_ARRAY_IDX(records, i, const scim_sync_record_t *);

        if (!strcmp(record->idp, idp) && record->idp_made == made) {
            seen[record->kind] = 1;
            rv = insert(db, record, host, p);
        }
    }
    for (i = 0; rv == APR_SUCCESS && i < SCIM_SYNC_RECORD_KINDS; i++) {
        rv = seen[i] ? trim(db, idp, i, p) : rv;
    }
    return rv;
}

apr_status_t scim_sync_record_save(scim_sync_db_t *db, const apr_array_header_t *records,
                                   const char *host, apr_pool_t *p)
{
    apr_array_header_t *idps = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < records->nelts; i++) {
        const char *idp = APR_ARRAY_IDX(records, i, const scim_sync_record_t *)->idp;

        if (!scim_sync_list_holds(idps, idp)) {
            APR_ARRAY_PUSH(idps, const char *) = idp;
        }
    }
    /* Two that save at once lock in the same order. */
    scim_sync_list_sort(idps);
    for (i = 0; rv == APR_SUCCESS && i < idps->nelts; i++) {
        rv = save_of(db, records, APR_ARRAY_IDX(idps, i, const char *), host, p);
    }
    return rv;
}

apr_status_t scim_sync_record_prune(scim_sync_db_t *db, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "DELETE FROM request WHERE at < {now} - %lld",
                             DB_ARGS(DB_INT(SCIM_SYNC_RECORD_MS)), p);
}

static scim_sync_record_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_record_t *r = apr_pcalloc(p, sizeof(*r));

    r->id = scim_sync_db_number(rows, i, 0);
    r->at = scim_sync_db_number(rows, i, 1);
    r->idp = scim_sync_db_text(rows, i, 2);
    r->kind = (scim_sync_record_kind_t)scim_sync_db_number(rows, i, 3);
    r->method = scim_sync_db_text(rows, i, 4);
    r->uri = scim_sync_db_text(rows, i, 5);
    r->address = scim_sync_db_text(rows, i, 6);
    r->token = scim_sync_db_text(rows, i, 7);
    r->status = (int)scim_sync_db_number(rows, i, 8);
    r->why = scim_sync_db_text(rows, i, 9);
    r->took = scim_sync_db_number(rows, i, 10);
    r->body_length = scim_sync_db_number(rows, i, 11);
    r->answer_length = scim_sync_db_number(rows, i, 12);
    return r;
}

/* What LIKE takes for any text with these words in it, in small letters. */
static const char *pattern_of(const char *before, const char *words, apr_pool_t *p)
{
    apr_size_t length = strlen(before);
    char *pattern = apr_palloc(p, length + 2 * strlen(words) + 2);
    char *end = pattern + length;

    memcpy(pattern, before, length);
    for (; *words; words++) {
        if (strchr("%_!", *words)) {
            *end++ = '!';
        }
        *end++ = (char)apr_tolower(*words);
    }
    memcpy(end, "%", 2);
    return pattern;
}

static void put_if_like(scim_sync_sql_t *sql, const char *text, const char *before,
                        const char *words, apr_pool_t *p)
{
    if (words) {
        scim_sync_sql_put(sql, text, DB_ARGS(DB_TEXT(pattern_of(before, words, p))));
    }
}

apr_status_t scim_sync_record_list(scim_sync_db_t *db, apr_array_header_t **records,
                                   const scim_sync_record_query_t *q, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    /* Not "=": PostgreSQL would walk over those of all IdPs where it expects some of this one. */
    scim_sync_sql_put(sql,
                      "SELECT " SHORT " FROM request r"
                      " WHERE r.idp BETWEEN %s AND %s AND r.id < %lld AND r.status >= %lld",
                      DB_ARGS(DB_TEXT(q->idp), DB_TEXT(q->idp),
                              DB_INT(q->before ? q->before : APR_INT64_MAX),
                              DB_INT(q->refused ? 400 : 0)));
    if (q->method) {
        scim_sync_sql_put(sql, " AND lower(r.method) = lower(%s)", DB_ARGS(DB_TEXT(q->method)));
    }
    put_if_like(sql, " AND lower(r.uri) LIKE %s ESCAPE '!'", "%", q->path, p);
    put_if_like(sql, " AND lower(r.address) LIKE %s ESCAPE '!'", "", q->address, p);
    scim_sync_sql_put(sql, " ORDER BY r.idp DESC, r.id DESC LIMIT %lld", DB_ARGS(DB_INT(q->max)));
    if ((rv = scim_sync_sql_select(db, &rows, sql, p)) != APR_SUCCESS) {
        return rv;
    }
    *records = apr_array_make(p, rows->count, sizeof(scim_sync_record_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*records, scim_sync_record_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_record_load(scim_sync_db_t *db, scim_sync_record_t **record, const char *idp,
                                   apr_int64_t id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *record = NULL;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT " SHORT ", r.headers, r.body, r.answer, n.name FROM request r"
                             " LEFT JOIN node n ON n.host = r.host"
                             " WHERE r.idp = %s AND r.id = %lld",
                             DB_ARGS(DB_TEXT(idp), DB_INT(id)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *record = from_row(rows, 0, p);
        (*record)->headers = scim_sync_db_text(rows, 0, 13);
        (*record)->body = scim_sync_db_text(rows, 0, 14);
        (*record)->answer = scim_sync_db_text(rows, 0, 15);
        (*record)->host = scim_sync_db_text(rows, 0, 16);
    }
    return rv;
}
