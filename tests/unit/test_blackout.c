/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in what strangers send are blacked out, wherever they stand, and the rest stays. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/blackout.h"

#define SECRET "demo-Hunter2"
#define TOKEN  "demoTokenDemoTokenDemoTokenDemoToken0123-_a"
#define LEFT   "(not kept: it may hold secrets, and can't be read as JSON)"

static const char *json(const char *text, apr_pool_t *p)
{
    return scim_sync_blackout_json(text, strlen(text), SECRET, 16384, p);
}

static void test_json(void **state)
{
    static const struct {
        const char *text;
        const char *kept; /* NULL: all of it, as it stands */
    } cases[] = {
        { "", NULL },
        { "{\"userName\" : \"jo\",\n \"active\": true}", NULL },
        { "{\"userName\": \"jo", NULL },
        { "{\"n\":\"Jo M\\u00fcller \\ud83d\\ude00\"}", NULL },
        { "{\"password\": \"x\", \"userName\": \"jo\"}",
          "{\"password\":\"***\",\"userName\":\"jo\"}" },
        { "{\"PASSWORD\": 7}", "{\"PASSWORD\":\"***\"}" },
        { "{\"pass\\u0077ord\": \"x\"}", "{\"password\":\"***\"}" },
        { "{\"\\u0073ecret\": {\"a\": [\"x\", {\"b\": 1.5}, true, null]}}",
          "{\"secret\":{\"a\":[\"***\",{\"b\":\"***\"},true,null]}}" },
        { "{\"changePassword\": {\"supported\": true}}",
          "{\"changePassword\":{\"supported\":true}}" },
        { "[{\"op\":\"add\",\"value\":\"x\",\"path\":\"password\"}]",
          "[{\"op\":\"add\",\"value\":\"***\",\"path\":\"password\"}]" },
        { "[{\"op\":\"add\",\"VALUE\":{\"a\":\"x\"},\"Path\":\"urn:a:B:Password\"}]",
          "[{\"op\":\"add\",\"VALUE\":{\"a\":\"***\"},\"Path\":\"urn:a:B:Password\"}]" },
        { "{\"name\":\"api_key\",\"values\":[\"x\"],\"type\":\"a\"}",
          "{\"name\":\"api_key\",\"values\":[\"***\"],\"type\":\"a\"}" },
        { "{\"note\":\"pwd: x\",\"other\":\"a password\"}",
          "{\"note\":\"***\",\"other\":\"a password\"}" },
        { "{\"note\":\"{\\\"token\\\":\\\"x\\\"}\"}", "{\"note\":\"***\"}" },
        { "{\"filter\":\"password eq \\\"x\\\"\"}", "{\"filter\":\"***\"}" },
        { "{\"password\": \"x\"", LEFT },
        { "password=x", LEFT },
        { "{\"credentials\": 1, \"credentials\": 2}", LEFT },
        { "{\"a\":\"see " SECRET "!\"}", "{\"a\":\"see ***!\"}" },
        { "{\"a\":\"" SECRET SECRET "\"}", "{\"a\":\"******\"}" },
        { "{\"a\":\"" TOKEN "\"}", "{\"a\":\"***\"}" },
        { "{\"a\":\"x" TOKEN "y\"}", "{\"a\":\"***\"}" },
        { "{\"pin\": \"1234\"}", "{\"pin\":\"***\"}" },
        { "{\"userPIN\": 1234, \"pin2\": \"x\"}", "{\"userPIN\":\"***\",\"pin2\":\"***\"}" },
        { "{\"PINCode\":\"1\",\"userOTPCode\":\"2\",\"SPINe\":3}",
          "{\"PINCode\":\"***\",\"userOTPCode\":\"***\",\"SPINe\":3}" },
        { "{\"note\":\"a\\u000apin: 1234\"}", "{\"note\":\"***\"}" },
        { "{\"note\":\"\\u201epin\\u201c: 1\"}", "{\"note\":\"***\"}" },
        { "{\"otp\":\"1\",\"otpSeed\":\"x\",\"OTPSeed\":\"x\",\"otp_seed\":\"x\"}",
          "{\"otp\":\"***\",\"otpSeed\":\"***\",\"OTPSeed\":\"***\",\"otp_seed\":\"***\"}" },
        { "{\"totp\":[\"x\"],\"client_assertion\":\"x\",\"ASSERTION\":\"x\"}",
          "{\"totp\":[\"***\"],\"client_assertion\":\"***\",\"ASSERTION\":\"***\"}" },
        { "[{\"op\":\"add\",\"value\":\"x\",\"path\":\"urn:a:B:pin\"}]",
          "[{\"op\":\"add\",\"value\":\"***\",\"path\":\"urn:a:B:pin\"}]" },
        { "{\"note\":\"a\\npin: 1234\"}", "{\"note\":\"***\"}" },
        { "{\"note\":\"{\\\"pin\\\":\\\"1\\\"}\"}", "{\"note\":\"***\"}" },
        { "{\"filter\":\"pin eq \\\"1\\\"\"}", "{\"filter\":\"***\"}" },
        { "{\"note\":\"otp_seed=1\"}", "{\"note\":\"***\"}" },
        { "{\"addresses\": [{\"postalCode\": \"1\", \"country\": \"DE\"}], \"code\": \"7\"}",
          NULL },
        { "{\"shipping\": \"a: b\", \"pinned\": true, \"ping\": \"1\", \"Shipping Pinot\": 1}",
          NULL },
        { "{\"auth\": \"1\", \"sign\": \"2\", \"key\": \"3\", \"optpin\": 4, \"http\": 5}", NULL },
        { "{\"displayName\":\"Pin Oak Le Van\",\"emails\":[{\"value\":\"pin@example.com\"}]}",
          "{\"displayName\":\"Pin Oak Le Van\",\"emails\":[{\"value\":\"pin@example.com\"}]}" },
        { "{\"a\":\"a-name-in-lower-case-that-is-longer-than-any-token-is\"}", NULL },
        { "{\"id\":\"003b97c7-3e7f-494b-9cc5-f042604410aa\",\"b\":\"compass bear zebra\"}",
          "{\"id\":\"003b97c7-3e7f-494b-9cc5-f042604410aa\",\"b\":\"compass bear zebra\"}" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_string_equal(json(cases[i].text, *state),
                            cases[i].kept ? cases[i].kept : cases[i].text);
    }
}

static void test_what_is_no_text(void **state)
{
    const char wide[] = "{\0\"\0p\0a\0s\0s\0\"\0:\0\"\0x\0\"\0}";

    assert_string_equal(scim_sync_blackout_json(wide, sizeof(wide), NULL, 100, *state), LEFT);
    assert_string_equal(json("{\"a\": \"\xff\xc3\xbc\xc3\"", *state), "{\"a\": \"?\xc3\xbc?\"");
}

static void test_too_deep_or_too_long_to_be_read(void **state)
{
    apr_size_t length = 1024 * 1024;
    char *text = apr_palloc(*state, length + 64);
    char *deep = apr_pstrdup(*state, "");

    for (int i = 0; i < 70; i++) {
        deep = apr_pstrcat(*state, deep, "[", NULL);
    }
    assert_string_equal(json(apr_pstrcat(*state, deep, "{\"password\":\"x\"}", NULL), *state),
                        LEFT);
    memset(text, ' ', length);
    strcpy(text + length, "{\"password\": \"x\"}");
    assert_string_equal(json(text, *state),
                        "(not kept: it may hold secrets, and is longer than a mebibyte)");
}

/* A name far behind what is kept counts, and what is cut is no half of a token. */
static void test_where_it_is_cut(void **state)
{
    char *filler = apr_palloc(*state, 2001);
    const char *text;
    const char *kept;

    memset(filler, ' ', 2000);
    filler[2000] = '\0';
    text =
        apr_pstrcat(*state, "{\"value\":\"x\",\"f\":\"", filler, "\",\"path\":\"password\"}", NULL);
    kept = scim_sync_blackout_json(text, strlen(text), NULL, 100, *state);
    assert_int_equal(strlen(kept), 100);
    assert_ptr_equal(strstr(kept, "{\"value\":\"***\""), kept);
    for (apr_size_t most = 1; most < 80; most++) {
        text = "{\"a\":\"0123456789 0123456789 " TOKEN "\"} ";
        kept = scim_sync_blackout_json(text, strlen(text), NULL, most, *state);
        assert_true(strlen(kept) <= most);
        assert_null(strstr(kept, "d"));
        kept = scim_sync_blackout_json("{\"a\":\"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\"}", 16, NULL,
                                       most, *state);
        assert_true(strlen(kept) <= most);
        assert_null(strchr(kept, '?'));
    }
}

static void test_uris(void **state)
{
    static const struct {
        const char *uri;
        const char *kept;
    } cases[] = {
        { "/scim/v2/okta/Users", "/scim/v2/okta/Users" },
        { "/Users?count=1&startIndex=%31", "/Users?count=1&startIndex=%31" },
        { "/Users?password=x&a=1", "/Users?password=***&a=1" },
        { "/Users?p%61ssword=x", "/Users?p%61ssword=***" },
        { "/Users?access_token=x", "/Users?access_token=***" },
        { "/Users?filter=pass%77ord+eq+%22x%22", "/Users?filter=***" },
        { "/Users?filter=userName+eq+%22pass%22", "/Users?filter=***" },
        { "/Users?filter=password+pr", "/Users?filter=password+pr" },
        { "/Users?password:x", "/Users?***" },
        { "/Users?a=%zz", "/Users?a=***" },
        { "/Users?%zz=x", "/Users?***" },
        { "/Users?code=x&a=1", "/Users?code=***&a=1" },
        { "/Users?a=1&c%6Fde=x", "/Users?a=1&c%6Fde=***" },
        { "/Users?AUTH=x&sig=y&key=z", "/Users?AUTH=***&sig=***&key=***" },
        { "/Users?pin=1&otp=2&client_assertion=3&apikey=4&api_key=5&privateKey=6",
          "/Users?pin=***&otp=***&client_assertion=***&apikey=***&api_key=***&privateKey=***" },
        { "/Users?filter=pin+eq+%221%22", "/Users?filter=***" },
        { "/Users?filter=userName%20eq%20%22pin@example.com%22",
          "/Users?filter=userName%20eq%20%22pin@example.com%22" },
        { "/Users?filter=addresses.postalCode+eq+%221%22&sortBy=name.familyName&author=a&codes=1",
          "/Users?filter=addresses.postalCode+eq+%221%22&sortBy=name.familyName&author=a&codes=1" },
        { "/Users/" TOKEN "?a=" TOKEN, "/Users/***?a=***" },
        { "/Users/" SECRET, "/Users/***" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_string_equal(scim_sync_blackout_uri(cases[i].uri, SECRET, 2048, *state),
                            cases[i].kept);
    }
}

static void test_which_secrets_are_looked_for(void **state)
{
    (void)state;
    assert_null(scim_sync_blackout_secret(NULL));
    assert_null(scim_sync_blackout_secret("short"));
    assert_null(scim_sync_blackout_secret(TOKEN));
    assert_string_equal(scim_sync_blackout_secret(SECRET), SECRET);
    assert_string_equal(scim_sync_blackout_secret(TOKEN " x"), TOKEN " x");
}

/* A stranger's header or an IdP's text may be that long: each byte is looked at a few times. */
static void test_many_names_in_a_long_text(void **state)
{
    static const char *const names[] = { "pwd", "pin ", "pin eq ", "otp_" };
    apr_size_t most = 1 << 20;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char *text = apr_palloc(*state, most + 16);
        apr_size_t length = 0;

        while (length < most) {
            length += strlen(strcpy(text + length, names[i]));
        }
        assert_false(scim_sync_blackout_holds_secret(text));
        strcpy(text + length, " pin: 1");
        assert_true(scim_sync_blackout_holds_secret(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_json),
        UNIT_TEST(test_what_is_no_text),
        UNIT_TEST(test_too_deep_or_too_long_to_be_read),
        UNIT_TEST(test_where_it_is_cut),
        UNIT_TEST(test_uris),
        UNIT_TEST(test_which_secrets_are_looked_for),
        UNIT_TEST(test_many_names_in_a_long_text),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
