/* SPDX-License-Identifier: Apache-2.0 */
/* scim/cursor: what comes back is the same place of the same list, or refused. */
#include "unit.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_strings.h>

#include "scim/cursor.h"

#define QUERY "0123456789abcdef"
#define COUNT 10
#define UNTIL APR_INT64_C(1700000000000)

static const char *print(const char *key, const char *id, apr_pool_t *p)
{
    const scim_sync_position_t position = { .key = key, .id = id };

    return scim_sync_cursor_print(&position, QUERY, COUNT, UNTIL, p);
}

static void check_kept(const char *key, const char *id, apr_pool_t *p)
{
    const scim_sync_position_t *position;

    assert_null(scim_sync_cursor_read(&position, print(key, id, p), QUERY, COUNT, UNTIL, p));
    assert_string_equal(position->id, id);
    if (key != NULL) {
        assert_string_equal(position->key, key);
    }
    else {
        assert_null(position->key);
    }
}

static void keeps_the_place(void **state)
{
    char longest[65537];

    memset(longest, 1, sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    check_kept("ada@example.com", "0b1c", *state);
    check_kept(NULL, "0b1c", *state);
    check_kept("", "0b1c", *state);
    check_kept("\"\\\n\xc3\xa9\xf0\x9f\x90\xa7", "a b", *state);
    check_kept(longest, "0b1c", *state);
}

/* RFC 9865 section 2: nothing that a URL would need to escape. */
static void is_of_unreserved_characters(void **state)
{
    for (int i = 0; i < 64; i++) {
        const char *cursor =
            print(apr_psprintf(*state, "\xc3\xbf%c%*s", ' ' + i, i, ""), "?>~", *state);

        assert_int_equal(strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789-._~"),
                         strlen(cursor));
    }
}

static void check_refused(const char *text, const char *query, apr_int64_t count, apr_int64_t now,
                          const char *type, apr_pool_t *p)
{
    const scim_sync_position_t *position;
    const scim_sync_error_t *error = scim_sync_cursor_read(&position, text, query, count, now, p);

    if (error == NULL) {
        fail_msg("\"%s\" was taken", text);
    }
    assert_null(position);
    assert_int_equal(error->status, 400);
    assert_string_equal(error->type, type);
}

static void is_of_one_list(void **state)
{
    const char *cursor = print("ada", "1", *state);

    check_refused(cursor, "fedcba9876543210", COUNT, UNTIL, SCIM_SYNC_INVALID_CURSOR, *state);
    check_refused(cursor, QUERY, COUNT + 1, UNTIL, SCIM_SYNC_INVALID_COUNT, *state);
    check_refused(cursor, QUERY, 0, UNTIL, SCIM_SYNC_INVALID_COUNT, *state);
}

static void ends_with_its_time(void **state)
{
    check_refused(print("ada", "1", *state), QUERY, COUNT, UNTIL + 1, SCIM_SYNC_EXPIRED_CURSOR,
                  *state);
}

/* That another list was meant is said first: waiting less would not help. */
static void an_old_one_of_another_list_is_invalid(void **state)
{
    check_refused(print("ada", "1", *state), "", COUNT, UNTIL + 1, SCIM_SYNC_INVALID_CURSOR,
                  *state);
}

static const char *encode(const char *json, apr_pool_t *p)
{
    return apr_pencode_base64(p, json, APR_ENCODE_STRING, APR_ENCODE_BASE64URL, NULL);
}

static void refuses_what_it_did_not_make(void **state)
{
    static const char *const made_up[] = {
        "",
        "x",
        "[]",
        "{}",
        "[1]",
        "null",
        "{\"id\":\"1\"}",
        "{\"id\":1,\"query\":\"" QUERY "\",\"count\":10,\"until\":1700000000000}",
        "{\"id\":\"1\",\"query\":7,\"count\":10,\"until\":1700000000000}",
        "{\"query\":\"" QUERY "\",\"count\":10,\"until\":1700000000000}",
        "{\"id\":\"1\",\"query\":\"" QUERY "\",\"count\":10,\"until\":1700000000000,\"x\":[[[]]]}",
        "{\"id\":\"a\\u0000b\",\"query\":\"" QUERY "\",\"count\":10,\"until\":1700000000000}",
        "{\"id\":\"\xff\",\"query\":\"" QUERY "\",\"count\":10,\"until\":1700000000000}",
    };
    static const char *const no_base64[] = { "",    "*",    "a",    "ab=c", "YQ==",
                                             "a b", "\xff", "....", "+/+/" };

    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++) {
        check_refused(encode(made_up[i], *state), QUERY, COUNT, UNTIL, SCIM_SYNC_INVALID_CURSOR,
                      *state);
    }
    for (size_t i = 0; i < sizeof no_base64 / sizeof *no_base64; i++) {
        check_refused(no_base64[i], QUERY, COUNT, UNTIL, SCIM_SYNC_INVALID_CURSOR, *state);
    }
}

static void refuses_one_that_was_cut(void **state)
{
    const char *cursor = print("ada", "1", *state);

    for (size_t n = 0; n < strlen(cursor); n++) {
        check_refused(apr_pstrndup(*state, cursor, n), QUERY, COUNT, UNTIL,
                      SCIM_SYNC_INVALID_CURSOR, *state);
    }
}

/* A client may make one up; it can only lead it astray in its own list. */
static void takes_times_and_counts_of_any_size(void **state)
{
    const char *text =
        encode("{\"id\":\"1\",\"query\":\"" QUERY "\",\"count\":-9223372036854775808,"
               "\"until\":9223372036854775807}",
               *state);
    const scim_sync_position_t *position;

    assert_null(scim_sync_cursor_read(&position, text, QUERY, APR_INT64_MIN, UNTIL, *state));
    check_refused(text, QUERY, COUNT, UNTIL, SCIM_SYNC_INVALID_COUNT, *state);
}

static void refuses_one_that_is_too_long(void **state)
{
    char *text = apr_palloc(*state, 2000001);

    memset(text, 'e', 2000000);
    text[2000000] = '\0';
    check_refused(text, QUERY, COUNT, UNTIL, SCIM_SYNC_INVALID_CURSOR, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(keeps_the_place),
        UNIT_TEST(is_of_unreserved_characters),
        UNIT_TEST(is_of_one_list),
        UNIT_TEST(ends_with_its_time),
        UNIT_TEST(an_old_one_of_another_list_is_invalid),
        UNIT_TEST(refuses_what_it_did_not_make),
        UNIT_TEST(refuses_one_that_was_cut),
        UNIT_TEST(takes_times_and_counts_of_any_size),
        UNIT_TEST(refuses_one_that_is_too_long),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
