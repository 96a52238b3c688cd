/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "store/config.h"
#include "store/held.h"
#include "store/lease.h"

#define COLUMNS                                                                                    \
    "name, base_url, email, api_token, products, protected_groups, cloud_id, gateway,"             \
    " token_expires, token_warned, version, created, changed, org_id, org_key, org_url"

/* Of a side s, with the settings of the site w. */
#define SELECT                                                                                     \
    "SELECT s.name, w.base_url, w.email, w.api_token, w.products, w.protected_groups, w.cloud_id," \
    " w.gateway, w.token_expires, w.token_warned, w.version, s.created, w.changed, w.org_id,"      \
    " w.org_key, w.org_url, s.side_of FROM site s JOIN site w ON w.name = COALESCE(s.side_of, "    \
    "s.name)"

static scim_sync_site_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_site_t *s = apr_pcalloc(p, sizeof(*s));

    s->name = scim_sync_db_text(rows, i, 0);
    s->base_url = scim_sync_db_text(rows, i, 1);
    s->email = scim_sync_db_text(rows, i, 2);
    s->api_token = scim_sync_db_text(rows, i, 3);
    s->products = scim_sync_db_text(rows, i, 4);
    s->protected_groups = scim_sync_db_text(rows, i, 5);
    s->cloud_id = scim_sync_db_text(rows, i, 6);
    s->gateway = scim_sync_db_text(rows, i, 7);
    s->token_expires = scim_sync_db_number(rows, i, 8);
    s->token_warned = (int)scim_sync_db_number(rows, i, 9);
    s->version = scim_sync_db_number(rows, i, 10);
    s->created = scim_sync_db_number(rows, i, 11);
    s->changed = scim_sync_db_number(rows, i, 12);
    s->org_id = scim_sync_db_text(rows, i, 13);
    s->org_key = scim_sync_db_text(rows, i, 14);
    s->org_url = scim_sync_db_text(rows, i, 15);
    s->of = scim_sync_db_text(rows, i, 16);
    return s;
}

const char *scim_sync_site_side(const char *site, const char *mode, apr_pool_t *p)
{
    return strcmp(mode, SCIM_SYNC_MODE_CUSTOMERS)
               ? site
               : apr_pstrcat(p, site, SCIM_SYNC_SITE_CUSTOMERS, NULL);
}

const char *scim_sync_site_whole(const char *side, apr_pool_t *p)
{
    const char *end = strchr(side, SCIM_SYNC_SITE_CUSTOMERS[0]);

    return end ? apr_pstrmemdup(p, side, (apr_size_t)(end - side)) : side;
}

apr_status_t scim_sync_site_load(scim_sync_db_t *db, scim_sync_site_t **site, const char *name,
                                 apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, SELECT " WHERE s.name = %s", DB_ARGS(DB_TEXT(name)), p);
    if (rv == APR_SUCCESS) {
        *site = rows->count > 0 ? from_row(rows, 0, p) : NULL;
    }
    return rv;
}

apr_status_t scim_sync_site_list(scim_sync_db_t *db, apr_array_header_t **sites, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows, SELECT " ORDER BY s.name", DB_NO_ARGS, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *sites = apr_array_make(p, rows->count, sizeof(scim_sync_site_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*sites, scim_sync_site_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_site_put(scim_sync_db_t *db, const scim_sync_site_t *site, int *created,
                                apr_pool_t *p)
{
    int changed = 0;
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, &changed,
        "UPDATE site SET base_url = %s, email = %s,"
        " api_token = COALESCE(%s, api_token), products = %s,"
        " protected_groups = COALESCE(%s, protected_groups), cloud_id = %s, gateway = %s,"
        " token_warned = CASE WHEN token_expires = %lld THEN token_warned ELSE 0 END,"
        " token_expires = %lld, org_id = %s, org_key = %s, org_url = %s, version = version + 1, "
        "changed = {now} WHERE name = %s",
        DB_ARGS(DB_TEXT(site->base_url), DB_TEXT(site->email), DB_TEXT(site->api_token),
                DB_TEXT(site->products), DB_TEXT(site->protected_groups), DB_TEXT(site->cloud_id),
                DB_TEXT(site->gateway), DB_INT(site->token_expires), DB_INT(site->token_expires),
                DB_TEXT(site->org_id), DB_TEXT(site->org_key), DB_TEXT(site->org_url),
                DB_TEXT(site->name)),
        p);
    *created = !changed;
    if (rv == APR_SUCCESS && !changed) {
        rv = scim_sync_db_exec(db, NULL,
                               "INSERT INTO site (" COLUMNS ")"
                               " VALUES (%s, %s, %s, %s, %s, COALESCE(%s, '[]'), %s, %s, %lld, 0,"
                               " 1, {now}, {now}, %s, %s, %s)",
                               DB_ARGS(DB_TEXT(site->name), DB_TEXT(site->base_url),
                                       DB_TEXT(site->email), DB_TEXT(site->api_token),
                                       DB_TEXT(site->products), DB_TEXT(site->protected_groups),
                                       DB_TEXT(site->cloud_id), DB_TEXT(site->gateway),
                                       DB_INT(site->token_expires), DB_TEXT(site->org_id),
                                       DB_TEXT(site->org_key), DB_TEXT(site->org_url)),
                               p);
    }
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_site_open_customers(scim_sync_db_t *db, const char *name, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO site (" COLUMNS ", side_of)"
        " SELECT name || '" SCIM_SYNC_SITE_CUSTOMERS "', '', '', '', '[]', '[]', CAST(NULL AS "
        "TEXT), CAST(NULL AS TEXT), 0, 0, 1, {now}, {now}, CAST(NULL AS TEXT), CAST(NULL AS TEXT),"
        " CAST(NULL AS TEXT), name FROM site WHERE name = %s ON CONFLICT (name) DO NOTHING",
        DB_ARGS(DB_TEXT(name)), p);
}

apr_status_t scim_sync_site_twin(scim_sync_db_t *db, const char **name,
                                 const scim_sync_site_t *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *name = NULL;
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT name FROM site WHERE name <> %s"
        " AND (base_url = %s OR cloud_id = %s) ORDER BY name LIMIT 1",
        DB_ARGS(DB_TEXT(site->name), DB_TEXT(site->base_url), DB_TEXT(site->cloud_id)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *name = scim_sync_db_text(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_site_survey(scim_sync_db_t *db, const char **survey, const char *name,
                                   apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, "SELECT survey FROM site WHERE name = %s",
                                          DB_ARGS(DB_TEXT(name)), p);

    *survey = rv == APR_SUCCESS && rows->count > 0 ? scim_sync_db_text(rows, 0, 0) : NULL;
    return rv;
}

apr_status_t scim_sync_site_keep_survey(scim_sync_db_t *db, const char *name, const char *survey,
                                        apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE site SET survey = %s"
                             " WHERE name = %s AND COALESCE(survey, '') <> %s",
                             DB_ARGS(DB_TEXT(survey), DB_TEXT(name), DB_TEXT(survey)), p);
}

apr_status_t scim_sync_site_warn(scim_sync_db_t *db, const scim_sync_site_t *site, int urgency,
                                 int *first, apr_pool_t *p)
{
    return scim_sync_db_exec(db, first,
                             "UPDATE site SET token_warned = %lld WHERE name = %s"
                             " AND token_expires = %lld AND token_warned < %lld",
                             DB_ARGS(DB_INT(urgency), DB_TEXT(site->name),
                                     DB_INT(site->token_expires), DB_INT(urgency)),
                             p);
}

/* What is known and to be done of one side. */
static apr_status_t forget_side(scim_sync_db_t *db, const char *side, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_lease_hold(db, side, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM task WHERE site = %s", DB_ARGS(DB_TEXT(side)),
                               p);
    }
    return rv == APR_SUCCESS ? scim_sync_held_forget_site(db, side, p) : rv;
}

apr_status_t scim_sync_site_delete(scim_sync_db_t *db, const char *name, int *deleted, int *used,
                                   apr_pool_t *p)
{
    const char *customers = scim_sync_site_side(name, SCIM_SYNC_MODE_CUSTOMERS, p);
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *deleted = 0;
    rv = scim_sync_db_select(db, &rows, "SELECT 1 FROM idp_site WHERE site IN (%s, %s) LIMIT 1",
                             DB_ARGS(DB_TEXT(name), DB_TEXT(customers)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *used = rows->count > 0;
    if (*used) {
        return APR_SUCCESS;
    }
    if ((rv = forget_side(db, name, p)) != APR_SUCCESS ||
        (rv = forget_side(db, customers, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_db_exec(db, NULL, "DELETE FROM site WHERE name = %s",
                           DB_ARGS(DB_TEXT(customers)), p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, deleted, "DELETE FROM site WHERE name = %s",
                               DB_ARGS(DB_TEXT(name)), p);
    }
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}
