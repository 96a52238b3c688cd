/* SPDX-License-Identifier: Apache-2.0 */
#include "store/people_members.h"

#include <string.h>

#include "store/link.h"
#include "store/people_private.h"

/* A page on its way. */
typedef struct {
    scim_sync_db_t *db;
    apr_array_header_t *members; /* scim_sync_people_member_t */
    apr_hash_t *by_id;           /* the users among these */
    const char **users;          /* their ids, */
    int n;                       /* so many */
    apr_pool_t *p;
} page_t;

static apr_status_t load_members(page_t *page, const char *idp, const char *group,
                                 const char *after, int max)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_sql_select(page->db, &rows,
                             scim_sync_people_members_of(idp, group, after, max, page->p), page->p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        APR_ARRAY_PUSH(page->members, scim_sync_people_member_t) = (scim_sync_people_member_t) {
            .id = scim_sync_db_text(rows, i, 0),
            .display = scim_sync_db_text(rows, i, 1),
            .type = scim_sync_db_text(rows, i, 2),
            .held = apr_array_make(page->p, 1, sizeof(scim_sync_people_held_t)),
        };
    }
    return rv;
}

/* What is the matter with those of one type. */
static apr_status_t load_entries(page_t *page, scim_sync_type_t type)
{
    const char **ids = apr_pcalloc(page->p, sizeof(*ids) * (apr_size_t)(page->members->nelts + 1));
    apr_hash_t *entries = apr_hash_make(page->p);
    apr_status_t rv;
    int n = 0;
    int i;

    for (i = 0; i < page->members->nelts; i++) {
        const scim_sync_people_member_t *m =
            &APR_ARRAY_IDX(page->members, i, scim_sync_people_member_t);

        if (m->type && !strcmp(m->type, scim_sync_type_name(type))) {
            ids[n++] = m->id;
        }
    }
    rv = scim_sync_people_load(page->db, entries, type, ids, n, page->p);
    for (i = 0; i < page->members->nelts; i++) {
        scim_sync_people_member_t *m = &APR_ARRAY_IDX(page->members, i, scim_sync_people_member_t);

        m->entry = m->entry ? m->entry : apr_hash_get(entries, m->id, APR_HASH_KEY_STRING);
        if (m->entry && type == SCIM_SYNC_USER) {
            apr_hash_set(page->by_id, m->id, APR_HASH_KEY_STRING, m);
        }
    }
    if (type == SCIM_SYNC_USER) {
        page->users = ids;
        page->n = n;
    }
    return rv;
}

/* Everybody is in none of it, until it is found otherwise. */
static void add_link(const page_t *page, const char *site, const scim_sync_link_t *link)
{
    int i;

    for (i = 0; i < page->n; i++) {
        scim_sync_people_member_t *m =
            apr_hash_get(page->by_id, page->users[i], APR_HASH_KEY_STRING);

        if (m) {
            APR_ARRAY_PUSH(m->held, scim_sync_people_held_t) = (scim_sync_people_held_t) {
                .site = site, .group = link->name, .group_id = link->group_id
            };
        }
    }
}

static void take_row(const page_t *page, const scim_sync_rows_t *rows, int i)
{
    const scim_sync_people_member_t *m =
        apr_hash_get(page->by_id, scim_sync_db_text(rows, i, 0), APR_HASH_KEY_STRING);

    if (m) {
        scim_sync_people_held_t *held =
            &APR_ARRAY_IDX(m->held, m->held->nelts - 1, scim_sync_people_held_t);

        held->account = scim_sync_db_text(rows, i, 1);
        held->state = scim_sync_db_text(rows, i, 2);
    }
}

static apr_status_t load_held(const page_t *page, const char *site, const scim_sync_link_t *link)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    int i;
    int row;

    add_link(page, site, link);
    for (i = 0; rv == APR_SUCCESS && i < page->n; i += SCIM_SYNC_PEOPLE_IDS) {
        int n = page->n - i < SCIM_SYNC_PEOPLE_IDS ? page->n - i : SCIM_SYNC_PEOPLE_IDS;

        rv = scim_sync_sql_select(
            page->db, &rows,
            scim_sync_people_held(site, link->group_id, page->users + i, n, page->p), page->p);
        for (row = 0; rv == APR_SUCCESS && row < rows->count; row++) {
            take_row(page, rows, row);
        }
    }
    return rv;
}

static apr_status_t load_site(const page_t *page, const char *site, const char *group)
{
    apr_array_header_t *links;
    apr_status_t rv = scim_sync_link_list(page->db, &links, site, group, page->p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < links->nelts; i++) {
        rv = load_held(page, site, &APR_ARRAY_IDX(links, i, scim_sync_link_t));
    }
    return rv;
}

static apr_status_t is_there(scim_sync_db_t *db, int *there, const char *idp, const char *group,
                             apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows,
                            "SELECT 1 FROM resource WHERE id = %s AND idp = %s AND type = 'Group'",
                            DB_ARGS(DB_TEXT(group), DB_TEXT(idp)), p);

    *there = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_people_members(scim_sync_db_t *db, apr_array_header_t **members,
                                      const char *idp, const apr_array_header_t *sites,
                                      const char *group, const char *after, int max, apr_pool_t *p)
{
    page_t page = { .db = db,
                    .members = apr_array_make(p, max, sizeof(scim_sync_people_member_t)),
                    .by_id = apr_hash_make(p),
                    .p = p };
    apr_status_t rv;
    int there;
    int i;

    *members = NULL;
    rv = is_there(db, &there, idp, group, p);
    if (rv != APR_SUCCESS || !there ||
        (rv = load_members(&page, idp, group, after, max)) != APR_SUCCESS ||
        (rv = load_entries(&page, SCIM_SYNC_USER)) != APR_SUCCESS ||
        (rv = load_entries(&page, SCIM_SYNC_GROUP)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        rv = load_site(&page, APR_ARRAY_IDX(sites, i, const char *), group);
    }
    *members = page.members;
    return rv;
}
