/* SPDX-License-Identifier: Apache-2.0 */
#include "store/resource.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim/search.h"
#include "store/member.h"
#include "store/people.h"
#include "store/resource_private.h"

static const char *primary_email(const scim_sync_resource_t *r)
{
    return r->emails && r->emails->nelts > 0 ? APR_ARRAY_IDX(r->emails, 0, const char *) : NULL;
}

const char *scim_sync_resource_display_key(const json_t *doc, apr_pool_t *p)
{
    return scim_sync_fold(scim_sync_json_str(doc, "displayName"), p);
}

const char *scim_sync_resource_search(scim_sync_type_t type, const json_t *doc, apr_pool_t *p)
{
    return scim_sync_json_text(scim_sync_search_make(type, doc, p), NULL, p);
}

scim_sync_type_t scim_sync_resource_type(const char *name)
{
    return strcmp(name, scim_sync_type_name(SCIM_SYNC_GROUP)) ? SCIM_SYNC_USER : SCIM_SYNC_GROUP;
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

#define INTO                                                                                       \
    "INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email,"        \
    " active, doc, search, version, created, modified)"
#define UNLESS_THERE " ON CONFLICT (idp, type, name_key) DO NOTHING"

apr_status_t scim_sync_resource_insert(scim_sync_db_t *db, const char *idp,
                                       const scim_sync_resource_t *r, int *stored, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, stored,
        INTO " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %lld, %s, CAST(%s AS {json}), %lld, %lld,"
             " %lld)" UNLESS_THERE,
        DB_ARGS(DB_TEXT(r->id), DB_TEXT(idp), DB_TEXT(scim_sync_type_name(r->type)),
                DB_TEXT(r->name), DB_TEXT(r->name_key), DB_TEXT(r->external_id),
                DB_TEXT(scim_sync_resource_display_key(r->doc, p)), DB_TEXT(primary_email(r)),
                DB_INT(r->active), DB_TEXT(scim_sync_json_text(r->doc, NULL, p)),
                DB_TEXT(scim_sync_resource_search(r->type, r->doc, p)), DB_INT(r->version),
                DB_INT(r->created), DB_INT(r->modified)),
        p);
    if (rv == APR_SUCCESS && *stored) {
        rv = insert_emails(db, r, p);
    }
    return rv;
}

static json_t *row_of(const scim_sync_resource_t *r, apr_pool_t *p)
{
    json_t *row =
        json_pack("{s:i, s:I, s:I, s:I}", "active", r->active, "version", (json_int_t)r->version,
                  "created", (json_int_t)r->created, "modified", (json_int_t)r->modified);

    scim_sync_json_put(row, "id", r->id);
    scim_sync_json_put(row, "name", r->name);
    scim_sync_json_put(row, "nameKey", r->name_key);
    scim_sync_json_put(row, "externalId", r->external_id);
    scim_sync_json_put(row, "displayKey", scim_sync_resource_display_key(r->doc, p));
    scim_sync_json_put(row, "email", primary_email(r));
    scim_sync_json_put(row, "doc", scim_sync_json_text(r->doc, NULL, p));
    scim_sync_json_put(row, "search", scim_sync_resource_search(r->type, r->doc, p));
    return row;
}

static const char *page_text(const apr_array_header_t *resources, apr_pool_t *p)
{
    json_t *page = scim_sync_json_own(json_array(), p);
    int i;

    for (i = 0; i < resources->nelts; i++) {
        json_array_append_new(page, row_of(APR_ARRAY_IDX(resources, i, scim_sync_resource_t *), p));
    }
    return scim_sync_json_text(page, NULL, p);
}

static apr_status_t insert_emails_of_each(scim_sync_db_t *db, const apr_array_header_t *resources,
                                          apr_pool_t *p)
{
    json_t *page = scim_sync_json_own(json_array(), p);
    int i;
    int n;

    for (i = 0; i < resources->nelts; i++) {
        const scim_sync_resource_t *r = APR_ARRAY_IDX(resources, i, scim_sync_resource_t *);

        for (n = 0; r->emails && n < r->emails->nelts; n++) {
            json_array_append_new(page, json_pack("{s:s, s:s}", "resource", r->id, "email",
                                                  APR_ARRAY_IDX(r->emails, n, const char *)));
        }
    }
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO resource_email (resource, email) SELECT e.value ->>"
                             " 'resource', e.value ->> 'email' FROM {each}(CAST(%s AS {json})) e",
                             DB_ARGS(DB_TEXT(scim_sync_json_text(page, NULL, p))), p);
}

apr_status_t scim_sync_resource_insert_each(scim_sync_db_t *db, const char *idp,
                                            const apr_array_header_t *resources, int *stored,
                                            apr_pool_t *p)
{
    const char *type =
        scim_sync_type_name(APR_ARRAY_IDX(resources, 0, scim_sync_resource_t *)->type);
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, stored,
        INTO " SELECT e.value ->> 'id', CAST(%s AS TEXT), CAST(%s AS TEXT), e.value ->> 'name',"
             " e.value ->> 'nameKey', e.value ->> 'externalId', e.value ->> 'displayKey',"
             " e.value ->> 'email', CAST(e.value ->> 'active' AS BIGINT), e.value ->> 'doc',"
             " CAST(e.value ->> 'search' AS {json}), CAST(e.value ->> 'version' AS BIGINT),"
             " CAST(e.value ->> 'created' AS BIGINT), CAST(e.value ->> 'modified' AS BIGINT)"
             " FROM {each}(CAST(%s AS {json})) e WHERE 1 = 1" UNLESS_THERE,
        DB_ARGS(DB_TEXT(idp), DB_TEXT(type), DB_TEXT(page_text(resources, p))), p);
    return rv == APR_SUCCESS && *stored == resources->nelts
               ? insert_emails_of_each(db, resources, p)
               : rv;
}

apr_status_t scim_sync_resource_from_row(scim_sync_resource_t **out, const scim_sync_rows_t *rows,
                                         int row, apr_pool_t *p)
{
    scim_sync_resource_t *r = apr_pcalloc(p, sizeof(*r));

    r->type = scim_sync_resource_type(scim_sync_db_text(rows, row, 0));
    r->id = scim_sync_db_text(rows, row, 1);
    r->doc = scim_sync_json_own(json_loads(scim_sync_db_text(rows, row, 2), 0, NULL), p);
    r->version = scim_sync_db_number(rows, row, 3);
    r->created = scim_sync_db_number(rows, row, 4);
    r->modified = scim_sync_db_number(rows, row, 5);
    if (!r->doc || scim_sync_resource_index(r, p)) {
        return APR_EGENERAL;
    }
    *out = r;
    return APR_SUCCESS;
}

/* sql asks for the columns of one row by a key, an IdP and a type. */
static apr_status_t load(scim_sync_db_t *db, scim_sync_resource_t **r, const char *sql,
                         const char *key, const char *idp, scim_sync_type_t type, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *r = NULL;
    rv = scim_sync_db_select(
        db, &rows, sql, DB_ARGS(DB_TEXT(key), DB_TEXT(idp), DB_TEXT(scim_sync_type_name(type))), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        rv = scim_sync_resource_from_row(r, rows, 0, p);
    }
    return rv;
}

#define LOAD_BY(column)                                                                            \
    "SELECT " SCIM_SYNC_RESOURCE_COLUMNS " FROM resource r WHERE r." column                        \
    " = %s AND r.idp = %s AND r.type = %s"

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
        " email = %s, active = %lld, doc = %s, search = CAST(%s AS {json}), version = %lld, "
        "modified = %lld"
        " WHERE id = %s AND NOT EXISTS (SELECT 1 FROM resource o"
        " WHERE o.idp = %s AND o.type = %s AND o.name_key = %s AND o.id <> %s)",
        DB_ARGS(DB_TEXT(r->name), DB_TEXT(r->name_key), DB_TEXT(r->external_id),
                DB_TEXT(scim_sync_resource_display_key(r->doc, p)), DB_TEXT(primary_email(r)),
                DB_INT(r->active), DB_TEXT(scim_sync_json_text(r->doc, NULL, p)),
                DB_TEXT(scim_sync_resource_search(r->type, r->doc, p)), DB_INT(r->version),
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
    apr_status_t rv = scim_sync_member_leave(db, id, NULL, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_people_forget(db, id, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM resource WHERE id = %s", DB_ARGS(DB_TEXT(id)),
                               p);
    }
    return rv;
}
