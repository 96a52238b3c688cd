/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH: a body applied to a stored document. The input is a case as in tests/unit/golden/patch:
 * an object with type, before (a resource as it was POSTed) and patch (the body).
 */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "scim/patch.h"

/* A resource to be patched: what before says, if that is accepted, else the simplest one. */
static scim_sync_resource_t *stored(const json_t *input, apr_pool_t *p)
{
    scim_sync_type_t type = fuzz_type(input);
    const char *name = type == SCIM_SYNC_USER ? "userName" : "displayName";
    json_t *simplest = scim_sync_json_own(json_pack("{s:s}", name, "demo"), p);
    const json_t *before = json_object_get(input, "before");
    scim_sync_resource_t *r;

    if (scim_sync_resource_read(&r, type, before, FUZZ_VALUES, p) != NULL) {
        EXPECT(scim_sync_resource_read(&r, type, simplest, FUZZ_VALUES, p) == NULL, "%s", name);
    }
    r->members = NULL;
    return r;
}

static void check_changes(const scim_sync_patch_t *patch, scim_sync_type_t type)
{
    const apr_array_header_t *changes = scim_sync_patch_members(patch);
    int i, k;

    EXPECT(type == SCIM_SYNC_GROUP || changes->nelts == 0, "a user has members");
    for (i = 0; i < changes->nelts; i++) {
        const scim_sync_member_change_t *change =
            &APR_ARRAY_IDX(changes, i, scim_sync_member_change_t);

        EXPECT(change->verb == SCIM_SYNC_MEMBERS_SET || change->filter != NULL ||
                   change->members->nelts > 0,
               "a change of nobody");
        for (k = 0; k < change->members->nelts; k++) {
            const char *value = APR_ARRAY_IDX(change->members, k, scim_sync_member_t).value;

            EXPECT(value != NULL && *value != '\0', "a member without a value");
        }
    }
}

/*
 * One operation on one attribute: then saying it again says nothing new. When values that nobody
 * declared are the same is anybody's guess.
 */
static int is_simple(const json_t *body)
{
    const json_t *operations = scim_sync_json_get_ci(body, "Operations", NULL);
    const json_t *operation = json_array_get(operations, 0);
    const json_t *value = scim_sync_json_get_ci(operation, "value", NULL);
    const char *path = json_string_value(scim_sync_json_get_ci(operation, "path", NULL));

    return json_array_size(operations) == 1 && path != NULL && *path != '\0' &&
           strchr(path, ':') == NULL && json_object_size(value) <= 1;
}

/* What finds nothing any more may say so; nothing else may happen. */
static void expect_settled(const scim_sync_patch_t *patch, const scim_sync_resource_t *once,
                           apr_pool_t *p)
{
    scim_sync_resource_t twice = *once;
    int changed = 0;
    const scim_sync_error_t *error = scim_sync_patch_apply(patch, &twice, FUZZ_VALUES, &changed, p);

    if (error != NULL) {
        EXPECT(strcmp(error->type, SCIM_SYNC_NO_TARGET) == 0, "twice: %s", error->detail);
        return;
    }
    EXPECT(!changed, "once %s, twice %s", scim_sync_json_text(once->doc, NULL, p),
           scim_sync_json_text(twice.doc, NULL, p));
}

static void apply(const scim_sync_patch_t *patch, const scim_sync_resource_t *before,
                  int is_settling, apr_pool_t *p)
{
    scim_sync_resource_t first = *before;
    scim_sync_resource_t second = *before;
    const char *text = scim_sync_json_text(before->doc, NULL, p);
    const scim_sync_error_t *error;
    int changed = -1, again = -1;

    error = scim_sync_patch_apply(patch, &first, FUZZ_VALUES, &changed, p);
    EXPECT(strcmp(scim_sync_json_text(before->doc, NULL, p), text) == 0, "%s was changed", text);
    if (error != NULL) {
        fuzz_expect_refusal(error, p);
        EXPECT(first.doc == before->doc && first.name == before->name, "half a patch");
        return;
    }
    EXPECT(changed == !scim_sync_resource_same(before, &first), "changed is %d", changed);
    fuzz_expect_canonical(&first, p);
    EXPECT(scim_sync_patch_apply(patch, &second, FUZZ_VALUES, &again, p) == NULL &&
               again == changed && scim_sync_resource_same(&first, &second),
           "%s differs when it is repeated", text);
    fuzz_expect_echo(&first, p);
    if (is_settling) {
        expect_settled(patch, &first, p);
    }
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    static const scim_sync_patch_limits_t limits = { FUZZ_OPERATIONS, FUZZ_FILTER, FUZZ_DEPTH };
    const json_t *input = fuzz_json(text, len, p);
    const json_t *body = json_object_get(input, "patch");
    const scim_sync_error_t *error;
    scim_sync_patch_t *patch;

    if (body == NULL) {
        return;
    }
    error = scim_sync_patch_parse(&patch, fuzz_type(input), body, &limits, p);
    if (error != NULL) {
        fuzz_expect_refusal(error, p);
        return;
    }
    check_changes(patch, fuzz_type(input));
    apply(patch, stored(input, p), is_simple(body), p);
}
