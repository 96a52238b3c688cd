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
    scim_sync_bulk_together_t *together;
    void *baton;
    apr_pool_t *p; /* of what is stored together: one change, or a circle's */
    int errors;
    int done;                      /* whether anything was stored */
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

static void fail(operation_t *operation, const scim_sync_error_t *error)
{
    operation->outcome = (scim_sync_bulk_outcome_t) { .status = error->status, .error = error };
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
    if (out->status == 503) {
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
        fail(operation, error);
        return;
    }
    scim_sync_bulk_resolve(&change, operation, run->bulk, run->p);
    /* For the answer: where it is, and copied, for the change's pool is cleared. */
    operation->change.id = copy(change.id, run->bulk->p);
    make(run, &operation->outcome, &change);
}

/* ---- circles ---- */

typedef struct {
    run_t *run;
    const scim_sync_bulk_circle_t *circle;
    const operation_t *failed; /* the first one, for which none is stored; or NULL */
} circle_run_t;

static operation_t *member(const run_t *run, const scim_sync_bulk_circle_t *circle, int i)
{
    return &run->bulk->operations[circle->members[i]];
}

static int make_all(circle_run_t *c)
{
    operation_t *post;
    int i;

    for (i = 0; i < c->circle->count; i++) {
        post = member(c->run, c->circle, i);
        run_operation(c->run, post);
        if (post->outcome.error != NULL) {
            c->failed = post;
            return 0;
        }
    }
    return 1;
}

/* A user who was there, inactive, and is back has another id than the one that was promised. */
static int has_broken_promise(const circle_run_t *c)
{
    int i;

    for (i = 0; i < c->circle->count; i++) {
        const operation_t *post = member(c->run, c->circle, i);

        if (strcmp(post->outcome.id, post->change.new_id) != 0) {
            return 1;
        }
    }
    return 0;
}

/* Tell all again, with the ids that they have. */
static int correct_all(circle_run_t *c)
{
    scim_sync_bulk_outcome_t outcome;
    scim_sync_bulk_change_t change;
    operation_t *post;
    int i;

    for (i = 0; i < c->circle->count; i++) {
        post = member(c->run, c->circle, i);
        scim_sync_bulk_resolve(&change, post, c->run->bulk, c->run->p);
        change.method = SCIM_SYNC_BULK_PUT;
        change.id = post->outcome.id;
        change.new_id = NULL;
        make(c->run, &outcome, &change);
        if (outcome.error != NULL) {
            fail(post, outcome.error);
            c->failed = post;
            return 0;
        }
        post->outcome.version = outcome.version;
    }
    return 1;
}

/* Forget what a first try came to. */
static void begin_again(circle_run_t *c)
{
    int i;

    c->failed = NULL;
    c->run->lost = NULL;
    for (i = 0; i < c->circle->count; i++) {
        member(c->run, c->circle, i)->outcome = (scim_sync_bulk_outcome_t) { .status = 0 };
    }
}

static int make_circle(void *baton)
{
    circle_run_t *c = baton;

    begin_again(c);
    return make_all(c) && (!has_broken_promise(c) || correct_all(c));
}

/* What the others are told when one has failed. */
static void fail_others(const circle_run_t *c)
{
    const scim_sync_error_t *why = scim_sync_error(
        c->run->bulk->p, 409, NULL,
        "It and the bulkId \"%.100s\" need each other, and that failed: neither was "
        "stored.",
        c->failed->bulk_id);
    int i;

    for (i = 0; i < c->circle->count; i++) {
        operation_t *post = member(c->run, c->circle, i);

        if (post != c->failed) {
            fail(post, why);
        }
    }
}

static void run_circle(run_t *run, const scim_sync_bulk_circle_t *circle)
{
    circle_run_t c = { .run = run, .circle = circle };
    const scim_sync_error_t *lost = run->together(make_circle, &c, run->baton);

    if (lost != NULL || run->lost != NULL) {
        lost = lost != NULL ? copy_error(lost, run->bulk->p) : run->lost;
        begin_again(&c);
        run->lost = lost;
    }
    else if (c.failed != NULL) {
        fail_others(&c);
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

static int must_stop(const run_t *run)
{
    int limit = run->bulk->fail_on_errors;

    return run->lost != NULL || (limit > 0 && run->errors >= limit);
}

static void count(run_t *run, const scim_sync_bulk_circle_t *circle)
{
    int i;

    for (i = 0; i < circle->count; i++) {
        const scim_sync_bulk_outcome_t *outcome = &member(run, circle, i)->outcome;

        run->errors += outcome->error != NULL;
        run->done |= outcome->status != 0 && outcome->error == NULL;
    }
}

json_t *scim_sync_bulk_run(scim_sync_bulk_t *bulk, scim_sync_bulk_make_t *make_change,
                           scim_sync_bulk_together_t *together, void *baton)
{
    run_t run = { .bulk = bulk, .make = make_change, .together = together, .baton = baton };
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
        count(&run, circle);
        apr_pool_clear(run.p);
    }
    apr_pool_destroy(run.p);
    return run.lost != NULL && !run.done ? NULL : answer(&run);
}
