/* SPDX-License-Identifier: Apache-2.0 */
/* Golden folders: finding the cases and comparing. */
#include "golden.h"

#include <stdlib.h>
#include <string.h>

#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_tables.h>

typedef struct {
    const char *path;
    golden_check_t *check;
} golden_t;

static const char *golden_dir(apr_pool_t *p)
{
    char *dir;

    if (apr_env_get(&dir, "SCIM_SYNC_GOLDEN_DIR", p) == APR_SUCCESS) {
        return dir;
    }
    if (apr_env_get(&dir, "SCIM_SYNC_TESTS_DIR", p) == APR_SUCCESS) {
        return apr_pstrcat(p, dir, "/unit/golden", NULL);
    }
#ifdef SCIM_SYNC_GOLDEN_DIR
    return SCIM_SYNC_GOLDEN_DIR;
#else
    return "tests/unit/golden";
#endif
}

static void run_one(void **state)
{
    const golden_t *golden = *state;
    json_error_t error;
    json_t *j = json_load_file(golden->path, JSON_REJECT_DUPLICATES, &error);
    apr_pool_t *p;

    if (j == NULL) {
        fail_msg("%s:%d: %s", golden->path, error.line, error.text);
    }
    assert_int_equal(apr_pool_create(&p, NULL), APR_SUCCESS);
    golden->check(j, p);
    apr_pool_destroy(p);
    json_decref(j);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct CMUnitTest *)a)->name, ((const struct CMUnitTest *)b)->name);
}

static apr_array_header_t *find_cases(const char *dir, golden_check_t *check, apr_pool_t *p)
{
    apr_array_header_t *tests = apr_array_make(p, 64, sizeof(struct CMUnitTest));
    apr_finfo_t info;
    apr_dir_t *handle;

    if (apr_dir_open(&handle, dir, p) != APR_SUCCESS) {
        return tests;
    }
    while (apr_dir_read(&info, APR_FINFO_NAME, handle) == APR_SUCCESS) {
        const char *dot = strrchr(info.name, '.');
        golden_t *golden;

        if (dot == NULL || strcmp(dot, ".json") != 0) {
            continue;
        }
        golden = apr_palloc(p, sizeof(*golden));
        golden->path = apr_pstrcat(p, dir, "/", info.name, NULL);
        golden->check = check;
        APR_ARRAY_PUSH(tests, struct CMUnitTest) = (struct CMUnitTest) {
            .name = apr_pstrndup(p, info.name, dot - info.name),
            .test_func = run_one,
            .initial_state = golden,
        };
    }
    apr_dir_close(handle);
    qsort(tests->elts, tests->nelts, tests->elt_size, by_name);
    return tests;
}

int golden_run(const char *folder, golden_check_t *check)
{
    apr_array_header_t *tests;
    apr_pool_t *p;
    int failed = 1;

    apr_initialize();
    apr_pool_create(&p, NULL);
    tests = find_cases(apr_pstrcat(p, golden_dir(p), "/", folder, NULL), check, p);
    if (tests->nelts == 0) {
        print_error("no golden cases in %s/%s\n", golden_dir(p), folder);
    }
    else {
        failed = _cmocka_run_group_tests(folder, (const struct CMUnitTest *)tests->elts,
                                         tests->nelts, NULL, NULL);
    }
    apr_pool_destroy(p);
    apr_terminate();
    return failed;
}

scim_sync_type_t golden_type(const json_t *golden)
{
    const char *type = json_string_value(json_object_get(golden, "type"));

    return type != NULL && strcmp(type, "Group") == 0 ? SCIM_SYNC_GROUP : SCIM_SYNC_USER;
}

int golden_error(const json_t *golden, const scim_sync_error_t *error)
{
    const json_t *want = json_object_get(golden, "error");
    const char *type = json_string_value(json_object_get(want, "scimType"));
    const char *detail = json_string_value(json_object_get(want, "detail"));

    if (want == NULL) {
        if (error != NULL) {
            fail_msg("refused: %d %s: %s", error->status, error->type, error->detail);
        }
        return 0;
    }
    if (error == NULL) {
        fail_msg("accepted, but %s was due", type);
        return 1;
    }
    assert_int_equal(error->status, json_integer_value(json_object_get(want, "status")));
    if (type != NULL) {
        assert_non_null(error->type);
        assert_string_equal(error->type, type);
    }
    else {
        assert_null(error->type);
    }
    if (detail != NULL && strstr(error->detail, detail) == NULL) {
        fail_msg("the detail \"%s\" doesn't say \"%s\"", error->detail, detail);
    }
    return 1;
}

static void print_json(const char *what, const json_t *j)
{
    char *text =
        j != NULL ? json_dumps(j, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;

    print_error("%s: %s\n", what, text != NULL ? text : "(nothing)");
    free(text);
}

void golden_equal(const json_t *have, const json_t *want)
{
    if ((have == NULL && want == NULL) || json_equal(have, want)) {
        return;
    }
    print_json("have", have);
    print_json("want", want);
    fail_msg("the two differ");
}
