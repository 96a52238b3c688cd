/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in shared memory: the last ones wait, whoever sends many; and a rate is held to. */
#include "unit.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>

#include "store/traffic.h"

#define SECOND APR_INT64_C(1000000)

static scim_sync_traffic_t *make_traffic(apr_pool_t *p)
{
    apr_size_t size = scim_sync_traffic_size();
    scim_sync_traffic_t *traffic;
    apr_global_mutex_t *lock;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    assert_false(scim_sync_traffic_is_ours(memory));
    scim_sync_traffic_format(memory);
    assert_true(scim_sync_traffic_is_ours(memory));
    assert_int_equal(apr_global_mutex_create(&lock, NULL, APR_LOCK_PROC_PTHREAD, p), APR_SUCCESS);
    scim_sync_traffic_attach(&traffic, memory, lock, p);
    return traffic;
}

static void put(scim_sync_traffic_t *traffic, const char *idp, scim_sync_record_kind_t kind,
                int number)
{
    scim_sync_traffic_record(traffic, &(scim_sync_record_t) { .idp = idp,
                                                              .kind = kind,
                                                              .method = "GET",
                                                              .uri = "/Users",
                                                              .status = number });
}

/* How many of an IdP and kind wait; *last is the number of the last one. */
static int count(scim_sync_traffic_t *traffic, const char *idp, scim_sync_record_kind_t kind,
                 int *first, int *last, apr_pool_t *p)
{
    const apr_array_header_t *records = scim_sync_traffic_records(traffic, p);
    apr_int64_t before = 0;
    int found = 0;

    for (int i = 0; i < records->nelts; i++) {
        const scim_sync_record_t *record = APR_ARRAY_IDX(records, i, scim_sync_record_t *);

        assert_true(record->id > before);
        before = record->id;
        if (!strcmp(record->idp, idp) && record->kind == kind) {
            *first = found++ == 0 ? record->status : *first;
            *last = record->status;
        }
    }
    return found;
}

static void test_all_of_a_record_comes_back(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    char *body = apr_palloc(*state, 20001);
    const scim_sync_record_t *seen;

    memset(body, 'b', 20000);
    body[20000] = '\0';
    assert_false(scim_sync_traffic_has_records(traffic));
    scim_sync_traffic_record(traffic, &(scim_sync_record_t) { .at = 7,
                                                              .idp = "okta",
                                                              .idp_made = 3,
                                                              .kind = SCIM_SYNC_RECORD_REFUSED,
                                                              .method = "POST",
                                                              .uri = "",
                                                              .token = "t1",
                                                              .status = 409,
                                                              .why = "no",
                                                              .took = 11,
                                                              .headers = "A: b\n",
                                                              .body = body,
                                                              .body_length = 20000,
                                                              .answer_length = 0 });
    assert_true(scim_sync_traffic_has_records(traffic));
    seen = APR_ARRAY_IDX(scim_sync_traffic_records(traffic, *state), 0, scim_sync_record_t *);
    assert_int_equal(seen->at, 7);
    assert_int_equal(seen->idp_made, 3);
    assert_string_equal(seen->idp, "okta");
    assert_int_equal(seen->kind, SCIM_SYNC_RECORD_REFUSED);
    assert_string_equal(seen->uri, "");
    assert_null(seen->address);
    assert_string_equal(seen->token, "t1");
    assert_int_equal(seen->status, 409);
    assert_string_equal(seen->why, "no");
    assert_int_equal(seen->took, 11);
    assert_string_equal(seen->headers, "A: b\n");
    assert_int_equal(strlen(seen->body), SCIM_SYNC_RECORD_BODY);
    assert_int_equal(seen->body_length, 20000);
    assert_null(seen->answer);
}

static void test_they_wait_until_they_are_saved(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    int first = 0;
    int last = 0;

    for (int i = 1; i <= 3; i++) {
        put(traffic, "okta", SCIM_SYNC_RECORD_DONE, i);
    }
    assert_int_equal(count(traffic, "okta", SCIM_SYNC_RECORD_DONE, &first, &last, *state), 3);
    scim_sync_traffic_saved(traffic, 2);
    scim_sync_traffic_saved(traffic, 1);
    assert_int_equal(count(traffic, "okta", SCIM_SYNC_RECORD_DONE, &first, &last, *state), 1);
    assert_int_equal(first, 3);
    scim_sync_traffic_saved(traffic, 3);
    assert_false(scim_sync_traffic_has_records(traffic));
}

static void test_who_sends_many_displaces_nobody(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    int first = 0;
    int last = 0;

    put(traffic, "quiet", SCIM_SYNC_RECORD_DONE, 5);
    put(traffic, "busy0", SCIM_SYNC_RECORD_REFUSED, 404);
    for (int i = 1; i <= 5000; i++) {
        put(traffic, apr_psprintf(*state, "busy%d", i % 5), SCIM_SYNC_RECORD_DONE, i);
    }
    assert_int_equal(count(traffic, "quiet", SCIM_SYNC_RECORD_DONE, &first, &last, *state), 1);
    assert_int_equal(count(traffic, "busy0", SCIM_SYNC_RECORD_REFUSED, &first, &last, *state), 1);
    assert_true(count(traffic, "busy0", SCIM_SYNC_RECORD_DONE, &first, &last, *state) >= 50);
    assert_int_equal(last, 5000);
    assert_true(first >= 4600);
    scim_sync_traffic_saved(traffic, 6000);
    for (int i = 1; i <= 100; i++) {
        put(traffic, "quiet", SCIM_SYNC_RECORD_DONE, i);
    }
    scim_sync_traffic_saved(traffic, 0);
    assert_false(scim_sync_traffic_has_records(traffic));
}

static void test_the_last_ones_of_one_are_kept(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    int first = 0;
    int last = 0;

    for (int i = 1; i <= 1000; i++) {
        put(traffic, "okta", SCIM_SYNC_RECORD_DONE, i);
    }
    assert_int_equal(count(traffic, "okta", SCIM_SYNC_RECORD_DONE, &first, &last, *state), 64);
    assert_int_equal(first, 937);
    assert_int_equal(last, 1000);
}

/* Four processes at once: none loses the last one of another, and nothing is torn. */
static void test_processes_share_it(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    int status;
    int first = 0;
    int last = 0;

    for (int child = 0; child < 4; child++) {
        if (fork() == 0) {
            for (int i = 1; i <= 2000; i++) {
                put(traffic, apr_psprintf(*state, "idp%d", child), SCIM_SYNC_RECORD_DONE, i);
            }
            _exit(0);
        }
    }
    while (wait(&status) > 0) {
        assert_int_equal(status, 0);
    }
    for (int child = 0; child < 4; child++) {
        assert_true(count(traffic, apr_psprintf(*state, "idp%d", child), SCIM_SYNC_RECORD_DONE,
                          &first, &last, *state) > 40);
        assert_int_equal(last, 2000);
    }
}

static void test_a_rate(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    apr_int64_t now = 1000 * SECOND;

    for (int i = 0; i < 60; i++) {
        assert_int_equal(scim_sync_traffic_wait(traffic, "okta", 60, now), 0);
    }
    assert_int_equal(scim_sync_traffic_wait(traffic, "okta", 60, now), 1000);
    assert_int_equal(scim_sync_traffic_wait(traffic, "okta", 60, now + SECOND / 2), 500);
    assert_int_equal(scim_sync_traffic_wait(traffic, "entra", 1, now), 0);
    assert_int_equal(scim_sync_traffic_wait(traffic, "entra", 1, now), 60000);
    assert_int_equal(scim_sync_traffic_wait(traffic, "okta", 60, now + SECOND), 0);
    assert_int_equal(scim_sync_traffic_wait(traffic, "okta", 60, now + SECOND), 1000);
    now += 120 * SECOND;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(scim_sync_traffic_wait(traffic, "okta", 60, now), 0);
    }
    assert_true(scim_sync_traffic_wait(traffic, "okta", 60, now) > 0);
}

/* More IdPs than there is room for: who has sent nothing for a minute is forgotten first. */
static void test_rates_of_very_many(void **state)
{
    scim_sync_traffic_t *traffic = make_traffic(*state);
    apr_int64_t now = 1000 * SECOND;

    assert_int_equal(scim_sync_traffic_wait(traffic, "first", 1, now), 0);
    for (int i = 0; i < 1000; i++) {
        const char *idp = apr_psprintf(*state, "idp-%d", i);

        now += SECOND / 2;
        assert_int_equal(scim_sync_traffic_wait(traffic, idp, 1, now), 0);
        assert_true(scim_sync_traffic_wait(traffic, idp, 1, now) > 0);
    }
    assert_int_equal(scim_sync_traffic_wait(traffic, "first", 1, now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_all_of_a_record_comes_back),
        UNIT_TEST(test_they_wait_until_they_are_saved),
        UNIT_TEST(test_who_sends_many_displaces_nobody),
        UNIT_TEST(test_the_last_ones_of_one_are_kept),
        UNIT_TEST(test_processes_share_it),
        UNIT_TEST(test_a_rate),
        UNIT_TEST(test_rates_of_very_many),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
