/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pull has found becomes what the IdP tells: memberships.
 */
#include <string.h>

#include "base/json.h"
#include "store/member.h"
#include "store/resource.h"
#include "store/stage_telling.h"

#define PAGE SCIM_SYNC_STAGE_PAGE

/* Of a stage's membership m: what is told of whom it is of, who is in the stage still. */
#define TOLD                                                                                       \
    " JOIN resource r ON r.idp = m.idp AND r.type = m.type AND r.external_id = m.id"               \
    " JOIN stage s ON s.idp = m.idp AND s.type = m.type AND s.id = m.id"

apr_status_t scim_sync_stage_fill(const scim_sync_stage_page_t *page,
                                  const apr_array_header_t *groups, apr_pool_t *p)
{
    json_t *ids = scim_sync_json_own(json_array(), p);
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_resource_t *group = APR_ARRAY_IDX(groups, i, scim_sync_resource_t *);

        json_array_append_new(ids, json_string(group->id));
    }
    return scim_sync_db_exec(
        page->db, NULL,
        "INSERT INTO member (resource, value, type, real_type)"
        " SELECT g.id, r.id, r.type, r.type FROM {texts}(CAST(%s AS {json})) e"
        " JOIN resource g ON g.id = e.value"
        " JOIN stage_member m ON m.idp = g.idp AND m.in_group = g.external_id" TOLD,
        DB_ARGS(DB_TEXT(scim_sync_json_text(ids, NULL, p))), p);
}

/* Their group's id, ours, who: of the groups behind one up to another one, so many at most. */
#define TO_ADD                                                                                     \
    "SELECT m.in_group, g.id, r.id, r.type FROM stage_member m"                                    \
    " JOIN stage t ON t.idp = m.idp AND t.type = 'Group' AND t.id = m.in_group"                    \
    " JOIN resource g ON g.idp = m.idp AND g.type = 'Group' AND g.external_id = m.in_group" TOLD   \
    " WHERE m.idp = %s AND m.in_group > %s AND m.in_group <= %s"                                   \
    " AND NOT EXISTS (SELECT 1 FROM member x WHERE x.resource = g.id AND x.value = r.id)"          \
    " ORDER BY m.in_group, m.id LIMIT %lld"
/* Who is gone altogether leaves its groups when it is dropped. */
#define TO_TAKE_OUT                                                                                \
    "SELECT t.id, g.id, x.value, x.type FROM stage t"                                              \
    " JOIN resource g ON g.idp = t.idp AND g.type = 'Group' AND g.external_id = t.id"              \
    " JOIN member x ON x.resource = g.id JOIN resource r ON r.id = x.value AND r.idp = g.idp"      \
    " JOIN stage s ON s.idp = r.idp AND s.type = r.type AND s.id = r.external_id"                  \
    " WHERE t.idp = %s AND t.type = 'Group' AND t.id > %s AND t.id <= %s"                          \
    " AND NOT EXISTS (SELECT 1 FROM stage_member m WHERE m.idp = t.idp AND m.in_group = t.id"      \
    " AND m.id = s.id AND m.type = s.type) ORDER BY t.id, x.value LIMIT %lld"

/* Members of one group: some rows from the first one on. */
static apr_status_t set_members(const scim_sync_stage_page_t *page, scim_sync_member_verb_t verb,
                                const scim_sync_rows_t *rows, int first, int count, apr_pool_t *p)
{
    apr_array_header_t *members = apr_array_make(p, count, sizeof(scim_sync_member_t));
    apr_array_header_t *changes = apr_array_make(p, 1, sizeof(scim_sync_member_change_t));
    const char *group = scim_sync_db_text(rows, first, 1);
    scim_sync_resource_t *r;
    scim_sync_news_t news;
    apr_status_t rv;
    int i;

    for (i = first; i < first + count; i++) {
        APR_ARRAY_PUSH(members, scim_sync_member_t) =
            (scim_sync_member_t) { .value = scim_sync_db_text(rows, i, 2),
                                   .type = scim_sync_db_text(rows, i, 3) };
    }
    APR_ARRAY_PUSH(changes, scim_sync_member_change_t) =
        (scim_sync_member_change_t) { .verb = verb, .members = members };
    rv = scim_sync_resource_load(page->db, &r, page->idp, SCIM_SYNC_GROUP, group, 1, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    scim_sync_news_begin(&news, page->idp, r, p);
    rv = scim_sync_member_apply(page->db, group, "", changes, news.added, news.removed, p);
    return rv == APR_SUCCESS ? scim_sync_stage_store(page, &news, p) : rv;
}

/* Rows from the first one on that are of one group. */
static int of_one_group(const scim_sync_rows_t *rows, int first)
{
    const char *group = scim_sync_db_text(rows, first, 1);
    int i = first + 1;

    while (i < rows->count && !strcmp(scim_sync_db_text(rows, i, 1), group)) {
        i++;
    }
    return i - first;
}

/* Where there is more than a page of memberships, the same groups are looked at once more. */
static apr_status_t set_page(scim_sync_stage_page_t *page, const char *sql,
                             scim_sync_member_verb_t verb, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    const char *end;
    apr_status_t rv = scim_sync_stage_end_of_page(page, &end, p);
    int count;
    int i;

    if (rv != APR_SUCCESS || !end) {
        return rv;
    }
    rv = scim_sync_db_select(
        page->db, &rows, sql,
        DB_ARGS(DB_TEXT(page->idp), DB_TEXT(page->last), DB_TEXT(end), DB_INT(PAGE)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i += count) {
        count = of_one_group(rows, i);
        rv = set_members(page, verb, rows, i, count, p);
    }
    page->next = rv == APR_SUCCESS && rows->count == PAGE ? page->last : end;
    return rv;
}

apr_status_t scim_sync_stage_add_members(scim_sync_stage_page_t *page, apr_pool_t *p)
{
    apr_status_t rv =
        *page->last || *page->made == 0 ? APR_SUCCESS : scim_sync_db_grown(page->db, "resource", p);

    return rv == APR_SUCCESS ? set_page(page, TO_ADD, SCIM_SYNC_MEMBERS_ADD, p) : rv;
}

apr_status_t scim_sync_stage_take_out(scim_sync_stage_page_t *page, apr_pool_t *p)
{
    return set_page(page, TO_TAKE_OUT, SCIM_SYNC_MEMBERS_REMOVE, p);
}
