/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables google_channel and google_push.
 */
#include "store/google_channel.h"

/* ---- how it stands ---- */

apr_status_t scim_sync_push_insert(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO google_push (idp, hinted, since, failures, ask_at)"
                             " VALUES (%s, 0, 0, 0, 0)",
                             DB_ARGS(DB_TEXT(idp)), p);
}

apr_status_t scim_sync_push_reset(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE google_push SET since = 0, failures = 0, detail = NULL,"
                             " ask_at = 0 WHERE idp = %s",
                             DB_ARGS(DB_TEXT(idp)), p);
}

apr_status_t scim_sync_push_load(scim_sync_db_t *db, scim_sync_push_t **push, const char *idp,
                                 apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows,
                                          "SELECT since, failures, detail, ask_at, hinted, {now}"
                                          " FROM google_push WHERE idp = %s",
                                          DB_ARGS(DB_TEXT(idp)), p);

    *push = NULL;
    if (rv == APR_SUCCESS && rows->count > 0) {
        *push = apr_pcalloc(p, sizeof(**push));
        (*push)->since = scim_sync_db_number(rows, 0, 0);
        (*push)->failures = (int)scim_sync_db_number(rows, 0, 1);
        (*push)->detail = scim_sync_db_text(rows, 0, 2);
        (*push)->ask_at = scim_sync_db_number(rows, 0, 3);
        (*push)->hinted = scim_sync_db_number(rows, 0, 4);
        (*push)->now = scim_sync_db_number(rows, 0, 5);
    }
    return rv;
}

apr_status_t scim_sync_push_claim(scim_sync_db_t *db, const char *idp, apr_int64_t ms, int *mine,
                                  apr_pool_t *p)
{
    return scim_sync_db_exec(db, mine,
                             "UPDATE google_push SET ask_at = {now} + %lld WHERE idp = %s"
                             " AND ask_at <= {now}",
                             DB_ARGS(DB_INT(ms), DB_TEXT(idp)), p);
}

apr_status_t scim_sync_push_give_back(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "UPDATE google_push SET ask_at = 0 WHERE idp = %s",
                             DB_ARGS(DB_TEXT(idp)), p);
}

/* It turns from one into the other: since and, of the caller's, *first are about that. */
static apr_status_t turn(scim_sync_db_t *db, const char *idp, int fails, int *first, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, first,
        fails ? "UPDATE google_push SET since = {now} WHERE idp = %s AND failures = 0"
              : "UPDATE google_push SET since = {now} WHERE idp = %s"
                " AND (failures > 0 OR since = 0)",
        DB_ARGS(DB_TEXT(idp)), p);
}

apr_status_t scim_sync_push_tell(scim_sync_db_t *db, const char *idp, const char *failure,
                                 apr_int64_t ms, int *first, apr_pool_t *p)
{
    apr_status_t rv = turn(db, idp, failure != NULL, first, p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(
                     db, NULL,
                     "UPDATE google_push SET failures = CASE WHEN %lld = 1 THEN failures + 1"
                     " ELSE 0 END, detail = %s, ask_at = {now} + %lld WHERE idp = %s",
                     DB_ARGS(DB_INT(failure != NULL), DB_TEXT(failure), DB_INT(ms), DB_TEXT(idp)),
                     p)
               : rv;
}

/* ---- channels ---- */

#define COLUMNS                                                                                    \
    "SELECT c.id, c.idp, c.event, c.address, c.hash, c.resource_id, c.number, c.made, c.expires"

static scim_sync_channel_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_channel_t *channel = apr_pcalloc(p, sizeof(*channel));

    channel->id = scim_sync_db_text(rows, i, 0);
    channel->idp = scim_sync_db_text(rows, i, 1);
    channel->event = scim_sync_db_text(rows, i, 2);
    channel->address = scim_sync_db_text(rows, i, 3);
    channel->hash = scim_sync_db_text(rows, i, 4);
    channel->resource_id = scim_sync_db_text(rows, i, 5);
    channel->number = scim_sync_db_number(rows, i, 6);
    channel->made = scim_sync_db_number(rows, i, 7);
    channel->expires = scim_sync_db_number(rows, i, 8);
    return channel;
}

apr_status_t scim_sync_channel_list(scim_sync_db_t *db, apr_array_header_t **channels,
                                    const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows,
                            COLUMNS " FROM google_channel c WHERE c.idp = %s ORDER BY c.made, c.id",
                            DB_ARGS(DB_TEXT(idp)), p);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *channels = apr_array_make(p, rows->count + 1, sizeof(scim_sync_channel_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*channels, scim_sync_channel_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_channel_add(scim_sync_db_t *db, const scim_sync_channel_t *channel,
                                   apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO google_channel (id, idp, event, address, hash, number, made, expires)"
        " VALUES (%s, %s, %s, %s, %s, 0, {now}, 0)",
        DB_ARGS(DB_TEXT(channel->id), DB_TEXT(channel->idp), DB_TEXT(channel->event),
                DB_TEXT(channel->address), DB_TEXT(channel->hash)),
        p);
}

apr_status_t scim_sync_channel_open(scim_sync_db_t *db, const char *id, const char *resource_id,
                                    apr_int64_t expires, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "UPDATE google_channel SET resource_id = %s, expires = %lld WHERE id = %s",
        DB_ARGS(DB_TEXT(resource_id), DB_INT(expires), DB_TEXT(id)), p);
}

apr_status_t scim_sync_channel_drop(scim_sync_db_t *db, const char *id, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "DELETE FROM google_channel WHERE id = %s",
                             DB_ARGS(DB_TEXT(id)), p);
}

apr_status_t scim_sync_channel_drop_all(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "DELETE FROM google_channel WHERE idp = %s",
                             DB_ARGS(DB_TEXT(idp)), p);
}

/* ---- what Google says ---- */

apr_status_t scim_sync_channel_find(scim_sync_db_t *db, scim_sync_channel_t **channel, int *served,
                                    const char *id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(
        db, &rows,
        COLUMNS ", CASE WHEN h.hinted > COALESCE((SELECT MAX(r.started) FROM google_run r"
                " WHERE r.idp = c.idp AND r.cause <> 'preview'), 0) THEN 1 ELSE 0 END"
                " FROM google_channel c JOIN google_push h ON h.idp = c.idp WHERE c.id = %s",
        DB_ARGS(DB_TEXT(id)), p);

    *channel = rv == APR_SUCCESS && rows->count > 0 ? from_row(rows, 0, p) : NULL;
    *served = *channel != NULL && scim_sync_db_number(rows, 0, 9) == 1;
    return rv;
}

apr_status_t scim_sync_channel_hear(scim_sync_db_t *db, const scim_sync_channel_t *channel,
                                    apr_int64_t number, int *news, apr_pool_t *p)
{
    apr_status_t rv =
        scim_sync_db_exec(db, news,
                          "UPDATE google_channel SET number = %lld WHERE id = %s AND number < %lld",
                          DB_ARGS(DB_INT(number), DB_TEXT(channel->id), DB_INT(number)), p);

    return rv == APR_SUCCESS && *news
               ? scim_sync_db_exec(db, NULL, "UPDATE google_push SET hinted = {now} WHERE idp = %s",
                                   DB_ARGS(DB_TEXT(channel->idp)), p)
               : rv;
}
