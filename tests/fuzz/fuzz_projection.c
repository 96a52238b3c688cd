/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attributes and excludedAttributes. The input is a case as in tests/unit/golden/projection: an
 * object with type, attributes, excludedAttributes and resource.
 */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "scim/projection.h"

/* Whether part holds nothing that whole doesn't hold. */
static int is_part(const json_t *part, const json_t *whole)
{
    const char *key;
    json_t *value;
    apr_size_t i;

    if (json_is_array(part)) {
        json_array_foreach((json_t *)part, i, value)
        {
            if (!is_part(value, json_array_get(whole, i))) {
                return 0;
            }
        }
        return json_array_size(part) == json_array_size(whole);
    }
    if (!json_is_object(part)) {
        return whole != NULL && json_equal(part, whole);
    }
    json_object_foreach((json_t *)part, key, value)
    {
        if (!is_part(value, json_object_get(whole, key))) {
            return 0;
        }
    }
    return json_is_object(whole);
}

static void check_always(const char *key, const json_t *whole, const json_t *left)
{
    const json_t *was = json_object_get(whole, key);
    const json_t *is = json_object_get(left, key);

    EXPECT(was == NULL ? is == NULL : is != NULL && json_equal(was, is), "%s is trimmed", key);
}

static void check_projection(const scim_sync_projection_t *projection, const json_t *whole,
                             apr_pool_t *p)
{
    json_t *once = scim_sync_json_own(json_deep_copy(whole), p);
    const char *text;
    const char *key;
    json_t *value;
    json_t *twice;

    scim_sync_projection_apply(projection, once);
    text = scim_sync_json_text(once, NULL, p);
    EXPECT(is_part(once, whole), "%s is no part", text);
    check_always("id", whole, once);
    check_always("schemas", whole, once);
    twice = scim_sync_json_own(json_deep_copy(once), p);
    scim_sync_projection_apply(projection, twice);
    EXPECT(json_equal(once, twice), "once %s, twice %s", text, scim_sync_json_text(twice, NULL, p));
    json_object_foreach(once, key, value)
    {
        EXPECT(strchr(key, ':') != NULL || scim_sync_projection_wants(projection, key),
               "%s is not wanted, and there", key);
    }
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    const json_t *input = fuzz_json(text, len, p);
    const json_t *resource = json_object_get(input, "resource");
    const char *attributes = scim_sync_json_str(input, "attributes");
    const char *excluded = scim_sync_json_str(input, "excludedAttributes");
    const scim_sync_projection_t *projection;
    const scim_sync_error_t *error;

    error = scim_sync_projection_read(&projection, fuzz_type(input), attributes, excluded, p);
    if (error != NULL) {
        fuzz_expect_refusal(error, p);
        EXPECT(attributes != NULL && excluded != NULL, "%s", error->detail);
        return;
    }
    if (json_is_object(resource)) {
        check_projection(projection, resource, p);
    }
}
