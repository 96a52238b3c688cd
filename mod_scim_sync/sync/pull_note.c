/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run's history says of answers that were none: how many of each name.
 */
#include "sync/pull_int.h"

#include "base/json.h"
#include "base/text.h"

/* Names come from outside: so many, and so long. */
#define NAMES      16
#define NAME_BYTES 64

/* Google's own key for it, or ours where it has none. */
static const char *name_of(const scim_sync_google_result_t *result, apr_pool_t *p)
{
    if (result->reason) {
        return scim_sync_excerpt(result->reason, NAME_BYTES, p);
    }
    if (!result->outcome.status) {
        return "noAnswer";
    }
    return result->matter == SCIM_SYNC_GOOGLE_STRANGE ? "notUnderstood" : "other";
}

void scim_sync_pull_note(scim_sync_pull_t *pull, const scim_sync_google_result_t *result,
                         apr_pool_t *p)
{
    const char *name;
    json_t *count;

    if (result->matter == SCIM_SYNC_GOOGLE_FINE) {
        return;
    }
    name = name_of(result, p);
    count = json_object_get(pull->errors, name);
    if (!count && json_object_size(pull->errors) >= NAMES) {
        return;
    }
    json_object_set_new(pull->errors, name, json_integer(json_integer_value(count) + 1));
    apr_pool_clear(pull->errors_pool);
    pull->run.errors = scim_sync_json_text(pull->errors, NULL, pull->errors_pool);
}
