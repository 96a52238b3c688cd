/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: JSON to rules, rules to JSON, and what they say of a person and a group. The input is a
 * case as in tests/unit/golden/rules: an object with rules, mode, userName, email and group.
 */
#include "fuzz.h"

#include <string.h>

#include <unistr.h>

#include "base/json.h"
#include "store/config.h"
#include "sync/rules.h"

static void expect_utf8(const char *text)
{
    EXPECT(text == NULL || u8_check((const uint8_t *)text, strlen(text)) == NULL, "not UTF-8: %s",
           text);
}

static void check_reason(const scim_sync_rule_reason_t *reason)
{
    EXPECT(reason->rule != NULL && reason->rule[0] != '\0', "no rule decided");
    EXPECT(reason->why != NULL && reason->why[0] != '\0', "%s gives no reason", reason->rule);
    expect_utf8(reason->why);
    expect_utf8(reason->warning);
}

static void check_user(const scim_sync_rules_t *rules, const char *name, const char *email,
                       apr_pool_t *p)
{
    scim_sync_rules_user_t user = scim_sync_rules_user(rules, name, email, p);

    check_reason(&user.reason);
    EXPECT(user.wanted == (user.name != NULL), "wanted: %d, name %s", user.wanted, user.name);
    EXPECT(!user.rewritten ||
               (user.wanted && user.name[0] != '\0' && strlen(user.name) <= SCIM_SYNC_RESULT_MAX),
           "rewritten as %s", user.name);
    EXPECT(user.rewritten || !user.wanted || strcmp(user.name, name) == 0, "%s is %s", name,
           user.name);
    expect_utf8(user.name);
    expect_utf8(user.email);
}

static void check_group(const scim_sync_rules_t *rules, const char *name, apr_pool_t *p)
{
    scim_sync_rules_group_t group = scim_sync_rules_group(rules, name, p);
    int i;
    int j;

    check_reason(&group.reason);
    EXPECT(!group.unfit || group.names->nelts == 0, "unfit, and %d names", group.names->nelts);
    for (i = 0; i < group.names->nelts; i++) {
        const char *one = APR_ARRAY_IDX(group.names, i, const char *);
        apr_size_t length = u8_mbsnlen((const uint8_t *)one, strlen(one));

        EXPECT(length > 0 && length <= SCIM_SYNC_JIRA_NAME_MAX, "a name of %d characters",
               (int)length);
        expect_utf8(one);
        for (j = 0; j < i; j++) {
            EXPECT(strcmp(one, APR_ARRAY_IDX(group.names, j, const char *)) != 0, "%s twice", one);
        }
    }
}

static const char *text_of(const json_t *input, const char *key)
{
    const char *text = scim_sync_json_str(input, key);

    return text != NULL ? text : "ann@example.com";
}

void fuzz_one(const char *text, apr_size_t len, apr_pool_t *p)
{
    const json_t *input = fuzz_json(text, len, p);
    const scim_sync_rules_t *rules;
    const scim_sync_rules_t *again;
    const char *mode;
    const char *written;
    const char *why;

    if (input == NULL) {
        return;
    }
    mode = scim_sync_json_str(input, "mode");
    mode = mode != NULL && !strcmp(mode, SCIM_SYNC_MODE_CUSTOMERS) ? SCIM_SYNC_MODE_CUSTOMERS
                                                                   : SCIM_SYNC_MODE_USERS;
    if (scim_sync_rules_read(&rules, json_object_get(input, "rules"), mode, &why, p) !=
        APR_SUCCESS) {
        EXPECT(rules == NULL && why != NULL && why[0] != '\0', "a refusal without a reason");
        expect_utf8(why);
        return;
    }
    written = scim_sync_json_text(scim_sync_rules_json(rules, p), NULL, p);
    EXPECT(scim_sync_rules_parse(&again, written, mode, &why, p) == APR_SUCCESS, "%s in our own %s",
           why, written);
    EXPECT(scim_sync_rules_difference(rules, again, p)[0] == '\0', "%s",
           scim_sync_rules_difference(rules, again, p));
    check_user(again, text_of(input, "userName"), scim_sync_json_str(input, "email"), p);
    check_group(again, text_of(input, "group"), p);
}
