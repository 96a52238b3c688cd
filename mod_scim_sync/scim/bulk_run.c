/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulk: running the operations, and the answer.
 */
#include "scim/bulk_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"

typedef struct {
    scim_sync_bulk_t *bulk;
    scim_sync_bulk_make_t *make;
    void *baton;
    apr_pool_t *p; /* of one change */
    int errors;
    int done;                      /* whether anything was changed */
    const scim_sync_error_t *lost; /* a 503: nothing can be changed any more */
} run_t;

typedef scim_sync_bulk_operation_t operation_t;

static const char *copy(const char *text, apr_pool_t *p)
{
    return text != NULL ? apr_pstrdup(p, text) : NULL;
}

static const scim_sync_error_t *copy_error(const scim_sync_error_t *error, apr_pool_t *p)
{
    return error != NULL ? scim_sync_error(p, error->status, error->type, "%s", error->detail)
                         : NULL;
}

static void fail(run_t *run, operation_t *operation, const scim_sync_error_t *error)
{
    operation->outcome = (scim_sync_bulk_outcome_t) { .status = error->status, .error = error };
    run->errors++;
}

/* Hand a change to the caller; *out lives as long as the request. */
static void make(run_t *run, scim_sync_bulk_outcome_t *out, const scim_sync_bulk_change_t *change)
{
    apr_pool_t *p = run->bulk->p;
    scim_sync_bulk_outcome_t made = { .status = 0 };

    run->make(&made, change, run->baton, run->p);
    *out = (scim_sync_bulk_outcome_t) { .status = made.status,
                                        .error = copy_error(made.error, p),
                                        .id = copy(made.id, p),
                                        .version = copy(made.version, p) };
    apr_pool_clear(run->p);
    if (out->error == NULL) {
        run->done = 1;
    }
    else if (out->status == 503) {
        run->lost = out->error;
    }
}

/* Why an operation can't be tried: one that it needs has failed. */
static const scim_sync_error_t *in_vain(const run_t *run, const operation_t *operation)
{
    int i;

    for (i = 0; i < operation->needs->nelts; i++) {
        const operation_t *needed = &run->bulk->operations[APR_ARRAY_IDX(operation->needs, i, int)];

        if (needed->outcome.error != NULL) {
            return scim_sync_error(run->bulk->p, 409, NULL,
                                   "It refers to the bulkId \"%.100s\", whose POST failed.",
                                   needed->bulk_id);
        }
    }
    return NULL;
}

static void run_operation(run_t *run, operation_t *operation)
{
    const scim_sync_error_t *error =
        operation->error != NULL ? operation->error : in_vain(run, operation);
    scim_sync_bulk_change_t change;

    if (error != NULL) {
        fail(run, operation, error);
        return;
    }
    scim_sync_bulk_resolve(&change, operation, run->bulk, run->p);
    /* For the answer: where it is, and copied, for the change's pool is cleared. */
    operation->change.id = copy(change.id, run->bulk->p);
    make(run, &operation->outcome, &change);
    if (operation->outcome.error != NULL) {
        run->errors++;
    }
}

/* ---- circles ---- */

static operation_t *member(const run_t *run, const scim_sync_bulk_circle_t *circle, int i)
{
    return &run->bulk->operations[circle->members[i]];
}

/* A change to what a POST made. */
static void amend(run_t *run, scim_sync_bulk_outcome_t *out, const operation_t *post,
                  scim_sync_bulk_method_t method)
{
    scim_sync_bulk_change_t change;

    scim_sync_bulk_resolve(&change, post, run->bulk, run->p);
    change.method = method;
    change.id = post->outcome.id;
    change.new_id = NULL;
    if (method == SCIM_SYNC_BULK_DELETE) {
        change.data = NULL;
    }
    make(run, out, &change);
}

/* Delete what was made for a circle that has failed. What was there before stays as it is now. */
static void take_back(run_t *run, const scim_sync_bulk_circle_t *circle,
                      const scim_sync_error_t *why)
{
    scim_sync_bulk_outcome_t outcome;
    int i;

    for (i = 0; i < circle->count; i++) {
        operation_t *post = member(run, circle, i);

        if (post->outcome.status == 0 || post->outcome.error != NULL ||
            strcmp(post->outcome.id, post->change.new_id) != 0) {
            continue;
        }
        amend(run, &outcome, post, SCIM_SYNC_BULK_DELETE);
        if (outcome.error == NULL) {
            fail(run, post, why);
        }
    }
}

/* A user who was there, inactive, and is back has another id than the one that was promised. */
static void correct(run_t *run, const scim_sync_bulk_circle_t *circle)
{
    scim_sync_bulk_outcome_t outcome;
    int broken = 0;
    int i;

    for (i = 0; i < circle->count; i++) {
        const operation_t *post = member(run, circle, i);

        broken |= strcmp(post->outcome.id, post->change.new_id) != 0;
    }
    for (i = 0; broken && i < circle->count; i++) {
        operation_t *post = member(run, circle, i);

        amend(run, &outcome, post, SCIM_SYNC_BULK_PUT);
        if (outcome.error != NULL) {
            fail(run, post, outcome.error);
        }
        else {
            post->outcome.version = outcome.version;
        }
    }
}

static int must_stop(const run_t *run)
{
    int limit = run->bulk->fail_on_errors;

    return run->lost != NULL || (limit > 0 && run->errors >= limit);
}

static void run_circle(run_t *run, const scim_sync_bulk_circle_t *circle)
{
    const scim_sync_error_t *why = NULL;
    int i;

    for (i = 0; i < circle->count && !must_stop(run); i++) {
        operation_t *operation = member(run, circle, i);

        if (why != NULL) {
            fail(run, operation, why);
            continue;
        }
        run_operation(run, operation);
        if (operation->outcome.error != NULL) {
            why = scim_sync_error(run->bulk->p, 409, NULL,
                                  "It and the bulkId \"%.100s\" need each other, and that failed: "
                                  "neither was stored.",
                                  operation->bulk_id);
        }
    }
    if (why != NULL) {
        take_back(run, circle, why);
    }
    else {
        correct(run, circle);
    }
}

/* Whether a circle is more than one operation that does not refer to itself. */
static int is_round(const run_t *run, const scim_sync_bulk_circle_t *circle)
{
    const apr_array_header_t *needs = member(run, circle, 0)->needs;
    int i;

    for (i = 0; i < needs->nelts; i++) {
        if (APR_ARRAY_IDX(needs, i, int) == circle->members[0]) {
            return 1;
        }
    }
    return circle->count > 1;
}

/* ---- the answer ---- */

/* NULL where there is none: a POST that failed, a path that could not be understood or resolved. */
static json_t *location_of(const operation_t *operation, const scim_sync_bulk_t *bulk)
{
    const scim_sync_bulk_change_t *change = &operation->change;
    const char *id = operation->outcome.id != NULL ? operation->outcome.id : change->id;

    if (id == NULL || scim_sync_bulk_is_reference(id)) {
        return NULL;
    }
    return json_string(apr_pstrcat(bulk->p, bulk->base, "/", scim_sync_type_endpoint(change->type),
                                   "/", scim_sync_url_encode(id, bulk->p), NULL));
}

static json_t *entry(const operation_t *operation, const scim_sync_bulk_t *bulk)
{
    const scim_sync_bulk_outcome_t *outcome = &operation->outcome;
    json_t *out = json_object();
    json_t *location = location_of(operation, bulk);

    if (location != NULL) {
        json_object_set_new(out, "location", location);
    }
    scim_sync_json_put(out, "method", operation->method);
    scim_sync_json_put(out, "bulkId", operation->bulk_id);
    scim_sync_json_put(out, "version", outcome->version);
    json_object_set_new(out, "status", json_string(apr_itoa(bulk->p, outcome->status)));
    if (outcome->error != NULL) {
        json_object_set(out, "response", scim_sync_error_json(outcome->error, bulk->p));
    }
    return out;
}

static json_t *answer(const run_t *run)
{
    scim_sync_bulk_t *bulk = run->bulk;
    json_t *entries = json_array();
    int i;

    for (i = 0; i < bulk->count; i++) {
        operation_t *operation = &bulk->operations[i];

        if (operation->outcome.status == 0 && run->lost != NULL) {
            operation->outcome.status = run->lost->status;
            operation->outcome.error = run->lost;
        }
        if (operation->outcome.status != 0) {
            json_array_append_new(entries, entry(operation, bulk));
        }
    }
    return scim_sync_json_own(json_pack("{s:[s], s:o}", "schemas", SCIM_SYNC_BULK_RESPONSE_URN,
                                        "Operations", entries),
                              bulk->p);
}

json_t *scim_sync_bulk_run(scim_sync_bulk_t *bulk, scim_sync_bulk_make_t *make_change, void *baton)
{
    run_t run = { .bulk = bulk, .make = make_change, .baton = baton };
    const apr_array_header_t *circles = scim_sync_bulk_order(bulk);
    int i;

    apr_pool_create(&run.p, bulk->p);
    for (i = 0; i < circles->nelts && !must_stop(&run); i++) {
        const scim_sync_bulk_circle_t *circle = &APR_ARRAY_IDX(circles, i, scim_sync_bulk_circle_t);

        if (is_round(&run, circle)) {
            run_circle(&run, circle);
        }
        else {
            run_operation(&run, member(&run, circle, 0));
        }
    }
    apr_pool_destroy(run.p);
    return run.lost != NULL && !run.done ? NULL : answer(&run);
}
