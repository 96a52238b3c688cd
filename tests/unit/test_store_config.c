/* SPDX-License-Identifier: Apache-2.0 */
/* Sites, IdPs and tokens: what administrators set, and that every change is noticed. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/resource.h"

static apr_int64_t generation(const database_t *database)
{
    const char *instance;
    apr_int64_t number;

    OK(scim_sync_generation(database->db, &instance, &number, database->pool));
    return number;
}

static void insert_token(const database_t *database, const char *id, const char *idp,
                         apr_int64_t expires)
{
    const scim_sync_token_t token = { .id = id,
                                      .idp = idp,
                                      .hash = apr_pstrcat(database->pool, "hash-", id, NULL),
                                      .expires = expires };

    OK(scim_sync_token_insert(database->db, &token, database->pool));
}

static void test_names(void **state)
{
    static const char *const good[] = { "a", "0", "okta", "okta-eu.2.x" };
    static const char *const bad[] = { "",  "-a",  "a_b", ".",    "..",       ".a",  "_a",
                                       "A", "a b", "a/b", "a%2f", "\xc3\xa9", "a\n", "a'" };
    char *longest = apr_palloc(*state, 66);

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(scim_sync_name_is_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(scim_sync_name_is_valid(bad[i]));
    }
    memset(longest, 'a', 65);
    longest[65] = '\0';
    assert_false(scim_sync_name_is_valid(longest));
    assert_true(scim_sync_name_is_valid(longest + 1));
}

static void test_a_site_is_replaced(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_site_t site = { .name = "main",
                              .base_url = "https://new.example.com",
                              .email = "new@example.com",
                              .products = "[]" };
    apr_int64_t before = generation(database);
    scim_sync_site_t *is;
    int created;

    OK(scim_sync_site_put(database->db, &site, &created, p));
    assert_int_equal(created, 0);
    OK(scim_sync_site_load(database->db, &is, "main", p));
    assert_string_equal(is->base_url, "https://new.example.com");
    assert_string_equal(is->email, "new@example.com");
    assert_string_equal(is->api_token, "demo-sealed"); /* NULL keeps it */
    assert_string_equal(is->products, "[]");
    assert_int_equal(is->version, 2);
    assert_true(is->changed >= is->created && is->created > 1600000000000);
    assert_true(generation(database) > before);
    site.api_token = "demo-other";
    OK(scim_sync_site_put(database->db, &site, &created, p));
    OK(scim_sync_site_load(database->db, &is, "main", p));
    assert_string_equal(is->api_token, "demo-other");
    OK(scim_sync_site_load(database->db, &is, "nobody", p));
    assert_null(is);
}

static void test_a_site_in_use_is_not_deleted(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *sites;
    apr_int64_t before;
    int deleted;
    int used;

    store_site(db, "another", p);
    store_idp(db, "okta", "main", p);
    OK(scim_sync_task_add(db, "okta", "user", "u1", p));
    OK(scim_sync_site_delete(db, "main", &deleted, &used, p));
    assert_true(!deleted && used);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM task", p), 1);
    OK(scim_sync_site_list(db, &sites, p));
    assert_int_equal(sites->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(sites, 0, scim_sync_site_t *)->name, "another");
    before = generation(database);
    OK(scim_sync_site_delete(db, "another", &deleted, &used, p));
    assert_true(deleted && !used);
    assert_true(generation(database) > before);
    OK(scim_sync_site_delete(db, "another", &deleted, &used, p));
    assert_true(!deleted && !used);
}

/* Another Jira may come under that name: what the old one held is not believed of it. */
static void test_a_deleted_site_is_forgotten(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const scim_sync_held_account_t account = { .account_id = "a1", .email = "ann@example.com" };
    const scim_sync_held_group_t group = { .group_id = "g1", .name = "staff" };
    int deleted;
    int used;
    int any;

    store_site(db, "other", p);
    OK(scim_sync_site_open_customers(db, "main", p));
    OK(scim_sync_site_open_customers(db, "other", p));
    for (int i = 0; i < 4; i++) {
        static const char *const sides[] = { "main", "main:customers", "other", "other:customers" };
        const char *site = sides[i];

        OK(scim_sync_held_any(db, &any, site, p));
        assert_false(any);
        OK(scim_sync_held_put_group(db, site, &group, p));
        OK(scim_sync_held_any(db, &any, site, p));
        assert_true(any);
        OK(scim_sync_held_put_account(db, site, &account, p));
        OK(scim_sync_held_put_link(db, site, "u1", "user", "a1", p));
        OK(scim_sync_held_put_member(db, site, "g1", "a1", SCIM_SYNC_HELD_OURS, p));
    }
    OK(scim_sync_site_delete(db, "main", &deleted, &used, p));
    assert_true(deleted);
    for (int i = 0; i < 2; i++) {
        OK(scim_sync_held_any(db, &any, i ? "main:customers" : "main", p));
        assert_false(any);
    }
    assert_string_equal(store_column(db, "SELECT name FROM site ORDER BY name", p),
                        "other other:customers");
    assert_string_equal(store_column(db,
                                     "SELECT site FROM jira_account UNION ALL"
                                     " SELECT site FROM jira_group UNION ALL"
                                     " SELECT site FROM jira_link UNION ALL"
                                     " SELECT site FROM jira_member ORDER BY site",
                                     p),
                        "other other other other "
                        "other:customers other:customers other:customers other:customers");
    database_run(db, "DELETE FROM jira_group", p);
    OK(scim_sync_held_any(db, &any, "other", p));
    assert_true(any);
}

/* A side has the settings of its site, as they are, and a name and a birth of its own. */
static void test_a_side_of_a_site(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_site_t site = { .name = "main",
                              .base_url = "https://new.example.com",
                              .email = "new@example.com",
                              .products = "[]" };
    scim_sync_site_t *side;
    apr_array_header_t *sites;
    int created;

    OK(scim_sync_site_load(db, &side, "main:customers", p));
    assert_null(side);
    OK(scim_sync_site_open_customers(db, "main", p));
    OK(scim_sync_site_open_customers(db, "main", p));
    OK(scim_sync_site_open_customers(db, "nobody", p));
    OK(scim_sync_site_put(db, &site, &created, p));
    OK(scim_sync_site_load(db, &side, "main:customers", p));
    assert_string_equal(side->of, "main");
    assert_string_equal(side->base_url, "https://new.example.com");
    assert_string_equal(side->api_token, "demo-sealed");
    assert_int_equal(side->version, 2);
    OK(scim_sync_site_list(db, &sites, p));
    assert_int_equal(sites->nelts, 2);
    assert_string_equal(scim_sync_site_whole("main:customers", p), "main");
    assert_string_equal(scim_sync_site_whole("main", p), "main");
    assert_string_equal(scim_sync_site_side("main", SCIM_SYNC_MODE_CUSTOMERS, p), "main:customers");
    assert_string_equal(scim_sync_site_side("main", SCIM_SYNC_MODE_USERS, p), "main");
}

static void test_an_idp(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_idp_t idp = { .name = "okta",
                            .provider = "okta",
                            .mode = "users",
                            .state = "live",
                            .sites = store_sites("main", p) };
    apr_int64_t before = generation(database);
    scim_sync_idp_t *is;
    int stored;

    OK(scim_sync_idp_insert(database->db, &idp, &stored, p));
    assert_int_equal(stored, 1);
    assert_true(generation(database) > before);
    idp.provider = "entra";
    OK(scim_sync_idp_insert(database->db, &idp, &stored, p));
    assert_int_equal(stored, 0);
    OK(scim_sync_idp_load(database->db, &is, "okta", p));
    assert_string_equal(is->provider, "okta");
    assert_null(is->display_name);
    assert_string_equal(apr_array_pstrcat(p, is->sites, ' '), "main");
    before = generation(database);
    idp.state = "paused";
    idp.display_name = "Okta of the works";
    OK(scim_sync_idp_update(database->db, &idp, p));
    OK(scim_sync_idp_load(database->db, &is, "okta", p));
    assert_string_equal(is->provider, "entra");
    assert_string_equal(is->state, "paused");
    assert_string_equal(is->display_name, "Okta of the works");
    assert_int_equal(is->version, 2);
    assert_true(generation(database) > before);
    OK(scim_sync_idp_load(database->db, &is, "nobody", p));
    assert_null(is);
}

static void test_an_idp_needs_its_site(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    const scim_sync_idp_t idp = { .name = "okta",
                                  .provider = "okta",
                                  .mode = "users",
                                  .state = "live",
                                  .sites = store_sites("nowhere", p) };
    int stored;

    OK(scim_sync_db_begin(database->db, p));
    assert_int_equal(scim_sync_idp_insert(database->db, &idp, &stored, p), APR_EGENERAL);
    scim_sync_db_rollback(database->db, p);
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM idp", p), 0);
}

/* ---- rules ---- */

/* ---- deleting an IdP ---- */

/* Ann is told by okta and entra, Bob by okta only; both are in Jira, by us. */
static database_t *ann_and_bob(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_user(db, "okta", "oann", "ann@example.com", 1, p);
    store_user(db, "okta", "obob", "bob@example.com", 1, p);
    store_group(db, "okta", "og", "staff", p);
    store_add_member(db, "og", "obob", p);
    store_user(db, "entra", "eann", "ann@example.com", 1, p);
    insert_token(database, "t1", "okta", 0);
    insert_token(database, "t2", "entra", 0);
    OK(scim_sync_held_put_link(db, "main", "oann", "user", "a-ann", p));
    OK(scim_sync_held_put_link(db, "main", "eann", "user", "a-ann", p));
    OK(scim_sync_held_put_link(db, "main", "obob", "user", "a-bob", p));
    OK(scim_sync_held_put_link(db, "main", "og", "group", "g1", p));
    OK(scim_sync_held_put_member(db, "main", "g1", "a-ann", SCIM_SYNC_HELD_OURS, p));
    OK(scim_sync_held_put_member(db, "main", "g1", "a-bob", SCIM_SYNC_HELD_OURS, p));
    OK(scim_sync_held_put_member(db, "main", "g2", "a-bob", SCIM_SYNC_HELD_WITHDRAWN, p));
    OK(scim_sync_held_put_member(db, "main", "g3", "a-bob", SCIM_SYNC_HELD_REVOKED, p));
    OK(scim_sync_task_add(db, "okta", "user", "obob", p));
    OK(scim_sync_task_add(db, "entra", "user", "eann", p));
    return database;
}

static void check_gone(const database_t *database)
{
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t count;
    scim_sync_idp_t *idp;

    OK(scim_sync_idp_load(db, &idp, "okta", p));
    assert_null(idp);
    OK(scim_sync_idp_resources(db, &count, "okta", p));
    assert_int_equal(count, 0);
    OK(scim_sync_idp_resources(db, &count, "entra", p));
    assert_int_equal(count, 1);
    assert_string_equal(store_column(db, "SELECT id FROM token", p), "t2");
    assert_string_equal(store_column(db, "SELECT idp FROM idp_site", p), "entra");
    assert_string_equal(store_column(db, "SELECT value FROM member", p), "");
    assert_string_equal(store_column(db, "SELECT email FROM resource_email", p), "ann@example.com");
}

static void test_deleting_an_idp_makes_tasks_for_everybody(void **state)
{
    database_t *database = ann_and_bob(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t before = generation(database);
    apr_array_header_t *due;

    database_run(db, "UPDATE idp SET state = 'paused' WHERE name = 'okta'", p);
    OK(scim_sync_idp_delete(db, "okta", 0, p));
    check_gone(database);
    assert_true(generation(database) > before);
    assert_string_equal(store_column(db, "SELECT subject FROM task ORDER BY subject", p),
                        "eann oann obob og");
    assert_string_equal(store_members(db, "a-bob", p), "g1=ours g2=withdrawn g3=revoked");
    assert_string_equal(store_column(db, "SELECT resource FROM jira_link ORDER BY resource", p),
                        "eann oann obob og");
    OK(scim_sync_task_due(db, &due, "main", 10, p)); /* its pause ends with it */
    assert_int_equal(due->nelts, 4);
}

static void test_deleting_an_idp_can_leave_jira_as_it_is(void **state)
{
    database_t *database = ann_and_bob(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    OK(scim_sync_idp_delete(db, "okta", 1, p));
    check_gone(database);
    assert_string_equal(store_column(db, "SELECT subject FROM task", p), "eann");
    assert_string_equal(store_column(db, "SELECT resource FROM jira_link", p), "eann");
    assert_string_equal(store_members(db, "a-ann", p), "g1=ours"); /* entra is there for her */
    /* What is not there (withdrawn, revoked) does not become theirs: it would never be given back. */
    assert_string_equal(store_members(db, "a-bob", p), "g1=theirs g2=withdrawn g3=revoked");
}

/* ---- several sites ---- */

/* Ann is told by okta, which feeds two sites, and is in Jira at both. */
static database_t *ann_twice(void **state)
{
    static const char *const sites[] = { "main", "second" };
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_site(db, "second", p);
    store_idp(db, "okta", "main second", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    for (int i = 0; i < 2; i++) {
        OK(scim_sync_held_put_link(db, sites[i], "ann", "user", "a-ann", p));
        OK(scim_sync_held_put_member(db, sites[i], "g1", "a-ann", SCIM_SYNC_HELD_OURS, p));
    }
    OK(scim_sync_task_add(db, "okta", "user", "ann", p));
    return database;
}

static const char *everything(const database_t *database, const char *what)
{
    return store_column(database->db, apr_pstrcat(database->pool, what, " ORDER BY 1", NULL),
                        database->pool);
}

#define TASKS   "SELECT site || ':' || subject FROM task"
#define LINKS   "SELECT site || ':' || resource FROM jira_link"
#define MEMBERS "SELECT site || ':' || state FROM jira_member"

static void test_an_idp_feeds_several_sites(void **state)
{
    database_t *database = ann_twice(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *idps;
    scim_sync_idp_t *idp;

    store_idp(database->db, "entra", "second", p);
    OK(scim_sync_idp_load(database->db, &idp, "okta", p));
    assert_string_equal(apr_array_pstrcat(p, idp->sites, ' '), "main second");
    OK(scim_sync_idp_list(database->db, &idps, p));
    assert_int_equal(idps->nelts, 2);
    idp = APR_ARRAY_IDX(idps, 0, scim_sync_idp_t *);
    assert_string_equal(apr_array_pstrcat(p, idp->sites, ' '), "second");
    assert_string_equal(everything(database, TASKS), "main:ann second:ann");
}

static void test_a_site_that_comes_later_gets_everybody(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_idp_t *idp;

    store_site(database->db, "a-second", p);
    store_idp(database->db, "okta", "main", p);
    store_user(database->db, "okta", "ann", "ann@example.com", 1, p);
    store_group(database->db, "okta", "g", "staff", p);
    OK(scim_sync_idp_feed(database->db, "okta", "a-second", p));
    assert_string_equal(everything(database, TASKS), "a-second:ann a-second:g");
    OK(scim_sync_idp_load(database->db, &idp, "okta", p));
    assert_string_equal(apr_array_pstrcat(p, idp->sites, ' '), "a-second main");
}

static void test_a_site_that_is_left_with_its_access(void **state)
{
    database_t *database = ann_twice(state);

    OK(scim_sync_idp_leave(database->db, "okta", "second", 1, database->pool));
    assert_string_equal(everything(database, TASKS), "main:ann");
    assert_string_equal(everything(database, LINKS), "main:ann");
    assert_string_equal(everything(database, MEMBERS), "main:ours second:theirs");
    assert_string_equal(everything(database, "SELECT site FROM idp_site"), "main");
}

static void test_a_site_that_is_left_without_access(void **state)
{
    database_t *database = ann_twice(state);

    database_run(database->db, "DELETE FROM task", database->pool);
    OK(scim_sync_idp_leave(database->db, "okta", "second", 0, database->pool));
    assert_string_equal(everything(database, TASKS), "second:ann");
    assert_string_equal(everything(database, LINKS), "main:ann second:ann");
    assert_string_equal(everything(database, MEMBERS), "main:ours second:ours");
    assert_string_equal(everything(database, "SELECT site FROM idp_site"), "main");
}

static void test_an_idp_of_several_sites_is_deleted(void **state)
{
    database_t *database = ann_twice(state);

    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(everything(database, TASKS), "");
    assert_string_equal(everything(database, MEMBERS), "main:theirs second:theirs");
}

/* ---- API tokens: their kinds, and their ends ---- */

static void test_two_sites_of_one_jira(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_site_t site = { .name = "main",
                              .base_url = "https://one.example.com",
                              .email = "new@example.com",
                              .products = "[]",
                              .cloud_id = "cloud-1",
                              .gateway = "https://gateway.example.com" };
    scim_sync_site_t *is;
    const char *twin;
    int created;

    OK(scim_sync_site_put(database->db, &site, &created, p));
    OK(scim_sync_site_load(database->db, &is, "main", p));
    assert_string_equal(is->cloud_id, "cloud-1");
    assert_string_equal(is->gateway, "https://gateway.example.com");
    OK(scim_sync_site_twin(database->db, &twin, &site, p));
    assert_null(twin);
    site.name = "second";
    OK(scim_sync_site_twin(database->db, &twin, &site, p));
    assert_string_equal(twin, "main");
    site.base_url = "https://other.example.com";
    OK(scim_sync_site_twin(database->db, &twin, &site, p));
    assert_string_equal(twin, "main");
    site.cloud_id = NULL;
    OK(scim_sync_site_twin(database->db, &twin, &site, p));
    assert_null(twin);
}

static void test_a_warning_is_given_once_for_each_urgency(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_site_t *site;
    apr_int64_t before;
    int created;
    int first;

    OK(scim_sync_site_load(database->db, &site, "main", p));
    assert_int_equal(site->token_expires, 0);
    site->token_expires = 1900000000000;
    OK(scim_sync_site_put(database->db, site, &created, p));
    before = generation(database);
    OK(scim_sync_site_warn(database->db, site, 1, &first, p));
    assert_int_equal(first, 1);
    OK(scim_sync_site_warn(database->db, site, 1, &first, p));
    assert_int_equal(first, 0);
    OK(scim_sync_site_warn(database->db, site, 3, &first, p));
    assert_int_equal(first, 1);
    OK(scim_sync_site_warn(database->db, site, 2, &first, p));
    assert_int_equal(first, 0);
    assert_int_equal(generation(database), before);
    OK(scim_sync_site_put(database->db, site, &created, p)); /* the same end */
    OK(scim_sync_site_load(database->db, &site, "main", p));
    assert_int_equal(site->token_warned, 3);
    site->token_expires++;
    OK(scim_sync_site_warn(database->db, site, 9, &first, p)); /* of an end that is none */
    assert_int_equal(first, 0);
    OK(scim_sync_site_put(database->db, site, &created, p));
    OK(scim_sync_site_load(database->db, &site, "main", p));
    assert_int_equal(site->token_warned, 0);
}

/* ---- tokens and the snapshot ---- */

static void test_tokens(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const scim_sync_token_t *token;
    apr_array_header_t *tokens;
    apr_int64_t before;
    int deleted;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    before = generation(database);
    insert_token(database, "t1", "okta", 0);
    insert_token(database, "t2", "okta", 1900000000000);
    insert_token(database, "t3", "entra", 0);
    assert_true(generation(database) > before);
    OK(scim_sync_token_list(db, &tokens, "okta", p));
    assert_int_equal(tokens->nelts, 2);
    token = APR_ARRAY_IDX(tokens, 1, scim_sync_token_t *);
    assert_string_equal(token->hash, "hash-t2");
    assert_true(token->expires == 1900000000000 && token->last_used == 0 && token->created > 0);
    before = generation(database);
    OK(scim_sync_token_used(db, "t2", 50, p));
    OK(scim_sync_token_used(db, "t2", 40, p)); /* later, of an earlier use */
    assert_int_equal(generation(database), before);
    assert_int_equal(database_number(db, "SELECT last_used FROM token WHERE id = 't2'", p), 50);
    OK(scim_sync_token_warn(db, token, 2, &deleted, p));
    assert_int_equal(deleted, 1);
    OK(scim_sync_token_warn(db, token, 2, &deleted, p));
    assert_int_equal(deleted, 0);
    assert_int_equal(generation(database), before);
    OK(scim_sync_token_delete(db, "entra", "t2", &deleted, p)); /* not its own */
    assert_int_equal(deleted, 0);
    assert_int_equal(generation(database), before);
    OK(scim_sync_token_delete(db, "okta", "t2", &deleted, p));
    assert_int_equal(deleted, 1);
    assert_true(generation(database) > before);
    OK(scim_sync_token_list(db, &tokens, NULL, p));
    assert_int_equal(tokens->nelts, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_names),
        DATABASE_TESTS(test_a_site_is_replaced),
        DATABASE_TESTS(test_a_site_in_use_is_not_deleted),
        DATABASE_TESTS(test_a_deleted_site_is_forgotten),
        DATABASE_TESTS(test_a_side_of_a_site),
        DATABASE_TESTS(test_an_idp),
        DATABASE_TESTS(test_an_idp_needs_its_site),
        DATABASE_TESTS(test_deleting_an_idp_makes_tasks_for_everybody),
        DATABASE_TESTS(test_deleting_an_idp_can_leave_jira_as_it_is),
        DATABASE_TESTS(test_an_idp_feeds_several_sites),
        DATABASE_TESTS(test_a_site_that_comes_later_gets_everybody),
        DATABASE_TESTS(test_a_site_that_is_left_with_its_access),
        DATABASE_TESTS(test_a_site_that_is_left_without_access),
        DATABASE_TESTS(test_an_idp_of_several_sites_is_deleted),
        DATABASE_TESTS(test_two_sites_of_one_jira),
        DATABASE_TESTS(test_a_warning_is_given_once_for_each_urgency),
        DATABASE_TESTS(test_tokens),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
