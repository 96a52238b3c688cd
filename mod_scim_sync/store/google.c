/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables google and google_attempt.
 */
#include "store/google.h"

#include <apr_strings.h>

#include "store/config.h"
#include "store/google_channel.h"

#define SELECT                                                                                     \
    "SELECT idp, settings, client_secret, service_key, version, state, way, reason, since, who,"   \
    " domain, scopes, refresh_token, refresh_until, access_token, access_until - {now},"           \
    " ask_at - {now}, generation, warned FROM google"

static apr_int64_t at_least_none(apr_int64_t ms)
{
    return ms > 0 ? ms : 0;
}

static scim_sync_google_idp_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_google_idp_t *google = apr_pcalloc(p, sizeof(*google));

    google->idp = scim_sync_db_text(rows, i, 0);
    google->settings = scim_sync_db_text(rows, i, 1);
    google->client_secret = scim_sync_db_text(rows, i, 2);
    google->service_key = scim_sync_db_text(rows, i, 3);
    google->version = scim_sync_db_number(rows, i, 4);
    google->state = scim_sync_db_text(rows, i, 5);
    google->way = scim_sync_db_text(rows, i, 6);
    google->reason = scim_sync_db_text(rows, i, 7);
    google->since = scim_sync_db_number(rows, i, 8);
    google->who = scim_sync_db_text(rows, i, 9);
    google->domain = scim_sync_db_text(rows, i, 10);
    google->scopes = scim_sync_db_text(rows, i, 11);
    google->refresh_token = scim_sync_db_text(rows, i, 12);
    google->refresh_until = scim_sync_db_number(rows, i, 13);
    google->access_token = scim_sync_db_text(rows, i, 14);
    google->access_left = at_least_none(scim_sync_db_number(rows, i, 15));
    google->ask_in = at_least_none(scim_sync_db_number(rows, i, 16));
    google->generation = scim_sync_db_number(rows, i, 17);
    google->warned = (int)scim_sync_db_number(rows, i, 18);
    return google;
}

const char *scim_sync_google_context(const char *idp, const char *what, apr_pool_t *p)
{
    return apr_pstrcat(p, "google/", idp, "/", what, NULL);
}

apr_status_t scim_sync_google_insert(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(
        db, NULL,
        "INSERT INTO google (idp, settings, version, state, since, refresh_until, warned,"
        " access_until, ask_at, generation)"
        " VALUES (%s, '{}', 1, '" SCIM_SYNC_GOOGLE_NONE "', {now}, 0, 0, 0, 0, 1)",
        DB_ARGS(DB_TEXT(idp)), p);

    return rv == APR_SUCCESS ? scim_sync_push_insert(db, idp, p) : rv;
}

apr_status_t scim_sync_google_load(scim_sync_db_t *db, scim_sync_google_idp_t **google,
                                   const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, SELECT " WHERE idp = %s", DB_ARGS(DB_TEXT(idp)), p);

    *google = rv == APR_SUCCESS && rows->count > 0 ? from_row(rows, 0, p) : NULL;
    return rv;
}

static apr_status_t list(scim_sync_db_t *db, apr_array_header_t **all, const char *sql,
                         apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, sql, DB_NO_ARGS, p);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *all = apr_array_make(p, rows->count, sizeof(scim_sync_google_idp_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*all, scim_sync_google_idp_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_google_list_lost(scim_sync_db_t *db, apr_array_header_t **lost,
                                        apr_pool_t *p)
{
    return list(db, lost, SELECT " WHERE state = '" SCIM_SYNC_GOOGLE_RECONNECT "' ORDER BY idp", p);
}

apr_status_t scim_sync_google_list_ending(scim_sync_db_t *db, apr_array_header_t **ending,
                                          apr_pool_t *p)
{
    return list(db, ending,
                SELECT " WHERE state = '" SCIM_SYNC_GOOGLE_CONNECTED "' AND refresh_until > 0"
                       " ORDER BY idp",
                p);
}

apr_status_t scim_sync_google_warn(scim_sync_db_t *db, const scim_sync_google_idp_t *google,
                                   int urgency, int *first, apr_pool_t *p)
{
    return scim_sync_db_exec(db, first,
                             "UPDATE google SET warned = %lld WHERE idp = %s"
                             " AND refresh_until = %lld AND warned < %lld",
                             DB_ARGS(DB_INT(urgency), DB_TEXT(google->idp),
                                     DB_INT(google->refresh_until), DB_INT(urgency)),
                             p);
}

apr_status_t scim_sync_google_put(scim_sync_db_t *db, const scim_sync_google_idp_t *google,
                                  int *stored, apr_pool_t *p)
{
    return scim_sync_db_exec(db, stored,
                             "UPDATE google SET settings = %s, client_secret = %s,"
                             " service_key = %s, version = version + 1"
                             " WHERE idp = %s AND version = %lld",
                             DB_ARGS(DB_TEXT(google->settings), DB_TEXT(google->client_secret),
                                     DB_TEXT(google->service_key), DB_TEXT(google->idp),
                                     DB_INT(google->version)),
                             p);
}

apr_status_t scim_sync_google_connect(scim_sync_db_t *db, const scim_sync_google_idp_t *google,
                                      int *stored, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(
        db, stored,
        "UPDATE google SET state = '" SCIM_SYNC_GOOGLE_CONNECTED "', way = %s, reason = NULL,"
        " since = {now}, who = %s, domain = %s, scopes = %s, refresh_token = %s,"
        " refresh_until = %lld, warned = 0, access_token = %s, access_until = {now} + %lld, ask_at "
        "= 0,"
        " generation = generation + 1 WHERE idp = %s AND since = %lld AND version = %lld",
        DB_ARGS(DB_TEXT(google->way), DB_TEXT(google->who), DB_TEXT(google->domain),
                DB_TEXT(google->scopes), DB_TEXT(google->refresh_token),
                DB_INT(google->refresh_until), DB_TEXT(google->access_token),
                DB_INT(google->access_left), DB_TEXT(google->idp), DB_INT(google->since),
                DB_INT(google->version)),
        p);

    if (rv == APR_SUCCESS && *stored) {
        rv = scim_sync_push_reset(db, google->idp, p);
    }
    return rv == APR_SUCCESS && *stored ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_google_disconnect(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(
        db, NULL,
        "UPDATE google SET state = '" SCIM_SYNC_GOOGLE_NONE "', way = NULL, reason = NULL,"
        " since = {now}, scopes = NULL, refresh_token = NULL, refresh_until = 0,"
        " access_token = NULL, access_until = 0, ask_at = 0, generation = generation + 1"
        " WHERE idp = %s",
        DB_ARGS(DB_TEXT(idp)), p);

    return rv == APR_SUCCESS ? scim_sync_channel_drop_all(db, idp, p) : rv;
}

apr_status_t scim_sync_google_claim(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                    apr_int64_t ms, int *mine, apr_pool_t *p)
{
    return scim_sync_db_exec(db, mine,
                             "UPDATE google SET ask_at = {now} + %lld WHERE idp = %s"
                             " AND generation = %lld AND state = '" SCIM_SYNC_GOOGLE_CONNECTED "'"
                             " AND ask_at <= {now}",
                             DB_ARGS(DB_INT(ms), DB_TEXT(idp), DB_INT(generation)), p);
}

apr_status_t scim_sync_google_put_off(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                      apr_int64_t ms, const char *reason, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE google SET ask_at = {now} + %lld, reason = %s"
                             " WHERE idp = %s AND generation = %lld"
                             " AND state = '" SCIM_SYNC_GOOGLE_CONNECTED "'",
                             DB_ARGS(DB_INT(ms), DB_TEXT(reason), DB_TEXT(idp), DB_INT(generation)),
                             p);
}

apr_status_t scim_sync_google_refreshed(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                        const char *access_token, apr_int64_t ms,
                                        const char *refresh_token, int *stored, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, stored,
        "UPDATE google SET access_token = %s, access_until = {now} + %lld,"
        " refresh_token = COALESCE(%s, refresh_token), reason = NULL, ask_at = 0,"
        " generation = generation + 1"
        " WHERE idp = %s AND generation = %lld"
        " AND state = '" SCIM_SYNC_GOOGLE_CONNECTED "'",
        DB_ARGS(DB_TEXT(access_token), DB_INT(ms), DB_TEXT(refresh_token), DB_TEXT(idp),
                DB_INT(generation)),
        p);
}

apr_status_t scim_sync_google_lose(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                   const char *reason, int *first, apr_pool_t *p)
{
    return scim_sync_db_exec(db, first,
                             "UPDATE google SET state = '" SCIM_SYNC_GOOGLE_RECONNECT "',"
                             " reason = %s, since = {now}, access_token = NULL, access_until = 0,"
                             " ask_at = 0, generation = generation + 1"
                             " WHERE idp = %s AND generation = %lld"
                             " AND state = '" SCIM_SYNC_GOOGLE_CONNECTED "'",
                             DB_ARGS(DB_TEXT(reason), DB_TEXT(idp), DB_INT(generation)), p);
}

apr_status_t scim_sync_google_use_attempt(scim_sync_db_t *db, const char *state, apr_int64_t until,
                                          int *first, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(db, NULL, "DELETE FROM google_attempt WHERE until < {now}",
                                        DB_NO_ARGS, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, first,
                               "INSERT INTO google_attempt (state, until) VALUES (%s, %lld)"
                               " ON CONFLICT (state) DO NOTHING",
                               DB_ARGS(DB_TEXT(state), DB_INT(until)), p);
    }
    return rv;
}
