/* SPDX-License-Identifier: Apache-2.0 */
/* The searchable form of a document. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "scim/search.h"
#include "unit.h"

#define ENT "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

static void test_documents_take_their_searchable_form(void **state)
{
    static const struct {
        scim_sync_type_t type;
        const char *doc;
        const char *search;
    } cases[] = {
        { SCIM_SYNC_USER, "{}", "{}" },
        /* folded, unless the attribute is caseExact */
        { SCIM_SYNC_USER,
          "{\"userName\":\"Stra\xc3\x9f"
          "e\",\"externalId\":\"E-1\"}",
          "{\"username\":[{\"value\":\"strasse\"}],\"externalid\":[{\"value\":\"E-1\"}]}" },
        { SCIM_SYNC_USER, "{\"profileUrl\":\"HTTP://X\",\"title\":\"\"}",
          "{\"profileurl\":[{\"value\":\"HTTP://X\"}],\"title\":[{\"value\":\"\"}]}" },
        { SCIM_SYNC_USER, "{\"schemas\":[\"urn:A\",\"urn:B\"]}",
          "{\"schemas\":[{\"value\":\"urn:A\"},{\"value\":\"urn:B\"}]}" },
        /* one complex value is an array of one */
        { SCIM_SYNC_USER,
          "{\"name\":{\"givenName\":\"Ann\",\"familyName\":\"B\"},\"active\":false}",
          "{\"name\":[{\"givenname\":\"ann\",\"familyname\":\"b\"}],"
          "\"active\":[{\"value\":\"false\"}]}" },
        /* the primary one first, the others as they stood */
        { SCIM_SYNC_USER,
          "{\"emails\":[{\"value\":\"A\",\"primary\":false},{\"value\":\"B\"},"
          "{\"value\":\"C\",\"primary\":true}],\"ims\":[]}",
          "{\"emails\":[{\"value\":\"c\",\"primary\":\"true\"},{\"value\":\"a\","
          "\"primary\":\"false\"},{\"value\":\"b\"}],\"ims\":[]}" },
        { SCIM_SYNC_USER, "{\"photos\":[{\"value\":\"http://X/Y\",\"type\":\"Photo\"}]}",
          "{\"photos\":[{\"value\":\"http://X/Y\",\"type\":\"photo\"}]}" },
        { SCIM_SYNC_GROUP, "{\"displayName\":\"Staff\"}",
          "{\"displayname\":[{\"value\":\"staff\"}]}" },
        /* extensions */
        { SCIM_SYNC_USER,
          "{\"" ENT "\":{\"department\":\"Sales\",\"manager\":{\"value\":\"M1\",\"$ref\":\"../M1\","
          "\"displayName\":\"Mia\"}}}",
          "{\"urn:ietf:params:scim:schemas:extension:enterprise:2~2e0:user:department\":"
          "[{\"value\":\"sales\"}],"
          "\"urn:ietf:params:scim:schemas:extension:enterprise:2~2e0:user:manager\":"
          "[{\"value\":\"M1\",\"~24ref\":\"../M1\",\"displayname\":\"mia\"}]}" },
        { SCIM_SYNC_USER,
          "{\"urn:x:Y\":{\"Code\":\"A7\",\"flags\":[true,\"No\"],\"n\":1,\"half\":-0.5,\"o\":{},"
          "\"a.b[\\\"c\\\"]\":{\"2fa\":\"X\",\"n\":1,\"in\":{\"x\":1},\"out\":[]}}}",
          "{\"urn:x:y:code\":[{\"value\":\"a7\"}],"
          "\"urn:x:y:flags\":[{\"value\":\"true\"},{\"value\":\"no\"}],"
          "\"urn:x:y:n\":[{\"value~n\":\"bff0000000000000\"}],"
          "\"urn:x:y:half\":[{\"value~n\":\"401fffffffffffff\"}],"
          "\"urn:x:y:o\":[{}],"
          "\"urn:x:y:a~2eb~5b~22c~22~5d\":[{\"~32fa\":\"x\",\"n~n\":\"bff0000000000000\","
          "\"in~o\":\"1\"}]}" },
        { SCIM_SYNC_USER, "{\"urn:x:Y\":{\"a\":\"1\",\"A\":\"2\"},\"urn:x:Z\":\"text\"}",
          "{\"urn:x:y:a\":[{\"value\":\"1\"},{\"value\":\"2\"}]}" },
        /* an array in an array, of which nothing but its being there can be asked */
        { SCIM_SYNC_USER, "{\"urn:x:Y\":{\"a\":[[1,2],[]]}}",
          "{\"urn:x:y:a\":[{\"value~o\":\"1\"},{}]}" },
    };
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *doc = scim_sync_json_own(json_loads(cases[i].doc, 0, NULL), p);
        const char *text;

        assert_non_null(doc);
        text = scim_sync_json_text(scim_sync_search_make(cases[i].type, doc, p), NULL, p);
        assert_string_equal(text, cases[i].search);
    }
}

static void test_keys_are_one_whatever_the_case(void **state)
{
    apr_pool_t *p = *state;

    assert_string_equal(scim_sync_search_key(NULL, "userName", p), "username");
    assert_string_equal(scim_sync_search_key("URN:X:2.0:User", "Dept", p),
                        scim_sync_search_key("urn:x:2.0:user", "dEPT", p));
    assert_string_equal(scim_sync_search_key("urn:x", "7~\xc3\x9f", p), "urn:x:7~7e~c3~9f");
    assert_string_equal(scim_sync_search_key(NULL, "7up", p), "~37up");
    assert_string_equal(scim_sync_search_sub("$ref", SCIM_SYNC_SEARCH_TEXT, p), "~24ref");
    assert_string_equal(scim_sync_search_sub("9", SCIM_SYNC_SEARCH_NUMBER, p), "~39~n");
}

static void test_numbers_sort_as_texts(void **state)
{
    static const double numbers[] = { -1.7976931348623157e308,
                                      -1e10,
                                      -2,
                                      -1.5,
                                      -1,
                                      -1e-300,
                                      0,
                                      5e-324,
                                      0.1,
                                      1,
                                      1.5,
                                      2,
                                      9,
                                      10,
                                      123456789012.0,
                                      1e10 * 1e10 };
    const char *before = "";

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const char *text = scim_sync_search_number(numbers[i], *state);

        assert_int_equal(strlen(text), 16);
        if (strcmp(before, text) >= 0) {
            fail_msg("%g: %s is not behind %s", numbers[i], text, before);
        }
        before = text;
    }
    assert_string_equal(scim_sync_search_number(-0.0, *state), scim_sync_search_number(0, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_documents_take_their_searchable_form),
        UNIT_TEST(test_keys_are_one_whatever_the_case),
        UNIT_TEST(test_numbers_sort_as_texts),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
