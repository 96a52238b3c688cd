/* SPDX-License-Identifier: Apache-2.0 */
/* What requests need and leave: their record, tokens that somebody has ended, the snapshot. */
#include <apr_strings.h>

#include "base/text.h"
#include "store.h"
#include "store/record.h"
#include "store/token_end.h"

static apr_int64_t made_of(const database_t *database, const char *idp)
{
    scim_sync_idp_t *found;

    OK(scim_sync_idp_load(database->db, &found, idp, database->pool));
    return found->created;
}

static void save(const database_t *database, const char *idp, scim_sync_record_kind_t kind,
                 int from, int to, apr_int64_t made)
{
    apr_array_header_t *records = apr_array_make(database->pool, 8, sizeof(scim_sync_record_t *));

    for (int i = from; i <= to; i++) {
        scim_sync_record_t *record = apr_pcalloc(database->pool, sizeof(*record));

        *record = (scim_sync_record_t) { .id = i,
                                         .at = scim_sync_now(),
                                         .idp = idp,
                                         .idp_made = made,
                                         .kind = kind,
                                         .method = "GET",
                                         .uri = apr_psprintf(database->pool, "/%d", i),
                                         .status = kind ? 404 : 200,
                                         .why = kind ? "no" : NULL,
                                         .headers = "A: b\n",
                                         .body = kind ? NULL : "{}",
                                         .body_length = 2 };
        APR_ARRAY_PUSH(records, scim_sync_record_t *) = record;
    }
    OK(scim_sync_record_save(database->db, records, "host", database->pool));
}

static apr_array_header_t *list(const database_t *database, const char *idp, apr_int64_t before,
                                int refused, int max)
{
    apr_array_header_t *records;

    OK(scim_sync_record_list(database->db, &records,
                             &(scim_sync_record_query_t) {
                                 .idp = idp, .before = before, .refused = refused, .max = max },
                             database->pool));
    return records;
}

static const scim_sync_record_t *at(const apr_array_header_t *records, int i)
{
    return APR_ARRAY_IDX(records, i, scim_sync_record_t *);
}

static database_t *two_idps(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

static void test_a_record_is_kept_once(void **state)
{
    database_t *database = two_idps(state);
    apr_int64_t made = made_of(database, "okta");
    scim_sync_record_t *record;
    apr_array_header_t *page;

    save(database, "okta", SCIM_SYNC_RECORD_DONE, 1, 3, made);
    save(database, "okta", SCIM_SYNC_RECORD_DONE, 1, 4, made);
    save(database, "okta", SCIM_SYNC_RECORD_REFUSED, 5, 5, made);
    page = list(database, "okta", 0, 0, 2);
    assert_int_equal(page->nelts, 2);
    assert_string_equal(at(page, 0)->uri, "/5");
    assert_string_equal(at(page, 0)->why, "no");
    page = list(database, "okta", at(page, 1)->id, 0, 100);
    assert_int_equal(page->nelts, 3);
    assert_string_equal(at(page, 2)->uri, "/1");
    assert_int_equal(list(database, "okta", 0, 1, 100)->nelts, 1);
    assert_int_equal(list(database, "entra", 0, 0, 100)->nelts, 0);
    OK(scim_sync_record_load(database->db, &record, "okta", at(page, 2)->id, database->pool));
    assert_string_equal(record->headers, "A: b\n");
    assert_string_equal(record->body, "{}");
    assert_null(record->answer);
    OK(scim_sync_record_load(database->db, &record, "entra", at(page, 2)->id, database->pool));
    assert_null(record);
}

static void test_so_many_of_each_kind(void **state)
{
    database_t *database = two_idps(state);
    apr_int64_t made = made_of(database, "okta");

    save(database, "okta", SCIM_SYNC_RECORD_REFUSED, 1, 160, made);
    save(database, "okta", SCIM_SYNC_RECORD_TURNED, 161, 220, made);
    save(database, "okta", SCIM_SYNC_RECORD_DONE, 221, 530, made);
    save(database, "entra", SCIM_SYNC_RECORD_DONE, 531, 531, made_of(database, "entra"));
    assert_int_equal(list(database, "okta", 0, 0, 1000)->nelts, 500);
    assert_int_equal(list(database, "okta", 0, 1, 1000)->nelts, 200);
    assert_string_equal(at(list(database, "okta", 0, 0, 1000), 499)->uri, "/11");
    assert_int_equal(list(database, "entra", 0, 0, 1000)->nelts, 1);
}

static void test_of_an_idp_that_is_no_more_nothing_is_kept(void **state)
{
    database_t *database = two_idps(state);
    apr_int64_t made = made_of(database, "okta");

    save(database, "okta", SCIM_SYNC_RECORD_DONE, 1, 1, made);
    save(database, "okta", SCIM_SYNC_RECORD_DONE, 2, 2, made - 1); /* of an earlier one */
    save(database, "nobody", SCIM_SYNC_RECORD_DONE, 3, 3, made);
    assert_int_equal(list(database, "okta", 0, 0, 10)->nelts, 1);
    assert_int_equal(list(database, "nobody", 0, 0, 10)->nelts, 0);
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_int_equal(list(database, "okta", 0, 0, 10)->nelts, 0);
}

static void test_what_is_old_goes(void **state)
{
    database_t *database = two_idps(state);

    save(database, "okta", SCIM_SYNC_RECORD_DONE, 1, 2, made_of(database, "okta"));
    OK(scim_sync_record_prune(database->db, database->pool));
    assert_int_equal(list(database, "okta", 0, 0, 10)->nelts, 2);
    database_run(database->db, "UPDATE request SET at = at - 2678400000 WHERE number = 1",
                 database->pool);
    OK(scim_sync_record_prune(database->db, database->pool));
    assert_int_equal(list(database, "okta", 0, 0, 10)->nelts, 1);
}

static void insert_token(const database_t *database, const char *id, apr_int64_t expires)
{
    const scim_sync_token_t token = { .id = id,
                                      .idp = "okta",
                                      .hash = apr_pstrcat(database->pool, "hash-", id, NULL),
                                      .expires = expires };

    OK(scim_sync_token_insert(database->db, &token, database->pool));
}

static void test_a_token_that_was_replaced_ends_when_its_time_has_come(void **state)
{
    database_t *database = two_idps(state);
    apr_int64_t now = scim_sync_now();
    apr_array_header_t *ended;
    apr_array_header_t *tokens;
    const scim_sync_token_end_t *end;

    insert_token(database, "ended-by-itself", now - 5);
    insert_token(database, "old", 0);
    OK(scim_sync_token_replace(database->db, "okta", "admin:jane", now - 1, database->pool));
    insert_token(database, "new", 0);
    OK(scim_sync_token_end_replaced(database->db, &ended, NULL, database->pool));
    assert_int_equal(ended->nelts, 1);
    end = APR_ARRAY_IDX(ended, 0, scim_sync_token_end_t *);
    assert_string_equal(end->id, "old");
    assert_string_equal(end->who, "admin:jane");
    OK(scim_sync_token_end_list(database->db, &ended, "okta", database->pool));
    end = APR_ARRAY_IDX(ended, 0, scim_sync_token_end_t *);
    assert_string_equal(end->how, SCIM_SYNC_TOKEN_REPLACED);
    assert_string_equal(end->hash, "hash-old");
    assert_int_equal(end->ended, now - 1);
    OK(scim_sync_token_list(database->db, &tokens, "okta", database->pool));
    assert_int_equal(tokens->nelts, 2);
    OK(scim_sync_token_end_replaced(database->db, &ended, NULL, database->pool));
    assert_int_equal(ended->nelts, 0);
}

/* However many are replaced before anybody takes them away, as by a script that runs wild. */
static void test_no_more_replaced_tokens_are_left_than_are_remembered(void **state)
{
    database_t *database = two_idps(state);
    apr_int64_t now = scim_sync_now();
    apr_array_header_t *ended;
    apr_array_header_t *tokens;
    int count = SCIM_SYNC_TOKENS_ENDED + 5;

    for (int i = 0; i < count; i++) {
        insert_token(database, apr_psprintf(database->pool, "t%02d", i), 0);
        OK(scim_sync_token_replace(database->db, "okta", "admin:jane", now - count + i,
                                   database->pool));
        OK(scim_sync_token_end_replaced(database->db, &ended, "entra", database->pool));
        assert_int_equal(ended->nelts, 0);
        OK(scim_sync_token_end_replaced(database->db, &ended, "okta", database->pool));
        assert_int_equal(ended->nelts, i >= SCIM_SYNC_TOKENS_ENDED);
        if (ended->nelts) {
            assert_string_equal(APR_ARRAY_IDX(ended, 0, scim_sync_token_end_t *)->id,
                                apr_psprintf(database->pool, "t%02d", i - SCIM_SYNC_TOKENS_ENDED));
        }
    }
    OK(scim_sync_token_list(database->db, &tokens, "okta", database->pool));
    assert_int_equal(tokens->nelts, SCIM_SYNC_TOKENS_ENDED);
    OK(scim_sync_token_end_replaced(database->db, &ended, NULL, database->pool));
    assert_int_equal(ended->nelts, SCIM_SYNC_TOKENS_ENDED);
    OK(scim_sync_token_end_list(database->db, &ended, "okta", database->pool));
    assert_int_equal(ended->nelts, SCIM_SYNC_TOKENS_ENDED);
    assert_string_equal(APR_ARRAY_IDX(ended, 0, scim_sync_token_end_t *)->id,
                        apr_psprintf(database->pool, "t%02d", count - 1));
}

static void test_a_revoked_token_is_remembered(void **state)
{
    database_t *database = two_idps(state);
    apr_array_header_t *ended;
    int revoked;

    insert_token(database, "t1", 0);
    OK(scim_sync_token_revoke(database->db, "entra", "t1", "admin:jane", &revoked, database->pool));
    assert_false(revoked);
    OK(scim_sync_token_revoke(database->db, "okta", "t1", "admin:jane", &revoked, database->pool));
    assert_true(revoked);
    OK(scim_sync_token_end_list(database->db, &ended, NULL, database->pool));
    assert_int_equal(ended->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(ended, 0, scim_sync_token_end_t *)->how,
                        SCIM_SYNC_TOKEN_REVOKED);
    OK(scim_sync_token_end_list(database->db, &ended, "entra", database->pool));
    assert_int_equal(ended->nelts, 0);
}

/* The snapshot's IdP of this place, without when it was made. */
static json_t *snapshot_idp(const json_t *snapshot, apr_size_t at)
{
    json_t *idp = json_array_get(json_object_get(snapshot, "idps"), at);

    assert_true(json_integer_value(json_object_get(idp, "made")) > 0);
    json_object_del(idp, "made");
    return idp;
}

static void assert_is(const json_t *found, const char *expected)
{
    json_t *json = json_loads(expected, 0, NULL);

    assert_non_null(json);
    assert_true(json_equal(found, json));
    json_decref(json);
}

static void test_the_snapshot_has_what_a_request_needs(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *instance;
    apr_int64_t number;
    json_t *snapshot;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    insert_token(database, "t1", 77);
    OK(scim_sync_generation(db, &instance, &number, p));
    OK(scim_sync_config_snapshot(db, &snapshot, p));
    assert_string_equal(json_string_value(json_object_get(snapshot, "instance")), instance);
    assert_int_equal(json_integer_value(json_object_get(snapshot, "generation")), number);
    assert_int_equal(json_array_size(json_object_get(snapshot, "idps")), 2);
    assert_is(snapshot_idp(snapshot, 0),
              "{\"name\": \"entra\", \"provider\": \"other\", \"mode\": \"users\","
              " \"state\": \"live\", \"perMinute\": 0, \"allowFrom\": null, \"tokens\": [],"
              " \"ended\": []}");
    assert_is(snapshot_idp(snapshot, 1),
              "{\"name\": \"okta\", \"provider\": \"other\", \"mode\": \"users\","
              " \"state\": \"live\", \"perMinute\": 0, \"allowFrom\": null, \"ended\": [],"
              " \"tokens\": [{\"id\": \"t1\", \"hash\": \"hash-t1\", \"expires\": 77}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_record_is_kept_once),
        DATABASE_TESTS(test_so_many_of_each_kind),
        DATABASE_TESTS(test_of_an_idp_that_is_no_more_nothing_is_kept),
        DATABASE_TESTS(test_what_is_old_goes),
        DATABASE_TESTS(test_a_token_that_was_replaced_ends_when_its_time_has_come),
        DATABASE_TESTS(test_no_more_replaced_tokens_are_left_than_are_remembered),
        DATABASE_TESTS(test_a_revoked_token_is_remembered),
        DATABASE_TESTS(test_the_snapshot_has_what_a_request_needs),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
