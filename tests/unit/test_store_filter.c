/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters as the database answers them, and the few that are refused and never just find nothing.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "listing.h"
#include "store.h"
#include "store/member.h"
#include "store/resource_private.h"

#define BASE "https://sp.example.com/scim/v2/okta"
#define ENT  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define EXT  "urn:example:params:scim:2.0:User"

typedef struct {
    const char *filter;
    const char *ids;
} case_t;

static const scim_sync_error_t *select_of(scim_sync_select_t **select, const char *filter,
                                          scim_sync_type_t type, apr_pool_t *p)
{
    return scim_sync_select_make(select, listing_make(type, filter, NULL, p), BASE, p);
}

/* The ids that the filter finds, in the order of their creation. */
static const char *found(const database_t *database, const char *filter, scim_sync_type_t type)
{
    apr_pool_t *p = database->pool;
    scim_sync_select_t *select;
    const scim_sync_error_t *error = select_of(&select, filter, type, p);
    scim_sync_page_t *page;

    if (error != NULL) {
        fail_msg("%s: %s", filter, error->detail);
    }
    if (scim_sync_resource_list(database->db, &page, "okta", select, p) != APR_SUCCESS) {
        fail_msg("%s: %s", filter, scim_sync_db_error(database->db));
    }
    assert_int_equal(page->total, page->resources->nelts);
    return listing_ids(page, p);
}

static void check(const database_t *database, scim_sync_type_t type, const case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *ids = found(database, cases[i].filter, type);

        if (strcmp(ids, cases[i].ids) != 0) {
            fail_msg("%s: found \"%s\", not \"%s\"", cases[i].filter, ids, cases[i].ids);
        }
    }
}

#define CHECK(database, type, cases) check(database, type, cases, sizeof(cases) / sizeof(*cases))

/* ---- who is there ---- */

static const struct {
    const char *idp;
    const char *id;
    scim_sync_type_t type;
    apr_int64_t created;
    const char *body;
} told[] = {
    { "okta", "ann", SCIM_SYNC_USER, 1000,
      "{'userName':'Ann','externalId':'E-1','displayName':'Ann Example','title':'','active':true,"
      "'name':{'givenName':'Ann','familyName':'M\xc3\xbcller'},"
      "'emails':[{'value':'Second@example.com','type':'home'},"
      "{'value':'ann@example.com','type':'work','primary':true}],"
      "'" ENT "':{'department':'Sales','manager':{'value':'M1','$ref':'../Users/M1'}},"
      "'" EXT "':{'level':9,'code':'A7','tags':['x','Y'],'beta':true,'none':{},"
      "'badge':{'no':12,'Colour':'Red','parts':[1],'9lives':'yes'}}}" },
    { "okta", "bob", SCIM_SYNC_USER, 2000,
      "{'userName':'bob','externalId':'E-1','title':'Boss','active':false,"
      "'name':{'givenName':'Bob','familyName':'Mueller'},"
      "'emails':[{'value':'bob@example.com','type':'work'},{'value':'second@example.com'}],"
      "'" EXT "':{'level':10.5,'code':'12','Beta':'True','badge':{'no':'12'},"
      "'list':[{'n':1,'s':'a'},{'n':2,'s':'b'}]}}" },
    { "okta", "zoe", SCIM_SYNC_USER, 3000,
      "{'userName':'zoe@example.com','nickName':'100% \\\"Z\\\"_','" EXT "':{'level':'9'}}" },
    { "entra", "twin", SCIM_SYNC_USER, 4000,
      "{'userName':'ann','externalId':'E-1','emails':[{'value':'ann@example.com'}]}" },
    { "okta", "staff", SCIM_SYNC_GROUP, 5000,
      "{'displayName':'It\\'s 100% \\\"Staff\\\"','externalId':'5','members':[{'value':'ann'},"
      "{'value':'x1','display':'\xc3\x84rzte','type':'USER'},{'value':'x2','display':''},"
      "{'value':'inner'},{'value':'twin'}]}" },
    { "okta", "inner", SCIM_SYNC_GROUP, 6000,
      "{'displayName':'Inner','members':[{'value':'bob','type':'Group'}]}" },
    { "okta", "empty", SCIM_SYNC_GROUP, 7000, "{'displayName':'Empty'}" },
    { "entra", "other", SCIM_SYNC_GROUP, 8000, "{'displayName':'x','members':[{'value':'ann'}]}" },
};

/* One quote for the other, as C strings have it easier. */
static json_t *body_of(const char *text, apr_pool_t *p)
{
    char *json = apr_pstrdup(p, text);
    char *to = json;

    for (const char *c = text; *c != '\0'; c++) {
        *to++ = *c == '\'' && (c == text || c[-1] != '\\') ? '"' : *c;
        to -= *c == '\\' && c[1] == '\'';
    }
    *to = '\0';
    return scim_sync_json_own(json_loads(json, 0, NULL), p);
}

static void set_members(scim_sync_db_t *db, const scim_sync_resource_t *r, apr_pool_t *p)
{
    apr_array_header_t *changes = apr_array_make(p, 1, sizeof(scim_sync_member_change_t));
    apr_array_header_t *ignored = apr_array_make(p, 4, sizeof(const char *));

    APR_ARRAY_PUSH(changes, scim_sync_member_change_t) =
        (scim_sync_member_change_t) { .verb = SCIM_SYNC_MEMBERS_SET, .members = r->members };
    OK(scim_sync_member_apply(db, r->id, BASE, changes, ignored, ignored, p));
}

static database_t *people(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *made[sizeof(told) / sizeof(*told)];
    int stored;

    store_idp(database->db, "okta", "main", p);
    store_idp(database->db, "entra", "main", p);
    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
        scim_sync_resource_t *r;
        const scim_sync_error_t *error;

        error = scim_sync_resource_read(&r, told[i].type, body_of(told[i].body, p), 100, p);
        if (error != NULL) {
            fail_msg("%s: %s", told[i].id, error->detail);
        }
        r->id = told[i].id;
        r->version = i + 1;
        r->created = told[i].created;
        r->modified = told[i].created + 500;
        if (scim_sync_resource_insert(database->db, told[i].idp, r, &stored, p)) {
            fail_msg("%s", scim_sync_db_error(database->db));
        }
        assert_int_equal(stored, 1);
        made[i] = r;
    }
    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
        if (made[i]->members != NULL) {
            set_members(database->db, made[i], p);
        }
    }
    return database;
}

/* ---- what is found ---- */

static void test_columns(void **state)
{
    static const case_t cases[] = {
        { "userName eq \"ANN\"", "ann" },
        { "userName eq \"twin\"", "" },
        { "userName ne \"ann\"", "bob zoe" },
        { "userName co \"O\"", "bob zoe" },
        { "userName sw \"b\"", "bob" },
        { "userName ew \".COM\"", "zoe" },
        { "userName ew \"longer than any of them\"", "" },
        { "userName ew \"\" and userName co \"\" and userName sw \"\"", "ann bob zoe" },
        { "userName gt \"bob\"", "zoe" },
        { "userName ge \"BOB\"", "bob zoe" },
        { "userName lt \"bob\"", "ann" },
        { "userName le \"bob\"", "ann bob" },
        { "userName pr", "ann bob zoe" },
        { "not (userName pr)", "" },
        { "id eq \"ann\"", "ann" },
        { "id eq \"ANN\"", "" },
        { "id eq \"twin\"", "" },
        { "id sw \"a\"", "ann" },
        { "externalId eq \"E-1\"", "ann bob" },
        { "externalId eq \"e-1\"", "" },
        { "externalId ne \"E-1\"", "zoe" },
        { "externalId pr", "ann bob" },
        { "externalId eq null", "zoe" },
        { "externalId ne null", "ann bob" },
        { "not (externalId eq \"x\")", "ann bob zoe" },
        { "not (externalId gt \"A\")", "zoe" },
        { "displayName eq \"ann EXAMPLE\"", "ann" },
        { "displayName eq \"Bob Mueller\"", "" },
        { "displayName ne \"x\"", "ann bob zoe" },
        { "displayName pr", "ann" },
        { "active eq true", "ann zoe" },
        { "active eq \"False\"", "bob" },
        { "active ne false", "ann zoe" },
        { "active pr", "ann bob zoe" },
        { "externalId eq \"E-1\" and active eq false", "bob" },
        { "externalId eq \"E-1\" and userName eq \"carol\"", "" },
        { "userName eq \"zoe@example.com\" or externalId eq \"E-1\" and active eq true",
          "ann zoe" },
        { "(userName eq \"bob\" or externalId pr) and not (active eq false)", "ann" },
        { "not (userName eq \"bob\" or title pr)", "ann zoe" },
        { "not (not (userName eq \"bob\") and not (userName eq \"ann\"))", "ann bob" },
        { "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ann\"", "ann" },
        { "userName eq \"' OR 1=1 --\"", "" },
        { "userName eq \"%s%lld\"", "" },
    };

    CHECK(people(state), SCIM_SYNC_USER, cases);
}

static void test_meta(void **state)
{
    static const case_t cases[] = {
        { "meta.created eq \"1970-01-01T00:00:02Z\"", "bob" },
        { "meta.created eq \"1970-01-01T01:00:02.000+01:00\"", "bob" },
        { "meta.created ne \"1970-01-01T00:00:02Z\"", "ann zoe" },
        { "meta.lastModified gt \"1970-01-01T00:00:02.500Z\"", "zoe" },
        { "meta.lastModified ge \"1970-01-01T00:00:02.500Z\"", "bob zoe" },
        { "meta.lastModified lt \"1970-01-01T00:00:02.500Z\"", "ann" },
        { "meta.lastModified le \"1970-01-01T00:00:02.500Z\"", "ann bob" },
        { "not (meta.lastModified le \"1970-01-01T00:00:02.500Z\")", "zoe" },
        { "meta.lastModified pr", "ann bob zoe" },
        { "meta.created eq null", "" },
        { "meta pr", "ann bob zoe" },
        { "meta.version pr", "ann bob zoe" },
        { "meta.resourceType eq \"User\"", "ann bob zoe" },
        { "meta.resourceType eq \"user\"", "" },
        { "meta.location eq \"" BASE "/Users/bob\"", "bob" },
        { "meta.location ew \"/Users/bob\"", "bob" },
        { "meta.location eq \"" BASE "/Groups/bob\"", "" },
        { "meta[resourceType eq \"User\" and created gt \"1970-01-01T00:00:02Z\"]", "zoe" },
        { "not (meta[created gt \"1970-01-01T00:00:02Z\"])", "ann bob" },
        { "schemas eq \"" ENT "\"", "ann" },
        { "schemas co \"enterprise\"", "ann" },
        { "schemas[value eq \"" EXT "\"]", "ann bob zoe" },
    };

    CHECK(people(state), SCIM_SYNC_USER, cases);
}

static void test_elements(void **state)
{
    static const case_t cases[] = {
        { "emails.value eq \"Second@Example.com\"", "ann bob" },
        { "emails eq \"bob@example.com\"", "bob" },
        { "emails.value ne \"bob@example.com\"", "ann zoe" },
        { "not (emails.value eq \"nobody@example.com\")", "ann bob zoe" },
        { "emails.value eq \"ZOE@example.com\"", "zoe" },
        { "emails.value ne \"zoe@example.com\"", "ann bob" },
        { "emails.value co \"zoe@example.com\"", "" },
        { "emails[value eq \"zoe@example.com\"]", "" },
        { "emails.value eq \"\"", "" },
        { "emails.type eq \"WORK\"", "ann bob" },
        { "emails.type ne \"home\"", "bob zoe" },
        { "emails pr", "ann bob" },
        { "emails eq null", "zoe" },
        { "emails.primary eq true", "ann" },
        { "emails.primary eq \"True\"", "ann" },
        { "emails.primary ne true", "bob zoe" },
        { "emails.primary eq false", "" },
        { "emails[type eq \"work\" and value eq \"ann@example.com\"]", "ann" },
        { "emails[type eq \"home\" and value eq \"ann@example.com\"]", "" },
        { "emails[type eq \"home\"].value eq \"second@example.com\"", "ann" },
        { "emails[type eq \"work\" and value co \"@example\" and primary eq true]", "ann" },
        { "emails[not (type eq \"work\")]", "ann bob" },
        { "emails[not (type pr)]", "bob" },
        { "emails[type eq null]", "bob" },
        { "not (emails[type eq \"home\"])", "bob zoe" },
        { "emails[type eq \"home\" or value sw \"bob\"]", "ann bob" },
        { "emails[value eq \"ann@example.com\" and value eq \"second@example.com\"]", "" },
        { "emails.value eq \"ann@example.com\" and emails.value eq \"second@example.com\"", "ann" },
        { "name.familyName eq \"m\xc3\x9cLLER\"", "ann" },
        { "name.familyName gt \"mueller\"", "ann" },
        { "name.familyName sw \"M\"", "ann bob" },
        { "name.familyName ew \"\xc3\xbcller\"", "ann" },
        { "name.familyName ne \"x\"", "ann bob zoe" },
        { "name.formatted pr", "" },
        { "name pr", "ann bob" },
        { "name[givenName eq \"bob\" and familyName co \"uelle\"]", "bob" },
        { "name[givenName ne \"bob\"]", "ann" },
        { "title eq \"\"", "ann" },
        { "title pr", "bob" },
        { "title eq null", "ann zoe" },
        { "not (title lt \"z\")", "zoe" },
        { "nickName eq \"100% \\\"z\\\"_\"", "zoe" },
        { "nickName co \"%_\"", "" },
        { "groups.value eq \"staff\"", "ann" },
        { "groups eq \"inner\"", "bob" },
        { "groups.value eq \"other\"", "" },
        { "groups.display eq \"Inner\"", "bob" },
        { "groups[value eq \"staff\" and type eq \"Direct\"]", "ann" },
        { "groups.type eq \"indirect\"", "" },
        { "groups.$ref eq \"" BASE "/Groups/inner\"", "bob" },
        { "groups pr", "ann bob" },
        { "groups eq null", "zoe" },
    };

    CHECK(people(state), SCIM_SYNC_USER, cases);
}

static void test_extensions(void **state)
{
    static const case_t cases[] = {
        { ENT ":department eq \"sales\"", "ann" },
        { ENT ":manager eq \"M1\"", "ann" },
        { ENT ":manager.value eq \"m1\"", "" },
        { ENT ":manager.$ref ew \"/M1\"", "ann" },
        { ENT ":manager pr", "ann" },
        { ENT ":department ne \"sales\"", "bob zoe" },
        { EXT ":level eq 9", "ann" },
        { EXT ":level eq \"9\"", "zoe" },
        { EXT ":level eq 9.0", "ann" },
        { EXT ":level gt 9", "bob" },
        { EXT ":level lt 10", "ann" },
        { EXT ":level ge -1", "ann bob" },
        { EXT ":level ne 9", "bob zoe" },
        { EXT ":level co 1", "" },
        { EXT ":level eq 1e-400", "" },
        { EXT ":level pr", "ann bob zoe" },
        { EXT ":code eq \"a7\"", "ann" },
        { EXT ":CODE eq \"A7\"", "ann" },
        { "URN:Example:params:scim:2.0:user:code eq \"A7\"", "ann" },
        { EXT ":code eq 12", "" },
        { EXT ":code eq \"12\"", "bob" },
        { EXT ":beta eq true", "ann bob" },
        { EXT ":tags eq \"y\"", "ann" },
        { EXT ":tags[value eq \"X\"]", "ann" },
        { EXT ":none pr", "" },
        { EXT ":none eq null", "ann bob zoe" },
        { EXT ":badge.9lives eq \"Yes\"", "ann" },
        { EXT ":badge.no eq 12", "ann" },
        { EXT ":badge.no eq \"12\"", "bob" },
        { EXT ":badge.no pr", "ann bob" },
        { EXT ":badge.colour sw \"r\"", "ann" },
        { EXT ":badge.parts pr", "ann" },
        { EXT ":badge.parts eq 1", "" },
        { EXT ":badge pr", "ann bob" },
        { EXT ":badge[no eq 12 and colour eq \"red\"]", "ann" },
        { EXT ":list[n eq 1 and s eq \"a\"]", "bob" },
        { EXT ":list[n eq 1 and s eq \"b\"]", "" },
        { EXT ":list[n gt 1].s eq \"b\"", "bob" },
        { EXT ":nothing pr", "" },
        { "urn:example:o~ther%s:User:x eq \"1\" or " EXT ":x~y%z.$# eq \"1\"", "" },
    };

    CHECK(people(state), SCIM_SYNC_USER, cases);
}

static void test_groups(void **state)
{
    static const case_t cases[] = {
        { "displayName eq \"it's 100% \\\"STAFF\\\"\"", "staff" },
        { "displayName eq \"ann\"", "" },
        { "displayName pr", "staff inner empty" },
        { "displayName gt \"f\"", "staff inner" },
        { "externalId eq \"5\" and id eq \"staff\"", "staff" },
        { "members.value eq \"ann\"", "staff" },
        { "members eq \"bob\"", "inner" },
        { "members.value eq \"ANN\"", "" },
        { "members.value ne \"ann\"", "inner empty" },
        { "members[value eq \"ann\"]", "staff" },
        { "id eq \"staff\" and members[value eq \"ann\"]", "staff" },
        { "members pr", "staff inner" },
        { "members eq null", "empty" },
        { "members.type eq \"User\"", "staff" },
        { "members.type eq \"group\"", "staff inner" },
        { "members[type eq \"Group\" and value eq \"inner\"]", "staff" },
        { "members[type eq \"Group\" and value eq \"ann\"]", "" },
        { "members[type eq null]", "staff" },
        { "members[not (type pr) and value eq \"x2\"]", "staff" },
        { "members.display eq \"\xc3\xa4RZTE\"", "staff" },
        { "members.display pr", "staff" },
        { "members.display ne \"x\"", "staff inner empty" },
        { "members.$ref eq \"" BASE "/Groups/inner\"", "staff" },
        { "members.$ref eq \"" BASE "/Users/bob\"", "inner" }, /* it is a user, whatever was told */
        { "members.$ref eq \"" BASE "/Groups/bob\"", "" },
        { "members.$ref eq \"" BASE "/Users/x1\"", "staff" },
        { "members.$ref eq \"" BASE "/Groups/ann\"", "" },
        { "members[value eq \"x2\" and $ref pr]", "" },
        { "members[value eq \"twin\"]", "staff" },
        { "members[value eq \"twin\" and type pr]", "" },
        { "meta.version eq \"W/\\\"5\\\"\"", "staff" },
        { "meta.resourceType ne \"User\"", "staff inner empty" },
        { "meta.location eq \"" BASE "/Groups/inner\"", "inner" },
        { "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:Group\"", "staff inner empty" },
    };

    CHECK(people(state), SCIM_SYNC_GROUP, cases);
}

/* ---- what is refused ---- */

static void test_what_has_no_meaning_is_refused(void **state)
{
    static const struct {
        const char *filter;
        int position; /* that the message names */
    } cases[] = {
        { "meta.version eq \"W/\\\"1\\\"\"", 0 },
        { "userName pr and meta.version ne \"1\"", 16 },
        { "meta.created co \"2026\"", 0 },
        { "meta[lastModified sw \"2026\"]", 5 },
        { "userName eq \"a\" or not (meta.created ew \"Z\")", 24 },
    };
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_select_t *select;
        const scim_sync_error_t *error = select_of(&select, cases[i].filter, SCIM_SYNC_USER, p);

        if (error == NULL) {
            fail_msg("%s is not refused", cases[i].filter);
        }
        assert_int_equal(error->status, 400);
        assert_string_equal(error->type, SCIM_SYNC_INVALID_FILTER);
        if (strstr(error->detail, apr_psprintf(p, "position %d ", cases[i].position)) == NULL) {
            fail_msg("%s: %s", cases[i].filter, error->detail);
        }
    }
}

/* The parser does so already: it is not its caller's only guard. */
static void test_a_password_cannot_be_searched(void **state)
{
    static const scim_sync_attr_t secret = { .name = "password",
                                             .mutability = SCIM_SYNC_WRITE_ONLY };
    static const scim_sync_name_t name = { .attr = "password", .def = &secret };
    static const scim_sync_filter_t filter = { .kind = SCIM_SYNC_FILTER_COMPARE,
                                               .op = SCIM_SYNC_PR,
                                               .name = { .attr = "password", .def = &secret } };
    apr_pool_t *p = *state;
    scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, NULL, p);
    scim_sync_select_t *select;

    listing->parts[0].filter = &filter;
    assert_string_equal(scim_sync_select_make(&select, listing, BASE, p)->type,
                        SCIM_SYNC_INVALID_FILTER);
    listing->parts[0].filter = NULL;
    listing->parts[0].sort_by = &name;
    assert_string_equal(scim_sync_select_make(&select, listing, BASE, p)->type,
                        SCIM_SYNC_INVALID_PATH);
}

/* ---- what is large ---- */

/* before, n times over around inner, with after behind it. */
static const char *nested(const char *before, const char *inner, const char *after, int n,
                          apr_pool_t *p)
{
    const char *text = inner;

    for (int i = 0; i < n; i++) {
        text = apr_pstrcat(p, before, text, after, NULL);
    }
    return text;
}

/* As long as ScimSyncMaxFilter can be, and brackets 32 deep. */
static void test_large_filters(void **state)
{
    static const struct {
        const char *before;
        const char *inner;
        const char *after;
        int n;
        const char *ids;
    } cases[] = {
        { "", "id eq \"bob\"", " or id eq \"x\"", 4600, "bob" },
        { "", "title pr", " or title pr", 5000, "bob" },
        { "", "emails pr", " and emails pr", 4600, "ann bob" },
        { "", "name.familyName ne \"x\"", " and name.familyName ne \"y\"", 290, "ann bob zoe" },
        { "(", "id eq \"bob\"", ")", 32, "bob" },
        { "not (", "id eq \"bob\"", ")", 32, "bob" },
        { "not (id eq \"x\" or ", "id eq \"bob\"", ")", 31, "ann zoe" },
        { "(title pr and (emails pr or ", "emails[not (type pr)]", "))", 14, "bob" },
        { "(id pr and (id eq \"x\" or ", "emails[value eq \"bob@example.com\"]", "))", 15, "bob" },
        { "((", "title pr", " or id eq \"x\") and id pr)", 16, "bob" },
        { "not (title pr and not (id eq \"x\" or ", "id eq \"bob\"", "))", 16, "ann bob zoe" },
    };
    database_t *database = people(state);
    const char *filter;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        filter =
            nested(cases[i].before, cases[i].inner, cases[i].after, cases[i].n, database->pool);
        assert_string_equal(found(database, filter, SCIM_SYNC_USER), cases[i].ids);
    }
    /* Wide as well as deep. */
    filter =
        nested("", "id eq \"bob\"", " or id eq \"x\" and (title pr or id pr)", 12, database->pool);
    filter = apr_pstrcat(database->pool, "(", filter, ")", NULL);
    filter =
        nested("", filter, apr_pstrcat(database->pool, " and ", filter, NULL), 12, database->pool);
    assert_string_equal(found(database, filter, SCIM_SYNC_USER), "bob");
}

static void test_values_never_become_sql(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_select_t *select;
    scim_sync_sql_t *sql;
    const char *text;

    assert_null(select_of(&select, "userName eq \"x'\" and " EXT ":name[sub~%x co \"v'\"]",
                          SCIM_SYNC_USER, p));
    sql = scim_sync_select_page_sql(select, "ok'ta", 7, p);
    text = apr_array_pstrcat(p, sql->pieces, '\0');
    assert_null(strstr(text, "x'"));
    assert_null(strstr(text, "v'"));
    assert_null(strstr(text, "k'"));
    assert_null(strstr(text, "sub"));
    assert_null(strstr(text, "name:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_columns),
        DATABASE_TESTS(test_meta),
        DATABASE_TESTS(test_elements),
        DATABASE_TESTS(test_extensions),
        DATABASE_TESTS(test_groups),
        DATABASE_TESTS(test_large_filters),
        UNIT_TEST(test_what_has_no_meaning_is_refused),
        UNIT_TEST(test_a_password_cannot_be_searched),
        UNIT_TEST(test_values_never_become_sql),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
