/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jira/platform: what a site says about itself. That every answer is understood or refused is
 * tested in test_jira_platform.c; here is what they say.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/platform.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GROUP        "{\"name\":\"devs\",\"groupId\":\"g1\"}"

static scim_sync_answer_t answered(int status, const char *body)
{
    return (scim_sync_answer_t) { status, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };
}

static void gives_the_products(void **state)
{
    scim_sync_answer_t answer =
        answered(200, "[{\"key\":\"jira-software\",\"numberOfSeats\":50,\"remainingSeats\":7,"
                      "\"hasUnlimitedSeats\":false,"
                      "\"groupDetails\":[" GROUP ",{\"name\":\"ops\",\"groupId\":\"g2\"}]},"
                      "{\"groupDetails\":[{\"name\":\"agents\",\"groupId\":\"g3\"}]}]");
    const scim_sync_jira_product_t *products;
    apr_array_header_t *list;

    assert_int_equal(scim_sync_jira_read_products(&answer, &list, *state).verdict, SCIM_SYNC_DONE);
    assert_int_equal(list->nelts, 2);
    products = (const scim_sync_jira_product_t *)list->elts;
    assert_string_equal(products[0].key, "jira-software");
    assert_int_equal(products[0].seats, 50);
    assert_int_equal(products[0].left, 7);
    assert_int_equal(products[0].groups->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(products[0].groups, 1, scim_sync_jira_group_t).group_id,
                        "g2");
    assert_string_equal(APR_ARRAY_IDX(products[1].groups, 0, scim_sync_jira_group_t).name,
                        "agents");
}

/* A count that Jira does not give, or in a way that is not understood, is in nobody's way. */
static void counts_seats_only_when_jira_does(void **state)
{
    static const struct {
        const char *numbers;
        int unlimited;
        int seats;
        int left;
    } cases[] = {
        { "\"numberOfSeats\":10,\"remainingSeats\":3,\"hasUnlimitedSeats\":false", 0, 10, 3 },
        { "\"numberOfSeats\":10,\"remainingSeats\":3", 0, 10, 3 },
        { "\"numberOfSeats\":10,\"remainingSeats\":0", 0, 10, 0 },
        { "\"numberOfSeats\":10,\"remainingSeats\":-2", 0, 10, 0 },
        { "\"numberOfSeats\":0,\"remainingSeats\":0", 0, 0, 0 },
        { "\"numberOfSeats\":-1,\"remainingSeats\":-1", 1, 0, 0 },
        { "\"numberOfSeats\":10,\"remainingSeats\":0,\"hasUnlimitedSeats\":true", 1, 10, 0 },
        { "\"numberOfSeats\":10", 1, 10, 0 },
        { "\"remainingSeats\":3", 1, 0, 0 },
        { "\"numberOfSeats\":\"10\",\"remainingSeats\":\"3\"", 1, 0, 0 },
        { "\"a\":1", 1, 0, 0 },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer =
            answered(200, apr_pstrcat(*state, "[{", cases[i].numbers, "}]", NULL));
        const scim_sync_jira_product_t *product;
        apr_array_header_t *list;

        assert_int_equal(scim_sync_jira_read_products(&answer, &list, *state).verdict,
                         SCIM_SYNC_DONE);
        product = &APR_ARRAY_IDX(list, 0, scim_sync_jira_product_t);
        assert_int_equal(product->unlimited, cases[i].unlimited);
        assert_int_equal(product->seats, cases[i].seats);
        assert_int_equal(product->left, cases[i].left);
    }
}

#define PAGE(values) "{\"isLast\":true,\"values\":" values "}"

/* A page that is not understood whole is no answer: the group that is missed would be filled. */
static void reads_a_page_of_administrators_whole_or_not_at_all(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        const char *detail;
    } cases[] = {
        { 200, PAGE("[" GROUP "]"), SCIM_SYNC_DONE, NULL },
        { 200, PAGE("[]"), SCIM_SYNC_DONE, NULL },
        { 200, PAGE("[{\"name\":\"x\",\"groupId\":null}]"), SCIM_SYNC_DONE, NULL },
        { 200, PAGE("[" GROUP ",{\"groupId\":\"g2\"}]"), SCIM_SYNC_RETRY, "not the answer" },
        { 200, PAGE("null"), SCIM_SYNC_RETRY, "not the answer" },
        { 200, "{\"values\":[" GROUP "]}", SCIM_SYNC_RETRY, "not the answer" },
        { 200, "{\"isLast\":false,\"values\":[]}", SCIM_SYNC_RETRY, "not the answer" },
        { 200, "[" GROUP "]", SCIM_SYNC_RETRY, "not the answer" },
        { 403, "{\"errorMessages\":[\"Browse users and groups permission is required\"]}",
          SCIM_SYNC_REFUSED, "Browse users and groups permission" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        apr_array_header_t *list;
        int last;
        scim_sync_outcome_t outcome =
            scim_sync_jira_read_admin_groups(&answer, &list, &last, *state);

        if (outcome.verdict != cases[i].verdict ||
            (cases[i].detail && !strstr(outcome.detail, cases[i].detail))) {
            fail_msg("%s: verdict %d", cases[i].body, outcome.verdict);
        }
    }
}

static void says_whether_there_are_more_administrators(void **state)
{
    scim_sync_answer_t more = answered(200, "{\"isLast\":false,\"values\":[" GROUP "]}");
    scim_sync_answer_t end = answered(200, "{\"isLast\":true,\"values\":[" GROUP "]}");
    apr_array_header_t *list;
    int last;

    scim_sync_jira_read_admin_groups(&more, &list, &last, *state);
    assert_int_equal(last, 0);
    scim_sync_jira_read_admin_groups(&end, &list, &last, *state);
    assert_int_equal(last, 1);
    assert_string_equal(APR_ARRAY_IDX(list, 0, scim_sync_jira_group_t).name, "devs");
}

static void tells_a_lack_of_seats_from_other_refusals(void **state)
{
    static const struct {
        int status;
        const char *words;
        int lacks;
    } cases[] = { { 400, "The number of licensed users is exceeded.", 1 },
                  { 400, "number of Licensed Users is exceeded", 1 },
                  { 409, "No seats are left", 1 },
                  { 402, "You need a bigger license", 1 },
                  { 403, "Only licensed users may", 0 },
                  { 500, "The number of licensed users is exceeded.", 0 },
                  { 0, "licensed users", 0 },
                  { 400, "The email address is not valid.", 0 },
                  { 400, NULL, 0 } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const scim_sync_outcome_t outcome = { SCIM_SYNC_REFUSED, cases[i].status, 0,
                                              cases[i].words };

        assert_int_equal(scim_sync_jira_lacks_seat(&outcome, *state), cases[i].lacks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(gives_the_products),
        UNIT_TEST(counts_seats_only_when_jira_does),
        UNIT_TEST(reads_a_page_of_administrators_whole_or_not_at_all),
        UNIT_TEST(says_whether_there_are_more_administrators),
        UNIT_TEST(tells_a_lack_of_seats_from_other_refusals),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
