/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in what strangers send are blacked out, wherever they stand, and the rest stays. */
#include "unit.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "base/blackout.h"

#define SECRET "demo-Hunter2"
#define TOKEN  "demoTokenDemoTokenDemoTokenDemoToken0123-_a"
#define BLANKS                                                                                     \
    "          " /* 80 */                                                                          \
    "          "                                                                                   \
    "          "                                                                                   \
    "          "                                                                                   \
    "          "                                                                                   \
    "          "                                                                                   \
    "          "                                                                                   \
    "          "
#define LEFT "(not kept: it may hold secrets, and can't be read as JSON)"

static const char *json(const char *text, apr_pool_t *p)
{
    return scim_sync_blackout_json(text, strlen(text), SECRET, 16384, p);
}

static const struct {
    const char *text;
    const char *kept; /* NULL: all of it, as it stands */
} bodies[] = {
    { "", NULL },
    { "{\"userName\" : \"jo\",\n \"active\": true}", NULL },
    { "{\"userName\": \"jo", NULL },
    { "{\"n\":\"Jo M\\u00fcller \\ud83d\\ude00\"}", NULL },
    { "{\"password\": \"x\", \"userName\": \"jo\"}", "{\"password\":\"***\",\"userName\":\"jo\"}" },
    { "{\"PASSWORD\": 7}", "{\"PASSWORD\":\"***\"}" },
    { "{\"pass\\u0077ord\": \"x\"}", "{\"password\":\"***\"}" },
    { "{\"\\u0073ecret\": {\"a\": [\"x\", {\"b\": 1.5}, true, null]}}",
      "{\"secret\":{\"a\":[\"***\",{\"b\":\"***\"},true,null]}}" },
    { "{\"changePassword\": {\"supported\": true}}", "{\"changePassword\":{\"supported\":true}}" },
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
    { "{\"filter\":\"pin gt \\\"1\\\"\"}", "{\"filter\":\"***\"}" },
    { "{\"filter\":\"a pr and otp   Le\\t  12\"}", "{\"filter\":\"***\"}" },
    { "{\"filter\":\"pin lt -1\"}", "{\"filter\":\"***\"}" },
    { "{\"note\":\"pin" BLANKS "eq" BLANKS "\\\"1\\\"\"}", "{\"note\":\"***\"}" },
    { "{\"note\":\"otp_seed=1\"}", "{\"note\":\"***\"}" },
    { "{\"MFAPIN\":1,\"userpin\":2,\"pincode\":3,\"HOTP\":4,\"hotpSeed\":5,\"MFAOTP\":6}",
      "{\"MFAPIN\":\"***\",\"userpin\":\"***\",\"pincode\":\"***\",\"HOTP\":\"***\","
      "\"hotpSeed\":\"***\",\"MFAOTP\":\"***\"}" },
    { "{\"auth_code\":\"a\",\"authCode\":\"b\",\"AUTH-CODE\":\"c\",\"otpcode\":\"d\"}",
      "{\"auth_code\":\"***\",\"authCode\":\"***\",\"AUTH-CODE\":\"***\","
      "\"otpcode\":\"***\"}" },
    { "{\"shipping\":\"1\",\"opinion\":\"2\",\"author\":\"3\",\"spinner\":\"4\",\"codec\":"
      "\"5\","
      "\"SHIPPING\":\"6\",\"OPINION\":\"7\",\"hotplate\":\"8\",\"photProof\":\"9\","
      "\"northcoast\":\"10\",\"authority\":\"11\",\"design\":\"12\",\"monkey\":\"13\"}",
      NULL },
    { "{\"title\":\"Hotpot author: spinner = codec\",\"note\":\"an opinion eq \\\"1\\\"\"}", NULL },
    { "{\"addresses\": [{\"postalCode\": \"1\", \"country\": \"DE\"}], \"code\": \"7\"}", NULL },
    { "{\"shipping\": \"a: b\", \"pinned\": true, \"ping\": \"1\", \"Shipping Pinot\": 1}", NULL },
    { "{\"auth\": \"1\", \"sign\": \"2\", \"key\": \"3\", \"optpin\": 4, \"http\": 5}", NULL },
    { "{\"displayName\":\"Pin Oak Le Van\",\"emails\":[{\"value\":\"pin@example.com\"}]}",
      "{\"displayName\":\"Pin Oak Le Van\",\"emails\":[{\"value\":\"pin@example.com\"}]}" },
    { "{\"a\":\"a-name-in-lower-case-that-is-longer-than-any-token-is\"}", NULL },
    { "{\"id\":\"003b97c7-3e7f-494b-9cc5-f042604410aa\",\"b\":\"compass bear zebra\"}",
      "{\"id\":\"003b97c7-3e7f-494b-9cc5-f042604410aa\",\"b\":\"compass bear zebra\"}" },
};

static void test_json(void **state)
{
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        assert_string_equal(json(bodies[i].text, *state),
                            bodies[i].kept ? bodies[i].kept : bodies[i].text);
    }
}

/* In a string of JSON, and in an address of the query. */
static void test_addresses(void **state)
{
    static const char *const secret[] = {
        "https://jo:demo@example.com/",
        "see https://jo:demo@example.com:8443?a, please",
        "ldaps://cn=a:demo@example.com",
        "https://example.com/p.jpg?w=1&sig=x",
        "https://example.com/?X-Goog-Signature=x",
        "https://example.com/?x-amz-signature=x",
        "https://example.com/?oauth_signature=x",
        "https://example.com/back#code=x",
        "https://example.com/?a=1&amp;k%65y=x",
        "https://example.com/?a=1;AUTH=x",
        "https://example.com/?to=https://jo:demo@example.com/",
        "https://example.com/ and https://example.com/?jwt=x",
        "<a href='https://example.com/?auth_code=x'>",
        "https://example.com/?p%69n=x",
    };
    static const char *const harmless[] = {
        "https://example.com/scim/v2/Users/1",
        "https://example.com:8443/jo:demo@example.com",
        "https://jo@example.com/",
        "https://jo:@example.com/",
        "https://[2001:db8::7]:8443/?a=1",
        "https://example.com/?author=1&codec=2&design=3&monkey=4&keys=5&significant=6",
        "https://example.com/?code&sig;key#auth",
        "https://example.com/code=1/?a=sig",
        "https://example.com/ a&code=1",
        "jo:demo@example.com",
        "what? code=1",
        "a:/b?code=1 ://",
        "urn:ietf:params:scim:schemas:core:2.0:User?code=1",
        "https://example.com/?50%off=1",
    };

    for (size_t i = 0; i < sizeof(secret) / sizeof(*secret); i++) {
        const char *text = apr_pstrcat(*state, "{\"a\":\"", secret[i], "\",\"b\":1}", NULL);
        const char *uri =
            apr_pstrcat(*state, "/Users?a=", apr_pescape_urlencoded(*state, secret[i]), "&b=1",
                        NULL);

        assert_string_equal(json(text, *state), "{\"a\":\"***\",\"b\":1}");
        assert_string_equal(scim_sync_blackout_uri(uri, NULL, 2048, *state), "/Users?a=***&b=1");
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
        const char *text = apr_pstrcat(*state, "{ \"a\": \"", harmless[i], "\"}", NULL);
        const char *uri =
            apr_pstrcat(*state, "/Users?a=", apr_pescape_urlencoded(*state, harmless[i]), NULL);

        assert_string_equal(json(text, *state), text);
        assert_string_equal(scim_sync_blackout_uri(uri, NULL, 2048, *state), uri);
    }
    assert_string_equal(json("{\"a\":\"https:\\/\\/example.com\\/?sig=x\"}", *state),
                        "{\"a\":\"***\"}");
    assert_string_equal(json("{\"a\":\"https:\\/\\/jo:demo@example.com\"}", *state),
                        "{\"a\":\"***\"}");
    assert_string_equal(json("https://example.com/?sig=x", *state), LEFT);
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
        { "/Users?X-Goog-Signature=x&x-amz-signature=y&a=1",
          "/Users?X-Goog-Signature=***&x-amz-signature=***&a=1" },
        { "/Users?X-Goog-Si%67nature=x&auth_code=y&MFAPIN=z",
          "/Users?X-Goog-Si%67nature=***&auth_code=***&MFAPIN=***" },
        { "/Users?filter=pin++gt+%221%22", "/Users?filter=***" },
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
    static const char *const names[] = { "pwd",        "pin ",          "pin eq ", "otp_",
                                         "pin" BLANKS, "pin eq" BLANKS, "://a?",   "://a:",
                                         ":\\/\\/:",   "://?b&",        ":" };
    apr_size_t most = 1 << 20;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char *text = apr_palloc(*state, most + 2 * sizeof(BLANKS));
        apr_size_t length = 0;

        while (length < most) {
            length += strlen(strcpy(text + length, names[i]));
        }
        assert_false(scim_sync_blackout_holds_secret(text));
        memset(text + length / 2, strchr(names[i], ' ') ? ' ' : 'x', length / 2);
        assert_false(scim_sync_blackout_holds_secret(text));
        strcpy(text + length, " pin: 1");
        assert_true(scim_sync_blackout_holds_secret(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_json),
        UNIT_TEST(test_addresses),
        UNIT_TEST(test_what_is_no_text),
        UNIT_TEST(test_too_deep_or_too_long_to_be_read),
        UNIT_TEST(test_where_it_is_cut),
        UNIT_TEST(test_uris),
        UNIT_TEST(test_which_secrets_are_looked_for),
        UNIT_TEST(test_many_names_in_a_long_text),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
