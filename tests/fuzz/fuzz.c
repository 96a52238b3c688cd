/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libFuzzer calls, and what the targets share.
 */
#include "fuzz.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <unistr.h>

#include "base/json.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return apr_app_initialize(argc, (const char *const **)argv, NULL) == APR_SUCCESS ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p;

    if (apr_pool_create(&p, NULL) != APR_SUCCESS) {
        abort();
    }
    fuzz_guard_pool(p);
    fuzz_one(apr_pstrmemdup(p, (const char *)data, size), size, p);
    apr_pool_destroy(p);
    fuzz_guard_pool(NULL);
    return 0;
}

void fuzz_broken(const char *condition, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "broken: %s: ", condition);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void fuzz_expect_refusal(const scim_sync_error_t *error, apr_pool_t *p)
{
    EXPECT(error->status == 400 || error->status == 413, "status %d", error->status);
    EXPECT(error->status == 400 || error->type == NULL, "413 with scimType %s", error->type);
    EXPECT(error->detail != NULL && error->detail[0] != '\0', "no detail");
    EXPECT(u8_check((const uint8_t *)error->detail, strlen(error->detail)) == NULL,
           "a detail that is not UTF-8: %s", error->detail);
    EXPECT(json_is_string(json_object_get(scim_sync_error_json(error, p), "detail")),
           "a body without detail: %s", error->detail);
}

json_t *fuzz_json(const char *text, apr_size_t len, apr_pool_t *p)
{
    const char *why = NULL;
    const char *written;
    json_t *again;
    json_t *j;

    if (scim_sync_json_parse(&j, text, len, FUZZ_DEPTH, &why, p) != APR_SUCCESS) {
        EXPECT(j == NULL && why != NULL, "a refusal without a reason");
        EXPECT(u8_check((const uint8_t *)why, strlen(why)) == NULL, "why is not UTF-8: %s", why);
        return NULL;
    }
    written = scim_sync_json_text(j, &len, p);
    EXPECT(scim_sync_json_parse(&again, written, len, FUZZ_DEPTH, &why, p) == APR_SUCCESS,
           "%s in our own %s", why, written);
    EXPECT(json_equal(j, again), "%s reads differently", written);
    return j;
}

scim_sync_type_t fuzz_type(const json_t *input)
{
    const char *type = scim_sync_json_str(input, "type");

    return type != NULL && strcmp(type, "Group") == 0 ? SCIM_SYNC_GROUP : SCIM_SYNC_USER;
}
