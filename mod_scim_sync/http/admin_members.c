/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/groups/{id}/members: who is in a group, what is the matter with each, and whether
 * Jira has them in what the group stands for.
 */
#include "base/json.h"
#include "http/admin.h"
#include "http/admin_people.h"
#include "store/people_members.h"

typedef struct {
    scim_sync_admin_t *q;
    const char *after;
    int limit;
    apr_array_header_t *members; /* scim_sync_people_member_t: one more than are shown */
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    const scim_sync_admin_t *q = a->q;
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_idp_load(db, &idp, q->name, p);

    if (rv == APR_SUCCESS && !idp) {
        return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                        q->name);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_people_members(db, &a->members, idp->name, idp->sites, q->item, a->after,
                                      a->limit + 1, p);
    }
    return rv == APR_SUCCESS && !a->members
               ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "%s tells of no group %s.", q->name,
                                          q->item)
               : rv;
}

static json_t *held_json(const apr_array_header_t *held)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < held->nelts; i++) {
        const scim_sync_people_held_t *one = &APR_ARRAY_IDX(held, i, scim_sync_people_held_t);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:s?, s:s?}", "site", one->site,
                                              "group", one->group, "groupId", one->group_id,
                                              "accountId", one->account, "state", one->state));
    }
    return list;
}

static json_t *member_json(const scim_sync_people_member_t *m)
{
    int is_user = m->type && !strcmp(m->type, scim_sync_type_name(SCIM_SYNC_USER));

    return json_pack(
        "{s:s, s:s?, s:s?, s:o, s:o}", "id", m->id, "type", m->type, "display", m->display, "told",
        m->entry ? scim_sync_admin_person_json(m->entry, is_user ? SCIM_SYNC_USER : SCIM_SYNC_GROUP)
                 : json_null(),
        "held", held_json(m->held));
}

int scim_sync_admin_members(scim_sync_admin_t *q)
{
    ask_t a = { .q = q, .after = scim_sync_admin_asked(q, "after") };
    const scim_sync_error_t *error = scim_sync_admin_limit(q, &a.limit);
    json_t *list;
    int i;

    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    a.after = a.after ? a.after : "";
    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    list = json_array();
    for (i = 0; i < a.members->nelts && i < a.limit; i++) {
        json_array_append_new(list,
                              member_json(&APR_ARRAY_IDX(a.members, i, scim_sync_people_member_t)));
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(
            json_pack("{s:o, s:s?}", "members", list, "next",
                      a.members->nelts > a.limit
                          ? APR_ARRAY_IDX(a.members, a.limit - 1, scim_sync_people_member_t).id
                          : NULL),
            q->p));
}
