/* SPDX-License-Identifier: Apache-2.0 */
#include "http/scim_change.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/etag.h"
#include "scim/patch.h"
#include "store/member.h"
#include "store/news.h"
#include "store/task.h"
#include "store/writer.h"

/* One change on its way through the transaction. What is below `patch` is set anew in each run. */
typedef struct {
    scim_sync_scim_t *q;
    scim_sync_resource_t *told;     /* POST, PUT: the body */
    const scim_sync_patch_t *patch; /* PATCH */

    scim_sync_news_t news; /* news.r is the resource */
    const scim_sync_error_t *error;
    int silent; /* the answer to a PATCH holds no resource */
} change_t;

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

static const char *renamed_from(const change_t *c, apr_pool_t *p)
{
    return strcmp(c->news.r->name, c->news.old_name)
               ? apr_pstrcat(p, "was ", c->news.old_name, NULL)
               : NULL;
}

/* Write what a change made of the resource, if anything is different. */
static apr_status_t store(scim_sync_db_t *db, change_t *c, const char *detail, apr_pool_t *p)
{
    int stored;
    apr_status_t rv = scim_sync_news_store(db, &c->news, detail, &stored, p);

    return rv == APR_SUCCESS && !stored ? refuse(c, in_use(c->q)) : rv;
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
    if ((rv = scim_sync_scim_load_groups(db, q, c->news.r, p)) != APR_SUCCESS) {
        return rv;
    }
    error = scim_sync_etag_check(q->if_match, q->if_none_match,
                                 scim_sync_resource_version(c->news.r, p), q->p);
    return error ? refuse(c, error) : APR_SUCCESS;
}

static apr_status_t begin(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    scim_sync_resource_t *r;
    apr_status_t rv;

    c->error = NULL;
    scim_sync_news_begin(&c->news, c->q->idp->name, NULL, p);
    if (!c->q->id) {
        return APR_SUCCESS;
    }
    rv = scim_sync_resource_load(db, &r, c->q->idp->name, c->q->type, c->q->id, 1, p);
    if (rv == APR_SUCCESS && !r) {
        return refuse(c, scim_sync_scim_absent(c->q));
    }
    if (rv == APR_SUCCESS) {
        scim_sync_news_begin(&c->news, c->q->idp->name, r, p);
        rv = check_version(db, c, p);
    }
    return rv;
}

static apr_status_t apply_members(scim_sync_db_t *db, change_t *c,
                                  const apr_array_header_t *changes, apr_pool_t *p)
{
    return scim_sync_member_apply(db, c->news.r->id, c->q->base, changes, c->news.added,
                                  c->news.removed, p);
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

/* Run a unit; what it left in c->news.r is the result when it went well. */
static void run(scim_sync_result_t *out, change_t *c, scim_sync_unit_t *unit, int status)
{
    const scim_sync_scim_t *q = c->q;
    apr_status_t rv =
        q->db ? unit(q->db, c, q->p) : scim_sync_write(q->runtime->writer, unit, c, q->p);

    if (rv == APR_SUCCESS) {
        if (!q->db) {
            scim_sync_runtime_wake(q->runtime);
        }
        *out = (scim_sync_result_t) { .status = status, .resource = c->news.r };
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
        rv = scim_sync_task_add_members(db, c->q->idp->name, c->news.r->id, NULL, p);
    }
    if (rv != APR_SUCCESS || (rv = scim_sync_news_created(db, &c->news, p)) != APR_SUCCESS) {
        return rv;
    }
    /* Nobody can have named a user in a group whose id was made just now. */
    return c->q->type == SCIM_SYNC_GROUP || c->q->new_id ? load_parts(db, c->q, c->news.r, p)
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
static apr_status_t restore(scim_sync_db_t *db, change_t *c, scim_sync_resource_t *old,
                            apr_pool_t *p)
{
    const char *detail = "told again";
    apr_status_t rv = APR_SUCCESS;
    int left;

    scim_sync_news_begin(&c->news, c->q->idp->name, old, p);
    c->news.changed = 1;
    c->news.r = in_place_of(old, c->told, p);
    if (is_another(old, c->news.r)) {
        rv = scim_sync_member_leave(db, old->id, &left, p);
        detail = apr_psprintf(p, "told again with another externalId, taken out of %s",
                              scim_sync_count_text(left, "group", "groups", p));
    }
    if (rv == APR_SUCCESS) {
        rv = store(db, c, detail, p);
    }
    return rv == APR_SUCCESS ? load_parts(db, c->q, c->news.r, p) : rv;
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
    c->news.r = apr_pmemdup(p, c->told, sizeof(*c->told));
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
    r = in_place_of(c->news.r, c->told, p);
    keep_active(r, c->news.r);
    c->news.changed = !scim_sync_resource_same(r, c->news.r);
    c->news.r = r;
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
        rv = scim_sync_member_count(db, &members, c->news.r->id, q->settings.patch_members + 1, p);
    }
    c->silent = members > q->settings.patch_members;
    return rv == APR_SUCCESS && !c->silent ? load_parts(db, q, c->news.r, p) : rv;
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
    old = *c->news.r;
    error = scim_sync_patch_apply(c->patch, c->news.r, (int)c->q->settings.max_values,
                                  &c->news.changed, p);
    if (error) {
        return refuse(c, error);
    }
    if (!old.active) {
        keep_active(c->news.r, &old);
        c->news.changed = !scim_sync_resource_same(&old, c->news.r);
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
    apr_status_t rv = begin(db, c, p);

    return rv == APR_SUCCESS ? scim_sync_news_delete(db, &c->news, NULL, p) : rv;
}

void scim_sync_change_delete(scim_sync_result_t *out, scim_sync_scim_t *q)
{
    change_t c = { .q = q };

    run(out, &c, delete, HTTP_NO_CONTENT);
    out->resource = NULL;
}
