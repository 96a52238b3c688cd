/* SPDX-License-Identifier: Apache-2.0 */
#include "http/scim_change.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/etag.h"
#include "scim/patch.h"
#include "store/event.h"
#include "store/member.h"
#include "store/task.h"
#include "store/writer.h"

/* Members that an event names, of those added and of those removed. */
#define MEMBERS_SHOWN 20

/* One change on its way through the transaction. What is below `found` is set anew in each run. */
typedef struct {
    scim_sync_scim_t *q;
    scim_sync_resource_t *told;     /* POST, PUT: the body */
    const scim_sync_patch_t *patch; /* PATCH */

    scim_sync_resource_t *found; /* as stored before, and then as it is */
    const scim_sync_error_t *error;
    int was_active;
    const char *old_name;
    const json_t *before;      /* as summary() has it; NULL: it is new */
    int changed;               /* of the document */
    apr_array_header_t *added; /* const char *: values of members */
    apr_array_header_t *removed;
    int silent; /* the answer to a PATCH holds no resource */
} change_t;

static const char *kind_of(const scim_sync_scim_t *q)
{
    return q->type == SCIM_SYNC_USER ? SCIM_SYNC_TASK_USER : SCIM_SYNC_TASK_GROUP;
}

static void set_error(scim_sync_result_t *out, const scim_sync_error_t *error)
{
    *out = (scim_sync_result_t) { .status = error->status, .error = error };
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

static const char *email_of(const scim_sync_resource_t *r)
{
    return r->emails && r->emails->nelts > 0 ? APR_ARRAY_IDX(r->emails, 0, const char *) : NULL;
}

/* What an event shows of a resource, before and after: who it is for people, and for Jira. */
static const json_t *summary(const scim_sync_resource_t *r, apr_pool_t *p)
{
    json_t *shown = json_object();

    if (r->type == SCIM_SYNC_USER) {
        scim_sync_json_put(shown, "userName", r->name);
        scim_sync_json_put(shown, "email", email_of(r));
        json_object_set_new(shown, "active", json_boolean(r->active));
    }
    scim_sync_json_put(shown, "displayName", scim_sync_json_str(r->doc, "displayName"));
    return scim_sync_json_own(shown, p);
}

static const char *list_members(const change_t *c, apr_pool_t *p)
{
    json_t *members = json_object();
    const apr_array_header_t *lists[] = { c->added, c->removed };
    static const char *const names[] = { "added", "removed" };
    int n;
    int i;

    for (n = 0; n < 2; n++) {
        json_t *list = json_array();

        for (i = 0; i < lists[n]->nelts && i < MEMBERS_SHOWN; i++) {
            json_array_append_new(list, json_string(APR_ARRAY_IDX(lists[n], i, const char *)));
        }
        json_object_set_new(members, names[n], list);
    }
    return scim_sync_json_text(scim_sync_json_own(json_pack("{s:o}", "members", members), p), NULL,
                               p);
}

static apr_status_t add_event(scim_sync_db_t *db, const change_t *c, const char *what,
                              const char *detail, const char *change, apr_pool_t *p)
{
    const scim_sync_scim_t *q = c->q;
    const scim_sync_resource_t *r = c->found;
    scim_sync_event_t event = {
        .kind = apr_pstrcat(p, kind_of(q), ".", what, NULL),
        .actor = apr_pstrcat(p, "idp:", q->idp->name, NULL),
        .idp = q->idp->name,
        .subject = r->id,
        .name = r->name,
        .detail = detail,
        .change = change,
        .about = kind_of(q),
        .email = email_of(r),
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

/* What a group's own task was parked for may be somebody who is in it no more. */
static apr_status_t unblock(scim_sync_db_t *db, const change_t *c, apr_pool_t *p)
{
    return c->removed->nelts > 0 ? scim_sync_task_unpark(db, kind_of(c->q), c->found->id, p)
                                 : APR_SUCCESS;
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

/*
 * Write what a change made of the resource, if anything is different.
 * detail   of the event, when the document has changed; or NULL
 */
static apr_status_t store(scim_sync_db_t *db, change_t *c, const char *detail, apr_pool_t *p)
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
        rv = add_event(db, c, what_happened(c), detail,
                       scim_sync_event_change(c->before, summary(c->found, p), p), p);
    }
    if (rv == APR_SUCCESS && members) {
        if ((rv = add_member_tasks(db, c, c->added, p)) == APR_SUCCESS &&
            (rv = add_member_tasks(db, c, c->removed, p)) == APR_SUCCESS &&
            (rv = unblock(db, c, p)) == APR_SUCCESS) {
            rv = add_event(db, c, "members",
                           apr_psprintf(p, "%d added, %d removed", c->added->nelts,
                                        c->removed->nelts),
                           list_members(c, p), p);
        }
    }
    return rv;
}

/* Whether the resource is the version that the change is meant for. */
static apr_status_t check_version(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const scim_sync_scim_t *q = c->q;
    const scim_sync_error_t *error;
    apr_status_t rv;

    if (!q->if_match && !q->if_none_match) {
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_scim_load_groups(db, q, c->found, p)) != APR_SUCCESS) {
        return rv;
    }
    error = scim_sync_etag_check(q->if_match, q->if_none_match,
                                 scim_sync_resource_version(c->found, p), q->p);
    return error ? refuse(c, error) : APR_SUCCESS;
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
        c->before = summary(c->found, p);
        rv = check_version(db, c, p);
    }
    return rv;
}

static apr_status_t apply_members(scim_sync_db_t *db, change_t *c,
                                  const apr_array_header_t *changes, apr_pool_t *p)
{
    return scim_sync_member_apply(db, c->found->id, c->q->base, changes, c->added, c->removed, p);
}

/*
 * What a request leaves unsaid of being active stays: an omission must not bring a leaver back.
 */
static void keep_active(scim_sync_resource_t *r, const scim_sync_resource_t *old)
{
    const json_t *active = json_object_get(old->doc, "active");

    if (active && !json_object_get(r->doc, "active")) {
        json_object_set_new(r->doc, "active", json_boolean(old->active));
        r->active = old->active;
    }
}

/* Members that a body brought, as a change: exactly these. */
static apr_array_header_t *exactly(const apr_array_header_t *members, apr_pool_t *p)
{
    apr_array_header_t *changes = apr_array_make(p, 1, sizeof(scim_sync_member_change_t));

    APR_ARRAY_PUSH(changes, scim_sync_member_change_t) =
        (scim_sync_member_change_t) { .verb = SCIM_SYNC_MEMBERS_SET, .members = members };
    return changes;
}

/* What the answer will hold besides the document. */
static apr_status_t load_parts(scim_sync_db_t *db, const scim_sync_scim_t *q,
                               scim_sync_resource_t *r, apr_pool_t *p)
{
    if (r->type == SCIM_SYNC_GROUP && scim_sync_projection_wants(q->projection, "members")) {
        return scim_sync_member_list(db, &r->members, r->id, p);
    }
    return scim_sync_scim_load_groups(db, q, r, p);
}

/* Run a unit; what it left in c->found is the result when it went well. */
static void run(scim_sync_result_t *out, change_t *c, scim_sync_unit_t *unit, int status)
{
    const scim_sync_scim_t *q = c->q;
    apr_status_t rv =
        q->db ? unit(q->db, c, q->p) : scim_sync_write(q->runtime->writer, unit, c, q->p);

    if (rv == APR_SUCCESS) {
        if (!q->db) {
            scim_sync_runtime_wake(q->runtime);
        }
        *out = (scim_sync_result_t) { .status = status, .resource = c->found };
        return;
    }
    set_error(out, rv == SCIM_SYNC_ROLLBACK && c->error ? c->error : scim_sync_unavailable(q->p));
    out->rv = rv == SCIM_SYNC_ROLLBACK ? APR_SUCCESS : rv;
}

/* ---- POST ---- */

static apr_status_t insert(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const apr_array_header_t *members = c->told->members;
    apr_status_t rv = APR_SUCCESS;

    if (members && members->nelts > 0) {
        rv = apply_members(db, c, exactly(members, p), p);
    }
    /*
     * The tasks of its people come when the group stands for one in Jira. But another group may
     * have it as a member by now, if its id was promised before it was made.
     */
    if (rv == APR_SUCCESS && c->q->type == SCIM_SYNC_GROUP && c->q->new_id) {
        rv = scim_sync_task_add_members(db, c->q->idp->name, c->found->id, NULL, p);
    }
    if (rv != APR_SUCCESS || (rv = add_task(db, c, p)) != APR_SUCCESS ||
        (rv = add_event(db, c, "created", NULL, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    /* Nobody can have named a user in a group whose id was made just now. */
    return c->q->type == SCIM_SYNC_GROUP || c->q->new_id ? load_parts(db, c->q, c->found, p)
                                                         : APR_SUCCESS;
}

/* What a body brings for a resource that is there. */
static scim_sync_resource_t *in_place_of(const scim_sync_resource_t *old,
                                         const scim_sync_resource_t *told, apr_pool_t *p)
{
    scim_sync_resource_t *r = apr_pmemdup(p, told, sizeof(*r));

    r->doc = scim_sync_json_own(json_copy(told->doc), p);
    r->id = old->id;
    r->version = old->version;
    r->created = old->created;
    r->modified = old->modified;
    return r;
}

/* Whether the IdP says by its own key that this is somebody else. */
static int is_another(const scim_sync_resource_t *a, const scim_sync_resource_t *b)
{
    return a->external_id && b->external_id && strcmp(a->external_id, b->external_id) != 0;
}

/*
 * A user who is there, inactive, and told again: IdPs do so when somebody comes back, and a 409
 * would keep that person out for ever. Somebody else of that name inherits no memberships.
 */
static apr_status_t restore(scim_sync_db_t *db, change_t *c, const scim_sync_resource_t *old,
                            apr_pool_t *p)
{
    const char *detail = "told again";
    apr_status_t rv = APR_SUCCESS;
    int left;

    c->old_name = old->name;
    c->before = summary(old, p);
    c->was_active = 0;
    c->changed = 1;
    c->found = in_place_of(old, c->told, p);
    if (is_another(old, c->found)) {
        rv = scim_sync_member_leave(db, old->id, &left, p);
        detail =
            apr_psprintf(p, "told again with another externalId, taken out of %d groups", left);
    }
    if (rv == APR_SUCCESS) {
        rv = store(db, c, detail, p);
    }
    return rv == APR_SUCCESS ? load_parts(db, c->q, c->found, p) : rv;
}

static apr_status_t post(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    const char *idp = c->q->idp->name;
    scim_sync_resource_t *old;
    apr_status_t rv;
    int stored;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    c->found = apr_pmemdup(p, c->told, sizeof(*c->told));
    rv = scim_sync_resource_insert(db, idp, c->told, &stored, p);
    if (rv != APR_SUCCESS || stored) {
        return rv == APR_SUCCESS ? insert(db, c, p) : rv;
    }
    if (c->q->type != SCIM_SYNC_USER || !c->told->active) {
        return refuse(c, in_use(c->q));
    }
    rv = scim_sync_resource_load_named(db, &old, idp, c->q->type, c->told->name_key, 1, p);
    if (rv == APR_SUCCESS && (!old || old->active)) {
        return refuse(c, in_use(c->q));
    }
    return rv == APR_SUCCESS ? restore(db, c, old, p) : rv;
}

/* Read what a POST or PUT brings; 0 when it can't be taken, which out says then. */
static int read_told(scim_sync_result_t *out, change_t *c, const json_t *body)
{
    const scim_sync_scim_t *q = c->q;
    const scim_sync_error_t *error =
        scim_sync_resource_read(&c->told, q->type, body, (int)q->settings.max_values, q->p);

    if (error) {
        set_error(out, error);
    }
    return !error;
}

void scim_sync_change_post(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body)
{
    change_t c = { .q = q };

    if (read_told(out, &c, body)) {
        if (q->type == SCIM_SYNC_USER && !json_object_get(c.told->doc, "active")) {
            json_object_set_new(c.told->doc, "active", json_true());
        }
        c.told->id = q->new_id ? q->new_id : scim_sync_new_id(q->p);
        c.told->version = 1;
        c.told->created = c.told->modified = scim_sync_now();
        run(out, &c, post, HTTP_CREATED);
    }
}

/* ---- PUT ---- */

static apr_status_t put(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_resource_t *r;
    apr_status_t rv;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    r = in_place_of(c->found, c->told, p);
    keep_active(r, c->found);
    c->changed = !scim_sync_resource_same(r, c->found);
    c->found = r;
    if (r->type == SCIM_SYNC_GROUP && r->members) {
        rv = apply_members(db, c, exactly(r->members, p), p);
    }
    if (rv == APR_SUCCESS) {
        rv = store(db, c, renamed_from(c, p), p);
    }
    return rv == APR_SUCCESS ? load_parts(db, c->q, r, p) : rv;
}

void scim_sync_change_put(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body)
{
    change_t c = { .q = q };

    if (read_told(out, &c, body)) {
        run(out, &c, put, HTTP_OK);
    }
}

/* ---- PATCH ---- */

/*
 * Whether the answer shall hold the resource: not all members of a large group, unless asked.
 */
static apr_status_t load_answer(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const scim_sync_scim_t *q = c->q;
    apr_int64_t members = 0;
    apr_status_t rv = APR_SUCCESS;

    if (q->type == SCIM_SYNC_GROUP && !q->projection) {
        rv = scim_sync_member_count(db, &members, c->found->id, q->settings.patch_members + 1, p);
    }
    c->silent = members > q->settings.patch_members;
    return rv == APR_SUCCESS && !c->silent ? load_parts(db, q, c->found, p) : rv;
}

static apr_status_t patch(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    const scim_sync_error_t *error;
    scim_sync_resource_t old;
    apr_status_t rv;

    if ((rv = begin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    old = *c->found;
    error =
        scim_sync_patch_apply(c->patch, c->found, (int)c->q->settings.max_values, &c->changed, p);
    if (error) {
        return refuse(c, error);
    }
    if (!old.active) {
        keep_active(c->found, &old);
        c->changed = !scim_sync_resource_same(&old, c->found);
    }
    rv = apply_members(db, c, scim_sync_patch_members(c->patch), p);
    if (rv == APR_SUCCESS) {
        rv = store(db, c, renamed_from(c, p), p);
    }
    return rv == APR_SUCCESS ? load_answer(db, c, p) : rv;
}

void scim_sync_change_patch(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body)
{
    const scim_sync_patch_limits_t limits = { .operations = (int)q->settings.max_operations,
                                              .filter = (int)q->settings.max_filter,
                                              .filter_depth = (int)q->settings.max_filter_depth };
    change_t c = { .q = q };
    const scim_sync_error_t *error;
    scim_sync_patch_t *parsed;

    error = scim_sync_patch_parse(&parsed, q->type, body, &limits, q->p);
    if (error) {
        set_error(out, error);
        return;
    }
    c.patch = parsed;
    run(out, &c, patch, HTTP_OK);
    if (c.silent && !out->error) {
        *out = (scim_sync_result_t) { .status = HTTP_NO_CONTENT };
    }
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
        (rv = add_event(db, c, "deleted", NULL, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_resource_delete(db, c->found->id, p);
}

void scim_sync_change_delete(scim_sync_result_t *out, scim_sync_scim_t *q)
{
    change_t c = { .q = q };

    run(out, &c, delete, HTTP_NO_CONTENT);
    out->resource = NULL;
}
