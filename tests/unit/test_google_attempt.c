/* SPDX-License-Identifier: Apache-2.0 */
/* google/attempt: who may come back from Google, and who not. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "google/attempt.h"

#define NOW APR_INT64_C(1795000000000)

static scim_sync_keyring_t *ring_of(const char *key, apr_pool_t *p)
{
    scim_sync_keyring_t *ring;
    const char *why;

    assert_int_equal(scim_sync_keyring_parse(&ring, key, &why, p), APR_SUCCESS);
    return ring;
}

static scim_sync_keyring_t *demo_ring(apr_pool_t *p)
{
    return ring_of("ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tMDE=", p);
}

static const char *begun(scim_sync_google_attempt_t *attempt, apr_pool_t *p)
{
    const char *cookie;

    scim_sync_google_attempt_make(attempt, "google", "admin:jane", NOW, p);
    assert_int_equal(scim_sync_google_attempt_seal(&cookie, attempt, demo_ring(p), p), APR_SUCCESS);
    return cookie;
}

static void refuses(const char *cookie, const char *state, apr_int64_t now, const char *words,
                    apr_pool_t *p)
{
    scim_sync_google_attempt_t back;
    const char *why = NULL;

    assert_int_equal(scim_sync_google_attempt_open(&back, &why, demo_ring(p), cookie, state, now,
                                                   p),
                     APR_EINVAL);
    assert_non_null(strstr(why, words));
}

static void the_same_browser_comes_back(void **state)
{
    scim_sync_google_attempt_t attempt;
    scim_sync_google_attempt_t back;
    const char *cookie = begun(&attempt, *state);
    const char *why;

    assert_int_equal(scim_sync_google_attempt_open(&back, &why, demo_ring(*state), cookie,
                                                   attempt.state,
                                                   NOW + SCIM_SYNC_GOOGLE_ATTEMPT_MS - 1, *state),
                     APR_SUCCESS);
    assert_string_equal(back.idp, "google");
    assert_string_equal(back.actor, "admin:jane");
    assert_string_equal(back.verifier, attempt.verifier);
    assert_string_equal(back.nonce, attempt.nonce);
}

/* RFC 7636 section 4.1 asks for 43 characters at least; a cookie takes no blank, comma, ;, ", \. */
static void what_is_made_fits_where_it_goes(void **state)
{
    scim_sync_google_attempt_t one;
    scim_sync_google_attempt_t two;
    const char *cookie = begun(&one, *state);

    begun(&two, *state);
    assert_int_equal(strlen(one.verifier), 43);
    assert_string_not_equal(one.state, two.state);
    assert_string_not_equal(one.verifier, two.verifier);
    assert_string_not_equal(one.state, one.verifier);
    assert_string_not_equal(one.nonce, one.state);
    assert_null(strpbrk(cookie, " ,;\"\\"));
    assert_null(strstr(cookie, one.verifier));
    assert_true(strlen(cookie) < 1000);
}

static void nobody_else_comes_in(void **state)
{
    scim_sync_google_attempt_t attempt;
    scim_sync_google_attempt_t other;
    const char *cookie = begun(&attempt, *state);
    char *damaged = apr_pstrdup(*state, cookie);
    const char *foreign;

    damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
    begun(&other, *state);
    refuses(NULL, attempt.state, NOW, "keeps no cookies", *state);
    refuses(cookie, NULL, NOW, "another attempt", *state);
    refuses(cookie, "", NOW, "another attempt", *state);
    refuses(cookie, other.state, NOW, "another attempt", *state);
    refuses(damaged, attempt.state, NOW, "another attempt", *state);
    refuses("", attempt.state, NOW, "another attempt", *state);
    refuses(cookie, attempt.state, NOW + SCIM_SYNC_GOOGLE_ATTEMPT_MS, "ten minutes", *state);
    assert_int_equal(scim_sync_secret_seal(&foreign, demo_ring(*state), "{}", "idp/google/token",
                                           *state),
                     APR_SUCCESS);
    refuses(foreign, attempt.state, NOW, "another attempt", *state);
}

static void another_key_opens_nothing(void **state)
{
    scim_sync_google_attempt_t attempt;
    const char *cookie = begun(&attempt, *state);
    const char *why;

    assert_int_equal(scim_sync_google_attempt_open(
                         &attempt, &why,
                         ring_of("ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tMDI=", *state), cookie,
                         attempt.state, NOW, *state),
                     APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_same_browser_comes_back),
        UNIT_TEST(what_is_made_fits_where_it_goes),
        UNIT_TEST(nobody_else_comes_in),
        UNIT_TEST(another_key_opens_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
