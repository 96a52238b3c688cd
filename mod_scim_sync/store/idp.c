/* SPDX-License-Identifier: Apache-2.0 */
#include "store/config.h"

#include <apr_hash.h>

#include "base/text.h"
#include "store/lease.h"
#include "store/task.h"

#define COLUMNS                                                                                    \
    "name, provider, mode, state, version, created, changed, rules, kind, per_minute, "            \
    "allow_from, display_name"

static scim_sync_idp_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_idp_t *idp = apr_pcalloc(p, sizeof(*idp));

    idp->name = scim_sync_db_text(rows, i, 0);
    idp->provider = scim_sync_db_text(rows, i, 1);
    idp->mode = scim_sync_db_text(rows, i, 2);
    idp->state = scim_sync_db_text(rows, i, 3);
    idp->version = scim_sync_db_number(rows, i, 4);
    idp->created = scim_sync_db_number(rows, i, 5);
    idp->changed = scim_sync_db_number(rows, i, 6);
    idp->rules = scim_sync_db_text(rows, i, 7);
    idp->kind = scim_sync_db_text(rows, i, 8);
    idp->per_minute = scim_sync_db_number(rows, i, 9);
    idp->allow_from = scim_sync_db_text(rows, i, 10);
    idp->display_name = scim_sync_db_text(rows, i, 11);
    idp->sites = apr_array_make(p, 1, sizeof(const char *));
    return idp;
}

/* Add to each of the IdPs, which are all or the one of that name, the sites that it feeds. */
static apr_status_t add_sites(scim_sync_db_t *db, const apr_array_header_t *idps, const char *name,
                              apr_pool_t *p)
{
    apr_hash_t *known = apr_hash_make(p);
    scim_sync_rows_t *rows;
    scim_sync_idp_t *idp;
    apr_status_t rv;
    int i;

    for (i = 0; i < idps->nelts; i++) {
        idp = APR_ARRAY_IDX(idps, i, scim_sync_idp_t *);
        apr_hash_set(known, idp->name, APR_HASH_KEY_STRING, idp);
    }
    rv = scim_sync_db_select(db, &rows,
                             "SELECT idp, site FROM idp_site WHERE idp = COALESCE(%s, idp)",
                             DB_ARGS(DB_TEXT(name)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        if ((idp = apr_hash_get(known, scim_sync_db_text(rows, i, 0), APR_HASH_KEY_STRING))) {
            APR_ARRAY_PUSH(idp->sites, const char *) = scim_sync_db_text(rows, i, 1);
        }
    }
    for (i = 0; i < idps->nelts; i++) {
        idp = APR_ARRAY_IDX(idps, i, scim_sync_idp_t *);
        /*
         * By bytes: a database's own order depends on its locale, and locks are taken in this one.
         */
        scim_sync_list_sort(idp->sites);
    }
    return rv;
}

static apr_status_t load_all(scim_sync_db_t *db, apr_array_header_t **idps, const char *name,
                             apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT " COLUMNS
                             " FROM idp WHERE name = COALESCE(%s, name) ORDER BY name",
                             DB_ARGS(DB_TEXT(name)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *idps = apr_array_make(p, rows->count, sizeof(scim_sync_idp_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*idps, scim_sync_idp_t *) = from_row(rows, i, p);
    }
    return add_sites(db, *idps, name, p);
}

apr_status_t scim_sync_idp_load(scim_sync_db_t *db, scim_sync_idp_t **idp, const char *name,
                                apr_pool_t *p)
{
    apr_array_header_t *idps;
    apr_status_t rv;

    *idp = NULL;
    rv = load_all(db, &idps, name, p);
    if (rv == APR_SUCCESS && idps->nelts > 0) {
        *idp = APR_ARRAY_IDX(idps, 0, scim_sync_idp_t *);
    }
    return rv;
}

apr_status_t scim_sync_idp_list(scim_sync_db_t *db, apr_array_header_t **idps, apr_pool_t *p)
{
    return load_all(db, idps, NULL, p);
}

static apr_status_t add_site(scim_sync_db_t *db, const char *name, const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "INSERT INTO idp_site (idp, site) VALUES (%s, %s)",
                             DB_ARGS(DB_TEXT(name), DB_TEXT(site)), p);
}

apr_status_t scim_sync_idp_insert(scim_sync_db_t *db, const scim_sync_idp_t *idp, int *stored,
                                  apr_pool_t *p)
{
    apr_status_t rv;
    int i;

    rv = scim_sync_db_exec(
        db, stored,
        "INSERT INTO idp (name, provider, mode, state, kind, per_minute,"
        " allow_from, display_name, version, created, changed)"
        " VALUES (%s, %s, %s, %s, %s, %lld, %s, %s, 1, {now}, {now})"
        " ON CONFLICT (name) DO NOTHING",
        DB_ARGS(DB_TEXT(idp->name), DB_TEXT(idp->provider), DB_TEXT(idp->mode), DB_TEXT(idp->state),
                DB_TEXT(idp->kind ? idp->kind : SCIM_SYNC_KIND_SCIM), DB_INT(idp->per_minute),
                DB_TEXT(idp->allow_from), DB_TEXT(idp->display_name)),
        p);
    for (i = 0; rv == APR_SUCCESS && *stored && i < idp->sites->nelts; i++) {
        rv = add_site(db, idp->name, APR_ARRAY_IDX(idp->sites, i, const char *), p);
    }
    return rv == APR_SUCCESS && *stored ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_idp_hold(scim_sync_db_t *db, const char *name, apr_int64_t *version,
                                apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, "SELECT version FROM idp WHERE name = %s{for_update}",
                             DB_ARGS(DB_TEXT(name)), p);
    *version = rv == APR_SUCCESS && rows->count > 0 ? scim_sync_db_number(rows, 0, 0) : 0;
    return rv;
}

apr_status_t scim_sync_idp_update(scim_sync_db_t *db, const scim_sync_idp_t *idp, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "UPDATE idp SET provider = %s, state = %s, per_minute = %lld, "
                           "allow_from = %s, display_name = %s,"
                           " version = version + 1, changed = {now} WHERE name = %s",
                           DB_ARGS(DB_TEXT(idp->provider), DB_TEXT(idp->state),
                                   DB_INT(idp->per_minute), DB_TEXT(idp->allow_from),
                                   DB_TEXT(idp->display_name), DB_TEXT(idp->name)),
                           p);
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_idp_make_due(scim_sync_db_t *db, const scim_sync_idp_t *idp,
                                    const apr_array_header_t *more, apr_pool_t *p)
{
    apr_array_header_t *sites =
        more ? apr_array_append(p, idp->sites, more) : apr_array_copy(p, idp->sites);
    apr_status_t rv;

    scim_sync_list_sort(sites);
    rv = scim_sync_lease_hold_each(db, sites, p);
    return rv == APR_SUCCESS ? scim_sync_task_retry_idp(db, idp->name, p) : rv;
}

apr_status_t scim_sync_idp_put_rules(scim_sync_db_t *db, const scim_sync_idp_t *idp,
                                     const char *rules, int *stored, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_lease_hold_fed(db, idp->name, p);

    if (rv == APR_SUCCESS) {
        rv =
            scim_sync_db_exec(db, stored,
                              "UPDATE idp SET rules = %s, version = version + 1, changed = {now}"
                              " WHERE name = %s AND version = %lld",
                              DB_ARGS(DB_TEXT(rules), DB_TEXT(idp->name), DB_INT(idp->version)), p);
    }
    if (rv != APR_SUCCESS || !*stored) {
        return rv;
    }
    if ((rv = scim_sync_task_add_all(db, idp->name, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_retry_idp(db, idp->name, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_generation_raise(db, p);
}

apr_status_t scim_sync_idp_resources(scim_sync_db_t *db, apr_int64_t *count, const char *name,
                                     apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, "SELECT COUNT(*) FROM resource WHERE idp = %s",
                             DB_ARGS(DB_TEXT(name)), p);
    if (rv == APR_SUCCESS) {
        *count = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

/* It tells of its people there again: what was said of its end no longer holds. */
static apr_status_t end_pass(scim_sync_db_t *db, const char *name, const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET released = 0,"
                             " spared = CASE WHEN guard IS NULL THEN NULL ELSE spared END"
                             " WHERE idp = %s AND site = %s AND released = 1",
                             DB_ARGS(DB_TEXT(name), DB_TEXT(site)), p);
}

apr_status_t scim_sync_idp_feed(scim_sync_db_t *db, const char *name, const char *site,
                                apr_pool_t *p)
{
    apr_status_t rv = scim_sync_lease_hold(db, site, p);

    if (rv == APR_SUCCESS && (rv = add_site(db, name, site, p)) == APR_SUCCESS &&
        (rv = end_pass(db, name, site, p)) == APR_SUCCESS) {
        rv = scim_sync_task_add_all(db, name, site, p);
    }
    return rv;
}
