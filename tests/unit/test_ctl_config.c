/* SPDX-License-Identifier: Apache-2.0 */
/* scim-syncctl/config, steps: documents, and what has to be done for them. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/config.h"
#include "scim-syncctl/steps.h"

static json_t *parse(const char *text, void **state)
{
    json_t *value = json_loads(text, 0, NULL);

    assert_non_null(value);
    return scim_sync_json_own(value, *state);
}

static const char SERVER[] =
    "{\"version\": 1,"
    " \"sites\": {\"main\": {\"baseUrl\": \"https://a.example.com\", \"email\": \"a@example.com\","
    "   \"products\": [\"jira-software\"], \"organization\": {\"id\": \"o\", \"url\": null},"
    "   \"apiTokenExpires\": \"2027-11-21T12:00:00.000Z\"}},"
    " \"idps\": {\"okta\": {\"kind\": \"scim\", \"mode\": \"users\", \"state\": \"live\","
    "   \"sites\": [\"main\"], \"rules\": {\"precedence\": 100, \"users\": {\"import\": true}}},"
    "  \"ws\": {\"kind\": \"google\", \"sites\": [\"main\"], \"google\": {\"clientId\": \"c\","
    "   \"endpoints\": null, \"schedule\": {\"every\": {\"hours\": 1}, \"dailyAt\": null}}}}}";

static ctl_config_t server(void **state)
{
    return (ctl_config_t) {
        .doc = parse(SERVER, state),
        .tags = parse("{}", state),
        .facts = parse("{\"okta\": {\"told\": 5}, \"ws\": {\"told\": 0, "
                       "\"hasClientSecret\": true}}",
                       state),
    };
}

static apr_array_header_t *steps(const char *document, ctl_wish_t wish, void **state)
{
    ctl_config_t now = server(state);
    json_t *doc = parse(document, state);

    assert_null(ctl_config_check(doc, *state));
    ctl_config_normalise(doc, *state);
    return ctl_steps(&now, doc, &wish, *state);
}

/* The steps in short: "+site new, ~idp okta". */
static const char *titles(const char *document, ctl_wish_t wish, void **state)
{
    static const char signs[] = "+~-";
    const apr_array_header_t *found = steps(document, wish, state);
    const char *text = "";
    int i;

    for (i = 0; i < found->nelts; i++) {
        const ctl_step_t *step = &APR_ARRAY_IDX(found, i, ctl_step_t);

        text = apr_psprintf(*state, "%s%s%c%s %s", text, i ? ", " : "", signs[step->deed],
                            step->is_site ? "site" : "idp", step->name);
    }
    return text;
}

static const char *fault(const char *document, ctl_wish_t wish, void **state)
{
    const apr_array_header_t *found = steps(document, wish, state);
    const char *why;

    assert_int_equal(found->nelts, 1);
    why = ctl_step_fault(&APR_ARRAY_IDX(found, 0, ctl_step_t), &wish, *state);
    return why ? why : "";
}

static void what_a_document_may_not_have(void **state)
{
    static const char *const documents[][2] = {
        { "[]", "must be an object" },
        { "{}", "\"version\": 1" },
        { "{\"version\": 2}", "\"version\": 1" },
        { "{\"version\": 1, \"idp\": {}}", "no field idp" },
        { "{\"version\": 1, \"idps\": []}", "idps must be an object" },
        { "{\"version\": 1, \"idps\": {\"Okta\": {}}}", "Okta is no name" },
        { "{\"version\": 1, \"idps\": {\"-a\": {}}}", "-a is no name" },
        { "{\"version\": 1, \"idps\": {\"a/b\": {}}}", "is no name" },
        { "{\"version\": 1, \"idps\": {\"a\": []}}", "idps.a must be an object" },
        { "{\"version\": 1, \"idps\": {\"a\": {\"rules\": 1}}}", "idps.a.rules must be" },
        { "{\"version\": 1, \"idps\": {\"a\": {\"google\": {\"x\": 1}}}}", "no field x" },
        { "{\"version\": 1, \"idps\": {\"a\": {\"google\": {\"clientSecret\": \"s\"}}}}",
          "where the secret is" },
        { "{\"version\": 1, \"sites\": {\"a\": {\"apiToken\": \"s\"}}}", "where the secret is" },
        { "{\"version\": 1, \"sites\": {\"a\": {\"apiToken\": {}}}}", "where the secret is" },
        { "{\"version\": 1, \"sites\": {\"a\": {\"apiToken\": {\"env\": \"A\", \"file\": "
          "\"b\"}}}}",
          "where the secret is" },
        { "{\"version\": 1, \"sites\": {\"a\": {\"organization\": {\"apiKey\": \"k\"}}}}",
          "organization.apiKey" },
        { "{\"version\": 1, \"sites\": {\"a\": {\"organization\": \"o\"}}}", "must be an object" },
    };
    size_t i;

    for (i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
        const char *why = ctl_config_check(parse(documents[i][0], state), *state);

        if (!why || !strstr(why, documents[i][1])) {
            fail_msg("%s: %s", documents[i][0], why ? why : "taken");
        }
    }
    assert_null(ctl_config_check(parse(SERVER, state), *state));
}

static void sets_addresses_and_times_have_one_form(void **state)
{
    json_t *doc = parse("{\"sites\": {\"a\": {\"products\": [\"z\", \"b\"], \"baseUrl\": "
                        "\"https://x.example.com//\", \"apiTokenExpires\": \"2027-11-21T13:00:00"
                        "+01:00\"}}, \"idps\": {\"g\": {\"allowFrom\": [\"2001:DB8::7\", "
                        "\"10.1.2.3/8\", \"10.0.0.0/8\"], \"sites\": [\"b\", \"a\"], \"google\": "
                        "{\"endpoints\": {\"token\": \"https://oauth2.googleapis.com/token\"}}}}}",
                        state);

    ctl_config_normalise(doc, *state);
    assert_true(json_equal(
        doc, parse("{\"sites\": {\"a\": {\"products\": [\"b\", \"z\"], \"baseUrl\": "
                   "\"https://x.example.com\", \"apiTokenExpires\": \"2027-11-21T12:00:00.000Z\"}},"
                   " \"idps\": {\"g\": {\"allowFrom\": [\"10.0.0.0/8\", \"2001:db8::7\"], "
                   "\"sites\": [\"a\", \"b\"], \"google\": {\"endpoints\": "
                   "null}}}}",
                   state)));
}

static void what_is_as_it_should_be_needs_no_step(void **state)
{
    assert_string_equal(titles(SERVER, (ctl_wish_t) { .prune = 1 }, state), "");
    assert_string_equal(titles("{\"version\": 1}", (ctl_wish_t) { .prune = 0 }, state), "");
    assert_string_equal(titles("{\"version\": 1, \"idps\": {\"okta\": {\"state\": \"live\"}}, "
                               "\"sites\": {\"main\": {\"apiToken\": {\"env\": \"T\"}}}}",
                               (ctl_wish_t) { .prune = 0 }, state),
                        "");
}

static void steps_come_in_an_order_that_works(void **state)
{
    assert_string_equal(
        titles("{\"version\": 1, \"idps\": {\"z\": {\"sites\": [\"new\"]}, \"okta\": {\"sites\": "
               "[\"new\"]}}, \"sites\": {\"new\": {}}}",
               (ctl_wish_t) { .prune = 1 }, state),
        "+site new, ~idp okta, +idp z, -idp ws, -site main");
}

static void a_schedule_is_one_value(void **state)
{
    const apr_array_header_t *found =
        steps("{\"version\": 1, \"idps\": {\"ws\": {\"google\": {\"schedule\": {\"dailyAt\": "
              "\"03:30\"}}}}}",
              (ctl_wish_t) { .prune = 0 }, state);
    const ctl_step_t *step = &APR_ARRAY_IDX(found, 0, ctl_step_t);

    assert_int_equal(found->nelts, 1);
    assert_true(json_equal(json_object_get(json_object_get(step->after, "google"), "schedule"),
                           parse("{\"dailyAt\": \"03:30\"}", state)));
    assert_true(ctl_step_changes(step, "google.schedule"));
    assert_false(ctl_step_changes(step, "google.clientId"));
    assert_false(ctl_step_changes(step, "sites"));
}

static void secrets_are_sent_where_they_are_needed_or_asked_for(void **state)
{
    static const char document[] =
        "{\"version\": 1, \"sites\": {\"main\": {\"apiToken\": {\"env\": \"T\"}}}}";
    const apr_array_header_t *found = steps(document, (ctl_wish_t) { .secrets = 1 }, state);
    const ctl_step_t *step = &APR_ARRAY_IDX(found, 0, ctl_step_t);
    const ctl_wish_t wish = { .secrets = 1 };

    assert_int_equal(found->nelts, 1);
    assert_true(ctl_step_sends(step, "apiToken"));
    assert_false(ctl_step_sends(step, "organization.apiKey"));
    assert_non_null(strstr(ctl_step_text(step, &wish, *state), "+ apiToken: from $T\n"));
    /* The new one's end is not that of the old one. */
    assert_non_null(strstr(ctl_step_text(step, &wish, *state), "~ apiTokenExpires: "));
    found = steps("{\"version\": 1, \"sites\": {\"n\": {\"apiToken\": {\"file\": \"/t\"}}}}",
                  (ctl_wish_t) { .secrets = 0 }, state);
    assert_true(ctl_step_sends(&APR_ARRAY_IDX(found, 0, ctl_step_t), "apiToken"));
}

static void what_is_in_the_way_is_said_beforehand(void **state)
{
    static const struct {
        const char *document;
        ctl_wish_t wish;
        const char *words;
    } cases[] = {
        { "{\"version\": 1, \"sites\": {\"n\": {\"baseUrl\": \"u\", \"email\": \"e\"}}}",
          { .prune = 0 },
          "needs apiToken: say where" },
        { "{\"version\": 1, \"idps\": {\"n\": {}}}", { .prune = 0 }, "needs sites" },
        { "{\"version\": 1, \"idps\": {\"okta\": {\"mode\": \"customers\"}}}",
          { .prune = 0 },
          "mode can't be changed" },
        { "{\"version\": 1, \"idps\": {\"okta\": {\"sites\": [\"x\"]}}}",
          { .prune = 0 },
          "told of 5 users and groups" },
        { "{\"version\": 1, \"idps\": {\"okta\": {\"sites\": [\"x\"]}}}",
          { .access = "keep" },
          "" },
        { "{\"version\": 1, \"idps\": {\"okta\": {\"sites\": [\"main\", \"x\"]}}}",
          { .prune = 0 },
          "" },
        { "{\"version\": 1, \"idps\": {\"ws\": {}}, \"sites\": {\"main\": {}}}",
          { .prune = 1 },
          "--access keep" },
        { "{\"version\": 1, \"idps\": {\"okta\": {}}, \"sites\": {\"main\": {}}}",
          { .prune = 1 },
          "" },
        { "{\"version\": 1, \"sites\": {\"main\": {\"organization\": {\"id\": \"p\"}}}}",
          { .prune = 0 },
          "needs organization.apiKey anew" },
        { "{\"version\": 1, \"sites\": {\"main\": {\"organization\": null}}}", { .prune = 0 }, "" },
        { "{\"version\": 1, \"idps\": {\"ws\": {\"google\": {\"clientId\": \"d\"}}}}",
          { .prune = 0 },
          "needs google.clientSecret anew" },
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *why = fault(cases[i].document, cases[i].wish, state);

        if (!strstr(why, cases[i].words) || (!*cases[i].words && *why)) {
            fail_msg("%s: %s", cases[i].document, why);
        }
    }
}

static void a_secret_is_read_from_where_it_is(void **state)
{
    char path[] = "/tmp/scim-syncctl-XXXXXX";
    int file = mkstemp(path);
    const char *reference = apr_psprintf(*state, "{\"file\": \"%s\"}", path);
    const char *text;

    assert_true(file >= 0);
    assert_non_null(ctl_config_secret(&text, parse(reference, state), *state));
    assert_int_equal(write(file, "demo-secret\r\n", 13), 13);
    assert_null(ctl_config_secret(&text, parse(reference, state), *state));
    assert_string_equal(text, "demo-secret");
    assert_int_equal(fchmod(file, 0604), 0);
    assert_non_null(strstr(ctl_config_secret(&text, parse(reference, state), *state), "chmod"));
    close(file);
    unlink(path);
    assert_non_null(ctl_config_secret(&text, parse(reference, state), *state));
    setenv("SCIM_SYNC_DEMO", "demo-other", 1);
    assert_null(ctl_config_secret(&text, parse("{\"env\": \"SCIM_SYNC_DEMO\"}", state), *state));
    assert_string_equal(text, "demo-other");
    unsetenv("SCIM_SYNC_DEMO");
    assert_non_null(
        ctl_config_secret(&text, parse("{\"env\": \"SCIM_SYNC_DEMO\"}", state), *state));
}

static void a_file_says_where_secrets_are(void **state)
{
    ctl_config_t now = server(state);
    json_t *old = parse("{\"version\": 1, \"sites\": {\"main\": {\"organization\": {\"apiKey\": "
                        "{\"file\": \"/key\"}}}}}",
                        state);
    json_t *doc = scim_sync_json_own(ctl_config_for_file(&now, old, *state), *state);
    const json_t *site = json_object_get(json_object_get(doc, "sites"), "main");

    assert_null(ctl_config_check(doc, *state));
    assert_null(json_object_get(site, "apiTokenExpires"));
    assert_true(json_equal(json_object_get(site, "apiToken"),
                           parse("{\"env\": \"SCIM_SYNC_MAIN_API_TOKEN\"}", state)));
    assert_true(json_equal(json_object_get(json_object_get(site, "organization"), "apiKey"),
                           parse("{\"file\": \"/key\"}", state)));
    assert_true(json_equal(
        json_object_get(json_object_get(json_object_get(json_object_get(doc, "idps"), "ws"),
                                        "google"),
                        "clientSecret"),
        parse("{\"env\": \"SCIM_SYNC_WS_CLIENT_SECRET\"}", state)));
    assert_true(json_equal(now.doc, parse(SERVER, state)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_a_document_may_not_have),
        UNIT_TEST(sets_addresses_and_times_have_one_form),
        UNIT_TEST(what_is_as_it_should_be_needs_no_step),
        UNIT_TEST(steps_come_in_an_order_that_works),
        UNIT_TEST(a_schedule_is_one_value),
        UNIT_TEST(secrets_are_sent_where_they_are_needed_or_asked_for),
        UNIT_TEST(what_is_in_the_way_is_said_beforehand),
        UNIT_TEST(a_secret_is_read_from_where_it_is),
        UNIT_TEST(a_file_says_where_secrets_are),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
