/* SPDX-License-Identifier: Apache-2.0 */
/* scim/bulk: the golden folder bulk, the answer word for word, and what sizes cost. */
#include "golden.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/json.h"
#include "scim/bulk.h"

#define BASE       "https://sync.example.com/scim/v2/okta"
#define OPERATIONS 10
#define UUID       36

/* A service that makes what it is asked for, but for what the case says of single changes. */
typedef struct {
    const json_t *outcomes;
    json_t *made;
    apr_table_t *ids; /* new id -> "id of NAME" */
} service_t;

static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };

static const char *name_of(const json_t *data)
{
    const char *name = scim_sync_json_str(data, "userName");

    return name != NULL ? name : scim_sync_json_str(data, "displayName");
}

/* What a case calls a change: the name of what a POST makes, else "PUT u1" or "PUT id of NAME". */
static const char *key_of(const scim_sync_bulk_change_t *change, const service_t *service,
                          apr_pool_t *p)
{
    const char *name = change->id != NULL ? apr_table_get(service->ids, change->id) : NULL;

    return change->method == SCIM_SYNC_BULK_POST
               ? name_of(change->data)
               : apr_pstrcat(p, methods[change->method], " ", name != NULL ? name : change->id,
                             NULL);
}

static json_t *change_json(const scim_sync_bulk_change_t *change)
{
    json_t *out = json_object();

    scim_sync_json_put(out, "method", methods[change->method]);
    scim_sync_json_put(out, "type", scim_sync_type_name(change->type));
    scim_sync_json_put(out, "id", change->id);
    scim_sync_json_put(out, "version", change->version);
    if (change->data != NULL) {
        json_object_set_new(out, "data", json_deep_copy(change->data));
    }
    return out;
}

static void make(scim_sync_bulk_outcome_t *out, const scim_sync_bulk_change_t *change, void *baton,
                 apr_pool_t *p)
{
    static const int statuses[] = { 201, 200, 200, 204 };
    service_t *service = baton;
    const json_t *wanted = json_object_get(service->outcomes, key_of(change, service, p));
    const char *id = scim_sync_json_str(wanted, "id");

    json_array_append_new(service->made, change_json(change));
    out->status = (int)scim_sync_json_int(wanted, "status", statuses[change->method]);
    if (change->method == SCIM_SYNC_BULK_POST) {
        assert_int_equal(strlen(change->new_id), UUID);
        apr_table_set(service->ids, change->new_id,
                      apr_pstrcat(p, "id of ", name_of(change->data), NULL));
    }
    if (out->status >= 400) {
        out->error = scim_sync_error(p, out->status, NULL, "Refused.");
        return;
    }
    out->id = id != NULL ? id : change->id != NULL ? change->id : change->new_id;
    out->version = change->method == SCIM_SYNC_BULK_DELETE ? NULL : "W/\"1\"";
}

/* As a database that ends a first try: what counts is the second one. */
static const scim_sync_error_t *together(scim_sync_bulk_part_t *part, void *part_baton, void *baton)
{
    service_t *service = baton;
    json_t *before = json_copy(service->made);
    int is_kept = part(part_baton);

    json_array_clear(service->made);
    json_array_extend(service->made, before);
    assert_int_equal(part(part_baton), is_kept);
    if (!is_kept) {
        json_array_clear(service->made);
        json_array_extend(service->made, before);
    }
    json_decref(before);
    return NULL;
}

/* ---- ids that nobody knows beforehand ---- */

static int is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    int i;

    for (i = 0; i < UUID; i++) {
        if (form[i] == '-' ? text[i] != '-' : !apr_isxdigit(text[i])) {
            return 0;
        }
    }
    return 1;
}

/* With names in place of new ids, also of those that were promised and never made. */
static json_t *with_names(const json_t *j, const service_t *service, apr_pool_t *p)
{
    char *text = apr_pstrdup(p, scim_sync_json_text(j, NULL, p));
    const char *out = "";
    char *at, *rest = text;

    for (at = text; *at != '\0'; at++) {
        if (is_uuid(at)) {
            const char *name = apr_table_get(service->ids, apr_pstrmemdup(p, at, UUID));

            *at = '\0';
            out = apr_pstrcat(p, out, rest, name != NULL ? name : "promised", NULL);
            rest = at + UUID;
            at = rest - 1;
        }
    }
    return scim_sync_json_own(json_loads(apr_pstrcat(p, out, rest, NULL), JSON_DECODE_ANY, NULL),
                              p);
}

/* ---- golden cases ---- */

/* The operations of an answer, with the error of one as a text. */
static json_t *short_answer(const json_t *answer, apr_pool_t *p)
{
    json_t *out = json_deep_copy(json_object_get(answer, "Operations"));
    json_t *entry;
    size_t i;

    json_array_foreach(out, i, entry)
    {
        json_t *response = json_object_get(entry, "response");
        const char *type = scim_sync_json_str(response, "scimType");

        if (response != NULL) {
            assert_string_equal(scim_sync_json_str(response, "status"),
                                scim_sync_json_str(entry, "status"));
            json_object_set_new(
                entry, "response",
                json_string(apr_pstrcat(p, type != NULL ? type : "", type != NULL ? ": " : "",
                                        scim_sync_json_str(response, "detail"), NULL)));
        }
    }
    return scim_sync_json_own(out, p);
}

static void check_bulk(const json_t *golden, apr_pool_t *p)
{
    const json_t *want = json_object_get(golden, "answer");
    service_t service = { .outcomes = json_object_get(golden, "outcomes"),
                          .made = scim_sync_json_own(json_array(), p),
                          .ids = apr_table_make(p, 10) };
    const json_t *answer;
    scim_sync_bulk_t *bulk;

    if (golden_error(golden, scim_sync_bulk_parse(&bulk, json_object_get(golden, "request"), BASE,
                                                  OPERATIONS, p))) {
        return;
    }
    answer = scim_sync_bulk_run(bulk, make, together, &service);
    golden_equal(with_names(service.made, &service, p), json_object_get(golden, "made"));
    if (json_is_null(want)) {
        assert_null(answer);
        return;
    }
    golden_equal(with_names(short_answer(answer, p), &service, p), want);
}

/* ---- in code ---- */

static json_t *run(json_t *operations, service_t *service, apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_pack("{s:o}", "Operations", operations), p);
    scim_sync_bulk_t *bulk;
    const scim_sync_error_t *error =
        scim_sync_bulk_parse(&bulk, body, BASE, (int)json_array_size(operations), p);

    if (error != NULL) {
        fail_msg("%s", error->detail);
    }
    service->made = scim_sync_json_own(json_array(), p);
    service->ids = apr_table_make(p, 10);
    return scim_sync_bulk_run(bulk, make, together, service);
}

static void answers_as_the_rfc_has_it(void **state)
{
    service_t service = {
        .outcomes = scim_sync_json_own(json_pack("{s:{s:i}}", "PUT u1", "status", 412), *state)
    };
    json_t *answer = run(json_pack("[{s:s, s:s, s:{}}, {s:s, s:s}]", "method", "PUT", "path",
                                   "/Users/u1", "data", "method", "DELETE", "path", "/Groups/g1"),
                         &service, *state);
    json_t *want = json_loads(
        "{\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:BulkResponse\"], \"Operations\": ["
        "{\"location\": \"" BASE "/Users/u1\", \"method\": \"PUT\", \"status\": \"412\","
        " \"response\": {\"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:Error\"],"
        " \"detail\": \"Refused.\", \"status\": \"412\"}},"
        "{\"location\": \"" BASE "/Groups/g1\", \"method\": \"DELETE\", \"status\": \"204\"}]}",
        0, NULL);

    golden_equal(answer, scim_sync_json_own(want, *state));
}

/* POST of a group "gN" with one member. */
static json_t *group(int n, const char *member, apr_pool_t *p)
{
    const char *name = apr_psprintf(p, "g%d", n);

    return json_pack("{s:s, s:s, s:s, s:{s:s, s:[{s:s}]}}", "method", "POST", "path", "/Groups",
                     "bulkId", name, "data", "displayName", name, "members", "value", member);
}

/* Groups of which each refers to the one behind it, and the last one to `last`. */
static json_t *chain(int length, const char *last, apr_pool_t *p)
{
    json_t *operations = json_array();

    for (int i = 1; i < length; i++) {
        json_array_append_new(operations, group(i, apr_psprintf(p, "bulkId:g%d", i + 1), p));
    }
    json_array_append_new(operations, group(length, last, p));
    return operations;
}

static void follows_a_long_chain(void **state)
{
    service_t service = { .outcomes = NULL };
    apr_time_t begin = apr_time_now();
    json_t *answer = run(chain(50000, "u1", *state), &service, *state);

    assert_int_equal(json_array_size(json_object_get(answer, "Operations")), 50000);
    assert_string_equal(name_of(json_object_get(json_array_get(service.made, 0), "data")),
                        "g50000");
    assert_true(apr_time_now() - begin < apr_time_from_sec(10));
}

static void follows_a_long_circle(void **state)
{
    service_t service = { .outcomes = NULL };
    json_t *answer = run(chain(5000, "bulkId:g1", *state), &service, *state);
    json_t *last = json_array_get(json_object_get(answer, "Operations"), 4999);

    assert_int_equal(json_array_size(service.made), 5000);
    assert_string_equal(scim_sync_json_str(last, "status"), "201");
}

/* As many references in one text as fit into a request. */
static void rewrites_a_long_filter(void **state)
{
    enum { LENGTH = 20000 };
    apr_array_header_t *terms = apr_array_make(*state, LENGTH, sizeof(const char *));
    service_t service = { .outcomes = NULL };
    json_t *operations = chain(1, "u1", *state);
    apr_time_t begin = apr_time_now();
    const char *path;

    for (int i = 0; i < LENGTH; i++) {
        APR_ARRAY_PUSH(terms, const char *) = "value eq \"bulkId:g1\" or ";
    }
    path = apr_pstrcat(*state, "members[", apr_array_pstrcat(*state, terms, 0), "no]", NULL);
    json_array_append_new(operations, json_pack("{s:s, s:s, s:{s:s}}", "method", "PATCH", "path",
                                                "/Groups/x", "data", "path", path));
    run(operations, &service, *state);
    path = scim_sync_json_str(json_object_get(json_array_get(service.made, 1), "data"), "path");
    assert_int_equal(strlen(path), strlen("members[no]") + LENGTH * (strlen("value eq  or ") + 38));
    assert_null(strstr(path, "bulkId"));
    assert_true(apr_time_now() - begin < apr_time_from_sec(3));
}

static void bounds_the_operations(void **state)
{
    json_t *operations = json_array();
    json_t *body = scim_sync_json_own(json_pack("{s:o}", "Operations", operations), *state);
    scim_sync_bulk_t *bulk;
    const scim_sync_error_t *error;

    for (int i = 0; i < OPERATIONS; i++) {
        json_array_append_new(operations, json_object());
    }
    assert_null(scim_sync_bulk_parse(&bulk, body, BASE, OPERATIONS, *state));
    json_array_append_new(operations, json_object());
    error = scim_sync_bulk_parse(&bulk, body, BASE, OPERATIONS, *state);
    assert_non_null(error);
    assert_int_equal(error->status, 413);
    assert_null(error->type);
}

static void leaves_the_request_as_it_was(void **state)
{
    service_t service = { .outcomes = NULL };
    json_t *operations = chain(2, "u1", *state);
    json_t *before = scim_sync_json_own(json_deep_copy(operations), *state);

    run(operations, &service, *state);
    golden_equal(operations, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(answers_as_the_rfc_has_it), UNIT_TEST(follows_a_long_chain),
        UNIT_TEST(follows_a_long_circle),     UNIT_TEST(bounds_the_operations),
        UNIT_TEST(rewrites_a_long_filter),    UNIT_TEST(leaves_the_request_as_it_was),
    };
    int failed = golden_run("bulk", check_bulk);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
