/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters: text to tree, tree to text, and whether elements match. The input is the filter, taken
 * as that of a list of users and of groups, and as what stands in the brackets of a PATCH path.
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/filter_tree.h"
#include "base/json.h"

#define LENGTH 2048
#define DEPTH  8

static void expect_refusal(const scim_sync_error_t *error, apr_pool_t *p)
{
    fuzz_expect_refusal(error, p);
    EXPECT(error->status == 400 && strcmp(error->type, SCIM_SYNC_INVALID_FILTER) == 0, "%d %s",
           error->status, error->type);
    EXPECT(strstr(error->detail, "position") != NULL || strstr(error->detail, "longer") != NULL,
           "no position: %s", error->detail);
}

static void check_list_filter(scim_sync_type_t type, const char *text, apr_pool_t *p)
{
    const scim_sync_filter_t *filter, *again;
    const scim_sync_error_t *error;
    const char *printed;

    error = scim_sync_filter_parse(&filter, type, text, LENGTH, DEPTH, p);
    if (error != NULL) {
        EXPECT(filter == NULL, "a tree and an error");
        expect_refusal(error, p);
        return;
    }
    /* Chains are balanced: no stack is at risk, however long the filter is. */
    EXPECT(filter_depth(filter) <= (DEPTH + 1) * 12, "%d deep", filter_depth(filter));
    printed = scim_sync_filter_print(filter, p);
    error = scim_sync_filter_parse(&again, type, printed, 8 * LENGTH, 2 * DEPTH, p);
    EXPECT(error == NULL, "printed as %s: %s", printed, error->detail);
    EXPECT(filter_same_tree(filter, again), "printed as %s, then as %s", printed,
           scim_sync_filter_print(again, p));
    EXPECT(strcmp(printed, scim_sync_filter_print(again, p)) == 0, "%s", printed);
}

/* Elements as they are stored, and as nobody should store them. */
static const char elements[] =
    "[{\"value\":\"ann@example.com\",\"type\":\"work\",\"primary\":true},"
    "{\"value\":\"\\u00c9va\",\"type\":\"\",\"display\":\"Eva\"},{\"value\":7,\"type\":null},"
    "{\"primary\":false},{},\"work\",12,1.5,true,null,[],[{\"value\":\"x\"}],"
    "{\"value\":{\"value\":\"x\"}},{\"VALUE\":\"x\",\"created\":\"2026-01-02T03:04:05Z\"}]";

static void check_value_filter(const scim_sync_attr_t *attr, const char *text, apr_size_t len,
                               const json_t *all, apr_pool_t *p)
{
    const scim_sync_filter_t *filter, *again;
    const scim_sync_error_t *error;
    const char *printed;
    json_t *element;
    apr_size_t i;

    error = scim_sync_filter_parse_values(&filter, attr, text, len, LENGTH, DEPTH, p);
    if (error != NULL) {
        EXPECT(filter == NULL, "a tree and an error");
        expect_refusal(error, p);
        return;
    }
    printed = scim_sync_filter_print(filter, p);
    error = scim_sync_filter_parse_values(&again, attr, printed, strlen(printed), 8 * LENGTH,
                                          2 * DEPTH, p);
    EXPECT(error == NULL, "printed as %s: %s", printed, error->detail);
    EXPECT(filter_same_tree(filter, again), "printed as %s, then as %s", printed,
           scim_sync_filter_print(again, p));
    json_array_foreach((json_t *)all, i, element)
    {
        scim_sync_filter_t no = { .kind = SCIM_SYNC_FILTER_NOT, .left = filter };

        EXPECT(scim_sync_filter_matches(filter, element, p) ==
                   scim_sync_filter_matches(again, element, p),
               "%s differs on element %d", printed, (int)i);
        EXPECT(scim_sync_filter_matches(filter, element, p) !=
                   scim_sync_filter_matches(&no, element, p),
               "%s and its negation on element %d", printed, (int)i);
    }
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    static const char *const names[] = { "emails", "photos", "addresses", "name", "userName" };
    const scim_sync_attr_t *attrs = scim_sync_schema_of(SCIM_SYNC_USER)->attrs;
    const json_t *all = scim_sync_json_own(json_loads(elements, 0, NULL), p);
    apr_size_t i;

    check_list_filter(SCIM_SYNC_USER, text, p);
    check_list_filter(SCIM_SYNC_GROUP, text, p);
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        check_value_filter(scim_sync_attr_find(attrs, names[i]), text, len, all, p);
    }
    check_value_filter(NULL, text, len, all, p);
}
