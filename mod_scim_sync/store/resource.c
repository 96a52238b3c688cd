/* SPDX-License-Identifier: Apache-2.0 */
#include "store/resource.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/filter_sql.h"
#include "store/member.h"

#define COLUMNS "r.id, r.doc, r.version, r.created, r.modified"

static const char *primary_email(const scim_sync_resource_t *r)
{
    return r->emails && r->emails->nelts > 0 ? APR_ARRAY_IDX(r->emails, 0, const char *) : NULL;
}

static const char *display_key(const scim_sync_resource_t *r, apr_pool_t *p)
{
    return r->display_name ? scim_sync_fold(r->display_name, p) : NULL;
}

static apr_status_t insert_emails(scim_sync_db_t *db, const scim_sync_resource_t *r, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && r->emails && i < r->emails->nelts; i++) {
        rv = scim_sync_db_exec(
            db, NULL, "INSERT INTO resource_email (resource, email) VALUES (%s, %s)",
            DB_ARGS(DB_TEXT(r->id), DB_TEXT(APR_ARRAY_IDX(r->emails, i, const char *))), p);
    }
    return rv;
}

apr_status_t scim_sync_resource_insert(scim_sync_db_t *db, const char *idp,
                                       const scim_sync_resource_t *r, int *stored, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, stored,
        "INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email,"
        " active, doc, version, created, modified)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %lld, %s, %lld, %lld, %lld)"
        " ON CONFLICT (idp, type, name_key) DO NOTHING",
        DB_ARGS(DB_TEXT(r->id), DB_TEXT(idp), DB_TEXT(scim_sync_type_name(r->type)),
                DB_TEXT(r->name), DB_TEXT(r->name_key), DB_TEXT(r->external_id),
                DB_TEXT(display_key(r, p)), DB_TEXT(primary_email(r)), DB_INT(r->active),
                DB_TEXT(scim_sync_json_text(r->doc, NULL, p)), DB_INT(r->version),
                DB_INT(r->created), DB_INT(r->modified)),
        p);
    if (rv == APR_SUCCESS && *stored) {
        rv = insert_emails(db, r, p);
    }
    return rv;
}

/* A row of COLUMNS. The document is ours, so that it parses is our own promise. */
static apr_status_t from_row(scim_sync_resource_t **out, scim_sync_type_t type,
                             const scim_sync_rows_t *rows, int row, apr_pool_t *p)
{
    scim_sync_resource_t *r = apr_pcalloc(p, sizeof(*r));

    r->type = type;
    r->id = scim_sync_db_text(rows, row, 0);
    r->doc = scim_sync_json_own(json_loads(scim_sync_db_text(rows, row, 1), 0, NULL), p);
    r->version = scim_sync_db_number(rows, row, 2);
    r->created = scim_sync_db_number(rows, row, 3);
    r->modified = scim_sync_db_number(rows, row, 4);
    if (!r->doc || scim_sync_resource_index(r, p)) {
        return APR_EGENERAL;
    }
    *out = r;
    return APR_SUCCESS;
}

/* sql asks for the COLUMNS of one row by a key, an IdP and a type. */
static apr_status_t load(scim_sync_db_t *db, scim_sync_resource_t **r, const char *sql,
                         const char *key, const char *idp, scim_sync_type_t type, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *r = NULL;
    rv = scim_sync_db_select(
        db, &rows, sql, DB_ARGS(DB_TEXT(key), DB_TEXT(idp), DB_TEXT(scim_sync_type_name(type))), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        rv = from_row(r, type, rows, 0, p);
    }
    return rv;
}

#define LOAD_BY(column)                                                                            \
    "SELECT " COLUMNS " FROM resource r WHERE r." column " = %s AND r.idp = %s AND r.type = %s"

apr_status_t scim_sync_resource_load(scim_sync_db_t *db, scim_sync_resource_t **r, const char *idp,
                                     scim_sync_type_t type, const char *id, int lock, apr_pool_t *p)
{
    return load(db, r, lock ? LOAD_BY("id") "{for_update}" : LOAD_BY("id"), id, idp, type, p);
}

apr_status_t scim_sync_resource_load_named(scim_sync_db_t *db, scim_sync_resource_t **r,
                                           const char *idp, scim_sync_type_t type,
                                           const char *name_key, int lock, apr_pool_t *p)
{
    return load(db, r, lock ? LOAD_BY("name_key") "{for_update}" : LOAD_BY("name_key"), name_key,
                idp, type, p);
}

apr_status_t scim_sync_resource_update(scim_sync_db_t *db, const char *idp,
                                       const scim_sync_resource_t *r, int *stored, apr_pool_t *p)
{
    const char *type = scim_sync_type_name(r->type);
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, stored,
        "UPDATE resource SET name = %s, name_key = %s, external_id = %s, display_key = %s,"
        " email = %s, active = %lld, doc = %s, version = %lld, modified = %lld"
        " WHERE id = %s AND NOT EXISTS (SELECT 1 FROM resource o"
        " WHERE o.idp = %s AND o.type = %s AND o.name_key = %s AND o.id <> %s)",
        DB_ARGS(DB_TEXT(r->name), DB_TEXT(r->name_key), DB_TEXT(r->external_id),
                DB_TEXT(display_key(r, p)), DB_TEXT(primary_email(r)), DB_INT(r->active),
                DB_TEXT(scim_sync_json_text(r->doc, NULL, p)), DB_INT(r->version),
                DB_INT(r->modified), DB_TEXT(r->id), DB_TEXT(idp), DB_TEXT(type),
                DB_TEXT(r->name_key), DB_TEXT(r->id)),
        p);
    if (rv == APR_SUCCESS && *stored && r->type == SCIM_SYNC_USER) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM resource_email WHERE resource = %s",
                               DB_ARGS(DB_TEXT(r->id)), p);
        if (rv == APR_SUCCESS) {
            rv = insert_emails(db, r, p);
        }
    }
    return rv;
}

apr_status_t scim_sync_resource_delete(scim_sync_db_t *db, const char *id, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_member_leave(db, id, NULL, p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM resource WHERE id = %s", DB_ARGS(DB_TEXT(id)),
                               p);
    }
    return rv;
}

/* The values of idp, type and the condition, with two places left for a page. */
static scim_sync_value_t *list_values(const char *idp, scim_sync_type_t type,
                                      const scim_sync_condition_t *condition, int *n, apr_pool_t *p)
{
    int more = condition ? condition->values->nelts : 0;
    scim_sync_value_t *values = apr_palloc(p, (apr_size_t)(more + 4) * sizeof(*values));

    values[0] = DB_TEXT(idp);
    values[1] = DB_TEXT(scim_sync_type_name(type));
    if (more) {
        memcpy(values + 2, condition->values->elts, (apr_size_t)more * sizeof(*values));
    }
    *n = more + 2;
    return values;
}

apr_status_t scim_sync_resource_list(scim_sync_db_t *db, apr_array_header_t **page,
                                     apr_int64_t *total, const char *idp, scim_sync_type_t type,
                                     const scim_sync_condition_t *condition, apr_int64_t skip,
                                     int max, apr_pool_t *p)
{
    const char *where =
        apr_pstrcat(p, " FROM resource r WHERE r.idp = %s AND r.type = %s",
                    condition ? " AND " : "", condition ? condition->sql : "", NULL);
    scim_sync_rows_t *rows;
    scim_sync_resource_t *r;
    apr_status_t rv;
    int n;
    scim_sync_value_t *values = list_values(idp, type, condition, &n, p);

    *page = apr_array_make(p, 8, sizeof(scim_sync_resource_t *));
    rv = scim_sync_db_select(db, &rows, apr_pstrcat(p, "SELECT COUNT(*)", where, NULL), n, values,
                             p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *total = scim_sync_db_number(rows, 0, 0);
    if (max <= 0 || skip >= *total) {
        return APR_SUCCESS;
    }
    values[n] = DB_INT(max);
    values[n + 1] = DB_INT(skip);
    rv = scim_sync_db_select(db, &rows,
                             apr_pstrcat(p, "SELECT " COLUMNS, where,
                                         " ORDER BY r.created, r.id LIMIT %lld OFFSET %lld", NULL),
                             n + 2, values, p);
    for (n = 0; rv == APR_SUCCESS && n < rows->count; n++) {
        if ((rv = from_row(&r, type, rows, n, p)) == APR_SUCCESS) {
            APR_ARRAY_PUSH(*page, scim_sync_resource_t *) = r;
        }
    }
    return rv;
}
