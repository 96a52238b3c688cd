/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulk. The input is an object with request (the body), and outcomes (what becomes of the changes,
 * one after the other: HTTP statuses).
 */
#include "fuzz.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim/bulk.h"

#define BASE "https://scim.example.com/scim/v2/demo"

typedef struct {
    const json_t *outcomes;
    int made;
    int failed;
    int is_gone;
} caller_t;

static void expect_change(const scim_sync_bulk_change_t *change)
{
    int is_post = change->method == SCIM_SYNC_BULK_POST;

    EXPECT(is_post ? change->id == NULL : change->id != NULL && *change->id != '\0', "id %s",
           change->id);
    EXPECT(is_post || change->new_id == NULL, "new id %s", change->new_id);
    EXPECT(change->method == SCIM_SYNC_BULK_DELETE ? change->data == NULL
                                                   : json_is_object(change->data),
           "the data of method %d", (int)change->method);
}

static void make(scim_sync_bulk_outcome_t *out, const scim_sync_bulk_change_t *change, void *baton,
                 apr_pool_t *p)
{
    caller_t *caller = baton;
    const json_t *told = json_array_get(caller->outcomes, caller->made++);

    EXPECT(!caller->is_gone, "a change behind a 503");
    expect_change(change);
    memset(out, 0, sizeof(*out));
    out->status = change->method == SCIM_SYNC_BULK_POST ? 201 : 200;
    out->version = "W/\"1\"";
    if (change->method == SCIM_SYNC_BULK_POST) {
        out->id = change->new_id != NULL ? change->new_id : apr_psprintf(p, "id-%d", caller->made);
    }
    if (json_is_integer(told) && json_integer_value(told) >= 400) {
        out->status = json_integer_value(told) == 503 ? 503 : 400;
        out->error = scim_sync_error(p, out->status, NULL, "As it was told.");
        out->id = NULL;
        caller->failed++;
        caller->is_gone = out->status == 503;
    }
}

static const scim_sync_error_t *together(scim_sync_bulk_part_t *part, void *part_baton, void *baton)
{
    const caller_t *caller = baton;
    int failed = caller->failed;
    int stands = part(part_baton);

    /* It may also fall for a reference to what was wrong by itself. */
    EXPECT(!stands || caller->failed == failed, "%d failed", caller->failed - failed);
    return NULL;
}

static void check_operation(const json_t *operation)
{
    const char *status = scim_sync_json_str(operation, "status");

    EXPECT(json_is_object(operation), "an operation that is none");
    EXPECT(status != NULL && strlen(status) == 3 && *status >= '2' && *status <= '5', "status %s",
           status);
    EXPECT((*status >= '4') == json_is_object(json_object_get(operation, "response")),
           "%s with a response, or without", status);
}

static void check_answer(const json_t *answer, const json_t *request, apr_pool_t *p)
{
    const json_t *asked = scim_sync_json_get_ci(request, "Operations", NULL);
    const json_t *operations = json_object_get(answer, "Operations");
    const char *text = scim_sync_json_text(answer, NULL, p);
    json_t *operation;
    apr_size_t i;

    EXPECT(text != NULL, "no answer can be made");
    EXPECT(json_array_size(operations) <= json_array_size(asked), "%s", text);
    json_array_foreach((json_t *)operations, i, operation)
    {
        check_operation(operation);
    }
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    const json_t *input = fuzz_json(text, len, p);
    const json_t *request = json_object_get(input, "request");
    caller_t caller = { .outcomes = json_object_get(input, "outcomes") };
    const char *before = scim_sync_json_text(request, NULL, p);
    const scim_sync_error_t *error;
    scim_sync_bulk_t *bulk;
    json_t *answer;

    if (request == NULL) {
        return;
    }
    error = scim_sync_bulk_parse(&bulk, request, BASE, FUZZ_OPERATIONS, p);
    if (error != NULL) {
        fuzz_expect_refusal(error, p);
        return;
    }
    answer = scim_sync_bulk_run(bulk, make, together, &caller);
    EXPECT(caller.made <= 2 * FUZZ_OPERATIONS, "%d changes", caller.made);
    EXPECT(answer != NULL || caller.is_gone, "no answer");
    if (answer != NULL) {
        check_answer(answer, request, p);
    }
    EXPECT(strcmp(before, scim_sync_json_text(request, NULL, p)) == 0, "%s was changed", before);
}
