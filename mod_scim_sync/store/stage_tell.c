/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pull has found becomes what the IdP tells: users, groups, and the order of it all.
 *
 * A step goes through the stage, or through what is told, page by page; each page is what differs
 * there now, so that a page that was told already is an empty one. What comes is told before what
 * goes: who was deleted and made anew in the directory, or moved from one group to another, is told
 * of without a gap, however many transactions lie between.
 */
#include "store/stage_telling.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/resource_private.h"
#include "store/stage_private.h"

#define PAGE SCIM_SYNC_STAGE_PAGE

/* A document of the stage, whose text is ours. */
static apr_status_t take_doc(scim_sync_resource_t *r, const char *text, apr_pool_t *p)
{
    r->doc = scim_sync_json_own(json_loads(text, 0, NULL), p);
    return r->doc && !scim_sync_resource_index(r, p) ? APR_SUCCESS : APR_EGENERAL;
}

static const char *renamed_from(const scim_sync_news_t *news, apr_pool_t *p)
{
    return strcmp(news->r->name, news->old_name) ? apr_pstrcat(p, "was ", news->old_name, NULL)
                                                 : NULL;
}

apr_status_t scim_sync_stage_store(const scim_sync_stage_page_t *page, scim_sync_news_t *news,
                                   apr_pool_t *p)
{
    int stored;
    apr_status_t rv = scim_sync_news_store(page->db, news, renamed_from(news, p), &stored, p);

    return rv == APR_SUCCESS && !stored ? APR_EGENERAL : rv;
}

/* ---- what is told otherwise ---- */

/* Of a stage's entry s, and what is told of it, r. */
#define BOTH                                                                                       \
    "SELECT " SCIM_SYNC_RESOURCE_COLUMNS ", s.id, s.doc FROM stage s JOIN resource r"              \
    " ON r.idp = s.idp AND r.type = s.type AND r.external_id = s.id"                               \
    " WHERE s.idp = %s AND s.type = %s AND s.id > %s"

static apr_status_t change(const scim_sync_stage_page_t *page, const scim_sync_rows_t *rows,
                           int row, apr_pool_t *p)
{
    scim_sync_resource_t *r;
    scim_sync_news_t news;
    apr_status_t rv;

    if ((rv = scim_sync_resource_from_row(&r, rows, row, p)) != APR_SUCCESS) {
        return rv;
    }
    scim_sync_news_begin(&news, page->idp, r, p);
    news.r = apr_pmemdup(p, r, sizeof(*r));
    news.changed = 1;
    rv = take_doc(news.r, scim_sync_db_text(rows, row, 7), p);
    return rv == APR_SUCCESS ? scim_sync_stage_store(page, &news, p) : rv;
}

static apr_status_t change_page(scim_sync_stage_page_t *page, const char *sql, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        page->db, &rows, sql,
        DB_ARGS(DB_TEXT(page->idp), DB_TEXT(page->type), DB_TEXT(page->last), DB_INT(PAGE)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        rv = change(page, rows, i, p);
    }
    page->next =
        rv == APR_SUCCESS && rows->count == PAGE ? scim_sync_db_text(rows, PAGE - 1, 6) : NULL;
    return rv;
}

static apr_status_t change_told(scim_sync_stage_page_t *page, apr_pool_t *p)
{
    return change_page(page, BOTH " AND s.doc <> r.doc ORDER BY s.id LIMIT %lld", p);
}

static apr_status_t change_freed(const scim_sync_stage_page_t *whole, apr_pool_t *p)
{
    scim_sync_stage_page_t page = *whole;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *own;

    while (rv == APR_SUCCESS && page.last) {
        apr_pool_create(&own, p);
        rv = change_page(&page,
                         BOTH
                         " AND s.doc IS NOT NULL AND r.name_key = r.id ORDER BY s.id LIMIT %lld",
                         own);
        page.last = apr_pstrdup(p, page.next);
        apr_pool_destroy(own);
    }
    return rv;
}

/*
 * Whoever has a name that another one is to have lets go of it, and gets its own at once: so no
 * order is needed where people exchange names. One that goes keeps nothing but its id for that.
 */
static apr_status_t exchange_names(scim_sync_stage_page_t *page, apr_pool_t *p)
{
    int freed;
    apr_status_t rv;

    rv = scim_sync_db_exec(
        page->db, &freed,
        "UPDATE resource SET name_key = id WHERE idp = %s AND type = %s"
        " AND EXISTS (SELECT 1 FROM stage o WHERE o.idp = resource.idp AND o.type = resource.type"
        " AND o.name_key = resource.name_key AND o.doc IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.idp = resource.idp"
        " AND s.type = resource.type AND s.id = resource.external_id"
        " AND (s.doc IS NULL OR s.name_key = resource.name_key))",
        DB_ARGS(DB_TEXT(page->idp), DB_TEXT(page->type)), p);
    return rv == APR_SUCCESS && freed > 0 ? change_freed(page, p) : rv;
}

/* ---- what is new ---- */

apr_status_t scim_sync_stage_end_of_page(const scim_sync_stage_page_t *page, const char **end,
                                         apr_pool_t *p)
{
    int size = strcmp(page->type, "Group") ? PAGE : SCIM_SYNC_STAGE_GROUPS;
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        page->db, &rows,
        "SELECT MAX(b.id) FROM (SELECT id FROM stage WHERE idp = %s AND type = %s AND id > %s"
        " ORDER BY id LIMIT %lld) b",
        DB_ARGS(DB_TEXT(page->idp), DB_TEXT(page->type), DB_TEXT(page->last), DB_INT(size)), p);
    *end = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
    return rv;
}

static apr_status_t make(scim_sync_resource_t **made, const char *type, const char *doc,
                         apr_pool_t *p)
{
    scim_sync_resource_t *r = apr_pcalloc(p, sizeof(*r));

    r->type = scim_sync_resource_type(type);
    r->id = scim_sync_new_id(p);
    r->version = 1;
    r->created = r->modified = scim_sync_now();
    *made = r;
    return take_doc(r, doc, p);
}

/* Very many more than when PostgreSQL saw them last would be compared each with each. */
static apr_status_t count_made(const scim_sync_stage_page_t *page, apr_pool_t *p)
{
    int pages = ++*page->made;

    return pages == 1 || pages == 5 || pages == 25 || pages % 125 == 0
               ? scim_sync_db_grown(page->db, "resource", p)
               : APR_SUCCESS;
}

static apr_status_t tell_new(const scim_sync_stage_page_t *page, const scim_sync_rows_t *rows,
                             apr_pool_t *p)
{
    apr_array_header_t *made = apr_array_make(p, rows->count, sizeof(scim_sync_resource_t *));
    apr_status_t rv = APR_SUCCESS;
    int stored;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        rv = make(&APR_ARRAY_PUSH(made, scim_sync_resource_t *), page->type,
                  scim_sync_db_text(rows, i, 0), p);
    }
    if (rv != APR_SUCCESS || (rv = scim_sync_resource_insert_each(page->db, page->idp, made,
                                                                  &stored, p)) != APR_SUCCESS) {
        return rv;
    }
    if (stored < made->nelts) {
        return APR_EGENERAL;
    }
    if (APR_ARRAY_IDX(made, 0, scim_sync_resource_t *)->type == SCIM_SYNC_GROUP) {
        rv = scim_sync_stage_fill(page, made, p);
    }
    return rv == APR_SUCCESS ? scim_sync_news_created_each(page->db, page->idp, made, p) : rv;
}

static apr_status_t make_new(scim_sync_stage_page_t *page, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_stage_end_of_page(page, &page->next, p);

    if (rv != APR_SUCCESS || !page->next) {
        return rv;
    }
    rv = scim_sync_db_select(
        page->db, &rows,
        "SELECT s.doc FROM stage s WHERE s.idp = %s AND s.type = %s AND s.id > %s AND s.id <= %s"
        " AND s.doc IS NOT NULL AND NOT EXISTS (SELECT 1 FROM resource r WHERE r.idp = s.idp"
        " AND r.type = s.type AND r.external_id = s.id) ORDER BY s.id",
        DB_ARGS(DB_TEXT(page->idp), DB_TEXT(page->type), DB_TEXT(page->last), DB_TEXT(page->next)),
        p);
    if (rv != APR_SUCCESS || rows->count == 0) {
        return rv;
    }
    rv = tell_new(page, rows, p);
    return rv == APR_SUCCESS ? count_made(page, p) : rv;
}

/* ---- what is gone ---- */

static apr_status_t drop_gone(scim_sync_stage_page_t *page, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    scim_sync_resource_t *r;
    scim_sync_news_t news;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        page->db, &rows,
        "SELECT " SCIM_SYNC_RESOURCE_COLUMNS ", " SCIM_SYNC_STAGE_WHY_GONE SCIM_SYNC_STAGE_GONE
        " AND r.id > %s ORDER BY r.id LIMIT %lld",
        DB_ARGS(DB_TEXT(page->idp), DB_TEXT(page->type), DB_TEXT(page->last), DB_INT(PAGE)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        if ((rv = scim_sync_resource_from_row(&r, rows, i, p)) == APR_SUCCESS) {
            scim_sync_news_begin(&news, page->idp, r, p);
            rv = scim_sync_news_delete(page->db, &news, scim_sync_db_text(rows, i, 6), p);
        }
    }
    page->next =
        rv == APR_SUCCESS && rows->count == PAGE ? scim_sync_db_text(rows, PAGE - 1, 1) : NULL;
    return rv;
}

/* ---- all of it ---- */

apr_status_t scim_sync_stage_size(scim_sync_db_t *db, const char *idp, apr_int64_t *size,
                                  apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows,
                                          "SELECT COUNT(*) FROM stage WHERE idp = %s"
                                          " AND type IN ('User', 'Group')",
                                          DB_ARGS(DB_TEXT(idp)), p);

    if (rv == APR_SUCCESS) {
        *size = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

static const struct {
    scim_sync_type_t type;
    scim_sync_stage_step_t *step;
} steps[] = {
    { SCIM_SYNC_USER, exchange_names },
    { SCIM_SYNC_GROUP, exchange_names },
    { SCIM_SYNC_USER, change_told },
    { SCIM_SYNC_USER, make_new },
    { SCIM_SYNC_GROUP, change_told },
    { SCIM_SYNC_GROUP, make_new },
    { SCIM_SYNC_GROUP, scim_sync_stage_add_members },
    { SCIM_SYNC_GROUP, scim_sync_stage_take_out },
    { SCIM_SYNC_GROUP, drop_gone },
    { SCIM_SYNC_USER, drop_gone },
};
#define STEPS (int)(sizeof(steps) / sizeof(steps[0]))

apr_status_t scim_sync_stage_tell(scim_sync_db_t *db, const char *idp,
                                  scim_sync_stage_place_t *place, int *over, apr_pool_t *p)
{
    scim_sync_stage_page_t page = { .db = db,
                                    .idp = idp,
                                    .type = scim_sync_type_name(steps[place->step].type),
                                    .last = place->last,
                                    .made = &place->made };
    apr_status_t rv = steps[place->step].step(&page, p);

    *over = 0;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!page.next) {
        page.next = "";
        *over = ++place->step == STEPS;
    }
    if (strlen(page.next) >= sizeof(place->last)) {
        return APR_EGENERAL;
    }
    apr_cpystrn(place->last, page.next, sizeof(place->last));
    return APR_SUCCESS;
}
