/* SPDX-License-Identifier: Apache-2.0 */
/* base/secret: key files, sealing and opening, rotation, tokens, comparison. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/secret.h"

/* 32 times "A", 32 times "B": made-up keys. */
#define KEY_A   "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
#define KEY_B   "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
#define CONTEXT "site/main/apiToken"

static scim_sync_keyring_t *ring_of(const char *text, apr_pool_t *p)
{
    scim_sync_keyring_t *ring = NULL;
    const char *why = NULL;

    assert_int_equal(scim_sync_keyring_parse(&ring, text, &why, p), APR_SUCCESS);
    assert_non_null(ring);
    return ring;
}

static const char *sealed_with(const char *keys, const char *plain, apr_pool_t *p)
{
    const char *sealed = NULL;

    assert_int_equal(scim_sync_secret_seal(&sealed, ring_of(keys, p), plain, CONTEXT, p),
                     APR_SUCCESS);
    return sealed;
}

static apr_status_t open_with(const char *keys, const char *sealed, const char *context,
                              const char **plain, apr_pool_t *p)
{
    *plain = NULL;
    return scim_sync_secret_open(plain, ring_of(keys, p), sealed, context, p);
}

static void reads_key_files(void **state)
{
    ring_of(KEY_A, *state);
    ring_of(KEY_A "\n", *state);
    ring_of("# made on 1 May\r\n\r\n  " KEY_A " \r\n" KEY_B "\n\n", *state);
}

static void refuses_bad_key_files(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        { "", "no key" },
        { "\n# only a comment\n\n", "no key" },
        { "demo-secret", "line 1" },
        { KEY_A "\nQUFB\n", "line 2" },
        { "\n\nQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE", "line 3" },
        { "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB", "line 1" },
        { "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==", "line 1" },
        { "QUFBQUFBQUFBQUFBQUFB=UFBQUFBQUFBQUFBQUFBQUE=", "line 1" },
        { "QUFBQUFBQUFBQUFBQUFB*UFBQUFBQUFBQUFBQUFBQUE=", "line 1" },
        { KEY_A KEY_B, "line 1" },
        { KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A
                "\n" KEY_A "\n",
          "line 9" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scim_sync_keyring_t *ring = NULL;
        const char *why = NULL;

        assert_int_equal(scim_sync_keyring_parse(&ring, cases[i].text, &why, *state), APR_EINVAL);
        assert_null(ring);
        assert_non_null(strstr(why, cases[i].says));
        assert_null(strstr(why, "QUFB"));
        assert_null(strstr(why, "demo-secret"));
    }
}

static void opens_what_it_sealed(void **state)
{
    static const char *const plains[] = { "", "x", "demo-api-token-0123456789", "\xc3\xbc" };

    for (size_t i = 0; i < sizeof plains / sizeof *plains; i++) {
        const char *sealed = sealed_with(KEY_A, plains[i], *state);
        const char *plain;

        assert_int_equal(open_with(KEY_A, sealed, CONTEXT, &plain, *state), APR_SUCCESS);
        assert_string_equal(plain, plains[i]);
    }
}

static void bounds_what_it_seals(void **state)
{
    char *plain = apr_palloc(*state, 65538);
    const char *sealed;
    const char *opened;

    memset(plain, 'x', 65537);
    plain[65536] = '\0';
    sealed = sealed_with(KEY_A, plain, *state);
    assert_int_equal(open_with(KEY_A, sealed, CONTEXT, &opened, *state), APR_SUCCESS);
    assert_string_equal(opened, plain);
    plain[65536] = 'x';
    plain[65537] = '\0';
    assert_int_equal(scim_sync_secret_seal(&sealed, ring_of(KEY_A, *state), plain, CONTEXT, *state),
                     APR_EINVAL);
}

static void sealing_hides_the_text_and_never_repeats(void **state)
{
    const char *one = sealed_with(KEY_A, "demo-secret", *state);
    const char *two = sealed_with(KEY_A, "demo-secret", *state);

    assert_null(strstr(one, "demo-secret"));
    assert_string_not_equal(one, two);
    assert_memory_equal(one, two, 9);
    assert_int_equal(one[8], ':');
}

static void a_new_key_above_the_old_one_opens_both(void **state)
{
    const char *old = sealed_with(KEY_A, "old", *state);
    const char *new = sealed_with(KEY_B "\n" KEY_A, "new", *state);
    const char *plain;

    assert_int_equal(open_with(KEY_B "\n" KEY_A, old, CONTEXT, &plain, *state), APR_SUCCESS);
    assert_string_equal(plain, "old");
    assert_int_equal(open_with(KEY_B, new, CONTEXT, &plain, *state), APR_SUCCESS);
    assert_string_equal(plain, "new");
    assert_int_equal(open_with(KEY_B, old, CONTEXT, &plain, *state), APR_NOTFOUND);
    assert_null(plain);
}

static void another_context_opens_nothing(void **state)
{
    const char *sealed = sealed_with(KEY_A, "demo-secret", *state);
    const char *plain;

    assert_int_equal(open_with(KEY_A, sealed, "site/other/apiToken", &plain, *state), APR_EINVAL);
    assert_int_equal(open_with(KEY_A, sealed, "", &plain, *state), APR_EINVAL);
    assert_null(plain);
}

static void every_changed_character_is_noticed(void **state)
{
    char *sealed = apr_pstrdup(*state, sealed_with(KEY_A, "demo-secret-of-18!", *state));
    scim_sync_keyring_t *ring = ring_of(KEY_A, *state);

    /* 12 + 18 + 16 bytes end in "==": the last character that counts carries two bits only. */
    for (size_t i = 0; i < strlen(sealed) - 3; i++) {
        char was = sealed[i];
        const char *plain = NULL;

        sealed[i] = was == 'A' ? 'B' : 'A';
        assert_int_not_equal(scim_sync_secret_open(&plain, ring, sealed, CONTEXT, *state),
                             APR_SUCCESS);
        assert_null(plain);
        sealed[i] = was;
    }
}

static void refuses_damaged_texts(void **state)
{
    const char *sealed = sealed_with(KEY_A, "demo-secret", *state);
    const char *id = apr_pstrmemdup(*state, sealed, 9);
    char *huge = apr_palloc(*state, 200001);
    const char *bad[] = { "",
                          ":",
                          id,
                          "no colon at all",
                          apr_pstrcat(*state, id, "QUFB", NULL),
                          apr_pstrcat(*state, id, "****", NULL),
                          apr_pstrcat(*state, sealed, "x", NULL),
                          apr_pstrcat(*state, sealed, sealed + 9, NULL),
                          apr_pstrmemdup(*state, sealed, strlen(sealed) - 4),
                          huge };
    const char *plain;

    memset(huge, 'A', 200000);
    huge[8] = ':';
    huge[200000] = '\0';
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(open_with(KEY_A, bad[i], CONTEXT, &plain, *state), APR_EINVAL);
        assert_null(plain);
    }
    assert_int_equal(open_with(KEY_A, "00000000:QUFB", CONTEXT, &plain, *state), APR_NOTFOUND);
}

/* A cleanup that is registered first runs last: it sees what the wiping has left. */
typedef struct {
    const char *plain;
    int wiped;
} look_t;

static apr_status_t look(void *data)
{
    look_t *at = data;

    at->wiped = at->plain[0] == '\0' && at->plain[10] == '\0';
    return APR_SUCCESS;
}

static void wipes_an_opened_secret(void **state)
{
    const char *sealed = sealed_with(KEY_A, "demo-secret", *state);
    scim_sync_keyring_t *ring = ring_of(KEY_A, *state);
    look_t at = { NULL, 0 };
    apr_pool_t *sub;

    assert_int_equal(apr_pool_create(&sub, *state), APR_SUCCESS);
    apr_pool_cleanup_register(sub, &at, look, apr_pool_cleanup_null);
    assert_int_equal(scim_sync_secret_open(&at.plain, ring, sealed, CONTEXT, sub), APR_SUCCESS);
    assert_string_equal(at.plain, "demo-secret");
    apr_pool_destroy(sub);
    assert_true(at.wiped);
}

static void tokens_are_long_and_differ(void **state)
{
    const char *token = scim_sync_token_new(*state);

    assert_int_equal(strlen(token), 43);
    assert_int_equal(
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(scim_sync_token_new(*state), token);
}

static void hashes(void **state)
{
    assert_string_equal(scim_sync_sha256("", *state),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(scim_sync_sha256("abc", *state),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void compares(void **state)
{
    assert_non_null(*state);
    assert_true(scim_sync_same_secret("abc", "abc"));
    assert_true(scim_sync_same_secret("", ""));
    assert_false(scim_sync_same_secret("abc", "abd"));
    assert_false(scim_sync_same_secret("abc", "ab"));
    assert_false(scim_sync_same_secret("ab", "abc"));
    assert_false(scim_sync_same_secret("abc", "ABC"));
    assert_false(scim_sync_same_secret(NULL, "abc"));
    assert_false(scim_sync_same_secret("abc", NULL));
    assert_false(scim_sync_same_secret(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(reads_key_files),
        UNIT_TEST(refuses_bad_key_files),
        UNIT_TEST(opens_what_it_sealed),
        UNIT_TEST(bounds_what_it_seals),
        UNIT_TEST(sealing_hides_the_text_and_never_repeats),
        UNIT_TEST(a_new_key_above_the_old_one_opens_both),
        UNIT_TEST(another_context_opens_nothing),
        UNIT_TEST(every_changed_character_is_noticed),
        UNIT_TEST(refuses_damaged_texts),
        UNIT_TEST(wipes_an_opened_secret),
        UNIT_TEST(tokens_are_long_and_differ),
        UNIT_TEST(hashes),
        UNIT_TEST(compares),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
