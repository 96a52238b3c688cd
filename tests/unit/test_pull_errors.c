/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Google may answer in the place of a page, one by one, in listings of users, groups and
 * members, on their first page and on a later one: what passes is waited for, what does not ends
 * the run with words for an administrator, and in no case is anybody gone.
 */
#include <string.h>

#include <apr_strings.h>

#include "google_fake.h"

#define ERROR_OF(code, domain, reason, message)                                                    \
    "{\"error\": {\"code\": " #code ", \"message\": \"" message                                    \
    "\", \"errors\": [{\"domain\": \"" domain "\", \"reason\": \"" reason                          \
    "\", \"message\": \"" message "\"}]}}"
#define HTML "<!DOCTYPE html><html><head><title>Sorry</title></head><body>Sorry</body></html>"

/* How often a page is asked for in a run that fails: half a minute, five minutes of quotas. */
#define TRIES       5
#define QUOTA_TRIES 13

typedef struct {
    int status;
    const char *body;
    int tries; /* 1: it is for good */
    const char *words;
} row_t;

static const row_t rows[] = {
    /* too many calls */
    { 403, ERROR_OF(403, "usageLimits", "userRateLimitExceeded", "User Rate Limit Exceeded"),
      QUOTA_TRIES, "Google Cloud project of its own" },
    { 403, ERROR_OF(403, "usageLimits", "quotaExceeded", "Request rate higher than configured."),
      QUOTA_TRIES, "Request rate higher than configured." },
    { 403, ERROR_OF(403, "usageLimits", "somethingNew", "Too fast"), QUOTA_TRIES,
      "raise the quota" },
    { 429, ERROR_OF(429, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"), QUOTA_TRIES,
      "Rate Limit Exceeded" },
    { 429, HTML, QUOTA_TRIES, "Sorry" },
    /* not now */
    { 500, ERROR_OF(500, "global", "internalError", "Internal error"), TRIES, "Internal error" },
    { 502, HTML, TRIES, "Sorry" },
    { 503, ERROR_OF(503, "global", "backendError", "Service unavailable. Please try again"), TRIES,
      "Service unavailable" },
    { 503, "", TRIES, "HTTP status 503" },
    { 504, ERROR_OF(504, "global", "backendError", "Deadline expired"), TRIES, "Deadline expired" },
    { 0, NULL, TRIES, "the connection was closed" },
    /* somebody else's answer */
    { 200, HTML, TRIES, "not the answer that was asked for" },
    { 200, "", TRIES, "not the answer that was asked for" },
    { 200, "{}", TRIES, "not the answer that was asked for" },
    { 200, "[]", TRIES, "not the answer that was asked for" },
    { 200, "null", TRIES, "not the answer that was asked for" },
    { 200, "{\"kind\": \"admin#directory#users\", \"users\": [{\"id\": \"1", TRIES,
      "not the answer that was asked for" },
    { 204, "", TRIES, "not the answer that was asked for" },
    { 302, "", TRIES, "redirect" },
    { 403, HTML, TRIES, "Sorry" },
    { 404, HTML, TRIES, "Sorry" },
    /* for good */
    { 403, ERROR_OF(403, "global", "forbidden", "Not Authorized to access this resource/api"), 1,
      "needs an administrator's role" },
    { 403, ERROR_OF(403, "global", "insufficientPermissions", "Insufficient Permission"), 1,
      "leave all boxes ticked" },
    { 403, ERROR_OF(403, "usageLimits", "accessNotConfigured", "Not used before"), 1,
      "enable the Admin SDK API" },
    { 403, ERROR_OF(403, "global", "domainCannotUseApis", "Domain cannot use apis."), 1,
      "API controls" },
    { 412, ERROR_OF(412, "global", "conditionNotMet", "Precondition Failed"), 1,
      "Precondition Failed" },
};

typedef struct {
    const char *part;
    const char *said;
} listing_t;

static const listing_t listings[] = {
    { "/users?", "failed: users could not be read: " },
    { "/groups?", "failed: groups could not be read: " },
    { "/groups/g1/", "failed: the members of the group g1 could not be read: " },
};

/* Two pages of each. */
static google_fake_t *a_directory(void **state)
{
    google_fake_t *fake = google_fake(state);
    apr_pool_t *p = google_database(fake)->pool;

    for (int i = 0; i < 3; i++) {
        google_has_user(fake, apr_itoa(p, i), apr_psprintf(p, "u%d@example.com", i), 0);
        google_has_group(fake, apr_psprintf(p, "g%d", i), apr_psprintf(p, "Group %d", i));
        google_has_member(fake, "g1", apr_itoa(p, i), "USER");
    }
    assert_string_equal(google_pull(fake, 0), "done");
    return fake;
}

static void check_nothing_changed(const google_fake_t *fake)
{
    const database_t *d = google_database(fake);

    assert_int_equal(database_number(d->db, "SELECT COUNT(*) FROM resource", d->pool), 6);
    assert_int_equal(database_number(d->db, "SELECT COUNT(*) FROM member", d->pool), 3);
    assert_int_equal(database_number(d->db, "SELECT MAX(version) FROM resource", d->pool), 1);
    assert_int_equal(database_number(d->db, "SELECT COUNT(*) FROM stage", d->pool), 0);
}

/* google_pull() while a page goes wrong so often, after so many that did not. */
static const char *pull(google_fake_t *fake, const row_t *row, const listing_t *listing, int after,
                        int times)
{
    const char *outcome;

    google_fails(fake, listing->part, after, times, row->status, row->body);
    outcome = google_pull(fake, 1);
    google_recovers(fake);
    check_nothing_changed(fake);
    return outcome;
}

typedef void check_t(google_fake_t *fake, const row_t *row, const listing_t *listing, int after);

static void each(void **state, check_t *check)
{
    google_fake_t *fake = a_directory(state);

    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        for (size_t l = 0; l < sizeof(listings) / sizeof(*listings); l++) {
            check(fake, &rows[r], &listings[l], 0);
            check(fake, &rows[r], &listings[l], 1);
        }
    }
}

static void check_once(google_fake_t *fake, const row_t *row, const listing_t *listing, int after)
{
    int before = google_calls(fake);
    const char *outcome = pull(fake, row, listing, after, 1);

    if ((strcmp(outcome, "done") == 0) != (row->tries > 1)) {
        fail_msg("%d %s: %s", row->status, listing->part, outcome);
    }
    if (row->tries > 1) {
        /* Two pages of each listing, and the empty ones of two groups twice. */
        assert_int_equal(google_calls(fake) - before, 2 + 2 + 2 + 4 + 1);
    }
}

static void test_what_passes_by_costs_a_call(void **state)
{
    each(state, check_once);
}

static void check_for_ever(google_fake_t *fake, const row_t *row, const listing_t *listing,
                           int after)
{
    const char *outcome = pull(fake, row, listing, after, 1000);

    if (strncmp(outcome, listing->said, strlen(listing->said)) != 0 ||
        strstr(outcome, row->words) == NULL) {
        fail_msg("%d %s: %s", row->status, listing->part, outcome);
    }
}

static void test_what_stays_ends_the_run_with_words_and_costs_nobody(void **state)
{
    each(state, check_for_ever);
}

static void check_tries(google_fake_t *fake, const row_t *row, const listing_t *listing, int after)
{
    assert_string_equal(pull(fake, row, listing, after, row->tries - 1), "done");
}

static void test_the_last_try_counts_as_well(void **state)
{
    each(state, check_tries);
}

/* A wrong question: on a later page it is the token of that page, and the listing begins anew. */
static void test_a_wrong_question(void **state)
{
    static const char *const reasons[] = { "invalid", "badRequest" };
    google_fake_t *fake = a_directory(state);

    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
        const row_t row = { 400, google_error(fake, 400, "global", reasons[i]), 1, NULL };

        for (size_t l = 0; l < sizeof(listings) / sizeof(*listings); l++) {
            const char *outcome = pull(fake, &row, &listings[l], 0, 1);

            assert_int_equal(strncmp(outcome, listings[l].said, strlen(listings[l].said)), 0);
            assert_non_null(strstr(outcome, "look whether Google knows these"));
            assert_string_equal(pull(fake, &row, &listings[l], 1, 1), "done");
        }
    }
}

/* One that is refused is replaced by another one; Google takes that one, or there is no use. */
static void test_an_access_token_that_is_refused(void **state)
{
    google_fake_t *fake = a_directory(state);
    const row_t row = { 401, google_error(fake, 401, "global", "authError"), 2, NULL };
    const row_t bare = { 401, HTML, 2, NULL };

    for (size_t l = 0; l < sizeof(listings) / sizeof(*listings); l++) {
        for (int after = 0; after < 2; after++) {
            int tokens = google_tokens(fake);
            const char *outcome;

            assert_string_equal(pull(fake, &row, &listings[l], after, 1), "done");
            assert_string_equal(pull(fake, &bare, &listings[l], after, 1), "done");
            assert_int_equal(google_tokens(fake) - tokens, 4);
            outcome = pull(fake, &row, &listings[l], after, 2);
            assert_int_equal(strncmp(outcome, listings[l].said, strlen(listings[l].said)), 0);
            assert_non_null(strstr(outcome, "connect again"));
            assert_int_equal(google_tokens(fake) - tokens, 6);
        }
    }
}

/* Only of a group can be said that there is none; users and groups as such can't be gone. */
static void test_what_is_not_found(void **state)
{
    google_fake_t *fake = a_directory(state);
    const row_t row = { 404, google_error(fake, 404, "global", "notFound"), 1, NULL };

    for (int after = 0; after < 2; after++) {
        assert_non_null(strstr(pull(fake, &row, &listings[0], after, 1), listings[0].said));
        assert_non_null(strstr(pull(fake, &row, &listings[1], after, 1), listings[1].said));
        assert_string_equal(pull(fake, &row, &listings[2], after, 1),
                            "failed: Google lists the group g1, and says that there is none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(test_what_passes_by_costs_a_call, "sqlite3"),
        DATABASE_TEST(test_what_stays_ends_the_run_with_words_and_costs_nobody, "sqlite3"),
        DATABASE_TEST(test_the_last_try_counts_as_well, "sqlite3"),
        DATABASE_TESTS(test_a_wrong_question),
        DATABASE_TEST(test_an_access_token_that_is_refused, "sqlite3"),
        DATABASE_TEST(test_what_is_not_found, "sqlite3"),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
