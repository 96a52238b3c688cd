/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM 1.1: a PATCH of it, and our answers in it. The input is a case as in
 * tests/unit/golden/v1/patch: an object with type, before and patch.
 */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "scim/discovery.h"
#include "scim/patch.h"
#include "scim/v1.h"

#define BASE "https://scim.example.com/scim/v1/demo"

/* An answer is made once and is itself then; what it was made of stays as it was. */
static json_t *answer(const json_t *body, apr_pool_t *p)
{
    const char *before = scim_sync_json_text(body, NULL, p);
    json_t *once = scim_sync_v1_answer(body, p);
    const char *text = scim_sync_json_text(once, NULL, p);

    EXPECT(text != NULL, "no answer can be made");
    EXPECT(json_equal(once, scim_sync_v1_answer(once, p)), "%s is not 1.1's", text);
    EXPECT(strcmp(before, scim_sync_json_text(body, NULL, p)) == 0, "%s was changed", before);
    return once;
}

static void expect_refusal(const scim_sync_error_t *error, apr_pool_t *p)
{
    const json_t *body = answer(scim_sync_error_json(error, p), p);
    const json_t *first = json_array_get(json_object_get(body, "Errors"), 0);

    fuzz_expect_refusal(error, p);
    EXPECT(scim_sync_json_str(first, "description") != NULL, "no description: %s", error->detail);
}

/* A client of 1.1 that reads a resource and PUTs it as it is. */
static void expect_echo(const scim_sync_resource_t *r, apr_pool_t *p)
{
    scim_sync_resource_t given = *r;
    scim_sync_resource_t *back;
    const scim_sync_error_t *error;
    json_t *rendered;
    const char *text;
    json_t *body;

    given.id = "demo-id";
    rendered = scim_sync_resource_render(&given, BASE, p);
    body = answer(rendered, p);
    text = scim_sync_json_text(body, NULL, p);
    error = scim_sync_resource_read(&back, r->type, body, FUZZ_VALUES, p);
    EXPECT(error == NULL, "our own %s is refused: %s", text, error->detail);
    EXPECT(scim_sync_resource_same(r, back), "%s became %s", text,
           scim_sync_json_text(back->doc, NULL, p));
    answer(scim_sync_list_response(json_pack("[O]", rendered), 1, 1, p), p);
}

static void check_patch(scim_sync_resource_t *r, const json_t *body, apr_pool_t *p)
{
    static const scim_sync_patch_limits_t limits = { 10 * FUZZ_OPERATIONS, FUZZ_FILTER,
                                                     FUZZ_DEPTH };
    const scim_sync_error_t *error;
    scim_sync_patch_t *patch;
    const json_t *translated;
    int changed;

    error = scim_sync_v1_patch(&translated, r->type, body, FUZZ_FILTER, p);
    if (error == NULL) {
        error = scim_sync_patch_parse(&patch, r->type, translated, &limits, p);
    }
    if (error == NULL) {
        error = scim_sync_patch_apply(patch, r, FUZZ_VALUES, &changed, p);
    }
    if (error != NULL) {
        expect_refusal(error, p);
        return;
    }
    fuzz_expect_canonical(r, p);
    expect_echo(r, p);
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    const json_t *input = fuzz_json(text, len, p);
    const json_t *before = json_object_get(input, "before");
    const json_t *body = json_object_get(input, "patch");
    const scim_sync_error_t *error;
    scim_sync_resource_t *r;

    error = scim_sync_resource_read(&r, fuzz_type(input), before, FUZZ_VALUES, p);
    if (error != NULL) {
        expect_refusal(error, p);
        return;
    }
    r->members = NULL;
    expect_echo(r, p);
    if (body != NULL) {
        check_patch(r, body, p);
    }
}
