/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/plan and .../users/{id}/plan: what would be done, and why; what is wanted and
 * won't be done, and why not. Reads only.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "http/admin_people.h"
#include "sync/chain.h"
#include "sync/explain.h"

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_idp_t *idp;
    const char *kind;          /* SCIM_SYNC_TASK_USER, SCIM_SYNC_TASK_GROUP */
    const char *id;            /* of the one that is asked about; or NULL, and */
    const char *named;         /* its name or address, folded */
    scim_sync_plan_ask_t page; /* of many */
    int sums;                  /* of many: also those over all pages */
    json_t *body;              /* the answer; owned by the request */
} ask_t;

static apr_status_t load_idp(scim_sync_db_t *db, ask_t *a, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_idp_load(db, &a->idp, a->q->name, p);

    return rv == APR_SUCCESS && !a->idp
               ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                          a->q->name)
               : rv;
}

/* A unit that reads may be repeated: what it has made before is not in the answer. */
static void begin(ask_t *a)
{
    a->body = scim_sync_json_own(json_object(), a->q->p);
}

/* ---- one ---- */

static apr_status_t expect_one(const ask_t *a, const apr_array_header_t *found)
{
    const char *what = strcmp(a->kind, SCIM_SYNC_TASK_USER) ? "group" : "user";

    if (found->nelts == 1) {
        return APR_SUCCESS;
    }
    return found->nelts == 0
               ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "%s tells of no %s %s.", a->q->name,
                                          what, a->id ? a->id : a->named)
               : scim_sync_admin_rollback(a->q, HTTP_CONFLICT,
                                          "Several users of %s have the address %s: ask by "
                                          "userName or id.",
                                          a->q->name, a->named);
}

/* As it stands in the lists of people and groups. */
static apr_status_t add_entry(scim_sync_db_t *db, ask_t *a, const char *id, apr_pool_t *p)
{
    scim_sync_type_t type = strcmp(a->kind, SCIM_SYNC_TASK_USER) ? SCIM_SYNC_GROUP : SCIM_SYNC_USER;
    apr_hash_t *entries = apr_hash_make(p);
    apr_status_t rv = scim_sync_people_load(db, entries, type, &id, 1, p);
    const scim_sync_people_entry_t *entry = apr_hash_get(entries, id, APR_HASH_KEY_STRING);

    json_object_set_new(a->body, "entry",
                        entry ? scim_sync_admin_person_json(entry, type) : json_null());
    return rv;
}

static apr_status_t explain_one(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_explainer_t *explainer;
    const scim_sync_plan_subject_t *subject;
    apr_array_header_t *found;
    const char *name;
    json_t *sites;
    apr_status_t rv;

    begin(a);
    if ((rv = load_idp(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_plan_find(db, &found, a->q->name, a->kind, a->id, a->named, p)) !=
            APR_SUCCESS ||
        (rv = expect_one(a, found)) != APR_SUCCESS ||
        (rv = scim_sync_explainer_make(db, &explainer, a->idp, p)) != APR_SUCCESS) {
        return rv;
    }
    subject = &APR_ARRAY_IDX(found, 0, scim_sync_plan_subject_t);
    sites = json_array();
    json_object_set_new(a->body, "idp", json_string(a->idp->name));
    json_object_set_new(a->body, "state", json_string(a->idp->state));
    json_object_set_new(a->body, "id", json_string(subject->id));
    json_object_set_new(a->body, "kind", json_string(subject->kind));
    rv = scim_sync_explain(db, explainer, subject, 0, sites, &name, p);
    json_object_set_new(a->body, "name", name ? json_string(name) : json_null());
    json_object_set_new(a->body, "sites", sites);
    return rv == APR_SUCCESS ? add_entry(db, a, subject->id, p) : rv;
}

/* By the id in the path, or by what the query says. */
static int get_one(scim_sync_admin_t *q)
{
    int user = !strcmp(q->part, "users");
    const char *parameter = user ? "userName" : "displayName";
    ask_t a = { .q = q, .kind = user ? SCIM_SYNC_TASK_USER : SCIM_SYNC_TASK_GROUP };

    if (q->rest) {
        a.id = q->item;
    }
    else if (!(a.named = scim_sync_fold(scim_sync_admin_asked(q, parameter), q->p))) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST,
                                      "Say which one: %s/ID/plan, or %s/plan?%s=NAME.", q->part,
                                      q->part, parameter);
    }
    return scim_sync_admin_read(q, explain_one, &a) ? OK
                                                    : scim_sync_admin_answer(q, HTTP_OK, a.body);
}

/* ---- all ---- */

/* What a plan may have, of calls and of reasons. */
static int is_counted(const char *family, const char *name)
{
    static const char *const reasons[] = {
        SCIM_SYNC_WITHHELD_PROTECTED, SCIM_SYNC_WITHHELD_SEAT,     SCIM_SYNC_WITHHELD_OWNER,
        SCIM_SYNC_WITHHELD_NOT_OURS,  SCIM_SYNC_WITHHELD_DRY_RUN,  SCIM_SYNC_WITHHELD_ADDRESS,
        SCIM_SYNC_WITHHELD_RENAME,    SCIM_SYNC_WITHHELD_UNREAD,   SCIM_SYNC_WITHHELD_REFUSED,
        SCIM_SYNC_WITHHELD_RULE,      SCIM_SYNC_WITHHELD_GRACE,    SCIM_SYNC_WITHHELD_ACCOUNT,
        SCIM_SYNC_WITHHELD_GUARD,     SCIM_SYNC_WITHHELD_AMBIGUOUS
    };
    const int calls = !strcmp(family, SCIM_SYNC_PLAN_CALL);
    const int count =
        calls ? SCIM_SYNC_PART_ORGANIZATION + 1 : (int)(sizeof(reasons) / sizeof(*reasons));
    int i = 0;

    while (i < count &&
           strcmp(calls ? scim_sync_step_name((scim_sync_step_kind_t)i) : reasons[i], name)) {
        i++;
    }
    return i < count;
}

/* "call": "removeMember", or "withheld": "seat". */
static const scim_sync_error_t *read_what(scim_sync_admin_t *q, ask_t *a, const char *field,
                                          const char *family)
{
    const char *name = NULL;
    const scim_sync_error_t *error = scim_sync_admin_text(q, field, &name);

    if (error || !name) {
        return error;
    }
    if (a->page.what || a->page.all) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "all, call or withheld: one of them.");
    }
    if (!is_counted(family, name)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "No plan has %s %.64s.", field, name);
    }
    a->page.what = apr_pstrcat(q->p, family, name, NULL);
    return NULL;
}

/* value: what it is when nothing is said. */
static const scim_sync_error_t *read_switch(scim_sync_admin_t *q, const char *field, int value,
                                            int *on)
{
    const json_t *told = json_object_get(q->body, field);

    *on = told && !json_is_null(told) ? json_is_true(told) : value;
    return told && !json_is_null(told) && !json_is_boolean(told)
               ? scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be true or false.", field)
               : NULL;
}

static const scim_sync_error_t *read_page(scim_sync_admin_t *q, ask_t *a)
{
    static const char *const fields[] = {
        "limit", "after", "all", "call", "sums", "withheld", NULL
    };
    const json_t *limit = json_object_get(q->body, "limit");
    json_int_t number = 100;
    const scim_sync_error_t *error;

    a->page.after = "";
    if (limit && !json_is_null(limit)) {
        number = scim_sync_json_int(q->body, "limit", 0);
    }
    if ((error = scim_sync_admin_only(q, fields)) ||
        (error = scim_sync_admin_text(q, "after", &a->page.after)) ||
        (error = read_switch(q, "all", 0, &a->page.all)) ||
        (error = read_switch(q, "sums", 1, &a->sums)) ||
        (error = read_what(q, a, "call", SCIM_SYNC_PLAN_CALL)) ||
        (error = read_what(q, a, "withheld", SCIM_SYNC_PLAN_WITHHELD))) {
        return error;
    }
    if (number < 1 || number > 1000) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "limit must be a whole number from 1 to 1000.");
    }
    a->page.max = (int)number;
    return NULL;
}

/* {"addMember": 3}: those of one family. */
static json_t *family_json(const apr_array_header_t *counts, const char *family)
{
    const apr_size_t len = strlen(family);
    json_t *found = json_object();
    int i;

    for (i = 0; i < counts->nelts; i++) {
        const scim_sync_plan_count_t *one = &APR_ARRAY_IDX(counts, i, scim_sync_plan_count_t);

        if (!strncmp(one->what, family, len)) {
            json_object_set_new(found, one->what + len, json_integer((json_int_t)one->count));
        }
    }
    return found;
}

/* {"calls": {"addMember": 3}, "withheld": {"seat": 1}} */
static json_t *totals_json(const apr_array_header_t *counts)
{
    return json_pack("{s:o, s:o}", "calls", family_json(counts, SCIM_SYNC_PLAN_CALL), "withheld",
                     family_json(counts, SCIM_SYNC_PLAN_WITHHELD));
}

/* Each subject in memory of its own: a page of them takes no more than one. */
static apr_status_t explain_each(scim_sync_db_t *db, scim_sync_explainer_t *explainer,
                                 const apr_array_header_t *subjects, json_t *views, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *scratch;
    const char *name;
    int i;

    apr_pool_create(&scratch, p);
    for (i = 0; rv == APR_SUCCESS && i < subjects->nelts; i++) {
        apr_pool_clear(scratch);
        rv = scim_sync_explain(db, explainer, &APR_ARRAY_IDX(subjects, i, scim_sync_plan_subject_t),
                               1, views, &name, scratch);
    }
    apr_pool_destroy(scratch);
    return rv;
}

/* Over all pages; null without being asked for. */
static apr_status_t add_sums(scim_sync_db_t *db, const ask_t *a, apr_pool_t *p)
{
    apr_array_header_t *sums;
    apr_int64_t at;
    apr_status_t rv;

    if (!a->sums) {
        json_object_update_new(a->body,
                               json_pack("{s:n, s:n, s:n}", "tasks", "planned", "countedAt"));
        return APR_SUCCESS;
    }
    rv = scim_sync_plan_sums(db, &sums, &at, a->q->name, p);
    if (rv == APR_SUCCESS) {
        json_object_set_new(a->body, "tasks", family_json(sums, SCIM_SYNC_PLAN_STATE));
        json_object_set_new(a->body, "planned", totals_json(sums));
        json_object_set_new(a->body, "countedAt", scim_sync_admin_time(at, a->q->p));
    }
    return rv;
}

static apr_status_t explain_all(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_explainer_t *explainer;
    apr_array_header_t *subjects;
    json_t *views = scim_sync_json_own(json_array(), p);
    apr_status_t rv;
    const char *next;

    begin(a);
    if ((rv = load_idp(db, a, p)) != APR_SUCCESS || (rv = add_sums(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_plan_page(db, &subjects, &next, a->q->name, &a->page, p)) != APR_SUCCESS ||
        (rv = scim_sync_explainer_make(db, &explainer, a->idp, p)) != APR_SUCCESS ||
        (rv = explain_each(db, explainer, subjects, views, p)) != APR_SUCCESS) {
        return rv;
    }
    json_object_set_new(a->body, "idp", json_string(a->idp->name));
    json_object_set_new(a->body, "state", json_string(a->idp->state));
    json_object_set_new(a->body, "page", totals_json(scim_sync_explainer_counts(explainer)));
    json_object_set_new(a->body, "seats", scim_sync_explainer_seats(explainer));
    json_object_set(a->body, "subjects", views);
    json_object_set_new(a->body, "next", next ? json_string(next) : json_null());
    return APR_SUCCESS;
}

static int post_all(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    ask_t a = { .q = q };

    if ((error = read_page(q, &a))) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_read(q, explain_all, &a) ? OK
                                                    : scim_sync_admin_answer(q, HTTP_OK, a.body);
}

int scim_sync_admin_plan(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (!strcmp(q->part, "plan")) {
        if (q->item) {
            return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
        }
        return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "POST") : post_all(q);
    }
    if (!q->item || strcmp(q->rest ? q->rest : q->item, "plan")) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    return strcmp(method, "GET") ? scim_sync_answer_method(q->r, "GET, HEAD") : get_one(q);
}
