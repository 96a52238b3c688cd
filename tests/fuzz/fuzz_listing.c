/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list is asked for, and cursors. The input is an object with type (User, Group, otherwise
 * the root), query (the parameters of a GET, taken as the body of a POST /.search, too), and cursor
 * (an object with key and id) of which one is made.
 */
#include "fuzz.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "../unit/filter_tree.h"
#include "base/json.h"
#include "scim/listing.h"

#define PAGE_SIZE 50
#define FILTER    2048
#define NOW       APR_INT64_C(1700000000000)

static const scim_sync_listing_limits_t limits = { .page_size = PAGE_SIZE,
                                                   .filter = FILTER,
                                                   .filter_depth = FUZZ_DEPTH };

static void expect_refusal(const scim_sync_error_t *error, apr_pool_t *p)
{
    fuzz_expect_refusal(error, p);
    EXPECT(error->type != NULL, "no scimType: %s", error->detail);
}

static void check_part(const scim_sync_part_t *part, apr_pool_t *p)
{
    const scim_sync_filter_t *again;
    const scim_sync_error_t *error;
    const char *printed;

    EXPECT(part->sort_by == NULL || part->sort_by->attr != NULL, "sorted by a schema");
    if (part->filter != NULL) {
        printed = scim_sync_filter_print(part->filter, p);
        error = scim_sync_filter_parse(&again, part->type, printed, 8 * FILTER, 2 * FUZZ_DEPTH, p);
        EXPECT(error == NULL, "printed as %s: %s", printed, error->detail);
        EXPECT(filter_same_tree(part->filter, again), "printed as %s", printed);
    }
}

static void check_listing(const scim_sync_listing_t *listing, const scim_sync_type_t *type,
                          apr_pool_t *p)
{
    int i;

    EXPECT(listing->count_parts >= 0 && listing->count_parts <= (type != NULL ? 1 : 2), "%d parts",
           listing->count_parts);
    for (i = 0; i < listing->count_parts; i++) {
        EXPECT(type == NULL || listing->parts[i].type == *type, "a part of the other type");
        check_part(&listing->parts[i], p);
    }
    EXPECT(listing->count >= 0 && listing->count <= PAGE_SIZE, "count %d", (int)listing->count);
    EXPECT(listing->start >= 1, "start %d", (int)listing->start);
    EXPECT(listing->digest != NULL && *listing->digest != '\0', "no digest");
    EXPECT(listing->after == NULL || (listing->by_cursor && listing->after->id != NULL),
           "a place without a cursor");
}

static void check_query(const scim_sync_type_t *type, const json_t *query, apr_pool_t *p)
{
    apr_table_t *table = apr_table_make(p, 8);
    const scim_sync_listing_t *listing, *again;
    const scim_sync_error_t *error;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)query, key, value)
    {
        if (json_is_string(value)) {
            apr_table_set(table, key, json_string_value(value));
        }
    }
    error = scim_sync_listing_of_query(&listing, type, table, &limits, p);
    if (error != NULL) {
        expect_refusal(error, p);
        return;
    }
    check_listing(listing, type, p);
    EXPECT(scim_sync_listing_of_query(&again, type, table, &limits, p) == NULL &&
               strcmp(listing->digest, again->digest) == 0,
           "another digest for the same query");
}

static void check_search(const scim_sync_type_t *type, const json_t *body, apr_pool_t *p)
{
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error = scim_sync_listing_of_search(&listing, type, body, &limits, p);

    if (error != NULL) {
        expect_refusal(error, p);
        return;
    }
    check_listing(listing, type, p);
}

static int is_refused(const char *text, const char *query, apr_int64_t count, apr_int64_t now,
                      const char *why, apr_pool_t *p)
{
    const scim_sync_position_t *position;
    const scim_sync_error_t *error = scim_sync_cursor_read(&position, text, query, count, now, p);

    if (error != NULL) {
        expect_refusal(error, p);
    }
    return error != NULL && strcmp(error->type, why) == 0;
}

static void check_cursor(const json_t *told, apr_pool_t *p)
{
    const scim_sync_position_t position = { .key = scim_sync_json_str(told, "key"),
                                            .id = scim_sync_json_str(told, "id") };
    const scim_sync_position_t *read;
    const char *text;

    if (position.id == NULL || *position.id == '\0') {
        return;
    }
    text = scim_sync_cursor_print(&position, "digest", 7, NOW, p);
    EXPECT(
        text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")] ==
            '\0',
        "%s", text);
    EXPECT(scim_sync_cursor_read(&read, text, "digest", 7, NOW, p) == NULL, "%s", text);
    EXPECT(strcmp(read->id, position.id) == 0, "%s", read->id);
    EXPECT(position.key == NULL ? read->key == NULL
                                : read->key != NULL && strcmp(read->key, position.key) == 0,
           "%s", text);
    EXPECT(is_refused(text, "other", 7, NOW, SCIM_SYNC_INVALID_CURSOR, p), "%s", text);
    EXPECT(is_refused(text, "digest", 8, NOW, SCIM_SYNC_INVALID_COUNT, p), "%s", text);
    EXPECT(is_refused(text, "digest", 7, NOW + 1, SCIM_SYNC_EXPIRED_CURSOR, p), "%s", text);
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    const json_t *input = fuzz_json(text, len, p);
    const json_t *query = json_object_get(input, "query");
    const scim_sync_type_t type = fuzz_type(input);
    const char *told = scim_sync_json_str(input, "type");
    const scim_sync_type_t *asked =
        told != NULL && strcmp(told, scim_sync_type_name(type)) == 0 ? &type : NULL;
    const char *cursor = scim_sync_json_str(query, "cursor");
    const scim_sync_position_t *position;

    if (!json_is_object(query)) {
        return;
    }
    check_query(asked, query, p);
    check_search(asked, query, p);
    check_cursor(json_object_get(input, "cursor"), p);
    if (cursor != NULL) {
        scim_sync_cursor_read(&position, cursor, "digest", 7, NOW, p);
    }
}
