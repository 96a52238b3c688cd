/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST, PUT, PATCH and DELETE (RFC 7644 sections 3.3, 3.5, 3.6). Each is one unit of work: what
 * was told, the tasks that follow from it and the events are durable before the answer is sent.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/scim.h"
#include "scim/patch.h"
#include "store/event.h"
#include "store/member.h"
#include "store/task.h"
#include "store/writer.h"

/* One change on its way through the transaction. What is below `found` is set anew in each run. */
typedef struct {
    scim_sync_scim_t *q;
    scim_sync_resource_t *told;     /* POST, PUT: the body */
    const scim_sync_patch_t *patch; /* PATCH */

    scim_sync_resource_t *found; /* as stored before, and then as it is */
    const scim_sync_error_t *error;
    int was_active;
    const char *old_name;
    int changed;               /* of the document */
    apr_array_header_t *added; /* const char *: values of members */
    apr_array_header_t *removed;
    apr_int64_t members; /* after PATCH of a group: how many there are, if not too many */
} change_t;

static const char *kind_of(const scim_sync_scim_t *q)
{
    return q->type == SCIM_SYNC_USER ? SCIM_SYNC_TASK_USER : SCIM_SYNC_TASK_GROUP;
}

static apr_status_t refuse(change_t *c, const scim_sync_error_t *error)
{
    c->error = error;
    return SCIM_SYNC_ROLLBACK;
}

static const scim_sync_error_t *in_use(const scim_sync_scim_t *q)
{
    return scim_sync_error(q->p, HTTP_CONFLICT, SCIM_SYNC_UNIQUENESS, "There is a %s of this %s.",
                           scim_sync_type_name(q->type),
                           q->type == SCIM_SYNC_USER ? "userName" : "displayName");
}

/* ---- tasks and events ---- */

static apr_status_t add_event(scim_sync_db_t *db, const change_t *c, const char *what,
                              const char *detail, apr_pool_t *p)
{
    const scim_sync_scim_t *q = c->q;
    const scim_sync_resource_t *r = c->found;
    scim_sync_event_t event = {
        .kind = apr_pstrcat(p, kind_of(q), ".", what, NULL),
        .actor = apr_pstrcat(p, "idp:", q->idp->name, NULL),
        .idp = q->idp->name,
        .site = q->idp->site,
        .subject = r->id,
        .name = r->name,
        .detail = detail,
    };

    return scim_sync_event_add(db, &event, p);
}

static apr_status_t add_task(scim_sync_db_t *db, const change_t *c, apr_pool_t *p)
{
    return scim_sync_task_add(db, c->q->idp->name, kind_of(c->q), c->found->id, p);
}

static apr_status_t add_member_tasks(scim_sync_db_t *db, const change_t *c,
                                     const apr_array_header_t *values, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < values->nelts; i++) {
        rv = scim_sync_task_add_member(db, c->q->idp->name, APR_ARRAY_IDX(values, i, const char *),
                                       p);
    }
    return rv;
}

/* What a change of the document means, for people. */
static const char *what_happened(const change_t *c)
{
    const scim_sync_resource_t *r = c->found;

    if (r->type == SCIM_SYNC_USER && r->active != c->was_active) {
        return r->active ? "activated" : "deactivated";
    }
    return strcmp(r->name, c->old_name) ? "renamed" : "changed";
}

static const char *renamed_from(const change_t *c, apr_pool_t *p)
{
    return strcmp(c->found->name, c->old_name) ? apr_pstrcat(p, "was ", c->old_name, NULL) : NULL;
}

/* Write what PUT or PATCH made of the resource, if anything is different. */
static apr_status_t store(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    int members = c->added->nelts + c->removed->nelts;
    apr_status_t rv;
    int stored;

    if (!c->changed && !members) {
        return APR_SUCCESS;
    }
    c->found->version++;
    c->found->modified = scim_sync_now();
    rv = scim_sync_resource_update(db, c->q->idp->name, c->found, &stored, p);
    if (rv == APR_SUCCESS && !stored) {
        return refuse(c, in_use(c->q));
    }
    if (rv == APR_SUCCESS && c->changed && (rv = add_task(db, c, p)) == APR_SUCCESS) {
        rv = add_event(db, c, what_happened(c), renamed_from(c, p), p);
    }
    if (rv == APR_SUCCESS && members) {
        const char *detail =
            apr_psprintf(p, "%d added, %d removed", c->added->nelts, c->removed->nelts);

        if ((rv = add_member_tasks(db, c, c->added, p)) == APR_SUCCESS &&
            (rv = add_member_tasks(db, c, c->removed, p)) == APR_SUCCESS) {
            rv = add_event(db, c, "members", detail, p);
        }
    }
    return rv;
}

static apr_status_t begin(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    apr_status_t rv;

    c->error = NULL;
    c->changed = 0;
    c->added = apr_array_make(p, 4, sizeof(const char *));
    c->removed = apr_array_make(p, 4, sizeof(const char *));
    if (!c->q->id) {
        return APR_SUCCESS;
    }
    rv = scim_sync_resource_load(db, &c->found, c->q->idp->name, c->q->type, c->q->id, 1, p);
    if (rv == APR_SUCCESS && !c->found) {
        return refuse(c, scim_sync_scim_absent(c->q));
    }
    if (rv == APR_SUCCESS) {
        c->was_active = c->found->active;
        c->old_name = c->found->name;
    }
    return rv;
}

static apr_status_t apply_members(scim_sync_db_t *db, change_t *c,
                                  const apr_array_header_t *changes, apr_pool_t *p)
{
    return scim_sync_member_apply(db, c->found->id, changes, c->added, c->removed, p);
}

/* Members that a body brought, as a change: exactly these. */
static apr_array_header_t *exactly(const apr_array_header_t *members, apr_pool_t *p)
{
    apr_array_header_t *changes = apr_array_make(p, 1, sizeof(scim_sync_member_change_t));

    APR_ARRAY_PUSH(changes, scim_sync_member_change_t) =
        (scim_sync_member_change_t) { .verb = SCIM_SYNC_MEMBERS_SET, .members = members };
    return changes;
}

/* Run a unit and answer what went wrong; *done is the handler's result then, else untouched. */
static int failed(change_t *c, scim_sync_unit_t *unit, int *done)
{
    apr_status_t rv = scim_sync_write(c->q->runtime->writer, unit, c, c->q->p);

    if (rv == APR_SUCCESS) {
        scim_sync_runtime_wake(c->q->runtime);
        return 0;
    }
    *done = rv == SCIM_SYNC_ROLLBACK && c->error ? scim_sync_answer_error(c->q->r, c->error)
                                                 : scim_sync_answer_unavailable(c->q->r);
    return 1;
}

static const scim_sync_error_t *read_told(change_t *c)
{
    scim_sync_scim_t *q = c->q;
    const scim_sync_error_t *error;
    json_t *body;

    if ((error = scim_sync_body(&body, q->r, &q->settings))) {
        return error;
    }
    return scim_sync_resource_read(&c->told, q->type, body, (int)q->settings.max_values, q->p);
}

/* ---- POST ---- */

static apr_status_t post(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_resource_t *r = c->told;
    apr_status_t rv;
    int stored;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    c->found = r;
    rv = scim_sync_resource_insert(db, c->q->idp->name, r, &stored, p);
    if (rv == APR_SUCCESS && !stored) {
        return refuse(c, in_use(c->q));
    }
    if (rv == APR_SUCCESS && r->members && r->members->nelts > 0) {
        rv = apply_members(db, c, exactly(r->members, p), p);
    }
    /* The members' tasks come when the group stands for one in Jira. */
    return rv == APR_SUCCESS && (rv = add_task(db, c, p)) == APR_SUCCESS
               ? add_event(db, c, "created", NULL, p)
               : rv;
}

int scim_sync_scim_post(scim_sync_scim_t *q)
{
    change_t c = { .q = q };
    const scim_sync_error_t *error;
    int done;

    if ((error = read_told(&c))) {
        return scim_sync_answer_error(q->r, error);
    }
    c.told->id = scim_sync_new_id(q->p);
    c.told->version = 1;
    c.told->created = c.told->modified = scim_sync_now();
    if (failed(&c, post, &done)) {
        return done;
    }
    return scim_sync_scim_answer(q, HTTP_CREATED, c.told);
}

/* ---- PUT ---- */

/*
 * What the body does not say of being active stays: a client that leaves the attribute out must
 * not bring a leaver back.
 */
static void keep_active(scim_sync_resource_t *r, const scim_sync_resource_t *old)
{
    const json_t *active = json_object_get(old->doc, "active");

    if (active && !json_object_get(r->doc, "active")) {
        json_object_set_new(r->doc, "active", json_boolean(old->active));
        r->active = old->active;
    }
}

static apr_status_t put(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_resource_t *r;
    apr_status_t rv;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    r = apr_pmemdup(p, c->told, sizeof(*r));
    r->doc = scim_sync_json_own(json_copy(c->told->doc), p);
    r->id = c->found->id;
    r->version = c->found->version;
    r->created = c->found->created;
    r->modified = c->found->modified;
    keep_active(r, c->found);
    c->changed = !scim_sync_resource_same(r, c->found);
    c->found = r;
    if (r->type == SCIM_SYNC_GROUP && r->members) {
        rv = apply_members(db, c, exactly(r->members, p), p);
    }
    if (rv == APR_SUCCESS) {
        rv = store(db, c, p);
    }
    if (rv == APR_SUCCESS && r->type == SCIM_SYNC_GROUP &&
        scim_sync_projection_wants(c->q->projection, "members")) {
        rv = scim_sync_member_list(db, &r->members, r->id, p);
    }
    return rv;
}

int scim_sync_scim_put(scim_sync_scim_t *q)
{
    change_t c = { .q = q };
    const scim_sync_error_t *error;
    int done;

    if ((error = read_told(&c))) {
        return scim_sync_answer_error(q->r, error);
    }
    return failed(&c, put, &done) ? done : scim_sync_scim_answer(q, HTTP_OK, c.found);
}

/* ---- PATCH ---- */

/* Whether the answer shall hold the resource: not all members of a large group, unless asked. */
static int wants_body(const change_t *c)
{
    return c->q->type == SCIM_SYNC_USER || c->q->projection ||
           c->members <= c->q->settings.patch_members;
}

static apr_status_t patch(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_scim_t *q = c->q;
    const scim_sync_error_t *error;
    apr_status_t rv;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    error = scim_sync_patch_apply(c->patch, c->found, (int)q->settings.max_values, &c->changed, p);
    if (error) {
        return refuse(c, error);
    }
    rv = apply_members(db, c, scim_sync_patch_members(c->patch), p);
    if (rv == APR_SUCCESS) {
        rv = store(db, c, p);
    }
    if (rv == APR_SUCCESS && q->type == SCIM_SYNC_GROUP && !q->projection) {
        rv =
            scim_sync_member_count(db, &c->members, c->found->id, q->settings.patch_members + 1, p);
    }
    if (rv == APR_SUCCESS && q->type == SCIM_SYNC_GROUP && wants_body(c) &&
        scim_sync_projection_wants(q->projection, "members")) {
        rv = scim_sync_member_list(db, &c->found->members, c->found->id, p);
    }
    return rv;
}

int scim_sync_scim_patch(scim_sync_scim_t *q)
{
    change_t c = { .q = q };
    const scim_sync_error_t *error;
    scim_sync_patch_t *parsed;
    json_t *body;
    int done;

    if ((error = scim_sync_body(&body, q->r, &q->settings)) ||
        (error = scim_sync_patch_parse(&parsed, q->type, body, (int)q->settings.max_operations,
                                       q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    c.patch = parsed;
    if (failed(&c, patch, &done)) {
        return done;
    }
    return wants_body(&c) ? scim_sync_scim_answer(q, HTTP_OK, c.found)
                          : scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
}

/* ---- DELETE ---- */

static apr_status_t delete (scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    const char *idp = c->q->idp->name;
    apr_status_t rv;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    if (c->q->type == SCIM_SYNC_GROUP &&
        (rv = scim_sync_task_add_members(db, idp, c->found->id, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    if ((rv = add_task(db, c, p)) != APR_SUCCESS ||
        (rv = add_event(db, c, "deleted", NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_resource_delete(db, c->found->id, p);
}

int scim_sync_scim_delete(scim_sync_scim_t *q)
{
    change_t c = { .q = q };
    int done;

    return failed(&c, delete, &done) ? done : scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
}
