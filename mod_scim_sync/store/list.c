/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of resources. A page is found by its keys alone, and only then are its documents read:
 * what is passed over, or sorted away, costs no more than an entry of an index where there is one.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "store/field.h"
#include "store/filter_sql.h"
#include "store/resource_private.h"

/*
 * Characters by which texts of any length are ordered; for what begins alike, the id decides. The
 * key of the last one on a page must fit into the URL that asks for the next.
 */
#define KEY_LENGTH "256"

typedef struct {
    scim_sync_type_t type;
    scim_sync_sql_t *condition; /* NULL: all */
    scim_sync_sql_t *key;       /* what it is ordered by */
} part_t;

struct scim_sync_select_t {
    const scim_sync_listing_t *listing;
    part_t parts[2];
    int is_number; /* the key, in all parts */
    int is_always; /* and it is never NULL */
};

static const scim_sync_error_t *unsortable(const scim_sync_name_t *name, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_PATH, "Nothing can be sorted by %s.",
                           scim_sync_name_text(name, p));
}

/* The key of a part that is ordered by an attribute; a complex one means its "value". */
static const scim_sync_error_t *make_key(scim_sync_select_t *select, part_t *part,
                                         const scim_sync_name_t *name, const char *base,
                                         apr_pool_t *p)
{
    const scim_sync_place_t place = scim_sync_place(name, part->type, base, p);
    const scim_sync_attr_t *def = name->sub != NULL ? name->sub_def : name->def;
    const char *sub = name->sub;
    scim_sync_field_t field;

    if (name->def != NULL && name->def->mutability == SCIM_SYNC_WRITE_ONLY) {
        return unsortable(name, p);
    }
    if (sub == NULL && place.of != SCIM_SYNC_PLACE_OWN) {
        sub = "value";
        def = def != NULL && def->kind == SCIM_SYNC_COMPLEX ? scim_sync_attr_find(def->subs, sub)
                                                            : def;
        if (name->def != NULL && def == NULL) {
            return unsortable(name, p);
        }
    }
    if (!scim_sync_field_first(&field, &place, sub, def)) {
        return unsortable(name, p);
    }
    part->key = field.sql;
    if (field.kind == SCIM_SYNC_FIELD_TEXT && place.of != SCIM_SYNC_PLACE_OWN) {
        part->key = scim_sync_sql_make(p);
        scim_sync_sql_puts(part->key, "SUBSTR(");
        scim_sync_sql_append(part->key, field.sql);
        scim_sync_sql_puts(part->key, ", 1, " KEY_LENGTH ")");
    }
    select->is_number = field.kind != SCIM_SYNC_FIELD_TEXT;
    select->is_always = select->is_always && field.always;
    return NULL;
}

/* What has no such attribute stands where others stand that don't tell it. */
static void complete_keys(scim_sync_select_t *select, int is_sorted, apr_pool_t *p)
{
    int i;

    for (i = 0; i < select->listing->count_parts; i++) {
        part_t *part = &select->parts[i];

        if (part->key != NULL) {
            continue;
        }
        part->key = scim_sync_sql_make(p);
        if (is_sorted) {
            select->is_always = 0;
            scim_sync_sql_puts(part->key,
                               select->is_number ? "CAST(NULL AS BIGINT)" : "CAST(NULL AS TEXT)");
        }
        else {
            select->is_number = 1;
            scim_sync_sql_puts(part->key, "r.created");
        }
    }
}

const scim_sync_error_t *scim_sync_select_make(scim_sync_select_t **out,
                                               const scim_sync_listing_t *listing, const char *base,
                                               apr_pool_t *p)
{
    scim_sync_select_t *select = apr_pcalloc(p, sizeof(*select));
    const scim_sync_error_t *error = NULL;
    int is_sorted = 0;
    int i;

    *out = select;
    select->listing = listing;
    select->is_always = 1;
    for (i = 0; error == NULL && i < listing->count_parts; i++) {
        const scim_sync_part_t *asked = &listing->parts[i];
        part_t *part = &select->parts[i];

        part->type = asked->type;
        if (asked->filter != NULL) {
            part->condition = scim_sync_sql_make(p);
            error = scim_sync_filter_sql(part->condition, asked->filter, part->type, base,
                                         listing->max_looks, p);
        }
        if (error == NULL && asked->sort_by != NULL) {
            is_sorted = 1;
            error = make_key(select, part, asked->sort_by, base, p);
        }
    }
    complete_keys(select, is_sorted, p);
    return error;
}

/* ---- the statements ---- */

static void put_key(scim_sync_sql_t *sql, const scim_sync_select_t *select, const part_t *part)
{
    scim_sync_sql_append(sql, part->key);
    if (!select->is_number) {
        scim_sync_sql_puts(sql, "{bytes}");
    }
}

static void put_from(scim_sync_sql_t *sql, const part_t *part, const char *idp)
{
    scim_sync_sql_put(sql, " FROM resource r WHERE r.idp = %s AND r.type = %s",
                      DB_ARGS(DB_TEXT(idp), DB_TEXT(scim_sync_type_name(part->type))));
    if (part->condition != NULL) {
        scim_sync_sql_puts(sql, " AND ");
        scim_sync_sql_append(sql, part->condition);
    }
}

/* Behind the last one of the page before. */
static void put_behind(scim_sync_sql_t *sql, const scim_sync_select_t *select, const part_t *part)
{
    const scim_sync_position_t *after = select->listing->after;
    const char *order = select->listing->descending ? ") < (" : ") > (";

    if (after->key == NULL) {
        scim_sync_sql_puts(sql, " AND (");
        put_key(sql, select, part);
        scim_sync_sql_put(sql,
                          select->listing->descending ? " IS NOT NULL OR r.id < %s)"
                                                      : " IS NULL AND r.id > %s)",
                          DB_ARGS(DB_TEXT(after->id)));
        return;
    }
    scim_sync_sql_puts(sql, " AND ((");
    put_key(sql, select, part);
    scim_sync_sql_puts(sql, ", r.id");
    scim_sync_sql_puts(sql, order);
    if (select->is_number) {
        scim_sync_sql_put(sql, "%lld", DB_ARGS(DB_INT(apr_atoi64(after->key))));
    }
    else {
        scim_sync_sql_put(sql, "%s", DB_ARGS(DB_TEXT(after->key)));
    }
    scim_sync_sql_put(sql, ", %s)", DB_ARGS(DB_TEXT(after->id)));
    if (!select->is_always && !select->listing->descending) {
        scim_sync_sql_puts(sql, " OR ");
        put_key(sql, select, part);
        scim_sync_sql_puts(sql, " IS NULL");
    }
    scim_sync_sql_puts(sql, ")");
}

/* What is absent comes last, and with the order turned round first (RFC 7644 section 3.4.2.3). */
static const char *order_by(const scim_sync_select_t *select)
{
    if (select->is_always) {
        return select->listing->descending ? " ORDER BY sort_key DESC, sort_id DESC"
                                           : " ORDER BY sort_key, sort_id";
    }
    return select->listing->descending ? " ORDER BY sort_key DESC NULLS FIRST, sort_id DESC"
                                       : " ORDER BY sort_key NULLS LAST, sort_id";
}

scim_sync_sql_t *scim_sync_select_page_sql(const scim_sync_select_t *select, const char *idp,
                                           apr_int64_t most, apr_pool_t *p)
{
    const scim_sync_listing_t *listing = select->listing;
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    int i;

    scim_sync_sql_puts(sql, "SELECT " SCIM_SYNC_RESOURCE_COLUMNS ", k.sort_key FROM (");
    for (i = 0; i < listing->count_parts; i++) {
        scim_sync_sql_puts(sql, i > 0 ? " UNION ALL SELECT r.id AS sort_id, "
                                      : "SELECT r.id AS sort_id, ");
        put_key(sql, select, &select->parts[i]);
        scim_sync_sql_puts(sql, " AS sort_key");
        put_from(sql, &select->parts[i], idp);
        if (listing->by_cursor && listing->after != NULL) {
            put_behind(sql, select, &select->parts[i]);
        }
    }
    scim_sync_sql_puts(sql, order_by(select));
    scim_sync_sql_put(sql, " LIMIT %lld OFFSET %lld) k JOIN resource r ON r.id = k.sort_id",
                      DB_ARGS(DB_INT(most), DB_INT(listing->by_cursor ? 0 : listing->start - 1)));
    scim_sync_sql_puts(sql, order_by(select));
    return sql;
}

scim_sync_sql_t *scim_sync_select_total_sql(const scim_sync_select_t *select, const char *idp,
                                            apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    int i;

    for (i = 0; i < select->listing->count_parts; i++) {
        scim_sync_sql_puts(sql, i > 0 ? " + (SELECT COUNT(*)" : "SELECT (SELECT COUNT(*)");
        put_from(sql, &select->parts[i], idp);
        scim_sync_sql_puts(sql, ")");
    }
    return sql;
}

/* ---- a page ---- */

static apr_status_t read_page(scim_sync_page_t *page, const scim_sync_rows_t *rows,
                              const scim_sync_listing_t *listing, apr_pool_t *p)
{
    int n = rows->count > listing->count ? (int)listing->count : rows->count;
    apr_status_t rv = APR_SUCCESS;
    scim_sync_resource_t *r;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < n; i++) {
        if ((rv = scim_sync_resource_from_row(&r, rows, i, p)) == APR_SUCCESS) {
            APR_ARRAY_PUSH(page->resources, scim_sync_resource_t *) = r;
        }
    }
    if (rv == APR_SUCCESS && n < rows->count) {
        scim_sync_position_t *next = apr_palloc(p, sizeof(*next));

        next->key = scim_sync_db_text(rows, n - 1, rows->columns - 1);
        next->id = APR_ARRAY_IDX(page->resources, n - 1, scim_sync_resource_t *)->id;
        page->next = next;
    }
    return rv;
}

/* Whether the page itself tells how many there are in all. */
static int tells_total(apr_int64_t *total, const scim_sync_page_t *page,
                       const scim_sync_listing_t *listing)
{
    apr_int64_t before = listing->by_cursor ? 0 : listing->start - 1;
    int n = page->resources->nelts;

    if (page->next || (listing->by_cursor && listing->after) ||
        (!listing->by_cursor && n >= listing->count) || (n == 0 && before > 0)) {
        return 0;
    }
    *total = before + n;
    return 1;
}

apr_status_t scim_sync_resource_list(scim_sync_db_t *db, scim_sync_page_t **out, const char *idp,
                                     const scim_sync_select_t *select, apr_pool_t *p)
{
    const scim_sync_listing_t *listing = select->listing;
    scim_sync_page_t *page = apr_pcalloc(p, sizeof(*page));
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;

    *out = page;
    page->resources = apr_array_make(p, 8, sizeof(scim_sync_resource_t *));
    if (listing->count_parts == 0) {
        return APR_SUCCESS;
    }
    if (listing->count > 0) {
        /* With a cursor one more, which tells whether there is a next page. */
        rv = scim_sync_sql_select(
            db, &rows,
            scim_sync_select_page_sql(select, idp, listing->count + (listing->by_cursor != 0), p),
            p);
        if (rv == APR_SUCCESS) {
            rv = read_page(page, rows, listing, p);
        }
        if (rv != APR_SUCCESS || tells_total(&page->total, page, listing)) {
            return rv;
        }
    }
    rv = scim_sync_sql_select(db, &rows, scim_sync_select_total_sql(select, idp, p), p);
    if (rv == APR_SUCCESS) {
        page->total = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}
