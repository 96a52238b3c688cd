/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a POST or PUT: JSON text to resource. The input is the body, for both types.
 */
#include "fuzz.h"

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    const json_t *body = fuzz_json(text, len, p);
    int type;

    for (type = SCIM_SYNC_USER; body != NULL && type <= SCIM_SYNC_GROUP; type++) {
        scim_sync_resource_t *r;
        const scim_sync_error_t *error =
            scim_sync_resource_read(&r, (scim_sync_type_t)type, body, FUZZ_VALUES, p);

        if (error != NULL) {
            fuzz_expect_refusal(error, p);
            continue;
        }
        fuzz_expect_canonical(r, p);
        fuzz_expect_echo(r, p);
    }
}
